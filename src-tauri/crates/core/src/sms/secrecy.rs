//! Codes and numbers in texts that people or logs may see in part: excerpts of the inbox, answers of the AT console. It
//! covers too much rather than too little. It only adds secrecy: what a message is for is said by its sender, never
//! guessed from here.

/// A code stands at most this many characters from the word that makes it one.
const NEAR: usize = 120;
/// Digits of a code.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;
/// Digits of what may be a subscriber's, a SIM's or a modem's number.
const NUMBER_DIGITS_MIN: usize = 8;
/// The same when it is written in groups: a date in groups (2027-01-31) has 8.
const GROUPED_DIGITS_MIN: usize = 9;
/// Digits of a number that are left to be told apart by.
const TAIL_DIGITS: usize = 3;
/// Hexadecimal digits that are a PDU, a text in UCS-2, or an ICCID.
const HEX_MIN: usize = 16;
/// What stands for a covered character.
const COVER: char = '•';

/// Words for codes, in whole.
const WORDS: [&str; 12] =
    ["otp", "pin", "pinnya", "pinmu", "tan", "cvv", "cvc", "token", "rahasia", "secret", "passcode", "2fa"];
/// Words for codes, as they begin: `kodenya`, `verifikasi`, `verification`, `passwordmu`, `sandi`, `otentikasi`.
const STEMS: [&str; 8] = ["kode", "code", "verif", "passw", "sandi", "otenti", "authent", "otp"];

/// Characters of a text that belong together: letters, or digits.
struct Run {
    begin: usize,
    end: usize,
    digits: bool,
}

/// Cuts a text into runs of letters and of digits (of any script); what lies between belongs to none.
fn runs(chars: &[char]) -> Vec<Run> {
    let kind = |c: char| if c.is_numeric() { Some(true) } else { c.is_alphabetic().then_some(false) };
    let mut runs: Vec<Run> = Vec::new();
    for (place, character) in chars.iter().enumerate() {
        let Some(digits) = kind(*character) else { continue };
        match runs.last_mut() {
            Some(run) if run.end == place && run.digits == digits => run.end = place + 1,
            Some(_) | None => runs.push(Run { begin: place, end: place + 1, digits }),
        }
    }
    runs
}

fn is_code_word(chars: &[char]) -> bool {
    let word: String = chars.iter().take(24).flat_map(|c| c.to_lowercase()).collect();
    WORDS.contains(&word.as_str()) || STEMS.iter().any(|stem| word.starts_with(stem))
}

/// Places of the digits of codes in a text.
fn codes(chars: &[char]) -> Vec<(usize, usize)> {
    let runs = runs(chars);
    let words: Vec<(usize, usize)> = runs
        .iter()
        .filter(|run| !run.digits && is_code_word(&chars[run.begin..run.end]))
        .map(|run| (run.begin, run.end))
        .collect();
    // The last line of a code bound to a website needs no word: `@example.com #123456`.
    let bound = |begin: usize| begin > 0 && chars[begin - 1] == '#' && chars.contains(&'@');
    let near = |begin: usize, end: usize| {
        words.iter().any(|word| begin.saturating_sub(word.1) <= NEAR && word.0.saturating_sub(end) <= NEAR)
    };
    let digits: Vec<&Run> = runs.iter().filter(|run| run.digits).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < digits.len() {
        let last = group_end(chars, &digits, at);
        let (begin, end) = (digits[at].begin, digits[last].end);
        let count: usize = digits[at..=last].iter().map(|run| run.end - run.begin).sum();
        // Groups (123 456) may be a code with something else behind it: all of them, then.
        let fits = if at == last { CODE_DIGITS.contains(&count) } else { count >= *CODE_DIGITS.start() };
        if fits && (near(begin, end) || bound(begin)) {
            found.push((begin, end));
        }
        at = last + 1;
    }
    found
}

/// The last of the runs of digits that are written as one: `123 456`, `12-34-56`.
fn group_end(chars: &[char], digits: &[&Run], first: usize) -> usize {
    let mut last = first;
    while let Some(next) = digits.get(last + 1) {
        let joined =
            next.begin == digits[last].end + 1 && matches!(chars[next.begin - 1], ' ' | '-' | '.' | '\u{a0}');
        if !joined {
            break;
        }
        last += 1;
    }
    last
}

/// A text with a code in it: 4 to 8 digits, in one or in groups, near a word for codes.
#[must_use]
pub fn looks_like_code(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    !codes(&chars).is_empty()
}

/// The text with the digits of its codes covered. Of the same number of characters.
#[must_use]
pub fn cover_codes(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (begin, end) in codes(&chars) {
        cover(&mut chars[begin..end], 0);
    }
    chars.into_iter().collect()
}

