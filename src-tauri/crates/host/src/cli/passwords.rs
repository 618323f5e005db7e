//! Passwords come from a prompt or from standard input, never from an argument.

use std::io::{IsTerminal, Read};

use super::failure::Failure;

/// No password is longer.
const BYTES_MAX: u64 = 1024;

/// Asks for a new password twice, or reads one line from standard input.
pub fn new_password(from_stdin: bool) -> Result<String, Failure> {
    if from_stdin {
        return from_standard_input();
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::invalid(
            "there is no terminal to ask for the password",
            "Pipe it in and add --password-stdin.",
        ));
    }
    let first = rpassword::prompt_password("New password: ")?;
    if rpassword::prompt_password("Once more: ")? != first {
        return Err(Failure::invalid("the two passwords differ", "Try again."));
    }
    Ok(first)
}

/// The first line of standard input.
pub fn from_standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().take(BYTES_MAX + 1).read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() || text.len() as u64 > BYTES_MAX {
        return Err(Failure::invalid(
            "standard input holds no password",
            "Pipe one line in, at most 1,024 bytes.",
        ));
    }
    Ok(line.to_owned())
}
