//! Texts on a terminal: aligned tables, long texts cut.

use primitives::plain;
use std::borrow::Cow;

/// Prints rows in aligned columns: the first to the left, the rest to the right.
pub(crate) fn print_table<const N: usize>(rows: &[[String; N]]) {
    let rows: Vec<[Cow<'_, str>; N]> = rows.iter().map(|row| row.each_ref().map(|cell| plain(cell))).collect();
    let widths: [usize; N] = std::array::from_fn(|c| rows.iter().map(|r| width(&r[c])).max().unwrap_or(0));
    for row in &rows {
        let mut line = String::new();
        for (c, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[c] - width(cell));
            if c == 0 { line.push_str(&format!("{cell}{pad}")) } else { line.push_str(&format!("  {pad}{cell}")) }
        }
        println!("{}", line.trim_end());
    }
}

/// Places on a terminal: Chinese characters and full-width signs take two.
pub(crate) fn width(text: &str) -> usize {
    let wide = |c: char| matches!(c as u32, 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6);
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

/// A text of at most `most` characters: the middle of a longer one is left out, since the name of a
/// column stands at the beginning and the points lost at the end.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let tail = most / 4;
    let head = most - tail - 1;
    text.chars().take(head).chain(['…']).chain(text.chars().skip(length - tail)).collect()
}

#[cfg(test)]
mod tests {
    use super::{cut, width};

    #[test]
    fn the_middle_is_left_out() {
        assert_eq!(cut("abcdefgh", 8), "abcdefgh");
        assert_eq!(cut("abcdefghi", 8), "abcde…hi");
        assert_eq!(cut("渝中区、江北区、沙坪坝区", 8), "渝中区、江…坝区");
        assert_eq!(cut("abcd", 1), "…");
    }

    #[test]
    fn chinese_takes_two_places() {
        assert_eq!((width("IV 值"), width("：")), (5, 2));
    }
}
