//! What pages show that is kept beside the ledger: objections, imports, what waits for a second person.
//!
//! It is read before a page is made, as of the page's recorded time: a row counts where it had been written by then.

use crate::cases::{CaseKind, CaseRef};
use crate::content::Refused;
use crate::page::{Kept, Page};
use crate::reasons::{MissingRead, Reasons};
use crate::role::Scope;
use crate::session::Person;
use crate::view::{View, beginning_of, beijing_day};
use crate::web::Dashboard;
use chrono::Days;
use ledger::event::{Body, UnixMicros};
use primitives::{CreditCode, RegionCode};
use store::{Draft, Import, ImportRefusal, Objection};

/// Days before the as-of day from which objections are shown that have been answered.
const ANSWERED_DAYS: u64 = 400;
/// Objections, imports, refusals and drafts that are read for a page.
const OBJECTIONS: u32 = 4_000;
const IMPORTS: u32 = 200;
const REFUSALS: u32 = 5_000;
const DRAFTS: u32 = 2_000;

/// What was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loaded {
    pub(crate) objections: Vec<Objection>,
    /// Newest first.
    pub(crate) imports: Vec<Import>,
    pub(crate) refusals: Vec<(i64, ImportRefusal)>,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) reasons: Reasons,
    /// Of the whole city.
    pub(crate) missing: Option<MissingRead>,
    /// Whether a part of the city is shown, of which [`Self::missing`] says nothing.
    pub(crate) parted_inputs: bool,
    /// The last moment of it, for addresses that last.
    pub(crate) last: Option<UnixMicros>,
}

/// What a draft is to do, where its text is one of the ledger's.
pub(crate) fn body_of(draft: &Draft) -> Option<Body> {
    serde_json::from_str(&draft.draft.body).ok()
}

/// The case of a draft.
pub(crate) fn case_of(draft: &Draft) -> CaseRef {
    CaseRef { kind: CaseKind::Draft, owner: String::new(), number: draft.draft.draft_id.clone() }
}

/// Whether a district's staff sees a draft.
pub(crate) fn is_of(draft: &Draft, district: Option<RegionCode>) -> bool {
    district.is_none_or(|own| draft.draft.district.as_deref() == Some(own.to_string().as_str()))
}

impl Loaded {
    /// Reads what a page needs.
    ///
    /// # Errors
    /// Of the store.
    pub(crate) async fn read(dashboard: &Dashboard, page: Page, view: &View) -> Result<Self, Refused> {
        let through = view.recorded_at.unwrap_or(dashboard.now());
        let mut loaded = Self::default();
        match page.kept() {
            None => {}
            Some(Kept::Objections) => loaded.objections = objections(dashboard, view, through).await?,
            Some(Kept::Imports) => {
                if let Some(log) = dashboard.imports() {
                    loaded.imports = log.imports(through.0, IMPORTS).await?;
                    let from = loaded.imports.last().map_or(i64::MAX, |import| import.number);
                    loaded.refusals = log.refusals(from, through.0, REFUSALS).await?;
                }
            }
            Some(Kept::Drafts) => {
                let mut drafts = dashboard.0.store.drafts(DRAFTS).await?;
                drafts.retain(|d| d.draft.made_at <= through.0);
                for draft in &mut drafts {
                    // What ended later had not ended then.
                    draft.end = draft.end.take().filter(|end| end.ended_at <= through.0);
                }
                loaded.drafts = drafts;
            }
        }
        loaded.last = loaded.moments().max().map(UnixMicros);
        Ok(loaded)
    }

    /// Has the service read an enterprise's stored ratings.
    ///
    /// # Errors
    /// Of the service.
    pub(crate) async fn read_reasons(
        &mut self,
        dashboard: &Dashboard,
        view: &View,
        person: &Person,
        enterprise: CreditCode,
    ) -> Result<(), Refused> {
        let until = view.recorded_at.unwrap_or(dashboard.now());
        self.reasons = Reasons::read(dashboard, person, enterprise, until).await?;
        if let Reasons::Read(read) = &self.reasons {
            self.last = self.last.max(read.changed_at);
        }
        Ok(())
    }

    /// Has the service say in how many ratings features were missing, through the last day that had ended by the recorded time:
    /// its counts change no more.
    ///
    /// # Errors
    /// Of the service.
    pub(crate) async fn read_missing(
        &mut self,
        dashboard: &Dashboard,
        view: &View,
        scope: Scope,
    ) -> Result<(), Refused> {
        let Some(service) = dashboard.reads() else { return Ok(()) };
        if scope != Scope::City || !view.filter.is_empty() {
            self.parted_inputs = true;
            return Ok(());
        }
        let today = beijing_day(view.recorded_at.unwrap_or(dashboard.now()));
        let Some(through) = today.pred_opt() else { return Ok(()) };
        self.missing = Some(service.missing(through.min(view.as_of)).await?);
        self.last = self.last.max(Some(beginning_of(today)));
        Ok(())
    }

    fn moments(&self) -> impl Iterator<Item = i64> {
        let objections = self.objections.iter().flat_map(|o| o.steps.iter().map(|s| s.at));
        let drafts = self.drafts.iter().map(|d| d.end.as_ref().map_or(d.draft.made_at, |e| e.ended_at));
        objections.chain(self.imports.iter().map(|i| i.import.at)).chain(drafts)
    }
}

/// Those without an answer, and those that were due since some time before the day, as they stood then.
async fn objections(dashboard: &Dashboard, view: &View, through: UnixMicros) -> Result<Vec<Objection>, Refused> {
    let store = &dashboard.0.store;
    let since = view.as_of.checked_sub_days(Days::new(ANSWERED_DAYS)).unwrap_or(view.as_of);
    let mut all = store.objections_by_due(None, Some((since, "")), OBJECTIONS).await?;
    for open in store.objections_due(since).await? {
        if !all.iter().any(|o| o.objection_id == open.objection_id) {
            all.push(open);
        }
    }
    all.retain_mut(|objection| {
        objection.steps.retain(|step| step.at <= through.0);
        let Some(last) = objection.steps.last() else { return false };
        objection.state.clone_from(&last.state);
        if objection.resolved_at.is_some_and(|at| at > through.0) {
            (objection.outcome, objection.resolved_at) = (None, None);
        }
        crate::view::beijing_day(UnixMicros(objection.opened_at)) <= view.as_of
    });
    all.sort_by(|a, b| (a.due_on, &a.objection_id).cmp(&(b.due_on, &b.objection_id)));
    Ok(all)
}
