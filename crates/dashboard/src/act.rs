//! Acting on payments of the state: what is checked, sent back, paid or prepared, each by a form with its key.
//!
//! What a form asks for becomes an event, which the service is told as who is signed in ([`crate::Tells`]). Nothing is
//! decided here: whether the maker is the checker, what may follow and what a rule allows the ledger says, and what it
//! refuses is shown in its words. What needs a second person before it is an event at all is kept as a draft.

mod events;
mod fields;
mod forms;

use crate::audit;
use crate::cases::{CaseKind, CaseRef};
use crate::content::{Refused, Rows};
use crate::page::Page;
use crate::passwords::PasswordError;
use crate::session::{Person, Token};
use crate::sign_in::{is_from_form, outdated};
use crate::tells::{Told, Untold};
use crate::view::{View, beijing_day};
use crate::web::{Ask, Dashboard, lang_of, page_of, refused};
use crate::words::Word;
use axum::body::Bytes;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use events::{Doing, Proposal};
use fields::{BadField, Fields};
use forms::Said;
use ledger::event::{Actor, Body, Office};
use policy::Lang;
use store::{Draft, DraftEnd, NewDraft, Record, Write};

/// What came of a form.
enum Done {
    /// It stands in the ledger.
    Entered {
        seq: u64,
        repeated: bool,
    },
    /// A draft is kept for another person.
    Kept,
    SentBack,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
enum Undone {
    #[error(transparent)]
    Page(#[from] Refused),
    #[error(transparent)]
    Field(#[from] BadField),
    #[error("{0:?}")]
    Because(Word, StatusCode),
    #[error(transparent)]
    Untold(#[from] Untold),
}

impl From<store::Error> for Undone {
    fn from(e: store::Error) -> Self {
        Self::Page(e.into())
    }
}

impl From<PasswordError> for Undone {
    fn from(e: PasswordError) -> Self {
        Self::Page(e.into())
    }
}

/// The person as the ledger knows one.
fn actor(person: &Person) -> Result<Actor, Undone> {
    let office = match (person.role.acts(), person.scope.district()) {
        (false, _) => return Err(Undone::Because(Word::NotYourPart, StatusCode::FORBIDDEN)),
        (true, None) => Office::Bureau,
        (true, Some(own)) => Office::District(own),
    };
    let id = person.name.parse().map_err(|_| Undone::Because(Word::NameIsNoPerson, StatusCode::CONFLICT))?;
    Ok(Actor { id, office })
}

/// The page of a case with its forms.
pub(crate) async fn form(
    State(dashboard): State<Dashboard>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&dashboard, person, query.as_deref(), StatusCode::OK, None).await
}

/// The case, what may be done with it, and what came of what was done.
async fn answer(
    dashboard: &Dashboard,
    person: Person,
    query: Option<&str>,
    status: StatusCode,
    said: Option<Said>,
) -> Response {
    let lang = lang_of(query);
    let shown = async {
        actor(&person)?;
        let ask = Ask::read(dashboard, "case", query, person)?;
        let content = ask.content(dashboard, Rows::Page).await?;
        ask.note(dashboard, &content, None).await?;
        let possible = match said {
            // What stands now follows from what was just entered, and the figures may not have it yet.
            Some(Said::Done(_)) => Vec::new(),
            _ => possible(dashboard, &ask).await?,
        };
        let request = Token::new()?;
        Ok(forms::page(&ask, &content, &possible, request.as_str(), said.as_ref())?)
    };
    match shown.await {
        Ok(page) => page_of(status, page),
        Err(why) => undone(&why, lang),
    }
}

/// What may be done with the case of a page.
async fn possible(dashboard: &Dashboard, ask: &Ask) -> Result<Vec<Doing>, Undone> {
    let of = ask.view.case.as_ref().ok_or(Refused::NotFound)?;
    if of.kind == CaseKind::Draft {
        let draft = draft_of(dashboard, &ask.person, &of.number).await?;
        return Ok(if draft.end.is_none() { vec![Doing::Enter, Doing::SendBack] } else { Vec::new() });
    }
    let facts = dashboard.0.figures.read().ok_or(Refused::Broken("figures are half taken"))?;
    let case = facts.cases.get(of).ok_or(Refused::NotFound)?;
    Ok(events::possible(case, facts.register.known(None, beijing_day(dashboard.now()))))
}

/// A draft that is within what the person sees.
async fn draft_of(dashboard: &Dashboard, person: &Person, id: &str) -> Result<Draft, Undone> {
    let found = dashboard.0.store.draft(id).await?;
    let theirs = found.filter(|d| crate::kept::is_of(d, person.scope.district()));
    Ok(theirs.ok_or(Refused::NotFound)?)
}

/// Takes a form of a case.
pub(crate) async fn act(
    State(dashboard): State<Dashboard>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let lang = lang_of(query.as_deref());
    if !is_from_form(&person, &headers, &body) {
        return outdated(&dashboard, &person, lang);
    }
    match outcome(take(&dashboard, &person, query.as_deref(), &body).await, lang) {
        Ok((status, said)) => answer(&dashboard, person, query.as_deref(), status, Some(said)).await,
        Err(why) => undone(&why, lang),
    }
}

async fn take(dashboard: &Dashboard, person: &Person, query: Option<&str>, body: &[u8]) -> Result<Done, Undone> {
    let actor = actor(person)?;
    let view = View::parse(query.unwrap_or_default(), dashboard.now()).map_err(Refused::from)?;
    let of = view.case.as_ref().ok_or(Refused::NotFound)?;
    let fields = Fields::read(body);
    let doing: Doing = fields.code("step")?;
    if of.kind == CaseKind::Draft {
        return end_draft(dashboard, person, actor, of, doing, &fields).await;
    }
    let today = beijing_day(dashboard.now());
    let (event, on, district) = {
        let facts = dashboard.0.figures.read().ok_or(Refused::Broken("figures are half taken"))?;
        let own = person.scope.district();
        let case = facts.cases.get(of).filter(|c| own.is_none() || c.district == own).ok_or(Refused::NotFound)?;
        let known = facts.register.known(None, today);
        let event = events::body(case, known, doing, &fields, actor.id)?;
        // A reversal holds on the day of what it takes back.
        let on = events::day(case, known, doing).map_or_else(|| fields.day("on"), Ok)?;
        (event, on, case.district)
    };
    if doing.needs_a_second_person() {
        let reason = fields.text("reason")?;
        let district = district.map(|d| d.to_string());
        return keep(dashboard, person, &event, district, reason).await;
    }
    let told =
        Told { request_id: fields.parsed("request", "the request of the form")?, actor, effective_on: on, body: event };
    tell(dashboard, told).await
}

async fn tell(dashboard: &Dashboard, told: Told) -> Result<Done, Undone> {
    let service = dashboard.tells().ok_or(Undone::Because(Word::NoService, StatusCode::SERVICE_UNAVAILABLE))?;
    let entered = service.tell(told).await?;
    Ok(Done::Entered { seq: entered.seq, repeated: entered.repeated })
}

/// Keeps what one person prepared, for another to check.
async fn keep(
    dashboard: &Dashboard,
    person: &Person,
    body: &Body,
    district: Option<String>,
    reason: String,
) -> Result<Done, Undone> {
    let now = dashboard.now().0;
    let body = serde_json::to_string(body).map_err(|_| Refused::Broken("an event can not be written"))?;
    let draft_id = Token::new()?.as_str()[..24].to_owned();
    let mut line = audit::line(person, now, "Draft");
    line.object_id = Some(draft_id.clone());
    let draft = NewDraft { draft_id, maker: person.name.clone(), made_at: now, district, body, reason };
    dashboard.0.store.write(Write::of(line, Record::Draft(draft))).await?;
    Ok(Done::Kept)
}

async fn end_draft(
    dashboard: &Dashboard,
    person: &Person,
    actor: Actor,
    of: &CaseRef,
    doing: Doing,
    fields: &Fields<'_>,
) -> Result<Done, Undone> {
    // One at a time: none is sent back while it is entered.
    let _one = dashboard.0.drafts.lock().await;
    let draft = draft_of(dashboard, person, &of.number).await?;
    if draft.end.is_some() {
        return Err(Undone::Because(Word::AlreadyEnded, StatusCode::CONFLICT));
    }
    let (entry, reason, done) = match doing {
        Doing::SendBack => (None, fields.text("reason")?, Done::SentBack),
        Doing::Enter => {
            let body = crate::kept::body_of(&draft).ok_or(Refused::Broken("a draft is no event"))?;
            // The same draft is the same request, whoever enters it how often.
            let request_id = format!("draft-{}", draft.draft.draft_id);
            let request_id = request_id.parse().map_err(|_| Refused::Broken("a draft has no id"))?;
            let told = Told { request_id, actor, effective_on: fields.day("on")?, body };
            let done = tell(dashboard, told).await?;
            let Done::Entered { seq, .. } = done else { return Ok(done) };
            (Some(seq), String::new(), done)
        }
        _ => return Err(BadField { name: "step", allowed: "enter, send_back" }.into()),
    };
    let now = dashboard.now().0;
    let mut line = audit::line(person, now, "DraftEnd");
    line.object_id = Some(draft.draft.draft_id.clone());
    let end = DraftEnd { draft_id: draft.draft.draft_id, checker: person.name.clone(), ended_at: now, entry, reason };
    dashboard.0.store.write(Write::of(line, Record::DraftEnd(end))).await?;
    Ok(done)
}

/// The page with the forms of what can be prepared.
pub(crate) async fn propose_form(
    State(dashboard): State<Dashboard>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    propose_page(&dashboard, &person, query.as_deref(), StatusCode::OK, None)
}

fn propose_page(
    dashboard: &Dashboard,
    person: &Person,
    query: Option<&str>,
    status: StatusCode,
    said: Option<Said>,
) -> Response {
    let lang = lang_of(query);
    let shown = || -> Result<_, Undone> {
        actor(person)?;
        let view = View::parse(query.unwrap_or_default(), dashboard.now()).map_err(Refused::from)?;
        let request = Token::new()?;
        Ok(forms::propose(&view, person, beijing_day(dashboard.now()), request.as_str(), said.as_ref()))
    };
    match shown() {
        Ok(page) => page_of(status, page),
        Err(why) => undone(&why, lang),
    }
}

/// Takes what is prepared.
pub(crate) async fn propose(
    State(dashboard): State<Dashboard>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let lang = lang_of(query.as_deref());
    if !is_from_form(&person, &headers, &body) {
        return outdated(&dashboard, &person, lang);
    }
    let proposed = async {
        let actor = actor(&person)?;
        let fields = Fields::read(&body);
        let what: Proposal = fields.code("what")?;
        let event = events::proposed(what, &fields, actor.id)?;
        let district = events::district_of(&event);
        // A district proposes for itself; another's is not there.
        if person.scope.district().is_some_and(|own| district != Some(own)) {
            return Err(Refused::NotFound.into());
        }
        match what {
            Proposal::Benefit => {
                let request_id = fields.parsed("request", "the request of the form")?;
                tell(&dashboard, Told { request_id, actor, effective_on: fields.day("on")?, body: event }).await
            }
            Proposal::Indicator => {
                let reason = fields.text("reason")?;
                keep(&dashboard, &person, &event, district.map(|d| d.to_string()), reason).await
            }
        }
    };
    match outcome(proposed.await, lang) {
        Ok((status, said)) => propose_page(&dashboard, &person, query.as_deref(), status, Some(said)),
        Err(why) => undone(&why, lang),
    }
}

/// What the page of a form says of what came of it.
///
/// # Errors
/// What is no answer to a form.
fn outcome(done: Result<Done, Undone>, lang: Lang) -> Result<(StatusCode, Said), Undone> {
    match done {
        Ok(done) => Ok((StatusCode::OK, Said::Done(done_text(&done, lang)))),
        Err(why) => match said_of(&why, lang) {
            Some((status, text)) => Ok((status, Said::Undone(text))),
            None => Err(why),
        },
    }
}

fn done_text(done: &Done, lang: Lang) -> String {
    match done {
        Done::Entered { seq, repeated: false } => format!("{} {seq}", Word::Told.text(lang)),
        Done::Entered { seq, repeated: true } => format!("{} {seq}", Word::ToldBefore.text(lang)),
        Done::Kept => Word::DraftKept.text(lang).to_owned(),
        Done::SentBack => Word::DraftSentBack.text(lang).to_owned(),
    }
}

/// What a person is told who can do something about it; `None` for what is no answer to a form.
fn said_of(why: &Undone, lang: Lang) -> Option<(StatusCode, String)> {
    Some(match why {
        Undone::Page(_) => return None,
        Undone::Field(bad) => (StatusCode::BAD_REQUEST, format!("{}{bad}", Word::FieldWrong.text(lang))),
        Undone::Because(_, StatusCode::FORBIDDEN) => return None,
        Undone::Because(word, status) => (*status, word.text(lang).to_owned()),
        // The rule, what was found and what is allowed, as the ledger says it.
        Undone::Untold(Untold::Refused(refusal)) => {
            (StatusCode::CONFLICT, format!("{}: {}", Word::RefusedTitle.text(lang), refusal.text(lang)))
        }
        Undone::Untold(e @ Untold::Unavailable(_)) => {
            let e: &(dyn std::error::Error + 'static) = e;
            tracing::error!(error = e, "a payment of the state can not be told");
            (StatusCode::SERVICE_UNAVAILABLE, Word::ErrorUnavailable.text(lang).to_owned())
        }
    })
}

fn undone(why: &Undone, lang: Lang) -> Response {
    match why {
        Undone::Page(why) => refused(why, lang, None),
        why => {
            let (status, text) = match why {
                Undone::Because(word, status) => (*status, word.text(lang).to_owned()),
                why => said_of(why, lang).unwrap_or_default(),
            };
            page_of(status, crate::shell::refusal(lang, None, &text))
        }
    }
}

/// Where a case is acted on.
pub(crate) fn address(view: &View, of: &CaseRef) -> String {
    View { case: Some(of.clone()), ..view.bare() }.href("/act")
}

/// Whether a page leads on to a form, and where to.
pub(crate) fn leads_to(page: Page, view: &View, person: &Person) -> Option<(Word, String)> {
    match (page, &view.case) {
        _ if !person.role.acts() => None,
        (Page::Case, Some(of)) => Some((Word::Act, address(view, of))),
        (Page::Review, _) => Some((Word::Propose, view.bare().href("/propose"))),
        _ => None,
    }
}
