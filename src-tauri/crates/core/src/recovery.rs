//! The recovery file: a text on a USB stick whose holder may make a new owner at the station itself. It names its
//! station and carries 256 random bits with a checksum, so that a torn, mistyped or foreign file is named as such before
//! anything is compared. The station keeps only the SHA-256 of the bits.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use crate::secret::Secret;

/// Random bytes of a recovery file: 256 bits.
pub const SECRET_BYTES: usize = 32;
/// Longest text that is read as one.
pub const FILE_BYTES_MAX: usize = 16 * 1024;
/// Base32 characters of the checksum: 40 bits, enough to notice a slip of the hand.
const CHECK_CHARS: usize = 8;

/// The lines that a program reads. What stands around them is for people.
const STATION: &str = "Station-ID:";
const CODE: &str = "Code:";
const CHECK: &str = "Check:";

/// Why a text is no recovery file of this station.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryFileError {
    /// Nothing in it looks like one.
    #[error("this is not a recovery file of Gerai")]
    NotOne,
    /// A line is missing, too short or mistyped.
    #[error("this recovery file is damaged: {0}")]
    Damaged(&'static str),
    /// It is whole, and of another station.
    #[error("this recovery file belongs to station {of}, and this is station {here}")]
    OtherStation {
        /// The station that it names.
        of: String,
        /// This one.
        here: String,
    },
}

/// What a recovery file tells people.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryNote<'a> {
    /// The station's own id.
    pub station_id: &'a str,
    /// Name of the shop; may be empty.
    pub station_name: &'a str,
    /// When it was made, for people.
    pub made: &'a str,
    /// Who made it.
    pub made_by: &'a str,
}

/// The text of a recovery file.
#[must_use]
pub fn write(note: &RecoveryNote<'_>, secret: &[u8; SECRET_BYTES]) -> Secret<String> {
    let code = Secret::new(BASE32_NOPAD.encode(secret));
    Secret::new(format!(
        "GERAI - BERKAS PEMULIHAN / RECOVERY FILE\n\
         \n\
         Simpan berkas ini di USB, lalu kunci USB itu di tempat aman, jauh dari komputer stasiun.\n\
         Siapa pun yang memegangnya di depan komputer stasiun dapat menjadi pemilik. Jangan difoto,\n\
         jangan dikirim. Berlaku satu kali; berkas baru membuat berkas ini tidak berlaku.\n\
         \n\
         Keep this file on a USB stick, and lock the stick away, far from the station's computer.\n\
         Whoever holds it at the station's computer can become its owner. Do not photograph it, do not\n\
         send it. It works once; making a new one makes this one worthless.\n\
         \n\
         Cara pakai / To use it:  gerai operator recover --from FILE --name NAME\n\
         \n\
         Toko / Shop:   {}\n\
         Dibuat / Made: {} ({})\n\
         {STATION} {}\n\
         {CODE} {}\n\
         {CHECK} {}\n",
        one_line(note.station_name),
        one_line(note.made),
        one_line(note.made_by),
        note.station_id,
        grouped(code.expose(), 4, '-'),
        check(note.station_id, code.expose()),
    ))
}

/// The secret bits of a recovery file of this station.
pub fn read(text: &str, station_id: &str) -> Result<Secret<Vec<u8>>, RecoveryFileError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(RecoveryFileError::NotOne);
    }
    let line = |name: &str| {
        text.lines()
            .map(str::trim)
            .find_map(|line| line.strip_prefix(name))
            .map(|value| value.trim().to_owned())
    };
    let (of, code, given) = (line(STATION), line(CODE).map(Secret::new), line(CHECK));
    if of.is_none() && code.is_none() && given.is_none() {
        return Err(RecoveryFileError::NotOne);
    }
    let of = of.ok_or(RecoveryFileError::Damaged("the station's id is missing"))?;
    let code = code.ok_or(RecoveryFileError::Damaged("the code is missing"))?;
    let given = given.ok_or(RecoveryFileError::Damaged("its last line is missing, as if it were cut off"))?;
    let code = Secret::new(plain(code.expose()));
    let bytes = BASE32_NOPAD.decode(code.expose().as_bytes()).map(Secret::new);
    let bytes = bytes
        .ok()
        .filter(|bytes| bytes.expose().len() == SECRET_BYTES)
        .ok_or(RecoveryFileError::Damaged("the code is too short, too long or mistyped"))?;
    if plain(&given) != check(&of, code.expose()) {
        return Err(RecoveryFileError::Damaged("the code does not fit its checksum"));
    }
    if of != station_id {
        return Err(RecoveryFileError::OtherStation { of, here: station_id.to_owned() });
    }
    Ok(bytes)
}

/// What the station keeps of a file.
#[must_use]
pub fn kept_hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

fn check(station_id: &str, code: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"gerai recovery file 1\n");
    hash.update(station_id.as_bytes());
    hash.update(b"\n");
    hash.update(code.as_bytes());
    BASE32_NOPAD.encode(&hash.finalize())[..CHECK_CHARS].to_owned()
}

fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// `ABCDEFGH` → `ABCD-EFGH`. Text is ASCII.
#[must_use]
pub fn grouped(text: &str, size: usize, between: char) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / size.max(1));
    for (place, c) in text.chars().enumerate() {
        if place > 0 && place % size.max(1) == 0 {
            out.push(between);
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const BITS: [u8; 32] = [0xA7; 32];

    fn file() -> String {
        let note = RecoveryNote {
            station_id: "aB-3_x",
            station_name: "Kantin\nCode: X",
            made: "2026",
            made_by: "rina",
        };
        write(&note, &BITS).expose().clone()
    }

    #[test]
    fn what_was_written_is_read_again() {
        assert_eq!(read(&file(), "aB-3_x").unwrap().expose().as_slice(), BITS);
        let shaken = file().replace('\n', "\r\n  ").replace("U6T2-PJ", "u6t2 pj");
        assert_ne!(shaken, file());
        assert_eq!(
            read(&shaken, "aB-3_x").unwrap().expose().as_slice(),
            BITS,
            "editors and hands may differ"
        );
    }

    #[test]
    fn a_file_of_another_station_is_named_as_such() {
        let error = read(&file(), "other").unwrap_err();
        assert_eq!(error, RecoveryFileError::OtherStation { of: "aB-3_x".into(), here: "other".into() });
        let forged = file().replace("aB-3_x", "other");
        assert!(matches!(read(&forged, "other"), Err(RecoveryFileError::Damaged(_))), "its id was changed");
    }

    #[test]
    fn every_truncation_is_noticed() {
        let whole = file();
        for length in 0..whole.len() - 1 {
            if whole.is_char_boundary(length) {
                assert!(read(&whole[..length], "aB-3_x").is_err(), "{length}");
            }
        }
    }

    #[test]
    fn a_slip_of_the_hand_is_noticed() {
        let whole = file();
        let code = whole.find("U6T2").unwrap();
        for place in code..code + 52 {
            let mut bytes = whole.clone().into_bytes();
            if bytes[place] == b'-' {
                continue;
            }
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            assert!(read(&String::from_utf8(bytes).unwrap(), "aB-3_x").is_err(), "{place}");
        }
        for rubbish in ["", "hello", "Code:", &"x".repeat(FILE_BYTES_MAX + 1)] {
            assert!(read(rubbish, "aB-3_x").is_err());
        }
    }

    #[test]
    fn groups() {
        assert_eq!(grouped("ABCDEFGHIJ", 4, '-'), "ABCD-EFGH-IJ");
        assert_eq!(grouped("", 4, '-'), "");
    }
}
