//! Rupiah and moments as people read and type them.

use gerai_core::time::UnixMs;

/// `Rp 50.000`.
pub fn rupiah(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{}Rp {grouped}", if amount < 0 { "-" } else { "" })
}

/// Reads `50000` or `50.000`: whole rupiah, 1 or more.
pub fn parse_rupiah(text: &str) -> Result<i64, String> {
    let groups: Vec<&str> = text.split('.').collect();
    let grouped = groups.len() == 1
        || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3));
    let digits = groups.concat();
    if !grouped || digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("write whole rupiah, for example 50000 or 50.000".to_owned());
    }
    parse_positive(&digits)
}

/// Reads `50000`, `+50.000` or `-50.000`: whole rupiah, not zero.
pub fn parse_signed_rupiah(text: &str) -> Result<i64, String> {
    match text.strip_prefix('-') {
        Some(size) => parse_rupiah(size).map(|amount| -amount),
        None => parse_rupiah(text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Reads a whole number, 1 or more.
pub fn parse_positive(text: &str) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(number) if number >= 1 => Ok(number),
        Ok(_) => Err("it must be 1 or more".to_owned()),
        Err(_) => Err("write a whole number".to_owned()),
    }
}

/// A moment in WIB: `2026-11-22 12:00:05`.
pub fn wib(at_ms: i64) -> String {
    UnixMs(at_ms).wib_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_as_people_write_it() {
        for (amount, text) in
            [(0, "Rp 0"), (999, "Rp 999"), (50_000, "Rp 50.000"), (-1_234_567, "-Rp 1.234.567")]
        {
            assert_eq!(rupiah(amount), text);
        }
        for (text, amount) in [("50000", 50_000), ("50.000", 50_000), ("1.234.567", 1_234_567), ("7", 7)] {
            assert_eq!(parse_rupiah(text), Ok(amount), "{text}");
        }
        for text in ["", "0", "-5", "5.0", "50.00", "1.2345", ".500", "5,000", "5e3", "99999999999999999999"]
        {
            assert!(parse_rupiah(text).is_err(), "{text}");
        }
    }

    #[test]
    fn corrections_have_a_sign() {
        for (text, amount) in [("-50.000", -50_000), ("+7", 7), ("7", 7), ("-1", -1)] {
            assert_eq!(parse_signed_rupiah(text), Ok(amount), "{text}");
        }
        for text in ["", "-", "+", "--5", "-0", "+-5", "- 5"] {
            assert!(parse_signed_rupiah(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_are_shown_in_wib() {
        assert_eq!(wib(1_795_323_600_000), "2026-11-22 12:00:00");
        assert_eq!(wib(0), "1970-01-01 07:00:00");
        assert_eq!(wib(951_782_399_000), "2000-02-29 06:59:59");
    }
}
