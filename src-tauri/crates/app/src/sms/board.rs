//! The board: every line as it is now, what its SIM has used, and the rules over them. The dispatcher decides on it, the
//! screens read it. Held for moments, never across a wait.

use std::collections::HashSet;

use gerai_core::money::Rupiah;
use gerai_core::phone::Destination;
use gerai_core::port::lines::{LineHealth, LineKey, LineReport};
use gerai_core::sms::limits::{Limits, Usage, Used, gap};
use gerai_core::sms::routing::{self, Decision, Line, Rules, Wanted};
use gerai_core::sms::state::Class;
use gerai_core::sms::tariff::{self, Package, Tariff};
use gerai_core::time::UnixMs;
use gerai_store::sms::lines::{LineRow, SimRow};
use gerai_store::sms::usage::HourUse;
use serde::{Deserialize, Serialize};

use super::calendar::{self, Place};
use crate::contract::{LineSettings, SimLimits, SmsPackage, TariffRow};

/// A signal below this is weak, dBm.
const WEAK_DBM: i16 = -101;
/// Rests of a line after failures in a row, seconds.
const RESTS_S: [i64; 6] = [5, 15, 30, 60, 180, REST_MAX_MS / 1_000];
const REST_MAX_MS: i64 = 600_000;

/// What is set for a SIM; stored with it, so that it goes along into another modem.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SimSettings {
    pub(crate) limits: SimLimits,
    pub(crate) tariff: Vec<TariffRow>,
    pub(crate) packages: Vec<SmsPackage>,
    pub(crate) balance_code: String,
    pub(crate) balance_hours: i64,
    pub(crate) balance_floor: i64,
    pub(crate) msisdn: String,
}

/// A line's rows, as they are read when something was set.
pub(crate) struct Loaded {
    pub(crate) row: LineRow,
    pub(crate) settings: LineSettings,
    pub(crate) sim: Option<SimRow>,
    pub(crate) sim_settings: SimSettings,
    pub(crate) hours: Vec<HourUse>,
    pub(crate) recipients: Vec<[u8; 16]>,
    pub(crate) by_prefix: Vec<(String, u32)>,
}

/// A line.
pub(crate) struct Slot {
    pub(crate) row: LineRow,
    pub(crate) settings: LineSettings,
    pub(crate) sim: Option<SimRow>,
    pub(crate) sim_settings: SimSettings,
    pub(crate) report: Option<LineReport>,
    /// Since when it fares as it does.
    pub(crate) since: UnixMs,
    /// The message it is sending.
    pub(crate) sending: Option<i64>,
    pub(crate) last_sent: Option<UnixMs>,
    /// Why no reports come, when that was noticed.
    pub(crate) doubt: Option<String>,
    /// Hours of this month.
    pub(crate) hours: Vec<HourUse>,
    recipients: HashSet<[u8; 16]>,
    /// Short messages of today by prefix of the tariff, as stored.
    by_prefix: Vec<(String, u32)>,
    failures: usize,
    /// What was used of packages is not on the disk yet.
    packages_changed: bool,
    /// The packages as they were read or written last.
    stored_packages: Vec<SmsPackage>,
}

/// All lines.
pub(crate) struct Board {
    slots: Vec<Slot>,
    /// The same lines as the rules see them, in the same order.
    facts: Vec<Line>,
    rules: Rules,
    zone: String,
    place: Place,
    /// Choices so far: whose turn it is.
    choices: u64,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            facts: Vec::new(),
            rules: Rules::default(),
            zone: "UTC".to_owned(),
            place: calendar::place(UnixMs(0), "UTC"),
            choices: 0,
        }
    }
}

/// What a message takes of a line.
#[derive(Clone, Copy)]
pub(crate) struct Taken<'a> {
    pub(crate) message: i64,
    pub(crate) to: &'a Destination,
    pub(crate) number_tag: [u8; 16],
    pub(crate) class: Class,
    pub(crate) parts: u32,
    pub(crate) now: UnixMs,
    /// Any 64 bits, for the pause.
    pub(crate) random: u64,
}

