//! Value-added tax invoices, both ways.

use super::trade::{Circle, Deal, digital_from, outsider, pair_deals, ring_deals};
use super::{Subject, fen};
use crate::Grain;
use crate::calendar::{Day, Month, days_in, first_day, last_day, month_of_day};
use crate::codes;
use crate::constants as c;
use crate::firm::Archetype;
use crate::path::{DEMAND, LIQUIDITY, Sign};
use crate::random::{Purpose, Stream, hash};
use crate::rows::{Cell, Rows};
use crate::sources::Source;
use std::fmt::Write as _;

/// What was invoiced in a month, in yuan.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Invoiced {
    pub(super) sales: f64,
    pub(super) purchases: f64,
    /// The part of sales that there is nothing behind.
    pub(super) hollow: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Sale,
    Purchase,
}

/// Writes the invoices and tells what they add up to, by month of records.
pub(super) fn emit(subject: &Subject<'_>, rows: &mut Rows) -> Vec<Invoiced> {
    let plan = subject.plan;
    let book = Book::new(subject);
    let sellers = subject.spine.sellers(plan, subject.firm.number);
    let mut text = String::new();
    (plan.first..plan.first + plan.months)
        .map(|month| {
            let mut s = subject.firm.stream(plan, Purpose::Invoices, month as u64);
            let mut deals: Vec<(Direction, Deal)> = Vec::new();
            if plan.grain == Grain::Invoices {
                book.pairs(month, &sellers, &mut deals);
            }
            book.rest(month, &mut s, &mut deals);
            let hollow = book.hollow(month, &mut s, &mut deals);
            let mut total = Invoiced { hollow, ..Invoiced::default() };
            for (direction, deal) in &deals {
                match direction {
                    Direction::Sale => total.sales += deal.amount as f64 / 100.0,
                    Direction::Purchase => total.purchases += deal.amount as f64 / 100.0,
                }
                write(subject, rows, *direction, deal, &mut text);
            }
            total
        })
        .collect()
}

/// How an enterprise deals.
struct Book<'a> {
    subject: &'a Subject<'a>,
    customers: Circle,
    narrow: Circle,
    suppliers: Circle,
    /// Share of sales that is invoiced at all.
    invoiced: f64,
    /// Purchases for a yuan of sales.
    buying: f64,
    sale_goods: [u32; 3],
    purchase_goods: [u32; 3],
}

impl<'a> Book<'a> {
    fn new(subject: &'a Subject<'a>) -> Self {
        let (plan, firm) = (subject.plan, subject.firm);
        let mut s = firm.stream(plan, Purpose::Invoices, 0);
        let size = (firm.log_sales - 11.5).max(0.0);
        let shell = firm.archetype == Archetype::Shell;
        let usual = (2.0 + 2.2 * size) * (0.45 * s.normal()).exp();
        let customers = if shell { 3 } else { (usual as usize).clamp(2, 60) };
        let suppliers = if shell { 2 } else { ((usual * 0.7 * (0.3 * s.normal()).exp()) as usize).clamp(2, 40) };
        let steep = (0.75 + 0.30 * firm.concentration + 0.2 * s.normal()).clamp(0.1, 2.2);
        let months = if shell { 7.0 } else { c::PARTNER_MONTHS * (0.35 * s.normal() + 0.12 * firm.quality).exp() };
        let outside = (firm.industry().outside + 0.15 * s.normal()).clamp(0.0, 0.95);
        let circle = |list: u64, size: usize, steep: f64| {
            Circle::new(plan, firm.number * 4 + list, size, steep, outside, months)
        };
        let goods = firm.industry().goods;
        let other = *s.pick(&[101, 103, 104, 106, 107, 108, 109, 301, 304, 305]);
        // Who makes or trades buys much of its own kind; a shell buys anything.
        let same = if shell { 0.05 } else { 0.55 };
        let kind = |s: &mut Stream| if s.chance(same) { goods } else { other };
        let invoiced = s.between(0.72, 1.0);
        Self {
            subject,
            customers: circle(0, customers, steep),
            narrow: circle(0, customers, steep + 0.5),
            suppliers: circle(1, suppliers, (0.8 + 0.3 * s.normal()).clamp(0.1, 2.0)),
            invoiced,
            buying: (0.85 + 0.08 * s.normal()).clamp(0.55, 1.05) * (1.0 - firm.margin),
            sale_goods: [goods * 100, goods * 100 + 1, goods * 100 + 2],
            purchase_goods: [kind(&mut s) * 100, kind(&mut s) * 100 + 3, other * 100 + 4],
        }
    }

