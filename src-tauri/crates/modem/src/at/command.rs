//! A command and what its answer may look like: which prefixes carry it, whether bare lines do, whether it is an answer
//! at all without one.

use std::time::Duration;

use gerai_core::secret::Secret;

/// Time for commands that the modem answers by itself.
const DEADLINE: Duration = Duration::from_secs(5);
/// Most prefixes that an administrator's chained command can ask for.
const PREFIXES_MAX: usize = 16;

/// A command line, ready to be sent.
#[derive(Debug, Clone)]
pub struct Command {
    text: Secret<String>,
    /// Names that begin a line of its answer: `+CSQ`.
    prefixes: Vec<String>,
    /// Lines without a name belong to its answer: `AT+CGSN`, `AT+CMGR`'s PDU.
    bare: bool,
    /// `OK` alone is no answer to it: it must have been another command's.
    informs: bool,
    /// It is answered by the prompt for a PDU first.
    prompts: bool,
    deadline: Duration,
}

impl Command {
    /// A command that is answered by a final result; lines named like it (`AT+CSQ` → `+CSQ: …`) are its answer.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            prefixes: prefixes(&text),
            text: Secret::new(text),
            bare: false,
            informs: false,
            prompts: false,
            deadline: DEADLINE,
        }
    }

    /// A command that is only answered when it brings at least one line.
    #[must_use]
    pub fn query(text: impl Into<String>) -> Self {
        Self { informs: true, ..Self::new(text) }
    }

    /// A command whose answer may be bare lines (`AT+CGSN`).
    #[must_use]
    pub fn bare(text: impl Into<String>) -> Self {
        Self { bare: true, ..Self::query(text) }
    }

    /// An administrator's command: lines of its own names and bare ones, none required.
    #[must_use]
    pub fn console(text: impl Into<String>) -> Self {
        Self { bare: true, ..Self::new(text) }
    }

    /// `AT+CMGS=<length>`: the prompt comes first (3GPP TS 27.005 section 3.5.1).
    #[must_use]
    pub fn prompting(text: impl Into<String>) -> Self {
        Self { prompts: true, informs: true, ..Self::new(text) }
    }

    /// Another prefix that carries its answer.
    #[must_use]
    pub fn also(mut self, prefix: &str) -> Self {
        self.prefixes.push(prefix.to_owned());
        self
    }

    /// How long its answer may take.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long its answer may take.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// It waits for a prompt.
    #[must_use]
    pub fn prompts(&self) -> bool {
        self.prompts
    }

    /// `OK` alone is no answer to it.
    #[must_use]
    pub fn informs(&self) -> bool {
        self.informs
    }

    /// As sent, without its end. May hold a PIN or a number.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.expose()
    }

    /// Its name for the log: nothing behind `=`.
    #[must_use]
    pub fn name(&self) -> String {
        let text = self.text.expose();
        text.split(['=', '"']).next().unwrap_or(text).chars().take(32).collect()
    }

    /// This line carries its answer.
    pub(super) fn owns(&self, line: &str) -> bool {
        if self.prefixes.iter().any(|prefix| {
            line.strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.trim_start().starts_with(':'))
        }) {
            return true;
        }
        // `#`, `%`, `$`, `*` and `_` begin vendors' names as `+` and `^` do.
        self.bare && !line.starts_with(['+', '^', '#', '%', '$', '*', '_'])
    }
}

/// Names that the answers of a command line begin with.
fn prefixes(line: &str) -> Vec<String> {
    let body = match line.get(..2) {
        Some(start) if start.eq_ignore_ascii_case("AT") => &line[2..],
        _ => line,
    };
    let mut found = Vec::new();
    let mut quoted = false;
    for part in body.split(|character| {
        quoted ^= character == '"';
        character == ';' && !quoted
    }) {
        let name = part.split(['=', '?']).next().unwrap_or(part).trim();
        if found.len() < PREFIXES_MAX && name.starts_with(['+', '^', '#', '%', '$', '*', '_']) {
            found.push(name.to_ascii_uppercase());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_belong_to_their_command() {
        assert_eq!(prefixes("AT+CSQ;+CREG?;^HCSQ?"), ["+CSQ", "+CREG", "^HCSQ"]);
        assert_eq!(prefixes("at+cusd=1,\"a;+b\""), ["+CUSD"]);
        assert_eq!(prefixes("ATE0V1"), Vec::<String>::new());
        let query = Command::query("AT+CSQ");
        assert!(query.owns("+CSQ: 20,99") && query.owns("+CSQ:20,99"));
        assert!(!query.owns("+CSQX: 1") && !query.owns("20,99") && !query.owns("^RSSI: 3"));
        assert!(Command::bare("AT+CGSN").owns("860123456789012"));
        assert!(!Command::bare("AT+CGSN").owns("^BOOT: 1,2"));
        assert_eq!(Command::new("AT+CPIN=\"1234\"").name(), "AT+CPIN");
    }
}
