//! What banks hold: loans by month, flows by month, queries.
//!
//! A loan that falls due is paid back, renewed without repayment (续贷) or bridged (转贷) into a new one; renewals and
//! bridges are tagged. A default is a loan or another debt that stays unpaid: its days begin before the day of default.

use super::{Subject, fen};
use crate::calendar::{Month, days_in, first_day, last_day, month_of_day};
use crate::constants as c;
use crate::firm::Archetype;
use crate::path::{LIQUIDITY, Sign};
use crate::random::{Purpose, Stream};
use crate::rows::{Cell, Rows};
use crate::sources::Source;

/// Months that loan records go on after a default.
const AFTER_DEFAULT: i32 = 18;
const BANKS: [&str; 9] = [
    "合成银行甲",
    "合成银行乙",
    "合成银行丙",
    "合成银行丁",
    "合成银行戊",
    "合成银行己",
    "合成银行庚",
    "合成银行辛",
    "合成小贷",
];

pub(super) fn emit(subject: &Subject<'_>, rows: &mut Rows) {
    let borrows = subject.firm.lot(subject.plan, 20) < (0.46 + 0.05 * (subject.firm.log_sales - 14.7)).clamp(0.2, 0.85);
    if borrows {
        loans(subject, rows);
    }
    flows(subject, rows);
    queries(subject, rows, borrows);
}

/// A running loan.
struct Loan {
    serial: u32,
    tag: &'static str,
    purpose: &'static str,
    yuan: f64,
    until: Month,
    overdue: i64,
}

fn loans(subject: &Subject<'_>, rows: &mut Rows) {
    let (plan, firm, path) = (subject.plan, subject.firm, subject.path);
    let mut s = subject.stream(Purpose::Bank);
    let usual = subject.usual_sales() * (0.12 + 0.05 * firm.leverage + 0.05 * s.normal()).clamp(0.02, 0.4);
    let defaulted = path.defaulted.map(month_of_day);
    let mut serial = 0;
    let mut loan: Option<Loan> = None;
    let born = month_of_day(firm.founded);
    let mut pause = s.whole(0, 14);
    for month in plan.first.max(born + 6)..plan.first + plan.months {
        let (end, draws): (_, [f64; 5]) = (last_day(month), std::array::from_fn(|_| s.uniform()));
        if defaulted.is_some_and(|d| month > d + AFTER_DEFAULT) || (defaulted.is_none() && month >= path.ended) {
            break;
        }
        let Some(running) = &mut loan else {
            pause -= 1;
            if pause < 0 && defaulted.is_none_or(|d| month < d - 3) && path.active(firm, month) {
                serial += 1;
                let long = s.chance(0.15);
                let yuan = (usual * (0.3 * s.normal()).exp() / 1e4).round().max(3.0) * 1e4;
                let started = if month == plan.first { s.whole(1, 11) } else { 12 };
                let (purpose, lasts) = if long { ("fixed_asset", 36) } else { ("working_capital", started) };
                loan = Some(Loan { serial, tag: "new", purpose, yuan, until: month + lasts, overdue: 0 });
            }
            continue;
        };
        let interest = running.yuan * 0.0042;
        let ends = running.until == month;
        let due = interest + if ends && running.tag != "renewal" { running.yuan } else { 0.0 };
        let falls = defaulted.is_some_and(|d| month >= d - 3);
        let odds = path.odds(&c::OVERDUE, month);
        let slips = draws[0] < 1.0 / (1.0 + (-odds).exp());
        if falls {
            running.overdue += i64::from(days_in(month));
        } else if slips {
            running.overdue += 3 + (draws[1] * 27.0) as i64;
        } else {
            running.overdue = 0;
        }
        let paid = if running.overdue > 0 { due.min(interest) * draws[2] * 0.5 } else { due };
        let number = format!("合成借据{}-{}", firm.number, running.serial);
        let (tag, purpose, overdue) = (running.tag, running.purpose, running.overdue);
        let left = if ends && overdue == 0 { 0.0 } else { running.yuan };
        subject.period(rows, Source::Loans, &mut s, end, (3, 11), |factor| {
            [
                subject.id(),
                Cell::Month(month),
                Cell::Text(&number),
                Cell::Code(purpose),
                Cell::Code(tag),
                Cell::Fen(fen(left * factor)),
                Cell::Fen(fen(due)),
                Cell::Fen(fen(paid)),
                Cell::Count(overdue),
                Cell::None,
            ]
        });
        if ends && overdue == 0 {
            serial += 1;
            let strained = path.bad(LIQUIDITY, month) > 0.3;
            let next = |tag, lasts, yuan| {
                Some(Loan { serial, tag, purpose: "working_capital", yuan, until: month + lasts, overdue: 0 })
            };
            let yuan = running.yuan;
            loan = match (tag, draws[3]) {
                // The bridge is paid back by the loan that follows it.
                ("bridge", _) => next("renewal", 12, yuan),
                (_, u) if u < if strained { 0.45 } else { 0.30 } => next("renewal", 12, yuan),
                (_, u) if u < if strained { 0.57 } else { 0.36 } => next("bridge", 1, yuan),
                (_, u) if u < 0.75 => next("new", 12, yuan),
                _ => None,
            };
            pause = (draws[4] * 18.0) as i32;
        } else if ends {
            running.until = month + 1;
        }
    }
}

