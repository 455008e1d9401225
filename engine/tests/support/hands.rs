//! What people may do with work beside deciding it, for random walks: they take it, give it away, ask
//! for help, and put steps and runs in the way. Nothing of it brings an instance nearer to its end,
//! except that a helper gives back what somebody else has to decide.

use bpmn::ElementKind;
use engine::{
    Command, InstanceAction, LocalId, Loop, Operator, TaskRef, Variables, WorkAction, WorkItem,
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
        return false;
    }
    let variables = Variables::new();
    let give_back = work(&task, holder, WorkAction::Resolve { opinion: None, variables });
    found.push(Choice { is_progress: true, ..give_back });
    true
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
    let operator = person("root", vec![engine::ADMIN_GROUP.to_owned()]);
    let (reason, expected_version, dry_run) = (None, None, false);
    beside(Command::Govern { operator, action, reason, expected_version, dry_run })
}
