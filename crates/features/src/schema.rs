//! What each source looks like: its columns, its two dates, its holder, its rules.
//!
//! The sources are data (`crates/features/sources/*.toml`), read and checked once.

mod headings;
mod markdown;
mod parse;

/// How two slots are compared.
pub use crate::expression::Comparison as Operator;
pub use headings::{Heading, Unit};
pub(crate) use markdown::allowed;
pub use markdown::{Language, to_markdown};
use serde::Deserialize;
use std::sync::LazyLock;

const FILES: [&str; 26] = [
    include_str!("../sources/abnormal_list.toml"),
    include_str!("../sources/bank_flows.toml"),
    include_str!("../sources/complaints.toml"),
    include_str!("../sources/court_cases.toml"),
    include_str!("../sources/credit_queries.toml"),
    include_str!("../sources/dishonest_list.toml"),
    include_str!("../sources/equity_encumbrances.toml"),
    include_str!("../sources/grants.toml"),
    include_str!("../sources/housing_fund.toml"),
    include_str!("../sources/intellectual_property.toml"),
    include_str!("../sources/invoices.toml"),
    include_str!("../sources/loans.toml"),
    include_str!("../sources/penalties.toml"),
    include_str!("../sources/procurement_awards.toml"),
    include_str!("../sources/qualifications.toml"),
    include_str!("../sources/real_estate.toml"),
    include_str!("../sources/registry.toml"),
    include_str!("../sources/registry_changes.toml"),
    include_str!("../sources/relations.toml"),
    include_str!("../sources/serious_violation_list.toml"),
    include_str!("../sources/social_security.toml"),
    include_str!("../sources/special_lists.toml"),
    include_str!("../sources/tax_filings.toml"),
    include_str!("../sources/tax_returns.toml"),
    include_str!("../sources/tax_status.toml"),
    include_str!("../sources/utilities.toml"),
];

/// The rules of one source, and where its records come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Name of its files, such as `invoices`.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// The departments that the records come from, in Chinese.
    pub authority: String,
    /// Who holds the records: the platform of the city, or a bank.
    pub holder: Holder,
    /// Whether the records are of persons.
    pub personal: bool,
    /// Whether the records are public, so that no authorisation is needed.
    pub public: bool,
    /// What it means when an enterprise has no record.
    pub absence: Absence,
    /// Index of the column of enterprise ids.
    pub enterprise: usize,
    /// Index of the column of the event's day.
    pub event: usize,
    /// Index of the column of the time at which the record was known.
    pub known: usize,
    /// Days from the event to the time at which it is usually known.
    pub lag_days: i32,
    /// Days between two usual events of the source in a city, for the test of staleness.
    pub interval_days: i32,
    /// Indices of the columns that, with the enterprise, are the identity of a record: of two records of one identity
    /// the one known later holds.
    pub identity: Vec<usize>,
    /// The columns; the index of a column is its slot.
    pub columns: Vec<Column>,
    /// Rules that a row must keep.
    pub rules: Vec<RowRule>,
}

/// Who holds the records of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The credit platform of the city.
    Platform,
    /// The bank that asks for a rating.
    Bank,
}

/// What it means when an enterprise has no record in a source that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// Nothing happened: counts and sums are zero.
    Zero,
    /// Nothing is known.
    Unknown,
}

/// One column of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// English heading.
    pub name: String,
    /// Chinese headings.
    pub zh: Vec<String>,
    /// What its values are.
    pub kind: Kind,
    /// Whether the column must be there and each cell must have a value.
    pub required: bool,
    /// Smallest value, in the unit of the heading (yuan, units, share).
    pub min: Option<f64>,
    /// Largest value, in the unit of the heading.
    pub max: Option<f64>,
    /// Where the median of the absolute values of a file must lie, in yuan.
    pub median: Option<[f64; 2]>,
    /// The values of a column of codes, in the order of their slots.
    pub codes: Vec<Code>,
}

