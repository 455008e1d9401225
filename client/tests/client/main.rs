//! The client against servers that answer from a script.

mod calls;
mod command_line;
mod support;
