//! Deciding together: work items of a task, who has them, and how their decisions become one.

mod acknowledge;
mod approvers;
mod copies;
mod decide;
mod hands;
mod notes;
mod open;
mod reassign;
mod remind;
mod rights;
mod runs;
mod sign;
mod steps;
mod vote;

pub(crate) use acknowledge::{
    acknowledge_due, acknowledge_overdue, acknowledge_start, await_acknowledge,
};
pub(crate) use approvers::{add_approver, remove_approver};
pub(crate) use copies::{copies_at, copies_at_end, copies_decided, read_copy, send_copy};
pub(crate) use decide::{
    DECISION_VARIABLE, ReturnVote, bring_decision, check_decision, conclude, decide, is_plain,
    return_vote, rules_of, take_turns,
};
pub(crate) use hands::{check_decides, delegate, resolve, transfer};
pub(crate) use notes::{comment, drop_draft, mark_read, save_draft};
pub(crate) use open::open;
pub(crate) use reassign::{handover, reassign};
pub(crate) use remind::remind;
pub(crate) use rights::{check_person, holds_work};
pub(crate) use runs::add_run;
pub(crate) use sign::{check_signature, sign};
pub(crate) use steps::{insert_step, open_step, remove_step, step_of};
pub(crate) use vote::{turns, verdict};
