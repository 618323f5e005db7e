//! The envelope of a token, read with tolerance: what scanners, clipboards, links and headers put around it is taken off
//! and noted. The parts inside are read strictly. Nothing here looks at what the payload says; `token` does.

use data_encoding::{BASE64URL_NOPAD, DecodeError, DecodeKind};

use super::token::{Part, TokenError};

/// More bytes than this are no token. The longest genuine one has 184 (three parts, Bluetooth); the rest is room for
/// what is put around it.
pub const INPUT_BYTES_MAX: usize = 512;
/// The header that stoves leave out: `{"alg":"HS256","typ":"JWT"}`.
pub const CANONICAL_HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Something around or inside the parts that a stove itself does not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Oddity {
    /// A byte order mark in front.
    Bom,
    /// Spaces, tabs or line ends around or within.
    Whitespace,
    /// Quotes around.
    Quotes,
    /// `Bearer ` in front.
    Bearer,
    /// It was the `payload` of a link or of a query.
    Query,
    /// `=` at the end of a part.
    Padding,
    /// `+` or `/`, which belong to the other Base64 alphabet (RFC 4648, section 4).
    StandardAlphabet,
    /// A third part in front: the header, which stoves leave out.
    Header,
}

impl Oddity {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Bom,
        Self::Whitespace,
        Self::Quotes,
        Self::Bearer,
        Self::Query,
        Self::Padding,
        Self::StandardAlphabet,
        Self::Header,
    ];

    /// The word in SQL and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bom => "bom",
            Self::Whitespace => "whitespace",
            Self::Quotes => "quotes",
            Self::Bearer => "bearer",
            Self::Query => "query",
            Self::Padding => "padding",
            Self::StandardAlphabet => "standard_alphabet",
            Self::Header => "header",
        }
    }

    /// The oddity of a word, or `None` for any other text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|oddity| oddity.word() == word)
    }

    /// It shows that something re-encoded the token on its way: worth a quality flag. The others are harmless wrapping.
    #[must_use]
    pub fn is_reencoding(self) -> bool {
        match self {
            Self::Padding | Self::StandardAlphabet => true,
            Self::Bom | Self::Whitespace | Self::Quotes | Self::Bearer | Self::Query | Self::Header => false,
        }
    }
}

/// The oddities of one input: a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Framing(u8);

impl Framing {
    fn note(&mut self, oddity: Oddity) {
        self.0 |= 1 << (oddity as u8);
    }

    /// Whether this oddity was seen.
    #[must_use]
    pub fn has(self, oddity: Oddity) -> bool {
        self.0 & (1 << (oddity as u8)) != 0
    }

    /// Those that were seen, in the order of [`Oddity::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Oddity> {
        Oddity::ALL.into_iter().filter(move |oddity| self.has(*oddity))
    }
}

/// A token out of its envelope: its parts as they were received, and what the two of a stove decode to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unframed {
    /// The header as received, if there was one.
    pub header: Option<Received>,
    /// The payload.
    pub payload: Received,
    /// The signature.
    pub signature: Received,
    /// What was odd.
    pub framing: Framing,
}

/// One part: its text as received, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Received {
    /// As received, padding and foreign letters included: the MAC is over this.
    pub text: String,
    /// What it stands for.
    pub bytes: Vec<u8>,
}

/// Takes the envelope off and decodes the parts.
pub(super) fn unframe(input: &[u8]) -> Result<Unframed, TokenError> {
    if input.len() > INPUT_BYTES_MAX {
        return Err(TokenError::TooLong { bytes: input.len() });
    }
    let mut framing = Framing::default();
    let text = unwrap(input, &mut framing)?;
    let parts: Vec<&str> = text.split('.').collect();
    let (header, payload, signature) = match parts.as_slice() {
        [payload, signature] => (None, *payload, *signature),
        [header, payload, signature] => (Some(*header), *payload, *signature),
        _ => return Err(TokenError::Parts { parts: parts.len() }),
    };
    if header.is_some() {
        framing.note(Oddity::Header);
    }
    Ok(Unframed {
        header: header.map(|text| part(Part::Header, text, &mut framing)).transpose()?,
        payload: part(Part::Payload, payload, &mut framing)?,
        signature: part(Part::Signature, signature, &mut framing)?,
        framing,
    })
}

