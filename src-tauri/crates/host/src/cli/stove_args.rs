//! Arguments of `gerai stove`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub enum Stove {
    /// What a token says, without judging who signed it
    Decode {
        /// The token; `-`: standard input
        token: String,
    },
    /// Who signed a token; exit code 0 only if this secret did
    Verify {
        /// The token; `-`: standard input
        token: String,
        /// File with the stove's secret (a line end after it is no part of it); without it only the public demo
        /// secrets are tried
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// Sign a payload as a stove does
    Sign {
        /// Such as `V01;00000000001;1646646860;00010.000;0002.000;APIKEY01;`
        payload: String,
        /// File with the secret
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
        /// Put the header in front: `header.payload.signature`
        #[arg(long)]
        whole: bool,
    },
    /// Show a token as a QR code, as a stove does
    Qr {
        /// The token; `-`: standard input
        token: String,
        /// Write it to this file instead: `.svg` or `.png`
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Take readings: from picture files, or by the camera until Ctrl-C
    Scan(StoveScan),
    /// Take one token that was read elsewhere
    Take {
        /// The token; `-`: standard input
        token: String,
        /// A remark that is kept with the reading
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Stoves, last seen first
    List {
        /// Part of the number, the label or the place
        #[arg(long)]
        search: Option<String>,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// Readings, newest first
    Readings {
        /// Of this stove only
        #[arg(long, value_name = "ID")]
        stove: Option<String>,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// Write all readings to a file
    Export(StoveExport),
    /// Register stoves from a CSV file
    Import {
        /// Columns: id, label, place, lat, lon, secret; `-`: standard input
        file: PathBuf,
    },
    /// What waits for the server, and what it said
    Forward {
        /// Try those again that the server refused
        #[arg(long)]
        retry: bool,
    },
}

#[derive(Args)]
pub struct StoveScan {
    /// Picture files; without any the camera is used
    pub images: Vec<PathBuf>,
    /// Which camera; `gerai stove scan --cameras` names them
    #[arg(long, value_name = "ID", conflicts_with = "images")]
    pub camera: Option<String>,
    /// List the cameras
    #[arg(long, conflicts_with_all = ["images", "camera"])]
    pub cameras: bool,
    /// A remark that is kept with the readings
    #[arg(long, default_value = "")]
    pub note: String,
}

#[derive(Args)]
pub struct StoveExport {
    /// The file; it must not exist yet
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// `csv` or `json` (one document a line)
    #[arg(long, default_value = "csv", value_parser = ["csv", "json"])]
    pub format: String,
    /// Of this stove only
    #[arg(long, value_name = "ID")]
    pub stove: Option<String>,
}
