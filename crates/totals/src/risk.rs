//! How loans went bad: by age and quarter of the grant, from month to month, and by grade beside what was expected.

use crate::courses;
use crate::dimension::Dimension;
use crate::figure::bucket;
use crate::kind::{Kind, from_to};
use crate::slots::Slots;
use crate::sums::{facts, parts};
use crate::{Books, Error, Query, Value};
use chrono::NaiveDate;
use ledger::Month;
use policy::codes;
use primitives::calendar::{day_of, first_day, last_day, month_of};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Loans by the quarter of their grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vintage {
    /// Quarter of the grant, such as `2024-Q1`.
    pub quarter: String,
    /// What was paid out of them by the day asked for.
    pub disbursed_fen: i128,
    /// By months on book, from 0: what was paid out of loans that were by then ever more than 90 days past due or written off. It
    /// ends with the months that all loans of the quarter have been on book.
    pub bad_fen: Vec<i128>,
}

codes! {
    /// Where a loan stands at the end of a month.
    Stage, "stage of a loan";
    Current = "current", "未逾期", "not past due";
    Days1To30 = "1_30", "逾期1—30天", "1 to 30 days past due";
    Days31To60 = "31_60", "逾期31—60天", "31 to 60 days past due";
    Days61To90 = "61_90", "逾期61—90天", "61 to 90 days past due";
    Days91To180 = "91_180", "逾期91—180天", "91 to 180 days past due";
    DaysOver180 = "over_180", "逾期180天以上", "more than 180 days past due";
    Gone = "gone", "已无余额", "nothing owed any more";
}

/// What became in a month of the loans that stood in a stage at the end of the month before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roll {
    /// The stage at the end of the month before.
    pub from: Stage,
    /// The stage at the end of the month.
    pub to: Stage,
    /// Loans.
    pub loans: i128,
    /// What they owed at the end of the month before.
    pub owed_fen: i128,
}

/// Loans of a grade, twelve months after their grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeDefaults {
    /// The grade; empty for loans that rest on no rating.
    pub grade: String,
    /// Loans that were granted in the period and paid out, and have been on book for twelve months.
    pub loans: i128,
    /// Those of them that were more than 90 days past due or written off within twelve months.
    pub bads: i128,
    /// Loans that are not twelve months old; left out of the others.
    pub immature: i128,
    /// Of `loans`, those whose rating says how probable a default within twelve months is.
    pub rated: i128,
    /// Bad loans among `rated`.
    pub rated_bads: i128,
    /// Sum of these probabilities, ppm: what was expected of `rated`, in millionths of a loan.
    pub expected_ppm: i128,
}

impl GradeDefaults {
    fn none(grade: &str) -> Self {
        let grade = grade.to_owned();
        Self { grade, loans: 0, bads: 0, immature: 0, rated: 0, rated_bads: 0, expected_ppm: 0 }
    }

    /// The mean probability of default of the loans whose rating says one, as it was when they were granted.
    pub fn expected(&self) -> Value {
        Value::ratio(self.expected_ppm, self.rated * 1_000_000)
    }
}

/// Statuses of a month by bank, and how many differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusDifferences {
    /// The bank.
    pub bank: String,
    /// Loans whose days past due differ from the schedule's, or whose class is too good for them.
    pub differ: i128,
    /// Those of them whose class is too good.
    pub class_too_good: i128,
}

/// Months from the grant in which a loan counts as bad.
const HORIZON_MONTHS: i32 = 12;

