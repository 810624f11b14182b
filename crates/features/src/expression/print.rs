//! A tree to the text it is read from.

use super::{
    Aggregate, Comparison, Condition, Function, Operand, Operation, Operator, PeerKey, PeerOperation, Selection, Value,
};
use std::fmt::{Display, Formatter, Result};

pub(super) const OPERATIONS: [(Operation, &str); 17] = [
    (Operation::Count, "count"),
    (Operation::Sum, "sum"),
    (Operation::Least, "least"),
    (Operation::Greatest, "greatest"),
    (Operation::Latest, "latest"),
    (Operation::Previous, "previous"),
    (Operation::DaysSince, "days_since"),
    (Operation::Months, "months"),
    (Operation::Gap, "gap"),
    (Operation::Variation, "variation"),
    (Operation::Distinct, "distinct"),
    (Operation::Top, "top"),
    (Operation::Hhi, "hhi"),
    (Operation::Kept, "kept"),
    (Operation::Fresh, "fresh"),
    (Operation::Cosine, "cosine"),
    (Operation::Overlap, "overlap"),
];

impl Operation {
    /// The word for it.
    pub fn name(self) -> &'static str {
        OPERATIONS.iter().find(|(o, _)| *o == self).map_or("", |(_, name)| name)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Number(n) => write!(f, "{n}"),
            Self::AsOf => write!(f, "as_of"),
            Self::Negative(a) => write!(f, "-{}", Inner(a)),
            Self::Binary(operator, a, b) => {
                let sign = match operator {
                    Operator::Add => "+",
                    Operator::Subtract => "-",
                    Operator::Multiply => "*",
                    Operator::Divide => "/",
                };
                write!(f, "{} {sign} {}", Inner(a), Inner(b))
            }
            Self::Call(function, of) => {
                let name = match function {
                    Function::Abs => "abs",
                    Function::Min => "min",
                    Function::Max => "max",
                    Function::Clamp => "clamp",
                    Function::IfEmpty => "if_empty",
                    Function::MonthsUntil => "months_until",
                };
                let of: Vec<String> = of.iter().map(Self::to_string).collect();
                write!(f, "{name}({})", of.join(", "))
            }
            Self::Aggregate(a) => a.fmt(f),
            Self::Peers(operation, of, keys) => {
                let name = match operation {
                    PeerOperation::LessMedian => "less_peer_median",
                    PeerOperation::ToMedian => "to_peer_median",
                    PeerOperation::Rank => "peer_rank",
                };
                let keys: Vec<&str> = keys
                    .iter()
                    .map(|k| match k {
                        PeerKey::Division => "division",
                        PeerKey::District => "district",
                    })
                    .collect();
                write!(f, "{name}({of} by {})", keys.join(", "))
            }
        }
    }
}

/// A value inside another: in brackets where it would fall apart.
struct Inner<'v>(&'v Value);

impl Display for Inner<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Value::Binary(..) | Value::Negative(_) => write!(f, "({})", self.0),
            _ => self.0.fmt(f),
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let selections: Vec<String> = self.selections.iter().map(Selection::to_string).collect();
        write!(f, "{}({}", self.operation.name(), selections.join(", "))?;
        if let Some(parameter) = self.parameter {
            write!(f, ", {parameter}")?;
        }
        write!(f, ", {})", self.window)
    }
}

impl Display for Selection {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.set)?;
        if let Some(column) = &self.column {
            write!(f, ".{column}")?;
        }
        if let Some(by) = &self.by {
            write!(f, " by {by}")?;
        }
        if let Some(condition) = &self.condition {
            write!(f, " where {condition}")?;
        }
        Ok(())
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::And(a, b) => write!(f, "({a} and {b})"),
            Self::Or(a, b) => write!(f, "({a} or {b})"),
            Self::Not(a) => write!(f, "not {a}"),
            Self::Compare(column, comparison, operand) => {
                let sign = match comparison {
                    Comparison::Equal => "=",
                    Comparison::NotEqual => "!=",
                    Comparison::Less => "<",
                    Comparison::LessOrEqual => "<=",
                    Comparison::Greater => ">",
                    Comparison::GreaterOrEqual => ">=",
                };
                write!(f, "{column} {sign} ")?;
                match operand {
                    Operand::Number(n) => write!(f, "{n}"),
                    Operand::AsOf => write!(f, "as_of"),
                    Operand::Word(w) => f.write_str(w),
                }
            }
            Self::In(column, codes) => write!(f, "{column} in ({})", codes.join(", ")),
            Self::Missing(column) => write!(f, "missing({column})"),
            Self::Within(column, months) => write!(f, "within({column}, {months}m)"),
            Self::MonthEnd(column, days) => write!(f, "month_end({column}, {days})"),
            Self::Multiple(column, of) => write!(f, "multiple({column}, {of})"),
            Self::SameController(column) => write!(f, "same_controller({column})"),
        }
    }
}
