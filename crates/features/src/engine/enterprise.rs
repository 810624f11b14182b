//! Part by part, enterprise by enterprise: all definitions over the records of one.

use super::aggregate::{self, Figured, Scratch};
use super::groups::Groups;
use super::layout::{Head, Layout};
use super::plan::{self, HitPlan, Node, Plan};
use super::population::Population;
use super::rows::Rows;
use super::store::{PARTS, Store, part_of};
use super::test::About;
use super::{Error, Step};
use crate::calendar::{date_of, months_between};
use crate::catalogue::{Catalogue, HitOf};
use crate::expression::{Function, Operator};
use crate::gate::Gate;
use crate::record::MISSING;
use crate::schema::{Absence, sources};
use crate::state::State;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a computation looks at besides records.
pub(super) struct Context<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) plan: &'a Plan,
    pub(super) groups: &'a Groups,
    /// Which sources were there and fit for use.
    pub(super) there: &'a [bool],
    pub(super) gate: &'a Gate,
    pub(super) as_of: i32,
}

/// The newest record of a source that was used, seen from the as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// Days, and whether its known time is assumed.
    Days(i32, bool),
    /// The enterprise has no record.
    NoRecord,
    /// The source was not there, or not fit for use.
    NotThere,
    /// The enterprise has not authorised it.
    NotAuthorised,
}

/// Everything that was computed.
#[derive(Debug, Default)]
pub(super) struct Computed {
    /// By enterprise, in the order of the population, the features one after another.
    pub(super) values: Vec<f64>,
    /// Like `values`.
    pub(super) states: Vec<State>,
    /// By enterprise the facts: a slot, a number or nothing.
    pub(super) facts: Vec<Option<f64>>,
    /// By enterprise the hits, in the words of the column.
    pub(super) hits: Vec<Option<String>>,
    /// By enterprise the sources.
    pub(super) ages: Vec<Age>,
    pub(super) superseded: u64,
    pub(super) conflicts: Vec<Conflict>,
}

/// Two records that can not both be true.
#[derive(Debug, Clone)]
pub(super) struct Conflict {
    pub(super) source: usize,
    pub(super) enterprise: u64,
    pub(super) detail: String,
}

/// Enterprise and position of each record, ordered by enterprise, then event day.
pub(super) fn order(layout: &Layout, bytes: &[u8]) -> Vec<(u64, u64)> {
    let records = bytes.chunks_exact(layout.width).enumerate();
    let mut order: Vec<(u64, u64)> = records
        .map(|(at, record)| {
            let head = Head::get(record);
            // The sign turned: days before 1970 come first.
            let day = u64::from(head.event as u32 ^ 0x8000_0000);
            (head.enterprise, day << 32 | at as u64)
        })
        .collect();
    order.sort_unstable();
    order
}

/// One enterprise's results.
struct One {
    values: Vec<f64>,
    states: Vec<State>,
    facts: Vec<Option<f64>>,
    hits: Option<String>,
    ages: Vec<Age>,
}

pub(super) fn compute(
    context: &Context<'_>,
    layouts: &[Layout],
    store: &Store,
    population: &Population,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<Computed, Error> {
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); PARTS];
    for at in 0..population.len() {
        members[part_of(population.key(at))].push(at as u32);
    }
    let done = AtomicU64::new(0);
    type Part = (Vec<u32>, Vec<One>, u64, Vec<Conflict>);
    let parts: Vec<Part> = members
        .into_par_iter()
        .enumerate()
        .map(|(part, mut members)| {
            members.sort_unstable_by_key(|&m| population.key(m as usize));
            let mut worker = Worker::new(context, layouts);
            worker.load(store, part)?;
            let ones = members.iter().map(|&m| worker.one(population, m as usize)).collect();
            progress(Step::Computing(done.fetch_add(1, Ordering::Relaxed) + 1, PARTS as u64));
            Ok((members, ones, worker.superseded, worker.conflicts))
        })
        .collect::<Result<_, Error>>()?;

    let features = context.catalogue.features.len();
    let facts = context.catalogue.facts.len();
    let n = population.len();
    let mut out = Computed {
        values: vec![f64::NAN; n * features],
        states: vec![State::Unknown; n * features],
        facts: vec![None; n * facts],
        hits: vec![None; n],
        ages: vec![Age::NotThere; n * sources().len()],
        ..Computed::default()
    };
    for (members, ones, superseded, conflicts) in parts {
        for (at, one) in members.into_iter().map(|m| m as usize).zip(ones) {
            out.values[at * features..][..features].copy_from_slice(&one.values);
            out.states[at * features..][..features].copy_from_slice(&one.states);
            out.facts[at * facts..][..facts].copy_from_slice(&one.facts);
            out.ages[at * sources().len()..][..sources().len()].copy_from_slice(&one.ages);
            out.hits[at] = one.hits;
        }
        out.superseded += superseded;
        out.conflicts.extend(conflicts);
    }
    out.conflicts.sort_by(|a, b| (a.source, a.enterprise, &a.detail).cmp(&(b.source, b.enterprise, &b.detail)));
    Ok(out)
}

