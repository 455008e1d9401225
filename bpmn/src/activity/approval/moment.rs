//! `quorate:deadline` and `quorate:copy`: what happens when time runs out, and who is told.

use roxmltree::Node;

use super::who::{attributes, who};
use super::words::{flag, known, not_allowed, word};
use crate::condition;
use crate::definition::{CopyMoment, CopyRule, Deadline, DeadlineAction, Text};
use crate::problem::shown;
use crate::rules;
use crate::text::text;
use crate::timer::{is_date_time, is_duration};
use crate::xml::{Context, Found, Spot};

/// Which action a deadline has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Remind,
    Pass,
    Reject,
    Escalate,
    Transfer,
    Line,
}

/// Reads a deadline. Reports and gives `None` if it does not say when, or what.
pub(super) fn deadline<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Deadline> {
    known(context, node, spot, &["after", "action", "to", "decision", "businessTime"]);
    let business_time = flag(context, node, spot, "businessTime", false);
    let actions = [
        ("remind", Action::Remind),
        ("pass", Action::Pass),
        ("reject", Action::Reject),
        ("escalate", Action::Escalate),
        ("transfer", Action::Transfer),
        ("line", Action::Line),
    ];
    let had_errors = context.errors;
    let action = word(context, node, spot, "action", &actions);
    if action.is_none() && context.errors == had_errors {
        incomplete(context, spot, "what happens (action)");
    }
    let after = after(context, node, spot);
    let (action, after) = (action?, after?);
    if business_time && matches!(&after, Text::Literal(literal) if is_date_time(literal)) {
        let why = "a date is a date; only durations are counted in working time";
        not_allowed(context, node, spot, "businessTime", why);
    }
    let action = action_of(context, node, spot, action)?;
    Some(Deadline { after, action, business_time })
}

fn incomplete(context: &mut Context<'_>, spot: Spot<'_>, what: &str) {
    let message = format!("The deadline does not say {what}.");
    let hint = "Write after, action, and for transfer whom it goes to, for line which decision ends the task.";
    context.report(rules::DEADLINE_INVALID, spot, message, hint);
}

fn action_of<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    action: Action,
) -> Option<DeadlineAction> {
    let (to, decision) = (context.plain(node, "to"), context.plain(node, "decision"));
    if to.is_some() && action != Action::Transfer {
        not_allowed(context, node, spot, "to", "only action=\"transfer\" goes to somebody");
    }
    if decision.is_some() && action != Action::Line {
        not_allowed(context, node, spot, "decision", "only action=\"line\" has a decision");
    }
    match action {
        Action::Remind => Some(DeadlineAction::Remind),
        Action::Pass => Some(DeadlineAction::Pass),
        Action::Reject => Some(DeadlineAction::Reject),
        Action::Escalate => Some(DeadlineAction::Escalate),
        Action::Transfer => {
            if to.is_none() {
                incomplete(context, spot, "whom the task goes to (to)");
            }
            to.map(|found| DeadlineAction::Transfer(text(found)))
        }
        Action::Line => {
            if decision.is_none() {
                incomplete(context, spot, "with which decision the task ends (decision)");
            }
            decision.map(|found| DeadlineAction::Line(found.value.to_owned()))
        }
    }
}

fn after<'a>(context: &mut Context<'a>, node: Node<'a, 'a>, spot: Spot<'a>) -> Option<Text> {
    let Some(found) = context.plain(node, "after") else {
        incomplete(context, spot, "when it passes (after)");
        return None;
    };
    let after = text(found);
    if let Text::Literal(literal) = &after
        && !is_duration(literal)
        && !is_date_time(literal)
    {
        let message = format!("The deadline passes after {}.", shown(literal));
        let hint = "Write a duration such as P2D, a date-time such as 2030-01-31T09:30:00Z, or an expression.";
        context.report(rules::DEADLINE_INVALID, spot.at(found.position), message, hint);
        return None;
    }
    Some(after)
}

/// Reads attribute `name` as a duration that stands there as it is.
pub(crate) fn whole_duration<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    name: &str,
) -> Option<String> {
    let found = context.plain(node, name)?;
    if !is_duration(found.value) {
        let message = format!("{name} is {}.", shown(found.value));
        let hint = "Write an ISO 8601 duration such as PT1H or P2D.";
        context.report(rules::DEADLINE_INVALID, spot.at(found.position), message, hint);
        return None;
    }
    Some(found.value.to_owned())
}

/// Reads a copy of a task.
pub(super) fn copy_of_task<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    name: impl FnOnce(&'a str, Found<'a>),
) -> Option<CopyRule> {
    let moments = [
        ("opened", CopyMoment::Opened),
        ("decided", CopyMoment::Decided),
        ("rejected", CopyMoment::Rejected),
    ];
    copy(context, node, spot, &moments, name)
}

/// Reads a copy of a task that is nobody's.
pub(super) fn copy_of_passed<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    name: impl FnOnce(&'a str, Found<'a>),
) -> Option<CopyRule> {
    copy(context, node, spot, &[("passed", CopyMoment::Passed)], name)
}

/// Reads a copy of the process.
pub(crate) fn copy_of_process<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    name: impl FnOnce(&'a str, Found<'a>),
) -> Option<CopyRule> {
    copy(context, node, spot, &[("ended", CopyMoment::Ended)], name)
}

/// Where only one moment is possible, the file need not name it.
fn copy<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    moments: &[(&str, CopyMoment)],
    name: impl FnOnce(&'a str, Found<'a>),
) -> Option<CopyRule> {
    known(context, node, spot, &attributes(&["when", "condition"]));
    let had_errors = context.errors;
    let moment = match (word(context, node, spot, "when", moments), moments) {
        (None, [(_, only)]) if context.errors == had_errors => Some(*only),
        (moment, _) => moment,
    };
    if moment.is_none() && context.errors == had_errors {
        let message = "The copy does not say when it is sent.";
        let hint = "Write when=\"opened\", \"decided\" or \"rejected\".";
        context.report(rules::APPROVAL_WORD_UNKNOWN, spot, message, hint);
    }
    let condition = context
        .plain(node, "condition")
        .map(|found| condition::read_found(context, found, spot, false));
    if context.plain(node, "resolver").is_some() {
        not_allowed(
            context,
            node,
            spot,
            "resolver",
            "nobody is asked from outside who gets a copy",
        );
    }
    let to = who(context, node, spot, name);
    Some(CopyRule { to: to?, moment: moment?, condition })
}
