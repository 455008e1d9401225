//! Decisions: deployed and evaluated.

use actors::decisions;
use actors::request::Deployed;
use proto::v1;

use super::{finding, millis};
use crate::api::json;
use crate::request::{DefinitionView, Evaluated};

/// A decision that was deployed.
pub(crate) fn deployed_decision(deployed: Deployed) -> v1::DeployedDecision {
    v1::DeployedDecision {
        id: decisions::id_of(&deployed.key).unwrap_or(&deployed.key).to_owned(),
        version: deployed.version,
        name: deployed.name,
        resource: deployed.resource,
        created: deployed.created,
        notices: deployed.notices.into_iter().map(finding).collect(),
    }
}

/// A version of a decision. Its view has the id where that of a definition has the key.
pub(crate) fn decision(view: DefinitionView) -> v1::Decision {
    v1::Decision {
        id: view.key,
        version: view.version,
        name: view.name,
        resource: view.resource,
        deployed_at_ms: millis(view.deployed_at),
    }
}

/// What a decision gave.
pub(crate) fn evaluated(
    evaluated: Evaluated,
    position: Option<v1::Position>,
) -> v1::EvaluateDecisionReply {
    let matched = |(decision_id, rules)| v1::MatchedRules { decision_id, rules };
    v1::EvaluateDecisionReply {
        version: evaluated.version,
        result_json: json::value_text(&evaluated.result),
        matched: evaluated.matched.into_iter().map(matched).collect(),
        position,
    }
}
