//! Who is calling, from which surface, and what they may do. Authorisation is decided here and in the contract's
//! table, once, for every transport.

use std::sync::{Arc, Mutex};

use gerai_core::secret::Secret;

use crate::App;
use crate::contract::{ApiError, ErrorCode, OperatorView, Role};

/// Where a call came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A browser, over HTTP.
    Browser,
    /// The desktop's console window, over IPC.
    ConsoleWindow,
    /// The desktop's counter window, over IPC.
    CounterWindow,
    /// The command line of the user who runs the station, over the control socket or in this very process.
    Local,
}

/// Who a caller is.
#[derive(Debug, Clone)]
pub enum Who {
    /// Nobody signed in.
    Nobody,
    /// A signed-in operator.
    Operator(OperatorView),
    /// A counter screen, limited to one till.
    Counter {
        /// The till.
        till_id: i64,
    },
    /// The user who owns the station's process.
    LocalUser,
}

/// What a command did to the caller's session; the transport carries it out (a cookie, a window's slot).
#[derive(Clone)]
pub enum SessionChange {
    /// A session was opened: keep this token.
    Opened {
        /// The bearer token, 43 characters of base64url.
        token: Secret<String>,
        /// Seconds it lives at most.
        max_age_s: i64,
    },
    /// The session ended: forget the token.
    Closed,
}

/// One caller of one command. Made by `App::caller`.
#[derive(Clone)]
pub struct Caller {
    /// Where the call came from.
    pub surface: Surface,
    /// The peer is on this machine.
    pub loopback: bool,
    /// Peer address without port, for sign-in back-off; empty for IPC.
    pub peer: String,
    /// Who.
    pub who: Who,
    /// SHA-256 of the session token, if one was given and is valid.
    pub(crate) session: Option<[u8; 32]>,
    change: Arc<Mutex<Option<SessionChange>>>,
}

impl Caller {
    /// The command line of the user who runs the station.
    #[must_use]
    pub fn local() -> Self {
        Self::new(Surface::Local, true, String::new(), Who::LocalUser, None)
    }

    pub(crate) fn new(
        surface: Surface,
        loopback: bool,
        peer: String,
        who: Who,
        session: Option<[u8; 32]>,
    ) -> Self {
        Self { surface, loopback, peer, who, session, change: Arc::default() }
    }

    /// What the command did to the session, once.
    #[must_use]
    pub fn take_session_change(&self) -> Option<SessionChange> {
        self.change.lock().ok().and_then(|mut slot| slot.take())
    }

    pub(crate) fn change_session(&self, change: SessionChange) {
        if let Ok(mut slot) = self.change.lock() {
            *slot = Some(change);
        }
    }

    /// The name that the audit trail of an act keeps.
    #[must_use]
    pub fn actor(&self) -> String {
        match &self.who {
            Who::Nobody => "nobody".to_owned(),
            Who::Operator(operator) => operator.name.clone(),
            Who::Counter { till_id } => format!("counter {till_id}"),
            Who::LocalUser => "local command line".to_owned(),
        }
    }
}

/// Who may give a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody on this machine, until the station has an owner; the local user as well.
    FirstRun,
    /// A counter session (its own till only: the use case checks) or any operator.
    Counter,
    /// Owner or operator.
    Operator,
    /// Owner.
    Owner,
}

/// Refuses a caller whom the rule does not allow.
pub(crate) fn allowed(app: &App, caller: &Caller, access: Access) -> Result<(), ApiError> {
    if access == Access::Public {
        return Ok(());
    }
    if access == Access::FirstRun {
        return first_run(app, caller);
    }
    if app.first_run() && !matches!(caller.who, Who::LocalUser) {
        return Err(ApiError::new(
            ErrorCode::FirstRun,
            "this station has no owner yet",
            "Open the console on the station itself and make the owner.",
        ));
    }
    let yes = match &caller.who {
        Who::LocalUser => true,
        Who::Nobody => {
            return Err(ApiError::new(ErrorCode::SignedOut, "nobody is signed in", "Sign in and try again."));
        }
        Who::Counter { .. } => access == Access::Counter,
        Who::Operator(operator) => match operator.role {
            Role::Owner => true,
            Role::Operator => matches!(access, Access::Counter | Access::Operator),
            Role::Cashier => access == Access::Counter,
        },
    };
    if yes {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::Forbidden, "this session may not do that", "Ask the owner of the station."))
}

fn first_run(app: &App, caller: &Caller) -> Result<(), ApiError> {
    if !app.first_run() {
        return Err(ApiError::new(ErrorCode::Forbidden, "this station has an owner already", "Sign in."));
    }
    if caller.loopback {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::Forbidden,
        "the first owner can only be made on the station itself",
        "Open the console on the machine that runs Gerai.",
    ))
}
