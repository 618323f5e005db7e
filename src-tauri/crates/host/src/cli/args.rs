//! The arguments of the command line. Nothing secret is one of them: other users of the machine can read arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::governance_args::{Approval, Audit, Token};
use super::money::{parse_positive, parse_rupiah, parse_signed_rupiah};
use super::people_args::Operator;
use super::sms_args::{Block, Modem, Sms, Ussd};
use super::stove::args::Stove;
use crate::options::VaultKind;

/// Card payments on your desk: readers, customers, the ledger and the counter.
#[derive(Parser)]
#[command(name = "gerai", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// The station's data folder [default: the system's own place]
    #[arg(long, global = true, env = "GERAI_DATA", value_name = "DIR", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// Print exactly one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    /// Where secrets are kept
    #[arg(long, global = true, env = "GERAI_VAULT", value_enum, hide = true)]
    pub vault: Option<VaultKind>,
    /// Read the passphrase of the passphrase vault from this open file descriptor
    #[arg(long, global = true, env = "GERAI_VAULT_PASSPHRASE_FD", value_name = "N", hide = true)]
    pub passphrase_fd: Option<u32>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run the station without a window, until SIGTERM or Ctrl-C
    Serve(Serve),
    /// Read and change the settings
    #[command(subcommand)]
    Config(Config),
    /// People who sign in
    #[command(subcommand)]
    Operator(Operator),
    /// Customers and their money
    #[command(subcommand)]
    Account(Account),
    /// Cards
    #[command(subcommand)]
    Card(Card),
    /// Check, count and export the ledger
    #[command(subcommand)]
    Ledger(Ledger),
    /// Card readers
    #[command(subcommand)]
    Reader(Reader),
    /// Where secrets are kept
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Addresses, certificates, and the check list before opening to the network
    #[command(subcommand)]
    Network(Network),
    /// Who did what: list, check and export the audit trail
    #[command(subcommand)]
    Audit(Audit),
    /// What waits for a second person
    #[command(subcommand)]
    Approval(Approval),
    /// API tokens for programs
    #[command(subcommand)]
    Token(Token),
    /// USB modems and their SIMs
    #[command(subcommand)]
    Modem(Modem),
    /// Short messages
    #[command(subcommand)]
    Sms(Sms),
    /// Smart stoves: read tokens, take and judge readings, keys, tariffs, what waits for the server
    #[command(subcommand)]
    Stove(Stove),
    /// Ask the operator of a SIM by code, such as *888#
    Ussd(Ussd),
    /// Numbers that get no messages
    #[command(subcommand)]
    Block(Block),
    /// Look at every part of the station and name the next step
    Doctor,
}

/// A vault that secrets can be moved to.
#[derive(Clone, Copy, ValueEnum)]
pub enum VaultTarget {
    /// The operating system's keychain
    Keychain,
    /// A file in the data folder, sealed by a passphrase
    Passphrase,
}

#[derive(Subcommand)]
pub enum VaultCommand {
    /// Which vault, whether it answers, what it holds and what it lacks; no values
    Status,
    /// Seal or write every secret anew
    Rotate,
    /// Move every secret to another vault; the station must be stopped
    Migrate {
        /// Where to
        #[arg(long, value_enum)]
        to: VaultTarget,
    },
    /// Change the passphrase of the passphrase vault; the station must be stopped
    Passphrase {
        /// Read the new one from this open file descriptor instead of asking
        #[arg(long, value_name = "N")]
        new_passphrase_fd: Option<u32>,
    },
}

#[derive(Subcommand)]
pub enum Network {
    /// Show what is open, under which certificate, and the check list
    Show,
    /// Make a new local authority; every device has to install it again
    RenewCa,
}

#[derive(Args)]
pub struct Serve {
    /// No money is real: use a throw-away folder (or a new one named by --data)
    #[arg(long)]
    pub try_out: bool,
}

#[derive(Subcommand)]
pub enum Config {
    /// Show the settings, or one of them
    Get {
        /// For example `network.http_port`
        path: Option<String>,
    },
    /// Change one setting
    Set {
        /// For example `payments.double_tap_seconds`
        path: String,
        /// The new value, as JSON or plain text
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Replace all settings by those of a file
    Import {
        /// A JSON file made by `config export`; `-` reads standard input
        file: PathBuf,
    },
    /// Write the settings, or what another broker needs
    Export {
        /// Where to; standard output when absent
        #[arg(conflicts_with = "mosquitto")]
        file: Option<PathBuf>,
        /// Write mosquitto.conf, acl and passwd into this folder
        #[arg(long, value_name = "DIR")]
        mosquitto: Option<PathBuf>,
    },
}

/// Names one customer.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Whose {
    /// Card UID in hex
    #[arg(long, value_name = "UID")]
    pub card: Option<String>,
    /// Account id
    #[arg(long, value_parser = parse_positive)]
    pub id: Option<i64>,
}

