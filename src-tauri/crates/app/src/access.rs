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
    /// A program with an API token, over HTTP.
    Api,
    /// The command line of the user who runs the station, over the control socket or in this very process.
    Local,
}

impl Surface {
    /// As the audit trail and the sessions name it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::ConsoleWindow => "console",
            Self::CounterWindow => "counter",
            Self::Api => "api",
            Self::Local => "local",
        }
    }
}

/// Who a caller is.
#[derive(Debug, Clone)]
pub enum Who {
    /// Nobody signed in.
    Nobody,
    /// A signed-in operator.
    Operator(OperatorView),
    /// A signed-in operator whose session was idle too long: may only unlock it or sign out.
    Locked(OperatorView),
    /// A counter screen, limited to one till.
    Counter {
        /// The till.
        till_id: i64,
        /// Who said to be there, by PIN.
        on_duty: Option<OperatorView>,
    },
    /// A program with an API token.
    Token {
        /// What the token is for.
        name: String,
        /// What it may do.
        role: Role,
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
    /// What the browser calls itself; empty when it does not say.
    pub agent: String,
    /// Who.
    pub who: Who,
    /// The caller's session, if a token was given and is valid.
    pub(crate) session: Option<i64>,
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
        session: Option<i64>,
    ) -> Self {
        Self { surface, loopback, peer, agent: String::new(), who, session, change: Arc::default() }
    }

    /// The same caller, with what its browser calls itself.
    #[must_use]
    pub fn with_agent(mut self, agent: &str) -> Self {
        self.agent = agent.chars().filter(|c| !c.is_control()).take(120).collect();
        self
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
            Who::Operator(operator) | Who::Locked(operator) => operator.name.clone(),
            Who::Counter { till_id, on_duty: None } => format!("counter {till_id}"),
            Who::Counter { on_duty: Some(operator), .. } => operator.name.clone(),
            Who::Token { name, .. } => format!("token {name}"),
            Who::LocalUser => "local command line".to_owned(),
        }
    }

    /// The operator behind the call, if one is signed in or on duty.
    #[must_use]
    pub fn operator(&self) -> Option<&OperatorView> {
        match &self.who {
            Who::Operator(operator)
            | Who::Locked(operator)
            | Who::Counter { on_duty: Some(operator), .. } => Some(operator),
            Who::Nobody | Who::Counter { .. } | Who::Token { .. } | Who::LocalUser => None,
        }
    }

    /// The role the call is made with. The local user owns the station.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        match &self.who {
            Who::Operator(operator) => Some(operator.role),
            Who::Token { role, .. } => Some(*role),
            Who::LocalUser => Some(Role::Owner),
            Who::Nobody | Who::Locked(_) | Who::Counter { .. } => None,
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
    /// Whoever has a session, also a locked one: about the own session only.
    Own,
    /// A person who is signed in, about themselves: not a counter, not a token.
    Person,
    /// As `Person`, and also whoever must change their password first.
    Password,
    /// A counter session (its own till only: the use case checks), cashiers and all above.
    Counter,
    /// Everybody who may look: auditor, operator, administrator, owner.
    View,
    /// Daily work: operator, administrator, owner.
    Operator,
    /// People, settings, readers, corrections: administrator, owner.
    Administrator,
    /// Owner.
    Owner,
}

/// All roles, the mightiest first.
pub const ROLES: [Role; 5] = [Role::Owner, Role::Administrator, Role::Operator, Role::Cashier, Role::Auditor];

/// The roles that a rule lets in: the one table of who may do what.
#[must_use]
pub fn roles_of(access: Access) -> &'static [Role] {
    use Role::{Administrator, Auditor, Cashier, Operator, Owner};
    match access {
        Access::Public | Access::Own | Access::Person | Access::Password => &ROLES,
        Access::FirstRun => &[],
        Access::Counter => &[Owner, Administrator, Operator, Cashier],
        Access::View => &[Owner, Administrator, Operator, Auditor],
        Access::Operator => &[Owner, Administrator, Operator],
        Access::Administrator => &[Owner, Administrator],
        Access::Owner => &[Owner],
    }
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
        // The desktop's counter beside a console: what it shows to customers goes on. Its use cases do nothing for it.
        Who::Locked(_) if access == Access::Counter && caller.surface == Surface::CounterWindow => true,
        Who::Locked(_) if access != Access::Own => {
            return Err(locked());
        }
        Who::Locked(_) => true,
        Who::Counter { .. } => matches!(access, Access::Counter | Access::Own),
        Who::Token { role, .. } => {
            !matches!(access, Access::Own | Access::Person | Access::Password)
                && roles_of(access).contains(role)
        }
        Who::Operator(operator)
            if operator.must_change && !matches!(access, Access::Own | Access::Password) =>
        {
            return Err(ApiError::new(
                ErrorCode::MustChange,
                "this password was set by somebody else",
                "Choose a password of your own first.",
            ));
        }
        Who::Operator(operator) if roles_of(access).contains(&operator.role) => {
            if matches!(access, Access::Administrator | Access::Owner) && lacks_second_factor(app, operator) {
                return Err(ApiError::new(
                    ErrorCode::SecondFactorNeeded,
                    "this station asks owners and administrators for a second factor",
                    "Set one up first, under your own name.",
                ));
            }
            true
        }
        Who::Operator(_) => false,
    };
    if yes {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::Forbidden,
        "this session may not do that",
        "Ask somebody whose role allows it: the console's page about roles has the table.",
    ))
}

/// A locked session does nothing but unlock or end.
pub(crate) fn locked() -> ApiError {
    ApiError::new(ErrorCode::Locked, "this session is locked", "Unlock it with your password or PIN.")
}

/// Whether the settings ask for a second factor that this person has not set up.
fn lacks_second_factor(app: &App, operator: &OperatorView) -> bool {
    !operator.totp
        && roles_of(Access::Administrator).contains(&operator.role)
        && app.settings().1.security.require_second_factor
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
