//! Leases of jobs: parks the requests of workers and gives them jobs of their type as they come.
//!
//! Owns the parked requests and nothing durable. A parked request whose caller has gone is dropped
//! and gets no job. If the caller goes in the moment in which its lease is being written, the
//! lease stays and ends by itself, as it does for a worker that dies.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use engine::Key;
use futures::FutureExt;
use futures::future::join_all;
use ractor::{Actor, ActorProcessingErr, ActorRef, MessagingErr};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::context::{Answered, Context, Outcome, Task, Work};
use crate::request::{AnswerBody, Failure, LeasedJob};
use crate::{encoding, failure};

/// Numbers of parked requests, so that one can be taken back. Never shown to anybody.
static POLLS: AtomicU64 = AtomicU64::new(0);

pub(crate) enum OfferMsg {
    /// Jobs of a type can be leased. A hint.
    Offered { job_type: Arc<str> },
    /// A worker asks.
    Park { job_type: Arc<str>, poll: Box<Poll> },
    /// The caller of a parked request has gone.
    Gone { job_type: Arc<str>, id: u64 },
    /// A parked request has waited long enough.
    Expire { job_type: Arc<str>, id: u64 },
    /// A scan is over; these requests have no job yet. `cursor` says where it stopped early.
    Scanned { job_type: Arc<str>, left: VecDeque<Box<Poll>>, cursor: Option<Key> },
    /// Time to look without a hint.
    Tick,
}

/// What a worker wants.
pub(crate) struct Wish {
    pub(crate) job_type: String,
    pub(crate) worker: String,
    pub(crate) lease_ms: u64,
    pub(crate) jobs_max: u32,
    pub(crate) wait_ms: u64,
}

/// A parked request.
pub(crate) struct Poll {
    id: u64,
    worker: String,
    lease_ms: u64,
    jobs_max: usize,
    until: Instant,
    reply: oneshot::Sender<Outcome>,
    /// Lives as long as the caller waits.
    caller: Weak<()>,
    jobs: Vec<LeasedJob>,
    bytes: usize,
    position: u64,
    /// True once a scan has looked for it.
    scanned: bool,
    timer: Option<JoinHandle<Result<(), MessagingErr<OfferMsg>>>>,
    _place: OwnedSemaphorePermit,
}

/// The caller's side of a parked request: takes it back when the caller goes.
struct Caller<'a> {
    context: &'a Context,
    job_type: Arc<str>,
    id: u64,
    answered: bool,
    _alive: Arc<()>,
}

pub(crate) struct OfferActor;

pub(crate) struct State {
    myself: ActorRef<OfferMsg>,
    context: Arc<Context>,
    /// Only types that somebody asks for.
    types: BTreeMap<Arc<str>, Queue>,
}

/// Requests for one type, oldest first. One scan per type runs at a time.
#[derive(Default)]
struct Queue {
    polls: VecDeque<Box<Poll>>,
    scanning: bool,
    /// Something came while the scan ran.
    again: bool,
    /// Where a scan stopped that saw too many rows it could not lease.
    cursor: Option<Key>,
}

/// Parks a request for jobs and waits for its answer.
pub(crate) async fn poll(context: &Context, wish: Wish) -> Outcome {
    let options = &context.options;
    let invalid = |message: &str| Err(Failure::Invalid { message: message.to_owned() });
    if wish.job_type.is_empty() || wish.jobs_max == 0 {
        return invalid("name a job type, and ask for one job at least");
    }
    if wish.lease_ms == 0 || wish.lease_ms > options.lease_ms_max {
        let most = options.lease_ms_max;
        return invalid(&format!("ask for a lease of 1 to {most} ms"));
    }
    let longest = options.limits.id_bytes_max;
    if wish.job_type.len() > longest || wish.worker.len() > longest {
        return invalid(&format!("job type and worker may have {longest} bytes each"));
    }
    let Ok(place) = context.polls.clone().try_acquire_owned() else {
        return Err(Failure::Overloaded { retry_after_ms: options.retry_after_ms });
    };
    let job_type: Arc<str> = wish.job_type.into();
    let id = POLLS.fetch_add(1, Ordering::Relaxed);
    let alive = Arc::new(());
    let (reply, answer) = oneshot::channel();
    let wait = Duration::from_millis(wish.wait_ms.min(options.poll_wait_ms_max));
    let poll = Poll {
        id,
        worker: wish.worker,
        lease_ms: wish.lease_ms,
        jobs_max: wish.jobs_max.min(options.poll_jobs_max) as usize,
        until: Instant::now() + wait,
        reply,
        caller: Arc::downgrade(&alive),
        jobs: Vec::new(),
        bytes: 0,
        position: 0,
        scanned: false,
        timer: None,
        _place: place,
    };
    context.offer.send(OfferMsg::Park { job_type: job_type.clone(), poll: Box::new(poll) });
    let mut caller = Caller { context, job_type, id, answered: false, _alive: alive };
    let outcome = answer.await.unwrap_or_else(|_| Err(failure::lost()));
    caller.answered = true;
    outcome
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        if !self.answered {
            let job_type = self.job_type.clone();
            self.context.offer.send(OfferMsg::Gone { job_type, id: self.id });
        }
    }
}

