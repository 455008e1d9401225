//! From the types of the engine and the router to those of the wire. Moves, never decides.

mod decision;
mod directory;
mod plan;
mod wait;

pub(crate) use decision::{decision, deployed_decision, evaluated};
pub(crate) use directory::{directory_changed_of, directory_of};
pub(crate) use plan::{plan, refused, undone, warning};
pub(crate) use wait::current;

use actors::decisions;
use actors::request::{Answer, AnswerBody, Correlated, Deployed, Finding, LeasedJob};
use engine::{
    Cause, Ending, Key, LastTransition, Millis, OutcomeClass, Partition, Reply, Standing,
    Suspension, Trouble,
};
use proto::v1;

use crate::api::error::ApiError;
use crate::api::{cursor, json};
use crate::request::{
    ClusterStatus, DefinitionView, InstanceSummary, LineView, NodeLines, NodeStatus,
    PartitionStatus, ReadAnswer, ReplicaStatus, TaskView,
};
use crate::trace::{TraceEntry, origin_word};

/// A key: all have their highest bit free.
pub(crate) fn key(key: Key) -> i64 {
    key.0.cast_signed()
}

/// A time. Past the year 292,000,000 it stands still.
pub(crate) fn millis(at: Millis) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn keys(keys: Vec<Key>) -> Vec<i64> {
    keys.into_iter().map(key).collect()
}

/// A place in a log.
pub(crate) fn position((partition, index): (Partition, u64)) -> v1::Position {
    v1::Position { partition: partition.0.into(), index }
}

/// The places of a read that touched several partitions.
pub(crate) fn positions(answer: &ReadAnswer) -> Vec<v1::Position> {
    answer.positions.iter().copied().map(position).collect()
}

/// The place of a read that touched one partition.
pub(crate) fn position_of(answer: &ReadAnswer) -> Option<v1::Position> {
    answer.positions.first().copied().map(position)
}

/// The cursor behind a page, if there is more.
pub(crate) fn next_cursor(next: Option<&[Key]>) -> Option<String> {
    next.map(cursor::of_keys)
}

/// The cursor behind a page of definitions, if there is more.
pub(crate) fn next_definition(more: bool, page: &[DefinitionView]) -> Option<String> {
    let last = page.last().filter(|_| more)?;
    Some(cursor::of_definition(&last.key, last.version))
}

/// The answer to a command.
pub(crate) fn command_reply(
    (partition, answer): (Partition, Answer),
) -> Result<v1::CommandReply, ApiError> {
    let place = (partition, answer.position);
    let reply = reply_of(answer)?;
    Ok(v1::CommandReply {
        position: Some(position(place)),
        created: reply.created,
        closed_keys: keys(reply.closed),
        opened_keys: keys(reply.opened),
        standing: Some(standing(reply.standing)),
        warnings: reply.warnings.into_iter().map(warning).collect(),
        plan: reply.plan.map(|it| plan(*it)),
    })
}

/// The reply inside an answer to a command.
pub(crate) fn reply_of(answer: Answer) -> Result<Reply, ApiError> {
    match answer.body {
        AnswerBody::Reply(reply) => Ok(*reply),
        _ => Err(ApiError::internal("a command was answered with something else than a reply")),
    }
}

/// The jobs inside an answer to a lease request.
pub(crate) fn jobs_of(answer: Answer) -> Result<Vec<LeasedJob>, ApiError> {
    match answer.body {
        AnswerBody::Jobs(jobs) => Ok(jobs),
        _ => Err(ApiError::internal("a lease request was answered with something else than jobs")),
    }
}

/// Who took a message, and where that is true.
pub(crate) fn correlated_of(
    (partition, answer): (Partition, Answer),
) -> Result<(Correlated, (Partition, u64)), ApiError> {
    let place = (partition, answer.position);
    match answer.body {
        AnswerBody::Correlated(correlated) => Ok((correlated, place)),
        AnswerBody::Reply(reply) => {
            let instance = reply.standing.instance;
            Ok((Correlated { instance, started: false }, place))
        }
        _ => Err(ApiError::internal("a message was answered with something else")),
    }
}

/// The processes and the decisions inside an answer to a deployment.
pub(crate) fn deployed_of(answer: Answer) -> Result<(Vec<Deployed>, Vec<Deployed>), ApiError> {
    let is_process = |deployed: &Deployed| decisions::id_of(&deployed.key).is_none();
    match answer.body {
        AnswerBody::Deployed(deployed) => Ok(deployed.into_iter().partition(is_process)),
        _ => Err(ApiError::internal("a deployment was answered with something else")),
    }
}

/// A read was answered with something else than was asked.
pub(crate) fn mismatch() -> ApiError {
    ApiError::internal("a read was answered with something else than was asked for")
}