struct Worker<'a> {
    context: &'a Context<'a>,
    layouts: &'a [Layout],
    bytes: Vec<Vec<u8>>,
    orders: Vec<Vec<(u64, u64)>>,
    /// How far each order is read.
    next: Vec<usize>,
    rows: Vec<Rows>,
    figures: Vec<Vec<Figured>>,
    scratch: Scratch,
    positions: Vec<u32>,
    superseded: u64,
    conflicts: Vec<Conflict>,
}

impl<'a> Worker<'a> {
    fn new(context: &'a Context<'a>, layouts: &'a [Layout]) -> Self {
        let n = layouts.len();
        let figures = context.plan.sources.iter().map(|s| vec![Err(State::Unknown); s.figures.len()]).collect();
        Self {
            context,
            layouts,
            bytes: vec![Vec::new(); n],
            orders: vec![Vec::new(); n],
            next: vec![0; n],
            rows: std::iter::repeat_with(Rows::default).take(n).collect(),
            figures,
            scratch: Scratch::default(),
            positions: Vec::new(),
            superseded: 0,
            conflicts: Vec::new(),
        }
    }

    fn load(&mut self, store: &Store, part: usize) -> Result<(), Error> {
        for (source, layout) in self.layouts.iter().enumerate() {
            store.take(source, part, &mut self.bytes[source]).map_err(Error::Spill)?;
            self.orders[source] = order(layout, &self.bytes[source]);
        }
        Ok(())
    }

    /// Computes one enterprise; they must come in the order of their keys.
    fn one(&mut self, population: &Population, at: usize) -> One {
        let key = population.key(at);
        let withheld = population.withheld(key);
        let mut ages = Vec::with_capacity(self.layouts.len());
        for source in 0..self.layouts.len() {
            let is_withheld = withheld & 1 << source != 0;
            ages.push(self.source(source, key, is_withheld));
        }
        let plan = self.context.plan;
        let day = self.context.as_of;
        let date = date_of(day);
        let (mut values, mut states) =
            (Vec::with_capacity(plan.features.len()), Vec::with_capacity(plan.features.len()));
        for (node, feature) in plan.features.iter().zip(&self.context.catalogue.features) {
            let valid = feature.valid_from <= date && feature.valid_until.is_none_or(|until| date <= until);
            let figured = if valid { self.value(node) } else { Err(State::Unknown) };
            values.push(figured.unwrap_or(f64::NAN));
            states.push(figured.err().unwrap_or(State::Value));
        }
        let facts = plan.facts.iter().map(|node| self.value(node).ok()).collect();
        One { values, states, facts, hits: self.hits(&ages), ages }
    }

    /// Puts the records of a source in order and computes its figures.
    fn source(&mut self, source: usize, key: u64, is_withheld: bool) -> Age {
        let plan = &self.context.plan.sources[source];
        let order = &self.orders[source];
        let mut at = self.next[source];
        while order.get(at).is_some_and(|o| o.0 < key) {
            at += 1;
        }
        self.positions.clear();
        while order.get(at).is_some_and(|o| o.0 == key) {
            self.positions.push(order[at].1 as u32);
            at += 1;
        }
        self.next[source] = at;
        let rows = &mut self.rows[source];
        if is_withheld {
            self.positions.clear();
        }
        let context = self.context;
        let compare = |layout: &Layout, a: &[u8], b: &[u8]| compare(context.gate, source, layout, a, b);
        let found = rows.fill(&self.layouts[source], &self.bytes[source], &self.positions, &compare);
        self.superseded += found.superseded;
        if found.conflict.is_some() {
            let detail = "records of one identity, known at the same time, say different things".to_owned();
            self.conflicts.push(Conflict { source, enterprise: key, detail });
        }
        for row in 0..rows.len() {
            let mut earlier = 0;
            for (bit, test) in plan.tests.iter().enumerate() {
                let about = About { rows, row, enterprise: key, groups: context.groups, earlier };
                earlier |= u64::from(test.as_ref().is_none_or(|t| t.holds(about))) << bit;
            }
            rows.holds.push(earlier);
        }
        let figures = &mut self.figures[source];
        if is_withheld {
            figures.fill(Err(State::NotAuthorised));
            return Age::NotAuthorised;
        }
        if !context.there[source] {
            figures.fill(Err(State::Unknown));
            return Age::NotThere;
        }
        if rows.len() == 0 && sources()[source].absence == Absence::Unknown {
            figures.fill(Err(State::Unknown));
            return Age::NoRecord;
        }
        for (figure, out) in plan.figures.iter().zip(figures) {
            *out = match figure.controllers && (!context.groups.known || context.groups.of(key).is_none()) {
                true => Err(State::Unknown),
                false => aggregate::figure(figure, rows, &mut self.scratch, context.as_of),
            };
        }
        match rows.event.last() {
            Some(last) => Age::Days(context.as_of - last, rows.known_assumed),
            None => Age::NoRecord,
        }
    }

