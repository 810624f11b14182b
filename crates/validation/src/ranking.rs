//! One sort of a sample, from which every figure of discrimination and calibration is summed.
//!
//! A scorecard gives few distinct scores, so rows of one value are folded into one group: what follows the
//! sort costs the number of distinct values, not the number of rows.

use crate::{Error, check};

/// All rows of one value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TieGroup {
    pub(crate) value: f64,
    /// Sum of the weights of bads, and of goods.
    pub(crate) bads: f64,
    pub(crate) goods: f64,
    /// Sum of the squared weights of bads, and of goods.
    pub(crate) bads_squared: f64,
    pub(crate) goods_squared: f64,
}

/// A sample in ascending order of its value. Rows of weight zero are left out.
#[derive(Debug, Clone)]
pub(crate) struct Ranking {
    pub(crate) groups: Vec<TieGroup>,
    /// Row numbers, ascending by value, equal values in order of rows.
    pub(crate) order: Vec<usize>,
    pub(crate) bad_rows: u64,
    pub(crate) good_rows: u64,
    /// Sums of weights.
    pub(crate) bads: f64,
    pub(crate) goods: f64,
}

/// Maps finite numbers to integers of the same order.
fn sort_key(value: f64) -> u64 {
    // `+ 0.0` makes one zero of two.
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

impl Ranking {
    /// Checks and sorts a sample that may have one class only.
    pub(crate) fn new(what: &'static str, value: &[f64], bad: &[bool], weight: Option<&[f64]>) -> Result<Self, Error> {
        check::same_length("bad", value.len(), bad.len())?;
        check::finite(what, value)?;
        check::weights(value.len(), weight)?;
        let mut keyed: Vec<(u64, usize)> = match weight {
            None => value.iter().enumerate().map(|(row, v)| (sort_key(*v), row)).collect(),
            Some(w) => {
                let heavy = value.iter().enumerate().filter(|(row, _)| w[*row] > 0.0);
                heavy.map(|(row, v)| (sort_key(*v), row)).collect()
            }
        };
        if keyed.is_empty() {
            return Err(Error::EmptySample { what });
        }
        keyed.sort_unstable();

        let mut ranking = Self {
            groups: Vec::new(),
            order: Vec::with_capacity(keyed.len()),
            bad_rows: 0,
            good_rows: 0,
            bads: 0.0,
            goods: 0.0,
        };
        let mut key_before = None;
        for (key, row) in keyed {
            if key_before != Some(key) {
                key_before = Some(key);
                let value = value[row] + 0.0;
                ranking.groups.push(TieGroup { value, bads: 0.0, goods: 0.0, bads_squared: 0.0, goods_squared: 0.0 });
            }
            let group = ranking.groups.last_mut().expect("the first key opens a group");
            let w = weight.map_or(1.0, |w| w[row]);
            if bad[row] {
                group.bads += w;
                group.bads_squared += w * w;
                ranking.bads += w;
                ranking.bad_rows += 1;
            } else {
                group.goods += w;
                group.goods_squared += w * w;
                ranking.goods += w;
                ranking.good_rows += 1;
            }
            ranking.order.push(row);
        }
        Ok(ranking)
    }

    /// Refuses a sample with one class only, or with one value only.
    pub(crate) fn needs_both_classes(&self, what: &'static str) -> Result<(), Error> {
        if self.bad_rows == 0 || self.good_rows == 0 {
            return Err(Error::OneClass { bads: self.bad_rows, goods: self.good_rows });
        }
        match self.groups.as_slice() {
            [only] => Err(Error::ConstantInput { what, value: only.value }),
            _ => Ok(()),
        }
    }

    /// The same sample with the greatest value first; equal rows stay in their order inside a group.
    pub(crate) fn groups_descending(&self) -> Vec<TieGroup> {
        self.groups.iter().rev().copied().collect()
    }

    /// Number of rows with a weight above zero.
    pub(crate) fn rows(&self) -> usize {
        self.order.len()
    }

    /// Splits the ordered rows into `parts` of equal size, the first ones longer by one row when it does not divide.
    pub(crate) fn equal_parts(&self, parts: usize) -> Vec<&[usize]> {
        let parts = parts.clamp(1, self.order.len());
        let (size, longer) = (self.order.len() / parts, self.order.len() % parts);
        let mut rest = self.order.as_slice();
        let mut out = Vec::with_capacity(parts);
        for part in 0..parts {
            let (head, tail) = rest.split_at(size + usize::from(part < longer));
            out.push(head);
            rest = tail;
        }
        out
    }
}
