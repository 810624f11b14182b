//! Sections that show figures of a period by one dimension.

use super::risk::sheet_of;
use super::{Asked, Block, Refused};
use crate::page::Page;
use crate::sheet::{Column, Entry, Key, Line, name_of};
use crate::unit::Cell;
use crate::view::BadParameter;
use crate::words::Word;
use policy::Code as _;
use totals::{Dimension, Figure, Money, Style, Unit, Value};

type Part = (&'static str, Word, &'static [Figure]);

/// What a section is made of.
struct Topic {
    by: Dimension,
    parts: &'static [Part],
    /// What is drawn by month, and what stands beside it.
    monthly: &'static [Figure],
}

const LENDING: &[Figure] = &[
    Figure::AppliedCount,
    Figure::GrantedCount,
    Figure::Granted,
    Figure::Disbursed,
    Figure::Refinanced,
    Figure::NetNewFinancing,
    Figure::FirmTimes,
    Figure::EnterprisesServed,
    Figure::FirstSeen,
    Figure::MeanRate,
];
const STOCK: &[Figure] = &[
    Figure::Balance,
    Figure::BalanceChange,
    Figure::BorrowersWithBalance,
    Figure::Repaid,
    Figure::Renewed,
    Figure::WrittenOff,
    Figure::Recovered,
];
const BUCKETS: &[Figure] = &[
    Figure::Balance,
    Figure::Overdue,
    Figure::Overdue1To30,
    Figure::Overdue31To60,
    Figure::Overdue61To90,
    Figure::Overdue91To180,
    Figure::OverdueOver180,
    Figure::OverdueRatio,
];
const BAD: &[Figure] = &[
    Figure::NonPerforming,
    Figure::NonPerformingRatio,
    Figure::NonPerformingByClass,
    Figure::NonPerformingByClassRatio,
    Figure::WrittenOffStanding,
    Figure::NonPerformingWithWriteOffs,
    Figure::NonPerformingWithWriteOffsRatio,
    Figure::NonPerformingAfterCompensationRatio,
];
const BRIDGE: &[Figure] = &[
    Figure::BridgeDeals,
    Figure::BridgeReleased,
    Figure::BridgeReturned,
    Figure::BridgeOutstanding,
    Figure::BridgeOverdueCount,
    Figure::BridgeFees,
];
const SUBSIDIES: &[Figure] =
    &[Figure::GuaranteesStanding, Figure::SubsidiesApproved, Figure::SubsidiesPaid, Figure::SubsidiesClawedBack];
const QUOTA: &[Figure] = &[Figure::QuotaAccrued, Figure::QuotaUsed, Figure::QuotaRecovered];
const CASH: &[Figure] = &[
    Figure::ClaimCount,
    Figure::Claimed,
    Figure::CompensatedCount,
    Figure::Compensated,
    Figure::CompensationRecovered,
    Figure::CompensationClawedBack,
];
const BENEFITS: &[Figure] = &[Figure::BenefitsApproved, Figure::BenefitsPaid, Figure::BenefitsReturned];
const LEAGUE: &[Figure] = &[
    Figure::NetNewFinancing,
    Figure::Disbursed,
    Figure::Granted,
    Figure::MeanRate,
    Figure::DeviationAbsolute,
    Figure::DeviationSigned,
    Figure::ApprovalMean,
    Figure::ApprovalMedian,
    Figure::ApprovalUnknown,
    Figure::FirstSeen,
    Figure::NonPerformingRatio,
];
const OUTCOMES: &[Figure] = &[
    Figure::AppliedCount,
    Figure::GrantedCount,
    Figure::DeclinedCount,
    Figure::WithdrawnCount,
    Figure::DeclinedRatingTooLow,
    Figure::DeclinedNegativeList,
    Figure::DeclinedNegativeCredit,
    Figure::DeclinedOverIndebted,
    Figure::DeclinedNoLineLeft,
    Figure::DeclinedIndustry,
    Figure::DeclinedDocuments,
    Figure::DeclinedCashflow,
    Figure::DeclinedOther,
];

fn topic(page: Page) -> Topic {
    let (by, parts, monthly): (Dimension, &[Part], &[Figure]) = match page {
        Page::Quality => (
            Dimension::Bank,
            &[("buckets", Word::Buckets, BUCKETS), ("bad", Word::Stock, BAD)],
            &[
                Figure::NonPerformingRatio,
                Figure::OverdueRatio,
                Figure::NonPerforming,
                Figure::Overdue,
                Figure::Balance,
            ],
        ),
        Page::Bridge => (Dimension::District, &[("bridge", Word::Table, BRIDGE)], BRIDGE),
        Page::Subsidies => (
            Dimension::District,
            &[("subsidies", Word::Table, SUBSIDIES)],
            &[Figure::SubsidiesPaid, Figure::SubsidiesApproved, Figure::GuaranteesStanding],
        ),
        Page::Compensation => (
            Dimension::Bank,
            &[("quota", Word::Quota, QUOTA), ("cash", Word::Cash, CASH)],
            &[Figure::Compensated, Figure::QuotaAccrued, Figure::QuotaUsed],
        ),
        Page::Benefits => {
            (Dimension::Tool, &[("benefits", Word::Table, BENEFITS)], &[Figure::BenefitsPaid, Figure::BenefitsApproved])
        }
        _ => (
            Dimension::District,
            &[("lending", Word::Lead, LENDING), ("stock", Word::Stock, STOCK)],
            &[Figure::Disbursed, Figure::NetNewFinancing, Figure::Balance],
        ),
    };
    Topic { by, parts, monthly }
}

