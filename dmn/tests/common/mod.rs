//! Small models for the tests of this crate.

#![allow(dead_code, reason = "each test file is a crate of its own and uses what it needs")]

use std::collections::BTreeMap;

use dmn::{DecisionError, Import, Limits, Model, Outcome, Problem, import};
use expr::Value;

/// A file around `content`.
pub(crate) fn file(content: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn"
  id="file" name="File" namespace="urn:test">
{content}
</definitions>"#
    )
}

/// A file with one decision `d` around `logic`.
pub(crate) fn decision(logic: &str) -> String {
    file(&format!(r#"<decision id="d" name="D">{logic}</decision>"#))
}

/// A FEEL text as an expression.
pub(crate) fn literal(text: &str) -> String {
    format!("<literalExpression><text>{}</text></literalExpression>", escaped(text))
}

/// Text as it stands in XML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A decision table: its attributes, columns, and one line per rule. A column is
/// `in expression`, `in expression : type`, `out name`, or `out name [values] = default`; the
/// cells of a rule are separated by `|`.
pub(crate) fn table(attributes: &str, columns: &[&str], rules: &[&str]) -> String {
    let mut xml = format!("<decisionTable id=\"t\" {attributes}>");
    for column in columns {
        if let Some(input) = column.strip_prefix("in ") {
            let (expression, kind) = input.split_once(" : ").unwrap_or((input, "Any"));
            xml.push_str(&format!(
                "<input><inputExpression typeRef=\"{kind}\"><text>{}</text></inputExpression></input>",
                escaped(expression)
            ));
        } else {
            let output = column.strip_prefix("out").unwrap().trim();
            let (output, default) = output.split_once(" = ").unwrap_or((output, ""));
            let (name, values) = output.split_once(" [").unwrap_or((output, ""));
            xml.push_str("<output");
            if !name.is_empty() {
                xml.push_str(&format!(" name=\"{name}\""));
            }
            xml.push('>');
            if let Some(values) = values.strip_suffix(']') {
                xml.push_str(&format!("<outputValues><text>{values}</text></outputValues>"));
            }
            if !default.is_empty() {
                xml.push_str(&format!(
                    "<defaultOutputEntry><text>{default}</text></defaultOutputEntry>"
                ));
            }
            xml.push_str("</output>");
        }
    }
    let inputs = columns.iter().filter(|column| column.starts_with("in ")).count();
    for (number, rule) in rules.iter().enumerate() {
        xml.push_str(&format!("<rule id=\"rule{}\">", number + 1));
        for (at, cell) in rule.split('|').enumerate() {
            let entry = if at < inputs { "inputEntry" } else { "outputEntry" };
            xml.push_str(&format!("<{entry}><text>{}</text></{entry}>", escaped(cell.trim())));
        }
        xml.push_str("</rule>");
    }
    xml + "</decisionTable>"
}

/// Imports with the limits of the product.
pub(crate) fn run(xml: &str) -> Result<Import, Vec<Problem>> {
    import(xml.as_bytes(), &Limits::default())
}

/// The model of a file that must be accepted.
pub(crate) fn model(xml: &str) -> Model {
    run(xml).unwrap_or_else(|problems| panic!("refused: {problems:#?}")).model
}

/// Variables from a JSON object.
pub(crate) fn scope(json: &str) -> BTreeMap<String, Value> {
    match value(json) {
        Value::Context(entries) => {
            entries.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
        }
        other => panic!("{other:?} is no object"),
    }
}

/// A value from JSON.
pub(crate) fn value(json: &str) -> Value {
    Value::parse_json(json).unwrap()
}

/// The outcome of decision `id` of a file.
pub(crate) fn decide(xml: &str, id: &str, variables: &str) -> Result<Outcome, DecisionError> {
    model(xml).decide(id, &scope(variables), &expr::Limits::default())
}

/// The value of decision `id`, which must have one, as JSON.
pub(crate) fn json(xml: &str, id: &str, variables: &str) -> String {
    match decide(xml, id, variables) {
        Ok(outcome) => outcome.value.to_json().to_string(),
        Err(error) => panic!("{error}"),
    }
}

/// The code of the error that decision `id` must give.
pub(crate) fn code(xml: &str, id: &str, variables: &str) -> &'static str {
    match decide(xml, id, variables) {
        Ok(outcome) => panic!("no error but {outcome:?}"),
        Err(error) => error.code.as_str(),
    }
}
