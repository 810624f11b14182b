//! What the figures mean, in sentences: the first thing a reader sees.

use crate::report::ValidationReport;
use crate::report::input::ReportInput;
use crate::text::Finding;
use crate::{Language, Outcome, Severity};
use serde::Serialize;

/// The judgement in one sentence and the findings behind it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// The overall judgement.
    pub overall: Overall,
    /// Its sentence in Chinese.
    pub zh: String,
    /// Its sentence in English.
    pub en: String,
    /// Findings, those that ask for action first.
    pub findings: Vec<FindingText>,
}

/// The overall judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// The sample is the training data: no independent judgement is possible.
    NotIndependent,
    /// Fewer than [`BADS_MIN`] bads: the sample can not carry a judgement.
    TooFewBads,
    /// A finding asks for action.
    Act,
    /// A finding asks for attention.
    Watch,
    /// No finding asks for attention.
    Sound,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Asks for action.
    Act,
    /// Asks for attention.
    Watch,
    /// Limits what the report can say.
    Limit,
    /// As it should be.
    Good,
}

/// A finding in both languages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingText {
    /// How much it matters.
    pub level: Level,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// Bads below which a sample can not carry a judgement.
pub const BADS_MIN: u64 = 30;
/// Bads below which intervals are wide enough to be a limit worth saying.
pub const BADS_FEW: u64 = 100;
/// AUC from which ranking is called strong.
pub const AUC_STRONG: f64 = 0.80;
/// AUC from which ranking is called usable.
pub const AUC_USABLE: f64 = 0.70;
/// AUC below which ranking is called too weak.
pub const AUC_WEAK: f64 = 0.60;
/// Observed over expected bads below which PDs are called much too high.
pub const RATIO_LOW: f64 = 0.67;

/// Writes the judgement of a report whose other sections stand.
pub(crate) fn judge(input: &ReportInput, report: &ValidationReport) -> Judgement {
    let bads = report.sample.bads;
    let mut findings = Vec::new();
    limits(input, bads, &mut findings);
    ranking(report, &mut findings);
    calibration(report, &mut findings);
    stability(report, &mut findings);
    characteristics(report, &mut findings);
    impact(report, &mut findings);
    findings.sort_by_key(|(level, _)| *level);

    let worst = findings.iter().map(|(level, _)| *level).min();
    let overall = match worst {
        _ if input.sample.is_training_data => Overall::NotIndependent,
        _ if bads < BADS_MIN => Overall::TooFewBads,
        Some(Level::Act) => Overall::Act,
        Some(Level::Watch) => Overall::Watch,
        _ => Overall::Sound,
    };
    let text = |(level, finding): (Level, Finding)| FindingText {
        level,
        zh: finding.text(Language::Zh),
        en: finding.text(Language::En),
    };
    Judgement {
        overall,
        zh: overall.text(Language::Zh).to_owned(),
        en: overall.text(Language::En).to_owned(),
        findings: findings.into_iter().map(text).collect(),
    }
}

type Findings = Vec<(Level, Finding)>;

fn limits(input: &ReportInput, bads: u64, findings: &mut Findings) {
    if input.sample.is_training_data {
        findings.push((Level::Limit, Finding::TrainingData));
    }
    if bads < BADS_MIN {
        findings.push((Level::Limit, Finding::TooFewBads { bads, least: BADS_MIN }));
    } else if bads < BADS_FEW {
        findings.push((Level::Limit, Finding::FewBads { bads }));
    }
    if input.rows.pd.is_none() {
        findings.push((Level::Limit, Finding::NoPd));
    }
    if input.reference.is_none() {
        findings.push((Level::Limit, Finding::NoReference));
    }
}

fn ranking(report: &ValidationReport, findings: &mut Findings) {
    match &report.ranking.auc {
        Outcome::NotApplicable(n) => findings.push((Level::Limit, Finding::NoRanking { reason: n.reason })),
        Outcome::Value(a) => {
            let (auc, lo, hi) = (a.auc, a.lo, a.hi);
            findings.push(match auc {
                _ if auc >= AUC_STRONG => (Level::Good, Finding::RankingStrong { auc, lo, hi }),
                _ if auc >= AUC_USABLE => (Level::Good, Finding::RankingUsable { auc, lo, hi }),
                _ if auc >= AUC_WEAK => (Level::Watch, Finding::RankingWeak { auc, lo, hi }),
                _ => (Level::Act, Finding::RankingTooWeak { auc, lo, hi }),
            });
        }
    }
    if let Outcome::Value(test) = &report.ranking.auc_against_initial
        && test.is_rejected()
    {
        findings.push((Level::Watch, Finding::AucFell { p: test.p_value }));
    }
}

