//! The page: sections in the order in which a reader asks.

mod comparison;
mod figures;
mod population;
mod shapes;
mod table;

use crate::report::{Level, ValidationReport};
use crate::text::Key;
use crate::{Error, Hypothesis, Language, Outcome, Severity, TestResult};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use table::{Cell, Table, figure, number, words};

pub(crate) use comparison::page as comparison_page;

/// What every page is written with.
pub(crate) struct Pen {
    language: Language,
}

/// One report in one language.
pub(crate) struct Page<'a> {
    report: &'a ValidationReport,
    pen: Pen,
}

impl std::ops::Deref for Page<'_> {
    type Target = Pen;

    fn deref(&self) -> &Pen {
        &self.pen
    }
}

/// A section of the page: its id, its heading, its content.
type Section = (&'static str, Key, Markup);

pub(crate) fn page(report: &ValidationReport, language: Language) -> Result<String, Error> {
    let page = Page { report, pen: Pen { language } };
    let sections: [Section; 12] = [
        ("sample", Key::Sample, page.sample()),
        ("headline", Key::Headline, page.headline()),
        ("discrimination", Key::Ranking, page.ranking()?),
        ("distribution", Key::Distribution, page.distribution()?),
        ("calibration", Key::Calibration, page.calibration()?),
        ("grades", Key::Grades, page.grades()?),
        ("stability", Key::Stability, page.stability()),
        ("characteristics", Key::Characteristics, page.characteristics()?),
        ("segments", Key::Segments, page.segments()),
        ("periods", Key::Periods, page.periods()),
        ("migration", Key::Migration, page.migration()),
        ("concentration", Key::Concentration, page.concentration()),
    ];
    let last: [Section; 2] =
        [("impact", Key::Impact, page.impact()), ("definitions", Key::Definitions, page.definitions())];
    let model = &report.model;
    let heading = Heading {
        title: Key::Title,
        of: &format!("{} {}", model.id, model.version),
        line: html! { (model.id) " " (model.version) " · " (model.kind.text(language)) " · "
        (page.t(Key::GeneratedOn)) " " (report.generated_on) },
    };
    let above = html! {
        @if report.sample.facts.is_training_data { p.banner role="note" { (page.t(Key::TrainingBanner)) } }
        (page.summary())
    };
    let all: Vec<Section> = sections.into_iter().chain(last).collect();
    Ok(page.document(&heading, &above, &all).into_string())
}

/// What stands at the head of a page.
struct Heading<'a> {
    title: Key,
    /// What it is about, for the title of the window.
    of: &'a str,
    /// The line below the title.
    line: Markup,
}

