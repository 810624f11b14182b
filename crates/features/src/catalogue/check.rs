//! What the types of a catalogue can not hold: names that exist, columns of the right kind, nothing twice.

use super::{Catalogue, CatalogueError, Fact, Feature, GROUPS, Hit, HitOf, refuse};
use crate::expression::{Aggregate, Condition, Operand, Operation, Selection, Value};
use crate::schema::{Column, Kind, Source, sources};
use std::collections::BTreeSet;

pub(super) fn check(catalogue: &Catalogue) -> Result<(), CatalogueError> {
    for (name, set) in &catalogue.sets {
        let source = source(&set.source).map_err(|p| refuse("sets.toml", name, p))?;
        if let Some(condition) = &set.condition {
            check_condition(source, condition).map_err(|p| refuse("sets.toml", name, p))?;
        }
    }
    let mut seen = BTreeSet::new();
    for f in &catalogue.features {
        let file = GROUPS[f.group];
        for name in [&f.id, &f.column] {
            if !seen.insert(name) {
                return Err(refuse(file, &f.id, format!("{name:?} stands twice")));
            }
        }
        feature(catalogue, f).map_err(|problem| refuse(file, &f.id, problem))?;
    }
    for f in &catalogue.facts {
        if !seen.insert(&f.column) {
            return Err(refuse("facts.toml", &f.column, "stands twice"));
        }
        fact(catalogue, f).map_err(|problem| refuse("facts.toml", &f.column, problem))?;
    }
    for h in &catalogue.hits {
        hit(catalogue, h).map_err(|problem| refuse("negative_list.toml", &h.code, problem))?;
    }
    Ok(())
}

type Checked = Result<(), String>;

fn source(id: &str) -> Result<&'static Source, String> {
    sources().iter().find(|s| s.id == id).ok_or_else(|| format!("there is no source {id:?}"))
}

fn column<'s>(source: &'s Source, name: &str) -> Result<&'s Column, String> {
    let found = source.columns.iter().find(|c| c.name == name);
    found.ok_or_else(|| format!("source {:?} has no column {name:?}", source.id))
}

fn feature(catalogue: &Catalogue, f: &Feature) -> Checked {
    if f.column.chars().any(|c| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_') {
        return Err(format!("the column {:?} is not of lower-case letters, digits and _", f.column));
    }
    if f.valid_until.is_some_and(|until| until < f.valid_from) {
        return Err("valid_until lies before valid_from".into());
    }
    let coded = latest_code(catalogue, &f.value)?;
    match coded {
        Some(column) => {
            if let Some(c) = column.codes.iter().find(|c| !f.codes.contains_key(&c.key)) {
                return Err(format!("codes has no number for {:?}", c.key));
            }
            if let Some(code) = f.codes.keys().find(|k| column.code(k).is_none()) {
                return Err(format!("codes names {code:?}, which {:?} does not have", column.name));
            }
        }
        None if !f.codes.is_empty() => return Err("codes is for the latest value of a column of codes".into()),
        None => {}
    }
    value(catalogue, &f.value, coded.is_some())
}

/// The column, where a value is the latest of a column of codes.
fn latest_code(catalogue: &Catalogue, v: &Value) -> Result<Option<&'static Column>, String> {
    let Value::Aggregate(Aggregate { operation: Operation::Latest, selections, .. }) = v else { return Ok(None) };
    let (_, found) = selected(catalogue, &selections[0])?;
    Ok(found.filter(|c| c.kind == Kind::Code))
}

fn selected(catalogue: &Catalogue, s: &Selection) -> Result<(&'static Source, Option<&'static Column>), String> {
    let set = catalogue.sets.get(&s.set).ok_or_else(|| format!("there is no set {:?}", s.set))?;
    let source = source(&set.source)?;
    let found = s.column.as_deref().map(|name| column(source, name)).transpose()?;
    Ok((source, found))
}

fn value(catalogue: &Catalogue, v: &Value, any_latest: bool) -> Checked {
    for a in v.aggregates() {
        let mut of = None;
        for s in &a.selections {
            let (source, found) = selected(catalogue, s)?;
            if of.is_some_and(|o: &Source| o.id != source.id) {
                return Err(format!("{} looks at two sources", a.operation.name()));
            }
            of = Some(source);
            if let Some(c) = found {
                check_kind(a.operation, c, any_latest)?;
            }
            // Records are held by the day of their event, which is no key to part or count them by: months are for that.
            let counted = s.column.as_deref().filter(|_| a.operation == Operation::Distinct);
            for by in s.by.as_deref().into_iter().chain(counted) {
                if column(source, by)?.name == source.columns[source.event].name {
                    return Err(format!("{by:?} is the day of the event, by which records are not parted"));
                }
            }
            if let Some(condition) = &s.condition {
                check_condition(source, condition)?;
            }
        }
    }
    Ok(())
}

