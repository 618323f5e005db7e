//! Pools: messages that the same lines may carry wait together, so that one that cannot leave never delays another. A pool is
//! named by the prefix of the rule that counts, or by the line that was chosen.

use gerai_core::phone::Destination;
use gerai_core::sms::routing::{Rule, Rules};

/// Pool of numbers that no rule names.
const OTHERS: &str = "*";
/// Before the name of a pool of programs' messages.
const PROGRAMS: char = '@';

/// The pool of a line that was chosen, or that a message is bound to.
pub(crate) fn of_line(line_id: i64) -> String {
    format!("={line_id}")
}

/// The line of such a pool.
pub(crate) fn line_of(pool: &str) -> Option<i64> {
    pool.strip_prefix(PROGRAMS).unwrap_or(pool).strip_prefix('=')?.parse().ok()
}

/// The pool in which a program's messages wait for the same lines: not all of these are for programs.
pub(crate) fn of_programs(pool: &str) -> String {
    format!("{PROGRAMS}{pool}")
}

/// Whether it is such a pool.
pub(crate) fn is_of_programs(pool: &str) -> bool {
    pool.starts_with(PROGRAMS)
}

/// The pool of a number. Short codes belong to no prefix.
pub(crate) fn of(rules: &Rules, to: &Destination) -> String {
    let rule = if to.is_international() { rules.find(to.digits()) } else { None };
    rule.map_or_else(others, of_rule)
}

/// The pool of a rule.
pub(crate) fn of_rule(rule: &Rule) -> String {
    format!("{}+", rule.prefix)
}

/// The pool of numbers that no rule names.
pub(crate) fn others() -> String {
    OTHERS.to_owned()
}
