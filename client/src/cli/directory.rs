//! `quorate directory`: people and departments.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use proto::v1;
use serde_json::{Value, json};

use crate::Client;
use crate::cli::arguments::{PageFlags, read_file};
use crate::cli::definition::say_more;
use crate::cli::flags::Flags;
use crate::cli::json::{position, time};
use crate::cli::report::Failure;
use crate::cli::show::{list, show, table, talk, with_progress};

/// Arguments of `quorate directory`.
#[derive(Debug, Args)]
pub struct Directory {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: DirectoryCommand,
}

/// What can be done with the directory.
#[derive(Debug, Subcommand)]
pub enum DirectoryCommand {
    /// Take people, departments and the calendar in from a JSON file, or people and departments from CSV
    Import {
        /// The file; CSV if its name ends in .csv, else JSON
        file: PathBuf,
        /// Remove whoever and whatever is not in the file
        #[arg(long)]
        replace: bool,
    },
    /// List departments, people and the working days
    List {
        /// Which part of the list.
        #[command(flatten)]
        page: PageFlags,
    },
    /// Print what is known of a person
    Show {
        /// Id of the person
        person: String,
    },
    /// Print what is known of a department
    Department {
        /// Id of the department
        department: String,
    },
    /// Remove a person, or a department
    Remove(Whom),
    /// Say when a person is away and who gets the work; without --substitute never
    Away(Away),
}

/// Who or what goes.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Whom {
    /// Id of the person
    pub person: Option<String>,
    /// Id of the department
    #[arg(long)]
    pub department: Option<String>,
}

/// When a person is away.
#[derive(Debug, Args)]
pub struct Away {
    /// Id of the person
    pub person: String,
    /// Who gets the work
    #[arg(long, value_name = "USER", requires = "from", requires = "until")]
    pub substitute: Option<String>,
    /// From this time on, such as 2026-12-24T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = millis, requires = "substitute")]
    pub from: Option<u64>,
    /// Up to this time, which is not part of it
    #[arg(long, value_name = "TIME", value_parser = millis, requires = "substitute")]
    pub until: Option<u64>,
    /// Only for instances of this definition; may be given several times
    #[arg(long = "definition", value_name = "KEY", requires = "substitute")]
    pub definitions: Vec<String>,
    /// The person keeps access to the work as well
    #[arg(long, requires = "substitute")]
    pub keeps_access: bool,
}

/// Reads a time.
fn millis(text: &str) -> Result<u64, String> {
    let time: Timestamp = text
        .parse()
        .map_err(|_| format!("`{text}` is not a time; write it like 2026-12-24T00:00:00Z"))?;
    u64::try_from(time.as_millisecond()).map_err(|_| format!("`{text}` is before 1970"))
}

pub(crate) async fn run(
    command: DirectoryCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        DirectoryCommand::Import { file, replace } => import(file, replace, client, flags).await,
        DirectoryCommand::List { page } => {
            let reply = client.list_directory(page.into()).await?;
            let document = json!({
                "revision": reply.revision,
                "departments": reply.departments.iter().map(department).collect::<Vec<_>>(),
                "people": reply.people.iter().map(person).collect::<Vec<_>>(),
                "calendar": calendar(&reply.calendar.unwrap_or_default()),
                "next_cursor": reply.next_cursor,
            });
            say_more(flags, reply.next_cursor.as_deref());
            show(flags, &document, tables)
        }
        DirectoryCommand::Show { person: id } => {
            let reply = client.get_person(&id).await?;
            let document = person(&reply.person.unwrap_or_default());
            show(flags, &document, |document| {
                let fields = [
                    ("id", "id"),
                    ("name", "name"),
                    ("disabled", "disabled"),
                    ("department", "department"),
                    ("leader", "leader"),
                    ("title", "title"),
                    ("groups", "groups"),
                    ("roles", "roles"),
                    ("posts", "posts"),
                    ("absences", "absences"),
                ];
                list(document, &fields)
            })
        }
        DirectoryCommand::Department { department: id } => {
            let reply = client.get_department(&id).await?;
            let document = department(&reply.department.unwrap_or_default());
            show(flags, &document, |document| {
                let fields =
                    [("id", "id"), ("name", "name"), ("parent", "parent"), ("leader", "leader")];
                list(document, &fields)
            })
        }
        DirectoryCommand::Remove(whom) => {
            let reply = match (whom.person, whom.department) {
                (Some(id), _) => client.remove_person(&id).await?,
                (None, id) => client.remove_department(&id.unwrap_or_default()).await?,
            };
            changed(flags, &reply)
        }
        DirectoryCommand::Away(away) => {
            let absence = away.substitute.map(|substitute| v1::Absence {
                substitute,
                from_ms: away.from.unwrap_or_default(),
                until_ms: away.until.unwrap_or_default(),
                definition_keys: away.definitions,
                keeps_access: away.keeps_access,
            });
            let absences = absence.into_iter().collect();
            changed(flags, &client.set_absences(&away.person, absences).await?)
        }
    }
}

