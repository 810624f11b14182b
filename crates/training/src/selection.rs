//! Which columns enter: each rule names what it removed and why.

use crate::binning::Binned;
use crate::card::FitRows;
use crate::config::Selection;
use crate::design::{CodedDesign, LookedUp, RowSet};
use crate::newton::Design;
use crate::optimal::{Counts, over_folds};
use ndarray::Array2;
use ndarray::parallel::prelude::*;
use scoring::Removed;

/// A column that may enter.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) binned: Binned,
}

impl Candidate {
    /// Out-of-fold information value, or that of the bins where there are no folds.
    fn value(&self) -> f64 {
        self.binned.out_of_fold_iv.unwrap_or(self.binned.iv)
    }
}

pub(crate) fn removed(column: &str, rule: &str, detail: String) -> Removed {
    Removed { column: column.to_owned(), rule: rule.to_owned(), detail }
}

/// Removes columns whose bins do not differ or that are worth too little.
pub(crate) fn by_value(candidates: &mut Vec<Candidate>, out: &mut Vec<Removed>, data: &FitRows<'_>, iv_min: f64) {
    candidates.retain(|c| {
        if let Some(unfit) = unfit(data, c.index) {
            out.push(unfit);
            return false;
        }
        if c.binned.woe.iter().all(|w| *w == 0.0) {
            out.push(removed(&c.name, "one_bin", "its bins do not differ in risk, or it has one bin only".into()));
            return false;
        }
        if c.value() < iv_min {
            let detail = format!("out-of-fold IV {:.4} is under {iv_min}", c.value());
            out.push(removed(&c.name, "iv_min", detail));
            return false;
        }
        true
    });
}

/// Why a column is removed that gives the outcome away or names rows, whatever it would seem worth; `None` for any other.
///
/// The levels of one that names rows would stand in the model, one by one: a list of those it was trained on.
pub(crate) fn unfit(data: &FitRows<'_>, index: usize) -> Option<Removed> {
    let coded = &data.coded[index];
    let (rule, detail) = if gives_the_outcome_away(data, index) {
        ("leak", "each of its values has goods only or bads only: it gives the outcome away")
    } else if coded.names_rows() {
        ("identifier", "most of its rows have a category that hardly any other row has: it names rows")
    } else {
        return None;
    };
    Some(removed(&coded.name, rule, detail.into()))
}

/// Rows of a code, on average, that make it no chance that all codes have one outcome.
const PURE_ROWS: f64 = 10.0;

/// Whether no code of a column has both goods and bads, as where it is filled in after the outcome only.
fn gives_the_outcome_away(data: &FitRows<'_>, index: usize) -> bool {
    let folds = data.folds.iter().map(|&f| data.counts[index][f].as_slice());
    let counts = over_folds(folds);
    let enough = |of: &dyn Fn(&Counts) -> f64| {
        let (codes, rows) = counts.iter().map(of).filter(|x| *x > 0.0).fold((0.0, 0.0), |a, x| (a.0 + 1.0, a.1 + x));
        rows >= PURE_ROWS * codes
    };
    counts.iter().all(|c| c.goods == 0.0 || c.bads == 0.0) && enough(&|c| c.goods) && enough(&|c| c.bads)
}

/// Keeps the entries whose flag is set.
fn retain_flagged<T>(entries: &mut Vec<T>, keep: &[bool]) {
    let mut flags = keep.iter();
    entries.retain(|_| *flags.next().expect("one flag each"));
}

