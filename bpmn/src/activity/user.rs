//! User tasks: who may do them, until when, and with which form.
//!
//! Dialect attributes come before Camunda 8 elements, and those before the performers of BPMN.

use roxmltree::Node;

use super::approval;
use crate::definition::{Text, UserTask};
use crate::extension::Understood;
use crate::problem::shown;
use crate::rules;
use crate::text::{list, split, text};
use crate::timer::{is_date_time, is_duration};
use crate::xml::{Context, Found, Spot, bpmn_name, elements, text_of, zeebe};

/// What user tasks understand of the dialects.
pub(crate) const UNDERSTOOD: Understood = Understood {
    attributes: &[
        "assignee",
        "candidateUsers",
        "candidateGroups",
        "formKey",
        "formRef",
        "dueDate",
        "followUpDate",
        "priority",
        "skipExpression",
    ],
    elements: &[
        "assignmentDefinition",
        "taskSchedule",
        "formDefinition",
        "priorityDefinition",
        approval::ELEMENTS[0],
        approval::ELEMENTS[1],
        approval::ELEMENTS[2],
        approval::ELEMENTS[3],
        approval::ELEMENTS[4],
    ],
};

/// Reads what is special to a user task.
pub(crate) fn read<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>) -> UserTask {
    let assignment = |name| {
        let found = context.dialect(node, name);
        found.or_else(|| context.plain(zeebe(node, "assignmentDefinition")?, name))
    };
    let mut task = UserTask {
        assignee: assignment("assignee").map(text),
        candidate_users: assignment("candidateUsers").map(list).unwrap_or_default(),
        candidate_groups: assignment("candidateGroups").map(list).unwrap_or_default(),
        form_key: form_key(context, node).map(text),
        due: None,
        follow_up: None,
        priority: None,
        approval: None,
    };
    read_performers(context, node, spot, &mut task);
    let mut date = |name| {
        let found = context.dialect(node, name);
        let found = found.or_else(|| context.plain(zeebe(node, "taskSchedule")?, name));
        found.and_then(|found| read_date(context, spot, found, name))
    };
    task.due = date("dueDate");
    task.follow_up = date("followUpDate");
    let priority = context
        .dialect(node, "priority")
        .or_else(|| context.plain(zeebe(node, "priorityDefinition")?, "priority"));
    task.priority = priority.and_then(|found| read_priority(context, spot, found));
    task
}

/// The form of a task or start event, for the client.
pub(crate) fn form_key<'a>(context: &Context<'a>, node: Node<'a, '_>) -> Option<Found<'a>> {
    let of_attributes = ["formKey", "formRef"].iter().find_map(|name| context.dialect(node, name));
    of_attributes.or_else(|| {
        let form = zeebe(node, "formDefinition")?;
        ["formKey", "formId", "externalReference"].iter().find_map(|name| context.plain(form, name))
    })
}

fn read_date(
    context: &mut Context<'_>,
    spot: Spot<'_>,
    found: Found<'_>,
    name: &str,
) -> Option<Text> {
    let date = text(found);
    if let Text::Literal(literal) = &date
        && !is_date_time(literal)
        && !is_duration(literal)
    {
        let message = format!("The {name} is {}.", shown(literal));
        let hint = "Write a date-time such as 2030-01-31T09:30:00Z, a duration such as P3D, or an expression.";
        context.report(rules::DUE_DATE_INVALID, spot.at(found.position), message, hint);
        return None;
    }
    Some(date)
}

fn read_priority(context: &mut Context<'_>, spot: Spot<'_>, found: Found<'_>) -> Option<Text> {
    let priority = text(found);
    if let Text::Literal(literal) = &priority
        && literal.parse::<i32>().is_err()
    {
        let message = format!("The priority is {}.", shown(literal));
        let hint = "Write a whole number (50 is usual), or an expression.";
        context.report(rules::NUMBER_INVALID, spot.at(found.position), message, hint);
        return None;
    }
    Some(priority)
}

/// Reads `humanPerformer` and `potentialOwner`. An assignee that is named already stays; owners
/// are added to the candidates.
fn read_performers<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    task: &mut UserTask,
) {
    for performer in elements(node) {
        let Some(name @ ("humanPerformer" | "potentialOwner" | "performer" | "resourceRole")) =
            bpmn_name(performer)
        else {
            continue;
        };
        let here = spot.at(context.position(performer));
        let value = assignment_text(performer)
            .filter(|_| name == "humanPerformer" || name == "potentialOwner");
        let Some(value) = value else {
            assignment_ignored(context, performer, spot);
            continue;
        };
        let found = Found { value: &value, position: here.position, feel: true };
        if name == "humanPerformer" {
            task.assignee.get_or_insert_with(|| text(found));
        } else {
            add_owners(found, task);
        }
    }
}

/// Reports a performer or starter that names nobody.
pub(crate) fn assignment_ignored<'a>(
    context: &mut Context<'a>,
    performer: Node<'a, '_>,
    spot: Spot<'a>,
) {
    let message = format!("This {} names nobody.", performer.tag_name().name());
    let hint = "Use a resourceAssignmentExpression with a formalExpression, such as user(ann), group(sales).";
    let here = spot.at(context.position(performer));
    context.report(rules::ASSIGNMENT_IGNORED, here, message, hint);
}

/// The text of `resourceAssignmentExpression/formalExpression` (or `expression`).
pub(crate) fn assignment_text(performer: Node<'_, '_>) -> Option<String> {
    let assignment = elements(performer)
        .find(|child| bpmn_name(*child) == Some("resourceAssignmentExpression"))?;
    let expression = elements(assignment)
        .find(|child| matches!(bpmn_name(*child), Some("formalExpression" | "expression")))?;
    Some(text_of(expression).into_owned()).filter(|value| !value.is_empty())
}

/// Adds `user(a), group(b), c`; a name without a prefix is a group.
fn add_owners(found: Found<'_>, task: &mut UserTask) {
    if found.value.starts_with('=') {
        task.candidate_groups.push(text(found));
        return;
    }
    for entry in split(found.value) {
        let (names, is_user) = owner(entry);
        let candidates =
            if is_user { &mut task.candidate_users } else { &mut task.candidate_groups };
        candidates.extend(list(Found { value: names, ..found }));
    }
}

/// The names in `user(…)`, `group(…)` or without a prefix, which means a group; true for users.
pub(crate) fn owner(entry: &str) -> (&str, bool) {
    match (inside(entry, "user"), inside(entry, "group")) {
        (Some(names), _) => (names, true),
        (None, Some(names)) => (names, false),
        (None, None) => (entry, false),
    }
}

/// What stands in the brackets of `prefix(…)`.
fn inside<'a>(entry: &'a str, prefix: &str) -> Option<&'a str> {
    entry.strip_prefix(prefix)?.trim_start().strip_prefix('(')?.strip_suffix(')').map(str::trim)
}
