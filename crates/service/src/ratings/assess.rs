//! Assess and what-if: consent, features, rating, store.

use super::inputs::{self, Occasion};
use super::rater::Rater;
use super::standing::{Granted, Standing};
use super::{Ratings, Said, day, purpose_word, wire};
use crate::desk::check::Violations;
use crate::desk::past::bytes_of;
use crate::desk::{Loaded, refuse};
use crate::identity::Caller;
use api::rating::v1::{AssessRequest, CallerFeature, ErrorReason, Purpose, Rating, WhatIfRequest};
use api::request_id;
use bytes::Bytes;
use chrono::NaiveDate;
use features::snapshot::{Row, Snapshot};
use primitives::Digest;
use prost::Message as _;
use rating::Withheld;
use std::sync::Arc;
use store::{NewRating, Record, UnixMicros, Write, Written};
use tonic::{Code, Status};

/// Years that inputs are kept after a rating: bad credit information is kept for five (征信业管理条例, article 16).
const KEPT_DAYS: i64 = 5 * 366;
const DAY: i64 = 86_400_000_000;
/// How often consents or objections may change between a look and the write that rests on it.
const TRIES: usize = 4;

/// A request whose fields are in order.
struct Asked {
    purpose: Purpose,
    /// Places of features and the caller's values.
    given: Vec<(usize, f64)>,
    /// Their names, in order.
    names: Vec<String>,
    /// `None` where no model is active.
    rater: Option<Arc<Rater>>,
    snapshot: Arc<Snapshot>,
}

/// A rating, and what it was computed from.
struct Made {
    /// A [`Rating`] in bytes.
    answer: Vec<u8>,
    /// Empty where they are not kept.
    inputs: Vec<u8>,
    on: Occasion,
    valid_until: NaiveDate,
}

impl Ratings {
    /// The snapshot that is served, and the rater of a model for its day.
    fn rater(&self, model_id: &str) -> Result<(Arc<Snapshot>, Option<Arc<Rater>>), Status> {
        let snapshot = self.desk().snapshots().current();
        let rater = match self.desk().models().active(model_id) {
            Some(loaded) => Some(self.rater_of(&loaded, snapshot.as_of())?),
            None => None,
        };
        Ok((snapshot, rater))
    }

    pub(super) fn rater_of(&self, loaded: &Arc<Loaded>, as_of: chrono::NaiveDate) -> Result<Arc<Rater>, Status> {
        self.0.raters.get(self.desk(), loaded, as_of)
    }

    /// One rating in bytes, durable; a refusal has its audit line.
    pub(super) async fn assess_one(
        &self,
        caller: &Caller,
        action: &'static str,
        request: AssessRequest,
    ) -> Result<Bytes, Status> {
        let body_sha256 = *Digest::sha256(&request.encode_to_vec()).as_bytes();
        let asked = match self.check(&request) {
            Ok(asked) => asked,
            Err(refused) => {
                return self.refuse(caller, action, &request, body_sha256, None, Said::default(), refused).await;
            }
        };
        let (tenant, subject) = (caller.tenant(), request.enterprise_id.as_str());
        let said = Said { subject: Some(subject), purpose: Some(asked.purpose), ..Said::default() };
        for again in 0..TRIES {
            let standing = self.0.standings.get(self.desk().store(), tenant, subject, again > 0).await?;
            let now = self.desk().now();
            let made = match standing.granted(purpose_word(asked.purpose), now) {
                Some(granted) => self.make(caller, &request, &asked, &standing, granted, now, body_sha256),
                None => Err(refuse::no_consent()),
            };
            let (new, rating) = match made {
                Ok(made) => made,
                Err(refused) => {
                    let under = Some((&*standing, subject));
                    match self.refuse(caller, action, &request, body_sha256, under, said, refused).await {
                        Err(status) if is_changed(&status) => continue,
                        done => return done,
                    }
                }
            };
            let line = self.line(caller, action, Code::Ok, Said { object_id: Some(&new.rating_id), ..said });
            let write = Write::of(line, Record::Rating(Box::new(new)));
            match self.desk().store().write(standing.under(write, tenant, subject, true)).await {
                Ok(Written::RepeatedRating(earlier)) => {
                    let said = Said { object_id: Some(&earlier.rating_id), detail: Some("repeated"), ..said };
                    return self.audited(caller, action, said, bytes_of(&earlier)).await;
                }
                Ok(_) => return Ok(rating),
                Err(store::Error::ConsentsChanged { .. } | store::Error::ObjectionsChanged { .. }) => {}
                Err(e) => return self.audited(caller, action, said, Err(refuse::store(&e))).await,
            }
        }
        Err(changed())
    }

