//! From values and facts to a commercial-value rating.

use super::EMPTY_DENOMINATOR;
use super::facts::{Facts, Hit, Size, SourceAge};
use super::file::{Commercial, Effect, LineRule};
use super::line::{Line, LineState, line};
use crate::model::inconsistent;
use crate::model_file::{Attribute, SpecialValue, Table};
use crate::{Error, Model, Rating};
use primitives::Value;

/// Why an enterprise is not rated. None of these says anything about how good it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotRatable {
    /// Its entry in the registry is revoked or cancelled, or it moved away.
    Closed,
    /// It is in liquidation or bankrupt.
    Insolvent,
    /// The registry says nothing about it.
    ThinFile,
    /// Its industry is excluded by the card.
    ExcludedIndustry,
    /// It is an individual business.
    IndividualBusiness,
    /// It is too large.
    NotSme,
    /// Its industry has no size class.
    SizeUnclassified,
    /// Its size class is not known.
    SizeUnknown,
    /// It is younger than the card asks.
    TooYoung,
    /// A source that the negative list needs is not authorised.
    SourceWithheld,
    /// Too little is known about it.
    CoverageTooLow,
}

impl NotRatable {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Insolvent => "insolvent",
            Self::ThinFile => "thin_file",
            Self::ExcludedIndustry => "excluded_industry",
            Self::IndividualBusiness => "individual_business",
            Self::NotSme => "not_sme",
            Self::SizeUnclassified => "size_unclassified",
            Self::SizeUnknown => "size_unknown",
            Self::TooYoung => "too_young",
            Self::SourceWithheld => "source_withheld",
            Self::CoverageTooLow => "coverage_too_low",
        }
    }
}

/// What came of an assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A grade.
    Rated,
    /// The last grade: an entry of the negative list is a hard stop.
    HardStop,
    /// No grade, with all the reasons.
    NotRatable(Vec<NotRatable>),
}

/// An entry of the negative list and what it does here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied<'a> {
    /// The entry.
    pub hit: Hit<'a>,
    /// Number of the rule in the section.
    pub rule: usize,
    /// What it does; a hard stop of another member of the group warns.
    pub effect: Effect,
    /// Whether it is an entry about another member of the group.
    pub of_group: bool,
}

/// Points of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubScore {
    /// Points of its tables.
    pub points: i32,
    /// The fewest they can have.
    pub lowest: i32,
    /// The most they can have.
    pub highest: i32,
}

/// How far the data behind a rating can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataQuality {
    /// Well covered, fresh, and known times are given.
    A,
    /// Some of it is missing, old or assumed.
    B,
    /// Much of it is.
    C,
    /// Too little to rate by, or to cap the grade.
    D,
}

impl DataQuality {
    /// The letter.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }
}

/// The commercial-value rating of an enterprise. For reference only (仅供参考): the bank decides.
#[derive(Debug, Clone, PartialEq)]
pub struct CommercialRating<'a> {
    /// Score, PD if the model is calibrated, reasons; its grade is that of the score alone.
    pub scored: Rating,
    /// What came of it.
    pub outcome: Outcome,
    /// The grade after caps and the negative list; `None` when not ratable.
    pub grade: Option<usize>,
    /// Percentile of the score in the reference population, 0 to 100; `None` without one.
    pub percentile: Option<u8>,
    /// By first-level indicator.
    pub first: Vec<SubScore>,
    /// By second-level indicator, in order.
    pub second: Vec<SubScore>,
    /// Data coverage (数据覆盖度): share of the highest points whose characteristics are known, in 0..1.
    pub data_coverage: f64,
    /// Whether that capped the grade.
    pub coverage_capped: bool,
    /// How far the data can be trusted.
    pub data_quality: DataQuality,
    /// Entries of the negative list.
    pub applied: Vec<Applied<'a>>,
    /// The score that the line goes by: no higher than the best of the grade, where that is capped.
    pub line_score: i32,
    /// The line.
    pub line: Line,
}

/// A model with its commercial section, ready to assess.
#[derive(Debug, Clone)]
pub struct Assessor<'m> {
    model: &'m Model,
    section: &'m Commercial,
    line_rule: LineRule,
    /// By table the second-level indicator, counted over all first-level ones.
    second_of: Vec<usize>,
    /// By second-level indicator the first-level one.
    first_of: Vec<usize>,
    /// By table the most points and the fewest.
    span: Vec<(i32, i32)>,
    capped_grade: usize,
    last_grade: usize,
}

impl<'m> Assessor<'m> {
    /// An assessor for a model; `None` when it has no commercial section.
    pub fn new(model: &'m Model) -> Option<Self> {
        let section = model.file().commercial.as_ref()?;
        let mut first_of = Vec::new();
        let mut second_of = vec![0; model.tables.len()];
        for (first, indicator) in section.indicators.iter().enumerate() {
            for second in &indicator.second {
                for (t, table) in model.file().tables.iter().enumerate() {
                    if let Table::OneWay { characteristic, .. } = table
                        && second.characteristics.contains(characteristic)
                    {
                        second_of[t] = first_of.len();
                    }
                }
                first_of.push(first);
            }
        }
        let bounds =
            |points: &[i32]| (points.iter().copied().max().unwrap_or(0), points.iter().copied().min().unwrap_or(0));
        let span = model.tables.iter().map(|t| bounds(&t.points)).collect();
        let file = model.file();
        let capped_grade = file.grades.iter().position(|g| g.name == file.coverage.best_grade).unwrap_or(0);
        let last_grade = file.grades.len() - 1;
        Some(Self {
            model,
            section,
            line_rule: section.line.clone(),
            second_of,
            first_of,
            span,
            capped_grade,
            last_grade,
        })
    }

