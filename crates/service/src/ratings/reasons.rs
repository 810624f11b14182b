//! Reasons of ratings as they were returned to banks, for a person who signed in elsewhere in this process: the stored bytes
//! are read, nothing is scored again.
//!
//! | reader | enterprises | where a consent that a rating rests on was revoked |
//! |---|---|---|
//! | bureau | all | grade, score and reasons are not read |
//! | district | those that are registered in it, as of the served snapshot | as the bureau |
//! | auditor | all | read, as over the wire |
//!
//! Whatever is not in the table is refused. Each look is an audit line, durable before the answer.

use super::wire;
use crate::desk::{day, refuse};
use crate::subjects::OPEN;
use crate::{Ratings, refusal};
use api::rating::v1::{self as v1, ErrorReason, NegativeEffect};
use chrono::NaiveDate;
use primitives::RegionCode;
use rating::Text;
use std::collections::HashSet;
use store::{Kept, NewLine, Page, UnixMicros};
use tonic::{Code, Status};

/// Ratings of an enterprise that are read at a time, the newest.
const READ_MAX: u32 = 100;
/// The name of a look in the audit, and in what an enterprise reads of who asked.
pub(crate) const ACTION: &str = "ReadReasons";

/// For what a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Office {
    /// The bureau.
    Bureau,
    /// A district.
    District(RegionCode),
    /// The audit.
    Auditor,
}

/// Who reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The person, as the audit names it.
    pub name: String,
    /// For what it reads.
    pub office: Office,
}

/// Why a rating is not better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Stable code, for programs.
    pub code: String,
    /// In Chinese.
    pub text_zh: String,
    /// In English.
    pub text_en: String,
    /// The characteristic that it is about; empty for a pair of them and for the negative list.
    pub characteristic: String,
    /// Points below the baseline of the table, 1 or more; `None` for a hit of the negative list, which takes no points.
    pub points_lost: Option<i32>,
    /// Of a hit of the negative list: the best grade that it leaves; empty for none.
    pub best_grade: String,
}

/// What a stored rating says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The day on which the rating was made.
    pub issued_on: NaiveDate,
    /// Where there is a rating.
    pub score: Option<i32>,
    /// Empty where there is no rating.
    pub grade: String,
    /// Probability of default, ppm, and of how many months; where the model has one.
    pub pd_ppm: Option<(i64, u32)>,
    /// Model and version.
    pub model: String,
    /// What the model is marked with, such as 示例; may be empty.
    pub mark: String,
    /// Hits of the negative list, then reasons, largest loss first.
    pub reasons: Vec<Reason>,
}

/// A stored rating, or why it is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It is there.
    Here(Answered),
    /// The key of its subject was destroyed.
    Deleted,
    /// A consent that it rests on was revoked.
    Revoked,
}

/// What is read of an enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readings {
    /// Rating ids and ratings, newest first.
    pub ratings: Vec<(String, Reading)>,
    /// Whether an objection of the enterprise was open.
    pub objection_open: bool,
    /// When objections and revocations that count here changed last, microseconds since 1970.
    pub changed_at: Option<UnixMicros>,
    /// Whether there are older ones.
    pub more: bool,
}

/// Why nothing is read.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It is a district whose enterprise it is not, or the snapshot says nothing of the enterprise.
    #[error("a district reads the reasons of enterprises that are registered in it")]
    NotTheirs,
    /// The store does not answer, or a rating can not be read.
    #[error(transparent)]
    Failed(Box<Status>),
}

