//! Models that the server has: `ModelService`.
//!
//! A model rates from its activation on, which is stored: other servers of the store follow within seconds, and a restart
//! finds it. Whatever keeps a model from being activated is said at once.

mod wire;

use crate::desk::check::Violations;
use crate::desk::listed::{self, Listed};
use crate::desk::told::Made;
use crate::desk::{self, Desk, Loaded, Refusal, day, refuse};
use crate::identity::Caller;
use crate::refusal;
use api::rating::v1::model_service_server::ModelService;
use api::rating::v1::{self as v1, ErrorReason, ModelRefusal};
use features::catalogue::Catalogue;
use std::path::Path;
use std::sync::Arc;
use store::{Activation, NewActivation, NewLine, Record};
use tonic::{Code, Request, Response, Status};

/// The handlers of `ModelService`. Cheap to clone.
///
/// # Examples
/// ```no_run
/// # fn example(config: &service::Config, desk: service::Desk) {
/// let services = service::Services::new(&config.limits).models(service::ModelDesk::new(desk));
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ModelDesk(Desk);

/// A model of the folder, loaded or not.
#[derive(Debug, Clone)]
enum Found {
    Loaded(Arc<Loaded>),
    /// Name and version as its folder says, for its file cannot be used.
    Damaged(String, String),
}

impl Found {
    /// Name, version and digest.
    fn key(&self) -> (&str, &str, &str) {
        match self {
            Self::Loaded(l) => (&l.model.file().model_id, &l.model.file().model_version, &l.digest),
            Self::Damaged(id, version) => (id, version, ""),
        }
    }
}

impl ModelDesk {
    /// Handlers at a desk.
    pub fn new(desk: Desk) -> Self {
        Self(desk)
    }

    /// All there are, by name, version and digest.
    fn all(&self) -> Vec<Found> {
        let models = self.0.models();
        let mut all: Vec<Found> = models.all().into_iter().map(Found::Loaded).collect();
        let damaged = models.refused();
        let named = damaged.iter().filter_map(|(folder, _)| named(folder));
        for (id, version) in named {
            // A file that was damaged since it was loaded is the loaded model still.
            if !all.iter().any(|f| f.key().0 == id && f.key().1 == version) {
                all.push(Found::Damaged(id.to_owned(), version.to_owned()));
            }
        }
        all.sort_by(|a, b| a.key().cmp(&b.key()));
        all
    }

    /// What keeps a model from being activated by this reviewer, today.
    fn refusals(&self, loaded: &Loaded, reviewer: Option<&str>) -> Vec<ModelRefusal> {
        let of_card = desk::refusals(loaded, reviewer, day::of(self.0.now()));
        let mut out: Vec<ModelRefusal> = of_card.into_iter().filter_map(wire::refusal).collect();
        let checks = [
            (!self.0.models().is_whole(loaded), ModelRefusal::Damaged),
            (!self.fits(loaded), ModelRefusal::CatalogueDiffers),
        ];
        out.extend(checks.into_iter().filter(|(holds, _)| *holds).map(|(_, refusal)| refusal));
        out
    }

    /// Whether the snapshot has all that the model reads.
    fn fits(&self, loaded: &Loaded) -> bool {
        let catalogue: &Catalogue = self.0.catalogue();
        self.0.snapshots().current().catalogue_version() == catalogue.version
            && rating::Inputs::new(loaded.model, &loaded.assessor, catalogue).is_ok()
    }

    fn to_wire(&self, found: &Found, activations: &[Activation]) -> v1::Model {
        match found {
            Found::Damaged(id, version) => wire::damaged(id, version),
            Found::Loaded(loaded) => {
                // Whoever activates it names a reviewer: that none is named yet does not keep it from being activated.
                let mut refusals = self.refusals(loaded, None);
                refusals.retain(|r| *r != ModelRefusal::NoReviewer);
                let of_it = |a: &&Activation| a.activation.model_digest == loaded.digest;
                let last = activations.iter().find(of_it).map(|a| &a.activation);
                wire::model(
                    loaded,
                    &self.0.catalogue().version,
                    self.0.models().is_active(&loaded.digest),
                    refusals,
                    last.map(|a| (a.reviewer.as_str(), a.activated_at)),
                )
            }
        }
    }

    /// Activations, newest first.
    async fn activations(&self) -> Result<Vec<Activation>, Status> {
        self.0.store().activations().await.map_err(|e| refuse::store(&e))
    }

