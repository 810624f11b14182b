//! A scorecard from few outcomes: fitted under a Gaussian prior that is centred on a card that is there already.
//!
//! A new scheme has few bads, and an expert's card, or one trained on another period or segment. With `c_t` what table `t` of
//! that card says, in log-odds of bad, the fit is
//!
//! `log-odds of bad = intercept + sum over tables of (weight_t * c_t(bin) + move_t(bin))`
//!
//! `weight_t ~ N(slope, v²)`, `slope ~ N(1, s²)`, `move_t(bin) ~ N(0, (m * sd(c_t))²)`, alike in neighbouring intervals. The
//! intercept is free. How wide `s`, `v` and `m` are is not chosen: all of a grid count, each by how likely it makes the
//! outcomes (Laplace's approximation) times an exponential prior that prefers the card as it stands. With no news the card
//! stays; with news against it `v` grows and the card is forgotten.
//!
//! The result is a model on the card's own bins.

mod card;
mod laplace;

use crate::assemble::{Calibration, Head, assemble_tables, shorten, spread};
use crate::config::TrainConfig;
use crate::direction::{keeps, opposite, projected};
use crate::error::TrainError;
use crate::figures::TrainingFigures;
use crate::optimal::{Counts, bin_iv, woe};
use crate::prepared::Prepared;
use crate::random;
use crate::train::{SPAN_MAX, Stage, Trained, TrainingTable, out_of_time, population_shift, sigmoid};
use card::{Basis, Bins, PriorCard, Spread, bins_of};
use laplace::{Mode, Outcomes};
use primitives::Column;
use rayon::prelude::*;
use scoring::{
    Attribute, Bin, Characteristic, Direction, Kind, Model, Origin, PriorMove, PriorRecord, Table, TwoWayTable,
};
use validation::{Headline, headline};

/// Standard deviations that are tried, with odds behind the card's points and without.
const SLOPES: [[f64; 2]; 2] = [[0.25, 1.0], [0.5, 2.0]];
const WEIGHTS: [f64; 4] = [0.0, 0.2, 0.5, 1.2];
const BINS: [f64; 4] = [0.0, 0.2, 0.5, 1.0];
/// Rate of the exponential prior on each of them: a deviation of one half has the weight of `exp(-1.5)` beside none.
///
/// # Source
/// Simpson, Rue, Riebler, Martins and Sørbye (2017), "Penalising model component complexity".
const RATE: f64 = 3.0;
/// Rows that are fitted on at most, and of the rarer outcome at least, where there are so many. The rarer outcome tells
/// nearly all; with more of either than this a card of one's own is better.
const ROWS: usize = 2_000;
const OF_EACH: usize = 1_000;

/// Trains a scorecard under a prior that is centred on a card.
///
/// - `card`: any model, with PD or without. Its bins stay; columns of the data that it does not know take no part.
/// - `config`: the direction of a column (`columns.direction`) is kept exactly. Otherwise a table keeps the card's direction, or
///   has the opposite one where the data turn its weight round, which the record says. What is about binning, selection
///   and methods has no part.
///
/// The model has no negative list and no line, whatever the card has: those rest on its points.
///
/// # Errors
/// [`TrainError`]: as [`crate::train`]; [`TrainError::PriorColumn`] where the data have not a column that the card reads,
/// [`TrainError::PriorColumnUsed`] where the configuration gives it another part, [`TrainError::Prior`] where its type differs.
pub fn train_with_prior(
    card: &Model,
    table: TrainingTable<'_>,
    config: &TrainConfig,
    seed: u64,
    progress: &(dyn Fn(Stage) + Sync),
) -> Result<Trained, TrainError> {
    progress(Stage::Coding);
    let work = Work::new(card, &table, config, seed)?;
    progress(Stage::Fitting);
    let model = work.model(&table, config, seed)?;
    progress(Stage::Figures);
    let bad = &work.prepared.bad;
    let (weight, held_weight) = work.prepared.weights();
    let folds = config.fit.folds;
    let done = std::sync::atomic::AtomicUsize::new(0);
    let one = |k: usize| -> Result<Vec<(usize, f64)>, TrainError> {
        let (own, rest): (Vec<usize>, Vec<usize>) =
            (0..bad.len()).partition(|&i| usize::from(work.prepared.fold[i]) == k);
        let posterior = work.posterior(&rest, config, seed)?;
        progress(Stage::Fold(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, folds));
        Ok(own.iter().map(|&i| (i, sigmoid(posterior.log_odds(&work.bins[0], i)))).collect())
    };
    let by_fold: Vec<_> = (0..folds).into_par_iter().map(one).collect::<Result<_, TrainError>>()?;
    let mut crossed = vec![0.0; bad.len()];
    by_fold.into_iter().flatten().for_each(|(i, pd)| crossed[i] = pd);
    let held_bad = &work.prepared.held_bad;
    let held = || figures_of(&model, &table, &work.prepared.rows[1], held_bad, held_weight);
    let (out_of_time, out_of_time_not_applicable) = out_of_time(held_bad, held_weight, config, held)?;
    let figures = TrainingFigures {
        figures_version: 1,
        model_digest: model.digest().clone(),
        in_sample: figures_of(&model, &table, &work.prepared.rows[0], bad, weight)?,
        out_of_fold: headline(&crossed, bad, weight)?,
        out_of_fold_rows: bad.len() as u64,
        out_of_time,
        out_of_time_not_applicable,
        refine_l2: None,
        card_share: None,
        pruning: None,
        calibration_slope: 1.0,
        calibration_intercept: population_shift(bad, weight, config.calibration.population_bad_rate),
        choice: None,
    };
    Ok(Trained { model, figures })
}

