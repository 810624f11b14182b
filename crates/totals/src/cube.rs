//! Sums of a part by up to three attributes, made ahead: a question by two attributes with a filter on a third reads as many
//! numbers as there are values, however many loans there are.
//!
//! A cube covers the first facts of its part. What came since is read as it stands, until [`Cube::of`] is asked again.

use crate::dimension::{ATTRIBUTES, Packed, Words};
use crate::kind::{Kind, Sum};
use crate::rows::Part;

/// Fewer facts are as soon read as their cube.
pub(crate) const FACTS_MIN: usize = 2_048;

/// All triples of attributes, as bits.
const TRIPLES: [u8; 35] = {
    let mut triples = [0; 35];
    let (mut bits, mut at) = (0_u8, 0);
    while bits < 1 << ATTRIBUTES {
        if bits.count_ones() == 3 {
            triples[at] = bits;
            at += 1;
        }
        bits += 1;
    }
    triples
};

/// Sums of the first facts of a part.
#[derive(Debug, Clone)]
pub(crate) struct Cube {
    /// How many facts are in it.
    pub(crate) covers: usize,
    triples: Vec<Cells>,
}

/// The cells of a triple that are not empty.
#[derive(Debug, Clone)]
pub(crate) struct Cells {
    attributes: u8,
    /// The codes of the attributes, packed as in a fact, others 0.
    pub(crate) keys: Vec<u64>,
    /// Sum by sum of the kind, each as long as `keys`.
    pub(crate) sums: Vec<Vec<i64>>,
}

impl Cube {
    /// Whether a part has grown so much since its cube that a new one pays.
    pub(crate) fn is_due(part: &Part, least: usize) -> bool {
        let covers = part.cube.as_ref().map_or(0, |c| c.covers);
        part.len() >= least && part.len() - covers > covers / 4
    }

    /// The cube of a part; `None` where a sum is beyond 64 bits, for then facts are read one by one.
    pub(crate) fn of(kind: Kind, part: &Part, words: &Words) -> Option<Self> {
        let sums = kind.sums();
        let triples = TRIPLES.iter().map(|bits| cells(*bits, sums, part, words)).collect::<Option<_>>()?;
        Some(Self { covers: part.len(), triples })
    }

    /// The fewest cells that have all attributes of a set; `None` where it has more than three.
    pub(crate) fn cells(&self, attributes: u8) -> Option<&Cells> {
        let fit = self.triples.iter().filter(|t| t.attributes & attributes == attributes);
        fit.min_by_key(|t| t.keys.len())
    }
}

fn cells(bits: u8, sums: &[Sum], part: &Part, words: &Words) -> Option<Cells> {
    let places: Vec<usize> = (0..ATTRIBUTES).filter(|p| bits >> p & 1 == 1).collect();
    let [a, b, c] = places[..] else { return None };
    let (of_b, of_c) = (words.len(b), words.len(c));
    let cells = words.len(a) * of_b * of_c;
    let width = sums.len();
    let mut dense = vec![0_i64; cells * width];
    let mut seen = vec![false; cells];
    for at in 0..part.len() {
        let key = Packed(part.keys[at]);
        let cell = (key.at(a) * of_b + key.at(b)) * of_c + key.at(c);
        seen[cell] = true;
        for (sum, kept) in sums.iter().zip(&mut dense[cell * width..]) {
            *kept = kept.checked_add(sum.of(part.amounts[at], part.aux[at], part.signs[at]))?;
        }
    }
    let used: Vec<usize> = (0..cells).filter(|cell| seen[*cell]).collect();
    let mut mask = 0;
    for place in places {
        mask |= Packed::mask(place);
    }
    // Every fact of a cell has the same codes at the three places.
    let mut keys = vec![0; cells];
    for key in &part.keys {
        let packed = Packed(*key);
        keys[(packed.at(a) * of_b + packed.at(b)) * of_c + packed.at(c)] = key & mask;
    }
    Some(Cells {
        attributes: bits,
        keys: used.iter().map(|cell| keys[*cell]).collect(),
        sums: (0..width).map(|sum| used.iter().map(|cell| dense[cell * width + sum]).collect()).collect(),
    })
}