    /// Deals with others of the city.
    fn pairs(&self, month: Month, sellers: &[(u64, u64)], deals: &mut Vec<(Direction, Deal)>) {
        let (plan, spine, me) = (self.subject.plan, self.subject.spine, self.subject.firm.number);
        for slot in 0..=c::PAIR_SLOTS {
            if let Some((_, made)) = pair_deals(plan, spine, me, slot, month) {
                deals.extend(made.into_iter().map(|d| (Direction::Sale, d)));
            }
        }
        for &(seller, slot) in sellers {
            if let Some((buyer, made)) = pair_deals(plan, spine, seller, slot, month).filter(|p| p.0 == me) {
                debug_assert_eq!(buyer, me);
                let code = spine.partners[seller as usize].code;
                deals.extend(made.into_iter().map(|d| (Direction::Purchase, Deal { counterparty: code, ..d })));
            }
        }
    }

    /// Invoices that there is nothing behind: of a ring, before an application. Returns the sales among them.
    fn hollow(&self, month: Month, s: &mut Stream, deals: &mut Vec<(Direction, Deal)>) -> f64 {
        let (plan, firm) = (self.subject.plan, self.subject.firm);
        let before = deals.len();
        match firm.archetype {
            Archetype::Ring => {
                let (group, place) = (firm.number / 3, firm.number % 3);
                let of = |place: u64| ring_deals(plan, self.subject.spine, group, place, month, firm.scheme.0);
                deals.extend(of(place).into_iter().map(|d| (Direction::Sale, d)));
                let seller = self.subject.spine.partners[(group * 3 + (place + 2) % 3) as usize].code;
                let bought = of((place + 2) % 3).into_iter();
                deals.extend(bought.map(|d| (Direction::Purchase, Deal { counterparty: seller, ..d })));
            }
            Archetype::BlownUpSales if firm.schemes(month) && self.subject.path.active(firm, month) => {
                let times = c::BLOW_UP[0] - 1.0 + (c::BLOW_UP[1] - c::BLOW_UP[0]) * firm.lot(plan, 1);
                let extra = times * firm.log_sales.exp() / 12.0;
                let count = s.whole(2, 4);
                for k in 0..count {
                    let friend = hash(plan.seed, Purpose::Partner, firm.number, 500 + k as u64 % 2);
                    let (code, region) = outsider(plan, friend % (plan.enterprises * 6 + 500), false);
                    let yuan = extra / f64::from(count) * s.between(0.8, 1.2);
                    let round = if s.chance(0.5) { (yuan / 1e3).round().max(1.0) * 1e3 } else { yuan };
                    deals.push((Direction::Sale, self.deal(s, month, code, region, round, self.sale_goods[0])));
                }
            }
            _ => {}
        }
        let sales = deals[before..].iter().filter(|d| d.0 == Direction::Sale);
        sales.map(|d| d.1.amount as f64 / 100.0).sum()
    }

