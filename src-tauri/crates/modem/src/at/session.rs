//! The dialogue itself: one command in flight, everything else sorted out around it. A line is, in this order: the rest
//! of a notification that spans lines, an echo, a final result, a notification, the answer to the command in flight, or
//! nobody's. Never confused by what comes late: finals without a command and `+CMGS` after its time are events of their own.

use gerai_core::secret::Secret;
use zeroize::Zeroizing;

use super::command::Command;
use super::fault::Final;
use super::lexer::{Lexer, Token};
use super::urc::{self, Urc};
use super::{CTRL_Z, ESCAPE, REPLY_LINES_MAX, fields};

/// Lines that may come between `+CMT` and its PDU before the PDU is given up.
const HEADER_PATIENCE: u8 = 3;
/// Longest USSD text over several lines, octets: 182 septets as UCS-2 hexadecimal, and room.
const USSD_OCTETS_MAX: usize = 2_048;

/// The answer to the command in flight.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its lines, without the final result.
    pub lines: Vec<String>,
    /// The final result; `None`: its time was over.
    pub result: Option<Final>,
}

impl std::fmt::Debug for Reply {
    /// No lines: they carry numbers and messages of people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("lines", &self.lines.len()).field("result", &self.result).finish()
    }
}

impl Reply {
    /// It ended with `OK`.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.result == Some(Final::Ok)
    }

    /// The first line of the answer, when it ended well.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        if self.is_ok() { self.lines.first().map(String::as_str) } else { None }
    }
}

/// What the bytes meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The modem waits for the PDU.
    Prompt,
    /// The command in flight is answered.
    Reply(Reply),
    /// Said without being asked.
    Urc(Urc),
    /// `+CMGS` without a submission in flight: an earlier one had left after all, with this TP-MR.
    LateSubmit(u8),
    /// A final result that no command waits for.
    Stray,
    /// An overlong line was dropped.
    Garbage,
}

struct InFlight {
    command: Command,
    lines: Vec<String>,
    pdu: Option<Secret<String>>,
}

impl InFlight {
    fn is_dialling(&self) -> bool {
        let text = self.command.text().as_bytes();
        text.len() > 2 && (text[2].eq_ignore_ascii_case(&b'D') || text[2].eq_ignore_ascii_case(&b'A'))
    }
}

/// One AT dialogue.
#[derive(Default)]
pub struct Session {
    lexer: Lexer,
    in_flight: Option<InFlight>,
    /// Header of a `+CMT` or `+CDS` whose PDU is still to come.
    header: Option<(bool, Option<usize>, u8)>,
    /// A `+CUSD` whose quoted text is not closed yet.
    ussd: Option<String>,
}

