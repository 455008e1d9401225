//! A drawn line that is marked as rework: a token that takes it back to a node on its active path
//! forgets what came since.
//!
//! Any other line back is routing: the node is visited once more, and what was done stays on the
//! path. The line itself undoes nothing: handlers of compensation run for operations that go back,
//! not for the flow.

use bpmn::FlowIndex;

use super::cut;
use crate::ctx::Ctx;
use crate::key::LocalId;

/// Cuts the active path of a branch that takes such a line, from the newest visit of its target on.
/// Where the target is not on the branch's own path, nothing is forgotten.
pub(crate) fn forget(ctx: &mut Ctx<'_>, branch: LocalId, flow: FlowIndex) {
    let flow = ctx.model.definition().flow(flow);
    if !flow.rework {
        return;
    }
    let path = &ctx.state().branch(branch).path;
    if let Some(at) = path.iter().rposition(|visit| visit.element == flow.target) {
        cut::cut(ctx, branch, at);
    }
}
