//! The life of an enterprise by month: hidden factors, distress, default, sales. Nobody sees any of it; what the
//! departments record of it is made in `emit`.

use crate::calendar::{Day, Month, days_in, festival_month0, first_day, month_of_day};
use crate::constants as c;
use crate::firm::{Archetype, Firm};
use crate::plan::Plan;
use crate::random::{Purpose, Stream};

/// Demand, liquidity, governance, conduct of the owner.
pub(crate) const DEMAND: usize = 0;
pub(crate) const LIQUIDITY: usize = 1;
pub(crate) const GOVERNANCE: usize = 2;
pub(crate) const OWNER: usize = 3;

/// Classes of signs in which a spell of distress shows or not.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sign {
    Sales,
    Filings,
    Insurance,
    Power,
    Courts,
    Arrears,
    Registry,
    Bank,
    Customers,
    Books,
}

/// A spell of distress.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spell {
    pub(crate) from: Month,
    /// Month after the last.
    pub(crate) until: Month,
    /// A bit for each [`Sign`].
    signs: u16,
}

/// How an enterprise ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It goes on.
    None,
    /// It owes nobody and deregisters.
    Closed,
    /// After default: by month of the authority's act.
    Revoked,
    Cancelled,
    Liquidated,
    Bankrupt,
}

/// The hidden life.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    start: Month,
    factors: [Vec<f32>; 4],
    /// True sales in yuan by month of records.
    pub(crate) sales: Vec<f64>,
    first: Month,
    pub(crate) spells: Vec<Spell>,
    pub(crate) defaulted: Option<Day>,
    pub(crate) ending: Ending,
    /// Month of the ending.
    pub(crate) ended: Month,
    /// First month without any business; far off when there is none.
    pub(crate) silent: Month,
}

const FAR: Month = 1_000_000;

impl Path {
    pub(crate) fn new(plan: &Plan, firm: &Firm) -> Self {
        let start = plan.first - c::BURN_IN;
        let length = (plan.months + c::BURN_IN) as usize;
        let mut path = Self {
            start,
            factors: factors(plan, firm, start, length),
            sales: Vec::new(),
            first: plan.first,
            spells: Vec::new(),
            defaulted: None,
            ending: Ending::None,
            ended: FAR,
            silent: FAR,
        };
        path.live(plan, firm, length);
        path.sales = path.sell(plan, firm);
        path
    }

    /// A factor in a month; before the first there is, the first.
    pub(crate) fn factor(&self, which: usize, month: Month) -> f64 {
        let last = self.factors[which].len() as i32 - 1;
        f64::from(self.factors[which][(month - self.start).clamp(0, last) as usize])
    }

    /// How bad a factor is, so that loadings are positive.
    pub(crate) fn bad(&self, which: usize, month: Month) -> f64 {
        -self.factor(which, month)
    }

    /// Strength in `0..=1` of distress in a month, where it shows in a class of signs; `lag` months late.
    pub(crate) fn distress(&self, sign: Sign, month: Month, lag: i32) -> f64 {
        let at = month - lag;
        let shows = |s: &&Spell| s.from <= at && at < s.until && s.signs >> (sign as u16) & 1 == 1;
        self.spells.iter().find(shows).map_or(0.0, |s| (f64::from(at - s.from + 1) / c::DISTRESS_RAMP).min(1.0))
    }

    /// What hidden states add to a log-rate or to log-odds in a month.
    pub(crate) fn moved(&self, by: &c::Moved, month: Month) -> f64 {
        let loaded = |(k, &(loading, lag)): (usize, &(f64, i32))| {
            if loading == 0.0 { 0.0 } else { loading * self.bad(k, month - lag) }
        };
        let factors: f64 = by.factors.iter().enumerate().map(loaded).sum();
        let distress = by.distress.map_or(0.0, |(sign, weight, lag)| weight * self.distress(sign, month, lag));
        let fallen = self.months_since_default(month).is_some_and(|since| since < by.fallen.1);
        factors + distress + if fallen { by.fallen.0 } else { 0.0 }
    }

    /// Log-odds of an event in a month.
    pub(crate) fn odds(&self, of: &c::Odds, month: Month) -> f64 {
        of.base + self.moved(&of.moved, month)
    }

    /// Events that a month brings on average.
    pub(crate) fn rate(&self, of: &c::Rate, month: Month) -> f64 {
        of.monthly * self.moved(&of.moved, month).exp()
    }

