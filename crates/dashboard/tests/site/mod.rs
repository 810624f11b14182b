//! A dashboard in this process, and somebody who visits it with a jar of cookies.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

pub mod made;
pub mod stored;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use dashboard::{Accounts, Dashboard, Figures, NewAccount, Passwords, Role, Settings};
use ledger::event::UnixMicros;
use std::collections::BTreeMap;
use store::{EntryLine, Keys, Store};
use tower_service::Service as _;

pub const PASSWORD: &str = "correct horse battery";

/// A dashboard whose files go when it is dropped.
pub struct Site {
    pub store: Store,
    pub figures: Figures,
    pub accounts: Accounts,
    pub dashboard: Dashboard,
    pub router: Router,
    clock: fn() -> UnixMicros,
    folder: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Somebody with a browser.
#[derive(Clone)]
pub struct Visitor {
    router: Router,
    pub cookies: BTreeMap<String, String>,
}

impl Site {
    pub async fn new(lines: &[EntryLine], clock: fn() -> UnixMicros) -> Self {
        Self::with(lines, clock, false).await
    }

    pub async fn with(lines: &[EntryLine], clock: fn() -> UnixMicros, secure: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Keys::generate(&folder.path().join("keys"), "k1").expect("keys");
        let store = Store::open(&format!("sqlite:{}", folder.path().join("store.db").display()), keys).await;
        let store = store.expect("a store");
        let figures = Figures::default();
        figures.push(lines).expect("lines of a ledger");
        let passwords = Passwords::with_costs(8, 1).expect("costs");
        let accounts = Accounts::new(store.clone(), passwords.clone(), "tester");
        let dashboard = Dashboard::new(store.clone(), figures.clone(), passwords, Settings { secure, clock });
        let router = dashboard.router();
        Self { store, figures, accounts, dashboard, router, clock, folder }
    }

    pub async fn account(&self, name: &str, shown_as: &str, role: Role, district: Option<&str>) {
        let district = district.map(|d| d.parse().expect("a code"));
        let account = NewAccount { name: name.into(), shown_as: shown_as.into(), role, district };
        self.accounts.add(&account, PASSWORD, (self.clock)().0).await.expect("an account");
    }

    pub fn visitor(&self) -> Visitor {
        Visitor { router: self.router.clone(), cookies: BTreeMap::new() }
    }

    /// Somebody who has an account and is signed in.
    pub async fn person(&self, name: &str, role: Role, district: Option<&str>) -> Visitor {
        self.account(name, name, role, district).await;
        let mut visitor = self.visitor();
        let answer = visitor.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        visitor
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("text"))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The key of the form on the page.
    pub fn form_key(&self) -> String {
        let text = self.text();
        let (_, rest) = text.split_once("name=\"form\" value=\"").expect("a form");
        rest.split_once('"').expect("a value").0.to_owned()
    }
}

impl Visitor {
    pub async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::HOST, "dashboard.test").header(header::COOKIE, cookies.join("; "));
        let response = self.router.call(request.body(body).expect("a request")).await.expect("an answer");
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().expect("text");
            let (name, value) = set.split(';').next().and_then(|p| p.split_once('=')).expect("a cookie");
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    /// A page that is there.
    pub async fn page(&mut self, path: &str) -> Answer {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form(fields);
        self.send(Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"), body.into())
            .await
    }

    pub async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let key = self.page("/sign-in").await.form_key();
        self.post("/sign-in", &[("form", &key), ("name", name), ("password", password), ("next", "/loans")]).await
    }
}

/// Fields as a browser sends them.
pub fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The names of a workbook's sheets and their XML, with the texts of cells in their places.
pub fn sheets_of(file: &[u8]) -> Vec<(String, String)> {
    use std::io::Read as _;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(file)).expect("a packed file");
    let mut read = |name: &str| {
        let mut text = String::new();
        zip.by_name(name).expect(name).read_to_string(&mut text).expect("UTF-8");
        text
    };
    let shared: Vec<String> = {
        let xml = read("xl/sharedStrings.xml");
        xml.split("<si>")
            .skip(1)
            .map(|si| between(si, "<t", "</t>").split_once('>').expect("a text").1.to_owned())
            .collect()
    };
    let book = read("xl/workbook.xml");
    let names = book.split("<sheet ").skip(1).map(|s| between(s, "name=\"", "\"").to_owned());
    names
        .zip(1..)
        .map(|(name, nth)| {
            let xml = read(&format!("xl/worksheets/sheet{nth}.xml"));
            let mut out = String::new();
            for (at, part) in xml.split("t=\"s\"><v>").enumerate() {
                match at {
                    0 => out.push_str(part),
                    _ => {
                        let (index, rest) = part.split_once('<').expect("a cell");
                        out.push_str(&format!(
                            "t=\"s\"><v>{}<{rest}",
                            shared[index.parse::<usize>().expect("an index")]
                        ));
                    }
                }
            }
            (name, out)
        })
        .collect()
}

/// A file of a packed document.
pub fn unpacked(file: &[u8], name: &str) -> String {
    use std::io::Read as _;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(file)).expect("a packed file");
    let mut text = String::new();
    zip.by_name(name).expect(name).read_to_string(&mut text).expect("UTF-8");
    text
}

/// A text without its tags.
pub fn plain_of(markup: &str) -> String {
    let mut text = String::new();
    let mut within = false;
    for c in markup.chars() {
        match c {
            '<' => within = true,
            '>' => within = false,
            c if !within => text.push(c),
            _ => {}
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}

/// What stands between two marks.
pub fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to} behind {from}")).0
}

/// The cells of a sheet by row and column, from 0; texts as they are, numbers as they are written.
pub fn cells_of(xml: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for row in xml.split("<row ").skip(1) {
        let row = row.split("</row>").next().expect("a row");
        let mut cells: Vec<String> = Vec::new();
        for cell in row.split("<c r=\"").skip(1) {
            let column = cell.bytes().take_while(u8::is_ascii_alphabetic);
            let column = column.fold(0, |sum, c| sum * 26 + usize::from(c - b'A') + 1) - 1;
            cells.resize(column, String::new());
            cells.push(if cell.contains("<v>") { between(cell, "<v>", "</v>").to_owned() } else { String::new() });
        }
        rows.push(cells);
    }
    rows
}
