//! Every expression of a definition, wherever it stands.

use bpmn::{
    Approval, Binding, CallActivity, Catch, Continuation, CopyRule, DeadlineAction, Definition,
    ElementKind, EndEvent, Expression, Extras, JobTask, Mapping, MessageTrigger, Repeat,
    ServiceTask, Source, StartEvent, SubProcessKind, Text, Throw, Timer, Trigger, UserTask, Who,
};

/// Every expression with the id of the element or flow it belongs to, in document order.
pub(super) fn expressions(definition: &Definition) -> Vec<(String, Expression)> {
    let mut found = Vec::new();
    for element in &definition.elements {
        let mut own = Found::default();
        own.kind(&element.kind);
        own.extras(element.extras());
        let named = own.expressions.into_iter().map(|it| (element.id.clone(), it.clone()));
        found.extend(named);
    }
    let mut of_process = Found::default();
    definition.policies.copies.iter().for_each(|copy| of_process.copy(copy));
    let named = of_process.expressions.into_iter();
    found.extend(named.map(|it| (definition.key.clone(), it.clone())));
    for flow in &definition.flows {
        if let Some(condition) = &flow.condition {
            found.push((flow.id.clone(), condition.clone()));
        }
    }
    found.sort_by_key(|(_, expression)| (expression.position.line, expression.position.column));
    found
}

#[derive(Default)]
struct Found<'a> {
    expressions: Vec<&'a Expression>,
}

impl<'a> Found<'a> {
    fn kind(&mut self, kind: &'a ElementKind) {
        match kind {
            ElementKind::StartEvent(StartEvent { triggers, form_key, .. }) => {
                self.triggers(triggers);
                self.texts(form_key);
            }
            ElementKind::EndEvent(EndEvent { throws, .. }) | ElementKind::ThrowEvent(throws) => {
                throws.iter().for_each(|throw| self.throw(throw));
            }
            ElementKind::CatchEvent(Catch { triggers, .. })
            | ElementKind::BoundaryEvent { catch: Catch { triggers, .. }, .. } => {
                self.triggers(triggers);
            }
            ElementKind::UserTask(task) => self.user_task(task),
            ElementKind::ServiceTask(service) => match service.as_ref() {
                ServiceTask::Job(job) => self.job(job),
                ServiceTask::Expression { expression, .. } => self.expressions.push(expression),
            },
            ElementKind::ReceiveTask { message, .. } => self.message(message),
            ElementKind::BusinessRuleTask(rule) => {
                self.text(&rule.decision);
                self.binding(&rule.binding);
            }
            ElementKind::CallActivity(call) => self.call(call),
            ElementKind::ComplexGateway { activation } => self.expressions.push(activation),
            ElementKind::SubProcess { kind: SubProcessKind::AdHoc(ad_hoc), .. } => {
                self.expressions.extend(&ad_hoc.completion);
                self.texts(&ad_hoc.active_elements);
            }
            ElementKind::PassThrough { copies } => copies.iter().for_each(|copy| self.copy(copy)),
            ElementKind::ExclusiveGateway
            | ElementKind::ParallelGateway
            | ElementKind::InclusiveGateway
            | ElementKind::EventBasedGateway { .. }
            | ElementKind::SubProcess { .. } => {}
        }
    }

    fn extras(&mut self, extras: &'a Extras) {
        match &extras.repeat {
            Some(Repeat::MultiInstance(rules)) => {
                self.texts(&rules.cardinality);
                self.texts(&rules.collection);
                self.expressions.extend(&rules.completion);
                self.expressions.extend(&rules.output_element);
            }
            Some(Repeat::Loop { condition, .. }) => self.expressions.extend(condition),
            None => {}
        }
        self.mappings(&extras.inputs);
        self.mappings(&extras.outputs);
        extras.handlers.iter().for_each(|handler| self.job(&handler.job));
        let Continuation { retry_cycle, priority, .. } = &extras.continuation;
        self.texts(retry_cycle);
        self.texts(priority);
        self.expressions.extend(&extras.skip);
    }

