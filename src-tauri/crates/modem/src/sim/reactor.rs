//! The one thread of a simulator: it sleeps until a port, the control channel or a timer wants it, for any number of modems.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use super::announce::{AnnouncedModem, AnnouncementFile};
use super::control::Control;
use super::modem::Modem;
use super::net::Net;
use super::wire::{Got, Plug, Wire};

/// Tokens of modem n: `2 n` its wire, `2 n + 1` its listener. Above these:
const WAKE: Token = Token(1 << 24);
/// First token of the control channel.
pub(super) const CONTROL: usize = (1 << 24) + 1;
/// A modem that restarts is away this long.
const RESTART: Duration = Duration::from_millis(700);
/// Names tried before any is taken: a station must not see a modem move only because it closed the port.
const NAMES_TRIED_MAX: usize = 256;
/// Bytes read from one port before others get their turn.
const TURN_OCTETS: usize = 4096;

/// Everything simulated, shared between the thread and those who give orders.
pub(super) struct World {
    pub modems: Vec<Modem>,
    pub net: Net,
    /// Names of the ports; `None`: not plugged in.
    pub ports: Vec<Option<String>>,
    pub stop: bool,
}

pub(super) struct Shared {
    world: Mutex<World>,
    /// Ports have changed.
    pub plugged: Condvar,
}

impl Shared {
    pub fn new(world: World) -> Self {
        Self { world: Mutex::new(world), plugged: Condvar::new() }
    }

    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Reactor {
    shared: Arc<Shared>,
    poll: Poll,
    plug: Plug,
    wires: Vec<Option<Wire>>,
    /// TCP port each modem had last.
    last: Vec<(u16, String)>,
    /// Ports from which something came since they were opened. What is said to one that nobody opened is lost: it would
    /// lie there for whoever opens it later.
    heard: Vec<bool>,
    /// Ports that may hold bytes which the modem has not read (a hanging one).
    unread: Vec<bool>,
    restarting: Vec<(Instant, usize)>,
    control: Option<Control>,
    announcement: Option<AnnouncementFile>,
}

impl Reactor {
    /// Opens all ports. Gives the waker that ends its sleep.
    pub fn new(
        shared: Arc<Shared>,
        plug: Plug,
        control: Option<&str>,
        announcement: Option<AnnouncementFile>,
    ) -> io::Result<(Self, Arc<mio::Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(mio::Waker::new(poll.registry(), WAKE)?);
        let control = control.map(|address| Control::open(address, poll.registry())).transpose()?;
        let count = shared.lock().modems.len();
        let mut reactor = Self {
            shared,
            poll,
            plug,
            wires: (0..count).map(|_| None).collect(),
            last: vec![(0, String::new()); count],
            heard: vec![false; count],
            unread: vec![false; count],
            restarting: Vec::new(),
            control,
            announcement,
        };
        let shared = Arc::clone(&reactor.shared);
        let mut world = shared.lock();
        for index in 0..count {
            reactor.open(index, true, &mut world)?;
        }
        reactor.announce(&world);
        drop(world);
        Ok((reactor, waker))
    }

    /// Address of the control channel.
    pub fn control_address(&self) -> Option<String> {
        self.control.as_ref().map(Control::address)
    }

    /// Opens a port: by the name it had last, or surely by another one.
    fn open(&mut self, index: usize, same: bool, world: &mut World) -> io::Result<()> {
        let registry = self.poll.registry();
        let (wire, listen) = (Token(index * 2), Token(index * 2 + 1));
        self.wires[index] = None;
        let (port, name) = &self.last[index];
        let wanted = if same { *port } else { 0 };
        let fits = |opened: &Wire| name.is_empty() || (opened.name() == *name) == same;
        let mut opened = Wire::open(self.plug, wanted, registry, wire, listen)?;
        // The system gives the lowest free name: those that do not fit are held until one does.
        let mut held = Vec::new();
        while !fits(&opened) && held.len() < NAMES_TRIED_MAX {
            held.push(opened);
            opened = Wire::open(self.plug, wanted, registry, wire, listen)?;
        }
        drop(held);
        self.last[index] = (opened.port(), opened.name());
        self.heard[index] = false;
        world.ports[index] = Some(opened.name());
        self.wires[index] = Some(opened);
        self.shared.plugged.notify_all();
        Ok(())
    }

    fn announce(&mut self, world: &World) {
        let Some(file) = &mut self.announcement else { return };
        let modems = world.ports.iter().zip(&world.modems).filter_map(|(port, modem)| {
            Some(AnnouncedModem { port: port.clone()?, profile: modem.profile.name.to_owned() })
        });
        if let Err(error) = file.write(modems.collect(), self.control.as_ref().map(Control::address)) {
            tracing::warn!(%error, "the announcement of the simulated modems can not be written");
        }
    }

