//! stub
use super::args::Simulate;
use super::failure::Failure;
use super::output::Output;
use super::station::Reach;
use std::process::ExitCode;
pub async fn run(_r: &Reach, _l: &Simulate, _o: &Output) -> Result<ExitCode, Failure> {
    Ok(ExitCode::SUCCESS)
}
