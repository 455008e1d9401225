//! Lists of open work that somebody asked for, kept in memory: tasks by person and group, jobs on
//! offer by type.
//!
//! These lists are queues: rows come at one end and go at the other, and what has gone leaves
//! tombstones that a scan of the database has to step over until they are compacted away. A list
//! in memory costs a page what the page holds. It is a cache of rows: loaded by a scan when first
//! asked for, and changed after each applied batch and before that entry counts as applied, so a
//! reader that waited for an entry sees what it did.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Mutex;

use engine::Key;
use rocksdb::DB;

use super::lock;
use crate::error::ReadError;
use crate::keys::{self, RowKey};
use crate::tables::index::Changes;
use crate::tables::{PAGE_ROWS_MAX, Page, Then, page, scan};

/// Longest list that is kept; a page of a longer one is read from the database.
const LIST_KEYS_MAX: usize = 10_000;
/// Keys of all kept lists of a group; past it all are forgotten and loaded again when asked for.
const GROUP_KEYS_MAX: usize = 200_000;
/// Kept lists of a group, empty ones included; past it likewise.
const GROUP_LISTS_MAX: usize = 10_000;

/// The kept lists of one group.
#[derive(Default)]
pub(crate) struct OpenLists {
    lists: Mutex<Lists>,
}

#[derive(Default)]
struct Lists {
    by_prefix: HashMap<Vec<u8>, List>,
    keys: usize,
}

enum List {
    /// All of its keys.
    Known(BTreeSet<u64>),
    /// Too long to keep; looked at again once so many rows have gone.
    Long { removals_left: usize },
}

impl OpenLists {
    /// A page of the rows that are `prefix` and a key.
    pub(crate) fn page(
        &self,
        db: &DB,
        prefix: &RowKey,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Page, ReadError> {
        {
            let mut lists = lock(&self.lists);
            if !lists.by_prefix.contains_key(prefix.bytes()) {
                lists.load(db, prefix)?;
            }
            if let Some(List::Known(keys)) = lists.by_prefix.get(prefix.bytes()) {
                return Ok(page_of(keys, after, limit));
            }
        }
        page(db, prefix, after, limit)
    }

    /// Follows what a batch did to the rows.
    pub(crate) fn follow(&self, changes: &Changes) {
        if changes.is_empty() {
            return;
        }
        let mut lists = lock(&self.lists);
        for row in &changes.removed {
            lists.remove(row);
        }
        for row in &changes.added {
            lists.add(row);
        }
    }

    /// Forgets everything: the rows were replaced.
    pub(crate) fn forget(&self) {
        *lock(&self.lists) = Lists::default();
    }
}

impl Lists {
    /// Loads a list. Nothing changes the lists meanwhile: a batch that the scan does not see yet
    /// is followed after it.
    fn load(&mut self, db: &DB, prefix: &RowKey) -> Result<(), ReadError> {
        if self.by_prefix.len() >= GROUP_LISTS_MAX || self.keys >= GROUP_KEYS_MAX {
            *self = Self::default();
        }
        let mut found = BTreeSet::new();
        scan(db, prefix, prefix.bytes(), |key, _| {
            let number = keys::last_number(key)
                .ok_or_else(|| ReadError::Damaged("an index row has a short key".into()))?;
            found.insert(number);
            Ok(if found.len() <= LIST_KEYS_MAX { Then::GoOn } else { Then::Stop })
        })?;
        let list = if found.len() > LIST_KEYS_MAX {
            List::Long { removals_left: LIST_KEYS_MAX }
        } else {
            self.keys += found.len();
            List::Known(found)
        };
        self.by_prefix.insert(prefix.bytes().to_vec(), list);
        Ok(())
    }

    fn add(&mut self, row: &[u8]) {
        let Some((prefix, key)) = split(row) else { return };
        let Some(list) = self.by_prefix.get_mut(prefix) else { return };
        let List::Known(keys) = list else { return };
        self.keys += usize::from(keys.insert(key));
        if keys.len() > LIST_KEYS_MAX {
            self.keys -= keys.len();
            *list = List::Long { removals_left: LIST_KEYS_MAX };
        }
    }

