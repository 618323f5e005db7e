//! A modem, a door and a clock for tests: one thread, time that passes only when the line waits, and a plug that can be
//! pulled after any byte.

mod answers;
mod door;

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker as TaskWaker};
use std::time::Duration;

use gerai_core::phone::Destination;
use gerai_core::port::lines::{LineSetup, SubmitPart};
use gerai_core::port::{BoxFuture, Clock};
use gerai_core::secret::Secret;
use gerai_core::sms::text::Alphabet;
use gerai_core::time::UnixMs;

pub(super) use door::{Door, Taking};

use super::driver::Driver;
use super::{LineHandle, LineStart, TriedPins, prepare};
use crate::port::{
    OpenError, PortAddress, Ports, Received, SendFailure, SerialSettings, Transport, WakeReceiver,
};

pub(super) const IMEI: &str = "860123456789012";
pub(super) const ICCID: &str = "89620123456789012345";

type Act = Box<dyn FnOnce(&mut World) + Send>;

/// Everything outside the line.
pub(super) struct World {
    pub(super) now: u64,
    /// The test is over then.
    pub(super) end: u64,
    pub(super) plugged: bool,
    /// Another program has the port.
    pub(super) taken: bool,
    /// The modem says nothing any more.
    pub(super) mute: bool,
    /// Bytes until the plug is pulled, both directions counted.
    pub(super) budget: Option<usize>,
    /// Answers by command: overrides, `"*"` as a reply means silence.
    pub(super) answers: BTreeMap<String, VecDeque<String>>,
    pub(super) default: BTreeMap<String, String>,
    pub(super) stored: BTreeMap<(String, u16), String>,
    memory: String,
    to_line: VecDeque<(u64, Vec<u8>)>,
    acts: Vec<(u64, Act)>,
    typed: Vec<u8>,
    prompting: bool,
    /// Commands and PDUs the modem has got.
    pub(super) seen: Vec<(u64, String)>,
    /// Moments at which a Ctrl-Z had arrived.
    pub(super) ctrl_z: u32,
    pub(super) opens: u32,
    pub(super) waits: u32,
}

impl World {
    fn new() -> Self {
        let fixed = [
            ("AT", "OK"),
            ("AT+CGMI", "Simco|OK"),
            ("AT+CGMM", "S1|OK"),
            ("AT+CGMR", "1.0|OK"),
            ("AT+CGSN", "860123456789012|OK"),
            ("AT+CCID", "+CCID: \"89620123456789012345\"|OK"),
            ("AT+CPIN?", "+CPIN: READY|OK"),
            ("AT+CIMI", "510101234567890|OK"),
            ("AT+CSCA?", "+CSCA: \"+62811000000\",145|OK"),
            ("AT+CSQ", "+CSQ: 20,99|OK"),
            ("AT+CREG?", "+CREG: 1,1|OK"),
            ("AT+COPS?", "+COPS: 0,0,\"GERAI\",2|OK"),
            ("AT+CMGF?", "+CMGF: 0|OK"),
            ("AT+CSMS=1", "ERROR"),
            ("AT+CMMS=0", "OK"),
        ];
        Self {
            now: 0,
            end: 30_000,
            plugged: true,
            taken: false,
            mute: false,
            budget: None,
            answers: BTreeMap::new(),
            default: fixed.iter().map(|(c, a)| ((*c).to_owned(), (*a).to_owned())).collect(),
            stored: BTreeMap::new(),
            memory: "SM".to_owned(),
            to_line: VecDeque::new(),
            acts: Vec::new(),
            typed: Vec::new(),
            prompting: false,
            seen: Vec::new(),
            ctrl_z: 0,
            opens: 0,
            waits: 0,
        }
    }

    /// The next answers to a command, lines separated by `|`; `*` is silence, `>` the prompt.
    pub(super) fn answer(&mut self, command: &str, answer: &str) {
        self.answers.entry(command.to_owned()).or_default().push_back(answer.to_owned());
    }

    /// The modem says these bytes, that many milliseconds from now.
    pub(super) fn say(&mut self, in_ms: u64, bytes: &[u8]) {
        let at = self.now + in_ms;
        let place = self.to_line.iter().position(|(other, _)| *other > at).unwrap_or(self.to_line.len());
        self.to_line.insert(place, (at, bytes.to_vec()));
    }

    pub(super) fn count(&self, command: &str) -> usize {
        self.seen.iter().filter(|(_, seen)| seen == command).count()
    }

    fn byte_in(&mut self, byte: u8) {
        if self.mute {
            return;
        }
        match byte {
            0x1A if self.prompting => {
                self.prompting = false;
                self.ctrl_z += 1;
                let pdu = std::mem::take(&mut self.typed);
                self.seen.push((self.now, String::from_utf8_lossy(&pdu).into_owned()));
                self.respond("^Z");
            }
            0x1B => {
                self.prompting = false;
                self.typed.clear();
            }
            b'\r' if !self.prompting => {
                let line = String::from_utf8_lossy(&std::mem::take(&mut self.typed)).into_owned();
                self.seen.push((self.now, line.clone()));
                self.respond(&line);
            }
            other => self.typed.push(other),
        }
    }

    fn respond(&mut self, command: &str) {
        let queued = self.answers.get_mut(command).and_then(VecDeque::pop_front);
        let answer =
            queued.or_else(|| self.default.get(command).cloned()).unwrap_or_else(|| self.usual(command));
        for line in answer.split('|') {
            match line {
                "*" => return,
                ">" => {
                    self.prompting = true;
                    self.say(0, b"\r\n> ");
                }
                line => self.say(0, format!("\r\n{line}\r\n").as_bytes()),
            }
        }
    }

