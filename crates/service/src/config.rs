//! `shangzhi.toml`: what the server is told at its start. `shangzhi.example.toml` beside this crate documents every key.
//!
//! Paths are relative to the folder of the file. A key that there is not, a value out of its range and a missing key are
//! errors that name file, line, key, value and range: a server that starts does what its file says.

mod check;
mod lines;

use crate::error::Error;
use crate::identity::Role;
use primitives::RegionCode;
use serde::Deserialize;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// An example that documents every key.
pub const EXAMPLE: &str = include_str!("../shangzhi.example.toml");

/// The configuration of a server, checked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Whether to serve without TLS; on loopback only.
    #[serde(default)]
    pub plaintext: bool,
    /// Without TLS: the `id` of the client that every caller is.
    pub plaintext_client: Option<String>,
    /// Certificates; absent only without TLS.
    pub tls: Option<Tls>,
    /// Where ratings, consents and the audit are kept.
    pub store: Store,
    /// Where the ledger is kept.
    #[serde(default)]
    pub ledger: Ledger,
    /// Keys of the audit and of personal inputs.
    pub keys_file: PathBuf,
    /// Feature snapshots.
    pub snapshots_dir: PathBuf,
    /// Model folders.
    pub models_dir: PathBuf,
    /// Who may call.
    pub clients: Vec<Client>,
    /// What a call, a client and all together may take.
    #[serde(default)]
    pub limits: Limits,
    /// How long connections live.
    #[serde(default)]
    pub connection: Connection,
    /// How the server ends.
    #[serde(default)]
    pub shutdown: Shutdown,
    /// Where metrics, liveness and readiness are asked for over HTTP; absent: nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// The bureau's dashboard; absent: none.
    pub dashboard: Option<Dashboard>,
    /// What is logged.
    #[serde(default)]
    pub log: Log,
    /// Where spans of calls are sent.
    #[serde(default)]
    pub telemetry: Telemetry,
    /// The file that it was read from: clients are read again from it on SIGHUP.
    #[serde(skip)]
    pub path: PathBuf,
}

/// Certificates of the server and authorities of clients.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The server's certificate with its chain, PEM.
    pub cert: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// The authorities that clients' certificates are from, PEM.
    pub client_cas: Vec<PathBuf>,
    /// The oldest version of TLS that is spoken.
    #[serde(default)]
    pub min_version: TlsVersion,
    /// How often the files are looked at for change, in seconds.
    #[serde(default = "reload_seconds")]
    pub reload_seconds: u64,
}

fn reload_seconds() -> u64 {
    5
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[serde(rename = "1.2")]
    V12,
    /// TLS 1.3.
    #[default]
    #[serde(rename = "1.3")]
    V13,
}

/// The store.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: StoreUrl,
}

/// The address of the store. It may hold a password, so it is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct StoreUrl(String);

impl StoreUrl {
    /// The address, to connect to; never to a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreUrl(hidden)")
    }
}

/// The bureau's dashboard, over plain HTTP.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// Where browsers, or what speaks TLS with them, connect.
    pub listen: SocketAddr,
    /// Whether something before it speaks TLS with browsers: cookies go over TLS only then.
    pub behind_tls: bool,
    /// A file with codes and names of enterprises, to look for them by name; absent: by code alone.
    pub names: Option<PathBuf>,
}

/// The ledger of policy loans.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// `sqlite:PATH` or `postgres://…`; absent: `ledger.db` beside the file of the ratings, or the same PostgreSQL.
    pub database: Option<StoreUrl>,
}

/// Someone who may call: a bank, a guarantor, a district, the bureau, the platform, an auditor or an operator.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The tenant that its objects belong to.
    pub id: String,
    /// DNS names or URIs in its certificates; one of them must be there, spelled alike.
    pub names: Vec<String>,
    /// What it may do. Where a method takes several of them, the first here counts.
    pub roles: Vec<Role>,
    /// The district whose staff it is; there where one of its roles is `district`, and only there.
    pub district: Option<RegionCode>,
    /// Calls per second, over time.
    pub calls_per_second: u32,
    /// Calls at once after a quiet time; absent: `calls_per_second`.
    pub burst: Option<u32>,
    /// Items of streams per second, over time, besides its calls; absent: `calls_per_second`.
    pub items_per_second: Option<u32>,
    /// Calls open at a time.
    pub concurrency: u32,
}

