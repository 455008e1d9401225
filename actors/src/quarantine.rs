//! Which instances panicked, and which may not run any more.
//!
//! Kept in memory only: a new leadership gives every instance another chance.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use engine::Key;
use tokio::time::Instant;

/// Panics by instance. An instance with too many of them in the window is quarantined for good.
pub(crate) struct Quarantine {
    panics_max: usize,
    window: Duration,
    instances_max: usize,
    records: BTreeMap<Key, Panics>,
}

#[derive(Default)]
struct Panics {
    times: VecDeque<Instant>,
    /// Text of the panic that led to quarantine.
    verdict: Option<String>,
}

impl Quarantine {
    pub(crate) fn new(panics_max: usize, window: Duration, instances_max: usize) -> Self {
        Self { panics_max, window, instances_max: instances_max.max(1), records: BTreeMap::new() }
    }

    /// Counts a panic; true if the instance is quarantined now.
    pub(crate) fn panicked(&mut self, key: Key, text: &str, now: Instant) -> bool {
        if !self.records.contains_key(&key) && self.records.len() >= self.instances_max {
            self.forget_one(now);
        }
        let record = self.records.entry(key).or_default();
        record.times.retain(|time| now.duration_since(*time) < self.window);
        record.times.push_back(now);
        if record.times.len() >= self.panics_max {
            record.verdict = Some(text.to_owned());
        }
        record.verdict.is_some()
    }

    /// Why the instance may not run, if it may not.
    pub(crate) fn verdict(&self, key: Key) -> Option<&str> {
        self.records.get(&key)?.verdict.as_deref()
    }

    /// Number of quarantined instances.
    pub(crate) fn count(&self) -> usize {
        self.records.values().filter(|record| record.verdict.is_some()).count()
    }

    /// Makes room: a record whose window has passed goes first, else one that has no verdict.
    fn forget_one(&mut self, now: Instant) {
        let over = |record: &Panics| {
            record.verdict.is_none()
                && record.times.back().is_none_or(|time| now.duration_since(*time) >= self.window)
        };
        let key = self
            .records
            .iter()
            .find(|(_, record)| over(record))
            .or_else(|| self.records.iter().find(|(_, record)| record.verdict.is_none()))
            .or_else(|| self.records.iter().next())
            .map(|(key, _)| *key);
        if let Some(key) = key {
            self.records.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_panics_in_the_window_count() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut quarantine = Quarantine::new(3, Duration::from_secs(60), 10);
        assert!(!quarantine.panicked(Key(1), "a", after(0)));
        assert!(!quarantine.panicked(Key(1), "b", after(1)));
        assert!(!quarantine.panicked(Key(1), "c", after(60)), "the first is a minute old");
        assert!(!quarantine.panicked(Key(2), "d", after(60)));
        assert_eq!(quarantine.verdict(Key(1)), None);
        assert!(quarantine.panicked(Key(1), "e", after(60)));
        assert_eq!(quarantine.verdict(Key(1)), Some("e"));
        assert_eq!(quarantine.count(), 1);
    }

    #[test]
    fn the_memory_is_bounded_and_verdicts_stay_longest() {
        let now = Instant::now();
        let mut quarantine = Quarantine::new(1, Duration::from_secs(60), 2);
        assert!(quarantine.panicked(Key(1), "a", now));
        quarantine.panics_max = 9;
        for key in 2..50 {
            quarantine.panicked(Key(key), "b", now);
        }
        assert_eq!(quarantine.records.len(), 2);
        assert_eq!(quarantine.verdict(Key(1)), Some("a"));
    }
}
