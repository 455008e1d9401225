//! Which nodes a token may go back to, and why it may not go to others.
//!
//! The active path of a branch is its own path and, outward from it, the paths of the branches that
//! wait for its region visits. Nothing is ever computed from the history: what a return popped is
//! gone, and a closed fork's branches are not on the path of whoever stands behind their join.

use std::collections::{BTreeMap, BTreeSet};

use bpmn::{Approval, ElementIndex, ElementKind, ReturnTo};

use crate::event::{BackTo, Done};
use crate::instance::{ActivityState, Instance, Place, Visit};
use crate::join;
use crate::key::LocalId;
use crate::model::Model;
use crate::rejection::Rejection;

/// A visit on the path of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    /// The branch.
    pub(crate) branch: LocalId,
    /// Index of the visit in its path.
    pub(crate) index: usize,
}

impl Spot {
    /// The visit.
    pub(crate) fn visit(self, state: &Instance) -> &Visit {
        &state.branch(self.branch).path[self.index]
    }
}

/// A node that was visited on the active path and can be gone back to as far as the path goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Where.
    pub(crate) spot: Spot,
    /// The node.
    pub(crate) element: ElementIndex,
    /// Which visit of it.
    pub(crate) visit: u32,
    /// What it is.
    pub(crate) kind: Kind,
    /// Who handled it.
    pub(crate) handlers: Vec<String>,
    /// Those of them who did not approve.
    pub(crate) dissenters: Vec<String>,
    /// A person decided it: what "previous" looks for.
    pub(crate) by_person: bool,
}

/// What a node is that can be gone back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A user task.
    Task,
    /// A sub-process or call activity, which is entered from its start.
    Inner,
    /// The start event, which stands for the initiator.
    Initiator,
}

/// Why a node may not be gone back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is the node that is asked.
    Here,
    /// It lies before a fork, and the node's rules keep it inside of its branch.
    BeforeFork,
    /// It lies before a join of several branches that are one now.
    BeforeJoin,
    /// It lies outside of an activity that runs several times.
    Repeated {
        /// That activity.
        element: ElementIndex,
        /// How often it runs.
        count: u32,
    },
    /// It lies outside of a compensation handler.
    OutsideHandler,
    /// The returnable list of the node does not name it.
    NotListed,
    /// It was passed without a person.
    Automatic,
    /// It is on the path, but is nothing that a person does.
    NotManual,
    /// It stands on another branch.
    OtherBranch,
    /// It was visited once, but the active path does not hold it any more.
    Erased,
    /// It was never visited.
    NeverVisited,
}

impl Refusal {
    /// The reason, as it is told.
    pub(crate) fn text(&self, model: &Model) -> String {
        match self {
            Self::Here => "it is the node itself".to_owned(),
            Self::BeforeFork => "it lies before a fork, and the rules of the node do not let it \
                                 return out of a parallel region"
                .to_owned(),
            Self::BeforeJoin => "it lies before a join at which several branches became one; go \
                                 back to before their fork"
                .to_owned(),
            Self::Repeated { element, count } => {
                let id = &model.definition().element(*element).id;
                format!("{id} runs {count} times, and one of them cannot be returned by itself")
            }
            Self::OutsideHandler => "it lies outside of a compensation handler".to_owned(),
            Self::NotListed => "the returnable list of the node does not name it".to_owned(),
            Self::Automatic => "it was passed without a person".to_owned(),
            Self::NotManual => "it is no task of a person".to_owned(),
            Self::OtherBranch => "it stands on another branch".to_owned(),
            Self::Erased => "an earlier return took it off the active path, or its branch is \
                             closed"
                .to_owned(),
            Self::NeverVisited => "it was never visited".to_owned(),
        }
    }
}

/// What can be gone back to from a branch, nearest first, and what can not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Targets {
    /// What may be gone back to.
    pub(crate) allowed: Vec<Candidate>,
    /// What was visited on the way and may not, by element.
    refused: BTreeMap<ElementIndex, Refusal>,
    /// The nearest task that a person decided, whether it may be gone back to or not.
    previous: Option<ElementIndex>,
    /// The start event that stands for the initiator, likewise.
    initiator: Option<ElementIndex>,
}

