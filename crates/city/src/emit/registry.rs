//! The registry entry with its states, changes, controllers and officers.

use super::{Subject, fen};
use crate::calendar::{Day, days_in, first_day};
use crate::codes;
use crate::constants as c;
use crate::firm::{Archetype, Firm};
use crate::path::Ending;
use crate::plan::Plan;
use crate::random::{Purpose, hash, share};
use crate::rows::{Cell, Rows};
use crate::sources::Source;

const WORDS: [&str; 24] = [
    "渝辰", "嘉陵", "两江", "巴山", "缙云", "金佛", "南山", "朝天", "磁器", "洪崖", "山城", "云岭", "长顺", "瑞丰",
    "恒泽", "启航", "明德", "卓远", "锦程", "天合", "博川", "盛元", "江源", "同舟",
];

/// What changes, in the order of `CHANGES`.
const ITEMS: [&str; 7] = ["legal_representative", "shareholder", "address", "scope", "officer", "capital", "name"];

/// Registered capital in yuan: whole ten thousands.
pub(super) fn capital(subject: &Subject<'_>) -> f64 {
    let lot = subject.firm.lot(subject.plan, 10);
    let usual = (0.6 * subject.firm.log_sales + 5.2 + 1.6 * (lot - 0.5)).exp();
    (usual / 1e4).round().clamp(3.0, 50_000.0) * 1e4
}

pub(super) fn emit(subject: &Subject<'_>, rows: &mut Rows) {
    entry(subject, rows);
    changes(subject, rows);
}

fn entry(subject: &Subject<'_>, rows: &mut Rows) {
    let (plan, firm, path) = (subject.plan, subject.firm, subject.path);
    let mut s = subject.stream(Purpose::Registry);
    let industry = firm.industry();
    let word = WORDS[(hash(plan.seed, Purpose::Registry, firm.number, 1) % 24) as usize];
    let name = format!("合成{word}{}第{}号有限公司", industry.word, firm.number + 1);
    let kind = match (firm.archetype, s.uniform()) {
        (Archetype::Ordinary, u) if u < 0.03 => "individual",
        (Archetype::Ordinary, u) if u < 0.05 => "partnership",
        (Archetype::Ordinary, u) if u < 0.08 => "sole",
        (Archetype::Ordinary, u) if u < 0.10 => "joint_stock",
        _ => "limited",
    };
    let capital = capital(subject);
    let paid_in = match firm.archetype {
        Archetype::Shell => 0.0,
        _ => capital * (0.55 + 0.12 * firm.quality - 0.08 * firm.leverage + 0.35 * s.normal()).clamp(0.0, 1.0),
    };
    let says_paid = s.chance(0.85);
    let zone = zone(subject.plan, subject.firm);
    let mut write = |rows: &mut Rows, day: Day, status: &'static str, district: u32| {
        let mut digits = String::new();
        let _ = std::fmt::Write::write_fmt(&mut digits, format_args!("{district}"));
        let mut cells = [
            subject.id(),
            Cell::Day(day),
            Cell::Text(&name),
            Cell::Credit(codes::text(&firm.code)),
            Cell::Code(kind),
            Cell::Code(industry.code),
            Cell::Code(&digits),
            Cell::Code(zone),
            Cell::Day(firm.founded),
            Cell::Fen(fen(capital)),
            if says_paid { Cell::Fen(fen(paid_in)) } else { Cell::None },
            Cell::Code(status),
            Cell::None,
        ];
        let known = subject.at(&mut s, day + 3);
        subject.at_time(rows, Source::Registry, day, known, &mut cells);
    };
    write(rows, firm.founded, "active", firm.district);
    let change = Plan::region_change();
    let district = if firm.founded >= change { firm.district } else { firm.district_on(plan, change) };
    if district != firm.district && first_day(path.ended) > change {
        write(rows, change, "active", district);
    }
    let status = match path.ending {
        Ending::None => return,
        Ending::Closed | Ending::Cancelled => "cancelled",
        Ending::Revoked => "revoked",
        Ending::Liquidated => "liquidation",
        Ending::Bankrupt => "bankrupt",
    };
    let day = first_day(path.ended) + 9;
    write(rows, day, status, if day >= change { district } else { firm.district });
}

/// A development zone lies across districts, and most firms are in none.
pub(crate) fn zone(plan: &Plan, firm: &Firm) -> &'static str {
    let lot = firm.lot(plan, 11);
    match firm.district {
        500_105 | 500_112 | 500_109 if lot < 0.45 => "liangjiang",
        500_106 | 500_107 if lot < 0.25 => "hightech",
        500_110 if lot < 0.30 => "wansheng",
        _ => "none",
    }
}

fn changes(subject: &Subject<'_>, rows: &mut Rows) {
    let (plan, firm, path) = (subject.plan, subject.firm, subject.path);
    let mut s = subject.firm.stream(plan, Purpose::Registry, 2);
    let controller = format!("合成人员{:016x}", hash(plan.seed, Purpose::Registry, firm.leader, 3));
    let leads = firm.leader == firm.number || share(hash(plan.seed, Purpose::Registry, firm.number, 4)) < 0.3;
    let person = |serial: u64| {
        if leads && serial == 0 {
            controller.clone()
        } else {
            format!("合成人员{:016x}", hash(plan.seed, Purpose::Registry, firm.number, 100 + serial))
        }
    };
    let relation =
        |rows: &mut Rows, who: &str, role: &'static str, part: Cell<'static>, from: Day, until: Option<Day>| {
            let row = |until: Cell<'static>| {
                [subject.id(), Cell::Text(who), Cell::Code(role), part, Cell::Day(from), until, Cell::None]
            };
            let known = (i64::from(from) + 3) * 86_400 + 36_000;
            subject.at_time(rows, Source::Relations, from, known, &mut row(Cell::None));
            if let Some(day) = until {
                let known = (i64::from(day) + 4) * 86_400 + 36_000;
                subject.at_time(rows, Source::Relations, from, known, &mut row(Cell::Day(day)));
            }
        };
    let part = super::four(s.between(0.51, 1.0));
    relation(rows, &controller, "actual_controller", Cell::Number(part), firm.founded, None);
    relation(rows, &controller, "shareholder", Cell::Number(part), firm.founded, None);
    relation(rows, &person(900), "supervisor", Cell::None, firm.founded, None);
    let mut representative = (0_u64, firm.founded);
    let mut serial = 0_u32;
    for month in subject.months() {
        let draws: [f64; 7] = std::array::from_fn(|_| s.uniform());
        let within = s.whole(0, days_in(month) - 1);
        let day = first_day(month) + within;
        if day <= firm.founded {
            continue;
        }
        for (k, (item, rate)) in ITEMS.into_iter().zip(&c::CHANGES).enumerate() {
            if draws[k] >= path.rate(rate, month) {
                continue;
            }
            serial += 1;
            let number = format!("合成变更{}-{serial}", firm.number);
            let mut cells = [subject.id(), Cell::Day(day), Cell::Code(item), Cell::Text(&number), Cell::None];
            subject.record(rows, Source::RegistryChanges, &mut s, day, (2, 9), &mut cells);
            if item == "legal_representative" {
                let (who, from) = representative;
                relation(rows, &person(who), "legal_representative", Cell::None, from, Some(day));
                representative = (who + 1, day);
            }
        }
    }
    let (who, from) = representative;
    relation(rows, &person(who), "legal_representative", Cell::None, from, None);
}
