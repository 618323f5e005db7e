//! Serial ports and TCP on Unix: non-blocking descriptors that poll(2) waits on. `serialport` sets speed and framing, which
//! belong to the device; what is read, written and waited on is a descriptor of our own, because a safe poll needs one with
//! an owner.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{self, QueueSelector};
use serialport::FlowControl;

use super::{
    CONNECT_DEADLINE, OpenError, PortAddress, Received, SEND_DEADLINE, SendFailure, SerialSettings,
    Transport, WakeReceiver, holder_of,
};

/// An open serial port or connection.
struct Descriptor {
    fd: OwnedFd,
}

pub(super) fn open(address: &PortAddress, settings: SerialSettings) -> Result<Box<dyn Transport>, OpenError> {
    let fd = match address {
        PortAddress::Serial(path) => open_serial(path, settings)?,
        PortAddress::Tcp(host) => connect(host).map_err(|source| match source.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::TimedOut => {
                OpenError::Absent { port: address.to_string() }
            }
            _ => OpenError::Failed { port: address.to_string(), source },
        })?,
    };
    Ok(Box::new(Descriptor { fd }))
}

fn why(path: &str, errno: Errno) -> OpenError {
    let port = path.to_owned();
    match errno {
        Errno::NOENT | Errno::NODEV | Errno::NXIO | Errno::IO => OpenError::Absent { port },
        // TIOCEXCL of another process, or its lock.
        Errno::BUSY | Errno::WOULDBLOCK => OpenError::Taken { holder: holder_of(path), port },
        Errno::ACCESS | Errno::PERM => OpenError::Forbidden { port },
        other => OpenError::Failed { port, source: other.into() },
    }
}

fn open_serial(path: &str, settings: SerialSettings) -> Result<OwnedFd, OpenError> {
    let failed = |errno| why(path, errno);
    // NONBLOCK: an open must not wait for a carrier that no modem gives.
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(failed)?;
    let lock = |operation| rustix::fs::flock(&fd, operation).map_err(failed);
    // Root passes TIOCEXCL by; the lock stops at least those programs that ask for it. `serialport` asks for it too.
    lock(FlockOperation::NonBlockingLockExclusive)?;
    lock(FlockOperation::Unlock)?;
    set_up(path, settings)?;
    lock(FlockOperation::NonBlockingLockExclusive)?;
    termios::ioctl_tiocexcl(&fd).map_err(failed)?;
    // Half a reply to somebody else's command may still lie here.
    termios::tcflush(&fd, QueueSelector::IOFlush).map_err(failed)?;
    Ok(fd)
}

/// Raw mode, speed and framing. They stay with the device when this handle on it is closed again.
fn set_up(path: &str, settings: SerialSettings) -> Result<(), OpenError> {
    let port = settings
        .builder(path)
        .flow_control(FlowControl::None)
        // The exclusive use is taken by the descriptor that stays.
        .exclusive(false)
        .open_native();
    port.map(drop).map_err(|error| match error.kind() {
        serialport::ErrorKind::NoDevice => OpenError::Absent { port: path.to_owned() },
        serialport::ErrorKind::InvalidInput
        | serialport::ErrorKind::Unknown
        | serialport::ErrorKind::Io(_) => OpenError::Failed { port: path.to_owned(), source: error.into() },
    })
}

fn connect(host: &str) -> io::Result<OwnedFd> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in host.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_DEADLINE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                return Ok(stream.into());
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn gone() -> io::Error {
    io::Error::from(io::ErrorKind::BrokenPipe)
}

fn timespec(time: Option<Duration>) -> Option<Timespec> {
    time.and_then(|time| time.try_into().ok())
}

impl Transport for Descriptor {
    fn receive(
        &mut self,
        buffer: &mut [u8],
        wake: &WakeReceiver,
        timeout: Option<Duration>,
    ) -> io::Result<Received> {
        let until = timeout.map(|time| Instant::now() + time);
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let mut fds =
                [PollFd::new(&self.fd, PollFlags::IN), PollFd::new(wake.descriptor(), PollFlags::IN)];
            match poll(&mut fds, timespec(left).as_ref()) {
                Ok(0) => return Ok(Received::TimedOut),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let (port, woken) = (fds[0].revents(), !fds[1].revents().is_empty());
            if !port.is_empty() {
                // Also on a hang-up: what the modem said last is still there to be read.
                match rustix::io::read(&self.fd, &mut *buffer) {
                    // A serial port that reads nothing has lost its modem.
                    Ok(0) => return Err(gone()),
                    Ok(count) => return Ok(Received::Bytes(count)),
                    Err(Errno::WOULDBLOCK | Errno::INTR)
                        if port.intersects(PollFlags::HUP | PollFlags::ERR) =>
                    {
                        return Err(gone());
                    }
                    Err(Errno::WOULDBLOCK | Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if woken && wake.clear() {
                return Ok(Received::Woken);
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SendFailure> {
        let until = Instant::now() + SEND_DEADLINE;
        let mut written = 0;
        while written < bytes.len() {
            let failed = |source: io::Error| SendFailure { written, source };
            match rustix::io::write(&self.fd, &bytes[written..]) {
                Ok(0) => return Err(failed(gone())),
                Ok(count) => written += count,
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) => {
                    let left = until.saturating_duration_since(Instant::now());
                    let mut fds = [PollFd::new(&self.fd, PollFlags::OUT)];
                    match poll(&mut fds, timespec(Some(left)).as_ref()) {
                        Ok(0) => return Err(failed(io::Error::from(io::ErrorKind::TimedOut))),
                        Ok(_) | Err(Errno::INTR) => {}
                        Err(error) => return Err(failed(error.into())),
                    }
                }
                Err(error) => return Err(failed(error.into())),
            }
        }
        Ok(())
    }
}
