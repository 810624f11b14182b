//! From a value to the number of its bin.

use crate::error::Error;
use crate::model::Language;
use crate::model_file::{Attribute, Kind, SpecialValue};
use primitives::Value;
use rustc_hash::FxHashMap;

/// The bins of one characteristic, ready for look-up.
///
/// Bins keep the numbers they have in the model file.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub(crate) lookup: Lookup,
    pub(crate) missing: usize,
    pub(crate) not_authorised: usize,
}

/// How present values find their bin.
#[derive(Debug, Clone)]
pub(crate) enum Lookup {
    /// Interval `k` is `edges[k - 1] <= x < edges[k]` and bin `k` of the file.
    Number { edges: Edges, special: Vec<(f64, usize)> },
    /// Every known text; the rest is `unseen`.
    Text { levels: FxHashMap<String, usize>, unseen: usize },
}

/// Rising edges in groups of four; the last group is filled up with infinity.
#[derive(Debug, Clone)]
pub(crate) struct Edges {
    groups: Vec<[f64; 4]>,
    count: usize,
}

/// Bins of one axis; a scorecard has a dozen.
pub(crate) const BINS_MAX: usize = 250;
/// Special numbers of one axis, which every row is compared with.
const SPECIAL_NUMBERS_MAX: usize = 250;

impl Axis {
    /// Checks the bins of a characteristic against the rules of the format.
    pub(crate) fn new<'a>(
        kind: Kind,
        attributes: impl Iterator<Item = &'a Attribute>,
        place: &str,
    ) -> Result<Self, Error> {
        let wrong = |problem: String| Error::Inconsistent { place: place.to_owned(), problem };
        let attributes: Vec<_> = attributes.collect();
        if attributes.len() > BINS_MAX {
            return Err(wrong(format!("{} bins, at most {BINS_MAX} are allowed", attributes.len())));
        }
        let (mut missing, mut unseen, mut not_authorised) = (None, None, None);
        let mut intervals = Vec::new();
        let mut levels = FxHashMap::default();
        let mut special_numbers: Vec<(f64, usize)> = Vec::new();
        for (bin, attribute) in attributes.iter().enumerate() {
            let once = |slot: &mut Option<usize>, name: &str| match slot.replace(bin) {
                None => Ok(()),
                Some(_) => Err(wrong(format!("bin {name} stands twice"))),
            };
            match attribute {
                Attribute::Missing => once(&mut missing, "missing")?,
                Attribute::Unseen => once(&mut unseen, "unseen")?,
                Attribute::NotAuthorised => once(&mut not_authorised, "not_authorised")?,
                Attribute::Interval(i) if kind == Kind::Number => {
                    if bin != intervals.len() {
                        return Err(wrong("intervals must stand before all other bins".into()));
                    }
                    intervals.push(*i);
                }
                Attribute::Levels(l) if kind == Kind::Text => {
                    for level in l {
                        if level.is_empty() {
                            return Err(wrong("a level is the empty text, which is missing".into()));
                        }
                        if levels.insert(level.clone(), bin).is_some() {
                            return Err(wrong(format!("level {level:?} stands twice")));
                        }
                    }
                }
                Attribute::Special(values) => {
                    for v in values {
                        match (v, kind) {
                            (SpecialValue::Number(x), Kind::Number) if x.is_finite() => {
                                if special_numbers.iter().any(|(y, _)| y == x) {
                                    return Err(wrong(format!("special value {x} stands twice")));
                                }
                                if special_numbers.len() == SPECIAL_NUMBERS_MAX {
                                    return Err(wrong(format!("over {SPECIAL_NUMBERS_MAX} special values")));
                                }
                                special_numbers.push((*x, bin));
                            }
                            (SpecialValue::Text(t), Kind::Text) if !t.is_empty() => {
                                if levels.insert(t.clone(), bin).is_some() {
                                    return Err(wrong(format!("special value {t:?} stands twice")));
                                }
                            }
                            (SpecialValue::Number(x), _) => {
                                return Err(wrong(format!("special value {x} must be {}", wanted(kind))));
                            }
                            (SpecialValue::Text(t), _) => {
                                return Err(wrong(format!("special value {t:?} must be {}", wanted(kind))));
                            }
                        }
                    }
                }
                Attribute::Interval(_) | Attribute::Levels(_) => {
                    return Err(wrong(format!(
                        "bin \"{}\" does not fit: each value must be {}",
                        attribute.label(Language::English),
                        wanted(kind)
                    )));
                }
            }
        }
        let need = |slot: Option<usize>, name: &str| slot.ok_or_else(|| wrong(format!("bin {name} is absent")));
        let lookup = match kind {
            Kind::Number => {
                if unseen.is_some() {
                    return Err(wrong("bin unseen belongs to text only".into()));
                }
                Lookup::Number { edges: Edges::new(&edges(&intervals).map_err(wrong)?), special: special_numbers }
            }
            Kind::Text => Lookup::Text { levels, unseen: need(unseen, "unseen")? },
        };
        Ok(Self { lookup, missing: need(missing, "missing")?, not_authorised: need(not_authorised, "not_authorised")? })
    }

    /// The bin of a value; `None` when it is of the other type.
    #[inline(always)]
    pub(crate) fn bin(&self, value: Value<'_>) -> Option<usize> {
        match (value, &self.lookup) {
            (Value::Missing, _) => Some(self.missing),
            (Value::NotAuthorised, _) => Some(self.not_authorised),
            (Value::Number(x), Lookup::Number { edges, special }) => {
                if !x.is_finite() {
                    return Some(self.missing);
                }
                let special = special.iter().find(|&&(value, _)| x == value);
                Some(special.map_or_else(|| edges.passed(x), |&(_, bin)| bin))
            }
            (Value::Text(t), Lookup::Text { .. }) => Some(self.text_bin(t)),
            (Value::Number(_), Lookup::Text { .. }) | (Value::Text(_), Lookup::Number { .. }) => None,
        }
    }

    /// The bin of a text.
    ///
    /// # Panics
    /// When the axis is one of numbers.
    pub(crate) fn text_bin(&self, text: &str) -> usize {
        match &self.lookup {
            Lookup::Text { .. } if text.is_empty() => self.missing,
            Lookup::Text { levels, unseen } => levels.get(text).copied().unwrap_or(*unseen),
            Lookup::Number { .. } => unreachable!("the types were checked"),
        }
    }

    /// The texts that have a bin.
    pub(crate) fn known_levels(&self) -> impl Iterator<Item = &str> {
        match &self.lookup {
            Lookup::Text { levels, .. } => Some(levels.keys().map(String::as_str)),
            Lookup::Number { .. } => None,
        }
        .into_iter()
        .flatten()
    }
}

