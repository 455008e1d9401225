//! Start timers: fires each once, on partition 0, and sets those of new versions.
//!
//! When a timer fires next is a durable row. The instance is started first and the row moved on
//! afterwards; the id of the start is made of the definition, version, event and due time, so a
//! firing that is repeated after a failure starts nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engine::mailbox::{ScheduleRow, timers_of};
use engine::{DefinitionRef, Millis, Variables};
use ractor::ActorRef;
use uuid::Uuid;

use super::starts::Starts;
use super::{Input, MailMsg};
use crate::context::Context;
use crate::request::Start;
use crate::{retry, start};

/// Namespace of the ids of requests that start instances by timers. Never changes.
const FIRINGS: Uuid = Uuid::from_u128(0x0c4e_7b29_f1d8_5a36_8e05_b97d_3a61_c48f);

/// One firing of a start timer: definition, start event, due time.
type FiringId = (Arc<str>, String, Millis);

/// A firing that is carried out.
pub(crate) struct Firing {
    definition: Arc<str>,
    version: u32,
    element: String,
    due: Millis,
}

impl Firing {
    fn id(&self) -> FiringId {
        (self.definition.clone(), self.element.clone(), self.due)
    }
}

/// Schedules of newest versions that are not set yet: those of versions that came, without timers
/// if the version before had some.
pub(super) fn missing(
    context: &Context,
    starts: &Starts,
    known: &BTreeMap<Arc<str>, ScheduleRow>,
) -> Vec<ScheduleRow> {
    let mut rows = Vec::new();
    for (definition, version, has_timers) in starts.newest() {
        let before = known.get(definition);
        let is_set = match before {
            Some(row) => row.version >= *version,
            None => !has_timers,
        };
        if is_set {
            continue;
        }
        let timers = if *has_timers { timers(context, definition, *version) } else { Vec::new() };
        rows.push(ScheduleRow { definition: definition.clone(), version: *version, timers });
    }
    rows
}

/// The timers of a version, from now on. Deployment has checked them, so a failure is odd; it is
/// told and sets none, rather than to be tried for ever.
fn timers(
    context: &Context,
    definition: &Arc<str>,
    version: u32,
) -> Vec<engine::mailbox::StartTimer> {
    let pinned = DefinitionRef { key: definition.clone(), version };
    let now = context.clock.now();
    let read = context.models.get(context.ports.store.as_ref(), &pinned);
    let timers = read.map_err(|failure| retry::text_of(&failure)).and_then(|model| {
        timers_of(&model, &context.options.limits, now).map_err(|problems| {
            problems.first().map(|problem| problem.message.clone()).unwrap_or_default()
        })
    });
    timers.unwrap_or_else(|why| {
        tracing::error!("the start timers of {definition} version {version} are not set: {why}");
        Vec::new()
    })
}

pub(super) struct Timers {
    myself: ActorRef<MailMsg>,
    context: Arc<Context>,
    /// Firings that are carried out, or that wait after a failure.
    under_way: BTreeSet<FiringId>,
    failures: BTreeMap<FiringId, u32>,
    /// When the next look is armed for.
    armed: Option<Millis>,
}

impl Timers {
    pub(super) fn new(myself: ActorRef<MailMsg>, context: Arc<Context>) -> Self {
        let (under_way, failures) = (BTreeSet::new(), BTreeMap::new());
        Self { myself, context, under_way, failures, armed: None }
    }

    /// Fires what is due and arms a look for what comes next.
    pub(super) fn fire(&mut self, schedules: &BTreeMap<Arc<str>, ScheduleRow>) {
        let now = self.context.clock.now();
        let mut next: Option<Millis> = None;
        for row in schedules.values() {
            for timer in &row.timers {
                if timer.due > now {
                    next = Some(next.map_or(timer.due, |next| next.min(timer.due)));
                    continue;
                }
                let firing = Firing {
                    definition: row.definition.clone(),
                    version: row.version,
                    element: timer.element.clone(),
                    due: timer.due,
                };
                if self.under_way.insert(firing.id()) {
                    self.launch(firing, Duration::ZERO);
                }
            }
        }
        // The tick looks again; a look of its own is for what is due before that.
        let tick = Millis(now.0.saturating_add(self.context.options.mail_tick_ms));
        self.armed = self.armed.filter(|armed| *armed > now);
        if let Some(due) = next.filter(|due| *due < tick)
            && self.armed.is_none_or(|armed| due < armed)
        {
            self.armed = Some(due);
            let wait = Duration::from_millis(due.0.saturating_sub(now.0));
            self.myself.send_after(wait, || MailMsg::Tick);
        }
    }

    fn launch(&self, firing: Firing, pause: Duration) {
        let (context, myself) = (self.context.clone(), self.myself.clone());
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let done = start_by(&context, &firing).await;
            // After the end there is nobody to tell, and the next leader reads the rows.
            let _ended = myself.send_message(MailMsg::Started { firing, done });
        });
    }

    /// A firing was carried out, or failed and is tried again. Gives what is to be decided.
    pub(super) fn started(&mut self, firing: Firing, done: bool) -> Option<Input> {
        if done {
            self.failures.remove(&firing.id());
            let Firing { definition, version, element, due } = firing;
            return Some(Input::Fired { definition, version, element, due });
        }
        let failures = self.failures.entry(firing.id()).or_default();
        let options = &self.context.options;
        let pause = retry::pause(options.mail_retry_ms, options.mail_retry_ms_max, *failures);
        *failures = failures.saturating_add(1);
        self.launch(firing, pause);
        None
    }

    /// A firing is settled.
    pub(super) fn fired(&mut self, id: &FiringId) {
        self.under_way.remove(id);
    }
}

/// Starts the instance of a firing. True if that is done, also if it is refused for good.
async fn start_by(context: &Arc<Context>, firing: &Firing) -> bool {
    let Firing { definition, version, element, due } = firing;
    let name = format!("{definition}\0{version}\0{element}\0{}", due.0);
    let start = Start {
        definition: definition.to_string(),
        version: Some(*version),
        business_key: None,
        initiator: None,
        variables: Variables::new(),
        request_id: Some(Uuid::new_v5(&FIRINGS, name.as_bytes())),
        at: Some(element.clone()),
    };
    match Box::pin(start::start(context, start, None)).await {
        Ok(_) => true,
        Err(failure) => {
            let is_final = retry::is_final(&failure);
            let why = retry::text_of(&failure);
            tracing::warn!("the timer {element} of {definition} version {version} fired: {why}");
            is_final
        }
    }
}
