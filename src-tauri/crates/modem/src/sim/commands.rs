//! Commands about the modem itself, its SIM and the network (3GPP TS 27.007).

use super::at::{Ask, End, arguments};
use super::modem::Modem;
use super::net::{Event, Net};
use super::profile::{IccidForm, PinCounter};

/// Runs a command; `None`: not one of these.
pub(super) fn run(modem: &mut Modem, name: &str, ask: Ask<'_>, net: &mut Net) -> Option<End> {
    identity(modem, name, ask, net)
        .or_else(|| lock(modem, name, ask, net))
        .or_else(|| network(modem, name, ask, net))
        .or_else(|| settings(modem, name, ask))
}

/// The SIM can be read, or why not.
fn sim(modem: &Modem, net: &Net) -> Result<(), End> {
    if modem.card.is_none() {
        return Err(End::Cme(10));
    }
    if modem.sim_busy_until.is_some_and(|until| net.now < until) {
        return Err(End::Cme(14));
    }
    if !modem.lock.open {
        return Err(End::Cme(if modem.lock.pin_tries == 0 { 12 } else { 11 }));
    }
    Ok(())
}

fn identity(modem: &mut Modem, name: &str, ask: Ask<'_>, net: &Net) -> Option<End> {
    let said = match (name, ask) {
        ("+CGMI" | "+GMI", Ask::Do) => modem.profile.maker.to_owned(),
        ("+CGMM" | "+GMM", Ask::Do) => modem.profile.model.to_owned(),
        ("+CGMR" | "+GMR", Ask::Do) => modem.profile.firmware.to_owned(),
        ("+CGSN" | "+GSN", Ask::Do) if modem.profile.cgsn_prefixed => format!("+CGSN: \"{}\"", modem.imei),
        ("+CGSN" | "+GSN", Ask::Do) => modem.imei.clone(),
        ("+CIMI", Ask::Do) => match (sim(modem, net), &modem.card) {
            (Ok(()), Some(card)) => card.imsi.clone(),
            (Err(end), _) => return Some(end),
            (Ok(()), None) => return Some(End::Cme(10)),
        },
        ("+CNUM", Ask::Do) => match (sim(modem, net), modem.msisdn()) {
            (Ok(()), Some(number)) => format!("+CNUM: \"\",\"+{number}\",145"),
            (Err(end), _) => return Some(end),
            (Ok(()), None) => return Some(End::Ok),
        },
        ("+CRSM", Ask::Set(text)) if text.starts_with("176,12258") => match &modem.card {
            Some(card) => format!("+CRSM: 144,0,\"{}\"", card.iccid_swapped()),
            None => return Some(End::Cme(10)),
        },
        (name, ask) => match iccid(modem, name, ask)? {
            Ok(said) => said,
            Err(end) => return Some(end),
        },
    };
    modem.reply(&said);
    Some(End::Ok)
}

/// The SIM's serial number in the maker's way; readable before the PIN, as the elementary file is.
fn iccid(modem: &Modem, name: &str, ask: Ask<'_>) -> Option<Result<String, End>> {
    let iccid = modem.card.as_ref().map(|card| card.iccid.as_str()).ok_or(End::Cme(10));
    let form = |with: &dyn Fn(&str) -> String| Some(iccid.map(with));
    match (modem.profile.iccid, name, ask) {
        (IccidForm::Ccid, "+CCID", Ask::Do | Ask::Read) => form(&|n| format!("+CCID: {n}")),
        (IccidForm::CcidQuoted, "+CCID", Ask::Do | Ask::Read) => form(&|n| format!("+CCID: \"{n}\"")),
        (IccidForm::CcidBare, "+CCID", Ask::Do) => form(&|n| format!("{n}f")),
        (IccidForm::CaretIccid, "^ICCID", Ask::Do | Ask::Read) => form(&|n| format!("^ICCID: {n}F")),
        (IccidForm::Qccid, "+QCCID" | "+CCID", Ask::Do) => form(&|n| format!("{name}: {n}F")),
        (IccidForm::HashCcid, "#CCID", Ask::Do | Ask::Read) => form(&|n| format!("#CCID: {n}")),
        (IccidForm::Zte, "+ZGETICCID", Ask::Test) => form(&|n| format!("+ZGETICCID={n}")),
        _ => None,
    }
}

