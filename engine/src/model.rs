//! A definition with its expressions parsed: what [`crate::step`] works from.

mod sources;

use std::collections::{BTreeMap, BTreeSet};

use bpmn::{
    Dedupe, Definition, ElementIndex, ElementKind, Expression, JobTask, Language, Position,
    ServiceTask, SubProcessKind, Throw, Trigger,
};
use expr::Program;

use crate::limits::Limits;

/// A compiled definition whose expressions are parsed. Immutable; share it behind an `Arc`.
#[derive(Debug)]
pub struct Model {
    definition: Definition,
    feel: BTreeMap<String, Program>,
    uel: BTreeMap<String, Program>,
    /// Start events of the event sub-processes of each scope, in document order.
    event_starts: BTreeMap<Option<ElementIndex>, Vec<ElementIndex>>,
    /// Variables whose change keeps a node from passing over repeated approvers; of all nodes.
    guarded: BTreeSet<String>,
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
        let event_starts = event_starts(&definition);
        let (feel, uel) = (BTreeMap::new(), BTreeMap::new());
        let guarded = guarded(&definition);
        let mut model = Self { definition, feel, uel, event_starts, guarded };
        let mut problems = Vec::new();
        for (owner, expression) in sources::expressions(&model.definition) {
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

    /// Constant headers of a job: of its element's own work, or of one of its handlers.
    #[must_use]
    pub fn headers_of(&self, element: ElementIndex, handler: Option<u32>) -> &[(String, String)] {
        self.job_of(element, handler).map_or(&[], |job| &job.headers)
    }

    /// What the file says of a job: of an element's own work, or of one of its handlers.
    pub(crate) fn job_of(&self, element: ElementIndex, handler: Option<u32>) -> Option<&JobTask> {
        let element = self.definition.element(element);
        if let Some(handler) = handler {
            return element.extras().handlers.get(handler as usize).map(|handler| &handler.job);
        }
        let throws = match &element.kind {
            ElementKind::ServiceTask(service) => {
                return match service.as_ref() {
                    ServiceTask::Job(job) => Some(job),
                    ServiceTask::Expression { .. } => None,
                };
            }
            ElementKind::ThrowEvent(throws) => throws,
            ElementKind::EndEvent(end) => &end.throws,
            _ => return None,
        };
        throws.iter().find_map(|throw| match throw {
            Throw::Job(job) => Some(job.as_ref()),
            _ => None,
        })
    }

    /// Variables whose change keeps some node from passing over repeated approvers.
    pub(crate) fn guarded(&self) -> &BTreeSet<String> {
        &self.guarded
    }

    /// Start events of the event sub-processes of a scope, in document order.
    pub(crate) fn event_starts(&self, scope: Option<ElementIndex>) -> &[ElementIndex] {
        self.event_starts.get(&scope).map_or(&[], Vec::as_slice)
    }

    /// The start event of an event sub-process.
    pub(crate) fn start_of_event_sub_process(&self, element: ElementIndex) -> Option<ElementIndex> {
        let scope = self.definition.element(element).parent;
        let starts = self.event_starts(scope).iter().copied();
        starts.into_iter().find(|start| self.definition.element(*start).parent == Some(element))
    }

    /// True for an element of the process at which an event may start an instance: a start event, a
    /// receive task that instantiates, an event behind a gateway that does.
    #[must_use]
    pub fn is_entrance(&self, element: ElementIndex) -> bool {
        let source = self.definition.element(element);
        if source.parent.is_some() {
            return false;
        }
        let instantiates = |it: &bpmn::Element| match it.kind {
            ElementKind::EventBasedGateway { instantiate }
            | ElementKind::ReceiveTask { instantiate, .. } => instantiate,
            _ => false,
        };
        let gateways = source.incoming.iter().map(|flow| self.definition.flow(*flow).source);
        matches!(source.kind, ElementKind::StartEvent(_))
            || instantiates(source)
            || gateways.into_iter().any(|it| instantiates(self.definition.element(it)))
    }

    /// Activities of an ad-hoc sub-process that no flow leads to: those that can be started.
    pub(crate) fn ad_hoc_activities(&self, element: ElementIndex) -> Vec<ElementIndex> {
        let ElementKind::SubProcess { kind: SubProcessKind::AdHoc(_), .. } =
            self.definition.element(element).kind
        else {
            return Vec::new();
        };
        let can_start = |it: &bpmn::Element| {
            it.parent == Some(element)
                && it.incoming.is_empty()
                && !it.extras().is_for_compensation
                && !it.is_event_sub_process()
                && !matches!(
                    it.kind,
                    ElementKind::BoundaryEvent { .. } | ElementKind::StartEvent(_)
                )
        };
        let all = (0u32..).map(ElementIndex).zip(&self.definition.elements);
        all.filter(|(_, it)| can_start(it)).map(|(index, _)| index).collect()
    }

    /// Ids of the activities of an ad-hoc sub-process that can be started; empty for anything else.
    pub(crate) fn startable(&self, element: ElementIndex) -> Vec<String> {
        let found = self.ad_hoc_activities(element);
        found.into_iter().map(|it| self.definition.element(it).id.clone()).collect()
    }

    /// A condition that an event waits for, and the variables whose changes count; all, if none are
    /// named.
    pub(crate) fn condition_of(
        &self,
        element: ElementIndex,
        trigger: u32,
    ) -> Option<(&Expression, &[String])> {
        let triggers: &[Trigger] = match &self.definition.element(element).kind {
            ElementKind::CatchEvent(catch) | ElementKind::BoundaryEvent { catch, .. } => {
                &catch.triggers
            }
            ElementKind::StartEvent(start) => &start.triggers,
            _ => return None,
        };
        match triggers.get(trigger as usize)? {
            Trigger::Condition { condition, variables } => Some((condition, variables)),
            _ => None,
        }
    }

    /// The source of a condition that an event waits for.
    pub(crate) fn condition_source(&self, element: ElementIndex, trigger: u32) -> String {
        let found = self.condition_of(element, trigger);
        found.map_or_else(String::new, |(condition, _)| condition.source.clone())
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

fn event_starts(definition: &Definition) -> BTreeMap<Option<ElementIndex>, Vec<ElementIndex>> {
    let mut starts: BTreeMap<Option<ElementIndex>, Vec<ElementIndex>> = BTreeMap::new();
    for (index, element) in (0u32..).map(ElementIndex).zip(&definition.elements) {
        let (ElementKind::StartEvent(_), Some(parent)) = (&element.kind, element.parent) else {
            continue;
        };
        let parent = definition.element(parent);
        if parent.is_event_sub_process() {
            starts.entry(parent.parent).or_default().push(index);
        }
    }
    starts
}

fn guarded(definition: &Definition) -> BTreeSet<String> {
    let rules = definition.elements.iter().filter_map(|element| match &element.kind {
        ElementKind::UserTask(task) => Some(task.rules()),
        _ => None,
    });
    let rules = rules.filter(|rules| rules.dedupe != Dedupe::None);
    rules.flat_map(|rules| rules.guarded.iter().cloned()).collect()
}
