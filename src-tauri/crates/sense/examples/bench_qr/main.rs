//! The two halves of `cargo xtask bench qr`: `generate` makes a seeded set of webcam frames with codes, `measure` reads it with
//! the chain and with each try alone, takes in what zbar read, and prints one JSON document. A program of its own, so
//! that the project's commands link no decoder.
//!
//! Time is the thread's own processor time: other programs on the machine do not change it much.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a measuring program stops where it fails")]

mod camera;
mod measure;
mod pose;
mod random;
mod scene;
mod set;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: bench_qr generate FOLDER SEED FRAMES | bench_qr measure FOLDER [ZBAR_OUTPUT]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["generate", folder, seed, each] => match (seed.parse(), each.parse()) {
            (Ok(seed), Ok(each)) => set::generate(Path::new(folder), seed, each),
            _ => Err(std::io::Error::other(USAGE)),
        },
        ["measure", folder] => measure::measure(Path::new(folder), None),
        ["measure", folder, zbar] => measure::measure(Path::new(folder), Some(Path::new(zbar))),
        _ => Err(std::io::Error::other(USAGE)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
