//! What a commercial-value rating is told about an enterprise besides the values of the tables.

use super::file::Class;
use chrono::NaiveDate;

/// The size class (工信部联企业〔2011〕300号), decided by whoever knows the standard of the date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Not a small or medium enterprise.
    Large,
    /// Medium, small or micro, certain or at most that.
    Sme,
    /// The standard has no row for the industry.
    Unclassified,
    /// Not known for want of data.
    Unknown,
}

/// The specialised-new label (专精特新).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// None, or not known.
    None,
    /// 创新型中小企业
    Innovative,
    /// 专精特新
    Specialised,
    /// 小巨人
    LittleGiant,
}

impl Label {
    /// The class whose cap applies.
    pub fn class(self) -> Class {
        if self >= Self::Specialised { Class::Specialised } else { Class::General }
    }
}

/// A figure that may be missing, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Fen, ppm or thousandths of a day, as the field says.
    Known(i64),
    /// Not known.
    Unknown,
    /// Its source is not authorised.
    Withheld,
}

/// What the line is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineInputs {
    /// Sales of the last return, fen.
    pub sales_last_year: Input,
    /// Profit to sales, ppm.
    pub profit_rate: Input,
    /// Growth of declared sales, ppm.
    pub growth: Input,
    /// Days of receivables, thousandths.
    pub receivable_days: Input,
    /// Days of inventory, thousandths.
    pub inventory_days: Input,
    /// Days of payables, thousandths.
    pub payable_days: Input,
    /// Days of prepayments, thousandths.
    pub prepayment_days: Input,
    /// Days of advances received, thousandths.
    pub advance_days: Input,
    /// Current assets less current liabilities, fen.
    pub own_funds: Input,
    /// Working-capital loans outstanding, fen.
    pub working_capital_loans: Input,
    /// Declared sales of 12 months, fen.
    pub declared_sales: Input,
    /// Taxes paid in 12 months, fen.
    pub taxes_paid: Input,
}

impl LineInputs {
    /// Nothing known.
    pub const UNKNOWN: Self = Self {
        sales_last_year: Input::Unknown,
        profit_rate: Input::Unknown,
        growth: Input::Unknown,
        receivable_days: Input::Unknown,
        inventory_days: Input::Unknown,
        payable_days: Input::Unknown,
        prepayment_days: Input::Unknown,
        advance_days: Input::Unknown,
        own_funds: Input::Unknown,
        working_capital_loans: Input::Unknown,
        declared_sales: Input::Unknown,
        taxes_paid: Input::Unknown,
    };
}

/// An entry of a negative list that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Code of the rule.
    pub code: &'a str,
    /// Id of the source.
    pub source: &'a str,
    /// First day.
    pub start: NaiveDate,
    /// Last day, when one is known.
    pub end: Option<NaiveDate>,
    /// What names it: a document, a case. May be empty.
    pub evidence: &'a str,
}

/// The newest record of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceAge {
    /// Days before the as-of date; whether the time it was known is assumed.
    Days(u32, bool),
    /// The enterprise has no record.
    NoRecord,
    /// The source is not there.
    NotThere,
    /// The enterprise has not authorised it.
    Withheld,
}

/// An enterprise as of a date.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// `individual`, `limited` and so on.
    pub kind: Option<&'a str>,
    /// `active`, `revoked`, `cancelled`, `liquidation`, `bankrupt`, `moved_out`.
    pub status: Option<&'a str>,
    /// GB/T 4754 code with its section letter.
    pub industry: Option<&'a str>,
    /// Years since establishment.
    pub age_years: Option<f64>,
    /// Size class.
    pub size: Size,
    /// Specialised-new label.
    pub label: Label,
    /// Its own hits.
    pub hits: Vec<Hit<'a>>,
    /// Hits of others under the same actual controller.
    pub group_hits: Vec<Hit<'a>>,
    /// Enterprises under one actual controller that are not closed, this one included; at least 1.
    pub group_members: u32,
    /// By source of the model's section: the newest record.
    pub ages: Vec<(&'a str, SourceAge)>,
    /// Inputs of the line.
    pub line: LineInputs,
}

impl Facts<'_> {
    /// Whether the known time of any record that was used is assumed.
    pub fn assumes_known_time(&self) -> bool {
        self.ages.iter().any(|(_, age)| matches!(age, SourceAge::Days(_, true)))
    }

    /// Whether a source is withheld.
    pub(crate) fn withholds(&self, source: &str) -> bool {
        self.ages.iter().any(|(id, age)| *id == source && *age == SourceAge::Withheld)
    }
}
