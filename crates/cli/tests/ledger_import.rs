//! Files that are entered into the ledger, from the command line.

#![allow(clippy::print_stderr, reason = "a test says what it leaves out")]

mod common;

use common::{Place, Run};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

const HEADING: &str = "event,effective_on,bank,loan,enterprise,district,industry,size,bank_kind,product,scheme,amount_yuan,\
                       annual_rate_percent,term_months";

/// A loan of 1,000.50 yuan, granted and paid out, and repayments of these amounts.
fn loan(number: &str, repaid: &[&str]) -> String {
    let mut text = format!(
        "loan.applied,2024-03-01,b1,{number},91500000000000001Y,500103,C3511,small,commercial_bank,pure_credit,ordinary,1000.50,,\n\
         loan.completed,2024-03-01,b1,{number},,,,,,,,,,\n\
         loan.granted,2024-03-04,b1,{number},,,,,,,,1000.50,4.35,12\n\
         loan.disbursed,2024-03-05,b1,{number},,,,,,,,1000.50,,\n"
    );
    for (amount, day) in repaid.iter().zip(10..) {
        text += &format!("loan.repaid,2024-04-{day},b1,{number},,,,,,,,{amount},,\n");
    }
    text
}

fn place(rows: &str) -> Place {
    let place = Place::new();
    let code = primitives::CreditCode::complete("91500000000000001").expect("a code");
    let text = format!("{HEADING}\n{rows}").replace("91500000000000001Y", code.as_str());
    place.write("rows.csv", text);
    place
}

const WHO: &str = "--office bank:b1 --person li --ledger sqlite:ledger.db";

fn import(place: &Place, more: &str) -> Run {
    place.run(&format!("ledger import rows.csv {WHO} {more}"))
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let place = place(&loan("L1", &["400.25", "600.25"]));
    let first = import(&place, "--check");
    assert_eq!(first.code, Some(2), "a check makes no ledger: {}", first.err);
    let first = import(&place, "");
    assert!(
        first.code == Some(0) && first.out.contains("entered 6, there before 0, refused 0"),
        "{}{}",
        first.out,
        first.err
    );
    let checked = import(&place, "--check");
    assert!(checked.code == Some(0) && checked.out.contains("nothing was entered (--check)"), "{}", checked.out);
    assert!(checked.out.contains("would be entered 0, there before 6, refused 0"), "{}", checked.out);
    assert!(checked.out.contains("the file was entered before: nothing would change"), "{}", checked.out);
    for more in ["", "--rows each"] {
        let again = import(&place, more);
        assert_eq!(again.code, Some(0), "{}", again.err);
        assert!(again.out.contains("there before 6, refused 0"), "{more}: {}", again.out);
        assert!(again.out.contains("the file was entered before: nothing has changed"), "{}", again.out);
    }
    // The order of the columns says nothing.
    let text = place.read("rows.csv");
    let turned: Vec<String> = text.lines().map(|line| line.rsplit(',').collect::<Vec<_>>().join(",")).collect();
    place.write("rows.csv", turned.join("\n"));
    assert!(import(&place, "").out.contains("entered 0, there before 6"), "{}", import(&place, "").out);
}

#[test]
fn a_check_tells_what_is_there_from_what_is_new() {
    let place = place(&loan("L1", &["400.25"]));
    assert_eq!(import(&place, "").code, Some(0));
    let more = place.read("rows.csv") + loan("L2", &["1"]).split_once('\n').expect("lines").1;
    let first = more.lines().nth(1).expect("a row").replace(",L1,", ",L2,");
    place.write("rows.csv", format!("{more}{first}\n"));
    let checked = import(&place, "--check --report check.csv");
    // The rows of the second loan before its application are refused.
    assert!(checked.out.contains("would be entered 1, there before 5, refused 4,"), "{}", checked.out);
    assert_eq!(place.read("check.csv").matches(",repeated,").count(), 5);
    let verified = place.run("ledger verify --ledger sqlite:ledger.db");
    assert!(verified.out.starts_with("whole: 5 events"), "{}", verified.out);
}

/// The rows of a file as texts.
fn cells(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
}

