//! Which SIM carries a message, and why. [`choose`] decides for the dispatcher without allocating; [`explain`] says of
//! every line what it decided, for people. Both read the same judgement of a line, so that they cannot disagree.
//!
//! Not here: whose turn it is in the queue, and what becomes of a message that was refused by its line.

mod line;
mod reason;
mod rules;

pub use line::{Line, Standing, Wanted};
pub use reason::Reason;
pub use rules::{BadRule, Rule, Rules, canonical_prefix, with_line_prefixes};

use crate::money::Rupiah;
use crate::sms::state::Class;
use crate::time::UnixMs;

/// What was decided for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It goes by this line, now.
    Send {
        /// The line.
        line: i64,
        /// Its place in the list given to [`choose`].
        place: usize,
        /// Why this one.
        reason: Reason,
        /// Estimate for the whole message; `None`: no tariff.
        cost: Option<Rupiah>,
    },
    /// No line takes it now.
    Wait {
        /// The reason that helps most; its word is [`Reason::message_code`].
        reason: Reason,
        /// Look again then, at the latest; `None`: when something changes.
        until: Option<UnixMs>,
        /// The line whose reason it is.
        line: Option<i64>,
    },
    /// It must not be sent: blocked or denied.
    Refuse {
        /// Which of both.
        reason: Reason,
    },
}

/// What was decided of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Takes the message.
    Chosen,
    /// Could, but another goes first.
    Spare,
    /// Could later.
    Waits,
    /// Cannot.
    Out,
}

impl Verdict {
    /// The word in the contract.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::Spare => "spare",
            Self::Waits => "waits",
            Self::Out => "out",
        }
    }
}

/// One line as [`explain`] shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The line.
    pub line: i64,
    /// Its place in the list given.
    pub place: usize,
    /// What was decided.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// Rupiah for one short message now; `None`: no tariff.
    pub price: Option<Rupiah>,
    /// Until when it waits.
    pub until: Option<UnixMs>,
}

/// Lines that are tried together.
#[derive(Debug, Clone, Copy)]
enum Group<'a> {
    /// The one that a person chose.
    Pinned(i64),
    /// An inner list of a rule.
    Tier(&'a [i64]),
    /// The default lines.
    Default,
    /// Lines that no rule names.
    Unnamed,
    /// All lines in use.
    All,
}

impl Group<'_> {
    fn has(self, line: &Line, rules: &Rules) -> bool {
        match self {
            Self::Pinned(id) => line.id == id,
            Self::Tier(ids) => ids.contains(&line.id),
            Self::Default => line.active && line.is_default,
            Self::Unnamed => line.active && !rules.names(line.id),
            Self::All => line.active,
        }
    }
}

/// The lines of a message in order of choice: the pinned one alone; or the tiers of its rule, then the fallback. The
/// fallback is the default lines; without any, the lines that no rule names; without any, all lines in use. Only lines
/// that may ever carry the message count as "any", so a default line that is not for programs does not hold theirs up.
fn groups<'a>(wanted: &Wanted<'_>, rules: &'a Rules, lines: &[Line]) -> impl Iterator<Item = Group<'a>> {
    let tiers: &[Vec<i64>] = match (wanted.pinned, rule_of(wanted, rules)) {
        (None, Some(rule)) => &rule.tiers,
        (Some(_), _) | (None, None) => &[],
    };
    let last = wanted.pinned.map_or_else(
        || {
            [Group::Default, Group::Unnamed]
                .into_iter()
                .find(|group| lines.iter().any(|line| line.may_carry(wanted) && group.has(line, rules)))
                .unwrap_or(Group::All)
        },
        Group::Pinned,
    );
    tiers.iter().map(|tier| Group::Tier(tier)).chain([last])
}

/// The rule that counts for a message. Prefixes are those of international numbers: a short code has no rule, so that a
/// rule for `62` does not take the code `6288`.
#[must_use]
pub fn rule_of<'a>(wanted: &Wanted<'_>, rules: &'a Rules) -> Option<&'a Rule> {
    if wanted.to.is_international() { rules.find(wanted.to.digits()) } else { None }
}

