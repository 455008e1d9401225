//! Bytes of replies, digests and sizes. The only place of this crate that knows the codec.
//!
//! Stored replies open with a version byte, so that a later layout can be told from this one.

use engine::{Digest, Reply};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::request::{AnswerBody, Correlated};

const REPLY_VERSION: u8 = 1;

/// Namespace of the digests: they are UUIDv5 under it. Never changes.
const DIGEST_NAMESPACE: Uuid = Uuid::from_u128(0x6b1d_52f4_9c0e_5f6a_8d37_20c4_7be1_93a5);

/// Most bytes that a stored reply may claim: what is decoded is bounded before it is allocated.
const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

fn layout() -> bincode::config::Configuration {
    bincode::config::standard()
}

/// A reply as it is stored beside its request id.
pub(crate) fn encode_reply(reply: &Reply) -> Vec<u8> {
    let mut bytes = vec![REPLY_VERSION];
    bytes.extend(canonical(reply));
    bytes
}

/// A stored reply. The error says what is wrong with the bytes.
pub(crate) fn decode_reply(bytes: &[u8]) -> Result<Reply, String> {
    decode_stored(bytes)
}

fn decode_stored<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match bytes.split_first() {
        Some((&REPLY_VERSION, body)) => {
            bincode::serde::decode_from_slice(body, layout().with_limit::<REPLY_BYTES_MAX>())
                .map(|(reply, _)| reply)
                .map_err(|error| format!("the stored reply can't be read: {error}"))
        }
        Some((version, _)) => Err(format!(
            "the stored reply has layout {version}, this program knows {REPLY_VERSION}"
        )),
        None => Err("the stored reply is empty".to_owned()),
    }
}

/// What a mailbox answered, as it is stored beside a request id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MailReply {
    /// It was taken in.
    Noted,
    /// It was taken by an instance.
    Correlated(Correlated),
}

impl MailReply {
    /// The answer that the caller gets.
    pub(crate) fn into_body(self) -> AnswerBody {
        match self {
            Self::Noted => AnswerBody::Noted,
            Self::Correlated(correlated) => AnswerBody::Correlated(correlated),
        }
    }
}

/// The answer of a mailbox as it is stored beside its request id.
pub(crate) fn encode_mail_reply(reply: &MailReply) -> Vec<u8> {
    let mut bytes = vec![REPLY_VERSION];
    bytes.extend(canonical(reply));
    bytes
}

/// A stored answer of a mailbox. The error says what is wrong with the bytes.
pub(crate) fn decode_mail_reply(bytes: &[u8]) -> Result<MailReply, String> {
    decode_stored(bytes)
}

/// Digest of a value: equal values give equal digests, on every node.
pub(crate) fn digest_of(value: &impl Serialize) -> Digest {
    digest_of_bytes(&canonical(value))
}

/// Digest of bytes.
pub(crate) fn digest_of_bytes(bytes: &[u8]) -> Digest {
    Uuid::new_v5(&DIGEST_NAMESPACE, bytes)
}

/// Size of a value in bytes as it goes on the log, without making the bytes.
pub(crate) fn size_of(value: &impl Serialize) -> usize {
    let mut writer = bincode::enc::write::SizeWriter::default();
    bincode::serde::encode_into_writer(value, &mut writer, layout())
        .expect("plain data has an encoding");
    writer.bytes_written
}

fn canonical(value: &impl Serialize) -> Vec<u8> {
    bincode::serde::encode_to_vec(value, layout()).expect("plain data has an encoding")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_tell_values_apart_and_sizes_are_those_of_the_bytes() {
        assert_eq!(digest_of(&("a", 1_u32)), digest_of(&("a", 1_u32)));
        assert_ne!(digest_of(&("a", 1_u32)), digest_of(&("a", 2_u32)));
        assert_eq!(size_of(&"four"), canonical(&"four").len());
    }

    #[test]
    fn a_reply_of_an_unknown_layout_is_refused() {
        assert!(decode_reply(&[9, 0, 0]).unwrap_err().contains("layout 9"));
        assert!(decode_reply(&[]).is_err());
        assert!(decode_reply(&[REPLY_VERSION, 0xff]).is_err());
    }
}
