//! What goes back to readers. The two known legacy texts stand byte for byte as the original sends them; v2 results
//! are flat JSON of at most 200 bytes. Nothing is ever published to `{prefix}/created`.

use serde_json::{Map, Value};

use super::Outcome;
use super::mac::{self, ReaderKey};
use crate::money::Rupiah;

/// A v2 result is at most this long.
pub const RESULT_BYTES_MAX: usize = 200;
/// A result older than this is flagged late and lights nothing.
pub const RESULT_LATE_MS: i64 = 30_000;
/// A tap that waited longer than this in a broker is never charged.
pub const TAP_LATE_MS: u64 = 10_000;

/// The legacy answer to a tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyAnswer {
    /// On `{prefix}/success`; otherwise on `{prefix}/failed`.
    pub success: bool,
    /// The text.
    pub body: String,
}

/// The legacy answer for an outcome. `echo` is the payload as received.
#[must_use]
pub fn legacy_answer(outcome: Outcome, echo: &str, amount: Rupiah, balance: Rupiah) -> LegacyAnswer {
    let (amount, balance) = (amount.0, balance.0);
    match outcome {
        Outcome::Ok => LegacyAnswer {
            success: true,
            body: format!("Successfully deducted {amount} for {echo}\nBalance: {balance}"),
        },
        Outcome::Low => LegacyAnswer {
            success: false,
            body: format!("Insufficient balance for {echo} to deduct {amount}\nBalance: {balance}"),
        },
        other => LegacyAnswer {
            success: false,
            body: format!("Failed {} for {echo}\nBalance: {balance}", other.word()),
        },
    }
}

/// A v2 result before it is signed: what the outbox keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct V2Result {
    /// The request's id; empty when the request had none that could be read.
    pub id: String,
    /// Outcome.
    pub st: Outcome,
    /// Balance; 0 for an unknown card.
    pub bal: i64,
    /// Journal entry, for charged taps and repeats of them.
    pub tx: Option<i64>,
}

impl V2Result {
    /// The JSON that is published: a flat object. A result older than
    /// `RESULT_LATE_MS` says `late`, with the outcome in `was`, so that even a simple reader lights nothing.
    #[must_use]
    pub fn to_json(&self, reader: &str, key: Option<&ReaderKey>, late: bool) -> String {
        let st = if late { Outcome::Late } else { self.st };
        let mut fields = Map::new();
        fields.insert("id".to_owned(), Value::from(self.id.as_str()));
        fields.insert("st".to_owned(), Value::from(st.word()));
        fields.insert("bal".to_owned(), Value::from(self.bal));
        if let Some(tx) = self.tx {
            fields.insert("tx".to_owned(), Value::from(tx));
        }
        if late {
            fields.insert("was".to_owned(), Value::from(self.st.word()));
        }
        if let Some(key) = key {
            let mac = mac::sign_result(key, reader, &self.id, st.word(), self.bal, self.tx);
            fields.insert("mac".to_owned(), Value::from(mac));
        }
        Value::Object(fields).to_string()
    }
}

/// Topics of one prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    prefix: String,
}

/// What a topic is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic<'a> {
    /// `{prefix}/deduct`.
    LegacyDeduct,
    /// `{prefix}/topup`: the original's silent crediting topic.
    LegacyTopup,
    /// `{prefix}/v2/{reader}/deduct`.
    V2Deduct(&'a str),
    /// Anything else.
    Other,
}

