//! Addresses: telephone numbers and names as they stand in TPDUs and before them (3GPP TS 23.040, section 9.1.2.5).
//! Personal data: `Debug` shows the last three digits only.

use std::fmt;

use serde::Serialize;

use super::error::{ADDRESS_DIGITS_MAX, PduError};
use super::national::Tables;
use super::octets::Octets;
use super::septets;

/// Type of number (3GPP TS 23.040, section 9.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeOfNumber {
    /// 000: not said; short codes, and national numbers of careless networks.
    Unknown,
    /// 001: with the country's code.
    International,
    /// 010: without the country's code.
    National,
    /// 011: an administrative number of the network.
    NetworkSpecific,
    /// 100: a local number.
    Subscriber,
    /// 101: letters, coded in the GSM 7-bit default alphabet.
    Alphanumeric,
    /// 110: an abbreviated number.
    Abbreviated,
    /// 111: reserved for extension.
    Reserved,
}

impl TypeOfNumber {
    const ALL: [Self; 8] = [
        Self::Unknown,
        Self::International,
        Self::National,
        Self::NetworkSpecific,
        Self::Subscriber,
        Self::Alphanumeric,
        Self::Abbreviated,
        Self::Reserved,
    ];

    fn from_octet(octet: u8) -> Self {
        Self::ALL[usize::from(octet >> 4 & 7)]
    }

    fn bits(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::International => 1,
            Self::National => 2,
            Self::NetworkSpecific => 3,
            Self::Subscriber => 4,
            Self::Alphanumeric => 5,
            Self::Abbreviated => 6,
            Self::Reserved => 7,
        }
    }
}

/// Numbering plan "ISDN/telephone" (ITU-T E.164).
pub const PLAN_ISDN: u8 = 1;

/// A number or a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Type of number.
    pub ton: TypeOfNumber,
    /// Numbering plan, 0 to 15 (3GPP TS 23.040, section 9.1.2.5: 0 unknown, 1 ISDN, 3 data, 4 telex, 8 national, 9 private,
    /// 10 ERMES).
    pub plan: u8,
    /// Digits with `*`, `#`, `a`, `b`, `c`; or letters when alphanumeric. No `+`.
    pub number: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail: String = self.number.chars().rev().take(3).collect::<Vec<_>>().into_iter().rev().collect();
        write!(f, "Address({:?}, …{tail})", self.ton)
    }
}

/// The 16 semi-octets; the last one fills up an odd number of digits.
const DIGITS: [char; 15] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'a', 'b', 'c'];

impl Address {
    /// An international number: digits without `+`.
    #[must_use]
    pub fn international(digits: &str) -> Self {
        Self { ton: TypeOfNumber::International, plan: PLAN_ISDN, number: digits.to_owned() }
    }

    /// A number as dialled: `+…` is international, anything else of unknown type.
    #[must_use]
    pub fn dialled(number: &str) -> Self {
        match number.strip_prefix('+') {
            Some(digits) => Self::international(digits),
            None => Self { ton: TypeOfNumber::Unknown, plan: PLAN_ISDN, number: number.to_owned() },
        }
    }

    /// A sender's name: at most 11 characters of the GSM 7-bit default alphabet.
    #[must_use]
    pub fn alphanumeric(name: &str) -> Self {
        Self { ton: TypeOfNumber::Alphanumeric, plan: 0, number: name.to_owned() }
    }

