//! The set of frames: conditions, how hard each may be, and the list that goes with the pictures.
//!
//! What is drawn depends on the seed and the frame's number only, never on what a decoder makes of it.

use std::f32::consts::PI;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::camera::{Glare, Shot};
use crate::pose::{self, Map};
use crate::random::Random;
use crate::scene::{CODES, DISPLAY, Display, Room};

/// What is wrong with a frame.
pub const CONDITIONS: [&str; 10] =
    ["plain", "blur", "motion", "low light", "glare", "perspective", "moire", "far", "inverted", "rotated"];
/// Frames that hold no code that can be read: for false reads, and for what a miss costs.
pub const EMPTY: &str = "no code";
/// Picture sizes, as a webcam gives them.
pub const SIZES: [(usize, usize); 2] = [(640, 480), (1280, 720)];

/// One frame of the list.
pub struct Frame {
    /// Its number.
    pub number: usize,
    /// Picture height: 480 or 720.
    pub height: usize,
    /// One of [`CONDITIONS`] or [`EMPTY`].
    pub condition: String,
    /// Pixels along a module: the root of the code's area, over its modules.
    pub module: f32,
    /// What the code says; empty for none.
    pub text: String,
    /// Where the code is.
    pub corners: [(f32, f32); 4],
}

impl Frame {
    /// The picture.
    pub fn jpeg(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{:05}.jpg", self.number))
    }

    /// The same, decoded to grey, for programs that read no JPEG.
    pub fn grey(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{:05}.pgm", self.number))
    }
}

/// Writes `each` frames of every condition and size.
pub fn generate(folder: &Path, seed: u64, each: usize) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut plan = Vec::new();
    for size in SIZES {
        for condition in CONDITIONS {
            plan.extend(std::iter::repeat_n((size, condition), each));
        }
        plan.extend(std::iter::repeat_n((size, EMPTY), each * 2));
    }
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let made: Vec<std::io::Result<Vec<Frame>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|worker| {
                let plan = &plan;
                scope.spawn(move || {
                    let mine = plan.iter().enumerate().skip(worker).step_by(workers);
                    mine.map(|(number, (size, condition))| frame(folder, seed, number, *size, condition))
                        .collect()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a frame can be drawn")).collect()
    });
    let mut frames = Vec::new();
    for part in made {
        frames.extend(part?);
    }
    frames.sort_by_key(|frame| frame.number);
    fs::write(folder.join("set.tsv"), list(&frames))
}

fn list(frames: &[Frame]) -> String {
    let mut text = String::new();
    for frame in frames {
        let corners: Vec<String> = frame.corners.iter().map(|(x, y)| format!("{x:.2} {y:.2}")).collect();
        text.push_str(&format!(
            "{}\t{}\t{}\t{:.3}\t{}\t{}\n",
            frame.number,
            frame.height,
            frame.condition,
            frame.module,
            corners.join(" "),
            frame.text
        ));
    }
    text
}

/// Reads the list that [`generate`] wrote.
pub fn read(folder: &Path) -> std::io::Result<Vec<Frame>> {
    let text = fs::read_to_string(folder.join("set.tsv"))?;
    let frames = text.lines().map(|line| {
        let parts: Vec<&str> = line.split('\t').collect();
        let numbers: Vec<f32> = parts.get(4)?.split(' ').filter_map(|word| word.parse().ok()).collect();
        Some(Frame {
            number: parts[0].parse().ok()?,
            height: parts[1].parse().ok()?,
            condition: parts[2].to_owned(),
            module: parts[3].parse().ok()?,
            corners: std::array::from_fn(|at| (numbers[at * 2], numbers[at * 2 + 1])),
            text: (*parts.get(5)?).to_owned(),
        })
    });
    frames
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| std::io::Error::other("set.tsv is broken; make the set anew"))
}

/// A token as a stove shows it (118 characters) or sends it (146); its signature is chance, nobody here verifies it.
fn token(long: bool, random: &mut Random) -> String {
    let id = random.below(100_000_000_000);
    let time = 1_700_000_000 + random.below(100_000_000);
    let energy = (random.below(90_000), random.below(1000), random.below(900), random.below(1000));
    let measured = if long {
        format!(
            "{}:{:02}.{:03}:{:04}:0.{:02}:",
            200 + random.below(40),
            random.below(9),
            random.below(1000),
            random.below(1800),
            50 + random.below(50)
        )
    } else {
        String::new()
    };
    let body = format!(
        "V01;{id:011}:{time}:{measured}{:05}.{:03};{:04}.{:03};APIKEY01;",
        energy.0, energy.1, energy.2, energy.3
    );
    let signature: Vec<u8> = (0..32).map(|_| random.next() as u8).collect();
    format!("{}.{}", URL_SAFE_NO_PAD.encode(body), URL_SAFE_NO_PAD.encode(signature))
}

