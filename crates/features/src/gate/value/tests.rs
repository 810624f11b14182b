//! What each kind accepts, as rows of text and slot.

use super::*;

/// The slot of a text, or what was wrong.
fn text(kind: Kind, unit: Unit, text: &str) -> String {
    shown(slot(kind, unit, Cell::Text(text)))
}

fn shown(slot: Result<i64, Bad>) -> String {
    match slot {
        Ok(v) => v.to_string(),
        Err(Bad::Kind(allowed)) => format!("not {allowed}"),
        Err(bad) => format!("{bad:?}"),
    }
}

#[track_caller]
fn check(kind: Kind, unit: Unit, rows: &[(&str, &str)]) {
    for (given, expect) in rows {
        let found = text(kind, unit, given);
        assert!(found.starts_with(expect), "{kind:?} {given:?}: {found}");
    }
}

/// Seconds of Beijing's clock.
fn at(y: i32, m: u32, d: u32, second: i64) -> String {
    let date = NaiveDate::from_ymd_opt(y, m, d).expect("a date");
    (i64::from(day_of(date)) * DAY + second).to_string()
}

fn day(y: i32, m: u32, d: u32) -> String {
    day_of(NaiveDate::from_ymd_opt(y, m, d).expect("a date")).to_string()
}

#[test]
fn yuan() {
    let not = "not an amount with digits";
    let fine = "not an amount with at most two decimals";
    check(
        Kind::Money,
        Unit::Plain,
        &[
            ("0", "0"),
            ("1", "100"),
            ("1.5", "150"),
            ("-1234.50", "-123450"),
            ("+7.05", "705"),
            (".5", "50"),
            ("5.", "500"),
            ("1.500", "150"),
            ("0.01", "1"),
            ("100000000000000", "10000000000000000"),
            ("100000000000001", "Huge"),
            ("99999999999999999999", "Huge"),
            ("1.005", fine),
            ("-0.001", fine),
            ("1,234.50", not),
            ("1e5", not),
            ("12元", not),
            ("1.2.3", not),
            ("--1", not),
            ("-", not),
            (".", not),
            ("１２", not),
            ("1.0x", not),
            ("99999999999999999999x", not),
        ],
    );
}

#[test]
fn fen() {
    check(
        Kind::Money,
        Unit::Fen,
        &[("150", "150"), ("-3", "-3"), ("150.0", "150"), ("1.5", "not a whole number of fen"), ("x", "not an amount")],
    );
}

#[test]
fn numbers_of_other_types() {
    let money = |cell| shown(slot(Kind::Money, Unit::Plain, cell));
    for (x, expect) in [
        (0.29, "29"),
        (-1.005, "not an amount with at most two"),
        (0.1 + 0.2, "30"),
        (1_234_567_890_123.45, "123456789012345"),
        (1e15, "Huge"),
        (0.004, "not an amount"),
        (-0.0, "0"),
    ] {
        assert!(money(Cell::Number(x)).starts_with(expect), "{x}: {}", money(Cell::Number(x)));
    }
    assert_eq!(money(Cell::Integer(12)), "1200");
    assert_eq!(money(Cell::Integer(i64::MAX)), "Huge");
    assert_eq!(money(Cell::Decimal { unscaled: 12345, scale: 2 }), "12345");
    assert_eq!(money(Cell::Decimal { unscaled: 12340, scale: 3 }), "1234");
    assert!(money(Cell::Decimal { unscaled: 12345, scale: 3 }).starts_with("not"));
    assert_eq!(money(Cell::Decimal { unscaled: i128::MAX, scale: 0 }), "Huge");
    assert!(money(Cell::Decimal { unscaled: 1, scale: 60 }).starts_with("not"));
    assert!(money(Cell::Flag(true)).starts_with("not"));
    assert!(money(Cell::Date(1)).starts_with("not"));
    let fen = |cell| shown(slot(Kind::Money, Unit::Fen, cell));
    assert_eq!(fen(Cell::Integer(12)), "12");
    assert_eq!(fen(Cell::Number(12.0)), "12");
    assert!(fen(Cell::Number(12.5)).starts_with("not a whole number of fen"));
}