impl Board {
    /// Lines and rules anew; what only the running station knows of a line stays.
    pub(crate) fn set(&mut self, loaded: Vec<Loaded>, rules: Rules, zone: &str, now: UnixMs) {
        let mut before: Vec<Slot> = std::mem::take(&mut self.slots);
        zone.clone_into(&mut self.zone);
        self.place = calendar::place(now, zone);
        self.rules = rules;
        let old = std::mem::take(&mut self.facts);
        for line in loaded {
            let known = before.iter().position(|slot| slot.row.line_id == line.row.line_id);
            let known = known.map(|place| before.swap_remove(place));
            let fact = old.iter().find(|fact| fact.id == line.row.line_id);
            let mut slot = slot(line, known, now);
            if let Some(fact) = fact.filter(|_| slot.packages_changed) {
                slot.use_up(fact);
            }
            self.facts.push(fact_of(&slot, fact, self.place));
            self.slots.push(slot);
        }
    }

    /// A line as its modem reports it now. `false`: the board does not know it yet, or its SIM is another one.
    pub(crate) fn report(&mut self, report: LineReport, now: UnixMs) -> bool {
        let Some(place) = self.slots.iter().position(|slot| slot.row.imei == report.key.imei) else {
            return false;
        };
        let slot = &mut self.slots[place];
        let known = slot.knows(&report);
        if slot.health() != report.health {
            slot.since = now;
        }
        slot.report = Some(report);
        let fact = &mut self.facts[place];
        let was = fact.health;
        fact.health = slot.health();
        fact.weak = slot.weak();
        if was != LineHealth::Ready && fact.health == LineHealth::Ready {
            // Back from wherever it was: what failed before counts no more.
            fact.backoff_until = None;
            slot.failures = 0;
        }
        known
    }

    /// Counters of a second, an hour, a day or a month that is over begin anew.
    pub(crate) fn roll(&mut self, now: UnixMs) {
        let ends = self.place.ends;
        if now < ends.second && now >= ends.second.plus(-1_000) {
            return;
        }
        for fact in &mut self.facts {
            // Longer than any rest: the clock was set back.
            fact.backoff_until = fact.backoff_until.filter(|until| until.since(now) <= REST_MAX_MS);
        }
        let new_hour = now >= ends.hour || now < self.place.hour;
        if new_hour {
            let place = calendar::place(now, &self.zone);
            let (new_day, new_month) = (place.day != self.place.day, place.month != self.place.month);
            self.place = place;
            for (fact, slot) in self.facts.iter_mut().zip(&mut self.slots) {
                fact.usage.hour = Used::default();
                if new_day {
                    fact.usage.day = Used::default();
                    fact.usage.recipients = Used::default();
                    fact.sent_today.fill(0);
                    slot.recipients.clear();
                }
                if new_month {
                    fact.usage.month = Used::default();
                    slot.hours.clear();
                }
            }
        }
        self.place.ends.second = UnixMs((now.0.div_euclid(1_000) + 1) * 1_000);
        for fact in &mut self.facts {
            fact.usage.second = Used::default();
        }
    }

    pub(crate) fn zone(&self) -> &str {
        &self.zone
    }

