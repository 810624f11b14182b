//! Each kind of fault that a directory can have ends in a clear report.

mod common;

use common::{AS_OF, Folder, REGISTRY, count, registered, registry};
use features::gate::{Fitness, Gate, LISTED, Verdict};
use std::io::Write;

const GRANTS: &str = "enterprise_id,granted_on,document_no,programme,amount,known_at\n";

#[track_caller]
fn verdict(folder: &Folder, source: &str) -> (Verdict, u64, u64) {
    let (summary, _) = folder.read();
    let s = summary.source(source).expect("all sources are there");
    assert_eq!(s.rows, s.used + s.after_as_of + s.set_aside);
    (s.verdict, s.used, s.set_aside)
}

#[test]
fn nothing_is_there() {
    let folder = Folder::new();
    let (summary, records) = folder.read();
    assert!(records.is_empty());
    assert_eq!(summary.fitness, Fitness::MustNotBeUsed);
    assert_eq!(summary.reasons, ["neither the registry nor invoices could be used"]);
    assert!(summary.to_text().contains("verdict: the result must not be used"));
    assert!(Gate::open(&folder.path("no"), AS_OF, None).is_err());
}

#[test]
fn a_missing_source_is_no_fault() {
    let folder = Folder::new();
    folder.put("registry.csv", registry(3));
    let (summary, records) = folder.read();
    assert_eq!(summary.fitness, Fitness::MayBeUsed);
    assert!(summary.reasons.is_empty());
    assert_eq!(records.len(), 3);
    assert!(
        records[0].starts_with("registry E0 20148 1740960000 recorded_on") || records[0].contains("industry=C3911")
    );
    assert!(summary.to_text().contains("not there (25 of 26)"));
}

#[test]
fn chinese_headings_and_spellings() {
    let folder = Folder::new();
    let text = "企业标识,核准日期,企业类型,行业代码,区县代码,成立日期,注册资本（分）,经营状态\n\
                甲公司,2025年3月1日,有限责任公司,3911,500103,2015/6/1,100000050,存续\n";
    folder.put("registry.csv", text);
    let (summary, records) = folder.read();
    assert_eq!(summary.source("registry").map(|s| s.verdict), Some(Verdict::Used));
    assert_eq!(
        records,
        ["registry 甲公司 20148 1741219200~ kind=limited industry=C3911 district=500103 established_on=16587 \
          registered_capital=100000050 status=active"]
    );
}

#[test]
fn gb18030_and_gzip() {
    let folder = Folder::new();
    let text = "企业标识,拨付日期,文号,金额\n甲公司,2025-03-01,渝财〔2025〕1号,100.50\n";
    folder.put("grants.csv", encoding_rs::GB18030.encode(text).0);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(text.as_bytes()).expect("memory");
    folder.put("procurement_awards.csv.gz", [1, 2, 3]);
    folder.put("complaints.csv", [0xe4, 0xbd, 0xff, 0x0a, 0xff]);
    let (summary, records) = folder.read();
    assert_eq!(records, ["grants 甲公司 20148 1741651200~ document_no=渝财〔2025〕1号 amount=10050"]);
    for source in ["procurement_awards", "complaints"] {
        assert_eq!(count(&summary, source, "unreadable_file"), 1, "{source}");
        assert_eq!(summary.source(source).map(|s| s.verdict), Some(Verdict::NotUsed));
    }
    let folder = Folder::new();
    folder.put("grants.csv.gz", gz.finish().expect("memory"));
    assert_eq!(folder.read().1, records);
}

