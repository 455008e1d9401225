//! What may be returned to from an open work item, for whoever asks before they do it.

use std::collections::BTreeSet;

use bpmn::ElementIndex;

use crate::approval;
use crate::instance::Instance;
use crate::key::LocalId;
use crate::model::Model;

use super::signer;
use super::target::targets;

/// Where an open work item may be returned to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Returnable {
    /// Nodes that may be returned to, nearest first; behind them those of callers.
    pub allowed: Vec<ReturnTarget>,
    /// Who decided before in the same task and may get it back, if there is such a person.
    pub signer: Option<String>,
    /// Ids of other nodes, and why each is not.
    pub refused: Vec<(String, String)>,
}

/// A node that may be returned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTarget {
    /// Its id; the start event stands for the initiator.
    pub node: String,
    /// Its name, for display.
    pub name: Option<String>,
    /// Which visit of it would be undone; 0 for a node of a caller.
    pub visit: u32,
    /// Who handled it then.
    pub handlers: Vec<String>,
}

/// Where a work item, or the open one of a task, may be returned to by the rules of its node. None
/// if it is not open. What the caller has to say beside that, such as what becomes of siblings, is
/// asked for by the command.
#[must_use]
pub fn returnable(model: &Model, instance: &Instance, item: LocalId) -> Option<Returnable> {
    if !instance.is_open(item) {
        return None;
    }
    let task = instance.item(item).map_or(item, |(task, _)| task);
    instance.task(task)?;
    let activity = instance.activity(task)?;
    let rules = approval::rules_of(model, activity);
    let found = targets(model, instance, activity.branch, rules);
    let source = |element: ElementIndex| model.definition().element(element);
    let own = found.allowed.iter().map(|it| ReturnTarget {
        node: source(it.element).id.clone(),
        name: source(it.element).name.clone(),
        visit: it.visit,
        handlers: it.handlers.clone(),
    });
    let mut allowed: Vec<ReturnTarget> = own.collect();
    let refused = found.refused(model, instance);
    let mut refused: Vec<(String, String)> = refused
        .into_iter()
        .map(|(element, why)| (source(element).id.clone(), why.text(model)))
        .collect();
    if let Some(path) = instance.caller_path() {
        let known: BTreeSet<String> = allowed.iter().map(|it| it.node.clone()).collect();
        for node in path.nodes.iter().filter(|node| !known.contains(*node)) {
            refused.retain(|(refused, _)| refused != node);
            if path.runs > 1 {
                let why = format!("{} runs {} times", path.call, path.runs);
                refused.push((node.clone(), why));
                continue;
            }
            let (node, name, handlers) = (node.clone(), None, Vec::new());
            allowed.push(ReturnTarget { node, name, visit: 0, handlers });
        }
    }
    let signer = signer::before(rules, instance.task(task)?, item).ok();
    let signer = signer.map(|(_, by)| by.to_owned());
    Some(Returnable { allowed, signer, refused })
}