    fn remove(&mut self, row: &[u8]) {
        let Some((prefix, key)) = split(row) else { return };
        match self.by_prefix.get_mut(prefix) {
            Some(List::Known(keys)) => self.keys -= usize::from(keys.remove(&key)),
            Some(List::Long { removals_left }) if *removals_left > 0 => *removals_left -= 1,
            Some(List::Long { .. }) => {
                self.by_prefix.remove(prefix);
            }
            None => {}
        }
    }
}

/// The list that a row belongs to, and its key.
fn split(row: &[u8]) -> Option<(&[u8], u64)> {
    let (prefix, key) = row.split_last_chunk::<8>()?;
    Some((prefix, u64::from_be_bytes(*key)))
}

fn page_of(keys: &BTreeSet<u64>, after: Option<Key>, limit: usize) -> Page {
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let from = after.map_or(Bound::Unbounded, |key| Bound::Excluded(key.0));
    let keys: Vec<Key> =
        keys.range((from, Bound::Unbounded)).take(limit).map(|key| Key(*key)).collect();
    let next = keys.last().copied().filter(|_| keys.len() == limit);
    Page { keys, next }
}

#[cfg(test)]
mod tests {
    use engine::Partition;

    use super::*;
    use crate::keys::table;

    fn prefix(name: &str) -> RowKey {
        RowKey::new(Partition(0), table::JOB_OFFER).text(name)
    }

    fn row(name: &str, key: u64) -> Vec<u8> {
        prefix(name).number(key).bytes().to_vec()
    }

    fn keys_of(page: &Page) -> Vec<u64> {
        page.keys.iter().map(|key| key.0).collect()
    }

    #[test]
    fn a_kept_list_says_what_the_rows_say() {
        let folder = tempfile::tempdir().unwrap();
        let db = DB::open_default(folder.path()).unwrap();
        let lists = OpenLists::default();
        db.put(row("pay", 7), []).unwrap();
        let page = |after, limit| lists.page(&db, &prefix("pay"), after, limit).unwrap();
        assert_eq!(keys_of(&page(None, 10)), [7]);

        let added = vec![row("pay", 3), row("pay", 9), row("other", 1)];
        lists.follow(&Changes { removed: vec![], added });
        assert_eq!(keys_of(&page(None, 10)), [3, 7, 9]);
        assert_eq!(page(None, 2).next, Some(Key(7)), "there is more");
        assert_eq!(keys_of(&page(Some(Key(7)), 2)), [9]);

        lists.follow(&Changes { removed: vec![row("pay", 7)], added: vec![] });
        assert_eq!(keys_of(&page(None, 10)), [3, 9]);
        lists.forget();
        assert_eq!(keys_of(&page(None, 10)), [7], "read from the rows again");
    }

    #[test]
    fn a_long_list_is_read_from_the_rows_until_it_is_short() {
        let folder = tempfile::tempdir().unwrap();
        let db = DB::open_default(folder.path()).unwrap();
        let lists = OpenLists::default();
        let count = LIST_KEYS_MAX as u64 + 1;
        for key in 1..=count {
            db.put(row("pay", key), []).unwrap();
        }
        let first = lists.page(&db, &prefix("pay"), None, 2).unwrap();
        assert_eq!(keys_of(&first), [1, 2]);
        assert_eq!(lock(&lists.lists).keys, 0, "not kept");
        for key in 1..=count {
            db.delete(row("pay", key)).unwrap();
            lists.follow(&Changes { removed: vec![row("pay", key)], added: vec![] });
        }
        assert!(lists.page(&db, &prefix("pay"), None, 2).unwrap().keys.is_empty());
        lists.follow(&Changes { removed: vec![], added: vec![row("pay", 5)] });
        let page = lists.page(&db, &prefix("pay"), None, 2).unwrap();
        assert_eq!(keys_of(&page), [5], "kept again");
    }
}
