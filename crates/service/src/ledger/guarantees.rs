//! Guarantees and the subsidies of their fees: `GuaranteeService`.

use super::LedgerDesk;
use super::seen::{GUARANTORS, damaged};
use super::told::{Told, by_name, head, read, serve};
use super::words::Word as _;
use crate::desk::check::Violations;
use crate::desk::day;
use crate::identity::Caller;
use crate::refusal;
use ::ledger::event::{Body, GuaranteeEvent, SubsidyEvent};
use ::ledger::record::{Guarantee, Subsidy};
use ::ledger::{GuaranteeNo, GuarantorId, Key, Record, SubsidyNo, Thing};
use api::ledger::v1;
use api::ledger::v1::guarantee_service_server::GuaranteeService;
use store::NewLine;
use tonic::{Request, Response, Status};

fn of_guarantee(
    v: &mut Violations,
    caller: &Caller,
    (guarantor_id, guarantee_no): (&str, &str),
    did: impl FnOnce(&mut Violations) -> Option<GuaranteeEvent>,
) -> Option<Body> {
    let (guarantor, guarantee) = (v.guarantor(caller, guarantor_id), v.id("guarantee_no", guarantee_no));
    let did = did(v);
    Some(Body::Guarantee { guarantor: guarantor?, guarantee: guarantee?, did: did? })
}

fn of_subsidy(
    v: &mut Violations,
    caller: &Caller,
    (guarantor_id, subsidy_no): (&str, &str),
    did: impl FnOnce(&mut Violations) -> Option<SubsidyEvent>,
) -> Option<Body> {
    let (guarantor, subsidy) = (v.guarantor(caller, guarantor_id), v.id("subsidy_no", subsidy_no));
    let did = did(v);
    Some(Body::Subsidy { guarantor: guarantor?, subsidy: subsidy?, did: did? })
}

impl Told for v1::IssueGuaranteeRequest {
    const ACTION: &'static str = "IssueGuarantee";
    head!();

    fn part(&self) -> &'static str {
        "terms"
    }

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_guarantee(v, caller, (&self.guarantor_id, &self.guarantee_no), |v| {
            let terms = v.part("terms", self.terms.as_ref())?;
            let (bank, loan) = (v.id("terms.bank_id", &terms.bank_id), v.id("terms.loan_no", &terms.loan_no));
            let enterprise = v.enterprise("terms.enterprise_id", &terms.enterprise_id);
            let amount_fen = v.amount("terms.amount_fen", terms.amount_fen);
            let fee_rate_ppm = v.rate("terms.fee_rate_ppm", terms.fee_rate_ppm);
            let from = v.day("terms.starts_on", terms.starts_on.as_ref());
            let to = v.day("terms.ends_on", terms.ends_on.as_ref());
            Some(GuaranteeEvent::Issued {
                bank: bank?,
                loan: loan?,
                enterprise: enterprise?,
                amount_fen: amount_fen?,
                fee_rate_ppm: fee_rate_ppm?,
                from: from?,
                to: to?,
                batch: terms.batch,
            })
        })
    }
}

impl Told for v1::ClaimSubsidyRequest {
    const ACTION: &'static str = "ClaimSubsidy";
    head!();

    fn part(&self) -> &'static str {
        "claim"
    }

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_subsidy(v, caller, (&self.guarantor_id, &self.subsidy_no), |v| {
            let claim = v.part("claim", self.claim.as_ref())?;
            let guarantee = v.id("claim.guarantee_no", &claim.guarantee_no);
            let from = v.day("claim.starts_on", claim.starts_on.as_ref());
            let to = v.day("claim.ends_on", claim.ends_on.as_ref());
            let amount_fen = v.amount("claim.amount_fen", claim.amount_fen);
            Some(SubsidyEvent::Claimed { guarantee: guarantee?, from: from?, to: to?, amount_fen: amount_fen? })
        })
    }
}

