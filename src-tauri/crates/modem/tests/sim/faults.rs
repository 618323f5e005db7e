//! Each thing that can be made to go wrong, seen from the port.

use std::time::Duration;

use gerai_modem::sim::{Order, Plug, Registration, SimOptions, Simulator};

use crate::support::{Talk, options, start};

const MOMENT: Duration = Duration::from_millis(150);
const TO: &str = "+6281234567890";

fn ready(profile: &str) -> (Simulator, Talk) {
    let simulator = start(1, profile);
    let mut talk = Talk::open(&simulator, 0);
    talk.initialise();
    (simulator, talk)
}

fn order(simulator: &Simulator, order: Order) {
    simulator.modem(0).order(order).unwrap();
}

#[test]
fn mute_and_hang() {
    let (simulator, mut talk) = ready("generic");
    order(&simulator, Order::Mute(true));
    talk.write("AT\r");
    assert_eq!(talk.quiet(MOMENT), "");
    order(&simulator, Order::Mute(false));
    assert_eq!(talk.at("AT"), "\r\nOK\r\n");
    order(&simulator, Order::Hang(true));
    talk.write("AT\r");
    assert_eq!(talk.quiet(MOMENT), "");
    order(&simulator, Order::Hang(false));
    assert_eq!(talk.until("OK\r\n"), "\r\nOK\r\n", "what had come meanwhile is answered");
}

#[test]
fn garbage_and_a_storm() {
    let (simulator, mut talk) = ready("huawei");
    order(&simulator, Order::Garbage(300));
    assert!(talk.quiet(MOMENT).len() >= 300);
    order(&simulator, Order::Storm { count: 20, every_ms: 1 });
    assert!(talk.at("AT").contains("OK"));
    let mut seen = talk.quiet(MOMENT);
    order(&simulator, Order::Say("+CUSTOM: 1".to_owned()));
    seen += &talk.until("+CUSTOM: 1\r\n");
    assert!(seen.contains("^RSSI:17"));
}

#[test]
fn refused_submits() {
    let (simulator, mut talk) = ready("generic");
    order(&simulator, Order::Refuse { count: 1, code: 38 });
    talk.send(TO, false);
    talk.until("\r\n+CMS ERROR: 38\r\n");
    assert_eq!(simulator.sent(), 0);
    talk.send(TO, false);
    talk.until("\r\n+CMGS: 0\r\n\r\nOK\r\n");
    // A wrong length, and rubbish.
    talk.write("AT+CMGS=20\r");
    talk.until("> ");
    talk.write("0011000B\x1a");
    talk.until("+CMS ERROR: 304\r\n");
    assert_eq!(simulator.sent(), 1);
}

#[test]
fn lost_and_late_final_results() {
    let (simulator, mut talk) = ready("generic");
    order(&simulator, Order::LostFinal(1));
    talk.send(TO, false);
    assert_eq!(talk.quiet(MOMENT), "");
    assert_eq!((simulator.sent(), simulator.oracle(1)[0].final_us), (1, None));
    assert_eq!(talk.at("AT"), "\r\nOK\r\n");
    order(&simulator, Order::LateFinal { count: 1, ms: 300 });
    talk.send(TO, false);
    assert_eq!(talk.at("AT"), "\r\nOK\r\n", "it has gone on");
    talk.until("\r\n+CMGS: 1\r\n\r\nOK\r\n");
    assert!(simulator.oracle(2)[0].final_us.is_some());
}

#[test]
fn no_prompt_and_shifted_answers() {
    let (simulator, mut talk) = ready("generic");
    order(&simulator, Order::NoPrompt(1));
    talk.write("AT+CMGS=20\r");
    assert_eq!(talk.quiet(MOMENT), "");
    talk.write("\x1b");
    talk.until("OK\r\n");
    order(&simulator, Order::Shift(1));
    talk.write("AT+CSQ\r");
    assert_eq!(talk.quiet(MOMENT), "");
    talk.write("AT+CREG?\r");
    assert_eq!(talk.until("+CREG: 0,1"), "\r\n+CSQ: 20,99\r\n\r\nOK\r\n\r\n+CREG: 0,1");
}

