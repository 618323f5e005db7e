//! The line's thread: opens the port, initialises the modem, serves orders, and climbs the recovery ladder. All state of
//! the line lives here; the other files of this folder are its chapters.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use gerai_core::port::lines::{LineHealth, LineReport, LineSetup};

use super::health::Watch;
use super::inbound::Inbox;
use super::ladder::{Ladder, Step};
use super::orders::Order;
use super::quirks::{Quirks, quirks};
use super::ussd::{Call, OpenUssd};
use super::{LineStart, Shared, rebind};
use crate::at::{Event, Reply, Session};
use crate::port::{OpenError, Parity, Ports, SerialSettings, Transport, WakeReceiver, Waker};
use crate::ussd::TeCharset;

/// How often a port that has just vanished is looked for, and for how long; after that only when woken or each minute.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const LOOK_OFTEN_TIMES: u32 = 30;
const LOOK_SELDOM: Duration = Duration::from_secs(60);
/// Between two steps of the ladder the modem is left alone for this long.
const REST: Duration = Duration::from_secs(1);
/// A modem that restarts is back within this time.
const RESTART: Duration = Duration::from_secs(15);
/// How often a modem may start anew by itself before that is taken as trouble.
const RESTARTS_MAX: u32 = 20;
/// How long a modem that was given up is left alone.
const QUARANTINE: Duration = Duration::from_secs(300);

/// Why the dialogue was left.
#[derive(Debug)]
pub(super) enum Interrupted {
    /// The handle was dropped.
    Stopped,
    /// The port is gone; why.
    Gone(String),
    /// The modem does not answer, or not to what it was asked; what was tried.
    Mute(String),
    /// The modem has started anew by itself: its settings are gone.
    Restarted,
    /// The operator does not want this line.
    Off,
}

/// One line.
pub(super) struct Driver {
    pub(super) start: LineStart,
    pub(super) ports: Box<dyn Ports>,
    pub(super) wake: WakeReceiver,
    pub(super) waker: Waker,
    pub(super) orders: Receiver<Order>,
    pub(super) shared: Arc<Shared>,

    pub(super) transport: Option<Box<dyn Transport>>,
    pub(super) session: Session,
    pub(super) events: Vec<Event>,
    pub(super) reply: Option<Reply>,
    pub(super) prompt: bool,
    /// A final result came that was not the command's own.
    pub(super) stray: bool,
    /// The last command was not answered: the dialogue must be brought in step before the next.
    pub(super) unsynced: bool,
    /// Orders are taken; otherwise they are refused.
    pub(super) serving: bool,
    /// A person or the discovery asked to try again at once.
    pub(super) woken: bool,
    pub(super) restarted: bool,

    pub(super) quirks: Quirks,
    /// Character set between this station and the modem.
    pub(super) charset: TeCharset,
    pub(super) setup: Option<LineSetup>,
    pub(super) settings: SerialSettings,
    pub(super) more_messages: bool,
    pub(super) direct: bool,
    pub(super) report: LineReport,
    pub(super) reported: Option<LineReport>,
    pub(super) watch: Watch,
    pub(super) inbox: Inbox,
    pub(super) ussd: Option<OpenUssd>,
    pub(super) call: Option<Call>,
    /// The network is to be told that an unanswered question is over.
    pub(super) cancel_ussd: bool,
    /// The submission whose result never came.
    pub(super) doubt: Option<u64>,
    /// Submissions in a row that the modem neither took nor refused.
    pub(super) stuck: u32,
    pub(super) ladder: Ladder,
    /// The line's own reset makes the port vanish: that is no new device.
    own_reset: bool,
}

