//! Customers: list, show, create, freeze, and cash at the desk.

use std::sync::Arc;

use gerai_core::card::Nim;
use gerai_core::ledger::Standing;
use gerai_core::ledger::entry::{EntryDraft, EntryKind};
use gerai_core::ledger::{Limits, may_credit};
use gerai_core::money::Rupiah;
use gerai_core::time::{UnixMs, WibDay};
use gerai_store::accounts::{self, CustomerFilter, CustomerRow};
use gerai_store::journal::{self, Spending};
use gerai_store::payments::{self, PaymentFilter as Stored};
use gerai_store::requests::{self, StoredRequest};
use gerai_store::{Db, cards};
use serde_json::{Value, json};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::usecases::{check_request_id, fingerprint, page_rows, repeated, text};
use crate::views;

/// Movements shown with a customer.
const MOVEMENTS: i64 = 20;
/// Payment attempts shown with a customer.
const ATTEMPTS: i64 = 10;

pub(crate) async fn list(
    app: &Arc<App>,
    _: &Caller,
    asked: AccountsList,
) -> Result<Page<AccountRow>, ApiError> {
    app.read(move |db| {
        let low_below = views::low_balance(db)?;
        let filter = CustomerFilter {
            query: asked.query.chars().take(80).collect(),
            frozen: asked.filter == AccountFilter::Frozen,
            below: (asked.filter == AccountFilter::Low).then_some(low_below),
        };
        let limit = page_rows(asked.limit);
        let rows = accounts::list_customers(db, &filter, asked.cursor, limit)?;
        let next =
            (rows.len() as i64 == limit).then(|| rows.last().map(|row| row.customer.account_id)).flatten();
        let total = accounts::count_customers(db, &filter)?;
        Ok(Page {
            rows: rows.into_iter().map(|row| views::account_row(row, low_below)).collect(),
            next,
            total,
        })
    })
    .await
}

pub(crate) async fn show(app: &Arc<App>, _: &Caller, asked: ById) -> Result<AccountDetail, ApiError> {
    let (_, day) = app.today();
    app.read(move |db| detail(db, asked.id, day)).await
}

/// Tells the screens that a customer changed, and answers with the customer as it is now.
pub(crate) async fn changed(app: &Arc<App>, account_id: i64, day: WibDay) -> Result<AccountDetail, ApiError> {
    app.emit(Event::Account { account_id });
    app.read(move |db| detail(db, account_id, day)).await
}

/// One customer with cards and latest movements.
fn detail(db: &Db, account_id: i64, day: WibDay) -> Result<AccountDetail, ApiError> {
    let customer =
        accounts::customer(db, account_id)?.ok_or_else(|| ApiError::not_found("customer", account_id))?;
    let balance = accounts::balance(db, account_id)?;
    let cards = cards::of_account(db, account_id)?;
    let uid = cards.iter().find(|card| card.state == Standing::Active).map(|card| card.uid.clone());
    let (reason, created_ms) = (customer.reason.clone(), customer.created.0);
    let row = CustomerRow { customer, uid, settled: balance.settled.0, held: balance.held.0 };
    let attempts =
        payments::list(db, &Stored { account_id: Some(account_id), ..Stored::default() }, None, ATTEMPTS)?;
    Ok(AccountDetail {
        row: views::account_row(row, views::low_balance(db)?),
        reason,
        created_ms,
        cards: cards.iter().map(views::card_view).collect(),
        movements: journal::movements(db, account_id, MOVEMENTS)?
            .into_iter()
            .map(|m| Movement {
                entry: m.entry_id,
                kind: views::entry_kind(m.kind),
                at_ms: m.at.0,
                amount: m.amount,
                balance: m.balance,
                memo: m.memo,
            })
            .collect(),
        payments: attempts.iter().map(|p| views::payment_row(db, p)).collect::<Result<_, _>>()?,
        spent_today: views::spent_today(db, account_id, day)?,
    })
}

