/// Why a logistic regression has no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// There is no row.
    #[error("there is no row to fit on")]
    NoRows,
    /// The parts have different lengths.
    #[error("{rows} rows of columns, {outcomes} outcomes, {weights:?} weights: they must be equal")]
    LengthMismatch {
        /// Rows of the columns.
        rows: usize,
        /// Outcomes.
        outcomes: usize,
        /// Weights, if any.
        weights: Option<usize>,
    },
    /// A weight is negative or not finite.
    #[error("row {row}: weight {value} must be finite and 0 or more")]
    Weight {
        /// Row, from 1.
        row: usize,
        /// The weight.
        value: f64,
    },
    /// A value is not finite.
    #[error("row {row}, column {column}: value {value} must be finite")]
    NotFinite {
        /// Row, from 1.
        row: usize,
        /// Column, from 1.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Only one outcome has weight.
    #[error("every row is {}: both outcomes are needed", if *.bad { "bad" } else { "good" })]
    OneClass {
        /// Whether the one outcome is bad.
        bad: bool,
    },
    /// An option lies outside its range.
    #[error("l2 {l2} must be finite and 0 or more, tolerance {tolerance} finite and over 0")]
    Options {
        /// The penalty.
        l2: f64,
        /// The tolerance.
        tolerance: f64,
    },
    /// The iterations were used up.
    #[error("no convergence in {iterations} iterations: the gradient is {gradient:e} a row")]
    NotConverged {
        /// Newton steps taken.
        iterations: usize,
        /// Largest component of the gradient by the sum of weights.
        gradient: f64,
    },
    /// The outcomes are separated, so that without a penalty no finite optimum exists.
    #[error("the data separate{}: set l2 over 0 or remove the column", .column.map_or(String::new(), |c| format!(" on column {}", c + 1)))]
    Separation {
        /// Column, from 0, whose coefficient ran away; `None` when all columns together separate.
        column: Option<usize>,
    },
    /// Columns are linear combinations of others.
    #[error("the columns are linearly dependent (step {iterations}): set l2 over 0 or remove one")]
    Singular {
        /// Newton step at which it showed.
        iterations: usize,
    },
    /// The data set object is at fault.
    #[error(transparent)]
    Linfa(std::sync::Arc<linfa::error::Error>),
}

impl From<linfa::error::Error> for FitError {
    fn from(e: linfa::error::Error) -> Self {
        Self::Linfa(std::sync::Arc::new(e))
    }
}

/// Largest weight of a row.
pub const WEIGHT_MAX: f64 = 1e15;

