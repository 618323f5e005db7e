//! Short messages: one way in (`enqueue`), one task that sends (`dispatch`), one door for what the modems say (`door`).
//! The rules are in `gerai_core::sms`, the rows in `gerai_store::sms`. Which modem is plugged in where is none of its business:
//! it knows lines by number.

pub(crate) mod board;
pub(crate) mod calendar;
mod canary;
pub(crate) mod check;
mod count;
pub(crate) mod dispatch;
mod door;
pub(crate) mod enqueue;
pub(crate) mod keys;
mod line_rows;
mod line_views;
mod nudge;
pub(crate) mod pool;
mod reports;
mod slot;
mod sweep;
pub(crate) mod ussd;
pub(crate) mod views;
mod volatile;

pub(crate) use line_rows::{reload, repool};

pub use dispatch::Dispatcher;
pub use door::SmsDoor;
pub use sweep::{keep as keep_sms, look as tend_sms};

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use gerai_core::port::VaultError;
use gerai_core::port::lines::{LineKey, Lines};
use tokio::runtime::Handle;

use crate::contract::{ApiError, ErrorCode, NumberRevealed};
use board::Board;
use count::Counted;
use keys::{Closed, Keys};
use nudge::Nudge;
use ussd::Dialogues;
use volatile::Volatile;

/// What the station knows of its short messages while it runs.
#[derive(Default)]
pub(crate) struct Sms {
    pub(crate) keys: Keys,
    pub(crate) nudge: Nudge,
    pub(crate) volatile: Volatile,
    pub(crate) dialogues: Dialogues,
    counted: Mutex<Counted>,
    board: Mutex<Board>,
    lines: RwLock<Option<Arc<dyn Lines>>>,
    runtime: OnceLock<Handle>,
    paused: AtomicBool,
    /// Whether the vault holds a PIN for the SIM in a modem, by IMEI: a keychain is asked once, not at every look at a list.
    pins: Mutex<HashMap<String, bool>>,
}

impl Sms {
    /// Whether there is a PIN for a modem; asks the vault when it is not known. A vault that is away is asked again.
    pub(crate) fn has_pin(&self, imei: &str, ask: impl FnOnce() -> Result<bool, VaultError>) -> bool {
        let known = self.pins.lock().unwrap_or_else(PoisonError::into_inner).get(imei).copied();
        known.unwrap_or_else(|| match ask() {
            Ok(found) => {
                self.know_pin(imei, found);
                found
            }
            Err(_) => false,
        })
    }

    /// The vault was asked, or told.
    pub(crate) fn know_pin(&self, imei: &str, found: bool) {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner).insert(imei.to_owned(), found);
    }

    /// The lines as they are. Held for moments only.
    pub(crate) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The modems.
    pub(crate) fn lines(&self) -> Result<Arc<dyn Lines>, ApiError> {
        self.lines.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(|| {
            ApiError::new(
                ErrorCode::Unavailable,
                "this station does not look for modems",
                "Switch short messages on in the settings (SMS), and start the station.",
            )
        })
    }

    /// The modems, and what they call this line.
    pub(crate) fn line(&self, line_id: i64) -> Result<(Arc<dyn Lines>, LineKey), ApiError> {
        let lines = self.lines()?;
        let key = self.board().key(line_id).ok_or_else(|| {
            ApiError::new(
                ErrorCode::Unavailable,
                format!("line {line_id} is not plugged in"),
                "Plug the modem in, or choose another line.",
            )
        })?;
        Ok((lines, key))
    }

    /// The line of a modem.
    pub(crate) fn line_of_imei(&self, imei: &str) -> Option<i64> {
        self.board().of_imei(imei)
    }

    /// The pool of a number.
    pub(crate) fn pool_of(&self, to: &gerai_core::phone::Destination) -> String {
        pool::of(self.board().rules(), to)
    }

    /// Where tasks are started from threads that are not async.
    pub(crate) fn runtime(&self) -> Result<Handle, ()> {
        self.runtime.get().cloned().ok_or(())
    }

    pub(crate) fn paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    pub(crate) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Release);
    }

    /// A sealed number in clear, for whoever may see it.
    pub(crate) fn reveal(&self, sealed: &[u8]) -> Result<NumberRevealed, ApiError> {
        match self.keys.open_number(sealed) {
            Ok(number) => Ok(NumberRevealed { number: number.expose().clone() }),
            Err(Closed::Away) => Err(ApiError::new(
                ErrorCode::Unavailable,
                "the vault does not answer, and numbers are sealed",
                "Mend the vault (the health page says how), then try again.",
            )),
            Err(Closed::Gone) => Err(ApiError::new(
                ErrorCode::Unavailable,
                "this number was sealed by a key that the vault no longer holds",
                "Bring the vault's entry `sms-numbers` back from a backup.",
            )),
        }
    }
}

impl crate::App {
    /// Ports that may be opened although they could be something else than modems, because a person tried them. Blocks.
    pub fn allowed_ports(&self) -> Vec<(String, u32)> {
        self.store.read(gerai_store::sms::lines::ports).unwrap_or_default()
    }

    /// Tells the core its modems; `None`: there are none any more.
    pub fn set_lines(&self, lines: Option<Arc<dyn Lines>>) {
        *self.sms.lines.write().unwrap_or_else(PoisonError::into_inner) = lines;
        self.sms.nudge.setup();
    }
}
