//! What was not entered and why: a line each in a CSV file, the first of them on the terminal.

use super::cell::Fault;
use super::rows::Item;
use anyhow::{Context as _, Result};
use ledger::Refusal;
use policy::{Code as _, Lang};
use primitives::plain;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use store::{ImportRefusal, REFUSALS_KEPT};

/// The longest text of a file that is kept of a refusal, in characters: a cell may hold anything.
const FOUND_MAX: usize = 96;

/// Lines that are printed.
const PRINTED: usize = 10;

const HEADING: [&str; 9] = ["file", "row", "event", "outcome", "column", "value", "allowed", "reason", "原因"];

/// What became of an event or a row that was not entered.
pub(crate) enum Outcome<'a> {
    Repeated,
    Unreadable(&'a Fault),
    /// With the column that it is about.
    Refused(&'a Refusal, String),
}

/// The report of an import.
pub(crate) struct Report {
    file: String,
    out: Option<csv::Writer<BufWriter<File>>>,
    first: Vec<String>,
    /// Faults by event and column.
    kinds: BTreeMap<String, u64>,
    told: bool,
    /// The first faults, to be kept beside the ledger.
    kept: Vec<ImportRefusal>,
}

impl Report {
    pub(crate) fn new(file: &Path, out: Option<&Path>) -> Result<Self> {
        let open = |path: &Path| -> Result<_> {
            let made = File::create(path).with_context(|| format!("report {}", path.display()))?;
            let mut out = csv::Writer::from_writer(BufWriter::new(made));
            out.write_record(HEADING)?;
            Ok(out)
        };
        let out = out.map(open).transpose()?;
        let file = file.display().to_string();
        Ok(Self { file, out, first: Vec::new(), kinds: BTreeMap::new(), told: true, kept: Vec::new() })
    }

    /// One that tells nobody.
    pub(crate) fn silent() -> Self {
        let (file, first, kinds, kept) = (String::new(), Vec::new(), BTreeMap::new(), Vec::new());
        Self { file, out: None, first, kinds, told: false, kept }
    }

    /// The first faults, at most [`REFUSALS_KEPT`].
    pub(crate) fn take_kept(&mut self) -> Vec<ImportRefusal> {
        std::mem::take(&mut self.kept)
    }

    pub(crate) fn tell(&mut self, item: &Item, outcome: &Outcome<'_>) -> Result<()> {
        if !self.told {
            return Ok(());
        }
        let (word, column, value, allowed, en, zh) = match outcome {
            Outcome::Repeated => {
                let (en, zh) = ("it was entered before".to_owned(), "此前已入账".to_owned());
                ("repeated", String::new(), String::new(), String::new(), en, zh)
            }
            Outcome::Unreadable(Fault { column, value, allowed }) => {
                let en = format!("{:?} is not allowed: {allowed}", plain(value));
                let zh = format!("无法读取：{}", plain(value));
                ("unreadable", column.clone(), value.clone(), allowed.clone(), en, zh)
            }
            Outcome::Refused(refusal, column) => {
                let (value, allowed) = range(refusal);
                ("refused", column.clone(), value, allowed, refusal.text(Lang::En), refusal.text(Lang::Zh))
            }
        };
        if word != "repeated" {
            if self.kept.len() < REFUSALS_KEPT {
                let short = |text: &str| plain(text).chars().take(FOUND_MAX).collect::<String>();
                self.kept.push(ImportRefusal {
                    row: item.row,
                    event: item.word.to_owned(),
                    rule: match outcome {
                        Outcome::Refused(refusal, _) => rule(refusal),
                        Outcome::Repeated | Outcome::Unreadable(_) => word.to_owned(),
                    },
                    field: short(&column),
                    found: short(&value),
                    allowed: short(&allowed),
                    reason_zh: zh.clone(),
                    reason_en: en.clone(),
                });
            }
            *self.kinds.entry(format!("{} {word} {column}", item.word)).or_default() += 1;
            if self.first.len() < PRINTED {
                let of = if column.is_empty() { String::new() } else { format!(", column {column}") };
                self.first.push(format!("{}: row {}, {}{of}: {en}", self.file, item.row, item.word));
            }
        }
        if let Some(out) = &mut self.out {
            let row = item.row.to_string();
            out.write_record([&self.file, &row, item.word, word, &column, &value, &allowed, &en, &zh])?;
        }
        Ok(())
    }

    /// Sees to it that the file is whole.
    pub(crate) fn finish(&mut self) -> Result<()> {
        if let Some(out) = &mut self.out {
            out.flush()?;
        }
        Ok(())
    }

    pub(crate) fn print(&self) {
        let all: u64 = self.kinds.values().sum();
        for line in &self.first {
            println!("{}", plain(line));
        }
        if all > self.first.len() as u64 {
            println!("… {} more:", all - self.first.len() as u64);
            for (kind, count) in &self.kinds {
                println!("{count:>10}  {}", plain(kind));
            }
        }
    }
}

/// The rule that is broken, by its code: that of the rule book where it is one of its, else what the ledger looked at.
fn rule(refusal: &Refusal) -> String {
    let code = match refusal {
        Refusal::Rules(findings) => findings.first().map_or("rules", |f| f.rule.code()),
        Refusal::RuleBook(_) => "rule_book",
        Refusal::NotInState { .. } => "state",
        Refusal::NotFound { .. } => "not_found",
        Refusal::Exists { .. } => "exists",
        Refusal::Amount { .. } | Refusal::Overflow { .. } => "range",
        Refusal::Differs { .. } => "differs",
        Refusal::Empty { .. } => "empty",
        Refusal::BeforeFact { .. } | Refusal::Future { .. } | Refusal::DaysReversed { .. } => "day",
        Refusal::ClosedPeriod { .. } => "closed_period",
        Refusal::District { .. } => "district",
        Refusal::Indicator { .. } => "indicator",
        Refusal::NotPermitted { .. } => "office",
        Refusal::SamePerson { .. } => "same_person",
        Refusal::AboveBalance { .. } => "balance",
        Refusal::Quota { .. } => "rc.quota",
        Refusal::FundShort { .. } => "fund",
        Refusal::RequestConflict { .. } => "request",
        _ => "ledger",
    };
    code.to_owned()
}

/// The value that was found, and what is allowed.
fn range(refusal: &Refusal) -> (String, String) {
    match refusal {
        Refusal::Amount { value, lo, hi, .. } => (value.to_string(), format!("{lo} to {hi}")),
        Refusal::Differs { found, expected, .. } => (found.text(Lang::En), expected.text(Lang::En)),
        Refusal::BeforeFact { on, earliest, .. } => (on.to_string(), format!("{earliest} or later")),
        Refusal::Future { on, recorded_on } => (on.to_string(), format!("{recorded_on} or earlier")),
        Refusal::ClosedPeriod { on, through } => (on.to_string(), format!("after {through}")),
        Refusal::District { found } => (found.text(Lang::En), "a region of the city on the day".to_owned()),
        Refusal::Zone { zone, on } => (zone.to_string(), format!("a zone on {on}")),
        Refusal::NotFound { id, .. } | Refusal::Exists { id, .. } => (id.clone(), String::new()),
        Refusal::AboveBalance { amount_fen, balance_fen, .. } => {
            (amount_fen.to_string(), format!("1 to {balance_fen}"))
        }
        Refusal::Rules(findings) => match findings.first() {
            Some(f) => (f.found.text(Lang::En), f.allowed.text(Lang::En)),
            None => (String::new(), String::new()),
        },
        _ => (String::new(), String::new()),
    }
}
