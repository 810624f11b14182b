//! The forms, and the pages that they stand on.

use super::events::{Doing, Proposal, Why};
use crate::cases::CaseKind;
use crate::content::{Content, Refused};
use crate::page::Page;
use crate::session::Person;
use crate::sheet::name_of;
use crate::shell;
use crate::view::View;
use crate::web::Ask;
use crate::words::Word;
use chrono::NaiveDate;
use maud::{Markup, html};
use policy::{Code, Lang};
use primitives::region::regions_on;
use totals::Dimension;

/// What came of the form before.
pub(super) enum Said {
    Done(String),
    Undone(String),
}

fn said_box(said: Option<&Said>) -> Markup {
    html! {
        @match said {
            None => {}
            Some(Said::Done(text)) => { p.said role="status" { (text) } }
            Some(Said::Undone(text)) => { p.said role="alert" { (text) } }
        }
    }
}

/// A case with what may be done.
pub(super) fn page(
    ask: &Ask,
    content: &Content,
    possible: &[Doing],
    request: &str,
    said: Option<&Said>,
) -> Result<Markup, Refused> {
    let (view, person) = (&ask.view, &ask.person);
    let lang = view.lang;
    let word = |w: Word| w.text(lang);
    let kind = view.case.as_ref().map_or(CaseKind::Draft, |of| of.kind);
    let blocks = content.blocks.iter().map(|b| shell::block(b, view, false)).collect::<Result<Vec<_>, _>>()?;
    let to_case = view.href(&Page::Case.path());
    let main = html! {
        (shell::sections(Some(Page::Review), view, person.role))
        main #content tabindex="-1" {
            nav.way aria-label=(word(Word::Path)) {
                ol {
                    @for (name, at) in &content.way {
                        li { @if let Some(at) = at { a href=(at) { (name) } } @else { a href=(to_case) { (name) } } }
                    }
                    li { span aria-current="page" { (word(Word::Act)) } }
                }
            }
            h1 { (word(Word::ActTitle)) }
            (said_box(said))
            @for block in &blocks { (block) }
            @if possible.is_empty() && !matches!(said, Some(Said::Done(_))) { p { (word(Word::NothingToDo)) } }
            @for doing in possible { (step(*doing, kind, view, person, request)) }
            p.note { (word(Word::NoteReview)) }
        }
    };
    let there = View { lang: shell::other(lang), ..view.clone() };
    Ok(shell::document(lang, word(Word::ActTitle), Some((person, view)), &there.href("/act"), &main))
}

fn step(doing: Doing, kind: CaseKind, view: &View, person: &Person, request: &str) -> Markup {
    let lang = view.lang;
    let word = |w: Word| w.text(lang);
    let takes_amount = doing == Doing::ClawBack;
    html! {
        form.act method="post" action=(view.href("/act")) {
            fieldset {
                legend { (name_of(doing, lang)) }
                input type="hidden" name="form" value=(person.token.form_key());
                input type="hidden" name="step" value=(doing.code());
                // Two steps of one page are two requests.
                input type="hidden" name="request" value=(format!("{}-{}", &request[..32], doing.code()));
                @if doing.asks_for_a_day() {
                    label { span { (word(Word::EffectiveOn)) } input type="date" name="on" value=(view.as_of) required; }
                }
                @if takes_amount {
                    label { span { (word(Word::AmountYuan)) } input type="text" name="amount" inputmode="decimal" size="14" required; }
                }
                @if takes_amount && kind == CaseKind::Subsidy {
                    label { span { (word(Word::ReasonOfClawback)) } select name="clawback" {
                        @for why in Why::ALL { option value=(why.code()) { (name_of(*why, lang)) } }
                    } }
                }
                @if doing.asks_why() {
                    label { span { (word(Word::ReasonGiven)) } input type="text" name="reason" size="48" maxlength="300" required; }
                }
                button type="submit" { (name_of(doing, lang)) }
            }
        }
    }
}