/// What stops a message whatever the lines do.
fn stopped(wanted: &Wanted<'_>, rules: &Rules) -> Option<Decision> {
    // Who forbids every other number forbids short codes with them.
    let rule =
        rule_of(wanted, rules).or_else(|| rules.every_other().filter(|_| !wanted.to.is_international()));
    let wait = |reason, until| Some(Decision::Wait { reason, until, line: None });
    if wanted.blocked {
        Some(Decision::Refuse { reason: Reason::Blocked })
    } else if rule.is_some_and(|rule| rule.deny) {
        Some(Decision::Refuse { reason: Reason::Denied })
    } else if wanted.paused {
        wait(Reason::Paused, None)
    } else {
        match (wanted.class, wanted.window_opens) {
            (Class::Normal, Some(opens)) if opens > wanted.now => wait(Reason::Window, Some(opens)),
            (Class::Normal | Class::Otp, _) => None,
        }
    }
}

/// Decides which line a message goes by. In this order: the block list, a rule that denies, the pause, the send window
/// (ordinary messages), then the lines in order of choice.
///
/// Of the lines tried together, those that are ready with room for all parts: sound ones before weak ones, then the
/// cheapest, then the one used longest ago. When none is ready but one soon will be (busy, a pause of seconds), an
/// ordinary message waits for it; a code takes the next choice that is ready.
#[must_use]
pub fn choose(wanted: &Wanted<'_>, rules: &Rules, lines: &[Line]) -> Decision {
    if let Some(decision) = stopped(wanted, rules) {
        return decision;
    }
    let mut best_wait: Option<(WaitRank, Decision)> = None;
    for group in groups(wanted, rules, lines) {
        let (mut best, mut soon) = (None::<Best>, false);
        for (place, line) in lines.iter().enumerate().filter(|(_, line)| group.has(line, rules)) {
            let standing = line.standing(wanted);
            match standing {
                Standing::Ready { cost } => Best::offer(&mut best, place, line, cost),
                Standing::Soon { reason, until } | Standing::Not { reason, until } => {
                    soon |= matches!(standing, Standing::Soon { .. });
                    let rank = wait_rank(&standing);
                    if best_wait.as_ref().is_none_or(|(least, _)| rank < *least) {
                        best_wait = Some((rank, Decision::Wait { reason, until, line: Some(line.id) }));
                    }
                }
            }
        }
        if let Some(best) = best {
            return best.decision();
        }
        if soon && wanted.class == Class::Normal {
            break;
        }
    }
    best_wait.map_or(Decision::Wait { reason: Reason::NoLine, until: None, line: None }, |(_, wait)| wait)
}

/// The best line of a group so far.
struct Best {
    place: usize,
    line: i64,
    cost: Option<Rupiah>,
    key: (bool, i64, u64, i64),
    /// Another one was as good, but used later.
    tied: bool,
    /// Another one was dearer.
    cheaper: bool,
}

impl Best {
    fn offer(best: &mut Option<Self>, place: usize, line: &Line, cost: Option<Rupiah>) {
        // Without a tariff it may cost anything: after all that have one.
        let key = (line.weak, cost.map_or(i64::MAX, |cost| cost.0), line.last_used, line.id);
        let (tied, cheaper) = match best {
            None => (false, false),
            Some(b) => {
                let same = (b.key.0, b.key.1) == (key.0, key.1);
                let other_price = b.key.0 == key.0 && b.key.1 != key.1;
                if b.key <= key {
                    b.tied |= same;
                    b.cheaper |= other_price;
                    return;
                }
                (same, other_price || (same && b.cheaper))
            }
        };
        *best = Some(Self { place, line: line.id, cost, key, tied, cheaper });
    }

