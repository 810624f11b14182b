//! Objections of enterprises to what is said of them.
//!
//! Updates: none; an objection is opened by one row and moved on by later ones, and its state is that of the last.
//! Deletion: the text goes with the subject's key. Guarantees: an id is opened once and moved only after that, and it has
//! one outcome.

use crate::engine::in_list;
use crate::engine::{Row, Value};
use crate::group::SubjectKey;
use crate::keys::Keys;
use crate::table::about;
use crate::{Error, Kept, Store, UnixMicros};
use chrono::NaiveDate;

/// An objection to be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct NewObjection {
    /// Id, unique.
    pub objection_id: String,
    /// Id of the enterprise, in clear.
    pub subject: String,
    /// The rating it is about, where it is about one.
    pub rating_id: Option<String>,
    /// When it was opened.
    pub opened_at: UnixMicros,
    /// Last day for an answer.
    pub due_on: NaiveDate,
    /// State, by the caller's words.
    pub state: String,
    /// What the enterprise says; sealed.
    pub text: String,
    /// First instant at which its text may be destroyed.
    pub retain_until: UnixMicros,
}

/// A later step of an objection.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectionMove {
    /// Which objection.
    pub objection_id: String,
    /// Id of the enterprise, in clear; must be the one that opened it.
    pub subject: String,
    /// When.
    pub at: UnixMicros,
    /// New state.
    pub state: String,
    /// Outcome, when this resolves it.
    pub outcome: Option<String>,
    /// What is said to it; sealed.
    pub text: String,
    /// First instant at which its text may be destroyed.
    pub retain_until: UnixMicros,
}

/// An objection with all its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Objection {
    /// Id.
    pub objection_id: String,
    /// The rating it is about.
    pub rating_id: Option<String>,
    /// When it was opened.
    pub opened_at: UnixMicros,
    /// Last day for an answer.
    pub due_on: NaiveDate,
    /// State of the last step.
    pub state: String,
    /// Outcome, once there is one.
    pub outcome: Option<String>,
    /// When the outcome was said.
    pub resolved_at: Option<UnixMicros>,
    /// All steps, the opening first.
    pub steps: Vec<Step>,
}

/// One step of an objection.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Number of its audit line.
    pub line: i64,
    /// When.
    pub at: UnixMicros,
    /// State from then on.
    pub state: String,
    /// What was said.
    pub text: Kept<String>,
}

fn seal_text(objection_id: &str, text: &str, line: i64, key: &SubjectKey) -> Result<Vec<u8>, Error> {
    key.secret.seal(text.as_bytes(), &about("objection text", &[objection_id.as_bytes(), &line.to_be_bytes()]))
}

impl NewObjection {
    pub(crate) fn row(&self, line: i64, key: &SubjectKey) -> Result<Vec<Value<'_>>, Error> {
        Ok(vec![
            line.into(),
            self.objection_id.as_str().into(),
            key.key_no.into(),
            (&self.rating_id).into(),
            "opened".into(),
            self.state.as_str().into(),
            Value::Text(None),
            self.opened_at.into(),
            self.due_on.to_string().into(),
            seal_text(&self.objection_id, &self.text, line, key)?.into(),
            self.retain_until.into(),
        ])
    }
}

impl ObjectionMove {
    pub(crate) fn row(&self, line: i64, key: &SubjectKey) -> Result<Vec<Value<'_>>, Error> {
        Ok(vec![
            line.into(),
            self.objection_id.as_str().into(),
            key.key_no.into(),
            Value::Text(None),
            "moved".into(),
            self.state.as_str().into(),
            (&self.outcome).into(),
            self.at.into(),
            Value::Text(None),
            seal_text(&self.objection_id, &self.text, line, key)?.into(),
            self.retain_until.into(),
        ])
    }
}

const SELECT: &str = "SELECT o.line, o.objection_id, o.rating_id, o.event, o.state, o.outcome, o.at, o.due_on, \
    o.sealed_text, k.key_no, k.subject_mac, k.kek_id, k.wrapped, k.destroyed_at \
    FROM objection_events o JOIN subject_keys k ON k.key_no = o.key_no ";

/// Folds rows, in order of their lines, to objections in order of their opening.
fn fold(keys: &Keys, rows: &[Row]) -> Result<Vec<Objection>, Error> {
    let mut out: Vec<Objection> = Vec::new();
    for row in rows {
        let (line, id): (i64, String) = (row.get(0)?, row.get(1)?);
        let damaged = || Error::Damaged { what: "objection", id: id.clone() };
        let place = about("objection text", &[id.as_bytes(), &line.to_be_bytes()]);
        let text = SubjectKey::open_text(keys, row, (9, 8), &place, damaged)?;
        let step = Step { line, at: row.get(6)?, state: row.get(4)?, text };
        if row.get::<String>(3)? == "opened" {
            let due_on: Option<String> = row.get(7)?;
            out.push(Objection {
                objection_id: id.clone(),
                rating_id: row.get(2)?,
                opened_at: step.at,
                due_on: due_on.and_then(|d| d.parse().ok()).ok_or_else(damaged)?,
                state: step.state.clone(),
                outcome: None,
                resolved_at: None,
                steps: vec![step],
            });
            continue;
        }
        let objection = out.iter_mut().find(|o| o.objection_id == id).ok_or_else(damaged)?;
        if let Some(outcome) = row.get(5)? {
            objection.outcome = Some(outcome);
            objection.resolved_at = Some(step.at);
        }
        objection.state.clone_from(&step.state);
        objection.steps.push(step);
    }
    Ok(out)
}

