//! A raw AT talker on a port, as far from the station's own code as can be: what it sees is what the simulator says.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gerai_core::port::Clock;
use gerai_core::time::UnixMs;
use gerai_modem::sim::{SimOptions, Simulator};
use rustix::event::{PollFd, PollFlags, poll};

/// Stands still: 2026-11-22 12:00:05 WIB.
pub struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> UnixMs {
        UnixMs(1_795_323_605_000)
    }

    fn monotonic_ms(&self) -> u64 {
        0
    }
}

pub fn options(count: usize) -> SimOptions {
    SimOptions { count, log_text: true, report_delay_ms: 0, ..SimOptions::new(Arc::new(StillClock)) }
}

pub fn start(count: usize, profile: &str) -> Simulator {
    Simulator::start(&SimOptions { profiles: vec![profile.to_owned()], ..options(count) }).unwrap()
}

/// One open port.
pub struct Talk {
    file: File,
    seen: String,
}

impl Talk {
    pub fn open(simulator: &Simulator, modem: usize) -> Self {
        Self::port(&simulator.modem(modem).port().unwrap())
    }

    pub fn port(name: &str) -> Self {
        let fd: OwnedFd = match name.strip_prefix("tcp:") {
            Some(address) => TcpStream::connect(address).unwrap().into(),
            None => {
                use rustix::fs::{Mode, OFlags};
                rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap()
            }
        };
        Self { file: File::from(fd), seen: String::new() }
    }

    /// Keeps others out, as a station does.
    pub fn lock(&self) {
        rustix::termios::ioctl_tiocexcl(&self.file).unwrap();
    }

    pub fn write(&mut self, text: &str) {
        self.file.write_all(text.as_bytes()).unwrap();
    }

    /// Reads what there is within this time; `false`: nothing came, or the port has gone.
    fn read(&mut self, wait: Duration) -> bool {
        let timeout = rustix::event::Timespec::try_from(wait).unwrap();
        let mut ready = [PollFd::new(&self.file, PollFlags::IN)];
        poll(&mut ready, Some(&timeout)).unwrap();
        if ready[0].revents().is_empty() {
            return false;
        }
        let mut bytes = [0_u8; 4096];
        match self.file.read(&mut bytes) {
            Ok(count) if count > 0 => {
                self.seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
                true
            }
            _ => false,
        }
    }

    /// Waits until this text came; gives everything up to and with it.
    pub fn until(&mut self, text: &str) -> String {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(place) = self.seen.find(text) {
                return self.seen.drain(..place + text.len()).collect();
            }
            assert!(Instant::now() < end, "waited for {text:?}, saw {:?}", self.seen);
            self.read(Duration::from_millis(200));
        }
    }

    /// Sends a command, gives its answer with the final result.
    pub fn at(&mut self, command: &str) -> String {
        self.write(&format!("{command}\r"));
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            for last in ["\r\nOK\r\n", "\r\nERROR\r\n"] {
                if let Some(place) = self.seen.find(last) {
                    return self.seen.drain(..place + last.len()).collect();
                }
            }
            if let Some(place) = self.seen.find(" ERROR: ")
                && self.seen[place..].contains("\r\n")
            {
                return std::mem::take(&mut self.seen);
            }
            assert!(Instant::now() < end, "{command:?} has no answer: {:?}", self.seen);
            self.read(Duration::from_millis(200));
        }
    }

    /// Nothing comes within this time, but what is given back.
    pub fn quiet(&mut self, wait: Duration) -> String {
        while self.read(wait) {}
        std::mem::take(&mut self.seen)
    }

    /// The port has gone: the other side hung up.
    pub fn gone(&mut self) -> bool {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            let mut ready = [PollFd::from_borrowed_fd(self.file.as_fd(), PollFlags::IN)];
            poll(&mut ready, Some(&rustix::event::Timespec { tv_sec: 1, tv_nsec: 0 })).unwrap();
            let told = ready[0].revents();
            if told.contains(PollFlags::HUP) || !self.read(Duration::from_millis(10)) && !told.is_empty() {
                return true;
            }
        }
        false
    }

    /// Echo off, numbered errors, PDU mode, everything straight to the port and acknowledged.
    pub fn initialise(&mut self) {
        self.write("ATE0\r");
        self.until("\r\nOK\r\n");
        for command in ["AT+CMEE=1", "AT+CMGF=0", "AT+CSMS=1", "AT+CNMI=2,2,0,1,0"] {
            assert!(self.at(command).ends_with("\r\nOK\r\n"), "{command}");
        }
    }

    /// Sends a short message with the PDU written by hand, up to the final result.
    pub fn send(&mut self, to: &str, report: bool) {
        let (length, pdu) = submit(to, report);
        self.write(&format!("AT+CMGS={length}\r"));
        self.until("\r\n> ");
        self.write(&format!("{pdu}\x1a"));
    }
}

/// SMS-SUBMIT of `hellohello` (the example known from every PDU primer) to a number with `+`.
pub fn submit(to: &str, report: bool) -> (usize, String) {
    let digits = to.trim_start_matches('+');
    let mut padded = digits.to_owned();
    if padded.len() % 2 == 1 {
        padded.push('F');
    }
    let swapped: String =
        padded.as_bytes().chunks(2).flat_map(|two| [char::from(two[1]), char::from(two[0])]).collect();
    let first = if report { "21" } else { "01" };
    let tpdu = format!("{first}00{:02X}91{swapped}00000AE8329BFD4697D9EC37", digits.len());
    (tpdu.len() / 2, format!("00{tpdu}"))
}