/// Removes columns whose distribution over the bins moved between the halves of the time column.
pub(crate) fn by_stability(
    candidates: &mut Vec<Candidate>,
    out: &mut Vec<Removed>,
    data: &FitRows<'_>,
    later: &[bool],
    psi_max: f64,
) {
    candidates.retain(|c| {
        let coded = &data.coded[c.index];
        let bin_of = c.binned.bin_by_code(coded);
        let mut counts = [vec![0.0; coded.count()], vec![0.0; coded.count()]];
        let mut add = |i: usize| {
            counts[usize::from(later[i])][bin_of[usize::from(coded.codes[i])]] += data.weight.map_or(1.0, |w| w[i]);
        };
        match data.rows {
            RowSet::All(n) => (0..n).for_each(&mut add),
            RowSet::Some(rows) => rows.iter().for_each(|&i| add(i as usize)),
        }
        // Bins that neither half has say nothing.
        let used: Vec<usize> = (0..counts[0].len()).filter(|&b| counts[0][b] + counts[1][b] > 0.0).collect();
        let [earlier, later] = counts.map(|c| used.iter().map(|&b| c[b]).collect::<Vec<_>>());
        let Ok(psi) = validation::psi(&earlier, &later, validation::SHARE_FLOOR, validation::PsiThresholds::USUAL)
        else {
            return true;
        };
        if psi.psi > psi_max {
            let detail = format!("PSI {:.3} between the earlier and the later half is over {psi_max}", psi.psi);
            out.push(removed(&c.name, "psi_max", detail));
            return false;
        }
        true
    });
}

/// Columns that are compared with each other at a time.
const BLOCK: usize = 256;

/// Removes columns that say what others say, by pairwise correlation and then by variance inflation,
/// and those beyond the number allowed.
///
/// Columns are taken by falling IV: one stays when it differs from all that stayed before it, until
/// there are enough. So copies of a good column do not use up the places of other columns.
pub(crate) fn by_correlation(
    candidates: &mut Vec<Candidate>,
    out: &mut Vec<Removed>,
    data: &FitRows<'_>,
    rule: &Selection,
) {
    if candidates.len() < 2 {
        return;
    }
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|&a, &b| candidates[b].value().total_cmp(&candidates[a].value()).then(a.cmp(&b)));
    let mut stays: Vec<usize> = Vec::new();
    let mut standardised = Array2::<f64>::zeros((0, data.rows.len()));
    let mut gone: Vec<Option<(&str, String)>> = vec![None; candidates.len()];
    // Correlations of each column that stays with those that stayed before it.
    let mut lower: Vec<Vec<f64>> = Vec::new();
    let full = || ("characteristics_max", format!("{} columns have a higher IV", rule.characteristics_max));
    for block in order.chunks(BLOCK) {
        if stays.len() == rule.characteristics_max {
            block.iter().for_each(|&i| gone[i] = Some(full()));
            continue;
        }
        let own = standardised_woe(block.iter().map(|&i| &candidates[i]), data);
        let (before, within) = (own.dot(&standardised.t()), own.dot(&own.t()));
        let known = stays.len();
        let mut chosen: Vec<usize> = Vec::new(); // places in the block
        for (k, &i) in block.iter().enumerate() {
            if stays.len() == rule.characteristics_max {
                gone[i] = Some(full());
                continue;
            }
            let earlier = (0..known).map(|s| before[[k, s]]);
            let with: Vec<f64> = earlier.chain(chosen.iter().map(|&c| within[[k, c]])).collect();
            match with.iter().position(|r| r.abs() > rule.correlation_max) {
                Some(s) => {
                    let detail = format!(
                        "correlation {:.3} with {:?}, which has more IV, is over {}",
                        with[s], candidates[stays[s]].name, rule.correlation_max
                    );
                    gone[i] = Some(("correlation_max", detail));
                }
                None => {
                    stays.push(i);
                    chosen.push(k);
                    lower.push(with);
                }
            }
        }
        for &k in &chosen {
            standardised.push_row(own.row(k)).expect("rows of one length");
        }
    }
    for (c, gone) in candidates.iter().zip(&gone) {
        if let Some((rule, detail)) = gone {
            out.push(removed(&c.name, rule, detail.clone()));
        }
    }
    // In the order of the columns again, and as a full matrix.
    let mut place: Vec<usize> = (0..stays.len()).collect();
    place.sort_by_key(|&k| stays[k]);
    let keep: Vec<bool> = gone.iter().map(Option::is_none).collect();
    retain_flagged(candidates, &keep);
    let at = |a: usize, b: usize| {
        let (first, second) = (place[a].min(place[b]), place[a].max(place[b]));
        if first == second { 1.0 } else { lower[second][first] }
    };
    let mut correlation: Vec<Vec<f64>> =
        (0..place.len()).map(|a| (0..place.len()).map(|b| at(a, b)).collect()).collect();
    while candidates.len() > 1 {
        let Some(inflation) = inflation_factors(&correlation) else { break };
        let worst = (0..inflation.len()).max_by(|&a, &b| inflation[a].total_cmp(&inflation[b])).unwrap_or(0);
        if inflation[worst] <= rule.vif_max {
            break;
        }
        let detail = format!("variance inflation {:.1} is over {}", inflation[worst], rule.vif_max);
        out.push(removed(&candidates[worst].name, "vif_max", detail));
        candidates.remove(worst);
        correlation.remove(worst);
        for row in &mut correlation {
            row.remove(worst);
        }
    }
}

