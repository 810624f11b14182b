//! Single loans and enterprises.

use super::cells::{money, of_enterprise};
use super::{Asked, Block, Content, Refused, Rows};
use crate::page::Page;
use crate::periods::Stretch;
use crate::register::{Act, Known, Loan, Standing};
use crate::sheet::{Column, Entry, Key, Line, Sheet, name_of};
use crate::unit::Cell;
use crate::view::View;
use crate::words::Word;
use chrono::NaiveDate;
use ledger::BankId;
use policy::Code;
use primitives::RegionCode;
use totals::{Dimension, Figure, Unit, Value};

/// Before any day of a ledger.
const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day");
/// Loans on a page.
const LOANS: usize = 200;
/// Loans of a file that is made as a whole; a longer list is written as it is read (`export::long`).
const WHOLE: usize = 1_000;

fn word_of(act: Act) -> Word {
    match act {
        Act::Applied => Word::Applied,
        Act::Withdrawn => Word::Withdrawn,
        Act::Declined => Word::Declined,
        Act::Granted => Word::Granted,
        Act::Disbursed => Word::Disbursed,
        Act::Repaid => Word::Repaid,
        Act::Renewed => Word::Renewed,
        Act::WrittenOff => Word::WrittenOff,
        Act::Recovered => Word::Recovered,
        Act::Closed => Word::Closed,
    }
}

/// The state of a loan in words.
fn state_of(s: &Standing) -> Option<Word> {
    Some(match s.last? {
        Act::Disbursed | Act::Repaid | Act::Renewed if s.balance > 0 => Word::Outstanding,
        Act::Repaid | Act::Renewed => Word::RepaidInFull,
        other => word_of(other),
    })
}

fn rate(ppm: i64) -> Entry {
    let value = match ppm {
        0 => Value::None,
        _ => Value::Ratio { numerator: i128::from(ppm), denominator: 1_000_000 },
    };
    Entry::Figure(Cell::new(Unit::Share, value))
}

