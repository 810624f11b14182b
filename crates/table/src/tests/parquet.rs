use super::{Folder, forced, only};
use crate::ColumnType::{Number, Text};
use crate::ReadOptions;
use polars::prelude::*;

/// The frame as a Parquet file, in row groups of two rows.
fn stored(columns: Vec<Column>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut frame = DataFrame::new_infer_height(columns).unwrap();
    ParquetWriter::new(&mut bytes).with_row_group_size(Some(2)).finish(&mut frame).unwrap();
    bytes
}

#[track_caller]
fn check_with(columns: Vec<Column>, options: &ReadOptions, expect: &str) {
    let folder = Folder::new();
    assert_eq!(folder.put("a.parquet", stored(columns)).read(&["a.parquet"], options), expect);
}

#[track_caller]
fn check(columns: Vec<Column>, expect: &str) {
    check_with(columns, &ReadOptions::default(), expect);
}

fn x(values: impl IntoSeries) -> Vec<Column> {
    vec![values.into_series().with_name("x".into()).into_column()]
}

fn cast(column: Vec<Column>, to: DataType) -> Vec<Column> {
    column.into_iter().map(|c| c.cast(&to).unwrap()).collect()
}

fn text(values: &[Option<&str>]) -> Vec<Column> {
    vec![Column::new("x".into(), values)]
}

#[test]
fn integers_of_every_width() {
    let ints = || text(&[Some("1"), None, Some("100")]);
    for to in [
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::UInt8,
        DataType::UInt16,
        DataType::UInt32,
        DataType::UInt64,
    ] {
        check(cast(ints(), to.clone()), "x # 1 . 100");
        check_with(cast(ints(), to), &forced(&[("x", Text)]), "x $ 1 . 100");
    }
}

#[test]
fn whole_numbers_beyond_2_53() {
    let refused = |v: &str| {
        format!(
            r#"a.parquet: row 3, column "x": {v} is beyond 2^53 and would lose digits as a number; read it as text"#
        )
    };
    let large = || vec![Column::new("x".into(), [1i64, 1 << 53, -(1 << 53) - 1])];
    check(large(), &refused("-9007199254740993"));
    check_with(large(), &forced(&[("x", Text)]), "x $ 1 9007199254740992 -9007199254740993");
    check(vec![Column::new("x".into(), [1u64, 2, u64::MAX])], &refused("18446744073709551615"));
    check(vec![Column::new("x".into(), [-(1i64 << 53), 0])], "x # -9007199254740992 0");
    check_with(
        text(&[None, Some("1"), Some("9007199254740993")]),
        &forced(&[("x", Number)]),
        &refused("9007199254740993"),
    );
}

#[test]
fn floats() {
    let values =
        || vec![Column::new("x".into(), [Some(0.1), None, Some(f64::NAN), Some(f64::NEG_INFINITY), Some(531110.0)])];
    check(values(), "x # 0.1 . . . 531110");
    check_with(values(), &forced(&[("x", Text)]), "x $ 0.1 . . . 531110");
    check(vec![Column::new("x".into(), [0.5, f64::INFINITY])], "x # 0.5 .");
    check(vec![Column::new("x".into(), [0.5f32, f32::NAN, 3.0])], "x # 0.5 . 3");
    check_with(vec![Column::new("x".into(), [0.1f32, 3.0])], &forced(&[("x", Text)]), "x $ 0.1 3");
}

#[test]
fn texts() {
    check(text(&[Some(" a "), None, Some("NA"), Some(""), Some("1e999"), Some("a")]), "x $ a . . . . a");
    check(text(&[Some("1"), Some("2")]), "x $ 1 2");
    check_with(text(&[Some("1"), Some(" nan"), Some("2")]), &forced(&[("x", Number)]), "x # 1 . 2");
    check_with(
        text(&[Some("1"), None, Some("1,234")]),
        &forced(&[("x", Number)]),
        r#"a.parquet: row 3, column "x": "1,234" is not a number"#,
    );
    check(text(&[None, Some("?"), Some(" ")]), "x # . . .");
    check_with(text(&[None, Some("?")]), &forced(&[("x", Text)]), "x $ . .");
    check(x(BinaryChunked::new("x".into(), [b"a".as_slice(), "正".as_bytes()])), "x $ a 正");
    check(
        x(BinaryChunked::new("x".into(), [b"a".as_slice(), b"\xff"])),
        r#"a.parquet: row 2, column "x": "bytes" is not text in UTF-8"#,
    );
}

/// Short texts, long ones and missing ones, more than are remembered, in parts and across row groups.
#[test]
fn many_texts() {
    let level = |i: usize| match i % 4 {
        0 => None,
        1 => Some(format!("t{}", i % 7)),
        2 => Some(format!("a text of more than twelve bytes {}", i % 1009)),
        _ => Some(["", "NA", " x ", "x"][i % 16 / 4].to_owned()),
    };
    let texts: Vec<Option<String>> = (0..40_000).map(level).collect();
    let shown =
        |t: &Option<String>| t.as_deref().map(str::trim).filter(|t| !["", "NA"].contains(t)).unwrap_or(".").to_owned();
    let expect = format!("x $ {}", texts.iter().map(shown).collect::<Vec<_>>().join(" "));
    let mut frame = DataFrame::new_infer_height(vec![Column::new("x".into(), texts)]).unwrap();
    for (group, page) in [(40_000, 1 << 20), (7_001, 1 << 12)] {
        let mut bytes = Vec::new();
        let writer = ParquetWriter::new(&mut bytes).with_row_group_size(Some(group)).with_data_page_size(Some(page));
        writer.finish(&mut frame).unwrap();
        let folder = Folder::new();
        assert!(folder.put("a.parquet", bytes).read(&["a.parquet"], &ReadOptions::default()) == expect);
    }
}

