//! Repeats, refusals and the change of endpoints, against servers that answer from a script.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Script, Turn, hangs_up, nobody, refusal, serve};
use quorate_client::{Client, ErrorKind, JobFailure, Options, Variables};
use tonic::{Code, Status};
use uuid::Uuid;

async fn client(addresses: Vec<String>) -> Client {
    let options = Options {
        call_timeout: Duration::from_secs(20),
        attempt_timeout: Duration::from_millis(500),
        connect_timeout: Duration::from_secs(2),
    };
    Client::connect(addresses, options).await.unwrap()
}

fn ids(script: &Script) -> Vec<Uuid> {
    script.request_ids.lock().unwrap().iter().map(|id| id.parse().unwrap()).collect()
}

#[tokio::test]
async fn a_repeat_keeps_its_request_id() {
    let open = [
        refusal(Code::Unavailable, "UNAVAILABLE"),
        refusal(Code::ResourceExhausted, "OVERLOADED"),
        Status::deadline_exceeded("late"),
        Status::internal("from a proxy"),
        Status::cancelled("from a proxy"),
    ];
    let (address, script) = serve(open.into_iter().map(Turn::Refuse).collect(), vec![]).await;
    let client = client(vec![address]).await;
    assert!(client.resolve_incident(1, &Variables::new()).await.unwrap().created);
    let first = ids(&script);
    assert_eq!(first.len(), 6);
    assert!(first.iter().all(|id| *id == first[0]));
    assert_eq!(first[0].get_version_num(), 7);
    client.resolve_incident(1, &Variables::new()).await.unwrap();
    assert_ne!(ids(&script)[6], first[0], "another call has another id");
}

#[tokio::test]
async fn a_refusal_is_final() {
    let definite = [
        refusal(Code::FailedPrecondition, "INCIDENT_NOT_OPEN"),
        refusal(Code::Internal, "INSTANCE_QUARANTINED"),
        Status::invalid_argument("no"),
        Status::unimplemented("no"),
    ];
    for status in definite {
        let (address, script) = serve(vec![Turn::Refuse(status.clone())], vec![]).await;
        let error =
            client(vec![address]).await.resolve_incident(1, &Variables::new()).await.unwrap_err();
        let seen = ids(&script);
        assert_eq!(seen.len(), 1, "{status:?}");
        assert_eq!(error.request_id, Some(seen[0]));
        if let Some(detail) = proto::detail_of(&status) {
            assert_eq!(error.code, detail.code);
            assert_eq!(error.standing.unwrap().instance_key, 42);
        }
    }
}

#[tokio::test]
async fn the_next_endpoint_is_asked_and_then_preferred() {
    let down = Turn::Refuse(refusal(Code::Unavailable, "NODE_NOT_READY"));
    let (weak, weak_script) = serve(vec![down], vec![]).await;
    let (strong, strong_script) = serve(vec![], vec![]).await;
    let client = client(vec![nobody().await, hangs_up().await, weak, strong]).await;
    for _ in 0..3 {
        client.resolve_incident(1, &Variables::new()).await.unwrap();
    }
    assert_eq!(ids(&weak_script).len(), 1);
    assert_eq!(ids(&strong_script).len(), 3);
    assert_eq!(ids(&weak_script)[0], ids(&strong_script)[0], "the same call, the same id");
}

#[tokio::test]
async fn a_node_that_hangs_costs_one_attempt() {
    let (stuck, stuck_script) = serve(vec![Turn::Hang], vec![]).await;
    let (good, good_script) = serve(vec![], vec![]).await;
    client(vec![stuck, good]).await.resolve_incident(1, &Variables::new()).await.unwrap();
    assert_eq!(ids(&stuck_script), ids(&good_script));
}

#[tokio::test]
async fn the_call_timeout_ends_the_repeats() {
    let options = Options { call_timeout: Duration::from_millis(300), ..Options::default() };
    let client = Client::connect(vec![nobody().await], options).await.unwrap();
    let begin = Instant::now();
    let error = client.resolve_incident(1, &Variables::new()).await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert_eq!(error.code, "UNAVAILABLE");
    assert!(error.retryable && error.message.contains("gave up"), "{error}");
}

#[tokio::test]
async fn addresses_are_checked() {
    for addresses in
        [vec![], vec!["https://a:1".to_owned()], vec!["http://".to_owned()], vec!["a b".to_owned()]]
    {
        let error = Client::connect(addresses.clone(), Options::default()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{addresses:?}");
    }
    assert!(Client::connect(vec!["127.0.0.1:7400".to_owned()], Options::default()).await.is_ok());
}

fn job(key: i64) -> proto::v1::Job {
    let variables_json = format!("{{\"n\":{key}}}");
    proto::v1::Job { key, attempt: key as u32 + 10, variables_json, ..proto::v1::Job::default() }
}

#[tokio::test]
async fn a_worker_reports_every_job_with_its_attempt() {
    let (address, script) = serve(vec![], (1..=9).map(job).collect()).await;
    let at_once = Arc::new(AtomicUsize::new(0));
    let at_once_max = Arc::new(AtomicUsize::new(0));
    let (now, most) = (Arc::clone(&at_once), Arc::clone(&at_once_max));
    let handler = move |job: quorate_client::Job| {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            match job.detail.key {
                3 => Err(JobFailure::new("no stock")),
                4 => panic!("a bug of the handler"),
                _ => Ok(job.variables),
            }
        }
    };
    let all_reported = {
        let script = Arc::clone(&script);
        async move {
            while script.reported.lock().unwrap().len() < 9 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    let worker =
        client(vec![address]).await.worker("pack").parallel(3).wait(Duration::from_millis(50));
    tokio::time::timeout(Duration::from_secs(20), worker.run_until(all_reported, handler))
        .await
        .unwrap()
        .unwrap();
    let mut reported = script.reported.lock().unwrap().clone();
    reported.sort();
    let expected = (1..=9i64).map(|key| {
        let outcome = match key {
            3 => "failed: no stock".to_owned(),
            4 => "failed: the handler panicked".to_owned(),
            _ => format!("{{\"n\":{key}}}"),
        };
        (key, Some(key as u32 + 10), outcome)
    });
    assert_eq!(reported, expected.collect::<Vec<_>>());
    assert!(at_once_max.load(Ordering::SeqCst) <= 3);
    assert_eq!(*script.jobs_asked_max.lock().unwrap(), 3);
}