    /// Months since default, where there was one before the end of `month`.
    pub(crate) fn months_since_default(&self, month: Month) -> Option<i32> {
        self.defaulted.map(|day| month - month_of_day(day)).filter(|m| *m >= 0)
    }

    /// Yuan sold in a month of records.
    pub(crate) fn sold(&self, month: Month) -> f64 {
        usize::try_from(month - self.first).ok().and_then(|m| self.sales.get(m)).copied().unwrap_or(0.0)
    }

    /// Whether it exists for the departments: founded, and not ended.
    pub(crate) fn exists(&self, firm: &Firm, month: Month) -> bool {
        month_of_day(firm.founded) <= month && month < self.ended
    }

    /// Whether it does anything in a month.
    pub(crate) fn active(&self, firm: &Firm, month: Month) -> bool {
        self.exists(firm, month) && month < self.silent
    }

    /// Lets the months go; what is left is how it ended.
    pub(crate) fn forget(&mut self) {
        self.factors = Default::default();
        self.sales = Vec::new();
    }

    /// Spells, default, and the end.
    fn live(&mut self, plan: &Plan, firm: &Firm, length: usize) {
        let mut s = firm.stream(plan, Purpose::Spells, 0);
        let traits = c::TRAIT_LOADING[0] * firm.leverage + c::TRAIT_LOADING[1] * firm.concentration
            - c::TRAIT_LOADING[2] * firm.quality;
        let size = c::SIZE_LOADING * (c::SALES_MEDIAN.ln() - firm.log_sales) / 10_f64.ln();
        let lasting = traits + size + firm.industry().hazard;
        let born = month_of_day(firm.founded);
        let mut spell: Option<Spell> = None;
        for month in self.start..self.start + length as i32 {
            // The same numbers are drawn whatever happens: a changed constant changes as little as it can.
            let (enter, leave, sudden, close, signs) = (s.uniform(), s.uniform(), s.uniform(), s.uniform(), s.next());
            if month < born {
                continue;
            }
            let records = month >= plan.first;
            let scheme = if firm.archetype != Archetype::Ordinary && month >= firm.scheme.0 {
                firm.archetype.hazard()
            } else {
                0.0
            };
            let age = firm.age(first_day(month)).clamp(1.0, 16.0).log2();
            let moved: f64 = (0..4).map(|k| c::DISTRESS_LOADING[k] * self.bad(k, month)).sum();
            let log_risk = moved + lasting + scheme - c::AGE_LOADING * (age - 2.0) + year(plan, month / 12);
            let mut falls = sudden < c::SUDDEN_DEFAULT * (0.4 * log_risk).exp();
            match &mut spell {
                None if enter < (c::DISTRESS_BASE + log_risk).exp() => {
                    let visible = |bit: &u16| (signs >> (4 * bit) & 15) as f64 / 16.0 < c::SIGN_VISIBLE;
                    let signs = (0..10_u16).filter(visible).fold(0, |all, bit| all | 1 << bit);
                    spell = Some(Spell { from: month, until: FAR, signs });
                }
                None => {}
                Some(running) => {
                    let risky = (0.25 * log_risk.clamp(-3.0, 3.0)).exp();
                    let defaults = c::DISTRESS_DEFAULT * risky;
                    if leave < defaults {
                        falls = true;
                    } else if leave > 1.0 - c::DISTRESS_RECOVERY / risky {
                        running.until = month;
                        self.spells.push(*running);
                        spell = None;
                    }
                }
            }
            if records && falls {
                self.default(plan, firm, month);
                break;
            }
            let closing = c::CLOSING_YEARLY / 12.0 * (-0.2 * firm.quality).exp();
            if records && spell.is_none() && close < closing && firm.age(first_day(month)) > 1.0 {
                (self.ending, self.ended, self.silent) = (Ending::Closed, month + 2, month);
                break;
            }
        }
        self.spells.extend(spell);
    }

    fn default(&mut self, plan: &Plan, firm: &Firm, month: Month) {
        let mut s = firm.stream(plan, Purpose::Spells, 1);
        self.defaulted = Some(first_day(month).max(firm.founded) + s.whole(0, days_in(month) - 1));
        self.silent = if s.chance(c::STOPS_AFTER_DEFAULT) { month + s.whole(1, 7) } else { FAR };
        let (kind, delay) = match s.uniform() {
            u if u < 0.10 => (Ending::Bankrupt, s.whole(8, 24)),
            u if u < 0.25 => (Ending::Revoked, s.whole(12, 30)),
            u if u < 0.33 => (Ending::Cancelled, s.whole(6, 18)),
            u if u < 0.40 => (Ending::Liquidated, s.whole(6, 18)),
            _ => (Ending::None, 0),
        };
        if kind != Ending::None {
            (self.ending, self.ended) = (kind, month + delay);
            self.silent = self.silent.min(self.ended - 1);
        }
    }

