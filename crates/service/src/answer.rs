//! The answer to a call on its way out, and the record of how it ended: one line, one measurement and one span, whichever way.

use crate::call::Shared;
use crate::config;
use crate::limits::Open;
use crate::methods::Method;
use crate::metrics::code_name;
use crate::refusal;
use crate::request_id::CallId;
use crate::traces::Trace;
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use tonic::{Code, Status};

/// Ready with the status that a call ends with when it is not done by then.
pub(crate) type Until = Pin<Box<dyn Future<Output = Status> + Send>>;

/// Runs a step of a handler. A panic in it ends this call with INTERNAL and no other.
pub(crate) fn caught<T>(step: impl FnOnce() -> T) -> Result<T, Status> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| {
        tracing::error!("a handler panicked");
        refusal::internal()
    })
}

/// The body of an answer.
pub(crate) struct Answer {
    /// None when it is cut off.
    inner: Option<tonic::body::Body>,
    until: Option<Until>,
    record: Record,
}

impl Answer {
    pub(crate) fn new(record: Record, inner: tonic::body::Body, until: Until) -> Self {
        Self { inner: Some(inner), until: Some(until), record }
    }

    /// One whose status is in the headers.
    pub(crate) fn ended(mut record: Record, code: Code) -> Self {
        record.code = Some(code);
        Self { inner: None, until: None, record }
    }

    /// Ends the answer with a status; the handler's stream is dropped.
    fn cut_off(&mut self, status: &Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.inner = None;
        self.record.code = Some(status.code());
        Poll::Ready(Some(Ok(Frame::trailers(refusal::trailers(status)))))
    }

    fn ends_with(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        let Ok(trailers) = frame.into_trailers() else { return Frame::data(Bytes::new()) };
        let max = self.record.shared.limits.decompressed_bytes_max.into();
        let status = match trailers.get("grpc-status").map(http::HeaderValue::as_bytes) {
            Some(b"0") => None,
            _ => refusal::in_our_words(&trailers, max),
        };
        let code = || Code::from_bytes(trailers.get("grpc-status").map_or(b"2", |v| v.as_bytes()));
        self.record.code = Some(status.as_ref().map_or_else(code, Status::code));
        Frame::trailers(status.map_or(trailers, |s| refusal::trailers(&s)))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let Some(inner) = &mut this.inner else { return Poll::Ready(None) };
        match caught(|| Pin::new(inner).poll_frame(cx)) {
            Ok(Poll::Ready(Some(Ok(frame)))) if frame.is_trailers() => Poll::Ready(Some(Ok(this.ends_with(frame)))),
            Ok(Poll::Ready(Some(Err(status)))) => {
                this.record.code = Some(status.code());
                Poll::Ready(Some(Err(status)))
            }
            Ok(Poll::Ready(frame)) => Poll::Ready(frame),
            Ok(Poll::Pending) => match this.until.as_mut().map(|until| until.as_mut().poll(cx)) {
                Some(Poll::Ready(status)) => this.cut_off(&status),
                _ => Poll::Pending,
            },
            Err(status) => this.cut_off(&status),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// What is known of a call. When it is dropped the call is over: it is measured, logged, and what it held is free.
#[derive(Debug)]
pub(crate) struct Record {
    shared: Arc<Shared>,
    method: Option<&'static Method>,
    client: Option<Arc<str>>,
    call_id: CallId,
    began: Instant,
    /// How it ended; None where the caller went away before.
    code: Option<Code>,
    holds: [Option<Open>; 2],
    trace: Option<Trace>,
}

impl Record {
    pub(crate) fn begin(shared: Arc<Shared>, method: Option<&'static Method>, call_id: CallId) -> Self {
        shared.metrics.in_flight.inc();
        Self {
            shared,
            method,
            client: None,
            call_id,
            began: Instant::now(),
            code: None,
            holds: [None, None],
            trace: None,
        }
    }

    pub(crate) fn is_of(&mut self, client: &Arc<str>) {
        self.client = Some(Arc::clone(client));
    }

    /// Begins its span, where spans are made.
    pub(crate) fn is_traced(&mut self, headers: &HeaderMap) {
        self.trace = self.shared.traces.as_ref().map(|traces| traces.begin(headers));
    }

    /// Keeps something open until the call is over.
    pub(crate) fn holds(&mut self, open: Open) {
        if let Some(free) = self.holds.iter_mut().find(|h| h.is_none()) {
            *free = Some(open);
        }
    }

    pub(crate) fn call_id(&self) -> &CallId {
        &self.call_id
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        let code = self.code.unwrap_or(Code::Cancelled);
        // Paths that there are not would be labels without bound, and could hold anything.
        let method = self.method.map_or("other", |m| &m.path[1..]);
        self.shared.metrics.in_flight.dec();
        self.shared.metrics.ended(method, code, took);
        if let (Some(traces), Some(trace)) = (&self.shared.traces, &self.trace) {
            traces.ended(trace, method, self.client.as_deref(), code);
        }
        let logged = match self.shared.logged {
            config::Calls::All => true,
            config::Calls::Failed => code != Code::Ok,
            config::Calls::None => false,
        };
        if logged {
            tracing::info!(
                method,
                client = self.client.as_deref(),
                code = code_name(code),
                ms = (took.as_secs_f64() * 1e5).round() / 100.0,
                request_id = self.call_id.as_str(),
                "call"
            );
        }
    }
}
