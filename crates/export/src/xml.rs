//! A document of XML, element by element.

/// Writes elements with their attributes escaped; what is opened is closed in turn.
pub(crate) struct Xml {
    out: String,
    open: Vec<&'static str>,
}

impl Xml {
    pub(crate) fn new() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    /// Opens an element.
    pub(crate) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.out.push_str(">\n");
        self.open.push(name);
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.out.push_str("/>\n");
    }

    /// An element of text.
    pub(crate) fn text(&mut self, name: &'static str, attributes: &[(&str, &str)], text: &str) {
        self.start(name, attributes);
        self.out.push('>');
        self.escape(text);
        self.out.push_str(&format!("</{name}>\n"));
    }

    /// Closes the element that was opened last.
    pub(crate) fn close(&mut self) {
        let name = self.open.pop().expect("what is closed was opened");
        self.indent();
        self.out.push_str(&format!("</{name}>\n"));
    }

    /// An element with what `content` writes in it.
    pub(crate) fn within(&mut self, name: &'static str, attributes: &[(&str, &str)], content: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        content(self);
        self.close();
    }

    /// The document.
    pub(crate) fn finish(self) -> String {
        assert!(self.open.is_empty(), "all that was opened is closed");
        self.out
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n("  ", self.open.len()));
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push_str(&format!(" {key}=\""));
            self.escape(value);
            self.out.push('"');
        }
    }

    /// White space other than blanks is written by number: a reader makes blanks of it in an attribute.
    fn escape(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' | '\n' | '\r' | '\u{7F}'..='\u{9F}' | '\u{2028}' => {
                    self.out.push_str(&format!("&#{};", u32::from(c)))
                }
                c => self.out.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_an_attribute_or_an_element_is_escaped() {
        let mut xml = Xml::new();
        xml.within("A", &[("k", "\"/><B x='&amp;'\n")], |xml| xml.text("T", &[], "</T>]]>\t"));
        assert_eq!(
            xml.finish().lines().skip(1).collect::<Vec<_>>(),
            ["<A k=\"&quot;/&gt;&lt;B x='&amp;amp;'&#10;\">", "  <T>&lt;/T&gt;]]&gt;&#9;</T>", "</A>"]
        );
    }
}
