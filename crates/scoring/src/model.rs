use crate::axis::{Axis, Lookup, wrong_value};
use crate::error::Error;
use crate::model_file::{Attribute, FORMAT, FORMAT_VERSION, Kind, ModelFile, ReasonBaseline, Table};
use crate::rating::{CELLS_MAX, LOST_PER_SUM, Rating, Reasons, TABLES_MAX, TABLES_PER_SUM, pack, points_lost};
use primitives::{Digest, Value};
use rustc_hash::FxHashMap;
use serde::Deserialize;

/// Language of names and reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 简体中文
    Chinese,
    /// English
    English,
}

/// A checked model, ready to score.
#[derive(Debug, Clone)]
pub struct Model {
    file: ModelFile,
    digest: Digest,
    pub(crate) tables: Vec<CompiledTable>,
    index: FxHashMap<String, usize>,
    /// `base_points` and the baseline of every table: what a row without a loss scores.
    pub(crate) full_score: i32,
    /// Whether sums of packed keys are exact, so that the batch kernel may use them.
    pub(crate) one_sum: bool,
    /// Index of the best grade under the cap on data coverage.
    capped_grade: usize,
    lowest_score: i32,
    highest_score: i32,
    /// Lowest score of every grade but the last, falling.
    grades_from: Vec<i32>,
}

/// A table with its look-ups.
#[derive(Debug, Clone)]
pub(crate) struct CompiledTable {
    /// Index of the characteristic, and of the second of a pair.
    pub(crate) over: (usize, Option<usize>),
    pub(crate) axes: (Axis, Option<Axis>),
    /// Bins of the second axis; 1 on a one-way table.
    pub(crate) width: usize,
    /// Points per bin.
    pub(crate) points: Vec<i32>,
    /// What points are compared with.
    pub(crate) baseline: i32,
    /// Packed loss per bin; below zero above the baseline.
    pub(crate) keys: Vec<i64>,
}

impl CompiledTable {
    /// Largest distance of a bin from the baseline.
    fn loss_max(&self) -> i32 {
        self.points.iter().map(|p| (self.baseline - p).abs()).max().unwrap_or(0)
    }
}

