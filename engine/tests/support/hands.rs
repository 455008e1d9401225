//! What people may do with work beside deciding it, for random walks: they take it, give it away, ask
//! for help, and put steps and runs in the way. Nothing of it brings an instance nearer to its end,
//! except that a helper gives back what somebody else has to decide.

use bpmn::ElementKind;
use engine::{
    ADMIN_GROUP, Command, InstanceAction, LocalId, Loop, Operator, Position, TaskRef, Variables,
    WorkAction, WorkItem,
};
use expr::Value;

use super::Driver;
use super::player::Choice;

/// Temporary steps that wait at most, and runs of a loop up to which one is added.
const ADDED_MAX: usize = 4;

/// Choices beside the decision of an open work item; true if that is not its holder's to take.
pub fn of_item(driver: &Driver, id: LocalId, item: &WorkItem, found: &mut Vec<Choice>) -> bool {
    let task = TaskRef::Task(id);
    let Some(holder) = &item.data.assignee else {
        let user = item.data.candidate_users.first().map_or("anna", String::as_str);
        let operator = person(user, item.data.candidate_groups.clone());
        found.push(beside(Command::ClaimTask { task, operator }));
        return false;
    };
    let newcomer = format!("p{}", driver.instance.revision());
    let note = None;
    found.push(work(&task, holder, WorkAction::Transfer { to: newcomer.clone(), note }));
    found.push(work(&task, holder, WorkAction::MarkRead));
    let draft = Some((None, Some("later".to_owned()), "{}".to_owned()));
    found.push(work(&task, holder, WorkAction::SaveDraft { draft }));
    if item.duties.len() < driver.limits.helpers_max {
        let note = None;
        found.push(work(&task, holder, WorkAction::Delegate { to: newcomer, note }));
    }
    if item.duties.is_empty() {
        of_set(driver, id, item, found);
        return false;
    }
    let variables = Variables::new();
    let give_back = work(&task, holder, WorkAction::Resolve { opinion: None, variables });
    found.push(Choice { is_progress: true, ..give_back });
    true
}

/// The holder rejects, adds an approver, or an administrator removes the holder, where that is
/// possible.
fn of_set(driver: &Driver, id: LocalId, item: &WorkItem, found: &mut Vec<Choice>) {
    let Some(holder) = &item.data.assignee else { return };
    let Some((task, _)) = driver.instance.item(id) else { return };
    let Some(task) = driver.instance.task(task) else { return };
    found.push(beside(Command::CompleteTask {
        task: TaskRef::Task(id),
        operator: person(holder, Vec::new()),
        decision: Some(engine::REJECT.to_owned()),
        opinion: None,
        variables: Variables::new(),
        expected_version: None,
        signature: None,
        batch: false,
        dry_run: false,
    }));
    if item.added.is_none() && task.items.len() < ADDED_MAX {
        let position = match driver.instance.revision() % 3 {
            0 => Position::Before,
            1 => Position::After,
            _ => Position::Parallel,
        };
        let users = vec![format!("q{}", driver.instance.revision())];
        let action = WorkAction::AddApprover { users, position, note: None };
        found.push(work(&TaskRef::Task(id), holder, action));
    }
    // Only who was added in parallel can always go: its unit was not there before.
    let is_alone = task.unit_of(id).is_some_and(|unit| unit.items.len() == 1);
    if item.added.is_some() && is_alone {
        let (task, operator) = (TaskRef::Task(id), person("root", vec![ADMIN_GROUP.to_owned()]));
        let action = WorkAction::RemoveApprover { user: holder.clone() };
        let (expected_version, dry_run) = (None, false);
        found.push(beside(Command::Work { task, operator, action, expected_version, dry_run }));
    }
}

/// One more run of a parallel loop.
pub fn of_loop(activity: LocalId, state: &Loop, found: &mut Vec<Choice>) {
    let Some(total) = state.plan.total else { return };
    if state.plan.sequential || total as usize >= ADDED_MAX {
        return;
    }
    let item = state.plan.items.as_ref().map(|_| Value::Null);
    found.push(govern(InstanceAction::AddRun { activity, item }));
}

/// A temporary step at a node where no token stands, another one at each step of the walk; and one
/// that waits is removed.
pub fn of_steps(driver: &Driver, found: &mut Vec<Choice>) {
    let definition = driver.model.definition();
    let is_open = |node: &str| driver.open(node).is_some();
    let future: Vec<&str> = definition
        .elements
        .iter()
        .filter(|it| matches!(it.kind, ElementKind::UserTask(_)) && !is_open(&it.id))
        .map(|it| it.id.as_str())
        .collect();
    let revision = usize::try_from(driver.instance.revision()).expect("few");
    let waiting = driver.instance.inserted();
    if waiting.len() < ADDED_MAX && !future.is_empty() {
        let node = future[revision % future.len()].to_owned();
        let (before, users) = (revision % 3 != 0, vec!["zoe".to_owned()]);
        found.push(govern(InstanceAction::InsertStep { node, before, users }));
    }
    let is_future = |it: &engine::InsertedStep| !is_open(&definition.element(it.element).id);
    if let Some((step, _)) = waiting.iter().find(|(_, it)| is_future(it)) {
        found.push(govern(InstanceAction::RemoveStep { step: *step }));
    }
}

fn person(user: &str, groups: Vec<String>) -> Operator {
    Operator { user: user.to_owned(), groups }
}

fn beside(command: Command) -> Choice {
    Choice { command, is_progress: false }
}

fn work(task: &TaskRef, user: &str, action: WorkAction) -> Choice {
    let (task, operator) = (task.clone(), person(user, Vec::new()));
    beside(Command::Work { task, operator, action, expected_version: None, dry_run: false })
}

fn govern(action: InstanceAction) -> Choice {
    let operator = person("root", vec![ADMIN_GROUP.to_owned()]);
    let (reason, expected_version, dry_run) = (None, None, false);
    beside(Command::Govern { operator, action, reason, expected_version, dry_run })
}
