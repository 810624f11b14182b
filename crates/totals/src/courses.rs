//! Loans one by one, side by side: what each had paid out and owed after every day of its own, since when it was past due, and
//! when it was first bad. A question about all loans is then one pass over numbers that lie together.
//!
//! They are moved on with the ledger: [`Courses::settle`] makes the loans again that were changed since. A question up to
//! another line makes those apart that were changed between, so its answer is that of the line. What is past due is entered
//! as steps from bucket to bucket ([`Kind::PastDue`]) alike: what a change takes away has its opposite.

use crate::Books;
use crate::cube::Cubes;
use crate::dimension::Packed;
use crate::intervals::{Interval, intervals};
use crate::kind::Kind;
use crate::loan::{Loan, Move};
use crate::rows::{Row, Rows};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Days past due beyond which a loan is bad.
const BAD_AFTER_DAYS: i32 = 90;
/// No day.
const NEVER: i32 = i32::MAX;
/// So many changed loans are as soon made for each question.
const CHANGED_MIN: usize = 1_024;
/// Loans that are made at a time.
const PIECE: usize = 4_096;
/// Facts that change the course of a loan.
const SHAPING: [Kind; 6] =
    [Kind::Granted, Kind::Disbursed, Kind::Repaid, Kind::Renewed, Kind::WrittenOff, Kind::Overdue];

/// How a loan stands from the end of a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    day: i32,
    disbursed: i64,
    owed: i64,
}

/// `owed` is past due since the due day `anchor`, from a day until the day before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Due {
    from: i32,
    until: i32,
    anchor: i32,
    owed: i64,
}

/// A loan that was granted; its steps and what is past due stand in the lists beside.
#[derive(Debug, Clone, Copy)]
struct Course {
    key: Packed,
    granted_fen: i64,
    granted_on: i32,
    /// When it was first more than 90 days past due or written off.
    bad_on: i32,
    enterprise: u32,
    first_step: u32,
    steps: u32,
    first_due: u32,
    dues: u32,
    /// Place of the kind of borrower.
    borrower: u8,
}

/// A loan that was not granted, or not any more.
const NONE: Course = Course {
    key: Packed(0),
    granted_fen: 0,
    granted_on: NEVER,
    bad_on: NEVER,
    enterprise: 0,
    first_step: 0,
    steps: 0,
    first_due: 0,
    dues: 0,
    borrower: 0,
};

/// Courses with their lists.
#[derive(Debug, Clone, Default)]
struct Lists {
    of: Vec<Course>,
    steps: Vec<Step>,
    dues: Vec<Due>,
}

/// The courses of all loans, by the loan's place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Courses {
    /// The lines with which they were moved on, since steps of what is past due were made anew.
    seqs: Vec<u64>,
    lists: Lists,
    /// How much of the lists is of no loan any more.
    dead: usize,
    /// How many steps of past due there were when all were made.
    made: usize,
}

/// A loan as it stands up to a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// Its place.
    pub(crate) loan: u32,
    pub(crate) key: Packed,
    pub(crate) enterprise: u32,
    pub(crate) granted_on: i32,
    pub(crate) granted_fen: i64,
    pub(crate) borrower: u8,
    bad_on: i32,
    steps: &'a [Step],
    dues: &'a [Due],
}

impl Seen<'_> {
    fn step(&self, on: i32) -> Option<&Step> {
        // There are few, and most questions are about a late day.
        self.steps.iter().rev().find(|step| step.day <= on)
    }

    /// What was paid out by the end of a day.
    pub(crate) fn disbursed(&self, on: i32) -> i64 {
        self.step(on).map_or(0, |step| step.disbursed)
    }

    /// What is owed at the end of a day.
    pub(crate) fn owed(&self, on: i32) -> i64 {
        self.step(on).map_or(0, |step| step.owed)
    }

    /// What is owed at the end of a day, and what has come back or was written off by then.
    pub(crate) fn stands(&self, on: i32) -> [i64; 2] {
        self.step(on).map_or([0; 2], |step| [step.owed, step.disbursed.saturating_sub(step.owed)])
    }

    /// Since when it is past due at the end of a day: the due day of the earliest instalment that is.
    pub(crate) fn past_due_since(&self, on: i32) -> Option<i32> {
        self.dues.iter().find(|due| due.from <= on && on < due.until).map(|due| due.anchor)
    }

    /// The day on which it was first more than 90 days past due or written off, if that is not after another.
    pub(crate) fn bad_by(&self, on: i32) -> Option<i32> {
        (self.bad_on <= on).then_some(self.bad_on)
    }
}