impl Asked<'_> {
    pub(super) fn topic(self, page: Page) -> Result<Vec<Block>, Refused> {
        let topic = topic(page);
        let by = self.view.by.unwrap_or(topic.by);
        let mut blocks = self.parts(page, &topic, by)?;
        blocks.insert(1.min(blocks.len()), self.monthly(topic.monthly)?);
        if page == Page::Compensation {
            blocks.extend(self.quotas()?);
        }
        Ok(blocks)
    }

    /// The quota of each bank at the end of the day, by both readings of the cap: a right, and no money. It is the city's:
    /// what a bank paid out in all districts fills it, so a district has no part of it.
    fn quotas(self) -> Result<Option<Block>, Refused> {
        let others = self.view.filters().iter().any(|(by, _)| *by != Dimension::Bank);
        if self.scope.district().is_some() || others {
            return Ok(None);
        }
        let mut lines = match self.facts.books.quotas(self.view.as_of, self.view.recorded_at) {
            Ok(lines) => lines,
            // Before the first rule there was no quota.
            Err(totals::Error::Rules(_)) => return Ok(None),
            Err(e) => return Err(e.into()),
        };
        if let Some(banks) = self.view.filter(Dimension::Bank) {
            lines.retain(|line| banks.contains(&line.bank));
        }
        let style = Style { lang: self.view.lang, money: Money::Yuan };
        let mut sheet = sheet_of("quotas", self.word(Word::QuotaStanding), &style.quotas(String::new(), &lines));
        let reading = lines.first().map(|line| name_of(line.reading, self.view.lang));
        sheet.notes.extend(reading.map(|reading| format!("{}: {reading}", self.word(Word::NoteReading))));
        let sums = lines.iter().fold([0; 6], |mut sums, line| {
            let of = [line.accrued_fen, line.used_fen, line.recovered_fen, line.balance_fen];
            let available = line.available_fen.map(|(_, fen)| fen);
            sums.iter_mut().zip(of.into_iter().chain(available)).for_each(|(sum, n)| *sum += n);
            sums
        });
        sheet.total = Some(self.total_of_fen(&sums));
        self.define(&mut sheet, &[(Word::QuotaStanding, Word::DefineQuota)]);
        Ok(Some(Block { sheet, drawn: false }))
    }

    fn total_of_fen(self, sums: &[i128]) -> Line {
        let fen = |n: &i128| Entry::Figure(Cell::new(Unit::Fen, Value::Whole(*n)));
        let key = Key { text: self.word(Word::Total).to_owned(), ..Key::default() };
        Line { keys: vec![key], entries: sums.iter().map(fen).collect(), not_comparable: false }
    }

    /// Inclusive small-micro loans at the end of the day by each authority's definition, and by one dimension.
    pub(super) fn inclusive(self) -> Result<Vec<Block>, Refused> {
        let by = self.view.by.unwrap_or(Dimension::District);
        if by.is_time() {
            let (name, value) = ("by".to_owned(), by.code().to_owned());
            return Err(BadParameter { name, value, allowed: Word::AllowedNotTime }.into());
        }
        let query = self.scope.query(self.view, self.view.period(), &[], &[]);
        let style = Style { lang: self.view.lang, money: Money::Yuan };
        let mut blocks = Vec::new();
        for (code, title, by) in [("authorities", Word::InclusiveAll, None), ("inclusive", Word::InclusiveBy, Some(by))]
        {
            let found = self.facts.books.inclusive(by, &query)?;
            let mut sheet = sheet_of(code, self.word(title), &style.inclusive(String::new(), by, &found));
            if by == Some(Dimension::District) {
                for line in &mut sheet.lines {
                    let code = line.keys.last().map_or("", |key| key.code.as_str());
                    line.not_comparable = !self.comparable(Some(code), query.from, query.to);
                    let (code, lang) = (code.to_owned(), self.view.lang);
                    if let (Some(key), false) = (line.keys.last_mut(), self.scope.district().is_some()) {
                        *key = Key {
                            href: Some(
                                self.view.with(Dimension::District, &code).by(Dimension::Bank).href("/inclusive"),
                            ),
                            ..Key::of(Dimension::District, &code, lang)
                        };
                    }
                }
                sheet.notes.push(self.word(Word::NoteZones).to_owned());
            }
            self.define(&mut sheet, &[(Word::InclusiveAll, Word::DefineInclusive)]);
            blocks.push(Block { sheet, drawn: false });
        }
        Ok(blocks)
    }

    fn parts(self, page: Page, topic: &Topic, by: Dimension) -> Result<Vec<Block>, Refused> {
        let block = |(code, title, figures): &Part| {
            let title = match title {
                Word::Table => name_of(page, self.view.lang),
                title => self.word(*title),
            };
            Ok(Block { sheet: self.grouped(page, code, title, by, figures)?, drawn: false })
        };
        topic.parts.iter().map(block).collect()
    }

    /// What the bureau tells once a month: the overview, the banks, and each tool.
    pub(super) fn bulletin(self) -> Result<Vec<Block>, Refused> {
        let mut blocks = self.overview()?;
        blocks.extend(self.banks()?.into_iter().filter(|block| !block.drawn));
        for page in [Page::Bridge, Page::Subsidies, Page::Compensation, Page::Benefits] {
            let topic = topic(page);
            blocks.extend(self.parts(page, &topic, topic.by)?);
        }
        Ok(blocks)
    }

    /// Banks in their order, and what became of applications.
    pub(super) fn banks(self) -> Result<Vec<Block>, Refused> {
        let mut league = self.grouped(Page::Banks, "league", self.word(Word::League), Dimension::Bank, LEAGUE)?;
        league.lines.sort_by_key(|line| std::cmp::Reverse(first_whole(line)));
        let rank = self.word(Word::Rank).to_owned();
        league.columns.insert(0, Column { code: "rank".to_owned(), name: rank, unit: Some(Unit::Count) });
        let mut before = None;
        let mut place = 0;
        for (line, nth) in league.lines.iter_mut().zip(1..) {
            // Equals share a place.
            let value = first_whole(line);
            place = if before == Some(value) { place } else { nth };
            before = Some(value);
            line.entries.insert(0, Entry::Figure(Cell::new(Unit::Count, Value::Whole(place))));
        }
        if let Some(total) = &mut league.total {
            total.entries.insert(0, Entry::Figure(Cell::new(Unit::Count, Value::None)));
        }
        let mut outcomes =
            self.grouped(Page::Banks, "outcomes", self.word(Word::Decline), Dimension::Bank, OUTCOMES)?;
        let names = [("declined_share", Word::DeclineRate), ("low", Word::IntervalLow), ("high", Word::IntervalHigh)];
        for ((code, name), at) in names.into_iter().zip(3..) {
            let name = self.word(name).to_owned();
            outcomes.columns.insert(at, Column { code: code.to_owned(), name, unit: Some(Unit::Share) });
        }
        for line in outcomes.lines.iter_mut().chain(&mut outcomes.total) {
            let (granted, declined) = (whole(line, 1), whole(line, 2));
            for (value, at) in declined_share(declined, granted + declined).into_iter().zip(3..) {
                line.entries.insert(at, Entry::Figure(Cell::new(Unit::Share, value)));
            }
        }
        outcomes.notes.push(self.word(Word::NoteWilson).to_owned());
        Ok(vec![
            Block { sheet: league, drawn: false },
            Block { sheet: outcomes, drawn: false },
            self.monthly(&[Figure::ApprovalMean, Figure::DeclinedCount, Figure::GrantedCount])?,
        ])
    }
}

