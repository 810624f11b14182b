//! What handlers do around a call: the audit, and requests that come twice.

use super::{Desk, refuse};
use crate::metrics::code_name;
use crate::refusal;
use api::rating::v1::Purpose;
use primitives::Digest;
use prost::Message;
use store::{NewLine, Record, Request, Write, Written};
use tonic::Status;

/// A write that has come before: when, and what it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    /// Microseconds since 1970.
    pub(crate) at: i64,
    /// Ids, without blanks.
    pub(crate) ids: Vec<String>,
}

impl Made {
    /// As it is kept with a request: ids and times, nothing personal.
    fn keep(&self) -> Vec<u8> {
        format!("{} {}", self.at, self.ids.join(" ")).into_bytes()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (at, ids) = str::from_utf8(bytes).ok()?.split_once(' ')?;
        Some(Self { at: at.parse().ok()?, ids: ids.split(' ').map(str::to_owned).collect() })
    }
}

impl Desk {
    /// Lets an answer, or a refusal, go when its audit line is durable.
    pub(crate) async fn audited<T>(&self, mut line: NewLine, result: Result<T, Status>) -> Result<T, Status> {
        if let Err(status) = &result {
            code_name(status.code()).clone_into(&mut line.outcome);
            line.detail = Some(api::status::error_info(status).reason);
        }
        match self.store().write(Write::new(line)).await {
            Ok(_) => result,
            Err(e) => Err(refuse::store(&e)),
        }
    }

    /// What an earlier call with this request id made; `None` where there was none.
    ///
    /// # Errors
    /// ALREADY_EXISTS where it had another body.
    pub(crate) async fn made_before(
        &self,
        tenant: &str,
        request_id: &str,
        body: &impl Message,
    ) -> Result<Option<Made>, Status> {
        let found = self.store().answered(tenant, request_id).await.map_err(|e| refuse::store(&e))?;
        match found {
            None => Ok(None),
            Some((body_sha256, _)) if body_sha256 != body_digest(body) => Err(refuse::reused()),
            Some((_, answer)) => Made::read(&answer).map(Some).ok_or_else(refusal::internal),
        }
    }

    /// Stores a record with its audit line, once for the request id: what was made, now or by an earlier call.
    ///
    /// # Errors
    /// ALREADY_EXISTS where the request id had another body; `conflict` where the store has what rules the record out.
    pub(crate) async fn make_once(
        &self,
        line: NewLine,
        record: Record,
        (request_id, body): (&str, &impl Message),
        made: Made,
        conflict: impl FnOnce() -> Status,
    ) -> Result<Made, Status> {
        let of_repeat = NewLine { detail: Some("repeated".to_owned()), object_id: None, ..line.clone() };
        let once = Request {
            tenant: line.tenant.clone().unwrap_or_default(),
            request_id: request_id.to_owned(),
            body_sha256: body_digest(body),
            answer: made.keep(),
        };
        match self.store().write(Write::of(line, record).once(once)).await {
            Ok(Written::Repeated { answer }) => {
                let earlier = Made::read(&answer).ok_or_else(refusal::internal);
                self.audited(of_repeat, earlier).await
            }
            Ok(_) => Ok(made),
            Err(store::Error::Conflict { what: "request", .. }) => Err(refuse::reused()),
            Err(store::Error::Conflict { .. }) => Err(conflict()),
            Err(e) => Err(refuse::store(&e)),
        }
    }
}

fn body_digest(body: &impl Message) -> [u8; 32] {
    *Digest::sha256(&body.encode_to_vec()).as_bytes()
}

/// The word for a purpose in the store: that of consents and of audit lines.
pub(crate) fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Unspecified => "unspecified",
        Purpose::LoanApplication => "loan_application",
        Purpose::LoanRenewal => "loan_renewal",
        Purpose::PostLoanReview => "post_loan_review",
        Purpose::GuaranteeReview => "guarantee_review",
    }
}

/// The purpose of a word in the store.
pub(crate) fn purpose_of(word: &str) -> Purpose {
    let all = [Purpose::LoanApplication, Purpose::LoanRenewal, Purpose::PostLoanReview, Purpose::GuaranteeReview];
    all.into_iter().find(|p| purpose_word(*p) == word).unwrap_or_default()
}