    fn check(&self, request: &AssessRequest) -> Result<Asked, Status> {
        let (snapshot, rater) = self.rater(&request.model_id)?;
        let mut v = Violations::default();
        v.uuid("request_id", &request.request_id);
        v.text("enterprise_id", &request.enterprise_id, 1, 64);
        let purpose = v.purpose(request.purpose);
        let given = v.features(&request.features, 0, rater.as_deref());
        v.text("model_id", &request.model_id, 0, 64);
        v.end()?;
        Ok(Asked { purpose, given, names: names(&request.features), rater, snapshot })
    }

    /// A refusal with its audit line, unless the request was answered before: then that.
    #[expect(clippy::too_many_arguments, reason = "all of a call that did not come to a rating")]
    async fn refuse(
        &self,
        caller: &Caller,
        action: &str,
        request: &AssessRequest,
        body_sha256: [u8; 32],
        under: Option<(&Standing, &str)>,
        said: Said<'_>,
        refused: Status,
    ) -> Result<Bytes, Status> {
        let (store, tenant) = (self.desk().store(), caller.tenant());
        if request_id::is_valid(&request.request_id) {
            let earlier = store.rating_of_request(tenant, &request.request_id).await;
            if let Some(earlier) = earlier.map_err(|e| refuse::store(&e))? {
                let said = Said { object_id: Some(&earlier.rating_id), detail: Some("repeated"), ..said };
                let result = match earlier.body_sha256 == body_sha256 {
                    true => bytes_of(&earlier),
                    false => Err(refuse::reused()),
                };
                return self.audited(caller, action, said, result).await;
            }
        }
        let reason = api::status::error_info(&refused).reason;
        let write = Write::new(self.line(caller, action, refused.code(), Said { detail: Some(&reason), ..said }));
        let write = match under {
            Some((standing, subject)) => standing.under(write, tenant, subject, false),
            None => write,
        };
        match store.write(write).await {
            Ok(_) => Err(refused),
            Err(store::Error::ConsentsChanged { .. }) => Err(changed()),
            Err(e) => Err(refuse::store(&e)),
        }
    }

    /// Rates, and puts together what is stored.
    #[expect(clippy::too_many_arguments, reason = "all that a rating is made from")]
    fn make(
        &self,
        caller: &Caller,
        request: &AssessRequest,
        asked: &Asked,
        standing: &Standing,
        granted: Granted,
        now: UnixMicros,
        body_sha256: [u8; 32],
    ) -> Result<(NewRating, Bytes), Status> {
        let rating_id = request_id::new();
        let made = self.rate(asked, &request.enterprise_id, standing, granted, now, rating_id, true)?;
        let new = NewRating {
            tenant: caller.tenant().to_owned(),
            request_id: request.request_id.clone(),
            body_sha256,
            subject: request.enterprise_id.clone(),
            kind: if asked.given.is_empty() { "stored_features" } else { "caller_features" }.to_owned(),
            created_at: now,
            valid_until: day::end(made.valid_until),
            retain_until: now + KEPT_DAYS * DAY,
            inputs: made.inputs,
            rating_id: made.on.rating_id,
            model_digest: made.on.model_digest,
            snapshot_digest: made.on.snapshot_digest,
            answer: made.answer.clone(),
        };
        Ok((new, made.answer.into()))
    }