fn calibration(report: &ValidationReport, findings: &mut Findings) {
    let portfolio = &report.grades.portfolio;
    if let (Outcome::Value(test), Outcome::Value(mean_pd), Outcome::Value(bad_rate)) =
        (&portfolio.jeffreys, portfolio.mean_pd, portfolio.bad_rate)
    {
        let ratio = portfolio.observed_over_expected.value().copied();
        findings.push(match ratio {
            _ if test.is_rejected() => (Level::Act, Finding::PdTooLow { bad_rate, mean_pd, p: test.p_value }),
            Some(ratio) if ratio < RATIO_LOW => (Level::Watch, Finding::PdTooHigh { bad_rate, mean_pd }),
            _ => (Level::Good, Finding::PdLevel { bad_rate, mean_pd }),
        });
    }
    if let Outcome::Value(section) = &report.calibration
        && let Outcome::Value(line) = &section.line
    {
        let (slope, lo, hi) = (line.slope.value, line.slope.lo, line.slope.hi);
        findings.push(match slope {
            _ if line.slope.contains(1.0) => (Level::Good, Finding::SlopeGood { slope, lo, hi }),
            _ if slope < 1.0 => (Level::Watch, Finding::SlopeLow { slope, lo, hi }),
            _ => (Level::Watch, Finding::SlopeHigh { slope, lo, hi }),
        });
    }
    let is_rejected = |t: &Outcome<crate::TestResult>| t.value().is_some_and(|t| t.is_rejected());
    let rejected: Vec<String> =
        report.grades.grades.iter().filter(|g| is_rejected(&g.jeffreys)).map(|g| g.name.clone()).collect();
    if !rejected.is_empty() {
        findings.push((Level::Watch, Finding::GradesTooLow { grades: rejected }));
    }
    let wrong: Vec<String> = report.grades.inversions.iter().map(|i| format!("{} < {}", i.worse, i.better)).collect();
    if wrong.is_empty() {
        if report.grades.grades.iter().filter(|g| g.bad_rate.value().is_some()).count() > 1 {
            findings.push((Level::Good, Finding::GradesInOrder));
        }
    } else {
        findings.push((Level::Watch, Finding::GradesOutOfOrder { pairs: wrong }));
    }
}

fn stability(report: &ValidationReport, findings: &mut Findings) {
    let Outcome::Value(section) = &report.stability else { return };
    let level = |severity: Severity| match severity {
        Severity::Stable => Level::Good,
        Severity::Watch => Level::Watch,
        Severity::Act => Level::Act,
    };
    if let Outcome::Value(p) = &section.psi {
        findings.push((level(p.severity), Finding::ScorePsi { psi: p.psi, severity: p.severity }));
    }
    for severity in [Severity::Act, Severity::Watch] {
        let moved = section.csi.iter().filter(|c| c.csi.value().is_some_and(|p| p.severity == severity));
        let labels: Vec<_> = moved.map(|c| c.label.clone()).collect();
        if !labels.is_empty() {
            findings.push((Level::Watch, Finding::CharacteristicsMoved { labels, severity }));
        }
    }
}

fn characteristics(report: &ValidationReport, findings: &mut Findings) {
    let against = report.characteristics.iter().filter(|c| {
        // Only a trend that chance does not explain contradicts the points.
        c.agrees.value() == Some(&false) && c.trend.value().is_some_and(|t| t.is_rejected())
    });
    let labels: Vec<_> = against.map(|c| c.label.clone()).collect();
    if !labels.is_empty() {
        findings.push((Level::Watch, Finding::AgainstPoints { labels }));
    }
}

fn impact(report: &ValidationReport, findings: &mut Findings) {
    let Outcome::Value(section) = &report.adverse_impact else { return };
    for column in &section.columns {
        let low = column.groups.iter().filter(|g| g.is_below_threshold.value() == Some(&true));
        let groups: Vec<String> = low.map(|g| g.label.clone()).collect();
        if !groups.is_empty() {
            findings.push((Level::Watch, Finding::AdverseImpact { column: column.column.clone(), groups }));
        }
    }
}
