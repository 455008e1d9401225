//! Clients that work on instances of one model and write down what they did.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use proto::v1;
use quorate_client::{Activate, Client, Complete, Error, Operator, Page, Start};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::history::{Op, Recorder, Res};

/// Group whose members do the tasks.
pub const STAFF: &str = "staff";
/// Type of the jobs.
pub const JOB_TYPE: &str = "probe";
/// Length of a lease.
pub const LEASE: Duration = Duration::from_secs(4);
/// Business keys that are started again are among the newest so many.
const RECENT_KEYS: u64 = 40;
/// Tasks of an inbox page.
const INBOX_TASKS: u32 = 20;

/// What all clients of a run share.
#[derive(Debug)]
pub struct Shop {
    /// Definition key.
    pub definition: String,
    /// Where everything is written down.
    pub recorder: Recorder,
    /// Tells the clients to stop.
    pub stop: AtomicBool,
    /// Tells the clients to start nothing new.
    pub closing: AtomicBool,
    /// Number of the next business key.
    pub next_key: AtomicU64,
    /// Wait of a client between two operations.
    pub pause: Duration,
}

/// One client: a logical process with one operation at a time.
#[derive(Debug)]
pub struct Worker {
    shop: Arc<Shop>,
    name: String,
    node: String,
    client: Client,
    random: StdRng,
}

