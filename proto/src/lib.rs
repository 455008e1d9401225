//! The wire: types and services generated from the `.proto` files, and their descriptors.
//!
//! Must never hold any behaviour. The `.proto` files are the documentation.

/// Version 1 of the API.
#[allow(missing_docs, reason = "generated; documented in the .proto files")]
pub mod v1 {
    tonic::include_proto!("quorate.v1");
}

/// The encoded descriptors of every `.proto` file, for server reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
