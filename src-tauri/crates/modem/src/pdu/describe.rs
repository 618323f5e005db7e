//! Every field of a PDU for a person who asks what it says. Shows the text and whole numbers: only for what somebody has
//! put in by hand, never for logs.

use gerai_core::port::lines::Concat;
use serde::Serialize;

use super::address::{Address, TypeOfNumber};
use super::dcs::{Coding, Dcs, Waiting};
use super::error::PduError;
use super::header::{Element, Header};
use super::national::Language;
use super::octets::to_hex;
use super::stamp::Stamp;
use super::status::{StatusClass, status_class, status_text};
use super::tpdu::{Deliver, Direction, Report, Submit, Tpdu};
use super::user_data::{Content, UserData};
use super::validity::Validity;
use super::{Pdu, decode};

/// A PDU with all its fields. No `Debug`: it holds the text.
#[derive(Serialize)]
pub struct Description {
    /// Service centre's address, when one stands before the TPDU.
    pub smsc: Option<AddressView>,
    /// The TPDU.
    #[serde(flatten)]
    pub tpdu: TpduView,
    /// Octets of the TPDU: the parameter of `AT+CMGS`.
    pub tpdu_octets: usize,
    /// Octets behind the TPDU that belong to nothing.
    pub trailing_octets: usize,
}

/// A TPDU by its type.
#[derive(Serialize)]
#[serde(tag = "type")]
pub enum TpduView {
    /// A message to send.
    #[serde(rename = "SMS-SUBMIT")]
    Submit(SubmitView),
    /// A message that came.
    #[serde(rename = "SMS-DELIVER")]
    Deliver(DeliverView),
    /// What became of a message sent.
    #[serde(rename = "SMS-STATUS-REPORT")]
    Report(ReportView),
}

/// Fields of an SMS-SUBMIT.
#[derive(Serialize)]
#[allow(missing_docs, reason = "the fields are those of `Submit`")]
pub struct SubmitView {
    pub tp_mr: u8,
    pub recipient: AddressView,
    pub pid: u8,
    pub dcs: DcsView,
    pub validity: ValidityView,
    pub status_report_requested: bool,
    pub reject_duplicates: bool,
    pub reply_path: bool,
    #[serde(flatten)]
    pub user_data: UserDataView,
}

/// Fields of an SMS-DELIVER.
#[derive(Serialize)]
#[allow(missing_docs, reason = "the fields are those of `Deliver`")]
pub struct DeliverView {
    pub sender: AddressView,
    pub pid: u8,
    pub dcs: DcsView,
    pub scts: StampView,
    pub more_messages: bool,
    pub loop_prevention: bool,
    pub status_report_indicated: bool,
    pub reply_path: bool,
    #[serde(flatten)]
    pub user_data: UserDataView,
}

/// Fields of an SMS-STATUS-REPORT.
#[derive(Serialize)]
#[allow(missing_docs, reason = "the fields are those of `Report`")]
pub struct ReportView {
    pub tp_mr: u8,
    pub recipient: AddressView,
    pub scts: StampView,
    pub discharge: StampView,
    pub status: StatusView,
    pub more_messages: bool,
    pub loop_prevention: bool,
    pub about_command: bool,
    pub pid: Option<u8>,
    pub dcs: Option<DcsView>,
    #[serde(flatten)]
    pub user_data: Option<UserDataView>,
}

/// An address.
#[derive(Serialize)]
pub struct AddressView {
    /// As a person reads it.
    pub number: String,
    /// Type of number.
    pub ton: TypeOfNumber,
    /// Numbering plan, 0 to 15.
    pub npi: u8,
}

/// A data coding scheme.
#[derive(Serialize)]
#[allow(missing_docs, reason = "the fields are the methods of `Dcs`")]
pub struct DcsView {
    pub value: u8,
    pub alphabet: Coding,
    pub class: Option<u8>,
    pub flash: bool,
    pub compressed: bool,
    pub automatic_deletion: bool,
    pub reserved: bool,
    pub message_waiting: Option<Waiting>,
}

/// A time stamp.
#[derive(Serialize)]
pub struct StampView {
    /// ISO 8601 with zone; `None`: an impossible one.
    pub time: Option<String>,
    /// Milliseconds since 1970-01-01 00:00 UTC.
    pub unix_ms: Option<i64>,
    /// The seven octets as they stand.
    pub hex: String,
}

/// A validity period.
#[derive(Serialize)]
#[serde(tag = "format", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are those of `Validity`")]
pub enum ValidityView {
    Default,
    Relative { value: u8, seconds: Option<u32> },
    Absolute { until: StampView },
    Enhanced { hex: String, seconds: Option<u32>, single_shot: bool },
}

/// TP-ST.
#[derive(Serialize)]
#[allow(missing_docs, reason = "value, class and words of `super::status`")]
pub struct StatusView {
    pub value: u8,
    pub class: StatusClass,
    pub meaning: &'static str,
}

/// User data.
#[derive(Serialize)]
pub struct UserDataView {
    /// Its header.
    pub udh: Option<HeaderView>,
    /// Its text; 8-bit data as hexadecimal digits.
    pub text: String,
    /// The text is the hexadecimal form of octets.
    pub binary: bool,
    /// Septets, UTF-16 units or octets.
    pub units: usize,
}

/// A user data header.
#[derive(Serialize)]
#[allow(missing_docs, reason = "the fields are those of `Header`")]
pub struct HeaderView {
    pub elements: Vec<ElementView>,
    pub faulty: bool,
}

