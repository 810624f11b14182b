//! Figures beside those of the peers: enterprises of the same division, of the same district.

use super::enterprise::Computed;
use super::plan;
use crate::catalogue::{Catalogue, Fact};
use crate::expression::{PeerKey, PeerOperation, Value};
use crate::gate::Gate;
use crate::schema::{number, sources};
use crate::state::State;
use primitives::Industry;
use std::collections::HashMap;

/// Fewer peers, the enterprise itself among them, say nothing.
pub(super) const PEERS_MIN: usize = 20;

/// Turns the figures of definitions over peers into what they are defined as.
pub(super) fn finish(catalogue: &Catalogue, gate: &Gate, computed: &mut Computed) {
    let features = catalogue.features.len();
    let over_peers: Vec<_> = catalogue
        .features
        .iter()
        .enumerate()
        .filter_map(|(at, f)| match &f.value {
            Value::Peers(operation, _, keys) => Some((at, *operation, keys)),
            _ => None,
        })
        .collect();
    if over_peers.is_empty() || features == 0 {
        return;
    }
    let divisions = keys_of(catalogue, gate, computed, "fact_industry", |text| {
        text.parse::<Industry>().ok().map(|industry| industry.division().to_string())
    });
    let districts = keys_of(catalogue, gate, computed, "fact_district", |text| Some(text.to_owned()));
    let n = computed.hits.len();
    for (at, operation, keys) in over_peers {
        let mut groups: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
        for one in 0..n {
            if computed.states[one * features + at] != State::Value {
                continue;
            }
            let key: Option<Vec<u32>> = keys
                .iter()
                .map(|k| match k {
                    PeerKey::Division => divisions[one],
                    PeerKey::District => districts[one],
                })
                .collect();
            match key {
                Some(key) => groups.entry(key).or_default().push(one),
                None => set(computed, one * features + at, Err(State::Unknown)),
            }
        }
        for members in groups.into_values() {
            let place = |one: usize| one * features + at;
            let mut sorted: Vec<f64> = members.iter().map(|&one| computed.values[place(one)]).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            for one in members {
                let own = computed.values[place(one)];
                set(computed, place(one), beside(operation, own, &sorted));
            }
        }
    }
}

fn beside(operation: PeerOperation, own: f64, sorted: &[f64]) -> Result<f64, State> {
    let n = sorted.len();
    if n < PEERS_MIN {
        return Err(State::Unknown);
    }
    let median = if n % 2 == 1 { sorted[n / 2] } else { (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0 };
    match operation {
        PeerOperation::LessMedian => Ok(own - median),
        PeerOperation::ToMedian if median > 0.0 => Ok(own / median),
        PeerOperation::ToMedian => Err(State::EmptyDenominator),
        PeerOperation::Rank => {
            let below = sorted.partition_point(|&x| x < own);
            let equal = sorted.partition_point(|&x| x <= own) - below;
            Ok((below as f64 + equal as f64 / 2.0) / n as f64)
        }
    }
}

fn set(computed: &mut Computed, place: usize, figured: Result<f64, State>) {
    computed.values[place] = figured.unwrap_or(f64::NAN);
    computed.states[place] = figured.err().unwrap_or(State::Value);
}

/// By enterprise the number of a key made from the text of a fact.
fn keys_of(
    catalogue: &Catalogue,
    gate: &Gate,
    computed: &Computed,
    fact: &str,
    make: impl Fn(&str) -> Option<String>,
) -> Vec<Option<u32>> {
    let facts = catalogue.facts.len();
    let at = catalogue.facts.iter().position(|f| f.column == fact).expect("a fact of the catalogue");
    let (source, column) = column_of(catalogue, &catalogue.facts[at]);
    let mut by_slot: HashMap<i64, Option<u32>> = HashMap::new();
    let mut numbers: HashMap<String, u32> = HashMap::new();
    (0..computed.hits.len())
        .map(|one| {
            let slot = computed.facts[one * facts + at]? as i64;
            *by_slot.entry(slot).or_insert_with(|| {
                let key = make(&plan::text(gate, source, column, slot)?)?;
                let next = numbers.len() as u32;
                Some(*numbers.entry(key).or_insert(next))
            })
        })
        .collect()
}

/// The source and column a fact is the latest value of.
pub(super) fn column_of(catalogue: &Catalogue, fact: &Fact) -> (usize, usize) {
    let selection = &fact.value.aggregates()[0].selections[0];
    let source = number(&catalogue.sets[&selection.set].source).expect("the catalogue was checked");
    let name = selection.column.as_deref().expect("the catalogue was checked");
    (source, sources()[source].column(name).expect("the catalogue was checked"))
}