/// The model of [`train_with_prior`] without its figures, which take most of the time.
///
/// # Errors
/// As [`train_with_prior`].
pub fn fit_with_prior(
    card: &Model,
    table: TrainingTable<'_>,
    config: &TrainConfig,
    seed: u64,
) -> Result<Model, TrainError> {
    Work::new(card, &table, config, seed)?.model(&table, config, seed)
}

/// The rows and the card, ready to fit.
struct Work<'a> {
    prior: &'a Model,
    prepared: Prepared,
    card: PriorCard,
    /// Of the rows that are fitted on, and of those held out.
    bins: [Bins; 2],
}

impl<'a> Work<'a> {
    fn new(prior: &'a Model, table: &TrainingTable<'_>, config: &TrainConfig, seed: u64) -> Result<Self, TrainError> {
        let read: Vec<String> = prior.file().characteristics.iter().map(|c| c.name.clone()).collect();
        for name in &read {
            if !table.names.contains(name) {
                return Err(TrainError::PriorColumn { column: name.clone(), columns: table.names.to_vec() });
            }
            let c = &config.columns;
            let parts = [
                (name == table.target, "--target"),
                (*name == c.time, "columns.time"),
                (*name == c.weight, "columns.weight"),
                (c.exclude.contains(name), "columns.exclude"),
                (c.protected.contains(name), "columns.protected"),
            ];
            if let Some((_, named_in)) = parts.into_iter().find(|(named, _)| *named) {
                return Err(TrainError::PriorColumnUsed { column: name.clone(), named_in });
            }
        }
        let views: Vec<_> =
            table.names.iter().map(String::as_str).zip(table.columns.iter().map(Column::view)).collect();
        let batch = prior.bind(&views).map_err(TrainError::Prior)?;
        let mut own = config.clone();
        own.columns.include = read;
        let prepared = Prepared::new(table, &own, seed)?;
        let [fit, held] = &prepared.rows;
        let bins = [bins_of(prior, &batch, fit)?, bins_of(prior, &batch, held)?];
        let card = PriorCard::new(prior, &bins[0]);
        Ok(Self { prior, prepared, card, bins })
    }