impl Topics {
    /// Topics below `prefix`, `iot` as the original.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// Recognises an inbound topic.
    #[must_use]
    pub fn recognise<'a>(&self, topic: &'a str) -> Topic<'a> {
        let Some(rest) = topic.strip_prefix(&self.prefix).and_then(|rest| rest.strip_prefix('/')) else {
            return Topic::Other;
        };
        match rest.split('/').collect::<Vec<_>>()[..] {
            ["deduct"] => Topic::LegacyDeduct,
            ["topup"] => Topic::LegacyTopup,
            ["v2", reader, "deduct"] => Topic::V2Deduct(reader),
            _ => Topic::Other,
        }
    }

    /// `{prefix}/success` or `{prefix}/failed`.
    #[must_use]
    pub fn legacy_answer(&self, success: bool) -> String {
        format!("{}/{}", self.prefix, if success { "success" } else { "failed" })
    }

    /// `{prefix}/v2/{reader}/result`.
    #[must_use]
    pub fn result(&self, reader: &str) -> String {
        format!("{}/v2/{reader}/result", self.prefix)
    }
}

/// A reader name: 1 to 32 of `A-Z a-z 0-9 . _ -`, so that it is one topic level and one word in every log.
#[must_use]
pub fn is_reader_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// A topic prefix: 1 to 32 of the characters of a reader name.
#[must_use]
pub fn is_topic_prefix(prefix: &str) -> bool {
    is_reader_name(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::tap::payload;

    #[test]
    fn legacy_texts_byte_for_byte() {
        let text = |outcome, bal| legacy_answer(outcome, "5A3F01C2", Rupiah(5_000), Rupiah(bal));
        assert_eq!(
            text(Outcome::Ok, 45_000),
            LegacyAnswer {
                success: true,
                body: "Successfully deducted 5000 for 5A3F01C2\nBalance: 45000".into()
            }
        );
        assert_eq!(
            text(Outcome::Low, 1_200),
            LegacyAnswer {
                success: false,
                body: "Insufficient balance for 5A3F01C2 to deduct 5000\nBalance: 1200".into()
            }
        );
        assert_eq!(text(Outcome::Unknown, 0).body, "Failed unknown for 5A3F01C2\nBalance: 0");
    }

    #[test]
    fn the_longest_answers_fit_a_256_byte_packet() {
        let echo = "x".repeat(payload::ECHO_CHARS_MAX);
        for outcome in Outcome::ALL {
            let answer = legacy_answer(outcome, &echo, Rupiah(1_000_000_000_000), Rupiah(i64::MIN));
            // Fixed header 3, topic length 2, `iot/success`, packet id 2.
            assert!(answer.body.len() + 3 + 2 + 11 + 2 <= 256, "{}", answer.body.len());
        }
        let result = V2Result {
            id: "x".repeat(payload::REQUEST_ID_MAX),
            st: Outcome::Unarmed,
            bal: -999_999_999_999,
            tx: Some(999_999_999_999),
        };
        let json = result.to_json("reader", Some(&Secret::new(vec![1; 32])), true);
        assert!(json.len() <= RESULT_BYTES_MAX, "{} {json}", json.len());
    }

    #[test]
    fn results_are_flat_json() {
        let result = V2Result { id: "b-1".into(), st: Outcome::Ok, bal: 45_000, tx: Some(7) };
        assert_eq!(result.to_json("r", None, false), r#"{"bal":45000,"id":"b-1","st":"ok","tx":7}"#);
        assert_eq!(
            result.to_json("r", None, true),
            r#"{"bal":45000,"id":"b-1","st":"late","tx":7,"was":"ok"}"#
        );
    }

    #[test]
    fn topics_are_recognised_exactly() {
        let topics = Topics::new("iot");
        assert_eq!(topics.recognise("iot/deduct"), Topic::LegacyDeduct);
        assert_eq!(topics.recognise("iot/topup"), Topic::LegacyTopup);
        assert_eq!(topics.recognise("iot/v2/kantin-01/deduct"), Topic::V2Deduct("kantin-01"));
        for other in
            ["iot", "iot/deduct/", "iota/deduct", "iot/v2/deduct", "iot/v2/a/b/deduct", "iot/success", "x"]
        {
            assert_eq!(topics.recognise(other), Topic::Other, "{other}");
        }
    }
}
