//! Signing in and out.
//!
//! The answer to a wrong name, a wrong password, a disabled and a locked account is one: the same words, and as much
//! computed. After [`FREE`] failures a name has to wait, twice as long after each further one, also a name that nobody has.

use crate::accounts::NAME_MAX;
use crate::audit;
use crate::content::Refused;
use crate::passwords::BYTES_MAX;
use crate::session::{Cookie, LIFE, Person, Token};
use crate::shell;
use crate::view::View;
use crate::web::{Dashboard, lang_of, page_of, refused};
use crate::words::Word;
use axum::body::Bytes;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use policy::Lang;
use std::sync::Arc;
use store::{NewSession, Record, SessionEnd, SignInFailure, UnixMicros, Write};
use tokio::sync::{Mutex, Semaphore};

/// Failures without a wait.
const FREE: usize = 5;
/// The first wait.
const WAIT: UnixMicros = 60_000_000;
/// Failures after which the wait grows no more: an hour and four minutes.
const GROWS: usize = 6;
/// Passwords that are hashed at once: each takes 19 MiB.
const HASHING: usize = 2;
/// Names whose attempts wait for one another.
const LANES: usize = 64;

/// Keeps attempts on one name apart, so that none slips by while another is counted, and few at once.
pub(crate) struct Gate {
    lanes: Vec<Mutex<()>>,
    hashing: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { lanes: (0..LANES).map(|_| Mutex::new(())).collect(), hashing: Arc::new(Semaphore::new(HASHING)) }
    }
}

/// How long a name has to wait after its failures, newest first.
fn locked_until(failures: &[UnixMicros]) -> Option<UnixMicros> {
    let over = failures.len().checked_sub(FREE)?.min(GROWS);
    Some(failures.first()?.saturating_add(WAIT << over))
}

/// The address of the form, which leads back to where one wanted to go.
pub(crate) fn address(uri: &Uri, lang: Lang) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if lang == Lang::En {
        query.append_pair("lang", "en");
    }
    query.append_pair("next", uri.path_and_query().map_or("/overview", |p| p.as_str()));
    format!("/sign-in?{}", query.finish())
}

/// A way within this site, and no other.
fn within(next: &str) -> Option<&str> {
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (next.starts_with('/') && !next.starts_with("//") && plain && next.len() <= 2_000).then_some(next)
}

pub(crate) fn value(pairs: &[u8], name: &str) -> Option<String> {
    let mut found = form_urlencoded::parse(pairs).filter(|(n, _)| n == name).map(|(_, v)| v.into_owned());
    // One that stands twice says nothing.
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// The form.
pub(crate) async fn form(
    State(dashboard): State<Dashboard>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let next = value(query.as_bytes(), "next");
    let said = value(query.as_bytes(), "out").map(|_| Word::SignedOut);
    answer(&dashboard, &headers, lang_of(Some(&query)), next.as_deref(), StatusCode::OK, said)
}

/// The form with a word on what happened, under a token of its own.
fn answer(
    dashboard: &Dashboard,
    headers: &HeaderMap,
    lang: Lang,
    next: Option<&str>,
    status: StatusCode,
    said: Option<Word>,
) -> Response {
    let cookies = dashboard.0.cookies;
    let token = match cookies.read(headers, Cookie::Form) {
        Some(token) => token,
        None => match Token::new() {
            Ok(token) => token,
            Err(e) => return refused(&e.into(), lang, None),
        },
    };
    let next = next.and_then(within).unwrap_or("/overview");
    let page = page(lang, next, &token, said);
    let mut response = page_of(status, page);
    if let Ok(set) = cookies.set(Cookie::Form, Some(&token)).parse() {
        response.headers_mut().append(header::SET_COOKIE, set);
    }
    response
}

fn page(lang: Lang, next: &str, token: &Token, said: Option<Word>) -> Markup {
    let word = |w: Word| w.text(lang);
    let at = if lang == Lang::En { "/sign-in?lang=en" } else { "/sign-in" };
    let main = html! {
        main #content tabindex="-1" {
            form.sign-in method="post" action=(at) {
                h1 { (word(Word::SignIn)) }
                @if let Some(said) = said { p.said role="status" { (word(said)) } }
                input type="hidden" name="form" value=(token.form_key());
                input type="hidden" name="next" value=(next);
                label { span { (word(Word::Name)) }
                    input type="text" name="name" autocomplete="username" maxlength=(NAME_MAX) required autofocus; }
                label { span { (word(Word::Password)) }
                    input type="password" name="password" autocomplete="current-password" maxlength=(BYTES_MAX) required; }
                button type="submit" { (word(Word::SignIn)) }
            }
        }
    };
    let mut there = form_urlencoded::Serializer::new(String::new());
    if lang == Lang::Zh {
        there.append_pair("lang", "en");
    }
    let there = format!("/sign-in?{}", there.append_pair("next", next).finish());
    shell::document(lang, word(Word::SignIn), None, &there, &main)
}

