//! The built-in worker for resolvers: asks a service over HTTP who takes part in a task.
//!
//! A resolver's question is a job of the type `resolver:NAME`, leased, fenced and retried like any
//! other. This worker runs on every node whose configuration names the resolver; a customer's own
//! worker may do the same jobs.

mod http;

use std::sync::Arc;
use std::time::Duration;

use actors::request::{Answer, AnswerBody, Ask, Failure, LeasedJob};
use engine::{Command, Variables};
use expr::Value;
use futures::future::join_all;
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) use self::http::Target;
use crate::config::ResolverConfig;
use crate::request::{Found, Freshness, Query, Read};
use crate::router::Router;

/// What job types of resolvers begin with.
const PREFIX: &str = "resolver:";
/// The variable of a resolver's job that holds the answer.
const ANSWER: &str = "participants";
/// Most jobs of one resolver that a node does at once.
const JOBS_MAX: u32 = 8;
/// Longest wait for a job.
const WAIT_MS: u64 = 20_000;
/// Pause after the cluster could not be asked for jobs.
const PAUSE: Duration = Duration::from_secs(1);
/// Part of a lease beyond the time that the service has: for asking the cluster.
const LEASE_SPARE_MS: u64 = 30_000;
/// Pause before the second attempt; doubled for each later one.
const BACKOFF_MS: u64 = 2_000;
/// Longest such pause.
const BACKOFF_MS_MAX: u64 = 60_000;
/// Most people that a service may answer.
const PEOPLE_MAX: usize = 1_000;
/// Most bytes of what is told of a failure.
const MESSAGE_BYTES_MAX: usize = 1_000;

/// One resolver of the configuration.
pub(crate) struct Resolver {
    router: Arc<Router>,
    name: String,
    target: Target,
    timeout: Duration,
}

/// What a service answers. It may say more.
#[derive(Deserialize)]
struct Answered {
    participants: Vec<String>,
}

impl Resolver {
    /// A resolver as it is configured; none if its address is not one, which the check of the
    /// configuration refuses.
    pub(crate) fn of(router: &Arc<Router>, name: &str, config: &ResolverConfig) -> Option<Self> {
        let target = Target::parse(&config.url).ok()?;
        let timeout = Duration::from_millis(config.timeout_ms);
        Some(Self { router: router.clone(), name: name.to_owned(), target, timeout })
    }

    /// Does jobs until it is stopped.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let jobs = tokio::select! {
                () = stop.cancelled() => return,
                jobs = self.jobs() => jobs,
            };
            match jobs {
                Ok(jobs) => {
                    join_all(jobs.into_iter().map(|job| self.answer(job))).await;
                }
                Err(failure) => {
                    tracing::debug!(event = "resolver_waits", resolver = self.name, ?failure);
                    // Stopped or not, the next round looks.
                    let _ = tokio::time::timeout(PAUSE, stop.cancelled()).await;
                }
            }
        }
    }

    async fn jobs(&self) -> Result<Vec<LeasedJob>, Failure> {
        let timeout_ms = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        let ask = Ask::ActivateJobs {
            job_type: format!("{PREFIX}{}", self.name),
            worker: format!("node {}", self.router.config.node.id),
            lease_ms: timeout_ms.saturating_add(LEASE_SPARE_MS),
            jobs_max: JOBS_MAX,
            wait_ms: WAIT_MS.min(self.router.config.limits.poll_wait_ms_max),
        };
        match self.router.ask(ask).await?.1 {
            Answer { body: AnswerBody::Jobs(jobs), .. } => Ok(jobs),
            _ => Err(Failure::Unavailable { message: "a request for jobs has no jobs".into() }),
        }
    }

    /// Asks the service, and reports what it said. If that fails the lease runs out, and the job is
    /// given out again.
    async fn answer(&self, job: LeasedJob) {
        let found = match self.question(&job).await {
            Ok(question) => self.ask(&job, question).await,
            Err(why) => Err(why),
        };
        if let Err(why) = &found {
            tracing::warn!(event = "resolver_failed", resolver = self.name, job = %job.key, why);
        }
        let ask = report(&job, found);
        if let Err(failure) = self.router.ask(ask).await {
            tracing::info!(event = "resolver_not_heard", resolver = self.name, ?failure);
        }
    }

    async fn ask(&self, job: &LeasedJob, question: Vec<u8>) -> Result<Vec<String>, String> {
        let asked = self.target.post(question, job.idempotency_key);
        let answered = tokio::time::timeout(self.timeout, asked).await;
        let bytes =
            answered.map_err(|_| format!("no answer within {} ms", self.timeout.as_millis()))??;
        people(&bytes)
    }

    /// What the service is told.
    async fn question(&self, job: &LeasedJob) -> Result<Vec<u8>, String> {
        let instance = job.key.instance();
        let query = Query::Instance { instance, with_variables: false };
        let read = Read { query, freshness: Freshness::default() };
        let found = self.router.read(read).await.map_err(|failure| format!("{failure:?}"))?.found;
        let Found::Instance(view) = found else { return Err("the instance is gone".into()) };
        let question = json!({
            "instance_key": instance.0.to_string(),
            "definition_key": job.definition,
            "definition_version": job.version,
            "business_key": job.business_key,
            "node": job.node,
            "initiator": view.standing.initiator,
            "variables": object(&job.variables),
            "idempotency_key": job.idempotency_key.to_string(),
        });
        Ok(question.to_string().into_bytes())
    }
}

