//! Recently applied instances, decoded, so that the next step of one does not decode it again.
//!
//! Holds applied state only. Two generations, each bounded by the bytes of the encoded forms: when
//! the young one is full, the old one is dropped.

use std::collections::HashMap;

use engine::{Instance, Key};

/// An instance and the bytes of its encoded form.
pub(super) type Cached = (Instance, usize);

/// Decoded instances of one group.
pub(super) struct InstanceCache {
    young: HashMap<Key, Cached>,
    old: HashMap<Key, Cached>,
    young_bytes: usize,
    generation_bytes_max: usize,
}

impl InstanceCache {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
            generation_bytes_max: bytes_max / 2,
        }
    }

    /// Takes an instance out.
    pub(super) fn take(&mut self, key: Key) -> Option<Cached> {
        if let Some(cached) = self.young.remove(&key) {
            self.young_bytes -= cached.1;
            return Some(cached);
        }
        self.old.remove(&key)
    }

    /// Puts an instance in. It was taken out before or was never there.
    pub(super) fn put(&mut self, key: Key, cached: Cached) {
        if cached.1 > self.generation_bytes_max {
            return;
        }
        if self.young_bytes + cached.1 > self.generation_bytes_max {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += cached.1;
        if let Some(replaced) = self.young.insert(key, cached) {
            self.young_bytes -= replaced.1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::Partition;

    fn key(sequence: u64) -> Key {
        Key::instance_of(Partition(0), sequence)
    }

    #[test]
    fn the_oldest_go_and_bytes_stay_bounded() {
        let mut cache = InstanceCache::new(100);
        for sequence in 1..=20 {
            cache.put(key(sequence), (Instance::unborn(key(sequence)), 10));
            assert!(cache.young_bytes <= 50);
        }
        assert!(cache.take(key(1)).is_none());
        assert!(cache.take(key(20)).is_some());
        assert!(cache.take(key(20)).is_none(), "taken out once");
        cache.put(key(21), (Instance::unborn(key(21)), 51));
        assert!(cache.take(key(21)).is_none(), "larger than a generation");
    }
}
