//! Entries about work items, about going back, and about an instance that is ended, stopped or
//! opened again by a person.

use engine::{
    APPROVE, AssignedHow, Automatic, BackKind, Cause, ClosedHow, Conclusion, Event, ItemChange,
    LocalId, NewItem, Outcome, PlanVisit, REJECT, TaskOrigin, Undone, WentBack,
};

use super::{TraceEntry, Tracer, class_word, of};

impl Tracer<'_> {
    /// Facts about work items.
    pub(super) fn item_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::TaskOpened { task, branch, items, .. } => TraceEntry {
                branch: Some(*branch),
                people: people(items),
                ..self.at_place(*task, "task.opened")
            },
            Event::ItemsAdded { task, items, by, .. } => TraceEntry {
                operator: Some(by.clone()),
                people: people(items),
                ..self.at_place(*task, "task.approver_added")
            },
            Event::ItemChanged { item, change, by, .. } => {
                TraceEntry { operator: by.clone(), ..self.change_entry(*item, change) }
            }
            Event::TaskDecided { task, decision, by, automatic, .. } => {
                let kind = decided_word(automatic.as_ref(), decision.as_deref());
                TraceEntry {
                    operator: by.clone(),
                    decision: decision.clone(),
                    ..self.automatic_entry(self.at_place(*task, kind), automatic.as_ref())
                }
            }
            Event::NodePassed { branch, element, by, decision, automatic, .. } => {
                let kind = decided_word(Some(automatic), decision.as_deref());
                let passed = TraceEntry {
                    branch: Some(*branch),
                    operator: by.clone(),
                    decision: decision.clone(),
                    visit: self.visits.get(element).copied(),
                    ..self.at_element(*element, kind)
                };
                self.automatic_entry(passed, Some(automatic))
            }
            other => unreachable!("not a fact about work items: {other:?}"),
        }
    }

    fn change_entry(&self, item: LocalId, change: &ItemChange) -> TraceEntry {
        match change {
            ItemChange::Opened => self.at_place(item, "task.assigned"),
            ItemChange::Waits => self.at_place(item, "task.waits"),
            ItemChange::Assigned(assigned) => TraceEntry {
                people: match &assigned.assignee {
                    Some(user) => vec![user.clone()],
                    None => assigned.candidate_users.clone(),
                },
                message: assigned.note.clone(),
                ..self.at_place(item, assigned_word(assigned.how))
            },
            ItemChange::Decided { decision, opinion } => TraceEntry {
                decision: decision.clone(),
                opinion: opinion.clone(),
                ..self.at_place(item, "task.decided")
            },
            ItemChange::Closed(how) => {
                let (kind, code) = closed_words(*how);
                TraceEntry { code: Some(code.to_owned()), ..self.at_place(item, kind) }
            }
            ItemChange::Drafted(Some(_)) => self.at_place(item, "task.draft_saved"),
            ItemChange::Drafted(None) => self.at_place(item, "task.draft_dropped"),
            ItemChange::Read => self.at_place(item, "task.read"),
            ItemChange::Reminded => self.at_place(item, "task.reminded"),
            ItemChange::Signed { decision, signature } => TraceEntry {
                decision: decision.clone(),
                signature: Some(signature.clone()),
                ..self.at_place(item, "task.signed")
            },
            ItemChange::Passed(automatic) => {
                let kind = decided_word(Some(automatic), Some(APPROVE));
                let passed =
                    TraceEntry { decision: Some(APPROVE.to_owned()), ..self.at_place(item, kind) };
                self.automatic_entry(passed, Some(automatic))
            }
        }
    }

    /// Adds why nobody had to decide.
    fn automatic_entry(&self, entry: TraceEntry, automatic: Option<&Automatic>) -> TraceEntry {
        let Some(automatic) = automatic else { return entry };
        let code = Some(automatic_word(automatic).to_owned());
        let message = match automatic {
            Automatic::Repeated { element, visit } => {
                Some(format!("decided before at {}, visit {visit}", self.id_of(*element)))
            }
            _ => None,
        };
        TraceEntry { code, message, ..entry }
    }

    /// Facts about tokens that move against or beside the flow.
    pub(super) fn back_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::WentBack(went) => self.went_back(went),
            Event::PathCut { branch, .. } => TraceEntry { branch: Some(*branch), ..of("path.cut") },
            Event::BranchExcused { region } => {
                TraceEntry { region: Some(*region), ..self.at_region(*region, "branch.excused") }
            }
            Event::StraightBackPlanned { branch, plan } => TraceEntry {
                branch: Some(*branch),
                people: vec![plan.returner.clone()],
                to: plan.between.last().map(|visit| self.id_of(visit.element)),
                ..of("task.straight_back_planned")
            },
            Event::SnapshotTaken { branch, .. } | Event::GuardedKept { branch, .. } => {
                TraceEntry { branch: Some(*branch), ..of("variables.kept") }
            }
            Event::VariablesReplaced { region, variables } => TraceEntry {
                region: Some(*region),
                variables: Some(variables.clone()),
                ..self.at_region(*region, "variables.replaced")
            },
            Event::Readmitted { branch, readmission } => TraceEntry {
                branch: Some(*branch),
                people: readmission.people.clone(),
                code: Some(back_cause(readmission.kind).to_owned()),
                ..of("branch.readmitted")
            },
            other => unreachable!("not a fact about going back: {other:?}"),
        }
    }

    /// One operation is one entry, whatever it closes.
    fn went_back(&self, went: &WentBack) -> TraceEntry {
        let kind = back_word(went.kind);
        let opens = !matches!(went.kind, BackKind::ToCaller | BackKind::ByCaller);
        let entry = match (went.item, went.from) {
            (Some(item), _) => self.at_place(item, kind),
            (None, Some(from)) => self.at_element(from, kind),
            (None, None) => of(kind),
        };
        TraceEntry {
            operator: Some(went.operator.clone()),
            message: went.reason.clone(),
            code: match went.kind {
                BackKind::Rejected => Some(REJECT.to_owned()),
                BackKind::ToCaller => Some("caller".to_owned()),
                _ => None,
            },
            to: opens.then(|| self.id_of(went.to)),
            path: went.path.iter().map(|undone| self.undone(undone)).collect(),
            ..entry
        }
    }

    fn undone(&self, undone: &Undone) -> PlanVisit {
        PlanVisit {
            node: self.id_of(undone.element),
            visit: undone.visit,
            branch: undone.branch.0,
            operators: undone.operators.clone(),
            decision: undone.decision.clone(),
            is_target: undone.is_target,
        }
    }

    /// Facts about the instance as a whole, and about what people say and are told.
    pub(super) fn govern_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::Concluded { outcome, conclusion } => self.concluded(outcome, conclusion),
            Event::Reopened { by, .. } => {
                TraceEntry { operator: Some(by.clone()), ..of("process.reopened") }
            }
            Event::Suspended(suspension) => TraceEntry {
                operator: Some(suspension.by.clone()),
                message: suspension.reason.clone(),
                ..of("process.suspended")
            },
            Event::Resumed { by, .. } => {
                TraceEntry { operator: Some(by.clone()), ..of("process.resumed") }
            }
            Event::CopySent(copy) => {
                let kind = if copy.circulated { "copy.circulated" } else { "copy.sent" };
                TraceEntry {
                    operator: copy.by.clone(),
                    people: vec![copy.to.clone()],
                    message: copy.text.clone(),
                    visit: (copy.visit > 0).then_some(copy.visit),
                    ..match copy.element {
                        Some(element) => self.at_element(element, kind),
                        None => of(kind),
                    }
                }
            }
            Event::CopyRead { user, opinion, .. } => TraceEntry {
                operator: Some(user.clone()),
                opinion: opinion.clone(),
                ..of("copy.read")
            },
            Event::Commented { by, item, text, .. } => TraceEntry {
                operator: Some(by.clone()),
                message: Some(text.clone()),
                ..match item {
                    Some(item) => self.at_place(*item, "comment.added"),
                    None => of("comment.added"),
                }
            },
            Event::AcknowledgeAwaited { .. } => of("process.acknowledge_awaited"),
            Event::StartAcknowledged { .. } => of("process.acknowledged"),
            Event::CallerPath { .. } => of("process.caller_path"),
            other => unreachable!("not a fact about the whole: {other:?}"),
        }
    }

    /// Facts about what is put into a running instance.
    pub(super) fn insert_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::StepInserted { step, inserted } => TraceEntry {
                operator: Some(inserted.by.clone()),
                people: inserted.users.clone(),
                code: Some(if inserted.before { "before" } else { "behind" }.to_owned()),
                message: inserted.reason.clone(),
                ..self.at_place(*step, "step.inserted")
            },
            Event::StepRemoved { step, by } => {
                let kind = if by.is_some() { "step.removed" } else { "step.taken" };
                TraceEntry { operator: by.clone(), ..self.at_place(*step, kind) }
            }
            Event::RunAdded { activity, item, by, reason } => TraceEntry {
                operator: Some(by.clone()),
                value: item.clone(),
                message: reason.clone(),
                ..self.at_place(*activity, "loop.run_added")
            },
            Event::DeadlineArmed { timer, branch, due, .. } => TraceEntry {
                branch: Some(*branch),
                due: Some(*due),
                ..self.at_place(*timer, "deadline.armed")
            },
            other => unreachable!("not a fact about what is inserted: {other:?}"),
        }
    }

    fn concluded(&self, outcome: &Outcome, conclusion: &Conclusion) -> TraceEntry {
        let kind = concluded_word(conclusion.cause);
        TraceEntry {
            operator: conclusion.operator.clone(),
            code: Some(outcome.code.clone()),
            message: Some(match &conclusion.reason {
                Some(reason) => reason.clone(),
                None => class_word(outcome.class).to_owned(),
            }),
            ..match outcome.end_node {
                Some(element) => self.at_element(element, kind),
                None => of(kind),
            }
        }
    }
}

