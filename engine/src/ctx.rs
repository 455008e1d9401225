//! The workbench of one step: the state as it becomes, the facts so far and the moves still to do.

use std::collections::BTreeSet;
use std::sync::Arc;

use bpmn::{Element, ElementIndex, FlowIndex};
use serde::{Deserialize, Serialize};

use crate::back;
use crate::command::{Command, Variables};
use crate::data_object;
use crate::element;
use crate::event::{Event, IncidentCode, Parcel, Wait};
use crate::instance::{Holder, Instance, Place, Stage};
use crate::key::{LocalId, Millis};
use crate::library::Library;
use crate::limits::Limits;
use crate::model::Model;
use crate::rejection::Rejection;
use crate::settle;
use crate::step::{Effect, Step};

/// One move of a token. A branch on the move has exactly one of these on the work list. Behind
/// `Enter` they stand in the order of an element's stages.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Move {
    /// Go along a flow and enter its target.
    Take { branch: LocalId, flow: FlowIndex },
    /// Enter an element that no flow leads to: a start or boundary event, a loop's run, a handler.
    Enter { branch: LocalId, element: ElementIndex },
    /// Make ready for the work: mappings and handlers on the way in. The branch has entered.
    Prepare { branch: LocalId, element: ElementIndex },
    /// Do what the element does.
    Work { branch: LocalId, element: ElementIndex },
    /// The work is done: handlers on the way out.
    Leave { branch: LocalId, element: ElementIndex },
    /// Mappings on the way out.
    Finish { branch: LocalId, element: ElementIndex },
    /// Choose the way out and take it.
    Route { branch: LocalId, element: ElementIndex },
}

impl Move {
    fn branch(self) -> LocalId {
        match self {
            Self::Take { branch, .. }
            | Self::Enter { branch, .. }
            | Self::Prepare { branch, .. }
            | Self::Work { branch, .. }
            | Self::Leave { branch, .. }
            | Self::Finish { branch, .. }
            | Self::Route { branch, .. } => branch,
        }
    }

    /// The move that goes on at a stage of an element.
    pub(crate) fn at(stage: Stage, branch: LocalId, element: ElementIndex) -> Self {
        match stage {
            Stage::Entering => Self::Prepare { branch, element },
            Stage::Working => Self::Work { branch, element },
            Stage::Finishing => Self::Finish { branch, element },
            Stage::Leaving => Self::Route { branch, element },
        }
    }
}

pub(crate) struct Ctx<'a> {
    pub(crate) model: &'a Model,
    pub(crate) library: &'a dyn Library,
    pub(crate) limits: &'a Limits,
    pub(crate) now: Millis,
    /// True if a synchronous failure can be refused; see [`crate::Command::has_caller`].
    pub(crate) has_caller: bool,
    after: Instance,
    events: Vec<Event>,
    /// A stack, so that the walk is depth first; flows are pushed in reverse line order.
    todo: Vec<Move>,
    /// Names that got a value in this step, and conditions that were opened in it: what says which
    /// conditions are looked at once nothing moves.
    pub(crate) changes: Changes,
    /// Runs of loops made in this step.
    pub(crate) loop_runs: usize,
    /// True if only a plan is wanted.
    pub(crate) dry_run: bool,
    /// What the caller should know beside the facts.
    pub(crate) warnings: Vec<Warning>,
    /// Variables that a target lacks; only a plan goes on without them.
    pub(crate) missing: Vec<String>,
}

/// Something a caller should know although the command was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable upper-case code.
    pub code: String,
    /// What it is about, and what to do.
    pub message: String,
    /// Node id.
    pub node: Option<String>,
}

/// What may have made a condition true.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) names: BTreeSet<Arc<str>>,
    pub(crate) opened: BTreeSet<LocalId>,
}

