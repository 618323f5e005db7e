//! Changing a stove's secret or number. Which step follows is `gerai_core::stove::rotation`'s; here each one is committed
//! before anything is done, and keys and numbers move in that same commit. Whatever was cut off is told by the row: the next
//! token of the stove says which value lives.

use std::sync::Arc;
use std::time::Duration;

use gerai_core::port::scan::radio::{GattUuid, PeripheralAddress, RadioFault, VALUE_OCTETS_MAX, WritePlan};
use gerai_core::secret::Secret;
use gerai_core::stove::StoveId;
use gerai_core::stove::rotation::message::{self, MessageError};
use gerai_core::stove::rotation::{self, Effect, Event as Happened, Notice, State, WriteFailure};
use gerai_core::time::UnixMs;
use gerai_store::stove::changes::{self, Change};
use gerai_store::stove::{keys, registry};
use gerai_store::{Db, StoreError};

use super::keys::Known;
use super::radio::kept;
use super::take::number_of;
use super::verdict::Verified;
use crate::App;
use crate::contract::{ApiError, ErrorCode, Event, StoveChangeKind};
use crate::passwords;
use crate::trail::Trail;
use crate::usecases::internal;

pub(crate) const ACT: &str = "stove_keys.change";

/// Where a change stands.
pub(crate) fn state_of(change: &Change) -> Result<State, ApiError> {
    State::parse(&change.state, change.reached).ok_or_else(|| {
        ApiError::new(ErrorCode::Internal, format!("change {} has no known state", change.change_id), "")
    })
}

fn notice_word(notice: Notice) -> &'static str {
    match notice {
        Notice::ServerRefused => "server_refused",
        Notice::ServerLacksNew => "server_lacks_new",
        Notice::NotTaken => "not_taken",
        Notice::NeitherLives => "neither_lives",
        Notice::OldAgain => "old_again",
    }
}

/// Writes the step that follows and moves keys and numbers with it. What else is to be done is asked of people.
fn advance(db: &Db, change: &mut Change, happened: Happened, now: UnixMs) -> Result<bool, ApiError> {
    let before = state_of(change)?;
    let (state, effects) = rotation::next(before, happened).map_err(|refusal| {
        ApiError::new(ErrorCode::Refused, refusal.to_string(), "Look at the change again.")
    })?;
    let told: Option<&str> = effects.iter().find_map(|effect| match effect {
        Effect::Tell(notice) => Some(notice_word(*notice)),
        Effect::AskServer
        | Effect::OfferWrite
        | Effect::ReadToken
        | Effect::Promote
        | Effect::DropNew
        | Effect::UpdateServer => None,
    });
    if state == before && effects.is_empty() && happened != Happened::WriteBegins {
        return Ok(false);
    }
    if state == before && told == change.notice.as_deref() && happened != Happened::WriteBegins {
        return Ok(false);
    }
    state.word().clone_into(&mut change.state);
    change.reached = state.reached();
    change.open = state.is_open();
    change.moved = now;
    // A notice stands until the change moves.
    change.notice = told.map(str::to_owned);
    if state != before {
        change.trouble = String::new();
    }
    if happened == Happened::WriteBegins {
        change.wrote = Some(now);
    }
    for effect in &effects {
        match effect {
            Effect::Promote => promote(db, change, now)?,
            Effect::DropNew => keys::retire(db, change.stove_id, "pending", now)?,
            Effect::AskServer
            | Effect::OfferWrite
            | Effect::ReadToken
            | Effect::UpdateServer
            | Effect::Tell(_) => {}
        }
    }
    changes::moved(db, change)?;
    Ok(true)
}

/// The new value becomes the current one.
fn promote(db: &Db, change: &Change, now: UnixMs) -> Result<(), ApiError> {
    match (change.key_id, &change.new_number) {
        (Some(key_id), _) => keys::promote(db, change.stove_id, key_id, now)?,
        (None, Some(number)) => registry::renumber(db, change.stove_id, number)?,
        (None, None) => {}
    }
    Ok(())
}

/// A token of the stove came in, in the transaction that settles it. `Some`: the change moved, keys are to be read anew.
pub(crate) fn token_seen(
    db: &Db,
    stove_id: i64,
    verified: &Verified,
    own_server: bool,
    now: UnixMs,
) -> Result<Option<i64>, StoreError> {
    let Some(lives) = verified.lives else { return Ok(None) };
    let Some(mut change) = changes::open_of(db, stove_id)? else { return Ok(None) };
    let after_write = match (verified.from.live, verified.token.reading(), change.wrote) {
        (true, Some(reading), Some(wrote)) => reading.t.ms() > wrote,
        (true | false, _, _) => false,
    };
    let happened = Happened::TokenSeen { lives, after_write };
    let moved = advance(db, &mut change, happened, now).map_err(refused)?;
    if own_server && state_of(&change).map_err(refused)? == State::Confirmed {
        advance(db, &mut change, Happened::ServerUpdateDone, now).map_err(refused)?;
    }
    if moved {
        let told = format!("change {} is {}", change.change_id, change.state);
        Trail::station(now).done(db, ACT, told)?;
    }
    Ok(moved.then_some(stove_id))
}

