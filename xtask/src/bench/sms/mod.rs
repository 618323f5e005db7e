//! `cargo xtask bench sms`: this station beside gammu-smsd, smstools3 and Kannel, in one run on one machine, on the same
//! simulated modems. Numbers are reported, never asserted.

mod client;
mod http;
mod many;
mod one;
mod peers;
mod report;
mod sim;
mod usage;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::report::write_part;
use super::{Measure, machine, raw};
use crate::process::run;
use crate::station::{Station, temporary_folder};
use crate::workspace::Workspace;
use crate::{install, packages, ui};
use client::Client;
use many::{Load, Many};
use one::{Effort, One, Sender};
use peers::Peer;
use sim::Sim;

/// What one sender came to.
#[derive(Debug, Default)]
pub struct Row {
    /// Name.
    pub name: &'static str,
    /// Figures with one modem.
    pub one: Option<One>,
    /// How often the network got a message whose sender was killed before it knew.
    pub copies: Option<usize>,
}

/// Everything that one run measured.
#[derive(Debug, Default)]
pub struct Measures {
    /// The price of one durable fact.
    pub fsync: Option<Measure>,
    /// The station first, then its peers.
    pub rows: Vec<Row>,
    /// Wake-ups a second of the idle station with one modem, and per cent of a core.
    pub idle: Option<(f64, f64)>,
    /// The same with short messages switched off: what the broker and the beats of the screens take.
    pub idle_without: Option<(f64, f64)>,
    /// The station with 64 modems.
    pub many: Option<Many>,
    /// What could not be measured, and why.
    pub gaps: Vec<String>,
}

impl Measures {
    fn keep<T>(&mut self, what: &str, result: Result<T>) -> Option<T> {
        result
            .map_err(|error| {
                let gap = format!("{what}: {error:#}");
                println!("  {gap}");
                self.gaps.push(gap);
            })
            .ok()
    }
}

/// Measures, prints, and rewrites the marked part of `docs/benchmarks.md`. With `quick` it takes two minutes, is rougher,
/// and rewrites nothing;
/// `lines_only` leaves out all that needs one modem.
pub fn sms(workspace: &Workspace, quick: bool, lines_only: bool) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("the peers and what is read from /proc are Linux's; run this there");
    }
    println!("── packages and builds");
    install::ensure(&[&packages::HEADLESS])?;
    if let Err(error) = install::ensure(&[&packages::SMS_BENCH]) {
        println!("  {error:#}");
    }
    let bench = Bench { binary: binary(workspace)?, folder: temporary_folder("sms"), quick };
    fs::remove_dir_all(&bench.folder).ok();
    fs::create_dir_all(&bench.folder).with_context(|| format!("cannot make {}", bench.folder.display()))?;
    let facts = machine::facts(&bench.folder);
    let mut measures = Measures::default();
    println!("\n── fsync: 256-byte appends");
    let fsync = raw::fsync(&bench.folder);
    measures.fsync = measures.keep("fsync", fsync);
    if !lines_only {
        bench.senders(&mut measures);
    }
    bench.many(&mut measures);
    fs::remove_dir_all(&bench.folder).ok();

    let text = report::text(&measures, &facts);
    println!("\n{text}");
    if quick || lines_only {
        println!("a quick or partial run is not written down");
        return Ok(());
    }
    write_part(&workspace.root.join("docs/benchmarks.md"), &text, ("sms", "Short messages"))
}

/// The program that `GERAI_BIN` names, as for the tests, or a release build.
fn binary(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("GERAI_BIN") {
        return Ok(workspace.root.join(named));
    }
    ui::install(&workspace.root)?;
    ui::build(&workspace.root)?;
    run(workspace.cargo().args(["build", "--release", "--package", "gerai-host", "--bin", "gerai"]))?;
    Ok(workspace.binary("release", "gerai"))
}

/// A station that has just started looks after things for a while, a keychain that is not there above all.
const SETTLE: Duration = Duration::from_secs(75);

struct Bench {
    binary: PathBuf,
    folder: PathBuf,
    quick: bool,
}

impl Bench {
    /// The station and its peers, each with one modem.
    fn senders(&self, measures: &mut Measures) {
        self.station(measures);
        // Other work on the disk comes and goes: the quicker of both is the stricter yardstick.
        let again = raw::fsync(&self.folder);
        if let Some(again) = measures.keep("fsync again", again)
            && measures.fsync.as_ref().is_none_or(|first| again.p50_ms < first.p50_ms)
        {
            measures.fsync = Some(again);
        }
        for peer in peers::ALL {
            self.peer(peer, measures);
        }
    }

