//! What all pages have: landmarks, the way here, the state in words, the form that changes it.

use crate::act;
use crate::content::{Block, Content, Refused, parts};
use crate::page::Page;
use crate::periods::Stretch;
use crate::picture;
use crate::role::{Role, Scope};
use crate::session::Person;
use crate::sheet::{Entry, Line, Sheet, name_of};
use crate::unit::Scale;
use crate::view::{View, beijing_text, shown_moment};
use crate::words::Word;
use maud::{DOCTYPE, Markup, html};
use policy::{Code, Lang};
use primitives::region::regions_on;
use totals::{Dimension, Money, Unit, Value};

/// The style of all pages, by its digest: whoever has it has the right one.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Columns above which a table is set closer: those of the vintages are as many as months.
const WIDE: usize = 12;
/// Columns of which a table is more than a screen has: it is parted.
const FOLDED: usize = 18;
/// Columns of a part.
const PART: usize = 14;

/// The address of the style.
pub(crate) fn style_path() -> String {
    let digest = primitives::hex(&primitives::Digest::sha256(STYLE.as_bytes()).as_bytes()[..8]);
    format!("/style-{digest}.css")
}

/// Around every page. `other` is the address of the same in the other language.
pub(crate) fn document(
    lang: Lang,
    title: &str,
    person: Option<(&Person, &View)>,
    other: &str,
    main: &Markup,
) -> Markup {
    let word = |w: Word| w.text(lang);
    html! {
        (DOCTYPE)
        html lang=(if lang == Lang::Zh { "zh-CN" } else { "en" }) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · " (word(Word::Product)) }
                link rel="stylesheet" href=(style_path());
            }
            body {
                a.skip href="#content" { (word(Word::SkipToContent)) }
                header.top {
                    p.product { (word(Word::Product)) }
                    p.who {
                        @if let Some((person, view)) = person {
                            a href=(view.bare().href("/account")) { (person.shown_as) " · " (name_of(person.role, lang)) }
                        }
                        a href=(other) lang=(if lang == Lang::Zh { "en" } else { "zh-CN" }) { (word(Word::OtherLanguage)) }
                    }
                }
                (main)
            }
        }
    }
}

/// The language that is not shown.
pub(crate) fn other(lang: Lang) -> Lang {
    if lang == Lang::Zh { Lang::En } else { Lang::Zh }
}

/// The sections.
pub(crate) fn sections(page: Option<Page>, view: &View, role: Role) -> Markup {
    let bare = view.bare();
    let held = match view.filter(Dimension::District) {
        Some([code]) => bare.with(Dimension::District, code),
        _ => bare,
    };
    html! {
        nav.sections aria-label=(Word::Sections.text(view.lang)) {
            ul {
                @for section in Page::ALL.iter().copied().filter(|p| p.is_section() && p.is_for(role)) {
                    li {
                        a href=(held.href(&section.path())) aria-current=[(page == Some(section)).then_some("page")] {
                            (name_of(section, view.lang))
                        }
                    }
                }
            }
        }
    }
}

/// A page of figures.
pub(crate) fn page(page: Page, view: &View, person: &Person, content: &Content) -> Result<Markup, Refused> {
    let lang = view.lang;
    let word = |w: Word| w.text(lang);
    let path = page.path();
    let held: Vec<&str> = content.way.iter().skip(1).map(|(name, _)| name.as_str()).collect();
    let title = match held.is_empty() {
        true => name_of(page, lang).to_owned(),
        false => format!("{} ({})", name_of(page, lang), held.join("; ")),
    };
    let title = title.as_str();
    let blocks =
        content.blocks.iter().map(|b| block(b, view, page != Page::Overview)).collect::<Result<Vec<_>, _>>()?;
    let main = html! {
        (sections(Some(page), view, person.role))
        main #content tabindex="-1" {
            nav.way aria-label=(word(Word::Path)) {
                ol {
                    @for (name, at) in &content.way {
                        li { @match at { Some(at) => { a href=(at) { (name) } } None => { span aria-current="page" { (name) } } } }
                    }
                }
            }
            h1 { (title) }
            (state(view, person, content))
            (form(page, view, person.scope))
            (tiles(content))
            @if page == Page::Overview { @for picture in pictures(content, lang)? { (picture) } }
            @if page == Page::Enterprise { (search(view)) }
            @if let Some((word, at)) = act::leads_to(page, view, person) { p.leads { a href=(at) { (word.text(lang)) } } }
            @for block in &blocks { (block) }
            @if blocks.is_empty() && page != Page::Enterprise { p { (word(Word::NoRows)) } }
            (paging(&path, view, content))
            (foot(page, view, content))
        }
    };
    let view_there = View { lang: other(lang), ..view.clone() };
    Ok(document(lang, title, Some((person, view)), &view_there.href(&path), &main))
}

