//! What must hold of a store after its server fell or failed, whatever a bank was answered before.

use crate::bank::Answered;
use api::client::Client;
use api::rating::v1::{ErrorReason, Rating};
use api::status::error_info;
use prost::Message as _;
use std::collections::{HashMap, HashSet};
use store::{Anchor, Kept, Page, Store, Verdict};
use tonic::Code;

/// Questions at a time.
const AT_A_TIME: usize = 16;

/// What is known of a store from the last time that it was looked into.
pub struct Known {
    head: Anchor,
    ratings: HashSet<String>,
    /// All that was answered until then.
    pub answered: Vec<Answered>,
}

impl Known {
    /// A store without ratings.
    pub async fn of(store: Store) -> Self {
        let head = store.head().await.expect("read");
        store.close().await;
        Self { head, ratings: HashSet::new(), answered: Vec::new() }
    }

    /// Walks the chain and opens every rating that was not there before; gives how many of them nobody was answered.
    pub async fn look_into(&mut self, store: Store, answered: Vec<Answered>, at: &str) -> usize {
        match store.verify(Some(self.head)).await.expect("walk") {
            Verdict::Whole { head } => self.head = head,
            Verdict::Broken { seq, fault } => panic!("{at}: line {seq}: {fault}"),
        }
        let lines = lines(&store).await;
        let found = new_ratings(&store, &self.ratings).await;
        for rating in &found {
            let id = &rating.rating_id;
            assert_eq!(lines.get(&rating.line), Some(id), "{at}: {id} has another line");
            let Kept::Here(answer) = &rating.answer else { panic!("{at}: {id} is deleted") };
            let read = Rating::decode(&*answer.bytes).unwrap_or_else(|e| panic!("{at}: {id}: {e}"));
            assert_eq!((&read.rating_id, &read.enterprise_id), (id, &answer.subject), "{at}");
            let inputs = store.inputs("bank-a", id).await.expect("they open");
            assert!(matches!(inputs, Some(Kept::Here(bytes)) if !bytes.is_empty()), "{at}: {id} has no inputs");
        }
        store.close().await;
        let unanswered = found.len().saturating_sub(answered.len());
        self.ratings.extend(found.into_iter().map(|r| r.rating_id));
        for was in &answered {
            assert!(self.ratings.contains(&was.rating_id), "{at}: {was:?} is lost");
        }
        self.answered.extend(answered);
        unanswered
    }
}

/// The same requests have the same answers; other requests under their ids are refused.
pub async fn ask_again(bank: &Client, answered: Vec<Answered>, at: &str) {
    let mut tasks = Vec::new();
    for share in answered.chunks(answered.len().div_ceil(AT_A_TIME)) {
        let (bank, share, at) = (bank.clone(), share.to_vec(), at.to_owned());
        tasks.push(tokio::spawn(async move {
            for was in share {
                let again = bank.call(was.request()).await.unwrap_or_else(|e| panic!("{at}: {was:?}: {e:?}"));
                assert_eq!(Answered::of(&was.request_id, again.rating.expect("a rating")), was, "{at}");
                let refused = bank.call(was.other_request()).await.expect_err("another body");
                let why = (refused.code(), error_info(&refused).known_reason());
                assert_eq!(why, (Code::AlreadyExists, ErrorReason::RequestIdReused), "{at}: {was:?}: {refused:?}");
            }
        }));
    }
    for task in tasks {
        task.await.expect("no panic");
    }
}

/// The object of every line of a rating, by the number of the line.
async fn lines(store: &Store) -> HashMap<i64, String> {
    let mut out = HashMap::new();
    let mut lines = store.export(i64::MIN, i64::MAX, None);
    while let Some(line) = lines.next().await.expect("read") {
        out.extend(line.object_id.map(|id| (line.seq, id)));
    }
    out
}

/// Ratings that are not among `known`, opened.
async fn new_ratings(store: &Store, known: &HashSet<String>) -> Vec<store::Rating> {
    let (mut out, mut page) = (Vec::new(), Page { after: None, limit: 200 });
    loop {
        let found = store.newest_ratings(None, None, i64::MAX, &page).await.expect("all open");
        let (on_page, last) = (found.len(), found.last().map(|r| (r.created_at, r.rating_id.clone())));
        out.extend(found.into_iter().filter(|r| !known.contains(&r.rating_id)));
        // All that is new is newer than what is known.
        if on_page < 200 || last.as_ref().is_some_and(|(_, id)| known.contains(id)) {
            return out;
        }
        page.after = last;
    }
}
