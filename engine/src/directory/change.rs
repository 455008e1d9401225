//! Changes of the directory: what somebody wants changed, what is checked first, and the change
//! that comes of it. References to people and departments that are not there are allowed, and so
//! are circles of leaders; whoever follows them bounds the way.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Absence, Calendar, Department, Directory, Person};
use crate::key::Millis;

/// Most people of a directory.
pub const PEOPLE_MAX: usize = 100_000;
/// Most departments of a directory.
pub const DEPARTMENTS_MAX: usize = 20_000;
/// Most bytes of an id, a name, a title, a group, a role or a post.
pub const DIRECTORY_TEXT_BYTES_MAX: usize = 256;
/// Most groups, roles or posts of one person.
pub(super) const MEMBERSHIPS_MAX: usize = 100;
/// Most absences of one person.
pub const ABSENCES_MAX: usize = 50;
/// Most definitions that one absence is limited to.
pub(super) const ABSENCE_DEFINITIONS_MAX: usize = 100;
/// Most references to nobody that are listed.
const DANGLING_MAX: usize = 100;

/// What somebody wants changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DirectoryEdit {
    /// Whoever and whatever is not named here is removed.
    pub replace: bool,
    /// People as they shall be, by id.
    pub people: Vec<(String, Person)>,
    /// Ids of people whose absences stay as they are, whatever is said above.
    pub keep_absences: BTreeSet<String>,
    /// Departments as they shall be, by id.
    pub departments: Vec<(String, Department)>,
    /// Ids of people to remove; one that is not there is none the less.
    pub removed_people: Vec<String>,
    /// Ids of departments to remove, likewise.
    pub removed_departments: Vec<String>,
    /// The calendar as it shall be; none leaves it as it is, also where all else is replaced.
    pub calendar: Option<Calendar>,
}

/// A decided change, as it goes on the log of every partition: rows that differ, and rows that go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryChange {
    /// When.
    pub now: Millis,
    /// The revision it leads to: one more than before.
    pub revision: u64,
    /// People that are new or differ.
    pub people: Vec<(String, Person)>,
    /// Departments that are new or differ.
    pub departments: Vec<(String, Department)>,
    /// Ids of people that go.
    pub removed_people: Vec<String>,
    /// Ids of departments that go.
    pub removed_departments: Vec<String>,
    /// The calendar, if it differs.
    pub calendar: Option<Calendar>,
}

impl DirectoryChange {
    /// Rows that it writes or removes.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.people.len()
            + self.departments.len()
            + self.removed_people.len()
            + self.removed_departments.len()
            + usize::from(self.calendar.is_some())
    }
}

impl Directory {
    /// The change that makes the directory what `edit` wants; none if it is that already.
    ///
    /// # Errors
    /// If there would be too many people or departments: what is too much.
    pub fn change(
        &self,
        edit: &DirectoryEdit,
        now: Millis,
    ) -> Result<Option<DirectoryChange>, String> {
        let people: Vec<(String, Person)> =
            edit.people.iter().map(|(id, person)| self.with_absences(edit, id, person)).collect();
        let (people, removed_people) =
            difference(&self.people, &people, &edit.removed_people, edit.replace);
        let (departments, removed_departments) = difference(
            &self.departments,
            &edit.departments,
            &edit.removed_departments,
            edit.replace,
        );
        let calendar = edit.calendar.clone().filter(|wanted| *wanted != self.calendar);
        let revision = self.revision + 1;
        let change = DirectoryChange {
            now,
            revision,
            people,
            departments,
            removed_people,
            removed_departments,
            calendar,
        };
        if change.rows() == 0 {
            return Ok(None);
        }
        let count = count_after(&self.people, &change.people, &change.removed_people);
        check_count("people", count, PEOPLE_MAX)?;
        let count =
            count_after(&self.departments, &change.departments, &change.removed_departments);
        check_count("departments", count, DEPARTMENTS_MAX)?;
        Ok(Some(change))
    }

