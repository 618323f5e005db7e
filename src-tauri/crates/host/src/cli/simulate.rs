//! `gerai reader simulate`: load with made-up cards, over MQTT like real readers. Prepares a reader and customers through
//! the contract, taps for a while, takes the reader away again and says how fast the answers came.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gerai_core::secret::Secret;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::args::Simulate;
use super::config::current;
use super::failure::Failure;
use super::load::{Load, Tally};
use super::output::{Output, number};
use super::station::{Need, Reach, Session};
use crate::control::Door;
use crate::random;
use gerai_web::live::Identity;

/// What every made-up customer is called, so that they can be told from real ones.
const CUSTOMER: &str = "Simulated";
/// Customers made at once: they share a commit.
const MAKING_AT_ONCE: usize = 32;
/// Each tap costs one rupiah, so that no card runs dry.
const OPENING_RUPIAH: i64 = 1_000_000;

/// Carries the command out.
pub async fn run(reach: &Reach, load: &Simulate, output: &Output) -> Result<ExitCode, Failure> {
    let session = reach.open(Need::Running).await?;
    let outcome = simulate(&session, load, output).await;
    session.close().await;
    let document = outcome?;
    Ok(output.show(&document, || summary(&document)))
}

async fn simulate(session: &Session, load: &Simulate, output: &Output) -> Result<Value, Failure> {
    let slots = usize::from(load.in_flight);
    let cards = load.cards.map_or(slots, |cards| cards as usize);
    if cards < slots {
        return Err(Failure::invalid("fewer cards than taps under way", "Leave --cards away, or raise it."));
    }
    if !load.force {
        no_real_customers(session).await?;
    }
    let settings = current(session).await?.1;
    output.note(&format!("Preparing {cards} cards"));
    let till_id = a_till(session).await?;
    let uids = make_customers(session.door(), cards, &settings).await?;
    let name = format!("simulate-{}", random::hex(4)?);
    let add = json!({ "name": name, "kind": "v2", "till_id": till_id, "may_set_amount": true });
    let credentials = session.call("readers.add", add).await?;
    output.note(&format!("Tapping for {} s, {slots} taps under way", load.seconds));
    let tapped = tap(load, &settings, &credentials, &name, uids).await;
    let gone = json!({ "name": name, "till_id": null, "may_set_amount": false, "revoked": true });
    let revoked = session.call("readers.update", gone).await;
    let (tally, took) = tapped?;
    revoked?;
    Ok(figures(&tally, took))
}

async fn no_real_customers(session: &Session) -> Result<(), Failure> {
    let status = session.call("station.status", Value::Null).await?;
    if status["try_out"] == json!(true) {
        return Ok(());
    }
    let all = session.call("accounts.list", json!({ "limit": 1 })).await?;
    let made_up = session.call("accounts.list", json!({ "limit": 1, "query": CUSTOMER })).await?;
    if number(&all, "total") > number(&made_up, "total") {
        return Err(Failure::invalid(
            "this station has real customers, and made-up ones would stay in its ledger for good",
            "Use a folder of its own (`gerai --data DIR serve --try-out`), or add --force.",
        ));
    }
    Ok(())
}

/// The default till, or one made for this.
async fn a_till(session: &Session) -> Result<i64, Failure> {
    let tills = session.call("tills.list", Value::Null).await?;
    let tills = tills.as_array().map_or(&[][..], Vec::as_slice);
    let default = tills.iter().find(|till| till["is_default"] == json!(true)).or(tills.first());
    match default {
        Some(till) => Ok(number(till, "id")),
        None => {
            let save = json!({ "name": CUSTOMER, "price": 1, "is_default": true });
            Ok(number(&session.call("tills.create", save).await?, "id"))
        }
    }
}

/// Makes the customers, many at once; gives back their cards.
async fn make_customers(door: &Door, cards: usize, settings: &Value) -> Result<Vec<String>, Failure> {
    let run = random::hex(3)?.to_ascii_uppercase();
    let opening = settings["payments"]["max_balance"].as_i64().unwrap_or(OPENING_RUPIAH).min(OPENING_RUPIAH);
    let mut making = JoinSet::new();
    let mut uids = Vec::with_capacity(cards);
    for index in 0..cards {
        if making.len() >= MAKING_AT_ONCE {
            uids.push(made(&mut making).await?);
        }
        let uid = format!("04{run}{index:06X}");
        let args = json!({
            "request_id": random::request_id()?, "name": format!("{CUSTOMER} {run}-{index:05}"), "uid": uid, "opening": opening,
        });
        let door = door.clone();
        making.spawn(async move {
            door.call(&Identity::local(), "accounts.create", args).await.outcome?;
            Ok::<String, Failure>(uid)
        });
    }
    while !making.is_empty() {
        uids.push(made(&mut making).await?);
    }
    Ok(uids)
}

