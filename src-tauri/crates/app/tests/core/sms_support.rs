//! A desk with modems made of memory: they keep what they are given and answer as the test says. The dispatcher and the
//! modems' door are the real ones.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gerai_app::contract::{ApiError, dispatch};
use gerai_app::{Dispatcher, SmsDoor};
use gerai_core::port::lines::{InboundContent, InboundSms, LineDoor, LineHealth, LineKey, LineReport, Lines};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use crate::sms_modems::{Answer, Given, Modems, refused};
use crate::support::Desk;

/// A desk whose short messages run.
pub struct Post {
    pub desk: Desk,
    pub modems: Arc<Modems>,
    pub door: SmsDoor,
    pub reports: Mutex<BTreeMap<usize, LineReport>>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// A request id that was never used.
fn new_name() -> String {
    static NAMES: AtomicUsize = AtomicUsize::new(0);
    format!("r-{}", NAMES.fetch_add(1, Ordering::SeqCst))
}

/// Serial number of the modem of a line, from 1.
pub fn imei(line: usize) -> String {
    format!("3500000000000{line:02}")
}

/// What a line that is well reports.
pub fn report(line: usize, iccid: &str, health: LineHealth) -> LineReport {
    LineReport {
        key: LineKey { imei: imei(line), iccid: iccid.to_owned() },
        port: format!("/dev/ttyUSB{line}"),
        health,
        trouble: String::new(),
        maker: "Quectel".to_owned(),
        model: "EC25".to_owned(),
        firmware: "R1".to_owned(),
        imsi: format!("51010000000000{line}"),
        msisdn: String::new(),
        smsc: "+62816124".to_owned(),
        operator: "TELKOMSEL".to_owned(),
        roaming: false,
        signal_dbm: Some(-71),
        storage: None,
        pin_tries: None,
        baud: None,
        recoveries: 0,
    }
}

/// Serial number of the SIM that is at home in a line.
pub fn iccid(line: usize) -> String {
    format!("89621000000000000{line:02}")
}

impl Post {
    /// A desk with so many ready lines.
    pub async fn open(lines: usize) -> Self {
        let post = Self::on(Desk::open().await).await;
        for line in 1..=lines {
            post.health(line, LineHealth::Ready).await;
        }
        post
    }

    pub async fn on(desk: Desk) -> Self {
        let modems = Arc::new(Modems::new(&desk.database()));
        let lines = Arc::clone(&modems) as Arc<dyn Lines>;
        desk.app.set_lines(Some(Arc::clone(&lines)));
        let stop = CancellationToken::new();
        let task = tokio::spawn(Dispatcher::run(Arc::clone(&desk.app), lines, stop.clone()));
        let door = SmsDoor::new(Arc::clone(&desk.app));
        Self { desk, modems, door, reports: Mutex::default(), stop, task }
    }

    /// The station dies here and now, and starts again with the same lines.
    pub async fn die(self) -> Self {
        self.task.abort();
        let _ = self.task.await;
        self.desk.app.set_lines(None);
        drop((self.door, self.modems));
        Self::on(self.desk.restart().await).await
    }

    /// Asks the station to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// The station is stopped as it should be, and starts again.
    pub async fn restart(self) -> Self {
        self.stop.cancel();
        self.task.await.unwrap();
        self.desk.app.set_lines(None);
        drop((self.door, self.modems));
        Self::on(self.desk.restart().await).await
    }

    /// A line reports itself; returns when the board knows.
    pub async fn health(&self, line: usize, health: LineHealth) {
        self.reported(line, report(line, &iccid(line), health)).await;
    }

    pub async fn reported(&self, line: usize, told: LineReport) {
        let status = serde_json::to_value(match told.health {
            LineHealth::Ready => "ready",
            LineHealth::Searching => "searching",
            LineHealth::Absent => "absent",
            LineHealth::PinWanted => "pin_wanted",
            _ => "recovering",
        });
        let status = status.unwrap();
        self.reports.lock().unwrap().insert(line, told.clone());
        let own = told.key.imei.clone();
        self.door.line_changed(told);
        self.wait(format!("line {line} is {status}"), async || {
            let all = self.desk.give("lines.list", json!({})).await;
            let found = all.as_array().unwrap().iter().find(|row| row["imei"] == own.as_str()).cloned();
            found.filter(|row| row["status"] == status || row["status"] == "sim_swapped")
        })
        .await;
    }

