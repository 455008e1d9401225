//! Entries about what an instance waits for, repeats, calls, throws and sends.

use engine::{Event, Parcel, Wait};

use super::{TraceEntry, Tracer, of};

impl Tracer<'_> {
    /// Facts about subscriptions, gates, own variables of branches, and parcels.
    pub(super) fn wait_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::LocalsSet { branch, variables } => TraceEntry {
                branch: Some(*branch),
                variables: Some(variables.clone()),
                ..of("locals.set")
            },
            Event::LocalsCleared { branch } => {
                TraceEntry { branch: Some(*branch), ..of("locals.cleared") }
            }
            Event::SubscriptionOpened { subscription, branch, wait, .. } => {
                let (name, correlation_key) = match wait {
                    Wait::Message { name, correlation_key } => {
                        (Some(name.to_string()), Some(correlation_key.to_string()))
                    }
                    Wait::Signal { name } => (Some(name.to_string()), None),
                    Wait::Condition { .. } => (None, None),
                };
                let (branch, at) =
                    (Some(*branch), self.at_place(*subscription, "subscription.opened"));
                TraceEntry { branch, name, correlation_key, ..at }
            }
            Event::SubscriptionFired { subscription, .. } => {
                self.at_place(*subscription, "subscription.fired")
            }
            Event::ConditionChanged { subscription, holds } => TraceEntry {
                value: Some(expr::Value::Bool(*holds)),
                ..self.at_place(*subscription, "condition.changed")
            },
            Event::GateOpened { activity, branch, .. } => {
                TraceEntry { branch: Some(*branch), ..self.at_place(*activity, "gate.opened") }
            }
            Event::GatePassed { activity, .. } => self.at_place(*activity, "gate.passed"),
            Event::GatewayPassed { element, region } => {
                TraceEntry { region: Some(*region), ..self.at_element(*element, "gateway.passed") }
            }
            Event::ParcelQueued { parcel, content, .. } => TraceEntry {
                activity: Some(self.instance.with_local(*parcel)),
                ..parcel_entry(content)
            },
            Event::ParcelDelivered { parcel } => TraceEntry {
                activity: Some(self.instance.with_local(*parcel)),
                ..of("parcel.delivered")
            },
            other => unreachable!("not a fact about what is waited for: {other:?}"),
        }
    }

    /// Facts about loops, calls and decisions.
    pub(super) fn run_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::LoopOpened { activity, branch, .. } => {
                TraceEntry { branch: Some(*branch), ..self.at_place(*activity, "loop.opened") }
            }
            Event::LoopRunDone { activity, index, output } => TraceEntry {
                run: Some(*index),
                value: output.clone(),
                ..self.at_place(*activity, "loop.run_done")
            },
            Event::LoopPaused { activity, due } => {
                TraceEntry { due: Some(*due), ..self.at_place(*activity, "loop.paused") }
            }
            Event::LoopContinued { activity } => self.at_place(*activity, "loop.continued"),
            Event::LoopCompleted { activity } => self.at_place(*activity, "loop.completed"),
            Event::CallOpened { activity, branch, definition, .. } => TraceEntry {
                branch: Some(*branch),
                name: Some(definition.key.to_string()),
                ..self.at_place(*activity, "call.opened")
            },
            Event::ChildStarted { activity, child } => TraceEntry {
                related: Some(*child),
                ..self.at_place(*activity, "call.child_started")
            },
            Event::CallCompleted { activity, .. } => self.at_place(*activity, "call.completed"),
            Event::DecisionEvaluated { branch, element, decision, version, result, matched } => {
                let rules = |it: &engine::MatchedRules| format!("{} {:?}", it.decision, it.rules);
                let matched: Vec<String> = matched.iter().map(rules).collect();
                TraceEntry {
                    branch: Some(*branch),
                    name: Some(decision.clone()),
                    value: Some(result.clone()),
                    message: Some(format!("version {version}; rules: {}", matched.join(", "))),
                    ..self.at_element(*element, "decision.evaluated")
                }
            }
            other => unreachable!("not a fact about a run: {other:?}"),
        }
    }

    /// Facts about errors, escalations and what is undone.
    pub(super) fn throw_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::Compensable { scope, element, visit, .. } => TraceEntry {
                region: Some(*scope),
                visit: Some(*visit),
                ..self.at_element(*element, "compensation.recorded")
            },
            Event::Compensating { activity, scope, element, visit, .. } => TraceEntry {
                activity: Some(self.instance.with_local(*activity)),
                region: Some(*scope),
                visit: Some(*visit),
                ..self.at_element(*element, "compensation.started")
            },
            Event::CompensationOpened { activity, branch, .. } => TraceEntry {
                branch: Some(*branch),
                ..self.at_place(*activity, "compensation.opened")
            },
            Event::CompensationCompleted { activity, .. } => {
                self.at_place(*activity, "compensation.completed")
            }
            Event::ErrorThrown { branch, element, code, message, caught_by, .. } => TraceEntry {
                branch: Some(*branch),
                code: Some(code.clone()),
                message: Some(message.clone()),
                caught_by: caught_by.map(|element| self.id_of(element)),
                ..self.at_element(*element, "error.thrown")
            },
            Event::EscalationThrown { branch, element, code, caught_by, .. } => TraceEntry {
                branch: Some(*branch),
                code: Some(code.clone()),
                caught_by: caught_by.map(|element| self.id_of(element)),
                ..self.at_element(*element, "escalation.thrown")
            },
            other => unreachable!("not a fact about what is thrown: {other:?}"),
        }
    }

    pub(super) fn id_of(&self, element: bpmn::ElementIndex) -> String {
        self.definition.element(element).id.clone()
    }
}

/// What is to be brought where.
fn parcel_entry(content: &Parcel) -> TraceEntry {
    match content {
        Parcel::StartChild { definition, .. } | Parcel::CallChild { definition, .. } => {
            TraceEntry { name: Some(definition.to_string()), ..of("parcel.start_child") }
        }
        Parcel::CancelChild { child } => {
            TraceEntry { related: Some(*child), ..of("parcel.cancel_child") }
        }
        Parcel::UndoChild { child, .. } => {
            TraceEntry { related: Some(*child), ..of("parcel.undo_child") }
        }
        Parcel::ToParent { parent, .. } => {
            TraceEntry { related: Some(*parent), ..of("parcel.to_parent") }
        }
        Parcel::Message { name, correlation_key, variables, .. } => TraceEntry {
            name: Some(name.to_string()),
            correlation_key: Some(correlation_key.to_string()),
            variables: Some(variables.clone()),
            ..of("parcel.message")
        },
        Parcel::Subscribe { name, correlation_key, .. } => TraceEntry {
            name: Some(name.to_string()),
            correlation_key: Some(correlation_key.to_string()),
            ..of("parcel.subscribe")
        },
        Parcel::Unsubscribe { name, correlation_key, .. } => TraceEntry {
            name: Some(name.to_string()),
            correlation_key: Some(correlation_key.to_string()),
            ..of("parcel.unsubscribe")
        },
        Parcel::Signal { name, variables } => TraceEntry {
            name: Some(name.to_string()),
            variables: Some(variables.clone()),
            ..of("parcel.signal")
        },
    }
}
