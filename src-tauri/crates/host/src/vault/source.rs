//! Where the passphrase comes from: a prompt, a file descriptor, or a credential of systemd. Never an argument, never
//! the environment: other users and child processes can read those.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use gerai_core::secret::Secret;

/// The credential's name: `LoadCredential=gerai-vault-passphrase:…` in the unit.
pub const CREDENTIAL: &str = "gerai-vault-passphrase";
/// No passphrase is longer.
pub const BYTES_MAX: usize = 1024;
/// A new one has at least as many characters: an attacker with the file can try them as fast as Argon2id lets him.
pub const CHARS_MIN: usize = 12;

/// Where the passphrase comes from.
#[derive(Debug, Clone)]
pub enum PassphraseSource {
    /// Nowhere: nobody can be asked, and nothing was given.
    Nowhere,
    /// The person at the terminal, when it is needed.
    Terminal,
    /// This file, read when it is needed: a credential that systemd has set down for this service alone.
    Credential(PathBuf),
    /// Given already.
    Given(Secret<String>),
}

impl PassphraseSource {
    /// What the system has set down for this process, if anything.
    #[must_use]
    pub fn of_the_system() -> Self {
        let folder = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        match folder.map(|folder| folder.join(CREDENTIAL)).filter(|file| file.is_absolute() && file.exists())
        {
            Some(file) => Self::Credential(file),
            None => Self::Nowhere,
        }
    }

    /// Reads it out of an open file descriptor of this process: one line.
    pub fn from_descriptor(number: u32) -> anyhow::Result<Self> {
        anyhow::ensure!(
            cfg!(unix),
            "file descriptors are for Unix systems; on Windows use the keychain, or type the passphrase"
        );
        anyhow::ensure!(
            number != 1 && number != 2,
            "file descriptor {number} is for output; use 0 or one above 2"
        );
        let path = PathBuf::from(format!("/dev/fd/{number}"));
        let file = File::open(&path).map_err(|error| {
            anyhow::anyhow!("the passphrase cannot be read from file descriptor {number}: {error}")
        })?;
        Ok(Self::Given(one_line(file, &path)?))
    }

    /// The passphrase. `new`: it will seal a new file, so it is asked for twice and must be long enough.
    pub fn read(&self, new: bool) -> anyhow::Result<Secret<String>> {
        let passphrase = match self {
            Self::Given(passphrase) => passphrase.clone(),
            Self::Credential(path) => {
                let file = File::open(path).map_err(|error| {
                    anyhow::anyhow!("the credential {} cannot be read: {error}", path.display())
                })?;
                one_line(file, path)?
            }
            Self::Terminal if std::io::stdin().is_terminal() => ask(new)?,
            Self::Terminal | Self::Nowhere => anyhow::bail!(
                "no passphrase was given; start Gerai in a terminal, with --passphrase-fd N, or with systemd's \
                 LoadCredential={CREDENTIAL}:FILE"
            ),
        };
        if new {
            long_enough(&passphrase)?;
        }
        Ok(passphrase)
    }
}

fn ask(new: bool) -> anyhow::Result<Secret<String>> {
    let first = Secret::new(rpassword::prompt_password(if new {
        "New passphrase for the vault: "
    } else {
        "Passphrase of the vault: "
    })?);
    if new {
        long_enough(&first)?;
        let again = Secret::new(rpassword::prompt_password("Once more: ")?);
        anyhow::ensure!(again == first, "the two passphrases differ; try again");
    }
    Ok(first)
}

fn long_enough(passphrase: &Secret<String>) -> anyhow::Result<()> {
    let characters = passphrase.expose().chars().count();
    anyhow::ensure!(
        characters >= CHARS_MIN,
        "a new passphrase needs at least {CHARS_MIN} characters, this one has {characters}; five random words are good"
    );
    Ok(())
}

/// The first line of a file, without its end.
fn one_line(file: File, path: &Path) -> anyhow::Result<Secret<String>> {
    let mut bytes = Secret::new(Vec::with_capacity(BYTES_MAX + 1));
    file.take(BYTES_MAX as u64 + 1).read_to_end(bytes.expose_mut())?;
    let line = bytes.expose().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line).ok().filter(|text| !text.is_empty());
    match text {
        Some(text) if bytes.expose().len() <= BYTES_MAX => Ok(Secret::new(text.to_owned())),
        _ => anyhow::bail!(
            "{} holds no passphrase: one line of UTF-8, at most {BYTES_MAX} bytes, is expected",
            path.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_of_a_credential_is_the_passphrase() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(CREDENTIAL);
        let source = PassphraseSource::Credential(file.clone());
        assert!(source.read(false).unwrap_err().to_string().contains("cannot be read"));
        for (text, want) in [
            ("kata sandi panjang\r\nmore\n", "kata sandi panjang"),
            ("tanpa akhir baris", "tanpa akhir baris"),
        ] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(source.read(true).unwrap().expose(), want);
        }
        for bad in [b"".to_vec(), b"\nsecond".to_vec(), vec![b'a'; BYTES_MAX + 1], vec![0xff, 0xfe]] {
            std::fs::write(&file, bad).unwrap();
            assert!(source.read(false).unwrap_err().to_string().contains("one line"));
        }
        std::fs::write(&file, "pendek").unwrap();
        assert!(source.read(true).unwrap_err().to_string().contains("at least 12"));
        assert_eq!(source.read(false).unwrap().expose(), "pendek", "an old one may be short");
    }

    #[test]
    fn nothing_given_says_how_to_give_it() {
        let why = PassphraseSource::Nowhere.read(false).unwrap_err().to_string();
        assert!(why.contains("--passphrase-fd") && why.contains("LoadCredential"), "{why}");
        assert!(PassphraseSource::from_descriptor(1).is_err());
    }
}