    fn spend(&mut self) -> bool {
        match &mut self.budget {
            Some(0) => {
                self.plugged = false;
                false
            }
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }
}

/// The world with what a test holds of the line.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) door: Arc<Door>,
    pub(super) pins: Arc<TriedPins>,
    pub(super) setup: Option<LineSetup>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self {
            world: Arc::new(Mutex::new(World::new())),
            door: Arc::default(),
            pins: Arc::default(),
            setup: None,
        }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Does this at that time.
    pub(super) fn at(&self, at: u64, act: impl FnOnce(&mut World) + Send + 'static) {
        self.world().acts.push((at, Box::new(act)));
    }

    /// A line on this bench; `run` it.
    pub(super) fn line(&self) -> (Arc<LineHandle>, Driver) {
        let setup = self.setup.clone();
        let start = LineStart {
            port: PortAddress::parse("/dev/fake"),
            usb: String::new(),
            usb_serial: String::new(),
            setup: None,
            setup_of: Arc::new(move |_| setup.clone()),
            door: self.door.clone(),
            clock: Arc::new(FakeClock(self.world.clone())),
            pins: self.pins.clone(),
        };
        let ports = FakePorts { world: self.world.clone(), stop: Arc::default() };
        let stop = ports.stop.clone();
        let (handle, driver) = prepare(start, Box::new(ports)).unwrap();
        let handle = Arc::new(handle);
        *stop.lock().unwrap() = Some(handle.clone());
        (handle, driver)
    }
}

pub(super) fn part() -> SubmitPart {
    SubmitPart {
        to: Destination::parse("081234567890", "62").unwrap(),
        text: Secret::new("a".to_owned()),
        alphabet: Alphabet::Gsm7,
        concat: None,
        flash: false,
        validity_minutes: None,
        status_report: true,
        more_follow: false,
    }
}

/// What a future gave, if it is ready.
pub(super) fn ready<T>(mut future: BoxFuture<'static, T>) -> Option<T> {
    match Pin::new(&mut future).poll(&mut Context::from_waker(TaskWaker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

struct FakeClock(Arc<Mutex<World>>);

impl Clock for FakeClock {
    fn now(&self) -> UnixMs {
        UnixMs(1_795_323_600_000)
    }
    fn monotonic_ms(&self) -> u64 {
        self.0.lock().unwrap().now
    }
}

type Stop = Arc<Mutex<Option<Arc<LineHandle>>>>;

struct FakePorts {
    world: Arc<Mutex<World>>,
    stop: Stop,
}

/// Lets time pass until `until` or the next act, and ends the test at its end.
fn pass(world: &mut World, until: u64, stop: &Stop) {
    world.now = world.now.max(until.min(world.end));
    while let Some(place) = world.acts.iter().position(|(at, _)| *at <= world.now) {
        let (_, act) = world.acts.remove(place);
        act(world);
    }
    if world.now >= world.end
        && let Some(handle) = stop.lock().unwrap().as_ref()
    {
        handle.stop();
    }
}

fn next_act(world: &World) -> u64 {
    world.acts.iter().map(|(at, _)| *at).min().unwrap_or(u64::MAX)
}

impl Ports for FakePorts {
    fn open(&mut self, address: &PortAddress, _: SerialSettings) -> Result<Box<dyn Transport>, OpenError> {
        let mut world = self.world.lock().unwrap();
        let port = address.to_string();
        if world.taken {
            return Err(OpenError::Taken { port, holder: None });
        }
        if !world.plugged {
            return Err(OpenError::Absent { port });
        }
        world.opens += 1;
        world.to_line.clear();
        Ok(Box::new(FakePort { world: self.world.clone(), stop: self.stop.clone() }))
    }

    fn pause(&mut self, wake: &WakeReceiver, timeout: Option<Duration>) -> bool {
        if wake.clear() {
            return true;
        }
        let mut world = self.world.lock().unwrap();
        let until = timeout.map_or(u64::MAX, |time| world.now + time.as_millis() as u64);
        let until = until.min(next_act(&world));
        pass(&mut world, until, &self.stop);
        drop(world);
        wake.clear()
    }
}

struct FakePort {
    world: Arc<Mutex<World>>,
    stop: Stop,
}

impl Transport for FakePort {
    fn receive(
        &mut self,
        buffer: &mut [u8],
        wake: &WakeReceiver,
        timeout: Option<Duration>,
    ) -> io::Result<Received> {
        let mut world = self.world.lock().unwrap();
        world.waits += 1;
        let until = timeout.map_or(u64::MAX, |time| world.now + time.as_millis() as u64);
        loop {
            if !world.plugged {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let now = world.now;
            if let Some((_, bytes)) = world.to_line.front_mut().filter(|(at, _)| *at <= now) {
                let count = bytes.len().min(buffer.len());
                let piece: Vec<u8> = bytes.drain(..count).collect();
                if bytes.is_empty() {
                    world.to_line.pop_front();
                }
                let got = piece.iter().take_while(|_| world.spend()).count();
                if got == 0 {
                    continue;
                }
                buffer[..got].copy_from_slice(&piece[..got]);
                return Ok(Received::Bytes(got));
            }
            if wake.clear() {
                return Ok(Received::Woken);
            }
            if now >= until {
                return Ok(Received::TimedOut);
            }
            let next = world.to_line.front().map_or(u64::MAX, |(at, _)| *at);
            let target = until.min(next).min(next_act(&world));
            pass(&mut world, target, &self.stop);
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SendFailure> {
        let mut world = self.world.lock().unwrap();
        for (written, byte) in bytes.iter().enumerate() {
            if !world.plugged || !world.spend() {
                return Err(SendFailure { written, source: io::ErrorKind::BrokenPipe.into() });
            }
            world.byte_in(*byte);
        }
        Ok(())
    }
}
