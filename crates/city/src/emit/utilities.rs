//! Electricity, water and gas.

use super::{Subject, fen, three};
use crate::calendar::{days_in, last_day};
use crate::constants as c;
use crate::firm::Archetype;
use crate::path::{DEMAND, Sign, season};
use crate::random::Purpose;
use crate::rows::{Cell, Rows};
use crate::sources::Source;

/// Yuan for a kilowatt-hour, a tonne of water, a cubic metre of gas.
const PRICES: [f64; 3] = [0.72, 4.5, 2.9];

pub(super) fn emit(subject: &Subject<'_>, rows: &mut Rows) {
    let (firm, path) = (subject.firm, subject.path);
    let mut s = subject.stream(Purpose::Utilities);
    let kind = firm.industry();
    // Who rents a desk has no meter of its own.
    let metered = firm.archetype != Archetype::Shell && s.chance(0.82);
    let services = [
        ("electricity", metered),
        ("water", metered && s.chance(if kind.power > 0.01 { 0.35 } else { 0.15 })),
        ("gas", metered && kind.gas && s.chance(0.5)),
    ];
    let usual = subject.usual_sales() / 12.0 * kind.power * (0.4 * s.normal()).exp();
    let follows = s.between(0.35, 0.8);
    let mut ripple = 0.0;
    for month in subject.months() {
        ripple = 0.6 * ripple + 0.13 * s.normal();
        let sold = (path.sold(month - 1) + path.sold(month)).max(1.0) / 2.0;
        let busy = (follows * (sold / (subject.usual_sales() / 12.0)).ln()).clamp(-2.5, 1.2);
        let weather = if matches!(month % 12, 6 | 7 | 0) { 0.18 } else { 0.0 };
        let log = if path.active(firm, month) {
            busy + ripple + weather + 0.4 * season(month, kind) + c::POWER_TO_DEMAND * path.factor(DEMAND, month)
                - c::POWER_IN_DISTRESS * path.distress(Sign::Power, month, 0)
        } else {
            -4.0
        };
        let owes = s.chance_logit(path.odds(&c::OPEN_BILL, month));
        let stops = s.chance_logit(path.odds(&c::POWER_STOPPED, month) + if owes { 1.8 } else { 0.0 });
        let stopped = if stops { s.whole(1, 9) } else { 0 };
        for (place, (service, used)) in services.iter().enumerate() {
            if !used {
                continue;
            }
            let charge = usual * log.exp() * [1.0, 0.08, 0.25][place] * (0.06 * s.normal()).exp();
            let first = place == 0;
            let owed = if owes && first { charge * s.between(0.5, 2.5) } else { 0.0 };
            let days = if first { i64::from(stopped.min(days_in(month))) } else { 0 };
            subject.period(rows, Source::Utilities, &mut s, last_day(month), (3, 12), |factor| {
                [
                    subject.id(),
                    Cell::Month(month),
                    Cell::Code(service),
                    Cell::Number(three(charge * factor / PRICES[place])),
                    Cell::Fen(fen(charge * factor)),
                    Cell::Fen(fen(owed)),
                    Cell::Count(days),
                    Cell::None,
                ]
            });
        }
    }
}