fn tiles(content: &Content) -> Markup {
    html! {
        @if !content.tiles.is_empty() {
            dl.tiles {
                @for tile in &content.tiles {
                    div {
                        dt { (tile.name) }
                        dd.value { (tile.value) @if !tile.unit.is_empty() { small { " " (tile.unit) } } }
                        @if let Some((name, value)) = &tile.beside { dd { (name) " " b { (value) } } }
                    }
                }
            }
        }
    }
}

/// The pictures of the page, where they stand before the tables.
fn pictures(content: &Content, lang: Lang) -> Result<Vec<Markup>, Refused> {
    content.blocks.iter().filter(|b| b.drawn).map(|b| picture::bars(&b.sheet, lang)).collect()
}

fn state(view: &View, person: &Person, content: &Content) -> Markup {
    let word = |w: Word| w.text(view.lang);
    let Stretch { from, to } = view.period();
    html! {
        dl.state {
            div { dt { (word(Word::DataAsOf)) } dd { (view.as_of) } }
            div { dt { (word(Word::Period)) } dd { (from) " " (word(Word::Through)) " " (to) } }
            div { dt { (word(Word::RecordedAsOf)) } dd { (shown_moment(content.known)) } }
            div { dt { (word(Word::LastLine)) } dd { (content.seq) } }
            @if let Some(own) = person.scope.district() {
                div { dt { (word(Word::District)) } dd { (Dimension::District.name(&own.to_string(), view.lang)) } }
            }
        }
    }
}

/// What can be changed of a page, as a form that leads to an address.
fn form(page: Page, view: &View, scope: Scope) -> Markup {
    let lang = view.lang;
    let word = |w: Word| w.text(lang);
    let chosen = ["as_of", "from", "recorded_at", "unit", "start"];
    let grouped = page.is_grouped();
    let by_district = scope == Scope::City && !page.names_enterprises() && page != Page::Imports;
    let kept = view.pairs().into_iter().filter(|(name, _)| {
        !(chosen.contains(name) || (grouped && *name == "by") || (by_district && *name == "district"))
    });
    let recorded = view.recorded_at.map(beijing_text).unwrap_or_default();
    html! {
        form.filters method="get" action=(page.path()) {
            fieldset {
                legend { (word(Word::Filters)) }
                @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
                label { span { (word(Word::AsOf)) } input type="date" name="as_of" value=(view.as_of); }
                label { span { (word(Word::From)) } input type="date" name="from" value=[view.from]; }
                label { span { (word(Word::RecordedAt)) }
                    input type="text" name="recorded_at" value=(recorded) placeholder=(word(Word::RecordedAtHint)) size="26"; }
                label { span { (word(Word::Unit)) } select name="unit" {
                    option value="" { (word(Word::Automatic)) }
                    @for scale in Money::ALL {
                        option value=(scale.code()) selected[view.unit == Some(*scale)] { (name_of(*scale, lang)) }
                    }
                } }
                @if grouped {
                    label { span { (word(Word::By)) } select name="by" {
                        option value="" { (word(Word::Automatic)) }
                        @for by in parts::dimensions() {
                            option value=(by.code()) selected[view.by == Some(by)] { (name_of(by, lang)) }
                        }
                    } }
                }
                @if by_district { (districts(view)) }
                button type="submit" { (word(Word::Apply)) }
            }
        }
    }
}

fn districts(view: &View) -> Markup {
    let held = view.filter(Dimension::District).unwrap_or_default();
    let mut codes: Vec<String> = regions_on(view.as_of).map(|r| r.code.to_string()).collect();
    codes.extend(held.iter().filter(|c| !c.is_empty() && !codes.contains(c)).cloned().collect::<Vec<_>>());
    html! {
        label { span { (Word::District.text(view.lang)) } select name="district" {
            option value="" { (Word::WholeCity.text(view.lang)) }
            @for code in &codes {
                option value=(code) selected[held.contains(code)] { (Dimension::District.name(code, view.lang)) }
            }
            option value="none" selected[held.iter().any(String::is_empty)] { (Word::OtherOrNone.text(view.lang)) }
        } }
    }
}

