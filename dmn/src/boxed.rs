//! Boxed expressions of a file: everything that can stand in a decision or function, but for the
//! decision table, which has its own reader. Owns what each element may contain.
//!
//! It recurses once per level, which [`Reader::expression`] bounds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use roxmltree::Node;

use crate::model::{Content, Entry, Expression, ExpressionIndex, Function, FunctionIndex};
use crate::problem::shown;
use crate::rules;
use crate::text::Texts;
use crate::types::Types;
use crate::xml::{Context, Spot, attribute, child, children, dmn_name, elements, text_of};

/// Elements that are expressions.
const EXPRESSIONS: [&str; 12] = [
    "literalExpression",
    "decisionTable",
    "context",
    "invocation",
    "list",
    "relation",
    "functionDefinition",
    "conditional",
    "for",
    "every",
    "some",
    "filter",
];

/// Elements beside an expression that say nothing about its value.
const BESIDE: [&str; 19] = [
    "description",
    "extensionElements",
    "question",
    "allowedAnswers",
    "variable",
    "informationRequirement",
    "knowledgeRequirement",
    "authorityRequirement",
    "supportedObjective",
    "impactedPerformanceIndicator",
    "decisionMaker",
    "decisionOwner",
    "usingProcess",
    "usingTask",
    "formalParameter",
    "parameter",
    "binding",
    "column",
    "typeRef",
];

/// What the logic of one decision or function needs of the stack.
pub(crate) struct Body<'a> {
    pub(crate) spot: Spot<'a>,
    /// How many levels are open.
    level: usize,
    /// The most levels that were open.
    pub(crate) depth: usize,
    /// The functions that it invokes, with the level at which it does.
    pub(crate) calls: Vec<(usize, FunctionIndex)>,
}

impl<'a> Body<'a> {
    pub(crate) fn new(spot: Spot<'a>) -> Self {
        Self { spot, level: 0, depth: 0, calls: Vec::new() }
    }

    pub(crate) fn level(&self) -> usize {
        self.level
    }
}

/// What the readers of one file share.
pub(crate) struct Reader<'c, 'a> {
    pub(crate) context: &'c mut Context<'a>,
    pub(crate) texts: Texts,
    pub(crate) types: Types<'a>,
    pub(crate) expressions: Vec<Expression>,
    pub(crate) functions: Vec<Function>,
    pub(crate) function_bodies: Vec<Body<'a>>,
    pub(crate) decision_bodies: Vec<Body<'a>>,
    /// Business knowledge models with their elements, in document order.
    pub(crate) declared: Vec<(FunctionIndex, Node<'a, 'a>)>,
    knowledge: BTreeMap<&'a str, FunctionIndex>,
    /// For every function, the element with its parameters and body.
    definitions: Vec<Option<Node<'a, 'a>>>,
    /// Boxed functions of the contexts around, innermost last.
    local: Vec<(Arc<str>, FunctionIndex)>,
    /// Expressions that are being read, one in the other.
    open_levels: usize,
}

impl<'c, 'a> Reader<'c, 'a> {
    pub(crate) fn new(context: &'c mut Context<'a>, root: Node<'a, 'a>) -> Self {
        Self {
            context,
            texts: Texts::default(),
            types: Types::new(root),
            expressions: Vec::new(),
            functions: Vec::new(),
            function_bodies: Vec::new(),
            decision_bodies: Vec::new(),
            declared: Vec::new(),
            knowledge: BTreeMap::new(),
            definitions: Vec::new(),
            local: Vec::new(),
            open_levels: 0,
        }
    }

    /// Takes note of a business knowledge model, whose body is read later.
    pub(crate) fn declare_knowledge(&mut self, name: &'a str, spot: Spot<'a>, node: Node<'a, 'a>) {
        let index = self.declare(name, spot, child(node, "encapsulatedLogic"), true);
        self.declared.push((index, node));
        if self.knowledge.insert(name, index).is_some() {
            let message = format!("Two functions are named {}.", shown(name));
            self.context.report(rules::NAME_DUPLICATE, spot, message, "Rename one of them.");
        }
    }

    fn declare(
        &mut self,
        name: &str,
        spot: Spot<'a>,
        definition: Option<Node<'a, 'a>>,
        is_knowledge: bool,
    ) -> FunctionIndex {
        self.definitions.push(definition);
        let index = FunctionIndex(u32::try_from(self.functions.len()).unwrap_or(u32::MAX));
        self.functions.push(Function {
            name: name.into(),
            parameters: Vec::new(),
            body: ExpressionIndex(0),
            is_knowledge,
        });
        self.function_bodies.push(Body::new(spot));
        index
    }

