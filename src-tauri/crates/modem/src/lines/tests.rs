//! Decisions of the fleet, with lines that are only numbers.

use gerai_core::port::lines::{LineHealth, LineKey, LineReport};

use super::fleet::{Fleet, SILENT_MS, State};
use super::missing;
use crate::discovery::{Candidate, PortUse};

fn candidate(port: &str, device: &str, use_for: PortUse, surely_modem: bool) -> Candidate {
    Candidate {
        port: port.to_owned(),
        usb: String::new(),
        usb_serial: String::new(),
        product: String::new(),
        device: device.to_owned(),
        use_for,
        surely_modem,
        note: String::new(),
    }
}

fn report(imei: &str, iccid: &str, health: LineHealth) -> LineReport {
    let key = LineKey { imei: imei.to_owned(), iccid: iccid.to_owned() };
    LineReport { key, health, ..missing(String::new()) }
}

/// Plans, and lets every started line run; gives the ports that were started.
fn plan(fleet: &mut Fleet<u32>, found: &[Candidate], now_ms: u64) -> Vec<(String, u64)> {
    let (_, started) = fleet.plan(found, now_ms);
    for (one, _) in &started {
        fleet.slots.get_mut(&one.port).unwrap().handle = Some(1);
    }
    started.into_iter().map(|(one, generation)| (one.port, generation)).collect()
}

#[test]
fn one_port_of_a_device_at_a_time_and_the_next_when_it_is_silent() {
    let mut fleet = Fleet::new([].into());
    let found = [
        candidate("a2", "a", PortUse::Commands, true),
        candidate("a3", "a", PortUse::Dialler, true),
        candidate("a0", "a", PortUse::Other, true),
        candidate("b0", "b", PortUse::Unknown, false),
    ];
    assert_eq!(plan(&mut fleet, &found, 0), [("a2".to_owned(), 1)]);
    assert_eq!(fleet.next_change(), Some(SILENT_MS));
    assert_eq!(plan(&mut fleet, &found, SILENT_MS - 1), []);
    assert_eq!(plan(&mut fleet, &found, SILENT_MS), [("a3".to_owned(), 2)]);
    assert_eq!(fleet.slots["a2"].state, State::Silent);
    assert_eq!(plan(&mut fleet, &found, SILENT_MS * 9), [], "with nothing left to try it stays");
    assert_eq!(fleet.next_change(), None);
    assert!(!fleet.slots.contains_key("b0") && !fleet.slots.contains_key("a0"), "never opened unasked");
    fleet.allowed.insert("b0".to_owned());
    assert_eq!(plan(&mut fleet, &found, SILENT_MS * 9), [("b0".to_owned(), 3)]);
}

#[test]
fn a_modem_that_answered_is_not_taken_for_silent() {
    let mut fleet = Fleet::new([].into());
    let found = [candidate("a2", "a", PortUse::Commands, true), candidate("a3", "a", PortUse::Dialler, true)];
    plan(&mut fleet, &found, 0);
    assert_eq!(fleet.reported("a2", 1, report("1", "c", LineHealth::Ready)).reports.len(), 1);
    assert_eq!(plan(&mut fleet, &found, SILENT_MS * 2), []);
}

#[test]
fn the_last_word_of_the_old_port_does_not_hide_the_new_one() {
    let mut fleet = Fleet::new([].into());
    plan(&mut fleet, &[candidate("p0", "", PortUse::Commands, true)], 0);
    fleet.reported("p0", 1, report("1", "c", LineHealth::Ready));
    // Pulled and back before the line at the old port noticed.
    plan(&mut fleet, &[candidate("p1", "", PortUse::Commands, true)], 1);
    assert_eq!(fleet.reported("p1", 2, report("1", "c", LineHealth::Ready)).reports.len(), 1);
    assert_eq!(fleet.reported("p0", 1, report("1", "c", LineHealth::Absent)).reports, []);
    assert_eq!(fleet.line(&report("1", "c", LineHealth::Ready).key), Some(&1));
    // Gone from there, too: now it is.
    plan(&mut fleet, &[], 2);
    let last = fleet.reported("p1", 2, report("1", "c", LineHealth::Absent)).reports;
    assert_eq!(last.iter().map(|report| report.health).collect::<Vec<_>>(), [LineHealth::Absent]);
    assert_eq!(fleet.line(&report("1", "c", LineHealth::Ready).key), None);
}

#[test]
fn another_sim_after_a_restart_tells_that_the_old_one_is_gone() {
    let mut fleet = Fleet::new([].into());
    let found = [candidate("p0", "", PortUse::Commands, true)];
    plan(&mut fleet, &found, 0);
    fleet.reported("p0", 1, report("1", "c", LineHealth::Ready));
    assert_eq!(fleet.restart("1"), Some(1));
    assert_eq!(plan(&mut fleet, &found, 1), [("p0".to_owned(), 2)]);
    assert_eq!(fleet.reported("p0", 1, report("1", "c", LineHealth::Absent)).reports, [], "an older line");
    let off = fleet.reported("p0", 2, report("1", "", LineHealth::Off)).reports;
    assert_eq!(off.len(), 1);
    assert_eq!(off[0].key.iccid, "c", "switched off before it looked at its SIM");
    let told = fleet.reported("p0", 2, report("1", "d", LineHealth::Ready)).reports;
    let told: Vec<_> = told.iter().map(|report| (report.key.iccid.as_str(), report.health)).collect();
    assert_eq!(told, [("c", LineHealth::Absent), ("d", LineHealth::Ready)]);
}

#[test]
fn one_imei_at_two_ports() {
    let mut fleet = Fleet::new([].into());
    let found = ["p0", "p1", "p2"].map(|port| candidate(port, "", PortUse::Commands, true));
    plan(&mut fleet, &found, 0);
    fleet.reported("p0", 1, report("1", "c", LineHealth::Ready));
    let undecided = fleet.reported("p1", 2, report("1", "", LineHealth::Starting));
    assert!(undecided.ended.is_empty() || fleet.slots["p1"].state == State::Second("1".to_owned()));
    let second = fleet.reported("p1", 2, report("1", "c", LineHealth::Ready));
    assert_eq!(second.reports, [], "the same SIM: the same modem");
    assert_eq!(fleet.slots["p1"].state, State::Second("1".to_owned()));
    let rival = fleet.reported("p2", 3, report("1", "d", LineHealth::Ready));
    assert_eq!(rival.reports.iter().filter(|report| report.trouble.contains("IMEI")).count(), 2);
    assert_eq!(fleet.slots["p2"].state, State::Rival("1".to_owned()));
    // The rival goes: the trouble goes.
    let (outcome, _) = fleet.plan(&found[..2], 1);
    let told: Vec<_> =
        outcome.reports.iter().map(|r| (r.key.iccid.as_str(), r.health, r.trouble.is_empty())).collect();
    assert_eq!(told, [("d", LineHealth::Absent, true), ("c", LineHealth::Ready, true)]);
}