/// Whether a browser says that the request comes from another site.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("unreadable"));
    // Who says this says it for sure: pages can not set it.
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, from)| from != host),
        _ => false,
    }
}

/// Whether a form of a person's own pages was sent, from here.
pub(crate) fn is_from_form(person: &Person, headers: &HeaderMap, body: &[u8]) -> bool {
    value(body, "form").is_some_and(|key| person.token.opens(&key)) && !from_elsewhere(headers)
}

/// The answer to a form of a signed-in person that was not sent from here, or long ago.
pub(crate) fn outdated(dashboard: &Dashboard, person: &Person, lang: Lang) -> Response {
    let view = View::on(crate::view::beijing_day(dashboard.now()), lang);
    page_of(StatusCode::FORBIDDEN, shell::refusal(lang, Some((person, &view)), Word::FormOutdated.text(lang)))
}

/// Takes the form.
pub(crate) async fn sign_in(
    State(dashboard): State<Dashboard>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let lang = lang_of(query.as_deref());
    let next = value(&body, "next");
    let again = |status, said| answer(&dashboard, &headers, lang, next.as_deref(), status, Some(said));
    let opened = match (dashboard.0.cookies.read(&headers, Cookie::Form), value(&body, "form")) {
        (Some(token), Some(key)) => token.opens(&key) && !from_elsewhere(&headers),
        _ => false,
    };
    if !opened {
        return again(StatusCode::FORBIDDEN, Word::FormOutdated);
    }
    let (name, password) = (value(&body, "name"), value(&body, "password"));
    let (Some(name), Some(password)) = (name, password) else {
        return again(StatusCode::UNAUTHORIZED, Word::SignInFailed);
    };
    if name.len() > NAME_MAX || password.len() > BYTES_MAX {
        return again(StatusCode::UNAUTHORIZED, Word::SignInFailed);
    }
    match attempt(&dashboard, &name, password, &headers).await {
        Ok(Some(token)) => {
            let mut response = Redirect::to(next.as_deref().and_then(within).unwrap_or("/overview")).into_response();
            let cookies = dashboard.0.cookies;
            for set in [cookies.set(Cookie::Session, Some(&token)), cookies.set(Cookie::Form, None)] {
                if let Ok(set) = set.parse() {
                    response.headers_mut().append(header::SET_COOKIE, set);
                }
            }
            response
        }
        Ok(None) => again(StatusCode::UNAUTHORIZED, Word::SignInFailed),
        Err(why) => refused(&why, lang, None),
    }
}

