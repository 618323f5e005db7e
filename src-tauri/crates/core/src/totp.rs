//! Time-based one-time passwords: RFC 6238 over the HOTP of RFC 4226, with what every authenticator knows: SHA-1,
//! steps of 30 seconds, six digits. SHA-1 is sound inside HMAC; authenticators that know another hash are rare.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::secret::Secret;
use crate::time::UnixMs;

/// Length of a new secret in bytes: 160 bits, as RFC 4226 (section 4, R6) recommends.
pub const SECRET_BYTES: usize = 20;
/// Length of a time step in seconds (RFC 6238, section 4.1).
pub const STEP_S: i64 = 30;
/// Digits of a code.
pub const DIGITS: usize = 6;
/// A phone's clock may be this many steps off (RFC 6238, section 5.2 recommends one).
const SKEW_STEPS: i64 = 1;

/// The time step of a moment.
#[must_use]
pub fn step_of(now: UnixMs) -> i64 {
    now.0.div_euclid(1_000 * STEP_S)
}

/// The 31 bits of a step before they are cut to digits (RFC 4226, section 5.3).
fn truncated(secret: &[u8], step: i64) -> u32 {
    // HMAC takes keys of any length: this never fails.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return 0 };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 0x0f);
    u32::from_be_bytes([hash[offset] & 0x7f, hash[offset + 1], hash[offset + 2], hash[offset + 3]])
}

/// The six digits of a step.
#[must_use]
pub fn code(secret: &[u8], step: i64) -> String {
    format!("{:0DIGITS$}", truncated(secret, step) % 10_u32.pow(DIGITS as u32))
}

/// What was typed, without the spaces that authenticators show, if it can be a code at all.
#[must_use]
pub fn typed(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
    (digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// The step whose code was typed: now, or one step off. A step that is not newer than `last`, the newest one whose code
/// was accepted, is none: a code works once (RFC 6238, section 5.2).
#[must_use]
pub fn accepted(secret: &[u8], typed: &str, now: UnixMs, last: Option<i64>) -> Option<i64> {
    let current = step_of(now);
    let mut found = None;
    for step in current - SKEW_STEPS..=current + SKEW_STEPS {
        // Every step is computed and every digit compared, whatever came before.
        let differs = code(secret, step).bytes().zip(typed.bytes()).fold(0, |acc, (a, b)| acc | (a ^ b));
        if differs == 0 && typed.len() == DIGITS && last.is_none_or(|last| step > last) {
            found = Some(step);
        }
    }
    found
}

/// The secret as people type it: Base32 (RFC 4648, section 6) in groups of four.
#[must_use]
pub fn shown(secret: &[u8]) -> Secret<String> {
    let text = Secret::new(BASE32_NOPAD.encode(secret));
    Secret::new(crate::recovery::grouped(text.expose(), 4, ' '))
}

/// What authenticators read: `otpauth://totp/…` (the key URI format of Google Authenticator).
#[must_use]
pub fn uri(secret: &[u8], issuer: &str, name: &str) -> Secret<String> {
    let key = Secret::new(BASE32_NOPAD.encode(secret));
    let (issuer, name) = (escaped(issuer), escaped(name));
    Secret::new(format!(
        "otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}",
        key.expose()
    ))
}

/// Percent-encoded but for the unreserved characters (RFC 3986, section 2.3).
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    /// RFC 6238, appendix B: SHA-1, eight digits.
    #[test]
    fn the_test_vectors_of_rfc_6238() {
        for (seconds, want) in [
            (59_i64, 94_287_082_u32),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let step = step_of(UnixMs(seconds * 1_000));
            assert_eq!(truncated(SECRET, step) % 100_000_000, want, "{seconds}");
        }
    }

    /// RFC 4226, appendix D: counters 0 to 9, six digits.
    #[test]
    fn the_test_vectors_of_rfc_4226() {
        let want = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        for (counter, want) in want.iter().enumerate() {
            assert_eq!(code(SECRET, counter as i64), *want);
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_a_code_works_once() {
        let now = UnixMs(1_795_323_600_000);
        let step = step_of(now);
        for off in [-1, 0, 1] {
            assert_eq!(accepted(SECRET, &code(SECRET, step + off), now, None), Some(step + off));
        }
        for off in [-2, 2, 100] {
            assert_eq!(accepted(SECRET, &code(SECRET, step + off), now, None), None, "{off}");
        }
        let code = code(SECRET, step);
        assert_eq!(accepted(SECRET, &code, now, Some(step - 1)), Some(step));
        assert_eq!(accepted(SECRET, &code, now, Some(step)), None, "used");
        assert_eq!(accepted(SECRET, &code, now, Some(step + 1)), None, "older than a used one");
        assert_eq!(accepted(b"another secret", &code, now, None), None);
    }

    #[test]
    fn only_six_digits_are_a_code() {
        assert_eq!(typed(" 123 456 ").as_deref(), Some("123456"));
        for wrong in ["", "12345", "1234567", "12345a", "１２３４５６", "ABCD-EFGH"] {
            assert_eq!(typed(wrong), None, "{wrong}");
        }
        assert_eq!(accepted(SECRET, "", UnixMs(59_000), None), None, "nothing typed is no prefix of a code");
    }

    #[test]
    fn an_authenticator_can_read_it() {
        assert_eq!(shown(SECRET).expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let uri = uri(SECRET, "Kantin Bu Ani", "rina:1");
        assert_eq!(
            uri.expose(),
            "otpauth://totp/Kantin%20Bu%20Ani:rina%3A1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Kantin%20Bu%20Ani&algorithm=SHA1&digits=6&period=30"
        );
    }
}
