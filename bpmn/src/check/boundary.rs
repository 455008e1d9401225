//! Boundary events and the activities that carry them.

use super::{Ids, index, sub_process};
use crate::definition::{ElementKind, SubProcessKind, Trigger};
use crate::problem::shown;
use crate::read::{Draft, is_activity};
use crate::rules;
use crate::xml::Context;

const HINT: &str = "Name a task, callActivity or subProcess beside the event in attachedToRef.";

/// Enters each boundary event at its host.
pub(super) fn attach(context: &mut Context<'_>, elements: &mut [Draft<'_>], ids: &Ids) {
    for at in 0..elements.len() {
        let draft = &elements[at];
        if draft.tag != "boundaryEvent" {
            continue;
        }
        let host_id = draft.host.unwrap_or_default();
        let Some(host) = ids.get(host_id).copied() else {
            let message = match host_id {
                "" => "The boundary event has no attachedToRef.".to_owned(),
                _ => format!(
                    "It is attached to {}, but its process has no such flow node.",
                    shown(host_id)
                ),
            };
            context.report(rules::BOUNDARY_HOST_UNKNOWN, draft.spot(), message, HINT);
            continue;
        };
        check_host(context, draft, &elements[host.0 as usize]);
        elements[host.0 as usize].element.boundary.push(index(at));
        if let ElementKind::BoundaryEvent { host: attached, .. } = &mut elements[at].element.kind {
            *attached = host;
        }
    }
}

fn check_host(context: &mut Context<'_>, draft: &Draft<'_>, host: &Draft<'_>) {
    let id = shown(&host.element.id);
    let kind = sub_process(host);
    let can_carry = is_activity(host.tag)
        && kind != Some(&SubProcessKind::Event)
        && !host.element.extras().is_for_compensation;
    if !can_carry && !host.refused {
        let message = format!("It is attached to {id}, a {} that carries no events.", host.tag);
        context.report(rules::BOUNDARY_HOST_NOT_ALLOWED, draft.spot(), message, HINT);
        return;
    }
    if host.element.parent != draft.element.parent {
        let message =
            format!("It is attached to {id}, which is in another sub-process or outside.");
        context.report(rules::BOUNDARY_HOST_NOT_ALLOWED, draft.spot(), message, HINT);
        return;
    }
    let ElementKind::BoundaryEvent { catch, .. } = &draft.element.kind else { return };
    let is_cancel = catch.triggers.contains(&Trigger::Cancel);
    if is_cancel && kind != Some(&SubProcessKind::Transaction) && !host.refused {
        let message = format!("It waits for the cancellation of {id}, which is no transaction.");
        let hint = "Attach it to a transaction, or use an error event.";
        context.report(rules::CANCEL_OUTSIDE_TRANSACTION, draft.spot(), message, hint);
    }
}
