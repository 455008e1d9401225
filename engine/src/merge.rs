//! Merges that only the first token of a fork passes: the later ones end where they meet it.
//!
//! Nothing is remembered for that. A merge counts as passed as long as a visit of it stands on the
//! active path of another token, so going back from behind it opens it again, and a fork that is
//! passed anew begins anew.

use bpmn::{ElementIndex, ElementKind, Merge};

use crate::back::visits_from;
use crate::ctx::Ctx;
use crate::element::ad_hoc;
use crate::instance::Instance;
use crate::join::inner_regions;
use crate::key::LocalId;
use crate::region;

/// Ends a branch that comes to a merge which another one of its fork has passed, if the policies of
/// the process ask for that. True if it did.
pub(crate) fn takes_in(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) -> bool {
    let is_first_wins = ctx.model.definition().policies.merge == Some(Merge::Discriminator);
    let merge = ctx.element(element);
    let is_end = matches!(merge.kind, ElementKind::EndEvent(_));
    if !is_first_wins || is_end || merge.incoming.len() < 2 || !is_passed(ctx, branch, element) {
        return false;
    }
    region::take_in(ctx, branch, element);
    true
}

/// True if a token beside `branch`, in a fork around it or in its scope, has the element on its
/// active path. What is started in an ad-hoc sub-process has nothing to do with what is beside it.
fn is_passed(ctx: &Ctx<'_>, branch: LocalId, element: ElementIndex) -> bool {
    let state = ctx.state();
    let scope = state.scope_of(branch);
    let forks = inner_regions(state, branch, scope);
    let around = forks.into_iter().chain(ad_hoc::rules(ctx, scope).is_none().then_some(scope));
    let mut own = branch;
    for fork in around {
        let beside = &state.region(fork).branches;
        if beside.iter().any(|other| *other != own && has_visited(state, *other, element)) {
            return true;
        }
        own = state.region(fork).parent.unwrap_or(own);
    }
    false
}

fn has_visited(state: &Instance, branch: LocalId, element: ElementIndex) -> bool {
    visits_from(state, branch, 0).iter().any(|spot| spot.visit(state).element == element)
}
