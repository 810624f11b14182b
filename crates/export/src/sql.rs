//! One statement that rates every row of a table.
//!
//! It has levels, each a common table expression over the one before: the values as they are read, what is present of
//! them, the bin of every axis, the points of every table, the score with what each table lost, then the largest losses
//! one after the other. No level is put into the next by a planner ([`Dialect::fence`]), or an expression of the first would
//! be computed hundreds of times.

mod steps;

use crate::dialect::Dialect;
use crate::error::Error;
use crate::names::{Columns, check_sql};
use crate::plan::{Axis, Plan, Question};
use scoring::Model;
use std::fmt::Write as _;

/// What a statement is written for.
#[derive(Debug, Clone, Copy)]
pub struct SqlOptions<'a> {
    /// The database.
    pub dialect: Dialect,
    /// The table, or view, as its catalogue has it, with its schemas before it: `credit.firms`. A dot always parts.
    pub table: &'a str,
    /// Columns of the table to copy: without one that identifies a row, the answer is of rows in any order.
    pub keep: &'a [String],
    /// A column of the table with the names of the characteristics that are not authorised in a row, `;` between; none
    /// where all are authorised in all rows.
    pub not_authorised: Option<&'a str>,
}

/// A `SELECT` that gives, for each row of a table: the columns to keep, `points_1` to the last table's, `score`, `pd`,
/// `grade`, `data_coverage`, and `reason_1` to as many as the model gives.
///
/// The table has a column for each characteristic, of any type of numbers or texts; numbers may stand in a column of texts.
/// Null, NaN, the infinities and the empty text are missing. A text that is no number in a column of numbers stops the
/// statement, as [`scoring::Error::WrongType`] would.
///
/// Texts are compared byte by byte. A column of decimals becomes doubles by the database's own conversion.
///
/// # Errors
/// [`Error`] where the database can not say what the model says, or does not know two of its columns apart.
pub fn sql(model: &Model, options: &SqlOptions<'_>) -> Result<String, Error> {
    let plan = Plan::new(model);
    let parts: Vec<&str> = options.table.split('.').collect();
    let columns = Columns { table: &parts, keep: options.keep, not_authorised: options.not_authorised };
    check_sql(&plan, options.dialect, &columns, &added(&plan))?;
    let statement = Statement { plan: &plan, options, prefix: prefix(&parts), text: String::new() };
    statement.write(&parts)
}

/// Names of the columns that are added.
fn added(plan: &Plan<'_>) -> Vec<String> {
    let points = (1..=plan.tables.len()).map(|t| format!("points_{t}"));
    let figures = ["score", "pd", "grade", "data_coverage"].map(str::to_owned);
    let reasons = (1..=plan.model.file().reasons.limit).map(|r| format!("reason_{r}"));
    points.chain(figures).chain(reasons).collect()
}

/// What the names of the levels begin with: no table is called so.
fn prefix(table: &[&str]) -> String {
    let mut prefix = "shangzhi".to_owned();
    while table.iter().any(|part| part.to_lowercase().starts_with(&prefix)) {
        prefix.push('_');
    }
    prefix
}

struct Statement<'a> {
    plan: &'a Plan<'a>,
    options: &'a SqlOptions<'a>,
    prefix: String,
    text: String,
}

