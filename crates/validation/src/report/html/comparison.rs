//! The page of two models side by side.

use super::figures::{KeyEntry, LogitScale};
use super::table::{Cell, figure, number, words};
use super::{Heading, Pen, Section};
use crate::report::comparison::{Comparison, Side, TableUse};
use crate::report::format::{amount, count, decimal, index, p_value, share};
use crate::report::performance::{CalibrationSection, CurveBin};
use crate::report::picture::{Ink, LEFT, Mark, Picture};
use crate::text::Key;
use crate::{CurvePoint, Error, Language, LossComparison, Outcome, TestResult};
use maud::{Markup, html};

/// The key of pictures with both models.
const BOTH: [KeyEntry; 3] = [("line", Key::Champion), ("dash", Key::Challenger), ("grey", Key::LegendChance)];

pub(crate) fn page(comparison: &Comparison, language: Language) -> Result<String, Error> {
    let pen = Pen { language };
    let c = comparison;
    let sections: [Section; 8] = [
        ("models", Key::Models, pen.models(c)),
        ("figures", Key::Headline, pen.both_figures(c)),
        ("discrimination", Key::Ranking, pen.both_rankings(c)?),
        ("calibration", Key::Calibration, pen.both_calibrations(c)?),
        ("swap-set", Key::SwapSet, pen.swaps(c)),
        ("grades", Key::GradesByBoth, pen.grades_by_both(c)),
        ("stability", Key::ScoresOfBoth, pen.scores_of_both(c)),
        ("characteristics", Key::TablesOfBoth, pen.tables_of_both(c)?),
    ];
    let name = |s: &Side| format!("{} {}", s.model.id, s.model.version);
    let heading = Heading {
        title: Key::ComparisonTitle,
        of: &format!("{}, {}", name(&c.champion), name(&c.challenger)),
        line: html! { (pen.t(Key::Champion)) " " (name(&c.champion)) " · " (pen.t(Key::Challenger)) " " (name(&c.challenger))
        " · " (pen.t(Key::GeneratedOn)) " " (c.generated_on) },
    };
    let verdict = &c.verdict;
    let above = html! {
        section.summary aria-labelledby="summary-heading" {
            h2 id="summary-heading" { (pen.t(Key::Summary)) }
            p.overall { (verdict.text.text(language)) }
            @for caveat in &verdict.caveats { p { (caveat.text(language)) } }
            p.note { (verdict.rule.text(language)) }
        }
    };
    Ok(pen.document(&heading, &above, &sections).into_string())
}

/// A difference with its sign; four decimals.
fn signed(x: f64) -> String {
    let text = format!("{x:+.4}");
    if text == "-0.0000" { "+0.0000".to_owned() } else { text }
}

fn ends(lo: &Outcome<f64>, hi: &Outcome<f64>) -> Cell {
    match (lo, hi) {
        (Outcome::Value(lo), Outcome::Value(hi)) => number(format!("{} – {}", signed(*lo), signed(*hi))),
        (Outcome::NotApplicable(n), _) | (_, Outcome::NotApplicable(n)) => Cell::NotApplicable(n.reason),
    }
}

impl Pen {
    fn models(&self, c: &Comparison) -> Markup {
        let mut t = self.table(self.t(Key::Models), &[Key::Item, Key::Champion, Key::Challenger]);
        let mut row = |key: Key, of: &dyn Fn(&Side) -> String| {
            t.row(vec![words(self.t(key)), words(of(&c.champion)), words(of(&c.challenger))]);
        };
        row(Key::ModelId, &|s| s.model.id.clone());
        row(Key::Version, &|s| s.model.version.clone());
        row(Key::Kind, &|s| s.model.kind.text(self.language).to_owned());
        row(Key::Digest, &|s| s.model.digest.to_string());
        row(Key::Origin, &|s| s.model.origin.clone());
        row(Key::TableCount, &|s| count(s.tables));
        row(Key::BinCount, &|s| count(s.bins));
        row(Key::IsTrainingData, &|s| self.t(if s.is_training_data { Key::Yes } else { Key::No }).to_owned());
        html! {
            (t.render(self.language))
            p { (self.t(Key::RowsUsed)) (self.t(Key::Colon)) (count(c.n)) (self.t(Key::Separator))
                (self.t(Key::Bads)) (self.t(Key::Colon)) (count(c.bads)) }
        }
    }

