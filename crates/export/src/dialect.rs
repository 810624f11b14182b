//! What differs between the databases: quotes, literals, types, and how a level of a statement is kept apart.

use crate::number::{exact, shortest};
use scoring::Kind;

/// A database that an exported statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Apache Spark SQL from 3.1 on, with or without ANSI mode.
    Spark,
    /// DuckDB.
    DuckDb,
    /// PostgreSQL from 12 on.
    Postgres,
    /// SQLite from 3.38 on, or an older one with its JSON functions.
    Sqlite,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Spark, Self::DuckDb, Self::Postgres, Self::Sqlite];

    /// The database's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spark => "Spark",
            Self::DuckDb => "DuckDB",
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }

    /// Columns that a select list may have.
    pub(crate) fn columns_max(self) -> usize {
        match self {
            Self::Spark | Self::DuckDb => usize::MAX,
            Self::Postgres => 1_664,
            Self::Sqlite => 2_000,
        }
    }

    /// Bytes that a name may have.
    pub(crate) fn name_max(self) -> usize {
        match self {
            Self::Postgres => 63,
            Self::Spark | Self::DuckDb | Self::Sqlite => usize::MAX,
        }
    }

    /// Whether names that differ only in case are two columns.
    pub(crate) fn tells_case_apart(self) -> bool {
        self == Self::Postgres
    }

    /// A name in quotes, reserved words among them.
    pub(crate) fn identifier(self, name: &str) -> String {
        match self {
            Self::Spark => format!("`{}`", name.replace('`', "``")),
            Self::DuckDb | Self::Postgres | Self::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A text as a literal on one line, whatever is in it.
    pub(crate) fn text(self, text: &str) -> String {
        let is_plain = |c: char| !c.is_control();
        match self {
            Self::Spark => {
                // Escapes hang on a setting of the session, and `${...}` is replaced even within quotes.
                match text.chars().all(|c| is_plain(c) && !['\'', '\\', '$'].contains(&c)) {
                    true => format!("'{text}'"),
                    false => format!("CAST(X'{}' AS STRING)", hex(text)),
                }
            }
            Self::Postgres => {
                // Without E a backslash hangs on a setting of the session.
                let is_simple = text.chars().all(|c| is_plain(c) && c != '\\');
                let mut out = String::from(if is_simple { "'" } else { "E'" });
                for c in text.chars() {
                    match c {
                        '\'' => out.push_str("''"),
                        '\\' => out.push_str("\\\\"),
                        c if is_plain(c) => out.push(c),
                        c => out.push_str(&format!("\\u{:04X}", u32::from(c))),
                    }
                }
                out.push('\'');
                out
            }
            Self::DuckDb | Self::Sqlite => {
                let function = if self == Self::DuckDb { "chr" } else { "char" };
                let mut parts = Vec::new();
                let mut rest = text;
                while let Some(at) = rest.find(|c| !is_plain(c)) {
                    let (before, from) = rest.split_at(at);
                    let odd = from.chars().next().expect("a character was found here");
                    parts.extend((!before.is_empty()).then(|| quoted(before)));
                    parts.push(format!("{function}({})", u32::from(odd)));
                    rest = &from[odd.len_utf8()..];
                }
                parts.extend((!rest.is_empty() || parts.is_empty()).then(|| quoted(rest)));
                match parts.as_slice() {
                    [one] => one.clone(),
                    several => format!("({})", several.join(" || ")),
                }
            }
        }
    }

    /// A finite number as a double, never a decimal: comparisons are those of doubles.
    pub(crate) fn number(self, x: f64) -> String {
        let x = x + 0.0; // minus zero is zero
        match self {
            Self::Sqlite => exact(x),
            Self::Postgres => format!("'{}'::float8", shortest(x)),
            Self::DuckDb => match shortest(x) {
                text if text.contains('e') => text,
                text => format!("{text}e0"),
            },
            Self::Spark => format!("{}D", shortest(x).replace('e', "E")),
        }
    }

    /// The type of doubles.
    pub(crate) fn double(self) -> &'static str {
        match self {
            Self::Spark | Self::DuckDb => "DOUBLE",
            Self::Postgres => "double precision",
            Self::Sqlite => "REAL",
        }
    }

    /// A column of the table, whatever its type, as a double or a text.
    ///
    /// A text that is no number is an error of the statement: a cast that gives nothing or zero in its place would score
    /// the row as if nothing were wrong.
    pub(crate) fn read(self, column: &str, kind: Kind) -> String {
        match (self, kind) {
            (Self::Spark, Kind::Number) => format!(
                "CASE WHEN {column} IS NOT NULL AND CAST({column} AS DOUBLE) IS NULL THEN \
                 CAST(raise_error('a value of a column of numbers is no number') AS DOUBLE) ELSE CAST({column} AS DOUBLE) END"
            ),
            (Self::Spark, Kind::Text) => format!("CAST({column} AS STRING)"),
            (Self::DuckDb, Kind::Number) => format!("CAST({column} AS DOUBLE)"),
            (Self::DuckDb, Kind::Text) => format!("CAST({column} AS VARCHAR)"),
            (Self::Postgres, Kind::Number) => format!("CAST({column} AS double precision)"),
            (Self::Postgres, Kind::Text) => format!("CAST({column} AS text) COLLATE \"C\""),
            // json() of what is none stops the statement. Values of one column may differ in type.
            (Self::Sqlite, Kind::Number) => format!(
                "CASE typeof({column}) WHEN 'real' THEN {column} WHEN 'integer' THEN CAST({column} AS REAL) WHEN 'null' THEN NULL \
                 ELSE CASE WHEN trim({column}) = '' THEN NULL WHEN json_valid({column}) AND json_type({column}) IN ('integer', \
                 'real') THEN CAST({column} AS REAL) ELSE json('a value of a column of numbers is no number') END END"
            ),
            (Self::Sqlite, Kind::Text) => format!("CAST({column} AS TEXT)"),
        }
    }

    /// A value of [`Dialect::read`] with all that counts as missing made null.
    pub(crate) fn present(self, value: &str, kind: Kind) -> String {
        match (self, kind) {
            (Self::Sqlite, Kind::Number) => format!("CASE WHEN -9e999 < {value} AND {value} < 9e999 THEN {value} END"),
            // NaN is above all numbers in these.
            (_, Kind::Number) => {
                let max = self.number(f64::MAX);
                format!("CASE WHEN {value} BETWEEN {} AND {max} THEN {value} END", self.number(-f64::MAX))
            }
            (_, Kind::Text) => format!("NULLIF({value}, '')"),
        }
    }

    /// A value of text, compared byte by byte whatever collation its column has.
    pub(crate) fn bytewise(self, value: &str) -> String {
        match self {
            Self::Sqlite => format!("{value} COLLATE BINARY"),
            Self::Spark | Self::DuckDb | Self::Postgres => value.to_owned(),
        }
    }

    /// Whether `text` is a part of the text `of`, as a condition; unknown where that is null.
    pub(crate) fn contains(self, of: &str, text: &str) -> String {
        let function = if self == Self::Postgres { "strpos" } else { "instr" };
        format!("{function}(';' || {of} || ';', {}) > 0", self.text(text))
    }

    /// The largest of several expressions without nulls.
    pub(crate) fn greatest(self, parts: &[String]) -> String {
        // SQLite takes 127 arguments.
        const PARTS_MAX: usize = 100;
        let function = if self == Self::Sqlite { "max" } else { "greatest" };
        match parts {
            [one] => one.clone(),
            parts if parts.len() <= PARTS_MAX => format!("{function}({})", parts.join(", ")),
            parts => self.greatest(&parts.chunks(PARTS_MAX).map(|c| self.greatest(c)).collect::<Vec<_>>()),
        }
    }

    /// What keeps the planner from putting the expressions of one level into the next, where each would be computed many
    /// times over.
    pub(crate) fn fence(self) -> &'static str {
        match self {
            Self::Postgres => "\n  OFFSET 0",
            Self::Sqlite => "\n  LIMIT -1 OFFSET 0",
            Self::DuckDb | Self::Spark => "",
        }
    }

    /// How a level of the statement is introduced: streamed, not stored.
    pub(crate) fn level_as(self) -> &'static str {
        match self {
            Self::DuckDb => "AS NOT MATERIALIZED",
            Self::Spark | Self::Postgres | Self::Sqlite => "AS",
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02X}")).collect()
}