#[test]
fn unplugged_at_a_byte() {
    let (simulator, mut talk) = ready("generic");
    order(&simulator, Order::UnplugAtInput(4));
    talk.write("AT+CSQ\r");
    assert!(talk.gone());
    assert_eq!(simulator.modem(0).port(), None);
    order(&simulator, Order::Replug { same: true });
    let mut talk = Talk::open(&simulator, 0);
    talk.write("ATE0\r");
    talk.until("OK\r\n");
    order(&simulator, Order::UnplugAtOutput(3));
    talk.write("AT\r");
    assert!(talk.gone());
    order(&simulator, Order::Replug { same: false });
    // Between Ctrl-Z and the final result: the message has gone out.
    let mut talk = Talk::open(&simulator, 0);
    talk.initialise();
    order(&simulator, Order::Delay(60_000));
    talk.send(TO, false);
    while simulator.sent() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    order(&simulator, Order::Unplug);
    assert!(talk.gone());
    assert_eq!(simulator.oracle(1)[0].final_us, None);
}

#[test]
fn a_locked_sim() {
    let (simulator, mut talk) = ready("generic");
    order(&simulator, Order::Pin(Some("1234".to_owned())));
    assert!(talk.at("AT+CPIN?").contains("+CPIN: SIM PIN"));
    assert!(talk.at("AT+CPINR").contains("+CPINR: SIM PIN,3,3"));
    assert!(talk.at("AT+CIMI").contains("+CME ERROR: 11"));
    for error in [16, 16, 12] {
        assert!(talk.at("AT+CPIN=\"0000\"").contains(&format!("+CME ERROR: {error}\r\n")));
    }
    assert!(talk.at("AT+CPIN?").contains("+CPIN: SIM PUK"));
    assert!(talk.at("AT+CPIN=\"12345678\",\"4321\"").ends_with("OK\r\n"));
    assert!(talk.at("AT+CPIN?").contains("READY"));
    order(&simulator, Order::RemoveCard);
    assert!(talk.at("AT+CPIN?").contains("+CME ERROR: 10"));
}

#[test]
fn another_sim() {
    let (simulator, mut talk) = ready("generic");
    let before = simulator.modem(0).iccid();
    order(&simulator, Order::SwapCard);
    talk.until("+CPIN: READY\r\n");
    assert_ne!(simulator.modem(0).iccid(), before);
    assert!(talk.at("AT+CCID").contains(&simulator.modem(0).iccid()));
}

#[test]
fn no_network() {
    let (simulator, mut talk) = ready("generic");
    talk.at("AT+CREG=1");
    order(&simulator, Order::Registration(Registration::Searching));
    talk.until("+CREG: 2\r\n");
    assert!(talk.at("AT+CMGS=20").contains("+CMS ERROR: 331"));
    order(&simulator, Order::Sms { from: TO.to_owned(), text: "tunggu".to_owned() });
    assert_eq!(simulator.modem(0).held(), (1, 0), "the network holds it");
    order(&simulator, Order::Registration(Registration::Roaming));
    talk.until("+CMT: ,");
}

#[test]
fn a_full_store() {
    let (simulator, mut talk) = ready("huawei");
    talk.at("AT+CNMI=2,1,0,2,0");
    order(&simulator, Order::Full(true));
    order(&simulator, Order::Sms { from: "TELKOMSEL".to_owned(), text: "Selamat datang".to_owned() });
    talk.until("^SMMEMFULL: \"SM\"");
    assert!(talk.at("AT+CPMS?").contains("\"SM\",20,20"));
    order(&simulator, Order::Full(false));
    talk.until("+CMTI: \"SM\",1\r\n");
    assert!(talk.at("AT+CMGR=1").contains("+CMGR: 0,,"));
    order(&simulator, Order::FailDelete(1));
    assert!(talk.at("AT+CMGD=1").contains("+CMS ERROR: 320"));
    assert!(talk.at("AT+CMGD=1").ends_with("OK\r\n"));
    assert!(talk.at("AT+CMGR=1").contains("+CMS ERROR: 321"));
}

