//! Marked secrets go into every field that takes or gives one, and into places where none belongs, while everything is
//! logged and the station crashes in the middle of a payment. Afterwards none is in logs, database, temporary files,
//! exports or the memory dump. What has to be in memory while it is in use is listed here, and in docs/security.md.

use std::time::Duration;

use serde_json::{Value, json};

use crate::marked::*;
use crate::run_with_secrets::{Place, Running, totp};
use crate::sought::{Find, Sought, files_below};
use crate::station::control;

/// Everything that is secret, in a run that gives all of it to the station.
struct Run {
    place: Place,
    sought: Sought,
}

impl Run {
    fn new() -> Self {
        Self { place: Place::new(PASSPHRASE), sought: everything() }
    }

    /// What the station made and gave out once.
    fn given(&mut self, name: &str, value: &Value) -> String {
        let text = value.as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned();
        self.sought.add(name, &text);
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        if plain != text && plain.len() >= 8 && text.len() < 100 {
            self.sought.add(name, &plain);
        }
        text
    }

    fn session(&mut self, name: &str, cookie: Option<String>) -> String {
        self.given(name, &json!(cookie))
    }

    /// People: everything they type, right, wrong, and in the wrong place. The owner's session.
    fn people(&mut self, station: &Running) -> String {
        let made = station.rpc(
            "owner.create",
            &json!({ "station_name": BAIT, "language": "id", "owner_name": "pemilik", "password": OWNER,
                     "till_name": "Kantin", "price": 5000, "readers_on_lan": false }),
            &[],
        );
        assert_eq!(made.status, 200, "{}", made.body);
        let first = self.session("first session", made.cookie);
        let changed = station.rpc(
            "session.change_password",
            &json!({ "old": OWNER, "new": OWNER_NEW }),
            &[("Cookie", &format!("gerai_session={first}"))],
        );
        assert_eq!(changed.status, 200, "{}", changed.body);
        let mut owner = changed.cookie.map_or(first, |cookie| self.session("second session", Some(cookie)));
        station.done(&owner, "session.set_pin", json!({ "password": OWNER_NEW, "pin": PIN }));
        station.done(&owner, "session.lock", json!({}));
        let cookie = format!("gerai_session={owner}");
        let wrong = station.rpc("session.unlock", &json!({ "pin": PIN_WRONG }), &[("Cookie", &cookie)]);
        assert_eq!(wrong.status, 401, "{}", wrong.body);
        let unlocked = station.rpc("session.unlock", &json!({ "pin": PIN }), &[("Cookie", &cookie)]);
        assert_eq!(unlocked.status, 200, "{}", unlocked.body);
        if unlocked.cookie.is_some() {
            owner = self.session("unlocked session", unlocked.cookie);
        }

        let begun = station.done(&owner, "totp.begin", json!({}));
        let secret = self.given("second factor", &begun["secret"]);
        let raw = data_encoding::BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).unwrap();
        self.sought.add_bytes("second factor", &raw);
        let now = station.done(&owner, "station.status", json!({}))["now_ms"].as_u64().unwrap();
        let code = totp(&secret, now);
        self.sought.add("code of the second factor", &format!("\"{code}\""));
        let cookie = format!("gerai_session={owner}");
        let confirmed = station.rpc(
            "totp.confirm",
            &json!({ "password": OWNER_NEW, "code": code }),
            &[("Cookie", &cookie)],
        );
        assert_eq!(confirmed.status, 200, "{}", confirmed.body);
        for code in confirmed.body["codes"].as_array().unwrap() {
            self.given("recovery code", code);
        }
        let code = confirmed.body["codes"][3].as_str().unwrap();
        let again = station.rpc(
            "session.sign_in",
            &json!({ "name": "pemilik", "password": OWNER_NEW, "code": code }),
            &[],
        );
        assert_eq!(again.status, 200, "{}", again.body);
        let owner = self.session("session with a recovery code", again.cookie);