    /// A person of an edit, with the absences that stay.
    fn with_absences(&self, edit: &DirectoryEdit, id: &str, person: &Person) -> (String, Person) {
        let mut person = person.clone();
        if edit.keep_absences.contains(id) {
            person.absences = self.people.get(id).map(|it| it.absences.clone()).unwrap_or_default();
        }
        (id.to_owned(), person)
    }

    /// Makes a change true.
    pub fn apply(&mut self, change: &DirectoryChange) {
        for id in &change.removed_people {
            self.people.remove(id);
        }
        for id in &change.removed_departments {
            self.departments.remove(id);
        }
        self.people.extend(change.people.iter().cloned());
        self.departments.extend(change.departments.iter().cloned());
        if let Some(calendar) = &change.calendar {
            self.calendar.clone_from(calendar);
        }
        self.revision = change.revision;
    }

    /// References to people and departments that are not there, in words: allowed, and seldom
    /// meant. The first 100 of them.
    #[must_use]
    pub fn dangling(&self) -> Vec<String> {
        let person = |id: &Option<String>| {
            id.as_ref().filter(|id| !self.people.contains_key(*id)).map(|id| format!("person {id}"))
        };
        let department = |id: &Option<String>| {
            let missing = id.as_ref().filter(|id| !self.departments.contains_key(*id));
            missing.map(|id| format!("department {id}"))
        };
        let of_people = self.people.iter().flat_map(|(id, it)| {
            let mut found = vec![
                department(&it.department).map(|to| (format!("person {id}: department"), to)),
                person(&it.leader).map(|to| (format!("person {id}: leader"), to)),
            ];
            found.extend(it.absences.iter().map(|absence| {
                let to = person(&Some(absence.substitute.clone()))?;
                Some((format!("person {id}: substitute"), to))
            }));
            found
        });
        let of_departments = self.departments.iter().flat_map(|(id, it)| {
            vec![
                department(&it.parent).map(|to| (format!("department {id}: parent"), to)),
                person(&it.leader).map(|to| (format!("department {id}: leader"), to)),
            ]
        });
        let all = of_departments.chain(of_people).flatten().take(DANGLING_MAX);
        all.map(|(of, to)| format!("{of} is {to}, which is not in the directory")).collect()
    }
}

/// The rows that differ from what is there, and the ids that go. Of two rows of one id the last
/// counts; a row that is given is not removed.
fn difference<T: Clone + PartialEq>(
    found: &BTreeMap<String, T>,
    wanted: &[(String, T)],
    removed: &[String],
    replace: bool,
) -> (Vec<(String, T)>, Vec<String>) {
    let wanted: BTreeMap<&String, &T> = wanted.iter().map(|(id, row)| (id, row)).collect();
    let rows = wanted.iter().filter(|(id, row)| found.get(**id) != Some(**row));
    let rows = rows.map(|(id, row)| ((*id).clone(), (*row).clone())).collect();
    let removed: BTreeSet<&String> = removed.iter().collect();
    let goes = |id: &&String| !wanted.contains_key(*id) && (replace || removed.contains(*id));
    (rows, found.keys().filter(goes).cloned().collect())
}

fn count_after<T>(found: &BTreeMap<String, T>, rows: &[(String, T)], removed: &[String]) -> usize {
    let new = rows.iter().filter(|(id, _)| !found.contains_key(id)).count();
    (found.len() + new).saturating_sub(removed.len())
}

fn check_count(what: &str, count: usize, count_max: usize) -> Result<(), String> {
    if count > count_max {
        return Err(format!("there would be {count} {what}, the limit is {count_max}"));
    }
    Ok(())
}