    /// The same with another line rule: one that is in force on the day, in place of the card's own.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when the rule does not fit the model.
    pub fn with_line_rule(self, line_rule: LineRule) -> Result<Self, Error> {
        line_rule
            .check(self.model.file())
            .map_err(|(place, problem)| inconsistent(&format!("commercial.line.{place}"), problem))?;
        Ok(Self { line_rule, ..self })
    }

    /// The line rule it works by.
    pub fn line_rule(&self) -> &LineRule {
        &self.line_rule
    }

    /// Whether the tables of a characteristic hold the code of an empty denominator; where they do not, an empty
    /// denominator must be given as missing.
    pub fn holds_empty(&self, characteristic: usize) -> bool {
        let name = &self.model.file().characteristics[characteristic].name;
        self.model.file().tables.iter().all(|t| match t {
            Table::OneWay { characteristic, bins, .. } if characteristic == name => bins.iter().any(|b| {
                matches!(&b.attribute, Attribute::Special(values) if values.contains(&SpecialValue::Number(EMPTY_DENOMINATOR)))
            }),
            _ => true,
        })
    }

    /// The section it works by.
    pub fn section(&self) -> &'m Commercial {
        self.section
    }

    /// Assesses an enterprise.
    ///
    /// - `values`: in the order of the model's characteristics. An empty denominator is
    ///   [`super::EMPTY_DENOMINATOR`].
    ///
    /// # Errors
    /// [`Error::WrongWidth`] or [`Error::WrongType`].
    pub fn assess<'a>(&self, values: &[Value<'_>], facts: &Facts<'a>) -> Result<CommercialRating<'a>, Error> {
        let model = self.model;
        let blank = SubScore { points: 0, lowest: 0, highest: 0 };
        let mut second = vec![blank; self.first_of.len()];
        let (mut known, mut whole) = (0_i64, 0_i64);
        let scored = model.visit(values, |t, bin| {
            let table = &model.tables[t];
            let (most, fewest) = self.span[t];
            let sub = &mut second[self.second_of[t]];
            sub.points += table.points[bin];
            sub.lowest += fewest;
            sub.highest += most;
            whole += i64::from(most - fewest);
            let absent = match values[table.over.0] {
                Value::Missing | Value::NotAuthorised => true,
                Value::Number(x) => !x.is_finite(),
                Value::Text(text) => text.is_empty(),
            };
            known += if absent { 0 } else { i64::from(most - fewest) };
        })?;
        let mut first = vec![blank; self.section.indicators.len()];
        for (sub, &of) in second.iter().zip(&self.first_of) {
            first[of].points += sub.points;
            first[of].lowest += sub.lowest;
            first[of].highest += sub.highest;
        }
        let data_coverage = if whole == 0 { 0.0 } else { known as f64 / whole as f64 };
        let coverage_capped = data_coverage < model.file().coverage.minimum_share;

        let applied = self.applied(facts);
        let not_ratable = self.not_ratable(facts, data_coverage);
        let own = || applied.iter().filter(|a| !a.of_group);
        let stopped = own().any(|a| a.effect == Effect::HardStop);
        let mut grade = model.grade(scored.score);
        if coverage_capped {
            grade = grade.max(self.capped_grade);
        }
        for a in own().filter(|a| a.effect == Effect::Cap) {
            let best = self.section.negative_list[a.rule].best_grade.as_ref();
            let cap = best.and_then(|name| model.file().grades.iter().position(|g| g.name == *name));
            grade = grade.max(cap.unwrap_or(self.last_grade));
        }
        if stopped {
            grade = self.last_grade;
        }
        let outcome = match (not_ratable.is_empty(), stopped) {
            (false, _) => Outcome::NotRatable(not_ratable),
            (true, true) => Outcome::HardStop,
            (true, false) => Outcome::Rated,
        };
        let line_score = scored.score.min(self.score_within(grade));
        let line = match outcome {
            Outcome::Rated => {
                let class = facts.label.class();
                line(&self.line_rule, &facts.line, class, line_score, grade, facts.group_members)
            }
            _ => Line::none(LineState::None),
        };
        Ok(CommercialRating {
            percentile: self.percentile(scored.score),
            grade: (!matches!(outcome, Outcome::NotRatable(_))).then_some(grade),
            data_quality: self.data_quality(facts, data_coverage),
            scored,
            outcome,
            first,
            second,
            data_coverage,
            coverage_capped,
            applied,
            line_score,
            line,
        })
    }

    /// The highest score of a grade: a grade that is capped opens no more of the line than its best score does.
    fn score_within(&self, grade: usize) -> i32 {
        let above = grade.checked_sub(1).and_then(|g| self.model.file().grades[g].score_from);
        above.map_or(i32::MAX, |from| from.saturating_sub(1))
    }

    /// Share of the reference population whose score is lower, in whole percent, rounded down.
    fn percentile(&self, score: i32) -> Option<u8> {
        let scores = &self.section.reference.as_ref()?.scores;
        Some(scores.partition_point(|&s| s < score).saturating_sub(1).min(100) as u8)
    }

    /// The hits that the card has a rule for; others' hard stops and caps warn.
    fn applied<'a>(&self, facts: &Facts<'a>) -> Vec<Applied<'a>> {
        let rule_of = |hit: &Hit<'_>| self.section.negative_list.iter().position(|r| r.code == hit.code);
        let mut out = Vec::with_capacity(facts.hits.len() + facts.group_hits.len());
        for &hit in &facts.hits {
            if let Some(rule) = rule_of(&hit) {
                out.push(Applied { hit, rule, effect: self.section.negative_list[rule].effect, of_group: false });
            }
        }
        for &hit in &facts.group_hits {
            if let Some(rule) = rule_of(&hit)
                && self.section.negative_list[rule].effect == Effect::HardStop
            {
                out.push(Applied { hit, rule, effect: Effect::Warning, of_group: true });
            }
        }
        out
    }

    fn not_ratable(&self, facts: &Facts<'_>, data_coverage: f64) -> Vec<NotRatable> {
        let rules = &self.section.ratable;
        let mut out = Vec::new();
        match facts.status {
            None => out.push(NotRatable::ThinFile),
            Some("revoked" | "cancelled" | "moved_out") => out.push(NotRatable::Closed),
            Some("liquidation" | "bankrupt") => out.push(NotRatable::Insolvent),
            Some(_) => {}
        }
        if facts.kind == Some("individual") && !rules.individual_business {
            out.push(NotRatable::IndividualBusiness);
        }
        let excluded = |code: &str| rules.excluded_industries.iter().any(|e| code.starts_with(e.as_str()));
        if facts.industry.is_some_and(excluded) {
            out.push(NotRatable::ExcludedIndustry);
        }
        // A size that hides behind sources that are withheld could be any.
        let size_withheld = ["social_security", "tax_returns"].iter().any(|s| facts.withholds(s));
        match facts.size {
            Size::Sme => {}
            Size::Large => out.push(NotRatable::NotSme),
            Size::Unclassified if rules.size_unclassified => {}
            Size::Unclassified => out.push(NotRatable::SizeUnclassified),
            Size::Unknown if size_withheld => out.push(NotRatable::SourceWithheld),
            Size::Unknown if rules.size_unknown => {}
            Size::Unknown => out.push(NotRatable::SizeUnknown),
        }
        if facts.age_years.is_some_and(|age| age < rules.age_years_min) {
            out.push(NotRatable::TooYoung);
        }
        let hides = self
            .section
            .negative_list
            .iter()
            .any(|r| r.effect != Effect::Warning && r.sources.iter().any(|s| facts.withholds(s)));
        if hides {
            out.push(NotRatable::SourceWithheld);
        }
        if data_coverage < self.section.ratable_coverage {
            out.push(NotRatable::CoverageTooLow);
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Sources that a hard stop or a cap of the negative list is read from and that are not there: nobody looked.
    ///
    /// A source that the enterprise withholds is not among them; it makes the enterprise not ratable.
    pub fn unchecked(&self, facts: &Facts<'_>) -> Vec<&'m str> {
        let rules = self.section.negative_list.iter().filter(|r| r.effect != Effect::Warning);
        let mut sources: Vec<&str> = rules.flat_map(|r| &r.sources).map(String::as_str).collect();
        sources.sort_unstable();
        sources.dedup();
        sources.retain(|id| facts.ages.iter().any(|(source, age)| source == id && *age == SourceAge::NotThere));
        sources
    }

    /// A from 90 % coverage with fresh sources, B from 70 %, C from the coverage that caps, D below; one lower when any
    /// source is stale; never A when a known time is assumed, never above C when a source of the negative list is not there.
    fn data_quality(&self, facts: &Facts<'_>, data_coverage: f64) -> DataQuality {
        let stale = self.section.sources.iter().any(|rule| {
            facts.ages.iter().any(|(id, age)| {
                *id == rule.id && matches!(age, SourceAge::Days(days, _) if *days > rule.stale_after_days)
            })
        });
        let assumed = facts.assumes_known_time();
        let by_coverage = match data_coverage {
            c if c < self.model.file().coverage.minimum_share => DataQuality::D,
            c if c < 0.7 => DataQuality::C,
            c if c < 0.9 || assumed => DataQuality::B,
            _ => DataQuality::A,
        };
        let grade = match (by_coverage, stale) {
            (DataQuality::A, true) => DataQuality::B,
            (DataQuality::B, true) => DataQuality::C,
            (grade, _) => grade,
        };
        if self.unchecked(facts).is_empty() { grade } else { grade.max(DataQuality::C) }
    }
}