fn lock(modem: &mut Modem, name: &str, ask: Ask<'_>, net: &mut Net) -> Option<End> {
    let (pin, puk) = (modem.lock.pin_tries, modem.lock.puk_tries);
    let state = match (modem.lock.open, pin) {
        (true, _) => "READY",
        (false, 0) => "SIM PUK",
        (false, _) => "SIM PIN",
    };
    let said = match (modem.profile.pin_counter, name, ask) {
        (_, "+CPIN", Ask::Read) => match sim(modem, net) {
            Err(end @ End::Cme(10 | 14)) => return Some(end),
            _ => format!("+CPIN: {state}"),
        },
        (_, "+CPIN", Ask::Set(text)) => return Some(enter_pin(modem, &arguments(text), net)),
        (PinCounter::Cpinr, "+CPINR", Ask::Do | Ask::Set(_)) => {
            modem.reply(&format!("+CPINR: SIM PIN,{pin},3"));
            format!("+CPINR: SIM PUK,{puk},10")
        }
        (PinCounter::CaretCpin, "^CPIN", Ask::Read) => {
            let now = if pin == 0 { puk } else { pin };
            let now = if state == "READY" { String::new() } else { now.to_string() };
            format!("^CPIN: {state},{now},{puk},{pin},10,3")
        }
        (PinCounter::Spic, "+SPIC", Ask::Do) => format!("+SPIC: {pin},{puk},3,10"),
        (PinCounter::HashPct, "#PCT", Ask::Do) => format!("#PCT: {}", if pin == 0 { puk } else { pin }),
        (PinCounter::Zpinpuk, "+ZPINPUK", Ask::Test) => format!("+ZPINPUK: {pin},{puk}"),
        (PinCounter::Qpinc, "+QPINC", Ask::Set(_) | Ask::Read) => format!("+QPINC: \"SC\",{pin},{puk}"),
        _ => return None,
    };
    modem.reply(&said);
    Some(End::Ok)
}

fn enter_pin(modem: &mut Modem, arguments: &[String], net: &mut Net) -> End {
    if modem.card.is_none() {
        return End::Cme(10);
    }
    if modem.lock.open {
        return End::Cme(3);
    }
    let given = arguments.first().map(String::as_str);
    if modem.lock.pin_tries == 0 {
        // Any PUK of eight digits but zeros opens a simulated SIM, with the new PIN after it.
        let opens = given.is_some_and(|puk| puk.len() == 8 && puk != "00000000") && arguments.len() > 1;
        if !opens {
            modem.lock.puk_tries = modem.lock.puk_tries.saturating_sub(1);
            return End::Cme(if arguments.len() > 1 { 16 } else { 12 });
        }
        modem.lock.pin = arguments.get(1).cloned();
    } else if given != modem.lock.pin.as_deref() {
        modem.lock.pin_tries -= 1;
        return End::Cme(if modem.lock.pin_tries == 0 { 12 } else { 16 });
    }
    modem.lock.pin_tries = 3;
    modem.lock.open = true;
    if modem.profile.sim_busy_ms > 0 {
        let wait = std::time::Duration::from_millis(modem.profile.sim_busy_ms);
        modem.sim_busy_until = Some(net.now + wait);
        net.after(modem, wait, Event::Say("SMS Ready".to_owned()));
    }
    modem.pump(net);
    End::Ok
}

