//! A row of features as the assessor wants it: values, and what is known besides.

use crate::Error;
use crate::row::{FeatureRow, Figure, Text};
use chrono::NaiveDate;
use features::catalogue::Catalogue;
use primitives::{CreditCode, Fen, Industry, Value, credit_code, size_class};
use scoring::commercial::{Assessor, EMPTY_DENOMINATOR, Facts, Hit, Input, Label, LineInputs, Size, SourceAge};
use scoring::{Kind, Model};
use std::ops::RangeInclusive;

/// What the registry says of an enterprise's standing.
const STATUS: [&str; 6] = ["active", "revoked", "cancelled", "liquidation", "bankrupt", "moved_out"];

/// The largest sum that is believed of an enterprise that may be rated, in yuan.
const YUAN: f64 = 1e12;
/// The longest turnover that is believed, in days.
const DAYS: f64 = 3_660.0;

/// The line's inputs: feature, steps of a unit, and what a bank may say of it, from least to most.
const LINE: [(&str, f64, f64, f64); 12] = [
    ("sales_last_year", 100.0, 0.0, YUAN),
    ("profit_rate", 1e6, -100.0, 1.0),
    ("sales_growth_year", 1e6, -1.0, 1_000.0),
    ("line_receivable_days", 1e3, 0.0, DAYS),
    ("line_inventory_days", 1e3, 0.0, DAYS),
    ("line_payable_days", 1e3, 0.0, DAYS),
    ("line_prepayment_days", 1e3, 0.0, DAYS),
    ("line_advance_days", 1e3, 0.0, DAYS),
    ("own_funds", 100.0, -YUAN, YUAN),
    ("working_capital_loans", 100.0, 0.0, YUAN),
    ("declared_sales_12m", 100.0, 0.0, YUAN),
    ("taxes_paid_12m", 100.0, 0.0, YUAN),
];

/// Where a model finds its inputs among the features of a catalogue.
#[derive(Debug, Clone)]
pub struct Inputs {
    version: String,
    /// Number of features.
    features: usize,
    /// By characteristic: place among the features, and whether the code of an empty denominator can be given.
    characteristics: Vec<(usize, bool)>,
    line: [usize; LINE.len()],
    age: usize,
    /// Codes of the negative list that the model has a rule for.
    codes: Vec<String>,
}

/// What is known of an enterprise besides the values of the characteristics.
#[derive(Debug, Clone)]
pub struct About<'t> {
    /// Its id.
    pub id: &'t str,
    /// The day as of which its features are.
    pub as_of: NaiveDate,
    /// Digest of its row.
    pub inputs_digest: Option<&'t str>,
    /// Its name.
    pub name: Option<&'t str>,
    /// Code of its district.
    pub district: Option<&'t str>,
    /// Code of its zone.
    pub zone: Option<&'t str>,
    /// Who it is under one controller with.
    pub group_id: Option<&'t str>,
    /// Ages of the sources, as in the table.
    pub sources: &'t str,
    /// Its size class.
    pub size: size_class::Size,
    /// What the assessor wants.
    pub facts: Facts<'t>,
}

impl Inputs {
    /// Finds the inputs of a model.
    ///
    /// # Errors
    /// [`Error::Model`] when the model reads a text, or a feature that the catalogue does not have.
    pub fn new(model: &Model, assessor: &Assessor<'_>, catalogue: &Catalogue) -> Result<Self, Error> {
        let place = |name: &str| catalogue.features.iter().position(|f| f.column == name);
        let mut characteristics = Vec::new();
        for (i, c) in model.file().characteristics.iter().enumerate() {
            if c.kind != Kind::Number {
                let problem = format!("characteristic {:?} of the model is a text, features are numbers", c.name);
                return Err(Error::Model { problem });
            }
            let Some(place) = place(&c.name) else {
                let problem =
                    format!("the model reads {:?}, which the catalogue {} does not have", c.name, catalogue.version);
                return Err(Error::Model { problem });
            };
            characteristics.push((place, assessor.holds_empty(i)));
        }
        Ok(Self {
            version: catalogue.version.clone(),
            features: catalogue.features.len(),
            characteristics,
            line: LINE.map(|(name, ..)| place(name).expect("a feature that the catalogue always has")),
            age: place("age_years").expect("a feature that the catalogue always has"),
            codes: assessor.section().negative_list.iter().map(|rule| rule.code.clone()).collect(),
        })
    }

