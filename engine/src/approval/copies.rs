//! Copies: people are told who do nothing in the process. A copy never holds a token, so it is no
//! place to return to, and one that cannot be sent stops nothing.
//!
//! A person gets one copy for each visit of a node in each generation, and one for the process as a
//! whole, however many rules and people send it; to be asked for an opinion is more than to be told.

use std::collections::BTreeSet;

use bpmn::{CopyMoment, CopyRule, ElementIndex, ElementKind};
use expr::Value;

use super::rights::{check_person, holds_work, is_initiator, refused};
use crate::command::{InstanceAction, Operator, Variables};
use crate::ctx::Ctx;
use crate::evaluate;
use crate::event::{Event, NewCopy, Outcome, OutcomeClass};
use crate::instance::Instance;
use crate::key::LocalId;
use crate::operation::{check_text, is_admin};
use crate::people::people_of;
use crate::rejection::Rejection;

/// Code of the warning that a rule of the process could send no copy.
const COPY_FAILED: &str = "COPY_FAILED";

/// Sends copies of the instance, or of what a node came to, also when it is finished. The initiator
/// may, administrators, and people who take part or took part.
pub(crate) fn send_copy(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    action: &InstanceAction,
) -> Result<(), Rejection> {
    let InstanceAction::SendCopy { users, node, circulate, text } = action else {
        unreachable!("called for copies");
    };
    if !knows(ctx, operator) {
        return Err(refused(operator, "takes no part in the instance"));
    }
    check_text(ctx, "the text", text.as_deref().unwrap_or(""))?;
    let about = node.as_ref().map(|node| reached(ctx, node)).transpose()?;
    if users.is_empty() {
        return refuse("send_copy", "say who gets the copy".to_owned());
    }
    let mut copies = Vec::new();
    let mut named = BTreeSet::new();
    for user in users {
        check_person(ctx, user).map_err(no_receiver)?;
        let copy = NewCopy {
            to: user.clone(),
            by: Some(operator.user.clone()),
            element: about,
            visit: about.map_or(0, |element| ctx.state().visits(element)),
            circulated: *circulate,
            text: text.clone(),
            at: ctx.now,
        };
        if named.insert(user) && !was_sent(ctx.state(), &copy) {
            copies.push(copy);
        }
    }
    let copies_max = ctx.limits.copies_max;
    if ctx.state().copies().len() + copies.len() > copies_max {
        return refuse("send_copy", format!("an instance has at most {copies_max} copies"));
    }
    for copy in copies {
        ctx.emit(Event::CopySent(Box::new(copy)));
    }
    Ok(())
}

fn refuse<T>(operation: &'static str, reason: String) -> Result<T, Rejection> {
    Err(Rejection::OperationNotPossible { operation, reason })
}

/// A person who can get no work gets no copy either.
fn no_receiver(refusal: Rejection) -> Rejection {
    match refusal {
        Rejection::AssigneeNotAllowed { user, reason } => Rejection::OperationNotPossible {
            operation: "send_copy",
            reason: format!("{user} gets no copy: {reason}"),
        },
        other => other,
    }
}

/// True for somebody who takes part in the instance or took part, started or administers it.
fn knows(ctx: &Ctx<'_>, operator: &Operator) -> bool {
    let state = ctx.state();
    let visits = || state.branches().values().flat_map(|branch| &branch.path);
    let handled = || {
        let handlers = visits().filter_map(|visit| visit.done.as_ref());
        handlers.flat_map(|done| &done.handlers).any(|handler| *handler == operator.user)
    };
    let decided =
        || state.decisions().iter().any(|(_, decision)| decision.operator == operator.user);
    is_initiator(state, operator)
        || is_admin(ctx, operator)
        || holds_work(state, operator)
        || decided()
        || handled()
}

/// A node that was entered.
fn reached(ctx: &Ctx<'_>, node: &str) -> Result<ElementIndex, Rejection> {
    let found = ctx.model.definition().find(node);
    let element =
        found.ok_or_else(|| Rejection::NodeMismatch { node: node.to_owned(), known: false })?;
    if ctx.state().visits(element) == 0 {
        return refuse("send_copy", format!("{node} was not reached"));
    }
    Ok(element)
}

/// True if the person got this copy in this generation. One who was only told may still be asked.
fn was_sent(state: &Instance, copy: &NewCopy) -> bool {
    state.copies().iter().any(|old| {
        let sent = &old.sent;
        let is_same = (&sent.to, sent.element, sent.visit) == (&copy.to, copy.element, copy.visit);
        is_same && old.generation == state.generation() && (sent.circulated || !copy.circulated)
    })
}

