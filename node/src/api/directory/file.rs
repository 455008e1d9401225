//! Files of people and departments: JSON and CSV, checked entry by entry, so that one answer lists
//! all that is wrong, each with its line.

use std::collections::BTreeMap;

use actors::request::Finding;
use engine::{DirectoryEdit, problems_of_department, problems_of_person};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{CalendarJson, DepartmentJson, FINDINGS_MAX, PersonJson, csv, finding};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A JSON object.
    Json,
    /// Comma-separated values.
    Csv,
}

/// What a file asks for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The change.
    pub(crate) edit: DirectoryEdit,
    /// Who asks, if the file says so: user and groups.
    pub(crate) operator: Option<(String, Vec<String>)>,
}

/// A JSON file. Entries are read one by one, so that one that is wrong hides no other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    operator: Option<Operator>,
    #[serde(default)]
    replace: bool,
    #[serde(default)]
    people: Vec<Value>,
    #[serde(default)]
    departments: Vec<Value>,
    #[serde(default)]
    removed_people: Vec<String>,
    #[serde(default)]
    removed_departments: Vec<String>,
    #[serde(default)]
    calendar: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operator {
    user: String,
    #[serde(default)]
    groups: Vec<String>,
}

/// Reads a file.
///
/// # Errors
/// Every finding, at most [`FINDINGS_MAX`].
pub(crate) fn read(resource: &str, content: &[u8], format: Format) -> Result<Asked, Vec<Finding>> {
    let Ok(text) = std::str::from_utf8(content) else {
        return Err(vec![finding(resource, None, 1, "the file is not UTF-8 text".to_owned())]);
    };
    let mut entries = Entries { resource, ..Entries::default() };
    let mut asked = match format {
        Format::Json => entries.json(text),
        Format::Csv => entries.csv(text),
    };
    asked.edit.people = entries.people.into_iter().map(|(row, _)| row).collect();
    asked.edit.departments = entries.departments.into_iter().map(|(row, _)| row).collect();
    asked.edit.keep_absences = entries.keep_absences;
    if entries.findings.is_empty() {
        return Ok(asked);
    }
    entries.findings.truncate(FINDINGS_MAX);
    Err(entries.findings)
}

/// What was read so far, each entry with its line.
#[derive(Default)]
struct Entries<'a> {
    resource: &'a str,
    people: Vec<((String, engine::Person), u32)>,
    departments: Vec<((String, engine::Department), u32)>,
    keep_absences: std::collections::BTreeSet<String>,
    /// Kind and id of what was seen, and the line.
    seen: BTreeMap<(&'static str, String), u32>,
    findings: Vec<Finding>,
}

