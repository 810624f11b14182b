//! What a model says of a characteristic, as a picture: points by bin, or by cell of a pair.

use super::Pen;
use super::figures::{KeyEntry, share_of_tick, whole};
use crate::Error;
use crate::report::characteristics::{BinRow, CharacteristicSection};
use crate::report::input::PairFacts;
use crate::report::picture::{Axis, Ink, Mark, Picture, round_ticks};
use crate::report::wilson;
use crate::text::Key;
use maud::{Markup, html};

/// Width of a picture, and of the names of bins in it.
const WIDTH: u32 = 450;
const NAMES: u32 = 170;
/// Columns of text that a bin's name may take beside a picture; a Chinese character takes two. The table has it whole.
const NAME: usize = 19;
/// Height of a bin, and of what stands above and below the bins.
const ROW: u32 = 24;
const AROUND: u32 = 66;

impl Pen {
    /// Points by bin, and beside them who is in the bins; `table` is the id of the table with the numbers.
    pub(super) fn shape(&self, c: &CharacteristicSection, table: &str) -> Result<Markup, Error> {
        if c.bins.is_empty() {
            return Ok(html! {});
        }
        let (points, sample) = (self.points_by_bin(Key::Shape, c, table)?, self.sample_by_bin(c, table)?);
        Ok(html! { div.pictures {
            (points)
            @if let Some(sample) = sample { (sample) }
        } })
    }

    /// Points by bin, under a title.
    pub(super) fn points_by_bin(&self, title: Key, c: &CharacteristicSection, table: &str) -> Result<Markup, Error> {
        if c.bins.is_empty() {
            return Ok(html! {});
        }
        let (n, label) = (c.bins.len(), c.label.text(self.language));
        let names = Names::of(c);
        let name = |y: &f64| names.at(*y);
        let points = |b: &BinRow| Some(b.points as f64);
        let (least, most) = c.bins.iter().fold((0, 0), |(l, m), b| (b.points.min(l), b.points.max(m)));
        let span = ((most - least) as f64).max(1.0);
        // Numbers stand beyond the ends of the bars.
        let (lo, hi) = (least as f64 - 0.2 * span, most as f64 + 0.2 * span);
        let number = |(k, b): (usize, &BinRow)| {
            let end = b.points as f64;
            (end + if b.points < 0 { -0.1 } else { 0.1 } * span, y_of(n, k), signed(b.points))
        };
        let alt = format!("{label}: {}", self.t(Key::ShapeAlt));
        let shape = Picture {
            name: "shape",
            alt: &alt,
            table,
            size: size(n),
            left: NAMES,
            x: Axis { lo, hi, ticks: whole_ticks(lo, hi), title: self.t(Key::Points), format: &whole },
            y: names.axis(&name),
            marks: vec![
                Mark::LyingBars(Ink::Blue, bars(c, false, &points)),
                Mark::LyingBars(Ink::Grey, bars(c, true, &points)),
                Mark::Line(Ink::Grey, vec![(0.0, -0.6), (0.0, n as f64 - 0.4)]),
                Mark::Words(c.bins.iter().enumerate().map(number).collect()),
            ],
        };
        let key: [KeyEntry; 2] = [("bar", Key::LegendPoints), ("apart", Key::LegendApart)];
        self.picture(title, &shape, &key)
    }

