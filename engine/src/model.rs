//! A definition with its expressions parsed: what [`crate::step`] works from.

use std::collections::BTreeMap;

use bpmn::{
    Definition, ElementIndex, ElementKind, Expression, Language, Position, ServiceTask, Text, Timer,
};
use expr::Program;

use crate::limits::Limits;

/// A compiled definition whose expressions are parsed. Immutable; share it behind an `Arc`.
#[derive(Debug)]
pub struct Model {
    definition: Definition,
    feel: BTreeMap<String, Program>,
    uel: BTreeMap<String, Program>,
}

/// An expression of a file that does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelProblem {
    /// The element or flow it belongs to.
    pub element: Option<String>,
    /// Where it stands in the file.
    pub position: Position,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl ModelProblem {
    /// Rule id of every problem found here.
    pub const RULE: &'static str = "expression-invalid";
}

impl Model {
    /// Parses every expression of a definition.
    ///
    /// # Errors
    /// All expressions that do not parse, in document order.
    pub fn new(definition: Definition, limits: &Limits) -> Result<Self, Vec<ModelProblem>> {
        let mut model = Self { definition, feel: BTreeMap::new(), uel: BTreeMap::new() };
        let mut problems = Vec::new();
        for (owner, expression) in expressions(&model.definition) {
            let language = language(expression.language);
            match expr::parse(language, &expression.source, &limits.expr) {
                Ok(program) => {
                    let programs = match expression.language {
                        Language::Feel => &mut model.feel,
                        Language::Uel => &mut model.uel,
                    };
                    programs.insert(expression.source, program);
                }
                Err(error) => problems.push(ModelProblem {
                    element: Some(owner),
                    position: expression.position,
                    message: format!(
                        "the expression `{}` is not valid: {error}",
                        expression.source
                    ),
                    hint: error.hint.unwrap_or_else(|| "see the expression reference".to_owned()),
                }),
            }
        }
        if problems.is_empty() { Ok(model) } else { Err(problems) }
    }

    /// The definition.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Constant headers of a job's node; empty for anything else.
    #[must_use]
    pub fn headers_of(&self, element: ElementIndex) -> &[(String, String)] {
        match &self.definition.element(element).kind {
            ElementKind::ServiceTask(service) => match service.as_ref() {
                ServiceTask::Job(job) => &job.headers,
                ServiceTask::Expression { .. } => &[],
            },
            _ => &[],
        }
    }

    /// The parsed form of an expression of this definition.
    pub(crate) fn program(&self, expression: &Expression) -> &Program {
        let programs = match expression.language {
            Language::Feel => &self.feel,
            Language::Uel => &self.uel,
        };
        programs.get(&expression.source).expect("every expression was parsed in Model::new")
    }
}

fn language(language: Language) -> expr::Language {
    match language {
        Language::Feel => expr::Language::Feel,
        Language::Uel => expr::Language::Uel,
    }
}

/// Every expression of a definition with the id of the element or flow it belongs to.
fn expressions(definition: &Definition) -> Vec<(String, Expression)> {
    let mut found = Vec::new();
    for element in &definition.elements {
        for text in texts(&element.kind) {
            if let Text::Expression(expression) = text {
                found.push((element.id.clone(), expression.clone()));
            }
        }
        if let ElementKind::ServiceTask(service) = &element.kind
            && let ServiceTask::Expression { expression, .. } = service.as_ref()
        {
            found.push((element.id.clone(), expression.clone()));
        }
    }
    for flow in &definition.flows {
        if let Some(condition) = &flow.condition {
            found.push((flow.id.clone(), condition.clone()));
        }
    }
    found.sort_by_key(|(_, expression)| (expression.position.line, expression.position.column));
    found
}

fn texts(kind: &ElementKind) -> Vec<&Text> {
    match kind {
        ElementKind::UserTask(task) => task
            .assignee
            .iter()
            .chain(&task.candidate_users)
            .chain(&task.candidate_groups)
            .chain(&task.form_key)
            .chain(&task.due)
            .chain(&task.priority)
            .collect(),
        ElementKind::ServiceTask(service) => match service.as_ref() {
            ServiceTask::Job(job) => {
                std::iter::once(&job.job_type).chain(&job.attempts_max).collect()
            }
            ServiceTask::Expression { .. } => Vec::new(),
        },
        ElementKind::TimerCatch(timer) | ElementKind::BoundaryTimer { timer, .. } => match timer {
            Timer::Date(text) | Timer::Duration(text) | Timer::Cycle(text) => vec![text],
        },
        ElementKind::StartEvent
        | ElementKind::EndEvent(_)
        | ElementKind::PassThrough
        | ElementKind::ExclusiveGateway
        | ElementKind::ParallelGateway
        | ElementKind::SubProcess { .. } => Vec::new(),
    }
}
