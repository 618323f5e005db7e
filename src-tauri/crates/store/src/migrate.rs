//! Migrations: forward only, each file and its version in one transaction, checked by hash, refused when the
//! database is newer. An existing database is copied beside itself before anything is applied.

use std::path::Path;

use gerai_core::audit::{AuditOutcome, AuditRecord};
use gerai_core::time::UnixMs;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::audit;
use crate::error::StoreError;

/// A migration: its file name, its text, and what SQL cannot do, done after it in the same transaction.
struct Migration {
    name: &'static str,
    sql: &'static str,
    then: fn(&Connection) -> Result<(), StoreError>,
}

macro_rules! migrations {
    ($($name:literal then $then:path),* $(,)?) => {
        &[$( Migration {
            name: $name,
            sql: include_str!(concat!("../../../../migrations/", $name)),
            then: $then,
        } ),*]
    };
}

/// In order; version n is the n-th. Landed ones are never edited.
static MIGRATIONS: &[Migration] = migrations!["0001_ledger.sql" then nothing, "0002_people.sql" then acts_become_audit, "0003_checks.sql" then nothing, "0004_sms.sql" then nothing, "0005_stove.sql" then nothing, "0006_counter.sql" then nothing];

/// The version this program knows.
#[must_use]
pub fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Brings the database at `path` to the newest version.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(connection)?;
    if found > known_version() {
        return Err(StoreError::Newer { found, known: known_version() });
    }
    check_applied(connection)?;
    if found == known_version() {
        return Ok(());
    }
    if found > 0 {
        back_up(connection, path, found)?;
    }
    for (number, migration) in (1_i64..).zip(MIGRATIONS).skip(usize::try_from(found).unwrap_or(0)) {
        apply(connection, number, migration).map_err(|cause| StoreError::Migration {
            name: migration.name.to_owned(),
            cause: cause.to_string(),
        })?;
    }
    Ok(())
}

/// The version a database is of; 0 for an empty one.
pub(crate) fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

fn nothing(_: &Connection) -> Result<(), StoreError> {
    Ok(())
}

/// The acts that were kept before there was an audit trail become its first records: hashes are not SQL's business.
fn acts_become_audit(connection: &Connection) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT at_ms, actor, what, detail FROM act ORDER BY act_id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let act: String = row.get(2)?;
        let refused = act == "session.refused";
        let record = AuditRecord {
            at: UnixMs(row.get(0)?),
            actor: row.get(1)?,
            operator_id: None,
            surface: String::new(),
            peer: String::new(),
            act: if refused { "session.sign_in".to_owned() } else { act },
            outcome: if refused { AuditOutcome::Refused } else { AuditOutcome::Done },
            subject: row.get(3)?,
            before: None,
            after: None,
        };
        audit::append(connection, &record)?;
    }
    drop(rows);
    drop(statement);
    Ok(connection.execute_batch("DROP TABLE act")?)
}

fn apply(connection: &mut Connection, number: i64, migration: &Migration) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (
           version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 BLOB NOT NULL) STRICT;",
    )?;
    transaction.execute_batch(migration.sql)?;
    (migration.then)(&transaction)?;
    transaction.execute(
        "INSERT INTO migration (version, name, sha256) VALUES (?1, ?2, ?3)",
        (number, migration.name, checksum(migration)),
    )?;
    transaction.pragma_update(None, "user_version", number)?;
    Ok(transaction.commit()?)
}

fn check_applied(connection: &Connection) -> Result<(), StoreError> {
    let any = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'", [], |_| Ok(()))
        .optional()?;
    if any.is_none() {
        return Ok(());
    }
    let mut statement = connection.prepare("SELECT version, name, sha256 FROM migration ORDER BY version")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?))
    })?;
    for row in rows {
        let (number, name, applied) = row?;
        let ours = usize::try_from(number - 1).ok().and_then(|place| MIGRATIONS.get(place));
        if ours.is_none_or(|migration| checksum(migration) != applied) {
            return Err(StoreError::MigrationChanged { name });
        }
    }
    Ok(())
}

