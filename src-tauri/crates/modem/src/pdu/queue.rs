//! Between the queue's port (`gerai_core::port::lines`) and the codec: a part to send becomes a PDU, a PDU that came becomes
//! content. What cannot be read is kept as it is: nothing that came in is thrown away.

use gerai_core::port::lines::{Concat, InboundContent, SubmitPart};
use gerai_core::secret::Secret;
use gerai_core::sms::text::Alphabet;
use zeroize::Zeroize;

use super::address::{Address, PLAN_ISDN, TypeOfNumber};
use super::dcs::{Coding, Dcs};
use super::error::PduError;
use super::header::Header;
use super::octets::push_hex;
use super::tpdu::{Direction, Submit, Tpdu};
use super::user_data::{Content, UserData};
use super::validity::Validity;
use super::{Pdu, decode};

/// Hexadecimal digits of an unreadable PDU that are kept.
pub const UNREADABLE_DIGITS_MAX: usize = 1_024;

/// An SMS-SUBMIT as `AT+CMGS` takes it.
#[derive(Debug, Clone)]
pub struct SubmitPdu {
    /// Hexadecimal digits for the prompt, `00` for the SIM's own service centre first.
    pub hex: Secret<String>,
    /// Octets of the TPDU, the service centre's not counted: the parameter of `AT+CMGS` (3GPP TS 27.005, section 4.3).
    pub length: usize,
}

/// Codes a part. Refuses what does not fit into one short message, a character that the chosen alphabet lacks, and an
/// impossible part number.
pub fn submit(part: &SubmitPart) -> Result<SubmitPdu, PduError> {
    let header = match part.concat {
        None => None,
        Some(concat) if possible(concat) => Some(Header::concat(concat)),
        Some(Concat { sequence, total, .. }) => return Err(PduError::PartNumber { sequence, total }),
    };
    let text = part.text.expose();
    let (coding, user_data) = match part.alphabet {
        Alphabet::Gsm7 => (Coding::Gsm7, UserData::gsm7(text, header)?),
        Alphabet::Ucs2 => (Coding::Ucs2, UserData::ucs2(text, header)),
    };
    let ton = if part.to.is_international() { TypeOfNumber::International } else { TypeOfNumber::Unknown };
    let submit = Submit {
        reject_duplicates: false,
        status_report: part.status_report,
        reply_path: false,
        reference: 0,
        recipient: Address { ton, plan: PLAN_ISDN, number: part.to.digits().to_owned() },
        protocol: 0,
        dcs: Dcs::sending(coding, part.flash),
        validity: part.validity_minutes.map_or(Validity::Default, Validity::minutes),
        user_data,
    };
    let mut octets = Vec::with_capacity(180);
    Tpdu::Submit(submit).write(&mut octets)?;
    let mut hex = Secret::new(String::with_capacity(2 + octets.len() * 2));
    hex.expose_mut().push_str("00");
    push_hex(hex.expose_mut(), &octets);
    let length = octets.len();
    octets.zeroize();
    Ok(SubmitPdu { hex, length })
}

fn possible(concat: Concat) -> bool {
    concat.sequence >= 1 && concat.sequence <= concat.total
}

/// Reads a PDU as it stands in `+CMT`, `+CMGR`, `+CMGL`, `+CDS`. `declared_length`: the length that the modem announced,
/// octets of the TPDU alone.
#[must_use]
pub fn inbound(hex: &str, declared_length: Option<usize>) -> InboundContent {
    let why = match decode(hex, declared_length, Direction::FromNetwork) {
        Ok(Pdu { tpdu: Tpdu::Deliver(deliver), .. }) => {
            let user_data = &deliver.user_data;
            return InboundContent::Deliver {
                sender: deliver.sender.shown(),
                text: Secret::new(user_data.text()),
                binary: matches!(user_data.content, Content::Octets(_)),
                // A message of one part is whole.
                concat: user_data.header.as_ref().and_then(Header::part).filter(|concat| concat.total > 1),
                smsc_at: deliver.sent.moment(),
                flash: deliver.dcs.class() == Some(0),
            };
        }
        Ok(Pdu { tpdu: Tpdu::Report(report), .. }) => {
            return InboundContent::Report {
                reference: report.reference,
                recipient: report.recipient.shown(),
                status: report.status,
                at: report.discharged.moment(),
            };
        }
        // The direction lets none through.
        Ok(Pdu { tpdu: Tpdu::Submit(_), .. }) => PduError::Kind("SMS-SUBMIT").to_string(),
        Err(PduError::Kind("SMS-SUBMIT-REPORT")) => {
            "this is an outgoing message (SMS-SUBMIT) from the modem's memory or an SMS-SUBMIT-REPORT, not one that came in"
                .to_owned()
        }
        Err(error) => error.to_string(),
    };
    let kept: String = hex.trim().chars().take(UNREADABLE_DIGITS_MAX).collect();
    InboundContent::Unreadable { pdu: Secret::new(kept), why }
}