/// One value of a column of codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The canonical spelling.
    pub key: String,
    /// Further spellings that are accepted.
    pub spellings: Vec<String>,
}

/// What the values of a column are, and how one is held as an `i64` slot.
///
/// | kind | slot |
/// |---|---|
/// | `Id`, `Key` | [`key`](crate::record::key) of the text, as `i64` |
/// | `Text`, `District`, `Industry`, `CreditCode` | code of [`Gate::text`](crate::gate::Gate::text) |
/// | `Code` | index into [`Column::codes`] |
/// | `Money` | fen |
/// | `Date` | days since 1970-01-01 |
/// | `Month` | days since 1970-01-01 of the last day of the month |
/// | `Time` | seconds since 1970-01-01T00:00 on Beijing's clock |
/// | `Count` | the number |
/// | `Quantity` | thousandths |
/// | `Share` | millionths (1 is 1,000,000) |
/// | `Flag` | 0 or 1 |
///
/// A missing value is [`MISSING`](crate::record::MISSING) in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the table above says what each is")]
pub enum Kind {
    Id,
    Key,
    Text,
    Code,
    Money,
    Date,
    Month,
    Time,
    Count,
    Quantity,
    Share,
    Flag,
    District,
    Industry,
    CreditCode,
}

/// When `when` holds for a row, `must` has to hold too; a comparison with a missing value does not.
#[derive(Debug, Clone, PartialEq)]
pub struct RowRule {
    /// Its name, which is the rule of an issue.
    pub name: String,
    /// The rows it speaks of; all, if `None`.
    pub when: Option<Comparison>,
    /// What must hold.
    pub must: Comparison,
    /// `must` as it is written.
    pub text: String,
}

/// A column against a constant, both as slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// Index of the column.
    pub column: usize,
    /// How they are compared.
    pub operator: Operator,
    /// The constant, as a slot of the column.
    pub value: i64,
}

impl Source {
    /// Whether a record is about a period and comes after it has ended, such as a month of social security.
    pub fn is_by_period(&self) -> bool {
        let event = &self.columns[self.event];
        event.kind == Kind::Month || event.name == "period_end"
    }

    /// The index of the column of that English name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }
}

impl Column {
    /// The slot of the code of that canonical spelling.
    pub fn code(&self, key: &str) -> Option<i64> {
        self.codes.iter().position(|c| c.key == key).map(|i| i as i64)
    }
}

impl Kind {
    /// Whether any text is a value, so that a cell can be at fault only by its absence.
    pub(crate) fn takes_any_text(self) -> bool {
        matches!(self, Self::Id | Self::Key | Self::Text)
    }
}

impl Column {
    /// How many steps of a slot are one unit of the heading; `None` when the values are not numbers.
    pub fn unit(&self) -> Option<f64> {
        match self.kind {
            Kind::Money => Some(100.0),
            Kind::Quantity => Some(1e3),
            Kind::Share => Some(1e6),
            Kind::Count | Kind::Flag => Some(1.0),
            _ => None,
        }
    }
}

impl Comparison {
    /// Whether it holds for the slot of its column; never for a missing one.
    pub fn holds(self, slot: i64) -> bool {
        slot != crate::record::MISSING && self.operator.holds(slot, self.value)
    }
}

/// All sources, ordered by id; the index of a source in it is its number everywhere.
pub fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
        let parsed = FILES.iter().map(|text| parse::source(text));
        let mut sources: Vec<Source> = parsed.collect::<Result<_, _>>().expect("the tests read every file");
        sources.sort_by(|a, b| a.id.cmp(&b.id));
        sources
    });
    &SOURCES
}

/// The number of the source of that id.
pub fn number(id: &str) -> Option<usize> {
    sources().iter().position(|s| s.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_source() {
        for text in FILES {
            parse::source(text).expect("it is sound");
        }
        assert_eq!(sources().len(), FILES.len());
        assert!(sources().windows(2).all(|w| w[0].id < w[1].id));
    }
}
