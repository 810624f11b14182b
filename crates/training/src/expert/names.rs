//! Names in a card that must be those of the catalogue.
//!
//! A source whose name is misspelt would never be seen to be withheld, and its hits could be hidden by withholding it.

use super::read::CardFile;
use super::{CardError, KnownNames};

/// Refuses sources, codes of the negative list and industries that there are not, and a rule that leaves out a source
/// of its hits.
pub(super) fn check(card: &CardFile, known: &KnownNames) -> Result<(), CardError> {
    let sources = || known.sources.iter().map(String::as_str);
    let source = |id: &str| match sources().any(|s| s == id) {
        true => Ok(()),
        false => Err(format!("there is no source {id:?}; the nearest name is {:?}", nearest(sources(), id))),
    };
    for rule in &card.negative {
        let refuse = |problem: String| CardError { place: format!("negative {:?}", rule.code), problem };
        rule.sources.iter().try_for_each(|id| source(id)).map_err(refuse)?;
        let of_code: Vec<&str> =
            known.hits.iter().filter(|(code, _)| *code == rule.code).map(|(_, source)| source.as_str()).collect();
        if of_code.is_empty() {
            let codes = known.hits.iter().map(|(code, _)| code.as_str());
            let near = nearest(codes, &rule.code);
            return Err(refuse(format!("the catalogue's negative list has no such code; the nearest is {near:?}")));
        }
        if let Some(left_out) = of_code.iter().find(|s| !rule.sources.iter().any(|r| r == *s)) {
            let problem = format!("its hits come from {left_out:?}, which sources must name: {:?}", rule.sources);
            return Err(refuse(problem));
        }
    }
    for entry in &card.source {
        source(&entry.id).map_err(|problem| CardError { place: format!("source {:?}", entry.id), problem })?;
    }
    let is_industry = |code: &str| {
        let mut letters = code.chars();
        letters.next().is_some_and(|c| ('A'..='T').contains(&c))
            && code.len() <= 5
            && letters.all(|c| c.is_ascii_digit())
    };
    match card.ratable.excluded_industries.iter().find(|code| !is_industry(code)) {
        Some(code) => Err(CardError {
            place: "ratable.excluded_industries".into(),
            problem: format!("{code:?} is no beginning of a GB/T 4754 code: a letter A to T and up to four digits"),
        }),
        None => Ok(()),
    }
}

/// The name that takes the fewest changes; empty when there is none.
pub(super) fn nearest<'n>(names: impl Iterator<Item = &'n str>, name: &str) -> &'n str {
    names.min_by_key(|n| distance(n, name)).unwrap_or_default()
}

/// Letters to insert, drop or change (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let change = before + usize::from(x != y);
            before = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(before + 1);
        }
    }
    row[b.len()]
}
