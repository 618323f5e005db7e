//! The data folder: where a station keeps everything it knows, and the lock that lets only one station run on it.
//! It holds money, so it belongs to one user alone (mode 0700 where the system has modes).

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LOCK: &str = "station.lock";
const ID: &str = "station.id";
const TRY_OUT: &str = "try-out";
/// Folder of the announcements of modems made of software.
const ANNOUNCED_MODEMS: &str = "sim-modems";
const DATABASE: &str = "gerai.db";
/// A starting station waits this long for a command that holds the folder for its one act.
const LOCK_WAIT: Duration = Duration::from_millis(1500);

/// What is wrong with a data folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The system names no place for user data.
    #[error("this system names no place for the station's data; give one with --data DIR or GERAI_DATA")]
    NoPlace,
    /// Not a folder, not writable, or the like.
    #[error(
        "cannot use {path} as the station's data folder; choose another with --data DIR or mend its permissions"
    )]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Others can read it, and it is not ours to change.
    #[error(
        "{path} holds other files and other users can read it; choose an empty folder, or run `chmod 700` on it"
    )]
    Shared {
        /// The folder.
        path: PathBuf,
    },
    /// No station has ever run there.
    #[error(
        "there is no station in {path}; start one with `gerai serve`, or name its folder with --data DIR"
    )]
    NoStation {
        /// The folder.
        path: PathBuf,
    },
    /// Another process is the station.
    #[error("a station already runs on {path}{by}; stop it first, or choose another folder with --data DIR")]
    Taken {
        /// The folder.
        path: PathBuf,
        /// ` (process 123)`, where that is known.
        by: String,
    },
}

/// A station's data folder: an absolute path, not yet looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// The folder named, or the operating system's own place.
    pub fn at(named: Option<PathBuf>) -> Result<Self, FolderError> {
        let path = match named {
            Some(path) if !path.as_os_str().is_empty() => path,
            _ => default_place().ok_or(FolderError::NoPlace)?,
        };
        let absolute = std::path::absolute(&path).map_err(|source| FolderError::Unusable { path, source })?;
        Ok(Self { path: absolute })
    }

    /// A new, empty folder under the system's temporary ones, for trying the station out.
    pub fn throw_away() -> anyhow::Result<Self> {
        let folder =
            Self { path: std::env::temp_dir().join(format!("gerai-try-out-{}", crate::random::hex(6)?)) };
        folder.prepare()?;
        folder.mark_try_out()?;
        Ok(folder)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database's path.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// Where modems made of software say that they are there.
    #[must_use]
    pub fn announced_modems(&self) -> PathBuf {
        self.path.join(ANNOUNCED_MODEMS)
    }

    /// A station has run here.
    #[must_use]
    pub fn has_station(&self) -> bool {
        self.database().exists()
    }

    /// Refuses a folder in which no station ever ran.
    pub fn must_have_station(&self) -> Result<(), FolderError> {
        if self.has_station() { Ok(()) } else { Err(FolderError::NoStation { path: self.path.clone() }) }
    }

    /// No money in this folder is real.
    #[must_use]
    pub fn is_try_out(&self) -> bool {
        self.path.join(TRY_OUT).exists()
    }

    /// Marks the folder as a try-out one, for good. Refused once real money may be in it.
    pub fn mark_try_out(&self) -> anyhow::Result<()> {
        if self.is_try_out() {
            return Ok(());
        }
        anyhow::ensure!(
            !self.has_station(),
            "{} holds a real station; try Gerai out in another folder (--data DIR), or leave --data away",
            self.path.display()
        );
        self.prepare()?;
        fs::write(self.path.join(TRY_OUT), "No money in this folder is real.\n")
            .map_err(|source| self.unusable(source))?;
        Ok(())
    }

    /// Makes the folder where it is missing, for this user alone.
    pub fn prepare(&self) -> Result<(), FolderError> {
        if !self.path.exists() {
            make_private(&self.path).map_err(|source| self.unusable(source))?;
        }
        let mut entries = fs::read_dir(&self.path).map_err(|source| self.unusable(source))?;
        let ours = [LOCK, ID, DATABASE, TRY_OUT].iter().any(|name| self.path.join(name).exists());
        let may_change = ours || entries.next().is_none();
        self.keep_private(may_change)
    }

    #[cfg(unix)]
    fn keep_private(&self, may_change: bool) -> Result<(), FolderError> {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&self.path).map_err(|source| self.unusable(source))?.permissions().mode();
        if mode & 0o077 == 0 {
            return Ok(());
        }
        if !may_change {
            return Err(FolderError::Shared { path: self.path.clone() });
        }
        fs::set_permissions(&self.path, fs::Permissions::from_mode(0o700))
            .map_err(|source| self.unusable(source))
    }

    /// On Windows the user's own places are private by inheritance.
    #[cfg(not(unix))]
    fn keep_private(&self, _may_change: bool) -> Result<(), FolderError> {
        Ok(())
    }

    /// Takes the folder for this process until the lock is dropped (or the process dies).
    pub fn lock(&self) -> Result<FolderLock, FolderError> {
        self.prepare()?;
        let path = self.path.join(LOCK);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|source| self.unusable(source))?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_WAIT => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(FolderError::Taken { path: self.path.clone(), by: holder(&mut file) });
                }
                Err(TryLockError::Error(source)) => return Err(self.unusable(source)),
            }
        }
        // The number is only for people: a lock that cannot be written to still locks.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        Ok(FolderLock { _file: file })
    }

    /// Names this folder's station among others in the keychain. Made once.
    pub fn station_id(&self) -> anyhow::Result<String> {
        let path = self.path.join(ID);
        if let Ok(known) = fs::read_to_string(&path) {
            let known = known.trim();
            if known.len() == 16 && known.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Ok(known.to_owned());
            }
            anyhow::bail!(
                "{} is damaged; put it back from a backup, it names the station's secrets",
                path.display()
            );
        }
        let id = crate::random::hex(8)?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        writeln!(file, "{id}")?;
        file.sync_all()?;
        Ok(id)
    }

    fn unusable(&self, source: io::Error) -> FolderError {
        FolderError::Unusable { path: self.path.clone(), source }
    }
}