    /// Shares of rows and bad rates by bin; none where the sample has no rows.
    fn sample_by_bin(&self, c: &CharacteristicSection, table: &str) -> Result<Option<Markup>, Error> {
        let n = c.bins.len();
        let names = Names::of(c);
        let name = |y: &f64| names.at(*y);
        let share = |b: &BinRow| b.share.value().copied();
        if c.bins.iter().all(|b| share(b).is_none()) {
            return Ok(None);
        }
        let known = c.bins.iter().enumerate().filter_map(|(k, b)| b.bad_rate.value().map(|r| (k, b.n as f64, *r)));
        let rates: Vec<(f64, f64)> = known.clone().map(|(k, _, rate)| (rate, y_of(n, k))).collect();
        let spans: Vec<(f64, f64, f64)> = known
            .map(|(k, rows, rate)| {
                let (lo, hi) = wilson(rate, rows);
                (y_of(n, k), lo, hi)
            })
            .collect();
        let longest = c.bins.iter().filter_map(share).chain(spans.iter().map(|s| s.2)).fold(0.0, f64::max);
        let hi = (1.05 * longest).min(1.0);
        let alt = format!("{}: {}", c.label.text(self.language), self.t(Key::ByBinAlt));
        let picture = Picture {
            name: "sample by bin",
            alt: &alt,
            table,
            size: size(n),
            left: NAMES,
            x: Axis { lo: 0.0, hi, ticks: round_ticks(0.0, hi, 4), title: self.t(Key::Share), format: &share_of_tick },
            y: names.axis(&name),
            marks: vec![
                Mark::LyingBars(Ink::Blue, bars(c, false, &share)),
                Mark::LyingBars(Ink::Grey, bars(c, true, &share)),
                Mark::LyingSpans(Ink::Brown, spans),
                Mark::Triangles(Ink::Brown, rates),
            ],
        };
        let key: [KeyEntry; 2] = [("bar", Key::LegendRowShare), ("triangle", Key::LegendRate)];
        Ok(Some(self.picture(Key::ByBin, &picture, &key)?))
    }

    /// Points of a pair by cell: a table whose colours say what its numbers say.
    pub(super) fn heat_map(&self, c: &CharacteristicSection, pair: &PairFacts) -> Markup {
        let largest = c.bins.iter().map(|b| b.points.unsigned_abs()).max().unwrap_or(0);
        let [rows, columns] = [0, 1].map(|k| pair.sides[k].text(self.language));
        let caption = format!("{}{}{rows} × {columns}", self.t(Key::Heat), self.t(Key::Colon));
        html! {
            div.table.heat {
                table {
                    caption { (caption) }
                    thead { tr {
                        th scope="col" { (rows) " ＼ " (columns) }
                        @for name in &pair.columns { th scope="col" { (name) } }
                    } }
                    tbody { @for (name, cells) in pair.rows.iter().zip(c.bins.chunks(pair.columns.len().max(1))) { tr {
                        th scope="row" { (name) }
                        @for b in cells { td class=(step(b.points, largest)) { (signed(b.points)) } }
                    } } }
                }
                p.note { (self.t(Key::HeatNote))
                    @for points in legend(largest) { span class=(format!("step {}", step(points, largest))) { (signed(points)) } } }
            }
        }
    }
}

/// Height of the `k`th of `n` bins: the first stands at the top.
fn y_of(n: usize, k: usize) -> f64 {
    (n - 1 - k) as f64
}

fn size(bins: usize) -> (u32, u32) {
    (WIDTH, ROW * bins as u32 + AROUND)
}

/// Bars of the bins that stand in the order of values, or of those apart.
fn bars(c: &CharacteristicSection, is_apart: bool, value: &dyn Fn(&BinRow) -> Option<f64>) -> Vec<(f64, f64, f64)> {
    let own = c.bins.iter().enumerate().filter(|(_, b)| b.is_apart == is_apart);
    let bar = |(k, b): (usize, &BinRow)| {
        let y = y_of(c.bins.len(), k);
        value(b).map(|v| (y - 0.32, y + 0.32, v))
    };
    own.filter_map(bar).collect()
}

/// Names of bins along the vertical axis.
struct Names(Vec<String>);

impl Names {
    fn of(c: &CharacteristicSection) -> Self {
        Self(c.bins.iter().map(|b| short(&b.label)).collect())
    }

    fn at(&self, y: f64) -> String {
        let k = self.0.len().checked_sub(1 + y.round().max(0.0) as usize);
        k.and_then(|k| self.0.get(k)).cloned().unwrap_or_default()
    }

