//! Gerai's HTTP: the contract as `POST /rpc/<command>`, live events as `GET /events`, the screens themselves, and the door for
//! phones that read stoves.
//! A thin adapter: who may do what is decided in `gerai_app::contract`; here is only what HTTP adds to it (sessions as
//! cookies, the guard against other sites' pages, limits against slow or greedy clients). `host` starts it.

mod authority;
mod connection;
mod cookie;
mod counter_image;
mod error;
mod events;
mod frame;
mod guard;
mod limits;
mod listen;
pub mod live;
mod phones;
mod refusals;
mod rpc;
mod screens;
mod server;

pub use authority::{Authority, Face};
pub use error::WebError;
pub use server::{Server, WebConfig};
