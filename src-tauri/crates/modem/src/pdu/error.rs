//! Why a PDU could not be read or made. Messages name the field and the numbers, never a digit or letter of the message.

/// Why a PDU could not be read or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PduError {
    /// Nothing at all.
    #[error("the PDU is empty")]
    Empty,
    /// A character that is no hexadecimal digit, at this place (counted from 1).
    #[error("character {0} is no hexadecimal digit; a PDU is written as pairs of them")]
    NotHex(usize),
    /// An odd number of hexadecimal digits.
    #[error("{0} hexadecimal digits are no whole octets; the line was cut short")]
    OddHex(usize),
    /// More octets than any short message has.
    #[error("{0} octets are more than any short message has (at most {PDU_OCTETS_MAX})")]
    Oversized(usize),
    /// The PDU ends within a field.
    #[error("the PDU ends within {field}: {wanted} octets wanted, {had} left")]
    Short {
        /// Name of the field.
        field: &'static str,
        /// Octets that the field needs.
        wanted: usize,
        /// Octets that were left.
        had: usize,
    },
    /// An address that is longer than the standard allows.
    #[error("{field} is {digits} half octets long, at most {ADDRESS_DIGITS_MAX} are allowed")]
    AddressLength {
        /// Name of the field.
        field: &'static str,
        /// Its length in semi-octets.
        digits: usize,
    },
    /// A character that cannot stand in an address of this type, at this place (counted from 1).
    #[error(
        "character {0} of the address cannot be coded; an address has digits, *, #, a, b, c, or letters when alphanumeric"
    )]
    AddressCharacter(usize),
    /// A kind of TPDU that has nothing to show.
    #[error("this is an {0}, which the station neither sends nor expects")]
    Kind(&'static str),
    /// The user data header is longer than the user data.
    #[error("the user data header of {header} octets does not fit into {user_data} octets of user data")]
    HeaderLength {
        /// Octets of the header, its length octet included.
        header: usize,
        /// Octets of the user data.
        user_data: usize,
    },
    /// Header and text take more room than one short message has.
    #[error(
        "{0} octets of user data do not fit into one short message (at most 140); cut the text into parts"
    )]
    UserDataLength(usize),
    /// A character that the chosen alphabet lacks, at this place (counted from 1).
    #[error("character {0} is not in the GSM 7-bit alphabet; send the text as UCS-2")]
    NotInAlphabet(usize),
    /// A coding scheme that does not say what the content is.
    #[error("data coding scheme {dcs:#04x} does not go with content of {content}")]
    CodingMismatch {
        /// TP-DCS.
        dcs: u8,
        /// What the content is.
        content: &'static str,
    },
    /// A part number outside 1 to total, or a total of 0.
    #[error("part {sequence} of {total} cannot be numbered; parts count from 1 to the total")]
    PartNumber {
        /// Which part.
        sequence: u8,
        /// Of how many.
        total: u8,
    },
}

/// Octets of the longest PDU that is looked at. A TPDU has at most 164 (3GPP TS 23.040, section 9.2.3 and 3GPP TS 24.011,
/// section 8.2.5.3), a record of a SIM's memory 176; more is allowed for what modems append.
pub const PDU_OCTETS_MAX: usize = 512;
/// Semi-octets of an address (3GPP TS 23.040, section 9.1.2.5: at most 10 octets of value).
pub const ADDRESS_DIGITS_MAX: usize = 20;
