//! Where the flow may go back to, and where it would go by now.

use actors::request::Failure;
use bpmn::{Definition, FlowIndex};
use engine::{Divergence, Key, ReturnTarget, Variables};
use raft_store::StateReader;

use super::{Facts, Reads, instance_of, no_task, unreadable};
use crate::request::{DivergenceView, Found, ReturnableView, RouteCheckView, TargetView};

impl Reads {
    /// Where an open work item may be returned to.
    pub(super) fn returnable(&self, reader: &StateReader, item: Key) -> Result<Found, Failure> {
        let instance = reader.instance(item).map_err(unreadable)?.ok_or_else(|| no_task(item))?;
        let model = self.models.of(reader, instance.definition())?;
        let found = engine::returnable(&model, &instance, item.local());
        let found = found.ok_or_else(|| no_task(item))?;
        let view = ReturnableView {
            allowed: found.allowed.into_iter().map(target).collect(),
            signer: found.signer,
            refused: found.refused,
            revision: instance.revision(),
        };
        Ok(Found::Returnable(view))
    }

    /// Decisions on the way of an instance that would be other ones with these variables.
    pub(super) fn route_check(
        &self,
        reader: &StateReader,
        key: Key,
        variables: &Variables,
    ) -> Result<Found, Failure> {
        let instance = instance_of(reader, key)?;
        let model = self.models.of(reader, instance.definition())?;
        let found = engine::divergences(&model, &instance, variables);
        let divergences = found.into_iter().map(|it| divergence(model.definition(), it)).collect();
        Ok(Found::RouteCheck(RouteCheckView { divergences, revision: instance.revision() }))
    }
}

impl Reads {
    /// What the nodes and lines of an instance have come to.
    pub(super) fn graph(&self, reader: &StateReader, key: Key) -> Result<Found, Failure> {
        let instance = instance_of(reader, key)?;
        let model = self.models.of(reader, instance.definition())?;
        let mut facts = Facts::new(reader, key);
        let events = (&mut facts).map(|(_, _, event)| event);
        let graph = engine::graph(&model, key.instance(), events);
        match facts.error {
            Some(error) => Err(unreadable(error)),
            None => Ok(Found::Graph(graph)),
        }
    }
}

fn target(target: ReturnTarget) -> TargetView {
    let ReturnTarget { node, name, visit, handlers } = target;
    TargetView { node, name, visit, handlers }
}

fn divergence(definition: &Definition, found: Divergence) -> DivergenceView {
    let lines = |flows: &[FlowIndex]| -> Vec<String> {
        flows.iter().map(|flow| definition.flow(*flow).id.clone()).collect()
    };
    DivergenceView {
        node: definition.element(found.element).id.clone(),
        taken: lines(&found.taken),
        would_take: lines(&found.would_take),
        inputs: found.inputs,
    }
}
