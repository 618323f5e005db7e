//! A desk with modems made of memory: they keep what they are given and answer as the test says. The dispatcher and the
//! modems' door are the real ones.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gerai_app::contract::{ApiError, dispatch};
use gerai_app::{Dispatcher, SmsDoor};
use gerai_core::port::BoxFuture;
use gerai_core::port::lines::{
    Concat, InboundContent, InboundSms, LineDoor, LineError, LineHealth, LineKey, LineReport, LineSetup,
    Lines, PortFound, Scope, SubmitPart, Submitted, UssdReply,
};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_store::{OpenMode, Store};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::Desk;

/// A part as a modem got it.
#[derive(Debug, Clone)]
pub struct Given {
    pub imei: String,
    pub to: String,
    pub text: String,
    pub concat: Option<Concat>,
    pub validity: Option<u32>,
    pub more: bool,
    pub ticket: u64,
    /// What the database said of this part at that moment: state of the part and of its message.
    pub intent: (String, String),
}

/// How a modem answers the next part.
pub enum Answer {
    Sent(u8),
    Refused(Scope, bool),
    Doubt,
    /// When the test says so.
    Later,
}

/// Modems made of memory.
pub struct Modems {
    store: Store,
    pub given: Mutex<Vec<Given>>,
    /// What they answer next, by IMEI; `Sent` with rising references when nothing is said.
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
    open: Mutex<VecDeque<(String, oneshot::Sender<Submitted>)>>,
    pub setups: Mutex<Vec<LineSetup>>,
    pub commands: Mutex<Vec<String>>,
    pub ussd: Mutex<VecDeque<Result<UssdReply, LineError>>>,
    pub found: Mutex<Vec<PortFound>>,
    pub woken: Mutex<Vec<LineKey>>,
}

impl Modems {
    fn intent(&self, ticket: u64) -> (String, String) {
        let (id, sequence) = (i64::try_from(ticket >> 8).unwrap(), i64::try_from(ticket & 0xFF).unwrap());
        let sql = "SELECT p.state, m.state FROM sms_part p JOIN sms_message m USING (message_id)
                   WHERE message_id = ?1 AND sequence = ?2 ORDER BY round DESC LIMIT 1";
        self.store
            .read(|db| {
                Ok::<_, gerai_store::StoreError>(
                    db.query_row(sql, (id, sequence), |row| Ok((row.get(0)?, row.get(1)?)))
                        .unwrap_or_default(),
                )
            })
            .unwrap()
    }

    pub fn answer(&self, imei: &str, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().entry(imei.to_owned()).or_default().extend(answers);
    }

    /// Answers the part that has waited longest.
    pub fn now(&self, submitted: Submitted) {
        self.open.lock().unwrap().pop_front().expect("a part waits").1.send(submitted).unwrap();
    }

    pub fn count(&self) -> usize {
        self.given.lock().unwrap().len()
    }
}

pub fn refused(scope: Scope, temporary: bool) -> Submitted {
    Submitted::Refused { scope, temporary, code: Some(42), why: "the modem says no".to_owned() }
}

impl Lines for Modems {
    fn submit(&self, line: &LineKey, part: SubmitPart, ticket: u64) -> BoxFuture<'static, Submitted> {
        let mut given = self.given.lock().unwrap();
        given.push(Given {
            imei: line.imei.clone(),
            to: part.to.dialled(),
            text: part.text.expose().clone(),
            concat: part.concat,
            validity: part.validity_minutes,
            more: part.more_follow,
            ticket,
            intent: self.intent(ticket),
        });
        let reference = u8::try_from(given.len() % 256).unwrap();
        let next = self.answers.lock().unwrap().get_mut(&line.imei).and_then(VecDeque::pop_front);
        let submitted = match next {
            None => Submitted::Sent { reference },
            Some(Answer::Sent(reference)) => Submitted::Sent { reference },
            Some(Answer::Refused(scope, temporary)) => refused(scope, temporary),
            Some(Answer::Doubt) => Submitted::InDoubt { why: "no final result".to_owned() },
            Some(Answer::Later) => {
                let (say, hear) = oneshot::channel();
                self.open.lock().unwrap().push_back((line.imei.clone(), say));
                return Box::pin(async move {
                    match hear.await {
                        Ok(submitted) => submitted,
                        Err(_) => std::future::pending().await,
                    }
                });
            }
        };
        Box::pin(async move { submitted })
    }

    fn ussd(&self, _: &LineKey, _: &str) -> BoxFuture<'static, Result<UssdReply, LineError>> {
        let next = self.ussd.lock().unwrap().pop_front().unwrap_or(Err(LineError::Timeout(60_000)));
        Box::pin(async move { next })
    }

    fn ussd_cancel(&self, _: &LineKey) -> BoxFuture<'static, Result<(), LineError>> {
        Box::pin(async { Ok(()) })
    }

    fn command(&self, _: &LineKey, command: &str) -> BoxFuture<'static, Result<Vec<String>, LineError>> {
        self.commands.lock().unwrap().push(command.to_owned());
        Box::pin(async { Ok(vec!["+CNUM: ,\"+6281234567890\",145".to_owned(), "OK".to_owned()]) })
    }

    fn configure(&self, setups: Vec<LineSetup>) {
        *self.setups.lock().unwrap() = setups;
    }

    fn detect(&self, _: Vec<String>) -> BoxFuture<'static, Vec<PortFound>> {
        let found = self.found.lock().unwrap().clone();
        Box::pin(async move { found })
    }

    fn wake(&self, line: &LineKey) {
        self.woken.lock().unwrap().push(line.clone());
    }
}

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
        let modems = Arc::new(Modems {
            store: Store::open(&desk.database(), OpenMode::ReadOnly).unwrap(),
            given: Mutex::default(),
            answers: Mutex::default(),
            open: Mutex::default(),
            setups: Mutex::default(),
            commands: Mutex::default(),
            ussd: Mutex::default(),
            found: Mutex::default(),
            woken: Mutex::default(),
        });
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
