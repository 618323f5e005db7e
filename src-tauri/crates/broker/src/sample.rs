//! Configuration for brokers that others run: mosquitto and EMQX with the access rules of `acl`. Pure functions from
//! settings to text; `host` writes the files or shows them. Started and attacked in `tests/flows/mosquitto.rs`.
//! What these brokers can not do: refuse a device's last will on its own deduct topic (it may publish there anyway),
//! and tell the station which login sent a message on the shared topic.

use gerai_core::port::{DeviceKind, DeviceLogin};

use crate::acl::{LINK_TOPIC, is_device_name, is_prefix};

/// Where mosquitto finds the other exported files, and where it listens.
#[derive(Debug, Clone)]
pub struct MosquittoSettings {
    /// Port for MQTT over TCP.
    pub tcp_port: u16,
    /// Port for MQTT over WebSocket.
    pub ws_port: u16,
    /// Address to bind, such as `127.0.0.1` or `0.0.0.0`.
    pub bind: String,
    /// Path of the password file.
    pub password_file: String,
    /// Path of the ACL file.
    pub acl_file: String,
    /// Folder for mosquitto's database, ending in a slash.
    pub persistence_dir: String,
}

impl Default for MosquittoSettings {
    fn default() -> Self {
        Self {
            tcp_port: 1884,
            ws_port: 8080,
            bind: "127.0.0.1".into(),
            password_file: "/etc/mosquitto/gerai.passwd".into(),
            acl_file: "/etc/mosquitto/gerai.acl".into(),
            persistence_dir: "/var/lib/mosquitto/".into(),
        }
    }
}

/// `mosquitto.conf`.
#[must_use]
pub fn mosquitto_conf(settings: &MosquittoSettings) -> String {
    let MosquittoSettings { tcp_port, ws_port, bind, password_file, acl_file, persistence_dir } = settings;
    format!(
        "# Gerai: broker for card readers and the station.
per_listener_settings false
allow_anonymous false
password_file {password_file}
acl_file {acl_file}

listener {tcp_port} {bind}
protocol mqtt

listener {ws_port} {bind}
protocol websockets

# The default queue of 1,000 messages drops taps in a burst.
max_queued_messages 100000
max_inflight_messages 1024
# Without it, Nagle and delayed acknowledgements cost 40 ms a hop.
set_tcp_nodelay true
message_size_limit 65536
max_packet_size 131072
retain_available false

persistence true
persistence_location {persistence_dir}
autosave_interval 60
persistent_client_expiration 1d
"
    )
}

/// The ACL file of mosquitto: default deny, one block per login. Devices with unusable names get no block.
#[must_use]
pub fn mosquitto_acl(
    prefix: &str,
    station_user: &str,
    station_client_id: &str,
    devices: &[DeviceLogin],
) -> String {
    let mut acl =
        String::from("# Gerai: who may publish and read what. Whatever is not listed is refused.\n");
    if !is_prefix(prefix) {
        return acl;
    }
    let mut block = |user: &str, rules: &[(&str, String)]| {
        acl.push_str(&format!("\nuser {user}\n"));
        for (access, topic) in rules {
            acl.push_str(&format!("topic {access} {topic}\n"));
        }
    };
    if is_device_name(station_user) && is_device_name(station_client_id) {
        let link = format!("{LINK_TOPIC}/{station_client_id}");
        block(
            station_user,
            &[
                ("readwrite", format!("{prefix}/#")),
                ("readwrite", link.clone()),
                ("write", format!("{link}/beat")),
            ],
        );
    }
    for device in devices.iter().filter(|device| is_device_name(&device.name)) {
        let rules = rules_of(prefix, device);
        if !rules.is_empty() {
            block(&device.name, &rules);
        }
    }
    acl
}

/// One line of mosquitto's password file, from a hash as `mosquitto_passwd` writes it (`$7$…`, PBKDF2-SHA512).
/// `None` when the name or the hash can not stand there.
#[must_use]
pub fn mosquitto_passwd_line(name: &str, hash: &str) -> Option<String> {
    let clean = |text: &str| !text.contains(|c: char| c == ':' || c.is_control() || c.is_whitespace());
    (is_device_name(name) && clean(name) && clean(hash) && hash.starts_with("$7$"))
        .then(|| format!("{name}:{hash}\n"))
}