/// What a call, a client and all together may take.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a message as it is sent.
    pub message_bytes_max: u32,
    /// Bytes of a message after decompression.
    pub decompressed_bytes_max: u32,
    /// Milliseconds that a unary call may take, whatever its caller asks for.
    pub deadline_ms_max: u64,
    /// Seconds that a stream may take.
    pub stream_deadline_seconds_max: u64,
    /// Connections at a time.
    pub connections_max: u32,
    /// Connections of one client at a time.
    pub connections_per_client_max: u32,
    /// Calls of one connection at a time.
    pub streams_per_connection_max: u32,
    /// Calls at a time, of all clients.
    pub in_flight_max: u32,
    /// TLS handshakes at a time; more wait for their turn.
    pub handshakes_max: u32,
    /// Milliseconds that a handshake may take, waiting included.
    pub handshake_ms_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes_max: 1 << 20,
            decompressed_bytes_max: 4 << 20,
            deadline_ms_max: 10_000,
            stream_deadline_seconds_max: 3_600,
            connections_max: 12_000,
            connections_per_client_max: 1_000,
            streams_per_connection_max: 256,
            in_flight_max: 1_024,
            handshakes_max: 1_024,
            handshake_ms_max: 5_000,
        }
    }
}

/// How long connections live.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connection {
    /// Seconds of silence after which the other end is asked whether it is there.
    pub keepalive_interval_seconds: u64,
    /// Seconds that it has to answer.
    pub keepalive_timeout_seconds: u64,
    /// Seconds after which a connection is asked to end, so that clients spread anew over servers and rotated
    /// certificates come into force.
    pub age_seconds_max: u64,
    /// The share of the age by which it differs at random, down or up, so that not all connections end at once.
    pub age_jitter_share: f64,
    /// Seconds that the calls of such a connection have to end.
    pub age_grace_seconds: u64,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            keepalive_interval_seconds: 30,
            keepalive_timeout_seconds: 20,
            age_seconds_max: 1_800,
            age_jitter_share: 0.1,
            age_grace_seconds: 30,
        }
    }
}

/// How the server ends.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shutdown {
    /// Seconds from the signal to the end, whatever clients do.
    pub grace_seconds: u64,
    /// Of these, the seconds in which the server says NOT_SERVING and still takes connections.
    pub lame_duck_seconds: u64,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { grace_seconds: 30, lame_duck_seconds: 5 }
    }
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// From which level on.
    pub level: Level,
    /// Which calls have a line.
    pub calls: Calls,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: Level::Info, calls: Calls::All }
    }
}

/// Where spans of calls are sent.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// A collector that speaks OTLP over gRPC, `http://HOST:PORT`; empty: no spans are made.
    pub otlp_endpoint: String,
}

/// A level of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A person must look.
    Error,
    /// Something was refused or not taken.
    Warn,
    /// What the server does.
    Info,
    /// For developers.
    Debug,
}

/// Which calls have a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Calls {
    /// Every call.
    All,
    /// Those that did not end with OK.
    Failed,
    /// None: metrics and the audit have them.
    None,
}

