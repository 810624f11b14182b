//! Streams of numbers, each with a name of its own.
//!
//! Whatever is drawn for one enterprise, month or pair comes from a stream named after it, so the city is the same
//! whoever computes which part first. The generator is written out here, not taken from a crate: a city must have
//! the same bytes after every update of a dependency, and the few lines below are all it takes.

/// What a stream is for: two purposes never share numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Firm = 1,
    Factors,
    Group,
    Year,
    IndustryYear,
    Spells,
    Sales,
    Pair,
    PairMonth,
    Ring,
    Partner,
    Registry,
    Invoices,
    Tax,
    Labour,
    Utilities,
    Courts,
    Assets,
    Bank,
    Dirt,
    Leader,
    Policy,
}

/// SplitMix64 from a state that the name of the stream gives.
///
/// # Source
/// Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    state: u64,
    spare: Option<f64>,
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One number for a name: the first of its stream.
pub(crate) fn hash(seed: u64, purpose: Purpose, a: u64, b: u64) -> u64 {
    let mut state = mix(seed.wrapping_add(GAMMA));
    for part in [purpose as u64, a, b] {
        state = mix(state.wrapping_add(GAMMA) ^ part.wrapping_mul(0xd6e8_feb8_6659_fd93));
    }
    state
}

/// A share in `[0, 1)` of a hash.
pub(crate) fn share(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

impl Stream {
    pub(crate) fn new(seed: u64, purpose: Purpose, a: u64, b: u64) -> Self {
        Self { state: hash(seed, purpose, a, b), spare: None }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// In `[0, 1)`.
    pub(crate) fn uniform(&mut self) -> f64 {
        share(self.next())
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A whole number in `0..n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A whole number of days or months in `low..=high`.
    pub(crate) fn whole(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(1) as u64) as i32
    }

    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// True with the probability whose log-odds are given.
    pub(crate) fn chance_logit(&mut self, log_odds: f64) -> bool {
        self.chance(1.0 / (1.0 + (-log_odds).exp()))
    }

    /// Standard normal (Box and Muller), two for one pair of uniforms.
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(x) = self.spare.take() {
            return x;
        }
        let (u, v) = (1.0 - self.uniform(), std::f64::consts::TAU * self.uniform());
        let r = (-2.0 * u.ln()).sqrt();
        self.spare = Some(r * v.sin());
        r * v.cos()
    }

    /// Exponential with the given mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.uniform()).ln()
    }

    /// Poisson count; a normal one above 30, where the difference no longer shows.
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        if mean <= 0.0 {
            return 0;
        }
        if mean > 30.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u32;
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    /// One of some things.
    pub(crate) fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len() as u64) as usize]
    }

    /// The place of a weight, chosen with a probability proportional to it.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.uniform() * weights.clone().sum::<f64>();
        let mut last = 0;
        for (i, w) in weights.enumerate() {
            last = i;
            left -= w;
            if left < 0.0 {
                break;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_have_the_moments_they_should_and_do_not_meet() {
        let mut s = Stream::new(1, Purpose::Firm, 7, 0);
        let x: Vec<f64> = (0..20_000).map(|_| s.normal()).collect();
        let mean = x.iter().sum::<f64>() / 20_000.0;
        let variance = x.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        let counts: u32 = (0..20_000).map(|_| s.poisson(2.5)).sum();
        assert!((f64::from(counts) / 20_000.0 - 2.5).abs() < 0.06);
        let mut seen: Vec<u64> = (0..1_000).map(|i| hash(1, Purpose::Firm, i, 0)).collect();
        seen.extend((0..1_000).map(|i| hash(1, Purpose::Sales, i, 0)));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 2_000);
    }

    #[test]
    fn a_weighted_choice_heeds_the_weights() {
        let mut s = Stream::new(2, Purpose::Firm, 0, 0);
        let ones = (0..10_000).filter(|_| s.weighted([1.0, 3.0].into_iter()) == 1).count();
        assert!((7_300..7_700).contains(&ones), "{ones}");
        assert_eq!(s.weighted([0.0].into_iter()), 0);
    }
}
