//! One truth: for random events and random questions the screen, the text file, the workbook, the interface for machines, the
//! bulletin, the service and the command `totals` say the same, to the fen; and so they do when more has been told.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../../ledger/tests/random/events.rs"]
mod events;
#[path = "common/mod.rs"]
mod place;

use api::client::Client;
use api::ledger::v1::totals_value::Value;
use api::ledger::v1::{GetTotalsRequest, TotalsDimension, TotalsFilter, TotalsValue};
use api::rating::v1::{AssessRequest, Outcome, Purpose, Rating};
use calamine::{Data, Reader as _};
use common::Random;
use ledger::Memory;
use ledger::event::UnixMicros;
use place::Place;
use policy::Code as _;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use store::{Keys, Ledger, NewConsent, NewLine, Record, Store, Write};
use tonic::Code;

const SEED: u64 = 20_261_201;
/// Events before the server starts, and after.
const EVENTS: usize = 900;
const MORE: usize = 60;

/// A table that a page and the bulletin have: page, table, what its rows are by, figures that are whole numbers and others.
type Shown = (&'static str, &'static str, &'static str, &'static [&'static str]);
const TABLES: [Shown; 6] = [
    ("banks", "league", "bank", &["net_new_financing", "disbursed", "granted", "first_seen", "non_performing_ratio"]),
    ("banks", "outcomes", "bank", &["applied_count", "granted_count", "declined_count"]),
    ("bridge", "bridge", "district", &["bridge_deals", "bridge_released", "bridge_outstanding", "bridge_fees"]),
    ("subsidies", "subsidies", "district", &["guarantees_standing", "subsidies_approved", "subsidies_paid"]),
    ("compensation", "cash", "bank", &["claim_count", "claimed", "compensated"]),
    ("benefits", "benefits", "tool", &["benefits_approved", "benefits_paid", "benefits_returned"]),
];

/// What is asked.
struct Asked {
    table: Shown,
    from: String,
    to: String,
    /// Dimension and codes.
    filters: Vec<(&'static str, Vec<&'static str>)>,
    recorded_at: Option<UnixMicros>,
}

/// Figures of a row by their codes; an empty text is no figure, a whole number or a fraction in its lowest terms is one.
type Row = BTreeMap<String, String>;
/// Rows by the code of what they are by, the total under none.
type Rows = BTreeMap<Option<String>, Row>;

fn fraction(numerator: i128, denominator: i128) -> String {
    let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let common = i128::try_from(a.max(1)).expect("small");
    match (numerator / common, denominator / common) {
        (n, d) if d < 0 => format!("{}/{}", -n, -d),
        (n, d) => format!("{n}/{d}"),
    }
}

/// A whole number, as text where 64 bits do not hold it.
fn number(value: &Json) -> i128 {
    value.to_string().trim_matches('"').parse().expect("a whole number")
}

fn question(random: &mut Random, nth: usize, memory: &Memory) -> Asked {
    let to = "2022-06-30".parse::<chrono::NaiveDate>().expect("a day") + chrono::Days::new(random.below(1_300));
    let from = to - chrono::Days::new(random.below(700));
    let mut filters = Vec::new();
    for (dimension, codes) in [("district", &["500103", "500109", "500112"][..]), ("bank", &["icbc", "abc", "cqrcb"])] {
        let some: Vec<&str> = codes.iter().copied().filter(|_| random.one_in(2)).collect();
        if !some.is_empty() && random.one_in(3) {
            filters.push((dimension, some));
        }
    }
    let recorded_at = random.one_in(3).then(|| random.pick(memory.entries()).expect("one").entry.recorded_at);
    Asked { table: TABLES[nth % TABLES.len()], from: from.to_string(), to: to.to_string(), filters, recorded_at }
}

/// A recorded time as Beijing writes it.
fn beijing(at: UnixMicros) -> String {
    let time = chrono::DateTime::from_timestamp_micros(at.0 + 28_800_000_000).expect("a time");
    time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

impl Asked {
    fn query(&self) -> String {
        let mut query = format!("as_of={}&from={}&unit=yuan&lang=en", self.to, self.from);
        for (dimension, codes) in &self.filters {
            codes.iter().for_each(|code| query.push_str(&format!("&{dimension}={code}")));
        }
        if let Some(at) = self.recorded_at {
            query.push_str(&format!("&recorded_at={}", beijing(at).replace(':', "%3A")));
        }
        query
    }

    fn figures(&self) -> &'static [&'static str] {
        self.table.3
    }

    /// By the command.
    fn of_command(&self, place: &Place) -> Rows {
        let (by, figures) = (self.table.2, self.figures().join(","));
        let filters = self.filters.iter().map(|(d, codes)| format!(" --filter {d}={}", codes.join(",")));
        let filters: String = filters.collect();
        let at = self.recorded_at.map_or(String::new(), |at| format!(" --recorded-at {}+08:00", beijing(at)));
        let told = place.ok(&format!(
            "totals --ledger sqlite:ledger.db --by {by} --figures {figures} --from {} --as-of {}{filters}{at} --format json",
            self.from, self.to
        ));
        let told: Json = serde_json::from_str(&told).expect("JSON");
        let text = |value: &Json| match value {
            Json::Null => String::new(),
            Json::Number(n) => n.to_string(),
            // A number that 64 bits do not hold.
            Json::String(n) => n.clone(),
            ratio => fraction(number(&ratio["numerator"]), number(&ratio["denominator"])),
        };
        let row = |row: &Json| {
            let figures = self.figures().iter().map(|f| ((*f).to_owned(), text(&row[*f])));
            let code = row[by].as_str().expect("a code");
            ((code != "total").then(|| code.to_owned()), figures.collect())
        };
        told["rows"].as_array().expect("rows").iter().map(row).collect()
    }

    /// By the service; nothing where a sum is beyond what the wire has room for.
    async fn of_service(&self, bureau: &Client) -> Option<Rows> {
        let wire = |dimension: &str| {
            let name = format!("TOTALS_DIMENSION_{}", dimension.to_uppercase());
            i32::from(TotalsDimension::from_str_name(&name).expect("a dimension"))
        };
        let filter = |(dimension, codes): &(&str, Vec<&str>)| TotalsFilter {
            dimension: wire(dimension),
            codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        };
        let day = |text: &str| {
            let mut parts = text.split('-').map(|part| part.parse().expect("a number"));
            let mut next = || parts.next().expect("a part");
            Some(api::Date { year: next(), month: next(), day: next() })
        };
        let request = GetTotalsRequest {
            by: vec![wire(self.table.2)],
            filters: self.filters.iter().map(filter).collect(),
            figures: self.figures().iter().map(|f| (*f).to_owned()).collect(),
            starts_on: day(&self.from),
            ends_on: day(&self.to),
            recorded_at: self.recorded_at.map(|at| prost_types::Timestamp {
                seconds: at.0.div_euclid(1_000_000),
                nanos: (at.0.rem_euclid(1_000_000) * 1_000) as i32,
            }),
        };
        let answer = match bureau.call(request).await {
            Ok(answer) => answer,
            Err(status) if status.code() == Code::InvalidArgument => return None,
            Err(status) => panic!("{status:?}"),
        };
        let text = |value: &TotalsValue| match &value.value {
            None => String::new(),
            Some(Value::Whole(n)) => n.to_string(),
            Some(Value::Ratio(of)) => fraction(of.numerator.into(), of.denominator.into()),
        };
        let row =
            |values: &[TotalsValue]| -> Row { answer.figures.iter().cloned().zip(values.iter().map(text)).collect() };
        let rows = answer.rows.iter().map(|r| (r.codes.first().cloned(), row(&r.values)));
        Some(rows.chain([(None, row(&answer.total))]).collect())
    }
}

/// The dashboard, and the cookie of somebody who is signed in.
struct Pages {
    address: String,
    session: String,
}

/// A request as an old browser sends it; heading and body of the answer.
fn ask(address: &str, heading: &str, cookies: &str, body: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let length = body.len();
    let request = format!(
        "{heading} HTTP/1.0\r\nHost: {address}\r\nCookie: {cookies}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("answered");
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("an end of the heading");
    let body = answer.split_off(end + 4);
    (String::from_utf8(answer).expect("text"), body)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from:?} in {text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to:?} behind {from:?}")).0
}

impl Pages {
    fn sign_in(address: &str, password: &str) -> Self {
        let (heading, form) = ask(address, "GET /sign-in", "", "");
        let form = String::from_utf8(form).expect("text");
        let (key, cookie) = (between(&form, "name=\"form\" value=\"", "\""), between(&heading, "set-cookie: ", ";"));
        let sent = format!("form={key}&name=wang&password={password}&next=%2Floans");
        let (signed_in, _) = ask(address, "POST /sign-in", cookie, &sent);
        let session = between(&signed_in, "set-cookie: shangzhi=", ";");
        Self { address: address.to_owned(), session: format!("shangzhi={session}") }
    }

    fn get(&self, path: &str) -> Vec<u8> {
        let (heading, body) = ask(&self.address, &format!("GET {path}"), &self.session, "");
        let status = heading.lines().next().unwrap_or_default();
        assert!(status.contains(" 200 "), "{path}: {status}");
        body
    }

    fn text(&self, path: &str) -> String {
        String::from_utf8(self.get(path)).expect("UTF-8")
    }

    fn json(&self, path: &str) -> Json {
        serde_json::from_slice(&self.get(path)).expect("JSON")
    }
}

/// What the interface for machines has of a table.
struct Table {
    title: String,
    columns: Vec<String>,
    /// Code and text of each row; the last one is the total.
    keys: Vec<(Option<String>, String)>,
    values: Vec<Vec<String>>,
    /// Its place among the tables of the page that have rows.
    place: usize,
}

fn table_of(page: &Json, code: &str) -> Option<Table> {
    let tables = page["tables"].as_array().expect("tables");
    let has_rows = |table: &&Json| table["rows"].as_array().is_some_and(|rows| !rows.is_empty());
    let place = tables.iter().filter(has_rows).position(|table| table["code"] == code)?;
    let table = tables.iter().filter(has_rows).nth(place)?;
    let text = |value: &Json| match value {
        Json::String(_) | Json::Null => String::new(),
        map => match map.as_object().and_then(|map| map.iter().next()).expect("a value") {
            (name, n) if name == "fen" || name == "count" => number(n).to_string(),
            (name, _) if name == "text" => String::new(),
            (_, ratio) => fraction(number(&ratio["numerator"]), number(&ratio["denominator"])),
        },
    };
    let rows = table["rows"].as_array()?;
    let key = |row: &Json| {
        (
            row["keys"][0]["code"].as_str().map(str::to_owned),
            row["keys"][0]["name"].as_str().expect("a text").to_owned(),
        )
    };
    let of = |row: &Json| row["values"].as_array().expect("values").iter().map(text).collect::<Vec<_>>();
    let total = &table["total"];
    Some(Table {
        title: table["title"].as_str()?.to_owned(),
        columns: table["columns"].as_array()?.iter().map(|c| c["code"].as_str().expect("a code").to_owned()).collect(),
        keys: rows.iter().map(key).chain([(None, key(total).1)]).collect(),
        values: rows.iter().chain([total]).map(of).collect(),
        place,
    })
}

/// A whole number of fen, or a count, as people write it: yuan with two decimals, or the number.
fn shown(value: &str, is_money: bool, grouped: bool) -> String {
    let (sign, digits) = value.strip_prefix('-').map_or(("", value), |digits| ("-", digits));
    let digits = if is_money { format!("{digits:0>3}") } else { digits.to_owned() };
    let (whole, rest) = if is_money { digits.split_at(digits.len() - 2) } else { (digits.as_str(), "") };
    let whole: String = whole.chars().enumerate().fold(String::new(), |mut text, (at, c)| {
        if grouped && at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
        text
    });
    if is_money { format!("{sign}{whole}.{rest}") } else { format!("{sign}{whole}") }
}

fn is_money(figure: &str) -> bool {
    let code = totals::Figure::ALL.iter().find(|f| f.code() == figure).expect("a figure");
    code.unit() == totals::Unit::Fen
}

/// Texts of the cells of each table of a document.
fn tables_of_document(file: &[u8]) -> Vec<Vec<Vec<String>>> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(file)).expect("a packed file");
    let mut xml = String::new();
    zip.by_name("word/document.xml").expect("a document").read_to_string(&mut xml).expect("UTF-8");
    let parts = |text: &str, from: &str, to: &str| -> Vec<String> {
        text.split(from).skip(1).map(|part| part.split(to).next().unwrap_or_default().to_owned()).collect()
    };
    let cell =
        |cell: String| parts(&cell, "<w:t ", "</w:t>").iter().filter_map(|t| t.split_once('>')).map(|t| t.1).collect();
    let row = |row: String| parts(&row, "<w:tc>", "</w:tc>").into_iter().map(cell).collect();
    let table = |table: String| parts(&table, "<w:tr>", "</w:tr>").into_iter().map(row).collect();
    parts(&xml, "<w:tbl>", "</w:tbl>").into_iter().map(table).collect()
}

