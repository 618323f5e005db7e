//! The project's own commands: `cargo xtask run`, `test`, `bench payments`, `bench qr`, `bench sms`, `bench stoves`, `torture sms`, `check-windows`, `check-macos`.
//!
//! Everything a developer, a user of the source or continuous integration needs is one of these; nothing has to be
//! set up by hand first. Exit codes: 0 done, 1 failed, 2 asked wrongly.

mod bench;
mod check;
mod counts;
mod install;
mod packages;
mod process;
mod run;
mod stamp;
mod station;
mod steps;
mod test;
mod torture;
mod ui;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

const HELP: &str = "\
cargo xtask run [--headless] [--release] [--try-out] [-- ARGUMENTS]
    installs what is missing, builds, and opens the station;
    without a display (or with --headless) it serves and prints the address
cargo xtask test [--only STEP[,STEP]] [--list]
    installs what the tests need and runs them all; --only runs a step and what it needs
cargo xtask bench payments
    measures the station beside what it replaces and rewrites docs/benchmarks.md
cargo xtask bench sms [--quick] [--lines]
    the same for short messages, beside gammu-smsd, smstools3 and Kannel on simulated modems;
    --quick takes a few minutes, --lines measures the station with 64 modems only; both write nothing down
cargo xtask bench stoves [--quick]
    verifies and stores readings, and draws charts out of ten million
cargo xtask bench qr [--quick | --seed NUMBER]
    the same for reading QR codes, beside zbar, on webcam frames that it draws; --quick and another seed write nothing down
cargo xtask torture sms [DEATHS]
    kills the station at every state of a message (10,000 times without a number) and counts what left
cargo xtask check-windows [--desktop]
cargo xtask check-macos [--desktop]
    type-checks the code for Windows and macOS; installs what that needs; slow the first time
";

/// The command line was wrong: exit code 2, with the help.
#[derive(Debug)]
struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match obey(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if error.is::<Usage>() => {
            eprint!("{error}\n\n{HELP}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `Ok(false)`: it ran, and its own summary says what failed.
fn obey(arguments: &[String]) -> anyhow::Result<bool> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run", ..] => run::run_station(&Workspace::find()?, &arguments[1..]).map(|()| true),
        ["test", ..] => test::run_tests(&Workspace::find()?, &arguments[1..]),
        ["check-windows", ..] => check::windows(&Workspace::find()?, &arguments[1..]).map(|()| true),
        ["check-macos", ..] => check::macos(&Workspace::find()?, &arguments[1..]).map(|()| true),
        ["bench", "payments"] => bench::payments(&Workspace::find()?).map(|()| true),
        ["bench", "sms", options @ ..]
            if options.iter().all(|word| ["--quick", "--lines"].contains(word)) =>
        {
            let (quick, lines) = (options.contains(&"--quick"), options.contains(&"--lines"));
            bench::sms::sms(&Workspace::find()?, quick, lines).map(|()| true)
        }
        ["bench", "stoves"] => bench::stoves::stoves(&Workspace::find()?, false).map(|()| true),
        ["bench", "stoves", "--quick"] => bench::stoves::stoves(&Workspace::find()?, true).map(|()| true),
        ["bench", "qr"] => bench::qr::qr(&Workspace::find()?, false, None).map(|()| true),
        ["bench", "qr", "--quick"] => bench::qr::qr(&Workspace::find()?, true, None).map(|()| true),
        ["bench", "qr", "--seed", seed] if seed.parse::<u64>().is_ok() => {
            bench::qr::qr(&Workspace::find()?, false, Some(seed)).map(|()| true)
        }
        ["bench", ..] => {
            let known =
                "`payments`, `qr [--quick | --seed NUMBER]`, `stoves [--quick]` or `sms [--quick] [--lines]`";
            Err(Usage(format!("`bench` measures {known}")).into())
        }
        ["torture", "sms"] => torture::sms(&Workspace::find()?, None).map(|()| true),
        ["torture", "sms", rounds] => torture::sms(&Workspace::find()?, Some(rounds)).map(|()| true),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(true)
        }
        [] => Err(Usage("say what to do".to_owned()).into()),
        [other, ..] => Err(Usage(format!("there is no command `{other}`")).into()),
    }
}
