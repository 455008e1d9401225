//! A trace alone: without gaps, a walk of the model, each join once, an end that is an end, and a
//! reason to wait until then.

use std::collections::BTreeMap;

use bpmn::{Definition, ElementKind};

use crate::checker::{Violation, violation};
use crate::replicas::{Fact, View};

/// Violations inside one instance.
pub(super) fn check(
    key: i64,
    view: &View,
    definition: &Definition,
    finished: bool,
) -> Vec<Violation> {
    let mut violations = gapless(key, view);
    violations.extend(walk(key, view, definition));
    violations.extend(joins(key, view));
    violations.extend(ending(key, view));
    violations.extend(waiting(key, view, finished));
    violations
}

/// Facts count from 1, and the version is the number of the last.
fn gapless(key: i64, view: &View) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (fact, expected) in view.facts.iter().zip(1..) {
        if fact.sequence != expected {
            let what =
                format!("instance {key}: fact {} stands where {expected} should", fact.sequence);
            violations.push(violation("trace-gapless", what));
            break;
        }
    }
    if view.facts.len() as u64 != view.version {
        let what =
            format!("instance {key}: {} facts at version {}", view.facts.len(), view.version);
        violations.push(violation("trace-gapless", what));
    }
    violations
}

/// Every node was entered by a line that leads to it, that was taken before, and that leaves a
/// node that was entered before; a node is left along its lines no more often than it was entered.
fn walk(key: i64, view: &View, definition: &Definition) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut wrong = |what: String| {
        violations.push(violation("trace-is-a-walk", format!("instance {key}: {what}")))
    };
    let mut entered: BTreeMap<&str, usize> = BTreeMap::new();
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for fact in &view.facts {
        match (fact.kind.as_str(), fact.node.as_deref(), fact.line.as_deref()) {
            ("node.entered", Some(node), line) => {
                *entered.entry(node).or_default() += 1;
                let Some(element) = definition.find(node) else {
                    wrong(format!("entered {node}, which is not in the model"));
                    continue;
                };
                if let Some(line) = line {
                    let leads_here =
                        ends_of(definition, line).is_some_and(|(_, target)| target == node);
                    if !leads_here || !taken.contains_key(line) {
                        wrong(format!(
                            "entered {node} by {line}, which was not taken or leads elsewhere"
                        ));
                    }
                } else if !enters_by_itself(&definition.element(element).kind) {
                    let after_join = view
                        .facts
                        .iter()
                        .any(|f| f.kind == "join.fired" && f.node.as_deref() == Some(node));
                    if !after_join {
                        wrong(format!("entered {node} without a line"));
                    }
                }
            }
            ("line.taken" | "join.reached", _, Some(line)) => {
                if fact.kind == "line.taken" {
                    *taken.entry(line).or_default() += 1;
                }
                let Some((source, _)) = ends_of(definition, line) else {
                    wrong(format!("line {line} is not in the model"));
                    continue;
                };
                if taken.get(line).copied().unwrap_or(0) > entered.get(source).copied().unwrap_or(0)
                {
                    wrong(format!("line {line} was taken more often than {source} was entered"));
                }
            }
            ("task.opened" | "job.opened" | "timer.armed", Some(node), _)
                if !entered.contains_key(node) && !is_boundary(definition, node) =>
            {
                wrong(format!("{} at {node}, which was not entered", fact.kind));
            }
            _ => {}
        }
    }
    violations
}

/// Source and target of a line.
fn ends_of<'a>(definition: &'a Definition, line: &str) -> Option<(&'a str, &'a str)> {
    let flow = definition.flows.iter().find(|flow| flow.id == line)?;
    Some((&definition.element(flow.source).id, &definition.element(flow.target).id))
}

fn enters_by_itself(kind: &ElementKind) -> bool {
    matches!(kind, ElementKind::StartEvent(_) | ElementKind::BoundaryEvent { .. })
}

fn is_boundary(definition: &Definition, node: &str) -> bool {
    let element = definition.find(node).map(|at| &definition.element(at).kind);
    matches!(element, Some(ElementKind::BoundaryEvent { .. }))
}

/// A branch goes into at most one join, and came to it before.
fn joins(key: i64, view: &View) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut waiting: BTreeMap<u32, &str> = BTreeMap::new();
    for fact in &view.facts {
        match (fact.kind.as_str(), fact.node.as_deref()) {
            ("join.reached", Some(node)) => {
                fact.branch.map(|branch| waiting.insert(branch, node));
            }
            ("join.fired", Some(node)) => {
                let missing: Vec<&u32> = fact
                    .branches
                    .iter()
                    .filter(|branch| waiting.remove(branch) != Some(node))
                    .collect();
                if !missing.is_empty() || fact.branches.is_empty() {
                    let what = format!(
                        "instance {key}: join {node} fired with {:?}, not there: {missing:?}",
                        fact.branches
                    );
                    violations.push(violation("join-once", what));
                }
            }
            _ => {}
        }
    }
    violations
}

/// One end, and nothing behind it.
fn ending(key: i64, view: &View) -> Vec<Violation> {
    let ends: Vec<&Fact> =
        view.facts.iter().filter(|fact| fact.kind == "process.finished").collect();
    let expected = usize::from(view.outcome.is_some());
    let mut violations = Vec::new();
    if ends.len() != expected {
        let what = format!("instance {key}: {} ends, outcome {:?}", ends.len(), view.outcome);
        violations.push(violation("one-outcome", what));
    }
    if let Some(end) = ends.first().filter(|end| end.sequence != view.version) {
        let what = format!(
            "instance {key}: finished at {}, but goes on to {}",
            end.sequence, view.version
        );
        violations.push(violation("one-outcome", what));
    }
    if view.outcome.is_some() && !view.waits.is_empty() {
        let what = format!("instance {key}: finished, but waits for {:?}", view.waits);
        violations.push(violation("one-outcome", what));
    }
    violations
}

/// A running instance waits for something that can wake it.
fn waiting(key: i64, view: &View, finished: bool) -> Vec<Violation> {
    if view.outcome.is_some() {
        return Vec::new();
    }
    if finished {
        return vec![violation(
            "never-stuck",
            format!("instance {key} did not come to its end: {:?}", view.waits),
        )];
    }
    let can_wake = view.waits.iter().any(|wait| wait.kind != "join") || !view.incidents.is_empty();
    if can_wake {
        return Vec::new();
    }
    vec![violation(
        "never-stuck",
        format!("instance {key} runs, and nothing can wake it: {:?}", view.waits),
    )]
}
