//! Short messages as modems give and take them in PDU mode: a codec for SMS-SUBMIT, SMS-DELIVER and SMS-STATUS-REPORT
//! (3GPP TS 23.040, TS 23.038, TS 27.005). Pure: no port, no clock, no log, and no input makes it panic. What is to be sent
//! and what happens to what came is decided elsewhere.

mod address;
mod dcs;
mod describe;
mod error;
mod header;
mod national;
pub(crate) mod octets;
mod queue;
mod scripts;
pub(crate) mod septets;
mod stamp;
mod status;
#[cfg(test)]
mod tests;
mod tpdu;
mod user_data;
mod validity;

pub use address::{Address, PLAN_ISDN, TypeOfNumber};
pub use dcs::{Coding, Dcs, Waiting, WaitingKind};
pub use describe::{
    AddressView, DcsView, DeliverView, Description, ElementView, HeaderView, ReportView, StampView,
    StatusView, SubmitView, TpduView, UserDataView, ValidityView, describe,
};
pub use error::{ADDRESS_DIGITS_MAX, PDU_OCTETS_MAX, PduError};
pub use header::{Element, Header};
pub use national::{Language, Tables};
pub use queue::{SubmitPdu, UNREADABLE_DIGITS_MAX, inbound, submit};
pub use stamp::Stamp;
pub use status::{StatusClass, status_class, status_text};
pub use tpdu::{Deliver, Direction, Report, Submit, Tpdu};
pub use user_data::{Content, UserData};
pub use validity::Validity;

use octets::Octets;

/// A TPDU and the service centre's address before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdu {
    /// Service centre; `None`: the SIM's own, or not told.
    pub smsc: Option<Address>,
    /// The TPDU.
    pub tpdu: Tpdu,
    /// Octets of the TPDU.
    pub length: usize,
    /// Octets after the TPDU that belong to nothing: modems fill up a SIM's records.
    pub trailing: usize,
}

impl Pdu {
    fn read(smsc: Option<Address>, mut octets: Octets<'_>, direction: Direction) -> Result<Self, PduError> {
        let before = octets.left();
        let tpdu = Tpdu::read(&mut octets, direction)?;
        let trailing = octets.left();
        Ok(Self { smsc, tpdu, length: before - trailing, trailing })
    }
}

/// A PDU in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Upper-case hexadecimal digits, the service centre's address first.
    pub hex: String,
    /// Octets of the TPDU alone.
    pub length: usize,
}

/// Reads a PDU. `declared`: octets of the TPDU as the modem announced them; they tell whether a service centre's address
/// stands before it. Without them, or when they fit neither way, the address is expected, and its absence tried second.
pub fn decode(hex: &str, declared: Option<usize>, direction: Direction) -> Result<Pdu, PduError> {
    let octets = octets::from_hex(hex)?;
    let before = usize::from(octets[0]) + 1;
    let with_smsc = |octets: &[u8]| {
        let mut octets = Octets::new(octets);
        let smsc = Address::read_smsc(&mut octets)?;
        Pdu::read(smsc, octets, direction)
    };
    let bare = |octets: &[u8]| Pdu::read(None, Octets::new(octets), direction);
    match declared {
        Some(length) if before.checked_add(length) == Some(octets.len()) => with_smsc(&octets),
        Some(length) if length == octets.len() => bare(&octets),
        Some(_) | None => with_smsc(&octets).or_else(|error| bare(&octets).map_err(|_| error)),
    }
}

/// Writes a PDU.
pub fn encode(smsc: Option<&Address>, tpdu: &Tpdu) -> Result<Encoded, PduError> {
    let mut octets = Vec::with_capacity(192);
    Address::write_smsc(smsc, &mut octets)?;
    let before = octets.len();
    tpdu.write(&mut octets)?;
    Ok(Encoded { hex: octets::to_hex(&octets), length: octets.len() - before })
}
