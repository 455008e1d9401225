//! Arguments that several commands share: variables, durations, operators, pages.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use crate::cli::report::Failure;
use crate::{Operator, Page, Variables};

/// Longest duration that an argument may name.
const DURATION_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Variables of a command.
#[derive(Debug, Clone, Args)]
pub struct VariableFlags {
    /// A variable, as NAME=VALUE: the value is JSON, or else taken as a text; NAME=@FILE reads the
    /// JSON from a file, and @FILE alone reads an object with several variables
    #[arg(short = 'v', long = "variable", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
}

impl VariableFlags {
    /// The variables; a later one with the same name wins.
    pub(crate) fn read(&self) -> Result<Variables, Failure> {
        let mut variables = Variables::new();
        for argument in &self.variables {
            if let Some(file) = argument.strip_prefix('@') {
                let Value::Object(several) = json_file(file)? else {
                    return Err(Failure::Usage(format!("{file} is not a JSON object")));
                };
                variables.extend(several);
                continue;
            }
            let Some((name, text)) = argument.split_once('=').filter(|(name, _)| !name.is_empty())
            else {
                let message = format!(
                    "variable `{argument}`: write NAME=VALUE, such as amount=120 or who=ann"
                );
                return Err(Failure::Usage(message));
            };
            variables.insert(name.to_owned(), value(name, text)?);
        }
        Ok(variables)
    }
}

fn value(name: &str, text: &str) -> Result<Value, Failure> {
    if let Some(file) = text.strip_prefix('@') {
        return json_file(file);
    }
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        // Only what can't have been meant as JSON is a text, so that a typing error is noticed.
        Err(problem) if text.starts_with(['{', '[', '"']) => {
            Err(Failure::Usage(format!("variable {name}: `{text}` is not JSON: {problem}")))
        }
        Err(_) => Ok(Value::String(text.to_owned())),
    }
}

fn json_file(file: &str) -> Result<Value, Failure> {
    let text = read_file(Path::new(file))?;
    serde_json::from_slice(&text)
        .map_err(|problem| Failure::Usage(format!("{file} is not JSON: {problem}")))
}

/// The content of a file named on the command line.
pub(crate) fn read_file(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|problem| Failure::Usage(format!("cannot read {}: {problem}", file.display())))
}

/// Who acts.
#[derive(Debug, Clone, Args)]
pub struct OperatorFlags {
    /// The person who acts
    #[arg(long, value_name = "USER")]
    pub user: String,
    /// A group the person acts in; may be given several times
    #[arg(long = "group", value_name = "GROUP", value_delimiter = ',')]
    pub groups: Vec<String>,
}

impl From<OperatorFlags> for Operator {
    fn from(flags: OperatorFlags) -> Self {
        Self { user: flags.user, groups: flags.groups }
    }
}

/// Which part of a list to print.
#[derive(Debug, Clone, Args)]
pub struct PageFlags {
    /// Most entries to print
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// Go on behind the page that gave this cursor
    #[arg(long)]
    pub cursor: Option<String>,
}

impl From<PageFlags> for Page {
    fn from(flags: PageFlags) -> Self {
        Self { size: flags.limit, cursor: flags.cursor }
    }
}

/// Reads `500ms`, `10s`, `2m` or `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let wrong = || format!("`{text}` is not a duration; write it like 500ms, 10s or 2m");
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let millis = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    let duration = Duration::from_millis(number.saturating_mul(millis));
    if duration > DURATION_MAX {
        return Err(format!("`{text}` is longer than a day"));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Variables, Failure> {
        VariableFlags { variables: arguments.iter().map(|&argument| argument.to_owned()).collect() }
            .read()
    }

    #[test]
    fn a_variable_is_json_or_else_a_text() {
        let variables =
            read(&["n=12.50", "t=PT2S", "q=\"12\"", "l=[1,2]", "e=a=b", "n2=null"]).unwrap();
        let text = Value::Object(variables).to_string();
        assert_eq!(text, r#"{"e":"a=b","l":[1,2],"n":12.50,"n2":null,"q":"12","t":"PT2S"}"#);
    }

    #[test]
    fn a_broken_variable_is_wrong_usage() {
        for argument in
            ["amount", "=1", "l=[1,", "o={a:1}", "@/does/not/exist", "x=@/does/not/exist"]
        {
            assert!(matches!(read(&[argument]), Err(Failure::Usage(_))), "{argument}");
        }
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("1500ms"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "10", "s", "1.5s", "-1s", "25h", "99999999999999999999s", "1 s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
