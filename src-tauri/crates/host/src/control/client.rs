//! The other side of the control socket: one short connection a command, one long one a listener.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use gerai_app::contract::{ApiError, ErrorCode, Event};
use gerai_web::live::Identity;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::time::timeout;

use super::door::Answer;
use super::place;
use super::wire::{BROKER_LOGINS, Request, not_understood, read_line, read_reply, write_line};
use crate::data_folder::DataFolder;

/// A station that runs takes a connection at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longer than any command: verifying a ledger of millions of entries is the longest.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(180);
/// Three missed heartbeats.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(4);

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}
type Stream = BufReader<Box<dyn Duplex>>;

/// The station that runs on a folder.
#[derive(Debug, Clone)]
pub struct ControlClient {
    folder: PathBuf,
}

impl ControlClient {
    /// The station of this folder, if one runs.
    pub async fn connect(folder: &DataFolder) -> Result<Option<Self>, ApiError> {
        let client = Self { folder: folder.path().to_owned() };
        Ok(client.stream().await?.map(|_| client))
    }

    /// Gives one command.
    pub async fn call(&self, identity: &Identity, command: &str, args: Value) -> Answer {
        let request = Request::from(identity, command, args, false);
        match self.ask(&request, ANSWER_TIMEOUT).await {
            Ok((line, _)) => {
                let (outcome, change) = read_reply(line);
                Answer { outcome, change }
            }
            Err(error) => Answer { outcome: Err(error), change: None },
        }
    }

    /// The logins for another broker's password file.
    pub async fn broker_logins(&self) -> Result<Value, ApiError> {
        self.call(&Identity::local(), BROKER_LOGINS, Value::Null).await.outcome
    }

    /// Listens to live events.
    pub async fn subscribe(&self, identity: &Identity) -> Result<EventStream, ApiError> {
        let request = Request::from(identity, "", Value::Null, true);
        let (line, stream) = self.ask(&request, CONNECT_TIMEOUT).await?;
        read_reply(line).0?;
        Ok(EventStream { stream })
    }

    async fn ask(&self, request: &Request, within: Duration) -> Result<(Value, Stream), ApiError> {
        let mut stream = self.stream().await?.ok_or_else(|| away("it has stopped"))?;
        write_line(&mut stream, request).await.map_err(away)?;
        let line = timeout(within, read_line(&mut stream))
            .await
            .map_err(|_| away("it takes too long"))?
            .map_err(away)?
            .ok_or_else(|| away("it has stopped"))?;
        let line = serde_json::from_slice(&line).map_err(|_| not_understood())?;
        Ok((line, stream))
    }

    async fn stream(&self) -> Result<Option<Stream>, ApiError> {
        let connected = timeout(CONNECT_TIMEOUT, place::connect(&self.folder)).await;
        let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        match connected {
            Ok(stream) => Ok(stream.map(|stream| BufReader::new(Box::new(stream) as Box<dyn Duplex>))),
            Err(error) => Err(away(error)),
        }
    }
}

fn away(why: impl std::fmt::Display) -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        format!("the running station does not answer: {why}"),
        "Look at its window or log; if it hangs, stop it and start it again.",
    )
}

/// Live events from the control socket.
pub struct EventStream {
    stream: Stream,
}

impl EventStream {
    /// The next event. `None`: the listener may listen no more, fell behind, or the station is gone.
    pub async fn next(&mut self) -> Option<Event> {
        let line = timeout(SILENCE_TIMEOUT, read_line(&mut self.stream)).await.ok()?.ok()??;
        let mut line: Value = serde_json::from_slice(&line).ok()?;
        serde_json::from_value(line.get_mut("event")?.take()).ok()
    }
}
