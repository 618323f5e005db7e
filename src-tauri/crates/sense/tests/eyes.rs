//! Reading codes and pictures from outside, as the scan worker and the picture doors do.

#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

#[path = "eyes/bad.rs"]
mod bad;
#[path = "eyes/codes.rs"]
mod codes;
#[path = "eyes/draw.rs"]
mod draw;
#[path = "eyes/files.rs"]
mod files;
#[path = "eyes/stills.rs"]
mod stills;
