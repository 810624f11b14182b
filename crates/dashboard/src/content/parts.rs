//! What several pages are made of.

use super::{Asked, Block, Refused};
use crate::page::Page;
use crate::periods::{Stretch, ends_month};
use crate::sheet::{Key, Line, Sheet, name_of, nothing};
use crate::view::View;
use crate::words::Word;
use policy::Code;
use primitives::RegionCode;
use primitives::region::{Comparability, GROUND_CHANGES, comparability};
use totals::{Dimension, Figure, Table};

/// Months of a picture.
pub(super) const MONTHS: u32 = 24;

/// The sections in which a click on a bank leads to its loans.
fn leads_to_loans(page: Page) -> bool {
    matches!(page, Page::Loans | Page::Quality | Page::Banks)
}

impl Asked<'_> {
    pub(super) fn word(&self, word: Word) -> &'static str {
        word.text(self.view.lang)
    }

    pub(super) fn table(&self, days: Stretch, by: &[Dimension], figures: &[Figure]) -> Result<Table, Refused> {
        Ok(self.facts.books.table(&self.scope.query(self.view, days, by, figures))?)
    }

    /// A table of the period by a dimension, with addresses that lead on.
    pub(super) fn grouped(
        &self,
        page: Page,
        code: &'static str,
        title: &str,
        by: Dimension,
        figures: &[Figure],
    ) -> Result<Sheet, Refused> {
        let table = self.table(self.view.period(), &[by], figures)?;
        let mut sheet = Sheet::of(code, title, &table, self.view.lang);
        if by == Dimension::District {
            sheet.notes.push(self.word(Word::NoteZones).to_owned());
        }
        if let Some(key) = sheet.total.as_mut().and_then(|total| total.keys.first_mut()) {
            key.href = leads_to_loans(page).then(|| self.loans_of(None)).flatten();
        }
        for line in &mut sheet.lines {
            if let Some(key) = line.keys.first_mut() {
                key.href = self.leads(page, by, &key.code);
            }
        }
        Ok(sheet)
    }

    /// Where a row of a section leads: a district to its banks, a bank to its loans.
    pub(super) fn leads(&self, page: Page, by: Dimension, code: &str) -> Option<String> {
        match by {
            Dimension::District => {
                let to = if page == Page::Overview { Page::Loans } else { page };
                Some(self.view.with(by, code).by(Dimension::Bank).href(&to.path()))
            }
            Dimension::Bank if leads_to_loans(page) => self.loans_of(Some(code)),
            Dimension::Bank if page == Page::Overview => None,
            _ if by.is_time() => None,
            _ => Some(self.view.with(by, code).by(Dimension::District).href(&page.path())),
        }
    }

    /// The list of a bank's loans, or of all that count here; none where a filter counts that a list of loans does not know.
    fn loans_of(&self, bank: Option<&str>) -> Option<String> {
        let known = [Dimension::District, Dimension::Bank];
        let several = known.iter().any(|d| self.view.filter(*d).is_some_and(|codes| codes.len() > 1));
        let others = self.view.filters().iter().any(|(d, _)| !known.contains(d));
        let unstated = bank.is_some_and(str::is_empty) || known.iter().any(|d| self.view.only(*d) == Some(""));
        let view = bank.map_or_else(|| self.view.clone(), |bank| self.view.with(Dimension::Bank, bank));
        let list = View { by: None, start: 0, ..view };
        (!unstated && !several && !others).then(|| list.href(&Page::LoanList.path()))
    }

    /// The last months of some figures, the first of them drawn.
    pub(super) fn monthly(&self, figures: &[Figure]) -> Result<Block, Refused> {
        let days = Stretch::last_months(self.view.as_of, MONTHS);
        let table = self.table(days, &[Dimension::Month], figures)?;
        let mut sheet = Sheet::of("monthly", self.word(Word::MonthlyPicture), &table, self.view.lang);
        // A month without anything is no row of a table, and a gap in time.
        for month in days.months() {
            if !sheet.lines.iter().any(|line| line.keys.first().is_some_and(|key| key.code == month)) {
                let keys = vec![Key::of(Dimension::Month, &month, self.view.lang)];
                sheet.lines.push(Line { keys, entries: nothing(figures), not_comparable: false });
            }
        }
        sheet.lines.sort_by_key(|line| line.keys.first().map(|key| key.code.clone()));
        if !ends_month(self.view.as_of) {
            sheet.notes.push(self.word(Word::NoteIncomplete).to_owned());
        }
        Ok(Block { sheet, drawn: true })
    }

    /// The way to a page: the section, and what it is held to.
    pub(super) fn way(&self, page: Page) -> Vec<(String, Option<String>)> {
        let (view, lang) = (self.view, self.view.lang);
        let section = match page {
            Page::LoanList | Page::Loan => Page::Loans,
            _ => page,
        };
        let bare = view.bare();
        let mut way = vec![(name_of(section, lang).to_owned(), Some(bare.href(&section.path())))];
        let mut held = bare;
        for (dimension, codes) in view.filters() {
            let names: Vec<String> = codes.iter().map(|c| dimension.name(c, lang)).collect();
            for code in &codes {
                held = if held.filter(dimension).is_some() { held } else { held.with(dimension, code) };
            }
            let at = match (page, dimension) {
                (Page::Loan | Page::LoanList, Dimension::Bank) => held.href(&Page::LoanList.path()),
                (_, Dimension::District) => held.by(Dimension::Bank).href(&section.path()),
                _ => held.href(&section.path()),
            };
            way.push((format!("{}: {}", name_of(dimension, lang), names.join(", ")), Some(at)));
        }
        if let (Page::Loan, Some(loan)) = (page, &view.loan) {
            way.push((loan.clone(), None));
        }
        if let Some((_, at)) = way.last_mut() {
            *at = None;
        }
        way
    }

    /// Whether figures of the districts that count are comparable between two days.
    pub(super) fn comparable(&self, code: Option<&str>, a: chrono::NaiveDate, b: chrono::NaiveDate) -> bool {
        let touched = |code: &str| {
            let code = code.parse::<RegionCode>();
            code.is_ok_and(|c| matches!(comparability(c, a, b), Comparability::NotComparable(_)))
        };
        match (code, self.scope.district()) {
            (Some(code), _) => !touched(code),
            (None, Some(own)) => !touched(&own.to_string()),
            (None, None) => {
                let Some(codes) = self.view.filter(Dimension::District) else { return true };
                let (first, last) = (a.min(b), a.max(b));
                // Both sides of a change together are one ground.
                let whole = GROUND_CHANGES.iter().any(|change| {
                    let all = change.before.iter().chain(change.after);
                    first < change.on && change.on <= last && all.map(ToString::to_string).all(|c| codes.contains(&c))
                });
                whole || !codes.iter().any(|c| touched(c))
            }
        }
    }
}

/// The dimensions that rows can be made by.
pub(crate) fn dimensions() -> impl Iterator<Item = Dimension> {
    Dimension::ALL.iter().copied().filter(|d| !matches!(d, Dimension::Quarter | Dimension::Year))
}
