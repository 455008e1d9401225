//! One process, one instance, and short words for what people do with it over REST.

use std::cell::Cell;

use cluster_tests::models::Draft;
use cluster_tests::rest::{self, Answer};
use cluster_tests::{Cluster, Settings, Shared};
use serde_json::{Value, json};

static CLUSTER: Shared = Shared::new(|| Settings::quick(1));
/// The cluster of tests that import a directory: in the other one nobody is known, so that every
/// name may act.
static WITH_DIRECTORY: Shared = Shared::new(|| Settings::quick(1));

thread_local! {
    static IMPORTS: Cell<bool> = const { Cell::new(false) };
}

/// Lives as long as a test that imports a directory.
pub(crate) struct Imports;

/// Says that the test imports a directory.
pub(crate) fn imports_a_directory() -> Imports {
    IMPORTS.set(true);
    Imports
}

impl Drop for Imports {
    fn drop(&mut self) {
        IMPORTS.set(false);
    }
}

pub(crate) fn cluster() -> &'static Cluster {
    if IMPORTS.get() { WITH_DIRECTORY.get() } else { CLUSTER.get() }
}

/// Where the server is reached.
pub(crate) fn base() -> String {
    cluster().rest(1)
}

/// A user task of one person, with rules.
pub(crate) fn person(id: &str, user: &str, rules: &str) -> String {
    format!(
        r#"<userTask id="{id}" quorate:assignee="{user}"><extensionElements>{rules}</extensionElements></userTask>"#
    )
}

/// A user task of several people, with attributes of `approval` and further rules.
pub(crate) fn people(id: &str, users: &str, approval: &str, rules: &str) -> String {
    format!(
        r#"<userTask id="{id}"><extensionElements><quorate:approval {approval}><quorate:participant users="{users}"/></quorate:approval>{rules}</extensionElements></userTask>"#
    )
}

/// Tasks one after the other, each of the person of its name's letter: `a` of `ann` and so on.
pub(crate) fn serial(id: &str, nodes: &[&str]) -> Draft {
    let mut draft = Draft::new(id);
    for node in nodes {
        draft = draft.node(&person(node, holder(node), ""));
    }
    draft.end("done").path(&format!("start -> {} -> done", nodes.join(" -> ")))
}

/// Who does a node in these tests.
pub(crate) fn holder(node: &str) -> &'static str {
    match node.chars().last() {
        Some('1') => "ann",
        Some('2') => "bob",
        Some('3') => "carl",
        Some('4') => "dora",
        _ => "eve",
    }
}

/// Leases jobs of a type for half a minute, waiting a moment for the first.
pub(crate) fn lease(job_type: &str, jobs_max: u32) -> Vec<Value> {
    let body = json!({ "job_type": job_type, "worker": "w", "lease_ms": 30_000,
                       "jobs_max": jobs_max, "wait_ms": 3_000 });
    good(post("/v1/jobs/activate", &body))["jobs"].as_array().expect("a list").clone()
}

/// Completes a leased job.
pub(crate) fn finish(job: &Value, variables: Value) -> Answer {
    let path = format!("/v1/jobs/{}/complete", text(&job["key"]));
    post(&path, &json!({ "attempt": job["attempt"], "variables": variables }))
}

/// An instance, by its key as text.
pub(crate) struct Case {
    pub(crate) instance: String,
}

pub(crate) fn deploy(draft: &Draft) -> Answer {
    let (name, content) = draft.file();
    let url = format!("{}/v1/definitions?resource={name}", base());
    rest::post_bytes(&url, "application/xml", &content).expect("the server answers")
}

pub(crate) fn post(path: &str, body: &Value) -> Answer {
    rest::post(&format!("{}{path}", base()), body).expect("the server answers")
}

pub(crate) fn get(path: &str) -> Answer {
    rest::get(&format!("{}{path}", base())).expect("the server answers")
}

/// The body of an answer that must be good.
#[track_caller]
pub(crate) fn good(answer: Answer) -> Value {
    assert!(answer.status < 300, "{} {}", answer.status, answer.text);
    answer.json
}

