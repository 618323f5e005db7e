//! Tells when ports come and go. Linux says so itself (inotify on the device files and on the announcements), so that
//! nothing wakes up for nothing; elsewhere the only way is to look every two seconds.

use std::io;
use std::time::Duration;

use super::Places;
use crate::port::WakeReceiver;

/// How often to look although nothing was told: a device tree without notifications, a folder made later.
#[cfg(target_os = "linux")]
const LOOK_ANYWAY: Duration = Duration::from_secs(60);
#[cfg(not(target_os = "linux"))]
const LOOK_ANYWAY: Duration = Duration::from_secs(2);

/// Waits for changes.
pub struct Watcher {
    wake: WakeReceiver,
    #[cfg(target_os = "linux")]
    inotify: Option<rustix::fd::OwnedFd>,
}

impl Watcher {
    /// Starts watching; `wake` ends a wait early.
    ///
    /// # Errors
    /// The folder of the announcements can not be made.
    pub fn new(places: &Places, wake: WakeReceiver) -> io::Result<Self> {
        if let Some(folder) = &places.announcements {
            std::fs::create_dir_all(folder)?;
        }
        Ok(Self {
            wake,
            #[cfg(target_os = "linux")]
            inotify: linux::watch(places)
                .inspect_err(|error| tracing::warn!(%error, "new ports are looked for once a minute only"))
                .ok(),
        })
    }

    /// Waits until something may have changed, somebody wakes it, or `most` has passed.
    pub fn wait(&self, most: Option<Duration>) {
        let time = most.unwrap_or(LOOK_ANYWAY).min(LOOK_ANYWAY);
        #[cfg(target_os = "linux")]
        if let Some(inotify) = &self.inotify {
            linux::wait(inotify, &self.wake, time);
            return;
        }
        self.wake.wait(Some(time));
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::mem::MaybeUninit;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fd::OwnedFd;
    use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};

    use crate::discovery::Places;
    use crate::port::WakeReceiver;

    /// Many events come at once when a modem is plugged in; all are over by then.
    const SETTLE: Duration = Duration::from_millis(100);

    pub(super) fn watch(places: &Places) -> io::Result<OwnedFd> {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        // ATTRIB: udev opens the device to this user's group a moment after it is there.
        let ports = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::ATTRIB;
        if places.devices.is_dir() {
            inotify::add_watch(&inotify, &places.devices, ports)?;
        }
        if let Some(folder) = &places.announcements {
            inotify::add_watch(
                &inotify,
                folder,
                WatchFlags::MOVED_TO | WatchFlags::DELETE | WatchFlags::CLOSE_WRITE,
            )?;
        }
        Ok(inotify)
    }

    pub(super) fn wait(inotify: &OwnedFd, wake: &WakeReceiver, time: Duration) {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(timeout) = Timespec::try_from(left) else { return };
            let mut ready =
                [PollFd::new(inotify, PollFlags::IN), PollFd::new(wake.descriptor(), PollFlags::IN)];
            let polled = poll(&mut ready, Some(&timeout));
            let (told, woken) = (!ready[0].revents().is_empty(), !ready[1].revents().is_empty());
            if woken {
                wake.clear();
            }
            let news = told && interesting(inotify);
            if polled.is_err() || news || woken || left.is_zero() {
                if news {
                    std::thread::sleep(SETTLE.min(left));
                    interesting(inotify);
                }
                return;
            }
        }
    }

    /// Takes all that was told; `true`: some of it concerns a serial port or an announcement.
    fn interesting(inotify: &OwnedFd) -> bool {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(inotify, &mut buffer);
        let mut found = false;
        while let Ok(event) = reader.next() {
            // Nothing to name: events were lost.
            found |= event.file_name().is_none_or(|name| {
                let name = name.to_bytes();
                name.starts_with(b"tty") || name.ends_with(b".json")
            });
        }
        found
    }
}
