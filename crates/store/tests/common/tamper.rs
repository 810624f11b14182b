//! Changes of rows behind the back of what wrote them, a byte at a time.

/// A connection past the store, to a file that lets rows be changed.
pub(crate) fn without_triggers(address: &str) -> rusqlite::Connection {
    let c = rusqlite::Connection::open(address.trim_start_matches("sqlite:")).expect("a connection");
    for (name,) in all::<(String,)>(&c, "SELECT name FROM sqlite_master WHERE type = 'trigger'") {
        c.execute_batch(&format!("DROP TRIGGER {name}")).expect("dropped");
    }
    c
}

pub(crate) fn all<T: for<'r> TryFrom<&'r rusqlite::Row<'r>, Error = rusqlite::Error>>(
    c: &rusqlite::Connection,
    sql: &str,
) -> Vec<T> {
    let mut statement = c.prepare(sql).expect(sql);
    let rows = statement.query_map([], |row| T::try_from(row)).expect(sql);
    rows.map(|row| row.expect(sql)).collect()
}

fn literal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A change of one value.
pub(crate) struct Change {
    pub(crate) table: String,
    pub(crate) column: String,
    /// The key of the row, as it prints.
    pub(crate) row: String,
    pub(crate) value: String,
    /// Whether the key itself is changed.
    pub(crate) moved: bool,
}

/// A stored value as SQL writes it.
fn old_value(bytes: Option<&Vec<u8>>, kind: &str) -> String {
    match (bytes, kind) {
        (None, _) => "NULL".to_owned(),
        (Some(b), "INTEGER") => String::from_utf8(b.clone()).expect("digits"),
        (Some(b), "TEXT") => format!("CAST(X'{}' AS TEXT)", literal(b)),
        (Some(b), _) => format!("X'{}'", literal(b)),
    }
}

/// What a value may become: each byte with its last bit turned, nothing, something for nothing.
fn new_values(bytes: Option<&Vec<u8>>, kind: &str) -> Vec<String> {
    let Some(bytes) = bytes else {
        return vec![match kind {
            "INTEGER" => "0".to_owned(),
            "TEXT" => "''".to_owned(),
            _ => "X''".to_owned(),
        }];
    };
    if kind == "INTEGER" {
        let old = old_value(Some(bytes), kind);
        return (0..8).map(|i| format!("{old} + ({})", 1_i64 << (8 * i))).collect();
    }
    let turned = (0..bytes.len()).map(|i| {
        let mut changed = bytes.clone();
        changed[i] ^= 1;
        changed
    });
    turned.chain([Vec::new()]).map(|bytes| old_value(Some(&bytes), kind)).collect()
}

/// Makes every change of the rows of some tables, one at a time, and takes it back after `check` has looked at it; the number
/// of changes.
///
/// - `of`: which rows of a table, of all their keys.
pub(crate) async fn every_change(
    c: &rusqlite::Connection,
    tables: &[&str],
    of: impl Fn(Vec<String>) -> Vec<String>,
    mut check: impl AsyncFnMut(Change),
) -> u32 {
    let mut changes = 0;
    for table in tables {
        let columns: Vec<(String, String)> = all(c, &format!("SELECT name, type FROM pragma_table_info('{table}')"));
        let (key, key_kind) = columns[0].clone();
        let rows: Vec<(String,)> = all(c, &format!("SELECT CAST({key} AS TEXT) FROM {table} ORDER BY {key}"));
        assert!(!rows.is_empty(), "{table} has a row");
        let rows = of(rows.into_iter().map(|(row,)| row).collect());
        for (column, kind) in &columns {
            for row in &rows {
                let at = old_value(Some(&row.clone().into_bytes()), &key_kind);
                let read = format!("SELECT CAST({column} AS BLOB) FROM {table} WHERE {key} = {at}");
                let bytes: Option<Vec<u8>> = c.query_row(&read, [], |row| row.get(0)).expect("bytes");
                let old = old_value(bytes.as_ref(), kind);
                for value in new_values(bytes.as_ref(), kind) {
                    let set = format!("UPDATE {table} SET {column} = {value} WHERE {key} = {at}");
                    // A rule of the schema may refuse the change: then nobody can make it.
                    if c.execute(&set, []).is_err() {
                        continue;
                    }
                    changes += 1;
                    let moved = *column == key;
                    let (table, column, row) = ((*table).to_owned(), column.clone(), row.clone());
                    let back = if moved { &value } else { &at };
                    let back = format!("UPDATE {table} SET {column} = {old} WHERE {key} = {back}");
                    check(Change { table, column, row, value: value.clone(), moved }).await;
                    c.execute(&back, []).expect("back");
                }
            }
        }
    }
    changes
}
