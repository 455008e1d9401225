//! Asynchronous continuation of the Java engines: where transactions of theirs begin and end.

use roxmltree::Node;

use crate::definition::{Continuation, Text};
use crate::extension;
use crate::problem::shown;
use crate::rules;
use crate::text::text;
use crate::timer::is_duration;
use crate::uel::has_uel;
use crate::xml::{Body, Context, Spot, extension as extension_of, zeebe};

/// Reads the attributes of `node`.
pub(super) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> Continuation {
    let mut flag = |name| context.flag(node, spot, name);
    let before = flag("async") == Some(true) || flag("asyncBefore") == Some(true);
    let after = flag("asyncAfter") == Some(true) || flag("asyncLeave") == Some(true);
    let not_exclusive = flag("exclusive") == Some(false);
    Continuation {
        before,
        after,
        not_exclusive,
        retry_cycle: checked_cycle(context, node, spot),
        priority: priority(context, node, spot),
    }
}

/// The priority of the jobs of an element, or of a process.
pub(crate) fn priority<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> Option<Text> {
    let names = ["jobPriority", "taskPriority"];
    let found = names.iter().find_map(|name| context.dialect(node, name));
    let of_zeebe = || context.plain(zeebe(node, "jobPriorityDefinition")?, "priority");
    let found = found.or_else(of_zeebe)?;
    let priority = text(found);
    if let Text::Literal(literal) = &priority
        && literal.parse::<i64>().is_err()
    {
        let message = format!("The priority is {}.", shown(literal));
        let hint = "Write a whole number, or an expression.";
        context.report(rules::NUMBER_INVALID, spot.at(found.position), message, hint);
        return None;
    }
    Some(priority)
}

/// The retry cycle of `node` as written.
pub(crate) fn retry_cycle<'a>(context: &Context<'a>, node: Node<'a, '_>) -> Option<Body<'a>> {
    extension_of(node, "failedJobRetryTimeCycle").map(|cycle| context.body(cycle))
}

fn checked_cycle<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> Option<Text> {
    let cycle = retry_cycle(context, node)?;
    if !has_uel(&cycle.text) && attempts(&cycle.text).is_none() {
        let what = format!("The retry cycle {}", shown(&cycle.text));
        let here = spot.at(cycle.position);
        extension::not_executed(context, here, &what, "failedJobRetryTimeCycle");
        return None;
    }
    Some(text(cycle.java()))
}

/// Attempts in all: 5 of `R5/PT5M`, and one more than there are pauses in `PT10M,PT20M`.
pub(crate) fn attempts(cycle: &str) -> Option<u32> {
    if let Some(rest) = cycle.strip_prefix('R') {
        let (count, pause) = rest.split_once('/')?;
        return count.parse().ok().filter(|count| *count > 0 && is_duration(pause));
    }
    let pauses: Vec<_> = cycle.split(',').map(str::trim).collect();
    let is_list = pauses.iter().all(|pause| is_duration(pause));
    u32::try_from(pauses.len()).ok().filter(|_| is_list).map(|count| count + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_of_retry_cycles() {
        let found = ["R5/PT5M", "PT10M, PT20M", "PT1M", "R0/PT1M", "R5", "soon", ""].map(attempts);
        assert_eq!(found, [Some(5), Some(3), Some(2), None, None, None, None]);
    }
}
