//! Reading and changing the directory.

use actors::request::{Ask, DirectoryAsk, Finding};
use engine::{ADMIN_GROUP, Absence, DirectoryEdit, problems_of_absences};

use crate::api::directory::{self, Format, finding};
use crate::api::error::ApiError;
use crate::api::{check, cursor};
use crate::request::{DirectoryQuery, Query};

/// Takes people and departments in from a file.
pub(crate) fn import_directory(
    resource: &str,
    content: &[u8],
    format: Format,
    replace: bool,
) -> Result<Ask, ApiError> {
    if content.len() > check::DIRECTORY_BYTES_MAX {
        let bytes_max = check::DIRECTORY_BYTES_MAX;
        return Err(ApiError::too_large("the directory", content.len(), bytes_max));
    }
    let mut asked =
        directory::read(resource, content, format).map_err(ApiError::directory_invalid)?;
    if let Some((user, groups)) = &asked.operator
        && !groups.iter().any(|group| group == ADMIN_GROUP)
    {
        let message =
            format!("user {user} is not in group {ADMIN_GROUP}, which keeps the directory");
        return Err(ApiError::new("NOT_AUTHORIZED", message));
    }
    asked.edit.replace |= replace;
    Ok(Ask::Directory(DirectoryAsk::Edit(asked.edit)))
}

/// Removes a person.
pub(crate) fn remove_person(person_id: String) -> Result<Ask, ApiError> {
    let removed_people = vec![check::id("person_id", person_id)?];
    edit(DirectoryEdit { removed_people, ..DirectoryEdit::default() })
}

/// Removes a department.
pub(crate) fn remove_department(department_id: String) -> Result<Ask, ApiError> {
    let removed_departments = vec![check::id("department_id", department_id)?];
    edit(DirectoryEdit { removed_departments, ..DirectoryEdit::default() })
}

fn edit(edit: DirectoryEdit) -> Result<Ask, ApiError> {
    Ok(Ask::Directory(DirectoryAsk::Edit(edit)))
}

/// Says when a person is away.
pub(crate) fn set_absences(person_id: String, absences: Vec<Absence>) -> Result<Ask, ApiError> {
    let person = check::id("person_id", person_id)?;
    let problems = problems_of_absences(&person, &absences);
    if !problems.is_empty() {
        let of_person = |message| finding("", Some(&person), 0, message);
        let findings: Vec<Finding> = problems.into_iter().map(of_person).collect();
        return Err(ApiError::directory_invalid(findings));
    }
    Ok(Ask::Directory(DirectoryAsk::SetAbsences { person, absences }))
}

/// A person.
pub(crate) fn person(person_id: String) -> Result<Query, ApiError> {
    Ok(Query::Directory(DirectoryQuery::Person(check::id("person_id", person_id)?)))
}

/// A department.
pub(crate) fn department(department_id: String) -> Result<Query, ApiError> {
    Ok(Query::Directory(DirectoryQuery::Department(check::id("department_id", department_id)?)))
}

/// A part of the directory.
pub(crate) fn list_directory(page_size: u32, cursor: Option<&str>) -> Result<Query, ApiError> {
    Ok(Query::Directory(DirectoryQuery::List {
        after: cursor::entry(cursor)?,
        entries_max: check::page_size(page_size)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(content: &str) -> Result<Ask, ApiError> {
        import_directory("people.json", content.as_bytes(), Format::Json, false)
    }

    #[test]
    fn only_administrators_keep_the_directory() {
        let ann = r#"{"operator": {"user": "ann", "groups": ["clerks"]}, "people": []}"#;
        assert_eq!(import(ann).unwrap_err().refusal().code, "NOT_AUTHORIZED");
        assert!(import(&ann.replace("clerks", ADMIN_GROUP)).is_ok());
        assert!(import(r#"{"people": []}"#).is_ok(), "whoever calls vouches for it");
    }

    #[test]
    fn all_that_is_wrong_is_in_one_refusal() {
        let error = import(r#"{"people": [{"id": ""}, {"id": "ann", "name": ""}]}"#).unwrap_err();
        let refusal = error.refusal();
        assert_eq!((refusal.code.as_ref(), refusal.class.http), ("DIRECTORY_INVALID", 422));
        assert_eq!(refusal.findings.len(), 2);
        assert!(refusal.findings.iter().all(|it| it.resource == "people.json" && it.line == 1));
        let large = vec![b' '; check::DIRECTORY_BYTES_MAX + 1];
        let error = import_directory("a", &large, Format::Csv, false).unwrap_err();
        assert_eq!(error.refusal().code, "TOO_LARGE");
    }

    #[test]
    fn an_absence_ends_after_it_began() {
        let absence = |from, until| Absence {
            substitute: "bob".into(),
            from: engine::Millis(from),
            until: engine::Millis(until),
            definitions: Vec::new(),
            keeps_access: false,
        };
        assert!(set_absences("ann".into(), vec![absence(1, 2)]).is_ok());
        let error = set_absences("bob".into(), vec![absence(2, 2)]).unwrap_err();
        assert_eq!(error.refusal().findings.len(), 2, "and nobody stands in for oneself");
        assert!(set_absences(String::new(), Vec::new()).is_err());
    }
}
