//! Figures over the records of an enterprise.
//!
//! Sums are of integers and so exact in any order; a figure becomes a float once, at its end.

use super::plan::Figure;
use super::rows::{Numbers, Rows};
use super::test::Place;
use crate::calendar::month_of;
use crate::expression::Operation;
use crate::record::MISSING;
use crate::state::State;
use std::ops::Range;

/// A number, or why there is none; never [`State::Value`] as an error.
pub(super) type Figured = Result<f64, State>;

/// Memory that figures share.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) numbers: Numbers,
    sums: [Vec<i128>; 2],
    seen: Vec<u8>,
}

/// Computes a figure over the records of an enterprise, of which there is at least one in the source.
pub(super) fn figure(figure: &Figure, rows: &mut Rows, scratch: &mut Scratch, as_of: i32) -> Figured {
    let from = rows.event.partition_point(|&e| e < figure.span.from);
    let to = rows.event.partition_point(|&e| e <= figure.span.to);
    let range = from..to.max(from);
    let bit = 1_u64 << figure.bits[0];
    match figure.operation {
        Operation::Count => Ok(selected(rows, range, bit).count() as f64),
        Operation::Sum => sum(figure, rows, range, bit),
        Operation::Least => extreme(figure, rows, range, bit, i64::min),
        Operation::Greatest => extreme(figure, rows, range, bit, i64::max),
        Operation::Latest => latest(figure, rows, range, bit),
        Operation::Previous => {
            let last = selected(rows, range.clone(), bit).next_back().ok_or(State::EmptyDenominator)?;
            let before = rows.event.partition_point(|&e| e < rows.event[last]);
            latest(figure, rows, range.start..before.max(range.start), bit)
        }
        Operation::DaysSince => {
            let last = selected(rows, range, bit).next_back();
            last.map(|row| f64::from(as_of - rows.event[row])).ok_or(State::EmptyDenominator)
        }
        Operation::Months => {
            Ok(each_month(figure, rows, range, bit, scratch).iter().filter(|&&m| m > 0).count() as f64)
        }
        Operation::Gap => {
            let months = each_month(figure, rows, range, bit, scratch);
            Ok(months.split(|&m| m > 0).map(<[u8]>::len).max().unwrap_or(0) as f64)
        }
        Operation::Variation => variation(figure, rows, range, bit, scratch),
        Operation::Distinct => distinct(figure, rows, range, bit, scratch),
        Operation::Top | Operation::Hhi => concentration(figure, rows, range, bit, scratch),
        Operation::Kept => kept(figure, rows, range, bit, scratch),
        Operation::Fresh => fresh(figure, rows, range, bit, scratch),
        Operation::Cosine | Operation::Overlap => two(figure, rows, range, scratch),
    }
}

/// The records of a range for which the condition holds.
fn selected(rows: &Rows, range: Range<usize>, bit: u64) -> impl DoubleEndedIterator<Item = usize> + '_ {
    range.filter(move |&row| rows.holds[row] & bit != 0)
}

/// The values of a column among the selected records, those missing left out.
fn values(place: Place, rows: &Rows, range: Range<usize>, bit: u64) -> impl Iterator<Item = i64> + '_ {
    selected(rows, range, bit).map(move |row| place.get(rows, row)).filter(|&v| v != MISSING)
}

fn column(figure: &Figure, which: usize) -> Place {
    figure.columns[which].expect("the catalogue was checked")
}

/// A sum of nothing is zero; a sum of which no part is known is not.
fn sum(figure: &Figure, rows: &Rows, range: Range<usize>, bit: u64) -> Figured {
    let (mut sum, mut any, mut known) = (0_i128, false, false);
    let place = column(figure, 0);
    for row in selected(rows, range, bit) {
        any = true;
        let value = place.get(rows, row);
        if value != MISSING {
            known = true;
            sum += i128::from(value);
        }
    }
    if any && !known { Err(State::Unknown) } else { Ok(sum as f64 / figure.unit) }
}

/// Nothing selected has no extreme; that of records of which no value is known is not known.
fn extreme(figure: &Figure, rows: &Rows, range: Range<usize>, bit: u64, pick: fn(i64, i64) -> i64) -> Figured {
    let found = values(column(figure, 0), rows, range.clone(), bit).reduce(pick);
    let absent = if selected(rows, range, bit).next().is_some() { State::Unknown } else { State::EmptyDenominator };
    found.map(|v| v as f64 / figure.unit).ok_or(absent)
}