/// Where an instance stands.
pub(crate) fn standing(standing: Standing) -> v1::Standing {
    v1::Standing {
        instance_key: key(standing.instance),
        definition_key: standing.definition.key.as_ref().to_owned(),
        definition_version: standing.definition.version,
        business_key: standing.business_key,
        initiator: standing.initiator,
        started_at_ms: millis(standing.started_at),
        version: standing.revision,
        generation: standing.generation,
        outcome: standing.outcome.map(outcome),
        current_nodes: standing.current.into_iter().map(current).collect(),
        incidents: standing.incidents.into_iter().map(incident).collect(),
        last_transition: standing.last_transition.map(last_transition),
        parent_key: standing.parent.map(key),
        current_count: standing.current_count,
        decisions: standing.decisions.into_iter().map(last_transition).collect(),
        past_outcomes: standing.past_outcomes.into_iter().map(outcome).collect(),
        suspension: standing.suspension.map(suspension),
        unacknowledged: standing.unacknowledged,
    }
}

fn suspension(suspension: Suspension) -> v1::Suspension {
    v1::Suspension {
        operator: suspension.by,
        reason: suspension.reason,
        timers_run: suspension.timers_run,
        at_ms: millis(suspension.at),
    }
}

/// How an instance finished.
pub(crate) fn outcome(ending: Ending) -> v1::Outcome {
    v1::Outcome {
        class: outcome_class(ending.class).into(),
        code: ending.code,
        end_node: ending.end_node,
        finished_at_ms: millis(ending.at),
        cause: cause(ending.cause).into(),
        operator: ending.operator,
        reason: ending.reason,
        last: ending.last.map(last_transition),
    }
}

/// A class of outcomes.
pub(crate) fn outcome_class(class: OutcomeClass) -> v1::OutcomeClass {
    match class {
        OutcomeClass::Completed => v1::OutcomeClass::Completed,
        OutcomeClass::Rejected => v1::OutcomeClass::Rejected,
        OutcomeClass::Terminated => v1::OutcomeClass::Terminated,
        OutcomeClass::Withdrawn => v1::OutcomeClass::Withdrawn,
        OutcomeClass::Revoked => v1::OutcomeClass::Revoked,
        OutcomeClass::Voided => v1::OutcomeClass::Voided,
        OutcomeClass::TimedOut => v1::OutcomeClass::TimedOut,
        OutcomeClass::Abandoned => v1::OutcomeClass::Abandoned,
    }
}

fn cause(cause: Cause) -> v1::OutcomeCause {
    match cause {
        Cause::Flow => v1::OutcomeCause::Flow,
        Cause::Withdraw => v1::OutcomeCause::Withdraw,
        Cause::Terminate => v1::OutcomeCause::Terminate,
        Cause::Void => v1::OutcomeCause::Void,
        Cause::Revoke => v1::OutcomeCause::Revoke,
        Cause::Reject => v1::OutcomeCause::Reject,
        Cause::Correction => v1::OutcomeCause::Correction,
        Cause::Deadline => v1::OutcomeCause::Deadline,
        Cause::Unacknowledged => v1::OutcomeCause::Unacknowledged,
        Cause::Return => v1::OutcomeCause::Return,
        Cause::Caller => v1::OutcomeCause::Caller,
    }
}

fn incident(trouble: Trouble) -> v1::Incident {
    v1::Incident {
        key: key(trouble.key),
        code: trouble.code,
        message: trouble.message,
        node: trouble.node,
        activity_key: trouble.activity.map(key),
        raised_at_ms: millis(trouble.raised_at),
    }
}

/// The newest decision of a person.
pub(crate) fn last_transition(transition: LastTransition) -> v1::LastTransition {
    v1::LastTransition {
        task_key: key(transition.task),
        node: transition.node,
        operator: transition.operator,
        decision: transition.decision,
        at_ms: millis(transition.at),
        version: transition.revision,
    }
}

/// A finding of a deployment check.
pub(crate) fn finding(finding: Finding) -> v1::Finding {
    v1::Finding {
        resource: finding.resource,
        rule: finding.rule,
        element: finding.element,
        line: finding.line,
        column: finding.column,
        message: finding.message,
        hint: finding.hint,
    }
}

/// A deployed definition.
pub(crate) fn deployed(deployed: Deployed) -> v1::DeployedDefinition {
    v1::DeployedDefinition {
        key: deployed.key,
        version: deployed.version,
        name: deployed.name,
        resource: deployed.resource,
        created: deployed.created,
        notices: deployed.notices.into_iter().map(finding).collect(),
    }
}

/// A definition.
pub(crate) fn definition(view: DefinitionView) -> v1::Definition {
    v1::Definition {
        key: view.key,
        version: view.version,
        name: view.name,
        resource: view.resource,
        deployed_at_ms: millis(view.deployed_at),
    }
}

/// Outgoing lines of a node.
pub(crate) fn node_lines(lines: NodeLines, position: Option<v1::Position>) -> v1::NodeLinesReply {
    v1::NodeLinesReply {
        node: lines.node,
        name: lines.name,
        lines: lines.lines.into_iter().map(line).collect(),
        definition_key: lines.definition.key.as_ref().to_owned(),
        definition_version: lines.definition.version,
        position,
    }
}

fn line(line: LineView) -> v1::Line {
    v1::Line {
        id: line.id,
        name: line.name,
        condition: line.condition,
        target: line.target,
        target_name: line.target_name,
        is_default: line.is_default,
        taken: line.taken,
        problem: line.problem,
    }
}

