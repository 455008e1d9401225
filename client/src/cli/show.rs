//! Printing: a json document, one field of it, or tables made from it.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::cli::flags::{Flags, OutputFormat};
use crate::cli::report::Failure;

/// Wait before a command says that it is still at work.
const PROGRESS_AFTER: Duration = Duration::from_millis(400);

/// Prints `document` as the flags ask; `text` makes the form for people.
pub(crate) fn show(
    flags: &Flags,
    document: &Value,
    text: impl FnOnce(&Value) -> String,
) -> Result<(), Failure> {
    if let Some(paths) = &flags.get {
        return lines_of(document, paths).map(|lines| lines.iter().for_each(|line| out(line)));
    }
    match flags.output {
        OutputFormat::Json => out(&pretty(document)),
        OutputFormat::Table => out(&text(document)),
    }
    Ok(())
}

/// A document with line breaks.
pub(crate) fn pretty(document: &Value) -> String {
    format!("{document:#}")
}

/// Writes a line of data. A reader that has gone away is not our trouble.
pub(crate) fn out(text: &str) {
    let _gone = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes a line of talk.
pub(crate) fn talk(text: &str) {
    let _gone = writeln!(std::io::stderr().lock(), "{text}");
}

/// Waits for `work`, with a sign of life if a person watches and it takes long.
pub(crate) async fn with_progress<T>(message: String, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep(PROGRESS_AFTER) => {}
    }
    let spinner = ProgressBar::new_spinner().with_message(message);
    let template = "{spinner} {msg} ({elapsed})";
    spinner.set_style(ProgressStyle::with_template(template).expect("the template is valid"));
    spinner.enable_steady_tick(Duration::from_millis(100));
    let done = work.await;
    spinner.finish_and_clear();
    done
}

/// A table of `rows`; each column has a title and the path of a field. A column without any value
/// is left out, so that the others have room.
pub(crate) fn table(rows: &Value, columns: &[(&str, &str)]) -> String {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let has_value =
        |path: &str| rows.is_empty() || rows.iter().any(|row| !cell(row, path).is_empty());
    let columns: Vec<_> = columns.iter().filter(|(_, path)| has_value(path)).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(columns.iter().map(|(title, _)| *title));
    for row in rows {
        table.add_row(columns.iter().map(|(_, path)| cell(row, path)));
    }
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    table.trim_fmt()
}

/// Names and values, one per line, for a single thing.
pub(crate) fn list(document: &Value, fields: &[(&str, &str)]) -> String {
    let width = fields.iter().map(|(title, _)| title.len()).max().unwrap_or_default();
    let mut lines = Vec::new();
    for (title, path) in fields {
        let value = cell(document, path);
        if !value.is_empty() {
            lines.push(format!("{title:width$}  {value}"));
        }
    }
    lines.join("\n")
}

fn cell(row: &Value, path: &str) -> String {
    fields(row, path).ok().and_then(|values| values.first().map(plain)).unwrap_or_default()
}