impl Books {
    /// Vintage curves as of a day.
    ///
    /// `filter` and `recorded_at` are as in a [`Query`].
    ///
    /// # Errors
    /// As [`Books::table`].
    pub fn vintages(&self, query: &Query) -> Result<Vec<Vintage>, Error> {
        let (mut slots, seq, on) = self.of_loans(query)?;
        let mut quarters: FxHashMap<i32, (i128, BTreeMap<i32, i128>)> = FxHashMap::default();
        courses::each(self, seq, |loan| {
            let lent = i128::from(loan.disbursed(on));
            if lent <= 0 || slots.of(loan.key).is_none() {
                return;
            }
            let granted = month_of(loan.granted_on);
            let (disbursed, by_age) = quarters.entry(granted.div_euclid(3)).or_default();
            *disbursed += lent;
            if let Some(day) = loan.bad_by(on) {
                *by_age.entry((month_of(day) - granted).max(0)).or_default() += lent;
            }
        });
        let quarters: BTreeMap<_, _> = quarters.into_iter().collect();
        let lines = quarters.into_iter().map(|(quarter, (disbursed_fen, by_age))| {
            // The youngest loan of the quarter was granted in its last month; a month that has not ended is not full.
            let full = if last_day(month_of(on)) == on { month_of(on) } else { month_of(on) - 1 };
            let ages = 0..=(full - (quarter * 3 + 2)).max(-1);
            let bad_fen = ages.map(|age| by_age.range(..=age).map(|(_, fen)| fen).sum()).collect();
            let label = format!("{}-Q{}", 1970 + quarter.div_euclid(4), quarter.rem_euclid(4) + 1);
            Vintage { quarter: label, disbursed_fen, bad_fen }
        });
        Ok(lines.collect())
    }

    /// How loans went from stage to stage in a month.
    ///
    /// # Errors
    /// As [`Books::table`].
    pub fn rolls(&self, month: Month, query: &Query) -> Result<Vec<Roll>, Error> {
        let (mut slots, seq, _) = self.of_loans(query)?;
        let (before, after) = (day_of(month.before().last_day()), day_of(month.last_day()));
        let mut found = [[(0_i128, 0_i128); STAGES.len() + 1]; STAGES.len()];
        courses::each(self, seq, |loan| {
            let owed = loan.owed(before);
            if owed <= 0 || slots.of(loan.key).is_none() {
                return;
            }
            let stage = |on: i32| loan.past_due_since(on).map_or(0, |due| 1 + bucket(i64::from(on) - i64::from(due)));
            let to = if loan.owed(after) > 0 { stage(after) } else { GONE };
            let (loans, owed_fen) = &mut found[stage(before)][to];
            *loans += 1;
            *owed_fen += i128::from(owed);
        });
        let ends = || STAGES.into_iter().chain([Stage::Gone]);
        let of = |(from, of): (Stage, [_; STAGES.len() + 1])| {
            ends().zip(of).map(move |(to, (loans, owed_fen))| Roll { from, to, loans, owed_fen })
        };
        Ok(STAGES.into_iter().zip(found).flat_map(of).filter(|roll| roll.loans > 0).collect())
    }

    /// What became of the loans that were granted in the period of a question, by grade, as of its last day or a later one.
    ///
    /// # Errors
    /// As [`Books::table`].
    pub fn defaults(&self, as_of: NaiveDate, query: &Query) -> Result<Vec<GradeDefaults>, Error> {
        let (mut slots, seq, _) = self.of_loans(query)?;
        let on = day_of(as_of);
        let days = day_of(query.from)..=day_of(query.to);
        let place = Dimension::Grade.place();
        let mut grades: Vec<Option<GradeDefaults>> = vec![None; self.words.len(place)];
        courses::each(self, seq, |loan| {
            let counts = days.contains(&loan.granted_on) && loan.disbursed(on) > 0 && slots.of(loan.key).is_some();
            let at = loan.key.at(place);
            let Some(line) = grades.get_mut(at).filter(|_| counts) else { return };
            let line = line.get_or_insert_with(|| GradeDefaults::none(self.words.text(place, at)));
            let end = anniversary(loan.granted_on);
            if end > on {
                line.immature += 1;
                return;
            }
            line.loans += 1;
            let is_bad = i128::from(loan.bad_by(end).is_some());
            line.bads += is_bad;
            if let Some(pd) = self.loans[loan.loan as usize].pd {
                line.rated += 1;
                line.rated_bads += is_bad;
                line.expected_ppm += i128::from(pd);
            }
        });
        let mut found: Vec<GradeDefaults> = grades.into_iter().flatten().collect();
        found.sort_by(|a, b| a.grade.cmp(&b.grade));
        Ok(found)
    }