#[test]
fn a_truncated_parquet_file() {
    let folder = Folder::new();
    let path = folder.path("grants.parquet");
    let texts = |v: &'static [&'static str]| v.iter().map(|t| Some(*t)).collect::<Vec<_>>();
    let (ids, dates, numbers) = (texts(&["A", "B"]), texts(&["2025-03-01", "2025-03-02"]), texts(&["1", "2"]));
    let columns = [
        ("enterprise_id".to_owned(), table::OutColumn::OptionalText(&ids)),
        ("granted_on".to_owned(), table::OutColumn::OptionalText(&dates)),
        ("document_no".to_owned(), table::OutColumn::OptionalText(&numbers)),
        ("amount".to_owned(), table::OutColumn::Number(&[100.5, 0.29])),
    ];
    table::write(&path, &columns).expect("a file");
    let (summary, records) = folder.read();
    assert_eq!(summary.source("grants").map(|s| s.verdict), Some(Verdict::Used));
    assert!(records[1].ends_with("amount=29"), "{}", records[1]);

    let whole = std::fs::read(&path).expect("a file");
    folder.put("grants.parquet", &whole[..whole.len() / 2]).put("registry.csv", registry(2));
    let (summary, _) = folder.read();
    assert_eq!(count(&summary, "grants", "unreadable_file"), 1);
    assert_eq!(summary.fitness, Fitness::WithCare);
    assert_eq!(summary.reasons, ["grants is there but could not be used"]);
}

#[test]
fn duplicate_headings_and_missing_columns() {
    for (header, rule) in [
        ("enterprise_id,granted_on,document_no,amount,amount", "duplicate_heading"),
        ("enterprise_id,granted_on,document_no,amount,金额（分）", "duplicate_heading"),
        ("enterprise_id,granted_on,document_no,programme,known_at", "missing_column"),
        ("enterprise_id,granted_on,document_no,known_at,金额（万元）", "unit_refused"),
    ] {
        let folder = Folder::new();
        folder.put("grants.csv", format!("{header}\nA,2025-03-01,1,1,1\n"));
        let (summary, records) = folder.read();
        assert!(records.is_empty());
        let source = summary.source("grants").expect("it is there");
        assert_eq!(source.issues.keys().copied().collect::<Vec<_>>(), [rule], "{header}");
        assert_eq!((source.verdict, source.rows, source.set_aside), (Verdict::NotUsed, 1, 1));
    }
}

#[test]
fn unknown_headings_and_files_are_warned_of() {
    let folder = Folder::new();
    folder.put("registry.csv", registry(1).replace("credit_code", "备注"));
    folder.put("registry.xlsx", "x").put("outcomes.csv", "x").put(".hidden", "x").put("registry_old/a.csv", "x");
    let (summary, records) = folder.read();
    assert_eq!((records.len(), summary.fitness), (1, Fitness::MayBeUsed));
    assert_eq!(count(&summary, "registry", "unknown_heading"), 1);
    let others: Vec<String> = summary.other_files.iter().map(|(file, rule)| format!("{file} {rule}")).collect();
    assert_eq!(others, ["registry.xlsx other_extension", "outcomes.csv unknown_file", "registry_old unknown_file"]);
}

#[test]
fn an_amount_in_the_wrong_unit() {
    let folder = Folder::new();
    let row = |i: usize, amount: f64| format!("E{i},{i},2025-03-01,sale,C,{amount:.2},0,valid\n");
    let header = "enterprise_id,invoice_no,issued_on,direction,counterparty_id,amount,tax,status\n";
    let wan: String = (0..100).map(|i| row(i, 0.3 + 0.01 * (i % 10) as f64)).collect();
    folder.put("invoices.csv", format!("{header}{wan}"));
    let (summary, records) = folder.read();
    assert!(records.is_empty());
    assert_eq!(count(&summary, "invoices", "unit_suspect"), 1);
    assert_eq!(verdict(&folder, "invoices"), (Verdict::NotUsed, 0, 100));
    let yuan: String = (0..100).map(|i| row(i, 3000.0 + i as f64)).collect();
    folder.put("invoices.csv", format!("{header}{yuan}"));
    assert_eq!(verdict(&folder, "invoices"), (Verdict::Used, 100, 0));
    // Neither what comes later nor the order of the rows decides.
    let later = wan.replace("2025-03-01", "2026-03-01").replace('E', "L");
    for rows in [format!("{later}{later}{yuan}"), format!("{yuan}{later}{later}")] {
        folder.put("invoices.csv", format!("{header}{rows}"));
        assert_eq!(verdict(&folder, "invoices"), (Verdict::Used, 100, 0));
    }
    let few: String = (0..20).map(|i| row(i, 0.3).replace('E', "W")).collect();
    // Of two parts the one in the wrong unit is taken back, with the enterprises that only it names.
    std::fs::remove_file(folder.path("invoices.csv")).expect("it is there");
    folder.put("invoices-1.csv", format!("{header}{yuan}")).put("invoices-2.csv", format!("{header}{few}"));
    let (summary, records) = folder.read();
    assert_eq!(records.len(), 100);
    assert!(records.iter().all(|r| r.starts_with("invoices E")));
    assert_eq!(count(&summary, "invoices", "unit_suspect"), 1);
    assert_eq!(verdict(&folder, "invoices"), (Verdict::UsedWithFaults, 100, 20));
}

