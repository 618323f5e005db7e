//! x
use gerai_core::port::{BoxFuture, VirtualReader, VirtualTap};
use gerai_core::secret::Secret;
/// x
pub struct TcpVirtualReader {
    host: String,
    port: u16,
    prefix: String,
}
impl TcpVirtualReader {
    /// x
    pub fn new(host: impl Into<String>, port: u16, prefix: impl Into<String>) -> Self {
        Self { host: host.into(), port, prefix: prefix.into() }
    }
}
impl VirtualReader for TcpVirtualReader {
    fn tap(&self, _: &str, _: Secret<String>, _: &str, _: Vec<u8>) -> BoxFuture<'static, VirtualTap> {
        let _ = (&self.host, self.port, &self.prefix);
        Box::pin(async { VirtualTap::Silent })
    }
}