impl Asked<'_> {
    /// The district that loans are held to: one's own, or the one of the page.
    pub(super) fn held(&self) -> Result<Option<RegionCode>, Refused> {
        if let Some(own) = self.scope.district() {
            return Ok(Some(own));
        }
        match self.view.filter(Dimension::District) {
            None => Ok(None),
            Some([code]) => Ok(Some(code.parse().map_err(|_| Refused::NotFound)?)),
            Some(_) => Err(Refused::NotFound),
        }
    }

    /// The bank that a list is held to, if any; another filter is none that a list of loans knows.
    fn listed_of(&self) -> Result<Option<BankId>, Refused> {
        let known = [Dimension::District, Dimension::Bank];
        if self.view.filters().iter().any(|(dimension, _)| !known.contains(dimension)) {
            return Err(Refused::NotFound);
        }
        match self.view.filter(Dimension::Bank) {
            None => Ok(None),
            Some([code]) => Ok(Some(code.parse().map_err(|_| Refused::NotFound)?)),
            Some(_) => Err(Refused::NotFound),
        }
    }

    pub(super) fn loan_list(self, known: Known, content: &mut Content) -> Result<(), Refused> {
        let (bank, district) = (self.listed_of()?, self.held()?);
        let days = self.view.period();
        let mut sheet = self.sheet_of_loans("loans", Word::LoanList);
        let (first, most) = match self.rows {
            Rows::All => (0, WHOLE),
            Rows::Page => (self.view.start, LOANS),
        };
        for (nth, (_, loan)) in self.facts.register.counting(bank, district, known, 0).enumerate() {
            content.rows = nth + 1;
            if first <= nth && nth - first < most {
                let standing = loan.standing(district, days.from, known).unwrap_or_default();
                sheet.lines.push(self.line_of(loan, &standing));
            }
        }
        let end = first.saturating_add(most);
        content.next = (end < content.rows).then_some(end);
        // What all rows add up to is the row that led here.
        let sum = |days, figure| -> Result<i64, Refused> {
            let all = self.table(days, &[], &[figure])?.of_all(figure);
            Ok(if let Some(Value::Whole(fen)) = all { i64::try_from(fen).unwrap_or(i64::MAX) } else { 0 })
        };
        let sums = Standing {
            granted: sum(Stretch { from: EARLIEST.min(days.to), ..days }, Figure::Granted)?,
            disbursed: sum(days, Figure::Disbursed)?,
            repaid: sum(days, Figure::Repaid)?,
            balance: sum(days, Figure::Balance)?,
            ..Standing::default()
        };
        sheet.total = Some(self.total_of(&sums));
        content.blocks.push(Block { sheet, drawn: false });
        Ok(())
    }

    /// The next rows of a list of loans from a place on, and where it goes on.
    pub(crate) fn loan_lines(
        self,
        known: Known,
        first: usize,
        most: usize,
    ) -> Result<(Vec<Line>, Option<usize>), Refused> {
        let (bank, district) = (self.listed_of()?, self.held()?);
        let mut of = self.facts.register.listed(bank, district, self.view.period().from, known, first);
        let lines = of.by_ref().take(most).map(|(_, loan, standing)| self.line_of(loan, &standing)).collect();
        Ok((lines, of.next().map(|(place, ..)| place)))
    }

    pub(super) fn loan(self, known: Known, content: &mut Content) -> Result<(), Refused> {
        let (bank, number) = (self.view.only(Dimension::Bank), self.view.loan.as_deref());
        let (Some(bank), Some(number)) = (bank, number) else { return Err(Refused::NotFound) };
        let loan = self.facts.register.of_number(bank, number).ok_or(Refused::NotFound)?;
        // A loan that is another district's, or of a later day, is not there.
        let district = self.held()?;
        let standing = loan.standing(district, self.view.period().from, known).ok_or(Refused::NotFound)?;
        let mut sheet = self.sheet_of_loans("loan", Word::Loan);
        sheet.lines.push(self.line_of(loan, &standing));
        content.blocks.push(Block { sheet, drawn: false });
        let mut sheet = Sheet::new("moves", self.word(Word::Moves));
        sheet.keys = vec![("day".to_owned(), self.word(Word::Day).to_owned())];
        sheet.columns = self.columns(&[
            ("event", Word::What, None),
            ("amount", Word::Amount, Some(Unit::Fen)),
            ("district", Word::District, None),
            ("ledger_line", Word::LedgerLine, None),
        ]);
        for m in loan.moves(known).filter(|m| district.is_none_or(|d| m.district == d)) {
            let what = self.word(word_of(m.act));
            let amount = match (m.act, m.fen) {
                (Act::Withdrawn | Act::Declined | Act::Closed, _) => Entry::Text(String::new()),
                (_, fen) => money(fen),
            };
            sheet.lines.push(Line {
                keys: vec![Key::text(&m.day.to_string())],
                entries: vec![
                    Entry::Text(if m.opposite {
                        format!("{} ({what})", self.word(Word::TakenBack))
                    } else {
                        what.to_owned()
                    }),
                    amount,
                    Entry::Text(Dimension::District.name(&m.district.to_string(), self.view.lang)),
                    Entry::Text(m.seq.to_string()),
                ],
                not_comparable: false,
            });
        }
        content.blocks.push(Block { sheet, drawn: false });
        content.about = Some(loan.enterprise);
        Ok(())
    }

    pub(super) fn sheet_of_loans(&self, code: &'static str, title: Word) -> Sheet {
        let mut sheet = Sheet::new(code, self.word(title));
        let lang = self.view.lang;
        sheet.keys = vec![("loan".to_owned(), self.word(Word::LoanNumber).to_owned())];
        sheet.columns = self.columns(&[
            ("bank", Word::Bank, None),
            ("enterprise", Word::EnterpriseCode, None),
            ("granted_on", Word::GrantedOn, None),
            ("rate", Word::Rate, Some(Unit::Share)),
        ]);
        for figure in [Figure::Granted, Figure::Disbursed, Figure::Repaid, Figure::Balance] {
            let (code, name) = (figure.code().to_owned(), name_of(figure, lang).to_owned());
            sheet.columns.push(Column { code, name, unit: Some(Unit::Fen) });
        }
        sheet.columns.extend(self.columns(&[("state", Word::LoanState, None)]));
        sheet.notes.push(self.word(Word::NoteOfLoans).to_owned());
        sheet
    }

    pub(super) fn line_of(&self, loan: &Loan, s: &Standing) -> Line {
        let number = loan.number.to_string();
        let code = loan.enterprise.to_string();
        // Files lead nowhere, and an address takes longer than all else of a row.
        let (href, enterprise) = match self.rows {
            Rows::All => (None, Entry::Text(code)),
            Rows::Page => {
                let of_bank = self.view.with(Dimension::Bank, loan.bank.as_str());
                let view = View { loan: Some(number.clone()), ..of_bank };
                let href = of_enterprise(self.view, loan.enterprise);
                (Some(view.href(&Page::Loan.path())), Entry::Link { text: code, href })
            }
        };
        Line {
            keys: vec![Key { code: number.clone(), text: number, href }],
            entries: vec![
                Entry::Text(loan.bank.to_string()),
                enterprise,
                Entry::Text(s.granted_on.map(|d| d.to_string()).unwrap_or_default()),
                rate(s.rate_ppm),
                money(s.granted),
                money(s.disbursed),
                money(s.repaid),
                money(s.balance),
                Entry::Text(state_of(s).map_or("", |word| self.word(word)).to_owned()),
            ],
            not_comparable: false,
        }
    }

    fn total_of(&self, sums: &Standing) -> Line {
        let none = || Entry::Text(String::new());
        Line {
            keys: vec![Key { text: self.word(Word::Total).to_owned(), ..Key::default() }],
            entries: vec![
                none(),
                none(),
                none(),
                rate(0),
                money(sums.granted),
                money(sums.disbursed),
                money(sums.repaid),
                money(sums.balance),
                none(),
            ],
            not_comparable: false,
        }
    }
}
