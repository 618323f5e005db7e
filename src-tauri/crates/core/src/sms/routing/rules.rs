//! The routing rules: which lines numbers with a prefix go by, in order of choice. Looked up for each message, so prefixes
//! lie in a tree of digits: a number is walked once, however many rules there are.

/// Digits of the longest prefix: a whole international number (ITU-T E.164).
const PREFIX_DIGITS_MAX: usize = 15;

/// Numbers with this prefix go by these lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// Prefix of the international number, digits; empty: every other number. The longest one counts.
    pub prefix: String,
    /// Operator or country, for people.
    pub label: String,
    /// Numbers of this prefix get nothing.
    pub deny: bool,
    /// Lines (ids) in order of choice; lines of one inner list take turns. Empty: the fallback (see [`super::choose`]).
    pub tiers: Vec<Vec<i64>>,
}

/// Rules that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// A prefix with something else than digits.
    #[error(
        "the prefix `{0}` has something else than digits; write it as the international number begins, like 62812"
    )]
    NotDigits(String),
    /// A prefix longer than any number.
    #[error("the prefix `{0}` is longer than {PREFIX_DIGITS_MAX} digits; shorten it")]
    TooLong(String),
    /// Two rules for one prefix.
    #[error("there are two rules for the prefix `{0}`; make them one")]
    Twice(String),
}

/// A place in the tree of digits.
#[derive(Debug, Clone, Default)]
struct Node {
    /// Where each digit leads; 0: nowhere (0 is the root, and nothing leads there).
    next: [u32; 10],
    /// The rule whose prefix ends here.
    rule: Option<u32>,
}

/// Rules, ready to be looked up.
#[derive(Debug, Clone)]
pub struct Rules {
    rules: Vec<Rule>,
    nodes: Vec<Node>,
    /// Lines that any rule names, sorted.
    named: Vec<i64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { rules: Vec::new(), nodes: vec![Node::default()], named: Vec::new() }
    }
}

impl Rules {
    /// Takes rules in any order. Refuses prefixes that are no digits, too long, or there twice.
    pub fn new(rules: Vec<Rule>) -> Result<Self, BadRule> {
        let mut made = Self::default();
        for (place, rule) in rules.iter().enumerate() {
            if !rule.prefix.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(BadRule::NotDigits(rule.prefix.clone()));
            }
            if rule.prefix.len() > PREFIX_DIGITS_MAX {
                return Err(BadRule::TooLong(rule.prefix.clone()));
            }
            let end = made.grow(&rule.prefix);
            if made.nodes[end].rule.is_some() {
                return Err(BadRule::Twice(rule.prefix.clone()));
            }
            made.nodes[end].rule = u32::try_from(place).ok();
            if !rule.deny {
                made.named.extend(rule.tiers.iter().flatten());
            }
        }
        made.named.sort_unstable();
        made.named.dedup();
        made.rules = rules;
        Ok(made)
    }

    /// Walks to the end of a prefix and makes the places that are missing.
    fn grow(&mut self, prefix: &str) -> usize {
        let mut at = 0;
        for byte in prefix.bytes() {
            let digit = usize::from(byte - b'0');
            if self.nodes[at].next[digit] == 0 {
                self.nodes[at].next[digit] = u32::try_from(self.nodes.len()).unwrap_or(0);
                self.nodes.push(Node::default());
            }
            at = self.nodes[at].next[digit] as usize;
        }
        at
    }

    /// The rule with the longest prefix of this international number.
    #[must_use]
    pub fn find(&self, digits: &str) -> Option<&Rule> {
        let (mut at, mut found) = (0usize, self.nodes[0].rule);
        for byte in digits.bytes() {
            let digit = usize::from(byte.wrapping_sub(b'0'));
            at = match self.nodes[at].next.get(digit) {
                Some(&next) if next != 0 => next as usize,
                Some(_) | None => break,
            };
            found = self.nodes[at].rule.or(found);
        }
        self.rules.get(found? as usize)
    }

    /// The rule with the empty prefix: every other number.
    #[must_use]
    pub fn every_other(&self) -> Option<&Rule> {
        self.rules.get(self.nodes[0].rule? as usize)
    }

    /// Some rule names this line.
    #[must_use]
    pub fn names(&self, line: i64) -> bool {
        self.named.binary_search(&line).is_ok()
    }

    /// The rules, in the order given.
    #[must_use]
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }
}

/// A prefix as a person writes it, as the rules keep it: `0871`, `+62 871`, `62871` and `62-871` are all `62871`. `None`:
/// something else than digits, or nothing.
#[must_use]
pub fn canonical_prefix(text: &str, country_code: &str) -> Option<String> {
    let text = text.trim();
    let (bare, plus) = text.strip_prefix('+').map_or((text, false), |rest| (rest, true));
    let mut digits = String::with_capacity(bare.len());
    for character in bare.chars() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '-' | '.' => {}
            _ => return None,
        }
    }
    if plus {
        return (!digits.is_empty()).then_some(digits);
    }
    match (digits.strip_prefix("00"), digits.strip_prefix('0')) {
        (Some(""), _) => None,
        (Some(rest), _) => Some(rest.to_owned()),
        (None, Some(rest)) => Some(format!("{country_code}{rest}")),
        (None, None) => (!digits.is_empty()).then_some(digits),
    }
}

