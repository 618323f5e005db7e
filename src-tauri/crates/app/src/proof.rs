//! Proving who one is: password, second factor, PIN. Every way goes through here, so that every try is counted, wrong
//! ones are recorded without what was typed, and names cannot be told apart by answers or by the clock.

use std::sync::Arc;

use gerai_core::port::VaultError;
use gerai_core::secret::Secret;
use gerai_core::{pin, totp};
use gerai_store::operators::{self, Operator};
use gerai_store::recovery;

use crate::App;
use crate::access::Caller;
use crate::backoff::Keys;
use crate::contract::{ApiError, ErrorCode};
use crate::passwords;

/// Shortest password of an operator (NIST SP 800-63B asks for 8 at least; a desk that holds money asks for more).
const PASSWORD_CHARS_MIN: usize = 10;
/// Longest: hashing must not become a way to keep the station busy.
const PASSWORD_CHARS_MAX: usize = 128;
/// Argon2id of nothing anybody knows, with the parameters of real ones.
pub(crate) const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Z2VyYWktZHVtbXktc2FsdA$3S1oVQ0H7n8y7Q0o2m3wH6cZ3sJ7qv3oYk1kQk7mQ2E";

/// What has to be shown.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Command, for the trail.
    pub(crate) act: &'static str,
    /// Password.
    pub(crate) password: &'a str,
    /// The second factor too, if the person has one.
    pub(crate) second: bool,
    /// Its code, as it was typed.
    pub(crate) code: Option<&'a str>,
}

/// Somebody showed who they are. The caller's tries are still counted: forgive them in the transaction of the act.
pub(crate) struct Proven {
    pub(crate) operator: Operator,
    /// With a second factor.
    pub(crate) strong: bool,
    /// How, for the trail; empty for the usual way.
    pub(crate) how: String,
    pub(crate) keys: Keys,
}

/// What a second factor came to.
enum Second {
    Right(String),
    Wrong,
}

impl App {
    /// Proves a person by password and, when asked, second factor. `found`: the active operator of `name`, if there is
    /// one.
    pub(crate) async fn prove(
        self: &Arc<Self>,
        caller: &Caller,
        name: &str,
        found: Option<Operator>,
        shown: Shown<'_>,
    ) -> Result<Proven, ApiError> {
        let keys = Keys::account(name, caller);
        self.admit(&keys).await?;
        let known = found.as_ref().map(|operator| operator.name.clone());
        let stored = found.as_ref().map(|operator| operator.password_hash.clone());
        let right = check(shown.password.to_owned(), stored).await?;
        let Some(operator) = found.filter(|_| right) else {
            self.miss(caller, shown.act, known.as_deref(), "password").await;
            return Err(ApiError::new(
                ErrorCode::SignInRefused,
                "name or password is wrong",
                "Type both again.",
            ));
        };
        if !shown.second || operator.totp_since.is_none() {
            return Ok(Proven { operator, strong: false, how: String::new(), keys });
        }
        let Some(code) = shown.code.map(str::trim).filter(|code| !code.is_empty()) else {
            self.take_back(&keys).await?;
            return Err(ApiError::new(
                ErrorCode::SecondFactor,
                "a second factor is asked for",
                "Type the code of your authenticator, or one of your recovery codes.",
            ));
        };
        match self.second_factor(&operator, code).await {
            Ok(Second::Right(how)) => Ok(Proven { operator, strong: true, how, keys }),
            Ok(Second::Wrong) => {
                self.miss(caller, shown.act, known.as_deref(), "code").await;
                Err(wrong_code())
            }
            Err(away) => {
                self.take_back(&keys).await?;
                Err(away)
            }
        }
    }

    /// Proves the person of this session once more.
    pub(crate) async fn prove_again(
        self: &Arc<Self>,
        caller: &Caller,
        shown: Shown<'_>,
    ) -> Result<Proven, ApiError> {
        let operator = self.own(caller).await?;
        let name = operator.name.clone();
        self.prove(caller, &name, Some(operator), shown).await
    }

    /// The signed-in person's own row.
    pub(crate) async fn own(self: &Arc<Self>, caller: &Caller) -> Result<Operator, ApiError> {
        let id = caller.operator().map(|operator| operator.id).ok_or_else(nobody)?;
        self.read(move |db| operators::get(db, id)?.filter(|o| o.active).ok_or_else(nobody)).await
    }

