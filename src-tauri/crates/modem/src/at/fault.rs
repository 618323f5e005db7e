//! Final results and what a refused submission means: whom the error concerns, whether trying again helps, and whether it
//! is certain that nothing left. Numbers: 3GPP TS 24.011 annex E-2 (RP-Cause, 1 to 127), 3GPP TS 23.040 section 9.2.3.22
//! (TP-FCS, 128 to 255), 3GPP TS 27.005 section 3.2.5 (300 to 500), 3GPP TS 27.007 section 9.2 (CME).

use gerai_core::port::lines::{Scope, Submitted};

/// Longest error text of a modem that is repeated to people, characters.
const TEXT_CHARS_MAX: usize = 60;

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Final {
    /// `OK`.
    Ok,
    /// `ERROR` without a reason.
    Error,
    /// `+CME ERROR`: number, when it gave one or its text is known, and what it said.
    Cme(Option<u16>, String),
    /// `+CMS ERROR`, likewise.
    Cms(Option<u16>, String),
    /// Result of dialling: `NO CARRIER`, `BUSY`…
    Dialled(String),
}

impl Final {
    /// Reads a final result line. `dialling`: the command in flight is one that those results end.
    #[must_use]
    pub fn parse(line: &str, dialling: bool) -> Option<Self> {
        let reason = |rest: &str| -> String { rest.trim().chars().take(TEXT_CHARS_MAX).collect() };
        match line {
            "OK" => return Some(Self::Ok),
            "ERROR" | "COMMAND NOT SUPPORT" | "COMMAND NOT SUPPORTED" | "TOO MANY PARAMETERS" => {
                return Some(Self::Error);
            }
            "NO CARRIER" | "BUSY" | "NO ANSWER" | "NO DIALTONE" | "CONNECT" if dialling => {
                return Some(Self::Dialled(line.to_owned()));
            }
            _ => {}
        }
        if let Some(rest) = line.strip_prefix("+CME ERROR:") {
            let text = reason(rest);
            return Some(Self::Cme(text.parse().ok().or_else(|| cme_by_text(&text)), text));
        }
        if let Some(rest) = line.strip_prefix("+CMS ERROR:") {
            let text = reason(rest);
            return Some(Self::Cms(text.parse().ok().or_else(|| cms_by_text(&text)), text));
        }
        None
    }

    /// It is `OK`.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        *self == Self::Ok
    }

    /// The modem or SIM is still busy starting or with another command: the same command works a little later.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Cme(code, _) => matches!(code, Some(14 | 256 | 515)),
            Self::Cms(code, _) => matches!(code, Some(314 | 515 | 527)),
            Self::Ok | Self::Error | Self::Dialled(_) => false,
        }
    }

    /// The error number, if one was given.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Cme(code, _) | Self::Cms(code, _) => *code,
            Self::Ok | Self::Error | Self::Dialled(_) => None,
        }
    }

    /// As the modem writes it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Ok => "OK".to_owned(),
            Self::Error => "ERROR".to_owned(),
            Self::Cme(_, text) => format!("+CME ERROR: {text}"),
            Self::Cms(_, text) => format!("+CMS ERROR: {text}"),
            Self::Dialled(text) => text.clone(),
        }
    }
}

fn cme_by_text(text: &str) -> Option<u16> {
    Some(match text.to_ascii_lowercase().as_str() {
        "operation not allowed" => 3,
        "operation not supported" => 4,
        "sim not inserted" => 10,
        "sim pin required" => 11,
        "sim puk required" => 12,
        "sim failure" => 13,
        "sim busy" => 14,
        "sim wrong" => 15,
        "incorrect password" => 16,
        "memory full" => 20,
        "no network service" => 30,
        "network timeout" => 31,
        "unknown" | "unknown error" => 100,
        _ => return None,
    })
}

fn cms_by_text(text: &str) -> Option<u16> {
    Some(match text.to_ascii_lowercase().as_str() {
        "sim not inserted" => 310,
        "sim pin required" => 311,
        "sim failure" => 313,
        "sim busy" => 314,
        "sim puk required" => 316,
        "memory full" => 322,
        "smsc address unknown" => 330,
        "no network service" => 331,
        "network timeout" => 332,
        "unknown error" => 500,
        _ => return None,
    })
}

