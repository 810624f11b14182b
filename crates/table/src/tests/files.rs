use super::{Folder, shown};
use crate::{Error, OutColumn, ReadOptions, read, write};
use primitives::Digest;
use std::cell::RefCell;

#[test]
fn paths_are_checked() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("b.csv")).unwrap();
    folder.put("c.xlsx", "x").put("d.csv", "").put("e.gz", "").put("noext", "x").put("f.parquet", "");
    let any = ReadOptions::default();
    for (name, expect) in [
        ("a.csv", "a.csv: no such file"),
        ("b.csv", "b.csv: is a folder, not a data file"),
        ("c.xlsx", "c.xlsx: the name must end in .csv, .csv.gz or .parquet"),
        ("e.gz", "e.gz: the name must end in .csv, .csv.gz or .parquet"),
        ("noext", "noext: the name must end in .csv, .csv.gz or .parquet"),
        ("d.csv", "d.csv: the file is empty"),
        ("f.parquet", "f.parquet: the file is empty"),
    ] {
        assert_eq!(folder.read(&[name], &any), expect);
    }
    assert_eq!(folder.read(&[], &any), "no data file is named");
    // Every path is looked at before the first is read.
    assert_eq!(folder.read(&["d.csv", "a.csv"], &any), "a.csv: no such file");
}

#[test]
fn sources_are_recorded() {
    let folder = Folder::new();
    folder.put("a.csv", "x\n1\n2\n").put("b.csv", "x\n3\n");
    let seen = RefCell::new(Vec::new());
    let paths = [folder.path("a.csv"), folder.path("b.csv")];
    let table = read(&paths, &ReadOptions::default(), &|p| seen.borrow_mut().push(p)).unwrap();
    let sources: Vec<_> =
        table.sources().iter().map(|s| (s.name.as_str(), s.rows, s.bytes, s.digest.clone())).collect();
    let digest = |bytes| Some(Digest::sha256(bytes));
    assert_eq!(sources, [("a.csv", 2, 6, digest(b"x\n1\n2\n")), ("b.csv", 1, 4, digest(b"x\n3\n"))]);
    let without = read(&paths, &ReadOptions { no_digest: true, ..Default::default() }, &|_| ()).unwrap();
    assert!(without.sources().iter().all(|s| s.digest.is_none()));
    assert_eq!(without.columns(), table.columns());

    let seen = seen.into_inner();
    assert!(seen.is_sorted_by_key(|p| (p.files_done, p.bytes_done)));
    let last = seen.last().unwrap();
    assert_eq!((last.files_done, last.files, last.bytes_done, last.bytes), (2, 2, 10, 10));
}

#[test]
fn a_large_file_has_the_digest_of_its_bytes() {
    let folder = Folder::new();
    let text = format!("x\n{}", "12345\n".repeat(300_000));
    folder.put("a.csv", &text);
    let table = read(&[folder.path("a.csv")], &ReadOptions::default(), &|_| ()).unwrap();
    assert_eq!(table.rows(), 300_000);
    assert_eq!(table.sources()[0].digest, Some(Digest::sha256(text.as_bytes())));
}

#[test]
fn tables_are_taken_apart() {
    let folder = Folder::new();
    folder.put("a.csv", "a,b,c\n1,x,2\n");
    let mut table = read(&[folder.path("a.csv")], &ReadOptions::default(), &|_| ()).unwrap();
    assert!(table.column("d").is_none() && table.take_column("d").is_none());
    let again = table.clone();
    let refused = |names: &[&str]| again.clone().select(names).unwrap_err().to_string();
    assert_eq!(refused(&["a", "bb"]), r#"a.csv: no column "bb"; did you mean "b"?; columns: a, b, c"#);
    assert_eq!(refused(&["a", "a"]), r#"a.csv: columns 1 and 2 are both named "a""#);
    assert!(table.take_column("a").is_some());
    assert_eq!(shown(&table), "b $ x\nc # 2");
    assert_eq!(shown(&table.select(&["c"]).unwrap()), "c # 2");
    assert_eq!(again.into_columns().len(), 3);
}

#[test]
fn a_write_that_fails_leaves_the_old_file() {
    let folder = Folder::new();
    let old = "x\nold\n";
    for name in ["a.csv", "a.csv.gz", "a.parquet"] {
        folder.put(name, old);
        // A code without a level is found in the middle of the rows.
        let levels = ["a".to_owned()];
        let columns = [("x".to_owned(), OutColumn::Coded { codes: &[0, 7], levels: &levels })];
        let path = folder.path(name);
        std::panic::catch_unwind(|| write(&path, &columns)).unwrap_err();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), old);
    }
    // No half-written file stays behind either.
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 3);
}

#[test]
fn writes_are_checked() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("b.csv")).unwrap();
    let x = || ("x".to_owned(), OutColumn::Integer(&[1]));
    let refused = |name: &str, columns: &[(String, OutColumn<'_>)]| write(&folder.path(name), columns).unwrap_err();
    assert!(matches!(refused("a.txt", &[x()]), Error::UnknownExtension { .. }));
    assert!(matches!(refused("b.csv", &[x()]), Error::IsFolder { .. }));
    assert!(matches!(refused("a.csv", &[x(), x()]), Error::DuplicateColumn { first: 1, second: 2, .. }));
    assert!(matches!(refused("a.csv", &[("".into(), x().1)]), Error::EmptyColumnName { position: 1, .. }));
    let absent = refused("none/a.csv", &[x()]);
    assert!(matches!(absent, Error::Io { .. }) && !absent.is_invalid_input());
    assert!(std::error::Error::source(&absent).is_some());
}

#[cfg(unix)]
#[test]
fn a_written_file_has_the_rights_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.put("plain", "");
    write(&folder.path("a.csv"), &[("x".to_owned(), OutColumn::Integer(&[1]))]).unwrap();
    let mode = |name| std::fs::metadata(folder.path(name)).unwrap().permissions().mode();
    assert_eq!(mode("a.csv"), mode("plain"));
}
