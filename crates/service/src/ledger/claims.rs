//! Claims of compensation, and the quota that they are paid within: `CompensationService`.

use super::LedgerDesk;
use super::refused;
use super::seen::{BANKS, damaged};
use super::told::{Told, by_name, head, read, serve};
use super::words::Word as _;
use crate::desk::check::Violations;
use crate::desk::day;
use crate::identity::Caller;
use crate::refusal;
use ::ledger::event::{Body, ClaimEvent};
use ::ledger::record::{Claim, Days, Owner, Quota, SUMS};
use ::ledger::{BankId, ClaimNo, Key, Month, Record, Refusal, Rules, Thing};
use api::ledger::v1;
use api::ledger::v1::compensation_service_server::CompensationService;
use chrono::{Datelike as _, NaiveDate};
use policy::risk_compensation::{self as rule_book, available};
use primitives::Fen;
use store::NewLine;
use tonic::{Request, Response, Status};

fn of_claim(
    v: &mut Violations,
    caller: &Caller,
    (bank_id, claim_no): (&str, &str),
    did: impl FnOnce(&mut Violations) -> Option<ClaimEvent>,
) -> Option<Body> {
    let (bank, claim) = (v.bank(caller, bank_id), v.id("claim_no", claim_no));
    let did = did(v);
    Some(Body::Claim { bank: bank?, claim: claim?, did: did? })
}

impl Told for v1::ClaimCompensationRequest {
    const ACTION: &'static str = "ClaimCompensation";
    head!();

    fn part(&self) -> &'static str {
        "claimed"
    }

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_claim(v, caller, (&self.bank_id, &self.claim_no), |v| {
            let of = v.part("claimed", self.claimed.as_ref())?;
            let loan = v.id("claimed.loan_no", &of.loan_no);
            let loss_fen = v.amount("claimed.loss_fen", of.loss_fen);
            let recovery_from = v.day("claimed.recovery_started_on", of.recovery_started_on.as_ref());
            let fee_rate_ppm = match of.fee_rate_ppm {
                None => Some(None),
                Some(ppm) => v.rate("claimed.fee_rate_ppm", ppm).map(Some),
            };
            Some(ClaimEvent::Claimed {
                loan: loan?,
                loss_fen: loss_fen?,
                recovery_from: recovery_from?,
                fee_rate_ppm: fee_rate_ppm?,
            })
        })
    }
}

impl Told for v1::FirstReviewClaimRequest {
    const ACTION: &'static str = "FirstReviewClaim";
    head!();

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_claim(v, caller, (&self.bank_id, &self.claim_no), |v| {
            let result = v.word::<v1::ReviewResult>("result", self.result)?;
            Some(ClaimEvent::FirstReviewed { result })
        })
    }
}

impl Told for v1::SecondReviewClaimRequest {
    const ACTION: &'static str = "SecondReviewClaim";
    head!();

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_claim(v, caller, (&self.bank_id, &self.claim_no), |v| {
            let result = v.word::<v1::ReviewResult>("result", self.result)?;
            Some(ClaimEvent::SecondReviewed { result })
        })
    }
}

impl Told for v1::RecoverClaimRequest {
    const ACTION: &'static str = "RecoverClaim";
    head!();

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_claim(v, caller, (&self.bank_id, &self.claim_no), |v| {
            let amount_fen = v.amount("amount_fen", self.amount_fen)?;
            Some(ClaimEvent::Recovered { amount_fen })
        })
    }
}

impl Told for v1::ClawBackClaimRequest {
    const ACTION: &'static str = "ClawBackClaim";
    head!();

    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
        of_claim(v, caller, (&self.bank_id, &self.claim_no), |v| {
            let (maker, amount_fen) = (v.id("maker", &self.maker), v.amount("amount_fen", self.amount_fen));
            Some(ClaimEvent::ClawedBack { amount_fen: amount_fen?, maker: maker? })
        })
    }
}

by_name! {
    of_claim(bank_id, claim_no):
    PayClaimRequest "PayClaim" ClaimEvent::PaidOut;
}

serve! {
    CompensationService {
        claim_compensation(ClaimCompensationRequest) -> ClaimCompensationResponse;
        first_review_claim(FirstReviewClaimRequest) -> FirstReviewClaimResponse;
        second_review_claim(SecondReviewClaimRequest) -> SecondReviewClaimResponse;
        pay_claim(PayClaimRequest) -> PayClaimResponse;
        recover_claim(RecoverClaimRequest) -> RecoverClaimResponse;
        claw_back_claim(ClawBackClaimRequest) -> ClawBackClaimResponse;
    }

    async fn get_claim(
        &self,
        request: Request<v1::GetClaimRequest>,
    ) -> Result<Response<v1::GetClaimResponse>, Status> {
        read!(self, request, "GetClaim", claim)
    }

    async fn list_claims(
        &self,
        request: Request<v1::ListClaimsRequest>,
    ) -> Result<Response<v1::ListClaimsResponse>, Status> {
        read!(self, request, "ListClaims", claims)
    }

    async fn get_quota(
        &self,
        request: Request<v1::GetQuotaRequest>,
    ) -> Result<Response<v1::GetQuotaResponse>, Status> {
        read!(self, request, "GetQuota", quota)
    }
}