impl Session {
    /// Starts a command and returns the bytes to send. One that is still in flight is given up.
    pub fn begin(&mut self, command: Command) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(command.text().len() + 1);
        bytes.extend_from_slice(command.text().as_bytes());
        self.lexer.expect_prompt(command.prompts().then_some(bytes.as_slice()));
        bytes.push(b'\r');
        self.in_flight = Some(InFlight { command, lines: Vec::new(), pdu: None });
        bytes
    }

    /// The PDU behind the prompt, ended by Ctrl-Z: the bytes to send in one write.
    pub fn pdu(&mut self, hex: &str) -> Zeroizing<Vec<u8>> {
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.pdu = Some(Secret::new(hex.to_owned()));
        }
        self.lexer.expect_prompt(None);
        let mut bytes = Zeroizing::new(Vec::with_capacity(hex.len() + 1));
        bytes.extend_from_slice(hex.as_bytes());
        bytes.push(CTRL_Z);
        bytes
    }

    /// Stops waiting for the command in flight: returns what of its answer has come.
    pub fn give_up(&mut self) -> Reply {
        self.lexer.expect_prompt(None);
        let lines = self.in_flight.take().map(|in_flight| in_flight.lines).unwrap_or_default();
        Reply { lines, result: None }
    }

    /// The reference in the answer to the submission in flight: the network has it, whatever the final result will be.
    #[must_use]
    pub fn submitted(&self) -> Option<u8> {
        let in_flight = self.in_flight.as_ref()?;
        in_flight.pdu.as_ref()?;
        in_flight.lines.iter().find_map(|line| reference(line))
    }

    /// A command is in flight.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.in_flight.is_some()
    }

    /// Takes bytes in and adds what they mean to `out`.
    pub fn receive(&mut self, bytes: &[u8], out: &mut Vec<Event>) {
        for byte in bytes {
            match self.lexer.take(*byte) {
                Some(Token::Line(line)) => self.line(line, out),
                Some(Token::Prompt) => out.push(Event::Prompt),
                Some(Token::Overlong) => {
                    self.ussd = None;
                    self.header = None;
                    out.push(Event::Garbage);
                }
                None => {}
            }
        }
    }

    fn line(&mut self, line: String, out: &mut Vec<Event>) {
        let Some(line) = self.spanning(line, out) else { return };
        if self.is_echo(&line) {
            return;
        }
        if let Some(header) = urc::direct_header(&line) {
            self.header = Some((header.0, header.1, HEADER_PATIENCE));
            return;
        }
        let dialling = self.in_flight.as_ref().is_some_and(InFlight::is_dialling);
        if let Some(result) = Final::parse(&line, dialling) {
            self.finish(result, out);
            return;
        }
        let owned = self.in_flight.as_ref().is_some_and(|in_flight| in_flight.command.owns(&line));
        if let Some(notice) = urc::read(&line)
            && !(owned && urc::may_be_asked(&line))
        {
            if line.starts_with("+CUSD") && urc::ussd_is_open(&line) {
                self.ussd = Some(line);
            } else {
                out.push(Event::Urc(notice));
            }
            return;
        }
        if let Some(reference) = reference(&line) {
            match &mut self.in_flight {
                Some(in_flight) if in_flight.pdu.is_some() => in_flight.lines.push(line),
                _ => out.push(Event::LateSubmit(reference)),
            }
            return;
        }
        match &mut self.in_flight {
            Some(in_flight) if owned && !urc::is_registration_notice(&line) => {
                if in_flight.lines.len() < REPLY_LINES_MAX {
                    in_flight.lines.push(line);
                }
            }
            _ => out.push(Event::Urc(urc::read_shared(&line))),
        }
    }

    /// Takes the line as the rest of what came before it; gives it back when it is none.
    fn spanning(&mut self, line: String, out: &mut Vec<Event>) -> Option<String> {
        if let Some(mut text) = self.ussd.take() {
            let interrupts = urc::direct_header(&line).is_some()
                || urc::read(&line)
                    .is_some_and(|notice| notice != Urc::Other && !matches!(notice, Urc::Ussd { .. }));
            if interrupts {
                self.ussd = Some(text);
                return Some(line);
            }
            text.push('\n');
            text.push_str(&line);
            if text.len() < USSD_OCTETS_MAX && urc::ussd_is_open(&text) {
                self.ussd = Some(text);
            } else if let Some(notice) = urc::read(&text) {
                out.push(Event::Urc(notice));
            }
            return None;
        }
        if let Some((report, length, patience)) = self.header.take() {
            let digits = line.bytes().all(|byte| byte.is_ascii_hexdigit());
            if digits && line.len().is_multiple_of(2) {
                out.push(Event::Urc(Urc::Direct { report, length, pdu: line }));
                return None;
            }
            if patience > 1 {
                self.header = Some((report, length, patience - 1));
            }
        }
        Some(line)
    }

    fn is_echo(&self, line: &str) -> bool {
        if line.starts_with("AT+") || line.starts_with("AT^") || line == "AT" {
            return true;
        }
        let Some(in_flight) = &self.in_flight else { return false };
        let ends = [char::from(CTRL_Z), char::from(ESCAPE)];
        let bare = line.trim_matches(ends);
        bare.is_empty()
            || bare.eq_ignore_ascii_case(in_flight.command.text())
            || in_flight.pdu.as_ref().is_some_and(|pdu| pdu.expose().eq_ignore_ascii_case(bare))
    }

    fn finish(&mut self, result: Final, out: &mut Vec<Event>) {
        let Some(in_flight) = &self.in_flight else {
            out.push(Event::Stray);
            return;
        };
        let unanswered = result.is_ok() && in_flight.command.informs() && in_flight.lines.is_empty();
        if unanswered {
            // `OK` without the answer is an earlier command's, come late.
            out.push(Event::Stray);
            return;
        }
        self.lexer.expect_prompt(None);
        if let Some(in_flight) = self.in_flight.take() {
            out.push(Event::Reply(Reply { lines: in_flight.lines, result: Some(result) }));
        }
    }
}

/// The message reference in `+CMGS: <mr>` (3GPP TS 27.005 section 3.5.1).
fn reference(line: &str) -> Option<u8> {
    if !line.starts_with("+CMGS:") {
        return None;
    }
    fields::number(line, 0)
}