impl Worker {
    /// Client number `number`, whose choices follow from `seed`. `node` says which nodes it knows.
    #[must_use]
    pub fn new(shop: Arc<Shop>, number: u64, node: String, client: Client, seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(number));
        Self { shop, name: format!("p{number}"), node, client, random }
    }

    /// Works until the shop stops.
    pub async fn run(mut self) {
        while !self.shop.stop.load(Ordering::Relaxed) {
            let closing = self.shop.closing.load(Ordering::Relaxed);
            match self.random.random_range(0..100) {
                0..22 if !closing => self.start().await,
                0..65 => self.work_on_tasks().await,
                65..90 => self.work_on_jobs().await,
                _ => self.read().await,
            }
            tokio::time::sleep(self.shop.pause).await;
        }
    }

    /// Starts something new; a quarter of the time something that was started before, and half
    /// of these times with another payload.
    async fn start(&mut self) {
        let newest = self.shop.next_key.load(Ordering::Relaxed);
        let again = newest > 0 && self.random.random_ratio(1, 4);
        let number = if again {
            self.random.random_range(newest.saturating_sub(RECENT_KEYS)..newest)
        } else {
            self.shop.next_key.fetch_add(1, Ordering::Relaxed)
        };
        let other = again && self.random.random_ratio(1, 2);
        let amount = u32::try_from(number % 1_000).unwrap_or(0) + if other { 10_000 } else { 0 };
        let key = format!("k-{number:06}");
        let mut start = Start {
            definition: self.shop.definition.clone(),
            business_key: Some(key.clone()),
            ..Start::default()
        };
        start.variables.insert("amount".into(), amount.into());
        let client = self.client.clone();
        self.record(Op::Start { key, amount }, async move { client.start(start).await.map(res) })
            .await;
    }

    /// Looks into the inbox, claims a task and completes it; at times somebody else does, or
    /// somebody who may not tries.
    async fn work_on_tasks(&mut self) {
        let user = format!("user-{}", self.name);
        let ann = Operator { user: user.clone(), groups: vec![STAFF.to_owned()] };
        let (client, operator) = (self.client.clone(), ann.clone());
        let page = Page { size: INBOX_TASKS, cursor: None };
        let inbox = client.inbox(&operator, v1::InboxFilter::All, page);
        let op = Op::ListInbox { user: user.clone() };
        let Some(inbox) = self
            .record_as(op, inbox, |reply| Res { count: Some(reply.tasks.len()), ..Res::default() })
            .await
        else {
            return;
        };
        if inbox.tasks.is_empty() {
            return;
        }
        let task = &inbox.tasks[self.random.random_range(0..inbox.tasks.len())];
        if self.random.random_ratio(1, 10) {
            let mallory = Operator { user: "mallory".into(), groups: Vec::new() };
            self.complete(task.key, mallory).await;
        }
        if task.assignee.is_none() && self.random.random_ratio(1, 2) {
            let (client, operator, key) = (self.client.clone(), ann.clone(), task.key);
            let op = Op::ClaimTask { task: key, user: user.clone() };
            self.record(op, async move { client.claim(key, &operator).await.map(res) }).await;
        }
        self.complete(task.key, ann.clone()).await;
        if self.random.random_ratio(1, 10) {
            let late = Operator { user: format!("{user}-late"), ..ann };
            self.complete(task.key, late).await;
        }
    }

    async fn complete(&mut self, task: i64, operator: Operator) {
        let decision = if self.random.random_ratio(2, 3) { "approve" } else { "refuse" };
        let op =
            Op::CompleteTask { task, user: operator.user.clone(), decision: decision.to_owned() };
        let complete =
            Complete { decision: Some(decision.to_owned()), ..Complete::new(task, operator) };
        let client = self.client.clone();
        self.record(op, async move { client.complete(complete).await.map(res) }).await;
    }

    /// Leases jobs and completes them; at times one of them twice, and at times none.
    async fn work_on_jobs(&mut self) {
        let activate = Activate {
            job_type: JOB_TYPE.to_owned(),
            worker: self.name.clone(),
            lease: LEASE,
            jobs_max: 8,
            wait: Duration::ZERO,
        };
        let client = self.client.clone();
        let op = Op::ActivateJobs { worker: self.name.clone() };
        let leased = client.activate_jobs(&activate);
        let Some(jobs) = self
            .record_as(op, leased, |jobs| Res { count: Some(jobs.len()), ..Res::default() })
            .await
        else {
            return;
        };
        for job in jobs {
            let (key, attempt) = (job.detail.key, job.detail.attempt);
            let times = match self.random.random_range(0..20) {
                0 => 0,
                1 => 2,
                _ => 1,
            };
            for _ in 0..times {
                let client = self.client.clone();
                let op = Op::CompleteJob { job: key, attempt };
                let none = quorate_client::Variables::new();
                let call =
                    async move { client.complete_job(key, Some(attempt), &none).await.map(res) };
                self.record(op, call).await;
            }
        }
    }

    /// Reads an instance that was started lately.
    async fn read(&mut self) {
        let newest = self.shop.next_key.load(Ordering::Relaxed);
        if newest == 0 {
            return;
        }
        let number = self.random.random_range(newest.saturating_sub(RECENT_KEYS)..newest);
        let filter = quorate_client::InstanceFilter {
            definition: Some(self.shop.definition.clone()),
            business_key: Some(format!("k-{number:06}")),
            ..Default::default()
        };
        let Ok(found) = self.client.list_instances(filter, Page::default()).await else { return };
        let Some(instance) = found.instances.first().map(|instance| instance.key) else { return };
        let client = self.client.clone();
        self.record(Op::GetInstance { instance }, async move {
            let found = client.get_instance(instance).await?;
            Ok(Res {
                instance: Some(instance),
                version: Some(found.standing.version),
                partition: found.position.map(|position| position.partition),
                log_index: found.position.map(|position| position.index),
                ..Res::default()
            })
        })
        .await;
    }

    async fn record(&self, op: Op, call: impl Future<Output = Result<Res, Error>>) {
        self.record_as(op, call, Clone::clone).await;
    }

    async fn record_as<T>(
        &self,
        op: Op,
        call: impl Future<Output = Result<T, Error>>,
        seen: impl Fn(&T) -> Res,
    ) -> Option<T> {
        let of = self.shop.recorder.invoke(&self.name, &self.node, op);
        let result = call.await;
        match result {
            Ok(value) => {
                self.shop.recorder.answer(&self.name, of, &Ok(seen(&value)));
                Some(value)
            }
            Err(error) => {
                self.shop.recorder.answer(&self.name, of, &Err(error));
                None
            }
        }
    }
}

/// What the history keeps of an answer to a command.
fn res(reply: v1::CommandReply) -> Res {
    Res {
        partition: reply.position.map(|position| position.partition),
        log_index: reply.position.map(|position| position.index),
        instance: reply.standing.as_ref().map(|standing| standing.instance_key),
        version: reply.standing.as_ref().map(|standing| standing.version),
        created: Some(reply.created),
        count: None,
    }
}
