//! Turns the drafts of a process into a [`Definition`]: resolves names to indexes and checks the
//! rules of the graph.
//!
//! Collects every problem; the definition it gives is sound only if there was none.

mod flow;
mod boundary;
mod start;
mod link;
mod compensation;
mod gateway;
mod duplicate;
mod element;
mod approval;
mod outcome;

use std::collections::BTreeMap;

use crate::definition::{Definition, ElementIndex, ElementKind, Lane, SubProcessKind};
use crate::graph;
use crate::lane::LaneDraft;
use crate::problem::shown;
use crate::read::{Draft, Process};
use crate::rules;
use crate::xml::{Context, Spot};

/// Elements by id.
type Ids = BTreeMap<String, ElementIndex>;

/// Compiles `process`.
/// `errors_before` says how many errors the file had before the process was read.
pub(crate) fn compile<'a>(
    context: &mut Context<'a>,
    process: Process<'a>,
    errors_before: usize,
) -> Definition {
    let Process { key, name, version_tag, starters, spot, mut elements, flows, .. } = process;
    let ids: Ids = elements
        .iter()
        .enumerate()
        .rev()
        .map(|(at, draft)| (draft.element.id.clone(), index(at)))
        .collect();
    // Flows as drawn: one that leads nowhere has its own problem and still counts for its source.
    let mut drawn: BTreeMap<&str, usize> = BTreeMap::new();
    for draft in &flows {
        *drawn.entry(draft.source).or_default() += 1;
    }
    let flows = flow::resolve(context, flows, &mut elements, &ids);
    flow::resolve_defaults(context, &mut elements, &flows);
    boundary::attach(context, &mut elements, &ids);
    let start = start::find(context, spot, &mut elements);
    link::resolve(context, &mut elements);
    compensation::resolve(context, &mut elements, &ids, &process.associations);
    gateway::check(context, &mut elements, &flows);
    duplicate::check(context, &elements, &flows);
    for draft in elements.iter().filter(|draft| !draft.refused) {
        let drawn = drawn.get(draft.element.id.as_str()).copied().unwrap_or_default();
        element::check(context, draft, &elements, &flows, drawn);
    }
    approval::resolve(context, &mut elements, &flows, &ids);
    let policies = approval::of_process(context, process.policies, &mut elements, &ids, spot);
    let lanes = lanes(context, process.lanes, &ids, spot);
    let mut definition = Definition {
        key: key.to_owned(),
        name,
        version_tag,
        elements: elements.into_iter().map(|draft| draft.element).collect(),
        flows,
        start,
        initiator_variable: process.initiator_variable,
        starters,
        lanes,
        data_objects: process.data_objects,
        policies,
    };
    flow::drop_ignored_conditions(context, &mut definition);
    // What is not connected because of an error is not worth a notice.
    if context.errors == errors_before {
        graph::notices(context, &definition);
    }
    definition
}

fn index(at: usize) -> ElementIndex {
    ElementIndex(u32::try_from(at).expect("a file of a few MiB holds fewer elements"))
}

/// The kind of the sub-process `draft` stands in; `None` for the process.
fn scope_of<'e>(draft: &Draft<'_>, elements: &'e [Draft<'_>]) -> Option<&'e SubProcessKind> {
    let parent = draft.element.parent?;
    sub_process(&elements[parent.0 as usize])
}

/// Which sub-process an element is, if it is one.
fn sub_process<'e>(draft: &'e Draft<'_>) -> Option<&'e SubProcessKind> {
    match &draft.element.kind {
        ElementKind::SubProcess { kind, .. } => Some(kind),
        _ => None,
    }
}

fn lanes(
    context: &mut Context<'_>,
    drafts: Vec<LaneDraft<'_>>,
    ids: &Ids,
    process: Spot<'_>,
) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for draft in drafts {
        let mut elements = Vec::new();
        for node in &draft.nodes {
            match ids.get(node) {
                Some(element) => elements.push(*element),
                None => {
                    let message = format!(
                        "The lane {} names {}, but its process has no such flow node.",
                        shown(draft.id),
                        shown(node)
                    );
                    let hint = "Name the id of an event, activity or gateway in flowNodeRef.";
                    context.report(rules::LANE_NODE_UNKNOWN, process, message, hint);
                }
            }
        }
        lanes.push(Lane { id: draft.id.to_owned(), name: draft.name, elements });
    }
    lanes
}
