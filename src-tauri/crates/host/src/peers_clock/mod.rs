//! Asks others for the time once an hour and tells the core how far off this machine's clock is. Nobody is asked unless
//! the settings name somebody. The rule is in `gerai_core::drift`; here are sockets, deadlines and the rhythm.

mod http;
mod ntp;

use std::sync::Arc;
use std::time::Duration;

use gerai_app::contract::{ClockSettings, Event};
use gerai_app::{App, ClockPeer};
use gerai_core::address::{HostPort, WebAddress};
use gerai_core::drift::Drift;
use gerai_core::sntp::Kiss;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// Between two questions to a peer that answers.
const EVERY: Duration = Duration::from_secs(3_600);
/// After a first failure; doubled each time up to `EVERY`.
const AFTER_FAILURE: Duration = Duration::from_secs(60);
/// A server that asked for fewer questions gets them at most this far apart.
const EVERY_MAX: Duration = Duration::from_secs(24 * 3_600);
/// A whole question: name, connection, answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a peer told no time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failure {
    why: String,
    kiss: Option<Kiss>,
}

impl Failure {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), kiss: None }
    }
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whom {
    Http(WebAddress),
    Ntp(HostPort),
}

impl Whom {
    fn name(&self) -> String {
        match self {
            Self::Http(address) => format!("HTTP {}", address.at),
            Self::Ntp(address) => format!("NTP {address}"),
        }
    }

    async fn ask(&self) -> Result<Drift, Failure> {
        let asked = async {
            match self {
                Self::Http(address) => http::ask(address).await,
                Self::Ntp(address) => ntp::ask(address).await,
            }
        };
        tokio::time::timeout(PATIENCE, asked)
            .await
            .unwrap_or_else(|_| Err(Failure::new(format!("no answer within {} s", PATIENCE.as_secs()))))
    }
}

/// One peer and its rhythm.
struct Peer {
    whom: Whom,
    said: Option<Result<Drift, String>>,
    failures: u32,
    every: Duration,
    next: tokio::time::Instant,
    /// It asked never to be asked again.
    silenced: bool,
}

impl Peer {
    fn new(whom: Whom) -> Self {
        Self {
            whom,
            said: None,
            failures: 0,
            every: EVERY,
            next: tokio::time::Instant::now(),
            silenced: false,
        }
    }

    /// Takes an answer and sets the time of the next question.
    fn take(&mut self, answer: Result<Drift, Failure>, jitter: f64) {
        let wait = match &answer {
            Ok(_) => {
                self.failures = 0;
                self.every
            }
            Err(failure) => {
                self.failures = self.failures.saturating_add(1);
                match failure.kiss {
                    Some(Kiss::Deny) => self.silenced = true,
                    Some(Kiss::Rate) => self.every = (self.every * 2).min(EVERY_MAX),
                    Some(Kiss::Other(_)) | None => {}
                }
                if failure.kiss.is_some() { self.every } else { back_off(self.failures) }
            }
        };
        self.said = Some(answer.map_err(|failure| failure.why));
        self.next = tokio::time::Instant::now() + wait.mul_f64(0.9 + 0.2 * jitter);
    }
}

/// 1, 2, 4 … minutes, at most an hour.
fn back_off(failures: u32) -> Duration {
    AFTER_FAILURE.saturating_mul(1 << failures.saturating_sub(1).min(6)).min(EVERY)
}

fn peers(settings: &ClockSettings) -> Vec<Peer> {
    let http = WebAddress::parse(&settings.http_url).map(Whom::Http);
    let ntp = HostPort::parse(&settings.ntp_server, 123).map(Whom::Ntp);
    ntp.into_iter().chain(http).map(Peer::new).collect()
}

