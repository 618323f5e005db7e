//! How parts of a long message that came in become one text. Parts come in any order, twice, late, or never; a sender's
//! reference comes round again. Parts are kept one by one as they come; this says where each belongs and how they read
//! together. It keeps nothing itself.

use crate::port::lines::Concat;
use crate::time::UnixMs;

/// What stands in the text where parts are missing.
pub const GAP: &str = "[…]";

/// A message of which some parts are here.
#[derive(Clone, Copy)]
pub struct Open<'a> {
    /// Its id.
    pub id: i64,
    /// The line it comes by.
    pub line: i64,
    /// Who sends it, as the network wrote it.
    pub sender: &'a str,
    /// Reference, width and total of its parts; the sequence is of no account.
    pub concat: Concat,
    /// When its first part came.
    pub first_at: UnixMs,
    /// The parts that are here: their sequence, and a hash of their text.
    pub here: &'a [(u8, [u8; 32])],
}

/// A part that came in.
#[derive(Clone, Copy)]
pub struct Arrived<'a> {
    /// The line it came by.
    pub line: i64,
    /// Who sent it.
    pub sender: &'a str,
    /// Its place, when it has one.
    pub concat: Option<Concat>,
    /// A hash of its text.
    pub hash: [u8; 32],
    /// When it came.
    pub at: UnixMs,
}

/// Where a part belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is a message by itself. A place that cannot be (0 parts, part 3 of 2) makes it one, too.
    Alone,
    /// The first one of a new message.
    Opens,
    /// It belongs to this message.
    Joins(i64),
    /// This message has it already.
    Repeats(i64),
}

/// Finds the message of a part: same line, sender, reference, width and total, begun at most `wait_ms` ago. A part
/// whose place is taken by another text begins a new message: the sender's reference has come round. So does one with
/// another total. Of several messages that fit, the newest.
#[must_use]
pub fn place(part: &Arrived<'_>, open: &[Open<'_>], wait_ms: i64) -> Place {
    let Some(concat) = part.concat.filter(|concat| is_possible(*concat)) else {
        return Place::Alone;
    };
    let same = |message: &&Open<'_>| {
        message.line == part.line
            && message.sender == part.sender
            && (message.concat.reference, message.concat.wide, message.concat.total)
                == (concat.reference, concat.wide, concat.total)
            && !is_due(message.first_at, part.at, wait_ms)
    };
    let fits = |message: &Open<'_>| {
        let taken = message.here.iter().filter(|(sequence, _)| *sequence == concat.sequence);
        let mut taken = taken.map(|(_, hash)| *hash == part.hash).peekable();
        if taken.peek().is_none() {
            Some(Place::Joins(message.id))
        } else {
            taken.any(|equal| equal).then_some(Place::Repeats(message.id))
        }
    };
    open.iter()
        .filter(same)
        .filter_map(|message| fits(message).map(|place| (message.first_at, message.id, place)))
        .max_by_key(|(first_at, id, place)| (matches!(place, Place::Repeats(_)), *first_at, *id))
        .map_or(Place::Opens, |(_, _, place)| place)
}

/// A place among parts that can be: 1 to 255 parts (8-bit counters, 3GPP TS 23.040, section 9.2.3.24.1), and one of them.
/// "Part 1 of 1" is a message by itself that is coded with a header.
fn is_possible(concat: Concat) -> bool {
    concat.total >= 2 && (1..=concat.total).contains(&concat.sequence)
}

/// The time for parts to come is up: after that a message is shown with what is there. Networks bring the parts of a message
/// within minutes; a phone or SIM that was full takes hours. A first part in the future does not count: the clock was set back.
#[must_use]
pub fn is_due(first_at: UnixMs, now: UnixMs, wait_ms: i64) -> bool {
    now.since(first_at) > wait_ms
}

/// A message put together.
#[derive(Clone, PartialEq, Eq)]
pub struct Joined {
    /// The text, with [`GAP`] where one or more parts are missing.
    pub text: String,
    /// Different parts that are here.
    pub here: usize,
    /// All are here.
    pub whole: bool,
}

