//! The wire: types and services generated from the `.proto` files, their descriptors, and the
//! envelope of refusals. The `.proto` files are the documentation.
//!
//! Must never hold a rule of the engine or of a server.

mod status;

pub use status::{detail_of, status_of};

/// Version 1 of the API.
#[allow(missing_docs, reason = "generated; documented in the .proto files")]
pub mod v1 {
    tonic::include_proto!("quorate.v1");
}

/// The encoded descriptors of every `.proto` file, for server reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