/// A token is taken whatever a change says: only a damaged row comes here.
fn refused(error: ApiError) -> StoreError {
    StoreError::Damaged(error.to_string())
}

impl App {
    /// Begins a change: the new value is made and kept before anything else.
    pub(crate) async fn begin_change(
        self: &Arc<Self>,
        stove: StoveId,
        kind: StoveChangeKind,
        new_id: Option<&str>,
        trail: Trail,
    ) -> Result<(), ApiError> {
        let app = Arc::clone(self);
        let Known::Ring(ring) = Self::blocking(move || app.stove_keys_of(stove)).await? else {
            return Err(ApiError::new(
                ErrorCode::Refused,
                format!("no key of stove {stove} is at hand"),
                "Register the key it has now; without it nothing can be changed.",
            ));
        };
        let new_number = match kind {
            StoveChangeKind::Secret => None,
            StoveChangeKind::Id => Some(number_of(new_id.unwrap_or_default())?),
        };
        let new_secret = match new_number {
            Some(new) => message::change_id(stove, new).map(|_| None),
            None => {
                let random = passwords::random_key().map_err(internal)?;
                message::new_secret(&random).and_then(|secret| {
                    message::change_secret(stove, &ring.keys.current, &secret).map(|_| Some(secret))
                })
            }
        }
        .map_err(|error| unwritable(&error))?;
        let app = Arc::clone(self);
        let own_server = self.settings().1.stove.forward_url.is_empty();
        let stove_id = self.read(move |db| Ok(App::find_stove(db, stove.as_str())?.stove_id)).await?;
        Self::blocking(move || {
            let key_id = match new_secret {
                Some(secret) => Some(app.make_stove_key(stove_id, &secret, "[]", &trail.actor)?),
                None => None,
            };
            let new = Begun { stove_id, stove, kind, new_number, key_id, own_server };
            app.store.writer()?.submit_blocking(move |db| begin(db, &new, &trail))?;
            app.reload_stove_keys(stove_id)
        })
        .await?;
        self.emit(Event::Stove { id: Some(stove.to_string()) });
        Ok(())
    }

    /// Something happened to the change of a stove that is not over.
    pub(crate) async fn move_change(
        self: &Arc<Self>,
        stove: StoveId,
        happened: Happened,
        trouble: String,
        trail: Trail,
    ) -> Result<(), ApiError> {
        let own_server = self.settings().1.stove.forward_url.is_empty();
        let stove_id = self
            .write(move |db| {
                let mut change = open_change(db, stove)?;
                let moved = advance(db, &mut change, happened, trail.now)?;
                if own_server && happened == Happened::TakeUp {
                    advance(db, &mut change, Happened::ServerAck, trail.now)?;
                }
                if !trouble.is_empty() {
                    change.trouble = trouble;
                    changes::moved(db, &change)?;
                }
                if moved || happened != Happened::WriteDone {
                    let told = format!("stove {stove}: change {} is {}", change.change_id, change.state);
                    trail.done(db, ACT, told)?;
                }
                Ok(change.stove_id)
            })
            .await?;
        let app = Arc::clone(self);
        Self::blocking(move || app.reload_stove_keys(stove_id)).await?;
        self.emit(Event::Stove { id: Some(stove.to_string()) });
        Ok(())
    }

    /// The message for the stove. Both secrets stand in it.
    pub(crate) async fn change_message(
        self: &Arc<Self>,
        stove: StoveId,
    ) -> Result<Secret<Vec<u8>>, ApiError> {
        let change = self.read(move |db| open_change(db, stove)).await?;
        let app = Arc::clone(self);
        let Known::Ring(ring) = Self::blocking(move || app.stove_keys_of(stove)).await? else {
            return Err(away());
        };
        let number = |text: &Option<String>| text.as_deref().and_then(StoveId::parse);
        let message = match (change.kind.as_str(), number(&change.old_number), number(&change.new_number)) {
            ("id", Some(old), Some(new)) => message::change_id(old, new),
            _ => {
                let pending = ring.keys.pending.as_ref().ok_or_else(away)?;
                message::change_secret(stove, &ring.keys.current, pending)
            }
        };
        message.map_err(|error| unwritable(&error))
    }

    /// Writes the change to the stove over Bluetooth. That a write begins is committed before its first byte leaves.
    pub(crate) async fn write_change(
        self: &Arc<Self>,
        stove: StoveId,
        address: &str,
        trail: Trail,
    ) -> Result<(), ApiError> {
        let (radio, plan) = (self.stoves.radio()?, self.write_plan()?);
        let bytes = self.change_message(stove).await?;
        if bytes.expose().len() > VALUE_OCTETS_MAX {
            return Err(ApiError::new(
                ErrorCode::Refused,
                format!(
                    "the message has {} bytes, a characteristic takes {VALUE_OCTETS_MAX}",
                    bytes.expose().len()
                ),
                "Write it by other means, or register a shorter secret.",
            ));
        }
        self.move_change(stove, Happened::WriteBegins, String::new(), trail.clone()).await?;
        gerai_core::crash::point("stove-after-write-begins");
        let written = radio.write(&PeripheralAddress(address.to_owned()), plan, bytes).await;
        gerai_core::crash::point("stove-after-write");
        let (happened, trouble) = match written {
            Ok(()) => (Happened::WriteDone, String::new()),
            Err(fault) => (Happened::WriteFailed(failure(&fault)), kept(&fault)),
        };
        self.move_change(stove, happened, trouble, trail.at(self.clock.now())).await
    }

