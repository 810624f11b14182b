//! Court cases, penalties, complaints, pledges and freezes.

use super::{Subject, fen};
use crate::calendar::{Day, Month, days_in, first_day, last_day};
use crate::constants as c;
use crate::firm::Archetype;
use crate::path::Ending;
use crate::random::{Purpose, Stream};
use crate::rows::{Cell, Rows};
use crate::sources::Source;

pub(super) fn emit(subject: &Subject<'_>, rows: &mut Rows) {
    let mut s = subject.stream(Purpose::Courts);
    let (path, firm) = (subject.path, subject.firm);
    // Who deals more has more to quarrel about.
    let size = (0.30 * (firm.log_sales - 14.7)).exp().clamp(0.4, 6.0);
    let mut serial = 0;
    for month in subject.months() {
        let mut case = |rows: &mut Rows, s: &mut Stream, rate: f64, role, kind, cause, yuan: f64| {
            for _ in 0..s.poisson(rate * size) {
                serial += 1;
                let opened = day_in(s, month);
                self::case(subject, rows, s, opened, serial, role, kind, cause, yuan);
            }
        };
        let sued = path.moved(&c::SUED, month).exp();
        let [contract, loan, enforcement] = c::SUED_MONTHLY;
        case(rows, &mut s, contract * sued, "defendant", "civil", "contract", 160_000.0);
        case(rows, &mut s, loan * sued, "defendant", "civil", "loan", 700_000.0);
        case(rows, &mut s, enforcement * sued, "defendant", "enforcement", "contract", 200_000.0);
        case(rows, &mut s, c::SUES_MONTHLY, "plaintiff", "civil", "contract", 150_000.0);
        case(rows, &mut s, path.rate(&c::LABOUR_CASE, month), "defendant", "civil", "labour", 30_000.0);
        case(rows, &mut s, path.rate(&c::RIGHTS_CASE, month), "defendant", "civil", "ip", 90_000.0);
        let shady = if firm.archetype == Archetype::Ordinary { 1.0 } else { c::SHADY.exp() };
        let false_invoicing = path.rate(&c::FALSE_INVOICING_CASE, month) * shady;
        case(rows, &mut s, false_invoicing, "defendant", "criminal", "false_invoicing", 0.0);
        case(rows, &mut s, path.rate(&c::FRAUD_CASE, month), "defendant", "criminal", "fraud", 0.0);
        penalties(subject, rows, &mut s, month, size);
        complaints(subject, rows, &mut s, month);
        equity(subject, rows, &mut s, month);
    }
    if matches!(path.ending, Ending::Bankrupt | Ending::Liquidated) {
        let opened = first_day(path.ended - 2);
        case(subject, rows, &mut s, opened, serial + 1, "defendant", "insolvency", "other", 0.0);
    }
}

fn day_in(s: &mut Stream, month: Month) -> Day {
    first_day(month) + s.whole(0, days_in(month) - 1)
}

#[expect(clippy::too_many_arguments, reason = "the columns of the row")]
fn case(
    subject: &Subject<'_>,
    rows: &mut Rows,
    s: &mut Stream,
    opened: Day,
    serial: u32,
    role: &'static str,
    kind: &'static str,
    cause: &'static str,
    yuan: f64,
) {
    let (year, _, _) = crate::calendar::civil(opened);
    let letters = match kind {
        "enforcement" => "执",
        "criminal" => "刑初",
        "insolvency" => "破",
        _ => "民初",
    };
    let number = format!("({year})渝合成{letters}{}-{serial}号", subject.firm.number);
    let amount = if yuan > 0.0 { Cell::Fen(fen(yuan * (1.1 * s.normal()).exp())) } else { Cell::None };
    let closed = opened + s.whole(60, 400);
    let row = |closed: Cell<'static>| {
        [
            subject.id(),
            Cell::Day(opened),
            Cell::Text(&number),
            Cell::Code(role),
            Cell::Code(kind),
            Cell::Code(cause),
            amount,
            closed,
            Cell::None,
        ]
    };
    let known = subject.known(s, opened, (5, 30));
    subject.at_time(rows, Source::CourtCases, opened, known, &mut row(Cell::None));
    if closed < subject.plan.last_day && s.chance(0.85) {
        let later = subject.known(s, closed, (5, 30)).max(known + 60);
        subject.at_time(rows, Source::CourtCases, opened, later, &mut row(Cell::Day(closed)));
    }
}

