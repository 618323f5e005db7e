//! Cuts bytes into lines and finds the prompt. The same bytes give the same tokens however they were split on the way,
//! and no flood of bytes without a line end makes it grow.

use super::LINE_OCTETS_MAX;

/// A piece of what the modem says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A line without its end, never empty. Octets that are no UTF-8 are replaced.
    Line(String),
    /// `>` at the start of a line while a prompt is waited for (3GPP TS 27.005 section 3.5.1).
    Prompt,
    /// A line over the limit was dropped.
    Overlong,
}

/// The state between two reads.
#[derive(Debug, Default)]
pub struct Lexer {
    line: Vec<u8>,
    /// The rest of this line is dropped.
    skipping: bool,
    /// The command whose echo may stand before the prompt on the same line.
    prompt_after: Option<Vec<u8>>,
}

impl Lexer {
    /// From now on (`Some`, with the command as sent, without its end) a `>` is a prompt, or no longer (`None`).
    pub fn expect_prompt(&mut self, command: Option<&[u8]>) {
        self.prompt_after = command.map(<[u8]>::to_vec);
    }

    /// Takes one byte.
    pub fn take(&mut self, byte: u8) -> Option<Token> {
        match byte {
            b'\r' | b'\n' => self.end(),
            0 => None,
            _ if self.skipping => None,
            b'>' if self.is_prompt() => {
                self.line.clear();
                self.prompt_after = None;
                Some(Token::Prompt)
            }
            _ if self.line.len() >= LINE_OCTETS_MAX => {
                self.skipping = true;
                self.line.clear();
                Some(Token::Overlong)
            }
            _ => {
                self.line.push(byte);
                None
            }
        }
    }

    fn is_prompt(&self) -> bool {
        let Some(command) = &self.prompt_after else { return false };
        let start = self.line.trim_ascii();
        start.is_empty() || start.eq_ignore_ascii_case(command)
    }

    fn end(&mut self) -> Option<Token> {
        if std::mem::take(&mut self.skipping) {
            return None;
        }
        let text = String::from_utf8_lossy(&self.line).trim().to_owned();
        self.line.clear();
        // A buffer that once held a long line is not kept for ever.
        self.line.shrink_to(256);
        (!text.is_empty()).then_some(Token::Line(text))
    }
}