impl Store {
    /// Objections of `subject`, in order of their opening.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a row does not open under its key; [`Error::Database`].
    pub async fn objections(&self, subject: &str) -> Result<Vec<Objection>, Error> {
        let mut values = Vec::new();
        let macs = in_list("k.subject_mac", &mut values, self.keys().pseudonyms(subject));
        let rows = self.readers().rows(format!("{SELECT} WHERE {macs} ORDER BY o.line"), values).await?;
        fold(self.keys(), &rows)
    }

    /// The objection `objection_id`.
    ///
    /// # Errors
    /// As [`Self::objections`].
    pub async fn objection(&self, objection_id: &str) -> Result<Option<Objection>, Error> {
        let sql = format!("{SELECT} WHERE o.objection_id = $1 ORDER BY o.line");
        let rows = self.readers().rows(sql, vec![objection_id.into()]).await?;
        Ok(fold(self.keys(), &rows)?.pop())
    }

    /// States of the last steps of the objections of `subject`: nothing is opened that lies under its key.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn objection_states(&self, subject: &str) -> Result<Vec<String>, Error> {
        let mut values = Vec::new();
        let macs = in_list("k.subject_mac", &mut values, self.keys().pseudonyms(subject));
        let sql = format!(
            "SELECT o.state FROM subject_keys k JOIN objection_events o ON o.key_no = k.key_no WHERE {macs} \
             AND o.line = (SELECT MAX(p.line) FROM objection_events p WHERE p.objection_id = o.objection_id)"
        );
        let rows = self.readers().rows(sql, values).await?;
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Objections by the day on which an answer is due, then by id, after the day and id of `after`, at most `limit`:
    /// those whose last state is `state`, or all.
    ///
    /// # Errors
    /// As [`Self::objections`].
    pub async fn objections_by_due(
        &self,
        state: Option<&str>,
        after: Option<(NaiveDate, &str)>,
        limit: u32,
    ) -> Result<Vec<Objection>, Error> {
        let (day, id) = after.map_or_else(Default::default, |(day, id)| (day.to_string(), id));
        let mut values: Vec<Value<'_>> = vec![day.as_str().into(), id.into(), i64::from(limit).into()];
        let of_state = match state {
            Some(state) => {
                values.push(state.into());
                "AND $4 = (SELECT q.state FROM objection_events q WHERE q.objection_id = p.objection_id \
                 ORDER BY q.line DESC LIMIT 1)"
            }
            None => "",
        };
        let sql = format!(
            "{SELECT} WHERE o.objection_id IN (SELECT p.objection_id FROM objection_events p \
             WHERE p.event = 'opened' AND (p.due_on, p.objection_id) > ($1, $2) {of_state} \
             ORDER BY p.due_on, p.objection_id LIMIT $3) ORDER BY o.line"
        );
        let mut all = fold(self.keys(), &self.readers().rows(sql, values).await?)?;
        all.sort_by(|a, b| (a.due_on, &a.objection_id).cmp(&(b.due_on, &b.objection_id)));
        Ok(all)
    }

    /// Objections with that outcome, in order of the audit line that said it, after the line `after`, at most `limit`; the
    /// line beside each.
    ///
    /// # Errors
    /// As [`Self::objections`].
    pub async fn objections_with_outcome(
        &self,
        outcome: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Objection)>, Error> {
        let sql =
            "SELECT line, objection_id FROM objection_events WHERE outcome = $1 AND line > $2 ORDER BY line LIMIT $3";
        let values = vec![outcome.into(), after.into(), i64::from(limit).into()];
        let mut out = Vec::new();
        for row in self.readers().rows(sql, values).await? {
            let id: String = row.get(1)?;
            let objection = self.objection(&id).await?;
            out.push((row.get(0)?, objection.ok_or(Error::Damaged { what: "objection", id })?));
        }
        Ok(out)
    }

    /// Objections without an outcome whose answer is due on or before `day`, in order of their opening.
    ///
    /// # Errors
    /// As [`Self::objections`].
    pub async fn objections_due(&self, day: NaiveDate) -> Result<Vec<Objection>, Error> {
        let sql = format!(
            "{SELECT} WHERE o.objection_id IN (SELECT p.objection_id FROM objection_events p \
             WHERE p.event = 'opened' AND p.due_on <= $1 AND NOT EXISTS (SELECT 1 FROM objection_events q \
             WHERE q.objection_id = p.objection_id AND q.outcome IS NOT NULL)) ORDER BY o.line"
        );
        let rows = self.readers().rows(sql, vec![day.to_string().into()]).await?;
        fold(self.keys(), &rows)
    }
}
