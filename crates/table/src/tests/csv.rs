use super::{Folder, forced, only};
use crate::ColumnType::{Number, Text};
use crate::ReadOptions;

#[track_caller]
fn check_with(text: &str, options: &ReadOptions, expect: &str) {
    let folder = Folder::new();
    assert_eq!(folder.put("a.csv", text).read(&["a.csv"], options), expect, "{text:?}");
}

#[track_caller]
fn check(text: &str, expect: &str) {
    check_with(text, &ReadOptions::default(), expect);
}

#[test]
fn types_are_inferred_from_all_rows() {
    check("x,y\n1,a\n2,b\n", "x # 1 2\ny $ a b");
    check("x\n1\n2\nthree", "x $ 1 2 three");
    check("x\nNA\n\"\"\n?\n3", "x # . . . 3");
    check("x\nNA\n?\nthree", "x $ . . three");
    check("x,y\n,NA\nNaN,?", "x # . .\ny # . .");
    // The spelling of what looked like a number survives when the column turns out to be text.
    check("x\n007\n1.50\nnan\nB", "x $ 007 1.50 . B");
    check("x\n1\n\"1,234\"\n1e999", "x $ 1 1,234 .");
    check("x\n+5\n-0.5\n1e3\n .5 \n1.", "x # 5 -0.5 1000 0.5 1");
}

#[test]
fn types_are_forced() {
    check_with("x,y\n007,1\n,\n1e999,?", &forced(&[("x", Text)]), "x $ 007 . .\ny # 1 . .");
    check_with("x\nNA\n?", &forced(&[("x", Text)]), "x $ . .");
    check_with("x\n1\nNA", &forced(&[("x", Number), ("absent", Text)]), "x # 1 .");
    check_with(
        "id,x\na,1\n\nb,\"1,234\"\n",
        &forced(&[("x", Number)]),
        r#"a.csv: row 2 (line 4), column "x": "1,234" is not a number"#,
    );
    let long = format!("x\r\n1\r\n{}", "数".repeat(50));
    let cut = "数".repeat(40);
    check_with(
        &long,
        &forced(&[("x", Number)]),
        &format!(r#"a.csv: row 2 (line 3), column "x": "{cut}…" is not a number"#),
    );
}

#[test]
fn whole_numbers_beyond_2_53_are_text_or_refused() {
    check("x\n9007199254740992", "x # 9007199254740992");
    let refused = r#"a.csv: row 2 (line 3), column "x": 9007199254740993 is beyond 2^53 and would lose digits as a number; read it as text"#;
    check("x\n1\n9007199254740993\n123456789012345678", refused);
    check_with("x\n1\n9007199254740993", &forced(&[("x", Number)]), refused);
    check_with("x\n9007199254740993", &forced(&[("x", Text)]), "x $ 9007199254740993");
    check("x\n911101080000000001\n91110108000000000X", "x $ 911101080000000001 91110108000000000X");
}

#[test]
fn fields_are_quoted_and_trimmed() {
    check("\"a,b\", c \n\"x\ny\",\" q\"\"q \"\r\n z ,w", "a,b $ x\ny z\nc $ q\"q w");
    check("x,y\r\n1,2\r\n\r\n3,4\r\n\r\n", "x # 1 3\ny # 2 4");
    check("x,y\r1,2\r3,4", "x # 1 3\ny # 2 4");
    check("x,y\n5\" pipe,6\"\n", "x $ 5\" pipe\ny $ 6\"");
}

#[test]
fn columns_are_chosen() {
    let text = "a,b,c\n1,x,2\n";
    check_with(text, &only(&["c", "a"], &[]), "c # 2\na # 1");
    check_with(text, &only(&["c", "c"], &["w", "b", "c"]), "c # 2\nb $ x");
    check_with(text, &only(&["C"], &[]), r#"a.csv: no column "C"; did you mean "c"?; columns: a, b, c"#);
    check_with(text, &only(&["revenue"], &[]), r#"a.csv: no column "revenue"; columns: a, b, c"#);
    let many: String = (0..25).map(|i| format!("n{i},")).collect::<String>() + "z\n" + &"1,".repeat(25) + "1";
    let shown: Vec<String> = (0..20).map(|i| format!("n{i}")).collect();
    let expect = format!(r#"a.csv: no column "turnover"; columns: {} and 6 more"#, shown.join(", "));
    check_with(&many, &only(&["turnover"], &[]), &expect);
}

#[test]
fn headers_are_checked() {
    check("", "a.csv: the file is empty");
    check(" \n\n", "a.csv: the file is empty");
    check("\u{feff}", "a.csv: the file is empty");
    check("x,y", "a.csv: no data row below the header");
    check("x,y\r\n\r\n", "a.csv: no data row below the header");
    check(",x\n0,1", "a.csv: column 1 has no name (an index that was saved with the data?)");
    check("x, \n0,1", "a.csv: column 2 has no name (an index that was saved with the data?)");
    check("x,y, x \n0,1,2", r#"a.csv: columns 1 and 3 are both named "x""#);
}

#[test]
fn rows_are_whole() {
    check("x,y\n1,2\n3\n", "a.csv: row 2 (line 3) has 1 fields, the header has 2");
    check("x,y\n\"1\n\n\",2\n3,4,5\n", "a.csv: row 2 (line 5) has 3 fields, the header has 2");
    check("x,y\n1,2\n3,\"4\n5,6\n", "a.csv: row 2 (line 3) opens a quote that is never closed");
    check("x,y\n1,2\n\"3,4\n5,6\n", "a.csv: row 2 (line 3) opens a quote that is never closed");
    check("x,y\n1,\"a\"\"", "a.csv: row 1 (line 2) opens a quote that is never closed");
    check("x,y\n1,\"a\"\"\"", "x # 1\ny $ a\"");
    check("x,\"y\n1,2\n", "a.csv: row 0 (line 1) opens a quote that is never closed");
}

#[test]
fn the_first_error_by_row_is_told() {
    let both = forced(&[("x", Number), ("y", Number)]);
    check_with("x,y\n1,b\na,2\n3", &both, r#"a.csv: row 1 (line 2), column "y": "b" is not a number"#);
    check_with("x,y\na,b\n3", &both, r#"a.csv: row 1 (line 2), column "x": "a" is not a number"#);
    let many = format!("x,y\n{}a,1\n2\n", "1,2\n".repeat(5000));
    check_with(&many, &both, r#"a.csv: row 5001 (line 5002), column "x": "a" is not a number"#);
    check(&many, "a.csv: row 5002 (line 5003) has 1 fields, the header has 2");
}

#[test]
fn long_fields_and_wide_rows_take_linear_time() {
    let long = "甲".repeat(10_000_000);
    let folder = Folder::new();
    let read = folder.put("a.csv", format!("x,y\n1,\"{long}\"\n2,b")).read(&["a.csv"], &ReadOptions::default());
    assert_eq!(read.len(), "x # 1 2\ny $  b".len() + long.len());

    let names: Vec<String> = (0..10_000).map(|i| format!("column_{i}")).collect();
    let row = ["1", "b", "", "2.5"].repeat(names.len() / 4).join(",");
    let all: Vec<&str> = names.iter().rev().map(String::as_str).collect();
    folder.put("wide.csv", format!("{}\n{}", names.join(","), format!("{row}\n").repeat(50)));
    let read = folder.read(&["wide.csv"], &only(&all, &all));
    assert!(read.starts_with("column_9999 # 2.5 2.5 ") && read.contains("\ncolumn_1 $ b b "));
    assert!(read.ends_with(&format!("\ncolumn_0 #{}", " 1".repeat(50))));
}