impl Pen {
    fn t(&self, key: Key) -> &'static str {
        key.text(self.language)
    }

    /// A table whose heads are keys.
    fn table(&self, caption: &str, head: &[Key]) -> Table {
        Table::new(caption, &head.iter().map(|k| self.t(*k)).collect::<Vec<_>>())
    }

    /// What stands in place of a section that does not apply.
    fn not_applicable(&self, reason: crate::Reason) -> Markup {
        html! { p { (self.t(Key::NotApplicable)) (self.t(Key::Colon)) (reason.text(self.language)) (self.t(Key::Stop)) } }
    }

    fn verdict(&self, test: &TestResult) -> &'static str {
        self.t(if test.is_rejected() { Key::Rejected } else { Key::NotRejected })
    }

    fn severity(&self, severity: Severity) -> &'static str {
        self.t(match severity {
            Severity::Stable => Key::Stable,
            Severity::Watch => Key::Watch,
            Severity::Act => Key::Act,
        })
    }

    /// The whole page; `above` stands above the list of contents.
    fn document(&self, heading: &Heading<'_>, above: &Markup, sections: &[Section]) -> Markup {
        let lang = match self.language {
            Language::Zh => "zh-CN",
            Language::En => "en",
        };
        html! {
            (DOCTYPE)
            html lang=(lang) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.t(heading.title)) " – " (heading.of) }
                    style { (PreEscaped(include_str!("html/page.css"))) }
                }
                body {
                    a.skip href="#main" { (self.t(Key::Skip)) }
                    header {
                        h1 { (self.t(heading.title)) }
                        p { (heading.line) }
                    }
                    main id="main" {
                        (above)
                        nav aria-label=(self.t(Key::Contents)) { ul {
                            @for (id, key, _) in sections { li { a href=(format!("#{id}")) { (self.t(*key)) } } }
                        } }
                        @for (id, key, content) in sections {
                            section id=(id) aria-labelledby=(format!("{id}-heading")) {
                                h2 id=(format!("{id}-heading")) { (self.t(*key)) }
                                (content)
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Page<'_> {
    fn summary(&self) -> Markup {
        let judgement = &self.report.judgement;
        let level = |l: Level| match l {
            Level::Act => Key::LevelAct,
            Level::Watch => Key::LevelWatch,
            Level::Limit => Key::LevelLimit,
            Level::Good => Key::LevelGood,
        };
        html! {
            section.summary aria-labelledby="summary-heading" {
                h2 id="summary-heading" { (self.t(Key::Summary)) }
                p.overall { (judgement.overall.text(self.language)) }
                ul { @for f in &judgement.findings { li {
                    span.level { (self.t(level(f.level))) }
                    span { @match self.language { Language::Zh => (f.zh), Language::En => (f.en) } }
                } } }
            }
        }
    }

    fn sample(&self) -> Markup {
        let (model, sample) = (&self.report.model, &self.report.sample);
        let mut files = self.table(self.t(Key::File), &[Key::Item, Key::File, Key::Digest]);
        let listed = model.training_data.iter().map(|f| (Key::TrainingFiles, f));
        for (key, file) in sample.facts.files.iter().map(|f| (Key::SampleFile, f)).chain(listed) {
            files.row(vec![words(self.t(key)), words(&file.name), words(file.digest.to_string())]);
        }
        let mut rows = self.table(self.t(Key::Sample), &[Key::Item, Key::Value]);
        let count = |n: u64| number(super::format::count(n));
        rows.row(vec![words(self.t(Key::RowsRead)), count(sample.facts.rows_read)]);
        for e in &sample.facts.excluded {
            let label = format!("{}{}{}", self.t(Key::Excluded), self.t(Key::Colon), e.reason.text(self.language));
            rows.row(vec![words(label), count(e.rows)]);
        }
        rows.row(vec![words(self.t(Key::RowsUsed)), count(sample.n)]);
        rows.row(vec![words(self.t(Key::Bads)), count(sample.bads)]);
        rows.row(vec![words(self.t(Key::BadRate)), number(super::format::share(sample.bad_rate))]);
        let weighted = if sample.is_weighted { Key::Yes } else { Key::No };
        rows.row(vec![words(self.t(Key::Weighted)), number(self.t(weighted))]);
        html! {
            dl {
                dt { (self.t(Key::ModelId)) } dd { (model.id) }
                dt { (self.t(Key::Version)) } dd { (model.version) }
                dt { (self.t(Key::Kind)) } dd { (model.kind.text(self.language)) }
                dt { (self.t(Key::Digest)) } dd.digest { (model.digest.to_string()) }
                dt { (self.t(Key::Origin)) } dd { (model.origin) }
                @if model.training_data.is_empty() {
                    dt { (self.t(Key::TrainingFiles)) } dd { (self.t(Key::None)) }
                }
            }
            (rows.render(self.language))
            @if !(sample.facts.files.is_empty() && model.training_data.is_empty()) { (files.render(self.language)) }
        }
    }

    /// A row of a table of tests; `h0` says which test does not apply.
    fn test_row(&self, of: &str, h0: Hypothesis, outcome: &Outcome<TestResult>) -> Vec<Cell> {
        match outcome {
            Outcome::Value(t) => vec![
                words(of),
                words(t.h0.text(self.language)),
                number(super::format::decimal(t.statistic)),
                number(super::format::p_value(t.p_value)),
                words(self.verdict(t)),
            ],
            Outcome::NotApplicable(n) => {
                let mut cells = vec![words(of), words(h0.text(self.language))];
                cells.extend((0..3).map(|_| Cell::NotApplicable(n.reason)));
                cells
            }
        }
    }

    /// A p-value with a sign when H0 is rejected.
    fn p_cell(&self, outcome: &Outcome<TestResult>) -> Cell {
        figure(outcome, |t| {
            let sign = if t.is_rejected() { "✕" } else { "✓" };
            format!("{sign} {}", super::format::p_value(t.p_value))
        })
    }

    fn label_or_empty<'b>(&self, label: &'b str) -> &'b str
    where
        Self: 'b,
    {
        if label.is_empty() { self.t(Key::WithoutLabel) } else { label }
    }
}