    fn both_figures(&self, c: &Comparison) -> Markup {
        let heads = [
            Key::Figure,
            Key::Champion,
            Key::Challenger,
            Key::Difference,
            Key::Interval,
            Key::Statistic,
            Key::PValue,
            Key::Verdict,
        ];
        let mut t = self.table(self.t(Key::Headline), &heads);
        let (old, new, d) = (&c.champion, &c.challenger, &c.differences);
        let test = |test: &Outcome<TestResult>| -> [Cell; 3] {
            let verdict = match test {
                Outcome::Value(t) => words(self.verdict(t)),
                Outcome::NotApplicable(n) => Cell::NotApplicable(n.reason),
            };
            [figure(test, |t| decimal(t.statistic)), figure(test, |t| p_value(t.p_value)), verdict]
        };
        // A figure without an interval says why instead.
        let untested = || std::array::from_fn(|_| words("")) as [Cell; 3];
        let mut row = |key: Key, of: [Cell; 2], difference: Cell, interval: Cell, tested: [Cell; 3]| {
            t.row([words(self.t(key))].into_iter().chain(of).chain([difference, interval]).chain(tested).collect());
        };
        let auc = |s: &Side| figure(&s.ranking.auc, |a| index(a.auc));
        let (ends_of_auc, test_of_auc) = match &d.auc {
            Outcome::Value(a) => (ends(&a.lo, &a.hi), test(&a.test)),
            Outcome::NotApplicable(n) => (Cell::NotApplicable(n.reason), untested()),
        };
        row(Key::Auc, [auc(old), auc(new)], figure(&d.auc, |a| signed(a.difference)), ends_of_auc, test_of_auc);
        let ks = |s: &Side| figure(&s.ranking.ks, |k| index(k.ks));
        let of_ks = figure(&d.ks, |d| signed(*d));
        row(Key::Ks, [ks(old), ks(new)], of_ks, words(self.t(Key::NoInterval)), untested());
        let calibration = |s: &Side, of: &dyn Fn(&CalibrationSection) -> f64| figure(&s.calibration, |c| index(of(c)));
        let both = |of: &dyn Fn(&CalibrationSection) -> f64| [calibration(old, of), calibration(new, of)];
        let mut loss = |key: Key, of: &dyn Fn(&CalibrationSection) -> f64, d: &Outcome<LossComparison>| {
            let (interval, tested) = match d {
                Outcome::Value(l) => (ends(&l.lo, &l.hi), test(&l.test)),
                Outcome::NotApplicable(n) => (Cell::NotApplicable(n.reason), untested()),
            };
            row(key, both(of), figure(d, |l| signed(l.difference)), interval, tested);
        };
        loss(Key::LogLoss, &|c| c.log_loss, &d.log_loss);
        loss(Key::Brier, &|c| c.brier.brier, &d.brier);
        let of_ece = figure(&d.ece, |d| signed(*d));
        row(Key::Ece, both(&|c| c.ece), of_ece, words(self.t(Key::NoInterval)), untested());
        html! {
            (t.render(self.language))
            p.note { (self.t(Key::DifferenceNote)) }
        }
    }

    fn both_rankings(&self, c: &Comparison) -> Result<Markup, Error> {
        let (old, new) = match (&c.champion.ranking.curve, &c.challenger.ranking.curve) {
            (Outcome::Value(old), Outcome::Value(new)) => (old, new),
            (Outcome::NotApplicable(n), _) | (_, Outcome::NotApplicable(n)) => return Ok(self.not_applicable(n.reason)),
        };
        let line = |curve: &[CurvePoint]| curve.iter().map(|p| (p.good_share, p.bad_share)).collect::<Vec<_>>();
        let table = "roc-table";
        let picture = Picture {
            name: "roc of both",
            alt: self.t(Key::RocOfBothAlt),
            table,
            size: (480, 440),
            left: LEFT,
            x: self.unit_axis(self.t(Key::GoodShare)),
            y: self.unit_axis(self.t(Key::BadShare)),
            marks: vec![
                Mark::Dashes(Ink::Grey, vec![(0.0, 0.0), (1.0, 1.0)]),
                Mark::Line(Ink::Blue, line(old)),
                Mark::Dashes(Ink::Brown, line(new)),
            ],
        };
        let mut t = self.table(self.t(Key::RocOfBothTable), &[Key::GoodShare, Key::Champion, Key::Challenger]);
        for tenth in 0..=10 {
            let at = f64::from(tenth) / 10.0;
            t.row(vec![number(share(at)), number(share(bads_at(old, at))), number(share(bads_at(new, at)))]);
        }
        Ok(html! { figure {
            (self.picture(Key::Roc, &picture, &BOTH)?)
            (t.id(table).render(self.language))
        } })
    }

