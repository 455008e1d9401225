//! Lanes: who is responsible for which elements, for display only.

use roxmltree::Node;

use crate::xml::{attribute, elements, is_bpmn, text_of};

/// A lane as read.
pub(crate) struct LaneDraft<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: Option<String>,
    /// Ids of its elements.
    pub(crate) nodes: Vec<String>,
}

/// Adds the lanes of a `laneSet`, those inside a lane behind it. A list of open sets stands in
/// for recursion.
pub(crate) fn read<'a>(set: Node<'a, 'a>, lanes: &mut Vec<LaneDraft<'a>>) {
    let mut open = vec![set];
    while let Some(node) = open.pop() {
        if is_bpmn(node, "lane") {
            let nodes = elements(node).filter(|it| is_bpmn(*it, "flowNodeRef"));
            lanes.push(LaneDraft {
                id: attribute(node, "id").unwrap_or_default(),
                name: attribute(node, "name").map(str::to_owned),
                nodes: nodes.map(|it| text_of(it).into_owned()).collect(),
            });
        }
        let inside =
            elements(node).filter(|it| is_bpmn(*it, "lane") || is_bpmn(*it, "childLaneSet"));
        let inside: Vec<_> = inside.collect();
        open.extend(inside.into_iter().rev());
    }
}
