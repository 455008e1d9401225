//! Keys, local ids and time: the small numbers that everything else is made of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch. Always an input, never read from a clock here.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Millis(pub u64);

/// Number of a partition, from 0. A cluster has at most [`Partition::COUNT_MAX`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Partition(pub u16);

impl Partition {
    /// Most partitions a cluster may have: a key has 8 bits for them.
    pub const COUNT_MAX: u16 = 256;
}

/// Number of a thing inside one instance: an activity, a branch, a region visit or an incident.
/// Counted up from 1 and never reused; 0 stands for the instance itself.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct LocalId(pub u32);

/// Key of an instance, or of a task, job, timer or incident inside it.
///
/// It is a positive `int64` for every client: 8 bits of partition, 34 bits of instance sequence,
/// 21 bits of local id, so the key of a task leads to its instance and partition without a lookup.
/// Written in decimal.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Key(pub u64);

impl Key {
    const LOCAL_BITS: u32 = 21;
    const SEQUENCE_BITS: u32 = 34;
    /// Largest local id that fits in a key.
    pub const LOCAL_MAX: u32 = (1 << Self::LOCAL_BITS) - 1;
    /// Largest instance sequence number that fits in a key.
    pub const SEQUENCE_MAX: u64 = (1 << Self::SEQUENCE_BITS) - 1;

    /// Key of the instance with this sequence number, which counts from 1.
    #[must_use]
    pub fn instance_of(partition: Partition, sequence: u64) -> Self {
        debug_assert!((1..=Self::SEQUENCE_MAX).contains(&sequence));
        Self(
            u64::from(partition.0) << (Self::SEQUENCE_BITS + Self::LOCAL_BITS)
                | sequence << Self::LOCAL_BITS,
        )
    }

    /// The partition that holds the instance.
    #[must_use]
    pub fn partition(self) -> Partition {
        Partition(((self.0 >> (Self::SEQUENCE_BITS + Self::LOCAL_BITS)) & 0xff) as u16)
    }

    /// The instance's sequence number in its partition.
    #[must_use]
    pub fn sequence(self) -> u64 {
        (self.0 >> Self::LOCAL_BITS) & Self::SEQUENCE_MAX
    }

    /// Key of the instance that this key belongs to.
    #[must_use]
    pub fn instance(self) -> Self {
        Self(self.0 & !u64::from(Self::LOCAL_MAX))
    }

    /// The part inside the instance; 0 for the instance itself.
    #[must_use]
    pub fn local(self) -> LocalId {
        LocalId((self.0 & u64::from(Self::LOCAL_MAX)) as u32)
    }

    /// Key of the thing `local` inside this key's instance.
    #[must_use]
    pub fn with_local(self, local: LocalId) -> Self {
        Self(self.instance().0 | u64::from(local.0 & Self::LOCAL_MAX))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Key {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for LocalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_apart_as_it_was_put_together() {
        let instance = Key::instance_of(Partition(255), Key::SEQUENCE_MAX);
        let task = instance.with_local(LocalId(Key::LOCAL_MAX));
        assert_eq!(task.partition(), Partition(255));
        assert_eq!(task.sequence(), Key::SEQUENCE_MAX);
        assert_eq!(task.local(), LocalId(Key::LOCAL_MAX));
        assert_eq!(task.instance(), instance);
        assert!(i64::try_from(task.0).is_ok(), "clients read keys as int64");
        assert_eq!(task.to_string().parse(), Ok(task));
    }
}
