//! From a table with outcomes to a model file.

use crate::assemble::{Calibration, PointsByCode, assemble, card_parts, shorten};
use crate::boosted::{BoostRows, Boosted, Over, Pruned, UnseenRows, card_share, mixed, prunable};
use crate::card::{Card, CardError, Draft, FitRows, Purpose, draft, finish};
use crate::coding::Coded;
use crate::config::{Method, TrainConfig};
use crate::design::RowSet;
use crate::error::TrainError;
use crate::figures::{Choice, PrunedTable, Pruning, TrainingFigures};
use crate::optimal::{Counts, over_folds};
use crate::prepared::Prepared;
use crate::random;
use primitives::Column;
use rayon::prelude::*;
use scoring::{DataFile, Direction, Model, Origin, Removed};
use validation::{Headline, headline};

/// A table with outcomes.
#[derive(Debug, Clone, Copy)]
pub struct TrainingTable<'a> {
    /// Names of the columns.
    pub names: &'a [String],
    /// The columns, all of one length.
    pub columns: &'a [Column],
    /// Name of the outcome column.
    pub target: &'a str,
    /// The value of it that is bad.
    pub bad_value: &'a str,
    /// The files it came from.
    pub files: &'a [DataFile],
}

/// A trained model.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model, checked.
    pub model: Model,
    /// Its headline figures.
    pub figures: TrainingFigures,
}

/// What a long run is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Columns are coded and counted.
    Coding,
    /// The card of all rows is fitted.
    Fitting,
    /// A fold, from 1, of so many.
    Fold(usize, usize),
    /// Figures are computed.
    Figures,
}

/// Scores may span at most this many points: the PD table has an entry for each.
pub(crate) const SPAN_MAX: i64 = 100_000;

/// Trains a model by the method of the configuration.
///
/// A scorecard is made so; `boosted` takes other shapes in step 2, and `auto` keeps the better of both, the scorecard
/// where the difference is within chance (DeLong's paired test of the out-of-fold scores).
///
/// 1. Rows without an outcome are left out; with a time column the last periods are held out.
/// 2. Columns are coded, binned ([`crate::optimal_partition`]) and selected; the weights of the WoE are
///    fitted with none of them negative ([`crate::NewtonLogistic`]); then the bins' effects are refined
///    beside each other, in the order of their WoE, and weighted once more.
/// 3. The same is done for each fold without its rows; the out-of-fold log-odds give the slope and
///    intercept of the calibration, so that PDs are as spread as new data will bear out.
/// 4. Weights become integer points.
///
/// The result depends on the data, the configuration and the seed alone, not on the number of threads.
///
/// # Errors
/// [`TrainError`] says which column, row or rule.
pub fn train(
    table: TrainingTable<'_>,
    config: &TrainConfig,
    seed: u64,
    progress: &(dyn Fn(Stage) + Sync),
) -> Result<Trained, TrainError> {
    match config.model.method {
        Method::Scorecard | Method::Boosted => Ok(train_one(table, config, None, seed, progress)?.trained),
        Method::Auto => {
            let by = |method, made: Option<MadeCard>| {
                let mut own = config.clone();
                own.model.method = method;
                train_one(table, &own, made, seed, progress)
            };
            let mut card = by(Method::Scorecard, None)?;
            let made = card.made.take();
            kept_of(card, by(Method::Boosted, made)?)
        }
    }
}

/// Significance at which the boosted model is kept.
const KEPT_AT: f64 = 0.05;

/// The boosted model where it ranks rows that neither has seen better than the card by more than chance, or the card.
fn kept_of(card: Done, boosted: Done) -> Result<Trained, TrainError> {
    let safety = |u: &Unseen| u.log_odds.iter().map(|l| -l).collect::<Vec<f64>>();
    let found =
        validation::paired_auc_test(&safety(&boosted.unseen), &safety(&card.unseen), &card.unseen.bad, KEPT_AT)?;
    let test = found.test.value();
    let is_better = found.difference > 0.0 && test.is_some_and(|t| t.is_rejected());
    let choice = Choice {
        kept: if is_better { Method::Boosted } else { Method::Scorecard },
        auc_scorecard: found.auc_b,
        auc_boosted: found.auc_a,
        difference_lo: found.lo.value().copied(),
        difference_hi: found.hi.value().copied(),
        p_value: test.map(|t| t.p_value),
        significance: KEPT_AT,
    };
    let mut kept = if is_better { boosted.trained } else { card.trained };
    kept.figures.choice = Some(choice);
    Ok(kept)
}

