//! Payments of the state: what waits for whom, and what happened to one.

use super::cells::{count, line, moment, money, text};
use super::{Asked, Block, Content, Refused, Rows};
use crate::cases::{Awaits, Case, CaseKind, CaseRef, Did, Step};
use crate::kept::{body_of, case_of, is_of};
use crate::page::Page;
use crate::register::Known;
use crate::sheet::{Entry, Key, Line, Sheet, name_of};
use crate::view::{View, beijing_day, shown_moment};
use crate::words::Word;
use chrono::NaiveDate;
use ledger::event::{Body, ClaimEvent, Office, SubsidyEvent, UnixMicros};
use policy::{Code, Lang};
use std::collections::BTreeMap;
use store::Draft;
use totals::Unit;

/// Cases on a page.
const CASES: usize = 200;

/// The office of a person, for people.
pub(crate) fn office_of(office: Office, lang: Lang) -> String {
    match office {
        Office::Bank(bank) => bank.to_string(),
        Office::Guarantor(guarantor) => guarantor.to_string(),
        Office::District(code) => totals::Dimension::District.name(&code.to_string(), lang),
        Office::Platform => Word::Platform.text(lang).to_owned(),
        Office::Bureau => Word::Bureau.text(lang).to_owned(),
    }
}

/// Who took a step.
pub(crate) fn person_of(step: &Step, lang: Lang) -> String {
    format!("{} · {}", step.person, office_of(step.office, lang))
}

/// What a draft is to do: in words, in fen or as a count, and to what.
pub(crate) fn told_of(body: &Body, lang: Lang) -> (String, i64, bool, String) {
    match body {
        Body::Reported(of) => {
            let about = format!("{} {}/{} {}", of.indicator, of.from, of.to, of.document);
            let money = policy::targets::book().is_ok_and(|book| {
                let found = book.rules().iter().find_map(|rule| rule.terms().target(of.indicator.as_str()));
                found.is_some_and(|target| target.unit == policy::targets::Measure::Yuan)
            });
            (Word::ReportIndicator.text(lang).to_owned(), of.value, money, about)
        }
        Body::Subsidy { guarantor, subsidy, did: SubsidyEvent::ClawedBack { amount_fen, .. } } => {
            let what = format!("{} · {}", name_of(CaseKind::Subsidy, lang), name_of(Did::ClawedBack, lang));
            (what, amount_fen.get(), true, format!("{guarantor}/{subsidy}"))
        }
        Body::Claim { bank, claim, did: ClaimEvent::ClawedBack { amount_fen, .. } } => {
            let what = format!("{} · {}", name_of(CaseKind::Claim, lang), name_of(Did::ClawedBack, lang));
            (what, amount_fen.get(), true, format!("{bank}/{claim}"))
        }
        Body::Benefit { benefit, .. } => {
            let what = format!("{} · {}", name_of(CaseKind::Benefit, lang), name_of(Did::Returned, lang));
            (what, 0, true, benefit.to_string())
        }
        _ => (name_of(CaseKind::Draft, lang).to_owned(), 0, true, String::new()),
    }
}

/// Where a case is.
pub(crate) fn address(view: &View, of: &CaseRef) -> String {
    View { case: Some(of.clone()), ..view.bare() }.href(&Page::Case.path())
}

