//! Replicas at rest hold the same.

use crate::checker::{Violation, violation};
use crate::replicas::{Replica, View};

/// Differences between the first replica and each other one.
pub(super) fn equal(replicas: &[Replica]) -> Vec<Violation> {
    let Some((first, others)) = replicas.split_first() else {
        return vec![violation("replicas-equal", "no replica was read")];
    };
    let mut violations = Vec::new();
    for other in others {
        let (a, b) = (first.node, other.node);
        for (key, view) in &first.instances {
            match other.instances.get(key) {
                None => violations.push(violation(
                    "replicas-equal",
                    format!("node {b} has no instance {key}, node {a} has"),
                )),
                Some(found) if found != view => {
                    let what =
                        format!("instance {key} on nodes {a} and {b}: {}", difference(view, found));
                    violations.push(violation("replicas-equal", what));
                }
                Some(_) => {}
            }
        }
        for key in other.instances.keys().filter(|key| !first.instances.contains_key(key)) {
            violations.push(violation(
                "replicas-equal",
                format!("node {a} has no instance {key}, node {b} has"),
            ));
        }
    }
    violations
}

fn difference(one: &View, other: &View) -> String {
    if one.version != other.version {
        return format!("versions {} and {}", one.version, other.version);
    }
    let fact = one.facts.iter().zip(&other.facts).find(|(a, b)| a != b);
    match fact {
        Some((a, b)) => format!("facts {a:?} and {b:?}"),
        None => format!("{one:?} and {other:?}"),
    }
}
