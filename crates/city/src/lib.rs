//! A city that does not exist: all sources of its enterprises, with outcomes apart (合成数据, 非真实企业).
//!
//! It is there to try the product on. Each enterprise has a hidden life ([`simulate`] writes none of it into the
//! sources): four factors that wander slowly, spells of distress, now and then a default. What the departments and
//! banks record of it is drawn from that life, each source with noise, delay and blind spots of its own, so that no
//! record tells much and many together tell something. A good score on it proves that the pipeline works, not that
//! a model would do well on real enterprises.
//!
//! - `sources/<id>.parquet` (or `.csv`): the tables of `crates/features/sources`.
//! - `outcomes.parquet`: per yearly snapshot and enterprise whether it defaults within twelve months.
//! - `truth.parquet`: what each enterprise is (ordinary, ring, blown-up sales, shell), when its distress began.
//! - `policy/events.jsonl`: what a ledger of the policies would have been told in these months, an event a line as
//!   `ledger::Event::from_bytes` reads it: ratings and decisions, loans of the schemes and others, bridges, guarantees
//!   and subsidies, claims, benefits, funds, reported figures, reversals, closed periods. Each line is accepted by an
//!   empty ledger in this order. How many there are follows from `SCHEME_SHARE`, `GUARANTEED_SHARE`, `ORDINARY_SHARE`
//!   and `BENEFIT_SHARE` (about fifteen an enterprise).
//! - `README.md`: the same in words.
//!
//! The constants are in `src/constants.rs`, each with what it means.
//!
//! Guarantees: the same options give the same bytes on any number of threads; every credit code passes its check and
//! none is real; the folder appears whole or not at all.
//!
//! # Examples
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let mut options = city::Options::new(folder.path().join("city"));
//! (options.enterprises, options.months, options.format) = (30, 24, city::Format::Csv);
//! let made = city::simulate(&options, &|_| ())?;
//! assert_eq!(made.sources.len(), 26);
//! let registry = std::fs::read_to_string(options.out.join("sources/registry.csv"))?;
//! assert!(registry.starts_with("enterprise_id,recorded_on,name,credit_code") && registry.contains("合成"));
//! # Ok(())
//! # }
//! ```

mod calendar;
mod codes;
mod constants;
mod emit;
mod error;
mod firm;
mod outcomes;
mod path;
mod plan;
mod policy_events;
mod random;
mod readme;
mod rows;
mod sources;
mod spine;
mod story;
mod write;

pub use error::Error;
pub use policy_events::PolicySummary;

use chrono::NaiveDate;
use std::path::PathBuf;

/// What city to make.
#[derive(Debug, Clone)]
pub struct Options {
    /// Enterprises, 1 or more.
    pub enterprises: u64,
    /// Months of records, 24 or more.
    pub months: u32,
    /// Another seed is another city.
    pub seed: u64,
    /// The folder to make; it may be there if it is empty.
    pub out: PathBuf,
    /// Last day of records: the end of a month.
    pub end: NaiveDate,
    /// Put faults into about one row of a hundred.
    pub dirty: bool,
    /// Single invoices, or one each way and month.
    pub grain: Grain,
    /// Format of the sources.
    pub format: Format,
}

impl Options {
    /// A small city of four years that ends with 2025.
    pub fn new(out: PathBuf) -> Self {
        Self {
            enterprises: 2_000,
            months: 48,
            seed: 1,
            out,
            end: NaiveDate::from_ymd_opt(2025, 12, 31).expect("a day of the calendar"),
            dirty: true,
            grain: Grain::Invoices,
            format: Format::Parquet,
        }
    }
}

/// How fine invoices are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Each invoice; those between two enterprises of the city are recorded on both sides.
    Invoices,
    /// One sale and one purchase a month beside what schemes add: for cities of a million.
    Months,
}

/// How the sources are written; outcomes and truth are always Parquet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.parquet`
    Parquet,
    /// `.csv`
    Csv,
    /// `.csv.gz`
    CsvGz,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps done: an enterprise counts once for its life, once for its records, once for the policies' events.
    pub done: u64,
    /// Steps there are.
    pub of: u64,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The sources in the order of writing.
    pub sources: Vec<SourceSummary>,
    /// Snapshots with a whole year of outcome.
    pub snapshots: Vec<SnapshotSummary>,
    /// Enterprises by what they are: ordinary, ring, blown-up sales, shell.
    pub archetypes: [u64; 4],
    /// The policies' events.
    pub policy: PolicySummary,
}

/// A source as it was written.
#[derive(Debug, Clone)]
pub struct SourceSummary {
    /// Its id, the stem of the file.
    pub id: &'static str,
    /// Rows, faulty and repeated ones among them.
    pub rows: u64,
    /// Rows with a fault.
    pub faults: u64,
}

/// A snapshot of the outcomes.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotSummary {
    /// Its day.
    pub as_of: NaiveDate,
    /// Enterprises that exist and have not defaulted.
    pub enterprises: u64,
    /// Those that default within twelve months.
    pub bad: u64,
}

/// Makes a city.
///
/// `told` hears from any thread how far it is.
///
/// # Errors
/// Options that can not be meant ([`Error::is_invalid_input`]); [`Error::Table`] and [`Error::Io`] when the system
/// refuses. Then nothing is left behind.
pub fn simulate(options: &Options, told: &(dyn Fn(Progress) + Sync)) -> Result<Summary, Error> {
    let plan = plan::Plan::check(options)?;
    write::city(&plan, options, told)
}
