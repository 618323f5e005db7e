//! The command line `gerai`: reads arguments, finds the station, gives commands of the contract, shows the answers.
//! It decides nothing itself. Exit code 0: done; 1: refused or failed; 2: the command line was wrong.

mod accounts;
mod args;
mod cards;
mod config;
mod csv;
mod doctor;
mod failure;
mod governance;
mod governance_args;
mod ledger;
mod load;
mod modem;
mod money;
pub mod mosquitto;
mod network;
mod new_file;
mod operators;
mod output;
mod passwords;
mod people_args;
mod readers;
mod recovery;
mod serve;
mod sim;
mod simulate;
mod sms;
mod sms_args;
mod station;
mod stove;
mod vault;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::dumps;
use crate::logging;
use crate::options::Options;
use args::{Cli, Command};
use failure::Failure;
use output::Output;
use station::Reach;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let output = Output::new(cli.json);
    logging::start(matches!(cli.command, Command::Serve(_)));
    dumps::forbid(dumps::Scope::Sealed);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.fail(&Failure::other(&error.into())),
    };
    let outcome = runtime.block_on(run(cli, &output));
    // A thread that waits for a hung keychain must not keep the program from ending.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match outcome {
        Ok(code) => code,
        Err(failure) => output.fail(&failure),
    }
}

/// `--help` and `--version` are answers; everything else is a wrong command line.
fn usage(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let _ = error.print();
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Output::new(true).show_failure_document("usage", &message, "Run the command with --help.");
    }
    ExitCode::from(2)
}

async fn run(cli: Cli, output: &Output) -> Result<ExitCode, Failure> {
    let mut options = Options::new(cli.data, cli.vault).map_err(|error| Failure::other(&error))?;
    vault::choose_source(&mut options, cli.passphrase_fd, matches!(cli.command, Command::Vault(_)))?;
    let reach = Reach::new(options);
    match cli.command {
        Command::Serve(serve) => serve::run(reach.into_options(), &serve, output).await,
        Command::Config(command) => config::run(&reach, command, output).await,
        Command::Operator(command) => operators::run(&reach, command, output).await,
        Command::Account(command) => accounts::run(&reach, command, output).await,
        Command::Card(command) => cards::run(&reach, command, output).await,
        Command::Ledger(command) => ledger::run(&reach, command, output).await,
        Command::Reader(command) => readers::run(&reach, command, output).await,
        Command::Vault(command) => vault::run(&reach, command, output).await,
        Command::Network(command) => network::run(&reach, command, output).await,
        Command::Audit(command) => governance::audit(&reach, command, output).await,
        Command::Approval(command) => governance::approval(&reach, command, output).await,
        Command::Token(command) => governance::token(&reach, command, output).await,
        Command::Modem(command) => modem::run(&reach, command, output).await,
        Command::Sms(command) => sms::run(&reach, command, output).await,
        Command::Ussd(command) => sms::ussd(&reach, command, output).await,
        Command::Block(command) => sms::block(&reach, command, output).await,
        Command::Stove(command) => stove::run(&reach, command, output).await,
        Command::Doctor => doctor::run(&reach, output).await,
    }
}
