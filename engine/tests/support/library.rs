//! What is deployed in a test: definitions by key and newest version, decisions by file.
#![allow(clippy::disallowed_methods, reason = "decisions are read from files")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use engine::{DeployedDecision, Directory, Library, Pick};

/// A library that a test fills.
#[derive(Default)]
pub struct Shelf {
    definitions: BTreeMap<String, u32>,
    tags: BTreeMap<(String, String), u32>,
    decisions: BTreeMap<String, DeployedDecision>,
    pub directory: Arc<Directory>,
}

impl Shelf {
    /// `key=version` deploys a definition, `key:tag=version` gives a version a tag, `file.dmn` is a
    /// file of `tests/decisions`.
    pub fn deploy(&mut self, named: &[&str]) -> Result<(), String> {
        for name in named {
            if let Some((key, version)) = name.split_once('=') {
                let version = version.parse().map_err(|_| "a version")?;
                match key.split_once(':') {
                    Some((key, tag)) => {
                        self.tags.insert((key.to_owned(), tag.to_owned()), version);
                    }
                    None => {
                        self.definitions.insert(key.to_owned(), version);
                    }
                }
                continue;
            }
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decisions").join(name);
            let xml =
                std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            self.deploy_decisions(&xml)?;
        }
        Ok(())
    }

    /// Deploys a DMN file.
    pub fn deploy_decisions(&mut self, xml: &[u8]) -> Result<(), String> {
        let import = dmn::import(xml, &dmn::Limits::default()).map_err(|it| format!("{it:?}"))?;
        let model = Arc::new(import.model);
        for decision in model.decisions() {
            let deployed = DeployedDecision { version: 1, model: model.clone() };
            self.decisions.insert(decision.id.to_string(), deployed);
        }
        Ok(())
    }
}

impl Library for Shelf {
    fn definition(&self, key: &str, pick: &Pick) -> Option<u32> {
        let newest = *self.definitions.get(key)?;
        match pick {
            Pick::Latest | Pick::DeployedWith(_) => Some(newest),
            Pick::Version(version) => (*version <= newest && *version > 0).then_some(*version),
            Pick::Tag(tag) => self.tags.get(&(key.to_owned(), tag.clone())).copied(),
        }
    }

    fn decision(&self, id: &str, _pick: &Pick) -> Option<DeployedDecision> {
        self.decisions.get(id).cloned()
    }

    fn directory(&self) -> Arc<Directory> {
        self.directory.clone()
    }
}
