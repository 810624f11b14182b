//! Fine pre-bins of a numeric column.

/// Values that decide the edges: a sample of this size places a quantile within 0.2 % of its rank.
const SAMPLE_MAX: usize = 1 << 16;

/// Inner edges of at most `prebins_max` pre-bins of about equal weight; pre-bin `k` is
/// `edges[k - 1] <= x < edges[k]`.
///
/// - `values`: the column; not-a-number and the values in `special` take no part.
/// - A value that alone holds a pre-bin's share has a pre-bin of its own, so the zeros of a count
///   are never mixed with its ones.
/// - An edge is the roundest decimal in the middle of the gap between two neighbouring values, so that
///   people can read it and new values between the two fall to the nearer side.
///
/// Columns of more than 65,536 present values are sampled at even distance.
pub(crate) fn edges(values: &[f64], special: &[f64], prebins_max: usize) -> Vec<f64> {
    let present = |x: &f64| x.is_finite() && !special.contains(x);
    let stride = values.len().div_ceil(SAMPLE_MAX).max(1);
    // A stride that shares no factor with the length of a cycle in the data would be better still; an
    // odd one avoids the usual cycles of two and four.
    let stride = if stride > 1 { stride | 1 } else { 1 };
    let mut sample: Vec<f64> = values.iter().step_by(stride).copied().filter(present).collect();
    if sample.len() < 4 * prebins_max && stride > 1 {
        sample = values.iter().copied().filter(present).collect();
    }
    sample.sort_unstable_by(f64::total_cmp);
    let target = sample.len() as f64 / prebins_max as f64;
    let mut edges = Vec::new();
    let (mut in_bin, mut start) = (0_usize, 0_usize);
    let mut previous: Option<f64> = None;
    while start < sample.len() {
        let value = sample[start];
        let count = sample[start..].partition_point(|&x| x <= value);
        // Close the bin before a heavy value, and when it is full.
        let full = in_bin as f64 >= target || (in_bin > 0 && count as f64 >= target);
        if let (Some(previous), true) = (previous, full) {
            edges.push(between(previous, value));
            in_bin = 0;
        }
        in_bin += count;
        start += count;
        previous = Some(value);
    }
    // Heavy values may push the number over the bound: drop every other light edge until it fits.
    while edges.len() + 1 > prebins_max {
        let mut keep = false;
        edges.retain(|_| {
            keep = !keep;
            keep
        });
    }
    edges
}

/// The roundest decimal `e` with `low < e <= high`, nearest to the middle.
///
/// `low < high`, both finite.
fn between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    let gap = high - low;
    if !gap.is_finite() || gap <= 0.0 {
        return high;
    }
    // From one digit more than the gap is wide, downwards, until a multiple falls into the middle half.
    let mut exponent = gap.log10().ceil() as i32;
    let quarter = gap / 4.0;
    for _ in 0..18 {
        if let Some(e) = multiple_of_power(middle, exponent)
            && (e - middle).abs() <= quarter
            && low < e
            && e <= high
        {
            return e;
        }
        exponent -= 1;
    }
    if low < middle { middle } else { high }
}

/// The multiple of `10^exponent` that is nearest to `x`, as the double that its decimal text means.
fn multiple_of_power(x: f64, exponent: i32) -> Option<f64> {
    let m = (x / 10_f64.powi(exponent)).round();
    if m.abs() > 1e15 {
        return None;
    }
    format!("{m:.0}e{exponent}").parse().ok().map(|e: f64| if e == 0.0 { 0.0 } else { e })
}

/// Per value the number of its pre-bin; `edges.len() + 1 + k` for the special value `k`, and one more
/// than the last of those for a value that is missing.
///
/// At most 250 edges and special values together.
pub(crate) fn encode(values: &[f64], edges: &[f64], special: &[f64]) -> Vec<u8> {
    assert!(edges.len() + special.len() <= 250, "codes fit eight bits");
    let missing = (edges.len() + 1 + special.len()) as u8;
    // A table of 2^n - 1 edges, padded with what no finite value reaches, makes the search a fixed
    // number of steps without a branch.
    let levels = (edges.len() + 1).next_power_of_two().trailing_zeros();
    let mut table = vec![f64::INFINITY; (1 << levels) - 1];
    table[..edges.len()].copy_from_slice(edges);
    // Each step of the search waits for the one before: a group of values searched side by side keeps
    // the processor busy.
    const GROUP: usize = 32;
    let mut codes = vec![0_u8; values.len()];
    for (values, codes) in values.chunks(GROUP).zip(codes.chunks_mut(GROUP)) {
        let mut at = [0_usize; GROUP];
        for level in (0..levels).rev() {
            let step = 1 << level;
            for (at, x) in at.iter_mut().zip(values) {
                *at = std::hint::select_unpredictable(*x >= table[*at + step - 1], *at + step, *at);
            }
        }
        for ((code, at), x) in codes.iter_mut().zip(at).zip(values) {
            *code = std::hint::select_unpredictable(x.is_finite(), at as u8, missing);
        }
    }
    for (k, special) in special.iter().enumerate() {
        let code = (edges.len() + 1 + k) as u8;
        for (c, x) in codes.iter_mut().zip(values) {
            *c = if x == special { code } else { *c };
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_round_and_between() {
        for (low, high, expected) in [
            (0.0, 1.0, 0.5),
            (3.0, 4.0, 3.5),
            (0.1, 0.2, 0.15),
            (-1.0, 0.0, -0.5),
            (12.4837, 12.6111, 12.55),
            (1000.0, 2000.0, 1500.0),
            (99.0, 101.0, 100.0),
            (-3.0, 5.0, 1.0),
        ] {
            let e = between(low, high);
            assert!(low < e && e <= high, "{low} {e} {high}");
            assert!((e - expected).abs() < (high - low) / 3.0, "{low} {e} {high}");
        }
        // Neighbouring doubles have nothing between them.
        let next = 1.0_f64.next_up();
        assert_eq!(between(1.0, next), next);
        assert_eq!(between(-f64::MAX, f64::MAX), f64::MAX);
    }

    #[test]
    fn heavy_values_have_a_prebin_of_their_own() {
        let mut values = vec![0.0; 600];
        values.extend((0..400).map(|i| 1.0 + f64::from(i)));
        values.push(f64::NAN);
        let edges = edges(&values, &[], 10);
        assert!(edges.len() <= 9, "{edges:?}");
        assert!(0.0 < edges[0] && edges[0] <= 1.0, "{edges:?}");
        assert!(edges.is_sorted_by(|a, b| a < b));
        assert!(super::edges(&[f64::NAN, 5.0, 5.0], &[5.0], 10).is_empty());
    }

    #[test]
    fn codes_follow_the_edges_to_the_ulp() {
        for count in [0, 1, 2, 3, 7, 8, 63, 64, 200] {
            let edges: Vec<f64> = (0..count).map(|k| 0.1 + f64::from(k)).collect();
            let mut values = vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -99.0, 1e300, -1e300];
            values.extend(edges.iter().flat_map(|e| [e.next_down(), *e, e.next_up()]));
            let codes = encode(&values, &edges, &[-99.0]);
            for (x, code) in values.iter().zip(codes) {
                let expected = match x {
                    x if !x.is_finite() => edges.len() + 2,
                    -99.0 => edges.len() + 1,
                    x => edges.iter().filter(|e| x >= e).count(),
                };
                assert_eq!(usize::from(code), expected, "{x} in {count} edges");
            }
        }
    }
}
