//! Compares what clients saw with what the replicas hold in the end, and the replicas with each
//! other. Knows the history and the traces, and nothing of the engine.
//!
//! A history that was kept can be checked again.

mod operations;
mod replicas;
mod times;
mod traces;

#[cfg(test)]
mod tests;

use bpmn::Definition;

use crate::history::{Kind, Line, Op, Res};
use crate::replicas::Replica;

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Stable name of the rule.
    pub rule: &'static str,
    /// What was found.
    pub what: String,
}

/// An operation with its end.
#[derive(Debug, Clone)]
pub(crate) struct Done<'a> {
    pub(crate) invoked_at: u64,
    pub(crate) op: &'a Op,
    pub(crate) end: End<'a>,
}

/// How an operation ended, as its client saw it.
#[derive(Debug, Clone)]
pub(crate) enum End<'a> {
    /// Acknowledged, and when.
    Ok(&'a Res, u64),
    /// Refused.
    Refused,
    /// It may have happened.
    Open,
}

/// Every violation that is found. `finished` says that every instance was worked to its end.
#[must_use]
pub fn check(
    history: &[Line],
    replicas: &[Replica],
    definition: &Definition,
    finished: bool,
) -> Vec<Violation> {
    let done = operations_of(history);
    let mut violations = replicas::equal(replicas);
    let Some(replica) = replicas.first() else { return violations };
    let instances = &replica.instances;
    violations.extend(operations::starts(&done, instances));
    violations.extend(operations::tasks(&done, instances));
    violations.extend(operations::jobs(&done, instances));
    violations.extend(times::versions(&done, instances));
    violations.extend(times::order(&done, instances));
    violations.extend(times::positions(&done));
    for (key, view) in instances {
        violations.extend(traces::check(*key, view, definition, finished));
    }
    violations
}

/// Pairs invocations with their ends.
fn operations_of(history: &[Line]) -> Vec<Done<'_>> {
    let mut ends: std::collections::BTreeMap<u64, &Line> = std::collections::BTreeMap::new();
    for line in history {
        if let Some(of) = line.of {
            ends.insert(of, line);
        }
    }
    let invoked = history.iter().filter(|line| line.kind == Kind::Invoke);
    invoked
        .filter_map(|line| {
            let op = line.op.as_ref()?;
            let end = match ends.get(&line.n) {
                Some(Line { kind: Kind::Ok, res: Some(res), t, .. }) => End::Ok(res, *t),
                Some(Line { kind: Kind::Fail, .. }) => End::Refused,
                Some(_) | None => End::Open,
            };
            Some(Done { invoked_at: line.t, op, end })
        })
        .collect()
}

pub(crate) fn violation(rule: &'static str, what: impl Into<String>) -> Violation {
    Violation { rule, what: what.into() }
}
