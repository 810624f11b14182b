//! A table of features, as `shangzhi features` writes it, row by row as the assessor wants it.

use anyhow::{Context as _, Result, bail, ensure};
use chrono::NaiveDate;
use features::catalogue::Catalogue;
use primitives::{Column, CreditCode, Fen, Industry, Value, credit_code};
use scoring::commercial::{Assessor, EMPTY_DENOMINATOR, Facts, Hit, Input, Label, LineInputs, Size, SourceAge};
use scoring::{Kind, Model};
use std::path::Path;
use table::{ColumnType, ReadOptions, Table};

/// The columns of texts.
const TEXTS: [&str; 17] = [
    "enterprise_id",
    "as_of",
    "catalogue_version",
    "inputs_digest",
    "fact_name",
    "fact_kind",
    "fact_status",
    "fact_industry",
    "fact_district",
    "fact_zone",
    "fact_established_on",
    "fact_label",
    "group_id",
    "hits",
    "group_hits",
    "sources",
    "states",
];
/// The columns of numbers that are no features.
const NUMBERS: [&str; 4] = ["fact_staff", "fact_revenue", "fact_assets", "group_size"];

/// What the registry says of an enterprise's standing.
const STATUS: [&str; 6] = ["active", "revoked", "cancelled", "liquidation", "bankrupt", "moved_out"];

/// What is read of a table of features, and where.
pub(super) struct Reader<'m> {
    model: &'m Model,
    catalogue: &'m Catalogue,
    /// By characteristic: place among the features, and whether the code of an empty denominator can be given.
    characteristics: Vec<(usize, bool)>,
}

/// The line's inputs: column and steps of a unit.
const LINE: [(&str, f64); 12] = [
    ("sales_last_year", 100.0),
    ("profit_rate", 1e6),
    ("sales_growth_year", 1e6),
    ("line_receivable_days", 1e3),
    ("line_inventory_days", 1e3),
    ("line_payable_days", 1e3),
    ("line_prepayment_days", 1e3),
    ("line_advance_days", 1e3),
    ("own_funds", 100.0),
    ("working_capital_loans", 100.0),
    ("declared_sales_12m", 100.0),
    ("taxes_paid_12m", 100.0),
];

impl<'m> Reader<'m> {
    pub(super) fn new(model: &'m Model, assessor: &Assessor<'_>, catalogue: &'m Catalogue) -> Result<Self> {
        let characteristics = model.file().characteristics.iter().enumerate().map(|(i, c)| {
            ensure!(c.kind == Kind::Number, "characteristic {:?} of the model is a text, features are numbers", c.name);
            let place = catalogue.features.iter().position(|f| f.column == c.name);
            let place = place.with_context(|| {
                format!("the model reads {:?}, which the catalogue {} does not have", c.name, catalogue.version)
            })?;
            Ok((place, assessor.holds_empty(i)))
        });
        Ok(Self { model, catalogue, characteristics: characteristics.collect::<Result<_>>()? })
    }

    /// How the file is read: only what is needed.
    pub(super) fn options(&self) -> ReadOptions {
        let features = self.model.file().characteristics.iter().map(|c| c.name.as_str());
        let line = LINE.iter().map(|(name, _)| *name);
        let numbers = NUMBERS.into_iter().chain(features).chain(line).chain(["age_years"]);
        let mut names: Vec<String> = Vec::new();
        let mut types = std::collections::BTreeMap::new();
        for name in TEXTS {
            types.insert(name.to_owned(), ColumnType::Text);
            names.push(name.to_owned());
        }
        for name in numbers {
            types.insert(name.to_owned(), ColumnType::Number);
            if !names.iter().any(|n| n == name) {
                names.push(name.to_owned());
            }
        }
        ReadOptions { types, only: Some(names), no_digest: true, ..Default::default() }
    }

