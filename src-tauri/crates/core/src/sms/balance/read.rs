//! Reading amounts and dates in the sentences of Indonesian operators. Works on bytes in lower case, so that places in the
//! copy are places in the original; everything it looks for is ASCII.

use super::Balance;
use crate::money::{AMOUNT_MAX, Rupiah};
use crate::time::{UnixMs, WibDay};

/// Bytes of a reply that are read; USSD has at most 182 characters, menus in several turns more.
const READ_MAX: usize = 2_000;
/// An amount stands at most this many bytes after the word that makes it the balance.
const NEAR: usize = 40;
/// Words that make the amount after them the balance.
const BALANCE_WORDS: [&str; 8] =
    ["pulsa", "pulsamu", "pulsanya", "saldo", "saldomu", "balance", "bal", "sisa"];
/// Words that, shortly before or after, make it something else: an offer, a price, a bonus.
const OTHER_WORDS: [&str; 24] = [
    "isi", "beli", "transfer", "tambah", "bonus", "promo", "paket", "kuota", "harga", "tarif", "hutang",
    "pinjam", "darurat", "minimal", "min", "gratis", "topup", "cukup", "kurang", "diskon", "cashback", "sms",
    "nelpon", "internet",
];
const MONTHS: [&[&str]; 12] = [
    &["jan", "januari", "january"],
    &["feb", "februari", "february"],
    &["mar", "maret", "march"],
    &["apr", "april"],
    &["mei", "may"],
    &["jun", "juni", "june"],
    &["jul", "juli", "july"],
    &["agu", "agt", "agus", "agustus", "aug", "august"],
    &["sep", "sept", "september"],
    &["okt", "oktober", "oct", "october"],
    &["nov", "november", "nop"],
    &["des", "desember", "dec", "december"],
];

/// A word, a number, or a single other character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    /// Digits with dots and commas between them.
    Number(&'a str),
    Mark(u8),
}

struct Placed<'a> {
    begin: usize,
    end: usize,
    token: Token<'a>,
}

fn tokens(text: &str) -> Vec<Placed<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let begin = at;
        let byte = bytes[at];
        if byte.is_ascii_alphabetic() {
            at += bytes[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
            found.push(Placed { begin, end: at, token: Token::Word(&text[begin..at]) });
        } else if byte.is_ascii_digit() {
            let digit = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_digit);
            while digit(at) || (matches!(bytes.get(at), Some(b'.' | b',')) && digit(at + 1)) {
                at += 1;
            }
            found.push(Placed { begin, end: at, token: Token::Number(&text[begin..at]) });
        } else {
            at += 1;
            if !byte.is_ascii_whitespace() {
                found.push(Placed { begin, end: at, token: Token::Mark(byte) });
            }
        }
    }
    found
}

/// See [`super::parse`].
pub(super) fn balance(reply: &str) -> Option<Balance> {
    let lower: String = reply
        .chars()
        .map(|c| if c.is_ascii() { c.to_ascii_lowercase() } else { ' ' })
        .take(READ_MAX)
        .collect();
    let tokens = tokens(&lower);
    let (amount, after) = (0..tokens.len()).find_map(|at| balance_at(&tokens, at))?;
    Some(Balance { amount, expires: expiry(&tokens, after), sms_left: sms_left(&tokens) })
}

