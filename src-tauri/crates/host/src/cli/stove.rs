//! `gerai stove`: which topic a command belongs to. What needs no station (reading, checking, signing and showing a token) is
//! in `token`; everything else gives commands of the contract and shows their answers. It decides nothing itself.

mod accounts;
pub mod args;
mod change;
mod chart;
mod export;
mod figures;
mod filter_args;
mod forward;
mod keys;
mod radio;
mod readings;
mod registry;
mod sheet;
mod taking;
mod tariffs;
mod token;
mod upkeep_args;

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use super::failure::Failure;
use super::output::Output;
use super::station::Reach;
use args::Stove;

/// Largest file that is read: a photo, or a list of stoves.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Carries the command out.
pub async fn run(reach: &Reach, command: Stove, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Stove::Decode { token } => token::decode(&token, output),
        Stove::Verify { token, secret_file } => token::verify(&token, secret_file.as_deref(), output),
        Stove::Sign { payload, secret_file, whole } => token::sign(&payload, &secret_file, whole, output),
        Stove::Qr { token, out } => token::qr(&token, out.as_deref(), output),
        Stove::Scan(scan) => taking::scan(reach, scan, output).await,
        Stove::Take { token, remark } => taking::take(reach, &token, &remark, output).await,
        Stove::Demo => taking::demo(reach, output).await,
        Stove::Radio(command) => radio::run(reach, command, output).await,
        Stove::List(list) => registry::list(reach, &list, output).await,
        Stove::Month => registry::progress(reach, output).await,
        Stove::Map(map) => registry::map(reach, &map, output).await,
        Stove::Show { id } => registry::show(reach, &id, output).await,
        Stove::Add { id, labels } => registry::add(reach, &id, &labels, output).await,
        Stove::Edit { id, labels } => registry::edit(reach, &id, &labels, output).await,
        Stove::Unread { id, reason, remark } => registry::unread(reach, &id, &reason, &remark, output).await,
        Stove::Import { file } => registry::import(reach, &file, output).await,
        Stove::ReplaceMeter(replace) => registry::replace_meter(reach, replace, output).await,
        Stove::Chart(asked) => chart::run(reach, asked, output).await,
        Stove::Readings { filter, paging } => readings::list(reach, &filter, &paging, output).await,
        Stove::Reading { id, frame } => readings::show(reach, id, frame.as_deref(), output).await,
        Stove::Judge(judge) => readings::judge(reach, judge, output).await,
        Stove::Export(asked) => export::run(reach, &asked, output).await,
        Stove::Forward(command) => forward::run(reach, command, output).await,
        Stove::Keys(command) => keys::run(reach, command, output).await,
        Stove::Tariffs(command) => tariffs::run(reach, command, output).await,
        Stove::Accounts(command) => accounts::run(reach, command, output).await,
    }
}

/// A file, or standard input for `-`.
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let cannot = |error: std::io::Error| {
        Failure::invalid(format!("cannot read {}: {error}", path.display()), "Name a file that exists.")
    };
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(cannot)?)
    };
    source.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Failure::invalid(
            format!("{} is larger than {} MiB", path.display(), FILE_BYTES_MAX >> 20),
            "Choose a smaller one.",
        ));
    }
    Ok(bytes)
}

/// A file of text, or standard input for `-`.
fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read_file(path)?)
        .map_err(|_| Failure::invalid(format!("{} is not UTF-8", path.display()), "Save it as UTF-8."))
}
