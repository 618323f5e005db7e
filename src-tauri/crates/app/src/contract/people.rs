//! People: roles, signing in and out, second factors, PINs, sessions, forgotten passwords.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What an operator may do: `roles.show` has the whole table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Role {
    /// Everything, the vault, keys and other owners included.
    Owner,
    /// People, settings, readers, corrections.
    Administrator,
    /// Daily work: customers, cards, top-ups, tills.
    Operator,
    /// The counter of a till.
    Cashier,
    /// Looks at everything, changes nothing.
    Auditor,
}

impl Role {
    /// As it is stored, and typed on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::Operator => "operator",
            Self::Cashier => "cashier",
            Self::Auditor => "auditor",
        }
    }

    /// The role of a stored word. The database holds no others; should one come up, it may do the least.
    pub(crate) fn of_word(word: &str) -> Self {
        crate::access::ROLES.into_iter().find(|role| role.word() == word).unwrap_or(Self::Auditor)
    }
}

/// The person at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OperatorView {
    /// The operator's id; 0 for the local command line.
    pub id: i64,
    /// Sign-in name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// False: may no longer sign in.
    pub active: bool,
    /// A second factor is asked for.
    pub totp: bool,
    /// A counter PIN is set and not resting.
    pub pin: bool,
    /// The password must be changed before anything else.
    pub must_change: bool,
    /// Where a reset code can go, masked; `null`: nowhere.
    pub contact: Option<String>,
}

/// Who this session is (`session.current`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SessionView {
    /// The signed-in operator, also while the session is locked; of a counter: who is on duty.
    pub operator: Option<OperatorView>,
    /// The till this session is limited to; `null` for an operator's session.
    pub till_id: Option<i64>,
    /// Idle: everything waits for `session.unlock`.
    pub locked: bool,
    /// Seconds without `session.touch` after which it locks; 0: never.
    pub idle_lock_s: i64,
    /// An owner, and the station has no recovery file: suggest making one (`recovery.make`).
    pub suggest_recovery: bool,
}

/// Sign-in (`session.sign_in`). A right password of somebody with a second factor and no `code` answers
/// `second_factor`: ask for the code and send all three.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct SignIn {
    /// Sign-in name.
    pub name: String,
    /// Password.
    pub password: String,
    /// Six digits of the authenticator, or a recovery code.
    #[serde(default)]
    #[ts(optional)]
    pub code: Option<String>,
}

/// `session.unlock`: one of the two.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct Unlock {
    /// Password.
    #[serde(default)]
    #[ts(optional)]
    pub password: Option<String>,
    /// PIN.
    #[serde(default)]
    #[ts(optional)]
    pub pin: Option<String>,
}

/// `session.change_password`: the own one. Ends all other sessions of the operator.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct ChangePassword {
    /// The password now.
    pub old: String,
    /// The new one, 10 to 128 characters.
    pub new: String,
}

/// `session.set_pin`: the own one.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct SetPin {
    /// The password, once more.
    pub password: String,
    /// 6 to 12 digits; `null` takes the PIN away.
    pub pin: Option<String>,
}

/// One session (`sessions.list`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SessionRow {
    /// The session's id.
    pub id: i64,
    /// Whose; `null` for a counter with nobody on duty.
    pub operator: Option<String>,
    /// The till of a counter.
    pub till: Option<String>,
    /// `browser`, `console` or `counter`.
    pub surface: String,
    /// Address; empty for a window of this machine.
    pub peer: String,
    /// What the browser calls itself, shortened.
    pub agent: String,
    /// Signed in at, Unix milliseconds.
    pub since_ms: i64,
    /// Last act of a person; of a counter: since when somebody is on duty.
    pub seen_ms: i64,
    /// Ends at.
    pub expires_ms: i64,
    /// Locked.
    pub locked: bool,
    /// Signed in with a second factor.
    pub strong: bool,
    /// The session that asks.
    pub current: bool,
}

/// `sessions.list` and `sessions.end_all`: whose. The session that asks is never ended by it.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[ts(export)]
pub struct SessionsOf {
    /// An operator; left out: the own ones. Others' only for administrators and owners.
    #[serde(default)]
    #[ts(optional)]
    pub operator_id: Option<i64>,
    /// Everybody's and every counter's, for administrators and owners.
    #[serde(default)]
    #[ts(optional)]
    pub all: Option<bool>,
}