/// An information element.
#[derive(Serialize)]
#[serde(tag = "element", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are those of `Element`")]
pub enum ElementView {
    Concatenation { reference: u16, reference_bits: u8, total: u8, sequence: u8 },
    Ports { destination: u16, source: u16, bits: u8 },
    SpecialMessage { kind: u8, count: u8, store: bool },
    SingleShift { value: u8, language: Option<Language> },
    LockingShift { value: u8, language: Option<Language> },
    Other { id: u8, hex: String },
}

/// Reads a PDU and tells all that it says. Type bits of 1 are read as SMS-SUBMIT, all others as what comes from the network.
pub fn describe(hex: &str) -> Result<Description, PduError> {
    let incoming = decode(hex, None, Direction::FromNetwork);
    let pdu = match incoming {
        Err(PduError::Kind(_)) => decode(hex, None, Direction::ToNetwork)?,
        other => other?,
    };
    let Pdu { smsc, tpdu, length, trailing } = pdu;
    Ok(Description {
        smsc: smsc.as_ref().map(address),
        tpdu: match &tpdu {
            Tpdu::Submit(tpdu) => TpduView::Submit(submit(tpdu)),
            Tpdu::Deliver(tpdu) => TpduView::Deliver(deliver(tpdu)),
            Tpdu::Report(tpdu) => TpduView::Report(report(tpdu)),
        },
        tpdu_octets: length,
        trailing_octets: trailing,
    })
}

fn submit(tpdu: &Submit) -> SubmitView {
    SubmitView {
        tp_mr: tpdu.reference,
        recipient: address(&tpdu.recipient),
        pid: tpdu.protocol,
        dcs: dcs(tpdu.dcs),
        validity: validity(tpdu.validity),
        status_report_requested: tpdu.status_report,
        reject_duplicates: tpdu.reject_duplicates,
        reply_path: tpdu.reply_path,
        user_data: user_data(&tpdu.user_data),
    }
}

fn deliver(tpdu: &Deliver) -> DeliverView {
    DeliverView {
        sender: address(&tpdu.sender),
        pid: tpdu.protocol,
        dcs: dcs(tpdu.dcs),
        scts: stamp(tpdu.sent),
        more_messages: tpdu.more,
        loop_prevention: tpdu.loop_prevention,
        status_report_indicated: tpdu.status_report,
        reply_path: tpdu.reply_path,
        user_data: user_data(&tpdu.user_data),
    }
}

fn report(tpdu: &Report) -> ReportView {
    ReportView {
        tp_mr: tpdu.reference,
        recipient: address(&tpdu.recipient),
        scts: stamp(tpdu.sent),
        discharge: stamp(tpdu.discharged),
        status: StatusView {
            value: tpdu.status,
            class: status_class(tpdu.status),
            meaning: status_text(tpdu.status),
        },
        more_messages: tpdu.more,
        loop_prevention: tpdu.loop_prevention,
        about_command: tpdu.about_command,
        pid: tpdu.protocol,
        dcs: tpdu.dcs.map(dcs),
        user_data: tpdu.user_data.as_ref().map(user_data),
    }
}

fn address(address: &Address) -> AddressView {
    AddressView { number: address.shown(), ton: address.ton, npi: address.plan }
}

fn dcs(dcs: Dcs) -> DcsView {
    DcsView {
        value: dcs.0,
        alphabet: dcs.coding(),
        class: dcs.class(),
        flash: dcs.class() == Some(0),
        compressed: dcs.compressed(),
        automatic_deletion: dcs.automatic_deletion(),
        reserved: dcs.reserved(),
        message_waiting: dcs.waiting(),
    }
}

fn stamp(stamp: Stamp) -> StampView {
    StampView { time: stamp.text(), unix_ms: stamp.moment().map(|at| at.0), hex: to_hex(&stamp.0) }
}

fn validity(validity: Validity) -> ValidityView {
    let seconds = validity.seconds();
    match validity {
        Validity::Default => ValidityView::Default,
        Validity::Relative(value) => ValidityView::Relative { value, seconds },
        Validity::Absolute(until) => ValidityView::Absolute { until: stamp(until) },
        Validity::Enhanced(octets) => {
            ValidityView::Enhanced { hex: to_hex(&octets), seconds, single_shot: validity.single_shot() }
        }
    }
}

fn user_data(user_data: &UserData) -> UserDataView {
    let (binary, units) = match &user_data.content {
        Content::Septets(septets) => (false, septets.len()),
        Content::Units(units) => (false, units.len()),
        Content::Octets(octets) => (true, octets.len()),
    };
    UserDataView { udh: user_data.header.as_ref().map(header), text: user_data.text(), binary, units }
}

fn header(header: &Header) -> HeaderView {
    HeaderView { elements: header.elements.iter().map(element).collect(), faulty: header.faulty }
}

fn element(element: &Element) -> ElementView {
    let bits = |wide: bool| if wide { 16 } else { 8 };
    match element {
        Element::Concat(Concat { reference, wide, total, sequence }) => ElementView::Concatenation {
            reference: *reference,
            reference_bits: bits(*wide),
            total: *total,
            sequence: *sequence,
        },
        Element::Ports { destination, source, wide } => {
            ElementView::Ports { destination: *destination, source: *source, bits: bits(*wide) }
        }
        Element::Special { kind, count } => {
            ElementView::SpecialMessage { kind: kind & 0x7F, count: *count, store: kind & 0x80 != 0 }
        }
        Element::SingleShift(value) => {
            ElementView::SingleShift { value: *value, language: Language::from_code(*value) }
        }
        Element::LockingShift(value) => {
            ElementView::LockingShift { value: *value, language: Language::from_code(*value) }
        }
        Element::Other { id, octets } => ElementView::Other { id: *id, hex: to_hex(octets) },
    }
}
