//! What stands beside the processes of a file: messages, signals, errors, escalations, item
//! definitions and event definitions, found by id.
//!
//! Knows ids only; what an element means is for its reader.

use std::collections::BTreeMap;

use roxmltree::Node;

use crate::xml::{ACTIVITI, CAMUNDA, FLOWABLE, QUORATE, ZEEBE, attribute, bpmn_name, elements};

/// The root elements of a file.
#[derive(Default)]
pub(crate) struct Roots<'a> {
    /// `expressionLanguage` of the `definitions`.
    pub(crate) language: Option<&'a str>,
    /// True for files of the Java engines: the file declares one of their namespaces, and neither
    /// ours nor Camunda 8's.
    pub(crate) is_java: bool,
    by_id: BTreeMap<&'a str, Node<'a, 'a>>,
}

impl<'a> Roots<'a> {
    /// Collects the children of `definitions`.
    pub(crate) fn new(root: Node<'a, 'a>) -> Self {
        let declares = |known: &[&str]| root.namespaces().any(|it| known.contains(&it.uri()));
        let with_id = elements(root).filter(|node| bpmn_name(*node).is_some());
        Self {
            language: attribute(root, "expressionLanguage"),
            is_java: declares(&[CAMUNDA, FLOWABLE, ACTIVITI]) && !declares(&[QUORATE, ZEEBE]),
            by_id: with_id.filter_map(|node| Some((attribute(node, "id")?, node))).collect(),
        }
    }

    /// The root element that `reference` names, with or without a prefix.
    pub(crate) fn get(&self, reference: &str) -> Option<Node<'a, 'a>> {
        let plain = || self.by_id.get(reference.rsplit_once(':')?.1);
        self.by_id.get(reference).or_else(plain).copied()
    }
}
