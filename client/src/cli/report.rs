//! Failures: what is said about them, and the exit codes that the help promises.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use proto::v1::{Finding, Standing};
use serde_json::json;

use crate::cli::flags::{Flags, OutputFormat};
use crate::cli::json::plan::refused;
use crate::cli::json::{finding, standing};
use crate::cli::show::{pretty, talk};
use crate::{Error, ErrorKind};

/// Why a command ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong, or names a file that can't be read.
    Usage(String),
    /// The answer has no such field.
    Field(String),
    /// The call was refused or got no answer.
    Call(Box<Error>),
    /// The cluster did not become what was waited for.
    NotReady(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(Box::new(error))
    }
}

/// Says on standard error why a command failed.
pub(crate) fn report(failure: &Failure, flags: &Flags) -> ExitCode {
    let error = match failure {
        Failure::Usage(message) => return say(flags, "USAGE", message, 2),
        Failure::Field(message) => return say(flags, "NO_SUCH_FIELD", message, 1),
        Failure::NotReady(message) => return say(flags, "NOT_READY", message, 5),
        Failure::Call(error) => error,
    };
    if flags.output == OutputFormat::Json {
        talk(&pretty(&document(error)));
    } else {
        say_error(error);
    }
    ExitCode::from(exit_code(error.kind))
}

fn exit_code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Invalid | ErrorKind::NotAuthorized | ErrorKind::Failed => 1,
        ErrorKind::NotFound => 3,
        ErrorKind::Conflict => 4,
        ErrorKind::Unavailable => 5,
    }
}

fn say(flags: &Flags, code: &str, message: &str, exit: u8) -> ExitCode {
    if flags.output == OutputFormat::Json {
        talk(&pretty(&json!({"error": {"code": code, "message": message}})));
    } else {
        talk(&format!("{} {code}: {message}", red("error")));
    }
    ExitCode::from(exit)
}

fn document(error: &Error) -> serde_json::Value {
    let remedy = error.remedy.as_deref().cloned().unwrap_or_default();
    json!({"error": {
        "code": error.code,
        "message": error.message,
        "retryable": error.retryable,
        "correctable": error.correctable,
        "standing": error.standing.as_deref().map(standing),
        "findings": error.findings.iter().map(finding).collect::<Vec<_>>(),
        "allowed": remedy.allowed,
        "refused": remedy.refused.iter().map(refused).collect::<Vec<_>>(),
        "missing": remedy.missing,
        "instance_key": error.instance_key.map(|key| key.to_string()),
        "request_id": error.request_id.map(|id| id.to_string()),
    }})
}

fn say_error(error: &Error) {
    talk(&format!("{} {}: {}", red("error"), error.code, error.message));
    for refused in error.remedy.iter().flat_map(|remedy| &remedy.refused) {
        talk(&format!("  {}: {}", refused.node, refused.reason));
    }
    for finding in &error.findings {
        say_finding(finding);
    }
    if let Some(standing) = &error.standing {
        talk(&format!("  state: {}", state_line(standing)));
    }
    if let Some(hint) = hint(error) {
        talk(&format!("  hint: {hint}"));
    }
}

/// Says a finding the way compilers do, so that editors find the place.
pub(crate) fn say_finding(finding: &Finding) {
    let Finding { resource, line, column, rule, message, hint, .. } = finding;
    talk(&format!("{resource}:{line}:{column}: {rule}: {message}"));
    if !hint.is_empty() {
        talk(&format!("  hint: {hint}"));
    }
}

/// Where an instance stands, in one line.
pub(crate) fn state_line(standing: &Standing) -> String {
    let business_key =
        standing.business_key.as_ref().map(|key| format!(" {key},")).unwrap_or_default();
    let start = format!(
        "instance {},{business_key} {} v{}, version {}",
        standing.instance_key,
        standing.definition_key,
        standing.definition_version,
        standing.version
    );
    if let Some(outcome) = &standing.outcome {
        let class = crate::cli::json::outcome_class(outcome.class());
        return format!("{start}: finished, {class} with outcome {}", outcome.code);
    }
    let mut nodes: Vec<&str> = Vec::new();
    for current in &standing.current_nodes {
        if !nodes.contains(&current.node.as_str()) {
            nodes.push(&current.node);
        }
    }
    let incidents = match standing.incidents.as_slice() {
        [] => String::new(),
        [one] => format!("; incident {} {} at {}", one.key, one.code, one.node),
        [one, rest @ ..] => {
            format!("; incident {} {} at {} and {} more", one.key, one.code, one.node, rest.len())
        }
    };
    let place =
        if nodes.is_empty() { "runs".to_owned() } else { format!("waits at {}", nodes.join(", ")) };
    format!("{start}: {place}{incidents}")
}

fn hint(error: &Error) -> Option<String> {
    let instance =
        error.standing.as_ref().map(|standing| standing.instance_key).or(error.instance_key);
    let look = |instance: i64| format!("quorate instance current {instance}");
    let text = match error.code.as_str() {
        "TASK_NOT_OPEN" | "NODE_MISMATCH" | "AMBIGUOUS_TASK" | "VERSION_CONFLICT"
        | "INCIDENT_NOT_OPEN" => {
            format!("see where it stands: {}", look(instance?))
        }
        "JOB_NOT_OPEN" | "LEASE_LOST" | "JOB_NOT_AVAILABLE" => {
            "drop this result and lease again: quorate job activate TYPE".to_owned()
        }
        "NOT_AUTHORIZED" => {
            "name the person with --user and every group of that person with --group".to_owned()
        }
        "ALREADY_CLAIMED" => "the assignee can give it back: quorate task unclaim".to_owned(),
        "INSTANCE_FINISHED" => format!("see what happened: quorate instance trace {}", instance?),
        "IDEMPOTENCY_CONFLICT" => {
            format!("see what was started before: quorate instance get {}", instance?)
        }
        "INSTANCE_NOT_FOUND" => "see which there are: quorate instance list".to_owned(),
        "DEFINITION_NOT_FOUND" => {
            "see which there are: quorate definition list; or deploy it: quorate deploy FILE"
                .to_owned()
        }
        "DEFINITION_INVALID" => {
            "nothing was deployed; mend the file and deploy it again".to_owned()
        }
        "UNIMPLEMENTED" => "the server is older than this program".to_owned(),
        _ if error.kind == ErrorKind::Unavailable => unavailable(error),
        _ => return None,
    };
    Some(text)
}

fn unavailable(error: &Error) -> String {
    let look = "is the cluster up? quorate cluster status".to_owned();
    match error.request_id {
        Some(id) => format!(
            "{look}; the outcome may be open: `start` and `task complete` can be repeated safely with --request-id {id}"
        ),
        None => look,
    }
}

fn red(text: &str) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain || !std::io::stderr().is_terminal() {
        text.to_owned()
    } else {
        format!("\u{1b}[31m{text}\u{1b}[0m")
    }
}
