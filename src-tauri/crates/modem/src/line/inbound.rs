//! What comes in: read, handed to the door, and only after the door has committed acknowledged (`+CNMA`) or deleted by
//! its exact place. One at a time and in order; while a commit is on its way the line goes on sending.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::task::{Context, Poll};
use std::time::Duration;

use gerai_core::hex;
use gerai_core::port::lines::InboundSms;
use gerai_core::port::{BoxFuture, NotDurable};
use sha2::{Digest, Sha256};

use super::driver::{Driver, Interrupted, millis};
use crate::at::{Command, Memory, fields, number, text};
use crate::pdu;
use crate::port::Waker;

/// Messages that wait here; a full SIM has 50, a modem 255. More stay in their store until the next sweep.
const WAITING_MAX: usize = 512;
/// Between two looks at all stores, for what no notification told.
const SWEEP: Duration = Duration::from_secs(300);
/// After a commit that failed, the stores are looked at again this soon.
const RETRY: Duration = Duration::from_secs(15);
/// A deletion that failed is tried again after this time.
const DELETE_AGAIN: Duration = Duration::from_secs(30);
/// Listing a full store takes a while.
const LISTING: Duration = Duration::from_secs(20);
/// Highest index that is read one by one.
const INDEX_MAX: u16 = 255;

/// Where a message came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Direct,
    /// The modem or SIM that held it is gone: nothing is to be done there.
    Gone,
    Stored(Memory, u16),
}

struct Waiting {
    source: Source,
    /// PDU and declared length, when they have been read already.
    pdu: Option<(String, Option<usize>)>,
}

struct Taking {
    source: Source,
    commit: BoxFuture<'static, Result<(), NotDurable>>,
    done: Option<Result<(), NotDurable>>,
}

/// Inbound messages on their way to the door.
#[derive(Default)]
pub(super) struct Inbox {
    waiting: VecDeque<Waiting>,
    taking: Option<Taking>,
    /// Committed direct messages whose acknowledgement is due.
    acknowledge: u32,
    /// Direct delivery stops when an acknowledgement is missed: it must be asked for again.
    announce_again: bool,
    /// Committed, to be deleted; not read again before that. With the time of the next try.
    delete: BTreeMap<(Memory, u16), u64>,
    sweep_at: Option<u64>,
    /// Stores that `AT+CPMS=` has refused.
    refused: BTreeSet<Memory>,
    /// `AT+CMGL` did not answer: read by index from now on.
    list_hangs: bool,
    levels: BTreeMap<Memory, (u32, u32)>,
    /// The store that `AT+CMGR` reads now.
    pub(super) memory: Option<Memory>,
}

impl Inbox {
    /// A port was opened: nothing of the old one is known, except a commit on its way.
    pub(super) fn reset(&mut self) {
        *self = Self { taking: self.taking.take(), ..Self::default() };
        // Its place in a store may mean another message by now.
        if let Some(taking) = &mut self.taking {
            taking.source = Source::Gone;
        }
    }

    pub(super) fn stored(&mut self, memory: Memory, index: u16) {
        self.push(Waiting { source: Source::Stored(memory, index), pdu: None });
    }

    pub(super) fn direct(&mut self, _report: bool, length: Option<usize>, pdu: String) {
        self.push(Waiting { source: Source::Direct, pdu: Some((pdu, length)) });
    }

    fn push(&mut self, message: Waiting) {
        let known = match message.source {
            Source::Direct | Source::Gone => false,
            Source::Stored(memory, index) => {
                self.delete.contains_key(&(memory, index))
                    || self.taking.as_ref().is_some_and(|taking| taking.source == message.source)
                    || self.waiting.iter().any(|other| other.source == message.source)
            }
        };
        if known {
            return;
        }
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(message);
        } else {
            // A stored one stays where it is; a direct one is not acknowledged and comes again.
            self.announce_again |= message.source == Source::Direct;
        }
    }

    pub(super) fn sweep_soon(&mut self) {
        self.sweep_at = Some(0);
    }

    /// Lets a commit on its way go on.
    pub(super) fn poll(&mut self, waker: &Waker) {
        if let Some(taking) = &mut self.taking
            && taking.done.is_none()
        {
            let waker = waker.task_waker();
            if let Poll::Ready(done) = taking.commit.as_mut().poll(&mut Context::from_waker(&waker)) {
                taking.done = Some(done);
            }
        }
    }

    /// When there is something to do that no notification tells.
    pub(super) fn due(&self) -> Option<u64> {
        self.sweep_at.into_iter().chain(self.delete.values().copied()).min()
    }

    pub(super) fn fill_levels(&mut self, line: &str) {
        let all = fields(line);
        for triple in all.chunks(3) {
            if let [name, used, total] = triple
                && let (Some(memory), Ok(used), Ok(total)) =
                    (Memory::parse(name), used.parse(), total.parse())
            {
                self.levels.insert(memory, (used, total));
            }
        }
    }

    pub(super) fn storage(&self) -> Option<(u32, u32)> {
        self.levels.values().copied().reduce(|a, b| (a.0.saturating_add(b.0), a.1.saturating_add(b.1)))
    }

    /// The fullest store.
    pub(super) fn fullest(&self) -> Option<(u32, u32)> {
        self.levels
            .values()
            .copied()
            .filter(|(_, total)| *total > 0)
            .max_by_key(|(used, total)| u64::from(*used) * 1_000 / u64::from(*total))
    }
}

