//! Edits of a model by hand: bins merged, points set, directions forced, tables dropped, each on record.
//!
//! A model is never changed: each edit gives another, which lists what was done, by whom, why, and what stood there before.

mod apply;
mod read;

pub use read::{Change, EXAMPLE, ModelEdit, read_edits};

use crate::assemble::pd_entry;
use chrono::NaiveDate;
use primitives::Digest;
use scoring::{Edit, Model, ModelFile, PdTable};
use validation::calibration_line;

/// An edit that can not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{problem}", if *.entry > 0 { format!("edit {entry}") } else { String::new() }, after(.entry, .table))]
pub struct EditError {
    /// Number of the entry, from 1; 0 where the whole file is at fault.
    pub entry: usize,
    /// Its table; empty where it names none.
    pub table: String,
    /// What is wrong, with the value and what is allowed.
    pub problem: String,
}

fn after(entry: &usize, table: &str) -> String {
    match (entry, table) {
        (0, _) => String::new(),
        (_, "") => ": ".to_owned(),
        _ => format!(", table {table:?}: "),
    }
}

/// Applies edits one after another.
///
/// Gives the model after each of them; the last is the result. Its version is `version`, it has no reviewer yet, and its edits
/// carry the digest of `model`. PDs stay those of the score: whether they still hold, figures must tell ([`recalibrated`]).
///
/// # Errors
/// [`EditError`]: a table or bin that is not there, bins that can not be one, points beyond what a direction or the format
/// allows, a model with a commercial section, whose card is to be edited instead.
pub fn apply_edits(model: &Model, edits: &[ModelEdit], version: &str) -> Result<Vec<Model>, EditError> {
    let refuse =
        |entry: usize, edit: &ModelEdit, problem: String| EditError { entry, table: edit.table.clone(), problem };
    let mut file = model.file().clone();
    version.clone_into(&mut file.model_version);
    file.card.reviewer = None;
    let mut models = Vec::with_capacity(edits.len());
    for (at, edit) in edits.iter().enumerate() {
        if file.commercial.is_some() {
            let problem = "a commercial-value card is edited in its card.toml and built anew: shangzhi model build";
            return Err(refuse(at + 1, edit, problem.into()));
        }
        let done = apply::apply(&mut file, edit).map_err(|problem| refuse(at + 1, edit, problem))?;
        file.edits.push(Edit {
            who: edit.who.clone(),
            on: edit.date,
            why: edit.why.clone(),
            what: done.what,
            of: Some(model.digest().clone()),
            before: Some(done.before),
            after: Some(done.after),
        });
        let checked = Model::from_file(file.clone()).map_err(|e| refuse(at + 1, edit, e.to_string()))?;
        restate(&mut file, checked.score_range());
        models.push(Model::from_file(file.clone()).map_err(|e| refuse(at + 1, edit, e.to_string()))?);
    }
    Ok(models)
}

/// PDs for the scores that there are now, and the scores that grades begin at.
fn restate(file: &mut ModelFile, (lowest, highest): (i32, i32)) {
    let Some(old) = &file.pd else { return };
    let known = |score: i32| {
        let at = usize::try_from(i64::from(score) - i64::from(old.lowest_score)).ok()?;
        old.by_score.get(at).copied()
    };
    let mut by_score: Vec<f64> =
        (lowest..=highest).map(|s| known(s).unwrap_or_else(|| pd_entry(file.scale, s))).collect();
    // Where a table that was made otherwise meets what the scale says, a higher score must not be riskier.
    for k in 1..by_score.len() {
        by_score[k] = by_score[k].min(by_score[k - 1]);
    }
    set_pd(file, lowest, by_score);
}

fn set_pd(file: &mut ModelFile, lowest: i32, by_score: Vec<f64>) {
    for grade in &mut file.grades {
        if let (Some(_), Some(bound)) = (grade.score_from, grade.pd_below) {
            grade.score_from = Some(lowest + by_score.partition_point(|&p| p >= bound) as i32);
        }
    }
    file.pd = Some(PdTable { lowest_score: lowest, by_score });
}

/// Outcomes that a PD is fitted to anew.
#[derive(Debug, Clone, Copy)]
pub struct Recalibration<'a> {
    /// Scores by the model.
    pub scores: &'a [i32],
    /// Whether each went bad.
    pub bad: &'a [bool],
    /// Who does it.
    pub who: &'a str,
    /// When.
    pub on: NaiveDate,
    /// The model that was edited.
    pub of: &'a Digest,
}

/// The model with slope and intercept of its PD fitted anew; points stay.
///
/// # Errors
/// Why the line can not be fitted, or that its slope is not over 0, in words.
pub fn recalibrated(model: &Model, on: &Recalibration<'_>) -> Result<Model, String> {
    let mut file = model.file().clone();
    if file.pd.is_none() {
        return Err("the model has no PD to fit anew: shangzhi model calibrate".into());
    }
    let pd: Vec<f64> = on.scores.iter().map(|&s| file.scale.pd(f64::from(s))).collect();
    let line = calibration_line(&pd, on.bad, None).map_err(|e| e.to_string())?;
    let (slope, intercept) = (line.slope.value, line.intercept.value);
    if slope.is_nan() || slope <= 0.0 || !intercept.is_finite() {
        return Err(format!("the slope of the outcome on the score is {slope:.4}, over 0 is needed"));
    }
    let before = format!("pdo {}, odds {}", file.scale.pdo, file.scale.odds);
    // log-odds of good become `slope * log-odds - intercept`, so those at the anchor and the points per log-odds do.
    file.scale.odds = (slope * file.scale.odds.ln() - intercept).exp();
    file.scale.pdo /= slope;
    let (lowest, highest) = model.score_range();
    let by_score = (lowest..=highest).map(|s| pd_entry(file.scale, s)).collect();
    set_pd(&mut file, lowest, by_score);
    file.edits.push(Edit {
        who: on.who.to_owned(),
        on: on.on,
        why: "the tables were edited".into(),
        what: format!(
            "PD fitted anew on {} rows, {} of them bad: slope {slope:.4}, intercept {intercept:.4}",
            on.bad.len(),
            on.bad.iter().filter(|b| **b).count()
        ),
        of: Some(on.of.clone()),
        before: Some(before),
        after: Some(format!("pdo {}, odds {}", file.scale.pdo, file.scale.odds)),
    });
    Model::from_file(file).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests;
