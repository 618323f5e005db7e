//! Arguments of `gerai stove radio`, `forward`, `keys`, `tariffs` and `accounts`. Secrets and passwords come from files, from
//! standard input or from a prompt.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};

use super::figures::parse_kwh;
use super::filter_args::{FORWARD_STATES, Paging, Remark};
use crate::cli::money::{parse_positive, parse_rupiah};

#[derive(Subcommand)]
pub enum Radio {
    /// Devices that are heard, the strongest first
    Scan {
        /// How long to look around
        #[arg(long, value_name = "S", default_value_t = 6, value_parser = clap::value_parser!(i64).range(1..=30))]
        seconds: i64,
    },
    /// Services and characteristics of a device
    Describe {
        /// Its address, as `radio scan` shows it
        address: String,
    },
    /// Read a stove and take the reading
    Read {
        /// Its address, as `radio scan` shows it
        address: String,
        #[command(flatten)]
        remark: Remark,
    },
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Forward {
    /// Try what waits at once, then show the state
    #[arg(long)]
    pub retry: bool,
    #[command(subcommand)]
    pub command: Option<ForwardCommand>,
}

#[derive(Subcommand)]
pub enum ForwardCommand {
    /// What it does now, and how many readings wait (also without a word)
    Status,
    /// Readings on their way, newest first
    List {
        /// In this state
        #[arg(long, value_parser = PossibleValuesParser::new(FORWARD_STATES))]
        state: Option<String>,
        /// Of this stove
        #[arg(long, value_name = "ID")]
        stove: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Try again: these readings, all of a state, or without a word what waits
    Retry {
        /// Ids of readings that were rejected or given up
        #[arg(value_parser = parse_positive, conflicts_with = "all")]
        ids: Vec<i64>,
        /// All that were rejected, or all that were given up
        #[arg(long, value_name = "STATE", value_parser = PossibleValuesParser::new(["rejected", "dead"]))]
        all: Option<String>,
    },
    /// Send nothing until `resume`
    Pause,
    /// Go on sending
    Resume,
    /// The password of the user at the server, into the vault; asks for it
    Password {
        /// Read it from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
        /// Take the one that is kept away
        #[arg(long, conflicts_with = "password_stdin")]
        remove: bool,
    },
}

#[derive(Subcommand)]
pub enum Keys {
    /// Keys of stoves: number, age, warnings, changes under way; never the secrets
    List {
        /// The beginning of the stove's number, or part of the label or the place
        #[arg(long)]
        search: Option<String>,
        /// Only stoves with a key here, or without
        #[arg(long, value_name = "YES|NO", value_parser = clap::builder::BoolishValueParser::new())]
        registered: Option<bool>,
        /// Only stoves with a change of secret or number under way
        #[arg(long)]
        changing: bool,
        #[command(flatten)]
        paging: Paging,
    },
    /// Register the key that a stove has; the one known so far becomes the previous one
    Register(Register),
    /// Change a stove's secret or number, step by step; `status` names the next one
    Change(ChangeStep),
}

#[derive(Args)]
pub struct Register {
    /// The stove's number, eleven digits
    pub id: String,
    /// File with the secret (a line end after it is no part of it); `-`: standard input
    #[arg(long, value_name = "FILE", required_unless_present = "new")]
    pub secret_file: Option<PathBuf>,
    /// Make a secret; it is shown this once
    #[arg(long, conflicts_with = "secret_file")]
    pub new: bool,
    /// Write the made secret to this file instead of showing it; it must not exist yet
    #[arg(long, value_name = "FILE", conflicts_with = "secret_file")]
    pub out: Option<PathBuf>,
}

/// What to do with a change.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// Only look
    Status,
    /// Begin: the new secret is made and kept; with --new-id the number is changed
    Begin,
    /// The server agrees
    ServerAgrees,
    /// The server does not agree, or does not take the new value
    ServerRefuses,
    /// Write it to the stove over Bluetooth: --address
    Write,
    /// Show the message, to be written by other means; both secrets stand in it
    WriteByHand,
    /// The stove was seen to take it
    Written,
    /// The server has the new value
    ServerUpdated,
    /// Give it up
    Abandon,
    /// Take a given-up change up again
    TakeUp,
}

impl Step {
    /// As the contract names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Begin => "begin",
            Self::ServerAgrees => "server_agrees",
            Self::ServerRefuses => "server_refuses",
            Self::Write => "write",
            Self::WriteByHand => "write_by_hand",
            Self::Written => "written",
            Self::ServerUpdated => "server_updated",
            Self::Abandon => "abandon",
            Self::TakeUp => "take_up",
        }
    }
}