/// Compares all ways to a table with what the command says; whether it had rows.
fn compare(asked: &Asked, expect: &Rows, pages: &Pages) -> bool {
    let ((page, code, by, figures), query) = (asked.table, asked.query());
    let name = format!("{page}.{code}?{query}");
    let machine = pages.json(&format!("/api/v1/{page}?{query}&by={by}"));
    let Some(table) = table_of(&machine, code) else {
        assert!(expect.keys().all(Option::is_none), "{name}: rows are not shown");
        return false;
    };
    let at =
        |figure: &str| table.columns.iter().position(|c| c == figure).unwrap_or_else(|| panic!("{figure}: {name}"));
    let none = Row::new();
    // A row of the page may be nothing in these figures: then it is none of theirs.
    let of = |nth: usize, figure: &str| {
        let row = expect.get(&table.keys[nth].0).unwrap_or(&none);
        row.get(figure).cloned()
    };
    assert!(expect.keys().all(|key| table.keys.iter().any(|(code, _)| code == key)), "{name}: a row is not shown");

    let screen = pages.text(&format!("/{page}?{query}&by={by}"));
    let body =
        between(&screen, &format!("<table id=\"table-{code}\""), "</table>").split_once("<tbody>").expect("rows").1;
    let screen: Vec<Vec<String>> = body
        .split("<tr")
        .skip(1)
        .map(|row| {
            let cell = |td: &str| {
                td.split_once("<data value=\"")
                    .map_or(String::new(), |(_, rest)| rest.split('"').next().unwrap_or_default().to_owned())
            };
            row.split("<td").skip(1).map(cell).collect()
        })
        .collect();
    let csv = pages.text(&format!("/export/{page}.{code}.csv?{query}&by={by}"));
    let csv = csv.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let csv: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("CSV")).collect();
    let workbook = std::io::Cursor::new(pages.get(&format!("/export/{page}.xlsx?{query}&by={by}")));
    let mut workbook: calamine::Xlsx<_> = calamine::Xlsx::new(workbook).expect("a workbook");
    let start: String = table.title.chars().take(20).collect();
    let sheet = workbook.sheet_names().into_iter().find(|n| n.contains(&start)).expect("a sheet");
    let workbook = workbook.worksheet_range(&sheet).expect("a sheet");
    let bulletin = pages.json(&format!("/api/v1/bulletin?{query}"));
    let bulletin = table_of(&bulletin, code).unwrap_or_else(|| panic!("not in the bulletin: {name}"));
    let document = tables_of_document(&pages.get(&format!("/export/bulletin.docx?{query}")));
    let document = &document[bulletin.place];
    assert_eq!(
        (screen.len(), csv.len(), document.len()),
        (table.keys.len(), table.keys.len() + 1, table.keys.len() + 1),
        "{name}"
    );

    for (nth, (_, text)) in table.keys.iter().enumerate() {
        let in_document =
            document.iter().find(|row| row.first().is_some_and(|first| first.trim_end_matches(" †") == text));
        let in_document = in_document.unwrap_or_else(|| panic!("no {text:?} in the bulletin: {name}"));
        for figure in figures {
            let (column, money) = (at(figure), is_money(figure));
            let found = &table.values[nth][column];
            let expect = of(nth, figure).unwrap_or_else(|| found.clone());
            let name = format!("{figure} of {text} in {name}");
            assert_eq!(*found, expect, "machines: {name}");
            let plain = screen[nth][column].trim_end_matches("fen").to_owned();
            let plain = plain
                .split_once('/')
                .map_or(plain.clone(), |(n, d)| fraction(n.parse().expect("a number"), d.parse().expect("a number")));
            assert_eq!(plain, expect, "screen: {name}");
            let ratio = expect
                .split_once('/')
                .map(|(n, d)| (n.parse::<f64>().expect("a number"), d.parse::<f64>().expect("a number")));
            let in_book = workbook.get((nth + 1, column + 1)).unwrap_or(&Data::Empty);
            let (in_csv, in_document) = (&csv[nth + 1][column + 1], in_document[column + 1].trim_start_matches('+'));
            match (expect.as_str(), ratio) {
                ("", _) => {
                    assert!(
                        (in_csv, in_document) == ("", "—") && matches!(in_book, Data::Empty),
                        "{name}: {in_csv:?} {in_document:?} {in_book:?}"
                    );
                }
                (whole, None) => {
                    assert_eq!(in_csv, shown(whole, money, false), "text file: {name}");
                    assert_eq!(in_document, shown(whole, money, true), "bulletin: {name}");
                    let Data::Float(number) = in_book else { panic!("workbook: {in_book:?} for {name}") };
                    let fen = (number * if money { 100.0 } else { 1.0 }).round();
                    // A workbook has numbers of 53 bits.
                    let expect: f64 = whole.parse().expect("a number");
                    assert!((fen - expect).abs() <= expect.abs() * 1e-15, "workbook: {fen} for {name}");
                }
                (_, Some((n, d))) => {
                    let near = |text: &str, within: f64| {
                        text.parse::<f64>().is_ok_and(|found| (found - n / d).abs() <= within)
                    };
                    assert!(near(in_csv, 5.1e-7), "text file: {in_csv} for {name}");
                    let percent = in_document.trim_end_matches('%').replace(',', "");
                    assert!(
                        percent.parse::<f64>().is_ok_and(|p| (p / 100.0 - n / d).abs() <= 5.1e-5),
                        "bulletin: {in_document} for {name}"
                    );
                    assert!(
                        matches!(in_book, Data::Float(found) if (found - n / d).abs() <= 1e-12),
                        "workbook: {in_book:?} for {name}"
                    );
                }
            }
        }
    }
    true
}

