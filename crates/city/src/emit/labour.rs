//! Social security and the housing fund.

use super::{Subject, fen};
use crate::calendar::{first_day, last_day, month_of_day};
use crate::constants as c;
use crate::firm::Archetype;
use crate::path::{DEMAND, Sign};
use crate::random::Purpose;
use crate::rows::{Cell, Rows};
use crate::sources::Source;

/// Yuan of a month's wage in the middle of the city.
const WAGE: f64 = 6_400.0;
/// Contributions of both sides, as a share of wages.
const CONTRIBUTION: f64 = 0.265;

pub(super) fn emit(subject: &Subject<'_>, rows: &mut Rows) {
    let (plan, firm, path) = (subject.plan, subject.firm, subject.path);
    let mut s = subject.stream(Purpose::Labour);
    let covered = (0.45 + 0.55 * s.uniform()).min(1.0);
    let wage = WAGE * (0.22 * s.normal() + 0.08 * firm.quality).exp() * (1.0 + 3.0 * firm.industry().research);
    let fund = s.chance(0.38 + 0.10 * firm.quality).then(|| s.between(0.3, 1.0));
    let mut ripple = 0.0;
    let born = month_of_day(firm.founded);
    for month in subject.months() {
        ripple = 0.93 * ripple + 0.035 * s.normal();
        let young = (f64::from(month - born + 1) / 10.0).min(1.0);
        let middle = plan.first + plan.months / 2;
        let log = 0.6 * firm.trend * f64::from(month - middle) / 12.0
            + c::STAFF_TO_DEMAND * path.factor(DEMAND, month - 3)
            + ripple
            - c::STAFF_IN_DISTRESS * path.distress(Sign::Insurance, month, 1)
            - path.months_since_default(month).map_or(0.0, |since| 0.12 * f64::from(since));
        let staff = firm.staff * covered * young * log.exp();
        let insured = match firm.archetype {
            Archetype::Shell => i64::from(firm.lot(plan, 2) < 0.5),
            _ if month >= path.silent => 0,
            _ => staff.round().max(1.0) as i64,
        };
        let unpaid = s.chance_logit(path.odds(&c::UNPAID_INSURANCE, month));
        let late = s.chance_logit(path.odds(&c::LATE_INSURANCE, month));
        let made_up = s.chance(0.7);
        let delay = s.whole(3, 20) + if unpaid { s.whole(20, 150) } else { 0 };
        let end = last_day(month);
        let due_on = first_day(month + 1) + 24;
        let wages = insured as f64 * wage;
        let due = wages * CONTRIBUTION;
        let row = |paid: f64, paid_on: Cell<'static>| {
            [
                subject.id(),
                Cell::Month(month),
                Cell::Count(insured),
                Cell::Fen(fen(wages)),
                Cell::Fen(fen(due)),
                Cell::Fen(fen(paid)),
                Cell::Day(due_on),
                paid_on,
                Cell::None,
            ]
        };
        if insured > 0 && (unpaid || late) {
            // First it is open, then it is made up for: one identity, known twice.
            let known = subject.known(&mut s, due_on, (1, 4));
            subject.at_time(rows, Source::SocialSecurity, end, known, &mut row(0.0, Cell::None));
            if made_up || !unpaid {
                let paid_on = due_on + delay;
                let again = subject.known(&mut s, paid_on.max(due_on + 5), (1, 4)).max(known + 60);
                subject.at_time(rows, Source::SocialSecurity, end, again, &mut row(due, Cell::Day(paid_on)));
            }
        } else {
            let paid_on = due_on - s.whole(0, 15);
            subject.period(rows, Source::SocialSecurity, &mut s, end, (15, 26), |factor| {
                row(due * factor.min(1.0), Cell::Day(paid_on))
            });
        }
        if let Some(share) = fund.filter(|_| insured > 0) {
            let skips = s.chance_logit(path.odds(&c::FUND_LEFT_OUT, month));
            let people = if skips { 0 } else { ((insured as f64 * share).round() as i64).max(1) };
            subject.period(rows, Source::HousingFund, &mut s, end, (8, 22), |factor| {
                let paid = people as f64 * wage * 0.16 * factor;
                [subject.id(), Cell::Month(month), Cell::Count(people), Cell::Fen(fen(paid)), Cell::None]
            });
        }
    }
}