fn search(view: &View) -> Markup {
    let word = |w: Word| w.text(view.lang);
    let sought = view.search.clone().or_else(|| view.enterprise.map(|c| c.to_string()));
    html! {
        form.search method="get" action=(Page::Enterprise.path()) role="search" {
            @for (name, value) in view.bare().pairs() { input type="hidden" name=(name) value=(value); }
            label { span { (word(Word::FindEnterprise)) }
                input type="text" name="search" value=[sought] size="28" maxlength="60" autocomplete="off"; }
            button type="submit" { (word(Word::Find)) }
        }
    }
}

fn paging(path: &str, view: &View, content: &Content) -> Markup {
    html! {
        @if view.start > 0 || content.next.is_some() {
            p.paging {
                (shown_rows(view, content)) " "
                @if view.start > 0 { a href=(View { start: 0, ..view.clone() }.href(path)) { (Word::FirstPage.text(view.lang)) } " " }
                @if let Some(start) = content.next {
                    a rel="next" href=(View { start, ..view.clone() }.href(path)) { (Word::NextPage.text(view.lang)) }
                }
            }
        }
    }
}

/// Which rows of a long list stand here.
fn shown_rows(view: &View, content: &Content) -> String {
    let (first, last, all) = (view.start.saturating_add(1), content.next.unwrap_or(content.rows), content.rows);
    let words = if first <= last { Word::ShownRows } else { Word::NoRowsFrom };
    let fill = |text: String, (name, number): (&str, usize)| text.replace(name, &number.to_string());
    [("{first}", first), ("{last}", last), ("{all}", all)].into_iter().fold(words.text(view.lang).to_owned(), fill)
}

fn foot(page: Page, view: &View, content: &Content) -> Markup {
    let word = |w: Word| w.text(view.lang);
    let name = page.code();
    html! {
        @let definitions = definitions(content);
        @if !definitions.is_empty() {
            section.definitions aria-labelledby="definitions" {
                h2 #definitions { (word(Word::Definitions)) }
                dl { @for (name, text) in definitions { dt { (name) } dd { (text) } } }
            }
        }
        @if !content.blocks.is_empty() {
            section.files aria-labelledby="files" {
                h2 #files { (word(Word::Downloads)) }
                ul {
                    @if page == Page::Bulletin {
                        li { a href=(view.href("/export/bulletin.docx")) { b { (name_of(page, view.lang)) " .docx" } } }
                    }
                    li { a href=(view.href(&format!("/export/{name}.xlsx"))) { (name_of(page, view.lang)) " .xlsx" } }
                    @for block in &content.blocks {
                        li { a href=(view.href(&format!("/export/{name}.{}.csv", block.sheet.code))) { (block.sheet.title) " .csv" } }
                    }
                    li { a href=(view.href(&format!("/api/v1/{name}"))) { (name_of(page, view.lang)) " .json" } }
                }
                p { a href=(view.fixed(content.known).href(&page.path())) { (word(Word::FixedAddress)) } }
            }
        }
        footer {
            @if page.names_enterprises() && content.about.is_some() { p.note { (word(Word::NoteEnterprise)) } }
            p.note { (word(Word::NoteRounded)) }
        }
    }
}

/// What the figures of a page are, each once.
fn definitions(content: &Content) -> Vec<&(String, String)> {
    let mut all: Vec<&(String, String)> = Vec::new();
    for defined in content.blocks.iter().flat_map(|b| &b.sheet.definitions) {
        if !all.contains(&defined) {
            all.push(defined);
        }
    }
    all
}

pub(crate) fn block(block: &Block, view: &View, with_picture: bool) -> Result<Markup, Refused> {
    let sheet = &block.sheet;
    let id = format!("block-{}", sheet.code);
    let picture = if block.drawn && with_picture {
        picture::bars(sheet, view.lang)?
    } else {
        html! {}
    };
    let word = |w: Word| w.text(view.lang);
    Ok(html! {
        section.block aria-labelledby=(id) {
            h2 id=(id) { (sheet.title) }
            (picture)
            @if sheet.lines.is_empty() {
                p { (word(Word::NoRows)) }
            } @else {
                @for (nth, part) in parts_of(sheet).iter().enumerate() { (table(sheet, part, nth, view.lang)) }
            }
            @if !sheet.notes.is_empty() {
                ul.notes { @for note in &sheet.notes { li { (note) } } }
            }
        }
    })
}

