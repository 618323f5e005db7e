//! Signatures of v2 messages: the first 16 bytes of HMAC-SHA256 (RFC 2104, FIPS 180-4) as 32 hex digits.
//! A request signs `v2|reader|id|uid|amt|ts`, a result signs `v2r|reader|id|st|bal|tx`; absent fields are empty.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::payload::TapRequest;
use crate::secret::Secret;

/// How many bytes of the HMAC travel.
pub const MAC_BYTES: usize = 16;

/// A reader's key.
pub type ReaderKey = Secret<Vec<u8>>;

/// Whether a request carries the right signature. The UID counts as it was written, or in its plain upper-case form.
#[must_use]
pub fn request_is_signed(key: &ReaderKey, reader: &str, request: &TapRequest) -> bool {
    let Some(given) = request.mac.as_deref().filter(|m| m.len() == 2 * MAC_BYTES).and_then(crate::hex::bytes)
    else {
        return false;
    };
    [request.card_text.as_str(), request.card.digits()].iter().any(|uid| {
        hmac(key, &request_text(reader, request, uid))
            .is_some_and(|mac| mac.verify_truncated_left(&given).is_ok())
    })
}

/// The signature of a result: 32 hex digits. `tx` is absent when nothing was ever charged.
#[must_use]
pub fn sign_result(key: &ReaderKey, reader: &str, id: &str, st: &str, bal: i64, tx: Option<i64>) -> String {
    let tx = tx.map(|tx| tx.to_string()).unwrap_or_default();
    signature(key, &format!("v2r|{reader}|{id}|{st}|{bal}|{tx}"))
}

/// The signature of a request: what a reader puts into `mac`.
#[must_use]
pub fn sign_request(
    key: &ReaderKey,
    reader: &str,
    id: &str,
    uid: &str,
    amount: Option<i64>,
    ts: Option<i64>,
) -> String {
    let (amount, ts) = (number(amount), number(ts));
    signature(key, &format!("v2|{reader}|{id}|{uid}|{amount}|{ts}"))
}

fn request_text(reader: &str, request: &TapRequest, uid: &str) -> String {
    let id = request.id.as_deref().unwrap_or_default();
    format!("v2|{reader}|{id}|{uid}|{}|{}", number(request.amount.map(|a| a.0)), number(request.ts))
}

fn number(value: Option<i64>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

fn signature(key: &ReaderKey, text: &str) -> String {
    hmac(key, text)
        .map(|mac| crate::hex::lower(&mac.finalize().into_bytes()[..MAC_BYTES]))
        .unwrap_or_default()
}

fn hmac(key: &ReaderKey, text: &str) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of any length; `new_from_slice` cannot fail for it.
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tap::payload::parse_v2;

    fn key() -> ReaderKey {
        Secret::new(b"0123456789abcdef0123456789abcdef".to_vec())
    }

    fn signed(json: &str) -> bool {
        request_is_signed(&key(), "kantin-01", &parse_v2(json.as_bytes()).unwrap())
    }

    #[test]
    fn rfc_4231_case_2_truncated() {
        // HMAC-SHA256, key "Jefe", data "what do ya want for nothing?" (RFC 4231 §4.3).
        let key = Secret::new(b"Jefe".to_vec());
        assert_eq!(signature(&key, "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c7");
    }

    #[test]
    fn a_signed_request_is_accepted_and_any_change_refused() {
        let mac = sign_request(&key(), "kantin-01", "b-1", "5A3F01C2", Some(5_000), None);
        assert!(signed(&format!(r#"{{"id":"b-1","uid":"5A3F01C2","amt":5000,"mac":"{mac}"}}"#)));
        assert!(signed(&format!(
            r#"{{"id":"b-1","uid":"5a3f01c2","amt":5000,"mac":"{}"}}"#,
            mac.to_uppercase()
        )));
        assert!(!signed(&format!(r#"{{"id":"b-1","uid":"5A3F01C2","amt":5001,"mac":"{mac}"}}"#)));
        assert!(!signed(&format!(r#"{{"id":"b-2","uid":"5A3F01C2","amt":5000,"mac":"{mac}"}}"#)));
        assert!(!signed(&format!(r#"{{"id":"b-1","uid":"5A3F01C2","amt":5000,"ts":1,"mac":"{mac}"}}"#)));
        assert!(!signed(&format!(r#"{{"id":"b-1","uid":"5A3F01C2","amt":5000,"mac":"{}"}}"#, &mac[..16])));
        assert!(!signed(r#"{"id":"b-1","uid":"5A3F01C2","amt":5000}"#));
        let other = request_is_signed(
            &key(),
            "kantin-02",
            &parse_v2(format!(r#"{{"id":"b-1","uid":"5A3F01C2","amt":5000,"mac":"{mac}"}}"#).as_bytes())
                .unwrap(),
        );
        assert!(!other, "a signature belongs to one reader");
    }
}