/// Log-odds of bad of rows from a model that had not seen them, and their outcomes.
struct Unseen {
    log_odds: Vec<f64>,
    bad: Vec<bool>,
}

/// A card, and what cards say out of fold.
type MadeCard = (Card, OutOfFold);

/// What one method gives.
struct Done {
    trained: Trained,
    unseen: Unseen,
    /// The card, where it was one.
    made: Option<MadeCard>,
}

/// As [`train`], by the one method of the configuration. `made` is what the method scorecard gave on the same table with the
/// same configuration and seed: it need not be made again.
fn train_one(
    table: TrainingTable<'_>,
    config: &TrainConfig,
    made: Option<MadeCard>,
    seed: u64,
    progress: &(dyn Fn(Stage) + Sync),
) -> Result<Done, TrainError> {
    progress(Stage::Coding);
    let prepared = Prepared::new(&table, config, seed)?;
    let Prepared { coded, counts, fold, bad, held_bad, .. } = &prepared;
    let (weight, held_weight) = prepared.weights();

    progress(Stage::Fitting);
    let all_folds: Vec<usize> = (0..config.fit.folds).collect();
    let data = FitRows {
        coded,
        counts,
        folds: &all_folds,
        rows: RowSet::All(bad.len()),
        bad,
        weight,
        later: prepared.later.as_deref(),
        purpose: Purpose::Model,
    };
    let total_counts: Vec<Vec<Counts>> = counts.iter().map(|c| over_folds(c.iter().map(Vec::as_slice))).collect();
    let (fitted, out_of_fold, mut pruning) = match config.model.method {
        Method::Scorecard | Method::Auto => {
            let (card, out_of_fold) = card_of(&data, fold, config, seed, progress)?;
            (Fitted::Card(card), out_of_fold, None)
        }
        Method::Boosted => {
            let rows = BoostRows { coded, rows: data.rows, bad, weight, seed };
            let mut all = Boosted::fit(&rows, &data, config)?;
            let mut out_of_fold = boosted_out_of_fold(&data, fold, config, seed, progress)?;
            if let Some(card) = card_to_mix(made, &data, fold, config, seed)? {
                mix_card(&mut all, &mut out_of_fold, &card, &data, &total_counts, config);
            }
            let pruning = (config.boosted.prune_loss > 0.0)
                .then(|| prune(&mut all, &mut out_of_fold, &data, fold, config.boosted.prune_loss));
            (Fitted::Boosted(all), out_of_fold, pruning)
        }
    };

    progress(Stage::Figures);
    let sample_bad = RowSet::Some(&out_of_fold.rows).gather(bad);
    let sample_weight = weight.map(|w| RowSet::Some(&out_of_fold.rows).gather(w));
    let calibration = calibrate(&out_of_fold.log_odds, &sample_bad, sample_weight.as_deref());
    let unseen_log_odds = out_of_fold.crossed.as_ref().unwrap_or(&out_of_fold.log_odds);
    let (rows, folds) = (&out_of_fold.rows, config.fit.folds);
    let crossed = cross_calibrated(rows, unseen_log_odds, fold, &sample_bad, sample_weight.as_deref(), folds);
    let out_of_fold_figures = headline(&crossed, &sample_bad, sample_weight.as_deref())?;
    if let (Some(pruning), Some(full)) = (&mut pruning, &out_of_fold.full) {
        let full = cross_calibrated(rows, full, fold, &sample_bad, sample_weight.as_deref(), folds);
        pruning.loss_unseen_before = shorten(validation::log_loss(&full, &sample_bad, sample_weight.as_deref())?);
        pruning.loss_unseen_after = shorten(out_of_fold_figures.log_loss);
    }
    let shift = population_shift(bad, weight, config.calibration.population_bad_rate);
    let stated = Calibration { intercept: calibration.intercept + shift, ..calibration };

    let origin = Origin { removed: fitted.removed().to_vec(), ..prepared.origin(&table, config, seed) };
    let span = fitted.span() * stated.slope * config.scale.factor();
    if span.ceil() > SPAN_MAX as f64 {
        return Err(TrainError::ScoreSpan { span: span.ceil().min(1e15) as i64, allowed: SPAN_MAX });
    }
    let mut parts = match &fitted {
        Fitted::Card(card) => card_parts(card, coded, &total_counts, stated, config.scale),
        Fitted::Boosted(all) => all.parts(coded, &total_counts, stated, config),
    };
    let by_code = std::mem::take(&mut parts.by_code);
    let model = Model::from_file(assemble(parts, coded, stated, config, origin))?;
    let (in_sample, out_of_time) = rayon::join(
        || points_figures(&model, &by_code, coded, false, bad, weight),
        || {
            let figures = || points_figures(&model, &by_code, coded, true, held_bad, held_weight);
            out_of_time(held_bad, held_weight, config, figures)
        },
    );
    let (out_of_time, reason) = out_of_time?;
    let figures = TrainingFigures {
        figures_version: 1,
        model_digest: model.digest().clone(),
        in_sample: in_sample?,
        out_of_fold: out_of_fold_figures,
        out_of_fold_rows: out_of_fold.rows.len() as u64,
        out_of_time,
        out_of_time_not_applicable: reason,
        refine_l2: out_of_fold.refine_l2,
        card_share: out_of_fold.card_share,
        pruning,
        calibration_slope: calibration.slope,
        calibration_intercept: stated.intercept,
        choice: None,
    };
    let unseen = Unseen { log_odds: unseen_log_odds.clone(), bad: sample_bad };
    let made = match fitted {
        Fitted::Card(card) => Some((card, out_of_fold)),
        Fitted::Boosted(_) => None,
    };
    Ok(Done { trained: Trained { model, figures }, unseen, made })
}