        for (name, role, password, contact) in
            [("wakil", "administrator", ADMIN, MAIL), ("kasir", "cashier", CASHIER, PHONE)]
        {
            station.done(
                &owner,
                "operators.add",
                json!({ "name": name, "role": role, "password": password, "contact": contact }),
            );
        }
        let admin = station.rpc("session.sign_in", &json!({ "name": "wakil", "password": ADMIN }), &[]);
        assert_eq!(admin.status, 200, "{}", admin.body);
        let admin = self.session("administrator's session", admin.cookie);
        station.done(&admin, "session.change_password", json!({ "old": ADMIN, "new": ADMIN_NEW }));
        let (reset, said) = self.place.gerai(
            &["operator", "reset", "--name", "kasir", "--password-stdin"],
            &format!("{CASHIER_RESET}\n"),
        );
        assert!(reset, "{said}");
        owner
    }

    /// Secrets that the station makes for programs, tills and readers, and those it is told.
    fn things(&mut self, station: &Running, owner: &str) -> (String, String) {
        let file = station.done(owner, "recovery.make", json!({}));
        let text = file["text"].as_str().unwrap().to_owned();
        let line = text.lines().find_map(|line| line.trim().strip_prefix("Code:")).unwrap();
        let code = self.given("recovery file", &json!(line.trim()));
        let raw = data_encoding::BASE32_NOPAD.decode(code.replace('-', "").as_bytes()).unwrap();
        self.sought.add_bytes("recovery file", &raw);
        let token =
            station.done(owner, "tokens.issue", json!({ "name": "laporan", "role": "auditor", "hours": 5 }));
        let token = self.given("API token", &token["token"]);
        self.given("signature of the API token", &json!(token.rsplit('.').next()));
        let bearer = format!("Bearer {token}");
        let used = station.rpc("payments.list", &json!({}), &[("Authorization", &bearer)]);
        assert!(used.status != 401, "{}", used.body);

        let till = &station.done(owner, "tills.list", json!({}))[0]["id"].clone();
        let code = station.done(owner, "tills.pairing_code", json!({ "id": till }));
        let code = self.given("pairing code", &code["code"]);
        let paired = station.rpc("counter.pair", &json!({ "code": code }), &[]);
        assert_eq!(paired.status, 200, "{}", paired.body);
        let counter = self.session("counter's session", paired.cookie);
        station.done(&counter, "counter.switch", json!({ "name": "pemilik", "pin": PIN }));

        station.done(owner, "broker.set_password", json!({ "password": BROKER }));
        station.done(owner, "readers.add", json!({ "name": "lama", "kind": "legacy", "password": LEGACY }));
        let signed = station.done(owner, "readers.add", json!({ "name": "bertanda", "signed": true }));
        self.given("signed reader's password", &signed["password"]);
        let key = self.given("signed reader's key", &signed["key"]);
        let raw = data_encoding::HEXLOWER_PERMISSIVE.decode(key.as_bytes()).unwrap();
        self.sought.add_bytes("signed reader's key as bytes", &raw);
        let made = station.done(owner, "readers.add", json!({ "name": BAIT_READER }));
        let password = self.given("reader's password", &made["password"]);
        station.done(
            owner,
            "accounts.create",
            json!({ "request_id": "a-1", "name": "Siti", "nim": NIM, "uid": UID, "opening": 100_000 }),
        );
        (made["username"].as_str().unwrap().to_owned(), password)
    }

    /// Secrets where none belongs.
    fn in_wrong_places(&self, station: &Running) {
        let refused = |answer: crate::run_with_secrets::Answer| {
            assert!((400..500).contains(&answer.status), "{}: {}", answer.status, answer.body);
        };
        let wrong = json!({ "name": "pemilik", "password": WRONG });
        refused(station.rpc("session.sign_in", &wrong, &[]));
        refused(station.rpc("session.sign_in", &json!({ "name": AS_NAME, "password": WRONG }), &[]));
        refused(station.rpc("password.forgot", &json!({ "name": [AS_NAME] }), &[]));
        refused(station.rpc(
            "session.sign_in",
            &json!({ "name": "x", "password": { "p": IN_WRONG_FIELD } }),
            &[],
        ));
        refused(station.rpc("session.sign_in", &json!({ "name": 7, "password": IN_WRONG_FIELD }), &[]));
        refused(station.rpc("owner.create", &json!({ "price": IN_WRONG_FIELD }), &[]));
        refused(station.raw("/rpc/session.sign_in", &format!("{{\"password\":\"{IN_BROKEN_JSON}\""), &[]));
        refused(station.rpc(IN_PATH, &json!({}), &[]));
        refused(station.raw(&format!("/{IN_PATH}/?sandi={IN_QUERY}"), "{}", &[]));
        refused(station.raw(
            &format!("/rpc/session.touch?sandi={IN_QUERY}"),
            "{}",
            &[("X-Sandi", IN_HEADER)],
        ));
        refused(station.rpc("session.touch", &json!({}), &[("Origin", &format!("https://{IN_HEADER}"))]));
        refused(station.rpc(
            "session.touch",
            &json!({}),
            &[("Authorization", &format!("Basic {IN_HEADER}"))],
        ));
        let forged = format!("Bearer {IN_BEARER}.{IN_BEARER}.{IN_BEARER}");
        refused(station.rpc("session.current", &json!({}), &[("Authorization", &forged)]));
        let planted = format!("gerai_session={IN_COOKIE}");
        refused(station.rpc("session.current", &json!({}), &[("Cookie", &planted)]));
        let reset = json!({ "name": "kasir", "code": IN_RESET_CODE, "password": NEVER_SET });
        refused(station.rpc("password.reset", &reset, &[]));
        let file = format!("Station-ID: 00\nCode: {IN_RECOVERY_FILE}\nCheck: AAAA-AAAA\n");
        let recovery = json!({ "file": file, "name": "pencuri", "password": NEVER_SET });
        refused(station.rpc("recovery.use", &recovery, &[]));

        self.lines_for_the_control_socket();
        for input in [IN_STDIN.to_owned(), format!("{}\n{IN_STDIN}\n", "x".repeat(9))] {
            let (done, _) =
                self.place.gerai(&["operator", "add", "--name", "pemilik", "--password-stdin"], &input);
            assert!(!done, "the name is taken, or the password too short");
        }
        let (done, _) = self.place.gerai(&["config", "import", "-"], &format!("{{\"a\":\"{IN_STDIN}\"}}"));
        assert!(!done);
    }

    fn lines_for_the_control_socket(&self) {
        use std::io::{Read, Write};
        use std::os::unix::net::UnixStream;

        let data = self.place.path("data");
        let named = std::fs::read_to_string(data.join("control.path")).ok();
        let path = named.map_or_else(|| data.join("control.sock"), |text| text.trim().into());
        for line in [
            format!("{IN_SOCKET}\n"),
            format!("{{\"id\":1,\"command\":\"{IN_SOCKET}\",\"surface\":\"local\"}}\n"),
            format!("{{\"id\":1,\"command\":\"station.status\",\"surface\":\"{IN_SOCKET}\"}}\n"),
            format!(
                "{{\"id\":1,\"command\":\"session.current\",\"surface\":\"console\",\"session\":\"{IN_SOCKET}\"}}\n"
            ),
        ] {
            let mut socket = UnixStream::connect(&path).unwrap();
            socket.write_all(line.as_bytes()).unwrap();
            socket.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).unwrap();
            assert!(answer.contains("error"), "{answer}");
        }
        let shown = control(&data, "station.status", json!({}));
        assert_eq!(shown["station_name"], BAIT);
    }

    /// What was found where it should not be.
    fn leaks(&self, kind: Kind, files: &[std::path::PathBuf]) -> Vec<(Kind, Find)> {
        assert!(!files.is_empty(), "nothing to look into: {kind:?}");
        let allowed =
            |find: &Find| ALLOWED.iter().any(|(name, kinds, _)| *name == find.name && kinds.contains(&kind));
        let finds = self.sought.in_files(files);
        finds.into_iter().filter(|find| !allowed(find)).map(|find| (kind, find)).collect()
    }
}

