//! What an enterprise is before anything happens to it. A pure function of the seed and its number.

use crate::calendar::{Day, first_day};
use crate::codes::credit_code;
use crate::constants as c;
use crate::plan::Plan;
use crate::random::{Purpose, Stream, hash, share};

/// What an enterprise turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Archetype {
    Ordinary,
    Ring,
    BlownUpSales,
    Shell,
}

impl Archetype {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Ring => "ring",
            Self::BlownUpSales => "blown_up_sales",
            Self::Shell => "shell",
        }
    }

    /// Log-hazard of distress beside the ordinary.
    pub(crate) fn hazard(self) -> f64 {
        match self {
            Self::Ordinary => 0.0,
            Self::Ring => c::ARCHETYPE_HAZARD[0],
            Self::BlownUpSales => c::ARCHETYPE_HAZARD[1],
            Self::Shell => c::ARCHETYPE_HAZARD[2],
        }
    }
}

/// An enterprise as it was founded.
#[derive(Debug, Clone)]
pub(crate) struct Firm {
    pub(crate) number: u64,
    pub(crate) code: [u8; 18],
    pub(crate) archetype: Archetype,
    pub(crate) industry: u8,
    /// Region of before the change of 2025.
    pub(crate) district: u32,
    pub(crate) founded: Day,
    /// Number of the firm whose controller this one has, its own when it leads.
    pub(crate) leader: u64,
    /// Natural logarithm of a usual year's sales in yuan.
    pub(crate) log_sales: f64,
    /// Yearly growth of log-sales.
    pub(crate) trend: f64,
    /// Monthly noise of log-sales.
    pub(crate) noise: f64,
    /// Lasting traits, mean 0 and variance 1: leverage, concentration, quality.
    pub(crate) leverage: f64,
    pub(crate) concentration: f64,
    pub(crate) quality: f64,
    pub(crate) staff: f64,
    pub(crate) margin: f64,
    /// First month (inclusive) and month after the last of what the archetype does.
    pub(crate) scheme: (i32, i32),
}

impl Firm {
    pub(crate) fn new(plan: &Plan, number: u64) -> Self {
        let mut s = Stream::new(plan.seed, Purpose::Firm, number, 0);
        let archetype = archetype(plan, number);
        let industry = match archetype {
            Archetype::Shell => *s.pick(&[11, 12, 17]),
            _ => s.weighted(c::INDUSTRIES.iter().map(|i| i.weight)),
        };
        let kind = &c::INDUSTRIES[industry];
        let district = c::DISTRICTS[s.weighted(c::DISTRICTS.iter().map(|d| f64::from(d.1)))].0;
        let founded = founded(plan, archetype, &mut s);
        let tail = s.chance(c::TAIL_SHARE);
        let sales = if tail {
            c::TAIL_FROM * (1.0 - s.uniform()).powf(-1.0 / c::TAIL_EXPONENT)
        } else {
            c::SALES_MEDIAN * (c::SALES_LOG_SD * s.normal()).exp()
        };
        let log_sales = match archetype {
            Archetype::Shell => sales.max(4_000_000.0) * s.between(1.0, 4.0),
            Archetype::Ring => sales.max(1_500_000.0),
            _ => sales.max(60_000.0),
        }
        .min(c::SALES_MOST)
        .ln();
        let quality = s.normal();
        // Larger firms need fewer hands for a million.
        let staff = kind.staff * (log_sales.exp() / 1e6) * (c::SALES_MEDIAN.ln() - log_sales).mul_add(0.22, 0.0).exp();
        let (low, high) = (c::SALES_NOISE[0], c::SALES_NOISE[1]);
        Self {
            number,
            code: credit_code(district, number * 2, plan.seed),
            archetype,
            industry: industry as u8,
            district,
            founded,
            leader: leader(plan.seed, number),
            log_sales,
            trend: 0.03 + 0.07 * s.normal(),
            noise: low + (high - low) * s.uniform().powi(2),
            leverage: s.normal(),
            concentration: s.normal(),
            quality,
            staff: (staff * (0.35 * s.normal()).exp()).clamp(1.0, 5_000.0),
            margin: (kind.margin + 0.05 * s.normal() + 0.015 * quality).clamp(0.02, 0.8),
            scheme: scheme(plan, archetype, number),
        }
    }