#[test]
fn one_bad_row_in_a_hundred() {
    let folder = Folder::new();
    let mut text = registry(990);
    for i in 0..10 {
        text.push_str(&registered(&format!("B{i}")).replace("2015-06-01", ["gestern", "2015-13-01"][i % 2]));
    }
    folder.put("registry.csv", text);
    let (summary, records) = folder.read();
    assert_eq!(records.len(), 990);
    assert_eq!(verdict(&folder, "registry"), (Verdict::UsedWithFaults, 990, 10));
    assert_eq!((count(&summary, "registry", "bad_cell"), summary.fitness), (10, Fitness::MayBeUsed));
    let text = summary.to_text();
    assert!(text.contains("    bad_cell: 10\n"), "{text}");
    assert!(text.contains("run again with --issues DIR"), "{text}");
}

#[test]
fn thresholds() {
    for (bad, expect, fitness) in [
        (5, Verdict::UsedWithFaults, Fitness::MayBeUsed),
        (6, Verdict::UsedWithFaults, Fitness::WithCare),
        (20, Verdict::UsedWithFaults, Fitness::WithCare),
        (21, Verdict::NotUsed, Fitness::MustNotBeUsed),
    ] {
        let folder = Folder::new();
        let rows: String = (0..bad).map(|i| registered(&format!("B{i}")).replace("500103", "510100")).collect();
        folder.put("registry.csv", format!("{}{rows}", registry(100 - bad)));
        let (summary, _) = folder.read();
        assert_eq!(summary.source("registry").map(|s| s.verdict), Some(expect), "{bad}");
        assert_eq!(summary.fitness, fitness, "{bad}: {:?}", summary.reasons);
    }
}

/// One row of each fault, and its rule.
#[test]
fn rows_that_are_set_aside() {
    let sound = registered("A");
    for (from, to, rule) in [
        ("500103", "510100", "unknown_district"),
        ("500103", "", "missing_cell"),
        ("active", "running", "unknown_code"),
        ("C3911", "Z3911", "bad_cell"),
        ("1000000", "10 000", "bad_cell"),
        ("1000000", "-1", "out_of_range"),
        ("1000000", "1000.123", "bad_cell"),
        ("2025-03-03", "2025-02-03", "future_date"),
        ("A,2025-03-01", "A,", "missing_cell"),
        ("A,", " ,", "missing_cell"),
        ("limited,", "", "ragged_row"),
    ] {
        let folder = Folder::new();
        let bad = sound.replacen(from, to, 1);
        assert_ne!(bad, sound);
        folder.put("registry.csv", format!("{}{bad}", registry(20)));
        let (summary, records) = folder.read();
        assert_eq!(records.len(), 20, "{bad}");
        let issues = &summary.source("registry").expect("it is there").issues;
        assert_eq!(format!("{issues:?}"), format!("{{{rule:?}: 1}}"), "{bad}");
    }
}