/// Baits stand for each kind of place: what the search finds there it would find of secrets too.
fn bait_is_found(bait: &str, files: &[std::path::PathBuf]) -> bool {
    let mut sought = Sought::default();
    sought.add("bait", bait);
    !sought.in_files(files).is_empty()
}

/// Taps, right and wrong, over MQTT; the last one makes the station crash before it answers.
/// True if it got in.
fn over_mqtt(mqtt: u16, user: &str, password: &str, crash: bool) -> bool {
    use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut options = MqttOptions::new(format!("{user}-device"), "127.0.0.1", mqtt);
        options.set_credentials(user, password).set_keep_alive(Duration::from_secs(5));
        let (client, mut events) = AsyncClient::new(options, 16);
        if crash {
            let tap = json!({ "id": "crash-1", "uid": UID }).to_string();
            client.publish(format!("iot/v2/{user}/deduct"), QoS::AtLeastOnce, false, tap).await.unwrap();
        } else {
            for payload in [
                json!({ "id": "junk", "sandi": IN_PAYLOAD }).to_string(),
                json!({ "id": IN_PAYLOAD, "uid": [IN_PAYLOAD] }).to_string(),
                format!("{{\"uid\":\"{IN_PAYLOAD}"),
                format!("{IN_PAYLOAD} {IN_PAYLOAD}"),
            ] {
                client
                    .publish(format!("iot/v2/{user}/deduct"), QoS::AtLeastOnce, false, payload)
                    .await
                    .unwrap();
            }
        }
        let until = tokio::time::Instant::now() + Duration::from_secs(3);
        let mut let_in = false;
        while let Ok(Ok(event)) = tokio::time::timeout_at(until, events.poll()).await {
            let_in |= matches!(event, Event::Incoming(Packet::ConnAck(_)));
        }
        let_in
    })
}