/// The text inside byte order mark, blanks, quotes, `Bearer ` and a query, without any blanks.
fn unwrap(input: &[u8], framing: &mut Framing) -> Result<String, TokenError> {
    let mut rest = input;
    if let Some(after) = rest.strip_prefix(b"\xEF\xBB\xBF") {
        framing.note(Oddity::Bom);
        rest = after;
    }
    if let Some(at) = rest.iter().position(|byte| !byte.is_ascii()) {
        return Err(TokenError::NotAscii { at: at + input.len() - rest.len() });
    }
    let text: String = rest.iter().copied().map(char::from).collect();
    let mut text = bare(&text, framing);
    // A header field and a link may each be quoted or not: what is inside is looked at once more.
    if let Some(scheme) = text.get(..7)
        && scheme.eq_ignore_ascii_case("bearer ")
    {
        framing.note(Oddity::Bearer);
        text = bare(&text[7..], framing);
    }
    let decoded = query_payload(text).map(percent_decoded).transpose()?;
    if let Some(value) = &decoded {
        framing.note(Oddity::Query);
        text = bare(value, framing);
    }
    let solid: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if solid.len() != text.len() {
        framing.note(Oddity::Whitespace);
    }
    if solid.is_empty() { Err(TokenError::Empty) } else { Ok(solid) }
}

/// Without blanks and quotes at either end.
fn bare<'a>(text: &'a str, framing: &mut Framing) -> &'a str {
    let blank = |c: char| c.is_ascii_whitespace() || c == '\0';
    let trimmed = text.trim_matches(blank);
    if trimmed.len() != text.len() {
        framing.note(Oddity::Whitespace);
    }
    let bare = trimmed.trim_matches(['"', '\'', '`']);
    if bare.len() != trimmed.len() {
        framing.note(Oddity::Quotes);
    }
    bare.trim_matches(blank)
}

/// The value of `payload=` in a link (`https://…?a=b&payload=…`) or in a bare query.
fn query_payload(text: &str) -> Option<&str> {
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    query.split('&').find_map(|pair| pair.strip_prefix("payload="))
}

/// `%XX` taken back; only ASCII can come out of it. `+` stays: links that carry the other Base64 alphabet mean the
/// letter.
fn percent_decoded(text: &str) -> Result<String, TokenError> {
    let bytes = percent(text.as_bytes()).map_err(|at| TokenError::Percent { at })?;
    match bytes.iter().position(|byte| !byte.is_ascii()) {
        Some(at) => Err(TokenError::NotAscii { at }),
        None => Ok(bytes.into_iter().map(char::from).collect()),
    }
}

/// Bytes with every `%XX` taken back, or the place of a `%` that two hex digits do not follow.
pub(super) fn percent(escaped: &[u8]) -> Result<Vec<u8>, usize> {
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut at = 0;
    while let Some(&byte) = escaped.get(at) {
        if byte == b'%' {
            let pair = escaped.get(at + 1).zip(escaped.get(at + 2));
            let (high, low) = pair.and_then(|(high, low)| hex(*high).zip(hex(*low))).ok_or(at)?;
            bytes.push(high << 4 | low);
            at += 3;
        } else {
            bytes.push(byte);
            at += 1;
        }
    }
    Ok(bytes)
}

/// Decodes one part: either alphabet, padded or not, but no bits left over.
fn part(part: Part, text: &str, framing: &mut Framing) -> Result<Received, TokenError> {
    let unpadded = text.trim_end_matches('=');
    let padding = text.len() - unpadded.len();
    if padding > 0 {
        framing.note(Oddity::Padding);
        if padding > 2 || !text.len().is_multiple_of(4) {
            return Err(TokenError::Base64 { part, at: unpadded.len() });
        }
    }
    let mut letters = unpadded.to_owned();
    if letters.contains(['+', '/']) {
        framing.note(Oddity::StandardAlphabet);
        letters = letters.replace('+', "-").replace('/', "_");
    }
    let refused = |error: DecodeError| match error.kind {
        DecodeKind::Length => TokenError::CutOff { part, characters: unpadded.len() },
        DecodeKind::Trailing => TokenError::TrailingBits { part },
        DecodeKind::Symbol | DecodeKind::Padding => TokenError::Base64 { part, at: error.position },
    };
    let bytes = BASE64URL_NOPAD.decode(letters.as_bytes()).map_err(refused)?;
    if bytes.is_empty() {
        return Err(TokenError::CutOff { part, characters: 0 });
    }
    Ok(Received { text: text.to_owned(), bytes })
}
