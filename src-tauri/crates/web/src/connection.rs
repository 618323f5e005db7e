//! One TCP connection: who is at its ends, how many each peer may hold, and the cut for peers that stop reading.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::limits::{CONNECTIONS_PER_PEER_MAX, WRITE_STALL_TIMEOUT};

/// The two ends of a connection; each request carries them.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    /// The client.
    pub peer: SocketAddr,
    /// The station's own address on this connection.
    pub local: SocketAddr,
    /// It is encrypted.
    pub tls: bool,
}

impl Ends {
    /// Readable on the way: neither encrypted nor inside this machine.
    pub fn in_the_clear(&self) -> bool {
        !self.tls && !self.peer.ip().to_canonical().is_loopback()
    }
}

/// How many connections each address holds.
#[derive(Clone, Default)]
pub struct PeerCount(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A place among a peer's connections, given back on drop.
pub struct PeerSlot {
    count: PeerCount,
    ip: IpAddr,
}

impl PeerCount {
    /// A place for one more connection of this address, or `None` when it holds too many.
    pub fn enter(&self, ip: IpAddr) -> Option<PeerSlot> {
        let mut counts = self.0.lock().ok()?;
        let held = counts.entry(ip).or_default();
        if *held >= CONNECTIONS_PER_PEER_MAX {
            return None;
        }
        *held += 1;
        Some(PeerSlot { count: self.clone(), ip })
    }
}

impl Drop for PeerSlot {
    fn drop(&mut self) {
        let Ok(mut counts) = self.count.0.lock() else { return };
        if let Some(held) = counts.get_mut(&self.ip) {
            *held -= 1;
            if *held == 0 {
                counts.remove(&self.ip);
            }
        }
    }
}

/// A stream whose writes fail when the peer takes nothing for `WRITE_STALL_TIMEOUT`.
pub struct Unstalled<S> {
    stream: S,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> Unstalled<S> {
    /// Wraps a stream.
    pub fn new(stream: S) -> Self {
        Self { stream, deadline: None }
    }

    fn watch<T>(&mut self, outcome: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.deadline = None;
            return outcome;
        }
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(WRITE_STALL_TIMEOUT)));
        match deadline.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unstalled<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unstalled<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(outcome, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_peer_cannot_hold_every_connection() {
        let count = PeerCount::default();
        let greedy = IpAddr::from([192, 168, 1, 9]);
        let mut held: Vec<_> = (0..CONNECTIONS_PER_PEER_MAX).map(|_| count.enter(greedy).unwrap()).collect();
        assert!(count.enter(greedy).is_none());
        assert!(count.enter(IpAddr::from([192, 168, 1, 10])).is_some());
        held.pop();
        assert!(count.enter(greedy).is_some());
        held.clear();
        assert!(count.0.lock().unwrap().is_empty());
    }
}