impl Edges {
    fn new(edges: &[f64]) -> Self {
        let groups = edges.chunks(4).map(|c| std::array::from_fn(|i| c.get(i).copied().unwrap_or(f64::INFINITY)));
        Self { groups: groups.collect(), count: edges.len() }
    }

    /// The edges, rising.
    pub(crate) fn iter(&self) -> impl Iterator<Item = f64> {
        self.groups.as_flattened()[..self.count].iter().copied()
    }

    /// Number of edges that a finite number has reached.
    #[inline(always)]
    fn passed(&self, x: f64) -> usize {
        // Counting compares has no branch to mispredict, and tables have a dozen edges at most.
        const COUNTED: usize = 8;
        if self.groups.len() <= COUNTED {
            let reached = |group: &[f64; 4]| group.iter().map(|&e| usize::from(x >= e)).sum::<usize>();
            self.groups.iter().map(reached).sum()
        } else {
            self.groups.as_flattened().partition_point(|&e| x >= e)
        }
    }
}

/// The error of a value whose type does not fit.
#[cold]
pub(crate) fn wrong_value(name: &str, value: Value<'_>) -> Error {
    match value {
        Value::Text(t) => wrong_type(name, "a number", format!("{:?}", t.chars().take(40).collect::<String>())),
        Value::Number(x) => wrong_type(name, "a text", format!("{x:?}")),
        Value::Missing | Value::NotAuthorised => unreachable!("both types have these states"),
    }
}

#[cold]
pub(crate) fn wrong_type(name: &str, expected: &'static str, found: String) -> Error {
    Error::WrongType { characteristic: name.to_owned(), expected, found }
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "a finite number",
        Kind::Text => "a text that is not empty",
    }
}

/// The inner bounds of intervals that must cover the line in order.
fn edges(intervals: &[crate::model_file::Interval]) -> Result<Vec<f64>, String> {
    let (Some(first), Some(last)) = (intervals.first(), intervals.last()) else {
        return Err("no interval: a numeric characteristic needs at least one".into());
    };
    if first.from.is_some() || last.to.is_some() {
        return Err("the intervals must reach from minus to plus infinity".into());
    }
    let mut edges: Vec<f64> = Vec::with_capacity(intervals.len());
    for (k, pair) in intervals.windows(2).enumerate() {
        match (pair[0].to, pair[1].from) {
            (Some(a), Some(b)) if a == b && a.is_finite() && edges.last().is_none_or(|&e| e < a) => edges.push(a),
            (a, b) => {
                return Err(format!(
                    "interval {} ends at {} and interval {} starts at {}: they must meet, in rising order",
                    k + 1,
                    a.map_or("infinity".into(), |a| a.to_string()),
                    k + 2,
                    b.map_or("minus infinity".into(), |b| b.to_string()),
                ));
            }
        }
    }
    Ok(edges)
}
