//! TLS for the console and for readers: the station's own local authority, or the operator's own certificate. One
//! certificate serves both. It is made, renewed and read anew while the station runs; what cannot be used is said, and
//! what was used before goes on.

mod authority;
mod certificate;
mod keeper;
mod machine;

pub use authority::{CA_FILE, CA_KEY, SERVER_FILE, SERVER_KEY};
pub use keeper::Keeper;
pub use machine::Machine;

/// What is wrong, and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// A stable code for translation.
    pub code: &'static str,
    /// What is so.
    pub what: String,
    /// What to do.
    pub next: String,
}

impl Trouble {
    fn new(code: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { code, what: what.into(), next: next.into() }
    }
}
