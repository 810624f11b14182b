//! Column names: those of a file, those asked for, and which is where.

use crate::{Error, ReadOptions};
use primitives::edits;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Refuses columns without a name and names that two columns bear.
pub(crate) fn check<'a>(file: &Path, names: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = HashMap::new();
    for (i, name) in names.into_iter().enumerate() {
        let position = i + 1;
        if name.trim().is_empty() {
            return Err(Error::EmptyColumnName { file: file.to_owned(), position });
        }
        if let Some(first) = seen.insert(name, position) {
            return Err(Error::DuplicateColumn {
                file: file.to_owned(),
                name: name.to_owned(),
                first,
                second: position,
            });
        }
    }
    Ok(())
}

/// Positions of the columns to read, in the order of the table.
pub(crate) fn wanted(file: &Path, names: &[String], options: &ReadOptions) -> Result<Vec<usize>, Error> {
    let Some(only) = &options.only else {
        return Ok((0..names.len()).collect());
    };
    let index: HashMap<&str, usize> = names.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
    let mut taken = HashSet::new();
    let mut positions = Vec::with_capacity(only.len());
    for name in only {
        match index.get(name.as_str()) {
            None => return Err(missing(file, name, names)),
            Some(&i) if taken.insert(i) => positions.push(i),
            Some(_) => (),
        }
    }
    let optional = options.optional.iter().filter_map(|name| index.get(name.as_str()).copied());
    positions.extend(optional.filter(|&i| taken.insert(i)));
    Ok(positions)
}

/// The error for a column that is not there.
pub(crate) fn missing(file: &Path, name: &str, columns: &[String]) -> Error {
    Error::MissingColumn {
        file: file.to_owned(),
        name: name.to_owned(),
        columns: columns.to_vec(),
        nearest: nearest(name, columns),
    }
}

/// The name most like `name`, if a third of its letters or fewer differ.
fn nearest(name: &str, names: &[String]) -> Option<String> {
    let wanted = name.to_lowercase();
    let length = wanted.chars().count();
    let limit = (length / 3).max(1);
    let distance = |other: &String| edits(&wanted, &other.to_lowercase());
    let close = names.iter().filter(|n| n.chars().count().abs_diff(length) <= limit);
    close.map(|n| (distance(n), n)).filter(|(d, _)| *d <= limit).min_by_key(|(d, _)| *d).map(|(_, n)| n.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_a_slip_of_the_hand() {
        let names = ["revenue", "Employees", "行业代码", "x"].map(String::from);
        for (name, expect) in [
            ("revenu", Some("revenue")),
            ("Revenue", Some("revenue")),
            ("employes", Some("Employees")),
            ("行业代号", Some("行业代码")),
            ("assets", None),
            ("y", Some("x")),
        ] {
            assert_eq!(nearest(name, &names).as_deref(), expect, "{name}");
        }
    }
}