/// Every amount to the fen is the double nearest to it, and comes back.
#[test]
fn doubles_of_whole_fen_come_back() {
    let mut fen: i64 = 1;
    while fen < HUGE {
        for fen in [fen, fen + 1, -fen - 99] {
            let text = format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100);
            let x: f64 = text.parse().expect("a number");
            assert_eq!(slot(Kind::Money, Unit::Plain, Cell::Number(x)), Ok(fen), "{text}");
            assert_eq!(slot(Kind::Money, Unit::Plain, Cell::Text(&text)), Ok(fen), "{text}");
        }
        fen = fen * 3 + 7;
        if 100_000_000_000_000 < fen {
            break; // beyond, a double has no room for fen
        }
    }
}

#[test]
fn counts_quantities_and_shares() {
    check(Kind::Count, Unit::Plain, &[("5", "5"), ("5.0", "5"), ("-2", "-2"), ("5.5", "not a whole"), ("五", "not")]);
    check(
        Kind::Quantity,
        Unit::Plain,
        &[
            ("1.5", "1500"),
            ("0.0004", "0"),
            ("0.0005", "1"),
            ("-0.0005", "-1"),
            ("1.99951", "2000"),
            ("x", "not a num"),
        ],
    );
    check(Kind::Share, Unit::Plain, &[("0.5", "500000"), ("1", "1000000"), ("35%", "not a number")]);
    assert_eq!(slot(Kind::Quantity, Unit::Plain, Cell::Number(0.1 + 0.2)), Ok(300));
    assert_eq!(slot(Kind::Quantity, Unit::Plain, Cell::Decimal { unscaled: 15, scale: 4 }), Ok(2));
    assert_eq!(slot(Kind::Quantity, Unit::Plain, Cell::Decimal { unscaled: -14, scale: 4 }), Ok(-1));
}

#[test]
fn flags() {
    let yes = [("是", "1"), ("true", "1"), ("TRUE", "1"), ("1", "1")];
    let no = [("否", "0"), ("False", "0"), ("0", "0"), ("2", "not"), ("yes", "not")];
    check(Kind::Flag, Unit::Plain, &yes);
    check(Kind::Flag, Unit::Plain, &no);
    assert_eq!(slot(Kind::Flag, Unit::Plain, Cell::Flag(true)), Ok(1));
    assert_eq!(slot(Kind::Flag, Unit::Plain, Cell::Integer(0)), Ok(0));
}

#[test]
fn dates() {
    let leap = day(2024, 2, 29);
    for given in
        ["2024-02-29", "2024/2/29", "2024.02.29", "20240229", "2024年2月29日", "2024-2-29", "2024-02-29T23:59:59"]
    {
        assert_eq!(text(Kind::Date, Unit::Plain, given), leap, "{given}");
    }
    for given in [
        "2023-02-29",
        "2024-13-01",
        "2024-02",
        "202402",
        "29/02/2024",
        "2024-02/29",
        "2024-02-290",
        "24-02-29",
        "1899-12-31",
        "2024年2月29",
        "2024-02-29 25:00",
        "today",
        "45351",
        "2024-02-29T",
        "2024-０2-29",
    ] {
        assert!(text(Kind::Date, Unit::Plain, given).starts_with("not a date"), "{given}");
    }
    assert_eq!(shown(slot(Kind::Date, Unit::Plain, Cell::Integer(20240229))), leap);
    assert_eq!(shown(slot(Kind::Date, Unit::Plain, Cell::Date(19_782))), leap);
    assert!(shown(slot(Kind::Date, Unit::Plain, Cell::Integer(19_782))).starts_with("not"));
    assert!(shown(slot(Kind::Date, Unit::Plain, Cell::Date(i32::MAX))).starts_with("not"));
    assert_eq!(text(Kind::Date, Unit::Plain, "9999-12-31"), day(9999, 12, 31));
}

/// 2025-03-31T16:00:00Z is the first moment of 2025-04-01 in Beijing.
#[test]
fn midnight_of_beijing() {
    for (given, expect) in [
        ("2025-03-31T16:00:00Z", day(2025, 4, 1)),
        ("2025-03-31T15:59:59.999Z", day(2025, 3, 31)),
        ("2025-03-31T16:00:00+00:00", day(2025, 4, 1)),
        ("2025-03-31T16:00:00+08:00", day(2025, 3, 31)),
        ("2025-03-31T16:00:00", day(2025, 3, 31)),
        ("2025-03-31 11:00:00-0500", day(2025, 4, 1)),
    ] {
        assert_eq!(text(Kind::Date, Unit::Plain, given), expect, "{given}");
    }
    let micros = 1_743_436_800_000_000; // 2025-03-31T16:00:00
    let utc = Cell::Time { micros, is_utc: true };
    assert_eq!(shown(slot(Kind::Date, Unit::Plain, utc)), day(2025, 4, 1));
    let last = Cell::Time { micros: micros - 1, is_utc: true };
    assert_eq!(shown(slot(Kind::Date, Unit::Plain, last)), day(2025, 3, 31));
    let wall = Cell::Time { micros, is_utc: false };
    assert_eq!(shown(slot(Kind::Time, Unit::Plain, wall)), at(2025, 3, 31, 16 * 3600));
}

