//! The transaction of a token: known already, evidence, or a reading with its flags, its place in the series, its month, and
//! its row on the way to the server; and what it proves about a change of its stove's key. May run twice: all it does is in
//! the database.

use gerai_core::stove::months::Sample;
use gerai_core::stove::quality::{Scope, Severity};
use gerai_core::stove::series::{Bounds, Identity, Neighbours, Point, identity, sort_in};
use gerai_core::stove::vee::{Standing, passes};
use gerai_core::stove::{Flag, Reading, Signature, UnixS, replacement};
use gerai_core::time::UnixMs;
use gerai_store::stove::evidence::{self, NewEvidence};
use gerai_store::stove::readings::{self, Figures, Neighbour, NewReading};
use gerai_store::stove::{forward, months, registry, replacements};
use gerai_store::{Db, StoreError};

use super::change;
use super::keys::seconds;
use super::verdict::Verified;

/// The same token again within this long is the same scan, milliseconds.
pub(crate) const ONE_SCAN_MS: i64 = 3_000;

/// Whether two sights of a code are one scan. A clock that was set back counts again.
pub(crate) fn is_one_scan(before: UnixMs, now: UnixMs) -> bool {
    (0..ONE_SCAN_MS).contains(&now.since(before))
}

/// What the settings say of all tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground {
    pub(crate) bounds: Bounds,
    /// No other server is told of keys: this station is it.
    pub(crate) own_server: bool,
}

/// What became of a token that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// A new reading.
    Taken {
        /// Its id.
        reading_id: i64,
    },
    /// Known already.
    Known {
        /// Its id.
        reading_id: i64,
    },
    /// Kept as evidence.
    Evidence,
}

/// What the transaction did beside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done {
    pub(crate) settled: Settled,
    /// A change of this stove moved on: its keys in memory are old.
    pub(crate) moved: Option<i64>,
}

/// Settles one token.
pub(crate) fn settle(db: &Db, verified: &Verified, ground: &Ground, now: UnixMs) -> Result<Done, StoreError> {
    let stove_id = registry::ensure(db, verified.token.stove().as_str(), now)?;
    let moved = change::token_seen(db, stove_id, verified, ground.own_server, now)?;
    if let Some((reading_id, last)) = readings::by_hash(db, &verified.hash)? {
        if !is_one_scan(last, now) {
            readings::scanned_again(db, reading_id, now)?;
        }
        return Ok(Done { settled: Settled::Known { reading_id }, moved });
    }
    if !verified.signature.counts(verified.registered) {
        let new = NewEvidence {
            stove_id,
            hash: verified.hash,
            token: &verified.token.wire(),
            signature: verified.signature.word(),
            source: verified.from.source.word(),
            officer: &verified.from.officer,
            at: now,
            once_within_ms: ONE_SCAN_MS,
        };
        evidence::keep(db, &new)?;
        return Ok(Done { settled: Settled::Evidence, moved });
    }
    let reading_id = add(db, stove_id, verified, &ground.bounds, now)?;
    Ok(Done { settled: Settled::Taken { reading_id }, moved })
}

/// Where a reading stands among the others of its stove.
struct Sorted {
    epoch: u32,
    in_series: bool,
    flags: Vec<Flag>,
    /// The one after it, with the flags it has now.
    next: Option<(Neighbour, Vec<Flag>)>,
}

fn add(db: &Db, stove_id: i64, verified: &Verified, bounds: &Bounds, now: UnixMs) -> Result<i64, StoreError> {
    let sorted = match verified.token.reading() {
        Some(reading) => sort(db, stove_id, reading, verified, bounds)?,
        None => Sorted { epoch: 0, in_series: false, flags: verified.flags.clone(), next: None },
    };
    let figures = verified.token.reading().map(figures);
    let standing = by_rules(verified.signature, &sorted.flags);
    let oddities: Vec<&str> = verified.token.framing().iter().map(|oddity| oddity.word()).collect();
    let new = NewReading {
        stove_id,
        hash: verified.hash,
        token: &verified.token.wire(),
        version: verified.token.version().0.into(),
        figures,
        epoch: sorted.epoch,
        in_series: sorted.in_series,
        signature: verified.signature.word(),
        flags: &json(&sorted.flags),
        severity: severity(&sorted.flags),
        standing: standing.word(),
        oddities: &oddities.join(","),
        source: verified.from.source.word(),
        method: verified.method.word(),
        officer: &verified.from.officer,
        note: &verified.from.note,
        position: verified.from.position,
        at: now,
    };
    let reading_id = readings::add(db, &new)?;
    if let Some((next, flags)) = &sorted.next {
        rejudge(db, next, flags)?;
    }
    let point = figures.filter(|_| sorted.in_series).map(|figures| (figures.t, figures.total));
    if let Some(reading) = verified.token.reading()
        && sorted.in_series
    {
        let sample = Sample { t: reading.t, total: reading.total, epoch: sorted.epoch };
        months::note(db, stove_id, &sample, backwards(&sorted.flags))?;
    }
    let signature = verified.signature.word();
    registry::seen(
        db,
        stove_id,
        &registry::Seen { point, signature, at: now, position: verified.from.position },
    )?;
    forward::enqueue(db, reading_id, stove_id, figures.map_or(seconds(now), |figures| figures.t), now)?;
    Ok(reading_id)
}

