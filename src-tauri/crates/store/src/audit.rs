//! The audit trail: appended in the transaction of the act it records, read in pages, verified from its first record.

use gerai_core::audit::{AuditOutcome, AuditRecord, record_hash};
use gerai_core::ledger::chain::{GENESIS, Hash};
use gerai_core::time::UnixMs;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params_from_iter};

use crate::{Db, StoreError, StoreResult};

const COLUMNS: &str =
    "audit_id, at_ms, actor, operator_id, surface, peer, act, outcome, subject, before, after, hash";

/// A stored record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Number, from 1 without gaps.
    pub audit_id: i64,
    /// What it says.
    pub record: AuditRecord,
    /// Its link in the chain.
    pub hash: Hash,
}

/// What was checked, and the first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerified {
    /// Records checked.
    pub records: i64,
    /// Link of the newest one.
    pub head: Hash,
    /// The first bad row and what is wrong with it.
    pub bad: Option<(String, String)>,
}

/// Which records.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this actor.
    pub actor: Option<String>,
    /// Acts that begin so, as `session.`.
    pub act: Option<String>,
    /// Only refusals, or only what was done.
    pub outcome: Option<AuditOutcome>,
    /// From this moment.
    pub from: Option<UnixMs>,
    /// Before this moment.
    pub until: Option<UnixMs>,
}

/// Appends a record and answers with its number.
pub fn append(db: &Db, record: &AuditRecord) -> StoreResult<i64> {
    let (last, previous) = head(db)?;
    let audit_id = last + 1;
    let hash = record_hash(&previous, audit_id, record);
    db.prepare_cached(&format!(
        "INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
    ))?
    .execute((
        audit_id,
        record.at.0,
        &record.actor,
        record.operator_id,
        &record.surface,
        &record.peer,
        &record.act,
        record.outcome.word(),
        &record.subject,
        &record.before,
        &record.after,
        hash,
    ))?;
    Ok(audit_id)
}

/// The newest record's number and link; 0 and the link before the first one when there is none.
pub fn head(db: &Db) -> StoreResult<(i64, Hash)> {
    Ok(db
        .prepare_cached("SELECT audit_id, hash FROM audit ORDER BY audit_id DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or((0, GENESIS)))
}

/// One record.
pub fn get(db: &Db, audit_id: i64) -> StoreResult<Option<StoredRecord>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM audit WHERE audit_id = ?1"))?
        .query_row([audit_id], |row| Ok(read(row)))
        .optional()?
        .transpose()
}

/// Records that fit the filter, newest first, older than `before`.
pub fn list(
    db: &Db,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: i64,
) -> StoreResult<Vec<StoredRecord>> {
    let (mut condition, mut values) = condition(filter);
    if let Some(before) = before {
        condition.push_str(" AND audit_id < ?");
        values.push(before.into());
    }
    values.push(limit.into());
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE {condition} ORDER BY audit_id DESC LIMIT ?");
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// Records after a number, oldest first.
pub fn after(db: &Db, audit_id: i64, limit: i64) -> StoreResult<Vec<StoredRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE audit_id > ?1 ORDER BY audit_id LIMIT ?2");
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map((audit_id, limit), |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// How many records fit the filter.
pub fn count(db: &Db, filter: &AuditFilter) -> StoreResult<i64> {
    let (condition, values) = condition(filter);
    let sql = format!("SELECT count(*) FROM audit WHERE {condition}");
    Ok(db.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?)
}

fn condition(filter: &AuditFilter) -> (String, Vec<Value>) {
    let mut parts = vec!["1"];
    let mut values: Vec<Value> = Vec::new();
    if let Some(actor) = &filter.actor {
        parts.push("actor = ?");
        values.push(actor.clone().into());
    }
    if let Some(act) = &filter.act {
        parts.push("substr(act, 1, length(?)) = ?");
        values.extend([act.clone().into(), act.clone().into()]);
    }
    if let Some(outcome) = filter.outcome {
        parts.push("outcome = ?");
        values.push(outcome.word().to_owned().into());
    }
    if let Some(from) = filter.from {
        parts.push("at_ms >= ?");
        values.push(from.0.into());
    }
    if let Some(until) = filter.until {
        parts.push("at_ms < ?");
        values.push(until.0.into());
    }
    (parts.join(" AND "), values)
}

/// Checks every record from the first one, on one snapshot.
pub fn verify(db: &Db) -> StoreResult<AuditVerified> {
    let mut report = AuditVerified { records: 0, head: GENESIS, bad: None };
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM audit ORDER BY audit_id"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let stored = match read(row) {
            Ok(stored) => stored,
            Err(damage) => {
                let number: i64 = row.get(0)?;
                report.bad = Some((format!("audit {number}"), format!("it cannot be read: {damage}")));
                break;
            }
        };
        let expected = report.records + 1;
        let problem = if stored.audit_id != expected {
            Some(format!("its number should be {expected}: a record is missing"))
        } else if record_hash(&report.head, stored.audit_id, &stored.record) != stored.hash {
            Some("its content does not fit its hash".to_owned())
        } else {
            None
        };
        if let Some(problem) = problem {
            report.bad = Some((format!("audit {}", stored.audit_id), problem));
            break;
        }
        report.records = expected;
        report.head = stored.hash;
    }
    Ok(report)
}

fn read(row: &Row<'_>) -> StoreResult<StoredRecord> {
    let audit_id: i64 = row.get(0)?;
    let outcome: String = row.get(7)?;
    let outcome = AuditOutcome::of_word(&outcome)
        .ok_or_else(|| StoreError::Damaged(format!("audit {audit_id} has no known outcome")))?;
    Ok(StoredRecord {
        audit_id,
        record: AuditRecord {
            at: UnixMs(row.get(1)?),
            actor: row.get(2)?,
            operator_id: row.get(3)?,
            surface: row.get(4)?,
            peer: row.get(5)?,
            act: row.get(6)?,
            outcome,
            subject: row.get(8)?,
            before: row.get(9)?,
            after: row.get(10)?,
        },
        hash: row.get(11)?,
    })
}
