//! Resolve: tries again what led to an incident, after setting variables if the caller gives any.

use super::check_variables;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::data_object::Place;
use crate::element::{ad_hoc, boundary_event, event_sub_process};
use crate::event::Event;
use crate::instance::ActivityState;
use crate::key::LocalId;
use crate::rejection::Rejection;

pub(crate) fn resolve(
    ctx: &mut Ctx<'_>,
    id: LocalId,
    variables: &Variables,
) -> Result<(), Rejection> {
    let incident = ctx.state().incidents().get(&id).ok_or(Rejection::IncidentNotOpen(id))?.clone();
    check_variables(ctx, Place::Seen(incident.branch), variables)?;

    ctx.emit(Event::IncidentResolved { incident: id });
    ctx.set_variables(incident.branch, variables);
    // A stuck join has no activity; it is looked at again when the step settles.
    let Some(activity) = incident.activity else { return Ok(()) };
    let (branch, element) = (incident.branch, incident.element);
    let Some(state) = ctx.state().activity(activity).map(|it| it.state.clone()) else {
        // An event sub-process that could not be armed when its scope opened.
        event_sub_process::arm(ctx, activity, element);
        return Ok(());
    };
    match state {
        ActivityState::Parked { stage } => {
            ctx.emit(Event::Unparked { activity });
            ctx.push(Move::at(stage, branch, element));
        }
        ActivityState::Job(job) if job.attempts_left == 0 => {
            let attempts_left = job.attempts_max;
            ctx.emit(Event::JobRetried { job: activity, attempts_left });
        }
        // A condition that failed is looked at again once the step settles.
        ActivityState::Subscription(_)
            if ctx.state().activity(activity).is_some_and(|it| it.element == element) =>
        {
            ctx.changes.opened.insert(activity);
        }
        ActivityState::SubProcess { region: Some(scope) }
            if ctx.state().activity(activity).is_some_and(|it| it.element == element) =>
        {
            ad_hoc::try_again(ctx, scope, element);
        }
        // A boundary event that could not be armed; its activity is open all the time.
        _ => boundary_event::arm(ctx, activity, branch, element),
    }
    Ok(())
}
