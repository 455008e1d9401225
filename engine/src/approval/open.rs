//! Opens a task by the rules of its node: who takes part, in which order, with what weight.

use bpmn::{Approval, ElementIndex, Part};

use super::decide::{bring_decision, change_item, go_on, way_out};
use super::vote;
use crate::command::Variables;
use crate::ctx::Ctx;
use crate::event::{
    Automatic, Event, IncidentCode, ItemChange, ItemUnit, NewItem, Readmission, TaskData,
    TaskOrigin,
};
use crate::instance::Task;
use crate::key::LocalId;
use crate::people::{Found, Outright, UnitSpec, participants};

/// Opens the task of a node that has rules, or that is gone back to. None if there is no task: the
/// node was passed without one, or its branch is parked with an incident.
pub(crate) fn open(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    rules: &Approval,
    data: &TaskData,
) -> Option<LocalId> {
    let readmission = ctx.state().branch(branch).readmission.clone();
    let found = participants(ctx, branch, element, rules);
    let called_back = match &readmission {
        Some(readmission) => people_called_back(ctx, readmission, found.as_ref().ok()),
        None => Vec::new(),
    };
    let is_called_back = !called_back.is_empty();
    let (specs, directory) = match found {
        Ok(found) if is_called_back => (called_back, found.directory),
        Ok(Found { automatic: Some(outright), .. }) => {
            pass(ctx, branch, element, outright);
            return None;
        }
        Ok(found) => (found.units, found.directory),
        Err(_) if is_called_back => (called_back, ctx.library.directory().revision),
        Err((code, message)) => {
            ctx.park(branch, element, code, message);
            return None;
        }
    };
    let origin = readmission.map_or(TaskOrigin::Flow, |it| TaskOrigin::Back(it.kind));
    // Of those who are asked to compete again there must be enough, as the first time.
    let drafted_as = if is_called_back { &origin } else { &TaskOrigin::Flow };
    match draft(ctx, rules, data, &specs, drafted_as) {
        Ok((items, units)) => {
            keep_variables(ctx, branch, rules);
            let (task, at) = (ctx.next_id(), ctx.now);
            let event =
                Event::TaskOpened { task, branch, element, items, units, origin, directory, at };
            ctx.emit(event);
            let is_decided = take_standing(ctx, task, &specs);
            (!is_decided).then_some(task)
        }
        Err((code, message)) => {
            ctx.park(branch, element, code, message);
            None
        }
    }
}

/// Passes a node without a task.
fn pass(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, outright: Outright) {
    let Outright { why: automatic, decision, by } = outright;
    let (word, at) = (decision.clone(), ctx.now);
    ctx.emit(Event::NodePassed { branch, element, by: by.clone(), decision, automatic, at });
    bring_decision(ctx, branch, element, &Variables::new(), word.as_deref());
    way_out(ctx, branch, element, word.as_deref(), by.as_deref(), None);
}

/// Counts the approvals that stand without asking. True if they decide the task.
fn take_standing(ctx: &mut Ctx<'_>, task: LocalId, specs: &[UnitSpec]) -> bool {
    let standing = specs.iter().zip(task.0 + 1..).filter_map(|(spec, item)| {
        Some((LocalId(item), spec.users.first()?.clone(), spec.approved.clone()?))
    });
    let standing: Vec<(LocalId, String, Automatic)> = standing.collect();
    let Some((_, person, why)) = standing.last().cloned() else { return false };
    for (item, person, why) in standing {
        change_item(ctx, item, ItemChange::Passed(why), Some(&person));
    }
    go_on(ctx, task, Some(&person), Some(why));
    ctx.state().task(task).is_none()
}

