//! Asks a port whether a modem is behind it, speed by speed. Done only when a person has named the port.

use std::time::{Duration, Instant};

use crate::port::{PortAddress, Ports, Received, SerialSettings, SystemPorts, wake_pair};

/// Speeds that modems are found at, most usual first.
pub const BAUDS: [u32; 8] = [115_200, 9_600, 460_800, 57_600, 38_400, 19_200, 230_400, 921_600];
/// A modem answers `AT` well within this time; the first may be swallowed while it finds the speed.
const ANSWER: Duration = Duration::from_millis(400);
const TRIES: u32 = 2;

/// Speed at which the port answers `AT`.
///
/// # Errors
/// A sentence: why the port can not be opened, or that nothing answers.
pub fn probe(port: &str) -> Result<u32, String> {
    let address = PortAddress::parse(port);
    let (_waker, wake) = wake_pair().map_err(|error| error.to_string())?;
    // Over TCP and on most USB modems the speed has no meaning: one is enough where there is none.
    let bauds: &[u32] = if matches!(address, PortAddress::Tcp(_)) { &BAUDS[..1] } else { &BAUDS };
    for &baud in bauds {
        let settings = SerialSettings { baud, ..SerialSettings::default() };
        let mut transport = SystemPorts.open(&address, settings).map_err(|error| error.to_string())?;
        for _ in 0..TRIES {
            transport
                .send(b"AT\r")
                .map_err(|failure| format!("the port takes nothing: {}", failure.source))?;
            let end = Instant::now() + ANSWER;
            let mut said = Vec::new();
            let mut buffer = [0_u8; 256];
            while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                match transport.receive(&mut buffer, &wake, Some(left)) {
                    Ok(Received::Bytes(count)) => said.extend_from_slice(&buffer[..count]),
                    Ok(Received::Woken | Received::TimedOut) => {}
                    Err(error) => return Err(format!("the port went away: {error}")),
                }
                if answers(&said) {
                    return Ok(baud);
                }
                if said.len() > 4096 {
                    break;
                }
            }
        }
    }
    Err("does not answer AT at any speed".to_owned())
}

/// A final result on a line of its own, after whatever else.
fn answers(said: &[u8]) -> bool {
    [&b"\nOK\r"[..], b"\nERROR\r", b"\r0\r"]
        .iter()
        .any(|result| said.windows(result.len()).any(|part| part == *result))
}

#[cfg(test)]
mod tests {
    use super::answers;

    #[test]
    fn an_echo_is_no_answer() {
        assert!(
            answers(b"AT\r\r\nOK\r\n") && answers(b"\r\n^RSSI:20\r\n\r\nERROR\r\n") && answers(b"AT\r0\r")
        );
        assert!(!answers(b"AT\rAT\r") && !answers(b"") && !answers(b"\r\nNOK"));
    }
}
