//! The log: lines of JSON without personal data.
//!
//! Only crates of this product write to it. What libraries log is left out: it may quote headers, bodies or certificates.
//! The line of a call holds method, client, code, milliseconds and request id. A panic is logged by its place alone, for its
//! message may quote what was being worked on.

use crate::config::{Level, Log};
use std::io;
use tracing::Subscriber;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

/// Lines that wait to be written; more are dropped, for calls do not wait for a slow log.
const LINES_MAX: usize = 65_536;

/// What writes lines to a writer; for `tracing::subscriber::set_global_default`.
///
/// - `crates`: besides this one, the crates whose lines are written, such as `["store"]`.
pub fn subscriber<W>(log: &Log, crates: &[&str], writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let level = match log.level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    let ours = crates.iter().chain(&["service"]).map(|name| ((*name).to_owned(), level));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer);
    tracing_subscriber::registry().with(Targets::new().with_targets(ours)).with(lines)
}

/// Writes the log to standard error until the guard is dropped, and panics to it.
///
/// Call it once, first. Where a program has its own subscriber already, that one stays.
#[must_use = "what waits to be written is written when the guard is dropped"]
pub fn init(log: &Log, crates: &[&str]) -> WorkerGuard {
    let (writer, guard) =
        NonBlockingBuilder::default().lossy(true).buffered_lines_limit(LINES_MAX).finish(io::stderr());
    let _ = tracing::subscriber::set_global_default(subscriber(log, crates, writer));
    std::panic::set_hook(Box::new(log_panic));
    guard
}

/// Logs where a panic was, and nothing of what it says; a hook for `std::panic::set_hook`.
pub fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "panic");
}
