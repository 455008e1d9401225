//! The deployment check: reads every file and finds everything that is wrong with any of them.
//!
//! Stores nothing and decides no version.

use std::collections::BTreeMap;

use engine::mailbox::{StartRow, starts_of, timers_of};
use engine::{Digest, Millis, Model, ModelProblem};

use crate::context::Context;
use crate::request::{Failure, Finding};
use crate::{decisions, encoding};

/// Rule id of a definition key that two processes of one deployment have.
const KEY_DUPLICATE: &str = "definition-key-duplicate";
/// Bytes of a file in which its root element is looked for.
const ROOT_BYTES_MAX: usize = 4 * 1024;

/// A checked process or decision of a deployment.
pub(super) struct Candidate {
    pub(super) key: String,
    pub(super) name: Option<String>,
    pub(super) resource: usize,
    pub(super) digest: Digest,
    pub(super) version_tag: Option<String>,
    pub(super) starts: Vec<StartRow>,
    pub(super) notices: Vec<Finding>,
}

/// Imports and compiles every file; the findings of all files come together.
pub(super) fn check(
    context: &Context,
    resources: &[(String, Vec<u8>)],
    now: Millis,
) -> Result<Vec<Candidate>, Failure> {
    let mut checked = Checked::default();
    for (index, (resource, xml)) in resources.iter().enumerate() {
        let file = File { context, index, resource, xml, now };
        if is_dmn(resource, xml) {
            file.decisions(&mut checked);
        } else {
            file.processes(&mut checked);
        }
    }
    if checked.findings.is_empty() {
        Ok(checked.candidates)
    } else {
        Err(Failure::DefinitionInvalid { findings: checked.findings })
    }
}

/// True for a file with decisions: by its name, or by the namespace at its beginning.
fn is_dmn(resource: &str, xml: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&xml[..xml.len().min(ROOT_BYTES_MAX)]);
    resource.ends_with(".dmn")
        || (head.contains("omg.org/spec/DMN/") && !head.contains("omg.org/spec/BPMN/"))
}

#[derive(Default)]
struct Checked {
    candidates: Vec<Candidate>,
    findings: Vec<Finding>,
    /// Which file each key came in.
    keys: BTreeMap<String, String>,
}

impl Checked {
    fn add(&mut self, resource: &str, candidate: Candidate) {
        let key = candidate.key.clone();
        if let Some(first) = self.keys.insert(key.clone(), resource.to_owned()) {
            self.findings.push(duplicate(resource, &key, &first));
        }
        self.candidates.push(candidate);
    }
}

struct File<'a> {
    context: &'a Context,
    index: usize,
    resource: &'a str,
    xml: &'a [u8],
    now: Millis,
}

impl File<'_> {
    fn processes(&self, checked: &mut Checked) {
        let options = &self.context.options;
        let import = match bpmn::import(self.xml, &options.import) {
            Ok(import) => import,
            Err(problems) => {
                checked.findings.extend(problems.iter().map(|problem| self.found(problem)));
                return;
            }
        };
        let notices: Vec<Finding> =
            import.notices.iter().map(|notice| self.found(notice)).collect();
        for definition in import.definitions {
            let (key, name) = (definition.key.clone(), definition.name.clone());
            let version_tag = definition.version_tag.clone();
            let model = Model::new(definition, &options.limits);
            let starts = model.and_then(|model| {
                timers_of(&model, &options.limits, self.now)?;
                starts_of(&model, &options.limits)
            });
            match starts {
                Ok(starts) => {
                    let notices = notices.clone();
                    checked.add(
                        self.resource,
                        self.candidate(key, name, version_tag, starts, notices),
                    );
                }
                Err(problems) => {
                    let problems = problems.into_iter().map(|problem| self.misread(problem));
                    checked.findings.extend(problems);
                }
            }
        }
    }

    fn decisions(&self, checked: &mut Checked) {
        let import = match dmn::import(self.xml, &self.context.options.decisions) {
            Ok(import) => import,
            Err(problems) => {
                checked.findings.extend(problems.iter().map(|problem| self.found_in_dmn(problem)));
                return;
            }
        };
        let notices: Vec<Finding> =
            import.notices.iter().map(|notice| self.found_in_dmn(notice)).collect();
        for decision in import.model.decisions() {
            let key = decisions::key_of(&decision.id);
            let name = decision.name.as_deref().map(str::to_owned);
            let notices = notices.clone();
            checked.add(self.resource, self.candidate(key, name, None, Vec::new(), notices));
        }
    }

    fn candidate(
        &self,
        key: String,
        name: Option<String>,
        version_tag: Option<String>,
        starts: Vec<StartRow>,
        notices: Vec<Finding>,
    ) -> Candidate {
        let digest = encoding::digest_of_bytes(self.xml);
        Candidate { key, name, resource: self.index, digest, version_tag, starts, notices }
    }

    fn found(&self, problem: &bpmn::Problem) -> Finding {
        Finding {
            resource: self.resource.to_owned(),
            rule: problem.rule.as_str().to_owned(),
            element: problem.element.clone(),
            line: problem.position.line,
            column: problem.position.column,
            message: problem.message.clone(),
            hint: problem.hint.clone(),
        }
    }

    fn found_in_dmn(&self, problem: &dmn::Problem) -> Finding {
        Finding {
            resource: self.resource.to_owned(),
            rule: problem.rule.as_str().to_owned(),
            element: problem.element.clone(),
            line: problem.position.line,
            column: problem.position.column,
            message: problem.message.clone(),
            hint: problem.hint.clone(),
        }
    }

    fn misread(&self, problem: ModelProblem) -> Finding {
        Finding {
            resource: self.resource.to_owned(),
            rule: ModelProblem::RULE.to_owned(),
            element: problem.element,
            line: problem.position.line,
            column: problem.position.column,
            message: problem.message,
            hint: problem.hint,
        }
    }
}

fn duplicate(resource: &str, key: &str, first: &str) -> Finding {
    let (what, id) = match decisions::id_of(key) {
        Some(id) => ("decision", id),
        None => ("process", key),
    };
    Finding {
        resource: resource.to_owned(),
        rule: KEY_DUPLICATE.to_owned(),
        element: Some(id.to_owned()),
        line: 1,
        column: 1,
        message: format!("{what} {id} is in file {first} of the same deployment, too"),
        hint: "Give them different ids, or deploy one file after the other.".to_owned(),
    }
}
