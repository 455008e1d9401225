//! Reads one process from the XML tree into drafts: elements and flows whose references are still
//! names.
//!
//! Decides which elements are executed. Whatever would be executed by another engine and is not
//! by this one is a problem; nothing is quietly taken for something else.

mod flow;
mod known;
mod node;
mod policies;
mod process;

pub(crate) use flow::FlowDraft;
pub(crate) use known::{is_activity, is_gateway};
pub(crate) use policies::Read as PoliciesRead;

use roxmltree::Node;

use crate::activity::approval::Named;
use crate::data;
use crate::definition::{
    DataObject, Element, ElementIndex, ElementKind, ServiceTask, Starters, SubProcessKind, Text,
    Throw,
};
use crate::lane::{self, LaneDraft};
use crate::xml::{Context, Spot, attribute, bpmn_name};
use known::{is_beside_the_flow, is_flow_node, is_marker, is_sub_process, unknown};

/// A process as read.
pub(crate) struct Process<'a> {
    pub(crate) key: &'a str,
    pub(crate) name: Option<String>,
    pub(crate) version_tag: Option<String>,
    pub(crate) starters: Starters,
    /// Priority of the jobs of elements that name none.
    pub(crate) priority: Option<Text>,
    pub(crate) spot: Spot<'a>,
    pub(crate) elements: Vec<Draft<'a>>,
    pub(crate) flows: Vec<FlowDraft<'a>>,
    pub(crate) associations: Vec<Association<'a>>,
    pub(crate) lanes: Vec<LaneDraft<'a>>,
    pub(crate) data_objects: Vec<DataObject>,
    pub(crate) policies: policies::Read<'a>,
    pub(crate) data_names: data::Names<'a>,
    pub(crate) initiator_variable: Option<String>,
}

/// An element as read.
pub(crate) struct Draft<'a> {
    /// Indexes of flows, hosts and starts in it are filled in later.
    pub(crate) element: Element,
    /// Its name in BPMN.
    pub(crate) tag: &'a str,
    /// True if it was refused: a place holder that spares its neighbours problems of their own.
    pub(crate) refused: bool,
    /// The flow its `default` attribute names.
    pub(crate) default: Option<&'a str>,
    /// The activity its `attachedToRef` names.
    pub(crate) host: Option<&'a str>,
    /// The name of its link.
    pub(crate) link: Option<&'a str>,
    /// The activity its compensation names.
    pub(crate) undoes: Option<&'a str>,
    /// Nodes that its approval rules name.
    pub(crate) named: Vec<Named<'a>>,
    /// True for an end event that names its outcome itself.
    pub(crate) has_outcome: bool,
}

impl<'a> Draft<'a> {
    pub(crate) fn spot(&self) -> Spot<'_> {
        Spot { id: Some(&self.element.id), position: self.element.position }
    }

    /// What it throws, for events and send tasks.
    pub(crate) fn throws_mut(&mut self) -> &mut [Throw] {
        match &mut self.element.kind {
            ElementKind::ThrowEvent(throws) => throws,
            ElementKind::EndEvent(end) => &mut end.throws,
            _ => &mut [],
        }
    }
}

/// An association: what a compensation event is connected to its handler with.
pub(crate) struct Association<'a> {
    pub(crate) source: &'a str,
    pub(crate) target: &'a str,
}

/// What an element stands in, as far as it decides how the element is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Process,
    Embedded,
    Event,
    Transaction,
    AdHoc,
}

impl Scope {
    fn of(process: &Process<'_>, parent: Option<ElementIndex>) -> Self {
        let Some(parent) = parent else { return Self::Process };
        match &process.elements[parent.0 as usize].element.kind {
            ElementKind::SubProcess { kind: SubProcessKind::Event, .. } => Self::Event,
            ElementKind::SubProcess { kind: SubProcessKind::Transaction, .. } => Self::Transaction,
            ElementKind::SubProcess { kind: SubProcessKind::AdHoc(_), .. } => Self::AdHoc,
            _ => Self::Embedded,
        }
    }
}

/// Reads a `process` element. A list of open scopes stands in for recursion.
pub(crate) fn read<'a>(context: &mut Context<'a>, node: Node<'a, 'a>) -> Process<'a> {
    let mut process = process::read(context, node);
    let mut scopes = vec![(node.first_element_child(), None)];
    while let Some((next, parent)) = scopes.last_mut() {
        let Some(child) = *next else {
            scopes.pop();
            continue;
        };
        *next = child.next_sibling_element();
        let parent = *parent;
        let Some(tag) = bpmn_name(child) else { continue };
        if let Some(inside) = read_child(context, &mut process, child, tag, parent) {
            scopes.push((child.first_element_child(), Some(inside)));
        }
    }
    process
}

/// Reads one child of a process or sub-process; gives its index if it is a sub-process itself.
fn read_child<'a>(
    context: &mut Context<'a>,
    process: &mut Process<'a>,
    child: Node<'a, 'a>,
    tag: &'a str,
    parent: Option<ElementIndex>,
) -> Option<ElementIndex> {
    match tag {
        "sequenceFlow" => process.flows.push(flow::read(context, child)),
        "association" => process.associations.push(Association {
            source: attribute(child, "sourceRef").unwrap_or_default(),
            target: attribute(child, "targetRef").unwrap_or_default(),
        }),
        "laneSet" => lane::read(child, &mut process.lanes),
        "dataObject" => {
            if let Some(object) = data::read(context, child, parent, &mut process.data_names) {
                process.data_objects.push(object);
            }
        }
        _ if is_flow_node(tag) => return read_flow_node(context, process, child, tag, parent),
        _ if is_beside_the_flow(tag) || parent.is_some() && is_marker(tag) => {}
        _ => unknown(context, child, process.spot, child.parent_element()),
    }
    None
}

fn read_flow_node<'a>(
    context: &mut Context<'a>,
    process: &mut Process<'a>,
    child: Node<'a, 'a>,
    tag: &'a str,
    parent: Option<ElementIndex>,
) -> Option<ElementIndex> {
    let index =
        u32::try_from(process.elements.len()).expect("a file of a few MiB holds fewer elements");
    let scope = Scope::of(process, parent);
    let mut draft = node::read(context, child, tag, parent, scope);
    if let Some(priority) = &process.priority {
        inherit_priority(&mut draft.element, priority);
    }
    process.elements.push(draft);
    if tag == "startEvent"
        && parent.is_none()
        && let Some(found) = context.dialect(child, "initiator")
    {
        process.initiator_variable.get_or_insert_with(|| found.value.to_owned());
    }
    is_sub_process(tag).then_some(ElementIndex(index))
}

/// Gives an element that has jobs the priority of its process, unless it has one of its own.
fn inherit_priority(element: &mut Element, priority: &Text) {
    let is_job = match &element.kind {
        ElementKind::ServiceTask(task) => matches!(**task, ServiceTask::Job(_)),
        _ => false,
    };
    let continuation = &element.extras().continuation;
    if is_job || continuation.before || continuation.after {
        let extras = element.extras.get_or_insert_default();
        extras.continuation.priority.get_or_insert_with(|| priority.clone());
    }
}

fn name_of(node: Node<'_, '_>) -> Option<String> {
    attribute(node, "name").map(str::to_owned)
}
