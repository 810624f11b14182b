//! Random models, random rows, and a second scorer that reads the model file literally.
#![allow(dead_code, reason = "each test program uses a part")]

use primitives::{Column, ColumnView, MISSING_CODE, Value};
use scoring::{
    Attribute, Bin, Characteristic, Grade, Interval, Kind, Model, ModelFile, PdTable, Rating, Reason, ReasonBaseline,
    SpecialValue, Table, TwoWayTable,
};

pub(crate) const EXAMPLE: &str = include_str!("../../examples/model.json");

/// Random numbers that a seed repeats.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// What is asked of a random model.
pub(crate) struct Shape {
    pub(crate) tables: usize,
    /// Largest size of points; from about 130,000 on, sums of packed losses are not exact.
    pub(crate) points_max: i32,
    pub(crate) pairs: bool,
}

const ODD_NUMBERS: [f64; 16] = [
    -f64::MAX,
    -1e300,
    -7.5,
    -1.0,
    -f64::MIN_POSITIVE,
    -5e-324,
    -0.0,
    5e-324,
    f64::MIN_POSITIVE,
    0.1,
    1.0,
    100.0,
    9_007_199_254_740_993.0,
    1e16,
    1e300,
    f64::MAX,
];

pub(crate) fn random_model(r: &mut Random, shape: &Shape) -> ModelFile {
    let mut file = Model::from_json(EXAMPLE.as_bytes()).expect("the example").file().clone();
    let pairs = shape.pairs && shape.tables > 2;
    let count = if pairs { 2 + r.below(shape.tables - 1) } else { shape.tables };
    file.characteristics = (0..count)
        .map(|i| Characteristic {
            name: format!("{}{i}", r.pick(&["years", "经营年限", "a.b", "x"])),
            kind: if r.one_in(3) { Kind::Text } else { Kind::Number },
            label_zh: format!("特征{i}"),
            label_en: format!("characteristic {i}"),
            direction: None,
        })
        .collect();
    file.tables = (0..shape.tables)
        .map(|t| {
            let points = |r: &mut Random| r.below(2 * shape.points_max as usize + 1) as i32 - shape.points_max;
            if t < count {
                let c = &file.characteristics[t];
                let weight = |r: &mut Random| if r.one_in(3) { 0.0 } else { r.below(1000) as f64 / 4.0 };
                let without_data = r.one_in(4);
                let bins = attributes(r, c.kind, t, false)
                    .into_iter()
                    .map(|attribute| {
                        let (goods, bads) = if without_data { (0.0, 0.0) } else { (weight(r), weight(r)) };
                        Bin { attribute, points: points(r), goods, bads, woe: 0.0 }
                    })
                    .collect();
                one_way(&c.name, bins)
            } else {
                let first = r.below(count);
                let second = (first + 1 + r.below(count - 1)) % count;
                let (a, b) = (&file.characteristics[first], &file.characteristics[second]);
                let (rows, columns) = (attributes(r, a.kind, first, true), attributes(r, b.kind, second, true));
                let points = rows.iter().map(|_| columns.iter().map(|_| points(r)).collect()).collect();
                Table::TwoWay(TwoWayTable { pair: [a.name.clone(), b.name.clone()], rows, columns, points })
            }
        })
        .collect();
    file.tables.iter_mut().for_each(withdrawal_never_helps);
    file.base_points = r.below(1_000) as i32;
    file.pd = r.one_in(2).then(|| PdTable {
        lowest_score: r.below(600) as i32,
        by_score: (0..1 + r.below(400)).map(|i| 0.5 / (1 + i) as f64).collect(),
    });
    let count = 1 + r.below(9);
    file.grades = (0..count)
        .map(|i| Grade {
            name: format!("G{i}"),
            score_from: (i + 1 < count).then(|| 900 - 100 * i as i32 - r.below(100) as i32),
            pd_below: None,
        })
        .collect();
    file.coverage.minimum_share = r.below(11) as f64 / 10.0;
    file.coverage.best_grade = r.pick(&file.grades).name.clone();
    file.reasons.baseline = *r.pick(&[ReasonBaseline::Maximum, ReasonBaseline::Mean]);
    file.reasons.limit = 1 + r.below(4) as u8;
    file
}

/// Lowers the points of what is not authorised, the last of each axis, to the lowest there are.
fn withdrawal_never_helps(table: &mut Table) {
    match table {
        Table::OneWay { bins, .. } => {
            let lowest = bins.iter().map(|b| b.points).min().expect("a bin");
            let withdrawn = bins.iter_mut().find(|b| b.attribute == Attribute::NotAuthorised);
            withdrawn.expect("the bin").points = lowest;
        }
        Table::TwoWay(pair) => {
            // Each row ends in its lowest points, and the last row is the lowest of each column.
            for row in &mut pair.points {
                *row.last_mut().expect("a column") = *row.iter().min().expect("a column");
            }
            let lowest =
                (0..pair.columns.len()).map(|c| pair.points.iter().map(|row| row[c]).min().expect("a row")).collect();
            *pair.points.last_mut().expect("a row") = lowest;
        }
    }
}

