//! `GET /events`: live events as server-sent events, each data line one event in JSON. The stream ends with the session,
//! when the listener falls behind, and when the station stops; the browser connects again by itself.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event as SseEvent, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;

use crate::connection::Ends;
use crate::live::Live;
use crate::rpc::{Refusal, identity};
use crate::server::Shared;

/// Begins a stream of events.
pub async fn listen(
    State(shared): State<Arc<Shared>>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, Refusal> {
    let live = Live::open(shared.app.clone(), identity(ends, &headers)).await?;
    let stop = shared.stop.clone();
    Ok(Sse::new(unfold((live, stop), |(mut live, stop)| async move {
        let event = tokio::select! {
            () = stop.cancelled() => None,
            event = live.next() => event,
        }?;
        let line = serde_json::to_string(&event).ok()?;
        Some((Ok(SseEvent::default().data(line)), (live, stop)))
    })))
}
