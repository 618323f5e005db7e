//! The one IPC command: a window gives the name and arguments of a command of the contract.

use gerai_app::contract::{ApiError, ErrorCode};
use serde_json::Value;
use tauri::{AppHandle, Manager, State, WebviewWindow};

use crate::desk::{CONSOLE, Desk, is_counter, window_may};
use crate::windows;

/// The window's own: nothing of the station.
const TOGGLE_FULLSCREEN: &str = "window.toggle_fullscreen";
/// The console's own: the counter window shows this till.
const OPEN_COUNTER: &str = "window.open_counter";

/// Gives a command for a window.
#[tauri::command]
pub async fn rpc(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    name: String,
    args: Option<Value>,
) -> Result<Value, ApiError> {
    let label = window.label();
    if name == TOGGLE_FULLSCREEN {
        windows::toggle_fullscreen(&window);
        return Ok(Value::Null);
    }
    if name == OPEN_COUNTER && label == CONSOLE {
        let till_id = args.as_ref().and_then(|args| args["till_id"].as_i64());
        windows::show_counter(window.app_handle(), till_id);
        return Ok(Value::Null);
    }
    if !window_may(label, &name) {
        return Err(ApiError::new(
            ErrorCode::Forbidden,
            "this window does not give that command",
            "Use the console's window.",
        ));
    }
    let args = args.unwrap_or_default();
    let mut answer = desk.door().call(&desk.identity(label), &name, args.clone()).await;
    let signed_out = matches!(&answer.outcome, Err(error) if error.code == ErrorCode::SignedOut);
    if signed_out && is_counter(label) && desk.forget(label) {
        // Its own pairing has ended: the console's session, if there is one, serves again.
        answer = desk.door().call(&desk.identity(label), &name, args).await;
    }
    if let Some(change) = answer.change {
        desk.change(label, change);
        if label == CONSOLE {
            reload_counters(window.app_handle());
        }
    }
    answer.outcome
}

/// Counters that share the console's session begin anew when it opens or ends.
fn reload_counters(app: &AppHandle) {
    for (label, window) in app.webview_windows() {
        if is_counter(&label)
            && let Err(error) = window.reload()
        {
            tracing::warn!(%error, "The counter's window could not be reloaded");
        }
    }
}
