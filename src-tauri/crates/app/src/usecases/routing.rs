//! The routing rules.

use std::sync::Arc;

use gerai_core::sms::routing::{Rule, Rules};
use gerai_store::sms::{lines, rules as store};
use serde_json::json;

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::sms::{check, reload, repool};

pub(crate) async fn get(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<RoutingTable, ApiError> {
    app.read(|db| {
        let stored = store::get(db)?;
        let rules = serde_json::from_str(&stored.rules).map_err(|error| {
            ApiError::new(ErrorCode::Internal, format!("the stored rules cannot be read: {error}"), "")
        })?;
        Ok(RoutingTable {
            version: stored.version,
            rules,
            changed_ms: stored.changed.map(|at| at.0),
            changed_by: stored.by,
        })
    })
    .await
}

pub(crate) async fn set(
    app: &Arc<App>,
    caller: &Caller,
    asked: RoutingTable,
) -> Result<RoutingTable, ApiError> {
    check::rules(&asked)?;
    let kept = asked.rules.iter().map(|rule| Rule {
        prefix: rule.prefix.clone(),
        label: rule.label.clone(),
        deny: rule.deny,
        tiers: rule.lines.clone(),
    });
    Rules::new(kept.collect())
        .map_err(|error| ApiError::invalid("rules", error.to_string(), "Correct the rule."))?;
    let document = serde_json::to_string(&asked.rules).map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("the rules cannot be written: {error}"), "")
    })?;
    let (trail, version) = (app.trail(caller), asked.version);
    app.write(move |db| {
        for line_id in asked.rules.iter().flat_map(|rule| rule.lines.iter().flatten()) {
            if lines::get(db, *line_id)?.is_none() {
                return Err(ApiError::not_found("line", line_id));
            }
        }
        let before = store::get(db)?;
        if !store::set(db, version, &document, &trail.actor, trail.now)? {
            return Err(ApiError::new(
                ErrorCode::Taken,
                "somebody changed the rules meanwhile",
                "Reload them, and make your change again.",
            ));
        }
        let text = |rules: &str| json!(rules.chars().take(4_000).collect::<String>());
        trail.changed(
            db,
            "routing.set",
            format!("version {}", version + 1),
            &text(&before.rules),
            &text(&document),
        )?;
        Ok(())
    })
    .await?;
    reload(app).await?;
    repool(app).await?;
    get(app, caller, Nothing {}).await
}