    pub(crate) fn add(&mut self, expression: Expression) -> ExpressionIndex {
        let index = ExpressionIndex(u32::try_from(self.expressions.len()).unwrap_or(u32::MAX));
        self.expressions.push(expression);
        index
    }

    pub(crate) fn report_missing(&mut self, spot: Spot<'_>, what: &str) {
        let message = format!("This {what} has no expression.");
        let hint = "Add a decision table, a literal expression or another expression.";
        self.context.report(rules::LOGIC_MISSING, spot, message, hint);
    }

    /// The expressions directly inside `node`. Elements that should not be there are reported.
    fn expressions_in(&mut self, node: Node<'a, 'a>, owner: Spot<'a>) -> Vec<Node<'a, 'a>> {
        let mut found = Vec::new();
        for inner in elements(node) {
            let Some(name) = dmn_name(inner) else { continue };
            if EXPRESSIONS.contains(&name) {
                found.push(inner);
            } else if !BESIDE.contains(&name) {
                let spot = self.context.spot(inner).or(owner);
                let message = format!("{} stands in a {}.", shown(name), node.tag_name().name());
                let hint = "Use an expression that docs/decisions.md lists.";
                self.context.report(rules::ELEMENT_NOT_EXECUTED, spot, message, hint);
            }
        }
        found
    }

    /// The one expression inside `node`. None after a problem.
    pub(crate) fn only_expression(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        what: &str,
        body: &mut Body<'a>,
    ) -> Option<ExpressionIndex> {
        let errors_before = self.context.errors;
        let found = self.expressions_in(node, owner);
        match found.as_slice() {
            [] if self.context.errors > errors_before => None,
            [] => {
                self.report_missing(self.context.spot(node).or(owner), what);
                None
            }
            [only] => self.expression(*only, owner, body),
            [_, second, ..] => {
                let spot = self.context.spot(*second).or(owner);
                let message = format!("This {what} has {} expressions.", found.len());
                self.context.report(rules::LOGIC_MULTIPLE, spot, message, "Keep one of them.");
                None
            }
        }
    }

