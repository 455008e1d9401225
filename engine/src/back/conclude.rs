//! Withdraw, terminate, void and revoke: an instance ends other than by its flow, or a finished one
//! gets another outcome.

use std::collections::BTreeSet;

use bpmn::Withdraw;

use crate::approval;
use crate::command::Operator;
use crate::ctx::Ctx;
use crate::event::{Cause, ChildNews, Conclusion, Event, Outcome, OutcomeClass, Parcel};
use crate::instance::{ActivityState, Instance, ItemState, Status, Visit};
use crate::key::LocalId;
use crate::operation::is_admin;
use crate::region;
use crate::rejection::Rejection;

/// Outcome codes of instances that were ended by an operation.
const WITHDRAWN: &str = "withdrawn";
const TERMINATED: &str = "terminated";
const VOIDED: &str = "voided";

/// Milliseconds of a day, for the time in which a finished instance can be revoked.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Ends everything in the instance with this outcome. Its caller hears of it, unless it was the
/// caller who wanted it or who is told something else.
pub(crate) fn finish_with(
    ctx: &mut Ctx<'_>,
    class: OutcomeClass,
    code: &str,
    cause: Cause,
    operator: Option<&str>,
    reason: Option<&str>,
) {
    region::cancel(ctx, Instance::ROOT_REGION);
    let outcome = Outcome { class, code: code.to_owned(), end_node: None, at: ctx.now };
    approval::copies_at_end(ctx, &outcome);
    let knows = matches!(cause, Cause::Caller | Cause::Return) || ctx.state().ending().is_some();
    if !knows {
        tell_caller(ctx, &outcome);
    }
    conclude(ctx, outcome, cause, operator, reason);
}

/// Tells the instance that called this one how it finished.
pub(crate) fn tell_caller(ctx: &mut Ctx<'_>, outcome: &Outcome) {
    let Some(caller) = ctx.state().parent() else { return };
    let variables = ctx.state().variables();
    let news = ChildNews::Finished { outcome: outcome.clone(), variables };
    ctx.post(Parcel::ToParent { parent: caller.instance, call: caller.call, news });
}

/// Gives the instance an outcome that its flow did not lead to. Nothing lives in it any more.
pub(crate) fn conclude(
    ctx: &mut Ctx<'_>,
    outcome: Outcome,
    cause: Cause,
    operator: Option<&str>,
    reason: Option<&str>,
) {
    let conclusion = Conclusion {
        cause,
        operator: operator.map(str::to_owned),
        reason: reason.map(str::to_owned),
    };
    ctx.emit(Event::Concluded { outcome, conclusion });
}

/// The initiator ends the running instance.
pub(crate) fn withdraw(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    check_initiator(ctx, operator, "is neither the initiator nor an administrator")?;
    check_not_called(ctx, "withdraw")?;
    let refuse = |reason: &str| {
        Err(Rejection::OperationNotPossible { operation: "withdraw", reason: reason.to_owned() })
    };
    match ctx.model.definition().policies.withdraw {
        Withdraw::Never => return refuse("the process does not allow it"),
        Withdraw::BeforeFirstDecision if is_decided(ctx.state()) => {
            return refuse("somebody has decided a task; the process allows it only before that");
        }
        Withdraw::BeforeFirstDecision | Withdraw::AnyTime => {}
    }
    let user = Some(operator.user.as_str());
    finish_with(ctx, OutcomeClass::Withdrawn, WITHDRAWN, Cause::Withdraw, user, reason);
    Ok(())
}

/// An administrator, or whoever holds one of its open work items, ends the running instance.
pub(crate) fn terminate(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    if !is_admin(ctx, operator) && !approval::holds_work(ctx.state(), operator) {
        return Err(Rejection::NotAuthorized {
            user: operator.user.clone(),
            reason: "is neither an administrator nor the holder of an open task",
        });
    }
    check_reason(reason)?;
    let user = Some(operator.user.as_str());
    finish_with(ctx, OutcomeClass::Terminated, TERMINATED, Cause::Terminate, user, reason);
    Ok(())
}

/// An administrator declares the instance void. A finished one keeps its old outcome in its history.
pub(crate) fn void_instance(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    check_admin(ctx, operator)?;
    check_reason(reason)?;
    if ctx.state().outcome().is_some_and(|outcome| outcome.class == OutcomeClass::Voided) {
        let reason = "it is void already".to_owned();
        return Err(Rejection::OperationNotPossible { operation: "void", reason });
    }
    let user = Some(operator.user.as_str());
    if ctx.state().status() == Status::Running {
        finish_with(ctx, OutcomeClass::Voided, VOIDED, Cause::Void, user, reason);
        return Ok(());
    }
    let code = VOIDED.to_owned();
    let outcome = Outcome { class: OutcomeClass::Voided, code, end_node: None, at: ctx.now };
    conclude(ctx, outcome, Cause::Void, user, reason);
    Ok(())
}

