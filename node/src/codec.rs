//! Encoding of what nodes send each other: the one of the store, so that there is one only.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Encodes a value.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Bytes {
    Bytes::from(raft_store::encode(value))
}

/// Decodes a value; the error is a text for the other node.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    raft_store::decode(bytes).map_err(|error| format!("PEER_PROTOCOL: {error}"))
}
