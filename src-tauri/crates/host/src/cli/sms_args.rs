//! Arguments of `gerai modem`, `gerai sms`, `gerai ussd` and `gerai block`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Subcommand)]
pub enum Modem {
    /// Modems and their SIMs, as the station sees them
    List,
    /// Look at every port for modems
    Detect {
        /// Also try this port, which may be something else (opening a card reader's port resets it)
        #[arg(long, value_name = "PORT")]
        probe: Vec<String>,
    },
    /// Run modems made of software on pseudo-terminals, until Ctrl-C
    Sim(Sim),
}

#[derive(Args)]
pub struct Sim {
    /// How many
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub count: u16,
    /// Number of the first, which makes its serial numbers: a second simulator needs another one
    #[arg(long, default_value_t = 1)]
    pub first: u32,
    /// Milliseconds the network takes for a message
    #[arg(long, default_value_t = 3_000)]
    pub delay_ms: u64,
    /// Whose modems they are like: one, or several with commas, taken in turn
    #[arg(long, default_value = "huawei")]
    pub profile: String,
    /// Milliseconds until a delivery report comes
    #[arg(long, default_value_t = 1_500)]
    pub report_ms: u64,
    /// Folder where they are announced [default: the station's own, so that it finds them]
    #[arg(long, value_name = "DIR")]
    pub announce: Option<PathBuf>,
    /// Write what goes out to this file, one JSON document a line
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Write the texts too: for tests
    #[arg(long, requires = "log")]
    pub log_text: bool,
    /// Listen for faults and questions on this local socket, or on `tcp:127.0.0.1:PORT`
    #[arg(long, value_name = "ADDRESS")]
    pub control: Option<String>,
    /// Talk TCP instead of pseudo-terminals
    #[arg(long)]
    pub tcp: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SmsClass {
    /// A one-time code
    Otp,
    /// Anything else
    Normal,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SmsShow {
    /// All
    All,
    /// Not sent yet
    Waiting,
    /// May have left
    InDoubt,
    /// Will not arrive
    Failed,
    /// Sent or delivered
    Gone,
    /// Wait for an operator's word
    Held,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Verdict {
    /// It has arrived
    AssumeSent,
    /// It has not, and shall not go again
    AssumeFailed,
    /// Send it again; it may arrive twice
    SendAgain,
}

#[derive(Subcommand)]
pub enum Sms {
    /// Send a text
    Send(SmsSend),
    /// Messages, newest first
    List {
        /// Which
        #[arg(long, value_enum, default_value = "all")]
        show: SmsShow,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// One message: its state, its way, and why that SIM
    Show {
        /// Its id
        id: i64,
    },
    /// Which line a number would get, and why; sends nothing
    Route {
        /// The number
        number: String,
        /// As a one-time code
        #[arg(long)]
        otp: bool,
    },
    /// Take messages back that have not left
    Cancel {
        /// Their ids
        #[arg(required = true)]
        ids: Vec<i64>,
    },
    /// Say what became of a message in doubt, or release a held one
    Resolve {
        /// Its id
        id: i64,
        /// What
        #[arg(value_enum)]
        verdict: Verdict,
    },
    /// What came in, newest first
    Inbox {
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// Read a PDU (hexadecimal, on standard input)
    PduDecode,
    /// Make the PDUs of a text (on standard input)
    PduEncode {
        /// Whom to
        #[arg(long)]
        to: String,
        /// Message class 0
        #[arg(long)]
        flash: bool,
        /// Ask for a delivery report
        #[arg(long)]
        report: bool,
        /// Minutes the network may try
        #[arg(long)]
        validity_minutes: Option<u32>,
    },
}

#[derive(Args)]
pub struct SmsSend {
    /// Number, as people write it; may be given more than once
    #[arg(long, required = true, value_name = "NUMBER")]
    pub to: Vec<String>,
    /// The text; `-` reads it from standard input
    #[arg(long, required_unless_present = "file", conflicts_with = "file")]
    pub text: Option<String>,
    /// Read the text from this file
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// What it is for; codes wait for a second person
    #[arg(long, value_enum, default_value = "normal")]
    pub class: SmsClass,
    /// Line to use, by id or name
    #[arg(long)]
    pub line: Option<String>,
    /// Shown at once, not stored by the phone
    #[arg(long)]
    pub flash: bool,
    /// Own id: repeating it sends nothing twice
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// Wait until the network took it or it failed, up to a minute
    #[arg(long)]
    pub wait: bool,
}

#[derive(Args)]
pub struct Ussd {
    /// The code, such as *888#, or an answer to a menu
    pub code: String,
    /// Line to use, by id or name [default: the first that is ready]
    #[arg(long)]
    pub line: Option<String>,
}

#[derive(Subcommand)]
pub enum Block {
    /// Numbers get no messages any more
    Add {
        /// The number
        number: String,
        /// Why
        #[arg(long, default_value = "")]
        note: String,
    },
    /// They get messages again
    Remove {
        /// The number
        number: String,
    },
    /// Blocked numbers
    List,
}
