//! Targets of the plan beside what was reached: counted here, or as it is reported.

use super::{Asked, Block, Refused};
use crate::periods::Stretch;
use crate::register::Report;
use crate::sheet::{Column, Entry, Key, Line, Sheet, definitions, name_of};
use crate::unit::Cell;
use crate::words::Word;
use chrono::NaiveDate;
use policy::targets::{Measure, Over, Target};
use policy::{Lang, targets};
use primitives::RegionCode;
use std::collections::BTreeMap;
use totals::{Dimension, Figure, Unit, Value};

/// The one target that the ledger itself counts.
const NEW_FINANCING: &str = "new_financing";

/// A plan as of a day.
#[derive(Debug, Clone, Copy)]
struct Plan {
    days: Stretch,
    /// The day, or the last one of the plan.
    at: NaiveDate,
    ended: bool,
}

impl Plan {
    /// Days of a target up to the day, and how many of how many have gone.
    fn days_of(self, over: Over) -> (Stretch, Value) {
        let whole = match over {
            Over::Period | Over::Level => self.days,
            Over::Year => {
                let year = Stretch::year(self.at);
                Stretch { from: year.from.max(self.days.from), to: end_of_year(self.at).min(self.days.to) }
            }
        };
        let gone = Stretch { from: whole.from, to: self.at };
        let share = Value::Ratio { numerator: i128::from(gone.days()), denominator: i128::from(whole.days().max(1)) };
        (gone, share)
    }
}

fn end_of_year(day: NaiveDate) -> NaiveDate {
    use chrono::Datelike;
    NaiveDate::from_ymd_opt(day.year(), 12, 31).unwrap_or(day)
}

/// The unit of a target's value: fen for yuan.
fn unit(target: &Target) -> Unit {
    if target.unit == Measure::Yuan { Unit::Fen } else { Unit::Count }
}

fn aim(target: &Target) -> Value {
    use policy::Figure::{Amount, Count};
    match target.value().value {
        Amount(fen) => Value::Whole(i128::from(fen.get())),
        Count(n) => Value::Whole(i128::from(n)),
        _ => Value::None,
    }
}

/// What reports of an indicator come to: a sum over the days, or the latest of each district.
fn reported<'a>(reports: impl Iterator<Item = &'a Report>, over: Over, days: Stretch) -> Value {
    let within = reports.filter(|r| r.days.to <= days.to && (over == Over::Level || days.from <= r.days.from));
    let mut latest: BTreeMap<RegionCode, (NaiveDate, u64, i64)> = BTreeMap::new();
    let (mut sum, mut any) = (0_i128, false);
    for report in within {
        any = true;
        sum += i128::from(report.value);
        let found = (report.days.to, report.seq, report.value);
        let last = latest.entry(report.district).or_insert(found);
        *last = found.max(*last);
    }
    match over {
        _ if !any => Value::None,
        Over::Level => Value::Whole(latest.values().map(|(_, _, value)| i128::from(*value)).sum()),
        Over::Period | Over::Year => Value::Whole(sum),
    }
}

