//! The service as the pages call it for who is signed in: what they tell, and what is read to them.

use dashboard::{
    Entered, FeatureRead, MissingRead, MissingReading, RatingRead, Reads, ReasonRead, ReasonsAsked, ReasonsRead,
    ReasonsReading, StoredRating, Telling, Tells, Told, Unread, Untold,
};
use ledger::event::UnixMicros;
use service::{LedgerDesk, Office, Ratings, Reader, Reading};

/// The service as the pages call it for who is signed in.
pub(crate) struct Signed(pub(crate) LedgerDesk);

impl Tells for Signed {
    fn tell(&self, told: Told) -> Telling {
        let service = self.0.clone();
        Box::pin(async move {
            let Told { request_id, actor, effective_on, body } = told;
            match service.tell_as(actor, request_id, effective_on, body).await {
                Ok(taken) => Ok(Entered { seq: taken.seq, repeated: taken.repeated }),
                Err(service::Untold::Refused(refusal)) => Err(Untold::Refused(refusal)),
                Err(e) => Err(Untold::Unavailable(Box::new(e))),
            }
        })
    }
}

/// Stored ratings as the pages show them.
pub(crate) struct Stored(pub(crate) Ratings);

/// For what a person reads; `None` for who reads no reasons.
fn office(asked: &ReasonsAsked) -> Option<Office> {
    match (asked.role, asked.district) {
        (dashboard::Role::City, None) => Some(Office::Bureau),
        (dashboard::Role::Auditor, None) => Some(Office::Auditor),
        (dashboard::Role::District, Some(own)) => Some(Office::District(own)),
        _ => None,
    }
}

impl Reads for Stored {
    fn missing(&self, through: chrono::NaiveDate) -> MissingReading {
        let service = self.0.clone();
        Box::pin(async move {
            let counts = service.missing_inputs(chrono::NaiveDate::default(), through).await;
            let counts = counts.map_err(|e| Unread::Unavailable(Box::new(e)))?;
            let features = service.read_features().into_iter();
            let feature =
                |f: service::ReadFeature| FeatureRead { name: f.name, name_zh: f.name_zh, name_en: f.name_en };
            Ok(MissingRead {
                features: features.map(feature).collect(),
                counts: counts.into_iter().map(|c| (c.month, c.input, c.missing)).collect(),
            })
        })
    }

    fn reasons(&self, asked: ReasonsAsked) -> ReasonsReading {
        let service = self.0.clone();
        Box::pin(async move {
            let office = office(&asked).ok_or(Unread::Forbidden)?;
            let reader = Reader { name: asked.name, office };
            let found = service.reasons(&reader, asked.enterprise.as_str(), asked.until.0).await;
            let found = found.map_err(|why| match why {
                service::Unread::NotTheirs => Unread::Forbidden,
                why => Unread::Unavailable(Box::new(why)),
            })?;
            Ok(ReasonsRead {
                ratings: found.ratings.into_iter().map(|(id, reading)| (id, stored(reading))).collect(),
                objection_open: found.objection_open,
                changed_at: found.changed_at.map(UnixMicros),
                more: found.more,
            })
        })
    }
}

fn stored(reading: Reading) -> StoredRating {
    let answered = match reading {
        Reading::Deleted => return StoredRating::Deleted,
        Reading::Revoked => return StoredRating::Revoked,
        Reading::Here(answered) => answered,
    };
    let reasons = answered.reasons.into_iter().map(|reason| ReasonRead {
        code: reason.code,
        text_zh: reason.text_zh,
        text_en: reason.text_en,
        characteristic: reason.characteristic,
        points_lost: reason.points_lost,
        best_grade: reason.best_grade,
    });
    StoredRating::Here(RatingRead {
        issued_on: answered.issued_on,
        score: answered.score,
        grade: answered.grade,
        pd_ppm: answered.pd_ppm,
        model: answered.model,
        mark: answered.mark,
        reasons: reasons.collect(),
    })
}
