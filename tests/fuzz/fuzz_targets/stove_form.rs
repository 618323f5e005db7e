//! Any bytes as the form body of `POST /api/v1/stove-payload`: no panic, and nothing larger than allowed is taken.

#![no_main]

use gerai_core::stove::submission::{BODY_BYTES_MAX, BodyKind, Submission, USERNAME_CHARS_MAX};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| match Submission::parse(BodyKind::Form, body) {
    Ok(taken) => {
        assert!(body.len() <= BODY_BYTES_MAX && !taken.payload.is_empty());
        assert!(taken.username.as_ref().is_none_or(|name| name.chars().count() <= USERNAME_CHARS_MAX));
        let shown = format!("{taken:?}");
        assert!(taken.payload.len() < 40 || !shown.contains(&taken.payload), "tokens are personal data");
        let _ = taken.token();
    }
    Err(refused) => assert!(!refused.code().is_empty() && refused.to_string().len() < 400),
});
