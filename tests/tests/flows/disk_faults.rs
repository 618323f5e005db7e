//! A disk that is full, and one that fails, under taps: writes and syncs of the whole station are refused at moments that
//! move on from round to round. Whoever was told that a tap is paid has paid it once; nobody else has paid anything that a
//! repeat of the tap would pay again; the ledger is whole.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::reader::{Heard, Request, v2_reader};
use crate::station::{Station, control, folder, gerai, must};

const READERS: usize = 3;
const TAPS: usize = 10;
const OPENING: i64 = 4_000_000;
const PRICE: i64 = 5_000;
/// How long a disk stays full: readers repeat meanwhile.
const FULL: Duration = Duration::from_millis(700);
/// Each is several writes and a sync: the fault comes long before.
const ATTEMPTS_MAX: usize = 50;
/// Linux's numbers.
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// The disk below a station's folder.
struct Disk {
    shim: PathBuf,
    control: PathBuf,
    below: PathBuf,
    orders: usize,
}

impl Disk {
    fn new(tools: &Path, below: &Path) -> Self {
        let shim = tools.join("faulty_disk.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows/faulty_disk.c");
        let mut cc = Command::new("cc");
        cc.args(["-O1", "-shared", "-fPIC", "-Wall", "-o"]).arg(&shim).arg(source).arg("-ldl");
        assert!(cc.status().expect("a C compiler, as for SQLite").success());
        Self { shim, control: tools.join("orders"), below: below.canonicalize().unwrap(), orders: 0 }
    }

    fn envs(&self) -> [(&'static str, PathBuf); 3] {
        [
            ("LD_PRELOAD", self.shim.clone()),
            ("FAULTY_DISK_CONTROL", self.control.clone()),
            ("FAULTY_DISK_BELOW", self.below.clone()),
        ]
    }

    /// From the call after these on, calls of this kind fail: `w` writing, `s` syncing.
    fn fail(&mut self, errno: i32, kind: char, after: usize) {
        self.orders += 1;
        std::fs::write(&self.control, format!("{errno} {kind} {after} {}", self.orders)).unwrap();
    }

    fn mend(&self) {
        std::fs::write(&self.control, "").unwrap();
    }
}

/// A shop with cards and readers, and what its readers were told so far.
struct Shop {
    folder: tempfile::TempDir,
    port: u16,
    logins: Vec<(String, String)>,
    paid: [i64; READERS],
    runtime: tokio::runtime::Runtime,
}

fn card(reader: usize) -> String {
    format!("D15C00{reader:02X}")
}

impl Shop {
    fn new() -> Self {
        let folder = folder();
        let port = crate::brokers::free_port();
        let settings = [
            ("payments.double_tap_seconds", "0"),
            ("network.mqtt_port", &port.to_string()),
            ("payments.max_per_day", "1000000000"),
            ("payments.max_balance", "1000000000"),
        ];
        Station::prepare(folder.path(), &settings);
        let opening = OPENING.to_string();
        let logins = (0..READERS).map(|n| {
            let add = ["account", "add", "--name", "Siti", "--card", &card(n), "--opening", &opening];
            must(folder.path(), &add);
            let made = must(folder.path(), &["reader", "add", "--name", &format!("kantin-{n}")]);
            (made["username"].as_str().unwrap().to_owned(), made["password"].as_str().unwrap().to_owned())
        });
        let logins = logins.collect();
        Self { folder, port, logins, paid: [0; READERS], runtime: tokio::runtime::Runtime::new().unwrap() }
    }

