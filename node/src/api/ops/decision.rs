//! Decisions.

use engine::Variables;

use super::version;
use crate::api::error::ApiError;
use crate::api::{check, cursor};
use crate::request::Query;

/// A decision with its file.
pub(crate) fn decision(id: String, found: Option<u32>) -> Result<Query, ApiError> {
    Ok(Query::Decision { id: check::id("decision_id", id)?, version: version(found)? })
}

/// A part of the list of decisions.
pub(crate) fn decisions(
    id: Option<String>,
    page_size: u32,
    cursor: Option<&str>,
) -> Result<Query, ApiError> {
    Ok(Query::Decisions {
        id: check::optional_id("decision_id", id)?,
        after: cursor::definition(cursor)?,
        decisions_max: check::page_size(page_size)?,
    })
}

/// What a decision gives.
pub(crate) fn evaluate(
    id: String,
    found: Option<u32>,
    variables: Variables,
) -> Result<Query, ApiError> {
    let (id, version) = (check::id("decision_id", id)?, version(found)?);
    Ok(Query::Evaluate { id, version, variables })
}