    fn value(&self, node: &Node) -> Figured {
        let number = |x: f64| if x.is_finite() { Ok(x + 0.0) } else { Err(State::EmptyDenominator) };
        match node {
            Node::Number(n) => Ok(*n),
            Node::Figure(source, at) => self.figures[*source][*at],
            Node::Negative(a) => self.value(a).and_then(|x| number(-x)),
            Node::Coded(a, numbers) => {
                let code = self.value(a)?;
                numbers.get(code as usize).copied().ok_or(State::Unknown)
            }
            Node::Binary(operator, a, b) => {
                let (a, b) = both(self.value(a), self.value(b))?;
                number(match operator {
                    Operator::Add => a + b,
                    Operator::Subtract => a - b,
                    Operator::Multiply => a * b,
                    Operator::Divide if b > 0.0 => a / b,
                    Operator::Divide => return Err(State::EmptyDenominator),
                })
            }
            Node::Call(function, of) => self.call(*function, of).and_then(number),
        }
    }

    fn call(&self, function: Function, of: &[Node]) -> Figured {
        let first = self.value(&of[0]);
        match function {
            Function::Abs => Ok(first?.abs()),
            Function::Min => both(first, self.value(&of[1])).map(|(a, b)| a.min(b)),
            Function::Max => both(first, self.value(&of[1])).map(|(a, b)| a.max(b)),
            Function::Clamp => {
                let (low, high) = both(self.value(&of[1]), self.value(&of[2]))?;
                Ok(first?.max(low).min(high))
            }
            Function::IfEmpty => match first {
                Err(State::EmptyDenominator) => self.value(&of[1]),
                other => other,
            },
            Function::MonthsUntil => Ok(f64::from(months_between(self.context.as_of, first? as i32))),
        }
    }

    /// The hits in force, in the words of the column; in the order of codes, then days.
    fn hits(&self, ages: &[Age]) -> Option<String> {
        let mut found = Vec::new();
        for (hit, entry) in self.context.plan.hits.iter().zip(&self.context.catalogue.hits) {
            if !matches!(ages[hit.source], Age::Days(..)) {
                continue;
            }
            if let Some((node, above)) = &hit.test
                && !self.value(node).is_ok_and(|x| x > *above)
            {
                continue;
            }
            self.hit(hit, &entry.code, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        (!found.is_empty()).then(|| found.join(";"))
    }

    /// By thing the time of the newest record that says something of what the condition looks at.
    fn newest(&self, hit: &HitPlan, key: impl Fn(usize) -> i64) -> HashMap<i64, (i32, i64)> {
        let rows = &self.rows[hit.source];
        let mut newest = HashMap::new();
        for row in (0..rows.len()).filter(|&row| hit.says.iter().all(|place| place.get(rows, row) != MISSING)) {
            let time = (rows.event[row], rows.known[row]);
            newest.entry(key(row)).and_modify(|t: &mut (i32, i64)| *t = time.max(*t)).or_insert(time);
        }
        newest
    }

    fn hit(&self, hit: &HitPlan, code: &str, found: &mut Vec<String>) {
        let rows = &self.rows[hit.source];
        let key = |row: usize| hit.each.map_or(0, |place| place.get(rows, row));
        let newest = match hit.of {
            HitOf::Latest => self.newest(hit, key),
            HitOf::Any => HashMap::new(),
        };
        for row in 0..rows.len() {
            let may = match hit.of {
                HitOf::Any => true,
                HitOf::Latest => newest.get(&key(row)) == Some(&(rows.event[row], rows.known[row])),
            };
            if !may || rows.holds[row] >> hit.bit & 1 == 0 {
                continue;
            }
            let end = hit.end.map(|place| place.get(rows, row)).filter(|&d| d != MISSING);
            let end = end.map(|d| date_of(d as i32).to_string()).unwrap_or_default();
            let evidence = hit
                .evidence
                .and_then(|(column, place)| plan::text(self.context.gate, hit.source, column, place.get(rows, row)));
            // The signs that part entries can not stand inside one.
            let evidence = evidence.unwrap_or_default().replace(['|', ';'], "/");
            let source = &sources()[hit.source].id;
            found.push(format!("{code}|{source}|{}|{end}|{evidence}", date_of(rows.event[row])));
        }
    }
}

/// Both numbers, or the graver reason why one is none.
fn both(a: Figured, b: Figured) -> Result<(f64, f64), State> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(a), Err(b)) => Err(a.max(b)),
        (Err(state), Ok(_)) | (Ok(_), Err(state)) => Err(state),
    }
}

/// Orders two records by what they say; texts by their letters, for their codes differ from run to run.
fn compare(gate: &Gate, source: usize, layout: &Layout, a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    let (x, y) = (Head::get(a), Head::get(b));
    let mut order = x.event.cmp(&y.event);
    for slot in &layout.kept {
        order = order.then_with(|| {
            let (x, y) = (slot.get(a), slot.get(b));
            if x == y {
                return std::cmp::Ordering::Equal;
            }
            use crate::schema::Kind;
            match sources()[source].columns[slot.column].kind {
                Kind::Text | Kind::District | Kind::Industry | Kind::CreditCode => {
                    let text = |value| plan::text(gate, source, slot.column, value);
                    text(x).cmp(&text(y))
                }
                _ => x.cmp(&y),
            }
        });
    }
    order
}
