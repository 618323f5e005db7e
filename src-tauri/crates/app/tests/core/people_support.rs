//! People at a desk: signing in, and the sessions that come of it.

use data_encoding::BASE32_NOPAD;
use gerai_app::access::{Caller, SessionChange};
use gerai_app::contract::{ApiError, dispatch};
use gerai_core::secret::Secret;
use gerai_core::totp;
use serde_json::{Value, json};

use crate::support::Desk;

/// Everybody's password.
pub const PASSWORD: &str = "kata sandi panjang";

/// A session's token.
pub type Token = Secret<String>;

/// The token that a command opened.
pub fn token(caller: &Caller) -> Option<Token> {
    match caller.take_session_change() {
        Some(SessionChange::Opened { token, .. }) => Some(token),
        _ => None,
    }
}

/// A desk with the owner `rina`, signed in.
pub async fn owned() -> (Desk, Token) {
    let desk = Desk::open().await;
    let caller = desk.browser(None).await;
    let new = json!({
        "station_name": "Kantin", "language": "id", "owner_name": "rina", "password": PASSWORD,
        "till_name": "Meja 1", "price": 5_000, "readers_on_lan": false,
    });
    dispatch(&desk.app, &caller, "owner.create", new).await.unwrap();
    let token = token(&caller).unwrap();
    (desk, token)
}

impl Desk {
    /// Adds somebody by the local command line; the answer is their id.
    pub async fn person(&self, name: &str, role: &str) -> i64 {
        let new = json!({ "name": name, "password": PASSWORD, "role": role });
        self.give("operators.add", new).await["id"].as_i64().unwrap()
    }

    /// Gives a command in a session.
    pub async fn ask(&self, token: &Token, command: &str, arguments: Value) -> Result<Value, ApiError> {
        let caller = self.browser(Some(token.clone())).await;
        dispatch(&self.app, &caller, command, arguments).await
    }

    /// Gives a command that renews the session; the answer is its new token.
    pub async fn renew(&self, old: &Token, command: &str, arguments: Value) -> Result<Token, ApiError> {
        let caller = self.browser(Some(old.clone())).await;
        dispatch(&self.app, &caller, command, arguments).await?;
        Ok(token(&caller).expect("another token"))
    }

    /// Gives a command without a session.
    pub async fn stranger(&self, command: &str, arguments: Value) -> Result<Value, ApiError> {
        dispatch(&self.app, &self.browser(None).await, command, arguments).await
    }

    /// Signs in with what was typed.
    pub async fn try_sign_in(&self, typed: Value) -> Result<Token, ApiError> {
        let caller = self.browser(None).await;
        dispatch(&self.app, &caller, "session.sign_in", typed).await?;
        Ok(token(&caller).expect("a session"))
    }

    /// Signs somebody in.
    pub async fn sign_in(&self, name: &str) -> Token {
        self.try_sign_in(json!({ "name": name, "password": PASSWORD })).await.unwrap()
    }

    /// A paired counter of the first till.
    pub async fn counter(&self) -> Token {
        let code = self.give("tills.pairing_code", json!({ "id": self.till })).await["code"].clone();
        let screen = self.browser(None).await;
        dispatch(&self.app, &screen, "counter.pair", json!({ "code": code })).await.unwrap();
        token(&screen).unwrap()
    }

    /// Sets a second factor up; the answer is its secret and the recovery codes.
    pub async fn second_factor(&self, token: &Token) -> (Vec<u8>, Vec<String>) {
        let begun = self.ask(token, "totp.begin", json!({})).await.unwrap();
        let secret = secret_of(&begun);
        let code = self.code(&secret, 0);
        let proof = json!({ "password": PASSWORD, "code": code });
        let codes = self.ask(token, "totp.confirm", proof).await.unwrap();
        (secret, serde_json::from_value(codes["codes"].clone()).unwrap())
    }

    /// The code of an authenticator whose clock is so many steps off.
    pub fn code(&self, secret: &[u8], off: i64) -> String {
        use gerai_core::port::Clock;
        totp::code(secret, totp::step_of(self.clock.now()) + off)
    }
}

/// The secret of `totp.begin`, as an authenticator reads it.
pub fn secret_of(begun: &Value) -> Vec<u8> {
    BASE32_NOPAD.decode(begun["secret"].as_str().unwrap().replace(' ', "").as_bytes()).unwrap()
}
