//! Reads the set with the chain and with every try alone, and scores what came of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gerai_sense::image::{Grey, jpeg_to_grey};
use gerai_sense::qr::{Chain, WAYS};
use serde_json::{Value, json};

use crate::set::{self, CONDITIONS, EMPTY, Frame, SIZES};

/// Texts that were read in a frame, and the milliseconds that it took.
type Answer = (Vec<String>, f64);

/// Prints the scores as JSON.
pub fn measure(folder: &Path, zbar: Option<&Path>) -> std::io::Result<()> {
    // Panics of decoders are counted as misses, and need not fill the screen.
    std::panic::set_hook(Box::new(|_| {}));
    let frames = set::read(folder)?;
    let mut greys = Vec::new();
    let mut unpacking = Vec::new();
    let mut jpegs = Vec::new();
    for frame in &frames {
        let jpeg = fs::read(frame.jpeg(folder))?;
        let (grey, ms) = timed(|| jpeg_to_grey(&jpeg));
        greys.push(grey.map_err(std::io::Error::other)?);
        unpacking.push(ms);
        jpegs.push(jpeg);
    }
    let mut rows = vec![row("chain, JPEG to text", &frames, &chain(&jpegs))];
    for by in WAYS {
        let answers =
            over(&greys, |grey| Chain.read_by(grey, *by).into_iter().map(|found| found.text).collect());
        rows.push(row(&format!("{:?} {:?}", by.decoder, by.look), &frames, &answers));
    }
    let alone = over(&greys, rqrr_alone);
    rows.push(row("rqrr, whole picture", &frames, &alone));
    if let Some(path) = zbar {
        rows.push(row("zbar", &frames, &zbar_answers(&fs::read_to_string(path)?, frames.len())?));
    }
    let by_height = |height: usize| {
        let chosen = frames.iter().zip(&unpacking).filter(|(frame, _)| frame.height == height);
        mean(chosen.map(|(_, ms)| *ms))
    };
    let report = json!({
        "frames": frames.len(),
        "unpack_ms": SIZES.map(|(_, height)| json!({ "height": height, "ms": by_height(height) })),
        "corner_error": corner_error(&frames, &greys),
        "rows": rows,
    });
    println!("{report}");
    Ok(())
}

fn chain(jpegs: &[Vec<u8>]) -> Vec<Answer> {
    let read = |jpeg: &Vec<u8>| {
        let (found, ms) = timed(|| Chain.read_jpeg(jpeg));
        (found.unwrap_or_default().into_iter().map(|found| found.text).collect(), ms)
    };
    jpegs.iter().map(read).collect()
}

fn over(greys: &[Grey], read: impl Fn(&Grey) -> Vec<String>) -> Vec<Answer> {
    greys.iter().map(|grey| timed(|| read(grey))).collect()
}

fn rqrr_alone(grey: &Grey) -> Vec<String> {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let read = || {
        let mut picture =
            rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| grey.pixels()[y * width + x]);
        picture.detect_grids().iter().filter_map(|grid| Some(grid.decode().ok()?.1)).collect()
    };
    std::panic::catch_unwind(read).unwrap_or_default()
}

/// Lines of `number TAB milliseconds TAB text`, text empty when nothing was read, more lines for more codes.
fn zbar_answers(text: &str, count: usize) -> std::io::Result<Vec<Answer>> {
    let mut answers: Vec<Answer> = vec![(Vec::new(), 0.0); count];
    for line in text.lines() {
        let mut parts = line.splitn(3, '\t');
        let number = parts.next().and_then(|word| word.parse::<usize>().ok());
        let ms = parts.next().and_then(|word| word.parse::<f64>().ok());
        let (Some(number), Some(ms), Some(said)) = (number, ms, parts.next()) else {
            return Err(std::io::Error::other(format!("not understood from zbar: {line}")));
        };
        let answer =
            answers.get_mut(number).ok_or_else(|| std::io::Error::other("a frame that is not there"))?;
        answer.1 = ms;
        if !said.is_empty() {
            answer.0.push(said.to_owned());
        }
    }
    Ok(answers)
}

fn row(name: &str, frames: &[Frame], answers: &[Answer]) -> Value {
    let sizes: Vec<Value> = SIZES.iter().map(|(_, height)| size(*height, frames, answers)).collect();
    json!({ "name": name, "sizes": sizes })
}

fn size(height: usize, frames: &[Frame], answers: &[Answer]) -> Value {
    let (mut codes, mut read, mut wrong, mut large, mut large_read) = (0, 0, 0, 0, 0);
    let (mut hits, mut misses) = (Vec::new(), Vec::new());
    let mut conditions: BTreeMap<&str, (u32, u32)> = CONDITIONS.iter().map(|name| (*name, (0, 0))).collect();
    for (frame, (texts, ms)) in frames.iter().zip(answers).filter(|(frame, _)| frame.height == height) {
        let hit = !frame.text.is_empty() && texts.contains(&frame.text);
        wrong += texts.iter().filter(|text| **text != frame.text).count();
        if hit {
            hits.push(*ms)
        } else {
            misses.push(*ms)
        }
        if frame.condition == EMPTY {
            continue;
        }
        codes += 1;
        read += u32::from(hit);
        if frame.module >= 2.5 {
            large += 1;
            large_read += u32::from(hit);
        }
        if let Some(count) = conditions.get_mut(frame.condition.as_str()) {
            count.0 += u32::from(hit);
            count.1 += 1;
        }
    }
    json!({
        "height": height, "codes": codes, "read": read, "wrong": wrong,
        "large": large, "large_read": large_read,
        "hit_ms": mean(hits.iter().copied()), "miss_ms": mean(misses.iter().copied()),
        "hit_ms_worst": hits.iter().copied().fold(0.0, f64::max),
        "miss_ms_worst": misses.iter().copied().fold(0.0, f64::max),
        "conditions": conditions,
    })
}

/// Mean distance of the chain's corners from the true ones, in modules.
fn corner_error(frames: &[Frame], greys: &[Grey]) -> f64 {
    let mut errors = Vec::new();
    for (frame, grey) in frames.iter().zip(greys).filter(|(frame, _)| !frame.text.is_empty()) {
        for found in Chain.read(grey).iter().filter(|found| found.text == frame.text) {
            for (a, b) in found.corners.iter().zip(&frame.corners) {
                errors.push(f64::from((a.0 - b.0).hypot(a.1 - b.1) / frame.module));
            }
        }
    }
    mean(errors.into_iter())
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    values.for_each(|value| {
        sum += value;
        count += 1;
    });
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begun = thread_ms();
    let done = work();
    (done, thread_ms() - begun)
}

/// Processor time of this thread, milliseconds.
#[cfg(unix)]
fn thread_ms() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1000.0 + time.tv_nsec as f64 / 1e6
}

/// Elsewhere the clock on the wall has to do.
#[cfg(not(unix))]
fn thread_ms() -> f64 {
    static BEGUN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    BEGUN.get_or_init(std::time::Instant::now).elapsed().as_secs_f64() * 1000.0
}