async fn made(making: &mut JoinSet<Result<String, Failure>>) -> Result<String, Failure> {
    match making.join_next().await {
        Some(Ok(made)) => made,
        Some(Err(error)) => Err(Failure::other(&error.into())),
        None => Err(Failure::invalid("no customer was made", "Try again.")),
    }
}

async fn tap(
    load: &Simulate,
    settings: &Value,
    credentials: &Value,
    name: &str,
    uids: Vec<String>,
) -> Result<(Tally, Duration), Failure> {
    let password = Secret::new(credentials["password"].as_str().unwrap_or_default().to_owned());
    let (host, port) = broker_of(credentials)?;
    let prefix = settings["payments"]["topic_prefix"].as_str().unwrap_or("iot");
    let generator = Load::connect(&host, port, name, &password, prefix, usize::from(load.in_flight)).await?;
    let generator = Arc::new(generator);
    let began = Instant::now();
    let until = began + Duration::from_secs(u64::from(load.seconds));
    let mut slots = JoinSet::new();
    let mut shares: Vec<Vec<String>> = vec![Vec::new(); usize::from(load.in_flight)];
    for (index, uid) in uids.into_iter().enumerate() {
        let slot = index % shares.len();
        shares[slot].push(uid);
    }
    for cards in shares {
        let generator = generator.clone();
        slots.spawn(async move { generator.slot(&cards, until).await });
    }
    let mut tally = Tally::default();
    while let Some(done) = slots.join_next().await {
        tally.add(done.map_err(|error| Failure::other(&error.into()))?);
    }
    match generator.broken() {
        Some(why) if tally.answered() == 0 => Err(Failure::invalid(why, "Look at `gerai doctor`.")),
        _ => Ok((tally, began.elapsed())),
    }
}

/// The first address that is on this machine, or the first at all.
fn broker_of(credentials: &Value) -> Result<(String, u16), Failure> {
    let given: Vec<&str> =
        credentials["broker"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let local = given.iter().find(|at| at.starts_with("127.") || at.starts_with("localhost"));
    let split = local.or(given.first()).and_then(|at| at.rsplit_once(':'));
    let parsed =
        split.and_then(|(host, port)| Some((host.trim_matches(['[', ']']).to_owned(), port.parse().ok()?)));
    parsed.ok_or_else(|| {
        Failure::not_found(
            "the station names no broker to tap at",
            "Look at the broker's row of `gerai doctor`.",
        )
    })
}

fn figures(tally: &Tally, took: Duration) -> Value {
    let per_second = tally.answered() as f64 / took.as_secs_f64().max(0.001);
    json!({
        "sent": tally.sent, "answered": tally.answered(), "ok": tally.ok, "outcomes": tally.outcomes,
        "repeats": tally.repeats, "seconds": round(took.as_secs_f64()), "per_second": round(per_second),
        "p50_ms": round(tally.percentile_ms(0.50)), "p99_ms": round(tally.percentile_ms(0.99)),
        "max_ms": round(tally.percentile_ms(1.0)),
    })
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn summary(document: &Value) -> String {
    let repeated = document["outcomes"].get("dup").map_or(String::new(), |dup| {
        format!("\n{dup} were `dup`: the same card within the double-tap window; more --cards avoid it.")
    });
    format!(
        "{} taps sent, {} answered, {} paid, in {} s: {} a second.\nAnswer p50 {} ms, p99 {} ms, longest {} ms.{repeated}",
        document["sent"],
        document["answered"],
        document["ok"],
        document["seconds"],
        document["per_second"],
        document["p50_ms"],
        document["p99_ms"],
        document["max_ms"]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_broker_is_chosen() {
        let at = |list: Value| broker_of(&json!({ "broker": list })).ok();
        assert_eq!(at(json!(["192.168.1.5:1884", "127.0.0.1:1884"])), Some(("127.0.0.1".to_owned(), 1884)));
        assert_eq!(at(json!(["[::1]:1884"])), Some(("::1".to_owned(), 1884)));
        assert_eq!(at(json!([])), None);
        assert_eq!(at(json!(["nonsense"])), None);
    }
}
