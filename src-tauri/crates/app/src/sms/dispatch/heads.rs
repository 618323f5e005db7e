//! The heads of the pools, read in pages: the dispatcher never has more than a page of each in memory, however long the queue
//! is.

use std::collections::{HashMap, HashSet, VecDeque};

use gerai_store::Store;
use gerai_store::StoreError;
use gerai_store::sms::queue::{self, Head};

/// Messages read at a time.
const PAGE: i64 = 128;

/// The head of one pool.
#[derive(Default)]
struct Pool {
    rows: VecDeque<Head>,
    /// The table may hold more than the rows.
    more: bool,
}

/// The heads of all pools in which something waits.
#[derive(Default)]
pub(crate) struct Heads {
    pools: HashMap<String, Pool>,
    /// Messages that were taken out and are still `queued` on the disk.
    taken: HashSet<i64>,
}

impl Heads {
    /// A message came into a pool.
    pub(crate) fn came(&mut self, pool: &str, rank: i64) {
        let known = self.pools.entry(pool.to_owned()).or_default();
        // It belongs among the rows when one of them comes after it: read them anew.
        if known.rows.back().is_some_and(|last| rank < last.rank) {
            known.rows.clear();
        }
        known.more = true;
    }

    /// Everything is to be read anew: these pools hold something.
    pub(crate) fn anew(&mut self, pools: Vec<String>) {
        self.pools.clear();
        for pool in pools {
            self.pools.insert(pool, Pool { rows: VecDeque::new(), more: true });
        }
    }

    /// Pools in which something may wait, those with the most urgent head first.
    pub(crate) fn pools(&mut self, store: &Store) -> Result<Vec<String>, StoreError> {
        let names: Vec<String> = self.pools.keys().cloned().collect();
        let mut filled = Vec::with_capacity(names.len());
        for name in names {
            match self.at(store, &name, 0)? {
                Some(head) => filled.push(((head.rank, head.id), name)),
                None => {
                    self.pools.remove(&name);
                }
            }
        }
        filled.sort();
        Ok(filled.into_iter().map(|(_, name)| name).collect())
    }

    /// The message at this place of a pool, from 0.
    pub(crate) fn at(
        &mut self,
        store: &Store,
        pool: &str,
        place: usize,
    ) -> Result<Option<&Head>, StoreError> {
        let Some(known) = self.pools.get_mut(pool) else { return Ok(None) };
        if place >= known.rows.len() && known.more {
            let after = known.rows.back().map(|last| (last.rank, last.id));
            // A short read of local rows: not worth a thread change.
            let rows = store.read(|db| queue::heads(db, pool, after, PAGE))?;
            known.more = i64::try_from(rows.len()).unwrap_or(PAGE) == PAGE;
            known.rows.extend(rows.into_iter().filter(|head| !self.taken.contains(&head.id)));
        }
        Ok(known.rows.get(place))
    }

    /// Takes a message out.
    pub(crate) fn take(&mut self, pool: &str, place: usize) -> Option<Head> {
        let head = self.pools.get_mut(pool)?.rows.remove(place)?;
        self.taken.insert(head.id);
        Some(head)
    }

    /// What was done with a message that was taken out is on the disk.
    pub(crate) fn settled(&mut self, id: i64) {
        self.taken.remove(&id);
    }
}
