//! The door of a partition: admission before any mailbox, and the proof of leadership before any
//! answer that rests on a read. It decides nothing about instances.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::{Command, Key, Partition};
use ractor::{ActorRef, ActorRuntime};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::admission::{Admission, Class, Permit};
use crate::context::{Answered, Context, Outcome, Task, Work};
use crate::effect::offer;
use crate::encoding;
use crate::figures::{Counters, Figures};
use crate::options::Options;
use crate::ports::Ports;
use crate::request::{Answer, Ask, Failure, Install, MailAsk};
use crate::supervisor::{Opening, Supervisor, SupervisorMsg};
use crate::{deploy, failure, mailbox, start};

/// A partition's actors could not be started.
#[derive(Debug, thiserror::Error)]
#[error("start the actors of partition {partition}: {why}")]
pub struct SpawnError {
    partition: Partition,
    why: String,
}

/// One leadership of one partition. Cheap to clone; the actors end with [`PartitionHandle::stop`],
/// not with the last handle.
#[derive(Clone)]
pub struct PartitionHandle {
    inner: Arc<Inner>,
}

struct Inner {
    partition: Partition,
    admission: Arc<Admission>,
    counters: Arc<Counters>,
    supervisor: ActorRef<SupervisorMsg>,
    /// Set once the partition is open.
    ready: watch::Receiver<Option<Arc<Context>>>,
    ready_wait: Duration,
    stopped: AtomicBool,
    polls_max: usize,
}

impl PartitionHandle {
    /// Starts the actors of a partition that this node leads and returns at once. They pass a
    /// barrier before they read; requests that come meanwhile wait. Call it in a tokio runtime.
    ///
    /// # Errors
    /// If the supervisor can't be made.
    pub fn spawn(partition: Partition, ports: Ports, options: Options) -> Result<Self, SpawnError> {
        let (opened, ready) = watch::channel(None);
        let counters = Arc::new(Counters::default());
        let admission = Arc::new(Admission::new(
            options.inflight_requests_max,
            options.inflight_bytes_max,
            options.retry_after_ms,
        ));
        let ready_wait = Duration::from_millis(options.ready_wait_ms);
        let polls_max = options.polls_max;
        let opening = Opening { partition, ports, options, counters: counters.clone(), opened };
        // The join handle is not needed: the end shows in the actor's status.
        let (supervisor, _) = ActorRuntime::spawn_instant(None, Supervisor, opening)
            .map_err(|error| SpawnError { partition, why: error.to_string() })?;
        let inner = Inner {
            partition,
            admission,
            counters,
            supervisor,
            ready,
            ready_wait,
            stopped: AtomicBool::new(false),
            polls_max,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The partition.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.inner.partition
    }

    /// Asks the partition and waits for the answer. The request is carried out even if the
    /// returned future is dropped, except for [`Ask::ActivateJobs`], which then ends.
    ///
    /// # Errors
    /// See [`Failure`]; only after `Unavailable` is the outcome unknown.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, Failure> {
        let outcome = match ask {
            Ask::ActivateJobs { job_type, worker, lease_ms, jobs_max, wait_ms } => {
                let context = self.context().await?;
                let wish = offer::Wish { job_type, worker, lease_ms, jobs_max, wait_ms };
                let outcome = offer::poll(&context, wish).await;
                if matches!(outcome, Err(Failure::Overloaded { .. })) {
                    self.inner.admission.count_refusal();
                    return Err(self.inner.admission.overloaded());
                }
                outcome
            }
            other => {
                let permit = self.inner.admission.admit(class(&other), weight(&other))?;
                let context = self.context().await?;
                self.admitted(&context, other, permit).await
            }
        };
        self.proven(outcome).await
    }

    async fn admitted(&self, context: &Arc<Context>, ask: Ask, permit: Permit) -> Outcome {
        match ask {
            Ask::Start(start) => start::start(context, start, Some(permit)).await,
            Ask::Command { instance, command, request_id } => {
                self.command(context, instance, command, request_id, permit).await
            }
            Ask::Ahead { instance, tried } => {
                self.deliver(context, instance, Task::Ahead(tried), permit).await
            }
            Ask::Deploy { resources } => deploy::deploy(context, resources, permit).await,
            Ask::Install(install) => deploy::install(context, install, permit).await,
            Ask::Mail(ask) => mailbox::ask(context, ask, permit).await,
            Ask::CorrelateTo(asked) => mailbox::correlate_to(context, asked, permit).await,
            Ask::Directory(asked) => deploy::directory(context, asked, permit).await,
            Ask::ActivateJobs { .. } => unreachable!("requests for jobs are parked, not admitted"),
        }
    }

    async fn command(
        &self,
        context: &Arc<Context>,
        instance: Key,
        command: Command,
        request_id: Option<Uuid>,
        permit: Permit,
    ) -> Outcome {
        let instance = instance.instance();
        if let Some(what) = not_for_callers(&command) {
            return Err(Failure::Invalid { message: format!("{what} is not a caller's command") });
        }
        // A plan writes nothing, so no reply of it is kept, and none stands in the way of the deed.
        let request_id = request_id.filter(|_| !command.is_dry_run());
        let request = request_id.map(|id| (id, encoding::digest_of(&(instance, &command))));
        let task = Task::Command { command: Box::new(command), request };
        self.deliver(context, instance, task, permit).await
    }