pub(crate) fn one_way(name: &str, bins: Vec<Bin>) -> Table {
    Table::OneWay {
        characteristic: name.to_owned(),
        iv: None,
        coefficient: None,
        standard_error: None,
        p_value: None,
        bins,
    }
}

/// Intervals over rising edges.
pub(crate) fn intervals(edges: &[f64]) -> Vec<Attribute> {
    (0..=edges.len())
        .map(|k| {
            let from = k.checked_sub(1).map(|k| edges[k]);
            Attribute::Interval(Interval { from, to: edges.get(k).copied() })
        })
        .collect()
}

fn attributes(r: &mut Random, kind: Kind, characteristic: usize, pair: bool) -> Vec<Attribute> {
    let mut out;
    match kind {
        Kind::Number => {
            let most = if !pair && r.one_in(6) { 80 } else { 12 };
            let mut edges: Vec<f64> = (0..r.below(most))
                .map(|_| if r.one_in(4) { *r.pick(&ODD_NUMBERS) } else { r.below(200) as f64 / 7.0 - 10.0 })
                .collect();
            edges.sort_unstable_by(f64::total_cmp);
            edges.dedup();
            out = intervals(&edges);
            let mut special: Vec<f64> = (0..r.below(4))
                .map(|_| if r.one_in(3) && !edges.is_empty() { *r.pick(&edges) } else { r.below(5) as f64 - 3.0 })
                .collect();
            special.sort_unstable_by(f64::total_cmp);
            special.dedup();
            for part in special.chunks(2) {
                out.push(Attribute::Special(part.iter().map(|&x| SpecialValue::Number(x)).collect()));
            }
        }
        Kind::Text => {
            let mut levels: Vec<String> = (0..r.below(40)).map(|i| format!("档{characteristic}-{i}")).collect();
            r.shuffle(&mut levels);
            let special: Vec<_> = levels.drain(..levels.len().min(r.below(3))).map(SpecialValue::Text).collect();
            out = levels.chunks(1 + r.below(4)).map(|l| Attribute::Levels(l.to_vec())).collect();
            if !special.is_empty() {
                out.push(Attribute::Special(special));
            }
            out.push(Attribute::Unseen);
        }
    }
    let at = if kind == Kind::Number { out.len() } else { r.below(out.len() + 1) };
    out.insert(at, Attribute::Missing);
    out.push(Attribute::NotAuthorised);
    out
}

/// Every value at which the bins of a characteristic change, its neighbours, and odd values.
pub(crate) fn telling_values(file: &ModelFile, characteristic: usize) -> Vec<Value<'_>> {
    let c = &file.characteristics[characteristic];
    let mut numbers = ODD_NUMBERS.to_vec();
    numbers.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -9.0]);
    let mut out = vec![Value::Missing];
    let mut attributes: Vec<&Attribute> = Vec::new();
    for table in &file.tables {
        match table {
            Table::OneWay { characteristic, bins, .. } if *characteristic == c.name => {
                attributes.extend(bins.iter().map(|b| &b.attribute));
            }
            Table::OneWay { .. } => {}
            Table::TwoWay(pair) => {
                for (name, axis) in pair.pair.iter().zip([&pair.rows, &pair.columns]) {
                    if *name == c.name {
                        attributes.extend(axis);
                    }
                }
            }
        }
    }
    for a in attributes {
        match a {
            Attribute::Interval(i) => numbers.extend(i.from.into_iter().flat_map(|e| [e.next_down(), e, e.next_up()])),
            Attribute::Levels(l) => out.extend(l.iter().map(|l| Value::Text(l))),
            Attribute::Special(values) => {
                for v in values {
                    match v {
                        SpecialValue::Number(x) => numbers.extend([x.next_down(), *x, x.next_up()]),
                        SpecialValue::Text(t) => out.push(Value::Text(t)),
                    }
                }
            }
            Attribute::Missing | Attribute::Unseen | Attribute::NotAuthorised => {}
        }
    }
    match c.kind {
        Kind::Number => out.extend(numbers.into_iter().map(Value::Number)),
        Kind::Text => out.extend(["", "never seen", "档", " "].map(Value::Text)),
    }
    out
}

/// The rating of a row by walking the file, with nothing of the crate but its types.
pub(crate) struct Literal {
    pub(crate) score: i64,
    pub(crate) pd: Option<f64>,
    pub(crate) grade: usize,
    pub(crate) reasons: Vec<Reason>,
    /// Bin and points of each table.
    pub(crate) bins: Vec<(usize, i32)>,
}

