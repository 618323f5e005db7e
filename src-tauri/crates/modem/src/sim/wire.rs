//! What a simulated modem is plugged in by: a pty in raw mode, or a TCP port of this machine. Never blocks.

use std::io::{self, Read, Write};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};

/// How simulated modems are plugged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plug {
    /// A pseudo terminal: Linux and macOS.
    Pty,
    /// `tcp:127.0.0.1:<port>`: everywhere.
    Tcp,
}

impl Default for Plug {
    fn default() -> Self {
        if cfg!(unix) { Self::Pty } else { Self::Tcp }
    }
}

/// What reading gave.
pub(super) enum Got {
    Bytes(usize),
    /// Nothing now.
    Nothing,
    /// The other side closed it.
    Closed,
}

pub(super) enum Wire {
    #[cfg(unix)]
    Pty {
        master: std::os::fd::OwnedFd,
        name: String,
    },
    Tcp {
        listener: TcpListener,
        stream: Option<TcpStream>,
        port: u16,
    },
}

impl Wire {
    /// Opens one; `port`: the TCP port to have again, 0 for any.
    pub fn open(plug: Plug, port: u16, registry: &Registry, token: Token, listen: Token) -> io::Result<Self> {
        match plug {
            #[cfg(unix)]
            Plug::Pty => pty(registry, token),
            #[cfg(not(unix))]
            Plug::Pty => Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no ptys; use TCP")),
            Plug::Tcp => {
                let mut listener = TcpListener::bind(std::net::SocketAddr::from(([127, 0, 0, 1], port)))?;
                let port = listener.local_addr()?.port();
                registry.register(&mut listener, listen, Interest::READABLE)?;
                Ok(Self::Tcp { listener, stream: None, port })
            }
        }
    }

    /// Its name, as a station opens it.
    pub fn name(&self) -> String {
        match self {
            #[cfg(unix)]
            Self::Pty { name, .. } => name.clone(),
            Self::Tcp { port, .. } => format!("tcp:127.0.0.1:{port}"),
        }
    }

    /// TCP port, 0 for a pty.
    pub fn port(&self) -> u16 {
        match self {
            #[cfg(unix)]
            Self::Pty { .. } => 0,
            Self::Tcp { port, .. } => *port,
        }
    }

    /// Somebody connects. A second one is sent away: a serial port has one user.
    pub fn accept(&mut self, registry: &Registry, token: Token) {
        match self {
            #[cfg(unix)]
            Self::Pty { .. } => {}
            Self::Tcp { listener, stream, .. } => {
                while let Ok((mut new, _)) = listener.accept() {
                    if stream.is_none()
                        && registry.register(&mut new, token, Interest::READABLE | Interest::WRITABLE).is_ok()
                    {
                        let _ = new.set_nodelay(true);
                        *stream = Some(new);
                    }
                }
            }
        }
    }

    pub fn read(&mut self, into: &mut [u8]) -> Got {
        let got = match self {
            #[cfg(unix)]
            Self::Pty { master, .. } => rustix::io::read(&*master, into).map_err(io::Error::from),
            Self::Tcp { stream, .. } => match stream {
                Some(stream) => stream.read(into),
                None => return Got::Nothing,
            },
        };
        match got {
            Ok(0) => Got::Closed,
            Ok(count) => Got::Bytes(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Got::Nothing,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Got::Bytes(0),
            Err(_) => Got::Closed,
        }
    }

    /// Writes what fits; how much that was.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        let written = match self {
            #[cfg(unix)]
            Self::Pty { master, .. } => rustix::io::write(&*master, bytes).map_err(io::Error::from),
            Self::Tcp { stream, .. } => match stream {
                Some(stream) => stream.write(bytes),
                // Nobody listens: a serial port would let it go, too.
                None => Ok(bytes.len()),
            },
        };
        written.unwrap_or(0)
    }

    /// The station has closed its side. `true`: this wire can be used again; `false`: it needs a new one.
    pub fn closed(&mut self) -> bool {
        match self {
            // A closed pty keeps the exclusive lock and the unread bytes of its last user for as long as the master lives.
            #[cfg(unix)]
            Self::Pty { .. } => false,
            Self::Tcp { stream, .. } => {
                *stream = None;
                true
            }
        }
    }
}

#[cfg(unix)]
fn pty(registry: &Registry, token: Token) -> io::Result<Wire> {
    use std::os::fd::AsRawFd;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?.to_string_lossy().into_owned();
    let mut settings = tcgetattr(&master)?;
    settings.make_raw();
    tcsetattr(&master, OptionalActions::Now, &settings)?;
    rustix::io::ioctl_fionbio(&master, true)?;
    registry.register(
        &mut mio::unix::SourceFd(&master.as_raw_fd()),
        token,
        Interest::READABLE | Interest::WRITABLE,
    )?;
    Ok(Wire::Pty { master, name })
}
