//! What the import refuses or tells of: the rules of `bpmn`, with the hints that stand where they
//! are reported.

use std::fmt::Write as _;

use crate::tree::File;

const RULES: &str = "bpmn/src/rules.rs";
/// How far in front of a report its hint may stand.
const NEAR_BYTES: usize = 900;

/// What to do where the hint depends on what was found.
const SAID: [(&str, &str); 4] = [
    ("event-definition-not-executed", "The hint names what the event can be instead."),
    ("condition-language-not-executed", "Write it in FEEL (`= amount > 100`) or as `${…}`."),
    ("terminate-all-not-executed", "Remove the attribute: the event ends its own scope."),
    ("id-missing", "Give it an id."),
];

/// A rule of the import.
struct Rule<'a> {
    constant: &'a str,
    is_error: bool,
    id: &'a str,
    meaning: &'a str,
}

/// Writes what is refused and what is told of.
///
/// # Errors
/// If the rules can't be found.
pub(super) fn write(page: &mut String, files: &[File]) -> Result<(), String> {
    let source = files.iter().find(|file| file.path == RULES);
    let source = source.ok_or_else(|| format!("{RULES} is missing"))?;
    let rules: Vec<Rule<'_>> = source.text.lines().filter_map(rule).collect();
    if rules.is_empty() {
        return Err(format!("{RULES}: no rule was found"));
    }
    let not_executed = |rule: &&Rule<'_>| rule.id.ends_with("-not-executed");
    page.push_str(
        "\n## What is refused\n\nA file with one of these is not deployed: nothing of it is left \
         out in silence. The answer names the rule, the place and what to do.\n",
    );
    table(page, files, rules.iter().filter(|rule| rule.is_error).filter(not_executed));
    page.push_str("\nWhat is wrong with a file for every engine, or nearly so:\n");
    table(page, files, rules.iter().filter(|rule| rule.is_error && !not_executed(rule)));
    page.push_str("\n## What is told of\n\nNotices stop no deployment.\n");
    table(page, files, rules.iter().filter(|rule| !rule.is_error));
    Ok(())
}

fn table<'a>(page: &mut String, files: &[File], rules: impl Iterator<Item = &'a Rule<'a>>) {
    page.push_str("\n| rule | meaning | what to do |\n|---|---|---|\n");
    for rule in rules {
        let said = SAID.iter().find(|(id, _)| *id == rule.id).map(|(_, said)| (*said).to_owned());
        let hint = said.unwrap_or_else(|| hint(files, rule.constant)).replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | {} | {hint} |", rule.id, rule.meaning);
    }
}

/// `NAME Error "id" "meaning"`.
fn rule(line: &str) -> Option<Rule<'_>> {
    let mut quoted = line.split('"');
    let mut head = quoted.next()?.split_whitespace();
    let (constant, severity) = (head.next()?, head.next()?);
    let is_error = match severity {
        "Error" => true,
        "Notice" => false,
        _ => return None,
    };
    let id = quoted.next()?;
    let meaning = quoted.nth(1)?;
    Some(Rule { constant, is_error, id, meaning })
}

/// The hint in front of the first report of a rule that has a constant one.
fn hint(files: &[File], constant: &str) -> String {
    let name = format!("rules::{constant}");
    let sources = files.iter().filter(|file| file.path.starts_with("bpmn/src/") && file.is("rs"));
    for file in sources {
        let reports = file.text.match_indices(&name).filter(|(at, _)| {
            let next = file.text[at + name.len()..].chars().next();
            !next.is_some_and(|letter| letter.is_ascii_uppercase() || letter == '_')
        });
        for (at, _) in reports {
            if let Some(hint) = hint_before(&file.text[..at]) {
                return hint;
            }
        }
    }
    String::new()
}

/// The text of the last `let hint = "…"` of the function that ends here.
fn hint_before(text: &str) -> Option<String> {
    let here = text.rfind("fn ").unwrap_or(0);
    let near = text.len().saturating_sub(NEAR_BYTES);
    let start = text.rfind("let hint = \"").filter(|at| *at > here && *at > near)?;
    // Between the hint and this report stands no other report.
    let behind = &text[start..];
    if behind.matches("rules::").count() > 0 {
        return None;
    }
    let literal = &behind["let hint = \"".len()..];
    let end = literal.find("\";")?;
    let joined: Vec<&str> = literal[..end].split("\\\n").map(str::trim_start).collect();
    Some(joined.concat().replace("\\\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read() {
        let found = rule("    A_B Error \"a-b\" \"It is wrong.\"").expect("a rule");
        assert_eq!((found.constant, found.is_error), ("A_B", true));
        assert_eq!((found.id, found.meaning), ("a-b", "It is wrong."));
        assert!(rule("    // The file and its XML.").is_none());
    }

    #[test]
    fn the_hint_of_a_report_is_found() {
        let source = "fn a() {\n let hint = \"Do \\\"this\\\".\";\n context.report(";
        assert_eq!(hint_before(source).as_deref(), Some("Do \"this\"."));
        assert_eq!(hint_before(&format!("{source}rules::X, hint);\n report(")), None);
        assert_eq!(hint_before(&format!("{source}\n}}\nfn b() {{ report(")), None);
    }
}
