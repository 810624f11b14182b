//! From a value to the number of its bin.

use crate::error::Error;
use crate::model_file::{Attribute, Kind, SpecialValue};
use primitives::Value;
use rustc_hash::FxHashMap;
use std::collections::HashSet;

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
    Number { edges: Vec<f64>, special: Vec<(f64, usize)> },
    /// Every known text; the rest is `unseen`.
    Text { levels: FxHashMap<String, usize>, unseen: usize },
}

/// A table that has more bins is refused: the batch kernel packs a bin's number into eight bits.
pub(crate) const BINS_MAX: usize = 250;

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
                                special_numbers.push((*x, bin));
                            }
                            (SpecialValue::Text(t), Kind::Text) if !t.is_empty() => {
                                if levels.insert(t.clone(), bin).is_some() {
                                    return Err(wrong(format!("special value {t:?} stands twice")));
                                }
                            }
                            _ => return Err(wrong(format!("special value {v:?} has the wrong type"))),
                        }
                    }
                }
                Attribute::Interval(_) | Attribute::Levels(_) => {
                    return Err(wrong(format!("bin {attribute:?} does not fit a characteristic of kind {kind:?}")));
                }
            }
        }
        let need = |slot: Option<usize>, name: &str| slot.ok_or_else(|| wrong(format!("bin {name} is absent")));
        let lookup = match kind {
            Kind::Number => {
                if unseen.is_some() {
                    return Err(wrong("bin unseen belongs to text only".into()));
                }
                Lookup::Number { edges: edges(&intervals).map_err(wrong)?, special: special_numbers }
            }
            Kind::Text => Lookup::Text { levels, unseen: need(unseen, "unseen")? },
        };
        Ok(Self { lookup, missing: need(missing, "missing")?, not_authorised: need(not_authorised, "not_authorised")? })
    }

    /// The bin of a value.
    #[inline]
    pub(crate) fn bin(&self, value: Value<'_>, name: &str) -> Result<usize, Error> {
        match (value, &self.lookup) {
            (Value::Missing, _) => Ok(self.missing),
            (Value::NotAuthorised, _) => Ok(self.not_authorised),
            (Value::Number(x), Lookup::Number { edges, special }) => Ok(number_bin(x, edges, special, self.missing)),
            (Value::Text(t), Lookup::Text { levels, unseen }) => {
                Ok(if t.is_empty() { self.missing } else { levels.get(t).copied().unwrap_or(*unseen) })
            }
            (Value::Number(x), Lookup::Text { .. }) => Err(wrong_type(name, "a text", x.to_string())),
            (Value::Text(t), Lookup::Number { .. }) => {
                Err(wrong_type(name, "a number", format!("{:?}", t.chars().take(40).collect::<String>())))
            }
        }
    }

    /// The texts that have a bin, sorted.
    pub(crate) fn known_levels(&self) -> Vec<&str> {
        let Lookup::Text { levels, .. } = &self.lookup else { return Vec::new() };
        let mut known: Vec<_> = levels.keys().map(String::as_str).collect::<HashSet<_>>().into_iter().collect();
        known.sort_unstable();
        known
    }
}

#[cold]
pub(crate) fn wrong_type(name: &str, expected: &'static str, found: String) -> Error {
    Error::WrongType { characteristic: name.to_owned(), expected, found }
}

#[inline]
fn number_bin(x: f64, edges: &[f64], special: &[(f64, usize)], missing: usize) -> usize {
    if !x.is_finite() {
        return missing;
    }
    for &(value, bin) in special {
        if x == value {
            return bin;
        }
    }
    // Counting compares has no branch to mispredict, and tables have a dozen edges at most.
    if edges.len() <= 24 {
        edges.iter().map(|&e| usize::from(x >= e)).sum()
    } else {
        edges.partition_point(|&e| x >= e)
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
                    "interval {} ends at {a:?} and interval {} starts at {b:?}: they must meet, in rising order",
                    k + 1,
                    k + 2
                ));
            }
        }
    }
    Ok(edges)
}