fn frame(
    folder: &Path,
    seed: u64,
    number: usize,
    size: (usize, usize),
    condition: &str,
) -> std::io::Result<Frame> {
    let mut random = Random::new(seed, number as u64);
    let random = &mut random;
    let code = CODES[number % CODES.len()];
    let text = token(code.0 == 7 || code.0 == 8, random);
    let empty = condition == EMPTY;
    let display = match (empty, number % 2) {
        (true, 0) => Display::blank(random),
        (true, _) => Display::with_code(&text, code, false, random).without_finder(),
        (false, _) => Display::with_code(&text, code, condition == "inverted", random),
    };
    let modules = if display.size > 0 { display.size as f32 } else { 41.0 };
    let (mut shot, map) = shot(size, condition, &display, random);
    let corners = display.corners().map(|corner| map.apply(corner));
    let module = pose::area(&corners).sqrt() / modules;
    damage(&mut shot, condition, module, &corners, random);
    let room = Room::new(random.between(0.15, 0.6), random);
    let jpeg = shot.take(&display, &room, random);
    let frame = Frame {
        number,
        height: size.1,
        condition: condition.to_owned(),
        module,
        text: if empty { String::new() } else { text },
        corners,
    };
    fs::write(frame.jpeg(folder), &jpeg)?;
    let grey = gerai_sense::image::jpeg_to_grey(&jpeg).map_err(std::io::Error::other)?;
    let mut pgm = format!("P5\n{} {}\n255\n", grey.width(), grey.height()).into_bytes();
    pgm.extend_from_slice(grey.pixels());
    fs::write(frame.grey(folder), pgm)?;
    Ok(frame)
}

/// Where the display is, and an ordinary webcam's own faults.
fn shot(size: (usize, usize), condition: &str, display: &Display, random: &mut Random) -> (Shot, Map) {
    // Both sizes show the same field of view from top to bottom.
    let per_720 = size.1 as f32 / 720.0;
    let module = per_720
        * match condition {
            "far" => random.between(2.2, 2.9),
            _ => random.between(3.0, 5.5),
        };
    let degrees = PI / 180.0;
    let roll = match condition {
        "rotated" => random.between(-PI, PI),
        _ => random.between(-8.0, 8.0) * degrees,
    };
    let tilt = match condition {
        "perspective" => random.between(25.0, 42.0),
        _ => random.between(0.0, 12.0),
    } * degrees;
    let towards = random.between(-PI, PI);
    let focal = size.1 as f32 * 1.25;
    let corners = display.corners();
    let centre = ((corners[0].0 + corners[2].0) / 2.0, (corners[0].1 + corners[2].1) / 2.0);
    let centre = if display.size > 0 { centre } else { (DISPLAY.0 / 2.0, DISPLAY.1 / 2.0) };
    let room = module * 36.0;
    let (width, height) = (size.0 as f32, size.1 as f32);
    let middle = (
        random.between(room.min(width / 2.0), width - room.min(width / 2.0)),
        random.between(room.min(height / 2.0), height - room.min(height / 2.0)),
    );
    let map = Map::new(centre, module / 2.0, roll, tilt * towards.cos(), tilt * towards.sin(), focal, middle);
    let shot = Shot {
        size,
        map,
        blur: random.between(0.5, 0.9) * per_720.max(0.8),
        motion: (0.0, 0.0),
        glare: Vec::new(),
        veil: random.between(0.01, 0.06),
        white: random.between(0.7, 1.1),
        electrons: random.between(2000.0, 6000.0),
        read_noise: 4.0,
        sharpen: random.between(0.2, 0.9),
        quality: 55 + random.below(38) as u8,
    };
    (shot, map)
}

/// What the condition adds.
fn damage(shot: &mut Shot, condition: &str, module: f32, corners: &[(f32, f32); 4], random: &mut Random) {
    match condition {
        "blur" => shot.blur = module * random.between(0.25, 0.48),
        "motion" => {
            let (length, angle) = (module * random.between(0.5, 1.25), random.between(-PI, PI));
            shot.motion = (length * angle.cos(), length * angle.sin());
        }
        "low light" => {
            shot.electrons = random.between(25.0, 200.0);
            shot.white = random.between(0.15, 0.7);
            shot.read_noise = random.between(2.0, 5.0);
        }
        "glare" => {
            shot.veil = random.between(0.1, 0.6);
            for _ in 0..1 + random.below(2) {
                let (a, b) = (random.between(-0.2, 1.2), random.between(-0.2, 1.2));
                let at = (
                    corners[0].0 + a * (corners[1].0 - corners[0].0) + b * (corners[3].0 - corners[0].0),
                    corners[0].1 + a * (corners[1].1 - corners[0].1) + b * (corners[3].1 - corners[0].1),
                );
                let radius = (module * random.between(3.0, 18.0), module * random.between(3.0, 18.0));
                shot.glare.push(Glare { at, radius, peak: random.between(0.2, 1.3) });
            }
            shot.white = random.between(0.45, 0.9);
        }
        "moire" => {
            // A sharp lens and a strong sharpening show the display's grid and its beat with the sensor's.
            shot.blur = random.between(0.3, 0.55);
            shot.sharpen = random.between(0.7, 1.4);
        }
        _ => {}
    }
}
