//! Requests of the wire, checked and turned into what the router takes. Both APIs come through
//! here, so a rule about input stands in one place. Variables arrive parsed, because REST has them
//! as JSON and gRPC as text.

use actors::request::{Ask, Start};
use engine::{Command, Key, LocalId, Operator, TaskRef, Variables};
use proto::v1;

use crate::api::error::ApiError;
use crate::api::{check, cursor};
use crate::request::{DefinitionName, InstancesQuery, LinesOf, Page, Query};

mod activity;
mod bulk;
mod decision;
mod directory;
mod form;
mod lists;
mod govern;
mod message;
mod work;

pub(crate) use activity::{
    activate_ad_hoc, complete_ad_hoc, set_variables, throw_error, throw_escalation,
};
pub(crate) use bulk::{batch, batch_item, handover};
pub(crate) use decision::{decision, decisions, evaluate};
pub(crate) use directory::{
    department, import_directory, list_directory, person, remove_department, remove_person,
    set_absences,
};
pub(crate) use form::{access, access_word, form, signature_out};
pub(crate) use govern::{
    acknowledge_start, add_comment, add_run, correct, handover_instance, insert_step, read_copy,
    remind, remove_step, reopen_instance, reroute, resume_instance, revoke_instance, route_check,
    send_copy, suspend_instance, terminate_instance, void_instance, withdraw_instance,
};
pub(crate) use lists::{copies, counts, done, feed, inbox, initiated, unacknowledged};
pub(crate) use message::{broadcast, correlate, publish};
pub(crate) use work::{
    add_approver, delegate_task, mark_read, reassign_task, remove_approver, resolve_task,
    retract_task, return_task, returnable, save_draft, transfer_task,
};

/// Longest lease, in milliseconds: a day.
const LEASE_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// Lease where the worker does not say, in milliseconds.
const LEASE_MS: u64 = 30_000;
/// Longest wait for a job, in milliseconds.
const WAIT_MS_MAX: u64 = 60_000;
/// Longest wait between attempts, in milliseconds: 30 days.
const BACKOFF_MS_MAX: u64 = 30 * LEASE_MS_MAX;

/// How a caller names a task.
pub(crate) enum TaskName {
    /// By its key.
    Key(i64),
    /// By instance and node.
    OfNode(v1::TaskOfNode),
}

macro_rules! task_name {
    ($($request:ident),*) => {$(
        impl From<v1::$request::Task> for TaskName {
            fn from(task: v1::$request::Task) -> Self {
                match task {
                    v1::$request::Task::TaskKey(key) => Self::Key(key),
                    v1::$request::Task::TaskOfNode(place) => Self::OfNode(place),
                }
            }
        }
    )*};
}
task_name!(
    claim_task_request,
    unclaim_task_request,
    complete_task_request,
    return_task_request,
    transfer_task_request,
    delegate_task_request,
    resolve_task_request,
    add_approver_request,
    remove_approver_request,
    save_draft_request,
    mark_read_request,
    reassign_task_request,
    retract_task_request
);

/// Deploys files.
pub(crate) fn deploy(resources: Vec<v1::Resource>) -> Result<Ask, ApiError> {
    if resources.is_empty() {
        return Err(ApiError::invalid("resources is empty; send at least one file"));
    }
    if resources.len() > check::RESOURCES_MAX {
        let message = format!(
            "resources has {} files, send at most {}",
            resources.len(),
            check::RESOURCES_MAX
        );
        return Err(ApiError::invalid(message));
    }
    let bytes = resources.iter().map(|resource| resource.content.len()).sum();
    if bytes > check::MODEL_BYTES_MAX {
        return Err(ApiError::too_large("resources", bytes, check::MODEL_BYTES_MAX));
    }
    let file = |resource: v1::Resource| {
        let name = check::id("resources.name", resource.name)?;
        if resource.content.is_empty() {
            return Err(ApiError::invalid(format!("{name} is empty; send a BPMN or DMN file")));
        }
        Ok((name, resource.content))
    };
    let resources = resources.into_iter().map(file).collect::<Result<_, ApiError>>()?;
    Ok(Ask::Deploy { resources })
}

