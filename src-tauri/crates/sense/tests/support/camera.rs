//! The folder that is a webcam, the library that shows it to a program, and that program's lines.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// Longest wait for a line; a slow machine needs seconds, never this.
const PATIENCE: Duration = Duration::from_secs(90);

/// Compiles the webcam once for all tests of this binary.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let made = folder.join(format!("webcam-{}.so", std::process::id()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/webcam.c");
        let mut compiler = Command::new("cc");
        compiler
            .args(["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o"])
            .arg(&made)
            .arg(source)
            .arg("-ldl");
        assert!(compiler.status().unwrap().success(), "the simulated webcam does not compile");
        made
    })
}

pub struct Webcam {
    folder: tempfile::TempDir,
}

impl Webcam {
    pub fn new(formats: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("formats"), formats).unwrap();
        Self { folder }
    }

    /// What it sees in one format. Renamed into place: the camera reads at any moment.
    pub fn sees(&self, format: &str, bytes: &[u8]) {
        self.put(format, bytes);
    }

    /// How it fails from now on; empty: not at all.
    pub fn fault(&self, name: &str) {
        self.put("fault", name.as_bytes());
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let written = self.folder.path().join("being-written");
        std::fs::write(&written, bytes).unwrap();
        std::fs::rename(written, self.folder.path().join(name)).unwrap();
    }

    fn program(&self) -> Command {
        let mut look = Command::new(env!("CARGO_BIN_EXE_gerai-look"));
        look.env("LD_PRELOAD", library()).env("GERAI_TEST_WEBCAM", self.folder.path());
        look
    }

    pub fn watch(&self, words: &[&str]) -> Lines {
        let mut look = self.program();
        look.arg("watch").args(words).arg("--save").arg(self.folder.path().join("saved"));
        let mut child = look.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (line_in, lines) = sync_channel(10_000);
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if line_in.send(line).is_err() {
                    return;
                }
            }
        });
        Lines { child, lines, seen: Vec::new() }
    }

    pub fn list(&self) -> String {
        let output = self.program().arg("cameras").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The last picture that was shown.
    pub fn saved(&self) -> Vec<u8> {
        // It may just be written anew: a whole one ends with the end marker.
        for _ in 0..200 {
            let bytes = std::fs::read(self.folder.path().join("saved")).unwrap_or_default();
            if bytes.ends_with(&[0xFF, 0xD9]) {
                return bytes;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("no whole picture was saved");
    }
}

/// The lines of a running program. It ends when this is dropped.
pub struct Lines {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Lines {
    /// Waits for the next line that begins like this.
    pub fn wait_for(&mut self, beginning: &str) -> String {
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                let states: Vec<_> = self.seen.iter().filter(|line| line.starts_with("state")).collect();
                panic!("waited in vain for `{beginning}`; {} lines, {states:?}", self.seen.len());
            };
            self.seen.push(line.clone());
            if line.starts_with(beginning) {
                return line;
            }
        }
    }
}

impl Lines {
    /// Whether a line that began like this came by.
    pub fn seen(&self, beginning: &str) -> bool {
        self.seen.iter().any(|line| line.starts_with(beginning))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A slope from black to white, one byte a pixel.
pub fn slope(width: usize, height: usize) -> Vec<u8> {
    let row: Vec<u8> = (0..width).map(|x| u8::try_from(x * 255 / (width - 1)).unwrap()).collect();
    row.repeat(height)
}

pub fn jpeg_of(grey: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut made = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut made, 90)
        .encode(grey, width, height, image::ExtendedColorType::L8)
        .unwrap();
    made
}

pub fn yuyv_of(grey: &[u8]) -> Vec<u8> {
    grey.iter().flat_map(|shade| [*shade, 128]).collect()
}

/// A QR code in the middle of a white picture, so many pixels a module.
pub fn code_of(text: &str, width: usize, height: usize, module: usize) -> Vec<u8> {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::L).unwrap();
    let side = code.width();
    let (left, top) = ((width - side * module) / 2, (height - side * module) / 2);
    let dark = code.to_colors();
    let mut pixels = vec![230; width * height];
    for y in 0..side * module {
        for x in 0..side * module {
            if dark[y / module * side + x / module] == qrcode::Color::Dark {
                pixels[(top + y) * width + left + x] = 25;
            }
        }
    }
    pixels
}