impl Lists {
    fn push(&mut self, head: Course, moves: impl Iterator<Item = Move>, dues: impl Iterator<Item = Due>) {
        let mut course = Course { first_step: self.steps.len() as u32, first_due: self.dues.len() as u32, ..head };
        let (mut disbursed, mut owed) = (0_i64, 0_i64);
        for m in moves {
            disbursed = disbursed.saturating_add(m.lent);
            owed = owed.saturating_add(m.lent).saturating_sub(m.repaid).saturating_sub(m.off);
            if m.off > 0 {
                course.bad_on = course.bad_on.min(m.day);
            }
            self.steps.push(Step { day: m.day, disbursed, owed });
        }
        for due in dues {
            let bad_on = due.from.max(due.anchor.saturating_add(BAD_AFTER_DAYS + 1));
            if bad_on < due.until {
                course.bad_on = course.bad_on.min(bad_on);
            }
            self.dues.push(due);
        }
        course.steps = self.steps.len() as u32 - course.first_step;
        course.dues = self.dues.len() as u32 - course.first_due;
        self.of.push(course);
    }

    fn loan(&mut self, at: u32, loan: &Loan) {
        let Some(grant) = loan.grant else { return self.of.push(NONE) };
        let head = Course {
            key: loan.key,
            granted_fen: grant.amount,
            granted_on: grant.day,
            enterprise: loan.enterprise,
            borrower: loan.borrower,
            ..NONE
        };
        let mut dues = Vec::new();
        loan.past_due(at, |interval| dues.push(Due::of(&interval)));
        self.push(head, loan.moves.iter().copied(), dues.into_iter());
    }

    fn append(&mut self, more: Self) {
        let (steps, dues) = (self.steps.len() as u32, self.dues.len() as u32);
        let moved = more.of.into_iter().map(|c| Course {
            first_step: c.first_step + steps,
            first_due: c.first_due + dues,
            ..c
        });
        self.of.extend(moved);
        self.steps.extend(more.steps);
        self.dues.extend(more.dues);
    }

    fn seen(&self, at: usize, loan: u32) -> Option<Seen<'_>> {
        let course = self.of.get(at).filter(|course| course.granted_on != NEVER)?;
        let Course { key, enterprise, granted_on, granted_fen, borrower, bad_on, .. } = *course;
        Some(Seen {
            loan,
            key,
            enterprise,
            granted_on,
            granted_fen,
            borrower,
            bad_on,
            steps: &self.steps[course.first_step as usize..][..course.steps as usize],
            dues: self.dues_of(course),
        })
    }

    fn dues_of(&self, course: &Course) -> &[Due] {
        &self.dues[course.first_due as usize..][..course.dues as usize]
    }

    /// What is past due of a loan, as steps from bucket to bucket.
    fn past_due(&self, at: usize, loan: u32) -> Vec<Row> {
        let Some(course) = self.of.get(at) else { return Vec::new() };
        let mut found = Vec::new();
        for due in self.dues_of(course) {
            let Course { key, enterprise, .. } = *course;
            let aux = u64::from(due.anchor.cast_unsigned());
            let row = Row { key, amount: due.owed, aux, enterprise, loan, day: due.from, sign: 1 };
            Interval { row, until: due.until }.steps(|step| found.push(step));
        }
        found.sort_unstable_by_key(place);
        found
    }
}