#[test]
fn ussd_menus() {
    let (simulator, mut talk) = ready("simcom");
    talk.at("AT+CUSD=1,\"*888#\",15");
    assert!(talk.until("\",15\r\n").contains("+CUSD: 0,\"Sisa pulsa Anda Rp 26.500"));
    talk.at("AT+CUSD=1,\"*123#\",15");
    talk.until("+CUSD: 1,\"1. Cek pulsa\n");
    talk.at("AT+CUSD=1,\"2\",15");
    talk.until("+CUSD: 1,\"Paket internet");
    talk.at("AT+CUSD=2");
    talk.at("AT+CUSD=1,\"*9#\",15");
    talk.until("+CUSD: 4\r\n");
    order(&simulator, Order::Ussd { path: "*9#".to_owned(), state: 0, text: "Ya".to_owned() });
    talk.at("AT+CUSD=1,\"*9#\",15");
    talk.until("+CUSD: 0,\"Ya\",15\r\n");
    order(&simulator, Order::UssdPush("Promo".to_owned()));
    talk.until("+CUSD: 0,\"Promo\",15\r\n");
    order(&simulator, Order::Call { from: TO.to_owned(), rings: 1 });
    talk.until("RING\r\n");
}

#[test]
fn packed_ussd_of_huawei() {
    let (_simulator, mut talk) = ready("huawei");
    // *888# in packed septets (3GPP TS 23.038, section 6.1.2.3).
    assert!(talk.at("AT+CUSD=1,\"*888#\",15").contains("ERROR"));
    talk.at("AT+CUSD=1,\"2A1C0E3702\",15");
    let said = talk.until("\",15\r\n");
    assert!(said.contains("+CUSD: 0,\"D3"), "{said:?}");
}

#[test]
fn the_control_channel_and_the_log() {
    use std::io::{BufRead, BufReader, Write};

    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("air.jsonl");
    let simulator = Simulator::start(&SimOptions {
        control: Some("tcp:127.0.0.1:0".to_owned()),
        log: Some(log.clone()),
        log_text: false,
        plug: Plug::Tcp,
        ..options(2)
    })
    .unwrap();
    let mut talk = Talk::open(&simulator, 1);
    talk.initialise();
    talk.send(TO, false);
    talk.until("+CMGS: 0");
    let address = simulator.control().unwrap().trim_start_matches("tcp:").to_owned();
    let mut control = std::net::TcpStream::connect(address).unwrap();
    control.write_all(b"count\noracle 1\nmute 7 on\nmute * perhaps\nnonsense\nunplug 1\n").unwrap();
    let mut lines = BufReader::new(control).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "ok 1");
    let record: serde_json::Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
    assert_eq!((record["modem"].as_u64(), record["to"].as_str()), (Some(1), Some(TO)));
    assert!(record.get("text").is_none(), "texts are kept only when asked for");
    assert_eq!(lines.next().unwrap(), "ok 1");
    for _ in 0..3 {
        assert!(lines.next().unwrap().starts_with("error "));
    }
    assert_eq!(lines.next().unwrap(), "ok");
    assert!(talk.gone());
    let text = std::fs::read_to_string(log).unwrap();
    assert_eq!(text.lines().count(), 2, "when it left, and when the modem said so");
}

#[test]
fn the_announcement_follows_the_ports() {
    let folder = tempfile::tempdir().unwrap();
    let simulator =
        Simulator::start(&SimOptions { announce: Some(folder.path().to_owned()), ..options(2) }).unwrap();
    let read = || {
        let file = std::fs::read_dir(folder.path()).unwrap().next()?.unwrap().path();
        serde_json::from_slice::<gerai_modem::sim::Announcement>(&std::fs::read(file).unwrap()).ok()
    };
    let ports = |announced: gerai_modem::sim::Announcement| {
        announced.modems.into_iter().map(|modem| Some(modem.port)).collect::<Vec<_>>()
    };
    let both = [simulator.modem(0).port(), simulator.modem(1).port()];
    assert_eq!(ports(read().unwrap()), both);
    order(&simulator, Order::Unplug);
    let end = std::time::Instant::now() + Duration::from_secs(5);
    while read().map(ports).is_none_or(|ports| ports != both[1..]) {
        assert!(std::time::Instant::now() < end);
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(simulator);
    assert!(read_dir_is_empty(folder.path()), "removed at the end");
}

fn read_dir_is_empty(folder: &std::path::Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn an_exclusive_port_can_be_opened_again() {
    let (simulator, talk) = ready("generic");
    talk.lock();
    drop(talk);
    // The lock and the bytes of the last user must not stay: the port is made anew.
    std::thread::sleep(Duration::from_millis(200));
    let mut talk = Talk::open(&simulator, 0);
    assert_eq!(talk.at("ATE1"), "\r\nOK\r\n", "the settings stay as long as the power does");
}