/// Starts an instance.
pub(crate) fn start(
    request: v1::StartInstanceRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    Ok(Ask::Start(Start {
        definition: check::id("definition_key", request.definition_key)?,
        version: version(request.version)?,
        business_key: check::optional_id("business_key", request.business_key)?,
        initiator: check::optional_id("initiator", request.initiator)?,
        variables,
        request_id: check::request_id(request.request_id.as_deref())?,
        at: check::optional_id("start_at", request.start_at)?,
    }))
}

/// Claims a task.
pub(crate) fn claim(request: v1::ClaimTaskRequest) -> Result<Ask, ApiError> {
    let (instance, task) = task(request.task.map(Into::into))?;
    let operator = operator(request.operator)?;
    let command = Command::ClaimTask { task, operator };
    command_of(instance, command, request.request_id.as_deref())
}

/// Gives a task back.
pub(crate) fn unclaim(request: v1::UnclaimTaskRequest) -> Result<Ask, ApiError> {
    let (instance, task) = task(request.task.map(Into::into))?;
    let operator = operator(request.operator)?;
    let command = Command::UnclaimTask { task, operator };
    command_of(instance, command, request.request_id.as_deref())
}

/// Completes a task.
pub(crate) fn complete(
    request: v1::CompleteTaskRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    let (instance, task) = task(request.task.map(Into::into))?;
    let command = Command::CompleteTask {
        task,
        operator: operator(request.operator)?,
        decision: check::optional_id("decision", request.decision)?,
        opinion: check::optional_text("opinion", request.opinion)?,
        signature: request.signature.map(form::signature).transpose()?,
        variables,
        expected_version: request.expected_version,
        batch: false,
        dry_run: request.dry_run,
    };
    command_of(instance, command, request.request_id.as_deref())
}

/// Leases jobs.
pub(crate) fn activate_jobs(request: v1::ActivateJobsRequest) -> Result<Ask, ApiError> {
    let jobs_max =
        check::number("jobs_max", request.jobs_max.into(), 1, check::PAGE_ITEMS_MAX.into())?;
    Ok(Ask::ActivateJobs {
        job_type: check::id("job_type", request.job_type)?,
        worker: check::id("worker", request.worker)?,
        lease_ms: check::number("lease_ms", request.lease_ms, LEASE_MS, LEASE_MS_MAX)?,
        jobs_max: u32::try_from(jobs_max).expect("the number is at most PAGE_ITEMS_MAX"),
        wait_ms: check::number("wait_ms", request.wait_ms, 0, WAIT_MS_MAX)?,
    })
}

/// Completes a job.
pub(crate) fn complete_job(
    request: v1::CompleteJobRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    let (instance, job) = inner("job_key", request.job_key)?;
    let command = Command::CompleteJob { job, attempt: request.attempt, variables };
    command_of(instance, command, request.request_id.as_deref())
}

/// Reports the failure of an attempt.
pub(crate) fn fail_job(request: v1::FailJobRequest) -> Result<Ask, ApiError> {
    let (instance, job) = inner("job_key", request.job_key)?;
    let message = check::optional_text("message", Some(request.message))?;
    let command = Command::FailJob {
        job,
        attempt: request.attempt,
        attempts_left: request.attempts_left,
        backoff_ms: check::number("backoff_ms", request.backoff_ms, 0, BACKOFF_MS_MAX)?,
        message: message.unwrap_or_default(),
    };
    command_of(instance, command, request.request_id.as_deref())
}

/// Resolves an incident.
pub(crate) fn resolve_incident(
    request: v1::ResolveIncidentRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    let (instance, incident) = inner("incident_key", request.incident_key)?;
    let command = Command::ResolveIncident { incident, variables };
    command_of(instance, command, request.request_id.as_deref())
}

/// An instance.
pub(crate) fn instance(instance_key: i64, with_variables: bool) -> Result<Query, ApiError> {
    let instance = check::instance_key("instance_key", instance_key)?;
    Ok(Query::Instance { instance, with_variables })
}

