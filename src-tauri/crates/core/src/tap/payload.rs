//! What a reader sends: bare text first (`5A3F01C2`, a NIM), flat JSON second. Everything else is refused with a
//! named reason; nothing here panics, whatever the bytes are.

use serde::Deserialize;
use serde_json::Number;

use crate::card::{CardUid, Nim, UidError};
use crate::money::Rupiah;

/// A payload beyond this is refused unread. Original readers send at most 20 bytes, v2 readers under 200.
pub const PAYLOAD_BYTES_MAX: usize = 1_024;
/// A request id: at most this many characters of `A-Z a-z 0-9 . _ : -`, so that answers stay under 200 bytes.
pub const REQUEST_ID_MAX: usize = 64;
/// How much of a payload a legacy answer echoes. With the words around it and an MQTT header the packet stays
/// under the 256 bytes that PubSubClient can take.
pub const ECHO_CHARS_MAX: usize = 64;

/// Which card a tap means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardRef {
    /// A UID, and nothing else it could be.
    Uid(CardUid),
    /// A NIM, and nothing else it could be.
    Nim(Nim),
    /// All digits of a length that both a UID and a NIM may have: the register decides, and both is a refusal.
    Either(CardUid, Nim),
    /// All digits that would be a random UID (08…): good only if registered as a NIM.
    NimOrRandom(Nim),
}

impl CardRef {
    /// Reads a card reference.
    pub fn parse(text: &str) -> Result<Self, NotATap> {
        let text = text.trim();
        let nim = Nim::parse(text);
        match (CardUid::parse(text), nim) {
            (Ok(uid), None) => Ok(Self::Uid(uid)),
            (Ok(uid), Some(nim)) => Ok(Self::Either(uid, nim)),
            (Err(UidError::Random), Some(nim)) => Ok(Self::NimOrRandom(nim)),
            (Err(_), Some(nim)) => Ok(Self::Nim(nim)),
            (Err(UidError::CheckByte | UidError::Random), None) => Err(NotATap::BadUid),
            (Err(UidError::NotHex | UidError::Length(_)), None) => Err(NotATap::NotUnderstood),
        }
    }

    /// Its digits, the same for every spelling of one card.
    #[must_use]
    pub fn digits(&self) -> &str {
        match self {
            Self::Uid(uid) => uid.as_str(),
            Self::Nim(nim) | Self::Either(_, nim) | Self::NimOrRandom(nim) => nim.as_str(),
        }
    }
}

/// Why a message is not a tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotATap {
    /// Neither a UID, a NIM nor a JSON request.
    NotUnderstood,
    /// Over `PAYLOAD_BYTES_MAX`.
    TooLarge,
    /// Not valid UTF-8.
    NotUtf8,
    /// An amount that cannot be.
    BadAmount,
    /// A UID that cannot be an identity.
    BadUid,
}

/// A request to charge a card, as read from a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapRequest {
    /// Which card.
    pub card: CardRef,
    /// Id made by the reader; `None` on bare text.
    pub id: Option<String>,
    /// Amount that the reader names.
    pub amount: Option<Rupiah>,
    /// The reader's clock, as it was written; advisory, part of the signature.
    pub ts: Option<i64>,
    /// Signature, lower-case hex.
    pub mac: Option<String>,
    /// The card text exactly as written, for the signature.
    pub card_text: String,
}

/// The fields of a JSON request that mean something; all others are ignored.
#[derive(Deserialize)]
struct Fields {
    id: Option<String>,
    uid: Option<String>,
    amt: Option<Number>,
    ts: Option<Number>,
    mac: Option<String>,
}

/// Reads a payload of the legacy deduct topic: bare text, or a flat JSON object with `uid`.
pub fn parse_legacy(payload: &[u8]) -> Result<TapRequest, NotATap> {
    let text = text_of(payload)?;
    if is_object(text) {
        return parse_json(text);
    }
    Ok(TapRequest {
        card: CardRef::parse(text)?,
        id: None,
        amount: None,
        ts: None,
        mac: None,
        card_text: text.to_owned(),
    })
}