/// What an error of a submission means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whom it concerns.
    pub scope: Scope,
    /// Trying again later can help.
    pub temporary: bool,
    /// It is certain that the message did not leave.
    pub certain: bool,
    /// In words.
    pub meaning: &'static str,
}

const fn sure(scope: Scope, temporary: bool, meaning: &'static str) -> Verdict {
    Verdict { scope, temporary, certain: true, meaning }
}

const fn doubt(meaning: &'static str) -> Verdict {
    Verdict { scope: Scope::Network, temporary: true, certain: false, meaning }
}

/// What this final result says of a message whose PDU was handed over. `OK` is not judged here: it is read as doubt.
#[must_use]
pub fn judge_submit(result: &Final) -> Verdict {
    match result {
        Final::Cms(Some(code), _) => judge_cms(*code),
        Final::Cme(Some(code), _) => judge_cme(*code),
        Final::Cms(None, _) | Final::Cme(None, _) => doubt("an error this station does not know"),
        Final::Error => sure(Scope::Line, true, "the modem refuses without a reason"),
        Final::Ok | Final::Dialled(_) => doubt("the modem gave no message reference"),
    }
}

fn judge_cms(code: u16) -> Verdict {
    use Scope::{Line, Message, Network};
    match code {
        1 => sure(Message, false, "nobody has this number"),
        8 => sure(Line, false, "the operator bars this SIM from sending"),
        10 => sure(Line, false, "this SIM may not send there"),
        21 => sure(Line, true, "the network rejects it; the balance of this SIM may be used up"),
        22 => sure(Network, true, "a memory in the network is full"),
        27 => sure(Message, true, "the recipient can not be reached now"),
        28 => sure(Message, false, "the network does not know this subscriber"),
        29 | 30 | 50 | 69 => sure(Line, false, "this SIM has no short message service"),
        38 => sure(Network, true, "the network is out of order"),
        41 => sure(Network, true, "a temporary failure of the network"),
        42 => sure(Network, true, "the network is congested"),
        47 => sure(Network, true, "the network has no resources left"),
        81 | 98 | 111 | 127 => sure(Network, true, "the network and the modem misunderstand each other"),
        95 | 96 | 97 | 99 => sure(Message, false, "the network finds the message malformed"),
        128..=191 => sure(Message, false, "the service centre does not support this kind of message"),
        192 => sure(Network, true, "the service centre is busy"),
        193 => sure(Line, false, "this SIM has no subscription at the service centre"),
        194 => sure(Network, true, "the service centre has failed"),
        195 => sure(Message, false, "the service centre finds the number invalid"),
        196 => sure(Message, false, "the recipient is barred"),
        197 => doubt("the service centre has had this message already"),
        198 | 199 => sure(Message, false, "the service centre does not support the validity period"),
        208..=215 => sure(Line, true, "the SIM's memory is full or busy"),
        200..=207 | 216..=255 => sure(Network, true, "the service centre refuses without a reason"),
        300 | 320 => sure(Line, true, "the modem has failed"),
        301 | 302 => sure(Line, true, "the modem does not allow sending now"),
        303 => sure(Line, false, "the modem does not support sending"),
        304 | 305 => sure(Message, false, "the modem finds the message malformed"),
        310 => sure(Line, true, "there is no SIM"),
        311..=313 | 315..=318 => sure(Line, true, "the SIM is locked or has failed"),
        314 => sure(Line, true, "the SIM is busy"),
        321 | 322 => sure(Line, true, "the SIM's memory is full"),
        330 => sure(Line, false, "the SIM has no service centre number; enter it in the modem's settings"),
        331 => sure(Network, true, "there is no network"),
        332 => doubt("the network did not answer in time"),
        340 => sure(Line, true, "the modem waits for no acknowledgement"),
        500 => doubt("an unknown error"),
        512 | 528 | 529 => sure(Network, true, "the modem has no connection to the network"),
        515 | 527 => sure(Line, true, "the modem is busy"),
        531 => sure(Line, false, "the SIM may only send to its fixed numbers"),
        // Makers give 512 and above a meaning of their own; what is not known to be harmless is doubtful.
        _ => doubt("an error this station does not know"),
    }
}

