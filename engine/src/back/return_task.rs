//! Return: the holder of a work item sends the flow back to a task on the active path.
//!
//! [`go_back`] is the move itself; what else goes back on the active path does it with this.

use bpmn::{Approval, ElementIndex, ElementKind, Resubmit, ReturnTo, Siblings};

use crate::approval::{self, ReturnVote};
use crate::command::{Operator, Resubmission, Variables, WorkAction};
use crate::ctx::{Ctx, Move};
use crate::data_object::Place;
use crate::element::repetition;
use crate::event::{
    BackKind, BackTo, ClosedHow, Event, IncidentCode, ItemChange, ItemUnit, NewItem, Readmission,
    SiblingPolicy, StraightBack, TaskData, TaskOrigin, Undone, WentBack,
};
use crate::form;
use crate::instance::{Instance, Stage, Visit};
use crate::key::LocalId;
use crate::operation::{check_text, check_variables};
use crate::rejection::Rejection;

use super::target::{Candidate, Kind, targets};
use super::{cross, cut, people, signer, straight_back, undo};

/// Code of the warning that a return is only a vote so far.
const PENDING: &str = "RETURN_PENDING";
/// Priority of the initiator's task.
const PRIORITY: i32 = 50;

/// One move back to a place on the active path.
pub(crate) struct GoBack<'a> {
    /// Which operation.
    pub(crate) kind: BackKind,
    /// Who.
    pub(crate) operator: &'a str,
    /// Why.
    pub(crate) reason: Option<&'a str>,
    /// The work item it is done with: that closes as returned, others of its task are terminated.
    pub(crate) item: Option<LocalId>,
    /// The branch whose token moves; none for all that lives under the target's branch.
    pub(crate) moved: Option<LocalId>,
    /// Where to.
    pub(crate) to: &'a Candidate,
    /// Who gets the task; by its rules if none is given.
    pub(crate) people: Option<Vec<String>>,
    /// What becomes of sibling branches, where the move leaves a parallel region.
    pub(crate) siblings: Option<SiblingPolicy>,
    /// Whoever returned gets it straight back once the target is submitted.
    pub(crate) straight_back: bool,
    /// Variables to set.
    pub(crate) variables: &'a Variables,
}

pub(crate) fn return_task(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    action: &WorkAction,
) -> Result<(), Rejection> {
    let WorkAction::Return { to, reason, siblings, resubmit, variables } = action else {
        unreachable!("called for returns");
    };
    let (task, found) = ctx.state().item(item).ok_or(Rejection::TaskNotOpen(item))?;
    if let Some(duty) = found.duties.last() {
        return Err(Rejection::TaskDelegated { owner: duty.owner.clone() });
    }
    let open = ctx.state().activity(task).ok_or(Rejection::TaskNotOpen(item))?;
    let (branch, element) = (open.branch, open.element);
    let rules = rules_of(ctx, element);
    let reason = reason.as_deref().filter(|reason| !reason.trim().is_empty());
    check_text(ctx, "the reason", reason.unwrap_or(""))?;
    if rules.back.reason_required && reason.is_none() {
        return Err(Rejection::ReasonRequired);
    }
    form::check_fields(ctx, branch, element, variables)?;
    if *to == BackTo::Signer {
        return signer::step_back(ctx, item, operator, reason, variables);
    }
    let found = targets(ctx.model, ctx.state(), branch, rules);
    if let Some(node) = cross::node_of_caller(ctx, &found, to)? {
        if is_only_a_vote(ctx, item, operator, reason) {
            return Ok(());
        }
        cross::tell_to_caller(ctx, branch, Some(item), &operator.user, reason);
        close_items(ctx, item, &operator.user);
        cross::end_returned(ctx, &node, &operator.user, reason);
        return Ok(());
    }
    let candidate = found.find(ctx.model, ctx.state(), to)?;
    let straight_back = match resubmit {
        Some(resubmit) => *resubmit == Resubmission::StraightBack,
        None => rules.back.resubmit == Resubmit::StraightBack,
    };
    let back = GoBack {
        kind: BackKind::Return,
        operator: &operator.user,
        reason,
        item: Some(item),
        moved: Some(branch),
        to: &candidate,
        people: None,
        siblings: siblings_of(rules).or(*siblings),
        straight_back,
        variables,
    };
    check(ctx, &back)?;
    if !is_only_a_vote(ctx, item, operator, reason) {
        go_back(ctx, &back);
    }
    Ok(())
}

