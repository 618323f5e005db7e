//! A stove's secret or number is changed, and the station dies at every step: one token later it knows which value lives, and
//! nothing is locked out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gerai_core::port::BoxFuture;
use gerai_core::port::scan::radio::{
    OfferedService, Peripheral, PeripheralAddress, Radio, RadioFault, RadioStep, ReadPlan, WritePlan,
};
use gerai_core::secret::Secret;
use serde_json::{Value, json};

use crate::stove_support::{Kitchen, NOON_S, SECRET, STOVE, token_of};

/// A stove with a radio: it takes what section B of its maker's document says.
pub struct Stove {
    pub id: Mutex<String>,
    pub secret: Mutex<String>,
    pub energy: Mutex<i64>,
    /// The message never gets there.
    deaf: AtomicBool,
    /// The connection breaks after the message got there.
    drops: AtomicBool,
    /// Nothing ever answers.
    silent: AtomicBool,
}

impl Stove {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            id: Mutex::new(STOVE.to_owned()),
            secret: Mutex::new(SECRET.to_owned()),
            energy: Mutex::new(10_000),
            deaf: AtomicBool::new(false),
            drops: AtomicBool::new(false),
            silent: AtomicBool::new(false),
        })
    }

    /// Its next token.
    fn token(&self, t: i64) -> String {
        let mut energy = self.energy.lock().unwrap();
        *energy += 1;
        token_of(&self.id.lock().unwrap(), &self.secret.lock().unwrap(), t, *energy, *energy - 9_000)
    }

    fn takes(&self, message: &[u8]) -> bool {
        let message: Value = serde_json::from_slice(message).unwrap();
        if message["id"] != json!(*self.id.lock().unwrap()) {
            return false;
        }
        let data = &message["data"];
        match message["cmd"].as_str().unwrap() {
            "id" => *self.id.lock().unwrap() = data["id"].as_str().unwrap().to_owned(),
            "secret" if data["prevSecret"] == json!(*self.secret.lock().unwrap()) => {
                *self.secret.lock().unwrap() = data["newSecret"].as_str().unwrap().to_owned();
            }
            _ => return false,
        }
        true
    }
}

impl Radio for Stove {
    fn scan(&self, _: Duration) -> BoxFuture<'static, Result<Vec<Peripheral>, RadioFault>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn describe(&self, _: &PeripheralAddress) -> BoxFuture<'static, Result<Vec<OfferedService>, RadioFault>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn read(&self, _: &PeripheralAddress, _: ReadPlan) -> BoxFuture<'static, Result<Vec<u8>, RadioFault>> {
        Box::pin(async { Err(RadioFault::Off) })
    }

    fn write(
        &self,
        address: &PeripheralAddress,
        _: WritePlan,
        bytes: Secret<Vec<u8>>,
    ) -> BoxFuture<'static, Result<(), RadioFault>> {
        if address.0 == "elsewhere" {
            return Box::pin(async { Err(RadioFault::NotFound("elsewhere".to_owned())) });
        }
        let taken = !self.deaf.load(Ordering::SeqCst) && self.takes(bytes.expose());
        let (drops, silent) = (self.drops.load(Ordering::SeqCst), self.silent.load(Ordering::SeqCst));
        Box::pin(async move {
            if silent {
                std::future::pending::<()>().await;
            }
            match (taken, drops) {
                (_, true) => Err(RadioFault::Dropped(RadioStep::Writing)),
                (true, false) => Ok(()),
                (false, false) => Err(RadioFault::Denied("value not allowed".to_owned())),
            }
        })
    }
}

struct Bench {
    kitchen: Kitchen,
    stove: Arc<Stove>,
    /// Another server is asked.
    server: bool,
}

impl Bench {
    async fn open(server: bool) -> Self {
        let kitchen = Kitchen::open().await;
        let mut settings = kitchen.desk.give("settings.get", json!({})).await;
        if !server {
            settings["settings"]["stove"]["forward_url"] = json!("");
        }
        settings["settings"]["stove"]["ble_service"] = json!("fff0");
        settings["settings"]["stove"]["ble_write"] = json!("fff2");
        kitchen.desk.give("settings.set", settings).await;
        let bench = Self { kitchen, stove: Stove::new(), server };
        bench.wire();
        bench
    }

    fn wire(&self) {
        self.kitchen.desk.app.set_radio(Some(Arc::clone(&self.stove) as Arc<dyn Radio>));
    }