    /// The expression that is child `name` of `node`, as `then` of a conditional is.
    pub(crate) fn part(
        &mut self,
        node: Node<'a, 'a>,
        name: &str,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<ExpressionIndex> {
        match child(node, name) {
            Some(holder) => self.only_expression(holder, owner, name, body),
            None => {
                let spot = self.context.spot(node).or(owner);
                self.report_missing(spot, &format!("{} without {name}", node.tag_name().name()));
                None
            }
        }
    }

    /// Reads an expression, one level down. None after a problem.
    fn expression(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<ExpressionIndex> {
        let spot = self.context.spot(node).or(owner);
        let depth_max = self.context.limits.boxed_depth();
        if self.open_levels >= depth_max {
            let message = format!("Boxed expressions nest deeper than {depth_max}.");
            let hint = "Move the inner ones into a decision of their own.";
            self.context.report(rules::BOXED_TOO_DEEP, spot, message, hint);
            return None;
        }
        self.open_levels += 1;
        body.level += 1;
        body.depth = body.depth.max(body.level);
        let made = self.expression_inside(node, owner, spot, body);
        body.level -= 1;
        self.open_levels -= 1;
        made.map(|expression| self.add(expression))
    }

    fn expression_inside(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        spot: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<Expression> {
        match node.tag_name().name() {
            "literalExpression" => self.literal(node, owner, body),
            "decisionTable" => self.table(node, owner, body),
            "context" => self.boxed_context(node, owner, body),
            "invocation" => self.invocation(node, owner, body),
            "list" => {
                let items = self.expressions_in(node, owner);
                self.all(items, owner, body).map(Expression::List)
            }
            "relation" => self.relation(node, owner, body),
            "conditional" => Some(Expression::Conditional {
                condition: self.part(node, "if", owner, body)?,
                then: self.part(node, "then", owner, body)?,
                otherwise: self.part(node, "else", owner, body)?,
            }),
            "for" => Some(Expression::For {
                variable: self.name_of(node, "iteratorVariable", spot)?,
                domain: self.domain(node, owner, body)?,
                body: self.part(node, "return", owner, body)?,
            }),
            kind @ ("every" | "some") => Some(Expression::Quantified {
                every: kind == "every",
                variable: self.name_of(node, "iteratorVariable", spot)?,
                domain: self.domain(node, owner, body)?,
                body: self.part(node, "satisfies", owner, body)?,
            }),
            "filter" => Some(Expression::Filter {
                base: self.part(node, "in", owner, body)?,
                condition: self.part(node, "match", owner, body)?,
            }),
            _ => {
                let message = "A boxed function stands where it cannot be invoked.";
                let hint = "Make it an entry of a context, or a business knowledge model.";
                self.context.report(rules::FUNCTION_AS_VALUE_NOT_EXECUTED, spot, message, hint);
                None
            }
        }
    }

    fn literal(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<Expression> {
        if let Some(imported) = child(node, "importedValues") {
            let spot = self.context.spot(imported).or(owner);
            let message = "The expression takes values from another file.";
            let hint = "Write the values here.";
            self.context.report(rules::IMPORT_NOT_EXECUTED, spot, message, hint);
            return None;
        }
        if let Some(call) = self.only_call(node, owner, body) {
            return call;
        }
        self.text(node, owner, body).map(Expression::Literal)
    }

    fn all(
        &mut self,
        nodes: Vec<Node<'a, 'a>>,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<Vec<ExpressionIndex>> {
        // All of them are read, so that the problems of all are found.
        let read: Vec<_> =
            nodes.into_iter().map(|node| self.expression(node, owner, body)).collect();
        read.into_iter().collect()
    }

    /// A name that must be there: attribute `attribute_name` of `node`.
    fn name_of(
        &mut self,
        node: Node<'a, 'a>,
        attribute_name: &str,
        spot: Spot<'_>,
    ) -> Option<Arc<str>> {
        let name = attribute(node, attribute_name);
        if name.is_none() {
            let message = format!("This {} has no {attribute_name}.", node.tag_name().name());
            let hint = format!("Add the attribute {attribute_name}.");
            self.context.report(rules::NAME_MISSING, spot, message, hint);
        }
        name.map(Arc::from)
    }

    /// Takes note of a name, which must be new among `names`.
    fn note(&mut self, names: &mut BTreeSet<Arc<str>>, name: &Arc<str>, spot: Spot<'_>) {
        if !names.insert(name.clone()) {
            let message = format!("The name {} stands twice.", shown(name));
            self.context.report(rules::NAME_DUPLICATE, spot, message, "Rename one of them.");
        }
    }

    /// The names of the children `element` of `node`: columns or parameters.
    fn names_in(&mut self, node: Node<'a, 'a>, element: &str, owner: Spot<'a>) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        let mut known = BTreeSet::new();
        let count = children(node, element).count();
        let count_max = self.context.limits.columns_max;
        if count > count_max {
            let spot = self.context.spot(node).or(owner);
            let message = format!("There are {count} {element} elements.");
            let hint = format!("Use at most {count_max}; pass a context instead of many values.");
            self.context.report(rules::COLUMNS_TOO_MANY, spot, message, hint);
            return names;
        }
        for child in children(node, element) {
            let spot = self.context.spot(child).or(owner);
            if let Some(name) = self.name_of(child, "name", spot) {
                self.note(&mut known, &name, spot);
                names.push(name);
            }
        }
        names
    }

    fn boxed_context(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<Expression> {
        let locals_before = self.local.len();
        let errors_before = self.context.errors;
        let mut entries: Vec<Entry> = Vec::new();
        let mut names = BTreeSet::new();
        let mut result = None;
        let count = children(node, "contextEntry").count();
        for (at, entry) in children(node, "contextEntry").enumerate() {
            let spot = self.context.spot(entry).or(owner);
            let Some(variable) = child(entry, "variable") else {
                if at + 1 == count {
                    result = self.only_expression(entry, owner, "context entry", body);
                } else {
                    let message = "This context entry has no variable.";
                    let hint = "Name it; only the last entry may have no name.";
                    self.context.report(rules::NAME_MISSING, spot, message, hint);
                }
                continue;
            };
            let Some(name) = self.name_of(variable, "name", spot) else { continue };
            self.note(&mut names, &name, spot);
            let content = match child(entry, "functionDefinition") {
                Some(_) if self.functions.len() >= self.context.limits.decisions_max => {
                    let functions_max = self.context.limits.decisions_max;
                    let message = format!("The file has more than {functions_max} functions.");
                    let hint = "Use fewer functions, or split the file.";
                    self.context.report(rules::DECISIONS_TOO_MANY, spot, message, hint);
                    break;
                }
                Some(function) => {
                    let index = self.declare(&name, spot, Some(function), false);
                    self.function(index, function, spot);
                    self.local.push((name.clone(), index));
                    Some(Content::Function(index))
                }
                None => {
                    self.only_expression(entry, owner, "context entry", body).map(Content::Value)
                }
            };
            entries.extend(content.map(|content| Entry { name, content }));
        }
        self.local.truncate(locals_before);
        (self.context.errors == errors_before).then_some(Expression::Context { entries, result })
    }

    /// Reads parameters and body of a declared function from its definition.
    pub(crate) fn function(&mut self, index: FunctionIndex, node: Node<'a, 'a>, owner: Spot<'a>) {
        let spot = self.context.spot(node).or(owner);
        if let Some(kind) = attribute(node, "kind").filter(|kind| *kind != "FEEL") {
            let message = format!("The function is written in {}.", shown(kind));
            let hint = "Write it in FEEL, or let a service task do the work.";
            self.context.report(rules::FUNCTION_KIND_NOT_EXECUTED, spot, message, hint);
            return;
        }
        let parameters = self.names_in(node, "formalParameter", owner);
        let mut body = Body::new(spot);
        let read = self.only_expression(node, owner, "function", &mut body);
        let at = index.0 as usize;
        self.function_bodies[at] = body;
        self.functions[at].parameters = parameters;
        if let Some(read) = read {
            self.functions[at].body = read;
        }
    }

    fn invocation(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<Expression> {
        let spot = self.context.spot(node).or(owner);
        let called = self.expressions_in(node, owner);
        let name = called.first().and_then(|called| child(*called, "text")).map(text_of);
        let name = name.unwrap_or_default();
        let Some(function) = self.function_named(&name) else {
            let message = format!("The invocation names {}.", shown(&name));
            let hint = "Name a business knowledge model, or a boxed function of a context around.";
            self.context.report(rules::FUNCTION_UNKNOWN, spot, message, hint);
            return None;
        };
        body.calls.push((body.level, function));
        let errors_before = self.context.errors;
        let mut given = Vec::new();
        for binding in children(node, "binding") {
            let spot = self.context.spot(binding).or(owner);
            let parameter = child(binding, "parameter");
            let Some(name) = self.name_of(parameter.unwrap_or(binding), "name", spot) else {
                continue;
            };
            // A parameter without an expression is null.
            let expressions = self.expressions_in(binding, owner);
            let Some(first) = expressions.first() else { continue };
            let value = self.expression(*first, owner, body);
            given.extend(value.map(|value| (name, value, spot)));
        }
        if self.context.errors > errors_before {
            return None;
        }
        self.arguments(function, given)
    }

    /// The function that is meant by a name: the innermost boxed one, or a business knowledge model.
    pub(crate) fn function_named(&self, name: &str) -> Option<FunctionIndex> {
        let local = self.local.iter().rev().find(|(known, _)| **known == *name);
        local.map(|(_, index)| *index).or(self.knowledge.get(name).copied())
    }

    /// Puts the given parameters at the places where the function has them.
    pub(crate) fn arguments(
        &mut self,
        function: FunctionIndex,
        given: Vec<(Arc<str>, ExpressionIndex, Spot<'a>)>,
    ) -> Option<Expression> {
        let mut arguments: Vec<(usize, ExpressionIndex)> = Vec::new();
        let parameters = self.parameters_of(function);
        let mut names = BTreeSet::new();
        for (name, value, spot) in given {
            self.note(&mut names, &name, spot);
            match parameters.iter().position(|known| *known == name) {
                Some(at) => arguments.push((at, value)),
                None => {
                    let message = format!("The function has no parameter {}.", shown(&name));
                    let hint = format!("It has these: {}.", parameters.join(", "));
                    self.context.report(rules::PARAMETER_UNKNOWN, spot, message, hint);
                }
            }
        }
        Some(Expression::Invocation { function, arguments })
    }

    /// The element with the parameters and the body of a function, which may not be read yet.
    pub(crate) fn definition(&self, function: FunctionIndex) -> Option<Node<'a, 'a>> {
        self.definitions[function.0 as usize]
    }

    pub(crate) fn is_knowledge(&self, function: FunctionIndex) -> bool {
        self.functions[function.0 as usize].is_knowledge
    }

    /// The parameters of a function, which may not be read yet.
    pub(crate) fn parameters_of(&self, function: FunctionIndex) -> Vec<Arc<str>> {
        let definition = self.definition(function);
        let parameters = definition.into_iter().flat_map(|node| children(node, "formalParameter"));
        let names = parameters.filter_map(|parameter| attribute(parameter, "name"));
        // More than these are refused when the function is read.
        names.take(self.context.limits.columns_max).map(Arc::from).collect()
    }

    fn relation(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<Expression> {
        let errors_before = self.context.errors;
        let columns = self.names_in(node, "column", owner);
        let mut rows = Vec::new();
        for row in children(node, "row") {
            let spot = self.context.spot(row).or(owner);
            let entries = self.expressions_in(row, owner);
            if entries.len() != columns.len() {
                let (found, wanted) = (entries.len(), columns.len());
                let message =
                    format!("This row has {found} entries, the relation {wanted} columns.");
                self.context.report(rules::RELATION_WIDTH, spot, message, "Give both one number.");
            }
            rows.extend(self.all(entries, owner, body));
        }
        (self.context.errors == errors_before).then_some(Expression::Relation { columns, rows })
    }
}
