//! A model as both exports walk it: tables of integer points over ordered questions about one value.

use scoring::{Attribute, Kind, Model, Reason, SpecialValue, Table};

/// The tables of a model in order.
pub(crate) struct Plan<'m> {
    pub(crate) model: &'m Model,
    pub(crate) tables: Vec<PlanTable<'m>>,
}

pub(crate) struct PlanTable<'m> {
    pub(crate) axes: Vec<Axis<'m>>,
    /// Points by bin; of a pair by row, each in the order of the columns.
    pub(crate) points: Vec<i32>,
    /// What points are compared with.
    pub(crate) baseline: i32,
    /// Reason code by bin.
    pub(crate) codes: Vec<String>,
}

/// The bins over one characteristic.
pub(crate) struct Axis<'m> {
    /// Number of the characteristic.
    pub(crate) over: usize,
    pub(crate) kind: Kind,
    /// Bins of the axis.
    pub(crate) width: usize,
    /// Questions with their bins: the first that holds decides, and the last always holds.
    pub(crate) questions: Vec<(Question<'m>, usize)>,
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Question<'m> {
    /// Is its source not authorised?
    NotAuthorised,
    /// Is there none, is it not finite, is it the empty text?
    Missing,
    /// Is it one of these numbers?
    Numbers(Vec<f64>),
    /// Is it one of these texts?
    Texts(Vec<&'m str>),
    /// Is it less than this edge?
    Below(f64),
    /// It is anything else.
    Else,
}

impl<'m> Plan<'m> {
    pub(crate) fn new(model: &'m Model) -> Self {
        let tables = model.file().tables.iter().enumerate().map(|(t, table)| PlanTable::new(model, t, table)).collect();
        Self { model, tables }
    }

    /// A table in words, for errors and comments.
    pub(crate) fn place(&self, table: usize) -> String {
        let names: Vec<String> = self.tables[table].axes.iter().map(|a| format!("{:?}", self.name(a.over))).collect();
        format!("table {} over {}", table + 1, names.join(" and "))
    }

    /// Name of a characteristic.
    pub(crate) fn name(&self, characteristic: usize) -> &'m str {
        &self.model.file().characteristics[characteristic].name
    }

    /// How many characteristics may be not authorised before the grade is capped.
    pub(crate) fn withheld_without_cap(&self) -> usize {
        let count = self.model.file().characteristics.len();
        // The share is computed as the model does, so that both agree on the last digit.
        let is_capped =
            |withheld: usize| ((count - withheld) as f64 / count as f64) < self.model.file().coverage.minimum_share;
        (0..=count).take_while(|&withheld| !is_capped(withheld)).count().saturating_sub(1)
    }

    /// Index of the best grade under the cap.
    pub(crate) fn capped_grade(&self) -> usize {
        let best = &self.model.file().coverage.best_grade;
        self.model.file().grades.iter().position(|g| g.name == *best).expect("a checked model names one of its grades")
    }

    /// The PD by score as steps: from which score on, none for the first, and the PD; `None` without a calibration.
    pub(crate) fn pd_steps(&self) -> Option<Vec<(Option<i64>, f64)>> {
        let table = self.model.file().pd.as_ref()?;
        let mut steps: Vec<(Option<i64>, f64)> = Vec::new();
        for (i, &pd) in table.by_score.iter().enumerate() {
            if steps.last().is_none_or(|(_, last)| *last != pd) {
                let from = i64::from(table.lowest_score) + i as i64;
                steps.push(((i > 0).then_some(from), pd));
            }
        }
        Some(steps)
    }

    /// The grades from the `best` that may be given on: names with the lowest score of each, none for the last. One that no
    /// score has is left out.
    pub(crate) fn grade_steps(&self, best: usize) -> Vec<(&'m str, Option<i32>)> {
        let mut steps: Vec<(&str, Option<i32>)> = Vec::new();
        for g in &self.model.file().grades[best..] {
            if g.score_from.is_none() || steps.last().is_none_or(|(_, above)| *above != g.score_from) {
                steps.push((&g.name, g.score_from));
            }
        }
        steps
    }
}

impl<'m> PlanTable<'m> {
    fn new(model: &'m Model, t: usize, table: &'m Table) -> Self {
        let (axes, points): (Vec<Axis<'m>>, Vec<i32>) = match table {
            Table::OneWay { characteristic, bins, .. } => (
                vec![Axis::new(model, characteristic, bins.iter().map(|b| &b.attribute))],
                bins.iter().map(|b| b.points).collect(),
            ),
            Table::TwoWay(pair) => (
                vec![
                    Axis::new(model, &pair.pair[0], pair.rows.iter()),
                    Axis::new(model, &pair.pair[1], pair.columns.iter()),
                ],
                pair.points.iter().flatten().copied().collect(),
            ),
        };
        let code = |bin: usize| model.reason_code(&Reason { table: t, bin, points_lost: 1 });
        Self {
            baseline: model.baseline(t).expect("a table of the model"),
            codes: (0..points.len()).map(code).collect(),
            axes,
            points,
        }
    }

    /// Whether a bin can be a reason.
    pub(crate) fn loses(&self, bin: usize) -> bool {
        self.points[bin] < self.baseline
    }
}

impl<'m> Axis<'m> {
    fn new(model: &'m Model, name: &str, attributes: impl Iterator<Item = &'m Attribute>) -> Self {
        let over = model.position(name).expect("a checked model knows its characteristics");
        let kind = model.file().characteristics[over].kind;
        let attributes: Vec<&Attribute> = attributes.collect();
        let find = |wanted: &Attribute| attributes.iter().position(|a| *a == wanted);
        let mut questions = vec![
            (Question::NotAuthorised, find(&Attribute::NotAuthorised).expect("a checked axis has the bin")),
            (Question::Missing, find(&Attribute::Missing).expect("a checked axis has the bin")),
        ];
        // A special value is looked up before the intervals, and may lie in one.
        for (bin, attribute) in attributes.iter().enumerate() {
            if let Attribute::Special(values) = attribute {
                let numbers = values.iter().filter_map(|v| match v {
                    SpecialValue::Number(x) => Some(*x),
                    SpecialValue::Text(_) => None,
                });
                let texts = values.iter().filter_map(|v| match v {
                    SpecialValue::Number(_) => None,
                    SpecialValue::Text(t) => Some(t.as_str()),
                });
                questions.push(match kind {
                    Kind::Number => (Question::Numbers(numbers.collect()), bin),
                    Kind::Text => (Question::Texts(texts.collect()), bin),
                });
            }
        }
        for (bin, attribute) in attributes.iter().enumerate() {
            match attribute {
                Attribute::Interval(i) => {
                    questions.push((i.to.map_or(Question::Else, Question::Below), bin));
                }
                Attribute::Levels(levels) => {
                    questions.push((Question::Texts(levels.iter().map(String::as_str).collect()), bin));
                }
                _ => {}
            }
        }
        questions.retain(|(q, _)| match q {
            Question::Numbers(numbers) => !numbers.is_empty(),
            Question::Texts(texts) => !texts.is_empty(),
            _ => true,
        });
        if kind == Kind::Text {
            questions.push((Question::Else, find(&Attribute::Unseen).expect("a checked axis of texts has the bin")));
        }
        Self { over, kind, width: attributes.len(), questions }
    }
}
