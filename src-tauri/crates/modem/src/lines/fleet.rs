//! Which port is opened, and which line is whose: decisions only, no threads and no ports. A modem is known by its IMEI, so it
//! is found again at any port; of a device with several ports one is used; two modems that claim one IMEI are told of.

use std::collections::{BTreeMap, HashMap, HashSet};

use gerai_core::port::lines::{LineHealth, LineKey, LineReport};

use crate::discovery::{Candidate, PortUse};

/// A port that has not told its modem's IMEI after this long gives way to the device's next one, ms.
pub(super) const SILENT_MS: u64 = 20_000;

/// Why a port of a modem is not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Not yet opened.
    Idle,
    /// A line runs on it.
    Running,
    /// Said nothing; another port of the device is tried.
    Silent,
    /// Another port of the modem with this IMEI.
    Second(String),
    /// Another modem with an IMEI that is already there.
    Rival(String),
}

/// A port and what became of it. `H` is the running line.
pub(super) struct Slot<H> {
    pub candidate: Candidate,
    pub state: State,
    pub handle: Option<H>,
    /// Counts the lines started: what an older one says is no news.
    pub generation: u64,
    pub last: Option<LineReport>,
    started_ms: u64,
}

/// What follows from a report.
pub(super) struct Outcome<H> {
    /// For the station, in this order.
    pub reports: Vec<LineReport>,
    /// Lines to end.
    pub ended: Vec<H>,
    /// Ports have become free to try: plan again.
    pub again: bool,
}

impl<H> Default for Outcome<H> {
    fn default() -> Self {
        Self { reports: Vec::new(), ended: Vec::new(), again: false }
    }
}

/// All ports.
pub(super) struct Fleet<H> {
    pub slots: BTreeMap<String, Slot<H>>,
    /// Port by which a modem is used, by IMEI.
    pub owners: HashMap<String, String>,
    /// Ports that a person has allowed although they may be anything.
    pub allowed: HashSet<String>,
    /// Last report of each modem that was passed on.
    told: HashMap<String, LineReport>,
    /// IMEI last seen at a port, so that its setup is known before it answers.
    pub seen: HashMap<String, String>,
    generations: u64,
}

impl<H> Fleet<H> {
    pub fn new(allowed: HashSet<String>) -> Self {
        Self {
            slots: BTreeMap::new(),
            owners: HashMap::new(),
            allowed,
            seen: HashMap::new(),
            told: HashMap::new(),
            generations: 0,
        }
    }

    /// Takes in what is plugged in now. Gives what follows, and the ports to start a line on, each with its generation.
    pub fn plan(&mut self, found: &[Candidate], now_ms: u64) -> (Outcome<H>, Vec<(Candidate, u64)>) {
        let mut outcome = Outcome::default();
        let opened: Vec<&Candidate> = found.iter().filter(|one| self.may_open(one)).collect();
        let gone: Vec<String> =
            self.slots.keys().filter(|port| !opened.iter().any(|one| one.port == **port)).cloned().collect();
        for port in gone {
            self.remove(&port, &mut outcome);
        }
        for one in &opened {
            self.slots.entry(one.port.clone()).or_insert_with(|| Slot {
                candidate: (*one).clone(),
                state: State::Idle,
                handle: None,
                generation: 0,
                last: None,
                started_ms: now_ms,
            });
        }
        let mut start = Vec::new();
        let mut devices: Vec<Vec<&str>> = Vec::new();
        for pair in opened.chunk_by(|a, b| !a.device.is_empty() && a.device == b.device) {
            devices.push(pair.iter().map(|one| one.port.as_str()).collect());
        }
        for ports in devices {
            if let Some(port) = self.choose(&ports, now_ms, &mut outcome)
                && let Some(slot) = self.slots.get_mut(&port)
            {
                self.generations += 1;
                slot.generation = self.generations;
                slot.state = State::Running;
                slot.started_ms = now_ms;
                slot.last = None;
                start.push((slot.candidate.clone(), slot.generation));
            }
        }
        (outcome, start)
    }

    fn may_open(&self, one: &Candidate) -> bool {
        !one.port.is_empty()
            && one.use_for != PortUse::Other
            && (one.surely_modem || self.allowed.contains(&one.port))
    }