    fn both_calibrations(&self, c: &Comparison) -> Result<Markup, Error> {
        let (old, new) = match (&c.champion.calibration, &c.challenger.calibration) {
            (Outcome::Value(old), Outcome::Value(new)) => (old, new),
            (Outcome::NotApplicable(n), _) | (_, Outcome::NotApplicable(n)) => return Ok(self.not_applicable(n.reason)),
        };
        let scale = LogitScale::of(old.bins.iter().chain(&new.bins));
        let table = "calibration-table";
        let picture = Picture {
            name: "calibration of both",
            alt: self.t(Key::CalibrationOfBothAlt),
            table,
            size: (480, 440),
            left: LEFT,
            x: scale.axis(self.t(Key::MeanPd)),
            y: scale.axis(self.t(Key::BadRate)),
            marks: vec![
                scale.ideal(),
                Mark::Spans(Ink::Blue, scale.spans(&old.bins)),
                Mark::Dots(Ink::Blue, scale.points(&old.bins)),
                Mark::Spans(Ink::Brown, scale.spans(&new.bins)),
                Mark::Triangles(Ink::Brown, scale.points(&new.bins)),
            ],
        };
        let heads = [Key::Group, Key::MeanPd, Key::BadRate, Key::Interval, Key::MeanPd, Key::BadRate, Key::Interval];
        let (champion, challenger) = (self.t(Key::Champion), self.t(Key::Challenger));
        let of = |side: &str, key: &Key| format!("{}{}{side}", self.t(*key), self.t(Key::Separator));
        let named: Vec<String> = heads
            .iter()
            .enumerate()
            .map(|(k, key)| match k {
                0 => self.t(*key).to_owned(),
                1..=3 => of(champion, key),
                _ => of(challenger, key),
            })
            .collect();
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        let mut t = super::Table::new(self.t(Key::CalibrationTable), &named);
        let cells = |b: Option<&CurveBin>| match b {
            None => [words(""), words(""), words("")],
            Some(b) => [
                number(share(b.bin.mean_pd)),
                number(share(b.bin.bad_rate)),
                number(format!("{} – {}", share(b.bad_rate_lo), share(b.bad_rate_hi))),
            ],
        };
        for k in 0..old.bins.len().max(new.bins.len()) {
            let both = cells(old.bins.get(k)).into_iter().chain(cells(new.bins.get(k)));
            t.row([words((k + 1).to_string())].into_iter().chain(both).collect());
        }
        let key = [("dot", Key::Champion), ("triangle", Key::Challenger), ("grey", Key::LegendIdeal)];
        Ok(html! { figure {
            (self.picture(Key::Calibration, &picture, &key)?)
            (t.id(table).render(self.language))
        } })
    }

    fn swaps(&self, c: &Comparison) -> Markup {
        let s = &c.swap_set;
        let caption = format!("{} {}", self.t(Key::AcceptShare), share(s.accept_share));
        let mut t = self.table(&caption, &[Key::Item, Key::Rows, Key::Bads, Key::BadRate]);
        for (key, cell) in [
            (Key::AcceptedByBoth, &s.both),
            (Key::SwappedIn, &s.swapped_in),
            (Key::SwappedOut, &s.swapped_out),
            (Key::RefusedByBoth, &s.neither),
        ] {
            t.row(vec![
                words(self.t(key)),
                number(amount(cell.n)),
                number(amount(cell.bads)),
                figure(&cell.bad_rate, |r| share(*r)),
            ]);
        }
        html! { (t.render(self.language)) p.note { (s.caveat.text(self.language)) (self.t(Key::Stop)) } }
    }

    fn grades_by_both(&self, c: &Comparison) -> Markup {
        let g = &c.grades;
        let corner = format!("{} ＼ {}", self.t(Key::Champion), self.t(Key::Challenger));
        let mut head = vec![corner.as_str()];
        head.extend(g.challenger.iter().map(String::as_str));
        let mut t = super::Table::new(self.t(Key::GradesByBothTable), &head);
        for (name, (counts, bads)) in g.champion.iter().zip(g.counts.iter().zip(&g.bads)) {
            let cell = |(n, bads): (&u64, &u64)| match n {
                0 => number("0"),
                _ => number(format!("{} ({})", count(*n), count(*bads))),
            };
            t.row([words(name)].into_iter().chain(counts.iter().zip(bads).map(cell)).collect());
        }
        html! {
            (t.render(self.language))
            @match &g.moves {
                Outcome::Value(m) => p {
                    (self.t(Key::SameGrade)) (self.t(Key::Colon)) (count(m.unchanged)) (self.t(Key::Separator))
                    (self.t(Key::BetterGrade)) (self.t(Key::Colon)) (count(m.upgrades)) (self.t(Key::Separator))
                    (self.t(Key::WorseGrade)) (self.t(Key::Colon)) (count(m.downgrades))
                },
                Outcome::NotApplicable(n) => p.note { (n.reason.text(self.language)) (self.t(Key::Stop)) },
            }
        }
    }

