//! The body of `POST /api/v1/stove-payload`, as the device maker's phone apps send it: `payload`, `username` and
//! `method`, form-urlencoded or as JSON. It only takes the body apart; who may send it, and what the token is worth, is
//! decided elsewhere. The HTTP endpoint calls it.

use serde_json::Value;

use super::framing::percent;
use super::members::Members;
use super::token::{Token, TokenError};

/// A larger body is refused before it is read: a token has at most 512 bytes, each at most three when escaped.
pub const BODY_BYTES_MAX: usize = 8 * 1024;
/// A longer user name is refused, characters.
pub const USERNAME_CHARS_MAX: usize = 100;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/json`.
    Json,
}

impl BodyKind {
    /// By the `Content-Type` of the request, whose parameters do not matter; `None` for any other type.
    #[must_use]
    pub fn of(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Some(Self::Form)
        } else if essence.eq_ignore_ascii_case("application/json") {
            Some(Self::Json)
        } else {
            None
        }
    }
}

/// How the app says that it read the stove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `qrcode`.
    QrCode,
    /// `bluetooth`.
    Bluetooth,
}

impl Method {
    /// The device maker's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::QrCode => "qrcode",
            Self::Bluetooth => "bluetooth",
        }
    }

    /// The method of a word, or `None` for any other text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::QrCode, Self::Bluetooth].into_iter().find(|method| method.word() == word)
    }
}

/// What was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// The token's text as it came.
    pub payload: String,
    /// Who the app says is using it. Told, never trusted: the Bearer token tells who sends.
    pub username: Option<String>,
    /// How the app says that it was read.
    pub method: Option<Method>,
}

/// Personal data: only how long it is.
impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submission({} bytes, {:?})", self.payload.len(), self.method)
    }
}

/// Why a body cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// Longer than [`BODY_BYTES_MAX`].
    #[error("the body has {bytes} bytes, at most {BODY_BYTES_MAX} are taken; send one token a request")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// No form: a broken `%`, or bytes that are no UTF-8.
    #[error(
        "field {number} of the form has a broken `%` or is no UTF-8; send it as application/x-www-form-urlencoded"
    )]
    NotAForm {
        /// Which field, from 1.
        number: usize,
    },
    /// No JSON object.
    #[error(
        "the body is no JSON object (line {line}, column {column}); send {{\"payload\":…,\"username\":…,\"method\":…}}"
    )]
    NotJson {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// There is no `payload`, or it is empty.
    #[error("the field `payload` is missing; it holds the stove's token")]
    NoPayload,
    /// A field comes twice.
    #[error("the field `{field}` comes twice; send it once")]
    Twice {
        /// Its name.
        field: &'static str,
    },
    /// A JSON field that is no text.
    #[error("the field `{field}` is no text; send a JSON string")]
    NotText {
        /// Its name.
        field: &'static str,
    },
    /// Too long, or with control characters.
    #[error(
        "the field `username` is longer than {USERNAME_CHARS_MAX} characters or has control characters; send the user's name"
    )]
    Username,
    /// Neither of the two.
    #[error("the field `method` is neither `qrcode` nor `bluetooth`; send one of them")]
    Method,
}

impl SubmissionError {
    /// A word for clients, which never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "body_too_large",
            Self::NotAForm { .. } => "body_not_form",
            Self::NotJson { .. } => "body_not_json",
            Self::NoPayload => "payload_missing",
            Self::Twice { .. } => "field_twice",
            Self::NotText { .. } => "field_not_text",
            Self::Username => "username_refused",
            Self::Method => "method_unknown",
        }
    }
}

/// The three fields while they are gathered. Fields of other names are left to whoever sent them.
#[derive(Default)]
struct Gathered {
    fields: [Option<String>; 3],
}

const NAMES: [&str; 3] = ["payload", "username", "method"];

impl Gathered {
    fn known(name: &str) -> Option<usize> {
        NAMES.iter().position(|known| *known == name)
    }

    fn put(&mut self, which: usize, value: String) -> Result<(), SubmissionError> {
        match self.fields[which].replace(value) {
            None => Ok(()),
            Some(_) => Err(SubmissionError::Twice { field: NAMES[which] }),
        }
    }

    /// An empty `username` or `method` is one that was not filled in.
    fn finish(self) -> Result<Submission, SubmissionError> {
        let [payload, username, method] = self.fields.map(|field| field.filter(|text| !text.is_empty()));
        let payload = payload.ok_or(SubmissionError::NoPayload)?;
        if let Some(name) = &username
            && (name.chars().count() > USERNAME_CHARS_MAX || name.chars().any(char::is_control))
        {
            return Err(SubmissionError::Username);
        }
        let method = method.map(|word| Method::parse(&word).ok_or(SubmissionError::Method)).transpose()?;
        Ok(Submission { payload, username, method })
    }
}

impl Submission {
    /// Takes a body apart.
    ///
    /// # Errors
    /// See [`SubmissionError`]; the token inside is not looked at yet.
    pub fn parse(kind: BodyKind, body: &[u8]) -> Result<Self, SubmissionError> {
        if body.len() > BODY_BYTES_MAX {
            return Err(SubmissionError::TooLarge { bytes: body.len() });
        }
        match kind {
            BodyKind::Form => form(body),
            BodyKind::Json => json(body),
        }
    }

    /// The token that was sent.
    ///
    /// # Errors
    /// As [`Token::decode`].
    pub fn token(&self) -> Result<Token, TokenError> {
        Token::decode(self.payload.as_bytes())
    }
}

/// `name=value` between `&`, `+` a space, `%XX` a byte.
fn form(body: &[u8]) -> Result<Submission, SubmissionError> {
    let mut gathered = Gathered::default();
    for (index, pair) in body.split(|byte| *byte == b'&').enumerate() {
        let broken = SubmissionError::NotAForm { number: index + 1 };
        let mut sides = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (sides.next().unwrap_or_default(), sides.next().unwrap_or_default());
        let Some(which) = form_text(name).as_deref().and_then(Gathered::known) else { continue };
        gathered.put(which, form_text(value).ok_or(broken)?)?;
    }
    gathered.finish()
}

fn form_text(escaped: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = escaped.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    String::from_utf8(percent(&spaced).ok()?).ok()
}

fn json(body: &[u8]) -> Result<Submission, SubmissionError> {
    let members: Members = serde_json::from_slice(body)
        .map_err(|error| SubmissionError::NotJson { line: error.line(), column: error.column() })?;
    let mut gathered = Gathered::default();
    for (name, value) in members.0 {
        let Some(which) = Gathered::known(&name) else { continue };
        match value {
            Value::String(text) => gathered.put(which, text)?,
            // A field that was not filled in.
            Value::Null if which > 0 => {}
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(SubmissionError::NotText { field: NAMES[which] });
            }
        }
    }
    gathered.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stove::verify::tests::QR_SAMPLE;

    /// The body of the device maker's example.
    fn example(separator: &str) -> String {
        format!("username=klien-1{separator}payload={QR_SAMPLE}{separator}method=qrcode")
    }

    #[test]
    fn takes_the_documents_example_in_both_forms() {
        let want = Submission {
            payload: QR_SAMPLE.to_owned(),
            username: Some("klien-1".to_owned()),
            method: Some(Method::QrCode),
        };
        let form = Submission::parse(BodyKind::Form, example("&").as_bytes()).unwrap();
        assert_eq!(form, want);
        assert_eq!(form.token().unwrap().stove().as_str(), "00000000001");
        let json =
            serde_json::json!({"payload": QR_SAMPLE, "username": "klien-1", "method": "qrcode", "app": 3});
        assert_eq!(Submission::parse(BodyKind::Json, json.to_string().as_bytes()).unwrap(), want);
        let escaped = b"%70ayload=a%2Eb&method=bluetooth&username=Bu+Ani%20%C3%A9&note=%zz";
        let escaped = Submission::parse(BodyKind::Form, escaped).unwrap();
        assert_eq!((escaped.payload.as_str(), escaped.method), ("a.b", Some(Method::Bluetooth)));
        assert_eq!(escaped.username.as_deref(), Some("Bu Ani é"));
    }

    #[test]
    fn only_the_token_must_be_there() {
        for (kind, body) in [
            (BodyKind::Form, "payload=a.b"),
            (BodyKind::Form, "payload=a.b&username=&method="),
            (BodyKind::Json, r#"{"payload":"a.b","username":null,"method":null}"#),
        ] {
            let taken = Submission::parse(kind, body.as_bytes()).unwrap();
            assert_eq!((taken.username, taken.method), (None, None), "{body}");
        }
    }

    #[test]
    fn refuses_with_a_code() {
        let long = format!("payload=a.b&username={}", "x".repeat(101));
        let huge = "x".repeat(BODY_BYTES_MAX + 1);
        for (kind, body, code) in [
            (BodyKind::Form, "", "payload_missing"),
            (BodyKind::Form, "payload=", "payload_missing"),
            (BodyKind::Form, "payload", "payload_missing"),
            (BodyKind::Form, "Payload=a.b", "payload_missing"),
            (BodyKind::Form, "payload=a.b&payload=c.d", "field_twice"),
            (BodyKind::Form, "payload=%4", "body_not_form"),
            (BodyKind::Form, "payload=%zz", "body_not_form"),
            (BodyKind::Form, "payload=a.b&username=%FF", "body_not_form"),
            (BodyKind::Form, "payload=a.b&username=a%0Ab", "username_refused"),
            (BodyKind::Form, &long, "username_refused"),
            (BodyKind::Form, "payload=a.b&method=nfc", "method_unknown"),
            (BodyKind::Form, &huge, "body_too_large"),
            (BodyKind::Json, "", "body_not_json"),
            (BodyKind::Json, "[]", "body_not_json"),
            (BodyKind::Json, r#"{"payload":"a.b"} {}"#, "body_not_json"),
            (BodyKind::Json, "{}", "payload_missing"),
            (BodyKind::Json, r#"{"payload":5}"#, "field_not_text"),
            (BodyKind::Json, r#"{"payload":null}"#, "field_not_text"),
            (BodyKind::Json, r#"{"payload":"a.b","payload":"a.b"}"#, "field_twice"),
            (BodyKind::Json, r#"{"payload":"a.b","method":"QRCODE"}"#, "method_unknown"),
        ] {
            let refused = Submission::parse(kind, body.as_bytes()).unwrap_err();
            assert_eq!(refused.code(), code, "{body:.40}");
        }
    }

    #[test]
    fn the_content_type_tells_the_form() {
        for (text, want) in [
            ("application/x-www-form-urlencoded", Some(BodyKind::Form)),
            ("Application/JSON; charset=utf-8", Some(BodyKind::Json)),
            ("multipart/form-data; boundary=x", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(BodyKind::of(text), want, "{text}");
        }
    }
}