/// The code of an answer that must be a refusal.
#[track_caller]
pub(crate) fn refused(answer: &Answer) -> String {
    assert!(answer.status >= 400, "{} {}", answer.status, answer.text);
    answer.json["code"].as_str().expect("a refusal has a code").to_owned()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Texts of a list's entries under a name, in order.
pub(crate) fn each(list: &Value, name: &str) -> Vec<String> {
    let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().map(|entry| text(&entry[name]).to_owned()).collect()
}

pub(crate) fn operator(user: &str) -> Value {
    match user {
        "root" => json!({ "user": user, "groups": ["admin"] }),
        _ => json!({ "user": user, "groups": [] }),
    }
}

fn with(mut body: Value, user: &str) -> Value {
    body["operator"] = operator(user);
    body
}

impl Case {
    pub(crate) fn start(draft: &Draft) -> Self {
        Self::start_with(draft, json!({}))
    }

    #[track_caller]
    pub(crate) fn start_with(draft: &Draft, variables: Value) -> Self {
        good(deploy(draft));
        let (name, _) = draft.file();
        let definition = name.trim_end_matches(".bpmn").to_owned();
        Self::of(&definition, variables)
    }

    /// One more instance of a deployed definition.
    #[track_caller]
    pub(crate) fn of(definition: &str, variables: Value) -> Self {
        let key = uuid::Uuid::now_v7().to_string();
        let body = json!({ "definition_key": definition, "business_key": key,
                           "initiator": "ines", "variables": variables });
        let reply = good(post("/v1/instances", &body));
        let instance = text(&reply["standing"]["instance_key"]).to_owned();
        Self { instance }
    }

    pub(crate) fn standing(&self) -> Value {
        good(get(&format!("/v1/instances/{}", self.instance)))["standing"].clone()
    }

    pub(crate) fn variables(&self) -> Value {
        good(get(&format!("/v1/instances/{}", self.instance)))["variables"].clone()
    }

    fn tasks(&self) -> Vec<Value> {
        let standing = self.standing();
        let current = standing["current_nodes"].as_array().expect("a list").clone();
        current.into_iter().filter(|it| it["waits_for"]["kind"] == "task").collect()
    }

    /// Open work items as `node:assignee`, sorted.
    pub(crate) fn open(&self) -> Vec<String> {
        let mut open: Vec<String> = self
            .tasks()
            .iter()
            .map(|it| format!("{}:{}", text(&it["node"]), text(&it["waits_for"]["assignee"])))
            .collect();
        open.sort();
        open
    }

    /// Nodes with an open work item, sorted, once each item.
    pub(crate) fn nodes(&self) -> Vec<String> {
        let mut nodes: Vec<String> =
            self.tasks().iter().map(|it| text(&it["node"]).to_owned()).collect();
        nodes.sort();
        nodes
    }

    /// The open work item of a person at a node; of anybody if no person is named.
    #[track_caller]
    pub(crate) fn item(&self, node: &str, user: &str) -> Value {
        let tasks = self.tasks();
        let here = |it: &&Value| {
            text(&it["node"]) == node
                && (user.is_empty() || text(&it["waits_for"]["assignee"]) == user)
        };
        tasks.iter().find(here).unwrap_or_else(|| panic!("{user} at {node}: {tasks:#?}")).clone()
    }

    #[track_caller]
    pub(crate) fn key(&self, node: &str, user: &str) -> String {
        text(&self.item(node, user)["key"]).to_owned()
    }

    /// Something with an open work item, whose holder asks.
    #[track_caller]
    pub(crate) fn work(&self, node: &str, user: &str, operation: &str, body: Value) -> Answer {
        post(&format!("/v1/tasks/{}/{operation}", self.key(node, user)), &with(body, user))
    }

    /// Something with a work item given by its key.
    pub(crate) fn work_at(&self, key: &str, user: &str, operation: &str, body: Value) -> Answer {
        post(&format!("/v1/tasks/{key}/{operation}"), &with(body, user))
    }

    #[track_caller]
    pub(crate) fn approve(&self, node: &str, user: &str) -> Value {
        good(self.work(node, user, "complete", json!({ "decision": "approve" })))
    }

    #[track_caller]
    pub(crate) fn reject(&self, node: &str, user: &str) -> Value {
        good(self.work(node, user, "complete", json!({ "decision": "reject" })))
    }

    /// Approves node after node, each by its holder.
    #[track_caller]
    pub(crate) fn walk(&self, nodes: &[&str]) {
        for node in nodes {
            self.approve(node, holder(node));
        }
    }

    /// Returns to a node, to `previous`, `initiator` or `signer`, by the holder of `node`.
    #[track_caller]
    pub(crate) fn back(&self, node: &str, user: &str, to: &str) -> Answer {
        self.back_with(node, user, to, json!({}))
    }

    #[track_caller]
    pub(crate) fn back_with(&self, node: &str, user: &str, to: &str, body: Value) -> Answer {
        self.work(node, user, "return", to_of(body, to))
    }

    /// Something with the instance as a whole.
    pub(crate) fn govern(&self, user: &str, operation: &str, body: Value) -> Answer {
        post(&format!("/v1/instances/{}/{operation}", self.instance), &with(body, user))
    }

    /// Nodes that the open work item of a person may return to, sorted.
    #[track_caller]
    pub(crate) fn returnable(&self, node: &str, user: &str) -> Vec<String> {
        let found = good(get(&format!("/v1/tasks/{}/returnable", self.key(node, user))));
        let mut nodes = each(&found["allowed"], "node");
        nodes.sort();
        nodes
    }

    /// Entries of the trace of one kind.
    pub(crate) fn trace(&self, kind: &str) -> Vec<Value> {
        let url = format!("/v1/instances/{}/trace?page_size=1000", self.instance);
        let entries = good(get(&url))["entries"].as_array().expect("a list").clone();
        entries.into_iter().filter(|entry| text(&entry["kind"]) == kind).collect()
    }

    pub(crate) fn outcome(&self) -> Value {
        self.standing()["outcome"].clone()
    }

    pub(crate) fn version(&self) -> u64 {
        self.standing()["version"].as_u64().expect("a version")
    }
}

/// The target of a return in a body.
pub(crate) fn to_of(mut body: Value, to: &str) -> Value {
    if matches!(to, "previous" | "initiator" | "signer") {
        body["to"] = json!(to);
    } else {
        body["to"] = json!("node");
        body["node"] = json!(to);
    }
    body
}

/// Nodes of the plan's path, newest first.
pub(crate) fn path_of(reply: &Value) -> Vec<String> {
    each(&reply["plan"]["path"], "node")
}

/// Waits until `probe` finds something.
///
/// # Panics
/// If it finds nothing within half a minute.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(std::time::Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
}
