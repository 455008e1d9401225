//! Retract: a handler takes the own last decision back while nobody has worked on what followed.
//!
//! A vote in a task that is still open becomes open again. A task that is over opens again for the
//! handler alone; all that followed is closed and its visits leave the active path.

use bpmn::{Approval, ElementIndex, ElementKind};

use super::return_task::rules_of;
use super::target::Spot;
use super::{cut, untouched};
use crate::approval;
use crate::command::{Operator, TaskRef};
use crate::ctx::{Ctx, Move};
use crate::event::{BackKind, Done, Event, ItemChange, Readmission, WentBack};
use crate::instance::{ActivityState, Instance, ItemState, Place, Task};
use crate::key::LocalId;
use crate::rejection::Rejection;

pub(crate) fn retract(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    task: &TaskRef,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    let wanted = Wanted::of(ctx, task)?;
    if let Some((open, item)) = own_vote(ctx.state(), &wanted, operator) {
        return reopen_vote(ctx, operator, open, item);
    }
    let spot = decided(ctx, &wanted, operator)?;
    let visit = spot.visit(ctx.state());
    let element = visit.element;
    let rules = rules_of(ctx, element);
    check_retractable(rules)?;
    if let Some(done) = &visit.done {
        check_closing(ctx.state(), element, done, operator)?;
    }
    if let Some(why) = untouched::why_not(ctx, spot, rules.back.read_blocks_retract) {
        return Err(Rejection::RetractNotPossible { reason: why });
    }
    carry_out(ctx, operator, spot, element, reason);
    Ok(())
}

/// What a caller names: a task, or any of a node.
struct Wanted {
    task: Option<LocalId>,
    element: Option<ElementIndex>,
}

impl Wanted {
    fn of(ctx: &Ctx<'_>, task: &TaskRef) -> Result<Self, Rejection> {
        match task {
            TaskRef::Node(node) => match ctx.model.definition().find(node) {
                Some(element) => Ok(Self { task: None, element: Some(element) }),
                None => Err(Rejection::NodeMismatch { node: node.clone(), known: false }),
            },
            TaskRef::Task(id) => {
                // The work items of a task that is over are known by the decisions only.
                let mut decisions = ctx.state().decisions().iter().rev();
                let element = decisions.find(|(_, it)| it.task == *id).map(|(_, it)| it.element);
                Ok(Self { task: Some(*id), element })
            }
        }
    }

    /// True for the work item or task itself; for any of the node where no task is named, or where
    /// it was a work item.
    fn is_task(&self, id: LocalId) -> bool {
        self.task.is_none_or(|task| task == id)
    }
}

/// The operator's own vote in a task that is still open.
fn own_vote(state: &Instance, wanted: &Wanted, operator: &Operator) -> Option<(LocalId, LocalId)> {
    let is_own = |id: LocalId, task: &Task, named: bool| {
        let votes = task.items.iter().rev().filter(|(item, it)| {
            let is_own = matches!(&it.state, ItemState::Decided { by, .. } if *by == operator.user);
            is_own && (named || wanted.is_task(**item))
        });
        votes.map(|(item, _)| (id, *item)).next()
    };
    state.activities().iter().rev().find_map(|(id, open)| match &open.state {
        ActivityState::Task(task) => {
            let of_node = wanted.task.is_none() && wanted.element == Some(open.element);
            let is_named = of_node || wanted.task == Some(*id);
            (is_named || wanted.task.is_some()).then(|| is_own(*id, task, is_named)).flatten()
        }
        _ => None,
    })
}

/// Opens the operator's vote again; whoever's turn it became because of it waits again.
fn reopen_vote(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    task: LocalId,
    item: LocalId,
) -> Result<(), Rejection> {
    let activity = ctx.state().activity(task).expect("the task is open");
    let rules = approval::rules_of(ctx.model, activity);
    check_retractable(rules)?;
    let open = ctx.state().task(task).expect("the activity is a task");
    for follower in behind(open, item, rules.sequential) {
        let it = &open.items[&follower];
        let why = match &it.state {
            ItemState::Decided { by, .. } => format!("{by} has decided since"),
            ItemState::Open if rules.back.read_blocks_retract && it.read_at.is_some() => {
                "whoever comes next has opened the task".to_owned()
            }
            _ => continue,
        };
        return Err(Rejection::RetractNotPossible { reason: why });
    }
    let by = Some(operator.user.clone());
    ctx.emit(Event::ItemChanged { item, change: ItemChange::Opened, by, at: ctx.now });
    approval::take_turns(ctx, task);
    Ok(())
}

