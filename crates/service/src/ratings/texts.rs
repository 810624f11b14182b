//! What a model says in every answer, written once.
//!
//! Names of indicators are the same for all enterprises, and a reason is a bin of a table: half of an answer.

use super::message::Writer;
use scoring::commercial::Indicator;
use scoring::{Language, Model, Reason, Table};
use std::sync::OnceLock;

/// The texts of a model as fields of the messages that show them.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) indicators: Vec<Names>,
    /// Messages by table and bin, each made when it is first a reason: most never are.
    reasons: Vec<Reasons>,
}

/// Messages of a table by bin.
type Reasons = Box<[OnceLock<Box<[u8]>>]>;

/// Fields 1 to 3 of a `SubScore`: id and labels.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) first: Box<[u8]>,
    /// Of the indicators under it.
    pub(crate) second: Vec<Box<[u8]>>,
}

impl Texts {
    pub(crate) fn new(model: &Model, indicators: &[Indicator]) -> Self {
        let names = |i: &Indicator| Names {
            first: names(&i.id, &i.label_zh, &i.label_en),
            second: i.second.iter().map(|s| names(&s.id, &s.label_zh, &s.label_en)).collect(),
        };
        let bins = |table: &Table| match table {
            Table::OneWay { bins, .. } => bins.len(),
            Table::TwoWay(pair) => pair.rows.len() * pair.columns.len(),
        };
        let reasons = model.file().tables.iter().map(|t| (0..bins(t)).map(|_| OnceLock::new()).collect());
        Self { indicators: indicators.iter().map(names).collect(), reasons: reasons.collect() }
    }

    /// The message of a reason. The points lost are those of its bin.
    pub(crate) fn reason(&self, model: &Model, reason: &Reason) -> &[u8] {
        self.reasons[reason.table][reason.bin].get_or_init(|| {
            let mut m = Writer::default();
            m.text(1, &model.reason_code(reason));
            m.text(2, &model.reason_text(reason, Language::Chinese));
            m.text(3, &model.reason_text(reason, Language::English));
            m.int(4, reason.points_lost);
            if let Table::OneWay { characteristic, .. } = &model.file().tables[reason.table] {
                m.text(5, characteristic);
            }
            m.end().into()
        })
    }
}

fn names(id: &str, zh: &str, en: &str) -> Box<[u8]> {
    let mut m = Writer::default();
    m.text(1, id);
    m.text(2, zh);
    m.text(3, en);
    m.end().into()
}
