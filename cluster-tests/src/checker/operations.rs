//! What was acknowledged has happened once, and nothing else has happened.

use std::collections::{BTreeMap, BTreeSet};

use crate::checker::{Done, End, Violation, violation};
use crate::history::Op;
use crate::replicas::{Fact, View};

type Instances = BTreeMap<i64, View>;

/// One instance per business key, for ever the same.
pub(super) fn starts(done: &[Done<'_>], instances: &Instances) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut held: BTreeMap<&str, i64> = BTreeMap::new();
    for (key, view) in instances {
        let Some(business_key) = view.business_key.as_deref() else { continue };
        if let Some(other) = held.insert(business_key, *key) {
            let what = format!("business key {business_key} has the instances {other} and {key}");
            violations.push(violation("one-instance-per-key", what));
        }
    }
    let mut sent: BTreeSet<&str> = BTreeSet::new();
    let mut created: BTreeSet<&str> = BTreeSet::new();
    for operation in done {
        let Op::Start { key, amount } = operation.op else { continue };
        if !matches!(operation.end, End::Refused) {
            sent.insert(key);
        }
        let End::Ok(res, _) = operation.end else { continue };
        if res.created == Some(true) && !created.insert(key) {
            violations
                .push(violation("created-once", format!("business key {key} was created twice")));
        }
        let Some(found) = held.get(key.as_str()) else {
            violations
                .push(violation("start-kept", format!("the acknowledged start of {key} is lost")));
            continue;
        };
        if Some(*found) != res.instance {
            let what = format!("{key} was acknowledged as {:?}, and is {found}", res.instance);
            violations.push(violation("same-instance-for-ever", what));
        }
        let variables: serde_json::Value =
            serde_json::from_str(&instances[found].variables).unwrap_or_default();
        if variables["amount"] != serde_json::json!(amount) {
            let what = format!(
                "{key} was acknowledged with amount {amount}, and has {}",
                variables["amount"]
            );
            violations.push(violation("same-payload", what));
        }
    }
    for business_key in held.keys().filter(|key| !sent.contains(**key)) {
        violations.push(violation(
            "no-phantom",
            format!("nobody started {business_key}, but it is there"),
        ));
    }
    violations
}

/// Claims and completions: each acknowledged one is in the trace once, each in the trace was sent.
pub(super) fn tasks(done: &[Done<'_>], instances: &Instances) -> Vec<Violation> {
    let claims = done.iter().filter_map(|operation| match operation.op {
        Op::ClaimTask { task, user } => Some((*task, user.clone(), &operation.end)),
        _ => None,
    });
    let completions = done.iter().filter_map(|operation| match operation.op {
        Op::CompleteTask { task, user, decision } => {
            Some((*task, format!("{user} {decision}"), &operation.end))
        }
        _ => None,
    });
    let claimed =
        facts(instances, "task.claimed", |fact| fact.operator.clone().unwrap_or_default());
    let completed = facts(instances, "task.completed", |fact| {
        let decision = fact.decision.as_deref().unwrap_or_default();
        format!("{} {decision}", fact.operator.as_deref().unwrap_or_default())
    });
    let mut violations = once("claim", claims, &claimed);
    violations.extend(once("completion", completions, &completed));
    violations
}

/// Jobs likewise.
pub(super) fn jobs(done: &[Done<'_>], instances: &Instances) -> Vec<Violation> {
    let completions = done.iter().filter_map(|operation| match operation.op {
        Op::CompleteJob { job, .. } => Some((*job, String::new(), &operation.end)),
        _ => None,
    });
    once("job completion", completions, &facts(instances, "job.completed", |_| String::new()))
}

/// Per activity, who did it according to the traces.
fn facts(
    instances: &Instances,
    kind: &str,
    who: impl Fn(&Fact) -> String,
) -> BTreeMap<i64, Vec<String>> {
    let mut found: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for fact in instances.values().flat_map(|view| &view.facts).filter(|fact| fact.kind == kind) {
        if let Some(activity) = fact.activity {
            found.entry(activity).or_default().push(who(fact));
        }
    }
    found
}

fn once<'a>(
    what: &str,
    operations: impl Iterator<Item = (i64, String, &'a End<'a>)>,
    facts: &BTreeMap<i64, Vec<String>>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut acknowledged: BTreeSet<i64> = BTreeSet::new();
    let mut possible: BTreeSet<(i64, String)> = BTreeSet::new();
    for (activity, who, end) in operations {
        if matches!(end, End::Ok(..)) {
            let found =
                facts.get(&activity).map_or(0, |all| all.iter().filter(|by| **by == who).count());
            if found == 0 {
                let what = format!("the acknowledged {what} of {activity} by `{who}` is lost");
                violations.push(violation("acknowledged-kept", what));
            }
            if !acknowledged.insert(activity) {
                let what = format!("{activity}: a second {what} was acknowledged, by `{who}`");
                violations.push(violation("acknowledged-once", what));
            }
        }
        if !matches!(end, End::Refused) {
            possible.insert((activity, who));
        }
    }
    for (activity, all) in facts {
        if all.len() > 1 {
            violations.push(violation("happened-once", format!("{activity}: {what} by {all:?}")));
        }
        for who in all.iter().filter(|who| !possible.contains(&(*activity, (*who).clone()))) {
            let what =
                format!("{activity}: {what} by `{who}`, which nobody sent or which was refused");
            violations.push(violation("no-phantom", what));
        }
    }
    violations
}
