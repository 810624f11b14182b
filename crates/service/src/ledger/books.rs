//! What the bureau does to the books, and reversals: `LedgerService`.

use super::LedgerDesk;
use super::seen::damaged;
use super::told::{Told, head, read, serve};
use crate::desk::check::Violations;
use crate::identity::Caller;
use crate::refusal;
use ::ledger::event::{Body, FundEvent, PeriodEvent};
use ::ledger::record::{CashFund, Closed};
use ::ledger::{Key, Record};
use api::ledger::v1;
use api::ledger::v1::ledger_service_server::LedgerService;
use store::NewLine;
use tonic::{Request, Response, Status};

/// The most bytes of a reason or of the title of a document, as the ledger has it.
const TEXT_BYTES_MAX: usize = 1_000;

impl Violations {
    /// A text that says something.
    pub(super) fn document(&mut self, field: &str, text: &str) -> Option<String> {
        if text.trim().is_empty() || text.len() > TEXT_BYTES_MAX {
            self.add(field, format_args!("must have 1 to {TEXT_BYTES_MAX} bytes that say something"));
        } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.add(field, "must have no control characters besides line breaks and tabs");
        } else {
            return Some(text.to_owned());
        }
        None
    }
}

impl Told for v1::ReverseEntryRequest {
    const ACTION: &'static str = "ReverseEntry";
    head!();

    fn body(&self, _: &Caller, v: &mut Violations) -> Option<Body> {
        let reason = v.document("reason", &self.reason);
        if self.entry_no == 0 {
            v.add("entry_no", "must be 1 or more");
        }
        Some(Body::Reversal { of: self.entry_no, reason: reason? })
    }
}

impl Told for v1::PayIntoFundRequest {
    const ACTION: &'static str = "PayIntoFund";
    head!();

    fn body(&self, _: &Caller, v: &mut Violations) -> Option<Body> {
        let (maker, fund) = (v.id("maker", &self.maker), v.word::<v1::Fund>("fund", self.fund));
        let amount_fen = v.amount("amount_fen", self.amount_fen);
        Some(Body::Fund { fund: fund?, maker: maker?, did: FundEvent::PaidIn { amount_fen: amount_fen? } })
    }
}

impl Told for v1::TakeOutOfFundRequest {
    const ACTION: &'static str = "TakeOutOfFund";
    head!();

    fn body(&self, _: &Caller, v: &mut Violations) -> Option<Body> {
        let (maker, fund) = (v.id("maker", &self.maker), v.word::<v1::Fund>("fund", self.fund));
        let amount_fen = v.amount("amount_fen", self.amount_fen);
        Some(Body::Fund { fund: fund?, maker: maker?, did: FundEvent::TakenOut { amount_fen: amount_fen? } })
    }
}

impl Told for v1::CloseMonthRequest {
    const ACTION: &'static str = "CloseMonth";
    head!();

    fn body(&self, _: &Caller, v: &mut Violations) -> Option<Body> {
        Some(Body::Period { month: v.month("month", &self.month)?, did: PeriodEvent::Closed })
    }
}

impl Told for v1::ReopenMonthRequest {
    const ACTION: &'static str = "ReopenMonth";
    head!();

    fn body(&self, _: &Caller, v: &mut Violations) -> Option<Body> {
        Some(Body::Period { month: v.month("month", &self.month)?, did: PeriodEvent::Reopened })
    }
}

serve! {
    LedgerService {
        reverse_entry(ReverseEntryRequest) -> ReverseEntryResponse;
        pay_into_fund(PayIntoFundRequest) -> PayIntoFundResponse;
        take_out_of_fund(TakeOutOfFundRequest) -> TakeOutOfFundResponse;
        close_month(CloseMonthRequest) -> CloseMonthResponse;
        reopen_month(ReopenMonthRequest) -> ReopenMonthResponse;
    }

    async fn get_fund(&self, request: Request<v1::GetFundRequest>) -> Result<Response<v1::GetFundResponse>, Status> {
        read!(self, request, "GetFund", fund)
    }

    async fn get_closed_month(
        &self,
        request: Request<v1::GetClosedMonthRequest>,
    ) -> Result<Response<v1::GetClosedMonthResponse>, Status> {
        read!(self, request, "GetClosedMonth", closed_month)
    }
}

impl LedgerDesk {
    async fn fund(
        &self,
        _: &Caller,
        request: &v1::GetFundRequest,
        line: &mut NewLine,
    ) -> Result<v1::GetFundResponse, Status> {
        let mut v = Violations::default();
        let fund = v.word::<v1::Fund>("fund", request.fund);
        v.end()?;
        let fund = fund.ok_or_else(refusal::internal)?;
        line.object_id = Some(fund.to_string());
        match self.record(&Key::Fund(fund)).await? {
            None => Ok(v1::GetFundResponse { cash_fen: 0 }),
            Some(Record::Fund(of)) => Ok(v1::GetFundResponse { cash_fen: of.line.sums[CashFund::CASH] }),
            Some(_) => Err(damaged()),
        }
    }

    async fn closed_month(
        &self,
        _: &Caller,
        _: &v1::GetClosedMonthRequest,
        _: &mut NewLine,
    ) -> Result<v1::GetClosedMonthResponse, Status> {
        let through = match self.record(&Key::Closed).await? {
            None => None,
            Some(Record::Closed(Closed { through })) => through,
            Some(_) => return Err(damaged()),
        };
        Ok(v1::GetClosedMonthResponse { month: through.map(|m| m.to_string()).unwrap_or_default() })
    }
}
