//! Assess (stored features, reasons, consent, audit, durable, mutual TLS) beside a bare echo of as many bytes under mutual TLS,
//! and AssessBatch beside the bare store.
//!
//! Both servers are processes of their own, both are asked by one load generator in a closed loop, in turns; what is printed
//! are medians of the rounds, and the ratios that the service has to keep. Commits and fsyncs are counted by the server itself.
#![allow(clippy::print_stdout, reason = "a bench talks to people")]

mod batch;

use anyhow::{Context, Result, ensure};
use api::rating::v1::rating_service_server::{RatingService, RatingServiceServer};
use api::rating::v1::{self as v1, AssessRequest, ExplainResponse, Purpose};
use api::request_id;
use benches::clock;
use bytes::{Buf as _, BufMut as _, Bytes};
use clap::Parser;
use features::catalogue::Catalogue;
use features::snapshot::{self, Snapshots};
use prost::Message as _;
use service::{Config, Desk, Models, Ratings, Server, Services, certs};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::{Keys, NewConsent, NewLine, Record, Store, Write};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};

/// What Assess costs beside a bare echo
#[derive(Parser)]
struct Args {
    /// Requests in flight
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    in_flight: Vec<usize>,
    /// Seconds of a run
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Rounds; medians are printed
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Items of a run of AssessBatch
    #[arg(long, default_value_t = 20_000)]
    items: usize,
    /// Enterprises of the made city
    #[arg(long, default_value_t = 300)]
    enterprises: u64,
    /// Folder of city and store: a real disk, for fsync is measured [default: a temporary one]
    #[arg(long)]
    folder: Option<PathBuf>,
    #[arg(long, hide = true)]
    server: Option<String>,
    #[arg(long, hide = true, default_value_t = 0)]
    answer_bytes: usize,
}

/// As in the program, for both servers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

static FSYNCS: AtomicU64 = AtomicU64::new(0);

/// Stands before the system's, to count.
#[unsafe(no_mangle)]
extern "C" fn fsync(fd: libc::c_int) -> libc::c_int {
    FSYNCS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the system call of that name, with its one argument.
    unsafe { libc::syscall(libc::SYS_fsync, fd) as libc::c_int }
}

/// As [`fsync`].
#[unsafe(no_mangle)]
extern "C" fn fdatasync(fd: libc::c_int) -> libc::c_int {
    FSYNCS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the system call of that name, with its one argument.
    unsafe { libc::syscall(libc::SYS_fdatasync, fd) as libc::c_int }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let (Some(kind), Some(folder)) = (&args.server, &args.folder) {
        return runtime.block_on(async {
            match kind.as_str() {
                "echo" => echo(folder, args.answer_bytes).await,
                _ => rating(folder).await,
            }
        });
    }
    let folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let ids = make(folder.path(), args.enterprises)?;
    runtime.block_on(compare(&args, folder.path(), &ids))
}

/// A city with its snapshot; certificates and keys.
fn make(folder: &Path, enterprises: u64) -> Result<Vec<String>> {
    let path = |name: &str| folder.join(name);
    let mut options = city::Options::new(path("city"));
    (options.enterprises, options.months) = (enterprises, 36);
    city::simulate(&options, &|_| ())?;
    let options = features::Options {
        sources: &path("city/sources"),
        as_of: "2025-12-31".parse()?,
        out: &path("features.parquet"),
        enterprises: None,
        issues: None,
        memory_bytes: 1 << 28,
    };
    features::compute(&Catalogue::built_in(), &options, &|_| ())?;
    std::fs::create_dir(path("snapshots"))?;
    snapshot::write(&path("features.parquet"), &path("snapshots/2025-12-31.snap"), &|_| ())?;
    certs::init(&path("certs"))?;
    Keys::generate(&path("keys"), "k1")?;
    let snapshots = Snapshots::open(&path("snapshots"))?;
    let current = snapshots.current();
    Ok(current.ids().map(|id| id.map(str::to_owned)).collect::<Result<_, _>>()?)
}

