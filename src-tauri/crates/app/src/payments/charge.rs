//! The transaction of a tap: facts are read, `core` decides, the entry, the payment and its results are written.
//! Runs inside the writer; its caller acknowledges only after COMMIT.

use gerai_core::ledger::Standing;
use gerai_core::ledger::chain::Hash;
use gerai_core::ledger::entry::{EntryDraft, EntryKind};
use gerai_core::money::Rupiah;
use gerai_core::port::Inbound;
use gerai_core::tap::Outcome;
use gerai_core::tap::decide::{Decision, PayerFacts, TapFacts, decide};
use gerai_core::tap::payload::{CardRef, TapRequest, echo};
use gerai_core::tap::wire::V2Result;
use gerai_store::journal::{self, Spending};
use gerai_store::outbox::{self, Cause, Channel};
use gerai_store::payments::{self, Payment, PaymentDraft, Source};
use gerai_store::tills::{self, Till};
use gerai_store::{Db, StoreError, StoreResult, accounts, cards, lateness};

use super::reject::{Answer, reject};
use super::{Context, Taken, TakenPayment};
use crate::contract::RejectedReason;

/// A tap that was understood, from a known place.
pub(crate) struct Tap {
    pub(crate) source: Source,
    pub(crate) reader: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) fingerprint: Hash,
    pub(crate) request: TapRequest,
    pub(crate) may_name_amount: bool,
    pub(crate) late: bool,
    pub(crate) till: Till,
}

/// Whose card it is.
enum Payer {
    Customer { account_id: i64, facts: PayerFacts },
    Nobody,
}

/// Charges a tap, or stores why not.
pub(crate) fn charge(db: &Db, cx: &Context, message: &Inbound, tap: Tap) -> StoreResult<Taken> {
    let payer = match find_payer(db, cx, &tap.request.card)? {
        Ok(payer) => payer,
        Err(reason) => {
            let answer = match (tap.source, &tap.reader) {
                (Source::V2, Some(reader)) => Answer::V2(
                    reader.clone(),
                    V2Result { id: tap.request_id.unwrap_or_default(), st: Outcome::Err, bal: 0, tx: None },
                ),
                _ => Answer::Legacy(Outcome::Err),
            };
            return reject(db, cx, message, reason, answer);
        }
    };
    let (account_id, facts) = match payer {
        Payer::Customer { account_id, facts } => (Some(account_id), Some(facts)),
        Payer::Nobody => (None, None),
    };
    let card = tap.request.card.digits().to_owned();
    let last_paid = match account_id {
        Some(account_id) => payments::last_paid(db, account_id, tap.till.till_id, &card)?,
        None => None,
    };
    let decision = decide(
        &TapFacts {
            late: tap.late,
            payer: facts,
            price: tap.till.price,
            armed: tap.till.armed,
            named: tap.request.amount,
            may_name_amount: tap.may_name_amount,
            last_paid,
        },
        &cx.limits,
        cx.now,
    );
    let before = facts.map(|facts| facts.balance);
    let draft = PaymentDraft {
        source: tap.source,
        reader: tap.reader.clone(),
        request_id: tap.request_id.clone(),
        fingerprint: tap.fingerprint,
        at: cx.now,
        wib_day: cx.day,
        till_id: Some(tap.till.till_id),
        sale: None,
        card,
        echo: match tap.source {
            Source::Legacy => echo(&message.payload),
            // The mirror of a v2 result names the card as a legacy reader would have sent it.
            Source::V2 => tap.request.card.digits().to_owned(),
        },
        account_id,
        amount: Rupiah::ZERO,
        outcome: Outcome::Err,
        detail: None,
        balance_before: before,
        balance_after: before,
        entry_id: None,
        first_id: None,
    };
    let reader_clock = tap.request.ts.filter(|_| tap.source == Source::V2 && message.waited_ms.is_none());
    let draft = carry_out(db, cx, &tap, decision, draft)?;
    if draft.outcome == Outcome::Unknown
        && let CardRef::Uid(uid) | CardRef::Either(uid, _) = &tap.request.card
    {
        cards::note_unknown(db, uid.as_str(), Some(tap.till.till_id), cx.now)?;
    }
    let payment = payments::append(db, draft)?;
    if let (Outcome::Late, Some(waited)) = (payment.draft.outcome, message.waited_ms) {
        lateness::tap_waited(db, payment.payment_id, i64::try_from(waited).unwrap_or(i64::MAX))?;
    }
    put_results(db, cx, &payment, cx.mirror_legacy)?;
    Ok(taken(&payment, reader_clock))
}

/// A repeat of an id that was decided before: the stored result goes out again, to the one who asked, and nowhere
/// else lights anything.
pub(crate) fn replay(db: &Db, cx: &Context, payment: &Payment) -> StoreResult<Taken> {
    put_results(db, cx, payment, false)?;
    Ok(Taken { answered: true, ..Taken::default() })
}

