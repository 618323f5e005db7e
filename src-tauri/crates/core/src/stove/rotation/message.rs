//! What a stove is sent to change its number or its secret: the JSON of the device maker's document, section B. Both
//! secrets stand in it in the clear, so it is built as a secret and nothing here prints it.

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;

use crate::secret::Secret;
use crate::stove::token::StoveId;
use crate::stove::verify::SECRET_BYTES_MIN;

/// Why a message or a secret cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Too little randomness.
    #[error("a new secret needs {SECRET_BYTES_MIN} random bytes, {bytes} were given; draw more")]
    TooLittleRandom {
        /// How many.
        bytes: usize,
    },
    /// JSON holds text only.
    #[error(
        "the stove's present secret is no UTF-8 text, so it cannot be named in the message; register it as text"
    )]
    SecretIsNoText,
    /// Nothing would change.
    #[error("the new value is the present one; choose another")]
    Same,
}

/// `{"id":…,"cmd":…,"data":{…}}`, in the document's order.
#[derive(Serialize)]
struct Message<'a, D: Serialize> {
    id: &'a str,
    cmd: &'static str,
    data: D,
}

#[derive(Serialize)]
struct NewId<'a> {
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewSecret<'a> {
    prev_secret: &'a str,
    new_secret: &'a str,
}

/// The message that changes a stove's number. Numbers are JSON strings, as JSON's own have no leading zeros.
///
/// # Errors
/// When both are the same.
pub fn change_id(stove: StoveId, new: StoveId) -> Result<Secret<Vec<u8>>, MessageError> {
    if stove == new {
        return Err(MessageError::Same);
    }
    let message = Message { id: stove.as_str(), cmd: "id", data: NewId { id: new.as_str() } };
    Ok(written(&message, 128))
}

/// The message that changes a stove's secret.
///
/// # Errors
/// When both are the same, or one is no text.
pub fn change_secret(
    stove: StoveId,
    old: &Secret<Vec<u8>>,
    new: &Secret<Vec<u8>>,
) -> Result<Secret<Vec<u8>>, MessageError> {
    if old == new {
        return Err(MessageError::Same);
    }
    let text = |secret| std::str::from_utf8(secret).map_err(|_| MessageError::SecretIsNoText);
    let data = NewSecret { prev_secret: text(old.expose())?, new_secret: text(new.expose())? };
    // Escapes make at most six characters of one.
    let room = 128 + 6 * (old.expose().len() + new.expose().len());
    Ok(written(&Message { id: stove.as_str(), cmd: "secret", data }, room))
}

/// Written in place, into room that is not outgrown: no copy stays behind.
fn written<D: Serialize>(message: &Message<'_, D>, room: usize) -> Secret<Vec<u8>> {
    let mut bytes = Secret::new(Vec::with_capacity(room));
    // Writing texts into memory does not fail.
    let _ = serde_json::to_writer(bytes.expose_mut(), message);
    bytes
}

/// A new secret from at least 32 random bytes: base64url, which every keyboard, QR code and JSON takes as it is.
///
/// # Errors
/// With fewer bytes.
pub fn new_secret(random: &Secret<Vec<u8>>) -> Result<Secret<Vec<u8>>, MessageError> {
    let bytes = random.expose().len();
    if bytes < SECRET_BYTES_MIN {
        return Err(MessageError::TooLittleRandom { bytes });
    }
    Ok(Secret::new(BASE64URL_NOPAD.encode(random.expose()).into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<Vec<u8>> {
        Secret::new(text.as_bytes().to_vec())
    }

    fn stove(text: &str) -> StoveId {
        StoveId::parse(text).unwrap()
    }

    #[test]
    fn has_the_shape_of_the_document() {
        let id = change_id(stove("00000000001"), stove("00000000002")).unwrap();
        assert_eq!(id.expose(), br#"{"id":"00000000001","cmd":"id","data":{"id":"00000000002"}}"#);
        let keys = change_secret(stove("00000000001"), &secret("old\"\n"), &secret("new")).unwrap();
        assert_eq!(
            std::str::from_utf8(keys.expose()).unwrap(),
            r#"{"id":"00000000001","cmd":"secret","data":{"prevSecret":"old\"\n","newSecret":"new"}}"#
        );
        let worst = secret(&"\u{1}".repeat(200));
        let long = change_secret(stove("00000000001"), &worst, &secret("new")).unwrap();
        assert!(long.expose().len() <= 128 + 6 * 203, "written without growing");
    }

    #[test]
    fn refuses_what_changes_nothing_or_cannot_be_said() {
        let (one, key) = (stove("00000000001"), secret("k"));
        assert_eq!(change_id(one, one).unwrap_err(), MessageError::Same);
        assert_eq!(change_secret(one, &key, &key).unwrap_err(), MessageError::Same);
        let binary = Secret::new(vec![0xFF]);
        assert_eq!(change_secret(one, &binary, &key).unwrap_err(), MessageError::SecretIsNoText);
    }

    #[test]
    fn a_new_secret_keeps_all_its_randomness_as_text() {
        let random = Secret::new((0..32).collect::<Vec<u8>>());
        let made = new_secret(&random).unwrap();
        assert_eq!(made.expose().len(), 43);
        assert!(made.expose().iter().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(byte)));
        assert_eq!(&BASE64URL_NOPAD.decode(made.expose()).unwrap(), random.expose());
        assert!(new_secret(&Secret::new(vec![7; 31])).is_err());
        assert_eq!(format!("{made:?}"), "Secret(redacted)");
    }
}