/// The rating server, with a consent for every enterprise.
async fn rating(folder: &Path) -> Result<()> {
    let address = format!("sqlite:{}", folder.join("store.db").display());
    let store = Store::open(&address, Keys::read(&folder.join("keys"))?).await?;
    let models = Models::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../models"))?;
    let digest = models.all().first().context("a model")?.digest.clone();
    ensure!(models.activate(&digest), "the model is loaded");
    let desk = Desk::new(store.clone(), Snapshots::open(&folder.join("snapshots"))?, models);
    consent(&desk).await?;
    let text = service::config::EXAMPLE
        .replace("127.0.0.1:8443", "127.0.0.1:0")
        .replace("metrics_listen = \"127.0.0.1:9443\"", "")
        .replace("calls_per_second = 2000\n", "calls_per_second = 1000000\n")
        .replace("burst = 4000", "burst = 1000000")
        .replace("concurrency = 64", "concurrency = 1000")
        .replace("calls = \"all\"", "calls = \"failed\"");
    let config = Config::parse(&text, &folder.join("shangzhi.toml"))?;
    let services = Services::new(&config.limits).ratings(Ratings::new(desk));
    let server = Server::bind(config).await?;
    println!("{}", server.address()?.port());
    std::thread::spawn(move || {
        for _ in std::io::stdin().lines() {
            println!("{} {}", store.counters().commits, FSYNCS.load(Ordering::Relaxed));
        }
        std::process::exit(0);
    });
    server.run(services, std::future::pending()).await?;
    Ok(())
}

async fn consent(desk: &Desk) -> Result<()> {
    let snapshot = desk.snapshots().current();
    let private = || features::schema::sources().iter().filter(|s| !s.public).map(|s| s.id.clone());
    let now = desk.now();
    for id in snapshot.ids() {
        let id = id?;
        let consent = NewConsent {
            consent_id: request_id::new(),
            tenant: "bank-a".into(),
            subject: id.into(),
            purpose: "loan_application".into(),
            categories: private().collect(),
            lending_data: true,
            personal: true,
            granter: "platform".into(),
            signatory: "made".into(),
            valid_from: now,
            valid_until: now * 2,
            retain_until: now * 2,
            text_digest: "sha256:00".into(),
            text_place: "nowhere".into(),
            granted_at: now,
        };
        let line = NewLine {
            at: now,
            actor: "bench".into(),
            role: "platform".into(),
            tenant: None,
            action: "GrantConsent".into(),
            subject: Some(id.into()),
            purpose: None,
            outcome: "OK".into(),
            object_id: None,
            detail: None,
        };
        desk.store().write(Write::of(line, Record::Consent(Box::new(consent)))).await?;
    }
    Ok(())
}

/// A bare server: it answers so many bytes.
struct Echo(Arc<str>);

macro_rules! not_asked {
    ($($name:ident $request:ident $response:ident;)*) => {
        #[tonic::async_trait]
        impl RatingService for Echo {
            type AssessBatchStream = tonic::codegen::BoxStream<v1::AssessBatchResponse>;
            async fn explain(&self, _: Request<v1::ExplainRequest>) -> Result<Response<ExplainResponse>, Status> {
                Ok(Response::new(ExplainResponse { page: (*self.0).to_owned(), content_type: String::new() }))
            }
            async fn assess_batch(
                &self,
                _: Request<Streaming<v1::AssessBatchRequest>>,
            ) -> Result<Response<Self::AssessBatchStream>, Status> {
                Err(Status::unimplemented(""))
            }
            $(async fn $name(&self, _: Request<v1::$request>) -> Result<Response<v1::$response>, Status> {
                Err(Status::unimplemented(""))
            })*
        }
    };
}

not_asked! {
    assess AssessRequest AssessResponse;
    what_if WhatIfRequest WhatIfResponse;
    get_rating GetRatingRequest GetRatingResponse;
    list_ratings ListRatingsRequest ListRatingsResponse;
    replay ReplayRequest ReplayResponse;
    report_decision ReportDecisionRequest ReportDecisionResponse;
    list_corrections ListCorrectionsRequest ListCorrectionsResponse;
}