fn carry_out(
    db: &Db,
    cx: &Context,
    tap: &Tap,
    decision: Decision,
    draft: PaymentDraft,
) -> StoreResult<PaymentDraft> {
    match decision {
        Decision::Refuse { outcome, amount, detail } => Ok(PaymentDraft { outcome, amount, detail, ..draft }),
        Decision::Repeat { first } => {
            let paid = payments::get(db, first)?
                .ok_or_else(|| StoreError::Damaged(format!("payment {first} is not there")))?;
            Ok(PaymentDraft {
                outcome: Outcome::Dup,
                amount: paid.draft.amount,
                first_id: Some(first),
                ..draft
            })
        }
        Decision::Charge { amount, sale } => {
            let Some(account_id) = draft.account_id else {
                return Err(StoreError::Refused("a tap without a customer cannot be charged".to_owned()));
            };
            let actor = tap.reader.as_deref().unwrap_or("legacy");
            let entry = EntryDraft::transfer(
                EntryKind::Tap,
                cx.now,
                cx.day,
                actor,
                account_id,
                tap.till.account_id,
                amount,
            )
            .map_err(|error| StoreError::Refused(error.to_string()))?;
            let entry_id = journal::append(db, &entry, Spending::Spend { account_id, amount })?;
            if sale.is_some() {
                tills::disarm(db, tap.till.till_id)?;
            }
            Ok(PaymentDraft {
                outcome: Outcome::Ok,
                amount,
                sale,
                balance_after: draft.balance_before.and_then(|before| before.checked_sub(amount)),
                entry_id: Some(entry_id),
                ..draft
            })
        }
    }
}

/// Puts a payment's results into the outbox.
fn put_results(db: &Db, cx: &Context, payment: &Payment, mirror: bool) -> StoreResult<()> {
    let first = match payment.draft.first_id {
        None => None,
        Some(first) => payments::get(db, first)?,
    };
    let cause = Cause::Payment(payment.payment_id);
    if let (Source::V2, Some(reader)) = (payment.draft.source, &payment.draft.reader) {
        let body = payment.v2_result(first.as_ref()).to_json("", None, false);
        outbox::put(db, cause, &Channel::V2(reader.clone()), &body, cx.now)?;
    }
    if payment.draft.source == Source::Legacy || mirror {
        let answer = payment.legacy_answer(first.as_ref());
        let channel = if answer.success { Channel::Success } else { Channel::Failed };
        outbox::put(db, cause, &channel, &answer.body, cx.now)?;
    }
    Ok(())
}

fn taken(payment: &Payment, reader_clock: Option<i64>) -> Taken {
    Taken {
        payment: Some(TakenPayment {
            payment_id: payment.payment_id,
            till_id: payment.draft.till_id,
            account_id: payment.draft.account_id,
            reader: payment.draft.reader.clone(),
            outcome: payment.draft.outcome,
            reader_clock,
        }),
        rejected: false,
        answered: true,
    }
}

/// Finds whose card it is. A text that is both a registered UID and a registered NIM is refused, never guessed.
fn find_payer(db: &Db, cx: &Context, card: &CardRef) -> StoreResult<Result<Payer, RejectedReason>> {
    let by_uid = match card {
        CardRef::Uid(uid) | CardRef::Either(uid, _) => cards::by_uid(db, uid.as_str())?,
        CardRef::Nim(_) | CardRef::NimOrRandom(_) => None,
    };
    let by_nim = match card {
        CardRef::Nim(nim) | CardRef::Either(_, nim) | CardRef::NimOrRandom(nim) => {
            accounts::customer_by_nim(db, nim.as_str())?
        }
        CardRef::Uid(_) => None,
    };
    let (customer, standing) = match (by_uid, by_nim) {
        (Some(_), Some(_)) => return Ok(Err(RejectedReason::Ambiguous)),
        (Some(card), None) => (accounts::customer(db, card.account_id)?, card.state),
        (None, Some(customer)) => (Some(customer), Standing::Active),
        (None, None) if matches!(card, CardRef::NimOrRandom(_)) => return Ok(Err(RejectedReason::BadUid)),
        (None, None) => return Ok(Ok(Payer::Nobody)),
    };
    let Some(customer) = customer else { return Ok(Ok(Payer::Nobody)) };
    let balance = accounts::balance(db, customer.account_id)?;
    Ok(Ok(Payer::Customer {
        account_id: customer.account_id,
        facts: PayerFacts {
            account: customer.state,
            card: standing,
            balance: balance.settled,
            held: balance.held,
            spent_today: balance.spent_on(cx.day),
        },
    }))
}
