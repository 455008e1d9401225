//! Sub-processes: a scope of its own inside the instance. An embedded one and a transaction have a
//! branch at their start event and are left when nothing lives in them any more; an ad-hoc one
//! waits for its activities to be started.

use bpmn::{ElementIndex, SubProcessKind};

use super::{ad_hoc, boundary_event, event_sub_process};
use crate::ctx::{Ctx, Move};
use crate::data_object;
use crate::event::Event;
use crate::key::LocalId;

pub(super) fn work(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    start: Option<ElementIndex>,
    kind: &SubProcessKind,
) {
    let start = match kind {
        SubProcessKind::Embedded | SubProcessKind::Transaction => start,
        SubProcessKind::Event => ctx.model.start_of_event_sub_process(element),
        SubProcessKind::AdHoc(ad_hoc) => {
            let scope = open(ctx, branch, element, false);
            return ad_hoc::opened(ctx, scope, element, ad_hoc);
        }
    };
    let scope = open(ctx, branch, element, start.is_some());
    if let (Some(element), Some(inner)) = (start, ctx.state().region(scope).branches.first()) {
        ctx.push(Move::Enter { branch: *inner, element });
    }
}

/// Opens the scope for a token that is moved to a node inside: its first branch is that token's.
pub(crate) fn open_for(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) -> LocalId {
    let scope = open(ctx, branch, element, true);
    let first = ctx.state().region(scope).branches.first().copied();
    first.expect("it was opened with a branch")
}

/// Opens the scope, with one branch if it has a start, and arms what watches it and what it
/// watches. Something that can't be armed has stopped nothing: the body runs.
fn open(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, has_branch: bool) -> LocalId {
    let activity = ctx.next_id();
    ctx.emit(Event::SubProcessOpened { activity, branch, element, at: ctx.now });
    let region = ctx.next_id();
    let branches = has_branch.then(|| LocalId(region.0 + 1)).into_iter().collect();
    ctx.emit(Event::RegionOpened {
        region,
        element,
        parent: branch,
        activity: Some(activity),
        branches,
    });
    data_object::declare(ctx, region, Some(element));
    boundary_event::arm_all(ctx, activity, branch, element);
    event_sub_process::arm_all(ctx, region);
    region
}
