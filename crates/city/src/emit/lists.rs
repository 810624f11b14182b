//! Lists of departments with entry and removal.

use super::Subject;
use crate::calendar::{Day, Month, days_in, first_day, month_of_day};
use crate::constants as c;
use crate::firm::Archetype;
use crate::random::{Purpose, Stream};
use crate::rows::{Cell, Rows};
use crate::sources::Source;

pub(super) fn emit(subject: &Subject<'_>, rows: &mut Rows) {
    let path = subject.path;
    let mut s = subject.firm.stream(subject.plan, Purpose::Courts, 1);
    abnormal(subject, rows, &mut s);
    let list = |rows: &mut Rows, s: &mut Stream, list: List, from: Day, stays: f64| {
        entry(subject, rows, s, list, from, stays);
    };
    // After a default the court lists some, the offices others; before it hardly anyone.
    let [dishonest, serious, controller, wages] = c::LISTED_AFTER_DEFAULT;
    if let Some(day) = path.defaulted {
        if s.chance(dishonest) {
            let from = day + s.whole(60, 420);
            list(rows, &mut s, List::Dishonest, from, 700.0);
        }
        if s.chance(serious) {
            let from = day + s.whole(200, 600);
            list(rows, &mut s, List::Serious, from, 1_100.0);
        }
        if s.chance(controller) {
            let from = day + s.whole(30, 300);
            list(rows, &mut s, List::Special("controller_dishonest"), from, 800.0);
        }
        if s.chance(wages) {
            let from = day + s.whole(0, 200);
            list(rows, &mut s, List::Special("wage_arrears"), from, 400.0);
        }
    }
    let makes = subject.firm.industry().code.starts_with(['C', 'E', 'B']);
    let shady = if subject.firm.archetype == Archetype::Ordinary { 0.0 } else { c::SHADY };
    for month in subject.months() {
        let rate = |of: &c::Rate, share: f64| path.rate(of, month) * (share * shady).exp();
        for (which, rate, stays) in [
            (List::Dishonest, rate(&c::DISHONEST, 0.0), 260.0),
            (List::Serious, rate(&c::SERIOUS, 0.0), 500.0),
            (List::Special("tax_major"), rate(&c::TAX_MAJOR, 0.4), 900.0),
            (List::Special("false_invoicing"), rate(&c::FALSE_INVOICING, 1.0), 900.0),
            (List::Special("wage_arrears"), rate(&c::WAGE_ARREARS, 0.0), 250.0),
            (List::Special("accident"), rate(&c::ACCIDENT, 0.0) * if makes { 1.0 } else { 0.2 }, 2_000.0),
            (List::Special("fund_fraud"), rate(&c::FUND_FRAUD, 0.5), 900.0),
            (List::Special("controller_dishonest"), rate(&c::CONTROLLER_DISHONEST, 0.0), 400.0),
        ] {
            if s.chance(rate) {
                let from = first_day(month) + s.whole(0, days_in(month) - 1);
                list(rows, &mut s, which, from, stays);
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum List {
    Abnormal(&'static str),
    Dishonest,
    Serious,
    Special(&'static str),
}

/// No annual report by the end of June, or not found at the address.
fn abnormal(subject: &Subject<'_>, rows: &mut Rows, s: &mut Stream) {
    let (path, firm) = (subject.path, subject.firm);
    let born = month_of_day(firm.founded);
    let mut free_from: Month = 0;
    for month in subject.months() {
        let (unfiled, unfound, days, stays) = (s.uniform(), s.uniform(), s.whole(0, 25), s.exponential(240.0));
        if month < free_from {
            continue;
        }
        let gone =
            if month >= path.silent || path.months_since_default(month).is_some() { c::ABNORMAL_GONE } else { 0.0 };
        let moved = path.moved(&c::ABNORMAL_MOVED, month) + gone;
        let odds = |x: f64| 1.0 / (1.0 + (-x).exp());
        let shell = if firm.archetype == Archetype::Shell { c::ABNORMAL_SHELL } else { 0.0 };
        let reason = if month % 12 == 6 && month - born > 12 && unfiled < odds(c::ABNORMAL[0] + moved) {
            "未按规定公示年度报告"
        } else if unfound < odds(c::ABNORMAL[1] + moved + shell) {
            "通过登记的住所无法联系"
        } else {
            continue;
        };
        entry(subject, rows, s, List::Abnormal(reason), first_day(month) + days, 20.0 + stays);
        free_from = month + 2 + (stays / 30.0) as i32;
    }
}

/// An entry, and its removal as a later record of the same entry.
fn entry(subject: &Subject<'_>, rows: &mut Rows, s: &mut Stream, list: List, from: Day, stays: f64) {
    let firm = subject.firm;
    let number = format!("合成列〔{}〕{}-{}", crate::calendar::civil(from).0, firm.number, from);
    let until = from + (stays * (0.5 + s.uniform())) as i32;
    let removed = s.chance(0.75);
    let known = subject.known(s, from, (1, 5));
    let later = subject.known(s, until, (1, 5)).max(known + 60);
    let mut write = |known: i64, removed: Cell<'static>| {
        let (id, day, number) = (subject.id(), Cell::Day(from), Cell::Text(&number));
        let plain = |reason: &'static str| [id, day, number, Cell::Text(reason), removed, Cell::None];
        match list {
            List::Abnormal(why) => subject.at_time(rows, Source::AbnormalList, from, known, &mut plain(why)),
            List::Dishonest => {
                subject.at_time(rows, Source::DishonestList, from, known, &mut plain("有履行能力而拒不履行"));
            }
            List::Serious => {
                subject.at_time(rows, Source::SeriousViolationList, from, known, &mut plain("严重违法失信"));
            }
            List::Special(kind) => {
                let mut cells = [id, Cell::Code(kind), day, number, removed, Cell::None];
                subject.at_time(rows, Source::SpecialLists, from, known, &mut cells);
            }
        }
    };
    write(known, Cell::None);
    if removed {
        write(later, Cell::Day(until));
    }
}