impl Poll {
    fn is_gone(&self) -> bool {
        self.caller.strong_count() == 0
    }

    /// How many more jobs it takes.
    fn room(&self, bytes_max: usize) -> usize {
        if self.is_gone() || self.bytes >= bytes_max {
            return 0;
        }
        self.jobs_max - self.jobs.len()
    }

    fn take(&mut self, position: u64, job: LeasedJob) {
        self.bytes += encoding::size_of(&job);
        self.position = self.position.max(position);
        self.jobs.push(job);
    }

    fn answer(self) {
        if let Some(timer) = &self.timer {
            timer.abort();
        }
        let answered =
            Answered { position: Some(self.position), body: AnswerBody::Jobs(self.jobs) };
        // The caller may have gone; then the leases end by themselves.
        let _gone = self.reply.send(Ok(answered));
    }
}

impl Actor for OfferActor {
    type Msg = OfferMsg;
    type State = State;
    type Arguments = Arc<Context>;

    async fn pre_start(
        &self,
        myself: ActorRef<OfferMsg>,
        context: Arc<Context>,
    ) -> Result<State, ActorProcessingErr> {
        let tick = Duration::from_millis(context.options.offer_tick_ms.max(1));
        myself.send_interval(tick, || OfferMsg::Tick);
        Ok(State { myself, context, types: BTreeMap::new() })
    }

    async fn handle(
        &self,
        _myself: ActorRef<OfferMsg>,
        message: OfferMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            OfferMsg::Offered { job_type } => state.scan(&job_type),
            OfferMsg::Park { job_type, poll } => state.park(&job_type, poll),
            OfferMsg::Gone { job_type, id } => drop(state.remove(&job_type, id)),
            OfferMsg::Expire { job_type, id } => state.expire(&job_type, id),
            OfferMsg::Scanned { job_type, left, cursor } => state.scanned(&job_type, left, cursor),
            OfferMsg::Tick => {
                let types: Vec<Arc<str>> = state.types.keys().cloned().collect();
                for job_type in types {
                    state.scan(&job_type);
                }
            }
        }
        Ok(())
    }
}

impl State {
    fn park(&mut self, job_type: &Arc<str>, mut poll: Box<Poll>) {
        let wait = poll.until.saturating_duration_since(Instant::now());
        if !wait.is_zero() {
            let (job_type, id) = (job_type.clone(), poll.id);
            poll.timer =
                Some(self.myself.send_after(wait, move || OfferMsg::Expire { job_type, id }));
        }
        self.types.entry(job_type.clone()).or_default().polls.push_back(poll);
        self.scan(job_type);
    }

    /// Looks for jobs for every parked request of a type, or notes that it has to look again.
    fn scan(&mut self, job_type: &Arc<str>) {
        let Some(queue) = self.types.get_mut(job_type) else { return };
        if queue.scanning {
            queue.again = true;
            return;
        }
        queue.polls.retain(|poll| !poll.is_gone());
        if queue.polls.is_empty() {
            self.types.remove(job_type);
            return;
        }
        queue.scanning = true;
        queue.again = false;
        let polls = std::mem::take(&mut queue.polls);
        let after = queue.cursor.take();
        let (context, myself, job_type) =
            (self.context.clone(), self.myself.clone(), job_type.clone());
        tokio::spawn(async move {
            // A panic drops the requests, which their callers see; the type itself goes on.
            let dealt = AssertUnwindSafe(deal(&context, &job_type, polls, after)).catch_unwind();
            let (left, cursor) = dealt.await.unwrap_or_default();
            // After the end the requests are dropped, which their callers see.
            let _ended = myself.send_message(OfferMsg::Scanned { job_type, left, cursor });
        });
    }