/// Work items that get their turn only after this one: the rest of its unit and, one after the
/// other, the units behind it.
fn behind(task: &Task, item: LocalId, sequential: bool) -> Vec<LocalId> {
    let Some(own) = task.units.iter().position(|unit| unit.items.contains(&item)) else {
        return Vec::new();
    };
    let rest = task.units[own].items.iter().skip_while(|it| **it != item).skip(1);
    let units = if sequential { &task.units[own + 1..] } else { &[] };
    rest.chain(units.iter().flat_map(|unit| &unit.items)).copied().collect()
}

/// The newest visit that the caller means and that the operator decided, on the path of a branch
/// that lives.
fn decided(ctx: &Ctx<'_>, wanted: &Wanted, operator: &Operator) -> Result<Spot, Rejection> {
    let state = ctx.state();
    let lives = |place: Place| !matches!(place, Place::Merged | Place::Ended);
    let paths = state.branches().iter().filter(|(_, it)| lives(it.at));
    let visits = paths
        .flat_map(|(id, branch)| (0..branch.path.len()).map(|index| Spot { branch: *id, index }));
    let is_meant = |spot: &Spot| {
        let visit = spot.visit(state);
        let Some(done) = &visit.done else { return false };
        let of_node = wanted.element == Some(visit.element);
        of_node || (wanted.task.is_some() && done.task == wanted.task)
    };
    let newest = |spot: &Spot| {
        let visit = spot.visit(state);
        (visit.done.as_ref().map(|done| done.at), visit.at, spot.branch, spot.index)
    };
    let meant: Vec<Spot> = visits.filter(is_meant).collect();
    let is_own = |spot: &&Spot| {
        let done = spot.visit(state).done.as_ref();
        done.is_some_and(|done| done.automatic.is_none() && done.handlers.contains(&operator.user))
    };
    if let Some(own) = meant.iter().filter(is_own).copied().max_by_key(newest) {
        return Ok(own);
    }
    if meant.is_empty() {
        let reason = "no decision of it stands on a path that is open: it was not decided, a join \
                      behind it has fired, or what it was part of is over";
        return Err(Rejection::RetractNotPossible { reason: reason.to_owned() });
    }
    let (user, reason) = (operator.user.clone(), "did not decide the task");
    Err(Rejection::NotAuthorized { user, reason })
}

fn check_retractable(rules: &Approval) -> Result<(), Rejection> {
    if rules.back.retractable {
        return Ok(());
    }
    let reason = "the rules of the node do not allow it".to_owned();
    Err(Rejection::RetractNotPossible { reason })
}

/// Of several who decided together only the one whose vote closed the task can open it again.
fn check_closing(
    state: &Instance,
    element: ElementIndex,
    done: &Done,
    operator: &Operator,
) -> Result<(), Rejection> {
    if done.handlers.len() < 2 {
        return Ok(());
    }
    let mut votes = state.decisions().iter().rev().map(|(_, it)| it);
    let closing = votes.find(|it| it.element == element && it.at <= done.at);
    if closing.is_some_and(|it| it.operator == operator.user) {
        return Ok(());
    }
    let reason = "others voted after you; only the vote that closed the task can be taken back";
    Err(Rejection::RetractNotPossible { reason: reason.to_owned() })
}

fn carry_out(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    spot: Spot,
    element: ElementIndex,
    reason: Option<&str>,
) {
    let visits = cut::visits_from(ctx.state(), spot.branch, spot.index);
    let path = cut::undone(ctx.model, ctx.state(), &visits, Some(spot));
    let went = WentBack {
        kind: BackKind::Retract,
        operator: operator.user.clone(),
        reason: reason.map(str::to_owned),
        item: None,
        from: ctx.state().branch(spot.branch).path.last().map(|visit| visit.element),
        to: element,
        path,
        generation: ctx.state().generation(),
        at: ctx.now,
    };
    ctx.emit(Event::WentBack(Box::new(went)));
    cut::end_under(ctx, spot.branch);
    cut::cut(ctx, spot.branch, spot.index);
    let readmission = Readmission { kind: BackKind::Retract, people: vec![operator.user.clone()] };
    ctx.emit(Event::Readmitted { branch: spot.branch, readmission });
    debug_assert!(matches!(ctx.element(element).kind, ElementKind::UserTask(_)));
    ctx.push(Move::Enter { branch: spot.branch, element });
}
