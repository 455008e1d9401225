//! What happens if nobody takes part in a task who could decide it.

use bpmn::{Approval, OnEmpty, Part};

use super::{CantFind, Desk, Outright, UnitSpec, own};
use crate::event::{Automatic, IncidentCode};
use crate::{ADMIN_GROUP, APPROVE, REJECT};

/// What the rules come to.
pub(super) enum Filled {
    /// Somebody takes part.
    Units(Vec<UnitSpec>),
    /// The task is passed over.
    Outright(Outright),
}

/// Tries the fallbacks in order if nobody decides; the last resort is an incident.
pub(super) fn fill(
    desk: &Desk<'_, '_>,
    rules: &Approval,
    mut units: Vec<UnitSpec>,
) -> Result<Filled, CantFind> {
    let is_open_to_all = |unit: &UnitSpec| unit.is_everybody() && !rules.on_empty.is_empty();
    units.retain(|unit| !is_open_to_all(unit));
    if units.iter().any(|unit| unit.part != Part::Assist) {
        return Ok(Filled::Units(units));
    }
    for fallback in &rules.on_empty {
        let found = match fallback {
            OnEmpty::Users(users) => {
                let active = users.iter().filter(|user| desk.directory.is_active(user));
                active.map(|user| stand_in(vec![user.clone()], Vec::new())).collect()
            }
            OnEmpty::Admins => vec![stand_in(Vec::new(), admins(desk))],
            OnEmpty::Superior => {
                let initiator = desk.ctx.state().initiator();
                let superior = initiator.and_then(|it| own::superior(desk, it));
                superior.into_iter().map(|user| stand_in(vec![user], Vec::new())).collect()
            }
            OnEmpty::Pass => return Ok(outright(APPROVE)),
            OnEmpty::Reject => return Ok(outright(REJECT)),
            OnEmpty::Incident => break,
        };
        if !found.is_empty() {
            units.splice(0..0, found);
            return Ok(Filled::Units(units));
        }
    }
    let node = &desk.ctx.element(desk.element).id;
    let message = format!(
        "nobody takes part in {node}: its participants are nobody, or may not act; mend the \
         directory or the variables and resolve this incident, or give the node an onEmpty rule"
    );
    Err((IncidentCode::NoParticipant, message))
}

fn outright(decision: &str) -> Filled {
    let decision = Some(decision.to_owned());
    Filled::Outright(Outright { why: Automatic::Nobody, decision, by: None })
}

fn stand_in(users: Vec<String>, groups: Vec<String>) -> UnitSpec {
    UnitSpec { users, groups, weight: 1, part: Part::Voter, substituted_from: None, approved: None }
}

/// The groups whose members may administer the instance.
fn admins(desk: &Desk<'_, '_>) -> Vec<String> {
    let own = &desk.ctx.model.definition().policies.admins;
    let mut groups: Vec<String> = own.iter().cloned().chain([ADMIN_GROUP.to_owned()]).collect();
    groups.sort();
    groups.dedup();
    groups
}