/// The columns of a table, in parts that fit a screen: a table that is wider goes on below itself. A column of texts without any
/// is left out.
fn parts_of(sheet: &Sheet) -> Vec<Vec<usize>> {
    let says = |column: &usize| {
        sheet.lines.iter().any(|line| !matches!(line.entries.get(*column), Some(Entry::Text(text)) if text.is_empty()))
    };
    let columns: Vec<usize> = (0..sheet.columns.len()).filter(says).collect();
    match columns.len() {
        0..=FOLDED => vec![columns],
        _ => columns.chunks(PART).map(<[usize]>::to_vec).collect(),
    }
}

/// A part of a table, the first one under 0.
fn table(sheet: &Sheet, part: &[usize], nth: usize, lang: Lang) -> Markup {
    let name = if nth == 0 { format!("table-{}", sheet.code) } else { format!("table-{}-{}", sheet.code, nth + 1) };
    let label = if nth == 0 { sheet.title.clone() } else { format!("{} {}", sheet.title, nth + 1) };
    let shown = |entry: &Entry| !matches!(entry, Entry::Figure(cell) if cell.value == Value::None);
    let says = |line: &&Line| nth == 0 || part.iter().filter_map(|at| line.entries.get(*at)).any(shown);
    html! {
        div.table tabindex="0" role="region" aria-label=(label) {
            table id=(name) class=[(part.len() > WIDE).then_some("wide")] {
                @if part.iter().any(|at| sheet.is_of_money(*at)) {
                    caption { (Word::Unit.text(lang)) ": " (sheet.scale.word().text(lang)) }
                } @else {
                    caption.unseen { (label) }
                }
                thead { tr {
                    @for (_, name) in &sheet.keys { th scope="col" { (name) } }
                    @for (nth, column) in part.iter().filter_map(|at| Some((*at, sheet.columns.get(*at)?))) {
                        th.n[sheet.is_of_numbers(nth)] scope="col" { (column.name) }
                    }
                } }
                // What says nothing in a part is left out of it.
                tbody { @for line in sheet.lines.iter().filter(says) { (row(line, sheet, part, None)) } }
                @if let Some(total) = &sheet.total { tfoot { (row(total, sheet, part, Some(sheet.keys.len()))) } }
            }
        }
    }
}

fn row(line: &Line, sheet: &Sheet, part: &[usize], span: Option<usize>) -> Markup {
    html! {
        tr {
            @for (nth, key) in line.keys.iter().enumerate() {
                // A code or a number is shown as it is written; a word begins as words do.
                th scope="row" colspan=[span.filter(|s| *s > 1)] translate=[(key.text == key.code).then_some("no")] {
                    @match &key.href { Some(href) => { a href=(href) { (key.text) } } None => { (key.text) } }
                    @if line.not_comparable && nth + 1 == line.keys.len() { span.mark { " †" } }
                }
            }
            @for (nth, entry) in part.iter().filter_map(|at| Some((*at, line.entries.get(*at)?))) {
                @match entry {
                    Entry::Text(text) => { td.n[sheet.is_of_numbers(nth)].s[is_short(text)] { (text) } }
                    Entry::Link { text, href } => { td { a href=(href) { (text) } } }
                    Entry::Figure(cell) => {
                        td.n {
                            @match cell.shown(sheet.scale) {
                                Some(text) => { data value=(exact(cell.unit, cell.value)) { (text) } }
                                None => { "—" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether a text stands in one line: a date, a state, a name.
fn is_short(text: &str) -> bool {
    (1..=10).contains(&text.chars().count())
}

/// A value without rounding, for machines that read the page.
fn exact(unit: Unit, value: Value) -> String {
    match value {
        Value::Whole(n) if unit == Unit::Fen => format!("{n}fen"),
        Value::Whole(n) => n.to_string(),
        Value::Ratio { numerator, denominator } => format!("{numerator}/{denominator}"),
        Value::None => String::new(),
    }
}

/// A page that says why there is none.
pub(crate) fn refusal(lang: Lang, person: Option<(&Person, &View)>, text: &str) -> Markup {
    let word = |w: Word| w.text(lang);
    let main = html! {
        @if let Some((person, view)) = person.filter(|(person, _)| person.role.sees_figures()) {
            (sections(None, view, person.role))
        }
        main #content tabindex="-1" {
            h1 { (word(Word::ErrorTitle)) }
            p { (text) }
            p { a href=(if lang == Lang::En { "/overview?lang=en" } else { "/overview" }) { (word(Word::BackToOverview)) } }
        }
    };
    let there = if lang == Lang::Zh { "/overview?lang=en" } else { "/overview" };
    document(lang, word(Word::ErrorTitle), person, there, &main)
}
