/// Letters to insert, drop or change to make one text of another (Levenshtein), to find the name that was meant.
///
/// # Examples
/// ```
/// assert_eq!(primitives::edits("revenu", "revenue"), 1);
/// assert_eq!(primitives::edits("行业代号", "行业代码"), 1);
/// assert_eq!(primitives::edits("", "abc"), 3);
/// ```
pub fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_those_of_levenshtein() {
        for (a, b, expect) in [("", "", 0), ("", "ab", 2), ("kitten", "sitting", 3), ("flaw", "lawn", 2)] {
            assert_eq!(edits(a, b), expect, "{a} {b}");
        }
    }
}
