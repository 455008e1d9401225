//! BPMN 2.0 models: XML import, validation with stable rule ids, compilation to a [`Definition`].
//!
//! Pure: no I/O, no clock, no randomness.

mod definition;

pub use definition::*;
