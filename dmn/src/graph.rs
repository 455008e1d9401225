//! What requires what: cycles are refused, and everything gets an order in which it can be done.

use crate::boxed::Body;
use crate::model::{Decision, DecisionIndex};
use crate::problem::shown;
use crate::rules;
use crate::xml::{Context, Spot};

/// Sorts the nodes of a graph so that each stands behind those that its edges lead to. Nodes of a
/// cycle, and those that lead to one, are left out.
fn sorted(edges: &[Vec<usize>]) -> Vec<usize> {
    let mut waits_for: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut users = vec![Vec::new(); edges.len()];
    for (from, targets) in edges.iter().enumerate() {
        for to in targets {
            users[*to].push(from);
        }
    }
    let mut order: Vec<usize> = (0..edges.len()).filter(|node| waits_for[*node] == 0).collect();
    let mut at = 0;
    while let Some(done) = order.get(at).copied() {
        at += 1;
        for user in &users[done] {
            waits_for[*user] -= 1;
            if waits_for[*user] == 0 {
                order.push(*user);
            }
        }
    }
    order
}

/// The first node that stands in a cycle, if there is one. `order` is what [`sorted`] gave.
fn in_cycle(edges: &[Vec<usize>], order: &[usize]) -> Option<usize> {
    let mut is_sorted = vec![false; edges.len()];
    for node in order {
        is_sorted[*node] = true;
    }
    // From a node that is left over, unsorted edges lead into a cycle after at most all nodes.
    let mut node = is_sorted.iter().position(|sorted| !sorted)?;
    for _ in 0..edges.len() {
        node = edges[node].iter().copied().find(|next| !is_sorted[*next])?;
    }
    let mut first = node;
    let start = node;
    loop {
        node = edges[node].iter().copied().find(|next| !is_sorted[*next])?;
        if node == start {
            return Some(first);
        }
        first = first.min(node);
    }
}

/// Every decision behind those that it requires. None after a problem.
pub(crate) fn order(
    context: &mut Context<'_>,
    decisions: &[Decision],
    spots: &[Spot<'_>],
) -> Option<Vec<DecisionIndex>> {
    let edges: Vec<Vec<usize>> = decisions
        .iter()
        .map(|decision| decision.required.iter().map(|index| index.0 as usize).collect())
        .collect();
    let order = sorted(&edges);
    if let Some(at) = in_cycle(&edges, &order) {
        let message = format!("The decision {} requires itself.", shown(&decisions[at].id));
        let hint = "Remove one of the requirements that lead back to it.";
        context.report(rules::REQUIREMENT_CYCLE, spots[at], message, hint);
        return None;
    }
    let index = |at: usize| DecisionIndex(u32::try_from(at).unwrap_or(u32::MAX));
    Some(order.into_iter().map(index).collect())
}

/// Functions must not invoke themselves, and what decisions and functions invoke must not nest
/// too deep: the evaluator recurses.
pub(crate) fn check_calls(
    context: &mut Context<'_>,
    functions: &[Body<'_>],
    decisions: &[Body<'_>],
) {
    let edges: Vec<Vec<usize>> = functions
        .iter()
        .map(|body| body.calls.iter().map(|(_, function)| function.0 as usize).collect())
        .collect();
    let order = sorted(&edges);
    if let Some(at) = in_cycle(&edges, &order) {
        let message = "The function invokes itself, directly or through others.";
        let hint = "Use a for expression over a list instead.";
        context.report(rules::REQUIREMENT_CYCLE, functions[at].spot, message, hint);
        return;
    }
    let depth_max = context.limits.boxed_depth();
    let mut depths = vec![0; functions.len()];
    let of = |body: &Body<'_>, depths: &[usize]| {
        let called = body.calls.iter().map(|(level, index)| level + depths[index.0 as usize]);
        called.fold(body.depth, usize::max)
    };
    for at in order {
        depths[at] = of(&functions[at], &depths);
    }
    for body in functions.iter().chain(decisions) {
        let depth = of(body, &depths);
        if depth > depth_max {
            let message = format!("With the functions it invokes, this nests {depth} deep.");
            let hint = format!("At most {depth_max} is allowed; invoke fewer functions in a row.");
            context.report(rules::BOXED_TOO_DEEP, body.spot, message, hint);
            return;
        }
    }
}