/// The work items and units of a task that is about to open.
fn draft(
    ctx: &Ctx<'_>,
    rules: &Approval,
    data: &TaskData,
    specs: &[UnitSpec],
    origin: &TaskOrigin,
) -> Result<(Vec<NewItem>, Vec<ItemUnit>), (IncidentCode, String)> {
    let items_max = ctx.limits.task_items_max;
    if specs.len() > items_max {
        let message = format!(
            "{} participants are found, a task can have {items_max} work items; name fewer, or let \
             one of a group act for all",
            specs.len()
        );
        return Err((IncidentCode::LimitExceeded, message));
    }
    if specs.is_empty() {
        let message = "nobody takes part; name participants, or say in onEmpty what happens";
        return Err((IncidentCode::NoParticipant, message.to_owned()));
    }
    let (mut items, mut units) = (Vec::new(), Vec::new());
    // The task itself takes the id before those of its work items.
    let mut id = ctx.next_id();
    for spec in specs {
        id = LocalId(id.0 + 1);
        let data = data_of(data, spec);
        let substituted_from = spec.substituted_from.clone();
        items.push(NewItem { id, data, waits: false, substituted_from, added: None });
        units.push(ItemUnit { items: vec![id], weight: spec.weight, part: spec.part.into() });
    }
    let task = Task::of(&items, &units, origin.clone());
    if !vote::can_pass(rules, &task) {
        let message = format!(
            "the {} participants cannot reach what the vote needs to pass; name more, or lower passAt",
            specs.len()
        );
        return Err((IncidentCode::NoParticipant, message));
    }
    for (item, (_, opens)) in items.iter_mut().zip(vote::turns(rules, &task)) {
        item.waits = !opens;
    }
    Ok((items, units))
}

/// What people see of a unit's work item: one person has it, of several or of a group somebody claims
/// it.
fn data_of(data: &TaskData, spec: &UnitSpec) -> TaskData {
    let mut data = data.clone();
    match (spec.users.as_slice(), spec.groups.is_empty()) {
        ([only], true) => {
            data.assignee = Some(only.clone());
            data.candidate_users.clear();
        }
        (users, _) => {
            data.assignee = None;
            data.candidate_users = sorted(users);
        }
    }
    data.candidate_groups = sorted(&spec.groups);
    data
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    names
}

/// Units of those who handled the node before, one each, with the weight and part of the unit of the
/// rules that each is in. Whoever may not act any more is left out; if that leaves nobody the rules
/// say who takes part.
fn people_called_back(
    ctx: &Ctx<'_>,
    readmission: &Readmission,
    found: Option<&Found>,
) -> Vec<UnitSpec> {
    let people = &ctx.library.directory().people;
    let is_active = |user: &&String| people.get(*user).is_none_or(|person| !person.disabled);
    let groups_of = |user: &String| people.get(user).map_or(&[][..], |it| it.groups.as_slice());
    let unit_of = |user: &String| {
        let units = found.map_or(&[][..], |found| found.units.as_slice());
        let by_name = units.iter().find(|unit| unit.users.contains(user));
        let is_member =
            |unit: &&UnitSpec| unit.groups.iter().any(|it| groups_of(user).contains(it));
        by_name.or_else(|| units.iter().find(is_member))
    };
    let spec = |user: &String| {
        let unit = unit_of(user);
        UnitSpec {
            users: vec![user.clone()],
            groups: Vec::new(),
            weight: unit.map_or(1, |unit| unit.weight),
            part: unit.map_or(Part::Voter, |unit| unit.part),
            substituted_from: None,
            approved: None,
        }
    };
    let mut units: Vec<UnitSpec> = Vec::new();
    for user in readmission.people.iter().filter(is_active) {
        if units.iter().all(|unit| !unit.users.contains(user)) {
            units.push(spec(user));
        }
    }
    units
}

/// Keeps the variables as they are, for a return that restores them.
fn keep_variables(ctx: &mut Ctx<'_>, branch: LocalId, rules: &Approval) {
    if !rules.back.restore {
        return;
    }
    let mut variables = Vec::new();
    let mut next = Some(branch);
    while let Some(branch) = next {
        let region = ctx.state().branch(branch).region;
        let visit = ctx.state().region(region);
        let is_fork = visit.element.is_some() && visit.activity.is_none();
        if !is_fork {
            variables.push((region, visit.variables.clone()));
        }
        next = visit.parent;
    }
    ctx.emit(Event::SnapshotTaken { branch, variables });
}
