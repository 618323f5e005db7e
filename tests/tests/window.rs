//! A real window, looked at: the desktop app under a virtual display, its pixels read from the X server.
//!
//! A web view can answer every question a driver asks and still show an empty grey square, so nothing here asks the
//! page. Run by `cargo xtask test` inside `xvfb-run` and `dbus-run-session`; ignored otherwise.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A colour, and by how much each channel may differ from it.
struct Colour {
    rgb: [u8; 3],
    tolerance: u8,
}

/// WebKitGTK's empty window. Exact: the console's own grey is close to it.
const BLANK: Colour = Colour { rgb: [0xF6, 0xF5, 0xF4], tolerance: 0 };
/// The counter's colour of a paid tap, with room for rounding in the renderer.
const PAID: Colour = Colour { rgb: [0x14, 0x53, 0x2D], tolerance: 6 };
/// A cold debug build on a loaded machine without a GPU.
const WINDOW_WAIT: Duration = Duration::from_secs(60);
/// A result stays five seconds; it must be seen well within.
const RESULT_WAIT: Duration = Duration::from_secs(5);

/// Hashing a password and loading the first page in a debug build.
const SIGN_IN_WAIT: Duration = Duration::from_secs(8);
const SIGN_INS_MAX: usize = 4;
/// Between the first picture of a page and its listening, on a loaded machine.
const LISTEN_WAIT: Duration = Duration::from_secs(4);
/// The band above every page of a try-out, once somebody is signed in.
const TRY_OUT: Colour = Colour { rgb: [0xFF, 0xF1, 0xD6], tolerance: 8 };

/// The frame around the picture while a code is read.
const READ: Colour = Colour { rgb: [0x34, 0xC7, 0x7B], tolerance: 14 };
/// The desk before the simulated camera, with its noise.
const DESK: Colour = Colour { rgb: [0x80, 0x80, 0x80], tolerance: 14 };
/// Until the palette shows what was asked for.
const PALETTE_WAIT: Duration = Duration::from_secs(2);
/// Starting the camera and reading the first code, in a debug build.
const SCAN_WAIT: Duration = Duration::from_secs(20);

/// One of the customers that every try-out folder begins with.
const CARD: &str = "5A3F01C2";
const NAME: &str = "sari";
const PASSWORD: &str = "lihat layar 2026";

/// The desktop app on a folder of its own.
struct Desktop {
    child: Child,
    data: PathBuf,
    pictures: PathBuf,
}

impl Desktop {
    fn open() -> Self {
        let data = std::env::temp_dir().join(format!("gerai-window-{}", std::process::id()));
        let pictures = std::env::var_os("GERAI_SCREENSHOTS").map_or_else(std::env::temp_dir, PathBuf::from);
        fs::create_dir_all(&pictures).unwrap();
        // Marked as a try-out folder before anything is set in it: later it would be a real station.
        fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
        fs::write(data.join("try-out"), "No money in this folder is real.\n").unwrap();
        for port in ["http_port", "mqtt_port", "ws_port"] {
            gerai(&data, &["config", "set", &format!("network.{port}"), "0"], "");
        }
        gerai(&data, &["operator", "add", "--name", NAME, "--role", "owner", "--password-stdin"], PASSWORD);
        let log = fs::File::create(pictures.join("desktop.log")).unwrap();
        let child = Command::new(binary("GERAI_DESKTOP_BIN"))
            .env("GERAI_DATA", &data)
            .env("GERAI_VAULT", "memory")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, data, pictures }
    }

    /// Types into the sign-in page, whose first field has the focus, until the console is there: what is typed before the
    /// page listens is lost. The counter then shares the console's session.
    fn sign_in(&self, console: &str) {
        std::thread::sleep(LISTEN_WAIT);
        for _ in 0..SIGN_INS_MAX {
            run(Command::new("xdotool").args(["windowraise", console, "windowfocus", "--sync", console]));
            for (field, next) in [(NAME, "Tab"), (PASSWORD, "Return")] {
                run(Command::new("xdotool").args(["key", "ctrl+a"]));
                run(Command::new("xdotool").args(["type", "--delay", "20", field]));
                run(Command::new("xdotool").args(["key", next]));
            }
            let seen =
                self.look(console, &TRY_OUT, "console-signed-in.png", SIGN_IN_WAIT, |share| share > 0.01);
            if seen > 0.01 {
                return;
            }
            // Into the first field again: beside the form, then past the button for the language.
            run(Command::new("xdotool").args(["mousemove", "--window", console, "100", "100", "click", "1"]));
            run(Command::new("xdotool").args(["key", "--delay", "200", "Tab", "Tab"]));
        }
        panic!("not signed in after {SIGN_INS_MAX} tries: console-signed-in.png\n{}", self.log());
    }

    /// Waits for a window whose title holds this word; returns its X id.
    fn window(&mut self, title: &str) -> String {
        let deadline = Instant::now() + WINDOW_WAIT;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the desktop app ended with {status}:\n{}", self.log());
            }
            let found =
                Command::new("xdotool").args(["search", "--onlyvisible", "--name", title]).output().unwrap();
            if let Some(id) = String::from_utf8_lossy(&found.stdout).lines().next() {
                return id.to_owned();
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("no window called {title} within {WINDOW_WAIT:?}:\n{}", self.log());
    }

    /// The share of a window's pixels that have this colour; the picture is kept for people to look at.
    fn share_of(&self, window: &str, colour: &Colour, picture: &str) -> f64 {
        run(Command::new("xdotool").args(["windowraise", window]));
        let file = self.pictures.join(picture);
        run(Command::new("import").args(["-window", window]).arg(&file));
        let pixels =
            Command::new("convert").arg(&file).args(["-depth", "8", "rgb:-"]).output().unwrap().stdout;
        assert!(!pixels.is_empty(), "{} holds no pixels", file.display());
        let near = |pixel: &[u8]| {
            pixel.iter().zip(colour.rgb).all(|(have, want)| have.abs_diff(want) <= colour.tolerance)
        };
        let alike = pixels.chunks_exact(3).filter(|pixel| near(pixel)).count();
        alike as f64 / (pixels.len() / 3) as f64
    }

    /// Looks until the share passes the test, for so long at most; returns the last share seen.
    fn look(
        &self,
        window: &str,
        colour: &Colour,
        picture: &str,
        wait: Duration,
        enough: impl Fn(f64) -> bool,
    ) -> f64 {
        let deadline = Instant::now() + wait;
        loop {
            let share = self.share_of(window, colour, picture);
            if enough(share) || Instant::now() > deadline {
                return share;
            }
            std::thread::sleep(Duration::from_millis(150));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.pictures.join("desktop.log")).unwrap_or_default()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().ok();
        std::thread::sleep(Duration::from_secs(2));
        self.child.kill().ok();
        self.child.wait().ok();
        fs::remove_dir_all(&self.data).ok();
    }
}

