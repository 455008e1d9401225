//! Child actors of a partition that act on durable rows: what is due, what is offered, what is to
//! be distributed, what is to be brought elsewhere. Each can be lost and started again; the rows say what is left to do.

pub(crate) mod distribute;
pub(crate) mod due;
pub(crate) mod offer;
pub(crate) mod post;
