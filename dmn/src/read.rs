//! The decisions and functions of a file, and what they require. Owns the order of reading: names
//! first, so that whatever is invoked or required is known when it is met.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use roxmltree::Node;

use crate::boxed::{Body, Reader};
use crate::graph;
use crate::model::{Decision, DecisionIndex, Model};
use crate::problem::shown;
use crate::rules;
use crate::xml::{Context, attribute, child, children, dmn_name, elements};

/// What a requirement can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Decision(DecisionIndex),
    Input,
    Knowledge,
    Source,
}

/// What stands in a file, by id.
#[derive(Default)]
struct Catalogue<'a> {
    decisions: Vec<Node<'a, 'a>>,
    knowledge: Vec<Node<'a, 'a>>,
    /// Names of input data by id.
    inputs: BTreeMap<&'a str, &'a str>,
    targets: BTreeMap<&'a str, Target>,
}

/// Reads the children of `definitions`. None after an error.
pub(crate) fn read<'a>(context: &mut Context<'a>, root: Node<'a, 'a>) -> Option<Model> {
    let catalogue = catalogue(context, root);
    let count = catalogue.decisions.len() + catalogue.knowledge.len();
    let count_max = context.limits.decisions_max;
    let spot = context.spot(root);
    if count > count_max {
        let message = format!("The file has {count} decisions and functions.");
        let hint = format!("Use at most {count_max}; split the file.");
        context.report(rules::DECISIONS_TOO_MANY, spot, message, hint);
        return None;
    }
    if catalogue.decisions.is_empty() {
        let hint = "Add a decision element with a decision table or another expression.";
        context.report(rules::NO_DECISION, spot, "The file has no decision.", hint);
        return None;
    }
    let mut reader = Reader::new(context, root);
    declare_functions(&mut reader, &catalogue.knowledge);
    read_functions(&mut reader, &catalogue);
    let mut decisions = Vec::new();
    let mut spots = Vec::new();
    for node in &catalogue.decisions {
        spots.push(reader.context.spot(*node));
        decisions.extend(read_decision(&mut reader, *node, &catalogue));
    }
    let Reader { context, functions, function_bodies, decision_bodies, expressions, .. } = reader;
    if context.errors > 0 {
        return None;
    }
    graph::check_calls(context, &function_bodies, &decision_bodies);
    let order = graph::order(context, &decisions, &spots)?;
    let name = attribute(root, "name").map(str::to_owned);
    (context.errors == 0).then_some(Model { name, decisions, order, functions, expressions })
}

/// Finds everything that can be required, and reports what is not executed at all.
fn catalogue<'a>(context: &mut Context<'a>, root: Node<'a, 'a>) -> Catalogue<'a> {
    let mut found = Catalogue::default();
    for node in elements(root) {
        let target = match dmn_name(node) {
            Some("decision") => {
                let index = DecisionIndex(u32::try_from(found.decisions.len()).unwrap_or(u32::MAX));
                found.decisions.push(node);
                Target::Decision(index)
            }
            Some("businessKnowledgeModel") => {
                found.knowledge.push(node);
                Target::Knowledge
            }
            Some("inputData") => Target::Input,
            Some("knowledgeSource") => Target::Source,
            Some("import") => {
                let spot = context.spot(node);
                let message = "The file imports another one.";
                let hint = "Copy what is needed into this file.";
                context.report(rules::IMPORT_NOT_EXECUTED, spot, message, hint);
                continue;
            }
            Some("decisionService") => {
                let spot = context.spot(node);
                let message = "A decision service is not executed.";
                let hint = "Refer to its output decision instead.";
                context.report(rules::DECISION_SERVICE_NOT_EXECUTED, spot, message, hint);
                continue;
            }
            _ => continue,
        };
        if target == Target::Source {
            continue;
        }
        if let Some(id) = context.required_id(node) {
            found.targets.insert(id, target);
            if target == Target::Input {
                found.inputs.insert(id, variable_of(node).unwrap_or(id));
            }
        }
    }
    found
}