    /// The port of a device to open now, if any.
    fn choose(&mut self, ports: &[&str], now_ms: u64, outcome: &mut Outcome<H>) -> Option<String> {
        let state = |fleet: &Self, port: &str| fleet.slots.get(port).map(|slot| slot.state.clone());
        let idle =
            ports.iter().find(|port| state(self, port) == Some(State::Idle)).map(|port| (*port).to_owned());
        let running = ports.iter().find(|port| state(self, port) == Some(State::Running));
        let Some(running) = running else {
            let silent = || {
                let first = ports.iter().find(|port| state(self, port) == Some(State::Silent))?;
                Some((*first).to_owned())
            };
            return idle.or_else(silent);
        };
        let slot = self.slots.get_mut(*running)?;
        let told = slot.last.is_some();
        if told || now_ms < slot.started_ms + SILENT_MS {
            return None;
        }
        // With nothing left to try it stays: the line itself looks again from time to time.
        let next = idle?;
        slot.state = State::Silent;
        outcome.ended.extend(slot.handle.take());
        Some(next)
    }

    /// When the next port gives way, ms; `None`: none is being tried.
    pub fn next_change(&self) -> Option<u64> {
        let trying = self.slots.values().filter(|slot| slot.state == State::Running && slot.last.is_none());
        trying
            .filter(|slot| {
                let device = &slot.candidate.device;
                let other = |one: &&Slot<H>| one.candidate.device == *device && one.state == State::Idle;
                !device.is_empty() && self.slots.values().any(|one| other(&one))
            })
            .map(|slot| slot.started_ms + SILENT_MS)
            .min()
    }

    fn remove(&mut self, port: &str, outcome: &mut Outcome<H>) {
        let Some(slot) = self.slots.remove(port) else { return };
        outcome.ended.extend(slot.handle);
        if let State::Rival(imei) = &slot.state {
            if let Some(last) = slot.last {
                outcome.reports.push(LineReport {
                    health: LineHealth::Absent,
                    trouble: String::new(),
                    ..last
                });
            }
            // The one that is used is rid of its trouble.
            let used = self.owners.get(imei).and_then(|port| self.slots.get(port));
            outcome.reports.extend(used.and_then(|slot| slot.last.clone()));
        }
        let owned: Vec<String> =
            self.owners.iter().filter(|(_, owner)| *owner == port).map(|(imei, _)| imei.clone()).collect();
        for imei in owned {
            self.owners.remove(&imei);
            self.retry(&imei, outcome);
        }
    }

    /// Ports that were closed in favour of a modem that is gone are tried again.
    fn retry(&mut self, imei: &str, outcome: &mut Outcome<H>) {
        for slot in self.slots.values_mut() {
            if matches!(&slot.state, State::Second(of) | State::Rival(of) if of == imei) {
                slot.state = State::Idle;
                outcome.again = true;
            }
        }
    }

    /// The line of this generation on this port says something.
    pub fn reported(&mut self, port: &str, generation: u64, mut report: LineReport) -> Outcome<H> {
        let mut outcome = Outcome::default();
        if report.key.iccid.is_empty()
            && matches!(report.health, LineHealth::Starting | LineHealth::Off | LineHealth::Absent)
            && let Some(told) = self.told.get(&report.key.imei)
        {
            // It has not looked at its SIM yet, or is not going to: for all that is known it is still the same.
            report.key = told.key.clone();
        }
        let imei = report.key.imei.clone();
        let owner = self.owners.get(&imei).cloned();
        let Some(slot) = self.slots.get_mut(port) else {
            // The last word of a port that was pulled; not when the modem is already back elsewhere.
            if report.health == LineHealth::Absent && owner.is_none() {
                self.pass(report, &mut outcome);
            }
            return outcome;
        };
        if slot.generation != generation || slot.state != State::Running {
            return outcome;
        }
        let before = slot.last.replace(report.clone());
        self.seen.insert(port.to_owned(), imei.clone());
        match owner {
            Some(owner) if owner != port && self.lives(&owner) => {
                self.duplicate(port, &owner, report, &mut outcome);
            }
            Some(owner) if owner != port => {
                // It was pulled from there and the news has not come yet.
                self.owners.insert(imei, port.to_owned());
                self.drop_old(&owner, &mut outcome);
                self.pass(report, &mut outcome);
            }
            Some(_) => self.pass(report, &mut outcome),
            None => {
                // Another modem was on this port before.
                if let Some(old) = before.filter(|old| old.key.imei != imei) {
                    self.owners.remove(&old.key.imei);
                    self.retry(&old.key.imei, &mut outcome);
                }
                self.owners.insert(imei, port.to_owned());
                self.pass(report, &mut outcome);
            }
        }
        outcome
    }