    /// Waits until there is something.
    pub async fn wait<T>(&self, what: impl std::fmt::Display, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        for _ in 0..2_000 {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("never: {what}");
    }

    /// Turns the clock and lets the dispatcher look at it.
    pub fn turn(&self, ms: i64) {
        self.desk.turn_clock(ms);
        self.nudge();
    }

    pub fn nudge(&self) {
        let told = self.reports.lock().unwrap().values().next().cloned();
        self.door.line_changed(told.expect("a line"));
    }

    /// A normal message to one number; its id.
    pub async fn send(&self, to: &str, text: &str) -> i64 {
        self.order(json!({ "to": [to], "text": text })).await
    }

    /// A message with what else is to be said of it; its id.
    pub async fn order(&self, order: Value) -> i64 {
        self.try_order(order).await.unwrap_or_else(|error| panic!("sms.send: {error}"))
    }

    pub async fn try_order(&self, mut order: Value) -> Result<i64, ApiError> {
        if order["request_id"].is_null() {
            order["request_id"] = json!(new_name());
        }
        Ok(self.desk.try_give("sms.send", order).await?["ids"][0].as_i64().unwrap_or(0))
    }

    /// A code, from a program: it needs no second person.
    pub async fn code(&self, to: &str, text: &str) -> i64 {
        self.code_with(json!({ "to": [to], "text": text })).await.unwrap()
    }

    pub async fn code_with(&self, mut order: Value) -> Result<i64, ApiError> {
        order["class"] = json!("otp");
        if order["request_id"].is_null() {
            order["request_id"] = json!(new_name());
        }
        Ok(self.as_program("sms.send", order).await?["ids"][0].as_i64().unwrap_or(0))
    }

    /// Gives a command as a program with a token.
    pub async fn as_program(&self, command: &str, arguments: Value) -> Result<Value, ApiError> {
        let token = self.desk.program().await;
        let caller = self.desk.app.caller_of_token(&Secret::new(token), "10.0.0.1", false).await.unwrap();
        dispatch(&self.desk.app, &caller, command, arguments).await
    }

    pub async fn show(&self, id: i64) -> Value {
        self.desk.give("sms.show", json!({ "id": id })).await
    }

    /// Waits until a message is in a state; the whole of it.
    pub async fn until(&self, id: i64, state: &str) -> Value {
        let mut last = Value::Null;
        for _ in 0..2_000 {
            last = self.show(id).await;
            if last["row"]["state"] == state {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("message {id} never was {state}: {last}");
    }

    /// Waits until the modems have got so many parts; all of them.
    pub async fn given(&self, count: usize) -> Vec<Given> {
        self.wait(format!("{count} parts"), async || (self.modems.count() >= count).then_some(())).await;
        let given = self.modems.given.lock().unwrap().clone();
        assert_eq!(given.len(), count, "{given:?}");
        given
    }

    /// A message that is sent by a line after everything before it had its chance.
    pub async fn sentinel(&self) {
        let id = self.send("+14155550100", "sentinel").await;
        self.until(id, "sent").await;
    }

    /// One figure out of the database.
    pub fn figure(&self, sql: &str) -> i64 {
        let read = self
            .modems
            .store
            .read(|db| Ok::<i64, gerai_store::StoreError>(db.query_row(sql, (), |row| row.get(0)).unwrap()));
        read.unwrap()
    }

    /// Something comes in by a line.
    pub async fn inbound(&self, line: usize, content: InboundContent, hash: u8) {
        let key = LineKey { imei: imei(line), iccid: iccid(line) };
        let at = UnixMs(self.desk.clock_ms());
        self.door.take(InboundSms { key, at, content, pdu_hash: [hash; 32] }).await.unwrap();
    }

    /// A status report.
    pub async fn status(&self, line: usize, reference: u8, recipient: &str, status: u8) {
        let content = InboundContent::Report { reference, recipient: recipient.to_owned(), status, at: None };
        self.inbound(line, content, reference).await;
    }

    /// Changes the settings of short messages.
    pub async fn set(&self, changes: Value) {
        let mut view = self.desk.give("settings.get", json!({})).await;
        for (name, value) in changes.as_object().unwrap() {
            view["settings"]["sms"][name] = value.clone();
        }
        self.desk.give("settings.set", view).await;
    }

    /// Changes what is set for a line; returns when the board knows.
    pub async fn line_set(&self, line: i64, changes: Value) -> Value {
        let mut settings = self.desk.give("lines.show", json!({ "id": line })).await["settings"].take();
        for (name, value) in changes.as_object().unwrap() {
            settings[name] = value.clone();
        }
        self.desk.give("lines.save", json!({ "id": line, "settings": settings })).await
    }

    /// Replaces the routing rules.
    pub async fn rules(&self, rules: Value) {
        let version = self.desk.give("routing.get", json!({})).await["version"].clone();
        self.desk.give("routing.set", json!({ "version": version, "rules": rules })).await;
    }
}