    /// Places of the features that are read.
    pub fn features(&self) -> impl Iterator<Item = usize> + '_ {
        self.characteristics.iter().map(|(place, _)| *place).chain(self.line).chain([self.age])
    }

    /// What a bank may say of the feature at `place`, from least to most.
    ///
    /// Figures of the line have bounds of their own: a loan below nothing would raise it, and a figure too large to be kept
    /// would count as not known. All others are read by bins, which have a place for every number.
    pub fn range(&self, place: usize) -> RangeInclusive<f64> {
        let of_line = self.line.iter().position(|p| *p == place).map(|at| LINE[at]);
        of_line.map_or(f64::MIN..=f64::MAX, |(_, _, least, most)| least..=most)
    }

    /// The states of a row, checked.
    ///
    /// # Errors
    /// [`Error::Cell`] when they are not one letter of `.0un` for each feature.
    pub fn states<'t>(&self, row: &impl FeatureRow<'t>) -> Result<&'t [u8], Error> {
        let states = row.text(Text::States).unwrap_or_default().as_bytes();
        if states.len() == self.features && states.iter().all(|s| b".0un".contains(s)) {
            return Ok(states);
        }
        let problem = format!(
            "{} letters, {} of . 0 u n are expected: the table was changed after it was computed",
            states.len(),
            self.features
        );
        Err(Error::Cell { column: Text::States.column(), problem })
    }

    /// The values of the model's characteristics, in order.
    pub fn values<'t>(&self, row: &impl FeatureRow<'t>, states: &[u8], out: &mut Vec<Value<'static>>) {
        out.clear();
        out.extend(self.characteristics.iter().map(|&(place, empty)| match states[place] {
            b'.' => Value::number(row.value(place)),
            b'n' => Value::NotAuthorised,
            b'0' if empty => Value::Number(EMPTY_DENOMINATOR),
            _ => Value::Missing,
        }));
    }

    /// Everything else about a row.
    ///
    /// # Errors
    /// [`Error::Cell`] names the column.
    pub fn about<'t>(&self, row: &impl FeatureRow<'t>, states: &[u8]) -> Result<About<'t>, Error> {
        let refuse = |column: Text, problem: String| Error::Cell { column: column.column(), problem };
        let id = row.text(Text::EnterpriseId).ok_or_else(|| refuse(Text::EnterpriseId, "is empty".into()))?;
        let version = row.text(Text::CatalogueVersion).unwrap_or_default();
        if version != self.version {
            let own = &self.version;
            let problem =
                format!("{version:?} is not the catalogue of this program, {own:?}: compute the features again");
            return Err(refuse(Text::CatalogueVersion, problem));
        }
        let as_of = row.text(Text::AsOf).unwrap_or_default();
        let as_of: NaiveDate =
            as_of.parse().map_err(|_| refuse(Text::AsOf, format!("{as_of:?} is not a date like 2025-12-31")))?;
        let sources = row.text(Text::Sources).unwrap_or_default();
        let ages = sources.split(';').map(age).collect::<Option<Vec<_>>>();
        let ages = ages.ok_or_else(|| refuse(Text::Sources, format!("{sources:?} is not like invoices:12;loans:x")))?;
        let hits = |column: Text| -> Result<Vec<Hit<'t>>, Error> {
            let text = row.text(column).unwrap_or_default();
            let hits = text.split(';').filter(|h| !h.is_empty()).map(hit).collect::<Option<Vec<_>>>();
            let hits = hits
                .ok_or_else(|| refuse(column, format!("{text:?} is not of entries CODE|source|start|end|evidence")))?;
            // An entry that no rule knows would pass in silence.
            match hits.iter().find(|h| !self.codes.iter().any(|code| code == h.code)) {
                Some(unknown) => {
                    let known = self.codes.join(", ");
                    let problem = format!("{:?} is no code of the model's negative list: {known}", unknown.code);
                    Err(refuse(column, problem))
                }
                None => Ok(hits),
            }
        };
        let industry = row.text(Text::Industry);
        let of_size = size_class::SizeInputs {
            staff: whole(row.figure(Figure::Staff)),
            revenue: whole(row.figure(Figure::Revenue) * 100.0).map(Fen::new),
            assets: whole(row.figure(Figure::Assets) * 100.0).map(Fen::new),
        };
        let size = match industry.and_then(|i| i.parse::<Industry>().ok()) {
            Some(industry) => size_class::size_of(industry, of_size, as_of),
            None => size_class::Size::NoStandard,
        };
        let simple = match (size, size.is_sme()) {
            (size_class::Size::Unclassified, _) => Size::Unclassified,
            (_, Some(true)) => Size::Sme,
            (_, Some(false)) => Size::Large,
            (_, None) => Size::Unknown,
        };
        let label = match row.text(Text::Label) {
            None | Some("none") => Label::None,
            Some("innovative") => Label::Innovative,
            Some("specialised") => Label::Specialised,
            Some("little_giant") => Label::LittleGiant,
            Some(other) => {
                let problem = format!("{other:?} is none of none, innovative, specialised, little_giant");
                return Err(refuse(Text::Label, problem));
            }
        };
        let status = row.text(Text::Status);
        if let Some(other) = status.filter(|s| !STATUS.contains(s)) {
            return Err(refuse(Text::Status, format!("{other:?} is none of {}", STATUS.join(", "))));
        }
        // Whatever the registry calls it: 92 opens the code of an individual business.
        let by_code = id.parse::<CreditCode>().is_ok_and(|c| c.kind() == credit_code::Kind::IndividualBusiness);
        let kind = if by_code { Some("individual") } else { row.text(Text::Kind) };
        let facts = Facts {
            kind,
            status,
            industry,
            age_years: (states[self.age] == b'.').then(|| row.value(self.age)),
            size: simple,
            label,
            hits: hits(Text::Hits)?,
            group_hits: hits(Text::GroupHits)?,
            group_members: (row.figure(Figure::GroupSize) as u32).max(1),
            ages,
            line: self.line_inputs(row, states),
        };
        Ok(About {
            id,
            as_of,
            inputs_digest: row.text(Text::InputsDigest),
            name: row.text(Text::Name),
            district: row.text(Text::District),
            zone: row.text(Text::Zone),
            group_id: row.text(Text::GroupId),
            sources,
            size,
            facts,
        })
    }

    fn line_inputs<'t>(&self, row: &impl FeatureRow<'t>, states: &[u8]) -> LineInputs {
        let line = |at: usize| {
            let place = self.line[at];
            match states[place] {
                b'.' => whole((row.value(place) * LINE[at].1).round()).map_or(Input::Unknown, Input::Known),
                b'n' => Input::Withheld,
                _ => Input::Unknown,
            }
        };
        LineInputs {
            sales_last_year: line(0),
            profit_rate: line(1),
            growth: line(2),
            receivable_days: line(3),
            inventory_days: line(4),
            payable_days: line(5),
            prepayment_days: line(6),
            advance_days: line(7),
            own_funds: line(8),
            working_capital_loans: line(9),
            declared_sales: line(10),
            taxes_paid: line(11),
        }
    }
}

/// A number as a whole one, where it is one that fits.
fn whole(x: f64) -> Option<i64> {
    (x.is_finite() && x.abs() < 9e15).then_some(x.round() as i64)
}

/// `source:AGE`.
fn age(text: &str) -> Option<(&str, SourceAge)> {
    let (id, age) = text.split_once(':')?;
    let age = match age {
        "-" => SourceAge::NoRecord,
        "x" => SourceAge::NotThere,
        "!" => SourceAge::Withheld,
        days => {
            let assumed = days.ends_with('~');
            SourceAge::Days(days.trim_end_matches('~').parse().ok()?, assumed)
        }
    };
    Some((id, age))
}

/// `CODE|source|start|end|evidence`.
fn hit(text: &str) -> Option<Hit<'_>> {
    let mut fields = text.splitn(5, '|');
    let (code, source, start) = (fields.next()?, fields.next()?, fields.next()?.parse().ok()?);
    let end = match fields.next()? {
        "" => None,
        end => Some(end.parse().ok()?),
    };
    Some(Hit { code, source, start, end, evidence: fields.next()? })
}