/// Puts parts together, in whatever order they are given (sequence, text). Of two with the same sequence the first counts;
/// sequences beyond the total are left out.
#[must_use]
pub fn join(total: u8, parts: &[(u8, &str)]) -> Joined {
    let mut slots: [Option<&str>; 256] = [None; 256];
    for (sequence, text) in parts.iter().filter(|(sequence, _)| (1..=total).contains(sequence)) {
        slots[usize::from(*sequence)].get_or_insert(text);
    }
    let slots = &slots[1..=usize::from(total)];
    let mut text = String::with_capacity(parts.iter().map(|(_, text)| text.len() + GAP.len()).sum());
    let mut in_gap = false;
    for slot in slots {
        match slot {
            Some(part) => text.push_str(part),
            None if in_gap => {}
            None => text.push_str(GAP),
        }
        in_gap = slot.is_none();
    }
    let here = slots.iter().flatten().count();
    Joined { text, here, whole: here == usize::from(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS_WAIT_MS: i64 = 6 * 3_600_000;
    use proptest::prelude::*;

    const AT: UnixMs = UnixMs(50_000_000);

    fn concat(reference: u16, total: u8, sequence: u8) -> Concat {
        Concat { reference, wide: false, total, sequence }
    }

    fn part(concat: Concat, text: u8) -> Arrived<'static> {
        Arrived { line: 1, sender: "+6281234567890", concat: Some(concat), hash: [text; 32], at: AT }
    }

    fn open(id: i64, concat: Concat, here: &[(u8, [u8; 32])]) -> Open<'_> {
        Open { id, line: 1, sender: "+6281234567890", concat, first_at: AT.plus(-1_000), here }
    }

    #[test]
    fn where_a_part_belongs() {
        let here = [(2, [b'b'; 32])];
        let message = open(9, concat(7, 3, 1), &here);
        let check = |part: Arrived<'_>, want| assert_eq!(place(&part, &[message], PARTS_WAIT_MS), want);
        check(part(concat(7, 3, 1), b'a'), Place::Joins(9));
        check(part(concat(7, 3, 2), b'b'), Place::Repeats(9));
        check(part(concat(7, 3, 2), b'x'), Place::Opens);
        check(part(concat(7, 4, 1), b'a'), Place::Opens);
        check(part(concat(8, 3, 1), b'a'), Place::Opens);
        check(part(Concat { wide: true, ..concat(7, 3, 1) }, b'a'), Place::Opens);
        check(Arrived { line: 2, ..part(concat(7, 3, 1), b'a') }, Place::Opens);
        check(Arrived { sender: "TSEL", ..part(concat(7, 3, 1), b'a') }, Place::Opens);
        check(Arrived { at: AT.plus(PARTS_WAIT_MS), ..part(concat(7, 3, 1), b'a') }, Place::Opens);
        check(Arrived { concat: None, ..part(concat(7, 3, 1), b'a') }, Place::Alone);
        for impossible in [concat(7, 0, 0), concat(7, 1, 1), concat(7, 3, 0), concat(7, 3, 4)] {
            check(part(impossible, b'a'), Place::Alone);
        }
    }

    #[test]
    fn a_reference_that_came_round() {
        let (old, new) = ([(1, [b'a'; 32])], [(1, [b'x'; 32])]);
        let older = Open { first_at: AT.plus(-9_000), ..open(1, concat(7, 2, 1), &old) };
        let newer = open(2, concat(7, 2, 1), &new);
        assert_eq!(place(&part(concat(7, 2, 2), b'b'), &[newer, older], PARTS_WAIT_MS), Place::Joins(2));
        assert_eq!(place(&part(concat(7, 2, 1), b'a'), &[newer, older], PARTS_WAIT_MS), Place::Repeats(1));
    }

    #[test]
    fn texts_with_gaps() {
        for (total, parts, text, whole) in [
            (2, &[(2, "b"), (1, "a")][..], "ab", true),
            (3, &[(3, "c"), (1, "a")], "a[…]c", false),
            (4, &[(4, "d"), (4, "x")], "[…]d", false),
            (4, &[(1, "a")], "a[…]", false),
            (2, &[(1, "a"), (0, "x"), (3, "y"), (2, "b")], "ab", true),
            (2, &[], "[…]", false),
        ] {
            let joined = join(total, parts);
            assert_eq!((joined.text.as_str(), joined.whole), (text, whole));
        }
    }

    proptest! {
        #[test]
        fn any_order_reads_the_same(
            texts in prop::collection::vec("\\PC{0,9}", 2..=255),
            order in any::<prop::sample::Index>(), twice in any::<prop::sample::Index>(),
        ) {
            let total = u8::try_from(texts.len()).unwrap();
            let mut parts: Vec<(u8, &str)> = (1..=total).zip(texts.iter().map(String::as_str)).collect();
            parts.rotate_left(order.index(texts.len()));
            parts.push(parts[twice.index(texts.len())]);
            let joined = join(total, &parts);
            prop_assert_eq!(joined.text, texts.concat());
            prop_assert!(joined.whole);
            prop_assert_eq!(joined.here, texts.len());
        }
    }
}
