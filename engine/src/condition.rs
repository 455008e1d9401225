//! Conditional events: looked at once nothing moves, when a variable has got a value in the step or
//! the event has just been armed. One fires when its condition becomes true, not while it stays so.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catch;
use crate::command::Variables;
use crate::ctx::Ctx;
use crate::evaluate;
use crate::event::{Event, IncidentCode, Wait};
use crate::instance::ActivityState;
use crate::key::LocalId;

/// Looks at the conditions that may have changed; true if one fired.
pub(crate) fn look(ctx: &mut Ctx<'_>) -> bool {
    let names = std::mem::take(&mut ctx.changes.names);
    let opened = std::mem::take(&mut ctx.changes.opened);
    if names.is_empty() && opened.is_empty() {
        return false;
    }
    let mut fired = false;
    ctx.in_order(|ctx| {
        for (id, trigger) in waiting(ctx) {
            let is_due = opened.contains(&id) || concerns(ctx, id, trigger, &names);
            // One that fired before may have ended this one.
            if is_due && ctx.state().activity(id).is_some() {
                fired |= look_at(ctx, id, trigger);
            }
        }
    });
    fired
}

fn waiting(ctx: &Ctx<'_>) -> Vec<(LocalId, u32)> {
    let trigger = |state: &ActivityState| match state {
        ActivityState::Subscription(subscription) => match subscription.wait {
            Wait::Condition { trigger } => Some(trigger),
            Wait::Message { .. } | Wait::Signal { .. } => None,
        },
        _ => None,
    };
    let activities = ctx.state().activities().iter();
    activities.filter_map(|(id, activity)| Some((*id, trigger(&activity.state)?))).collect()
}

/// True if a variable changed that the condition reads, or that its file names.
fn concerns(ctx: &Ctx<'_>, id: LocalId, trigger: u32, names: &BTreeSet<Arc<str>>) -> bool {
    let Some(activity) = ctx.state().activity(id) else { return false };
    let Some((condition, filter)) = ctx.model.condition_of(activity.element, trigger) else {
        return false;
    };
    if filter.is_empty() {
        return ctx.model.program(condition).names().iter().any(|name| names.contains(name));
    }
    filter.iter().any(|name| names.contains(name.as_str()))
}

fn look_at(ctx: &mut Ctx<'_>, id: LocalId, trigger: u32) -> bool {
    let Some(activity) = ctx.state().activity(id) else { return false };
    let (branch, element) = (activity.branch, activity.element);
    let ActivityState::Subscription(subscription) = &activity.state else { return false };
    let (host, held) = (subscription.host, subscription.holds);
    let Some((condition, _)) = ctx.model.condition_of(element, trigger) else { return false };
    let value = match host.filter(|host| ctx.state().activity(*host).is_none()) {
        Some(scope) => evaluate::watched_in(ctx, scope, condition),
        None => evaluate::watched(ctx, branch, condition),
    };
    let holds = match value {
        Ok(holds) => holds,
        Err(message) => {
            let mut incidents = ctx.state().incidents().values();
            if !incidents.any(|incident| incident.activity == Some(id)) {
                ctx.raise(Some(id), branch, element, IncidentCode::ExpressionFailed, message);
            }
            return false;
        }
    };
    ctx.resolve_incidents(|incident| incident.activity == Some(id));
    if holds != held {
        ctx.emit(Event::ConditionChanged { subscription: id, holds });
    }
    let fires = holds && !held;
    if fires {
        catch::happened(ctx, id, &Variables::new());
    }
    fires
}
