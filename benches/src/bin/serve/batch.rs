//! AssessBatch beside the bare store, which writes as many rows of as many bytes with as many in flight.

use crate::{Other, Raw};
use anyhow::{Context, Result, bail, ensure};
use api::rating::v1::{AssessBatchRequest, Purpose};
use api::request_id;
use benches::clock::median;
use bytes::Bytes;
use prost::Message as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use store::{Kept, Keys, NewLine, NewRating, Page, Record, Store, Write};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Request;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;

/// As many as the service works on at a time.
const IN_FLIGHT: usize = 512;

/// Bytes of a stored rating.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    answer: usize,
    inputs: usize,
}

/// Rows a second of both, in turns.
pub(crate) async fn compare(
    rating: &mut Other,
    folder: &Path,
    ids: &[String],
    items: usize,
    rounds: usize,
) -> Result<()> {
    let keys = Keys::read(&folder.join("keys"))?;
    let bytes = stored(folder, &keys).await?;
    let bare = Store::open(&format!("sqlite:{}", folder.join("bare.db").display()), keys).await?;
    let (mut of_batch, mut cpu, mut of_bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        of_bare.push(write(&bare, ids, items, bytes).await?);
        let before = rating.used()?;
        of_batch.push(ask(rating, ids, items).await?);
        cpu.push((rating.used()?[0] - before[0]) * 1e6 / items as f64);
    }
    bare.close().await;
    let (batch, bare) = (median(&mut of_batch), median(&mut of_bare));
    println!("{items} items of {} bytes of answer and {} of inputs, {IN_FLIGHT} in flight", bytes.answer, bytes.inputs);
    println!("AssessBatch  {batch:9.0} rows/s, {:.1} cpu us/item", median(&mut cpu));
    println!("bare store   {bare:9.0} rows/s");
    println!("ratio        {:9.2}", batch / bare);
    Ok(())
}

/// What the service stored, on average of its newest ratings.
async fn stored(folder: &Path, keys: &Keys) -> Result<Sizes> {
    let store = Store::open(&format!("sqlite:{}", folder.join("store.db").display()), keys.clone()).await?;
    let found = store.newest_ratings(None, None, i64::MAX, &Page { after: None, limit: 50 }).await?;
    let (mut answer, mut inputs) = (0, 0);
    for rating in &found {
        let kept = store.inputs(&rating.tenant, &rating.rating_id).await?;
        let (Kept::Here(a), Some(Kept::Here(i))) = (&rating.answer, &kept) else { bail!("a rating without inputs") };
        (answer, inputs) = (answer + a.bytes.len(), inputs + i.len());
    }
    store.close().await;
    let count = found.len();
    (count > 0).then(|| Sizes { answer: answer / count, inputs: inputs / count }).context("no rating is stored")
}

/// Whether an answer of AssessBatch holds a rating: after field 1, the id, comes field 2 and not 3.
fn is_rating(answer: &[u8]) -> bool {
    let id = 2 + request_id::new().len();
    answer.first() == Some(&0x0a) && answer.get(id) == Some(&0x12)
}

/// Items over one stream; gives those a second. As in [`crate::call`], answers are not read into messages: the client runs
/// on the processors of the server.
async fn ask(rating: &Other, ids: &[String], items: usize) -> Result<f64> {
    let mut client = Grpc::new(rating.channels[0].clone());
    let (send, requests) = mpsc::channel(IN_FLIGHT);
    let ids = ids.to_vec();
    let begun = Instant::now();
    let sender = tokio::spawn(async move {
        for id in ids.iter().cycle().take(items) {
            let item = AssessBatchRequest {
                request_id: request_id::new(),
                enterprise_id: id.clone(),
                purpose: Purpose::LoanApplication.into(),
                ..AssessBatchRequest::default()
            };
            // The stream ended: its status says why.
            if send.send(Bytes::from(item.encode_to_vec())).await.is_err() {
                return;
            }
        }
    });
    client.ready().await?;
    let path = PathAndQuery::from_static("/shangzhi.rating.v1.RatingService/AssessBatch");
    let mut answers = client.streaming(Request::new(ReceiverStream::new(requests)), path, Raw).await?.into_inner();
    let mut rated = 0;
    while let Some(answer) = answers.message().await? {
        ensure!(is_rating(&answer), "item {rated} was not rated");
        rated += 1;
    }
    sender.await?;
    ensure!(rated == items, "{rated} of {items} items were answered");
    Ok(items as f64 / begun.elapsed().as_secs_f64())
}

/// Rows of the store alone; gives those a second.
async fn write(store: &Store, ids: &[String], items: usize, bytes: Sizes) -> Result<f64> {
    let places = Arc::new(Semaphore::new(IN_FLIGHT));
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (at, id) in (0..).zip(ids.iter().cycle().take(items)) {
        let place = places.clone().acquire_owned().await?;
        let (store, job) = (store.clone(), row(at, id, bytes));
        tasks.spawn(async move {
            let _place = place;
            store.write(job).await
        });
        while let Some(done) = tasks.try_join_next() {
            done??;
        }
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(items as f64 / begun.elapsed().as_secs_f64())
}

fn row(at: i64, id: &str, bytes: Sizes) -> Write {
    let rating_id = request_id::new();
    let line = NewLine {
        at,
        actor: "spiffe://shangzhi/bank-a".into(),
        role: "bank".into(),
        tenant: Some("bank-a".into()),
        action: "AssessBatch".into(),
        subject: Some(id.into()),
        purpose: Some("loan_application".into()),
        outcome: "OK".into(),
        object_id: Some(rating_id.clone()),
        detail: None,
    };
    let digest = format!("sha256:{:064}", 0);
    let rating = NewRating {
        rating_id,
        tenant: "bank-a".into(),
        request_id: request_id::new(),
        body_sha256: [7; 32],
        subject: id.into(),
        kind: "stored_features".into(),
        created_at: at,
        valid_until: at + 1,
        retain_until: at + 2,
        model_digest: digest.clone(),
        snapshot_digest: digest,
        answer: vec![1; bytes.answer],
        inputs: vec![2; bytes.inputs],
    };
    Write::of(line, Record::Rating(Box::new(rating)))
}
