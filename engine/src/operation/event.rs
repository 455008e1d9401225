//! Messages and signals that reach an instance.

use super::check_variables;
use crate::catch;
use crate::command::Variables;
use crate::ctx::Ctx;
use crate::data_object::Place;
use crate::event::Wait;
use crate::instance::ActivityState;
use crate::key::LocalId;
use crate::rejection::Rejection;

/// A message for an open subscription. One that was closed meanwhile refuses it, so that the
/// message can go to another.
pub(crate) fn message(
    ctx: &mut Ctx<'_>,
    id: LocalId,
    name: &str,
    variables: &Variables,
) -> Result<(), Rejection> {
    let activity = ctx.state().activity(id).ok_or(Rejection::SubscriptionNotOpen(id))?;
    let waits = match &activity.state {
        ActivityState::Subscription(subscription) => match &subscription.wait {
            Wait::Message { name: wanted, .. } => wanted.as_ref() == name,
            Wait::Signal { .. } | Wait::Condition { .. } => false,
        },
        _ => false,
    };
    if !waits {
        return Err(Rejection::SubscriptionNotOpen(id));
    }
    let place = ctx.place_of_results(activity.branch, activity.element);
    check_variables(ctx, place, variables)?;
    catch::happened(ctx, id, variables);
    Ok(())
}

/// A signal for everything in the instance that waits for it.
pub(crate) fn signal(
    ctx: &mut Ctx<'_>,
    name: &str,
    variables: &Variables,
) -> Result<(), Rejection> {
    if catch::listeners(ctx, name).is_empty() {
        return Err(Rejection::SignalNotAwaited { name: name.to_owned() });
    }
    check_variables(ctx, Place::PROCESS, variables)?;
    catch::signal(ctx, name, variables);
    Ok(())
}
