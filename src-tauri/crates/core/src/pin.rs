//! What a counter PIN may be. It is short, so the easiest guesses are refused; five wrong ones make it rest.

/// Fewest digits.
pub const DIGITS_MIN: usize = 6;
/// Most digits.
pub const DIGITS_MAX: usize = 12;
/// After this many wrong PINs in a row it rests until a password is given.
pub const MISSES_MAX: i64 = 5;

/// Why a PIN can not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Not digits only, too short or too long.
    #[error("a PIN has {DIGITS_MIN} to {DIGITS_MAX} digits")]
    NotDigits,
    /// One of the first that anybody tries.
    #[error("this PIN is one of the first that anybody tries")]
    Trivial,
}

/// Refuses what is no PIN, one digit or a pair or triple repeated (`111111`, `121212`, `123123`), and digits that only
/// count up or down (`123456`, `987654`, `890123`).
pub fn check(pin: &str) -> Result<(), PinError> {
    let digits = pin.as_bytes();
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(PinError::NotDigits);
    }
    let repeats = (1..=3).any(|period| digits.iter().skip(period).zip(digits).all(|(a, b)| a == b));
    let counts = |step: u8| digits.windows(2).all(|pair| (pair[1] + 10 - pair[0]) % 10 == step);
    if repeats || counts(1) || counts(9) {
        return Err(PinError::Trivial);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_easiest_guesses_are_refused() {
        for pin in
            ["111111", "000000000", "121212", "123123", "1231231", "123456", "987654", "890123", "210987"]
        {
            assert_eq!(check(pin), Err(PinError::Trivial), "{pin}");
        }
        for pin in ["", "12345", "1234567890123", "12345a", "１２３４５６", "12 456", "-12345"] {
            assert_eq!(check(pin), Err(PinError::NotDigits), "{pin}");
        }
        for pin in ["135790", "739104", "112233", "802146395720"] {
            assert_eq!(check(pin), Ok(()), "{pin}");
        }
    }
}
