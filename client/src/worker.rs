//! A worker: leases jobs of one type, hands them to a handler and reports what came of them.
//!
//! Never holds more jobs than it may work on at once, so that no lease runs out in a queue.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::types::{Activate, Job, JobFailure};
use crate::variables::Variables;

/// Wait after a lease request that got no answer at all.
const PAUSE: Duration = Duration::from_secs(1);
/// Most jobs one request may lease.
const LEASED_MAX: usize = 1000;

/// A worker for jobs of one type. Made by [`Client::worker`].
///
/// The handler may see a job again after its lease ran out or an answer was lost: hand
/// `idempotency_key` to the system you call, so that it acts once.
///
/// ```no_run
/// # async fn run(client: quorate_client::Client) -> Result<(), quorate_client::Error> {
/// use quorate_client::{JobFailure, Variables};
///
/// let worker = client.worker("check-receipts").name("receipts-1").parallel(8);
/// worker
///     .run(|job| async move {
///         let Some(amount) = job.variables.get("amount").and_then(|value| value.as_f64()) else {
///             return Err(JobFailure::new("the expense has no amount"));
///         };
///         let mut result = Variables::new();
///         result.insert("receipts_ok".into(), (amount < 5000.0).into());
///         Ok(result)
///     })
///     .await
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Worker {
    client: Client,
    job_type: String,
    name: String,
    lease: Duration,
    wait: Duration,
    parallel: usize,
}

impl Worker {
    pub(crate) fn new(client: Client, job_type: String) -> Self {
        Self {
            client,
            job_type,
            name: format!("worker-{}", std::process::id()),
            lease: Duration::from_secs(30),
            wait: Duration::from_secs(10),
            parallel: 16,
        }
    }

    /// Name of the worker, for display.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// How long a handler may take before the job is offered to others; 30 s by default.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// How long one request waits for work, at most 60 s; 10 s by default.
    #[must_use]
    pub fn wait(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Most jobs worked on at once, 1 to 1000; 16 by default.
    #[must_use]
    pub fn parallel(self, jobs_max: usize) -> Self {
        Self { parallel: jobs_max.clamp(1, LEASED_MAX), ..self }
    }

    /// Works until the server refuses to lease. Lost nodes and missing leaders are waited out.
    ///
    /// # Errors
    /// The refusal.
    pub async fn run<H, F>(self, handler: H) -> Result<(), Error>
    where
        H: Fn(Job) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Variables, JobFailure>> + Send + 'static,
    {
        self.run_until(std::future::pending(), handler).await
    }

    /// Works until `stop` is ready, then finishes the jobs it has.
    ///
    /// # Errors
    /// As [`Worker::run`].
    pub async fn run_until<S, H, F>(self, stop: S, handler: H) -> Result<(), Error>
    where
        S: Future<Output = ()>,
        H: Fn(Job) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Variables, JobFailure>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let mut running = JoinSet::new();
        let result = tokio::select! {
            () = stop => Ok(()),
            refusal = self.lease_and_spawn(&handler, &mut running) => Err(refusal),
        };
        while running.join_next().await.is_some() {}
        result
    }

    /// Leases as many jobs as there is room for, for ever; gives the error that ends it.
    async fn lease_and_spawn<H, F>(&self, handler: &Arc<H>, running: &mut JoinSet<()>) -> Error
    where
        H: Fn(Job) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Variables, JobFailure>> + Send + 'static,
    {
        let room = Arc::new(Semaphore::new(self.parallel));
        loop {
            let first = room.clone().acquire_owned().await.expect("the semaphore is never closed");
            while running.try_join_next().is_some() {}
            // One permit is in hand; the others that are free can be used by this request too.
            let jobs_max = room.available_permits() + 1;
            let activate = Activate {
                job_type: self.job_type.clone(),
                worker: self.name.clone(),
                lease: self.lease,
                jobs_max: u32::try_from(jobs_max).unwrap_or(u32::MAX),
                wait: self.wait,
            };
            let jobs = match self.client.activate_jobs(&activate).await {
                Ok(jobs) => jobs,
                Err(error) if error.kind == ErrorKind::Unavailable => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Err(error) => return error,
            };
            drop(first);
            for job in jobs {
                let permit =
                    room.clone().acquire_owned().await.expect("the semaphore is never closed");
                let (client, handler) = (self.client.clone(), Arc::clone(handler));
                running.spawn(async move {
                    work(&client, job, handler.as_ref()).await;
                    drop(permit);
                });
            }
        }
    }
}

/// Does one job. What can't be reported is dropped: the lease runs out and the job is offered
/// again, or a later attempt has it already.
async fn work<H, F>(client: &Client, job: Job, handler: &H)
where
    H: Fn(Job) -> F,
    F: Future<Output = Result<Variables, JobFailure>> + Send + 'static,
{
    let (key, attempt) = (job.detail.key, Some(job.detail.attempt));
    // On its own task, so that a panic of the handler is a failure of this job alone.
    let outcome = match tokio::spawn(handler(job)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(JobFailure::new("the handler panicked")),
    };
    let _reported = match outcome {
        Ok(variables) => client.complete_job(key, attempt, &variables).await,
        Err(failure) => client.fail_job(key, attempt, failure).await,
    };
}
