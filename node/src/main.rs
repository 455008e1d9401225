//! The `quorate` program: the server's commands and the client's.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use node::coded::{Coded, EXIT_FATAL};
use node::config::{Config, Source, dump, load};
use node::server::{FatalHook, Listeners, Server, ServerHandle};
use node::{dev, logging};
use tokio::signal::unix::{Signal, SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A replicated BPMN engine in one program.
#[derive(Debug, Parser)]
#[command(name = "quorate", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a node on this machine with a demo process; data is kept between runs
    Dev(Dev),
    /// Run a node of a cluster
    Server(ServerArguments),
    /// Look at the configuration of a node without starting it
    #[command(subcommand)]
    Config(ConfigCommand),
    #[command(flatten)]
    Client(Box<quorate_client::cli::Command>),
}

#[derive(Debug, Args)]
struct Dev {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "./quorate-data")]
    data: PathBuf,
    /// Port for clients; metrics are two ports above; 0 takes free ones
    #[arg(long, default_value_t = 7400)]
    port: u16,
}

#[derive(Debug, Args)]
struct ServerArguments {
    #[command(flatten)]
    source: SourceArguments,
    /// Listen on addresses that other machines can reach, without authentication
    #[arg(long)]
    insecure: bool,
}

#[derive(Debug, Args)]
struct SourceArguments {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A setting that wins over file and environment, as in node.id=2; may be repeated
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE")]
    settings: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check it and say what is wrong
    Check(ServerArguments),
    /// Print it as it is in effect, as TOML
    Dump(SourceArguments),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            return failed(&Coded::unavailable("RUNTIME", format!("no runtime: {error}")));
        }
    };
    let code = runtime.block_on(async {
        let outcome = match cli.command {
            Command::Client(command) => return quorate_client::cli::run(*command).await,
            Command::Dev(arguments) => tokio::spawn(run_dev(arguments)).await,
            Command::Server(arguments) => tokio::spawn(run_server(arguments)).await,
            Command::Config(command) => Ok(config(command)),
        };
        match outcome {
            Ok(Ok(())) => ExitCode::SUCCESS,
            Ok(Err(error)) => failed(&error),
            Err(error) => failed(&Coded {
                code: "FAULT",
                message: format!("the program failed: {error}"),
                exit: EXIT_FATAL,
            }),
        }
    });
    runtime.shutdown_background();
    code
}

fn failed(error: &Coded) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(error.exit)
}

fn read(arguments: SourceArguments) -> Result<Config, Coded> {
    let split = |setting: String| match setting.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(Coded::config(
            "CONFIG_INVALID",
            format!("--set {setting} must be section.key=value, as in node.id=2"),
        )),
    };
    let flags = arguments.settings.into_iter().map(split).collect::<Result<_, _>>()?;
    // Names and values that are not Unicode can't be settings of ours.
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    load(&Source { file: arguments.config, env, flags })
}

fn config(command: ConfigCommand) -> Result<(), Coded> {
    match command {
        ConfigCommand::Check(arguments) => {
            read(arguments.source)?.check(arguments.insecure)?;
            println!("the configuration is valid");
        }
        ConfigCommand::Dump(arguments) => print!("{}", dump(&read(arguments)?)),
    }
    Ok(())
}

async fn run_server(arguments: ServerArguments) -> Result<(), Coded> {
    let config = read(arguments.source)?;
    let addresses = config.check(arguments.insecure)?;
    logging::to_stderr(&config.log)?;
    let mut stop = StopSignal::new()?;
    let listeners = Listeners::bind(&addresses).await?;
    let (node, cluster) = (config.node.id, config.cluster.id.clone());
    let data = config.node.data.display().to_string();
    let start = Server::start(config, listeners, fatal_hook());
    let handle = tokio::select! {
        started = start => started?,
        () = stop.next() => return Ok(()),
    };
    let addresses = handle.addresses();
    tracing::info!(
        event = "node_started",
        version = env!("CARGO_PKG_VERSION"),
        node,
        cluster,
        data,
        client = %addresses.client,
        peer = %addresses.peer,
        admin = %addresses.admin,
    );
    stop.next().await;
    stop_node(handle, stop).await;
    Ok(())
}

async fn run_dev(arguments: Dev) -> Result<(), Coded> {
    let config = dev::config(arguments.data.clone(), arguments.port)?;
    std::fs::create_dir_all(&arguments.data).map_err(|error| {
        let message = format!("{} can't be made: {error}", arguments.data.display());
        Coded::data("DATA_FOLDER_UNREADABLE", message)
    })?;
    logging::to_file(&config.log, &arguments.data.join(dev::LOG_FILE))?;
    let mut stop = StopSignal::new()?;
    let handle = tokio::select! {
        started = dev::start(config, fatal_hook()) => started?,
        () = stop.next() => return Ok(()),
    };
    println!("{}", dev::greeting(&handle, &arguments.data));
    stop.next().await;
    stop_node(handle, stop).await;
    Ok(())
}

/// Stops the node; a second signal ends the process at once.
async fn stop_node(handle: ServerHandle, mut stop: StopSignal) {
    tracing::info!(event = "node_stops", "finishing; a second signal ends the process at once");
    tokio::select! {
        () = handle.stop() => tracing::info!(event = "node_stopped"),
        () = stop.next() => {
            tracing::warn!(event = "node_stopped_at_once");
            std::process::exit(0);
        }
    }
}

/// Ends the process when something could not be written: what is not on disk must never be
/// answered as if it were.
fn fatal_hook() -> FatalHook {
    Arc::new(|reason| {
        tracing::error!(event = "fatal", code = "STORAGE_FAILED", reason);
        eprintln!("error: STORAGE_FAILED: {reason}");
        // The databases' own threads may hang on the broken disk while the process ends.
        std::thread::spawn(|| {
            std::thread::sleep(std::time::Duration::from_secs(2));
            std::process::abort();
        });
        std::process::exit(i32::from(EXIT_FATAL));
    })
}

/// SIGTERM and Ctrl-C.
struct StopSignal {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignal {
    fn new() -> Result<Self, Coded> {
        let of = |kind| {
            signal(kind)
                .map_err(|error| Coded::unavailable("SIGNALS", format!("no signals: {error}")))
        };
        Ok(Self {
            terminate: of(SignalKind::terminate())?,
            interrupt: of(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
