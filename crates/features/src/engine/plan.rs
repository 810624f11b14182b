//! The catalogue, ready to be computed: every condition once, every aggregate once.

use super::layout::Layout;
use super::test::{Place, Resolver, Test};
use crate::calendar::{Span, Window, last_full_month};
use crate::catalogue::{Catalogue, Hit, HitOf};
use crate::expression::{Aggregate, Condition, Function, Operand, Operation, Operator, Value};
use crate::gate::Gate;
use crate::record::MISSING;
use crate::schema::{Kind, number, sources};

/// What is read of each source: only what a definition uses.
pub(super) fn wanted(catalogue: &Catalogue) -> Vec<Layout> {
    let mut used: Vec<Vec<usize>> = vec![Vec::new(); sources().len()];
    let mut add = |source: &str, names: &[&str]| {
        let number = number(source).expect("the catalogue was checked");
        used[number].extend(names.iter().filter_map(|n| sources()[number].column(n)));
    };
    add("relations", &["person_id", "role", "until_on"]);
    let facts = catalogue.facts.iter().map(|f| &f.value);
    let tests = catalogue.hits.iter().filter_map(|h| h.test.as_ref()).map(|(value, _)| value);
    let values = catalogue.features.iter().map(|f| &f.value).chain(facts).chain(tests);
    for selection in values.flat_map(Value::aggregates).flat_map(|a| &a.selections) {
        let set = &catalogue.sets[&selection.set];
        let mut names = Vec::new();
        set.condition.iter().chain(&selection.condition).for_each(|c| columns(c, &mut names));
        names.extend(selection.column.iter().chain(&selection.by).map(String::as_str));
        add(&set.source, &names);
    }
    for hit in &catalogue.hits {
        let mut names = Vec::new();
        columns(&hit.condition, &mut names);
        names.extend(hit.end.iter().chain(&hit.evidence).chain(&hit.each).map(String::as_str));
        add(&hit.source, &names);
    }
    sources().iter().zip(&used).map(|(source, used)| Layout::new(source, used)).collect()
}

/// The columns a condition looks at; codes among the words are no columns and drop out later.
fn columns<'c>(condition: &'c Condition, out: &mut Vec<&'c str>) {
    match condition {
        Condition::And(a, b) | Condition::Or(a, b) => [a, b].into_iter().for_each(|c| columns(c, out)),
        Condition::Not(a) => columns(a, out),
        Condition::Compare(name, _, operand) => {
            out.push(name);
            if let Operand::Word(word) = operand {
                out.push(word);
            }
        }
        Condition::In(name, _)
        | Condition::Missing(name)
        | Condition::Within(name, _)
        | Condition::MonthEnd(name, _)
        | Condition::Multiple(name, _)
        | Condition::SameController(name) => out.push(name),
    }
}

/// The catalogue as of a date, over the sources that were read.
#[derive(Debug)]
pub(super) struct Plan {
    /// By source.
    pub(super) sources: Vec<SourcePlan>,
    /// In the order of the catalogue.
    pub(super) features: Vec<Node>,
    /// The latest values that are facts, in the order of the catalogue.
    pub(super) facts: Vec<Node>,
    /// In the order of the catalogue.
    pub(super) hits: Vec<HitPlan>,
}

/// What is computed over the records of a source.
#[derive(Debug, Default)]
pub(super) struct SourcePlan {
    /// Conditions, each a bit of [`super::rows::Rows::holds`].
    pub(super) tests: Vec<Option<Test>>,
    /// Aggregates.
    pub(super) figures: Vec<Figure>,
}

/// An aggregate in slots.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    pub(super) operation: Operation,
    /// Bits of the conditions of one selection or two.
    pub(super) bits: [u32; 2],
    /// Columns of one selection or two.
    pub(super) columns: [Option<Place>; 2],
    /// Column that parts the records.
    pub(super) by: Option<usize>,
    pub(super) parameter: usize,
    /// Days looked at.
    pub(super) span: Span,
    /// First month of the span and how many there are.
    pub(super) months: (i32, usize),
    /// Slot steps of one unit.
    pub(super) unit: f64,
    /// Whether a condition asks who controls whom.
    pub(super) controllers: bool,
}

