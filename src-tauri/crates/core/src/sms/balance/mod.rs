//! The balance of a prepaid SIM: what an operator's USSD reply says of it, which code asks for it, and how long it lasts.
//! Replies are sentences for people and change without notice, so only an amount that is plainly called the balance is
//! taken; with any doubt there is none, and a person reads the reply.

mod read;

use crate::money::Rupiah;
use crate::time::UnixMs;

/// What a reply says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// What is left, whole rupiah (cents are dropped). May be negative where the operator lends.
    pub amount: Rupiah,
    /// Until when the SIM lives: the last millisecond of that day in WIB. `None`: not said.
    pub expires: Option<UnixMs>,
    /// Short messages left in packages. `None`: not said.
    pub sms_left: Option<u32>,
}

/// Reads the balance out of a reply, as Telkomsel, Indosat, XL, Axis, Tri and Smartfren write it. `None`: it is not in there.
#[must_use]
pub fn parse(reply: &str) -> Option<Balance> {
    read::balance(reply)
}

/// The USSD code that usually asks for the balance, by the operator's name (`AT+COPS?`) or its PLMN (MCC and MNC, as
/// an IMSI begins). `None`: not known; the operator of the station enters it.
#[must_use]
pub fn usual_code(operator: &str, plmn: &str) -> Option<&'static str> {
    const TELKOMSEL: &str = "*888#";
    const INDOSAT: &str = "*123#";
    const XL: &str = "*808#";
    const AXIS: &str = "*888#";
    const TRI: &str = "*111*1#";
    const SMARTFREN: &str = "*999#";
    match plmn.get(..5).unwrap_or("") {
        "51010" => return Some(TELKOMSEL),
        "51001" | "51021" => return Some(INDOSAT),
        "51011" => return Some(XL),
        "51008" => return Some(AXIS),
        "51089" => return Some(TRI),
        "51009" | "51028" => return Some(SMARTFREN),
        _ => {}
    }
    let name = operator.to_ascii_lowercase();
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
    [
        ("telkomsel", TELKOMSEL),
        ("tsel", TELKOMSEL),
        ("smartfren", SMARTFREN),
        ("axis", AXIS),
        ("indosat", INDOSAT),
        ("isat", INDOSAT),
        ("im3", INDOSAT),
        ("xl", XL),
        ("excelcom", XL),
        ("tri", TRI),
        ("three", TRI),
        ("3", TRI),
    ]
    .into_iter()
    .find(|(part, _)| if part.len() > 4 { name.contains(part) } else { words().any(|word| word == *part) })
    .map(|(_, code)| code)
}

/// A week, over which spending is counted, milliseconds.
const WEEK_MS: i64 = 7 * DAY_MS;
const DAY_MS: i64 = 86_400_000;
/// A forecast further ahead than this says nothing more.
const DAYS_MAX: i64 = 3_650;

/// Days until the balance falls to `floor` at the pace of the last week, at most 3,650; 0 when it is there already.
/// `readings` are balances in the order of time. What rises between two of them was topped up and does not count; what
/// falls was spent. `None`: the readings of the week span less than a day, or nothing was spent.
#[must_use]
pub fn days_left(readings: &[(UnixMs, Rupiah)], floor: Rupiah, now: UnixMs) -> Option<i64> {
    let of_week = readings.iter().filter(|(at, _)| (0..=WEEK_MS).contains(&now.since(*at)));
    let (first, last) = (of_week.clone().next()?, of_week.clone().next_back()?);
    let span_ms = last.0.since(first.0);
    if span_ms < DAY_MS {
        return None;
    }
    let fall = |(before, after): (&(UnixMs, Rupiah), &(UnixMs, Rupiah))| {
        (i128::from(before.1.0) - i128::from(after.1.0)).max(0)
    };
    let spent: i128 = of_week.clone().zip(of_week.skip(1)).map(fall).sum();
    let left = (i128::from(last.1.0) - i128::from(floor.0)).max(0);
    // The last reading is some time ago; what was spent since is spent.
    let lasts_ms = left.checked_mul(i128::from(span_ms))?.checked_div(spent)?;
    let days = (lasts_ms - i128::from(now.since(last.0))).max(0) / i128::from(DAY_MS);
    Some(i64::try_from(days).unwrap_or(DAYS_MAX).min(DAYS_MAX))
}

#[cfg(test)]
mod tests;
