//! What processes cost: processor time, memory and wake-ups, as the kernel counts them in `/proc` (proc_pid_stat(5),
//! proc_pid_status(5)), and the clock that the simulator's log is written by.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;

/// Ticks of `/proc/PID/stat` a second: fixed at 100 for programs on Linux, whatever the kernel's own rate.
const TICKS: f64 = 100.0;

/// Microseconds of CLOCK_MONOTONIC.
#[cfg(unix)]
pub fn monotonic_us() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000
}

/// There is nothing to measure here: the peers and `/proc` are Linux's.
#[cfg(not(unix))]
pub fn monotonic_us() -> u64 {
    0
}

/// A point in the life of some processes.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// User and system time since they started, milliseconds.
    pub cpu_ms: f64,
    /// Resident memory, MiB.
    pub rss_mib: f64,
    /// Voluntary context switches by thread.
    switches: HashMap<OsString, u64>,
}

impl Usage {
    /// Voluntary context switches between an earlier point and this one. Threads that ended meanwhile are left out: their
    /// counts are gone with them.
    pub fn switches_since(&self, before: &Self) -> u64 {
        let since = |(thread, count): (&OsString, &u64)| {
            count.saturating_sub(before.switches.get(thread).copied().unwrap_or(0))
        };
        self.switches.iter().map(since).sum()
    }
}

/// Of these processes and of all that they started.
pub fn of(pids: &[u32]) -> Usage {
    let mut sum = Usage::default();
    for pid in family(pids) {
        let Some(stat) = stat(pid) else { continue };
        // Fields 14 and 15; `stat` begins with field 3. Ended children's time is in 16 and 17.
        let ticks: f64 = stat[11..15].iter().filter_map(|text| text.parse::<f64>().ok()).sum();
        sum.cpu_ms += ticks * 1000.0 / TICKS;
        sum.rss_mib += status(&format!("/proc/{pid}/status"), "VmRSS:") as f64 / 1024.0;
        for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let path = task.path().join("status");
            let count = status(&path.to_string_lossy(), "voluntary_ctxt_switches:");
            sum.switches.insert(task.file_name(), count);
        }
    }
    sum
}

/// The fields of `/proc/PID/stat` after the name, so from the third on.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<String> = text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect();
    (fields.len() > 20).then_some(fields)
}

/// These processes and all that they started, directly or not.
pub fn family(pids: &[u32]) -> HashSet<u32> {
    let all: Vec<u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().parse().ok())
        .collect();
    let parents: Vec<(u32, u32)> =
        all.iter().filter_map(|pid| Some((*pid, stat(*pid)?[1].parse().ok()?))).collect();
    let mut found: HashSet<u32> = pids.iter().copied().collect();
    loop {
        let before = found.len();
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| found.contains(parent))
                .map(|(pid, _)| *pid)
                .collect::<Vec<_>>(),
        );
        if found.len() == before {
            return found;
        }
    }
}

fn status(path: &str, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn this_process_has_memory() {
        let usage = super::of(&[std::process::id()]);
        assert!(usage.rss_mib > 0.5, "{usage:?}");
        assert!(super::monotonic_us() > 0);
    }
}