impl From<CardError> for TrainError {
    fn from(e: CardError) -> Self {
        match e {
            CardError::AllRemoved { removed } => Self::AllRemoved { removed },
            CardError::Separated { column } => Self::Separated { column },
            CardError::Fit(e) => Self::Fit(e),
        }
    }
}

/// Figures of the rows that are held out, or why there are none.
pub(crate) fn out_of_time(
    held_bad: &[bool],
    held_weight: Option<&[f64]>,
    config: &TrainConfig,
    figures: impl FnOnce() -> Result<Headline, TrainError>,
) -> Result<(Option<Headline>, Option<String>), TrainError> {
    let reason = match (holds(held_bad, held_weight, true), holds(held_bad, held_weight, false)) {
        (true, true) => match figures() {
            Err(TrainError::OneScore { .. }) => "the card gives all held-out rows one score",
            figures => return Ok((Some(figures?), None)),
        },
        (false, false) if config.columns.time.is_empty() => "needs a time column (columns.time)",
        (false, false) if held_bad.is_empty() => "all rows lie in one period, or holdout.share is 0",
        _ => "the held-out rows (of a weight over 0) have one outcome only",
    };
    Ok((None, Some(reason.to_owned())))
}

/// Whether some row of a weight over zero has this outcome.
fn holds(bad: &[bool], weight: Option<&[f64]>, outcome: bool) -> bool {
    bad.iter().enumerate().any(|(i, &b)| b == outcome && weight.is_none_or(|w| w[i] > 0.0))
}

/// What a method made of all rows.
enum Fitted {
    Card(Card),
    Boosted(Boosted),
}

impl Fitted {
    fn removed(&self) -> &[Removed] {
        match self {
            Self::Card(card) => &card.removed,
            Self::Boosted(all) => &all.removed,
        }
    }

    /// Highest less lowest log-odds, before the calibration.
    fn span(&self) -> f64 {
        match self {
            Self::Card(card) => card.span(),
            Self::Boosted(all) => all.span(),
        }
    }
}

