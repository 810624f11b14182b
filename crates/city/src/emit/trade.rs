//! Deals between enterprises: what both sides would write on one invoice.

use super::fen;
use crate::calendar::{Day, Month, days_in, first_day};
use crate::codes::credit_code;
use crate::constants as c;
use crate::firm::Archetype;
use crate::plan::Plan;
use crate::random::{Purpose, Stream, hash, share};
use crate::spine::Spine;

/// One invoice as it was meant.
#[derive(Debug, Clone)]
pub(super) struct Deal {
    pub(super) counterparty: [u8; 18],
    pub(super) region: &'static str,
    pub(super) day: Day,
    pub(super) amount: i64,
    /// Percent.
    pub(super) vat: i64,
    pub(super) goods: u32,
    /// Number of the invoice, and of what is done to it later.
    pub(super) mark: u64,
    /// Issued in the fully digital form, which can not be voided.
    pub(super) digital: bool,
    /// Probabilities that it is voided, reversed.
    pub(super) void: f64,
    pub(super) red: f64,
}

/// The month from which a seller issues fully digital invoices: one after the other through 2023 and 2024.
pub(super) fn digital_from(plan: &Plan, seller: u64) -> Month {
    2023 * 12 + (share(hash(plan.seed, Purpose::Partner, seller, 77)) * 23.0) as i32
}

/// Deals of a slot in a month, the same from either side.
pub(super) fn pair_deals(plan: &Plan, spine: &Spine, seller: u64, slot: u64, month: Month) -> Option<(u64, Vec<Deal>)> {
    let buyer = spine.buyer(plan, seller, slot, month)?;
    let (from, to) = (&spine.partners[seller as usize], &spine.partners[buyer as usize]);
    if from.archetype == Archetype::Shell || to.archetype == Archetype::Shell || month >= from.silent.min(to.silent) {
        return None;
    }
    let mut s = Stream::new(plan.seed, Purpose::PairMonth, seller * 8 + slot, month as u64);
    let part = c::PAIR_VOLUME[0]
        + (c::PAIR_VOLUME[1] - c::PAIR_VOLUME[0]) * share(hash(plan.seed, Purpose::Pair, seller * 8 + slot, 5));
    let volume = part * spine.sold(seller, month).min(spine.bought(buyer, month)) * (0.4 * s.normal()).exp();
    let times = usize::from(s.chance(0.75)) + usize::from(s.chance(0.2));
    let industry = &c::INDUSTRIES[usize::from(from.industry)];
    let digital = month >= digital_from(plan, seller);
    let deals = (0..times)
        .filter_map(|_| {
            let amount = fen(volume / times as f64);
            let deal = Deal {
                counterparty: to.code,
                region: "重庆市",
                day: first_day(month) + s.whole(0, days_in(month) - 1),
                amount,
                vat: industry.vat,
                goods: industry.goods * 100 + (slot as u32 % 3),
                mark: s.next(),
                digital,
                void: c::VOIDED.monthly,
                red: c::REVERSED.monthly,
            };
            (amount > 1_000).then_some(deal)
        })
        .collect();
    Some((buyer, deals))
}

/// Deals from one member of a ring to the next: `place` is that of the seller in its group of three.
pub(super) fn ring_deals(plan: &Plan, spine: &Spine, group: u64, place: u64, month: Month, start: Month) -> Vec<Deal> {
    let members = [0, 1, 2].map(|k| &spine.partners[(group * 3 + k) as usize]);
    if month < start || members.iter().any(|m| month >= m.silent) {
        return Vec::new();
    }
    let least = members.iter().map(|m| f64::from(m.log_sales)).fold(f64::INFINITY, f64::min);
    let growth = (c::RING_GROWTH * f64::from(month - start)).min(2.5).exp();
    let mut round = Stream::new(plan.seed, Purpose::Ring, group, 100 + month as u64);
    let volume = least.exp() / 12.0 * c::RING_START * growth * (0.3 * round.normal()).exp();
    let mut s = Stream::new(plan.seed, Purpose::Ring, group * 3 + place, 10_000 + month as u64);
    let times = s.whole(1, 3);
    let to = members[((place + 1) % 3) as usize];
    let digital = month >= digital_from(plan, group * 3 + place);
    (0..times)
        .map(|_| {
            let amount = volume / f64::from(times) * s.between(0.98, 1.02);
            let exact = if s.chance(0.4) { (amount / 1_000.0).round().max(1.0) * 1_000.0 } else { amount };
            Deal {
                counterparty: to.code,
                region: "重庆市",
                day: first_day(month) + s.whole(days_in(month) - 12, days_in(month) - 1),
                amount: fen(exact).max(100_000),
                vat: 13,
                goods: 10_800 + (place as u32),
                mark: s.next(),
                digital,
                void: c::VOIDED.monthly,
                red: c::REVERSED.monthly,
            }
        })
        .collect()
}

/// A counterparty outside the simulated enterprises: the same for whoever names the same number.
pub(super) fn outsider(plan: &Plan, number: u64, outside_city: bool) -> ([u8; 18], &'static str) {
    let mut s = Stream::new(plan.seed, Purpose::Partner, number, 0);
    let (region, name) = if outside_city {
        *s.pick(&c::OUTSIDE)
    } else {
        (c::DISTRICTS[s.below(c::DISTRICTS.len() as u64) as usize].0, "重庆市")
    };
    (credit_code(region, number * 2 + 1, plan.seed), name)
}

/// A list of partners outside with Zipf shares, whose members come and go.
pub(super) struct Circle {
    /// Which list of which enterprise.
    owner: u64,
    /// Cumulative shares.
    shares: Vec<f64>,
    outside: f64,
    months: f64,
    pool: u64,
}

impl Circle {
    /// `size` partners, the k-th with a weight of `k ^ -steep`.
    pub(super) fn new(plan: &Plan, owner: u64, size: usize, steep: f64, outside: f64, months: f64) -> Self {
        let mut sum = 0.0;
        let mut shares: Vec<f64> = (1..=size.max(1))
            .map(|k| {
                sum += (k as f64).powf(-steep);
                sum
            })
            .collect();
        shares.iter_mut().for_each(|x| *x /= sum);
        Self { owner, shares, outside, months, pool: plan.enterprises * 6 + 500 }
    }

    /// A partner for a deal of a month.
    pub(super) fn partner(&self, plan: &Plan, s: &mut Stream, month: Month) -> ([u8; 18], &'static str) {
        let u = s.uniform();
        let place = self.shares.partition_point(|x| *x < u).min(self.shares.len() - 1) as u64;
        self.member(plan, place, month)
    }

    /// Who has a place in a month.
    pub(super) fn member(&self, plan: &Plan, place: u64, month: Month) -> ([u8; 18], &'static str) {
        let name = |what: u64| hash(plan.seed, Purpose::Partner, self.owner, place * 1_000 + what);
        // The largest stay longer.
        let lasts = (self.months * (0.4 + 1.4 * share(name(0))) * if place < 3 { 1.5 } else { 1.0 }).max(2.0);
        let epoch = ((f64::from(month) + lasts * share(name(1))) / lasts) as u64;
        let number = name(2 + epoch % 900) % self.pool;
        outsider(plan, number, share(name(950)) < self.outside)
    }
}
