//! One sender with one modem: how long until a message is on the wire, how fast a queue leaves, what that costs. The same
//! steps for the station and for its peers.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::sim::{Left, Sim};
use super::usage::{self, monotonic_us};

/// The slowest peer needs some seconds to open its modem.
const FIRST: Duration = Duration::from_secs(60);
/// The slowest peer needs two seconds for a message.
const SENT: Duration = Duration::from_secs(20);
/// What the network needs for a message in the slow part, milliseconds: an ordinary GSM network.
pub const SLOW_MS: u64 = 3000;
const TEXT: &str = "Kode 123456 untuk masuk";

/// Something that sends messages.
pub trait Sender {
    /// Hands one message over; when it was accepted, microseconds.
    fn send(&mut self, number: &str, text: &str) -> Result<u64>;
    /// Hands many over.
    fn send_many(&mut self, numbers: &[String], text: &str) -> Result<()>;
    /// Its processes.
    fn pids(&self) -> Vec<u32>;
    /// What it says of the message that was handed over last; empty: it cannot be asked.
    fn explain(&mut self) -> String {
        String::new()
    }
    /// SIGKILL.
    fn kill(&mut self);
}

/// How thoroughly to measure one sender.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Single messages.
    pub samples: u32,
    /// Between two of them, milliseconds: this, and up to half as much again.
    pub apart_ms: u64,
    /// Messages that wait before the fast part.
    pub backlog: u32,
    /// Length of each part with a queue.
    pub window: Duration,
}

/// What one sender with one modem reached; times in milliseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct One {
    /// From handing over to `AT+CMGS`: p50, p99.
    pub to_command: (f64, f64),
    /// From handing over to Ctrl-Z: p50, p99.
    pub to_submit: (f64, f64),
    /// From the answer to Ctrl-Z: p50, p99. Below zero: it was under way before the answer had been read.
    pub answer_to_submit: (f64, f64),
    /// From a final result to the next Ctrl-Z with a queue, p50.
    pub next_ms: f64,
    /// Messages a second when the network takes no time.
    pub rate_fast: f64,
    /// Messages a second when it takes three seconds.
    pub rate_slow: f64,
    /// Processor time a message with a queue, milliseconds.
    pub cpu_ms: f64,
    /// Resident memory at the end, MiB.
    pub rss_mib: f64,
}

/// Numbers that were not used before: `+62811` and seven digits.
pub struct Numbers(u32);

impl Numbers {
    /// From 0.
    pub fn new() -> Self {
        Self(0)
    }

    /// The next one.
    pub fn one(&mut self) -> String {
        self.0 += 1;
        format!("+62811{:07}", self.0)
    }

    /// The next few.
    pub fn many(&mut self, count: u32) -> Vec<String> {
        (0..count).map(|_| self.one()).collect()
    }
}

/// The p50 and p99 of a list; zeros for an empty one.
pub fn percentiles(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let index = (values.len() as f64 * share) as usize;
        values.get(index.min(values.len().saturating_sub(1))).copied().unwrap_or(0.0)
    };
    (at(0.5), at(0.99))
}

/// Milliseconds from one moment to another, negative when the other was first.
pub fn ms(from_us: u64, to_us: u64) -> f64 {
    (to_us as f64 - from_us as f64) / 1000.0
}

/// Sends single messages, some time apart; fills in the three latencies.
pub fn latency(
    sender: &mut dyn Sender,
    sim: &mut Sim,
    numbers: &mut Numbers,
    (samples, apart_ms): (u32, u64),
    one: &mut One,
) -> Result<()> {
    let (mut command, mut submit, mut answer) = (Vec::new(), Vec::new(), Vec::new());
    for sample in 0..u64::from(samples) {
        // A step that shares nothing with half seconds and seconds: every phase of a poll is met.
        let jitter = sample * 7919 % 1000 * apart_ms / 2000;
        std::thread::sleep(Duration::from_millis(apart_ms + jitter));
        let number = numbers.one();
        let asked = monotonic_us();
        let accepted = sender.send(&number, TEXT)?;
        let gone = |left: &Left| left.to == number && left.final_us.is_some();
        let Some(left) = sim.wait(SENT, gone)? else {
            bail!(
                "message {sample} of {samples} did not leave within {} s {}",
                SENT.as_secs(),
                sender.explain()
            );
        };
        command.push(ms(asked, left.command_us));
        submit.push(ms(asked, left.submit_us));
        answer.push(ms(accepted, left.submit_us));
    }
    one.to_command = percentiles(command);
    one.to_submit = percentiles(submit);
    one.answer_to_submit = percentiles(answer);
    Ok(())
}

