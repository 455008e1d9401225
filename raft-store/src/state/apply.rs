//! Applying one record: the same rows and the same answer on every replica.
//!
//! Reads only what is applied, writes into one batch. Nothing here may depend on the clock, on
//! this node's options, or on the order of a hash.

use engine::{Applied, Batch, Deploy, Event, Instance, Millis, Partition, Record};
use rocksdb::{DB, WriteBatch};

use super::cache::InstanceCache;
use crate::codec;
use crate::error::ReadError;
use crate::tables::business_key::{self, BusinessKeyRow};
use crate::tables::counts::{self, Counts};
use crate::tables::index::{self, Touched};
use crate::tables::{definition, history, instance, meta, request};

/// The partition that decides the versions of definitions.
pub(crate) const DEPLOYING_PARTITION: Partition = Partition(0);

/// What a group's state machine keeps in memory of its own rows.
pub(super) struct Memory {
    pub(super) cache: InstanceCache,
    counts: Counts,
    next_sequence: u64,
    /// Time of the oldest request row.
    oldest_request: u64,
}

impl Memory {
    /// Reads what memory keeps.
    pub(super) fn load(
        db: &DB,
        partition: Partition,
        cache_bytes_max: usize,
    ) -> Result<Self, ReadError> {
        Ok(Self {
            cache: InstanceCache::new(cache_bytes_max),
            counts: counts::counts(db, partition)?,
            next_sequence: meta::next_sequence(db, partition)?,
            oldest_request: request::oldest(db, partition, Millis(0))?,
        })
    }
}

/// Applies `record` into `batch`.
pub(super) fn record(
    db: &DB,
    partition: Partition,
    memory: &mut Memory,
    record: &Record,
    batch: &mut WriteBatch,
) -> Result<Applied, ReadError> {
    match record {
        Record::Batch(step) => apply_step(db, partition, memory, step, batch),
        Record::Deploy(deploy) => apply_deploy(db, partition, deploy, batch),
        Record::Distributed { definitions } => {
            for (key, version) in definitions {
                definition::delete_undistributed(batch, partition, key, *version);
            }
            Ok(Applied::Done { revision: 0 })
        }
    }
}

fn apply_deploy(
    db: &DB,
    partition: Partition,
    deploy: &Deploy,
    batch: &mut WriteBatch,
) -> Result<Applied, ReadError> {
    // Newest versions written by this very record, which the database does not show yet.
    let mut newest: Vec<(&str, u32)> = Vec::new();
    for row in &deploy.definitions {
        let key = row.key.as_str();
        if definition::exists(db, partition, key, row.version)? {
            continue;
        }
        let written = newest.iter().rev().find(|(other, _)| *other == key).map(|found| found.1);
        let latest = match written {
            Some(version) => Some(version),
            None => definition::latest(db, partition, key)?,
        };
        definition::put(batch, partition, row, latest);
        newest.push((key, row.version.max(latest.unwrap_or(0))));
        if partition == DEPLOYING_PARTITION {
            definition::put_undistributed(batch, partition, key, row.version);
        }
    }
    Ok(Applied::Done { revision: 0 })
}

fn apply_step(
    db: &DB,
    partition: Partition,
    memory: &mut Memory,
    step: &Batch,
    batch: &mut WriteBatch,
) -> Result<Applied, ReadError> {
    if let Some(asked) = &step.request
        && let Some(row) = request::find(db, partition, asked.id)?
    {
        return Ok(Applied::Repeated { digest: row.digest, reply: row.reply });
    }
    let start = start_of(step);
    if let Some((definition, Some(business_key))) = start
        && let Some(row) = business_key::find(db, partition, definition, business_key)?
    {
        return Ok(Applied::KeyTaken { instance: row.instance, digest: row.digest });
    }
    let before = match memory.cache.take(step.instance) {
        Some((instance, _)) if instance.revision() == step.base_revision => Some(instance),
        Some(cached) => {
            let revision = cached.0.revision();
            memory.cache.put(step.instance, cached);
            return Ok(Applied::Stale { revision });
        }
        None => instance::instance(db, step.instance)?,
    };
    let revision = before.as_ref().map_or(0, Instance::revision);
    if revision != step.base_revision {
        return Ok(Applied::Stale { revision });
    }
    let revision = write_step(memory, step, before, batch);
    if let Some((definition, business_key)) = start {
        write_start(partition, memory, step, definition, business_key, batch);
    }
    request::expire(db, batch, partition, step.now, &mut memory.oldest_request)?;
    if let Some(asked) = &step.request {
        request::put(batch, partition, step.now, asked);
        memory.oldest_request = memory.oldest_request.min(step.now.0);
    }
    Ok(Applied::Done { revision })
}

/// Definition and business key of the instance that the step starts, if it starts one.
fn start_of(step: &Batch) -> Option<(&str, Option<&str>)> {
    match step.events.first() {
        Some(Event::Started { definition, business_key, .. }) => {
            Some((&definition.key, business_key.as_deref()))
        }
        _ => None,
    }
}

/// Makes the step's facts true: instance, history, indexes, counts. Gives the revision after.
fn write_step(
    memory: &mut Memory,
    step: &Batch,
    before: Option<Instance>,
    batch: &mut WriteBatch,
) -> u64 {
    let key = step.instance;
    let touched = Touched::by(&step.events);
    let (rows_before, counted_before) = match &before {
        Some(instance) => (touched.rows(instance), Counts::of(instance)),
        None => Default::default(),
    };
    let mut instance = before.unwrap_or_else(|| Instance::unborn(key));
    for event in &step.events {
        instance.apply(event);
        history::put(batch, key, instance.revision(), step.now, event);
    }
    index::write(batch, &rows_before, &touched.rows(&instance));
    let counts = memory.counts.changed(&counted_before, &Counts::of(&instance));
    if counts != memory.counts {
        counts::put(batch, key.partition(), &counts);
        memory.counts = counts;
    }
    let encoded = codec::encode(&instance);
    instance::put(batch, key, &encoded);
    let revision = instance.revision();
    memory.cache.put(key, (instance, encoded.len()));
    revision
}

/// The rows of a start: its definition's list, its business key, the next sequence number.
fn write_start(
    partition: Partition,
    memory: &mut Memory,
    step: &Batch,
    definition: &str,
    business_key: Option<&str>,
    batch: &mut WriteBatch,
) {
    instance::put_by_definition(batch, definition, step.instance);
    if let Some(business_key) = business_key {
        let digest = step.start_digest.unwrap_or_default();
        let row = BusinessKeyRow { instance: step.instance, digest };
        business_key::put(batch, definition, business_key, &row);
    }
    let next = step.instance.sequence() + 1;
    if next > memory.next_sequence {
        memory.next_sequence = next;
        meta::put_next_sequence(batch, partition, next);
    }
}
