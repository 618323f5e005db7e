//! What one client may cost, in one place.

use std::time::Duration;

/// Largest body of a command. The largest real one is a short message to 10,000 numbers, about 200 KiB.
pub const BODY_BYTES_MAX: usize = 512 * 1024;
/// Commands that carry a file, from people who are signed in: a picture of 8 MiB in base64, a list of stoves, a picture
/// for the counters.
pub const WITH_FILE: [&str; 3] = ["readings.take_image", "stoves.import", "counter_images.add"];
/// Largest body of those.
pub const FILE_BODY_BYTES_MAX: usize = 12 * 1024 * 1024;
/// Such a body must be complete within this time.
pub const FILE_BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// Such bodies that are read at once: more wait for their turn.
pub const FILE_BODIES_MAX: usize = 4;
/// Largest request head (line and headers together), and the size of a connection's read buffer.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Most header lines in one request.
pub const HEADERS_MAX: usize = 64;
/// A request head must be complete within this time; an idle kept-alive connection is closed after it.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The first byte of a connection must come, and a TLS handshake be done, within this time.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A request body must be complete within this time.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// A command's answer must be there within this time. Verifying a ledger of millions of entries is the longest.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);
/// A client that takes no byte of its answer for this long is cut off.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long open connections may finish their answer when the station stops.
pub const STOP_GRACE: Duration = Duration::from_secs(3);
/// Connections in all. Each screen holds one for its events and a few for commands.
pub const CONNECTIONS_MAX: usize = 256;
/// Connections from one address, so that one client cannot use them all up.
pub const CONNECTIONS_PER_PEER_MAX: usize = 64;
/// Screens send a heartbeat's absence to their owner after three seconds, so one goes out each second.
pub const HEARTBEAT: Duration = Duration::from_secs(1);
/// Longest session token that is looked at; the station's own have 43 characters.
pub const TOKEN_CHARS_MAX: usize = 128;