/// As a bank's office suite saves it: amounts, rates and terms are numbers, days are days.
fn workbook(rows: &[Vec<String>], path: &Path) {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    let (mut book, day) = (Workbook::new(), Format::new().set_num_format("yyyy-mm-dd"));
    let sheet = book.add_worksheet();
    for (row, at) in rows.iter().zip(0..) {
        for (cell, column) in row.iter().zip(0..) {
            // A number in a sheet keeps fifteen digits of a credit code.
            let number = cell.parse::<f64>().ok().filter(|_| cell.len() <= 15).ok_or(());
            match (number, ExcelDateTime::parse_from_str(cell)) {
                _ if cell.is_empty() => (),
                // A code of a region is a text with digits.
                (Ok(number), _) if column != 5 => drop(sheet.write(at, column, number).expect("written")),
                (Err(_), Ok(date)) => drop(sheet.write_with_format(at, column, &date, &day).expect("written")),
                _ => drop(sheet.write(at, column, cell.as_str()).expect("written")),
            }
        }
    }
    book.save(path).expect("saved");
}

/// Amounts, rates and terms as numbers, all else as texts.
fn parquet(rows: &[Vec<String>], path: &Path) {
    use table::OutColumn;
    let (names, rows) = rows.split_first().expect("a heading");
    let column = |at: usize| rows.iter().map(|row| row[at].as_str()).collect::<Vec<_>>();
    let texts: Vec<Vec<Option<&str>>> =
        (0..11).map(|at| column(at).into_iter().map(|text| Some(text).filter(|t| !t.is_empty())).collect()).collect();
    let number = |text: &str| if text.is_empty() { f64::NAN } else { text.parse().expect("a number") };
    let numbers: Vec<Vec<f64>> = (11..14).map(|at| column(at).into_iter().map(number).collect()).collect();
    let columns = texts.iter().map(|list| OutColumn::OptionalText(list));
    let columns = columns.chain(numbers.iter().map(|list| OutColumn::Number(list)));
    let columns: Vec<(String, OutColumn<'_>)> = names.iter().cloned().zip(columns).collect();
    table::write(path, &columns).expect("written");
}

#[test]
fn every_format_says_the_same_and_comes_twice_without_a_change() {
    let place = place(&(loan("L1", &["400.25", "600.25"]) + &loan("L2", &["0.50"])));
    let text = place.read("rows.csv");
    let rows = cells(&text);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gz, text.as_bytes()).expect("packed");
    place.write("rows.csv.gz", gz.finish().expect("packed"));
    workbook(&rows, &place.path("rows.xlsx"));
    parquet(&rows, &place.path("rows.parquet"));
    let columns = "loan,outstanding_yuan,amount_yuan,annual_rate_percent,granted_on";
    place.write("bank.csv", format!("{columns}\nL1,0,1000.50,4.35,2024-03-04\nL2,1000,1000.50,4.35,2024-03-04\n"));
    for format in ["csv", "csv.gz", "xlsx", "parquet"] {
        let run = |more: &str| {
            let ledger = format!("--ledger sqlite:{}.db", format.replace('.', "-"));
            place.run(&format!("ledger import rows.{format} --office bank:b1 --person li {ledger} {more}"))
        };
        let first = run("");
        let entered = first.out.contains("11 rows, 11 events") && first.out.contains("entered 11, there before 0");
        assert!(first.code == Some(0) && entered, "{format}: {}{}", first.out, first.err);
        for more in ["", "--rows each"] {
            let again = run(more);
            assert!(again.code == Some(0) && again.out.contains("entered 0, there before 11, refused 0"), "{format}");
            assert!(again.out.contains("the file was entered before: nothing has changed"), "{format}");
        }
        let checked = run("--check");
        assert!(checked.out.contains("would be entered 0, there before 11"), "{format}: {}", checked.out);
        let ledger = format!("--ledger sqlite:{}.db", format.replace('.', "-"));
        let held = place.run(&format!("ledger reconcile bank.csv --bank b1 --as-of 2024-06-30 {ledger}"));
        let words = held.out.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(words.clone().any(|line| line == "matched 2 1000.00 1000.00"), "{format}: {}", held.out);
    }
}

#[test]
fn a_cell_that_is_wrong_is_named_in_every_format() {
    let place = place(&loan("L1", &["400.25", "600.255"]));
    let rows = cells(&place.read("rows.csv"));
    workbook(&rows, &place.path("rows.xlsx"));
    parquet(&rows, &place.path("rows.parquet"));
    for format in ["csv", "xlsx", "parquet"] {
        let words = format!("ledger import rows.{format} --office bank:b1 --person li --report r.csv");
        let run = place.run(&words);
        assert!(run.code == Some(2) && run.err.contains("nothing was entered"), "{format}: {}", run.err);
        let expect = format!("rows.{format},6,loan.repaid,unreadable,amount_yuan,600.255,");
        assert!(place.read("r.csv").contains(&expect), "{expect}: {}", place.read("r.csv"));
    }
}

