//! Raw requests and answers, over TCP and over TLS.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use gerai_web::{Authority, Face};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Nothing here takes this long unless it hangs.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Sends bytes, gives back everything that comes until the server closes (the requests say `Connection: close`).
pub async fn say(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> String {
    // The server may hang up in the middle of something it does not want.
    let _ = stream.write_all(request).await;
    let _ = stream.flush().await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer));
    let _ = read.await.expect("the server answers");
    String::from_utf8_lossy(&answer).into_owned()
}

pub async fn plain(addr: SocketAddr, request: &str) -> String {
    say(TcpStream::connect(addr).await.unwrap(), request.as_bytes()).await
}

pub fn status(answer: &str) -> u16 {
    let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    code.unwrap_or_else(|| panic!("no status in {answer:?}"))
}

/// The value of a header of an answer.
pub fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    head.lines()
        .find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)))
        .map(|(_, value)| value)
}

pub fn get(target: &str, host: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

pub fn rpc(command: &str, host: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /rpc/{command} HTTP/1.1\r\nHost: {host}\r\nX-Gerai-Request: 1\r\nContent-Type: application/json\r\n\
         {headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

pub const OWNER: &str = r#"{"station_name":"Kantin","language":"id","owner_name":"ibu ani","password":"rahasia panjang",
    "till_name":"Meja 1","price":5000,"readers_on_lan":false}"#;

/// An address of this machine that is not the loopback one; a machine without a network has none.
pub fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let found = socket.local_addr().ok().map(|addr| addr.ip()).filter(|ip| !ip.is_loopback());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "this machine has no address besides the loopback one");
        eprintln!("skipped: this machine has no address besides the loopback one");
    }
    found
}

/// An authority for one test.
pub struct TestAuthority {
    issuer: Issuer<'static, KeyPair>,
    pub der: CertificateDer<'static>,
    pub pem: String,
}

impl TestAuthority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Self { issuer: Issuer::new(params, key), der, pem }
    }

    /// A face for these names, signed by this authority.
    pub fn face(&self, names: &[&str]) -> Arc<Face> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(names.clone()).unwrap().signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key)
                .unwrap();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let authority = Authority { pem: self.pem.clone(), sha256: "ab".repeat(32) };
        Arc::new(Face { config: Arc::new(config), names, authority: Some(authority) })
    }

    /// Connects as a browser that trusts this authority.
    pub async fn connect(&self, addr: SocketAddr, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let mut config =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let stream = TcpStream::connect(addr).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    pub async fn ask(&self, addr: SocketAddr, name: &str, request: &str) -> String {
        say(self.connect(addr, name).await.unwrap(), request.as_bytes()).await
    }
}
