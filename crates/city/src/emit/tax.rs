//! Filings, payments, arrears, the credit grade and the annual return.

use super::invoices::Invoiced;
use super::{Subject, fen};
use crate::calendar::{Day, Month, first_day, last_day, month_of_day};
use crate::constants as c;
use crate::firm::Archetype;
use crate::path::{DEMAND, Ending, GOVERNANCE, LIQUIDITY, Sign};
use crate::random::{Purpose, Stream};
use crate::rows::{Cell, Rows};
use crate::sources::Source;

pub(super) fn emit(subject: &Subject<'_>, invoiced: &[Invoiced], rows: &mut Rows) {
    let declared = filings(subject, invoiced, rows);
    status(subject, rows);
    returns(subject, &declared, rows);
}

/// Value-added tax by month or quarter, income tax by quarter. Returns declared sales by month of records.
fn filings(subject: &Subject<'_>, invoiced: &[Invoiced], rows: &mut Rows) -> Vec<f64> {
    let (plan, firm, path) = (subject.plan, subject.firm, subject.path);
    let mut s = subject.stream(Purpose::Tax);
    let general = subject.usual_sales() > 5_000_000.0;
    let told = s.between(0.97, 1.10);
    let burden = s.between(0.7, 1.3);
    let mut declared = vec![0.0; plan.months as usize];
    let (mut sales, mut income) = (0.0, 0.0);
    for month in subject.months() {
        let at = (month - plan.first) as usize;
        // What was sold without an invoice is declared in part; hollow sales hardly are.
        let real = invoiced[at].sales - invoiced[at].hollow;
        declared[at] = (real * told + 0.3 * invoiced[at].hollow).max(0.0);
        sales += declared[at];
        income += declared[at];
        let quarter = month % 3 == 2;
        if path.months_since_default(month).is_some_and(|since| since > 14) {
            continue; // nobody files any more
        }
        let own = if firm.archetype == Archetype::Shell { 0.04 } else { 1.0 };
        let margin = firm.margin * burden * own * (0.25 * s.normal()).exp();
        if general || quarter {
            let exempt = !general && sales < 300_000.0;
            let rate = if general { firm.industry().vat as f64 / 100.0 * margin } else { 0.01 * own };
            let tax = if exempt { 0.0 } else { sales * rate };
            filing(subject, rows, &mut s, month, "vat", sales, tax);
            sales = 0.0;
        }
        if quarter {
            let profit = income * (0.05 + 0.05 * path.factor(DEMAND, month) + 0.02 * firm.quality).max(0.0) * own;
            filing(subject, rows, &mut s, month, "income", income, profit * 0.05);
            income = 0.0;
        }
    }
    declared
}

/// One filing: in time, late, or open until it is made up for.
fn filing(subject: &Subject<'_>, rows: &mut Rows, s: &mut Stream, month: Month, tax: &str, sales: f64, amount: f64) {
    let (path, end) = (subject.path, last_day(month));
    let due = first_day(month + 1) + 14;
    let late = s.chance_logit(path.odds(&c::LATE_FILING, month));
    let short = s.chance_logit(path.odds(&c::SHORT_PAYMENT, month));
    let paid = if short { amount * s.uniform() * 0.8 } else { amount };
    let by = if tax == "vat" { "vat" } else { "income" };
    let row = |filed: Cell<'static>, factor: f64, fee: f64| {
        let money = |yuan: f64| if matches!(filed, Cell::None) { Cell::None } else { Cell::Fen(fen(yuan * factor)) };
        [
            subject.id(),
            Cell::Day(end),
            Cell::Code(by),
            Cell::Day(due),
            filed,
            money(sales),
            money(amount),
            money(paid),
            Cell::Fen(fen(fee)),
            Cell::None,
        ]
    };
    if !late {
        let filed = due - s.whole(0, 11);
        subject.period(rows, Source::TaxFilings, s, filed, (0, 3), |factor| row(Cell::Day(filed), factor, 0.0));
        return;
    }
    // The office notes that nothing came, and later that it did.
    let noted = subject.known(s, due, (1, 5));
    subject.at_time(rows, Source::TaxFilings, end, noted, &mut row(Cell::None, 1.0, 0.0));
    let delay = 1 + s.exponential(if path.months_since_default(month).is_some() { 160.0 } else { 28.0 }) as i32;
    let filed = due + delay;
    let known = subject.known(s, filed.max(due + 6), (0, 3)).max(noted + 3_600);
    let fee = amount * 0.0005 * f64::from(delay);
    subject.at_time(rows, Source::TaxFilings, end, known, &mut row(Cell::Day(filed), 1.0, fee));
}