    /// Readers tap until each tap has its result.
    fn tap(&self, round: usize) -> Vec<tokio::task::JoinHandle<Heard>> {
        let one = |(n, (user, password)): (usize, (String, String))| {
            let tap = |tap: usize| {
                let id = format!("{round}-{tap}");
                Request { payload: format!(r#"{{"id":"{id}","uid":"{}"}}"#, card(n)), id }
            };
            let (requests, port) = ((0..TAPS).map(tap).collect(), self.port);
            self.runtime.spawn(async move {
                v2_reader(port, &user, &password, requests, |_| 1, Duration::from_secs(60)).await
            })
        };
        self.logins.iter().cloned().enumerate().map(one).collect()
    }

    /// Further work comes to the fault, where the taps alone were done before it, and is told of it.
    fn is_refused(&self, why: &str, context: &str) {
        for _ in 0..ATTEMPTS_MAX {
            let (done, said) = gerai(self.folder.path(), &["account", "add", "--name", "Budi"]);
            if !done {
                assert!(said.to_string().contains(why), "{context}: {said}");
                return;
            }
        }
        panic!("{context}: {ATTEMPTS_MAX} more commits did not come to the fault");
    }

    /// All of them are paid in the end, once each.
    fn settle(&mut self, taps: Vec<tokio::task::JoinHandle<Heard>>, context: &str) {
        for (reader, task) in taps.into_iter().enumerate() {
            let heard = self.runtime.block_on(task).unwrap();
            assert_eq!(heard.len(), TAPS, "{context}: every tap has its result in the end");
            assert!(heard.values().all(|result| result["st"] == "ok"), "{context}: {heard:?}");
            self.paid[reader] += i64::try_from(TAPS).unwrap();
            let shown = must(self.folder.path(), &["account", "show", "--card", &card(reader)]);
            let left = OPENING - PRICE * self.paid[reader];
            assert_eq!(shown["row"]["balance"], json!(left), "{context}, reader {reader}");
        }
        let report = must(self.folder.path(), &["ledger", "verify"]);
        assert_eq!(report["ok"], json!(true), "{context}: {report}");
    }
}

#[test]
fn a_full_disk_refuses_what_it_cannot_hold_and_goes_on_by_itself_when_there_is_room() {
    let mut shop = Shop::new();
    let tools = folder();
    let mut disk = Disk::new(tools.path(), shop.folder.path());
    let mut station = Station::start_with(shop.folder.path(), &disk.envs());
    for round in 0..12 {
        let taps = shop.tap(round);
        std::thread::sleep(Duration::from_millis(20 + 11 * round as u64));
        disk.fail(ENOSPC, 'w', round * 3);
        std::thread::sleep(FULL);
        shop.is_refused("disk is full", &format!("round {round}"));
        disk.mend();
        shop.settle(taps, &format!("round {round}"));
        assert!(station.is_running(), "round {round}: a full disk is no reason to end");
    }
}

#[test]
fn a_failing_disk_stops_the_ledger_and_a_restart_finds_it_whole() {
    let mut shop = Shop::new();
    let tools = folder();
    let mut disk = Disk::new(tools.path(), shop.folder.path());
    for round in 0..16 {
        let mut station = Station::start_with(shop.folder.path(), &disk.envs());
        let taps = shop.tap(round);
        std::thread::sleep(Duration::from_millis(20 + 7 * round as u64));
        // A group of taps is one sync, and many writes.
        match round % 2 {
            0 => disk.fail(EIO, 's', round / 2 % 3),
            _ => disk.fail(EIO, 'w', round),
        }
        std::thread::sleep(FULL);
        shop.is_refused("ledger has stopped", &format!("round {round}"));
        assert!(station.is_running(), "round {round}: what can be shown is still shown");
        let health = control(shop.folder.path(), "health.show", json!({})).to_string();
        assert!(health.contains("stopped"), "round {round}: {health}");
        // The disk is sound again, but what it holds is not known: nothing is written until a restart.
        disk.mend();
        let (done, _) = gerai(shop.folder.path(), &["account", "add", "--name", "Budi"]);
        assert!(!done, "round {round}: a ledger that has stopped stays so");
        station.kill();
        let _mended = Station::start(shop.folder.path());
        shop.settle(taps, &format!("round {round}"));
    }
}