    fn axis<'a>(&self, format: &'a dyn Fn(&f64) -> String) -> Axis<'a> {
        let n = self.0.len();
        Axis { lo: -0.6, hi: n as f64 - 0.4, ticks: (0..n).map(|k| k as f64).collect(), title: "", format }
    }
}

/// Steps of colour on either side of 0.
const STEPS: u64 = 4;

/// The class of a number of points: its sign, and which quarter of the largest it lies in.
fn step(points: i64, largest: u64) -> &'static str {
    const LESS: [&str; STEPS as usize] = ["less1", "less2", "less3", "less4"];
    const MORE: [&str; STEPS as usize] = ["more1", "more2", "more3", "more4"];
    if points == 0 || largest == 0 {
        return "same";
    }
    let quarter = (points.unsigned_abs() * STEPS).div_ceil(largest).clamp(1, STEPS) as usize - 1;
    if points < 0 { LESS[quarter] } else { MORE[quarter] }
}

/// The largest number of points of each step of colour, from the least to the most; steps that no whole number has are left
/// out.
fn legend(largest: u64) -> Vec<i64> {
    let mut more: Vec<i64> = (1..=STEPS).map(|k| (largest * k / STEPS) as i64).filter(|p| *p > 0).collect();
    more.dedup();
    more.iter().rev().map(|p| -p).chain([0]).chain(more.iter().copied()).collect()
}

/// Points with their sign, a minus of its own width.
fn signed(points: i64) -> String {
    match points {
        0 => "0".to_owned(),
        p if p < 0 => format!("−{}", p.unsigned_abs()),
        p => format!("+{p}"),
    }
}

/// Round numbers of points; points are whole.
fn whole_ticks(lo: f64, hi: f64) -> Vec<f64> {
    let mut ticks: Vec<f64> = round_ticks(lo, hi, 5).into_iter().filter(|t| t.fract() == 0.0).collect();
    if ticks.is_empty() {
        ticks.push(0.0);
    }
    ticks
}

/// A name in so few columns that it stands beside a picture.
fn short(name: &str) -> String {
    let width = |c: char| if c.is_ascii() { 1 } else { 2 };
    if name.chars().map(width).sum::<usize>() <= NAME {
        return name.to_owned();
    }
    let mut left = NAME - 1;
    let fits = |c: &char| {
        let own = width(*c);
        left = left.saturating_sub(own);
        left > 0
    };
    let mut out: String = name.chars().take_while(fits).collect();
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::{legend, short, signed, step};

    #[test]
    fn colours_are_even_on_both_sides_of_nothing() {
        assert_eq!(
            [-8, -6, -2, -1, 0, 1, 2, 6, 7, 8].map(|p| step(p, 8)),
            ["less4", "less3", "less1", "less1", "same", "more1", "more1", "more3", "more4", "more4"]
        );
        assert_eq!(step(0, 0), "same");
        assert_eq!(step(-1, 1), "less4", "of the largest the strongest");
        assert_eq!(legend(8), [-8, -6, -4, -2, 0, 2, 4, 6, 8]);
        assert_eq!(legend(1), [-1, 0, 1]);
        assert_eq!(legend(0), [0]);
        for largest in 1..40 {
            let all = legend(largest);
            let mut steps: Vec<&str> = all.iter().map(|p| step(*p, largest)).collect();
            steps.dedup();
            assert_eq!(steps.len(), all.len(), "{largest}: each step is named once: {all:?}");
        }
    }

    #[test]
    fn names_and_signs() {
        assert_eq!(signed(-12), "−12");
        assert_eq!(signed(3), "+3");
        assert_eq!(short("[0.1, 0.3)"), "[0.1, 0.3)");
        assert_eq!(short("a very long name of a level"), "a very long name …");
        assert!(short("很长很长很长很长很长的名称").chars().count() <= 10);
    }
}