    pub(crate) fn place(&self) -> Place {
        self.place
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn facts(&self) -> &[Line] {
        &self.facts
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    fn at(&self, line_id: i64) -> Option<usize> {
        self.slots.iter().position(|slot| slot.row.line_id == line_id)
    }

    pub(crate) fn slot(&self, line_id: i64) -> Option<&Slot> {
        self.slots.get(self.at(line_id)?)
    }

    /// What the modems call a line.
    pub(crate) fn key(&self, line_id: i64) -> Option<LineKey> {
        self.slot(line_id)?.report.as_ref().map(|report| report.key.clone())
    }

    pub(crate) fn of_imei(&self, imei: &str) -> Option<i64> {
        self.slots.iter().find(|slot| slot.row.imei == imei).map(|slot| slot.row.line_id)
    }

    pub(crate) fn health(&self, line_id: i64) -> Option<LineHealth> {
        self.slot(line_id).map(Slot::health)
    }

    pub(crate) fn healths(&self) -> Vec<LineHealth> {
        self.slots.iter().map(Slot::health).collect()
    }

    pub(crate) fn first_ready(&self) -> Option<i64> {
        self.slots.iter().find(|slot| slot.health() == LineHealth::Ready).map(|slot| slot.row.line_id)
    }

    /// A rule forbids this number.
    pub(crate) fn denies(&self, to: &Destination) -> bool {
        let rule =
            if to.is_international() { self.rules.find(to.digits()) } else { self.rules.every_other() };
        rule.is_some_and(|rule| rule.deny)
    }

    /// Short messages of today by all lines.
    pub(crate) fn sent_today(&self) -> i64 {
        self.facts.iter().map(|fact| i64::from(fact.usage.day.all)).sum()
    }

    /// Whether any line could take a message now.
    pub(crate) fn anybody_free(&self) -> bool {
        self.facts
            .iter()
            .any(|fact| !fact.busy && fact.health == LineHealth::Ready && fact.active && !fact.swapped)
    }

    /// Has a line sent to this number today?
    pub(crate) fn seen_today(&self, line_id: i64, number_tag: &[u8; 16]) -> bool {
        self.slot(line_id).is_some_and(|slot| slot.recipients.contains(number_tag))
    }

    pub(crate) fn choose(&self, wanted: &Wanted<'_>) -> Decision {
        routing::choose(wanted, &self.rules, &self.facts)
    }

    /// A line takes a message: it is busy, and its SIM has used what the message takes. Answers with the prefix of the
    /// tariff that counts, and whether the recipient is new today.
    pub(crate) fn take(&mut self, place: usize, taken: Taken<'_>) -> (Option<String>, bool) {
        self.choices += 1;
        let (fact, slot) = (&mut self.facts[place], &mut self.slots[place]);
        fact.busy = true;
        fact.last_used = self.choices;
        fact.gap_ms = gap(
            ms(slot.sim_settings.limits.gap_min_ms),
            ms(slot.sim_settings.limits.gap_max_ms),
            taken.random,
        );
        let new = fact.limits.recipients > 0 && slot.recipients.insert(taken.number_tag);
        fact.usage.add(taken.class, taken.parts, new);
        slot.sending = Some(taken.message);
        count_hour(slot, self.place, taken.class, i64::from(taken.parts));
        let (digits, international) = (taken.to.digits(), taken.to.is_international());
        let unpaid = if fact.packages.is_empty() {
            taken.parts
        } else {
            let unpaid = tariff::take_from(&mut fact.packages, digits, international, taken.parts, taken.now);
            slot.packages_changed |= unpaid < taken.parts;
            unpaid
        };
        let row = fact.tariff.place(digits, international).filter(|_| unpaid > 0);
        let prefix = row.and_then(|row| fact.tariff.rows().get(row)).filter(|row| row.after > 0);
        let prefix = prefix.map(|row| row.prefix.clone());
        if let Some(row) = row {
            if fact.sent_today.len() <= row {
                fact.sent_today.resize(row + 1, 0);
            }
            fact.sent_today[row] = fact.sent_today[row].saturating_add(unpaid);
        }
        (prefix, new)
    }

    /// A further part of a message goes in this second.
    pub(crate) fn count_part(&mut self, line_id: i64, class: Class) {
        if let Some(place) = self.at(line_id) {
            self.facts[place].usage.second.add(class, 1);
        }
    }

    /// A line is done with its message.
    pub(crate) fn done(&mut self, line_id: i64, sent: bool, now: UnixMs) {
        let Some(place) = self.at(line_id) else { return };
        self.facts[place].busy = false;
        self.slots[place].sending = None;
        if sent {
            self.facts[place].last_sent = Some(now);
            self.facts[place].backoff_until = None;
            self.slots[place].last_sent = Some(now);
            self.slots[place].failures = 0;
        }
    }

    /// Short messages that did not leave are given back.
    pub(crate) fn give_back(&mut self, line_id: i64, class: Class, parts: u32) {
        let Some(place) = self.at(line_id) else { return };
        let usage = &mut self.facts[place].usage;
        for used in [&mut usage.hour, &mut usage.day, &mut usage.month] {
            used.all = used.all.saturating_sub(parts);
            if class == Class::Otp {
                used.otp = used.otp.saturating_sub(parts);
            }
        }
        count_hour(&mut self.slots[place], self.place, class, -i64::from(parts));
    }

    /// A line failed: it rests, longer each time.
    pub(crate) fn rest(&mut self, line_id: i64, now: UnixMs) {
        let Some(place) = self.at(line_id) else { return };
        let failures = &mut self.slots[place].failures;
        let rest = RESTS_S[(*failures).min(RESTS_S.len() - 1)];
        *failures += 1;
        self.facts[place].backoff_until = Some(now.plus(rest * 1_000));
    }

    /// A line shall be tried again at once.
    pub(crate) fn wake(&mut self, line_id: i64) {
        let Some(place) = self.at(line_id) else { return };
        self.slots[place].failures = 0;
        self.facts[place].backoff_until = None;
    }

    /// Reports stay away, or come again.
    pub(crate) fn set_doubt(&mut self, line_id: i64, doubt: Option<String>) {
        let Some(place) = self.at(line_id) else { return };
        self.slots[place].doubt = doubt;
        self.facts[place].weak = self.slots[place].weak();
    }

    /// What is left of packages, of SIMs for which that changed since it was last asked.
    pub(crate) fn changed_packages(&mut self) -> Vec<(i64, SimSettings)> {
        let mut changed = Vec::new();
        for (slot, fact) in self.slots.iter_mut().zip(&self.facts) {
            if !std::mem::take(&mut slot.packages_changed) {
                continue;
            }
            slot.use_up(fact);
            slot.stored_packages.clone_from(&slot.sim_settings.packages);
            if let Some(sim) = &slot.sim {
                changed.push((sim.sim_id, slot.sim_settings.clone()));
            }
        }
        changed
    }
}

impl Slot {
    /// What is left of its packages now.
    fn use_up(&mut self, fact: &Line) {
        self.sim_settings.packages = fact.packages.iter().map(package_view).collect();
        self.settings.packages.clone_from(&self.sim_settings.packages);
    }

    /// How it fares, all things considered.
    pub(crate) fn health(&self) -> LineHealth {
        match &self.report {
            _ if !self.settings.active => LineHealth::Off,
            None => LineHealth::Absent,
            Some(report) => report.health,
        }
    }

    /// Its signal is weak, or its reports stay away.
    pub(crate) fn weak(&self) -> bool {
        self.doubt.is_some()
            || self.report.as_ref().and_then(|report| report.signal_dbm).is_some_and(|dbm| dbm < WEAK_DBM)
    }

    /// The SIM that is in it is one that its row names.
    fn knows(&self, report: &LineReport) -> bool {
        let named = self.sim.as_ref().is_some_and(|sim| sim.iccid == report.key.iccid);
        report.key.iccid.is_empty() || (named && self.row.found_sim.is_none())
    }
}

fn ms(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

fn count_hour(slot: &mut Slot, place: Place, class: Class, parts: i64) {
    if slot.hours.last().is_none_or(|last| last.hour != place.hour) {
        slot.hours.push(HourUse { hour: place.hour, day: place.day, normal: 0, otp: 0, cost: 0 });
    }
    if let Some(last) = slot.hours.last_mut() {
        match class {
            Class::Normal => last.normal = (last.normal + parts).max(0),
            Class::Otp => last.otp = (last.otp + parts).max(0),
        }
    }
}

fn slot(line: Loaded, known: Option<Slot>, now: UnixMs) -> Slot {
    let before = known.as_ref();
    // Nobody has set them since: what was used of them counts.
    let packages_changed = before.is_some_and(|slot| {
        slot.packages_changed && slot.stored_packages == line.sim_settings.packages && same_sim(slot, &line)
    });
    Slot {
        since: before.map_or(now, |slot| slot.since),
        sending: before.and_then(|slot| slot.sending),
        last_sent: before.and_then(|slot| slot.last_sent),
        doubt: before.and_then(|slot| slot.doubt.clone()),
        failures: before.map_or(0, |slot| slot.failures),
        packages_changed,
        stored_packages: line.sim_settings.packages.clone(),
        report: known.and_then(|slot| slot.report),
        recipients: line.recipients.into_iter().collect(),
        by_prefix: line.by_prefix,
        hours: line.hours,
        row: line.row,
        settings: line.settings,
        sim: line.sim,
        sim_settings: line.sim_settings,
    }
}

fn same_sim(slot: &Slot, line: &Loaded) -> bool {
    slot.sim.as_ref().map(|sim| sim.sim_id) == line.sim.as_ref().map(|sim| sim.sim_id)
}

fn fact_of(slot: &Slot, before: Option<&Line>, place: Place) -> Line {
    let set = &slot.sim_settings;
    let tariff = Tariff::new(
        set.tariff
            .iter()
            .map(|row| tariff::TariffRow {
                prefix: row.prefix.clone(),
                price: Rupiah(row.price),
                after: ms(row.after),
                price_after: Rupiah(row.price_after),
            })
            .collect(),
    );
    let mut usage =
        Usage { second: before.map(|fact| fact.usage.second).unwrap_or_default(), ..Usage::default() };
    for hour in &slot.hours {
        for (used, counts) in [
            (&mut usage.hour, hour.hour == place.hour),
            (&mut usage.day, hour.day == place.day),
            (&mut usage.month, hour.hour >= place.month),
        ] {
            if counts {
                used.add(Class::Normal, ms(hour.normal));
                used.add(Class::Otp, ms(hour.otp));
            }
        }
    }
    usage.recipients.all = u32::try_from(slot.recipients.len()).unwrap_or(u32::MAX);
    Line {
        id: slot.row.line_id,
        health: slot.health(),
        swapped: slot.row.found_sim.is_some(),
        active: slot.settings.active,
        send_from_api: slot.settings.send_from_api,
        is_default: slot.settings.is_default,
        busy: slot.sending.is_some(),
        weak: slot.weak(),
        limits: Limits {
            second: ms(set.limits.per_second),
            hour: ms(set.limits.per_hour),
            day: ms(set.limits.per_day),
            month: ms(set.limits.per_month),
            recipients: ms(set.limits.recipients_per_day),
        },
        usage,
        last_sent: slot.last_sent,
        // Drawn for the last message; what is set now counts.
        gap_ms: before.map_or(0, |fact| {
            let (least, most) = (ms(set.limits.gap_min_ms), ms(set.limits.gap_max_ms));
            fact.gap_ms.clamp(least, most.max(least))
        }),
        sent_today: tariff
            .rows()
            .iter()
            .map(|row| {
                slot.by_prefix.iter().find(|(prefix, _)| *prefix == row.prefix).map_or(0, |(_, parts)| *parts)
            })
            .collect(),
        packages: set.packages.iter().map(package).collect(),
        tariff,
        balance: slot.sim.as_ref().and_then(|sim| sim.balance).map(|(amount, _)| Rupiah(amount)),
        floor: Rupiah(set.balance_floor),
        backoff_until: before.and_then(|fact| fact.backoff_until),
        last_used: before.map_or(0, |fact| fact.last_used),
    }
}

fn package(set: &SmsPackage) -> Package {
    Package { prefixes: set.prefixes.clone(), left: ms(set.left), until: set.until_ms.map(UnixMs) }
}

fn package_view(package: &Package) -> SmsPackage {
    SmsPackage {
        prefixes: package.prefixes.clone(),
        left: i64::from(package.left),
        until_ms: package.until.map(|at| at.0),
    }
}
