//! The lines of the control socket: their shapes, and reading them with a limit.

use std::io;
use std::time::Duration;

use gerai_app::access::{SessionChange, Surface};
use gerai_app::contract::{ApiError, ErrorCode};
use gerai_core::secret::Secret;
use gerai_web::live::Identity;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Longest line in either direction. The largest is a picture of 8 MiB in base64, for its codes; pages of rows are under
/// 200 KiB.
pub const LINE_BYTES_MAX: u64 = 12 * 1024 * 1024;
/// The other end takes a line within this time, or is gone.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// A command that is not in the contract: the logins for another broker's password file. Local surface only.
pub const BROKER_LOGINS: &str = "station.broker_logins";

/// Where a caller comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurfaceName {
    /// The command line.
    #[default]
    Local,
    /// The console's window.
    Console,
    /// The counter's window.
    Counter,
}

/// One line to the station. No `Debug`: it carries session tokens and passwords.
#[derive(Serialize, Deserialize)]
pub struct Request {
    pub id: u64,
    #[serde(default)]
    pub command: String,
    #[serde(default)]
    pub args: Value,
    #[serde(default)]
    pub surface: SurfaceName,
    #[serde(default)]
    pub session: Option<String>,
    #[serde(default)]
    pub subscribe: bool,
}

impl Request {
    /// Who this request says it comes from. The socket's owner may say any of these.
    pub fn identity(&self) -> Identity {
        let token = self.session.clone().map(Secret::new);
        match self.surface {
            SurfaceName::Local => Identity::local(),
            SurfaceName::Console => Identity::window(Surface::ConsoleWindow, token),
            SurfaceName::Counter => Identity::window(Surface::CounterWindow, token),
        }
    }

    /// The request of this caller.
    pub fn from(identity: &Identity, command: &str, args: Value, subscribe: bool) -> Self {
        let surface = match identity.surface {
            Surface::Local => SurfaceName::Local,
            Surface::CounterWindow => SurfaceName::Counter,
            Surface::ConsoleWindow | Surface::Browser | Surface::Api => SurfaceName::Console,
        };
        let session = identity.token.as_ref().map(|token| token.expose().clone());
        Self { id: 1, command: command.to_owned(), args, surface, session, subscribe }
    }
}

/// The line that answers request `id`.
pub fn reply(id: u64, outcome: Result<Value, ApiError>, change: Option<SessionChange>) -> Value {
    let mut line = match outcome {
        Ok(answer) => json!({ "id": id, "ok": answer }),
        Err(error) => json!({ "id": id, "error": error }),
    };
    match change {
        Some(SessionChange::Opened { token, max_age_s }) => {
            line["session_change"] = json!({ "opened": { "token": token.expose(), "max_age_s": max_age_s } });
        }
        Some(SessionChange::Closed) => line["session_change"] = json!("closed"),
        None => {}
    }
    line
}

/// Reads a reply back.
pub fn read_reply(mut line: Value) -> (Result<Value, ApiError>, Option<SessionChange>) {
    let change = match line.get("session_change") {
        Some(Value::String(word)) if word == "closed" => Some(SessionChange::Closed),
        Some(change) => opened(&change["opened"]),
        None => None,
    };
    let outcome = if let Some(error) = line.get_mut("error") {
        Err(serde_json::from_value(error.take()).unwrap_or_else(|_| not_understood()))
    } else if let Some(answer) = line.get_mut("ok") {
        Ok(answer.take())
    } else {
        Err(not_understood())
    };
    (outcome, change)
}

fn opened(change: &Value) -> Option<SessionChange> {
    let token = Secret::new(change.get("token")?.as_str()?.to_owned());
    Some(SessionChange::Opened { token, max_age_s: change.get("max_age_s")?.as_i64()? })
}

/// The other end speaks otherwise.
pub fn not_understood() -> ApiError {
    ApiError::new(
        ErrorCode::Internal,
        "the running station and this program do not understand each other",
        "They may be of different versions: restart the station.",
    )
}

/// Reads one line, without its end. `None` at the end of the stream; an error for a line over the limit.
pub async fn read_line(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    reader.take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line).await?;
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Some(line));
    }
    match line.len() {
        0 => Ok(None),
        length if length as u64 > LINE_BYTES_MAX => Err(io::ErrorKind::InvalidData.into()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Writes one line.
pub async fn write_line(writer: &mut (impl AsyncWrite + Unpin), value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    timeout(WRITE_TIMEOUT, async {
        writer.write_all(&line).await?;
        writer.flush().await
    })
    .await
    .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_have_a_limit() {
        let mut two = tokio::io::BufReader::new(&b"one\ntwo\n"[..]);
        assert_eq!(read_line(&mut two).await.unwrap().unwrap(), b"one");
        assert_eq!(read_line(&mut two).await.unwrap().unwrap(), b"two");
        assert!(read_line(&mut two).await.unwrap().is_none());
        let long = vec![b'a'; 1024 * 1024 + 10];
        assert!(read_line(&mut tokio::io::BufReader::new(&long[..])).await.is_err());
        assert!(read_line(&mut tokio::io::BufReader::new(&b"cut"[..])).await.is_err());
    }

    #[test]
    fn replies_come_back_as_they_went() {
        let token = || Secret::new("t0k".to_owned());
        let opened = Some(SessionChange::Opened { token: token(), max_age_s: 9 });
        let (outcome, change) = read_reply(reply(1, Ok(Value::Null), opened));
        assert_eq!(outcome, Ok(Value::Null));
        assert!(
            matches!(change, Some(SessionChange::Opened { token: back, max_age_s: 9 }) if back == token())
        );
        let error = ApiError::invalid("name", "too long", "Shorten it.");
        assert_eq!(read_reply(reply(1, Err(error.clone()), None)).0, Err(error));
        assert_eq!(read_reply(json!({ "id": 1 })).0.unwrap_err().code, ErrorCode::Internal);
    }
}
