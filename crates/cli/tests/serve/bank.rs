//! A bank in a process of its own, which asks as fast as it is answered and writes down every answer it was given.
//!
//! An answer counts when its line is in the file: one write at the end of the file, of a process that is not killed.

use crate::common::Place;
use crate::place::{client, item, request};
use api::client::{Client, Retry};
use api::rating::v1::{AssessRequest, AssessResponse, Purpose, Rating, assess_batch_response::Result as Item};
use primitives::{Digest, digest_hex};
use prost::Message as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

/// Calls in flight: each of two connections has half of them. As many items are open in a stream over a third.
const CALLS: usize = 16;

/// An answer that the bank was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub request_id: String,
    pub enterprise_id: String,
    pub rating_id: String,
    /// SHA-256 of the answer.
    pub digest: String,
}

impl Answered {
    pub fn of(request_id: &str, rating: Rating) -> Self {
        let (enterprise_id, rating_id) = (rating.enterprise_id.clone(), rating.rating_id.clone());
        let answer = AssessResponse { rating: Some(rating) };
        let digest = digest_hex(&Digest::sha256(&answer.encode_to_vec()));
        Self { request_id: request_id.to_owned(), enterprise_id, rating_id, digest }
    }

    /// The request that was answered so, whether it came alone or in a stream.
    pub fn request(&self) -> AssessRequest {
        AssessRequest { request_id: self.request_id.clone(), ..request(&self.enterprise_id) }
    }

    /// Another request under the same id: for another purpose.
    pub fn other_request(&self) -> AssessRequest {
        AssessRequest { purpose: Purpose::LoanRenewal.into(), ..self.request() }
    }

    fn line(&self) -> String {
        format!("{} {} {} {}\n", self.request_id, self.enterprise_id, self.rating_id, self.digest)
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ').map(str::to_owned);
        let mut word = || words.next();
        Some(Self { request_id: word()?, enterprise_id: word()?, rating_id: word()?, digest: word()? })
    }
}

/// The process, and the file it writes to.
pub struct Bank {
    process: Child,
    log: PathBuf,
}

impl Bank {
    /// Starts it on the server at `port`.
    pub fn start(place: &Place, port: u16) -> Self {
        let log = place.path("answered");
        File::create(&log).expect("a file");
        let process = Command::new(std::env::current_exe().expect("this program"))
            .args(["bank::bank", "--exact", "--nocapture"])
            .env("SERVE_BANK_PLACE", place.path("."))
            .env("SERVE_BANK_PORT", port.to_string())
            .stdout(Stdio::null())
            .spawn()
            .expect("a bank");
        Self { process, log }
    }

    /// Waits until `count` answers were given.
    pub fn wait_for(&mut self, count: usize) {
        while self.read().len() < count {
            assert!(self.process.try_wait().expect("asked").is_none(), "the bank ended");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What it was answered, when its server is gone and it has ended.
    pub fn end(mut self) -> Vec<Answered> {
        assert!(self.process.wait().expect("it ends").success(), "the bank failed");
        self.read()
    }

    fn read(&self) -> Vec<Answered> {
        let text = std::fs::read_to_string(&self.log).expect("a file");
        text.lines().map(|l| Answered::read(l).unwrap_or_else(|| panic!("{l:?}"))).collect()
    }
}

/// Not a test of its own: the process of [`Bank`]. It ends when no call is answered any more.
#[test]
fn bank() {
    let Ok(folder) = std::env::var("SERVE_BANK_PLACE") else { return };
    let folder = PathBuf::from(folder);
    let port = std::env::var("SERVE_BANK_PORT").ok().and_then(|p| p.parse().ok()).expect("a port");
    let ids: Arc<Vec<String>> = Arc::new(
        std::fs::read_to_string(folder.join("ids")).expect("enterprises").lines().map(str::to_owned).collect(),
    );
    let log = Arc::new(std::fs::OpenOptions::new().append(true).open(folder.join("answered")).expect("a log"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        // All connect before the first answer, which is when the server may fall.
        let banks = [connect(&folder, port).await, connect(&folder, port).await];
        let streaming = connect(&folder, port).await;
        let mut tasks = vec![tokio::spawn(stream(streaming, ids.clone(), log.clone()))];
        for i in 0..CALLS {
            tasks.push(tokio::spawn(calls(banks[i % 2].clone(), ids.clone(), i, log.clone())));
        }
        for task in tasks {
            let status = task.await.expect("no panic");
            assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        }
    });
}

async fn connect(folder: &Path, port: u16) -> Client {
    client(folder, port, "bank-a").await.with_retry(Retry { tries: 1, ..Retry::default() })
}

fn note(mut log: &File, answered: &Answered) {
    let line = answered.line();
    assert_eq!(log.write(line.as_bytes()).expect("written"), line.len());
}

/// Calls one after the other; gives the status of the first that failed.
async fn calls(bank: Client, ids: Arc<Vec<String>>, from: usize, log: Arc<File>) -> Status {
    for i in from.. {
        let request = request(&ids[i * 7 % ids.len()]);
        match bank.call(request.clone()).await {
            Ok(answer) => note(&log, &Answered::of(&request.request_id, answer.rating.expect("a rating"))),
            Err(status) => return status,
        }
    }
    unreachable!("the loop ends by a return")
}

/// Items of a stream, a new one for each that is answered; gives the status that ended it.
async fn stream(bank: Client, ids: Arc<Vec<String>>, log: Arc<File>) -> Status {
    let (items, taken) = tokio::sync::mpsc::channel(CALLS);
    let mut next = ids.iter().cycle().map(|id| item(id));
    for item in next.by_ref().take(CALLS) {
        items.send(item).await.expect("nobody has it yet");
    }
    let mut answers = match bank.assess_batch(ReceiverStream::new(taken), Duration::from_secs(60)).await {
        Ok(answers) => answers,
        Err(status) => return status,
    };
    loop {
        let answer = match answers.next().await {
            Ok(answer) => answer.expect("it has no end"),
            Err(status) => return status,
        };
        let Some(Item::Rating(rating)) = answer.result else {
            let Some(Item::Error(error)) = answer.result else { panic!("{answer:?}") };
            return api::status::from_item(&error);
        };
        note(&log, &Answered::of(&answer.request_id, rating));
        // A stream that broke takes no more; the next answer is the status that it broke with.
        let _ = items.send(next.next().expect("it has no end")).await;
    }
}