fn check_kind(operation: Operation, c: &Column, any_latest: bool) -> Checked {
    let is_date = matches!(c.kind, Kind::Date | Kind::Month);
    let fits = match operation {
        Operation::Distinct => true,
        Operation::Latest => any_latest || is_date || c.unit().is_some(),
        Operation::Previous | Operation::Least | Operation::Greatest => is_date || c.unit().is_some(),
        _ => c.unit().is_some(),
    };
    match fits {
        true => Ok(()),
        false => Err(format!("{} can not be taken of {:?}, which is {:?}", operation.name(), c.name, c.kind)),
    }
}

fn fact(catalogue: &Catalogue, f: &Fact) -> Checked {
    let Value::Aggregate(a @ Aggregate { operation: Operation::Latest, selections, .. }) = &f.value else {
        return Err("a fact is a latest value".into());
    };
    let (_, found) = selected(catalogue, &selections[0])?;
    let found = found.ok_or("a fact needs a column")?;
    if f.is_number {
        check_kind(a.operation, found, false)?;
    }
    value(catalogue, &f.value, true)
}

fn hit(catalogue: &Catalogue, h: &Hit) -> Checked {
    let source = source(&h.source)?;
    check_condition(source, &h.condition)?;
    for name in h.end.iter().chain(&h.evidence).chain(&h.each) {
        column(source, name)?;
    }
    if h.each.is_some() && h.of != HitOf::Latest {
        return Err("each stands with of = \"latest\"".into());
    }
    if let Some(end) = &h.end
        && column(source, end)?.kind != Kind::Date
    {
        return Err(format!("the end {end:?} is not a date"));
    }
    match &h.test {
        Some((test, _)) => value(catalogue, test, false),
        None => Ok(()),
    }
}

fn check_condition(source: &Source, condition: &Condition) -> Checked {
    let date = |name: &str| match column(source, name)?.kind {
        Kind::Date | Kind::Month => Ok(()),
        kind => Err(format!("{name:?} is {kind:?}, not a date")),
    };
    match condition {
        Condition::And(a, b) | Condition::Or(a, b) => {
            check_condition(source, a)?;
            check_condition(source, b)
        }
        Condition::Not(a) => check_condition(source, a),
        Condition::Missing(name) => column(source, name).map(drop),
        Condition::Within(name, _) | Condition::MonthEnd(name, _) => date(name),
        Condition::Multiple(name, _) => match column(source, name)?.unit() {
            Some(_) => Ok(()),
            None => Err(format!("{name:?} is not a number")),
        },
        Condition::SameController(name) => match column(source, name)?.kind {
            Kind::Key => Ok(()),
            kind => Err(format!("{name:?} is {kind:?}, not a key")),
        },
        Condition::In(name, codes) => {
            let c = column(source, name)?;
            codes.iter().try_for_each(|code| check_word(source, c, code, false))
        }
        Condition::Compare(name, _, operand) => {
            let c = column(source, name)?;
            match operand {
                Operand::AsOf => date(name),
                Operand::Number(_) if c.unit().is_some() => Ok(()),
                Operand::Number(n) => Err(format!("{name:?} is {:?} and can not be compared with {n}", c.kind)),
                Operand::Word(word) => check_word(source, c, word, true),
            }
        }
    }
}

/// Whether a word can stand beside a column: a code of it, a text, or another column of the same kind.
fn check_word(source: &Source, c: &Column, word: &str, columns: bool) -> Checked {
    match c.kind {
        Kind::Code if c.code(word).is_some() => Ok(()),
        Kind::Text | Kind::District | Kind::Industry => Ok(()),
        _ => match source.columns.iter().find(|o| columns && o.name == word) {
            Some(other) if other.kind == c.kind => Ok(()),
            Some(other) => {
                Err(format!("{:?} and {word:?} are of different kinds, {:?} and {:?}", c.name, c.kind, other.kind))
            }
            None if c.kind == Kind::Code => {
                let codes: Vec<&str> = c.codes.iter().map(|c| c.key.as_str()).collect();
                Err(format!("{word:?} is no code of {:?}; they are {}", c.name, codes.join(", ")))
            }
            None => Err(format!("{word:?} is no column of {:?}", source.id)),
        },
    }
}
