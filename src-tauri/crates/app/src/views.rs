//! From stored rows to what screens are shown: masked numbers, initials, the contract's enums.

use gerai_core::card::masked;
use gerai_core::ledger::Standing;
use gerai_core::tap::{Outcome as Tapped, payload};
use gerai_core::time::{UnixMs, WibDay};
use gerai_store::accounts::{self, Customer, CustomerRow};
use gerai_store::cards::Card;
use gerai_store::payments::Payment;
use gerai_store::{Db, journal, lateness, payments, tills};

use crate::contract::{
    AccountRow, AccountState, ApiError, BalancePrivacy, CardState, CardView, CounterResult, EntryKind,
    Lateness, Outcome, PaymentRow,
};

/// Taps below this are called a low balance where no till has a price.
const LOW_BALANCE: i64 = 10_000;

pub(crate) fn outcome(outcome: Tapped) -> Outcome {
    match outcome {
        Tapped::Ok => Outcome::Ok,
        Tapped::Low => Outcome::Low,
        Tapped::Frozen => Outcome::Frozen,
        Tapped::Lost => Outcome::Lost,
        Tapped::Unknown => Outcome::Unknown,
        Tapped::Dup => Outcome::Dup,
        Tapped::Limit => Outcome::Limit,
        Tapped::Unarmed => Outcome::Unarmed,
        Tapped::Late => Outcome::Late,
        Tapped::Auth => Outcome::Auth,
        Tapped::Err => Outcome::Err,
    }
}

pub(crate) fn entry_kind(kind: gerai_core::ledger::EntryKind) -> EntryKind {
    use gerai_core::ledger::EntryKind as Kind;
    match kind {
        Kind::Tap => EntryKind::Tap,
        Kind::CashTopup => EntryKind::CashTopup,
        Kind::MidtransTopup => EntryKind::MidtransTopup,
        Kind::Adjustment => EntryKind::Adjustment,
        Kind::Reversal => EntryKind::Reversal,
        Kind::Fee => EntryKind::Fee,
    }
}

pub(crate) fn account_state(state: Standing) -> AccountState {
    match state {
        Standing::Active => AccountState::Active,
        Standing::Frozen | Standing::Lost => AccountState::Frozen,
        Standing::Closed => AccountState::Closed,
    }
}

pub(crate) fn card_state(state: Standing) -> CardState {
    match state {
        Standing::Active => CardState::Active,
        Standing::Frozen => CardState::Frozen,
        Standing::Lost => CardState::Lost,
        Standing::Closed => CardState::Closed,
    }
}

/// The balance below which a customer counts as low: the price of the default till.
pub(crate) fn low_balance(db: &Db) -> Result<i64, ApiError> {
    Ok(tills::default(db)?.and_then(|till| till.price).map_or(LOW_BALANCE, |price| price.0))
}

pub(crate) fn account_row(row: CustomerRow, low_below: i64) -> AccountRow {
    AccountRow {
        id: row.customer.account_id,
        name: row.customer.name,
        nim: row.customer.nim,
        card: row.uid.map(|uid| masked(&uid)),
        balance: row.settled,
        held: row.held,
        state: account_state(row.customer.state),
        low: row.settled - row.held < low_below,
    }
}

pub(crate) fn card_view(card: &Card) -> CardView {
    CardView {
        id: card.card_id,
        uid: masked(&card.uid),
        uid_bytes: i64::try_from(card.uid.len() / 2).unwrap_or(0),
        state: card_state(card.state),
        reason: card.reason.clone(),
        enrolled_ms: card.enrolled.0,
    }
}

pub(crate) fn payment_row(db: &Db, payment: &Payment) -> Result<PaymentRow, ApiError> {
    let draft = &payment.draft;
    let name = match draft.account_id {
        Some(id) => accounts::customer(db, id)?.map(|customer| customer.name),
        None => None,
    };
    let till = match draft.till_id {
        Some(id) => tills::get(db, id)?.map(|till| till.name),
        None => None,
    };
    let reversed = match draft.entry_id {
        Some(entry) => journal::reversed_by(db, entry)?.is_some(),
        None => false,
    };
    Ok(PaymentRow {
        id: payment.payment_id,
        at_ms: draft.at.0,
        outcome: outcome(draft.outcome),
        name,
        account_id: draft.account_id,
        card: masked(&draft.card),
        till,
        amount: draft.amount.0,
        balance: draft.balance_after.map(|balance| balance.0),
        entry: draft.entry_id,
        reversed,
        late: late(db, payment.payment_id)?,
    })
}