/// Where a step stands among those of its loan.
fn place(row: &Row) -> (i32, u64, i64, u64) {
    (row.day, row.aux, row.amount, row.key.0)
}

impl Due {
    fn of(interval: &Interval) -> Self {
        let Interval { row, until } = *interval;
        Self { from: row.day, until, anchor: interval.anchor(), owed: row.amount }
    }
}

impl Courses {
    /// The last line that the steps of past due have, if a question up to a line may read them; else 0.
    pub(crate) fn known(&self, seq: u64) -> u64 {
        let place = self.seqs.partition_point(|s| *s <= seq);
        place.checked_sub(1).map_or(0, |place| self.seqs[place])
    }

    fn seq(&self) -> u64 {
        self.seqs.last().copied().unwrap_or(0)
    }

    /// Makes the loans again that were changed since, where they are more than `least` or than are as soon made each time.
    pub(crate) fn settle(&mut self, loans: &[Loan], rows: &mut Rows, cubes: &mut Cubes, seq: u64, least: usize) {
        let changed = changed(rows, loans.len(), self.seq(), seq);
        if changed.len() <= least.min(CHANGED_MIN) {
            return;
        }
        let new = of_loans(loans, &changed);
        let steps = |rows: &Rows| -> usize { rows.of(Kind::PastDue).values().map(|part| part.len()).sum() };
        self.lists.of.resize(loans.len(), NONE);
        // After twice as many steps as they come to, all are made anew.
        let anew = self.seqs.is_empty() || steps(rows) > 2 * self.made + PIECE;
        for (nth, at) in changed.iter().enumerate() {
            if !anew {
                enter(&self.lists.past_due(*at as usize, *at), &new.past_due(nth, *at), seq, rows);
            }
            let place = &mut self.lists.of[*at as usize];
            let old = std::mem::replace(place, new.of[nth]);
            place.first_step += self.lists.steps.len() as u32;
            place.first_due += self.lists.dues.len() as u32;
            self.dead += (old.steps + old.dues) as usize;
        }
        self.lists.steps.extend(new.steps);
        self.lists.dues.extend(new.dues);
        if self.dead > (self.lists.steps.len() + self.lists.dues.len()) / 2 {
            self.pack();
        }
        if anew {
            rows.of_mut(Kind::PastDue).clear();
            cubes.forget(Kind::PastDue);
            for at in 0..self.lists.of.len() {
                enter(&[], &self.lists.past_due(at, at as u32), seq, rows);
            }
            self.made = steps(rows);
            self.seqs.clear();
        }
        self.seqs.push(seq);
    }

    /// Leaves out of the lists what is of no loan.
    fn pack(&mut self) {
        let old = std::mem::take(&mut self.lists);
        let new = &mut self.lists;
        for course in &old.of {
            let (first_step, first_due) = (new.steps.len() as u32, new.dues.len() as u32);
            new.steps.extend_from_slice(&old.steps[course.first_step as usize..][..course.steps as usize]);
            new.dues.extend_from_slice(old.dues_of(course));
            new.of.push(Course { first_step, first_due, ..*course });
        }
        self.dead = 0;
    }
}

/// Enters what is past due now and was not, and the opposites of what is no more.
fn enter(old: &[Row], new: &[Row], seq: u64, rows: &mut Rows) {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(a), Some(b)) => place(a).cmp(&place(b)),
        };
        if order.is_le() {
            let gone = old.next().filter(|_| order.is_lt());
            gone.into_iter().for_each(|row| rows.push(seq, Kind::PastDue, row.opposite()));
        }
        if order.is_ge() {
            let come = new.next().filter(|_| order.is_gt());
            come.into_iter().for_each(|row| rows.push(seq, Kind::PastDue, *row));
        }
    }
}

