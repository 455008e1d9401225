//! Waiting for something to happen: messages, times, signals and conditions, wherever an element
//! waits for them, and what follows when it happens.
//!
//! What waits is an activity: it holds the token of its branch, or it watches a host. A host is an
//! activity (boundary events, gates) or a scope's region visit (event sub-processes).

use bpmn::{ElementIndex, ElementKind, MessageTrigger, Trigger};

use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::element::{boundary_event, event_sub_process};
use crate::evaluate;
use crate::event::{Event, IncidentCode, Parcel, Wait};
use crate::instance::ActivityState;
use crate::key::LocalId;
use crate::region;
use crate::timer::{self, Schedule};

/// Something to wait for, with its expressions evaluated.
#[derive(Debug)]
pub(crate) enum Watch {
    Time(Schedule),
    Event(Wait),
}

/// Why something can't be waited for.
pub(crate) type CantWait = (IncidentCode, String);

/// Evaluates what triggers wait for. Triggers that need no waiting give nothing.
pub(crate) fn watch_all(
    ctx: &Ctx<'_>,
    branch: LocalId,
    triggers: &[Trigger],
) -> Result<Vec<Watch>, CantWait> {
    let mut watches = Vec::new();
    for (index, trigger) in (0u32..).zip(triggers) {
        watches.push(match trigger {
            Trigger::Message(trigger) => message(ctx, branch, trigger)?,
            Trigger::Timer(timer) => Watch::Time(timer::schedule_of(ctx, branch, timer)?),
            Trigger::Signal { name } => {
                let name = evaluate::text(ctx, branch, name).map_err(failed)?;
                Watch::Event(Wait::Signal { name: name.into() })
            }
            Trigger::Condition { .. } => Watch::Event(Wait::Condition { trigger: index }),
            Trigger::Error(_)
            | Trigger::Escalation(_)
            | Trigger::Compensation
            | Trigger::Cancel
            | Trigger::Link { .. } => continue,
        });
    }
    Ok(watches)
}

/// Evaluates which message is waited for.
pub(crate) fn message(
    ctx: &Ctx<'_>,
    branch: LocalId,
    trigger: &MessageTrigger,
) -> Result<Watch, CantWait> {
    let name = evaluate::text(ctx, branch, &trigger.name).map_err(failed)?;
    let key = trigger.correlation_key.as_ref();
    let correlation_key = evaluate::optional(key, |key| evaluate::text(ctx, branch, key));
    let correlation_key = correlation_key.map_err(failed)?.unwrap_or_else(|| own_key(ctx));
    let bytes = name.len().max(correlation_key.len());
    if bytes > ctx.limits.id_bytes_max {
        let bytes_max = ctx.limits.id_bytes_max;
        return Err(failed(format!(
            "the name or key of the message has {bytes} bytes, the limit is {bytes_max}"
        )));
    }
    Ok(Watch::Event(Wait::Message { name: name.into(), correlation_key: correlation_key.into() }))
}

/// The key of an instance's messages whose file names none.
pub(crate) fn own_key(ctx: &Ctx<'_>) -> String {
    let state = ctx.state();
    state.business_key().map_or_else(|| state.key().to_string(), str::to_owned)
}

fn failed(message: String) -> CantWait {
    (IncidentCode::ExpressionFailed, message)
}

/// Opens what waits. With a host they watch it; without one there is one and it holds the token.
pub(crate) fn arm_all(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    host: Option<LocalId>,
    watches: Vec<Watch>,
) {
    for watch in watches {
        let id = ctx.next_id();
        let at = ctx.now;
        match watch {
            Watch::Time(schedule) => ctx.emit(Event::TimerArmed {
                timer: id,
                branch,
                element,
                host,
                due: schedule.due,
                repeats_left: schedule.repeats_left,
                every: schedule.every,
                at,
            }),
            Watch::Event(wait) => {
                let asked = wait.clone();
                ctx.emit(Event::SubscriptionOpened {
                    subscription: id,
                    branch,
                    element,
                    host,
                    wait,
                    at,
                });
                if let Wait::Message { name, correlation_key } = asked {
                    ctx.post(Parcel::Subscribe { subscription: id, name, correlation_key });
                }
            }
        }
    }
}

