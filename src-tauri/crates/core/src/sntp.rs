//! SNTP, the packets only: the question of a client and what may be believed of an answer.
//! RFC 5905 (section 7.3 the header, 7.4 kiss-o'-death), RFC 4330 (section 5, a client's checks, and section 3, the era).

use crate::drift::Exchange;

/// A packet without extensions or authenticator.
pub const PACKET_BYTES: usize = 48;
/// Seconds from 1900-01-01 to 1970-01-01.
const UNIX_EPOCH_S: i64 = 2_208_988_800;
/// Seconds of one era of the 32-bit clock.
const ERA_S: i64 = 1 << 32;
/// Root distance beyond which a server has lost its own source (RFC 5905, `MAXDIST` is 1.5 s; generous here).
const ROOT_DISTANCE_MAX_MS: i64 = 16_000;

/// Why an answer is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not 48 bytes or more.
    #[error("the answer has {0} bytes, an NTP packet has {PACKET_BYTES} or more")]
    Short(usize),
    /// Not the answer of a server.
    #[error("the answer is of mode {0}, a server's is of mode 4")]
    Mode(u8),
    /// A version that is not spoken.
    #[error("the answer is of version {0}, 3 or 4 is expected")]
    Version(u8),
    /// It does not answer our question: late, repeated or forged.
    #[error("the answer does not carry the number of our question: it is late, repeated or forged")]
    Origin,
    /// The server asks to be left alone.
    #[error("the server refuses with the kiss code {0}")]
    Kiss(Kiss),
    /// The server says that it has no time.
    #[error("the server says that its own clock is not set (leap indicator 3 or stratum {0})")]
    NotSet(u8),
    /// A figure that no server with a clock sends.
    #[error("the answer has figures that cannot be: {0}")]
    Figures(&'static str),
}

/// A kiss-o'-death code (RFC 5905, section 7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kiss {
    /// `DENY` or `RSTR`: never ask again.
    Deny,
    /// `RATE`: ask less often.
    Rate,
    /// Any other; nothing but the answer is void.
    Other([u8; 4]),
}