    fn scores_of_both(&self, c: &Comparison) -> Markup {
        let of = if c.options.same_scale { Key::PsiOfScores } else { Key::PsiOfPds };
        let mut t = self.table(self.t(Key::ScoresOfBoth), &[Key::Item, Key::Index, Key::Severity, Key::Floored]);
        let psi = &c.score_psi;
        t.row(vec![
            words(self.t(of)),
            figure(psi, |p| index(p.psi)),
            super::table::outcome_words(psi, |p| self.severity(p.severity).to_owned()),
            figure(psi, |p| count(p.floored_bins)),
        ]);
        t.render(self.language)
    }

    fn tables_of_both(&self, c: &Comparison) -> Result<Markup, Error> {
        if c.tables.is_empty() {
            return Ok(html! { p { (self.t(Key::NoCharacteristics)) } });
        }
        let mut t = self.table(self.t(Key::TablesOfBoth), &[Key::Characteristic, Key::Champion, Key::Challenger]);
        let has = |place: Option<usize>| words(self.t(if place.is_some() { Key::Yes } else { Key::No }));
        for u in &c.tables {
            t.row(vec![words(u.label.text(self.language)), has(u.champion), has(u.challenger)]);
        }
        let each: Vec<Markup> =
            c.tables.iter().enumerate().map(|(k, u)| self.table_of_both(c, k, u)).collect::<Result<_, Error>>()?;
        Ok(html! {
            (t.render(self.language))
            @for one in each { (one) }
        })
    }

    /// A table of points of either model: shapes side by side, then the bins of each with the sample in them.
    fn table_of_both(&self, c: &Comparison, place: usize, used: &TableUse) -> Result<Markup, Error> {
        let sides = [
            (Key::Champion, "champion", c.champion.characteristics.get(used.champion.unwrap_or(usize::MAX))),
            (Key::Challenger, "challenger", c.challenger.characteristics.get(used.challenger.unwrap_or(usize::MAX))),
        ];
        let (mut shapes, mut maps, mut tables) = (Vec::new(), Vec::new(), Vec::new());
        for (key, id, section) in sides {
            let Some(section) = section else {
                tables.push(
                    html! { p { (self.t(key)) (self.t(Key::Colon)) (self.t(Key::NotUsed)) (self.t(Key::Stop)) } },
                );
                continue;
            };
            let table = format!("{id}-{place}-table");
            match &section.pair {
                Some(pair) => maps.push(html! { p { b { (self.t(key)) } } (self.heat_map(section, pair)) }),
                None => shapes.push(self.points_by_bin(key, section, &table)?),
            }
            tables.push(self.bins(&table, self.t(key), section));
        }
        Ok(html! {
            h3 { (used.label.text(self.language)) " (" (used.name) ")" }
            figure {
                @if !shapes.is_empty() { div.pictures { @for shape in &shapes { (shape) } } }
                @for map in &maps { (map) }
                @for table in &tables { (table) }
            }
        })
    }
}

/// Share of bads at or below the score up to which this share of goods lies, along the line between points.
fn bads_at(curve: &[CurvePoint], good_share: f64) -> f64 {
    let (mut good, mut bad) = (0.0, 0.0);
    for p in curve {
        if p.good_share >= good_share {
            let step = p.good_share - good;
            let part = if step > 0.0 { (good_share - good) / step } else { 1.0 };
            return (bad + part * (p.bad_share - bad)).clamp(0.0, 1.0);
        }
        (good, bad) = (p.good_share, p.bad_share);
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::{bads_at, signed};
    use crate::CurvePoint;

    #[test]
    fn shares_of_bads_lie_on_the_curve() {
        let point = |good_share, bad_share| CurvePoint { score: 0.0, row_share: 0.0, good_share, bad_share };
        let curve = [point(0.0, 0.25), point(0.5, 0.75), point(1.0, 1.0)];
        assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|g| bads_at(&curve, g)), [0.25, 0.5, 0.75, 0.875, 1.0]);
        assert_eq!(bads_at(&[], 0.5), 1.0);
        assert_eq!([0.01, -0.01, -0.000_001].map(signed), ["+0.0100", "-0.0100", "+0.0000"]);
    }
}
