//! Ways ahead and graphs as they go out.

use engine::{Graph, GraphNode, NodeState, Way, WayKind, WayStep};
use proto::v1;

use crate::api::convert;

/// A way ahead.
pub(super) fn way(way: Way) -> v1::Way {
    let stop = |stop: engine::WayStop| v1::WayStop { node: stop.node, reason: stop.reason };
    v1::Way {
        steps: way.steps.into_iter().map(step).collect(),
        lines: way.lines,
        outcome: way.outcome.map(convert::outcome),
        doubt: way.doubt,
        stops: way.stops.into_iter().map(stop).collect(),
    }
}

fn step(step: WayStep) -> v1::WayStep {
    let kind = match step.kind {
        WayKind::Task => v1::WayKind::Task,
        WayKind::Passed => v1::WayKind::Passed,
        WayKind::Job => v1::WayKind::Job,
        WayKind::Timer => v1::WayKind::Timer,
        WayKind::Event => v1::WayKind::Event,
        WayKind::Call => v1::WayKind::Call,
    };
    v1::WayStep {
        node: step.node,
        name: step.name,
        visit: step.visit,
        kind: kind.into(),
        people: step.people,
        groups: step.groups,
        certain: step.doubt.is_none(),
        doubt: step.doubt,
    }
}

/// A graph without its way ahead.
pub(super) fn graph(graph: Graph, position: Option<v1::Position>) -> v1::GetGraphReply {
    let line = |line: engine::GraphLine| v1::GraphLine {
        line: line.line,
        taken: line.taken,
        erased: line.is_erased,
    };
    v1::GetGraphReply {
        nodes: graph.nodes.into_iter().map(node).collect(),
        lines: graph.lines.into_iter().map(line).collect(),
        way: None,
        version: graph.revision,
        position,
    }
}

fn node(node: GraphNode) -> v1::GraphNode {
    let state = match node.state {
        NodeState::Current => v1::NodeState::Current,
        NodeState::Done => v1::NodeState::Done,
        NodeState::Skipped => v1::NodeState::Skipped,
        NodeState::Returned => v1::NodeState::Returned,
        NodeState::Erased => v1::NodeState::Erased,
        NodeState::Cancelled => v1::NodeState::Cancelled,
    };
    v1::GraphNode {
        node: node.node,
        name: node.name,
        state: state.into(),
        visits: node.visits,
        visit: node.visit,
        operators: node.operators,
        decision: node.decision,
        at_ms: convert::millis(node.at),
    }
}