    fn scanned(&mut self, job_type: &Arc<str>, left: VecDeque<Box<Poll>>, cursor: Option<Key>) {
        let Some(queue) = self.types.get_mut(job_type) else { return };
        queue.scanning = false;
        queue.cursor = cursor;
        let now = Instant::now();
        for mut poll in left.into_iter().rev() {
            if poll.until <= now {
                poll.answer();
            } else if !poll.is_gone() {
                poll.scanned = true;
                queue.polls.push_front(poll);
            }
        }
        if queue.polls.is_empty() {
            self.types.remove(job_type);
        } else if queue.again {
            self.scan(job_type);
        }
    }

    fn expire(&mut self, job_type: &Arc<str>, id: u64) {
        let looked = self
            .types
            .get(job_type)
            .and_then(|queue| queue.polls.iter().find(|poll| poll.id == id))
            .is_some_and(|poll| poll.scanned);
        // One that no scan has looked for yet waits for the scan that is under way.
        if looked && let Some(poll) = self.remove(job_type, id) {
            poll.answer();
        }
    }

    fn remove(&mut self, job_type: &Arc<str>, id: u64) -> Option<Box<Poll>> {
        let queue = self.types.get_mut(job_type)?;
        let at = queue.polls.iter().position(|poll| poll.id == id)?;
        queue.polls.remove(at)
    }
}

/// Leases offered jobs for parked requests, in order of both. Answers the requests that got a job
/// and returns the others, with the row to go on from if it stopped early.
async fn deal(
    context: &Arc<Context>,
    job_type: &Arc<str>,
    mut polls: VecDeque<Box<Poll>>,
    mut after: Option<Key>,
) -> (VecDeque<Box<Poll>>, Option<Key>) {
    let options = &context.options;
    let mut rows = 0;
    loop {
        let room: usize = polls.iter().map(|poll| poll.room(options.poll_bytes_max)).sum();
        let count_max = room.min(options.leases_inflight_max);
        if count_max == 0 {
            break;
        }
        if rows >= options.offer_rows_max {
            return (answer_served(polls), after);
        }
        let page = match context.ports.store.offered(job_type, after, count_max) {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(partition = %context.partition, "offered jobs: {error}");
                break;
            }
        };
        let Some(last) = page.last() else { break };
        after = Some(*last);
        rows += page.len();
        let takers = polls.iter().enumerate().flat_map(|(index, poll)| {
            std::iter::repeat_n(index, poll.room(options.poll_bytes_max))
        });
        let leases: Vec<_> = page
            .into_iter()
            .zip(takers)
            .map(|(key, index)| {
                let leased = lease(context, key, &polls[index]);
                async move { (index, leased.await) }
            })
            .collect();
        for (index, leased) in join_all(leases).await {
            if let Some((position, job)) = leased {
                polls[index].take(position, job);
            }
        }
    }
    (answer_served(polls), None)
}

fn answer_served(polls: VecDeque<Box<Poll>>) -> VecDeque<Box<Poll>> {
    let mut left = VecDeque::new();
    for poll in polls {
        if poll.jobs.is_empty() {
            left.push_back(poll);
        } else {
            poll.answer();
        }
    }
    left
}

/// Leases one job for a request; none if the instance refuses, for instance because another
/// exclusive job is being worked on.
fn lease(
    context: &Arc<Context>,
    key: Key,
    poll: &Poll,
) -> impl Future<Output = Option<(u64, LeasedJob)>> + use<> {
    let (reply, answer) = oneshot::channel();
    let task = Task::Lease {
        job: key.local(),
        worker: poll.worker.clone(),
        lease_ms: poll.lease_ms,
        caller: poll.caller.clone(),
    };
    context.deliver(key.instance(), Work { task, reply, permit: None });
    async move {
        let answered = answer.await.ok()?.ok()?;
        match answered {
            Answered { position: Some(position), body: AnswerBody::Jobs(jobs) } => {
                jobs.into_iter().next().map(|job| (position, job))
            }
            _ => None,
        }
    }
}
