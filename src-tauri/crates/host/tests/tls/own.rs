//! The operator's own files: read again when they change, and kept when the new ones are broken.

use std::fs;
use std::path::{Path, PathBuf};

use gerai_app::contract::HealthState;
use gerai_core::port::Clock;
use gerai_host::clock::SystemClock;
use gerai_host::tls::CA_FILE;
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;

use crate::desk::{DAY, Desk, on_lan, shop};

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn at(folder: &Path) -> Self {
        Self { certificate: folder.join("own.crt"), key: folder.join("own.key") }
    }

    fn settings(&self) -> [(&'static str, serde_json::Value); 2] {
        [("network.tls_cert_file", json!(self.certificate)), ("network.tls_key_file", json!(self.key))]
    }

    fn write(&self, name: &str, days: std::ops::Range<i64>) -> KeyPair {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let day = |days: i64| {
            time::OffsetDateTime::from_unix_timestamp(SystemClock.now().plus(days * DAY).0 / 1_000).unwrap()
        };
        (params.not_before, params.not_after) = (day(days.start), day(days.end));
        fs::write(&self.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(&self.key, key.serialize_pem()).unwrap();
        key
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn own_files_are_read_again_when_they_change_and_broken_ones_change_nothing() {
    let desk = Desk::open(&[]).await;
    let files = Files::at(&desk.folder);
    files.write("toko.example", -1..90);
    desk.set(&files.settings()).await;
    desk.look(&shop(), 0);
    let first = desk.serves().unwrap();
    assert_eq!(desk.row().await, (HealthState::Good, "tls_own".to_owned()));
    assert_eq!(desk.keeper.face().borrow().as_ref().unwrap().names, ["toko.example"]);
    assert!(desk.file(CA_FILE).is_none() && desk.keeper.report().authority.is_none());

    files.write("toko.example", -1..365);
    desk.look(&shop(), 0);
    let second = desk.serves().unwrap();
    assert_ne!(second, first);

    let good = (fs::read(&files.certificate).unwrap(), fs::read(&files.key).unwrap());
    for (certificate, key) in [
        (b"rubbish".to_vec(), good.1.clone()),
        (good.0.clone(), b"rubbish".to_vec()),
        (good.0.clone(), KeyPair::generate().unwrap().serialize_pem().into_bytes()),
        (Vec::new(), Vec::new()),
    ] {
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
        desk.look(&shop(), 0);
        assert_eq!((desk.serves().as_ref(), desk.trouble()), (Some(&second), "tls_kept"));
        let what = desk.keeper.report().trouble.unwrap().what;
        assert!(!what.contains("PRIVATE") && what.contains("own.crt"), "{what}");
    }
    fs::remove_file(&files.key).unwrap();
    desk.look(&shop(), 0);
    assert_eq!((desk.serves().as_ref(), desk.trouble()), (Some(&second), "tls_kept"));
    assert_eq!(desk.row().await.0, HealthState::Attention);

    files.write("toko.example", -30..-1);
    desk.look(&shop(), 0);
    assert_eq!(
        (desk.serves().as_ref(), desk.trouble()),
        (Some(&second), "tls_kept"),
        "an ended one is no better"
    );
    files.write("toko.example", -1..90);
    desk.look(&shop(), 0);
    assert!(desk.serves().is_some_and(|third| third != second));
    assert_eq!(desk.trouble(), "");
    desk.look(&shop(), 91);
    assert_eq!((desk.trouble(), desk.row().await.0), ("tls_ended", HealthState::Bad));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_never_worked_open_nothing() {
    let desk = Desk::open(&on_lan()).await;
    desk.set(&Files::at(&desk.folder).settings()).await;
    desk.look(&shop(), 0);
    assert_eq!((desk.serves(), desk.trouble()), (None, "tls_unusable"));
    assert!(desk.file(CA_FILE).is_none(), "no other certificate in their place");
    assert_eq!(desk.row().await.0, HealthState::Bad);
}
