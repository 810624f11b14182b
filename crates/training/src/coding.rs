//! A column as eight-bit codes: pre-bins, special values, missing.
//!
//! Everything after this works on codes and on counts by code; the values themselves are not read
//! again.

use crate::optimal::Counts;
use crate::prebin;
use primitives::{ColumnView, MISSING_CODE};
use scoring::{Attribute, Interval, Kind, SpecialValue};

/// A coded column.
///
/// Codes `0..ordered` are pre-bins: intervals of a number in order, or groups of a text. Then comes a
/// code per special value, then the missing one, then, for a text, the unseen one.
#[derive(Debug, Clone)]
pub(crate) struct Coded {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) ordered: usize,
    /// Codes of the rows to fit on.
    pub(crate) codes: Vec<u8>,
    /// Codes of the rows held out.
    pub(crate) held: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Number {
        edges: Vec<f64>,
        special: Vec<f64>,
    },
    /// `pooled`: the last group is that of the rare levels. `names_rows`: most rows have a level that is too rare to count.
    Text {
        groups: Vec<Vec<String>>,
        pooled: bool,
        names_rows: bool,
        special: Vec<String>,
    },
}

/// Which rows are fitted on and which are held out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    /// `None`: all of them.
    pub(crate) fit: Option<Vec<u32>>,
    pub(crate) held: Vec<u32>,
}

/// How a column is coded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CodingRules<'a> {
    pub(crate) prebins_max: usize,
    /// Levels with fewer rows are pooled.
    pub(crate) level_rows_min: usize,
    pub(crate) special: &'a [SpecialValue],
}

/// Levels of a text that keep a code of their own at most.
const LEVELS_MAX: usize = 200;

