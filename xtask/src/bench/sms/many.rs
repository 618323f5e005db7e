//! The station with 64 modems, and with a million messages waiting.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::client::{CHUNK, Client};
use super::one::{self, Numbers, One, SLOW_MS, Sender, ms};
use super::sim::{Left, Sim};
use super::usage::{self, monotonic_us};

/// Modems.
pub const LINES: usize = 64;
const READY: Duration = Duration::from_secs(120);
const TEXT: &str = "Tagihan bulan ini sudah terbit";
/// Filling the queue may take this long.
const FILLING: Duration = Duration::from_secs(150);

/// How much to do.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Length of the part with a slow network.
    pub slow: Duration,
    /// Messages for the part with a network that takes no time.
    pub fast: u32,
    /// Length of the idle part.
    pub idle: Duration,
    /// Messages that wait.
    pub waiting: u32,
    /// Single messages for each latency.
    pub samples: u32,
}

/// What 64 lines reached.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Many {
    /// Share of its time that the network worked for a line, per cent: the worst line, the mean.
    pub share: (f64, f64),
    /// Messages a second in all with a network that takes no time.
    pub rate: f64,
    /// Processor time of a message, milliseconds: accepting it, sending it.
    pub cpu_ms: (f64, f64),
    /// The same for sending with the slow network.
    pub cpu_slow_ms: f64,
    /// Wake-ups a second while idle, and processor time in per cent of a core.
    pub idle: (f64, f64),
    /// Resident memory, MiB: with an empty queue, with the full one.
    pub rss_mib: (f64, f64),
    /// Messages that waited, and how many were accepted a second.
    pub waiting: (u32, f64),
    /// Latency on an idle modem with an empty queue and with the full one.
    pub latency: (One, One),
    /// Share as above with the full queue.
    pub share_full: (f64, f64),
}

/// Measures all of it.
pub fn measure(client: &mut Client, sim: &mut Sim, load: Load) -> Result<Many> {
    let mut many = Many::default();
    let mut numbers = Numbers::new();
    client.wait_for_lines(LINES, READY)?;
    (many.share, many.cpu_slow_ms) = slow(client, sim, &mut numbers, (LINES, load.slow, 0))?;
    println!("  slow network: worst line {:.2} %, mean {:.2} %", many.share.0, many.share.1);
    fast(client, sim, &mut numbers, load.fast, &mut many)?;
    println!("  fast network: {:.0} a second, {:.3} ms of processor a message", many.rate, many.cpu_ms.1);
    // Delivery reports of the last messages, and what is written about them.
    std::thread::sleep(Duration::from_secs(5));
    many.idle = idle(&client.pids(), load.idle);
    println!("  idle: {:.2} wake-ups a second", many.idle.0);
    one::latency(client, sim, &mut numbers, (load.samples, 100), &mut many.latency.0)?;
    many.rss_mib.0 = usage::of(&client.pids()).rss_mib;
    println!("  latency p50 {:.2} ms, memory {:.0} MiB", many.latency.0.to_submit.0, many.rss_mib.0);
    many.waiting = fill(client, load.waiting)?;
    println!("  {} messages wait, accepted {:.0} a second", many.waiting.0, many.waiting.1);
    one::latency(client, sim, &mut numbers, (load.samples, 100), &mut many.latency.1)?;
    many.share_full = slow(client, sim, &mut numbers, (LINES - 1, load.slow, many.waiting.0))?.0;
    many.rss_mib.1 = usage::of(&client.pids()).rss_mib;
    println!("  latency p50 {:.2} ms, memory {:.0} MiB", many.latency.1.to_submit.0, many.rss_mib.1);
    Ok(many)
}

/// A queue for every line at the pace of the network: the worst and the mean share, processor time a message.
fn slow(
    client: &mut Client,
    sim: &mut Sim,
    numbers: &mut Numbers,
    (on, window, parked): (usize, Duration, u32),
) -> Result<((f64, f64), f64)> {
    sim.order(&format!("delay * {SLOW_MS}"))?;
    let rounds = u32::try_from(window.as_millis()).unwrap_or(u32::MAX) / SLOW_MS as u32 + 2;
    let started = monotonic_us();
    client.send_many(&numbers.many(rounds * LINES as u32), TEXT)?;
    let before = usage::of(&client.pids());
    std::thread::sleep(window);
    let (after, end_us) = (usage::of(&client.pids()), monotonic_us());
    let left = sim.since(started)?;
    client.drain(window + Duration::from_secs(30), parked)?;
    sim.order("delay * 0")?;
    // The last message of each line is under way.
    let sent = left.len().max(1) as f64;
    Ok((shares(&left, on, end_us), (after.cpu_ms - before.cpu_ms) / sent))
}

