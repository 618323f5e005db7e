//! Modems made of software, for trying the station out, for tests and for measuring: they answer AT on a pty (Linux, macOS) or
//! a TCP port, each with its own IMEI and SIM, carry messages to each other, answer USSD, and break in every way known from
//! the field. One thread serves them all and sleeps when there is nothing to do. No radio, no text mode, no voice.

mod announce;
mod at;
mod commands;
mod control;
mod delivery;
mod fault;
mod identity;
mod messages;
mod modem;
mod net;
mod oracle;
mod order;
mod profile;
mod reactor;
mod storage;
mod submit;
mod tpdu;
mod ussd;
mod wire;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gerai_core::port::Clock;

pub(crate) use announce::process_started;
pub use announce::{AnnouncedModem, Announcement};
pub use control::HELP as CONTROL_HELP;
pub use modem::Registration;
pub use net::monotonic_us;
pub use oracle::{OnAir, text_sha256};
pub use order::Order;
pub use wire::Plug;

use announce::AnnouncementFile;
use modem::Modem;
use net::Net;
use oracle::Oracle;
use profile::Profile;
use reactor::{Reactor, Shared, World};

/// Modems of one simulator.
pub const MODEMS_MAX: usize = 1024;
/// How long a port may take to come back.
const PLUG_WAIT: Duration = Duration::from_secs(5);

/// What to simulate.
pub struct SimOptions {
    /// How many modems, 1 to [`MODEMS_MAX`].
    pub count: usize,
    /// Number of the first: it makes the serial numbers, so two simulators at a time need different ones.
    pub first: u32,
    /// Names of [`profiles`], given to the modems in turn.
    pub profiles: Vec<String>,
    /// How long the network takes to answer a submit, ms.
    pub delay_ms: u64,
    /// How much later a status report comes, ms.
    pub report_delay_ms: u64,
    /// Places of each message memory.
    pub storage: usize,
    /// How they are plugged in.
    pub plug: Plug,
    /// Where a station looks for simulated modems (`sim-modems` in its data folder). `None`: not announced.
    pub announce: Option<PathBuf>,
    /// Control channel: `tcp:127.0.0.1:<port>` (0: any) or path of a Unix socket. `None`: none.
    pub control: Option<String>,
    /// File that every message which went out is appended to.
    pub log: Option<PathBuf>,
    /// Keep the texts, too.
    pub log_text: bool,
    /// Wall clock, for time stamps.
    pub clock: Arc<dyn Clock>,
}

impl SimOptions {
    /// One modem of no particular maker, answering at once.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            count: 1,
            first: 1,
            profiles: vec!["generic".to_owned()],
            delay_ms: 0,
            report_delay_ms: 500,
            storage: 20,
            plug: Plug::default(),
            announce: None,
            control: None,
            log: None,
            log_text: false,
            clock,
        }
    }
}

/// Why no simulator runs.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// No such profile.
    #[error("no profile is called `{0}`; there are {list}", list = profiles().collect::<Vec<_>>().join(", "))]
    NoProfile(String),
    /// Too many or none.
    #[error("{0} modems can not be simulated; 1 to {MODEMS_MAX} can")]
    Count(usize),
    /// The system refused.
    #[error("{what}")]
    System {
        /// What could not be had.
        what: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Names of the profiles.
pub fn profiles() -> impl Iterator<Item = &'static str> {
    Profile::names()
}

/// Simulated modems at work. They go away when this is dropped.
pub struct Simulator {
    shared: Arc<Shared>,
    waker: Arc<mio::Waker>,
    control: Option<String>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts them.
    pub fn start(options: &SimOptions) -> Result<Self, SimError> {
        static STARTED: AtomicU64 = AtomicU64::new(0);
        if !(1..=MODEMS_MAX).contains(&options.count) {
            return Err(SimError::Count(options.count));
        }
        let find = |name: &String| Profile::named(name).ok_or_else(|| SimError::NoProfile(name.clone()));
        let mut profiles = options.profiles.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        if profiles.is_empty() {
            profiles.extend(Profile::named("generic"));
        }
        let system = |what| move |source| SimError::System { what, source };
        let oracle = Oracle::new(options.log.as_deref(), options.log_text)
            .map_err(system("the log of sent messages can not be opened; choose another file"))?;
        let delay = Duration::from_millis(options.delay_ms);
        let numbers = (0..options.count).zip(options.first..);
        let modems: Vec<Modem> = numbers
            .zip(profiles.iter().cycle())
            .map(|((index, number), profile)| {
                let mut modem = Modem::new(index, number, profile, delay, options.storage);
                modem.report_delay = Duration::from_millis(options.report_delay_ms);
                modem
            })
            .collect();
        let announcement = options
            .announce
            .as_deref()
            .map(|folder| AnnouncementFile::new(folder, STARTED.fetch_add(1, Ordering::Relaxed)))
            .transpose()
            .map_err(system("the announcement folder can not be made"))?;
        let ports = vec![None; modems.len()];
        let net = Net::new(Arc::clone(&options.clock), oracle);
        let shared = Arc::new(Shared::new(World { modems, net, ports, stop: false }));
        let (reactor, waker) =
            Reactor::new(Arc::clone(&shared), options.plug, options.control.as_deref(), announcement)
                .map_err(system("the ports of the simulated modems can not be opened"))?;
        let control = reactor.control_address();
        let thread = std::thread::Builder::new()
            .name("sim-modems".to_owned())
            .spawn(move || reactor.run())
            .map_err(system("no thread for the simulated modems"))?;
        Ok(Self { shared, waker, control, thread: Some(thread) })
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.lock().modems.len()
    }