impl Told for v1::ClawBackSubsidyRequest {
    const ACTION: &'static str = "ClawBackSubsidy";
    head!();

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_subsidy(v, caller, (&self.guarantor_id, &self.subsidy_no), |v| {
            let maker = v.id("maker", &self.maker);
            let amount_fen = v.amount("amount_fen", self.amount_fen);
            let reason = v.word::<v1::ClawbackReason>("reason", self.reason);
            Some(SubsidyEvent::ClawedBack { amount_fen: amount_fen?, maker: maker?, reason: reason? })
        })
    }
}

by_name! {
    of_guarantee(guarantor_id, guarantee_no):
    ReleaseGuaranteeRequest "ReleaseGuarantee" GuaranteeEvent::Released;
}

by_name! {
    of_subsidy(guarantor_id, subsidy_no):
    ApproveSubsidyRequest "ApproveSubsidy" SubsidyEvent::Approved;
    PaySubsidyRequest "PaySubsidy" SubsidyEvent::Paid;
}

serve! {
    GuaranteeService {
        issue_guarantee(IssueGuaranteeRequest) -> IssueGuaranteeResponse;
        release_guarantee(ReleaseGuaranteeRequest) -> ReleaseGuaranteeResponse;
        claim_subsidy(ClaimSubsidyRequest) -> ClaimSubsidyResponse;
        approve_subsidy(ApproveSubsidyRequest) -> ApproveSubsidyResponse;
        pay_subsidy(PaySubsidyRequest) -> PaySubsidyResponse;
        claw_back_subsidy(ClawBackSubsidyRequest) -> ClawBackSubsidyResponse;
    }

    async fn get_guarantee(
        &self,
        request: Request<v1::GetGuaranteeRequest>,
    ) -> Result<Response<v1::GetGuaranteeResponse>, Status> {
        read!(self, request, "GetGuarantee", guarantee)
    }

    async fn list_guarantees(
        &self,
        request: Request<v1::ListGuaranteesRequest>,
    ) -> Result<Response<v1::ListGuaranteesResponse>, Status> {
        read!(self, request, "ListGuarantees", guarantees)
    }

    async fn get_subsidy(
        &self,
        request: Request<v1::GetSubsidyRequest>,
    ) -> Result<Response<v1::GetSubsidyResponse>, Status> {
        read!(self, request, "GetSubsidy", subsidy)
    }

    async fn list_subsidies(
        &self,
        request: Request<v1::ListSubsidiesRequest>,
    ) -> Result<Response<v1::ListSubsidiesResponse>, Status> {
        read!(self, request, "ListSubsidies", subsidies)
    }
}

impl LedgerDesk {
    async fn guarantee(
        &self,
        caller: &Caller,
        request: &v1::GetGuaranteeRequest,
        line: &mut NewLine,
    ) -> Result<v1::GetGuaranteeResponse, Status> {
        let mut v = Violations::default();
        let guarantor = v.guarantor(caller, &request.guarantor_id);
        let number: Option<GuaranteeNo> = v.id("guarantee_no", &request.guarantee_no);
        v.end()?;
        let (guarantor, number) = guarantor.zip(number).ok_or_else(refusal::internal)?;
        line.object_id = Some(format!("{guarantor}/{number}"));
        match self.seen(caller, &Key::Guarantee(guarantor, number), Thing::Guarantee).await? {
            Record::Guarantee(record) => {
                Ok(v1::GetGuaranteeResponse { guarantee: Some(guarantee_to_wire(guarantor, number, &record)) })
            }
            _ => Err(damaged()),
        }
    }

