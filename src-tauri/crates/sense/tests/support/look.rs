//! `gerai-look` on a private bus: the station's own radio code in a process of its own.

use std::io::Write;
use std::process::{Command, Stdio};

use super::bus::{ADDRESS, Bus, SYSTEM_BUS, Stove};

impl Bus {
    /// A bus with BlueZ and a stove that gives this token.
    pub fn with_stove(token: &str, fault: &str) -> Self {
        Self::with(&Stove { token, fault, part: 244, lives: None })
    }

    /// The same; it sends its value in parts of so many bytes.
    pub fn with_parts(token: &str, part: usize) -> Self {
        Self::with(&Stove { token, fault: "", part, lives: None })
    }

    /// Runs the program with these words; what it prints.
    pub fn look(&self, words: &[&str]) -> String {
        self.look_with(words, "")
    }

    /// The same, with something for it to read.
    pub fn look_with(&self, words: &[&str], input: &str) -> String {
        let mut look = Command::new(env!("CARGO_BIN_EXE_gerai-look"));
        look.args(words).env(SYSTEM_BUS, self.address()).env("DBUS_SESSION_BUS_ADDRESS", self.address());
        let mut child =
            look.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Reads the token.
    pub fn read(&self, more: &[&str]) -> String {
        self.look(&[&["read", ADDRESS, "fff0", "fff1"], more].concat())
    }
}