#[derive(Subcommand)]
pub enum Account {
    /// Add a customer
    Add {
        /// The customer's name
        #[arg(long)]
        name: String,
        /// A first card's UID in hex
        #[arg(long, value_name = "UID")]
        card: Option<String>,
        /// Student or member number
        #[arg(long)]
        nim: Option<String>,
        /// Cash put on the account at once, in rupiah
        #[arg(long, value_name = "RUPIAH", value_parser = parse_rupiah)]
        opening: Option<i64>,
    },
    /// List customers
    List {
        /// Part of a name, or the beginning of a NIM or card UID
        #[arg(long, default_value = "")]
        query: String,
    },
    /// Show one customer
    Show(Whose),
    /// Put cash on an account
    Topup {
        #[command(flatten)]
        whose: Whose,
        /// Rupiah
        #[arg(long, value_name = "RUPIAH", value_parser = parse_rupiah)]
        amount: i64,
        /// Repeating a top-up with the same id adds the money once
        #[arg(long, value_name = "ID")]
        request_id: Option<String>,
    },
    /// Correct a balance; a large correction waits for a second person where the settings say so
    Adjust {
        #[command(flatten)]
        whose: Whose,
        /// Rupiah: above zero gives, below takes
        #[arg(long, value_name = "RUPIAH", value_parser = parse_signed_rupiah, allow_hyphen_values = true)]
        amount: i64,
        /// Why, 3 to 200 characters
        #[arg(long)]
        reason: String,
        /// Repeating a correction with the same id makes it once
        #[arg(long, value_name = "ID")]
        request_id: Option<String>,
    },
    /// Keep an account from paying
    Freeze {
        #[command(flatten)]
        whose: Whose,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

#[derive(Subcommand)]
pub enum Card {
    /// Give a customer a card
    Enrol {
        /// Card UID in hex
        #[arg(long, value_name = "UID")]
        card: String,
        /// Account id
        #[arg(long, value_name = "ID", value_parser = parse_positive)]
        account: i64,
        /// The customer's other cards become lost
        #[arg(long)]
        replaces: bool,
    },
    /// Block a card
    Block {
        /// Card UID in hex
        #[arg(long, value_name = "UID")]
        card: String,
        /// It was reported lost: every tap is refused and shown
        #[arg(long)]
        lost: bool,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// List cards
    List {
        /// Part of a name, or the beginning of a card UID
        #[arg(long, default_value = "")]
        query: String,
    },
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For spreadsheets
    #[default]
    Csv,
    /// For programs
    Json,
}

#[derive(Subcommand)]
pub enum Ledger {
    /// Replay everything from the first entry; names the first bad row
    Verify,
    /// Write out every payment attempt, newest first
    Export {
        /// Which form
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Where to; standard output when absent
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Count entries and money
    Stats,
}

#[derive(Args)]
pub struct ReaderAdd {
    /// Its name and MQTT user name: 1 to 32 of a-z A-Z 0-9 . _ -
    #[arg(long)]
    pub name: String,
    /// Its till's name [default: the default till]
    #[arg(long)]
    pub till: Option<String>,
    /// Make that till with this fixed price if there is none of that name
    #[arg(long, value_name = "RUPIAH", requires = "till", value_parser = parse_rupiah)]
    pub price: Option<i64>,
    /// A login shared by fielded readers of the original system
    #[arg(long, conflicts_with_all = ["screen", "signed"])]
    pub legacy: bool,
    /// A screen that only listens to results
    #[arg(long, conflicts_with = "signed")]
    pub screen: bool,
    /// Its messages must be signed with a key
    #[arg(long)]
    pub signed: bool,
    /// It may name the amount itself
    #[arg(long)]
    pub may_set_amount: bool,
    /// Read a password that fielded readers already hold from standard input (legacy only)
    #[arg(long, requires = "legacy")]
    pub password_stdin: bool,
}

#[derive(Args)]
pub struct Simulate {
    /// Taps under way at any moment
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub in_flight: u16,
    /// How long, in seconds
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub seconds: u16,
    /// Cards to tap with; a card tapped twice within the double-tap window answers `dup` [default: one per tap under way]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub cards: Option<u32>,
    /// Put made-up customers even into a station that has real ones
    #[arg(long)]
    pub force: bool,
}

#[derive(Subcommand)]
pub enum Reader {
    /// Add a reader; prints its user name and password once
    Add(ReaderAdd),
    /// List readers
    List,
    /// Tap a card on a reader made of software, over MQTT like any other
    Tap {
        /// Card UID in hex, or a NIM
        #[arg(long)]
        uid: String,
        /// Tap as this reader, on its till
        #[arg(long)]
        reader: Option<String>,
        /// Rupiah [default: the till's price or armed amount]
        #[arg(long, value_name = "RUPIAH", value_parser = parse_rupiah)]
        amount: Option<i64>,
    },
    /// Put load on the station with made-up cards
    Simulate(Simulate),
}
