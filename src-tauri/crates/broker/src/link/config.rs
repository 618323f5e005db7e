//! How the station's link reaches its broker. Plain settings and their check; the rustls configuration is made here
//! with ring named explicitly, so that no process-wide default is needed.

use std::sync::Arc;
use std::time::Duration;

use gerai_core::secret::Secret;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::acl::{LINK_TOPIC, is_prefix};
use crate::embedded::Embedded;
use crate::error::BrokerError;

/// A broker elsewhere that falls silent is noticed within three seconds.
const HEARTBEAT_EXTERNAL: Duration = Duration::from_secs(1);
/// The embedded broker lives in this process and closes its sockets when it ends: waking up for it is waste.
const HEARTBEAT_EMBEDDED: Duration = Duration::from_secs(60);

/// MQTT version of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// MQTT 5.0.
    V5,
    /// MQTT 3.1.1, for brokers that know nothing newer.
    V311,
}

/// Which certificates the link trusts.
#[derive(Debug, Clone)]
pub enum LinkTls {
    /// Only those signed by a certificate in this PEM text.
    Ca(Vec<u8>),
    /// Those that this machine trusts.
    Platform,
}

/// How the link reaches the broker. The session lives in the broker under `client_id`: keep it stable, and different
/// for each station.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// Host name or address; with TLS, the name in the broker's certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// MQTT version.
    pub protocol: Protocol,
    /// TLS, or `None` for plain TCP.
    pub tls: Option<LinkTls>,
    /// User name.
    pub username: String,
    /// Password.
    pub password: Secret<String>,
    /// Client id.
    pub client_id: String,
    /// First level(s) of all topics, such as `iot`.
    pub prefix: String,
    /// Take the sender from the property `x-mqtt-sender`. Only the embedded broker sets it and strips forged ones.
    pub trust_sender: bool,
    /// How long the station had been away when the link started, at most: what waits in the broker may be this old.
    pub away_ms: u64,
    /// How often the link looks whether the broker still answers; it is given up after three such times of silence.
    /// A broker that closes its connection is noticed at once, whatever this is.
    pub heartbeat: Duration,
}

impl LinkConfig {
    /// The link to the embedded broker of this process.
    #[must_use]
    pub fn embedded(broker: &Embedded, prefix: impl Into<String>) -> Self {
        let login = broker.station_login();
        let address = broker.loopback_addr();
        Self {
            host: address.ip().to_string(),
            port: address.port(),
            protocol: Protocol::V5,
            tls: None,
            username: login.user.clone(),
            password: login.password.clone(),
            client_id: "gerai-station".into(),
            prefix: prefix.into(),
            trust_sender: true,
            away_ms: 0,
            heartbeat: HEARTBEAT_EMBEDDED,
        }
    }

    /// A link to a broker elsewhere, without TLS; set `tls` and `away_ms` as needed.
    #[must_use]
    pub fn external(
        host: impl Into<String>,
        port: u16,
        protocol: Protocol,
        username: impl Into<String>,
        password: Secret<String>,
        client_id: impl Into<String>,
        prefix: impl Into<String>,
    ) -> Self {
        Self {
            host: host.into(),
            port,
            protocol,
            tls: None,
            username: username.into(),
            password,
            client_id: client_id.into(),
            prefix: prefix.into(),
            trust_sender: false,
            away_ms: 0,
            heartbeat: HEARTBEAT_EXTERNAL,
        }
    }

    pub(super) fn check(&self) -> Result<(), BrokerError> {
        let wrong = |setting, why: &str| Err(BrokerError::Setting { setting, why: why.into() });
        if self.host.is_empty() {
            return wrong("host", "it is empty");
        }
        if self.port == 0 {
            return wrong("port", "it is 0");
        }
        if self.heartbeat < Duration::from_millis(100) {
            return wrong("heartbeat", "it is below 100 ms");
        }
        if !is_prefix(&self.prefix) {
            return wrong("prefix", "it is not a topic prefix");
        }
        // It becomes a topic level, and 3.1.1 brokers need take no more than 23 bytes but all known ones do.
        let id = &self.client_id;
        if id.is_empty()
            || id.len() > 64
            || id.contains(['+', '#', '/', '\\'])
            || id.contains(char::is_control)
        {
            return wrong("client id", "it must have 1 to 64 characters and none of + # / \\");
        }
        Ok(())
    }

    /// The topics that the station hears; never `{prefix}/#`, which would bring its own answers back.
    pub(super) fn filters(&self) -> Vec<String> {
        let prefix = &self.prefix;
        vec![
            self.marker_topic(),
            format!("{prefix}/deduct"),
            format!("{prefix}/topup"),
            format!("{prefix}/v2/+/deduct"),
        ]
    }

    /// Where the link sends a message to itself to find the end of what was waiting.
    pub(super) fn marker_topic(&self) -> String {
        format!("{LINK_TOPIC}/{}", self.client_id)
    }

    pub(super) fn tls_config(&self) -> Result<Option<Arc<ClientConfig>>, BrokerError> {
        let Some(tls) = &self.tls else { return Ok(None) };
        let wrong = |why: String| BrokerError::Setting { setting: "TLS certificates", why };
        let mut roots = RootCertStore::empty();
        match tls {
            LinkTls::Ca(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem) {
                    let certificate = certificate.map_err(|e| wrong(format!("not PEM: {e}")))?;
                    roots.add(certificate).map_err(|e| wrong(e.to_string()))?;
                }
            }
            LinkTls::Platform => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err(wrong("there is none in it".into()));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| wrong(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Some(Arc::new(config)))
    }
}
