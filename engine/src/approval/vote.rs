//! The tally: what the votes of a task's units come to, and whose turn it is. Pure, in integers.
//!
//! A unit is a chain of work items. It stands for one vote however many people act in it: the last
//! of the chain speaks for it, and a reject of any of them is its reject. What counts is the current
//! set: a vote that was cast stays, an approver who was removed before voting is no part of the set.
//!
//! With `last_submitter` a return is kept as a vote of its own. It neither approves nor rejects: the
//! thresholds keep counting its unit as long as somebody else can still speak, and leave it out once
//! nobody can.
//!
//! A task that is gone back to is decided by those who get it again. They may be fewer than a
//! threshold by count or weight wants; then all of them are enough.

use bpmn::{Approval, Mode, ReturnStrategy, Threshold, Veto};

use crate::event::{ItemUnit, TaskOrigin, VotePart};
use crate::instance::{ItemState, Task, WorkItem};
use crate::key::LocalId;
use crate::{APPROVE, REJECT};

/// The decision that a return is kept as while it is not the last word.
pub(crate) const RETURN: &str = "return";

/// A ratio of 1, in hundredths of a percent.
const WHOLE: u64 = 10_000;

/// What a task comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// `approve` or `reject`, or the word of the one who decided.
    pub(crate) decision: Option<String>,
}

impl Verdict {
    fn of(word: &str) -> Option<Self> {
        Some(Self { decision: Some(word.to_owned()) })
    }
}

/// How a unit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand<'t> {
    /// Somebody of it has still to decide.
    Pending,
    /// It approves, with this word.
    Approved(Option<&'t str>),
    /// It rejects.
    Rejected,
    /// It wants to return, and is not the last one.
    Returned,
    /// All of its approvers were removed: it is no part of the set.
    Gone,
}

/// How a unit stands.
pub(crate) fn stand<'t>(rules: &Approval, task: &'t Task, unit: &ItemUnit) -> Stand<'t> {
    let mut found = Stand::Gone;
    for item in unit.items.iter().filter_map(|id| task.items.get(id)) {
        match &item.state {
            ItemState::Decided { decision, .. } => match decision.as_deref() {
                Some(REJECT) => return Stand::Rejected,
                Some(RETURN) if keeps_returns(rules) => return Stand::Returned,
                word if found != Stand::Pending => found = Stand::Approved(word),
                _ => {}
            },
            ItemState::Open | ItemState::Waiting => found = Stand::Pending,
            ItemState::Closed(_) => {}
        }
    }
    found
}

/// True where a return that is not the last word is a vote.
pub(crate) fn keeps_returns(rules: &Approval) -> bool {
    rules.back.strategy == ReturnStrategy::LastSubmitter
}

/// What the votes so far come to; none while it is open.
pub(crate) fn verdict(rules: &Approval, task: &Task) -> Option<Verdict> {
    if is_vetoed(rules, task) {
        return Verdict::of(REJECT);
    }
    let tally = Tally::of(rules, task);
    match tally.mode(rules) {
        Mode::Any => first_decision(rules, task, tally.counts),
        Mode::All => tally.all(rules.wait_all),
        Mode::Vote { pass_at, reject_at } => tally.vote(pass_at, reject_at),
    }
}

/// True if somebody rejected whose reject decides at once.
fn is_vetoed(rules: &Approval, task: &Task) -> bool {
    let rejected = |item: &WorkItem| {
        let ItemState::Decided { by, decision, .. } = &item.state else { return false };
        let names = |users: &[String]| {
            users.contains(by)
                || item.substituted_from.as_ref().is_some_and(|it| users.contains(it))
        };
        decision.as_deref() == Some(REJECT)
            && match &rules.veto {
                Veto::Nobody => false,
                Veto::Everybody => true,
                Veto::Users(users) => names(users),
            }
    };
    let voting = task.units.iter().filter(|unit| unit.part != VotePart::Assist);
    voting
        .flat_map(|unit| &unit.items)
        .any(|id| task.items.get(id).is_some_and(|item| rejected(item)))
}