impl Driver {
    pub(super) fn new(
        start: LineStart,
        ports: Box<dyn Ports>,
        wake: WakeReceiver,
        waker: Waker,
        orders: Receiver<Order>,
        shared: Arc<Shared>,
    ) -> Self {
        let report = LineReport::unknown(String::new(), start.port.to_string(), LineHealth::Starting);
        let quirks = quirks("", "", &start.usb);
        Self {
            settings: settings(start.setup.as_ref()),
            setup: start.setup.clone(),
            start,
            ports,
            wake,
            waker,
            orders,
            shared,
            transport: None,
            session: Session::default(),
            events: Vec::new(),
            reply: None,
            prompt: false,
            stray: false,
            unsynced: false,
            serving: false,
            woken: false,
            restarted: false,
            quirks,
            charset: TeCharset::default(),
            more_messages: false,
            direct: false,
            report,
            reported: None,
            watch: Watch::default(),
            inbox: Inbox::default(),
            ussd: None,
            call: None,
            cancel_ussd: false,
            doubt: None,
            stuck: 0,
            ladder: Ladder::default(),
            own_reset: false,
        }
    }

    /// The thread's body.
    pub(super) fn run(mut self) {
        loop {
            let interruption = match self.connect() {
                Ok(()) => self.converse(),
                Err(interruption) => interruption,
            };
            self.close();
            let rest = match interruption {
                Interrupted::Stopped => break,
                Interrupted::Gone(why) => self.absent(&why),
                Interrupted::Mute(why) => self.recover(&why),
                Interrupted::Restarted => self.idle(REST).map(|_| ()),
                Interrupted::Off => self.off(),
            };
            if rest.is_err() {
                break;
            }
        }
        self.serving = false;
        self.refuse_orders("the line was closed");
        let health = if self.report.health == LineHealth::Off { LineHealth::Off } else { LineHealth::Absent };
        self.tell(health, "");
        tracing::info!(port = %self.start.port, "Closed line on {}", self.start.port);
    }

    /// Initialises and serves until something interrupts.
    fn converse(&mut self) -> Interrupted {
        for _ in 0..RESTARTS_MAX {
            let outcome = self.initialise().and_then(|()| self.serve());
            self.serving = false;
            match outcome {
                // The port is still there: closing it would make some boards start anew once more.
                Err(Interrupted::Restarted) | Ok(()) => {}
                Err(interruption) => return interruption,
            }
            self.end_ussd("the modem started anew");
            // Places in its stores may mean other messages now: the SIM may be another.
            self.inbox.reset();
            if let Err(interruption) = self.linger(millis(REST)) {
                return interruption;
            }
        }
        Interrupted::Mute("the modem starts anew again and again".to_owned())
    }

    /// Opens the port, waiting for it as long as it takes.
    fn connect(&mut self) -> Result<(), Interrupted> {
        let mut looked = 0_u32;
        loop {
            if self.shared.stop.load(Ordering::SeqCst) {
                return Err(Interrupted::Stopped);
            }
            match self.ports.open(&self.start.port, self.settings) {
                Ok(transport) => {
                    if looked > 0 && !self.own_reset {
                        self.ladder.clear();
                    }
                    self.own_reset = false;
                    self.transport = Some(transport);
                    self.fresh_session();
                    return Ok(());
                }
                Err(OpenError::Absent { .. }) => self.tell(LineHealth::Absent, ""),
                Err(error @ OpenError::Taken { .. }) => self.tell(LineHealth::PortTaken, &error.to_string()),
                Err(error @ (OpenError::Forbidden { .. } | OpenError::Failed { .. })) => {
                    self.tell(LineHealth::Recovering, &error.to_string());
                }
            }
            looked = looked.saturating_add(1);
            // A modem that is not there is never reset, only looked for.
            let pause = if looked <= LOOK_OFTEN_TIMES { LOOK_EVERY } else { LOOK_SELDOM };
            self.idle(pause)?;
        }
    }

    fn fresh_session(&mut self) {
        self.session = Session::default();
        self.reply = None;
        self.prompt = false;
        self.unsynced = false;
        self.restarted = false;
        self.doubt = None;
        self.stuck = 0;
        self.watch = Watch::default();
        self.inbox.reset();
    }