    /// Fits on some of the rows to fit on.
    fn posterior(&self, rows: &[usize], config: &TrainConfig, seed: u64) -> Result<Posterior, TrainError> {
        let bad = &self.prepared.bad;
        let weight_of = |i: usize| self.prepared.weights().0.map_or(1.0, |w| w[i]);
        let log_odds = |rows: &mut dyn Iterator<Item = usize>| {
            let mut sums = [0.0; 2];
            rows.for_each(|i| sums[usize::from(bad[i])] += weight_of(i));
            (sums[1] / sums[0]).ln()
        };
        let some: Vec<usize> = match rows.len() > ROWS {
            true => {
                let mut drawn = random::enriched(rows.iter().map(|&i| i as u32), bad, ROWS, OF_EACH);
                drawn.sort_by_key(|&i| random::at(seed, u64::from(i)));
                drawn.into_iter().map(|i| i as usize).collect()
            }
            false => rows.to_vec(),
        };
        let prevalence = log_odds(&mut some.iter().copied());
        let whole = log_odds(&mut rows.iter().copied());
        let bins = &self.bins[0];
        let said: Vec<f64> = some.iter().map(|&i| self.card.sum(bins, i)).collect();
        let centre = prevalence - said.iter().sum::<f64>() / said.len().max(1) as f64;
        let offset: Vec<f64> = said.iter().map(|s| s + centre).collect();
        let own_bad: Vec<bool> = some.iter().map(|&i| bad[i]).collect();
        let own_weight: Vec<f64> = some.iter().map(|&i| weight_of(i)).collect();
        let y = Outcomes { bad: &own_bad, weight: &own_weight, offset: &offset };
        let basis = Basis::new(&self.card, bins, &some);
        let slopes = SLOPES[usize::from(!self.card.has_odds)];
        let chains: Vec<(f64, f64)> =
            slopes.iter().flat_map(|&slope| WEIGHTS.iter().map(move |&weight| (slope, weight))).collect();
        // Along a chain each mode starts where the one before ended.
        let chain = |(slope, weight): (f64, f64)| {
            let mut modes: Vec<(Spread, Mode)> = Vec::with_capacity(BINS.len());
            for bin in BINS {
                let spread = Spread { slope, weight, bin };
                let start = modes.last().map(|(_, mode)| mode.residual.as_slice());
                if let Some(mode) = basis.mode(spread, y, start) {
                    modes.push((spread, mode));
                }
            }
            modes
        };
        let modes: Vec<(Spread, Mode)> =
            chains.into_par_iter().map(chain).collect::<Vec<_>>().into_iter().flatten().collect();
        let posterior = self.averaged(&modes, &said, &some, centre);
        let Some(mut posterior) = posterior else {
            return Err(TrainError::PriorNotFitted { rows: some.len() });
        };
        // Of a sample that has more bads than all rows have, only the intercept is another.
        posterior.intercept += whole - prevalence;
        posterior.intercept += population_shift(bad, self.prepared.weights().0, config.calibration.population_bad_rate);
        posterior.directed(self, config);
        Ok(posterior)
    }

    /// The mean over spreads, each counted by how likely it makes the outcomes.
    fn averaged(&self, modes: &[(Spread, Mode)], said: &[f64], rows: &[usize], centre: f64) -> Option<Posterior> {
        let log_weight = |(s, mode): &(Spread, Mode)| mode.log_evidence - RATE * (s.slope + s.weight + s.bin);
        let most = modes.iter().map(log_weight).max_by(f64::total_cmp)?;
        let share: Vec<f64> = modes.iter().map(|m| (log_weight(m) - most).exp()).collect();
        let all: f64 = share.iter().sum();
        let tables = &self.card.tables;
        let mut out = Posterior {
            intercept: centre,
            slope: 1.0,
            spread: Spread { slope: 0.0, weight: 0.0, bin: 0.0 },
            weight: vec![0.0; tables.len()],
            moved: tables.iter().map(|t| vec![0.0; t.effect.len()]).collect(),
            effect: Vec::new(),
            direction: Vec::new(),
        };
        for ((spread, mode), share) in modes.iter().zip(&share) {
            let share = share / all;
            let r = &mode.residual;
            out.intercept += share * Basis::intercept(r);
            out.slope += share * spread.slope.powi(2) * said.iter().zip(r).map(|(s, r)| s * r).sum::<f64>();
            out.spread.slope += share * spread.slope;
            out.spread.weight += share * spread.weight;
            out.spread.bin += share * spread.bin;
            for (t, table) in tables.iter().enumerate() {
                let mut sums = vec![0.0; table.effect.len()];
                rows.iter().zip(r).for_each(|(&i, r)| sums[self.bins[0][t][i] as usize] += r);
                let along = sums.iter().zip(&table.effect).map(|(s, e)| s * e).sum::<f64>();
                out.weight[t] += share * spread.weight.powi(2) * along;
                let moved = table.moved(&sums, spread.bin);
                out.moved[t].iter_mut().zip(&moved).for_each(|(m, by)| *m += share * by);
            }
        }
        out.weight.iter_mut().for_each(|w| *w += out.slope);
        Some(out)
    }

