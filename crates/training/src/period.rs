//! The time column: order of periods, what is held out, which half a row lies in.

use crate::coding::Rows;
use primitives::{Column, MISSING_CODE, label_order};

/// Per row the rank of its period, and the periods in order.
pub(crate) struct Periods {
    rank: Vec<Option<u32>>,
    pub(crate) labels: Vec<String>,
}

impl Periods {
    /// Numbers in numeric order, texts in the order of [`label_order`], as in a report.
    pub(crate) fn new(column: &Column) -> Self {
        match column {
            Column::Number(values) => {
                // 0 added to -0 is 0: both are one period.
                let values: Vec<f64> = values.iter().map(|x| x + 0.0).collect();
                let mut distinct: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
                distinct.sort_by(f64::total_cmp);
                distinct.dedup();
                let find = |x: &f64| distinct.binary_search_by(|d| d.total_cmp(x)).ok().map(|r| r as u32);
                Self { rank: values.iter().map(find).collect(), labels: distinct.iter().map(f64::to_string).collect() }
            }
            Column::Text { codes, levels } => {
                let order = label_order(levels);
                let mut rank = vec![0_u32; levels.len()];
                order.iter().enumerate().for_each(|(r, &l)| rank[l] = r as u32);
                Self {
                    rank: codes.iter().map(|&c| (c != MISSING_CODE).then(|| rank[c as usize])).collect(),
                    labels: order.iter().map(|&l| levels[l].clone()).collect(),
                }
            }
        }
    }

    /// Splits the rows with an outcome: the latest periods are held out until `share` is reached, but
    /// never all periods. Rows without a period are fitted on.
    pub(crate) fn hold_out(&self, usable: &[u32], share: f64) -> Rows {
        let mut counts = vec![0_usize; self.labels.len()];
        for rank in usable.iter().filter_map(|&i| self.rank[i as usize]) {
            counts[rank as usize] += 1;
        }
        let wanted = share * usable.len() as f64;
        let mut present = (0..counts.len()).rev().filter(|&r| counts[r] > 0).peekable();
        let (mut first_held, mut held) = (counts.len(), 0);
        while let Some(r) = present.next() {
            if held as f64 >= wanted || present.peek().is_none() {
                break;
            }
            held += counts[r];
            first_held = r;
        }
        let is_held = |&i: &u32| self.rank[i as usize].is_some_and(|r| r as usize >= first_held);
        let (held, fit) = usable.iter().partition(|i| is_held(i));
        Rows { fit: Some(fit), held }
    }

    /// First and last period of some rows.
    pub(crate) fn span(&self, rows: &[u32]) -> Option<[String; 2]> {
        let ranks = || rows.iter().filter_map(|&i| self.rank[i as usize]);
        let (first, last) = (ranks().min()?, ranks().max()?);
        Some([self.labels[first as usize].clone(), self.labels[last as usize].clone()])
    }

    /// Whether each of some rows lies in the later half: after the median period.
    ///
    /// `None` when all lie in one period.
    pub(crate) fn later_half(&self, rows: &[u32]) -> Option<Vec<bool>> {
        let mut ranks: Vec<u32> = rows.iter().filter_map(|&i| self.rank[i as usize]).collect();
        if ranks.is_empty() {
            return None;
        }
        let middle = ranks.len() / 2;
        let median = *ranks.select_nth_unstable(middle).1;
        let above = ranks.iter().filter(|&&r| r > median).count();
        let below = ranks.iter().filter(|&&r| r < median).count();
        // The median period goes to the thinner side.
        let cut = if below < above { median + 1 } else { median };
        let later: Vec<bool> = rows.iter().map(|&i| self.rank[i as usize].is_some_and(|r| r >= cut)).collect();
        (later.contains(&true) && later.contains(&false)).then_some(later)
    }
}

/// Some rows of a table parted as training parts them: earlier periods, and the latest ones until they hold `share` of the rows.
///
/// - `column`: the period of every row of the table.
/// - `rows`: places in it. Rows without a period are earlier ones; the latest are none where there is one period only.
pub fn latest_rows(column: &Column, rows: &[u32], share: f64) -> [Vec<u32>; 2] {
    let parted = Periods::new(column).hold_out(rows, share);
    [parted.fit.unwrap_or_default(), parted.held]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn years(values: &[f64]) -> Periods {
        Periods::new(&Column::Number(values.to_vec()))
    }

    #[test]
    fn whole_periods_are_held_out_from_the_latest() {
        let p = years(&[2001.0, 2002.0, 2003.0, 2003.0, 2002.0, 2001.0, f64::NAN, 2001.0, 2001.0, 2001.0]);
        let all: Vec<u32> = (0..10).collect();
        let rows = p.hold_out(&all, 0.2);
        assert_eq!(rows.held, [2, 3]);
        assert_eq!(p.span(rows.fit.as_deref().expect("a time column splits")), Some(["2001".into(), "2002".into()]));
        assert_eq!(p.hold_out(&all, 0.3).held, [1, 2, 3, 4]);
        assert_eq!(p.hold_out(&all, 0.9).held, [1, 2, 3, 4], "one period is always fitted on");
        assert!(p.hold_out(&all, 0.0).held.is_empty());
        assert!(years(&[5.0, 5.0]).hold_out(&[0, 1], 0.2).held.is_empty());
    }

    #[test]
    fn both_zeros_are_one_period() {
        let p = years(&[-1.0, 0.0, -0.0, 1.0]);
        assert_eq!(
            (p.rank.as_slice(), p.labels.as_slice()),
            ([0, 1, 1, 2].map(Some).as_slice(), ["-1", "0", "1"].map(String::from).as_slice())
        );
    }

    #[test]
    fn months_without_a_zero_before_them() {
        let mut months = primitives::TextBuilder::default();
        (1..=12).rev().for_each(|month| months.push(Some(&format!("2024-{month}"))));
        let p = Periods::new(&months.finish());
        assert_eq!(p.hold_out(&(0..12).collect::<Vec<u32>>(), 0.25).held, [0, 1, 2], "the months 12, 11 and 10");
    }

    #[test]
    fn halves_split_at_the_median_period() {
        let p = years(&[1.0, 1.0, 1.0, 2.0]);
        assert_eq!(p.later_half(&[0, 1, 2, 3]), Some(vec![false, false, false, true]));
        assert_eq!(years(&[1.0, 2.0, 2.0, 2.0]).later_half(&[0, 1, 2, 3]), Some(vec![false, true, true, true]));
        assert_eq!(years(&[3.0, 3.0]).later_half(&[0, 1]), None);
    }
}
