//! Deciding together: work items of a task, who has them, and how their decisions become one.

mod people;
mod open;
mod vote;
mod decide;
mod approvers;
mod hands;
mod notes;
mod steps;

pub(crate) use approvers::{add_approver, remove_approver};
pub(crate) use decide::{
    ReturnVote, bring_decision, check_decision, conclude, decide, is_plain, return_vote, rules_of,
};
pub(crate) use hands::{delegate, handover, reassign, resolve, transfer};
pub(crate) use notes::{
    acknowledge_start, comment, mark_read, read_copy, remind, save_draft, send_copy,
};
pub(crate) use open::open;
pub(crate) use steps::{add_run, insert_step, remove_step};
pub(crate) use vote::{turns, verdict};
