//! A feature table and its outcomes in, a model file out.
//!
//! - [`train_with_prior`] fits the weights of a card that is there already to few outcomes.
//! - [`train`] is the whole way; `train.toml` is [`TrainConfig`].
//! - [`optimal_partition`] finds the bins with the highest information value under all constraints.
//! - [`NewtonLogistic`] fits the weights; it is a linfa `Fit` and heeds weights.
//!
//! Serving does not need this crate: it reads the model file with `scoring`.

mod assemble;
mod bin_table;
mod binning;
mod boosted;
mod calibrate;
mod card;
mod coding;
mod config;
mod design;
mod direction;
mod edit;
mod error;
mod expert;
mod figures;
mod golden;
mod logistic;
mod newton;
mod optimal;
mod outcome;
mod period;
mod prebin;
mod prepared;
mod prior;
mod random;
mod refine;
mod selection;
mod train;

pub use bin_table::{ColumnBins, bin_table};
pub use calibrate::{BADS_MIN, CalibrateError, Observed, ROWS_MIN, calibrate, percentiles};
pub use config::{
    Binning, Boosting, Calibration, CardText, Columns, ConfigError, CoverageRule, DEFAULT_CONFIG, DirectionRule,
    Fitting, GradeBound, Holdout, Method, ModelName, PRUNE_LOSS_MAX, Selection, TrainConfig,
};
pub use edit::{
    Change, EXAMPLE as EDITS_EXAMPLE, EditError, ModelEdit, Recalibration, apply_edits, read_edits, recalibrated,
};
pub use error::{FitError, TrainError, WEIGHT_MAX};
pub use expert::{CardError, Known, KnownFeature, KnownHit, build_card};
pub use figures::{Choice, PrunedTable, Pruning, TrainingFigures};
pub use golden::{GoldenRow, UNSEEN_LEVEL, golden_rows, golden_value};
pub use logistic::NewtonLogistic;
pub use newton::{FitOptions, LogisticFit};
pub use optimal::{Constraints, Counts, Partition, bin_iv, optimal_partition, woe};
pub use outcome::{good_values, outcome};
pub use period::latest_rows;
pub use prior::{fit_with_prior, train_with_prior};
pub use train::{Stage, Trained, TrainingTable, train};