fn network(modem: &mut Modem, name: &str, ask: Ask<'_>, net: &mut Net) -> Option<End> {
    let registration = modem.registration;
    let radio = modem.set.radio == 1 && modem.sim_ready();
    let stat = if radio { registration.stat() } else { 0 };
    let said = match (name, ask) {
        ("+CREG" | "+CEREG" | "+CGREG", Ask::Read) => {
            let n = if name == "+CREG" { modem.set.creg } else { modem.set.cereg };
            let cell = if n == 2 && registration.usable() { ",\"1A2B\",\"00C3D4E5\"" } else { "" };
            format!("{name}: {n},{stat}{cell}")
        }
        ("+CREG" | "+CEREG" | "+CGREG", Ask::Set(n)) => {
            let Ok(n @ 0..=2) = n.trim().parse() else { return Some(End::Cme(50)) };
            if name == "+CREG" {
                modem.set.creg = n
            } else {
                modem.set.cereg = n
            }
            return Some(End::Ok);
        }
        ("+COPS", Ask::Read) => match &modem.card {
            Some(card) if registration.usable() && radio => {
                format!("+COPS: 0,0,\"{}\",2", card.operator.name)
            }
            _ => "+COPS: 0".to_owned(),
        },
        ("+COPS", Ask::Set(_)) => return Some(End::Ok),
        ("+CSQ", Ask::Do) => {
            format!("+CSQ: {},99", if radio && registration.usable() { modem.signal } else { 99 })
        }
        ("+CUSD", Ask::Set(text)) => {
            if let Err(end) = sim(modem, net) {
                return Some(end);
            }
            return Some(modem.ussd_command(&arguments(text), net).map_or_else(End::Cme, |()| End::Ok));
        }
        ("+CUSD", Ask::Read) => "+CUSD: 1".to_owned(),
        ("+CFUN", Ask::Read) => format!("+CFUN: {}", modem.set.radio),
        ("+CFUN", Ask::Set(text)) => {
            let arguments = arguments(text);
            if arguments.get(1).is_some_and(|reset| reset == "1") {
                net.restart.push(modem.index);
                return Some(End::Ok);
            }
            let Some(Ok(radio)) = arguments.first().map(|n| n.trim().parse()) else {
                return Some(End::Cme(50));
            };
            modem.set.radio = radio;
            modem.pump(net);
            return Some(End::Ok);
        }
        ("+CHUP", Ask::Do) => {
            modem.ringing = false;
            return Some(End::Ok);
        }
        _ => return None,
    };
    modem.reply(&said);
    Some(End::Ok)
}

fn settings(modem: &mut Modem, name: &str, ask: Ask<'_>) -> Option<End> {
    let said = match (name, ask) {
        ("+CMEE", Ask::Set(n)) => return Some(number(n, 2, |n| modem.set.cmee = n)),
        ("+CMEE", Ask::Read) => format!("+CMEE: {}", modem.set.cmee),
        ("+CLIP", Ask::Set(n)) => return Some(number(n, 1, |n| modem.set.clip = n == 1)),
        ("+CSCS", Ask::Set(text)) => {
            let found = ["GSM", "IRA", "UCS2"].into_iter().find(|set| text.trim_matches('"') == *set);
            let Some(found) = found else { return Some(End::Cme(50)) };
            modem.set.charset = found;
            return Some(End::Ok);
        }
        ("+CSCS", Ask::Read) => format!("+CSCS: \"{}\"", modem.set.charset),
        ("+CSCS", Ask::Test) => "+CSCS: (\"GSM\",\"IRA\",\"UCS2\")".to_owned(),
        ("+GCAP", Ask::Do) => "+GCAP: +CGSM".to_owned(),
        ("+CPAS", Ask::Do) => format!("+CPAS: {}", if modem.ringing { 3 } else { 0 }),
        ("^USSDMODE", Ask::Set(n)) if modem.profile.name == "huawei" => {
            return Some(number(n, 1, |n| modem.set.ussd_mode = n));
        }
        ("^CURC" | "^PORTSEL", Ask::Set(_)) if modem.profile.name == "huawei" => return Some(End::Ok),
        ("+CRC" | "+CSSN" | "+IPR" | "+IFC" | "+CGEREP" | "+CTZR" | "+CTZU", Ask::Set(_)) => {
            return Some(End::Ok);
        }
        ("#CUSD" | "#SMSMODE" | "#BND", Ask::Set(_)) if modem.profile.name == "telit" => {
            return Some(End::Ok);
        }
        ("+QURCCFG" | "+QCFG" | "+QINDCFG", Ask::Set(_)) if modem.profile.name == "quectel" => {
            return Some(End::Ok);
        }
        _ => return None,
    };
    modem.reply(&said);
    Some(End::Ok)
}

/// Sets a small number.
pub(super) fn number(text: &str, most: u8, set: impl FnOnce(u8)) -> End {
    match text.trim().parse() {
        Ok(n) if n <= most => {
            set(n);
            End::Ok
        }
        _ => End::Cme(50),
    }
}
