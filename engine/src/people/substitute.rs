//! Out-of-office rules: who gets the work of somebody who is away. Looked at once, as the work is
//! assigned; work that is open already stays where it is, and so do candidates, of whom others can
//! act.

use super::{Desk, UnitSpec};
use crate::ctx::Ctx;

/// True for somebody whose work a substitute gets now.
pub(crate) fn is_away(ctx: &Ctx<'_>, user: &str) -> bool {
    let definition = &ctx.state().definition().key;
    ctx.library.directory().substitute_of(user, definition, ctx.now).is_some()
}

/// Puts substitutes in the place of those who are away. A substitute may be the initiator: whoever
/// is away has chosen.
pub(super) fn apply(desk: &Desk<'_, '_>, units: &mut [UnitSpec]) {
    let definition = &desk.ctx.state().definition().key;
    for unit in units.iter_mut().filter(|unit| unit.approved.is_none()) {
        let Some(principal) = unit.person().map(str::to_owned) else { continue };
        let found = desk.directory.substitute_of(&principal, definition, desk.ctx.now);
        let Some(substitute) = found else { continue };
        unit.users = vec![substitute.user];
        if substitute.keeps_access {
            unit.users.push(principal.clone());
        }
        unit.substituted_from = Some(principal);
    }
}
