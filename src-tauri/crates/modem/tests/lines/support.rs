//! A station's side of the lines: a door that remembers, and waits that end.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Wake};
use std::time::{Duration, Instant};

use gerai_core::phone::Destination;
use gerai_core::port::lines::{InboundSms, LineDoor, LineHealth, LineKey, LineReport, SubmitPart, UssdReply};
use gerai_core::port::{BoxFuture, Clock, NotDurable};
use gerai_core::secret::Secret;
use gerai_core::sms::text::Alphabet;
use gerai_core::time::UnixMs;
use gerai_modem::discovery::Places;
use gerai_modem::lines::{Modems, ModemsStart};
use gerai_modem::sim::{SimOptions, Simulator};

/// Nothing here takes longer, or it has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts at 2026-11-22 12:00:05 WIB.
pub struct RunningClock(Instant);

impl Clock for RunningClock {
    fn now(&self) -> UnixMs {
        UnixMs(1_795_323_605_000 + i64::try_from(self.monotonic_ms()).unwrap())
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

#[derive(Default)]
pub struct Seen {
    pub reports: Vec<LineReport>,
    pub inbound: Vec<InboundSms>,
    pub late: Vec<(u64, u8)>,
}

#[derive(Default)]
pub struct Door {
    pub seen: Mutex<Seen>,
    changed: Condvar,
}

impl Door {
    /// Waits until this is seen; gives what `find` gives.
    pub fn wait<T>(&self, what: &str, find: impl Fn(&Seen) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.seen.lock().unwrap();
        loop {
            if let Some(found) = find(&seen) {
                return found;
            }
            let left = end.saturating_duration_since(Instant::now());
            let told: Vec<_> = seen.reports.iter().map(|r| (&r.key, &r.port, r.health, &r.trouble)).collect();
            assert!(!left.is_zero(), "waited for {what}; reports: {told:#?}");
            seen = self.changed.wait_timeout(seen, left).unwrap().0;
        }
    }

    fn note(&self, what: impl FnOnce(&mut Seen)) {
        what(&mut self.seen.lock().unwrap());
        self.changed.notify_all();
    }
}

impl Seen {
    /// Last report on a modem.
    pub fn last(&self, imei: &str) -> Option<&LineReport> {
        self.reports.iter().rev().find(|report| report.key.imei == imei && !report.key.iccid.is_empty())
    }
}

pub struct ToDoor(pub Arc<Door>);

impl LineDoor for ToDoor {
    fn line_changed(&self, report: LineReport) {
        self.0.note(|seen| seen.reports.push(report));
    }

    fn take(&self, inbound: InboundSms) -> BoxFuture<'static, Result<(), NotDurable>> {
        self.0.note(|seen| seen.inbound.push(inbound));
        Box::pin(std::future::ready(Ok(())))
    }

    fn called(&self, _: &LineKey, _: &str, _: UnixMs) {}

    fn late_result(&self, _: &LineKey, ticket: u64, reference: u8) {
        self.0.note(|seen| seen.late.push((ticket, reference)));
    }

    fn ussd_pushed(&self, _: &LineKey, _: UssdReply) {}
}

/// Simulated modems and a station's lines on them.
pub struct Bench {
    pub simulator: Simulator,
    pub door: Arc<Door>,
    pub modems: Modems,
    pub folder: tempfile::TempDir,
}

pub fn clock() -> Arc<RunningClock> {
    Arc::new(RunningClock(Instant::now()))
}

pub fn sim_options(count: usize, announce: PathBuf) -> SimOptions {
    SimOptions {
        count,
        announce: Some(announce),
        log_text: true,
        report_delay_ms: 0,
        ..SimOptions::new(clock())
    }
}

impl Bench {
    pub fn start(count: usize, profiles: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = sim_options(count, folder.path().to_owned());
        options.profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
        let simulator = Simulator::start(&options).unwrap();
        let door = Arc::new(Door::default());
        let modems = Modems::start(ModemsStart {
            places: Places::announced_only(folder.path().to_owned()),
            allowed: Vec::new(),
            door: Arc::new(ToDoor(Arc::clone(&door))),
            clock: clock(),
        })
        .unwrap();
        Self { simulator, door, modems, folder }
    }

    /// Waits until this modem takes messages at its present port.
    pub fn ready(&self, modem: usize) -> LineKey {
        let sim = self.simulator.modem(modem);
        let (imei, port) = (sim.imei(), sim.port().unwrap());
        self.door.wait(&format!("modem {modem} ready on {port}"), |seen| {
            let last = seen.last(&imei)?;
            (last.health == LineHealth::Ready && last.port == port).then(|| last.key.clone())
        })
    }
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let end = Instant::now() + Duration::from_secs(90);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        assert!(Instant::now() < end, "a future never came to its end");
        std::thread::park_timeout(Duration::from_secs(1));
    }
}

pub fn part(to: &str, text: &str) -> SubmitPart {
    SubmitPart {
        to: Destination::parse(to, "62").unwrap(),
        text: Secret::new(text.to_owned()),
        alphabet: Alphabet::of(text),
        concat: None,
        flash: false,
        validity_minutes: None,
        status_report: true,
        more_follow: false,
    }
}
