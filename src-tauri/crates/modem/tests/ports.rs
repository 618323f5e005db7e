//! Real ports: TCP and pseudo terminals. Bytes, wake-ups, hang-ups, exclusive use, and a whole line over TCP.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use gerai_core::phone::Destination;
use gerai_core::port::lines::{
    InboundSms, LineDoor, LineHealth, LineKey, LineReport, SubmitPart, Submitted, UssdReply,
};
use gerai_core::port::{BoxFuture, Clock, NotDurable};
use gerai_core::secret::Secret;
use gerai_core::sms::text::Alphabet;
use gerai_core::time::UnixMs;
use gerai_modem::line::{LineHandle, LineStart, start};
use gerai_modem::port::{
    OpenError, PortAddress, Ports, Received, SerialSettings, SystemPorts, Transport, wake_pair,
};

/// Far longer than anything here takes; not a measure.
const LONG: Duration = Duration::from_secs(20);

fn open(address: &str) -> Result<Box<dyn Transport>, OpenError> {
    SystemPorts.open(&PortAddress::parse(address), SerialSettings::default())
}

fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", listener.local_addr().unwrap());
    (listener, address)
}

#[test]
fn tcp_gives_bytes_wakeups_and_the_hangup() {
    let (listener, address) = listen();
    let mut port = open(&address).unwrap();
    let (mut far, _) = listener.accept().unwrap();
    let (waker, wake) = wake_pair().unwrap();
    let mut buffer = [0; 64];
    port.send(b"AT\r").unwrap();
    far.read_exact(&mut buffer[..3]).unwrap();
    assert_eq!(port.receive(&mut buffer, &wake, Some(Duration::from_millis(1))).unwrap(), Received::TimedOut);
    far.write_all(b"OK\r\n").unwrap();
    waker.wake();
    waker.wake();
    // Bytes first, then one wake-up for two.
    assert_eq!(port.receive(&mut buffer, &wake, Some(LONG)).unwrap(), Received::Bytes(4));
    assert_eq!(port.receive(&mut buffer, &wake, Some(LONG)).unwrap(), Received::Woken);
    assert_eq!(port.receive(&mut buffer, &wake, Some(Duration::from_millis(1))).unwrap(), Received::TimedOut);
    let other = std::thread::spawn(move || waker.wake());
    assert_eq!(port.receive(&mut buffer, &wake, None).unwrap(), Received::Woken);
    other.join().unwrap();
    drop(far);
    assert!(port.receive(&mut buffer, &wake, Some(LONG)).is_err());
}

