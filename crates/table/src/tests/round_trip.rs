use super::{Folder, shown};
use crate::{ColumnType, OutColumn, ReadOptions, Table, read, write};
use proptest::prelude::*;

fn out(table: &Table) -> Vec<(String, OutColumn<'_>)> {
    table.names().iter().cloned().zip(table.columns().iter().map(OutColumn::Source)).collect()
}

#[track_caller]
fn load(folder: &Folder, name: &str, options: &ReadOptions) -> Table {
    read(&[folder.path(name)], options, &|_| ()).unwrap()
}

#[test]
fn csv_to_parquet_to_csv() {
    let text = "企业,收入,code,empty\n\"甲, 厂\",0.1,007,\n,-1.5,\"a\"\"b\",\n乙,,,\n\"c\nd\",1e300,NA2,\n";
    let folder = Folder::new();
    folder.put("a.csv", text);
    let any = ReadOptions::default();
    let first = load(&folder, "a.csv", &any);
    write(&folder.path("b.parquet"), &out(&first)).unwrap();
    let second = load(&folder, "b.parquet", &any);
    assert_eq!(shown(&second), shown(&first));
    write(&folder.path("c.csv"), &out(&second)).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path("c.csv")).unwrap(), text);
    write(&folder.path("d.csv.gz"), &out(&second)).unwrap();
    assert_eq!(shown(&load(&folder, "d.csv.gz", &any)), shown(&first));
}

#[test]
fn every_kind_of_column_is_written() {
    let folder = Folder::new();
    let levels = ["x".to_owned(), "y, z".to_owned()];
    let columns = [
        ("number".to_owned(), OutColumn::Number(&[1.0, f64::NAN, f64::INFINITY, 0.1])),
        ("integer".to_owned(), OutColumn::Integer(&[1, -2, 3, 600])),
        ("optional".to_owned(), OutColumn::OptionalText(&[None, Some("a"), Some("b"), None])),
        ("coded".to_owned(), OutColumn::Coded { codes: &[1, u32::MAX, 0, 0], levels: &levels }),
    ];
    let expect = "number # 1 . . 0.1\ninteger # 1 -2 3 600\noptional $ . a b .\ncoded $ y, z . x x";
    for name in ["a.csv", "a.csv.gz", "a.parquet"] {
        write(&folder.path(name), &columns).unwrap();
        assert_eq!(folder.read(&[name], &ReadOptions::default()), expect, "{name}");
    }
}

#[test]
fn one_empty_column_keeps_its_rows() {
    let folder = Folder::new();
    for name in ["a.csv", "a.parquet"] {
        write(&folder.path(name), &[("x".to_owned(), OutColumn::Number(&[f64::NAN; 3]))]).unwrap();
        assert_eq!(folder.read(&[name], &ReadOptions::default()), "x # . . .");
    }
}

#[test]
fn many_rows_cross_row_groups() {
    let rows = 270_000;
    let numbers: Vec<f64> = (0..rows).map(|i| if i % 7 == 0 { f64::NAN } else { i as f64 / 8.0 }).collect();
    let levels: Vec<String> = (0..1000).map(|i| format!("level {i}")).collect();
    let codes: Vec<u32> = (0..rows).map(|i| if i % 11 == 0 { u32::MAX } else { i * 7 % 1000 }).collect();
    let columns = [
        ("number".to_owned(), OutColumn::Number(&numbers)),
        ("coded".to_owned(), OutColumn::Coded { codes: &codes, levels: &levels }),
    ];
    let folder = Folder::new();
    let any = ReadOptions::default();
    write(&folder.path("a.parquet"), &columns).unwrap();
    write(&folder.path("a.csv"), &columns).unwrap();
    let (parquet, csv) = (load(&folder, "a.parquet", &any), load(&folder, "a.csv", &any));
    assert_eq!(parquet.rows(), rows as usize);
    assert!(shown(&parquet) == shown(&csv));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_number_and_text(rows in proptest::collection::vec((any::<f64>(), "[a-c,\"\n\r ;'企业\u{3000}?N0]{0,6}"), 1..20)) {
        let numbers: Vec<f64> = rows.iter().map(|(x, _)| *x).collect();
        let texts: Vec<Option<&str>> = rows.iter().map(|(_, t)| Some(t.as_str())).collect();
        let columns = [
            ("number".to_owned(), OutColumn::Number(&numbers)),
            ("a \"text\", quoted".to_owned(), OutColumn::OptionalText(&texts)),
        ];
        let text_name = columns[1].0.as_str();
        let options = ReadOptions { types: [(text_name.to_owned(), ColumnType::Text)].into(), ..Default::default() };
        let folder = Folder::new();
        for name in ["a.csv", "a.csv.gz", "a.parquet"] {
            write(&folder.path(name), &columns).unwrap();
            let table = load(&folder, name, &options);
            let Some(primitives::Column::Number(read)) = table.column("number") else { panic!("not numbers") };
            for (wrote, read) in numbers.iter().zip(read) {
                prop_assert!(wrote == read || (!wrote.is_finite() && read.is_nan()), "{} {}", wrote, read);
            }
            let Some(primitives::Column::Text { codes, levels }) = table.column(text_name) else { panic!("not text") };
            for (wrote, code) in texts.iter().zip(codes) {
                let wrote = wrote.and_then(crate::cell::text);
                prop_assert_eq!(wrote, levels.get(*code as usize).map(String::as_str));
            }
        }
    }
}
