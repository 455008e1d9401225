//! Jobs that a worker may lease now, by type.

use engine::{Key, Partition};
use rocksdb::DB;

use super::{Page, page};
use crate::error::ReadError;
use crate::keys::{RowKey, table};

fn prefix(partition: Partition, job_type: &str) -> RowKey {
    RowKey::new(partition, table::JOB_OFFER).text(job_type)
}

/// The row of an offered job.
pub(crate) fn row(job: Key, job_type: &str) -> RowKey {
    prefix(job.partition(), job_type).key(job)
}

/// Offered jobs of a type, in the order of keys.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    job_type: &str,
    after: Option<Key>,
    limit: usize,
) -> Result<Page, ReadError> {
    page(db, &prefix(partition, job_type), after, limit)
}
