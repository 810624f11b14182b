//! Bridge loans: `BridgeLoanService`.

use super::LedgerDesk;
use super::seen::{BANKS, damaged};
use super::told::{Told, by_name, head, read, serve};
use super::words::Word as _;
use crate::desk::check::Violations;
use crate::desk::day;
use crate::identity::Caller;
use crate::refusal;
use ::ledger::event::{Body, BridgeEvent};
use ::ledger::record::BridgeLoan;
use ::ledger::{BankId, BridgeNo, Key, Record, Thing};
use api::ledger::v1;
use api::ledger::v1::bridge_loan_service_server::BridgeLoanService;
use primitives::Fen;
use store::NewLine;
use tonic::{Request, Response, Status};

/// The longest planned use, in working days: a year.
const WORKING_DAYS_MAX: i64 = 250;

fn of_bridge(
    v: &mut Violations,
    caller: &Caller,
    (bank_id, bridge_no): (&str, &str),
    did: impl FnOnce(&mut Violations) -> Option<BridgeEvent>,
) -> Option<Body> {
    let (bank, bridge) = (v.bank(caller, bank_id), v.id("bridge_no", bridge_no));
    let did = did(v);
    Some(Body::Bridge { bank: bank?, bridge: bridge?, did: did? })
}

impl Told for v1::ApplyForBridgeLoanRequest {
    const ACTION: &'static str = "ApplyForBridgeLoan";
    head!();

    fn part(&self) -> &'static str {
        "application"
    }

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_bridge(v, caller, (&self.bank_id, &self.bridge_no), |v| {
            let of = v.part("application", self.application.as_ref())?;
            let enterprise = v.enterprise("application.enterprise_id", &of.enterprise_id);
            let district = v.region("application.district", &of.district);
            let kind = v.word::<v1::BridgeBorrowerKind>("application.borrower_kind", of.borrower_kind);
            let amount_fen = v.amount("application.amount_fen", of.amount_fen);
            let old_loan = v.id_or_none("application.old_loan_no", &of.old_loan_no);
            let old_loan_fen = v.amount("application.old_loan_fen", of.old_loan_fen);
            let days = v.number("application.working_days", of.working_days.into(), 0, WORKING_DAYS_MAX);
            Some(BridgeEvent::Applied {
                enterprise: enterprise?,
                district: district?,
                kind: kind?,
                amount_fen: amount_fen?,
                old_loan: old_loan?,
                old_loan_fen: old_loan_fen?,
                working_days: days?,
            })
        })
    }
}

impl Told for v1::GrantNewLoanRequest {
    const ACTION: &'static str = "GrantNewLoan";
    head!();

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_bridge(v, caller, (&self.bank_id, &self.bridge_no), |v| {
            let new_loan = v.id_or_none("new_loan_no", &self.new_loan_no)?;
            Some(BridgeEvent::NewLoanGranted { new_loan })
        })
    }
}

impl Told for v1::ReturnBridgeLoanRequest {
    const ACTION: &'static str = "ReturnBridgeLoan";
    head!();

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_bridge(v, caller, (&self.bank_id, &self.bridge_no), |v| {
            let amount_fen = v.amount("amount_fen", self.amount_fen)?;
            Some(BridgeEvent::Returned { amount_fen })
        })
    }
}

impl Told for v1::ChargeBridgeLoanFeeRequest {
    const ACTION: &'static str = "ChargeBridgeLoanFee";
    head!();

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_bridge(v, caller, (&self.bank_id, &self.bridge_no), |v| {
            let amount_fen = v.number("amount_fen", self.amount_fen, 0, i64::MAX).map(Fen::new)?;
            Some(BridgeEvent::FeeCharged { amount_fen })
        })
    }
}

by_name! {
    of_bridge(bank_id, bridge_no):
    CommitToRenewRequest "CommitToRenew" BridgeEvent::Committed;
    ReleaseBridgeLoanRequest "ReleaseBridgeLoan" BridgeEvent::Released;
    RepayOldLoanRequest "RepayOldLoan" BridgeEvent::OldLoanRepaid;
    NoteBridgeLoanOverdueRequest "NoteBridgeLoanOverdue" BridgeEvent::OverdueNoted;
}

