//! Wakes a thread that waits for bytes: a pipe beside the port on Unix, a condition variable elsewhere. Many wake-ups
//! before the thread looks are one.

use std::sync::Arc;
use std::time::Duration;

/// Wakes the thread that owns the matching [`WakeReceiver`]. Cheap to copy; usable as the waker of a future.
#[derive(Clone)]
pub struct Waker(Arc<inner::Sender>);

/// The waiting side. Belongs to one thread.
pub struct WakeReceiver(inner::Receiver);

/// Makes a connected pair.
///
/// # Errors
/// The operating system has no descriptor left.
pub fn wake_pair() -> std::io::Result<(Waker, WakeReceiver)> {
    let (sender, receiver) = inner::pair()?;
    Ok((Waker(Arc::new(sender)), WakeReceiver(receiver)))
}

impl Waker {
    /// Wakes the thread; whatever was written before this call is seen by it.
    pub fn wake(&self) {
        self.0.wake();
    }

    /// The same as a waker for futures.
    #[must_use]
    pub fn task_waker(&self) -> std::task::Waker {
        Arc::clone(&self.0).into()
    }
}

impl std::task::Wake for inner::Sender {
    fn wake(self: Arc<Self>) {
        inner::Sender::wake(&self);
    }
}

impl WakeReceiver {
    /// Waits for a wake-up or for `timeout` (`None`: for ever). `true`: woken.
    pub fn wait(&self, timeout: Option<Duration>) -> bool {
        self.0.wait(timeout)
    }

    /// Takes a wake-up that is already there.
    pub(crate) fn clear(&self) -> bool {
        self.0.clear()
    }

    /// The descriptor to wait on beside a port.
    #[cfg(unix)]
    pub(crate) fn descriptor(&self) -> &rustix::fd::OwnedFd {
        self.0.descriptor()
    }
}

#[cfg(unix)]
mod inner {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::fd::OwnedFd;

    pub struct Sender {
        pipe: OwnedFd,
        pending: Arc<AtomicBool>,
    }

    pub struct Receiver {
        pipe: OwnedFd,
        pending: Arc<AtomicBool>,
    }

    pub fn pair() -> std::io::Result<(Sender, Receiver)> {
        let (read, write) = rustix::pipe::pipe()?;
        for end in [&read, &write] {
            rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
            rustix::fs::fcntl_setfl(end, rustix::fs::OFlags::NONBLOCK)?;
        }
        let pending = Arc::new(AtomicBool::new(false));
        Ok((Sender { pipe: write, pending: Arc::clone(&pending) }, Receiver { pipe: read, pending }))
    }

    impl Sender {
        pub fn wake(&self) {
            // Only the first wake-up since the thread last looked needs a byte; the pipe can never fill up.
            if !self.pending.swap(true, Ordering::SeqCst) {
                let _ = rustix::io::write(&self.pipe, &[1]);
            }
        }
    }

    impl Receiver {
        pub fn wait(&self, timeout: Option<Duration>) -> bool {
            let mut fds = [PollFd::new(&self.pipe, PollFlags::IN)];
            let timeout = timeout.and_then(|time| time.try_into().ok());
            let _ = poll(&mut fds, timeout.as_ref());
            self.clear()
        }

        pub fn clear(&self) -> bool {
            let mut buffer = [0; 16];
            while matches!(rustix::io::read(&self.pipe, &mut buffer), Ok(n) if n > 0) {}
            // After the pipe: a wake-up in between finds the flag set, and the caller looks after this.
            self.pending.swap(false, Ordering::SeqCst)
        }

        pub fn descriptor(&self) -> &OwnedFd {
            &self.pipe
        }
    }
}

#[cfg(not(unix))]
mod inner {
    use std::sync::{Arc, Condvar, Mutex, PoisonError};
    use std::time::Duration;

    #[derive(Default)]
    pub struct Shared {
        woken: Mutex<bool>,
        changed: Condvar,
    }

    pub struct Sender(Arc<Shared>);
    pub struct Receiver(Arc<Shared>);

    pub fn pair() -> std::io::Result<(Sender, Receiver)> {
        let shared = Arc::new(Shared::default());
        Ok((Sender(Arc::clone(&shared)), Receiver(shared)))
    }

    impl Sender {
        pub fn wake(&self) {
            *self.0.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
            self.0.changed.notify_one();
        }
    }

    impl Receiver {
        pub fn wait(&self, timeout: Option<Duration>) -> bool {
            let guard = self.0.woken.lock().unwrap_or_else(PoisonError::into_inner);
            let mut guard = match timeout {
                Some(time) => {
                    self.0
                        .changed
                        .wait_timeout_while(guard, time, |woken| !*woken)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => {
                    self.0.changed.wait_while(guard, |woken| !*woken).unwrap_or_else(PoisonError::into_inner)
                }
            };
            std::mem::take(&mut *guard)
        }

        pub fn clear(&self) -> bool {
            std::mem::take(&mut *self.0.woken.lock().unwrap_or_else(PoisonError::into_inner))
        }
    }
}
