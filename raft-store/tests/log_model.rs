//! The log against a model: random appends, truncations, purges, votes, restarts and crashes.

mod common;

use std::ops::Range;

use openraft::alias::VoteOf;
use openraft::storage::{IOFlushed, RaftLogReader, RaftLogStorage, RaftStateMachine};
use raft_store::{LogId, LogStore, Options, StateMachine, Store, TypeConfig};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;

use common::{P0, append, blank, copy, id, identity, never, read};

/// What the log must say.
#[derive(Default, Clone)]
struct Model {
    entries: Vec<LogId>,
    purged: Option<LogId>,
    vote: Option<VoteOf<TypeConfig>>,
    term: u64,
}

impl Model {
    fn last(&self) -> Option<LogId> {
        self.entries.last().copied().or(self.purged)
    }

    fn end(&self) -> u64 {
        self.last().map_or(0, |last| last.index + 1)
    }

    fn within(&self, range: Range<u64>) -> Vec<LogId> {
        self.entries.iter().copied().filter(|id| range.contains(&id.index)).collect()
    }
}

struct Run {
    folder: TempDir,
    store: Option<Store>,
    log: Option<LogStore>,
    machine: Option<StateMachine>,
    model: Model,
    options: Options,
    random: StdRng,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let options = Options {
            tail_entries_max: random.random_range(0..20),
            write_batch_bytes_max: random.random_range(50..2_000),
            queue_bytes_max: random.random_range(50..2_000),
            read_bytes_max: random.random_range(40..400),
            ..Options::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let model = Model { term: 1, ..Model::default() };
        let mut run =
            Self { folder, store: None, log: None, machine: None, model, options, random };
        run.open();
        run
    }

    fn open(&mut self) {
        let store = Store::open(self.folder.path(), &identity(), never(), &self.options).unwrap();
        let (log, machine) = store.group(P0);
        (self.store, self.log, self.machine) = (Some(store), Some(log), Some(machine));
    }

    fn log(&mut self) -> &mut LogStore {
        self.log.as_mut().unwrap()
    }

    async fn act(&mut self) {
        match self.random.random_range(0..100) {
            0..50 => self.append().await,
            50..62 => self.truncate().await,
            62..74 => self.purge().await,
            74..84 => self.vote().await,
            84..92 => self.compare().await,
            92..96 => self.restart(),
            _ => self.crash(),
        }
    }

    /// Several appends at once; the last one is waited for half of the time.
    async fn append(&mut self) {
        for _ in 0..self.random.random_range(1..4) {
            let start = self.model.end();
            let count = self.random.random_range(1..15);
            let term = self.model.term;
            let entries: Vec<_> = (start..start + count).map(|i| blank(term, i)).collect();
            self.model.entries.extend((start..start + count).map(|index| id(term, index)));
            self.log().append(entries, IOFlushed::noop()).await.unwrap();
        }
        if self.random.random() {
            self.settle().await;
        }
    }

    /// Waits until all that was asked for is on disk.
    async fn settle(&mut self) {
        append(self.log(), []).await;
    }

    async fn truncate(&mut self) {
        let Some(first) = self.model.entries.first().map(|id| id.index) else { return };
        let keep = self.random.random_range(first..=self.model.end());
        let last = self.model.within(first..keep).last().copied().or(self.model.purged);
        self.model.entries.retain(|id| id.index < keep);
        self.model.term += 1;
        self.log().truncate_after(last).await.unwrap();
    }

    /// Sometimes past the end, as after a snapshot.
    async fn purge(&mut self) {
        let end = self.model.end() + u64::from(self.random.random_bool(0.2)) * 10;
        let start = self.model.purged.map_or(0, |id| id.index + 1);
        if start >= end {
            return;
        }
        let upto = self.random.random_range(start..end);
        let inside = self.model.within(upto..upto + 1).first().copied();
        let upto = inside.unwrap_or_else(|| id(self.model.term, upto));
        let item = Ok((blank(upto.leader_id.term, upto.index), None));
        let machine = self.machine.as_mut().unwrap();
        machine.apply(futures::stream::iter([item])).await.unwrap();
        self.model.entries.retain(|id| id.index > upto.index);
        self.model.purged = Some(upto);
        self.log().purge(upto).await.unwrap();
    }

    async fn vote(&mut self) {
        self.model.term += 1;
        let vote = VoteOf::<TypeConfig>::new(self.model.term, 2);
        self.log().save_vote(&vote).await.unwrap();
        self.model.vote = Some(vote);
    }

    async fn compare(&mut self) {
        let model = self.model.clone();
        let (one, other) =
            (self.random.random_range(0..=model.end()), self.random.random_range(0..=model.end()));
        let range = one.min(other)..one.max(other);
        assert_eq!(read(self.log(), range.clone()).await, model.within(range.clone()));
        assert_eq!(read(self.log(), 0..u64::MAX).await, model.entries);
        let state = self.log().get_log_state().await.unwrap();
        assert_eq!((state.last_purged_log_id, state.last_log_id), (model.purged, model.last()));
        let mut reader = self.log().get_log_reader().await;
        assert_eq!(reader.read_vote().await.unwrap(), model.vote);
        let some = reader.limited_get_log_entries(range.start, range.end).await.unwrap();
        let some: Vec<LogId> = some.iter().map(|entry| entry.log_id).collect();
        let all = model.within(range);
        assert_eq!(some, all[..some.len()]);
        assert_eq!(some.is_empty(), all.is_empty());
    }

    fn restart(&mut self) {
        (self.log, self.machine) = (None, None);
        self.store.take().unwrap().close().unwrap();
        self.open();
    }

    /// Goes on with what the disk had at a moment when everything was answered.
    fn crash(&mut self) {
        futures::executor::block_on(self.settle());
        let crashed = tempfile::tempdir().unwrap();
        copy(self.folder.path(), crashed.path());
        (self.log, self.machine, self.store) = (None, None, None);
        self.folder = crashed;
        self.open();
    }
}

#[test]
fn the_log_says_what_the_model_says() {
    for seed in 0..8 {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
        runtime.unwrap().block_on(async {
            let mut run = Run::new(seed);
            for _ in 0..120 {
                run.act().await;
            }
            run.compare().await;
            run.restart();
            run.compare().await;
        });
    }
}
