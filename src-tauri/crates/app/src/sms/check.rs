//! Which values the settings of short messages and of lines can have.

use super::calendar;
use crate::contract::{ApiError, LineSettings, RoutingTable, SmsSettings};

/// Characters of one AT command that is sent at the start.
const INIT_CHARS_MAX: usize = 100;
/// Rows of a list that is set for one line.
const ROWS_MAX: usize = 500;
/// Rules of a routing table.
const RULES_MAX: usize = 5_000;

fn within(field: &str, value: i64, low: i64, high: i64) -> Result<(), ApiError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(ApiError::invalid(
        field,
        format!("{value} is not between {low} and {high}"),
        "Choose a value in between.",
    ))
}

fn prefix(field: &str, value: &str, least: usize) -> Result<(), ApiError> {
    if (least..=15).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(ApiError::invalid(
        field,
        format!("`{value}` is no prefix of an international number"),
        "Write digits with the country code and without + or 0, such as 62812.",
    ))
}

fn at_most(field: &str, rows: usize, most: usize) -> Result<(), ApiError> {
    within(field, i64::try_from(rows).unwrap_or(i64::MAX), 0, i64::try_from(most).unwrap_or(i64::MAX))
}

/// The station's settings.
pub(crate) fn sms(sms: &SmsSettings) -> Result<(), ApiError> {
    prefix("sms.country_code", &sms.country_code, 1)?;
    if sms.country_code.len() > 3 {
        return Err(ApiError::invalid(
            "sms.country_code",
            "a country code has 1 to 3 digits",
            "Indonesia's is 62.",
        ));
    }
    if !calendar::is_zone(&sms.time_zone) {
        return Err(ApiError::invalid(
            "sms.time_zone",
            format!("there is no time zone `{}`", sms.time_zone),
            "Use an IANA name: Asia/Jakarta, Asia/Makassar, Asia/Jayapura.",
        ));
    }
    within("sms.otp_minutes", sms.otp_minutes, 1, 30)?;
    within("sms.normal_hours", sms.normal_hours, 1, 168)?;
    for (field, minutes) in [("sms.window_from", sms.window_from), ("sms.window_to", sms.window_to)] {
        if let Some(minutes) = minutes {
            within(field, minutes, 0, 1_439)?;
        }
    }
    if sms.window_from.is_some() != sms.window_to.is_some() {
        return Err(ApiError::invalid(
            "sms.window_to",
            "a send window has a begin and an end",
            "Set both, or none.",
        ));
    }
    within("sms.gap_hours", sms.gap_hours, 1, 168)?;
    within("sms.keep_days", sms.keep_days, 0, 3_650)?;
    within("sms.canary_minutes", sms.canary_minutes, 0, 1_440)
}

/// What is set for a line.
pub(crate) fn line(settings: &LineSettings) -> Result<(), ApiError> {
    at_most("settings.prefixes", settings.prefixes.len(), ROWS_MAX)?;
    for value in &settings.prefixes {
        prefix("settings.prefixes", value, 1)?;
    }
    for (field, value) in [("settings.smsc", &settings.smsc), ("settings.msisdn", &settings.msisdn)] {
        let digits = value.strip_prefix('+').unwrap_or(value);
        if !value.is_empty() {
            prefix(field, digits, 3)?;
        }
    }
    if settings.baud != 0 {
        within("settings.baud", settings.baud, 300, 4_000_000)?;
    }
    if !["none", "even", "odd"].contains(&settings.parity.as_str()) {
        let message = format!("there is no parity `{}`", settings.parity);
        return Err(ApiError::invalid("settings.parity", message, "Choose none, even or odd."));
    }
    within("settings.data_bits", settings.data_bits, 5, 8)?;
    within("settings.start_bits", settings.start_bits, 1, 1)?;
    within("settings.stop_bits", settings.stop_bits, 1, 2)?;
    at_most("settings.init", settings.init.len(), 20)?;
    at_most("settings.init_dial", settings.init_dial.len(), 5)?;
    for command in settings.init.iter().chain(&settings.init_dial) {
        if command.len() > INIT_CHARS_MAX || !command.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            return Err(ApiError::invalid(
                "settings.init",
                format!("an AT command has up to {INIT_CHARS_MAX} printable characters"),
                "Write one command a line, without AT.",
            ));
        }
    }
    let limits = &settings.limits;
    for (field, value) in [
        ("settings.limits.per_second", limits.per_second),
        ("settings.limits.per_hour", limits.per_hour),
        ("settings.limits.per_day", limits.per_day),
        ("settings.limits.per_month", limits.per_month),
        ("settings.limits.recipients_per_day", limits.recipients_per_day),
    ] {
        within(field, value, 0, 10_000_000)?;
    }
    within("settings.limits.gap_min_ms", limits.gap_min_ms, 0, 3_600_000)?;
    within("settings.limits.gap_max_ms", limits.gap_max_ms, limits.gap_min_ms, 3_600_000)?;
    at_most("settings.tariff", settings.tariff.len(), ROWS_MAX)?;
    for row in &settings.tariff {
        prefix("settings.tariff", &row.prefix, 0)?;
        within("settings.tariff.price", row.price, 0, 1_000_000)?;
        within("settings.tariff.price_after", row.price_after, 0, 1_000_000)?;
        within("settings.tariff.after", row.after, 0, 1_000_000)?;
    }
    at_most("settings.packages", settings.packages.len(), 20)?;
    for package in &settings.packages {
        within("settings.packages.left", package.left, 0, 10_000_000)?;
        for value in &package.prefixes {
            prefix("settings.packages.prefixes", value, 1)?;
        }
    }
    within("settings.balance_hours", settings.balance_hours, 0, 720)?;
    within("settings.balance_floor", settings.balance_floor, 0, 100_000_000)
}

/// A SIM's PIN: 4 to 8 digits (3GPP TS 31.102, section 9.2.1), or empty for none.
pub(crate) fn pin(pin: &str) -> Result<(), ApiError> {
    let fits = (4..=8).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
    if pin.is_empty() || fits {
        return Ok(());
    }
    Err(ApiError::invalid("pin", "a SIM's PIN has 4 to 8 digits", "Look at the SIM's papers; do not guess."))
}

/// The routing rules.
pub(crate) fn rules(table: &RoutingTable) -> Result<(), ApiError> {
    at_most("rules", table.rules.len(), RULES_MAX)?;
    let mut seen = std::collections::HashSet::new();
    for rule in &table.rules {
        prefix("rules.prefix", &rule.prefix, 0)?;
        if !seen.insert(rule.prefix.as_str()) {
            return Err(ApiError::invalid(
                "rules.prefix",
                format!("prefix `{}` has two rules", rule.prefix),
                "Keep one of them.",
            ));
        }
        if rule.label.chars().count() > 60 || rule.label.chars().any(char::is_control) {
            return Err(ApiError::invalid("rules.label", "a label has up to 60 characters", "Shorten it."));
        }
        at_most("rules.lines", rule.lines.len(), 64)?;
    }
    Ok(())
}
