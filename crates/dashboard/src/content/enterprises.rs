//! One enterprise: its ratings over time, its loans, what the state paid for it; and how it is found.

use super::cells::{count, line, money, of_enterprise, text};
use super::{Asked, Block, Content};
use crate::names::FOUND_MAX;
use crate::register::Known;
use crate::sheet::{Entry, Key, Line, Sheet};
use crate::unit::Cell;
use crate::words::Word;
use primitives::CreditCode;
use totals::{Unit, Value};

impl Asked<'_> {
    pub(super) fn enterprises(self, known: Known, content: &mut Content) {
        let searched = self.view.search.as_deref().unwrap_or_default();
        match self.view.wanted() {
            Some(code) => self.enterprise(code, known, content),
            None if !searched.is_empty() => self.found(searched, known, content),
            None => {}
        }
    }

    /// Whether an enterprise is within what the person sees: a district sees those with business there.
    fn sees(&self, code: CreditCode, known: Known) -> bool {
        let Some(own) = self.scope.district() else { return true };
        let profile = self.facts.board.of_code(code, known).flatten();
        let day = self.view.period().from;
        profile.is_some_and(|p| p.district == own)
            || !self.facts.register.of_enterprise(code, Some(own), day, known).is_empty()
            || self.facts.cases.of_enterprise(code, Some(own)).next().is_some()
    }

    /// Whether an enterprise's page has ratings for the person.
    pub(crate) fn shows_ratings_of(&self, code: CreditCode) -> bool {
        let known = self.facts.register.known(self.view.recorded_at, self.view.as_of);
        self.scope.admits(self.view)
            && self.sees(code, known)
            && self.facts.register.ratings(code, known).next().is_some()
    }

    /// Enterprises whose name or code has a text in it: those of a name first, then those that the ledger knows.
    fn found(self, searched: &str, known: Known, content: &mut Content) {
        let named = self.names.with(searched).map(|(code, _)| code);
        let upper = searched.to_uppercase();
        let coded = self.facts.board.firms().filter(|code| code.as_str().contains(&upper));
        let mut codes: Vec<CreditCode> = Vec::new();
        let mut more = false;
        for code in named.chain(coded) {
            if codes.contains(&code) || !self.sees(code, known) {
                continue;
            }
            if codes.len() == FOUND_MAX {
                more = true;
                break;
            }
            codes.push(code);
        }
        let mut sheet = self.list(
            "found",
            Word::FoundEnterprises,
            ("enterprise", Word::EnterpriseCode),
            &[
                ("name", Word::EnterpriseName, None),
                ("district", Word::District, None),
                ("loans", Word::LoanCount, Some(Unit::Count)),
                ("balance", Word::Outstanding, Some(Unit::Fen)),
            ],
        );
        let (own, from) = (self.scope.district(), self.view.period().from);
        for code in codes {
            let loans = self.facts.register.of_enterprise(code, own, from, known);
            let balance = loans.iter().fold(0_i64, |sum, (_, s)| sum.saturating_add(s.balance));
            let district = self.facts.board.of_code(code, known).flatten().map(|p| p.district);
            let key =
                Key { code: code.to_string(), text: code.to_string(), href: Some(of_enterprise(self.view, code)) };
            let name = self.names.of(code).unwrap_or_default();
            let entries = vec![text(name), self.district_text(district), count(loans.len() as i128), money(balance)];
            sheet.lines.push(line(key, entries));
        }
        if more {
            sheet.notes.push(self.word(Word::NoteMoreFound).to_owned());
        }
        content.blocks.push(Block { sheet, drawn: false });
    }

    fn enterprise(self, code: CreditCode, known: Known, content: &mut Content) {
        content.about = Some(code);
        let district = self.scope.district();
        // What is not there and what is not theirs are shown alike: as nothing.
        let theirs = self.sees(code, known);
        let named = self.names.of(code).filter(|_| theirs).map(|name| name.to_owned());
        if let Some(last) = content.way.last_mut() {
            last.1 = Some(self.view.bare().href(&crate::page::Page::Enterprise.path()));
        }
        let shown = named.map_or_else(|| code.to_string(), |name| format!("{name} {code}"));
        content.way.push((shown, None));
        let loans = self.facts.register.of_enterprise(code, district, self.view.period().from, known);
        let mut sheet = self.sheet_of_loans("loans", Word::LoanList);
        sheet.lines = loans.iter().map(|(loan, standing)| self.line_of(loan, standing)).collect();
        content.blocks.push(Block { sheet, drawn: false });
        content.blocks.push(Block { sheet: self.ratings_of(code, known, theirs), drawn: false });
        if theirs {
            content.blocks.extend(self.reasons_of(code, known).map(|sheet| Block { sheet, drawn: false }));
        }
        let of = self.facts.cases.of_enterprise(code, district);
        let mut sheet = self.sheet_of_cases("payments", Word::Payments);
        sheet.lines = of.filter_map(|case| self.line_of_case(case, known)).collect();
        content.blocks.push(Block { sheet, drawn: false });
    }

    fn ratings_of(&self, code: CreditCode, known: Known, theirs: bool) -> Sheet {
        let mut sheet = self.list(
            "ratings",
            Word::Ratings,
            ("issued_on", Word::IssuedOn),
            &[
                ("grade", Word::Grade, None),
                ("score", Word::Score, Some(Unit::Count)),
                ("change", Word::ScoreChange, Some(Unit::Count)),
                ("recommended", Word::Recommended, Some(Unit::Fen)),
                ("negative", Word::NegativeHit, None),
                ("valid_to", Word::ValidTo, None),
                ("ledger_line", Word::LedgerLine, None),
            ],
        );
        let mut before: Option<i64> = None;
        for rated in self.facts.register.ratings(code, known).filter(|_| theirs) {
            let recommended = rated.recommended.map_or(Value::None, |fen| Value::Whole(i128::from(fen.get())));
            let change = before.map_or(Value::None, |b| Value::Whole(i128::from(rated.score) - i128::from(b)));
            before = Some(rated.score);
            let negative = if rated.negative { Word::Yes } else { Word::No };
            sheet.lines.push(Line {
                keys: vec![Key::text(&rated.day.to_string())],
                entries: vec![
                    text(rated.grade.clone()),
                    count(rated.score),
                    Entry::Figure(Cell { signed: true, ..Cell::new(Unit::Count, change) }),
                    Entry::Figure(Cell::new(Unit::Fen, recommended)),
                    text(self.word(negative)),
                    text(rated.valid_to.to_string()),
                    text(rated.seq.to_string()),
                ],
                not_comparable: false,
            });
        }
        sheet.notes.push(self.word(Word::NoteRatings).to_owned());
        sheet
    }
}
