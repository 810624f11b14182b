//! Why the server does not start or keeps what it had.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the server does not start, or a file is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The configuration is no TOML, lacks a key or has one that there is not.
    #[error("{path}:{line}: {message}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, as the parser says it.
        message: String,
    },
    /// A value of the configuration is out of its range.
    #[error("{path}:{line}: {key} = {value} must be {allowed}")]
    Value {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key with its tables, such as `clients[2].id`.
        key: String,
        /// The value as given.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// A file holds no certificate, no key, one that does not belong to the other, or one that is not valid at this time.
    #[error("{path}: {message}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Demonstration certificates are never written over.
    #[error("{path} exists: nothing is written over")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The certificates cannot be made.
    #[error("certificates cannot be made")]
    Sign(#[from] rcgen::Error),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The descriptors of reflection are damaged: a fault of this build.
    #[error("reflection")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// No span can be sent to a collector of such an address.
    #[error("spans cannot be sent to {endpoint}: {message}")]
    Telemetry {
        /// The address.
        endpoint: String,
        /// Why.
        message: String,
    },
    /// A signal cannot be waited for.
    #[error("signals")]
    Signal(#[source] std::io::Error),
}

impl Error {
    /// Whether the configuration has to be changed.
    pub fn is_invalid_input(&self) -> bool {
        matches!(self, Self::Syntax { .. } | Self::Value { .. } | Self::Certificate { .. } | Self::Exists { .. })
    }
}
