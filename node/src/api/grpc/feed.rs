//! `quorate.v1.FeedService`.

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use proto::v1;
use proto::v1::feed_service_server::FeedService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::error::ApiError;
use crate::api::{Api, convert, ops};
use crate::request::{FeedEntry, Found, Freshness};

/// Time after which a subscriber gets a page though nothing came, in milliseconds.
const HEARTBEAT_MS: u64 = 15_000;
/// Steps of one page.
const PAGE_STEPS: u64 = 100;

#[tonic::async_trait]
impl FeedService for Services {
    type SubscribeStream = BoxStream<'static, Result<v1::FeedPage, Status>>;

    async fn subscribe(
        &self,
        request: Request<v1::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let request = open(request)?;
        // Asked for here, so that a wrong request is refused and not answered with a stream.
        let first = page(&self.0, &request, 0).await?;
        let rest = v1::SubscribeRequest { after: first.next_after, ..request };
        let rest = stream::unfold((self.0.clone(), Some(rest)), |(api, request)| async move {
            let request = request?;
            match page(&api, &request, HEARTBEAT_MS).await {
                Ok(page) => {
                    let next = v1::SubscribeRequest { after: page.next_after, ..request };
                    Some((Ok(page), (api, Some(next))))
                }
                // The end of the stream: whoever listens subscribes again, perhaps elsewhere.
                Err(error) => Some((Err(Status::from(error)), (api, None))),
            }
        });
        let first = stream::once(async move { Ok(first) });
        Ok(Response::new(first.chain(rest).boxed()))
    }
}

async fn page(
    api: &Api,
    request: &v1::SubscribeRequest,
    wait_ms: u64,
) -> Result<v1::FeedPage, ApiError> {
    let definition = request.definition_key.clone();
    let query = ops::feed(request.partition, request.after, PAGE_STEPS, definition, wait_ms)?;
    let Found::Feed(view) = api.read(query, Freshness::default()).await?.found else {
        return Err(convert::mismatch());
    };
    let entry = |entry| of_entry(request.partition, entry);
    let entries = view.entries.into_iter().map(entry).collect();
    Ok(v1::FeedPage { entries, next_after: view.next_after, truncated: view.more })
}

fn of_entry(partition: u32, entry: FeedEntry) -> v1::FeedEntry {
    v1::FeedEntry {
        instance_key: convert::key(entry.instance),
        definition_key: entry.definition,
        business_key: entry.business_key,
        position: Some(v1::Position { partition, index: entry.index }),
        fact: Some(convert::trace_entry(entry.fact)),
    }
}
