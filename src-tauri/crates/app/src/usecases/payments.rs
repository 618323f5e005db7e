//! Payments: list, show with the journal behind them, take back; and the rejected messages.

use std::sync::Arc;

use gerai_core::hex;
use gerai_core::ledger::Standing;
use gerai_core::ledger::chain::{GENESIS, entry_hash};
use gerai_core::ledger::entry::EntryDraft;
use gerai_store::journal::{self, Spending, StoredEntry};
use gerai_store::payments::{self, PaymentFilter as Stored};
use gerai_store::requests::{self, StoredRequest};
use gerai_store::{Db, accounts, rejected as store};
use serde_json::json;

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::usecases::{check_request_id, fingerprint, page_rows, repeated, text};
use crate::views;

pub(crate) async fn list(
    app: &Arc<App>,
    _: &Caller,
    asked: PaymentsList,
) -> Result<Page<PaymentRow>, ApiError> {
    app.read(move |db| {
        let filter = Stored {
            paid: match asked.filter {
                PaymentFilter::All => None,
                PaymentFilter::Paid => Some(true),
                PaymentFilter::Refused => Some(false),
            },
            till_id: asked.till_id,
            account_id: asked.account_id,
            wib_day: asked.wib_day,
        };
        let limit = page_rows(asked.limit);
        let rows = payments::list(db, &filter, asked.cursor, limit)?;
        let next = (rows.len() as i64 == limit).then(|| rows.last().map(|p| p.payment_id)).flatten();
        let total = payments::count(db, &filter)?;
        let rows = rows.iter().map(|p| views::payment_row(db, p)).collect::<Result<_, _>>()?;
        Ok(Page { rows, next, total })
    })
    .await
}

pub(crate) async fn show(app: &Arc<App>, _: &Caller, asked: ById) -> Result<PaymentDetail, ApiError> {
    app.read(move |db| detail(db, asked.id)).await
}

fn detail(db: &Db, payment_id: i64) -> Result<PaymentDetail, ApiError> {
    let payment = payments::get(db, payment_id)?.ok_or_else(|| ApiError::not_found("payment", payment_id))?;
    let (mut postings, mut chain, mut chain_intact, mut reversed_by) = (Vec::new(), Vec::new(), true, None);
    if let Some(entry_id) = payment.draft.entry_id {
        for posting in journal::postings(db, entry_id)? {
            postings.push(posting_view(db, posting.account_id, posting.amount.0)?);
        }
        (chain, chain_intact) = neighbours(db, entry_id)?;
        reversed_by = journal::reversed_by(db, entry_id)?;
    }
    Ok(PaymentDetail {
        row: views::payment_row(db, &payment)?,
        reader: payment.draft.reader.as_deref().map(views::reader_name),
        balance_before: payment.draft.balance_before.map(|balance| balance.0),
        detail: payment.draft.detail.map(|detail| detail.0),
        first_payment: payment.draft.first_id,
        repeats: payments::repeats(db, payment_id)?,
        postings,
        chain,
        chain_intact,
        reversed_by,
    })
}

fn posting_view(db: &Db, account_id: i64, amount: i64) -> Result<PostingView, ApiError> {
    let (kind, name) = accounts::ledger_account_name(db, account_id)?
        .ok_or_else(|| ApiError::not_found("ledger account", account_id))?;
    Ok(PostingView {
        account: if name.is_empty() { kind.word().to_owned() } else { name },
        account_kind: kind.word().to_owned(),
        debit: (-amount).max(0),
        credit: amount.max(0),
    })
}

/// The entry's predecessor, itself and its successor, and whether their hashes fit.
fn neighbours(db: &Db, entry_id: i64) -> Result<(Vec<ChainLink>, bool), ApiError> {
    let mut links = Vec::new();
    let mut intact = true;
    let mut previous = match entry_id {
        ..=2 => Some(GENESIS),
        _ => journal::get(db, entry_id - 2)?.map(|stored| stored.hash),
    };
    for id in [entry_id - 1, entry_id, entry_id + 1] {
        let Some(stored) = journal::get(db, id)? else { continue };
        intact &= previous.is_some_and(|previous| entry_hash(&previous, id, &stored.entry) == stored.hash);
        previous = Some(stored.hash);
        links.push(ChainLink {
            entry: id,
            hash: hex::lower(&stored.hash),
            kind: views::entry_kind(stored.entry.kind),
            label: label(db, &stored)?,
        });
    }
    Ok((links, intact))
}