#[test]
fn rules_of_rows() {
    let folder = Folder::new();
    let header = "enterprise_id,invoice_no,issued_on,direction,counterparty_id,amount_fen,tax,status\n";
    let rows = "A,1,2025-03-01,sale,C,100,0,valid\nA,2,2025-03-01,sale,C,-100,0,红冲\nA,3,2025-03-01,sale,C,5,0,void\n\
                A,4,2025-03-01,sale,C,-100,0,valid\nA,5,2025-03-01,sale,C,100,0,red\n";
    folder.put("invoices.csv", format!("{header}{rows}{}", "A,6,2025-03-01,sale,C,100,0,正常\n".repeat(10)));
    let (summary, records) = folder.read();
    assert_eq!(records.len(), 13);
    assert_eq!(count(&summary, "invoices", "blue_is_not_negative"), 1);
    assert_eq!(count(&summary, "invoices", "red_is_negative"), 1);
}

/// The entry of an enterprise counts even when its credit code is wrong.
#[test]
fn a_bad_credit_code_loses_the_cell_only() {
    let folder = Folder::new();
    let with = |id: &str, code: &str| registered(id).replace("2025-03-03,", &format!("2025-03-03,{code}"));
    let rows = with("A", "91130600738737199K") + &with("B", "91130600738737199L");
    folder.put("registry.csv", format!("{REGISTRY}{rows}"));
    let (summary, records) = folder.read();
    assert!(records[0].contains("credit_code=91130600738737199K"));
    assert!(!records[1].contains("credit_code"));
    assert_eq!(count(&summary, "registry", "bad_credit_code"), 1);
    assert_eq!(verdict(&folder, "registry"), (Verdict::UsedWithFaults, 2, 0));
}

#[test]
fn events_and_known_times_after_the_as_of_date() {
    let folder = Folder::new();
    let rows = "A,2025-03-31,1,research,1,2025-03-31T23:59:59\n\
                A,2025-03-31,2,research,1,2025-03-31T15:59:59Z\n\
                A,2025-03-31,3,research,1,2025-03-31T16:00:00Z\n\
                A,2025-04-01,4,research,1,2025-04-02\n\
                A,2025-03-21,5,research,1,\n\
                A,2025-03-22,6,research,1,\n\
                A,2025-04-01,7,research,1,2025-03-30\n\
                A,2025-01-01,8,research,1,2025-01-02\nA,2025-01-01,9,research,1,2025-01-02\n";
    folder.put("grants.csv", format!("{GRANTS}{rows}"));
    let (summary, records) = folder.read();
    let documents: Vec<&str> = records.iter().filter_map(|r| r.split("document_no=").nth(1)).map(|r| &r[..1]).collect();
    assert_eq!(documents, ["8", "9", "5", "1", "2"]);
    let grants = summary.source("grants").expect("it is there");
    // Known ten days after the event: the one of the 22nd is known on the 1st of April.
    assert_eq!((grants.used, grants.after_as_of, grants.set_aside), (5, 3, 1));
    assert_eq!((grants.known_assumed, count(&summary, "grants", "future_date")), (1, 1));
    assert!(summary.to_text().contains("partly assumed"));
    assert_eq!(grants.newest_event.as_deref(), Some("2025-03-31"));
}

/// A month that is reported before it ends is no slip of the pen, a month to come is.
#[test]
fn months_known_before_they_end() {
    let folder = Folder::new();
    let early: String = (1..5).map(|m| format!("A,2024-0{m},electricity,1.5,2024-0{m}-20\n")).collect();
    let rows = "A,2025-02,electricity,1.5,2025-02-20\nA,2025-03,electricity,1.5,2025-02-20\n";
    folder.put("utilities.csv", format!("enterprise_id,month,service,usage,known_at\n{early}{rows}"));
    let (summary, records) = folder.read();
    assert_eq!(records.len(), 5);
    assert_eq!(count(&summary, "utilities", "future_date"), 1);
}

#[test]
fn a_stale_source() {
    let folder = Folder::new();
    let row = |day: &str| format!("{GRANTS}A,{day},1,research,1,\n");
    folder.put("registry.csv", registry(1)).put("grants.csv", row("2025-01-18"));
    assert_eq!(folder.read().0.fitness, Fitness::MayBeUsed);
    folder.put("grants.csv", row("2025-01-17"));
    let (summary, records) = folder.read();
    assert_eq!((records.len(), count(&summary, "grants", "stale")), (2, 1));
    assert_eq!(summary.reasons, ["grants is stale: its newest event is 2025-01-17"]);
}

