//! The 95% interval of the AUC covers the true AUC in about 95% of samples.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use validation::auc;

/// Splitmix64: small, and the same on every machine.
struct Rng(u64);

impl Rng {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Scores uniform on 0..1 for goods and on -shift..1-shift for bads: the true AUC is `1 - (1 - shift)^2 / 2`.
fn coverage(bads: usize, goods: usize, shift: f64, seed: u64) -> f64 {
    let mut rng = Rng(seed);
    let truth = 1.0 - (1.0 - shift).powi(2) / 2.0;
    let bad: Vec<bool> = (0..bads + goods).map(|i| i < bads).collect();
    let samples = 2000;
    let mut covered = 0;
    for _ in 0..samples {
        let score: Vec<f64> = bad.iter().map(|b| rng.uniform() - if *b { shift } else { 0.0 }).collect();
        let a = auc(&score, &bad, None).expect("both classes");
        covered += usize::from(a.lo <= truth && truth <= a.hi);
    }
    covered as f64 / samples as f64
}

#[test]
fn the_interval_covers_the_truth() {
    for (bads, goods, shift) in [(60, 300, 0.3), (30, 120, 0.1), (200, 200, 0.5), (40, 40, 0.0)] {
        let share = coverage(bads, goods, shift, 7);
        assert!(0.935 < share && share < 0.97, "{bads} bads, {goods} goods, shift {shift}: {share}");
    }
}

#[test]
fn the_interval_is_not_a_point_when_the_sample_is_perfectly_ranked() {
    // Truth 0.98, ten bads: many samples are perfectly ranked, and the interval must not shrink to 1.
    let share = coverage(10, 60, 0.8, 11);
    assert!(share > 0.93, "{share}");
}
