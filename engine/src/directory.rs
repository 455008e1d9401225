//! Who people are and how they stand to each other: the built-in directory. An input of a step like
//! the library; what it answers is written into the facts, so that nothing is ever asked twice.

mod calendar;
mod change;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::calendar::{CALENDAR_DATES_MAX, Calendar, WEEKDAYS, problems_of_calendar, weekday};
pub use self::change::{
    ABSENCES_MAX, DEPARTMENTS_MAX, DIRECTORY_TEXT_BYTES_MAX, DirectoryChange, DirectoryEdit,
    PEOPLE_MAX, problems_of_absences, problems_of_department, problems_of_person,
};
use crate::key::Millis;

/// People and departments, and the days on which they work.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Directory {
    /// Counts imports and changes, from 1.
    pub revision: u64,
    /// People by id.
    pub people: BTreeMap<String, Person>,
    /// Departments by id.
    pub departments: BTreeMap<String, Department>,
    /// When they work.
    pub calendar: Calendar,
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

/// Most levels of leaders or departments that are looked at above anybody.
const LEVELS_MAX: usize = 64;

/// Most substitutes of substitutes that are looked at.
const SUBSTITUTES_MAX: usize = 16;

/// What people can have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belonging {
    /// A group.
    Group,
    /// A role.
    Role,
    /// A post.
    Post,
    /// A department, of which they are direct members.
    Department,
}

impl Directory {
    /// True if it has nobody in it: then names are taken as they are.
    pub(crate) fn is_unknown(&self) -> bool {
        self.people.is_empty() && self.departments.is_empty()
    }

    /// True if somebody may get work. Whoever the directory does not know is taken as he is.
    pub(crate) fn is_active(&self, user: &str) -> bool {
        self.people.get(user).is_none_or(|person| !person.disabled)
    }

    /// Who belongs to something, in order of their ids.
    pub(crate) fn members<'a>(
        &'a self,
        belonging: Belonging,
        name: &'a str,
    ) -> impl Iterator<Item = &'a str> {
        let belongs = move |person: &Person| {
            let names = match belonging {
                Belonging::Group => &person.groups,
                Belonging::Role => &person.roles,
                Belonging::Post => &person.posts,
                Belonging::Department => return person.department.as_deref() == Some(name),
            };
            names.iter().any(|it| it == name)
        };
        self.people.iter().filter(move |(_, person)| belongs(person)).map(|(id, _)| id.as_str())
    }

    /// The leader of a department: its own, else that of the nearest one it is part of.
    pub(crate) fn leader_of_department(&self, department: &str) -> Option<&str> {
        self.upward(department).find_map(|it| it.leader.as_deref())
    }

    /// The direct leader of somebody: the person's own, else that of the nearest department around
    /// the person that somebody else leads.
    pub(crate) fn leader_of(&self, user: &str) -> Option<&str> {
        let person = self.people.get(user)?;
        let of_department = || {
            let leaders = self.upward(person.department.as_deref()?);
            leaders.filter_map(|it| it.leader.as_deref()).find(|leader| *leader != user)
        };
        let own = person.leader.as_deref().filter(|leader| *leader != user);
        own.or_else(of_department)
    }

    /// Everybody above somebody, nearest first. A circle ends where it closes.
    pub(crate) fn leaders_above(&self, user: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let mut next = self.leader_of(user);
        while let Some(leader) = next.filter(|leader| found.len() < LEVELS_MAX && *leader != user) {
            if found.contains(&leader) {
                break;
            }
            found.push(leader);
            next = self.leader_of(leader);
        }
        found
    }

    /// A department and those it is part of, nearest first.
    fn upward<'a>(&'a self, department: &str) -> impl Iterator<Item = &'a Department> + use<'a> {
        let first = self.departments.get(department);
        let above = |it: &&'a Department| self.departments.get(it.parent.as_deref()?);
        std::iter::successors(first, above).take(LEVELS_MAX)
    }

    /// Who gets the work of somebody who is away, along a chain of substitutes. None if the person is
    /// there. A chain that comes back to somebody, or ends at somebody who may not act, leads
    /// nowhere: then the work stays where it belongs.
    pub(crate) fn substitute_of(
        &self,
        user: &str,
        definition: &str,
        now: Millis,
    ) -> Option<Substitute> {
        let mut seen = vec![user];
        let mut keeps_access = None;
        let mut at = user;
        while let Some(absence) = self.absence_of(at, definition, now) {
            // Only whoever the work belongs to can keep access to it.
            keeps_access.get_or_insert(absence.keeps_access);
            at = &absence.substitute;
            if seen.contains(&at) || seen.len() > SUBSTITUTES_MAX {
                return None;
            }
            seen.push(at);
        }
        let keeps_access = keeps_access.filter(|_| self.is_active(at))?;
        Some(Substitute { user: at.to_owned(), keeps_access })
    }

    /// The rule that covers this time and definition, if there is one.
    fn absence_of(&self, user: &str, definition: &str, now: Millis) -> Option<&Absence> {
        let covers = |absence: &&Absence| {
            let definitions = &absence.definitions;
            (absence.from..absence.until).contains(&now)
                && (definitions.is_empty() || definitions.iter().any(|it| it == definition))
        };
        self.people.get(user)?.absences.iter().find(covers)
    }
}

