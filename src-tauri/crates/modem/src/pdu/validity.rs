//! How long the service centre may try (TP-VP, 3GPP TS 23.040, section 9.2.3.12).

use super::error::PduError;
use super::octets::Octets;
use super::stamp::Stamp;

const FIELD: &str = "the validity period";
const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;
const WEEK: u32 = 7 * DAY;

/// TP-VP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Absent: the centre's own.
    Default,
    /// One octet: 5 minutes to 63 weeks.
    Relative(u8),
    /// Until a moment.
    Absolute(Stamp),
    /// Seven octets with a functionality indicator (section 9.2.3.12.3).
    Enhanced([u8; 7]),
}

impl Validity {
    /// At least this many minutes, rounded up to what one octet can say; at most 63 weeks.
    #[must_use]
    pub fn minutes(minutes: u32) -> Self {
        let octet = match minutes {
            0..=720 => minutes.div_ceil(5).max(1) - 1,
            721..=1440 => (minutes - 12 * HOUR).div_ceil(30) + 143,
            1441..=43_200 => minutes.div_ceil(DAY) + 166,
            _ => minutes.div_ceil(WEEK) + 192,
        };
        Self::Relative(u8::try_from(octet).unwrap_or(u8::MAX))
    }

    /// Value of TP-VPF in bits 4 and 3 of the first octet.
    pub(crate) fn format_bits(self) -> u8 {
        match self {
            Self::Default => 0x00,
            Self::Enhanced(_) => 0x08,
            Self::Relative(_) => 0x10,
            Self::Absolute(_) => 0x18,
        }
    }

    pub(crate) fn read(octets: &mut Octets<'_>, first: u8) -> Result<Self, PduError> {
        Ok(match first & 0x18 {
            0x00 => Self::Default,
            0x08 => Self::Enhanced(octets.array(FIELD)?),
            0x10 => Self::Relative(octets.one(FIELD)?),
            _ => Self::Absolute(Stamp(octets.array(FIELD)?)),
        })
    }

    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Default => {}
            Self::Relative(octet) => out.push(octet),
            Self::Absolute(Stamp(octets)) | Self::Enhanced(octets) => out.extend(octets),
        }
    }

    /// Seconds from submission, when the field says it that way. `None`: absent, absolute, or a reserved form.
    #[must_use]
    pub fn seconds(self) -> Option<u32> {
        match self {
            Self::Default | Self::Absolute(_) => None,
            Self::Relative(octet) => Some(relative_minutes(octet) * 60),
            Self::Enhanced([indicator, rest @ ..]) => match indicator & 0x07 {
                1 => Some(relative_minutes(rest[0]) * 60),
                2 => (rest[0] != 0).then_some(u32::from(rest[0])),
                3 => {
                    let digits = |octet: u8| {
                        let (tens, units) = (octet & 0x0F, octet >> 4);
                        (tens < 10 && units < 10).then(|| u32::from(tens) * 10 + u32::from(units))
                    };
                    let (hours, minutes, seconds) = (digits(rest[0])?, digits(rest[1])?, digits(rest[2])?);
                    Some(hours * 3600 + minutes * 60 + seconds)
                }
                _ => None,
            },
        }
    }

    /// The centre makes one attempt only (enhanced format, bit 6 of the indicator).
    #[must_use]
    pub fn single_shot(self) -> bool {
        match self {
            Self::Default | Self::Relative(_) | Self::Absolute(_) => false,
            Self::Enhanced([indicator, ..]) => indicator & 0x40 != 0,
        }
    }
}

/// Minutes of a relative TP-VP (section 9.2.3.12.1).
fn relative_minutes(octet: u8) -> u32 {
    let value = u32::from(octet);
    match octet {
        0..=143 => (value + 1) * 5,
        144..=167 => 12 * HOUR + (value - 143) * 30,
        168..=196 => (value - 166) * DAY,
        197..=255 => (value - 192) * WEEK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(minutes: u32, octet: u8, means: u32) {
        assert_eq!(Validity::minutes(minutes), Validity::Relative(octet), "{minutes} minutes");
        assert_eq!(Validity::Relative(octet).seconds(), Some(means * 60), "{octet}");
    }

    #[test]
    fn minutes_are_rounded_up() {
        check(0, 0, 5);
        check(5, 0, 5);
        check(6, 1, 10);
        check(10, 1, 10);
        check(720, 143, 720);
        check(721, 144, 750);
        check(1440, 167, 1440);
        check(1441, 168, 2 * 1440);
        check(30 * 1440, 196, 30 * 1440);
        // 31 days: the next thing that can be said is five weeks.
        check(30 * 1440 + 1, 197, 35 * 1440);
        check(63 * 7 * 1440, 255, 63 * 7 * 1440);
        check(u32::MAX, 255, 63 * 7 * 1440);
    }

    #[test]
    fn enhanced_forms() {
        assert_eq!(Validity::Enhanced([0x01, 0xA7, 0, 0, 0, 0, 0]).seconds(), Some(24 * 3600));
        assert_eq!(Validity::Enhanced([0x42, 30, 0, 0, 0, 0, 0]).seconds(), Some(30));
        assert!(Validity::Enhanced([0x42, 30, 0, 0, 0, 0, 0]).single_shot());
        assert_eq!(Validity::Enhanced([0x02, 0, 0, 0, 0, 0, 0]).seconds(), None);
        // 12:34:56 with swapped digits.
        assert_eq!(Validity::Enhanced([0x03, 0x21, 0x43, 0x65, 0, 0, 0]).seconds(), Some(45_296));
        assert_eq!(Validity::Enhanced([0x03, 0xFF, 0, 0, 0, 0, 0]).seconds(), None);
        assert_eq!(Validity::Enhanced([0x04, 1, 1, 1, 1, 1, 1]).seconds(), None);
        assert_eq!(Validity::Enhanced([0x00; 7]).seconds(), None);
    }

    proptest! {
        #[test]
        fn never_shorter_than_asked(minutes in 1_u32..=63 * WEEK) {
            let said = Validity::minutes(minutes).seconds().unwrap() / 60;
            prop_assert!(said >= minutes);
        }
    }
}