/// A receiver has read the copies, and says something if that was asked for.
pub(crate) fn read_copy(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    opinion: Option<&str>,
) -> Result<(), Rejection> {
    let state = ctx.state();
    let own: Vec<_> = state.copies().iter().filter(|copy| copy.sent.to == operator.user).collect();
    if own.is_empty() {
        return Err(refused(operator, "got no copy of the instance"));
    }
    check_text(ctx, "the opinion", opinion.unwrap_or(""))?;
    if opinion.is_some() && !own.iter().any(|copy| copy.sent.circulated) {
        let reason = "nobody asked for an opinion; leave a comment".to_owned();
        return refuse("read_copy", reason);
    }
    if opinion.is_some() || own.iter().any(|copy| copy.read_at.is_none()) {
        let (user, opinion) = (operator.user.clone(), opinion.map(str::to_owned));
        ctx.emit(Event::CopyRead { user, opinion, at: ctx.now });
    }
    Ok(())
}

/// Sends the copies that the rules of a node want at this moment.
pub(crate) fn copies_at(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    moment: CopyMoment,
) {
    let rules = match &ctx.element(element).kind {
        ElementKind::UserTask(task) => &task.rules().copies,
        ElementKind::PassThrough { copies } => copies,
        _ => return,
    };
    let rules = rules.iter().filter(|rule| rule.moment == moment);
    let path = &ctx.state().branch(branch).path;
    let own = path.last().filter(|visit| visit.element == element).map(|visit| visit.number);
    let visit = own.unwrap_or_else(|| ctx.state().visits(element));
    for rule in rules {
        let to = receivers(ctx, branch, rule, &Variables::new());
        deliver(ctx, to, Some(element), visit);
    }
}

/// Sends the copies that the rules of a task want once it is decided.
pub(crate) fn copies_decided(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    decision: Option<&str>,
) {
    copies_at(ctx, branch, element, CopyMoment::Decided);
    if decision == Some(crate::REJECT) {
        copies_at(ctx, branch, element, CopyMoment::Rejected);
    }
}

/// Sends the copies that the rules of the process want at its end. Their conditions see `outcome`,
/// its code, and `outcomeClass`.
pub(crate) fn copies_at_end(ctx: &mut Ctx<'_>, outcome: &Outcome) {
    let rules = ctx.model.definition().policies.copies.iter();
    let rules: Vec<&CopyRule> = rules.filter(|rule| rule.moment == CopyMoment::Ended).collect();
    let more = Variables::from([
        ("outcome".into(), Value::from(outcome.code.as_str())),
        ("outcomeClass".into(), Value::from(class_name(outcome.class))),
    ]);
    for rule in rules {
        let to = receivers(ctx, Instance::ROOT_BRANCH, rule, &more);
        deliver(ctx, to, None, 0);
    }
}

/// The word for a class in expressions.
fn class_name(class: OutcomeClass) -> &'static str {
    match class {
        OutcomeClass::Completed => "completed",
        OutcomeClass::Rejected => "rejected",
        OutcomeClass::Terminated => "terminated",
        OutcomeClass::Withdrawn => "withdrawn",
        OutcomeClass::Revoked => "revoked",
        OutcomeClass::Voided => "voided",
        OutcomeClass::TimedOut => "timed_out",
        OutcomeClass::Abandoned => "abandoned",
    }
}

/// Who gets copies by a rule; nobody if its condition is not true.
fn receivers(
    ctx: &Ctx<'_>,
    branch: LocalId,
    rule: &CopyRule,
    more: &Variables,
) -> Result<Vec<String>, String> {
    if let Some(condition) = &rule.condition
        && !evaluate::condition_with(ctx, branch, condition, more)?
    {
        return Ok(Vec::new());
    }
    people_of(ctx, branch, &rule.to).map_err(|(_, message)| message)
}

fn deliver(
    ctx: &mut Ctx<'_>,
    to: Result<Vec<String>, String>,
    element: Option<ElementIndex>,
    visit: u32,
) {
    let to = match to {
        Ok(to) => to,
        Err(message) => return ctx.warn(COPY_FAILED, element, message),
    };
    for to in to {
        let (by, text, circulated, at) = (None, None, false, ctx.now);
        let copy = NewCopy { to, by, element, visit, circulated, text, at };
        if was_sent(ctx.state(), &copy) {
            continue;
        }
        if ctx.state().copies().len() >= ctx.limits.copies_max {
            let copies_max = ctx.limits.copies_max;
            let message = format!("{} got no copy: there are {copies_max} copies", copy.to);
            return ctx.warn(COPY_FAILED, element, message);
        }
        ctx.emit(Event::CopySent(Box::new(copy)));
    }
}
