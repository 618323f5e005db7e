//! A station's broker with known logins, a door that remembers what came, and a cable that can be cut.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gerai_broker::{Embedded, EmbeddedConfig, Front, FrontConfig};
use gerai_core::port::{BoxFuture, DeviceKind, DeviceLogin, Devices, Inbound, NotDurable, TapDoor};
use gerai_core::secret::Secret;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::raw::PATIENCE;

/// Every login's password.
pub const PASSWORD: &str = "rahasia-123";

pub struct Known {
    pub kinds: Mutex<HashMap<String, DeviceKind>>,
    pub presence: Mutex<Vec<(String, bool)>>,
    pub incidents: Mutex<Vec<(String, String)>>,
}

impl Devices for Known {
    fn authenticate(&self, name: &str, password: &Secret<Vec<u8>>) -> Option<DeviceLogin> {
        let kind = self.kind_of(name)?;
        (password.expose() == PASSWORD.as_bytes()).then(|| DeviceLogin { name: name.into(), kind })
    }

    fn kind_of(&self, name: &str) -> Option<DeviceKind> {
        self.kinds.lock().unwrap().get(name).copied()
    }

    fn presence(&self, name: &str, online: bool, _peer: &str) {
        self.presence.lock().unwrap().push((name.into(), online));
    }

    fn incident(&self, name: &str, what: &str) {
        self.incidents.lock().unwrap().push((name.into(), what.into()));
    }
}

pub fn devices() -> Arc<Known> {
    let kinds = [
        ("door-1", DeviceKind::Reader),
        ("door-2", DeviceKind::Reader),
        ("lama", DeviceKind::LegacyShared),
        ("till", DeviceKind::Screen),
    ];
    let kinds = kinds.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
    Arc::new(Known { kinds: Mutex::new(kinds), presence: Mutex::default(), incidents: Mutex::default() })
}

pub struct Station {
    pub devices: Arc<Known>,
    pub embedded: Embedded,
    pub front: Front,
}

impl Station {
    pub async fn start() -> Self {
        Self::with(FrontConfig::loopback()).await
    }

    pub async fn with(config: FrontConfig) -> Self {
        let devices = devices();
        let settings = EmbeddedConfig { prefix: "iot".into(), port: 0 };
        let embedded = Embedded::start(settings, devices.clone()).await.unwrap();
        let front = Front::start(config, devices.clone(), embedded.inlet()).await.unwrap();
        Self { devices, embedded, front }
    }

    pub fn tcp(&self) -> SocketAddr {
        self.front.tcp_addr().unwrap()
    }

    pub async fn stop(self) {
        timeout(PATIENCE, self.front.stop()).await.unwrap();
        timeout(PATIENCE, self.embedded.stop()).await.unwrap();
    }
}

/// Waits until `ready` says so.
pub async fn until(what: &str, ready: impl Fn() -> bool) {
    let waited = timeout(PATIENCE, async {
        while !ready() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// A door that remembers, and refuses to store while `broken`.
#[derive(Default)]
pub struct Book {
    pub came: Mutex<Vec<Inbound>>,
    pub broken: AtomicBool,
    pub slow_ms: AtomicU64,
    pub changes: Mutex<Vec<(bool, String)>>,
    pub hint: watch::Sender<usize>,
}

impl TapDoor for Book {
    fn take(&self, message: Inbound) -> BoxFuture<'static, Result<(), NotDurable>> {
        let mut came = self.came.lock().unwrap();
        came.push(message);
        self.hint.send_replace(came.len());
        let broken = self.broken.load(Ordering::Relaxed);
        let slow = Duration::from_millis(self.slow_ms.load(Ordering::Relaxed));
        Box::pin(async move {
            if !slow.is_zero() {
                tokio::time::sleep(slow).await;
            }
            if broken { Err(NotDurable("the disk is full".into())) } else { Ok(()) }
        })
    }

    fn link_changed(&self, up: bool, detail: &str) {
        self.changes.lock().unwrap().push((up, detail.into()));
    }
}

impl Book {
    pub fn payloads(&self) -> Vec<String> {
        let came = self.came.lock().unwrap();
        came.iter().map(|m| String::from_utf8_lossy(&m.payload).into_owned()).collect()
    }

    pub async fn count(&self, count: usize) {
        let mut hint = self.hint.subscribe();
        timeout(PATIENCE, hint.wait_for(|have| *have >= count))
            .await
            .unwrap_or_else(|_| panic!("{count} messages never came, only {:?}", self.payloads()))
            .unwrap();
    }
}

/// A TCP cable between a client and a broker that can be cut and plugged in again.
pub struct Cable {
    pub address: SocketAddr,
    cut: watch::Sender<CancellationToken>,
    plugged: Arc<AtomicBool>,
}

impl Cable {
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, now) = watch::channel(CancellationToken::new());
        let plugged = Arc::new(AtomicBool::new(true));
        let open = Arc::clone(&plugged);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if !open.load(Ordering::Relaxed) {
                    continue;
                }
                let cut = now.borrow().clone();
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(target).await else { return };
                    near.set_nodelay(true).unwrap();
                    far.set_nodelay(true).unwrap();
                    tokio::select! {
                        () = cut.cancelled() => {}
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    }
                });
            }
        });
        Self { address, cut, plugged }
    }

    /// Cuts all connections and takes no new ones.
    pub fn unplug(&self) {
        self.plugged.store(false, Ordering::Relaxed);
        self.cut.send_replace(CancellationToken::new()).cancel();
    }

    pub fn plug(&self) {
        self.plugged.store(true, Ordering::Relaxed);
    }
}
