//! Cards: list, enrol, block, reveal, and the ones nobody knows.

use std::sync::Arc;

use gerai_core::card::masked;
use gerai_core::ledger::Standing;
use gerai_store::{accounts, cards};
use serde_json::{Value, json};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::usecases::accounts::{changed, state_reason, taken};
use crate::usecases::page_rows;
use crate::views;

/// Unknown cards offered for enrolment.
const OFFERED: i64 = 20;

pub(crate) async fn list(app: &Arc<App>, _: &Caller, asked: AccountsList) -> Result<Page<CardRow>, ApiError> {
    app.read(move |db| {
        let limit = page_rows(asked.limit);
        let query: String = asked.query.chars().take(80).collect();
        let rows = cards::list(db, &query, asked.cursor, limit)?;
        let next = (rows.len() as i64 == limit).then(|| rows.last().map(|(card, _)| card.card_id)).flatten();
        let total = cards::count(db, &query)?;
        let rows = rows
            .into_iter()
            .map(|(card, account_name)| CardRow {
                card: views::card_view(&card),
                account_id: card.account_id,
                account_name,
            })
            .collect();
        Ok(Page { rows, next, total })
    })
    .await
}

pub(crate) async fn enrol(
    app: &Arc<App>,
    caller: &Caller,
    asked: CardEnrol,
) -> Result<AccountDetail, ApiError> {
    let uid = views::typed_uid(&asked.uid)?;
    let ((now, day), trail, account_id) = (app.today(), app.trail(caller), asked.account_id);
    app.write(move |db| {
        let customer =
            accounts::customer(db, account_id)?.ok_or_else(|| ApiError::not_found("customer", account_id))?;
        if customer.state == Standing::Closed {
            return Err(ApiError::new(
                ErrorCode::Refused,
                "a closed account takes no cards",
                "Make a new customer.",
            ));
        }
        let mut replaced = Vec::new();
        if asked.replaces {
            for card in
                cards::of_account(db, account_id)?.iter().filter(|card| card.state == Standing::Active)
            {
                cards::set_state(db, card.card_id, Standing::Lost, "replaced")?;
                replaced.push(card.card_id);
            }
        }
        let card_id = cards::enrol(db, &uid, account_id, now).map_err(taken)?;
        let after = json!({ "card": card_id, "replaced": replaced });
        trail.changed(db, "cards.enrol", format!("account {account_id}"), &Value::Null, &after)?;
        Ok(())
    })
    .await?;
    changed(app, account_id, day).await
}

pub(crate) async fn set_state(
    app: &Arc<App>,
    caller: &Caller,
    asked: CardSetState,
) -> Result<AccountDetail, ApiError> {
    let state = match asked.state {
        CardState::Active => Standing::Active,
        CardState::Frozen => Standing::Frozen,
        CardState::Lost => Standing::Lost,
        CardState::Closed => Standing::Closed,
    };
    let reason = state_reason(state, &asked.reason)?;
    let ((_, day), trail, card_id) = (app.today(), app.trail(caller), asked.id);
    let account_id = app
        .write(move |db| {
            let card = cards::get(db, card_id)?.ok_or_else(|| ApiError::not_found("card", card_id))?;
            if card.state == Standing::Closed && state != Standing::Closed {
                return Err(ApiError::new(
                    ErrorCode::Refused,
                    "a closed card stays closed",
                    "Enrol another card.",
                ));
            }
            cards::set_state(db, card_id, state, &reason)?;
            trail.changed(
                db,
                "cards.set_state",
                format!("card {card_id}: {reason}"),
                &json!(card.state.word()),
                &json!(state.word()),
            )?;
            Ok(card.account_id)
        })
        .await?;
    changed(app, account_id, day).await
}

pub(crate) async fn reveal(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<CardRevealed, ApiError> {
    let (trail, card_id) = (app.trail(caller), asked.id);
    app.write(move |db| {
        let card = cards::get(db, card_id)?.ok_or_else(|| ApiError::not_found("card", card_id))?;
        trail.done(db, "cards.reveal", format!("card {card_id}"))?;
        Ok(CardRevealed { uid: card.uid })
    })
    .await
}

pub(crate) async fn unknown(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<UnknownCard>, ApiError> {
    app.read(|db| {
        Ok(cards::unknown(db, OFFERED)?
            .into_iter()
            .map(|card| UnknownCard { uid: card.uid, till: card.till, last_ms: card.last.0, taps: card.taps })
            .collect())
    })
    .await
}

pub(crate) async fn dismiss(
    app: &Arc<App>,
    caller: &Caller,
    asked: CardDismiss,
) -> Result<Nothing, ApiError> {
    let trail = app.trail(caller);
    app.write(move |db| {
        let uid = asked.uid.trim();
        cards::dismiss_unknown(db, uid)?;
        Ok(trail.done(db, "cards.dismiss", format!("unknown card {}", masked(uid)))?)
    })
    .await?;
    Ok(Nothing {})
}
