//! How fast readings are verified and stored, and how fast a stove's charts come out of a large database.
//!
//! `cargo run --release -p gerai-app --example stove_rate -- --readings 50000 --data DIR` prints one JSON line:
//! `{"per_second", "taken", …}`. With `--rows N` the database is filled with N readings first, a hundred thousand a stove,
//! one every five minutes; `month_ms` and `year_ms` are then the time of the charts of stoves and times drawn evenly over it:
//! median and slowest of 40, each with the whole way of the command. A folder that was filled before is used again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use gerai_app::access::Caller;
use gerai_app::contract::{ReadingSource, dispatch};
use gerai_app::{App, AppOptions, Arriving};
use gerai_core::port::{Clock, Vault, VaultError};
use gerai_core::secret::Secret;
use gerai_core::stove::UnixS;
use gerai_core::stove::verify::{Parts, sign};
use gerai_core::time::{UnixMs, WibDay};
use gerai_store::stove::months;
use gerai_store::{OpenMode, Store, StoreError};
use serde_json::{Value, json};

/// Readings of one stove in the large database.
const PER_STOVE: i64 = 100_000;
/// Readings written in one transaction when it is filled.
const CHUNK: i64 = 200_000;
/// One reading every five minutes, seconds.
const EVERY_S: i64 = 300;
/// 2025-12-01 00:00 WIB: a hundred thousand readings reach from there into November 2026.
const FROM_S: i64 = 1_764_522_000;
/// Stoves of the rate.
const STOVES: i64 = 500;

struct Clocks(Instant);

