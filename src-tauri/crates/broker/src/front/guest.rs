//! A device's stream on its way into the broker: first it gives the rewritten CONNECT and what came after it, then the
//! device's own bytes; on the way out it watches for the broker's answer to the CONNECT. It ends when the front stops.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::roster::Presence;

/// Bytes of a CONNACK that tell whether the device was let in: type, up to four of length, flags, reason.
const VERDICT_BYTES: usize = 7;

/// Called once when the broker lets the device in; what it answers is kept until the stream is dropped.
type Arrive = Box<dyn FnOnce() -> Presence + Send + Sync>;

pub(super) struct Guest<S> {
    stream: S,
    ahead: Vec<u8>,
    given: usize,
    answer: Vec<u8>,
    arrive: Option<Arrive>,
    answered: Option<oneshot::Sender<()>>,
    presence: Option<Presence>,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<S> Guest<S> {
    /// `ahead` is read before the stream's own bytes. The receiver hears once the broker has answered the CONNECT.
    pub(super) fn new(
        stream: S,
        ahead: Vec<u8>,
        arrive: Arrive,
        stop: CancellationToken,
    ) -> (Self, oneshot::Receiver<()>) {
        let (answered, heard) = oneshot::channel();
        let guest = Self {
            stream,
            ahead,
            given: 0,
            answer: Vec::with_capacity(VERDICT_BYTES),
            arrive: Some(arrive),
            answered: Some(answered),
            presence: None,
            stop: Box::pin(stop.cancelled_owned()),
        };
        (guest, heard)
    }

    /// Looks at what the broker says first.
    fn overhear(&mut self, bytes: &[u8]) {
        if self.answered.is_none() {
            return;
        }
        let missing = VERDICT_BYTES - self.answer.len();
        self.answer.extend(bytes.iter().take(missing));
        let Some(accepted) = verdict(&self.answer) else { return };
        if accepted && let Some(arrive) = self.arrive.take() {
            self.presence = Some(arrive());
        }
        let _ = self.answered.take().map(|answered| answered.send(()));
    }

    fn is_stopped(&mut self, cx: &mut Context<'_>) -> bool {
        self.stop.as_mut().poll(cx).is_ready()
    }
}

/// Whether a packet that begins like this is a CONNACK that lets the device in; `None` while too little is known.
fn verdict(bytes: &[u8]) -> Option<bool> {
    let (first, rest) = bytes.split_first()?;
    if *first != 0x20 {
        return Some(false);
    }
    let length = rest.iter().take(4).position(|byte| byte & 0x80 == 0)? + 1;
    rest.get(length + 1).map(|reason| *reason == 0)
}

impl<S: AsyncRead + Unpin> AsyncRead for Guest<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_stopped(cx) {
            return Poll::Ready(Ok(()));
        }
        let waiting = &self.ahead[self.given..];
        if waiting.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let count = waiting.len().min(buffer.remaining());
        buffer.put_slice(&waiting[..count]);
        self.given += count;
        if self.given == self.ahead.len() {
            (self.ahead, self.given) = (Vec::new(), 0);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guest<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_stopped(cx) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(count)) = &written {
            self.overhear(&bytes[..*count]);
        }
        written
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
    use super::verdict;

    #[test]
    fn the_answer_is_read_as_soon_as_it_is_there() {
        assert_eq!(verdict(&[]), None);
        assert_eq!(verdict(&[0x20, 0x02, 0x00]), None);
        assert_eq!(verdict(&[0x20, 0x02, 0x00, 0x00]), Some(true));
        assert_eq!(verdict(&[0x20, 0x02, 0x00, 0x05]), Some(false));
        assert_eq!(verdict(&[0x20, 0x83, 0x01, 0x01]), None);
        assert_eq!(verdict(&[0x20, 0x83, 0x01, 0x01, 0x00]), Some(true));
        assert_eq!(verdict(&[0x20, 0x83, 0x81, 0x81, 0x01, 0x00, 0x87]), Some(false));
        assert_eq!(verdict(&[0xe0, 0x00]), Some(false), "a DISCONNECT lets nobody in");
    }
}