async fn import(
    file: PathBuf,
    replace: bool,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    let content = read_file(&file)?;
    let is_csv = file.extension().is_some_and(|it| it.eq_ignore_ascii_case("csv"));
    let format = if is_csv { v1::DirectoryFormat::Csv } else { v1::DirectoryFormat::Json };
    let name = file.display().to_string();
    let call = client.import_directory(&name, content, format, replace);
    let reply = with_progress(format!("importing {name}"), call).await?;
    changed(flags, &reply)
}

fn changed(flags: &Flags, reply: &v1::ChangeDirectoryReply) -> Result<(), Failure> {
    for notice in &reply.notices {
        talk(&format!("notice: {notice}"));
    }
    let document = json!({
        "revision": reply.revision,
        "written": reply.written,
        "removed": reply.removed,
        "people": reply.people,
        "departments": reply.departments,
        "notices": reply.notices,
        "position": position(reply.position.as_ref()),
    });
    show(flags, &document, |document| {
        let fields = [
            ("revision", "revision"),
            ("written", "written"),
            ("removed", "removed"),
            ("people", "people"),
            ("departments", "departments"),
        ];
        list(document, &fields)
    })
}

fn tables(document: &Value) -> String {
    let departments = [("DEPARTMENT", "id"), ("NAME", "name"), ("PARENT", "parent")];
    let people = [
        ("PERSON", "id"),
        ("NAME", "name"),
        ("DEPARTMENT", "department"),
        ("LEADER", "leader"),
        ("DISABLED", "disabled"),
    ];
    let mut texts = Vec::new();
    if document["departments"] != json!([]) {
        texts.push(table(&document["departments"], &departments));
    }
    texts.push(table(&document["people"], &people));
    let words = |name: &str| {
        let words = document["calendar"][name].as_array().map(Vec::as_slice).unwrap_or_default();
        words.iter().filter_map(Value::as_str).collect::<Vec<_>>()
    };
    let zone = document["calendar"]["time_zone"].as_str().unwrap_or_default();
    let (holidays, workdays) = (words("holidays").len(), words("workdays").len());
    let week = words("weekdays").join(" ");
    texts.push(format!(
        "Working days: {week} in {zone}, without {holidays} holidays, with {workdays} more days"
    ));
    texts.join("\n\n")
}

fn person(person: &v1::Person) -> Value {
    let absence = |absence: &v1::Absence| {
        let at = |ms: u64| time(i64::try_from(ms).unwrap_or(i64::MAX));
        json!({
            "substitute": absence.substitute,
            "from": at(absence.from_ms),
            "until": at(absence.until_ms),
            "definition_keys": absence.definition_keys,
            "keeps_access": absence.keeps_access,
        })
    };
    json!({
        "id": person.id,
        "name": person.name,
        "disabled": person.disabled,
        "groups": person.groups,
        "roles": person.roles,
        "posts": person.posts,
        "department": person.department,
        "leader": person.leader,
        "title": person.title,
        "absences": person.absences.iter().map(absence).collect::<Vec<_>>(),
    })
}

fn calendar(calendar: &v1::Calendar) -> Value {
    json!({
        "time_zone": calendar.time_zone,
        "weekdays": calendar.weekdays,
        "holidays": calendar.holidays,
        "workdays": calendar.workdays,
    })
}

fn department(department: &v1::Department) -> Value {
    json!({
        "id": department.id,
        "name": department.name,
        "parent": department.parent,
        "leader": department.leader,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_are_printed() {
        assert_eq!(millis("2023-11-14T22:13:20.123Z"), Ok(1_700_000_000_123));
        assert_eq!(time(1_700_000_000_123), json!("2023-11-14T22:13:20.123Z"));
        for text in ["", "tomorrow", "2023-11-14", "1969-01-01T00:00:00Z"] {
            assert!(millis(text).is_err(), "{text}");
        }
    }
}