/// Who has the work items: the assignee of each, or its candidates.
fn people(items: &[NewItem]) -> Vec<String> {
    let of = |item: &NewItem| match &item.data.assignee {
        Some(user) => vec![user.clone()],
        None => item.data.candidate_users.clone(),
    };
    items.iter().flat_map(of).collect()
}

fn decided_word(automatic: Option<&Automatic>, decision: Option<&str>) -> &'static str {
    match (automatic, decision) {
        (None, _) => "task.completed",
        (Some(_), Some(REJECT)) => "task.auto_rejected",
        (Some(_), _) => "task.auto_approved",
    }
}

fn assigned_word(how: AssignedHow) -> &'static str {
    match how {
        AssignedHow::Transferred => "task.transferred",
        AssignedHow::Delegated => "task.delegated",
        AssignedHow::Resolved => "task.resolved",
        AssignedHow::Reassigned => "task.reassigned",
        AssignedHow::HandedOver => "task.handed_over",
        AssignedHow::Escalated => "task.escalated",
    }
}

/// What happened to the item, and why. The returner's own is closed by the return, which has an
/// entry of its own.
fn closed_words(how: ClosedHow) -> (&'static str, &'static str) {
    match how {
        ClosedHow::Superseded => ("task.cancelled", "superseded"),
        ClosedHow::Terminated => ("task.cancelled", "terminated"),
        ClosedHow::Returned => ("task.closed", "returned"),
        ClosedHow::Removed => ("task.approver_removed", "removed"),
    }
}

