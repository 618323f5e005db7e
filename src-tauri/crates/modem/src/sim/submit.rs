//! `AT+CMGS`: the prompt, the PDU, the network's answer, and what can go wrong with each.

use std::time::Duration;

use super::fault::Faults;
use super::modem::{Incoming, Mode, Modem};
use super::net::{Event, Net, Stamps, monotonic_us};
use super::oracle::{OnAir, text_sha256};
use super::tpdu;

/// `AT+CMGS=<length>`: the prompt, unless something forbids it.
pub(super) fn command(modem: &mut Modem, length: &str, net: &mut Net) -> Result<(), u16> {
    let command_us = monotonic_us();
    if !modem.set.pdu_mode {
        return Err(302);
    }
    let length: usize = length.trim().parse().map_err(|_| 304_u16)?;
    if !(8..=180).contains(&length) {
        return Err(304);
    }
    if modem.card.is_none() {
        return Err(310);
    }
    if !modem.lock.open {
        return Err(if modem.lock.pin_tries == 0 { 316 } else { 311 });
    }
    if modem.sim_busy_until.is_some_and(|until| net.now < until) {
        return Err(314);
    }
    if !modem.registration.usable() || modem.set.radio != 1 {
        return Err(331);
    }
    if modem.smsc.is_empty() {
        return Err(330);
    }
    if !Faults::strikes(&mut modem.faults.no_prompt) && !modem.faults.mute {
        modem.push_out(b"\r\n> ");
    }
    let stamps = Stamps { command_us, prompt_us: monotonic_us(), submit_us: 0, final_us: None };
    modem.mode = Mode::Prompt { length, stamps };
    Ok(())
}

/// The PDU is complete: from here on it is the network's.
pub(super) fn pdu(modem: &mut Modem, length: usize, stamps: Stamps, hex: &[u8], net: &mut Net) {
    let submit_us = monotonic_us();
    let Some(submit) = tpdu::read_submit(hex, length) else { return modem.finish("+CMS ERROR: 304") };
    let Some(card) = &modem.card else { return modem.finish("+CMS ERROR: 310") };
    if modem.faults.refuse.0 > 0 {
        modem.faults.refuse.0 -= 1;
        let code = modem.faults.refuse.1;
        modem.busy = true;
        return net.after(modem, modem.delay, Event::Refuse(code));
    }
    let reference = modem.next_reference;
    let text = submit.user_data.text();
    let to = submit.recipient.shown();
    let at = net.clock.now();
    let seq = net.oracle.left(OnAir {
        seq: 0,
        modem: modem.index,
        imei: modem.imei.clone(),
        iccid: card.iccid.clone(),
        mr: reference,
        to: to.clone(),
        concat: tpdu::part(&submit),
        dcs: submit.dcs.0,
        status_report: submit.status_report,
        text_sha256: text_sha256(&text),
        text: Some(text),
        unix_ms: at.0,
        command_us: stamps.command_us,
        prompt_us: stamps.prompt_us,
        submit_us,
        final_us: None,
    });
    let from = format!("+{}", card.msisdn);
    modem.next_reference = reference.wrapping_add(1);
    if submit.status_report {
        let wait = modem.delay + modem.report_delay;
        let done = at.plus(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        if let Some(tpdu) = tpdu::report(reference, &submit.recipient, at, done, modem.report_status) {
            net.later(modem.index, wait, Event::Arrive(Incoming { tpdu, report: true }));
        }
    }
    if let (Some(to), Some(tpdu)) = (subscriber(&to), tpdu::passed_on(&submit, &from, at)) {
        net.later(modem.index, modem.delay, Event::Loopback { to, tpdu });
    }
    modem.busy = true;
    if Faults::strikes(&mut modem.faults.lost_final) {
        net.after(modem, modem.delay, Event::Idle);
    } else if Faults::strikes(&mut modem.faults.late_final.0) {
        net.after(modem, modem.delay, Event::Idle);
        let late = modem.delay + Duration::from_millis(modem.faults.late_final.1);
        net.after(modem, late, Event::Final { seq, reference, late: true });
    } else if modem.delay.is_zero() {
        modem.busy = false;
        accepted(modem, seq, reference, net);
    } else {
        net.after(modem, modem.delay, Event::Final { seq, reference, late: false });
    }
}

/// The network took it.
pub(super) fn accepted(modem: &mut Modem, seq: u64, reference: u8, net: &mut Net) {
    modem.reply(&format!("+CMGS: {reference}"));
    modem.finish("OK");
    net.oracle.told(seq, monotonic_us());
}

/// Digits of a recipient in international form, as the simulated SIMs have them.
fn subscriber(to: &str) -> Option<String> {
    match to.strip_prefix('+') {
        Some(digits) => Some(digits.to_owned()),
        None => to.strip_prefix('0').map(|rest| format!("62{rest}")),
    }
}
