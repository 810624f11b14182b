//! Sections with pictures: ranking, distribution, calibration, grades.

use super::table::{Cell, Table, figure, number, words};
use super::{Page, Pen, table};
use crate::report::format::{amount, count, decimal, index, interval, share};
use crate::report::grades::GradeRow;
use crate::report::performance::{CalibrationSection, CurveBin};
use crate::report::picture::{Axis, Ink, LEFT, Mark, Picture, round_ticks};
use crate::text::Key;
use crate::{AucInterval, CurvePoint, Error, Estimate, Headline, Hypothesis, Outcome, TestResult};
use maud::{Markup, PreEscaped, html};

/// One entry of a picture's key: the class of its sample and its words.
pub(super) type KeyEntry = (&'static str, Key);

pub(super) fn percent(x: &f64) -> String {
    format!("{:.0}%", 100.0 * x)
}

pub(super) fn share_of_tick(x: &f64) -> String {
    let percent = 100.0 * x;
    let digits = if percent >= 10.0 || percent == 0.0 { 0 } else { 1 };
    format!("{percent:.digits$}%")
}

pub(super) fn whole(x: &f64) -> String {
    format!("{x:.0}")
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// PDs at which a logit axis may have a label.
const LOGIT_TICKS: [f64; 19] = [
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99,
    0.999,
];

/// Both axes of a calibration curve.
pub(super) struct LogitScale {
    lo: f64,
    hi: f64,
    ticks: Vec<f64>,
}

impl LogitScale {
    /// The axes span what is drawn; shares of 0 and 1 have no logit and are drawn at the border.
    pub(super) fn of<'b>(bins: impl IntoIterator<Item = &'b CurveBin>) -> Self {
        let (mut lo, mut hi) = (0.5, 0.05);
        let drawn = bins.into_iter().flat_map(|b| [b.bin.mean_pd, b.bin.bad_rate, b.bad_rate_lo, b.bad_rate_hi]);
        for p in drawn.filter(|p| 0.0 < *p && *p < 1.0) {
            (lo, hi) = (f64::min(lo, p), f64::max(hi, p));
        }
        let (lo, hi) = (lo.max(0.0001) * 0.8, (hi + 0.2 * (1.0 - hi)).min(0.9995));
        // Labels stand a tenth of the axis apart at least, or they run into one another.
        let mut ticks: Vec<f64> = Vec::new();
        for tick in LOGIT_TICKS.iter().filter(|p| lo <= **p && **p <= hi).map(|p| logit(*p)) {
            if ticks.last().is_none_or(|last| tick - last >= 0.1 * (logit(hi) - logit(lo))) {
                ticks.push(tick);
            }
        }
        Self { lo, hi, ticks }
    }

    fn place(&self, p: f64) -> f64 {
        logit(p.clamp(self.lo, self.hi))
    }

    pub(super) fn axis<'a>(&self, title: &'a str) -> Axis<'a> {
        Axis { lo: logit(self.lo), hi: logit(self.hi), ticks: self.ticks.clone(), title, format: &of_logit }
    }

    /// Where PDs are what happened.
    pub(super) fn ideal(&self) -> Mark {
        Mark::Dashes(Ink::Grey, [self.lo, self.hi].map(|p| (logit(p), logit(p))).to_vec())
    }

    pub(super) fn spans(&self, bins: &[CurveBin]) -> Vec<(f64, f64, f64)> {
        let span = |b: &CurveBin| (self.place(b.bin.mean_pd), self.place(b.bad_rate_lo), self.place(b.bad_rate_hi));
        bins.iter().map(span).collect()
    }

    pub(super) fn points(&self, bins: &[CurveBin]) -> Vec<(f64, f64)> {
        bins.iter().map(|b| (self.place(b.bin.mean_pd), self.place(b.bin.bad_rate))).collect()
    }
}

