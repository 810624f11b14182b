//! Sums by any three attributes, made ahead: a question by two attributes with a filter on a third reads as many numbers as
//! there are values, however many loans there are.
//!
//! Of each kind there are marks: sums of all its facts up to the end of a month. A stretch of whole months is what its end
//! has and its beginning had not. Between two marks lie so few facts that they are as soon read; what came since the marks
//! were made is read as it stands, until [`Cubes::settle`] is asked again.

use crate::dimension::{ATTRIBUTES, Packed, Words};
use crate::kind::{KINDS, Kind};
use crate::rows::{Part, Rows};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// So many facts are as soon read as a mark of them.
pub(crate) const FACTS_MIN: usize = 16_384;
/// A table of the places of all combinations of three attributes has at most so many; triples beyond have no sums.
const PLACES_MAX: usize = 1 << 22;
const NO_PLACE: u32 = u32::MAX;
const TRIPLES: usize = 56;

/// All triples of attributes.
const OF_THREE: [[usize; 3]; TRIPLES] = {
    let mut triples = [[0; 3]; TRIPLES];
    let (mut a, mut at) = (0, 0);
    while a < ATTRIBUTES {
        let mut b = a + 1;
        while b < ATTRIBUTES {
            let mut c = b + 1;
            while c < ATTRIBUTES {
                triples[at] = [a, b, c];
                at += 1;
                c += 1;
            }
            b += 1;
        }
        a += 1;
    }
    triples
};

/// Sums of all kinds.
#[derive(Debug, Clone)]
pub(crate) struct Cubes {
    cells: Vec<Cells>,
    kinds: Vec<Marks>,
}

/// The combinations of three attributes that were ever met, in the order in which they were.
#[derive(Debug, Clone)]
struct Cells {
    places: [usize; 3],
    /// How many values of each attribute `place_of` has room for.
    sizes: [usize; 3],
    place_of: Vec<u32>,
    keys: Vec<Packed>,
}

/// Sums of a kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    /// Earliest first.
    months: Vec<Mark>,
    /// By triple and mark: the sums of each cell one after the other, as far as cells were met by then.
    sums: Vec<Vec<Vec<i64>>>,
    /// By sum: what all facts together come to at most.
    most: Vec<i128>,
    /// A sum may be beyond 64 bits: there are no marks, facts are read.
    too_large: bool,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    month: i32,
    /// The last line that is in it.
    seq: u64,
}

/// New facts that come into the same marks.
struct Batch {
    mark: usize,
    keys: Vec<Packed>,
    /// Fact by fact, all sums of the kind.
    values: Vec<i64>,
}

impl Default for Cubes {
    fn default() -> Self {
        let cells =
            |places: &[usize; 3]| Cells { places: *places, sizes: [0; 3], place_of: Vec::new(), keys: Vec::new() };
        Self { cells: OF_THREE.iter().map(cells).collect(), kinds: vec![Marks::default(); KINDS] }
    }
}

impl Cubes {
    /// Takes the facts that came since, where a kind has so many of them that reading them each time costs more.
    pub(crate) fn settle(&mut self, rows: &mut Rows, words: &Words, facts: usize) {
        for kind in Kind::ALL.iter().filter(|k| !k.sums().is_empty()) {
            let marks = &mut self.kinds[*kind as usize];
            if let Some(batches) = marks.take(*kind, rows.of_mut(*kind), facts.max(1)) {
                let (width, months) = (kind.sums().len(), marks.months.len());
                marks.sums.resize(TRIPLES, Vec::new());
                let triples = self.cells.par_iter_mut().zip(&mut marks.sums);
                triples.for_each(|(cells, sums)| cells.add(&batches, words, sums, (width, months)));
            }
        }
    }

    /// Forgets a kind, for its facts are made anew.
    pub(crate) fn forget(&mut self, kind: Kind) {
        self.kinds[kind as usize] = Marks::default();
    }

    /// The marks of a kind.
    pub(crate) fn of(&self, kind: Kind) -> &Marks {
        &self.kinds[kind as usize]
    }

    /// The triple with the fewest cells that has all attributes of a set; `None` where there is none.
    pub(crate) fn triple(&self, attributes: u8) -> Option<usize> {
        let has = |cells: &Cells| {
            let bits = cells.places.iter().fold(0_u8, |bits, place| bits | 1 << place);
            bits & attributes == attributes && cells.fits()
        };
        let all = self.cells.iter().enumerate().filter(|(_, cells)| has(cells));
        all.min_by_key(|(_, cells)| cells.keys.len()).map(|(at, _)| at)
    }

    /// The attributes of the cells of a triple.
    pub(crate) fn keys(&self, triple: usize) -> &[Packed] {
        &self.cells[triple].keys
    }
}

impl Marks {
    /// The last mark of a month up to one, of no line after another, with its month.
    pub(crate) fn until(&self, month: i32, seq: u64) -> Option<(usize, i32)> {
        let known = self.months.partition_point(|mark| mark.month <= month && mark.seq <= seq);
        let at = known.checked_sub(1)?;
        Some((at, self.months[at].month))
    }

    /// The sums of a mark in a triple.
    pub(crate) fn sums(&self, triple: usize, mark: usize) -> &[i64] {
        &self.sums[triple][mark]
    }

