//! Agreeing with the engine: what a business that lags behind has to adopt.
//!
//! Only reads: the command that was refused is never sent again, because somebody else may have
//! done its work. Without an answer there is nothing to adopt, and the business keeps what it has.

use proto::v1;

use crate::client::Client;
use crate::error::Error;
use crate::variables::Variables;

/// What the business holds of an instance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// Key of the instance.
    pub instance_key: i64,
    /// Version it last knew; 0 if none.
    pub version: u64,
    /// Nodes it believes the instance to be at.
    pub nodes: Vec<String>,
    /// Code of the outcome it believes the instance to have.
    pub outcome: Option<String>,
    /// Variables as the business has them: the engine's pinned decisions are compared with these.
    pub variables: Variables,
}

/// What the business has to adopt. Where [`Adopt::agrees`] is true nothing but the version.
#[derive(Debug, Clone, PartialEq)]
pub struct Adopt {
    /// The business was at the same nodes, with the same outcome.
    pub agrees: bool,
    /// Nodes where tokens stand, each once; empty for a finished instance.
    pub nodes: Vec<String>,
    /// Version to remember.
    pub version: u64,
    /// How it finished; none while it runs.
    pub outcome: Option<v1::Outcome>,
    /// Decisions of people behind the known version, oldest first.
    pub decisions: Vec<v1::LastTransition>,
    /// There may be more decisions than the engine keeps at hand; the trace behind the known
    /// version has all.
    pub has_gap: bool,
    /// Pinned decisions that would be other ones with the business's variables, each with what it
    /// read: the engine keeps to them.
    pub divergences: Vec<v1::Divergence>,
    /// All there is to know.
    pub standing: v1::Standing,
}

/// Decisions that a standing carries at most.
const DECISIONS_MAX: usize = 20;

impl Client {
    /// Compares what the business holds of an instance with the engine, for instance after a
    /// refusal with `NODE_MISMATCH`, and says what to adopt. Changes nothing on either side.
    ///
    /// # Errors
    /// `INSTANCE_NOT_FOUND`, or no answer; nothing is to be adopted then.
    pub async fn reconcile(&self, known: &Known) -> Result<Adopt, Error> {
        let standing = self.get_instance(known.instance_key).await?.standing;
        let divergences = if known.variables.is_empty() {
            Vec::new()
        } else {
            self.check_route(known.instance_key, &known.variables).await?.divergences
        };
        Ok(adopt(known, standing, divergences))
    }
}

fn adopt(known: &Known, standing: v1::Standing, divergences: Vec<v1::Divergence>) -> Adopt {
    let mut nodes: Vec<String> = Vec::new();
    for current in &standing.current_nodes {
        // What watches a node is no place where a token stands.
        if !watches(current) && !nodes.contains(&current.node) {
            nodes.push(current.node.clone());
        }
    }
    let is_behind = |decision: &&v1::LastTransition| decision.version > known.version;
    let decisions: Vec<_> = standing.decisions.iter().filter(is_behind).cloned().collect();
    let outcome = standing.outcome.as_ref().map(|outcome| outcome.code.as_str());
    let mut believed = known.nodes.clone();
    let mut found = nodes.clone();
    believed.sort();
    believed.dedup();
    found.sort();
    Adopt {
        agrees: believed == found && known.outcome.as_deref() == outcome,
        nodes,
        version: standing.version,
        outcome: standing.outcome.clone(),
        has_gap: decisions.len() >= DECISIONS_MAX,
        decisions,
        divergences,
        standing,
    }
}

fn watches(current: &v1::CurrentNode) -> bool {
    use v1::current_node::WaitsFor;
    match &current.waits_for {
        Some(WaitsFor::Timer(wait)) => wait.host_key.is_some(),
        Some(WaitsFor::Message(wait)) => wait.host_key.is_some(),
        Some(WaitsFor::Signal(wait)) => wait.host_key.is_some(),
        Some(WaitsFor::Condition(wait)) => wait.host_key.is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(node: &str, waits_for: v1::current_node::WaitsFor) -> v1::CurrentNode {
        v1::CurrentNode {
            node: node.into(),
            waits_for: Some(waits_for),
            ..v1::CurrentNode::default()
        }
    }

    fn standing() -> v1::Standing {
        use v1::current_node::WaitsFor;
        let decided = |node: &str, version| v1::LastTransition {
            node: node.into(),
            version,
            ..v1::LastTransition::default()
        };
        v1::Standing {
            instance_key: 7,
            version: 12,
            current_nodes: vec![
                at("b", WaitsFor::Task(v1::TaskWait::default())),
                at("b", WaitsFor::Task(v1::TaskWait::default())),
                at("late", WaitsFor::Timer(v1::TimerWait { due_at_ms: 1, host_key: Some(9) })),
            ],
            decisions: vec![decided("start", 4), decided("a", 9)],
            ..v1::Standing::default()
        }
    }

    #[test]
    fn s0_18_a_lagging_business_gets_the_node_and_the_decisions_it_missed() {
        let known =
            Known { instance_key: 7, version: 5, nodes: vec!["a".into()], ..Known::default() };
        let adopt = adopt(&known, standing(), Vec::new());
        assert!(!adopt.agrees);
        assert_eq!((adopt.nodes, adopt.version), (vec!["b".to_owned()], 12));
        let missed: Vec<&str> = adopt.decisions.iter().map(|it| it.node.as_str()).collect();
        assert_eq!(missed, ["a"]);
        assert!(!adopt.has_gap);
    }

    #[test]
    fn a_business_at_the_same_nodes_agrees() {
        let known = Known { nodes: vec!["b".into()], version: 12, ..Known::default() };
        assert!(adopt(&known, standing(), Vec::new()).agrees);
        let finished = Known { outcome: Some("done".into()), ..known.clone() };
        assert!(!adopt(&finished, standing(), Vec::new()).agrees, "it believes it is finished");
        let ended = v1::Standing {
            current_nodes: Vec::new(),
            outcome: Some(v1::Outcome { code: "done".into(), ..v1::Outcome::default() }),
            ..standing()
        };
        let finished = Known { nodes: Vec::new(), ..finished };
        assert!(adopt(&finished, ended, Vec::new()).agrees);
    }
}
