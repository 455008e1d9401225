//! Ad-hoc sub-process: its activities are started one by one, by people or by a list, in any order.
//! It ends when its condition is true; without one, when nothing is open in it any more.

use bpmn::{AdHoc, ElementIndex, ElementKind, SubProcessKind, Text};
use expr::Value;

use crate::ctx::{Ctx, Move};
use crate::event::{Event, IncidentCode};
use crate::key::LocalId;
use crate::{evaluate, region};

/// Starts the activities that the file's list names, in its order.
pub(super) fn opened(ctx: &mut Ctx<'_>, scope: LocalId, element: ElementIndex, ad_hoc: &AdHoc) {
    let Some(list) = &ad_hoc.active_elements else { return };
    let parent = ctx.state().region(scope).parent.expect("an ad-hoc sub-process has a parent");
    match listed(ctx, parent, element, list, ad_hoc.sequential) {
        Ok(elements) => start(ctx, scope, &elements),
        Err(message) => {
            let activity = ctx.state().region(scope).activity;
            ctx.raise(activity, parent, element, IncidentCode::ExpressionFailed, message);
        }
    }
}

fn listed(
    ctx: &Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    list: &Text,
    sequential: bool,
) -> Result<Vec<ElementIndex>, String> {
    let names = evaluate::names_in_order(ctx, branch, std::slice::from_ref(list))?;
    if sequential && names.len() > 1 {
        let count = names.len();
        return Err(format!("the list starts {count} activities, the ordering is one at a time"));
    }
    let known = ctx.model.ad_hoc_activities(element);
    let find = |name: &String| {
        let found = known.iter().copied().find(|it| ctx.element(*it).id == *name);
        found.ok_or_else(|| {
            format!("the ad-hoc sub-process has no activity {name} that can be started")
        })
    };
    names.iter().map(find).collect()
}

/// An incident of the sub-process is resolved: its list is read again if nothing was started, else
/// its condition is looked at again.
pub(crate) fn try_again(ctx: &mut Ctx<'_>, scope: LocalId, element: ElementIndex) {
    let Some(rules) = rules(ctx, scope) else { return };
    if ctx.state().region(scope).branches.is_empty() {
        opened(ctx, scope, element, rules);
    } else {
        branch_ended(ctx, scope, rules);
    }
}

/// Starts activities, each on a branch of its own, in order.
pub(crate) fn start(ctx: &mut Ctx<'_>, scope: LocalId, elements: &[ElementIndex]) {
    let mut moves = Vec::new();
    for element in elements {
        let branch = ctx.next_id();
        ctx.emit(Event::BranchOpened { region: scope, branch });
        moves.push(Move::Enter { branch, element: *element });
    }
    moves.into_iter().rev().for_each(|next| ctx.push(next));
}

/// The rules of the ad-hoc sub-process whose scope this is.
pub(crate) fn rules<'a>(ctx: &Ctx<'a>, scope: LocalId) -> Option<&'a AdHoc> {
    let visit = ctx.state().region(scope);
    visit.activity?;
    match &ctx.element(visit.element?).kind {
        ElementKind::SubProcess { kind: SubProcessKind::AdHoc(ad_hoc), .. } => Some(ad_hoc),
        _ => None,
    }
}

/// A branch of the scope has ended: looks whether the sub-process is done.
pub(crate) fn branch_ended(ctx: &mut Ctx<'_>, scope: LocalId, ad_hoc: &AdHoc) {
    let visit = ctx.state().region(scope);
    let (Some(activity), Some(element)) = (visit.activity, visit.element) else { return };
    let parent = visit.parent.expect("an ad-hoc sub-process has a parent");
    let lives = ctx.state().is_alive(scope);
    let Some(condition) = &ad_hoc.completion else {
        if !lives {
            region::complete_scope(ctx, scope, element);
        }
        return;
    };
    match evaluate::value_in(ctx, scope, condition) {
        Ok(Value::Bool(true)) if lives && !ad_hoc.cancel_remaining => {}
        Ok(Value::Bool(true)) => {
            region::empty(ctx, scope);
            region::complete_scope(ctx, scope, element);
        }
        Ok(Value::Bool(false)) => {}
        Ok(other) => {
            let (source, found) = (&condition.source, other.type_name());
            let message = format!("condition `{source}` gave {found}, expected true or false");
            ctx.raise(Some(activity), parent, element, IncidentCode::ExpressionFailed, message);
        }
        Err(message) => {
            ctx.raise(Some(activity), parent, element, IncidentCode::ExpressionFailed, message);
        }
    }
}
