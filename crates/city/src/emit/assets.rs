//! Rights, qualifications, grants, awards and real estate.

use super::{Subject, fen, three};
use crate::calendar::{Day, days_in, first_day, last_day};
use crate::constants as c;
use crate::firm::Archetype;
use crate::path::LIQUIDITY;
use crate::random::{Purpose, Stream};
use crate::rows::{Cell, Rows};
use crate::sources::Source;

pub(super) fn emit(subject: &Subject<'_>, rows: &mut Rows) {
    if subject.firm.archetype == Archetype::Shell {
        return;
    }
    rights(subject, rows);
    qualifications(subject, rows);
    public_money(subject, rows);
    real_estate(subject, rows);
}

/// How many things a firm has by its age and the rate of a year, each on a day of its life.
fn days(subject: &Subject<'_>, s: &mut Stream, yearly: f64, most_years: f64) -> Vec<Day> {
    let end = subject.plan.last_day.min(first_day(subject.path.ended.min(subject.path.silent)));
    let from = subject.firm.founded.max(end - (most_years * 365.25) as i32);
    if from >= end {
        return Vec::new();
    }
    let count = s.poisson(yearly * f64::from(end - from) / 365.25).min(60);
    let mut days: Vec<Day> = (0..count).map(|_| from + s.whole(0, end - from - 1)).collect();
    days.sort_unstable();
    days
}

fn rights(subject: &Subject<'_>, rows: &mut Rows) {
    let (firm, path) = (subject.firm, subject.path);
    let mut s = subject.stream(Purpose::Assets);
    let industry = firm.industry();
    let able = (0.55 * firm.quality + 0.30 * (firm.log_sales - 15.0) - 0.5).exp();
    let research = industry.research * 12.0;
    let mut serial = 0;
    for (kind, yearly, years) in [
        ("invention", 0.16 * able * research, 20),
        ("utility", 0.50 * able * research, 10),
        ("design", 0.10 * able * research, 15),
        ("software", if industry.code.starts_with(['I', 'M']) { 0.9 * able } else { 0.02 * able }, 50),
        ("trademark", 0.10 * able + 0.02, 10),
    ] {
        for granted in days(subject, &mut s, yearly, 12.0) {
            serial += 1;
            let number = format!("合成{kind}{}-{serial}", firm.number);
            // The yearly fee of some is not paid.
            let lapses = s.chance(0.15);
            let until = granted + if lapses { s.whole(400, 2_000) } else { years * 365 };
            let month = crate::calendar::month_of_day(granted) + s.whole(6, 48);
            let strained = s.chance(path.rate(&c::RIGHT_ENCUMBERED, month));
            let event = first_day(month) + s.whole(0, 27);
            let pledges = s.chance(0.7);
            let row = |pledged: Cell<'static>, moved: Cell<'static>| {
                let (id, until) = (subject.id(), Cell::Day(until));
                [id, Cell::Text(&number), Cell::Code(kind), Cell::Day(granted), until, pledged, moved, Cell::None]
            };
            let known = subject.known(&mut s, granted, (3, 14));
            let source = Source::IntellectualProperty;
            subject.at_time(rows, source, granted, known, &mut row(Cell::None, Cell::None));
            if strained && event < subject.plan.last_day {
                let later = subject.known(&mut s, event, (3, 14)).max(known + 60);
                let (pledged, moved) =
                    if pledges { (Cell::Day(event), Cell::None) } else { (Cell::None, Cell::Day(event)) };
                subject.at_time(rows, source, granted, later, &mut row(pledged, moved));
            }
        }
    }
}

fn qualifications(subject: &Subject<'_>, rows: &mut Rows) {
    let firm = subject.firm;
    let mut s = subject.firm.stream(subject.plan, Purpose::Assets, 1);
    let industry = firm.industry();
    let research = industry.research * 10.0;
    let able = (0.60 * firm.quality + 0.35 * (firm.log_sales - 15.0) - 0.4).exp();
    for (kind, yearly, years, most) in [
        ("high_tech", 0.10 * able * research, 3, 3.0),
        ("tech_sme", 0.16 * able.sqrt() * research, 1, 1.5),
        ("innovative", 0.05 * able * research, 3, 3.0),
        ("specialised", 0.025 * able * research, 3, 3.0),
        ("little_giant", 0.004 * able * research, 3, 3.0),
        ("champion", 0.001 * able * research, 3, 3.0),
        ("quality_award", 0.003 * able, 5, 5.0),
        ("green_factory", 0.004 * able * research, 3, 4.0),
        ("famous_mark", 0.002 * able, 10, 10.0),
        ("time_honoured", 0.001, 10, 10.0),
        ("quality_system", 0.06 * able, 3, 3.0),
        ("environment_system", 0.03 * able, 3, 3.0),
        ("safety_system", 0.025 * able, 3, 3.0),
        ("product_certificate", if industry.code.starts_with('C') { 0.04 * able } else { 0.0 }, 5, 5.0),
        ("standard", 0.02 * able * research, 0, 6.0),
        ("website", 0.05 * able.sqrt(), 0, 10.0),
    ] {
        for (k, granted) in days(subject, &mut s, yearly, most + 2.0).into_iter().take(4).enumerate() {
            let number = format!("合成{kind}{}-{k}", firm.number);
            let until = if years > 0 { Cell::Day(granted + years * 365) } else { Cell::None };
            let revoked = granted + s.whole(120, 700);
            let loses = s.chance(0.012 * (-0.3 * firm.quality).exp());
            let row = |revoked: Cell<'static>| {
                [subject.id(), Cell::Code(kind), Cell::Text(&number), Cell::Day(granted), until, revoked, Cell::None]
            };
            let known = subject.known(&mut s, granted, (2, 20));
            subject.at_time(rows, Source::Qualifications, granted, known, &mut row(Cell::None));
            if loses {
                let later = subject.known(&mut s, revoked, (2, 20)).max(known + 60);
                subject.at_time(rows, Source::Qualifications, granted, later, &mut row(Cell::Day(revoked)));
            }
        }
    }
}

