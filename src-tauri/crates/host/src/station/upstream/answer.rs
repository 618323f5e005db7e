//! What the server's answers mean. Pure: an answer in, a verdict out.
//!
//! A reading may only count as accepted when it was the server that said so: a network that first wants its own page
//! signed answers everything with a success and a web page. And it may only be rejected for what it is: a wrong address
//! (404) is no verdict on a reading.

use std::time::Duration;

use gerai_core::port::upstream::{Answer, Grant, SignInFault};
use gerai_core::secret::Secret;
use serde_json::{Map, Value};

use super::wire::{ANSWER_BYTES_MAX, Body, Reply, bearer};

/// Characters of an answer that are kept.
const WHY_CHARS_MAX: usize = 200;
/// Longest bearer token that is kept; the known ones have 170 characters.
const TOKEN_CHARS_MAX: usize = 8 * 1024;
/// How long to wait after a 429 that does not say.
const RETRY_S: u64 = 60;
/// An answer of a success that is no JSON is believed up to this length: `OK`.
const PLAIN_CHARS_MAX: usize = 100;

/// What must not come back in words: a server may repeat what it was sent.
pub struct Hidden(pub Vec<Secret<String>>);

impl Hidden {
    /// A text in one line, short, and without secrets.
    fn show(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for secret in self.0.iter().map(Secret::expose).filter(|secret| !secret.is_empty()) {
            let escaped: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            shown = shown.replace(secret.as_str(), "…").replace(&escaped, "…");
        }
        let line: String =
            shown.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        let mut words = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = words.char_indices().nth(WHY_CHARS_MAX) {
            words.truncate(end);
            words.push('…');
        }
        words
    }

    /// What an answer says, in words.
    fn why(&self, reply: &Reply) -> String {
        let text = match &reply.body {
            Body::Whole(text) => text.trim(),
            Body::TooLong => return format!("its answer is longer than {} KiB", ANSWER_BYTES_MAX / 1024),
            Body::Cut(why) => return format!("its answer broke off: {why}"),
        };
        if let Some(location) = reply.location.as_deref().filter(|_| (300..400).contains(&reply.status)) {
            return format!("it points to {}; set that address if it is right", self.show(location));
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(answer)) => self.show(&said(&answer).unwrap_or_else(|| text.to_owned())),
            _ if text.starts_with('<') => "a web page".to_owned(),
            _ if text.is_empty() => "nothing".to_owned(),
            _ => self.show(text),
        }
    }
}

/// The sentence in an answer, under the names that such servers use.
fn said(answer: &Map<String, Value>) -> Option<String> {
    ["message", "error", "detail", "msg", "reason"].iter().find_map(|name| match answer.get(*name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Object(inner) => said(inner),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    })
}

/// A success that takes itself back: `{"status": "error", …}`.
fn says_no(answer: &Map<String, Value>) -> bool {
    ["status", "success", "ok"].iter().filter_map(|name| answer.get(*name)).any(|value| match value {
        Value::Bool(well) => !well,
        Value::Number(code) => code.as_u64().is_some_and(|code| code >= 400),
        Value::String(word) => {
            let word = word.to_ascii_lowercase();
            matches!(word.as_str(), "error" | "fail" | "failed" | "failure" | "false")
                || word.parse::<u16>().is_ok_and(|code| (400..600).contains(&code))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    })
}

/// A success that says that it had the reading already.
fn says_known(answer: &Map<String, Value>) -> bool {
    answer.get("duplicate") == Some(&Value::Bool(true))
        || answer
            .get("status")
            .and_then(Value::as_str)
            .is_some_and(|word| word.eq_ignore_ascii_case("duplicate"))
}

/// What came of a reading.
pub fn answer(reply: &Reply, hidden: &Hidden) -> Answer {
    let status = reply.status;
    let failed = |why: String| Answer::Failed { status, why };
    match (status, reply.retry_after) {
        (200..=299, _) => success(reply, hidden),
        (401, _) => Answer::Unauthorized,
        (409, _) => Answer::Duplicate { status },
        (429, seconds) => Answer::RetryAfter { status, seconds: seconds.unwrap_or(RETRY_S) },
        (503, Some(seconds)) => Answer::RetryAfter { status, seconds },
        (404 | 405, _) => failed(format!(
            "there is nothing at this address; set the base address again: {}",
            hidden.why(reply)
        )),
        // Of the way there, not of the reading: a proxy's sign-in, too slow, another host, too early, another protocol.
        (407 | 408 | 421 | 425 | 426, _) => failed(hidden.why(reply)),
        (400..=499, _) => Answer::Rejected { status, why: hidden.why(reply) },
        _ => failed(hidden.why(reply)),
    }
}

fn success(reply: &Reply, hidden: &Hidden) -> Answer {
    let status = reply.status;
    let failed = |why: String| Answer::Failed { status, why };
    let text = match &reply.body {
        Body::Whole(text) => text.trim(),
        Body::TooLong => return failed(hidden.why(reply)),
        // It may have it: the answer was lost on the way.
        Body::Cut(why) => return Answer::Unreachable(format!("the answer was lost ({why})")),
    };
    if text.is_empty() {
        return Answer::Accepted { status };
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(answer)) if says_known(&answer) => Answer::Duplicate { status },
        Ok(Value::Object(answer)) if says_no(&answer) => failed(hidden.why(reply)),
        Ok(Value::Bool(false) | Value::Null) => failed(hidden.why(reply)),
        Ok(_) => Answer::Accepted { status },
        Err(_) if is_short_word(text) => Answer::Accepted { status },
        Err(_) => failed(
            "what answered is not the server, perhaps a sign-in page of the network; open the address in a browser"
                .to_owned(),
        ),
    }
}

