//! A fitted card and its calibration as a model file.

use crate::card::{Card, CardColumn};
use crate::coding::Coded;
use crate::config::{CardText, TrainConfig, date};
use crate::optimal::Counts;
use scoring::{
    Attribute, Bin, Characteristic, Coverage, Direction, FORMAT, FORMAT_VERSION, Grade, Kind, ModelFile, Origin,
    PdTable, Scale, Table,
};

/// From the fitted log-odds of bad to the calibrated one: `intercept + slope * fitted`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Calibration {
    pub(crate) intercept: f64,
    pub(crate) slope: f64,
}

/// Highest less lowest of a table's effects, none among them.
pub(crate) fn spread(effects: &[f64]) -> f64 {
    let end = |of: fn(f64, f64) -> f64| effects.iter().copied().fold(0.0, of);
    end(f64::max) - end(f64::min)
}

/// What a method makes of a model file.
pub(crate) struct Parts {
    /// Name of the method.
    pub(crate) method: &'static str,
    /// Log-odds of bad where every effect is zero, before the calibration.
    pub(crate) intercept: f64,
    /// Index into the coded columns and direction, in the order of the file.
    pub(crate) characteristics: Vec<(usize, Option<Direction>)>,
    pub(crate) tables: Vec<Table>,
    /// What the tables give, by code.
    pub(crate) by_code: Vec<PointsByCode>,
}

/// Points of a table for codes instead of values.
pub(crate) enum PointsByCode {
    One {
        column: usize,
        points: Vec<i32>,
    },
    Two {
        columns: [usize; 2],
        /// Group of each code of either column.
        groups: [Vec<u8>; 2],
        /// Groups of the second.
        width: usize,
        points: Vec<i32>,
    },
}

impl PointsByCode {
    /// Adds a row's points to each score; `codes` gives the codes of a column.
    pub(crate) fn add<'a>(&self, scores: &mut [i32], codes: impl Fn(usize) -> &'a [u8]) {
        match self {
            Self::One { column, points } => {
                scores.iter_mut().zip(codes(*column)).for_each(|(s, &code)| *s += points[usize::from(code)]);
            }
            Self::Two { columns, groups, width, points } => {
                let [a, b] = columns.map(codes);
                let group = |side: usize, code: u8| usize::from(groups[side][usize::from(code)]);
                for (s, (&a, &b)) in scores.iter_mut().zip(a.iter().zip(b)) {
                    *s += points[group(0, a) * width + group(1, b)];
                }
            }
        }
    }
}

/// The parts of a card; `counts` are by column and code, over the rows fitted on.
pub(crate) fn card_parts(
    card: &Card,
    coded: &[Coded],
    counts: &[Vec<Counts>],
    calibration: Calibration,
    scale: Scale,
) -> Parts {
    let tables: Vec<Table> =
        card.columns.iter().map(|c| table(c, &coded[c.index], &counts[c.index], calibration, scale)).collect();
    let by_code = |(c, table): (&CardColumn, &Table)| {
        let Table::OneWay { bins, .. } = table else { unreachable!("a scorecard has one-way tables") };
        let points = c.binned.bin_by_code(&coded[c.index]).into_iter().map(|bin| bins[bin].points).collect();
        PointsByCode::One { column: c.index, points }
    };
    Parts {
        method: "scorecard",
        intercept: card.intercept,
        characteristics: card.columns.iter().map(|c| (c.index, c.binned.direction)).collect(),
        by_code: card.columns.iter().zip(&tables).map(by_code).collect(),
        tables,
    }
}

/// Builds the model file.
pub(crate) fn assemble(
    parts: Parts,
    coded: &[Coded],
    calibration: Calibration,
    config: &TrainConfig,
    origin: Origin,
) -> ModelFile {
    let label = |map: &std::collections::BTreeMap<String, String>, name: &str| {
        map.get(name).cloned().unwrap_or_else(|| name.to_owned())
    };
    let Parts { method, intercept, characteristics, tables, by_code: _ } = parts;
    let characteristics = characteristics
        .into_iter()
        .map(|(index, direction)| {
            let name = &coded[index].name;
            Characteristic {
                name: name.clone(),
                kind: coded[index].kind(),
                label_zh: label(&config.columns.label_zh, name),
                label_en: label(&config.columns.label_en, name),
                direction,
            }
        })
        .collect();
    let head = Head { method, intercept, characteristics };
    assemble_tables(head, tables, calibration, config, origin)
}

/// What stands before the tables.
pub(crate) struct Head {
    /// Name of the method.
    pub(crate) method: &'static str,
    /// Log-odds of bad where every effect is zero, before the calibration.
    pub(crate) intercept: f64,
    pub(crate) characteristics: Vec<Characteristic>,
}