    /// Where the statuses of a month differ from the schedules, by bank.
    ///
    /// # Errors
    /// As [`Books::table`].
    pub fn status_differences(&self, month: Month, query: &Query) -> Result<Vec<StatusDifferences>, Error> {
        let (mut slots, seq, _) = self.of_loans(query)?;
        let end = day_of(month.last_day());
        let mut banks: BTreeMap<String, (i128, i128)> = BTreeMap::new();
        // They are of the last day of their month.
        for (_, part, _) in parts(self, Kind::Differs, Some(end), end) {
            for fact in (0..part.known(seq)).map(|at| part.row(at)) {
                if fact.day != end || slots.of(fact.key).is_none() {
                    continue;
                }
                let place = Dimension::Bank.place();
                let (differ, good) = banks.entry(self.words.text(place, fact.key.at(place)).to_owned()).or_default();
                *differ += i128::from(fact.sign);
                *good += i128::from(fact.sign) * i128::from(fact.aux & 1);
            }
        }
        let line = |(bank, (differ, class_too_good))| StatusDifferences { bank, differ, class_too_good };
        Ok(banks.into_iter().map(line).filter(|line| line.differ != 0).collect())
    }

    /// The filter, the last line and the last day of a question about loans one by one.
    pub(crate) fn of_loans(&self, query: &Query) -> Result<(Slots, u64, i32), Error> {
        query.check()?;
        Ok((Slots::new(self, &Query { by: Vec::new(), ..query.clone() })?, query.known(self), day_of(query.to)))
    }

    /// What was reported of an indicator: district, first and last day, value; by a day.
    pub(crate) fn reported_by(&self, seq: u64, on: i32) -> Vec<(&str, String, i32, i32, i128)> {
        let mut found: BTreeMap<(u32, u64, u64), i128> = BTreeMap::new();
        facts(self, Kind::Reported, 0, seq, on, |fact| {
            let value = found.entry((fact.enterprise, fact.key.0, fact.aux)).or_default();
            *value += i128::from(fact.amount);
        });
        let line = |((indicator, key, aux), value)| {
            let (from, to) = from_to(aux);
            let district = self.words.text(0, crate::dimension::Packed(key).at(0)).to_owned();
            let name = self.indicators.get(indicator as usize).map_or("", String::as_str);
            (name, district, from, to, value)
        };
        found.into_iter().map(line).collect()
    }
}

const STAGES: [Stage; 6] =
    [Stage::Current, Stage::Days1To30, Stage::Days31To60, Stage::Days61To90, Stage::Days91To180, Stage::DaysOver180];

/// Where those that owe nothing any more stand among the ends of a roll.
const GONE: usize = STAGES.len();

/// The same day twelve months later, or the last of that month.
fn anniversary(day: i32) -> i32 {
    let month = month_of(day);
    let of_month = day - first_day(month);
    (first_day(month + HORIZON_MONTHS) + of_month).min(last_day(month + HORIZON_MONTHS))
}

impl Vintage {
    /// The share of what was paid out that was bad after so many months.
    pub fn share(&self, months: usize) -> Value {
        self.bad_fen.get(months).map_or(Value::None, |bad| Value::ratio(*bad, self.disbursed_fen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::calendar::date_of;

    #[test]
    fn twelve_months_later() {
        for (from, expect) in [("2024-02-29", "2025-02-28"), ("2023-03-01", "2024-03-01"), ("2023-12-31", "2024-12-31")]
        {
            let day = day_of(from.parse().expect("a day"));
            assert_eq!(date_of(anniversary(day)), expect.parse().ok());
        }
    }
}
