//! Modems made of memory: they keep what they are given, with what the database said at that moment, and answer as the
//! test says.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use gerai_core::port::BoxFuture;
use gerai_core::port::lines::{
    Concat, LineError, LineKey, LineSetup, Lines, PortFound, Scope, SubmitPart, Submitted, UssdReply,
};
use gerai_store::{OpenMode, Store};
use tokio::sync::oneshot;

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
    pub store: Store,
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
    pub fn new(database: &std::path::Path) -> Self {
        Self {
            store: Store::open(database, OpenMode::ReadOnly).unwrap(),
            given: Mutex::default(),
            answers: Mutex::default(),
            open: Mutex::default(),
            setups: Mutex::default(),
            commands: Mutex::default(),
            ussd: Mutex::default(),
            found: Mutex::default(),
            woken: Mutex::default(),
        }
    }

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