impl LedgerDesk {
    async fn claim(
        &self,
        caller: &Caller,
        request: &v1::GetClaimRequest,
        line: &mut NewLine,
    ) -> Result<v1::GetClaimResponse, Status> {
        let mut v = Violations::default();
        let bank = v.bank(caller, &request.bank_id);
        let number: Option<ClaimNo> = v.id("claim_no", &request.claim_no);
        v.end()?;
        let (bank, number) = bank.zip(number).ok_or_else(refusal::internal)?;
        line.object_id = Some(format!("{bank}/{number}"));
        match self.seen(caller, &Key::Claim(bank, number), Thing::Claim).await? {
            Record::Claim(of) => {
                line.subject = Some(of.enterprise.as_str().to_owned());
                Ok(v1::GetClaimResponse { claim: Some(to_wire(bank, number, &of)) })
            }
            _ => Err(damaged()),
        }
    }

    async fn claims(
        &self,
        caller: &Caller,
        request: &v1::ListClaimsRequest,
        _: &mut NewLine,
    ) -> Result<v1::ListClaimsResponse, Status> {
        let fields = (request.bank_id.as_str(), request.page_size, request.page_token.as_str());
        let (found, next_page_token) =
            self.page_of::<BankId>(caller, BANKS, "ListClaims", r#"{"claim":["#, fields).await?;
        let to_wire = |(key, record)| match (key, record) {
            (Key::Claim(bank, number), Record::Claim(of)) => Ok(to_wire(bank, number, &of)),
            _ => Err(damaged()),
        };
        let claims = found.into_iter().map(to_wire).collect::<Result<_, Status>>()?;
        Ok(v1::ListClaimsResponse { claims, next_page_token })
    }

    async fn quota(
        &self,
        caller: &Caller,
        request: &v1::GetQuotaRequest,
        line: &mut NewLine,
    ) -> Result<v1::GetQuotaResponse, Status> {
        let mut v = Violations::default();
        let bank = v.bank(caller, &request.bank_id);
        v.end()?;
        let bank = bank.ok_or_else(refusal::internal)?;
        line.object_id = Some(bank.to_string());
        let quota = match self.record(&Key::Quota(bank)).await? {
            None => Quota::default(),
            Some(Record::Quota(quota)) => quota,
            Some(_) => return Err(damaged()),
        };
        let today = day::of(self.desk().now());
        let no_rule = |refusal: Refusal| refused::status(&refusal, "");
        let rules = Rules::shipped().map_err(no_rule)?;
        let rule = rules.risk_compensation.rule_on(today).map_err(|e| no_rule(e.into()))?;
        let sums = quota.line.sums;
        let mut of_rule = sums;
        if !rule.terms().carry_forward.value {
            let since = self.this_year(bank, today).await?;
            for place in [Quota::ACCRUED, Quota::PAID, Quota::RECOVERED] {
                of_rule[place] = since[place].max(0);
            }
        }
        let [accrued, paid, recovered, balance] = of_rule.map(Fen::new);
        let of_rule = rule_book::Quota { accrued, paid, recovered, balance };
        let left = available(rule, rule.terms().cap_reading.value, of_rule).map_err(|e| no_rule(e.into()))?;
        Ok(v1::GetQuotaResponse {
            bank_id: bank.to_string(),
            accrued_fen: sums[Quota::ACCRUED],
            paid_fen: sums[Quota::PAID],
            recovered_fen: sums[Quota::RECOVERED],
            balance_fen: sums[Quota::BALANCE],
            available_fen: left.get(),
            rule_version: rule.id().to_string(),
            document: rule.document(),
        })
    }

    /// What the days of this year added to the quota of a bank, for a rule that does not carry forward.
    async fn this_year(&self, bank: BankId, today: NaiveDate) -> Result<[i64; SUMS], Status> {
        let mut sums = [0_i64; SUMS];
        let first_days = (1..=today.month()).filter_map(|month| NaiveDate::from_ymd_opt(today.year(), month, 1));
        for month in first_days.map(Month::of) {
            let days = match self.record(&Key::Days(Owner::Quota(bank), month)).await? {
                None => Days::default(),
                Some(Record::Days(days)) => days,
                Some(_) => return Err(damaged()),
            };
            for (_, added) in days.0 {
                for (sum, added) in sums.iter_mut().zip(added) {
                    *sum = sum.saturating_add(added);
                }
            }
        }
        Ok(sums)
    }
}

fn to_wire(bank: BankId, number: ClaimNo, of: &Claim) -> v1::Claim {
    let part = |(party, fen): &(rule_book::Party, Fen)| v1::LossPart {
        party: v1::LossParty::of(*party).into(),
        amount_fen: fen.get(),
    };
    v1::Claim {
        bank_id: bank.to_string(),
        claim_no: number.to_string(),
        state: v1::ClaimState::of(of.state).into(),
        claimed: Some(v1::ClaimedLoss {
            loan_no: of.loan.to_string(),
            loss_fen: of.loss_fen.get(),
            recovery_started_on: Some(day::to_wire(of.recovery_from)),
            fee_rate_ppm: of.fee_rate_ppm.map(|ppm| ppm.get()),
        }),
        enterprise_id: of.enterprise.as_str().to_owned(),
        claimed_on: Some(day::to_wire(of.claimed_on)),
        rule_version: of.rule.to_string(),
        maker: of.maker.to_string(),
        first_reviewer: of.first_by.map(|p| p.to_string()).unwrap_or_default(),
        second_reviewer: of.second_by.map(|p| p.to_string()).unwrap_or_default(),
        due_on: of.due_on.map(day::to_wire),
        parts: of.parts.iter().map(part).collect(),
        government_fen: of.government_fen.get(),
        recovered_fen: of.recovered_fen.get(),
        clawed_back_fen: of.clawed_back_fen.get(),
    }
}