impl Targets {
    /// What a caller asks for.
    ///
    /// # Errors
    /// The refusal that tells what is allowed instead.
    pub(crate) fn find(
        &self,
        model: &Model,
        state: &Instance,
        to: &BackTo,
    ) -> Result<Candidate, Rejection> {
        let wanted = match to {
            BackTo::Initiator => self.initiator,
            BackTo::Previous => self.previous,
            BackTo::Node(id) => model.definition().find(id),
            BackTo::Signer => None,
        };
        let found = wanted.and_then(|wanted| self.allowed.iter().find(|it| it.element == wanted));
        found.cloned().ok_or_else(|| self.refuse(model, state, to, wanted))
    }

    /// True if a node of this id may be gone back to.
    pub(crate) fn allows(&self, model: &Model, id: &str) -> bool {
        self.allowed.iter().any(|it| model.definition().element(it.element).id == id)
    }

    /// True if there is a task of a person before.
    pub(crate) fn has_previous(&self) -> bool {
        self.previous.is_some()
    }

    /// Why each visited node and each user task that may not be gone back to may not.
    pub(crate) fn refused(
        &self,
        model: &Model,
        state: &Instance,
    ) -> BTreeMap<ElementIndex, Refusal> {
        let mut refused = self.refused.clone();
        for (index, element) in (0u32..).map(ElementIndex).zip(&model.definition().elements) {
            let is_task = matches!(element.kind, ElementKind::UserTask(_));
            if is_task && !self.allowed.iter().any(|it| it.element == index) {
                refused.entry(index).or_insert_with(|| elsewhere(state, index));
            }
        }
        refused
    }

    fn refuse(
        &self,
        model: &Model,
        state: &Instance,
        to: &BackTo,
        wanted: Option<ElementIndex>,
    ) -> Rejection {
        let id = |element: ElementIndex| model.definition().element(element).id.clone();
        let refused = self.refused(model, state);
        let why = wanted.and_then(|wanted| refused.get(&wanted));
        if let Some(Refusal::Repeated { element, count }) = why {
            return Rejection::CrossReturnMultiInstanceForbidden {
                node: id(*element),
                count: *count,
            };
        }
        let target = match to {
            BackTo::Node(id) => id.clone(),
            BackTo::Initiator => wanted.map_or_else(|| "initiator".to_owned(), id),
            BackTo::Previous => wanted.map_or_else(|| "previous".to_owned(), id),
            BackTo::Signer => "signer".to_owned(),
        };
        let refused = refused.iter().map(|(element, why)| (id(*element), why.text(model)));
        Rejection::ReturnTargetNotAllowed {
            target,
            allowed: self.allowed.iter().map(|it| id(it.element)).collect(),
            refused: refused.collect(),
        }
    }
}

/// What can be gone back to from the node that a branch visited last, by that node's rules.
pub(crate) fn targets(
    model: &Model,
    state: &Instance,
    branch: LocalId,
    rules: &Approval,
) -> Targets {
    let mut found = Targets::default();
    walk(model, state, branch, rules.back.out_of_parallel, &mut found);
    if let Some(list) = &rules.back.returnable_to {
        keep_listed(&mut found, list);
    }
    found
}

