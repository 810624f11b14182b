//! Who bears a loss: shares that add up to the fen, under caps of what the government pays.

use super::{Party, Rule, Scheme, sum};
use crate::figure::Named;
use crate::party::Size;
use crate::split::{WHOLE, by_weights, less, not_negative, split};
use crate::{Days, Error, Marked};
use primitives::{Fen, Ppm};
use serde::Deserialize;

/// The shares of a scheme's losses and their caps.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waterfall {
    /// Which loans it is for.
    pub scheme: Scheme,
    /// Its document, where that is not the version's.
    pub document: Option<String>,
    /// Days of recovery before a loss counts as confirmed.
    pub recovery: Marked<Days>,
    /// Who bears what the caps keep from the government.
    pub excess_to: Marked<Party>,
    /// The dearest loan that is compensated.
    pub loan_rate_max: Option<Marked<Ppm>>,
    /// The dearest guarantee.
    pub fee_rate_max: Option<Marked<Ppm>>,
    share: Vec<Share>,
    #[serde(default)]
    cap: Vec<Cap>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    party: Party,
    share: Marked<Ppm>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cap {
    size: Size,
    /// Of the single loan.
    loan: Marked<Fen>,
    /// Of what the government pays for one enterprise, all cases together.
    enterprise: Marked<Fen>,
}

/// Who bears how much of a loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// The parts, in the order of the rule file; they add up to the loss.
    pub parts: Vec<(Party, Fen)>,
    /// What the government (city, district, fund) pays of it.
    pub government: Fen,
    /// What the caps kept from the government.
    pub excess: Fen,
}

impl Party {
    /// Whether its part is paid from public money and takes quota.
    pub fn is_government(self) -> bool {
        match self {
            Self::City | Self::District | Self::Fund => true,
            Self::Bank | Self::Guarantor => false,
        }
    }
}

impl Waterfall {
    pub(super) fn figures(&self) -> Vec<Named<'_>> {
        let mut figures = vec![self.recovery.named("recovery"), self.excess_to.named("excess_to")];
        figures.extend(self.loan_rate_max.as_ref().map(|m| m.named("loan_rate_max").within(1..=360_000)));
        figures.extend(self.fee_rate_max.as_ref().map(|m| m.named("fee_rate_max").within(1..=100_000)));
        figures.extend(self.share.iter().map(|s| s.share.named("share").within(0..=WHOLE)));
        for cap in &self.cap {
            figures.extend([cap.loan.named("loan"), cap.enterprise.named("enterprise")]);
        }
        figures
    }

    /// What contradicts itself.
    pub(super) fn fault(&self) -> Option<String> {
        let scheme = self.scheme;
        let whole = self.share.iter().fold(0_i64, |sum, s| sum.saturating_add(s.share.value.get()));
        let twice = |party| self.share.iter().filter(|s| s.party == party).count() > 1;
        if whole != WHOLE {
            return Some(format!("shares of {scheme} are {whole} ppm together, expected is {WHOLE}"));
        }
        if let Some(share) = self.share.iter().find(|s| twice(s.party)) {
            return Some(format!("{} has two shares of {scheme}", share.party));
        }
        let excess_to = self.excess_to.value;
        if excess_to.is_government() || !self.share.iter().any(|s| s.party == excess_to) {
            return Some(format!(
                "excess of {scheme} goes to {excess_to}, expected is a party with a share and not the government"
            ));
        }
        let size = self.cap.iter().find(|c| self.cap.iter().filter(|d| d.size == c.size).count() > 1)?.size;
        Some(format!("{size} has two caps of {scheme}"))
    }

    /// The sizes that are compensated; `None` where none is left out. The mark is the most doubtful of the caps.
    pub fn sizes(&self) -> Option<Marked<Vec<Size>>> {
        let doubtful = self.cap.iter().max_by_key(|c| c.loan.mark)?;
        let (mark, source) = (doubtful.loan.mark, doubtful.loan.source.clone());
        Some(Marked { value: self.cap.iter().map(|c| c.size).collect(), mark, source })
    }

    /// The most that a loan of this size class may be.
    pub fn loan_cap(&self, size: Size) -> Option<&Marked<Fen>> {
        self.cap.iter().find(|c| c.size == size).map(|c| &c.loan)
    }

    /// The most that the government pays for one enterprise of this size class.
    pub fn enterprise_cap(&self, size: Size) -> Option<&Marked<Fen>> {
        self.cap.iter().find(|c| c.size == size).map(|c| &c.enterprise)
    }

    /// What the government bears of a loss before any cap.
    ///
    /// # Errors
    /// [`Error::Argument`] for a negative loss.
    pub fn government_part(&self, loss: Fen) -> Result<Fen, Error> {
        let parts = split(loss, &self.shares())?;
        let of_government = self.share.iter().zip(parts).filter(|(s, _)| s.party.is_government());
        sum("part of the government", of_government.map(|(_, part)| part))
    }

    fn shares(&self) -> Vec<Ppm> {
        self.share.iter().map(|s| s.share.value).collect()
    }
}

