//! Where the control socket is: a Unix socket in the data folder, or a named pipe on Windows. Paths of Unix sockets
//! have about a hundred bytes; for a longer one the socket goes to a private folder that `control.path` names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
const SOCKET: &str = "control.sock";
const POINTER: &str = "control.path";

#[cfg(unix)]
pub use unix::{Listener, connect};
#[cfg(windows)]
pub use windows::{Listener, connect};

/// Nobody listens there: no socket, or one that a dead station left behind.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

#[cfg(unix)]
mod unix {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};

    use tokio::net::{UnixListener, UnixStream};

    use super::*;

    /// `sun_path` has 104 bytes on macOS and 108 on Linux.
    const PATH_BYTES_MAX: usize = 100;

    /// Listens for this user's programs.
    pub struct Listener {
        listener: UnixListener,
        socket: PathBuf,
        folder: PathBuf,
        owner: u32,
    }

    impl Listener {
        /// Begins to listen. The caller holds the folder's lock, so whatever lies there is left over.
        pub fn bind(folder: &Path) -> io::Result<Self> {
            clear(folder);
            let socket = place(folder)?;
            let listener = UnixListener::bind(&socket)?;
            fs::set_permissions(&socket, fs::Permissions::from_mode(0o600))?;
            let owner = fs::metadata(folder)?.uid();
            Ok(Self { listener, socket, folder: folder.to_owned(), owner })
        }

        /// The next connection of this user's (or the administrator's) programs; others are dropped.
        pub async fn accept(&mut self) -> io::Result<UnixStream> {
            loop {
                let (stream, _) = self.listener.accept().await?;
                match stream.peer_cred() {
                    Ok(peer) if peer.uid() == self.owner || peer.uid() == 0 => return Ok(stream),
                    _ => tracing::warn!("Refused another user at the control socket"),
                }
            }
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            clear(&self.folder);
            let _ = fs::remove_file(&self.socket);
        }
    }

    fn place(folder: &Path) -> io::Result<PathBuf> {
        let socket = folder.join(SOCKET);
        if socket.as_os_str().as_bytes().len() <= PATH_BYTES_MAX {
            return Ok(socket);
        }
        let name = crate::random::hex(8).map_err(io::Error::other)?;
        let private = std::env::temp_dir().join(format!("gerai-{name}"));
        fs::DirBuilder::new().mode(0o700).create(&private)?;
        let socket = private.join(SOCKET);
        fs::write(folder.join(POINTER), socket.as_os_str().as_bytes())?;
        Ok(socket)
    }

    /// Removes what an earlier station left: the socket here, or the private folder elsewhere.
    fn clear(folder: &Path) {
        let elsewhere = target(folder);
        let _ = fs::remove_file(&elsewhere);
        if let Some(parent) = elsewhere.parent().filter(|parent| *parent != folder) {
            let _ = fs::remove_dir(parent);
            let _ = fs::remove_file(folder.join(POINTER));
        }
    }

    fn target(folder: &Path) -> PathBuf {
        match fs::read(folder.join(POINTER)) {
            Ok(bytes) if bytes.starts_with(b"/") => PathBuf::from(std::ffi::OsStr::from_bytes(&bytes)),
            _ => folder.join(SOCKET),
        }
    }

    /// Connects to the station of a folder; `None` when there is none.
    pub async fn connect(folder: &Path) -> io::Result<Option<UnixStream>> {
        match UnixStream::connect(target(folder)).await {
            Ok(stream) => Ok(Some(stream)),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::time::Duration;

    use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};

    use super::*;

    /// All instances of the pipe are busy: another one comes in a moment.
    const ERROR_PIPE_BUSY: i32 = 231;

    /// Listens for this user's programs: a random name that only this user's folder tells, local clients only.
    pub struct Listener {
        name: String,
        next: NamedPipeServer,
        pointer: PathBuf,
    }

    impl Listener {
        /// Begins to listen. The caller holds the folder's lock.
        pub fn bind(folder: &Path) -> io::Result<Self> {
            let name = format!(r"\\.\pipe\gerai-{}", crate::random::hex(16).map_err(io::Error::other)?);
            let next =
                ServerOptions::new().first_pipe_instance(true).reject_remote_clients(true).create(&name)?;
            let pointer = folder.join(POINTER);
            fs::write(&pointer, &name)?;
            Ok(Self { name, next, pointer })
        }

        /// The next connection.
        pub async fn accept(&mut self) -> io::Result<NamedPipeServer> {
            self.next.connect().await?;
            let fresh = ServerOptions::new().reject_remote_clients(true).create(&self.name)?;
            Ok(std::mem::replace(&mut self.next, fresh))
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.pointer);
        }
    }

    /// Connects to the station of a folder; `None` when there is none.
    pub async fn connect(folder: &Path) -> io::Result<Option<NamedPipeClient>> {
        let name = match fs::read_to_string(folder.join(POINTER)) {
            Ok(name) if name.starts_with(r"\\.\pipe\gerai-") => name,
            Ok(_) => return Ok(None),
            Err(error) if is_absence(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        for _ in 0..20 {
            match ClientOptions::new().open(&name) {
                Ok(stream) => return Ok(Some(stream)),
                Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) if is_absence(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }
}