/// Reads a payload of a v2 deduct topic: a flat JSON object with `id` and `uid`.
pub fn parse_v2(payload: &[u8]) -> Result<TapRequest, NotATap> {
    let request = parse_json(text_of(payload)?)?;
    if request.id.is_none() {
        return Err(NotATap::NotUnderstood);
    }
    Ok(request)
}

/// The id of a v2 payload that is otherwise wrong, so that the refusal can name it.
#[must_use]
pub fn id_of(payload: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct OnlyId {
        id: String,
    }
    let text = text_of(payload).ok().filter(|text| is_object(text))?;
    serde_json::from_str::<OnlyId>(text).ok().map(|o| o.id).filter(|id| is_request_id(id))
}

/// What a legacy answer echoes: the payload as received, cut to `ECHO_CHARS_MAX` characters, with anything that is
/// not printable ASCII as `?`.
#[must_use]
pub fn echo(payload: &[u8]) -> String {
    let text = String::from_utf8_lossy(&payload[..payload.len().min(4 * ECHO_CHARS_MAX)]);
    text.trim()
        .chars()
        .take(ECHO_CHARS_MAX)
        .map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' })
        .collect()
}

fn text_of(payload: &[u8]) -> Result<&str, NotATap> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(NotATap::TooLarge);
    }
    std::str::from_utf8(payload).map(str::trim).map_err(|_| NotATap::NotUtf8)
}

/// The library would also take a list of the values for an object.
fn is_object(text: &str) -> bool {
    text.starts_with('{')
}

fn parse_json(text: &str) -> Result<TapRequest, NotATap> {
    if !is_object(text) {
        return Err(NotATap::NotUnderstood);
    }
    let fields: Fields = serde_json::from_str(text).map_err(|_| NotATap::NotUnderstood)?;
    let card_text = fields.uid.ok_or(NotATap::NotUnderstood)?;
    if fields.id.as_deref().is_some_and(|id| !is_request_id(id)) {
        return Err(NotATap::NotUnderstood);
    }
    let amount = match fields.amt {
        None => None,
        // Only a plain integer token is money: `5000.0`, `5e3` and `"5000"` are refused, not rounded.
        Some(number) => Some(number.as_i64().and_then(Rupiah::asked).ok_or(NotATap::BadAmount)?),
    };
    let ts = match fields.ts {
        None => None,
        Some(number) => Some(number.as_i64().ok_or(NotATap::NotUnderstood)?),
    };
    let mac = fields.mac.map(|mac| mac.to_ascii_lowercase());
    Ok(TapRequest { card: CardRef::parse(&card_text)?, id: fields.id, amount, ts, mac, card_text })
}