/// An instance in a list.
pub(crate) fn instance_summary(summary: InstanceSummary) -> v1::InstanceSummary {
    v1::InstanceSummary {
        key: key(summary.key),
        definition_key: summary.definition.key.as_ref().to_owned(),
        definition_version: summary.definition.version,
        business_key: summary.business_key,
        initiator: summary.initiator,
        started_at_ms: millis(summary.started_at),
        version: summary.revision,
        generation: summary.generation,
        nodes: summary.nodes,
        outcome: summary.outcome.map(outcome),
        incident_count: summary.incident_count,
        parent_key: summary.parent.map(key),
    }
}

/// An open task.
pub(crate) fn task(task: TaskView) -> v1::Task {
    v1::Task {
        key: key(task.key),
        instance_key: key(task.key.instance()),
        definition_key: task.definition.key.as_ref().to_owned(),
        definition_version: task.definition.version,
        business_key: task.business_key,
        initiator: task.initiator,
        node: task.node,
        name: task.name,
        visit: task.visit,
        opened_at_ms: millis(task.opened_at),
        assignee: task.data.assignee,
        candidate_users: task.data.candidate_users,
        candidate_groups: task.data.candidate_groups,
        form_key: task.data.form_key,
        due_at_ms: task.data.due.map(millis),
        priority: task.data.priority,
        instance_version: task.instance_revision,
        task_key: key(task.item.task),
        origin: origin_word(&task.item.origin).to_owned(),
        delegated_by: task.item.delegated_by,
        substituted_from: task.item.substituted_from,
        added_by: task.item.added_by,
        has_draft: task.item.has_draft,
        read_at_ms: task.item.read_at.map(millis),
        reminded_at_ms: task.item.reminded_at.map(millis),
        suspended: task.item.suspended,
    }
}

/// A leased job.
pub(crate) fn job(job: LeasedJob) -> v1::Job {
    let header = |(name, value): (String, String)| v1::Header { name, value };
    v1::Job {
        key: key(job.key),
        job_type: job.job_type,
        attempt: job.attempt,
        attempts_left: job.attempts_left,
        worker: job.worker,
        deadline_ms: millis(job.deadline),
        variables_json: json::text(job.variables),
        headers: job.headers.into_iter().map(header).collect(),
        instance_key: key(job.key.instance()),
        node: job.node,
        definition_key: job.definition,
        definition_version: job.version,
        business_key: job.business_key,
        idempotency_key: job.idempotency_key.to_string(),
    }
}

/// An entry of a trace.
pub(crate) fn trace_entry(entry: TraceEntry) -> v1::TraceEntry {
    v1::TraceEntry {
        sequence: entry.sequence,
        at_ms: millis(entry.at),
        kind: entry.kind,
        node: entry.node,
        node_name: entry.node_name,
        visit: entry.visit,
        line: entry.line,
        line_number: entry.line_number,
        lines: entry.lines,
        activity_key: entry.activity.map(key),
        incident_key: entry.incident.map(key),
        operator: entry.operator,
        decision: entry.decision,
        opinion: entry.opinion,
        variables_json: entry.variables.map(json::text),
        code: entry.code,
        message: entry.message,
        branch: entry.branch.map(|branch| branch.0),
        region: entry.region.map(|region| region.0),
        branches: entry.branches.into_iter().map(|branch| branch.0).collect(),
        attempt: entry.attempt,
        attempts_left: entry.attempts_left,
        due_at_ms: entry.due.map(millis),
        related_key: entry.related.map(key),
        name: entry.name,
        correlation_key: entry.correlation_key,
        value_json: entry.value.map(|value| json::value_text(&value)),
        caught_by: entry.caught_by,
        run: entry.run,
        people: entry.people,
        to: entry.to,
        path: entry.path.into_iter().map(undone).collect(),
        signature: entry.signature.map(super::ops::signature_out),
    }
}

/// The cluster.
pub(crate) fn status(status: ClusterStatus) -> v1::GetStatusReply {
    v1::GetStatusReply {
        node_id: status.node,
        version: status.version,
        nodes: status.nodes.into_iter().map(node_status).collect(),
        partitions: status.partitions.into_iter().map(partition_status).collect(),
    }
}

fn node_status(node: NodeStatus) -> v1::NodeStatus {
    v1::NodeStatus { node_id: node.node, peer_addr: node.peer_addr, reachable: node.reachable }
}

fn partition_status(status: PartitionStatus) -> v1::PartitionStatus {
    v1::PartitionStatus {
        partition: status.partition.0.into(),
        leader: status.leader,
        term: status.term,
        last_index: status.last_index,
        applied_index: status.applied_index,
        replicas: status.replicas.into_iter().map(replica_status).collect(),
    }
}

fn replica_status(replica: ReplicaStatus) -> v1::ReplicaStatus {
    v1::ReplicaStatus {
        node_id: replica.node,
        voter: replica.voter,
        matched_index: replica.matched_index,
        lag_entries: replica.lag_entries,
    }
}
