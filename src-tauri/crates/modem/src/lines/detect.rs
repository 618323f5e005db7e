//! What a person sees who asks which ports there are: every one, what it is, who uses it, and on request whether a modem
//! answers there.

use gerai_core::port::lines::{LineHealth, LineSetup, PortFound};

use super::Inner;
use super::fleet::State;
use crate::discovery::{Candidate, PortUse, probe};
use crate::port::holder_of;

/// Looks at every port; opens those in `asked` that are not in use.
pub(super) fn detect(inner: &Inner, asked: &[String]) -> Vec<PortFound> {
    let found = inner.places.scan();
    found.into_iter().map(|one| look(inner, one, asked)).collect()
}

fn look(inner: &Inner, one: Candidate, asked: &[String]) -> PortFound {
    let mut port = PortFound {
        port: one.port.clone(),
        usb: one.usb.clone(),
        product: one.product.clone(),
        surely_modem: one.surely_modem,
        line: None,
        baud: None,
        note: one.note.clone(),
    };
    if one.port.is_empty() {
        let place = one.device.rsplit('/').next().unwrap_or("");
        port.port = format!("USB {place}");
        return port;
    }
    if running(inner, &mut port) {
        return port;
    }
    if one.use_for == PortUse::Other || !asked.contains(&one.port) {
        if let (true, Some(holder)) =
            (port.note.is_empty(), holder_of(&one.port).filter(|holder| holder.seen))
        {
            port.note = format!("in use by {holder}");
        }
        return port;
    }
    match probe(&one.port) {
        Ok(baud) => {
            port.baud = Some(baud);
            "answers AT; it is being opened".clone_into(&mut port.note);
            inner.allow(&one.port, baud);
        }
        Err(why) => port.note = why,
    }
    port
}

/// Tells what a line of ours does there; `false`: there is none.
fn running(inner: &Inner, port: &mut PortFound) -> bool {
    let fleet = inner.fleet();
    let Some(slot) = fleet.slots.get(&port.port) else { return false };
    match (&slot.state, &slot.handle) {
        (State::Running, Some(handle)) => {
            let standing = handle.standing();
            port.baud = standing.baud;
            if standing.health == LineHealth::PortTaken || !standing.trouble.is_empty() {
                port.note = standing.trouble;
            }
            port.line = (!standing.key.imei.is_empty()).then_some(standing.key);
            true
        }
        (State::Second(_), _) => {
            "another port of a modem that is already in use".clone_into(&mut port.note);
            true
        }
        (State::Rival(_), _) => {
            port.note = slot.last.as_ref().map(|last| last.trouble.clone()).unwrap_or_default();
            true
        }
        (State::Silent, _) => {
            "does not answer AT; another port of the modem is tried".clone_into(&mut port.note);
            false
        }
        (State::Running | State::Idle, _) => false,
    }
}

/// What is known of a port before its modem has told who it is: the speed at which it answered.
pub(super) fn speed_only(baud: u32) -> LineSetup {
    LineSetup {
        imei: String::new(),
        active: true,
        pin: None,
        smsc: String::new(),
        baud,
        parity: "none".to_owned(),
        data_bits: 8,
        stop_bits: 1,
        init: Vec::new(),
    }
}