/// Goes along the active path, from the newest visit outward.
fn walk(
    model: &Model,
    state: &Instance,
    branch: LocalId,
    out_of_parallel: bool,
    found: &mut Targets,
) {
    let from = state.branch(branch).path.last().map(|visit| visit.element);
    let mut seen: BTreeSet<ElementIndex> = BTreeSet::new();
    // What stands between the token and all that is further out.
    let mut outward: Option<Refusal> = None;
    let mut at = branch;
    loop {
        let path = &state.branch(at).path;
        let mut behind: Option<Refusal> = None;
        for index in (0..path.len()).rev() {
            let spot = Spot { branch: at, index };
            let visit = &path[index];
            // Of several visits of a node only the newest counts; around an inner branch the last
            // visit is that of the element it stands in.
            let is_around = at != branch && index + 1 == path.len();
            if seen.insert(visit.element) {
                let is_here = Some(visit.element) == from;
                let why = if is_here {
                    Some(Refusal::Here)
                } else {
                    outward.clone().or_else(|| behind.clone())
                };
                note(model, state, spot, is_around, why, found);
            }
            if behind.is_none() && joins_others(model, state, spot) {
                behind = Some(Refusal::BeforeJoin);
            }
        }
        let region = state.region(state.branch(at).region);
        let Some(parent) = region.parent else { return };
        if outward.is_none() {
            outward = barrier(state, at, from, out_of_parallel);
        }
        at = parent;
    }
}

/// Takes a visit into the targets, one way or the other.
fn note(
    model: &Model,
    state: &Instance,
    spot: Spot,
    is_around: bool,
    why: Option<Refusal>,
    found: &mut Targets,
) {
    let Some(candidate) = candidate(model, state, spot, is_around) else {
        found.refused.entry(spot.visit(state).element).or_insert(Refusal::NotManual);
        return;
    };
    let element = candidate.element;
    if candidate.kind == Kind::Initiator {
        found.initiator = Some(element);
    }
    if why != Some(Refusal::Here) && candidate.by_person && found.previous.is_none() {
        found.previous = Some(element);
    }
    let why = why.or_else(|| own_refusal(state, &candidate));
    match why {
        Some(why) => {
            found.refused.entry(element).or_insert(why);
        }
        None => found.allowed.push(candidate),
    }
}

/// Why a node can't be gone back to, whoever asks.
fn own_refusal(state: &Instance, candidate: &Candidate) -> Option<Refusal> {
    let visit = candidate.spot.visit(state);
    if candidate.kind == Kind::Inner {
        let runs = visit.region.map(|region| runs_of(state, region)).unwrap_or(1);
        let element = candidate.element;
        return (runs > 1).then_some(Refusal::Repeated { element, count: runs });
    }
    let automatic = visit.done.as_ref().and_then(|done| done.automatic.as_ref());
    let nobody = automatic.is_some_and(|_| candidate.handlers.is_empty());
    nobody.then_some(Refusal::Automatic)
}

/// How often an activity ran whose visit opened this region visit: a loop has its runs as branches
/// that begin with the same element.
fn runs_of(state: &Instance, region: LocalId) -> u32 {
    let visit = state.region(region);
    let is_run = |branch: &&LocalId| {
        let first = state.branch(**branch).path.first().map(|visit| visit.element);
        visit.activity.is_some() && first == visit.element
    };
    let runs = visit.branches.iter().filter(is_run).count();
    u32::try_from(runs.max(1)).unwrap_or(u32::MAX)
}

/// A visit as something that can be gone back to; none if a person has nothing to do there.
fn candidate(model: &Model, state: &Instance, spot: Spot, is_around: bool) -> Option<Candidate> {
    let visit = spot.visit(state);
    let source = model.definition().element(visit.element);
    let (mut handlers, mut dissenters) = (Vec::new(), Vec::new());
    let mut by_person = false;
    let kind = match &source.kind {
        ElementKind::UserTask(_) => {
            for done in dones(state, visit) {
                by_person |= done.automatic.is_none();
                add(&mut handlers, &done.handlers);
                add(&mut dissenters, &done.dissenters);
            }
            Kind::Task
        }
        ElementKind::SubProcess { .. } | ElementKind::CallActivity(_) if !is_around => {
            if source.is_event_sub_process() {
                return None;
            }
            Kind::Inner
        }
        ElementKind::StartEvent(_) if source.parent.is_none() => {
            // A called instance was started by its caller, not by a person.
            let initiator = state.initiator().filter(|_| state.parent().is_none())?;
            handlers.push(initiator.to_owned());
            by_person = true;
            Kind::Initiator
        }
        _ => return None,
    };
    Some(Candidate {
        spot,
        element: visit.element,
        visit: visit.number,
        kind,
        handlers,
        dissenters,
        by_person,
    })
}

