//! One server process: started, signalled, and never left behind.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::binary::server_binary;

/// A running server. Dropping it kills the process.
#[derive(Debug)]
pub struct Server {
    child: Child,
    note: PathBuf,
}

impl Server {
    /// Starts `quorate` with `arguments`; its output is appended to `log`. The number of the
    /// process is noted in `notes`, where the cluster's reaper finds it if the test is killed.
    ///
    /// # Panics
    /// If the program can't be run.
    #[must_use]
    pub fn spawn(arguments: &[&str], log: &Path, notes: &Path) -> Self {
        let mut command = Command::new(server_binary());
        command.args(arguments);
        Self::run(command, log, notes)
    }

    /// Starts a node whose files can't grow over `blocks` of 512 bytes: a write past that fails as
    /// on a full disk.
    ///
    /// # Panics
    /// If the program can't be run.
    #[must_use]
    pub fn spawn_limited(config: &Path, blocks: u64, log: &Path, notes: &Path) -> Self {
        let mut command = Command::new("sh");
        let script = r#"trap "" XFSZ; ulimit -f "$1"; exec "$2" server --config "$3""#;
        command
            .args(["-c", script, "limited", &blocks.to_string()])
            .arg(server_binary())
            .arg(config);
        Self::run(command, log, notes)
    }

    fn run(mut command: Command, log: &Path, notes: &Path) -> Self {
        let out = append(log);
        let err = out.try_clone().expect("an open file can be cloned");
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .expect("the server's program can be run");
        let note = notes.join(child.id().to_string());
        std::fs::write(&note, "").expect("the folder of a test can be written");
        Self { child, note }
    }

    /// Number of the process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// If the process is gone.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the process is ours and was not waited for");
    }

    /// Kills the process with SIGKILL and waits until it is gone.
    pub fn kill(&mut self) {
        // An error means that it ended by itself, which is as good.
        let _gone = self.child.kill();
        let _status = self.child.wait();
        let _noted = std::fs::remove_file(&self.note);
    }

    /// How the process ended; none while it runs.
    ///
    /// # Panics
    /// If the system can't tell.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the process is a child of ours")
    }

    /// Waits until the process ends by itself.
    ///
    /// # Panics
    /// If it does not within `patience`.
    pub fn wait_end(&mut self, patience: Duration) -> ExitStatus {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(Instant::now() < deadline, "the server did not end within {patience:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn append(path: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("the folder of a test can be written")
}

/// A shell that waits for the end of this process, however it ends, kills the servers that are
/// still noted and removes the folder. Clusters shared by the tests of a file are never dropped.
pub(crate) fn reaper(folder: &Path, keep: bool) -> Child {
    let script = r#"read -r _; for p in "$1"/pids/*; do kill -9 "${p##*/}" 2>/dev/null; done
        sleep 0.3; [ "$2" = keep ] || rm -rf "$1""#;
    Command::new("sh")
        .args(["-c", script, "reaper"])
        .arg(folder)
        .arg(if keep { "keep" } else { "remove" })
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh can be run")
}
