//! What the policies' events tell of an enterprise: ratings, loans, guarantees, bridges, claims, benefits.
//!
//! A story is a pure function of the plan and the hidden life. It is written without the books: most of what it tells
//! is accepted, and what a quota, a fund or another rule refuses is left out where the events are judged
//! ([`crate::policy_events`]). How healthy the enterprise is shows in its score with noise, so that grades separate
//! those that default from others, and not too well.

mod aftermath;
mod benefit;
mod bridge;
mod bureau;
mod guarantee;
mod lending;
mod loan;
mod names;
mod rating;

use crate::calendar::{Day, first_day, month_of_day};
use crate::codes;
use crate::constants as c;
use crate::emit::zone;
use crate::firm::Firm;
use crate::path::Path;
use crate::plan::Plan;
use crate::random::{Purpose, Stream};
use chrono::NaiveDate;
use ledger::event::{Actor, Body, Event, LoanEvent, Office, Profile, UnixMicros};
use ledger::{BankId, LoanNo};
use policy::credit_line::Label;
use policy::{Borrower, Size};
use primitives::region::ZoneCode;
use primitives::size_class::{Size as Found, SizeInputs, size_of};
use primitives::{CreditCode, Fen, Industry, RegionCode};

pub(crate) use bureau::bureau;

/// An event with its place among those of its story.
#[derive(Debug)]
pub(crate) struct Told {
    /// When the ledger takes it: seconds of Beijing's wall clock since 1970.
    pub(crate) at: i64,
    pub(crate) event: Event,
    /// The event of the same story that it reverses: its number is known when that one was entered.
    pub(crate) reverses: Option<u32>,
    /// Whether a later one reverses it.
    pub(crate) reversed: bool,
}

/// What is told, in the order in which it was thought of.
pub(crate) struct Telling {
    /// Names the requests: the enterprise's number, or the city's word.
    name: String,
    /// Seconds of the day by which the requests of this story are later than eight o'clock.
    offset: i64,
    pub(crate) told: Vec<Told>,
}

impl Telling {
    pub(crate) fn new(name: String, offset: i64) -> Self {
        Self { name, offset, told: Vec::new() }
    }

    /// Tells something on the day on which it holds.
    pub(crate) fn tell(&mut self, on: Day, actor: Actor, body: Body) -> u32 {
        self.tell_late(on, 0, actor, body)
    }

    /// Tells something some days after the one on which it holds.
    pub(crate) fn tell_late(&mut self, on: Day, lag: i32, actor: Actor, body: Body) -> u32 {
        let index = self.told.len() as u32;
        // Of one day, what was thought of first is told first.
        let second = (8 * 3_600 + self.offset + 4 * i64::from(index)).min(23 * 3_600);
        let at = i64::from(on + lag) * 86_400 + second;
        let event = Event {
            request_id: names::id(&format!("合成{}-{index}", self.name)),
            actor,
            effective_on: date(on),
            recorded_at: UnixMicros((at - 8 * 3_600) * 1_000_000),
            body,
        };
        self.told.push(Told { at, event, reverses: None, reversed: false });
        index
    }

    /// Takes back an event of this story, on its day, as told some days later.
    pub(crate) fn take_back(&mut self, index: u32, lag: i32, actor: Actor, reason: &str) {
        let on = primitives::calendar::day_of(self.told[index as usize].event.effective_on);
        // The number stands for the event until that was entered.
        let by = self.tell_late(on, lag, actor, Body::Reversal { of: 0, reason: reason.to_owned() });
        self.told[by as usize].reverses = Some(index);
        self.told[index as usize].reversed = true;
    }
}

/// A story in the making.
pub(crate) struct Story<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) firm: &'a Firm,
    pub(crate) path: &'a Path,
    pub(crate) s: Stream,
    pub(crate) telling: Telling,
    code: CreditCode,
    industry: Industry,
    size: Option<Size>,
    label: Label,
    /// Numbers of objects.
    serial: u32,
}

/// All that is told of an enterprise, in the order of its recording.
pub(crate) fn story(plan: &Plan, firm: &Firm, path: &Path) -> Vec<Told> {
    let more = if path.defaulted.is_some() { c::ASKED_BEFORE_DEFAULT } else { 1.0 };
    let lot = |what: u64, share: f64| firm.lot(plan, what) < share * more;
    let [scheme, guaranteed, ordinary, benefit] =
        [(40, c::SCHEME_SHARE), (41, c::GUARANTEED_SHARE), (42, c::ORDINARY_SHARE), (43, c::BENEFIT_SHARE)]
            .map(|(what, share)| lot(what, share));
    if !(scheme || guaranteed || ordinary || benefit) {
        return Vec::new();
    }
    let mut story = Story::new(plan, firm, path);
    if scheme {
        story.commercial_value();
    }
    if guaranteed {
        story.guaranteed();
    }
    if ordinary {
        story.ordinary();
    }
    if benefit {
        story.benefit();
    }
    let mut told = story.telling.told;
    told.retain(|t| t.at < plan.seconds_end());
    told
}