/// What is known of how late a payment was.
fn late(db: &Db, payment_id: i64) -> Result<Option<Lateness>, ApiError> {
    let known = lateness::of(db, payment_id)?;
    let late = Lateness { tap_ms: known.tap_ms, result_ms: known.result_ms };
    Ok((known != lateness::Lateness::default()).then_some(late))
}

pub(crate) fn counter_result(
    db: &Db,
    payment: &Payment,
    privacy: BalancePrivacy,
) -> Result<CounterResult, ApiError> {
    let draft = &payment.draft;
    let initials = match draft.account_id {
        Some(id) => accounts::customer(db, id)?.map(|customer| initials(&customer)).unwrap_or_default(),
        None => String::new(),
    };
    let first = match draft.first_id {
        Some(first) => payments::get(db, first)?,
        None => None,
    };
    let detail = draft.detail.map(|detail| detail.0);
    Ok(CounterResult {
        payment_id: payment.payment_id,
        outcome: outcome(draft.outcome),
        at_ms: draft.at.0,
        entry: draft.entry_id.or(first.as_ref().and_then(|first| first.draft.entry_id)),
        amount: draft.amount.0,
        balance: draft.balance_after.and_then(|balance| shown_balance(balance.0, privacy)),
        shortfall: detail.filter(|_| draft.outcome == Tapped::Low),
        limit_left: detail.filter(|_| draft.outcome == Tapped::Limit),
        first_ms: first.map(|first| first.draft.at.0),
        initials,
        late: late(db, payment.payment_id)?,
    })
}

/// What the counter may know of a balance: all of it, its last three digits, nothing.
fn shown_balance(balance: i64, privacy: BalancePrivacy) -> Option<i64> {
    match privacy {
        BalancePrivacy::Show => Some(balance),
        BalancePrivacy::LastThree => Some(balance.rem_euclid(1_000)),
        BalancePrivacy::Hide => None,
    }
}

/// `Siti Rahmawati` → `S.R.`
fn initials(customer: &Customer) -> String {
    customer
        .name
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(3)
        .map(|c| format!("{}.", c.to_uppercase()))
        .collect()
}

/// What people call a reader: the virtual reader of any till is just that.
pub(crate) fn reader_name(name: &str) -> String {
    if name.starts_with(crate::devices::VIRTUAL_PREFIX) { "virtual".to_owned() } else { name.to_owned() }
}

/// The balance of an account on a day's limits.
pub(crate) fn spent_today(db: &Db, account_id: i64, day: WibDay) -> Result<i64, ApiError> {
    Ok(accounts::balance(db, account_id)?.spent_on(day).0)
}

/// A UID typed by a person.
pub(crate) fn typed_uid(text: &str) -> Result<gerai_core::card::CardUid, ApiError> {
    gerai_core::card::CardUid::parse(text).map_err(|error| {
        ApiError::invalid("uid", error.to_string(), "Read the card again, or type what is printed on it.")
    })
}

/// Whether a till's armed sale still waits.
pub(crate) fn armed_now(till: &tills::Till, now: UnixMs) -> Option<gerai_core::tap::decide::ArmedSale> {
    till.armed.filter(|sale| now <= sale.until)
}

const _: () = assert!(payload::ECHO_CHARS_MAX >= 20, "an echo must hold the longest UID");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_knows_no_more_of_a_balance_than_it_may() {
        assert_eq!(shown_balance(1_234_567, BalancePrivacy::Show), Some(1_234_567));
        assert_eq!(shown_balance(1_234_567, BalancePrivacy::LastThree), Some(567));
        assert_eq!(shown_balance(1_234_567, BalancePrivacy::Hide), None);
    }
}