    /// The station with one modem.
    fn station(&self, measures: &mut Measures) {
        println!("\n── station, one modem");
        let effort = if self.quick {
            Effort { samples: 60, apart_ms: 60, backlog: 8000, window: Duration::from_secs(5) }
        } else {
            Effort { samples: 300, apart_ms: 80, backlog: 20_000, window: Duration::from_secs(12) }
        };
        let window = Duration::from_secs(if self.quick { 10 } else { 30 });
        let without = (|| {
            let station =
                Station::start(&self.binary, &self.folder.join("without"), &[("sms.enabled", "false")])?;
            std::thread::sleep(SETTLE);
            Ok(many::idle(&[station.pid()], window))
        })();
        measures.idle_without = measures.keep("idle without short messages", without);
        let outcome = (|| {
            let data = self.folder.join("one");
            let (mut client, mut sim) = self.client(&data, 1, 0)?;
            client.wait_for_lines(1, Duration::from_secs(60))?;
            std::thread::sleep(SETTLE);
            let idle = many::idle(&client.pids(), window);
            Ok((one::measure(&mut client, &mut sim, effort)?, idle))
        })();
        let outcome = measures.keep("station with one modem", outcome);
        measures.idle = outcome.as_ref().map(|(_, idle)| *idle);
        let one = outcome.map(|(one, _)| one);
        let copies = measures.keep("station, killed", self.station_killed());
        self.row(measures, "station", one, copies);
    }

    fn row(&self, measures: &mut Measures, name: &'static str, one: Option<One>, copies: Option<usize>) {
        if let Some(one) = &one {
            println!(
                "  {name}: Ctrl-Z p50 {:.2} ms, p99 {:.2} ms; {:.2} a second; {:.3} a second on a slow network; copies {copies:?}",
                one.to_submit.0, one.to_submit.1, one.rate_fast, one.rate_slow
            );
        }
        measures.rows.push(Row { name, one, copies });
    }

    fn client(&self, data: &Path, lines: usize, delay_ms: u64) -> Result<(Client, Sim)> {
        let station = Station::start(&self.binary, data, &[])?;
        let sim = Sim::start(&self.binary, &data.join("sim-modems"), lines, delay_ms)?;
        Ok((Client::new(station, &self.binary)?, sim))
    }

    /// Its secrets have to outlive the kill, so they are in a file sealed by a passphrase.
    fn station_killed(&self) -> Result<usize> {
        let data = self.folder.join("killed");
        let passphrase = self.folder.join("passphrase");
        fs::write(&passphrase, "only for this measurement\n").context("cannot write a passphrase")?;
        let start = || Station::start_sealed(&self.binary, &data, &passphrase);
        let mut client = Client::new(start()?, &self.binary)?;
        let mut sim = Sim::start(&self.binary, &data.join("sim-modems"), 1, 0)?;
        client.wait_for_lines(1, Duration::from_secs(60))?;
        one::killed(Box::new(client), &mut sim, |_| {
            let mut client = Client::new(start()?, &self.binary)?;
            client.wait_for_lines(1, Duration::from_secs(60))?;
            Ok(Box::new(client) as Box<dyn Sender>)
        })
    }

    fn peer(&self, peer: Peer, measures: &mut Measures) {
        println!("\n── {}", peer.name());
        let effort = if self.quick {
            Effort { samples: 6, apart_ms: 1100, backlog: 300, window: Duration::from_secs(8) }
        } else {
            Effort { samples: 25, apart_ms: 1700, backlog: 400, window: Duration::from_secs(15) }
        };
        let outcome = (|| {
            let mut sim = Sim::start(&self.binary, &self.folder.join("announced"), 1, 0)?;
            let mut daemon = peer.start(&self.folder.join(peer.name()), &sim.port()?)?;
            one::measure(&mut daemon, &mut sim, effort)
        })();
        let one = measures.keep(peer.name(), outcome);
        let copies = if one.is_some() {
            measures.keep(&format!("{}, killed", peer.name()), self.peer_killed(peer))
        } else {
            None
        };
        self.row(measures, peer.name(), one, copies);
    }

    fn peer_killed(&self, peer: Peer) -> Result<usize> {
        let folder = self.folder.join(format!("{}-killed", peer.name()));
        let mut sim = Sim::start(&self.binary, &self.folder.join("announced"), 1, 0)?;
        let daemon = peer.start(&folder, &sim.port()?)?;
        let old = sim.port()?;
        one::killed(Box::new(daemon), &mut sim, |sim| {
            // The pty of the killed one is replaced as soon as the simulator notices.
            for _ in 0..100 {
                if sim.port()? != old {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(Box::new(peer.start(&folder, &sim.port()?)?) as Box<dyn Sender>)
        })
    }

    fn many(&self, measures: &mut Measures) {
        println!("\n── station, {} modems", many::LINES);
        let seconds = Duration::from_secs;
        let load = if self.quick {
            Load { slow: seconds(10), fast: 10_000, idle: seconds(10), waiting: 50_000, samples: 50 }
        } else {
            Load { slow: seconds(31), fast: 40_000, idle: seconds(30), waiting: 1_000_000, samples: 150 }
        };
        let outcome = (|| {
            let (mut client, mut sim) = self.client(&self.folder.join("many"), many::LINES, 0)?;
            many::measure(&mut client, &mut sim, load)
        })();
        measures.many = measures.keep("station with 64 modems", outcome);
    }
}
