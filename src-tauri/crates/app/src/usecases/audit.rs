//! The audit trail as people read it: pages, the check of its chain, the export.

use std::sync::{Arc, PoisonError};

use gerai_core::audit::AuditOutcome;
use gerai_core::hex;
use gerai_core::ledger::chain::Hash;
use gerai_core::time::UnixMs;
use gerai_store::StoreError;
use gerai_store::audit::{self as store, AuditFilter, StoredRecord};
use serde_json::Value;

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::usecases::page_rows;

/// Longest text of a filter that is looked at.
const FILTER_CHARS_MAX: usize = 80;

pub(crate) async fn list(app: &Arc<App>, _: &Caller, asked: AuditList) -> Result<Page<AuditRow>, ApiError> {
    let short = |text: Option<String>| {
        text.map(|text| text.trim().chars().take(FILTER_CHARS_MAX).collect::<String>())
            .filter(|text| !text.is_empty())
    };
    let filter = AuditFilter {
        actor: short(asked.actor),
        act: short(asked.act),
        outcome: asked.result.map(|result| match result {
            AuditResult::Done => AuditOutcome::Done,
            AuditResult::Refused => AuditOutcome::Refused,
        }),
        from: asked.from_ms.map(UnixMs),
        until: asked.until_ms.map(UnixMs),
    };
    app.read(move |db| {
        let limit = page_rows(asked.limit);
        let rows = store::list(db, &filter, asked.cursor, limit)?;
        let next = (rows.len() as i64 == limit).then(|| rows.last().map(|row| row.audit_id)).flatten();
        let total = store::count(db, &filter)?;
        Ok(Page { rows: rows.into_iter().map(row).collect(), next, total })
    })
    .await
}

/// Records oldest first. Taking a copy of the trail is an act of its own, recorded at its first page.
pub(crate) async fn export(
    app: &Arc<App>,
    caller: &Caller,
    asked: AuditExport,
) -> Result<Page<AuditRow>, ApiError> {
    let (after, limit) = (asked.after.max(0), page_rows(asked.limit));
    if after == 0 {
        let trail = app.trail(caller);
        app.write(move |db| {
            let through = store::head(db)?.0;
            Ok(trail.done(db, "audit.export", format!("{through} records"))?)
        })
        .await?;
        app.emit(Event::Audit);
    }
    app.read(move |db| {
        let rows = store::after(db, after, limit)?;
        let next = (rows.len() as i64 == limit).then(|| rows.last().map(|row| row.audit_id)).flatten();
        let total = store::head(db)?.0;
        Ok(Page { rows: rows.into_iter().map(row).collect(), next, total })
    })
    .await
}

fn row(stored: StoredRecord) -> AuditRow {
    let value =
        |text: Option<String>| text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
    let record = stored.record;
    AuditRow {
        id: stored.audit_id,
        at_ms: record.at.0,
        actor: record.actor,
        operator_id: record.operator_id,
        surface: record.surface,
        peer: record.peer,
        act: record.act,
        result: match record.outcome {
            AuditOutcome::Done => AuditResult::Done,
            AuditOutcome::Refused => AuditResult::Refused,
        },
        subject: record.subject,
        before: value(record.before),
        after: value(record.after),
        hash: hex::lower(&stored.hash),
    }
}

pub(crate) async fn verify(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<AuditReport, ApiError> {
    let core = Arc::clone(app);
    App::blocking(move || Ok(core.check_audit()?)).await
}

impl App {
    /// The newest audit record's number and link: kept outside the database, they show a trail whose end was cut off.
    pub fn audit_head(&self) -> Result<(i64, Hash), StoreError> {
        self.store.read(store::head)
    }

    /// Whether the trail holds this record with this link.
    pub fn audit_holds(&self, audit_id: i64, hash: &Hash) -> Result<bool, StoreError> {
        let found = self.store.read(|db| store::get(db, audit_id))?;
        Ok(found.is_some_and(|stored| stored.hash == *hash))
    }

    /// Checks the audit trail from its first record, and that what was there at the last check still is; puts what it
    /// found on the health page. Blocks.
    pub fn check_audit(&self) -> Result<AuditReport, StoreError> {
        let mut found = self.store.read(store::verify)?;
        let mut seen = self.audit_seen.lock().unwrap_or_else(PoisonError::into_inner);
        if found.bad.is_none() && seen.0 > 0 && !self.audit_holds(seen.0, &seen.1).unwrap_or(false) {
            let row = format!("audit {}", seen.0);
            found.bad = Some((row, "it was there at the last check and is gone or another one".to_owned()));
        }
        if found.bad.is_none() {
            *seen = (found.records, found.head);
        }
        drop(seen);
        let report = AuditReport {
            ok: found.bad.is_none(),
            records: found.records,
            head: hex::lower(&found.head),
            bad_row: found.bad.as_ref().map(|(row, _)| row.clone()),
            problem: found.bad.map(|(_, problem)| problem),
        };
        self.put_health(health_row(&report));
        Ok(report)
    }
}

fn health_row(report: &AuditReport) -> HealthRow {
    let (Some(bad), Some(problem)) = (&report.bad_row, &report.problem) else {
        let what = format!("{} records, all in order", report.records);
        return HealthRow::new("audit", "station", HealthState::Good, "audit_whole", what)
            .value("records", report.records);
    };
    tracing::error!("The audit trail is damaged at {bad}: {problem}");
    let what = format!("damaged at {bad}: {problem}");
    HealthRow::new("audit", "station", HealthState::Bad, "audit_damaged", what)
        .value("row", bad)
        .value("problem", problem)
        .next("Somebody or something changed the database. Keep a copy of the folder, and compare with the last backup or export.")
}
