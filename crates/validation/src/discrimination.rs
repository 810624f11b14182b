//! How well a score ranks: AUC with its variance, Gini, KS, and the curves behind them.
//!
//! Every function takes a score of which a higher value is *safer*. Pass `-pd` to rank by a PD.

use crate::distribution::{Z_95, normal_sf, normal_two_sided};
use crate::ranking::{Ranking, TieGroup};
use crate::text::{Hypothesis, Reason};
use crate::{Error, Outcome, TestResult, check};
use serde::{Deserialize, Serialize};

/// Area under the ROC curve with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Auc {
    /// Rows with a weight above zero.
    pub n: u64,
    /// Bads among them.
    pub bads: u64,
    /// Probability that a random good has a higher score than a random bad, ties counted half; in `0..=1`.
    pub auc: f64,
    /// `2 * auc - 1`, in `-1..=1`; also called accuracy ratio.
    pub gini: f64,
    /// DeLong variance of `auc`.
    pub variance: Outcome<f64>,
    /// Lower end of the two-sided 95% interval, in `0..=1`.
    pub lo: f64,
    /// Upper end of the interval, in `0..=1`.
    pub hi: f64,
    /// How the interval was made.
    pub interval: AucInterval,
}

/// How the interval of an AUC was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AucInterval {
    /// DeLong variance on the logit of the AUC, so that the ends stay inside `0..1`.
    DelongLogit,
    /// Newcombe's method 5, which holds where the DeLong variance is zero (AUC of 0 or 1) or needs more rows.
    Newcombe,
}

/// Two scores of the same rows compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AucComparison {
    /// AUC of the first score.
    pub auc_a: f64,
    /// AUC of the second score.
    pub auc_b: f64,
    /// `auc_a - auc_b`.
    pub difference: f64,
    /// Lower end of the two-sided 95% interval of the difference.
    pub lo: Outcome<f64>,
    /// Upper end of the interval of the difference.
    pub hi: Outcome<f64>,
    /// DeLong's test, two-sided; the statistic is a standard normal under H0.
    pub test: Outcome<TestResult>,
}

/// Greatest distance between the distributions of bads and goods.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ks {
    /// `max |F_bad(s) - F_good(s)|` over scores `s`, in `0..=1`.
    pub ks: f64,
    /// The lowest score at which it occurs: the shares are of rows at or below this score.
    pub score: f64,
    /// Share of bads at or below the score.
    pub bad_share: f64,
    /// Share of goods at or below the score.
    pub good_share: f64,
}

/// One point of the curves of a score: all rows at or below `score`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// The score up to which rows are counted.
    pub score: f64,
    /// Share of all rows (horizontal axis of the CAP curve).
    pub row_share: f64,
    /// Share of goods (horizontal axis of the ROC curve).
    pub good_share: f64,
    /// Share of bads (vertical axis of both).
    pub bad_share: f64,
}

/// AUC, Gini and a 95% interval.
///
/// `AUC = [#(good > bad) + 1/2 #(good = bad)] / (goods * bads)` over pairs of scores, by one sort. The variance is
/// DeLong's: `s^2 = Var(V10) / bads + Var(V01) / goods` with sample variances (`n - 1`), where `V10` is a bad's share
/// of goods above it and `V01` a good's share of bads below it.
///
/// - `score`: finite, higher is safer, length `n`.
/// - `bad`: outcome per row, same length.
/// - `weight`: 0 or more per row; a row of weight 0 takes no part. Pairs count the product of their weights; the
///   variance is that of a weighted mean, so equal weights of any size give the unweighted variance.
///
/// The interval is DeLong's on the logit scale, `logit(auc) +- 1.96 s / (auc (1 - auc))`. Where that variance is zero
/// or needs a second bad or good, it is Newcombe's method 5; [`Auc::interval`] says which.
///
/// # Errors
/// [`Error::LengthMismatch`], [`Error::NotFinite`], [`Error::NegativeWeight`]; [`Error::EmptySample`] when no row has
/// weight; [`Error::OneClass`] without a bad or a good; [`Error::ConstantInput`] when all scores are equal.
///
/// # Examples
/// ```
/// use validation::{Error, auc};
/// let a = auc(&[300.0, 420.0, 420.0, 500.0], &[true, true, false, false], None).unwrap();
/// assert_eq!(a.auc, 0.875);
/// assert_eq!(a.gini, 0.75);
/// let refused = auc(&[300.0, 420.0], &[false, false], None);
/// assert_eq!(refused, Err(Error::OneClass { bads: 0, goods: 2 }));
/// ```
/// # Source
/// DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988); Newcombe, Statistics in Medicine 25 (2006), 559-573; ECB,
/// Instructions for reporting the validation results of internal models (2019), 2.5.3.
pub fn auc(score: &[f64], bad: &[bool], weight: Option<&[f64]>) -> Result<Auc, Error> {
    let ranking = Ranking::new("score", score, bad, weight)?;
    ranking.needs_both_classes("score")?;
    Ok(auc_of(&ranking, &ranking.groups))
}

