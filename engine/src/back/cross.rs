//! Going back across a call: from a called instance to a node of the one that called it.

use bpmn::{Approval, ElementIndex};

use crate::command::Variables;
use crate::ctx::Ctx;
use crate::element::{call_activity, repetition};
use crate::event::{
    BackKind, BackTo, CallerPath, Cause, ChildNews, Conclusion, Event, IncidentCode, OutcomeClass,
    Parcel, WentBack,
};
use crate::key::LocalId;
use crate::operation::call::CANCELLED;
use crate::rejection::Rejection;

use super::conclude::finish_with;
use super::return_task::{GoBack, go_back};
use super::target::{Kind, Targets, targets};
use super::{cut, undo};

/// How a caller names the start of the process that was called first.
const INITIATOR: &str = "initiator";
/// Code of the outcome of an instance that was returned to its caller.
const RETURNED: &str = "returned";

/// What a child may be returned to in its caller, and in the callers above.
pub(crate) fn caller_path(ctx: &Ctx<'_>, branch: LocalId, call: ElementIndex) -> CallerPath {
    let state = ctx.state();
    let found = targets(ctx.model, state, branch, Approval::PLAIN);
    let id = |element| ctx.element(element).id.clone();
    let mut nodes: Vec<String> = found.allowed.iter().map(|it| id(it.element)).collect();
    let is_start = |kind| kind == Kind::Initiator;
    let mut has_initiator = found.allowed.iter().any(|it| is_start(it.kind));
    if let Some(above) = state.caller_path().filter(|above| above.runs == 1) {
        let more = above.nodes.iter().filter(|node| !nodes.contains(node));
        nodes = nodes.iter().chain(more).cloned().collect();
        has_initiator |= above.has_initiator;
    }
    CallerPath { call: id(call), runs: runs(ctx, branch), nodes, has_initiator }
}

/// How many instances the call has: more than one for a run of a repeated one.
fn runs(ctx: &Ctx<'_>, branch: LocalId) -> u32 {
    let Some((activity, _)) = repetition::loop_of(ctx.state(), branch) else { return 1 };
    let made = ctx.state().region(ctx.state().branch(branch).region).branches.len();
    let made = u32::try_from(made).unwrap_or(u32::MAX);
    let total = repetition::state_of(ctx.state(), activity).and_then(|it| it.plan.total);
    total.unwrap_or(made).max(made)
}

/// The node of a caller that is meant, if a task of a called instance asks for one that it has not
/// itself.
///
/// # Errors
/// If the call has several instances: one of them can't be returned by itself.
pub(crate) fn node_of_caller(
    ctx: &Ctx<'_>,
    own: &Targets,
    to: &BackTo,
) -> Result<Option<String>, Rejection> {
    let Some(path) = ctx.state().caller_path() else { return Ok(None) };
    let node = match to {
        BackTo::Node(id) if own.allows(ctx.model, id) => None,
        BackTo::Node(id) => path.nodes.iter().find(|node| *node == id).cloned(),
        BackTo::Initiator => path.has_initiator.then(|| INITIATOR.to_owned()),
        BackTo::Previous if own.has_previous() => None,
        BackTo::Previous => path.nodes.first().cloned(),
        BackTo::Signer => None,
    };
    match node {
        Some(_) if path.runs > 1 => Err(Rejection::CrossReturnMultiInstanceForbidden {
            node: path.call.clone(),
            count: path.runs,
        }),
        node => Ok(node),
    }
}

/// The audit record of a return to the caller: all that this instance did is undone.
pub(crate) fn tell_to_caller(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    item: Option<LocalId>,
    operator: &str,
    reason: Option<&str>,
) {
    let from = ctx.state().branch(branch).path.last().map(|visit| visit.element);
    tell(ctx, BackKind::ToCaller, from, item, (operator, reason));
}

fn tell(
    ctx: &mut Ctx<'_>,
    kind: BackKind,
    from: Option<ElementIndex>,
    item: Option<LocalId>,
    (operator, reason): (&str, Option<&str>),
) {
    let state = ctx.state();
    let start = || ctx.model.definition().start.unwrap_or(ElementIndex(0));
    let went = WentBack {
        kind,
        operator: operator.to_owned(),
        reason: reason.map(str::to_owned),
        item,
        from,
        to: from.unwrap_or_else(start),
        path: cut::all_undone(ctx.model, state),
        generation: state.generation(),
        at: ctx.now,
    };
    ctx.emit(Event::WentBack(Box::new(went)));
}

/// The caller went back to before the call: this instance ends once what it did is undone.
pub(crate) fn undone_by_caller(ctx: &mut Ctx<'_>, operator: &str, reason: Option<&str>) {
    if ctx.state().ending().is_some() {
        return;
    }
    tell(ctx, BackKind::ByCaller, None, None, (operator, reason));
    if !undo::all(ctx, operator, reason) {
        end(ctx);
    }
}

/// Ends this instance once what it did is undone; its caller goes back to one of its own nodes at
/// once.
pub(crate) fn end_returned(ctx: &mut Ctx<'_>, to: &str, operator: &str, reason: Option<&str>) {
    if let Some(caller) = ctx.state().parent() {
        let news = ChildNews::Returned {
            to: to.to_owned(),
            operator: operator.to_owned(),
            reason: reason.map(str::to_owned),
        };
        ctx.post(Parcel::ToParent { parent: caller.instance, call: caller.call, news });
    }
    if !undo::all(ctx, operator, reason) {
        end(ctx);
    }
}

/// What the instance did is undone: it ends.
pub(crate) fn end(ctx: &mut Ctx<'_>) {
    let Some(Conclusion { cause, operator, reason }) = ctx.state().ending().cloned() else {
        return;
    };
    let class = OutcomeClass::Terminated;
    let code = if cause == Cause::Return { RETURNED } else { CANCELLED };
    finish_with(ctx, class, code, cause, operator.as_deref(), reason.as_deref());
}

/// A called instance was returned to a node of this one, or of one further up: goes back from the
/// call as a task would.
pub(crate) fn child_returned(
    ctx: &mut Ctx<'_>,
    call: LocalId,
    to: &str,
    operator: &str,
    reason: Option<&str>,
) {
    let activity = ctx.state().activity(call).expect("the caller has seen that it is open");
    let (branch, element) = (activity.branch, activity.element);
    let found = targets(ctx.model, ctx.state(), branch, Approval::PLAIN);
    let wanted = if to == INITIATOR { BackTo::Initiator } else { BackTo::Node(to.to_owned()) };
    let candidate = found.find(ctx.model, ctx.state(), &wanted);
    let above = node_of_caller(ctx, &found, &wanted);
    if candidate.is_err() && matches!(above, Ok(Some(_))) {
        tell_to_caller(ctx, branch, None, operator, reason);
    }
    call_activity::close(ctx, call);
    match (candidate, above) {
        (Ok(candidate), _) => go_back(
            ctx,
            &GoBack {
                kind: BackKind::Return,
                operator,
                reason,
                item: None,
                moved: Some(branch),
                to: &candidate,
                people: None,
                siblings: None,
                straight_back: false,
                variables: &Variables::new(),
            },
        ),
        (Err(_), Ok(Some(_))) => end_returned(ctx, to, operator, reason),
        (Err(refused), _) => {
            let message = format!("the called instance was returned, but {refused}");
            ctx.park(branch, element, IncidentCode::CallFailed, message);
        }
    }
}
