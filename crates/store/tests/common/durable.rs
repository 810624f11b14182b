//! What must hold of anything that is written, whichever it is: ratings of a store, events of a ledger.

use crate::common::{Place, T0, job, line, rating, uuid};
use crate::ledger_common::{applied, body, noon, of_loan};
use ledger::Event;
use ledger::event::{Actor, Office};
use store::{AppendError, Error, Ledger, LedgerVerdict, Store, Verdict};

pub(crate) trait Durable: Clone + Send + Sync + 'static {
    fn open_at(place: &Place) -> impl Future<Output = Result<Self, Error>> + Send;
    /// Writes one thing; gives its id when it is acknowledged.
    fn write_one(&self, number: i64) -> impl Future<Output = Result<String, Error>> + Send;
    /// All that was acknowledged is there and all is whole; the number of lines.
    fn all_there(&self, ids: &[String]) -> impl Future<Output = i64> + Send;
    /// What is done now and then beside the writing.
    fn tidy(&self, number: i64) -> impl Future<Output = ()> + Send;
    fn refuses(&self) -> bool;
    fn shut(&self) -> impl Future<Output = ()> + Send;
}

impl Durable for Store {
    async fn open_at(place: &Place) -> Result<Self, Error> {
        Self::open(&place.address, place.keys.clone()).await
    }

    async fn write_one(&self, number: i64) -> Result<String, Error> {
        let mut new = rating("a", &format!("s{number}"), "", 1, T0 + number);
        new.request_id.clone_from(&new.rating_id);
        self.write(job(&new)).await.map(|_| new.rating_id)
    }

    async fn all_there(&self, ids: &[String]) -> i64 {
        for id in ids {
            assert!(self.rating("a", id).await.expect("read").is_some(), "{id} lost");
        }
        match self.verify(None).await.expect("walk") {
            Verdict::Whole { head } => head.seq,
            Verdict::Broken { seq, fault } => panic!("line {seq}: {fault}"),
        }
    }

    async fn tidy(&self, number: i64) {
        self.destroy_subject_key("s0", line("Retention", T0 + number)).await.expect("destroyed");
    }

    fn refuses(&self) -> bool {
        self.counters().refusing
    }

    async fn shut(&self) {
        self.close().await;
    }
}

/// An application for a loan that has the number of its request.
pub(crate) fn event(request: &str, number: i64) -> Event {
    let enterprise = u32::try_from(number).expect("a small number");
    Event {
        request_id: request.parse().expect("an id"),
        actor: Actor { id: "li".parse().expect("an id"), office: Office::Bank("icbc".parse().expect("an id")) },
        effective_on: "2024-05-06".parse().expect("a day"),
        recorded_at: noon("2024-05-06"),
        body: body(of_loan("icbc", request, applied("ordinary", enterprise))),
    }
}

impl Durable for Ledger {
    async fn open_at(place: &Place) -> Result<Self, Error> {
        Self::open(&place.address).await
    }

    async fn write_one(&self, number: i64) -> Result<String, Error> {
        let id = uuid();
        match self.append(event(&id, number)).await {
            Ok(_) => Ok(id),
            Err(AppendError::Store(e)) => Err(e),
            Err(AppendError::Refused(refusal)) => panic!("{refusal}"),
        }
    }

    async fn all_there(&self, ids: &[String]) -> i64 {
        for id in ids {
            assert!(self.entered(&event(id, 0)).await.expect("read").is_some(), "{id} lost");
        }
        match self.verify().await.expect("walk") {
            LedgerVerdict::Whole { head, .. } => i64::try_from(head.seq).expect("few"),
            LedgerVerdict::Broken(fault) => panic!("{fault}"),
        }
    }

    async fn tidy(&self, _: i64) {
        self.rebuild().await.expect("made again");
    }

    fn refuses(&self) -> bool {
        self.counters().refusing
    }

    async fn shut(&self) {
        self.close().await;
    }
}
