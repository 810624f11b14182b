//! Texts from files, for people.

use std::borrow::Cow;

/// A text from a file, safe to print: a control character would move the cursor, colour the screen or end the
/// line, and a mark of direction would turn what follows. Both are shown escaped.
///
/// # Examples
/// ```
/// assert_eq!(primitives::plain("a\u{1b}[31m"), "a\\u{1b}[31m");
/// ```
pub fn plain(text: &str) -> Cow<'_, str> {
    let acts = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for c in text.chars() {
        if acts(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_acts_on_a_terminal_is_escaped() {
        assert_eq!(plain("x\u{1b}[31mRED"), "x\\u{1b}[31mRED");
        assert_eq!(plain("a\nb\r\tc\u{7f}\u{9b}"), "a\\nb\\r\\tc\\u{7f}\\u{9b}");
        assert_eq!(plain("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(plain("营业收入 \"é\" \\ ×"), "营业收入 \"é\" \\ ×");
    }
}