impl Coded {
    pub(crate) fn new(name: &str, column: ColumnView<'_>, rows: &Rows, rules: CodingRules<'_>) -> Self {
        match column {
            ColumnView::Number(x) => number(name, x, rows, rules),
            ColumnView::Text { codes, levels } => text(name, codes, levels, rows, rules),
            ColumnView::NotAuthorised { rows: n } => number(name, &vec![f64::NAN; n], rows, rules),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.shape {
            Shape::Number { .. } => Kind::Number,
            Shape::Text { .. } => Kind::Text,
        }
    }

    /// Number of codes.
    pub(crate) fn count(&self) -> usize {
        self.missing() + 1 + usize::from(self.kind() == Kind::Text)
    }

    pub(crate) fn special_count(&self) -> usize {
        match &self.shape {
            Shape::Number { special, .. } => special.len(),
            Shape::Text { special, .. } => special.len(),
        }
    }

    pub(crate) fn missing(&self) -> usize {
        self.ordered + self.special_count()
    }

    /// The code of levels that the rows to fit on do not have; `None` for a number.
    pub(crate) fn unseen(&self) -> Option<usize> {
        (self.kind() == Kind::Text).then(|| self.missing() + 1)
    }

    /// Whether it says which row it is rather than of which kind, as an identifier does.
    pub(crate) fn names_rows(&self) -> bool {
        matches!(self.shape, Shape::Text { names_rows: true, .. })
    }

    /// The group of pooled rare levels, if there is one.
    pub(crate) fn pooled(&self) -> Option<usize> {
        match &self.shape {
            Shape::Text { pooled: true, .. } => Some(self.ordered - 1),
            _ => None,
        }
    }

    /// What the model file says of a run of pre-bins.
    pub(crate) fn attribute(&self, prebins: &[usize]) -> Attribute {
        match &self.shape {
            Shape::Number { edges, .. } => {
                let (first, last) = (prebins[0], prebins[prebins.len() - 1]);
                Attribute::Interval(Interval {
                    from: first.checked_sub(1).map(|k| edges[k]),
                    to: edges.get(last).copied(),
                })
            }
            Shape::Text { groups, .. } => {
                let mut levels: Vec<String> = prebins.iter().flat_map(|&g| groups[g].iter().cloned()).collect();
                levels.sort_unstable();
                Attribute::Levels(levels)
            }
        }
    }

    /// What the model file says of the special code `k`.
    pub(crate) fn special(&self, k: usize) -> Attribute {
        Attribute::Special(vec![match &self.shape {
            Shape::Number { special, .. } => SpecialValue::Number(special[k]),
            Shape::Text { special, .. } => SpecialValue::Text(special[k].clone()),
        }])
    }
}

/// The bytes of the rows at these places.
fn gather(codes: &[u8], places: &[u32]) -> Vec<u8> {
    places.iter().map(|&i| codes[i as usize]).collect()
}

fn split(all: Vec<u8>, rows: &Rows) -> (Vec<u8>, Vec<u8>) {
    let held = gather(&all, &rows.held);
    match &rows.fit {
        Some(fit) => (gather(&all, fit), held),
        None => (all, held),
    }
}

fn number(name: &str, x: &[f64], rows: &Rows, rules: CodingRules<'_>) -> Coded {
    let special: Vec<f64> = rules
        .special
        .iter()
        .filter_map(|s| match s {
            SpecialValue::Number(x) => Some(*x),
            // `"-9"` among numbers is the number.
            SpecialValue::Text(text) => text.trim().parse().ok().filter(|x: &f64| x.is_finite()),
        })
        .collect();
    // Edges come from the rows to fit on alone: held-out rows must not shape the model.
    let edges = match &rows.fit {
        None => prebin::edges(x, &special, rules.prebins_max),
        Some(fit) => {
            let own: Vec<f64> = fit.iter().map(|&i| x[i as usize]).collect();
            prebin::edges(&own, &special, rules.prebins_max)
        }
    };
    let all = prebin::encode(x, &edges, &special);
    let (codes, held) = split(all, rows);
    Coded { name: name.to_owned(), ordered: edges.len() + 1, shape: Shape::Number { edges, special }, codes, held }
}

fn text(name: &str, codes: &[u32], levels: &[String], rows: &Rows, rules: CodingRules<'_>) -> Coded {
    let mut counts = vec![0_usize; levels.len()];
    let mut count = |i: usize| {
        if codes[i] != MISSING_CODE {
            counts[codes[i] as usize] += 1;
        }
    };
    match &rows.fit {
        Some(fit) => fit.iter().for_each(|&i| count(i as usize)),
        None => (0..codes.len()).for_each(&mut count),
    }
    let special: Vec<String> = rules.special.iter().map(SpecialValue::to_string).collect();
    // Frequent levels first; among equals by name, so that row order does not matter.
    let mut order: Vec<usize> = (0..levels.len())
        .filter(|&l| counts[l] > 0 && !levels[l].is_empty() && !special.contains(&levels[l]))
        .collect();
    order.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then_with(|| levels[a].cmp(&levels[b])));
    let own = order.iter().take(LEVELS_MAX).take_while(|&&l| counts[l] >= rules.level_rows_min).count();
    let mut groups: Vec<Vec<String>> = order[..own].iter().map(|&l| vec![levels[l].clone()]).collect();
    let rows_of = |levels: &[usize]| levels.iter().map(|&l| counts[l]).sum::<usize>();
    let too_rare = order.partition_point(|&l| counts[l] >= rules.level_rows_min);
    let names_rows = 2 * rows_of(&order[too_rare..]) > rows_of(&order);
    let pooled: Vec<String> = order[own..].iter().map(|&l| levels[l].clone()).collect();
    let mut by_level = vec![u8::MAX; levels.len()];
    for (group, &l) in order[..own].iter().enumerate() {
        by_level[l] = group as u8;
    }
    order[own..].iter().for_each(|&l| by_level[l] = own as u8);
    let has_pool = !pooled.is_empty();
    if has_pool {
        groups.push(pooled);
    }
    let ordered = groups.len();
    for (k, s) in special.iter().enumerate() {
        if let Some(l) = levels.iter().position(|l| l == s) {
            by_level[l] = (ordered + k) as u8;
        }
    }
    let missing = (ordered + special.len()) as u8;
    for (l, code) in levels.iter().zip(&mut by_level) {
        if *code == u8::MAX {
            *code = if l.is_empty() { missing } else { missing + 1 };
        }
    }
    let all = codes.iter().map(|&c| by_level.get(c as usize).copied().unwrap_or(missing)).collect();
    let (codes, held) = split(all, rows);
    let shape = Shape::Text { groups, pooled: has_pool, names_rows, special };
    Coded { name: name.to_owned(), ordered, shape, codes, held }
}

/// Counts by fold and code.
pub(crate) fn count(
    coded: &Coded,
    bad: &[bool],
    weight: Option<&[f64]>,
    fold: &[u8],
    folds: usize,
) -> Vec<Vec<Counts>> {
    let n = coded.count();
    match weight {
        None => {
            // Two tables take turns: neighbouring rows of one bin need not wait for each other.
            let mut cells = vec![[0_u32; 2]; n * folds * 2];
            for (i, ((&c, &b), &f)) in coded.codes.iter().zip(bad).zip(fold).enumerate() {
                cells[(usize::from(f) * n + usize::from(c)) * 2 + usize::from(b)][i & 1] += 1;
            }
            let at = |f: usize, c: usize, b: usize| {
                let [even, odd] = cells[(f * n + c) * 2 + b];
                f64::from(even) + f64::from(odd)
            };
            (0..folds).map(|f| (0..n).map(|c| Counts { goods: at(f, c, 0), bads: at(f, c, 1) }).collect()).collect()
        }
        Some(w) => {
            let mut cells = vec![vec![Counts::default(); n]; folds];
            for (((&c, &b), &f), &w) in coded.codes.iter().zip(bad).zip(fold).zip(w) {
                let cell = &mut cells[usize::from(f)][usize::from(c)];
                if b {
                    cell.bads += w;
                } else {
                    cell.goods += w;
                }
            }
            cells
        }
    }
}
