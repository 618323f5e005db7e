//! Stoves, a server, a radio and a camera made of memory, around a real core.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use gerai_app::{ForwardPace, Forwarder};
use gerai_core::port::BoxFuture;
use gerai_core::port::upstream::{Answer, Grant, Outgoing, SignInFault, Upstream};
use gerai_core::secret::Secret;
use gerai_core::stove::verify::{Parts, sign};
use serde_json::{Value, json};

use crate::support::{Desk, NOON};

/// 2026-11-22 12:00 WIB, seconds.
pub const NOON_S: i64 = NOON / 1_000;
/// The number of the stove of most tests.
pub const STOVE: &str = "00000000001";
/// Its secret.
pub const SECRET: &str = "rahasia-kompor-satu-yang-cukup-panjang";
/// The server's password.
pub const PASSWORD: &str = "kata sandi server";

/// A token of the QR form.
pub fn token_of(stove: &str, secret: &str, t: i64, total: i64, month: i64) -> String {
    let payload = format!(
        "V01;{stove}:{t}:{:05}.{:03};{:04}.{:03};APIKEY01;",
        total / 1_000,
        total % 1_000,
        month / 1_000,
        month % 1_000
    );
    sign(&payload, &Secret::new(secret.as_bytes().to_vec()), Parts::Two)
}

/// A token of the stove of most tests.
pub fn token(t: i64, total: i64, month: i64) -> String {
    token_of(STOVE, SECRET, t, total, month)
}

/// A server that says what it is told to, and otherwise takes everything once.
#[derive(Default)]
pub struct Server {
    /// What it says next, whatever comes.
    pub script: Mutex<VecDeque<Answer>>,
    /// How it signs in next.
    pub sign_ins: Mutex<VecDeque<Result<Grant, SignInFault>>>,
    /// How often each token came, whatever was said.
    pub heard: Mutex<BTreeMap<String, usize>>,
    /// Tokens it has taken, in order.
    pub took: Mutex<Vec<String>>,
    pub signed_in: AtomicUsize,
    /// It fails at this one, always.
    pub poison: Mutex<String>,
    /// It takes the next one and its answer is lost.
    pub lose_answers: AtomicBool,
}

impl Server {
    pub fn says(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.lock().unwrap().extend(answers);
    }
}

impl Upstream for Server {
    fn sign_in(
        &self,
        _: &str,
        user: &str,
        password: Secret<String>,
    ) -> BoxFuture<'static, Result<Grant, SignInFault>> {
        let nth = self.signed_in.fetch_add(1, Ordering::SeqCst) + 1;
        let scripted = self.sign_ins.lock().unwrap().pop_front();
        let right = user == "klien-1" && password.expose() == PASSWORD;
        Box::pin(async move {
            match scripted {
                Some(outcome) => outcome,
                None if right => Ok(Grant { token: Secret::new(format!("bearer-{nth}")), life: None }),
                None => Err(SignInFault::Refused { status: 401, why: "no".to_owned() }),
            }
        })
    }

    fn send(&self, base: &str, _: Secret<String>, reading: Outgoing) -> BoxFuture<'static, Answer> {
        assert_eq!((base, reading.username.as_str()), ("https://server.example/api", "klien-1"));
        assert!(["qrcode", "bluetooth"].contains(&reading.method.as_str()));
        *self.heard.lock().unwrap().entry(reading.payload.clone()).or_default() += 1;
        if *self.poison.lock().unwrap() == reading.payload {
            return Box::pin(async { Answer::Failed { status: 500, why: "oops".to_owned() } });
        }
        let answer = self.script.lock().unwrap().pop_front().unwrap_or_else(|| {
            let mut took = self.took.lock().unwrap();
            if took.contains(&reading.payload) {
                return Answer::Duplicate { status: 409 };
            }
            took.push(reading.payload);
            if self.lose_answers.load(Ordering::SeqCst) {
                return Answer::Unreachable("the answer was lost".to_owned());
            }
            Answer::Accepted { status: 201 }
        });
        Box::pin(async move {
            // Somebody else runs meanwhile.
            tokio::task::yield_now().await;
            answer
        })
    }
}

/// A desk with stoves and a server.
pub struct Kitchen {
    pub desk: Desk,
    pub server: Arc<Server>,
    pub forwarder: Forwarder,
}

impl Kitchen {
    /// A desk with the stove of most tests registered, forwarding to the server.
    pub async fn open() -> Self {
        let desk = Desk::open().await;
        desk.give("stove_keys.register", json!({ "stove": STOVE, "secret": SECRET })).await;
        let mut settings = desk.give("settings.get", json!({})).await;
        settings["settings"]["stove"]["forward_url"] = json!("https://server.example/api/");
        settings["settings"]["stove"]["forward_user"] = json!("klien-1");
        desk.give("settings.set", settings).await;
        desk.give("forward.set_password", json!({ "password": PASSWORD })).await;
        Self::on(desk, Arc::default()).await
    }

    pub async fn on(desk: Desk, server: Arc<Server>) -> Self {
        let app = Arc::clone(&desk.app);
        tokio::task::spawn_blocking(move || assert_eq!(app.load_stove_keys(), 0)).await.unwrap();
        let upstream = Arc::clone(&server) as Arc<dyn Upstream>;
        let forwarder = Forwarder::new(Arc::clone(&desk.app), upstream).await.unwrap();
        Self { desk, server, forwarder }
    }

    /// The station dies and starts again.
    pub async fn die(self) -> Self {
        drop(self.forwarder);
        Self::on(self.desk.restart().await, self.server).await
    }

    pub async fn take(&self, token: &str) -> Value {
        self.desk.give("readings.take", json!({ "token": token })).await
    }

    pub async fn live(&self, token: &str) -> Value {
        self.desk.give("readings.take", json!({ "token": token, "live": true })).await
    }

    /// One round of forwarding.
    pub async fn round(&mut self) -> ForwardPace {
        self.forwarder.round().await
    }

    /// States of all readings on their way, oldest first.
    pub async fn states(&self) -> Vec<String> {
        let page = self.desk.give("forward.list", json!({ "limit": 200 })).await;
        let rows = page["rows"].as_array().unwrap();
        rows.iter().rev().map(|row| row["state"].as_str().unwrap().to_owned()).collect()
    }

    /// Turns the clock to when something is due, and sends.
    pub async fn settle(&mut self) {
        for _ in 0..50 {
            match self.round().await {
                ForwardPace::Idle => return,
                ForwardPace::Until(at) => {
                    self.desk.turn_clock((at.0 - self.desk.clock_ms()).max(0) + 1);
                }
            }
        }
        panic!("forwarding never comes to rest");
    }
}

/// Names of the rules that a reading breaks.
pub fn rules(reading: &Value) -> Vec<&str> {
    reading["flags"].as_array().unwrap().iter().map(|flag| flag["rule"].as_str().unwrap()).collect()
}