/// Grants won and public contracts.
fn public_money(subject: &Subject<'_>, rows: &mut Rows) {
    let firm = subject.firm;
    let mut s = subject.firm.stream(subject.plan, Purpose::Assets, 2);
    let able = (0.45 * firm.quality + 0.3 * (firm.log_sales - 15.0)).exp();
    let research = firm.industry().research * 10.0;
    for (programme, yearly) in
        [("research", 0.10 * able * research), ("upgrade", 0.015 * able), ("market", 0.008 * able), ("other", 0.010)]
    {
        for (k, granted) in days(subject, &mut s, yearly, 6.0).into_iter().enumerate() {
            let number = format!("合成资金〔{}〕{programme}{}-{k}", crate::calendar::civil(granted).0, firm.number);
            let amount = fen(((11.6 + 0.9 * s.normal()).exp() / 1e3).round() * 1e3).max(100_000);
            let mut cells = [
                subject.id(),
                Cell::Day(granted),
                Cell::Text(&number),
                Cell::Code(programme),
                Cell::Fen(amount),
                Cell::None,
            ];
            // Programme and known time are often not told.
            if s.chance(0.2) {
                cells[3] = Cell::None;
            }
            if granted <= subject.plan.last_day {
                rows.push(Source::Grants, &cells);
            }
        }
    }
    let sells = s.chance(0.07 + 0.02 * firm.quality);
    for (k, awarded) in days(subject, &mut s, if sells { 1.2 } else { 0.01 }, 5.0).into_iter().enumerate() {
        let number = format!("合成采购{}-{k}", firm.number);
        let amount = fen(subject.usual_sales() * 0.06 * (0.8 * s.normal()).exp()).max(1_000_000);
        let mut cells = [subject.id(), Cell::Day(awarded), Cell::Text(&number), Cell::Fen(amount), Cell::None];
        subject.record(rows, Source::ProcurementAwards, &mut s, awarded, (2, 12), &mut cells);
    }
}

fn real_estate(subject: &Subject<'_>, rows: &mut Rows) {
    let (firm, plan, path) = (subject.firm, subject.plan, subject.path);
    let mut s = subject.firm.stream(plan, Purpose::Assets, 3);
    let owns = s.chance_logit(-2.0 + 0.5 * (firm.log_sales - 14.7) + 0.25 * firm.quality - 0.15 * firm.leverage);
    if !owns {
        return;
    }
    for k in 0..1 + s.poisson(0.5) {
        let bought = firm.founded + s.whole(100, 4_000);
        let number = format!("合成不动产{}-{k}", firm.number);
        let area = three(5.6 + 0.5 * (firm.log_sales - 14.7) + 0.8 * s.normal()).exp().round().max(20.0);
        let mortgaged = s.chance_logit(-0.5 + 0.3 * firm.leverage + 0.2 * path.bad(LIQUIDITY, plan.first));
        let sold_in = plan.first + s.whole(3, plan.months - 1);
        let sells = s.chance(0.04 * (0.3 * path.bad(LIQUIDITY, sold_in)).exp());
        let row = |mortgaged: bool, until: Cell<'static>| {
            [
                subject.id(),
                Cell::Text(&number),
                Cell::Day(bought),
                Cell::Number(area),
                Cell::Count(i64::from(mortgaged)),
                until,
                Cell::None,
            ]
        };
        let known = subject.known(&mut s, bought, (3, 15));
        let source = Source::RealEstate;
        subject.at_time(rows, source, bought, known, &mut row(mortgaged && s.chance(0.5), Cell::None));
        if mortgaged {
            let at = bought.max(first_day(plan.first)) + s.whole(10, 400);
            let later = subject.known(&mut s, at, (3, 15)).max(known + 60);
            subject.at_time(rows, source, bought, later, &mut row(true, Cell::None));
        }
        let gone = first_day(sold_in) + s.whole(0, days_in(sold_in) - 1);
        if sells && bought < gone {
            let later = subject.known(&mut s, gone, (3, 15)).max(known + 500 * 86_400);
            if later < i64::from(last_day(sold_in + 40)) * 86_400 {
                subject.at_time(rows, source, bought, later, &mut row(mortgaged, Cell::Day(gone)));
            }
        }
    }
}
