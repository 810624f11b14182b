//! Consents, models and what the platform does for enterprises, over mutual TLS with a real store.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod consents;
mod models;
mod running;
mod subjects;