impl Entries<'_> {
    fn wrong(&mut self, id: Option<&str>, line: u32, message: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding(self.resource, id, line, message));
        }
    }

    fn json(&mut self, text: &str) -> Asked {
        let document: Document = match serde_json::from_str(text) {
            Ok(document) => document,
            Err(error) => {
                let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
                self.wrong(None, line, format!("not as expected: {error}"));
                return Asked::default();
            }
        };
        let lines = lines_of_entries(text);
        let line = |list: &str, index: usize| {
            lines.get(list).and_then(|lines| lines.get(index)).copied().unwrap_or(0)
        };
        for (index, value) in document.departments.into_iter().enumerate() {
            let line = line("departments", index);
            if let Some(department) = self.entry::<DepartmentJson>(value, line) {
                self.department(department, line);
            }
        }
        for (index, value) in document.people.into_iter().enumerate() {
            let line = line("people", index);
            if let Some(person) = self.entry::<PersonJson>(value, line) {
                self.person(person, line);
            }
        }
        let calendar = document.calendar.and_then(|value| self.calendar(value, text));
        let edit = DirectoryEdit {
            calendar,
            replace: document.replace,
            removed_people: document.removed_people,
            removed_departments: document.removed_departments,
            ..DirectoryEdit::default()
        };
        Asked { edit, operator: document.operator.map(|it| (it.user, it.groups)) }
    }

    fn calendar(&mut self, value: Value, text: &str) -> Option<engine::Calendar> {
        let at = text.find("\"calendar\"").unwrap_or(0);
        let line = text[..at].matches('\n').count() + 1;
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let read = serde_json::from_value::<CalendarJson>(value);
        let read = read.map_err(|error| vec![error.to_string()]);
        match read.and_then(CalendarJson::into_calendar) {
            Ok(calendar) => Some(calendar),
            Err(wrong) => {
                for message in wrong {
                    self.wrong(Some("calendar"), line, message);
                }
                None
            }
        }
    }

    fn entry<T: DeserializeOwned>(&mut self, value: Value, line: u32) -> Option<T> {
        let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
        match serde_json::from_value(value) {
            Ok(entry) => Some(entry),
            Err(error) => {
                self.wrong(id.as_deref(), line, error.to_string());
                None
            }
        }
    }

    fn csv(&mut self, text: &str) -> Asked {
        let records = match csv::records(text) {
            Ok(records) => records,
            Err((line, message)) => {
                self.wrong(None, line, message);
                return Asked::default();
            }
        };
        let mut records = records.into_iter();
        let Some(head) = records.next() else { return Asked::default() };
        let names: Vec<&str> = head.fields.iter().map(String::as_str).collect();
        if let Some(unknown) = names.iter().find(|name| !COLUMNS.contains(name)) {
            let message = format!("there is no column `{unknown}`; use {}", COLUMNS.join(", "));
            self.wrong(None, head.line, message);
            return Asked::default();
        }
        if !names.contains(&"id") {
            let message = "the first line has no column `id`".to_owned();
            self.wrong(None, head.line, message);
            return Asked::default();
        }
        for record in records {
            if record.fields.len() > names.len() {
                let (found, wanted) = (record.fields.len(), names.len());
                let message = format!("{found} fields, the first line names {wanted}");
                self.wrong(None, record.line, message);
                continue;
            }
            self.row(&names, &record);
        }
        Asked::default()
    }

    /// A line of a CSV file.
    fn row(&mut self, names: &[&str], record: &csv::Record) {
        let get = |name: &str| -> Option<String> {
            let at = names.iter().position(|found| *found == name)?;
            record.fields.get(at).filter(|text| !text.is_empty()).cloned()
        };
        let list = |name: &str| -> Vec<String> {
            let text = get(name).unwrap_or_default();
            text.split(';').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
        };
        let (line, id) = (record.line, get("id").unwrap_or_default());
        match get("kind").as_deref() {
            Some("department") => {
                let (name, parent, leader) = (get("name"), get("parent"), get("leader"));
                self.department(DepartmentJson { id, name, parent, leader }, line);
            }
            None | Some("person") => {
                let disabled = match get("disabled").as_deref() {
                    None | Some("false") => false,
                    Some("true") => true,
                    Some(other) => {
                        let message = format!("disabled is `{other}`; write true or false");
                        return self.wrong(Some(&id), line, message);
                    }
                };
                let person = PersonJson {
                    id,
                    name: get("name"),
                    disabled,
                    groups: list("groups"),
                    roles: list("roles"),
                    posts: list("posts"),
                    department: get("department"),
                    leader: get("leader"),
                    title: get("title"),
                    absences: None,
                };
                self.person(person, line);
            }
            Some(other) => {
                let message = format!("kind is `{other}`; write person or department");
                self.wrong(Some(&id), line, message);
            }
        }
    }

    fn person(&mut self, person: PersonJson, line: u32) {
        let (id, person, keeps_absences) = person.into_row();
        for problem in problems_of_person(&id, &person) {
            self.wrong(Some(&id), line, problem);
        }
        self.once("person", &id, line);
        if keeps_absences {
            self.keep_absences.insert(id.clone());
        }
        self.people.push(((id, person), line));
    }

    fn department(&mut self, department: DepartmentJson, line: u32) {
        let (id, department) = department.into_row();
        for problem in problems_of_department(&id, &department) {
            self.wrong(Some(&id), line, problem);
        }
        self.once("department", &id, line);
        self.departments.push(((id, department), line));
    }

    /// Two entries of one id are hardly meant.
    fn once(&mut self, kind: &'static str, id: &str, line: u32) {
        if let Some(first) = self.seen.insert((kind, id.to_owned()), line) {
            let message = format!("{kind} {id} is there already, on line {first}");
            self.wrong(Some(id), line, message);
        }
    }
}

/// Columns that a CSV file may have.
const COLUMNS: [&str; 11] = [
    "kind",
    "id",
    "name",
    "disabled",
    "groups",
    "roles",
    "posts",
    "department",
    "leader",
    "title",
    "parent",
];

