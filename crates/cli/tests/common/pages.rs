//! The demo's pages, as its last lines lead to them.

use super::common::Place;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// The program that serves; it ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A request as an old browser sends it, and the answer with its headings.
fn ask(address: &str, heading: &str, cookies: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let length = body.len();
    let request = format!(
        "{heading} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookies}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("answered");
    String::from_utf8_lossy(&answer).into_owned()
}

/// What stands between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from:?} in {text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to:?} behind {from:?}")).0
}

/// The demo ends with a command and an address; the command serves the page, the file of accounts opens it.
pub(crate) fn the_demo_ends_with_a_page(place: &Place, said: &str) {
    let mut last = said.trim_end().lines().rev();
    let page = last.next().expect("a last line").strip_prefix("page: ").expect("the page's address");
    let file = last.next().expect("a line").rsplit(' ').next().expect("a file");
    let command = last.find(|l| l.contains(" serve --config ")).expect("a command").trim();
    let (_, config) = command.split_once(" serve --config ").expect("a configuration");
    assert_eq!((config, file), ("demo/shangzhi.toml", "demo/accounts.txt"));

    let accounts = place.read(file);
    let rows: Vec<Vec<&str>> = accounts.lines().skip(1).map(|l| l.split('\t').collect()).collect();
    let names: Vec<&str> = rows.iter().map(|r| r[0]).collect();
    assert_eq!(names, ["city", "district", "auditor", "operator"]);
    let passwords: Vec<&str> = rows.iter().map(|r| r[1]).collect();
    assert!(passwords.iter().all(|p| p.len() >= 20 && !said.contains(p)), "a password is printed, or short");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(place.path(file)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    }

    // Ports of the test's own; else as it was made.
    let text = place.read(config);
    let (at, way) = page.strip_prefix("http://").and_then(|p| p.split_once('/')).expect("an address");
    assert_eq!(text.matches(at).count(), 1, "the configuration listens elsewhere than the page is");
    let text = text.replace(at, "127.0.0.1:0").replace("127.0.0.1:8443", "127.0.0.1:0");
    place.write("demo/test.toml", text.replace("metrics_listen = ", "# metrics_listen = "));
    let mut program = Command::new(env!("CARGO_BIN_EXE_shangzhi"));
    program.args(["serve", "--config", "demo/test.toml"]).current_dir(place.path("."));
    let log = std::fs::File::create(place.path("serve.log")).expect("a log");
    let mut process = program.stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
    let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
    let _served = Served(process);
    let address =
        lines.map(|l| l.expect("UTF-8")).find_map(|l| l.strip_prefix("dashboard at http://").map(str::to_owned));
    let address = address.unwrap_or_else(|| panic!("no dashboard: {}", place.read("serve.log")));
    let address = address.trim_end_matches('/');

    let form = ask(address, "GET /sign-in", "", "");
    let (key, cookie) = (between(&form, "name=\"form\" value=\"", "\""), between(&form, "set-cookie: ", ";"));
    let sent = format!(
        "form={key}&name=city&password={}&next=%2F{}",
        passwords[0],
        way.replace('?', "%3F").replace('=', "%3D")
    );
    let signed_in = ask(address, "POST /sign-in", cookie, &sent);
    assert!(signed_in.starts_with("HTTP/1.1 303"), "{signed_in}");
    assert!(signed_in.contains(&format!("location: /{way}")), "{signed_in}");
    let session = signed_in.lines().find_map(|l| l.strip_prefix("set-cookie: shangzhi=")).expect("a session");
    let session = format!("shangzhi={}", session.split(';').next().unwrap_or_default());

    // The figure of the first page is that of the command line: nothing is shown of a ledger that is half read.
    let told = place.ok(
        "totals --ledger sqlite:demo/ledger.db --from 2025-01-01 --as-of 2025-12-31 --figures net_new_financing --format csv",
    );
    let is_sum = |line: &&str| line.trim().parse::<f64>().is_ok();
    let yuan = told.lines().find(is_sum).unwrap_or_else(|| panic!("no figure in {told}")).trim();
    let fen = format!("value=\"{}fen\"", yuan.replace('.', ""));
    let overview = ask(address, &format!("GET /{way}"), &session, "");
    assert!(overview.starts_with("HTTP/1.1 200") && overview.contains(&fen), "{fen}: {overview}");
    let log = place.read("serve.log");
    assert!(passwords.iter().all(|p| !log.contains(p)), "a password in the log");
}