fn penalties(subject: &Subject<'_>, rows: &mut Rows, s: &mut Stream, month: Month, size: f64) {
    let path = subject.path;
    let industry = subject.firm.industry();
    let makes = industry.code.starts_with('C') || industry.code.starts_with('E');
    let moved = path.moved(&c::PENALISED, month).exp() * size.sqrt();
    let (of_makers, others) = (c::PENALTIES_OF_MAKERS, c::PENALTIES_OF_OTHERS);
    let [market, quality, tax, fire] = c::PENALTIES_MONTHLY;
    for (field, rate) in [
        ("environment", if makes { of_makers[0] } else { others }),
        ("safety", if makes { of_makers[1] } else { others }),
        ("labour", path.rate(&c::LABOUR_PENALTY, month)),
        ("market", market),
        ("quality", quality),
        ("tax", tax),
        ("fire", fire),
    ] {
        for k in 0..s.poisson(rate * moved) {
            let decided = day_in(s, month);
            let severity = ["minor", "general", "major"][s.weighted([0.45, 0.5, 0.05].into_iter())];
            let amount = fen((8.6 + 1.1 * s.normal()).exp());
            let number = format!("合成罚〔{}〕{field}-{}-{month}-{k}", month / 12, subject.firm.number);
            let repaired = decided + s.whole(90, 400);
            let row = |repaired: Cell<'static>| {
                [
                    subject.id(),
                    Cell::Day(decided),
                    Cell::Text(&number),
                    Cell::Code(field),
                    Cell::Code(severity),
                    if severity == "minor" { Cell::None } else { Cell::Fen(amount) },
                    repaired,
                    Cell::None,
                ]
            };
            let known = subject.known(s, decided, (2, 14));
            subject.at_time(rows, Source::Penalties, decided, known, &mut row(Cell::None));
            if s.chance(0.4) {
                let later = subject.known(s, repaired, (1, 10)).max(known + 60);
                subject.at_time(rows, Source::Penalties, decided, later, &mut row(Cell::Day(repaired)));
            }
        }
    }
}

fn complaints(subject: &Subject<'_>, rows: &mut Rows, s: &mut Stream, month: Month) {
    let path = subject.path;
    let consumers = matches!(subject.firm.industry().code, "H6210" | "F5211" | "O8111");
    let often = c::CONSUMER_COMPLAINTS[usize::from(!consumers)] * (0.25 * (subject.firm.log_sales - 14.5)).exp();
    let consumer = often * path.moved(&c::CONSUMER_COMPLAINT, month).exp();
    let late_payment = path.rate(&c::LATE_PAYMENT_COMPLAINT, month);
    for (kind, rate) in [("consumer", consumer), ("late_payment", late_payment)] {
        for k in 0..s.poisson(rate) {
            let received = day_in(s, month);
            let number = format!("合成受理{month}{kind}{}-{k}", subject.firm.number);
            let cells = [subject.id(), Cell::Day(received), Cell::Text(&number), Cell::Code(kind), Cell::None];
            // This source never says when it handed something over.
            if received <= subject.plan.last_day {
                rows.push(Source::Complaints, &cells);
            }
        }
    }
}

/// Shares pledged by choice, frozen by a court.
fn equity(subject: &Subject<'_>, rows: &mut Rows, s: &mut Stream, month: Month) {
    let (path, firm) = (subject.path, subject.firm);
    let (pledged, frozen) = (path.rate(&c::PLEDGE, month), path.rate(&c::FREEZE, month));
    let capital = super::registry::capital(subject);
    for (kind, rate) in [("pledge", pledged), ("freeze", frozen)] {
        if !s.chance(rate) {
            continue;
        }
        let recorded = day_in(s, month);
        let amount = fen((capital * s.between(0.1, 0.9) / 1e4).round().max(1.0) * 1e4);
        let released = recorded + s.whole(180, 900);
        let number = format!("合成{kind}〔{}〕{}-{month}", month / 12, firm.number);
        let row = |released: Cell<'static>| {
            [
                subject.id(),
                Cell::Day(recorded),
                Cell::Code(kind),
                Cell::Text(&number),
                Cell::Fen(amount),
                released,
                Cell::None,
            ]
        };
        let known = subject.known(s, recorded, (1, 9));
        subject.at_time(rows, Source::EquityEncumbrances, recorded, known, &mut row(Cell::None));
        if released < last_day(month) + 900 && s.chance(0.6) {
            let later = subject.known(s, released, (1, 9)).max(known + 60);
            subject.at_time(rows, Source::EquityEncumbrances, recorded, later, &mut row(Cell::Day(released)));
        }
    }
}