/// This process is the station of its folder for as long as this lives.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(20).read_to_string(&mut text);
    match text.trim().parse::<u32>() {
        Ok(process) if read.is_ok() => format!(" (process {process})"),
        _ => String::new(),
    }
}

#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

fn env_path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(target_os = "windows")]
fn default_place() -> Option<PathBuf> {
    env_path("LOCALAPPDATA").map(|place| place.join("Gerai"))
}

#[cfg(target_os = "macos")]
fn default_place() -> Option<PathBuf> {
    env_path("HOME").map(|home| home.join("Library/Application Support/Gerai"))
}

#[cfg(not(any(target_os = "windows", target_os = "macos")))]
fn default_place() -> Option<PathBuf> {
    let data =
        env_path("XDG_DATA_HOME").or_else(|| env_path("HOME").map(|home| home.join(".local/share")))?;
    Some(data.join("gerai"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(parent: &tempfile::TempDir) -> DataFolder {
        DataFolder::at(Some(parent.path().join("deep/station"))).unwrap()
    }

    #[test]
    fn one_station_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let folder = folder(&parent);
        let lock = folder.lock().unwrap();
        let refused = folder.lock().unwrap_err().to_string();
        assert!(
            refused.contains("already runs") && refused.contains(&std::process::id().to_string()),
            "{refused}"
        );
        drop(lock);
        folder.lock().unwrap();
    }

    #[test]
    fn a_station_keeps_its_name_and_a_damaged_one_is_never_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let folder = folder(&parent);
        folder.prepare().unwrap();
        let id = folder.station_id().unwrap();
        assert_eq!(folder.station_id().unwrap(), id);
        fs::write(folder.path().join(ID), "?").unwrap();
        assert!(folder.station_id().is_err());
    }

    #[test]
    fn real_money_is_never_called_a_try_out() {
        let parent = tempfile::tempdir().unwrap();
        let folder = folder(&parent);
        folder.prepare().unwrap();
        fs::write(folder.database(), "").unwrap();
        assert!(folder.mark_try_out().is_err());
        assert!(!folder.is_try_out());
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = folder(&parent);
        folder.prepare().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);

        let foreign = DataFolder::at(Some(parent.path().join("foreign"))).unwrap();
        fs::create_dir(foreign.path()).unwrap();
        fs::set_permissions(foreign.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(foreign.path().join("letter.txt"), "hello").unwrap();
        assert!(matches!(foreign.prepare(), Err(FolderError::Shared { .. })));
        assert_eq!(mode(foreign.path()), 0o755, "somebody else's folder is left as it was");
    }
}
