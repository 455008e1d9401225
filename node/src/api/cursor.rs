//! Cursors: where the next page of a list begins, as text that callers hand back unread.
//!
//! A cursor never carries the question itself; the caller repeats that.

use engine::{Key, Partition};

use crate::api::error::ApiError;
use crate::request::{EntryName, Rank};

/// Marks the format, so that a later one can be told apart.
const OF_KEYS: &str = "k1-";
const OF_DEFINITION: &str = "d1-";
const OF_DEPARTMENT: &str = "o1-";
const OF_PERSON: &str = "p1-";
const OF_RANK: &str = "r1-";

/// The cursor that goes on after these keys.
pub(crate) fn of_keys(keys: &[Key]) -> String {
    let mut cursor = OF_KEYS.to_owned();
    for (count, key) in keys.iter().enumerate() {
        if count > 0 {
            cursor.push('-');
        }
        cursor.push_str(&format!("{:x}", key.0));
    }
    cursor
}

/// The keys that a cursor goes on after; none without a cursor.
pub(crate) fn keys(cursor: Option<&str>) -> Result<Vec<Key>, ApiError> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(Vec::new()) };
    let listed = cursor.strip_prefix(OF_KEYS).ok_or_else(foreign)?;
    let keys: Option<Vec<Key>> = listed
        .split('-')
        .take(usize::from(Partition::COUNT_MAX) + 1)
        .map(|key| u64::from_str_radix(key, 16).ok().map(Key))
        .collect();
    keys.filter(|keys| keys.len() <= usize::from(Partition::COUNT_MAX)).ok_or_else(foreign)
}

/// The cursor that goes on after a version of a definition.
pub(crate) fn of_definition(key: &str, version: u32) -> String {
    format!("{OF_DEFINITION}{version}-{key}")
}

/// The version of a definition that a cursor goes on after; none without a cursor.
pub(crate) fn definition(cursor: Option<&str>) -> Result<Option<(String, u32)>, ApiError> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let place = cursor.strip_prefix(OF_DEFINITION).and_then(|place| place.split_once('-'));
    let (version, key) = place.ok_or_else(foreign)?;
    let version = version.parse().map_err(|_| foreign())?;
    Ok(Some((key.to_owned(), version)))
}

/// The cursor that goes on after an entry of the directory.
pub(crate) fn of_entry(entry: &EntryName) -> String {
    match entry {
        EntryName::Department(id) => format!("{OF_DEPARTMENT}{id}"),
        EntryName::Person(id) => format!("{OF_PERSON}{id}"),
    }
}

/// The entry of the directory that a cursor goes on after; none without a cursor.
pub(crate) fn entry(cursor: Option<&str>) -> Result<Option<EntryName>, ApiError> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let department = cursor.strip_prefix(OF_DEPARTMENT).map(str::to_owned);
    let person = || cursor.strip_prefix(OF_PERSON).map(str::to_owned);
    let entry = department.map(EntryName::Department).or_else(|| person().map(EntryName::Person));
    entry.map(Some).ok_or_else(foreign)
}

/// The cursor that goes on behind a place of a list with an order of its own.
pub(crate) fn of_rank(rank: &Rank) -> String {
    format!("{OF_RANK}{:x}-{:x}-{:x}", rank.value, rank.key.0, rank.number)
}

/// The place that a cursor goes on behind; none without a cursor.
pub(crate) fn rank(cursor: Option<&str>) -> Result<Option<Rank>, ApiError> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let place = || {
        let mut parts = cursor.strip_prefix(OF_RANK)?.split('-');
        let value = u64::from_str_radix(parts.next()?, 16).ok()?;
        let key = Key(u64::from_str_radix(parts.next()?, 16).ok()?);
        let number = u32::from_str_radix(parts.next()?, 16).ok()?;
        parts.next().is_none().then_some(Rank { value, key, number })
    };
    place().map(Some).ok_or_else(foreign)
}

fn foreign() -> ApiError {
    ApiError::invalid("cursor is not one of this list; send next_cursor of the page before")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_went_out() {
        let list = vec![Key::instance_of(Partition(0), 7), Key::instance_of(Partition(255), 1)];
        assert_eq!(keys(Some(&of_keys(&list))).expect("it is ours"), list);
        let place = definition(Some(&of_definition("leave-request", 3))).expect("it is ours");
        assert_eq!(place, Some(("leave-request".to_owned(), 3)));
        assert_eq!(keys(None).expect("none is fine"), []);
        for of in [EntryName::Department("d-1".into()), EntryName::Person("ann".into())] {
            assert_eq!(entry(Some(&of_entry(&of))).expect("it is ours"), Some(of));
        }
        let place = Rank { value: u64::MAX, key: Key(7), number: 2 };
        assert_eq!(rank(Some(&of_rank(&place))).expect("it is ours"), Some(place));
        assert_eq!(rank(None).expect("none is fine"), None);
    }

    #[test]
    fn foreign_cursors_are_refused() {
        assert!(keys(Some("d1-3-leave")).is_err());
        assert!(keys(Some("k1-")).is_err());
        assert!(keys(Some("k1-zz")).is_err());
        assert!(keys(Some(&format!("k1-1{}", "-1".repeat(256)))).is_err());
        assert!(definition(Some("k1-1")).is_err());
        assert!(entry(Some("k1-1")).is_err());
        assert!(rank(Some("k1-1")).is_err());
        assert!(rank(Some("r1-1-2")).is_err());
        assert!(rank(Some("r1-1-2-3-4")).is_err());
        assert!(definition(Some("d1-x-leave")).is_err());
    }
}
