use super::{Folder, forced, only};
use crate::ColumnType::Number;
use crate::{OutColumn, ReadOptions, write};

#[track_caller]
fn check_with(files: &[&str], options: &ReadOptions, expect: &str) {
    let folder = Folder::new();
    let names: Vec<String> = (1..=files.len()).map(|i| format!("{i}.csv")).collect();
    for (name, text) in names.iter().zip(files) {
        folder.put(name, text);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(folder.read(&names, options), expect);
}

#[track_caller]
fn check(files: &[&str], expect: &str) {
    check_with(files, &ReadOptions::default(), expect);
}

#[test]
fn rows_follow_and_columns_match_by_name() {
    check(&["x,y\n1,a\n", "y,x\nb,2\na,3\n"], "x # 1 2 3\ny $ a b a");
}

#[test]
fn text_in_one_file_is_text_in_all() {
    check(&["x,y\n007,1\n", "x,y\nB,2\n", "x,y\n1.50,3"], "x $ 007 B 1.50\ny # 1 2 3");
    check(&["x\nB", "x\n1e3"], "x $ B 1e3");
    // A column without a value is of either type.
    check(&["x\nNA\n?", "x\nB", "x\nNA"], "x $ . . B .");
    check(&["x\nNA", "x\n2", "x\n?"], "x # . 2 .");
    check(&["x\nNA", "x\n007", "x\nB"], "x $ . 007 B");
    check(&["x\n911101080000000001", "x\n91110108000000000X"], "x $ 911101080000000001 91110108000000000X");
}

#[test]
fn errors_name_the_file() {
    check(&["x,y\n1,2", "z,x\n1,2"], "2.csv: lacks columns that 1.csv has: y; has columns that 1.csv lacks: z");
    check(&["x\n1", "x,z\n1,2"], "2.csv: has columns that 1.csv lacks: z");
    check(&["x,y\n1,2", "x\n1"], "2.csv: lacks columns that 1.csv has: y");
    check_with(&["x,y\n1,2", "x\n1"], &only(&["x"], &[]), "x # 1 1");
    check_with(&["x,y\n1,2", "x\n1"], &only(&["y"], &[]), r#"2.csv: no column "y"; did you mean "x"?; columns: x"#);
    check_with(&["x,w\n1,2", "x\n1"], &only(&["x"], &["w"]), "2.csv: lacks columns that 1.csv has: w");
    check_with(
        &["x\n1\n2", "x\n3\nB"],
        &forced(&[("x", Number)]),
        r#"2.csv: row 2 (line 3), column "x": "B" is not a number"#,
    );
    check(
        &["x\n1", "x\n123456789012345678"],
        r#"2.csv: row 1 (line 2), column "x": 123456789012345678 is beyond 2^53 and would lose digits as a number; read it as text"#,
    );
}

#[test]
fn formats_mix() {
    let folder = Folder::new();
    folder.put("a.csv", "x,y\n1,a\n");
    let y = OutColumn::OptionalText(&[None, Some("a")]);
    write(&folder.path("b.parquet"), &[("y".into(), y), ("x".into(), OutColumn::Integer(&[2, 3]))]).unwrap();
    folder.put("c.csv", "x,y\n007,b\nB,c\n");
    let any = ReadOptions::default();
    assert_eq!(folder.read(&["a.csv", "b.parquet"], &any), "x # 1 2 3\ny $ a . a");
    assert_eq!(folder.read(&["b.parquet", "c.csv"], &any), "y $ . a b c\nx $ 2 3 007 B");
}
