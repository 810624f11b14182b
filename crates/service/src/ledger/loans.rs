//! Loans of banks: `LoanService`.

mod reads;
mod steps;

use super::stream::{Answers, answers};
use super::told::{Told, by_name, head, read, serve};
use crate::desk::check::Violations;
use crate::identity::{Caller, Pace};
use ::ledger::event::{Body, LoanEvent};
use api::ledger::v1;
use api::ledger::v1::loan_service_server::LoanService;
use api::ledger::v1::report_loan_events_request::Event as Reported;
use steps::Step;
use tonic::{Request, Response, Status, Streaming};

/// An event of the loan that is meant.
fn of_loan(
    v: &mut Violations,
    caller: &Caller,
    (bank_id, loan_no): (&str, &str),
    did: impl FnOnce(&mut Violations) -> Option<LoanEvent>,
) -> Option<Body> {
    let (bank, loan) = (v.bank(caller, bank_id), v.id("loan_no", loan_no));
    let did = did(v);
    Some(Body::Loan { bank: bank?, loan: loan?, did: did? })
}

/// Requests whose one part says what happened.
macro_rules! with_a_part {
    ($($request:ident $action:literal $part:ident;)*) => {$(
        impl Told for v1::$request {
            const ACTION: &'static str = $action;
            head!();

            fn part(&self) -> &'static str {
                stringify!($part)
            }

            fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
                of_loan(v, caller, (&self.bank_id, &self.loan_no), |v| {
                    v.part(stringify!($part), self.$part.as_ref())?.event(v)
                })
            }
        }
    )*};
}

with_a_part! {
    ApplyForLoanRequest "ApplyForLoan" application;
    DeclineLoanRequest "DeclineLoan" decline;
    GrantLoanRequest "GrantLoan" grant;
    DisburseLoanRequest "DisburseLoan" disbursement;
    ScheduleLoanRequest "ScheduleLoan" schedule;
    RepayLoanRequest "RepayLoan" repayment;
    RenewLoanRequest "RenewLoan" renewal;
    WriteOffLoanRequest "WriteOffLoan" write_off;
    RecoverLoanRequest "RecoverLoan" recovery;
    ReportLoanStatusRequest "ReportLoanStatus" status;
}

by_name! {
    of_loan(bank_id, loan_no):
    CompleteDocumentsRequest "CompleteDocuments" LoanEvent::Completed;
    WithdrawLoanRequest "WithdrawLoan" LoanEvent::Withdrawn;
    CloseLoanRequest "CloseLoan" LoanEvent::Closed;
}

impl Told for v1::ReportLoanEventsRequest {
    const ACTION: &'static str = "ReportLoanEvents";
    head!();

    fn part(&self) -> &'static str {
        match &self.event {
            Some(Reported::Application(_)) => "application",
            Some(Reported::Decline(_)) => "decline",
            Some(Reported::Grant(_)) => "grant",
            Some(Reported::Disbursement(_)) => "disbursement",
            Some(Reported::Schedule(_)) => "schedule",
            Some(Reported::Repayment(_)) => "repayment",
            Some(Reported::Renewal(_)) => "renewal",
            Some(Reported::WriteOff(_)) => "write_off",
            Some(Reported::Recovery(_)) => "recovery",
            Some(Reported::Status(_)) => "status",
            Some(Reported::Completion(_) | Reported::Withdrawal(_) | Reported::Closing(_)) | None => "",
        }
    }

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_loan(v, caller, (&self.bank_id, &self.loan_no), |v| match v.part("event", self.event.as_ref())? {
            Reported::Application(part) => part.event(v),
            Reported::Completion(_) => Some(LoanEvent::Completed),
            Reported::Decline(part) => part.event(v),
            Reported::Withdrawal(_) => Some(LoanEvent::Withdrawn),
            Reported::Grant(part) => part.event(v),
            Reported::Disbursement(part) => part.event(v),
            Reported::Schedule(part) => part.event(v),
            Reported::Repayment(part) => part.event(v),
            Reported::Renewal(part) => part.event(v),
            Reported::WriteOff(part) => part.event(v),
            Reported::Recovery(part) => part.event(v),
            Reported::Status(part) => part.event(v),
            Reported::Closing(_) => Some(LoanEvent::Closed),
        })
    }
}

serve! {
    LoanService {
        apply_for_loan(ApplyForLoanRequest) -> ApplyForLoanResponse;
        complete_documents(CompleteDocumentsRequest) -> CompleteDocumentsResponse;
        decline_loan(DeclineLoanRequest) -> DeclineLoanResponse;
        withdraw_loan(WithdrawLoanRequest) -> WithdrawLoanResponse;
        grant_loan(GrantLoanRequest) -> GrantLoanResponse;
        disburse_loan(DisburseLoanRequest) -> DisburseLoanResponse;
        schedule_loan(ScheduleLoanRequest) -> ScheduleLoanResponse;
        repay_loan(RepayLoanRequest) -> RepayLoanResponse;
        renew_loan(RenewLoanRequest) -> RenewLoanResponse;
        write_off_loan(WriteOffLoanRequest) -> WriteOffLoanResponse;
        recover_loan(RecoverLoanRequest) -> RecoverLoanResponse;
        report_loan_status(ReportLoanStatusRequest) -> ReportLoanStatusResponse;
        close_loan(CloseLoanRequest) -> CloseLoanResponse;
    }

    async fn get_loan(&self, request: Request<v1::GetLoanRequest>) -> Result<Response<v1::GetLoanResponse>, Status> {
        read!(self, request, "GetLoan", loan)
    }

    async fn list_loans(
        &self,
        request: Request<v1::ListLoansRequest>,
    ) -> Result<Response<v1::ListLoansResponse>, Status> {
        read!(self, request, "ListLoans", loans)
    }

    async fn get_available_cap(
        &self,
        request: Request<v1::GetAvailableCapRequest>,
    ) -> Result<Response<v1::GetAvailableCapResponse>, Status> {
        read!(self, request, "GetAvailableCap", available_cap)
    }

    type ReportLoanEventsStream = Answers;

    async fn report_loan_events(
        &self,
        request: Request<Streaming<v1::ReportLoanEventsRequest>>,
    ) -> Result<Response<Answers>, Status> {
        let caller = Caller::of(&request)?.clone();
        let pace = request.extensions().get::<Pace>().cloned();
        Ok(Response::new(answers(self.clone(), caller, pace, request.into_inner())))
    }
}
