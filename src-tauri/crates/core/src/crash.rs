//! Labelled points at which a test can stop the whole process, to prove that no step of a flow loses or doubles
//! anything. Without the feature `crash-points` (so in every released binary) a point is nothing at all.

/// With the feature on and `GERAI_CRASH_AT=label:n` set, aborts the process at the n-th passing of `label`.
#[cfg(feature = "crash-points")]
pub fn point(label: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("GERAI_CRASH_AT").ok()?;
        let (label, nth) = text.rsplit_once(':')?;
        Some((label.to_owned(), nth.parse().ok()?))
    });
    if let Some((at, nth)) = wanted
        && at == label
        && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *nth
    {
        std::process::abort();
    }
}

/// Without the feature `crash-points` this does nothing.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub fn point(_label: &str) {}
