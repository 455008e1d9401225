//! `/v1/feed`.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::input::{Params, freshness, many, number};
use super::position_of;
use super::problem::Refusals;
use super::trace::TraceEntryJson;
use super::types::{PositionJson, key};
use crate::api::error::ApiError;
use crate::api::{Api, convert, ops};
use crate::request::{FeedEntry, Found};

/// Which part of a feed to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedParams {
    /// Number of the partition, from 0. Each has a feed of its own.
    #[param(value_type = u32)]
    partition: String,
    /// Only steps behind this index of the partition's log: `next_after` of the page before, or 0.
    #[param(value_type = Option<u64>)]
    after: Option<String>,
    /// Most steps, 1 to 1000; 100 if not given. A step is given with all its facts.
    #[param(value_type = Option<u64>)]
    limit: Option<String>,
    /// Only facts of instances of this definition.
    definition_key: Option<String>,
    /// How long to wait for something new, in milliseconds, at most 60000; 0 if not given.
    #[param(value_type = Option<u64>)]
    wait_ms: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

/// A page of a feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedPage)]
pub(crate) struct FeedPageJson {
    /// The facts, in the order of the log. Those of one instance have sequence numbers without gaps.
    entries: Vec<FeedEntryJson>,
    /// Send it as `after` to go on. Keep it together with what you wrote: then nothing is missed, and
    /// what comes again is told by instance and sequence.
    next_after: u64,
    /// True if there is more now.
    truncated: bool,
    /// Where the answer is true.
    position: PositionJson,
}

/// One fact of a feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedEntry)]
pub(crate) struct FeedEntryJson {
    /// Key of the instance.
    instance_key: String,
    /// Key of its definition.
    definition_key: String,
    /// Its business key.
    business_key: Option<String>,
    /// Where the step stands in the log; the facts of one step share it.
    position: PositionJson,
    /// The fact, as in the trace of the instance.
    #[serde(flatten)]
    fact: TraceEntryJson,
}

impl From<FeedEntry> for FeedEntryJson {
    fn from(entry: FeedEntry) -> Self {
        Self {
            instance_key: key(entry.instance),
            definition_key: entry.definition,
            business_key: entry.business_key,
            position: (entry.instance.partition(), entry.index).into(),
            fact: entry.fact.into(),
        }
    }
}

/// Reads what changed in a partition, and waits for it if nothing has.
#[utoipa::path(get, path = "/v1/feed", tag = "feed", params(FeedParams),
    responses((status = 200, description = "A page", body = FeedPageJson), Refusals))]
pub(crate) async fn read_feed(
    State(api): State<Api>,
    Params(params): Params<FeedParams>,
) -> Result<Json<FeedPageJson>, ApiError> {
    let partition = number("partition", Some(&params.partition))?.unwrap_or(0);
    let after = number("after", params.after.as_deref())?.unwrap_or(0);
    let limit = number("limit", params.limit.as_deref())?.unwrap_or(0);
    let wait_ms = number("wait_ms", params.wait_ms.as_deref())?.unwrap_or(0);
    let query = ops::feed(partition, after, limit, params.definition_key, wait_ms)?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(query, freshness).await?;
    let position = position_of(&answer)?;
    let Found::Feed(page) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(FeedPageJson {
        entries: page.entries.into_iter().map(Into::into).collect(),
        next_after: page.next_after,
        truncated: page.more,
        position,
    }))
}