fn districts(person: &Person, today: NaiveDate, lang: Lang) -> Markup {
    let own = person.scope.district();
    html! {
        label { span { (Word::District.text(lang)) } select name="district" {
            @for region in regions_on(today).filter(|r| own.is_none_or(|own| own == r.code)) {
                option value=(region.code) { (Dimension::District.name(&region.code.to_string(), lang)) }
            }
        } }
    }
}

fn period(lang: Lang) -> Markup {
    html! {
        label { span { (Word::FirstDay.text(lang)) } input type="date" name="from" required; }
        label { span { (Word::LastDay.text(lang)) } input type="date" name="to" required; }
        label { span { (Word::Document.text(lang)) } input type="text" name="document" size="32" maxlength="300" required; }
    }
}

/// What can be prepared.
pub(super) fn propose(view: &View, person: &Person, today: NaiveDate, request: &str, said: Option<&Said>) -> Markup {
    let lang = view.lang;
    let word = |w: Word| w.text(lang);
    let head = |what: Proposal| {
        html! {
            input type="hidden" name="form" value=(person.token.form_key());
            input type="hidden" name="what" value=(what.code());
            input type="hidden" name="request" value=(&request[..32]);
        }
    };
    let main = html! {
        (shell::sections(Some(Page::Review), view, person.role))
        main #content tabindex="-1" {
            nav.way aria-label=(word(Word::Path)) {
                ol {
                    li { a href=(view.bare().href(&Page::Review.path())) { (name_of(Page::Review, lang)) } }
                    li { span aria-current="page" { (word(Word::Propose)) } }
                }
            }
            h1 { (word(Word::Propose)) }
            (said_box(said))
            form.act method="post" action=(view.bare().href("/propose")) {
                fieldset {
                    legend { (word(Word::ProposeBenefit)) }
                    (head(Proposal::Benefit))
                    label { span { (word(Word::CaseNumber)) } input type="text" name="number" size="20" maxlength="64" required; }
                    label { span { (word(Word::Tool)) } select name="tool" {
                        @for tool in policy::benefit::Kind::ALL { option value=(tool.code()) { (name_of(*tool, lang)) } }
                    } }
                    label { span { (word(Word::EnterpriseCode)) } input type="text" name="enterprise" size="20" maxlength="18" required; }
                    (districts(person, today, lang))
                    label { span { (word(Word::AmountYuan)) } input type="text" name="amount" inputmode="decimal" size="14" required; }
                    (period(lang))
                    label { span { (word(Word::EffectiveOn)) } input type="date" name="on" value=(today) required; }
                    button type="submit" { (word(Word::ProposeBenefit)) }
                }
            }
            form.act method="post" action=(view.bare().href("/propose")) {
                fieldset {
                    legend { (word(Word::ProposeIndicator)) }
                    (head(Proposal::Indicator))
                    label { span { (word(Word::Indicator)) } select name="indicator" {
                        @for (code, zh, en) in indicators() {
                            option value=(code) { (if lang == Lang::Zh { zh } else { en }) }
                        }
                    } }
                    (districts(person, today, lang))
                    (period(lang))
                    label { span { (word(Word::ValueReported)) } input type="text" name="value" inputmode="decimal" size="14" required; }
                    label { span { (word(Word::ReasonGiven)) } input type="text" name="reason" size="32" maxlength="300" required; }
                    button type="submit" { (word(Word::ProposeIndicator)) }
                }
            }
            p.note { (word(Word::NoteReview)) }
        }
    };
    let there = View { lang: shell::other(lang), ..view.clone() };
    shell::document(lang, word(Word::Propose), Some((person, view)), &there.href("/propose"), &main)
}

/// Indicators that a plan reports, each once.
fn indicators() -> Vec<(String, String, String)> {
    let Ok(book) = policy::targets::book() else { return Vec::new() };
    let mut all: Vec<(String, String, String)> = Vec::new();
    for target in book.rules().iter().flat_map(|rule| rule.terms().plan_indicators()) {
        if !all.iter().any(|(code, ..)| *code == target.code) {
            all.push((target.code.clone(), target.name_zh.clone(), target.name_en.clone()));
        }
    }
    all
}
