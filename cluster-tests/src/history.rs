//! What clients did and saw, as JSON lines with one monotonic clock.
//!
//! `fail` stands only where the server said that the command was refused. Everything that leaves
//! the outcome open is `info`.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use quorate_client::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "f", content = "args", rename_all = "snake_case")]
pub enum Op {
    /// Start an instance under a business key.
    Start {
        /// Business key.
        key: String,
        /// The variable `amount`, which tells payloads apart.
        amount: u32,
    },
    /// Claim a task.
    ClaimTask {
        /// The task.
        task: i64,
        /// Who.
        user: String,
    },
    /// Complete a task.
    CompleteTask {
        /// The task.
        task: i64,
        /// Who.
        user: String,
        /// Decision.
        decision: String,
    },
    /// Complete a job.
    CompleteJob {
        /// The job.
        job: i64,
        /// Attempt of the lease.
        attempt: u32,
    },
    /// Lease jobs.
    ActivateJobs {
        /// Name of the worker.
        worker: String,
    },
    /// Read an inbox.
    ListInbox {
        /// Whose.
        user: String,
    },
    /// Read an instance.
    GetInstance {
        /// Which.
        instance: i64,
    },
}

/// What a client was answered. What does not belong to the operation is none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Res {
    /// Partition of the position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
    /// Index of the position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_index: Option<u64>,
    /// The instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<i64>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Whether it was created by this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<bool>,
    /// Number of things in a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

/// Kinds of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A client sends.
    Invoke,
    /// It was done.
    Ok,
    /// The outcome is open; or a fault was put in.
    Info,
    /// It was refused.
    Fail,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Number of the line.
    pub n: u64,
    /// Nanoseconds since the recorder was made.
    pub t: u64,
    /// Logical process, or `nemesis`.
    pub proc: String,
    /// Which nodes the client knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Kind of line.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What was asked, for an invocation.
    #[serde(flatten)]
    pub op: Option<Op>,
    /// Line of the invocation that this answers.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub res: Option<Res>,
    /// Code and message of what went wrong, or what the nemesis did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub err: Option<String>,
}

/// Writes lines, from any thread.
#[derive(Debug)]
pub struct Recorder {
    since: Instant,
    inner: Mutex<(Vec<Line>, BufWriter<File>)>,
}

impl Recorder {
    /// A recorder that writes to a new file.
    ///
    /// # Panics
    /// If the file can't be made.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let file = File::create(path).expect("the history's file can be made");
        Self { since: Instant::now(), inner: Mutex::new((Vec::new(), BufWriter::new(file))) }
    }

    /// Notes that a process sends `op` to `node`; gives the number of the line.
    pub fn invoke(&self, process: &str, node: &str, op: Op) -> u64 {
        self.add(Line { node: Some(node.to_owned()), op: Some(op), ..line(process, Kind::Invoke) })
    }

    /// Notes how the invocation in line `of` ended.
    pub fn answer(&self, process: &str, of: u64, result: &Result<Res, Error>) {
        let (kind, res, err) = match result {
            Ok(res) => (Kind::Ok, Some(res.clone()), None),
            Err(error) => (kind_of(error), None, Some(error.to_string())),
        };
        self.add(Line { of: Some(of), res, err, ..line(process, kind) });
    }

    /// Notes a fault that was put in.
    pub fn fault(&self, what: String) {
        self.add(Line { err: Some(what), ..line("nemesis", Kind::Info) });
    }

    fn add(&self, line: Line) -> u64 {
        let mut inner = self.inner.lock().expect("nobody panics while writing a line");
        let n = inner.0.len() as u64;
        // Taken under the lock, so that numbers and times have one order.
        let t = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let line = Line { n, t, ..line };
        serde_json::to_writer(&mut inner.1, &line).expect("a line can be written");
        inner.1.write_all(b"\n").expect("a line can be written");
        inner.0.push(line);
        n
    }

    /// Every line so far.
    ///
    /// # Panics
    /// If the file can't be written.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let mut inner = self.inner.lock().expect("nobody panics while writing a line");
        inner.1.flush().expect("the history's file can be written");
        inner.0.clone()
    }
}

fn line(process: &str, kind: Kind) -> Line {
    let proc = process.to_owned();
    Line { n: 0, t: 0, proc, node: None, kind, op: None, of: None, res: None, err: None }
}

/// `fail` only if the server said so.
fn kind_of(error: &Error) -> Kind {
    match error.kind {
        ErrorKind::Invalid
        | ErrorKind::NotAuthorized
        | ErrorKind::NotFound
        | ErrorKind::Conflict => Kind::Fail,
        ErrorKind::Unavailable | ErrorKind::Failed => Kind::Info,
    }
}

/// Reads a history back from its file.
///
/// # Errors
/// If a line is not one of ours.
pub fn read(text: &str) -> Result<Vec<Line>, serde_json::Error> {
    text.lines().map(serde_json::from_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_read_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        let recorder = Recorder::new(&path);
        let of = recorder.invoke("1", "n1", Op::Start { key: "k".into(), amount: 3 });
        recorder.answer("1", of, &Ok(Res { instance: Some(7), ..Res::default() }));
        recorder.fault("kill node 1".into());
        let lines = recorder.lines();
        assert_eq!(lines.len(), 3);
        assert_eq!(read(&std::fs::read_to_string(&path).unwrap()).unwrap(), lines);
        assert!(lines[0].t <= lines[1].t);
    }
}
