//! Telephone numbers as this station uses them: the canonical international form (MSISDN) or a short code. Personal data:
//! shown masked, never logged.

use std::fmt;

use zeroize::Zeroize;

/// Digits of an international number (ITU-T E.164: at most 15). Fewer than 8 is no subscriber anywhere.
const MSISDN_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// Digits of a short code.
const SHORT_DIGITS: std::ops::RangeInclusive<usize> = 2..=7;

/// Whom a message or a call goes to.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Destination {
    digits: String,
    international: bool,
}

/// A text that is no number to send to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDestination {
    /// Nothing but spaces.
    #[error("the number is empty")]
    Empty,
    /// A character that belongs in no number, at this place (counted from 1).
    #[error(
        "character {0} is not a digit; write the number with digits only, like 081234567890 or +6281234567890"
    )]
    NotDigit(usize),
    /// Fewer digits than any subscriber has, and no short code.
    #[error("{0} digits are too few for a phone number")]
    TooShort(usize),
    /// More than 15 digits.
    #[error("{0} digits are too many: an international number has at most 15 (ITU-T E.164)")]
    TooLong(usize),
}

impl Destination {
    /// Reads what was typed. Spaces, dots, dashes and brackets are dropped. `+…` and `00…` are international, `0…` is
    /// national (the country's code takes the place of the 0), what begins with the country's code is taken as
    /// international, 2 to 7 digits are a short code, anything else gets the country's code before it.
    pub fn parse(text: &str, country_code: &str) -> Result<Self, NoDestination> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(NoDestination::Empty);
        }
        let mut digits = String::with_capacity(trimmed.len().min(48));
        let mut plus = false;
        for (place, character) in trimmed.chars().enumerate() {
            match character {
                '+' if place == 0 => plus = true,
                '0'..='9' if digits.len() < 40 => digits.push(character),
                '0'..='9' => return Err(NoDestination::TooLong(digits.len() + 1)),
                ' ' | '-' | '.' | '(' | ')' | '\u{a0}' => {}
                _ => return Err(NoDestination::NotDigit(place + 1)),
            }
        }
        if digits.is_empty() {
            return Err(NoDestination::Empty);
        }
        if !plus && SHORT_DIGITS.contains(&digits.len()) {
            return Ok(Self { digits, international: false });
        }
        let canonical = if plus {
            digits
        } else if let Some(rest) = digits.strip_prefix("00") {
            rest.to_owned()
        } else if let Some(rest) = digits.strip_prefix('0') {
            format!("{country_code}{rest}")
        } else if digits.starts_with(country_code) {
            digits
        } else {
            format!("{country_code}{digits}")
        };
        // `+6208…`: the national 0 was left in.
        let trunk = format!("{country_code}0");
        let canonical = match canonical.strip_prefix(&trunk) {
            Some(rest) => format!("{country_code}{rest}"),
            None => canonical,
        };
        match canonical.len() {
            n if n > *MSISDN_DIGITS.end() => Err(NoDestination::TooLong(n)),
            n if n < *MSISDN_DIGITS.start() => Err(NoDestination::TooShort(n)),
            _ => Ok(Self { digits: canonical, international: true }),
        }
    }

    /// The digits, without `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// An international number (MSISDN); otherwise a short code.
    #[must_use]
    pub fn is_international(&self) -> bool {
        self.international
    }

    /// As it is dialled: `+6281234567890`, `888`.
    #[must_use]
    pub fn dialled(&self) -> String {
        if self.international { format!("+{}", self.digits) } else { self.digits.clone() }
    }

    /// The last 8 digits, by which numbers written in different ways are matched.
    #[must_use]
    pub fn tail(&self) -> &str {
        tail(&self.digits)
    }

    /// What a list may show: `+62 812 •••• 890`; a short code is nobody's and shown whole.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.dialled())
    }
}

/// The last 8 digits of a number.
#[must_use]
pub fn tail(digits: &str) -> &str {
    digits.get(digits.len().saturating_sub(8)..).unwrap_or(digits)
}

/// What a list may show of a number as dialled or as a network reported it. Letters (alphanumeric senders) and short codes
/// belong to nobody and are shown whole.
#[must_use]
pub fn mask(number: &str) -> String {
    let bare = number.strip_prefix('+').unwrap_or(number);
    if bare.len() < *MSISDN_DIGITS.start() || !bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let plus = if number.starts_with('+') { "+" } else { "" };
    let (head, end) = (&bare[..5], &bare[bare.len() - 3..]);
    format!("{plus}{} {} •••• {end}", &head[..2], &head[2..])
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Destination(…{})", &self.digits[self.digits.len().saturating_sub(3)..])
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        self.digits.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: Result<&str, NoDestination>) {
        let read = Destination::parse(text, "62").map(|number| number.dialled());
        assert_eq!(read, want.map(str::to_owned), "{text}");
    }

    #[test]
    fn numbers_as_people_write_them() {
        check("081234567890", Ok("+6281234567890"));
        check("+62 812-3456 7890", Ok("+6281234567890"));
        check("6281234567890", Ok("+6281234567890"));
        check("006281234567890", Ok("+6281234567890"));
        check("+620812 3456 7890", Ok("+6281234567890"));
        check("(0812) 3456.7890", Ok("+6281234567890"));
        check("81234567890", Ok("+6281234567890"));
        check("+14155550100", Ok("+14155550100"));
        check("888", Ok("888"));
        check("*888#", Err(NoDestination::NotDigit(1)));
    }

    #[test]
    fn what_is_no_number_is_told_why() {
        check("", Err(NoDestination::Empty));
        check("   ", Err(NoDestination::Empty));
        check("+", Err(NoDestination::Empty));
        check("0812x", Err(NoDestination::NotDigit(5)));
        check("+123", Err(NoDestination::TooShort(3)));
        check(&"8".repeat(40), Err(NoDestination::TooLong(42)));
        check(&"8".repeat(400), Err(NoDestination::TooLong(41)));
        check("٠٨١٢٣٤٥٦٧٨٩", Err(NoDestination::NotDigit(1)));
    }

    #[test]
    fn masks_and_debug() {
        let number = Destination::parse("081234567890", "62").unwrap();
        assert_eq!(number.masked(), "+62 812 •••• 890");
        assert_eq!(number.tail(), "34567890");
        assert_eq!(format!("{number:?}"), "Destination(…890)");
        assert_eq!(mask("TELKOMSEL"), "TELKOMSEL");
        assert_eq!(mask("888"), "888");
    }
}
