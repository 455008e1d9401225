//! Deliveries of messages: gives each to its subscription or starts its instance, and reports how
//! that went.
//!
//! Which deliveries there are is what the rows say; this only remembers which of them are under
//! way. The id of every request is made of the message and the receiver, so that a delivery that
//! is repeated by this or the next leader acts once.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use engine::mailbox::{Address, Delivered, Mail, Receiver};
use engine::{Command, Key, Variables};
use futures::FutureExt;
use ractor::ActorRef;
use uuid::Uuid;

use super::{Input, MailMsg};
use crate::context::Context;
use crate::ports::{Store, StoreError};
use crate::request::{AnswerBody, Ask, Failure, Start};
use crate::{retry, start};

/// Namespace of the ids of requests that deliver messages. Never changes.
const MAILS: Uuid = Uuid::from_u128(0x51d7_0e8c_6a93_5b1f_b2c8_93fa_7d20_e64b);
/// Open messages read at a time.
const PAGE: usize = 256;

/// A delivery: number of the message, definition of the receiver.
pub(crate) type DeliveryId = (u64, Arc<str>);

pub(super) struct Deliveries {
    myself: ActorRef<MailMsg>,
    context: Arc<Context>,
    open: BTreeMap<DeliveryId, Open>,
    /// Deliveries that wait for room.
    ready: VecDeque<DeliveryId>,
    in_flight: usize,
    /// True if there are deliveries that found no place in memory.
    left_behind: bool,
}

struct Open {
    at: Address,
    receiver: Receiver,
    failures: u32,
    under_way: bool,
}

impl Deliveries {
    pub(super) fn new(myself: ActorRef<MailMsg>, context: Arc<Context>) -> Self {
        let (open, ready) = (BTreeMap::new(), VecDeque::new());
        Self { myself, context, open, ready, in_flight: 0, left_behind: false }
    }

    /// Reads which deliveries there are. Those under way go on.
    pub(super) fn load(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        self.open.retain(|_, open| open.under_way);
        self.ready.clear();
        self.left_behind = false;
        let mut after = 0;
        while !self.left_behind {
            let page = store.open_mails(after, PAGE)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (number, at) in page {
                // Messages of one address are few, and this is read once per leadership.
                if let Some(mail) = store.shelf(&at)?.mail(number) {
                    self.follow(&at, mail);
                }
            }
        }
        Ok(())
    }

    /// Reads the deliveries that found no place, once there is room for them.
    pub(super) fn refill(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        if self.left_behind && self.open.len() <= self.context.options.mail_open_max / 2 {
            self.load(store)?;
            self.launch();
        }
        Ok(())
    }

    /// Takes over what a message says of its deliveries.
    pub(super) fn follow(&mut self, at: &Address, mail: &Mail) {
        for (definition, receiver) in &mail.open {
            let id = (mail.number, definition.clone());
            if self.open.get(&id).is_some_and(|open| open.receiver == *receiver) {
                continue;
            }
            if self.open.len() >= self.context.options.mail_open_max {
                self.left_behind = true;
                return;
            }
            let (at, receiver) = (at.clone(), receiver.clone());
            self.open.insert(id.clone(), Open { at, receiver, failures: 0, under_way: false });
            self.ready.push_back(id);
        }
    }

    /// The outcome of a delivery is durable.
    pub(super) fn settled(&mut self, id: &DeliveryId) {
        self.open.remove(id);
    }

    /// A message is kept no more.
    pub(super) fn dropped(&mut self, number: u64) {
        let from = (number, Arc::from(""));
        let ids: Vec<DeliveryId> = self
            .open
            .range(from..)
            .take_while(|((found, _), _)| *found == number)
            .map(|(id, _)| id.clone())
            .collect();
        for id in ids {
            self.open.remove(&id);
        }
    }

    /// A pause is over.
    pub(super) fn redeliver(&mut self, id: DeliveryId) {
        self.ready.push_back(id);
        self.launch();
    }

    /// Launches what waits, as far as there is room.
    pub(super) fn launch(&mut self) {
        while self.in_flight < self.context.options.mail_inflight_max {
            let Some(id) = self.ready.pop_front() else { return };
            let Some(open) = self.open.get_mut(&id).filter(|open| !open.under_way) else {
                continue;
            };
            open.under_way = true;
            self.in_flight += 1;
            let delivery = Delivery {
                context: self.context.clone(),
                id,
                name: open.at.name.clone(),
                receiver: open.receiver.clone(),
            };
            let myself = self.myself.clone();
            let limit = Duration::from_millis(self.context.options.mail_answer_ms);
            tokio::spawn(async move {
                let delivering = AssertUnwindSafe(delivery.deliver()).catch_unwind();
                let outcome = match tokio::time::timeout(limit, delivering).await {
                    Ok(Ok(outcome)) => outcome,
                    Ok(Err(_)) => Err("a fault of ours".to_owned()),
                    Err(_) => Err("no answer in time".to_owned()),
                };
                let Delivery { id, receiver, .. } = delivery;
                // After the end there is nobody to tell, and the next leader reads the rows.
                let _ended = myself.send_message(MailMsg::Delivered { id, receiver, outcome });
            });
        }
    }

