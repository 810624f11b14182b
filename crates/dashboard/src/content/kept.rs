//! Objections with their clock, and imports with their refusals.

use super::cells::{count, line, moment, text};
use super::{Asked, Block, Content};
use crate::register::Known;
use crate::sheet::{Entry, Key};
use crate::view::beijing_day;
use crate::words::Word;
use ledger::event::UnixMicros;
use policy::Lang;
use primitives::hex;
use store::Objection;
use totals::Unit;

/// Days before the last one from which an answer is urgent.
const SOON_DAYS: i64 = 5;
/// Refused rows on a page; a file has as many as are kept.
const REFUSALS: usize = 300;

/// How an objection stands with its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Clock {
    Late,
    Soon,
    Running,
    AnsweredLate,
    Answered,
}

impl Clock {
    const ALL: [(Self, &'static str, Word); 5] = [
        (Self::Late, "late", Word::ObjectionLate),
        (Self::Soon, "soon", Word::ObjectionSoon),
        (Self::Running, "running", Word::ObjectionRunning),
        (Self::AnsweredLate, "answered_late", Word::ObjectionAnsweredLate),
        (Self::Answered, "answered", Word::ObjectionAnswered),
    ];

    fn of(objection: &Objection, as_of: chrono::NaiveDate) -> Self {
        match objection.resolved_at.map(|at| beijing_day(UnixMicros(at))) {
            Some(day) if day > objection.due_on => Self::AnsweredLate,
            Some(_) => Self::Answered,
            None if as_of > objection.due_on => Self::Late,
            None if (objection.due_on - as_of).num_days() <= SOON_DAYS => Self::Soon,
            None => Self::Running,
        }
    }

    fn word(self) -> Word {
        Self::ALL.iter().find(|(clock, ..)| *clock == self).map_or(Word::ObjectionRunning, |(.., word)| *word)
    }
}

/// A state or an outcome that the service knows; others stand as they are.
fn outcome_of(code: &str, lang: Lang) -> String {
    let word = match code {
        "open" => Word::ObjectionOpen,
        "corrected" => Word::ObjectionCorrected,
        "rejected" => Word::ObjectionRejected,
        "unresolved" => Word::ObjectionUnresolved,
        other => return other.to_owned(),
    };
    word.text(lang).to_owned()
}

impl Asked<'_> {
    /// Objections by the day on which an answer is due, and how many stand how. A district sees those of its enterprises.
    pub(super) fn objections(self, known: Known) -> Vec<Block> {
        let (as_of, lang) = (self.view.as_of, self.view.lang);
        let district = |o: &Objection| {
            let profile = o.rating_id.as_deref().and_then(|id| self.facts.board.of_rating(id, known));
            profile.map(|p| p.district)
        };
        let held = self.view.filter(totals::Dimension::District);
        let is_theirs = |o: &&Objection| {
            let found = district(o);
            let code = found.map_or(String::new(), |d| d.to_string());
            self.scope.district().is_none_or(|own| found == Some(own)) && held.is_none_or(|codes| codes.contains(&code))
        };
        let theirs: Vec<&Objection> = self.kept.objections.iter().filter(is_theirs).collect();
        let mut sums = self.list(
            "clock",
            Word::ObjectionClock,
            ("clock", Word::State),
            &[("objections", Word::ObjectionCount, Some(Unit::Count))],
        );
        for (clock, code, word) in Clock::ALL {
            let found = theirs.iter().filter(|o| Clock::of(o, as_of) == clock).count();
            let key = Key { code: code.to_owned(), text: self.word(word).to_owned(), href: None };
            sums.lines.push(line(key, vec![count(found as i128)]));
        }
        let total = Key { text: self.word(Word::Total).to_owned(), ..Key::default() };
        sums.total = Some(line(total, vec![count(theirs.len() as i128)]));
        self.define(&mut sums, &[(Word::ObjectionClock, Word::DefineClock)]);
        let mut sheet = self.list(
            "objections",
            Word::Objections,
            ("objection", Word::ObjectionNumber),
            &[
                ("due_on", Word::DueOn, None),
                ("days_left", Word::DaysLeft, Some(Unit::Count)),
                ("clock", Word::State, None),
                ("opened_on", Word::OpenedOn, None),
                ("state", Word::Outcome, None),
                ("resolved_on", Word::ResolvedOn, None),
                ("district", Word::District, None),
                ("rating", Word::RatingNumber, None),
            ],
        );
        let day = |at: i64| beijing_day(UnixMicros(at)).to_string();
        // Those without an answer first: the earliest day on top.
        let mut ordered = theirs;
        ordered.sort_by_key(|o| o.resolved_at.is_some());
        for objection in ordered {
            let clock = Clock::of(objection, as_of);
            let left = (objection.due_on - as_of).num_days();
            let left = if objection.resolved_at.is_some() { text("") } else { count(left) };
            let state = objection.outcome.as_deref().unwrap_or(&objection.state);
            let entries: Vec<Entry> = vec![
                text(objection.due_on.to_string()),
                left,
                text(self.word(clock.word())),
                text(day(objection.opened_at)),
                text(outcome_of(state, lang)),
                text(objection.resolved_at.map_or(String::new(), day)),
                self.district_text(district(objection)),
                text(objection.rating_id.clone().unwrap_or_default()),
            ];
            sheet.lines.push(line(Key::text(&objection.objection_id), entries));
        }
        sheet.notes.push(self.word(Word::NoteObjections).to_owned());
        vec![Block { sheet: sums, drawn: false }, Block { sheet, drawn: false }]
    }