#[test]
fn all_or_nothing_and_row_by_row() {
    let place = place(&(loan("L1", &["400.25", "700"]) + &loan("L2", &["1"])));
    let refused = import(&place, "--report refused.csv");
    assert_eq!(refused.code, Some(2));
    assert!(refused.out.contains("entered 0, there before 0, refused 1,"), "{}", refused.out);
    assert!(refused.err.contains("nothing was entered"), "{}", refused.err);
    let report = place.read("refused.csv");
    assert_eq!(report.lines().count(), 2, "{report}");
    let line = report.lines().nth(1).expect("a line");
    assert!(line.starts_with("rows.csv,6,loan.repaid,refused,amount_yuan,70000,1 to 60025,"), "{line}");

    let each = import(&place, "--rows each");
    assert!(each.code == Some(2) && each.err.contains("the other rows were entered"), "{}", each.err);
    assert!(each.out.contains("entered 10, there before 0, refused 1,"), "{}", each.out);
    place.write("rows.csv", place.read("rows.csv").replace(",700,", ",600.25,"));
    let rest = import(&place, "--rows each");
    assert!(rest.code == Some(0) && rest.out.contains("entered 1, there before 10"), "{}{}", rest.out, rest.err);
}

#[test]
fn what_can_not_be_read_names_row_column_value_and_what_is_allowed() {
    let rows = loan("L1", &["400.255", "1e3"])
        + "loan.paid,2024-03-01,b1,L1,,,,,,,,,,\nloan.repaid,1.4.2024,b1,L1,,,,,,,,1,,\n";
    let place = place(&rows);
    let run = import(&place, "--report bad.csv --rows each");
    assert_eq!(run.code, Some(2));
    assert!(run.out.contains("entered 4, there before 0, refused 0, rows that can not be read 4"), "{}", run.out);
    let report = place.read("bad.csv");
    for expect in [
        "rows.csv,5,loan.repaid,unreadable,amount_yuan,400.255,\"yuan with at most two decimals, within 64 bits of fen\"",
        "rows.csv,6,loan.repaid,unreadable,amount_yuan,1e3,",
        "rows.csv,7,,unreadable,event,loan.paid,",
        "rows.csv,8,loan.repaid,unreadable,effective_on,1.4.2024,",
    ] {
        assert!(report.contains(expect), "{expect}: {report}");
    }
    let all = import(&place, "--ledger sqlite:other.db");
    assert_eq!(all.code, Some(2));
}

#[test]
fn a_mapping_makes_several_events_of_a_row_in_other_words_units_and_days() {
    let place = Place::new();
    let mapping = r#"
name = "bank-b1"
key = ["编号"]
[[event]]
event = "loan.applied"
[event.fields]
effective_on = { column = "申请日", dates = "%d.%m.%Y" }
office = { constant = "bank:b1" }
person = { constant = "li" }
bank = { constant = "b1" }
loan = { template = "合同-{编号}" }
enterprise = { column = "企业", stand_in_code = true }
district = { column = "区县", values = { "渝中" = "500103", "万州" = "500101" } }
industry = { constant = "C35" }
bank_kind = { constant = "commercial_bank" }
product = { constant = "pure_credit" }
scheme = { constant = "ordinary" }
amount = { column = "金额", unit = "wan" }
[[event]]
event = "loan.declined"
when = { column = "结果", is = ["拒绝"] }
[event.fields]
effective_on = { column = "决定日", dates = "%d.%m.%Y", not_before = "申请日" }
office = { constant = "bank:b1" }
person = { constant = "li" }
bank = { constant = "b1" }
loan = { template = "合同-{编号}" }
reason = { constant = "other" }
"#;
    place.write("map.toml", mapping);
    let rows = "编号,企业,区县,金额,申请日,决定日,结果\n1,甲公司,渝中,12.3456,01.03.2024,28.02.2024,拒绝\n2,乙公司,万州,5,01.03.2024,,\n";
    place.write("rows.csv", encoding_rs::GB18030.encode(rows).0);
    let run = place.run("ledger import rows.csv --mapping map.toml");
    assert!(run.code == Some(0) && run.out.contains("2 rows, 3 events"), "{}{}", run.out, run.err);
    assert!(place.run("ledger import rows.csv --mapping map.toml").out.contains("there before 3"));
    // A row whose second event can not be read is not entered by halves.
    place.write(
        "rows.csv",
        "编号,企业,区县,金额,申请日,决定日,结果\n3,丙公司,北京,1,01.03.2024,,\n4,丁公司,渝中,1,01.03.2024,x,拒绝\n",
    );
    let run = place.run("ledger import rows.csv --mapping map.toml --rows each");
    assert!(run.out.contains("2 rows, 0 events") && run.out.contains("can not be read 2"), "{}", run.out);
    assert!(
        run.out.contains("row 3") || run.out.contains("row 1, loan.applied, column 区县: \"北京\" is not allowed"),
        "{}",
        run.out
    );
}

