//! Who is on duty at a counter: the screen stays paired, people come and go by name and PIN.

use std::sync::Arc;

use gerai_store::{operators, sessions};

use crate::App;
use crate::access::{Access, Caller, Who, roles_of};
use crate::contract::*;
use crate::sessions::operator_view;
use crate::usecases::session::{typed_name, view_of};

pub(crate) async fn switch(
    app: &Arc<App>,
    caller: &Caller,
    asked: CounterSwitch,
) -> Result<SessionView, ApiError> {
    const ACT: &str = "counter.switch";
    let (till_id, session) = counter(caller)?;
    let name = typed_name(&asked.name);
    let wanted = name.clone();
    let found = app.read(move |db| Ok(operators::by_name(db, &wanted)?)).await?;
    let allowed = roles_of(Access::Counter);
    let found = found.filter(|o| o.active && allowed.contains(&Role::of_word(&o.role)));
    let proven = app.prove_pin(caller, ACT, &name, found, &asked.pin).await?;
    let (id, keys, trail) =
        (proven.operator.operator_id, proven.keys, app.trail(caller).of(&proven.operator));
    app.write(move |db| {
        keys.forgive(db)?;
        operators::wake_pin(db, id)?;
        sessions::set_duty(db, session, Some(id), trail.now)?;
        Ok(trail.done(db, ACT, format!("on duty at till {till_id}"))?)
    })
    .await?;
    tell(app, till_id);
    let view = OperatorView { pin: true, ..operator_view(&proven.operator) };
    view_of(app, Some(view), Some(till_id), false).await
}

pub(crate) async fn leave(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<SessionView, ApiError> {
    let (till_id, session) = counter(caller)?;
    if caller.operator().is_some() {
        let trail = app.trail(caller);
        app.write(move |db| {
            sessions::set_duty(db, session, None, trail.now)?;
            Ok(trail.done(db, "counter.leave", format!("off duty at till {till_id}"))?)
        })
        .await?;
        tell(app, till_id);
    }
    view_of(app, None, Some(till_id), false).await
}

fn counter(caller: &Caller) -> Result<(i64, i64), ApiError> {
    match (&caller.who, caller.session) {
        (Who::Counter { till_id, .. }, Some(session)) => Ok((*till_id, session)),
        _ => Err(ApiError::new(
            ErrorCode::Forbidden,
            "this screen is not paired with a till",
            "Pair it with a code from the console; people who are signed in need no PIN.",
        )),
    }
}

fn tell(app: &App, till_id: i64) {
    app.emit(Event::Till { till_id });
    app.emit(Event::People);
}