    pub(crate) fn industry(&self) -> &'static c::Industry {
        &c::INDUSTRIES[usize::from(self.industry)]
    }

    /// A stream of its own.
    pub(crate) fn stream(&self, plan: &Plan, purpose: Purpose, part: u64) -> Stream {
        Stream::new(plan.seed, purpose, self.number, part)
    }

    /// A lasting share in `[0, 1)` for something.
    pub(crate) fn lot(&self, plan: &Plan, what: u64) -> f64 {
        share(hash(plan.seed, Purpose::Firm, self.number, 1_000 + what))
    }

    /// Where it lies on a day. On 2025-11-06 江北 and most of 渝北 became 两江新区, with a part of 北碚.
    pub(crate) fn district_on(&self, plan: &Plan, day: Day) -> u32 {
        if day < Plan::region_change() {
            return self.district;
        }
        let lot = self.lot(plan, 12);
        match self.district {
            500_105 => 500_157,
            500_112 if lot < 0.05 => 500_109,
            500_112 => 500_157,
            500_109 if lot < 0.35 => 500_157,
            other => other,
        }
    }

    /// Age in years on a day, 0 before it was founded.
    pub(crate) fn age(&self, day: Day) -> f64 {
        f64::from((day - self.founded).max(0)) / 365.25
    }

    /// Whether its scheme runs in a month.
    pub(crate) fn schemes(&self, month: i32) -> bool {
        self.scheme.0 <= month && month < self.scheme.1
    }
}

/// Rings are of three neighbours; among the others each stands alone.
fn archetype(plan: &Plan, number: u64) -> Archetype {
    let group = number / 3;
    let whole = group * 3 + 2 < plan.enterprises;
    if whole && share(hash(plan.seed, Purpose::Ring, group, 0)) < c::RING_SHARE {
        return Archetype::Ring;
    }
    match share(hash(plan.seed, Purpose::Ring, number, 1)) {
        u if u < c::BLOWN_UP_SHARE => Archetype::BlownUpSales,
        u if u < c::BLOWN_UP_SHARE + c::SHELL_SHARE => Archetype::Shell,
        _ => Archetype::Ordinary,
    }
}

fn founded(plan: &Plan, archetype: Archetype, s: &mut Stream) -> Day {
    let first = first_day(plan.first);
    let within = c::FOUNDED_YEARLY * f64::from(plan.months) / 12.0;
    let young = s.uniform() < within / (1.0 + within);
    let days_in = plan.last_day - first - 30;
    match archetype {
        // A shell is new and an applicant has some history.
        Archetype::Shell => first + s.whole(-500, days_in * 2 / 3),
        Archetype::Ordinary if young => first + s.whole(0, days_in),
        _ => first - 200 - (s.exponential(c::AGE_MEAN - 0.5) * 365.25).min(34.0 * 365.25) as i32,
    }
}

/// Who has the controller of whom: a firm's leader leads itself.
fn leader(seed: u64, number: u64) -> u64 {
    let draw = |n: u64| hash(seed, Purpose::Leader, n, 0);
    let leads = |n: u64| share(draw(n)) >= c::CONTROLLED_SHARE;
    if leads(number) {
        return number;
    }
    let back = 1 + draw(number) % 5;
    match number.checked_sub(back) {
        Some(other) if leads(other) => other,
        _ => number,
    }
}

fn scheme(plan: &Plan, archetype: Archetype, number: u64) -> (i32, i32) {
    let end = plan.first + plan.months;
    match archetype {
        Archetype::Ordinary => (end, end),
        Archetype::Shell => (plan.first, end),
        // The three of a ring begin together.
        Archetype::Ring => {
            let mut s = Stream::new(plan.seed, Purpose::Ring, number / 3, 2);
            (plan.first + s.whole(0, plan.months * 2 / 3), end)
        }
        Archetype::BlownUpSales => {
            let mut s = Stream::new(plan.seed, Purpose::Ring, number, 3);
            let snapshots = plan.snapshots();
            let applied = *s.pick(&snapshots) + 1;
            (applied - s.whole(3, 6), applied)
        }
    }
}
