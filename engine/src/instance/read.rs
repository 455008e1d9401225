//! Reading an [`Instance`]. Nothing here changes it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bpmn::ElementIndex;

use super::{
    Acknowledge, Activity, ActivityState, Branch, Copy, Incident, Instance, Job, Place, Region,
    Task, Transition, WorkItem,
};
use crate::command::DefinitionRef;
use crate::event::{CallerPath, Conclusion, InsertedStep, Outcome, Parcel, Parent, Suspension};
use crate::key::{Key, LocalId, Millis};

/// How an instance stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Something lives in it.
    Running,
    /// It has an outcome.
    Finished,
}

impl Instance {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }

    /// The definition it is pinned to.
    #[must_use]
    pub fn definition(&self) -> &DefinitionRef {
        &self.definition
    }

    /// The caller's key for the business object.
    #[must_use]
    pub fn business_key(&self) -> Option<&str> {
        self.business_key.as_deref()
    }

    /// Who started it.
    #[must_use]
    pub fn initiator(&self) -> Option<&str> {
        self.initiator.as_deref()
    }

    /// When it started.
    #[must_use]
    pub fn started_at(&self) -> Millis {
        self.started_at
    }

    /// Number of facts so far: the instance version that callers compare with.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Starts from the initiator, the first included.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Number of sequence flows taken so far.
    #[must_use]
    pub fn flows_taken(&self) -> u64 {
        self.flows_taken
    }

    /// The id that will be given out next.
    #[must_use]
    pub fn next_id(&self) -> LocalId {
        LocalId(self.last_id + 1)
    }

    /// How it finished, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Running or finished.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.outcome.is_some() { Status::Finished } else { Status::Running }
    }

    /// The newest decision of a person.
    #[must_use]
    pub fn last_transition(&self) -> Option<&Transition> {
        self.last_transition.as_ref()
    }

    /// Who called it, if another instance did.
    #[must_use]
    pub fn parent(&self) -> Option<Parent> {
        self.parent
    }

    /// What it has to bring to other places, by id, in the order it has to come there.
    #[must_use]
    pub fn parcels(&self) -> &BTreeMap<LocalId, Parcel> {
        &self.parcels
    }

    /// Open activities by id: all that waits, and what holds a region visit.
    #[must_use]
    pub fn activities(&self) -> &BTreeMap<LocalId, Arc<Activity>> {
        &self.activities
    }

    /// One open activity.
    #[must_use]
    pub fn activity(&self, id: LocalId) -> Option<&Activity> {
        self.activities.get(&id).map(Arc::as_ref)
    }

    /// Open incidents by id.
    #[must_use]
    pub fn incidents(&self) -> &BTreeMap<LocalId, Incident> {
        &self.incidents
    }

    /// Branches by id, those that ended included.
    #[must_use]
    pub fn branches(&self) -> &BTreeMap<LocalId, Arc<Branch>> {
        &self.branches
    }

    /// Region visits by id, closed ones included.
    #[must_use]
    pub fn regions(&self) -> &BTreeMap<LocalId, Arc<Region>> {
        &self.regions
    }

    /// How often an element was entered.
    #[must_use]
    pub fn visits(&self, element: ElementIndex) -> u32 {
        self.visits.get(&element).copied().unwrap_or(0)
    }

    /// One branch.
    ///
    /// # Panics
    /// If there is none: the id does not come from this instance.
    #[must_use]
    pub fn branch(&self, id: LocalId) -> &Branch {
        self.branches.get(&id).expect("the branch exists")
    }

    /// One region visit.
    ///
    /// # Panics
    /// If there is none: the id does not come from this instance.
    #[must_use]
    pub fn region(&self, id: LocalId) -> &Region {
        self.regions.get(&id).expect("the region visit exists")
    }

    /// Number of visits on all active paths.
    #[must_use]
    pub fn visits_on_paths(&self) -> usize {
        self.visits_on_paths as usize
    }

    /// An open job.
    #[must_use]
    pub fn job(&self, id: LocalId) -> Option<&Job> {
        match &self.activities.get(&id)?.state {
            ActivityState::Job(job) => Some(job),
            _ => None,
        }
    }

    /// An open task.
    #[must_use]
    pub fn task(&self, id: LocalId) -> Option<&Task> {
        match &self.activities.get(&id)?.state {
            ActivityState::Task(task) => Some(task),
            _ => None,
        }
    }

    /// A work item of an open task, and the task. The work item of a plain task has the task's id.
    #[must_use]
    pub fn item(&self, id: LocalId) -> Option<(LocalId, &WorkItem)> {
        let task = self.items.get(&id).copied().unwrap_or(id);
        Some((task, self.task(task)?.items.get(&id)?))
    }

    /// Number of work items that have an id of their own.
    pub(crate) fn items_with_ids(&self) -> usize {
        self.items.len()
    }

    /// True if somebody or something can act on this: an open activity, or a work item whose turn
    /// it is.
    #[must_use]
    pub fn is_open(&self, id: LocalId) -> bool {
        match self.item(id) {
            Some((_, item)) => item.is_open(),
            None => self.activities.contains_key(&id),
        }
    }

    /// How it ended, if not by its flow.
    #[must_use]
    pub fn conclusion(&self) -> Option<&Conclusion> {
        self.conclusion.as_ref()
    }

    /// Why it ends once what it did is undone; none unless its caller went back.
    #[must_use]
    pub fn ending(&self) -> Option<&Conclusion> {
        self.ending.as_ref()
    }

    /// Outcomes it had before it ran again or got another one, oldest first.
    #[must_use]
    pub fn past_outcomes(&self) -> &[(Outcome, Option<Conclusion>)] {
        &self.past_outcomes
    }

    /// Why it stands still, if it does. What is over does not stand still: a child that it waited
    /// for can end it meanwhile.
    #[must_use]
    pub fn suspension(&self) -> Option<&Suspension> {
        self.suspension.as_ref().filter(|_| self.outcome.is_none())
    }

    /// Copies sent, oldest first.
    #[must_use]
    pub fn copies(&self) -> &[Copy] {
        &self.copies
    }

    /// Temporary steps that are still to come, by id.
    #[must_use]
    pub fn inserted(&self) -> &BTreeMap<LocalId, InsertedStep> {
        &self.inserted
    }

    /// Newest decisions of people with the revision that each made, oldest first.
    #[must_use]
    pub fn decisions(&self) -> &VecDeque<(u64, Transition)> {
        &self.decisions
    }

    /// Set while whoever started it has to say that it knows.
    #[must_use]
    pub fn acknowledge(&self) -> Option<Acknowledge> {
        self.acknowledge
    }

    /// What of its caller this instance may be returned to; none if nobody called it.
    #[must_use]
    pub fn caller_path(&self) -> Option<&CallerPath> {
        self.caller_path.as_deref()
    }

    /// A region visit and all open ones that opened inside it.
    ///
    /// Ids rise, so a region's parent stands before it; no recursion, since forks in a loop nest
    /// as deep as the loop is long.
    #[must_use]
    pub fn regions_below(&self, region: LocalId) -> BTreeSet<LocalId> {
        let mut below = BTreeSet::from([region]);
        for (id, visit) in self.regions.range(LocalId(region.0 + 1)..) {
            let parent = visit.parent.and_then(|parent| self.branches.get(&parent));
            if visit.open && parent.is_some_and(|parent| below.contains(&parent.region)) {
                below.insert(*id);
            }
        }
        below
    }

    /// True if a token lives in a region visit or in one that opened inside it.
    #[must_use]
    pub fn is_alive(&self, region: LocalId) -> bool {
        let own = &self.region(region).branches;
        if own.iter().any(|branch| self.branch(*branch).at.is_leaf()) {
            return true;
        }
        let below = self.regions_below(region);
        self.branches.values().any(|branch| branch.at.is_leaf() && below.contains(&branch.region))
    }

    /// The scope that a branch stands in: the region visit of the process, of a sub-process, of a
    /// loop's runs or of a compensation.
    #[must_use]
    pub fn scope_of(&self, branch: LocalId) -> LocalId {
        let mut region = self.branch(branch).region;
        loop {
            let visit = self.region(region);
            match visit.parent {
                Some(parent) if visit.activity.is_none() => region = self.branch(parent).region,
                _ => return region,
            }
        }
    }

    /// True for an open sub-process, loop or compensation with tokens in its region visit.
    fn holds_tokens(&self, activity: &Activity) -> bool {
        activity.state.region().is_some_and(|region| self.is_alive(region))
    }

    /// Elements where a token stands, each once: where the process is.
    #[must_use]
    pub fn current_nodes(&self) -> Vec<ElementIndex> {
        let mut nodes: Vec<ElementIndex> = Vec::new();
        for branch in self.branches.values() {
            let node = match branch.at {
                Place::Activity(id) => match self.activities.get(&id) {
                    // What holds a region visit is where its inner tokens are.
                    Some(activity) if self.holds_tokens(activity) => continue,
                    Some(activity) => activity.element,
                    None => continue,
                },
                Place::Arrived(join, _) => join,
                Place::Moving | Place::Forked(_) | Place::Merged | Place::Ended => continue,
            };
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        nodes
    }
}

impl ActivityState {
    /// The activity or scope it watches; none for what holds a token.
    #[must_use]
    pub fn host(&self) -> Option<LocalId> {
        match self {
            Self::Timer(timer) => timer.host,
            Self::Subscription(subscription) => subscription.host,
            Self::Task(_)
            | Self::Job(_)
            | Self::SubProcess { .. }
            | Self::Parked { .. }
            | Self::Gate
            | Self::Loop(_)
            | Self::Call(_)
            | Self::Compensation { .. } => None,
        }
    }

    /// The region visit inside it, once that has opened.
    #[must_use]
    pub fn region(&self) -> Option<LocalId> {
        match self {
            Self::SubProcess { region } | Self::Compensation { region, .. } => *region,
            Self::Loop(state) => state.region,
            Self::Task(_)
            | Self::Job(_)
            | Self::Timer(_)
            | Self::Parked { .. }
            | Self::Subscription(_)
            | Self::Gate
            | Self::Call(_) => None,
        }
    }
}
