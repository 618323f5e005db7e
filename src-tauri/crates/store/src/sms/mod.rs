//! Tables of the short messages: the queue and its parts, keys, lines and SIMs, what SIMs have used, the inbox, blocked
//! numbers, templates, routing rules. States are words here; what they mean is decided in `gerai_core::sms`.

pub mod blocks;
pub mod course;
pub mod inbox;
pub mod keys;
pub mod lines;
pub mod list;
pub mod parts;
pub mod queue;
pub mod rules;
pub mod templates;
pub mod usage;
