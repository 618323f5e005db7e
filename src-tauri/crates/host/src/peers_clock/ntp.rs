//! One SNTP question over UDP, from a fresh port and with a random number that the answer must repeat.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use gerai_core::address::HostPort;
use gerai_core::drift::Drift;
use gerai_core::port::Clock;
use gerai_core::sntp::{self, Refused};
use tokio::net::{UdpSocket, lookup_host};

use super::Failure;
use crate::clock::SystemClock;

/// Asks once. The caller sets the deadline.
pub async fn ask(server: &HostPort) -> Result<Drift, Failure> {
    let found = lookup_host((server.host.as_str(), server.port)).await;
    let mut found = found.map_err(|error| Failure::new(format!("its name is not known: {error}")))?;
    let address = found.next().ok_or_else(|| Failure::new("its name has no address"))?;
    let broken = |error: std::io::Error| Failure::new(format!("it cannot be reached: {error}"));
    let own = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(own).await.map_err(broken)?;
    // Connected: only this server's packets come in.
    socket.connect(address).await.map_err(broken)?;
    let mut number = [0; 8];
    getrandom::fill(&mut number).map_err(|error| Failure::new(format!("no random numbers: {error}")))?;
    let number = u64::from_ne_bytes(number);
    let (t0, started) = (SystemClock.now().0, std::time::Instant::now());
    socket.send(&sntp::question(number)).await.map_err(broken)?;
    let mut packet = [0; 512];
    let length = socket.recv(&mut packet).await.map_err(broken)?;
    let took = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let exchange =
        sntp::answer(&packet[..length], number, t0, t0.saturating_add(took)).map_err(|refused| {
            let kiss = if let Refused::Kiss(kiss) = refused { Some(kiss) } else { None };
            Failure { why: refused.to_string(), kiss }
        })?;
    exchange.drift().map_err(|error| Failure::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use gerai_core::sntp::Kiss;

    use super::*;

    /// A server that answers each question with what `answer` makes of it.
    async fn server(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> HostPort {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = HostPort::parse(&socket.local_addr().unwrap().to_string(), 0).unwrap();
        tokio::spawn(async move {
            let mut packet = [0; 512];
            while let Ok((length, peer)) = socket.recv_from(&mut packet).await {
                let _ = socket.send_to(&answer(&packet[..length]), peer).await;
            }
        });
        at
    }

    fn timestamp(offset_ms: i64) -> [u8; 8] {
        let ms = SystemClock.now().0 + offset_ms + 2_208_988_800_000;
        let (seconds, rest) = (ms.div_euclid(1_000) as u64, ms.rem_euclid(1_000) as u64);
        ((seconds << 32) | ((rest << 32) / 1_000)).to_be_bytes()
    }

    /// A right answer of a server whose clock is `offset_ms` ahead.
    fn right(question: &[u8], offset_ms: i64) -> Vec<u8> {
        assert_eq!((question.len(), question[0]), (48, 0x23), "an SNTP question of version 4");
        let mut packet = vec![0; 48];
        packet[0] = 0x24;
        packet[1] = 3;
        packet[24..32].copy_from_slice(&question[40..48]);
        packet[32..40].copy_from_slice(&timestamp(offset_ms));
        packet[40..48].copy_from_slice(&timestamp(offset_ms));
        packet
    }

    fn changed(at: usize, bytes: &'static [u8]) -> impl Fn(&[u8]) -> Vec<u8> + Send {
        move |question| {
            let mut packet = right(question, 0);
            packet[at..at + bytes.len()].copy_from_slice(bytes);
            packet
        }
    }

    #[tokio::test]
    async fn the_offset_is_found() {
        for offset in [0, 90_000, -90_000] {
            let found = ask(&server(move |question| right(question, offset)).await).await.unwrap();
            assert!((found.offset_ms - offset).abs() <= found.bound_ms, "{offset}: {found:?}");
        }
    }

    #[tokio::test]
    async fn wrong_packets_are_refused_and_said() {
        let why = async |at: &HostPort| ask(at).await.unwrap_err();
        let short = why(&server(|question| right(question, 0)[..40].to_vec()).await).await;
        assert!(short.why.contains("40 bytes"), "{short:?}");
        for (at, bytes, word) in [
            (0, &[0x23][..], "mode 3"),
            (0, &[0x14], "version 2"),
            (24, &[1, 2, 3, 4, 5, 6, 7, 8], "forged"),
            (1, &[16], "not set"),
            (0, &[0xe4], "not set"),
            (40, &[0; 8], "timestamp of 0"),
        ] {
            let failure = why(&server(changed(at, bytes)).await).await;
            assert!(failure.why.contains(word) && failure.kiss.is_none(), "{word}: {failure:?}");
        }
        let kiss = |code: &'static [u8; 4]| {
            move |question: &[u8]| {
                let mut packet = right(question, 0);
                packet[1] = 0;
                packet[12..16].copy_from_slice(code);
                packet
            }
        };
        assert_eq!(why(&server(kiss(b"DENY")).await).await.kiss, Some(Kiss::Deny));
        let rate = why(&server(kiss(b"RATE")).await).await;
        assert!(rate.kiss == Some(Kiss::Rate) && rate.why.contains("RATE"), "{rate:?}");
    }

    #[tokio::test]
    async fn nobody_there_is_said() {
        let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let failure = ask(&HostPort::parse(&gone.to_string(), 0).unwrap()).await.unwrap_err();
        assert!(failure.why.contains("cannot be reached"), "{failure:?}");
    }
}
