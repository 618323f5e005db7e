//! The arguments of `gerai audit`, `gerai approval` and `gerai token`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::money::parse_positive;

#[derive(Subcommand)]
pub enum Audit {
    /// The newest records
    List {
        /// Only of this person or program
        #[arg(long, value_name = "NAME")]
        actor: Option<String>,
        /// Only acts that begin so, for example `session.`
        #[arg(long, value_name = "ACT")]
        act: Option<String>,
        /// Only what was refused
        #[arg(long)]
        refused: bool,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
        limit: u16,
    },
    /// Check the chain from the first record; names the first bad row
    Verify,
    /// Write out every record, oldest first, one JSON document a line. This is recorded
    Export {
        /// Where to; standard output when absent
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub enum Approval {
    /// What waits
    List {
        /// Also what has come to an end
        #[arg(long)]
        all: bool,
    },
    /// Carry it out, or refuse it. Whoever asked cannot decide
    Decide {
        /// Its number
        #[arg(value_parser = parse_positive)]
        id: i64,
        /// Carry it out
        #[arg(long, required_unless_present = "refuse", conflicts_with = "refuse")]
        approve: bool,
        /// Do not
        #[arg(long)]
        refuse: bool,
        /// A word to who asked; needed for a refusal
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Take back what the command line asked for
    Withdraw {
        /// Its number
        #[arg(value_parser = parse_positive)]
        id: i64,
    },
}

/// What a program may do.
#[derive(Clone, Copy, ValueEnum)]
pub enum TokenRole {
    /// People, settings, readers, corrections
    Administrator,
    /// Customers, cards, top-ups, tills
    Operator,
    /// The counter of a till
    Cashier,
    /// Looks at everything, changes nothing
    Auditor,
}

impl TokenRole {
    /// As the contract names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Operator => "operator",
            Self::Cashier => "cashier",
            Self::Auditor => "auditor",
        }
    }
}

#[derive(Subcommand)]
pub enum Token {
    /// Make a token; prints it once
    Issue {
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do
        #[arg(long, value_enum)]
        role: TokenRole,
        /// How many hours it lives, 2160 (90 days) at most
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(i64).range(1..=2160))]
        hours: i64,
    },
    /// List the tokens; never the tokens themselves
    List,
    /// End a token now
    Revoke {
        /// Its id, as `token list` shows it
        #[arg(allow_hyphen_values = true)]
        jti: String,
    },
    /// Sign with a new key from now on; tokens of the old one live until they end
    RotateKeys,
}