/// The lines on which the entries of each list of a JSON object begin. The text is known to be
/// JSON.
fn lines_of_entries(text: &str) -> BTreeMap<String, Vec<u32>> {
    let mut lines: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let (mut depth, mut line) = (0_u32, 1_u32);
    // The member of the outermost object that is being read.
    let mut member = String::new();
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\n' => line += 1,
            b'"' => {
                let mut end = at;
                while let Some((next, byte)) = bytes.next() {
                    match byte {
                        b'\\' => {
                            bytes.next();
                        }
                        b'"' => {
                            end = next;
                            break;
                        }
                        _ => {}
                    }
                }
                if depth == 1 {
                    text.get(at + 1..end).unwrap_or_default().clone_into(&mut member);
                }
            }
            b'{' | b'[' => {
                depth += 1;
                if depth == 3 {
                    lines.entry(member.clone()).or_default().push(line);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(asked: &Asked) -> Vec<&str> {
        asked.edit.people.iter().map(|(id, _)| id.as_str()).collect()
    }

    /// Lines and messages of what is wrong.
    fn wrong(content: &str, format: Format) -> Vec<(u32, String)> {
        let findings = read("people", content.as_bytes(), format).expect_err("it is wrong");
        findings.into_iter().map(|found| (found.line, found.message)).collect()
    }

    #[test]
    fn json_and_csv_say_the_same() {
        let json = r#"{"departments": [{"id": "sales", "leader": "bob"}],
            "people": [{"id": "ann", "name": "Ann, A.", "groups": ["a", "b"], "leader": "bob"},
                       {"id": "bob", "disabled": true, "title": "director"}]}"#;
        let csv = "kind,id,name,disabled,groups,leader,title\n\
            department,sales,,,,bob,\n\
            person,ann,\"Ann, A.\",,a; b,bob,\n\
            ,bob,,true,,,director\n";
        let json = read("people", json.as_bytes(), Format::Json).expect("it is right");
        let csv = read("people", csv.as_bytes(), Format::Csv).expect("it is right");
        assert_eq!(json.edit, csv.edit);
        assert_eq!(ids(&json), ["ann", "bob"]);
        assert!(json.edit.keep_absences.contains("ann"));
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_line() {
        let json = "{\n \"people\": [\n  {\"id\": \"\"},\n  {\"id\": \"ann\", \"nmae\": \"x\"},\n\
            {\"id\": \"bob\", \"name\": \"[{\\\"\"},\n\n {\"id\": \"bob\"}]}";
        let found = wrong(json, Format::Json);
        let lines: Vec<u32> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [3, 4, 7], "{found:?}");
        assert!(found[1].1.contains("nmae") && found[2].1.contains("on line 5"), "{found:?}");

        let csv = "id,disabled\nann,maybe\nbob,\n\nbob,true\n,\ncarl,true,more\n\"\",true";
        let found = wrong(csv, Format::Csv);
        let lines: Vec<u32> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 5, 7, 8], "{found:?}");
        assert_eq!(wrong("id,leeder\n", Format::Csv)[0].0, 1);
        assert_eq!(wrong("{\n\"people\": 7}", Format::Json)[0].0, 2);
        assert_eq!(wrong("name\nann", Format::Csv)[0].0, 1);
        let bytes = read("people", &[0xff], Format::Json).expect_err("it is no text");
        assert_eq!(bytes.len(), 1);
    }

    #[test]
    fn absences_that_are_given_replace_those_that_are_there() {
        let json = r#"{"operator": {"user": "root", "groups": ["admin"]}, "replace": true,
            "people": [{"id": "ann", "absences": [
                {"substitute": "bob", "from_ms": 1, "until_ms": 9, "keeps_access": true}]}]}"#;
        let asked = read("people", json.as_bytes(), Format::Json).expect("it is right");
        assert!(asked.edit.keep_absences.is_empty() && asked.edit.replace);
        assert_eq!(asked.edit.people[0].1.absences.len(), 1);
        assert_eq!(asked.operator.expect("it is named").0, "root");
    }

    #[test]
    fn a_calendar_is_taken_in_as_a_whole() {
        let json = r#"{"calendar": {"time_zone": "Asia/Shanghai", "holidays": ["2026-10-01"],
            "workdays": ["2026-10-10"]}}"#;
        let asked = read("people", json.as_bytes(), Format::Json).expect("it is right");
        let calendar = asked.edit.calendar.expect("it is there");
        assert_eq!(calendar.week.iter().filter(|works| **works).count(), 5, "monday to friday");
        assert_eq!((calendar.dates.len(), calendar.dates["2026-10-10"]), (2, true));
        let again = serde_json::to_value(CalendarJson::from(calendar)).expect("JSON");
        assert_eq!(again["weekdays"][4], "fri");

        let json = "{\n\"calendar\": {\"time_zone\": \"Mars\", \"weekdays\": [\"someday\"],\n\
            \"holidays\": [\"2026-10-01\"], \"workdays\": [\"2026-10-01\"]}}";
        let found = wrong(json, Format::Json);
        assert_eq!(found.len(), 4, "zone, day, no day at all, and both: {found:?}");
        assert!(found.iter().all(|(line, _)| *line == 2), "{found:?}");
        assert_eq!(wrong(r#"{"calendar": {"zone": 1}}"#, Format::Json).len(), 1);
    }

    #[test]
    fn findings_have_an_end() {
        let rows: String = (0..2_000).map(|number| format!("p{number},maybe\n")).collect();
        assert_eq!(wrong(&format!("id,disabled\n{rows}"), Format::Csv).len(), FINDINGS_MAX);
    }
}