fn automatic_word(automatic: &Automatic) -> &'static str {
    match automatic {
        Automatic::Repeated { .. } => "repeated",
        Automatic::Initiator => "initiator",
        Automatic::Nobody => "nobody",
        Automatic::Skipped => "skipped",
        Automatic::Deadline => "deadline",
    }
}

fn back_word(kind: BackKind) -> &'static str {
    match kind {
        BackKind::Return | BackKind::Rejected | BackKind::ToCaller => "task.returned",
        BackKind::ByCaller => "process.undone",
        BackKind::Retract => "task.retracted",
        BackKind::Reroute => "process.rerouted",
        BackKind::Correct => "process.corrected",
        BackKind::Reopen => "process.reopened_at",
    }
}

fn back_cause(kind: BackKind) -> &'static str {
    match kind {
        BackKind::Return => "return",
        BackKind::ToCaller => "return_to_caller",
        BackKind::ByCaller => "return_of_caller",
        BackKind::Retract => "retract",
        BackKind::Reroute => "reroute",
        BackKind::Correct => "correct",
        BackKind::Reopen => "reopen",
        BackKind::Rejected => REJECT,
    }
}

/// The word for why a task opened.
pub(crate) fn origin_word(origin: &TaskOrigin) -> &'static str {
    match origin {
        TaskOrigin::Flow => "flow",
        TaskOrigin::Back(kind) => back_cause(*kind),
        TaskOrigin::Inserted { .. } => "inserted",
    }
}