/// Asks and tells until `stop`; begins anew when the settings name others.
pub async fn watch(app: Arc<App>, stop: CancellationToken) {
    let mut events = app.events();
    loop {
        let settings = app.settings().1.clock.clone();
        tokio::select! {
            () = stop.cancelled() => return,
            () = ask_on(&app, peers(&settings)) => {}
            changed = changed(&app, &mut events, &settings) => if !changed { return },
        }
    }
}

async fn ask_on(app: &App, mut peers: Vec<Peer>) {
    loop {
        let now = tokio::time::Instant::now();
        for peer in peers.iter_mut().filter(|peer| !peer.silenced && peer.next <= now) {
            let answer = peer.whom.ask().await;
            if let Err(failure) = &answer {
                tracing::info!("{} told no time: {}", peer.whom.name(), failure.why);
            }
            peer.take(answer, jitter());
        }
        let said = peers
            .iter()
            .filter_map(|peer| peer.said.clone().map(|said| ClockPeer { name: peer.whom.name(), said }));
        app.put_clock_peers(said.collect());
        let next = peers.iter().filter(|peer| !peer.silenced).map(|peer| peer.next).min();
        match next {
            Some(next) => tokio::time::sleep_until(next).await,
            None => std::future::pending().await,
        }
    }
}

/// `false` once nothing can change any more.
async fn changed(
    app: &App,
    events: &mut tokio::sync::broadcast::Receiver<Event>,
    asked: &ClockSettings,
) -> bool {
    loop {
        match events.recv().await {
            Ok(Event::Settings) | Err(RecvError::Lagged(_)) if app.settings().1.clock != *asked => {
                return true;
            }
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return false,
        }
    }
}

/// 0 to 1: many stations must not ask in the same second.
fn jitter() -> f64 {
    let mut byte = [0];
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer() -> Peer {
        Peer::new(Whom::Ntp(HostPort::parse("a", 123).unwrap()))
    }

    fn failed(kiss: Option<Kiss>) -> Result<Drift, Failure> {
        Err(Failure { why: "no".to_owned(), kiss })
    }

    #[test]
    fn waiting_grows_and_ends() {
        let minutes: Vec<u64> = (1..10).map(|failures| back_off(failures).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(back_off(u32::MAX), EVERY);
    }

    #[tokio::test(start_paused = true)]
    async fn kisses_are_obeyed() {
        let mut peer = peer();
        let now = tokio::time::Instant::now();
        peer.take(failed(Some(Kiss::Rate)), 0.5);
        assert_eq!((peer.every, peer.next - now), (2 * EVERY, 2 * EVERY));
        for _ in 0..10 {
            peer.take(failed(Some(Kiss::Rate)), 0.5);
        }
        assert_eq!(peer.every, EVERY_MAX);
        peer.take(Ok(Drift { offset_ms: 1, bound_ms: 1 }), 0.5);
        assert_eq!(peer.next - now, EVERY_MAX, "it stays at what it asked for");
        assert!(!peer.silenced);
        peer.take(failed(Some(Kiss::Deny)), 0.5);
        assert!(peer.silenced);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_repeated_soon_and_jitter_is_a_tenth() {
        let (mut peer, now) = (peer(), tokio::time::Instant::now());
        peer.take(failed(None), 0.0);
        assert_eq!(peer.next - now, AFTER_FAILURE.mul_f64(0.9));
        peer.take(failed(None), 1.0);
        assert_eq!(peer.next - now, (2 * AFTER_FAILURE).mul_f64(1.1));
        peer.take(Ok(Drift { offset_ms: 1, bound_ms: 1 }), 0.5);
        assert_eq!((peer.next - now, peer.failures), (EVERY, 0));
    }

    #[test]
    fn nobody_is_asked_by_default() {
        assert!(peers(&ClockSettings::default()).is_empty());
        let both = ClockSettings { http_url: "http://a/".to_owned(), ntp_server: "b".to_owned() };
        let names: Vec<String> = peers(&both).iter().map(|peer| peer.whom.name()).collect();
        assert_eq!(names, ["NTP b:123", "HTTP a:80"]);
    }
}
