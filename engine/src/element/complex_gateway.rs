//! Complex gateway: joins as soon as its condition is true, and takes in what comes later from the
//! same fork. It forks as an inclusive gateway does.

use bpmn::{ElementIndex, ElementKind, Expression};
use expr::Value;

use super::inclusive_gateway;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::event::{Event, IncidentCode};
use crate::join;
use crate::key::LocalId;
use crate::{evaluate, region};

/// Name under which the condition sees how many tokens wait.
const ACTIVATION_COUNT: &str = "activationCount";

/// The choice itself is made on the way out.
pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    ctx.push(Move::Leave { branch, element });
}

/// Ends a branch that comes to a gateway which has gone on without it. True if it did.
pub(crate) fn takes_in(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) -> bool {
    let ElementKind::ComplexGateway { .. } = ctx.element(element).kind else { return false };
    let state = ctx.state();
    let scope = state.scope_of(branch);
    let own = join::inner_regions(state, branch, scope);
    let has_passed = own.iter().any(|region| state.region(*region).passed.contains(&element));
    if has_passed {
        region::take_in(ctx, branch, element);
    }
    has_passed
}

/// Fires a join whose condition is true; true if it fired. When nothing can come any more and the
/// condition is still false, an incident says so.
pub(crate) fn try_fire(ctx: &mut Ctx<'_>, element: ElementIndex, scope: LocalId) -> bool {
    let gateway = ctx.element(element);
    let ElementKind::ComplexGateway { activation } = &gateway.kind else { return false };
    let waiting = join::waiting_at(ctx.state(), element, scope);
    let Some((first, _)) = waiting.first().copied() else { return false };
    let branches: Vec<LocalId> = waiting.iter().map(|(branch, _)| *branch).collect();
    let around = join::around(ctx.state(), &branches, scope);
    let excused = join::excused_at(ctx, around, element) as usize;
    let nothing_comes =
        |ctx: &Ctx<'_>| inclusive_gateway::blockers(ctx, element, scope, &waiting).is_empty();
    let count = waiting.len();
    let mut active = is_active(ctx, first, activation, count);
    // Branches that were moved out of the fork count once nothing else can come.
    if active == Ok(false) && excused > 0 && nothing_comes(ctx) {
        active = is_active(ctx, first, activation, count + excused);
    }
    let trouble = match active {
        Ok(true) => {
            let chosen: Vec<LocalId> = waiting.iter().map(|(branch, _)| *branch).collect();
            fire(ctx, element, scope, &chosen);
            return true;
        }
        Ok(false) if nothing_comes(ctx) => {
            let message = format!(
                "the condition of the gateway {} is false and nothing can come any more; set its \
                 variables and resolve the incident",
                gateway.id
            );
            Some((IncidentCode::StuckJoin, message))
        }
        Ok(false) => None,
        Err(message) => Some((IncidentCode::ExpressionFailed, message)),
    };
    join::tell(ctx, element, &waiting, trouble);
    false
}

fn is_active(
    ctx: &Ctx<'_>,
    branch: LocalId,
    activation: &Expression,
    count: usize,
) -> Result<bool, String> {
    let count = i64::try_from(count).expect("branches are counted in 32 bits");
    let more = Variables::from([(ACTIVATION_COUNT.into(), Value::from(count))]);
    evaluate::condition_with(ctx, branch, activation, &more)
}

/// The waiting branches go on as one. If others of their fork still live, the one goes on outside
/// of the fork's region visit, and the gateway takes in what is left of that.
fn fire(ctx: &mut Ctx<'_>, element: ElementIndex, scope: LocalId, chosen: &[LocalId]) {
    let gone = chosen.iter().copied().collect();
    let region = join::around(ctx.state(), chosen, scope);
    let fork = ctx.state().region(region);
    let outside = match fork.parent {
        Some(parent) if fork.activity.is_none() => Some(ctx.state().branch(parent).region),
        _ => None,
    };
    let Some(outside) = outside.filter(|_| join::lives_without(ctx.state(), region, &gone)) else {
        return join::fire(ctx, element, region, chosen);
    };
    ctx.resolve_incidents(|incident| gone.contains(&incident.branch));
    let survivor = ctx.next_id();
    ctx.emit(Event::BranchOpened { region: outside, branch: survivor });
    let branches = chosen.to_vec();
    ctx.emit(Event::Joined { element, branches, survivor, closed: Vec::new() });
    ctx.emit(Event::GatewayPassed { element, region });
    join::pass(ctx, survivor, element);
}