/// The worst line and the mean, of those lines that were used, which may be all but the one that is switched off. For each the time that the network took, over the time from its first Ctrl-Z to its last final result.
fn shares(left: &[Left], on: usize, end_us: u64) -> (f64, f64) {
    let mut lines = vec![(None, 0.0); LINES];
    for left in left.iter().filter(|left| left.submit_us < end_us) {
        let Some(line) = lines.get_mut(left.modem) else { continue };
        line.0.get_or_insert(left.submit_us);
        // What is under way at the end counts as far as it is.
        line.1 += ms(left.submit_us, left.final_us.map_or(end_us, |last| last.min(end_us)));
    }
    let share = |(first, busy): &(Option<u64>, f64)| {
        first.map_or(0.0, |first| 100.0 * busy / ms(first, end_us).max(0.001))
    };
    let mut shares: Vec<f64> = lines.iter().map(share).collect();
    shares.sort_by(f64::total_cmp);
    let used = &shares[LINES - on..];
    (used.first().copied().unwrap_or(0.0), used.iter().sum::<f64>() / on.max(1) as f64)
}

/// A queue is filled while sending is paused, then leaves at once.
fn fast(
    client: &mut Client,
    sim: &mut Sim,
    numbers: &mut Numbers,
    count: u32,
    many: &mut Many,
) -> Result<()> {
    client.call("sms.pause", &json!({ "paused": true }))?;
    let before = usage::of(&client.pids());
    client.send_many(&numbers.many(count), TEXT)?;
    let filled = usage::of(&client.pids());
    let started = monotonic_us();
    client.call("sms.pause", &json!({ "paused": false }))?;
    client.drain(Duration::from_secs(60), 0)?;
    let after = usage::of(&client.pids());
    let left = sim.since(started)?;
    many.rate = one::rate(&left);
    many.cpu_ms.0 = (filled.cpu_ms - before.cpu_ms) / f64::from(count);
    many.cpu_ms.1 = (after.cpu_ms - filled.cpu_ms) / left.len().max(1) as f64;
    Ok(())
}

/// Wake-ups a second and per cent of a core while nothing is asked.
pub fn idle(pids: &[u32], window: Duration) -> (f64, f64) {
    let before = usage::of(pids);
    std::thread::sleep(window);
    let after = usage::of(pids);
    let seconds = window.as_secs_f64();
    (after.switches_since(&before) as f64 / seconds, (after.cpu_ms - before.cpu_ms) / seconds / 10.0)
}

/// Messages for a line that is switched off wait (a rule would let them go by another one): how many, how many a second.
fn fill(client: &mut Client, count: u32) -> Result<(u32, f64)> {
    let lines = client.call("lines.list", &Value::Null)?;
    let line = lines.as_array().and_then(|lines| lines.last()).context("no lines")?.clone();
    let mut settings = line["settings"].clone();
    settings["active"] = json!(false);
    client.call("lines.save", &json!({ "id": line["id"], "settings": settings }))?;
    let started = Instant::now();
    let mut done = 0;
    while done < count && started.elapsed() < FILLING {
        let next = (done + CHUNK as u32).min(count);
        let numbers: Vec<String> = (done..next).map(|n| format!("+62850{n:08}")).collect();
        client.send_by(&numbers, TEXT, &line["id"])?;
        done = next;
    }
    Ok((done, f64::from(done) / started.elapsed().as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_stops_early_loses_its_share() {
        let left = |modem, submit_us, final_us| Left {
            modem,
            to: String::new(),
            command_us: submit_us,
            submit_us,
            final_us,
        };
        let all = [
            left(0, 0, Some(400)),
            left(0, 500, None),
            left(1, 0, Some(500)),
            // After the end.
            left(1, 1500, None),
        ];
        assert_eq!(shares(&all, 2, 1000), (50.0, 70.0));
    }
}