impl std::fmt::Display for Kiss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Deny => f.write_str("DENY"),
            Self::Rate => f.write_str("RATE"),
            Self::Other(code) => {
                for byte in code {
                    f.write_str(if byte.is_ascii_alphanumeric() { "" } else { "?" })?;
                    if byte.is_ascii_alphanumeric() {
                        write!(f, "{}", char::from(*byte))?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// A client's question. `number` is random and stands where a timestamp would: the answer must repeat it, and nobody
/// learns our clock from it.
#[must_use]
pub fn question(number: u64) -> [u8; PACKET_BYTES] {
    let mut packet = [0; PACKET_BYTES];
    packet[0] = 4 << 3 | 3; // Version 4, mode 3 (client).
    packet[40..].copy_from_slice(&number.to_be_bytes());
    packet
}

/// Reads the answer to `question(number)`, sent at `t0` and received at `t3` by our clock (Unix milliseconds).
pub fn answer(packet: &[u8], number: u64, t0: i64, t3: i64) -> Result<Exchange, Refused> {
    if packet.len() < PACKET_BYTES {
        return Err(Refused::Short(packet.len()));
    }
    let (leap, version, mode) = (packet[0] >> 6, packet[0] >> 3 & 7, packet[0] & 7);
    if mode != 4 {
        return Err(Refused::Mode(mode));
    }
    if !matches!(version, 3 | 4) {
        return Err(Refused::Version(version));
    }
    // Before anything is believed, a kiss included: a stranger must not be able to silence us.
    if word64(packet, 24) != number {
        return Err(Refused::Origin);
    }
    let stratum = packet[1];
    if stratum == 0 {
        return Err(Refused::Kiss(match &packet[12..16] {
            b"DENY" | b"RSTR" => Kiss::Deny,
            b"RATE" => Kiss::Rate,
            code => Kiss::Other([code[0], code[1], code[2], code[3]]),
        }));
    }
    if leap == 3 || stratum > 15 {
        return Err(Refused::NotSet(stratum));
    }
    let (received, sent) = (word64(packet, 32), word64(packet, 40));
    if received == 0 || sent == 0 {
        return Err(Refused::Figures("a timestamp of 0"));
    }
    let root_error = short_ms(packet, 4) / 2 + short_ms(packet, 8);
    if root_error > ROOT_DISTANCE_MAX_MS {
        return Err(Refused::Figures("it is too far from its own source"));
    }
    Ok(Exchange { t0, t1: unix_ms(received), t2: unix_ms(sent), t3, peer_error_ms: root_error })
}

fn word64(packet: &[u8], at: usize) -> u64 {
    packet[at..at + 8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// A 16.16 fixed-point number of seconds, in milliseconds, rounded up.
fn short_ms(packet: &[u8], at: usize) -> i64 {
    let word = packet[at..at + 4].iter().fold(0_i64, |word, byte| word << 8 | i64::from(*byte));
    (word * 1_000 + 0xffff) >> 16
}

/// A 32.32 timestamp. With the top bit set it is of 1968 to 2036, without it of 2036 to 2104 (RFC 4330, section 3).
fn unix_ms(timestamp: u64) -> i64 {
    let (seconds, fraction) = ((timestamp >> 32) as i64, (timestamp & 0xffff_ffff) as i64);
    let era = if seconds & 0x8000_0000 == 0 { ERA_S } else { 0 };
    (seconds + era - UNIX_EPOCH_S) * 1_000 + ((fraction * 1_000) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NUMBER: u64 = 0x0123_4567_89ab_cdef;
    const NOW: i64 = 1_795_323_600_000;

    fn timestamp(unix_ms: i64) -> u64 {
        let seconds = (unix_ms.div_euclid(1_000) + UNIX_EPOCH_S) as u64 & 0xffff_ffff;
        seconds << 32 | ((unix_ms.rem_euclid(1_000) as u64) << 32).div_ceil(1_000)
    }

    fn good() -> [u8; PACKET_BYTES] {
        let mut packet = [0; PACKET_BYTES];
        packet[0] = 4 << 3 | 4;
        packet[1] = 2;
        packet[24..32].copy_from_slice(&NUMBER.to_be_bytes());
        packet[32..40].copy_from_slice(&timestamp(NOW + 5_000).to_be_bytes());
        packet[40..48].copy_from_slice(&timestamp(NOW + 5_001).to_be_bytes());
        packet
    }

    fn with(at: usize, bytes: &[u8]) -> Result<Exchange, Refused> {
        let mut packet = good();
        packet[at..at + bytes.len()].copy_from_slice(bytes);
        answer(&packet, NUMBER, NOW, NOW + 21)
    }

    #[test]
    fn a_question_gives_nothing_away() {
        let packet = question(NUMBER);
        assert_eq!(packet[0], 0x23);
        assert!(packet[1..40].iter().all(|byte| *byte == 0));
        assert_eq!(packet[40..], NUMBER.to_be_bytes());
    }

    #[test]
    fn a_good_answer_is_read() {
        let exchange = answer(&good(), NUMBER, NOW, NOW + 21).unwrap();
        assert_eq!((exchange.t1, exchange.t2), (NOW + 5_000, NOW + 5_001));
        assert_eq!(exchange.drift().unwrap().offset_ms, 4_990);
        // One second of root delay and a quarter of dispersion.
        let exchange = with(4, &[0, 1, 0, 0, 0, 0, 0x40, 0]).unwrap();
        assert_eq!(exchange.peer_error_ms, 750);
    }

    #[test]
    fn wrong_answers_are_refused_by_name() {
        assert_eq!(answer(&good()[..47], NUMBER, 0, 0), Err(Refused::Short(47)));
        assert_eq!(answer(&[], NUMBER, 0, 0), Err(Refused::Short(0)));
        assert_eq!(with(0, &[4 << 3 | 3]), Err(Refused::Mode(3)));
        assert_eq!(with(0, &[4 << 3 | 5]), Err(Refused::Mode(5)));
        assert_eq!(with(0, &[2 << 3 | 4]), Err(Refused::Version(2)));
        assert_eq!(with(31, &[0]), Err(Refused::Origin));
        assert_eq!(with(0, &[3 << 6 | 4 << 3 | 4]), Err(Refused::NotSet(2)));
        assert_eq!(with(1, &[16]), Err(Refused::NotSet(16)));
        assert_eq!(with(1, &[255]), Err(Refused::NotSet(255)));
        assert_eq!(with(40, &[0; 8]), Err(Refused::Figures("a timestamp of 0")));
        assert!(matches!(with(8, &[0, 60]), Err(Refused::Figures(_))));
    }

    #[test]
    fn kisses_are_known_and_must_answer_our_question() {
        let kiss = |code: &[u8; 4], origin: u64| {
            let mut packet = good();
            packet[1] = 0;
            packet[12..16].copy_from_slice(code);
            packet[24..32].copy_from_slice(&origin.to_be_bytes());
            answer(&packet, NUMBER, NOW, NOW)
        };
        assert_eq!(kiss(b"DENY", NUMBER), Err(Refused::Kiss(Kiss::Deny)));
        assert_eq!(kiss(b"RSTR", NUMBER), Err(Refused::Kiss(Kiss::Deny)));
        assert_eq!(kiss(b"RATE", NUMBER), Err(Refused::Kiss(Kiss::Rate)));
        assert_eq!(
            kiss(b"IN\x1bT", NUMBER).unwrap_err().to_string(),
            "the server refuses with the kiss code IN?T"
        );
        assert_eq!(kiss(b"DENY", 7), Err(Refused::Origin), "a stranger cannot silence us");
    }

    #[test]
    fn the_era_turns_in_2036() {
        assert_eq!(unix_ms(timestamp(NOW)), NOW);
        let turn = (ERA_S - UNIX_EPOCH_S) * 1_000; // 2036-02-07 06:28:16 UTC
        for moment in [turn - 1_000, turn, turn + 86_400_000] {
            assert_eq!(unix_ms(timestamp(moment)), moment);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(packet in proptest::collection::vec(any::<u8>(), 0..100), number: u64, t0: i64, t3: i64) {
            if let Ok(exchange) = answer(&packet, number, t0, t3) {
                let _ = exchange.drift();
            }
        }
    }
}
