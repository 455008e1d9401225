//! What a worker is told about the job it leases.

use engine::{ActivityState, Instance, LocalId, Model, Variables};

use crate::encoding;
use crate::request::LeasedJob;

/// The leased job; none if the job is not open or not leased.
pub(crate) fn leased_job(model: &Model, instance: &Instance, id: LocalId) -> Option<LeasedJob> {
    let activity = instance.activity(id)?;
    let ActivityState::Job(job) = &activity.state else { return None };
    let lease = job.lease.as_ref()?;
    let element = model.definition().element(activity.element);
    let definition = instance.definition();
    Some(LeasedJob {
        key: instance.key().with_local(id),
        job_type: job.job_type.to_string(),
        attempt: job.attempt,
        attempts_left: job.attempts_left,
        worker: lease.worker.clone(),
        deadline: lease.deadline,
        variables: variables_seen_by(instance, activity.branch),
        headers: model.headers_of(activity.element, job.handler).to_vec(),
        node: element.id.clone(),
        definition: definition.key.to_string(),
        version: definition.version,
        business_key: instance.business_key().map(str::to_owned),
        // The attempt is left out: every attempt of a visit is the same call.
        idempotency_key: encoding::digest_of(&(
            instance.key(),
            instance.generation(),
            &element.id,
            activity.visit,
            id,
        )),
    })
}

/// Variables as a branch sees them: of each name the one in the innermost scope.
fn variables_seen_by(instance: &Instance, branch: LocalId) -> Variables {
    let mut scopes = Vec::new();
    let mut region = Some(instance.branch(branch).region);
    while let Some(id) = region {
        let scope = instance.region(id);
        scopes.push(&scope.variables);
        region = scope.parent.map(|parent| instance.branch(parent).region);
    }
    let mut seen = Variables::new();
    for scope in scopes.into_iter().rev() {
        seen.extend(scope.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    seen
}