    fn decision(self) -> Decision {
        let reason = match (self.tied, self.cheaper, self.cost) {
            (true, _, _) => Reason::Turn,
            (false, true, Some(cost)) => Reason::Cheapest { cost },
            (false, false, _) | (false, true, None) => Reason::Ready,
        };
        Decision::Send { line: self.line, place: self.place, reason, cost: self.cost }
    }
}

/// Which reason to wait helps most: the smaller the more. What passes by itself before what a person must do, the soonest
/// before the later.
type WaitRank = (u8, i64);

fn wait_rank(standing: &Standing) -> WaitRank {
    match standing {
        Standing::Ready { .. } => (0, 0),
        Standing::Soon { until, .. } => (1, until.map_or(i64::MIN, |until| until.0)),
        Standing::Not { until: Some(until), .. } => (2, until.0),
        Standing::Not { reason, until: None } => (reason.urgency(), 0),
    }
}

/// Says of every line what [`choose`] makes of it, the chosen one first, then those that could, wait, and cannot.
#[must_use]
pub fn explain(wanted: &Wanted<'_>, rules: &Rules, lines: &[Line]) -> (Decision, Vec<Candidate>) {
    let decision = choose(wanted, rules, lines);
    let groups: Vec<Group<'_>> = groups(wanted, rules, lines).collect();
    let group_of = |line: &Line| groups.iter().position(|group| group.has(line, rules));
    let chosen = match decision {
        Decision::Send { place, cost, .. } => {
            lines.get(place).map(|line| (place, group_of(line), line.weak, cost))
        }
        Decision::Wait { .. } | Decision::Refuse { .. } => None,
    };
    let mut candidates: Vec<Candidate> = lines
        .iter()
        .enumerate()
        .map(|(place, line)| {
            let group = group_of(line);
            let (verdict, reason, until) = match (group, line.standing(wanted)) {
                _ if chosen.is_some_and(|(at, ..)| at == place) => {
                    (Verdict::Chosen, chosen_reason(&decision), None)
                }
                (None, _) if wanted.pinned.is_some() => (Verdict::Out, Reason::OtherLineWanted, None),
                (None, _) => (Verdict::Out, not_in_group(line, wanted), None),
                (Some(_), Standing::Ready { cost }) => {
                    (Verdict::Spare, spare_reason(chosen, group, line, cost), None)
                }
                (Some(_), Standing::Soon { reason, until }) => (Verdict::Waits, reason, until),
                (Some(_), Standing::Not { reason, until }) => {
                    (if reason.passes() { Verdict::Waits } else { Verdict::Out }, reason, until)
                }
            };
            Candidate {
                line: line.id,
                place,
                verdict,
                reason,
                price: line.price(wanted.to, 1, wanted.now),
                until,
            }
        })
        .collect();
    candidates.sort_by_cached_key(|candidate| {
        (candidate.verdict as u8, group_of(&lines[candidate.place]).unwrap_or(usize::MAX), candidate.place)
    });
    (decision, candidates)
}

fn chosen_reason(decision: &Decision) -> Reason {
    match decision {
        Decision::Send { reason, .. } | Decision::Wait { reason, .. } | Decision::Refuse { reason } => {
            *reason
        }
    }
}

/// A line outside the rule: what is plain to see goes first.
fn not_in_group(line: &Line, wanted: &Wanted<'_>) -> Reason {
    if !line.active {
        Reason::Off
    } else if !line.may_carry(wanted) {
        Reason::NotForApi
    } else {
        Reason::NotInRule
    }
}

fn spare_reason(
    chosen: Option<(usize, Option<usize>, bool, Option<Rupiah>)>,
    group: Option<usize>,
    line: &Line,
    cost: Option<Rupiah>,
) -> Reason {
    match chosen {
        None => Reason::Ready,
        Some((_, chosen_group, ..)) if chosen_group != group => Reason::LaterChoice,
        Some((_, _, weak, _)) if weak != line.weak => Reason::Weak,
        Some((_, _, _, chosen_cost)) if chosen_cost != cost => Reason::Dearer { cost },
        Some(_) => Reason::Turn,
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
