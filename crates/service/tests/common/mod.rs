//! A server with handlers that do what the enterprise id says, and a client that shows what came over the wire.
//!
//! | enterprise id | what Assess does |
//! |---|---|
//! | `slow` | nothing for a minute; counted when it begins and when it is dropped |
//! | `panic` | panics |
//! | any other | a rating whose grade is `tenant/role` of the caller |

#![allow(dead_code, unreachable_pub)] // each test program uses a part

pub mod certs;
pub mod peer;

use api::rating::v1::consent_service_server::ConsentService;
use api::rating::v1::model_service_server::ModelService;
use api::rating::v1::rating_service_server::RatingService;
use api::rating::v1::subject_service_server::SubjectService;
use api::rating::v1::*;
use certs::Authority;
use peer::Peer;
use service::{Caller, Config, Ended, Error, Readiness, Server, Services};
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

pub const RATING: &str = "shangzhi.rating.v1.RatingService";
pub const ALL_SERVICES: [&str; 4] = [
    RATING,
    "shangzhi.rating.v1.ConsentService",
    "shangzhi.rating.v1.ModelService",
    "shangzhi.rating.v1.SubjectService",
];

/// How many slow calls began, and how many were dropped.
#[derive(Debug, Clone, Default)]
pub struct Handlers {
    pub began: Arc<AtomicUsize>,
    pub dropped: Arc<AtomicUsize>,
}

struct Slow(Arc<AtomicUsize>);

impl Drop for Slow {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Handlers {
    pub fn began(&self) -> usize {
        self.began.load(Ordering::SeqCst)
    }

    pub fn dropped(&self) -> usize {
        self.dropped.load(Ordering::SeqCst)
    }
}

#[tonic::async_trait]
impl RatingService for Handlers {
    type AssessBatchStream = Pin<Box<dyn Stream<Item = Result<AssessBatchResponse, Status>> + Send>>;