    async fn die(self) -> Self {
        self.kitchen.desk.app.set_radio(None);
        let bench = Self { kitchen: self.kitchen.die().await, ..self };
        bench.wire();
        bench
    }

    async fn step(&self, step: &str) -> Value {
        self.try_step(step, json!({})).await.unwrap_or_else(|error| panic!("{step}: {error}"))
    }

    async fn try_step(&self, step: &str, more: Value) -> Result<Value, gerai_app::contract::ApiError> {
        let mut asked = json!({ "stove": STOVE, "step": step });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.kitchen.desk.try_give("stove_keys.change", asked).await
    }

    /// The officer reads the stove some seconds later.
    async fn read(&self) -> Value {
        self.kitchen.desk.turn_clock(30_000);
        let t = self.kitchen.desk.clock_ms() / 1_000;
        let token = self.stove.token(t);
        self.kitchen.live(&token).await
    }

    async fn write(&self) -> Result<Value, gerai_app::contract::ApiError> {
        self.try_step("write", json!({ "address": "AA:BB" })).await
    }

    /// Whatever happened before: the change comes to its end, and the stove's tokens are genuine all the way.
    async fn finish(&self) {
        for _ in 0..6 {
            let taken = self.read().await;
            let genuine = ["valid", "valid_previous_key", "valid_pending_key"];
            assert!(genuine.contains(&taken["signature"].as_str().unwrap()), "locked out: {taken}");
            let change = self.step("status").await;
            match change["next"].as_str().unwrap() {
                "ask_server" => drop(self.step("server_agrees").await),
                "write" => drop(self.write().await.unwrap()),
                "read_token" => {}
                "update_server" => drop(self.step("server_updated").await),
                _ if change["state"] == "abandoned" => drop(self.step("take_up").await),
                _ => {
                    assert_eq!(change["state"], "server_updated");
                    assert_eq!(self.read().await["signature"], "valid");
                    assert_ne!(*self.stove.secret.lock().unwrap(), SECRET);
                    return;
                }
            }
        }
        let change = self.step("status").await;
        assert_eq!(change["state"], "server_updated", "{change}");
        assert_eq!(self.read().await["signature"], "valid");
    }
}

#[tokio::test]
async fn a_secret_is_changed_and_the_old_one_is_kept_until_a_token_proves_the_new_one() {
    let bench = Bench::open(true).await;
    let begun = bench.step("begin").await;
    assert_eq!((&begun["state"], &begun["next"]), (&json!("prepared"), &json!("ask_server")));
    assert_eq!(
        bench.kitchen.desk.vault.names().iter().filter(|name| name.starts_with("stove-key/")).count(),
        2
    );
    assert!(bench.try_step("begin", json!({})).await.is_err(), "one at a time");
    let other_key = json!({ "stove": STOVE, "secret": "something else that is long enough" });
    let refused = bench.kitchen.desk.try_give("stove_keys.register", other_key).await.unwrap_err();
    assert!(refused.message.contains("not over"), "{refused}");
    assert_eq!(bench.step("server_agrees").await["next"], "write");
    assert_eq!(bench.write().await.unwrap()["state"], "written");
    let taken = bench.read().await;
    assert_eq!(taken["signature"], "valid_pending_key");
    assert_eq!(bench.step("status").await["state"], "confirmed");
    assert_eq!(bench.read().await["signature"], "valid");
    let old = bench.kitchen.take(&token_of(STOVE, SECRET, NOON_S - 86_400, 9_999, 900)).await;
    assert_eq!(old["signature"], "valid_previous_key", "tokens made before still come in");
    assert_eq!(bench.step("server_updated").await["open"], false);
    let written = format!("{:?}", bench.kitchen.desk.audit());
    assert!(!written.contains(&*bench.stove.secret.lock().unwrap()) && !written.contains(SECRET));
}

#[tokio::test]
async fn the_station_dies_at_every_step_and_one_token_tells() {
    for server in [true, false] {
        for died_after in 0..6 {
            let mut bench = Bench::open(server).await;
            bench.step("begin").await;
            let steps = ["begin", "server_agrees", "write", "read", "server_updated"];
            for (place, step) in steps.into_iter().enumerate() {
                if place == died_after {
                    bench = bench.die().await;
                }
                match step {
                    "begin" => {}
                    "write" => drop(bench.write().await),
                    "read" => drop(bench.read().await),
                    _ if bench.server => drop(bench.step(step).await),
                    _ => {}
                }
            }
            bench.die().await.finish().await;
        }
    }
}

