//! One batch of rows: slots, faults, and which rows are used.

use super::column::{Conversion, Fault, as_text};
use super::rule;
use super::value::DAY;
use crate::record::{MISSING, Names, Records, SameKey, halves};
use crate::schema::{Kind, Source};
use std::borrow::Cow;
use table::{CellBatch, CellColumn};

/// What the rows of a file are judged by.
pub(super) struct Judge<'s> {
    pub(super) source: &'static Source,
    /// Its number.
    pub(super) number: usize,
    pub(super) as_of: i32,
    /// The columns of the batches that mean a column of the source, with its index.
    pub(super) conversions: Vec<(usize, usize, Conversion<'s>)>,
    /// Indices of the columns whose slots go out.
    pub(super) wanted: &'s [usize],
}

/// A batch after it was judged.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) records: Records,
    pub(super) faults: Vec<Fault>,
    /// Rows that are set aside, in order.
    pub(super) set_aside: Vec<usize>,
    /// How many of these are of later events, or known later, than the as-of date.
    pub(super) set_aside_later: usize,
    pub(super) after_as_of: usize,
    pub(super) known_assumed: usize,
    pub(super) newest_event: Option<i32>,
    /// By index of a column with a usual median.
    pub(super) sizes: Vec<(usize, Sizes)>,
}

/// Amounts that are not zero, by their absolute values against the usual median.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) below: u64,
    pub(super) usual: u64,
    pub(super) above: u64,
}

impl Sizes {
    pub(super) fn all(self) -> u64 {
        self.below + self.usual + self.above
    }

    pub(super) fn add(&mut self, other: Self) {
        self.below += other.below;
        self.usual += other.usual;
        self.above += other.above;
    }
}

