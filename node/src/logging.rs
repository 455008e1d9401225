//! Log lines: JSON for programs, pretty for people, to standard error or to a file.

use std::fs::File;
use std::io::IsTerminal;
use std::path::Path;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::coded::Coded;
use crate::config::LogConfig;

/// Starts logging to standard error.
///
/// # Errors
/// `CONFIG_LOG` if the levels are not valid.
pub fn to_stderr(config: &LogConfig) -> Result<(), Coded> {
    let is_terminal = std::io::stderr().is_terminal();
    let json = config.format == "json" || (config.format == "auto" && !is_terminal);
    start(config, json, BoxMakeWriter::new(std::io::stderr), is_terminal)
}

/// Starts logging to a file, behind what it holds.
///
/// # Errors
/// If the file can't be written or the levels are not valid.
pub fn to_file(config: &LogConfig, path: &Path) -> Result<(), Coded> {
    let file = File::options().create(true).append(true).open(path).map_err(|error| {
        Coded::data("LOG_FILE", format!("{} can't be written: {error}", path.display()))
    })?;
    start(config, true, BoxMakeWriter::new(file), false)
}

fn start(
    config: &LogConfig,
    json: bool,
    writer: BoxMakeWriter,
    colours: bool,
) -> Result<(), Coded> {
    let filter = EnvFilter::try_new(&config.level).map_err(|error| {
        Coded::config("CONFIG_LOG", format!("log.level is `{}`: {error}", config.level))
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let started = if json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_ansi(colours && std::env::var_os("NO_COLOR").is_none()).try_init()
    };
    started.map_err(|error| {
        Coded::config("CONFIG_LOG", format!("logging was started twice: {error}"))
    })?;
    log_panics();
    Ok(())
}

/// A panic ends one task; the log says which place it came from.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        tracing::error!(event = "panic", thread, place, message);
    }));
}
