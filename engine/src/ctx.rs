//! The workbench of one step: the state as it becomes, the facts so far and the moves still to do.

use bpmn::{Element, ElementIndex, FlowIndex};
use expr::Value;

use crate::command::Variables;
use crate::element;
use crate::event::{Event, IncidentCode};
use crate::instance::{Instance, Place};
use crate::key::{LocalId, Millis};
use crate::limits::Limits;
use crate::model::Model;
use crate::rejection::Rejection;
use crate::settle;

/// One move of a token. A branch on the move has exactly one of these on the work list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Move {
    /// Go along a flow and enter its target.
    Take { branch: LocalId, flow: FlowIndex },
    /// Enter an element that no flow leads to: a start or boundary event.
    Enter { branch: LocalId, element: ElementIndex },
    /// Do what an element does; the branch has entered it.
    Behave { branch: LocalId, element: ElementIndex },
    /// Leave an element that is done.
    Leave { branch: LocalId, element: ElementIndex },
}

impl Move {
    fn branch(self) -> LocalId {
        match self {
            Self::Take { branch, .. }
            | Self::Enter { branch, .. }
            | Self::Behave { branch, .. }
            | Self::Leave { branch, .. } => branch,
        }
    }
}

pub(crate) struct Ctx<'a> {
    pub(crate) model: &'a Model,
    pub(crate) limits: &'a Limits,
    pub(crate) now: Millis,
    /// True if a synchronous failure can be refused; see [`crate::Command::has_caller`].
    pub(crate) has_caller: bool,
    after: Instance,
    events: Vec<Event>,
    /// A stack, so that the walk is depth first; flows are pushed in reverse line order.
    todo: Vec<Move>,
}

impl<'a> Ctx<'a> {
    pub(crate) fn new(
        model: &'a Model,
        before: &Instance,
        now: Millis,
        limits: &'a Limits,
        has_caller: bool,
    ) -> Self {
        Self {
            model,
            limits,
            now,
            has_caller,
            after: before.clone(),
            events: Vec::new(),
            todo: Vec::new(),
        }
    }

    pub(crate) fn into_parts(self) -> (Instance, Vec<Event>) {
        (self.after, self.events)
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
        self.events.push(event);
    }

    /// The id that the next event may give to something new.
    pub(crate) fn next_id(&self) -> LocalId {
        self.after.next_id()
    }

    pub(crate) fn push(&mut self, next: Move) {
        self.todo.push(next);
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
                moves += 1;
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
                let target = self.model.definition().flow(flow).target;
                element::arrive(self, branch, target, flow)
            }
            Move::Enter { branch, element } => element::enter(self, branch, element, None),
            Move::Behave { branch, element } => element::behave(self, branch, element),
            Move::Leave { branch, element } => {
                crate::route::leave(self, branch, element);
                Ok(())
            }
        }
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
        let leaving = matches!(next, Move::Leave { .. });
        let (branch, element) = match next {
            Move::Take { branch, flow } => {
                // The flow is taken first, so that trying again enters its target.
                self.emit(Event::FlowTaken { branch, flow });
                let element = self.model.definition().flow(flow).target;
                self.emit(Event::Entered { branch, element, flow: Some(flow), at: self.now });
                (branch, element)
            }
            Move::Enter { branch, element } => {
                self.emit(Event::Entered { branch, element, flow: None, at: self.now });
                (branch, element)
            }
            Move::Behave { branch, element } | Move::Leave { branch, element } => (branch, element),
        };
        self.park_at(branch, element, leaving, code, message);
    }

    /// Stops a branch at an element with an incident; resolving it repeats the element.
    pub(crate) fn park(
        &mut self,
        branch: LocalId,
        element: ElementIndex,
        code: IncidentCode,
        message: String,
    ) {
        self.park_at(branch, element, false, code, message);
    }

    /// Stops a branch behind an element that is done; resolving it looks for the way out again.
    pub(crate) fn park_leaving(
        &mut self,
        branch: LocalId,
        element: ElementIndex,
        code: IncidentCode,
        message: String,
    ) {
        self.park_at(branch, element, true, code, message);
    }

    fn park_at(
        &mut self,
        branch: LocalId,
        element: ElementIndex,
        leaving: bool,
        code: IncidentCode,
        message: String,
    ) {
        let activity = self.next_id();
        self.emit(Event::Parked { activity, branch, element, leaving, at: self.now });
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

    /// Sets variables where they are visible from `branch`: in the innermost scope that has the
    /// name, else in the process.
    pub(crate) fn set_variables(&mut self, branch: LocalId, variables: &Variables) {
        let mut by_scope: Vec<(LocalId, Variables)> = Vec::new();
        for (name, value) in variables {
            let region = self.after.scope_with(branch, name).unwrap_or(Instance::ROOT_REGION);
            let value: Value = value.clone();
            match by_scope.iter_mut().find(|(scope, _)| *scope == region) {
                Some((_, scope)) => {
                    scope.insert(name.clone(), value);
                }
                None => by_scope.push((region, Variables::from([(name.clone(), value)]))),
            }
        }
        for (region, variables) in by_scope {
            self.emit(Event::VariablesSet { region, variables });
        }
    }
}
