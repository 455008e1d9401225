//! Who takes part in a task: found once, when it opens, and written into its facts.
//!
//! The order of the rules: who is named, without those who may not act; the initiator's own part;
//! what happens if nobody is left; substitutes of those who are away; and last, whose approval
//! stands already.

mod empty;
mod own;
mod path;
mod repeated;
mod resolver;
mod skip;
mod substitute;
mod who;

use std::sync::Arc;

use bpmn::{Approval, ElementIndex, Mode, Part};

use crate::ctx::Ctx;
use crate::directory::Directory;
use crate::event::{Automatic, IncidentCode};
use crate::key::LocalId;
use crate::{APPROVE, REJECT};

pub(crate) use repeated::keep_guarded;
pub(crate) use resolver::{answered, ask, forget, resolver_in};
pub(crate) use substitute::is_away;
pub(crate) use who::{leaders_of, people_of};

/// Why participants can't be found: what the incident says.
pub(crate) type CantFind = (IncidentCode, String);

/// What was found for a task.
#[derive(Debug)]
pub(crate) struct Found {
    /// Units that vote, in order.
    pub(crate) units: Vec<UnitSpec>,
    /// Revision of the directory that was asked; 0 if nothing is known of people.
    pub(crate) directory: u64,
    /// Set if the node is passed without a task.
    pub(crate) automatic: Option<Outright>,
}

/// A unit of a vote: a person, or some of whom one claims and decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitSpec {
    /// People. One of them without a group has the work item; else they are candidates.
    pub(crate) users: Vec<String>,
    /// Candidate groups.
    pub(crate) groups: Vec<String>,
    /// Weight of its vote.
    pub(crate) weight: u32,
    /// What its vote is worth.
    pub(crate) part: Part,
    /// Who was to have it, where a substitute takes the place.
    pub(crate) substituted_from: Option<String>,
    /// Set if its approval stands without asking: its only user counts as having approved.
    pub(crate) approved: Option<Automatic>,
}

/// How a node is passed without a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outright {
    /// Why.
    pub(crate) why: Automatic,
    /// The decision it counts as; none if it was skipped.
    pub(crate) decision: Option<String>,
    /// Who stands for it, if anybody does.
    pub(crate) by: Option<String>,
}

impl UnitSpec {
    /// True where the file names nobody, so that everybody may act.
    fn is_everybody(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty()
    }

    /// The only person of the unit.
    fn person(&self) -> Option<&str> {
        match (&self.users[..], &self.groups[..]) {
            ([only], []) => Some(only),
            _ => None,
        }
    }
}

/// What all rules of one task look at.
struct Desk<'c, 'a> {
    ctx: &'c Ctx<'a>,
    branch: LocalId,
    element: ElementIndex,
    directory: Arc<Directory>,
}

/// Finds who takes part in the task that a branch is about to open.
pub(crate) fn participants(
    ctx: &Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    rules: &Approval,
) -> Result<Found, CantFind> {
    let directory = ctx.library.directory();
    let revision = directory.revision;
    let desk = Desk { ctx, branch, element, directory };
    let outright =
        |outright| Found { units: Vec::new(), directory: revision, automatic: Some(outright) };
    if skip::skips(&desk, rules)? {
        let skipped = Outright { why: Automatic::Skipped, decision: None, by: None };
        return Ok(outright(skipped));
    }
    let mut units = who::units(&desk, rules)?;
    own::apply(&desk, rules.on_self, &mut units);
    let one_each = one_unit_each(units);
    let mut units = match empty::fill(&desk, rules, one_each)? {
        empty::Filled::Units(units) => units,
        empty::Filled::Outright(found) => return Ok(outright(found)),
    };
    if rules.substitutable {
        substitute::apply(&desk, &mut units);
    }
    repeated::apply(&desk, rules, &mut units);
    let automatic = outcome(rules, &units);
    Ok(Found { units, directory: revision, automatic })
}

/// Whether a decision counts as approval.
fn is_approval(decision: Option<&str>) -> bool {
    decision != Some(REJECT)
}

/// Keeps the first unit of each person: nobody votes twice in one task.
fn one_unit_each(units: Vec<UnitSpec>) -> Vec<UnitSpec> {
    let mut kept: Vec<UnitSpec> = Vec::new();
    for unit in units {
        let person = unit.person();
        if person.is_none() || kept.iter().all(|other| other.person() != person) {
            kept.push(unit);
        }
    }
    kept
}

/// What the units come to of whom nobody has to be asked any more: where one decision is enough the
/// first approval that stands, else all of them.
fn outcome(rules: &Approval, units: &[UnitSpec]) -> Option<Outright> {
    let lead = units.iter().any(|unit| unit.part == Part::Lead);
    let counts = if lead { Part::Lead } else { Part::Voter };
    let mut deciding = units.iter().filter(|unit| unit.part == counts);
    let standing = if rules.mode == Mode::Any {
        deciding.find(|unit| unit.approved.is_some())?
    } else {
        let last = deciding.clone().next_back()?;
        deciding.all(|unit| unit.approved.is_some()).then_some(last)?
    };
    Some(Outright {
        why: standing.approved.clone()?,
        decision: Some(APPROVE.to_owned()),
        by: standing.person().map(str::to_owned),
    })
}
