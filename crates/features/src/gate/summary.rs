//! What was used, what was set aside, and whether the result may be used.

use super::Verdict;
use crate::schema::{number, sources};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Above this share of its rows set aside, a source is used with care.
pub const CARE_SHARE: f64 = 0.05;
/// Above this share of its rows set aside, a source is not used.
pub const REFUSE_SHARE: f64 = 0.20;

/// The outcome of a run of the gate. It does not depend on the order of files, rows or threads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// The as-of date, as ISO 8601.
    pub as_of: String,
    /// Whether the result may be used.
    pub fitness: Fitness,
    /// Why not without care, if so.
    pub reasons: Vec<String>,
    /// All sources, ordered by id.
    pub sources: Vec<SourceSummary>,
    /// Files of the directory that are of no source, with the rule that they break.
    pub other_files: Vec<(String, String)>,
    /// The folder in which issues and the rows that were set aside stand, if one was given.
    pub issues: Option<String>,
}

/// Whether what is computed from the sources may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fitness {
    /// It may.
    MayBeUsed,
    /// It may by someone who has read the reasons.
    WithCare,
    /// It must not.
    MustNotBeUsed,
}

/// What came of one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SourceSummary {
    /// Id of the source.
    pub source: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// Its files, ordered by name.
    pub files: Vec<FileSummary>,
    /// Rows read: the sum of the three below.
    pub rows: u64,
    /// Rows used; none when the verdict is `not_used`, whose rows count as set aside.
    pub used: u64,
    /// Sound rows of events after the as-of date, or known after it.
    pub after_as_of: u64,
    /// Rows set aside.
    pub set_aside: u64,
    /// Those of them that are, by their own dates, of events after the as-of date or known after it.
    pub set_aside_later: u64,
    /// Issues of each rule.
    pub issues: BTreeMap<&'static str, u64>,
    /// Day of the newest event among the rows used, as ISO 8601.
    pub newest_event: Option<String>,
    /// Rows used whose known time is event and usual lag.
    pub known_assumed: u64,
}

/// What came of one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FileSummary {
    /// Its name, without the directory.
    pub file: String,
    /// Whether its sound rows were used.
    pub is_used: bool,
    /// Rows read: the sum of the three below.
    pub rows: u64,
    /// Rows used.
    pub used: u64,
    /// Sound rows after the as-of date.
    pub after_as_of: u64,
    /// Rows set aside.
    pub set_aside: u64,
    /// Those of them that are of later than the as-of date.
    pub set_aside_later: u64,
}

impl FileSummary {
    /// All its rows count as set aside.
    pub(super) fn forget(&mut self) {
        self.is_used = false;
        self.set_aside_later += self.after_as_of;
        self.set_aside += std::mem::take(&mut self.used) + std::mem::take(&mut self.after_as_of);
    }
}

impl SourceSummary {
    /// Share of the rows up to the as-of date that were set aside: what comes later does not change what was fit for use.
    pub fn set_aside_share(&self) -> f64 {
        let set_aside = self.set_aside - self.set_aside_later;
        match self.used + set_aside {
            0 => 0.0,
            rows => set_aside as f64 / rows as f64,
        }
    }

    fn reasons(&self, out: &mut Vec<String>) {
        let id = self.source;
        if self.verdict == Verdict::NotUsed {
            out.push(format!("{id} is there but could not be used"));
            return;
        }
        let share = self.set_aside_share();
        if CARE_SHARE < share {
            let (share, most) = (100.0 * share, 100.0 * CARE_SHARE);
            out.push(format!("{id}: {share:.1} % of the rows as of the date were set aside, more than {most:.0} %"));
        }
        for file in self.files.iter().filter(|f| !f.is_used) {
            out.push(format!("{id}: {} was not used", file.file));
        }
        if self.issues.contains_key(super::rule::UNREADABLE_ROWS) {
            out.push(format!("{id}: a part of it could not be read"));
        }
        if self.issues.contains_key(super::rule::STALE) {
            let newest = self.newest_event.as_deref().unwrap_or("none");
            out.push(format!("{id} is stale: its newest event is {newest}"));
        }
    }
}

/// Judges all sources together.
pub(super) fn fitness(summaries: &[SourceSummary]) -> (Fitness, Vec<String>) {
    let mut reasons = Vec::new();
    let used =
        |id: &str| number(id).is_some_and(|n| matches!(summaries[n].verdict, Verdict::Used | Verdict::UsedWithFaults));
    let has_base = used("registry") || used("invoices");
    if !has_base {
        reasons.push("neither the registry nor invoices could be used".to_owned());
    }
    summaries.iter().for_each(|s| s.reasons(&mut reasons));
    let fitness = match (has_base, reasons.is_empty()) {
        (false, _) => Fitness::MustNotBeUsed,
        (true, false) => Fitness::WithCare,
        (true, true) => Fitness::MayBeUsed,
    };
    (fitness, reasons)
}

impl Summary {
    /// The verdict on a source.
    pub fn source(&self, id: &str) -> Option<&SourceSummary> {
        self.sources.iter().find(|s| s.source == id)
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a summary has only text and numbers");
        text.push('\n');
        text
    }

    /// As text for people.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out).expect("a string takes any text");
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "sources as of {}", self.as_of)?;
        writeln!(
            out,
            "{:<24} {:<17} {:>12} {:>12} {:>12} {:>10}  {:<10} known time",
            "source", "verdict", "rows", "used", "after as-of", "set aside", "newest"
        )?;
        for source in self.sources.iter().filter(|s| s.verdict != Verdict::Absent) {
            let known = match source.known_assumed {
                0 => "given",
                n if n == source.used => "assumed",
                _ => "partly assumed",
            };
            writeln!(
                out,
                "{:<24} {:<17} {:>12} {:>12} {:>12} {:>10}  {:<10} {}",
                source.source,
                source.verdict.as_str(),
                source.rows,
                source.used,
                source.after_as_of,
                source.set_aside,
                source.newest_event.as_deref().unwrap_or("-"),
                if source.used == 0 { "-" } else { known },
            )?;
            for (rule, count) in &source.issues {
                writeln!(out, "    {rule}: {count}")?;
            }
        }
        let absent = self.sources.iter().filter(|s| s.verdict == Verdict::Absent).map(|s| s.source);
        let absent: Vec<&str> = absent.collect();
        if !absent.is_empty() {
            writeln!(out, "not there ({} of {}): {}", absent.len(), sources().len(), absent.join(", "))?;
        }
        for (file, rule) in &self.other_files {
            writeln!(out, "passed over: {file} ({rule})")?;
        }
        let some_issue = self.sources.iter().any(|s| !s.issues.is_empty());
        match &self.issues {
            Some(folder) if some_issue => writeln!(out, "issues and the rows set aside: {folder}")?,
            None if some_issue => {
                writeln!(out, "to see the issues and the rows set aside, run again with --issues DIR")?
            }
            _ => (),
        }
        writeln!(
            out,
            "verdict: the result {}",
            match self.fitness {
                Fitness::MayBeUsed => "may be used",
                Fitness::WithCare => "may be used with care",
                Fitness::MustNotBeUsed => "must not be used",
            }
        )?;
        self.reasons.iter().try_for_each(|reason| writeln!(out, "    {reason}"))
    }
}
