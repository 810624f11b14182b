//! Requests and answers.

use crate::act;
use crate::audit;
use crate::connections::{self, Bounds};
use crate::content::{Asked, Content, Refused, Rows};
use crate::export;
use crate::export::long::Long;
use crate::figures::Figures;
use crate::headers::{self, KEPT};
use crate::kept::Loaded;
use crate::names::Names;
use crate::pack;
use crate::page::Page;
use crate::passwords::Passwords;
use crate::people;
use crate::reasons::Reads;
use crate::register::Known;
use crate::session::{Cookie, Cookies, Person, Seen, person};
use crate::shell::{self, STYLE, style_path};
use crate::sign_in::{self, Gate};
use crate::tells::Tells;
use crate::view::{View, beijing_day};
use crate::words::Word;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use ledger::event::UnixMicros;
use maud::Markup;
use policy::{Code, Lang};
use primitives::CreditCode;
use std::sync::{Arc, OnceLock};
use store::{ImportLog, Store, Write};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

/// The largest form: a name and a password.
const FORM_MAX: usize = 16 * 1024;
/// Exports of long lists at a time; others wait.
const LONG_AT_A_TIME: usize = 4;

/// What a dashboard is told at its start.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Whether browsers reach it by TLS: then cookies are for TLS only.
    pub secure: bool,
    /// What time it is.
    pub clock: fn() -> UnixMicros,
}

/// A dashboard. Cheap to clone.
#[derive(Clone)]
pub struct Dashboard(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) figures: Figures,
    pub(crate) passwords: Passwords,
    pub(crate) gate: Gate,
    pub(crate) seen: Seen,
    pub(crate) cookies: Cookies,
    /// Long lists that are written at a time.
    turns: Arc<Semaphore>,
    /// Drafts end one at a time.
    pub(crate) drafts: Mutex<()>,
    clock: fn() -> UnixMicros,
    tells: OnceLock<Arc<dyn Tells>>,
    reads: OnceLock<Arc<dyn Reads>>,
    imports: OnceLock<ImportLog>,
    names: OnceLock<Names>,
}

impl Dashboard {
    /// A dashboard that reads `figures`, which another task keeps up with the ledger, and the people of `store`.
    pub fn new(store: Store, figures: Figures, passwords: Passwords, settings: Settings) -> Self {
        let Settings { secure, clock } = settings;
        let cookies = Cookies { secure };
        Self(Arc::new(Inner {
            store,
            figures,
            passwords,
            gate: Gate::default(),
            seen: Seen::default(),
            cookies,
            turns: Arc::new(Semaphore::new(LONG_AT_A_TIME)),
            drafts: Mutex::default(),
            clock,
            tells: OnceLock::new(),
            reads: OnceLock::new(),
            imports: OnceLock::new(),
            names: OnceLock::new(),
        }))
    }

    /// The service behind the pages that act; without one they only show. Once: a second one is not taken.
    #[must_use]
    pub fn telling(self, service: Arc<dyn Tells>) -> Self {
        let _ = self.0.tells.set(service);
        self
    }

    /// The service that reads stored ratings, with their reasons; without one an enterprise's page has none. Once.
    #[must_use]
    pub fn reading(self, service: Arc<dyn Reads>) -> Self {
        let _ = self.0.reads.set(service);
        self
    }

    /// What was imported, to be shown. Once.
    #[must_use]
    pub fn with_imports(self, log: ImportLog) -> Self {
        let _ = self.0.imports.set(log);
        self
    }

    /// Names of enterprises, to be looked for. Once.
    #[must_use]
    pub fn with_names(self, names: Names) -> Self {
        let _ = self.0.names.set(names);
        self
    }

    pub(crate) fn tells(&self) -> Option<&Arc<dyn Tells>> {
        self.0.tells.get()
    }

    pub(crate) fn reads(&self) -> Option<&Arc<dyn Reads>> {
        self.0.reads.get()
    }

    pub(crate) fn imports(&self) -> Option<&ImportLog> {
        self.0.imports.get()
    }

