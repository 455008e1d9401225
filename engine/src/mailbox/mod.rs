//! Message correlation: who takes a message, and who waits for one. Pure, like a step.
//!
//! Everything that has the same name and correlation key meets at one [`Address`], whose home is
//! one partition. What lies there is its [`Shelf`]: subscriptions that wait and messages that are
//! kept. A [`Turn`] decides what a request does to a shelf and gives facts; only
//! [`Shelf::apply`] makes them true. Nothing here may read a clock, a store or an instance.
//!
//! The rules:
//!
//! - A definition takes a message at most once: by its oldest free subscription at the address, or
//!   by a start event of its newest version.
//! - A subscription has one delivery at a time. It is busy meanwhile and takes the oldest message
//!   that its definition has not had when it is free again.
//! - A message is kept until its time to live is over. One without may only be taken by what was
//!   waiting when it came, so it is kept while such a subscription is busy, and no longer.
//! - A delivery that an instance refuses was to a subscription that is not there any more; the next
//!   one of the definition gets the message.

mod rows;
mod shelf;
mod starts;
mod schedule;

pub use rows::{
    Address, Asker, Mail, MailFact, MailboxBatch, Receiver, ScheduleRow, SignalRow, StartRow,
    StartTimer, Waiting,
};
pub use schedule::{next_firing, timers_of};
pub use shelf::{Answer, Delivered, Mailed, Posted, Shelf, Turn, Unposted};
pub use starts::starts_of;