/// Log-odds of each fold's rows from shapes and pairs grown without them.
fn boosted_out_of_fold(
    data: &FitRows<'_>,
    fold: &[u8],
    config: &TrainConfig,
    seed: u64,
    progress: &(dyn Fn(Stage) + Sync),
) -> Result<OutOfFold, TrainError> {
    let folds = config.fit.folds;
    let rows = random::stratified_sample(data.bad, config.fit.out_of_fold_rows, folds, seed);
    let mut log_odds = vec![0.0; rows.len()];
    let mut grown = Vec::with_capacity(folds);
    // One after another: the bags of one take all threads.
    for k in 0..folds {
        let (own, rest): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|&j| usize::from(fold[rows[j] as usize]) == k);
        let pick = |places: &[usize]| places.iter().map(|&j| rows[j]).collect::<Vec<u32>>();
        let (others, rest) = ((0..folds).filter(|&f| f != k).collect::<Vec<usize>>(), pick(&rest));
        let without = FitRows { folds: &others, rows: RowSet::Some(&rest), later: None, ..*data };
        let boosted = BoostRows { coded: data.coded, rows: without.rows, bad: data.bad, weight: data.weight, seed };
        let model = match Boosted::fit(&boosted, &without, config) {
            Err(CardError::AllRemoved { removed }) => {
                Boosted::of_odds_alone(odds_alone(data, &others), data.coded.len(), removed)
            }
            other => other?,
        };
        let values = model.log_odds(data.coded, RowSet::Some(&pick(&own)));
        own.iter().zip(values).for_each(|(&j, v)| log_odds[j] = v);
        grown.push(model);
        progress(Stage::Fold(k + 1, folds));
    }
    Ok(OutOfFold {
        rows,
        log_odds,
        crossed: None,
        full: None,
        refine_l2: None,
        card_share: None,
        models: FoldModels::Grown(grown),
    })
}

/// Log-odds of bad of rows that their card has not seen.
struct OutOfFold {
    rows: Vec<u32>,
    log_odds: Vec<f64>,
    /// As `log_odds`, but what was pruned by these rows was chosen without the row's own fold: for figures.
    crossed: Option<Vec<f64>>,
    /// As `log_odds`, before anything was pruned.
    full: Option<Vec<f64>>,
    /// The penalty of the refinement: see [`simplest_of_the_best`]; `None` without refinement.
    refine_l2: Option<f64>,
    /// What a card has in them: see [`mix_card`].
    card_share: Option<f64>,
    models: FoldModels,
}

/// The models of the folds, each made without its fold.
enum FoldModels {
    Cards(Vec<Card>),
    Grown(Vec<Boosted>),
}

/// A card of all rows, and what cards say out of fold.
fn card_of(
    data: &FitRows<'_>,
    fold: &[u8],
    config: &TrainConfig,
    seed: u64,
    progress: &(dyn Fn(Stage) + Sync),
) -> Result<MadeCard, TrainError> {
    let all = draft(data, config, None)?;
    let out_of_fold = out_of_fold(data, &all, fold, config, seed, progress)?;
    Ok((finish(&all, data, config, out_of_fold.refine_l2)?, out_of_fold))
}

