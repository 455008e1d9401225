//! Free ports on loopback, outside of the range from which the system takes ports for outgoing
//! connections: a port must stay free while its node is down.

use std::net::TcpListener;

use rand::Rng as _;

const LOWEST: u16 = 10_000;
const HIGHEST: u16 = 32_000;
const TRIES_MAX: usize = 10_000;

/// `count` ports that nobody listens on.
pub(crate) fn free(count: usize) -> Vec<u16> {
    let mut random = rand::rng();
    let mut held = Vec::with_capacity(count);
    for _ in 0..TRIES_MAX {
        if held.len() == count {
            break;
        }
        let port = random.random_range(LOWEST..HIGHEST);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            held.push((port, listener));
        }
    }
    assert_eq!(held.len(), count, "no {count} free ports between {LOWEST} and {HIGHEST}");
    held.into_iter().map(|(port, _)| port).collect()
}
