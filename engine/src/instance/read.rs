//! Reading an [`Instance`]. Nothing here changes it.

use std::collections::{BTreeMap, BTreeSet};

use bpmn::ElementIndex;
use expr::Value;

use super::{Activity, ActivityState, Branch, Incident, Instance, Job, Place, Region, Transition};
use crate::command::{DefinitionRef, Variables};
use crate::event::{Outcome, TaskData};
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

    /// Open activities by id: tasks, jobs, timers, sub-processes and parked places.
    #[must_use]
    pub fn activities(&self) -> &BTreeMap<LocalId, Activity> {
        &self.activities
    }

    /// One open activity.
    #[must_use]
    pub fn activity(&self, id: LocalId) -> Option<&Activity> {
        self.activities.get(&id)
    }

    /// Open incidents by id.
    #[must_use]
    pub fn incidents(&self) -> &BTreeMap<LocalId, Incident> {
        &self.incidents
    }

    /// Branches by id, those that ended included.
    #[must_use]
    pub fn branches(&self) -> &BTreeMap<LocalId, Branch> {
        &self.branches
    }

    /// Region visits by id, closed ones included.
    #[must_use]
    pub fn regions(&self) -> &BTreeMap<LocalId, Region> {
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

    /// Variables of the process scope.
    #[must_use]
    pub fn variables(&self) -> Variables {
        self.regions.get(&Self::ROOT_REGION).map(|root| root.variables.clone()).unwrap_or_default()
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
    pub fn task(&self, id: LocalId) -> Option<&TaskData> {
        match &self.activities.get(&id)?.state {
            ActivityState::Task(task) => Some(task),
            _ => None,
        }
    }

    /// The innermost scope, as seen from a branch, that has a variable of this name.
    #[must_use]
    pub fn scope_with(&self, branch: LocalId, name: &str) -> Option<LocalId> {
        let mut region = self.branches.get(&branch)?.region;
        loop {
            let scope = self.regions.get(&region)?;
            if scope.variables.contains_key(name) {
                return Some(region);
            }
            region = self.branches.get(&scope.parent?)?.region;
        }
    }

    /// A variable as a branch sees it: the innermost scope that has it.
    #[must_use]
    pub fn variable(&self, branch: LocalId, name: &str) -> Option<&Value> {
        let scope = self.scope_with(branch, name)?;
        self.regions.get(&scope)?.variables.get(name)
    }

    /// All variables as a branch sees them: inner scopes hide outer ones.
    #[must_use]
    pub fn variables_seen(&self, branch: LocalId) -> Variables {
        let mut seen = Variables::new();
        let mut next = self.branches.get(&branch).map(|branch| branch.region);
        while let Some(scope) = next.and_then(|region| self.regions.get(&region)) {
            for (name, value) in &scope.variables {
                seen.entry(name.clone()).or_insert_with(|| value.clone());
            }
            next = scope.parent.and_then(|parent| self.branches.get(&parent)).map(|b| b.region);
        }
        seen
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

    /// The scope (process or sub-process region visit) that a branch stands in.
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

    /// Elements where a token stands, each once: where the process is.
    #[must_use]
    pub fn current_nodes(&self) -> Vec<ElementIndex> {
        let mut nodes: Vec<ElementIndex> = Vec::new();
        for branch in self.branches.values() {
            let node = match branch.at {
                Place::Activity(id) => match self.activities.get(&id) {
                    // An open sub-process is where its inner tokens are.
                    Some(Activity { state: ActivityState::SubProcess { .. }, .. }) | None => {
                        continue;
                    }
                    Some(activity) => activity.element,
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