impl Model {
    /// Reads the bytes of a `model.json` and checks the whole of it.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::OtherFormat`], [`Error::NewerFormat`] or
    /// [`Error::Inconsistent`], which names the place and the rule.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        #[serde(expecting = "a model file")]
        struct Head {
            format: Option<String>,
            format_version: Option<u32>,
        }
        let unreadable = |e: serde_json::Error| Error::Unreadable { detail: e.to_string() };
        let head: Head = serde_json::from_slice(bytes).map_err(unreadable)?;
        // Before the rest: a newer file has fields that are unknown here.
        check_format(&head.format.unwrap_or_default(), head.format_version.unwrap_or(0))?;
        let file: ModelFile = serde_json::from_slice(bytes).map_err(unreadable)?;
        Self::new(file, Digest::sha256(bytes))
    }

    /// Like [`Model::from_json`], for bytes whose digest is on record.
    ///
    /// # Errors
    /// [`Error::DigestMismatch`] before anything else is read.
    pub fn from_json_with_digest(bytes: &[u8], expected: &Digest) -> Result<Self, Error> {
        let found = Digest::sha256(bytes);
        if found != *expected {
            return Err(Error::DigestMismatch { found, expected: expected.clone() });
        }
        Self::from_json(bytes)
    }

    /// Checks a model that was built in memory.
    ///
    /// # Errors
    /// [`Error::OtherFormat`], [`Error::NewerFormat`] or [`Error::Inconsistent`].
    pub fn from_file(file: ModelFile) -> Result<Self, Error> {
        let digest = Digest::sha256(file.to_json()?.as_bytes());
        Self::new(file, digest)
    }

    fn new(file: ModelFile, digest: Digest) -> Result<Self, Error> {
        check_format(&file.format, file.format_version)?;
        let mut index = FxHashMap::default();
        for (i, c) in file.characteristics.iter().enumerate() {
            if index.insert(c.name.clone(), i).is_some() {
                return Err(inconsistent("characteristics", format!("{:?} stands twice", c.name)));
            }
            if c.kind == Kind::Text && c.direction.is_some() {
                return Err(inconsistent("characteristics", format!("{:?} is a text and has a direction", c.name)));
            }
        }
        if file.tables.is_empty() || file.tables.len() > TABLES_MAX {
            return Err(inconsistent("tables", format!("{} tables, 1 to {TABLES_MAX} are allowed", file.tables.len())));
        }
        let last_table = file.tables.len() - 1;
        let mut tables = Vec::with_capacity(file.tables.len());
        for (t, table) in file.tables.iter().enumerate() {
            tables.push(compile(&file, &index, t, last_table, table)?);
        }
        let mut used = vec![false; file.characteristics.len()];
        for over in tables.iter().flat_map(|t| [Some(t.over.0), t.over.1]).flatten() {
            used[over] = true;
        }
        if let Some(c) = used.iter().position(|&used| !used) {
            let name = &file.characteristics[c].name;
            return Err(inconsistent("characteristics", format!("{name:?} has no table")));
        }
        check_head(&file)?;
        if let Some(commercial) = &file.commercial {
            commercial.check(&file)?;
        }
        let sum = |f: fn(&CompiledTable) -> i32| tables.iter().map(|t| i64::from(f(t))).sum::<i64>();
        let base = i64::from(file.base_points);
        let fits = |v: i64| {
            i32::try_from(v).map_err(|_| inconsistent("tables", format!("a score of {v} does not fit 32 bits")))
        };
        let lowest_score = fits(base + sum(|t| t.points.iter().copied().min().unwrap_or(0)))?;
        let highest_score = fits(base + sum(|t| t.points.iter().copied().max().unwrap_or(0)))?;
        let full_score = fits(base + sum(|t| t.baseline))?;
        let one_sum = tables.len() <= TABLES_PER_SUM && sum(CompiledTable::loss_max) < LOST_PER_SUM;
        let capped_grade = file
            .grades
            .iter()
            .position(|g| g.name == file.coverage.best_grade)
            .ok_or_else(|| inconsistent("coverage", format!("no grade is named {:?}", file.coverage.best_grade)))?;
        let grades_from = file.grades.iter().filter_map(|g| g.score_from).collect();
        Ok(Self {
            file,
            digest,
            tables,
            index,
            full_score,
            one_sum,
            capped_grade,
            lowest_score,
            highest_score,
            grades_from,
        })
    }

    /// The model file as it was read.
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// SHA-256 of the bytes of the model file.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Lowest and highest score that any row can have.
    pub fn score_range(&self) -> (i32, i32) {
        (self.lowest_score, self.highest_score)
    }

    /// Position of a characteristic in rows that are bound by position.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The characteristic that a table is over, the first of a pair; `None` where there is no such table.
    pub fn characteristic_of(&self, table: usize) -> Option<usize> {
        self.tables.get(table).map(|t| t.over.0)
    }

    /// What the points of a table are compared with to find reasons, as [`crate::ReasonBaseline`] says; `None` where there is
    /// no such table.
    pub fn baseline(&self, table: usize) -> Option<i32> {
        self.tables.get(table).map(|t| t.baseline)
    }

    /// Name of the grade with this index.
    ///
    /// # Panics
    /// When the index is not one of a [`Rating`] of this model.
    pub fn grade_name(&self, grade: usize) -> &str {
        &self.file.grades[grade].name
    }

    /// Rates a row whose values stand in the order of the model's characteristics.
    ///
    /// # Errors
    /// [`Error::WrongWidth`] or [`Error::WrongType`].
    pub fn assess(&self, values: &[Value<'_>]) -> Result<Rating, Error> {
        self.visit(values, |_, _| ())
    }

    /// As [`Model::assess`], and tells of each table, by its number, the bin that the row falls into.
    #[inline]
    pub(crate) fn visit(&self, values: &[Value<'_>], mut each: impl FnMut(usize, usize)) -> Result<Rating, Error> {
        if values.len() != self.file.characteristics.len() {
            return Err(Error::WrongWidth { found: values.len(), expected: self.file.characteristics.len() });
        }
        let mut lost = 0;
        let mut reasons = Reasons::none(self.tables.len() - 1);
        for (t, table) in self.tables.iter().enumerate() {
            let bin = self.bin(table, values)?;
            let key = table.keys[bin];
            lost += points_lost(key);
            reasons.offer(key);
            each(t, bin);
        }
        let authorised = values.iter().filter(|v| !matches!(v, Value::NotAuthorised)).count();
        Ok(self.rating((i64::from(self.full_score) - lost) as i32, reasons, self.data_coverage(authorised)))
    }

    /// Rates a row given as names and values; a characteristic that is not named is missing, and
    /// names that the model does not know are passed over.
    ///
    /// # Errors
    /// [`Error::WrongType`], or [`Error::GivenTwice`] when a name of the model stands twice.
    pub fn assess_named(&self, row: &[(&str, Value<'_>)]) -> Result<Rating, Error> {
        let n = self.file.characteristics.len();
        match n {
            0..=64 => self.assess_into(row, &mut [Value::Missing; 64][..n], &mut [false; 64]),
            65..=256 => self.assess_into(row, &mut [Value::Missing; 256][..n], &mut [false; 256]),
            _ => self.assess_into(row, &mut vec![Value::Missing; n], &mut vec![false; n]),
        }
    }

    /// Puts a named row into `values`, which are missing and not `given` yet, and rates it.
    fn assess_into<'v>(
        &self,
        row: &[(&str, Value<'v>)],
        values: &mut [Value<'v>],
        given: &mut [bool],
    ) -> Result<Rating, Error> {
        let mut expected = 0;
        for &(name, value) in row {
            // Rows usually come in the model's order: try the next place before hashing.
            let at = match self.file.characteristics.get(expected) {
                Some(c) if c.name == name => expected,
                _ => match self.index.get(name) {
                    Some(&i) => i,
                    None => continue,
                },
            };
            expected = at + 1;
            if std::mem::replace(&mut given[at], true) {
                return Err(Error::GivenTwice { characteristic: name.to_owned() });
            }
            values[at] = value;
        }
        self.assess(values)
    }

    /// The bin of a row in a table.
    #[inline(always)]
    pub(crate) fn bin(&self, table: &CompiledTable, values: &[Value<'_>]) -> Result<usize, Error> {
        #[cold]
        #[inline(never)]
        fn wrong(model: &Model, values: &[Value<'_>], i: usize) -> Error {
            wrong_value(&model.file.characteristics[i].name, values[i])
        }
        let (first, second) = table.over;
        let row = table.axes.0.bin(values[first]).ok_or_else(|| wrong(self, values, first))?;
        match (second, &table.axes.1) {
            (Some(second), Some(axis)) => {
                Ok(row * table.width + axis.bin(values[second]).ok_or_else(|| wrong(self, values, second))?)
            }
            _ => Ok(row),
        }
    }

    /// Share of the characteristics that are authorised.
    pub(crate) fn data_coverage(&self, authorised: usize) -> f64 {
        authorised as f64 / self.file.characteristics.len() as f64
    }

    /// Reasons from keys, largest first.
    #[inline]
    pub(crate) fn reasons(&self, keys: [i64; 4]) -> Reasons {
        Reasons { keys, ..Reasons::none(self.tables.len() - 1) }
    }

    /// PD, grade and reasons of a score.
    #[inline]
    pub(crate) fn rating(&self, score: i32, mut reasons: Reasons, data_coverage: f64) -> Rating {
        reasons.keep(self.file.reasons);
        let mut grade = self.grade(score);
        if data_coverage < self.file.coverage.minimum_share {
            grade = grade.max(self.capped_grade);
        }
        Rating { score, pd: self.pd(score), grade, reasons, data_coverage }
    }

    /// The PD of a score; `None` where the model has no calibration.
    pub fn pd(&self, score: i32) -> Option<f64> {
        let table = self.file.pd.as_ref()?;
        let last = table.by_score.len() as i64 - 1;
        let at = (i64::from(score) - i64::from(table.lowest_score)).clamp(0, last);
        Some(table.by_score[at as usize])
    }

    /// The grade of a score before any cap.
    pub fn grade(&self, score: i32) -> usize {
        self.grades_from.iter().map(|&from| usize::from(score < from)).sum()
    }

    /// The texts that a characteristic knows in any of its tables, special values among them, sorted.
    pub fn known_levels(&self, characteristic: usize) -> Vec<&str> {
        let mut known: Vec<_> = self.axes(characteristic).flat_map(Axis::known_levels).collect();
        known.sort_unstable();
        known.dedup();
        known
    }

    /// The axes over a characteristic, in the order of the tables.
    fn axes(&self, characteristic: usize) -> impl Iterator<Item = &Axis> {
        self.tables.iter().flat_map(move |t| {
            let first = (t.over.0 == characteristic).then_some(&t.axes.0);
            let second = t.axes.1.as_ref().filter(|_| t.over.1 == Some(characteristic));
            first.into_iter().chain(second)
        })
    }

    /// The inner bounds of a numeric characteristic's intervals, over all its tables.
    pub fn edges(&self, characteristic: usize) -> Vec<f64> {
        let mut edges = Vec::new();
        for axis in self.axes(characteristic) {
            if let Lookup::Number { edges: own, .. } = &axis.lookup {
                edges.extend(own.iter());
            }
        }
        edges.sort_unstable_by(f64::total_cmp);
        edges.dedup();
        edges
    }
}

/// Points of a bin, either way.
const POINTS_MAX: i32 = 1_000_000;
/// Weights of a table's bins together: far above any count of enterprises, and products with points
/// stay far below infinity.
const WEIGHT_MAX: f64 = 1e15;

/// Format and version of the format.
fn check_format(format: &str, version: u32) -> Result<(), Error> {
    if format != FORMAT {
        return Err(Error::OtherFormat { found: format.to_owned() });
    }
    match version {
        1..=FORMAT_VERSION => Ok(()),
        0 => Err(inconsistent("format_version", format!("is absent or 0, allowed are 1 to {FORMAT_VERSION}"))),
        _ => Err(Error::NewerFormat { found: version, supported: FORMAT_VERSION }),
    }
}

pub(crate) fn inconsistent(place: &str, problem: String) -> Error {
    Error::Inconsistent { place: place.to_owned(), problem }
}

fn compile(
    file: &ModelFile,
    index: &FxHashMap<String, usize>,
    t: usize,
    last_table: usize,
    table: &Table,
) -> Result<CompiledTable, Error> {
    let find = |name: &str| {
        index.get(name).copied().ok_or_else(|| {
            inconsistent(&format!("table {}", t + 1), format!("{name:?} is not among the characteristics"))
        })
    };
    let axis = |over: usize, attributes: &[&Attribute]| {
        let c = &file.characteristics[over];
        Axis::new(c.kind, attributes.iter().copied(), &format!("table {} over {:?}", t + 1, c.name))
    };
    let place = format!("table {}", t + 1);
    let (over, axes, width, points, weights) = match table {
        Table::OneWay { characteristic, bins, .. } => {
            let over = find(characteristic)?;
            let attributes: Vec<_> = bins.iter().map(|b| &b.attribute).collect();
            let points: Vec<i32> = bins.iter().map(|b| b.points).collect();
            if bins.iter().flat_map(|b| [b.goods, b.bads]).any(|w| !w.is_finite() || w < 0.0) {
                return Err(inconsistent(&place, "goods and bads must be finite and not negative".into()));
            }
            let weights: Vec<f64> = bins.iter().map(|b| b.goods + b.bads).collect();
            let total: f64 = weights.iter().sum();
            if total > WEIGHT_MAX {
                return Err(inconsistent(&place, format!("goods and bads add up to {total:e}, over {WEIGHT_MAX:e}")));
            }
            ((over, None), (axis(over, &attributes)?, None), 1, points, weights)
        }
        Table::TwoWay(pair) => {
            let over = (find(&pair.pair[0])?, find(&pair.pair[1])?);
            if over.0 == over.1 {
                return Err(inconsistent(&place, format!("{:?} is paired with itself", pair.pair[0])));
            }
            let rows: Vec<_> = pair.rows.iter().collect();
            let columns: Vec<_> = pair.columns.iter().collect();
            if pair.points.len() != rows.len() || pair.points.iter().any(|r| r.len() != columns.len()) {
                return Err(inconsistent(
                    &format!("table {} over {:?}", t + 1, pair.pair),
                    format!("points must be {} lists of {}", rows.len(), columns.len()),
                ));
            }
            let points: Vec<i32> = pair.points.iter().flatten().copied().collect();
            let weights = vec![1.0; points.len()];
            (
                (over.0, Some(over.1)),
                (axis(over.0, &rows)?, Some(axis(over.1, &columns)?)),
                columns.len(),
                points,
                weights,
            )
        }
    };
    if points.len() >= CELLS_MAX {
        return Err(inconsistent(&place, format!("{} bins, at most {} are allowed", points.len(), CELLS_MAX - 1)));
    }
    if let Some(p) = points.iter().find(|p| !(-POINTS_MAX..=POINTS_MAX).contains(*p)) {
        return Err(inconsistent(&place, format!("points {p} lie outside -{POINTS_MAX} to {POINTS_MAX}")));
    }
    check_withdrawal(&axes, width, &points).map_err(|problem| inconsistent(&place, problem))?;
    let baseline = match file.reasons.baseline {
        ReasonBaseline::Maximum => points.iter().copied().max().unwrap_or(0),
        ReasonBaseline::Mean => mean_points(&points, &weights),
    };
    let keys = points.iter().enumerate().map(|(b, &p)| pack(baseline - p, t, last_table, b)).collect();
    Ok(CompiledTable { over, axes, width, points, baseline, keys })
}

/// Withdrawing a source must not raise a score: along either axis no bin has fewer points than the one that is
/// not authorised.
fn check_withdrawal(axes: &(Axis, Option<Axis>), width: usize, points: &[i32]) -> Result<(), String> {
    let first = axes.0.not_authorised;
    for (cell, &here) in points.iter().enumerate() {
        let (row, column) = (cell / width, cell % width);
        let second = axes.1.as_ref().map(|axis| points[row * width + axis.not_authorised]);
        for withdrawn in [Some(points[first * width + column]), second].into_iter().flatten() {
            if here < withdrawn {
                return Err(format!(
                    "not_authorised has {withdrawn} points where another bin has {here}: who withdraws a source must \
                     not gain by it"
                ));
            }
        }
    }
    Ok(())
}

/// Average points over the training data, rounded half away from zero; without any data all bins weigh
/// the same.
fn mean_points(points: &[i32], weights: &[f64]) -> i32 {
    let total: f64 = weights.iter().sum();
    let (sum, total) = if total > 0.0 {
        (points.iter().zip(weights).map(|(&p, w)| f64::from(p) * w).sum::<f64>(), total)
    } else {
        (points.iter().map(|&p| f64::from(p)).sum(), points.len() as f64)
    };
    (sum / total).round() as i32
}

/// Scale, PD table, grades, coverage and reasons.
fn check_head(file: &ModelFile) -> Result<(), Error> {
    let s = file.scale;
    if !(s.points.is_finite() && s.odds.is_finite() && s.odds > 0.0 && s.pdo.is_finite() && s.pdo > 0.0) {
        return Err(inconsistent(
            "scale",
            format!("points {}, odds {}, pdo {}: all must be finite, odds and pdo over 0", s.points, s.odds, s.pdo),
        ));
    }
    if let Some(pd) = &file.pd {
        if pd.by_score.is_empty() {
            return Err(inconsistent("pd", "by_score is empty".into()));
        }
        for (i, p) in pd.by_score.iter().enumerate() {
            let score = i64::from(pd.lowest_score) + i as i64;
            if !(0.0 < *p && *p < 1.0) {
                return Err(inconsistent("pd", format!("{p} at score {score} lies outside 0 to 1")));
            }
            if i > 0 && pd.by_score[i - 1] < *p {
                return Err(inconsistent("pd", format!("rises at score {score}: a higher score must not be riskier")));
            }
        }
    }
    let Some((last, upper)) = file.grades.split_last() else {
        return Err(inconsistent("grades", "there is none".into()));
    };
    if last.score_from.is_some() {
        return Err(inconsistent("grades", format!("the last grade {:?} must have no score_from", last.name)));
    }
    for (i, g) in upper.iter().enumerate() {
        match g.score_from {
            Some(from) if i == 0 || upper[i - 1].score_from.is_some_and(|above| above >= from) => {}
            from => {
                return Err(inconsistent(
                    "grades",
                    format!(
                        "{:?} has {}: all but the last need a score_from, never above the grade before",
                        g.name,
                        from.map_or("no score_from".into(), |from| format!("score_from {from}"))
                    ),
                ));
            }
        }
    }
    for (i, g) in file.grades.iter().enumerate() {
        if file.grades[..i].iter().any(|h| h.name == g.name) {
            return Err(inconsistent("grades", format!("{:?} stands twice", g.name)));
        }
    }
    let mut below = 0.0;
    for g in &file.grades {
        let Some(pd) = g.pd_below else { continue };
        if !(below <= pd && 0.0 < pd && pd <= 1.0) {
            let problem = format!("{:?} has pd_below {pd}: must lie in 0 to 1 and not below the grade before", g.name);
            return Err(inconsistent("grades", problem));
        }
        below = pd;
    }
    let c = &file.coverage;
    if !(0.0..=1.0).contains(&c.minimum_share) {
        return Err(inconsistent("coverage", format!("minimum_share {} lies outside 0 to 1", c.minimum_share)));
    }
    if !(1..=4).contains(&file.reasons.limit) {
        return Err(inconsistent("reasons", format!("limit {} lies outside 1 to 4", file.reasons.limit)));
    }
    if let (Some(from), Some(until)) = (file.card.valid_from, file.card.valid_until)
        && from > until
    {
        return Err(inconsistent("card", format!("valid_from {from} is after valid_until {until}")));
    }
    Ok(())
}
