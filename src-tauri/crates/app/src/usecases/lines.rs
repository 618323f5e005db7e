//! Lines: how they fare, what is set for them, USSD, and the AT console.

use std::sync::Arc;

use gerai_core::port::lines::LineHealth;
use gerai_core::secret::Secret;
use gerai_core::sms::{balance, secrecy};
use gerai_store::sms::lines::{self as store, LineRow};
use serde_json::{Value, json};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::sms::board::{SimSettings, Slot};
use crate::sms::{check, reload, repool, ussd};
use crate::usecases::settings::vault_error;
use crate::usecases::text;

/// Vault entries of SIM PINs: `sim-pin/<imei>`.
pub(crate) const SIM_PIN: &str = "sim-pin";
/// Vault entries of access point passwords: `apn-password/<imei>`.
pub(crate) const APN_PASSWORD: &str = "apn-password";
/// Characters of a command of the AT console.
const COMMAND_CHARS_MAX: usize = 160;
/// What the AT console does not send: it would send messages past the queue, write or change PINs and locks, dial, or
/// restart the modem under the line's feet; or show texts in clear (`+CMGF`) and open the SIM's files (`+CSIM`, `+CRSM`).
const FORBIDDEN: [&str; 14] = [
    "+CMGS", "+CMSS", "+CMGW", "+CMGC", "+CMGF", "+CPIN", "^CPIN", "+CLCK", "+CPWD", "+CFUN", "+CNMA",
    "+CMGD", "+CSIM", "+CRSM",
];

pub(crate) async fn list(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<LineView>, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| {
        let rows = store::list(db)?;
        rows.into_iter().map(|row| core.line_view(db, row)).collect()
    })
    .await
}

pub(crate) async fn show(app: &Arc<App>, _: &Caller, asked: ById) -> Result<LineView, ApiError> {
    view_of(app, asked.id).await
}

async fn view_of(app: &Arc<App>, line_id: i64) -> Result<LineView, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| {
        let row = store::get(db, line_id)?.ok_or_else(|| ApiError::not_found("line", line_id))?;
        core.line_view(db, row)
    })
    .await
}

pub(crate) async fn save(app: &Arc<App>, caller: &Caller, asked: LineSave) -> Result<LineView, ApiError> {
    let mut settings = asked.settings;
    settings.name = text("settings.name", &settings.name, 1, 40)?;
    check::line(&settings)?;
    let line_id = asked.id;
    let row = row_of(app, line_id).await?;
    for (kind, value) in [(SIM_PIN, &asked.pin), (APN_PASSWORD, &asked.apn_password)] {
        if let Some(value) = value {
            if kind == SIM_PIN {
                check::pin(value)?;
            }
            keep_secret(app, kind, &row.imei, value.clone()).await?;
        }
    }
    let (modem, sim) = split(&settings)?;
    let recorded = for_the_trail(settings.clone());
    let trail = app.trail(caller);
    let (new_pin, name) = (asked.pin.is_some(), settings.name.clone());
    app.write(move |db| {
        let row = store::get(db, line_id)?.ok_or_else(|| ApiError::not_found("line", line_id))?;
        let before = for_the_trail(modem_settings(&row));
        store::save(db, line_id, &name, &modem)?;
        if let Some(sim_id) = row.sim_id {
            store::save_sim(db, sim_id, &sim)?;
        }
        let after = json!({ "name": name, "settings": recorded, "pin_changed": new_pin });
        trail.changed(
            db,
            "lines.save",
            format!("line {line_id}"),
            &json!({ "name": row.name, "settings": before }),
            &after,
        )?;
        Ok(())
    })
    .await?;
    reload(app).await?;
    // Its prefixes are rules, too.
    repool(app).await?;
    app.emit(Event::Line { line_id });
    view_of(app, line_id).await
}

/// What is set for the modem, and what for its SIM, as documents.
pub(crate) fn split(settings: &LineSettings) -> Result<(String, String), ApiError> {
    let sim = SimSettings {
        limits: settings.limits.clone(),
        tariff: settings.tariff.clone(),
        packages: settings.packages.clone(),
        balance_code: settings.balance_code.clone(),
        balance_hours: settings.balance_hours,
        balance_floor: settings.balance_floor,
        msisdn: settings.msisdn.clone(),
    };
    let document = |value: Result<String, serde_json::Error>| {
        value.map_err(|error| {
            ApiError::new(ErrorCode::Internal, format!("settings cannot be written: {error}"), "")
        })
    };
    Ok((document(serde_json::to_string(settings))?, document(serde_json::to_string(&sim))?))
}

/// What was set, as the trail keeps it: without the whole number, and without commands that may hold anything.
fn for_the_trail(settings: LineSettings) -> Value {
    let msisdn = gerai_core::phone::mask(&settings.msisdn);
    let commands = |all: &[String]| vec![format!("{} commands", all.len())];
    let (init, init_dial) = (commands(&settings.init), commands(&settings.init_dial));
    serde_json::to_value(LineSettings { msisdn, init, init_dial, ..settings }).unwrap_or_default()
}

