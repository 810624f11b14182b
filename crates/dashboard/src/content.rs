//! What stands on a page, before anybody writes it down: the page, the files and the interface are made from the same
//! blocks.

mod cases;
mod cells;
mod enterprises;
mod grades;
mod health;
mod inputs;
mod issues;
mod kept;
mod loans;
mod overview;
pub(crate) mod parts;
mod reasons;
mod risk;
mod targets;
mod topics;

use crate::figures::Facts;
use crate::kept::Loaded;
use crate::names::Names;
use crate::page::Page;
use crate::role::Scope;
use crate::sheet::Sheet;
use crate::view::View;
use ledger::event::UnixMicros;
use primitives::CreditCode;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// There is none, or it is not theirs: the two are not told apart.
    #[error("not found")]
    NotFound,
    #[error("not for the role")]
    Forbidden,
    #[error(transparent)]
    Parameter(#[from] crate::view::BadParameter),
    #[error("totals")]
    Totals(#[from] totals::Error),
    #[error("rule book")]
    Rules(#[from] policy::Error),
    #[error("store")]
    Store(#[from] store::Error),
    /// More rows than a sheet for spreadsheets has.
    #[error("{rows} rows, a sheet has {max} at most")]
    TooLong { rows: usize, max: usize },
    #[error("file for spreadsheets: {0}")]
    Sheet(String),
    #[error("picture: {0}")]
    Picture(String),
    #[error("service")]
    Service(#[from] crate::reasons::Unread),
    #[error("password")]
    Password(#[from] crate::passwords::PasswordError),
    #[error("{0}")]
    Broken(&'static str),
}

/// A table, and whether it is also drawn: then its first column is, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub(crate) sheet: Sheet,
    pub(crate) drawn: bool,
}

/// A figure that is read first: what it is, the value, its unit, and what stands beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tile {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) unit: String,
    pub(crate) beside: Option<(String, String)>,
}

/// All of a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Content {
    pub(crate) blocks: Vec<Block>,
    /// Taken from the tables.
    pub(crate) tiles: Vec<Tile>,
    /// The way here: name and address.
    pub(crate) way: Vec<(String, Option<String>)>,
    /// The last line of the ledger that counts, and when it was recorded.
    pub(crate) seq: u64,
    pub(crate) known: UnixMicros,
    /// Whom it is about.
    pub(crate) about: Option<CreditCode>,
    /// Where a long list goes on, and how many rows it has.
    pub(crate) next: Option<usize>,
    pub(crate) rows: usize,
}

/// How much of a long list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// What fits a page.
    Page,
    /// All of it, for a file; of a list that is too long to be held, its beginning.
    All,
}

/// What is asked, by whom, of what.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) kept: &'a Loaded,
    pub(crate) names: &'a Names,
    pub(crate) view: &'a View,
    pub(crate) scope: Scope,
    pub(crate) rows: Rows,
}

impl Asked<'_> {
    /// The content of a page.
    pub(crate) fn content(self, page: Page) -> Result<Content, Refused> {
        if !self.scope.admits(self.view) {
            return Err(Refused::NotFound);
        }
        let known = self.facts.register.known(self.view.recorded_at, self.view.as_of);
        let mut content = Content {
            blocks: Vec::new(),
            tiles: Vec::new(),
            way: self.way(page),
            seq: known.seq,
            known: self
                .view
                .recorded_at
                .unwrap_or(self.facts.last_recorded().max(self.kept.last.unwrap_or(UnixMicros(0)))),
            about: None,
            next: None,
            rows: 0,
        };
        match page {
            Page::Overview => content.blocks = self.overview()?,
            Page::Bulletin => content.blocks = self.bulletin()?,
            Page::Targets => content.blocks = self.targets()?,
            Page::Risk => content.blocks = self.risk()?,
            Page::Banks => content.blocks = self.banks()?,
            Page::LoanList => self.loan_list(known, &mut content)?,
            Page::Loan => self.loan(known, &mut content)?,
            Page::Enterprise => self.enterprises(known, &mut content),
            Page::Grades => content.blocks = self.grades(known)?,
            Page::Health => content.blocks = self.health(known)?,
            Page::Issues => content.blocks = self.issues()?,
            Page::Inclusive => content.blocks = self.inclusive()?,
            Page::Objections => content.blocks = self.objections(known),
            Page::Imports => self.imports(&mut content),
            Page::Review => self.review(known, &mut content)?,
            Page::Case => self.case(known, &mut content)?,
            _ => content.blocks = self.topic(page)?,
        }
        for block in &mut content.blocks {
            let sheet = std::mem::replace(&mut block.sheet, Sheet::new("", ""));
            block.sheet = sheet.finished(self.view.unit, self.view.lang);
        }
        if matches!(page, Page::Overview | Page::Bulletin) {
            content.tiles = self.tiles(&content.blocks);
        }
        Ok(content)
    }
}
