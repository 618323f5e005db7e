//! The station's lines on simulated modems: found, used, lost, found again.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

mod support;

use gerai_core::port::lines::{InboundContent, LineHealth, LineSetup, Lines, Scope, Submitted};
use gerai_core::secret::Secret;
use gerai_modem::sim::{Order, profiles};
use support::{Bench, part, wait};

#[test]
fn modems_of_every_make_are_found_and_send() {
    let names: Vec<&str> = profiles().collect();
    let bench = Bench::start(names.len(), &names);
    for (modem, name) in names.iter().enumerate() {
        let key = bench.ready(modem);
        assert_eq!(key.iccid, bench.simulator.modem(modem).iccid(), "{name}");
        let sent = wait(bench.modems.submit(&key, part("+6281234567890", name), 7));
        assert_eq!(sent, Submitted::Sent { reference: 0 }, "{name}");
    }
    let texts: Vec<String> = bench.simulator.oracle(0).into_iter().filter_map(|record| record.text).collect();
    assert_eq!(texts, names);
}

#[test]
fn a_message_between_two_lines_comes_in_and_is_reported() {
    let bench = Bench::start(2, &["huawei", "wavecom"]);
    let keys = [bench.ready(0), bench.ready(1)];
    for (from, to) in [(0, 1), (1, 0)] {
        let number = bench.simulator.modem(to).msisdn();
        let sent = wait(bench.modems.submit(&keys[from], part(&number, "Halo – 你好"), 1));
        assert!(matches!(sent, Submitted::Sent { .. }), "{sent:?}");
        let sender = bench.simulator.modem(from).msisdn();
        let message = |content: &InboundContent| match content {
            InboundContent::Deliver { sender: by, text, .. } => {
                *by == sender && text.expose() == "Halo – 你好"
            }
            InboundContent::Report { .. } | InboundContent::Unreadable { .. } => false,
        };
        bench.door.wait("the message", |seen| {
            seen.inbound.iter().find(|one| one.key == keys[to] && message(&one.content)).map(|_| ())
        });
        bench.door.wait("the report", |seen| {
            let report =
                |content: &InboundContent| matches!(content, InboundContent::Report { status: 0, .. });
            seen.inbound.iter().find(|one| one.key == keys[from] && report(&one.content)).map(|_| ())
        });
    }
}

#[test]
fn a_modem_is_found_again_at_another_port() {
    let bench = Bench::start(2, &["generic"]);
    let key = bench.ready(0);
    bench.ready(1);
    let sim = bench.simulator.modem(0);
    sim.order(Order::Unplug).unwrap();
    bench.door.wait("absence", |seen| (seen.last(&key.imei)?.health == LineHealth::Absent).then_some(()));
    let refused = wait(bench.modems.submit(&key, part("+6281234567890", "x"), 1));
    assert!(matches!(refused, Submitted::Refused { scope: Scope::Line, temporary: true, .. }), "{refused:?}");
    sim.order(Order::Replug { same: false }).unwrap();
    assert_eq!(bench.ready(0), key);
    let sent = wait(bench.modems.submit(&key, part("+6281234567890", "x"), 1));
    assert!(matches!(sent, Submitted::Sent { .. }), "{sent:?}");
}

#[test]
fn two_modems_with_one_imei_are_both_told_of() {
    let bench = Bench::start(2, &["generic"]);
    let key = bench.ready(0);
    bench.ready(1);
    let other = bench.simulator.modem(1);
    other.order(Order::Unplug).unwrap();
    other.order(Order::Imei(key.imei.clone())).unwrap();
    other.order(Order::Replug { same: false }).unwrap();
    let iccid = other.iccid();
    bench.door.wait("trouble on both", |seen| {
        let last =
            |iccid: &str| seen.reports.iter().rev().find(|r| r.key.imei == key.imei && r.key.iccid == iccid);
        let (used, unused) = (last(&key.iccid)?, last(&iccid)?);
        (used.health == LineHealth::Ready
            && used.trouble.contains("IMEI")
            && unused.health == LineHealth::Quarantined
            && unused.trouble.contains("IMEI"))
        .then_some(())
    });
    // Without the first the other one is used.
    bench.simulator.modem(0).order(Order::Unplug).unwrap();
    assert_eq!(bench.ready(1).iccid, iccid);
}

