//! x
mod config;
use crate::error::BrokerError;
pub use config::{LinkConfig, LinkTls, Protocol};
use gerai_core::port::{BoxFuture, PublishError, Publisher, TapDoor};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
/// x
#[derive(Clone)]
pub struct Link;
impl Link {
    /// x
    pub fn start(_: LinkConfig, _: Arc<dyn TapDoor>, _: CancellationToken) -> Result<Self, BrokerError> {
        Ok(Self)
    }
    /// x
    pub fn is_up(&self) -> bool {
        false
    }
    /// x
    pub async fn stopped(&self) {}
}
impl Publisher for Link {
    fn publish(&self, _: &str, _: Vec<u8>) -> BoxFuture<'static, Result<(), PublishError>> {
        Box::pin(async { Err(PublishError::LinkDown) })
    }
}
