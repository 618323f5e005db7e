//! The three kinds of TPDU that a station meets: SMS-SUBMIT, SMS-DELIVER, SMS-STATUS-REPORT (3GPP TS 23.040, section 9.2.2).
//! Read and written field by field; reports on the TPDU itself and SMS-COMMAND are recognised and refused.

use super::address::Address;
use super::dcs::Dcs;
use super::error::PduError;
use super::octets::Octets;
use super::stamp::Stamp;
use super::user_data::UserData;
use super::validity::Validity;

/// TP-RP: a reply path is set.
const REPLY_PATH: u8 = 0x80;
/// TP-UDHI: the user data begins with a header.
const HEADER: u8 = 0x40;
/// TP-SRR, TP-SRI, TP-SRQ: about status reports.
const STATUS_REPORT: u8 = 0x20;
/// TP-RD in SMS-SUBMIT: refuse duplicates.
const REJECT_DUPLICATES: u8 = 0x04;
/// TP-MMS in what comes from the network: no more messages wait (the bit is inverted).
const NO_MORE: u8 = 0x04;
/// TP-LP in what comes from the network: was forwarded or spawned.
const LOOP: u8 = 0x08;

/// Which way a TPDU goes: the type bits mean different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the service centre to the phone.
    FromNetwork,
    /// From the phone to the service centre.
    ToNetwork,
}

/// A TPDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tpdu {
    /// A message to send.
    Submit(Submit),
    /// A message that came.
    Deliver(Deliver),
    /// What became of a message sent.
    Report(Report),
}

/// SMS-SUBMIT (3GPP TS 23.040, section 9.2.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submit {
    /// TP-RD: the centre refuses a message with the same reference and recipient as one it still holds.
    pub reject_duplicates: bool,
    /// TP-SRR: a status report is asked for.
    pub status_report: bool,
    /// TP-RP.
    pub reply_path: bool,
    /// TP-MR. Modems put their own in.
    pub reference: u8,
    /// TP-DA.
    pub recipient: Address,
    /// TP-PID (section 9.2.3.9).
    pub protocol: u8,
    /// TP-DCS.
    pub dcs: Dcs,
    /// TP-VP.
    pub validity: Validity,
    /// TP-UD.
    pub user_data: UserData,
}

/// SMS-DELIVER (3GPP TS 23.040, section 9.2.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliver {
    /// TP-MMS: more messages wait in the service centre.
    pub more: bool,
    /// TP-LP: was forwarded, must not cause another.
    pub loop_prevention: bool,
    /// TP-SRI: the sender gets a status report.
    pub status_report: bool,
    /// TP-RP.
    pub reply_path: bool,
    /// TP-OA.
    pub sender: Address,
    /// TP-PID.
    pub protocol: u8,
    /// TP-DCS.
    pub dcs: Dcs,
    /// TP-SCTS.
    pub sent: Stamp,
    /// TP-UD.
    pub user_data: UserData,
}

/// SMS-STATUS-REPORT (3GPP TS 23.040, section 9.2.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// TP-MMS: more messages wait in the service centre.
    pub more: bool,
    /// TP-LP.
    pub loop_prevention: bool,
    /// TP-SRQ: the report is about an SMS-COMMAND.
    pub about_command: bool,
    /// TP-MR of the message it is about.
    pub reference: u8,
    /// TP-RA.
    pub recipient: Address,
    /// TP-SCTS: when the centre got the message.
    pub sent: Stamp,
    /// TP-DT: when it reached the phone, or was tried last.
    pub discharged: Stamp,
    /// TP-ST.
    pub status: u8,
    /// TP-PID, when present.
    pub protocol: Option<u8>,
    /// TP-DCS, when present.
    pub dcs: Option<Dcs>,
    /// TP-UD, when present.
    pub user_data: Option<UserData>,
}

fn bit(set: bool, value: u8) -> u8 {
    if set { value } else { 0 }
}

impl Tpdu {
    /// Reads a TPDU and leaves what follows it.
    pub(crate) fn read(octets: &mut Octets<'_>, direction: Direction) -> Result<Self, PduError> {
        let first = octets.one("the first octet of the TPDU")?;
        match (direction, first & 0x03) {
            (Direction::FromNetwork, 1) => Err(PduError::Kind("SMS-SUBMIT-REPORT")),
            (Direction::FromNetwork, 2) => Report::read(octets, first).map(Self::Report),
            // 3 is reserved: taken as SMS-DELIVER, as section 9.2.3.1 asks.
            (Direction::FromNetwork, _) => Deliver::read(octets, first).map(Self::Deliver),
            (Direction::ToNetwork, 0) => Err(PduError::Kind("SMS-DELIVER-REPORT")),
            (Direction::ToNetwork, 1) => Submit::read(octets, first).map(Self::Submit),
            (Direction::ToNetwork, 2) => Err(PduError::Kind("SMS-COMMAND")),
            (Direction::ToNetwork, _) => Err(PduError::Kind("reserved type of TPDU (3)")),
        }
    }

    /// Appends the TPDU.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<(), PduError> {
        match self {
            Self::Submit(submit) => submit.write(out),
            Self::Deliver(deliver) => deliver.write(out),
            Self::Report(report) => report.write(out),
        }
    }
}

