//! Any bytes from a modem, in any pieces, to any dialogue: no panic, bounded memory, and the same events however the bytes
//! are cut.

#![no_main]

use gerai_modem::at::{Command, Event, Session};
use libfuzzer_sys::fuzz_target;

fn command(kind: u8) -> Option<Command> {
    match kind % 5 {
        0 => Some(Command::new("+CMEE=1")),
        1 => Some(Command::query("+CSQ")),
        2 => Some(Command::bare("+CGSN")),
        3 => Some(Command::prompting("+CMGS=23")),
        _ => None,
    }
}

/// What a session makes of the bytes, cut into pieces of at most this size.
fn hear(kind: u8, bytes: &[u8], piece: usize) -> Vec<Event> {
    let mut session = Session::default();
    if let Some(command) = command(kind) {
        session.begin(command);
    }
    let mut events = Vec::new();
    for part in bytes.chunks(piece) {
        session.receive(part, &mut events);
    }
    events
}

// The first octet is the command that waits, the second how the bytes are cut, the rest what the modem says.
fuzz_target!(|input: &[u8]| {
    let [kind, piece, bytes @ ..] = input else { return };
    let whole = hear(*kind, bytes, bytes.len().max(1));
    let cut = hear(*kind, bytes, usize::from(*piece % 16) + 1);
    assert!(whole == cut, "the pieces do not matter");
});