fn binary(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable)
        .unwrap_or_else(|| panic!("{variable} is not set; run `cargo xtask test --only window`"));
    PathBuf::from(path)
}

/// A command to the station, with this on its standard input.
fn gerai(data: &Path, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(binary("GERAI_BIN"))
        .arg("--json")
        .args(arguments)
        .env("GERAI_DATA", data)
        .env("GERAI_VAULT", "memory")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{input}\n").as_bytes()).ok();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "gerai {} ended with {}: {errors}", arguments.join(" "), output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The console and the counter, both with something in them.
fn opened() -> (Desktop, String, String) {
    let mut desktop = Desktop::open();
    let console = desktop.window("^Gerai$");
    let counter = desktop.window("^Gerai Counter$");
    for (window, picture) in [(&console, "console.png"), (&counter, "counter.png")] {
        let blank = desktop.look(window, &BLANK, picture, WINDOW_WAIT, |share| share < 0.5);
        assert!(blank < 0.5, "{picture}: {:.0} % is WebKit's empty grey", blank * 100.0);
    }
    desktop.sign_in(&console);
    (desktop, console, counter)
}

#[test]
#[ignore = "needs a display and the desktop app: cargo xtask test --only window"]
fn a_paid_tap_turns_the_counter_green() {
    let (desktop, _console, counter) = opened();
    let early = desktop.share_of(&counter, &PAID, "counter-waiting.png");
    assert!(early < 0.05, "{:.0} % of the counter is green before any tap", early * 100.0);

    gerai(&desktop.data, &["reader", "tap", "--uid", CARD], "");
    let green = desktop.look(&counter, &PAID, "counter-paid.png", RESULT_WAIT, |share| share >= 0.4);
    assert!(green >= 0.4, "only {:.0} % of the counter is green after a paid tap", green * 100.0);
}

#[test]
#[ignore = "needs a display and the desktop app: cargo xtask test --only window"]
fn the_cameras_picture_is_in_the_console_and_its_code_is_read() {
    let (desktop, console, _counter) = opened();
    let early = desktop.share_of(&console, &READ, "console-before-scan.png");
    assert!(early < 0.0005, "{:.2} % of the console has the colour of a code that is read", early * 100.0);
    run(Command::new("xdotool").args(["windowraise", &console, "windowfocus", "--sync", &console]));
    // As people get there: the palette by its name, then the camera by its key.
    run(Command::new("xdotool").args(["key", "ctrl+k"]));
    std::thread::sleep(PALETTE_WAIT);
    run(Command::new("xdotool").args(["type", "--delay", "20", "pindai"]));
    std::thread::sleep(PALETTE_WAIT);
    run(Command::new("xdotool").args(["key", "Return"]));
    std::thread::sleep(PALETTE_WAIT);
    run(Command::new("xdotool").args(["key", "n"]));
    // A stove made of software shows its code to a camera made of software; the picture's frame turns green.
    let green = desktop.look(&console, &READ, "console-scan.png", SCAN_WAIT, |share| share >= 0.002);
    assert!(green >= 0.002, "only {:.2} % of the console is the green of a code that is read", green * 100.0);
    let desk = desktop.share_of(&console, &DESK, "console-scan.png");
    assert!(desk >= 0.05, "only {:.0} % of the console is the camera's picture", desk * 100.0);
}
