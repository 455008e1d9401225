//! How people decide together at a user task, how a decision is taken back, and what a process
//! allows. Read from elements of `https://quorate.dev/bpmn`; a file that says nothing has plain
//! tasks and the defaults below.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ElementIndex, Expression, Text};

/// What a process allows as a whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policies {
    /// When the initiator may withdraw.
    pub withdraw: Withdraw,
    /// Days after its end in which a finished instance may be revoked; none is never.
    pub revoke_days: Option<u32>,
    /// Groups whose members may administer instances, beside the cluster's administrators.
    pub admins: Vec<String>,
    /// Who started it has to acknowledge the start within this ISO 8601 duration.
    pub acknowledge_within: Option<String>,
    /// Ends an instance whose start was not acknowledged in time (outcome class `abandoned`).
    pub cancel_unacknowledged: bool,
    /// Copies sent when the process ends: to whom, and only for these outcome classes if any.
    pub copies: Vec<CopyRule>,
    /// What becomes of several tokens that come to the same place without a join. None if the file
    /// does not say.
    pub merge: Option<Merge>,
}

/// When an initiator may withdraw a running instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Withdraw {
    /// Never.
    Never,
    /// While nobody but the initiator has decided anything.
    BeforeFirstDecision,
    /// As long as it runs.
    #[default]
    AnyTime,
}

/// What happens where tokens of a fork come together without a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// There is no such place: each fork is closed by a join.
    Synchronize,
    /// Each token goes on by itself; the seed's multi-instance join.
    MultiInstance,
    /// The first token goes on, later ones end where they merge.
    Discriminator,
}

/// The approval rules of a user task.
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    /// How the votes of several participants become one decision.
    pub mode: Mode,
    /// One participant after the other, in order, rather than all at once.
    pub sequential: bool,
    /// For `Mode::All`: wait for everybody although somebody rejected.
    pub wait_all: bool,
    /// Whose reject decides at once.
    pub veto: Veto,
    /// What a rejected task does.
    pub on_reject: OnReject,
    /// Who takes part. Empty: the task's assignee and candidates are the one participant.
    pub participants: Vec<Participant>,
    /// What happens if nobody takes part, in order; the last resort is an incident.
    pub on_empty: Vec<OnEmpty>,
    /// What happens if a participant is the initiator.
    pub on_self: OnSelf,
    /// Which repeated approvers are passed over.
    pub dedupe: Dedupe,
    /// The task is passed over if this is true.
    pub auto_skip: Option<Expression>,
    /// For which decisions an opinion must be given; `*` stands for each.
    pub opinion_for: Vec<String>,
    /// For which decisions a signature must be given; `*` stands for each.
    pub signature_for: Vec<String>,
    /// What whoever has it may do with the fields of its form.
    pub fields: Fields,
    /// Going back from here and to here.
    pub back: Back,
    /// What happens when time runs out.
    pub deadlines: Vec<Deadline>,
    /// Variables that must be there when the task opens by going back, rerouting or correcting.
    pub requires: Vec<String>,
    /// Variables whose change forbids to go straight back and to pass over repeated approvers.
    pub guarded: Vec<String>,
    /// An administrator may give it to another person.
    pub reassignable: bool,
    /// It may be decided in a batch.
    pub batchable: bool,
    /// A substitute named by an out-of-office rule takes the place of a participant.
    pub substitutable: bool,
    /// A lead who decides ends the work of the assistants (else they finish first).
    pub lead_ends_assist: bool,
    /// A delegated work item goes back to whoever asked last, rather than to its first owner at once.
    pub resolves_stepwise: bool,
    /// Copies sent when the task opens or is decided.
    pub copies: Vec<CopyRule>,
    /// Approvers added by a participant may add others, so deep; 0 forbids it.
    pub add_depth_max: u32,
}

impl Default for Approval {
    fn default() -> Self {
        Self::PLAIN.clone()
    }
}