impl Submit {
    fn read(octets: &mut Octets<'_>, first: u8) -> Result<Self, PduError> {
        let reference = octets.one("TP-MR")?;
        let recipient = Address::read(octets, "TP-DA")?;
        let protocol = octets.one("TP-PID")?;
        let dcs = Dcs(octets.one("TP-DCS")?);
        let validity = Validity::read(octets, first)?;
        let user_data = UserData::read(octets, dcs, first & HEADER != 0)?;
        Ok(Self {
            reject_duplicates: first & REJECT_DUPLICATES != 0,
            status_report: first & STATUS_REPORT != 0,
            reply_path: first & REPLY_PATH != 0,
            reference,
            recipient,
            protocol,
            dcs,
            validity,
            user_data,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), PduError> {
        out.push(
            0x01 | bit(self.reject_duplicates, REJECT_DUPLICATES)
                | self.validity.format_bits()
                | bit(self.status_report, STATUS_REPORT)
                | bit(self.user_data.header.is_some(), HEADER)
                | bit(self.reply_path, REPLY_PATH),
        );
        out.push(self.reference);
        self.recipient.write(out, "TP-DA")?;
        out.extend([self.protocol, self.dcs.0]);
        self.validity.write(out);
        self.user_data.write(out, self.dcs)
    }
}

impl Deliver {
    fn read(octets: &mut Octets<'_>, first: u8) -> Result<Self, PduError> {
        let sender = Address::read(octets, "TP-OA")?;
        let protocol = octets.one("TP-PID")?;
        let dcs = Dcs(octets.one("TP-DCS")?);
        let sent = Stamp(octets.array("TP-SCTS")?);
        let user_data = UserData::read(octets, dcs, first & HEADER != 0)?;
        Ok(Self {
            more: first & NO_MORE == 0,
            loop_prevention: first & LOOP != 0,
            status_report: first & STATUS_REPORT != 0,
            reply_path: first & REPLY_PATH != 0,
            sender,
            protocol,
            dcs,
            sent,
            user_data,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), PduError> {
        out.push(
            bit(!self.more, NO_MORE)
                | bit(self.loop_prevention, LOOP)
                | bit(self.status_report, STATUS_REPORT)
                | bit(self.user_data.header.is_some(), HEADER)
                | bit(self.reply_path, REPLY_PATH),
        );
        self.sender.write(out, "TP-OA")?;
        out.extend([self.protocol, self.dcs.0]);
        out.extend(self.sent.0);
        self.user_data.write(out, self.dcs)
    }
}

impl Report {
    fn read(octets: &mut Octets<'_>, first: u8) -> Result<Self, PduError> {
        let reference = octets.one("TP-MR")?;
        let recipient = Address::read(octets, "TP-RA")?;
        let sent = Stamp(octets.array("TP-SCTS")?);
        let discharged = Stamp(octets.array("TP-DT")?);
        let status = octets.one("TP-ST")?;
        let mut report = Self {
            more: first & NO_MORE == 0,
            loop_prevention: first & LOOP != 0,
            about_command: first & STATUS_REPORT != 0,
            reference,
            recipient,
            sent,
            discharged,
            status,
            protocol: None,
            dcs: None,
            user_data: None,
        };
        // What follows is optional, and some centres announce fields that they then leave out. The report is told by now.
        let mut tail = octets.clone();
        if report.read_optional(&mut tail, first).is_ok() {
            *octets = tail;
        } else {
            (report.protocol, report.dcs, report.user_data) = (None, None, None);
        }
        Ok(report)
    }

    /// Fields that TP-PI announces (section 9.2.3.27).
    fn read_optional(&mut self, octets: &mut Octets<'_>, first: u8) -> Result<(), PduError> {
        if octets.left() == 0 {
            return Ok(());
        }
        let present = octets.one("TP-PI")?;
        // Bit 7: another octet of reserved bits follows.
        let mut extended = present;
        while extended & 0x80 != 0 {
            extended = octets.one("TP-PI")?;
        }
        if present & 0x01 != 0 {
            self.protocol = Some(octets.one("TP-PID")?);
        }
        if present & 0x02 != 0 {
            self.dcs = Some(Dcs(octets.one("TP-DCS")?));
        }
        if present & 0x04 != 0 {
            self.user_data = Some(UserData::read(octets, self.dcs.unwrap_or_default(), first & HEADER != 0)?);
        }
        Ok(())
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), PduError> {
        let with_header = self.user_data.as_ref().is_some_and(|user_data| user_data.header.is_some());
        out.push(
            0x02 | bit(!self.more, NO_MORE)
                | bit(self.loop_prevention, LOOP)
                | bit(self.about_command, STATUS_REPORT)
                | bit(with_header, HEADER),
        );
        out.push(self.reference);
        self.recipient.write(out, "TP-RA")?;
        out.extend(self.sent.0);
        out.extend(self.discharged.0);
        out.push(self.status);
        let present = bit(self.protocol.is_some(), 0x01)
            | bit(self.dcs.is_some(), 0x02)
            | bit(self.user_data.is_some(), 0x04);
        if present == 0 {
            return Ok(());
        }
        out.push(present);
        out.extend(self.protocol);
        out.extend(self.dcs.map(|dcs| dcs.0));
        match &self.user_data {
            Some(user_data) => user_data.write(out, self.dcs.unwrap_or_default()),
            None => Ok(()),
        }
    }
}
