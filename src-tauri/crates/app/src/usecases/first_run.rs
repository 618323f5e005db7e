//! The first run: the owner, the shop's name, the first till.

use std::sync::Arc;

use gerai_core::money::Rupiah;
use gerai_store::sessions::SessionOf;
use gerai_store::{operators, tills};

use crate::App;
use crate::access::{Caller, Surface};
use crate::contract::*;
use crate::proof::hashed;
use crate::sessions::operator_view;
use crate::usecases::people::name_taken;
use crate::usecases::session::view_of;
use crate::usecases::text;

pub(crate) async fn create_owner(
    app: &Arc<App>,
    caller: &Caller,
    new: OwnerCreate,
) -> Result<SessionView, ApiError> {
    let station_name = text("station_name", &new.station_name, 1, 60)?;
    let owner_name = text("owner_name", &new.owner_name, 2, 40)?;
    let till_name = text("till_name", &new.till_name, 1, 40)?;
    let price = crate::usecases::tills::price("price", new.price, &app.limits())?;
    let hash = hashed(new.password).await?;
    let trail = app.trail(caller).named(&owner_name);
    let mut settings = app.settings().1.clone();
    settings.station.name = station_name.clone();
    settings.station.language = new.language;
    settings.network.readers_on_lan = new.readers_on_lan;
    let document = crate::usecases::settings::document(&settings)?;
    let version = app.settings().0;
    let operator = app
        .write(move |db| {
            if operators::has_owner(db)? {
                return Err(ApiError::new(
                    ErrorCode::Forbidden,
                    "this station has an owner already",
                    "Sign in.",
                ));
            }
            let id = operators::add(db, &owner_name, Role::Owner.word(), &hash, false, trail.now)
                .map_err(name_taken)?;
            first_till(db, &till_name, &station_name, price)?;
            if !gerai_store::settings::replace(db, version, &document)? {
                return Err(crate::usecases::settings::stale());
            }
            trail.done(db, "owner.create", &owner_name)?;
            operators::get(db, id)?.ok_or_else(|| ApiError::not_found("operator", id))
        })
        .await?;
    app.put_settings(version + 1, settings);
    app.owner_made();
    if caller.surface != Surface::Local {
        let trail = app.trail(caller).of(&operator);
        app.open_session(caller, SessionOf::Operator(operator.operator_id), false, move |db| {
            trail.done(db, "session.sign_in", "as the first owner")
        })
        .await?;
    }
    view_of(app, Some(operator_view(&operator)), None, false).await
}

/// Gives the till that every station begins with its name and price. A station that was set up by the command line
/// may have more tills already: then the named one is added, or left as it is.
fn first_till(db: &gerai_store::Db, name: &str, place: &str, price: Option<Rupiah>) -> Result<(), ApiError> {
    let tills = tills::list(db)?;
    match tills.as_slice() {
        [only] => tills::update(db, only.till_id, name, place, price)?,
        several if several.iter().any(|till| till.name == name) => {}
        _ => {
            tills::create(db, name, place, price)?;
        }
    }
    Ok(())
}
