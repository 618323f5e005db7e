//! `gerai stove decode|verify|sign|qr`: one token, without a station; and files with secrets.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use gerai_core::port::Clock;
use gerai_core::secret::Secret;
use gerai_core::stove::quality::{self, Arrival};
use gerai_core::stove::verify::{self, KeyRing, Parts, Signature};
use gerai_core::stove::{Token, framing};
use gerai_sense::image::grey_to_png;
use qrcode::{Color, QrCode};
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::money::wib;
use crate::cli::new_file::new_file;
use crate::cli::output::Output;
use crate::clock::SystemClock;

/// Longest secret that is read from a file.
const SECRET_BYTES_MAX: u64 = 4_096;
/// Light modules around a code (ISO/IEC 18004, section 9.1).
const QUIET: usize = 4;
/// Pixels a module has in a written picture.
const MODULE_PX: usize = 8;

/// A token as it was given: standard input for `-`.
pub fn given(token: &str) -> Result<String, Failure> {
    if token != "-" {
        return Ok(token.to_owned());
    }
    let mut text = String::new();
    let most = framing::INPUT_BYTES_MAX as u64 + 2;
    std::io::stdin().lock().take(most).read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn read(token: &str) -> Result<Token, Failure> {
    Token::decode(given(token)?.as_bytes()).map_err(|error| Failure {
        code: error.code().to_owned(),
        message: error.to_string(),
        help: String::new(),
    })
}

/// The secret in a file, or in standard input for `-`; a line end after it is no part of it.
pub fn secret(path: &Path) -> Result<Secret<Vec<u8>>, Failure> {
    let wrong = |why: String| {
        Failure::invalid(
            format!("cannot read the secret in {}: {why}", path.display()),
            "Name a file with nothing but the secret.",
        )
    };
    let cannot = |error: std::io::Error| wrong(error.to_string());
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(cannot)?)
    };
    // Room for all of it at once: growing would leave copies behind.
    let mut bytes = Vec::with_capacity(SECRET_BYTES_MAX as usize + 1);
    let read = source.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot);
    while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.pop();
    }
    let secret = Secret::new(bytes);
    match (read?, secret.expose().len()) {
        (_, 0) => Err(wrong("it is empty".to_owned())),
        (read, _) if read as u64 > SECRET_BYTES_MAX => {
            Err(wrong(format!("it has more than {SECRET_BYTES_MAX} bytes")))
        }
        _ => Ok(secret),
    }
}

/// What the token says.
fn document(token: &Token) -> Value {
    let oddities: Vec<&str> = token.framing().iter().map(framing::Oddity::word).collect();
    let flags = quality::flags(token, SystemClock.now(), Arrival::Later);
    json!({
        "stove": token.stove(),
        "version": token.version().to_string(),
        "reading": token.reading(),
        "payload": token.payload_text(),
        "hash": token.hash(),
        "framing": oddities,
        "flags": flags,
    })
}

fn words(token: &Token) -> String {
    let mut lines = vec![format!("Stove      {}", token.stove()), format!("Version    {}", token.version())];
    match token.reading() {
        None => lines.push("Figures    of an unknown version, not guessed".to_owned()),
        Some(reading) => {
            lines.push(format!("Read       {} WIB", wib(reading.t.0.saturating_mul(1_000))));
            lines.push(format!("Counter    {}", reading.total));
            lines.push(format!("Month      {}", reading.month));
            if let Some(means) = &reading.electrical {
                lines.push(format!(
                    "Means      {}, {}, {}, power factor {}",
                    means.volts, means.milliamps, means.watts, means.centi_pf
                ));
            }
            lines.push(format!("Key        {}", reading.slot));
        }
    }
    let flags = quality::flags(token, SystemClock.now(), Arrival::Later);
    let flags: Vec<&str> = flags.iter().map(quality::Flag::rule).collect();
    if !flags.is_empty() {
        lines.push(format!("Flags      {}", flags.join(", ")));
    }
    lines.push(format!("Hash       {}", token.hash()));
    lines.join("\n")
}

/// `gerai stove decode`.
pub fn decode(token: &str, output: &Output) -> Result<ExitCode, Failure> {
    let token = read(token)?;
    Ok(output.show(&document(&token), || words(&token)))
}

/// `gerai stove verify`.
pub fn verify(token: &str, secret_file: Option<&Path>, output: &Output) -> Result<ExitCode, Failure> {
    let token = read(token)?;
    let keys = secret_file.map(secret).transpose()?.map(KeyRing::of);
    let verdict = verify::verify(&token, keys.as_ref());
    let mut said = document(&token);
    said["signature"] = json!(verdict.word());
    let sentence = match verdict {
        Signature::Valid | Signature::ValidPreviousKey | Signature::ValidPendingKey => {
            "valid: this secret signed it"
        }
        Signature::DemoKey => "NOT genuine: signed with a public demo secret that anyone can look up",
        Signature::Invalid => "NOT valid: this secret did not sign it",
        Signature::UnknownStove => "not known: no secret was given, and no public demo secret signed it",
    };
    let code = output.show(&said, || format!("Signature  {sentence}\n{}", words(&token)));
    Ok(if verdict.is_genuine() { code } else { ExitCode::FAILURE })
}

