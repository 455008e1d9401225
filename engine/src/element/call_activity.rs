//! Call activity: another definition, run as an instance of its own. The caller waits for its news.

use bpmn::{Binding, CallActivity, ElementIndex};

use super::{boundary_event, io_mapping};
use crate::back;
use crate::command::{DefinitionRef, Variables};
use crate::ctx::{Ctx, Move};
use crate::evaluate::{self, optional, text};
use crate::event::{ChildNews, Event, IncidentCode, Parcel};
use crate::instance::Call;
use crate::key::LocalId;
use crate::library::Pick;
use crate::region;
use crate::throw::{self, Kind, Thrown};

pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, call: &CallActivity) {
    match prepare(ctx, branch, call) {
        Ok((definition, business_key, variables)) => {
            let activity = ctx.next_id();
            let (key, version) = (definition.key.clone(), definition.version);
            ctx.emit(Event::CallOpened { activity, branch, element, definition, at: ctx.now });
            let caller_path = back::caller_path(ctx, branch, element);
            ctx.post(Parcel::CallChild {
                call: activity,
                definition: key,
                version,
                business_key,
                variables,
                caller_path,
            });
            boundary_event::arm_all(ctx, activity, branch, element);
        }
        Err((code, message)) => ctx.park(branch, element, code, message),
    }
}

type Prepared = (DefinitionRef, Option<String>, Variables);

fn prepare(
    ctx: &Ctx<'_>,
    branch: LocalId,
    call: &CallActivity,
) -> Result<Prepared, (IncidentCode, String)> {
    let failed = |message| (IncidentCode::ExpressionFailed, message);
    let depth_max = ctx.limits.call_depth_max;
    if ctx.state().parent().is_some_and(|parent| parent.depth >= depth_max) {
        let message = format!("calls nest {depth_max} deep; look for a process that calls itself");
        return Err((IncidentCode::CallFailed, message));
    }
    let key = text(ctx, branch, &call.called).map_err(failed)?;
    let pick = pick(ctx, branch, &call.binding).map_err(failed)?;
    let version = ctx.library.definition(&key, &pick).ok_or_else(|| {
        let message = format!(
            "no deployed definition {key} fits ({pick}); deploy it and resolve the incident"
        );
        (IncidentCode::CallFailed, message)
    })?;
    let business_key = optional(call.business_key.as_ref(), |it| text(ctx, branch, it));
    let mut variables = if call.all_in {
        ctx.state().variables_seen(branch)
    } else {
        ctx.state().branch(branch).locals.clone()
    };
    variables.extend(io_mapping::evaluated(ctx, branch, &call.inputs).map_err(failed)?);
    let definition = DefinitionRef { key: key.as_str().into(), version };
    Ok((definition, business_key.map_err(failed)?, variables))
}

/// Which version a binding asks for.
pub(crate) fn pick(ctx: &Ctx<'_>, branch: LocalId, binding: &Binding) -> Result<Pick, String> {
    Ok(match binding {
        Binding::Latest => Pick::Latest,
        Binding::Deployment => Pick::DeployedWith(ctx.state().definition().clone()),
        Binding::Version(version) => {
            let found = evaluate::number(ctx, branch, version)?;
            Pick::Version(u32::try_from(found).map_err(|_| format!("{found} is no version"))?)
        }
        Binding::VersionTag(tag) => Pick::Tag(text(ctx, branch, tag)?),
    })
}

/// News of the child of an open call activity.
pub(crate) fn news(ctx: &mut Ctx<'_>, id: LocalId, call: &Call, news: &ChildNews) {
    let activity = ctx.state().activity(id).expect("the caller has seen that it is open");
    let (branch, element) = (activity.branch, activity.element);
    match news {
        ChildNews::Returned { to, operator, reason } => {
            back::child_returned(ctx, id, to, operator, reason.as_deref());
        }
        ChildNews::Finished { variables, .. } => finished(ctx, id, branch, element, variables),
        ChildNews::Error { code, message, variables } => {
            let thrown = Thrown {
                kind: Kind::Error,
                code: code.clone(),
                message: message.clone(),
                variables: variables.clone(),
            };
            if !throw::throw(ctx, branch, element, &thrown) {
                close(ctx, id);
                let text = throw::not_caught(code);
                ctx.park(branch, element, IncidentCode::ErrorNotCaught, text);
            }
        }
        ChildNews::Escalation { code, variables } => {
            throw::escalate(ctx, branch, element, code.clone(), variables.clone());
        }
        ChildNews::NotStarted { message } => {
            close(ctx, id);
            let text = format!("{} could not be started: {message}", call.definition.key);
            ctx.park(branch, element, IncidentCode::CallFailed, text);
        }
    }
}

fn finished(
    ctx: &mut Ctx<'_>,
    id: LocalId,
    branch: LocalId,
    element: ElementIndex,
    variables: &Variables,
) {
    let bpmn::ElementKind::CallActivity(rules) = &ctx.element(element).kind else { return };
    // Output mappings see all that the child has; what they leave behind stays with the call.
    let sees_all = rules.all_out || ctx.results_stay_local(element);
    let mut back = if sees_all { variables.clone() } else { Variables::new() };
    match evaluate::mappings_over(ctx, variables, &rules.outputs) {
        Ok(mapped) => back.extend(mapped),
        Err(message) => {
            // The child is gone and can't tell again; what came back by name is kept.
            close(ctx, id);
            ctx.bring(branch, element, &back);
            let code = IncidentCode::ExpressionFailed;
            let message = format!("{message}; its mappings are passed over once this is resolved");
            return ctx.stop(branch, element, crate::Stage::Finishing, code, message);
        }
    }
    close(ctx, id);
    ctx.bring(branch, element, &back);
    ctx.push(Move::Leave { branch, element });
}

/// The call is over: its child has ended.
pub(crate) fn close(ctx: &mut Ctx<'_>, id: LocalId) {
    ctx.emit(Event::CallCompleted { activity: id, at: ctx.now });
    region::close_attached(ctx, id);
}