    /// All addresses.
    pub fn router(&self) -> Router {
        let signed_in = Router::new()
            .route("/", get(|| async { Redirect::to("/overview") }))
            .route("/account", get(people::account))
            .route("/people", get(people::people))
            .route("/act", get(act::form).post(act::act))
            .route("/propose", get(act::propose_form).post(act::propose))
            .route("/{page}", get(show))
            .route("/export/{file}", get(export_file))
            .route("/api/v1/{page}", get(api))
            .route("/sign-out", axum::routing::post(sign_in::sign_out))
            .layer(middleware::from_fn_with_state(self.clone(), admit));
        Router::new()
            .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
            .route(&style_path(), get(style))
            .merge(signed_in)
            .fallback(nothing)
            .layer(DefaultBodyLimit::max(FORM_MAX))
            .layer(middleware::from_fn(pack::pack))
            .layer(middleware::from_fn(headers::protect))
            .with_state(self.clone())
    }

    /// Waits for one's turn to have a long list written: each takes a thread for as long as its browser does.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Refused> {
        self.0.turns.clone().acquire_owned().await.map_err(|_| Refused::Broken("exports are closed"))
    }

    pub(crate) fn now(&self) -> UnixMicros {
        (self.0.clock)()
    }
}

/// Serves a dashboard until `shutdown`; answers that have begun are finished, for a minute at most.
///
/// A connection whose request does not come within 20 seconds is closed, a form that does not come within 30 is answered
/// with 408, and of over 2,048 connections the last wait.
pub async fn serve(listener: TcpListener, dashboard: Dashboard, shutdown: impl Future<Output = ()> + Send) {
    connections::serve(listener, dashboard.router(), Bounds::USUAL, shutdown).await;
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, KEPT)], STYLE).into_response()
}

async fn nothing(request: Request) -> Response {
    let lang = lang_of(request.uri().query());
    match is_of_machine(&request) {
        true => refused_to_machine(&Refused::NotFound, lang),
        false => refused(&Refused::NotFound, lang, None),
    }
}

fn is_of_machine(request: &Request) -> bool {
    request.uri().path().starts_with("/api/")
}

/// The language of an address that may be wrong otherwise.
pub(crate) fn lang_of(query: Option<&str>) -> Lang {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    if pairs.into_iter().any(|(name, value)| name == "lang" && value == "en") { Lang::En } else { Lang::Zh }
}

pub(crate) fn page_of(status: StatusCode, page: Markup) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page.into_string()).into_response()
}

/// The answer to what is not shown.
pub(crate) fn refused(why: &Refused, lang: Lang, person: Option<(&Person, &View)>) -> Response {
    let (status, text) = said(why, lang);
    page_of(status, shell::refusal(lang, person, &text))
}

/// The same for machines.
fn refused_to_machine(why: &Refused, lang: Lang) -> Response {
    let (status, text) = said(why, lang);
    let body = serde_json::json!({ "error": text }).to_string();
    (status, [(header::CONTENT_TYPE, JSON)], body).into_response()
}

/// The status of what is not shown, and why it is not.
fn said(why: &Refused, lang: Lang) -> (StatusCode, String) {
    match why {
        Refused::NotFound => (StatusCode::NOT_FOUND, Word::ErrorNotFound.text(lang).to_owned()),
        Refused::Forbidden => (StatusCode::FORBIDDEN, Word::ErrorForbidden.text(lang).to_owned()),
        Refused::Parameter(bad) => {
            (StatusCode::BAD_REQUEST, format!("{}{}", Word::ErrorParameter.text(lang), bad.text(lang)))
        }
        Refused::TooLong { rows, max } => {
            (StatusCode::BAD_REQUEST, format!("{}{rows} > {max}", Word::ErrorTooLong.text(lang)))
        }
        Refused::Totals(e) if e.is_invalid_input() => {
            (StatusCode::BAD_REQUEST, format!("{}{e}", Word::ErrorParameter.text(lang)))
        }
        why => {
            let why: &(dyn std::error::Error + 'static) = why;
            tracing::error!(error = why, "a page of the dashboard can not be shown");
            (StatusCode::SERVICE_UNAVAILABLE, Word::ErrorUnavailable.text(lang).to_owned())
        }
    }
}

/// Lets in who has a session; all others are led to the form, or told so where a machine asks.
async fn admit(State(dashboard): State<Dashboard>, mut request: Request, next: Next) -> Response {
    let inner = &dashboard.0;
    let lang = lang_of(request.uri().query());
    let machine = is_of_machine(&request);
    let found = match inner.cookies.read(request.headers(), Cookie::Session) {
        Some(token) => person(&inner.store, &inner.seen, token, dashboard.now().0).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(person)) => {
            request.extensions_mut().insert(person);
            next.run(request).await
        }
        Ok(None) if machine => StatusCode::UNAUTHORIZED.into_response(),
        Ok(None) => Redirect::to(&sign_in::address(request.uri(), lang)).into_response(),
        Err(e) => refused(&e.into(), lang, None),
    }
}