/// Loans that lines after one and up to another have changed, in order.
fn changed(rows: &Rows, loans: usize, after: u64, seq: u64) -> Vec<u32> {
    if after >= seq {
        return Vec::new();
    }
    let mut is_changed = vec![false; loans];
    for part in SHAPING.iter().flat_map(|kind| rows.of(*kind).values()) {
        for loan in &part.loans[part.known(after)..part.known(seq)] {
            is_changed[*loan as usize] = true;
        }
    }
    is_changed.iter().zip(0..).filter(|(is, _)| **is).map(|(_, at)| at).collect()
}

/// The courses of some loans as they stand.
fn of_loans(loans: &[Loan], some: &[u32]) -> Lists {
    let of_piece = |piece: &[u32]| {
        let mut made = Lists::default();
        piece.iter().for_each(|at| made.loan(*at, &loans[*at as usize]));
        made
    };
    let pieces: Vec<Lists> = some.par_chunks(PIECE).map(of_piece).collect();
    pieces.into_iter().fold(Lists::default(), |mut all, piece| {
        all.append(piece);
        all
    })
}

/// What facts say of a loan.
#[derive(Default)]
struct Told {
    /// How often it was granted, less how often that was taken back; the grant.
    grants: i64,
    grant: Option<Row>,
    moves: BTreeMap<i32, Move>,
    dues: Vec<Due>,
}

/// The courses of some loans as lines up to one have them.
fn of_facts(books: &Books, some: &[u32], seq: u64) -> Lists {
    const NO_PLACE: u32 = u32::MAX;
    let mut places = vec![NO_PLACE; books.loans.len()];
    some.iter().zip(0..).for_each(|(loan, place)| places[*loan as usize] = place);
    let mut told: Vec<Told> = some.iter().map(|_| Told::default()).collect();
    let mut overdue = Vec::new();
    for kind in SHAPING {
        for part in books.rows.of(kind).values() {
            for at in 0..part.known(seq) {
                let place = places[part.loans[at] as usize];
                let Some(of) = told.get_mut(place as usize) else { continue };
                let row = part.row(at);
                match kind {
                    Kind::Overdue => overdue.push(row),
                    Kind::Granted => {
                        of.grants += i64::from(row.sign);
                        of.grant = if row.sign > 0 { Some(row) } else { of.grant };
                    }
                    kind => {
                        let m = of.moves.entry(row.day).or_insert(Move { day: row.day, ..Move::default() });
                        let sum = match kind {
                            Kind::Disbursed => &mut m.lent,
                            Kind::WrittenOff => &mut m.off,
                            _ => &mut m.repaid,
                        };
                        *sum = sum.saturating_add(row.amount);
                    }
                }
            }
        }
    }
    intervals(overdue, |interval| {
        let place = places[interval.row.loan as usize];
        told[place as usize].dues.push(Due::of(&interval));
    });
    let mut made = Lists::default();
    for Told { grants, grant, moves, dues } in told {
        match grant.filter(|_| grants > 0) {
            None => made.of.push(NONE),
            Some(Row { key, amount, day, enterprise, loan, .. }) => {
                let borrower = books.loans[loan as usize].borrower;
                let head = Course { key, granted_fen: amount, granted_on: day, enterprise, borrower, ..NONE };
                made.push(head, moves.into_values(), dues.into_iter());
            }
        }
    }
    made
}

/// Every loan that was granted, as it stands up to a line.
pub(crate) fn each(books: &Books, seq: u64, mut each: impl FnMut(Seen<'_>)) {
    let kept = &books.courses;
    let (from, to) = (kept.seq().min(seq), kept.seq().max(seq));
    let changed = changed(&books.rows, books.loans.len(), from, to);
    let others = if seq == books.seq { of_loans(&books.loans, &changed) } else { of_facts(books, &changed, seq) };
    let mut apart = changed.iter().peekable();
    for at in 0..kept.lists.of.len() {
        let loan = at as u32;
        if apart.next_if(|next| **next <= loan).is_none()
            && let Some(seen) = kept.lists.seen(at, loan)
        {
            each(seen);
        }
    }
    for (nth, loan) in changed.iter().enumerate() {
        if let Some(seen) = others.seen(nth, *loan) {
            each(seen);
        }
    }
}
