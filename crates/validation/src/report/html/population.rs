//! Sections of tables: stability, characteristics, groups, migration, concentration, adverse impact, definitions.

use super::table::{Cell, figure, number, outcome_words, words};
use super::{Page, Pen};
use crate::report::characteristics::{CharacteristicSection, Observed};
use crate::report::format::{amount, count, decimal, index, interval, p_value, share};
use crate::report::groups::{GroupRow, GroupSection, Passes};
use crate::report::input::PointsDirection;
use crate::report::{AUC_STRONG, AUC_USABLE, AUC_WEAK};
use crate::text::Key;
use crate::{AdverseImpact, Error, Hypothesis, Outcome, Psi};
use maud::{Markup, html};

impl Pen {
    /// What a model says of a characteristic: its picture, and its bins in a table of this id.
    pub(super) fn characteristic(&self, table: &str, c: &CharacteristicSection) -> Result<Markup, Error> {
        let shown = match &c.pair {
            Some(pair) => self.heat_map(c, pair),
            None => self.shape(c, table)?,
        };
        let caption = format!("{} ({})", c.label.text(self.language), c.name);
        Ok(html! { figure { (shown) (self.bins(table, &caption, c)) } })
    }

    /// Bins of a characteristic in a table of this id.
    pub(super) fn bins(&self, table: &str, caption: &str, c: &CharacteristicSection) -> Markup {
        let heads = [
            Key::Bin,
            Key::Points,
            Key::BuildShare,
            Key::ActualShare,
            Key::BuildBadRate,
            Key::BadRate,
            Key::Rows,
            Key::Bads,
        ];
        let mut t = self.table(caption, &heads);
        for b in &c.bins {
            let apart = if b.is_apart { self.t(Key::Apart) } else { "" };
            t.row(vec![
                words(format!("{}{apart}", b.label)),
                number(b.points.to_string()),
                figure(&b.expected_share, |s| share(*s)),
                figure(&b.share, |s| share(*s)),
                figure(&b.expected_bad_rate, |r| share(*r)),
                figure(&b.bad_rate, |r| share(*r)),
                number(count(b.n)),
                number(count(b.bads)),
            ]);
        }
        t.id(table).render(self.language)
    }
}

