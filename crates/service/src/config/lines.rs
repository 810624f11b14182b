//! Where in a configuration something stands.

use toml::de::{DeTable, DeValue};

/// The line of a byte, from 1.
pub(super) fn at(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|b| *b == b'\n').count()
}

/// The line of a key such as `clients[2].id`, from 1; of its table where it is absent there, else the first.
pub(super) fn of_key(text: &str, key: &str) -> usize {
    let Ok(document) = DeTable::parse(text) else { return 1 };
    let mut table = document.get_ref();
    let mut found = 0;
    for step in key.split('.') {
        let (name, index) = match step.strip_suffix(']').and_then(|s| s.split_once('[')) {
            Some((name, index)) => (name, index.parse::<usize>().ok()),
            None => (step, None),
        };
        let Some((spanned, value)) = table.get_key_value(name) else { break };
        found = spanned.span().start;
        let mut value = value;
        if let (Some(index), DeValue::Array(items)) = (index, value.get_ref()) {
            let Some(item) = items.get(index) else { break };
            found = item.span().start;
            value = item;
        }
        let DeValue::Table(inner) = value.get_ref() else { break };
        table = inner;
    }
    at(text, found)
}
