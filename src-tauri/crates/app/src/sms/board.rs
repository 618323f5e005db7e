//! The board: every line as it is now, what its SIM has used, and the rules over them. The dispatcher decides on it, the
//! screens read it. Held for moments, never across a wait.

use gerai_core::phone::Destination;
use gerai_core::port::lines::{LineHealth, LineKey, LineReport};
use gerai_core::sms::limits::{Used, gap};
use gerai_core::sms::routing::{self, Decision, Line, Rules, Wanted};
use gerai_core::sms::state::Class;
use gerai_core::sms::tariff;
use gerai_core::time::UnixMs;

use super::calendar::{self, Place};
use super::slot::{self, count_hour, fact_of, ms};
pub(crate) use super::slot::{Loaded, SimSettings, Slot};

/// Rests of a line after failures in a row, seconds.
const RESTS_S: [i64; 6] = [5, 15, 30, 60, 180, REST_MAX_MS / 1_000];
const REST_MAX_MS: i64 = 600_000;

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
            let mut slot = slot::slot(line, known, now);
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
