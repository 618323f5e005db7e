//! The passphrase vault on a real folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::options::VaultKind;
use crate::vault::listed::ListedVault;

const STATION: &str = "aaaa000000000001";
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

fn given(text: &str) -> PassphraseSource {
    PassphraseSource::Given(Secret::new(text.to_owned()))
}

fn vault(folder: &Path, station: &str, passphrase: &str) -> PassphraseVault {
    PassphraseVault::new(folder, station, given(passphrase)).at_cost(CHEAP)
}

fn listed(folder: &Path, passphrase: &str) -> ListedVault {
    let index = Arc::new(Index::new(folder));
    let inner = vault(folder, STATION, passphrase).guarded_by(Arc::clone(&index));
    ListedVault::new(VaultKind::Passphrase, Arc::new(inner), index, true)
}

fn why(error: VaultError) -> String {
    match error {
        VaultError::Unavailable(why) => why,
        other => panic!("{other:?}"),
    }
}

const GOOD: &str = "lima kata acak sekali";

#[test]
fn secrets_outlive_the_process_and_belong_to_this_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let secret = Secret::new(vec![0, 255, 10]);
    let one = vault(folder.path(), STATION, GOOD);
    assert_eq!(one.get("key"), Err(VaultError::NoEntry));
    one.set("key", &secret).unwrap();
    one.set("other", &Secret::new(Vec::new())).unwrap();
    let two = vault(folder.path(), STATION, GOOD);
    assert_eq!(two.get("key").unwrap(), secret);
    two.remove("key").unwrap();
    two.remove("key").unwrap();
    assert_eq!(one.get("key"), Err(VaultError::NoEntry), "the file is read anew");
    assert_eq!(one.get("other").unwrap().expose(), b"");
    let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn bad_files_and_passphrases_say_so_and_are_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    vault(folder.path(), STATION, GOOD).set("key", &Secret::new(vec![1])).unwrap();
    let good = fs::read(&path).unwrap();
    let mut flipped = good.clone();
    flipped[100] ^= 1;
    let cases: [(Vec<u8>, &str, &str, &str); 6] = [
        (good.clone(), STATION, "yang salah sama sekali", "passphrase does not open"),
        (good[..good.len() - 1].to_vec(), STATION, GOOD, "cut short"),
        (flipped, STATION, GOOD, "checksum"),
        (good.clone(), "bbbb000000000002", GOOD, "another station"),
        (b"something else entirely".to_vec(), STATION, GOOD, "not a vault file"),
        (Vec::new(), STATION, GOOD, "cut short"),
    ];
    for (bytes, station, passphrase, want) in cases {
        fs::write(&path, &bytes).unwrap();
        let vault = vault(folder.path(), station, passphrase);
        for error in [
            vault.get("key").unwrap_err(),
            vault.set("key", &Secret::new(vec![2])).unwrap_err(),
            vault.remove("key").unwrap_err(),
            vault.rewrap(&[]).unwrap_err(),
            vault.change_passphrase(&Secret::new("kata sandi lain".to_owned())).unwrap_err(),
            vault.describe().unwrap_err(),
        ] {
            let why = why(error);
            assert!(why.contains(want) && why.contains(FILE), "{want}: {why}");
        }
        assert_eq!(fs::read(&path).unwrap(), bytes, "{want}: the file is as it was");
    }
}

#[test]
fn a_write_that_was_killed_before_its_rename_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path(), STATION, GOOD);
    vault.set("key", &Secret::new(vec![1])).unwrap();
    let left = folder.path().join("vault.sealed.new");
    fs::write(&left, b"half of a fil").unwrap();
    assert_eq!(vault.get("key").unwrap().expose(), &[1]);
    vault.set("key", &Secret::new(vec![2])).unwrap();
    assert_eq!(vault.get("key").unwrap().expose(), &[2]);
    assert!(!left.exists());
}

