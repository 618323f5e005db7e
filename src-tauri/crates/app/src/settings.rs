//! What the settings document means: reading the stored one, and which values can be.

use gerai_core::address::{HostPort, WebAddress};
use gerai_core::tap::wire::is_topic_prefix;

use crate::contract::{ApiError, BrokerMode, ClockSettings, Settings};

/// Reads the stored document; the defaults where none is stored.
pub(crate) fn read(stored: Option<(i64, String)>) -> Result<(i64, Settings), String> {
    match stored {
        None => Ok((0, Settings::default())),
        Some((version, document)) => serde_json::from_str(&document)
            .map(|settings| (version, settings))
            .map_err(|error| error.to_string()),
    }
}

/// Refuses a document with a value that cannot be, naming the field.
pub(crate) fn check(settings: &Settings) -> Result<(), ApiError> {
    let payments = &settings.payments;
    within("station.name", settings.station.name.chars().count() as i64, 0, 60)?;
    if !is_topic_prefix(&payments.topic_prefix) {
        return Err(ApiError::invalid(
            "payments.topic_prefix",
            format!("`{}` cannot be the first level of a topic", payments.topic_prefix),
            "Use 1 to 32 letters, digits, `.`, `_` or `-`; the original system uses `iot`.",
        ));
    }
    within("payments.double_tap_seconds", payments.double_tap_seconds, 0, 60)?;
    within("payments.max_per_tap", payments.max_per_tap, 1, 100_000_000)?;
    within("payments.max_per_day", payments.max_per_day, 1, 1_000_000_000)?;
    within("payments.max_balance", payments.max_balance, 1, 1_000_000_000)?;
    within("payments.arm_seconds", payments.arm_seconds, 10, 600)?;
    within("counter.result_seconds", settings.counter.result_seconds, 3, 10)?;
    within("counter.volume", settings.counter.volume, 0, 100)?;
    within("counter.image_seconds", settings.counter.image_seconds, 5, 60)?;
    for (field, minutes) in
        [("counter.quiet_from", settings.counter.quiet_from), ("counter.quiet_to", settings.counter.quiet_to)]
    {
        if let Some(minutes) = minutes {
            within(field, minutes, 0, 1_439)?;
        }
    }
    let security = &settings.security;
    within("security.idle_lock_minutes", security.idle_lock_minutes, 0, 240)?;
    within("security.session_hours", security.session_hours, 1, 72)?;
    within("security.two_person_above", security.two_person_above, 0, 1_000_000_000)?;
    within("security.approval_hours", security.approval_hours, 1, 168)?;
    crate::sms::check::sms(&settings.sms)?;
    crate::stove::bounds::check(&settings.stove)?;
    check_network(settings)?;
    check_clock(&settings.clock)
}

fn check_network(settings: &Settings) -> Result<(), ApiError> {
    let (broker, network) = (&settings.broker, &settings.network);
    if broker.mode == BrokerMode::External && (broker.host.trim().is_empty() || broker.port == 0) {
        return Err(ApiError::invalid(
            "broker.host",
            "an external broker needs a host and a port",
            "Type both.",
        ));
    }
    if broker.mode == BrokerMode::External && broker.client_id.trim().is_empty() {
        return Err(ApiError::invalid(
            "broker.client_id",
            "without a client id the broker keeps nothing while the station is away",
            "Type a name that no other client of this broker uses.",
        ));
    }
    if network.tls_cert_file.is_empty() != network.tls_key_file.is_empty() {
        return Err(ApiError::invalid(
            "network.tls_key_file",
            "TLS needs a certificate and its private key",
            "Name both files, or neither.",
        ));
    }
    let ports = [network.http_port, network.mqtt_port, network.ws_port, network.mqtts_port];
    for (place, port) in ports.iter().enumerate() {
        if *port != 0 && ports[..place].contains(port) {
            return Err(ApiError::invalid(
                "network",
                format!("port {port} is used twice"),
                "Give each service a port of its own.",
            ));
        }
    }
    Ok(())
}

fn check_clock(clock: &ClockSettings) -> Result<(), ApiError> {
    if !clock.http_url.is_empty() && WebAddress::parse(&clock.http_url).is_none() {
        return Err(ApiError::invalid(
            "clock.http_url",
            format!("`{}` is not a web address", clock.http_url),
            "Type it with http:// or https://, without a user name, at most 253 characters; or leave it empty.",
        ));
    }
    if !clock.ntp_server.is_empty() && HostPort::parse(&clock.ntp_server, 123).is_none() {
        return Err(ApiError::invalid(
            "clock.ntp_server",
            format!("`{}` is not the address of a server", clock.ntp_server),
            "Type a name or an address, with :port if it is not 123; or leave it empty.",
        ));
    }
    Ok(())
}

fn within(field: &str, value: i64, low: i64, high: i64) -> Result<(), ApiError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(ApiError::invalid(
        field,
        format!("{value} is not between {low} and {high}"),
        "Choose a value in that range.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_be() {
        check(&Settings::default()).unwrap();
    }

    #[test]
    fn a_wrong_value_is_named() {
        let mut settings = Settings::default();
        settings.payments.topic_prefix = "iot/#".to_owned();
        assert_eq!(check(&settings).unwrap_err().field.as_deref(), Some("payments.topic_prefix"));
        let mut settings = Settings::default();
        settings.network.ws_port = settings.network.mqtt_port;
        assert_eq!(check(&settings).unwrap_err().field.as_deref(), Some("network"));
        let mut settings = Settings::default();
        settings.counter.result_seconds = 11;
        assert_eq!(check(&settings).unwrap_err().field.as_deref(), Some("counter.result_seconds"));
        for seconds in [4, 61] {
            let mut settings = Settings::default();
            settings.counter.image_seconds = seconds;
            assert_eq!(check(&settings).unwrap_err().field.as_deref(), Some("counter.image_seconds"));
        }
        for (url, server, field) in [
            ("www.example", "", "clock.http_url"),
            ("http://a/\r\nX: y", "", "clock.http_url"),
            ("", "ntp://a", "clock.ntp_server"),
            ("", "a:0", "clock.ntp_server"),
        ] {
            let mut settings = Settings::default();
            settings.clock.http_url = url.to_owned();
            settings.clock.ntp_server = server.to_owned();
            assert_eq!(check(&settings).unwrap_err().field.as_deref(), Some(field), "{url} {server}");
        }
        let mut settings = Settings::default();
        settings.clock.http_url = "https://www.example/".to_owned();
        settings.clock.ntp_server = "pool.ntp.org".to_owned();
        check(&settings).unwrap();
    }

    #[test]
    fn unknown_fields_of_a_stored_document_are_named() {
        assert!(read(Some((1, r#"{"station":{"nome":"x"}}"#.to_owned()))).unwrap_err().contains("nome"));
        assert_eq!(read(Some((4, "{}".to_owned()))).unwrap(), (4, Settings::default()));
    }
}
