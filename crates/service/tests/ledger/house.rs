//! Requests as short as they can be.

use crate::place::Running;
use ::ledger::event::{Actor, Body, Event, Office, RatingEvent, UnixMicros};
use api::Date;
use api::client::Client;
use api::ledger::v1::*;
use api::status::{ErrorInfo, error_info};
use primitives::{CreditCode, Digest, Fen};
use tonic::{Code, Status};

/// A day by its text.
pub fn on(text: &str) -> Option<Date> {
    let day: chrono::NaiveDate = text.parse().expect("a day");
    use chrono::Datelike as _;
    Some(Date { year: day.year(), month: day.month().cast_signed(), day: day.day().cast_signed() })
}

/// An enterprise's code by a number.
pub fn code(number: u32) -> CreditCode {
    CreditCode::complete(&format!("91500000{number:09}")).expect("a code")
}

pub fn application(scheme: LoanScheme, enterprise: u32) -> LoanApplication {
    LoanApplication {
        enterprise_id: code(enterprise).as_str().to_owned(),
        borrower_kind: BorrowerKind::Enterprise.into(),
        district: "500103".into(),
        industry: "C3511".into(),
        size: EnterpriseSize::Small.into(),
        list_tier: ListTier::None.into(),
        bank_kind: BankKind::CommercialBank.into(),
        product: LoanProduct::PureCredit.into(),
        scheme: scheme.into(),
        requested_fen: 200_000_000,
        zone: String::new(),
    }
}

pub fn grant(amount_fen: i64, rating: &str) -> LoanGrant {
    LoanGrant { amount_fen, annual_rate_ppm: 45_000, term_months: 12, rating_id: rating.into(), ..LoanGrant::default() }
}

/// Makes a request with its head, and the fields after it.
macro_rules! told {
    ($request:ident $person:literal $day:literal { $($field:ident: $value:expr),* $(,)? }) => {
        $request {
            request_id: api::request_id::new(),
            person: $person.into(),
            effective_on: crate::house::on($day),
            $($field: $value,)*
            ..Default::default()
        }
    };
}
pub(crate) use told;

/// A step of a loan by its bank.
macro_rules! step {
    ($request:ident $loan:literal $day:literal { $($field:ident: $value:expr),* $(,)? }) => {
        crate::house::told!($request "li" $day { loan_no: $loan.into(), $($field: $value),* })
    };
}
pub(crate) use step;

/// An application with complete documents.
pub async fn complete(bank: &Client, loan: &str, day: &str, application: LoanApplication) {
    bank.call(ApplyForLoanRequest {
        request_id: api::request_id::new(),
        person: "li".into(),
        effective_on: on(day),
        loan_no: loan.into(),
        application: Some(application),
        ..ApplyForLoanRequest::default()
    })
    .await
    .expect("applied");
    bank.call(CompleteDocumentsRequest {
        request_id: api::request_id::new(),
        person: "li".into(),
        effective_on: on(day),
        loan_no: loan.into(),
        ..CompleteDocumentsRequest::default()
    })
    .await
    .expect("complete");
}

/// A scheme loan that is paid out in full on a day.
pub async fn lent(bank: &Client, loan: &str, day: &str, enterprise: u32, amount_fen: i64, rating: &str) {
    complete(bank, loan, day, application(LoanScheme::CommercialValue, enterprise)).await;
    let (request_id, person, effective_on) = (api::request_id::new, "li", on(day));
    bank.call(GrantLoanRequest {
        request_id: request_id(),
        person: person.into(),
        effective_on,
        loan_no: loan.into(),
        grant: Some(grant(amount_fen, rating)),
        ..GrantLoanRequest::default()
    })
    .await
    .expect("granted");
    bank.call(DisburseLoanRequest {
        request_id: request_id(),
        person: person.into(),
        effective_on,
        loan_no: loan.into(),
        disbursement: Some(LoanDisbursement { amount_fen }),
        ..DisburseLoanRequest::default()
    })
    .await
    .expect("paid out");
}

impl Running {
    /// A rating that came with a file: valid for a year, with a line of 3,000,000 yuan.
    pub async fn rated(&self, rating: &str, enterprise: u32, day: &str) {
        let from: chrono::NaiveDate = day.parse().expect("a day");
        let did = RatingEvent::Issued {
            enterprise: code(enterprise),
            model: Digest::sha256(b"model"),
            score: 700,
            grade: "A".parse().expect("a grade"),
            recommended_fen: Some(Fen::new(300_000_000)),
            valid_from: from,
            valid_to: from + chrono::Days::new(364),
            negative_hit: false,
            pd_ppm: None,
        };
        let event = Event {
            request_id: format!("file-{rating}").parse().expect("an id"),
            actor: Actor { id: "p".parse().expect("a person"), office: Office::Platform },
            effective_on: from,
            recorded_at: UnixMicros(self.desk.now()),
            body: Body::Rating { rating: rating.parse().expect("an id"), did },
        };
        self.books.as_ref().expect("a ledger").append(event).await.expect("a rating");
    }
}

/// Code and reason of what was refused, with all that it says.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Result<T, Status>) -> (Code, String, ErrorInfo) {
    let status = result.expect_err("it is refused");
    let info = error_info(&status);
    (status.code(), info.reason.clone(), info)
}

/// That a call was refused with a code and reason, and the metadata `key=value` or fields that are listed.
#[track_caller]
pub fn is_refused<T: std::fmt::Debug>(result: Result<T, Status>, code: Code, reason: &str, says: &[&str]) {
    let (found, why, info) = refused(result);
    assert_eq!((found, why.as_str()), (code, reason), "{info:?}");
    for said in says {
        let there = match said.split_once('=') {
            Some((key, value)) => info.metadata.get(key).is_some_and(|v| v == value),
            None => info.violations.iter().any(|v| v.field == *said),
        };
        assert!(there, "{said} in {info:?}");
    }
}