fn object(variables: &Variables) -> serde_json::Value {
    let members = variables.iter().map(|(name, value)| (name.to_string(), value.to_json()));
    serde_json::Value::Object(members.collect())
}

/// The people that a service answered.
fn people(bytes: &[u8]) -> Result<Vec<String>, String> {
    let answered: Answered = serde_json::from_slice(bytes)
        .map_err(|error| format!("the answer is not {{\"participants\": [\"…\"]}}: {error}"))?;
    let people = answered.participants;
    if people.len() > PEOPLE_MAX {
        return Err(format!("the answer has {} people, the limit is {PEOPLE_MAX}", people.len()));
    }
    let bytes_max = engine::DIRECTORY_TEXT_BYTES_MAX;
    match people.iter().find(|name| name.is_empty() || name.len() > bytes_max) {
        Some(name) => {
            Err(format!("a name in the answer has {} bytes; send 1 to {bytes_max}", name.len()))
        }
        None => Ok(people),
    }
}

/// What the job's instance is told. A repeat is noticed by the id, which the attempt decides.
fn report(job: &LeasedJob, found: Result<Vec<String>, String>) -> Ask {
    let (id, attempt) = (job.key.local(), Some(job.attempt));
    let command = match found {
        Ok(people) => {
            let people = people.iter().map(|name| Value::from(name.as_str())).collect();
            let variables = Variables::from([(ANSWER.into(), Value::List(Arc::new(people)))]);
            Command::CompleteJob { job: id, attempt, variables }
        }
        Err(why) => {
            let doubled = BACKOFF_MS << job.attempt.saturating_sub(1).min(16);
            Command::FailJob {
                job: id,
                attempt,
                attempts_left: None,
                backoff_ms: doubled.min(BACKOFF_MS_MAX),
                message: cut(why),
            }
        }
    };
    let name = [job.key.0.to_be_bytes().as_slice(), &job.attempt.to_be_bytes()].concat();
    let request_id = Some(Uuid::new_v5(&job.idempotency_key, &name));
    Ask::Command { instance: job.key.instance(), command, request_id }
}

/// A text that is not too long to be kept.
fn cut(mut text: String) -> String {
    let end = (0..=MESSAGE_BYTES_MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0));
    text
}

#[cfg(test)]
mod tests {
    use engine::{Key, LocalId, Millis, Partition};

    use super::*;

    fn job(attempt: u32) -> LeasedJob {
        LeasedJob {
            key: Key::instance_of(Partition(1), 4).with_local(LocalId(9)),
            job_type: "resolver:hr".into(),
            attempt,
            attempts_left: 2,
            worker: "node 1".into(),
            deadline: Millis(9),
            variables: Variables::new(),
            headers: Vec::new(),
            node: "ask".into(),
            definition: "leave".into(),
            version: 1,
            business_key: None,
            idempotency_key: Uuid::from_u128(7),
        }
    }

    #[test]
    fn an_answer_is_a_list_of_names() {
        let found = people(br#"{"participants": ["ann", "bob"], "why": "on duty"}"#);
        assert_eq!(found, Ok(vec!["ann".to_owned(), "bob".to_owned()]));
        assert_eq!(people(br#"{"participants": []}"#), Ok(Vec::new()), "nobody, which is known");
        for wrong in ["", "[]", r#"{"participants": "ann"}"#, r#"{"participants": [""]}"#] {
            assert!(people(wrong.as_bytes()).is_err(), "{wrong}");
        }
        let many = json!({ "participants": vec!["ann"; PEOPLE_MAX + 1] }).to_string();
        assert!(people(many.as_bytes()).is_err());
    }

    #[test]
    fn each_attempt_reports_once() {
        let ids: Vec<Option<Uuid>> = [(1, true), (1, false), (2, true)]
            .map(|(attempt, good)| {
                let found = if good { Ok(vec!["ann".into()]) } else { Err("no".repeat(2_000)) };
                match report(&job(attempt), found) {
                    Ask::Command { request_id, command, .. } => {
                        if let Command::FailJob { message, backoff_ms, .. } = command {
                            assert_eq!((message.len(), backoff_ms), (MESSAGE_BYTES_MAX, 2_000));
                        }
                        request_id
                    }
                    other => panic!("not a command: {other:?}"),
                }
            })
            .into();
        assert_eq!(ids[0], ids[1]);
        assert_ne!(ids[0], ids[2]);
    }

    #[test]
    fn texts_are_cut_between_letters() {
        let text = "張".repeat(MESSAGE_BYTES_MAX);
        assert_eq!(cut(text).len(), 999);
        assert_eq!(cut("short".into()), "short");
    }
}
