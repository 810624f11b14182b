//! Line breaks for JSON: a value that fits on the rest of the line stays on it.
//!
//! A model has hundreds of bins. The usual pretty form spreads each over ten lines, the compact form
//! puts all on one; a diff is readable only when one bin is one line.

/// Breaks compact JSON into lines of at most `width` bytes where it can.
///
/// `compact` must be JSON without spaces between tokens, as `serde_json::to_string` writes it.
pub(crate) fn layout(compact: &str, width: usize) -> String {
    let mut out = String::with_capacity(compact.len() * 5 / 4);
    let mut rest = compact;
    value(&mut rest, 0, 0, width, &mut out);
    out.push('\n');
    out
}

/// Writes the value at the head of `rest`; `used` bytes of the line are taken before it.
fn value(rest: &mut &str, depth: usize, used: usize, width: usize, out: &mut String) {
    let end = value_end(rest);
    let (text, after) = rest.split_at(end);
    *rest = after;
    let is_container = text.starts_with(['{', '[']) && text.len() > 2;
    let start = out.len();
    push_spaced(text, out);
    if !is_container || used + out.len() - start <= width {
        return;
    }
    out.truncate(start);
    let (open, close) = (&text[..1], &text[text.len() - 1..]);
    let mut inner = &text[1..text.len() - 1];
    out.push_str(open);
    let numbers = open == "[" && !inner.starts_with(['{', '[', '"']);
    let mut column = width; // numbers fill lines, anything else takes a line each
    while !inner.is_empty() {
        let item_end = value_end(inner);
        if !numbers || column + item_end + 2 > width {
            newline(depth + 1, out);
            column = 2 * (depth + 1);
        } else {
            out.push(' ');
        }
        column += item_end + 2;
        let mut used = 2 * (depth + 1);
        if open == "{" {
            let (key, tail) = inner.split_at(item_end);
            out.push_str(key);
            out.push_str(": ");
            used += key.len() + 2;
            inner = &tail[1..];
        }
        value(&mut inner, depth + 1, used + 1, width, out);
        if let Some(tail) = inner.strip_prefix(',') {
            out.push(',');
            inner = tail;
        }
    }
    newline(depth, out);
    out.push_str(close);
}

fn newline(depth: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Length of the first JSON value of `text`.
fn value_end(text: &str) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (i, b) in text.bytes().enumerate() {
        if in_string {
            match b {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    in_string = false;
                    if depth == 0 {
                        return i + 1;
                    }
                }
                _ => {}
            }
            continue;
        }
        match b {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' | b':' if depth == 0 => return i,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return i + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Compact JSON on one line, with a space after each comma and colon.
fn push_spaced(text: &str, out: &mut String) {
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        out.push(c);
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            ',' | ':' if !in_string => out.push(' '),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_stay_on_their_line() {
        let compact = r#"{"a":{"x":1,"y":"c,d:\"e\""},"numbers":[1,2,3,4,5,6,7,8,9,10,11,12,13],"empty":[],"o":{}}"#;
        let expect = r#"{
  "a": {"x": 1, "y": "c,d:\"e\""},
  "numbers": [
    1, 2, 3, 4, 5, 6, 7, 8, 9,
    10, 11, 12, 13
  ],
  "empty": [],
  "o": {}
}
"#;
        assert_eq!(layout(compact, 34), expect);
    }

    #[test]
    fn the_value_is_unchanged() {
        let compact = r#"[{"k":[[1.5e-7,null],["\\",true]]},"一二,三",[]]"#;
        for width in 0..60 {
            let parsed: serde_json::Value = serde_json::from_str(&layout(compact, width)).expect("valid JSON");
            assert_eq!(parsed.to_string(), compact, "width {width}");
        }
    }
}
