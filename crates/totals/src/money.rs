//! Tables with a rule of their own: the quota of a bank, inclusive small-micro loans by authority, and the plan.

use crate::courses;
use crate::dimension::{Dimension, Packed};
use crate::distinct::Distinct;
use crate::kind::Kind;
use crate::sums::facts;
use crate::{Books, Error, Figure, Query, Value};
use chrono::{Datelike, NaiveDate};
use ledger::event::{Scheme, UnixMicros};
use policy::inclusive_finance::{self, Authority, Case, classify};
use policy::risk_compensation::{self, CapReading};
use policy::targets::{self, Over, Target};
use policy::{Borrower, Code, Size};
use primitives::Fen;
use primitives::calendar::day_of;
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The compensation quota (指标) of a bank at the end of a day: a right and no money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaLine {
    /// The bank.
    pub bank: String,
    /// What disbursements brought, carried over where the rule of the day carries forward.
    pub accrued_fen: i128,
    /// What payouts took, less what was clawed back.
    pub used_fen: i128,
    /// What was recovered after payouts.
    pub recovered_fen: i128,
    /// Outstanding principal of the bank's scheme loans.
    pub balance_fen: i128,
    /// What is available, by either reading of the cap.
    pub available_fen: [(CapReading, i128); 2],
    /// The reading of the rule of the day.
    pub reading: CapReading,
}

/// Inclusive small-micro loans by an authority's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusive {
    /// Whose definition.
    pub authority: Authority,
    /// The code of the dimension asked for; empty for what is not stated.
    pub code: String,
    /// Loans with a balance.
    pub loans: i128,
    /// Borrowers of them.
    pub borrowers: i128,
    /// Their balance.
    pub balance_fen: i128,
    /// Balance of loans that do not count because the size of the enterprise is not stated.
    pub size_unknown_fen: i128,
}

/// A loan with a balance.
struct Owing {
    key: Packed,
    enterprise: u32,
    owed: i64,
    /// Place of the kind of borrower.
    borrower: u8,
}

/// A target of the plan, and how far it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The target.
    pub target: Target,
    /// First and last day over which it is meant: the plan, or the year.
    pub over: (NaiveDate, NaiveDate),
    /// What was reached by the day asked for: fen for yuan, else a count; `None` where nothing was reported.
    pub reached: Option<i128>,
    /// Reached over aimed at.
    pub share: Value,
    /// Days gone over days of the period, the day asked for among them.
    pub time: Value,
}

impl Books {
    /// The quota of each bank at the end of a day.
    ///
    /// # Errors
    /// [`Error::Rules`] on a day without a rule, else as [`Books::table`].
    pub fn quotas(&self, as_of: NaiveDate, recorded_at: Option<UnixMicros>) -> Result<Vec<QuotaLine>, Error> {
        let rule = risk_compensation::book()?.rule_on(as_of)?;
        // Without carrying forward, quota is that of the year.
        let year = NaiveDate::from_ymd_opt(as_of.year(), 1, 1).unwrap_or(as_of);
        let from = if rule.terms().carry_forward.value { EARLIEST } else { year };
        let figures = vec![Figure::QuotaAccrued, Figure::QuotaUsed, Figure::QuotaRecovered];
        let by = vec![Dimension::Bank];
        let quota = self.table(&Query { by: by.clone(), figures, recorded_at, ..Query::new(from, as_of) })?;
        let scheme = vec![(Dimension::Tool, vec![Scheme::CommercialValue.code().to_owned()])];
        let figures = vec![Figure::Balance];
        let balance = self.table(&Query { by, filter: scheme, figures, recorded_at, ..Query::new(from, as_of) })?;
        let mut lines: BTreeMap<&str, [i128; 4]> = BTreeMap::new();
        let whole = |value: &Value| if let Value::Whole(n) = value { *n } else { 0 };
        for (table, first) in [(&quota, 0), (&balance, 3)] {
            for row in &table.rows {
                let line = lines.entry(&row.codes[0]).or_default();
                line[first..].iter_mut().zip(&row.values).for_each(|(sum, value)| *sum = whole(value));
            }
        }
        let line = |(bank, [accrued_fen, used_fen, recovered_fen, balance_fen]): (&str, [i128; 4])| {
            let fen = |n: i128| Fen::new(i64::try_from(n.max(0)).unwrap_or(i64::MAX));
            let (accrued, paid, recovered) = (fen(accrued_fen), fen(used_fen), fen(recovered_fen));
            let quota = risk_compensation::Quota { accrued, paid, recovered, balance: fen(balance_fen) };
            let available = |reading| -> Result<_, Error> {
                Ok((reading, i128::from(risk_compensation::available(rule, reading, quota)?.get())))
            };
            Ok(QuotaLine {
                bank: bank.to_owned(),
                accrued_fen,
                used_fen,
                recovered_fen,
                balance_fen,
                available_fen: [available(CapReading::Unused)?, available(CapReading::Accrued)?],
                reading: rule.terms().cap_reading.value,
            })
        };
        lines.into_iter().map(line).collect()
    }

