//! What the bureau tells for the city as a whole: funds, reported plan indicators, closed periods.

use super::bridge::POOL;
use super::{Telling, Told, date, names};
use crate::calendar::{Day, first_day, last_day};
use crate::constants as c;
use crate::plan::Plan;
use crate::random::{Purpose, Stream};
use ledger::Month;
use ledger::event::{Body, Fund, FundEvent, PeriodEvent, Reported};
use primitives::Fen;
use primitives::region::{TABLE_FROM, regions_on};

/// Indicators that are reported for each district and half-year, with the mean of a value.
const INDICATORS: [(&str, f64); 4] =
    [("four_above_added", 26.0), ("reform_and_listing", 1.6), ("social_capital", 4.0e9), ("trained_year", 260.0)];

/// The city's own events.
pub(crate) fn bureau(plan: &Plan) -> Vec<Told> {
    let mut s = Stream::new(plan.seed, Purpose::Policy, u64::MAX, 0);
    // Before all others of a day.
    let mut telling = Telling::new("市".to_owned(), -3_600);
    let months = plan.first..plan.first + plan.months;
    for month in months {
        let first = first_day(month);
        if month == plan.first {
            fund(&mut telling, first, POOL, c::FUNDS[0] * plan.enterprises as f64);
        }
        if month == plan.first || month.rem_euclid(12) == 0 {
            fund(&mut telling, first, Fund::Compensation, c::FUNDS[1] * plan.enterprises as f64);
        }
        if month.rem_euclid(6) == 5 {
            report(&mut telling, &mut s, first_day(month - 5), last_day(month));
        }
        if month.rem_euclid(12) == 11 {
            take_out(&mut telling, last_day(month));
        }
        if month > plan.first {
            close(&mut telling, month - 1, first + 24);
        }
        // Once a year something is looked at again.
        if month.rem_euclid(12) == 3 && month > plan.first + 1 {
            period(&mut telling, month - 1, first + 25, PeriodEvent::Reopened);
            period(&mut telling, month - 1, first + 26, PeriodEvent::Closed);
        }
    }
    let mut told = telling.told;
    told.retain(|t| t.at < plan.seconds_end());
    told
}

fn fund(telling: &mut Telling, on: Day, fund: Fund, yuan: f64) {
    let amount_fen = Fen::new((yuan.max(c::FUND_LEAST) * 100.0) as i64);
    let (maker, did) = (names::id(names::PREPARES), FundEvent::PaidIn { amount_fen });
    telling.tell(on, names::bureau(names::CHECKS), Body::Fund { fund, maker, did });
}

/// What is left of a small line of the budget goes back at the end of a year.
fn take_out(telling: &mut Telling, on: Day) {
    let (maker, did) = (names::id(names::PREPARES), FundEvent::TakenOut { amount_fen: Fen::new(10_000_000) });
    telling.tell(on, names::bureau(names::CHECKS), Body::Fund { fund: POOL, maker, did });
}

fn report(telling: &mut Telling, s: &mut Stream, from: Day, to: Day) {
    for region in regions_on(date(to).max(TABLE_FROM)) {
        for (indicator, mean) in INDICATORS {
            let value = (mean * s.exponential(1.0)) as i64;
            let figure = Reported {
                indicator: names::id(indicator),
                district: region.code,
                from: date(from),
                to: date(to),
                value,
                document: "合成统计报表".to_owned(),
                maker: names::id(names::PREPARES),
            };
            telling.tell(to, names::bureau(names::CHECKS), Body::Reported(figure));
        }
    }
}

fn close(telling: &mut Telling, month: crate::calendar::Month, on: Day) {
    period(telling, month, on, PeriodEvent::Closed);
}

fn period(telling: &mut Telling, month: crate::calendar::Month, on: Day, did: PeriodEvent) {
    let month = Month::of(date(first_day(month)));
    telling.tell(on, names::bureau(names::CHECKS), Body::Period { month, did });
}
