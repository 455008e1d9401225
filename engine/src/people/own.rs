//! What happens if a participant is the initiator.

use bpmn::OnSelf;

use super::{Desk, UnitSpec};
use crate::event::Automatic;

/// Applies the rule. An initiator who has nobody above is left out where a superior decides
/// instead: if nobody else takes part, the rules for an empty task follow.
pub(super) fn apply(desk: &Desk<'_, '_>, on_self: OnSelf, units: &mut Vec<UnitSpec>) {
    let Some(initiator) = desk.ctx.state().initiator() else { return };
    if on_self == OnSelf::Approve {
        return;
    }
    for unit in units.iter_mut() {
        if unit.person() != Some(initiator) {
            leave_to_others(unit, initiator);
            continue;
        }
        match on_self {
            OnSelf::Approve => {}
            OnSelf::Skip => unit.approved = Some(Automatic::Initiator),
            OnSelf::Superior => unit.users = superior(desk, initiator).into_iter().collect(),
        }
    }
    units.retain(|unit| !unit.users.is_empty() || !unit.groups.is_empty() || unit.is_everybody());
}

/// Of several who could act, the initiator is left out.
fn leave_to_others(unit: &mut UnitSpec, initiator: &str) {
    if unit.users.len() > 1 || !unit.groups.is_empty() {
        unit.users.retain(|user| user != initiator);
    }
}

/// The nearest leader of somebody who may act.
pub(super) fn superior(desk: &Desk<'_, '_>, user: &str) -> Option<String> {
    let above = desk.directory.leaders_above(user);
    above.into_iter().find(|leader| desk.directory.is_active(leader)).map(str::to_owned)
}