#[test]
fn a_port_that_takes_nothing_does_not_block_for_ever() {
    let (listener, address) = listen();
    let mut port = open(&address).unwrap();
    let (_far, _) = listener.accept().unwrap();
    let flood = vec![b'x'; 64 << 20];
    let failure = port.send(&flood).unwrap_err();
    assert!(failure.written < flood.len());
    assert_eq!(failure.source.kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn nobody_there_is_absent() {
    let (listener, address) = listen();
    drop(listener);
    assert!(matches!(open(&address), Err(OpenError::Absent { .. })));
    assert!(matches!(open("/dev/ttyNOSUCH0"), Err(OpenError::Absent { .. })));
}

#[cfg(target_os = "linux")]
mod pty {
    use super::*;

    fn pty() -> (std::fs::File, String) {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&far).unwrap();
        unlockpt(&far).unwrap();
        let path = ptsname(&far, Vec::new()).unwrap().into_string().unwrap();
        (far.into(), path)
    }

    #[test]
    fn a_serial_port_is_raw_exclusive_and_hangs_up() {
        let (mut far, path) = pty();
        let mut port = open(&path).unwrap();
        let (_waker, wake) = wake_pair().unwrap();
        let mut buffer = [0; 64];
        // Ctrl-Z, ESC and Ctrl-C are bytes like others on a raw line.
        port.send(b"\x1a\x1b\x03\r").unwrap();
        far.read_exact(&mut buffer[..4]).unwrap();
        assert_eq!(&buffer[..4], b"\x1a\x1b\x03\r");
        far.write_all(b"\r\nOK\r\n").unwrap();
        assert_eq!(port.receive(&mut buffer, &wake, Some(LONG)).unwrap(), Received::Bytes(6));
        // Root may pass TIOCEXCL by; the lock holds for everybody who asks for it.
        assert!(matches!(open(&path), Err(OpenError::Taken { .. })));
        drop(far);
        assert!(port.receive(&mut buffer, &wake, Some(LONG)).is_err());
    }
}

struct Steady(Instant);

impl Clock for Steady {
    fn now(&self) -> UnixMs {
        UnixMs(1_795_323_600_000)
    }
    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

struct Door {
    reports: SyncSender<LineReport>,
    taken: SyncSender<InboundSms>,
}

impl LineDoor for Door {
    fn line_changed(&self, report: LineReport) {
        let _ = self.reports.try_send(report);
    }
    fn take(&self, inbound: InboundSms) -> BoxFuture<'static, Result<(), NotDurable>> {
        let _ = self.taken.try_send(inbound);
        Box::pin(std::future::ready(Ok(())))
    }
    fn called(&self, _: &LineKey, _: &str, _: UnixMs) {}
    fn late_result(&self, _: &LineKey, _: u64, _: u8) {}
    fn ussd_pushed(&self, _: &LineKey, _: UssdReply) {}
}

/// A small modem behind a socket, which serves one connection until it is cut.
fn modem(stream: TcpStream) {
    let mut to_line = stream.try_clone().unwrap();
    let mut from_line = BufReader::new(stream);
    let mut references = 0_u8;
    let mut line = Vec::new();
    while from_line.read_until(b'\r', &mut line).is_ok_and(|count| count > 0) {
        let command = String::from_utf8_lossy(&line).trim_matches(['\r', '\u{1b}']).to_owned();
        line.clear();
        let answer = match command.as_str() {
            "AT+CGSN" => "\r\n860123456789012\r\n\r\nOK\r\n",
            "AT+CGMI" | "AT+CGMM" | "AT+CGMR" => "\r\nSimco\r\n\r\nOK\r\n",
            "AT+CIMI" => "\r\n510101234567890\r\n\r\nOK\r\n",
            "AT+CSQ" => "\r\n+CSQ: 20,99\r\n\r\nOK\r\n",
            "AT+CPIN?" => "\r\n+CPIN: READY\r\n\r\nOK\r\n",
            "AT+CCID" => "\r\n+CCID: 89620123456789012345\r\n\r\nOK\r\n",
            "AT+CREG?" => "\r\n+CREG: 1,1\r\n\r\nOK\r\n",
            "AT+CPMS?" => "\r\n+CPMS: \"SM\",0,25,\"SM\",0,25,\"SM\",0,25\r\n\r\nOK\r\n",
            _ if command.starts_with("AT+CMGS=") => {
                to_line.write_all(b"\r\n> ").unwrap();
                from_line.read_until(0x1A, &mut line).unwrap();
                line.clear();
                references = references.wrapping_add(1);
                to_line.write_all(format!("\r\n+CMGS: {references}\r\n\r\nOK\r\n").as_bytes()).unwrap();
                continue;
            }
            _ if command.ends_with('?') => "\r\nERROR\r\n",
            _ => "\r\nOK\r\n",
        };
        if to_line.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn line(address: &str) -> (LineHandle, Receiver<LineReport>, Receiver<InboundSms>) {
    let (reports_in, reports) = sync_channel(256);
    let (taken_in, taken) = sync_channel(256);
    let handle = start(LineStart {
        port: PortAddress::parse(address),
        usb: String::new(),
        usb_serial: String::new(),
        setup: None,
        setup_of: Arc::new(|_| None),
        door: Arc::new(Door { reports: reports_in, taken: taken_in }),
        clock: Arc::new(Steady(Instant::now())),
        pins: Arc::default(),
    })
    .unwrap();
    (handle, reports, taken)
}

fn part() -> SubmitPart {
    SubmitPart {
        to: Destination::parse("081234567890", "62").unwrap(),
        text: Secret::new("Gerai".to_owned()),
        alphabet: Alphabet::Gsm7,
        concat: None,
        flash: false,
        validity_minutes: None,
        status_report: false,
        more_follow: false,
    }
}

fn until(reports: &Receiver<LineReport>, health: LineHealth) {
    while reports.recv_timeout(LONG).unwrap().health != health {}
}

/// Waits for a future on this thread.
fn wait<T>(future: BoxFuture<'static, T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = future;
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::park_timeout(LONG),
        }
    }
}

#[test]
fn a_whole_line_over_tcp_sends_and_notices_the_cut() {
    let (listener, address) = listen();
    let (handle, reports, _taken) = line(&address);
    let (stream, _) = listener.accept().unwrap();
    let cut = stream.try_clone().unwrap();
    let modem = std::thread::spawn(move || modem(stream));
    until(&reports, LineHealth::Ready);
    let begun = Instant::now();
    let count = 300_u32;
    for number in 1..=count {
        let sent = wait(handle.submit(part(), u64::from(number)));
        assert_eq!(sent, Submitted::Sent { reference: u8::try_from(number % 256).unwrap() });
    }
    println!("one message in {:?}, modem and test included", begun.elapsed() / count);
    drop(listener);
    cut.shutdown(std::net::Shutdown::Both).unwrap();
    until(&reports, LineHealth::Absent);
    assert!(matches!(wait(handle.submit(part(), 0)), Submitted::Refused { temporary: true, .. }));
    drop(handle);
    modem.join().unwrap();
}