/// Whether a text can be a request id, of a reader or of a person's screen.
#[must_use]
pub fn is_request_id(id: &str) -> bool {
    (1..=REQUEST_ID_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn legacy(payload: &str) -> Result<CardRef, NotATap> {
        parse_legacy(payload.as_bytes()).map(|t| t.card)
    }

    fn uid(text: &str) -> CardUid {
        CardUid::parse(text).unwrap()
    }

    fn nim(text: &str) -> Nim {
        Nim::parse(text).unwrap()
    }

    #[test]
    fn bare_text_as_the_original_readers_send_it() {
        assert_eq!(legacy("5A3F01C2"), Ok(CardRef::Uid(uid("5A3F01C2"))));
        assert_eq!(legacy("04A1B2C3D4E5F6\n"), Ok(CardRef::Uid(uid("04A1B2C3D4E5F6"))));
        assert_eq!(legacy("13520040"), Ok(CardRef::Either(uid("13520040"), nim("13520040"))));
        assert_eq!(legacy("1352004"), Ok(CardRef::Nim(nim("1352004"))));
        assert_eq!(legacy("08123456"), Ok(CardRef::NimOrRandom(nim("08123456"))));
        assert_eq!(legacy("56389904F3"), Ok(CardRef::Uid(uid("56389904"))));
    }

    #[test]
    fn ten_digits_with_a_wrong_check_byte_can_only_be_a_nim() {
        assert_eq!(legacy("1352004012"), Ok(CardRef::Nim(nim("1352004012"))));
        assert_eq!(legacy("135200400A"), Err(NotATap::BadUid));
    }

    #[test]
    fn flat_json_on_either_topic() {
        let tap =
            parse_v2(br#"{"id":"b1-7","uid":"5a:3f:01:c2","amt":5000,"ts":17,"mac":"AB","x":[1]}"#).unwrap();
        assert_eq!(tap.card, CardRef::Uid(uid("5A3F01C2")));
        assert_eq!((tap.id.as_deref(), tap.amount, tap.ts), (Some("b1-7"), Some(Rupiah(5_000)), Some(17)));
        assert_eq!((tap.mac.as_deref(), tap.card_text.as_str()), (Some("ab"), "5a:3f:01:c2"));
        assert_eq!(legacy(r#"{"uid":"56389904F3","balance":1000}"#), Ok(CardRef::Uid(uid("56389904"))));
    }

    #[test]
    fn a_list_of_the_values_is_no_object() {
        let list = br#"["a-1","5A3F01C2",5000,17,"ab"]"#;
        assert_eq!(parse_v2(list), Err(NotATap::NotUnderstood));
        assert_eq!(parse_legacy(list), Err(NotATap::NotUnderstood));
        assert_eq!(id_of(br#"["a-1"]"#), None);
    }

    #[test]
    fn amounts_are_strict_integers() {
        for bad in
            ["0", "-1", "1.5", "5000.0", "5e3", "1e400", "\"5000\"", "99999999999999999999", "true", "NaN"]
        {
            let text = format!(r#"{{"id":"a","uid":"5A3F01C2","amt":{bad}}}"#);
            assert!(
                matches!(parse_v2(text.as_bytes()), Err(NotATap::BadAmount | NotATap::NotUnderstood)),
                "{bad}"
            );
        }
    }

    #[test]
    fn what_is_no_tap() {
        for (payload, want) in [
            (&b""[..], NotATap::NotUnderstood),
            (b"hello", NotATap::NotUnderstood),
            (b"13520040,5000", NotATap::NotUnderstood),
            (b"[]", NotATap::NotUnderstood),
            (b"{\"uid\":5}", NotATap::NotUnderstood),
            (b"{\"uid\":\"5A3F01C2\",\"uid\":\"5A3F01C3\"}", NotATap::NotUnderstood),
            (b"{\"id\":\"\",\"uid\":\"5A3F01C2\"}", NotATap::NotUnderstood),
            (b"{\"id\":\"a b\",\"uid\":\"5A3F01C2\"}", NotATap::NotUnderstood),
            (b"\xff\xfe\x00", NotATap::NotUtf8),
            (&[b'A'; 1_025], NotATap::TooLarge),
            (b"08A1B2C3", NotATap::BadUid),
        ] {
            assert_eq!(parse_legacy(payload), Err(want), "{:?}", String::from_utf8_lossy(payload));
        }
        assert_eq!(parse_v2(b"5A3F01C2"), Err(NotATap::NotUnderstood));
        assert_eq!(parse_v2(br#"{"uid":"5A3F01C2"}"#), Err(NotATap::NotUnderstood));
    }

    #[test]
    fn echo_is_short_and_printable() {
        assert_eq!(echo(b" 5a3f01c2\r\n"), "5a3f01c2");
        assert_eq!(echo(b"a\nb\x00\xff"), "a?b??");
        assert_eq!(echo(&[b'x'; 5_000]).len(), ECHO_CHARS_MAX);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(payload in proptest::collection::vec(any::<u8>(), 0..1_200)) {
            let _ = (parse_legacy(&payload), parse_v2(&payload), id_of(&payload));
            prop_assert!(echo(&payload).len() <= ECHO_CHARS_MAX);
        }

        #[test]
        fn every_spelling_of_a_uid_is_the_same_card(bytes in proptest::collection::vec(any::<u8>(), 4..=4), sep in "[ :-]?") {
            prop_assume!(bytes[0] != 8);
            let plain = crate::hex::lower(&bytes);
            let spelled: Vec<String> = bytes.iter().map(|b| format!("{b:02X}")).collect();
            let (a, b) = (CardUid::parse(&plain).unwrap(), CardUid::parse(&spelled.join(&sep)).unwrap());
            prop_assert_eq!(a, b);
        }
    }
}