    fn close(&mut self) {
        self.serving = false;
        self.transport = None;
        self.end_ussd("the modem is gone");
        self.call = None;
    }

    fn absent(&mut self, why: &str) -> Result<(), Interrupted> {
        tracing::warn!(port = %self.start.port, "Lost the modem on {}: {why}", self.start.port);
        self.tell(LineHealth::Absent, "");
        self.refuse_orders("the modem is not plugged in");
        Ok(())
    }

    fn off(&mut self) -> Result<(), Interrupted> {
        self.tell(LineHealth::Off, "");
        while !self.idle(LOOK_SELDOM * 60)? {}
        Ok(())
    }

    /// Takes the next step of the ladder.
    fn recover(&mut self, why: &str) -> Result<(), Interrupted> {
        let step = self.ladder.step(self.now());
        self.report.recoveries = self.ladder.steps();
        tracing::warn!(port = %self.start.port, step = ?step, "Recovering the line on {}: {why}", self.start.port);
        match step {
            Step::Reopen => {
                self.tell(LineHealth::Recovering, &format!("{why}; opening the port again"));
                self.idle(REST)?;
            }
            Step::Reset => {
                self.tell(LineHealth::Recovering, &format!("{why}; restarting the modem"));
                if let Ok(mut transport) = self.ports.open(&self.start.port, self.settings) {
                    let _ = transport.send(b"\x1b\rAT+CFUN=1,1\r");
                }
                self.own_reset = true;
                self.idle(RESTART)?;
            }
            Step::Rebind => {
                self.tell(LineHealth::Recovering, &format!("{why}; taking the USB device off and on"));
                self.own_reset = rebind::rebind(&self.start.port);
                self.idle(if self.own_reset { RESTART } else { REST })?;
            }
            Step::Quarantine => {
                let next = "nothing has helped; unplug the modem and plug it in again, or try another USB port. \
                            It is tried again every 5 minutes";
                self.tell(LineHealth::Quarantined, &format!("{why}; {next}"));
                if self.idle(QUARANTINE)? {
                    self.ladder.clear();
                }
            }
        }
        Ok(())
    }

    /// Waits without the port; whatever is asked meanwhile is refused. `true`: ended early, woken by a person.
    fn idle(&mut self, time: Duration) -> Result<bool, Interrupted> {
        let until = self.now() + millis(time);
        loop {
            self.inbox.poll(&self.waker);
            self.refuse_orders("the modem is not ready");
            if self.shared.stop.load(Ordering::SeqCst) {
                return Err(Interrupted::Stopped);
            }
            let left = until.saturating_sub(self.now());
            if left == 0 || self.woken {
                return Ok(std::mem::take(&mut self.woken));
            }
            self.ports.pause(&self.wake, Some(Duration::from_millis(left)));
        }
    }

    /// Refuses all waiting orders. A wake-up among them is noted.
    pub(super) fn refuse_orders(&mut self, why: &str) {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Wake) => self.woken = true,
                Ok(order) => order.refuse(why),
                Err(TryRecvError::Empty) => return,
                // The handle is gone and so is everybody who could ask.
                Err(TryRecvError::Disconnected) => {
                    self.shared.stop.store(true, Ordering::SeqCst);
                    return;
                }
            }
        }
    }

    /// Monotonic time, milliseconds.
    pub(super) fn now(&self) -> u64 {
        self.start.clock.monotonic_ms()
    }
}

fn settings(setup: Option<&LineSetup>) -> SerialSettings {
    let Some(setup) = setup else { return SerialSettings::default() };
    SerialSettings {
        baud: if setup.baud == 0 { SerialSettings::default().baud } else { setup.baud },
        parity: match setup.parity.as_str() {
            "even" => Parity::Even,
            "odd" => Parity::Odd,
            _ => Parity::None,
        },
        data_bits: setup.data_bits,
        stop_bits: setup.stop_bits,
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