/// A definition over the figures of sources.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Number(f64),
    Binary(Operator, Box<Node>, Box<Node>),
    Negative(Box<Node>),
    Call(Function, Vec<Node>),
    /// Source and index of the figure.
    Figure(usize, usize),
    /// A code of a column, and the number that stands for each.
    Coded(Box<Node>, Vec<f64>),
}

/// An entry of the negative list in slots.
#[derive(Debug)]
pub(super) struct HitPlan {
    pub(super) source: usize,
    pub(super) of: HitOf,
    pub(super) bit: u32,
    /// What the condition looks at; the latest record that says nothing of it says nothing of the hit.
    pub(super) says: Vec<Place>,
    /// The column of things of which each has a latest record.
    pub(super) each: Option<Place>,
    pub(super) test: Option<(Node, f64)>,
    pub(super) end: Option<Place>,
    /// The column and its place.
    pub(super) evidence: Option<(usize, Place)>,
}

struct Builder<'a> {
    catalogue: &'a Catalogue,
    layouts: &'a [Layout],
    gate: &'a Gate,
    as_of: i32,
    /// The day from which the months of the definition at hand are counted.
    months_as_of: i32,
    sources: Vec<SourcePlan>,
}

impl Plan {
    pub(super) fn new(catalogue: &Catalogue, layouts: &[Layout], gate: &Gate, as_of: i32) -> Self {
        let empty = || SourcePlan::default();
        let sources = layouts.iter().map(|_| empty()).collect();
        let mut b = Builder { catalogue, layouts, gate, as_of, months_as_of: as_of, sources };
        let features = catalogue
            .features
            .iter()
            .map(|f| {
                b.months_as_of = as_of - months_lag(&f.sources);
                match f.codes.is_empty() {
                    true => b.node(&f.value),
                    false => b.coded(&f.value, &f.codes),
                }
            })
            .collect();
        b.months_as_of = as_of;
        let facts = catalogue.facts.iter().map(|f| b.node(&f.value)).collect();
        let hits = catalogue.hits.iter().map(|h| b.hit(h)).collect();
        Self { sources: b.sources, features, facts, hits }
    }
}

