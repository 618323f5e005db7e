//! User data: the header and what follows it, in the units of its coding (3GPP TS 23.040, section 9.2.3.24).
//!
//! Units are kept, not text: a foreign sender may cut a message between an escape and its septet or within a surrogate
//! pair. The text of each part then shows a space or U+FFFD at the cut; whoever joins the units of all parts first reads
//! the whole character.

use std::fmt;

use gerai_core::sms::text::USER_DATA_OCTETS;
use zeroize::Zeroize;

use super::dcs::{Coding, Dcs};
use super::error::PduError;
use super::header::Header;
use super::national::Tables;
use super::octets::{Octets, to_hex};
use super::septets;

const FIELD: &str = "the user data";

/// Content of a message in the units of its coding. `Debug` shows lengths only.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// Septets, one to an octet, not packed.
    Septets(Vec<u8>),
    /// UTF-16 units.
    Units(Vec<u16>),
    /// Octets: 8-bit data, or compressed text.
    Octets(Vec<u8>),
}

impl Content {
    fn name(&self) -> &'static str {
        match self {
            Self::Septets(_) => "septets",
            Self::Units(_) => "UTF-16 units",
            Self::Octets(_) => "octets",
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = match self {
            Self::Septets(septets) => septets.len(),
            Self::Units(units) => units.len(),
            Self::Octets(octets) => octets.len(),
        };
        write!(f, "{count} {}", self.name())
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        match self {
            Self::Septets(octets) | Self::Octets(octets) => octets.zeroize(),
            Self::Units(units) => units.zeroize(),
        }
    }
}

/// User data of a TPDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserData {
    /// Its header (TP-UDHI).
    pub header: Option<Header>,
    /// What follows.
    pub content: Content,
}

impl UserData {
    /// Text in the GSM 7-bit alphabet, with the national tables that the header names.
    pub fn gsm7(text: &str, header: Option<Header>) -> Result<Self, PduError> {
        let tables = header.as_ref().map_or(Tables::DEFAULT, Header::tables);
        let septets = tables.septets(text).map_err(PduError::NotInAlphabet)?;
        Ok(Self { header, content: Content::Septets(septets) })
    }

    /// Text as UTF-16.
    #[must_use]
    pub fn ucs2(text: &str, header: Option<Header>) -> Self {
        let mut units = Vec::with_capacity(text.len());
        units.extend(text.encode_utf16());
        Self { header, content: Content::Units(units) }
    }

    /// The text; octets as upper-case hexadecimal digits. A lone surrogate is U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.content {
            Content::Septets(septets) => {
                self.header.as_ref().map_or(Tables::DEFAULT, Header::tables).text(septets)
            }
            Content::Units(units) => {
                let mut text = String::with_capacity(units.len() * 3);
                text.extend(
                    char::decode_utf16(units.iter().copied())
                        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)),
                );
                text
            }
            Content::Octets(octets) => to_hex(octets),
        }
    }

    /// Reads TP-UDL and TP-UD.
    pub(crate) fn read(octets: &mut Octets<'_>, dcs: Dcs, with_header: bool) -> Result<Self, PduError> {
        let length = usize::from(octets.one("the length of the user data")?);
        let coding = coding(dcs);
        let size = match coding {
            Coding::Gsm7 => (length * 7).div_ceil(8),
            Coding::Octets | Coding::Ucs2 => length,
        };
        let user_data = octets.take(size, FIELD)?;
        let (header, header_octets) = if with_header {
            let inner =
                usize::from(*user_data.first().ok_or(PduError::Short { field: FIELD, wanted: 1, had: 0 })?);
            let within = user_data.get(1..=inner);
            let within = within.ok_or(PduError::HeaderLength { header: inner + 1, user_data: size })?;
            (Some(Header::read(within)), inner + 1)
        } else {
            (None, 0)
        };
        let rest = &user_data[header_octets..];
        let content = match coding {
            Coding::Gsm7 => {
                let used = (header_octets * 8).div_ceil(7);
                let fill = septets::fill_after(header_octets);
                Content::Septets(septets::unpack(rest, fill, length.saturating_sub(used)))
            }
            Coding::Octets => Content::Octets(rest.to_vec()),
            Coding::Ucs2 => {
                let pairs = rest.chunks(2).map(|pair| match *pair {
                    [high, low] => u16::from_be_bytes([high, low]),
                    // Half a unit: a surrogate alone, so that it shows as U+FFFD.
                    _ => 0xDC00,
                });
                Content::Units(pairs.collect())
            }
        };
        Ok(Self { header, content })
    }

    /// Appends TP-UDL and TP-UD.
    pub(crate) fn write(&self, out: &mut Vec<u8>, dcs: Dcs) -> Result<(), PduError> {
        let mut user_data = self.header.as_ref().map_or_else(|| Ok(Vec::new()), Header::octets)?;
        let header_octets = user_data.len();
        let length = match (&self.content, coding(dcs)) {
            (Content::Septets(septets), Coding::Gsm7) => {
                user_data.extend(septets::pack(septets, septets::fill_after(header_octets)));
                (header_octets * 8).div_ceil(7) + septets.len()
            }
            (Content::Units(units), Coding::Ucs2) => {
                user_data.extend(units.iter().flat_map(|unit| unit.to_be_bytes()));
                user_data.len()
            }
            (Content::Octets(octets), Coding::Octets) => {
                user_data.extend(octets);
                user_data.len()
            }
            (Content::Septets(_) | Content::Units(_) | Content::Octets(_), _) => {
                return Err(PduError::CodingMismatch { dcs: dcs.0, content: self.content.name() });
            }
        };
        match u8::try_from(length) {
            Ok(length) if user_data.len() <= USER_DATA_OCTETS => out.push(length),
            Ok(_) | Err(_) => return Err(PduError::UserDataLength(user_data.len())),
        }
        out.extend(&user_data);
        user_data.zeroize();
        Ok(())
    }
}

/// Coding as far as it is undone: compressed text stays octets.
fn coding(dcs: Dcs) -> Coding {
    if dcs.compressed() { Coding::Octets } else { dcs.coding() }
}
