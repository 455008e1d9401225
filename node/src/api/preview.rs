//! What would follow: looks ahead, asked of the leader's actor of the instance. The engine decides
//! them as it would decide the deeds.

use std::collections::BTreeSet;

use actors::request::{AnswerBody, Ask};
use engine::{Current, Ending, Key, Tried, Warning, Way};
use proto::v1;

use crate::api::error::ApiError;
use crate::api::{Api, check, convert};

/// What would follow the open task of a node.
pub(crate) struct Preview {
    /// On whose behalf the task would be completed.
    pub(crate) operator: String,
    /// What would open at once.
    pub(crate) next: Vec<Current>,
    /// How the instance would finish at once.
    pub(crate) outcome: Option<Ending>,
    /// What the one who completes it would be told.
    pub(crate) warnings: Vec<Warning>,
    /// All that would follow.
    pub(crate) way: Way,
}

/// Tries the completion of a node's open task out, and what would follow it.
pub(crate) async fn preview(
    api: &Api,
    request: v1::PreviewRouteRequest,
) -> Result<Preview, ApiError> {
    let tried = Tried {
        node: check::id("node", request.node)?,
        decision: check::optional_id("decision", request.decision)?,
        variables: check::variables("variables", &request.variables_json)?,
    };
    let instance = check::instance_key("instance_key", request.instance_key)?;
    let mut way = ahead(api, instance, Some(tried)).await?;
    let (operator, reply) = way.tried.take().ok_or_else(convert::mismatch)?;
    let opened: BTreeSet<Key> = reply.opened.into_iter().collect();
    let mut after = reply.standing;
    after.current.retain(|current| opened.contains(&current.key));
    Ok(Preview {
        operator,
        next: after.current,
        outcome: after.outcome,
        warnings: reply.warnings,
        way,
    })
}

/// The way ahead of an instance.
pub(crate) async fn ahead(api: &Api, instance: Key, tried: Option<Tried>) -> Result<Way, ApiError> {
    let ask = Ask::Ahead { instance, tried: tried.map(Box::new) };
    let (_, answer) = api.ask(ask).await?;
    match answer.body {
        AnswerBody::Ahead(way) => Ok(*way),
        _ => Err(convert::mismatch()),
    }
}
