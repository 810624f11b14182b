//! Records to features, as of a date.
//!
//! Records flow in any order from the gate into a store that parts them by enterprise ([`store`]); each part then fits a
//! core's cache. Part by part, the records of an enterprise are put in order, redeliveries and superseded ones dropped
//! ([`rows`]), and all aggregates of the catalogue computed over them in one visit ([`aggregate`]). Sums are of integers,
//! and whatever is compared is compared in full, so neither the order of records nor the number of threads changes a
//! result. What needs other enterprises comes before (who controls whom, [`groups`]) or after ([`peers`]).

mod aggregate;
mod enterprise;
mod groups;
mod layout;
mod output;
mod peers;
mod plan;
mod population;
mod rows;
mod store;
mod test;

use crate::calendar;
use crate::catalogue::Catalogue;
use crate::gate::{self, Gate, Summary, Verdict};
use crate::record;
use crate::schema::sources;
use chrono::NaiveDate;
use std::path::{Path, PathBuf};
use thiserror::Error;

use population::Authorisations;

/// What to compute, and from what.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Folder of the sources.
    pub sources: &'a Path,
    /// The as-of date, a day in Beijing, to its end.
    pub as_of: NaiveDate,
    /// The table to write: `.parquet`, `.csv` or `.csv.gz`.
    pub out: &'a Path,
    /// A table with a column `enterprise_id`, and perhaps `not_authorised`: ids of sources with `;` between. Their rows
    /// are written; the others of the sources stay their peers and the members of their groups. All enterprises that
    /// have a record that is used, when absent.
    pub enterprises: Option<&'a Path>,
    /// Folder for what the gate sets aside.
    pub issues: Option<&'a Path>,
    /// Bytes of records held in memory; more go to a temporary file beside `out`.
    pub memory_bytes: usize,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What the gate saw.
    pub summary: Summary,
    /// Rows written.
    pub enterprises: usize,
    /// Ids that were asked for and have no record; their rows say so.
    pub unknown: Vec<String>,
    /// Records that reached the store.
    pub records: u64,
    /// Records of an identity of which a later or an equal one was used.
    pub superseded: u64,
    /// Bytes that did not fit in memory.
    pub spilled_bytes: u64,
}

/// Why there is no table.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The gate could not do its work.
    #[error(transparent)]
    Gate(#[from] gate::Error),
    /// A table could not be read or written.
    #[error(transparent)]
    Table(#[from] table::Error),
    /// The file of enterprises can not be used.
    #[error("{}, row {row}, column {column:?}: {problem}", file.display())]
    Enterprises {
        /// The file.
        file: PathBuf,
        /// The row, from 1.
        row: usize,
        /// The column.
        column: &'static str,
        /// What is wrong, with the value.
        problem: String,
    },
    /// A heading of the file of enterprises can not be used.
    #[error("{} {problem}", file.display())]
    EnterprisesHeading {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// No enterprise has a record as of the date.
    #[error("no enterprise has a record in {} as of {as_of}: check the folder, the date and the issues", folder.display())]
    NoEnterprises {
        /// The folder of the sources.
        folder: PathBuf,
        /// The date.
        as_of: NaiveDate,
    },
    /// The temporary file of records that do not fit in memory failed.
    #[error("the temporary file for records that do not fit in memory")]
    Spill(#[source] std::io::Error),
    /// The date is outside what a table of features is for.
    #[error("the as-of date {as_of} lies outside 1990-01-01 to 2200-01-01")]
    AsOf {
        /// The date.
        as_of: NaiveDate,
    },
}

/// How far a computation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Bytes of source files read, of how many.
    Reading(u64, u64),
    /// Parts computed, of how many.
    Computing(u64, u64),
    /// Rows written, of how many.
    Writing(u64, u64),
}

/// Computes the features of enterprises as of a date and writes them as a table.
///
/// Only records count whose event and known time are at or before the as-of date. The columns are those of
/// [`Catalogue`]: see the README's table of the file.
///
/// # Errors
/// [`enum@Error`]; dirty data is none: it is set aside, and [`Outcome::summary`] says whether the result may be used.
pub fn compute(
    catalogue: &Catalogue,
    options: &Options<'_>,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<Outcome, Error> {
    let sound = NaiveDate::from_ymd_opt(1990, 1, 1).zip(NaiveDate::from_ymd_opt(2200, 1, 1));
    if sound.is_none_or(|(from, to)| !(from..=to).contains(&options.as_of)) {
        return Err(Error::AsOf { as_of: options.as_of });
    }
    let as_of = calendar::day_of(options.as_of);
    let authorisations = options.enterprises.map(Authorisations::read).transpose()?;
    let gate = Gate::open(options.sources, as_of, options.issues)?;
    let wanted = plan::wanted(catalogue);
    let folder = options.out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let store = store::Store::new(&wanted, options.memory_bytes, folder);

    let there = read(&gate, &wanted, &store, progress)?;
    if let Some(error) = store.failure() {
        return Err(Error::Spill(error));
    }
    let groups = groups::Groups::new(&store, &wanted, &there, as_of)?;
    let plan = plan::Plan::new(catalogue, &wanted, &gate, as_of);
    let population = population::Population::new(gate.names().sorted(), authorisations);
    if population.asked().is_empty() {
        return Err(Error::NoEnterprises { folder: options.sources.to_owned(), as_of: options.as_of });
    }
    let has_record = |id: &&str| gate.names().get(record::key(id)).is_some();
    let asked = population.asked().iter().map(|&one| population.id(one as usize));
    let unknown = asked.filter(|id| !has_record(id)).map(str::to_owned).collect();
    let context = enterprise::Context { catalogue, plan: &plan, groups: &groups, there: &there, gate: &gate, as_of };
    let mut computed = enterprise::compute(&context, &wanted, &store, &population, progress)?;
    peers::finish(catalogue, &gate, &mut computed);
    output::write(&context, &population, &computed, options, progress)?;
    for conflict in &computed.conflicts {
        gate.conflict(conflict.source, &population.name(conflict.enterprise), &conflict.detail);
    }
    let summary = gate.finish()?;
    Ok(Outcome {
        summary,
        enterprises: population.asked().len(),
        unknown,
        records: store.records(),
        superseded: computed.superseded,
        spilled_bytes: store.spilled_bytes(),
    })
}

/// Reads all sources into the store; which of them can be used.
fn read(
    gate: &Gate,
    wanted: &[layout::Layout],
    store: &store::Store,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<Vec<bool>, Error> {
    let total: u64 = (0..sources().len()).map(|s| gate.bytes(s)).sum();
    let done = std::sync::atomic::AtomicU64::new(0);
    let mut there = Vec::with_capacity(sources().len());
    for (source, layout) in wanted.iter().enumerate() {
        let tell = |bytes: u64| {
            let before = done.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
            // A file may be read twice.
            progress(Step::Reading((before + bytes).min(total), total));
        };
        let verdict = gate.read(source, &layout.read, store, &tell)?;
        there.push(matches!(verdict, Verdict::Used | Verdict::UsedWithFaults));
    }
    Ok(there)
}
