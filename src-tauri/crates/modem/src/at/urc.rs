//! Unsolicited result codes: what a modem says without being asked (3GPP TS 27.005 section 3.4, 27.007; `^…` by vendors).

use super::fields::{fields, number, text};

/// A message store (3GPP TS 27.005 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Memory {
    /// `SM`: the SIM.
    Sim,
    /// `ME`: the modem.
    Modem,
    /// `SR`: status reports.
    Reports,
}

impl Memory {
    /// As commands name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sim => "SM",
            Self::Modem => "ME",
            Self::Reports => "SR",
        }
    }

    /// Reads a name. `MT` (both together) is read as the modem: it is what `MT` shows first on the models that use it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "SM" | "SM_P" => Some(Self::Sim),
            "ME" | "MT" | "ME_P" => Some(Self::Modem),
            "SR" => Some(Self::Reports),
            _ => None,
        }
    }
}

/// Something the modem said by itself.
#[derive(Clone, PartialEq, Eq)]
pub enum Urc {
    /// `+CMTI`, `+CDSI`: a message or report is stored there.
    Stored {
        /// Where.
        memory: Memory,
        /// Its index.
        index: u16,
    },
    /// `+CMT`, `+CDS`: a message or report itself.
    Direct {
        /// It is a status report.
        report: bool,
        /// TPDU length, octets, without the service centre address.
        length: Option<usize>,
        /// The PDU in hexadecimal.
        pdu: String,
    },
    /// `+CUSD`.
    Ussd {
        /// m (3GPP TS 27.007 section 7.15).
        state: u8,
        /// The string between the quotes, lines joined by LF; `None`: there was none.
        text: Option<String>,
        /// Data coding scheme.
        dcs: Option<u8>,
    },
    /// `RING` or `+CRING`.
    Ring,
    /// `+CLIP`: who calls; empty when withheld.
    Caller(String),
    /// `NO CARRIER` and the like: the call is over.
    CallEnded,
    /// `+CREG` or `+CEREG`, `+CGREG` with this registration state (3GPP TS 27.007 section 7.2).
    Registration(u8),
    /// `^RSSI`, `+CSQ` by itself: raw signal 0 to 31, 99 unknown.
    Signal(u8),
    /// `^SMMEMFULL`, `+SMSFULL`: a store is full.
    StoreFull,
    /// The modem has started anew: `^SYSSTART`, `RDY`, `+PBREADY`… Settings are gone.
    Restarted,
    /// `+CPIN`, `^SIMST`, `+SIM`: the SIM's state changed.
    SimChanged,
    /// Something else: never taken as a reply.
    Other,
}

impl std::fmt::Debug for Urc {
    /// Names only: most of them carry numbers or texts of people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stored { .. } => "Stored",
            Self::Direct { .. } => "Direct",
            Self::Ussd { .. } => "Ussd",
            Self::Ring => "Ring",
            Self::Caller(_) => "Caller",
            Self::CallEnded => "CallEnded",
            Self::Registration(_) => "Registration",
            Self::Signal(_) => "Signal",
            Self::StoreFull => "StoreFull",
            Self::Restarted => "Restarted",
            Self::SimChanged => "SimChanged",
            Self::Other => "Other",
        })
    }
}

/// A line that a second line follows: the PDU.
pub(super) fn direct_header(line: &str) -> Option<(bool, Option<usize>)> {
    let report = match line.split_once(':')?.0 {
        "+CMT" => false,
        "+CDS" => true,
        _ => return None,
    };
    // `+CMT: [alpha],length` but `+CDS: length`.
    let length = fields(line).last().and_then(|field| field.parse().ok());
    Some((report, length))
}

/// Reads a line that is surely unsolicited; `None`: it may belong to a command, or is nothing known.
pub(super) fn read(line: &str) -> Option<Urc> {
    let name = line.split(':').next().unwrap_or(line).trim();
    Some(match name {
        "+CMTI" | "+CDSI" => match (Memory::parse(&text(line, 0)), number(line, 1)) {
            (Some(memory), Some(index)) => Urc::Stored { memory, index },
            _ => Urc::Other,
        },
        "+CUSD" => ussd(line),
        "RING" | "+CRING" => Urc::Ring,
        "+CLIP" => Urc::Caller(text(line, 0)),
        "NO CARRIER" | "NO ANSWER" | "BUSY" | "^CEND" => Urc::CallEnded,
        "^RSSI" | "+ZRSSI" => Urc::Signal(number(line, 0).unwrap_or(99)),
        "^SMMEMFULL" | "+SMSFULL" | "*SMSFULL" | "^SMSFULL" => Urc::StoreFull,
        "^SYSSTART" | "RDY" | "APP RDY" | "MODEM:STARTUP" => Urc::Restarted,
        "^SIMST" | "+SIM" | "*PSSIMST" | "+QSIMSTAT" | "#QSS" | "+ZUSIMR" => Urc::SimChanged,
        "^BOOT" | "^MODE" | "^SRVST" | "^DSFLOWRPT" | "^STIN" | "^ORIG" | "^CONF" | "^CONN" | "+ZPASR"
        | "^HCSQ" | "^NWTIME" | "+CTZV" | "+CIEV" | "+CGEV" | "+PACSP0" | "+PACSP1" | "+ZEND" | "^THERM"
        | "^CSNR" | "Call Ready" | "SMS Ready" | "+CFUN" | "+PBREADY" | "+QIND" | "+STIN" | "*PSUTTZ"
        | "DST" | "^SIMSTATE" | "+CALA" | "^ANLEVEL" | "^LWURC" => Urc::Other,
        _ => return None,
    })
}