#[test]
fn parts_and_folders() {
    let part = |i: usize| format!("{GRANTS}A,2025-03-0{i},{i},research,1,\n");
    let folder = Folder::new();
    folder.put("grants-2024.csv", part(1)).put("grants-2025.csv", part(2));
    folder.put("complaints/a.csv", "enterprise_id,received_on,complaint_no,kind\nA,2025-03-01,1,12315\n");
    folder.put("complaints/b.csv", "编号\n").put("complaints/readme.txt", "x");
    let (summary, records) = folder.read();
    assert_eq!(records.len(), 3);
    let complaints = summary.source("complaints").expect("it is there");
    assert_eq!(complaints.verdict, Verdict::UsedWithFaults);
    let files: Vec<(&str, bool)> = complaints.files.iter().map(|f| (f.file.as_str(), f.is_used)).collect();
    assert_eq!(files, [("complaints/a.csv", true), ("complaints/b.csv", false)]);
    assert_eq!(summary.other_files, [("complaints/readme.txt".to_owned(), "other_extension".to_owned())]);
}

#[test]
fn a_source_that_is_given_twice() {
    for other in ["grants.csv.gz", "grants.parquet", "grants-2.csv", "grants/a.csv"] {
        let folder = Folder::new();
        let row = format!("{GRANTS}A,2025-03-01,1,research,1,\n");
        folder.put("grants.csv", &row).put(other, &row);
        let (summary, records) = folder.read();
        assert!(records.is_empty(), "{other}");
        assert_eq!(count(&summary, "grants", "given_twice"), 2, "{other}");
    }
}

#[test]
fn a_quote_that_is_never_closed() {
    let folder = Folder::new();
    let rows: String = (0..50).map(|i| format!("A,2025-03-01,{i},research,1,\n")).collect();
    let lost = "A,2025-03-01,\"51,research,1,\nA,2025-03-01,52,research,1,\n";
    folder.put("grants.csv", format!("{GRANTS}{rows}{lost}"));
    let (summary, records) = folder.read();
    assert_eq!((records.len(), count(&summary, "grants", "unreadable_rows")), (50, 1));
    let grants = summary.source("grants").expect("it is there");
    assert_eq!((grants.rows, grants.verdict), (52, Verdict::UsedWithFaults));
    assert!(summary.reasons.contains(&"grants: a part of it could not be read".to_owned()));
}

#[test]
fn issues_and_rows_set_aside_are_written() {
    let folder = Folder::new();
    let bad = "A,2025-03-01,1,rese\u{7}arch,1,,注\nA,\"a,b\",2,research,1.234,,\nA,2025-03-01,3\n";
    let sound = "A,2025-03-01,4,research,1,,x\n".repeat(30);
    folder.put("grants.csv", format!("{}{bad}{sound}", GRANTS.replace('\n', ",备注\n")));
    let issues = folder.path("out/issues");
    folder.put("out/issues/grants.set_aside.csv", "old").put("out/issues/loans.set_aside.csv", "old");
    let (with, records) = folder.read_with(Some(&issues));
    let text = |name: &str| std::fs::read_to_string(issues.join(name)).expect("a file");
    assert_eq!(
        text("grants.set_aside.csv"),
        "file,row,rule,enterprise_id,granted_on,document_no,programme,amount,known_at,备注\n\
         grants.csv,1,unknown_code,A,2025-03-01,1,rese\u{7}arch,1,,注\n\
         grants.csv,2,bad_cell;bad_cell,A,\"a,b\",2,research,1.234,,\n\
         grants.csv,3,ragged_row,A,2025-03-01,3\n"
    );
    let lines = text("issues.csv");
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[0], "file,row,column,value,rule,allowed");
    assert_eq!(lines[1], "grants.csv,,备注,,unknown_heading,a heading of the schema");
    assert!(
        lines[2].starts_with("grants.csv,1,programme,rese\\u{7}arch,unknown_code,\"market (市场开拓), "),
        "{lines:?}"
    );
    assert!(lines[3].starts_with("grants.csv,2,granted_on,\"a,b\",bad_cell,\"a date such as"), "{lines:?}");
    assert_eq!(lines[4], "grants.csv,2,amount,1.234,bad_cell,an amount with at most two decimals");
    assert_eq!(lines[5], "grants.csv,3,,3 fields,ragged_row,as many fields as the header");
    assert_eq!(lines.len(), 6);
    assert!(!issues.join("loans.set_aside.csv").exists());
    assert_eq!(text("summary.json"), with.to_json());

    let (mut without, same) = folder.read();
    without.issues = with.issues.clone();
    without.other_files = with.other_files.clone();
    assert_eq!((without, same), (with, records));
}