impl Driver {
    /// Takes in the result of a commit.
    pub(super) fn settle_take(&mut self) {
        let now = self.now();
        let Some(Taking { source, done: Some(done), .. }) =
            self.inbox.taking.take_if(|taking| taking.done.is_some())
        else {
            return;
        };
        match (done, source) {
            (Ok(()), Source::Direct) => {
                self.inbox.acknowledge += u32::from(self.direct && self.transport.is_some());
            }
            (Ok(()), Source::Gone) => {}
            (Ok(()), Source::Stored(memory, index)) => {
                self.inbox.delete.insert((memory, index), now);
            }
            (Err(NotDurable(why)), source) => {
                tracing::error!(port = %self.start.port, "Inbound message not stored, kept by the modem: {why}");
                self.inbox.announce_again |= source == Source::Direct;
                self.inbox.sweep_at = Some(now + millis(RETRY));
            }
        }
    }

    /// Does one piece of inbound work. `false`: there is none now.
    pub(super) fn inbound_step(&mut self) -> Result<bool, Interrupted> {
        self.inbox.poll(&self.waker);
        self.settle_take();
        if self.inbox.acknowledge > 0 {
            self.inbox.acknowledge -= 1;
            let reply = self.chat(Command::new("AT+CNMA"))?;
            // Too late (340) or lost: the modem has stopped direct delivery (3GPP TS 27.005 section 4.7).
            self.inbox.announce_again |= !reply.is_ok();
            return Ok(true);
        }
        if self.inbox.announce_again && self.inbox.taking.is_none() && self.inbox.waiting.is_empty() {
            self.inbox.announce_again = false;
            self.announce()?;
            return Ok(true);
        }
        if self.inbox.taking.is_none()
            && let Some(message) = self.inbox.waiting.pop_front()
        {
            self.read_and_take(message)?;
            return Ok(true);
        }
        if self.delete_one()? {
            return Ok(true);
        }
        let now = self.now();
        if self.inbox.sweep_at.is_some_and(|at| at <= now) {
            self.inbox.sweep_at = Some(now + millis(SWEEP));
            self.sweep()?;
            return Ok(true);
        }
        Ok(false)
    }

    fn read_and_take(&mut self, message: Waiting) -> Result<(), Interrupted> {
        let (digits, length) = match (message.pdu, message.source) {
            (Some(read), _) => read,
            (None, Source::Stored(memory, index)) => match self.read(memory, index)? {
                Some(read) => read,
                None => return Ok(()),
            },
            (None, Source::Direct | Source::Gone) => return Ok(()),
        };
        let raw = hex::bytes(&digits).unwrap_or_else(|| digits.as_bytes().to_vec());
        let inbound = InboundSms {
            key: self.report.key.clone(),
            at: self.start.clock.now(),
            content: pdu::inbound(&digits, length),
            pdu_hash: Sha256::digest(&raw).into(),
        };
        let commit = self.start.door.take(inbound);
        self.inbox.taking = Some(Taking { source: message.source, commit, done: None });
        self.inbox.poll(&self.waker);
        self.settle_take();
        Ok(())
    }