/// What is asked of a page.
pub(crate) struct Ask {
    page: Page,
    pub(crate) view: View,
    pub(crate) person: Person,
}

impl Ask {
    pub(crate) fn read(
        dashboard: &Dashboard,
        page: &str,
        query: Option<&str>,
        person: Person,
    ) -> Result<Self, Refused> {
        let page: Page = page.parse().map_err(|_| Refused::NotFound)?;
        if !page.is_for(person.role) {
            return Err(Refused::Forbidden);
        }
        Ok(Self { page, view: View::parse(query.unwrap_or_default(), dashboard.now())?, person })
    }

    /// The content, which takes the processor and not the task that serves connections.
    pub(crate) async fn content(&self, dashboard: &Dashboard, rows: Rows) -> Result<Content, Refused> {
        let mut kept = Loaded::read(dashboard, self.page, &self.view).await?;
        if let Some(enterprise) = self.rated(dashboard)? {
            kept.read_reasons(dashboard, &self.view, &self.person, enterprise).await?;
        }
        if self.page == Page::Health {
            kept.read_missing(dashboard, &self.view, self.person.scope).await?;
        }
        let (dashboard, page, view, scope) = (dashboard.clone(), self.page, self.view.clone(), self.person.scope);
        let computed = tokio::task::spawn_blocking(move || {
            let facts = dashboard.0.figures.read().ok_or(Refused::Broken("figures are half taken"))?;
            let names = dashboard.0.names.get_or_init(Names::default);
            Asked { facts: &facts, kept: &kept, names, view: &view, scope, rows }.content(page)
        });
        computed.await.map_err(|_| Refused::Broken("a page ended in a panic"))?
    }

    /// The enterprise whose ratings the page shows, where it is theirs to see: of others the service is not asked.
    fn rated(&self, dashboard: &Dashboard) -> Result<Option<CreditCode>, Refused> {
        if self.page != Page::Enterprise {
            return Ok(None);
        }
        let Some(enterprise) = self.view.wanted() else { return Ok(None) };
        let facts = dashboard.0.figures.read().ok_or(Refused::Broken("figures are half taken"))?;
        let names = dashboard.0.names.get_or_init(Names::default);
        let (kept, scope) = (Loaded::default(), self.person.scope);
        let asked = Asked { facts: &facts, kept: &kept, names, view: &self.view, scope, rows: Rows::Page };
        Ok(asked.shows_ratings_of(enterprise).then_some(enterprise))
    }

    /// The rows of a list that is too long to be held, as known to the page that it began with.
    fn long(&self, dashboard: &Dashboard, content: &Content) -> Long {
        let known = Known { seq: content.seq, as_of: self.view.as_of };
        Long { figures: dashboard.0.figures.clone(), view: self.view.clone(), scope: self.person.scope, known }
    }

    /// Writes a line of the audit, where one is due, before anything is answered.
    pub(crate) async fn note(
        &self,
        dashboard: &Dashboard,
        content: &Content,
        export: Option<&str>,
    ) -> Result<(), Refused> {
        let looked_up = self.page.names_enterprises() && !content.blocks.is_empty();
        if export.is_none() && !looked_up {
            return Ok(());
        }
        let mut line = audit::line(&self.person, dashboard.now().0, if export.is_some() { "Export" } else { "LookUp" });
        line.subject = content.about.map(|code| code.to_string());
        line.object_id = Some(export.unwrap_or(self.page.code()).to_owned());
        // The enterprise is the line's subject, of which a pseudonym is stored: the address would name it.
        let state = View { enterprise: None, loan: None, search: None, case: None, ..self.view.clone() };
        line.detail = Some(state.fixed(content.known).href(&self.page.path()));
        dashboard.0.store.write(Write::new(line)).await?;
        Ok(())
    }
}

