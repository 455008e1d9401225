//! Resolve: tries again what led to an incident, after setting variables if the caller gives any.

use bpmn::ElementKind;

use super::check_variables;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::element;
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
    check_variables(ctx, variables)?;

    ctx.emit(Event::IncidentResolved { incident: id });
    ctx.set_variables(incident.branch, variables);
    // A stuck join has no activity; it is looked at again when the step settles.
    let Some(activity) = incident.activity else { return Ok(()) };
    let Some(state) = ctx.state().activity(activity).map(|it| it.state.clone()) else {
        return Ok(());
    };
    let (branch, element) = (incident.branch, incident.element);
    match state {
        ActivityState::Parked { leaving } => {
            ctx.emit(Event::Unparked { activity });
            ctx.push(if leaving {
                Move::Leave { branch, element }
            } else {
                Move::Behave { branch, element }
            });
        }
        ActivityState::Job(job) if job.attempts_left == 0 => {
            let attempts_left = job.attempts_max;
            ctx.emit(Event::JobRetried { job: activity, attempts_left });
        }
        // A boundary timer that could not be armed; its activity is open all the time.
        _ => {
            if let ElementKind::BoundaryTimer { .. } = ctx.element(element).kind {
                element::arm_boundary_timer(ctx, activity, branch, element);
            }
        }
    }
    Ok(())
}