/// Who an entry is about: its customer, or its memo.
fn label(db: &Db, stored: &StoredEntry) -> Result<String, ApiError> {
    for posting in &stored.entry.postings {
        if let Some(customer) = accounts::customer(db, posting.account_id)? {
            return Ok(customer.name);
        }
    }
    Ok(stored.entry.memo.clone())
}

pub(crate) async fn reverse(
    app: &Arc<App>,
    caller: &Caller,
    asked: PaymentReverse,
) -> Result<PaymentDetail, ApiError> {
    check_request_id(&asked.request_id)?;
    let reason = text("reason", &asked.reason, 3, 200)?;
    let print = fingerprint("payments.reverse", &[&asked.id.to_string(), &reason]);
    let ((now, day), trail, payment_id) = (app.today(), app.trail(caller), asked.id);
    let account_id = app
        .write(move |db| {
            let payment =
                payments::get(db, payment_id)?.ok_or_else(|| ApiError::not_found("payment", payment_id))?;
            if repeated(db, &asked.request_id, &print)?.is_some() {
                return Ok(payment.draft.account_id);
            }
            let (Some(entry_id), Some(account_id)) = (payment.draft.entry_id, payment.draft.account_id)
            else {
                return Err(ApiError::new(
                    ErrorCode::Refused,
                    format!("payment {payment_id} was not charged: there is nothing to take back"),
                    "",
                ));
            };
            if let Some(by) = journal::reversed_by(db, entry_id)? {
                return Err(ApiError::new(
                    ErrorCode::Refused,
                    format!("payment {payment_id} was taken back already, by journal entry {by}"),
                    "",
                ));
            }
            let customer = accounts::customer(db, account_id)?;
            if customer.is_some_and(|customer| customer.state == Standing::Closed) {
                return Err(ApiError::new(ErrorCode::Refused, "the customer's account is closed", ""));
            }
            let original =
                journal::get(db, entry_id)?.ok_or_else(|| ApiError::not_found("journal entry", entry_id))?;
            let entry =
                EntryDraft::reversal(entry_id, &original.entry.postings, now, day, &trail.actor, &reason)
                    .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))?;
            let spending = if original.entry.wib_day == day {
                Spending::GiveBack { account_id, amount: payment.draft.amount }
            } else {
                Spending::None
            };
            let reversal = journal::append(db, &entry, spending)?;
            trail.changed(
                db,
                "payments.reverse",
                format!("payment {payment_id}: {reason}"),
                &json!({ "entry": entry_id, "amount": payment.draft.amount.0 }),
                &json!({ "entry": reversal }),
            )?;
            requests::put(
                db,
                &StoredRequest {
                    request_id: asked.request_id,
                    command: "payments.reverse".to_owned(),
                    fingerprint: print,
                    at: now,
                    account_id: Some(account_id),
                    entry_id: Some(reversal),
                    balance: None,
                    refusal: None,
                },
            )?;
            Ok(Some(account_id))
        })
        .await?;
    if let Some(account_id) = account_id {
        app.emit(Event::Account { account_id });
    }
    app.emit(Event::Payment { payment_id, till_id: None });
    app.read(move |db| detail(db, payment_id)).await
}

pub(crate) async fn rejected(
    app: &Arc<App>,
    _: &Caller,
    asked: RejectedList,
) -> Result<Page<RejectedRow>, ApiError> {
    app.read(move |db| {
        let limit = page_rows(asked.limit);
        let rows = store::list(db, asked.cursor, limit)?;
        let next = (rows.len() as i64 == limit).then(|| rows.last().map(|row| row.rejected_id)).flatten();
        let total = store::count(db, None)?;
        let rows = rows.into_iter().map(rejected_row).collect();
        Ok(Page { rows, next, total })
    })
    .await
}

fn rejected_row(row: store::Rejected) -> RejectedRow {
    let reason = serde_json::from_value(serde_json::Value::String(row.reason));
    RejectedRow {
        id: row.rejected_id,
        at_ms: row.at.0,
        topic: row.topic,
        sender: row.sender,
        reason: reason.unwrap_or(RejectedReason::NotUnderstood),
        bytes: row.bytes,
        excerpt: row.excerpt,
    }
}
