//! The one place that derives index rows from an instance.
//!
//! A step's rows are the difference between what the touched activities, incidents and parcels
//! should have before and after it. So an index can never say anything else than the instance does.

use std::collections::{BTreeMap, BTreeSet};

use engine::{ActivityState, Event, Instance, LocalId, Task, Wait};
use rocksdb::WriteBatch;

use super::due::DueKind;
use super::{
    copy, due, incident, initiated, job_offer, parcel, signal_subscription, unacknowledged,
    work_item,
};

/// Index rows: key and value.
pub(crate) type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Local ids whose rows a step may change.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    activities: BTreeSet<LocalId>,
    incidents: BTreeSet<LocalId>,
    parcels: BTreeSet<LocalId>,
    /// Every activity, whichever they are.
    all: bool,
    /// The instance as a whole: who started it, who got copies, whether it is acknowledged.
    whole: bool,
}

impl Touched {
    /// What these events touch.
    pub(crate) fn by(events: &[Event]) -> Self {
        Self {
            activities: events.iter().filter_map(Event::touches).collect(),
            incidents: events.iter().filter_map(Event::touches_incident).collect(),
            parcels: events.iter().filter_map(Event::touches_parcel).collect(),
            all: events.iter().any(Event::touches_all),
            whole: events.iter().any(touches_whole),
        }
    }

    /// The rows of what is touched, as the instance stands.
    pub(crate) fn rows(&self, instance: &Instance) -> Rows {
        let mut rows = Rows::new();
        let every = instance.activities().keys().filter(|_| self.all);
        for id in self.activities.iter().chain(every) {
            rows_of_activity(instance, *id, &mut rows);
        }
        for id in &self.incidents {
            rows_of_incident(instance, *id, &mut rows);
        }
        for id in self.parcels.iter().filter(|id| instance.parcels().contains_key(*id)) {
            let row = parcel::row(instance.key().with_local(*id));
            rows.insert(row.bytes().to_vec(), Vec::new());
        }
        if self.whole {
            let own = initiated::row(instance).into_iter().chain(unacknowledged::row(instance));
            let whole = own.chain(copy::rows(instance));
            rows.extend(whole.map(|row| (row.bytes().to_vec(), Vec::new())));
        }
        rows
    }
}

/// True if the event may change the rows of the instance as a whole.
fn touches_whole(event: &Event) -> bool {
    matches!(
        event,
        Event::Started { .. }
            | Event::Called { .. }
            | Event::Finished { .. }
            | Event::Concluded { .. }
            | Event::Reopened { .. }
            | Event::CopySent(_)
            | Event::CopyRead { .. }
            | Event::AcknowledgeAwaited { .. }
            | Event::StartAcknowledged { .. }
    )
}

/// Every index row of an instance: what its tables must hold.
#[cfg(test)]
pub(crate) fn all_rows(instance: &Instance) -> Rows {
    let touched = Touched {
        activities: instance.activities().keys().copied().collect(),
        incidents: instance.incidents().keys().copied().collect(),
        parcels: instance.parcels().keys().copied().collect(),
        all: true,
        whole: true,
    };
    touched.rows(instance)
}

/// Keys of the rows that a batch takes away and brings.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Rows that go.
    pub(crate) removed: Vec<Vec<u8>>,
    /// Rows that come.
    pub(crate) added: Vec<Vec<u8>>,
}

impl Changes {
    /// True if no row changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }
}

/// Writes what leads from `before` to `after`.
pub(crate) fn write(batch: &mut WriteBatch, before: Rows, after: Rows) -> Changes {
    let mut changes = Changes::default();
    for (key, value) in &after {
        if before.get(key) != Some(value) {
            batch.put(key, value);
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        batch.delete(key);
        changes.removed.push(key.clone());
    }
    let new = after.into_keys().filter(|key| !before.contains_key(key));
    changes.added.extend(new);
    changes
}

fn rows_of_incident(instance: &Instance, id: LocalId, rows: &mut Rows) {
    if instance.incidents().contains_key(&id) {
        let row = incident::row(instance.key().with_local(id));
        rows.insert(row.bytes().to_vec(), Vec::new());
    }
}

/// Rows of a task's work items that somebody can act on: of one of them, or of all.
fn rows_of_task(instance: &Instance, task: &Task, rows: &mut Rows) {
    for (id, item) in task.open_items() {
        for row in work_item::rows(instance.key().with_local(id), &item.data) {
            rows.insert(row.bytes().to_vec(), Vec::new());
        }
    }
}

fn rows_of_activity(instance: &Instance, id: LocalId, rows: &mut Rows) {
    if let Some((task, _)) = instance.item(id)
        && let Some(task) = instance.task(task)
    {
        return rows_of_task(instance, task, rows);
    }
    let Some(activity) = instance.activity(id) else { return };
    let key = instance.key().with_local(id);
    let suspended = instance.suspension();
    match &activity.state {
        ActivityState::Task(task) => rows_of_task(instance, task, rows),
        // What stands still is not offered and does not fire.
        ActivityState::Timer(_) if suspended.is_some_and(|it| !it.timers_run) => {}
        ActivityState::Job(_) | ActivityState::Loop(_) if suspended.is_some() => {}
        ActivityState::Timer(timer) => put_due(rows, due::row(key, timer.due, DueKind::Timer)),
        ActivityState::Job(job) => {
            if let Some(lease) = &job.lease {
                put_due(rows, due::row(key, lease.deadline, DueKind::JobLease));
            } else if job.attempts_left == 0 {
                // An incident holds it; giving attempts back offers it again.
            } else if let Some(at) = job.retry_at {
                put_due(rows, due::row(key, at, DueKind::JobRetry));
            } else {
                rows.insert(job_offer::row(key, &job.job_type).bytes().to_vec(), Vec::new());
            }
        }
        ActivityState::Subscription(subscription) => {
            if let Wait::Signal { name } = &subscription.wait {
                let (row, value) = signal_subscription::row(key, name, activity.opened_at);
                rows.insert(row.bytes().to_vec(), value);
            }
        }
        ActivityState::Loop(run) => {
            if let Some(at) = run.paused {
                put_due(rows, due::row(key, at, DueKind::Loop));
            }
        }
        ActivityState::SubProcess { .. }
        | ActivityState::Parked { .. }
        | ActivityState::Gate
        | ActivityState::Call(_)
        | ActivityState::Compensation { .. } => {}
    }
}

fn put_due(rows: &mut Rows, (key, value): (crate::keys::RowKey, Vec<u8>)) {
    rows.insert(key.bytes().to_vec(), value);
}
