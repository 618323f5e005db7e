//! No memory dumps: what stands in this process's memory (passwords being looked at, keys in use) shall not be written to a
//! disk when it crashes, and no other process of this user shall read it. What is freed is wiped on top of that, in
//! whatever crate it was (SQLite has C's own memory): a dump that somebody takes all the same shows what is in use, not what was.

/// Wipes each block of memory when it is given back.
#[global_allocator]
static WIPED: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// Set to `1`, dumps stay as the system has them: for looking into a crash, and for the tests that look into a dump.
pub const ALLOW: &str = "GERAI_ALLOW_DUMPS";

/// What becomes of dumps and of other processes' looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// No core file, and on Linux no other process of this user may read the memory (`PR_SET_DUMPABLE`).
    Sealed,
    /// No core file. For windows: the desktop's portals look at the processes that ask them.
    NoFile,
}

/// Switches dumps off for this process and those it starts. Failing is no reason not to serve: it is said.
pub fn forbid(scope: Scope) {
    if std::env::var_os(ALLOW).is_some_and(|value| value == "1") {
        tracing::warn!(
            "Memory dumps are allowed ({ALLOW}=1): a crash writes secrets that are in use to the disk"
        );
        return;
    }
    if let Err(error) = switch_off(scope) {
        tracing::warn!(%error, "Memory dumps could not be switched off");
    }
}

#[cfg(unix)]
fn switch_off(scope: Scope) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(target_os = "linux")]
    if scope == Scope::Sealed {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = scope;
    Ok(())
}

#[cfg(not(unix))]
fn switch_off(_: Scope) -> std::io::Result<()> {
    // Windows Error Reporting keeps dumps only where an administrator asked for them.
    Ok(())
}
