//! One's own account, and who else has one.

use crate::content::Refused;
use crate::role::Role;
use crate::session::Person;
use crate::sheet::name_of;
use crate::shell;
use crate::view::{View, shown_moment};
use crate::web::{Dashboard, lang_of, page_of, refused};
use crate::words::Word;
use axum::extract::{Extension, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use ledger::event::UnixMicros;
use maud::{Markup, html};
use policy::Lang;
use store::Staff;
use totals::Dimension;

/// One's own account, with the form that ends the session: pages of figures have none, so they are the same for each of
/// one's sessions.
pub(crate) async fn account(
    State(dashboard): State<Dashboard>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    let view = match View::parse(query.as_deref().unwrap_or_default(), dashboard.now()) {
        Ok(view) => view,
        Err(bad) => return refused(&bad.into(), lang_of(query.as_deref()), None),
    };
    page_of(StatusCode::OK, account_page(&view, &person))
}

fn district(code: Option<&str>, lang: Lang) -> String {
    code.map_or_else(|| Word::WholeCity.text(lang).to_owned(), |code| Dimension::District.name(code, lang))
}

fn account_page(view: &View, person: &Person) -> Markup {
    let lang = view.lang;
    let word = |w: Word| w.text(lang);
    let own = person.scope.district().map(|d| d.to_string());
    let main = html! {
        main #content tabindex="-1" {
            h1 { (word(Word::Account)) }
            dl.state {
                div { dt { (word(Word::Name)) } dd translate="no" { (person.name) } }
                div { dt { (word(Word::ShownAs)) } dd translate="no" { (person.shown_as) } }
                div { dt { (word(Word::Role)) } dd { (name_of(person.role, lang)) } }
                div { dt { (word(Word::District)) } dd { (district(own.as_deref(), lang)) } }
            }
            @if person.role.sees_figures() { p { a href=(view.href("/overview")) { (word(Word::BackToOverview)) } } }
            @if person.role.sees_people() { p { a href=(view.href("/people")) { (word(Word::People)) } } }
            form method="post" action=(if lang == Lang::En { "/sign-out?lang=en" } else { "/sign-out" }) {
                input type="hidden" name="form" value=(person.token.form_key());
                button type="submit" { (word(Word::SignOut)) }
            }
        }
    };
    let there = View { lang: shell::other(lang), ..view.clone() };
    shell::document(lang, word(Word::Account), Some((person, view)), &there.href("/account"), &main)
}

/// Who may sign in.
pub(crate) async fn people(
    State(dashboard): State<Dashboard>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    let lang = lang_of(query.as_deref());
    let shown = async {
        if !person.role.sees_people() {
            return Err(Refused::Forbidden);
        }
        let view = View::parse(query.as_deref().unwrap_or_default(), dashboard.now())?;
        let all = dashboard.0.store.all_staff().await?;
        Ok(people_page(&view, &person, &all))
    };
    match shown.await {
        Ok(page) => page_of(StatusCode::OK, page),
        Err(why) => refused(&why, lang, None),
    }
}

fn people_page(view: &View, person: &Person, all: &[Staff]) -> Markup {
    let lang = view.lang;
    let word = |w: Word| w.text(lang);
    let role = |code: &str| code.parse::<Role>().map_or(code.to_owned(), |role| name_of(role, lang).to_owned());
    let main = html! {
        main #content tabindex="-1" {
            h1 { (word(Word::People)) }
            div.table tabindex="0" role="region" aria-label=(word(Word::People)) {
                table {
                    thead { tr {
                        @for heading in [Word::Name, Word::ShownAs, Word::Role, Word::District, Word::State, Word::ChangedOn] {
                            th scope="col" { (word(heading)) }
                        }
                    } }
                    tbody {
                        @for Staff { staff, .. } in all {
                            tr {
                                th scope="row" translate="no" { (staff.name) }
                                td { (staff.shown_as) }
                                td { (role(&staff.role)) }
                                td { (district(staff.district.as_deref(), lang)) }
                                td { (word(if staff.disabled { Word::Disabled } else { Word::Active })) }
                                td { (shown_moment(UnixMicros(staff.changed_at))) }
                            }
                        }
                    }
                }
            }
            p.leads { a href=(view.href("/account")) { (word(Word::Account)) } }
        }
    };
    let there = View { lang: shell::other(lang), ..view.clone() };
    shell::document(lang, word(Word::People), Some((person, view)), &there.href("/people"), &main)
}
