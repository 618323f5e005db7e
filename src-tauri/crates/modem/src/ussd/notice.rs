//! The unsolicited result code `+CUSD: <m>[,<str>,<dcs>]`, whose string may run over several lines and hold quotes.

use gerai_core::port::lines::{UssdReply, UssdState};

use super::{TeCharset, decode};

/// A `+CUSD` taken apart; its text not yet decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// m.
    pub state: UssdState,
    /// str.
    pub text: Option<String>,
    /// dcs.
    pub dcs: Option<u8>,
}

fn after_name(line: &str) -> &str {
    let line = line.trim_start();
    match line.get(..6) {
        Some(name) if name.eq_ignore_ascii_case("+CUSD:") => line[6..].trim_start(),
        Some(_) | None => line,
    }
}

/// Whether the result code is whole: its string, when there is one, is closed. Otherwise the next line belongs to it.
#[must_use]
pub fn complete(so_far: &str) -> bool {
    let rest = after_name(so_far);
    match (rest.find('"'), rest.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            let tail = rest[last + 1..].trim();
            tail.is_empty()
                || tail.strip_prefix(',').is_some_and(|dcs| dcs.trim().bytes().all(|b| b.is_ascii_digit()))
        }
        (Some(_), Some(_)) => false,
        (None, _) | (_, None) => true,
    }
}

/// Takes a `+CUSD` apart, with or without its name. `None`: it is none.
#[must_use]
pub fn parse(notice: &str) -> Option<Notice> {
    let rest = after_name(notice).trim_end();
    let (state, rest) =
        rest.split_once(',').map_or((rest, None), |(state, rest)| (state, Some(rest.trim_start())));
    let state = match state.trim() {
        "0" => UssdState::Done,
        "1" => UssdState::Answerable,
        "2" => UssdState::Ended,
        "3" => UssdState::Elsewhere,
        "4" => UssdState::Unsupported,
        "5" => UssdState::TimedOut,
        _ => return None,
    };
    let number = |text: &str| text.trim().trim_matches('"').parse::<u8>().ok();
    let (text, dcs) = match rest {
        None | Some("") => (None, None),
        Some(rest) => match rest.strip_prefix('"') {
            Some(open) => match open.rfind('"') {
                Some(end) => {
                    (Some(&open[..end]), open[end + 1..].trim_start().strip_prefix(',').and_then(number))
                }
                // Never closed: all of it is text.
                None => (Some(open), None),
            },
            // Without quotes: what stands behind the last comma is the scheme when it is a number.
            None => match rest.rsplit_once(',').map(|(text, dcs)| (text, number(dcs))) {
                Some((text, Some(dcs))) => (Some(text), Some(dcs)),
                Some((_, None)) | None => (Some(rest), None),
            },
        },
    };
    Some(Notice { state, text: text.map(str::to_owned), dcs })
}

/// The reply that a `+CUSD` brings, decoded. `None`: it is none.
#[must_use]
pub fn reply(notice: &str, charset: TeCharset) -> Option<UssdReply> {
    let Notice { state, text, dcs } = parse(notice)?;
    Some(UssdReply { state, text: text.map_or_else(String::new, |text| decode(&text, dcs, charset)) })
}