fn of_logit(x: &f64) -> String {
    let percent = 100.0 / (1.0 + (-x).exp());
    match percent {
        p if p >= 0.95 => format!("{p:.0}%"),
        p if p >= 0.095 => format!("{p:.1}%"),
        p => format!("{p:.2}%"),
    }
}

impl Pen {
    pub(super) fn unit_axis<'a>(&self, title: &'a str) -> Axis<'a> {
        Axis { lo: 0.0, hi: 1.0, ticks: vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0], title, format: &percent }
    }

    pub(super) fn picture(&self, title: Key, picture: &Picture<'_>, key: &[KeyEntry]) -> Result<Markup, Error> {
        let svg = picture.svg()?;
        Ok(html! {
            div.picture {
                p { (self.t(title)) }
                (PreEscaped(svg))
                ul.key { @for (class, words) in key { li {
                    span class=(class) aria-hidden="true" {
                        @if *class == "dot" { "●" } @else if *class == "triangle" { "▲" }
                    }
                    (self.t(*words))
                } } }
            }
        })
    }
}

impl Page<'_> {
    pub(super) fn headline(&self) -> Markup {
        let mut t = self.table(self.t(Key::Headline), &[Key::Figure, Key::Value, Key::Meaning]);
        let row = |t: &mut Table, key: Key, cell: Cell, meaning: Key| {
            t.row(vec![words(self.t(key)), cell, words(self.t(meaning))]);
        };
        let ranking = &self.report.ranking;
        row(&mut t, Key::Auc, figure(&ranking.auc, |a| interval(a.auc, a.lo, a.hi)), Key::AucMeaning);
        let gini = figure(&ranking.auc, |a| interval(a.gini, 2.0 * a.lo - 1.0, 2.0 * a.hi - 1.0));
        row(&mut t, Key::Gini, gini, Key::GiniMeaning);
        let ks = figure(&ranking.ks, |k| format!("{} ({} {})", decimal(k.ks), self.t(Key::AtScore), whole(&k.score)));
        row(&mut t, Key::Ks, ks, Key::KsMeaning);
        let c = &self.report.calibration;
        let of = |f: &dyn Fn(&CalibrationSection) -> Cell| match c {
            Outcome::Value(c) => f(c),
            Outcome::NotApplicable(n) => Cell::NotApplicable(n.reason),
        };
        let estimate = |e: &Estimate| interval(e.value, e.lo, e.hi);
        row(&mut t, Key::Brier, of(&|c| number(index(c.brier.brier))), Key::BrierMeaning);
        row(&mut t, Key::LogLoss, of(&|c| number(index(c.log_loss))), Key::LogLossMeaning);
        row(&mut t, Key::Ece, of(&|c| number(index(c.ece))), Key::EceMeaning);
        row(&mut t, Key::Slope, of(&|c| figure(&c.line, |l| estimate(&l.slope))), Key::SlopeMeaning);
        row(&mut t, Key::Intercept, of(&|c| figure(&c.line, |l| estimate(&l.intercept))), Key::InterceptMeaning);
        row(&mut t, Key::Level, of(&|c| figure(&c.in_the_large.intercept, estimate)), Key::LevelMeaning);
        let ratio = of(&|c| figure(&c.in_the_large.ratio, |r| decimal(*r)));
        row(&mut t, Key::ObservedExpected, ratio, Key::ObservedExpectedMeaning);

        let whole = self.t(Key::Whole);
        let heads = [Key::TestOn, Key::NullHypothesis, Key::Statistic, Key::PValue, Key::Verdict];
        let mut tests = self.table(self.t(Key::Tests), &heads);
        let portfolio = &self.report.grades.portfolio;
        tests.row(self.test_row(whole, Hypothesis::PdNotTooLowJeffreys, &portfolio.jeffreys));
        tests.row(self.test_row(whole, Hypothesis::PdNotTooLowBinomial, &portfolio.binomial));
        let (groups, every) = (Hypothesis::GroupRatesAsPredicted, Hypothesis::Calibrated);
        match c {
            Outcome::Value(c) => {
                let label = match &c.hosmer_lemeshow {
                    Outcome::Value(h) => format!("{whole} ({} {})", self.t(Key::DegreesOfFreedom), h.df),
                    Outcome::NotApplicable(_) => whole.to_owned(),
                };
                tests.row(self.test_row(&label, groups, &c.hosmer_lemeshow.map(|h| h.test)));
                tests.row(self.test_row(whole, every, &c.spiegelhalter));
            }
            Outcome::NotApplicable(n) => {
                let none: Outcome<TestResult> = Outcome::NotApplicable(*n);
                tests.row(self.test_row(whole, groups, &none));
                tests.row(self.test_row(whole, every, &none));
            }
        }
        tests.row(self.test_row(whole, Hypothesis::AucNotBelowInitial, &ranking.auc_against_initial));
        let interval_note = ranking.auc.value().map(|a| match a.interval {
            AucInterval::DelongLogit => Key::IntervalDelong,
            AucInterval::Newcombe => Key::IntervalNewcombe,
        });
        html! {
            (t.render(self.language))
            @if let Some(key) = interval_note { p.note { (self.t(key)) (self.t(Key::Stop)) } }
            @if let Outcome::Value(c) = c {
                p.note { (self.t(Key::Brier)) (self.t(Key::Colon)) (index(c.brier.brier)) " = "
                    (index(c.brier.reliability)) " − " (index(c.brier.resolution)) " + " (index(c.brier.uncertainty))
                    " + (" (index(c.brier.within_bin)) ")" (self.t(Key::Separator)) (self.t(Key::BrierParts))
                    (self.t(Key::Stop)) }
            }
            (self.training_run())
            (tests.render(self.language))
        }
    }

    /// What the training run measured, with this sample below it.
    fn training_run(&self) -> Markup {
        let run = match &self.report.training_run {
            Outcome::Value(run) => run,
            Outcome::NotApplicable(n) => {
                return html! { p.note { (self.t(Key::TrainingRun)) (self.t(Key::Colon)) (self.t(Key::NotApplicable))
                (self.t(Key::Colon)) (n.reason.text(self.language)) (self.t(Key::Stop)) } };
            }
        };
        let columns = [Key::Figure, Key::InSample, Key::OutOfFold, Key::OutOfTime, Key::ThisSample];
        let mut t = self.table(self.t(Key::TrainingRun), &columns);
        let (sample, ranking, calibration) = (&self.report.sample, &self.report.ranking, &self.report.calibration);
        let mut row = |key: Key, of: &dyn Fn(&Headline) -> Cell, here: Cell| {
            let cell = |h: &Outcome<Headline>| match h {
                Outcome::Value(h) => of(h),
                Outcome::NotApplicable(n) => Cell::NotApplicable(n.reason),
            };
            let (fold, time) = (cell(&run.out_of_fold), cell(&run.out_of_time));
            t.row(vec![words(self.t(key)), cell(&run.in_sample), fold, time, here]);
        };
        let of = |f: &dyn Fn(&CalibrationSection) -> Cell| match calibration {
            Outcome::Value(c) => f(c),
            Outcome::NotApplicable(n) => Cell::NotApplicable(n.reason),
        };
        let estimate = |e: &Estimate| interval(e.value, e.lo, e.hi);
        row(Key::Rows, &|h| number(count(h.n)), number(count(sample.n)));
        row(Key::Bads, &|h| number(count(h.bads)), number(count(sample.bads)));
        let auc = figure(&ranking.auc, |a| interval(a.auc, a.lo, a.hi));
        row(Key::Auc, &|h| number(interval(h.auc, h.auc_lo, h.auc_hi)), auc);
        row(Key::Gini, &|h| number(decimal(h.gini)), figure(&ranking.auc, |a| decimal(a.gini)));
        row(Key::Ks, &|h| number(decimal(h.ks)), figure(&ranking.ks, |k| decimal(k.ks)));
        row(Key::Brier, &|h| number(index(h.brier)), of(&|c| number(index(c.brier.brier))));
        row(Key::LogLoss, &|h| number(index(h.log_loss)), of(&|c| number(index(c.log_loss))));
        row(Key::Ece, &|h| number(index(h.ece)), of(&|c| number(index(c.ece))));
        let slope = of(&|c| figure(&c.line, |l| estimate(&l.slope)));
        row(Key::Slope, &|h| figure(&h.calibration_slope, estimate), slope);
        let intercept = of(&|c| figure(&c.line, |l| estimate(&l.intercept)));
        row(Key::Intercept, &|h| figure(&h.calibration_intercept, estimate), intercept);
        html! { (t.render(self.language)) p.note { (self.t(Key::TrainingRunNote)) } }
    }

    fn score_axis(&self, lo: f64, hi: f64) -> Axis<'static> {
        Axis { lo, hi, ticks: round_ticks(lo, hi, 6), title: self.t(Key::Score), format: &whole }
    }

    pub(super) fn ranking(&self) -> Result<Markup, Error> {
        let curve = match &self.report.ranking.curve {
            Outcome::Value(curve) => curve,
            Outcome::NotApplicable(n) => return Ok(self.not_applicable(n.reason)),
        };
        let line = |x: fn(&CurvePoint) -> f64, y: fn(&CurvePoint) -> f64| -> Vec<(f64, f64)> {
            curve.iter().map(|p| (x(p), y(p))).collect()
        };
        let table = "curve-table";
        let square = (330, 320);
        let roc = Picture {
            name: "roc",
            alt: self.t(Key::RocAlt),
            table,
            size: square,
            left: LEFT,
            x: self.unit_axis(self.t(Key::GoodShare)),
            y: self.unit_axis(self.t(Key::BadShare)),
            marks: vec![
                Mark::Dashes(Ink::Grey, vec![(0.0, 0.0), (1.0, 1.0)]),
                Mark::Line(Ink::Blue, line(|p| p.good_share, |p| p.bad_share)),
            ],
        };
        let cap = Picture {
            name: "cap",
            alt: self.t(Key::CapAlt),
            x: self.unit_axis(self.t(Key::RowShare)),
            y: self.unit_axis(self.t(Key::BadShare)),
            marks: vec![
                Mark::Dashes(Ink::Grey, vec![(0.0, 0.0), (1.0, 1.0)]),
                Mark::Line(Ink::Blue, line(|p| p.row_share, |p| p.bad_share)),
            ],
            table,
            size: square,
            left: LEFT,
        };
        let (first, last) = (curve[0].score, curve[curve.len() - 1].score);
        let ks = Picture {
            name: "ks",
            alt: self.t(Key::KsAlt),
            table,
            size: (680, 300),
            left: LEFT,
            x: self.score_axis(first, last),
            y: self.unit_axis(self.t(Key::Share)),
            marks: vec![
                Mark::Dashes(Ink::Brown, line(|p| p.score, |p| p.bad_share)),
                Mark::Line(Ink::Blue, line(|p| p.score, |p| p.good_share)),
            ],
        };
        let chance = [("line", Key::LegendModel), ("grey", Key::LegendChance)];
        let mut t = self.table(self.t(Key::CurveTable), &[Key::Score, Key::RowShare, Key::GoodShare, Key::BadShare]);
        for tenth in 1..=10 {
            let Some(p) = curve.iter().find(|p| p.row_share >= f64::from(tenth) / 10.0 - 1e-12) else { continue };
            let cells = [p.row_share, p.good_share, p.bad_share].map(|s| number(share(s)));
            let mut row = vec![number(whole(&p.score))];
            row.extend(cells);
            t.row(row);
        }
        Ok(html! { figure {
            div.pictures {
                (self.picture(Key::Roc, &roc, &chance)?)
                (self.picture(Key::Cap, &cap, &chance)?)
                (self.picture(Key::KsCurve, &ks, &[("dash", Key::LegendBads), ("line", Key::LegendGoods)])?)
            }
            (t.id(table).render(self.language))
        } })
    }

    pub(super) fn distribution(&self) -> Result<Markup, Error> {
        let bins = &self.report.score_distribution;
        let (Some(first), Some(last)) = (bins.first(), bins.last()) else {
            return Ok(self.not_applicable(crate::Reason::NoRows));
        };
        let highest = bins.iter().map(|b| b.good_share.max(b.bad_share)).fold(0.0, f64::max) * 1.08;
        let table = "distribution-table";
        let edge = |b: &crate::report::ScoreBin| (b.lo as f64, b.hi as f64 + 1.0);
        let middle = |b: &crate::report::ScoreBin| ((b.lo as f64 + b.hi as f64 + 1.0) / 2.0, b.bad_share);
        let bads: Vec<(f64, f64)> = bins.iter().map(middle).collect();
        let picture = Picture {
            name: "distribution",
            alt: self.t(Key::DistributionAlt),
            table,
            size: (680, 300),
            left: LEFT,
            x: self.score_axis(first.lo as f64, last.hi as f64 + 1.0),
            y: Axis {
                lo: 0.0,
                hi: highest,
                ticks: round_ticks(0.0, highest, 5),
                title: self.t(Key::Share),
                format: &share_of_tick,
            },
            marks: vec![
                Mark::Bars(Ink::Blue, bins.iter().map(|b| (edge(b).0, edge(b).1, b.good_share)).collect()),
                Mark::Dashes(Ink::Brown, bads.clone()),
                Mark::Triangles(Ink::Brown, bads),
            ],
        };
        let heads = [Key::ScoreRange, Key::Goods, Key::GoodShare, Key::Bads, Key::BadShare, Key::BadRate];
        let mut t = self.table(self.t(Key::Distribution), &heads);
        for b in bins {
            t.row(vec![
                words(format!("{} – {}", b.lo, b.hi)),
                number(count(b.goods)),
                number(share(b.good_share)),
                number(count(b.bads)),
                number(share(b.bad_share)),
                figure(&b.bad_rate, |r| share(*r)),
            ]);
        }
        Ok(html! { figure {
            (self.picture(Key::Distribution, &picture, &[("bar", Key::LegendGoods), ("triangle", Key::LegendBads)])?)
            (t.id(table).render(self.language))
        } })
    }

    pub(super) fn calibration(&self) -> Result<Markup, Error> {
        let c = match &self.report.calibration {
            Outcome::Value(c) => c,
            Outcome::NotApplicable(n) => return Ok(self.not_applicable(n.reason)),
        };
        let table = "calibration-table";
        let scale = LogitScale::of(&c.bins);
        let picture = Picture {
            name: "calibration",
            alt: self.t(Key::CalibrationAlt),
            table,
            size: (480, 420),
            left: LEFT,
            x: scale.axis(self.t(Key::MeanPd)),
            y: scale.axis(self.t(Key::BadRate)),
            marks: vec![
                scale.ideal(),
                Mark::Spans(Ink::Blue, scale.spans(&c.bins)),
                Mark::Dots(Ink::Blue, scale.points(&c.bins)),
            ],
        };
        let heads = [Key::Group, Key::Rows, Key::Bads, Key::MeanPd, Key::BadRate, Key::Interval];
        let mut t = self.table(self.t(Key::CalibrationTable), &heads);
        for (i, b) in c.bins.iter().enumerate() {
            t.row(vec![
                words((i + 1).to_string()),
                number(count(b.bin.n)),
                number(count(b.bin.bads)),
                number(share(b.bin.mean_pd)),
                number(share(b.bin.bad_rate)),
                number(format!("{} – {}", share(b.bad_rate_lo), share(b.bad_rate_hi))),
            ]);
        }
        Ok(html! { figure {
            (self.picture(Key::Calibration, &picture, &[("dot", Key::LegendGroups), ("grey", Key::LegendIdeal)])?)
            (t.id(table).render(self.language))
        } })
    }

    pub(super) fn grades(&self) -> Result<Markup, Error> {
        let section = &self.report.grades;
        let table = "grade-table";
        let heads = [
            Key::Grade,
            Key::PdBounds,
            Key::Rows,
            Key::Share,
            Key::Bads,
            Key::BadRate,
            Key::MeanPd,
            Key::ExpectedBads,
            Key::ObservedExpectedShort,
            Key::Jeffreys,
            Key::Binomial,
        ];
        let mut t = self.table(self.t(Key::Grades), &heads);
        for g in &section.grades {
            t.row(self.grade_row(&g.name, g));
        }
        t.row(self.grade_row(self.t(Key::Portfolio), &section.portfolio));

        let points = |of: fn(&GradeRow) -> &Outcome<f64>| -> Vec<(f64, f64)> {
            let with_place = section.grades.iter().enumerate();
            with_place.filter_map(|(i, g)| of(g).value().map(|v| (i as f64 + 1.0, *v))).collect()
        };
        let (observed, expected) = (points(|g| &g.bad_rate), points(|g| &g.mean_pd));
        let highest = observed.iter().chain(&expected).map(|p| p.1).fold(0.0, f64::max).max(0.001) * 1.1;
        let names: Vec<&str> = section.grades.iter().map(|g| g.name.as_str()).collect();
        let name = |x: &f64| names.get(x.round() as usize - 1).map_or(String::new(), |n| (*n).to_owned());
        let picture = Picture {
            name: "grades",
            alt: self.t(Key::GradesAlt),
            table,
            size: (680, 300),
            left: LEFT,
            x: Axis {
                lo: 0.5,
                hi: names.len() as f64 + 0.5,
                ticks: (1..=names.len()).map(|i| i as f64).collect(),
                title: self.t(Key::Grade),
                format: &name,
            },
            y: Axis { lo: 0.0, hi: highest, ticks: round_ticks(0.0, highest, 5), title: "", format: &share_of_tick },
            marks: vec![
                Mark::Line(Ink::Blue, expected.clone()),
                Mark::Dots(Ink::Blue, expected.clone()),
                Mark::Dashes(Ink::Brown, observed.clone()),
                Mark::Triangles(Ink::Brown, observed),
            ],
        };
        let key = [("triangle", Key::LegendObserved), ("dot", Key::LegendExpected)];
        let key = if expected.is_empty() { &key[..1] } else { &key[..] };
        let wrong: Vec<String> = section.inversions.iter().map(|i| format!("{} < {}", i.worse, i.better)).collect();
        Ok(html! {
            figure {
                (self.picture(Key::Grades, &picture, key)?)
                (t.id(table).render(self.language))
            }
            p { @if wrong.is_empty() { (self.t(Key::GradesOrdered)) }
                @else { (self.t(Key::GradeOrder)) (wrong.join(", ")) (self.t(Key::Stop)) } }
        })
    }

    fn grade_row(&self, name: &str, g: &GradeRow) -> Vec<table::Cell> {
        let bounds = match (&g.pd_lo, &g.pd_hi) {
            // The portfolio has no bounds to state.
            _ if g.name.is_empty() => number(""),
            (Outcome::Value(lo), Outcome::Value(hi)) => number(format!("{} – {}", share(*lo), share(*hi))),
            (Outcome::NotApplicable(n), _) | (_, Outcome::NotApplicable(n)) => Cell::NotApplicable(n.reason),
        };
        vec![
            words(name),
            bounds,
            number(count(g.n)),
            number(share(g.share)),
            number(count(g.bads)),
            figure(&g.bad_rate, |r| share(*r)),
            figure(&g.mean_pd, |p| share(*p)),
            figure(&g.expected_bads, |e| amount(*e)),
            figure(&g.observed_over_expected, |r| decimal(*r)),
            self.p_cell(&g.jeffreys),
            self.p_cell(&g.binomial),
        ]
    }
}
