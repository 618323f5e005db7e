//! Command lines: what stands before `AT`, commands joined by `;`, basic commands run together, arguments in quotes
//! (ITU-T V.250, section 5). Which command does what is in `commands` and `messages`.

use super::modem::{Mode, Modem};
use super::net::Net;
use super::{commands, messages};

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Ok,
    Error,
    /// `+CME ERROR` (3GPP TS 27.007, section 9.2).
    Cme(u16),
    /// `+CMS ERROR` (3GPP TS 27.005, section 3.2.5).
    Cms(u16),
    /// The prompt was given: no result yet.
    Prompt,
}

/// How a command is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask<'a> {
    /// `AT+X`
    Do,
    /// `AT+X?`
    Read,
    /// `AT+X=?`
    Test,
    /// `AT+X=…`
    Set(&'a str),
}

/// Works a command line off.
pub(super) fn line(modem: &mut Modem, line: &[u8], net: &mut Net) {
    let text = String::from_utf8_lossy(line);
    let Some(begin) = text.as_bytes().windows(2).position(|two| two.eq_ignore_ascii_case(b"AT")) else {
        return;
    };
    let mut end = End::Ok;
    for command in split(&text[begin + 2..]) {
        end = one(modem, command.trim(), net);
        if end != End::Ok {
            break;
        }
    }
    match end {
        End::Ok => modem.finish("OK"),
        End::Error => modem.finish("ERROR"),
        End::Cme(code) => {
            let said = match (modem.set.cmee, cme_text(code)) {
                (0, _) => "ERROR".to_owned(),
                (2, Some(text)) => format!("+CME ERROR: {text}"),
                _ => format!("+CME ERROR: {code}"),
            };
            modem.finish(&said);
        }
        End::Cms(code) => modem.finish(&format!("+CMS ERROR: {code}")),
        End::Prompt => modem.answer.clear(),
    }
    debug_assert!(end != End::Prompt || matches!(modem.mode, Mode::Prompt { .. }));
}

/// Commands of a line, cut at `;` outside of quotes.
fn split(line: &str) -> Vec<&str> {
    let (mut cut, mut begin, mut quoted) = (Vec::new(), 0, false);
    for (place, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                cut.push(&line[begin..place]);
                begin = place + 1;
            }
            _ => {}
        }
    }
    cut.push(&line[begin..]);
    cut
}

/// Arguments, cut at `,` outside of quotes, quotes taken off.
pub(super) fn arguments(text: &str) -> Vec<String> {
    let (mut cut, mut one, mut quoted) = (Vec::new(), String::new(), false);
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => cut.push(std::mem::take(&mut one)),
            other => one.push(other),
        }
    }
    cut.push(one);
    cut
}

fn one(modem: &mut Modem, command: &str, net: &mut Net) -> End {
    match command.bytes().next() {
        None => End::Ok,
        Some(b'+' | b'^' | b'#' | b'$' | b'*') => extended(modem, command, net),
        Some(_) => basic(modem, command),
    }
}

fn extended(modem: &mut Modem, command: &str, net: &mut Net) -> End {
    let (name, ask) = match command.find(['=', '?']) {
        None => (command, Ask::Do),
        Some(place) => match &command[place..] {
            "?" => (&command[..place], Ask::Read),
            "=?" => (&command[..place], Ask::Test),
            rest if rest.starts_with('=') => (&command[..place], Ask::Set(&rest[1..])),
            _ => return End::Error,
        },
    };
    let name = name.to_ascii_uppercase();
    messages::run(modem, &name, ask, net)
        .or_else(|| commands::run(modem, &name, ask, net))
        .unwrap_or(End::Error)
}

/// `E0V1`, `Z`, `&F`, `I`, `S0=0`, `H`, …: letters with an optional number each.
fn basic(modem: &mut Modem, command: &str) -> End {
    let mut rest = command.to_ascii_uppercase();
    rest.retain(|character| character != ' ');
    let mut rest = rest.as_str();
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        if letter == '&' || letter == '\\' {
            rest = rest.get(1..).unwrap_or("");
        }
        let digits =
            rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'=' || *byte == b'?').count();
        let number = &rest[..digits];
        rest = &rest[digits..];
        match (letter, number) {
            ('E', "" | "0" | "1") => modem.set.echo = number == "1",
            ('V', "" | "0" | "1") => modem.set.verbose = number == "1",
            ('I', _) => {
                for line in modem.profile.ati {
                    let line = line.replace("%IMEI%", &modem.imei);
                    modem.reply(&line);
                }
            }
            ('Z' | '&', _) => {}
            ('H', _) => modem.ringing = false,
            ('Q' | 'X' | 'S' | 'L' | 'M' | '\\', _) => {}
            _ => return End::Error,
        }
    }
    End::Ok
}

fn cme_text(code: u16) -> Option<&'static str> {
    Some(match code {
        3 => "operation not allowed",
        4 => "operation not supported",
        10 => "SIM not inserted",
        11 => "SIM PIN required",
        12 => "SIM PUK required",
        14 => "SIM busy",
        16 => "incorrect password",
        30 => "no network service",
        50 => "incorrect parameters",
        _ => return None,
    })
}