/// Who takes the place of somebody who is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Substitute {
    /// The substitute.
    pub(crate) user: String,
    /// The person who is away keeps access as well.
    pub(crate) keeps_access: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(people: &[(&str, Person)], departments: &[(&str, Department)]) -> Directory {
        let people = people.iter().map(|(id, person)| ((*id).to_owned(), person.clone()));
        let departments = departments.iter().map(|(id, it)| ((*id).to_owned(), it.clone()));
        Directory {
            revision: 1,
            people: people.collect(),
            departments: departments.collect(),
            ..Directory::default()
        }
    }

    fn led_by(leader: &str) -> Person {
        Person { leader: Some(leader.to_owned()), ..Person::default() }
    }

    fn in_department(department: &str) -> Person {
        Person { department: Some(department.to_owned()), ..Person::default() }
    }

    fn away(substitute: &str, from: u64, until: u64) -> Person {
        let absence = Absence {
            substitute: substitute.to_owned(),
            from: Millis(from),
            until: Millis(until),
            definitions: Vec::new(),
            keeps_access: false,
        };
        Person { absences: vec![absence], ..Person::default() }
    }

    fn substitute(directory: &Directory, user: &str, now: u64) -> Option<String> {
        directory.substitute_of(user, "p", Millis(now)).map(|it| it.user)
    }

    #[test]
    fn f_54_a_chain_of_leaders_ends_at_the_top_and_where_it_closes() {
        let line = directory(&[("ann", led_by("bob")), ("bob", led_by("carl"))], &[]);
        assert_eq!(line.leaders_above("ann"), ["bob", "carl"]);
        assert!(line.leaders_above("carl").is_empty() && line.leaders_above("nobody").is_empty());
        let circle = directory(
            &[("ann", led_by("bob")), ("bob", led_by("carl")), ("carl", led_by("bob"))],
            &[],
        );
        assert_eq!(circle.leaders_above("ann"), ["bob", "carl"]);
        assert!(directory(&[("ann", led_by("ann"))], &[]).leaders_above("ann").is_empty());
    }

    #[test]
    fn f_54_a_department_without_a_leader_has_that_of_the_one_around_it() {
        let department = |leader: Option<&str>, parent: Option<&str>| Department {
            name: None,
            parent: parent.map(str::to_owned),
            leader: leader.map(str::to_owned),
        };
        let found = directory(
            &[("ann", in_department("team")), ("bob", in_department("house"))],
            &[
                ("team", department(None, Some("house"))),
                ("house", department(Some("bob"), Some("group"))),
                ("group", department(Some("carl"), Some("house"))),
            ],
        );
        assert_eq!(found.leader_of_department("team"), Some("bob"));
        assert_eq!(found.leaders_above("ann"), ["bob", "carl"]);
        // Whoever leads a department is led by who leads the one around it.
        assert_eq!(found.leader_of("bob"), Some("carl"));
        assert_eq!(found.leader_of_department("nowhere"), None);
    }

    #[test]
    fn f_18_an_absence_is_half_open_and_a_chain_is_followed() {
        let found = directory(&[("ann", away("bob", 10, 20)), ("bob", away("carl", 10, 15))], &[]);
        assert_eq!(substitute(&found, "ann", 9), None);
        assert_eq!(substitute(&found, "ann", 10).as_deref(), Some("carl"));
        assert_eq!(substitute(&found, "ann", 15).as_deref(), Some("bob"));
        assert_eq!(substitute(&found, "ann", 20), None);
    }

    #[test]
    fn f_18_a_circle_of_substitutes_leaves_the_work_where_it_is() {
        let found = directory(&[("ann", away("bob", 0, 9)), ("bob", away("ann", 0, 9))], &[]);
        assert_eq!(substitute(&found, "ann", 1), None);
        let gone = Person { disabled: true, ..Person::default() };
        let found = directory(&[("ann", away("bob", 0, 9)), ("bob", gone)], &[]);
        assert_eq!(substitute(&found, "ann", 1), None);
    }

    #[test]
    fn f_18_a_rule_for_some_definitions_is_for_those_only() {
        let mut person = away("bob", 0, 9);
        person.absences[0].definitions = vec!["leave".to_owned()];
        let found = directory(&[("ann", person)], &[]);
        assert_eq!(substitute(&found, "ann", 1), None);
        let found = found.substitute_of("ann", "leave", Millis(1));
        assert_eq!(found, Some(Substitute { user: "bob".to_owned(), keeps_access: false }));
    }
}
