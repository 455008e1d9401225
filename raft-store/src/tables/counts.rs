//! How much of everything a partition holds, kept up with each applied step.

use engine::{ActivityState, Instance, Partition};
use rocksdb::{DB, WriteBatch};
use serde::{Deserialize, Serialize};

use super::get;
use crate::codec;
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// What a partition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Instances without an outcome.
    pub running: u64,
    /// Instances with an outcome.
    pub finished: u64,
    /// Open tasks.
    pub tasks: u64,
    /// Open jobs.
    pub jobs: u64,
    /// Armed timers.
    pub timers: u64,
    /// Open incidents.
    pub incidents: u64,
    /// Open subscriptions to messages, signals and conditions.
    pub subscriptions: u64,
    /// Open call activities.
    pub calls: u64,
    /// Parcels that are not delivered.
    pub parcels: u64,
}

impl Counts {
    /// What one instance counts for.
    pub(crate) fn of(instance: &Instance) -> Self {
        let finished = u64::from(instance.outcome().is_some());
        let incidents = instance.incidents().len() as u64;
        let parcels = instance.parcels().len() as u64;
        let mut counts =
            Self { running: 1 - finished, finished, incidents, parcels, ..Self::default() };
        for activity in instance.activities().values() {
            match activity.state {
                ActivityState::Task(_) => counts.tasks += 1,
                ActivityState::Job(_) => counts.jobs += 1,
                ActivityState::Timer(_) => counts.timers += 1,
                ActivityState::Subscription(_) => counts.subscriptions += 1,
                ActivityState::Call(_) => counts.calls += 1,
                ActivityState::SubProcess { .. }
                | ActivityState::Parked { .. }
                | ActivityState::Gate
                | ActivityState::Loop(_)
                | ActivityState::Compensation { .. } => {}
            }
        }
        counts
    }

    /// The counts after an instance's share changed from `before` to `after`.
    pub(crate) fn changed(&self, before: &Self, after: &Self) -> Self {
        let change = |all: u64, before: u64, after: u64| (all + after).saturating_sub(before);
        Self {
            running: change(self.running, before.running, after.running),
            finished: change(self.finished, before.finished, after.finished),
            tasks: change(self.tasks, before.tasks, after.tasks),
            jobs: change(self.jobs, before.jobs, after.jobs),
            timers: change(self.timers, before.timers, after.timers),
            incidents: change(self.incidents, before.incidents, after.incidents),
            subscriptions: change(self.subscriptions, before.subscriptions, after.subscriptions),
            calls: change(self.calls, before.calls, after.calls),
            parcels: change(self.parcels, before.parcels, after.parcels),
        }
    }
}

fn key(partition: Partition) -> RowKey {
    RowKey::new(partition, table::COUNTS)
}

/// A partition's counts.
pub(crate) fn counts(db: &DB, partition: Partition) -> Result<Counts, ReadError> {
    Ok(get(db, &key(partition))?.unwrap_or_default())
}

/// Stores a partition's counts.
pub(crate) fn put(batch: &mut WriteBatch, partition: Partition, counts: &Counts) {
    batch.put(key(partition), codec::encode(counts));
}