    /// As a person reads it: `+6281234567890`, `888`, `TELKOMSEL`.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.ton {
            TypeOfNumber::International if !self.number.is_empty() => format!("+{}", self.number),
            TypeOfNumber::International
            | TypeOfNumber::Unknown
            | TypeOfNumber::National
            | TypeOfNumber::NetworkSpecific
            | TypeOfNumber::Subscriber
            | TypeOfNumber::Alphanumeric
            | TypeOfNumber::Abbreviated
            | TypeOfNumber::Reserved => self.number.clone(),
        }
    }

    /// Reads an address whose length counts semi-octets: TP-OA, TP-DA, TP-RA.
    pub(crate) fn read(octets: &mut Octets<'_>, field: &'static str) -> Result<Self, PduError> {
        let digits = usize::from(octets.one(field)?);
        if digits > ADDRESS_DIGITS_MAX {
            return Err(PduError::AddressLength { field, digits });
        }
        let kind = octets.one(field)?;
        let value = octets.take(digits.div_ceil(2), field)?;
        Ok(Self::from_value(kind, value, digits))
    }

    /// Reads a service centre's address, whose length counts octets and may be 0 (3GPP TS 24.011, section 8.2.5.1).
    pub(crate) fn read_smsc(octets: &mut Octets<'_>) -> Result<Option<Self>, PduError> {
        const FIELD: &str = "the service centre's address";
        let length = usize::from(octets.one(FIELD)?);
        let digits = length.saturating_sub(1) * 2;
        if digits > ADDRESS_DIGITS_MAX {
            return Err(PduError::AddressLength { field: FIELD, digits });
        }
        if length == 0 {
            return Ok(None);
        }
        let kind = octets.one(FIELD)?;
        let value = octets.take(length - 1, FIELD)?;
        Ok(Some(Self::from_value(kind, value, digits)))
    }

    fn from_value(kind: u8, value: &[u8], digits: usize) -> Self {
        let ton = TypeOfNumber::from_octet(kind);
        let number = if ton == TypeOfNumber::Alphanumeric {
            let mut name = septets::unpack(value, 0, digits * 4 / 7);
            // Some centres count whole octets: seven letters then look like eight, the last one made of padding.
            if digits == 14 && name.last() == Some(&0) {
                name.pop();
            }
            Tables::DEFAULT.text(&name)
        } else {
            let nibbles = value.iter().flat_map(|octet| [octet & 0x0F, octet >> 4]).take(digits);
            nibbles.map_while(|nibble| DIGITS.get(usize::from(nibble))).collect()
        };
        Self { ton, plan: kind & 0x0F, number }
    }

    /// Type and value octets, and the length in semi-octets.
    fn value(&self) -> Result<(u8, Vec<u8>, usize), PduError> {
        let kind = 0x80 | self.ton.bits() << 4 | self.plan & 0x0F;
        if self.ton == TypeOfNumber::Alphanumeric {
            let name = Tables::DEFAULT.septets(&self.number).map_err(PduError::AddressCharacter)?;
            let (mut value, mut digits) = (septets::pack(&name, 0), (name.len() * 7).div_ceil(4));
            if name.len() == 8 && name.last() == Some(&0) {
                // Half an octet more tells that this '@' is none of padding.
                value.push(0);
                digits += 1;
            }
            return Ok((kind, value, digits));
        }
        let mut nibbles = Vec::with_capacity(ADDRESS_DIGITS_MAX);
        for (place, character) in self.number.chars().enumerate() {
            let nibble = DIGITS.iter().position(|digit| *digit == character.to_ascii_lowercase());
            let nibble = nibble.and_then(|nibble| u8::try_from(nibble).ok());
            nibbles.push(nibble.ok_or(PduError::AddressCharacter(place + 1))?);
        }
        let octets = nibbles.chunks(2).map(|pair| pair.get(1).copied().unwrap_or(0x0F) << 4 | pair[0]);
        Ok((kind, octets.collect(), nibbles.len()))
    }

    /// Appends an address whose length counts semi-octets.
    pub(crate) fn write(&self, out: &mut Vec<u8>, field: &'static str) -> Result<(), PduError> {
        let (kind, value, digits) = self.value()?;
        match u8::try_from(digits) {
            Ok(length) if digits <= ADDRESS_DIGITS_MAX => out.extend([length, kind]),
            Ok(_) | Err(_) => return Err(PduError::AddressLength { field, digits }),
        }
        out.extend(value);
        Ok(())
    }

    /// Appends a service centre's address, or the octet that says there is none.
    pub(crate) fn write_smsc(smsc: Option<&Self>, out: &mut Vec<u8>) -> Result<(), PduError> {
        let Some(smsc) = smsc else {
            out.push(0);
            return Ok(());
        };
        let (kind, value, digits) = smsc.value()?;
        match u8::try_from(value.len() + 1) {
            Ok(length) if digits <= ADDRESS_DIGITS_MAX => out.extend([length, kind]),
            Ok(_) | Err(_) => {
                return Err(PduError::AddressLength { field: "the service centre's address", digits });
            }
        }
        out.extend(value);
        Ok(())
    }
}