/// The office's view of a taxpayer: a record when it changes.
fn status(subject: &Subject<'_>, rows: &mut Rows) {
    let (plan, firm, path) = (subject.plan, subject.firm, subject.path);
    let mut s = subject.firm.stream(plan, Purpose::Tax, 1);
    let born = month_of_day(firm.founded);
    let mut grade = if firm.age(first_day(plan.first)) < 1.0 { "M" } else { graded(subject, &mut s, plan.first) };
    let mut arrears: Option<(f64, Month)> = None;
    let lost = path.defaulted.filter(|_| s.chance(0.45)).map(|d| month_of_day(d) + s.whole(4, 14));
    let mut normal = true;
    for month in subject.months() {
        let mut changed = month == plan.first.max(born);
        // Grades come in April for the year before.
        if month % 12 == 3 {
            grade = if month - born < 16 { "M" } else { graded(subject, &mut s, month) };
            changed = true;
        }
        let starts = s.uniform();
        let drawn = (9.6 + 1.3 * s.normal() + 0.45 * (firm.log_sales - 14.5)).exp();
        let lasts = s.whole(2, 14);
        let odds = path.odds(&c::TAX_ARREARS, month);
        match arrears {
            None if starts < 1.0 / (1.0 + (-odds).exp()) => {
                arrears = Some((drawn.min(3e7), month + lasts));
                changed = true;
            }
            Some((_, until)) if until <= month => {
                arrears = None;
                changed = true;
            }
            _ => {}
        }
        if lost == Some(month) {
            (normal, changed, grade) = (false, true, "D");
        }
        if changed {
            let day = if month % 12 == 3 { first_day(month) + 19 } else { first_day(month) + s.whole(0, 27) };
            let owed = arrears.map_or(0, |a| fen(a.0));
            let state = if normal { "normal" } else { "non_normal" };
            let mut cells =
                [subject.id(), Cell::Day(day), Cell::Code(grade), Cell::Code(state), Cell::Fen(owed), Cell::None];
            subject.record(rows, Source::TaxStatus, &mut s, day, (1, 8), &mut cells);
        }
    }
    if matches!(path.ending, Ending::Closed | Ending::Cancelled) {
        let day = first_day(path.ended);
        let mut cells =
            [subject.id(), Cell::Day(day), Cell::None, Cell::Code("deregistered"), Cell::Fen(0), Cell::None];
        subject.record(rows, Source::TaxStatus, &mut s, day, (1, 8), &mut cells);
    }
}