/// The word of the unit that decided, where one is enough.
fn first_decision(rules: &Approval, task: &Task, counts: VotePart) -> Option<Verdict> {
    let counting = task.units.iter().filter(|unit| unit.part == counts);
    counting.into_iter().find_map(|unit| match stand(rules, task, unit) {
        Stand::Approved(word) => Some(Verdict { decision: word.map(str::to_owned) }),
        Stand::Rejected => Verdict::of(REJECT),
        Stand::Pending | Stand::Returned | Stand::Gone => None,
    })
}

/// Some units: how many, and of what weight together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sum {
    units: u64,
    weight: u64,
}

impl Sum {
    fn add(&mut self, unit: &ItemUnit) {
        self.units += 1;
        self.weight += u64::from(unit.weight);
    }

    fn and(self, other: Self) -> Self {
        Self { units: self.units + other.units, weight: self.weight + other.weight }
    }

    /// True if this is enough of `all`.
    fn reaches(self, threshold: Threshold, all: Self) -> bool {
        match threshold {
            Threshold::Count(count) => self.units >= u64::from(count),
            Threshold::Ratio(ratio) => self.units * WHOLE >= u64::from(ratio) * all.units,
            Threshold::Weight(weight) => self.weight >= u64::from(weight),
        }
    }
}

/// The votes of the units that count.
#[derive(Debug)]
struct Tally {
    counts: VotePart,
    approved: Sum,
    rejected: Sum,
    returned: Sum,
    pending: Sum,
    /// The task was gone back to: what its thresholds want is at most what its people can give.
    called_back: bool,
}

impl Tally {
    fn of(rules: &Approval, task: &Task) -> Self {
        let none = Sum::default();
        let counts = counting_part(rules, task);
        let called_back = matches!(task.origin, TaskOrigin::Back(_));
        let (approved, rejected, returned, pending) = (none, none, none, none);
        let mut tally = Self { counts, approved, rejected, returned, pending, called_back };
        for unit in task.units.iter().filter(|unit| unit.part == counts) {
            match stand(rules, task, unit) {
                Stand::Pending => tally.pending.add(unit),
                Stand::Approved(_) => tally.approved.add(unit),
                Stand::Rejected => tally.rejected.add(unit),
                Stand::Returned => tally.returned.add(unit),
                Stand::Gone => {}
            }
        }
        tally
    }

    fn everybody(&self) -> Sum {
        self.approved.and(self.rejected).and(self.returned).and(self.pending)
    }

    /// How the units decide. A lead decides alone. A file that names no participants has one; what
    /// it says of several is nothing, and if some were added all of them must approve.
    fn mode(&self, rules: &Approval) -> Mode {
        if self.counts == VotePart::Lead {
            return Mode::Any;
        }
        let is_plain = rules.participants.is_empty();
        match rules.mode {
            Mode::Any if is_plain && self.everybody().units > 1 => Mode::All,
            Mode::Vote { pass_at, reject_at } if self.called_back => {
                Mode::Vote { pass_at: within(pass_at, self.everybody()), reject_at }
            }
            mode => mode,
        }
    }

    fn is_begun(&self) -> bool {
        self.approved.units + self.rejected.units > 0
    }

    fn all(&self, wait_all: bool) -> Option<Verdict> {
        let is_over = self.pending.units == 0 && self.is_begun();
        if self.rejected.units > 0 && (is_over || !wait_all) {
            return Verdict::of(REJECT);
        }
        if is_over { Verdict::of(APPROVE) } else { None }
    }

    /// Passes or fails as soon as the votes that are missing cannot change it.
    fn vote(&self, pass_at: Threshold, reject_at: Option<Threshold>) -> Option<Verdict> {
        if !self.is_begun() {
            return None;
        }
        let everybody = self.everybody();
        if self.pending.units == 0 {
            let spoken = self.approved.and(self.rejected);
            let pass_at = if self.returned.units > 0 { within(pass_at, spoken) } else { pass_at };
            let passes = self.approved.reaches(pass_at, spoken);
            return Verdict::of(if passes { APPROVE } else { REJECT });
        }
        if self.approved.reaches(pass_at, everybody) {
            return Verdict::of(APPROVE);
        }
        let fails = reject_at.is_some_and(|enough| self.rejected.reaches(enough, everybody));
        let may_approve = self.approved.and(self.returned).and(self.pending);
        let cannot_pass = !may_approve.reaches(pass_at, everybody);
        if fails || cannot_pass { Verdict::of(REJECT) } else { None }
    }
}