    /// Passes a report of a modem in use on. A SIM that is no longer in it is told to be gone.
    fn pass(&mut self, report: LineReport, outcome: &mut Outcome<H>) {
        let report = self.with_rival(report);
        if let Some(told) = self.told.insert(report.key.imei.clone(), report.clone())
            && told.key != report.key
            && told.health != LineHealth::Absent
        {
            let gone = LineReport { health: LineHealth::Absent, trouble: String::new(), ..told };
            outcome.reports.push(gone);
        }
        outcome.reports.push(report);
    }

    fn lives(&self, port: &str) -> bool {
        self.slots.get(port).is_some_and(|slot| {
            slot.state == State::Running
                && slot.last.as_ref().is_some_and(|last| last.health != LineHealth::Absent)
        })
    }

    /// The modem has come back at another port: the line that waits for it at the old one ends.
    fn drop_old(&mut self, port: &str, outcome: &mut Outcome<H>) {
        if let Some(slot) = self.slots.get_mut(port) {
            slot.state = State::Idle;
            slot.last = None;
            slot.generation = 0;
            outcome.ended.extend(slot.handle.take());
            outcome.again = true;
        }
    }

    /// Two ports with one IMEI.
    fn duplicate(&mut self, port: &str, owner: &str, report: LineReport, outcome: &mut Outcome<H>) {
        let used = self.slots.get(owner).and_then(|slot| slot.last.clone());
        let Some(used) = used else { return };
        let undecided = |key: &LineKey, health| key.iccid.is_empty() && health == LineHealth::Starting;
        if undecided(&report.key, report.health) || undecided(&used.key, used.health) {
            return;
        }
        let Some(slot) = self.slots.get_mut(port) else { return };
        outcome.ended.extend(slot.handle.take());
        if report.key.iccid == used.key.iccid {
            slot.state = State::Second(report.key.imei);
            return;
        }
        slot.state = State::Rival(report.key.imei.clone());
        let trouble = format!(
            "the modem on {owner} has the same serial number (IMEI) and is used instead; give one of the two its own"
        );
        let told = LineReport { health: LineHealth::Quarantined, trouble, ..report };
        slot.last = Some(told.clone());
        outcome.reports.push(told);
        outcome.reports.push(self.with_rival(used));
    }

    /// The report, and that another modem claims to be this one.
    fn with_rival(&self, report: LineReport) -> LineReport {
        let rival = self
            .slots
            .iter()
            .find(|(_, slot)| matches!(&slot.state, State::Rival(imei) if *imei == report.key.imei));
        match rival {
            Some((port, _)) if report.trouble.is_empty() => {
                let trouble = format!(
                    "the modem on {port} has the same serial number (IMEI) and is not used; give one of the two its own"
                );
                LineReport { trouble, ..report }
            }
            _ => report,
        }
    }

    /// Lets the line of this modem be started anew, with other settings.
    pub fn restart(&mut self, imei: &str) -> Option<H> {
        let slot = self.slots.get_mut(self.owners.get(imei)?)?;
        if slot.state != State::Running {
            return None;
        }
        slot.state = State::Idle;
        slot.handle.take()
    }

    /// The line with this key, when it is there.
    pub fn line(&self, key: &LineKey) -> Option<&H> {
        let slot = self.slots.get(self.owners.get(&key.imei)?)?;
        let here = slot.last.as_ref().is_some_and(|last| last.key == *key);
        if here { slot.handle.as_ref() } else { None }
    }
}