/// What a visit of a manual node came to; of a repeated one what each run came to.
pub(crate) fn dones<'a>(state: &'a Instance, visit: &'a Visit) -> Vec<&'a Done> {
    if let Some(done) = &visit.done {
        return vec![done];
    }
    let Some(region) = visit.region else { return Vec::new() };
    let runs = state.region(region).branches.iter().map(|branch| state.branch(*branch));
    let last = runs.filter_map(|run| run.path.last()).filter(|it| it.element == visit.element);
    last.filter_map(|it| it.done.as_deref()).collect()
}

fn add(names: &mut Vec<String>, more: &[String]) {
    for name in more {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
}

/// What stands between a branch and the one that waits for its region visit.
fn barrier(
    state: &Instance,
    branch: LocalId,
    from: Option<ElementIndex>,
    out_of_parallel: bool,
) -> Option<Refusal> {
    let region = state.region(state.branch(branch).region);
    let Some(activity) = region.activity else {
        return (!out_of_parallel).then_some(Refusal::BeforeFork);
    };
    let open = state.activity(activity)?;
    match &open.state {
        ActivityState::Loop(found) => {
            let made = u32::try_from(region.branches.len()).unwrap_or(u32::MAX);
            let count = found.plan.total.unwrap_or(made).max(made);
            // A run that is the returning task itself takes the others with it: one vote.
            let is_itself = from == Some(open.element);
            (count > 1 && !is_itself).then_some(Refusal::Repeated { element: open.element, count })
        }
        ActivityState::Compensation { .. } => Some(Refusal::OutsideHandler),
        _ => None,
    }
}

/// True for the visit of a join at which this branch took the tokens of others in. What lies before
/// it on the path is only one of the ways that led there.
pub(super) fn joins_others(model: &Model, state: &Instance, spot: Spot) -> bool {
    let visit = spot.visit(state);
    let gateway = model.definition().element(visit.element);
    if !join::is_join(gateway) {
        return false;
    }
    let path = &state.branch(spot.branch).path;
    let before = spot.index.checked_sub(1).map(|index| &path[index]);
    let fork = before.and_then(|before| before.region);
    // The branch that forked goes on behind its join: all that was forked came together.
    if fork.is_some_and(|fork| state.region(fork).activity.is_none()) {
        return false;
    }
    let region = state.branch(spot.branch).region;
    state.branches().iter().any(|(id, other)| {
        let leads_here = |last: &Visit| {
            let outgoing = &model.definition().element(last.element).outgoing;
            outgoing.iter().any(|flow| gateway.incoming.contains(flow))
        };
        *id != spot.branch
            && other.at == Place::Merged
            && other.path.last().is_some_and(leads_here)
            && join::is_below(state, *id, region)
    })
}

/// Takes off what a returnable list does not name.
fn keep_listed(found: &mut Targets, list: &[ReturnTo]) {
    let (previous, initiator) = (found.previous, found.initiator);
    let is_listed = |element: ElementIndex| {
        list.iter().any(|it| match it {
            ReturnTo::Initiator => initiator == Some(element),
            ReturnTo::Previous => previous == Some(element),
            ReturnTo::Node(node) => *node == element,
        })
    };
    let (kept, gone): (Vec<Candidate>, Vec<Candidate>) =
        std::mem::take(&mut found.allowed).into_iter().partition(|it| is_listed(it.element));
    found.allowed = kept;
    for candidate in gone {
        found.refused.insert(candidate.element, Refusal::NotListed);
    }
}

/// Why a task that is not on the active path can't be gone back to.
fn elsewhere(state: &Instance, element: ElementIndex) -> Refusal {
    if state.visits(element) == 0 {
        return Refusal::NeverVisited;
    }
    let lives = state.branches().values().any(|branch| {
        let is_there = branch.path.iter().any(|visit| visit.element == element);
        is_there && !matches!(branch.at, Place::Merged | Place::Ended)
    });
    if lives { Refusal::OtherBranch } else { Refusal::Erased }
}
