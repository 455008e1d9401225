//! What is deployed, as a step sees it. An input like the time: the same step with the same library
//! decides the same.

use std::sync::Arc;

use crate::command::DefinitionRef;
use crate::directory::Directory;

/// Deployed definitions and decisions, read while a step is decided.
pub trait Library {
    /// The version of definition `key` that `pick` names; none if there is none.
    fn definition(&self, key: &str, pick: &Pick) -> Option<u32>;

    /// The decision `id` in the version that `pick` names; none if there is none.
    fn decision(&self, id: &str, pick: &Pick) -> Option<Decision>;

    /// Who people are.
    fn directory(&self) -> Arc<Directory>;
}

/// Which version is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// The newest.
    Latest,
    /// The newest that was there when this definition was deployed.
    DeployedWith(DefinitionRef),
    /// The one of this number.
    Version(u32),
    /// The newest that carries this tag.
    Tag(String),
}

impl std::fmt::Display for Pick {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Latest => write!(f, "the newest version"),
            Self::DeployedWith(DefinitionRef { key, version }) => {
                write!(f, "the version deployed with {key} version {version}")
            }
            Self::Version(version) => write!(f, "version {version}"),
            Self::Tag(tag) => write!(f, "the newest version tagged {tag}"),
        }
    }
}

/// A deployed decision.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Its version.
    pub version: u32,
    /// The file it came in, compiled.
    pub model: Arc<dmn::Model>,
}

/// A library with nothing in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLibrary;

impl Library for NoLibrary {
    fn definition(&self, _key: &str, _pick: &Pick) -> Option<u32> {
        None
    }

    fn decision(&self, _id: &str, _pick: &Pick) -> Option<Decision> {
        None
    }

    fn directory(&self) -> Arc<Directory> {
        Arc::default()
    }
}
