//! Where a code for a forgotten password can go: an e-mail address or a phone number. Both are personal data: shown
//! masked, never logged.

use std::fmt;

use zeroize::Zeroize;

/// Longest e-mail address (RFC 5321, section 4.5.3.1.3: a path of 256 octets with its brackets).
const EMAIL_BYTES_MAX: usize = 254;
/// Digits of a phone number (ITU-T E.164: at most 15).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// An address of a person.
#[derive(Clone, PartialEq, Eq)]
pub enum Contact {
    /// An e-mail address.
    Email(String),
    /// A phone number: digits, with a leading `+` if it was given with one.
    Phone(String),
}

/// A text that is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is neither an e-mail address nor a phone number")]
pub struct NoContact;

impl Contact {
    /// Reads what was typed. An e-mail address has one `@`, something before it and a domain with a dot after it; a phone
    /// number 8 to 15 digits, with `+`, spaces, dots, dashes or brackets.
    pub fn parse(text: &str) -> Result<Self, NoContact> {
        let text = text.trim();
        if text.contains('@') { email(text) } else { phone(text) }
    }

    /// The address itself.
    #[must_use]
    pub fn address(&self) -> &str {
        match self {
            Self::Email(address) | Self::Phone(address) => address,
        }
    }

    /// What a list may show: `s•••@example.org`, `•••• 890`.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Email(address) => {
                let (user, domain) = address.split_once('@').unwrap_or((address, ""));
                let first: String = user.chars().take(1).collect();
                format!("{first}•••@{domain}")
            }
            Self::Phone(number) => format!("•••• {}", &number[number.len().saturating_sub(3)..]),
        }
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact({})", self.masked())
    }
}

impl Drop for Contact {
    fn drop(&mut self) {
        match self {
            Self::Email(address) | Self::Phone(address) => address.zeroize(),
        }
    }
}

fn email(text: &str) -> Result<Contact, NoContact> {
    let fits = text.len() <= EMAIL_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>(),;:\\\"[]".contains(&byte));
    let (user, domain) = text.split_once('@').ok_or(NoContact)?;
    let labels = domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
    });
    if fits && (1..=64).contains(&user.len()) && domain.contains('.') && labels {
        return Ok(Contact::Email(text.to_owned()));
    }
    Err(NoContact)
}

fn phone(text: &str) -> Result<Contact, NoContact> {
    let plus = text.starts_with('+');
    let rest = text.strip_prefix('+').unwrap_or(text);
    let digits: String = rest.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    if PHONE_DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Contact::Phone(if plus { format!("+{digits}") } else { digits }));
    }
    Err(NoContact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: Option<&str>) {
        let read = Contact::parse(text).ok();
        assert_eq!(read.as_ref().map(Contact::address), want, "{text}");
    }

    #[test]
    fn addresses_and_numbers() {
        check(" siti@example.org ", Some("siti@example.org"));
        check("+62 812-3456 7890", Some("+6281234567890"));
        check("0812.3456.7890", Some("081234567890"));
        for wrong in [
            "",
            "siti",
            "siti@",
            "@example.org",
            "siti@localhost",
            "a@b@c.d",
            "a b@c.de",
            "a@c..de",
            "a@-c.de",
            "a\r\nBcc: x@c.de",
            "<a@c.de>",
            "1234567",
            "1234567890123456",
            "+62812x",
            "６２８１２３４５６",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn lists_show_little_and_debug_no_more() {
        let email = Contact::parse("siti@example.org").unwrap();
        assert_eq!(email.masked(), "s•••@example.org");
        assert_eq!(format!("{email:?}"), "Contact(s•••@example.org)");
        assert_eq!(Contact::parse("+6281234567890").unwrap().masked(), "•••• 890");
    }
}
