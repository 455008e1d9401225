//! How long a fresh development node takes until it serves.

use std::net::SocketAddr;
use std::time::Instant;

use crate::server::{free_ports, new_folder, spawn, stop, wait_ready};
use crate::{Options, figure};

/// Starts that are measured.
const STARTS: usize = 5;
/// The admin port of a development node stands so far above that of clients.
const ADMIN_OFFSET: u16 = 2;

/// Measures `quorate dev` with a fresh folder, from its start until it says that it is ready.
pub(crate) async fn measure(options: &Options) -> Result<(), String> {
    let mut times_ms = Vec::new();
    for _ in 0..STARTS {
        let folder = new_folder(options)?;
        let port = free_ports(1)?[0];
        let admin = SocketAddr::from(([127, 0, 0, 1], port + ADMIN_OFFSET));
        let data = folder.path().join("data");
        let log = folder.path().join("log");
        let arguments = ["dev", "--data", &data.to_string_lossy(), "--port", &port.to_string()];
        let since = Instant::now();
        let mut child = spawn(options, &arguments, &log)?;
        let ready = wait_ready(admin, &mut child, &log).await;
        times_ms.push(since.elapsed().as_secs_f64() * 1_000.0);
        stop(&mut child);
        ready?;
    }
    figure::print("dev_ready_ms", &times_ms, "ms");
    Ok(())
}
