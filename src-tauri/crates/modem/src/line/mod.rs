//! One line: a modem with its SIM, driven by a thread of its own from the moment its port is named until the handle is
//! dropped. It initialises the modem, sends, receives, watches and recovers. Which lines there are, and on which ports,
//! is not its business: `lines` and `discovery` start it.

mod chat;
mod driver;
#[cfg(test)]
mod fake;
mod health;
mod identity;
mod inbound;
mod ladder;
mod orders;
mod pins;
mod quirks;
mod rebind;
mod report;
mod serve;
mod setup;
mod submit;
#[cfg(test)]
mod tests;
mod unlock;
mod ussd;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;
use gerai_core::port::lines::{
    LineDoor, LineError, LineHealth, LineKey, LineSetup, SubmitPart, Submitted, UssdReply,
};
use gerai_core::port::{BoxFuture, Clock};

use crate::port::{PortAddress, Ports, SystemPorts, Waker, wake_pair};
use driver::Driver;
use orders::{ORDERS_MAX, Order};

pub use pins::TriedPins;

/// What the operator has set for the modem with this IMEI; `None`: nothing, use it with defaults and without a PIN.
pub type SetupOf = Arc<dyn Fn(&str) -> Option<LineSetup> + Send + Sync>;

/// What a line is started with.
#[derive(Clone)]
pub struct LineStart {
    /// Where the modem is plugged in.
    pub port: PortAddress,
    /// `vendor:product` of the USB device in hexadecimal (`12d1:1001`); empty: no USB device.
    pub usb: String,
    /// Serial number of the USB device, for modems that do not tell their IMEI; empty: none.
    pub usb_serial: String,
    /// What is known before the modem was asked for its IMEI: speed and parity. `None`: 115,200 8N1, then others.
    pub setup: Option<LineSetup>,
    /// What the operator has set, asked once the IMEI is known.
    pub setup_of: SetupOf,
    /// Takes what happens.
    pub door: Arc<dyn LineDoor>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// PINs that were tried, shared by all lines of the process.
    pub pins: Arc<TriedPins>,
}

/// How a line stands right now, for the list of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which line; empty strings until the modem has told.
    pub key: LineKey,
    /// How it fares.
    pub health: LineHealth,
    /// A sentence on what is wrong and what to do; empty when all is well. Also for ports whose modem never answered.
    pub trouble: String,
    /// Baud rate at which it answered.
    pub baud: Option<u32>,
}

/// What the handle and the thread both see.
struct Shared {
    standing: Mutex<Standing>,
    stop: AtomicBool,
}

/// A running line. Dropping it stops the thread; what was in flight resolves first.
pub struct LineHandle {
    orders: SyncSender<Order>,
    waker: Waker,
    shared: Arc<Shared>,
}

/// Starts a line on its own thread. Returns at once; the first report comes through the door.
///
/// # Errors
/// The operating system gives no thread or no descriptor.
pub fn start(start: LineStart) -> std::io::Result<LineHandle> {
    let name = format!("line {}", start.port);
    let (handle, driver) = prepare(start, Box::new(SystemPorts))?;
    std::thread::Builder::new().name(name).spawn(move || driver.run())?;
    Ok(handle)
}

/// A line whose thread is still to be started.
fn prepare(start: LineStart, ports: Box<dyn Ports>) -> std::io::Result<(LineHandle, Driver)> {
    let (waker, receiver) = wake_pair()?;
    let (sender, orders) = sync_channel(ORDERS_MAX);
    let shared = Arc::new(Shared {
        standing: Mutex::new(Standing {
            key: LineKey { imei: String::new(), iccid: String::new() },
            health: LineHealth::Starting,
            trouble: String::new(),
            baud: None,
        }),
        stop: AtomicBool::new(false),
    });
    let driver = Driver::new(start, ports, receiver, waker.clone(), orders, Arc::clone(&shared));
    Ok((LineHandle { orders: sender, waker, shared }, driver))
}

impl LineHandle {
    /// Hands one SMS-SUBMIT to the line, in call order. `ticket` is the caller's name for it, given back by
    /// `LineDoor::late_result`. Resolves within 65 s of its turn.
    pub fn submit(&self, part: SubmitPart, ticket: u64) -> BoxFuture<'static, Submitted> {
        let (back, answer) = oneshot::channel();
        self.order(Order::Submit { part: Box::new(part), ticket, back });
        Box::pin(async move {
            let lost = || Submitted::InDoubt { why: "the line ended while it was sending".to_owned() };
            answer.await.unwrap_or_else(|_| lost())
        })
    }

    /// Starts a USSD dialogue, or answers an open one. Resolves within 65 s.
    pub fn ussd(&self, text: &str) -> BoxFuture<'static, Result<UssdReply, LineError>> {
        let (back, answer) = oneshot::channel();
        self.order(Order::Ussd { text: text.to_owned(), back });
        Box::pin(async move { answer.await.unwrap_or(Err(LineError::Absent)) })
    }

    /// Ends an open USSD dialogue.
    pub fn ussd_cancel(&self) -> BoxFuture<'static, Result<(), LineError>> {
        let (back, answer) = oneshot::channel();
        self.order(Order::UssdCancel { back });
        Box::pin(async move { answer.await.unwrap_or(Err(LineError::Absent)) })
    }

    /// Sends one AT command and returns the lines of the answer, its final result last.
    pub fn command(&self, command: &str) -> BoxFuture<'static, Result<Vec<String>, LineError>> {
        let (back, answer) = oneshot::channel();
        self.order(Order::Command { text: command.to_owned(), back });
        Box::pin(async move { answer.await.unwrap_or(Err(LineError::Absent)) })
    }

    /// Leaves quarantine, and looks at once whether an absent port is back.
    pub fn wake(&self) {
        self.order(Order::Wake);
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.shared.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the thread to end; does not wait for it.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.waker.wake();
    }

    fn order(&self, order: Order) {
        match self.orders.try_send(order) {
            Ok(()) => self.waker.wake(),
            Err(TrySendError::Full(order)) => order.refuse("too many orders wait for this line"),
            Err(TrySendError::Disconnected(order)) => order.refuse("the line has ended"),
        }
    }
}

impl Drop for LineHandle {
    fn drop(&mut self) {
        self.stop();
    }
}
