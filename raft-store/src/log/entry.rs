//! How one entry is stored.
//!
//! ```text
//! 0   version, 1
//! 1   checksum of the entry before (crc32, LE); 0 at the start of a chain
//! 5   checksum: crc32 over the checksum before and all that follows
//! 9   index      17  term      25  leader node      33  kind      34  payload
//! ```
//!
//! The checksums are a chain: an entry fits only behind the very entry it was written behind.

use bytes::Bytes;
use openraft::EntryPayload;

use crate::codec;
use crate::types::{Entry, LogId, Payload};

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 34;
const KIND_BLANK: u8 = 0;
const KIND_NORMAL: u8 = 1;
const KIND_MEMBERSHIP: u8 = 2;

/// A stored entry, checked against its own checksum.
pub(super) struct Stored {
    pub(super) entry: Entry,
    /// Checksum of the entry it was written behind.
    pub(super) before: u32,
    /// Its checksum.
    pub(super) checksum: u32,
}

/// Bytes that an entry counts for in queues and caches.
pub(super) fn size(entry: &Entry) -> usize {
    HEADER_BYTES
        + match &entry.payload {
            EntryPayload::Normal(payload) => payload.0.len(),
            EntryPayload::Blank => 0,
            // A guess is enough: memberships are small and rare.
            EntryPayload::Membership(_) => 512,
        }
}

/// Writes the stored form into `out` and gives its checksum.
pub(super) fn encode(entry: &Entry, before: u32, out: &mut Vec<u8>) -> u32 {
    out.clear();
    out.push(VERSION);
    out.extend_from_slice(&before.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&entry.log_id.index.to_be_bytes());
    out.extend_from_slice(&entry.log_id.leader_id.term.to_be_bytes());
    out.extend_from_slice(&entry.log_id.leader_id.node_id.to_be_bytes());
    match &entry.payload {
        EntryPayload::Blank => out.push(KIND_BLANK),
        EntryPayload::Normal(payload) => {
            out.push(KIND_NORMAL);
            out.extend_from_slice(&payload.0);
        }
        EntryPayload::Membership(membership) => {
            out.push(KIND_MEMBERSHIP);
            out.extend_from_slice(&codec::encode(membership));
        }
    }
    let checksum = checksum(before, &out[9..]);
    out[5..9].copy_from_slice(&checksum.to_le_bytes());
    checksum
}

/// Reads the stored form. The text of the error names what is wrong with it.
pub(super) fn decode(index: u64, bytes: &[u8]) -> Result<Stored, String> {
    let broken = |what: &str| Err(format!("entry {index} {what}"));
    if bytes.len() < HEADER_BYTES {
        return broken("is too short");
    }
    if bytes[0] != VERSION {
        return broken("has an unknown format version");
    }
    let before = u32::from_le_bytes(four(bytes, 1));
    let stored = u32::from_le_bytes(four(bytes, 5));
    if checksum(before, &bytes[9..]) != stored {
        return broken("does not match its checksum");
    }
    if number(bytes, 9) != index {
        return broken("is stored in another entry's place");
    }
    let term = number(bytes, 17);
    let node_id = number(bytes, 25);
    let body = &bytes[HEADER_BYTES..];
    let payload = match bytes[33] {
        KIND_BLANK => EntryPayload::Blank,
        KIND_NORMAL => EntryPayload::Normal(Payload(Bytes::copy_from_slice(body))),
        KIND_MEMBERSHIP => match codec::decode(body) {
            Ok(membership) => EntryPayload::Membership(membership),
            Err(error) => return broken(&format!("has a membership that can't be read: {error}")),
        },
        _ => return broken("is of an unknown kind"),
    };
    let leader_id = openraft::impls::leader_id_adv::LeaderId { term, node_id };
    let entry = Entry { log_id: LogId::new(leader_id, index), payload };
    Ok(Stored { entry, before, checksum: stored })
}

fn checksum(before: u32, rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(before);
    hasher.update(rest);
    hasher.finalize()
}

fn four(bytes: &[u8], at: usize) -> [u8; 4] {
    bytes[at..at + 4].try_into().expect("the length was checked")
}

fn number(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(bytes[at..at + 8].try_into().expect("the length was checked"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TypeConfig;
    use openraft::testing::{blank_ent, membership_ent};

    fn normal(index: u64) -> Entry {
        let mut entry = blank_ent::<TypeConfig>(3, 2, index);
        entry.payload = EntryPayload::Normal(Payload(Bytes::from_static(b"decided")));
        entry
    }

    #[test]
    fn every_kind_comes_back_as_it_was() {
        let members = vec![std::collections::BTreeSet::from([1, 2, 3])];
        let entries = [
            blank_ent::<TypeConfig>(1, 1, 7),
            normal(8),
            membership_ent::<TypeConfig>(1, 1, 9, members),
        ];
        let mut out = Vec::new();
        let mut before = 0;
        for entry in entries {
            let checksum = encode(&entry, before, &mut out);
            let stored = decode(entry.log_id.index, &out).unwrap();
            assert_eq!(stored.entry, entry);
            assert_eq!((stored.before, stored.checksum), (before, checksum));
            before = checksum;
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let mut out = Vec::new();
        encode(&normal(8), 77, &mut out);
        for at in 0..out.len() {
            out[at] ^= 1;
            assert!(decode(8, &out).is_err(), "byte {at}");
            out[at] ^= 1;
        }
        assert!(decode(8, &out).is_ok());
        assert!(decode(9, &out).is_err(), "another entry's place");
    }
}
