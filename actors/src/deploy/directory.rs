//! Changing the directory: a change is decided on the directory as it is, and is written only if it
//! follows that.

use engine::{Applied, Directory, DirectoryChange, DirectoryEdit, Record};

use crate::context::{Answered, Context, Outcome};
use crate::failure;
use crate::ports::Committed;
use crate::request::{AnswerBody, DirectoryAsk, DirectoryChanged, Failure, Finding};

/// Decides a change and stores it. Nothing is written if the directory is so already.
pub(super) async fn change(context: &Context, asked: DirectoryAsk) -> Outcome {
    let directory = context.ports.store.directory().map_err(failure::unreadable)?;
    let edit = match asked {
        DirectoryAsk::Edit(edit) => edit,
        DirectoryAsk::SetAbsences { person, absences } => {
            let Some(found) = directory.people.get(&person) else {
                return Err(Failure::NotFound {
                    code: "PERSON_NOT_FOUND".to_owned(),
                    message: format!("there is no person {person} in the directory"),
                });
            };
            let changed = engine::Person { absences, ..found.clone() };
            DirectoryEdit { people: vec![(person, changed)], ..DirectoryEdit::default() }
        }
    };
    let decided = directory.change(&edit, context.clock.now()).map_err(too_much)?;
    let Some(change) = decided else {
        return Ok(answered(None, &directory, 0, 0));
    };
    let written = change.people.len() + change.departments.len();
    let removed = change.rows() - written;
    let position = propose(context, change).await?;
    let directory = context.ports.store.directory().map_err(failure::unreadable)?;
    Ok(answered(Some(position), &directory, written, removed))
}

/// Stores a change that partition 0 decided; one that is here already is skipped.
pub(super) async fn store_decided(context: &Context, change: DirectoryChange) -> Outcome {
    let found = context.ports.store.directory().map_err(failure::unreadable)?.revision;
    if change.revision <= found {
        return Ok(Answered { position: None, body: AnswerBody::Installed });
    }
    let position = propose(context, change).await?;
    Ok(Answered { position: Some(position), body: AnswerBody::Installed })
}

async fn propose(context: &Context, change: DirectoryChange) -> Result<u64, Failure> {
    let revision = change.revision;
    let proposed = context.ports.log.propose(Record::Directory(change)).await;
    let Committed { applied, position } = proposed.map_err(failure::not_proposed)?;
    match applied {
        Applied::Done { .. } => Ok(position),
        Applied::Stale { revision: found } => Err(Failure::Unavailable {
            message: format!(
                "revision {revision} of the directory does not follow {found}, nothing was done; \
                 send the change again"
            ),
        }),
        _ => Err(failure::lost()),
    }
}

fn answered(
    position: Option<u64>,
    directory: &Directory,
    written: usize,
    removed: usize,
) -> Answered {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let changed = DirectoryChanged {
        revision: directory.revision,
        written: count(written),
        removed: count(removed),
        people: count(directory.people.len()),
        departments: count(directory.departments.len()),
        notices: directory.dangling(),
    };
    Answered { position, body: AnswerBody::Directory(changed) }
}

fn too_much(message: String) -> Failure {
    let finding = Finding {
        resource: String::new(),
        rule: "directory-too-large".to_owned(),
        element: None,
        line: 0,
        column: 0,
        message,
        hint: "remove people who have left, or replace the directory as a whole".to_owned(),
    };
    Failure::DirectoryInvalid { findings: vec![finding] }
}
