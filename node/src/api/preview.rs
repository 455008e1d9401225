//! What would follow the open task of a node: its completion, tried out on behalf of whoever has
//! it. The engine decides it as it would decide the deed.

use std::collections::BTreeSet;

use actors::request::Ask;
use engine::{
    Command, Current, Ending, Key, Operator, Standing, TaskData, TaskRef, WaitsFor, Warning,
};
use proto::v1;

use crate::api::error::ApiError;
use crate::api::{Api, check, convert, ops};
use crate::request::{Found, Freshness};

/// What would follow.
pub(crate) struct Preview {
    /// On whose behalf the task would be completed.
    pub(crate) operator: String,
    /// What would open.
    pub(crate) next: Vec<Current>,
    /// How the instance would finish.
    pub(crate) outcome: Option<Ending>,
    /// Version of the instance that this is true for.
    pub(crate) revision: u64,
    /// What the one who completes it would be told.
    pub(crate) warnings: Vec<Warning>,
}

/// Tries the completion of a node's open task out.
pub(crate) async fn preview(
    api: &Api,
    request: v1::PreviewRouteRequest,
) -> Result<Preview, ApiError> {
    let node = check::id("node", request.node)?;
    let decision = check::optional_id("decision", request.decision)?;
    let variables = check::variables("variables", &request.variables_json)?;
    let query = ops::instance(request.instance_key, false)?;
    let answer = api.read(query, Freshness::default()).await?;
    let Found::Instance(view) = answer.found else { return Err(convert::mismatch()) };
    let standing = view.standing;
    // Without an open task the engine says why in its own words.
    let (task, operator) = holder(&standing, &node)
        .unwrap_or_else(|| (TaskRef::Node(node), Operator { user: "-".into(), groups: vec![] }));
    let user = operator.user.clone();
    let command = Command::CompleteTask {
        task,
        operator,
        decision,
        opinion: None,
        variables,
        expected_version: Some(standing.revision),
        signature: None,
        batch: false,
        dry_run: true,
    };
    let ask = Ask::Command { instance: standing.instance, command, request_id: None };
    let (_, answer) = api.ask(ask).await?;
    let reply = convert::reply_of(answer)?;
    let opened: BTreeSet<Key> = reply.opened.into_iter().collect();
    let mut after = reply.standing;
    after.current.retain(|current| opened.contains(&current.key));
    Ok(Preview {
        operator: user,
        next: after.current,
        outcome: after.outcome,
        revision: standing.revision,
        warnings: reply.warnings,
    })
}

/// The first open work item of a node, and whoever may complete it.
fn holder(standing: &Standing, node: &str) -> Option<(TaskRef, Operator)> {
    standing.current.iter().filter(|current| current.node == node).find_map(|current| {
        let WaitsFor::Person(data) = &current.waits_for else { return None };
        Some((TaskRef::Task(current.key.local()), operator_of(data)))
    })
}

fn operator_of(data: &TaskData) -> Operator {
    let user = data.assignee.as_ref().or(data.candidate_users.first());
    // Whoever is in the group might take it; nobody in particular is meant.
    let user = user.cloned().unwrap_or_else(|| "-".to_owned());
    Operator { user, groups: data.candidate_groups.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fixtures::standing;

    #[test]
    fn the_holder_is_the_assignee_or_somebody_who_may_take_it() {
        let standing = standing();
        let (task, operator) = holder(&standing, "ask").expect("it has an open task");
        assert_eq!(task, TaskRef::Task(standing.current[0].key.local()));
        assert_eq!(operator.groups, ["boss"]);
        assert!(holder(&standing, "nowhere").is_none());
        let assigned = TaskData { assignee: Some("ann".into()), ..TaskData::default() };
        assert_eq!(operator_of(&assigned).user, "ann");
    }
}
