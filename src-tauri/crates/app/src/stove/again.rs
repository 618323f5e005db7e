//! Readings that nobody could verify when they came in are verified once a key of their stove is registered. What the stove
//! sent stays as it is; the verdict is the registered key's now. One that this key did not make leaves the series.

use std::sync::Arc;

use gerai_core::stove::verify::verify;
use gerai_core::stove::{Flag, Signature, StoveId, Token, UnixS};
use gerai_store::stove::{months, readings, registry};

use super::keys::Known;
use super::settle::{by_rules, flags_of};
use crate::App;
use crate::contract::ApiError;
use crate::trail::Trail;

/// Readings in one transaction.
const PAGE: i64 = 500;

/// A reading's new verdict.
struct Verdict {
    reading_id: i64,
    signature: Signature,
    in_series: bool,
    standing: &'static str,
}

impl App {
    /// Verifies the readings of a stove whose key was just registered.
    pub(crate) async fn verify_again(self: &Arc<Self>, number: StoveId) -> Result<(), ApiError> {
        let app = Arc::clone(self);
        let Known::Ring(ring) = Self::blocking(move || app.stove_keys_of(number)).await? else {
            return Ok(());
        };
        let stove_id = self.read(move |db| Ok(registry::resolve(db, number.as_str())?)).await?;
        let Some(stove_id) = stove_id else { return Ok(()) };
        let (mut after, mut all, mut wrong) = (0, 0_usize, 0_usize);
        loop {
            let ring = Arc::clone(&ring);
            let page = self
                .read(move |db| {
                    let rows = readings::unverified(db, stove_id, after, PAGE)?;
                    let verdicts = rows.into_iter().map(|(reading_id, token, flags, in_series)| {
                        let signature = Token::decode(token.as_bytes())
                            .map_or(Signature::Invalid, |token| verify(&token, Some(&ring.keys)));
                        let flags: Vec<Flag> = flags_of(&flags);
                        let in_series = in_series && signature.is_genuine();
                        let standing = by_rules(signature, &flags).word();
                        Verdict { reading_id, signature, in_series, standing }
                    });
                    Ok(verdicts.collect::<Vec<_>>())
                })
                .await?;
            let Some(last) = page.last() else { break };
            after = last.reading_id;
            all += page.len();
            wrong += page.iter().filter(|one| !one.signature.is_genuine()).count();
            self.write(move |db| {
                for one in &page {
                    let word = one.signature.word();
                    readings::set_signature(db, one.reading_id, word, one.in_series, one.standing)?;
                }
                Ok(())
            })
            .await?;
        }
        if all > 0 {
            let trail = Trail::station(self.clock.now());
            self.write(move |db| {
                if wrong > 0 {
                    months::rebuild(db, stove_id, UnixS(0), None)?;
                }
                let told =
                    format!("stove {number}: {all} earlier readings verified, {wrong} of them not genuine");
                Ok(trail.done(db, "stove_keys.verify", told)?)
            })
            .await?;
        }
        Ok(())
    }
}