    /// The rating of an enterprise, and what it was computed from where that is kept.
    #[expect(clippy::too_many_arguments, reason = "all that a rating is made from")]
    fn rate(
        &self,
        asked: &Asked,
        enterprise_id: &str,
        standing: &Standing,
        granted: Granted,
        now: UnixMicros,
        rating_id: String,
        keep: bool,
    ) -> Result<Made, Status> {
        let rater = asked.rater.as_ref().ok_or_else(|| {
            let why = "no model is active under that name";
            refuse::because(Code::FailedPrecondition, ErrorReason::NoActiveModel, why)
        })?;
        let row = row(&asked.snapshot, enterprise_id)?.ok_or_else(|| refuse::not_found("enterprise"))?;
        let withholding = self.0.withholdings.get(self.desk().catalogue(), granted.withheld)?;
        let row = Withheld::new(row, &withholding).with_given(&asked.given);
        let on = Occasion {
            rating_id,
            purpose: asked.purpose.into(),
            consent_ids: granted.ids,
            given: asked.names.clone(),
            created_at: now,
            snapshot_digest: asked.snapshot.digest().to_string(),
            model_digest: rater.loaded.digest.clone(),
            objection_open: standing.objection_open,
            objection_unresolved: standing.objection_unresolved,
        };
        let assessed = rater.assess(&&row)?;
        let answer = wire::rating(rater, &assessed, &on)?;
        let valid_until = wire::until(rater, assessed.about.as_of)?;
        let inputs = if keep { inputs::keep(&on, &&row) } else { Vec::new() };
        Ok(Made { answer, inputs, on, valid_until })
    }

    /// A what-if: nothing is stored but that it was asked.
    pub(super) async fn suppose(&self, caller: &Caller, request: WhatIfRequest) -> Result<Rating, Status> {
        const ACTION: &str = "WhatIf";
        let asked = match self.check_what_if(&request) {
            Ok(asked) => asked,
            Err(refused) => return self.audited(caller, ACTION, Said::default(), Err(refused)).await,
        };
        let (tenant, subject) = (caller.tenant(), request.enterprise_id.as_str());
        let said = Said { subject: Some(subject), purpose: Some(asked.purpose), ..Said::default() };
        for again in 0..TRIES {
            let standing = self.0.standings.get(self.desk().store(), tenant, subject, again > 0).await?;
            let now = self.desk().now();
            let made = match standing.granted(purpose_word(asked.purpose), now) {
                Some(granted) => self.rate(&asked, subject, &standing, granted, now, String::new(), false),
                None => Err(refuse::no_consent()),
            };
            let reason = made.as_ref().err().map(|status| api::status::error_info(status).reason);
            let outcome = made.as_ref().err().map_or(Code::Ok, Status::code);
            let line = self.line(caller, ACTION, outcome, Said { detail: reason.as_deref(), ..said });
            let write = standing.under(Write::new(line), tenant, subject, made.is_ok());
            match self.desk().store().write(write).await {
                Ok(_) => return made.and_then(|made| wire::read(&made.answer)),
                Err(store::Error::ConsentsChanged { .. } | store::Error::ObjectionsChanged { .. }) => {}
                Err(e) => return Err(refuse::store(&e)),
            }
        }
        Err(changed())
    }

    fn check_what_if(&self, request: &WhatIfRequest) -> Result<Asked, Status> {
        let (snapshot, rater) = self.rater(&request.model_id)?;
        let mut v = Violations::default();
        v.text("enterprise_id", &request.enterprise_id, 1, 64);
        let purpose = v.purpose(request.purpose);
        let given = v.features(&request.features, 1, rater.as_deref());
        v.text("model_id", &request.model_id, 0, 64);
        v.end()?;
        Ok(Asked { purpose, given, names: names(&request.features), rater, snapshot })
    }
}

/// The row of an enterprise.
fn row<'s>(snapshot: &'s Snapshot, id: &str) -> Result<Option<Row<'s>>, Status> {
    snapshot.get(id).map_err(|e| {
        tracing::error!(error = %e, "the snapshot cannot be read");
        refuse::later("the snapshot cannot be read")
    })
}

fn names(features: &[CallerFeature]) -> Vec<String> {
    let mut names: Vec<String> = features.iter().map(|f| f.name.clone()).collect();
    names.sort_unstable();
    names
}

const CHANGED: &str = "the consents or objections changed meanwhile: try again";

fn changed() -> Status {
    refuse::later(CHANGED)
}

fn is_changed(status: &Status) -> bool {
    status.code() == Code::Unavailable && status.message() == CHANGED
}