/// What is wrong with a person, in words; empty if nothing is.
#[must_use]
pub fn problems_of_person(id: &str, person: &Person) -> Vec<String> {
    let mut found = Vec::new();
    check_id(&mut found, id);
    for (what, text) in [
        ("name", &person.name),
        ("department", &person.department),
        ("leader", &person.leader),
        ("title", &person.title),
    ] {
        check_text(&mut found, what, text.as_deref());
    }
    for (what, list) in
        [("groups", &person.groups), ("roles", &person.roles), ("posts", &person.posts)]
    {
        if list.len() > MEMBERSHIPS_MAX {
            found
                .push(format!("{what} has {} entries, the limit is {MEMBERSHIPS_MAX}", list.len()));
        }
        for text in list {
            check_text(&mut found, what, Some(text));
        }
    }
    found.extend(problems_of_absences(id, &person.absences));
    found
}

/// What is wrong with a department, in words; empty if nothing is.
#[must_use]
pub fn problems_of_department(id: &str, department: &Department) -> Vec<String> {
    let mut found = Vec::new();
    check_id(&mut found, id);
    for (what, text) in
        [("name", &department.name), ("parent", &department.parent), ("leader", &department.leader)]
    {
        check_text(&mut found, what, text.as_deref());
    }
    if department.parent.as_deref() == Some(id) {
        found.push("parent is the department itself".to_owned());
    }
    found
}

/// What is wrong with the absences of a person, in words; empty if nothing is.
#[must_use]
pub fn problems_of_absences(id: &str, absences: &[Absence]) -> Vec<String> {
    let mut found = Vec::new();
    if absences.len() > ABSENCES_MAX {
        found.push(format!("there are {} absences, the limit is {ABSENCES_MAX}", absences.len()));
    }
    for absence in absences {
        check_text(&mut found, "substitute", Some(&absence.substitute));
        if absence.substitute == id {
            found.push("substitute is the person itself".to_owned());
        }
        if absence.from >= absence.until {
            found.push(format!(
                "an absence is from {} until {}; it has to end after it began",
                absence.from.0, absence.until.0
            ));
        }
        let count = absence.definitions.len();
        if count > ABSENCE_DEFINITIONS_MAX {
            found.push(format!(
                "an absence names {count} definitions, the limit is {ABSENCE_DEFINITIONS_MAX}"
            ));
        }
        for key in &absence.definitions {
            check_text(&mut found, "definitions", Some(key));
        }
    }
    found
}

fn check_id(found: &mut Vec<String>, id: &str) {
    check_text(found, "id", Some(id));
}