#[test]
fn long_lists_are_cut_and_counted() {
    let folder = Folder::new();
    let bad = "A,never,1,research,1,\n".repeat(LISTED as usize + 500);
    folder.put("grants.csv", format!("{GRANTS}{bad}{}", "A,2025-03-01,4,research,1,\n".repeat(9000)));
    let issues = folder.path("issues");
    let (summary, _) = folder.read_with(Some(&issues));
    assert_eq!(count(&summary, "grants", "bad_cell"), LISTED + 500);
    let lines = |name: &str| std::fs::read_to_string(issues.join(name)).expect("a file").lines().count() as u64;
    assert_eq!(lines("issues.csv"), 1 + LISTED);
    assert_eq!(lines("grants.set_aside.csv"), 1 + LISTED + 500);
}

#[test]
fn conflicts_are_told_to_the_gate() {
    let folder = Folder::new();
    let gate = Gate::open(folder.path("x").parent().expect("a folder"), AS_OF, None).expect("a directory");
    gate.conflict(3, "A", "amount 1 or 2");
    let summary = gate.finish().expect("nothing is written");
    assert_eq!(summary.sources[3].issues.get("conflict"), Some(&1));
}

/// A file that is refused for its headings counts with the rows that were there on the as-of date.
#[test]
fn a_refused_file_of_later_rows_spoils_nothing() {
    let folder = Folder::new();
    let sound = "enterprise_id,listed_on,document_no,removed_on,known_at\nE1,2025-01-20,D1,,2025-01-21\n";
    let refused = |day: &str| format!("enterprise_id,listed_on,文号,known_at\nE7,{day},D2,{day}\nE8,{day},D3,{day}\n");
    folder.put("dishonest_list-1.csv", sound).put("dishonest_list-2.csv", refused("2025-11-21"));
    assert_eq!(folder.read().1.len(), 1);
    assert_eq!(verdict(&folder, "dishonest_list"), (Verdict::UsedWithFaults, 1, 2));
    folder.put("dishonest_list-2.csv", refused("2025-02-21"));
    assert_eq!(verdict(&folder, "dishonest_list"), (Verdict::NotUsed, 0, 3));
}

/// Rows that an unclosed quote swallows are counted, so that a source that lost many is not taken for a clean one.
#[test]
fn lines_lost_in_a_quote_count() {
    let folder = Folder::new();
    let row = |i: usize| format!("E{i},2025-01-20,D{i},\n");
    let (before, after): (String, String) = ((0..90).map(row).collect(), (90..100).map(row).collect());
    let header = "enterprise_id,listed_on,document_no,removed_on\n";
    folder.put("dishonest_list.csv", format!("{header}{before}X,2025-01-20,\"D,\n{after}"));
    assert_eq!(verdict(&folder, "dishonest_list"), (Verdict::UsedWithFaults, 90, 11));
    folder.put("dishonest_list.csv", format!("{header}X,2025-01-20,\"D,\n{before}{after}"));
    assert_eq!(verdict(&folder, "dishonest_list"), (Verdict::NotUsed, 0, 101));
}
