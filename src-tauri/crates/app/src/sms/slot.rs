//! A line's place on the board: its rows, what its modem reports, and how the routing rules see both.

use std::collections::HashSet;

use gerai_core::money::Rupiah;
use gerai_core::port::lines::{LineHealth, LineReport};
use gerai_core::sms::limits::{Limits, Usage};
use gerai_core::sms::routing::Line;
use gerai_core::sms::state::Class;
use gerai_core::sms::tariff::{self, Package, Tariff};
use gerai_core::time::UnixMs;
use gerai_store::sms::lines::{LineRow, SimRow};
use gerai_store::sms::usage::HourUse;
use serde::{Deserialize, Serialize};

use super::calendar::Place;
use crate::contract::{LineSettings, SimLimits, SmsPackage, TariffRow};

/// A signal below this is weak, dBm.
const WEAK_DBM: i16 = -101;

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
    pub(super) recipients: HashSet<[u8; 16]>,
    /// Short messages of today by prefix of the tariff, as stored.
    pub(super) by_prefix: Vec<(String, u32)>,
    pub(super) failures: usize,
    /// What was used of packages is not on the disk yet.
    pub(super) packages_changed: bool,
    /// The packages as they were read or written last.
    pub(super) stored_packages: Vec<SmsPackage>,
}

impl Slot {
    /// What is left of its packages now.
    pub(super) fn use_up(&mut self, fact: &Line) {
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
    pub(super) fn knows(&self, report: &LineReport) -> bool {
        let named = self.sim.as_ref().is_some_and(|sim| sim.iccid == report.key.iccid);
        report.key.iccid.is_empty() || (named && self.row.found_sim.is_none())
    }
}

pub(super) fn ms(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

pub(super) fn count_hour(slot: &mut Slot, place: Place, class: Class, parts: i64) {
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

pub(super) fn slot(line: Loaded, known: Option<Slot>, now: UnixMs) -> Slot {
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

pub(super) fn fact_of(slot: &Slot, before: Option<&Line>, place: Place) -> Line {
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

pub(super) fn package_view(package: &Package) -> SmsPackage {
    SmsPackage {
        prefixes: package.prefixes.clone(),
        left: i64::from(package.left),
        until_ms: package.until.map(|at| at.0),
    }
}