/// A threshold that these can reach: those who spoke, where others returned, or those to whom a task
/// was gone back, where others approved before.
fn within(threshold: Threshold, these: Sum) -> Threshold {
    let at_most = |wanted: u32, all: u64| wanted.min(u32::try_from(all).unwrap_or(u32::MAX));
    match threshold {
        Threshold::Count(count) => Threshold::Count(at_most(count, these.units)),
        Threshold::Weight(weight) => Threshold::Weight(at_most(weight, these.weight)),
        ratio @ Threshold::Ratio(_) => ratio,
    }
}

/// The part whose units decide: leads if there are any, else voters. Assistants never do, unless
/// nobody else is there at all.
fn counting_part(rules: &Approval, task: &Task) -> VotePart {
    let has = |part: VotePart| {
        let units = task.units.iter().filter(|unit| unit.part == part);
        units.into_iter().any(|unit| stand(rules, task, unit) != Stand::Gone)
    };
    [VotePart::Lead, VotePart::Voter]
        .into_iter()
        .find(|part| has(*part))
        .unwrap_or(VotePart::Assist)
}

/// True if the vote could pass if everybody of the set approved.
pub(crate) fn can_pass(rules: &Approval, task: &Task) -> bool {
    let tally = Tally::of(rules, task);
    match tally.mode(rules) {
        Mode::Vote { pass_at, .. } => {
            let everybody = tally.everybody();
            everybody.reaches(pass_at, everybody)
        }
        Mode::Any | Mode::All => true,
    }
}

/// True if somebody is left who decides or has decided.
pub(crate) fn has_voice(rules: &Approval, task: &Task) -> bool {
    let tally = Tally::of(rules, task);
    tally.counts != VotePart::Assist && (tally.is_begun() || tally.pending.units > 0)
}

/// True if no unit that counts is pending but the one of this work item.
pub(crate) fn is_last(rules: &Approval, task: &Task, item: LocalId) -> bool {
    let counts = counting_part(rules, task);
    let is_other = |unit: &&ItemUnit| unit.part == counts && !unit.items.contains(&item);
    let own_counts = task.unit_of(item).is_some_and(|unit| unit.part == counts);
    let mut others = task.units.iter().filter(is_other);
    own_counts && others.all(|unit| stand(rules, task, unit) != Stand::Pending)
}

/// Pending work items of units that have spoken: nobody needs them any more.
pub(crate) fn moot(rules: &Approval, task: &Task) -> Vec<LocalId> {
    let over = task
        .units
        .iter()
        .filter(|unit| matches!(stand(rules, task, unit), Stand::Rejected | Stand::Returned));
    over.flat_map(|unit| pending(task, unit)).collect()
}

/// For each pending work item whether it is its turn: the first of its unit, and in sequence only
/// that of the first unit. Assistants stand beside the sequence; a lead who does not end their work
/// waits for them.
pub(crate) fn turns(rules: &Approval, task: &Task) -> Vec<(LocalId, bool)> {
    let counts = counting_part(rules, task);
    let is_pending = |unit: &&ItemUnit| stand(rules, task, unit) == Stand::Pending;
    let assists = |unit: &ItemUnit| unit.part == VotePart::Assist && counts != VotePart::Assist;
    let mut open_assists = task.units.iter().filter(is_pending);
    let is_assisted = open_assists.any(assists);
    let mut is_first = true;
    let mut turns = Vec::new();
    for unit in task.units.iter().filter(is_pending) {
        let may_open = if assists(unit) {
            true
        } else {
            let is_next = is_first || !rules.sequential;
            is_first = false;
            let waits_for_help = unit.part == VotePart::Lead && !rules.lead_ends_assist;
            is_next && !(waits_for_help && is_assisted)
        };
        let items = pending(task, unit).enumerate();
        turns.extend(items.map(|(place, item)| (item, may_open && place == 0)));
    }
    turns
}

fn pending<'t>(task: &'t Task, unit: &'t ItemUnit) -> impl Iterator<Item = LocalId> + 't {
    let items = unit.items.iter().copied();
    items.filter(|id| task.items.get(id).is_some_and(|item| item.is_pending()))
}