async fn echo(folder: &Path, answer_bytes: usize) -> Result<()> {
    let read = |name: &str| std::fs::read(folder.join("certs").join(name));
    let tls = ServerTlsConfig::new()
        .identity(Identity::from_pem(read("server.pem")?, read("server.key")?))
        .client_ca_root(Certificate::from_pem(read("ca.pem")?));
    // The port of a listener that is closed at once: tonic binds by itself.
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    println!("{port}");
    std::thread::spawn(|| {
        for _ in std::io::stdin().lines() {
            println!("0 0");
        }
        std::process::exit(0);
    });
    let server = tonic::transport::Server::builder().tcp_nodelay(true).tls_config(tls)?;
    let echo = RatingServiceServer::new(Echo("x".repeat(answer_bytes).into()));
    Ok({ server }.add_service(echo).serve(([127, 0, 0, 1], port).into()).await?)
}

/// A server that runs as a process of its own.
struct Other {
    process: Child,
    says: BufReader<ChildStdout>,
    hears: ChildStdin,
    channels: Vec<Channel>,
    path: &'static str,
}

impl Other {
    async fn start(kind: &str, folder: &Path, answer_bytes: usize, path: &'static str) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--server", kind, "--answer-bytes", &answer_bytes.to_string(), "--folder"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut says = BufReader::new(process.stdout.take().context("its output")?);
        let hears = process.stdin.take().context("its input")?;
        let mut port = String::new();
        says.read_line(&mut port)?;
        let read = |name: &str| std::fs::read(folder.join("certs").join(name));
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(read("ca.pem")?))
            .identity(Identity::from_pem(read("bank-a.pem")?, read("bank-a.key")?));
        let at =
            Endpoint::from_shared(format!("https://localhost:{}", port.trim()))?.tls_config(tls)?.tcp_nodelay(true);
        let mut channels = Vec::new();
        let begun = Instant::now();
        while channels.len() < 16 {
            match at.connect().await {
                Ok(channel) => channels.push(channel),
                Err(e) if begun.elapsed() > Duration::from_secs(10) => return Err(e.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        Ok(Self { process, says, hears, channels, path })
    }

    /// Processor seconds, commits and fsyncs so far.
    fn used(&mut self) -> Result<[f64; 3]> {
        let cpu = clock::cpu_seconds_of(self.process.id()).context("its processor time")?;
        writeln!(self.hears)?;
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        let (commits, fsyncs) = line.trim().split_once(' ').context("counters")?;
        Ok([cpu, commits.parse()?, fsyncs.parse()?])
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Messages as bytes: the load generator encodes and decodes nothing, for either server.
#[derive(Debug, Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;
    fn encoder(&mut self) -> Self {
        Self
    }
    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;
    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;
    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length)))
    }
}

async fn call(channel: Channel, path: &'static str, request: Bytes) -> Result<Bytes, Status> {
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.map_err(|e| Status::unavailable(e.to_string()))?;
    grpc.unary(Request::new(request), PathAndQuery::from_static(path), Raw).await.map(Response::into_inner)
}

/// What one run gave.
struct Run {
    cpu_us: f64,
    per_second: f64,
    p99_ms: f64,
    per_commit: f64,
    commit_ms: f64,
    fsyncs: f64,
}