    /// Runs until told to stop.
    pub fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let mut events = Events::with_capacity(256);
        let mut wait = Some(Duration::ZERO);
        loop {
            match self.poll.poll(&mut events, wait) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::error!(%error, "the simulator can not wait for its ports and ends");
                    return;
                }
            }
            let mut world = shared.lock();
            if world.stop {
                return;
            }
            world.net.now = Instant::now();
            for event in &events {
                self.on_token(event.token(), event.is_readable() || event.is_read_closed(), &mut world);
            }
            let World { modems, net, .. } = &mut *world;
            net.run(modems);
            self.settle(&mut world);
            wait = self.wait(&world);
        }
    }

    fn wait(&self, world: &World) -> Option<Duration> {
        let behind =
            (0..self.wires.len()).any(|index| self.unread[index] && !world.modems[index].faults.hang);
        if behind {
            return Some(Duration::ZERO);
        }
        let restart = self.restarting.iter().map(|(at, _)| *at).min();
        let due = [world.net.next_due(), restart].into_iter().flatten().min()?;
        // Rounded up: a poll that ends a moment early would only be asked again.
        Some(due.saturating_duration_since(Instant::now()) + Duration::from_micros(50))
    }

    fn on_token(&mut self, token: Token, readable: bool, world: &mut World) {
        if token == WAKE {
            return;
        }
        if token.0 >= CONTROL {
            if let Some(control) = &mut self.control {
                control.on_token(token, self.poll.registry(), world);
            }
            return;
        }
        let index = token.0 / 2;
        if token.0 % 2 == 1 {
            if let Some(Some(wire)) = self.wires.get_mut(index) {
                wire.accept(self.poll.registry(), Token(index * 2));
                self.unread[index] = true;
            }
        } else if readable && index < self.unread.len() {
            self.unread[index] = true;
        }
    }

    /// Reads, writes, plugs and unplugs until nothing is left to do now.
    fn settle(&mut self, world: &mut World) {
        for index in 0..self.wires.len() {
            if self.unread[index] && !world.modems[index].faults.hang {
                self.read(index, world);
            }
        }
        for index in std::mem::take(&mut world.net.restart) {
            self.flush(index, world);
            world.modems[index].power_off();
            world.net.unplug.push(index);
            self.restarting.push((world.net.now + RESTART, index));
        }
        for index in std::mem::take(&mut world.net.unplug) {
            self.unplug(index, world);
        }
        let now = world.net.now;
        let mut replug = std::mem::take(&mut world.net.replug);
        self.restarting.retain(|(at, index)| {
            if *at <= now {
                replug.push((*index, true));
            }
            *at > now
        });
        for (index, same) in replug {
            self.replug(index, same, world);
        }
        for index in 0..self.wires.len() {
            self.flush(index, world);
        }
        self.announce(world);
    }

    fn unplug(&mut self, index: usize, world: &mut World) {
        self.wires[index] = None;
        self.unread[index] = false;
        world.ports[index] = None;
        self.shared.plugged.notify_all();
    }

    fn replug(&mut self, index: usize, same: bool, world: &mut World) {
        if self.wires[index].is_some() {
            world.modems[index].power_off();
            self.unplug(index, world);
        }
        if let Err(error) = self.open(index, same, world) {
            tracing::warn!(%error, "a simulated modem gets no port");
            return;
        }
        let World { modems, net, .. } = world;
        modems[index].power_on(net);
    }

    fn read(&mut self, index: usize, world: &mut World) {
        let mut bytes = [0_u8; TURN_OCTETS];
        while let Some(wire) = &mut self.wires[index] {
            match wire.read(&mut bytes) {
                Got::Bytes(count) => {
                    self.heard[index] |= count > 0;
                    let World { modems, net, .. } = &mut *world;
                    modems[index].take(&bytes[..count], net);
                    if net.unplug.contains(&index) {
                        break;
                    }
                    // The answer goes out before the next bytes are read: the station waits for it.
                    self.flush(index, world);
                }
                Got::Nothing => break,
                Got::Closed => {
                    let modem = &mut world.modems[index];
                    modem.out.clear();
                    modem.port_closed();
                    self.heard[index] = false;
                    if !wire.closed()
                        && let Err(error) = self.open(index, true, world)
                    {
                        tracing::warn!(%error, "a simulated modem gets no port");
                    }
                    break;
                }
            }
        }
        self.unread[index] = false;
    }

    fn flush(&mut self, index: usize, world: &mut World) {
        let Some(modem) = world.modems.get_mut(index) else { return };
        let Some(wire) = &mut self.wires[index] else { return modem.out.clear() };
        if !self.heard[index] {
            return modem.out.clear();
        }
        while !modem.out.is_empty() {
            let written = wire.write(&modem.out);
            if written == 0 {
                return;
            }
            modem.out.drain(..written);
        }
        if modem.faults.spent {
            modem.power_off();
            self.unplug(index, world);
        }
    }
}