async fn show(
    State(dashboard): State<Dashboard>,
    Path(page): Path<String>,
    RawQuery(query): RawQuery,
    Extension(person): Extension<Person>,
) -> Response {
    let (lang, who) = (lang_of(query.as_deref()), person.clone());
    let shown = async {
        let ask = Ask::read(&dashboard, &page, query.as_deref(), person)?;
        let content = ask.content(&dashboard, Rows::Page).await?;
        ask.note(&dashboard, &content, None).await?;
        shell::page(ask.page, &ask.view, &ask.person, &content)
    };
    match shown.await {
        Ok(page) => page_of(StatusCode::OK, page),
        Err(why) => {
            let view = View::on(beijing_day(dashboard.now()), lang);
            refused(&why, lang, Some((&who, &view)))
        }
    }
}

async fn api(
    State(dashboard): State<Dashboard>,
    Path(page): Path<String>,
    RawQuery(query): RawQuery,
    Extension(person): Extension<Person>,
) -> Response {
    let shown = async {
        let ask = Ask::read(&dashboard, &page, query.as_deref(), person)?;
        let content = ask.content(&dashboard, Rows::All).await?;
        ask.note(&dashboard, &content, Some(&format!("{}.json", ask.page.code()))).await?;
        let own = ask.person.scope.district().map(|d| d.to_string());
        match content.next {
            None => export::json::write(&ask.view, &content, own.as_deref()).map(Body::from),
            Some(_) => Ok(ask.long(&dashboard, &content).json(content, own, dashboard.turn().await?)),
        }
    };
    match shown.await {
        Ok(body) => ([(header::CONTENT_TYPE, JSON)], body).into_response(),
        Err(why) => refused_to_machine(&why, lang_of(query.as_deref())),
    }
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const JSON: &str = "application/json; charset=utf-8";
const CSV: &str = "text/csv; charset=utf-8";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// `overview.xlsx`, `overview.districts.csv`.
async fn export_file(
    State(dashboard): State<Dashboard>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
    Extension(person): Extension<Person>,
) -> Response {
    let lang = lang_of(query.as_deref());
    let made = async {
        let (rest, kind) = file.rsplit_once('.').ok_or(Refused::NotFound)?;
        let (page, table) = rest.split_once('.').map_or((rest, None), |(page, table)| (page, Some(table)));
        let ask = Ask::read(&dashboard, page, query.as_deref(), person)?;
        let content = ask.content(&dashboard, Rows::All).await?;
        let own = ask.person.scope.district().map(|d| d.to_string());
        // Page and table are words of ours: nothing of the request stands in a header.
        let named = table.map_or(String::new(), |_| content_name(&content, table));
        let name = format!("{}{named}-{}.{kind}", ask.page.code(), ask.view.as_of);
        let is_long = content.next.is_some();
        let (body, mime) = match (kind, table) {
            ("xlsx", None) if is_long => {
                ask.note(&dashboard, &content, Some(&name)).await?;
                let (long, permit) = (ask.long(&dashboard, &content), dashboard.turn().await?);
                let of = long.clone();
                let written = tokio::task::spawn_blocking(move || long.xlsx(&content, own));
                let file = written.await.map_err(|_| Refused::Broken("a file ended in a panic"))??;
                return Ok((of.file(file, permit), XLSX, name));
            }
            ("xlsx", None) => (export::xlsx::write(&ask.view, &content, own)?, XLSX),
            ("docx", None) if ask.page == Page::Bulletin => (export::docx::write(&ask.view, &content, own)?, DOCX),
            ("csv", Some(table)) => {
                let block = content.blocks.iter().find(|b| b.sheet.code == table).ok_or(Refused::NotFound)?;
                if is_long {
                    ask.note(&dashboard, &content, Some(&name)).await?;
                    let body = ask.long(&dashboard, &content).csv(content, dashboard.turn().await?);
                    return Ok((body, CSV, name));
                }
                (export::csv::write(&block.sheet, ask.view.lang)?, CSV)
            }
            _ => return Err(Refused::NotFound),
        };
        ask.note(&dashboard, &content, Some(&name)).await?;
        Ok((body.into(), mime, name))
    };
    match made.await {
        Ok((body, mime, name)) => {
            let shown = format!("attachment; filename=\"{name}\"");
            ([(header::CONTENT_TYPE, mime.to_owned()), (header::CONTENT_DISPOSITION, shown)], body).into_response()
        }
        Err(why) => refused(&why, lang, None),
    }
}

fn content_name(content: &Content, table: Option<&str>) -> String {
    let found = content.blocks.iter().find(|b| table == Some(b.sheet.code));
    found.map_or(String::new(), |b| format!("-{}", b.sheet.code))
}