#[tokio::test]
async fn the_station_dies_while_the_message_is_under_way() {
    for (deaf, drops) in [(false, false), (true, false), (false, true), (true, true)] {
        let bench = Bench::open(false).await;
        bench.step("begin").await;
        bench.stove.deaf.store(deaf, Ordering::SeqCst);
        bench.stove.drops.store(drops, Ordering::SeqCst);
        bench.stove.silent.store(!drops, Ordering::SeqCst);
        // The write hangs; the station is killed meanwhile. Or the connection breaks.
        let write = tokio::time::timeout(Duration::from_millis(300), bench.write()).await;
        assert_eq!(write.is_err(), !drops);
        let change = bench.step("status").await;
        assert_eq!((&change["state"], &change["next"]), (&json!("writing"), &json!("read_token")));
        for broken in [&bench.stove.deaf, &bench.stove.drops, &bench.stove.silent] {
            broken.store(false, Ordering::SeqCst);
        }
        let bench = bench.die().await;
        assert_eq!(bench.step("status").await["state"], "writing", "a restart assumes nothing");
        let taken = bench.read().await;
        let (signature, state) =
            if deaf { ("valid", "server_acked") } else { ("valid_pending_key", "server_updated") };
        assert_eq!(taken["signature"], signature);
        assert_eq!(bench.step("status").await["state"], state, "one token later it knows");
        bench.finish().await;
    }
}

#[tokio::test]
async fn what_may_have_reached_the_stove_is_never_forgotten() {
    let bench = Bench::open(false).await;
    bench.step("begin").await;
    // Nothing was sent: it can be given up, and the new secret is dropped.
    let missed = bench.try_step("write", json!({ "address": "elsewhere" })).await.unwrap();
    assert_eq!((&missed["state"], &missed["reached"]), (&json!("server_acked"), &json!(true)));
    assert!(missed["trouble"].as_str().unwrap().contains("elsewhere"), "{missed}");
    assert_eq!(missed["trouble_code"], "bluetooth_not_found");
    let given_up = bench.step("abandon").await;
    assert_eq!((&given_up["state"], &given_up["open"]), (&json!("abandoned"), &json!(true)));
    // It had reached it after all, by other means: the next token says so.
    let message = bench.step("take_up").await;
    assert!(message["message"].is_null());
    let message = bench.step("write_by_hand").await["message"].as_str().unwrap().to_owned();
    assert!(bench.stove.takes(message.as_bytes()));
    bench.step("abandon").await;
    let bench = bench.die().await;
    assert_eq!(bench.read().await["signature"], "valid_pending_key");
    assert_eq!(bench.step("status").await["state"], "server_updated");
    // A change that was never written is forgotten.
    let other = Bench::open(true).await;
    other.step("begin").await;
    assert_eq!(other.step("server_refuses").await["notice"], "server_refused");
    assert_eq!(other.step("status").await["open"], false);
    assert_eq!(other.read().await["signature"], "valid");
}

#[tokio::test]
async fn a_number_is_changed_and_both_mean_the_stove() {
    let bench = Bench::open(false).await;
    bench.read().await;
    let new = "00000000099";
    let begin = async |new: &str| bench.try_step("begin", json!({ "kind": "id", "new_id": new })).await;
    assert!(begin(STOVE).await.is_err() && begin("99").await.is_err());
    bench.kitchen.take(&token_of("00000000055", "x", NOON_S, 1, 1)).await;
    assert!(begin("00000000055").await.unwrap_err().message.contains("another stove"));
    begin(new).await.unwrap();
    assert_eq!(bench.write().await.unwrap()["state"], "written");
    assert_eq!(bench.read().await["signature"], "valid");
    let stove = bench.kitchen.desk.give("stoves.get", json!({ "id": new })).await;
    assert_eq!((&stove["row"]["readings"], &stove["previous_id"]), (&json!(2), &json!(STOVE)));
    assert_eq!(stove["change"]["state"], "server_updated");
    // A token from before, which comes in late, is still this stove's.
    let late = bench.kitchen.take(&token_of(STOVE, SECRET, NOON_S - 60, 9_990, 990)).await;
    assert_eq!((&late["signature"], &late["reading"]["stove"]), (&json!("valid"), &json!(new)));
}