/// The initiator or an administrator takes back what a completed instance stands for.
pub(crate) fn revoke(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    check_initiator(ctx, operator, "is neither the initiator nor an administrator")?;
    check_not_called(ctx, "revoke")?;
    check_reason(reason)?;
    let refuse =
        |reason: String| Err(Rejection::OperationNotPossible { operation: "revoke", reason });
    let Some(outcome) = ctx.state().outcome() else {
        return refuse("it still runs; withdraw or terminate it".to_owned());
    };
    if outcome.class != OutcomeClass::Completed {
        return refuse(format!("its outcome is {}, which stands for no approval", outcome.code));
    }
    let Some(days) = ctx.model.definition().policies.revoke_days else {
        return refuse("the process does not allow it".to_owned());
    };
    if ctx.now.0.saturating_sub(outcome.at.0) > u64::from(days) * DAY_MS {
        return refuse(format!("it finished more than {days} days ago"));
    }
    let outcome = Outcome { class: OutcomeClass::Revoked, at: ctx.now, ..outcome.clone() };
    conclude(ctx, outcome, Cause::Revoke, Some(&operator.user), reason);
    Ok(())
}

/// Refuses who is no administrator.
pub(super) fn check_admin(ctx: &Ctx<'_>, operator: &Operator) -> Result<(), Rejection> {
    if is_admin(ctx, operator) {
        return Ok(());
    }
    let (user, reason) = (operator.user.clone(), "is not an administrator of the process");
    Err(Rejection::NotAuthorized { user, reason })
}

/// Refuses an operation that has to be explained and is not.
pub(super) fn check_reason(reason: Option<&str>) -> Result<(), Rejection> {
    let is_given = reason.is_some_and(|reason| !reason.trim().is_empty());
    if is_given { Ok(()) } else { Err(Rejection::ReasonRequired) }
}

/// Refuses to move tokens of an instance that only undoes what it did.
pub(super) fn check_not_ending(ctx: &Ctx<'_>, operation: &'static str) -> Result<(), Rejection> {
    if ctx.state().ending().is_none() {
        return Ok(());
    }
    let reason = "it only undoes what it did, since the flow went back in its caller".to_owned();
    Err(Rejection::OperationNotPossible { operation, reason })
}

/// Refuses what would leave the instance that called this one in the dark.
pub(super) fn check_not_called(ctx: &Ctx<'_>, operation: &'static str) -> Result<(), Rejection> {
    let Some(caller) = ctx.state().parent() else { return Ok(()) };
    let reason = format!("it was called by instance {}; {operation} that one", caller.instance);
    Err(Rejection::OperationNotPossible { operation, reason })
}

fn check_initiator(
    ctx: &Ctx<'_>,
    operator: &Operator,
    reason: &'static str,
) -> Result<(), Rejection> {
    if ctx.state().initiator() == Some(&operator.user) || is_admin(ctx, operator) {
        return Ok(());
    }
    Err(Rejection::NotAuthorized { user: operator.user.clone(), reason })
}

/// True if somebody other than the initiator has decided something since the initiator submitted
/// last: what was gone back behind does not count any more.
fn is_decided(state: &Instance) -> bool {
    let is_initiator = |user: &String| state.initiator() == Some(user);
    let by_others = |visit: &Visit| {
        let done = visit.done.as_ref().filter(|done| done.automatic.is_none());
        done.is_some_and(|done| !done.handlers.iter().all(is_initiator))
    };
    let in_open_task = state.activities().values().any(|activity| match &activity.state {
        ActivityState::Task(task) => task
            .items
            .values()
            .any(|item| matches!(&item.state, ItemState::Decided { by, .. } if !is_initiator(by))),
        _ => false,
    });
    in_open_task || visits_that_count(state).any(by_others)
}

/// Visits on the active paths of the root's branches and of the regions that opened on these.
fn visits_that_count(state: &Instance) -> impl Iterator<Item = &Visit> {
    let mut regions: BTreeSet<LocalId> = BTreeSet::from([Instance::ROOT_REGION]);
    let mut found = Vec::new();
    // A region opens later than the one it is inside of, so the smallest id comes next.
    while let Some(region) = regions.pop_first() {
        for branch in &state.region(region).branches {
            let path = &state.branch(*branch).path;
            regions.extend(path.iter().filter_map(|visit| visit.region));
            found.extend(path);
        }
    }
    found.into_iter()
}
