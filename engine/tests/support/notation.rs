//! A short notation for models, turned into BPMN XML.
//!
//! ```text
//! start s -> fork
//! and fork -> a, b
//! user a assignee=anna groups=finance,law -> join
//! job b type=pay retries=2 exclusive -> join
//! and join -> x
//! xor x -> small [= amount <= 100], big default
//! boundary late on=a duration=PT1H keep -> note
//! sub p -> e {
//!   start ps -> pe
//!   end pe
//! }
//! end e outcome=done rejected
//! or split -> a [= x > 1], b default
//! events gate -> m, t
//! catch m message=paid key==~order -> join
//! throw t signal=go -> e
//! boundary b on=a error=E1 code=variable -> c
//! receive r message=paid -> e
//! complex c after=activationCount~>=~2 -> e
//! sub p event {
//!   start ps escalation=X keep -> pe
//!   end pe error=E2
//! }
//! boundary undo on=a compensate=handler
//! job handler undoes
//! ```
//!
//! What an event waits for or throws is told by the attributes in `events.rs`; several make it a
//! multiple event, with `all` a parallel multiple one.
//!
//! A line that begins with `<` is BPMN as it is, with the prefixes `zeebe`, `camunda`, `flowable` and
//! `quorate`; one that begins with `^<` stands outside of the process, such as a message. The flows
//! of an element written so stand in a line `flow a -> b`.

mod events;

use std::fmt::Write as _;

use events::Events;

use super::approvals;

/// Turns the notation into XML.
pub fn to_xml(text: &str) -> String {
    let mut body = String::new();
    let mut outside = String::new();
    let mut events = Events::default();
    let mut flows = 0;
    let mut open: Vec<(&str, String, Vec<Target>)> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('<') {
            let _ = writeln!(body, "{line}");
            continue;
        }
        if let Some(line) = line.strip_prefix('^') {
            let _ = writeln!(outside, "{line}");
            continue;
        }
        if let Some(line) = line.strip_prefix("policy ") {
            let _ = write!(body, "<extensionElements><quorate:policies");
            for word in line.split_whitespace() {
                let (name, value) = word.split_once('=').expect("name=value");
                let _ = write!(body, " {name}=\"{}\"", escape(value));
            }
            body.push_str("/></extensionElements>\n");
            continue;
        }
        if line == "}" {
            let (tag, id, targets) = open.pop().expect("an open sub-process");
            let _ = writeln!(body, "</{tag}>");
            write_flows(&mut body, &id, &targets, &mut flows);
            continue;
        }
        let opens = line.ends_with('{');
        let (head, targets) = split(line.trim_end_matches('{').trim());
        let mut words = head.split_whitespace();
        let kind = words.next().expect("a kind");
        let id = words.next().unwrap_or_else(|| panic!("an id: {line}")).to_owned();
        let attributes: Vec<&str> = words.collect();
        let default = targets
            .iter()
            .position(|target| target.is_default)
            .map(|at| format!(" default=\"f{}\"", flows + 1 + at))
            .unwrap_or_default();
        if opens {
            assert_eq!(kind, "sub");
            body.push_str(&sub_process(&id, &attributes, &default));
            open.push((tag_of_sub(&attributes), id, targets));
            continue;
        }
        if kind != "flow" {
            write_element(&mut body, kind, &id, &attributes, &default, &mut events);
        }
        write_flows(&mut body, &id, &targets, &mut flows);
    }
    format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" \
         xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\" \
         xmlns:flowable=\"http://flowable.org/bpmn\" \
         xmlns:quorate=\"https://quorate.dev/bpmn\" targetNamespace=\"t\">\n\
         {outside}{}<process id=\"test\" isExecutable=\"true\">\n{body}</process>\n</definitions>\n",
        events.roots()
    )
}

struct Target {
    id: String,
    condition: Option<String>,
    is_default: bool,
    is_rework: bool,
}

fn split(line: &str) -> (String, Vec<Target>) {
    let Some((head, tail)) = line.split_once("->") else { return (line.to_owned(), Vec::new()) };
    let mut targets = Vec::new();
    let mut rest = tail.trim();
    while !rest.is_empty() {
        let end = rest.find([',', ' ', '[']).unwrap_or(rest.len());
        let id = rest[..end].to_owned();
        rest = rest[end..].trim_start();
        let mut condition = None;
        if let Some(inner) = rest.strip_prefix('[') {
            let close = inner.rfind("],").or_else(|| inner.rfind(']')).expect("a closing bracket");
            let close = inner[..close].find(']').unwrap_or(close);
            condition = Some(inner[..close].to_owned());
            rest = inner[close + 1..].trim_start();
        }
        let is_default = rest.starts_with("default");
        rest = rest.trim_start_matches("default").trim_start();
        let is_rework = rest.starts_with("rework");
        rest = rest.trim_start_matches("rework").trim_start();
        rest = rest.trim_start_matches(',').trim_start();
        targets.push(Target { id, condition, is_default, is_rework });
    }
    (head.trim().to_owned(), targets)
}

fn write_flows(body: &mut String, source: &str, targets: &[Target], flows: &mut usize) {
    for target in targets {
        *flows += 1;
        let _ = write!(
            body,
            "<sequenceFlow id=\"f{flows}\" sourceRef=\"{source}\" targetRef=\"{}\"{}>",
            target.id,
            if target.is_rework { " quorate:rework=\"true\"" } else { "" }
        );
        if let Some(condition) = &target.condition {
            let _ =
                write!(body, "<conditionExpression>{}</conditionExpression>", escape(condition));
        }
        body.push_str("</sequenceFlow>\n");
    }
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn value<'a>(attributes: &[&'a str], name: &str) -> Option<&'a str> {
    attributes.iter().find_map(|attribute| attribute.strip_prefix(name)?.strip_prefix('='))
}