fn judge_cme(code: u16) -> Verdict {
    use Scope::{Line, Network};
    match code {
        3 => sure(Line, true, "the modem does not allow it now"),
        4 => sure(Line, false, "the modem does not support sending"),
        10 => sure(Line, true, "there is no SIM"),
        5..=7 | 11..=13 | 15..=18 | 40..=48 => sure(Line, true, "the SIM is locked or has failed"),
        14 => sure(Line, true, "the SIM is busy"),
        20..=23 => sure(Line, true, "the SIM's memory is full"),
        24..=27 => sure(Scope::Message, false, "the modem finds the message malformed"),
        30 => sure(Network, true, "there is no network"),
        31 => doubt("the network did not answer in time"),
        32 => sure(Network, true, "the network allows emergency calls only"),
        103 | 106 => sure(Line, false, "the network does not accept this SIM or modem"),
        107 | 111..=113 => sure(Line, true, "this SIM may not use this network"),
        256 | 515 => sure(Line, true, "the modem is busy"),
        _ => doubt("an error this station does not know"),
    }
}

/// What became of a message by this verdict on this result.
#[must_use]
pub fn judge_refusal(result: &Final, left: bool) -> Submitted {
    let verdict = judge_submit(result);
    let why = format!("{}: {}", result.shown(), verdict.meaning);
    // Before Ctrl-Z nothing can have left, whatever the error says.
    if verdict.certain || !left {
        Submitted::Refused { scope: verdict.scope, temporary: verdict.temporary, code: result.code(), why }
    } else {
        Submitted::InDoubt { why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, scope: Scope, temporary: bool, certain: bool) {
        let result = Final::parse(line, false).unwrap();
        let verdict = judge_submit(&result);
        assert_eq!(
            (verdict.scope, verdict.temporary, verdict.certain),
            (scope, temporary, certain),
            "{line}"
        );
    }

    #[test]
    fn errors_have_a_scope_and_a_certainty() {
        check("+CMS ERROR: 1", Scope::Message, false, true);
        check("+CMS ERROR: 21", Scope::Line, true, true);
        check("+CMS ERROR: 28", Scope::Message, false, true);
        check("+CMS ERROR: 38", Scope::Network, true, true);
        check("+CMS ERROR: 42", Scope::Network, true, true);
        check("+CMS ERROR: 304", Scope::Message, false, true);
        check("+CMS ERROR: 330", Scope::Line, false, true);
        check("+CMS ERROR: 332", Scope::Network, true, false);
        check("+CMS ERROR: 500", Scope::Network, true, false);
        check("+CMS ERROR: 197", Scope::Network, true, false);
        check("+CMS ERROR: 9999", Scope::Network, true, false);
        check("+CMS ERROR: SMSC address unknown", Scope::Line, false, true);
        check("+CMS ERROR: Network timeout", Scope::Network, true, false);
        check("+CMS ERROR: gibberish", Scope::Network, true, false);
        check("+CME ERROR: 14", Scope::Line, true, true);
        check("+CME ERROR: SIM busy", Scope::Line, true, true);
        check("+CME ERROR: 31", Scope::Network, true, false);
        check("ERROR", Scope::Line, true, true);
    }

    #[test]
    fn before_ctrl_z_every_error_is_certain() {
        let unknown = Final::parse("+CMS ERROR: 500", false).unwrap();
        assert!(matches!(judge_refusal(&unknown, false), Submitted::Refused { code: Some(500), .. }));
        assert!(matches!(judge_refusal(&unknown, true), Submitted::InDoubt { .. }));
    }

    #[test]
    fn busy_and_results_of_dialling() {
        for line in ["+CME ERROR: 14", "+CME ERROR: 515", "+CME ERROR: 256", "+CMS ERROR: 314"] {
            assert!(Final::parse(line, false).unwrap().is_busy(), "{line}");
        }
        assert!(!Final::parse("+CMS ERROR: 38", false).unwrap().is_busy());
        assert_eq!(Final::parse("NO CARRIER", false), None);
        assert!(Final::parse("NO CARRIER", true).is_some());
        assert_eq!(Final::parse("OKAY", false), None);
    }
}
