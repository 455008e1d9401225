//! Three members in one process: commits, restarts, catching up by log and by snapshot.

mod common;

use engine::{Applied, Partition, Record};
use openraft::Raft as OpenRaft;
use openraft::async_runtime::WatchReceiver;
use raft_store::testing::Cluster;
use raft_store::{
    Counts, NodeId, Options, Payload, Raft, RaftOptions, StateMachine, TypeConfig, raft_config,
};

use common::{P0, done, start};

const P1: Partition = Partition(1);

async fn cluster(folder: &std::path::Path, size: u64, snapshot_every: u64) -> Cluster {
    let options = RaftOptions {
        snapshot_log_entries_max: snapshot_every,
        log_entries_kept: 5,
        ..RaftOptions::default()
    };
    let config = raft_config(&options).expect("valid");
    Cluster::start(folder, size, 2, config, Options::default()).await
}

async fn write(raft: &OpenRaft<TypeConfig, StateMachine>, sequence: u64) {
    let record = Record::Batch(start(sequence, None, &["bob"], sequence));
    let answer = raft.client_write(Payload::of(&record)).await.expect("committed");
    assert_eq!(answer.data, done(3));
}

async fn everybody_has(cluster: &Cluster, running: u64) {
    let wait = std::time::Duration::from_secs(30);
    for member in cluster.members.values() {
        let reader = member.store.reader(P0);
        let reached = tokio::time::timeout(wait, async {
            while reader.counts() != Ok(Counts { running, tasks: running, ..Counts::default() }) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
        let id = member.id;
        assert!(reached.await.is_ok(), "member {id} has {:?}", reader.counts());
    }
}

fn number(raft: &Raft) -> NodeId {
    *raft.node_id()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_outlives_any_one_member() {
    let folder = tempfile::tempdir().unwrap();
    let mut cluster = cluster(folder.path(), 3, 1_000_000).await;
    let leader = cluster.leader(P0).await;
    for sequence in 1..=50 {
        write(&leader, sequence).await;
    }
    let first = number(&leader);
    drop(leader);
    cluster.stop_member(first).await;
    let leader = cluster.leader(P0).await;
    assert_ne!(number(&leader), first);
    for sequence in 51..=100 {
        write(&leader, sequence).await;
    }
    drop(leader);
    cluster.start_member(first).await;
    everybody_has(&cluster, 100).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_was_away_too_long_gets_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let mut cluster = cluster(folder.path(), 3, 50).await;
    let leader = cluster.leader(P0).await;
    write(&leader, 1).await;
    let away = (1..=3).find(|id| *id != number(&leader)).expect("there are three");
    cluster.stop_member(away).await;
    for sequence in 2..=300 {
        write(&leader, sequence).await;
    }
    let purged = tokio::time::timeout(std::time::Duration::from_secs(30), async {
        while leader.metrics().borrow_watched().purged.is_none_or(|purged| purged.index < 100) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    purged.await.expect("the log is purged");
    cluster.start_member(away).await;
    everybody_has(&cluster, 300).await;
    let metrics = cluster.raft(away, P0).metrics().borrow_watched().clone();
    assert!(metrics.snapshot.is_some(), "it came by snapshot: {metrics}");
    // It is a full member again, also after another restart.
    write(&leader, 301).await;
    drop(leader);
    cluster.stop_member(away).await;
    cluster.start_member(away).await;
    everybody_has(&cluster, 301).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_leader_commits_nothing_and_follows_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = cluster(folder.path(), 3, 1_000_000).await;
    let old = cluster.leader(P0).await;
    for sequence in 1..=5 {
        write(&old, sequence).await;
    }
    let cut = number(&old);
    cluster.network.cut(cut, true);
    let lost = Payload::of(&Record::Batch(start(900, None, &["zoe"], 1)));
    let pending = tokio::spawn(async move { old.client_write(lost).await });
    let new = cluster.leader(P0).await;
    assert_ne!(number(&new), cut);
    for sequence in 6..=9 {
        write(&new, sequence).await;
    }
    cluster.network.cut(cut, false);
    assert!(pending.await.unwrap().is_err(), "never on a majority");
    everybody_has(&cluster, 9).await;
    drop(new);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_node_answers_and_comes_back_with_everything() {
    let folder = tempfile::tempdir().unwrap();
    let mut cluster = cluster(folder.path(), 1, 40).await;
    for round in 0..3_u64 {
        let leader = cluster.leader(P0).await;
        for sequence in 1..=30 {
            write(&leader, round * 30 + sequence).await;
        }
        let other = cluster.leader(P1).await;
        let stale = Record::Batch(common::step(1, 5, vec![common::claimed("bob")], 1));
        let answer = other.client_write(Payload::of(&stale)).await.unwrap();
        assert_eq!(answer.data, Applied::Stale { revision: 0 });
        drop((leader, other));
        cluster.stop_member(1).await;
        cluster.start_member(1).await;
    }
    cluster.leader(P0).await;
    everybody_has(&cluster, 90).await;
    cluster.stop().await;
}
