//! What enterprises must know of each other: kept for all of them, a few hundred bytes each.
//!
//! A supplier and its buyer write down one and the same invoice. Each is made on its own, so the deals of a pair are a
//! function of both sides' sales, and these are computed first.

use crate::calendar::Month;
use crate::constants as c;
use crate::firm::{Archetype, Firm};
use crate::path::Path;
use crate::plan::Plan;
use crate::random::{Purpose, hash, share};
use rayon::prelude::*;

/// An enterprise as its partners see it.
#[derive(Debug, Clone)]
pub(crate) struct Partner {
    pub(crate) code: [u8; 18],
    pub(crate) archetype: Archetype,
    pub(crate) industry: u8,
    pub(crate) margin: f32,
    pub(crate) log_sales: f32,
    pub(crate) leader: u64,
    /// First month without business.
    pub(crate) silent: Month,
}

/// All enterprises.
#[derive(Debug)]
pub(crate) struct Spine {
    pub(crate) partners: Vec<Partner>,
    /// Yuan by enterprise and month.
    sales: Vec<f32>,
    months: usize,
    first: Month,
    /// Multipliers of the maps from seller to buyer, and their inverses modulo the number of enterprises.
    maps: Vec<(u64, u64, u64)>,
}

impl Spine {
    pub(crate) fn new(plan: &Plan, told: impl Fn(u64) + Sync) -> Self {
        let months = plan.months as usize;
        let blocks: Vec<u64> = (0..plan.enterprises.div_ceil(c::BLOCK)).collect();
        let made: Vec<(Vec<Partner>, Vec<f32>)> = blocks
            .par_iter()
            .map(|block| {
                let numbers = block * c::BLOCK..plan.enterprises.min((block + 1) * c::BLOCK);
                told(numbers.end - numbers.start);
                let mut sales = Vec::with_capacity(months * c::BLOCK as usize);
                let partners = numbers.map(|number| {
                    let firm = Firm::new(plan, number);
                    let path = Path::new(plan, &firm);
                    sales.extend(path.sales.iter().map(|x| *x as f32));
                    partner(&firm, &path)
                });
                let partners = partners.collect();
                (partners, sales)
            })
            .collect();
        let mut all = Self { partners: Vec::new(), sales: Vec::new(), months, first: plan.first, maps: maps(plan) };
        for (partners, sales) in made {
            all.partners.extend(partners);
            all.sales.extend(sales);
        }
        all
    }

    pub(crate) fn sold(&self, number: u64, month: Month) -> f64 {
        let month = (month - self.first) as usize;
        if month < self.months { f64::from(self.sales[number as usize * self.months + month]) } else { 0.0 }
    }

    /// What it buys in a month with a usual stock.
    pub(crate) fn bought(&self, number: u64, month: Month) -> f64 {
        self.sold(number, month) * 0.85 * (1.0 - f64::from(self.partners[number as usize].margin))
    }

    /// The buyer of a seller by slot, where the slot is filled in that month.
    pub(crate) fn buyer(&self, plan: &Plan, seller: u64, slot: u64, month: Month) -> Option<u64> {
        let buyer = if slot == c::PAIR_SLOTS {
            self.partners[seller as usize].leader
        } else {
            let (times, plus, _) = self.maps[slot as usize];
            ((u128::from(seller) * u128::from(times) + u128::from(plus)) % u128::from(plan.enterprises)) as u64
        };
        (buyer != seller && filled(plan, seller, slot, month)).then_some(buyer)
    }

    /// Who sells to a buyer by slots, whether in that month or in another.
    pub(crate) fn sellers(&self, plan: &Plan, buyer: u64) -> Vec<(u64, u64)> {
        let n = u128::from(plan.enterprises);
        let slots = self.maps.iter().zip(0_u64..).map(|(&(_, plus, inverse), slot)| {
            let seller = (u128::from(buyer) + n - u128::from(plus) % n) % n * u128::from(inverse) % n;
            (seller as u64, slot)
        });
        let led = (buyer + 1..(buyer + 6).min(plan.enterprises))
            .filter(|&n| self.partners[n as usize].leader == buyer)
            .map(|n| (n, c::PAIR_SLOTS));
        slots.chain(led).collect()
    }
}

fn partner(firm: &Firm, path: &Path) -> Partner {
    Partner {
        code: firm.code,
        archetype: firm.archetype,
        industry: firm.industry,
        margin: firm.margin as f32,
        log_sales: firm.log_sales as f32,
        leader: firm.leader,
        silent: path.silent.min(path.ended),
    }
}

/// Most relations are older than the records, and they end one by one.
fn filled(plan: &Plan, seller: u64, slot: u64, month: Month) -> bool {
    let part = |what: u64| share(hash(plan.seed, Purpose::Pair, seller * 8 + slot, what));
    let from = plan.first + ((part(1) * 2.2 - 1.2) * f64::from(plan.months)) as i32;
    let lasts = 10 + (-60.0 * (1.0 - part(2)).ln()) as i32;
    part(0) < c::PAIR_FILLED && from <= month && month < from + lasts
}

/// A map `seller -> times * seller + plus` for each slot; it has an inverse when `times` and the number of
/// enterprises have no common divisor.
fn maps(plan: &Plan) -> Vec<(u64, u64, u64)> {
    let n = plan.enterprises;
    (0..c::PAIR_SLOTS)
        .map(|slot| {
            let mut times = 1 + hash(plan.seed, Purpose::Pair, u64::MAX, slot) % n;
            while gcd(times, n) != 1 {
                times += 1;
            }
            (times, hash(plan.seed, Purpose::Pair, u64::MAX, 100 + slot) % n, inverse(times % n.max(1), n))
        })
        .collect()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Inverse of `a` modulo `n` by the extended Euclidean algorithm.
fn inverse(a: u64, n: u64) -> u64 {
    let (mut r, mut next_r) = (i128::from(n), i128::from(a));
    let (mut t, mut next_t) = (0_i128, 1_i128);
    while next_r != 0 {
        let q = r / next_r;
        (r, next_r) = (next_r, r - q * next_r);
        (t, next_t) = (next_t, t - q * next_t);
    }
    t.rem_euclid(i128::from(n.max(1))) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_go_back_and_forth() {
        for n in [1_u64, 2, 3, 10, 97, 1_000, 46_080] {
            for a in (1..n.min(200)).filter(|a| gcd(*a, n) == 1) {
                assert_eq!(u128::from(a) * u128::from(inverse(a, n)) % u128::from(n), 1 % u128::from(n), "{a} {n}");
            }
        }
    }
}