/// The grade of the year before, from conduct and much else.
fn graded(subject: &Subject<'_>, s: &mut Stream, month: Month) -> &'static str {
    let path = subject.path;
    let year = |which: usize| (3..15).map(|k| path.factor(which, month - k)).sum::<f64>() / 12.0;
    let after = if path.months_since_default(month).is_some() { 2.0 } else { 0.0 };
    let [governance, liquidity, unknown] = c::TAX_GRADE;
    let [a, b, c] = c::TAX_GRADE_FROM;
    let points = governance * year(GOVERNANCE) + liquidity * year(LIQUIDITY) + unknown * s.normal() - after;
    match points {
        p if p > a => "A",
        p if p > b => "B",
        p if p > c => "C",
        _ => "D",
    }
}

/// Annual returns of the years that ended before the last day, those before the records from the trend.
fn returns(subject: &Subject<'_>, declared: &[f64], rows: &mut Rows) {
    let (plan, firm, path) = (subject.plan, subject.firm, subject.path);
    let mut s = subject.firm.stream(plan, Purpose::Tax, 2);
    let kind = firm.industry();
    let researches =
        kind.research > 0.003 && s.chance(0.18 + 0.14 * kind.research.min(0.05) / 0.05 + 0.06 * firm.quality);
    let (asset_turns, receivable_days, stock_days) =
        ((0.1 + 0.45 * s.normal()).exp(), 55.0 * (0.42 * s.normal()).exp(), 45.0 * (0.5 * s.normal()).exp());
    let intangible = if s.chance(0.25) { s.between(0.0, 0.12) } else { 0.0 };
    let gives = s.chance(0.04);
    for year in plan.first / 12 - 2..=(plan.first + plan.months - 1) / 12 {
        let december = year * 12 + 11;
        let noise: [f64; 9] = std::array::from_fn(|_| s.normal());
        let (told, silent) = (s.whole(61, 151), s.uniform());
        if month_of_day(firm.founded) > december - 1 || december + 3 >= path.ended {
            continue;
        }
        let dead = path.months_since_default(december).is_some();
        // Some never hand one in.
        if silent < if dead { 0.7 } else { 0.04 } {
            continue;
        }
        let within = (december - 11..=december).map(|m| m - plan.first);
        let known: f64 = within.clone().filter_map(|m| declared.get(usize::try_from(m).ok()?)).sum();
        let missing = within.filter(|m| *m < 0).count() as f64;
        let back = f64::from(plan.first - december + 6).max(0.0) / 12.0;
        let before = subject.usual_sales() * (-firm.trend * back + 0.1 * noise[0]).exp() * missing / 12.0;
        let revenue = (known * 1.03 + before).max(1_000.0);
        let average = |which: usize| (0..12).map(|k| path.factor(which, december - k)).sum::<f64>() / 12.0;
        let (demand, liquidity) = (average(DEMAND), average(LIQUIDITY));
        let hurt = path.distress(Sign::Books, december, 0);
        let [level, by_demand, by_quality, noisy, by_distress] = c::PROFIT;
        let profit = level
            + 0.10 * (firm.margin - kind.margin)
            + by_demand * demand
            + by_quality * firm.quality
            + noisy * noise[1]
            - by_distress * hurt;
        let assets = revenue.max(subject.usual_sales() * 0.3) / asset_turns;
        let [level, by_leverage, by_liquidity, noisy, by_distress] = c::DEBT;
        let debt =
            level + by_leverage * firm.leverage - by_liquidity * liquidity + noisy * noise[2] + by_distress * hurt;
        let debt = debt.clamp(0.02, 1.8);
        let receivables = revenue * receivable_days / 365.0
            * (c::DAYS_NOISE * noise[3] - c::RECEIVABLES_TO_LIQUIDITY * liquidity).exp();
        let cost = revenue * (1.0 - firm.margin);
        let inventory = cost * stock_days / 365.0 * (c::DAYS_NOISE * noise[4] - c::STOCKS_TO_DEMAND * demand).exp();
        let current = receivables + inventory + assets * 0.12 * (c::CASH[0] * liquidity + c::CASH[1] * noise[5]).exp();
        let owed = assets * debt;
        let short = owed * (0.80 + 0.06 * noise[6]).clamp(0.4, 1.0);
        let research = if researches { revenue * kind.research * (0.4 * noise[7]).exp() } else { 0.0 };
        let cash = revenue * (0.03 + 0.02 * liquidity + 0.07 * noise[8]);
        let staff = if researches { (firm.staff * kind.research * 4.0).max(1.0).round() } else { 0.0 };
        let export = if kind.outside > 0.5 && firm.lot(plan, 4) < 0.2 { revenue * 0.04 } else { 0.0 };
        let gift = if gives && profit > 0.0 { (revenue * 0.001).min(1e6) } else { 0.0 };
        // An annual return for December is due by the end of May.
        let end: Day = last_day(december);
        subject.period(rows, Source::TaxReturns, &mut s, end, (told, told), |factor| {
            let money = |yuan: f64| Cell::Fen(fen(yuan));
            [
                subject.id(),
                Cell::Day(end),
                money(revenue * factor),
                money(cost * factor),
                money(revenue * profit),
                if researches { money(research) } else { Cell::None },
                if researches { money(research * 0.97) } else { Cell::None },
                Cell::Number(staff),
                money(assets.max(current)),
                money(owed),
                money(current),
                money(short),
                money(receivables),
                money(inventory),
                money(cost * 38.0 / 365.0 * (0.15 * firm.leverage).exp()),
                money(cost * 0.02),
                money(revenue * 0.015),
                money(assets * intangible),
                money(cash),
                money(export),
                money(gift),
                Cell::None,
            ]
        });
    }
}