/// The card that is mixed into grown shapes: none where the configuration wants none or none can be made.
fn card_to_mix(
    made: Option<MadeCard>,
    data: &FitRows<'_>,
    fold: &[u8],
    config: &TrainConfig,
    seed: u64,
) -> Result<Option<MadeCard>, TrainError> {
    if config.boosted.card_share_max == 0.0 {
        return Ok(None);
    }
    match made.map_or_else(|| card_of(data, fold, config, seed, &|_| {}), Ok) {
        Ok(card) => Ok(Some(card)),
        Err(TrainError::AllRemoved { .. } | TrainError::Separated { .. } | TrainError::Fit(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Mixes a card into grown shapes, and its out-of-fold log-odds into theirs, by the share under which the calibrated loss
/// of rows out of fold is least. There is no share where both together have more columns than a model may.
fn mix_card(
    all: &mut Boosted,
    out_of_fold: &mut OutOfFold,
    (card, of_card): &MadeCard,
    data: &FitRows<'_>,
    total_counts: &[Vec<Counts>],
    config: &TrainConfig,
) {
    let mut columns: Vec<usize> = all.used().chain(card.columns.iter().map(|c| c.index)).collect();
    columns.sort_unstable();
    columns.dedup();
    if columns.len() > config.selection.characteristics_max {
        return;
    }
    let bad = RowSet::Some(&out_of_fold.rows).gather(data.bad);
    let weight = data.weight.map(|w| RowSet::Some(&out_of_fold.rows).gather(w));
    let loss = |log_odds: &[f64]| {
        let line = calibrate(log_odds, &bad, weight.as_deref());
        row_losses(&line.pd(log_odds), &bad, weight.as_deref()).iter().sum()
    };
    let share = card_share(&out_of_fold.log_odds, &of_card.log_odds, config.boosted.card_share_max, loss);
    out_of_fold.card_share = Some(share);
    if share > 0.0 {
        out_of_fold.log_odds = mixed(&out_of_fold.log_odds, &of_card.log_odds, share);
        let direction = |j: usize| config.binning_rules(&data.coded[j].name).direction.unwrap_or(Direction::Free);
        if let (FoldModels::Grown(grown), FoldModels::Cards(cards)) = (&mut out_of_fold.models, &of_card.models) {
            for (k, (own, card)) in grown.iter_mut().zip(cards).enumerate() {
                let but_own = |folds: &Vec<Vec<Counts>>| {
                    over_folds(folds.iter().enumerate().filter(|(f, _)| *f != k).map(|(_, c)| c.as_slice()))
                };
                let counts: Vec<Vec<Counts>> = data.counts.iter().map(but_own).collect();
                own.mix(card, share, data.coded, &counts, direction);
            }
        }
        all.mix(card, share, data.coded, total_counts, direction);
    }
}

/// Takes tables away without which rows out of fold lose no more than `allowed` together, from the model and from the
/// log-odds of these rows.
///
/// Costs are measured under the calibration of the full model. That of the rest is fitted anew by the caller, so that the
/// rest is calibrated and loses no more than was measured.
fn prune(all: &mut Boosted, o: &mut OutOfFold, data: &FitRows<'_>, fold: &[u8], allowed: f64) -> Pruning {
    let FoldModels::Grown(models) = &o.models else { unreachable!("what is pruned was grown") };
    let unseen = UnseenRows { coded: data.coded, rows: &o.rows, fold, models };
    let tables = all.tables();
    // By places of the rows: what goes, and the mean loss of calibrated log-odds with all tables.
    let found = |places: &[usize]| -> (Vec<Pruned>, f64) {
        let log_odds: Vec<f64> = places.iter().map(|&place| o.log_odds[place]).collect();
        let rows: Vec<u32> = places.iter().map(|&place| o.rows[place]).collect();
        let bad = RowSet::Some(&rows).gather(data.bad);
        let weight = data.weight.map(|w| RowSet::Some(&rows).gather(w));
        let line = calibrate(&log_odds, &bad, weight.as_deref());
        let loss = |l: &[f64]| line.mean_loss(l, &bad, weight.as_deref());
        let gone = prunable(&tables, &log_odds, &loss, &|over| unseen.effects(over, places), allowed);
        (gone, loss(&log_odds))
    };
    let less = |log_odds: &mut [f64], gone: &[Pruned], places: &[usize]| {
        for p in gone {
            let effects = unseen.effects(p.over, places);
            places.iter().zip(effects).for_each(|(&place, effect)| log_odds[place] -= effect);
        }
    };
    let mut crossed = o.log_odds.clone();
    for k in 0..models.len() {
        let (own, rest): (Vec<usize>, Vec<usize>) =
            (0..o.rows.len()).partition(|&place| usize::from(fold[o.rows[place] as usize]) == k);
        less(&mut crossed, &found(&rest).0, &own);
    }
    let places: Vec<usize> = (0..o.rows.len()).collect();
    let (gone, loss_before) = found(&places);
    let mut left = o.log_odds.clone();
    less(&mut left, &gone, &places);
    (o.full, o.crossed) = (Some(std::mem::replace(&mut o.log_odds, left)), Some(crossed));
    let bad = RowSet::Some(&o.rows).gather(data.bad);
    let weight = data.weight.map(|w| RowSet::Some(&o.rows).gather(w));
    let loss_after = calibrate(&o.log_odds, &bad, weight.as_deref()).mean_loss(&o.log_odds, &bad, weight.as_deref());
    all.without(&gone, data.coded, allowed);
    let name = |j: usize| data.coded[j].name.clone();
    let table = |p: &Pruned| PrunedTable {
        columns: match p.over {
            Over::One(j) => vec![name(j)],
            Over::Pair(both) => both.map(name).to_vec(),
        },
        cost: shorten(p.cost),
    };
    Pruning {
        loss_allowed: allowed,
        loss_before: shorten(loss_before),
        loss_after: shorten(loss_after),
        loss_unseen_before: 0.0,
        loss_unseen_after: 0.0,
        tables: gone.iter().map(table).collect(),
    }
}

/// Places of a fold's rows, and under each penalty its card and their log-odds.
type CardsOfFold = (Vec<usize>, Vec<(Card, Vec<f64>)>);

fn out_of_fold(
    data: &FitRows<'_>,
    all: &Draft,
    fold: &[u8],
    config: &TrainConfig,
    seed: u64,
    progress: &(dyn Fn(Stage) + Sync),
) -> Result<OutOfFold, TrainError> {
    let folds = config.fit.folds;
    let rows = random::stratified_sample(data.bad, config.fit.out_of_fold_rows, folds, seed);
    let bads = data.bad.iter().filter(|&&b| b).count();
    let many = bads.min(data.bad.len() - bads) > MANY_OF_EACH;
    let refined = |l2: f64| l2.is_finite().then_some(l2);
    let penalties: Vec<Option<f64>> = match config.fit.refine_l2.as_slice() {
        [] => vec![None],
        // With much to learn from the penalties hardly differ, and each costs a fit a fold.
        [first, ..] if many => vec![refined(*first)],
        all => all.iter().copied().map(refined).collect(),
    };
    let done = std::sync::atomic::AtomicUsize::new(0);
    let purpose = Purpose::Fold { many_rows: many };
    let one = |k: usize| -> Result<CardsOfFold, TrainError> {
        let others: Vec<usize> = (0..folds).filter(|&f| f != k).collect();
        let (places, rest): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|&j| usize::from(fold[rows[j] as usize]) == k);
        let pick = |places: &[usize]| places.iter().map(|&j| rows[j]).collect::<Vec<u32>>();
        let (own, rest) = (pick(&places), pick(&rest));
        let without = FitRows { folds: &others, rows: RowSet::Some(&rest), later: None, purpose, ..*data };
        let drafted = draft(&without, config, Some(all));
        let cards = penalties
            .iter()
            .map(|&penalty| {
                let card = match &drafted {
                    Ok(d) => finish(d, &without, config, penalty),
                    Err(e) => Err(e.clone()),
                };
                let card = or_odds_alone(card, data, &others)?;
                let log_odds = card.log_odds(data.coded, RowSet::Some(&own), false);
                Ok((card, log_odds))
            })
            .collect::<Result<_, TrainError>>()?;
        progress(Stage::Fold(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, folds));
        Ok((places, cards))
    };
    let by_fold: Vec<_> = (0..folds).into_par_iter().map(one).collect::<Result<_, TrainError>>()?;
    let bad = RowSet::Some(&rows).gather(data.bad);
    let weight = data.weight.map(|w| RowSet::Some(&rows).gather(w));
    let mut candidates: Vec<OutOfFold> = Vec::new();
    for (at, &refine_l2) in penalties.iter().enumerate() {
        let mut log_odds = vec![0.0; rows.len()];
        for (places, cards) in &by_fold {
            places.iter().zip(&cards[at].1).for_each(|(&j, &v)| log_odds[j] = v);
        }
        let models = FoldModels::Cards(by_fold.iter().map(|(_, cards)| cards[at].0.clone()).collect());
        let own =
            OutOfFold { rows: rows.clone(), log_odds, crossed: None, full: None, refine_l2, card_share: None, models };
        candidates.push(own);
    }
    if candidates.len() == 1 {
        return Ok(candidates.remove(0));
    }
    let losses: Vec<Vec<f64>> = candidates
        .iter()
        .map(|c| {
            let pd = cross_calibrated(&c.rows, &c.log_odds, fold, &bad, weight.as_deref(), folds);
            row_losses(&pd, &bad, weight.as_deref())
        })
        .collect();
    Ok(candidates.swap_remove(simplest_of_the_best(&losses, &penalties)))
}

impl Calibration {
    /// PD by log-odds of bad.
    fn pd(self, log_odds: &[f64]) -> Vec<f64> {
        log_odds.iter().map(|l| sigmoid(self.intercept + self.slope * l)).collect()
    }

    /// Mean log-loss, by weight, of log-odds of bad.
    fn mean_loss(self, log_odds: &[f64], bad: &[bool], weight: Option<&[f64]>) -> f64 {
        let all = weight.map_or(bad.len() as f64, |w| w.iter().sum());
        row_losses(&self.pd(log_odds), bad, weight).iter().sum::<f64>() / all
    }
}

/// Log-loss of each row, times its weight.
fn row_losses(pd: &[f64], bad: &[bool], weight: Option<&[f64]>) -> Vec<f64> {
    let loss = |(i, (&pd, &bad)): (usize, (&f64, &bool))| {
        let right = if bad { pd } else { 1.0 - pd };
        -weight.map_or(1.0, |w| w[i]) * right.max(f64::MIN_POSITIVE).ln()
    };
    pd.iter().zip(bad).enumerate().map(loss).collect()
}

/// Of the penalties whose loss is within a standard error of the least, the place of the largest: what is within the
/// noise of the folds is not worth a less plain card.
///
/// The error is that of the mean of paired differences. No penalty stands for an infinite one.
///
/// # Source
/// Breiman, Friedman, Olshen and Stone, *Classification and Regression Trees* (1984), section 3.4.3: the one standard
/// error rule.
fn simplest_of_the_best(losses: &[Vec<f64>], penalties: &[Option<f64>]) -> usize {
    let total = |l: &Vec<f64>| l.iter().sum::<f64>();
    let best = (0..losses.len()).min_by(|&a, &b| total(&losses[a]).total_cmp(&total(&losses[b]))).unwrap_or(0);
    let within = |&at: &usize| {
        let n = losses[at].len() as f64;
        let difference = |(a, b): (&f64, &f64)| a - b;
        let mean = losses[at].iter().zip(&losses[best]).map(difference).sum::<f64>() / n;
        let squares = losses[at].iter().zip(&losses[best]).map(|p| (difference(p) - mean).powi(2)).sum::<f64>();
        mean <= (squares / (n - 1.0) / n).sqrt()
    };
    let penalty = |at: &usize| penalties[*at].unwrap_or(f64::INFINITY);
    (0..losses.len()).filter(within).max_by(|a, b| penalty(a).total_cmp(&penalty(b))).unwrap_or(best)
}

/// Rows of the rarer outcome up to which the penalty of the refinement is chosen out of fold.
const MANY_OF_EACH: usize = 10_000;

/// Log-odds of bad of all rows of some folds.
fn odds_alone(data: &FitRows<'_>, folds: &[usize]) -> f64 {
    let total: Counts = folds.iter().flat_map(|&f| &data.counts[0][f]).copied().sum();
    (total.bads / total.goods).ln()
}

/// A fold whose every column is removed still has an answer: the odds of the others.
fn or_odds_alone(card: Result<Card, CardError>, data: &FitRows<'_>, others: &[usize]) -> Result<Card, TrainError> {
    match card {
        Err(CardError::AllRemoved { removed }) => {
            Ok(Card { columns: Vec::new(), intercept: odds_alone(data, others), removed })
        }
        other => Ok(other?),
    }
}

pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Slope and intercept of the outcome on out-of-fold log-odds.
///
/// Where they do not exist (a constant score, separated classes) or the slope is not positive, the
/// fitted log-odds stand as they are.
fn calibrate(log_odds: &[f64], bad: &[bool], weight: Option<&[f64]>) -> Calibration {
    let as_fitted = Calibration { intercept: 0.0, slope: 1.0 };
    let pd: Vec<f64> = log_odds.iter().map(|&l| sigmoid(l)).collect();
    match validation::calibration_line(&pd, bad, weight) {
        Ok(line) if line.slope.value > 0.05 && line.slope.value < 20.0 && line.intercept.value.is_finite() => {
            Calibration { intercept: line.intercept.value, slope: line.slope.value }
        }
        _ => as_fitted,
    }
}

/// PDs of out-of-fold log-odds whose calibration has not seen the fold either.
fn cross_calibrated(
    rows: &[u32],
    log_odds: &[f64],
    fold: &[u8],
    bad: &[bool],
    weight: Option<&[f64]>,
    folds: usize,
) -> Vec<f64> {
    let mut pd = vec![0.0; rows.len()];
    for k in 0..folds {
        let of = |own: bool| {
            (0..rows.len()).filter(move |&j| (usize::from(fold[rows[j] as usize]) == k) == own).collect::<Vec<_>>()
        };
        let rest = of(false);
        let pick = |v: &[f64]| rest.iter().map(|&j| v[j]).collect::<Vec<f64>>();
        let rest_bad: Vec<bool> = rest.iter().map(|&j| bad[j]).collect();
        let c = calibrate(&pick(log_odds), &rest_bad, weight.map(pick).as_deref());
        for j in of(true) {
            pd[j] = sigmoid(c.intercept + c.slope * log_odds[j]);
        }
    }
    pd
}

/// What moves log-odds of bad from the data's bad rate to that of the population.
///
/// # Source
/// King and Zeng (2001), "Logistic Regression in Rare Events Data", prior correction.
pub(crate) fn population_shift(bad: &[bool], weight: Option<&[f64]>, rate: f64) -> f64 {
    if rate == 0.0 {
        return 0.0;
    }
    let (mut bads, mut all) = (0.0, 0.0);
    for (i, &b) in bad.iter().enumerate() {
        let w = weight.map_or(1.0, |w| w[i]);
        all += w;
        bads += if b { w } else { 0.0 };
    }
    (rate / (1.0 - rate)).ln() - (bads / (all - bads)).ln()
}

/// Figures of the integer points, by code: exactly what scoring the rows would give.
fn points_figures(
    model: &Model,
    tables: &[PointsByCode],
    coded: &[Coded],
    held: bool,
    bad: &[bool],
    weight: Option<&[f64]>,
) -> Result<Headline, TrainError> {
    let mut scores = vec![model.file().base_points; bad.len()];
    for table in tables {
        table.add(&mut scores, |column| if held { &coded[column].held } else { &coded[column].codes });
    }
    let pd: Vec<f64> = scores.iter().map(|&s| model.pd(s).expect("a trained model has PDs")).collect();
    Ok(headline(&pd, bad, weight)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_out_rows_without_figures_say_why() {
        let mut config = TrainConfig::default();
        let one_score = || Err(TrainError::OneScore { pd: 0.5 });
        let mut why = |bad: &[bool], weight: Option<&[f64]>, time: &str| {
            config.columns.time = time.into();
            let (figures, reason) = out_of_time(bad, weight, &config, one_score).expect("no error");
            assert!(figures.is_none());
            reason.expect("a reason")
        };
        assert!(why(&[], None, "").contains("needs a time column"));
        assert!(why(&[], None, "year").contains("one period"));
        assert!(why(&[true, true], None, "year").contains("one outcome"));
        assert!(why(&[true, false], Some(&[1.0, 0.0]), "year").contains("one outcome"), "a weight of 0 is no row");
        assert!(why(&[true, false], None, "year").contains("one score"));
    }

    #[test]
    fn what_is_within_the_noise_is_not_worth_a_less_plain_card() {
        let penalties = [Some(8.0), Some(25.0), None];
        let base: Vec<f64> = (0..100).map(|i| f64::from(i % 7)).collect();
        let shifted = |mean: f64, spread: f64| {
            let row = |(i, l): (usize, &f64)| l + mean + if i % 2 == 0 { spread } else { -spread };
            base.iter().enumerate().map(row).collect::<Vec<f64>>()
        };
        // The standard error of the mean of a hundred differences of ±1 is 0.1.
        let check = |second: f64, third: f64| {
            simplest_of_the_best(&[base.clone(), shifted(second, 1.0), shifted(third, 1.0)], &penalties)
        };
        assert_eq!(check(0.05, 0.05), 2);
        assert_eq!(check(0.05, 0.2), 1);
        assert_eq!(check(0.2, 0.05), 2);
        assert_eq!(check(0.2, 0.2), 0);
        assert_eq!(simplest_of_the_best(&[base.clone(), base], &[Some(25.0), Some(8.0)]), 0);
    }
}