impl Page<'_> {
    pub(super) fn stability(&self) -> Markup {
        let s = match &self.report.stability {
            Outcome::Value(s) => s,
            Outcome::NotApplicable(n) => return self.not_applicable(n.reason),
        };
        let bin_heads = [Key::Score, Key::ExpectedShare, Key::ActualShare, Key::Contribution];
        let mut bins = self.table(self.t(Key::PsiTable), &bin_heads);
        if let Outcome::Value(psi) = &s.psi {
            for (i, b) in psi.bins.iter().enumerate() {
                let name = match s.score_edges.get(i) {
                    Some(edge) => format!("{} {edge:.0}", self.t(Key::UpTo)),
                    None => format!("{} {:.0}", self.t(Key::Above), s.score_edges[i - 1]),
                };
                let shares = [b.expected_share, b.actual_share].map(|x| number(share(x)));
                bins.row([words(name)].into_iter().chain(shares).chain([number(index(b.contribution))]).collect());
            }
        }
        let heads = [Key::Characteristic, Key::Index, Key::Severity, Key::Floored];
        let mut csi = self.table(self.t(Key::CsiTable), &heads);
        csi.row(self.psi_row(self.t(Key::Psi), &s.psi));
        for c in &s.csi {
            csi.row(self.psi_row(c.label.text(self.language), &c.csi));
        }
        html! {
            p { (self.t(Key::ReferenceRows)) (self.t(Key::Colon)) (count(s.reference_rows)) (self.t(Key::Separator))
                @for f in &s.reference { (f.name) " " } }
            (csi.render(self.language))
            @if s.psi.value().is_some() { (bins.render(self.language)) }
        }
    }

    fn psi_row(&self, name: &str, psi: &Outcome<Psi>) -> Vec<Cell> {
        vec![
            words(name),
            figure(psi, |p| index(p.psi)),
            outcome_words(psi, |p| self.severity(p.severity).to_owned()),
            figure(psi, |p| count(p.floored_bins)),
        ]
    }

    pub(super) fn characteristics(&self) -> Result<Markup, Error> {
        let all = &self.report.characteristics;
        if all.is_empty() {
            return Ok(html! { p { (self.t(Key::NoCharacteristics)) } });
        }
        let heads = [Key::Characteristic, Key::Stated, Key::Observed, Key::PValue, Key::Agreement];
        let mut overview = self.table(self.t(Key::Agreement), &heads);
        for c in all {
            let stated = match c.direction {
                PointsDirection::Rising => Key::PointsRise,
                PointsDirection::Falling => Key::PointsFall,
                PointsDirection::Unordered => Key::PointsUnordered,
            };
            let observed = |o: &Observed| match o {
                Observed::FallsWithValue => Key::FallsWithValue,
                Observed::RisesWithValue => Key::RisesWithValue,
                Observed::FallsWithPoints => Key::FallsWithPoints,
                Observed::RisesWithPoints => Key::RisesWithPoints,
                Observed::Flat => Key::Flat,
            };
            overview.row(vec![
                words(c.label.text(self.language)),
                words(self.t(stated)),
                outcome_words(&c.observed, |o| self.t(observed(o)).to_owned()),
                figure(&c.trend, |t| p_value(t.p_value)),
                outcome_words(&c.agrees, |a| self.t(if *a { Key::Agrees } else { Key::Contradicts }).to_owned()),
            ]);
        }
        let each = all.iter().enumerate().map(|(place, c)| self.characteristic(&format!("bins-{place}-table"), c));
        let each: Vec<Markup> = each.collect::<Result<_, Error>>()?;
        Ok(html! {
            (overview.render(self.language))
            @for c in each { (c) }
        })
    }

    pub(super) fn segments(&self) -> Markup {
        match &self.report.segments {
            Outcome::NotApplicable(n) => self.not_applicable(n.reason),
            Outcome::Value(sections) => html! {
                @for s in sections { (self.group_table(s)) }
            },
        }
    }

    fn group_table(&self, s: &GroupSection) -> Markup {
        let heads = [Key::Group, Key::Rows, Key::Bads, Key::Auc, Key::BadRate, Key::MeanPd, Key::ObservedExpectedShort];
        let mut t = self.table(&s.column, &heads);
        for g in &s.groups {
            t.row(self.group_cells(g));
        }
        t.render(self.language)
    }

    fn group_cells(&self, g: &GroupRow) -> Vec<Cell> {
        vec![
            words(self.label_or_empty(&g.label)),
            number(count(g.n)),
            figure(&g.bads, |b| count(*b)),
            figure(&g.auc, |a| interval(a.auc, a.lo, a.hi)),
            figure(&g.bad_rate, |r| share(*r)),
            figure(&g.mean_pd, |p| share(*p)),
            figure(&g.observed_over_expected, |r| decimal(*r)),
        ]
    }

    pub(super) fn periods(&self) -> Markup {
        let s = match &self.report.periods {
            Outcome::Value(s) => s,
            Outcome::NotApplicable(n) => return self.not_applicable(n.reason),
        };
        let heads = [
            Key::Period,
            Key::Rows,
            Key::Bads,
            Key::Auc,
            Key::BadRate,
            Key::MeanPd,
            Key::ObservedExpectedShort,
            Key::Psi,
            Key::Severity,
        ];
        let mut t = self.table(&s.table.column, &heads);
        for (g, psi) in s.table.groups.iter().zip(&s.psi) {
            let mut cells = self.group_cells(g);
            cells.push(figure(psi, |p| index(p.psi)));
            cells.push(outcome_words(psi, |p| self.severity(p.severity).to_owned()));
            t.row(cells);
        }
        let against = if s.psi_against_reference { Key::PsiAgainstReference } else { Key::PsiAgainstFirst };
        html! { (t.render(self.language)) p.note { (self.t(against)) } }
    }

    pub(super) fn migration(&self) -> Markup {
        let m = match &self.report.migration {
            Outcome::Value(m) => m,
            Outcome::NotApplicable(n) => return self.not_applicable(n.reason),
        };
        let names: Vec<&str> = self.report.grades.grades.iter().map(|g| g.name.as_str()).collect();
        let mut head = vec![self.t(Key::From)];
        head.extend(&names);
        head.extend([self.t(Key::Left), self.t(Key::StartCount)]);
        let mut matrix = super::Table::new(self.t(Key::MigrationTable), &head);
        for (i, row) in m.matrix.counts().iter().enumerate() {
            let tail = [m.matrix.exits()[i], m.start_counts[i]];
            let cells = row.iter().copied().chain(tail).map(|n| number(count(n)));
            matrix.row([words(names[i])].into_iter().chain(cells).collect());
        }
        let mut facts = self.table(self.t(Key::Migration), &[Key::Item, Key::Value]);
        facts.row(vec![words(self.t(Key::Upper)), number(decimal(m.bandwidth.upper))]);
        facts.row(vec![words(self.t(Key::Lower)), number(decimal(m.bandwidth.lower))]);
        let tested = m.cells.iter().filter(|c| c.test.value().is_some()).count();
        for (key, n) in [
            (Key::Pairs, m.pairs),
            (Key::ExitsBad, m.exits_bad),
            (Key::ExitsOther, m.exits_other),
            (Key::Duplicates, m.duplicates),
            (Key::WithoutId, m.without_id_or_period),
            (Key::CellsTested, tested as u64),
        ] {
            facts.row(vec![words(self.t(key)), number(count(n))]);
        }
        let mut cells =
            self.table(self.t(Key::CellsTable), &[Key::From, Key::To, Key::Share, Key::Statistic, Key::PValue]);
        let mut rejected = 0;
        for c in &m.cells {
            if let Outcome::Value(t) = &c.test
                && t.is_rejected()
            {
                rejected += 1;
                cells.row(vec![
                    words(names[c.from]),
                    words(names[c.to]),
                    figure(&c.share, |s| share(*s)),
                    number(decimal(t.statistic)),
                    number(p_value(t.p_value)),
                ]);
            }
        }
        html! {
            p { (m.periods.join(" → ")) }
            (matrix.render(self.language))
            p.note { (self.t(Key::ExitRule)) }
            (facts.render(self.language))
            p.note { "H0" (self.t(Key::Colon)) (crate::Hypothesis::NearerCellAtLeastAsLarge.text(self.language))
                (self.t(Key::Stop)) }
            @if rejected == 0 { p { (self.t(Key::CellsNone)) } } @else { (cells.render(self.language)) }
        }
    }

    pub(super) fn concentration(&self) -> Markup {
        let c = &self.report.concentration;
        let mut t = self.table(self.t(Key::Concentration), &[Key::Basis, Key::Cv, Key::Hi]);
        for (key, outcome) in [(Key::ByNumber, &c.by_number), (Key::ByExposure, &c.by_exposure)] {
            t.row(vec![words(self.t(key)), figure(outcome, |c| decimal(c.cv)), figure(outcome, |c| decimal(c.hi))]);
        }
        let heads = [Key::TestOn, Key::NullHypothesis, Key::Statistic, Key::PValue, Key::Verdict];
        let mut tests = self.table(self.t(Key::Tests), &heads);
        tests.row(self.test_row(
            self.t(Key::ByNumber),
            Hypothesis::ConcentrationNotHigher,
            &c.by_number_against_initial,
        ));
        let mut grades = self
            .table(self.t(Key::Exposure), &[Key::Grade, Key::Rows, Key::RowShare, Key::Exposure, Key::ExposureShare]);
        if let Outcome::Value(exposure) = &c.exposure {
            let total: f64 = exposure.iter().sum();
            for (g, e) in self.report.grades.grades.iter().zip(exposure) {
                grades.row(vec![
                    words(&g.name),
                    number(count(g.n)),
                    number(share(g.share)),
                    number(amount(*e)),
                    figure(&crate::error::ratio(*e, total), |s| share(*s)),
                ]);
            }
        }
        html! {
            (t.render(self.language))
            (tests.render(self.language))
            @if c.exposure.value().is_some() { (grades.render(self.language)) }
        }
    }

    pub(super) fn impact(&self) -> Markup {
        let s = match &self.report.adverse_impact {
            Outcome::Value(s) => s,
            Outcome::NotApplicable(n) => return self.not_applicable(n.reason),
        };
        let passing = match &s.passes {
            Passes::ScoreFrom(x) => format!("{} {x}", self.t(Key::PassScore)),
            Passes::ScoreFromMedian(x) => format!("{} {x}", self.t(Key::PassMedian)),
            Passes::GradeFrom(name) => format!("{} {name}", self.t(Key::PassGrade)),
        };
        html! {
            p { (passing) (self.t(Key::Stop)) }
            @for column in &s.columns { (self.impact_table(column)) }
        }
    }

    fn impact_table(&self, column: &AdverseImpact) -> Markup {
        let heads = [Key::Group, Key::Rows, Key::Passed, Key::PassShare, Key::Ratio, Key::RatioVerdict];
        let mut t = self.table(&column.column, &heads);
        for g in &column.groups {
            let verdict = |below: &bool| self.t(if *below { Key::BelowThreshold } else { Key::NotBelow }).to_owned();
            t.row(vec![
                words(self.label_or_empty(&g.label)),
                number(count(g.n)),
                figure(&g.passed, |n| count(*n)),
                figure(&g.share, |s| share(*s)),
                figure(&g.ratio, |r| decimal(*r)),
                outcome_words(&g.is_below_threshold, verdict),
            ]);
        }
        let reference = match &column.reference {
            Outcome::Value(label) => self.label_or_empty(label),
            Outcome::NotApplicable(n) => n.reason.text(self.language),
        };
        html! {
            (t.render(self.language))
            p.note { (self.t(Key::ReferenceGroup)) (self.t(Key::Colon)) (reference) (self.t(Key::Stop)) }
        }
    }

    pub(super) fn definitions(&self) -> Markup {
        let d = &self.report.definitions;
        let mut t = self.table(self.t(Key::Definitions), &[Key::Item, Key::Value]);
        let psi = d.options.psi_thresholds;
        for (key, value) in [
            (Key::DefAlpha, d.options.alpha.to_string()),
            (Key::DefPsi, format!("{} / {}", psi.watch, psi.act)),
            (Key::DefFloor, d.options.share_floor.to_string()),
            (Key::DefGroup, d.group_rows_min.to_string()),
            (Key::DefImpact, d.adverse_impact_min.to_string()),
            (Key::DefBins, d.calibration_bins.to_string()),
            (Key::DefClip, format!("{:e}", d.pd_clip)),
            (Key::DefAuc, format!("{AUC_STRONG:.2} / {AUC_USABLE:.2} / {AUC_WEAK:.2}")),
        ] {
            t.row(vec![words(self.t(key)), number(value)]);
        }
        html! {
            (t.render(self.language))
            @for key in [Key::DefBad, Key::DefPsiFormula, Key::DefMulti, Key::DefWeights] { p.note { (self.t(key)) } }
        }
    }
}
