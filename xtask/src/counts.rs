//! Counts tests by reading what the runners print: cargo, vitest, Playwright, node's own runner.
//!
//! The totals are for the summary only. Whether a step passed is decided by its exit code.

/// Tests seen so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Left out by their own runner.
    pub skipped: u64,
}

impl Counts {
    /// Takes in one line of a runner's output; lines that are no summary count nothing.
    pub fn read(&mut self, line: &str) {
        let line = without_colours(line);
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.add_words(rest.split_once(". ").map_or("", |(_, counts)| counts));
        } else if let Some(rest) = line.strip_prefix("Tests ") {
            self.add_words(rest);
        } else if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            self.add_tap(rest);
        } else if line.starts_with(|c: char| c.is_ascii_digit()) && is_playwright(line) {
            self.add_words(line);
        }
    }

    /// Adds another count to this one.
    pub fn add(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// `12 passed; 0 failed; 1 ignored`, in any order and with any separators.
    fn add_words(&mut self, text: &str) {
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let (Ok(number), word) = (pair[0].parse::<u64>(), pair[1]) else { continue };
            match word {
                "passed" | "flaky" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" | "skipped" => self.skipped += number,
                _ => {}
            }
        }
    }

    /// `pass 12`, as node's own runner writes it.
    fn add_tap(&mut self, text: &str) {
        let Some((word, number)) = text.split_once(' ') else { return };
        let Ok(number) = number.trim().parse::<u64>() else { return };
        match word {
            "pass" => self.passed += number,
            "fail" => self.failed += number,
            "skipped" => self.skipped += number,
            _ => {}
        }
    }
}

/// `5 passed (3.2s)`: a number, one known word, perhaps a time, and nothing else.
fn is_playwright(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next().is_some_and(|word| word.parse::<u64>().is_ok())
        && words.next().is_some_and(|word| ["passed", "failed", "flaky", "skipped"].contains(&word))
        && words.next().is_none_or(|word| word.starts_with('('))
        && words.next().is_none()
}

/// The line without ANSI colour sequences (`ESC [ … m`).
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            for inner in characters.by_ref() {
                if inner.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, passed: u64, failed: u64, skipped: u64) {
        let mut counts = Counts::default();
        counts.read(line);
        assert_eq!(counts, Counts { passed, failed, skipped }, "{line}");
    }

    #[test]
    fn cargo_lines_count() {
        check(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s",
            12,
            0,
            1,
        );
        check("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out", 3, 2, 0);
        check("test ledger::passed ... ok", 0, 0, 0);
    }

    #[test]
    fn vitest_lines_count_tests_not_files() {
        check("      Tests  1 failed | 11 passed (12)", 11, 1, 0);
        check("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m7 passed\u{1b}[39m\u{1b}[22m (7)", 7, 0, 0);
        check(" Test Files  3 passed (3)", 0, 0, 0);
    }

    #[test]
    fn playwright_lines_count() {
        check("  5 passed (3.2s)", 5, 0, 0);
        check("  1 failed", 0, 1, 0);
        check("  2 skipped", 0, 0, 2);
        check("5 passed tests are enough", 0, 0, 0);
    }

    #[test]
    fn node_lines_count() {
        check("# pass 4", 4, 0, 0);
        check("ℹ fail 1", 0, 1, 0);
        check("# Subtest: pass 4", 0, 0, 0);
    }
}