/// A session for a name and a password, or none.
async fn attempt(
    dashboard: &Dashboard,
    name: &str,
    password: String,
    headers: &HeaderMap,
) -> Result<Option<Token>, Refused> {
    let inner = &dashboard.0;
    let lane = inner.store.mark(name.as_bytes())[0] as usize % LANES;
    let _one_at_a_time = inner.gate.lanes[lane].lock().await;
    let now = dashboard.now().0;
    let failures = inner.store.sign_in_failures(name, (FREE + GROWS) as u32).await?;
    let locked = locked_until(&failures).is_some_and(|until| now < until);
    let staff = inner.store.staff(name).await?.map(|s| s.staff);
    let known = staff.is_some();
    let stored = staff.filter(|s| !s.disabled).map(|s| s.password);
    let permit = inner.gate.hashing.clone().acquire_owned().await;
    let passwords = inner.passwords.clone();
    let compared = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        passwords.is(&password, stored.as_deref())
    });
    let right = compared.await.map_err(|_| Refused::Broken("a password could not be compared"))?;
    // The name of a known account only: what nobody has may be a password that was typed in the wrong place.
    let shown = known.then_some(name);
    if locked {
        // Nothing is counted: else whoever guesses would keep the person out for good.
        let line = audit::stranger(now, "SignIn", shown, "LOCKED");
        inner.store.write(Write::new(line)).await?;
        return Ok(None);
    }
    if !right {
        let line = audit::stranger(now, "SignIn", shown, "UNAUTHENTICATED");
        let failure = SignInFailure { name: name.to_owned(), failed_at: now };
        inner.store.write(Write::of(line, Record::SignInFailure(failure))).await?;
        return Ok(None);
    }
    let token = Token::new()?;
    let session = NewSession {
        token_sha256: token.sha256(),
        name: name.to_owned(),
        opened_at: now,
        until: now.saturating_add(LIFE),
    };
    let mut write = Write::of(audit::stranger(now, "SignIn", shown, "OK"), Record::Session(session));
    // Whoever was signed in here before is no more.
    if let Some(old) = inner.cookies.read(headers, Cookie::Session)
        && inner.store.session(&old.sha256()).await?.is_some()
    {
        let end = SessionEnd { token_sha256: old.sha256(), ended_at: now };
        write = write.and(audit::stranger(now, "SignOut", shown, "REPLACED"), Some(Record::SessionEnd(end)));
    }
    inner.store.write(write).await?;
    Ok(Some(token))
}

/// Ends the session.
pub(crate) async fn sign_out(
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
    let now = dashboard.now().0;
    let end = SessionEnd { token_sha256: person.token.sha256(), ended_at: now };
    let write = Write::of(audit::line(&person, now, "SignOut"), Record::SessionEnd(end));
    match dashboard.0.store.write(write).await {
        // Ended by another request in the meantime: it is over all the same.
        Ok(_) | Err(store::Error::Conflict { .. }) => {}
        Err(e) => return refused(&e.into(), lang, None),
    }
    let at = if lang == Lang::En { "/sign-in?lang=en&out=1" } else { "/sign-in?out=1" };
    let mut response = Redirect::to(at).into_response();
    if let Ok(set) = dashboard.0.cookies.set(Cookie::Session, None).parse() {
        response.headers_mut().append(header::SET_COOKIE, set);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        let failures = |count: usize| vec![1_000; count];
        for (count, seconds) in
            [(4, None), (5, Some(60)), (6, Some(120)), (8, Some(480)), (11, Some(3_840)), (40, Some(3_840))]
        {
            let until = seconds.map(|s: i64| 1_000 + s * 1_000_000);
            assert_eq!(locked_until(&failures(count)), until, "{count}");
        }
    }

    #[test]
    fn the_way_on_stays_within() {
        for (next, kept) in [
            ("/loans?by=bank", true),
            ("//evil.example", false),
            ("https://evil.example", false),
            ("/\\evil.example", false),
            ("/a\r\nset-cookie: x=y", false),
            ("", false),
        ] {
            assert_eq!(within(next).is_some(), kept, "{next:?}");
        }
    }

    #[test]
    fn another_site_is_seen() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let pair = |(name, value): &(&'static str, &'static str)| {
                (axum::http::HeaderName::from_static(name), value.parse().expect("a value"))
            };
            pairs.iter().map(pair).collect::<HeaderMap>()
        };
        for (pairs, elsewhere) in [
            (&[][..], false),
            (&[("origin", "http://a:1"), ("host", "a:1")], false),
            (&[("origin", "http://b"), ("host", "a:1")], true),
            (&[("origin", "null"), ("host", "a:1")], true),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "same-origin")], false),
            // As Chromium sends our own form where its page may name no referrer.
            (&[("sec-fetch-site", "same-origin"), ("origin", "null"), ("host", "a:1")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://a:1"), ("host", "a:1")], true),
        ] {
            assert_eq!(from_elsewhere(&headers(pairs)), elsewhere, "{pairs:?}");
        }
    }
}
