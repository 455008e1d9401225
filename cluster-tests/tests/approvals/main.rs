//! Approvals as a client sees them: every row of the first and third part of the requirements,
//! through REST of a running server.

mod agreeing;
mod business;
mod case;
mod deciding;
mod form;
mod going_back;
mod rerouting;
mod graph;
mod resolver;
mod returning;
