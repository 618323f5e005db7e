//! Codes that the cameras of browsers showed a moment ago. Such a camera sends several pictures a second, and a code that stays
//! in view is one scan, as with the station's own camera. In memory only, by officer; called by `readings.take_image`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gerai_core::port::scan::CodeFound;
use gerai_core::time::UnixMs;

use super::settle::is_one_scan;

/// Codes that are remembered, of all officers.
const SEEN_MAX: usize = 1_024;

/// Who saw what.
type Sight = (String, Vec<u8>);

/// When each code was last seen.
#[derive(Default)]
pub(crate) struct InView(Mutex<HashMap<Sight, UnixMs>>);

impl InView {
    fn seen(&self) -> MutexGuard<'_, HashMap<Sight, UnixMs>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The codes of a picture that were not in view within the last three seconds. All of them are in view now.
    pub(crate) fn fresh(&self, officer: &str, codes: Vec<CodeFound>, now: UnixMs) -> Vec<CodeFound> {
        let mut seen = self.seen();
        let is_now = |at: UnixMs| is_one_scan(at, now);
        if seen.len() > SEEN_MAX {
            seen.retain(|_, at| is_now(*at));
        }
        if seen.len() > SEEN_MAX {
            // More than people can show: whoever does that is told each of them again.
            seen.clear();
        }
        codes
            .into_iter()
            .filter(|code| {
                let before = seen.insert((officer.to_owned(), code.bytes.clone()), now);
                !before.is_some_and(is_now)
            })
            .collect()
    }

    /// What became of these is not known: they count as not seen, and the next picture brings them again.
    pub(crate) fn forget(&self, officer: &str, codes: &[Vec<u8>]) {
        let mut seen = self.seen();
        for code in codes {
            seen.remove(&(officer.to_owned(), code.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(texts: &[&str]) -> Vec<CodeFound> {
        texts.iter().map(|text| CodeFound { bytes: text.as_bytes().to_vec(), corners: [(0, 0); 4] }).collect()
    }

    #[test]
    fn a_code_that_stays_in_view_is_one_scan() {
        let view = InView::default();
        let fresh =
            |officer: &str, texts: &[&str], at: i64| view.fresh(officer, codes(texts), UnixMs(at)).len();
        assert_eq!(fresh("rina", &["a"], 1_000), 1);
        // Longer than three seconds in all, but never out of view for so long.
        for at in (1_250..9_000).step_by(250) {
            assert_eq!(fresh("rina", &["a"], at), 0);
        }
        assert_eq!(fresh("rina", &["a", "b"], 9_000), 1);
        assert_eq!(fresh("dewi", &["a"], 9_000), 1, "another officer's scan");
        assert_eq!(fresh("rina", &["a"], 12_000), 1);
        view.forget("rina", &[b"a".to_vec()]);
        assert_eq!(fresh("rina", &["a"], 12_100), 1);
        assert_eq!(fresh("rina", &["a"], 5_000), 1, "a clock that was set back");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let view = InView::default();
        for number in 0..5_000 {
            assert_eq!(view.fresh("rina", codes(&[&number.to_string()]), UnixMs(number)).len(), 1);
        }
        assert!(view.seen().len() <= SEEN_MAX + 1);
    }
}
