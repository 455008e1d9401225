//! Every key of both databases. The bytes here are for ever: a released kind is never reused.
//!
//! Numbers are big-endian, so that keys sort as numbers do. Texts stand behind their length in
//! four bytes, so that no text is a prefix of another one's rows.
//!
//! Log database:
//!
//! | key | value |
//! |---|---|
//! | `00 "format"` | format version of the data folder, `u32` |
//! | `00 "identity"` | cluster, node, number of partitions |
//! | `10 partition` | vote |
//! | `11 partition` | committed log id, a hint |
//! | `12 partition` | purged log id and the checksum the chain goes on from |
//! | `20 partition index` | entry, see `log/entry.rs` |
//!
//! State database: `partition table …`, see [`table`].

use engine::{Key, Partition};
use uuid::Uuid;

/// Format version of the data folder.
pub(crate) const FORMAT_VERSION: &[u8] = b"\x00format";
/// Whose data the folder holds.
pub(crate) const IDENTITY: &[u8] = b"\x00identity";

const VOTE: u8 = 0x10;
const COMMITTED: u8 = 0x11;
const PURGED: u8 = 0x12;
const ENTRY: u8 = 0x20;

/// Tables of the state database: the byte behind the partition.
pub(crate) mod table {
    /// Applied log id; no further key.
    pub(crate) const APPLIED: u8 = 0x01;
    /// Membership; no further key.
    pub(crate) const MEMBERSHIP: u8 = 0x02;
    /// Next instance sequence number; no further key.
    pub(crate) const NEXT_SEQUENCE: u8 = 0x03;
    /// Snapshot that is being installed; no further key.
    pub(crate) const INSTALLING: u8 = 0x04;
    /// Counts of what is open; no further key.
    pub(crate) const COUNTS: u8 = 0x05;
    /// Definition key, version: the definition without its file.
    pub(crate) const DEFINITION: u8 = 0x10;
    /// Definition key: newest version.
    pub(crate) const LATEST: u8 = 0x11;
    /// Definition key, version: the file.
    pub(crate) const DEFINITION_XML: u8 = 0x12;
    /// Definition key, version: deployed here and not known to be everywhere.
    pub(crate) const UNDISTRIBUTED: u8 = 0x13;
    /// Revision of the directory; no further key.
    pub(crate) const DIRECTORY: u8 = 0x14;
    /// Id of a person: the person.
    pub(crate) const PERSON: u8 = 0x15;
    /// Id of a department: the department.
    pub(crate) const DEPARTMENT: u8 = 0x16;
    /// Revision: a change of the directory that is not known to be everywhere.
    pub(crate) const DIRECTORY_CHANGE: u8 = 0x17;
    /// The calendar of the directory; no further key.
    pub(crate) const CALENDAR: u8 = 0x18;
    /// Instance key: the instance.
    pub(crate) const INSTANCE: u8 = 0x20;
    /// Definition key, instance key.
    pub(crate) const INSTANCE_BY_DEFINITION: u8 = 0x21;
    /// Definition key, business key: instance and digest of its start.
    pub(crate) const BUSINESS_KEY: u8 = 0x22;
    /// Instance key, revision: an event with its time.
    pub(crate) const HISTORY: u8 = 0x23;
    /// Request id: digest and first reply.
    pub(crate) const REQUEST: u8 = 0x24;
    /// Time, request id: which request rows are old.
    pub(crate) const REQUEST_BY_TIME: u8 = 0x25;
    /// Log index: the facts that the step of this entry made.
    pub(crate) const FEED: u8 = 0x26;
    /// Assignee, task key.
    pub(crate) const TASK_BY_ASSIGNEE: u8 = 0x30;
    /// Candidate user, task key.
    pub(crate) const TASK_BY_USER: u8 = 0x31;
    /// Candidate group, task key.
    pub(crate) const TASK_BY_GROUP: u8 = 0x32;
    /// Job type, job key: jobs that may be leased now.
    pub(crate) const JOB_OFFER: u8 = 0x33;
    /// Time, key: what must be woken when.
    pub(crate) const DUE: u8 = 0x34;
    /// Incident key.
    pub(crate) const INCIDENT: u8 = 0x35;
    /// Parcel key: what an instance still has to bring to another place.
    pub(crate) const PARCEL: u8 = 0x36;
    /// Signal name, subscription key: since when it listens.
    pub(crate) const SIGNAL_SUBSCRIPTION: u8 = 0x37;
    /// Reader, time counted down, instance key, number: a copy that somebody got.
    pub(crate) const COPY: u8 = 0x38;
    /// Likewise: a copy that was not read.
    pub(crate) const COPY_UNREAD: u8 = 0x39;
    /// Initiator, time counted down, instance key, 0: an instance that somebody started.
    pub(crate) const INITIATED: u8 = 0x3a;
    /// Instance key: an instance whose start is not acknowledged.
    pub(crate) const UNACKNOWLEDGED: u8 = 0x3b;
    /// Person, time counted down, work item key, 0: what the person decided or returned.
    pub(crate) const DONE: u8 = 0x3c;
    /// Revision of the mailbox and the last number given out; no further key.
    pub(crate) const MAILBOX: u8 = 0x40;
    /// Message name, correlation key, number: a subscription that waits.
    pub(crate) const WAITING: u8 = 0x41;
    /// Message name, correlation key, number: a message that is kept, without what it carries.
    pub(crate) const MAIL: u8 = 0x42;
    /// Number: what a kept message carries.
    pub(crate) const MAIL_VARIABLES: u8 = 0x43;
    /// Deadline, number: the address of a message whose time to live ends then.
    pub(crate) const MAIL_DEADLINE: u8 = 0x44;
    /// Number: the address of a message that is being delivered.
    pub(crate) const MAIL_OPEN: u8 = 0x45;
    /// Number: a signal that is being brought to the partition's instances.
    pub(crate) const SIGNAL: u8 = 0x46;
    /// Definition key: when its timer start events fire.
    pub(crate) const SCHEDULE: u8 = 0x47;
}