/// The balance, when the number at this place is it, and the place after it.
fn balance_at(tokens: &[Placed<'_>], at: usize) -> Option<(Rupiah, usize)> {
    let Token::Number(number) = tokens[at].token else { return None };
    let mut before = at;
    let mut negative = false;
    let mut currency = false;
    // Backwards over `Rp`, `Rp.`, `IDR`, `:`, `=`, and a sign right before the digits or before the currency.
    while let Some(placed) = before.checked_sub(1).map(|place| &tokens[place]) {
        match placed.token {
            Token::Word("rp" | "idr") if !currency => currency = true,
            Token::Mark(b'-') if !negative => negative = true,
            Token::Mark(b'.' | b':' | b'=') => {}
            Token::Word(_) | Token::Number(_) | Token::Mark(_) => break,
        }
        before -= 1;
    }
    let words: Vec<&str> = tokens[..before]
        .iter()
        .rev()
        .take_while(|placed| {
            matches!(placed.token, Token::Word(_) | Token::Mark(b':' | b'(' | b')' | b'.'))
                && tokens[at].begin - placed.end <= NEAR
        })
        .filter_map(|placed| match placed.token {
            Token::Word(word) => Some(word),
            Token::Number(_) | Token::Mark(_) => None,
        })
        .collect();
    let called = words.iter().position(|word| BALANCE_WORDS.contains(word))?;
    // Without a currency the word stands right before, or with `anda`, `utama` and the like between.
    if !currency && called > 2 {
        return None;
    }
    let reach = words.len().min(called + 3);
    if words[..reach].iter().any(|word| OTHER_WORDS.contains(word)) {
        return None;
    }
    let (amount, used) = scaled(amount(number)?, tokens.get(at + 1), currency)?;
    let signed = if negative { -amount } else { amount };
    Some((Rupiah(signed), at + 1 + used))
}

/// `25rb`, `25 ribu`, `1jt`. A unit of something else (`100 SMS`, `5 GB`) makes it no amount.
fn scaled(amount: i64, next: Option<&Placed<'_>>, currency: bool) -> Option<(i64, usize)> {
    let scaled = match next.map(|placed| placed.token) {
        Some(Token::Word("rb" | "ribu" | "k")) => (amount.checked_mul(1_000)?, 1),
        Some(Token::Word("jt" | "juta")) => (amount.checked_mul(1_000_000)?, 1),
        Some(Token::Word("sms" | "gb" | "mb" | "kb" | "menit" | "min" | "hari" | "poin")) if !currency => {
            return None;
        }
        // A date: `s/d 12/03/27` begins with a number, too.
        Some(Token::Mark(b'/')) => return None,
        Some(Token::Word(_) | Token::Number(_) | Token::Mark(_)) | None => (amount, 0),
    };
    (scaled.0 <= AMOUNT_MAX.0).then_some(scaled)
}

/// Whole rupiah of a number with separators. Groups of three are thousands; one or two digits at the end are cents and are
/// dropped. `None`: neither.
fn amount(number: &str) -> Option<i64> {
    let mut groups: Vec<&str> = number.split(['.', ',']).collect();
    let marks: Vec<char> = number.chars().filter(|c| !c.is_ascii_digit()).collect();
    if groups.len() > 1 && groups.last().is_some_and(|last| last.len() <= 2) {
        groups.pop();
    }
    let mut whole = String::with_capacity(number.len());
    for (place, group) in groups.iter().enumerate() {
        // Thousands are written with one kind of mark throughout.
        let fits = match (place, groups.len()) {
            (0, 1) => true,
            (0, _) => group.len() <= 3,
            (_, _) => group.len() == 3 && marks[place - 1] == marks[0],
        };
        if !fits {
            return None;
        }
        whole.push_str(group);
    }
    whole.parse().ok().filter(|amount| *amount <= AMOUNT_MAX.0)
}

/// Short messages left: `SMS 100`, `SMS: 100`, `100 SMS`. The first that is said.
fn sms_left(tokens: &[Placed<'_>]) -> Option<u32> {
    let word = |place: usize, want: &str| matches!(tokens.get(place), Some(Placed { token: Token::Word(word), .. }) if *word == want);
    (0..tokens.len()).find_map(|at| {
        let Token::Number(number) = tokens[at].token else { return None };
        // `*363#` and `Rp 100/SMS` are no counts.
        let marked =
            matches!(tokens.get(at + 1).map(|next| next.token), Some(Token::Mark(b'/' | b'#' | b'*')));
        let priced = at.checked_sub(1).is_some_and(|place| word(place, "rp") || word(place, "idr"));
        let before = at.checked_sub(1).map(|place| match tokens[place].token {
            Token::Mark(b':' | b'=') => place.wrapping_sub(1),
            Token::Word(_) | Token::Number(_) | Token::Mark(_) => place,
        });
        let counted = word(at + 1, "sms") || before.is_some_and(|place| word(place, "sms"));
        if !counted || marked || priced { None } else { u32::try_from(amount(number)?).ok() }
    })
}

/// The first date after the amount, unless it is a package's.
fn expiry(tokens: &[Placed<'_>], after: usize) -> Option<UnixMs> {
    for at in after..tokens.len() {
        match tokens[at].token {
            Token::Word("paket" | "kuota" | "internet" | "sms" | "bonus") => return None,
            Token::Word("rp" | "idr") => return None,
            Token::Number(_) => {
                if let Some((year, month, day)) = date(&tokens[at..]) {
                    return end_of_day(year, month, day);
                }
            }
            Token::Word(_) | Token::Mark(_) => {}
        }
    }
    None
}

/// A date that begins with the first token: 12/03/27, 31-01-2027, 2027-01-31, 31.01.2027, 31 Jan 2027, 31Jan27.
fn date(tokens: &[Placed<'_>]) -> Option<(i64, i64, i64)> {
    let number = |place: usize| match tokens.get(place)?.token {
        Token::Number(text) if text.bytes().all(|b| b.is_ascii_digit()) => Some(text),
        Token::Number(_) | Token::Word(_) | Token::Mark(_) => None,
    };
    let Token::Number(first) = tokens.first()?.token else { return None };
    let dotted: Vec<&str> = first.split('.').collect();
    let (a, b, c) = if let [a, b, c] = dotted[..] {
        (a, b.to_owned(), c)
    } else if let Some(Placed { token: Token::Word(word), .. }) = tokens.get(1) {
        let month = MONTHS.iter().position(|names| names.contains(word))? + 1;
        (number(0)?, month.to_string(), number(2)?)
    } else {
        let mark = tokens.get(1)?.token;
        if !matches!(mark, Token::Mark(b'/' | b'-')) {
            return None;
        }
        if let Some(Placed { token: Token::Word(word), .. }) = tokens.get(2) {
            let month = MONTHS.iter().position(|names| names.contains(word))? + 1;
            (number(0)?, month.to_string(), number(4)?)
        } else {
            if tokens.get(3)?.token != mark {
                return None;
            }
            (number(0)?, number(2)?.to_owned(), number(4)?)
        }
    };
    let (year, day) = if a.len() == 4 { (a, c) } else { (c, a) };
    let year: i64 = match year.len() {
        2 => 2000 + year.parse::<i64>().ok()?,
        4 => year.parse().ok()?,
        _ => return None,
    };
    let (month, day): (i64, i64) = (b.parse().ok()?, day.parse().ok()?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    ((2000..2200).contains(&year) && (1..=12).contains(&month) && (1..=days).contains(&day))
        .then_some((year, month, day))
}

/// The last millisecond of a day in WIB.
fn end_of_day(year: i64, month: i64, day: i64) -> Option<UnixMs> {
    // Days of the Gregorian calendar since 1970-01-01; years begin in March, so that the leap day is their last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = shifted * 365 + shifted.div_euclid(4) - shifted.div_euclid(100)
        + shifted.div_euclid(400)
        + day_of_year
        - 719_468;
    Some(WibDay(i32::try_from(days + 1).ok()?).starts().plus(-1))
}
