//! Tables about loans one by one, once more.

use super::{Day, Loan, Model};
use chrono::Months;
use ledger::Month;
use policy::inclusive_finance::{Authority, Case, book, classify};
use primitives::Fen;
use std::collections::{BTreeMap, BTreeSet};
use totals::Stage;

/// Authority, loans, borrowers, balance.
pub(crate) type InclusiveLine = (Authority, i128, i128, i128);

impl Loan {
    fn lent(&self, on: Day) -> i128 {
        self.moves.iter().filter(|m| m.on <= on).map(|m| i128::from(m.lent_fen)).sum()
    }

    /// The first day on which it owed something more than 90 days past due or was written off, walked day by day.
    fn first_bad(&self, on: Day) -> Option<Day> {
        let start = self.first_paid()?;
        start.iter_days().take_while(|day| *day <= on).find(|day| {
            let off = self.moves.iter().any(|m| m.on == *day && m.off_fen > 0);
            off || self.owed(*day) > 0 && self.past_due(*day) > 90
        })
    }

    fn stage(&self, on: Day) -> Stage {
        match self.past_due(on) {
            _ if self.owed(on) <= 0 => Stage::Gone,
            ..=0 => Stage::Current,
            1..=30 => Stage::Days1To30,
            31..=60 => Stage::Days31To60,
            61..=90 => Stage::Days61To90,
            91..=180 => Stage::Days91To180,
            _ => Stage::DaysOver180,
        }
    }
}

impl Model {
    pub(crate) fn inclusive(&self, on: Day) -> Vec<InclusiveLine> {
        let rule = book().expect("rules").rule_on(on).expect("a rule");
        let mut lines: BTreeMap<&str, i128> = BTreeMap::new();
        for loan in &self.loans {
            *lines.entry(&loan.enterprise).or_default() += loan.line(on);
        }
        let of = |authority: &Authority| {
            let counts = |loan: &&Loan| {
                let credit_line = Some(Fen::new(i64::try_from(lines[loan.enterprise.as_str()]).unwrap_or(i64::MAX)));
                let borrower = loan.borrower.expect("a borrower");
                let case = Case { borrower, size: loan.size, credit_line, for_business: true };
                loan.owed(on) > 0 && classify(rule, *authority, &case).passed()
            };
            let counted: Vec<&Loan> = self.loans.iter().filter(counts).collect();
            let borrowers: BTreeSet<&String> = counted.iter().map(|loan| &loan.enterprise).collect();
            let balance = counted.iter().map(|loan| loan.owed(on)).sum();
            (*authority, counted.len() as i128, borrowers.len() as i128, balance)
        };
        [Authority::Pboc, Authority::Nfra].iter().map(of).collect()
    }

    /// By quarter of the grant: what was paid out, and of what was bad by so many months.
    pub(crate) fn vintages(&self, on: Day, months: i32) -> BTreeMap<String, (i128, i128)> {
        let mut found: BTreeMap<String, (i128, i128)> = BTreeMap::new();
        for loan in self.loans.iter().filter(|loan| loan.lent(on) > 0) {
            let granted = Month::of(loan.granted.expect("a grant").0);
            let label = format!("{}-Q{}", granted.to_string().split_at(4).0, granted.number().rem_euclid(12) / 3 + 1);
            let (lent, bad) = found.entry(label).or_default();
            *lent += loan.lent(on);
            let age = loan.first_bad(on).map(|day| (Month::of(day).number() - granted.number()).max(0));
            *bad += if age.is_some_and(|age| age <= months) { loan.lent(on) } else { 0 };
        }
        found
    }

    pub(crate) fn rolls(&self, month: Month) -> BTreeMap<(Stage, Stage), (i128, i128)> {
        let (then, now) = (month.before().last_day(), month.last_day());
        let mut found: BTreeMap<(Stage, Stage), (i128, i128)> = BTreeMap::new();
        for loan in self.loans.iter().filter(|loan| loan.owed(then) > 0) {
            let (loans, owed) = found.entry((loan.stage(then), loan.stage(now))).or_default();
            *loans += 1;
            *owed += loan.owed(then);
        }
        found
    }

    /// By grade: loans, bads and those too young.
    pub(crate) fn defaults(&self, from: Day, to: Day, on: Day) -> BTreeMap<String, [i128; 6]> {
        let mut found: BTreeMap<String, [i128; 6]> = BTreeMap::new();
        for loan in self.loans.iter().filter(|loan| loan.lent(on) > 0) {
            let Some((granted, _)) = loan.granted.filter(|(day, _)| from <= *day && *day <= to) else { continue };
            let line = found.entry(loan.dims[4].clone()).or_default();
            let end = granted + Months::new(12);
            if end > on {
                line[2] += 1;
                continue;
            }
            let is_bad = i128::from(loan.first_bad(on).is_some_and(|day| day <= end));
            line[0] += 1;
            line[1] += is_bad;
            if let Some(pd) = loan.pd {
                line[3] += 1;
                line[4] += is_bad;
                line[5] += pd;
            }
        }
        found
    }

    /// By bank: accrued, used, recovered, balance of the scheme's loans.
    pub(crate) fn quotas(&self, on: Day) -> BTreeMap<String, [i128; 4]> {
        let mut found: BTreeMap<String, [i128; 4]> = BTreeMap::new();
        for fact in self.facts.iter().filter(|f| f.on <= on) {
            let place = match fact.what {
                "quota accrued" => 0,
                "quota used" => 1,
                "quota recovered" => 2,
                _ => continue,
            };
            found.entry(fact.dims[1].clone()).or_default()[place] += fact.fen;
        }
        for loan in self.loans.iter().filter(|loan| loan.dims[6] == "commercial_value") {
            found.entry(loan.dims[1].clone()).or_default()[3] += loan.owed(on);
        }
        found.retain(|_, line| *line != [0; 4]);
        found
    }

    /// By bank: statuses that differ from the schedule, and classes that are too good.
    pub(crate) fn differences(&self, month: Month) -> BTreeMap<String, (i128, i128)> {
        let mut found: BTreeMap<String, (i128, i128)> = BTreeMap::new();
        let end = month.last_day();
        for loan in self.loans.iter().filter(|loan| !loan.schedule(end).is_empty()) {
            let statuses = loan.statuses.iter().filter(|(m, ..)| *m == month);
            let Some((.., theirs, class)) = statuses.max_by_key(|(_, seq, ..)| *seq) else { continue };
            let ours = loan.past_due(end);
            let good = ours > 0 && *class == ledger::event::Category::Normal || ours > 90 && !class.is_non_performing();
            if ours != *theirs || good {
                let line = found.entry(loan.dims[1].clone()).or_default();
                *line = (line.0 + 1, line.1 + i128::from(good));
            }
        }
        found
    }

    /// Sum of what was reported of an indicator whose periods lie between two days.
    pub(crate) fn reported(&self, indicator: &str, from: Day, to: Day) -> Option<i128> {
        let of = self.reported.iter().filter(|r| r.indicator.as_str() == indicator && from <= r.from && r.to <= to);
        let values: Vec<i128> = of.map(|r| i128::from(r.value)).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }
}
