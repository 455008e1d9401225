//! Answers about the directory.

use actors::request::{Answer, AnswerBody, DirectoryChanged};
use engine::Partition;

use super::mismatch;
use crate::api::error::ApiError;
use crate::request::{DirectoryView, Found};

/// What a change of the directory came to, and where.
pub(crate) fn directory_changed_of(
    (partition, answer): (Partition, Answer),
) -> Result<(DirectoryChanged, (Partition, u64)), ApiError> {
    match answer.body {
        AnswerBody::Directory(changed) => Ok((changed, (partition, answer.position))),
        _ => Err(mismatch()),
    }
}

/// Entries of the directory that were found.
pub(crate) fn directory_of(found: Found) -> Result<DirectoryView, ApiError> {
    match found {
        Found::Directory(view) => Ok(*view),
        _ => Err(mismatch()),
    }
}
