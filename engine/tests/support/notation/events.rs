//! What events of the short notation wait for and throw.
//!
//! `message=NAME` with `key=`, `ttl=` and `with=` (the variable it carries); `signal=NAME`, with
//! `here` for this instance only; `error=CODE`, `escalation=CODE`, or without a code for any, with
//! `code=` and `text=` for the variables that take code and message; `condition=EXPRESSION` with
//! `watch=`; `duration=`, `date=`, `cycle=`; `link=`, `compensate`, `cancel`, `terminate`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{escape, value};

/// Event definitions, and the roots that they refer to.
#[derive(Default)]
pub struct Events {
    roots: BTreeSet<String>,
}

impl Events {
    /// Messages, signals, errors and escalations, each once.
    pub fn roots(&self) -> String {
        self.roots.iter().cloned().collect()
    }

    /// The definitions of an event, in the order of its attributes.
    pub fn definitions(&mut self, attributes: &[&str]) -> String {
        let mut out = String::new();
        for attribute in attributes {
            let (name, given) = attribute.split_once('=').unwrap_or((attribute, ""));
            let text = escape(&given.replace('~', " "));
            let _ = match name {
                "duration" => timer(&mut out, "timeDuration", &text),
                "date" => timer(&mut out, "timeDate", &text),
                "cycle" => timer(&mut out, "timeCycle", &text),
                "message" => self.message(&mut out, &text, attributes),
                "signal" => self.signal(&mut out, &text, attributes),
                "error" => self.code(&mut out, "error", &text, attributes),
                "escalation" => self.code(&mut out, "escalation", &text, attributes),
                "condition" => {
                    let watch = optional("camunda:variableName", "watch", attributes);
                    write!(
                        out,
                        "<conditionalEventDefinition{watch}><condition>{text}</condition>\
                         </conditionalEventDefinition>"
                    )
                }
                "link" => write!(out, "<linkEventDefinition name=\"{text}\"/>"),
                "compensate" => {
                    let on = attributes.iter().any(|it| it.starts_with("on="));
                    let only = if on || text.is_empty() {
                        String::new()
                    } else {
                        format!(" activityRef=\"{text}\"")
                    };
                    write!(out, "<compensateEventDefinition{only}/>")
                }
                "cancel" => write!(out, "<cancelEventDefinition/>"),
                "terminate" => write!(out, "<terminateEventDefinition/>"),
                _ => Ok(()),
            };
        }
        out
    }

    /// The reference of a receive task to its message.
    pub fn message_reference(&mut self, attributes: &[&str]) -> String {
        let name = value(attributes, "message").expect("a receive task has a message");
        let id = self.root("message", "name", &escape(&name.replace('~', " ")));
        format!(" messageRef=\"{id}\"")
    }

    /// The association of a compensation boundary event with its handler.
    pub fn handler_of(&self, id: &str, attributes: &[&str]) -> String {
        value(attributes, "compensate").map_or(String::new(), |handler| {
            format!("<association id=\"{id}_to\" sourceRef=\"{id}\" targetRef=\"{handler}\"/>")
        })
    }

    fn message(&mut self, out: &mut String, name: &str, attributes: &[&str]) -> std::fmt::Result {
        let id = self.root("message", "name", name);
        let key = optional("quorate:correlationKey", "key", attributes);
        let ttl = optional("quorate:timeToLive", "ttl", attributes);
        let with = carried(attributes);
        write!(
            out,
            "<messageEventDefinition messageRef=\"{id}\"{key}{ttl}>{with}</messageEventDefinition>"
        )
    }

    fn signal(&mut self, out: &mut String, name: &str, attributes: &[&str]) -> std::fmt::Result {
        let id = self.root("signal", "name", name);
        let here = attributes.contains(&"here");
        let scope = if here { " flowable:scope=\"processInstance\"" } else { "" };
        let with = carried(attributes);
        write!(
            out,
            "<signalEventDefinition signalRef=\"{id}\"{scope}>{with}</signalEventDefinition>"
        )
    }

    fn code(
        &mut self,
        out: &mut String,
        kind: &str,
        code: &str,
        attributes: &[&str],
    ) -> std::fmt::Result {
        let reference = if code.is_empty() {
            String::new()
        } else {
            format!(" {kind}Ref=\"{}\"", self.root(kind, &format!("{kind}Code"), code))
        };
        let into = optional(&format!("camunda:{kind}CodeVariable"), "code", attributes);
        let text = optional("camunda:errorMessageVariable", "text", attributes);
        write!(out, "<{kind}EventDefinition{reference}{into}{text}/>")
    }

    /// Notes a root and gives its id.
    fn root(&mut self, tag: &str, attribute: &str, name: &str) -> String {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let id = format!("{tag}_{plain}");
        self.roots.insert(format!("<{tag} id=\"{id}\" {attribute}=\"{name}\"/>\n"));
        id
    }
}

fn timer(out: &mut String, tag: &str, text: &str) -> std::fmt::Result {
    write!(out, "<timerEventDefinition><{tag}>{text}</{tag}></timerEventDefinition>")
}

fn optional(xml: &str, name: &str, attributes: &[&str]) -> String {
    value(attributes, name)
        .map(|text| format!(" {xml}=\"{}\"", escape(&text.replace('~', " "))))
        .unwrap_or_default()
}

/// The variable that a message or signal carries, as the Java engines' dialects write it.
fn carried(attributes: &[&str]) -> String {
    value(attributes, "with").map_or(String::new(), |name| {
        format!(
            "<extensionElements><camunda:in source=\"{name}\" target=\"{name}\"/>\
             </extensionElements>"
        )
    })
}