/// The name of the variable of an element, or of the element itself.
fn variable_of<'a>(node: Node<'a, 'a>) -> Option<&'a str> {
    child(node, "variable")
        .and_then(|variable| attribute(variable, "name"))
        .or_else(|| attribute(node, "name"))
}

/// Gives every business knowledge model its place, so that they can invoke each other in any
/// order of the file.
fn declare_functions<'a>(reader: &mut Reader<'_, 'a>, nodes: &[Node<'a, 'a>]) {
    for node in nodes {
        let spot = reader.context.spot(*node);
        let Some(name) = variable_of(*node) else {
            let message = "This business knowledge model has no name.";
            let hint = "Add a name: invocations use it.";
            reader.context.report(rules::NAME_MISSING, spot, message, hint);
            continue;
        };
        reader.declare_knowledge(name, spot, *node);
    }
}

/// Reads the bodies of the declared functions.
fn read_functions<'a>(reader: &mut Reader<'_, 'a>, catalogue: &Catalogue<'a>) {
    for (index, node) in reader.declared.clone() {
        let spot = reader.context.spot(node);
        requirements(reader.context, node, catalogue);
        match child(node, "encapsulatedLogic") {
            Some(logic) => reader.function(index, logic, spot),
            None => reader.report_missing(spot, "business knowledge model"),
        }
    }
}

fn read_decision<'a>(
    reader: &mut Reader<'_, 'a>,
    node: Node<'a, 'a>,
    catalogue: &Catalogue<'a>,
) -> Option<Decision> {
    let spot = reader.context.spot(node);
    let required = requirements(reader.context, node, catalogue);
    let mut body = Body::new(spot);
    let logic = reader.only_expression(node, spot, "decision", &mut body);
    reader.decision_bodies.push(body);
    let id: Arc<str> = spot.id?.into();
    let name: Option<Arc<str>> = attribute(node, "name").map(Arc::from);
    let variable = variable_of(node).map_or_else(|| id.clone(), Arc::from);
    let inputs = required_inputs(node, catalogue);
    Some(Decision { id, name, variable, required, inputs, logic: logic? })
}

/// The decisions that `node` requires. Every requirement must name something of its kind.
fn requirements<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    catalogue: &Catalogue<'a>,
) -> Vec<DecisionIndex> {
    let mut required = Vec::new();
    for requirement in elements(node) {
        let is_information = match dmn_name(requirement) {
            Some("informationRequirement") => true,
            Some("knowledgeRequirement") => false,
            _ => continue,
        };
        for reference in elements(requirement) {
            let kind = dmn_name(reference).unwrap_or_default();
            if !["requiredDecision", "requiredInput", "requiredKnowledge"].contains(&kind) {
                continue;
            }
            let href = attribute(reference, "href").unwrap_or_default();
            let id = href.rsplit('#').next().unwrap_or_default();
            match (kind, catalogue.targets.get(id)) {
                ("requiredDecision", Some(Target::Decision(index))) if is_information => {
                    if !required.contains(index) {
                        required.push(*index);
                    }
                }
                ("requiredInput", Some(Target::Input)) if is_information => {}
                ("requiredKnowledge", Some(Target::Knowledge)) if !is_information => {}
                _ => {
                    let spot = context.spot(reference).or(context.spot(node));
                    let message = format!("This {kind} names {}.", shown(href));
                    let hint = "Name the id of such an element of this file behind a #.";
                    context.report(rules::REQUIREMENT_UNKNOWN, spot, message, hint);
                }
            }
        }
    }
    required
}

/// Names of the input data that a decision requires.
fn required_inputs<'a>(node: Node<'a, 'a>, catalogue: &Catalogue<'a>) -> BTreeSet<Arc<str>> {
    children(node, "informationRequirement")
        .flat_map(|requirement| children(requirement, "requiredInput"))
        .filter_map(|reference| attribute(reference, "href")?.rsplit('#').next())
        .filter_map(|id| catalogue.inputs.get(id).map(|name| Arc::from(*name)))
        .collect()
}