impl Approval {
    /// The rules of a task whose file says nothing.
    pub const PLAIN: &'static Self = &Self {
        mode: Mode::Any,
        sequential: false,
        wait_all: false,
        veto: Veto::Nobody,
        on_reject: OnReject::Line,
        participants: Vec::new(),
        on_empty: Vec::new(),
        on_self: OnSelf::Approve,
        dedupe: Dedupe::None,
        auto_skip: None,
        opinion_for: Vec::new(),
        signature_for: Vec::new(),
        fields: Fields { named: BTreeMap::new(), others: FieldAccess::Write },
        back: Back {
            returnable_to: None,
            to_signer: true,
            strategy: ReturnStrategy::AnyOne,
            participant: ReturnParticipant::Original,
            resubmit: Resubmit::Replay,
            out_of_parallel: false,
            siblings: None,
            reason_required: false,
            restore: false,
            only_dissenters: false,
            retractable: true,
            read_blocks_retract: false,
        },
        deadlines: Vec::new(),
        requires: Vec::new(),
        guarded: Vec::new(),
        reassignable: true,
        batchable: true,
        substitutable: true,
        lead_ends_assist: true,
        resolves_stepwise: false,
        copies: Vec::new(),
        add_depth_max: 1,
    };
}

/// How votes become a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The first decision of anybody decides.
    Any,
    /// All must approve.
    All,
    /// Thresholds decide, as soon as the result cannot change any more.
    Vote {
        /// Enough approvals.
        pass_at: Threshold,
        /// Enough rejects; none: as soon as `pass_at` cannot be reached any more.
        reject_at: Option<Threshold>,
    },
}

/// How much is enough. Compared in integers: `votes * 10_000 >= ratio * all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// This many participants.
    Count(u32),
    /// This part of the participants, in hundredths of a percent: 66.67 % is 6667.
    Ratio(u32),
    /// Participants of together this weight.
    Weight(u32),
}

/// Whose reject decides at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Veto {
    /// Nobody's.
    Nobody,
    /// Everybody's.
    Everybody,
    /// That of these people.
    Users(Vec<String>),
}

/// What a task does that was decided with reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnReject {
    /// It is left as always, with variable `decision` = `reject`.
    Line,
    /// The instance finishes, rejected.
    Finish,
    /// It goes back to this node.
    Return(ReturnTo),
}

/// Where going back leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnTo {
    /// The start, as a task of the initiator.
    Initiator,
    /// The nearest task of a person on the active path.
    Previous,
    /// This node.
    Node(ElementIndex),
}

/// Somebody who takes part in a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Participant {
    /// Who it is.
    pub who: Who,
    /// The people found are one unit, of which one claims and decides; else each is a unit.
    pub as_one: bool,
    /// Weight of each unit's vote, 1 by default.
    pub weight: u32,
    /// What its vote is worth.
    pub part: Part,
}

/// What a participant does in a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// Votes.
    #[default]
    Voter,
    /// Decides alone.
    Lead,
    /// Gives an opinion, decides nothing.
    Assist,
}

/// How participants are found. Texts are evaluated when the task opens; the directory answers the
/// rest.
#[derive(Debug, Clone, PartialEq)]
pub enum Who {
    /// People by name: a name, a list, or an expression that gives either.
    Users(Vec<Text>),
    /// Members of groups. With `as_one` the group itself is the candidate.
    Groups(Vec<Text>),
    /// Holders of roles.
    Roles(Vec<Text>),
    /// Holders of posts.
    Posts(Vec<Text>),
    /// Members of departments.
    Departments(Vec<Text>),
    /// Leaders of departments.
    LeadersOfDepartments(Vec<Text>),
    /// The leader of somebody, so many levels up: 1 is the direct one.
    Leader {
        /// Of whom; the initiator if none.
        of: Option<Text>,
        /// Level, from 1.
        level: u32,
    },
    /// All leaders of somebody up to a level or to a title, nearest first.
    LeadersUpTo {
        /// Of whom; the initiator if none.
        of: Option<Text>,
        /// Last level; without end if none.
        level: Option<u32>,
        /// Stops behind the first leader with this title.
        title: Option<String>,
    },
    /// The initiator.
    Initiator,
    /// Whoever actually handled the nearest task before, or that of this node.
    Handler(Option<ElementIndex>),
    /// Asked of a resolver outside, by its name; see the integrators' guide.
    Resolver(String),
}

/// What happens if a task has no participant. Tried in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnEmpty {
    /// These people.
    Users(Vec<String>),
    /// The administrators of the process.
    Admins,
    /// The leader of the initiator.
    Superior,
    /// It counts as approved.
    Pass,
    /// It counts as rejected.
    Reject,
    /// An incident.
    Incident,
}