/// A value as a script wants it: texts without quotes, nothing for null, lists with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values)
            if values.iter().all(|value| !value.is_array() && !value.is_object()) =>
        {
            values.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// The lines that `--get` prints: the values at each of `paths`, side by side.
fn lines_of(document: &Value, paths: &str) -> Result<Vec<String>, Failure> {
    let mut columns = Vec::new();
    for path in paths.split(',') {
        columns.push(fields(document, path)?);
    }
    let height = columns[0].len();
    if columns.iter().any(|column| column.len() != height) {
        return Err(Failure::Field(format!(
            "--get {paths}: these lead to different numbers of values"
        )));
    }
    let line =
        |at: usize| columns.iter().map(|column| plain(&column[at])).collect::<Vec<_>>().join("\t");
    Ok((0..height).map(line).collect())
}

/// The values at `path`: one, or one per entry for each `*` in it. An entry without the field
/// gives null, unless no entry has it.
fn fields(document: &Value, path: &str) -> Result<Vec<Value>, Failure> {
    let mut found = vec![document.clone()];
    let mut is_list = false;
    for step in path.split('.') {
        let mut next = Vec::new();
        let mut missing: Option<Value> = None;
        let is_empty = found.is_empty();
        for value in found {
            match (step, value) {
                ("*", Value::Array(values)) => next.extend(values),
                ("*", Value::Object(values)) => {
                    next.extend(values.into_iter().map(|(_, value)| value))
                }
                ("#", Value::Array(values)) => next.push(values.len().into()),
                ("#", Value::Object(values)) => next.push(values.len().into()),
                (_, value) => {
                    let there = field(&value, step);
                    if there.is_none() {
                        missing = Some(value);
                    }
                    next.push(there.unwrap_or(Value::Null));
                }
            }
        }
        is_list |= step == "*";
        let any = !is_empty && next.iter().any(|value| !value.is_null());
        if let Some(value) = missing.filter(|_| !is_list || !any) {
            return Err(no_such(path, step, &value));
        }
        found = next;
    }
    Ok(found)
}

fn field(value: &Value, step: &str) -> Option<Value> {
    match value {
        Value::Object(values) => values.get(step).cloned(),
        Value::Array(values) => values.get(step.parse::<usize>().ok()?).cloned(),
        // What is not set has no parts that are set.
        Value::Null => Some(Value::Null),
        _ => None,
    }
}

fn no_such(path: &str, step: &str, value: &Value) -> Failure {
    let there = match value {
        Value::Object(values) => {
            format!("there is {}", values.keys().cloned().collect::<Vec<_>>().join(", "))
        }
        Value::Array(values) => format!("there are {} entries", values.len()),
        _ => "there is nothing below".to_owned(),
    };
    Failure::Field(format!("--get {path}: no `{step}`; {there}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn get(path: &str) -> Option<Vec<String>> {
        let document = json!({"tasks": [{"key": "1", "groups": ["a", "b"]}, {"key": "2", "n": null}], "o": {"x": 1.50}});
        fields(&document, path).ok().map(|values| values.iter().map(plain).collect())
    }

    #[test]
    fn a_path_leads_to_plain_values() {
        assert_eq!(get("tasks.0.key"), Some(vec!["1".to_owned()]));
        assert_eq!(get("tasks.*.key"), Some(vec!["1".to_owned(), "2".to_owned()]));
        assert_eq!(get("tasks.#"), Some(vec!["2".to_owned()]));
        assert_eq!(get("tasks.0.groups"), Some(vec!["a, b".to_owned()]));
        assert_eq!(get("tasks.1.n"), Some(vec![String::new()]));
        assert_eq!(get("tasks.1.n.code"), Some(vec![String::new()]));
        assert_eq!(get("o"), Some(vec!["{\"x\":1.5}".to_owned()]));
        for path in ["", "x", "tasks.2", "tasks.0.key.x", "tasks.*.m", "tasks.-1"] {
            assert_eq!(get(path), None, "{path}");
        }
    }

    #[test]
    fn several_paths_stand_side_by_side() {
        let document = json!({"nodes": [{"key": "1", "task": {"user": "ann"}}, {"key": "2", "task": {}}], "none": []});
        let lines = |paths| lines_of(&document, paths).ok();
        assert_eq!(
            lines("nodes.*.key,nodes.*.task.user"),
            Some(vec!["1\tann".to_owned(), "2\t".to_owned()])
        );
        assert_eq!(lines("none.*.key,none.*.x"), Some(vec![]));
        assert_eq!(lines("nodes.*.key,nodes.#"), None);
        assert_eq!(lines("nodes.*.key,nodes.*.nobody"), None);
    }

    #[test]
    fn wide_characters_stay_in_their_columns() {
        let rows =
            json!([{"name": "请假审批", "key": "leave", "due": null}, {"name": "x", "key": "y"}]);
        let text = table(&rows, &[("NAME", "name"), ("DUE", "due"), ("KEY", "key")]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(!lines[0].contains("DUE"), "nothing is due");
        let second = lines[2].find('y').expect("the key is printed");
        assert_eq!(lines[0].find("KEY"), Some(second));
        assert_eq!(lines[1].find("leave"), Some(second + "请假审批".len() - 8));
    }
}