    /// Binds the columns of a batch.
    pub(super) fn bind<'t>(&self, file: &Path, table: &'t Table) -> Result<Bound<'t>> {
        let text =
            |name: &str| table.column(name).with_context(|| format!("{}: there is no column {name:?}", file.display()));
        let number = |name: &str| match table.column(name) {
            Some(Column::Number(values)) => Ok(values.as_slice()),
            Some(Column::Text { .. }) => bail!("{}: column {name:?} is not of numbers", file.display()),
            None => bail!("{}: there is no column {name:?}", file.display()),
        };
        let mut texts = Vec::with_capacity(TEXTS.len());
        for name in TEXTS {
            texts.push(text(name)?);
        }
        let characteristics = self.model.file().characteristics.iter().zip(&self.characteristics);
        let values =
            characteristics.map(|(c, &(place, empty))| Ok((number(&c.name)?, place, empty))).collect::<Result<_>>()?;
        let place = |name: &str| self.catalogue.features.iter().position(|f| f.column == name).context("a feature");
        let line =
            LINE.iter().map(|&(name, steps)| Ok((number(name)?, place(name)?, steps))).collect::<Result<Vec<_>>>()?;
        Ok(Bound {
            rows: table.rows(),
            texts,
            numbers: NUMBERS.iter().map(|n| number(n)).collect::<Result<_>>()?,
            values,
            line,
            age: (number("age_years")?, place("age_years")?),
            features: self.catalogue.features.len(),
            version: self.catalogue.version.clone(),
        })
    }
}