    /// The model of all rows.
    fn model(&self, table: &TrainingTable<'_>, config: &TrainConfig, seed: u64) -> Result<Model, TrainError> {
        let all: Vec<usize> = (0..self.prepared.bad.len()).collect();
        let posterior = self.posterior(&all, config, seed)?;
        let span: f64 = posterior.effect.iter().map(|e| spread(e)).sum::<f64>() * config.scale.factor();
        if span.ceil() > SPAN_MAX as f64 {
            return Err(TrainError::ScoreSpan { span: span.ceil().min(1e15) as i64, allowed: SPAN_MAX });
        }
        let file = self.prior.file();
        let tables: Vec<Table> = (0..file.tables.len()).map(|t| self.table(t, &posterior, config)).collect();
        let label = |given: Option<&String>, own: &str| given.cloned().unwrap_or_else(|| own.to_owned());
        let characteristics: Vec<Characteristic> = file
            .characteristics
            .iter()
            .map(|c| Characteristic {
                name: c.name.clone(),
                kind: c.kind,
                label_zh: label(config.columns.label_zh.get(&c.name), &c.label_zh),
                label_en: label(config.columns.label_en.get(&c.name), &c.label_en),
                direction: match c.kind {
                    Kind::Text => None,
                    Kind::Number => {
                        let of =
                            |t: &Table| matches!(t, Table::OneWay { characteristic, .. } if *characteristic == c.name);
                        file.tables.iter().position(of).map_or(c.direction, |t| posterior.direction[t])
                    }
                },
            })
            .collect();
        let prior = Some(self.record(&posterior, config));
        let origin = Origin { prior, ..self.prepared.origin(table, config, seed) };
        let head = Head { method: "prior_card", intercept: posterior.intercept, characteristics };
        let as_fitted = Calibration { intercept: 0.0, slope: 1.0 };
        Ok(Model::from_file(assemble_tables(head, tables, as_fitted, config, origin))?)
    }

    fn record(&self, posterior: &Posterior, config: &TrainConfig) -> PriorRecord {
        let file = self.prior.file();
        let table = |(t, table): (usize, &Table)| {
            let (w, own) = (&self.card.tables[t].weight, &posterior.effect[t]);
            let by_weight: Vec<f64> = (0..own.len()).map(|b| posterior.weight[t] * self.raw(t, b)).collect();
            let all: f64 = w.iter().sum::<f64>().max(f64::MIN_POSITIVE);
            let difference = |b: usize| own[b] - by_weight[b];
            let mean = (0..own.len()).map(|b| w[b] * difference(b)).sum::<f64>() / all;
            let square = (0..own.len()).map(|b| w[b] * (difference(b) - mean).powi(2)).sum::<f64>() / all;
            PriorMove {
                table: match table {
                    Table::OneWay { characteristic, .. } => characteristic.clone(),
                    Table::TwoWay(pair) => pair.pair.join("*"),
                },
                weight: shorten(posterior.weight[t]),
                bins_moved: shorten(square.sqrt() * config.scale.factor()),
                contradicted: posterior.weight[t] < 0.0,
            }
        };
        let spread = posterior.spread;
        PriorRecord {
            model_id: file.model_id.clone(),
            model_version: file.model_version.clone(),
            digest: self.prior.digest().clone(),
            slope: shorten(posterior.slope),
            weight_sd: shorten(spread.weight),
            bin_sd: shorten(spread.bin),
            lambda: (spread.weight > 1e-6).then(|| shorten(spread.weight.powi(-2))),
            tables: file.tables.iter().enumerate().map(table).collect(),
        }
    }

    /// What the card says of a bin, not centred: 0 where it gives no points.
    fn raw(&self, t: usize, bin: usize) -> f64 {
        self.card.tables[t].effect[bin] + self.card.tables[t].mean
    }

    fn table(&self, t: usize, posterior: &Posterior, config: &TrainConfig) -> Table {
        let factor = config.scale.factor();
        let mut points: Vec<i32> = posterior.effect[t].iter().map(|e| (-factor * e).round() as i32).collect();
        let prepared = &self.prepared;
        let mut counts = vec![Counts::default(); points.len()];
        for (i, &bad) in prepared.bad.iter().enumerate() {
            let weight = prepared.weights().0.map_or(1.0, |w| w[i]);
            let own = &mut counts[self.bins[0][t][i] as usize];
            *(if bad { &mut own.bads } else { &mut own.goods }) += weight;
        }
        let total: Counts = counts.iter().copied().sum();
        let smoothing = config.binning.smoothing.max(0.5);
        match &self.prior.file().tables[t] {
            Table::OneWay { characteristic, bins, .. } => {
                let withheld = |b: &Bin| b.attribute == Attribute::NotAuthorised;
                let lowest = bins.iter().zip(&points).filter(|(b, _)| !withheld(b)).map(|(_, p)| *p).min().unwrap_or(0);
                let bin = |(k, b): (usize, &Bin)| Bin {
                    attribute: b.attribute.clone(),
                    points: if withheld(b) { lowest } else { points[k] },
                    goods: counts[k].goods,
                    bads: counts[k].bads,
                    woe: shorten(woe(counts[k], total, smoothing).unwrap_or(0.0)),
                };
                Table::OneWay {
                    characteristic: characteristic.clone(),
                    iv: Some(shorten(counts.iter().filter_map(|&c| bin_iv(c, total, smoothing)).sum())),
                    coefficient: Some(shorten(posterior.weight[t])),
                    standard_error: None,
                    p_value: None,
                    bins: bins.iter().enumerate().map(bin).collect(),
                }
            }
            Table::TwoWay(pair) => {
                let width = pair.columns.len();
                let withheld = |axis: &[Attribute]| axis.iter().position(|a| *a == Attribute::NotAuthorised);
                if let Some(row) = withheld(&pair.rows) {
                    for c in 0..width {
                        let others = (0..pair.rows.len()).filter(|r| *r != row).map(|r| points[r * width + c]);
                        points[row * width + c] = others.min().unwrap_or(0);
                    }
                }
                if let Some(column) = withheld(&pair.columns) {
                    for r in 0..pair.rows.len() {
                        let others = (0..width).filter(|c| *c != column).map(|c| points[r * width + c]);
                        points[r * width + column] = others.min().unwrap_or(0);
                    }
                }
                let points = points.chunks(width.max(1)).map(<[i32]>::to_vec).collect();
                Table::TwoWay(TwoWayTable {
                    pair: pair.pair.clone(),
                    rows: pair.rows.clone(),
                    columns: pair.columns.clone(),
                    points,
                })
            }
        }
    }
}