    /// Inclusive small-micro loans (普惠小微) at the end of the last day of a question, by authority and one dimension; without
    /// one, over all.
    ///
    /// The credit line of a borrower is what it owes and may still draw, at all banks of the ledger together; all loans of
    /// the ledger are for business.
    ///
    /// # Errors
    /// [`Error::Rules`] on a day without a definition, else as [`Books::table`].
    pub fn inclusive(&self, by: Option<Dimension>, query: &Query) -> Result<Vec<Inclusive>, Error> {
        let (mut slots, seq, on) = self.of_loans(query)?;
        let rule = inclusive_finance::book()?.rule_on(query.to)?;
        let (lines, owing) = self.credit_lines(seq, on);
        let by = by.filter(|d| !d.is_time()).map(Dimension::place);
        let codes = by.map_or(1, |place| self.words.len(place));
        let place = Dimension::Size.place();
        let sizes = (0..self.words.len(place)).map(|code| self.words.text(place, code));
        let sizes: Vec<Option<Size>> = sizes.map(|t| Size::ALL.iter().copied().find(|s| s.code() == t)).collect();
        let definition = |authority: &Authority| (*authority, rule.terms().definition(*authority).credit_line.value);
        let bounds: Vec<(Authority, Fen)> = Authority::ALL.iter().map(definition).collect();
        let mut passed: FxHashMap<(Authority, Borrower, Option<Size>, Ordering), bool> = FxHashMap::default();
        let mut found: Vec<Option<Inclusive>> = vec![None; bounds.len() * codes];
        let mut borrowers = Distinct::new(found.len(), self.enterprises.len());
        for loan in owing.iter().filter(|loan| slots.of(loan.key).is_some()) {
            let size = sizes.get(loan.key.at(place)).copied().flatten();
            let borrower = Borrower::ALL[usize::from(loan.borrower) % Borrower::ALL.len()];
            let line = lines.get(loan.enterprise as usize).copied().unwrap_or(0);
            let credit_line = Fen::new(i64::try_from(line).unwrap_or(i64::MAX));
            let code = by.map_or(0, |place| loan.key.at(place));
            for (nth, (authority, bound)) in bounds.iter().copied().enumerate() {
                // Lines on one side of the bound are alike.
                let side = (authority, borrower, size, credit_line.cmp(&bound));
                let counts = *passed.entry(side).or_insert_with(|| {
                    let case = Case { borrower, size, credit_line: Some(credit_line), for_business: true };
                    classify(rule, authority, &case).passed()
                });
                let row = nth * codes + code;
                let line = found[row].get_or_insert_with(|| {
                    let (loans, borrowers, balance_fen, size_unknown_fen) = (0, 0, 0, 0);
                    let code = by.map_or("", |place| self.words.text(place, code)).to_owned();
                    Inclusive { authority, code, loans, borrowers, balance_fen, size_unknown_fen }
                });
                if counts {
                    line.loans += 1;
                    line.balance_fen += i128::from(loan.owed);
                    borrowers.add(row, loan.enterprise);
                } else if size.is_none() {
                    line.size_unknown_fen += i128::from(loan.owed);
                }
            }
        }
        let borrowers = borrowers.take(found.len());
        let lines =
            found.into_iter().zip(borrowers).filter_map(|(line, borrowers)| Some(Inclusive { borrowers, ..line? }));
        let mut lines: Vec<Inclusive> = lines.collect();
        lines.sort_by(|a, b| (a.authority, &a.code).cmp(&(b.authority, &b.code)));
        Ok(lines)
    }

