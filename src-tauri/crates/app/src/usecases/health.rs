//! The health page: what every part of the station says of itself, and the ledger's own checks.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use gerai_core::hex;
use gerai_core::time::{CLOCK_JUMP_ALARM_MS, ClockHold, UnixMs};
use gerai_store::{
    Db, accounts, journal, outbox, payments, readers, recovery, rejected, verify as store_verify,
};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::devices::VIRTUAL_PREFIX;

impl HealthRow {
    /// A row. `code` and `values` are for translation, `summary` for the log and the command line.
    pub fn new(part: &str, group: &str, state: HealthState, code: &str, summary: impl Into<String>) -> Self {
        Self {
            part: part.to_owned(),
            group: group.to_owned(),
            state,
            summary: summary.into(),
            next_step: String::new(),
            code: code.to_owned(),
            values: BTreeMap::new(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next_step = step.into();
        self
    }

    /// A figure of its code.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl ToString) -> Self {
        self.values.insert(name.to_owned(), value.to_string());
        self
    }
}

pub(crate) async fn show(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<HealthView, ApiError> {
    let (now, day) = app.today();
    let core = Arc::clone(app);
    app.read(move |db| {
        let mut rows = core.health_rows();
        let outbox_depth = outbox::depth(db, core.outbox_done.load(Ordering::Acquire))?;
        let last_entry = journal::head(db)?.0;
        rows.push(ledger_row(&core, last_entry));
        rows.push(link_row(&core));
        rows.push(outbox_row(outbox_depth));
        for reader in
            readers::list(db)?.into_iter().filter(|r| !r.name.starts_with(VIRTUAL_PREFIX) && !r.revoked)
        {
            rows.extend(reader_row(&core, &reader, now));
        }
        rows.extend(recovery_row(&core, db)?);
        let own = rows.iter().position(|row| row.part == "clock").map(|at| rows.swap_remove(at));
        rows.push(core.clock_watch.complete(own.unwrap_or_else(|| clock_row(0, None))));
        rows.sort_by_key(|row| (row.group != "payments", order(&row.part), row.part.clone()));
        let attention =
            rows.iter().filter(|row| matches!(row.state, HealthState::Attention | HealthState::Bad)).count();
        Ok(HealthView {
            rows,
            attention: attention as i64,
            readers_online: core.presence.online(),
            outbox_depth,
            last_entry,
            rejected_today: rejected::count(db, Some(day))?,
        })
    })
    .await
}

fn order(part: &str) -> usize {
    const ORDER: [&str; 12] = [
        "ledger", "broker", "link", "outbox", "reader", "recovery", "vault", "disk", "clock", "audit", "web",
        "tls",
    ];
    let kind = part.split(':').next().unwrap_or(part);
    ORDER.iter().position(|name| *name == kind).unwrap_or(ORDER.len())
}

fn ledger_row(app: &App, last_entry: i64) -> HealthRow {
    match app.stopped() {
        Some(why) => HealthRow::new("ledger", "payments", HealthState::Bad, "ledger_stopped", why)
            .next("Check the disk, then restart Gerai. Nothing is charged until then."),
        None => HealthRow::new(
            "ledger",
            "payments",
            HealthState::Good,
            "ledger_writing",
            format!("writing, {last_entry} journal entries"),
        )
        .value("entries", last_entry),
    }
}

fn link_row(app: &App) -> HealthRow {
    let link = app.link.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if link.up {
        return HealthRow::new("link", "payments", HealthState::Good, "link_up", link.detail.clone())
            .value("detail", link.detail);
    }
    let detail = if link.since.is_none() { "not connected yet".to_owned() } else { link.detail };
    HealthRow::new("link", "payments", HealthState::Bad, "link_down", detail.clone())
        .value("detail", detail)
        .next("Check that the broker runs and that its address and login are right. Taps wait until then.")
}

fn outbox_row(depth: i64) -> HealthRow {
    let state = if depth > 1_000 { HealthState::Attention } else { HealthState::Good };
    let row = HealthRow::new(
        "outbox",
        "payments",
        state,
        "outbox_depth",
        format!("{depth} results wait to be sent"),
    )
    .value("depth", depth);
    if state == HealthState::Attention {
        row.next("Results leave as soon as the link to the broker is up.")
    } else {
        row
    }
}

/// A reader has a row of its own only when something is to be told.
fn reader_row(app: &App, reader: &readers::Reader, now: UnixMs) -> Option<HealthRow> {
    let part = format!("reader:{}", reader.name);
    if reader.signed && app.reader_key(&reader.name).is_none() {
        let row = HealthRow::new(
            &part,
            "payments",
            HealthState::Bad,
            "reader_without_key",
            "its key is not in the vault, so its taps are refused",
        );
        return Some(row.value("reader", &reader.name).next(
            "Mend or unlock the vault: the key is then found by itself. Or give the reader new credentials.",
        ));
    }
    let seen = app.presence.of(&reader.name);
    let what = seen.incident(now)?.to_owned();
    let row = HealthRow::new(&part, "payments", HealthState::Attention, "reader_incident", what.clone());
    Some(row.value("reader", &reader.name).value("what", what))
}

/// Whether a recovery file was used unseen, or is missing.
fn recovery_row(app: &App, db: &Db) -> Result<Option<HealthRow>, ApiError> {
    if let Some(used) = recovery::unseen_use(db)? {
        let at = used.at.wib_text();
        let row = HealthRow::new(
            "recovery",
            "station",
            HealthState::Bad,
            "recovery_used",
            format!("{} became owner by the recovery file on {at} WIB", used.actor),
        );
        let row = row.value("name", used.actor).value("at_ms", used.at.0);
        return Ok(Some(row.next(
            "If you know of it, an owner acknowledges it under People (`gerai operator recovery seen`) and makes a new \
             recovery file. If not, lock the station away: somebody had the stick and the machine.",
        )));
    }
    if app.first_run() || app.try_out || recovery::file(db)?.is_some() {
        return Ok(None);
    }
    let row = HealthRow::new(
        "recovery",
        "station",
        HealthState::Unused,
        "recovery_none",
        "no recovery file was made: without one a lost password needs the machine's own user",
    );
    Ok(Some(row.next("Make one under People, or with `gerai operator recovery make`, and lock it away.")))
}

/// The clock's row: fine, jumped, or held until somebody says that it is right.
pub(crate) fn clock_row(jump_ms: i64, held: Option<ClockHold>) -> HealthRow {
    if let Some(hold) = held {
        let hours = hold.jumped_ms / 3_600_000;
        return HealthRow::new(
            "clock",
            "station",
            HealthState::Attention,
            "clock_held",
            format!("the clock jumped {hours} h ahead; day limits stay on the old day"),
        )
        .value("hours", hours)
        .next("If the clock is right now, accept it; otherwise set it right.");
    }
    if jump_ms.abs() > CLOCK_JUMP_ALARM_MS {
        return HealthRow::new(
            "clock",
            "station",
            HealthState::Attention,
            "clock_jumped",
            format!("the clock jumped by {} s", jump_ms / 1_000),
        )
        .value("seconds", jump_ms / 1_000)
        .next("Switch on network time on this machine.");
    }
    HealthRow::new("clock", "station", HealthState::Good, "clock_steady", "steady")
}

pub(crate) async fn accept_clock(
    app: &Arc<App>,
    caller: &Caller,
    _: Nothing,
) -> Result<HealthView, ApiError> {
    app.accept_clock();
    let trail = app.trail(caller);
    app.write(move |db| Ok(trail.done(db, "health.accept_clock", "")?)).await?;
    show(app, caller, Nothing {}).await
}

pub(crate) async fn verify(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<VerifyReport, ApiError> {
    app.read(|db| {
        let report = store_verify::verify(db)?;
        Ok(VerifyReport {
            ok: report.bad.is_none(),
            entries: report.entries,
            payments: report.payments,
            outbox: report.outbox,
            head: hex::lower(&report.head),
            bad_row: report.bad.as_ref().map(|(row, _)| row.clone()),
            problem: report.bad.map(|(_, problem)| problem),
        })
    })
    .await
}

pub(crate) async fn stats(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<LedgerStats, ApiError> {
    let (_, day) = app.today();
    let core = Arc::clone(app);
    app.read(move |db| {
        let (accounts, customer_balances) = accounts::totals(db)?;
        let all = payments::PaymentFilter::default();
        let (mut taps_today, mut taken_today) = (0, 0);
        for till in gerai_store::tills::list(db)? {
            let (taps, taken, _) = gerai_store::tills::today(db, till.till_id, day.0)?;
            (taps_today, taken_today) = (taps_today + taps, taken_today + taken);
        }
        Ok(LedgerStats {
            entries: journal::head(db)?.0,
            payments: payments::count(db, &all)?,
            accounts,
            customer_balances,
            sum: accounts::sum(db)?,
            taps_today,
            taken_today,
            database_bytes: i64::try_from(core.store.size_bytes()).unwrap_or(i64::MAX),
        })
    })
    .await
}
