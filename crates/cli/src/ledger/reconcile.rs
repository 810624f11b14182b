//! `shangzhi ledger reconcile`: the ledger's loans of a bank beside the bank's own file.
//!
//! Four kinds: matched, only ours, only theirs, different; a loan that differs says in which fields, with both values.
//! What the file does not state is not compared. Days past due are held against the schedule ([`ledger::reconcile()`]).

use super::import::{Dates, Position, scaled, table_rows};
use super::{Missing, with_ledger};
use crate::args::ReconcileArgs;
use crate::input;
use crate::text::print_table;
use anyhow::{Context as _, Result, ensure};
use chrono::NaiveDate;
use csv::StringRecord;
use ledger::event::Category;
use ledger::record::{Balance, BankStatus, Grant, Schedule};
use ledger::{BankId, Key, LoanNo, Month, Record};
use primitives::Fen;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use store::Ledger;

/// Loans that are read at once.
const PAGE: usize = 1_000;

/// A loan as the bank states it.
#[derive(Debug, Clone, Copy, Default)]
struct Theirs {
    row: u64,
    outstanding: Option<Fen>,
    amount: Option<Fen>,
    rate_ppm: Option<i64>,
    granted_on: Option<NaiveDate>,
    status: Option<(Month, i64, Category)>,
}

/// Sums of one kind.
#[derive(Debug, Clone, Copy, Default)]
struct Kind {
    loans: u64,
    ours: i128,
    theirs: i128,
}

struct Comparison {
    kinds: BTreeMap<&'static str, Kind>,
    fields: BTreeMap<&'static str, u64>,
    out: Option<csv::Writer<File>>,
}

pub(super) fn run(args: &ReconcileArgs) -> Result<()> {
    let bank: BankId = args.bank.parse().context("--bank")?;
    if let Some(out) = &args.report {
        input::not_read("--report", out, &[("the file", &args.file)])?;
    }
    let theirs = theirs(&args.file)?;
    let out = match &args.report {
        None => None,
        Some(path) => {
            let made = File::create(path).with_context(|| format!("report {}", path.display()))?;
            let mut out = csv::Writer::from_writer(made);
            out.write_record(["loan", "kind", "row", "field", "ours", "theirs"])?;
            Some(out)
        }
    };
    let kinds = ["matched", "different", "only ours", "only theirs"].map(|kind| (kind, Kind::default()));
    let mut result = Comparison { kinds: kinds.into(), fields: BTreeMap::new(), out };
    with_ledger(&args.ledger, Missing::Refused, async |ledger| {
        compare(&ledger, bank, args.as_of, theirs, &mut result).await
    })?;
    if let Some(out) = &mut result.out {
        out.flush()?;
    }
    println!("bank {bank} as of {}: outstanding principal in yuan", args.as_of);
    let mut rows = vec![["kind", "loans", "ours", "theirs"].map(str::to_owned)];
    for kind in ["matched", "different", "only ours", "only theirs"] {
        let Kind { loans, ours, theirs } = result.kinds[kind];
        rows.push([kind.to_owned(), loans.to_string(), yuan(ours), yuan(theirs)]);
    }
    print_table(&rows);
    for (field, count) in &result.fields {
        println!("{count} loans differ in {field}");
    }
    Ok(())
}

/// An amount for people; sums of many loans may be beyond 64 bits.
fn yuan(fen: i128) -> String {
    i64::try_from(fen).map_or_else(|_| format!("{fen} fen"), |fen| Fen::new(fen).to_string())
}