impl Builder<'_> {
    fn resolver(&self, source: usize) -> Resolver<'_> {
        Resolver {
            number: source,
            source: &sources()[source],
            layout: &self.layouts[source],
            gate: self.gate,
            as_of: self.as_of,
        }
    }

    fn node(&mut self, value: &Value) -> Node {
        match value {
            Value::Number(n) => Node::Number(*n),
            Value::AsOf => Node::Number(f64::from(self.as_of)),
            Value::Negative(a) => Node::Negative(Box::new(self.node(a))),
            Value::Binary(operator, a, b) => {
                let (a, b) = (self.node(a), self.node(b));
                Node::Binary(*operator, Box::new(a), Box::new(b))
            }
            Value::Call(function, of) => Node::Call(*function, of.iter().map(|v| self.node(v)).collect()),
            // What the peers are is seen when all enterprises are computed.
            Value::Peers(_, of, _) => self.node(of),
            Value::Aggregate(a) => self.figure(a),
        }
    }

    fn coded(&mut self, value: &Value, codes: &std::collections::BTreeMap<String, f64>) -> Node {
        let Value::Aggregate(a) = value else { return self.node(value) };
        let selection = &a.selections[0];
        let source = number(&self.catalogue.sets[&selection.set].source).expect("the catalogue was checked");
        let name = selection.column.as_deref().expect("the catalogue was checked");
        let column = &sources()[source].columns[sources()[source].column(name).expect("checked")];
        let numbers = column.codes.iter().map(|c| codes[&c.key]).collect();
        Node::Coded(Box::new(self.figure(a)), numbers)
    }

    fn figure(&mut self, a: &Aggregate) -> Node {
        let set = &self.catalogue.sets[&a.selections[0].set];
        let source = number(&set.source).expect("the catalogue was checked");
        let (mut bits, mut columns, mut controllers) = ([0; 2], [None; 2], false);
        let (mut by, mut unit) = (None, 1.0);
        for (i, s) in a.selections.iter().enumerate() {
            // The set's own condition is asked once, whoever narrows it further.
            let of_set = self.bit(source, self.catalogue.sets[&s.set].condition.as_ref());
            bits[i] = match &s.condition {
                None => of_set,
                Some(condition) => {
                    let narrower = self.resolver(source).test(condition);
                    let test = match self.sources[source].tests[of_set as usize] {
                        None => narrower,
                        Some(_) => Test::And(Box::new(Test::Bit(of_set)), Box::new(narrower)),
                    };
                    self.bit_of(source, Some(test))
                }
            };
            let test = &self.sources[source].tests[bits[i] as usize];
            controllers |= test.as_ref().is_some_and(Test::asks_for_controllers);
            let resolver = self.resolver(source);
            if let Some(name) = &s.column {
                columns[i] = Some(resolver.place(name));
                let column = &resolver.source.columns[resolver.source.column(name).expect("checked")];
                unit = column.unit().unwrap_or(1.0);
            }
            by = s.by.as_ref().map(|name| match resolver.place(name) {
                Place::Slot(slot) => slot,
                Place::Event => unreachable!("records are parted by keys and texts, which are no days"),
            });
        }
        let months = match a.window {
            Window::Months { months, ago } => {
                let last = last_full_month(self.months_as_of) - i32::from(ago);
                (last + 1 - i32::from(months), usize::from(months))
            }
            _ => (0, 0),
        };
        let figure = Figure {
            operation: a.operation,
            bits,
            columns,
            by,
            parameter: a.parameter.unwrap_or(0) as usize,
            span: match a.window {
                Window::Months { .. } => a.window.span(self.months_as_of),
                _ => a.window.span(self.as_of),
            },
            months,
            unit,
            controllers,
        };
        let figures = &mut self.sources[source].figures;
        let at = figures.iter().position(|f| *f == figure).unwrap_or_else(|| {
            figures.push(figure);
            figures.len() - 1
        });
        Node::Figure(source, at)
    }

    /// The bit of a condition on the records of a source.
    fn bit(&mut self, source: usize, condition: Option<&Condition>) -> u32 {
        let test = condition.map(|c| self.resolver(source).test(c));
        self.bit_of(source, test)
    }

    fn bit_of(&mut self, source: usize, test: Option<Test>) -> u32 {
        let tests = &mut self.sources[source].tests;
        let at = tests.iter().position(|t| *t == test).unwrap_or_else(|| {
            tests.push(test);
            tests.len() - 1
        });
        assert!(at < 64, "more than 64 different conditions on {}: widen the mask", sources()[source].id);
        at as u32
    }

    fn hit(&mut self, h: &Hit) -> HitPlan {
        let source = number(&h.source).expect("the catalogue was checked");
        let bit = self.bit(source, Some(&h.condition));
        let test = h.test.as_ref().map(|(value, above)| (self.node(value), *above));
        let resolver = self.resolver(source);
        let mut names = Vec::new();
        columns(&h.condition, &mut names);
        names.retain(|n| resolver.source.column(n).is_some());
        let says = names.into_iter().map(|name| resolver.place(name)).collect();
        let end = h.end.as_ref().map(|name| resolver.place(name));
        let evidence = h
            .evidence
            .as_ref()
            .map(|name| (resolver.source.column(name).expect("the catalogue was checked"), resolver.place(name)));
        let each = h.each.as_ref().map(|name| resolver.place(name));
        HitPlan { source, of: h.of, bit, says, each, test, end, evidence }
    }
}

/// Days by which the full months of a definition end before the as-of date: a department that reports by period reports
/// the last one only after its lag, so that the month that has just ended would look empty. All windows of a definition
/// move together, for it compares them.
fn months_lag(ids: &[String]) -> i32 {
    let of_periods = sources().iter().filter(|s| ids.contains(&s.id) && s.is_by_period());
    of_periods.map(|s| s.lag_days).max().unwrap_or(0)
}

/// The text of a slot, for people.
pub(super) fn text(gate: &Gate, source: usize, column: usize, slot: i64) -> Option<String> {
    if slot == MISSING {
        return None;
    }
    let c = &sources()[source].columns[column];
    match c.kind {
        Kind::Code => c.codes.get(usize::try_from(slot).ok()?).map(|c| c.key.clone()),
        Kind::Text | Kind::District | Kind::Industry | Kind::CreditCode => {
            gate.text(source, column, slot).map(|t| t.to_string())
        }
        Kind::Date | Kind::Month => i32::try_from(slot).ok().map(|d| crate::calendar::date_of(d).to_string()),
        _ => Some(slot.to_string()),
    }
}