/// What is known after the data.
struct Posterior {
    /// Log-odds of bad where every effect is zero.
    intercept: f64,
    slope: f64,
    /// Mean over the grid.
    spread: Spread,
    /// Weight per table.
    weight: Vec<f64>,
    /// Per table and bin what it moves by beside that.
    moved: Vec<Vec<f64>>,
    /// Per table and bin the log-odds of bad, not centred.
    effect: Vec<Vec<f64>>,
    /// Direction per table.
    direction: Vec<Option<Direction>>,
}

impl Posterior {
    /// Puts weights and moves together, in the direction that each table has.
    fn directed(&mut self, work: &Work<'_>, config: &TrainConfig) {
        for (t, table) in work.prior.file().tables.iter().enumerate() {
            let own = &work.card.tables[t];
            // `weight * effect` as a part of the points and not of what is centred: the intercept takes the mean.
            self.intercept -= self.weight[t] * own.mean;
            let mut effect: Vec<f64> =
                (0..own.effect.len()).map(|b| self.weight[t] * work.raw(t, b) + self.moved[t][b]).collect();
            let mut direction = None;
            if let Table::OneWay { characteristic, bins, .. } = table {
                let stated = work.prior.position(characteristic).map(|c| &work.prior.file().characteristics[c]);
                let ordered = bins.iter().filter(|b| matches!(b.attribute, Attribute::Interval(_))).count();
                let points: Vec<i32> = bins[..ordered].iter().map(|b| b.points).collect();
                // A card that says one direction and gives points in the other has that of its points.
                let own_direction = stated.and_then(|c| c.direction).map(|d| {
                    let fits = [d, opposite(d)].into_iter().find(|d| keeps(&points, *d));
                    fits.unwrap_or(Direction::Free)
                });
                let turned = own_direction.map(|d| if self.weight[t] < 0.0 { opposite(d) } else { d });
                direction = config.stated_direction(characteristic).or(turned);
                if let Some(direction) = direction {
                    let weights: Vec<f64> = own.weight[..ordered].iter().map(|w| w + 0.5).collect();
                    let safety: Vec<f64> = effect[..ordered].iter().map(|e| -e).collect();
                    let fitted = projected(&safety, &weights, direction);
                    effect.iter_mut().zip(fitted).for_each(|(e, f)| *e = -f);
                }
            }
            self.effect.push(effect);
            self.direction.push(direction);
        }
    }

    /// Log-odds of bad of a row of `bins`.
    fn log_odds(&self, bins: &Bins, row: usize) -> f64 {
        self.intercept + self.effect.iter().zip(bins).map(|(e, b)| e[b[row] as usize]).sum::<f64>()
    }
}

/// Figures of the integer points on some rows of a table.
fn figures_of(
    model: &Model,
    table: &TrainingTable<'_>,
    rows: &[u32],
    bad: &[bool],
    weight: Option<&[f64]>,
) -> Result<Headline, TrainError> {
    let views: Vec<_> = table.names.iter().map(String::as_str).zip(table.columns.iter().map(Column::view)).collect();
    let batch = model.bind(&views)?;
    let mut scores = vec![0; batch.rows()];
    batch.score(0..batch.rows(), &mut scores)?;
    let pd: Vec<f64> = rows.iter().filter_map(|&i| model.pd(scores[i as usize])).collect();
    Ok(headline(&pd, bad, weight)?)
}

#[cfg(test)]
mod tests;
