//! The second factor: an authenticator (TOTP) and ten codes that stand in for it.

use std::sync::Arc;

use gerai_core::secret::Secret;
use gerai_core::totp;
use gerai_store::{operators, recovery, sessions};
use qrcode::{Color, EcLevel, QrCode};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::passwords::{code_hash, long_code, random};
use crate::proof::{Proven, Shown, wrong_code};
use crate::usecases::internal;
use crate::usecases::settings::vault_error;

/// Codes that stand in for a lost phone.
const RECOVERY_CODES: usize = 10;

pub(crate) async fn begin(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<TotpBegun, ApiError> {
    let operator = app.own(caller).await?;
    if operator.totp_since.is_some() {
        return Err(ApiError::new(
            ErrorCode::Taken,
            "a second factor is set up already",
            "Take it away first, with its code or a recovery code.",
        ));
    }
    let secret = Secret::new(random::<{ totp::SECRET_BYTES }>().map_err(internal)?.to_vec());
    let settings = app.settings();
    let shop = settings.1.station.name.trim();
    let issuer = if shop.is_empty() { "Gerai" } else { shop };
    let uri = totp::uri(secret.expose(), issuer, &operator.name);
    let begun = TotpBegun {
        secret: totp::shown(secret.expose()).expose().clone(),
        qr: qr_rows(uri.expose())?,
        uri: uri.expose().clone(),
    };
    app.people.begin(operator.operator_id, secret, app.clock.now());
    Ok(begun)
}

/// A QR code (ISO/IEC 18004, level M) as rows of `0` and `1`, without the quiet zone.
fn qr_rows(text: &str) -> Result<Vec<String>, ApiError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("no QR code can be made: {error}"), "")
    })?;
    let bit = |color: &Color| if *color == Color::Dark { '1' } else { '0' };
    Ok(code.to_colors().chunks(code.width()).map(|row| row.iter().map(bit).collect()).collect())
}

pub(crate) async fn confirm(
    app: &Arc<App>,
    caller: &Caller,
    asked: TotpConfirm,
) -> Result<RecoveryCodes, ApiError> {
    const ACT: &str = "totp.confirm";
    let shown = Shown { act: ACT, password: &asked.password, second: false, code: None };
    let Proven { operator, keys, .. } = app.prove_again(caller, shown).await?;
    let (id, now) = (operator.operator_id, app.clock.now());
    let Some(secret) = app.people.begun(id, now).filter(|_| operator.totp_since.is_none()) else {
        app.take_back(&keys).await?;
        return Err(ApiError::new(
            ErrorCode::NotFound,
            "no second factor is being set up",
            "Begin again: a quarter of an hour is given for it.",
        ));
    };
    let typed = totp::typed(&asked.code).unwrap_or_default();
    let Some(step) = totp::accepted(secret.expose(), &typed, now, None) else {
        let trail = app.trail(caller);
        app.write(move |db| Ok(trail.refused(db, ACT, "wrong code")?)).await?;
        return Err(wrong_code());
    };
    // The vault first: a factor that is asked for and cannot be checked would lock its owner out.
    let (vault, entry) = (Arc::clone(&app.vault), app.totp_entry(id));
    App::blocking(move || vault.set(&entry, &secret).map_err(|error| vault_error(&error))).await?;
    let (codes, hashes) = new_codes_of()?;
    let (trail, session) = (app.trail(caller), caller.session);
    app.write(move |db| {
        keys.forgive(db)?;
        operators::set_totp(db, id, now, step)?;
        recovery::set_codes(db, id, &hashes)?;
        // Whoever is signed in elsewhere has shown less than is asked for now.
        sessions::close_all(db, id, session)?;
        if let Some(session) = session {
            sessions::set_strong(db, session, true)?;
        }
        Ok(trail.done(db, ACT, "set up; all other sessions ended")?)
    })
    .await?;
    app.people.forget_begun(id);
    app.emit(Event::People);
    Ok(codes)
}

pub(crate) async fn remove(app: &Arc<App>, caller: &Caller, asked: TotpConfirm) -> Result<Nothing, ApiError> {
    const ACT: &str = "totp.remove";
    let Proven { operator, keys, how, .. } = both(app, caller, ACT, &asked).await?;
    let (id, trail, session) = (operator.operator_id, app.trail(caller), caller.session);
    app.write(move |db| {
        keys.forgive(db)?;
        operators::clear_totp(db, id)?;
        if let Some(session) = session {
            sessions::set_strong(db, session, false)?;
        }
        Ok(trail.done(db, ACT, how)?)
    })
    .await?;
    app.forget_totp_secret(id).await;
    app.emit(Event::People);
    Ok(Nothing {})
}

pub(crate) async fn new_codes(
    app: &Arc<App>,
    caller: &Caller,
    asked: TotpConfirm,
) -> Result<RecoveryCodes, ApiError> {
    const ACT: &str = "totp.new_codes";
    let Proven { operator, keys, how, .. } = both(app, caller, ACT, &asked).await?;
    let (codes, hashes) = new_codes_of()?;
    let (id, trail) = (operator.operator_id, app.trail(caller));
    app.write(move |db| {
        keys.forgive(db)?;
        recovery::set_codes(db, id, &hashes)?;
        Ok(trail.done(db, ACT, how)?)
    })
    .await?;
    Ok(codes)
}

/// Password and second factor of this person.
async fn both(
    app: &Arc<App>,
    caller: &Caller,
    act: &'static str,
    asked: &TotpConfirm,
) -> Result<Proven, ApiError> {
    let shown = Shown { act, password: &asked.password, second: true, code: Some(&asked.code) };
    let proven = app.prove_again(caller, shown).await?;
    if proven.strong {
        return Ok(proven);
    }
    app.take_back(&proven.keys).await?;
    Err(ApiError::new(ErrorCode::NotFound, "no second factor is set up", "There is nothing to do."))
}

fn new_codes_of() -> Result<(RecoveryCodes, Vec<[u8; 32]>), ApiError> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        codes.push(long_code().map_err(internal)?.expose().clone());
    }
    let hashes = codes.iter().map(|code| code_hash(code)).collect();
    Ok((RecoveryCodes { codes }, hashes))
}

impl App {
    /// Takes the secret of a removed second factor out of the vault. A vault that is away keeps what nobody asks for.
    pub(crate) async fn forget_totp_secret(self: &Arc<Self>, operator_id: i64) {
        let (vault, entry) = (Arc::clone(&self.vault), self.totp_entry(operator_id));
        let removed = Self::blocking(move || vault.remove(&entry).map_err(|error| vault_error(&error))).await;
        if let Err(error) = removed {
            tracing::warn!(operator.id = operator_id, %error, "An unused secret stays in the vault");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qr_codes_are_square_and_have_their_corners() {
        let rows = qr_rows("otpauth://totp/Gerai:rina?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Gerai")
            .unwrap();
        assert!(rows.len() >= 21 && rows.iter().all(|row| row.len() == rows.len()));
        assert!(rows[0].starts_with("11111110") && rows[0].ends_with("01111111"), "finder patterns");
        assert!(rows[rows.len() - 1].starts_with("11111110"));
        assert!(rows.iter().all(|row| row.bytes().all(|bit| matches!(bit, b'0' | b'1'))));
    }
}
