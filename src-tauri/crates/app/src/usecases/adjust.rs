//! Corrections of a customer's balance by a person, against the station's adjustments account.

use std::sync::Arc;

use gerai_core::ledger::chain::Hash;
use gerai_core::ledger::entry::{EntryDraft, EntryKind};
use gerai_core::ledger::may_adjust;
use gerai_core::money::Rupiah;
use gerai_store::journal::{self, Spending};
use gerai_store::requests::{self, StoredRequest};
use gerai_store::{Db, accounts};
use serde_json::json;

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::trail::Trail;
use crate::usecases::approvals::{self, Asked, Asker, Moment};
use crate::usecases::{check_request_id, fingerprint, repeated, text};

/// Its name in the table, in approvals and in the trail.
pub(crate) const COMMAND: &str = "accounts.adjust";

pub(crate) async fn adjust(
    app: &Arc<App>,
    caller: &Caller,
    asked: AdjustRequest,
) -> Result<Decided, ApiError> {
    check_request_id(&asked.request_id)?;
    let asked = AdjustRequest { reason: text("reason", &asked.reason, 3, 200)?, ..asked };
    let security = app.settings().1.security.clone();
    let above = u64::try_from(security.two_person_above).unwrap_or(0);
    let second = security.two_person && asked.amount.unsigned_abs() > above;
    let (moment, trail, asker) = (app.moment(), app.trail(caller), Asker::of(caller));
    let account_id = asked.account_id;
    let decided = app
        .write(move |db| {
            if let Some(before) = repeated(db, &asked.request_id, &print(&asked))? {
                return Ok(Ok(Decided::Done { balance: before.balance, entry: before.entry_id }));
            }
            let arguments = serde_json::to_string(&asked)
                .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))?;
            if let Some(approval_id) =
                approvals::asked_before(db, COMMAND, &asked.request_id, &arguments, moment.now)?
            {
                return Ok(Ok(Decided::Waiting { approval_id }));
            }
            let checked = check(db, &moment, &asked);
            // A refusal is an outcome too: it is stored, and a repeat of this id stays refused.
            if let Err(error) = &checked
                && error.code == ErrorCode::Refused
            {
                requests::put(db, &stored(&moment, &asked, None, Some(error.message.clone())))?;
                return Ok(Err(error.clone()));
            }
            let (name, _, _) = checked?;
            if second {
                let subject = format!(
                    "{} for {name} (account {}): {}",
                    signed(asked.amount),
                    asked.account_id,
                    asked.reason
                );
                let new = Asked { command: COMMAND, arguments, subject, hours: security.approval_hours };
                let approval_id = approvals::ask(db, &trail, asker?, new)?;
                return Ok(Ok(Decided::Waiting { approval_id }));
            }
            let (entry, balance) = carry_out(db, &moment, &trail, &asked, &trail.actor, "")?;
            Ok(Ok(Decided::Done { balance: Some(balance), entry: Some(entry) }))
        })
        .await??;
    match decided {
        Decided::Done { .. } => app.emit(Event::Account { account_id }),
        Decided::Waiting { .. } => app.emit(Event::Approval),
    }
    Ok(decided)
}

/// Makes the correction, in the transaction that is under way. `actor`: in the journal; `by`: who asked and who
/// approved, for the trail. Answers with the entry and the new balance.
pub(crate) fn carry_out(
    db: &Db,
    moment: &Moment,
    trail: &Trail,
    asked: &AdjustRequest,
    actor: &str,
    by: &str,
) -> Result<(i64, i64), ApiError> {
    let (_, before, amount) = check(db, moment, asked)?;
    let size = amount.max(amount.checked_neg().unwrap_or(Rupiah::ZERO));
    let (from, to) = if amount > Rupiah::ZERO {
        (accounts::ADJUSTMENTS, asked.account_id)
    } else {
        (asked.account_id, accounts::ADJUSTMENTS)
    };
    let entry = EntryDraft::transfer(EntryKind::Adjustment, moment.now, moment.day, actor, from, to, size)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))?;
    let entry = EntryDraft { memo: asked.reason.clone(), ..entry };
    let entry_id = journal::append(db, &entry, Spending::None)?;
    let balance = before.0 + amount.0;
    requests::put(db, &stored(moment, asked, Some((entry_id, balance)), None))?;
    trail.changed(
        db,
        COMMAND,
        format!("account {}: {}{by}", asked.account_id, asked.reason),
        &json!({ "balance": before.0 }),
        &json!({ "balance": balance, "entry": entry_id }),
    )?;
    Ok((entry_id, balance))
}

/// The customer's name, the balance, and the signed amount, if the correction can be made.
fn check(db: &Db, moment: &Moment, asked: &AdjustRequest) -> Result<(String, Rupiah, Rupiah), ApiError> {
    let id = asked.account_id;
    let customer = accounts::customer(db, id)?.ok_or_else(|| ApiError::not_found("customer", id))?;
    let balance = accounts::balance(db, id)?;
    let free = balance.settled.checked_sub(balance.held).unwrap_or(Rupiah::ZERO);
    let amount = may_adjust(customer.state, balance.settled, free, asked.amount, &moment.limits).map_err(
        |refusal| ApiError {
            field: Some("amount".to_owned()),
            ..ApiError::new(ErrorCode::Refused, refusal.to_string(), "")
        },
    )?;
    Ok((customer.name, balance.settled, amount))
}

fn print(asked: &AdjustRequest) -> Hash {
    let (account, amount) = (asked.account_id.to_string(), asked.amount.to_string());
    fingerprint(COMMAND, &[&account, &amount, &asked.reason])
}

fn stored(
    moment: &Moment,
    asked: &AdjustRequest,
    made: Option<(i64, i64)>,
    refusal: Option<String>,
) -> StoredRequest {
    StoredRequest {
        request_id: asked.request_id.clone(),
        command: COMMAND.to_owned(),
        fingerprint: print(asked),
        at: moment.now,
        account_id: Some(asked.account_id),
        entry_id: made.map(|(entry, _)| entry),
        balance: made.map(|(_, balance)| balance),
        refusal,
    }
}

/// `+Rp 5.000` or `-Rp 5.000`.
fn signed(amount: i64) -> String {
    format!("{}{}", if amount > 0 { "+" } else { "" }, Rupiah(amount))
}