/// AUC of a sample with both classes; `groups` stand with the riskiest first.
pub(crate) fn auc_of(ranking: &Ranking, groups: &[TieGroup]) -> Auc {
    let (bads, goods) = (ranking.bads, ranking.goods);
    let mut pairs_won = 0.0;
    let mut goods_left = goods;
    for g in groups {
        goods_left -= g.goods;
        pairs_won += g.bads * (goods_left + 0.5 * g.goods);
    }
    // Rounding of fractional weights may leave the range by one unit in the last place.
    let auc = (pairs_won / (bads * goods)).clamp(0.0, 1.0);
    let variance = delong_variance(ranking, groups, auc);
    let (lo, hi, interval) = auc_interval(auc, variance, ranking.bad_rows as f64, ranking.good_rows as f64);
    Auc {
        n: ranking.bad_rows + ranking.good_rows,
        bads: ranking.bad_rows,
        auc,
        gini: 2.0 * auc - 1.0,
        variance,
        lo,
        hi,
        interval,
    }
}

fn delong_variance(ranking: &Ranking, groups: &[TieGroup], auc: f64) -> Outcome<f64> {
    if ranking.bad_rows < 2 || ranking.good_rows < 2 {
        return Reason::TooFewForVariance.into();
    }
    let (bads, goods) = (ranking.bads, ranking.goods);
    let (mut bad_part, mut good_part) = (0.0, 0.0);
    let (mut goods_left, mut bads_before) = (goods, 0.0);
    for g in groups {
        goods_left -= g.goods;
        let goods_above = (goods_left + 0.5 * g.goods) / goods;
        let bads_below = (bads_before + 0.5 * g.bads) / bads;
        bads_before += g.bads;
        bad_part += g.bads_squared * (goods_above - auc).powi(2);
        good_part += g.goods_squared * (bads_below - auc).powi(2);
    }
    let correction = |rows: u64| rows as f64 / (rows as f64 - 1.0);
    Outcome::Value(
        bad_part / (bads * bads) * correction(ranking.bad_rows)
            + good_part / (goods * goods) * correction(ranking.good_rows),
    )
}

fn auc_interval(auc: f64, variance: Outcome<f64>, bads: f64, goods: f64) -> (f64, f64, AucInterval) {
    match variance {
        Outcome::Value(v) if v > 0.0 && 0.0 < auc && auc < 1.0 => {
            let logit = (auc / (1.0 - auc)).ln();
            let half = Z_95 * v.sqrt() / (auc * (1.0 - auc));
            let back = |x: f64| 1.0 / (1.0 + (-x).exp());
            (back(logit - half), back(logit + half), AucInterval::DelongLogit)
        }
        _ => {
            let (lo, hi) = newcombe_interval(auc, bads, goods);
            (lo, hi, AucInterval::Newcombe)
        }
    }
}

/// The values `t` with `|auc - t| <= 1.96 sqrt(V(t))`, where `V` is Newcombe's variance for an AUC of `t`.
fn newcombe_interval(auc: f64, bads: f64, goods: f64) -> (f64, f64) {
    let extra = (bads + goods) / 2.0 - 1.0;
    let inside = |t: f64| {
        let v = t * (1.0 - t) * (1.0 + extra * (1.0 - t) / (2.0 - t) + extra * t / (1.0 + t)) / (bads * goods);
        (auc - t).powi(2) <= Z_95 * Z_95 * v
    };
    // `V` is zero at both ends, so each end of the interval lies between `auc` and 0 or 1.
    let end = |outer: f64| {
        if auc == outer {
            return outer;
        }
        let (mut within, mut without) = (auc, outer);
        for _ in 0..200 {
            let middle = 0.5 * (within + without);
            if inside(middle) { within = middle } else { without = middle }
        }
        within
    };
    (end(0.0), end(1.0))
}