    /// What each enterprise owes and may still draw at the end of a day, by its place; and the loans with a balance.
    fn credit_lines(&self, seq: u64, on: i32) -> (Vec<i128>, Vec<Owing>) {
        let mut lines = vec![0_i128; self.enterprises.len()];
        let mut owing = Vec::new();
        courses::each(self, seq, |loan| {
            let Some(line) = lines.get_mut(loan.enterprise as usize) else { return };
            let [owed, gone] = loan.stands(on);
            let granted = if loan.granted_on <= on { loan.granted_fen } else { 0 };
            *line += i128::from(granted) - i128::from(gone);
            if owed > 0 {
                let courses::Seen { key, enterprise, borrower, .. } = loan;
                owing.push(Owing { key, enterprise, owed, borrower });
            }
        });
        // What was not drawn and is free again.
        for kind in [Kind::Withdrawn, Kind::Closed] {
            facts(self, kind, 0, seq, on, |fact| {
                if let Some(line) = lines.get_mut(fact.enterprise as usize) {
                    *line -= i128::from(fact.amount);
                }
            });
        }
        (lines, owing)
    }

    /// The plan of a day and how far its targets are by that day: counted here, or as reported.
    ///
    /// Reported figures count when their period lies within that of the target and has ended; of a level, the last one of each
    /// district.
    ///
    /// # Errors
    /// [`Error::Rules`] on a day without a plan, else as [`Books::table`].
    pub fn plan(&self, as_of: NaiveDate, recorded_at: Option<UnixMicros>) -> Result<Vec<Progress>, Error> {
        let plan = targets::book()?.rule_on(as_of)?;
        let whole = Query { recorded_at, ..Query::new(plan.days().from, as_of) };
        // Figures of a period are told after it: what was known counts, not the day that told it.
        let reported = self.reported_by(whole.known(self), day_of(LATEST));
        let plan_end = plan.days().until.and_then(|day| day.pred_opt()).unwrap_or(as_of);
        let progress = |target: &Target| {
            let of_year = |month, day| NaiveDate::from_ymd_opt(as_of.year(), month, day);
            let over = match target.over {
                Over::Year => (of_year(1, 1).unwrap_or(as_of), of_year(12, 31).unwrap_or(as_of)),
                Over::Period | Over::Level => (plan.days().from, plan_end),
            };
            let reached = if target.reported {
                reached(target, &reported, (day_of(over.0), day_of(as_of)))
            } else {
                let figures = vec![Figure::NetNewFinancing];
                let table = self.table(&Query { figures, from: over.0, ..whole.clone() })?;
                table.total.first().and_then(|v| if let Value::Whole(n) = v { Some(*n) } else { None })
            };
            let aimed = match target.value().value {
                policy::Figure::Amount(fen) => i128::from(fen.get()),
                policy::Figure::Count(count) => i128::from(count),
                _ => 0,
            };
            let days = |to: NaiveDate| i128::from(day_of(to) - day_of(over.0)) + 1;
            Ok(Progress {
                target: target.clone(),
                over,
                reached,
                share: reached.map_or(Value::None, |reached| Value::ratio(reached, aimed)),
                time: Value::ratio(days(as_of), days(over.1)),
            })
        };
        plan.terms().targets().iter().map(progress).collect()
    }
}

/// Before any event that a ledger of this product holds.
const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day");
/// After any.
const LATEST: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a day");

fn reached(target: &Target, reported: &[(&str, String, i32, i32, i128)], (from, to): (i32, i32)) -> Option<i128> {
    let within = |f: &i32, t: &i32| target.over == Over::Level || from <= *f && *t <= to;
    let of = reported.iter().filter(|(name, _, f, t, _)| *name == target.code && *t <= to && within(f, t));
    let mut levels: BTreeMap<&str, (i32, i128)> = BTreeMap::new();
    let (mut sum, mut some) = (0, false);
    for (_, district, _, end, value) in of {
        some = true;
        sum += value;
        let level = levels.entry(district).or_insert((*end, *value));
        if level.0 <= *end {
            *level = (*end, *value);
        }
    }
    let level = levels.values().map(|(_, value)| value).sum();
    some.then_some(if target.over == Over::Level { level } else { sum })
}
