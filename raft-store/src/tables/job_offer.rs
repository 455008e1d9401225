//! Jobs that a worker may lease now, by type.

use engine::{Key, Partition};

use crate::keys::{RowKey, table};

/// Jobs of a type.
pub(crate) fn prefix(partition: Partition, job_type: &str) -> RowKey {
    RowKey::new(partition, table::JOB_OFFER).text(job_type)
}

/// The row of an offered job.
pub(crate) fn row(job: Key, job_type: &str) -> RowKey {
    prefix(job.partition(), job_type).key(job)
}