    /// Chooses the store that reading and deleting go to.
    fn choose(&mut self, memory: Memory) -> Result<bool, Interrupted> {
        if self.inbox.memory == Some(memory) {
            return Ok(true);
        }
        if self.inbox.refused.contains(&memory) {
            return Ok(false);
        }
        self.inbox.memory = None;
        let reply = self.patient(&Command::new(format!("AT+CPMS=\"{}\"", memory.name())))?;
        if !reply.is_ok() {
            if reply.result.is_some() {
                self.inbox.refused.insert(memory);
            }
            return Ok(false);
        }
        // `+CPMS: <used1>,<total1>,…` answers the setting.
        if let Some(line) = reply.first()
            && let (Some(used), Some(total)) = (number(line, 0), number(line, 1))
        {
            self.inbox.levels.insert(memory, (used, total));
        }
        self.inbox.memory = Some(memory);
        Ok(true)
    }

    /// One stored message; `None`: nothing that came in lies there.
    fn read(&mut self, memory: Memory, index: u16) -> Result<Option<(String, Option<usize>)>, Interrupted> {
        if !self.choose(memory)? {
            return Ok(None);
        }
        let reply = self.patient(&Command::console(format!("AT+CMGR={index}")))?;
        let [header, pdu, ..] = reply.lines.as_slice() else { return Ok(None) };
        if !reply.is_ok() || !header.starts_with("+CMGR") || !is_received(&text(header, 0)) {
            return Ok(None);
        }
        Ok(Some((pdu.clone(), fields(header).last().and_then(|length| length.parse().ok()))))
    }

    fn delete_one(&mut self) -> Result<bool, Interrupted> {
        let now = self.now();
        let due = self.inbox.delete.iter().find(|(_, at)| **at <= now).map(|(place, _)| *place);
        let Some((memory, index)) = due else { return Ok(false) };
        let done = self.choose(memory)? && self.patient(&Command::new(format!("AT+CMGD={index}")))?.is_ok();
        if done {
            self.inbox.delete.remove(&(memory, index));
            if let Some((used, _)) = self.inbox.levels.get_mut(&memory) {
                *used = used.saturating_sub(1);
            }
        } else {
            self.inbox.delete.insert((memory, index), now + millis(DELETE_AGAIN));
        }
        Ok(true)
    }

    /// Looks at both stores for messages that no notification told of.
    fn sweep(&mut self) -> Result<(), Interrupted> {
        for memory in [Memory::Sim, Memory::Modem] {
            if !self.choose(memory)? {
                continue;
            }
            // Already chosen: the level may be old.
            if let Some(line) = self.ask(Command::query("AT+CPMS?"))? {
                self.inbox.fill_levels(&line);
            }
            let (used, total) = self.inbox.levels.get(&memory).copied().unwrap_or((0, 0));
            if used == 0 {
                continue;
            }
            if self.quirks.lists && !self.inbox.list_hangs {
                self.list(memory)?;
            } else {
                self.read_each(memory, used, total)?;
            }
        }
        Ok(())
    }

    fn list(&mut self, memory: Memory) -> Result<(), Interrupted> {
        // 4: all (3GPP TS 27.005 section 4.1).
        let reply = self.patient(&Command::console("AT+CMGL=4").within(LISTING))?;
        if reply.result.is_none() {
            self.inbox.list_hangs = true;
            self.inbox.sweep_soon();
            return Ok(());
        }
        let mut lines = reply.lines.into_iter().peekable();
        while let Some(line) = lines.next() {
            let Some(index) = number(&line, 0).filter(|_| line.starts_with("+CMGL:")) else { continue };
            let all = fields(&line);
            let received = all.get(1).is_some_and(|state| is_received(state));
            let length = all.last().and_then(|length| length.parse().ok());
            if let Some(pdu) = lines.next_if(|next| !next.starts_with('+'))
                && received
            {
                self.inbox.push(Waiting { source: Source::Stored(memory, index), pdu: Some((pdu, length)) });
            }
        }
        Ok(())
    }

    fn read_each(&mut self, memory: Memory, used: u32, total: u32) -> Result<(), Interrupted> {
        let mut found = 0;
        // Some count from 0, some from 1.
        let last = u16::try_from(total).unwrap_or(INDEX_MAX).min(INDEX_MAX);
        for index in 0..=last {
            if found >= used {
                break;
            }
            if let Some(pdu) = self.read(memory, index)? {
                found += 1;
                self.inbox.push(Waiting { source: Source::Stored(memory, index), pdu: Some(pdu) });
            }
        }
        Ok(())
    }
}

/// 0 and 1: received, unread and read. 2 and 3 are drafts and sent messages (3GPP TS 27.005 section 3.1); text mode
/// names are answered by modems that ignore `AT+CMGF=0`.
fn is_received(state: &str) -> bool {
    matches!(state, "0" | "1" | "REC UNREAD" | "REC READ")
}
