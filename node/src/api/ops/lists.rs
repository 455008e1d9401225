//! Lists of people, and the feed.

use engine::{Millis, Partition};
use proto::v1;

use super::page;
use crate::api::error::ApiError;
use crate::api::{check, cursor};
use crate::request::{
    CountsQuery, FeedQuery, InboxFilter, InboxNarrow, InboxQuery, InboxSort, InboxSortBy, Page,
    PersonQuery, Query,
};

/// Longest wait for something new in a feed, in milliseconds.
pub(crate) const FEED_WAIT_MS_MAX: u64 = 60_000;
/// Most steps of one page of a feed.
const FEED_STEPS_MAX: u64 = 1_000;
/// Steps of a page where the caller does not say.
const FEED_STEPS: u64 = 100;

/// A part of a person's inbox.
pub(crate) fn inbox(request: v1::ListInboxRequest) -> Result<Query, ApiError> {
    let filter = match v1::InboxFilter::try_from(request.filter) {
        Ok(v1::InboxFilter::All) => InboxFilter::All,
        Ok(v1::InboxFilter::Assigned) => InboxFilter::Assigned,
        Ok(v1::InboxFilter::Unassigned) => InboxFilter::Unassigned,
        Err(_) => {
            let message =
                format!("filter {} is not known; send ALL, ASSIGNED or UNASSIGNED", request.filter);
            return Err(ApiError::invalid(message));
        }
    };
    let sort = sort(request.sort, request.descending)?;
    let cursor = request.cursor.as_deref();
    let (page, behind) = match sort {
        None => (page(request.page_size, cursor)?, None),
        Some(_) => {
            let items_max = check::page_size(request.page_size)?;
            (Page { items_max, after: Vec::new() }, cursor::rank(cursor)?)
        }
    };
    let narrow = InboxNarrow {
        definition: check::optional_id("definition_key", request.definition_key)?,
        node: check::optional_id("node", request.node)?,
        business_key: check::optional_id("business_key", request.business_key)?,
        initiator: check::optional_id("initiator", request.initiator)?,
        opened_from: time("opened_from", request.opened_from_ms)?,
        opened_to: time("opened_to", request.opened_to_ms)?,
        due_before: time("due_before", request.due_before_ms)?,
    };
    Ok(Query::Inbox(InboxQuery {
        user: check::id("user", request.user)?,
        groups: check::groups("groups", request.groups)?,
        filter,
        narrow,
        sort,
        page,
        behind,
    }))
}

fn sort(sort: i32, descending: bool) -> Result<Option<InboxSort>, ApiError> {
    let by = match v1::InboxSort::try_from(sort) {
        Ok(v1::InboxSort::Created) if descending => {
            let message = "descending needs a sort; send OPENED, DUE or PRIORITY with it";
            return Err(ApiError::invalid(message));
        }
        Ok(v1::InboxSort::Created) => return Ok(None),
        Ok(v1::InboxSort::Opened) => InboxSortBy::Opened,
        Ok(v1::InboxSort::Due) => InboxSortBy::Due,
        Ok(v1::InboxSort::Priority) => InboxSortBy::Priority,
        Err(_) => {
            let message =
                format!("sort {sort} is not known; send CREATED, OPENED, DUE or PRIORITY");
            return Err(ApiError::invalid(message));
        }
    };
    Ok(Some(InboxSort { by, descending }))
}

fn time(field: &str, millis: Option<i64>) -> Result<Option<Millis>, ApiError> {
    let time = |millis: i64| {
        u64::try_from(millis).map(Millis).map_err(|_| {
            ApiError::invalid(format!("{field} is before 1970; send a time since then"))
        })
    };
    millis.map(time).transpose()
}

/// How much waits for a person.
pub(crate) fn counts(user: String, groups: Vec<String>) -> Result<Query, ApiError> {
    let (user, groups) = (check::id("user", user)?, check::groups("groups", groups)?);
    Ok(Query::Counts(CountsQuery { user, groups }))
}

fn of_person(user: String, items: u32, cursor: Option<&str>) -> Result<PersonQuery, ApiError> {
    Ok(PersonQuery {
        user: check::id("user", user)?,
        items_max: check::page_size(items)?,
        behind: cursor::rank(cursor)?,
    })
}

/// A part of what a person did.
pub(crate) fn done(user: String, items: u32, cursor: Option<&str>) -> Result<Query, ApiError> {
    Ok(Query::Done(of_person(user, items, cursor)?))
}

/// A part of the instances that a person started.
pub(crate) fn initiated(user: String, items: u32, cursor: Option<&str>) -> Result<Query, ApiError> {
    Ok(Query::Initiated(of_person(user, items, cursor)?))
}

/// A part of the copies that a person got.
pub(crate) fn copies(request: v1::ListCopiesRequest) -> Result<Query, ApiError> {
    let cursor = request.cursor.as_deref();
    let query = of_person(request.user, request.page_size, cursor)?;
    Ok(Query::Copies(query, request.unread))
}

/// A part of the instances whose start is not acknowledged.
pub(crate) fn unacknowledged(items: u32, cursor: Option<&str>) -> Result<Query, ApiError> {
    Ok(Query::Unacknowledged(page(items, cursor)?))
}

/// A part of a feed.
pub(crate) fn feed(
    partition: u32,
    after: u64,
    limit: u64,
    definition: Option<String>,
    wait_ms: u64,
) -> Result<Query, ApiError> {
    let partition = u16::try_from(partition).ok().filter(|number| *number < Partition::COUNT_MAX);
    let partition = partition.map(Partition).ok_or_else(|| {
        ApiError::invalid("partition is not one of this cluster; see the status of the cluster")
    })?;
    let steps_max = check::number("limit", limit, FEED_STEPS, FEED_STEPS_MAX)?;
    Ok(Query::Feed(FeedQuery {
        partition,
        after,
        steps_max: u32::try_from(steps_max).expect("the number is at most FEED_STEPS_MAX"),
        definition: check::optional_id("definition_key", definition)?,
        wait_ms: check::number("wait_ms", wait_ms, 0, FEED_WAIT_MS_MAX)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Rank;

    fn request(sort: v1::InboxSort, cursor: Option<String>) -> v1::ListInboxRequest {
        v1::ListInboxRequest {
            user: "ann".into(),
            sort: sort.into(),
            cursor,
            ..v1::ListInboxRequest::default()
        }
    }

    #[test]
    fn a_cursor_belongs_to_its_order() {
        let place = Rank { value: 3, key: engine::Key(1 << 21), number: 0 };
        let sorted = Some(cursor::of_rank(&place));
        let Ok(Query::Inbox(query)) = inbox(request(v1::InboxSort::Due, sorted.clone())) else {
            panic!("it is a query");
        };
        assert_eq!(query.behind, Some(place));
        assert!(inbox(request(v1::InboxSort::Created, sorted)).is_err());
        let created = Some(cursor::of_keys(&[engine::Key(1 << 21)]));
        assert!(inbox(request(v1::InboxSort::Due, created)).is_err());
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        assert!(feed(256, 0, 0, None, 0).is_err());
        assert!(feed(0, 0, FEED_STEPS_MAX + 1, None, 0).is_err());
        assert!(feed(0, 0, 1, None, FEED_WAIT_MS_MAX + 1).is_err());
        let descending =
            v1::ListInboxRequest { descending: true, ..request(v1::InboxSort::Created, None) };
        assert!(inbox(descending).is_err());
        let early = v1::ListInboxRequest {
            opened_from_ms: Some(-1),
            ..request(v1::InboxSort::Created, None)
        };
        assert!(inbox(early).is_err());
    }
}
