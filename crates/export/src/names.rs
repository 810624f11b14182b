//! What a target can not hold of the names and texts of a model is refused before a line is written.

use crate::dialect::Dialect;
use crate::error::Error;
use crate::plan::{Plan, Question};

/// The columns of the table that a statement is about.
pub(crate) struct Columns<'a> {
    pub(crate) table: &'a [&'a str],
    pub(crate) keep: &'a [String],
    pub(crate) not_authorised: Option<&'a str>,
}

/// Refuses what a database can not hold.
pub(crate) fn check_sql(
    plan: &Plan<'_>,
    dialect: Dialect,
    columns: &Columns<'_>,
    added: &[String],
) -> Result<(), Error> {
    let target = dialect.name();
    for part in columns.table {
        check_identifier("--table", part, dialect)?;
    }
    let file = plan.model.file();
    let mut read: Vec<&str> = Vec::new();
    for (i, c) in file.characteristics.iter().enumerate() {
        check_identifier(&format!("characteristic {} ({:?})", i + 1, c.name), &c.name, dialect)?;
        read.push(&c.name);
    }
    if let Some(name) = columns.not_authorised {
        check_identifier("--not-authorised", name, dialect)?;
        check_listable(plan, name)?;
        read.push(name);
    }
    // A kept column may be a characteristic too, but not another spelling of one.
    for name in columns.keep {
        check_identifier("--keep", name, dialect)?;
        if !read.contains(&name.as_str()) {
            read.push(name);
        }
    }
    if !dialect.tells_case_apart() {
        let mut folded: Vec<(String, &str)> = read.iter().map(|name| (name.to_lowercase(), *name)).collect();
        folded.sort_unstable();
        if let Some(pair) = folded.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::SameName { first: pair[0].1.to_owned(), second: pair[1].1.to_owned(), target });
        }
    }
    for (i, name) in columns.keep.iter().enumerate() {
        let same = |other: &String| other.to_lowercase() == name.to_lowercase();
        if columns.keep[..i].iter().chain(added).any(same) {
            return Err(Error::NameTaken { place: "--keep".to_owned(), name: name.clone() });
        }
    }
    each_text(plan, &mut |place, text| match text.contains('\0') {
        true => Err(Error::Character { place: place.to_owned(), text: text.to_owned(), code: 0, target }),
        false => Ok(()),
    })
}

/// Refuses what XML or a PMML scorecard can not hold.
pub(crate) fn check_pmml(plan: &Plan<'_>, not_authorised: Option<&str>, added: &[String]) -> Result<(), Error> {
    let check = |place: &str, text: &str| match text.chars().find(|&c| !is_xml(c)) {
        Some(c) => {
            let (place, text) = (place.to_owned(), text.to_owned());
            Err(Error::Character { place, text, code: u32::from(c), target: "PMML" })
        }
        None => Ok(()),
    };
    for (i, c) in plan.model.file().characteristics.iter().enumerate() {
        let place = format!("characteristic {} ({:?})", i + 1, c.name);
        check(&place, &c.name)?;
        if c.name.is_empty() {
            return Err(Error::EmptyName { place, target: "PMML" });
        }
        if added.contains(&c.name) {
            return Err(Error::NameTaken { place, name: c.name.clone() });
        }
    }
    check("the model's id", &plan.model.file().model_id)?;
    if let Some(name) = not_authorised {
        check("--not-authorised", name)?;
        if name.is_empty() {
            return Err(Error::EmptyName { place: "--not-authorised".into(), target: "PMML" });
        }
        if added.iter().any(|a| a == name) {
            return Err(Error::NameTaken { place: "--not-authorised".into(), name: name.to_owned() });
        }
        check_listable(plan, name)?;
    }
    each_text(plan, &mut |place, text| check(place, text))?;
    check_codes(plan)
}

/// A scorecard of PMML keeps reasons by their codes: two tables with one code would be one reason.
fn check_codes(plan: &Plan<'_>) -> Result<(), Error> {
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for (t, table) in plan.tables.iter().enumerate() {
        for (_, code) in table.codes.iter().enumerate().filter(|&(bin, _)| table.loses(bin)) {
            match seen.iter().find(|(had, _)| had == code) {
                Some(&(_, first)) if first != t => {
                    let (first, second) = (first + 1, t + 1);
                    return Err(Error::ReasonCodeTwice { first, second, code: code.clone(), target: "PMML" });
                }
                Some(_) => {}
                None => seen.push((code, t)),
            }
        }
    }
    Ok(())
}

/// The list of what is not authorised holds names with semicolons between, and is no characteristic itself.
fn check_listable(plan: &Plan<'_>, list: &str) -> Result<(), Error> {
    for (i, c) in plan.model.file().characteristics.iter().enumerate() {
        let place = format!("characteristic {}", i + 1);
        if c.name.contains(';') {
            return Err(Error::Semicolon { place, name: c.name.clone() });
        }
        if c.name == list {
            return Err(Error::NameTaken { place: "--not-authorised".into(), name: list.to_owned() });
        }
    }
    Ok(())
}

fn check_identifier(place: &str, name: &str, dialect: Dialect) -> Result<(), Error> {
    let target = dialect.name();
    let (place, owned) = (place.to_owned(), name.to_owned());
    if name.is_empty() {
        return Err(Error::EmptyName { place, target });
    }
    if let Some(c) = name.chars().find(|c| c.is_control()) {
        return Err(Error::Character { place, text: owned, code: u32::from(c), target });
    }
    if dialect.name_max() < name.len() {
        let (bytes, allowed) = (name.len(), dialect.name_max());
        return Err(Error::LongName { place, name: owned, bytes, allowed, target });
    }
    if dialect == Dialect::Spark && name.contains("${") {
        return Err(Error::Variable { place, name: owned, target });
    }
    Ok(())
}

/// Every text of the model that becomes one of the export, with its place.
fn each_text(plan: &Plan<'_>, check: &mut dyn FnMut(&str, &str) -> Result<(), Error>) -> Result<(), Error> {
    for (t, table) in plan.tables.iter().enumerate() {
        let place = plan.place(t);
        for (question, _) in table.axes.iter().flat_map(|a| &a.questions) {
            if let Question::Texts(texts) = question {
                texts.iter().try_for_each(|text| check(&place, text))?;
            }
        }
    }
    plan.model.file().grades.iter().enumerate().try_for_each(|(i, g)| check(&format!("grade {}", i + 1), &g.name))
}

/// Whether a character may stand in a document of XML 1.0, as itself or by its number.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
