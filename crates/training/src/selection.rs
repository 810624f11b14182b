//! Which columns enter: each rule names what it removed and why.

use crate::binning::Binned;
use crate::card::FitRows;
use crate::config::Selection;
use crate::design::{CodedDesign, LookedUp, RowSet};
use crate::newton::Design;
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

/// Removes columns whose bins do not differ, that are worth too little, or that are too many.
pub(crate) fn by_value(candidates: &mut Vec<Candidate>, out: &mut Vec<Removed>, rule: &Selection) {
    candidates.retain(|c| {
        if c.binned.woe.iter().all(|w| *w == 0.0) {
            out.push(removed(&c.name, "one_bin", "all rows fall into one bin".into()));
            return false;
        }
        if c.value() < rule.iv_min {
            let detail = format!("out-of-fold IV {:.4} is under {}", c.value(), rule.iv_min);
            out.push(removed(&c.name, "iv_min", detail));
            return false;
        }
        true
    });
    if candidates.len() > rule.characteristics_max {
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by(|&a, &b| candidates[b].value().total_cmp(&candidates[a].value()));
        let mut keep = vec![false; candidates.len()];
        order[..rule.characteristics_max].iter().for_each(|&i| keep[i] = true);
        let detail = format!("{} columns have a higher IV", rule.characteristics_max);
        for (c, _) in candidates.iter().zip(&keep).filter(|(_, keep)| !**keep) {
            out.push(removed(&c.name, "characteristics_max", detail.clone()));
        }
        retain_flagged(candidates, &keep);
    }
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

/// Removes columns that say what others say: by pairwise correlation, then by variance inflation.
pub(crate) fn by_correlation(
    candidates: &mut Vec<Candidate>,
    out: &mut Vec<Removed>,
    data: &FitRows<'_>,
    rule: &Selection,
) {
    if candidates.len() < 2 {
        return;
    }
    let mut correlation = correlations(candidates, data);
    // The most valuable column stays; each next one must differ from all that stayed.
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|&a, &b| candidates[b].value().total_cmp(&candidates[a].value()).then(a.cmp(&b)));
    let mut stays: Vec<usize> = Vec::new();
    let mut gone: Vec<(usize, String)> = Vec::new();
    for i in order {
        match stays.iter().find(|&&s| correlation[i][s].abs() > rule.correlation_max) {
            Some(&s) => gone.push((
                i,
                format!(
                    "correlation {:.3} with {:?}, which has more IV, is over {}",
                    correlation[i][s], candidates[s].name, rule.correlation_max
                ),
            )),
            None => stays.push(i),
        }
    }
    remove(candidates, out, &mut correlation, &gone, "correlation_max");
    while candidates.len() > 1 {
        let Some(inflation) = inflation_factors(&correlation) else { break };
        let worst = (0..inflation.len()).max_by(|&a, &b| inflation[a].total_cmp(&inflation[b])).unwrap_or(0);
        if inflation[worst] <= rule.vif_max {
            break;
        }
        let detail = format!("variance inflation {:.1} is over {}", inflation[worst], rule.vif_max);
        remove(candidates, out, &mut correlation, &[(worst, detail)], "vif_max");
    }
}

fn remove(
    candidates: &mut Vec<Candidate>,
    out: &mut Vec<Removed>,
    correlation: &mut Vec<Vec<f64>>,
    gone: &[(usize, String)],
    rule: &str,
) {
    let mut keep = vec![true; candidates.len()];
    for (i, detail) in gone {
        keep[*i] = false;
        out.push(removed(&candidates[*i].name, rule, detail.clone()));
    }
    retain_flagged(candidates, &keep);
    retain_flagged(correlation, &keep);
    correlation.iter_mut().for_each(|row| retain_flagged(row, &keep));
}

/// Correlations of the candidates' WoE.
fn correlations(candidates: &[Candidate], data: &FitRows<'_>) -> Vec<Vec<f64>> {
    let columns =
        candidates.iter().map(|c| LookedUp::new(&data.coded[c.index].codes, c.binned.woe.iter().copied())).collect();
    let design = CodedDesign { columns, rows: data.rows };
    let n = design.rows();
    let mut standardised = Array2::<f64>::zeros((candidates.len(), n));
    standardised.outer_iter_mut().into_par_iter().enumerate().for_each(|(j, mut row)| {
        let x = row.as_slice_mut().expect("a row of a matrix stands in one piece");
        design.fill(j, 0, x);
        let mean = x.iter().sum::<f64>() / n as f64;
        x.iter_mut().for_each(|v| *v -= mean);
        let norm = x.iter().map(|v| v * v).sum::<f64>().sqrt();
        if norm > 0.0 {
            x.iter_mut().for_each(|v| *v /= norm);
        }
    });
    let mut correlation = standardised.dot(&standardised.t());
    correlation.diag_mut().fill(1.0);
    correlation.outer_iter().map(|row| row.to_vec()).collect()
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
