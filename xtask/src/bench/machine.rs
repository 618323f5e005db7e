//! Facts about the machine that a number means nothing without.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A list of `name: value` lines.
pub fn facts(folder: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("date", said(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]))),
        ("processor", format!("{}, {} cores", processor(), cores())),
        ("memory", memory()),
        ("kernel", said(Command::new("uname").arg("-sr"))),
        ("file system", said(Command::new("stat").args(["-f", "-c", "%T"]).arg(folder))),
        ("load before", load()),
        ("compiler", said(Command::new("rustc").arg("--version"))),
        ("station", format!("gerai {}", env!("CARGO_PKG_VERSION"))),
    ]
}

fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    output.ok().filter(|text| !text.is_empty()).unwrap_or_else(|| "not known".to_owned())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

fn processor() -> String {
    field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn memory() -> String {
    let kib = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    kib.map_or_else(|| "not known".to_owned(), |kib| format!("{} GiB", (kib + (1 << 19)) >> 20))
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|word| !word.is_empty()).unwrap_or("not known").to_owned()
}

/// The value of the first `name : value` line of a file.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}