    /// What is left of the month's sales and purchases goes to partners outside the simulated ones.
    fn rest(&self, month: Month, s: &mut Stream, deals: &mut Vec<(Direction, Deal)>) {
        let (firm, path, plan) = (self.subject.firm, self.subject.path, self.subject.plan);
        let sold = path.sold(month);
        if sold <= 0.0 {
            return;
        }
        let paired = |direction: Direction| {
            deals.iter().filter(|d| d.0 == direction).map(|d| d.1.amount as f64 / 100.0).sum::<f64>()
        };
        let sales = sold * self.invoiced - paired(Direction::Sale);
        let shell = firm.archetype == Archetype::Shell;
        let stock = (0.25 * s.normal()).exp()
            * (1.0 - 0.05 * path.bad(LIQUIDITY, month - 1)).clamp(0.7, 1.3)
            * (1.0 - 0.35 * path.distress(Sign::Customers, month, 1));
        let bought = if shell { sold * self.invoiced * s.between(0.97, 1.0) } else { sold * self.buying * stock };
        let purchases = bought - paired(Direction::Purchase);
        let squeezed = path.distress(Sign::Customers, month, 0) > 0.5 || path.factor(DEMAND, month) < -1.3;
        let customers = if squeezed { &self.narrow } else { &self.customers };
        let many = if shell { 0.25 } else { 1.0 };
        let sale_count = ((sales.max(0.0) / 15_000.0).powf(0.45) * many).clamp(0.8, 25.0);
        let purchase_count = ((purchases.max(0.0) / 20_000.0).powf(0.42) * many).clamp(0.6, 16.0);
        for (direction, yuan, count, circle, goods) in [
            (Direction::Sale, sales, sale_count, customers, &self.sale_goods),
            (Direction::Purchase, purchases, purchase_count, &self.suppliers, &self.purchase_goods),
        ] {
            if yuan < 200.0 {
                continue;
            }
            let count = if plan.grain == Grain::Months { 1 } else { s.poisson(count).max(1) };
            let weights: Vec<f64> = (0..count).map(|_| (0.8 * s.normal()).exp()).collect();
            let sum: f64 = weights.iter().sum();
            for weight in weights {
                let (code, region) = circle.partner(plan, s, month);
                let amount = yuan * weight / sum;
                let kind = goods[s.weighted([0.6, 0.25, 0.15].into_iter())];
                let amount = self.rounded(s, month, amount);
                let mut deal = self.deal(s, month, code, region, amount, kind);
                if direction == Direction::Purchase {
                    deal.digital = month >= digital_from(plan, deal.mark % 1_000);
                    (deal.void, deal.red) = (c::VOIDED.monthly, c::REVERSED.monthly);
                }
                deals.push((direction, deal));
            }
        }
    }

    /// Some amounts are round, of some owners more.
    fn rounded(&self, s: &mut Stream, month: Month, yuan: f64) -> f64 {
        let hollow = if self.subject.firm.archetype == Archetype::Shell { 1.5 } else { 0.0 };
        if yuan > 3_000.0 && s.chance_logit(self.subject.path.odds(&c::ROUND_AMOUNT, month) + hollow) {
            (yuan / 1_000.0).round() * 1_000.0
        } else {
            yuan
        }
    }

    fn deal(
        &self,
        s: &mut Stream,
        month: Month,
        counterparty: [u8; 18],
        region: &'static str,
        yuan: f64,
        goods: u32,
    ) -> Deal {
        let (plan, firm, path) = (self.subject.plan, self.subject.firm, self.subject.path);
        let days = days_in(month);
        let day = if s.chance_logit(path.odds(&c::MONTH_END, month)) {
            s.whole(days - 3, days - 1)
        } else {
            s.whole(0, days - 1)
        };
        Deal {
            counterparty,
            region,
            day: first_day(month) + day,
            amount: fen(yuan).max(1_000),
            vat: firm.industry().vat,
            goods,
            mark: s.next(),
            digital: month >= digital_from(plan, firm.number),
            void: path.rate(&c::VOIDED, month),
            red: path.rate(&c::REVERSED, month),
        }
    }
}

