//! Requests for jobs: over all partitions, fairly, and never more jobs than were asked for.
//!
//! First every partition is asked for what it has now. If none has anything, the request waits
//! until one says that it has; waiting leases nothing, so nothing is leased for nobody.

use std::time::Duration;

use actors::request::{Answer, AnswerBody, Ask, Failure, LeasedJob};
use bytes::Bytes;
use engine::Partition;
use futures::stream::{FuturesUnordered, StreamExt};
use openraft::async_runtime::WatchReceiver;
use tokio::time::Instant;

use super::Router;
use crate::codec;
use crate::peer::Kind;
use crate::raft::Group;

/// Longest wait of one call to another node for a job to turn up.
const WAIT_SLICE: Duration = Duration::from_secs(5);
/// Pause between two looks at a partition's offers.
const LOOK_PAUSE: Duration = Duration::from_millis(5);
/// Pause after a job that was offered could not be leased, and how often it is doubled at most.
const MISS_PAUSE: Duration = Duration::from_millis(10);
const MISSES_MAX: u32 = 16;
/// Longest wait for one partition's leader, so that it does not hold back the others.
const LEADER_WAIT: Duration = Duration::from_secs(2);
/// Pause before a partition that could not be asked is asked again.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// Jobs leased so far, and where.
#[derive(Default)]
struct Leased {
    jobs: Vec<LeasedJob>,
    at: Option<(Partition, u64)>,
}

impl Router {
    pub(super) async fn activate_jobs(&self, ask: Ask) -> Result<(Partition, Answer), Failure> {
        let Ask::ActivateJobs { job_type, worker, lease_ms, jobs_max, wait_ms } = ask else {
            return Err(Failure::Invalid { message: "not a request for jobs".into() });
        };
        let wait_ms = wait_ms.min(self.config.limits.poll_wait_ms_max);
        let until = Instant::now() + Duration::from_millis(wait_ms);
        let mut order = self.order();
        let mut leased = Leased::default();
        let mut failure = None;
        let (mut waited, mut misses) = (false, 1);
        loop {
            let mut asked = 0;
            for partition in order.drain(..) {
                if self.has_nothing(partition, &job_type) {
                    asked += 1;
                    continue;
                }
                let left =
                    jobs_max.saturating_sub(u32::try_from(leased.jobs.len()).unwrap_or(u32::MAX));
                if left == 0 {
                    break;
                }
                let ask = Ask::ActivateJobs {
                    job_type: job_type.clone(),
                    worker: worker.clone(),
                    lease_ms,
                    jobs_max: left,
                    wait_ms: 0,
                };
                match self.ask_until(partition, &ask, Instant::now() + LEADER_WAIT).await {
                    Ok(answer) => {
                        asked += 1;
                        leased.take(partition, answer);
                    }
                    // A partition without a leader must not hold back the jobs of the others.
                    Err(error) => failure = Some(error),
                }
            }
            if !leased.jobs.is_empty() || Instant::now() >= until || self.draining.is_cancelled() {
                return match failure {
                    Some(failure) if leased.jobs.is_empty() && asked == 0 => Err(failure),
                    _ => Ok(leased.into_answer()),
                };
            }
            // Jobs that are offered and can't be leased, as while another worker leases them, must
            // not be asked for in a circle.
            if asked > 0 && waited {
                tokio::time::sleep(MISS_PAUSE * misses).await;
                misses = (misses * 2).min(MISSES_MAX);
            }
            waited = true;
            order.extend(self.await_offer(&job_type, until).await);
            failure = None;
        }
    }

    /// True if this node leads the partition and sees no such job in it: asking would be in vain.
    fn has_nothing(&self, partition: Partition, job_type: &str) -> bool {
        let Some(group) = self.groups.get(usize::from(partition.0)) else { return true };
        group.actors().is_some()
            && group.reader.offered_jobs(job_type, None, 1).is_ok_and(|page| page.keys.is_empty())
    }

    /// Partitions in the order in which they are asked: those led here first, each in turn.
    fn order(&self) -> Vec<Partition> {
        let turn = self.turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let count = self.groups.len();
        let rotated = (0..count).map(|step| &self.groups[(turn + step) % count]);
        let (here, there): (Vec<_>, Vec<_>) = rotated.partition(|group| group.actors().is_some());
        here.into_iter().chain(there).map(|group| group.partition).collect()
    }

    /// Waits until a partition offers a job, and names it; none if the time is up.
    async fn await_offer(&self, job_type: &str, until: Instant) -> Option<Partition> {
        let mut waits: FuturesUnordered<_> =
            self.groups.iter().map(|group| self.await_offer_of(group, job_type, until)).collect();
        tokio::select! {
            offer = waits.next() => offer.flatten(),
            () = self.draining.cancelled() => None,
            () = tokio::time::sleep_until(until) => None,
        }
    }

    async fn await_offer_of(
        &self,
        group: &Group,
        job_type: &str,
        until: Instant,
    ) -> Option<Partition> {
        loop {
            let slice = (Instant::now() + WAIT_SLICE).min(until);
            let is_offered = match group.leader() {
                Some(node) if node == self.config.node.id => {
                    offered_here(group, job_type, slice).await
                }
                Some(node) => {
                    let left = slice.saturating_duration_since(Instant::now());
                    let call = self.forward::<()>(
                        node,
                        Kind::AwaitJob,
                        group.partition,
                        codec::encode(job_type),
                        left + Duration::from_millis(500),
                    );
                    match call.await {
                        Ok(answer) => codec::decode(&answer).unwrap_or(false),
                        Err(_) => {
                            tokio::time::sleep(RETRY_PAUSE).await;
                            false
                        }
                    }
                }
                None => {
                    tokio::time::sleep(RETRY_PAUSE).await;
                    false
                }
            };
            if is_offered {
                return Some(group.partition);
            }
            if Instant::now() >= until {
                // The clock of the request ends the wait, not this partition.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Serves [`Kind::AwaitJob`].
    pub(super) async fn serve_await_job(
        &self,
        group: &Group,
        payload: &[u8],
        timeout: Duration,
    ) -> Result<Bytes, String> {
        let job_type: String = codec::decode(payload)?;
        let until = Instant::now() + timeout.min(WAIT_SLICE);
        let is_offered = tokio::select! {
            is_offered = offered_here(group, &job_type, until) => is_offered,
            () = self.draining.cancelled() => false,
        };
        Ok(codec::encode(&is_offered))
    }
}

/// Waits until this node's state has a job to offer. A hint: the lease decides.
async fn offered_here(group: &Group, job_type: &str, until: Instant) -> bool {
    let mut metrics = group.raft.data_metrics();
    loop {
        drop(metrics.borrow_and_update());
        let page = group.reader.offered_jobs(job_type, None, 1);
        if page.is_ok_and(|page| !page.keys.is_empty()) {
            return true;
        }
        if !matches!(tokio::time::timeout_at(until, metrics.changed()).await, Ok(Ok(()))) {
            return false;
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
}

impl Leased {
    fn take(&mut self, partition: Partition, answer: Answer) {
        if let AnswerBody::Jobs(jobs) = answer.body {
            if self.at.is_none() || !jobs.is_empty() {
                self.at = Some((partition, answer.position));
            }
            self.jobs.extend(jobs);
        }
    }

    fn into_answer(self) -> (Partition, Answer) {
        let (partition, position) = self.at.unwrap_or_default();
        (partition, Answer { position, body: AnswerBody::Jobs(self.jobs) })
    }
}
