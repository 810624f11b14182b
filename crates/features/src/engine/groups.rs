//! Enterprises under one actual controller, as of a date.

use super::layout::Layout;
use super::rows::Rows;
use super::store::{PARTS, Store};
use super::{Error, enterprise};
use crate::record::MISSING;
use crate::schema::{number, sources};
use std::collections::HashMap;

/// Who is under one controller with whom.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Number of the group of an enterprise that has a controller.
    of: HashMap<u64, u32>,
    /// Whether the source could be used at all.
    pub(super) known: bool,
}

impl Groups {
    /// Reads the relations; they stay in the store.
    pub(super) fn new(store: &Store, layouts: &[Layout], there: &[bool], as_of: i32) -> Result<Self, Error> {
        let source = number("relations").expect("a source of that name");
        if !there[source] {
            return Ok(Self::default());
        }
        let schema = &sources()[source];
        let layout = &layouts[source];
        let place = |name: &str| layout.place(schema.column(name).expect("a column")).expect("it is kept");
        let (person, role, until) = (place("person_id"), place("role"), place("until_on"));
        let controller = schema.columns[schema.column("role").expect("a column")].code("actual_controller");
        let controller = controller.expect("a code");

        // Pairs of person and enterprise; a person's enterprises are one group, and groups that share an enterprise are one.
        let mut pairs: Vec<(i64, u64)> = Vec::new();
        let (mut bytes, mut rows) = (Vec::new(), Rows::default());
        for part in 0..PARTS {
            store.part(source, part, &mut bytes).map_err(Error::Spill)?;
            let order = enterprise::order(layout, &bytes);
            let mut rest = order.as_slice();
            while let Some(&(first, _)) = rest.first() {
                let count = rest.iter().take_while(|(e, _)| *e == first).count();
                let (own, others) = rest.split_at(count);
                rest = others;
                let positions: Vec<u32> = own.iter().map(|(_, at)| *at as u32).collect();
                rows.fill(layout, &bytes, &positions, &|_, a, b| a.cmp(b));
                for row in 0..rows.len() {
                    let until = rows.slots[until][row];
                    let over = until != MISSING && until <= i64::from(as_of);
                    if rows.slots[role][row] == controller && !over {
                        pairs.push((rows.slots[person][row], first));
                    }
                }
            }
        }
        pairs.sort_unstable();
        let mut joined = Joined::default();
        for pair in pairs.windows(2) {
            if pair[0].0 == pair[1].0 {
                joined.join(pair[0].1, pair[1].1);
            }
        }
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut of = HashMap::new();
        for &(_, enterprise) in &pairs {
            let next = numbers.len() as u32;
            let group = *numbers.entry(joined.root(enterprise)).or_insert(next);
            of.insert(enterprise, group);
        }
        Ok(Self { of, known: true })
    }

    /// The group of an enterprise.
    pub(super) fn of(&self, enterprise: u64) -> Option<u32> {
        self.of.get(&enterprise).copied()
    }

    /// Whether two different enterprises are under one controller.
    pub(super) fn share(&self, enterprise: u64, other: u64) -> bool {
        enterprise != other && self.of(enterprise).is_some_and(|g| self.of(other) == Some(g))
    }
}

/// Sets that grow together.
#[derive(Debug, Default)]
struct Joined(HashMap<u64, u64>);

impl Joined {
    fn root(&mut self, of: u64) -> u64 {
        let mut at = of;
        while let Some(&up) = self.0.get(&at) {
            at = up;
        }
        // The next one who asks has a short way.
        let mut walk = of;
        while walk != at {
            walk = self.0.insert(walk, at).unwrap_or(at);
        }
        at
    }

    fn join(&mut self, a: u64, b: u64) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.0.insert(a.max(b), a.min(b));
        }
    }
}
