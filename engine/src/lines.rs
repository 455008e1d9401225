//! The outgoing lines of a node, and which of them variables would open. Read-only.

use bpmn::{ElementIndex, ElementKind, FlowIndex};

use crate::command::Variables;
use crate::limits::Limits;
use crate::model::Model;

/// One outgoing line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The flow.
    pub flow: FlowIndex,
    /// Whether it would be taken; none if no variables were given or a condition failed.
    pub taken: Option<bool>,
    /// Why that can't be said: the condition's error.
    pub error: Option<String>,
}

/// The lines that leave `element`, in line order. With variables, says which would be taken now:
/// the first open one of an exclusive gateway, every open one elsewhere, the default if no
/// condition is true. A decision that was made already is not touched by this.
#[must_use]
pub fn lines(
    model: &Model,
    element: ElementIndex,
    variables: Option<&Variables>,
    limits: &Limits,
) -> Vec<Line> {
    let source = model.definition().element(element);
    let raw = source.outgoing.iter().map(|flow| Line { flow: *flow, taken: None, error: None });
    let mut lines: Vec<Line> = raw.collect();
    let Some(variables) = variables else { return lines };
    let ignores_conditions = matches!(source.kind, ElementKind::ParallelGateway);
    let first_only = matches!(source.kind, ElementKind::ExclusiveGateway);
    let mut any_condition_true = false;
    let mut failed = false;
    for line in &mut lines {
        let condition = &model.definition().flow(line.flow).condition;
        // Behind a condition that fails the engine stops with an incident: nothing can be said.
        if Some(line.flow) == source.default_flow || failed {
            continue;
        }
        let open = match condition {
            Some(condition) if !ignores_conditions => {
                match expr::evaluate(model.program(condition), variables, &limits.expr) {
                    Ok(expr::Value::Bool(open)) => Ok(open),
                    Ok(other) => Err(format!("gave {}", other.type_name())),
                    Err(error) => Err(error.to_string()),
                }
            }
            _ => Ok(true),
        };
        match open {
            Ok(open) => {
                line.taken = Some(open && !(first_only && any_condition_true));
                any_condition_true |= open && (condition.is_some() || first_only);
            }
            Err(error) => {
                line.error = Some(error);
                failed = !(first_only && any_condition_true);
            }
        }
    }
    for line in &mut lines {
        if Some(line.flow) == source.default_flow && !failed {
            line.taken = Some(ignores_conditions || !any_condition_true);
        }
    }
    lines
}