pub(crate) async fn create(
    app: &Arc<App>,
    caller: &Caller,
    new: AccountCreate,
) -> Result<AccountDetail, ApiError> {
    check_request_id(&new.request_id)?;
    let name = text("name", &new.name, 1, 80)?;
    let nim = match new.nim.as_deref().map(str::trim).filter(|nim| !nim.is_empty()) {
        None => None,
        Some(nim) => Some(Nim::parse(nim).ok_or_else(|| {
            ApiError::invalid(
                "nim",
                format!("`{nim}` is not 5 to 15 digits"),
                "Type the number as it is printed.",
            )
        })?),
    };
    let uid = match new.uid.as_deref().map(str::trim).filter(|uid| !uid.is_empty()) {
        None => None,
        Some(uid) => Some(views::typed_uid(uid)?),
    };
    let opening = new.opening.filter(|amount| *amount != 0);
    let print = fingerprint(
        "accounts.create",
        &[
            &name,
            nim.as_ref().map_or("", Nim::as_str),
            uid.as_ref().map_or("", |uid| uid.as_str()),
            &opening.unwrap_or(0).to_string(),
        ],
    );
    let ((now, day), limits, trail) = (app.today(), app.limits(), app.trail(caller));
    let id = new.request_id.clone();
    let account_id = app
        .write(move |db| {
            if let Some(before) = repeated(db, &id, &print)? {
                return before.account_id.ok_or_else(|| ApiError::not_found("customer of request", &id));
            }
            let account_id =
                accounts::create_customer(db, &name, nim.as_ref().map(Nim::as_str), now).map_err(taken)?;
            if let Some(uid) = &uid {
                cards::enrol(db, uid, account_id, now).map_err(taken)?;
            }
            let entry_id = match opening {
                None => None,
                Some(amount) => Some(credit_cash(db, account_id, amount, &limits, now, day, &trail.actor)?.0),
            };
            trail.changed(
                db,
                "accounts.create",
                format!("account {account_id}"),
                &Value::Null,
                &json!({ "opening": opening.unwrap_or(0), "entry": entry_id }),
            )?;
            requests::put(
                db,
                &StoredRequest {
                    request_id: id,
                    command: "accounts.create".to_owned(),
                    fingerprint: print,
                    at: now,
                    account_id: Some(account_id),
                    entry_id,
                    balance: None,
                    refusal: None,
                },
            )?;
            Ok(account_id)
        })
        .await?;
    changed(app, account_id, day).await
}

pub(crate) async fn set_state(
    app: &Arc<App>,
    caller: &Caller,
    asked: AccountSetState,
) -> Result<AccountDetail, ApiError> {
    let state = match asked.state {
        AccountState::Active => Standing::Active,
        AccountState::Frozen => Standing::Frozen,
        AccountState::Closed => Standing::Closed,
    };
    let reason = state_reason(state, &asked.reason)?;
    let ((_, day), trail, account_id) = (app.today(), app.trail(caller), asked.id);
    app.write(move |db| {
        let customer =
            accounts::customer(db, account_id)?.ok_or_else(|| ApiError::not_found("customer", account_id))?;
        if customer.state == Standing::Closed {
            return Err(ApiError::new(
                ErrorCode::Refused,
                format!("the account of {} is closed for good", customer.name),
                "Make a new customer.",
            ));
        }
        let balance = accounts::balance(db, account_id)?;
        if state == Standing::Closed && (balance.settled != Rupiah::ZERO || balance.held != Rupiah::ZERO) {
            return Err(ApiError::new(
                ErrorCode::Refused,
                format!("{} still has {}", customer.name, balance.settled),
                "Pay the balance out first; an account is closed empty.",
            ));
        }
        accounts::set_customer_state(db, account_id, state, &reason)?;
        trail.changed(
            db,
            "accounts.set_state",
            format!("account {account_id}: {reason}"),
            &json!(customer.state.word()),
            &json!(state.word()),
        )?;
        Ok(())
    })
    .await?;
    changed(app, account_id, day).await
}