fn tag_of_sub(attributes: &[&str]) -> &'static str {
    if attributes.contains(&"transaction") { "transaction" } else { "subProcess" }
}

fn sub_process(id: &str, attributes: &[&str], default: &str) -> String {
    let event = if attributes.contains(&"event") { " triggeredByEvent=\"true\"" } else { "" };
    let undoes = if attributes.contains(&"undoes") { UNDOES } else { "" };
    format!("<{} id=\"{id}\"{event}{undoes}{default}>\n", tag_of_sub(attributes))
}

/// Marks a compensation handler.
const UNDOES: &str = " isForCompensation=\"true\"";

/// The attributes of a line.
struct Attributes<'a>(&'a [&'a str]);

impl Attributes<'_> {
    fn get(&self, name: &str) -> Option<String> {
        value(self.0, name).map(|text| escape(&text.replace('~', " ")))
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// The attribute as one of XML, under another name.
    fn attribute(&self, xml: &str, name: &str) -> String {
        self.get(name).map(|text| format!(" {xml}=\"{text}\"")).unwrap_or_default()
    }
}

fn write_element(
    body: &mut String,
    kind: &str,
    id: &str,
    attributes: &[&str],
    default: &str,
    events: &mut Events,
) {
    let a = Attributes(attributes);
    let line = event(kind, id, &a, default, events).or_else(|| activity(kind, id, &a, default));
    body.push_str(&line.unwrap_or_else(|| panic!("unknown kind {kind}")));
    body.push('\n');
}

/// Events, and the task that waits for one.
fn event(
    kind: &str,
    id: &str,
    a: &Attributes<'_>,
    default: &str,
    events: &mut Events,
) -> Option<String> {
    let all = if a.has("all") { " parallelMultiple=\"true\"" } else { "" };
    Some(match kind {
        "start" => format!(
            "<startEvent id=\"{id}\"{} isInterrupting=\"{}\">{}</startEvent>",
            a.attribute("quorate:initiator", "initiator"),
            !a.has("keep"),
            events.definitions(a.0),
        ),
        "end" => {
            let class = if a.has("rejected") { " quorate:outcomeClass=\"rejected\"" } else { "" };
            let inner = events.definitions(a.0);
            let outcome = a.attribute("quorate:outcome", "outcome");
            let job = a.attribute("quorate:jobType", "job");
            format!("<endEvent id=\"{id}\"{outcome}{class}{job}>{inner}</endEvent>")
        }
        "receive" => format!(
            "<receiveTask id=\"{id}\"{default}{}{}/>",
            events.message_reference(a.0),
            a.attribute("quorate:correlationKey", "key"),
        ),
        "timer" | "catch" => format!(
            "<intermediateCatchEvent id=\"{id}\"{all}>{}</intermediateCatchEvent>",
            events.definitions(a.0)
        ),
        "throw" => format!(
            "<intermediateThrowEvent id=\"{id}\"{}>{}</intermediateThrowEvent>",
            a.attribute("quorate:jobType", "job"),
            events.definitions(a.0)
        ),
        "boundary" => format!(
            "<boundaryEvent id=\"{id}\" attachedToRef=\"{}\" cancelActivity=\"{}\"{all}>{}</boundaryEvent>{}",
            a.get("on").expect("a boundary event is on something"),
            !a.has("keep"),
            events.definitions(a.0),
            events.handler_of(id, a.0),
        ),
        _ => return None,
    })
}

/// Activities and gateways.
fn activity(kind: &str, id: &str, a: &Attributes<'_>, default: &str) -> Option<String> {
    let undoes = if a.has("undoes") { UNDOES } else { "" };
    Some(match kind {
        "user" => format!(
            "<userTask id=\"{id}\"{default}{undoes}{}{}{}{}{}>{}</userTask>",
            a.attribute("quorate:assignee", "assignee"),
            a.attribute("quorate:candidateUsers", "users"),
            a.attribute("quorate:candidateGroups", "groups"),
            a.attribute("quorate:dueDate", "due"),
            a.attribute("quorate:priority", "priority"),
            approvals::extensions(a.0),
        ),
        "job" => format!(
            "<serviceTask id=\"{id}\"{default}{undoes} quorate:jobType=\"{}\"{}{}/>",
            a.get("type").unwrap_or_else(|| id.to_owned()),
            a.attribute("quorate:attempts", "retries"),
            if a.has("exclusive") { " quorate:exclusive=\"true\"" } else { "" },
        ),
        "eval" => format!(
            "<serviceTask id=\"{id}\"{default}{undoes}{}{}/>",
            a.attribute("quorate:expression", "do"),
            a.attribute("quorate:resultVariable", "result"),
        ),
        "task" => format!("<task id=\"{id}\"{default}{undoes}/>"),
        "call" => format!(
            "<callActivity id=\"{id}\"{default} calledElement=\"{}\"/>",
            a.get("of").expect("a call calls something")
        ),
        "xor" => format!("<exclusiveGateway id=\"{id}\"{default}/>"),
        "and" => format!("<parallelGateway id=\"{id}\"/>"),
        "or" => format!("<inclusiveGateway id=\"{id}\"{default}/>"),
        "events" => format!("<eventBasedGateway id=\"{id}\"/>"),
        "complex" => format!(
            "<complexGateway id=\"{id}\"{default}>{}</complexGateway>",
            a.get("after").map_or(String::new(), |after| format!(
                "<activationCondition>= {after}</activationCondition>"
            )),
        ),
        _ => return None,
    })
}