    /// Has an instance do something, if it can be one of this partition.
    async fn deliver(
        &self,
        context: &Arc<Context>,
        instance: Key,
        task: Task,
        permit: Permit,
    ) -> Outcome {
        let partition = self.inner.partition;
        let instance = instance.instance();
        if instance.partition() != partition || instance.sequence() == 0 {
            let message = format!("{instance} is no key of an instance in partition {partition}");
            return Err(Failure::Invalid { message });
        }
        let (reply, answer) = oneshot::channel();
        context.deliver(instance, Work { task, reply, permit: Some(permit) });
        answer.await.unwrap_or_else(|_| Err(failure::lost()))
    }

    /// Waits until the partition is open.
    async fn context(&self) -> Result<Arc<Context>, Failure> {
        if self.inner.stopped.load(Ordering::Acquire) {
            return Err(Failure::NotLeader { leader: None });
        }
        let mut ready = self.inner.ready.clone();
        let open = ready.wait_for(Option::is_some);
        match tokio::time::timeout(self.inner.ready_wait, open).await {
            Ok(Ok(context)) => context.clone().ok_or(Failure::NotLeader { leader: None }),
            Ok(Err(_)) => Err(Failure::NotLeader { leader: None }),
            Err(_) => Err(Failure::Unavailable {
                message: "the partition is being opened by a new leader, nothing was done; try \
                          again"
                    .to_owned(),
            }),
        }
    }

    /// Gives an answer that rests on a read only if this node still leads, with the position that
    /// the barrier reached: a later read there sees what was answered.
    async fn proven(&self, outcome: Outcome) -> Result<Answer, Failure> {
        match outcome {
            Ok(Answered { position: Some(position), body }) => Ok(Answer { position, body }),
            Ok(Answered { position: None, body }) => {
                Ok(Answer { position: self.barrier().await?, body })
            }
            Err(failure) => {
                if failure::rests_on_state(&failure) {
                    self.barrier().await?;
                }
                Err(failure)
            }
        }
    }

    async fn barrier(&self) -> Result<u64, Failure> {
        let context = self.context().await?;
        context.ports.log.barrier().await.map_err(failure::not_proposed)
    }

    /// Ends all actors of the partition: this node does not lead it any more. Requests in flight
    /// are answered `Unavailable`, since their outcome is not known; later ones `NotLeader`.
    pub async fn stop(&self) {
        self.inner.stopped.store(true, Ordering::Release);
        // An error means that the supervisor has ended already.
        let _ended = self.inner.supervisor.kill_and_wait(None).await;
    }

    /// Waits until the actors have ended, be it by [`PartitionHandle::stop`] or by a fault.
    pub async fn closed(&self) {
        // Without a limit there is no timeout to report.
        let _waited = self.inner.supervisor.wait(None).await;
    }

    /// Counts for metrics.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let inner = &self.inner;
        let (requests, bytes, overloads) = inner.admission.figures();
        let parked =
            inner.ready.borrow().as_ref().map_or(0, |context| {
                inner.polls_max.saturating_sub(context.polls.available_permits())
            });
        let counters = &inner.counters;
        Figures {
            live_instances: counters.live_instances.get(),
            inflight_requests: requests as u64,
            inflight_bytes: bytes as u64,
            parked_polls: parked as u64,
            steps: counters.steps.get(),
            rejections: counters.rejections.get(),
            overloads,
            loads: counters.loads.get(),
            reloads: counters.reloads.get(),
            panics: counters.panics.get(),
            quarantined: counters.quarantined.get(),
            fired: counters.fired.get(),
            leases: counters.leases.get(),
        }
    }
}

fn class(ask: &Ask) -> Class {
    match ask {
        Ask::Start(_) | Ask::Deploy { .. } | Ask::Directory(_) | Ask::Mail(MailAsk::Publish(_)) => {
            Class::Begin
        }
        Ask::Command { .. }
        | Ask::Ahead { .. }
        | Ask::ActivateJobs { .. }
        | Ask::Install(_)
        | Ask::Mail(_)
        | Ask::CorrelateTo(_) => Class::Progress,
    }
}

/// Bytes a request holds while it is in flight, near enough.
fn weight(ask: &Ask) -> usize {
    match ask {
        Ask::Deploy { resources } => {
            resources.iter().map(|(name, xml)| name.len() + xml.len()).sum()
        }
        Ask::Install(Install::Definitions(deploy)) => {
            deploy.definitions.iter().map(|row| row.xml.len()).sum()
        }
        small => encoding::size_of(small),
    }
}

/// Commands that only the partition's own actors give. No caller can make one: what the APIs take
/// becomes commands in one place, which has none of these.
fn not_for_callers(command: &Command) -> Option<&'static str> {
    match command {
        Command::Start { .. } => Some("Start"),
        Command::ActivateJob { .. } => Some("ActivateJob"),
        Command::ReleaseJob { .. } => Some("ReleaseJob"),
        Command::FireTimer { .. } => Some("FireTimer"),
        Command::ParcelDelivered { .. } => Some("ParcelDelivered"),
        Command::ContinueLoop { .. } => Some("ContinueLoop"),
        // Other partitions' actors give these.
        Command::CatchMessage { .. }
        | Command::CatchSignal { .. }
        | Command::ChildNews { .. }
        | Command::Cancel
        | Command::Undo { .. } => None,
        Command::ClaimTask { .. }
        | Command::UnclaimTask { .. }
        | Command::CompleteTask { .. }
        | Command::CompleteJob { .. }
        | Command::FailJob { .. }
        | Command::ThrowError { .. }
        | Command::ThrowEscalation { .. }
        | Command::SetVariables { .. }
        | Command::ActivateAdHoc { .. }
        | Command::CompleteAdHoc { .. }
        | Command::Work { .. }
        | Command::Govern { .. }
        | Command::ResolveIncident { .. } => None,
    }
}
