//! A program that uses the station over HTTP with an API token, on one kept connection.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::http::Http;
use super::one::Sender;
use super::usage::monotonic_us;
use crate::process::capture;
use crate::station::Station;

/// Numbers of one request: as many as fit into the 64 KiB that the station takes as a body.
pub const CHUNK: usize = 3500;

/// The connection.
pub struct Client {
    http: Http,
    headers: String,
    station: Station,
    run: u32,
    count: u64,
    last: Value,
}

impl Client {
    /// Makes an owner where there is none, issues a token and connects.
    pub fn new(station: Station, binary: &Path) -> Result<Self> {
        let host = station.url.trim_start_matches("http://").to_owned();
        let mut http = Http::connect(&host)?;
        let owner = json!({
            "station_name": "Bench", "language": "en", "owner_name": "bench", "password": "only for measuring 7391",
            "till_name": "Bench", "price": null, "readers_on_lan": false,
        });
        let headers = "X-Gerai-Request: 1\r\nContent-Type: application/json\r\n";
        let (status, body) = http.ask("POST", "/rpc/owner.create", headers, &owner.to_string())?;
        // Started anew after a kill, it has one.
        if status != 200 && status != 403 {
            bail!("no owner could be made: {status} {}", body.trim());
        }
        let words = ["token", "issue", "--name", "bench", "--role", "administrator", "--hours", "2"];
        let printed = capture(&mut station.command(binary, &words))?;
        let issued: Value = serde_json::from_str(&printed).context("`token issue` printed no JSON")?;
        let token = issued["token"].as_str().context("no token was issued")?;
        let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        Ok(Self {
            http: Http::connect(&host)?,
            headers,
            station,
            run: std::process::id(),
            count: 0,
            last: Value::Null,
        })
    }

    /// One command of the contract.
    pub fn call(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        let path = format!("/rpc/{command}");
        let (status, body) = match self.http.ask("POST", &path, &self.headers, &arguments.to_string()) {
            Ok(answer) => answer,
            Err(_) => {
                // The station closes a connection that was idle for ten seconds. Ids make repeating harmless.
                self.http = Http::connect(self.station.url.trim_start_matches("http://"))?;
                self.http.ask("POST", &path, &self.headers, &arguments.to_string())?
            }
        };
        if status != 200 {
            bail!("the station refuses {command}: {status} {}", body.trim());
        }
        serde_json::from_str(&body).with_context(|| format!("{command} was not answered by JSON"))
    }

    fn order(&mut self, to: &[String], text: &str) -> Value {
        self.count += 1;
        let id = format!("bench-{}-{}", self.run, self.count);
        json!({ "request_id": id, "to": to, "text": text, "skip_bad": true })
    }

    /// One text to many numbers by one line.
    pub fn send_by(&mut self, to: &[String], text: &str, line: &Value) -> Result<()> {
        let mut order = self.order(to, text);
        order["line_id"] = line.clone();
        self.call("sms.send", &order).map(|_| ())
    }

    /// Waits until so many lines are ready.
    pub fn wait_for_lines(&mut self, count: usize, within: Duration) -> Result<()> {
        let deadline = Instant::now() + within;
        loop {
            let lines = self.call("lines.list", &Value::Null)?;
            let ready =
                lines.as_array().into_iter().flatten().filter(|line| line["status"] == "ready").count();
            if ready >= count {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("{ready} of {count} lines were ready within {} s", within.as_secs());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Waits until no more than these wait; how many do.
    pub fn drain(&mut self, within: Duration, parked: u32) -> Result<i64> {
        let deadline = Instant::now() + within;
        loop {
            let waiting = self.call("sms.counts", &Value::Null)?["waiting"].as_i64().unwrap_or(0);
            if waiting <= i64::from(parked) || Instant::now() > deadline {
                return Ok(waiting);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Sender for Client {
    fn send(&mut self, number: &str, text: &str) -> Result<u64> {
        let order = self.order(&[number.to_owned()], text);
        let accepted = self.call("sms.send", &order)?;
        let now = monotonic_us();
        self.last = accepted["ids"][0].clone();
        Ok(now)
    }

    fn send_many(&mut self, numbers: &[String], text: &str) -> Result<()> {
        for chunk in numbers.chunks(CHUNK) {
            let order = self.order(chunk, text);
            self.call("sms.send", &order)?;
        }
        Ok(())
    }

    fn pids(&self) -> Vec<u32> {
        vec![self.station.pid()]
    }

    fn explain(&mut self) -> String {
        let id = self.last.clone();
        match self.call("sms.show", &json!({ "id": id })) {
            Ok(detail) => format!("({}, {})", detail["row"]["state"], detail["row"]["reason"]["text"]),
            Err(error) => format!("({error:#})"),
        }
    }

    fn kill(&mut self) {
        self.station.kill();
    }
}