    /// A delivery has ended. Gives what is to be decided about it.
    pub(super) fn answered(
        &mut self,
        id: DeliveryId,
        receiver: Receiver,
        outcome: Result<Delivered, String>,
    ) -> Option<Input> {
        self.in_flight -= 1;
        let found = self.open.get_mut(&id).filter(|open| open.receiver == receiver);
        let input = match (found, outcome) {
            // What it was about has been settled without it.
            (None, _) => None,
            (Some(open), Ok(delivered)) => {
                let at = open.at.clone();
                let (number, definition) = id;
                Some(Input::Delivered { at, number, definition, receiver, delivered })
            }
            (Some(open), Err(why)) => {
                tracing::info!("message {} {} waits: {why}", id.0, open.at.name);
                let options = &self.context.options;
                let (first, longest) = (options.mail_retry_ms, options.mail_retry_ms_max);
                let pause = retry::pause(first, longest, open.failures);
                open.failures = open.failures.saturating_add(1);
                open.under_way = false;
                self.myself.send_after(pause, move || MailMsg::Redeliver(id));
                None
            }
        };
        self.launch();
        input
    }
}

/// One delivery on its way.
struct Delivery {
    context: Arc<Context>,
    id: DeliveryId,
    name: Arc<str>,
    receiver: Receiver,
}

impl Delivery {
    async fn deliver(&self) -> Result<Delivered, String> {
        let store = self.context.ports.store.as_ref();
        let carried = store.mail_variables(self.id.0).map_err(|error| error.to_string())?;
        // Without them the message is not kept any more, and the outcome will not matter.
        let Some(variables) = carried else { return Ok(Delivered::Refused) };
        match &self.receiver {
            Receiver::Subscription(subscription) => self.give(*subscription, variables).await,
            Receiver::Start { version, element } => self.start(*version, element, variables).await,
        }
    }

    async fn give(&self, subscription: Key, variables: Variables) -> Result<Delivered, String> {
        let instance = subscription.instance();
        let command = Command::CatchMessage {
            subscription: subscription.local(),
            name: self.name.to_string(),
            variables,
        };
        let request_id = Some(self.request_id(&instance.0.to_be_bytes()));
        let ask = Ask::Command { instance, command, request_id };
        match self.context.ports.peers.ask(instance.partition(), ask).await {
            Ok(answer) => match answer.body {
                AnswerBody::Reply(reply) => {
                    let stays = !reply.closed.contains(&subscription);
                    Ok(Delivered::Taken { instance, stays })
                }
                other => Err(format!("a message was answered by {other:?}")),
            },
            // The instance has had this message by another of its subscriptions.
            Err(Failure::IdempotencyConflict { .. }) => {
                Ok(Delivered::Taken { instance, stays: true })
            }
            Err(failure) => refused(&failure),
        }
    }

    async fn start(
        &self,
        version: u32,
        element: &str,
        variables: Variables,
    ) -> Result<Delivered, String> {
        let start = Start {
            definition: self.id.1.to_string(),
            version: Some(version),
            business_key: None,
            initiator: None,
            variables,
            request_id: Some(self.request_id(self.id.1.as_bytes())),
            at: Some(element.to_owned()),
        };
        match Box::pin(start::start(&self.context, start, None)).await {
            Ok(answered) => match answered.body {
                AnswerBody::Reply(reply) => {
                    Ok(Delivered::Taken { instance: reply.standing.instance, stays: false })
                }
                other => Err(format!("a start was answered by {other:?}")),
            },
            Err(failure) if retry::is_final(&failure) => {
                let (number, definition) = &self.id;
                let why = retry::text_of(&failure);
                tracing::warn!("message {number} does not start {definition}: {why}");
                Ok(Delivered::Declined)
            }
            Err(failure) => Err(retry::text_of(&failure)),
        }
    }

    /// The same for every attempt at this delivery.
    fn request_id(&self, receiver: &[u8]) -> Uuid {
        let mut name = self.context.partition.0.to_be_bytes().to_vec();
        name.extend_from_slice(&self.id.0.to_be_bytes());
        name.extend_from_slice(receiver);
        Uuid::new_v5(&MAILS, &name)
    }
}

fn refused(failure: &Failure) -> Result<Delivered, String> {
    match failure {
        Failure::NotFound { .. } => Ok(Delivered::Refused),
        Failure::Rejected { code, .. }
            if code == "SUBSCRIPTION_NOT_OPEN" || code == "INSTANCE_FINISHED" =>
        {
            Ok(Delivered::Refused)
        }
        other if retry::is_final(other) => Ok(Delivered::Declined),
        other => Err(retry::text_of(other)),
    }
}
