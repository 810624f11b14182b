//! The language in which the catalogue says what a feature is.
//!
//! A definition is data: this module turns its text into a tree and back, and knows nothing of how the tree is
//! computed. What a tree can not say is added as a named operation, never as a closure, so that every definition can be
//! printed, compared, and put into another engine's words.
//!
//! ```text
//! value       = term { ("+" | "-") term }
//! term        = factor { ("*" | "/") factor }
//! factor      = "-" factor | NUMBER | "as_of" | "(" value ")" | function | aggregate | peers
//! function    = ("abs" | "min" | "max" | "clamp" | "if_empty" | "months_until" | "map") "(" value {"," value} ")"
//! aggregate   = NAME "(" selection { "," selection | "," NUMBER } [ "," window ] ")"
//! selection   = SET [ "." COLUMN ] [ "by" COLUMN ] [ "where" condition ]
//! window      = N "m" [ "ago" N "m" | "to date" ] | N "d" | "all"
//! peers       = ("less_peer_median" | "to_peer_median" | "peer_rank") "(" value "by" KEY { "," KEY } ")"
//! condition   = any of: all { "or" all };  all = one { "and" one };  one = "not" one | "(" condition ")" | test
//! test        = COLUMN ("=" | "!=" | "<" | "<=" | ">" | ">=") operand | COLUMN "in" "(" CODE {"," CODE} ")"
//!             | "missing" "(" COLUMN ")" | "within" "(" COLUMN "," N "m" ")" | "month_end" "(" COLUMN "," N ")"
//!             | "multiple" "(" COLUMN "," NUMBER ")" | "same_controller" "(" COLUMN ")"
//! operand     = NUMBER | "as_of" | COLUMN | CODE
//! ```
//!
//! Division by zero is not an error and not a zero: the value is then an empty denominator, see [`crate::State`].

mod parse;
mod print;
mod token;

pub use parse::{parse_condition, parse_value};
pub use token::SyntaxError;

use crate::calendar::Window;