    /// The facts that come into marks, new marks among them; `None` where there are none.
    fn take(&mut self, kind: Kind, parts: &mut BTreeMap<i32, Part>, least: usize) -> Option<Vec<Batch>> {
        if self.too_large {
            return None;
        }
        let last = self.months.last().map_or(i32::MIN, |mark| mark.month);
        let late: usize = parts.range(..=last).map(|(_, part)| part.len() - part.covered).sum();
        let mut found = self.months.clone();
        let mut since = 0;
        for (month, part) in parts.range(last.saturating_add(1)..) {
            since += part.len();
            if since >= least {
                found.push(Mark { month: *month, seq: 0 });
                since = 0;
            }
        }
        if late < least && found.len() == self.months.len() {
            return None;
        }
        let mut batches = Vec::new();
        let (mut first, mut seq) = (i32::MIN, 0);
        self.most.resize(kind.sums().len(), 0);
        for (at, mark) in found.iter_mut().enumerate() {
            let mut batch = Batch { mark: at, keys: Vec::new(), values: Vec::new() };
            for part in parts.range_mut(first..=mark.month).map(|(_, part)| part) {
                seq = seq.max(part.seqs.last().copied().unwrap_or(0));
                batch.take(kind, part, part.covered..part.len(), &mut self.most);
                part.covered = part.len();
            }
            mark.seq = seq;
            first = mark.month + 1;
            batches.push(batch);
        }
        self.months = found;
        if self.most.iter().any(|most| i64::try_from(*most).is_err()) {
            *self = Self { too_large: true, ..Self::default() };
            parts.values_mut().for_each(|part| part.covered = 0);
            return None;
        }
        Some(batches)
    }
}

impl Batch {
    fn take(&mut self, kind: Kind, part: &Part, facts: Range<usize>, most: &mut [i128]) {
        self.keys.extend(part.keys[facts.clone()].iter().map(|key| Packed(*key)));
        self.values.reserve(facts.len() * most.len());
        for at in facts {
            let (amount, aux, sign) = (part.amounts[at], part.aux[at], part.signs[at]);
            for (sum, most) in kind.sums().iter().zip(most.iter_mut()) {
                let value = sum.of(amount, aux, sign);
                *most += i128::from(value.unsigned_abs());
                self.values.push(value);
            }
        }
    }
}

impl Cells {
    /// Whether all combinations have room.
    fn fits(&self) -> bool {
        self.sizes.iter().product::<usize>() <= PLACES_MAX
    }

    /// Makes room for all values that there are.
    fn widen(&mut self, words: &Words) {
        let needs = self.places.map(|place| words.len(place));
        if needs.iter().zip(self.sizes).all(|(needs, has)| *needs <= has) {
            return;
        }
        // Some more than are needed, so that a bank that joins does not move all.
        self.sizes = needs.map(|needs| needs.next_multiple_of(8));
        self.place_of = if self.fits() { vec![NO_PLACE; self.sizes.iter().product()] } else { Vec::new() };
        if self.fits() {
            for (key, at) in self.keys.iter().zip(0..) {
                let place = self.place(*key);
                self.place_of[place] = at;
            }
        }
    }

    fn place(&self, key: Packed) -> usize {
        let [a, b, c] = self.places.map(|place| key.at(place));
        (a * self.sizes[1] + b) * self.sizes[2] + c
    }

    /// The place of a fact's cell.
    #[inline]
    fn cell(&mut self, key: Packed) -> usize {
        let place = self.place(key);
        let cell = self.place_of[place];
        if cell != NO_PLACE {
            return cell as usize;
        }
        self.place_of[place] = self.keys.len() as u32;
        let bits = self.places.iter().fold(0, |bits, place| bits | Packed::code(*place, key.at(*place)));
        self.keys.push(Packed(bits));
        self.keys.len() - 1
    }

    /// Adds new facts to the marks that they come into and to all after.
    fn add(&mut self, batches: &[Batch], words: &Words, sums: &mut Vec<Vec<i64>>, (width, months): (usize, usize)) {
        self.widen(words);
        if !self.fits() {
            *sums = vec![Vec::new(); months];
            return;
        }
        let old = sums.len();
        let base = sums.last().cloned().unwrap_or_default();
        sums.resize(months, Vec::new());
        // What came before a mark, of the facts that are new.
        let mut new: Vec<i64> = Vec::new();
        for batch in batches {
            for (key, values) in batch.keys.iter().zip(batch.values.chunks_exact(width)) {
                let at = self.cell(*key) * width;
                if new.len() < at + width {
                    new.resize(at + width, 0);
                }
                new[at..at + width].iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
            let mark = &mut sums[batch.mark];
            if batch.mark >= old {
                mark.clone_from(&base);
            }
            if mark.len() < new.len() {
                mark.resize(new.len(), 0);
            }
            mark.iter_mut().zip(&new).for_each(|(sum, new)| *sum += new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_triples_are_there_once() {
        let mut all = OF_THREE.to_vec();
        all.dedup();
        assert_eq!(all.len(), TRIPLES);
        assert!(all.iter().all(|[a, b, c]| a < b && b < c && *c < ATTRIBUTES));
    }
}
