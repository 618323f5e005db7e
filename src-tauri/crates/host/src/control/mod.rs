//! The control socket: how the command line and the desktop talk to the station that runs on their data folder. It lives
//! in that folder and answers to the user who owns it, nobody else.
//!
//! Newline-delimited JSON. A request `{"id":1,"command":"accounts.list","args":{…},"surface":"local","session":null}`
//! is answered by `{"id":1,"ok":…}` or `{"id":1,"error":{…}}`, with `"session_change"` where the command made one.
//! `{"id":2,"subscribe":true,…}` is answered and followed by lines `{"event":…}` until the listener may listen no more.

mod client;
mod door;
mod place;
mod server;
mod wire;

pub use client::{ControlClient, EventStream};
pub use door::{Answer, Door, Events};
pub use server::Server;

/// What the desktop needs to say who its windows are.
pub use gerai_core::secret::Secret;
pub use gerai_web::live::Identity;