async fn compare(
    ledger: &Ledger,
    bank: BankId,
    as_of: NaiveDate,
    mut theirs: BTreeMap<LoanNo, Theirs>,
    result: &mut Comparison,
) -> Result<()> {
    let name = serde_json::to_string(&bank)?;
    let prefix = format!("{{\"balance\":{{\"bank\":{name},");
    let mut after: Option<Key> = None;
    loop {
        let page = ledger.records(&prefix, after.as_ref(), PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (key, record) in page {
            let (Key::Balance(at), Record::Balance(balance)) = (key, record) else { continue };
            let Some(Record::Loan(terms)) = ledger.record(&Key::Loan(at)).await? else { continue };
            // What was never granted, or not by then, is no loan that the bank would list.
            let Some(grant) = terms.grant.filter(|g| g.on <= as_of) else { continue };
            let ours = outstanding(&balance, as_of);
            let Some(stated) = theirs.remove(&at.loan) else {
                if ours != 0 {
                    result.count("only ours", ours, 0);
                    result.line(at.loan, "only ours", None, ("outstanding", yuan(ours), String::new()))?;
                }
                continue;
            };
            let schedule = match stated.status {
                Some(_) => ledger.record(&Key::Schedule(at)).await?,
                None => None,
            };
            let differences = differences(&balance, &grant, schedule.as_ref(), as_of, &stated);
            let kind = if differences.is_empty() { "matched" } else { "different" };
            result.count(kind, ours, stated.outstanding.map_or(ours, |fen| fen.get().into()));
            for difference in differences {
                *result.fields.entry(difference.0).or_default() += 1;
                result.line(at.loan, kind, Some(stated.row), difference)?;
            }
        }
    }
    for (loan, stated) in theirs {
        let outstanding = stated.outstanding.unwrap_or(Fen::ZERO);
        result.count("only theirs", 0, outstanding.get().into());
        let line = ("outstanding", String::new(), outstanding.to_string());
        result.line(loan, "only theirs", Some(stated.row), line)?;
    }
    Ok(())
}

/// Principal owed at the end of a day.
fn outstanding(balance: &Balance, on: NaiveDate) -> i128 {
    let moves = balance.moves.iter().filter(|m| m.on <= on);
    moves.map(|m| i128::from(m.lent_fen) - i128::from(m.repaid_fen) - i128::from(m.off_fen)).sum()
}

type Line = (&'static str, String, String);

fn differences(
    balance: &Balance,
    grant: &Grant,
    schedule: Option<&Record>,
    as_of: NaiveDate,
    stated: &Theirs,
) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut differ = |field, ours: String, theirs: Option<String>| {
        if let Some(theirs) = theirs.filter(|theirs| *theirs != ours) {
            lines.push((field, ours, theirs));
        }
    };
    differ("outstanding", yuan(outstanding(balance, as_of)), stated.outstanding.map(|fen| fen.to_string()));
    differ("amount", grant.amount_fen.to_string(), stated.amount.map(|fen| fen.to_string()));
    let rate = stated.rate_ppm.map(|ppm| format!("{ppm} ppm"));
    differ("annual_rate", format!("{} ppm", grant.annual_rate_ppm.get()), rate);
    differ("granted_on", grant.on.to_string(), stated.granted_on.map(|on| on.to_string()));
    let empty = Schedule { last: 0, versions: Vec::new() };
    let schedule = match schedule {
        Some(Record::Schedule(schedule)) => schedule,
        _ => &empty,
    };
    if let Some((month, days_past_due, category)) = stated.status {
        let status = BankStatus { last: 0, days_past_due, category };
        if let Some(d) = ledger::reconcile(month, &status, schedule, balance) {
            if d.ours != d.theirs {
                lines.push(("days_past_due", d.ours.to_string(), d.theirs.to_string()));
            }
            if d.class_too_good {
                lines.push(("category", format!("{} days past due", d.ours), d.category.to_string()));
            }
        }
    }
    lines
}

impl Comparison {
    fn count(&mut self, kind: &'static str, ours: i128, theirs: i128) {
        let of = self.kinds.entry(kind).or_default();
        *of = Kind { loans: of.loans + 1, ours: of.ours + ours, theirs: of.theirs + theirs };
    }

    fn line(&mut self, loan: LoanNo, kind: &str, row: Option<u64>, (field, ours, theirs): Line) -> Result<()> {
        if let Some(out) = &mut self.out {
            let row = row.map_or_else(String::new, |row| row.to_string());
            out.write_record([loan.as_str(), kind, &row, field, &ours, &theirs])?;
        }
        Ok(())
    }
}

/// The loans of the bank's file by number.
fn theirs(file: &Path) -> Result<BTreeMap<LoanNo, Theirs>> {
    let mut columns: Vec<String> = Vec::new();
    let mut loans = BTreeMap::new();
    let columns_cell = std::cell::RefCell::new(&mut columns);
    table_rows(
        file,
        &Position::default(),
        |names| {
            ensure!(names.iter().any(|n| n == "loan"), "{}: has no column \"loan\"", file.display());
            **columns_cell.borrow_mut() = names.to_vec();
            Ok(())
        },
        |number, row| {
            let names = columns_cell.borrow();
            let (loan, stated) =
                one(&names, number, &row).with_context(|| format!("{}: row {number}", file.display()))?;
            let before: Option<Theirs> = loans.insert(loan, stated);
            if let Some(before) = before {
                anyhow::bail!("{}: loan {loan} stands in row {} and in row {number}", file.display(), before.row);
            }
            Ok(())
        },
    )?;
    Ok(loans)
}

fn one(names: &[String], number: u64, row: &StringRecord) -> Result<(LoanNo, Theirs)> {
    let cell = |name: &str| {
        let at = names.iter().position(|n| n == name)?;
        row.get(at).map(str::trim).filter(|text| !text.is_empty())
    };
    let exact = |name: &str, digits: usize, what: &str| {
        cell(name)
            .map(|text| scaled(text, digits).with_context(|| format!("column {name}: {text:?} is not {what}")))
            .transpose()
    };
    let amount = |name: &str| -> Result<Option<Fen>> {
        for (ending, digits) in [("fen", 0), ("yuan", 2), ("wan", 6)] {
            if let Some(fen) = exact(&format!("{name}_{ending}"), digits, "an exact amount")? {
                return Ok(Some(Fen::new(fen)));
            }
        }
        Ok(None)
    };
    let loan = cell("loan").context("column loan: is empty")?.parse().context("column loan")?;
    let granted_on = match cell("granted_on") {
        None => None,
        Some(text) => Some(
            super::import::date(text, &Dates::Usual)
                .with_context(|| format!("column granted_on: {text:?} is not {}", Dates::Usual))?,
        ),
    };
    let rate_ppm = match exact("annual_rate_ppm", 0, "whole parts per million")? {
        Some(ppm) => Some(ppm),
        None => exact("annual_rate_percent", 4, "percent with at most four decimals")?,
    };
    let status = match (cell("month"), exact("days_past_due", 0, "a whole number")?, cell("category")) {
        (Some(month), Some(days), Some(category)) => {
            let month = month.parse().context("column month")?;
            Some((month, days, category.parse().context("column category")?))
        }
        _ => None,
    };
    let (outstanding, amount) = (amount("outstanding")?, amount("amount")?);
    Ok((loan, Theirs { row: number, outstanding, amount, rate_ppm, granted_on, status }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_stated_is_compared() {
        let names: Vec<String> =
            ["loan", "outstanding_yuan", "annual_rate_percent", "granted_on"].map(str::to_owned).into();
        let read = |cells: [&str; 4]| one(&names, 7, &cells.into_iter().collect());
        let (loan, theirs) = read(["L1", "1,000.50", "4.35", "2024/3/1"]).expect("a row");
        assert_eq!((loan.as_str(), theirs.outstanding, theirs.rate_ppm), ("L1", Some(Fen::new(100_050)), Some(43_500)));
        assert!(theirs.amount.is_none() && theirs.status.is_none());
        let refused = |cells| format!("{:#}", read(cells).expect_err("refused"));
        assert!(refused(["L1", "1.005", "", ""]).contains("outstanding_yuan: \"1.005\" is not an exact amount"));
        assert!(refused(["", "", "", ""]).contains("column loan: is empty"));
        assert!(refused(["L1", "", "", "1.3.2024"]).contains("granted_on"));
    }
}
