//! A line as people see it.

use gerai_core::money::Rupiah;
use gerai_core::phone;
use gerai_core::port::VaultError;
use gerai_core::port::lines::LineHealth;
use gerai_core::sms::balance;
use gerai_core::sms::limits::left;
use gerai_core::sms::routing::Line;
use gerai_core::sms::state::Class;
use gerai_core::time::UnixMs;
use gerai_store::sms::lines::LineRow;
use gerai_store::sms::queue;
use gerai_store::{Db, StoreError};

use super::board::Slot;
use super::pool;
use crate::App;
use crate::contract::{ApiError, LineStatus, LineUsage, LineView, SimBalance};
use crate::usecases::lines::SIM_PIN;

/// Messages of a pool that are counted for a line's card.
const COUNTED_MAX: i64 = 10_000;
const DAY_MS: i64 = 86_400_000;
/// Spending of so many days makes the forecast.
const FORECAST_DAYS: i64 = 7;

impl App {
    /// A line as it is now.
    pub(crate) fn line_view(&self, db: &Db, row: LineRow) -> Result<LineView, ApiError> {
        let queue = self.waiting_for(db, row.line_id)?;
        let has_pin = self.sms.has_pin(&row.imei, || {
            match self.vault.get(&self.vault_entry(&format!("{SIM_PIN}/{}", row.imei))) {
                Ok(_) => Ok(true),
                Err(VaultError::NoEntry) => Ok(false),
                Err(away @ (VaultError::Missing | VaultError::Unavailable(_))) => Err(away),
            }
        });
        let now = self.clock.now();
        let mut board = self.sms.board();
        board.roll(now);
        let place = board.place();
        let facts = board.facts().iter().find(|fact| fact.id == row.line_id);
        let (Some(slot), Some(fact)) = (board.slot(row.line_id), facts) else {
            // The dispatcher does not run: what is stored is all there is.
            return Ok(stored_only(row, queue, has_pin, now));
        };
        let report = slot.report.clone();
        let report = report.as_ref();
        let storage = report.and_then(|report| report.storage);
        let known = |own: &str, seen: Option<&str>| {
            let seen = seen.unwrap_or_default();
            if seen.is_empty() { own.to_owned() } else { seen.to_owned() }
        };
        Ok(LineView {
            id: row.line_id,
            imei: row.imei,
            iccid_tail: slot
                .sim
                .as_ref()
                .map(|sim| sim.iccid.get(sim.iccid.len().saturating_sub(4)..).unwrap_or_default().to_owned())
                .unwrap_or_default(),
            port: report.map(|report| report.port.clone()).unwrap_or_default(),
            status: status(slot),
            since_ms: slot.since.0,
            trouble: trouble(slot),
            model: known(
                &row.model,
                report.map(|r| format!("{} {}", r.maker, r.model)).as_deref().map(str::trim),
            ),
            firmware: report.map(|report| report.firmware.clone()).unwrap_or_default(),
            operator: known(
                slot.sim.as_ref().map_or("", |sim| sim.operator.as_str()),
                report.map(|report| report.operator.as_str()),
            ),
            roaming: report.is_some_and(|report| report.roaming),
            signal_dbm: report.and_then(|report| report.signal_dbm).map(i64::from),
            msisdn: phone::mask(&known(&slot.settings.msisdn, report.map(|report| report.msisdn.as_str()))),
            smsc: report.map(|report| report.smsc.clone()).unwrap_or_default(),
            stored: storage.map(|(used, _)| i64::from(used)),
            stored_max: storage.map(|(_, most)| i64::from(most)),
            pin_tries: report.and_then(|report| report.pin_tries).map(i64::from),
            has_pin,
            baud: report.and_then(|report| report.baud).map(i64::from),
            queue,
            sending: slot.sending,
            last_sent_ms: slot.last_sent.map(|at| at.0),
            recoveries: report.map_or(0, |report| i64::from(report.recoveries)),
            usage: usage(slot, fact, place.day),
            balance: balance_view(slot, now),
            settings: slot.settings.clone(),
        })
    }

