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

/// Rows of a class in a sample, for each fold, as far as there are so many.
const SAMPLE_PER_FOLD: usize = 20;

/// `count` rows in order, the share of bads that of all rows; all of them when there are no more.
///
/// Where a class is so rare that this leaves it fewer than twenty rows a fold, the sample is as much larger as it takes:
/// out-of-fold figures need both outcomes in every fold.
pub(crate) fn stratified_sample(bad: &[bool], count: usize, folds: usize, seed: u64) -> Vec<u32> {
    let rows = bad.len();
    let bads = bad.iter().filter(|&&b| b).count();
    let rarer = bads.min(rows - bads).max(1);
    let share = (count as f64 / rows as f64).max((SAMPLE_PER_FOLD * folds) as f64 / rarer as f64);
    if share >= 1.0 {
        return (0..rows as u32).collect();
    }
    let mut chosen = Vec::with_capacity((share * rows as f64) as usize + 2);
    for class in [false, true] {
        let of_class: Vec<u32> = (0..rows as u32).filter(|&i| bad[i as usize] == class).collect();
        let wanted = (share * of_class.len() as f64).round() as usize;
        chosen.extend(drawn(of_class.into_iter(), wanted, seed));
    }
    chosen.sort_unstable();
    chosen
}

/// At most `count` of some rows, in order, whatever order they have and whatever cycles are in it.
pub(crate) fn thinned(rows: impl Iterator<Item = u32>, count: usize) -> Vec<u32> {
    let mut chosen = drawn(rows, count, 0);
    chosen.sort_unstable();
    chosen
}

/// As [`thinned`], with `of_each` rows of either outcome at least, where there are so many.
pub(crate) fn enriched(rows: impl Iterator<Item = u32>, bad: &[bool], count: usize, of_each: usize) -> Vec<u32> {
    let (bads, goods): (Vec<u32>, Vec<u32>) = rows.partition(|&i| bad[i as usize]);
    let share = (count as f64 / (bads.len() + goods.len()).max(1) as f64).min(1.0);
    let proportional = |class: &Vec<u32>| ((share * class.len() as f64) as usize).max(of_each.min(class.len()));
    let (of_bads, of_goods) = (proportional(&bads), proportional(&goods));
    let mut chosen = drawn(bads.into_iter(), of_bads, 0);
    chosen.extend(drawn(goods.into_iter(), of_goods, 0));
    chosen.sort_unstable();
    chosen
}

/// `count` of some rows, all of them when there are no more.
fn drawn(rows: impl Iterator<Item = u32>, count: usize, seed: u64) -> Vec<u32> {
    let mut drawn: Vec<(u64, u32)> = rows.map(|i| (at(seed ^ 0x5851_f42d_4c95_7f2d, u64::from(i)), i)).collect();
    if count < drawn.len() {
        drawn.select_nth_unstable(count);
        drawn.truncate(count);
    }
    drawn.into_iter().map(|(_, i)| i).collect()
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
    fn a_sample_has_the_size_asked_for_and_the_share_of_bads() {
        let bad: Vec<bool> = (0..100_000).map(|i| i % 10 == 0).collect();
        let bads = |s: &[u32]| s.iter().filter(|&&i| bad[i as usize]).count();
        let s = stratified_sample(&bad, 20_000, 5, 1);
        assert_eq!((s.len(), bads(&s)), (20_000, 2_000));
        assert!(s.is_sorted());
        assert_ne!(s, stratified_sample(&bad, 20_000, 5, 2));
        assert_eq!(stratified_sample(&bad, 100_000, 5, 1).len(), 100_000);
        // A hundred bads are twenty for each of five folds.
        let few = stratified_sample(&bad, 100, 5, 1);
        assert_eq!((few.len(), bads(&few)), (1_000, 100));
        // Whoever takes every other row of these has one outcome alone.
        let alternating: Vec<bool> = (0..100_000).map(|i| i % 2 == 0).collect();
        let bads = |s: &[u32]| s.iter().filter(|&&i| alternating[i as usize]).count();
        let pilot = enriched(0..100_000, &alternating, 36_000, 2_000);
        assert_eq!((pilot.len(), bads(&pilot)), (36_000, 18_000));
        assert!((5_500..6_500).contains(&bads(&thinned(0..100_000, 12_000))));
        let scarce: Vec<bool> = (0..100_000).map(|i| i % 100 == 0).collect();
        let pilot = enriched(0..100_000, &scarce, 36_000, 2_000);
        assert_eq!(pilot.iter().filter(|&&i| scarce[i as usize]).count(), 1_000, "all there are");
        assert_eq!(thinned([7, 3].into_iter(), 5), [3, 7]);
        let rare: Vec<bool> = (0..5_000).map(|i| i % 400 == 0).collect();
        assert_eq!(stratified_sample(&rare, 100, 5, 1).len(), 5_000);
    }
}
