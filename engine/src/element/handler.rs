//! Event handlers of an element: jobs that run one after the other before and behind its work.

use bpmn::{ElementIndex, ElementKind, Moment};

use crate::ctx::{Ctx, Move};
use crate::event::{Event, IncidentCode};
use crate::instance::Stage;
use crate::key::LocalId;

use super::service_task;

/// On which side of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// On the way in.
    Before,
    /// On the way out.
    After,
}

impl Phase {
    fn of(moment: Moment) -> Self {
        match moment {
            Moment::Start | Moment::Create | Moment::Assignment => Self::Before,
            Moment::Complete | Moment::End => Self::After,
        }
    }
}

/// Offers the next handler of a phase, in the order of moments and of the file, behind the first
/// `done` of them; without one the element goes on.
pub(crate) fn next(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    phase: Phase,
    done: usize,
) {
    let Some(handler) = in_order(ctx, element, phase).into_iter().nth(done) else {
        return ctx.push(match phase {
            Phase::Before => Move::Work { branch, element },
            Phase::After => Move::Finish { branch, element },
        });
    };
    let job = &ctx.element(element).extras().handlers[handler].job;
    match service_task::wanted(ctx, branch, job) {
        Ok((job_type, attempts_max)) => {
            let job = ctx.next_id();
            ctx.emit(Event::HandlerJobCreated {
                job,
                branch,
                element,
                handler: u32::try_from(handler).expect("handlers are few"),
                job_type,
                attempts_max,
                at: ctx.now,
            });
        }
        Err(message) => {
            let (stage, hint) = match phase {
                Phase::Before if done == 0 => (Stage::Entering, ""),
                Phase::Before => {
                    (Stage::Entering, "; once this is resolved the handlers before it run again")
                }
                Phase::After => (
                    Stage::Finishing,
                    "; once this is resolved it and those behind it are passed over",
                ),
            };
            let code = IncidentCode::ExpressionFailed;
            ctx.stop(branch, element, stage, code, format!("{message}{hint}"));
        }
    }
}

/// A handler's job is done: the next one, or what comes behind them.
pub(crate) fn done(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, handler: u32) {
    let handlers = &ctx.element(element).extras().handlers;
    let Some(this) = handlers.get(handler as usize) else { return };
    let phase = Phase::of(this.moment);
    let place = in_order(ctx, element, phase).into_iter().position(|it| it == handler as usize);
    next(ctx, branch, element, phase, place.map_or(usize::MAX, |place| place + 1));
}

/// Indexes of the handlers of a phase as they run. Handlers of an assignment run only where the
/// file names an assignee.
fn in_order(ctx: &Ctx<'_>, element: ElementIndex, phase: Phase) -> Vec<usize> {
    let source = ctx.element(element);
    let assigns = matches!(&source.kind, ElementKind::UserTask(task) if task.assignee.is_some());
    let handlers = &source.extras().handlers;
    let runs =
        |moment: Moment| Phase::of(moment) == phase && (moment != Moment::Assignment || assigns);
    let mut found: Vec<usize> =
        (0..handlers.len()).filter(|at| runs(handlers[*at].moment)).collect();
    found.sort_by_key(|at| handlers[*at].moment);
    found
}