    /// Messages that wait for this line: chosen for it, or of rules whose first choice it is.
    fn waiting_for(&self, db: &Db, line_id: i64) -> Result<i64, StoreError> {
        let own: Vec<String> = {
            let board = self.sms.board();
            let first = |rule: &&gerai_core::sms::routing::Rule| {
                rule.tiers.first().is_some_and(|tier| tier.contains(&line_id))
            };
            let rules = board.rules().all().iter().filter(first).map(pool::of_rule);
            let default = board.slot(line_id).is_some_and(|slot| slot.settings.is_default)
                || board.rules().all().is_empty();
            rules.chain(default.then(pool::others)).chain([pool::of_line(line_id)]).collect()
        };
        let mut waiting = 0;
        for pool in own {
            waiting += queue::waiting_in(db, &pool, COUNTED_MAX)?;
            waiting += queue::waiting_in(db, &pool::of_programs(&pool), COUNTED_MAX)?;
        }
        Ok(waiting)
    }
}

fn status(slot: &Slot) -> LineStatus {
    match slot.health() {
        LineHealth::Off => LineStatus::Off,
        LineHealth::Absent => LineStatus::Absent,
        _ if slot.row.found_sim.is_some() => LineStatus::SimSwapped,
        LineHealth::Starting => LineStatus::Starting,
        LineHealth::Ready if slot.weak() => LineStatus::Doubtful,
        LineHealth::Ready => LineStatus::Ready,
        LineHealth::Searching => LineStatus::Searching,
        LineHealth::NoSim => LineStatus::NoSim,
        LineHealth::PinWanted => LineStatus::PinWanted,
        LineHealth::PinWrong => LineStatus::PinWrong,
        LineHealth::PukWanted => LineStatus::PukWanted,
        LineHealth::Recovering => LineStatus::Recovering,
        LineHealth::Quarantined => LineStatus::Quarantined,
        LineHealth::PortTaken => LineStatus::PortTaken,
    }
}

fn trouble(slot: &Slot) -> String {
    if slot.row.found_sim.is_some() {
        return "Another SIM than before is in this modem; confirm it, or put the old one back.".to_owned();
    }
    let reported = slot.report.as_ref().map(|report| report.trouble.clone()).unwrap_or_default();
    if reported.is_empty() { slot.doubt.clone().unwrap_or_default() } else { reported }
}

fn usage(slot: &Slot, fact: &Line, day: UnixMs) -> LineUsage {
    let mut by_hour = vec![0; 24];
    for hour in slot.hours.iter().filter(|hour| hour.day == day) {
        let place = usize::try_from(hour.hour.since(day) / 3_600_000).unwrap_or(0);
        if let Some(count) = by_hour.get_mut(place) {
            *count += hour.normal + hour.otp;
        }
    }
    let rest = |class| left(fact.limits.day, fact.usage.day, class).map(i64::from);
    LineUsage {
        today: i64::from(fact.usage.day.all),
        today_otp: i64::from(fact.usage.day.otp),
        by_hour,
        hour: i64::from(fact.usage.hour.all),
        month: i64::from(fact.usage.month.all),
        left_normal: rest(Class::Normal),
        left_otp: rest(Class::Otp),
    }
}

fn balance_view(slot: &Slot, now: UnixMs) -> Option<SimBalance> {
    let sim = slot.sim.as_ref()?;
    let (amount, at) = sim.balance?;
    let since = now.plus(-FORECAST_DAYS * DAY_MS);
    let spent: i64 = slot.hours.iter().filter(|hour| hour.hour >= since).map(|hour| hour.cost).sum();
    let readings = [(since, Rupiah(amount.saturating_add(spent))), (now, Rupiah(amount))];
    let days_left = if spent > 0 {
        balance::days_left(&readings, Rupiah(slot.sim_settings.balance_floor), now)
    } else {
        None
    };
    Some(SimBalance { amount, at_ms: at.0, expires_ms: sim.expires.map(|at| at.0), days_left })
}

fn stored_only(row: LineRow, queue: i64, has_pin: bool, now: UnixMs) -> LineView {
    let settings = crate::usecases::lines::modem_settings(&row);
    LineView {
        id: row.line_id,
        imei: row.imei,
        iccid_tail: String::new(),
        port: String::new(),
        status: if settings.active { LineStatus::Absent } else { LineStatus::Off },
        since_ms: now.0,
        trouble: String::new(),
        model: row.model,
        firmware: String::new(),
        operator: String::new(),
        roaming: false,
        signal_dbm: None,
        msisdn: phone::mask(&settings.msisdn),
        smsc: settings.smsc.clone(),
        stored: None,
        stored_max: None,
        pin_tries: None,
        has_pin,
        baud: None,
        queue,
        sending: None,
        last_sent_ms: None,
        recoveries: 0,
        usage: LineUsage::default(),
        balance: None,
        settings,
    }
}