impl<'a> Story<'a> {
    fn new(plan: &'a Plan, firm: &'a Firm, path: &'a Path) -> Self {
        let mut s = firm.stream(plan, Purpose::Policy, 0);
        let industry: Industry = firm.industry().code.parse().expect("codes of the constants are of the standard");
        let yuan = |yuan: f64| Some(Fen::new((yuan * 100.0) as i64));
        let sales = firm.log_sales.exp();
        let inputs = SizeInputs { staff: Some(firm.staff as i64), revenue: yuan(sales), assets: yuan(0.8 * sales) };
        let size = match size_of(industry, inputs, date(plan.last_day)) {
            Found::Class(class) => Some(class.into()),
            _ => None,
        };
        let makes = firm.industry().research > 0.01;
        let label = match s.uniform() {
            u if u < 0.01 && makes => Label::LittleGiant,
            u if u < 0.08 && makes => Label::Specialised,
            u if u < 0.16 => Label::Innovative,
            _ => Label::None,
        };
        let offset = i64::from(s.whole(0, 3 * 3_600));
        let code = codes::text(&firm.code).parse().expect("codes of the city pass their check");
        let telling = Telling::new(firm.number.to_string(), offset);
        Self { plan, firm, path, s, telling, code, industry, size, label, serial: 0 }
    }

    /// The first day from which nothing is paid any more.
    fn stops(&self) -> Day {
        self.path.defaulted.map_or(Day::MAX, |day| day - c::UNPAID_BEFORE_DEFAULT)
    }

    /// The day on which it leaves without owing anyone.
    fn leaves(&self) -> Day {
        match self.path.defaulted {
            Some(_) => Day::MAX,
            None => first_day(self.path.silent.min(self.path.ended)),
        }
    }

    /// Whether it may still begin something on a day: neither gone nor about to default.
    fn goes_on(&self, day: Day) -> bool {
        day < self.plan.last_day && day < self.stops() - 20 && day < self.leaves() - 120
    }

    /// A day of the first years on which something begins, once the firm has a year behind it.
    fn begins(&mut self) -> Day {
        let first = first_day(self.plan.first);
        let spread = (self.plan.last_day - first).min(1_100);
        (first + self.s.whole(3, spread)).max(self.firm.founded + 360)
    }

    fn number(&mut self, word: &str) -> String {
        self.serial += 1;
        format!("合成{word}{}-{}", self.firm.number, self.serial)
    }

    fn district(&self, day: Day) -> RegionCode {
        RegionCode::new(self.firm.district_on(self.plan, day)).expect("codes of the constants have six digits")
    }

    fn profile(&self, day: Day) -> Profile {
        Profile {
            enterprise: self.code,
            borrower: Borrower::Enterprise,
            district: self.district(day),
            industry: self.industry,
            size: self.size,
            label: self.label,
            zone: zone(self.plan, self.firm).parse().ok().filter(|zone: &ZoneCode| zone.exists_on(date(day))),
        }
    }

    /// Strength of a sign of distress in the month of a day, as its banks see it.
    fn strained(&self, day: Day) -> f64 {
        self.path.distress(crate::path::Sign::Bank, month_of_day(day), 0)
    }

    /// Tells a bank's event of one of its loans.
    fn of_loan(&mut self, on: Day, bank: BankId, loan: LoanNo, did: LoanEvent) -> u32 {
        self.of_loan_late(on, 0, bank, loan, did)
    }

    fn of_loan_late(&mut self, on: Day, lag: i32, bank: BankId, loan: LoanNo, did: LoanEvent) -> u32 {
        let actor = Actor { id: names::id("合成银行经办"), office: Office::Bank(bank) };
        self.telling.tell_late(on, lag, actor, Body::Loan { bank, loan, did })
    }

    /// Yuan of a year's usual sales.
    fn sales(&self) -> f64 {
        self.firm.log_sales.exp()
    }
}

/// The day as a date.
pub(crate) fn date(day: Day) -> NaiveDate {
    primitives::calendar::date_of(day).unwrap_or(NaiveDate::MAX)
}

/// Yuan, in whole ten thousands and one at least, as fen.
fn round_fen(yuan: f64) -> i64 {
    (yuan / 1e4).round().max(1.0) as i64 * 1_000_000
}