    async fn assess(&self, request: Request<AssessRequest>) -> Result<Response<AssessResponse>, Status> {
        let caller = Caller::of(&request)?;
        let grade = format!("{}/{}", caller.tenant(), caller.role());
        let enterprise_id = request.into_inner().enterprise_id;
        match enterprise_id.as_str() {
            "slow" => {
                self.began.fetch_add(1, Ordering::SeqCst);
                let _slow = Slow(Arc::clone(&self.dropped));
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            "panic" => panic!("the enterprise {enterprise_id} is in here"),
            _ => (),
        }
        Ok(Response::new(AssessResponse { rating: Some(Rating { enterprise_id, grade, ..Rating::default() }) }))
    }

    async fn assess_batch(
        &self,
        request: Request<Streaming<AssessBatchRequest>>,
    ) -> Result<Response<Self::AssessBatchStream>, Status> {
        let answers = request.into_inner().map(|item| {
            item.map(|i| AssessBatchResponse { request_id: i.request_id, ..AssessBatchResponse::default() })
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn what_if(&self, _: Request<WhatIfRequest>) -> Result<Response<WhatIfResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn explain(&self, _: Request<ExplainRequest>) -> Result<Response<ExplainResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn get_rating(&self, _: Request<GetRatingRequest>) -> Result<Response<GetRatingResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn list_ratings(&self, _: Request<ListRatingsRequest>) -> Result<Response<ListRatingsResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn replay(&self, _: Request<ReplayRequest>) -> Result<Response<ReplayResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn report_decision(
        &self,
        _: Request<ReportDecisionRequest>,
    ) -> Result<Response<ReportDecisionResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn list_corrections(
        &self,
        _: Request<ListCorrectionsRequest>,
    ) -> Result<Response<ListCorrectionsResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
}

macro_rules! answers_nothing {
    ($service:ident: $($name:ident $request:ident $response:ident;)*) => {
        #[tonic::async_trait]
        impl $service for Handlers {
            $(async fn $name(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                Ok(Response::new(Default::default()))
            })*
        }
    };
}

answers_nothing! { ConsentService:
    grant_consent GrantConsentRequest GrantConsentResponse;
    revoke_consent RevokeConsentRequest RevokeConsentResponse;
    list_consents ListConsentsRequest ListConsentsResponse;
}
answers_nothing! { ModelService:
    list_models ListModelsRequest ListModelsResponse;
    get_model GetModelRequest GetModelResponse;
    activate_model ActivateModelRequest ActivateModelResponse;
}
answers_nothing! { SubjectService:
    list_own_ratings ListOwnRatingsRequest ListOwnRatingsResponse;
    list_own_sources ListOwnSourcesRequest ListOwnSourcesResponse;
    list_inquiries ListInquiriesRequest ListInquiriesResponse;
    open_objection OpenObjectionRequest OpenObjectionResponse;
    resolve_objection ResolveObjectionRequest ResolveObjectionResponse;
    list_objections ListObjectionsRequest ListObjectionsResponse;
}

/// A port that is free, below those that the system gives to clients.
pub fn free_port() -> u16 {
    loop {
        let port = fastrand::u16(20_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A server that runs, with its authority and its folder.
pub struct Running {
    pub at: SocketAddr,
    pub metrics_at: SocketAddr,
    pub authority: Authority,
    pub folder: TempDir,
    pub handlers: Handlers,
    pub readiness: Readiness,
    stop: Option<oneshot::Sender<()>>,
    run: JoinHandle<Result<Ended, Error>>,
}

fn client(id: &str, name: &str, roles: &[&str], calls_per_second: u32, concurrency: u32) -> String {
    format!(
        "[[clients]]\nid = {id:?}\nnames = [{name:?}]\nroles = {roles:?}\ncalls_per_second = {calls_per_second}\n\
         concurrency = {concurrency}\n"
    )
}

/// Clients of tests: `a` and `b` are banks, `both` is a bank and the platform, the others have their role as name.
fn clients() -> String {
    let everyone = ["bank", "bureau", "platform", "auditor", "operator"];
    [
        client("a", "spiffe://test/a", &["bank"], 1_000_000, 4),
        client("b", "b.test", &["bank"], 1_000_000, 100_000),
        client("few", "spiffe://test/few", &["bank"], 1, 100) + "burst = 3\n",
        client("both", "spiffe://test/both", &["platform", "bank"], 1_000, 100),
        client("auditor", "spiffe://test/auditor", &["auditor"], 1_000, 100),
        client("all", "spiffe://test/all", &everyone, 1_000_000, 1_000),
    ]
    .concat()
}

/// The configuration of a test: `root` are keys before all tables, `tables` come after.
pub fn config_text(port: u16, metrics_port: u16, root: &str, tls: &str, tables: &str) -> String {
    format!(
        r#"
listen = "127.0.0.1:{port}"
metrics_listen = "127.0.0.1:{metrics_port}"
keys_file = "keys"
snapshots_dir = "snapshots"
models_dir = "models"
{root}
[store]
url = "sqlite:x"
{tls}
{tables}
{}"#,
        clients()
    )
}

/// Starts a server with TLS.
pub async fn start(tls: &str, tables: &str) -> Running {
    let tls =
        format!("[tls]\ncert = 'server.pem'\nkey = 'server.key'\nclient_cas = ['ca.pem']\nreload_seconds = 1\n{tls}");
    start_as("", &tls, tables).await
}

pub async fn start_as(root: &str, tls: &str, tables: &str) -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new("test authority");
    authority.write_server(folder.path());
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).expect("written");
    let path = folder.path().join("shangzhi.toml");
    let tables = if tables.contains("[shutdown]") {
        tables.to_owned()
    } else {
        format!("{tables}\n[shutdown]\ngrace_seconds = 3\nlame_duck_seconds = 0")
    };
    let server = loop {
        std::fs::write(&path, config_text(free_port(), free_port(), root, tls, &tables)).expect("written");
        let config = Config::load(&path).expect("a configuration");
        match Server::bind(config.clone()).await {
            Ok(server) => break (server, config),
            Err(Error::Listen { .. }) => continue, // another test was quicker
            Err(e) => panic!("{e:?}"),
        }
    };
    let (server, config) = server;
    let handlers = Handlers::default();
    let services = Services::new(&config.limits)
        .rating(handlers.clone())
        .consents(handlers.clone())
        .models(handlers.clone())
        .subjects(handlers.clone());
    let readiness = server.readiness();
    for name in services.names() {
        readiness.set(name, true).await;
    }
    let (stop, stopped) = oneshot::channel();
    let run = server.run(services, async move { drop(stopped.await) });
    Running {
        at: config.listen,
        metrics_at: config.metrics_listen.expect("given"),
        authority,
        folder,
        handlers,
        readiness,
        stop: Some(stop),
        run: tokio::spawn(run),
    }
}

impl Running {
    /// A connection of a client with this name in its certificate.
    pub async fn peer(&self, name: &str) -> Peer {
        let tls = self.authority.client(&[name]);
        Peer::connect(self.at, &tls).await.expect("a connection")
    }

    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Until the server has ended.
    pub async fn ended(self) -> Ended {
        self.run.await.expect("no panic").expect("an end")
    }

    /// A page of the address for metrics.
    pub async fn page(&self, path: &str) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = tokio::net::TcpStream::connect(self.metrics_at).await.expect("connected");
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.expect("sent");
        let mut out = String::new();
        stream.read_to_string(&mut out).await.expect("an answer");
        out
    }
}

/// Bytes of memory that this process has.
pub fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<usize>().ok()).expect("a number") * 1024
}
