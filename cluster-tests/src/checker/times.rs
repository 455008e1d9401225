//! What was answered first happened first, and reads see what was acknowledged before them.

use std::collections::BTreeMap;

use crate::checker::{Done, End, Violation, violation};
use crate::history::{Op, Res};
use crate::replicas::View;

type Instances = BTreeMap<i64, View>;

/// The version in an answer covers what was done; a later answer never has an older version.
pub(super) fn versions(done: &[Done<'_>], instances: &Instances) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut by_instance: BTreeMap<i64, Vec<(u64, u64, u64)>> = BTreeMap::new();
    for operation in done {
        let End::Ok(res, ended_at) = operation.end else { continue };
        let (Some(instance), Some(version)) = (res.instance, res.version) else { continue };
        by_instance.entry(instance).or_default().push((operation.invoked_at, ended_at, version));
        let Some(view) = instances.get(&instance) else { continue };
        if version > view.version {
            let what = format!(
                "instance {instance}: version {version} was answered, it has {}",
                view.version
            );
            violations.push(violation("version-kept", what));
        }
        if let Some(sequence) =
            effect(operation.op, res, view).filter(|sequence| *sequence > version)
        {
            let what =
                format!("instance {instance}: answered at version {version}, done at {sequence}");
            violations.push(violation("version-covers", what));
        }
    }
    for (instance, answers) in by_instance {
        // Newest version acknowledged before each invocation, by a sweep over both ends.
        let mut ends: Vec<(u64, u64)> =
            answers.iter().map(|(_, ended, version)| (*ended, *version)).collect();
        ends.sort_unstable();
        let mut answers = answers;
        answers.sort_unstable();
        let (mut next, mut newest) = (0, 0);
        for (invoked, _, version) in answers {
            while next < ends.len() && ends[next].0 < invoked {
                newest = newest.max(ends[next].1);
                next += 1;
            }
            if version < newest {
                let what =
                    format!("instance {instance}: version {version} after {newest} was answered");
                violations.push(violation("no-stale-answer", what));
            }
        }
    }
    violations
}

/// Per instance, what was answered before something else was sent also happened before it.
pub(super) fn order(done: &[Done<'_>], instances: &Instances) -> Vec<Violation> {
    let mut by_instance: BTreeMap<i64, Vec<(u64, u64, u64)>> = BTreeMap::new();
    for operation in done {
        let End::Ok(res, ended_at) = operation.end else { continue };
        let Some((instance, view)) = res.instance.and_then(|key| Some((key, instances.get(&key)?)))
        else {
            continue;
        };
        if let Some(sequence) = effect(operation.op, res, view) {
            by_instance.entry(instance).or_default().push((
                operation.invoked_at,
                ended_at,
                sequence,
            ));
        }
    }
    let mut violations = Vec::new();
    for (instance, effects) in by_instance {
        for (_, ended, first) in &effects {
            let later = effects.iter().filter(|(invoked, _, _)| invoked > ended);
            for (_, _, second) in later.filter(|(_, _, second)| second < first) {
                let what = format!(
                    "instance {instance}: fact {second} was sent after fact {first} was answered"
                );
                violations.push(violation("real-time-order", what));
            }
        }
    }
    violations
}

/// Per partition, positions never go back between an answer and what is sent after it.
pub(super) fn positions(done: &[Done<'_>]) -> Vec<Violation> {
    let mut by_partition: BTreeMap<u32, Vec<(u64, u64, u64)>> = BTreeMap::new();
    for operation in done {
        let End::Ok(res, ended_at) = operation.end else { continue };
        if let (Some(partition), Some(index)) = (res.partition, res.log_index) {
            by_partition.entry(partition).or_default().push((
                operation.invoked_at,
                ended_at,
                index,
            ));
        }
    }
    let mut violations = Vec::new();
    for (partition, mut answers) in by_partition {
        let mut ends: Vec<(u64, u64)> =
            answers.iter().map(|(_, ended, index)| (*ended, *index)).collect();
        ends.sort_unstable();
        answers.sort_unstable();
        let (mut next, mut newest) = (0, 0);
        for (invoked, _, index) in answers {
            while next < ends.len() && ends[next].0 < invoked {
                newest = newest.max(ends[next].1);
                next += 1;
            }
            if index < newest {
                let what =
                    format!("partition {partition}: position {index} after {newest} was answered");
                violations.push(violation("position-kept", what));
            }
        }
    }
    violations
}

/// Sequence number of the fact that an operation became.
fn effect(op: &Op, res: &Res, view: &View) -> Option<u64> {
    let (kind, activity) = match op {
        Op::ClaimTask { task, .. } => ("task.claimed", *task),
        Op::CompleteTask { task, .. } => ("task.completed", *task),
        Op::CompleteJob { job, .. } => ("job.completed", *job),
        // A repeat of a start may come at any time and does nothing.
        Op::Start { .. } if res.created == Some(true) => {
            return view.facts.first().map(|fact| fact.sequence);
        }
        Op::Start { .. } => return None,
        Op::ActivateJobs { .. } | Op::ListInbox { .. } | Op::GetInstance { .. } => return None,
    };
    let fact = view.facts.iter().find(|fact| fact.kind == kind && fact.activity == Some(activity));
    fact.map(|fact| fact.sequence)
}