fn of_group(kind: u8, partition: Partition) -> [u8; 3] {
    let [high, low] = partition.0.to_be_bytes();
    [kind, high, low]
}

/// A group's vote.
pub(crate) fn vote(partition: Partition) -> [u8; 3] {
    of_group(VOTE, partition)
}

/// A group's committed log id.
pub(crate) fn committed(partition: Partition) -> [u8; 3] {
    of_group(COMMITTED, partition)
}

/// A group's purged log id.
pub(crate) fn purged(partition: Partition) -> [u8; 3] {
    of_group(PURGED, partition)
}

/// An entry of a group's log.
pub(crate) fn entry(partition: Partition, index: u64) -> [u8; 11] {
    let mut key = [0; 11];
    key[..3].copy_from_slice(&of_group(ENTRY, partition));
    key[3..].copy_from_slice(&index.to_be_bytes());
    key
}

/// The index in an entry's key; `None` if it is not an entry of this group.
pub(crate) fn entry_index(partition: Partition, key: &[u8]) -> Option<u64> {
    let index = key.strip_prefix(&of_group(ENTRY, partition))?;
    Some(u64::from_be_bytes(index.try_into().ok()?))
}

/// First bytes of every row of a group in the state database.
pub(crate) fn group_prefix(partition: Partition) -> [u8; 2] {
    partition.0.to_be_bytes()
}

/// Builds one key of the state database.
#[derive(Clone)]
pub(crate) struct RowKey(Vec<u8>);

impl RowKey {
    /// The table's prefix in a group.
    pub(crate) fn new(partition: Partition, table: u8) -> Self {
        let mut key = Vec::with_capacity(48);
        key.extend_from_slice(&group_prefix(partition));
        key.push(table);
        Self(key)
    }

    /// Adds a text behind its length.
    pub(crate) fn text(mut self, text: &str) -> Self {
        let length = u32::try_from(text.len()).expect("texts are far below 4 GiB");
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Adds a number.
    pub(crate) fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Adds a key of an instance or of something inside it.
    pub(crate) fn key(self, key: Key) -> Self {
        self.number(key.0)
    }

    /// Adds a version number.
    pub(crate) fn version(mut self, version: u32) -> Self {
        self.0.extend_from_slice(&version.to_be_bytes());
        self
    }

    /// Adds a request id.
    pub(crate) fn uuid(mut self, id: Uuid) -> Self {
        self.0.extend_from_slice(id.as_bytes());
        self
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for RowKey {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The first key behind every key that starts with `prefix`.
pub(crate) fn after_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return end;
        }
    }
    // Only a prefix of nothing but 0xff has no successor; partitions end at 255, so none has.
    vec![u8::MAX; prefix.len() + 1]
}

/// The number in the last eight bytes of a key.
pub(crate) fn last_number(key: &[u8]) -> Option<u64> {
    let at = key.len().checked_sub(8)?;
    Some(u64::from_be_bytes(key[at..].try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_sort_by_group_and_index() {
        let low = entry(Partition(1), 255);
        let high = entry(Partition(1), 256);
        let other = entry(Partition(2), 0);
        assert!(low < high && high < other);
        assert_eq!(entry_index(Partition(1), &high), Some(256));
        assert_eq!(entry_index(Partition(2), &high), None);
    }

    #[test]
    fn one_text_is_never_a_prefix_of_another() {
        let table = table::TASK_BY_ASSIGNEE;
        let short = RowKey::new(Partition(0), table).text("al");
        let long = RowKey::new(Partition(0), table).text("alice");
        assert!(!long.bytes().starts_with(short.bytes()));
    }

    #[test]
    fn the_end_of_a_prefix_is_behind_all_its_keys() {
        assert_eq!(after_prefix(&[1, 2]), vec![1, 3]);
        assert_eq!(after_prefix(&[1, 255]), vec![2]);
        let key = RowKey::new(Partition(255), table::HISTORY).number(u64::MAX);
        assert!(after_prefix(&group_prefix(Partition(255))).as_slice() > key.bytes());
    }
}