impl Config {
    /// The keys of the first level that `other` sets otherwise, the clients aside: those are read again while the server runs,
    /// these are not.
    ///
    /// # Examples
    /// ```
    /// use service::Config;
    /// let config = Config::parse(include_str!("../shangzhi.example.toml"), "shangzhi.toml".as_ref())?;
    /// let mut other = config.clone();
    /// other.clients.clear();
    /// assert!(config.fixed_keys_that_differ(&other).is_empty());
    /// other.shutdown.grace_seconds += 1;
    /// assert_eq!(config.fixed_keys_that_differ(&other), ["shutdown"]);
    /// # Ok::<(), service::Error>(())
    /// ```
    pub fn fixed_keys_that_differ(&self, other: &Self) -> Vec<&'static str> {
        // Taken apart, so that a new key is thought of here.
        let Self {
            listen,
            plaintext,
            plaintext_client,
            tls,
            store,
            ledger,
            keys_file,
            snapshots_dir,
            models_dir,
            clients: _,
            limits,
            connection,
            shutdown,
            metrics_listen,
            dashboard,
            log,
            telemetry,
            path: _,
        } = self;
        let same = [
            ("listen", *listen == other.listen),
            ("plaintext", *plaintext == other.plaintext),
            ("plaintext_client", *plaintext_client == other.plaintext_client),
            ("tls", *tls == other.tls),
            ("store", *store == other.store),
            ("ledger", *ledger == other.ledger),
            ("keys_file", *keys_file == other.keys_file),
            ("snapshots_dir", *snapshots_dir == other.snapshots_dir),
            ("models_dir", *models_dir == other.models_dir),
            ("limits", *limits == other.limits),
            ("connection", *connection == other.connection),
            ("shutdown", *shutdown == other.shutdown),
            ("metrics_listen", *metrics_listen == other.metrics_listen),
            ("dashboard", *dashboard == other.dashboard),
            ("log", *log == other.log),
            ("telemetry", *telemetry == other.telemetry),
        ];
        same.into_iter().filter(|(_, same)| !same).map(|(key, _)| key).collect()
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read, [`Error::Syntax`] for an unknown, missing or doubled key or a value of
    /// another type, [`Error::Value`] for one out of its range.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// The same from a text; `path` is named in errors, and its folder is where relative paths begin.
    ///
    /// # Errors
    /// As [`Config::load`], besides [`Error::File`].
    ///
    /// # Examples
    /// ```
    /// use service::Config;
    /// let text = include_str!("../shangzhi.example.toml");
    /// let config = Config::parse(text, "shangzhi.toml".as_ref())?;
    /// assert_eq!(config.shutdown.grace_seconds, 30);
    ///
    /// let wrong = text.replace("concurrency = 64", "concurrency = 0");
    /// let error = Config::parse(&wrong, "shangzhi.toml".as_ref()).expect_err("no calls at all");
    /// assert!(error.to_string().contains("clients[0].concurrency = 0 must be 1 to 100000"), "{error}");
    /// # Ok::<(), service::Error>(())
    /// ```
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let mut config: Self = toml::from_str(text).map_err(|e| Error::Syntax {
            path: path.to_owned(),
            line: lines::at(text, e.span().map_or(0, |s| s.start)),
            message: e.message().to_owned(),
        })?;
        config.check().map_err(|refused| Error::Value {
            path: path.to_owned(),
            line: lines::of_key(text, &refused.key),
            key: refused.key,
            value: refused.value,
            allowed: refused.allowed,
        })?;
        config.place(path);
        Ok(config)
    }

    /// The address of the store, to connect to; never to a log. A path of SQLite begins at the folder of the file.
    pub fn store_address(&self) -> String {
        self.address(&self.store.url)
    }

    /// The address of the ledger, to connect to; never to a log.
    pub fn ledger_address(&self) -> String {
        match (&self.ledger.database, self.store.url.expose().strip_prefix("sqlite:")) {
            (Some(url), _) => self.address(url),
            (None, Some(path)) => format!("sqlite:{}", self.folder().join(path).with_file_name("ledger.db").display()),
            (None, None) => self.store_address(),
        }
    }

    fn address(&self, url: &StoreUrl) -> String {
        match url.expose().strip_prefix("sqlite:") {
            Some(path) => format!("sqlite:{}", self.folder().join(path).display()),
            None => url.expose().to_owned(),
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn place(&mut self, path: &Path) {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut files = vec![&mut self.keys_file, &mut self.snapshots_dir, &mut self.models_dir];
        files.extend(self.dashboard.as_mut().and_then(|page| page.names.as_mut()));
        if let Some(tls) = &mut self.tls {
            files.extend([&mut tls.cert, &mut tls.key]);
            files.extend(&mut tls.client_cas);
        }
        for file in files {
            *file = folder.join(&*file);
        }
        self.path = path.to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example with a text in place of another, as one line: what is wrong, or nothing.
    #[track_caller]
    fn check(from: &str, to: &str, expect: &str) {
        let (from, to_line) = (format!("\n{from}"), format!("\n{to}"));
        assert_eq!(EXAMPLE.matches(&from).count(), 1, "{from:?} once in the example");
        let text = EXAMPLE.replace(&from, &to_line);
        let got = Config::parse(&text, "dir/shangzhi.toml".as_ref()).map_or_else(|e| e.to_string(), |_| String::new());
        let line = text.lines().position(|l| !to.is_empty() && l.starts_with(to.lines().next().unwrap_or_default()));
        let expect = match expect {
            "" => String::new(),
            _ => format!("dir/shangzhi.toml:{}: {expect}", line.expect("the text is there") + 1),
        };
        assert_eq!(got, expect);
    }

    #[test]
    fn the_example_is_whole_and_states_the_defaults() {
        let config = Config::parse(EXAMPLE, "dir/shangzhi.toml".as_ref()).expect("the example");
        assert_eq!(config.limits, Limits::default());
        assert_eq!(config.connection, Connection::default());
        assert_eq!(config.shutdown, Shutdown::default());
        assert_eq!(config.log, Log::default());
        assert_eq!(config.telemetry, Telemetry::default());
        let tls = config.tls.expect("TLS");
        assert_eq!((tls.min_version, tls.reload_seconds), (TlsVersion::V13, reload_seconds()));
        assert_eq!(tls.cert, Path::new("dir/certs/server.pem"));
        let everyone: Vec<&str> = config.clients.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(
            everyone,
            ["bank-a", "bank-b", "bureau", "platform", "auditor", "operator", "guarantor-a", "district-500103"]
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_line() {
        check("grace_seconds = 30", "grace_seconds = 0", "shutdown.grace_seconds = 0 must be 1 to 3600");
        check(
            "deadline_ms_max = 10000",
            "deadline_ms_max = 3600001",
            "limits.deadline_ms_max = 3600001 must be 1 to 3600000",
        );
        check("age_jitter_share = 0.1", "age_jitter_share = 1.5", "connection.age_jitter_share = 1.5 must be 0 to 0.5");
        check(
            "lame_duck_seconds = 5",
            "lame_duck_seconds = 30",
            "shutdown.lame_duck_seconds = 30 must be 0 to 29, less than shutdown.grace_seconds",
        );
        for wrong in ["localhost:4317", "https://collector:4317", "http://collector/ path"] {
            check(
                "otlp_endpoint = \"\"",
                &format!("otlp_endpoint = {wrong:?}"),
                &format!("telemetry.otlp_endpoint = {wrong:?} must be empty or http://HOST:PORT"),
            );
        }
        check("otlp_endpoint = \"\"", "otlp_endpoint = \"http://127.0.0.1:4317\"", "");
    }

    #[test]
    fn plain_text_is_for_loopback_and_names_its_caller() {
        let plain = "plaintext = true\nplaintext_client = \"bank-a\"";
        check("plaintext = false", plain, "plaintext = true must be false where [tls] is given");
        check("listen = \"127.0.0.1:8443\"\n", "listen = \"0.0.0.0:8443\"\n", "");
        let no_tls: String = EXAMPLE
            .lines()
            .filter(|l| {
                !["[tls]", "cert =", "key =", "client_cas", "min_version", "reload_s"].iter().any(|w| l.starts_with(w))
            })
            .map(|l| format!("{l}\n"))
            .collect();
        let parse = |text: &str| Config::parse(text, "s.toml".as_ref()).map(drop).map_err(|e| e.to_string());
        let with = |plain: &str| no_tls.replace("plaintext = false", plain);
        assert_eq!(parse(&with(plain)), Ok(()));
        let refused = parse(&with(plain).replace("127.0.0.1:8443", "0.0.0.0:8443")).expect_err("not loopback");
        assert!(
            refused.contains("listen = 0.0.0.0:8443 must be a loopback address where plaintext = true"),
            "{refused}"
        );
        let refused = parse(&with("plaintext = false")).expect_err("neither");
        assert!(refused.contains("tls = absent must be given unless plaintext = true"), "{refused}");
        let refused = parse(&with("plaintext = true")).expect_err("no caller");
        assert!(refused.contains("plaintext_client = absent must be the id of one of the clients"), "{refused}");
    }

    #[test]
    fn a_dashboard_without_tls_stays_on_loopback() {
        let with = |listen: &str, behind_tls: bool| {
            let part = format!("\n[dashboard]\nlisten = \"{listen}\"\nbehind_tls = {behind_tls}\n\n[tls]\n");
            Config::parse(&EXAMPLE.replace("\n[tls]\n", &part), "s.toml".as_ref()).map(drop).map_err(|e| e.to_string())
        };
        assert_eq!(with("127.0.0.1:8480", false), Ok(()));
        assert_eq!(with("0.0.0.0:8480", true), Ok(()));
        let refused = with("0.0.0.0:8480", false).expect_err("passwords in clear");
        assert!(refused.contains("dashboard.listen = 0.0.0.0:8480 must be a loopback address"), "{refused}");
    }

    #[test]
    fn unknown_keys_and_wrong_types_are_refused_with_their_line() {
        check(
            "plaintext = false",
            "plain_text = false",
            "unknown field `plain_text`, expected one of `listen`, `plaintext`, `plaintext_client`, `tls`, `store`, `ledger`, `keys_file`, `snapshots_dir`, `models_dir`, `clients`, `limits`, `connection`, `shutdown`, `metrics_listen`, `dashboard`, `log`, `telemetry`",
        );
        check("grace_seconds = 30", "grace_seconds = \"30\"", "invalid type: string \"30\", expected u64");
        check(r#"min_version = "1.3""#, r#"min_version = "1.1""#, "unknown variant `1.1`, expected `1.2` or `1.3`");
    }

    #[test]
    fn the_ledger_lies_beside_the_ratings_or_where_it_is_put() {
        let addresses = |text: &str| {
            let config = Config::parse(text, "dir/shangzhi.toml".as_ref()).expect("valid");
            (config.store_address(), config.ledger_address())
        };
        let of = |store: &str, ledger: &str| (store.to_owned(), ledger.to_owned());
        assert_eq!(addresses(EXAMPLE), of("sqlite:dir/shangzhi.db", "sqlite:dir/ledger.db"));
        let postgres = EXAMPLE.replace("sqlite:shangzhi.db", "postgres://h/d");
        assert_eq!(addresses(&postgres), of("postgres://h/d", "postgres://h/d"));
        let own = postgres.replace("# database = \"sqlite:ledger.db\"", "database = \"sqlite:/elsewhere/l.db\"");
        assert_eq!(addresses(&own), of("postgres://h/d", "sqlite:/elsewhere/l.db"));
        check(
            "# database = \"sqlite:ledger.db\"",
            "database = \"l.db\"",
            "ledger.database = (hidden) must be sqlite:PATH or postgres://…",
        );
    }

    #[test]
    fn a_district_has_a_code_and_no_one_else() {
        let none = EXAMPLE.replace("\ndistrict = \"500103\"", "");
        let refused = Config::parse(&none, "s.toml".as_ref()).expect_err("no code").to_string();
        assert!(
            refused.ends_with("clients[7].district = absent must be there where roles has district, and only there"),
            "{refused}"
        );
        let roles = EXAMPLE.replace("roles = [\"district\"]", "roles = [\"auditor\"]");
        let refused = Config::parse(&roles, "s.toml".as_ref()).expect_err("no district").to_string();
        assert!(
            refused.ends_with("clients[7].district = 500103 must be there where roles has district, and only there"),
            "{refused}"
        );
    }

    #[test]
    fn the_address_of_the_store_is_not_printed() {
        let config =
            Config::parse(&EXAMPLE.replace("sqlite:", "postgres://u:pa55@"), "s.toml".as_ref()).expect("valid");
        assert!(config.store.url.expose().contains("pa55"));
        assert!(!format!("{config:?}").contains("pa55"));
    }
}