fn figures(reading: &Reading) -> Figures {
    Figures {
        t: reading.t.0,
        total: reading.total.0,
        month: reading.month.0,
        electrical: reading.electrical.map(|told| {
            (told.volts.0.into(), told.milliamps.0.into(), told.watts.0.into(), told.centi_pf.0.into())
        }),
        slot: reading.slot.0.into(),
    }
}

/// Finds its neighbours and judges it beside them.
fn sort(
    db: &Db,
    stove_id: i64,
    reading: &Reading,
    verified: &Verified,
    bounds: &Bounds,
) -> Result<Sorted, StoreError> {
    let (meters, newest) = registry::at(db, stove_id)?;
    let epoch = if meters == 0 {
        0
    } else {
        let told = replacements::of(db, stove_id)?;
        let at: Vec<UnixS> = told.iter().map(|told| told.replacement.at).collect();
        replacement::epoch_of(reading.t, &at)
    };
    let t = reading.t.0;
    let identity = identity(verified.hash, &readings::at_time(db, stove_id, t)?);
    let point = Point::of(reading, verified.hash, epoch);
    let mut flags = verified.flags.clone();
    let possible =
        !flags.iter().any(|flag| matches!(flag, Flag::TimeBefore2020 { .. } | Flag::TimeInFuture { .. }));
    let alone = matches!(identity, Identity::New | Identity::Duplicate);
    let trusted = verified.signature != Signature::DemoKey;
    let in_series = possible && alone && trusted;
    let newest = newest.map(UnixS);
    if !in_series {
        // It judges nobody, and nothing is compared with it; that it came late or stands against another is still told.
        let alone = Neighbours { previous: None, next: None, newest: newest.filter(|_| possible) };
        flags.extend(sort_in(&point, identity, &alone, bounds).flags);
        return Ok(Sorted { epoch, in_series, flags, next: None });
    }
    let previous = readings::previous(db, stove_id, t)?.map(|found| found.point);
    // A reading that is the newest has none after it: no need to look.
    let next =
        if newest.is_some_and(|newest| newest.0 > t) { readings::next(db, stove_id, t)? } else { None };
    let around = Neighbours { previous, next: next.as_ref().map(|found| found.point), newest };
    let sorted = sort_in(&point, identity, &around, bounds);
    flags.extend(sorted.flags);
    Ok(Sorted { epoch, in_series, flags, next: next.zip(sorted.next) })
}

/// The flags that a reading beside its neighbour has now take the place of those it had; a standing that the rules gave
/// follows, what people said stays.
pub(crate) fn rejudge(db: &Db, reading: &Neighbour, pair: &[Flag]) -> Result<(), StoreError> {
    let before = flags_of(&reading.flags);
    let mut flags: Vec<Flag> = before.iter().copied().filter(|flag| flag.scope() != Scope::Pair).collect();
    flags.extend_from_slice(pair);
    if flags == before {
        return Ok(());
    }
    let signature = Signature::parse(&reading.signature).unwrap_or(Signature::UnknownStove);
    let ruled = by_rules(signature, &flags).word();
    // `validated` by a person has a judgement of its own: then nothing changes it but a person.
    let by_person = reading.standing != "raw" && gerai_store::stove::judgements::any(db, reading.reading_id)?;
    let standing = if by_person { reading.standing.as_str() } else { ruled };
    readings::set_flags(db, reading.reading_id, &json(&flags), severity(&flags), standing)
}

/// The standing that the rules alone give.
pub(crate) fn by_rules(signature: Signature, flags: &[Flag]) -> Standing {
    if passes(signature, flags) { Standing::Validated } else { Standing::Raw }
}

pub(crate) fn json(flags: &[Flag]) -> String {
    if flags.is_empty() {
        return "[]".to_owned();
    }
    serde_json::to_string(flags).unwrap_or_else(|_| "[]".to_owned())
}

/// Flags as they are stored.
pub(crate) fn flags_of(stored: &str) -> Vec<Flag> {
    serde_json::from_str(stored).unwrap_or_default()
}

/// The worst flag: 0 none, 1 notice, 2 warning, 3 alarm.
pub(crate) fn severity(flags: &[Flag]) -> i64 {
    flags.iter().map(|flag| rank(flag.severity())).max().unwrap_or(0)
}

pub(crate) fn rank(severity: Severity) -> i64 {
    match severity {
        Severity::Notice => 1,
        Severity::Warning => 2,
        Severity::Alarm => 3,
    }
}

pub(crate) fn backwards(flags: &[Flag]) -> bool {
    flags.iter().any(|flag| matches!(flag, Flag::CounterBackwards { .. }))
}