impl Clock for Clocks {
    #[allow(clippy::disallowed_methods, reason = "a measuring program stands in for the host")]
    fn now(&self) -> UnixMs {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[derive(Default)]
struct Memory(Mutex<HashMap<String, Vec<u8>>>);

impl Memory {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Vault for Memory {
    fn get(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        self.all().get(name).cloned().map(Secret::new).ok_or(VaultError::NoEntry)
    }

    fn set(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        self.all().insert(name.to_owned(), value.expose().clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.all().remove(name);
        Ok(())
    }

    fn describe(&self) -> Result<String, VaultError> {
        Ok("memory".to_owned())
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let (mut readings, mut rows, mut data) = (50_000_i64, 0_i64, std::env::temp_dir());
    while let Some(word) = words.next() {
        let value = words.next().ok_or("every option takes a value")?;
        match word.as_str() {
            "--readings" => readings = value.parse()?,
            "--rows" => rows = value.parse()?,
            "--data" => data = PathBuf::from(value),
            other => return Err(format!("there is no option {other}").into()),
        }
    }
    let kept = data.join(format!("stove-rows-{rows}.db"));
    let filled_s = if rows > 0 { fill(&kept, rows)? } else { 0.0 };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let fresh = data.join(format!("stove-rate-{}.db", std::process::id()));
    let mut told = runtime.block_on(rate(&fresh, readings))?;
    for file in [fresh.clone(), fresh.with_extension("db-wal"), fresh.with_extension("db-shm")] {
        let _ = std::fs::remove_file(file);
    }
    if rows > 0 {
        let charts = runtime.block_on(charts(&kept, rows))?;
        if let (Value::Object(told), Value::Object(charts)) = (&mut told, charts) {
            told.insert("rows".to_owned(), json!(rows));
            told.insert("filled_s".to_owned(), json!(filled_s));
            told.extend(charts);
        }
    }
    println!("{told}");
    Ok(())
}

fn open(database: &Path) -> Result<Arc<App>, Failure> {
    Ok(App::open(AppOptions {
        database: database.to_owned(),
        mode: OpenMode::Write,
        try_out: false,
        clock: Arc::new(Clocks(Instant::now())),
        vault: Arc::new(Memory::default()),
    })?)
}

async fn give(app: &Arc<App>, command: &str, arguments: Value) -> Result<Value, Failure> {
    Ok(dispatch(app, &Caller::local(), command, arguments).await?)
}

/// Verifies and stores so many readings of stoves with keys.
async fn rate(database: &Path, readings: i64) -> Result<Value, Failure> {
    let path = database.to_owned();
    let app = tokio::task::spawn_blocking(move || open(&path)).await??;
    let secret = |stove: i64| format!("secret of stove {stove:011} in the measurement");
    for stove in 1..=STOVES {
        let register = json!({ "stove": format!("{stove:011}"), "secret": secret(stove) });
        give(&app, "stove_keys.register", register).await?;
    }
    let keys: Vec<Secret<Vec<u8>>> =
        (1..=STOVES).map(|stove| Secret::new(secret(stove).into_bytes())).collect();
    let mut arriving = Vec::new();
    for nth in 0..readings {
        let (place, step) = (usize::try_from(nth % STOVES)?, nth / STOVES);
        let (t, total) = (FROM_S + step * EVERY_S, step * 50);
        let (kwh, rest) = (total / 1_000, total % 1_000);
        let month = total.min(50 * (step % 8_000));
        let payload = format!(
            "V01;{:011}:{t}:220:02.727:0600:1.00:{kwh:05}.{rest:03};{:04}.{:03};APIKEY01;",
            place + 1,
            month / 1_000,
            month % 1_000
        );
        arriving.push(Arriving {
            input: sign(&payload, &keys[place], Parts::Two).into_bytes(),
            source: ReadingSource::Paste,
            method: None,
            live: false,
            officer: "bench".to_owned(),
            note: String::new(),
            position: None,
        });
    }
    let begun = Instant::now();
    let counted = app.take_many(arriving).await?;
    let seconds = begun.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    let per_second = counted.taken as f64 / seconds;
    Ok(json!({ "per_second": per_second.round(), "taken": counted.taken, "seconds": seconds }))
}

/// Fills a database, unless it is there already. Seconds it took.
fn fill(database: &Path, rows: i64) -> Result<f64, Failure> {
    let begun = Instant::now();
    let done = database.with_extension("filled");
    if done.exists() {
        return Ok(0.0);
    }
    let _ = std::fs::remove_file(database);
    let store = Store::open(database, OpenMode::Write)?;
    let stoves = (rows / PER_STOVE).max(1);
    let writer = store.writer()?;
    writer.submit_blocking(move |db| -> Result<(), StoreError> {
        for stove in 1..=stoves {
            db.execute(
                "INSERT INTO stove (stove_id, number, created_ms) VALUES (?1, printf('%011d', ?1), 0)",
                [stove],
            )?;
        }
        Ok(())
    })?;
    let mut from = 0;
    while from < rows {
        let until = (from + CHUNK).min(rows);
        writer.submit_blocking(move |db| -> Result<(), StoreError> {
            // In the order in which they would come in: all stoves every five minutes.
            db.execute(
                "WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
                 INSERT INTO stove_reading (stove_id, hash, token, version, t, total, month, volts, milliamps, watts,
                   centi_pf, slot, in_series, signature, standing, source, method, officer, scanned_ms, last_scan_ms)
                 SELECT 1 + i % ?3, CAST(printf('%032d', i) AS BLOB), printf('%0146d', i), 1, ?4 + i / ?3 * ?5,
                   i / ?3 * 50, i / ?3 % 8000 * 50, 220, 2727, 600, 100, 1, 1, 'valid', 'validated', 'bluetooth',
                   'bluetooth', 'bench', (?4 + i / ?3 * ?5) * 1000, (?4 + i / ?3 * ?5) * 1000 FROM n",
                (from, until, stoves, FROM_S, EVERY_S),
            )?;
            Ok(())
        })?;
        from = until;
    }
    for stove in 1..=stoves {
        writer.submit_blocking(move |db| -> Result<(), StoreError> {
            months::rebuild(db, stove, UnixS(0), None)?;
            db.execute(
                "UPDATE stove SET readings = (SELECT sum(readings) FROM stove_month WHERE stove_id = ?1),
                   last_t = (SELECT max(last_t) FROM stove_month WHERE stove_id = ?1) WHERE stove_id = ?1",
                [stove],
            )?;
            Ok(())
        })?;
    }
    drop(store);
    std::fs::write(done, "")?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Charts of stoves and times all over it.
async fn charts(database: &Path, rows: i64) -> Result<Value, Failure> {
    let path = database.to_owned();
    let app = tokio::task::spawn_blocking(move || open(&path)).await??;
    let stoves = (rows / PER_STOVE).max(1);
    let mut told = serde_json::Map::new();
    for (range, name) in [("month", "month_ms"), ("year", "year_ms")] {
        let (mut times, mut readings) = (Vec::new(), 0);
        for nth in 0..40 {
            let stove = 1 + nth * 37 % stoves;
            let step = nth * 7_919 % (rows / stoves).max(1);
            let month = WibDay::of(UnixS(FROM_S + step * EVERY_S).ms()).month();
            let at = if range == "month" { month.to_string() } else { format!("{:04}", month.year()) };
            let begun = Instant::now();
            let chart = json!({ "id": format!("{stove:011}"), "range": range, "at": at });
            let chart = give(&app, "stoves.chart", chart).await?;
            times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            readings += chart["readings"].as_i64().unwrap_or(0);
        }
        times.sort_by(f64::total_cmp);
        let shown = json!({ "median": times[times.len() / 2], "slowest": times[times.len() - 1], "readings": readings / 40 });
        told.insert(name.to_owned(), shown);
    }
    Ok(Value::Object(told))
}