/// Why a model could not be trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The outcome column was given another part.
    #[error("{named_in} names the target column {column:?}: the outcome can not have another part")]
    TargetNamed {
        /// Where it was named.
        named_in: &'static str,
        /// The column.
        column: String,
    },
    /// A column that was named is not in the data.
    #[error("{named_in} names column {column:?}, which is not in the data; there are: {}", shown(.columns))]
    UnknownColumn {
        /// Where it was named.
        named_in: String,
        /// The column.
        column: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// No row has the bad value.
    #[error("target {target:?} has no row with the bad value {bad:?}; its values are: {}", shown(.seen))]
    UnknownBad {
        /// The outcome column.
        target: String,
        /// The value that was said to be bad.
        bad: String,
        /// Values that it has.
        seen: Vec<String>,
    },
    /// Every row with an outcome is bad, or every row to fit on has the same outcome.
    #[error(
        "target {target:?}: every row to fit on has the same outcome (bad value {bad:?}); both outcomes are needed"
    )]
    OneClass {
        /// The outcome column.
        target: String,
        /// The bad value.
        bad: String,
    },
    /// A class has fewer rows than there are folds.
    #[error("{goods} goods and {bads} bads to fit on: each needs at least {folds}, one a fold (fit.folds)")]
    TooFewRows {
        /// Goods to fit on.
        goods: usize,
        /// Bads to fit on.
        bads: usize,
        /// Folds.
        folds: usize,
    },
    /// A row weight is negative, missing, not a number or larger than [`WEIGHT_MAX`].
    #[error(
        "column {column:?}, row {row}: weight {value} must be a number of 0 or more, at most {WEIGHT_MAX:e}, not missing"
    )]
    Weight {
        /// The weight column.
        column: String,
        /// Row over all files, from 1.
        row: usize,
        /// The weight.
        value: String,
    },
    /// No weight is over zero, or they differ by more than a number can hold.
    #[error("column {column:?}: the weights average {average}; weights of ordinary size are needed, some over 0")]
    Weights {
        /// The weight column.
        column: String,
        /// Their average over the rows fitted on.
        average: f64,
    },
    /// All rows of one outcome, but those of a single fold, have weight zero.
    #[error(
        "column {column:?} leaves no weight, or too little, to the rows that are {}: some in two folds at least need a \
         weight over 0",
        if *.bad { "bad" } else { "good" }
    )]
    WeightlessClass {
        /// The weight column.
        column: String,
        /// Whether it is the bad ones.
        bad: bool,
    },
    /// No candidate column is there.
    #[error("no candidate column is left besides the target, time, weight, protected and excluded ones")]
    NoCandidates,
    /// Every candidate was removed.
    #[error("no column is left to build a card of: all {} were removed{}", .removed.len(), listed(.removed))]
    AllRemoved {
        /// Each column with the rule that removed it.
        removed: Vec<scoring::Removed>,
    },
    /// The scores would span more than a PD table may hold.
    #[error("scores span {span} points, at most {allowed} are allowed: lower scale.pdo or raise fit.l2")]
    ScoreSpan {
        /// Highest less lowest score.
        span: i64,
        /// The bound.
        allowed: i64,
    },
    /// The weights could not be fitted.
    #[error("the weights could not be fitted")]
    Fit(#[from] FitError),
    /// One column tells the outcomes apart by itself, so that without a penalty its weight has no bound.
    #[error(
        "column {column:?} separates the outcomes: set fit.l2 over 0, or leave the column out with columns.exclude"
    )]
    Separated {
        /// The column.
        column: String,
    },
    /// The card gives every row the same score.
    #[error(
        "the card tells no rows apart, the PD is {pd} in every row: a smaller fit.l2, a larger scale.pdo or another \
         calibration.population_bad_rate would spread the scores"
    )]
    OneScore {
        /// The PD of every row.
        pd: f64,
    },
    /// A direction was stated for a column of text.
    #[error("columns.direction names column {column:?}, which is text: categories have no direction")]
    DirectionOfText {
        /// The column.
        column: String,
    },
    /// The data have not a column that the prior card reads.
    #[error(
        "the prior card reads column {column:?}, which is not in the data: add it, or drop its table from the card \
         (`shangzhi model edit`); there are: {}",
        shown(.columns)
    )]
    PriorColumn {
        /// The column.
        column: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// The configuration gives a column that the prior card reads another part.
    #[error("the prior card reads column {column:?}, which {named_in} names: it can not be both")]
    PriorColumnUsed {
        /// The column.
        column: String,
        /// Where it was named.
        named_in: &'static str,
    },
    /// The columns of the data do not fit the prior card.
    #[error("the data do not fit the prior card")]
    Prior(#[source] scoring::Error),
    /// No spread of the prior gives numbers that a double holds.
    #[error(
        "no fit of {rows} rows under the prior card: its points or the weights of the rows are out of all proportion"
    )]
    PriorNotFitted {
        /// Rows.
        rows: usize,
    },
    /// The figures could not be computed.
    #[error("the figures could not be computed")]
    Figures(#[source] validation::Error),
    /// The model file is at fault: ours, not the caller's.
    #[error("the trained model is refused")]
    Model(#[from] scoring::Error),
}

impl From<validation::Error> for TrainError {
    fn from(e: validation::Error) -> Self {
        match e {
            validation::Error::ConstantInput { value, .. } => Self::OneScore { pd: value },
            other => Self::Figures(other),
        }
    }
}

/// A list cut to what fits a message.
fn shown(values: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text = values.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if values.len() > SHOWN {
        text.push_str(&format!(", … ({} in all)", values.len()));
    }
    text
}

fn listed(removed: &[scoring::Removed]) -> String {
    const SHOWN: usize = 30;
    let line = |r: &scoring::Removed| format!("\n  {}: {} ({})", r.column, r.rule, r.detail);
    let mut text: String = removed.iter().take(SHOWN).map(line).collect();
    if removed.len() > SHOWN {
        text.push_str(&format!("\n  … and {} more", removed.len() - SHOWN));
    }
    text
}
