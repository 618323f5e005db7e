//! Test messages between own SIMs, and the alarm when a network takes messages and no report ever comes: both find a line
//! that looks well and delivers nothing.

use std::sync::Arc;

use gerai_core::phone::Destination;
use gerai_core::port::lines::LineHealth;
use gerai_core::secret::Secret;
use gerai_core::sms::state::Class;
use gerai_core::time::UnixMs;
use gerai_store::sms::parts;

use super::calendar;
use super::enqueue::{self, Order};
use crate::App;
use crate::contract::{Event, HealthRow, HealthState};

/// A report is missing after this long.
const REPORT_WAIT_MS: i64 = 10 * 60_000;
/// Messages are looked at for this long.
const LOOK_BACK_MS: i64 = 6 * 3_600_000;
/// So many messages in a row without a report are no chance.
const SILENT_MIN: i64 = 10;

/// Looks at the reports of each line, and sends the test messages that are due.
pub(super) async fn look(app: &Arc<App>, now: UnixMs) {
    if let Err(error) = look_at_reports(app, now).await {
        tracing::warn!(%error, "The reports could not be looked at");
    }
    let settings = app.settings();
    let minutes = settings.1.sms.canary_minutes;
    // At night they would be too old before they could leave.
    let open = calendar::window_opens(now, &settings.1.sms).is_none();
    if minutes > 0 && open && (now.0 / 60_000) % minutes == 0 {
        send(app, now).await;
    }
}

async fn look_at_reports(app: &Arc<App>, now: UnixMs) -> Result<(), crate::contract::ApiError> {
    let lines: Vec<i64> = app.sms.board().slots().iter().map(|slot| slot.row.line_id).collect();
    if !app.settings().1.sms.reports {
        return Ok(());
    }
    for line_id in lines {
        let (from, to) = (now.plus(-LOOK_BACK_MS), now.plus(-REPORT_WAIT_MS));
        let (sent, reported) = app.read(move |db| Ok(parts::report_rate(db, line_id, from, to)?)).await?;
        let silent = sent >= SILENT_MIN && reported == 0;
        let doubt = silent.then(|| {
            format!(
                "The network took {sent} messages in six hours and reported none; check the SIM and its service centre."
            )
        });
        let changed = {
            let mut board = app.sms.board();
            let before = board.slot(line_id).map(|slot| slot.doubt.clone());
            let changed = before.is_some_and(|before| before != doubt);
            board.set_doubt(line_id, doubt.clone());
            changed
        };
        if changed {
            app.emit(Event::Line { line_id });
            let part = format!("sms_reports_{line_id}");
            let row = match doubt {
                Some(doubt) => HealthRow::new(&part, "sms", HealthState::Attention, "sms_no_reports", doubt)
                    .next("Send a test message to a phone that you hold."),
                None => {
                    HealthRow::new(&part, "sms", HealthState::Good, "sms_reports", "reports come".to_owned())
                }
            };
            app.put_health(row);
        }
    }
    Ok(())
}

/// One test message from each line that takes part to the next one.
async fn send(app: &Arc<App>, now: UnixMs) {
    let country = app.settings().1.sms.country_code.clone();
    let members: Vec<(i64, Destination)> = {
        let board = app.sms.board();
        let ready =
            board.slots().iter().filter(|slot| slot.settings.canary && slot.health() == LineHealth::Ready);
        ready
            .filter_map(|slot| {
                let told = slot.report.as_ref().map(|report| report.msisdn.as_str()).unwrap_or_default();
                let own = if told.is_empty() { slot.settings.msisdn.as_str() } else { told };
                Some((slot.row.line_id, Destination::parse(own, &country).ok()?))
            })
            .collect()
    };
    if members.len() < 2 {
        return;
    }
    for (place, (line_id, _)) in members.iter().enumerate() {
        let (_, to) = &members[(place + 1) % members.len()];
        let order = Order {
            origin: "canary".to_owned(),
            request_id: format!("canary-{line_id}-{}", now.0 / 60_000),
            to: vec![to.clone()],
            text: Arc::new(Secret::new("Gerai: test of this line".to_owned())),
            class: Class::Normal,
            line_id: Some(*line_id),
            at: None,
            deadline: Some(now.plus(REPORT_WAIT_MS)),
            flash: false,
            priority: -5,
            from_api: false,
            hold: false,
            skip_blocked: true,
            trail: None,
        };
        if let Err(error) = enqueue::enqueue(app, order).await {
            tracing::warn!(line.id = *line_id, "Line {line_id} got no test message: {}", error.message);
        }
    }
}
