//! Looking for marked secrets: in files, logs, exports and memory dumps, in every form in which one may lie there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Something that is looked for.
#[derive(Debug, Clone)]
pub struct Marked {
    /// What it is, for people.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Where something was found: what, in which form, in which file, how often.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Find {
    pub name: String,
    pub form: &'static str,
    pub place: PathBuf,
    pub at: usize,
}

/// All that is looked for.
#[derive(Default)]
pub struct Sought {
    marked: Vec<Marked>,
}

impl Sought {
    pub fn add(&mut self, name: &str, text: &str) {
        self.add_bytes(name, text.as_bytes());
    }

    pub fn add_bytes(&mut self, name: &str, bytes: &[u8]) {
        assert!(bytes.len() >= 8, "{name} is too short to be looked for: {} bytes", bytes.len());
        self.marked.push(Marked { name: name.to_owned(), bytes: bytes.to_vec() });
    }

    pub fn marked(&self) -> &[Marked] {
        &self.marked
    }

    /// Every find in these files.
    pub fn in_files(&self, files: &[PathBuf]) -> BTreeSet<Find> {
        let forms: Vec<(usize, &'static str, Vec<u8>)> = self
            .marked
            .iter()
            .enumerate()
            .flat_map(|(which, marked)| {
                forms(&marked.bytes).into_iter().map(move |(form, bytes)| (which, form, bytes))
            })
            .collect();
        let machine = AhoCorasick::new(forms.iter().map(|(_, _, bytes)| bytes)).unwrap();
        let mut finds = BTreeSet::new();
        for file in files {
            let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            for hit in machine.find_overlapping_iter(&bytes) {
                let (which, form, _) = &forms[hit.pattern().as_usize()];
                let name = self.marked[*which].name.clone();
                finds.insert(Find { name, form, place: file.clone(), at: hit.start() });
            }
        }
        finds
    }
}

/// The forms in which bytes may lie somewhere.
pub fn forms(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![("as it is", bytes.to_vec())];
    if let Ok(text) = std::str::from_utf8(bytes) {
        forms.push(("UTF-16LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
        forms.push(("UTF-16BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
    }
    let hex = data_encoding::HEXLOWER.encode(bytes);
    forms.push(("HEX", hex.to_uppercase().into_bytes()));
    forms.push(("hex", hex.into_bytes()));
    // Where the bytes stand inside something longer, Base64 shows them in one of three ways; the characters at both
    // ends also carry bits of what stands beside them, so they are left away.
    for (before, form) in [(0, "Base64"), (1, "Base64 one on"), (2, "Base64 two on")] {
        let mut padded = vec![0; before];
        padded.extend(bytes);
        let from = (before * 8).div_ceil(6);
        let until = padded.len() * 8 / 6;
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded).as_bytes()[from..until].to_vec();
            if forms.iter().all(|(_, known)| *known != text) {
                forms.push((form, text));
            }
        }
    }
    forms
}

/// All files below a folder; sockets and the like are none.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.extend(files_below(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}

#[test]
fn a_planted_secret_is_found_in_every_form_and_place() {
    let folder = crate::station::folder();
    let mut sought = Sought::default();
    sought.add("a text", "RahasiaDiTanam-?>~0001");
    sought.add_bytes("bytes", &[0x00, 0x9f, 0xfe, 0x01, 0xff, 0x80, 0x7f, 0x10, 0x22, 0x93]);
    for marked in sought.marked() {
        for (form, bytes) in forms(&marked.bytes) {
            for (name, before) in
                [("gerai.db", 0_usize), ("gerai.db-wal", 1), ("log", 4096), ("core", 70_001)]
            {
                let file = folder.path().join(name);
                std::fs::write(&file, [&vec![0xA5; before][..], &bytes, b"tail"].concat()).unwrap();
                let finds = sought.in_files(std::slice::from_ref(&file));
                let wanted = |find: &Find| find.name == marked.name && find.form == form && find.at == before;
                assert!(finds.iter().any(wanted), "{} as {form} in {name}: {finds:?}", marked.name);
            }
        }
        // Inside a longer text that somebody encoded as a whole.
        for before in 0..4 {
            let whole = [&vec![b'x'; before][..], &marked.bytes, b"yz"].concat();
            let file = folder.path().join("export");
            std::fs::write(&file, STANDARD_NO_PAD.encode(whole)).unwrap();
            let finds = sought.in_files(std::slice::from_ref(&file));
            assert!(finds.iter().any(|find| find.form.starts_with("Base64")), "{before} before: {finds:?}");
        }
    }
    let clean = folder.path().join("clean");
    std::fs::write(&clean, [0xA5; 9000]).unwrap();
    assert!(sought.in_files(&[clean]).is_empty());
}
