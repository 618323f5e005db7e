//! The two windows: the console, and the counter, full-screen on a second monitor where there is one.

use tauri::window::Monitor;
use tauri::{AppHandle, LogicalPosition, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::desk::{CONSOLE, COUNTER};

/// The console's size, and the least it works at, in logical pixels.
const CONSOLE_SIZE: (f64, f64) = (1366.0, 768.0);
const CONSOLE_SIZE_MIN: (f64, f64) = (800.0, 480.0);
/// The counter's size while it is no full-screen one.
const COUNTER_SIZE: (f64, f64) = (1024.0, 600.0);
const COUNTER_SIZE_MIN: (f64, f64) = (480.0, 320.0);
/// How far the counter stands off the console's corner where both share a monitor.
const OFFSET: f64 = 48.0;

/// F11 in any window. Runs in the page, which has no other way to its window.
const KEYS: &str = "window.addEventListener('keydown', (event) => {
  if (event.key !== 'F11' || event.repeat) return;
  event.preventDefault();
  window.__TAURI_INTERNALS__.invoke('rpc', { name: 'window.toggle_fullscreen', args: {} });
});";

/// Opens the windows that are not open.
pub fn open_missing(app: &AppHandle) -> tauri::Result<()> {
    if app.get_webview_window(CONSOLE).is_none() {
        open_console(app)?;
    }
    if app.get_webview_window(COUNTER).is_none() {
        open_counter(app)?;
    }
    focus_console(app);
    Ok(())
}

/// Brings the console to the front.
pub fn focus_console(app: &AppHandle) {
    if let Some(console) = app.get_webview_window(CONSOLE) {
        let shown = console.unminimize().and_then(|()| console.show()).and_then(|()| console.set_focus());
        if let Err(error) = shown {
            tracing::debug!(%error, "The console could not be brought to the front");
        }
    }
}

/// Brings the counter to the front, on this till if one is named; opens it where somebody had closed it.
pub fn show_counter(app: &AppHandle, till_id: Option<i64>) {
    if let Err(error) = counter_on(app, till_id) {
        tracing::warn!(%error, "The counter could not be shown");
    }
}

fn counter_on(app: &AppHandle, till_id: Option<i64>) -> tauri::Result<()> {
    if app.get_webview_window(COUNTER).is_none() {
        open_counter(app)?;
    }
    let Some(counter) = app.get_webview_window(COUNTER) else { return Ok(()) };
    if let Some(till_id) = till_id {
        let mut url = counter.url()?;
        url.set_path("/counter.html");
        url.set_query(Some(&format!("till={till_id}")));
        counter.navigate(url)?;
    }
    counter.unminimize()?;
    counter.show()?;
    counter.set_focus()
}

/// Makes a window full-screen, or gives it its frame back.
pub fn toggle_fullscreen(window: &WebviewWindow) {
    let changed = window.is_fullscreen().and_then(|full| window.set_fullscreen(!full));
    if let Err(error) = changed {
        tracing::warn!(%error, "The window does not change its size");
    }
}

fn open_console(app: &AppHandle) -> tauri::Result<()> {
    let (width, height) = fitting(app.primary_monitor()?.as_ref(), CONSOLE_SIZE, CONSOLE_SIZE_MIN);
    window(app, CONSOLE, "index.html", "Gerai")
        .inner_size(width, height)
        .min_inner_size(CONSOLE_SIZE_MIN.0, CONSOLE_SIZE_MIN.1)
        .build()?;
    Ok(())
}

fn open_counter(app: &AppHandle) -> tauri::Result<()> {
    let counter = window(app, COUNTER, "counter.html", "Gerai Counter")
        .inner_size(COUNTER_SIZE.0, COUNTER_SIZE.1)
        .min_inner_size(COUNTER_SIZE_MIN.0, COUNTER_SIZE_MIN.1);
    match second_monitor(app)? {
        Some(monitor) => {
            let corner: LogicalPosition<f64> = monitor.position().to_logical(monitor.scale_factor());
            counter.position(corner.x, corner.y).build()?.set_fullscreen(true)
        }
        None => counter.position(OFFSET, OFFSET).build().map(drop),
    }
}

fn window<'a>(
    app: &'a AppHandle,
    label: &str,
    page: &str,
    title: &str,
) -> WebviewWindowBuilder<'a, tauri::Wry, AppHandle> {
    WebviewWindowBuilder::new(app, label, WebviewUrl::App(page.into()))
        .title(title)
        .initialization_script(KEYS)
        .on_navigation(is_ours)
}

/// Windows show the program's own pages and nothing else.
fn is_ours(url: &Url) -> bool {
    let own = url.scheme() == "tauri" && url.host_str() == Some("localhost");
    own || matches!(url.scheme(), "http" | "https") && url.host_str() == Some("tauri.localhost")
}

/// The first monitor that is not the primary one.
fn second_monitor(app: &AppHandle) -> tauri::Result<Option<Monitor>> {
    let Some(primary) = app.primary_monitor()? else { return Ok(None) };
    Ok(app.available_monitors()?.into_iter().find(|monitor| monitor.position() != primary.position()))
}

/// The size wanted, or what the monitor has room for.
fn fitting(monitor: Option<&Monitor>, wanted: (f64, f64), least: (f64, f64)) -> (f64, f64) {
    let Some(monitor) = monitor else { return wanted };
    let room = monitor.size().to_logical::<f64>(monitor.scale_factor());
    (wanted.0.min(room.width).max(least.0), wanted.1.min(room.height).max(least.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_stay_on_the_programs_own_pages() {
        for url in ["tauri://localhost/index.html", "http://tauri.localhost/counter.html"] {
            assert!(is_ours(&url.parse().unwrap()), "{url}");
        }
        for url in [
            "https://example.com/",
            "http://localhost/",
            "file:///etc/passwd",
            "tauri://elsewhere/",
            "data:text/html,x",
        ] {
            assert!(!is_ours(&url.parse().unwrap()), "{url}");
        }
    }
}