async fn row_of(app: &Arc<App>, line_id: i64) -> Result<LineRow, ApiError> {
    app.read(move |db| store::get(db, line_id)?.ok_or_else(|| ApiError::not_found("line", line_id))).await
}

async fn keep_secret(app: &Arc<App>, kind: &str, imei: &str, value: String) -> Result<(), ApiError> {
    let entry = app.vault_entry(&format!("{kind}/{imei}"));
    let (core, found) = (Arc::clone(app), !value.is_empty());
    App::blocking(move || {
        let done = if value.is_empty() {
            core.vault.remove(&entry)
        } else {
            core.vault.set(&entry, &Secret::new(value.into_bytes()))
        };
        done.map_err(|error| vault_error(&error))
    })
    .await?;
    if kind == SIM_PIN {
        app.sms.know_pin(imei, found);
    }
    Ok(())
}

pub(crate) async fn remove(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<Nothing, ApiError> {
    let row = row_of(app, asked.id).await?;
    let here = app.sms.board().health(asked.id).is_some_and(|health| health != LineHealth::Absent);
    if here {
        return Err(ApiError::new(
            ErrorCode::Refused,
            "this modem is plugged in",
            "Unplug it first, or switch it off in its settings.",
        ));
    }
    for kind in [SIM_PIN, APN_PASSWORD] {
        keep_secret(app, kind, &row.imei, String::new()).await?;
    }
    let trail = app.trail(caller);
    app.write(move |db| {
        store::remove(db, asked.id)?;
        Ok(trail.done(db, "lines.remove", format!("line {} ({})", asked.id, row.name))?)
    })
    .await?;
    reload(app).await?;
    app.emit(Event::Line { line_id: asked.id });
    Ok(Nothing {})
}

pub(crate) async fn detect(
    app: &Arc<App>,
    caller: &Caller,
    asked: LinesDetect,
) -> Result<Vec<PortView>, ApiError> {
    let lines = app.sms.lines()?;
    if !asked.probe.is_empty() {
        let (trail, ports) = (app.trail(caller), asked.probe.join(", "));
        app.write(move |db| Ok(trail.done(db, "lines.detect", format!("tried {ports}"))?)).await?;
    }
    let probed = asked.probe.clone();
    let found = lines.detect(asked.probe).await;
    let allowed: Vec<(String, u32)> = found
        .iter()
        .filter(|port| probed.contains(&port.port))
        .filter_map(|port| Some((port.port.clone(), port.baud?)))
        .collect();
    if !allowed.is_empty() {
        app.write(move |db| {
            for (port, baud) in &allowed {
                store::allow_port(db, port, *baud)?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(found
        .into_iter()
        .map(|port| PortView {
            line_id: port.line.as_ref().and_then(|key| app.sms.line_of_imei(&key.imei)),
            port: port.port,
            usb: port.usb,
            product: port.product,
            surely_modem: port.surely_modem,
            baud: port.baud.map(i64::from),
            note: port.note,
        })
        .collect())
}

pub(crate) async fn confirm_sim(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<LineView, ApiError> {
    let trail = app.trail(caller);
    app.write(move |db| {
        let row = store::get(db, asked.id)?.ok_or_else(|| ApiError::not_found("line", asked.id))?;
        let Some(found) = row.found_sim else {
            return Err(ApiError::new(
                ErrorCode::Refused,
                "no other SIM is in this modem",
                "There is nothing to confirm.",
            ));
        };
        store::set_sims(db, asked.id, Some(found), None)?;
        Ok(trail.done(db, "lines.confirm_sim", format!("line {}, SIM {found}", asked.id))?)
    })
    .await?;
    reload(app).await?;
    app.emit(Event::Line { line_id: asked.id });
    view_of(app, asked.id).await
}

pub(crate) async fn wake(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<Nothing, ApiError> {
    let (lines, key) = app.sms.line(asked.id)?;
    let trail = app.trail(caller);
    app.write(move |db| Ok(trail.done(db, "lines.wake", format!("line {}", asked.id))?)).await?;
    lines.wake(&key);
    app.sms.nudge.wake(asked.id);
    Ok(Nothing {})
}

pub(crate) async fn command(
    app: &Arc<App>,
    caller: &Caller,
    asked: LineCommand,
) -> Result<LineAnswer, ApiError> {
    let command = asked.command.trim();
    let bare =
        command.strip_prefix("AT").or_else(|| command.strip_prefix("at")).unwrap_or(command).to_owned();
    if command.chars().count() > COMMAND_CHARS_MAX
        || !command.chars().all(|c| c.is_ascii_graphic() || c == ' ')
    {
        return Err(ApiError::invalid(
            "command",
            format!("an AT command has up to {COMMAND_CHARS_MAX} printable characters"),
            "Type something like AT+CSQ.",
        ));
    }
    if forbidden(&bare) {
        return Err(ApiError::new(
            ErrorCode::Refused,
            "this command sends, locks, dials or restarts behind the station's back",
            "Use the Send page, the line's settings or Try again instead.",
        ));
    }
    let (lines, key) = app.sms.line(asked.id)?;
    let trail = app.trail(caller);
    // Arguments may be numbers or codes: the trail keeps the name.
    let name: String = bare.chars().take_while(|c| !matches!(c, '=' | '"' | ' ')).collect();
    app.write(move |db| Ok(trail.done(db, "lines.command", format!("line {}, AT{name}", asked.id))?)).await?;
    let answer = lines.command(&key, &bare).await.map_err(|error| ussd::line_error(asked.id, &error))?;
    Ok(LineAnswer { lines: answer.iter().map(|line| secrecy::cover_numbers(line)).collect() })
}

/// Whether any command of the line is one that the console does not send. Commands are chained by `;` and, for basic ones,
/// by nothing at all; spaces between their characters say nothing (ITU-T V.250, section 5.2.1).
fn forbidden(bare: &str) -> bool {
    let upper: String = bare.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
    upper.split(';').any(|one| {
        let one = one.strip_prefix("AT").unwrap_or(one);
        let extended = one.starts_with(['+', '^', '*', '$', '%', '#', '!']);
        if extended {
            FORBIDDEN.iter().any(|name| {
                // What asks (`?`, `=?`) changes nothing.
                one.strip_prefix(name).is_some_and(|rest| !matches!(rest, "?" | "=?"))
            })
        } else {
            // Basic commands run together: any of their letters may dial, answer or reset.
            let mut letters = one.chars().filter(char::is_ascii_alphabetic);
            letters.any(|letter| matches!(letter, 'D' | 'A' | 'Z' | 'O'))
                || one.contains("&F")
                || FORBIDDEN.iter().any(|name| one.contains(name))
        }
    })
}

pub(crate) async fn ussd_send(
    app: &Arc<App>,
    caller: &Caller,
    asked: UssdSend,
) -> Result<UssdTurn, ApiError> {
    let line_id = match asked.line_id {
        Some(line_id) => line_id,
        None => app.sms.board().first_ready().ok_or_else(|| {
            ApiError::new(ErrorCode::Unavailable, "no line is ready", "The Lines page says what is missing.")
        })?,
    };
    let trail = app.trail(caller);
    app.write(move |db| Ok(trail.done(db, "ussd.send", format!("line {line_id}"))?)).await?;
    ussd::say(app, line_id, asked.text.trim()).await
}

pub(crate) async fn ussd_cancel(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<Nothing, ApiError> {
    let trail = app.trail(caller);
    app.write(move |db| Ok(trail.done(db, "ussd.cancel", format!("line {}", asked.id))?)).await?;
    ussd::cancel(app, asked.id).await?;
    Ok(Nothing {})
}

pub(crate) async fn ussd_list(app: &Arc<App>, _: &Caller, asked: ById) -> Result<Vec<UssdTurn>, ApiError> {
    Ok(app.sms.dialogues.of(asked.id))
}

/// The USSD code that tells a SIM's balance: as set, or the operator's usual one.
pub(crate) fn balance_code(slot: &Slot) -> Option<String> {
    if !slot.sim_settings.balance_code.is_empty() {
        return Some(slot.sim_settings.balance_code.clone());
    }
    let sim = slot.sim.as_ref()?;
    balance::usual_code(&sim.operator, &sim.imsi).map(str::to_owned)
}

/// What was set for a modem; the defaults where nothing is stored or it cannot be read.
pub(crate) fn modem_settings(row: &LineRow) -> LineSettings {
    let stored: Value = serde_json::from_str(&row.settings).unwrap_or_default();
    let mut settings: LineSettings = serde_json::from_value(stored).unwrap_or_default();
    settings.name.clone_from(&row.name);
    settings
}

#[cfg(test)]
mod tests {
    use super::forbidden;

    #[test]
    fn the_console_does_not_send_lock_dial_or_restart() {
        for wrong in [
            "+CMGS=23",
            "+cmgs=\"0812\"",
            "+CPIN=\"1234\"",
            "+CFUN=1,1",
            "D*99#",
            "E0D112;",
            "+CSQ;+CMSS=1",
            "Z",
            "&F",
            "A",
            "+CLCK=\"SC\",1,\"1234\"",
            "+CSQ;D112;",
            "E0+CMGS=1",
            "+ CMGS = 23",
            "+CM GS=\"0812\"",
            "+CMGS=12?",
            "+CMGF=1",
            "+CRSM=176,28486,0,0,17",
            "D 112;",
        ] {
            assert!(forbidden(wrong), "{wrong}");
        }
        for right in ["+CSQ", "", "I", "+CPIN?", "+CFUN?", "+CREG?;+CSQ", "^SYSINFO", "+COPS=?", "+CMGS=?"] {
            assert!(!forbidden(right), "{right}");
        }
    }
}