#[derive(Args)]
pub struct ChangeStep {
    /// The stove's number, eleven digits
    pub id: String,
    /// What to do
    #[arg(value_enum, default_value = "status")]
    pub step: Step,
    /// For `begin`: the new number; without it the secret is changed
    #[arg(long, value_name = "ID")]
    pub new_id: Option<String>,
    /// For `write`: the Bluetooth device, as `gerai stove radio scan` shows it
    #[arg(long, required_if_eq("step", "write"))]
    pub address: Option<String>,
    /// For `write-by-hand`: write the message to this file instead of showing it; it must not exist yet
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Subcommand)]
pub enum Tariffs {
    /// Tariffs with their prices over time
    List,
    /// Prices from a month on; those of other months stay
    Save(TariffSave),
    /// Forget a tariff that no stove has
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Args)]
pub struct TariffSave {
    /// Its name; `default` is that of stoves without a tariff of their own
    pub name: String,
    /// In force from this month on: 2026-11
    #[arg(long, value_name = "MONTH", required_unless_present = "file", conflicts_with = "file")]
    pub from: Option<String>,
    /// Rupiah a kWh up to and with so many kWh of the month: 50=415; may be given more than once, rising
    #[arg(long = "up-to", value_name = "KWH=RUPIAH", value_parser = parse_tier, conflicts_with = "file")]
    pub up_to: Vec<(i64, i64)>,
    /// Rupiah a kWh above that, or at all
    #[arg(long, value_name = "RUPIAH", value_parser = parse_price, required_unless_present = "file")]
    #[arg(conflicts_with = "file")]
    pub above: Option<i64>,
    /// Rupiah a month beside
    #[arg(long, value_name = "RUPIAH", default_value = "0", value_parser = parse_price, conflicts_with = "file")]
    pub fee: i64,
    /// Replace the whole tariff by the document of this file, as `--json tariffs list` shows one; `-`: standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Whole rupiah, 0 too.
pub fn parse_price(typed: &str) -> Result<i64, String> {
    if typed == "0" { Ok(0) } else { parse_rupiah(typed) }
}

fn parse_tier(typed: &str) -> Result<(i64, i64), String> {
    let (up_to, price) =
        typed.split_once('=').ok_or_else(|| "write kWh and rupiah, such as 50=415".to_owned())?;
    Ok((parse_kwh(up_to)?, parse_price(price)?))
}

#[derive(Subcommand)]
pub enum Accounts {
    /// Accounts: may they sign in, when they last sent something
    List,
    /// Make an account, or change one; what is left out stays
    Save {
        /// Its name: 1 to 40 of a-z A-Z 0-9 . _ -
        name: String,
        /// Whether it may sign in; `no` ends its sign-ins [default: as it is; a new one may]
        #[arg(long, value_name = "YES|NO", value_parser = clap::builder::BoolishValueParser::new())]
        active: Option<bool>,
        /// Ask for a new password; a new account is always asked
        #[arg(long)]
        new_password: bool,
        /// Read the new password from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// Remove an account; its sign-ins end
    Remove {
        /// Its name
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use gerai_app::contract::StoveChangeStep;

    use super::*;

    #[test]
    fn every_step_of_the_contract_can_be_given() {
        let words: Vec<&str> = Step::value_variants().iter().map(|step| step.word()).collect();
        assert_eq!(words.len(), 10);
        assert!(words.iter().all(|word| StoveChangeStep::parse(word).is_some()));
    }

    #[test]
    fn prices_are_whole_rupiah() {
        assert_eq!(parse_tier("50=415"), Ok((50_000, 415)));
        assert_eq!(parse_tier("0.5=1.699"), Ok((500, 1_699)));
        assert_eq!(parse_price("0"), Ok(0));
        for typed in ["50", "=1", "50=", "50=-1", "x=1", "50=1=2"] {
            assert!(parse_tier(typed).is_err(), "{typed}");
        }
    }
}