#[test]
fn a_banks_file_is_held_against_the_ledger() {
    let place = place(&(loan("L1", &["400.25"]) + &loan("L2", &[]) + &loan("L3", &["0.50"])));
    assert_eq!(import(&place, "").code, Some(0));
    place.write(
        "bank.csv",
        "loan,outstanding_yuan,amount_yuan,annual_rate_percent,granted_on\n\
         L1,600.25,1000.50,4.35,2024-03-04\nL3,1000.5,1000.5,4.5,2024-03-05\nL9,7,,,\n",
    );
    let run = place.run("ledger reconcile bank.csv --bank b1 --as-of 2024-06-30 --report lines.csv");
    assert_eq!(run.code, Some(0), "{}", run.err);
    let words: Vec<Vec<&str>> = run.out.lines().map(|l| l.split_whitespace().collect()).collect();
    for expect in [
        "matched 1 600.25 600.25",
        "different 1 1000.00 1000.50",
        "only ours 1 1000.50 0.00",
        "only theirs 1 0.00 7.00",
    ] {
        let expect: Vec<&str> = expect.split(' ').collect();
        assert!(words.contains(&expect), "{expect:?} {}", run.out);
    }
    let lines = place.read("lines.csv");
    for expect in [
        "L3,different,2,outstanding,1000.00,1000.50",
        "L3,different,2,annual_rate,43500 ppm,45000 ppm",
        "L3,different,2,granted_on,2024-03-04,2024-03-05",
        "L2,only ours,,outstanding,1000.50,",
        "L9,only theirs,3,outstanding,,7.00",
    ] {
        assert!(lines.contains(expect), "{expect}: {lines}");
    }
}

/// The table of real loans, where it is there.
fn sba() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/sba_case.csv.gz");
    let named = std::env::var_os("SHANGZHI_SHARED_DATA").map(|folder| Path::new(&folder).join("sba_case.csv.gz"));
    named.into_iter().chain([shared]).find(|path| path.is_file())
}