/// What happens if a participant is the initiator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnSelf {
    /// The initiator decides like everybody.
    #[default]
    Approve,
    /// The initiator's part counts as approved.
    Skip,
    /// The initiator's leader decides instead.
    Superior,
}

/// Which repeated approvers are passed over: those whose approval stands on the active path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dedupe {
    /// None.
    #[default]
    None,
    /// Only the first repeat in a row.
    FirstOnly,
    /// Those who approved at the task just before.
    Adjacent,
    /// All.
    All,
}

/// What whoever has a task may do with the fields of its form: the variables that it sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// Fields that the file names.
    pub named: BTreeMap<String, FieldAccess>,
    /// All other fields.
    pub others: FieldAccess,
}

impl Fields {
    /// What may be done with a field.
    #[must_use]
    pub fn access(&self, name: &str) -> FieldAccess {
        self.named.get(name).copied().unwrap_or(self.others)
    }
}

/// What may be done with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldAccess {
    /// It is shown and stays as it is.
    Read,
    /// It is shown and may be set.
    Write,
    /// It is neither shown nor set.
    Hidden,
    /// It is shown, may be set, and must have a value once the task is approved.
    Required,
}

/// Going back from a task and to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Back {
    /// Nodes that may be returned to; any on the active path if none is given.
    pub returnable_to: Option<Vec<ReturnTo>>,
    /// Whoever acts in it may send it back to the one who decided before in the same task.
    pub to_signer: bool,
    /// Whose return counts, of several participants.
    pub strategy: ReturnStrategy,
    /// Who gets this task when it is returned to.
    pub participant: ReturnParticipant,
    /// What follows once a task that this one returned to is done.
    pub resubmit: Resubmit,
    /// It may return out of a parallel region, which ends with all of its branches.
    pub out_of_parallel: bool,
    /// What becomes of sibling branches then; asked of the caller if none is given.
    pub siblings: Option<Siblings>,
    /// A return needs a reason.
    pub reason_required: bool,
    /// Variables get back the values they had when this task opened, once it is returned to.
    pub restore: bool,
    /// When it is returned to, only those who did not approve get it again.
    pub only_dissenters: bool,
    /// Its handler may take the decision back.
    pub retractable: bool,
    /// A follower that was opened by its holder counts as worked on.
    pub read_blocks_retract: bool,
}

/// Whose return counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReturnStrategy {
    /// Anybody's, at once.
    #[default]
    AnyOne,
    /// Only that of whoever submits last.
    LastSubmitter,
}

/// Who gets a task that is returned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReturnParticipant {
    /// Those who handled it.
    #[default]
    Original,
    /// All who could have.
    Compete,
}

/// What follows once a returned task is submitted again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resubmit {
    /// The way is walked again.
    #[default]
    Replay,
    /// Straight back to whoever returned it, if nothing guarded changed on the way.
    StraightBack,
}

/// What becomes of the branches beside one that is moved out of a parallel region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Siblings {
    /// They end.
    Cancel,
    /// They go on; the join does without the one that left.
    Keep,
}

/// What happens when a task stays open too long.
#[derive(Debug, Clone, PartialEq)]
pub struct Deadline {
    /// ISO 8601 duration or date-time, or an expression that gives one.
    pub after: Text,
    /// What is done.
    pub action: DeadlineAction,
    /// Counted in working time of the calendar.
    pub business_time: bool,
}

/// What a deadline does.
#[derive(Debug, Clone, PartialEq)]
pub enum DeadlineAction {
    /// Reminds the holders.
    Remind,
    /// Counts as approved.
    Pass,
    /// Counts as rejected.
    Reject,
    /// Gives it to the leaders of the holders.
    Escalate,
    /// Gives it to this person.
    Transfer(Text),
    /// Ends the task with this decision, for the lines behind it.
    Line(String),
}

/// Copies of what happens, for people who do nothing in it.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyRule {
    /// To whom.
    pub to: Who,
    /// When.
    pub moment: CopyMoment,
    /// Only if this is true.
    pub condition: Option<Expression>,
}

/// When a copy is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyMoment {
    /// The task opens.
    Opened,
    /// It is decided, either way.
    Decided,
    /// It is rejected.
    Rejected,
    /// A task that is nobody's is passed.
    Passed,
    /// The process ends.
    Ended,
}
