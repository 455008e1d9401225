//! People and departments as both APIs and files have them.

mod calendar;
mod csv;
mod file;

use actors::request::Finding;
use engine::{Absence, Department, Millis, Person};
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use self::calendar::{CalendarJson, calendar};
pub(crate) use self::file::{Format, read};

/// Most findings that are listed.
const FINDINGS_MAX: usize = 1_000;

/// A person.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Person)]
pub(crate) struct PersonJson {
    /// Id: the user name that operators have.
    pub(crate) id: String,
    /// Name for display.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Has left, or may not act for another reason: gets no work.
    #[serde(default)]
    pub(crate) disabled: bool,
    /// Groups.
    #[serde(default)]
    pub(crate) groups: Vec<String>,
    /// Roles.
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// Posts.
    #[serde(default)]
    pub(crate) posts: Vec<String>,
    /// Id of the department.
    #[serde(default)]
    pub(crate) department: Option<String>,
    /// Id of the direct leader; that of the department if null.
    #[serde(default)]
    pub(crate) leader: Option<String>,
    /// Title, such as `director`.
    #[serde(default)]
    pub(crate) title: Option<String>,
    /// Times in which somebody else gets the work. Left out in an import they stay as they are.
    #[serde(default)]
    pub(crate) absences: Option<Vec<AbsenceJson>>,
}

/// An out-of-office rule.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Absence)]
pub(crate) struct AbsenceJson {
    /// Id of the person who gets the work.
    substitute: String,
    /// From this time on, in milliseconds since the Unix epoch.
    from_ms: u64,
    /// Up to this time, which is not part of it.
    until_ms: u64,
    /// Only for instances of these definitions; for all if empty.
    #[serde(default)]
    definition_keys: Vec<String>,
    /// The person keeps access to the work as well.
    #[serde(default)]
    keeps_access: bool,
}

/// A department.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Department)]
pub(crate) struct DepartmentJson {
    /// Its id.
    pub(crate) id: String,
    /// Name for display.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Id of the department it is part of.
    #[serde(default)]
    pub(crate) parent: Option<String>,
    /// Id of its leader.
    #[serde(default)]
    pub(crate) leader: Option<String>,
}

impl PersonJson {
    /// The person under the id, and whether what is not said of absences stays as it is.
    pub(crate) fn into_row(self) -> (String, Person, bool) {
        let keeps_absences = self.absences.is_none();
        let absences = self.absences.unwrap_or_default().into_iter().map(Into::into).collect();
        let person = Person {
            name: self.name,
            disabled: self.disabled,
            groups: self.groups,
            roles: self.roles,
            posts: self.posts,
            department: self.department,
            leader: self.leader,
            title: self.title,
            absences,
        };
        (self.id, person, keeps_absences)
    }
}

impl From<(String, Person)> for PersonJson {
    fn from((id, person): (String, Person)) -> Self {
        Self {
            id,
            name: person.name,
            disabled: person.disabled,
            groups: person.groups,
            roles: person.roles,
            posts: person.posts,
            department: person.department,
            leader: person.leader,
            title: person.title,
            absences: Some(person.absences.into_iter().map(Into::into).collect()),
        }
    }
}

impl From<AbsenceJson> for Absence {
    fn from(absence: AbsenceJson) -> Self {
        Self {
            substitute: absence.substitute,
            from: Millis(absence.from_ms),
            until: Millis(absence.until_ms),
            definitions: absence.definition_keys,
            keeps_access: absence.keeps_access,
        }
    }
}

impl From<Absence> for AbsenceJson {
    fn from(absence: Absence) -> Self {
        Self {
            substitute: absence.substitute,
            from_ms: absence.from.0,
            until_ms: absence.until.0,
            definition_keys: absence.definitions,
            keeps_access: absence.keeps_access,
        }
    }
}

impl DepartmentJson {
    /// The department under its id.
    pub(crate) fn into_row(self) -> (String, Department) {
        (self.id, Department { name: self.name, parent: self.parent, leader: self.leader })
    }
}

impl From<(String, Department)> for DepartmentJson {
    fn from((id, department): (String, Department)) -> Self {
        Self { id, name: department.name, parent: department.parent, leader: department.leader }
    }
}

/// A person of the directory, for gRPC.
pub(crate) fn person((id, person): (String, Person)) -> v1::Person {
    let absence = |absence: Absence| v1::Absence {
        substitute: absence.substitute,
        from_ms: absence.from.0,
        until_ms: absence.until.0,
        definition_keys: absence.definitions,
        keeps_access: absence.keeps_access,
    };
    v1::Person {
        id,
        name: person.name,
        disabled: person.disabled,
        groups: person.groups,
        roles: person.roles,
        posts: person.posts,
        department: person.department,
        leader: person.leader,
        title: person.title,
        absences: person.absences.into_iter().map(absence).collect(),
    }
}

/// A department of the directory, for gRPC.
pub(crate) fn department((id, department): (String, Department)) -> v1::Department {
    let Department { name, parent, leader } = department;
    v1::Department { id, name, parent, leader }
}

/// An absence that came over gRPC.
pub(crate) fn absence(absence: v1::Absence) -> Absence {
    Absence {
        substitute: absence.substitute,
        from: Millis(absence.from_ms),
        until: Millis(absence.until_ms),
        definitions: absence.definition_keys,
        keeps_access: absence.keeps_access,
    }
}

/// A finding about a person or department.
pub(crate) fn finding(resource: &str, id: Option<&str>, line: u32, message: String) -> Finding {
    Finding {
        resource: resource.to_owned(),
        rule: "directory-entry".to_owned(),
        element: id.map(str::to_owned),
        line,
        column: u32::from(line > 0),
        message,
        hint: "see docs/directory.md for the fields and their limits".to_owned(),
    }
}
