//! The directory, as it is shown.

use std::ops::Bound;

use actors::request::Failure;
use engine::Directory;
use raft_store::StateReader;

use super::unreadable;
use crate::request::{DirectoryQuery, DirectoryView, EntryName, Found};

pub(super) fn find(reader: &StateReader, query: &DirectoryQuery) -> Result<Found, Failure> {
    let directory = reader.directory().map_err(unreadable)?;
    let mut view = DirectoryView { revision: directory.revision, ..DirectoryView::default() };
    match query {
        DirectoryQuery::Person(id) => {
            let found = directory
                .people
                .get(id)
                .ok_or_else(|| missing("PERSON_NOT_FOUND", "person", id))?;
            view.people.push((id.clone(), found.clone()));
        }
        DirectoryQuery::Department(id) => {
            let found = directory.departments.get(id);
            let found = found.ok_or_else(|| missing("DEPARTMENT_NOT_FOUND", "department", id))?;
            view.departments.push((id.clone(), found.clone()));
        }
        DirectoryQuery::List { after, entries_max } => {
            view.calendar = Some(directory.calendar.clone());
            list(&directory, after.as_ref(), *entries_max as usize, &mut view);
        }
    }
    Ok(Found::Directory(Box::new(view)))
}

fn missing(code: &str, word: &str, id: &str) -> Failure {
    Failure::NotFound {
        code: code.to_owned(),
        message: format!("there is no {word} {id} in the directory"),
    }
}

/// All departments by id, then all people by id: a part of that.
fn list(
    directory: &Directory,
    after: Option<&EntryName>,
    count_max: usize,
    view: &mut DirectoryView,
) {
    let (departments, people) = match after {
        None => (Some(Bound::Unbounded), Bound::Unbounded),
        Some(EntryName::Department(id)) => (Some(Bound::Excluded(id.as_str())), Bound::Unbounded),
        Some(EntryName::Person(id)) => (None, Bound::Excluded(id.as_str())),
    };
    if let Some(from) = departments {
        let range = directory.departments.range::<str, _>((from, Bound::Unbounded));
        let page = range.take(count_max + 1).map(|(id, row)| (id.clone(), row.clone()));
        view.departments.extend(page);
    }
    let left = (count_max + 1).saturating_sub(view.departments.len());
    let range = directory.people.range::<str, _>((people, Bound::Unbounded));
    view.people.extend(range.take(left).map(|(id, row)| (id.clone(), row.clone())));
    // One more than wanted was looked for, to know whether there are more.
    view.more = view.departments.len() + view.people.len() > count_max;
    if view.more && view.people.pop().is_none() {
        view.departments.pop();
    }
}

#[cfg(test)]
mod tests {
    use engine::{Department, Person};

    use super::*;

    #[test]
    fn pages_join_to_the_whole() {
        let mut directory = Directory::default();
        for id in ["a", "b", "c"] {
            directory.departments.insert(id.into(), Department::default());
        }
        for id in ["ann", "bob", "carl", "dora"] {
            directory.people.insert(id.into(), Person::default());
        }
        for count_max in 1..9 {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let mut view = DirectoryView::default();
                list(&directory, after.as_ref(), count_max, &mut view);
                assert!(view.departments.len() + view.people.len() <= count_max);
                seen.extend(view.departments.iter().map(|(id, _)| id.clone()));
                seen.extend(view.people.iter().map(|(id, _)| id.clone()));
                if !view.more {
                    break;
                }
                after = view.last();
            }
            assert_eq!(seen, ["a", "b", "c", "ann", "bob", "carl", "dora"], "{count_max}");
        }
    }
}