/// The columns of a batch.
pub(super) struct Bound<'t> {
    pub(super) rows: usize,
    /// A column without any value is one of numbers, and has no text.
    texts: Vec<&'t Column>,
    numbers: Vec<&'t [f64]>,
    /// By characteristic: the column, its place among the states, whether it can be given as empty.
    values: Vec<(&'t [f64], usize, bool)>,
    line: Vec<(&'t [f64], usize, f64)>,
    age: (&'t [f64], usize),
    features: usize,
    version: String,
}

/// One enterprise of the table.
pub(super) struct Row<'t> {
    pub(super) id: &'t str,
    pub(super) as_of: NaiveDate,
    pub(super) inputs_digest: Option<&'t str>,
    pub(super) name: Option<&'t str>,
    pub(super) district: Option<&'t str>,
    pub(super) zone: Option<&'t str>,
    pub(super) group_id: Option<&'t str>,
    pub(super) group_size: f64,
    pub(super) sources: &'t str,
    pub(super) size: primitives::size_class::Size,
    pub(super) facts: Facts<'t>,
}

impl<'t> Bound<'t> {
    pub(super) fn text(&self, name: &str, row: usize) -> Option<&'t str> {
        let at = TEXTS.iter().position(|t| *t == name)?;
        self.texts[at].text(row).filter(|t| !t.is_empty())
    }

    /// The values of the model's characteristics.
    pub(super) fn values(&self, row: usize, states: &[u8], out: &mut Vec<Value<'static>>) {
        out.clear();
        for &(column, place, empty) in &self.values {
            out.push(match states[place] {
                b'.' => Value::number(column[row]),
                b'n' => Value::NotAuthorised,
                b'0' if empty => Value::Number(EMPTY_DENOMINATOR),
                _ => Value::Missing,
            });
        }
    }

    /// The states of a row, checked.
    pub(super) fn states(&self, row: usize) -> Result<&'t [u8]> {
        let id = self.text("enterprise_id", row).unwrap_or_default();
        let states = self.text("states", row).unwrap_or_default().as_bytes();
        ensure!(
            states.len() == self.features && states.iter().all(|s| b".0un".contains(s)),
            "row {}, {id:?}, column \"states\": {} letters, {} of . 0 u n are expected: the table was changed after it was computed",
            row + 1,
            states.len(),
            self.features
        );
        Ok(states)
    }

    /// Everything else about a row.
    pub(super) fn row(&self, row: usize, states: &[u8]) -> Result<Row<'t>> {
        let place = |column: &str| format!("row {}, column {column:?}", row + 1);
        let id = self.text("enterprise_id", row).with_context(|| format!("{} is empty", place("enterprise_id")))?;
        let version = self.text("catalogue_version", row).unwrap_or_default();
        ensure!(
            version == self.version,
            "{}: {version:?} is not the catalogue of this program, {:?}: compute the features again",
            place("catalogue_version"),
            self.version
        );
        let as_of = self.text("as_of", row).unwrap_or_default();
        let as_of: NaiveDate =
            as_of.parse().with_context(|| format!("{}: {as_of:?} is not a date like 2025-12-31", place("as_of")))?;
        let sources = self.text("sources", row).unwrap_or_default();
        let ages = sources.split(';').map(age).collect::<Option<Vec<_>>>();
        let ages =
            ages.with_context(|| format!("{}: {sources:?} is not like invoices:12;loans:x", place("sources")))?;
        let hits = |column: &str| -> Result<Vec<Hit<'t>>> {
            let text = self.text(column, row).unwrap_or_default();
            let hits = text.split(';').filter(|h| !h.is_empty()).map(hit).collect::<Option<Vec<_>>>();
            hits.with_context(|| {
                format!("{}: {text:?} is not of entries CODE|source|start|end|evidence", place(column))
            })
        };
        let industry = self.text("fact_industry", row);
        let inputs = primitives::size_class::SizeInputs {
            staff: whole(self.numbers[0][row]),
            revenue: whole(self.numbers[1][row] * 100.0).map(Fen::new),
            assets: whole(self.numbers[2][row] * 100.0).map(Fen::new),
        };
        let parsed: Option<Industry> = industry.and_then(|i| i.parse().ok());
        let size = match parsed {
            Some(industry) => primitives::size_class::size_of(industry, inputs, as_of),
            None => primitives::size_class::Size::NoStandard,
        };
        let simple = match (size, size.is_sme()) {
            (primitives::size_class::Size::Unclassified, _) => Size::Unclassified,
            (_, Some(true)) => Size::Sme,
            (_, Some(false)) => Size::Large,
            (_, None) => Size::Unknown,
        };
        let label = match self.text("fact_label", row) {
            None | Some("none") => Label::None,
            Some("innovative") => Label::Innovative,
            Some("specialised") => Label::Specialised,
            Some("little_giant") => Label::LittleGiant,
            Some(other) => {
                bail!("{}: {other:?} is none of none, innovative, specialised, little_giant", place("fact_label"))
            }
        };
        let status = self.text("fact_status", row);
        if let Some(other) = status.filter(|s| !STATUS.contains(s)) {
            bail!("{}: {other:?} is none of {}", place("fact_status"), STATUS.join(", "));
        }
        // Whatever the registry calls it: 92 opens the code of an individual business.
        let by_code = id.parse::<CreditCode>().is_ok_and(|c| c.kind() == credit_code::Kind::IndividualBusiness);
        let kind = if by_code { Some("individual") } else { self.text("fact_kind", row) };
        let line = |at: usize| {
            let (column, place, steps) = self.line[at];
            match states[place] {
                b'.' => whole((column[row] * steps).round()).map_or(Input::Unknown, Input::Known),
                b'n' => Input::Withheld,
                _ => Input::Unknown,
            }
        };
        let facts = Facts {
            kind,
            status,
            industry,
            age_years: (states[self.age.1] == b'.').then(|| self.age.0[row]),
            size: simple,
            label,
            hits: hits("hits")?,
            group_hits: hits("group_hits")?,
            ages,
            line: LineInputs {
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
            },
        };
        Ok(Row {
            id,
            as_of,
            inputs_digest: self.text("inputs_digest", row),
            name: self.text("fact_name", row),
            district: self.text("fact_district", row),
            zone: self.text("fact_zone", row),
            group_id: self.text("group_id", row),
            group_size: self.numbers[3][row],
            sources,
            size,
            facts,
        })
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
