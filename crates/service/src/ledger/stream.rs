//! Many events over one stream: what has come in by the time is entered together, in its order, and answered likewise.
//!
//! Events of one loan follow one another, so no item overtakes another one; they share commits instead.

use super::told::entry;
use super::{LedgerDesk, refused};
use crate::desk::refuse;
use crate::identity::{Caller, Pace};
use crate::ledger::told::Told;
use crate::metrics::code_name;
use ::ledger::Event;
use api::ledger::v1::report_loan_events_response::Result as Item;
use api::ledger::v1::{ReportLoanEventsRequest, ReportLoanEventsResponse};
use api::status::{error_info, to_item};
use store::{AppendError, NewLine, Write};
use tokio::sync::mpsc;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

/// Items that are entered together, and answers that wait for a caller that does not read: then no more are taken in.
const TOGETHER: usize = 256;

/// The answers of a stream, in the order of its items.
pub(super) type Answers = ReceiverStream<Result<ReportLoanEventsResponse, Status>>;

/// - `pace`: how fast items are taken in; without it, as fast as they are entered.
pub(super) fn answers(
    desk: LedgerDesk,
    caller: Caller,
    pace: Option<Pace>,
    items: Streaming<ReportLoanEventsRequest>,
) -> Answers {
    let (taken, waiting) = mpsc::channel(TOGETHER);
    let (said, answers) = mpsc::channel(TOGETHER);
    tokio::spawn(take_in(pace, items, taken));
    tokio::spawn(enter(desk, caller, waiting, said));
    ReceiverStream::new(answers)
}

async fn take_in(
    pace: Option<Pace>,
    mut items: Streaming<ReportLoanEventsRequest>,
    taken: mpsc::Sender<Result<ReportLoanEventsRequest, Status>>,
) {
    loop {
        // A place is waited for first: what is not entered is not read.
        let Ok(place) = taken.reserve().await else { return };
        let item = tokio::select! {
            item = items.message() => item,
            () = taken.closed() => return,
        };
        match item {
            Ok(Some(item)) => {
                // Beyond the rate no more is read, and the caller's sending waits.
                if let Some(pace) = &pace {
                    pace.item().await;
                }
                place.send(Ok(item));
            }
            Ok(None) => return,
            Err(status) => return place.send(Err(status)),
        }
    }
}

async fn enter(
    desk: LedgerDesk,
    caller: Caller,
    mut waiting: mpsc::Receiver<Result<ReportLoanEventsRequest, Status>>,
    said: mpsc::Sender<Result<ReportLoanEventsResponse, Status>>,
) {
    let mut items = Vec::with_capacity(TOGETHER);
    while waiting.recv_many(&mut items, TOGETHER).await > 0 {
        let broken = items.iter().position(Result::is_err);
        let whole: Vec<_> = items.drain(..broken.unwrap_or(items.len())).filter_map(Result::ok).collect();
        for answer in together(&desk, &caller, whole).await {
            if said.send(Ok(answer)).await.is_err() {
                return;
            }
        }
        if let Some(Err(status)) = items.drain(..).next() {
            // Nobody is there to be told where this fails.
            let _ = said.send(Err(status)).await;
            return;
        }
    }
}

/// Enters items in their order and answers each when all their audit lines are durable.
async fn together(
    desk: &LedgerDesk,
    caller: &Caller,
    items: Vec<ReportLoanEventsRequest>,
) -> Vec<ReportLoanEventsResponse> {
    let mut cases: Vec<(NewLine, Result<Event, Status>)> = Vec::with_capacity(items.len());
    for item in &items {
        let mut line = desk.desk().line(caller, ReportLoanEventsRequest::ACTION, "OK");
        let event = desk.event(caller, item, &mut line).await;
        cases.push((line, event));
    }
    let events: Vec<Event> = cases.iter().filter_map(|(_, event)| event.as_ref().ok().cloned()).collect();
    let mut taken = match desk.books().append_all(events).await {
        Ok(taken) => Ok(taken.into_iter()),
        Err(e) => Err(refused::append(&AppendError::Store(e), "")),
    };
    let mut out = Vec::with_capacity(items.len());
    let mut lines: Vec<NewLine> = Vec::with_capacity(items.len());
    for (item, (mut line, event)) in items.iter().zip(cases) {
        let result = event.and_then(|event| match &mut taken {
            Err(status) => Err(status.clone()),
            Ok(taken) => match taken.next() {
                Some(Ok(taken)) => Ok(entry(event.effective_on, &taken, &mut line)),
                Some(Err(refusal)) => Err(refused::status(&refusal, item.part())),
                None => Err(crate::refusal::internal()),
            },
        });
        if let Err(status) = &result {
            code_name(status.code()).clone_into(&mut line.outcome);
            line.detail = Some(error_info(status).reason);
        }
        lines.push(line);
        out.push((item.request_id.clone(), result));
    }
    let audited = write(desk, lines).await;
    let answer = |(request_id, result): (String, Result<_, Status>)| {
        let result = match audited.clone().and(result) {
            Ok(entry) => Item::Entry(entry),
            Err(status) => Item::Error(to_item(&status)),
        };
        ReportLoanEventsResponse { request_id, result: Some(result) }
    };
    out.into_iter().map(answer).collect()
}

async fn write(desk: &LedgerDesk, lines: Vec<NewLine>) -> Result<(), Status> {
    let mut lines = lines.into_iter();
    let Some(first) = lines.next() else { return Ok(()) };
    let all = lines.fold(Write::new(first), |write, line| write.and(line, None));
    desk.desk().store().write(all).await.map(drop).map_err(|e| refuse::store(&e))
}