#[test]
fn booleans() {
    let values = || vec![Column::new("x".into(), [Some(true), None, Some(false)])];
    check(values(), "x $ true . false");
    check_with(values(), &forced(&[("x", Number)]), "x # 1 . 0");
}

#[test]
fn dates_and_times() {
    let days = || cast(vec![Column::new("x".into(), [Some(13179), None, Some(-1)])], DataType::Date);
    check(days(), "x $ 2006-01-31 . 1969-12-31");
    check_with(days(), &forced(&[("x", Number)]), r#"a.parquet: row 1, column "x": "2006-01-31" is not a number"#);
    let ticks = || vec![Column::new("x".into(), [0i64, 1_138_696_200_250])];
    for (unit, scale) in
        [(TimeUnit::Milliseconds, 1), (TimeUnit::Microseconds, 1_000), (TimeUnit::Nanoseconds, 1_000_000)]
    {
        let ticks = ticks()[0].i64().unwrap() * scale;
        check(cast(x(ticks), DataType::Datetime(unit, None)), "x $ 1970-01-01T00:00:00 2006-01-31T08:30:00.250");
    }
    let endless = vec![Column::new("x".into(), [0, i32::MAX])];
    check(
        cast(endless, DataType::Date),
        r#"a.parquet: row 2, column "x": "2147483647" is not a time that has a year of at most six digits"#,
    );
}

#[test]
fn decimals() {
    let values = |texts: &[Option<&str>], scale| cast(text(texts), DataType::Decimal(38, scale));
    check(values(&[Some("1.50"), None, Some("-0.01"), Some("2.00")], 2), "x # 1.5 . -0.01 2");
    check_with(values(&[Some("1.50"), Some("2.00")], 2), &forced(&[("x", Text)]), "x $ 1.5 2");
    check(
        values(&[Some("1"), Some("911101080000000001")], 0),
        r#"a.parquet: row 2, column "x": 911101080000000001 is beyond 2^53 and would lose digits as a number; read it as text"#,
    );
}

#[test]
fn columns_are_chosen_and_types_refused() {
    let nested = Series::new("list".into(), [Series::new("".into(), [1i64, 2])]).into_column();
    let columns = || vec![Column::new("a".into(), [1.5]), nested.clone(), Column::new("b".into(), ["t"])];
    check(
        columns(),
        r#"a.parquet: column "list" is of type list; allowed: integers, floats, decimals, booleans, text, dates and times of day with a date"#,
    );
    check_with(columns(), &only(&["b"], &["a", "c"]), "b $ t\na # 1.5");
    check_with(columns(), &only(&["aa"], &[]), r#"a.parquet: no column "aa"; did you mean "a"?; columns: a, list, b"#);
    check(
        vec![Column::new(" ".into(), [1])],
        "a.parquet: column 1 has no name (an index that was saved with the data?)",
    );
    let twice = vec![Column::new("a".into(), [1]), Column::new("a ".into(), [1])];
    check(twice, r#"a.parquet: columns 1 and 2 are both named "a""#);
    check(vec![Column::new("a".into(), [0i64; 0])], "a.parquet: no data row below the header");
}

#[test]
fn wide_tables_take_linear_time() {
    let columns = (0..10_000).map(|i| Column::new(format!("column_{i}").into(), [i, i]));
    let folder = Folder::new();
    let read = folder.put("a.parquet", stored(columns.collect())).read(&["a.parquet"], &ReadOptions::default());
    assert!(read.starts_with("column_0 # 0 0\n") && read.ends_with("\ncolumn_9999 # 9999 9999"));
}

/// The file holds the schema that Arrow adds, with dictionaries, zones and durations; `data/make_arrow.py` wrote it.
#[test]
fn types_that_arrow_adds() {
    let bytes = include_bytes!("data/arrow.parquet");
    let folder = Folder::new();
    folder.put("a.parquet", bytes);
    let read = |name: &str| folder.read(&["a.parquet"], &only(&[name], &[]));
    for expect in [
        "category $ 制造业 . 零售",
        "category_of_integers # 3 . 5",
        "pandas_category $ b . a",
        "large_string $ a . .",
        "string_view $ a . a text of more than twelve bytes",
        "instant $ 2006-01-31T08:30:00.250Z . 2006-01-31T00:00:00Z",
        "wall_clock $ 2006-01-31T08:30:00 . 2006-01-31T00:00:00",
        "date $ 2006-01-31 . 1969-12-31",
        "decimal # 1.5 . -0.01",
        "small_decimal # 1.5 . 2",
        "nothing # . . .",
        "nullable_bool $ true . false",
        "uint64 # 1 . 2",
        "text_bytes $ a . b",
    ] {
        let name = expect.split(' ').next().unwrap();
        assert_eq!(read(name), expect);
    }
    for (name, found) in [
        ("half", "16-bit float"),
        ("duration", "duration"),
        ("time", "time of day without a date"),
        ("list", "list"),
        ("struct", "struct"),
        ("map", "list"),
        ("fixed_bytes", "bytes"),
        ("wide_decimal", "decimal of more than 38 digits"),
    ] {
        let expect = format!("a.parquet: column {name:?} is of type {found}; allowed: ");
        let found = read(name);
        assert!(found.starts_with(&expect), "{found}");
    }
}
