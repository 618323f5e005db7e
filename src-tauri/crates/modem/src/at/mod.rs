//! The AT dialogue without I/O (ITU-T V.250, 3GPP TS 27.005 and 27.007): bytes in, events out, bytes to send out. It knows
//! which line belongs to the command in flight, which came by itself, and which belongs to nobody. It owns no clock and
//! no port: the line gives up a command whose time is over.

mod command;
mod fault;
mod fields;
mod lexer;
mod session;
#[cfg(test)]
mod tests;
mod urc;

pub use command::Command;
pub use fault::{Final, Verdict, judge_refusal, judge_submit};
pub use fields::{fields, number, text};
pub use session::{Event, Reply, Session};
pub use urc::{Memory, Urc};

/// Longest line that is kept, octets. A PDU is at most 2 × 176 digits, a USSD text in UCS-2 hexadecimal 4 × 182.
pub const LINE_OCTETS_MAX: usize = 4_096;
/// Most lines of one answer that are kept; `AT+CLAC` of a talkative modem has about 300.
pub const REPLY_LINES_MAX: usize = 1_024;
/// Ends a PDU (3GPP TS 27.005 section 3.5.1).
pub const CTRL_Z: u8 = 0x1A;
/// Breaks off the entry of a PDU.
pub const ESCAPE: u8 = 0x1B;
