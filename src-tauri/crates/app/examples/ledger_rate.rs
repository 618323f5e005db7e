//! How fast the ledger alone commits taps: the whole decision and all its rows, group-committed, without MQTT.
//!
//! `cargo run --release -p gerai-app --example ledger_rate -- --clients 64 --seconds 5 --data DIR` prints one JSON line:
//! `{"per_second", "p50_ms", "p99_ms", "committed"}`. Each client taps a card of its own and waits for each COMMIT.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gerai_app::access::Caller;
use gerai_app::contract::dispatch;
use gerai_app::{App, AppOptions, Door};
use gerai_core::port::{Clock, Inbound, TapDoor, Vault, VaultError};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_store::OpenMode;
use serde_json::{Value, json};

struct Clocks(Instant);

impl Clock for Clocks {
    #[allow(clippy::disallowed_methods, reason = "a measuring program stands in for the host")]
    fn now(&self) -> UnixMs {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

struct NoVault;

impl Vault for NoVault {
    fn get(&self, _: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        Err(VaultError::NoEntry)
    }

    fn set(&self, _: &str, _: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        Err(VaultError::Unavailable("none here".to_owned()))
    }

    fn remove(&self, _: &str) -> Result<(), VaultError> {
        Ok(())
    }

    fn describe(&self) -> Result<String, VaultError> {
        Ok("none".to_owned())
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let (mut clients, mut seconds, mut data) = (64_usize, 5_u64, std::env::temp_dir());
    while let Some(word) = words.next() {
        let value = words.next().ok_or("every option takes a value")?;
        match word.as_str() {
            "--clients" => clients = value.parse()?,
            "--seconds" => seconds = value.parse()?,
            "--data" => data = PathBuf::from(value),
            other => return Err(format!("`{other}` is not known: --clients, --seconds, --data").into()),
        }
    }
    std::fs::create_dir_all(&data)?;
    let app = App::open(AppOptions {
        database: data.join("ledger-rate.db"),
        mode: OpenMode::Write,
        try_out: true,
        clock: Arc::new(Clocks(Instant::now())),
        vault: Arc::new(NoVault),
    })?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(measure(app, clients, Duration::from_secs(seconds)))
}

async fn measure(app: Arc<App>, clients: usize, during: Duration) -> Result<(), Failure> {
    prepare(&app, clients).await?;
    let door = Arc::new(Door::new(Arc::clone(&app)));
    let began = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| tokio::spawn(tap_until(Arc::clone(&door), client, began, during)))
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await?);
    }
    let elapsed = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: f64| {
        times.get((times.len() as f64 * share) as usize).map_or(0.0, |t| t.as_secs_f64() * 1_000.0)
    };
    let report = json!({
        "per_second": times.len() as f64 / elapsed, "p50_ms": at(0.5), "p99_ms": at(0.99), "committed": times.len(),
    });
    println!("{report}");
    Ok(())
}

/// A till of one rupiah and a rich customer for each client.
async fn prepare(app: &Arc<App>, clients: usize) -> Result<(), Failure> {
    let give =
        async |command: &str, arguments: Value| dispatch(app, &Caller::local(), command, arguments).await;
    let mut view = give("settings.get", json!({})).await?;
    view["settings"]["payments"]["double_tap_seconds"] = json!(0);
    give("settings.set", view).await?;
    let till = give("tills.list", json!({})).await?[0]["id"].clone();
    give("tills.update", json!({ "id": till, "name": "bench", "price": 1 })).await?;
    give("readers.add", json!({ "name": "bench" })).await?;
    for client in 0..clients {
        let uid = uid(client);
        let new =
            json!({ "request_id": format!("c-{client}"), "name": uid, "uid": uid, "opening": 1_000_000 });
        give("accounts.create", new).await?;
    }
    Ok(())
}

fn uid(client: usize) -> String {
    format!("AA{client:06X}")
}

async fn tap_until(door: Arc<Door>, client: usize, began: Instant, during: Duration) -> Vec<Duration> {
    let (uid, mut times) = (uid(client), Vec::new());
    while began.elapsed() < during {
        let id = format!("{client}-{}", times.len());
        let message = Inbound {
            topic: "iot/v2/bench/deduct".to_owned(),
            payload: format!(r#"{{"id":"{id}","uid":"{uid}"}}"#).into_bytes(),
            retained: false,
            sender: Some("bench".to_owned()),
            waited_ms: None,
        };
        let sent = Instant::now();
        if door.take(message).await.is_err() {
            break;
        }
        times.push(sent.elapsed());
    }
    times
}