    pub(super) fn imports(self, content: &mut Content) {
        let mut sheet = self.list(
            "imports",
            Word::Imports,
            ("number", Word::ImportNumber),
            &[
                ("at", Word::RecordedOn, None),
                ("file", Word::File, None),
                ("mapping", Word::Mapping, None),
                ("maker", Word::MadeBy, None),
                ("rows", Word::RowCount, Some(Unit::Count)),
                ("events", Word::EventCount, Some(Unit::Count)),
                ("entered", Word::EnteredCount, Some(Unit::Count)),
                ("repeated", Word::RepeatedCount, Some(Unit::Count)),
                ("refused", Word::RefusedCount, Some(Unit::Count)),
                ("unreadable", Word::UnreadableCount, Some(Unit::Count)),
                ("sha256", Word::FileDigest, None),
            ],
        );
        let mut sums = [0_i128; 6];
        let shown = self.kept.imports.iter().filter(|i| beijing_day(UnixMicros(i.import.at)) <= self.view.as_of);
        for found in shown {
            let of = &found.import;
            let counts = [of.rows, of.events, of.entered, of.repeated, of.refused, of.unreadable].map(i128::from);
            sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
            let mut entries =
                vec![moment(of.at), text(of.file.clone()), text(of.mapping.clone()), text(of.maker.clone())];
            entries.extend(counts.map(count));
            entries.push(text(hex(&of.file_sha256)));
            sheet.lines.push(line(Key::text(&found.number.to_string()), entries));
        }
        let total = Key { text: self.word(Word::Total).to_owned(), ..Key::default() };
        let blank = || (0..4).map(|_| text(""));
        sheet.total = Some(line(total, blank().chain(sums.map(count)).chain([text("")]).collect()));
        self.define(
            &mut sheet,
            &[(Word::RepeatedCount, Word::DefineRepeated), (Word::UnreadableCount, Word::DefineUnreadable)],
        );
        let mut refused = self.list(
            "refusals",
            Word::Refusals,
            ("number", Word::ImportNumber),
            &[
                ("row", Word::Row, Some(Unit::Count)),
                ("event", Word::What, None),
                ("rule", Word::Rule, None),
                ("field", Word::Field, None),
                ("found", Word::Found, None),
                ("allowed", Word::Allowed, None),
                ("reason", Word::Reason, None),
            ],
        );
        let first = self.view.start;
        let most = if self.rows == super::Rows::All { usize::MAX } else { REFUSALS };
        let first = if self.rows == super::Rows::All { 0 } else { first };
        let is_shown = |number: &i64| {
            let import = self.kept.imports.iter().find(|i| i.number == *number);
            import.is_some_and(|i| beijing_day(UnixMicros(i.import.at)) <= self.view.as_of)
        };
        let all: Vec<_> = self.kept.refusals.iter().filter(|(n, _)| is_shown(n)).collect();
        let end = first.saturating_add(most);
        content.rows = all.len();
        content.next = (all.len() > end).then_some(end);
        for (number, of) in all.into_iter().skip(first).take(most) {
            let reason = if self.view.lang == Lang::Zh { &of.reason_zh } else { &of.reason_en };
            let entries = vec![
                count(of.row),
                text(of.event.clone()),
                text(of.rule.clone()),
                text(of.field.clone()),
                text(of.found.clone()),
                text(of.allowed.clone()),
                text(reason.clone()),
            ];
            refused.lines.push(line(Key::text(&number.to_string()), entries));
        }
        refused.notes.push(self.word(Word::NoteRefused).to_owned());
        content.blocks = vec![Block { sheet, drawn: false }, Block { sheet: refused, drawn: false }];
    }
}