#[test]
fn a_second_port_of_a_modem_is_left_alone() {
    let bench = Bench::start(2, &["generic"]);
    let key = bench.ready(0);
    bench.ready(1);
    let other = bench.simulator.modem(1);
    other.order(Order::Unplug).unwrap();
    other.order(Order::Imei(key.imei.clone())).unwrap();
    other.order(Order::Card(1)).unwrap();
    assert_eq!(other.iccid(), key.iccid);
    other.order(Order::Replug { same: false }).unwrap();
    let port = other.port().unwrap();
    let look = || wait(bench.modems.detect(Vec::new())).into_iter().find(|one| one.port == port);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !look().is_some_and(|found| found.note.contains("already in use")) {
        assert!(std::time::Instant::now() < end, "{:?}", look());
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let sent = wait(bench.modems.submit(&key, part("+6281234567890", "x"), 1));
    assert!(matches!(sent, Submitted::Sent { .. }), "{sent:?}");
    assert_eq!(bench.simulator.oracle(0)[0].modem, 0);
}

#[test]
fn only_lines_whose_setup_changed_are_opened_anew() {
    let bench = Bench::start(2, &["generic"]);
    let keys = [bench.ready(0), bench.ready(1)];
    let setup = |imei: &str, active, pin: Option<&str>| LineSetup {
        imei: imei.to_owned(),
        active,
        pin: pin.map(|pin| Secret::new(pin.to_owned())),
        smsc: String::new(),
        baud: 0,
        parity: "none".to_owned(),
        data_bits: 8,
        stop_bits: 1,
        init: Vec::new(),
    };
    bench.modems.configure(vec![setup(&keys[0].imei, true, None), setup(&keys[1].imei, false, None)]);
    bench
        .door
        .wait("switched off", |seen| (seen.last(&keys[1].imei)?.health == LineHealth::Off).then_some(()));
    bench.ready(0);
    let before = bench.door.seen.lock().unwrap().reports.iter().filter(|r| r.key == keys[0]).count();
    bench.modems.configure(vec![setup(&keys[0].imei, true, None), setup(&keys[1].imei, true, None)]);
    bench.ready(1);
    let after = bench.door.seen.lock().unwrap().reports.iter().filter(|r| r.key == keys[0]).count();
    assert_eq!(before, after, "the other line was not touched");
}

#[test]
fn a_modem_that_is_set_up_and_missing_is_told_of() {
    let bench = Bench::start(1, &["generic"]);
    bench.modems.configure(vec![LineSetup {
        imei: "350000000099990".to_owned(),
        active: true,
        pin: None,
        smsc: String::new(),
        baud: 0,
        parity: "none".to_owned(),
        data_bits: 8,
        stop_bits: 1,
        init: Vec::new(),
    }]);
    bench.door.wait("absence", |seen| {
        seen.reports
            .iter()
            .find(|r| r.key.imei == "350000000099990" && r.health == LineHealth::Absent)
            .map(|_| ())
    });
}

#[test]
fn ptys_that_no_simulator_announced_are_never_opened() {
    let bench = Bench::start(1, &["generic"]);
    bench.ready(0);
    let (master, name) = foreign_pty();
    // An announcement of a process that lives no more names it, and so does one in a wrong form.
    let dead = format!(r#"{{"pid":4194304,"started":1,"modems":[{{"port":"{name}","profile":"generic"}}]}}"#);
    std::fs::write(bench.folder.path().join("dead.json"), dead).unwrap();
    std::fs::write(bench.folder.path().join("wrong.json"), format!("[\"{name}\"]")).unwrap();
    // A new simulator makes the station look again.
    let more = support::sim_options(1, bench.folder.path().to_owned());
    let more = gerai_modem::sim::SimOptions { first: 50, ..more };
    let second = gerai_modem::sim::Simulator::start(&more).unwrap();
    let imei = second.modem(0).imei();
    bench.door.wait("the new one", |seen| (seen.last(&imei)?.health == LineHealth::Ready).then_some(()));
    let mut buffer = [0_u8; 16];
    let read = rustix::io::read(&master, &mut buffer);
    assert_eq!(read, Err(rustix::io::Errno::AGAIN), "nobody has opened it or sent anything");
}

fn foreign_pty() -> (rustix::fd::OwnedFd, String) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    rustix::io::ioctl_fionbio(&master, true).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    (master, name)
}

#[test]
fn sixty_four_at_once() {
    let bench = Bench::start(64, &["huawei", "zte", "quectel", "generic"]);
    let keys: Vec<_> = (0..64).map(|modem| bench.ready(modem)).collect();
    let sending: Vec<_> =
        keys.iter().map(|key| bench.modems.submit(key, part("+6281234567890", "satu"), 1)).collect();
    for sent in sending {
        assert_eq!(wait(sent), Submitted::Sent { reference: 0 });
    }
    assert_eq!(bench.simulator.sent(), 64);
}
