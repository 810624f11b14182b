//! A stored rating computed again from its stored inputs.

use super::inputs::{self, KeptRow, Occasion};
use super::rater::Rater;
use super::reads::said_of;
use super::{Ratings, Said, day, wire};
use crate::desk::refuse;
use crate::identity::Caller;
use crate::refusal;
use api::rating::v1::{ErrorReason, ReplayOutcome, ReplayRequest, ReplayResponse};
use primitives::Digest;
use rating::{FeatureRow as _, Text};
use std::sync::Arc;
use store::Kept;
use tonic::{Code, Status};

impl Ratings {
    pub(super) async fn replay_one(&self, caller: &Caller, request: ReplayRequest) -> Result<ReplayResponse, Status> {
        let stored = self.stored(caller, &request.rating_id).await;
        let (said, result) = match &stored {
            Ok(stored) => (said_of(stored), self.replayed(stored).await),
            Err(status) => (Said::default(), Err(status.clone())),
        };
        let detail = result.as_ref().ok().map(|r| r.outcome().as_str_name());
        self.audited(caller, "Replay", Said { detail, ..said }, result.clone()).await
    }

    async fn replayed(&self, stored: &store::Rating) -> Result<ReplayResponse, Status> {
        let kept = self.kept(stored).await?;
        let (answer, kept) = match (&stored.answer, kept) {
            (Kept::Here(answer), Kept::Here(kept)) => (answer, kept),
            (Kept::Deleted { on }, _) => return Ok(deleted(*on)),
            (_, Kept::Deleted { on }) => return Ok(deleted(on)),
        };
        let (on, row) = inputs::read(&kept).ok_or_else(|| {
            tracing::error!(rating_id = stored.rating_id, "stored inputs cannot be read");
            refusal::internal()
        })?;
        let rater = self.rater_of_kept(&on, &row)?;
        let bytes = wire::rating(&rater, &rater.assess(&&row)?, &on)?;
        let outcome = match bytes == answer.bytes {
            true => ReplayOutcome::Same,
            false => {
                tracing::error!(rating_id = stored.rating_id, "a replay gave other bytes than were stored");
                ReplayOutcome::Different
            }
        };
        Ok(ReplayResponse {
            outcome: outcome.into(),
            rating: Some(wire::read(&bytes)?),
            stored_digest: Digest::sha256(&answer.bytes).to_string(),
            replayed_digest: Digest::sha256(&bytes).to_string(),
            inputs_deleted_on: None,
        })
    }

    /// The rater by which a kept rating was made.
    ///
    /// # Errors
    /// FAILED_PRECONDITION where this server has not the catalogue or the model any more; INTERNAL where the kept row does
    /// not say its day.
    pub(super) fn rater_of_kept(&self, on: &Occasion, row: &KeptRow) -> Result<Arc<Rater>, Status> {
        let (made_by, here) = (row.text(Text::CatalogueVersion).unwrap_or_default(), &self.desk().catalogue().version);
        if made_by != here {
            let why = format!("the rating was made by catalogue {made_by}, this server has {here}");
            let versions = [("catalogue_version", made_by.to_owned()), ("server_catalogue_version", here.clone())];
            return Err(refuse::with(Code::FailedPrecondition, ErrorReason::CatalogueDiffers, why, &versions));
        }
        let loaded = self.desk().models().get(&on.model_digest).ok_or_else(|| {
            tracing::error!(model = on.model_digest, "the model of a stored rating is not loaded");
            let why = format!("the model that the rating was made with is not here: {}", on.model_digest);
            let digest = [("model_digest", on.model_digest.clone())];
            refuse::with(Code::FailedPrecondition, ErrorReason::ModelMissing, why, &digest)
        })?;
        let as_of = row.text(Text::AsOf).and_then(|day| day.parse().ok()).ok_or_else(refusal::internal)?;
        self.rater_of(&loaded, as_of)
    }
}

fn deleted(on: store::UnixMicros) -> ReplayResponse {
    ReplayResponse {
        outcome: ReplayOutcome::InputsDeleted.into(),
        inputs_deleted_on: Some(day::to_wire(day::of(on))),
        ..ReplayResponse::default()
    }
}