    fn sell(&self, plan: &Plan, firm: &Firm) -> Vec<f64> {
        let mut s = firm.stream(plan, Purpose::Sales, 0);
        let industry = firm.industry();
        let born = month_of_day(firm.founded);
        let fade = s.between(0.08, 0.30);
        let depth = s.between(c::DISTRESS_SALES[0], c::DISTRESS_SALES[1]);
        let middle = plan.first + plan.months / 2;
        let mut ripple = 0.0;
        (plan.first..plan.first + plan.months)
            .map(|month| {
                let (shock, idle) = (s.normal(), s.uniform());
                ripple = 0.35 * ripple + firm.noise * shock;
                if !self.active(firm, month) {
                    return 0.0;
                }
                let young = f64::from(month - born + 1).min(14.0) / 14.0;
                let mut log = firm.log_sales - 12_f64.ln()
                    + firm.trend * f64::from(month - middle) / 12.0
                    + c::DEMAND_TO_SALES * self.factor(DEMAND, month)
                    + 0.8 * young.ln()
                    + season(month, industry)
                    + ripple
                    - depth * self.distress(Sign::Sales, month, 1);
                if let Some(since) = self.months_since_default(month) {
                    log -= fade * f64::from(since + 1);
                }
                // Small firms have months without a sale, more of them in bad times.
                let rare = -1.6 - 1.3 * (log - 9.5) + 0.3 * self.bad(DEMAND, month);
                if idle < 1.0 / (1.0 + (-rare).exp()) { 0.0 } else { log.exp() }
            })
            .collect()
    }
}

/// Log-season of a month: the Spring Festival, the end of the year.
pub(crate) fn season(month: Month, industry: &c::Industry) -> f64 {
    let (year, m) = (month.div_euclid(12), month.rem_euclid(12));
    let festival = festival_month0(year);
    let in_festival = if m == festival { -industry.festival } else { 0.0 };
    let before = if m == festival - 1 || (festival == 0 && m == 11) { 0.10 * industry.festival } else { 0.0 };
    let closing = if m == 11 { 0.15 } else { 0.0 };
    let summer = if m == 6 || m == 7 { -0.05 } else { 0.0 };
    in_festival + before + closing + summer
}

/// The effect of a year on log-hazard.
fn year(plan: &Plan, year: i32) -> f64 {
    (c::YEAR_SD * Stream::new(plan.seed, Purpose::Year, year as u64, 0).normal()).clamp(-0.4, 0.4)
}

fn factors(plan: &Plan, firm: &Firm, start: Month, length: usize) -> [Vec<f32>; 4] {
    let common = walk(&mut Stream::new(plan.seed, Purpose::Group, firm.leader, 0), c::PERSISTENCE[OWNER], length);
    let mut s = firm.stream(plan, Purpose::Factors, 0);
    let mut all = c::PERSISTENCE.map(|left| walk(&mut s, left, length));
    let (own, shared) = ((1.0 - c::OWNER_COMMON).sqrt(), c::OWNER_COMMON.sqrt());
    for (x, other) in all[OWNER].iter_mut().zip(common) {
        *x = own as f32 * *x + shared as f32 * other;
    }
    let mut effect = (i32::MIN, 0.0);
    for (i, x) in all[DEMAND].iter_mut().enumerate() {
        let of = (start + i as i32) / 12;
        if of != effect.0 {
            let mut industry = Stream::new(plan.seed, Purpose::IndustryYear, of as u64, u64::from(firm.industry));
            effect = (of, c::INDUSTRY_YEAR_SD * industry.normal() - year(plan, of));
        }
        *x += effect.1 as f32;
    }
    all
}

/// A stationary autoregression of mean 0 and variance 1.
fn walk(s: &mut Stream, left: f64, length: usize) -> Vec<f32> {
    let shock = (1.0 - left * left).sqrt();
    let mut x = s.normal();
    (0..length)
        .map(|_| {
            let now = x;
            x = left * x + shock * s.normal();
            now as f32
        })
        .collect()
}
