//! Deciding together: work items of a task, who has them, and how their decisions become one.

mod approvers;
mod hands;
mod notes;
mod steps;

pub(crate) use approvers::{add_approver, remove_approver};
pub(crate) use hands::{delegate, handover, reassign, resolve, transfer};
pub(crate) use notes::{
    acknowledge_start, comment, mark_read, read_copy, remind, save_draft, send_copy,
};
pub(crate) use steps::{add_run, insert_step, remove_step};
