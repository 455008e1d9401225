//! Ad-hoc sub-process: its activities are started one by one, by people or by a list, in any order.
//! It ends when its condition is true; without one, when nothing is open in it any more.

use bpmn::{AdHoc, ElementIndex, ElementKind, SubProcessKind};
use expr::Value;

use crate::ctx::{Ctx, Move};
use crate::event::{Event, IncidentCode};
use crate::key::LocalId;
use crate::{evaluate, region};

/// Starts the activities that the file's list names.
pub(super) fn opened(ctx: &mut Ctx<'_>, scope: LocalId, element: ElementIndex, ad_hoc: &AdHoc) {
    let Some(list) = &ad_hoc.active_elements else { return };
    let parent = ctx.state().region(scope).parent.expect("an ad-hoc sub-process has a parent");
    let named = evaluate::names(ctx, parent, std::slice::from_ref(list));
    let activity = ctx.state().region(scope).activity;
    let found = named.and_then(|names| {
        let find = |name: &String| {
            ctx.model
                .ad_hoc_activities(element)
                .into_iter()
                .find(|it| ctx.element(*it).id == *name)
                .ok_or_else(|| {
                    format!("the ad-hoc sub-process has no activity {name} that can be started")
                })
        };
        names.iter().map(find).collect::<Result<Vec<ElementIndex>, String>>()
    });
    match found {
        Ok(elements) => start(ctx, scope, &elements),
        Err(message) => {
            ctx.raise(activity, parent, element, IncidentCode::ExpressionFailed, message);
        }
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
        Ok(_) => {}
        Err(message) => {
            ctx.raise(Some(activity), parent, element, IncidentCode::ExpressionFailed, message);
        }
    }
}