impl<'a> Ctx<'a> {
    pub(crate) fn new(
        model: &'a Model,
        library: &'a dyn Library,
        before: &Instance,
        now: Millis,
        limits: &'a Limits,
        command: &Command,
    ) -> Self {
        Self {
            model,
            library,
            limits,
            now,
            has_caller: command.has_caller(),
            after: before.clone(),
            events: Vec::new(),
            todo: Vec::new(),
            changes: Changes::default(),
            loop_runs: 0,
            dry_run: command.is_dry_run(),
            warnings: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// The facts so far.
    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    pub(crate) fn warn(&mut self, code: &str, node: Option<ElementIndex>, message: String) {
        let node = node.map(|node| self.element(node).id.clone());
        self.warnings.push(Warning { code: code.to_owned(), message, node });
    }

    /// The step that this has become.
    pub(crate) fn into_step(self, before: &Instance, effects: Vec<Effect>) -> Step {
        Step {
            base_revision: before.revision(),
            next_id_before: before.next_id(),
            events: self.events,
            effects,
            after: self.after,
            warnings: self.warnings,
            missing: self.missing,
        }
    }

    /// The state as it is after the facts so far.
    pub(crate) fn state(&self) -> &Instance {
        &self.after
    }

    pub(crate) fn element(&self, index: ElementIndex) -> &'a Element {
        self.model.definition().element(index)
    }

    /// Records a fact and makes it true at once, so that later moves of this step see it.
    pub(crate) fn emit(&mut self, event: Event) {
        self.after.apply(&event);
        match &event {
            Event::VariablesSet { variables, .. } | Event::LocalsSet { variables, .. } => {
                self.changes.names.extend(variables.keys().cloned());
            }
            Event::SubscriptionOpened { subscription, wait: Wait::Condition { .. }, .. } => {
                self.changes.opened.insert(*subscription);
            }
            _ => {}
        }
        self.events.push(event);
    }

    /// The id that the next event may give to something new.
    pub(crate) fn next_id(&self) -> LocalId {
        self.after.next_id()
    }

    pub(crate) fn push(&mut self, next: Move) {
        self.todo.push(next);
    }

    /// Does work that sets several branches moving: the first of them moves first.
    pub(crate) fn in_order(&mut self, work: impl FnOnce(&mut Self)) {
        let before = self.todo.len();
        work(self);
        self.todo[before..].reverse();
    }

    /// Works the list down, lets joins settle, and repeats until nothing moves.
    pub(crate) fn run(&mut self) -> Result<(), Rejection> {
        let mut moves = 0;
        loop {
            while let Some(next) = self.todo.pop() {
                // A branch that was ended or interrupted meanwhile has nothing to do any more.
                if self.after.branch(next.branch()).at != Place::Moving {
                    continue;
                }
                // Every way around a cycle enters an element, so that is what is counted.
                moves += usize::from(matches!(next, Move::Take { .. } | Move::Enter { .. }));
                if let Some((code, message)) = self.exhausted(moves) {
                    self.park_move(next, code, message);
                } else {
                    self.carry_out(next)?;
                }
            }
            if !settle::settle(self) {
                return Ok(());
            }
        }
    }

    fn carry_out(&mut self, next: Move) -> Result<(), Rejection> {
        match next {
            Move::Take { branch, flow } => {
                self.emit(Event::FlowTaken { branch, flow });
                back::forget(self, branch, flow);
                let target = self.model.definition().flow(flow).target;
                element::arrive(self, branch, target, flow);
            }
            Move::Enter { branch, element } => element::enter(self, branch, element, None),
            Move::Prepare { branch, element } => element::prepare(self, branch, element),
            Move::Work { branch, element } => return element::work(self, branch, element),
            Move::Leave { branch, element } => element::leave(self, branch, element),
            Move::Finish { branch, element } => element::finish(self, branch, element),
            Move::Route { branch, element } => crate::route::leave(self, branch, element),
        }
        Ok(())
    }

    /// Says which limit is used up, if one is.
    fn exhausted(&self, moves: usize) -> Option<(IncidentCode, String)> {
        let limits = self.limits;
        if moves > limits.step_moves_max {
            let message = format!(
                "one command made {} moves; look for a cycle without a wait state",
                limits.step_moves_max
            );
            return Some((IncidentCode::TooMuchWork, message));
        }
        if self.after.next_id().0 > limits.ids_max {
            let message = format!("the instance has used all of its {} ids", limits.ids_max);
            return Some((IncidentCode::LimitExceeded, message));
        }
        if self.after.visits_on_paths() >= limits.visits_max {
            let message = format!("the instance's paths hold {} visits", limits.visits_max);
            return Some((IncidentCode::LimitExceeded, message));
        }
        None
    }

    fn park_move(&mut self, next: Move, code: IncidentCode, message: String) {
        let (branch, element, stage) = match next {
            Move::Take { branch, flow } => {
                // The flow is taken first, so that trying again enters its target.
                self.emit(Event::FlowTaken { branch, flow });
                let element = self.model.definition().flow(flow).target;
                self.emit(Event::Entered { branch, element, flow: Some(flow), at: self.now });
                (branch, element, Stage::Entering)
            }
            Move::Enter { branch, element } => {
                self.emit(Event::Entered { branch, element, flow: None, at: self.now });
                (branch, element, Stage::Entering)
            }
            Move::Prepare { branch, element } => (branch, element, Stage::Entering),
            Move::Work { branch, element } => (branch, element, Stage::Working),
            Move::Leave { branch, element } | Move::Finish { branch, element } => {
                (branch, element, Stage::Finishing)
            }
            Move::Route { branch, element } => (branch, element, Stage::Leaving),
        };
        self.stop(branch, element, stage, code, message);
    }

    /// Stops a branch at its element's own work with an incident; resolving it does the work again.
    pub(crate) fn park(
        &mut self,
        branch: LocalId,
        element: ElementIndex,
        code: IncidentCode,
        message: String,
    ) {
        self.stop(branch, element, Stage::Working, code, message);
    }

    /// Stops a branch at a stage of an element with an incident; resolving it goes on there.
    pub(crate) fn stop(
        &mut self,
        branch: LocalId,
        element: ElementIndex,
        stage: Stage,
        code: IncidentCode,
        message: String,
    ) {
        let activity = self.next_id();
        self.emit(Event::Stopped { activity, branch, element, stage, at: self.now });
        self.raise(Some(activity), branch, element, code, message);
    }

    /// Raises an incident.
    pub(crate) fn raise(
        &mut self,
        activity: Option<LocalId>,
        branch: LocalId,
        element: ElementIndex,
        code: IncidentCode,
        message: String,
    ) {
        let incident = self.next_id();
        let at = self.now;
        self.emit(Event::IncidentRaised { incident, activity, element, branch, code, message, at });
    }

    /// Resolves the incidents that a predicate picks.
    pub(crate) fn resolve_incidents(&mut self, over: impl Fn(&crate::Incident) -> bool) {
        let ids: Vec<LocalId> = self
            .after
            .incidents()
            .iter()
            .filter(|(_, incident)| over(incident))
            .map(|(id, _)| *id)
            .collect();
        for incident in ids {
            self.emit(Event::IncidentResolved { incident });
        }
    }

    /// Sets variables where a branch sees them: in the innermost holder that has the name, else in
    /// the process.
    pub(crate) fn set_variables(&mut self, branch: LocalId, variables: &Variables) {
        self.set_where(variables, |state, name| state.holder_of(branch, name));
    }

    /// Sets variables as [`Ctx::set_variables`] does, but never a branch's own ones: what leaves
    /// an activity.
    pub(crate) fn set_variables_around(&mut self, branch: LocalId, variables: &Variables) {
        self.set_where(variables, |state, name| state.holder_around(branch, name));
    }

    fn set_where(
        &mut self,
        variables: &Variables,
        holder: impl Fn(&Instance, &str) -> Option<Holder>,
    ) {
        let mut by_holder: Vec<(Holder, Variables)> = Vec::new();
        for (name, value) in variables {
            let found = holder(&self.after, name).unwrap_or(Holder::Region(Instance::ROOT_REGION));
            let (name, value) = (name.clone(), value.clone());
            match by_holder.iter_mut().find(|(holder, _)| *holder == found) {
                Some((_, held)) => {
                    held.insert(name, value);
                }
                None => by_holder.push((found, Variables::from([(name, value)]))),
            }
        }
        for (holder, variables) in by_holder {
            self.emit(match holder {
                Holder::Region(region) => Event::VariablesSet { region, variables },
                Holder::Branch(branch) => Event::LocalsSet { branch, variables },
            });
        }
    }

    /// Gives an element what it was completed with, or what an event brought: its own where the
    /// file says so, else as [`Ctx::set_variables`] does.
    pub(crate) fn bring(&mut self, branch: LocalId, element: ElementIndex, variables: &Variables) {
        if variables.is_empty() {
            return;
        }
        if self.results_stay_local(element) {
            self.emit(Event::LocalsSet { branch, variables: variables.clone() });
        } else {
            self.set_variables(branch, variables);
        }
    }

    /// Where [`Ctx::bring`] puts what an element was completed with.
    pub(crate) fn place_of_results(
        &self,
        branch: LocalId,
        element: ElementIndex,
    ) -> data_object::Place {
        let stay_local = self.results_stay_local(element);
        if stay_local { data_object::Place::Own(branch) } else { data_object::Place::Seen(branch) }
    }

    /// True if only the output mappings of an element leave it.
    pub(crate) fn results_stay_local(&self, element: ElementIndex) -> bool {
        self.element(element).extras().results_stay_local
    }

    /// Takes a branch's own variables away, if it has any.
    pub(crate) fn clear_locals(&mut self, branch: LocalId) {
        if !self.after.branch(branch).locals.is_empty() {
            self.emit(Event::LocalsCleared { branch });
        }
    }

    /// Queues something for another place.
    pub(crate) fn post(&mut self, content: Parcel) {
        let parcel = self.next_id();
        self.emit(Event::ParcelQueued { parcel, content, at: self.now });
    }
}
