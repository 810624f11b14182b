//! Shares of money that add up to the fen.

use crate::Error;
use primitives::{Fen, Ppm};

/// The whole, in parts per million.
pub const WHOLE: i64 = 1_000_000;

/// An amount in shares, by largest remainder.
///
/// Each share is first rounded down to the fen; the fen left over go one each to the shares that lost most by that, the
/// earlier one first where two lost alike. So the parts add up to the amount, none is off by a fen or more, and none
/// is negative. A part may be a fen smaller when the amount is a fen greater, because another's remainder has become
/// the larger one.
///
/// - `amount`: zero or more.
/// - `shares`: each zero or more, together 1,000,000 ppm.
///
/// # Errors
/// [`Error::Argument`] for a negative amount or share, or shares that are not the whole.
///
/// # Examples
/// ```
/// use policy::split::split;
/// use primitives::{Fen, Ppm};
/// let shares = [150_000, 150_000, 200_000, 500_000].map(Ppm::new);
/// let parts = split(Fen::new(101), &shares)?;
/// assert_eq!(parts.iter().map(|p| p.get()).collect::<Vec<_>>(), [15, 15, 20, 51]);
/// assert!(split(Fen::new(-1), &shares).is_err());
/// # Ok::<(), policy::Error>(())
/// ```
pub fn split(amount: Fen, shares: &[Ppm]) -> Result<Vec<Fen>, Error> {
    let total = shares.iter().fold(0_i64, |sum, s| sum.saturating_add(s.get()));
    in_range("sum of the shares", total, WHOLE, WHOLE)?;
    by_weights(amount, shares)
}

/// As [`split`] for shares that are not the whole: in proportion to them. Nothing is divided where all are zero.
///
/// # Errors
/// [`Error::Argument`] for a negative amount or share, or where the shares are zero together and the amount is not.
pub(crate) fn by_weights(amount: Fen, weights: &[Ppm]) -> Result<Vec<Fen>, Error> {
    let total = not_negative("amount to be split", amount)?;
    let mut whole = 0_i64;
    for weight in weights {
        whole = whole.saturating_add(in_range("share", weight.get(), 0, WHOLE)?);
    }
    if total == 0 {
        return Ok(vec![Fen::ZERO; weights.len()]);
    }
    let whole = i128::from(in_range("sum of the shares", whole, 1, i64::MAX)?);
    // A product of an i64 and at most a million fits i128, and each part is at most the amount.
    let product = |w: &Ppm| i128::from(total).saturating_mul(i128::from(w.get()));
    let mut parts = weights.iter().map(|w| down(product(w), whole, "part")).collect::<Result<Vec<Fen>, Error>>()?;
    let mut by_loss: Vec<usize> = (0..weights.len()).collect();
    let loss = |&place: &usize| weights.get(place).and_then(|w| product(w).checked_rem(whole));
    by_loss.sort_by_key(|place| std::cmp::Reverse(loss(place)));
    let given = parts.iter().fold(0_i64, |sum, p| sum.saturating_add(p.get()));
    let left = usize::try_from(total.saturating_sub(given)).unwrap_or(0);
    for place in by_loss.into_iter().take(left) {
        if let Some(part) = parts.get_mut(place) {
            *part = Fen::new(part.get().saturating_add(1));
        }
    }
    Ok(parts)
}

/// `share` of an amount, rounded down to the fen: what a subsidy pays and a quota grants is never above its rate.
///
/// # Errors
/// [`Error::Argument`] for a negative amount, [`Error::TooLarge`].
pub(crate) fn share_down(what: &'static str, amount: Fen, share: Ppm) -> Result<Fen, Error> {
    not_negative(what, amount)?;
    share.of(amount).ok_or(Error::TooLarge { what })
}

/// `numerator / denominator` rounded down; both zero or more, the denominator above zero.
pub(crate) fn down(numerator: i128, denominator: i128, what: &'static str) -> Result<Fen, Error> {
    let fen = numerator.checked_div(denominator).and_then(|q| i64::try_from(q).ok());
    fen.map(Fen::new).ok_or(Error::TooLarge { what })
}

/// `numerator / denominator` rounded to the nearest, the even one of two as near; both zero or more, the denominator
/// above zero.
pub(crate) fn half_even(numerator: i128, denominator: i128) -> Option<i64> {
    let (quotient, rest) = (numerator.checked_div(denominator)?, numerator.checked_rem(denominator)?);
    let up = match rest.checked_mul(2)?.cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient & 1 == 1,
        std::cmp::Ordering::Greater => true,
    };
    i64::try_from(quotient.checked_add(i128::from(up))?).ok()
}

pub(crate) fn sum(what: &'static str, amounts: impl IntoIterator<Item = Fen>) -> Result<Fen, Error> {
    amounts.into_iter().try_fold(Fen::ZERO, Fen::checked_add).ok_or(Error::TooLarge { what })
}

/// `a - b`, or nothing where `b` is more; both zero or more.
pub(crate) fn less(a: Fen, b: Fen) -> Fen {
    a.checked_sub(b).unwrap_or(Fen::ZERO).max(Fen::ZERO)
}

pub(crate) fn not_negative(what: &'static str, amount: Fen) -> Result<i64, Error> {
    in_range(what, amount.get(), 0, i64::MAX)
}

pub(crate) fn in_range(what: &'static str, value: i64, lo: i64, hi: i64) -> Result<i64, Error> {
    if lo <= value && value <= hi { Ok(value) } else { Err(Error::Argument { what, value, lo, hi }) }
}
