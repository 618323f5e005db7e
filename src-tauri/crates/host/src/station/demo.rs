//! What a try-out folder begins with: a till, a few customers with cards, and where its stove is read over Bluetooth, made
//! through the same commands as real ones. Each has a fixed request id, so that a second start adds nothing.

use std::sync::Arc;

use gerai_app::App;
use gerai_app::access::Caller;
use gerai_app::contract::dispatch;
use serde_json::{Value, json};

use super::stoves::{DEMO_SERVICE, DEMO_TOKEN};

const CUSTOMERS: [(&str, &str, &str, i64); 6] = [
    ("Siti Rahmawati", "13520040", "5A3F01C2", 50_000),
    ("Budi Santoso", "13520112", "7B9004D1", 87_500),
    ("Dewi Anggraini", "13521007", "04A1B2C3D4E5F6", 9_000),
    ("Agus Setiawan", "13519083", "E41A77C0", 41_000),
    ("Putri Maharani", "13521144", "5C06A8D0", 150_000),
    ("Hendra Wijaya", "13518130", "6E8848EC", 25_000),
];

/// Fills an empty try-out station. A step that fails is logged: the rest of the station does not need it.
pub async fn fill(app: &Arc<App>) {
    let customers = give(app, "accounts.list", json!({})).await;
    if customers.is_some_and(|page| page["total"] == json!(0)) {
        let tills = give(app, "tills.list", json!({})).await.unwrap_or_default();
        let till =
            json!({ "id": tills[0]["id"], "name": "Meja 1", "place": "Kantin contoh", "price": 12_500 });
        give(app, "tills.update", till).await;
    }
    for (number, (name, nim, uid, opening)) in CUSTOMERS.iter().enumerate() {
        let request = json!({
            "request_id": format!("try-out-{number}"), "name": name, "nim": nim, "uid": uid, "opening": opening,
        });
        give(app, "accounts.create", request).await;
    }
    stove_over_bluetooth(app).await;
}

/// Where the stove made of software gives its token over Bluetooth, unless somebody has set another place.
async fn stove_over_bluetooth(app: &Arc<App>) {
    let Some(mut view) = give(app, "settings.get", json!({})).await else { return };
    let stove = &mut view["settings"]["stove"];
    if stove["ble_service"] != json!("") {
        return;
    }
    stove["ble_service"] = json!(DEMO_SERVICE);
    stove["ble_read"] = json!(DEMO_TOKEN);
    let wanted = json!({ "version": view["version"], "settings": view["settings"] });
    give(app, "settings.set", wanted).await;
}

async fn give(app: &Arc<App>, command: &str, arguments: Value) -> Option<Value> {
    match dispatch(app, &Caller::local(), command, arguments).await {
        Ok(answer) => Some(answer),
        Err(error) => {
            tracing::warn!("The try-out folder lacks an example: {error}");
            None
        }
    }
}