/// WoE of the candidates, each a row of mean 0 and length 1: products of rows are correlations.
fn standardised_woe<'c>(candidates: impl Iterator<Item = &'c Candidate>, data: &FitRows<'_>) -> Array2<f64> {
    let columns: Vec<LookedUp<'_>> =
        candidates.map(|c| LookedUp::new(&data.coded[c.index].codes, c.binned.woe.iter().copied())).collect();
    let design = CodedDesign { columns, rows: data.rows };
    let n = design.rows();
    let mut standardised = Array2::<f64>::zeros((design.columns.len(), n));
    standardised.outer_iter_mut().into_par_iter().enumerate().for_each(|(j, mut row)| {
        let x = row.as_slice_mut().expect("a row of a matrix stands in one piece");
        design.fill(j, 0, x);
        let mean = x.iter().sum::<f64>() / n as f64;
        let largest = x.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        x.iter_mut().for_each(|v| *v -= mean);
        let norm = x.iter().map(|v| v * v).sum::<f64>().sqrt();
        // A constant is centred to rounding errors, which would correlate.
        let is_constant = norm <= 1e-9 * largest * (n as f64).sqrt();
        x.iter_mut().for_each(|v| *v = if is_constant { 0.0 } else { *v / norm });
    });
    standardised
}

/// Diagonal of the inverse of a correlation matrix; `None` when it is singular beyond repair.
fn inflation_factors(correlation: &[Vec<f64>]) -> Option<Vec<f64>> {
    let n = correlation.len();
    let mut a: Vec<Vec<f64>> = correlation
        .iter()
        .enumerate()
        .map(|(i, row)| {
            // A hair on the diagonal keeps an exact copy from dividing by zero: its factor is then huge.
            let mut row: Vec<f64> = row.iter().enumerate().map(|(j, &c)| if i == j { c + 1e-10 } else { c }).collect();
            row.extend((0..n).map(|j| f64::from(u8::from(i == j))));
            row
        })
        .collect();
    for k in 0..n {
        let pivot = (k..n).max_by(|&x, &y| a[x][k].abs().total_cmp(&a[y][k].abs()))?;
        a.swap(k, pivot);
        let head = a[k][k];
        if head == 0.0 {
            return None;
        }
        a[k].iter_mut().for_each(|v| *v /= head);
        let row = a[k].clone();
        for (i, other) in a.iter_mut().enumerate() {
            if i != k && other[k] != 0.0 {
                let factor = other[k];
                other.iter_mut().zip(&row).for_each(|(o, r)| *o -= factor * r);
            }
        }
    }
    Some((0..n).map(|i| a[i][n + i]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The diagonal of numpy.linalg.inv.
    #[test]
    fn inflation_is_the_diagonal_of_the_inverse() {
        let correlation = [[1.0, 0.5, 0.3], [0.5, 1.0, 0.4], [0.3, 0.4, 1.0]].map(|r| r.to_vec());
        let found = inflation_factors(&correlation).expect("regular");
        for (found, expected) in found.iter().zip([1.3548387096774195, 1.4677419354838708, 1.2096774193548387]) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        let copies = [vec![1.0, 1.0], vec![1.0, 1.0]];
        assert!(inflation_factors(&copies).is_none_or(|f| f[0] > 1e8));
    }
}
