//! Sequence numbers of signed readers: ids are `<boot>-<seq>`. A captured message that never arrived could be sent
//! later by somebody else; a window over the numbers of one boot, and boots that only count up, close that door.

/// How far behind the highest number a message may come: a reader with several taps under way may overtake itself.
pub const SEQUENCE_WINDOW: i64 = 64;

/// What an id says about its place in the sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In order. Remember this boot and number.
    Fresh {
        /// The boot.
        boot: String,
        /// The highest number seen in it.
        sequence: i64,
    },
    /// Behind the window, or of an earlier boot: a replay.
    Replayed,
    /// Not of the form `<boot>-<seq>`: a signed reader must send it.
    Malformed,
}

/// Places an id after what was seen last.
#[must_use]
pub fn place(last: Option<(&str, i64)>, id: &str) -> Place {
    let Some((boot, sequence)) = id.rsplit_once('-') else { return Place::Malformed };
    let Some(sequence) = sequence.parse::<i64>().ok().filter(|n| *n >= 0) else { return Place::Malformed };
    if boot.is_empty() {
        return Place::Malformed;
    }
    match last {
        Some((last_boot, highest)) if last_boot == boot => {
            if sequence.saturating_add(SEQUENCE_WINDOW) < highest {
                return Place::Replayed;
            }
            Place::Fresh { boot: boot.to_owned(), sequence: sequence.max(highest) }
        }
        Some((last_boot, _)) if boot_number(boot).zip(boot_number(last_boot)).is_some_and(|(b, l)| b < l) => {
            Place::Replayed
        }
        _ => Place::Fresh { boot: boot.to_owned(), sequence },
    }
}

/// The counter that a boot's name begins with, e.g. 17 of `17.a1b2` or of `b17`.
fn boot_number(boot: &str) -> Option<u64> {
    let digits: String = boot
        .trim_start_matches(|c: char| c.is_ascii_alphabetic())
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(boot: &str, sequence: i64) -> Place {
        Place::Fresh { boot: boot.to_owned(), sequence }
    }

    #[test]
    fn numbers_rise_within_a_boot() {
        assert_eq!(place(None, "7-1"), fresh("7", 1));
        assert_eq!(place(Some(("7", 1)), "7-2"), fresh("7", 2));
        assert_eq!(place(Some(("7", 100)), "7-36"), fresh("7", 100));
        assert_eq!(place(Some(("7", 100)), "7-35"), Place::Replayed);
    }

    #[test]
    fn boots_count_up() {
        assert_eq!(place(Some(("7.a1", 900)), "8.ff-1"), fresh("8.ff", 1));
        assert_eq!(place(Some(("7.a1", 900)), "6.ff-901"), Place::Replayed);
        assert_eq!(place(Some(("x", 900)), "y-1"), fresh("y", 1));
    }

    #[test]
    fn what_is_no_sequence() {
        for id in ["", "7", "-1", "7-", "7-x", "7--1", "7-99999999999999999999"] {
            let malformed = id != "7--1";
            assert_eq!(place(None, id) == Place::Malformed, malformed, "{id}");
        }
    }
}