/// The text with telephone, SIM and modem numbers covered but for their last 3 digits, and with long hexadecimal strings
/// (PDUs, UCS-2) covered whole. Of the same number of characters.
#[must_use]
pub fn cover_numbers(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut begin = 0;
    while begin < chars.len() {
        let length = chars[begin..].iter().take_while(|c| c.is_ascii_hexdigit()).count();
        let run = &mut chars[begin..begin + length];
        if length >= HEX_MIN && run.iter().any(char::is_ascii_alphabetic) {
            run.fill(COVER);
        } else if length >= 4 * HEX_MIN || is_ucs2_number(run) {
            // Digits only, and still no number: a PDU or UCS-2 that happens to have no letters.
            run.fill(COVER);
        }
        begin += length.max(1);
    }
    let all = runs(&chars);
    let digits: Vec<&Run> = all.iter().filter(|run| run.digits).collect();
    let mut at = 0;
    while at < digits.len() {
        let last = group_end(&chars, &digits, at);
        let group = &digits[at..=last];
        let count: usize = group.iter().map(|run| run.end - run.begin).sum();
        if count >= GROUPED_DIGITS_MIN {
            cover(&mut chars[digits[at].begin..digits[last].end], TAIL_DIGITS);
        } else {
            for run in group.iter().filter(|run| run.end - run.begin >= NUMBER_DIGITS_MIN) {
                cover(&mut chars[run.begin..run.end], TAIL_DIGITS);
            }
        }
        at = last + 1;
    }
    chars.into_iter().collect()
}

/// Digits in UCS-2, four hexadecimal digits each: `00300038…`.
fn is_ucs2_number(run: &[char]) -> bool {
    run.len() >= HEX_MIN
        && run.len().is_multiple_of(4)
        && run.chunks(4).all(|unit| unit[..3] == ['0', '0', '3'] || unit[..3] == ['0', '0', '2'])
}

/// Covers the digits but for the last `keep`; what is between groups stays.
fn cover(chars: &mut [char], keep: usize) {
    let covered = chars.iter().filter(|c| c.is_numeric()).count().saturating_sub(keep);
    chars.iter_mut().filter(|c| c.is_numeric()).take(covered).for_each(|c| *c = COVER);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_are_covered() {
        for (text, want) in [
            (
                "Kode OTP Anda 123456. Jangan berikan kepada siapa pun",
                "Kode OTP Anda ••••••. Jangan berikan kepada siapa pun",
            ),
            ("123456 is your verification code", "•••••• is your verification code"),
            ("OTP123456", "OTP••••••"),
            ("G-483920 adalah kode verifikasi Google", "G-•••••• adalah kode verifikasi Google"),
            ("Kode WhatsApp: 123-456", "Kode WhatsApp: •••-•••"),
            ("kodenya 12 34 56", "kodenya •• •• ••"),
            ("PIN: 4711", "PIN: ••••"),
            ("Password Anda 12345678", "Password Anda ••••••••"),
            ("kata sandi 9876", "kata sandi ••••"),
            ("KODE\n0000", "KODE\n••••"),
            ("kode 123456 2026", "kode •••••• ••••"),
            ("kode 123 456 2026", "kode ••• ••• ••••"),
            ("kode 1 2 3 4", "kode • • • •"),
            ("Kode 123456 berlaku s/d 10:30", "Kode •••••• berlaku s/d 10:30"),
            ("@toko.example #654321", "@toko.example #••••••"),
            ("kode ١٢٣٤٥٦", "kode ••••••"),
        ] {
            assert_eq!(cover_codes(text), want);
            assert!(looks_like_code(text), "{text}");
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "",
            "Pesanan 123456 sudah dikirim",
            "Pinjam 50000 ya",
            "kode pos",
            "kode 123",
            "Kode: 081234567890",
            "Rapat jam 10.30 di kantor",
            "order #1234",
        ] {
            assert_eq!(cover_codes(text), text);
            assert!(!looks_like_code(text), "{text}");
        }
        let far = format!("kode {} 123456", "x".repeat(200));
        assert!(!looks_like_code(&far));
    }

    #[test]
    fn numbers_are_covered() {
        for (text, want) in [
            ("+CNUM: \"\",\"+6281234567890\",145", "+CNUM: \"\",\"+••••••••••890\",145"),
            ("490154203237518", "••••••••••••518"),
            ("0812-3456-7890", "••••-••••-•890"),
            ("+CSQ: 17,99", "+CSQ: 17,99"),
            ("+CCLK: \"26/11/27,11:23:45+28\"", "+CCLK: \"26/11/27,11:23:45+28\""),
            ("s/d 2027-01-31", "s/d 2027-01-31"),
            ("0791269846020000040C9126", "••••••••••••••••••••••••"),
            ("002B0036003200380031", "••••••••••••••••••••"),
            ("00300038003100320033", "••••••••••••••••••••"),
            ("+CREG: 2,1,\"1A2B\",\"01ABCDEF\"", "+CREG: 2,1,\"1A2B\",\"01ABCDEF\""),
        ] {
            assert_eq!(cover_numbers(text), want);
        }
    }

    proptest! {
        #[test]
        fn covering_keeps_the_length_and_every_other_character(text in "\\PC{0,80}|(kode|otp|[0-9]{1,9}|[ .a-z+-]){0,30}") {
            for covered in [cover_codes(&text), cover_numbers(&text)] {
                prop_assert_eq!(covered.chars().count(), text.chars().count());
                for (before, after) in text.chars().zip(covered.chars()) {
                    prop_assert!(before == after || after == '•');
                }
            }
            prop_assert_eq!(looks_like_code(&text), cover_codes(&text) != text);
        }

        #[test]
        fn no_code_beside_its_word_is_left(code in "[0-9]{4,8}", word in "kode|OTP|PIN|Code|verifikasi|password|sandi", before: bool) {
            let text = if before { format!("{code} {word}") } else { format!("{word}: {code}") };
            prop_assert!(!cover_codes(&text).chars().any(|c| c.is_ascii_digit()));
        }
    }
}
