//! Reproducible choices: one seed, the same folds on every machine.

/// SplitMix64: the number at place `index` of the sequence of `seed`.
///
/// # Source
/// Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
pub(crate) fn at(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A fold per row, each class spread evenly over the folds.
pub(crate) fn stratified_folds(bad: &[bool], folds: usize, seed: u64) -> Vec<u8> {
    let mut fold = vec![0_u8; bad.len()];
    for class in [false, true] {
        let mut rows: Vec<(u64, u32)> =
            (0..bad.len() as u32).filter(|&i| bad[i as usize] == class).map(|i| (at(seed, u64::from(i)), i)).collect();
        rows.sort_unstable();
        for (k, &(_, i)) in rows.iter().enumerate() {
            fold[i as usize] = (k % folds) as u8;
        }
    }
    fold
}

/// About `count` of `rows` rows, in order; all of them when there are no more.
pub(crate) fn sample(rows: usize, count: usize, seed: u64) -> Vec<u32> {
    if rows <= count {
        return (0..rows as u32).collect();
    }
    let bound = (count as f64 / rows as f64 * u64::MAX as f64) as u64;
    (0..rows as u32).filter(|&i| at(seed ^ 0x5851_f42d_4c95_7f2d, u64::from(i)) < bound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_hold_equal_parts_of_both_classes() {
        let bad: Vec<bool> = (0..1003).map(|i| i % 7 == 0).collect();
        let fold = stratified_folds(&bad, 5, 42);
        for class in [false, true] {
            let counts: Vec<usize> =
                (0..5).map(|f| (0..1003).filter(|&i| bad[i] == class && fold[i] == f).count()).collect();
            let (most, least) = (counts.iter().max(), counts.iter().min());
            assert!(most.zip(least).is_some_and(|(m, l)| m - l <= 1), "{counts:?}");
        }
        assert_ne!(fold, stratified_folds(&bad, 5, 43));
    }

    #[test]
    fn a_sample_has_about_the_size_asked_for() {
        let s = sample(100_000, 10_000, 1);
        assert!((9_500..10_500).contains(&s.len()), "{}", s.len());
        assert!(s.is_sorted());
        assert_eq!(sample(5, 10, 1), [0, 1, 2, 3, 4]);
    }
}
