//! One command after the other, with a deadline each. While an answer is waited for, everything else the modem says is
//! taken in, commits of inbound messages go on, and a dropped handle ends the wait.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::driver::{Driver, Interrupted, millis};
use crate::at::{Command, ESCAPE, Event, Reply, Urc};
use crate::port::Received;

/// Bytes taken from the port at once.
const READ_OCTETS: usize = 4_096;
/// How often a busy modem is asked again, and how long it is left alone before: 0.5 s more each time.
const BUSY_TIMES: u64 = 5;
const BUSY_STEP_MS: u64 = 500;
/// After an `OK` that was no answer, the answer comes within this time, milliseconds.
const AFTER_STRAY_MS: u64 = 1_000;
/// The dialogue is brought in step with answers within this time.
const RESYNC: Duration = Duration::from_secs(2);

impl Driver {
    /// Waits until something happened or `until` (monotonic milliseconds) has come, and takes in what happened.
    pub(super) fn wait(&mut self, until: Option<u64>) -> Result<(), Interrupted> {
        if self.shared.stop.load(Ordering::SeqCst) {
            return Err(Interrupted::Stopped);
        }
        self.inbox.poll(&self.waker);
        self.settle_take();
        if !self.serving {
            self.refuse_orders("the modem is being initialised");
        }
        self.timers();
        let until = [until, self.next_timer()].into_iter().flatten().min();
        let now = self.now();
        let timeout = until.map(|until| Duration::from_millis(until.saturating_sub(now)));
        let Some(transport) = &mut self.transport else {
            return Err(Interrupted::Gone("the port is closed".to_owned()));
        };
        let mut buffer = [0; READ_OCTETS];
        match transport.receive(&mut buffer, &self.wake, timeout) {
            Ok(Received::Bytes(count)) => self.take_in(&buffer[..count]),
            Ok(Received::Woken | Received::TimedOut) => {}
            Err(error) => return Err(Interrupted::Gone(error.to_string())),
        }
        self.timers();
        Ok(())
    }

    fn take_in(&mut self, bytes: &[u8]) {
        let mut events = std::mem::take(&mut self.events);
        self.session.receive(bytes, &mut events);
        for event in events.drain(..) {
            match event {
                Event::Prompt => self.prompt = true,
                Event::Reply(reply) => self.reply = Some(reply),
                Event::Urc(notice) => self.notice(notice),
                Event::LateSubmit(reference) => {
                    if let Some(ticket) = self.doubt.take() {
                        self.start.door.late_result(&self.report.key, ticket, reference);
                    }
                }
                Event::Stray => self.stray = true,
                Event::Garbage => {}
            }
        }
        self.events = events;
    }

    fn notice(&mut self, notice: Urc) {
        match notice {
            Urc::Stored { memory, index } => self.inbox.stored(memory, index),
            Urc::Direct { report, length, pdu } => self.inbox.direct(report, length, pdu),
            Urc::Ussd { state, text, dcs } => self.ussd_came(state, text, dcs),
            Urc::Ring => self.rings(None),
            Urc::Caller(number) => self.rings(Some(number)),
            Urc::CallEnded => self.call = None,
            Urc::Registration(state) => self.registration(state),
            Urc::Signal(raw) => self.signal(raw),
            Urc::StoreFull => self.inbox.sweep_soon(),
            Urc::Restarted => self.restarted = true,
            Urc::SimChanged => self.watch.look_at_sim(),
            Urc::Other => {}
        }
    }

    /// Writes to the port.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Interrupted> {
        match self.transport.as_mut().map(|transport| transport.send(bytes)) {
            Some(Ok(())) => Ok(()),
            Some(Err(failure)) => Err(Interrupted::Gone(failure.source.to_string())),
            None => Err(Interrupted::Gone("the port is closed".to_owned())),
        }
    }

    /// Sends a command and waits for its answer or its deadline.
    pub(super) fn chat(&mut self, command: Command) -> Result<Reply, Interrupted> {
        self.resync()?;
        self.exchange(command)
    }

    fn exchange(&mut self, command: Command) -> Result<Reply, Interrupted> {
        let mut until = self.now() + millis(command.deadline());
        let name = command.name();
        self.reply = None;
        self.stray = false;
        let bytes = self.session.begin(command);
        self.send(&bytes)?;
        loop {
            if let Some(reply) = self.reply.take() {
                tracing::trace!(port = %self.start.port, command = %name, lines = reply.lines.len(), "AT");
                return Ok(reply);
            }
            if std::mem::take(&mut self.stray) {
                // `OK` without an answer: an earlier command's, and ours follows at once; or a modem that has none.
                until = until.min(self.now() + AFTER_STRAY_MS);
            }
            if self.now() >= until {
                tracing::debug!(port = %self.start.port, command = %name, "No answer to {name}");
                self.unsynced = true;
                return Ok(self.session.give_up());
            }
            self.wait(Some(until))?;
        }
    }

    /// As `chat`, asked again for a while when the modem is busy.
    pub(super) fn patient(&mut self, command: &Command) -> Result<Reply, Interrupted> {
        for attempt in 1..=BUSY_TIMES {
            let reply = self.chat(command.clone())?;
            if !reply.result.as_ref().is_some_and(crate::at::Final::is_busy) {
                return Ok(reply);
            }
            self.linger(attempt * BUSY_STEP_MS)?;
        }
        self.chat(command.clone())
    }

    /// Lets time pass, milliseconds, while everything else goes on.
    pub(super) fn linger(&mut self, time_ms: u64) -> Result<(), Interrupted> {
        let until = self.now() + time_ms;
        while self.now() < until {
            self.wait(Some(until))?;
        }
        Ok(())
    }

    /// Sends a command of which only success matters.
    pub(super) fn accepted(&mut self, command: &str) -> Result<bool, Interrupted> {
        Ok(self.patient(&Command::new(command))?.is_ok())
    }

    /// Asks a question; the first line of the answer.
    pub(super) fn ask(&mut self, command: Command) -> Result<Option<String>, Interrupted> {
        Ok(self.patient(&command)?.first().map(str::to_owned))
    }

    /// After a command without an answer: breaks off whatever the modem is in, lets late answers pass, and asks something
    /// whose answer can be mistaken for no other. `+CMGS` that comes meanwhile is a late result.
    pub(super) fn resync(&mut self) -> Result<(), Interrupted> {
        if !self.unsynced {
            return Ok(());
        }
        for _ in 0..2 {
            self.send(&[ESCAPE])?;
            // Some modems take the ESC as the start of a line: this one may be lost, the next not.
            self.exchange(Command::new("AT").within(RESYNC))?;
            let reply = self.exchange(Command::query("AT+CMGF?").within(RESYNC))?;
            if reply.result.is_some() {
                self.unsynced = false;
                return Ok(());
            }
        }
        Err(Interrupted::Mute("the modem does not answer".to_owned()))
    }
}