/// `totp.begin`: what an authenticator needs. Shown once; nothing is asked for until `totp.confirm`.
#[derive(Clone, Serialize, TS)]
#[ts(export)]
pub struct TotpBegun {
    /// The secret in Base32 (RFC 4648), in groups of four.
    pub secret: String,
    /// `otpauth://totp/…`, for a link.
    pub uri: String,
    /// The same as a QR code: rows of `0` and `1`, without a quiet zone.
    pub qr: Vec<String>,
}

/// `totp.confirm`: the first code, with the password. `totp.remove` and `totp.new_codes`: the same proof.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct TotpConfirm {
    /// The password, once more.
    pub password: String,
    /// Six digits; to remove the factor or for new codes a recovery code does as well.
    pub code: String,
}

/// Codes that stand in for the second factor, each once. Shown once.
#[derive(Clone, Serialize, TS)]
#[ts(export)]
pub struct RecoveryCodes {
    /// Ten codes of 24 characters in groups of four.
    pub codes: Vec<String>,
}

/// A new operator (`operators.add`).
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct OperatorAdd {
    /// Sign-in name, 2 to 40 characters.
    pub name: String,
    /// First password, 10 to 128 characters. The operator must change it at the first sign-in.
    pub password: String,
    /// Role. Owners are made by owners only.
    pub role: Role,
    /// E-mail address or phone number for a forgotten password.
    #[serde(default)]
    #[ts(optional)]
    pub contact: Option<String>,
}

/// `operators.update`.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct OperatorUpdate {
    /// Whom.
    pub id: i64,
    /// Role. The last owner stays one.
    pub role: Role,
    /// May sign in. Taking it away ends all sessions.
    pub active: bool,
    /// E-mail address or phone number; an empty text takes it away, left out it stays.
    #[serde(default)]
    #[ts(optional)]
    pub contact: Option<String>,
}

/// A new password for an operator (`operators.reset`); ends all their sessions, and must be changed at the next sign-in.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct OperatorReset {
    /// Sign-in name.
    pub name: String,
    /// The new password, 10 characters or more.
    pub password: String,
    /// Takes the second factor and the PIN away too.
    #[serde(default)]
    #[ts(optional)]
    pub second_factor: Option<bool>,
}

/// `password.forgot`. The answer is the same whether or not the name exists.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct PasswordForgot {
    /// Sign-in name.
    pub name: String,
}

/// What becomes of a forgotten password.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct PasswordForgotten {
    /// The station can send codes: one is on its way if the name and its address are known. Otherwise only an
    /// administrator or the recovery file helps.
    pub can_send: bool,
}

/// `password.reset`, with a code that was sent.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct PasswordReset {
    /// Sign-in name.
    pub name: String,
    /// The code.
    pub code: String,
    /// The new password, 10 to 128 characters.
    pub password: String,
}

/// The recovery file (`recovery.make`): to be put on a USB stick and locked away. Shown once; an older one is worth
/// nothing any more.
#[derive(Clone, Serialize, TS)]
#[ts(export)]
pub struct RecoveryFile {
    /// Suggested file name.
    pub file_name: String,
    /// The whole text of the file.
    pub text: String,
}

/// Whether there is a recovery file (`recovery.show`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct RecoveryState {
    /// When it was made, Unix milliseconds; `null`: there is none.
    pub made_ms: Option<i64>,
    /// Who made it.
    pub made_by: Option<String>,
    /// A recovery file was used then, and no owner has acknowledged it (`recovery.seen`).
    pub used_ms: Option<i64>,
    /// Who became owner by it.
    pub used_by: Option<String>,
}

/// `recovery.use`, only at the station itself: makes a named operator an active owner with a new password, without a
/// second factor. All sessions end; the file is used up.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct RecoveryUse {
    /// The text of the recovery file.
    pub file: String,
    /// Sign-in name of the owner; a new one is made when nobody has it.
    pub name: String,
    /// The new password, 10 to 128 characters.
    pub password: String,
}

/// `counter.switch`: who is on duty at this counter.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct CounterSwitch {
    /// Sign-in name.
    pub name: String,
    /// PIN.
    pub pin: String,
}

/// One row of `roles.show`: a command and who may give it.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct RoleRule {
    /// The command.
    pub command: String,
    /// Nobody needs to be signed in.
    pub public: bool,
    /// A counter's session may give it, for its own till.
    pub counter: bool,
    /// Roles that may give it.
    pub roles: Vec<Role>,
}