#[test]
fn no_dump_is_written_unless_it_was_asked_for() {
    use std::os::unix::process::ExitStatusExt;

    let place = Place::new(PASSPHRASE);
    let status = Running::start_without_dumps(&place).abort();
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false), "{status}");
    assert!(files_below(&place.path("dump")).is_empty());
}

#[test]
fn no_secret_is_left_anywhere() {
    let mut run = Run::new();
    for port in ["http", "mqtt", "ws", "mqtts"] {
        // The first run starts the broker side anew, so its port has to be a named one.
        let number = if port == "mqtt" { crate::brokers::free_port() } else { 0 };
        run.place.prepare(&["config", "set", &format!("network.{port}_port"), &number.to_string()]);
    }
    // Four messages of junk come before the tap that it dies of.
    let station = Running::start(&run.place, "station-1.log", Some("before-ack:5"));
    let owner = run.people(&station);
    let (user, password) = run.things(&station, &owner);
    run.in_wrong_places(&station);
    let mqtt = station.mqtt;
    assert!(!over_mqtt(mqtt, &user, IN_CONNECT, false) && !over_mqtt(mqtt, IN_CONNECT, LEGACY, false));
    // The reader that may not be found in the dump leaves first: its password stays in the broker's read buffer until
    // the broker saw the end of the connection, and the crash must not overtake that.
    assert!(over_mqtt(mqtt, "lama", LEGACY, false) && over_mqtt(mqtt, &user, &password, false));
    let (dump, by) = station.crash(&run.place, || assert!(over_mqtt(mqtt, &user, &password, true)));
    println!("The dump was made by the {by:?}: {} bytes", std::fs::metadata(&dump).unwrap().len());

    let station = Running::start(&run.place, "station-2.log", None);
    let shown = station.done(&owner, "session.current", json!({}));
    assert_eq!(shown["operator"]["name"], "pemilik", "sessions outlive a crash");
    let exports = run.place.path("exports");
    let to = |name: &str| exports.join(name).display().to_string();
    run.place.must(&["audit", "export", "--to", &to("audit.jsonl")], "");
    run.place.must(&["config", "export", &to("config.json")], "");
    run.place.must(&["config", "export", "--mosquitto", &to("mosquitto")], "");
    run.place.must(&["ledger", "export", "--out", &to("ledger.csv")], "");
    run.place.must(&["ledger", "export", "--format", "json", "--out", &to("ledger.json")], "");
    let doctor = run.place.gerai(&["doctor"], "").1;
    run.place.plant("exports/doctor.json", doctor.as_bytes());

    let data_while_running = files_below(&run.place.path("data"));
    let names: Vec<_> = data_while_running.iter().filter_map(|file| file.file_name()?.to_str()).collect();
    for name in ["gerai.db", "gerai.db-wal", "gerai.db-shm", "vault.sealed"] {
        assert!(names.contains(&name), "{name} is missing: {names:?}");
    }
    run.place.plant("tmp/umpan", BAIT.as_bytes());
    let places = [
        (Kind::Log, files_below(&run.place.path("logs")), BAIT_READER),
        (Kind::Data, data_while_running, BAIT),
        (
            Kind::Temporary,
            [files_below(&run.place.path("tmp")), files_below(&run.place.path("home"))].concat(),
            BAIT,
        ),
        (Kind::Export, files_below(&exports), BAIT),
        (Kind::Dump, vec![dump], BAIT),
    ];
    let mut leaks = Vec::new();
    for (kind, files, bait) in &places {
        assert!(bait_is_found(bait, files), "{kind:?}: the search does not even find the bait in {files:?}");
        leaks.extend(run.leaks(*kind, files));
    }
    station.kill();
    leaks.extend(run.leaks(Kind::Data, &files_below(&run.place.path("data"))));
    if std::env::var_os("GERAI_KEEP_RUN").is_some() {
        run.place.keep();
    }
    let said: Vec<String> = leaks
        .iter()
        .map(|(kind, find)| {
            format!("{kind:?}: {} ({}) in {} at {}", find.name, find.form, find.place.display(), find.at)
        })
        .collect();
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), said.join("\n"));
}
