//! The SIM's PIN (3GPP TS 27.007 section 8.3). A given PIN is entered once per SIM, never on the last try, never where a
//! PUK is asked for: a locked SIM costs a trip to the operator's shop.

use std::time::Duration;

use gerai_core::port::lines::LineHealth;

use super::driver::{Driver, Interrupted};
use crate::at::{Command, Final, number, text};

/// A SIM may be busy for some seconds after its PIN.
const AFTER_PIN_MS: u64 = 500;
/// Entering a PIN takes a while on old SIMs.
const PIN_DEADLINE: Duration = Duration::from_secs(15);
/// Tries that must be left before one is spent.
const TRIES_KEPT: u8 = 1;

/// What the SIM says of itself.
enum Card {
    Ready,
    Pin,
    Puk,
    /// Another code is wanted: PIN2 does not matter, a network lock does.
    Other(String),
    Missing,
    Failed(String),
}

impl Driver {
    /// Unlocks the SIM if it must be. `Some`: the line can not be used; how it stands and what to do.
    pub(super) fn unlock(&mut self) -> Result<Option<(LineHealth, String)>, Interrupted> {
        match self.card()? {
            Card::Ready => Ok(None),
            Card::Missing => {
                Ok(Some((LineHealth::NoSim, "there is no SIM in the modem; insert one".to_owned())))
            }
            Card::Failed(why) => {
                let next = "take the SIM out, clean it and put it back";
                Ok(Some((LineHealth::NoSim, format!("the SIM can not be read ({why}); {next}"))))
            }
            Card::Puk => Ok(Some((LineHealth::PukWanted, PUK.to_owned()))),
            Card::Other(what) => {
                let why = format!("the SIM asks for {what}, which this station can not give; use a phone");
                Ok(Some((LineHealth::PinWanted, why)))
            }
            Card::Pin => self.enter_pin(),
        }
    }

    /// `+CPIN?` as a state, for the health check too.
    pub(super) fn sim_is_ready(&mut self) -> Result<bool, Interrupted> {
        Ok(matches!(self.card()?, Card::Ready))
    }

    fn card(&mut self) -> Result<Card, Interrupted> {
        let reply = self.patient(&Command::query("AT+CPIN?"))?;
        Ok(match &reply.result {
            Some(Final::Ok) => match reply.lines.first().map(|line| text(line, 0)).as_deref() {
                Some("READY" | "SIM PIN2" | "SIM PUK2") => Card::Ready,
                Some("SIM PIN") => Card::Pin,
                Some("SIM PUK" | "BLOCKED") => Card::Puk,
                Some(other) => Card::Other(other.chars().take(24).collect()),
                None => Card::Failed("it gives no state".to_owned()),
            },
            Some(result) => match result.code() {
                Some(10 | 310) => Card::Missing,
                Some(12 | 316) => Card::Puk,
                Some(11 | 311) => Card::Pin,
                // Modems without any SIM support of `+CPIN` answer a bare ERROR when the holder is empty.
                _ => Card::Failed(result.shown()),
            },
            None => {
                return Err(Interrupted::Mute("the modem does not say whether there is a SIM".to_owned()));
            }
        })
    }

    fn enter_pin(&mut self) -> Result<Option<(LineHealth, String)>, Interrupted> {
        self.report.pin_tries = self.tries()?;
        let Some(pin) = self.setup.as_ref().and_then(|setup| setup.pin.clone()) else {
            let why = "the SIM asks for its PIN; enter it in the modem's settings".to_owned();
            return Ok(Some((LineHealth::PinWanted, why)));
        };
        let form = pin.expose();
        if !(4..=8).contains(&form.len()) || !form.bytes().all(|byte| byte.is_ascii_digit()) {
            let why = "the PIN in the modem's settings is not 4 to 8 digits; correct it".to_owned();
            return Ok(Some((LineHealth::PinWrong, why)));
        }
        if let Some(left) = self.report.pin_tries
            && left <= TRIES_KEPT
        {
            let why = format!("{left} try of the PIN is left, which is not spent; unlock the SIM in a phone");
            return Ok(Some((LineHealth::PinWrong, why)));
        }
        let card = match self.report.key.iccid.as_str() {
            "" => self.report.key.imei.clone(),
            iccid => iccid.to_owned(),
        };
        // Noted before it is entered: an answer that gets lost is no reason for a second try.
        if !self.start.pins.claim(&card, &pin) {
            return Ok(Some((LineHealth::PinWrong, WRONG.to_owned())));
        }
        let reply = self.chat(Command::new(format!("AT+CPIN=\"{form}\"")).within(PIN_DEADLINE))?;
        // The word that counts is the SIM's own, not the answer to the command.
        self.linger(AFTER_PIN_MS)?;
        if self.sim_is_ready()? {
            self.start.pins.was_right(&card, &pin);
            self.report.pin_tries = None;
            return Ok(None);
        }
        self.report.pin_tries = self.tries()?;
        let puk = reply.result.as_ref().and_then(Final::code) == Some(12);
        if puk {
            Ok(Some((LineHealth::PukWanted, PUK.to_owned())))
        } else {
            Ok(Some((LineHealth::PinWrong, WRONG.to_owned())))
        }
    }

    /// Tries of the PIN that are left, in the maker's way or the standard one (3GPP TS 27.007 section 8.65).
    fn tries(&mut self) -> Result<Option<u8>, Interrupted> {
        for (command, place) in self.quirks.tries.into_iter().chain([("AT+CPINR=\"SIM PIN\"", 1)]) {
            let line = self.ask(Command::query(command))?;
            if let Some(left) = line.and_then(|line| number(&line, place)) {
                return Ok(Some(left));
            }
        }
        Ok(None)
    }
}

const WRONG: &str =
    "the PIN in the modem's settings is wrong for this SIM and is not tried again; correct it";
const PUK: &str =
    "the SIM is locked and asks for its PUK; unlock it in a phone with the PUK of the operator's card";