impl Asked<'_> {
    /// The plan of the day, or the last one before it.
    fn plan(&self) -> Result<Option<(Plan, &'static policy::Rule<targets::Terms>)>, Refused> {
        let rules = targets::book()?.rules().iter();
        let begun = rules.filter(|rule| rule.days().from <= self.view.as_of);
        let Some(rule) = begun.max_by_key(|rule| rule.days().from) else { return Ok(None) };
        let span = rule.days();
        let last = span.until.and_then(|until| until.pred_opt()).unwrap_or(NaiveDate::MAX);
        let days = Stretch { from: span.from, to: last };
        Ok(Some((Plan { days, at: self.view.as_of.min(last), ended: last < self.view.as_of }, rule)))
    }

    pub(super) fn targets(self) -> Result<Vec<Block>, Refused> {
        let Some((plan, rule)) = self.plan()? else { return Ok(Vec::new()) };
        let of: Vec<&Target> = rule.terms().targets().iter().collect();
        Ok(vec![Block { sheet: self.target_sheet(plan, &of, &rule.document())?, drawn: false }])
    }

    pub(super) fn target_of_financing(self) -> Result<Option<Sheet>, Refused> {
        let Some((plan, rule)) = self.plan()? else { return Ok(None) };
        let Some(target) = rule.terms().target(NEW_FINANCING) else { return Ok(None) };
        self.target_sheet(plan, &[target], &rule.document()).map(Some)
    }

    fn target_sheet(self, plan: Plan, of: &[&Target], document: &str) -> Result<Sheet, Refused> {
        let lang = self.view.lang;
        let mut sheet = Sheet::new("targets", self.word(Word::Targets));
        sheet.keys = vec![("indicator".to_owned(), self.word(Word::Indicator).to_owned())];
        sheet.columns = [
            ("over", Word::PlanState),
            ("counted_in", Word::Measure),
            ("target", Word::Target),
            ("reached", Word::Reached),
            ("completion", Word::Completion),
            ("time_gone", Word::TimeGone),
            ("source", Word::Source),
        ]
        .into_iter()
        .map(|(code, name)| Column { code: code.to_owned(), name: self.word(name).to_owned(), unit: None })
        .collect();
        // The target is the city's: what one district or bank reached is no share of it.
        let whole = self.scope.district().is_none() && self.view.filters().is_empty();
        for target in of {
            let (days, gone) = plan.days_of(target.over);
            let reached = match target.reported {
                true => self.reported(target, days),
                false => self.counted(days)?,
            };
            let (goal, unit) = (aim(target), unit(target));
            let completion = match (reached, goal) {
                (Value::Whole(numerator), Value::Whole(denominator)) if whole && denominator > 0 => {
                    Value::Ratio { numerator, denominator }
                }
                _ => Value::None,
            };
            let source = match (target.reported, reached) {
                (false, _) => Word::Counted,
                (true, Value::None) => Word::NotReported,
                (true, _) => Word::ReportedBy,
            };
            let name = if lang == Lang::Zh { &target.name_zh } else { &target.name_en };
            let figure = |unit, value| Entry::Figure(Cell::new(unit, value));
            sheet.lines.push(Line {
                keys: vec![Key { code: target.code.clone(), text: name.clone(), href: None }],
                entries: vec![
                    Entry::Text(name_of(target.over, lang).to_owned()),
                    // Amounts are in the unit of the table.
                    Entry::Text(if unit == Unit::Fen { String::new() } else { name_of(target.unit, lang).to_owned() }),
                    figure(unit, goal),
                    figure(unit, reached),
                    figure(Unit::Share, completion),
                    figure(Unit::Share, gone),
                    Entry::Text(self.word(source).to_owned()),
                ],
                not_comparable: false,
            });
        }
        let state = if plan.ended { Word::PlanEnded } else { Word::PlanRuns };
        let Stretch { from, to } = plan.days;
        sheet.notes.push(format!("{document}: {from} {} {to}. {}", self.word(Word::Through), self.word(state)));
        sheet.definitions = definitions(&[Figure::NetNewFinancing], lang);
        Ok(sheet)
    }

    fn counted(self, days: Stretch) -> Result<Value, Refused> {
        let table = self.table(days, &[], &[Figure::NetNewFinancing])?;
        Ok(table.of_all(Figure::NetNewFinancing).unwrap_or(Value::None))
    }

    fn reported(self, target: &Target, days: Stretch) -> Value {
        let known = self.facts.register.known(self.view.recorded_at, days.to);
        let own = self.scope.district().map(|d| d.to_string());
        let held = self.view.filter(Dimension::District);
        let counts = |r: &&Report| {
            let district = r.district.to_string();
            own.as_ref().is_none_or(|own| *own == district) && held.is_none_or(|codes| codes.contains(&district))
        };
        let reports = self.facts.register.reports(known).filter(|r| r.indicator == target.code);
        reported(reports.filter(counts), target.over, days)
    }
}