#[test]
fn times() {
    for (given, expect) in [
        ("2024-03-31", at(2024, 3, 31, 0)),
        ("2024-03-31 08:30", at(2024, 3, 31, 30_600)),
        ("2024-03-31T08:30:15.25", at(2024, 3, 31, 30_615)),
        ("2024-03-31T00:30:15Z", at(2024, 3, 31, 30_615)),
        ("2024-03-31T00:30:15 +00", at(2024, 3, 31, 30_615)),
        ("20240331083015", at(2024, 3, 31, 30_615)),
        ("2024年3月31日 8:30:15", at(2024, 3, 31, 30_615)),
        ("2024-03-31T23:59:60", at(2024, 3, 31, 86_399)),
    ] {
        assert_eq!(text(Kind::Time, Unit::Plain, given), expect, "{given}");
    }
    for given in ["2024-03", "2024-03-31T24:00", "2024-03-31T08", "2024-03-31T08:30+15:00", "2024-03-31T08:30 CST"] {
        assert!(text(Kind::Time, Unit::Plain, given).starts_with("not a time"), "{given}");
    }
}

#[test]
fn months_end_on_their_last_day() {
    for (given, expect) in [
        ("2024-02", day(2024, 2, 29)),
        ("202402", day(2024, 2, 29)),
        ("2023年2月", day(2023, 2, 28)),
        ("2024/12", day(2024, 12, 31)),
        ("2024-04-01", day(2024, 4, 30)),
        ("20240430", day(2024, 4, 30)),
        ("2024-02-29T16:00:00Z", day(2024, 3, 31)),
    ] {
        assert_eq!(text(Kind::Month, Unit::Plain, given), expect, "{given}");
    }
    assert_eq!(shown(slot(Kind::Month, Unit::Plain, Cell::Integer(202402))), day(2024, 2, 29));
    for given in ["2024", "2024-00", "2024-13", "二月", "2024-2-30"] {
        assert!(text(Kind::Month, Unit::Plain, given).starts_with("not a month"), "{given}");
    }
}

#[test]
fn texts_that_are_checked() {
    let check =
        |kind, text: &str| checked_text(kind, text).unwrap_or_else(|bad| format!("{bad:?}").chars().take(15).collect());
    for region in &REGIONS {
        let code = region.code.to_string();
        assert_eq!(check(Kind::District, &code), code);
    }
    assert_eq!(check(Kind::District, "500103"), "500103");
    assert_eq!(check(Kind::District, "500157"), "500157");
    assert_eq!(check(Kind::District, "500222"), "UnknownDistrict");
    assert_eq!(check(Kind::District, "110101"), "UnknownDistrict");
    for (given, expect) in [
        ("C3911", "C3911"),
        ("3911", "C3911"),
        ("39", "C39"),
        ("c39", "C39"),
        ("J", "J"),
        ("0111", "A0111"),
        ("7340", "M7340"),
        ("72", "L72"),
        ("I3911", "Kind(\"an indust"),
        ("9811", "Kind(\"an indust"),
        ("0011", "Kind(\"an indust"),
        ("3", "Kind(\"an indust"),
        ("39111", "Kind(\"an indust"),
        ("制造业", "Kind(\"an indust"),
    ] {
        assert_eq!(check(Kind::Industry, given), expect, "{given}");
    }
    for code in ["11500000009276281J", "11500222009311999A", "91130600738737199K", "91130600738737199k"] {
        assert_eq!(check(Kind::CreditCode, code), code.to_ascii_uppercase());
    }
    for code in ["91130600738737199L", "9113060073873719", "91130600738737I99K", "企业"] {
        assert_eq!(check(Kind::CreditCode, code), "CreditCode", "{code}");
    }
}
