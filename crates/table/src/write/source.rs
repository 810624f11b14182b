use super::OutColumn;
use primitives::{Column, MISSING_CODE};

/// One value of a column that is written.
pub(super) enum Value<'a> {
    Missing,
    Number(f64),
    Integer(i64),
    Text(&'a str),
}

impl<'a> OutColumn<'a> {
    /// The column without the detour over [`Column`].
    pub(super) fn plain(self) -> Self {
        match self {
            Self::Source(Column::Number(v)) => Self::Number(v),
            Self::Source(Column::Text { codes, levels }) => Self::Coded { codes, levels },
            other => other,
        }
    }

    pub(super) fn value(&self, row: usize) -> Value<'a> {
        match self.plain() {
            Self::Number(v) if v[row].is_finite() => Value::Number(v[row]),
            Self::Number(_) => Value::Missing,
            Self::Integer(v) => Value::Integer(v[row]),
            Self::OptionalInteger(v) => v[row].map_or(Value::Missing, Value::Integer),
            Self::OptionalText(v) => v[row].map_or(Value::Missing, Value::Text),
            Self::Coded { codes, .. } if codes[row] == MISSING_CODE => Value::Missing,
            Self::Coded { codes, levels } => Value::Text(&levels[codes[row] as usize]),
            Self::Source(_) => unreachable!("a plain column"),
        }
    }
}