/// The word for what ended an instance.
pub(crate) fn cause_word(cause: Cause) -> &'static str {
    match cause {
        Cause::Flow => "flow",
        Cause::Withdraw => "withdraw",
        Cause::Terminate => "terminate",
        Cause::Void => "void",
        Cause::Revoke => "revoke",
        Cause::Reject => "reject",
        Cause::Correction => "correction",
        Cause::Deadline => "deadline",
        Cause::Unacknowledged => "unacknowledged",
        Cause::Return => "return",
        Cause::Caller => "caller",
    }
}

fn concluded_word(cause: Cause) -> &'static str {
    match cause {
        Cause::Withdraw => "process.withdrawn",
        Cause::Terminate => "process.terminated",
        Cause::Void => "process.voided",
        Cause::Revoke => "process.revoked",
        Cause::Deadline => "process.timed_out",
        Cause::Unacknowledged => "process.abandoned",
        Cause::Flow | Cause::Reject | Cause::Correction | Cause::Return | Cause::Caller => {
            "process.finished"
        }
    }
}

#[cfg(test)]
mod tests {
    use bpmn::{Definition, ElementIndex};
    use engine::{ItemUnit, Key, Millis, Partition, TaskData, TaskOrigin};

    use super::super::trace;
    use super::*;

    const FILE: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
        <process id="leave" isExecutable="true">
          <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="ask"/>
          <userTask id="ask" name="Ask"/><sequenceFlow id="f2" sourceRef="ask" targetRef="all"/>
          <userTask id="all" name="All"/><sequenceFlow id="f3" sourceRef="all" targetRef="end"/>
          <endEvent id="end"/>
        </process></definitions>"#;
    const BRANCH: LocalId = LocalId(2);
    const AT: Millis = Millis(7);

    fn definition() -> Definition {
        let import = bpmn::import(FILE.as_bytes(), &bpmn::Limits::default());
        import.expect("the file is valid").definitions.remove(0)
    }

    fn element(definition: &Definition, id: &str) -> ElementIndex {
        definition.find(id).expect("there is such a node")
    }

    fn item(id: u32, user: &str) -> NewItem {
        NewItem {
            id: LocalId(id),
            data: TaskData { assignee: Some(user.into()), ..TaskData::default() },
            waits: false,
            substituted_from: None,
            added: None,
        }
    }

    fn opened(definition: &Definition) -> Vec<Event> {
        let all = element(definition, "all");
        vec![
            Event::Entered { branch: BRANCH, element: all, flow: None, at: AT },
            Event::TaskOpened {
                task: LocalId(3),
                branch: BRANCH,
                element: all,
                items: vec![item(4, "ann"), item(5, "bob")],
                units: vec![ItemUnit::of(LocalId(4)), ItemUnit::of(LocalId(5))],
                origin: TaskOrigin::Flow,
                directory: 0,
                at: AT,
            },
        ]
    }

