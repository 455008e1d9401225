//! Passing a node over because its file says so.

use std::collections::BTreeSet;

use bpmn::{Approval, ElementIndex, ElementKind, UserTask};

use super::{CantFind, Desk, who};
use crate::evaluate;
use crate::event::IncidentCode;
use crate::form::lacks_fields;

/// Whether the node is passed over. Not if somebody came back to it, and not if a person has to fill
/// in a required field, or would have to say first who acts at the next node.
pub(super) fn skips(desk: &Desk<'_, '_>, rules: &Approval) -> Result<bool, CantFind> {
    let Some(condition) = &rules.auto_skip else { return Ok(false) };
    if desk.ctx.state().branch(desk.branch).readmission.is_some() {
        return Ok(false);
    }
    let is_true = evaluate::condition(desk.ctx, desk.branch, condition)
        .map_err(|message| (IncidentCode::ExpressionFailed, message))?;
    Ok(is_true && !lacks_fields(desk.ctx, desk.branch, desk.element) && !needs_choice(desk))
}

/// Whether a task that can follow has no participant as things are: then somebody has to choose one
/// here.
fn needs_choice(desk: &Desk<'_, '_>) -> bool {
    let definition = desk.ctx.model.definition();
    let mut seen: BTreeSet<ElementIndex> = BTreeSet::new();
    let mut open = vec![desk.element];
    while let Some(at) = open.pop() {
        let element = desk.ctx.element(at);
        for flow in &element.outgoing {
            let target = definition.flow(*flow).target;
            if !seen.insert(target) {
                continue;
            }
            match &desk.ctx.element(target).kind {
                ElementKind::UserTask(task) if lacks_people(desk, target, task) => return true,
                ElementKind::ExclusiveGateway
                | ElementKind::ParallelGateway
                | ElementKind::InclusiveGateway => open.push(target),
                _ => {}
            }
        }
    }
    false
}

fn lacks_people(desk: &Desk<'_, '_>, element: ElementIndex, task: &UserTask) -> bool {
    let rules = task.rules();
    if !rules.on_empty.is_empty() {
        return false;
    }
    let next = Desk { element, directory: desk.directory.clone(), ..*desk };
    who::units(&next, rules).map_or(true, |units| units.is_empty())
}