/// Tests whether discrimination fell below that of the initial validation.
///
/// `S = (auc_initial - auc) / s`, `p = 1 - Phi(S)`, with the initial AUC taken as a fixed number.
/// H0: the current AUC is at least the initial one; one-sided, rejected when `p < alpha`.
///
/// - `current`: from [`auc`]; not applicable when its variance is missing or zero.
/// - `auc_initial`: in `0..=1`. `alpha`: in `0..=1`.
///
/// # Errors
/// [`Error::NotFinite`] and [`Error::OutOfRange`] for the two numbers.
///
/// # Examples
/// ```
/// let score = [-0.9, -0.8, -0.7, -0.55, -0.3, -0.85, -0.6, -0.5, -0.4, -0.35, -0.3, -0.2, -0.1];
/// let bad: Vec<bool> = (0..13).map(|i| i < 5).collect();
/// let current = validation::auc(&score, &bad, None).unwrap();
/// let test = validation::auc_test_against_initial(&current, 0.85, 0.05).unwrap();
/// assert!((test.value().unwrap().p_value - 0.280993789978).abs() < 1e-9);
/// assert!(validation::auc_test_against_initial(&current, 1.5, 0.05).is_err());
/// ```
/// # Source
/// ECB, Instructions for reporting the validation results of internal models (2019), 2.5.3.
pub fn auc_test_against_initial(current: &Auc, auc_initial: f64, alpha: f64) -> Result<Outcome<TestResult>, Error> {
    check::argument("initial auc", auc_initial, 0.0, 1.0)?;
    check::argument("alpha", alpha, 0.0, 1.0)?;
    Ok(match current.variance {
        Outcome::NotApplicable(n) => Outcome::NotApplicable(n),
        Outcome::Value(v) if v <= 0.0 => Reason::ZeroVariance.into(),
        Outcome::Value(v) => {
            let s = (auc_initial - current.auc) / v.sqrt();
            Outcome::Value(TestResult::new(Hypothesis::AucNotBelowInitial, s, normal_sf(s), alpha))
        }
    })
}

/// DeLong's paired test of two scores of the same rows.
///
/// `z = (auc_a - auc_b) / sqrt(Var)`, where the variance counts that both scores rank the same enterprises.
/// H0: both AUC are equal; two-sided, rejected when `p < alpha`. Not applicable when the variance is zero (the two
/// scores rank alike) or when there is a single bad or good.
///
/// - `score_a`, `score_b`: finite, higher is safer, length `n`. They may be on different scales.
/// - `bad`: outcome per row, same length. `alpha`: in `0..=1`.
///
/// # Errors
/// As [`auc`], for either score; [`Error::OutOfRange`] for `alpha`.
///
/// # Examples
/// ```
/// let bad = [true, true, true, false, false, false, false];
/// let old = [1.0, 3.0, 5.0, 2.0, 4.0, 6.0, 7.0];
/// let new = [1.0, 2.0, 4.0, 3.0, 5.0, 6.0, 7.0];
/// let c = validation::paired_auc_test(&new, &old, &bad, 0.05).unwrap();
/// assert!(c.difference > 0.0 && !c.test.value().unwrap().is_rejected());
/// ```
/// # Source
/// DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988), 837-845.
pub fn paired_auc_test(score_a: &[f64], score_b: &[f64], bad: &[bool], alpha: f64) -> Result<AucComparison, Error> {
    check::argument("alpha", alpha, 0.0, 1.0)?;
    check::same_length("second score", score_a.len(), score_b.len())?;
    let (auc_a, placement_a) = placements(score_a, bad)?;
    let (auc_b, placement_b) = placements(score_b, bad)?;
    let difference = auc_a - auc_b;

    // The difference of two placements has the variance that counts their covariance.
    let (mut squares, mut rows) = ([0.0; 2], [0.0; 2]);
    for ((a, b), bad) in placement_a.iter().zip(&placement_b).zip(bad) {
        squares[usize::from(*bad)] += (a - b - difference).powi(2);
        rows[usize::from(*bad)] += 1.0;
    }
    if rows[0] < 2.0 || rows[1] < 2.0 {
        let reason = Reason::TooFewForVariance;
        return Ok(AucComparison {
            auc_a,
            auc_b,
            difference,
            lo: reason.into(),
            hi: reason.into(),
            test: reason.into(),
        });
    }
    let variance: f64 = (0..2).map(|c| squares[c] / (rows[c] - 1.0) / rows[c]).sum();
    let standard_error = variance.sqrt();
    // Two scores that rank alike leave rounding only.
    let test = if standard_error < 1e-12 {
        Reason::ZeroVariance.into()
    } else {
        let z = difference / standard_error;
        Outcome::Value(TestResult::new(Hypothesis::EqualAuc, z, normal_two_sided(z), alpha))
    };
    let end = |sign: f64| Outcome::Value(difference + sign * Z_95 * standard_error);
    Ok(AucComparison { auc_a, auc_b, difference, lo: end(-1.0), hi: end(1.0), test })
}