fn is_short_word(text: &str) -> bool {
    text.chars().count() <= PLAIN_CHARS_MAX
        && text.chars().all(|letter| !letter.is_control() && !matches!(letter, '<' | '{' | '\u{fffd}'))
}

/// What came of signing in.
pub fn grant(reply: &Reply, hidden: &Hidden) -> Result<Grant, SignInFault> {
    let status = reply.status;
    let why = || hidden.why(reply);
    match (status, reply.retry_after) {
        (200..=299, _) => granted(reply, hidden),
        (400 | 401 | 403 | 422, _) => Err(SignInFault::Refused { status, why: why() }),
        (429, seconds) => Err(SignInFault::RetryAfter { seconds: seconds.unwrap_or(RETRY_S) }),
        (503, Some(seconds)) => Err(SignInFault::RetryAfter { seconds }),
        _ => Err(SignInFault::Failed { status, why: why() }),
    }
}

fn granted(reply: &Reply, hidden: &Hidden) -> Result<Grant, SignInFault> {
    let status = reply.status;
    let failed = |why: &str| SignInFault::Failed { status, why: why.to_owned() };
    let text = match &reply.body {
        Body::Whole(text) => text,
        Body::TooLong => return Err(failed(&hidden.why(reply))),
        Body::Cut(why) => return Err(SignInFault::Unreachable(format!("the answer was lost ({why})"))),
    };
    let Ok(Value::Object(answer)) = serde_json::from_str(text) else {
        return Err(failed("what answered is not the server, perhaps a sign-in page of the network"));
    };
    // Some wrap what they give once more.
    let inner = match answer.get("data") {
        Some(Value::Object(inner)) => inner,
        _ => &answer,
    };
    let named = |name: &str| inner.get(name).or_else(|| answer.get(name));
    let Some(Value::String(token)) = named("token").or_else(|| named("access_token")) else {
        return Err(match says_no(&answer) {
            true => SignInFault::Refused { status, why: hidden.why(reply) },
            false => failed("its answer holds no token"),
        });
    };
    let token = Secret::new(token.clone());
    if token.expose().len() > TOKEN_CHARS_MAX || bearer(&token).is_none() {
        return Err(failed("its token is none that a header could carry"));
    }
    Ok(Grant { token, life: named("max_age").and_then(life) })
}

/// `"3h"`, `"180m"`, `"1h30m"`, `"10800"`, `10800`; `None` for anything else, and for nothing at all.
fn life(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(seconds) => seconds.as_u64()?,
        Value::String(text) => spelled(text)?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

fn spelled(text: &str) -> Option<u64> {
    let mut total = 0_u64;
    let mut digits = String::new();
    for letter in text.trim().chars().filter(|letter| *letter != ' ') {
        let seconds = match letter.to_ascii_lowercase() {
            digit if digit.is_ascii_digit() => {
                digits.push(digit);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        total = total.checked_add(std::mem::take(&mut digits).parse::<u64>().ok()?.checked_mul(seconds)?)?;
    }
    match digits.is_empty() {
        true => (total > 0).then_some(total),
        // A last number without a unit is seconds, alone only.
        false => (total == 0).then(|| digits.parse().ok())?,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_read() {
        for (text, seconds) in [
            ("3h", Some(10_800)),
            ("180m", Some(10_800)),
            ("1h30m", Some(5_400)),
            ("1 d", Some(86_400)),
            ("10800", Some(10_800)),
            ("10800s", Some(10_800)),
            ("0", None),
            ("", None),
            ("h", None),
            ("3h5", None),
            ("3 weeks", None),
            ("-3h", None),
            ("99999999999999999999h", None),
            ("9999999999999999999d", None),
        ] {
            assert_eq!(life(&Value::from(text)), seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(life(&Value::from(60)), Some(Duration::from_secs(60)));
        for other in [Value::from(0), Value::from(-1), Value::Null, Value::Bool(true)] {
            assert_eq!(life(&other), None);
        }
    }

    #[test]
    fn words_are_short_and_carry_no_secret() {
        let hidden = Hidden(vec![Secret::new("pass word".to_owned())]);
        assert_eq!(hidden.show("no: pass word\r\nor pass+word"), "no: … or …");
        assert_eq!(hidden.show(&"é".repeat(500)).chars().count(), WHY_CHARS_MAX + 1);
    }
}
