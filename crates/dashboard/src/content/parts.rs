//! What several pages are made of.

use super::{Asked, Block, Refused};
use crate::page::Page;
use crate::periods::{Stretch, ends_month};
use crate::sheet::{Key, Line, Sheet, name_of, nothing};
use crate::view::View;
use crate::words::Word;
use chrono::NaiveDate;
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
        self.mark_times(&mut sheet, by);
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
        self.mark_times(&mut sheet, Dimension::Month);
        Ok(Block { sheet, drawn: true })
    }

    /// Marks times before a change of the districts that are shown: what was counted then is not of the same ground.
    fn mark_times(&self, sheet: &mut Sheet, by: Dimension) {
        if !by.is_time() {
            return;
        }
        for line in &mut sheet.lines {
            let first = line.keys.first().and_then(|key| first_day(&key.code));
            line.not_comparable |= first.is_some_and(|first| !self.comparable(None, first, self.view.as_of));
        }
    }

    /// The way to a page: the section, and what it is held to.
    pub(super) fn way(&self, page: Page) -> Vec<(String, Option<String>)> {
        let (view, lang) = (self.view, self.view.lang);
        let section = match page {
            Page::LoanList | Page::Loan => Page::Loans,
            Page::Case => Page::Review,
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
    pub(super) fn comparable(&self, code: Option<&str>, a: NaiveDate, b: NaiveDate) -> bool {
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

/// The first day of a time as tables name it: `2024`, `2024-Q2`, `2024-05`.
fn first_day(code: &str) -> Option<NaiveDate> {
    let (year, part) = code.split_once('-').map_or((code, None), |(year, part)| (year, Some(part)));
    let month = match part {
        None => 1,
        Some(part) => match part.strip_prefix('Q') {
            Some(quarter) => quarter.parse::<u32>().ok()?.checked_sub(1)?.checked_mul(3)?.checked_add(1)?,
            None => part.parse().ok()?,
        },
    };
    NaiveDate::from_ymd_opt(year.parse().ok()?, month, 1)
}

/// The dimensions that rows can be made by.
pub(crate) fn dimensions() -> impl Iterator<Item = Dimension> {
    Dimension::ALL.iter().copied().filter(|d| !matches!(d, Dimension::Quarter | Dimension::Year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_begin_on_their_first_day() {
        for (code, first) in [
            ("2024", Some("2024-01-01")),
            ("2024-Q1", Some("2024-01-01")),
            ("2024-Q4", Some("2024-10-01")),
            ("2024-05", Some("2024-05-01")),
            ("2024-Q0", None),
            ("2024-Q5", None),
            ("2024-13", None),
            ("", None),
        ] {
            assert_eq!(first_day(code).map(|d| d.to_string()).as_deref(), first, "{code}");
        }
    }
}
