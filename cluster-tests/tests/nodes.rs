//! Nodes in trouble: not ready, configured wrongly, with another one's folder, with a full disk.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cluster_tests::models::two_steps;
use cluster_tests::{Cluster, Server, Settings, rest};
use quorate_client::{ErrorKind, InstanceFilter, Options, Page};
use serde_json::json;
use support::*;

/// Exit codes that the operators' guide promises.
const EXIT_UNAVAILABLE: i32 = 69;
const EXIT_FATAL: i32 = 70;
const EXIT_DATA: i32 = 73;
const EXIT_CONFIG: i32 = 78;
/// How long a node that can't go on may take to say so.
const END_MAX: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_a_majority_says_that_it_is_not_ready() {
    let cluster = Cluster::prepare(Settings::quick(3));
    cluster.spawn(1);
    cluster_tests::eventually("the node is live", async || {
        rest::get(&format!("{}/health/live", cluster.admin(1)))
            .ok()
            .filter(|answer| answer.status == 200)
    })
    .await;
    assert_eq!(rest::get(&format!("{}/health/ready", cluster.admin(1))).unwrap().status, 503);
    let options = Options { call_timeout: Duration::from_secs(3), ..Options::default() };
    let client = cluster.client_with(&[1], options).await;
    let refused = client.start(start_of("any", "k")).await.unwrap_err();
    assert_eq!((refused.kind, refused.retryable), (ErrorKind::Unavailable, true), "{refused}");
    let body = json!({ "definition_key": "any" });
    let answer = rest::post(&format!("{}/v1/instances", cluster.rest(1)), &body).unwrap();
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(
        matches!(
            answer.json["code"].as_str(),
            Some("NODE_NOT_READY" | "UNAVAILABLE" | "NOT_LEADER")
        ),
        "{}",
        answer.text
    );
    cluster.spawn(2);
    cluster.spawn(3);
    cluster.wait_ready();
    // A cluster that is founded does with two of three, and not with one.
    cluster.kill(2);
    deploy(&cluster.client().await, &two_steps("majority")).await;
    assert!(start(&cluster.client().await, "majority").await.created);
    cluster.kill(3);
    cluster_tests::eventually("the node that is left says so", async || {
        (!cluster.is_ready(1)).then_some(())
    })
    .await;
    let refused = client.start(start_of("majority", "k")).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Unavailable, "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_of_a_node_ends_and_harms_nobody() {
    let cluster = Cluster::start(3);
    let client = cluster.client().await;
    deploy(&client, &two_steps("twice")).await;
    // The same configuration: the same ports and the same folder.
    let status = cluster.second_process(1).wait_end(END_MAX);
    assert!(matches!(status.code(), Some(EXIT_UNAVAILABLE | EXIT_DATA)), "{status}");
    // The same folder on other ports.
    let other = Cluster::prepare(Settings::quick(3));
    let text = std::fs::read_to_string(cluster.config(1)).unwrap();
    let ports = std::fs::read_to_string(other.config(1)).unwrap();
    let (own, foreign) = (text.find("[listen]").unwrap(), ports.find("[listen]").unwrap());
    std::fs::write(other.config(1), format!("{}{}", &text[..own], &ports[foreign..])).unwrap();
    let status = other.second_process(1).wait_end(END_MAX);
    assert_eq!(status.code(), Some(EXIT_DATA), "{}", other.printed(1));
    assert!(other.printed(1).contains("DATA_FOLDER_IN_USE"), "{}", other.printed(1));
    // The same number with a folder of its own.
    let own_folder =
        text.replace(&cluster.data(1).display().to_string(), &other.data(1).display().to_string());
    std::fs::write(
        other.config(1),
        format!("{}{}", &own_folder[..own_folder.find("[listen]").unwrap()], &ports[foreign..]),
    )
    .unwrap();
    let mut twin = other.second_process(1);
    let status = twin.wait_end(END_MAX);
    assert_eq!(status.code(), Some(EXIT_UNAVAILABLE), "{}", other.printed(1));
    assert!(start(&client, "twice").await.created);
    for node in cluster.ids() {
        assert!(cluster.is_ready(node), "node {node} goes on");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_of_another_cluster_node_or_shape_is_refused() {
    let cluster = Cluster::start_with(Settings::quick(1));
    let client = cluster.client().await;
    deploy(&client, &two_steps("folder")).await;
    cluster.stop(1);
    let good = std::fs::read_to_string(cluster.config(1)).unwrap();
    let cases = [
        ("id = \"test-", "id = \"other-", "DATA_FOLDER_OF_ANOTHER_CLUSTER", EXIT_DATA),
        ("id = 1", "id = 2", "DATA_FOLDER_OF_ANOTHER_NODE", EXIT_DATA),
        ("partitions = 2", "partitions = 3", "DATA_FOLDER_OF_OTHER_PARTITIONS", EXIT_DATA),
        ("partitions = 2", "partitions = 0", "CONFIG_PARTITIONS", EXIT_CONFIG),
        ("partitions = 2", "partition = 2", "CONFIG_UNKNOWN_KEY", EXIT_CONFIG),
    ];
    for (from, to, expected, exit) in cases {
        std::fs::write(cluster.config(1), good.replace(from, to)).unwrap();
        std::fs::write(cluster.log(1), "").unwrap();
        let status = cluster.second_process(1).wait_end(END_MAX);
        assert_eq!(status.code(), Some(exit), "{expected}: {}", cluster.printed(1));
        assert!(cluster.printed(1).contains(expected), "{expected}: {}", cluster.printed(1));
    }
    std::fs::write(cluster.config(1), good).unwrap();
    cluster.spawn(1);
    cluster.wait_ready();
    assert!(start(&client, "folder").await.created, "nothing in the folder was touched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_are_refused_while_the_disk_is_nearly_full_and_reads_go_on() {
    let cluster = Cluster::start(1);
    let client = cluster.client().await;
    deploy(&client, &two_steps("space")).await;
    let started = start(&client, "space").await;
    cluster.stop(1);
    let good = std::fs::read_to_string(cluster.config(1)).unwrap();
    let limit = format!("{good}\n[limits]\ndisk_free_bytes_min = {}\n", 1_u64 << 60);
    std::fs::write(cluster.config(1), limit).unwrap();
    cluster.spawn(1);
    let task = at(standing(&started), "first");
    let read = client.get_instance(instance(&started)).await.expect("reads go on");
    assert_eq!(read.standing, *standing(&started));
    let quick = Options { call_timeout: Duration::from_secs(3), ..Options::default() };
    let impatient = cluster.client_with(&[1], quick).await;
    let refused = complete(&impatient, task, staff("ann"), "approve").await.unwrap_err();
    assert_eq!((refused.kind, refused.retryable), (ErrorKind::Unavailable, true), "{refused}");
    assert_eq!(
        client.get_instance(instance(&started)).await.unwrap().standing,
        *standing(&started)
    );
    cluster.stop(1);
    std::fs::write(cluster.config(1), good).unwrap();
    cluster.spawn(1);
    cluster.wait_ready();
    complete(&client, task, staff("ann"), "approve").await.unwrap();
}

/// A small disk: a tmpfs where that can be mounted, else a limit on the size of files.
struct SmallDisk {
    mounted: Option<PathBuf>,
}

/// Size of the small disk.
const SMALL_MIB: u64 = 48;
/// Size after space was added.
const LARGE_MIB: u64 = 512;

impl SmallDisk {
    fn under(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let size = format!("size={SMALL_MIB}m");
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output();
        let is_mounted = mount.is_ok_and(|output| output.status.success());
        if !is_mounted {
            eprintln!("no tmpfs can be mounted here; the size of files is limited instead");
        }
        Self { mounted: is_mounted.then(|| folder.to_owned()) }
    }

    /// Starts the node on the disk while it is small.
    fn spawn(&self, cluster: &Cluster) -> Server {
        if self.mounted.is_some() {
            return cluster.second_process(1);
        }
        let blocks = SMALL_MIB * 2_048;
        Server::spawn_limited(
            &cluster.config(1),
            blocks,
            &cluster.log(1),
            &cluster.folder().join("pids"),
        )
    }

    /// Adds space.
    fn grow(&self) {
        let Some(folder) = &self.mounted else { return };
        let size = format!("remount,size={LARGE_MIB}m");
        let grown = Command::new("mount").args(["-o", &size]).arg(folder).status().unwrap();
        assert!(grown.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Some(folder) = &self.mounted {
            // A lazy unmount works while the last process still ends.
            let _status = Command::new("umount").arg("-l").arg(folder).status();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_the_node_and_nothing_acknowledged_is_lost() {
    let cluster = Cluster::prepare(Settings::quick(1).with("limits", "disk_free_bytes_min", 0));
    let disk = SmallDisk::under(&cluster.data(1));
    let mut server = disk.spawn(&cluster);
    cluster.wait_node_ready(1);
    let options = Options { call_timeout: Duration::from_secs(4), ..Options::default() };
    let client = cluster.client_with(&[1], options).await;
    deploy(&client, &two_steps("full")).await;
    let mut acknowledged = Vec::new();
    for number in 0..2_000 {
        let mut request = start_of("full", &format!("n{number}"));
        request.variables = variables(json!({ "text": "x".repeat(200_000), "number": number }));
        match client.start(request).await {
            Ok(reply) => acknowledged.push((number, instance(&reply))),
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
                break;
            }
        }
    }
    let status = server.wait_end(END_MAX);
    assert_eq!(status.code(), Some(EXIT_FATAL), "{}", cluster.printed(1));
    assert!(acknowledged.len() > 20, "the disk was not empty before: {}", acknowledged.len());
    disk.grow();
    cluster.spawn(1);
    cluster.wait_ready();
    let client = cluster.client().await;
    for (number, key) in &acknowledged {
        let found = client
            .get_instance(*key)
            .await
            .unwrap_or_else(|error| panic!("{number} is lost: {error}"));
        assert_eq!(found.variables["number"], json!(number));
    }
    let filter = InstanceFilter { definition: Some("full".into()), ..InstanceFilter::default() };
    let listed = client
        .list_instances(filter, Page { size: 1_000, cursor: None })
        .await
        .unwrap()
        .instances
        .len();
    assert!(
        (acknowledged.len()..=acknowledged.len() + 1).contains(&listed),
        "at most the one that was not answered"
    );
    assert!(start(&client, "full").await.created);
    cluster.kill(1);
    drop(disk);
}