#[test]
fn a_file_that_is_gone_is_not_made_anew_over_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let vault = listed(folder.path(), GOOD);
    assert_eq!(vault.get("key"), Err(VaultError::NoEntry), "a fresh station");
    vault.set("key", &Secret::new(vec![1])).unwrap();
    let backup = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    for error in [
        vault.get("key").unwrap_err(),
        vault.get("never written").unwrap_err(),
        vault.set("new", &Secret::new(vec![3])).unwrap_err(),
        vault.describe().unwrap_err(),
    ] {
        let why = why(error);
        assert!(why.contains("gone") && why.contains("1 secrets"), "{why}");
    }
    assert!(!path.exists());
    let status = vault.status();
    assert!(status.answer.is_err() && status.entries.len() == 1 && status.entries[0].held.is_none());
    fs::write(&path, backup).unwrap();
    assert_eq!(vault.get("key").unwrap().expose(), &[1], "a restored file counts at once");
}

#[test]
fn an_entry_lost_behind_our_back_is_missing_not_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let ours = listed(folder.path(), GOOD);
    ours.set("key", &Secret::new(vec![1])).unwrap();
    ours.set("other", &Secret::new(vec![2])).unwrap();
    vault(folder.path(), STATION, GOOD).remove("key").unwrap();
    assert_eq!(ours.get("key"), Err(VaultError::Missing));
    assert_eq!(ours.get("never written"), Err(VaultError::NoEntry));
    let held: Vec<_> = ours.status().entries.into_iter().map(|entry| (entry.name, entry.held)).collect();
    assert_eq!(held, [("key".to_owned(), Some(false)), ("other".to_owned(), Some(true))]);
    ours.remove("key").unwrap();
    assert_eq!(ours.get("key"), Err(VaultError::NoEntry), "taken off the list by the station itself");
}

#[test]
fn a_list_that_is_damaged_or_of_another_vault_is_no_empty_list() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("vault.index");
    let ours = listed(folder.path(), GOOD);
    ours.set("key", &Secret::new(vec![1])).unwrap();
    let good = fs::read(&list).unwrap();

    let memory = Arc::new(crate::vault::MemoryVault::default());
    let other = ListedVault::new(VaultKind::Keychain, memory, Arc::new(Index::new(folder.path())), true);
    for error in [other.get("key").unwrap_err(), other.set("new", &Secret::new(vec![1])).unwrap_err()] {
        let why = why(error);
        assert!(why.contains("GERAI_VAULT=passphrase") && why.contains("--to keychain"), "{why}");
    }

    fs::write(&list, b"{").unwrap();
    assert_eq!(ours.get("key").unwrap().expose(), &[1], "what is there is still served");
    assert!(why(ours.get("other").unwrap_err()).contains("damaged"));
    assert!(why(ours.set("other", &Secret::new(vec![1])).unwrap_err()).contains("damaged"));
    assert_eq!(fs::read(&list).unwrap(), b"{");

    // Without the list, what the vault holds is found again when it is read.
    fs::remove_file(&list).unwrap();
    ours.get("key").unwrap();
    let status = ours.status();
    assert_eq!((status.entries.len(), status.entries[0].written), (1, None));
    assert_ne!(fs::read(&list).unwrap(), good);
}

#[test]
fn rotation_reseals_everything_and_the_new_passphrase_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let ours = listed(folder.path(), GOOD);
    for name in ["a", "b"] {
        ours.set(name, &Secret::new(name.as_bytes().to_vec())).unwrap();
    }
    let before = fs::read(&path).unwrap();
    ours.rewrap(&["a".to_owned(), "b".to_owned()]).unwrap();
    assert_ne!(fs::read(&path).unwrap(), before);
    assert_eq!((ours.get("a").unwrap().expose().as_slice(), ours.status().rotations), (&b"a"[..], 1));

    let bare = vault(folder.path(), STATION, GOOD);
    bare.change_passphrase(&Secret::new("kata sandi lain".to_owned())).unwrap();
    assert_eq!(bare.get("b").unwrap().expose(), b"b", "the keys in memory still open it");
    assert!(why(vault(folder.path(), STATION, GOOD).get("b").unwrap_err()).contains("passphrase"));
    assert_eq!(vault(folder.path(), STATION, "kata sandi lain").get("b").unwrap().expose(), b"b");
}

#[test]
fn a_short_passphrase_seals_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let refused = vault(folder.path(), STATION, "pendek").set("key", &Secret::new(vec![1])).unwrap_err();
    assert!(why(refused).contains("at least 12 characters"));
    assert!(!folder.path().join(FILE).exists());
}
