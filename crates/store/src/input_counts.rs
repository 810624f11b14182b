//! In how many ratings of a day an input was missing: kept beside the ratings and moved on as they are stored, so that nobody
//! reads all of them for a share.
//!
//! Updates: by who follows the ratings, a stretch of audit lines at a time, each counted once, whichever server does it.
//! Deletion: all of it, to be counted anew. Guarantees: counts and the line that they stand at change together; none of
//! the chain. What an input is and when it is missing the caller says. Of a rating whose key was destroyed before it was
//! counted nothing is known any more.

use crate::engine::Value;
use crate::ratings::{inputs_of, select};
use crate::transaction::Transactions;
use crate::writer::Job;
use crate::{Error, Kept, Store, UnixMicros};
use std::collections::BTreeMap;

/// What ratings were made from, behind an audit line: its number, when the rating was made, and the inputs.
pub type InputsOfLine = (i64, UnixMicros, Kept<Vec<u8>>);

/// Counts of a stretch of audit lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewInputCounts {
    /// The line behind which the stretch begins: where the counts stand.
    pub after: i64,
    /// Its last line.
    pub through: i64,
    /// By day (`YYYY-MM-DD`) and input, the empty one for the ratings themselves: in how many it was missing.
    pub counts: BTreeMap<(String, String), i64>,
}

/// Counts of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputCount {
    /// `YYYY-MM`.
    pub month: String,
    /// The input; empty for the ratings themselves.
    pub input: String,
    /// In how many ratings it was missing; how many ratings there were.
    pub missing: i64,
}

const THROUGH: &str = "SELECT line FROM input_counts_through";

impl Store {
    /// What at most `max` ratings of all tenants behind `line` were made from, in the order of their audit lines.
    ///
    /// # Errors
    /// As [`Self::rating`].
    pub async fn inputs_after(&self, line: i64, max: u32) -> Result<Vec<InputsOfLine>, Error> {
        let sql = select("sealed_inputs") + "WHERE r.line > $1 ORDER BY r.line LIMIT $2";
        let rows = self.readers().rows(sql, vec![line.into(), i64::from(max).into()]).await?;
        rows.iter().map(|row| inputs_of(self.keys(), row)).collect()
    }

    /// The line at which the counts stand; 0 before the first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn inputs_counted_through(&self) -> Result<i64, Error> {
        let rows = self.readers().rows(THROUGH, Vec::new()).await?;
        rows.first().map_or(Ok(0), |row| row.get(0))
    }

    /// Adds counts; `false`, and nothing is added, where they do not begin at the line at which the counts stand: another
    /// server was faster.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the stretch ends before it begins; [`Error::Database`], [`Error::Refusing`], [`Error::Closed`].
    pub async fn count_inputs(&self, counts: NewInputCounts) -> Result<bool, Error> {
        if counts.through < counts.after {
            return Err(Error::Invalid { why: "counts end before they begin" });
        }
        self.ask(|reply| Job::CountInputs(Some(Box::new(counts)), reply)).await
    }

    /// Throws all counts away, so that they are counted anew.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Refusing`], [`Error::Closed`].
    pub async fn forget_input_counts(&self) -> Result<(), Error> {
        self.ask(|reply| Job::CountInputs(None, reply)).await.map(drop)
    }

    /// Counts of the days from `first` to `last` (`YYYY-MM-DD`, both within), by month and input.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn input_counts(&self, first: &str, last: &str) -> Result<Vec<InputCount>, Error> {
        // A sum of whole numbers is a decimal in PostgreSQL.
        let sql = "SELECT SUBSTR(day, 1, 7), input, CAST(SUM(missing) AS BIGINT) FROM input_counts \
                   WHERE day >= $1 AND day <= $2 GROUP BY SUBSTR(day, 1, 7), input ORDER BY 1, 2";
        let rows = self.readers().rows(sql, vec![first.into(), last.into()]).await?;
        let read =
            |row: &crate::engine::Row| Ok(InputCount { month: row.get(0)?, input: row.get(1)?, missing: row.get(2)? });
        rows.iter().map(read).collect()
    }
}

/// Adds counts, or throws all away, in one transaction; whether anything was done.
pub(crate) async fn write(
    transactions: &mut Transactions,
    chain: &'static str,
    counts: Option<&NewInputCounts>,
) -> Result<bool, Error> {
    let (conn, _) = transactions.begin(chain).await?;
    let done = async {
        let Some(new) = counts else {
            conn.execute("DELETE FROM input_counts", Vec::new()).await?;
            conn.execute("DELETE FROM input_counts_through", Vec::new()).await?;
            return conn.commit().await.map(|()| true);
        };
        let stands = conn.rows(THROUGH, Vec::new()).await?.first().map_or(Ok(0), |row| row.get::<i64>(0))?;
        if stands != new.after {
            conn.commit().await?;
            return Ok(false);
        }
        for ((day, input), missing) in &new.counts {
            let values: Vec<Value<'_>> = vec![day.as_str().into(), input.as_str().into(), (*missing).into()];
            let sql = "INSERT INTO input_counts (day, input, missing) VALUES ($1, $2, $3) \
                       ON CONFLICT (day, input) DO UPDATE SET missing = input_counts.missing + excluded.missing";
            conn.execute(sql, values).await?;
        }
        let sql = "INSERT INTO input_counts_through (one, line) VALUES (1, $1) \
                   ON CONFLICT (one) DO UPDATE SET line = excluded.line";
        conn.execute(sql, vec![new.through.into()]).await?;
        conn.commit().await.map(|()| true)
    };
    let done = done.await;
    transactions.end(done).await
}