/// What waits for somebody.
enum Waits<'a> {
    Draft(&'a Draft),
    Case(&'a Case),
}

/// What waits, as sums.
#[derive(Default)]
struct Waiting {
    cases: i128,
    fen: i128,
}

impl Asked<'_> {
    pub(super) fn sheet_of_cases(&self, code: &'static str, title: Word) -> Sheet {
        self.list(
            code,
            title,
            ("number", Word::CaseNumber),
            &[
                ("what", Word::What, None),
                ("state", Word::State, None),
                ("owner", Word::Applicant, None),
                ("enterprise", Word::EnterpriseCode, None),
                ("district", Word::District, None),
                ("amount", Word::Amount, Some(Unit::Fen)),
                ("made_by", Word::MadeBy, None),
                ("made_on", Word::MadeOn, None),
                ("why", Word::Basis, None),
                ("days", Word::DaysWaiting, Some(Unit::Count)),
            ],
        )
    }

    fn key_of_case(&self, of: &CaseRef) -> Key {
        Key { code: of.number.clone(), text: of.number.clone(), href: Some(address(self.view, of)) }
    }

    pub(super) fn line_of_case(&self, case: &Case, known: Known) -> Option<Line> {
        let lang = self.view.lang;
        let (made, last) = (case.made(known), case.last(known));
        let (Some(made), Some(last)) = (made, last) else {
            // All of it was taken back.
            case.steps(known).next()?;
            let entries = vec![
                text(case.what(lang)),
                text(name_of(Did::TakenBack, lang)),
                text(case.of.owner.clone()),
                self.enterprise_link(case.enterprise),
                self.district_text(case.district),
                money(0),
                text(""),
                text(""),
                text(""),
                count(0),
            ];
            return Some(line(self.key_of_case(&case.of), entries));
        };
        let awaits = case.awaits(known);
        let state = awaits.map_or_else(|| name_of(last.did, lang), |a| name_of(a, lang));
        // Days are counted from the day on which it came to stand so.
        let days = if awaits.is_some() { (known.as_of - last.day).num_days() } else { 0 };
        let entries = vec![
            text(case.what(lang)),
            text(state),
            text(case.of.owner.clone()),
            self.enterprise_link(case.enterprise),
            self.district_text(case.district),
            money(last.fen),
            text(person_of(made, lang)),
            text(made.day.to_string()),
            text(made.why.clone()),
            count(days),
        ];
        Some(line(self.key_of_case(&case.of), entries))
    }

    fn line_of_draft(&self, draft: &Draft) -> Line {
        let lang = self.view.lang;
        let body = body_of(draft);
        let (what, value, is_money, about) = body
            .as_ref()
            .map_or_else(|| (name_of(CaseKind::Draft, lang).to_owned(), 0, true, String::new()), |b| told_of(b, lang));
        let state = match &draft.end {
            None => name_of(Awaits::Entry, lang),
            Some(end) if end.entry.is_some() => Word::EnteredState.text(lang),
            Some(_) => Word::SentBack.text(lang),
        };
        let made_on = beijing_day(UnixMicros(draft.draft.made_at));
        let days = if draft.end.is_none() { (self.view.as_of - made_on).num_days().max(0) } else { 0 };
        let district = draft.draft.district.as_deref().and_then(|d| d.parse().ok());
        let entries = vec![
            text(what),
            text(state),
            text(about),
            text(""),
            self.district_text(district),
            if is_money { money(value) } else { count(value) },
            text(draft.draft.maker.clone()),
            text(made_on.to_string()),
            text(draft.draft.reason.clone()),
            count(days),
        ];
        line(self.key_of_case(&case_of(draft)), entries)
    }

    /// What waits for a checker or for its payment, with sums by what is awaited.
    pub(super) fn review(self, known: Known, content: &mut Content) -> Result<(), Refused> {
        let district = self.held()?;
        let lang = self.view.lang;
        let mut sums: BTreeMap<(CaseKind, Awaits), Waiting> = BTreeMap::new();
        let mut lines: Vec<(NaiveDate, Waits<'_>)> = Vec::new();
        let drafts = self.kept.drafts.iter().filter(|d| d.end.is_none() && is_of(d, district));
        for draft in drafts {
            let made_on = beijing_day(UnixMicros(draft.draft.made_at));
            if made_on > self.view.as_of {
                continue;
            }
            sums.entry((CaseKind::Draft, Awaits::Entry)).or_default().cases += 1;
            lines.push((made_on, Waits::Draft(draft)));
        }
        for case in self.facts.cases.of_district(district) {
            let (Some(awaits), Some(last)) = (case.awaits(known), case.last(known)) else { continue };
            let waiting = sums.entry((case.of.kind, awaits)).or_default();
            waiting.cases += 1;
            waiting.fen += i128::from(last.fen);
            lines.push((last.day, Waits::Case(case)));
        }
        // What has waited longest comes first.
        lines.sort_by_key(|(day, _)| *day);
        let mut sheet = self.list(
            "sums",
            Word::WaitingSums,
            ("kind", Word::What),
            &[
                ("awaits", Word::State, None),
                ("cases", Word::CaseCount, Some(Unit::Count)),
                ("amount", Word::Amount, Some(Unit::Fen)),
            ],
        );
        let fen = |n: i128| Entry::Figure(crate::unit::Cell::new(Unit::Fen, totals::Value::Whole(n)));
        let (mut cases, mut amount) = (0, 0);
        for ((kind, awaits), waiting) in &sums {
            let key = Key { code: kind.code().to_owned(), text: name_of(*kind, lang).to_owned(), href: None };
            sheet.lines.push(line(key, vec![text(name_of(*awaits, lang)), count(waiting.cases), fen(waiting.fen)]));
            (cases, amount) = (cases + waiting.cases, amount + waiting.fen);
        }
        let total = Key { text: self.word(Word::Total).to_owned(), ..Key::default() };
        sheet.total = Some(line(total, vec![text(""), count(cases), fen(amount)]));
        content.blocks.push(Block { sheet, drawn: false });

        let (first, most) = match self.rows {
            Rows::All => (0, usize::MAX),
            Rows::Page => (self.view.start, CASES),
        };
        let end = first.saturating_add(most);
        content.rows = lines.len();
        content.next = (lines.len() > end).then_some(end);
        let mut sheet = self.sheet_of_cases("waiting", Word::Waiting);
        // Most are not shown, and a line takes longer than all else of a case.
        let line_of = |(_, of): (NaiveDate, Waits<'_>)| match of {
            Waits::Draft(draft) => Some(self.line_of_draft(draft)),
            Waits::Case(case) => self.line_of_case(case, known),
        };
        sheet.lines = lines.into_iter().skip(first).take(most).filter_map(line_of).collect();
        sheet.notes.push(self.word(Word::NoteReview).to_owned());
        self.define(
            &mut sheet,
            &[(Word::DaysWaiting, Word::DefineDaysWaiting), (Word::Amount, Word::DefineCaseAmount)],
        );
        content.blocks.push(Block { sheet, drawn: false });
        Ok(())
    }

    /// The case of the page, if it is within what the person sees.
    pub(crate) fn case_seen(&self, of: &CaseRef) -> Option<&Case> {
        let own = self.scope.district();
        self.facts.cases.get(of).filter(|c| own.is_none() || c.district == own)
    }

    pub(super) fn case(self, known: Known, content: &mut Content) -> Result<(), Refused> {
        let of = self.view.case.as_ref().ok_or(Refused::NotFound)?;
        content.way = vec![
            (name_of(Page::Review, self.view.lang).to_owned(), Some(self.view.bare().href(&Page::Review.path()))),
            (format!("{} {}", name_of(of.kind, self.view.lang), of.number), None),
        ];
        if of.kind == CaseKind::Draft {
            return self.draft(of, content);
        }
        let case = self.case_seen(of).ok_or(Refused::NotFound)?;
        let shown = self.line_of_case(case, known).ok_or(Refused::NotFound)?;
        let mut sheet = self.sheet_of_cases("case", Word::Case);
        sheet.lines.push(shown);
        content.blocks.push(Block { sheet, drawn: false });
        let mut sheet = self.list(
            "steps",
            Word::Steps,
            ("day", Word::Day),
            &[
                ("step", Word::What, None),
                ("amount", Word::Amount, Some(Unit::Fen)),
                ("person", Word::Person, None),
                ("why", Word::Basis, None),
                ("recorded", Word::RecordedOn, None),
                ("ledger_line", Word::LedgerLine, None),
            ],
        );
        for step in case.steps(known) {
            let entries = vec![
                text(name_of(step.did, self.view.lang)),
                money(step.fen),
                text(person_of(step, self.view.lang)),
                text(step.why.clone()),
                text(shown_moment(step.recorded_at)),
                text(step.seq.to_string()),
            ];
            sheet.lines.push(line(Key::text(&step.day.to_string()), entries));
        }
        content.blocks.push(Block { sheet, drawn: false });
        content.about = case.enterprise;
        Ok(())
    }

    fn draft(self, of: &CaseRef, content: &mut Content) -> Result<(), Refused> {
        let own = self.scope.district();
        let found = self.kept.drafts.iter().find(|d| d.draft.draft_id == of.number && is_of(d, own));
        let draft = found.ok_or(Refused::NotFound)?;
        let mut sheet = self.sheet_of_cases("case", Word::Case);
        sheet.lines.push(self.line_of_draft(draft));
        content.blocks.push(Block { sheet, drawn: false });
        let Some(end) = &draft.end else { return Ok(()) };
        let mut sheet = self.list(
            "steps",
            Word::Steps,
            ("recorded", Word::RecordedOn),
            &[
                ("step", Word::What, None),
                ("person", Word::Person, None),
                ("why", Word::Basis, None),
                ("ledger_line", Word::LedgerLine, None),
            ],
        );
        let state = if end.entry.is_some() { Word::EnteredState } else { Word::SentBack };
        let entries = vec![
            text(self.word(state)),
            text(end.checker.clone()),
            text(end.reason.clone()),
            text(end.entry.map_or(String::new(), |seq| seq.to_string())),
        ];
        let Entry::Text(when) = moment(end.ended_at) else { return Ok(()) };
        sheet.lines.push(line(Key::text(&when), entries));
        content.blocks.push(Block { sheet, drawn: false });
        Ok(())
    }
}
