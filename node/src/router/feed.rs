//! Reads of a feed that wait for what is new.
//!
//! Every node applies the log of every partition, so after a first look at the leader a reader
//! waits on what this very node applies: nothing is asked in a circle, and no leader is troubled.

use std::time::Duration;

use actors::request::Failure;
use tokio::time::Instant;

use super::Router;
use super::read::mismatch;
use crate::request::{Consistency, FeedQuery, Found, Query, Read, ReadAnswer};

/// Pause between two looks, in which what is applied meanwhile gathers.
const LOOK_PAUSE: Duration = Duration::from_millis(5);

impl Router {
    /// Steps of a feed; waits for the first if there is none and the caller wants to.
    pub(super) async fn read_feed(
        &self,
        read: Read,
        mut query: FeedQuery,
    ) -> Result<ReadAnswer, Failure> {
        let partition = query.partition;
        let Some(group) = self.groups.get(usize::from(partition.0)) else {
            let last = self.partitions().saturating_sub(1);
            let message = format!("there is no partition {partition}; send 0 to {last}");
            return Err(Failure::Invalid { message });
        };
        let wait_ms = query.wait_ms.min(self.config.limits.poll_wait_ms_max);
        let end = Instant::now() + Duration::from_millis(wait_ms);
        let mut freshness = read.freshness;
        loop {
            let until = Instant::now() + self.config.request_timeout();
            let look = Read { query: Query::Feed(query.clone()), freshness: freshness.clone() };
            let (position, found) = self.read_partition(partition, &look, until).await?;
            let Found::Feed(page) = &found else { return Err(mismatch()) };
            if !page.entries.is_empty() || page.more || Instant::now() >= end {
                return Ok(ReadAnswer { positions: vec![(partition, position)], found });
            }
            if self.draining.is_cancelled() {
                let message = "this node is about to stop; go on at another one".into();
                return Err(Failure::Unavailable { message });
            }
            query.after = page.next_after;
            tokio::select! {
                _ = group.wait_applied(position + 1, end) => {}
                () = self.draining.cancelled() => {}
            }
            // What this node applies is committed, and it is behind nothing that was read so far.
            freshness.consistency = Consistency::Stale;
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }
}