/// True where the return only counts as a vote, since others have still to submit.
fn is_only_a_vote(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    reason: Option<&str>,
) -> bool {
    let is_kept = approval::return_vote(ctx, item, operator, reason) == ReturnVote::Pending;
    if is_kept {
        let message = "the return is kept as a vote; that of whoever submits last counts";
        ctx.warn(PENDING, None, message.to_owned());
    }
    is_kept
}

/// A task was rejected, and its rules say that it goes back. Where that is not possible an incident
/// says so; resolved, the node is left as always.
pub(crate) fn reject(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    to: ReturnTo,
    by: Option<&str>,
    reason: Option<&str>,
) {
    let rules = rules_of(ctx, element);
    let wanted = match to {
        ReturnTo::Initiator => BackTo::Initiator,
        ReturnTo::Previous => BackTo::Previous,
        ReturnTo::Node(node) => BackTo::Node(ctx.element(node).id.clone()),
    };
    let found = targets(ctx.model, ctx.state(), branch, rules);
    let candidate = match found.find(ctx.model, ctx.state(), &wanted) {
        Ok(candidate) => candidate,
        Err(refused) => {
            let message = format!(
                "{} was rejected and is to go back, but {refused}; resolve the incident to leave it \
                 by its flows",
                ctx.element(element).id
            );
            let code = IncidentCode::NoRouteMatched;
            return ctx.stop(branch, element, Stage::Leaving, code, message);
        }
    };
    let back = GoBack {
        kind: BackKind::Rejected,
        operator: by.unwrap_or_default(),
        reason,
        item: None,
        moved: Some(branch),
        to: &candidate,
        people: None,
        siblings: siblings_of(rules).or(Some(SiblingPolicy::Cancel)),
        straight_back: rules.back.resubmit == Resubmit::StraightBack,
        variables: &Variables::new(),
    };
    go_back(ctx, &back);
}

fn siblings_of(rules: &Approval) -> Option<SiblingPolicy> {
    rules.back.siblings.map(|siblings| match siblings {
        Siblings::Cancel => SiblingPolicy::Cancel,
        Siblings::Keep => SiblingPolicy::Keep,
    })
}

/// Refuses a move that leaves siblings behind without saying what becomes of them, or whose target
/// would lack variables.
pub(crate) fn check(ctx: &mut Ctx<'_>, back: &GoBack<'_>) -> Result<(), Rejection> {
    let spot = back.to.spot;
    let leaves = back.moved.and_then(|moved| cut::parting(ctx.state(), moved, spot.branch));
    if leaves.is_some() && back.siblings.is_none() {
        return Err(Rejection::SiblingPolicyRequired);
    }
    check_variables(ctx, Place::Seen(spot.branch), back.variables)?;
    let rules = rules_of(ctx, back.to.element);
    let missing: Vec<String> =
        rules.requires.iter().filter(|name| !has(ctx, back, rules, name)).cloned().collect();
    if missing.is_empty() {
        return Ok(());
    }
    if ctx.dry_run {
        ctx.missing.extend(missing);
        return Ok(());
    }
    Err(Rejection::MissingTargetData { node: ctx.element(back.to.element).id.clone(), missing })
}

/// True if the target will see a variable of this name that is not null.
fn has(ctx: &Ctx<'_>, back: &GoBack<'_>, rules: &Approval, name: &str) -> bool {
    let state = ctx.state();
    let visit = back.to.spot.visit(state);
    let kept = visit.snapshot.as_ref().filter(|_| rules.back.restore);
    let restored = kept.map(|kept| kept.iter().rev().find_map(|(_, held)| held.get(name)));
    let before = restored.unwrap_or_else(|| state.variable(back.to.spot.branch, name));
    let after = back.variables.get(name).or(before);
    after.is_some_and(|value| *value != expr::Value::Null)
}