/// An open task.
pub(crate) fn open_task(task_key: i64) -> Result<Query, ApiError> {
    Ok(Query::Task { task: check::inner_key("task_key", task_key)? })
}

/// A part of a trace.
pub(crate) fn trace(instance_key: i64, after: u64, page_size: u32) -> Result<Query, ApiError> {
    Ok(Query::Trace {
        instance: check::instance_key("instance_key", instance_key)?,
        after,
        entries_max: check::page_size(page_size)?,
    })
}

/// Lines of a node of an instance.
pub(crate) fn instance_lines(
    instance_key: i64,
    node: String,
    variables_json: Option<&str>,
) -> Result<Query, ApiError> {
    Ok(Query::NodeLines {
        of: LinesOf::Instance(check::instance_key("instance_key", instance_key)?),
        node: check::id("node", node)?,
        variables: optional_variables(variables_json)?,
    })
}

/// Lines of a node of a definition.
pub(crate) fn definition_lines(
    definition_key: String,
    found: Option<u32>,
    node: String,
    variables_json: Option<&str>,
) -> Result<Query, ApiError> {
    let key = check::id("definition_key", definition_key)?;
    Ok(Query::NodeLines {
        of: LinesOf::Definition { key, version: version(found)? },
        node: check::id("node", node)?,
        variables: optional_variables(variables_json)?,
    })
}

/// A definition with its file.
pub(crate) fn definition(
    which: Option<v1::get_definition_request::Which>,
    found: Option<u32>,
) -> Result<Query, ApiError> {
    use v1::get_definition_request::Which;
    let which = match which {
        Some(Which::DefinitionKey(key)) => {
            DefinitionName::Key { key: check::id("definition_key", key)?, version: version(found)? }
        }
        Some(Which::InstanceKey(key)) => {
            if found.is_some() {
                let message = "version goes with definition_key; an instance is pinned to its own";
                return Err(ApiError::invalid(message));
            }
            DefinitionName::OfInstance(check::instance_key("instance_key", key)?)
        }
        None => return Err(ApiError::invalid("send definition_key or instance_key")),
    };
    Ok(Query::Definition { which, with_file: true })
}

/// A part of the list of definitions.
pub(crate) fn definitions(
    definition_key: Option<String>,
    page_size: u32,
    cursor: Option<&str>,
) -> Result<Query, ApiError> {
    Ok(Query::Definitions {
        key: check::optional_id("definition_key", definition_key)?,
        after: cursor::definition(cursor)?,
        definitions_max: check::page_size(page_size)?,
    })
}

/// A part of the list of instances.
pub(crate) fn instances(request: v1::ListInstancesRequest) -> Result<Query, ApiError> {
    let running = match v1::InstanceStatus::try_from(request.status) {
        Ok(v1::InstanceStatus::Any) => None,
        Ok(v1::InstanceStatus::Running) => Some(true),
        Ok(v1::InstanceStatus::Finished) => Some(false),
        Err(_) => {
            let message =
                format!("status {} is not known; send ANY, RUNNING or FINISHED", request.status);
            return Err(ApiError::invalid(message));
        }
    };
    let definition = check::optional_id("definition_key", request.definition_key)?;
    let business_key = check::optional_id("business_key", request.business_key)?;
    if business_key.is_some() && definition.is_none() {
        let message = "business_key needs definition_key: business keys belong to a definition";
        return Err(ApiError::invalid(message));
    }
    let page = page(request.page_size, request.cursor.as_deref())?;
    Ok(Query::Instances(InstancesQuery { definition, business_key, running, page }))
}

pub(super) fn page(items: u32, cursor: Option<&str>) -> Result<Page, ApiError> {
    Ok(Page { items_max: check::page_size(items)?, after: cursor::keys(cursor)? })
}

pub(super) fn version(version: Option<u32>) -> Result<Option<u32>, ApiError> {
    match version {
        Some(0) => Err(ApiError::invalid("version is 0; versions count from 1")),
        version => Ok(version),
    }
}