impl Ratings {
    /// The stored ratings of an enterprise made up to `until` (microseconds since 1970), the newest 100, with their reasons.
    ///
    /// # Errors
    /// [`Unread`].
    ///
    /// # Examples
    /// ```no_run
    /// # async fn example(ratings: service::Ratings) -> Result<(), service::Unread> {
    /// use service::{Office, Reader};
    /// let han = Reader { name: "han".into(), office: Office::Auditor };
    /// for (id, reading) in ratings.reasons(&han, "91500000000000001X", i64::MAX).await?.ratings {
    ///     println!("{id} {reading:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reasons(&self, reader: &Reader, enterprise: &str, until: UnixMicros) -> Result<Readings, Unread> {
        let role = match reader.office {
            Office::Bureau => "bureau",
            Office::District(_) => "district",
            Office::Auditor => "auditor",
        };
        let line = NewLine {
            at: self.desk().now(),
            actor: reader.name.clone(),
            role: role.to_owned(),
            tenant: None,
            action: ACTION.to_owned(),
            subject: Some(enterprise.to_owned()),
            purpose: None,
            outcome: "OK".to_owned(),
            object_id: None,
            detail: None,
        };
        let readings = match self.may_read(reader.office, enterprise) {
            Ok(()) => self.readings(reader.office, enterprise, until).await,
            Err(refused) => Err(refused),
        };
        self.desk().audited(line, readings).await.map_err(|status| match status.code() {
            Code::PermissionDenied => Unread::NotTheirs,
            _ => Unread::Failed(Box::new(status)),
        })
    }

    fn may_read(&self, office: Office, enterprise: &str) -> Result<(), Status> {
        let Office::District(own) = office else { return Ok(()) };
        let snapshot = self.desk().snapshots().current();
        let row = snapshot.get(enterprise).map_err(|e| {
            tracing::error!(error = %e, "a row of the snapshot cannot be read");
            refusal::internal()
        })?;
        let district = row.and_then(|row| row.text(Text::District as usize)?.parse::<RegionCode>().ok());
        match district == Some(own) {
            true => Ok(()),
            false => {
                let why = Unread::NotTheirs.to_string();
                Err(refuse::because(Code::PermissionDenied, ErrorReason::RoleNotAllowed, why))
            }
        }
    }

    async fn readings(&self, office: Office, enterprise: &str, until: UnixMicros) -> Result<Readings, Status> {
        let store = self.desk().store();
        let failed = |e: store::Error| refuse::store(&e);
        let page = Page { after: None, limit: READ_MAX + 1 };
        let mut found = store.newest_ratings(None, Some(enterprise), until, &page).await.map_err(failed)?;
        let more = found.len() > READ_MAX as usize;
        found.truncate(READ_MAX as usize);
        let consents = store.consents_of_subject(enterprise).await.map_err(failed)?;
        let revoked_at = |c: &store::Consent| c.revoked.as_ref().map(|r| r.at).filter(|at| *at <= until);
        let objections = store.objections(enterprise).await.map_err(failed)?;
        let steps = objections.iter().flat_map(|objection| &objection.steps).map(|step| step.at);
        let changed_at = steps.filter(|at| *at <= until).chain(consents.iter().filter_map(revoked_at)).max();
        let revoked: HashSet<String> =
            consents.into_iter().filter(|c| revoked_at(c).is_some()).map(|c| c.consent_id).collect();
        // As it stood then: steps that came later do not count.
        let objection_open = objections.iter().any(|objection| {
            objection.steps.iter().rfind(|step| step.at <= until).is_some_and(|step| step.state == OPEN)
        });
        let mut ratings = Vec::with_capacity(found.len());
        for stored in found {
            let reading = match &stored.answer {
                Kept::Deleted { .. } => Reading::Deleted,
                Kept::Here(answer) => {
                    let rating = wire::read(&answer.bytes)?;
                    let withheld = rating.consent_ids.iter().any(|id| revoked.contains(id));
                    match office {
                        Office::Bureau | Office::District(_) if withheld => Reading::Revoked,
                        Office::Bureau | Office::District(_) | Office::Auditor => {
                            Reading::Here(answered(rating, day::of(stored.created_at)))
                        }
                    }
                }
            };
            ratings.push((stored.rating_id, reading));
        }
        Ok(Readings { ratings, objection_open, changed_at, more })
    }
}

fn answered(rating: v1::Rating, issued_on: NaiveDate) -> Answered {
    let hits = rating.negative_hits.into_iter().map(|hit| Reason {
        best_grade: if hit.effect() == NegativeEffect::Cap { hit.best_grade.clone() } else { String::new() },
        code: hit.code,
        text_zh: hit.label_zh,
        text_en: hit.label_en,
        characteristic: String::new(),
        points_lost: None,
    });
    let lost = rating.reasons.into_iter().map(|reason| Reason {
        code: reason.code,
        text_zh: reason.text_zh,
        text_en: reason.text_en,
        characteristic: reason.characteristic,
        points_lost: Some(reason.points_lost),
        best_grade: String::new(),
    });
    let model = rating.model.unwrap_or_default();
    Answered {
        issued_on,
        score: rating.score,
        grade: rating.grade,
        pd_ppm: rating.pd_ppm.zip(rating.pd_horizon_months.and_then(|m| u32::try_from(m).ok())),
        model: format!("{} {}", model.model_id, model.model_version).trim().to_owned(),
        mark: rating.mark,
        reasons: hits.chain(lost).collect(),
    }
}