    fn triggers(&mut self, triggers: &'a [Trigger]) {
        for trigger in triggers {
            match trigger {
                Trigger::Message(message) => self.message(message),
                Trigger::Timer(Timer::Date(text) | Timer::Duration(text) | Timer::Cycle(text)) => {
                    self.text(text);
                }
                Trigger::Signal { name } => self.text(name),
                Trigger::Condition { condition, .. } => self.expressions.push(condition),
                Trigger::Error(_)
                | Trigger::Escalation(_)
                | Trigger::Compensation
                | Trigger::Cancel
                | Trigger::Link { .. } => {}
            }
        }
    }

    fn throw(&mut self, throw: &'a Throw) {
        match throw {
            Throw::Message { name, correlation_key, time_to_live, variables } => {
                self.text(name);
                self.texts(correlation_key);
                self.texts(time_to_live);
                self.mappings(variables);
            }
            Throw::Job(job) => self.job(job),
            Throw::Signal { name, variables, .. } => {
                self.text(name);
                self.mappings(variables);
            }
            Throw::Error { code, message } => {
                self.text(code);
                self.texts(message);
            }
            Throw::Escalation { code } => self.text(code),
            Throw::Compensation { .. } | Throw::Cancel | Throw::Terminate | Throw::Link { .. } => {}
        }
    }

    fn user_task(&mut self, task: &'a UserTask) {
        let texts = task
            .assignee
            .iter()
            .chain(&task.candidate_users)
            .chain(&task.candidate_groups)
            .chain(&task.form_key)
            .chain(&task.due)
            .chain(&task.follow_up)
            .chain(&task.priority);
        texts.for_each(|text| self.text(text));
        if let Some(rules) = task.approval.as_deref() {
            self.approval(rules);
        }
    }

    fn approval(&mut self, rules: &'a Approval) {
        self.expressions.extend(&rules.auto_skip);
        rules.participants.iter().for_each(|participant| self.who(&participant.who));
        for deadline in &rules.deadlines {
            self.text(&deadline.after);
            match &deadline.action {
                DeadlineAction::Transfer(to) => self.text(to),
                DeadlineAction::Remind
                | DeadlineAction::Pass
                | DeadlineAction::Reject
                | DeadlineAction::Escalate
                | DeadlineAction::Line(_) => {}
            }
        }
        rules.copies.iter().for_each(|copy| self.copy(copy));
    }

    fn copy(&mut self, copy: &'a CopyRule) {
        self.who(&copy.to);
        self.expressions.extend(&copy.condition);
    }

    fn who(&mut self, who: &'a Who) {
        match who {
            Who::Users(texts)
            | Who::Groups(texts)
            | Who::Roles(texts)
            | Who::Posts(texts)
            | Who::Departments(texts)
            | Who::LeadersOfDepartments(texts) => texts.iter().for_each(|text| self.text(text)),
            Who::Leader { of, .. } | Who::LeadersUpTo { of, .. } => self.texts(of),
            Who::Initiator | Who::Handler(_) | Who::Resolver(_) => {}
        }
    }

    fn job(&mut self, job: &'a JobTask) {
        self.text(&job.job_type);
        self.texts(&job.attempts_max);
    }

    fn message(&mut self, message: &'a MessageTrigger) {
        self.text(&message.name);
        self.texts(&message.correlation_key);
    }

    fn call(&mut self, call: &'a CallActivity) {
        self.text(&call.called);
        self.binding(&call.binding);
        self.texts(&call.business_key);
        self.mappings(&call.inputs);
        self.mappings(&call.outputs);
    }

    fn binding(&mut self, binding: &'a Binding) {
        match binding {
            Binding::Latest | Binding::Deployment => {}
            Binding::Version(text) | Binding::VersionTag(text) => self.text(text),
        }
    }

    fn mappings(&mut self, mappings: &'a [Mapping]) {
        // Nested sources are walked with a list of open work, never by recursion.
        let mut open: Vec<&Source> = mappings.iter().map(|mapping| &mapping.source).collect();
        while let Some(source) = open.pop() {
            match source {
                Source::Text(text) => self.text(text),
                Source::List(items) => open.extend(items),
                Source::Map(entries) => open.extend(entries.iter().map(|(_, source)| source)),
            }
        }
    }

    fn texts(&mut self, text: &'a Option<Text>) {
        text.iter().for_each(|text| self.text(text));
    }

    fn text(&mut self, text: &'a Text) {
        if let Text::Expression(expression) = text {
            self.expressions.push(expression);
        }
    }
}
