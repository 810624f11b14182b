//! Texts in cells that a spreadsheet opens.

use std::borrow::Cow;

/// A text that no spreadsheet takes for a formula: one that begins like one has an apostrophe in front.
///
/// # Examples
/// ```
/// assert_eq!(primitives::no_formula("=1+1"), "'=1+1");
/// assert_eq!(primitives::no_formula("a=b"), "a=b");
/// ```
pub fn no_formula(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A text as a cell of CSV: no formula, in quotes where it has a comma, a quote or a line break.
///
/// # Examples
/// ```
/// assert_eq!(primitives::csv_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
/// assert_eq!(primitives::csv_cell("-1"), "'-1");
/// ```
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let text = no_formula(text);
    if text.contains(['"', ',', '\n', '\r']) {
        return Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_text() {
        for text in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(no_formula(text), format!("'{text}"));
        }
        assert_eq!(no_formula("a=b"), "a=b");
        assert_eq!(csv_cell("=a,b"), "\"'=a,b\"");
        assert_eq!(csv_cell(""), "");
    }
}