serve! {
    BridgeLoanService {
        apply_for_bridge_loan(ApplyForBridgeLoanRequest) -> ApplyForBridgeLoanResponse;
        commit_to_renew(CommitToRenewRequest) -> CommitToRenewResponse;
        release_bridge_loan(ReleaseBridgeLoanRequest) -> ReleaseBridgeLoanResponse;
        repay_old_loan(RepayOldLoanRequest) -> RepayOldLoanResponse;
        grant_new_loan(GrantNewLoanRequest) -> GrantNewLoanResponse;
        return_bridge_loan(ReturnBridgeLoanRequest) -> ReturnBridgeLoanResponse;
        note_bridge_loan_overdue(NoteBridgeLoanOverdueRequest) -> NoteBridgeLoanOverdueResponse;
        charge_bridge_loan_fee(ChargeBridgeLoanFeeRequest) -> ChargeBridgeLoanFeeResponse;
    }

    async fn get_bridge_loan(
        &self,
        request: Request<v1::GetBridgeLoanRequest>,
    ) -> Result<Response<v1::GetBridgeLoanResponse>, Status> {
        read!(self, request, "GetBridgeLoan", bridge_loan)
    }

    async fn list_bridge_loans(
        &self,
        request: Request<v1::ListBridgeLoansRequest>,
    ) -> Result<Response<v1::ListBridgeLoansResponse>, Status> {
        read!(self, request, "ListBridgeLoans", bridge_loans)
    }
}

impl LedgerDesk {
    async fn bridge_loan(
        &self,
        caller: &Caller,
        request: &v1::GetBridgeLoanRequest,
        line: &mut NewLine,
    ) -> Result<v1::GetBridgeLoanResponse, Status> {
        let mut v = Violations::default();
        let bank = v.bank(caller, &request.bank_id);
        let number: Option<BridgeNo> = v.id("bridge_no", &request.bridge_no);
        v.end()?;
        let (bank, number) = bank.zip(number).ok_or_else(refusal::internal)?;
        line.object_id = Some(format!("{bank}/{number}"));
        match self.seen(caller, &Key::Bridge(bank, number), Thing::Bridge).await? {
            Record::Bridge(of) => {
                line.subject = Some(of.enterprise.as_str().to_owned());
                Ok(v1::GetBridgeLoanResponse { bridge_loan: Some(to_wire(bank, number, &of)) })
            }
            _ => Err(damaged()),
        }
    }

    async fn bridge_loans(
        &self,
        caller: &Caller,
        request: &v1::ListBridgeLoansRequest,
        _: &mut NewLine,
    ) -> Result<v1::ListBridgeLoansResponse, Status> {
        let fields = (request.bank_id.as_str(), request.page_size, request.page_token.as_str());
        let first = r#"{"bridge":["#;
        let (found, next_page_token) = self.page_of::<BankId>(caller, BANKS, "ListBridgeLoans", first, fields).await?;
        let to_wire = |(key, record)| match (key, record) {
            (Key::Bridge(bank, number), Record::Bridge(of)) => Ok(to_wire(bank, number, &of)),
            _ => Err(damaged()),
        };
        let bridge_loans = found.into_iter().map(to_wire).collect::<Result<_, Status>>()?;
        Ok(v1::ListBridgeLoansResponse { bridge_loans, next_page_token })
    }
}

fn to_wire(bank: BankId, number: BridgeNo, of: &BridgeLoan) -> v1::BridgeLoan {
    v1::BridgeLoan {
        bank_id: bank.to_string(),
        bridge_no: number.to_string(),
        state: v1::BridgeLoanState::of(of.state).into(),
        application: Some(v1::BridgeLoanApplication {
            enterprise_id: of.enterprise.as_str().to_owned(),
            district: of.district.to_string(),
            borrower_kind: v1::BridgeBorrowerKind::of(of.kind).into(),
            amount_fen: of.amount_fen.get(),
            old_loan_no: of.old_loan.map(|no| no.to_string()).unwrap_or_default(),
            old_loan_fen: of.old_loan_fen.get(),
            working_days: i32::try_from(of.working_days).unwrap_or(i32::MAX),
        }),
        maker: of.maker.to_string(),
        committed: of.committed,
        released_on: of.released_on.map(day::to_wire),
        due_on: of.due_on.map(day::to_wire),
        rule_version: of.rule.map(|id| id.to_string()).unwrap_or_default(),
        new_loan_no: of.new_loan.map(|no| no.to_string()).unwrap_or_default(),
        returned_on: of.returned_on.map(day::to_wire),
        overdue: of.overdue,
        fee_fen: of.fee_fen.map(Fen::get),
    }
}
