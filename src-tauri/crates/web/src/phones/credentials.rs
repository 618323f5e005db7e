//! The body of `POST /api/v1/auth/token`: `username` and `password`, or `refresh_token` alone; form or JSON.

use axum::http::StatusCode;
use gerai_core::secret::Secret;
use gerai_core::stove::submission::BodyKind;
use serde_json::Value;

use super::reply::Problem;

/// What a phone shows.
pub enum Credentials {
    /// An account of this station.
    Password {
        /// Its name.
        name: String,
        /// Its password.
        password: Secret<String>,
    },
    /// What came beside the last bearer token.
    Refresh(Secret<String>),
}

const NAMES: [&str; 3] = ["username", "password", "refresh_token"];

impl Credentials {
    /// Takes a body apart. What is wrong names the field, never its value.
    pub fn parse(kind: BodyKind, body: &[u8]) -> Result<Self, Problem> {
        let mut fields: [Option<Secret<String>>; 3] = [None, None, None];
        let mut put =
            |name: &str, value: Result<String, ()>| -> Result<(), Problem> {
                let Some(which) = NAMES.iter().position(|known| *known == name) else { return Ok(()) };
                let Ok(value) = value else {
                    let what = format!("the field `{name}` is no text");
                    return Err(malformed("field_not_text", what).help("Send a JSON string."));
                };
                match fields[which].replace(Secret::new(value)) {
                    None => Ok(()),
                    Some(_) => Err(malformed("field_twice", format!("the field `{name}` comes twice"))
                        .help("Send it once.")),
                }
            };
        match kind {
            BodyKind::Form => {
                for (name, value) in form_urlencoded::parse(body) {
                    put(&name, Ok(value.into_owned()))?;
                }
            }
            BodyKind::Json => {
                let value = serde_json::from_slice(body).map_err(|error| not_json(Some(&error)))?;
                let Value::Object(members) = value else { return Err(not_json(None)) };
                for (name, value) in members {
                    match value {
                        Value::String(text) => put(&name, Ok(text))?,
                        Value::Null => {}
                        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                            put(&name, Err(()))?;
                        }
                    }
                }
            }
        }
        let [name, password, refresh] = fields.map(|field| field.filter(|text| !text.expose().is_empty()));
        match (name, password, refresh) {
            (None, None, Some(token)) => Ok(Self::Refresh(token)),
            (Some(name), Some(password), _) => Ok(Self::Password { name: name.expose().clone(), password }),
            (None, ..) => Err(missing("username")),
            (Some(_), None, _) => Err(missing("password")),
        }
    }
}

fn malformed(code: &'static str, what: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, what)
}

fn missing(name: &str) -> Problem {
    malformed("field_missing", format!("the field `{name}` is missing"))
        .help("Send `username` and `password`, or `refresh_token` alone.")
}

fn not_json(error: Option<&serde_json::Error>) -> Problem {
    let place = error.map(|error| format!(" (line {}, column {})", error.line(), error.column()));
    malformed("body_not_json", format!("the body is no JSON object{}", place.unwrap_or_default()))
        .help("Send {\"username\":…,\"password\":…}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: BodyKind, body: &str) -> Result<String, &'static str> {
        match Credentials::parse(kind, body.as_bytes()) {
            Ok(Credentials::Password { name, password }) => Ok(format!("{name}/{}", password.expose())),
            Ok(Credentials::Refresh(token)) => Ok(format!("refresh {}", token.expose())),
            Err(problem) => Err(problem.code),
        }
    }

    #[test]
    fn both_forms_and_both_ways() {
        use BodyKind::{Form, Json};
        for (kind, body, want) in [
            (Form, "username=bu+ani&password=p%26%3D%C3%A9&app=3", Ok("bu ani/p&=é")),
            (Form, "refresh_token=abc", Ok("refresh abc")),
            (Form, "username=a&password=b&refresh_token=c", Ok("a/b")),
            (Form, "username=&password=&refresh_token=c", Ok("refresh c")),
            (Json, r#"{"username":"a","password":"b","remember":true}"#, Ok("a/b")),
            (Json, r#"{"refresh_token":"c","password":null}"#, Ok("refresh c")),
            (Form, "", Err("field_missing")),
            (Form, "username=a", Err("field_missing")),
            (Form, "password=a", Err("field_missing")),
            (Form, "username=a&username=b&password=c", Err("field_twice")),
            (Json, "[]", Err("body_not_json")),
            (Json, "{", Err("body_not_json")),
            (Json, r#"{"username":5,"password":"b"}"#, Err("field_not_text")),
        ] {
            assert_eq!(read(kind, body), want.map(str::to_owned), "{body}");
        }
    }
}
