//! Which crate may use which, and in what order they are read.

use std::path::Path;

use cargo_metadata::{Dependency, DependencyKind, MetadataCommand, Package};

use super::{Problems, file};
use crate::tree::File;

/// A crate of ours and what it may use.
struct Allowed {
    /// Its name.
    name: &'static str,
    /// Crates of ours it may use in the product.
    uses: &'static [&'static str],
    /// Crates of ours that only its tests may use.
    tests_use: &'static [&'static str],
}

/// The crates in reading order. A new edge is a decision about the shape: change this table and
/// ARCHITECTURE.md together.
const ALLOWED: &[Allowed] = &[
    Allowed { name: "bpmn", uses: &[], tests_use: &[] },
    Allowed { name: "expr", uses: &[], tests_use: &[] },
    Allowed { name: "dmn", uses: &["expr"], tests_use: &[] },
    Allowed { name: "engine", uses: &["bpmn", "expr", "dmn"], tests_use: &[] },
    Allowed { name: "raft-store", uses: &["engine", "bpmn"], tests_use: &["expr"] },
    Allowed { name: "actors", uses: &["engine", "bpmn", "dmn"], tests_use: &["expr"] },
    Allowed { name: "proto", uses: &[], tests_use: &[] },
    Allowed { name: "quorate-client", uses: &["proto"], tests_use: &[] },
    Allowed {
        name: "node",
        uses: &["bpmn", "expr", "dmn", "engine", "raft-store", "actors", "proto", "quorate-client"],
        tests_use: &[],
    },
    Allowed {
        name: "cluster-tests",
        uses: &["quorate-client", "proto", "engine", "bpmn", "expr"],
        tests_use: &[],
    },
    Allowed {
        name: "bench",
        uses: &["quorate-client", "proto", "engine", "bpmn", "expr", "raft-store"],
        tests_use: &[],
    },
    Allowed { name: "xtask", uses: &[], tests_use: &[] },
];

/// Crates from outside that a pure crate may use: none of them does I/O by itself.
const PURE_OUTSIDE: [&str; 10] = [
    "serde",
    "serde_json",
    "bincode",
    "uuid",
    "jiff",
    "thiserror",
    "roxmltree",
    "fastnum",
    "regex",
    "sha2",
];

/// The crates that do no I/O, know no clock and draw no random number.
pub(super) const PURE: [&str; 4] = ["bpmn", "expr", "dmn", "engine"];

/// Dependencies that the table does not allow.
pub(super) fn edges(root: &Path) -> Problems {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec();
    let packages = match metadata {
        Ok(metadata) => metadata.packages,
        Err(error) => return vec![format!("Cargo.toml: cargo metadata: {error}")],
    };
    packages.iter().flat_map(edges_of).collect()
}

fn edges_of(package: &Package) -> Problems {
    let name = package.name.as_str();
    let Some(allowed) = ALLOWED.iter().find(|allowed| allowed.name == name) else {
        return vec![format!(
            "{name}: not in the table of crates; add it to xtask/src/tidy/crates.rs with what it may use"
        )];
    };
    let mut problems = Problems::new();
    for dependency in &package.dependencies {
        if let Some(problem) = refuse(allowed, dependency) {
            problems.push(problem);
        }
    }
    problems
}

/// Why the table does not allow the dependency; none if it does.
fn refuse(allowed: &Allowed, dependency: &Dependency) -> Option<String> {
    let (name, used) = (allowed.name, dependency.name.as_str());
    let in_tests = dependency.kind == DependencyKind::Development;
    let is_ours = dependency.path.is_some();
    if is_ours {
        let fine = allowed.uses.contains(&used) || in_tests && allowed.tests_use.contains(&used);
        return (!fine).then(|| {
            format!(
                "{name}: must not use {used}; the allowed edges are in xtask/src/tidy/crates.rs"
            )
        });
    }
    let fine = in_tests || !PURE.contains(&name) || PURE_OUTSIDE.contains(&used);
    (!fine).then(|| format!("{name}: is pure and must not use {used}"))
}

/// The workspace's members and the code map must have one order.
pub(super) fn order(files: &[File]) -> Problems {
    let (Some(manifest), Some(map)) = (file(files, "Cargo.toml"), file(files, "ARCHITECTURE.md"))
    else {
        return vec!["Cargo.toml or ARCHITECTURE.md is missing".to_owned()];
    };
    let members = members(&manifest.text);
    let mapped: Vec<&str> = map
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix("/`"))
        .collect();
    if members == mapped {
        return Problems::new();
    }
    vec![format!(
        "ARCHITECTURE.md: the code map has {mapped:?}, Cargo.toml has {members:?}; give both one order"
    )]
}

/// Folders of the workspace's members, as written.
fn members(manifest: &str) -> Vec<&str> {
    let list = manifest.split_once("members = [").map_or("", |(_, rest)| rest);
    let list = list.split_once(']').map_or("", |(list, _)| list);
    list.split(',')
        .map(|member| member.trim().trim_matches('"'))
        .filter(|m| !m.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_in_the_order_written() {
        assert_eq!(members("members = [\n    \"b\",\n    \"a\",\n]\n"), ["b", "a"]);
    }

    #[test]
    fn every_allowed_edge_leads_to_a_crate_that_stands_before() {
        for (at, allowed) in ALLOWED.iter().enumerate() {
            for used in allowed.uses {
                assert!(
                    ALLOWED[..at].iter().any(|before| before.name == *used),
                    "{} may use {used}, which does not stand before it",
                    allowed.name
                );
            }
        }
    }
}