async fn load(
    other: &mut Other,
    in_flight: usize,
    seconds: f64,
    request: impl Fn(u64) -> Bytes + Clone + Send + 'static,
) -> Result<Run> {
    let before = other.used()?;
    let begun = Instant::now();
    let end = begun + Duration::from_secs_f64(seconds);
    let mut tasks = Vec::new();
    for task in 0..in_flight as u64 {
        let (channel, path, request) = (other.channels[task as usize % 16].clone(), other.path, request.clone());
        tasks.push(tokio::spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < end {
                let asked = request(task * 1_000_003 + took.len() as u64);
                let start = Instant::now();
                call(channel.clone(), path, asked).await?;
                took.push(start.elapsed().as_secs_f64() * 1e3);
            }
            Ok::<_, Status>(took)
        }));
    }
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await??);
    }
    let wall = begun.elapsed().as_secs_f64();
    let after = other.used()?;
    took.sort_by(f64::total_cmp);
    let n = took.len() as f64;
    let commits = after[1] - before[1];
    Ok(Run {
        cpu_us: (after[0] - before[0]) * 1e6 / n,
        per_second: n / wall,
        p99_ms: took[(took.len() - 1) * 99 / 100],
        per_commit: n / commits,
        commit_ms: wall * 1e3 / commits,
        fsyncs: after[2] - before[2],
    })
}

async fn compare(args: &Args, folder: &Path, ids: &[String]) -> Result<()> {
    let shared: Arc<[String]> = ids.into();
    let asked = move |n: u64| {
        let request = AssessRequest {
            request_id: request_id::new(),
            enterprise_id: shared[(n % shared.len() as u64) as usize].clone(),
            purpose: Purpose::LoanApplication.into(),
            ..AssessRequest::default()
        };
        Bytes::from(request.encode_to_vec())
    };
    let mut rating = Other::start("rating", folder, 0, "/shangzhi.rating.v1.RatingService/Assess").await?;
    let mut bytes = 0;
    for n in 0..100 {
        bytes += call(rating.channels[0].clone(), rating.path, asked(n)).await?.len();
    }
    let (asked_bytes, answer_bytes) = (asked(0).len(), bytes / 100);
    let mut echo = Other::start("echo", folder, answer_bytes, "/shangzhi.rating.v1.RatingService/Explain").await?;
    // The one field of the request is a text: two bytes say which and how long.
    let text = v1::ExplainRequest { rating_id: "x".repeat(asked_bytes - 2), ..Default::default() };
    let text = Bytes::from(text.encode_to_vec());
    println!("{asked_bytes} bytes asked, {answer_bytes} answered, {} rounds of {} s", args.rounds, args.seconds);
    println!("in flight  what    cpu us/request  requests/s   p99 ms  requests/commit  ms/commit  fsyncs");
    for &in_flight in &args.in_flight {
        let (mut of_rating, mut of_echo) = (Vec::new(), Vec::new());
        for _ in 0..args.rounds {
            let text = text.clone();
            of_echo.push(load(&mut echo, in_flight, args.seconds, move |_| text.clone()).await?);
            of_rating.push(load(&mut rating, in_flight, args.seconds, asked.clone()).await?);
        }
        let show = |what: &str, runs: &[Run]| {
            println!(
                "{in_flight:9}  {what:6} {:15.1} {:11.0} {:8.2} {:16.1} {:10.2} {:7.0}",
                median(runs, |r| r.cpu_us),
                median(runs, |r| r.per_second),
                median(runs, |r| r.p99_ms),
                median(runs, |r| r.per_commit),
                median(runs, |r| r.commit_ms),
                median(runs, |r| r.fsyncs),
            );
        };
        show("echo", &of_echo);
        show("Assess", &of_rating);
        let ratio = |of: fn(&Run) -> f64| median(&of_rating, of) / median(&of_echo, of);
        let over = median(&of_rating, |r| r.p99_ms) - 2.0 * median(&of_echo, |r| r.p99_ms);
        println!(
            "{in_flight:9}  ratio  {:15.2} {:11.2}   p99 less twice the echo's: {over:.2} ms",
            ratio(|r| r.cpu_us),
            ratio(|r| r.per_second),
        );
    }
    if args.items > 0 {
        batch::compare(&mut rating, folder, ids, args.items, args.rounds).await?;
    }
    Ok(())
}

fn median(runs: &[Run], of: impl Fn(&Run) -> f64) -> f64 {
    clock::median(&mut runs.iter().map(of).collect::<Vec<_>>())
}