    fn write_plan(&self) -> Result<WritePlan, ApiError> {
        let settings = self.settings();
        let stove = &settings.1.stove;
        let uuid = |field: &str, text: &str| {
            text.parse::<GattUuid>().map_err(|_| {
                ApiError::new(
                    ErrorCode::BluetoothNotSet,
                    format!("the setting `{field}` does not say where the stove takes it"),
                    "List what the stove offers (Bluetooth page) and set it; or write the message by other means.",
                )
            })
        };
        Ok(WritePlan {
            service: uuid("stove.ble_service", &stove.ble_service)?,
            characteristic: uuid("stove.ble_write", &stove.ble_write)?,
            deadline: Duration::from_secs(u64::try_from(stove.ble_seconds).unwrap_or(20)),
        })
    }
}

/// How a failed write counts: what may have arrived is never taken for not sent.
fn failure(fault: &RadioFault) -> WriteFailure {
    match fault {
        fault if fault.in_doubt() => WriteFailure::PerhapsArrived,
        RadioFault::Denied(_) => WriteFailure::StoveRefused,
        RadioFault::NoService
        | RadioFault::NoAdapter
        | RadioFault::Off
        | RadioFault::NotFound(_)
        | RadioFault::ConnectFailed(_)
        | RadioFault::NoSuchService(_)
        | RadioFault::NoSuchCharacteristic(_)
        | RadioFault::TooLong { .. } => WriteFailure::NothingSent,
        RadioFault::Dropped(_) | RadioFault::Timeout { .. } => WriteFailure::NothingSent,
        RadioFault::Other(_) => WriteFailure::PerhapsArrived,
    }
}

struct Begun {
    stove_id: i64,
    stove: StoveId,
    kind: StoveChangeKind,
    new_number: Option<StoveId>,
    key_id: Option<i64>,
    /// No other server is asked: this station is it.
    own_server: bool,
}

fn begin(db: &Db, new: &Begun, trail: &Trail) -> Result<(), ApiError> {
    if let Some(open) = changes::open_of(db, new.stove_id)? {
        let (what, next) = match state_of(&open)? {
            State::Abandoned { .. } => (
                "a change that was given up may have reached the stove, so its new value is kept",
                "Take that change up again and bring it to its end.",
            ),
            State::Prepared { .. }
            | State::ServerAcked { .. }
            | State::Writing
            | State::Written
            | State::Confirmed
            | State::ServerUpdated => ("a change of this stove is not over", "End it or give it up first."),
        };
        return Err(ApiError::new(ErrorCode::Refused, what, next));
    }
    if let Some(number) = new.new_number
        && registry::resolve(db, number.as_str())?.is_some_and(|other| other != new.stove_id)
    {
        return Err(ApiError::new(
            ErrorCode::Taken,
            format!("number {number} is another stove's"),
            "Choose a number that no stove has.",
        ));
    }
    if let Some(key_id) = new.key_id {
        keys::put(db, new.stove_id, key_id, "pending", trail.now)?;
    }
    let mut change = Change {
        change_id: 0,
        stove_id: new.stove_id,
        kind: new.kind.word().to_owned(),
        state: State::FIRST.word().to_owned(),
        reached: false,
        open: true,
        old_number: new.new_number.map(|_| new.stove.to_string()),
        new_number: new.new_number.map(|number| number.to_string()),
        key_id: new.key_id,
        begun: trail.now,
        by: trail.actor.clone(),
        moved: trail.now,
        wrote: None,
        notice: None,
        trouble: String::new(),
    };
    change.change_id = changes::begin(db, &change)?;
    if new.own_server {
        advance(db, &mut change, Happened::ServerAck, trail.now)?;
    }
    let told = format!("stove {}: change {} of its {} begins", new.stove, change.change_id, change.kind);
    Ok(trail.done(db, ACT, told)?)
}

fn open_change(db: &Db, stove: StoveId) -> Result<Change, ApiError> {
    let found = App::find_stove(db, stove.as_str())?;
    changes::open_of(db, found.stove_id)?.ok_or_else(|| {
        ApiError::new(ErrorCode::NotFound, format!("no change of stove {stove} is under way"), "Begin one.")
    })
}

fn away() -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "the vault does not give the keys of this change",
        "Mend the vault (the health page says how), then try again.",
    )
}

fn unwritable(error: &MessageError) -> ApiError {
    ApiError::new(ErrorCode::Refused, error.to_string(), "")
}