    async fn list(&self, caller: &Caller, request: &v1::ListModelsRequest) -> Result<v1::ListModelsResponse, Status> {
        let mut v = Violations::default();
        let size = v.page_size(request.page_size);
        v.end()?;
        let listed = Listed::new(&self.0, caller, "ListModels", &[]);
        let place = |f: &Found| {
            let (id, version, digest) = f.key();
            format!("{id}\n{version}\n{digest}")
        };
        let after = listed.place(&request.page_token)?;
        let after = after.map(|place| place.split('\n').collect::<Vec<_>>());
        let after = match after.as_deref() {
            Some([id, version, digest]) => Some((*id, *version, *digest)),
            Some(_) => return Err(listed::refused()),
            None => None,
        };
        let mut all = self.all();
        all.retain(|f| after.is_none_or(|after| f.key() > after));
        let next_page_token = listed.cut(&mut all, size, place);
        let activations = self.activations().await?;
        let models = all.iter().map(|f| self.to_wire(f, &activations)).collect();
        Ok(v1::ListModelsResponse { models, next_page_token })
    }

    async fn get(&self, request: &v1::GetModelRequest, line: &mut NewLine) -> Result<v1::Model, Status> {
        let mut v = Violations::default();
        v.text("model_id", &request.model_id, 0, 64);
        v.text("model_version", &request.model_version, 0, 64);
        v.end()?;
        let models = self.0.models();
        let active = || models.active(&request.model_id).map(Found::Loaded);
        let found = match (request.model_id.as_str(), request.model_version.as_str()) {
            (_, "") => active(),
            (id, version) => {
                let default = active().filter(|_| id.is_empty()).map(|f| f.key().0.to_owned());
                let id = default.unwrap_or_else(|| id.to_owned());
                let all = self.all();
                let mut same = all.into_iter().filter(|f| f.key().0 == id && f.key().1 == version);
                // Of two files of one version the one that rates.
                let first = same.next();
                let rates = |f: &Found| models.is_active(f.key().2);
                match first {
                    Some(first) if !rates(&first) => Some(same.find(rates).unwrap_or(first)),
                    first => first,
                }
            }
        };
        let found = found.ok_or_else(|| refuse::not_found("model"))?;
        line.object_id = Some(found.key().2.to_owned());
        Ok(self.to_wire(&found, &self.activations().await?))
    }

    async fn activate(
        &self,
        caller: &Caller,
        request: &v1::ActivateModelRequest,
        line: &mut NewLine,
    ) -> Result<v1::ActivateModelResponse, Status> {
        let mut v = Violations::default();
        v.uuid("request_id", &request.request_id);
        v.text("model_id", &request.model_id, 1, 64);
        v.text("model_version", &request.model_version, 1, 64);
        v.text("model_digest", &request.model_digest, 1, 128);
        // An empty one is refused below, with all else that keeps the model from rating.
        v.text("reviewer", &request.reviewer, 0, 128);
        v.lines("reason", &request.reason, 1, 1_000);
        v.end()?;
        line.object_id = Some(request.model_digest.clone());
        let (desk, reviewer) = (&self.0, request.reviewer.trim());
        if let Some(before) = desk.made_before(caller.tenant(), &request.request_id, request).await? {
            line.detail = Some("repeated".to_owned());
            return desk.audited(line.clone(), self.activated(&before, reviewer)).await;
        }
        let loaded = self.find(request).await?;
        let card = &loaded.model.file().card;
        let of_card = desk::refusals(&loaded, Some(&request.reviewer), day::of(desk.now()));
        if of_card.contains(&Refusal::OtherReviewer) {
            return Err(refuse::fields(&[("reviewer", "must be the one whom the file names".to_owned())]));
        }
        let refusals = self.refusals(&loaded, Some(&request.reviewer));
        if !refusals.is_empty() {
            return Err(refused(&refusals));
        }
        let id = loaded.model.file().model_id.as_str();
        let replaced = desk.models().active(id).filter(|before| before.digest != loaded.digest);
        let now = desk.now();
        let mut ids = vec![loaded.digest.clone()];
        ids.extend(replaced.map(|before| before.digest.clone()));
        let activation = NewActivation {
            model_digest: loaded.digest.clone(),
            author: card.author.clone(),
            reviewer: reviewer.to_owned(),
            activated_at: now,
            activated_by: caller.tenant().to_owned(),
        };
        let line = NewLine { detail: Some(request.reason.clone()), ..line.clone() };
        let body = (request.request_id.as_str(), request);
        let record = Record::Activation(activation);
        let made = desk.make_once(line, record, body, Made { at: now, ids }, refusal::internal).await?;
        // It is stored: should the store not answer now, the next look at it lets the model rate.
        if let Err(e) = desk.models().follow(desk.store()).await {
            tracing::error!(error = %e, "activations of models cannot be read");
        }
        self.activated(&made, reviewer)
    }

