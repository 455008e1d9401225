//! Errors that end the program: a stable code, what happened, what to do, and the exit code.

use std::fmt;

/// Exit code for a wrong configuration (`EX_CONFIG`).
pub const EXIT_CONFIG: u8 = 78;
/// Exit code for a data folder that can't be used (`EX_CANTCREAT`).
pub const EXIT_DATA: u8 = 73;
/// Exit code for something the node needs and does not get: a port, its id (`EX_UNAVAILABLE`).
pub const EXIT_UNAVAILABLE: u8 = 69;
/// Exit code after a fault that must not be survived: a write or sync that failed
/// (`EX_SOFTWARE`).
pub const EXIT_FATAL: u8 = 70;

/// Why the program does not start or go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// Stable upper-case code.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// Exit code of the process.
    pub exit: u8,
}

impl Coded {
    /// An error of the configuration.
    #[must_use]
    pub fn config(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), exit: EXIT_CONFIG }
    }

    /// Something the node needs and does not get.
    #[must_use]
    pub fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), exit: EXIT_UNAVAILABLE }
    }

    /// A data folder that can't be used.
    #[must_use]
    pub fn data(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), exit: EXIT_DATA }
    }
}

impl fmt::Display for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Coded {}
