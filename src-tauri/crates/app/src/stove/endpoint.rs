//! The stove endpoint without its HTTP: phones sign in with an account of this station and send what they read, as they would
//! to the device maker's server. `web` puts it on the network; here is who may, and what becomes of a body. Tokens of phones
//! are random and stored as SHA-256; wrong passwords are counted and slowed down like everybody's.

use std::sync::Arc;

use gerai_core::secret::Secret;
use gerai_core::stove::submission::{BodyKind, Method, Submission, SubmissionError};
use gerai_store::stove::accounts;

use super::verdict::Arriving;
use crate::App;
use crate::access::Caller;
use crate::backoff::Keys;
use crate::contract::{ApiError, ErrorCode, ReadMethod, ReadingSource, Taken};
use crate::passwords;
use crate::usecases::internal;

/// A phone's refresh token lives this many times as long as its bearer token.
const REFRESH_LIVES: i64 = 8;
/// Longest token that is looked at; ours have 43 characters.
const TOKEN_CHARS_MAX: usize = 100;

/// A phone is let in.
#[derive(Clone)]
pub struct EndpointGrant {
    /// Bearer token.
    pub token: Secret<String>,
    /// Seconds it is good for.
    pub max_age_s: i64,
    /// For a new one, once.
    pub refresh_token: Secret<String>,
}

/// Why a body is not taken.
#[derive(Debug)]
pub enum SubmitRefusal {
    /// The bearer token is missing, over, or nobody's.
    Unauthorized,
    /// The endpoint is switched off.
    Off,
    /// The body.
    Body(SubmissionError),
    /// The station cannot take it now.
    Station(ApiError),
}

impl App {
    /// Whether phones may send to this station.
    #[must_use]
    pub fn stove_endpoint(&self) -> bool {
        self.settings().1.stove.endpoint
    }

    /// Signs a phone in. A wrong name or password is [`ErrorCode::SignInRefused`], which never says which.
    pub async fn stove_sign_in(
        self: &Arc<Self>,
        caller: &Caller,
        name: &str,
        password: Secret<String>,
    ) -> Result<EndpointGrant, ApiError> {
        self.endpoint_on()?;
        let keys = Keys::apart("stove endpoint", name, caller);
        self.admit(&keys).await?;
        let typed = name.to_owned();
        let account = self.read(move |db| Ok(accounts::get(db, &typed)?)).await?;
        let known = account.filter(|account| account.active);
        let (hash, name) = match known {
            Some(account) => (account.password_hash, Some(account.name)),
            // The clock must not tell which names there are.
            None => (crate::proof::DUMMY_HASH.to_owned(), None),
        };
        let right = Self::blocking(move || Ok(passwords::check_operator(password.expose(), &hash))).await?;
        match name {
            Some(name) if right => self.grant(name, Some(keys), None).await,
            Some(_) | None => {
                let trail = self.trail(caller);
                if self.seldom.due(&format!("stove endpoint {}", caller.peer), trail.now) {
                    self.write(move |db| {
                        Ok(trail.refused(db, "stove_accounts.sign_in", "wrong name or password")?)
                    })
                    .await?;
                }
                Err(refused())
            }
        }
    }

    /// A new bearer token for a refresh token, which is used up by it.
    pub async fn stove_refresh(self: &Arc<Self>, token: &Secret<String>) -> Result<EndpointGrant, ApiError> {
        self.endpoint_on()?;
        let (hash, now) = (hash_of(token).ok_or_else(refused)?, self.clock.now());
        let name = self.read(move |db| Ok(accounts::session(db, &hash, "refresh", now)?)).await?;
        self.grant(name.ok_or_else(refused)?, None, Some(hash)).await
    }

    async fn grant(
        &self,
        name: String,
        forgive: Option<Keys>,
        used_up: Option<[u8; 32]>,
    ) -> Result<EndpointGrant, ApiError> {
        let token = passwords::random_token().map_err(internal)?;
        let refresh_token = passwords::random_token().map_err(internal)?;
        let max_age_s = self.settings().1.stove.endpoint_hours.saturating_mul(3_600);
        let hashes = (passwords::token_hash(token.expose()), passwords::token_hash(refresh_token.expose()));
        let now = self.clock.now();
        self.write(move |db| {
            if let Some(keys) = forgive {
                keys.forgive(db)?;
            }
            if let Some(used_up) = used_up {
                accounts::close_session(db, &used_up)?;
            }
            let life = max_age_s.saturating_mul(1_000);
            accounts::open_session(db, &hashes.0, &name, "bearer", now.plus(life), now)?;
            let refresh = now.plus(life.saturating_mul(REFRESH_LIVES));
            Ok(accounts::open_session(db, &hashes.1, &name, "refresh", refresh, now)?)
        })
        .await?;
        Ok(EndpointGrant { token, max_age_s, refresh_token })
    }

    /// Takes the body of a phone. A token that is known already is success.
    pub async fn stove_submit(
        self: &Arc<Self>,
        bearer: &Secret<String>,
        kind: BodyKind,
        body: &[u8],
    ) -> Result<Taken, SubmitRefusal> {
        if !self.stove_endpoint() {
            return Err(SubmitRefusal::Off);
        }
        let (hash, now) = (hash_of(bearer).ok_or(SubmitRefusal::Unauthorized)?, self.clock.now());
        let account = self.read(move |db| Ok(accounts::session(db, &hash, "bearer", now)?)).await;
        let account = account.map_err(SubmitRefusal::Station)?.ok_or(SubmitRefusal::Unauthorized)?;
        let submission = Submission::parse(kind, body).map_err(SubmitRefusal::Body)?;
        let method = submission.method.map(|method| match method {
            Method::QrCode => ReadMethod::Qrcode,
            Method::Bluetooth => ReadMethod::Bluetooth,
        });
        // Who the app says is using it is a note; who is signed in is the officer.
        let told = submission.username.filter(|told| *told != account);
        let arriving = Arriving {
            input: submission.payload.into_bytes(),
            source: ReadingSource::Http,
            method,
            live: false,
            officer: account.clone(),
            note: told.map(|told| format!("user {told}")).unwrap_or_default(),
            position: None,
        };
        let taken = self.take_one(arriving).await.map_err(SubmitRefusal::Station)?;
        if let Ok(writer) = self.store.writer() {
            writer.ride(move |db| accounts::used(db, &account, now));
        }
        Ok(taken)
    }

    fn endpoint_on(&self) -> Result<(), ApiError> {
        if self.stove_endpoint() {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::Unavailable,
            "this station takes no readings from phones",
            "Switch the stove endpoint on in the settings (Stoves).",
        ))
    }
}

fn hash_of(token: &Secret<String>) -> Option<[u8; 32]> {
    let text = token.expose();
    (1..=TOKEN_CHARS_MAX).contains(&text.len()).then(|| passwords::token_hash(text))
}

fn refused() -> ApiError {
    ApiError::new(
        ErrorCode::SignInRefused,
        "the name or the password is wrong, or the sign-in is over",
        "Sign in again; accounts of phones are kept by this station's administrators.",
    )
}
