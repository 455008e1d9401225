//! A snapshot's rows cut into chunks, the form in which they travel and wait in a file.
//!
//! Rows come in the order of keys. A chunk's data is rows of `key length (u32), value length
//! (u32), key, value`; the last chunk's data is the totals. Every chunk has its number and a
//! checksum over number, kind and data.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use engine::Partition;
use rocksdb::{DB, Direction, IteratorMode, ReadOptions};
use serde::{Deserialize, Serialize};

use crate::codec;
use crate::keys;
use crate::tables::meta;

/// Bytes of rows after which a chunk is closed. A chunk is larger only by its last row.
pub const CHUNK_BYTES_MAX: usize = 1024 * 1024;
/// Most bytes of one chunk that is read: a full chunk and the largest row.
pub(super) const DATA_BYTES_MAX: usize = CHUNK_BYTES_MAX + 32 * 1024 * 1024;

/// A piece of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotChunk {
    /// Its place, from 0.
    pub number: u64,
    /// True for the one behind the rows, which holds the totals.
    pub last: bool,
    /// Checksum over number, kind and data.
    pub checksum: u32,
    /// Rows or totals.
    pub data: Bytes,
}

/// What the last chunk says of all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) chunks: u64,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// Checksum over the checksums of all chunks.
    pub(super) checksum: u32,
}

impl Totals {
    /// Counts one chunk of rows.
    pub(super) fn add(&mut self, chunk: &SnapshotChunk, rows: u64) {
        self.chunks += 1;
        self.rows += rows;
        self.bytes += chunk.data.len() as u64;
        let mut hasher = crc32fast::Hasher::new_with_initial(self.checksum);
        hasher.update(&chunk.checksum.to_be_bytes());
        self.checksum = hasher.finalize();
    }
}

impl SnapshotChunk {
    fn new(number: u64, last: bool, data: Vec<u8>) -> Self {
        let checksum = checksum(number, last, &data);
        Self { number, last, checksum, data: Bytes::from(data) }
    }

    /// Refuses a chunk that is not what was sent.
    pub(super) fn check(&self) -> io::Result<()> {
        if checksum(self.number, self.last, &self.data) == self.checksum {
            return Ok(());
        }
        Err(damaged(&format!("chunk {} does not match its checksum", self.number)))
    }

    /// The rows of a chunk.
    pub(super) fn rows(&self) -> io::Result<Vec<(&[u8], &[u8])>> {
        let short = || damaged(&format!("chunk {} ends inside a row", self.number));
        let mut rest: &[u8] = &self.data;
        let mut rows = Vec::new();
        while !rest.is_empty() {
            let (lengths, after) = rest.split_at_checked(8).ok_or_else(short)?;
            let key = length(lengths, 0);
            let value = length(lengths, 4);
            let (key, after) = after.split_at_checked(key).ok_or_else(short)?;
            let (value, after) = after.split_at_checked(value).ok_or_else(short)?;
            rows.push((key, value));
            rest = after;
        }
        Ok(rows)
    }
}

fn length(bytes: &[u8], at: usize) -> usize {
    let four = bytes[at..at + 4].try_into().expect("eight bytes were split off");
    u32::from_be_bytes(four) as usize
}

fn checksum(number: u64, last: bool, data: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_be_bytes());
    hasher.update(&[u8::from(last)]);
    hasher.update(data);
    hasher.finalize()
}

pub(super) fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the snapshot is damaged: {what}"))
}

/// The chunks of a snapshot, made as they are asked for.
pub struct SnapshotChunks(From);

enum From {
    Checkpoint(Box<Cut>),
    File(BufReader<File>),
    Done,
}

/// Where the cutting of a checkpoint stands.
struct Cut {
    db: DB,
    partition: Partition,
    next: Vec<u8>,
    totals: Totals,
}

impl SnapshotChunks {
    pub(super) fn of_checkpoint(path: &Path, partition: Partition) -> io::Result<Self> {
        let next = keys::group_prefix(partition).to_vec();
        let db = super::open_checkpoint(path)?;
        Ok(Self(From::Checkpoint(Box::new(Cut { db, partition, next, totals: Totals::default() }))))
    }