/// `gerai stove sign`.
pub fn sign(payload: &str, secret_file: &Path, whole: bool, output: &Output) -> Result<ExitCode, Failure> {
    let parts = if whole { Parts::Three } else { Parts::Two };
    let token = verify::sign(payload, &secret(secret_file)?, parts);
    // A payload that no reader would take is refused here, with its place.
    read(&token)?;
    Ok(output.show(&json!({ "token": token }), || token.clone()))
}

/// `gerai stove qr`.
pub fn qr(token: &str, out: Option<&Path>, output: &Output) -> Result<ExitCode, Failure> {
    let token = read(token)?;
    let wire = token.wire();
    let code = QrCode::with_error_correction_level(&wire, qrcode::EcLevel::L)
        .map_err(|error| Failure::invalid(format!("no QR code can be made: {error}"), ""))?;
    let rows = rows(&code);
    let Some(path) = out else {
        let document = json!({ "token": wire, "modules": rows.len() - 2 * QUIET });
        return Ok(output.show(&document, || blocks(&rows)));
    };
    let bytes = match path.extension().and_then(|end| end.to_str()) {
        Some("svg") => svg(&rows).into_bytes(),
        Some("png") => {
            let (side, pixels) = pixels(&rows);
            grey_to_png(side, side, &pixels).map_err(|error| Failure::invalid(error.to_string(), ""))?
        }
        _ => {
            return Err(Failure::invalid(
                format!("{} is neither .svg nor .png", path.display()),
                "Name the file so.",
            ));
        }
    };
    std::io::Write::write_all(&mut new_file(path)?, &bytes)?;
    Ok(output
        .show(&json!({ "file": path.display().to_string() }), || format!("Written to {}.", path.display())))
}

fn rows(code: &QrCode) -> Vec<Vec<bool>> {
    let modules: Vec<bool> = code.to_colors().iter().map(|color| *color == Color::Dark).collect();
    let rows: Vec<Vec<bool>> = modules.chunks(code.width()).map(<[bool]>::to_vec).collect();
    with_quiet_zone(&rows)
}

/// Rows of modules with the quiet zone around them; `true` is dark.
pub fn with_quiet_zone(rows: &[Vec<bool>]) -> Vec<Vec<bool>> {
    let side = rows.len() + 2 * QUIET;
    let light = || std::iter::repeat_n(vec![false; side], QUIET);
    let wide = rows.iter().map(|row| [&[false; QUIET][..], row, &[false; QUIET][..]].concat());
    light().chain(wide).chain(light()).collect()
}

/// Two rows a line of text, light on a dark terminal.
pub fn blocks(rows: &[Vec<bool>]) -> String {
    let light = |row: Option<&Vec<bool>>, x: usize| row.is_none_or(|row| !row[x]);
    rows.chunks(2)
        .map(|pair| {
            (0..pair[0].len())
                .map(|x| match (light(pair.first(), x), light(pair.get(1), x)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                })
                .collect::<String>()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn svg(rows: &[Vec<bool>]) -> String {
    let side = rows.len();
    let dark = rows.iter().enumerate().flat_map(|(y, row)| {
        row.iter().enumerate().filter(|(_, dark)| **dark).map(move |(x, _)| format!("M{x} {y}h1v1h-1z"))
    });
    let path: String = dark.collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>\n"
    )
}

fn pixels(rows: &[Vec<bool>]) -> (u32, Vec<u8>) {
    let line = |row: &Vec<bool>| -> Vec<u8> {
        row.iter().flat_map(|dark| std::iter::repeat_n(if *dark { 0 } else { 255 }, MODULE_PX)).collect()
    };
    let pixels = rows.iter().flat_map(|row| std::iter::repeat_n(line(row), MODULE_PX).flatten()).collect();
    (u32::try_from(rows.len() * MODULE_PX).unwrap_or(u32::MAX), pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QR: &str = "VjAxOzAwMDAwMDAwMDAxOzE2NDY2NDY4NjA7MDAwMTAuMDAwOzAwMDIuMDAwO0FQSUtFWTAxOw.5JHaQso8bUvKDcIJkz1k__FBV9j0xLo0L8e54NfmGmw";

    #[test]
    fn a_written_code_is_read_again() {
        let code = QrCode::with_error_correction_level(QR, qrcode::EcLevel::L).unwrap();
        assert_eq!(code.width(), 41, "version 6, as on the stove");
        let (side, pixels) = pixels(&rows(&code));
        let png = grey_to_png(side, side, &pixels).unwrap();
        let found = gerai_sense::qr::Chain.read_file(&png).unwrap();
        assert_eq!(found[0].text, QR);
        assert!(svg(&rows(&code)).contains("viewBox=\"0 0 49 49\""));
        assert_eq!(blocks(&rows(&code)).lines().count(), 25);
    }

    #[test]
    fn the_documents_qr_sample_is_no_genuine_token() {
        let token = read(QR).unwrap();
        assert_eq!(verify::verify(&token, None), Signature::DemoKey);
        let text = words(&token);
        assert!(text.contains("2022-03-07 16:54:20 WIB") && text.contains("10.000"), "{text}");
    }

    #[test]
    fn a_refusal_names_its_code() {
        assert_eq!(read("nonsense").unwrap_err().code, "token_parts");
    }
}