/// What an open timer or subscription waited for happened. The caller has seen that it is open.
pub(crate) fn happened(ctx: &mut Ctx<'_>, id: LocalId, variables: &Variables) {
    let Some(activity) = ctx.state().activity(id) else { return };
    let (branch, element, host) = (activity.branch, activity.element, activity.state.host());
    let stays = stays_open(ctx, id);
    close(ctx, id, stays);
    let Some(host) = host else {
        region::close_attached(ctx, id);
        ctx.bring(branch, element, variables);
        return ctx.push(Move::Leave { branch, element });
    };
    if ctx.state().activity(host).is_none() {
        return event_sub_process::happen(ctx, host, element, variables);
    }
    let waits_for_all = match &ctx.element(element).kind {
        ElementKind::CatchEvent(catch) | ElementKind::BoundaryEvent { catch, .. } => catch.all,
        _ => false,
    };
    if waits_for_all && region::watchers(ctx.state(), host).any(|it| it.element == element) {
        return ctx.bring(branch, element, variables);
    }
    if let ElementKind::BoundaryEvent { .. } = ctx.element(element).kind {
        return boundary_event::happen(ctx, host, element, variables);
    }
    pass_gate(ctx, host, element, variables);
}

/// True for what watches without ending its host: it may happen again.
fn stays_open(ctx: &Ctx<'_>, id: LocalId) -> bool {
    let Some(activity) = ctx.state().activity(id) else { return false };
    if !matches!(activity.state, ActivityState::Subscription(_)) {
        return false;
    }
    match &ctx.element(activity.element).kind {
        ElementKind::BoundaryEvent { interrupting, catch, .. } => !*interrupting && !catch.all,
        ElementKind::StartEvent(start) => !start.interrupting,
        _ => false,
    }
}

fn close(ctx: &mut Ctx<'_>, id: LocalId, stays: bool) {
    let at = ctx.now;
    let Some(activity) = ctx.state().activity(id) else { return };
    match &activity.state {
        ActivityState::Timer(state) => {
            let (branch, element, state) = (activity.branch, activity.element, state.clone());
            ctx.emit(Event::TimerFired { timer: id, at });
            timer::rearm(ctx, branch, element, &state);
        }
        _ => ctx.emit(Event::SubscriptionFired { subscription: id, stays, at }),
    }
}

/// A gate's token goes on at the event that happened.
fn pass_gate(ctx: &mut Ctx<'_>, gate: LocalId, element: ElementIndex, variables: &Variables) {
    let (branch, at) = {
        let activity = ctx.state().activity(gate).expect("the gate is open");
        (activity.branch, activity.element)
    };
    ctx.emit(Event::GatePassed { activity: gate, at: ctx.now });
    region::close_attached(ctx, gate);
    if at != element {
        let definition = ctx.model.definition();
        let mut ways = ctx.element(at).outgoing.iter().copied();
        let way = ways.find(|flow| definition.flow(*flow).target == element);
        if let Some(flow) = way {
            ctx.emit(Event::FlowTaken { branch, flow });
        }
        ctx.emit(Event::Entered { branch, element, flow: way, at: ctx.now });
    }
    ctx.bring(branch, element, variables);
    ctx.push(Move::Leave { branch, element });
}

/// Every open subscription of the instance to a signal, oldest first.
pub(crate) fn listeners(ctx: &Ctx<'_>, signal: &str) -> Vec<LocalId> {
    let hears = |state: &ActivityState| match state {
        ActivityState::Subscription(subscription) => match &subscription.wait {
            Wait::Signal { name } => name.as_ref() == signal,
            Wait::Message { .. } | Wait::Condition { .. } => false,
        },
        _ => false,
    };
    let activities = ctx.state().activities().iter();
    activities.filter(|(_, activity)| hears(&activity.state)).map(|(id, _)| *id).collect()
}

/// A signal comes to the instance: everything that waits for it now goes on.
pub(crate) fn signal(ctx: &mut Ctx<'_>, name: &str, variables: &Variables) {
    ctx.in_order(|ctx| {
        for id in listeners(ctx, name) {
            // An earlier listener may have ended a later one.
            if ctx.state().activity(id).is_some() {
                happened(ctx, id, variables);
            }
        }
    });
}
