//! Keeps reports to the health page from becoming a flood themselves: the same thing about the same device is said
//! once in a while. Bounded, so that made-up names can not fill memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gerai_core::port::Devices;

/// The same report about the same device is repeated at most this often.
const REPEAT_AFTER: Duration = Duration::from_secs(10);
/// Distinct reports remembered at a time; beyond it, new ones wait until old ones have aged.
const REPORTS_MAX: usize = 1_024;

/// Reports incidents to the station, each kind per device at most every ten seconds.
pub(crate) struct Incidents {
    devices: Arc<dyn Devices>,
    said: Mutex<HashMap<(String, &'static str), Instant>>,
}

impl Incidents {
    pub(crate) fn new(devices: Arc<dyn Devices>) -> Self {
        Self { devices, said: Mutex::new(HashMap::new()) }
    }

    /// Says `what` about the device `name`, unless it was said moments ago.
    pub(crate) fn report(&self, name: &str, what: &'static str) {
        if self.is_news(name, what) {
            tracing::warn!(device = name, what, "Incident at the broker's door: {name}: {what}");
            self.devices.incident(name, what);
        }
    }

    fn is_news(&self, name: &str, what: &'static str) -> bool {
        let now = Instant::now();
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() >= REPORTS_MAX {
            said.retain(|_, at| now.duration_since(*at) < REPEAT_AFTER);
            if said.len() >= REPORTS_MAX {
                return false;
            }
        }
        match said.get(&(name.to_owned(), what)) {
            Some(at) if now.duration_since(*at) < REPEAT_AFTER => false,
            _ => {
                said.insert((name.to_owned(), what), now);
                true
            }
        }
    }
}