/// A text that is given is neither empty nor too long.
fn check_text(found: &mut Vec<String>, what: &str, text: Option<&str>) {
    match text {
        Some("") => found.push(format!("{what} is empty; leave it out or give a text")),
        Some(text) if text.len() > DIRECTORY_TEXT_BYTES_MAX => found.push(format!(
            "{what} has {} bytes, the limit is {DIRECTORY_TEXT_BYTES_MAX}",
            text.len()
        )),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(leader: Option<&str>) -> Person {
        Person { leader: leader.map(str::to_owned), ..Person::default() }
    }

    fn edit(replace: bool, people: &[(&str, Option<&str>)], removed: &[&str]) -> DirectoryEdit {
        let people = people.iter().map(|(id, leader)| ((*id).to_owned(), person(*leader)));
        let removed_people = removed.iter().map(|id| (*id).to_owned()).collect();
        DirectoryEdit { replace, people: people.collect(), removed_people, ..Default::default() }
    }

    fn changed(directory: &mut Directory, edit: &DirectoryEdit) -> Option<DirectoryChange> {
        let change = directory.change(edit, Millis(5)).expect("it is not too much")?;
        directory.apply(&change);
        Some(change)
    }

    fn ids(directory: &Directory) -> Vec<&str> {
        directory.people.keys().map(String::as_str).collect()
    }

    #[test]
    fn only_what_differs_is_changed() {
        let mut directory = Directory::default();
        let first = edit(false, &[("ann", None), ("bob", Some("ann"))], &[]);
        assert_eq!(changed(&mut directory, &first).expect("they are new").rows(), 2);
        assert_eq!(changed(&mut directory, &first), None, "it is so already");
        assert_eq!(directory.revision, 1);
        let moved = edit(false, &[("ann", None), ("bob", Some("carl"))], &["nobody"]);
        let change = changed(&mut directory, &moved).expect("bob differs");
        assert_eq!((change.revision, change.people.len(), change.removed_people.len()), (2, 1, 0));
    }

    #[test]
    fn what_is_replaced_goes_and_what_is_merged_stays() {
        let mut directory = Directory::default();
        changed(&mut directory, &edit(false, &[("ann", None), ("bob", None)], &[]));
        changed(&mut directory, &edit(false, &[("carl", None)], &[]));
        assert_eq!(ids(&directory), ["ann", "bob", "carl"]);
        changed(&mut directory, &edit(true, &[("bob", None), ("dora", None)], &[]));
        assert_eq!(ids(&directory), ["bob", "dora"]);
        changed(&mut directory, &edit(false, &[], &["bob", "nobody"]));
        assert_eq!(ids(&directory), ["dora"]);
        assert_eq!(changed(&mut directory, &edit(false, &[], &["bob"])), None);
    }

    #[test]
    fn of_two_rows_of_one_person_the_last_counts_and_a_given_one_is_not_removed() {
        let mut directory = Directory::default();
        let both = edit(false, &[("ann", None), ("ann", Some("bob"))], &["ann"]);
        changed(&mut directory, &both);
        assert_eq!(directory.people["ann"].leader.as_deref(), Some("bob"));
    }

    #[test]
    fn absences_stay_where_nothing_is_said_of_them() {
        let mut directory = Directory::default();
        let away = Absence {
            substitute: "bob".into(),
            from: Millis(1),
            until: Millis(9),
            definitions: Vec::new(),
            keeps_access: false,
        };
        let ann = Person { absences: vec![away], ..Person::default() };
        let first = DirectoryEdit { people: vec![("ann".into(), ann)], ..DirectoryEdit::default() };
        changed(&mut directory, &first);
        let keep = DirectoryEdit {
            keep_absences: ["ann".to_owned()].into(),
            ..edit(true, &[("ann", Some("carl"))], &[])
        };
        changed(&mut directory, &keep).expect("the leader differs");
        assert_eq!(directory.people["ann"].absences.len(), 1);
        changed(&mut directory, &edit(false, &[("ann", Some("carl"))], &[]));
        assert!(directory.people["ann"].absences.is_empty(), "nothing was said to stay");
    }

    #[test]
    fn there_is_a_largest_directory() {
        let mut directory = Directory::default();
        let all = (0..PEOPLE_MAX).map(|number| (number.to_string(), Person::default()));
        directory.people = all.collect();
        let more = edit(false, &[("ann", None)], &[]);
        let error = directory.change(&more, Millis(0)).expect_err("it is too much");
        assert!(error.contains("100001 people") && error.contains("100000"), "{error}");
        assert!(directory.change(&edit(false, &[("ann", None)], &["7"]), Millis(0)).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_all_at_once() {
        let absence = Absence {
            substitute: "ann".into(),
            from: Millis(9),
            until: Millis(9),
            definitions: vec![String::new()],
            keeps_access: false,
        };
        let wrong = Person {
            name: Some(String::new()),
            groups: vec!["x".repeat(DIRECTORY_TEXT_BYTES_MAX + 1)],
            absences: vec![absence],
            ..Person::default()
        };
        let found = problems_of_person("ann", &wrong);
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(problems_of_person("bob", &person(Some("bob"))).is_empty(), "leads himself");
        let circle = Department { parent: Some("d".into()), ..Department::default() };
        assert_eq!(problems_of_department("d", &circle).len(), 1);
        assert_eq!(problems_of_department("", &Department::default()).len(), 1);
    }

    #[test]
    fn references_to_nobody_are_listed() {
        let mut directory = Directory::default();
        changed(&mut directory, &edit(false, &[("ann", None), ("bob", Some("zoe"))], &[]));
        let found = directory.dangling();
        assert_eq!(found, ["person bob: leader is person zoe, which is not in the directory"]);
    }
}
