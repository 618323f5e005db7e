//! The file format: every changed byte is refused, also by an attacker who mends the checksum.

use gerai_core::secret::Secret;
use sha2::{Digest, Sha256};

use super::*;

const STATION: &str = "aaaa000000000001";
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };
/// Where the numbers of the cost stand.
const COST_AT: usize = 30;

fn passphrase() -> Secret<String> {
    Secret::new("lima kata acak sekali".to_owned())
}

fn sealed() -> (Vec<u8>, Keys) {
    let (mut file, keys) = Keys::create(STATION, &passphrase(), CHEAP).unwrap();
    file.write(&keys.vault, "reader-key/a", &Secret::new(vec![7; 32]), 1).unwrap();
    file.write(&keys.vault, "broker-password", &Secret::new(b"rahasia".to_vec()), 2).unwrap();
    (file.to_bytes(&keys.vault).unwrap(), keys)
}

/// Everything that a reader of the file does.
fn read(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let file = File::parse(bytes, STATION)?;
    let keys = Keys::open(&file, &passphrase())?;
    File::check_seal(bytes, &keys.vault)?;
    let value = file.read(&keys.vault, "broker-password")?.ok_or(Fault::Misshapen)?;
    Ok(value.expose().clone())
}

fn mend_checksum(bytes: &mut [u8]) {
    let (body, checksum) = bytes.split_at_mut(bytes.len() - 32);
    checksum.copy_from_slice(&Sha256::digest(body));
}

#[test]
fn what_goes_in_comes_out_and_is_not_there_in_clear() {
    let (bytes, _) = sealed();
    assert_eq!(read(&bytes).unwrap(), b"rahasia");
    assert!(!bytes.windows(7).any(|part| part == b"rahasia"));
    assert!(bytes.windows(15).any(|part| part == b"broker-password"), "names are no secrets");
}

#[test]
fn every_single_changed_byte_is_refused_and_named() {
    let (bytes, _) = sealed();
    for at in 0..bytes.len() {
        for flip in [1_u8, 0x80, 0xff] {
            let mut bad = bytes.clone();
            bad[at] ^= flip;
            let fault = read(&bad).expect_err(&format!("byte {at} changed"));
            let fits = match at {
                0..8 => fault == Fault::NotOurs,
                8..10 => matches!(fault, Fault::TooNew(_)),
                10..14 => matches!(fault, Fault::Truncated { .. } | Fault::Misshapen),
                _ => fault == Fault::Damaged,
            };
            assert!(fits, "byte {at}: {fault}");
        }
    }
}

#[test]
fn every_single_changed_byte_is_refused_though_the_checksum_was_mended() {
    let (bytes, _) = sealed();
    for at in 14..bytes.len() - 32 {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        mend_checksum(&mut bad);
        let fault = read(&bad).expect_err(&format!("byte {at} changed"));
        let fits = match at {
            14..30 => matches!(fault, Fault::OtherStation(_)),
            30..42 => matches!(fault, Fault::Cost(_) | Fault::Passphrase),
            42..134 => fault == Fault::Passphrase,
            _ => matches!(fault, Fault::Misshapen | Fault::Tampered(_)),
        };
        assert!(fits, "byte {at}: {fault}");
    }
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let (bytes, _) = sealed();
    for length in 0..bytes.len() {
        let fault = read(&bytes[..length]).unwrap_err();
        assert!(matches!(fault, Fault::Truncated { .. }), "{length} bytes: {fault}");
    }
    let longer = [bytes.as_slice(), b"x"].concat();
    assert_eq!(read(&longer), Err(Fault::Misshapen));
}

#[test]
fn costs_that_would_hang_the_station_are_refused_before_anything_is_spent() {
    let (bytes, _) = sealed();
    for (memory_kib, passes, lanes) in [
        (u32::MAX, 1, 1),
        (1024 * 1024 + 1, 1, 1),
        (8, 17, 1),
        (8, u32::MAX, 1),
        (80, 1, 9),
        (1024 * 1024, 5, 1),
        (0, 1, 1),
        (8, 0, 1),
        (8, 1, 0),
        (8, 1, 2),
    ] {
        let mut bad = bytes.clone();
        for (index, number) in [memory_kib, passes, lanes].into_iter().enumerate() {
            bad[COST_AT + index * 4..][..4].copy_from_slice(&u32::to_be_bytes(number));
        }
        mend_checksum(&mut bad);
        let fault = File::parse(&bad, STATION).map(drop).unwrap_err();
        assert!(matches!(fault, Fault::Cost(_)), "{memory_kib} {passes} {lanes}: {fault}");
    }
    Cost::NEW.check().unwrap();
}

#[test]
fn a_wrong_passphrase_and_another_station_are_told_apart() {
    let (bytes, _) = sealed();
    let file = File::parse(&bytes, STATION).unwrap();
    let wrong = Keys::open(&file, &Secret::new("another one".to_owned())).err().unwrap();
    assert_eq!(wrong, Fault::Passphrase);
    let copied = File::parse(&bytes, "bbbb000000000002").map(drop).unwrap_err();
    assert_eq!(copied, Fault::OtherStation(STATION.to_owned()));
}

#[test]
fn an_entry_put_under_another_name_does_not_open() {
    let (bytes, keys) = sealed();
    let mut file = File::parse(&bytes, STATION).unwrap();
    let entry = file.entries.remove("broker-password").unwrap();
    file.entries.insert("reader-key/a".to_owned(), entry);
    assert!(
        matches!(file.read(&keys.vault, "reader-key/a"), Err(Fault::Tampered(why)) if why.contains("reader-key/a"))
    );
}

#[test]
fn rotation_and_another_passphrase_keep_the_values() {
    let (bytes, keys) = sealed();
    let file = File::parse(&bytes, STATION).unwrap();
    let (mut renewed, new_keys) = keys.rotate(&file).unwrap();
    assert!(file.read(&new_keys.vault, "broker-password").is_err(), "the vault key is another");
    assert_eq!(read(&renewed.to_bytes(&new_keys.vault).unwrap()).unwrap(), b"rahasia");
    assert_eq!(renewed.rotations, 1);

    let new = Secret::new("kata sandi yang lain".to_owned());
    let changed = new_keys.change_passphrase(&mut renewed, &new, CHEAP).unwrap();
    let bytes = renewed.to_bytes(&changed.vault).unwrap();
    assert_eq!(read(&bytes), Err(Fault::Passphrase));
    let file = File::parse(&bytes, STATION).unwrap();
    let keys = Keys::open(&file, &new).unwrap();
    File::check_seal(&bytes, &keys.vault).unwrap();
    assert_eq!(file.read(&keys.vault, "broker-password").unwrap().unwrap().expose(), b"rahasia");
}
