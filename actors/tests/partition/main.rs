//! A partition's actors against a log and store in memory that keep the same promises as the real
//! ones: records apply one by one, a business key and a request id are taken once, a batch on an
//! old revision is refused, and one term's log is closed when the next begins.

mod world;

mod commands;
mod deployments;
mod directory;
mod events;
mod jobs;
mod leadership;
mod memory;
mod timers;
