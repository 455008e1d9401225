//! Who people are and how they stand to each other: the built-in directory. An input of a step like
//! the library; what it answers is written into the facts, so that nothing is ever asked twice.

mod change;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::change::{
    ABSENCES_MAX, DEPARTMENTS_MAX, DIRECTORY_TEXT_BYTES_MAX, DirectoryChange, DirectoryEdit,
    PEOPLE_MAX, problems_of_absences, problems_of_department, problems_of_person,
};
use crate::key::Millis;

/// People and departments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Directory {
    /// Counts imports and changes, from 1.
    pub revision: u64,
    /// People by id.
    pub people: BTreeMap<String, Person>,
    /// Departments by id.
    pub departments: BTreeMap<String, Department>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// Name for display.
    pub name: Option<String>,
    /// Has left, or may not act for another reason: gets no work.
    pub disabled: bool,
    /// Groups.
    pub groups: Vec<String>,
    /// Roles.
    pub roles: Vec<String>,
    /// Posts.
    pub posts: Vec<String>,
    /// Department.
    pub department: Option<String>,
    /// The direct leader; that of the department if none is given.
    pub leader: Option<String>,
    /// Title, such as `director`.
    pub title: Option<String>,
    /// Times in which somebody else gets this person's work.
    pub absences: Vec<Absence>,
}

/// An out-of-office rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Who gets the work.
    pub substitute: String,
    /// From this time on.
    pub from: Millis,
    /// Up to this time, which is not part of it.
    pub until: Millis,
    /// Only for these definition keys; for all if empty.
    pub definitions: Vec<String>,
    /// The person keeps access to the work as well.
    pub keeps_access: bool,
}

/// A department.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Department {
    /// Name for display.
    pub name: Option<String>,
    /// The department it is part of.
    pub parent: Option<String>,
    /// Its leader.
    pub leader: Option<String>,
}
