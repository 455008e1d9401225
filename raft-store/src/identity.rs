//! Whose data a folder holds. Checked before anything else is read.

use rocksdb::{DB, WriteBatch, WriteOptions};
use serde::{Deserialize, Serialize};

use crate::codec;
use crate::error::OpenError;
use crate::keys;

/// Version of the layout of the data folder; newer ones are refused. 2: messages, signals, calls and
/// loops came into instances and definitions. 3: tasks have work items, and there are lists of what
/// people did and got, and a feed. 4: the directory has a calendar, and an instance
/// says why it is about to end.
const FORMAT_VERSION: u32 = 4;
/// Oldest version that is read. Formats 1 to 3 were never released.
const FORMAT_VERSION_MIN: u32 = 4;

/// Whose data a folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Id of the cluster, chosen at its creation.
    pub cluster: String,
    /// Number of the node.
    pub node: u64,
    /// Number of partitions, fixed at the cluster's creation.
    pub partitions: u16,
}

/// The identity as it is stored. The format version is its own row, readable by every version.
pub(crate) fn check(db: &DB, wanted: &Identity) -> Result<(), OpenError> {
    let version = db.get(keys::FORMAT_VERSION).map_err(OpenError::log)?;
    let stored = db.get(keys::IDENTITY).map_err(OpenError::log)?;
    match (version, stored) {
        (None, None) => store(db, wanted),
        (Some(version), Some(stored)) => {
            let version = version.try_into().map(u32::from_be_bytes).map_err(|_| {
                OpenError::LogDamaged("the format version is not four bytes".into())
            })?;
            if version > FORMAT_VERSION {
                return Err(OpenError::TooNew { found: version, known: FORMAT_VERSION });
            }
            if version < FORMAT_VERSION_MIN {
                return Err(OpenError::TooOld { found: version, oldest: FORMAT_VERSION_MIN });
            }
            let found = codec::decode(&stored).map_err(|error| {
                OpenError::LogDamaged(format!("the identity can't be read: {error}"))
            })?;
            compare(found, wanted)
        }
        _ => Err(OpenError::LogDamaged("half of the identity is missing".into())),
    }
}

fn compare(found: Identity, wanted: &Identity) -> Result<(), OpenError> {
    if found.cluster != wanted.cluster {
        let wanted = wanted.cluster.clone();
        return Err(OpenError::AnotherCluster { found: found.cluster, wanted });
    }
    if found.node != wanted.node {
        return Err(OpenError::AnotherNode { found: found.node, wanted: wanted.node });
    }
    if found.partitions != wanted.partitions {
        return Err(OpenError::OtherPartitions {
            found: found.partitions,
            wanted: wanted.partitions,
        });
    }
    Ok(())
}

fn store(db: &DB, identity: &Identity) -> Result<(), OpenError> {
    let mut batch = WriteBatch::default();
    batch.put(keys::FORMAT_VERSION, FORMAT_VERSION.to_be_bytes());
    batch.put(keys::IDENTITY, codec::encode(identity));
    let mut synced = WriteOptions::default();
    synced.set_sync(true);
    db.write_opt(batch, &synced).map_err(OpenError::log)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_another_format_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = DB::open_default(folder.path()).expect("it opens");
        let wanted = Identity { cluster: "test".into(), node: 1, partitions: 2 };
        check(&db, &wanted).expect("a new folder gets the format of today");
        check(&db, &wanted).expect("and is known again");
        for (found, code) in [
            (FORMAT_VERSION_MIN - 1, "DATA_FOLDER_TOO_OLD"),
            (FORMAT_VERSION + 1, "DATA_FOLDER_TOO_NEW"),
        ] {
            db.put(keys::FORMAT_VERSION, found.to_be_bytes()).expect("the row is written");
            let error = check(&db, &wanted).expect_err("it is refused");
            assert_eq!(error.code(), code);
            assert!(error.to_string().contains(&format!("format {found}")), "{error}");
            let row = db.get(keys::FORMAT_VERSION).expect("the row is read");
            assert_eq!(row.as_deref(), Some(found.to_be_bytes().as_slice()));
        }
    }
}
