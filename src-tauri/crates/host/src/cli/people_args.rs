//! The arguments of `gerai operator`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// What an operator may do.
#[derive(Clone, Copy, Default, ValueEnum)]
pub enum RoleArg {
    /// Everything
    Owner,
    /// People, settings, readers, corrections
    Administrator,
    /// Customers, cards, top-ups, tills
    #[default]
    Operator,
    /// The counter of a till
    Cashier,
    /// Looks at everything, changes nothing
    Auditor,
}

impl RoleArg {
    /// As the contract names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::Operator => "operator",
            Self::Cashier => "cashier",
            Self::Auditor => "auditor",
        }
    }
}

#[derive(Subcommand)]
pub enum Operator {
    /// Add a person; asks for the password
    Add {
        /// Sign-in name
        #[arg(long)]
        name: String,
        /// What they may do
        #[arg(long, value_enum, default_value_t)]
        role: RoleArg,
        /// E-mail address or phone number for a forgotten password
        #[arg(long)]
        contact: Option<String>,
        /// Read the password from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the people
    List,
    /// Change what a person may do, or whether they may sign in
    Update {
        /// Sign-in name
        #[arg(long)]
        name: String,
        /// What they may do [default: as it is]
        #[arg(long, value_enum)]
        role: Option<RoleArg>,
        /// Whether they may sign in; `no` ends all their sessions [default: as it is]
        #[arg(long, value_name = "YES|NO", value_parser = clap::builder::BoolishValueParser::new())]
        active: Option<bool>,
        /// E-mail address or phone number for a forgotten password; an empty text takes it away
        #[arg(long)]
        contact: Option<String>,
    },
    /// Set a new password; ends all sessions of that person
    Reset {
        /// Sign-in name
        #[arg(long)]
        name: String,
        /// Take the second factor and the PIN away too
        #[arg(long)]
        second_factor: bool,
        /// Read the password from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the sessions, of one person or of everybody
    Sessions {
        /// Sign-in name
        #[arg(long)]
        name: Option<String>,
    },
    /// End sessions
    SignOut(SignOut),
    /// Who may do what
    Roles,
    /// The recovery file: makes an owner when every password is lost
    #[command(subcommand)]
    Recovery(Recovery),
    /// Make an owner by a recovery file; ends all sessions and uses the file up
    Recover {
        /// The recovery file
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// Sign-in name of the owner; a new one when nobody has it
        #[arg(long)]
        name: String,
        /// Read the new password from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
}

/// Whose sessions end.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct SignOut {
    /// Everywhere this person is signed in
    #[arg(long)]
    pub name: Option<String>,
    /// One session, by its number in `operator sessions`
    #[arg(long, value_name = "ID")]
    pub session: Option<i64>,
    /// Everybody, and every counter
    #[arg(long)]
    pub all: bool,
}

#[derive(Subcommand)]
pub enum Recovery {
    /// Make the file; an older one is worth nothing any more
    Make {
        /// A folder (a USB stick), or a file that does not exist yet
        #[arg(long, value_name = "DIR|FILE")]
        to: PathBuf,
    },
    /// Whether there is one, and whether one was used
    Show,
    /// Say that the use of a recovery file was seen, so that the health page forgets it
    Seen,
}