    async fn guarantees(
        &self,
        caller: &Caller,
        request: &v1::ListGuaranteesRequest,
        _: &mut NewLine,
    ) -> Result<v1::ListGuaranteesResponse, Status> {
        let asked = (request.guarantor_id.as_str(), request.page_size, request.page_token.as_str());
        let (found, next_page_token) =
            self.page_of::<GuarantorId>(caller, GUARANTORS, "ListGuarantees", r#"{"guarantee":["#, asked).await?;
        let to_wire = |(key, record)| match (key, record) {
            (Key::Guarantee(guarantor, number), Record::Guarantee(record)) => {
                Ok(guarantee_to_wire(guarantor, number, &record))
            }
            _ => Err(damaged()),
        };
        let guarantees = found.into_iter().map(to_wire).collect::<Result<_, Status>>()?;
        Ok(v1::ListGuaranteesResponse { guarantees, next_page_token })
    }

    async fn subsidy(
        &self,
        caller: &Caller,
        request: &v1::GetSubsidyRequest,
        line: &mut NewLine,
    ) -> Result<v1::GetSubsidyResponse, Status> {
        let mut v = Violations::default();
        let guarantor = v.guarantor(caller, &request.guarantor_id);
        let number: Option<SubsidyNo> = v.id("subsidy_no", &request.subsidy_no);
        v.end()?;
        let (guarantor, number) = guarantor.zip(number).ok_or_else(refusal::internal)?;
        line.object_id = Some(format!("{guarantor}/{number}"));
        match self.seen(caller, &Key::Subsidy(guarantor, number), Thing::Subsidy).await? {
            Record::Subsidy(record) => {
                Ok(v1::GetSubsidyResponse { subsidy: Some(subsidy_to_wire(guarantor, number, &record)) })
            }
            _ => Err(damaged()),
        }
    }

    async fn subsidies(
        &self,
        caller: &Caller,
        request: &v1::ListSubsidiesRequest,
        _: &mut NewLine,
    ) -> Result<v1::ListSubsidiesResponse, Status> {
        let asked = (request.guarantor_id.as_str(), request.page_size, request.page_token.as_str());
        let (found, next_page_token) =
            self.page_of::<GuarantorId>(caller, GUARANTORS, "ListSubsidies", r#"{"subsidy":["#, asked).await?;
        let to_wire = |(key, record)| match (key, record) {
            (Key::Subsidy(guarantor, number), Record::Subsidy(record)) => {
                Ok(subsidy_to_wire(guarantor, number, &record))
            }
            _ => Err(damaged()),
        };
        let subsidies = found.into_iter().map(to_wire).collect::<Result<_, Status>>()?;
        Ok(v1::ListSubsidiesResponse { subsidies, next_page_token })
    }
}

fn guarantee_to_wire(guarantor: GuarantorId, number: GuaranteeNo, of: &Guarantee) -> v1::Guarantee {
    v1::Guarantee {
        guarantor_id: guarantor.to_string(),
        guarantee_no: number.to_string(),
        state: v1::GuaranteeState::of(of.state).into(),
        terms: Some(v1::GuaranteeTerms {
            bank_id: of.loan.bank.to_string(),
            loan_no: of.loan.loan.to_string(),
            enterprise_id: String::new(),
            amount_fen: of.amount_fen.get(),
            fee_rate_ppm: of.fee_rate_ppm.get(),
            starts_on: Some(day::to_wire(of.from)),
            ends_on: Some(day::to_wire(of.to)),
            batch: of.batch,
        }),
        district: of.district.to_string(),
        issued_on: Some(day::to_wire(of.issued_on)),
        released_on: of.released_on.map(day::to_wire),
    }
}

fn subsidy_to_wire(guarantor: GuarantorId, number: SubsidyNo, of: &Subsidy) -> v1::Subsidy {
    v1::Subsidy {
        guarantor_id: guarantor.to_string(),
        subsidy_no: number.to_string(),
        state: v1::SubsidyState::of(of.state).into(),
        claim: Some(v1::SubsidyClaim {
            guarantee_no: of.guarantee.to_string(),
            starts_on: Some(day::to_wire(of.from)),
            ends_on: Some(day::to_wire(of.to)),
            amount_fen: of.amount_fen.get(),
        }),
        bank_id: of.loan.bank.to_string(),
        loan_no: of.loan.loan.to_string(),
        district: of.district.to_string(),
        maker: of.maker.to_string(),
        checker: of.checker.map(|p| p.to_string()).unwrap_or_default(),
        rule_version: of.rule.to_string(),
        clawed_back_fen: of.clawed_back_fen.get(),
    }
}