/// Names that a command can ask for although modems also say them unasked.
pub(super) fn may_be_asked(line: &str) -> bool {
    matches!(
        line.split(':').next().unwrap_or(line).trim(),
        "^HCSQ"
            | "+CFUN"
            | "^MODE"
            | "^SIMST"
            | "^RSSI"
            | "+CLIP"
            | "^STIN"
            | "^THERM"
            | "+QSIMSTAT"
            | "^CSNR"
    )
}

/// Lines whose name is both a reply and a notification; read as a notification here.
pub(super) fn read_shared(line: &str) -> Urc {
    match line.split(':').next().unwrap_or(line).trim() {
        "+CREG" | "+CGREG" | "+CEREG" => number(line, 0).map_or(Urc::Other, Urc::Registration),
        "+CPIN" => Urc::SimChanged,
        "+CSQ" => Urc::Signal(number(line, 0).unwrap_or(99)),
        _ => Urc::Other,
    }
}

/// `+CREG: 0,1` answers a query (n, stat); `+CREG: 1` and `+CREG: 1,"00A1",…` come by themselves (3GPP TS 27.007
/// section 7.2). A location area of one digit does not exist, it is written with four.
pub(super) fn is_registration_notice(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or(line).trim();
    if !matches!(name, "+CREG" | "+CGREG" | "+CEREG") {
        return false;
    }
    let body = line.split_once(':').map_or("", |(_, body)| body);
    let second = body.split(',').nth(1).map(str::trim);
    !second.is_some_and(|second| second.len() <= 2 && second.bytes().all(|byte| byte.is_ascii_digit()))
}

fn ussd(line: &str) -> Urc {
    let body = line.split_once(':').map_or("", |(_, body)| body);
    let (state, rest) = body.split_once(',').unwrap_or((body, ""));
    let Ok(state) = state.trim().parse() else { return Urc::Other };
    // From the first quote to the last: the text itself may hold some.
    let (text, behind) = match (rest.find('"'), rest.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            (Some(rest[first + 1..last].to_owned()), &rest[last + 1..])
        }
        (Some(first), _) => (Some(rest[first + 1..].to_owned()), ""),
        (None, _) => match rest.rsplit_once(',') {
            Some((text, dcs)) if !text.is_empty() => (Some(text.trim().to_owned()), dcs),
            _ => (None, rest),
        },
    };
    let dcs = behind.rsplit(',').next().and_then(|dcs| dcs.trim().parse().ok());
    Urc::Ussd { state, text, dcs }
}

/// The quoted string of this `+CUSD` goes on in the next line.
pub(super) fn ussd_is_open(line: &str) -> bool {
    let body = line.split_once(':').map_or("", |(_, body)| body);
    let Some(first) = body.find('"') else { return false };
    let text = &body[first + 1..];
    match text.rfind('"') {
        // Closed when nothing but a coding scheme follows the last quote.
        Some(last) => {
            let behind = text[last + 1..].trim();
            let dcs = behind.strip_prefix(',').map(str::trim);
            !(behind.is_empty() || dcs.is_some_and(|dcs| dcs.bytes().all(|byte| byte.is_ascii_digit())))
        }
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ussd_forms() {
        let ussd = |line: &str| match read(line) {
            Some(Urc::Ussd { state, text, dcs }) => (state, text, dcs),
            other => panic!("{other:?}"),
        };
        assert_eq!(ussd("+CUSD: 0,\"Pulsa Rp 5\",15"), (0, Some("Pulsa Rp 5".to_owned()), Some(15)));
        assert_eq!(ussd("+CUSD: 1,\"say \"ya\"\", 72"), (1, Some("say \"ya\"".to_owned()), Some(72)));
        assert_eq!(ussd("+CUSD: 2"), (2, None, None));
        assert_eq!(ussd("+CUSD: 0,0041,72"), (0, Some("0041".to_owned()), Some(72)));
        assert!(ussd_is_open("+CUSD: 1,\"Menu"));
        assert!(ussd_is_open("+CUSD: 1,\"say \"ya\" or"));
        assert!(!ussd_is_open("+CUSD: 1,\"Menu\",15"));
        assert!(!ussd_is_open("+CUSD: 4"));
    }

    #[test]
    fn registration_asked_or_not() {
        assert!(is_registration_notice("+CREG: 1"));
        assert!(is_registration_notice("+CREG: 5,\"00A1\",\"0000B2C3\",2"));
        assert!(is_registration_notice("+CREG: 1, 00A1, 0B2C"));
        assert!(!is_registration_notice("+CREG: 2,1,\"00A1\",\"B2C3\""));
        assert!(!is_registration_notice("+CREG: 0, 5"));
    }
}
