//! The servers that are measured: processes with their own folders, and what the system says
//! about them.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Options;

/// Linux counts CPU time in hundredths of a second for every program.
const TICKS_PER_S: f64 = 100.0;
const READY_MAX: Duration = Duration::from_secs(60);

/// Servers of one cluster. Dropping them kills the processes and removes their data.
pub(crate) struct Servers {
    children: Vec<Child>,
    /// `http://host:port` of each.
    pub(crate) endpoints: Vec<String>,
    admin: Vec<SocketAddr>,
    folder: TempDir,
}

impl Servers {
    /// Starts a cluster of `count` nodes and waits until each serves.
    pub(crate) async fn start(count: usize, options: &Options) -> Result<Self, String> {
        let folder = new_folder(options)?;
        let ports = free_ports(count * 3)?;
        let mut servers =
            Self { children: Vec::new(), endpoints: Vec::new(), admin: Vec::new(), folder };
        let peers: Vec<String> = (0..count)
            .map(|at| {
                format!("{{ id = {}, address = \"127.0.0.1:{}\" }}", at + 1, ports[at * 3 + 1])
            })
            .collect();
        for at in 0..count {
            let of = &ports[at * 3..at * 3 + 3];
            let data = servers.folder.path().join(format!("node-{}", at + 1));
            let partitions = options
                .partitions
                .map_or_else(String::new, |count| format!("partitions = {count}\n"));
            let text = format!(
                "[node]\nid = {}\ndata = {data:?}\n[cluster]\nid = \"bench\"\n{partitions}peers = [{}]\n\
                 [listen]\nclient = \"127.0.0.1:{}\"\npeer = \"127.0.0.1:{}\"\nadmin = \"127.0.0.1:{}\"\n",
                at + 1,
                peers.join(", "),
                of[0],
                of[1],
                of[2],
            );
            let config = data.with_extension("toml");
            std::fs::write(&config, text)
                .map_err(|error| format!("{}: {error}", config.display()))?;
            let arguments = ["server", "--config", &config.to_string_lossy()];
            servers.children.push(spawn(options, &arguments, &data.with_extension("log"))?);
            servers.endpoints.push(format!("http://127.0.0.1:{}", of[0]));
            servers.admin.push(SocketAddr::from(([127, 0, 0, 1], of[2])));
        }
        for at in 0..count {
            let log = servers.folder.path().join(format!("node-{}.log", at + 1));
            wait_ready(servers.admin[at], &mut servers.children[at], &log).await?;
        }
        Ok(servers)
    }

    /// CPU time of all servers so far, user and system.
    pub(crate) fn cpu(&self) -> Duration {
        self.children.iter().map(|child| cpu_of(child.id())).sum()
    }

    /// Resident memory of all servers, in MiB.
    pub(crate) fn resident_mib(&self) -> f64 {
        self.children.iter().map(|child| resident_mib_of(child.id())).sum()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in &mut self.children {
            stop(child);
        }
    }
}

/// Kills a process and waits for its end.
pub(crate) fn stop(child: &mut Child) {
    // An error means that it has ended by itself.
    let _gone = child.kill();
    let _status = child.wait();
}

/// A new folder for data.
pub(crate) fn new_folder(options: &Options) -> Result<TempDir, String> {
    tempfile::Builder::new()
        .prefix("quorate-bench-")
        .tempdir_in(options.folder())
        .map_err(|error| format!("{}: {error}", options.folder().display()))
}

/// Starts the server's program; what it prints goes to `log`.
pub(crate) fn spawn(options: &Options, arguments: &[&str], log: &Path) -> Result<Child, String> {
    let program = program(options)?;
    let out = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let err = out.try_clone().map_err(|error| error.to_string())?;
    Command::new(&program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .map_err(|error| format!("{}: {error}", program.display()))
}

fn program(options: &Options) -> Result<PathBuf, String> {
    if let Some(program) = &options.server {
        return Ok(program.clone());
    }
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = own.with_file_name("quorate");
    if program.exists() {
        return Ok(program);
    }
    Err(format!("{} is not there; run `make build`, or name one with --server", program.display()))
}

/// Ports that nobody listens on.
pub(crate) fn free_ports(count: usize) -> Result<Vec<u16>, String> {
    let held: Result<Vec<TcpListener>, _> =
        (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect();
    let ports = held.and_then(|held| {
        held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect::<Result<Vec<_>, _>>()
    });
    ports.map_err(|error| format!("no free port: {error}"))
}

/// Waits until `/health/ready` answers 200.
pub(crate) async fn wait_ready(
    admin: SocketAddr,
    child: &mut Child,
    log: &Path,
) -> Result<(), String> {
    let deadline = Instant::now() + READY_MAX;
    while !is_ready(admin) {
        let ended = child.try_wait().map_err(|error| error.to_string())?;
        if ended.is_some() || Instant::now() > deadline {
            let printed = std::fs::read_to_string(log).unwrap_or_default();
            return Err(format!("the server is not ready ({ended:?}); it printed:\n{printed}"));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

fn is_ready(admin: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&admin, Duration::from_millis(200))?;
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
        stream.write_all(
            b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

fn cpu_of(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name of the program may hold spaces, so count behind its closing bracket.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Duration::from_secs_f64(ticks / TICKS_PER_S)
}

fn resident_mib_of(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().unwrap_or(0.0);
    kib / 1024.0
}
