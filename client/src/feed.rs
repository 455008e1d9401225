//! The change feed of a partition, followed over lost connections and nodes.

use std::time::Duration;

use proto::v1;
use proto::v1::feed_service_client::FeedServiceClient;
use tonic::Streaming;
use tonic::transport::Channel;

use crate::client::Client;
use crate::endpoints::Patience;
use crate::error::Error;
use crate::options::{BACKOFF_MAX, REPLY_BYTES_MAX};

/// Silence after which a subscription is taken for dead. The server says something every 15 s.
const SILENCE_MAX: Duration = Duration::from_secs(45);

/// The facts of a partition, in the order of its log. Made by [`Client::feed`].
///
/// Keep [`Feed::after`] in the same transaction as what you write for a page, and make the feed with
/// it after a restart: then nothing is missed. What was written may come again, and is told by the
/// key of the instance and the fact's sequence.
#[derive(Debug)]
pub struct Feed {
    client: Client,
    request: v1::SubscribeRequest,
    pages: Option<Streaming<v1::FeedPage>>,
}

impl Client {
    /// The change feed of a partition behind an index of its log; 0 is the start.
    #[must_use]
    pub fn feed(&self, partition: u32, after: u64) -> Feed {
        let request = v1::SubscribeRequest { partition, after, definition_key: None };
        Feed { client: self.clone(), request, pages: None }
    }
}

impl Feed {
    /// Only facts of instances of this definition.
    #[must_use]
    pub fn of_definition(mut self, definition: impl Into<String>) -> Self {
        self.request.definition_key = Some(definition.into());
        self
    }

    /// The index to go on behind: everything up to it was given.
    #[must_use]
    pub fn after(&self) -> u64 {
        self.request.after
    }

    /// The next page; waits until there is one. It has no entries if nothing came for a while.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no node answered within [`crate::Options::call_timeout`]. The feed can
    /// be asked again.
    pub async fn next(&mut self) -> Result<v1::FeedPage, Error> {
        loop {
            let mut pages = match self.pages.take() {
                Some(pages) => pages,
                None => self.subscribe().await?,
            };
            match tokio::time::timeout(SILENCE_MAX, pages.message()).await {
                Ok(Ok(Some(page))) => {
                    self.pages = Some(pages);
                    self.request.after = self.request.after.max(page.next_after);
                    return Ok(page);
                }
                // Whatever ended it: another node goes on where this one stopped.
                Ok(Ok(None) | Err(_)) | Err(_) => tokio::time::sleep(BACKOFF_MAX).await,
            }
        }
    }

    async fn subscribe(&self) -> Result<Streaming<v1::FeedPage>, Error> {
        // The time limit of a request would end the stream with it.
        let patience = Patience { lasting: true, ..self.client.patience() };
        let send = |channel, request| async { feeds(channel).subscribe(request).await };
        self.client.nodes.call(self.request.clone(), patience, send).await
    }
}

fn feeds(channel: Channel) -> FeedServiceClient<Channel> {
    FeedServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}