/// What a feature is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number as written.
    Number(f64),
    /// The as-of date, in days since 1970-01-01.
    AsOf,
    /// Two values and what is done with them.
    Binary(Operator, Box<Value>, Box<Value>),
    /// The value with its sign turned.
    Negative(Box<Value>),
    /// A function of values.
    Call(Function, Vec<Value>),
    /// A figure over records.
    Aggregate(Aggregate),
    /// A figure of the enterprise beside that of its peers; only as the whole of a definition.
    Peers(PeerOperation, Box<Value>, Vec<PeerKey>),
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`; an empty denominator where the right side is zero.
    Divide,
}

/// A function of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// The value without its sign.
    Abs,
    /// The smaller.
    Min,
    /// The larger.
    Max,
    /// The first, drawn into the bounds that the second and third are.
    Clamp,
    /// The first, or the second where there is nothing to compute the first from: no record was selected, or a
    /// denominator is zero. What is unknown stays unknown.
    IfEmpty,
    /// Full months from the as-of date to a day; 0 when it is past.
    MonthsUntil,
}

/// A figure over the records of an enterprise.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// What is computed.
    pub operation: Operation,
    /// Over which records, one selection or two.
    pub selections: Vec<Selection>,
    /// A parameter of the operation.
    pub parameter: Option<u32>,
    /// Over which days.
    pub window: Window,
}

/// What is computed over records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Number of records.
    Count,
    /// Sum of a column.
    Sum,
    /// Smallest value of a column.
    Least,
    /// Largest value of a column.
    Greatest,
    /// The column in the latest record.
    Latest,
    /// The column in the latest record before the day of the latest one.
    Previous,
    /// Days from the latest record to the as-of date.
    DaysSince,
    /// Months with a record.
    Months,
    /// Longest run of months without a record.
    Gap,
    /// Standard deviation of the monthly sums over their mean; months without a record are zeros, divisor `n`.
    Variation,
    /// Number of different values of a column.
    Distinct,
    /// Share of the `n` largest keys in the sum; keys whose net sum is not above zero are left out of both.
    Top,
    /// Sum of the squared shares of the keys whose net sum is above zero.
    Hhi,
    /// Keys in both halves of the window over keys in the first half.
    Kept,
    /// Share of the sum whose keys have no record in the window of the same length before.
    Fresh,
    /// Cosine of the sums by key of two selections.
    Cosine,
    /// Share of the first selection's sum whose keys the second has too; in both, keys whose net sum is above zero.
    Overlap,
}

/// The records an aggregate looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// Name of the set.
    pub set: String,
    /// The column that is summed, counted, looked up.
    pub column: Option<String>,
    /// The column that parts the records.
    pub by: Option<String>,
    /// Which records of the set.
    pub condition: Option<Condition>,
}

/// Which records.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Both.
    And(Box<Condition>, Box<Condition>),
    /// Either.
    Or(Box<Condition>, Box<Condition>),
    /// Not that.
    Not(Box<Condition>),
    /// A column beside something; no when either is missing.
    Compare(String, Comparison, Operand),
    /// The column is one of the codes.
    In(String, Vec<String>),
    /// The column has no value.
    Missing(String),
    /// The day in the column lies in the months up to the as-of date, as in `12m to date`.
    Within(String, u16),
    /// The day in the column is one of the last of its month.
    MonthEnd(String, u16),
    /// The amount in the column is a multiple of that many, and not zero.
    Multiple(String, f64),
    /// The key in the column names an enterprise under the same actual controller.
    SameController(String),
}

impl Condition {
    /// Whether it asks who controls whom.
    pub fn asks_for_controllers(&self) -> bool {
        match self {
            Self::And(a, b) | Self::Or(a, b) => a.asks_for_controllers() || b.asks_for_controllers(),
            Self::Not(a) => a.asks_for_controllers(),
            Self::SameController(_) => true,
            _ => false,
        }
    }
}

/// How two things compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Whether it holds between two values.
    #[inline]
    pub fn holds(self, value: i64, with: i64) -> bool {
        match self {
            Self::Equal => value == with,
            Self::NotEqual => value != with,
            Self::Less => value < with,
            Self::LessOrEqual => value <= with,
            Self::Greater => value > with,
            Self::GreaterOrEqual => value >= with,
        }
    }
}

/// What a column is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A number in the unit of the column: yuan for money.
    Number(f64),
    /// The as-of date.
    AsOf,
    /// A code of the column, or another column of the source.
    Word(String),
}

/// How a figure stands beside those of the peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerOperation {
    /// The figure less the median of the peers.
    LessMedian,
    /// The figure over the median of the peers.
    ToMedian,
    /// The share of the peers whose figure is smaller, with half of those that are equal.
    Rank,
}

/// What makes a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PeerKey {
    /// The same two-digit division of GB/T 4754.
    Division,
    /// The same district.
    District,
}

impl Value {
    fn has_peers(&self) -> bool {
        match self {
            Self::Number(_) | Self::AsOf | Self::Aggregate(_) => false,
            Self::Binary(_, a, b) => a.has_peers() || b.has_peers(),
            Self::Negative(a) => a.has_peers(),
            Self::Call(_, of) => of.iter().any(Self::has_peers),
            Self::Peers(..) => true,
        }
    }

    /// The aggregates in this value, from left to right.
    pub fn aggregates(&self) -> Vec<&Aggregate> {
        fn walk<'v>(value: &'v Value, out: &mut Vec<&'v Aggregate>) {
            match value {
                Value::Number(_) | Value::AsOf => {}
                Value::Binary(_, a, b) => [a, b].into_iter().for_each(|v| walk(v, out)),
                Value::Negative(a) | Value::Peers(_, a, _) => walk(a, out),
                Value::Call(_, of) => of.iter().for_each(|v| walk(v, out)),
                Value::Aggregate(a) => out.push(a),
            }
        }
        let mut out = Vec::new();
        walk(self, &mut out);
        out
    }
}

#[cfg(test)]
mod tests;