#[test]
fn real_loans_come_to_the_totals_of_their_table() {
    let Some(table) = sba() else {
        eprintln!("skipped: sba_case.csv.gz is not there; SHANGZHI_SHARED_DATA names its folder");
        return;
    };
    let place = Place::new();
    let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/sba_case.toml");
    let words = format!("ledger import {} --mapping {} --report r.csv", table.display(), mapping.display());
    let run = place.run(&words);
    assert!(run.code == Some(0) && run.out.contains("2101 rows, 11202 events"), "{}{}", run.out, run.err);
    assert!(run.out.contains("entered 11202, there before 0, refused 0"), "{}", run.out);
    assert!(place.run(&words).out.contains("there before 11202"));

    // By year and bank, in dollars, from the table itself.
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(table).expect("open")).read_to_string(&mut text).expect("UTF-8");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let heading = reader.headers().expect("a heading").clone();
    let at = |name: &str| heading.iter().position(|h| h == name).expect(name);
    let [bank, approved, disbursed, off, day, paid, lost] =
        ["Bank", "SBA_Appv", "DisbursementGross", "ChgOffPrinGr", "ApprovalDate", "DisbursementDate", "ChgOffDate"]
            .map(at);
    let year = |text: &str| {
        let days: u64 = text.parse().expect("a day");
        chrono::Datelike::year(&(chrono::NaiveDate::from_ymd_opt(1960, 1, 1).expect("a day") + chrono::Days::new(days)))
    };
    let id = |name: &str| {
        let words: Vec<&str> = name.split([' ', '&', ',', '\'', '-']).filter(|w| !w.is_empty()).collect();
        if words.is_empty() { "unknown".to_owned() } else { words.join("-") }
    };
    let mut expect: BTreeMap<(&str, i32, String), i64> = BTreeMap::new();
    for row in reader.records() {
        let row = row.expect("a row");
        let dollars = |place: usize| row[place].parse::<i64>().expect("whole dollars") * 100;
        let mut add = |kind, day: usize, amount| {
            *expect.entry((kind, year(&row[day]), id(&row[bank]))).or_default() += amount;
        };
        add("guaranteed", day, dollars(approved));
        add("disbursed", if row[paid].is_empty() { day } else { paid }, dollars(disbursed));
        if dollars(off) > 0 {
            add("written off", lost, dollars(off));
        }
    }
    let mut found: BTreeMap<(&str, i32, String), i64> = BTreeMap::new();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        use ledger::event::{Body, GuaranteeEvent, LoanEvent};
        let address = format!("sqlite:{}", place.path("ledger.db").display());
        let books = store::Ledger::open(&address).await.expect("a ledger");
        for line in books.lines(0, 20_000).await.expect("lines") {
            let (kind, bank, amount) = match &line.event.body {
                Body::Loan { bank, did: LoanEvent::Disbursed { amount_fen }, .. } => ("disbursed", bank, amount_fen),
                Body::Loan { bank, did: LoanEvent::WrittenOff { principal_fen }, .. } => {
                    ("written off", bank, principal_fen)
                }
                Body::Guarantee { did: GuaranteeEvent::Issued { bank, amount_fen, .. }, .. } => {
                    ("guaranteed", bank, amount_fen)
                }
                _ => continue,
            };
            let year = chrono::Datelike::year(&line.event.effective_on);
            *found.entry((kind, year, bank.to_string())).or_default() += amount.get();
        }
        books.close().await;
    });
    assert!(expect.len() > 500);
    assert_eq!(found, expect);
}

/// The imports of a ledger with what they refused, the newest first.
fn kept(place: &Place) -> Vec<(store::Import, Vec<store::ImportRefusal>)> {
    let address = format!("sqlite:{}", place.path("ledger.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let ledger = store::Ledger::open(&address).await.expect("a ledger");
        let log = ledger.import_log();
        let imports = log.imports(i64::MAX, 9).await.expect("read");
        let refusals = log.refusals(1, i64::MAX, 99).await.expect("read");
        ledger.close().await;
        let of = |number| refusals.iter().filter(|(n, _)| *n == number).map(|(_, r)| r.clone()).collect();
        imports.into_iter().map(|import| (import.clone(), of(import.number))).collect()
    })
}

#[test]
fn an_import_is_kept_with_what_it_refused() {
    let place = place(&loan("L1", &["400.25", "9600.25", "x"]));
    assert_eq!(import(&place, "--rows each").code, Some(2));
    let all = kept(&place);
    let [(first, refused)] = &all[..] else { panic!("{all:?}") };
    let of = &first.import;
    assert_eq!((of.file.as_str(), of.maker.as_str(), of.mapping.as_str()), ("rows.csv", "bank:b1/li", ""));
    assert_eq!((of.rows, of.events, of.entered, of.refused, of.unreadable), (7, 6, 5, 1, 1));
    let bytes = std::fs::read(place.path("rows.csv")).expect("the file");
    assert_eq!(of.file_sha256, *primitives::Digest::sha256(&bytes).as_bytes());
    let told: Vec<_> = refused.iter().map(|r| (r.event.as_str(), r.rule.as_str(), r.found.as_str())).collect();
    assert!(told.contains(&("loan.repaid", "unreadable", "x")), "{told:?}");
    assert!(
        refused.iter().any(|r| r.rule != "unreadable" && !r.reason_zh.is_empty() && !r.reason_en.is_empty()),
        "{refused:?}"
    );
    // A check is no import; the same file once more is one, and refuses the same.
    import(&place, "--rows each --check");
    assert_eq!(kept(&place).len(), 1);
    import(&place, "--rows each");
    let all = kept(&place);
    assert_eq!((all.len(), all[0].0.import.repeated, all[0].1.len()), (2, 5, 2));
}