/// `acl.conf` of EMQX: default deny, one rule per login and direction.
#[must_use]
pub fn emqx_acl(
    prefix: &str,
    station_user: &str,
    station_client_id: &str,
    devices: &[DeviceLogin],
) -> String {
    let mut acl =
        String::from("%% Gerai: who may publish and read what. Whatever is not listed is refused.\n");
    let mut allow = |user: &str, action: &str, topics: &[String]| {
        if !topics.is_empty() {
            let (user, topics) = (erlang(user), topics.join(", "));
            acl.push_str(&format!("{{allow, {{user, {user}}}, {action}, [{topics}]}}.\n"));
        }
    };
    if is_prefix(prefix) && is_device_name(station_user) && is_device_name(station_client_id) {
        let link = format!("{LINK_TOPIC}/{station_client_id}");
        let heard = ["deduct", "topup", "v2/+/deduct", "#"].map(|leaf| exact(&format!("{prefix}/{leaf}")));
        let heard: Vec<String> = std::iter::once(exact(&link)).chain(heard).collect();
        allow(station_user, "subscribe", &heard);
        // Not `exact`: that would take the wildcard by its letter, which no publish has.
        let written =
            [format!("{prefix}/#"), link.clone(), format!("{link}/beat")].map(|topic| erlang(&topic));
        allow(station_user, "publish", &written);
    }
    for device in devices.iter().filter(|device| is_prefix(prefix) && is_device_name(&device.name)) {
        let rules = rules_of(prefix, device);
        for (access, action) in [("write", "{publish, [{retain, false}]}"), ("read", "subscribe")] {
            let topics = rules.iter().filter(|(what, _)| *what == access).map(|(_, topic)| exact(topic));
            allow(&device.name, action, &topics.collect::<Vec<_>>());
        }
    }
    acl.push_str("{deny, all}.\n");
    acl
}

/// What a device may write and read, as topics. The station's own rules are not here.
fn rules_of(prefix: &str, device: &DeviceLogin) -> Vec<(&'static str, String)> {
    let deduct = ("write", format!("{prefix}/deduct"));
    let read = [("read", format!("{prefix}/success")), ("read", format!("{prefix}/failed"))];
    let name = &device.name;
    match device.kind {
        DeviceKind::Reader => {
            let own = [
                ("write", format!("{prefix}/v2/{name}/deduct")),
                ("read", format!("{prefix}/v2/{name}/result")),
            ];
            std::iter::once(deduct).chain(read).chain(own).collect()
        }
        DeviceKind::LegacyShared => std::iter::once(deduct).chain(read).collect(),
        DeviceKind::Screen => read.into(),
        DeviceKind::Station => Vec::new(),
    }
}

/// A topic that EMQX matches letter by letter.
fn exact(topic: &str) -> String {
    format!("{{eq, {}}}", erlang(topic))
}

/// An Erlang string.
fn erlang(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices() -> Vec<DeviceLogin> {
        vec![
            DeviceLogin { name: "door-1".into(), kind: DeviceKind::Reader },
            DeviceLogin { name: "lama".into(), kind: DeviceKind::LegacyShared },
            DeviceLogin { name: "till".into(), kind: DeviceKind::Screen },
            DeviceLogin { name: "bad/#".into(), kind: DeviceKind::Reader },
        ]
    }

    #[test]
    fn mosquitto_gets_one_block_per_usable_login() {
        let want = "# Gerai: who may publish and read what. Whatever is not listed is refused.

user gerai
topic readwrite iot/#
topic readwrite gerai/link/s1
topic write gerai/link/s1/beat

user door-1
topic write iot/deduct
topic read iot/success
topic read iot/failed
topic write iot/v2/door-1/deduct
topic read iot/v2/door-1/result

user lama
topic write iot/deduct
topic read iot/success
topic read iot/failed

user till
topic read iot/success
topic read iot/failed
";
        assert_eq!(mosquitto_acl("iot", "gerai", "s1", &devices()), want);
    }

    #[test]
    fn emqx_gets_exact_topics_and_a_final_deny() {
        let want = r#"%% Gerai: who may publish and read what. Whatever is not listed is refused.
{allow, {user, "gerai"}, subscribe, [{eq, "gerai/link/s1"}, {eq, "iot/deduct"}, {eq, "iot/topup"}, {eq, "iot/v2/+/deduct"}, {eq, "iot/#"}]}.
{allow, {user, "gerai"}, publish, ["iot/#", "gerai/link/s1", "gerai/link/s1/beat"]}.
{allow, {user, "lama"}, {publish, [{retain, false}]}, [{eq, "iot/deduct"}]}.
{allow, {user, "lama"}, subscribe, [{eq, "iot/success"}, {eq, "iot/failed"}]}.
{deny, all}.
"#;
        assert_eq!(emqx_acl("iot", "gerai", "s1", &devices()[1..2]), want);
    }

    #[test]
    fn a_password_line_can_not_be_broken_out_of() {
        assert_eq!(mosquitto_passwd_line("r1", "$7$101$a$b").as_deref(), Some("r1:$7$101$a$b\n"));
        for (name, hash) in
            [("r:1", "$7$x"), ("r 1", "$7$x"), ("r1", "$7$x\nroot:$7$y"), ("r1", "plain"), ("", "$7$x")]
        {
            assert_eq!(mosquitto_passwd_line(name, hash), None, "{name:?}");
        }
    }
}
