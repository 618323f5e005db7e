//! One function per command of the contract's table, one file per subject. A use case checks what the types cannot,
//! does one transaction, tells the screens.

pub(crate) mod accounts;
pub(crate) mod adjust;
pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod cards;
pub(crate) mod counter;
pub(crate) mod counter_images;
pub(crate) mod credentials;
pub(crate) mod duty;
pub(crate) mod first_run;
pub(crate) mod forward;
pub(crate) mod health;
pub(crate) mod inbox;
pub(crate) mod lines;
pub(crate) mod meters;
pub(crate) mod network;
pub(crate) mod own_sessions;
pub(crate) mod payments;
pub(crate) mod people;
pub(crate) mod readers;
pub(crate) mod readings;
pub(crate) mod recovery;
pub(crate) mod roles;
pub(crate) mod routing;
pub(crate) mod scan;
pub(crate) mod scan_frame;
pub(crate) mod second_factor;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod sms;
pub(crate) mod sms_acts;
pub(crate) mod stove_keys;
pub(crate) mod stoves;
pub(crate) mod tills;
pub(crate) mod tokens;
pub(crate) mod vault;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gerai_core::ledger::chain::{Canonical, GENESIS, Hash};
use gerai_core::tap::payload::is_request_id;
use gerai_store::Db;
use gerai_store::requests::{self, StoredRequest};

use crate::access::{Caller, Who};
use crate::contract::{ApiError, ErrorCode};
use crate::passwords::SecretError;

/// Rows of a page when the caller does not say.
const PAGE_ROWS: i64 = 50;
/// Rows of a page at most.
const PAGE_ROWS_MAX: i64 = 200;

pub(crate) fn page_rows(asked: Option<i64>) -> i64 {
    asked.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX)
}

/// A person's request id: 1 to 64 characters that need no quoting.
pub(crate) fn check_request_id(id: &str) -> Result<(), ApiError> {
    if is_request_id(id) {
        return Ok(());
    }
    Err(ApiError::invalid(
        "request_id",
        "a request id has 1 to 64 letters, digits, `.`, `_`, `:` or `-`",
        "Use a UUID.",
    ))
}

/// What a request asked for, as a hash.
pub(crate) fn fingerprint(command: &str, parts: &[&str]) -> Hash {
    let mut bytes = Canonical::new(command, &GENESIS);
    for part in parts {
        bytes.text(part);
    }
    bytes.finish()
}

/// What this request id came to before: `None` for a new one, a refusal of its own for other content, the stored
/// refusal for a refused one.
pub(crate) fn repeated(
    db: &Db,
    request_id: &str,
    fingerprint: &Hash,
) -> Result<Option<StoredRequest>, ApiError> {
    let Some(before) = requests::get(db, request_id)? else { return Ok(None) };
    if before.fingerprint != *fingerprint {
        return Err(ApiError::new(
            ErrorCode::RequestReused,
            format!("request {request_id} was used before for something else"),
            "Close the form, open it again, and type the request anew.",
        ));
    }
    if let Some(refusal) = before.refusal {
        return Err(ApiError::new(ErrorCode::Refused, refusal, "Start a new request."));
    }
    Ok(Some(before))
}

/// A text of `low` to `high` characters without control characters, trimmed.
pub(crate) fn text(field: &str, value: &str, low: usize, high: usize) -> Result<String, ApiError> {
    let value = value.trim();
    let length = value.chars().count();
    if value.chars().any(char::is_control) {
        return Err(ApiError::invalid(
            field,
            "this is one line of text, without control characters",
            "Type it again.",
        ));
    }
    if (low..=high).contains(&length) {
        return Ok(value.to_owned());
    }
    Err(ApiError::invalid(
        field,
        format!("this needs {low} to {high} characters, it has {length}"),
        "Type it again.",
    ))
}

/// A counter window beside a locked console shows, and acts for nobody.
pub(crate) fn awake(caller: &Caller) -> Result<(), ApiError> {
    if matches!(caller.who, Who::Locked(_)) { Err(crate::access::locked()) } else { Ok(()) }
}

/// A file that came as base64, alone or as a `data:` address.
pub(crate) fn file_of(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    let encoded = text.rsplit_once("base64,").map_or(text, |(_, file)| file);
    STANDARD.decode(encoded.trim())
}

/// A counter session may touch its own till only.
pub(crate) fn own_till(caller: &Caller, till_id: i64) -> Result<(), ApiError> {
    match caller.who {
        Who::Counter { till_id: own, .. } if own != till_id => Err(ApiError::new(
            ErrorCode::Forbidden,
            format!("this counter belongs to till {own}, not to till {till_id}"),
            "Pair this screen with the other till.",
        )),
        _ => Ok(()),
    }
}

/// A secret could not be made: a fault of the machine.
pub(crate) fn internal(error: SecretError) -> ApiError {
    ApiError::new(ErrorCode::Internal, error.to_string(), "Restart Gerai; if it stays so, look at its log.")
}