    /// The model that is asked for; the folder is looked at again where it is not there.
    async fn find(&self, request: &v1::ActivateModelRequest) -> Result<Arc<Loaded>, Status> {
        let named = |l: &Loaded| {
            let file = l.model.file();
            file.model_id == request.model_id && file.model_version == request.model_version
        };
        let models = || self.0.models();
        let found = || models().get(&request.model_digest).filter(|l| named(l));
        if let Some(found) = found() {
            return Ok(found);
        }
        let desk = self.0.clone();
        let read = tokio::task::spawn_blocking(move || desk.models().reload()).await;
        if !matches!(read, Ok(Ok(()))) {
            tracing::error!("the folder of models cannot be read");
        }
        if let Some(found) = found() {
            return Ok(found);
        }
        let is_known = self.all().iter().any(|f| f.key().0 == request.model_id && f.key().1 == request.model_version);
        // There is such a version, and its bytes are others than those that were reviewed.
        Err(if is_known { refused(&[ModelRefusal::Damaged]) } else { refuse::not_found("model") })
    }

    /// The answer to an activation, from what is kept of it: the two models as they were then.
    fn activated(&self, made: &Made, reviewer: &str) -> Result<v1::ActivateModelResponse, Status> {
        let model = |digest: &String, is_active, activated| {
            self.0
                .models()
                .get(digest)
                .map(|loaded| wire::model(&loaded, &self.0.catalogue().version, is_active, Vec::new(), activated))
        };
        let active = made.ids.first().and_then(|digest| model(digest, true, Some((reviewer, made.at))));
        let replaced = made.ids.get(1).and_then(|digest| model(digest, false, None));
        match active {
            Some(active) => Ok(v1::ActivateModelResponse { model: Some(active), replaced }),
            None => Err(refuse::not_found("model")),
        }
    }
}

fn refused(refusals: &[ModelRefusal]) -> Status {
    let names: Vec<&str> = refusals.iter().map(|r| r.as_str_name().trim_start_matches("MODEL_REFUSAL_")).collect();
    let names = names.join(",");
    let message = format!("the model may not be activated: {names}");
    refuse::with(Code::FailedPrecondition, ErrorReason::ModelRefused, message, &[("refusals", names)])
}

/// Name and version by the folder, `<id>/<version>`.
fn named(folder: &Path) -> Option<(&str, &str)> {
    let version = folder.file_name()?.to_str()?;
    Some((folder.parent()?.file_name()?.to_str()?, version))
}

#[tonic::async_trait]
impl ModelService for ModelDesk {
    async fn list_models(
        &self,
        request: Request<v1::ListModelsRequest>,
    ) -> Result<Response<v1::ListModelsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let line = self.0.line(&caller, "ListModels", "OK");
        let result = self.list(&caller, request.get_ref()).await;
        self.0.audited(line, result).await.map(Response::new)
    }

    async fn get_model(&self, request: Request<v1::GetModelRequest>) -> Result<Response<v1::GetModelResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let mut line = self.0.line(&caller, "GetModel", "OK");
        let result = self.get(request.get_ref(), &mut line).await;
        let model = self.0.audited(line, result).await?;
        Ok(Response::new(v1::GetModelResponse { model: Some(model) }))
    }

    async fn activate_model(
        &self,
        request: Request<v1::ActivateModelRequest>,
    ) -> Result<Response<v1::ActivateModelResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let mut line = self.0.line(&caller, "ActivateModel", "OK");
        match self.activate(&caller, request.get_ref(), &mut line).await {
            Ok(response) => Ok(Response::new(response)),
            Err(refused) => self.0.audited(line, Err(refused)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_names_its_model() {
        assert_eq!(named(Path::new("models/commercial-value/2")), Some(("commercial-value", "2")));
        assert_eq!(named(Path::new("/")), None);
    }

    #[test]
    fn a_refusal_names_all_that_is_in_the_way() {
        let info = api::status::error_info(&refused(&[ModelRefusal::NoReviewer, ModelRefusal::Expired]));
        assert_eq!(
            (info.reason.as_str(), info.metadata["refusals"].as_str()),
            ("MODEL_REFUSED", "NO_REVIEWER,EXPIRED")
        );
    }
}
