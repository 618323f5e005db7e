//! Ports where no poll(2) is at hand (Windows): short blocking reads, between which wake-ups are looked for. TCP is the
//! way to simulated modems there.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::{
    CONNECT_DEADLINE, OpenError, PortAddress, Received, SEND_DEADLINE, SendFailure, SerialSettings,
    Transport, WakeReceiver,
};

/// How long one read waits before wake-ups are looked for: the price of a port that can not be woken.
const SLICE: Duration = Duration::from_millis(15);

enum Portable {
    Serial(Box<dyn serialport::SerialPort>),
    Tcp(TcpStream),
}

pub(super) fn open(address: &PortAddress, settings: SerialSettings) -> Result<Box<dyn Transport>, OpenError> {
    let port = address.to_string();
    let opened = match address {
        PortAddress::Serial(name) => {
            Portable::Serial(open_serial(name, settings).map_err(|error| why(port, error))?)
        }
        PortAddress::Tcp(host) => Portable::Tcp(connect(host).map_err(|source| match source.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::TimedOut => OpenError::Absent { port },
            _ => OpenError::Failed { port, source },
        })?),
    };
    Ok(Box::new(opened))
}

fn why(port: String, error: serialport::Error) -> OpenError {
    match error.kind() {
        serialport::ErrorKind::NoDevice | serialport::ErrorKind::Io(io::ErrorKind::NotFound) => {
            OpenError::Absent { port }
        }
        // Windows says "access denied" for a port that somebody else has open.
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => OpenError::Taken { port, holder: None },
        serialport::ErrorKind::InvalidInput
        | serialport::ErrorKind::Unknown
        | serialport::ErrorKind::Io(_) => OpenError::Failed { port, source: error.into() },
    }
}

fn open_serial(
    name: &str,
    settings: SerialSettings,
) -> Result<Box<dyn serialport::SerialPort>, serialport::Error> {
    settings.builder(name).timeout(SLICE).open()
}

fn connect(host: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in host.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_DEADLINE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(SLICE))?;
                stream.set_write_timeout(Some(SEND_DEADLINE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Portable {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Serial(port) => port.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Serial(port) => port.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
        }
    }
}

impl Transport for Portable {
    fn receive(
        &mut self,
        buffer: &mut [u8],
        wake: &WakeReceiver,
        timeout: Option<Duration>,
    ) -> io::Result<Received> {
        let until = timeout.map(|time| Instant::now() + time);
        loop {
            match self.read(buffer) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::BrokenPipe)),
                Ok(count) => return Ok(Received::Bytes(count)),
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                    ) => {}
                Err(error) => return Err(error),
            }
            if wake.clear() {
                return Ok(Received::Woken);
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(Received::TimedOut);
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SendFailure> {
        let until = Instant::now() + SEND_DEADLINE;
        let mut written = 0;
        while written < bytes.len() {
            let failed = |source: io::Error| SendFailure { written, source };
            match self.write(&bytes[written..]) {
                Ok(0) => return Err(failed(io::Error::from(io::ErrorKind::BrokenPipe))),
                Ok(count) => written += count,
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
                        && Instant::now() < until => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }
}
