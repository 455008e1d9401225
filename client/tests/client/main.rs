//! The client against servers that answer from a script.

mod approvals;
mod calls;
mod command_line;
mod support;
