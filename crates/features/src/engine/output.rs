//! What was computed, as a table.

use super::enterprise::{Age, Computed, Context};
use super::peers::column_of;
use super::plan;
use super::population::Population;
use super::{Error, Options, Step};
use crate::inputs_digest::InputsDigest;
use crate::schema::sources;
use crate::state::State;
use primitives::MISSING_CODE;
use rayon::prelude::*;
use std::collections::HashMap;
use table::OutColumn;

/// Rows that are written at a time.
const BATCH: usize = 1 << 16;

/// A column of a batch.
enum Made {
    Text(Vec<Option<String>>),
    Same(String),
    Number(Vec<f64>),
}

impl Made {
    /// Adds a row of the column to the digest of inputs.
    fn digest(&self, row: usize, to: &mut InputsDigest) {
        match self {
            Self::Text(texts) => to.text(texts[row].as_deref()),
            Self::Same(text) => to.text(Some(text)),
            Self::Number(numbers) => to.number(numbers[row]),
        }
    }
}

pub(super) fn write(
    context: &Context<'_>,
    population: &Population,
    computed: &Computed,
    options: &Options<'_>,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<(), Error> {
    let asked = population.asked();
    let facts = FactTexts::new(context, computed);
    let groups = Members::new(context, population, computed, &facts);
    table::write_batches(options.out, |out| {
        let mut done = 0;
        for rows in asked.chunks(BATCH) {
            let made = batch(context, population, computed, options, &groups, &facts, rows);
            let texts: Vec<Vec<Option<&str>>> = made.iter().map(|(_, column)| borrowed(column)).collect();
            let zeros = vec![0_u32; rows.len()];
            let levels: Vec<Vec<String>> = made
                .iter()
                .map(|(_, column)| if let Made::Same(text) = column { vec![text.clone()] } else { Vec::new() })
                .collect();
            let columns: Vec<(String, OutColumn<'_>)> = made
                .iter()
                .zip(texts.iter().zip(&levels))
                .map(|((name, column), (texts, levels))| {
                    let column = match column {
                        Made::Text(_) => OutColumn::OptionalText(texts),
                        Made::Same(_) => OutColumn::Coded { codes: &zeros, levels },
                        Made::Number(numbers) => OutColumn::Number(numbers),
                    };
                    (name.clone(), column)
                })
                .collect();
            out.write(&columns)?;
            done += rows.len();
            progress(Step::Writing(done as u64, asked.len() as u64));
        }
        Ok::<(), Error>(())
    })
}

fn borrowed(column: &Made) -> Vec<Option<&str>> {
    match column {
        Made::Text(texts) => texts.iter().map(Option::as_deref).collect(),
        Made::Same(_) | Made::Number(_) => Vec::new(),
    }
}

fn batch(
    context: &Context<'_>,
    population: &Population,
    computed: &Computed,
    options: &Options<'_>,
    groups: &Members,
    fact_texts: &FactTexts,
    rows: &[u32],
) -> Vec<(String, Made)> {
    let catalogue = context.catalogue;
    let (features, fact_count) = (catalogue.features.len(), catalogue.facts.len());
    let ones = || rows.iter().map(|&one| one as usize);
    let text = |f: &(dyn Fn(usize) -> Option<String> + Sync)| {
        Made::Text(rows.par_iter().map(|&one| f(one as usize)).collect())
    };
    let mut out: Vec<(String, Made)> = Vec::with_capacity(features + fact_count + 10);
    let ids = text(&|one| Some(population.id(one).to_owned()));
    let states = text(&|one| Some(computed.states[one * features..][..features].iter().map(|s| s.letter()).collect()));
    let hits = text(&|one| computed.hits[one].clone());
    let group_id = text(&|one| groups.first(one).map(|first| population.id(first).to_owned()));
    let group_hits = text(&|one| groups.hits(one, computed));
    let ages = text(&|one| Some(ages(&computed.ages[one * sources().len()..][..sources().len()])));
    let fact = |at: usize| -> Made {
        match catalogue.facts[at].is_number {
            true => Made::Number(ones().map(|one| computed.facts[one * fact_count + at].unwrap_or(f64::NAN)).collect()),
            false => text(&|one| fact_texts.text(context, computed, one, at)),
        }
    };
    let facts: Vec<Made> = (0..fact_count).map(fact).collect();
    let said: Vec<&Made> = facts.iter().chain([&group_id, &hits, &group_hits, &ages]).collect();
    let digest = |row: usize| {
        let one = rows[row] as usize;
        let mut whole = InputsDigest::new(&catalogue.version, &options.as_of.to_string(), population.id(one));
        said.iter().for_each(|column| column.digest(row, &mut whole));
        for at in one * features..(one + 1) * features {
            whole.feature(computed.states[at].letter() as u8, computed.values[at]);
        }
        Some(whole.finish().to_string())
    };
    let digests = Made::Text((0..rows.len()).into_par_iter().map(digest).collect());
    out.push(("enterprise_id".into(), ids));
    out.push(("as_of".into(), Made::Same(options.as_of.to_string())));
    out.push(("catalogue_version".into(), Made::Same(catalogue.version.clone())));
    out.push(("inputs_digest".into(), digests));
    out.extend(catalogue.facts.iter().map(|f| f.column.clone()).zip(facts));
    out.push(("fact_label".into(), text(&|one| label(context, computed, one).map(str::to_owned))));
    out.push(("group_id".into(), group_id));
    out.push(("group_size".into(), Made::Number(ones().map(|one| groups.size(one)).collect())));
    out.push(("hits".into(), hits));
    out.push(("group_hits".into(), group_hits));
    out.push(("sources".into(), ages));
    out.push(("states".into(), states));
    let values: Vec<(String, Made)> = (0..features)
        .into_par_iter()
        .map(|at| {
            let numbers = ones().map(|one| computed.values[one * features + at]).collect();
            (catalogue.features[at].column.clone(), Made::Number(numbers))
        })
        .collect();
    out.extend(values);
    out
}

/// The specialised-new label, in words for the rules on caps.
fn label(context: &Context<'_>, computed: &Computed, one: usize) -> Option<&'static str> {
    let features = &context.catalogue.features;
    let at = one * features.len() + features.iter().position(|f| f.column == "specialised_level")?;
    if computed.states[at] != State::Value {
        return None;
    }
    ["none", "innovative", "specialised", "little_giant"].get(computed.values[at] as usize).copied()
}

/// `source:AGE` of each source, with `;` between.
fn ages(of: &[Age]) -> String {
    let said = sources().iter().zip(of).map(|(source, age)| {
        let age = match age {
            Age::Days(days, false) => days.to_string(),
            Age::Days(days, true) => format!("{days}~"),
            Age::NoRecord => "-".into(),
            Age::NotThere => "x".into(),
            Age::NotAuthorised => "!".into(),
        };
        format!("{}:{age}", source.id)
    });
    said.collect::<Vec<_>>().join(";")
}

/// The texts of facts, each looked up once.
struct FactTexts {
    columns: Vec<(usize, usize)>,
    known: Vec<HashMap<i64, Option<String>>>,
}

/// Texts of a fact that are kept; a name of each enterprise is not worth it.
const TEXTS_KEPT: usize = 10_000;

impl FactTexts {
    fn new(context: &Context<'_>, computed: &Computed) -> Self {
        let catalogue = context.catalogue;
        let columns: Vec<_> = catalogue.facts.iter().map(|f| column_of(catalogue, f)).collect();
        let known = (0..catalogue.facts.len())
            .into_par_iter()
            .map(|at| {
                let mut known = HashMap::new();
                for slots in computed.facts.chunks_exact(catalogue.facts.len()) {
                    if known.len() == TEXTS_KEPT {
                        break;
                    }
                    if let Some(slot) = slots[at] {
                        let (source, column) = columns[at];
                        let slot = slot as i64;
                        known.entry(slot).or_insert_with(|| plan::text(context.gate, source, column, slot));
                    }
                }
                known
            })
            .collect();
        Self { columns, known }
    }

    fn text(&self, context: &Context<'_>, computed: &Computed, one: usize, at: usize) -> Option<String> {
        let slot = computed.facts[one * self.columns.len() + at]? as i64;
        match self.known[at].get(&slot) {
            Some(text) => text.clone(),
            None => plan::text(context.gate, self.columns[at].0, self.columns[at].1, slot),
        }
    }
}

/// The members of groups, asked for or not.
struct Members {
    of: Vec<u32>,
    is_closed: Vec<bool>,
    members: HashMap<u32, Vec<u32>>,
}

impl Members {
    fn new(context: &Context<'_>, population: &Population, computed: &Computed, facts: &FactTexts) -> Self {
        let n = computed.hits.len();
        let of: Vec<u32> = (0..n).map(|one| context.groups.of(population.key(one)).unwrap_or(MISSING_CODE)).collect();
        let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
        for (one, &group) in of.iter().enumerate().filter(|(_, g)| **g != MISSING_CODE) {
            members.entry(group).or_default().push(one as u32);
        }
        let status = context.catalogue.facts.iter().position(|f| f.column == "fact_status").expect("a fact");
        let is_closed = |one| {
            let status = facts.text(context, computed, one, status);
            status
                .is_some_and(|s| ["revoked", "cancelled", "moved_out", "liquidation", "bankrupt"].contains(&s.as_str()))
        };
        let is_closed = (0..n).into_par_iter().map(|one| of[one] != MISSING_CODE && is_closed(one)).collect();
        Self { of, is_closed, members }
    }

    fn others(&self, one: usize) -> &[u32] {
        self.members.get(&self.of[one]).map_or(&[], Vec::as_slice)
    }

    /// The first member; none where an enterprise stands alone.
    fn first(&self, one: usize) -> Option<usize> {
        let members = self.others(one);
        (members.len() > 1).then(|| members[0] as usize)
    }

    /// How many there are, without those that the registry has as closed.
    fn size(&self, one: usize) -> f64 {
        let is_open = |&&other: &&u32| other as usize == one || !self.is_closed[other as usize];
        self.others(one).iter().filter(is_open).count().max(1) as f64
    }

    /// The hits of the others, from public sources only and without evidence: whoever may read about one enterprise may
    /// not read another's tax or loan records by that.
    fn hits(&self, one: usize, computed: &Computed) -> Option<String> {
        let mut found: Vec<String> = Vec::new();
        for &other in self.others(one).iter().filter(|&&other| other as usize != one) {
            for hit in computed.hits[other as usize].iter().flat_map(|h| h.split(';')) {
                let fields: Vec<&str> = hit.split('|').collect();
                let public = sources().iter().any(|s| s.id == fields[1] && s.public);
                if public {
                    found.push(format!("{}|{}|{}|{}|", fields[0], fields[1], fields[2], fields[3]));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        (!found.is_empty()).then(|| found.join(";"))
    }
}
