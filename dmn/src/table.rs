//! Reads decision tables. Owns what a table must have so that it can be evaluated.

use std::sync::Arc;

use expr::Program;
use roxmltree::Node;

use crate::boxed::{Body, Reader};
use crate::convert::Conversion;
use crate::model::{Aggregation, Expression, HitPolicy, Input, Output, Rule, Table};
use crate::problem::shown;
use crate::rules;
use crate::xml::{Spot, attribute, camunda, child, children, text_of};

/// The name that the Java engine gives an input's value in its cells, unless told otherwise.
const INPUT_VARIABLE: &str = "cellInput";

impl<'a> Reader<'_, 'a> {
    /// Reads a `decisionTable`. None after a problem.
    pub(crate) fn table(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<Expression> {
        let spot = self.context.spot(node).or(owner);
        let errors_before = self.context.errors;
        self.check_orientation(node, spot);
        let hit_policy = self.hit_policy(node, spot);
        let inputs: Vec<_> = children(node, "input").collect();
        let outputs: Vec<_> = children(node, "output").collect();
        let columns_max = self.context.limits.columns_max;
        if inputs.len() + outputs.len() > columns_max {
            let count = inputs.len() + outputs.len();
            let message = format!("The table has {count} inputs and outputs.");
            let hint = format!("Use at most {columns_max}; split the table.");
            self.context.report(rules::COLUMNS_TOO_MANY, spot, message, hint);
            return None;
        }
        let inputs: Vec<_> =
            inputs.into_iter().map(|input| self.input(input, spot, body)).collect();
        let outputs = self.outputs(outputs, node, (spot, hit_policy), body);
        let rules = self.rules(node, spot, (inputs.len(), outputs.len()), body);
        let hit_policy = self.checked_policy(hit_policy?, &outputs, spot);
        if self.context.errors > errors_before {
            return None;
        }
        Some(Expression::Table(Box::new(Table {
            id: attribute(node, "id").unwrap_or_default().into(),
            aggregate: aggregate(hit_policy),
            hit_policy,
            inputs: inputs.into_iter().flatten().collect(),
            outputs,
            rules,
        })))
    }

    fn check_orientation(&mut self, node: Node<'a, 'a>, spot: Spot<'_>) {
        let orientation = attribute(node, "preferredOrientation").unwrap_or("Rule-as-Row");
        if !["Rule-as-Row", "Rule-as-Column"].contains(&orientation) {
            let message = format!("The orientation is {}.", shown(orientation));
            let hint = "Write the rules as rows or as columns.";
            self.context.report(rules::ORIENTATION_NOT_EXECUTED, spot, message, hint);
        }
    }

    fn hit_policy(&mut self, node: Node<'a, 'a>, spot: Spot<'_>) -> Option<HitPolicy> {
        let name = attribute(node, "hitPolicy").unwrap_or("UNIQUE");
        let aggregation = attribute(node, "aggregation");
        let policy = match name {
            "UNIQUE" => HitPolicy::Unique,
            "ANY" => HitPolicy::Any,
            "PRIORITY" => HitPolicy::Priority,
            "FIRST" => HitPolicy::First,
            "RULE ORDER" | "RULE_ORDER" => HitPolicy::RuleOrder,
            "OUTPUT ORDER" | "OUTPUT_ORDER" => HitPolicy::OutputOrder,
            "COLLECT" => HitPolicy::Collect(None),
            _ => {
                let message = format!("The hit policy is {}.", shown(name));
                let hint = "Use UNIQUE, ANY, PRIORITY, FIRST, RULE ORDER, OUTPUT ORDER or COLLECT.";
                self.context.report(rules::HIT_POLICY_UNKNOWN, spot, message, hint);
                return None;
            }
        };
        let Some(aggregation) = aggregation else { return Some(policy) };
        let found = match aggregation {
            "SUM" => Aggregation::Sum,
            "MIN" => Aggregation::Min,
            "MAX" => Aggregation::Max,
            "COUNT" => Aggregation::Count,
            _ => {
                let message = format!("The aggregation is {}.", shown(aggregation));
                let hint = "Use SUM, MIN, MAX or COUNT.";
                self.context.report(rules::AGGREGATION_UNKNOWN, spot, message, hint);
                return None;
            }
        };
        if policy != HitPolicy::Collect(None) {
            let message = format!("{aggregation} stands with the hit policy {name}.");
            let hint = "Use COLLECT, or remove the aggregation.";
            self.context.report(rules::AGGREGATION_NOT_ALLOWED, spot, message, hint);
        }
        Some(HitPolicy::Collect(Some(found)))
    }

    /// Checks what a hit policy asks of the outputs.
    fn checked_policy(
        &mut self,
        policy: HitPolicy,
        outputs: &[Output],
        spot: Spot<'_>,
    ) -> HitPolicy {
        match policy {
            HitPolicy::Collect(Some(_)) if outputs.len() > 1 => {
                let message = format!("The table aggregates {} outputs.", outputs.len());
                let hint = "Give it one output, or remove the aggregation.";
                self.context.report(rules::AGGREGATION_NOT_ALLOWED, spot, message, hint);
            }
            HitPolicy::Priority | HitPolicy::OutputOrder
                if outputs.iter().all(|output| output.values.is_none()) =>
            {
                let message = "The table ranks its outputs, but none has output values.";
                let hint = "List the possible values of an output, best first.";
                self.context.report(rules::OUTPUT_VALUES_MISSING, spot, message, hint);
            }
            HitPolicy::Unique
            | HitPolicy::Any
            | HitPolicy::Priority
            | HitPolicy::First
            | HitPolicy::RuleOrder
            | HitPolicy::OutputOrder
            | HitPolicy::Collect(_) => {}
        }
        policy
    }

    fn input(&mut self, node: Node<'a, 'a>, owner: Spot<'a>, body: &mut Body<'a>) -> Option<Input> {
        let spot = self.context.spot(node).or(owner);
        let holder = child(node, "inputExpression");
        let has_text = holder
            .and_then(|holder| child(holder, "text"))
            .is_some_and(|text| !text_of(text).is_empty());
        let Some(holder) = holder.filter(|_| has_text) else {
            let message = "This input has no expression.";
            let hint = "Say what is looked up: the name of a variable, or another expression.";
            self.context.report(rules::INPUT_EXPRESSION_MISSING, spot, message, hint);
            return None;
        };
        let values = child(node, "inputValues").and_then(|values| child(values, "text"));
        if values.is_some_and(|values| !text_of(values).is_empty()) {
            let message = "The input lists its values.";
            let hint = "Add a rule for other values, if they should be refused.";
            self.context.report(rules::INPUT_VALUES_NOT_ENFORCED, spot, message, hint);
        }
        let variable = camunda(node, "inputVariable").or(attribute(node, "inputVariable"));
        let conversion = attribute(holder, "typeRef")
            .and_then(|type_ref| Conversion::of_type(&self.types.base(type_ref)));
        Some(Input {
            expression: self.text(holder, spot, body)?,
            variable: variable.unwrap_or(INPUT_VARIABLE).into(),
            conversion,
        })
    }

    fn outputs(
        &mut self,
        nodes: Vec<Node<'a, 'a>>,
        table: Node<'a, 'a>,
        (spot, hit_policy): (Spot<'a>, Option<HitPolicy>),
        body: &mut Body<'a>,
    ) -> Vec<Output> {
        if nodes.is_empty() {
            let hint = "Add an output: a column with what the rules give.";
            self.context.report(rules::OUTPUT_MISSING, spot, "The table has no output.", hint);
        }
        let is_single = nodes.len() == 1;
        let mut outputs: Vec<Output> = Vec::new();
        for node in nodes {
            let at = self.context.spot(node).or(spot);
            let name = attribute(node, "name");
            if let Some(name) = name
                && outputs.iter().any(|output| output.name.as_deref() == Some(name))
            {
                let message = format!("Two outputs are named {}.", shown(name));
                self.context.report(rules::NAME_DUPLICATE, at, message, "Rename one of them.");
            }
            if name.is_none() && !is_single {
                let message = "This output has no name.";
                let hint = "Name it: the result is a context with one entry per output.";
                self.context.report(rules::OUTPUT_NAME_MISSING, at, message, hint);
            }
            // A single output has the type of the whole table.
            let type_ref =
                attribute(node, "typeRef").or(attribute(table, "typeRef").filter(|_| is_single));
            let ranks = matches!(hit_policy, Some(HitPolicy::Priority | HitPolicy::OutputOrder));
            let values = if ranks { self.output_values(node, type_ref, at) } else { None };
            let default = child(node, "defaultOutputEntry").filter(|entry| {
                child(*entry, "text").is_some_and(|text| !text_of(text).is_empty())
            });
            let default = default.and_then(|entry| self.text(entry, at, body));
            outputs.push(Output { name: name.map(Arc::from), values, default });
        }
        outputs
    }

    /// The values of an output, best first. Only tables that rank their outputs read them.
    fn output_values(
        &mut self,
        node: Node<'a, 'a>,
        type_ref: Option<&str>,
        spot: Spot<'a>,
    ) -> Option<Program> {
        let allowed = type_ref.and_then(|type_ref| self.types.allowed_values(type_ref));
        let values = child(node, "outputValues").or(allowed)?;
        self.texts.values(self.context, values, spot)
    }

    fn rules(
        &mut self,
        node: Node<'a, 'a>,
        spot: Spot<'a>,
        (inputs, outputs): (usize, usize),
        body: &mut Body<'a>,
    ) -> Vec<Rule> {
        let count = children(node, "rule").count();
        let rules_max = self.context.limits.rules_max;
        if count > rules_max {
            let message = format!("The table has {count} rules.");
            let hint = format!("Use at most {rules_max}; split the table.");
            self.context.report(rules::RULES_TOO_MANY, spot, message, hint);
            return Vec::new();
        }
        let mut made = Vec::with_capacity(count);
        for rule in children(node, "rule") {
            let at = self.context.spot(rule).or(spot);
            let cells: Vec<_> = children(rule, "inputEntry").collect();
            let entries: Vec<_> = children(rule, "outputEntry").collect();
            if cells.len() != inputs || entries.len() != outputs {
                let message = format!(
                    "This rule has {} input and {} output entries, the table {inputs} inputs and \
                     {outputs} outputs.",
                    cells.len(),
                    entries.len()
                );
                let hint = "Give the rule an entry for each input and each output.";
                self.context.report(rules::RULE_WIDTH, at, message, hint);
                continue;
            }
            let cells =
                cells.into_iter().filter_map(|cell| self.texts.cell(self.context, cell, at));
            let cells = cells.collect();
            let outputs = entries.into_iter().filter_map(|entry| self.text(entry, at, body));
            made.push(Rule { cells, outputs: outputs.collect() });
        }
        made
    }
}

/// The expression that makes one value of `outputs`, the outputs of the rules that match.
fn aggregate(policy: HitPolicy) -> Option<Program> {
    let HitPolicy::Collect(Some(aggregation)) = policy else { return None };
    let source = match aggregation {
        Aggregation::Sum => "sum(outputs)",
        Aggregation::Min => "min(outputs)",
        Aggregation::Max => "max(outputs)",
        Aggregation::Count => "count(outputs)",
    };
    let program = expr::parse(expr::Language::Feel, source, &expr::Limits::default());
    Some(program.expect("a call of one function is FEEL"))
}
