//! Reasons of ratings, as the service reads them to who is signed in: they are sealed in the store, and it alone says who may
//! read whose.

use crate::content::Refused;
use crate::role::Role;
use crate::session::Person;
use crate::web::Dashboard;
use chrono::NaiveDate;
use ledger::event::UnixMicros;
use primitives::{CreditCode, RegionCode};
use std::pin::Pin;

/// What a signed-in person asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonsAsked {
    /// Who, as the audit names the person.
    pub name: String,
    /// For what.
    pub role: Role,
    /// Of which district.
    pub district: Option<RegionCode>,
    /// Whose ratings.
    pub enterprise: CreditCode,
    /// Made up to this moment.
    pub until: UnixMicros,
}

/// Why a rating is not better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonRead {
    /// Stable code.
    pub code: String,
    /// In Chinese.
    pub text_zh: String,
    /// In English.
    pub text_en: String,
    /// What it is about; empty for a pair of characteristics and for the negative list.
    pub characteristic: String,
    /// Points; `None` for a hit of the negative list.
    pub points_lost: Option<i32>,
    /// Of such a hit: the best grade that it leaves; empty for none.
    pub best_grade: String,
}

/// What a stored rating says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatingRead {
    /// The day on which it was made.
    pub issued_on: NaiveDate,
    /// Score, where there is one.
    pub score: Option<i32>,
    /// Grade; empty for none.
    pub grade: String,
    /// Probability of default, ppm, and within how many months.
    pub pd_ppm: Option<(i64, u32)>,
    /// Model and version.
    pub model: String,
    /// What the model is marked with.
    pub mark: String,
    /// Hits of the negative list, then reasons, largest loss first.
    pub reasons: Vec<ReasonRead>,
}

/// A stored rating, or why it is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredRating {
    /// It is there.
    Here(RatingRead),
    /// What is personal of it was deleted.
    Deleted,
    /// A consent that it rests on was revoked.
    Revoked,
}

/// What the service read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReasonsRead {
    /// By rating id, newest first.
    pub ratings: Vec<(String, StoredRating)>,
    /// Whether an objection of the enterprise was open.
    pub objection_open: bool,
    /// When what is not of the ratings themselves changed last: objections, consents.
    pub changed_at: Option<UnixMicros>,
    /// Whether there are older ones that were not read.
    pub more: bool,
}

/// A feature that the models that rate read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureRead {
    /// Its name in tables.
    pub name: String,
    /// In Chinese.
    pub name_zh: String,
    /// In English.
    pub name_en: String,
}

/// In how many ratings features were missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MissingRead {
    /// What the models that rate read.
    pub features: Vec<FeatureRead>,
    /// Month (`YYYY-MM`), feature, and in how many ratings it was missing; the empty name has how many ratings there were.
    pub counts: Vec<(String, String, i64)>,
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It is not for this person.
    #[error("not for this person")]
    Forbidden,
    /// The service does not answer.
    #[error("the service does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The answer to [`Reads::reasons`].
pub type ReasonsReading = Pin<Box<dyn Future<Output = Result<ReasonsRead, Unread>> + Send>>;

/// The answer to [`Reads::missing`].
pub type MissingReading = Pin<Box<dyn Future<Output = Result<MissingRead, Unread>> + Send>>;

/// The service, as it reads stored ratings to a person. Each look at an enterprise has its audit line before it is answered.
pub trait Reads: Send + Sync {
    /// In how many of the ratings made through a day each feature was missing, by month: figures of the whole city.
    fn missing(&self, through: NaiveDate) -> MissingReading;

    /// The stored ratings of an enterprise with their reasons.
    fn reasons(&self, asked: ReasonsAsked) -> ReasonsReading;
}

/// What a page has of reasons.
#[derive(Debug, Clone, Default)]
pub(crate) enum Reasons {
    /// The page is of none, or no service is behind it.
    #[default]
    None,
    /// They are not for this person.
    Forbidden,
    Read(ReasonsRead),
}

impl Reasons {
    /// Asks the service.
    ///
    /// # Errors
    /// [`Refused::Service`] where it does not answer.
    pub(crate) async fn read(
        dashboard: &Dashboard,
        person: &Person,
        enterprise: CreditCode,
        until: UnixMicros,
    ) -> Result<Self, Refused> {
        let Some(service) = dashboard.reads() else { return Ok(Self::None) };
        let asked = ReasonsAsked {
            name: person.name.clone(),
            role: person.role,
            district: person.scope.district(),
            enterprise,
            until,
        };
        match service.reasons(asked).await {
            Ok(read) => Ok(Self::Read(read)),
            Err(Unread::Forbidden) => Ok(Self::Forbidden),
            Err(e) => Err(Refused::Service(e)),
        }
    }
}