fn checksum(migration: &Migration) -> Vec<u8> {
    Sha256::digest(migration.sql.as_bytes()).to_vec()
}

fn back_up(connection: &Connection, path: &Path, found: i64) -> Result<(), StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-migration-{found}"));
    let copy = Path::new(&name);
    let failed = |cause: String| StoreError::Migration { name: format!("copy to {}", copy.display()), cause };
    if copy.exists() {
        std::fs::remove_file(copy).map_err(|error| failed(error.to_string()))?;
    }
    connection
        .backup("main", copy, None::<fn(rusqlite::backup::Progress)>)
        .map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Connection {
        Connection::open(path).unwrap()
    }

    #[test]
    fn migrates_once_and_again_costs_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gerai.db");
        migrate(&mut open(&path), &path).unwrap();
        migrate(&mut open(&path), &path).unwrap();
        assert_eq!(version(&open(&path)).unwrap(), known_version());
    }

    #[test]
    fn refuses_a_newer_database() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gerai.db");
        let mut connection = open(&path);
        connection.pragma_update(None, "user_version", known_version() + 1).unwrap();
        assert!(matches!(migrate(&mut connection, &path), Err(StoreError::Newer { .. })));
    }

    #[test]
    fn refuses_an_edited_migration() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gerai.db");
        let mut connection = open(&path);
        migrate(&mut connection, &path).unwrap();
        connection.execute("UPDATE migration SET sha256 = x'00'", []).unwrap();
        assert!(matches!(migrate(&mut connection, &path), Err(StoreError::MigrationChanged { .. })));
    }

    #[test]
    fn a_station_of_the_first_version_keeps_its_people_and_its_acts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gerai.db");
        let mut connection = open(&path);
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        apply(&mut connection, 1, &MIGRATIONS[0]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO operator (name, role, password_hash, created_ms) VALUES ('rina', 'owner', 'h', 7);
                 INSERT INTO session (token_hash, operator_id, created_ms, expires_ms) VALUES (zeroblob(32), 1, 7, 8);
                 INSERT INTO act (at_ms, actor, what, detail) VALUES (7, 'rina', 'owner.create', 'Meja 1'),
                   (8, 'rina', 'session.refused', '');",
            )
            .unwrap();
        migrate(&mut connection, &path).unwrap();
        let role: String = connection
            .query_row("SELECT role FROM operator WHERE name = 'RINA'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(role, "owner");
        let report = audit::verify(&connection).unwrap();
        assert_eq!((report.records, report.bad), (2, None));
        let second = audit::get(&connection, 2).unwrap().unwrap().record;
        assert_eq!((second.act.as_str(), second.outcome), ("session.sign_in", AuditOutcome::Refused));
        assert!(path.with_file_name("gerai.db.before-migration-1").exists());
    }

    #[test]
    fn the_checks_of_a_tap_build_no_tables_and_still_refuse() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gerai.db");
        migrate(&mut open(&path), &path).unwrap();
        let connection = open(&path);
        let text: String = connection
            .query_row(
                "SELECT group_concat(sql) FROM sqlite_schema WHERE name IN ('journal_entry', 'payment', 'outbox')",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert!(text.contains("outcome = 'unarmed'") && text.contains("channel = 'failed'"), "{text}");
        assert!(!text.contains("'tap','cash_topup'") && !text.contains("'pending','posted'"), "{text}");
        let bent = connection.execute(
            "INSERT INTO outbox (rejected_id, channel, body, at_ms) VALUES (NULL, 'elsewhere', '', 0)",
            [],
        );
        assert!(bent.unwrap_err().to_string().contains("channel = 'v2'"));
        let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
    }

    #[test]
    fn a_failed_migration_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let mut connection = open(&dir.path().join("gerai.db"));
        let broken =
            Migration { name: "broken", sql: "CREATE TABLE a (b); CREATE TABLE a (b);", then: nothing };
        assert!(apply(&mut connection, 1, &broken).is_err());
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!((tables, version(&connection).unwrap()), (0, 0));
    }
}