/// The value in the last record; of several on its day, the one known last, then the largest.
fn latest(figure: &Figure, rows: &Rows, range: Range<usize>, bit: u64) -> Figured {
    let place = column(figure, 0);
    let last = selected(rows, range.clone(), bit).next_back().ok_or(State::EmptyDenominator)?;
    let on = rows.event[last];
    let same_day = selected(rows, range, bit).rev().take_while(|&row| rows.event[row] == on);
    let best = same_day.map(|row| (rows.known[row], place.get(rows, row))).max();
    match best {
        Some((_, value)) if value != MISSING => Ok(value as f64 / figure.unit),
        _ => Err(State::Unknown),
    }
}

/// Whether each month of the window has a record.
fn each_month<'s>(figure: &Figure, rows: &Rows, range: Range<usize>, bit: u64, scratch: &'s mut Scratch) -> &'s [u8] {
    let (first, months) = figure.months;
    scratch.seen.clear();
    scratch.seen.resize(months, 0);
    for row in selected(rows, range, bit) {
        scratch.seen[(month_of(rows.event[row]) - first) as usize] = 1;
    }
    &scratch.seen
}

/// `sqrt(sum (x - mean)^2 / n) / mean` over the sums of the months.
fn variation(figure: &Figure, rows: &Rows, range: Range<usize>, bit: u64, scratch: &mut Scratch) -> Figured {
    let (first, months) = figure.months;
    let place = column(figure, 0);
    let sums = &mut scratch.sums[0];
    sums.clear();
    sums.resize(months, 0);
    for row in selected(rows, range, bit) {
        let value = place.get(rows, row);
        if value != MISSING {
            let sum = &mut sums[(month_of(rows.event[row]) - first) as usize];
            *sum += i128::from(value);
        }
    }
    let total: i128 = sums.iter().sum();
    if total <= 0 {
        return Err(State::EmptyDenominator);
    }
    let mean = total as f64 / months as f64;
    let squares: f64 = sums.iter().map(|&s| (s as f64 / mean - 1.0).powi(2)).sum();
    Ok((squares / months as f64).sqrt())
}

fn distinct(figure: &Figure, rows: &mut Rows, range: Range<usize>, bit: u64, scratch: &mut Scratch) -> Figured {
    let Place::Slot(slot) = column(figure, 0) else {
        unreachable!("a day is not counted as distinct");
    };
    mark(rows, slot, range, bit, 1, scratch);
    Ok(scratch.seen.iter().filter(|&&s| s != 0).count() as f64)
}

/// Sets a bit of [`Scratch::seen`] for each value of a column among the selected records, after clearing all.
fn mark(rows: &mut Rows, slot: usize, range: Range<usize>, bit: u64, with: u8, scratch: &mut Scratch) {
    let count = rows.number(slot, &mut scratch.numbers);
    scratch.seen.clear();
    scratch.seen.resize(count, 0);
    mark_more(rows, slot, range, bit, with, scratch);
}

fn mark_more(rows: &mut Rows, slot: usize, range: Range<usize>, bit: u64, with: u8, scratch: &mut Scratch) {
    let dense = rows.numbers(slot);
    for row in range {
        if rows.holds[row] & bit != 0 && rows.slots[slot][row] != MISSING {
            scratch.seen[dense[row] as usize] |= with;
        }
    }
}

/// The sums of a column by key, in `scratch.sums[which]`; missing keys are one key of their own, as `by` says nothing of
/// them.
fn sums_by_key(which: usize, figure: &Figure, rows: &mut Rows, range: Range<usize>, bit: u64, scratch: &mut Scratch) {
    let slot = figure.by.expect("the catalogue was checked");
    let place = column(figure, which);
    let count = rows.number(slot, &mut scratch.numbers);
    let dense = rows.numbers(slot);
    let sums = &mut scratch.sums[which];
    sums.clear();
    sums.resize(count, 0);
    for row in range {
        if rows.holds[row] & bit != 0 {
            let value = place.get(rows, row);
            if value != MISSING {
                sums[dense[row] as usize] += i128::from(value);
            }
        }
    }
}