impl Statement<'_> {
    fn write(mut self, table: &[&str]) -> Result<String, Error> {
        let dialect = self.options.dialect;
        self.heading();
        let table = table.iter().map(|part| dialect.identifier(part)).collect::<Vec<_>>().join(".");
        let columns = self.read();
        self.level("read", &format!("{table} AS s"), &columns)?;
        let columns = self.present();
        self.level("values", "read", &columns)?;
        let columns = self.bins();
        self.level("bins", "values", &columns)?;
        let columns = self.points();
        self.level("points", "bins", &columns)?;
        let columns = self.losses();
        self.level("losses", "points", &columns)?;
        let last = self.largest_losses()?;
        let columns = self.answer();
        self.check_width(columns.len())?;
        let _ = write!(
            self.text,
            "\nSELECT\n  {}\nFROM {}_{last}{};\n",
            columns.join(",\n  "),
            self.prefix,
            dialect.fence()
        );
        Ok(self.text)
    }

    /// Adds a level: `columns` of an earlier level, or of the table for the first.
    fn level(&mut self, name: &str, from: &str, columns: &[String]) -> Result<(), Error> {
        self.check_width(columns.len())?;
        let (prefix, dialect) = (&self.prefix, self.options.dialect);
        let (opening, from) = match self.text.ends_with(')') {
            true => (",\n", format!("{prefix}_{from}")),
            false => ("WITH ", from.to_owned()),
        };
        let (listed, fence) = (columns.join(",\n    "), dialect.fence());
        let level_as = dialect.level_as();
        let _ =
            write!(self.text, "{opening}{prefix}_{name} {level_as} (\n  SELECT\n    {listed}\n  FROM {from}{fence}\n)");
        Ok(())
    }

    fn check_width(&self, columns: usize) -> Result<(), Error> {
        let (allowed, tables) = (self.options.dialect.columns_max(), self.plan.tables.len());
        match columns <= allowed {
            true => Ok(()),
            false => Err(Error::TooManyColumns { tables, columns, allowed, target: self.options.dialect.name() }),
        }
    }

    fn heading(&mut self) {
        let file = self.plan.model.file();
        let _ = writeln!(
            self.text,
            "-- Model {} {}, {}, for {}.\n-- One row for each row of the table. points_N are those of:",
            comment(&file.model_id),
            comment(&file.model_version),
            self.plan.model.digest(),
            self.options.dialect.name()
        );
        for (t, table) in self.plan.tables.iter().enumerate() {
            let names: Vec<String> = table.axes.iter().map(|a| comment(self.plan.name(a.over))).collect();
            let _ = writeln!(self.text, "--   {} {}", t + 1, names.join(" * "));
        }
        if file.commercial.is_some() {
            self.text.push_str(
                "-- grade is that of the score: the negative list, who can be rated and the line are not in here.\n",
            );
        }
    }

    fn characteristics(&self) -> impl Iterator<Item = (usize, &scoring::Characteristic)> {
        self.plan.model.file().characteristics.iter().enumerate()
    }

    /// Columns that every level passes on.
    fn kept(&self) -> Vec<String> {
        (1..=self.options.keep.len()).map(|k| format!("keep_{k}")).collect()
    }

    /// The values as they stand in the table.
    fn read(&self) -> Vec<String> {
        let dialect = self.options.dialect;
        let column = |name: &str| format!("s.{}", dialect.identifier(name));
        let kept = self.options.keep.iter().enumerate().map(|(k, name)| format!("{} AS keep_{}", column(name), k + 1));
        let values = self
            .characteristics()
            .map(|(i, c)| format!("{} AS value_{}", dialect.read(&column(&c.name), c.kind), i + 1));
        let listed = self.options.not_authorised;
        let listed = listed.map(|name| format!("{} AS withheld", dialect.read(&column(name), scoring::Kind::Text)));
        kept.chain(values).chain(listed).collect()
    }

    /// The values that count as present, and what is not authorised.
    fn present(&self) -> Vec<String> {
        let dialect = self.options.dialect;
        let mut columns = self.kept();
        columns.extend(self.characteristics().map(|(i, c)| {
            let value = format!("value_{}", i + 1);
            format!("{} AS {value}", dialect.present(&value, c.kind))
        }));
        if self.options.not_authorised.is_some() {
            columns.extend(self.characteristics().map(|(i, c)| {
                let listed = dialect.contains("withheld", &format!(";{};", c.name));
                format!("CASE WHEN {listed} THEN 1 ELSE 0 END AS withheld_{}", i + 1)
            }));
        }
        columns
    }

    /// The bin of every axis.
    fn bins(&self) -> Vec<String> {
        let mut columns = self.kept();
        for (t, table) in self.plan.tables.iter().enumerate() {
            match table.axes.as_slice() {
                [axis] => columns.push(format!("{} AS bin_{}", self.bin(axis), t + 1)),
                axes => {
                    for (axis, word) in axes.iter().zip(["row", "column"]) {
                        columns.push(format!("{} AS {word}_{}", self.bin(axis), t + 1));
                    }
                }
            }
        }
        if self.options.not_authorised.is_some() {
            let withheld: Vec<String> = self.characteristics().map(|(i, _)| format!("withheld_{}", i + 1)).collect();
            columns.push(format!("{} AS withheld", sum(&withheld)));
        }
        columns
    }

    fn bin(&self, axis: &Axis<'_>) -> String {
        let dialect = self.options.dialect;
        let value = format!("value_{}", axis.over + 1);
        let mut text = "CASE".to_owned();
        for (question, bin) in &axis.questions {
            let condition = match question {
                Question::NotAuthorised if self.options.not_authorised.is_none() => continue,
                Question::NotAuthorised => format!("withheld_{} = 1", axis.over + 1),
                Question::Missing => format!("{value} IS NULL"),
                Question::Numbers(numbers) => {
                    let numbers: Vec<String> = numbers.iter().map(|&x| dialect.number(x)).collect();
                    format!("{value} IN ({})", numbers.join(", "))
                }
                Question::Texts(texts) => {
                    let texts: Vec<String> = texts.iter().map(|t| dialect.text(t)).collect();
                    format!("{} IN ({})", dialect.bytewise(&value), texts.join(", "))
                }
                Question::Below(edge) => format!("{value} < {}", dialect.number(*edge)),
                Question::Else => {
                    let _ = write!(text, "\n      ELSE {bin}");
                    continue;
                }
            };
            let _ = write!(text, "\n      WHEN {condition} THEN {bin}");
        }
        text.push_str("\n    END");
        text
    }

    /// The points of every table.
    fn points(&self) -> Vec<String> {
        let mut columns = self.kept();
        for (t, table) in self.plan.tables.iter().enumerate() {
            let n = t + 1;
            let bin = match table.axes.as_slice() {
                [_] => {
                    columns.push(format!("bin_{n}"));
                    format!("bin_{n}")
                }
                axes => format!("row_{n} * {} + column_{n}", axes[1].width),
            };
            let mut text = format!("CASE {bin}");
            for (bin, points) in table.points.iter().enumerate() {
                let _ = write!(text, " WHEN {bin} THEN {points}");
            }
            columns.push(format!("{text} END AS points_{n}"));
        }
        columns.extend(self.options.not_authorised.map(|_| "withheld".to_owned()));
        columns
    }

    /// The score, and what each table lost: points lost, times the number of tables, plus one less for each later table.
    /// No two are equal, and the larger is the earlier reason.
    fn losses(&self) -> Vec<String> {
        let tables = self.plan.tables.len();
        let mut columns = self.carried();
        let points: Vec<String> = (1..=tables).map(|t| format!("points_{t}")).collect();
        let base = self.plan.model.file().base_points;
        columns.push(format!("CAST({base} AS BIGINT) + {} AS score", sum(&points)));
        for (t, table) in self.plan.tables.iter().enumerate() {
            let (n, baseline) = (t + 1, table.baseline);
            columns.push(format!(
                "CASE WHEN points_{n} < {baseline} THEN ({baseline} - points_{n}) * CAST({tables} AS BIGINT) + {} ELSE 0 END AS \
                 lost_{n}",
                tables - n
            ));
        }
        columns
    }

    /// What the levels after the points pass on.
    fn carried(&self) -> Vec<String> {
        let mut columns = self.kept();
        columns.extend(self.options.not_authorised.map(|_| "withheld".to_owned()));
        for (t, table) in self.plan.tables.iter().enumerate() {
            columns.extend((table.axes.len() == 1).then(|| format!("bin_{}", t + 1)));
            columns.push(format!("points_{}", t + 1));
        }
        columns
    }

    /// Reasons that a row can have.
    fn reasons(&self) -> usize {
        usize::from(self.plan.model.file().reasons.limit).min(self.plan.tables.len())
    }

    /// The largest losses as `top_1` and so on; gives the name of the last level.
    fn largest_losses(&mut self) -> Result<String, Error> {
        let dialect = self.options.dialect;
        let lost: Vec<String> = (1..=self.plan.tables.len()).map(|t| format!("lost_{t}")).collect();
        let mut columns = self.carried();
        columns.push("score".to_owned());
        if dialect == Dialect::Spark {
            // Planners before 3.3 keep no level apart, and a sorted array names each loss once.
            columns.push(format!("sort_array(array({}), false) AS tops", lost.join(", ")));
            self.level("tops", "losses", &columns)?;
            return Ok("tops".to_owned());
        }
        let mut from = "losses".to_owned();
        for rank in 1..=self.reasons() {
            let parts: Vec<String> = match rank {
                1 => lost.clone(),
                _ => lost.iter().map(|l| format!("CASE WHEN {l} < top_{} THEN {l} ELSE 0 END", rank - 1)).collect(),
            };
            let mut level = columns.clone();
            level.extend((1..rank).map(|r| format!("top_{r}")));
            level.push(format!("{} AS top_{rank}", dialect.greatest(&parts)));
            level.extend((rank < self.reasons()).then_some(&lost).into_iter().flatten().cloned());
            let name = format!("top_{rank}");
            self.level(&name, &from, &level)?;
            from = name;
        }
        Ok(from)
    }

    /// The columns of the answer.
    fn answer(&self) -> Vec<String> {
        let dialect = self.options.dialect;
        let kept = self.options.keep.iter().enumerate();
        let mut columns: Vec<String> =
            kept.map(|(k, name)| format!("keep_{} AS {}", k + 1, dialect.identifier(name))).collect();
        columns.extend((1..=self.plan.tables.len()).map(|t| format!("points_{t}")));
        columns.push("CAST(score AS INTEGER) AS score".to_owned());
        columns.push(format!("{} AS pd", steps::pd(self.plan, dialect)));
        columns.push(format!("{} AS grade", steps::grade(self.plan, self.options)));
        columns.push(format!("{} AS data_coverage", steps::coverage(self.plan, self.options)));
        for rank in 1..=usize::from(self.plan.model.file().reasons.limit) {
            let text = match rank <= self.reasons() {
                true => self.reason(rank),
                false => format!("CAST(NULL AS {})", if dialect == Dialect::Spark { "STRING" } else { "VARCHAR(1)" }),
            };
            columns.push(format!("{text} AS reason_{rank}"));
        }
        columns
    }

    /// The reason code of a rank.
    fn reason(&self, rank: usize) -> String {
        let (dialect, tables) = (self.options.dialect, self.plan.tables.len());
        let top = match dialect {
            Dialect::Spark => format!("tops[{}]", rank - 1),
            Dialect::DuckDb | Dialect::Postgres | Dialect::Sqlite => format!("top_{rank}"),
        };
        let mut text = format!("CASE WHEN {top} > 0 THEN CASE {top} % {tables}");
        for (t, table) in self.plan.tables.iter().enumerate() {
            let mut by_code: Vec<(&str, Vec<String>)> = Vec::new();
            for (bin, code) in table.codes.iter().enumerate().filter(|&(bin, _)| table.loses(bin)) {
                match by_code.iter_mut().find(|(had, _)| had == code) {
                    Some((_, bins)) => bins.push(bin.to_string()),
                    None => by_code.push((code, vec![bin.to_string()])),
                }
            }
            // The code of most bins needs no question.
            by_code.sort_by_key(|(_, bins)| bins.len());
            let Some(((last, _), others)) = by_code.split_last() else { continue };
            let code = match others.is_empty() {
                true => dialect.text(last),
                false => {
                    let mut code = "CASE".to_owned();
                    for (other, bins) in others {
                        let _ =
                            write!(code, " WHEN bin_{} IN ({}) THEN {}", t + 1, bins.join(", "), dialect.text(other));
                    }
                    format!("{code} ELSE {} END", dialect.text(last))
                }
            };
            let _ = write!(text, "\n    WHEN {} THEN {code}", tables - 1 - t);
        }
        if text.ends_with(&format!("% {tables}")) {
            return format!("CAST(NULL AS {})", if dialect == Dialect::Spark { "STRING" } else { "VARCHAR(1)" });
        }
        text.push_str("\n  END END");
        text
    }
}

/// A sum that is not deep: databases bound how deep an expression is.
fn sum(parts: &[String]) -> String {
    const PARTS_MAX: usize = 100;
    match parts.len() <= PARTS_MAX {
        true => parts.join(" + "),
        false => parts.chunks(PARTS_MAX).map(|c| format!("({})", c.join(" + "))).collect::<Vec<_>>().join(" + "),
    }
}

/// A name for a comment: what could end the line, or be replaced in it, is left out.
fn comment(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || ['_', '-', '.', ' '].contains(&c) { c } else { '?' }).collect()
}