/// Builds the model file of tables of points.
pub(crate) fn assemble_tables(
    head: Head,
    tables: Vec<Table>,
    calibration: Calibration,
    config: &TrainConfig,
    origin: Origin,
) -> ModelFile {
    let scale = config.scale;
    let Head { method, intercept, characteristics } = head;
    let base_points = scale.score(-(calibration.intercept + calibration.slope * intercept)).round() as i32;
    let (lowest, highest) = range(base_points, &tables);
    let by_score: Vec<f64> = (lowest..=highest).map(|s| pd_entry(scale, s)).collect();
    let grades = config
        .grades
        .iter()
        .map(|g| Grade {
            name: g.name.clone(),
            // The lowest score whose PD is under the bound; a score over the highest where there is none.
            score_from: g.pd_below.map(|bound| lowest + by_score.partition_point(|&p| p >= bound) as i32),
            pd_below: g.pd_below,
        })
        .collect();
    ModelFile {
        format: FORMAT.into(),
        format_version: FORMAT_VERSION,
        model_id: config.model.id.clone(),
        model_version: config.model.version.clone(),
        method: method.into(),
        card: model_card(&config.card, &origin),
        scale,
        base_points,
        characteristics,
        tables,
        pd: Some(PdTable { lowest_score: lowest, by_score }),
        grades,
        coverage: Coverage {
            minimum_share: config.coverage.minimum_share,
            best_grade: config.coverage.best_grade.clone(),
        },
        reasons: config.reasons,
        commercial: None,
        edits: Vec::new(),
        origin,
    }
}

/// The PD of a score with nine significant digits, so that the file is readable and exact.
pub(crate) fn pd_entry(scale: Scale, score: i32) -> f64 {
    let pd = scale.pd(f64::from(score)).clamp(1e-9, 1.0 - 1e-9);
    format!("{pd:.8e}").parse().expect("a printed number can be read")
}

fn range(base: i32, tables: &[Table]) -> (i32, i32) {
    let points = |t: &Table| match t {
        Table::OneWay { bins, .. } => bins.iter().map(|b| b.points).collect(),
        Table::TwoWay(pair) => pair.points.iter().flatten().copied().collect::<Vec<_>>(),
    };
    tables.iter().map(points).fold((base, base), |(low, high), p| {
        (low + p.iter().min().copied().unwrap_or(0), high + p.iter().max().copied().unwrap_or(0))
    })
}

fn table(c: &CardColumn, coded: &Coded, counts: &[Counts], calibration: Calibration, scale: Scale) -> Table {
    let points = |effect: f64| (scale.factor() * calibration.slope * c.coefficient * effect).round() as i32;
    let bin = |attribute: Attribute, codes: &[usize]| {
        let sum: Counts = codes.iter().map(|&code| counts[code]).sum();
        let woe = c.binned.woe[codes[0]];
        Bin { attribute, points: points(c.effect[codes[0]]), goods: sum.goods, bads: sum.bads, woe: shorten(woe) }
    };
    let mut bins: Vec<Bin> = c.binned.bins.iter().map(|codes| bin(coded.attribute(codes), codes)).collect();
    bins.extend((0..coded.special_count()).map(|k| bin(coded.special(k), &[coded.ordered + k])));
    bins.push(bin(Attribute::Missing, &[coded.missing()]));
    if let (Kind::Text, Some(unseen)) = (coded.kind(), coded.unseen()) {
        bins.push(bin(Attribute::Unseen, &[unseen]));
    }
    // Whoever withdraws a source must not gain by it, whatever bin the source would have put them in.
    let lowest = bins.iter().map(|b| b.points).min().unwrap_or(0);
    let woe = bins.iter().map(|b| b.woe).fold(0.0, f64::min);
    bins.push(Bin { attribute: Attribute::NotAuthorised, points: lowest, goods: 0.0, bads: 0.0, woe });
    Table::OneWay {
        characteristic: coded.name.clone(),
        iv: Some(shorten(c.binned.iv)),
        coefficient: Some(shorten(c.coefficient)),
        standard_error: Some(shorten(c.standard_error)),
        p_value: Some(shorten(c.p_value)),
        bins,
    }
}

/// Nine significant digits: statistics are for people, points are what scores.
pub(crate) fn shorten(x: f64) -> f64 {
    format!("{x:.8e}").parse().expect("a printed number can be read")
}

fn model_card(text: &CardText, origin: &Origin) -> scoring::Card {
    let stated = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    let day = |s: &str| date(s).expect("the configuration was checked");
    scoring::Card {
        population: text.population.clone(),
        bad_definition: stated(&text.bad_definition)
            .unwrap_or_else(|| format!("{} = {}", origin.target, origin.bad_value)),
        horizon_months: (text.horizon_months > 0).then_some(text.horizon_months),
        window: stated(&text.window).unwrap_or_else(|| match &origin.period {
            Some([from, to]) => format!("{from} – {to}"),
            None => "not stated".into(),
        }),
        limits: text.limits.clone(),
        author: text.author.clone(),
        reviewer: stated(&text.reviewer),
        valid_from: day(&text.valid_from),
        valid_until: day(&text.valid_until),
        next_review: day(&text.next_review),
    }
}