/// Writes a deal as it was recorded: the invoice, perhaps corrected, voided or reversed.
fn write(subject: &Subject<'_>, rows: &mut Rows, direction: Direction, deal: &Deal, text: &mut String) {
    // What happens to an invoice is read off its mark, so both sides tell the same.
    let mut s = Stream::new(subject.plan.seed, Purpose::Invoices, deal.mark, 1);
    let month = month_of_day(deal.day);
    let year = month.div_euclid(12) % 100;
    text.clear();
    let number = |text: &mut String, mark: u64| {
        let from = text.len();
        let _ = if deal.digital {
            write!(text, "{year:02}50{:016}", mark % 10_000_000_000_000_000)
        } else {
            write!(text, "{:08}", mark % 100_000_000)
        };
        from..text.len()
    };
    let (blue, red) = (number(text, deal.mark), number(text, s.next()));
    let goods = text.len();
    let _ = write!(text, "{}00000000000000", deal.goods);
    let code = text.len();
    let _ = write!(text, "50002{year:02}{:03}", deal.mark / 100_000_000 % 1_000);
    let (blue, red) = (&text[blue], &text[red]);
    let face = Face {
        id: subject.id(),
        direction: if direction == Direction::Sale { "sale" } else { "purchase" },
        goods: &text[goods..code],
        // A fully digital invoice has a number alone.
        code: if deal.digital { Cell::None } else { Cell::Text(&text[code..]) },
        deal,
    };
    let known = subject.known(&mut s, deal.day, (0, 1));
    let source = Source::Invoices;
    if s.chance(c::CORRECTED_SHARE * 0.3) {
        let wrong = (deal.amount as f64 * s.between(0.5, 1.6)) as i64;
        subject.at_time(rows, source, deal.day, known - 1_800, &mut face.cells(blue, deal.day, wrong, "valid"));
    }
    subject.at_time(rows, source, deal.day, known, &mut face.cells(blue, deal.day, deal.amount, "valid"));
    let (voided, reversed) = (s.uniform(), s.uniform());
    if !deal.digital && voided < deal.void {
        // By rule within the month; the record of some comes after its end.
        let within = last_day(month) - deal.day;
        let after = if s.chance(0.2) { within + s.whole(1, 30) } else { s.whole(0, within.max(0)) };
        let known = known + 600 + i64::from(after) * 86_400;
        subject.at_time(rows, source, deal.day, known, &mut face.cells(blue, deal.day, deal.amount, "void"));
    } else if reversed < deal.red {
        let day = deal.day + s.whole(0, 90);
        let back = if s.chance(0.7) { deal.amount } else { (deal.amount as f64 * s.between(0.1, 0.9)) as i64 };
        // A few arrive before the blue one that they reverse.
        let known = if s.chance(0.1) { i64::from(day) * 86_400 + 60 } else { subject.known(&mut s, day, (0, 1)) };
        let mut cells = face.cells(red, day, -back, "red");
        cells[9] = Cell::Text(blue);
        subject.at_time(rows, source, day, known, &mut cells);
    }
}

/// What the records of one invoice have in common.
struct Face<'c> {
    id: Cell<'c>,
    direction: &'static str,
    goods: &'c str,
    code: Cell<'c>,
    deal: &'c Deal,
}

impl<'c> Face<'c> {
    fn cells(&self, number: &'c str, day: Day, amount: i64, status: &'static str) -> [Cell<'c>; 13] {
        [
            self.id,
            Cell::Text(number),
            Cell::Day(day),
            Cell::Code(self.direction),
            Cell::Text(codes::text(&self.deal.counterparty)),
            Cell::Fen(amount),
            Cell::Fen((amount * self.deal.vat + 50).div_euclid(100)),
            Cell::Code(status),
            self.code,
            Cell::None,
            Cell::Text(self.goods),
            Cell::Text(self.deal.region),
            Cell::None,
        ]
    }
}