/// Goes back. Nothing is refused here: see [`check`].
pub(crate) fn go_back(ctx: &mut Ctx<'_>, back: &GoBack<'_>) {
    let spot = back.to.spot;
    let visit = spot.visit(ctx.state()).clone();
    let keeps = back.siblings == Some(SiblingPolicy::Keep);
    let leaving = back
        .moved
        .filter(|_| keeps)
        .and_then(|moved| cut::parting(ctx.state(), moved, spot.branch));
    tell(ctx, back, leaving);
    if let Some(item) = back.item {
        close_items(ctx, item, back.operator);
    }
    let plan = plan_straight_back(ctx, back);
    let left = leaving.unwrap_or(spot.branch);
    undo::calls(ctx, left, back.operator, back.reason);
    let ended = undo::open_scopes(ctx.state(), left);
    let branch = match leaving {
        Some(leaving) => cut::part(ctx, leaving, spot.branch),
        None => {
            cut::end_under(ctx, spot.branch);
            cut::cut(ctx, spot.branch, spot.index);
            spot.branch
        }
    };
    let scope = ctx.state().scope_of(branch);
    undo::hand_over(ctx, scope, ended);
    restore(ctx, back, &visit);
    ctx.set_variables(branch, back.variables);
    undo::start(ctx, scope);
    open(ctx, branch, back);
    if let Some(plan) = plan {
        ctx.emit(Event::StraightBackPlanned { branch, plan: Box::new(plan) });
    }
}

/// The audit record.
fn tell(ctx: &mut Ctx<'_>, back: &GoBack<'_>, leaving: Option<LocalId>) {
    let state = ctx.state();
    let spot = back.to.spot;
    let visits = match leaving {
        Some(leaving) => cut::visits_from(state, leaving, 0),
        None => cut::visits_from(state, spot.branch, spot.index),
    };
    let mut path = cut::undone(ctx.model, state, &visits, Some(spot));
    let last = back.moved.and_then(|moved| {
        let visit = state.branch(moved).path.last()?;
        Some((moved, visit.element, visit.number))
    });
    let is_own = |it: &&mut Undone| Some((it.branch, it.element, it.visit)) == last;
    if let Some(own) = path.iter_mut().find(is_own).filter(|own| own.operators.is_empty()) {
        own.operators.push(back.operator.to_owned());
    }
    let starts_anew = u32::from(back.to.kind == Kind::Initiator);
    let went = WentBack {
        kind: back.kind,
        operator: back.operator.to_owned(),
        reason: back.reason.map(str::to_owned),
        item: back.item,
        from: last.map(|(_, element, _)| element),
        to: back.to.element,
        path,
        generation: state.generation() + starts_anew,
        at: ctx.now,
    };
    ctx.emit(Event::WentBack(Box::new(went)));
}

/// Closes the work items of a task that is returned, and of the other runs where a countersign is a
/// repeated task.
fn close_items(ctx: &mut Ctx<'_>, item: LocalId, operator: &str) {
    let Some((own, _)) = ctx.state().item(item) else { return };
    let mut closed = vec![(item, ClosedHow::Returned)];
    for task in tasks_beside(ctx.state(), own) {
        let items = ctx.state().task(task).into_iter().flat_map(|task| &task.items);
        let pending = items.filter(|(id, it)| **id != item && it.is_pending());
        closed.extend(pending.map(|(id, _)| (*id, ClosedHow::Terminated)));
    }
    for (item, how) in closed {
        let (change, by) = (ItemChange::Closed(how), Some(operator.to_owned()));
        ctx.emit(Event::ItemChanged { item, change, by, at: ctx.now });
    }
}

/// A task, and those of the other runs if it is a run of a repeated one.
fn tasks_beside(state: &Instance, task: LocalId) -> Vec<LocalId> {
    let Some(open) = state.activity(task) else { return Vec::new() };
    if !repetition::is_run(state, open.branch, open.element) {
        return vec![task];
    }
    let region = state.branch(open.branch).region;
    let beside = state
        .activities()
        .iter()
        .filter(|(id, it)| state.branch(it.branch).region == region && state.task(**id).is_some());
    beside.map(|(id, _)| *id).collect()
}

