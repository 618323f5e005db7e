//! The station's side of the control socket.

use std::sync::Arc;
use std::time::Duration;

use gerai_app::App;
use gerai_app::access::Surface;
use gerai_app::contract::{ApiError, ErrorCode};
use gerai_web::live::{Identity, Live};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadHalf, WriteHalf, split};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::door::dispatch;
use super::place::Listener;
use super::wire::{BROKER_LOGINS, Request, read_line, reply, write_line};
use crate::data_folder::DataFolder;

/// Connections at once: one a window, one a command that runs.
const CONNECTIONS_MAX: usize = 64;
/// A connection on which nothing is asked for this long is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long answers may take to go out when the station stops.
const STOP_GRACE: Duration = Duration::from_secs(3);

/// The running control socket.
pub struct Server {
    stop: CancellationToken,
    accepting: JoinHandle<()>,
    connections: TaskTracker,
}

impl Server {
    /// Listens in the folder until `stop` is cancelled. The caller holds the folder's lock.
    pub fn start(folder: &DataFolder, app: Arc<App>, stop: CancellationToken) -> anyhow::Result<Self> {
        let listener = Listener::bind(folder.path()).map_err(|error| {
            anyhow::anyhow!("cannot open the control socket in {}: {error}", folder.path().display())
        })?;
        let stop = stop.child_token();
        let connections = TaskTracker::new();
        let accepting = tokio::spawn(accept(listener, app, stop.clone(), connections.clone()));
        Ok(Self { stop, accepting, connections })
    }

    /// Stops, and removes the socket.
    pub async fn stop(self) {
        self.stop.cancel();
        if self.accepting.await.is_err() {
            tracing::error!("The control socket had stopped by itself");
        }
        self.connections.close();
        let _ = timeout(STOP_GRACE, self.connections.wait()).await;
    }
}

async fn accept(mut listener: Listener, app: Arc<App>, stop: CancellationToken, connections: TaskTracker) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match (accepted, places.clone().try_acquire_owned()) {
            (Ok(stream), Ok(place)) => {
                let (app, stop) = (app.clone(), stop.clone());
                connections.spawn(async move {
                    let _place = place;
                    serve(stream, app, stop).await;
                });
            }
            (Ok(_), Err(_)) => tracing::warn!("Too many connections to the control socket"),
            (Err(error), _) => {
                tracing::warn!(%error, "Cannot accept at the control socket");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Told to stop, a connection still gets the answer to what it asked.
async fn serve<S: AsyncRead + AsyncWrite + Send + 'static>(
    stream: S,
    app: Arc<App>,
    stop: CancellationToken,
) {
    let (reader, mut writer) = split(stream);
    let mut reader = BufReader::new(reader);
    loop {
        let request = tokio::select! {
            () = stop.cancelled() => return,
            request = next_request(&mut reader, &mut writer) => request,
        };
        let Some(request) = request else { return };
        let identity = request.identity();
        if request.subscribe {
            tokio::select! {
                () = stop.cancelled() => {}
                () = stream_events(request.id, &app, identity, &mut writer) => {}
            }
            return;
        }
        let line = answer(request, identity, &app).await;
        if write_line(&mut writer, &line).await.is_err() {
            return;
        }
    }
}

/// The next request; a line that is none is answered, and ends the connection.
async fn next_request<S: AsyncRead + AsyncWrite>(
    reader: &mut BufReader<ReadHalf<S>>,
    writer: &mut WriteHalf<S>,
) -> Option<Request> {
    let line = timeout(IDLE_TIMEOUT, read_line(reader)).await.ok()?;
    let parsed = match line {
        Ok(line) => serde_json::from_slice(&line?),
        Err(error) => Err(serde_json::Error::io(error)),
    };
    match parsed {
        Ok(request) => Some(request),
        Err(error) => {
            // Only the place of the fault: the line itself may hold a password.
            let message = format!("the request is not understood (column {})", error.column());
            let error =
                ApiError::new(ErrorCode::Invalid, message, "Send one JSON object a line, at most 12 MiB.");
            let _ = write_line(writer, &reply(0, Err(error), None)).await;
            None
        }
    }
}

async fn answer(request: Request, identity: Identity, app: &Arc<App>) -> Value {
    if request.command == BROKER_LOGINS {
        return reply(request.id, broker_logins(&identity, app).await, None);
    }
    let answer = dispatch(app, &identity, &request.command, request.args).await;
    reply(request.id, answer.outcome, answer.change)
}

async fn broker_logins(identity: &Identity, app: &Arc<App>) -> Result<Value, ApiError> {
    if identity.surface != Surface::Local {
        return Err(ApiError::new(ErrorCode::Forbidden, "only the command line may export logins", ""));
    }
    crate::cli::mosquitto::logins_of(app).await
}

async fn stream_events<S: AsyncRead + AsyncWrite>(
    id: u64,
    app: &Arc<App>,
    identity: Identity,
    writer: &mut WriteHalf<S>,
) {
    let mut live = match Live::open(app.clone(), identity).await {
        Ok(live) => live,
        Err(error) => {
            let _ = write_line(writer, &reply(id, Err(error), None)).await;
            return;
        }
    };
    if write_line(writer, &reply(id, Ok(Value::Null), None)).await.is_err() {
        return;
    }
    while let Some(event) = live.next().await {
        if write_line(writer, &json!({ "event": event })).await.is_err() {
            return;
        }
    }
}