fn flows(subject: &Subject<'_>, rows: &mut Rows) {
    let (firm, path, plan) = (subject.firm, subject.path, subject.plan);
    let mut s = subject.firm.stream(plan, Purpose::Bank, 1);
    if !s.chance(0.85) {
        return;
    }
    let through = s.between(0.6, 1.05);
    let cushion = 0.9 * (0.5 * s.normal() - 0.12 * firm.leverage).exp();
    let concentrated = (0.35 + 0.08 * firm.concentration).clamp(0.1, 0.8);
    let mut last = subject.usual_sales() / 12.0;
    for month in subject.months() {
        if month >= path.silent + 3 {
            break;
        }
        let waits = (0.10 * path.bad(LIQUIDITY, month)).clamp(-0.3, 0.4);
        let received = ((0.6 - waits) * path.sold(month) + (0.4 + waits) * path.sold(month - 1)).max(0.0);
        let hollow = if firm.archetype == Archetype::Shell { 1.3 } else { 1.0 };
        let inflow = received * 1.08 * through * hollow * (0.18 * s.normal()).exp();
        let outflow = inflow * (1.0 - 0.02 * path.factor(LIQUIDITY, month) + 0.08 * s.normal()).clamp(0.5, 1.6);
        last = 0.8 * last + 0.2 * outflow.max(1_000.0);
        let kept = cushion
            * (c::BALANCE[0] * path.factor(LIQUIDITY, month) + c::BALANCE[1] * s.normal()
                - c::BALANCE[2] * path.distress(Sign::Bank, month, 0))
            .exp();
        let balance = last * if firm.archetype == Archetype::Shell { 0.02 } else { kept };
        let top = inflow * (concentrated + 0.15 * s.normal()).clamp(0.03, 1.0);
        let told = s.chance(0.9);
        subject.period(rows, Source::BankFlows, &mut s, last_day(month), (4, 12), |factor| {
            [
                subject.id(),
                Cell::Month(month),
                Cell::Fen(fen(inflow * factor)),
                Cell::Fen(fen(outflow)),
                Cell::Fen(fen(balance)),
                if told { Cell::Fen(fen(top * factor.min(1.0))) } else { Cell::None },
                Cell::None,
            ]
        });
    }
}

fn queries(subject: &Subject<'_>, rows: &mut Rows, borrows: bool) {
    let (firm, path, plan) = (subject.firm, subject.path, subject.plan);
    let mut s = subject.firm.stream(plan, Purpose::Bank, 2);
    let base = c::QUERIES_MONTHLY[usize::from(!borrows)];
    for month in subject.months() {
        if path.months_since_default(month).is_some_and(|since| since > 3) {
            break;
        }
        let moved = path.moved(&c::QUERIED, month);
        let applies = if firm.archetype == Archetype::BlownUpSales && firm.schemes(month) { 1.2 } else { 0.0 };
        let query = |rows: &mut Rows, s: &mut Stream, reason: &'static str, tag: &'static str| {
            let day = first_day(month) + s.whole(0, days_in(month) - 1);
            let bank = *s.pick(&BANKS);
            let mut cells =
                [subject.id(), Cell::Day(day), Cell::Text(bank), Cell::Code(reason), Cell::Code(tag), Cell::None];
            subject.record(rows, Source::CreditQueries, s, day, (0, 2), &mut cells);
        };
        for _ in 0..s.poisson(base * (moved + applies).exp()).min(8) {
            let tag = ["new", "renewal", "bridge"][s.weighted([0.70, 0.24, 0.06].into_iter())];
            query(rows, &mut s, "approval", tag);
        }
        if borrows && s.chance(0.12) {
            query(rows, &mut s, "monitoring", "new");
        }
        if s.chance(0.004) {
            query(rows, &mut s, "self", "new");
        }
    }
}
