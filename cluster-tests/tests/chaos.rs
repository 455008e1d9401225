//! Leaders die while clients work, again and again; then everything is checked.

use std::time::Duration;

use cluster_tests::chaos::{Plan, run};
use cluster_tests::{Cluster, Settings};

/// Another number of kills than the usual one.
const KILLS: &str = "QUORATE_CHAOS_KILLS";
/// The seed of an earlier run.
const SEED: &str = "QUORATE_CHAOS_SEED";
/// Kills of a leader in a usual run.
const KILLS_USUAL: usize = 100;
/// Time that a usual run may take for these kills.
const FAULTS_MAX: Duration = Duration::from_secs(300);
/// Acknowledged operations per second below which a run has shown nothing.
const RATE_MIN_PER_S: f64 = 20.0;

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_done_twice_though_leaders_are_killed_a_hundred_times() {
    let kills = number(KILLS).unwrap_or(KILLS_USUAL);
    let longer = u32::try_from(kills / KILLS_USUAL).unwrap_or(1).max(1);
    let plan = Plan {
        seed: number(SEED).unwrap_or_else(|| rand::random::<u64>() % 1_000_000),
        kills,
        faults_max: FAULTS_MAX * longer,
        pinned_per_node: 2,
        roaming: 3,
        pause: Duration::from_millis(20),
        heal_max: Duration::from_secs(120),
    };
    println!("seed {}; run it again with {SEED}={}", plan.seed, plan.seed);
    let settings = Settings::quick(3).with("raft", "balance_ms", 1_000);
    let settings =
        settings.with("raft", "snapshot_entries", 2_000).with("raft", "keep_entries", 200);
    let cluster = Cluster::start_with(settings);
    let report = run(&cluster, &plan).await;
    println!(
        "{} kills of a leader in {:.0} s; {} instances; {:.0} operations/s acknowledged: {:?}; history {}",
        report.leader_kills,
        report.under_faults.as_secs_f64(),
        report.instances,
        report.rate_per_s(),
        report.acknowledged,
        report.history.display(),
    );
    assert!(
        report.violations.is_empty(),
        "{:#?}",
        &report.violations[..report.violations.len().min(20)]
    );
    assert!(report.leader_kills >= kills, "only {} kills of a leader", report.leader_kills);
    assert!(report.rate_per_s() >= RATE_MIN_PER_S, "too little was done to show anything");
    for op in [
        "start",
        "claim_task",
        "complete_task",
        "complete_job",
        "activate_jobs",
        "list_inbox",
        "get_instance",
    ] {
        assert!(report.acknowledged.get(op).copied().unwrap_or(0) > kills / 2, "too few {op}");
    }
}