    /// One of them, counted from 0; one that is not there does nothing and has no port.
    #[must_use]
    pub fn modem(&self, index: usize) -> SimModem<'_> {
        SimModem { simulator: self, index }
    }

    /// Address of the control channel.
    #[must_use]
    pub fn control(&self) -> Option<&str> {
        self.control.as_deref()
    }

    /// Does what a line of the control channel asks; its answer ends with a line `ok …` or `error …`.
    pub fn control_line(&self, line: &str) -> String {
        let answer = control::answer(line, &mut self.lock_now());
        self.wake();
        answer
    }

    /// The world, its clock set to now: orders time what they start.
    fn lock_now(&self) -> std::sync::MutexGuard<'_, World> {
        let mut world = self.shared.lock();
        world.net.now = Instant::now();
        world
    }

    /// Messages that went out, from this number on (they count from 1).
    #[must_use]
    pub fn oracle(&self, from: u64) -> Vec<OnAir> {
        self.shared.lock().net.oracle.since(from).0.to_vec()
    }

    /// How many messages went out.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.shared.lock().net.oracle.since(u64::MAX).1
    }

    fn wake(&self) {
        // It fails only when the thread has gone, and then nobody waits.
        let _ = self.waker.wake();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One modem of a [`Simulator`].
#[derive(Clone, Copy)]
pub struct SimModem<'a> {
    simulator: &'a Simulator,
    index: usize,
}

impl SimModem<'_> {
    /// Where it is plugged in; `None`: it is not.
    #[must_use]
    pub fn port(&self) -> Option<String> {
        self.simulator.shared.lock().ports.get(self.index).cloned().flatten()
    }

    /// Serial number of the modem.
    #[must_use]
    pub fn imei(&self) -> String {
        self.read(|modem| modem.imei.clone())
    }

    /// Serial number of its SIM; empty without one.
    #[must_use]
    pub fn iccid(&self) -> String {
        self.read(|modem| modem.card.as_ref().map(|card| card.iccid.clone()).unwrap_or_default())
    }

    /// Number of its SIM in international form, with `+`; empty without one.
    #[must_use]
    pub fn msisdn(&self) -> String {
        self.read(|modem| modem.msisdn().map(|digits| format!("+{digits}")).unwrap_or_default())
    }

    /// Messages that wait in the network for it, and those in its memories.
    #[must_use]
    pub fn held(&self) -> (usize, usize) {
        self.read(|modem| {
            let stored = (0..3).map(|place| modem.stores.at(place).used()).sum();
            (modem.waiting.len() + usize::from(modem.unacknowledged.is_some()), stored)
        })
    }

    fn read<T: Default>(&self, what: impl FnOnce(&mut Modem) -> T) -> T {
        self.simulator.shared.lock().modems.get_mut(self.index).map(what).unwrap_or_default()
    }

    /// Makes it do something. Plugging in and out is done when this returns.
    ///
    /// # Errors
    /// A sentence on what is wrong with the order.
    pub fn order(&self, order: Order) -> Result<(), String> {
        let plugged = match order {
            Order::Unplug => Some(false),
            Order::Replug { .. } => Some(true),
            _ => None,
        };
        {
            let mut world = self.simulator.lock_now();
            let World { modems, net, .. } = &mut *world;
            let modem = modems.get_mut(self.index).ok_or("there is no such modem")?;
            modem.order(order, net)?;
            if plugged.is_some() {
                world.ports[self.index] =
                    if plugged == Some(false) { world.ports[self.index].take() } else { None };
            }
        }
        self.simulator.wake();
        match plugged {
            Some(plugged) => self.wait_plugged(plugged),
            None => Ok(()),
        }
    }

    fn wait_plugged(&self, plugged: bool) -> Result<(), String> {
        let world = self.simulator.shared.lock();
        let waited = self
            .simulator
            .shared
            .plugged
            .wait_timeout_while(world, PLUG_WAIT, |world| world.ports[self.index].is_some() != plugged);
        match waited {
            Ok((_, result)) if !result.timed_out() => Ok(()),
            _ => Err("the port did not change within 5 s".to_owned()),
        }
    }
}

/// Simulates until `stop` is told or dropped. `ready` is called once all ports are open.
pub fn run(
    options: &SimOptions,
    ready: impl FnOnce(&Simulator),
    stop: &Receiver<()>,
) -> Result<(), SimError> {
    let simulator = Simulator::start(options)?;
    ready(&simulator);
    let _ = stop.recv();
    Ok(())
}