pub(crate) fn rate_literally(file: &ModelFile, values: &[Value<'_>]) -> Literal {
    let value = |name: &str| {
        values[file.characteristics.iter().position(|c| c.name == name).expect("a characteristic of the model")]
    };
    let mut score = i64::from(file.base_points);
    let (mut losses, mut bins_hit) = (Vec::new(), Vec::new());
    for (t, table) in file.tables.iter().enumerate() {
        let (bin, all): (usize, Vec<(i32, f64)>) = match table {
            Table::OneWay { characteristic, bins, .. } => {
                let attributes: Vec<_> = bins.iter().map(|b| &b.attribute).collect();
                let weighed = bins.iter().any(|b| b.goods + b.bads > 0.0);
                let all = bins.iter().map(|b| (b.points, if weighed { b.goods + b.bads } else { 1.0 })).collect();
                (literal_bin(&attributes, value(characteristic)), all)
            }
            Table::TwoWay(p) => {
                let row = literal_bin(&p.rows.iter().collect::<Vec<_>>(), value(&p.pair[0]));
                let column = literal_bin(&p.columns.iter().collect::<Vec<_>>(), value(&p.pair[1]));
                (row * p.columns.len() + column, p.points.iter().flatten().map(|&p| (p, 1.0)).collect())
            }
        };
        let points = all[bin].0;
        let baseline = match file.reasons.baseline {
            ReasonBaseline::Maximum => all.iter().map(|b| b.0).max().expect("a bin"),
            ReasonBaseline::Mean => {
                // Weights are multiples of 1/4, so these sums are exact integers of quarters.
                let sum: i128 = all.iter().map(|&(p, w)| i128::from(p) * (w * 4.0) as i128).sum();
                let total: i128 = all.iter().map(|b| (b.1 * 4.0) as i128).sum();
                let doubled = (2 * sum.abs() + total).div_euclid(2 * total);
                (doubled * sum.signum()) as i32
            }
        };
        score += i64::from(points);
        bins_hit.push((bin, points));
        if points < baseline {
            losses.push(Reason { table: t, bin, points_lost: baseline - points });
        }
    }
    losses.sort_by_key(|r| (-r.points_lost, r.table));
    losses.truncate(usize::from(file.reasons.limit));
    let pd = file.pd.as_ref().map(|pd| {
        let at = score - i64::from(pd.lowest_score);
        pd.by_score[usize::try_from(at).unwrap_or(0).min(pd.by_score.len() - 1)]
    });
    let mut grade = 0;
    while file.grades[grade].score_from.is_some_and(|from| score < i64::from(from)) {
        grade += 1;
    }
    let authorised = values.iter().filter(|v| **v != Value::NotAuthorised).count();
    if (authorised as f64 / values.len() as f64) < file.coverage.minimum_share {
        let cap = file.grades.iter().position(|g| g.name == file.coverage.best_grade).expect("a grade");
        grade = grade.max(cap);
    }
    Literal { score, pd, grade, reasons: losses, bins: bins_hit }
}

fn literal_bin(attributes: &[&Attribute], value: Value<'_>) -> usize {
    let find = |f: &dyn Fn(&Attribute) -> bool| attributes.iter().position(|a| f(a));
    let missing = || find(&|a| *a == Attribute::Missing).expect("a missing bin");
    match value {
        Value::Missing => missing(),
        Value::NotAuthorised => find(&|a| *a == Attribute::NotAuthorised).expect("a bin"),
        Value::Number(x) if !x.is_finite() => missing(),
        Value::Text("") => missing(),
        Value::Number(x) => {
            let special = |v: &SpecialValue| matches!(v, SpecialValue::Number(y) if *y == x);
            find(&|a| matches!(a, Attribute::Special(values) if values.iter().any(special)))
                .or_else(|| {
                    let inside = |i: &Interval| i.from.is_none_or(|f| f <= x) && i.to.is_none_or(|t| x < t);
                    find(&|a| matches!(a, Attribute::Interval(i) if inside(i)))
                })
                .expect("intervals cover the line")
        }
        Value::Text(t) => {
            let special = |v: &SpecialValue| matches!(v, SpecialValue::Text(y) if y == t);
            find(&|a| match a {
                Attribute::Special(values) => values.iter().any(special),
                Attribute::Levels(l) => l.iter().any(|l| l == t),
                _ => false,
            })
            .unwrap_or_else(|| find(&|a| *a == Attribute::Unseen).expect("an unseen bin"))
        }
    }
}

/// Rates rows by every way that the crate has, and compares each with the literal reading.
///
/// A column is authorised for all rows or for none, as in a table.
pub(crate) fn check_rows(model: &Model, rows: &[Vec<Value<'_>>], r: &mut Random) {
    let file = model.file();
    let columns: Vec<Option<Column>> = (0..file.characteristics.len())
        .map(|c| column(file.characteristics[c].kind, rows.iter().map(|row| row[c])))
        .collect();
    let mut views: Vec<(&str, ColumnView<'_>)> = file
        .characteristics
        .iter()
        .zip(&columns)
        .map(|(c, column)| {
            (c.name.as_str(), column.as_ref().map_or(ColumnView::NotAuthorised { rows: rows.len() }, Column::view))
        })
        .collect();
    r.shuffle(&mut views);
    let batch = model.bind(&views).expect("columns that fit");
    assert_eq!(batch.rows(), rows.len());
    // Any range, so that blocks start anywhere.
    let start = r.below(rows.len().min(40));
    let mut scores = vec![0; rows.len() - start];
    batch.score(start..rows.len(), &mut scores).expect("a range of the table");
    let mut ratings = vec![model.assess(&rows[0]).expect("a row"); rows.len() - start];
    batch.assess(start..rows.len(), &mut ratings).expect("a range of the table");

    for (i, row) in rows.iter().enumerate() {
        let expect = rate_literally(file, row);
        let check = |way: &str, rating: &Rating| check_rating(model, row, rating, &format!("{way}, row {i}: {row:?}"));
        let by_position = model.assess(row).expect("a row");
        check("position", &by_position);
        let mut named: Vec<_> = file.characteristics.iter().map(|c| c.name.as_str()).zip(row.iter().copied()).collect();
        check("name", &model.assess_named(&named).expect("a row"));
        r.shuffle(&mut named);
        named.retain(|(_, v)| *v != Value::Missing);
        named.insert(r.below(named.len() + 1), ("not in the model", Value::Text("x")));
        check("name in any order", &model.assess_named(&named).expect("a row"));
        let explanation = model.explain(row).expect("a row");
        assert_eq!(explanation.rating, by_position);
        let found: Vec<_> = explanation.contributions.iter().map(|c| (c.bin, c.points)).collect();
        assert_eq!(found, expect.bins, "row {i}: {row:?}");
        let (lowest, highest) = model.score_range();
        assert!(lowest <= by_position.score && by_position.score <= highest);
        if let Some(k) = i.checked_sub(start) {
            assert_eq!(i64::from(scores[k]), expect.score, "score in a batch, row {i}: {row:?}");
            check("batch", &ratings[k]);
            assert_eq!(ratings[k], by_position);
            assert_eq!(model.assess(&batch.values(i)), Ok(by_position), "the values of a batch, row {i}: {row:?}");
        }
    }
}

/// Fails unless a rating is what a literal reading of the file gives.
pub(crate) fn check_rating(model: &Model, row: &[Value<'_>], rating: &Rating, context: &str) {
    let expect = rate_literally(model.file(), row);
    assert_eq!(i64::from(rating.score), expect.score, "score by {context}");
    assert_eq!(rating.pd, expect.pd, "pd by {context}");
    assert_eq!(rating.grade, expect.grade, "grade by {context}");
    assert_eq!(rating.reasons.iter().collect::<Vec<_>>(), expect.reasons, "reasons by {context}");
    assert_eq!(rating.reasons.len(), expect.reasons.len(), "number of reasons by {context}");
    assert_eq!(rating.reasons.is_empty(), expect.reasons.is_empty(), "no reason by {context}");
}

/// A column of one characteristic; `None` when it is not authorised.
fn column<'a>(kind: Kind, values: impl Iterator<Item = Value<'a>> + Clone) -> Option<Column> {
    if values.clone().any(|v| v == Value::NotAuthorised) {
        return None;
    }
    Some(match kind {
        Kind::Number => Column::Number(values.map(|v| if let Value::Number(x) = v { x } else { f64::NAN }).collect()),
        Kind::Text => {
            let mut levels: Vec<String> = Vec::new();
            let codes = values
                .map(|v| {
                    let Value::Text(t) = v else { return MISSING_CODE };
                    let known = levels.iter().position(|l| l == t);
                    known.unwrap_or_else(|| {
                        levels.push(t.to_owned());
                        levels.len() - 1
                    }) as u32
                })
                .collect();
            Column::Text { codes, levels }
        }
    })
}

/// Random rows of telling values; each column is authorised in nine of ten tables.
pub(crate) fn random_rows<'m>(file: &'m ModelFile, count: usize, r: &mut Random) -> Vec<Vec<Value<'m>>> {
    let choices: Vec<Option<Vec<Value<'m>>>> =
        (0..file.characteristics.len()).map(|c| (!r.one_in(10)).then(|| telling_values(file, c))).collect();
    (0..count)
        .map(|_| choices.iter().map(|c| c.as_ref().map_or(Value::NotAuthorised, |c| *r.pick(c))).collect())
        .collect()
}