/// The program that serves; it ends with the test.
struct Served {
    process: Child,
    port: u16,
    /// Where the pages are.
    pages: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The day in Beijing.
fn today() -> chrono::NaiveDate {
    (chrono::Utc::now() + chrono::TimeDelta::hours(8)).date_naive()
}

/// The program with pages, over the ledger of the place.
fn start(place: &Place) -> Served {
    place.ok("simulate --out city --enterprises 30 --months 26 --seed 5");
    // Of today: the ledger takes no rating that is over when it is issued.
    let today = today();
    place.ok(&format!("features --sources city/sources --as-of {today} --out features.parquet"));
    std::fs::create_dir(place.path("snapshots")).expect("a folder");
    std::fs::create_dir_all(place.path("models/commercial-value")).expect("a folder");
    let model = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/commercial-value/1");
    for name in place::names(&model) {
        std::fs::copy(model.join(&name), place.path("models/commercial-value").join(&name)).expect("copied");
    }
    place.ok(&format!("snapshot --features features.parquet --out snapshots/{today}.snap"));
    place.ok("keys init --out keys.toml");
    place.ok("certs init --dir certs");
    let config = place.ok("serve --print-config");
    let config = config.replace("127.0.0.1:8443", "127.0.0.1:0").replace("metrics_listen = ", "# metrics_listen = ");
    place.write("shangzhi.toml", format!("{config}\n[dashboard]\nlisten = \"127.0.0.1:0\"\nbehind_tls = false\n"));
    let mut program = Command::new(env!("CARGO_BIN_EXE_shangzhi"));
    program.args(["serve", "--config", "shangzhi.toml"]).current_dir(place.path("."));
    let log = std::fs::File::create(place.path("serve.log")).expect("a log");
    let mut process = program.stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
    let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
    let mut next = |beginning: &str| {
        let found =
            lines.by_ref().map(|l| l.expect("UTF-8")).find_map(|l| l.strip_prefix(beginning).map(str::to_owned));
        found.unwrap_or_else(|| panic!("no {beginning:?}: {}", place.read("serve.log")))
    };
    let address = next("serving at ");
    let pages = next("dashboard at http://").trim_end_matches('/').to_owned();
    let port = address.rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");
    Served { process, port, pages }
}

async fn client(place: &Place, port: u16, id: &str) -> Client {
    let read = |name: &str| place.bytes(&format!("certs/{name}"));
    let (ca, cert, key) = (read("ca.pem"), read(&format!("{id}.pem")), read(&format!("{id}.key")));
    let client = Client::connect(&format!("https://localhost:{port}"), ca, cert, key).await.expect("a connection");
    client.with_deadline(Duration::from_secs(20))
}

/// Random events, as far as the ledger takes them.
fn random_ledger(seed: u64, planned: usize) -> Memory {
    let mut maker = events::Maker::new(seed, planned as u64 * 3 / 2);
    let mut memory = Memory::default();
    while memory.len() < planned {
        let event = maker.next(&memory);
        let _ = memory.append(&event);
    }
    memory
}

async fn append(place: &Place, events: &[ledger::event::Event]) {
    let ledger = Ledger::open(&format!("sqlite:{}", place.path("ledger.db").display())).await.expect("a ledger");
    for some in events.chunks(64) {
        ledger.append_together(some.to_vec()).await.expect("entered");
    }
    ledger.close().await;
}

#[test]
fn screen_files_interface_bulletin_service_and_command_say_the_same() {
    let place = Place::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let memory = random_ledger(SEED, EVENTS + MORE);
    let all: Vec<_> = memory.entries().iter().map(|p| p.event.clone()).collect();
    let (before, after) = all.split_at(EVENTS);
    runtime.block_on(append(&place, before));
    let served = start(&place);
    let password =
        place.ok("staff add --store sqlite:shangzhi.db --keys keys.toml wang --role city").trim_end().to_owned();
    let pages = Pages::sign_in(&served.pages, &password);
    let bureau = runtime.block_on(client(&place, served.port, "bureau"));
    let mut random = Random::new(SEED);
    let (mut of_all, mut with_rows) = (0, 0);
    for nth in 0..18 {
        if nth == 12 {
            // What another process enters is in all of them alike.
            runtime.block_on(append(&place, after));
        }
        let asked = question(&mut random, nth, &memory);
        let by_command = asked.of_command(&place);
        // Pages show what is there: a question to the service brings what is new, for they read the same facts.
        let by_service = runtime.block_on(asked.of_service(&bureau));
        if let Some(by_service) = &by_service {
            assert_eq!(*by_service, by_command, "service: {}", asked.query());
        }
        let has_rows = compare(&asked, &by_command, &pages);
        with_rows += usize::from(has_rows);
        of_all += usize::from(has_rows && by_service.is_some());
    }
    assert!(with_rows >= 12 && of_all >= 6, "the run says too little: {with_rows} tables, {of_all} by all ways");
}

/// A consent for bank-a, as if the platform had handed it in.
async fn consent(place: &Place, id: &str) {
    let keys = Keys::read(&place.path("keys.toml")).expect("keys");
    let store = Store::open(&format!("sqlite:{}", place.path("shangzhi.db").display()), keys).await.expect("a store");
    let line = NewLine {
        at: 1,
        actor: "platform".into(),
        role: "platform".into(),
        tenant: None,
        action: "GrantConsent".into(),
        subject: Some(id.into()),
        purpose: None,
        outcome: "OK".into(),
        object_id: None,
        detail: None,
    };
    let sources = features::schema::sources().iter().filter(|source| !source.public);
    let consent = NewConsent {
        consent_id: api::request_id::new(),
        tenant: "bank-a".into(),
        subject: id.into(),
        purpose: "loan_application".into(),
        categories: sources.map(|source| source.id.clone()).collect(),
        lending_data: true,
        personal: true,
        granter: "platform".into(),
        signatory: "演示".into(),
        valid_from: 1,
        valid_until: i64::MAX,
        retain_until: i64::MAX,
        text_digest: "sha256:00".into(),
        text_place: "nowhere".into(),
        granted_at: 1,
    };
    store.write(Write::of(line, Record::Consent(Box::new(consent)))).await.expect("granted");
    store.close().await;
}

/// A rating with reasons, as the bank is answered.
async fn a_rating(place: &Place, bank: &Client) -> Rating {
    let text = place.ok("assess --features features.parquet --model models/commercial-value --out ratings.csv");
    drop(text);
    let ratings = place.read("ratings.csv");
    let ids = ratings.lines().skip(1).filter(|l| l.contains(",rated,")).filter_map(|l| l.split(',').next());
    let begun = Instant::now();
    for id in ids.collect::<Vec<_>>() {
        consent(place, id).await;
        let rating = loop {
            let request = AssessRequest {
                request_id: api::request_id::new(),
                enterprise_id: id.to_owned(),
                purpose: Purpose::LoanApplication.into(),
                ..AssessRequest::default()
            };
            match bank.call(request).await {
                Ok(answer) => break answer.rating.expect("a rating"),
                // The server takes the activation within seconds.
                Err(e) => assert!(begun.elapsed() < Duration::from_secs(20), "{e:?}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        if rating.outcome() == Outcome::Rated && rating.reasons.len() > 1 {
            return rating;
        }
    }
    panic!("no rating has reasons");
}

#[test]
fn reasons_on_a_page_and_in_its_files_are_those_that_the_bank_was_answered() {
    let place = Place::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let served = start(&place);
    let digest = place.read("models/commercial-value/SHA256SUMS");
    let digest = digest.lines().find_map(|l| l.strip_suffix("  model.json")).expect("a digest").to_owned();
    place.ok(&format!(
        "model activate --config shangzhi.toml --digest sha256:{digest} --reviewer Reviewer --reason tried"
    ));
    let password =
        place.ok("staff add --store sqlite:shangzhi.db --keys keys.toml wang --role city").trim_end().to_owned();
    let pages = Pages::sign_in(&served.pages, &password);
    let bank = runtime.block_on(client(&place, served.port, "bank-a"));
    let bureau = runtime.block_on(client(&place, served.port, "bureau"));
    let rating = runtime.block_on(a_rating(&place, &bank));
    let query = format!("lang=en&enterprise={}", rating.enterprise_id);
    let asked = Asked {
        table: TABLES[0],
        from: today().format("%Y-01-01").to_string(),
        to: today().format("%Y-12-31").to_string(),
        filters: Vec::new(),
        recorded_at: None,
    };
    let begun = Instant::now();
    let machine = loop {
        // The rating comes to the ledger, and a question to the service brings what is new.
        runtime.block_on(asked.of_service(&bureau)).expect("figures");
        let all = pages.json(&format!("/api/v1/enterprise?{query}"));
        let found = all["tables"].as_array().expect("tables").iter().find(|t| t["code"] == "reasons").cloned();
        match found {
            Some(table) if !table["rows"].as_array().expect("rows").is_empty() => break table,
            _ => assert!(begun.elapsed() < Duration::from_secs(20), "{all}"),
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    let columns: Vec<&str> =
        machine["columns"].as_array().expect("columns").iter().map(|c| c["code"].as_str().expect("a code")).collect();
    let at = |code: &str| columns.iter().position(|c| *c == code).expect(code);
    let hits = rating.negative_hits.len();
    let rows = machine["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), hits + rating.reasons.len());
    let csv = pages.text(&format!("/export/enterprise.reasons.csv?{query}"));
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let csv: Vec<csv::StringRecord> = reader.records().skip(1).map(|r| r.expect("CSV")).collect();
    let workbook = std::io::Cursor::new(pages.get(&format!("/export/enterprise.xlsx?{query}")));
    let mut workbook: calamine::Xlsx<_> = calamine::Xlsx::new(workbook).expect("a workbook");
    let sheet = workbook.sheet_names().into_iter().find(|n| n.contains("Reasons")).expect("a sheet");
    let workbook = workbook.worksheet_range(&sheet).expect("a sheet");
    let screen = pages.text(&format!("/enterprise?{query}"));
    for (nth, reason) in rating.reasons.iter().enumerate() {
        let (row, nth) = (&rows[hits + nth]["values"], hits + nth);
        let (text, lost) = (reason.text_en.as_str(), i64::from(reason.points_lost));
        assert_eq!(row[at("reason")]["text"], text);
        assert_eq!(row[at("characteristic")]["text"], reason.characteristic);
        assert_eq!(row[at("points_lost")]["count"], lost);
        assert_eq!(row[at("score")]["count"].as_i64(), rating.score.map(i64::from));
        assert_eq!(row[at("grade")]["text"], rating.grade);
        let pd = row[at("pd")]["ratio"]["numerator"]
            .as_i64()
            .map(|n| n * 1_000_000 / row[at("pd")]["ratio"]["denominator"].as_i64().expect("a number"));
        assert_eq!(pd, rating.pd_ppm);
        assert_eq!((&csv[nth][at("reason") + 1], &csv[nth][at("points_lost") + 1]), (text, lost.to_string().as_str()));
        let cell = |column: &str| workbook.get((nth + 1, at(column) + 1)).cloned().unwrap_or(Data::Empty);
        assert_eq!(cell("reason"), Data::String(text.to_owned()));
        assert_eq!(cell("points_lost"), Data::Float(lost as f64));
        assert!(screen.contains(&text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")), "{text}");
    }
    // The enterprise is told that the bureau looked.
    let platform = runtime.block_on(client(&place, served.port, "platform"));
    let request = api::rating::v1::ListInquiriesRequest {
        enterprise_id: rating.enterprise_id.clone(),
        ..api::rating::v1::ListInquiriesRequest::default()
    };
    let inquiries = runtime.block_on(platform.call(request)).expect("inquiries").inquiries;
    assert!(inquiries.iter().any(|i| i.method == "ReadReasons" && i.asker == "bureau" && !i.refused), "{inquiries:?}");
}
