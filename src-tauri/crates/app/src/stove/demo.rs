//! The stove made of software, for trying the station out. Its secret is made at the start and is in memory only; its energy
//! rises with the clock, so it needs no state. It exists in try-outs only.

use std::sync::{Arc, OnceLock};

use gerai_core::secret::Secret;
use gerai_core::stove::verify::{Parts, sign};
use gerai_core::stove::{KeyRing, StoveId};
use gerai_core::time::{UnixMs, WibDay};

use super::keys::Ring;
use crate::App;
use crate::passwords;

/// Its number.
pub(crate) const NUMBER: &str = "99000000001";
/// It has run since then: 2026-01-01 00:00 WIB.
const SINCE_S: i64 = 1_767_200_400;
/// Its counter stays below the five digits it has.
const TOTAL_MAX: i64 = 99_999_999;

/// The stove made of software.
#[derive(Default)]
pub(crate) struct Demo {
    ring: OnceLock<Arc<Ring>>,
}

impl Demo {
    /// Its key, for a token that names it.
    pub(crate) fn ring(&self, app: &App, number: StoveId) -> Option<Arc<Ring>> {
        if !app.try_out || number.as_str() != NUMBER {
            return None;
        }
        if let Some(ring) = self.ring.get() {
            return Some(Arc::clone(ring));
        }
        let secret = passwords::random_token().ok()?;
        let key = Secret::new(secret.expose().as_bytes().to_vec());
        Some(Arc::clone(self.ring.get_or_init(|| Arc::new(Ring::of(KeyRing::of(key))))))
    }
}

/// What a demonstration stove shows now.
pub(crate) struct Shown {
    pub(crate) qr: String,
    pub(crate) bluetooth: String,
}

/// Thousandths of a kilowatt-hour used by a moment: 1 500 W in three meals of 40 minutes a day, 3 kWh.
fn used_by(t: i64) -> i64 {
    const MEAL_S: i64 = 40 * 60;
    let (days, second) = ((t - SINCE_S).div_euclid(86_400), (t - SINCE_S).rem_euclid(86_400));
    let meals = [6 * 3_600, 11 * 3_600, 17 * 3_600];
    let cooked: i64 = meals.iter().map(|begin| (second - begin).clamp(0, MEAL_S)).sum();
    days * 3_000 + cooked * 1_500 / 3_600
}

/// Watts at a moment.
fn watts(t: i64) -> i64 {
    if used_by(t) > used_by(t - 60) { 1_500 } else { 3 }
}

/// Its two payloads.
fn payloads(now: UnixMs) -> (String, String) {
    // Its display shows a new token every ten seconds.
    let t = now.0.div_euclid(10_000) * 10;
    let month_began = WibDay::of(now).month().first_day().starts().0 / 1_000;
    let total = used_by(t).clamp(0, TOTAL_MAX);
    let month = (used_by(t) - used_by(month_began)).clamp(0, total).min(9_999_999);
    let kwh = |value: i64, digits: usize| format!("{:0digits$}.{:03}", value / 1_000, value % 1_000);
    let (total, month, watts) = (kwh(total, 5), kwh(month, 4), watts(t));
    let milliamps = watts * 1_000 / 220;
    let qr = format!("V01;{NUMBER}:{t}:{total};{month};APIKEY01;");
    let bluetooth = format!(
        "V01;{NUMBER}:{t}:220:{}.{:03}:{watts:04}:1.00:{total};{month};APIKEY01;",
        milliamps / 1_000,
        milliamps % 1_000
    );
    (qr, bluetooth)
}

impl App {
    /// What the stove made of software shows now: the token in two parts, and the one it gives over Bluetooth. `None`
    /// outside of try-outs.
    pub(crate) fn demo_stove(&self) -> Option<Shown> {
        let number = StoveId::parse(NUMBER)?;
        let ring = self.stoves.demo.ring(self, number)?;
        let (qr, bluetooth) = payloads(self.clock.now());
        Some(Shown {
            qr: sign(&qr, &ring.keys.current, Parts::Two),
            bluetooth: sign(&bluetooth, &ring.keys.current, Parts::Two),
        })
    }

    /// What the display of the stove made of software shows now, for the simulated camera.
    #[must_use]
    pub fn demo_stove_display(&self) -> Option<String> {
        self.demo_stove().map(|shown| shown.qr)
    }

    /// What it gives over Bluetooth, for the simulated radio.
    #[must_use]
    pub fn demo_stove_bluetooth(&self) -> Option<String> {
        self.demo_stove().map(|shown| shown.bluetooth)
    }
}

#[cfg(test)]
mod tests {
    use gerai_core::stove::quality::{Arrival, flags};
    use gerai_core::stove::series::{Bounds, Point, pair_flags};
    use gerai_core::stove::{Token, TokenHash};

    use super::*;

    #[test]
    fn its_figures_are_a_good_stoves() {
        let key = Secret::new(b"a secret of the test that is long enough".to_vec());
        let mut before: [Option<Point>; 2] = [None, None];
        // Two months in uneven steps.
        for step in 0..600_i64 {
            let now = UnixMs(1_795_323_600_000 + step * 8_641_000);
            let (qr, bluetooth) = payloads(now);
            for (form, payload) in [qr, bluetooth].into_iter().enumerate() {
                let token = Token::decode(sign(&payload, &key, Parts::Two).as_bytes()).unwrap();
                assert_eq!(flags(&token, now, Arrival::Live), [], "{payload}");
                let point = Point::of(token.reading().unwrap(), TokenHash([0; 32]), 0);
                if let Some(before) = before[form] {
                    assert_eq!(pair_flags(&before, &point, &Bounds::default()), [], "{payload}");
                }
                before[form] = Some(point);
            }
        }
    }
}
