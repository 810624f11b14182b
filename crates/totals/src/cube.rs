//! Sums of a part by up to three attributes, made ahead: a question by two attributes with a filter on a third reads as many
//! numbers as there are values, however many loans there are.
//!
//! A cube covers the first facts of its part. What came since is read as it stands, until [`Cube::of`] is asked again.

use crate::dimension::{ATTRIBUTES, Packed, Words};
use crate::kind::Kind;
use crate::rows::Part;

/// Fewer facts are as soon read as their cube.
pub(crate) const FACTS_MIN: usize = 2_048;

/// All triples of attributes.
const TRIPLES: [[usize; 3]; 35] = {
    let mut triples = [[0; 3]; 35];
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

/// A part as its cube is made from it: codes apart, sums computed once.
struct Source {
    codes: [Vec<u16>; ATTRIBUTES],
    /// How many values an attribute may have.
    sizes: [usize; ATTRIBUTES],
    /// Fact by fact, all sums of the kind.
    sums: Vec<i64>,
    width: usize,
}

impl Cube {
    /// Whether a part has grown so much since its cube that a new one pays.
    pub(crate) fn is_due(part: &Part, least: usize) -> bool {
        let covers = part.cube.as_ref().map_or(0, |c| c.covers);
        part.len() >= least && part.len() - covers > covers / 4
    }

    /// The cube of a part; `None` where a sum may be beyond 64 bits, for then facts are read one by one.
    pub(crate) fn of(kind: Kind, part: &Part, words: &Words) -> Option<Self> {
        let source = Source::of(kind, part, words)?;
        Some(Self { covers: part.len(), triples: TRIPLES.iter().map(|places| source.cells(*places)).collect() })
    }

    /// The fewest cells that have all attributes of a set; `None` where it has more than three.
    pub(crate) fn cells(&self, attributes: u8) -> Option<&Cells> {
        let fit = self.triples.iter().filter(|t| t.attributes & attributes == attributes);
        fit.min_by_key(|t| t.keys.len())
    }
}

impl Source {
    fn of(kind: Kind, part: &Part, words: &Words) -> Option<Self> {
        let width = kind.sums().len();
        let mut sums = Vec::with_capacity(part.len() * width);
        for at in 0..part.len() {
            let (amount, aux, sign) = (part.amounts[at], part.aux[at], part.signs[at]);
            sums.extend(kind.sums().iter().map(|sum| sum.of(amount, aux, sign)));
        }
        // Where all of them together fit, so does every sum of some.
        let together: u128 = sums.iter().map(|n| u128::from(n.unsigned_abs())).sum();
        i64::try_from(together).ok()?;
        let codes = |place| part.keys.iter().map(|key| Packed(*key).at(place) as u16).collect();
        let (codes, sizes) = (std::array::from_fn(codes), std::array::from_fn(|place| words.len(place)));
        Some(Self { codes, sizes, sums, width })
    }

    fn cells(&self, places: [usize; 3]) -> Cells {
        let [a, b, c] = places.map(|place| self.codes[place].as_slice());
        let [of_a, of_b, of_c] = places.map(|place| self.sizes[place]);
        let cells = of_a * of_b * of_c;
        let mut dense = vec![0_i64; cells * self.width];
        let mut seen = vec![false; cells];
        for (((a, b), c), sums) in a.iter().zip(b).zip(c).zip(self.sums.chunks_exact(self.width)) {
            let cell = (usize::from(*a) * of_b + usize::from(*b)) * of_c + usize::from(*c);
            seen[cell] = true;
            let kept = &mut dense[cell * self.width..][..self.width];
            for (kept, sum) in kept.iter_mut().zip(sums) {
                *kept = kept.wrapping_add(*sum);
            }
        }
        let used: Vec<usize> = (0..cells).filter(|cell| seen[*cell]).collect();
        let key = |cell: &usize| {
            let codes = [cell / of_c / of_b, cell / of_c % of_b, cell % of_c];
            places.iter().zip(codes).fold(0, |key, (place, code)| key | Packed::code(*place, code))
        };
        let sum = |sum| used.iter().map(|cell| dense[cell * self.width + sum]).collect();
        Cells {
            attributes: places.iter().fold(0, |bits, place| bits | 1 << place),
            keys: used.iter().map(key).collect(),
            sums: (0..self.width).map(sum).collect(),
        }
    }
}
