//! The station's real clocks: the one place that reads them. Everything else gets the readings passed in.

use gerai_core::port::Clock;
use gerai_core::time::UnixMs;

/// The machine's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the port that the rest of the station reads instead"
    )]
    fn now(&self) -> UnixMs {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic_ms(&self) -> u64 {
        monotonic_ms()
    }
}

/// Counts through sleep: a laptop that slept over night has not had its clock changed.
#[cfg(unix)]
fn monotonic_ms() -> u64 {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const STEADY: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const STEADY: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let reading = rustix::time::clock_gettime(STEADY);
    let ms = reading.tv_sec.saturating_mul(1000).saturating_add(reading.tv_nsec / 1_000_000);
    u64::try_from(ms).unwrap_or(0)
}

/// The performance counter of Windows counts through sleep by itself.
#[cfg(not(unix))]
fn monotonic_ms() -> u64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let start = START.get_or_init(std::time::Instant::now);
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_go_forward() {
        let before = (SystemClock.now(), SystemClock.monotonic_ms());
        std::thread::sleep(std::time::Duration::from_millis(20));
        let after = (SystemClock.now(), SystemClock.monotonic_ms());
        assert!(after.0 > before.0 && after.1 >= before.1 + 19, "{before:?} {after:?}");
        assert!(after.0 > UnixMs(1_700_000_000_000), "the wall clock is set");
    }
}