impl Judge<'_> {
    /// Judges a batch that could be decoded.
    pub(super) fn judge(&self, batch: &CellBatch<'_>, names: &Names) -> Result<Judged, SameKey> {
        let rows = batch.rows;
        let mut faults = Vec::new();
        let mut slots: Vec<Option<Vec<i64>>> = self.source.columns.iter().map(|_| None).collect();
        for (position, index, conversion) in &self.conversions {
            slots[*index] = Some(column(&batch.columns[*position], *index, conversion, rows, &mut faults));
        }
        let mut is_bad = self.bad_rows(batch, &slots, &mut faults);
        let missing = |index: usize| slots[index].is_none();
        if missing(self.source.enterprise) || missing(self.source.event) {
            // Both are required, so the file would not be read.
            is_bad.fill(true);
        }

        let mut judged = Judged { set_aside: (0..rows).filter(|&r| is_bad[r]).collect(), ..Judged::default() };
        let is_later = self.later(&slots, rows);
        judged.set_aside_later = judged.set_aside.iter().filter(|&&r| is_later[r]).count();
        let kept = self.kept(&slots, &is_bad, &is_later, &mut judged);
        judged.sizes = self.sizes(&slots, &kept);
        self.take_names(batch, &slots, &kept, names)?;
        let gather = |slots: &Option<Vec<i64>>| -> Vec<i64> {
            match slots {
                None => vec![MISSING; kept.len()],
                Some(slots) => kept.iter().map(|&r| slots[r as usize]).collect(),
            }
        };
        let enterprises = gather(&slots[self.source.enterprise]);
        judged.records.enterprise = enterprises.into_iter().map(|s| s as u64).collect();
        for &index in self.wanted {
            judged.records.slots.push(match slots[index].take() {
                Some(slots) if kept.len() == rows => slots,
                some => gather(&some),
            });
        }
        for fault in faults.iter_mut().filter(|f| f.value.is_empty()) {
            let position = |index: usize| self.conversions.iter().find(|(_, i, _)| *i == index).map(|(p, ..)| *p);
            if let Some(position) = fault.column.and_then(position) {
                fault.value = batch.columns[position].get(fault.row).to_string();
            }
        }
        judged.faults = faults;
        Ok(judged)
    }

    /// How many rows are of later than the as-of date, by the columns there are.
    pub(super) fn count_later(&self, batch: &CellBatch<'_>) -> u64 {
        let mut slots: Vec<Option<Vec<i64>>> = self.source.columns.iter().map(|_| None).collect();
        for (position, index, conversion) in &self.conversions {
            slots[*index] = Some(column(&batch.columns[*position], *index, conversion, batch.rows, &mut Vec::new()));
        }
        self.later(&slots, batch.rows).into_iter().filter(|later| *later).count() as u64
    }

    /// Which rows are set aside; the faults that are of whole rows are added.
    fn bad_rows(&self, batch: &CellBatch<'_>, slots: &[Option<Vec<i64>>], faults: &mut Vec<Fault>) -> Vec<bool> {
        let mut is_ragged = vec![false; if batch.ragged.is_empty() { 0 } else { batch.rows }];
        batch.ragged.iter().for_each(|r| is_ragged[r.index] = true);
        faults.retain(|f| !is_ragged.get(f.row).is_some_and(|r| *r));
        faults.extend(batch.ragged.iter().map(|ragged| Fault {
            row: ragged.index,
            column: None,
            rule: rule::RAGGED_ROW,
            value: format!("{} fields", ragged.fields.len()),
            allowed: Cow::Borrowed("as many fields as the header"),
            is_kept: false,
        }));
        self.row_rules(slots, faults);
        self.future(slots, faults);
        let mut is_bad = vec![false; batch.rows];
        faults.iter().filter(|f| !f.is_kept).for_each(|f| is_bad[f.row] = true);
        is_bad
    }

    fn row_rules(&self, slots: &[Option<Vec<i64>>], faults: &mut Vec<Fault>) {
        for rule in &self.source.rules {
            let Some(must) = &slots[rule.must.column] else { continue };
            let when = match rule.when {
                None => None,
                Some(when) => match &slots[when.column] {
                    Some(slots) => Some((when, slots)),
                    None => continue,
                },
            };
            for (row, &slot) in must.iter().enumerate() {
                if slot != MISSING && !rule.must.holds(slot) && when.is_none_or(|(when, slots)| when.holds(slots[row]))
                {
                    faults.push(Fault {
                        row,
                        column: Some(rule.must.column),
                        rule: &rule.name,
                        value: String::new(),
                        allowed: Cow::Borrowed(&rule.text),
                        is_kept: false,
                    });
                }
            }
        }
    }

    /// An event that was known before it was is a slip of the pen; of a month the first day counts.
    fn future(&self, slots: &[Option<Vec<i64>>], faults: &mut Vec<Fault>) {
        let (Some(events), Some(known)) = (&slots[self.source.event], &slots[self.source.known]) else { return };
        let is_month = self.source.columns[self.source.event].kind == Kind::Month;
        for (row, (&event, &known)) in events.iter().zip(known).enumerate() {
            if event == MISSING || known == MISSING || event <= known.div_euclid(DAY) {
                continue;
            }
            let known_on = primitives::calendar::date_of(known.div_euclid(DAY) as i32);
            if is_month
                && primitives::calendar::date_of(event as i32).zip(known_on).is_some_and(|(e, k)| is_same_month(e, k))
            {
                continue;
            }
            faults.push(Fault {
                row,
                column: Some(self.source.event),
                rule: rule::FUTURE_DATE,
                value: String::new(),
                allowed: match known_on {
                    Some(date) => Cow::Owned(format!("at most {date}, when it was known")),
                    None => Cow::Borrowed("at most the day when it was known"),
                },
                is_kept: false,
            });
        }
    }

    /// Which rows are of a later event, or known later, than the as-of date; a row that does not say when is not.
    ///
    /// A bad row is judged by when it was known, if it says so: what was there on the as-of date with a slip in the day of
    /// its event was there.
    fn later(&self, slots: &[Option<Vec<i64>>], rows: usize) -> Vec<bool> {
        let slot = |column: usize, row: usize| slots[column].as_ref().map_or(MISSING, |slots| slots[row]);
        let end = (i64::from(self.as_of) + 1) * DAY;
        let lag = i64::from(self.source.lag_days);
        let is_later = |row: usize| match (slot(self.source.known, row), slot(self.source.event, row)) {
            (MISSING, MISSING) => false,
            (MISSING, event) => end <= (event + lag) * DAY,
            (known, _) => end <= known,
        };
        (0..rows).map(is_later).collect()
    }

    /// The rows that go out, with their times.
    fn kept(&self, slots: &[Option<Vec<i64>>], is_bad: &[bool], is_later: &[bool], judged: &mut Judged) -> Vec<u32> {
        let mut kept = Vec::with_capacity(is_bad.len());
        let Some(events) = &slots[self.source.event] else { return kept };
        let records = &mut judged.records;
        records.event.reserve(is_bad.len());
        records.known.reserve(is_bad.len());
        records.known_assumed.reserve(is_bad.len());
        let known = slots[self.source.known].as_deref();
        let lag = i64::from(self.source.lag_days);
        for (row, (&event, _)) in events.iter().zip(is_bad).enumerate().filter(|(_, (_, bad))| !**bad) {
            // The last day of a month may be later although it was known before it ended.
            if is_later[row] || i64::from(self.as_of) < event {
                judged.after_as_of += 1;
                continue;
            }
            let given = known.map_or(MISSING, |known| known[row]);
            let assumed = given == MISSING;
            kept.push(row as u32);
            records.event.push(event as i32);
            records.known.push(if assumed { (event + lag) * DAY } else { given });
            records.known_assumed.push(assumed);
            judged.known_assumed += usize::from(assumed);
        }
        judged.newest_event = records.event.iter().copied().max();
        kept
    }

    /// How large the amounts of the rows that go out are, of each column of which that is known.
    fn sizes(&self, slots: &[Option<Vec<i64>>], kept: &[u32]) -> Vec<(usize, Sizes)> {
        let mut out = Vec::new();
        for (index, column) in self.source.columns.iter().enumerate() {
            let (Some([low, high]), Some(slots)) = (column.median, &slots[index]) else { continue };
            let [low, high] = [low, high].map(|yuan| (yuan * 100.0) as u64);
            let mut sizes = Sizes::default();
            for &row in kept {
                match slots[row as usize] {
                    MISSING | 0 => (),
                    amount if amount.unsigned_abs() < low => sizes.below += 1,
                    amount if amount.unsigned_abs() <= high => sizes.usual += 1,
                    _ => sizes.above += 1,
                }
            }
            out.push((index, sizes));
        }
        out
    }

    /// Takes the ids of the rows that go out.
    fn take_names(
        &self,
        batch: &CellBatch<'_>,
        slots: &[Option<Vec<i64>>],
        kept: &[u32],
        names: &Names,
    ) -> Result<(), SameKey> {
        let enterprise = self.source.enterprise;
        let position = self.conversions.iter().find(|(_, index, _)| *index == enterprise).map(|(p, ..)| *p);
        let (Some(position), Some(keys)) = (position, &slots[enterprise]) else { return Ok(()) };
        let cells = &batch.columns[position];
        let mut written = String::new();
        let mut last = MISSING;
        for &row in kept {
            let row = row as usize;
            if keys[row] == last {
                continue;
            }
            last = keys[row];
            let id = match cells {
                CellColumn::Text(texts) => texts.get(row),
                _ => as_text(Kind::Id, cells.get(row), &mut written).ok(),
            };
            let Some(id) = id else { continue };
            let hash = halves(id);
            if !names.has(hash) {
                names.take(hash, id, self.number)?;
            }
        }
        Ok(())
    }
}

fn is_same_month(a: chrono::NaiveDate, b: chrono::NaiveDate) -> bool {
    use chrono::Datelike;
    (a.year(), a.month()) == (b.year(), b.month())
}

/// The slots of one column; its faults are added.
fn column(
    cells: &CellColumn<'_>,
    index: usize,
    conversion: &Conversion<'_>,
    rows: usize,
    faults: &mut Vec<Fault>,
) -> Vec<i64> {
    let first = faults.len();
    let slots = conversion.slots(cells, rows, |row, bad| {
        let (rule, allowed, is_kept) = conversion.broken(bad);
        faults.push(Fault { row, column: Some(index), rule, value: cells.get(row).to_string(), allowed, is_kept });
    });
    let bad: std::collections::HashSet<usize> = faults[first..].iter().map(|f| f.row).collect();
    conversion.check(&slots, |row, rule, allowed| {
        // A cell that is no value is not missing too.
        if !bad.contains(&row) {
            let value = cells.get(row).to_string();
            faults.push(Fault { row, column: Some(index), rule, value, allowed, is_kept: false });
        }
    });
    slots
}