fn whole(line: &Line, at: usize) -> i128 {
    match line.entries.get(at) {
        Some(Entry::Figure(Cell { value: Value::Whole(n), .. })) => *n,
        _ => 0,
    }
}

fn first_whole(line: &Line) -> i128 {
    whole(line, 0)
}

/// 97.5 % of a standard normal lies below.
const Z: f64 = 1.959_963_984_540_054;

/// The share of `some` among `all`, with the ends of its Wilson interval of 95 % in millionths.
///
/// `(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)`; nothing where there are none.
fn declined_share(some: i128, all: i128) -> [Value; 3] {
    if all <= 0 || some < 0 || some > all {
        return [Value::None; 3];
    }
    let (p, n) = (some as f64 / all as f64, all as f64);
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let end = |value: f64| {
        let share = (value / (1.0 + Z * Z / n)).clamp(0.0, 1.0);
        Value::Ratio { numerator: (share * 1e6).round() as i128, denominator: 1_000_000 }
    };
    [Value::Ratio { numerator: some, denominator: all }, end(middle - half), end(middle + half)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against R's `prop.test(correct = FALSE)`: 1 of 10 is 0.01787621 to 0.40415002, 0 of 5 is 0 to 0.43448246.
    #[test]
    fn wilson() {
        let ends = |some, all| declined_share(some, all).map(|v| v.decimal(6));
        assert_eq!(ends(1, 10), [Some("0.100000"), Some("0.017876"), Some("0.404150")].map(|t| t.map(str::to_owned)));
        assert_eq!(ends(0, 5), [Some("0.000000"), Some("0.000000"), Some("0.434482")].map(|t| t.map(str::to_owned)));
        assert_eq!(ends(0, 0), [None, None, None]);
    }
}