/// The whole of one sender, from its start.
pub fn measure(sender: &mut dyn Sender, sim: &mut Sim, effort: Effort) -> Result<One> {
    let (mut one, mut numbers) = (One::default(), Numbers::new());
    let number = numbers.one();
    sender.send(&number, TEXT)?;
    let first = sim.wait(FIRST, |left| left.to == number && left.final_us.is_some())?;
    first.context("the first message did not leave within a minute")?;
    latency(sender, sim, &mut numbers, (effort.samples, effort.apart_ms), &mut one)?;

    sender.send_many(&numbers.many(effort.backlog), TEXT)?;
    let (before, from) = (usage::of(&sender.pids()), monotonic_us());
    std::thread::sleep(effort.window);
    let after = usage::of(&sender.pids());
    let left = sim.since(from)?;
    one.rate_fast = rate(&left);
    one.next_ms = percentiles(pauses(&left)).0;
    one.cpu_ms = (after.cpu_ms - before.cpu_ms) / left.len().max(1) as f64;

    sim.order(&format!("delay * {SLOW_MS}"))?;
    sender.send_many(&numbers.many(20), TEXT)?;
    let from = monotonic_us();
    std::thread::sleep(effort.window.max(Duration::from_millis(SLOW_MS * 4)));
    let slow: Vec<Left> = sim
        .since(from)?
        .into_iter()
        .filter(|l| l.final_us.is_none_or(|end| ms(l.submit_us, end) > 1000.0))
        .collect();
    one.rate_slow = rate(&slow);
    one.rss_mib = usage::of(&sender.pids()).rss_mib;
    Ok(one)
}

/// Messages a second between the first and the last Ctrl-Z.
pub fn rate(left: &[Left]) -> f64 {
    match (left.first(), left.last()) {
        (Some(first), Some(last)) if last.submit_us > first.submit_us => {
            (left.len() - 1) as f64 * 1000.0 / ms(first.submit_us, last.submit_us)
        }
        _ => 0.0,
    }
}

/// From each final result to the next Ctrl-Z of the same modem, milliseconds. In order of Ctrl-Z.
pub fn pauses(left: &[Left]) -> Vec<f64> {
    let last = left.iter().map(|left| left.modem).max().unwrap_or(0);
    let mut finals = vec![None; last + 1];
    let mut pauses = Vec::new();
    for left in left {
        if let Some(before) = finals[left.modem] {
            pauses.push(ms(before, left.submit_us));
        }
        finals[left.modem] = left.final_us;
    }
    pauses
}

/// SIGKILL between Ctrl-Z and the final result, and a new start by `again`: how often the network got the message in all.
pub fn killed(
    mut sender: Box<dyn Sender>,
    sim: &mut Sim,
    again: impl FnOnce(&mut Sim) -> Result<Box<dyn Sender>>,
) -> Result<usize> {
    sim.order(&format!("delay * {SLOW_MS}"))?;
    let number = "+628119999999";
    sender.send(number, TEXT)?;
    sim.wait(FIRST, |left| left.to == number)?.context("the message did not leave within a minute")?;
    sender.kill();
    let _running = again(sim)?;
    // A station that waits for nothing repeats at once; the slowest peer had done so within ten seconds.
    let first = sim.left()?.values().filter(|left| left.to == number).count();
    let deadline = std::time::Instant::now() + Duration::from_secs(25);
    loop {
        let times = sim.left()?.values().filter(|left| left.to == number).count();
        if times > first || std::time::Instant::now() > deadline {
            return Ok(times);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(modem: usize, submit_us: u64, final_us: u64) -> Left {
        Left { modem, to: String::new(), command_us: submit_us, submit_us, final_us: Some(final_us) }
    }

    #[test]
    fn a_pause_is_between_two_messages_of_one_modem() {
        let all = [left(0, 0, 1000), left(1, 500, 9000), left(0, 3000, 4000), left(1, 9500, 9600)];
        assert_eq!(pauses(&all), [2.0, 0.5]);
        assert!((rate(&all) - 3.0 / 0.0095).abs() < 1e-6);
        assert_eq!(rate(&all[..1]), 0.0);
    }

    #[test]
    fn percentiles_of_nothing_are_zero() {
        assert_eq!(percentiles(Vec::new()), (0.0, 0.0));
        assert_eq!(percentiles((1..=100).rev().map(f64::from).collect()), (51.0, 100.0));
    }
}