/// A reason is asked for whatever keeps a customer from paying.
pub(crate) fn state_reason(state: Standing, reason: &str) -> Result<String, ApiError> {
    if state == Standing::Active { Ok(String::new()) } else { text("reason", reason, 3, 200) }
}

pub(crate) async fn topup(
    app: &Arc<App>,
    caller: &Caller,
    asked: TopupRequest,
) -> Result<TopupReceipt, ApiError> {
    check_request_id(&asked.request_id)?;
    let print = fingerprint("accounts.topup", &[&asked.account_id.to_string(), &asked.amount.to_string()]);
    let ((now, day), limits, trail) = (app.today(), app.limits(), app.trail(caller));
    let (account_id, amount) = (asked.account_id, asked.amount);
    let result = app
        .write(move |db| {
            if let Some(before) = repeated(db, &asked.request_id, &print)? {
                return Ok(Ok(TopupReceipt {
                    entry: before.entry_id.unwrap_or_default(),
                    account_id,
                    amount,
                    balance: before.balance.unwrap_or_default(),
                    repeated: true,
                }));
            }
            let mut stored = StoredRequest {
                request_id: asked.request_id.clone(),
                command: "accounts.topup".to_owned(),
                fingerprint: print,
                at: now,
                account_id: Some(account_id),
                entry_id: None,
                balance: None,
                refusal: None,
            };
            let credited = match credit_cash(db, account_id, amount, &limits, now, day, &trail.actor) {
                // A refusal is an outcome too: it is stored, and a repeat of this id stays refused.
                Err(error) if error.code == ErrorCode::Refused => {
                    stored.refusal = Some(error.message.clone());
                    requests::put(db, &stored)?;
                    return Ok(Err(error));
                }
                other => other?,
            };
            (stored.entry_id, stored.balance) = (Some(credited.0), Some(credited.1));
            requests::put(db, &stored)?;
            trail.changed(
                db,
                "accounts.topup",
                format!("account {account_id}"),
                &json!({ "balance": credited.1 - amount }),
                &json!({ "balance": credited.1, "entry": credited.0 }),
            )?;
            Ok(Ok(TopupReceipt {
                entry: credited.0,
                account_id,
                amount,
                balance: credited.1,
                repeated: false,
            }))
        })
        .await?;
    let receipt = result?;
    app.emit(Event::Account { account_id });
    Ok(receipt)
}

/// Puts cash on an account: debit the cash drawer, credit the customer. Answers with the entry and the new balance.
fn credit_cash(
    db: &Db,
    account_id: i64,
    amount: i64,
    limits: &Limits,
    now: UnixMs,
    day: WibDay,
    actor: &str,
) -> Result<(i64, i64), ApiError> {
    let customer =
        accounts::customer(db, account_id)?.ok_or_else(|| ApiError::not_found("customer", account_id))?;
    let balance = accounts::balance(db, account_id)?.settled;
    let amount = may_credit(customer.state, balance, amount, limits).map_err(|refusal| ApiError {
        field: Some("amount".to_owned()),
        ..ApiError::new(ErrorCode::Refused, refusal.to_string(), "")
    })?;
    let entry = EntryDraft::transfer(
        EntryKind::CashTopup,
        now,
        day,
        actor,
        accounts::CASH_DRAWER,
        account_id,
        amount,
    )
    .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))?;
    let entry_id = journal::append(db, &entry, Spending::None)?;
    Ok((entry_id, balance.0 + amount.0))
}

pub(crate) fn taken(error: gerai_store::StoreError) -> ApiError {
    let field = if accounts::is_taken(&error, "customer.nim") {
        "nim"
    } else if accounts::is_taken(&error, "card.uid") {
        "uid"
    } else {
        return error.into();
    };
    ApiError {
        field: Some(field.to_owned()),
        ..ApiError::new(
            ErrorCode::Taken,
            format!("this {field} belongs to a customer already"),
            "Look that customer up.",
        )
    }
}