/// Share of the largest keys, or the sum of squared shares. A key whose sum is not above zero is left out: what was sold
/// and taken back is no custom.
fn concentration(figure: &Figure, rows: &mut Rows, range: Range<usize>, bit: u64, scratch: &mut Scratch) -> Figured {
    sums_by_key(0, figure, rows, range, bit, scratch);
    let sums = &mut scratch.sums[0];
    sums.retain(|&s| s > 0);
    let total: i128 = sums.iter().sum();
    if total <= 0 {
        return Err(State::EmptyDenominator);
    }
    // In order of size: the sum of floats below is then the same for any order of records.
    if figure.operation == Operation::Top {
        let n = figure.parameter.min(sums.len());
        if n < sums.len() {
            sums.select_nth_unstable_by(n - 1, |a, b| b.cmp(a));
        }
        let top: i128 = sums[..n].iter().sum();
        return Ok(top as f64 / total as f64);
    }
    sums.sort_unstable();
    Ok(sums.iter().map(|&s| (s as f64 / total as f64).powi(2)).sum())
}

fn kept(figure: &Figure, rows: &mut Rows, range: Range<usize>, bit: u64, scratch: &mut Scratch) -> Figured {
    let slot = figure.by.expect("the catalogue was checked");
    let (first, months) = figure.months;
    let middle = crate::calendar::first_day(first + (months / 2) as i32);
    let half = rows.event.partition_point(|&e| e < middle).clamp(range.start, range.end);
    mark(rows, slot, range.start..half, bit, 1, scratch);
    mark_more(rows, slot, half..range.end, bit, 2, scratch);
    let before = scratch.seen.iter().filter(|&&s| s & 1 != 0).count();
    let both = scratch.seen.iter().filter(|&&s| s == 3).count();
    if before == 0 { Err(State::EmptyDenominator) } else { Ok(both as f64 / before as f64) }
}

fn fresh(figure: &Figure, rows: &mut Rows, range: Range<usize>, bit: u64, scratch: &mut Scratch) -> Figured {
    let slot = figure.by.expect("the catalogue was checked");
    let (first, months) = figure.months;
    let before = crate::calendar::first_day(first - months as i32);
    let start = rows.event.partition_point(|&e| e < before);
    mark(rows, slot, start..range.start, bit, 1, scratch);
    sums_by_key(0, figure, rows, range, bit, scratch);
    let (mut total, mut new) = (0_i128, 0_i128);
    for (&sum, &seen) in scratch.sums[0].iter().zip(&scratch.seen) {
        let sum = sum.max(0);
        total += sum;
        new += if seen == 0 { sum } else { 0 };
    }
    if total <= 0 { Err(State::EmptyDenominator) } else { Ok(new as f64 / total as f64) }
}

/// The cosine of two vectors of sums by key, or the share of the first whose keys the second has.
fn two(figure: &Figure, rows: &mut Rows, range: Range<usize>, scratch: &mut Scratch) -> Figured {
    for which in 0..2 {
        sums_by_key(which, figure, rows, range.clone(), 1 << figure.bits[which], scratch);
    }
    let [a, b] = &scratch.sums;
    if figure.operation == Operation::Overlap {
        let total: i128 = a.iter().map(|s| s.max(&0)).sum();
        let shared: i128 = a.iter().zip(b).filter(|&(_, &b)| b > 0).map(|(a, _)| a.max(&0)).sum();
        return if total <= 0 { Err(State::EmptyDenominator) } else { Ok(shared as f64 / total as f64) };
    }
    // Exact in integers: the order of keys is that of the records, which may come in any. Sums beyond 2^55 fen, 360
    // trillion yuan, count as that: the products of a hundred thousand keys then stay within 128 bits.
    let drawn = |x: i128| x.clamp(-(1 << 55), 1 << 55);
    let dot: i128 = a.iter().zip(b).map(|(&a, &b)| drawn(a) * drawn(b)).sum();
    let [aa, bb] = [a, b].map(|v| v.iter().map(|&x| drawn(x) * drawn(x)).sum::<i128>());
    if aa == 0 || bb == 0 {
        return Err(State::EmptyDenominator);
    }
    Ok(dot as f64 / ((aa as f64).sqrt() * (bb as f64).sqrt()))
}