/// What follows the next submit, where it is to go straight back and nothing stands in the way.
fn plan_straight_back(ctx: &mut Ctx<'_>, back: &GoBack<'_>) -> Option<StraightBack> {
    if !back.straight_back {
        return None;
    }
    let spot = back.to.spot;
    let path = &ctx.state().branch(spot.branch).path;
    let from = path.last().map_or(back.to.element, |visit| visit.element);
    let repeats = ctx.element(back.to.element).extras().repeat.is_some();
    let why = if back.moved != Some(spot.branch) {
        Some("the return leaves the region that the returner stands in")
    } else if repeats || back.to.kind == Kind::Inner {
        Some("the node that is returned to runs several tasks")
    } else if undo::undoes(ctx, spot) {
        Some("what was done between the two nodes is undone")
    } else {
        None
    };
    if let Some(why) = why {
        straight_back::warn(ctx, from, why);
        return None;
    }
    Some(straight_back::plan(ctx, spot, back.operator))
}

/// Gives variables back the values they had when the target opened, if its rules say so.
fn restore(ctx: &mut Ctx<'_>, back: &GoBack<'_>, visit: &Visit) {
    let Some(kept) = &visit.snapshot else { return };
    if !rules_of(ctx, back.to.element).back.restore {
        return;
    }
    for (region, variables) in kept.iter() {
        let Some(before) = ctx.state().regions().get(region).filter(|it| it.open) else { continue };
        let names: Vec<_> = before.variables.keys().chain(variables.keys()).cloned().collect();
        let (region, variables) = (*region, variables.clone());
        ctx.emit(Event::VariablesReplaced { region, variables });
        ctx.changes.names.extend(names);
    }
}

/// Enters the target.
fn open(ctx: &mut Ctx<'_>, branch: LocalId, back: &GoBack<'_>) {
    let element = back.to.element;
    let repeats = ctx.element(element).extras().repeat.is_some();
    // What opens on branches of its own finds its people itself.
    if back.to.kind != Kind::Inner && !repeats {
        let people = match &back.people {
            Some(people) => people.clone(),
            None => people::of(back.to, rules_of(ctx, element)),
        };
        let readmission = Readmission { kind: back.kind, people };
        ctx.emit(Event::Readmitted { branch, readmission });
    }
    ctx.emit(Event::Entered { branch, element, flow: None, at: ctx.now });
    let missing = missing_for(ctx, branch, rules_of(ctx, element));
    if !missing.is_empty() && !ctx.dry_run {
        let message = format!(
            "{} was gone back to and needs variables {}; set them and resolve the incident",
            ctx.element(element).id,
            missing.join(", ")
        );
        return ctx.stop(
            branch,
            element,
            Stage::Entering,
            IncidentCode::TargetDataMissing,
            message,
        );
    }
    if back.to.kind != Kind::Initiator {
        return ctx.push(Move::Prepare { branch, element });
    }
    open_for_initiator(ctx, branch, back);
}

/// Variables that a node needs and a branch does not see.
fn missing_for(ctx: &Ctx<'_>, branch: LocalId, rules: &Approval) -> Vec<String> {
    let is_null = |name: &&String| {
        let value = ctx.state().variable(branch, name);
        value.is_none_or(|value| *value == expr::Value::Null)
    };
    rules.requires.iter().filter(is_null).cloned().collect()
}

/// Opens the task of the initiator at the start event; whoever completes it submits again.
fn open_for_initiator(ctx: &mut Ctx<'_>, branch: LocalId, back: &GoBack<'_>) {
    let task = ctx.next_id();
    let id = LocalId(task.0 + 1);
    let data = TaskData {
        assignee: back.to.handlers.first().cloned(),
        priority: PRIORITY,
        ..TaskData::default()
    };
    let item = NewItem { id, data, waits: false, substituted_from: None, added: None };
    ctx.emit(Event::TaskOpened {
        task,
        branch,
        element: back.to.element,
        items: vec![item],
        units: vec![ItemUnit::of(id)],
        origin: TaskOrigin::Back(back.kind),
        directory: 0,
        at: ctx.now,
    });
}

/// The rules of a node.
pub(crate) fn rules_of<'a>(ctx: &Ctx<'a>, element: ElementIndex) -> &'a Approval {
    match &ctx.element(element).kind {
        ElementKind::UserTask(task) => task.rules(),
        _ => Approval::PLAIN,
    }
}
