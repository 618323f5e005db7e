//! Commands about short messages (3GPP TS 27.005), PDU mode only: that is all a station uses.

use super::at::{Ask, End, arguments};
use super::commands::number;
use super::modem::{Modem, Routing};
use super::net::Net;
use super::storage::Stat;
use super::submit;

/// Runs a command; `None`: not one of these.
pub(super) fn run(modem: &mut Modem, name: &str, ask: Ask<'_>, net: &mut Net) -> Option<End> {
    let end = match (name, ask) {
        ("+CMGS", Ask::Set(length)) => match submit::command(modem, length, net) {
            Ok(()) => End::Prompt,
            Err(code) => End::Cms(code),
        },
        ("+CMGL" | "+CMGR" | "+CMGD" | "+CPMS" | "+CSCA", _) if !modem.sim_ready() => {
            End::Cms(if modem.card.is_none() { 310 } else { 311 })
        }
        ("+CMGL" | "+CPMS" | "+CSCA", _) if modem.sim_busy_until.is_some_and(|until| net.now < until) => {
            End::Cms(314)
        }
        ("+CMGL", Ask::Set(stat)) => list(modem, stat.trim()),
        ("+CMGL", Ask::Do) => list(modem, "0"),
        ("+CMGR", Ask::Set(index)) => read(modem, index.trim()),
        ("+CMGD", Ask::Set(text)) => {
            let end = delete(modem, &arguments(text));
            modem.pump(net);
            end
        }
        ("+CMGF", Ask::Set(n)) => number(n, 1, |n| modem.set.pdu_mode = n == 0),
        ("+CMGF", Ask::Read) => said(modem, &format!("+CMGF: {}", u8::from(!modem.set.pdu_mode))),
        ("+CMGF", Ask::Test) => said(modem, "+CMGF: (0,1)"),
        ("+CSMS", Ask::Set(n)) if modem.profile.csms => match number(n, 1, |n| modem.set.csms = n) {
            End::Ok => said(modem, "+CSMS: 1,1,1"),
            other => other,
        },
        ("+CSMS", Ask::Read) => {
            let csms = modem.set.csms;
            said(modem, &format!("+CSMS: {csms},1,1,1"))
        }
        ("+CNMI", Ask::Set(text)) => {
            let end = route(modem, &arguments(text));
            modem.pump(net);
            end
        }
        ("+CNMI", Ask::Read) => {
            let Routing { mode, mt, bm, ds, bfr } = modem.set.routing;
            said(modem, &format!("+CNMI: {mode},{mt},{bm},{ds},{bfr}"))
        }
        ("+CNMI", Ask::Test) => said(modem, "+CNMI: (0-3),(0-3),(0,2,3),(0-2),(0,1)"),
        ("+CNMA", Ask::Do | Ask::Set("0" | "1")) => {
            modem.acknowledge(true, net).map_or_else(End::Cms, |()| End::Ok)
        }
        ("+CNMA", Ask::Set("2")) => modem.acknowledge(false, net).map_or_else(End::Cms, |()| End::Ok),
        ("+CMMS", Ask::Set(n)) => number(n, 2, |n| modem.set.cmms = n),
        ("+CMMS", Ask::Read) => said(modem, &format!("+CMMS: {}", modem.set.cmms)),
        ("+CPMS", ask) => memories(modem, ask, net),
        ("+CSCA", Ask::Read) => {
            let kind = if modem.smsc.starts_with('+') { 145 } else { 129 };
            said(modem, &format!("+CSCA: \"{}\",{kind}", modem.smsc))
        }
        ("+CSCA", Ask::Set(text)) => {
            modem.smsc = arguments(text).swap_remove(0);
            End::Ok
        }
        ("+CSMP" | "+CSDH" | "+CGSMS", Ask::Set(_)) => End::Ok,
        _ => return None,
    };
    Some(end)
}

fn said(modem: &mut Modem, line: &str) -> End {
    modem.reply(line);
    End::Ok
}