/// Who bears how much of a confirmed loss of principal.
///
/// The loss is split by the shares with the largest remainder. What the government would bear is cut to the least of
/// the enterprise's cap less `paid_before` and the quota `available`; the cut part goes to [`Waterfall::excess_to`],
/// and what is left is split among the government's parties again in proportion to their shares. The parts add up to
/// the loss, to the fen.
///
/// - `size`: the enterprise's size class; where the scheme has caps and none for it, the government pays nothing.
/// - `paid_before`: what the government has paid for this enterprise.
/// - `available`: the quota of the bank; `None` for a scheme without quota.
///
/// # Errors
/// [`Error::Argument`] for a negative amount.
///
/// # Examples
/// ```
/// use policy::Size;
/// use policy::risk_compensation::{Scheme, book, compensate};
/// use primitives::Fen;
/// let yuan = |n| Fen::from_yuan(n).unwrap();
/// let rule = book()?.rule_on("2024-05-06".parse().unwrap())?;
/// let paid = compensate(rule, Scheme::Guaranteed, yuan(400_000), Some(Size::Micro), yuan(50_000), None)?;
/// let parts: Vec<String> = paid.parts.iter().map(|(party, part)| format!("{party} {part}")).collect();
/// // 30 % would be 120,000, of which 100,000 are left under the cap of 150,000.
/// assert_eq!(parts, ["city 50000.00", "district 50000.00", "bank 80000.00", "guarantor 220000.00"]);
/// # Ok::<(), policy::Error>(())
/// ```
pub fn compensate(
    rule: &Rule,
    scheme: Scheme,
    loss: Fen,
    size: Option<Size>,
    paid_before: Fen,
    available: Option<Fen>,
) -> Result<Payout, Error> {
    let waterfall = rule.terms().waterfall(scheme);
    not_negative("paid before", paid_before)?;
    not_negative("quota available", available.unwrap_or(Fen::ZERO))?;
    let what = "compensation";
    let parts = split(loss, &waterfall.shares())?;
    let wanted = waterfall.government_part(loss)?;
    let own_cap = size.and_then(|size| waterfall.enterprise_cap(size)).map_or(Fen::ZERO, |cap| cap.value);
    let under_cap = if waterfall.cap.is_empty() { wanted } else { wanted.min(less(own_cap, paid_before)) };
    let government = available.map_or(under_cap, |available| under_cap.min(available));
    let excess = less(wanted, government);
    let weight = |s: &Share| if s.party.is_government() { s.share.value } else { Ppm::new(0) };
    let public = by_weights(government, &waterfall.share.iter().map(weight).collect::<Vec<Ppm>>())?;
    let mut paid = Vec::with_capacity(parts.len());
    for ((share, part), public) in waterfall.share.iter().zip(parts).zip(public) {
        let part = match share.party {
            party if excess == Fen::ZERO && party.is_government() => part,
            party if party.is_government() => public,
            party if party == waterfall.excess_to.value => sum(what, [part, excess])?,
            _ => part,
        };
        paid.push((share.party, part));
    }
    Ok(Payout { parts: paid, government, excess })
}
