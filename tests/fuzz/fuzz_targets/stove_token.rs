//! Any bytes as a stove's token: no panic, no whole input in an error, and what is read is read the same from its own wire text.

#![no_main]

use gerai_core::secret::Secret;
use gerai_core::stove::quality::{Arrival, flags};
use gerai_core::stove::verify::{KeyRing, verify};
use gerai_core::stove::{Flag, Token};
use gerai_core::time::UnixMs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let token = match Token::decode(input) {
        Ok(token) => token,
        Err(refused) => {
            assert!(!refused.code().is_empty() && refused.to_string().len() < 400);
            return;
        }
    };
    assert!(input.len() <= 512);
    let again = Token::decode(token.wire().as_bytes()).expect("its own wire text");
    assert_eq!((again.hash(), again.reading()), (token.hash(), token.reading()));
    assert_eq!(again.signing_input(), token.signing_input(), "one hash, one thing signed");
    let ring = KeyRing::of(Secret::new(b"a key that no input is signed with".to_vec()));
    assert!(!verify(&token, Some(&ring)).is_genuine());
    for flag in flags(&token, UnixMs(1_795_323_600_000), Arrival::Live) {
        let json = serde_json::to_string(&flag).expect("a flag is JSON");
        assert_eq!(serde_json::from_str::<Flag>(&json).expect("and back"), flag);
    }
});