    pub(super) fn of_file(path: &Path) -> io::Result<Self> {
        Ok(Self(From::File(BufReader::with_capacity(256 * 1024, File::open(path)?))))
    }
}

impl Iterator for SnapshotChunks {
    type Item = io::Result<SnapshotChunk>;

    fn next(&mut self) -> Option<Self::Item> {
        let chunk = match &mut self.0 {
            From::Checkpoint(cut) => cut.next(),
            From::File(file) => read(file),
            From::Done => return None,
        };
        if chunk.as_ref().map_or(true, |chunk| chunk.last) {
            self.0 = From::Done;
        }
        Some(chunk)
    }
}

impl Cut {
    fn next(&mut self) -> io::Result<SnapshotChunk> {
        let (data, rows) = self.rows()?;
        let number = self.totals.chunks;
        if data.is_empty() {
            return Ok(SnapshotChunk::new(number, true, codec::encode(&self.totals)));
        }
        let chunk = SnapshotChunk::new(number, false, data);
        self.totals.add(&chunk, rows);
        Ok(chunk)
    }

    /// Rows from `next` on, as many as one chunk takes. The marker of an installation stays here.
    fn rows(&mut self) -> io::Result<(Vec<u8>, u64)> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_iterate_upper_bound(keys::after_prefix(&keys::group_prefix(self.partition)));
        let marker = meta::installing_key(self.partition);
        let mode = IteratorMode::From(&self.next, Direction::Forward);
        let mut data = Vec::new();
        let mut count = 0;
        let mut last = None;
        for row in self.db.iterator_opt(mode, options) {
            let (key, value) = row.map_err(io::Error::other)?;
            if key.as_ref() == marker.bytes() {
                continue;
            }
            add_row(&mut data, &key, &value)?;
            count += 1;
            if data.len() >= CHUNK_BYTES_MAX {
                last = Some(key);
                break;
            }
        }
        self.next = match last {
            // The smallest key behind the last one.
            Some(key) => [&key, [0].as_slice()].concat(),
            None => keys::after_prefix(&keys::group_prefix(self.partition)),
        };
        Ok((data, count))
    }
}

fn add_row(data: &mut Vec<u8>, key: &[u8], value: &[u8]) -> io::Result<()> {
    let too_long = |_| damaged("a row is longer than 4 GiB");
    data.extend_from_slice(&u32::try_from(key.len()).map_err(too_long)?.to_be_bytes());
    data.extend_from_slice(&u32::try_from(value.len()).map_err(too_long)?.to_be_bytes());
    data.extend_from_slice(key);
    data.extend_from_slice(value);
    Ok(())
}

/// Bytes before the data of a chunk in a file: number, last, checksum, length.
const HEADER_BYTES: usize = 17;

/// A chunk as it is stored in a file.
pub(super) fn header(chunk: &SnapshotChunk) -> io::Result<[u8; HEADER_BYTES]> {
    let length = u32::try_from(chunk.data.len()).map_err(|_| damaged("a chunk is too long"))?;
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&chunk.number.to_be_bytes());
    header[8] = u8::from(chunk.last);
    header[9..13].copy_from_slice(&chunk.checksum.to_be_bytes());
    header[13..].copy_from_slice(&length.to_be_bytes());
    Ok(header)
}

/// Reads and checks the next chunk of a file.
fn read(file: &mut impl Read) -> io::Result<SnapshotChunk> {
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)?;
    let four =
        |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().expect("in the header"));
    let length = four(13) as usize;
    if length > DATA_BYTES_MAX {
        return Err(damaged("a chunk is too long"));
    }
    let mut data = vec![0; length];
    file.read_exact(&mut data)?;
    let chunk = SnapshotChunk {
        number: u64::from_be_bytes(header[..8].try_into().expect("in the header")),
        last: header[8] == 1,
        checksum: four(9),
        data: Bytes::from(data),
    };
    chunk.check()?;
    Ok(chunk)
}
