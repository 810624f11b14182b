//! Binning alone, for those who want to look at columns before they train.

use crate::binning::bin;
use crate::config::TrainConfig;
use crate::error::TrainError;
use crate::optimal::{Counts, over_folds};
use crate::prepared::Prepared;
use crate::train::TrainingTable;
use rayon::prelude::*;
use scoring::{Attribute, Direction};

/// The optimal bins of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnBins {
    /// Name of the column.
    pub column: String,
    /// Direction that the bins keep; `None` for a text.
    pub direction: Option<Direction>,
    /// Information value over all bins on their own rows.
    pub iv: f64,
    /// Mean over folds of the information value of the bins of the other folds.
    pub out_of_fold_iv: Option<f64>,
    /// Bins with their counts and WoE; special values and missing ones last.
    pub bins: Vec<(Attribute, Counts, f64)>,
}

/// Finds the optimal bins of every candidate column.
///
/// Columns for which no bin satisfies the constraints are left out.
///
/// # Errors
/// As [`crate::train`], for what it reads of the table.
pub fn bin_table(table: &TrainingTable<'_>, config: &TrainConfig, seed: u64) -> Result<Vec<ColumnBins>, TrainError> {
    let prepared = Prepared::new(table, config, seed)?;
    let one = |(coded, counts): (&crate::coding::Coded, &Vec<Vec<Counts>>)| {
        let folds: Vec<&[Counts]> = counts.iter().map(Vec::as_slice).collect();
        let binned = bin(coded, &folds, &config.binning_rules(&coded.name), false)?;
        let all = over_folds(folds.iter().copied());
        let sum = |codes: &[usize]| codes.iter().map(|&c| all[c]).sum();
        let mut bins: Vec<(Attribute, Counts, f64)> =
            binned.bins.iter().map(|codes| (coded.attribute(codes), sum(codes), binned.woe[codes[0]])).collect();
        for k in 0..coded.special_count() {
            let code = coded.ordered + k;
            bins.push((coded.special(k), sum(&[code]), binned.woe[code]));
        }
        bins.push((Attribute::Missing, sum(&[coded.missing()]), binned.woe[coded.missing()]));
        Some(ColumnBins {
            column: coded.name.clone(),
            direction: binned.direction,
            iv: binned.iv,
            out_of_fold_iv: binned.out_of_fold_iv,
            bins,
        })
    };
    Ok(prepared.coded.par_iter().zip(&prepared.counts).filter_map(one).collect())
}
