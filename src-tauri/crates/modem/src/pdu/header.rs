//! User data header: the information elements before the text (3GPP TS 23.040, section 9.2.3.24). Elements that are not
//! understood are kept as they are.

use gerai_core::port::lines::Concat;

use super::error::PduError;
use super::national::{Language, Tables};

/// An information element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// 0x00 and 0x08: a part of a concatenated message.
    Concat(Concat),
    /// 0x04 and 0x05: application ports.
    Ports {
        /// Of the receiver.
        destination: u16,
        /// Of the sender.
        source: u16,
        /// Ports of 16 bits; otherwise 8.
        wide: bool,
    },
    /// 0x01: messages wait for the subscriber (section 9.2.3.24.2).
    Special {
        /// Type and whether the message is to be stored (bit 7).
        kind: u8,
        /// How many wait; 255 or more: 255.
        count: u8,
    },
    /// 0x24: identifier of the language of the single shift table.
    SingleShift(u8),
    /// 0x25: identifier of the language of the locking shift table.
    LockingShift(u8),
    /// Any other, and those above whose content is impossible.
    Other {
        /// Its identifier.
        id: u8,
        /// Its content.
        octets: Vec<u8>,
    },
}

impl Element {
    fn read(id: u8, octets: &[u8]) -> Self {
        let part = |reference, wide, total: u8, sequence: u8| {
            // Section 9.2.3.24.1: an impossible numbering makes the receiver ignore the element.
            let possible = sequence >= 1 && sequence <= total;
            possible.then_some(Self::Concat(Concat { reference, wide, total, sequence }))
        };
        let known = match (id, octets) {
            (0x00, &[reference, total, sequence]) => part(u16::from(reference), false, total, sequence),
            (0x08, &[high, low, total, sequence]) => {
                part(u16::from_be_bytes([high, low]), true, total, sequence)
            }
            (0x01, &[kind, count]) => Some(Self::Special { kind, count }),
            (0x04, &[destination, source]) => {
                Some(Self::Ports { destination: destination.into(), source: source.into(), wide: false })
            }
            (0x05, &[d1, d0, s1, s0]) => Some(Self::Ports {
                destination: u16::from_be_bytes([d1, d0]),
                source: u16::from_be_bytes([s1, s0]),
                wide: true,
            }),
            (0x24, &[language]) => Some(Self::SingleShift(language)),
            (0x25, &[language]) => Some(Self::LockingShift(language)),
            _ => None,
        };
        known.unwrap_or_else(|| Self::Other { id, octets: octets.to_vec() })
    }

    /// Identifier and content. A reference or port that does not fit into 8 bits loses its upper half.
    fn octets(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Concat(Concat { reference, wide, total, sequence }) => {
                let [high, low] = reference.to_be_bytes();
                if *wide {
                    (0x08, vec![high, low, *total, *sequence])
                } else {
                    (0x00, vec![low, *total, *sequence])
                }
            }
            Self::Ports { destination, source, wide } => {
                let ([d1, d0], [s1, s0]) = (destination.to_be_bytes(), source.to_be_bytes());
                if *wide { (0x05, vec![d1, d0, s1, s0]) } else { (0x04, vec![d0, s0]) }
            }
            Self::Special { kind, count } => (0x01, vec![*kind, *count]),
            Self::SingleShift(language) => (0x24, vec![*language]),
            Self::LockingShift(language) => (0x25, vec![*language]),
            Self::Other { id, octets } => (*id, octets.clone()),
        }
    }
}

/// A user data header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// Its elements, in order.
    pub elements: Vec<Element>,
    /// The lengths within it contradict each other: all elements are ignored, as section 9.2.3.24 asks, and the text is
    /// read behind it.
    pub faulty: bool,
}

impl Header {
    /// A header that numbers a part.
    #[must_use]
    pub fn concat(concat: Concat) -> Self {
        Self { elements: vec![Element::Concat(concat)], faulty: false }
    }

    /// Reads what follows the length octet.
    pub(crate) fn read(mut octets: &[u8]) -> Self {
        let mut elements = Vec::new();
        while let [id, rest @ ..] = octets {
            let split =
                rest.split_first().and_then(|(length, rest)| rest.split_at_checked(usize::from(*length)));
            let Some((content, rest)) = split else {
                return Self { elements: Vec::new(), faulty: true };
            };
            elements.push(Element::read(*id, content));
            octets = rest;
        }
        Self { elements, faulty: false }
    }

    /// The header with its length octet.
    pub(crate) fn octets(&self) -> Result<Vec<u8>, PduError> {
        let mut octets = vec![0];
        for element in &self.elements {
            let (id, content) = element.octets();
            let length = u8::try_from(content.len()).map_err(|_| PduError::UserDataLength(content.len()))?;
            octets.extend([id, length]);
            octets.extend(content);
        }
        octets[0] = u8::try_from(octets.len() - 1).map_err(|_| PduError::UserDataLength(octets.len()))?;
        Ok(octets)
    }

    /// The numbering of the part. The last element counts when there are several (section 9.2.3.24).
    #[must_use]
    pub fn part(&self) -> Option<Concat> {
        self.elements.iter().rev().find_map(|element| match element {
            Element::Concat(concat) => Some(*concat),
            Element::Ports { .. }
            | Element::Special { .. }
            | Element::SingleShift(_)
            | Element::LockingShift(_)
            | Element::Other { .. } => None,
        })
    }

    /// The tables that the text is written in. Reserved languages mean the default ones.
    #[must_use]
    pub fn tables(&self) -> Tables {
        let mut tables = Tables::DEFAULT;
        for element in &self.elements {
            match element {
                Element::SingleShift(language) => tables.single = Language::from_code(*language),
                Element::LockingShift(language) => tables.locking = Language::from_code(*language),
                Element::Concat(_)
                | Element::Ports { .. }
                | Element::Special { .. }
                | Element::Other { .. } => {}
            }
        }
        tables
    }
}