fn route(modem: &mut Modem, arguments: &[String]) -> End {
    let mut routing = modem.set.routing;
    let fields = [&mut routing.mode, &mut routing.mt, &mut routing.bm, &mut routing.ds, &mut routing.bfr];
    for ((field, most), text) in fields.into_iter().zip([3, 3, 3, 2, 1]).zip(arguments) {
        match text.trim() {
            "" => {}
            text => match text.parse() {
                Ok(n) if n <= most => *field = n,
                _ => return End::Cms(302),
            },
        }
    }
    modem.set.routing = routing;
    End::Ok
}

fn list(modem: &mut Modem, stat: &str) -> End {
    if !modem.set.pdu_mode {
        return End::Cms(302);
    }
    let wanted = match stat {
        "0" => Some(Stat::Unread),
        "1" => Some(Stat::Read),
        "2" | "3" => return End::Ok,
        "4" => None,
        _ => return End::Cms(302),
    };
    let mut found = Vec::new();
    for (place, slot) in modem.stores.memory(0).slots.iter_mut().enumerate() {
        if let Some(stored) = slot
            && wanted.is_none_or(|wanted| wanted == stored.stat)
        {
            found.push((place + 1, stored.stat.number(), stored.tpdu.clone()));
            stored.stat = Stat::Read;
        }
    }
    for (index, stat, tpdu) in found {
        let pdu = modem.printed(&tpdu);
        modem.reply(&format!("+CMGL: {index},{stat},,{}\r\n{pdu}", tpdu.len()));
    }
    End::Ok
}

fn read(modem: &mut Modem, index: &str) -> End {
    if !modem.set.pdu_mode {
        return End::Cms(302);
    }
    let slot = index.parse::<usize>().ok().and_then(|index| index.checked_sub(1));
    let Some(slot) = slot.and_then(|slot| modem.stores.memory(0).slots.get_mut(slot)) else {
        return End::Cms(321);
    };
    let Some(stored) = slot else { return End::Cms(321) };
    let (stat, tpdu) = (stored.stat.number(), stored.tpdu.clone());
    stored.stat = Stat::Read;
    let pdu = modem.printed(&tpdu);
    said(modem, &format!("+CMGR: {stat},,{}\r\n{pdu}", tpdu.len()))
}

fn delete(modem: &mut Modem, arguments: &[String]) -> End {
    if modem.faults.keep > 0 {
        modem.faults.keep -= 1;
        return End::Cms(320);
    }
    let slots = &mut modem.stores.memory(0).slots;
    match arguments.get(1).map(|flag| flag.trim()) {
        None | Some("" | "0") => {
            let place = arguments.first().and_then(|index| index.trim().parse::<usize>().ok());
            match place.and_then(|place| place.checked_sub(1)).and_then(|place| slots.get_mut(place)) {
                Some(slot) => *slot = None,
                None => return End::Cms(321),
            }
        }
        Some("4") => slots.iter_mut().for_each(|slot| *slot = None),
        Some("1" | "2" | "3") => {
            for slot in slots {
                if slot.as_ref().is_some_and(|stored| stored.stat == Stat::Read) {
                    *slot = None;
                }
            }
        }
        Some(_) => return End::Cms(302),
    }
    End::Ok
}

fn memories(modem: &mut Modem, ask: Ask<'_>, net: &mut Net) -> End {
    match ask {
        Ask::Do => return End::Cms(302),
        Ask::Test => return said(modem, "+CPMS: (\"SM\",\"ME\",\"SR\"),(\"SM\",\"ME\"),(\"SM\",\"ME\")"),
        Ask::Read => {
            let lines: Vec<String> = (0..3)
                .map(|purpose| modem.stores.filling(purpose))
                .map(|(name, used, total)| format!("\"{name}\",{used},{total}"))
                .collect();
            return said(modem, &format!("+CPMS: {}", lines.join(",")));
        }
        Ask::Set(text) => {
            let mut chosen = modem.stores.chosen;
            for (purpose, name) in arguments(text).iter().enumerate().take(3) {
                match modem.stores.named(name) {
                    Some(place) => chosen[purpose] = place,
                    None => return End::Cms(302),
                }
            }
            modem.stores.chosen = chosen;
        }
    }
    let counts: Vec<String> = (0..3)
        .map(|purpose| modem.stores.filling(purpose))
        .map(|(_, used, total)| format!("{used},{total}"))
        .collect();
    modem.reply(&format!("+CPMS: {}", counts.join(",")));
    modem.pump(net);
    End::Ok
}