/// AUC, and per row the share of the other class that the row ranks rightly against.
fn placements(score: &[f64], bad: &[bool]) -> Result<(f64, Vec<f64>), Error> {
    let ranking = Ranking::new("score", score, bad, None)?;
    ranking.needs_both_classes("score")?;
    let mut placement = vec![0.0; score.len()];
    let (mut goods_left, mut bads_before) = (ranking.goods, 0.0);
    let mut rows = ranking.order.iter();
    for g in &ranking.groups {
        goods_left -= g.goods;
        let goods_above = (goods_left + 0.5 * g.goods) / ranking.goods;
        let bads_below = (bads_before + 0.5 * g.bads) / ranking.bads;
        bads_before += g.bads;
        for row in rows.by_ref().take((g.bads + g.goods) as usize) {
            placement[*row] = if bad[*row] { goods_above } else { bads_below };
        }
    }
    Ok((auc_of(&ranking, &ranking.groups).auc, placement))
}

/// Kolmogorov–Smirnov distance between the scores of bads and goods.
///
/// `KS = max |F_bad(s) - F_good(s)|` over the scores `s` of the sample, in `0..=1` (not per cent). Rows of one score
/// enter together, so ties are exact.
///
/// Arguments as in [`auc`].
///
/// # Errors
/// As [`auc`].
///
/// # Examples
/// ```
/// let k = validation::ks(&[1.0, 2.0, 3.0, 4.0], &[true, true, false, false], None).unwrap();
/// assert_eq!((k.ks, k.score), (1.0, 2.0));
/// assert!(validation::ks(&[1.0, 1.0], &[true, false], None).is_err());
/// ```
/// # Source
/// Siddiqi, Intelligent Credit Scoring, 2nd edition (2017), chapter on scorecard performance.
pub fn ks(score: &[f64], bad: &[bool], weight: Option<&[f64]>) -> Result<Ks, Error> {
    let ranking = Ranking::new("score", score, bad, weight)?;
    ranking.needs_both_classes("score")?;
    Ok(ks_of(&ranking, &ranking.groups))
}

pub(crate) fn ks_of(ranking: &Ranking, groups: &[TieGroup]) -> Ks {
    let mut best = Ks { ks: 0.0, score: groups[0].value, bad_share: 0.0, good_share: 0.0 };
    let (mut bads, mut goods) = (0.0, 0.0);
    for g in groups {
        bads += g.bads;
        goods += g.goods;
        let (bad_share, good_share) = ((bads / ranking.bads).min(1.0), (goods / ranking.goods).min(1.0));
        let distance = (bad_share - good_share).abs();
        if distance > best.ks {
            best = Ks { ks: distance, score: g.value, bad_share, good_share };
        }
    }
    best
}

/// The points of the ROC, CAP and KS curves, thinned for a picture.
///
/// The first point is `(0, 0)` before the lowest score, the last one `(1, 1)`. At most about `points_max` points are
/// kept, evenly spaced along both axes; none is moved, so what is drawn lies on the exact curve.
///
/// - `points_max`: at least 2.
///
/// Other arguments as in [`auc`].
///
/// # Errors
/// As [`auc`]; [`Error::OutOfRange`] for `points_max` below 2.
///
/// # Examples
/// ```
/// let c = validation::curve(&[1.0, 2.0, 3.0], &[true, false, false], None, 100).unwrap();
/// assert_eq!(c.len(), 4);
/// assert_eq!((c[1].good_share, c[1].bad_share), (0.0, 1.0));
/// ```
pub fn curve(score: &[f64], bad: &[bool], weight: Option<&[f64]>, points_max: usize) -> Result<Vec<CurvePoint>, Error> {
    check::argument("points_max", points_max as f64, 2.0, f64::MAX)?;
    let ranking = Ranking::new("score", score, bad, weight)?;
    ranking.needs_both_classes("score")?;
    Ok(curve_of(&ranking, points_max))
}

pub(crate) fn curve_of(ranking: &Ranking, points_max: usize) -> Vec<CurvePoint> {
    let groups = &ranking.groups;
    let all = ranking.bads + ranking.goods;
    // Manhattan length of the curve is 2: a point is kept whenever a step of it has passed.
    let step = 2.0 / points_max as f64;
    let mut points = vec![CurvePoint { score: groups[0].value, row_share: 0.0, good_share: 0.0, bad_share: 0.0 }];
    let (mut bads, mut goods, mut kept) = (0.0, 0.0, 0.0);
    for (i, g) in groups.iter().enumerate() {
        bads += g.bads;
        goods += g.goods;
        let share = |part: f64, whole: f64| (part / whole).min(1.0);
        let point = CurvePoint {
            score: g.value,
            row_share: share(bads + goods, all),
            good_share: share(goods, ranking.goods),
            bad_share: share(bads, ranking.bads),
        };
        let length = point.good_share + point.bad_share;
        if i + 1 == groups.len() {
            points.push(CurvePoint { row_share: 1.0, good_share: 1.0, bad_share: 1.0, ..point });
        } else if length - kept >= step || groups.len() < points_max {
            kept = length;
            points.push(point);
        }
    }
    points
}