    /// Proves a person by PIN.
    pub(crate) async fn prove_pin(
        self: &Arc<Self>,
        caller: &Caller,
        act: &'static str,
        name: &str,
        found: Option<Operator>,
        typed: &str,
    ) -> Result<Proven, ApiError> {
        let keys = Keys::account(name, caller);
        self.admit(&keys).await?;
        let known = found.as_ref().map(|operator| operator.name.clone());
        let id = found.as_ref().map(|operator| operator.operator_id);
        let awake = self
            .write(move |db| match id {
                Some(id) => Ok(operators::count_pin_try(db, id, pin::MISSES_MAX)?),
                None => Ok(false),
            })
            .await?;
        let stored = found.as_ref().filter(|_| awake).and_then(|operator| operator.pin_hash.clone());
        let right = check(typed.to_owned(), stored).await?;
        match found.filter(|_| right) {
            Some(operator) => Ok(Proven { operator, strong: false, how: "with the PIN".to_owned(), keys }),
            None => {
                self.miss(caller, act, known.as_deref(), "PIN").await;
                Err(ApiError::new(
                    ErrorCode::SignInRefused,
                    "name or PIN is wrong, or the PIN rests",
                    "After five wrong PINs only the password helps: sign in or unlock with it.",
                ))
            }
        }
    }

    /// Looks at a code: of the authenticator, or one of the recovery codes. A right one is used up.
    async fn second_factor(self: &Arc<Self>, operator: &Operator, code: &str) -> Result<Second, ApiError> {
        let (id, now) = (operator.operator_id, self.clock.now());
        let Some(digits) = totp::typed(code) else {
            let hash = passwords::code_hash(code);
            return self
                .write(move |db| {
                    if !recovery::use_code(db, id, &hash, now)? {
                        return Ok(Second::Wrong);
                    }
                    let left = recovery::codes_left(db, id)?;
                    Ok(Second::Right(format!("with a recovery code, {left} left")))
                })
                .await;
        };
        let secret = self.totp_secret(id).await?;
        let Some(step) = totp::accepted(secret.expose(), &digits, now, operator.totp_step) else {
            return Ok(Second::Wrong);
        };
        let fresh = self.write(move |db| Ok(operators::use_totp_step(db, id, step)?)).await?;
        Ok(if fresh { Second::Right("with a second factor".to_owned()) } else { Second::Wrong })
    }

    /// Name of the vault's entry of somebody's second factor.
    pub(crate) fn totp_entry(&self, operator_id: i64) -> String {
        self.vault_entry(&format!("totp/{operator_id}"))
    }

    async fn totp_secret(&self, operator_id: i64) -> Result<Secret<Vec<u8>>, ApiError> {
        let (vault, entry) = (Arc::clone(&self.vault), self.totp_entry(operator_id));
        Self::blocking(move || {
            vault.get(&entry).map_err(|error| match error {
                VaultError::Unavailable(why) => ApiError::new(
                    ErrorCode::Unavailable,
                    format!("the code cannot be checked: the vault does not answer ({why})"),
                    "Unlock the vault, or use one of your recovery codes.",
                ),
                VaultError::NoEntry | VaultError::Missing => ApiError::new(
                    ErrorCode::Unavailable,
                    "the code cannot be checked: the vault no longer holds its secret",
                    "Use one of your recovery codes, or ask an owner to take the second factor away.",
                ),
            })
        })
        .await
    }

    /// Records a wrong try: whose account it was on, never what was typed.
    async fn miss(self: &Arc<Self>, caller: &Caller, act: &'static str, known: Option<&str>, what: &str) {
        let trail = self.trail(caller);
        let why = match known {
            Some(name) => format!("{name}: wrong {what}"),
            None => "no such name".to_owned(),
        };
        if let Err(error) = self.write(move |db| Ok(trail.refused(db, act, why)?)).await {
            tracing::warn!(%error, "A wrong sign-in could not be recorded");
        }
    }
}

/// Checks a password or PIN. Without a stored hash it costs the same time and is wrong: nobody can tell names by the
/// clock.
async fn check(typed: String, stored: Option<String>) -> Result<bool, ApiError> {
    let typed = Secret::new(typed);
    App::blocking(move || {
        let short = typed.expose().chars().count() <= PASSWORD_CHARS_MAX;
        let looked_at = if short { typed.expose().as_str() } else { "" };
        let right = passwords::check_operator(looked_at, stored.as_deref().unwrap_or(DUMMY_HASH));
        Ok(right && short && stored.is_some())
    })
    .await
}

/// Hashes a new password, if it can be one.
pub(crate) async fn hashed(password: String) -> Result<String, ApiError> {
    let password = Secret::new(password);
    let length = password.expose().chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&length) {
        return Err(ApiError::invalid(
            "password",
            format!(
                "a password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters, this has {length}"
            ),
            "A short sentence is easy to remember and hard to guess.",
        ));
    }
    App::blocking(move || passwords::hash_operator(password.expose()).map_err(crate::usecases::internal))
        .await
}

/// A code that is wrong or was used.
pub(crate) fn wrong_code() -> ApiError {
    ApiError {
        field: Some("code".to_owned()),
        ..ApiError::new(
            ErrorCode::SecondFactor,
            "this code is wrong or was used already",
            "Wait for the next code, and check that this phone's clock is right.",
        )
    }
}

fn nobody() -> ApiError {
    ApiError::new(
        ErrorCode::Forbidden,
        "nobody is signed in here to whom this could belong",
        "Sign in with a name of your own.",
    )
}
