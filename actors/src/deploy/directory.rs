//! Changing the directory: a change is decided on the directory as it is, and is written only if it
//! follows that.

use engine::{
    ABSENCES_MAX, Absence, Applied, Directory, DirectoryChange, DirectoryEdit, Millis, Person,
    Record,
};

use crate::context::{Answered, Context, Outcome};
use crate::failure;
use crate::ports::Committed;
use crate::request::{AnswerBody, DirectoryAsk, DirectoryChanged, Failure, Finding};

/// The end of an absence that does not end: the last millisecond of the year 9999.
const FOR_EVER: Millis = Millis(253_402_300_799_999);

/// Decides a change and stores it. Nothing is written if the directory is so already.
pub(super) async fn change(context: &Context, asked: DirectoryAsk) -> Outcome {
    let directory = context.ports.store.directory().map_err(failure::unreadable)?;
    let edit = match asked {
        DirectoryAsk::Edit(edit) => edit,
        DirectoryAsk::SetAbsences { person, absences } => {
            let changed = Person { absences, ..of(&directory, &person)?.clone() };
            DirectoryEdit { people: vec![(person, changed)], ..DirectoryEdit::default() }
        }
        DirectoryAsk::Replace { person, by, definition } => {
            let found = of(&directory, &person)?;
            let now = context.clock.now();
            let changed = replaced(found, by, definition.into_iter().collect(), now)?;
            DirectoryEdit { people: vec![(person, changed)], ..DirectoryEdit::default() }
        }
    };
    let decided = directory.change(&edit, context.clock.now()).map_err(too_much)?;
    let Some(change) = decided else {
        return Ok(answered(None, &directory, 0, 0));
    };
    let written =
        change.people.len() + change.departments.len() + usize::from(change.calendar.is_some());
    let removed = change.rows() - written;
    let position = propose(context, change).await?;
    let directory = context.ports.store.directory().map_err(failure::unreadable)?;
    Ok(answered(Some(position), &directory, written, removed))
}

fn of<'d>(directory: &'d Directory, person: &str) -> Result<&'d Person, Failure> {
    directory.people.get(person).ok_or_else(|| Failure::NotFound {
        code: "PERSON_NOT_FOUND".to_owned(),
        message: format!("there is no person {person} in the directory"),
    })
}

/// A person with an absence that does not end, unless there is one like it.
fn replaced(
    person: &Person,
    by: String,
    definitions: Vec<String>,
    now: Millis,
) -> Result<Person, Failure> {
    let mut person = person.clone();
    let is_there =
        |it: &Absence| it.substitute == by && it.until == FOR_EVER && it.definitions == definitions;
    if person.absences.iter().any(is_there) {
        return Ok(person);
    }
    if person.absences.len() >= ABSENCES_MAX {
        return Err(Failure::Invalid {
            message: format!("the person has {ABSENCES_MAX} absences already; remove old ones"),
        });
    }
    let absence =
        Absence { substitute: by, from: now, until: FOR_EVER, definitions, keeps_access: false };
    person.absences.push(absence);
    Ok(person)
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