fn optional_variables(json: Option<&str>) -> Result<Option<Variables>, ApiError> {
    json.map(|json| check::variables("variables", json)).transpose()
}

pub(super) fn command_of(
    instance: Key,
    command: Command,
    request_id: Option<&str>,
) -> Result<Ask, ApiError> {
    Ok(Ask::Command { instance, command, request_id: check::request_id(request_id)? })
}

fn operator(operator: Option<v1::Operator>) -> Result<Operator, ApiError> {
    let operator = operator.unwrap_or_default();
    Ok(Operator {
        user: check::id("operator.user", operator.user)?,
        groups: check::groups("operator.groups", operator.groups)?,
    })
}

fn task(name: Option<TaskName>) -> Result<(Key, TaskRef), ApiError> {
    match name {
        Some(TaskName::Key(key)) => {
            let (instance, task) = inner("task_key", key)?;
            Ok((instance, TaskRef::Task(task)))
        }
        Some(TaskName::OfNode(place)) => {
            let instance = check::instance_key("instance_key", place.instance_key)?;
            Ok((instance, TaskRef::Node(check::id("node", place.node)?)))
        }
        None => Err(ApiError::invalid("send task_key, or task_of_node with instance and node")),
    }
}

pub(super) fn inner(field: &str, number: i64) -> Result<(Key, LocalId), ApiError> {
    let key = check::inner_key(field, number)?;
    Ok((key.instance(), key.local()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator() -> Option<v1::Operator> {
        Some(v1::Operator { user: "ann".into(), groups: vec!["boss".into()] })
    }

    #[test]
    fn a_task_is_named_by_key_or_by_node() {
        let instance = Key::instance_of(engine::Partition(1), 4);
        let by_key = v1::complete_task_request::Task::TaskKey(
            instance.with_local(LocalId(9)).0.cast_signed(),
        );
        let place = v1::TaskOfNode { instance_key: instance.0.cast_signed(), node: "ask".into() };
        let by_node = v1::complete_task_request::Task::TaskOfNode(place);
        for (name, expected) in
            [(by_key, TaskRef::Task(LocalId(9))), (by_node, TaskRef::Node("ask".into()))]
        {
            let request = v1::CompleteTaskRequest {
                task: Some(name),
                operator: operator(),
                decision: Some("approve".into()),
                expected_version: Some(3),
                ..Default::default()
            };
            let ask = complete(request, Variables::new()).expect("it is valid");
            let Ask::Command { instance: of, command: Command::CompleteTask { task, .. }, .. } =
                ask
            else {
                panic!("it is a completion");
            };
            assert_eq!((of, task), (instance, expected));
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let cases = [
            (
                claim(v1::ClaimTaskRequest { operator: operator(), ..Default::default() }),
                "task_key",
            ),
            (start(v1::StartInstanceRequest::default(), Variables::new()), "definition_key"),
            (activate_jobs(v1::ActivateJobsRequest::default()), "job_type"),
            (deploy(Vec::new()), "resources"),
            (deploy(vec![v1::Resource { name: "a.bpmn".into(), content: Vec::new() }]), "a.bpmn"),
        ];
        for (result, field) in cases {
            let error = result.expect_err("it is refused");
            assert_eq!(error.refusal().code, "INVALID_ARGUMENT");
            assert!(error.refusal().message.contains(field), "{}", error.refusal().message);
        }
    }

    #[test]
    fn a_model_has_a_largest_size() {
        let content = vec![b' '; check::MODEL_BYTES_MAX + 1];
        let error = deploy(vec![v1::Resource { name: "a.bpmn".into(), content }]).unwrap_err();
        assert_eq!(error.refusal().code, "TOO_LARGE");
    }

    #[test]
    fn a_business_key_belongs_to_a_definition() {
        let request =
            v1::ListInstancesRequest { business_key: Some("A-1".into()), ..Default::default() };
        assert!(instances(request).is_err());
    }
}