    fn entries(definition: &Definition, events: Vec<Event>) -> Vec<TraceEntry> {
        let facts = events.into_iter().zip(1..).map(|(event, sequence)| (sequence, AT, event));
        trace(definition, Key::instance_of(Partition(1), 9), facts, 0, 100).0
    }

    fn changed(item: u32, change: ItemChange, by: Option<&str>) -> Event {
        Event::ItemChanged { item: LocalId(item), change, by: by.map(str::to_owned), at: AT }
    }

    #[test]
    fn s2_54_a_return_is_one_entry_and_siblings_are_cancelled() {
        let definition = definition();
        let (ask, all) = (element(&definition, "ask"), element(&definition, "all"));
        let undone = |element, is_target| Undone {
            branch: BRANCH,
            element,
            visit: 1,
            operators: vec!["ines".into()],
            decision: None,
            is_target,
        };
        let mut events = opened(&definition);
        events.push(Event::WentBack(Box::new(WentBack {
            kind: BackKind::Return,
            operator: "ann".into(),
            reason: Some("not mine".into()),
            item: Some(LocalId(4)),
            from: Some(all),
            to: ask,
            path: vec![undone(all, false), undone(ask, true)],
            generation: 1,
            at: AT,
        })));
        events.push(changed(4, ItemChange::Closed(ClosedHow::Returned), Some("ann")));
        events.push(changed(5, ItemChange::Closed(ClosedHow::Terminated), None));
        let entries = entries(&definition, events);
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
        assert_eq!(
            kinds,
            ["node.entered", "task.opened", "task.returned", "task.closed", "task.cancelled"]
        );
        assert_eq!(entries[1].people, ["ann", "bob"]);
        let returned = &entries[2];
        assert_eq!((returned.node.as_deref(), returned.to.as_deref()), (Some("all"), Some("ask")));
        assert_eq!(returned.operator.as_deref(), Some("ann"));
        assert_eq!(returned.message.as_deref(), Some("not mine"));
        let path: Vec<(&str, bool)> =
            returned.path.iter().map(|it| (it.node.as_str(), it.is_target)).collect();
        assert_eq!(path, [("all", false), ("ask", true)]);
        assert_eq!(entries[4].code.as_deref(), Some("terminated"));
        assert_eq!(entries[4].node.as_deref(), Some("all"), "a work item is at its task's node");
    }

    #[test]
    fn votes_are_decided_and_the_task_is_completed_once() {
        let definition = definition();
        let decided =
            |decision: &str| ItemChange::Decided { decision: Some(decision.into()), opinion: None };
        let mut events = opened(&definition);
        events.push(changed(4, decided("approve"), Some("ann")));
        events.push(changed(5, decided("approve"), Some("bob")));
        events.push(Event::TaskDecided {
            task: LocalId(3),
            decision: Some("approve".into()),
            by: Some("bob".into()),
            automatic: None,
            at: AT,
        });
        let of_people = entries(&definition, events);
        assert_eq!(of_people.iter().filter(|it| it.kind == "task.decided").count(), 2);
        assert_eq!(of_people.last().map(|it| it.kind.as_str()), Some("task.completed"));

        let passed = |decision: &str| Event::NodePassed {
            branch: BRANCH,
            element: element(&definition, "all"),
            by: None,
            decision: Some(decision.into()),
            automatic: Automatic::Repeated { element: element(&definition, "ask"), visit: 1 },
            at: AT,
        };
        let automatic = entries(&definition, vec![passed("approve"), passed(REJECT)]);
        assert_eq!(automatic[0].kind, "task.auto_approved");
        assert_eq!(automatic[0].code.as_deref(), Some("repeated"));
        assert_eq!(automatic[1].kind, "task.auto_rejected");
    }
}
