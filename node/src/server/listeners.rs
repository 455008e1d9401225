//! The three ports of a node, bound before anything else so that a taken one is said at once.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::coded::Coded;
use crate::config::Addresses;

/// The bound ports of a node.
#[derive(Debug)]
pub struct Listeners {
    /// For clients.
    pub client: TcpListener,
    /// For the other nodes.
    pub peer: TcpListener,
    /// For health and metrics.
    pub admin: TcpListener,
}

impl Listeners {
    /// Binds all three.
    ///
    /// # Errors
    /// `PORT_TAKEN` with the holder if it can be told, or `LISTEN_FAILED`.
    pub async fn bind(addresses: &Addresses) -> Result<Self, Coded> {
        Ok(Self {
            client: bind("listen.client", addresses.client).await?,
            peer: bind("listen.peer", addresses.peer).await?,
            admin: bind("listen.admin", addresses.admin).await?,
        })
    }

    /// Where they listen.
    ///
    /// # Errors
    /// If the system can't say.
    pub fn addresses(&self) -> Result<Addresses, Coded> {
        let of = |listener: &TcpListener| {
            listener
                .local_addr()
                .map_err(|error| Coded::unavailable("LISTEN_FAILED", error.to_string()))
        };
        Ok(Addresses { client: of(&self.client)?, peer: of(&self.peer)?, admin: of(&self.admin)? })
    }
}

async fn bind(key: &str, address: SocketAddr) -> Result<TcpListener, Coded> {
    TcpListener::bind(address).await.map_err(|error| {
        if error.kind() != std::io::ErrorKind::AddrInUse {
            return Coded::unavailable(
                "LISTEN_FAILED",
                format!("{key} can't listen on {address}: {error}"),
            );
        }
        let holder = holder_of(address.port()).unwrap_or_else(|| "another process".to_owned());
        Coded::unavailable(
            "PORT_TAKEN",
            format!(
                "{key}: port {} is taken by {holder}; stop it or choose another port",
                address.port()
            ),
        )
    })
}

/// Most processes looked at to find who holds a port.
const PROCESSES_MAX: usize = 10_000;

/// Name and pid of the process that listens on a port, as far as `/proc` tells.
fn holder_of(port: u16) -> Option<String> {
    let inode = inode_of(port)?;
    let wanted = format!("socket:[{inode}]");
    let processes = std::fs::read_dir("/proc").ok()?.flatten().take(PROCESSES_MAX);
    for process in processes {
        let name = process.file_name();
        let Some(pid) = name.to_str().filter(|name| name.bytes().all(|b| b.is_ascii_digit()))
        else {
            continue;
        };
        let Ok(files) = std::fs::read_dir(process.path().join("fd")) else { continue };
        let holds = files.flatten().any(|file| {
            std::fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == wanted.as_str())
        });
        if holds {
            let comm = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!("{} (pid {pid})", comm.trim()));
        }
    }
    None
}

/// Inode of the socket that listens on a port.
fn inode_of(port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    let local_end = format!(":{port:04X}");
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let Ok(text) = std::fs::read_to_string(table) else { continue };
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let listens = fields.get(3) == Some(&LISTEN)
                && fields.get(1).is_some_and(|local| local.ends_with(&local_end));
            if listens {
                return fields.get(9).map(|inode| (*inode).to_owned());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_names_its_holder() {
        let first = bind("listen.client", "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = first.local_addr().unwrap();
        let error = bind("listen.client", address).await.unwrap_err();
        assert_eq!(error.code, "PORT_TAKEN");
        assert!(error.message.contains(&address.port().to_string()), "{error}");
        assert!(error.message.contains(&format!("pid {}", std::process::id())), "{error}");
    }
}