/// Adds the prefixes that are set at the lines themselves, as OTP-Pi does: a line takes its prefixes first, lines with the
/// same prefix take turns, and what a rule for the same prefix says comes after them. A rule that denies stays as it is.
/// Prefixes must be canonical.
#[must_use]
pub fn with_line_prefixes<'a>(
    mut rules: Vec<Rule>,
    lines: impl IntoIterator<Item = (i64, &'a [String])>,
) -> Vec<Rule> {
    let mut first: std::collections::BTreeMap<&str, Vec<i64>> = std::collections::BTreeMap::new();
    for (line, prefixes) in lines {
        for prefix in prefixes {
            let takers = first.entry(prefix.as_str()).or_default();
            if !takers.contains(&line) {
                takers.push(line);
            }
        }
    }
    for rule in rules.iter_mut().filter(|rule| !rule.deny) {
        if let Some(takers) = first.remove(rule.prefix.as_str()) {
            rule.tiers.insert(0, takers);
        }
    }
    for (prefix, takers) in first {
        if !rules.iter().any(|rule| rule.prefix == prefix) {
            rules.push(Rule { prefix: prefix.to_owned(), tiers: vec![takers], ..Rule::default() });
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(prefix: &str, lines: &[i64]) -> Rule {
        Rule { prefix: prefix.to_owned(), tiers: vec![lines.to_vec()], ..Rule::default() }
    }

    #[test]
    fn the_longest_prefix_wins() {
        let rules =
            Rules::new(vec![rule("62", &[1]), rule("62871", &[2]), rule("", &[3]), rule("6287155", &[4])]);
        let rules = rules.unwrap();
        for (number, prefix) in [
            ("6287112345678", "62871"),
            ("6287155345678", "6287155"),
            ("628711", "62871"),
            ("6287", "62"),
            ("14155550100", ""),
            ("", ""),
            ("x", ""),
        ] {
            assert_eq!(rules.find(number).unwrap().prefix, prefix, "{number}");
        }
        assert!(rules.names(4) && !rules.names(5));
        assert!(Rules::default().find("62871").is_none());
    }

    #[test]
    fn bad_rules_are_refused() {
        let new = |prefixes: &[&str]| {
            Rules::new(prefixes.iter().map(|prefix| rule(prefix, &[1])).collect()).map(|_| ())
        };
        assert_eq!(new(&["62x"]), Err(BadRule::NotDigits("62x".to_owned())));
        assert_eq!(new(&["٦٢"]), Err(BadRule::NotDigits("٦٢".to_owned())));
        assert_eq!(new(&["1234567890123456"]), Err(BadRule::TooLong("1234567890123456".to_owned())));
        assert_eq!(new(&["62", "6", "62"]), Err(BadRule::Twice("62".to_owned())));
        assert_eq!(new(&["", "6"]), Ok(()));
    }

    #[test]
    fn prefixes_as_people_write_them() {
        for (text, want) in [
            ("0871", Some("62871")),
            ("+62 871", Some("62871")),
            (" 62-871", Some("62871")),
            ("0062871", Some("62871")),
            ("1", Some("1")),
            ("", None),
            ("00", None),
            ("+", None),
            ("08x", None),
        ] {
            assert_eq!(canonical_prefix(text, "62").as_deref(), want, "{text}");
        }
    }

    #[test]
    fn prefixes_of_lines_come_first() {
        let (a, b, c) =
            (["62871".to_owned(), "62872".to_owned()], ["62871".to_owned()], ["62899".to_owned()]);
        let deny = Rule { prefix: "62899".to_owned(), deny: true, ..Rule::default() };
        let lines = [(1, &a[..]), (2, &b[..]), (3, &c[..])];
        let rules = with_line_prefixes(vec![rule("62871", &[9]), deny.clone()], lines);
        assert_eq!(
            rules,
            vec![Rule { tiers: vec![vec![1, 2], vec![9]], ..rule("62871", &[]) }, deny, rule("62872", &[1]),]
        );
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_a_search_finds(
            prefixes in prop::collection::btree_set("[0-3]{0,5}", 0..40),
            number in "[0-4]{0,9}",
        ) {
            let rules = Rules::new(prefixes.iter().map(|prefix| rule(prefix, &[])).collect()).unwrap();
            let want = prefixes.iter().filter(|p| number.starts_with(p.as_str())).max_by_key(|p| p.len());
            prop_assert_eq!(rules.find(&number).map(|rule| &rule.prefix), want);
        }
    }
}
