//! Points of neighbouring bins brought into a direction.

use crate::refine::isotonic;
use scoring::Direction;

/// The points that are nearest to `points`, in weighted squares, and move as `direction` says along the bins.
///
/// - `points`: one number a bin, in the order of the values.
/// - `weights`: what each bin counts, over 0; the rows in it.
///
/// `Free` leaves them as they are. Pooled bins get their weighted mean.
///
/// # Source
/// Best and Chakravarti (1990), "Active set algorithms for isotonic regression".
pub(crate) fn projected(points: &[f64], weights: &[f64], direction: Direction) -> Vec<f64> {
    let turned = |v: &[f64]| v.iter().map(|x| -x).collect::<Vec<f64>>();
    match direction {
        Direction::Free => points.to_vec(),
        Direction::Rising => isotonic(points, weights),
        Direction::Falling => turned(&isotonic(&turned(points), weights)),
        Direction::Peak => peak(points, weights),
        Direction::Valley => turned(&peak(&turned(points), weights)),
    }
}

/// The nearest sequence that rises to some bin and falls after it.
fn peak(points: &[f64], weights: &[f64]) -> Vec<f64> {
    let with_top = |top: usize| {
        let reversed = |v: &[f64]| v[top..].iter().rev().copied().collect::<Vec<f64>>();
        let mut fitted = isotonic(&points[..top], &weights[..top]);
        fitted.extend(isotonic(&reversed(points), &reversed(weights)).into_iter().rev());
        let squares = |(f, (p, w)): (&f64, (&f64, &f64))| w * (f - p) * (f - p);
        (fitted.iter().zip(points.iter().zip(weights)).map(squares).sum::<f64>(), fitted)
    };
    let best = (0..=points.len()).map(with_top).min_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or_else(|| points.to_vec(), |(_, fitted)| fitted)
}

/// Whether whole points move as a direction says.
pub(crate) fn keeps(points: &[i32], direction: Direction) -> bool {
    let steps: Vec<i32> = points.windows(2).map(|w| (w[1] - w[0]).signum()).filter(|s| *s != 0).collect();
    let turns_once = |first: i32| steps.windows(2).all(|w| w[0] == w[1] || w[0] == first);
    match direction {
        Direction::Free => true,
        Direction::Rising => steps.iter().all(|s| *s > 0),
        Direction::Falling => steps.iter().all(|s| *s < 0),
        Direction::Peak => turns_once(1),
        Direction::Valley => turns_once(-1),
    }
}

/// The direction of the same points with the other sign.
pub(crate) fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Rising => Direction::Falling,
        Direction::Falling => Direction::Rising,
        Direction::Peak => Direction::Valley,
        Direction::Valley => Direction::Peak,
        Direction::Free => Direction::Free,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Direction; 5] =
        [Direction::Free, Direction::Rising, Direction::Falling, Direction::Peak, Direction::Valley];

    #[test]
    fn pooled_bins_get_their_mean() {
        assert_eq!(projected(&[0.0, 4.0, 1.0], &[1.0, 1.0, 2.0], Direction::Rising), [0.0, 2.0, 2.0]);
        assert_eq!(projected(&[0.0, 4.0, 1.0], &[1.0, 3.0, 2.0], Direction::Falling), [3.0, 3.0, 1.0]);
        assert_eq!(projected(&[0.0, 4.0, 1.0], &[1.0; 3], Direction::Peak), [0.0, 4.0, 1.0]);
    }

    proptest! {
        #[test]
        fn what_is_projected_keeps_the_direction_and_stays_where_it_does(
            points in prop::collection::vec(-50..50_i32, 1..9),
        ) {
            let as_numbers: Vec<f64> = points.iter().map(|p| f64::from(*p)).collect();
            let weights: Vec<f64> = (0..points.len()).map(|i| 1.0 + i as f64).collect();
            for direction in ALL {
                let found = projected(&as_numbers, &weights, direction);
                let rounded: Vec<i32> = found.iter().map(|p| p.round() as i32).collect();
                prop_assert!(keeps(&rounded, direction), "{direction:?}: {points:?} to {rounded:?}");
                prop_assert!(!keeps(&points, direction) || rounded == points, "{direction:?}: {points:?} to {rounded:?}");
                let turned: Vec<f64> = as_numbers.iter().map(|p| -p).collect();
                let other: Vec<f64> = projected(&turned, &weights, opposite(direction)).iter().map(|p| -p).collect();
                prop_assert!(found.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-9));
            }
        }
    }
}
