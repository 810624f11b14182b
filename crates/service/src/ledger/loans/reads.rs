//! What is asked about loans.

use crate::desk::check::Violations;
use crate::desk::{day, refuse};
use crate::identity::Caller;
use crate::ledger::seen::{BANKS, damaged, prefix};
use crate::ledger::words::Word as _;
use crate::ledger::{LedgerDesk, refused};
use crate::refusal;
use ::ledger::record::{Balance, Borrower, Grant, Loan, Rating, Schedule};
use ::ledger::{BankId, Key, LoanRef, RatingId, Record, Refusal, Rules, Thing};
use api::ledger::v1;
use chrono::NaiveDate;
use primitives::Fen;
use store::NewLine;
use tonic::Status;

/// Months of a bank's view that an answer has: a loan of fifty years.
const STATUSES_MAX: usize = 600;

impl LedgerDesk {
    pub(super) async fn loan(
        &self,
        caller: &Caller,
        request: &v1::GetLoanRequest,
        line: &mut NewLine,
    ) -> Result<v1::GetLoanResponse, Status> {
        let mut v = Violations::default();
        let found = named(&mut v, caller, (&request.bank_id, &request.loan_no));
        let as_of = match &request.as_of {
            None => Some(day::of(self.desk().now())),
            Some(on) => v.day("as_of", Some(on)),
        };
        v.end()?;
        let (at, as_of) = found.zip(as_of).ok_or_else(refusal::internal)?;
        let (terms, balance) = self.whole(caller, at, line).await?;
        let schedule = match self.record(&Key::Schedule(at)).await? {
            None => None,
            Some(Record::Schedule(schedule)) => Some(schedule).filter(|s| !s.on(as_of).is_empty()),
            Some(_) => return Err(damaged()),
        };
        Ok(v1::GetLoanResponse {
            loan: Some(to_wire(&at, &terms, &balance)),
            schedule: schedule.as_ref().map(|s| schedule_to_wire(s, as_of)),
            as_of: Some(day::to_wire(as_of)),
            days_past_due: schedule.map(|s| i32::try_from(s.days_past_due(&balance, as_of)).unwrap_or(i32::MAX)),
            statuses: self.statuses(at).await?,
        })
    }

    pub(super) async fn loans(
        &self,
        caller: &Caller,
        request: &v1::ListLoansRequest,
        _: &mut NewLine,
    ) -> Result<v1::ListLoansResponse, Status> {
        let fields = (request.bank_id.as_str(), request.page_size, request.page_token.as_str());
        let first = r#"{"loan":{"bank":"#;
        let (found, next_page_token) = self.page_of::<BankId>(caller, BANKS, "ListLoans", first, fields).await?;
        let mut loans = Vec::with_capacity(found.len());
        for (key, record) in found {
            let (Key::Loan(at), Record::Loan(terms)) = (key, record) else { return Err(damaged()) };
            loans.push(to_wire(&at, &terms, &self.balance(at).await?));
        }
        Ok(v1::ListLoansResponse { loans, next_page_token })
    }

    pub(super) async fn available_cap(
        &self,
        caller: &Caller,
        request: &v1::GetAvailableCapRequest,
        line: &mut NewLine,
    ) -> Result<v1::GetAvailableCapResponse, Status> {
        let mut v = Violations::default();
        let found = named(&mut v, caller, (&request.bank_id, &request.loan_no));
        let rating: Option<Option<RatingId>> = v.id_or_none("rating_id", &request.rating_id);
        v.end()?;
        let (at, rating) = found.zip(rating).ok_or_else(refusal::internal)?;
        let (terms, _) = self.whole(caller, at, line).await?;
        let recommended = match rating {
            None => None,
            Some(id) => {
                self.rests_on(caller, id.as_str()).await?;
                let found = match self.record(&Key::Rating(id)).await? {
                    None => None,
                    Some(Record::Rating(rating)) => Some(*rating),
                    Some(_) => return Err(damaged()),
                };
                let of_borrower = |r: &Rating| r.enterprise == terms.profile.enterprise;
                let found = found.filter(of_borrower).ok_or_else(|| refuse::not_found("rating"))?;
                found.recommended_fen
            }
        };
        let borrower = match self.record(&Key::Borrower(terms.profile.enterprise)).await? {
            None => Borrower::default(),
            Some(Record::Borrower(borrower)) => borrower,
            Some(_) => return Err(damaged()),
        };
        let today = day::of(self.desk().now());
        let no_rule = |refusal: Refusal| refused::status(&refusal, "");
        let rules = Rules::shipped().map_err(no_rule)?;
        let rule = rules.commercial_value_loan.rule_on(today).map_err(|e| no_rule(e.into()))?;
        let cap = rule.terms().cap(terms.profile.label).value;
        let in_use = Fen::new(borrower.line.sums[Borrower::IN_USE]);
        let limit = recommended.map_or(cap, |fen| fen.min(cap));
        Ok(v1::GetAvailableCapResponse {
            cap_fen: cap.get(),
            recommended_fen: recommended.map(Fen::get),
            in_use_fen: in_use.get(),
            available_fen: limit.checked_sub(in_use).map_or(0, |left| left.get().max(0)),
            rule_version: rule.id().to_string(),
            document: rule.document(),
        })
    }

    /// Terms and money of a loan that the caller may see.
    async fn whole(&self, caller: &Caller, at: LoanRef, line: &mut NewLine) -> Result<(Loan, Balance), Status> {
        line.object_id = Some(format!("{}/{}", at.bank, at.loan));
        let Record::Loan(terms) = self.seen(caller, &Key::Loan(at), Thing::Loan).await? else { return Err(damaged()) };
        line.subject = Some(terms.profile.enterprise.as_str().to_owned());
        Ok((*terms, self.balance(at).await?))
    }

    async fn balance(&self, at: LoanRef) -> Result<Balance, Status> {
        match self.record(&Key::Balance(at)).await? {
            Some(Record::Balance(balance)) => Ok(*balance),
            _ => Err(damaged()),
        }
    }

    async fn statuses(&self, at: LoanRef) -> Result<Vec<v1::LoanMonthStatus>, Status> {
        let of_loan = prefix(r#"{"status":[{"bank":"#, Some(at.bank.as_str()));
        let of_loan = format!("{of_loan}\"loan\":\"{}\"}},", at.loan);
        let found = self.books().records(&of_loan, None, STATUSES_MAX).await.map_err(|e| refuse::store(&e))?;
        let to_wire = |(key, record)| match (key, record) {
            (Key::Status(_, month), Record::Status(status)) => Ok(v1::LoanMonthStatus {
                month: month.to_string(),
                days_past_due: i32::try_from(status.days_past_due).unwrap_or(i32::MAX),
                category: v1::LoanCategory::of(status.category).into(),
            }),
            _ => Err(damaged()),
        };
        found.into_iter().map(to_wire).collect()
    }
}

fn named(v: &mut Violations, caller: &Caller, (bank_id, loan_no): (&str, &str)) -> Option<LoanRef> {
    let (bank, loan) = (v.bank(caller, bank_id), v.id("loan_no", loan_no));
    Some(LoanRef { bank: bank?, loan: loan? })
}

fn to_wire(at: &LoanRef, terms: &Loan, balance: &Balance) -> v1::Loan {
    let grant = terms.grant.as_ref();
    v1::Loan {
        bank_id: at.bank.to_string(),
        loan_no: at.loan.to_string(),
        state: v1::LoanState::of(balance.state).into(),
        application: Some(application(terms)),
        applied_on: Some(day::to_wire(terms.applied_on)),
        completed_on: terms.completed_on.map(day::to_wire),
        decline_reason: terms.declined.map_or(0, |reason| v1::DeclineReason::of(reason).into()),
        grant: grant.map(granted),
        granted_on: grant.map(|g| day::to_wire(g.on)),
        grade: grant.and_then(|g| g.grade).map(|g| g.to_string()).unwrap_or_default(),
        recommended_fen: grant.and_then(|g| g.recommended_fen).map(Fen::get),
        first_seen: grant.is_some_and(|g| g.first_seen),
        rule_version: grant.and_then(|g| g.rule).map(|id| id.to_string()).unwrap_or_default(),
        disbursed_fen: balance.disbursed_fen.get(),
        repaid_fen: balance.repaid_fen.get(),
        renewed_fen: balance.renewed_fen.get(),
        written_off_fen: balance.written_off_fen.get(),
        recovered_fen: balance.recovered_fen.get(),
        // The ledger keeps each of them within what was paid out.
        outstanding_fen: balance.disbursed_fen.get() - balance.repaid_fen.get() - balance.written_off_fen.get(),
        claimed_fen: balance.claimed_fen.get(),
        compensated_fen: balance.compensated_fen.get(),
    }
}

fn application(terms: &Loan) -> v1::LoanApplication {
    let profile = &terms.profile;
    v1::LoanApplication {
        enterprise_id: profile.enterprise.as_str().to_owned(),
        borrower_kind: v1::BorrowerKind::of(profile.borrower).into(),
        district: profile.district.to_string(),
        industry: profile.industry.to_string(),
        size: profile.size.map_or(0, |size| v1::EnterpriseSize::of(size).into()),
        list_tier: v1::ListTier::of(profile.label).into(),
        bank_kind: v1::BankKind::of(terms.bank_kind).into(),
        product: v1::LoanProduct::of(terms.product).into(),
        scheme: v1::LoanScheme::of(terms.scheme).into(),
        requested_fen: terms.requested_fen.get(),
        zone: profile.zone.map(|zone| zone.to_string()).unwrap_or_default(),
    }
}

fn granted(grant: &Grant) -> v1::LoanGrant {
    v1::LoanGrant {
        amount_fen: grant.amount_fen.get(),
        annual_rate_ppm: grant.annual_rate_ppm.get(),
        term_months: i32::try_from(grant.term_months).unwrap_or(i32::MAX),
        rating_id: grant.rating.map(|id| id.to_string()).unwrap_or_default(),
        renews: grant.renews.map(|r| v1::RenewedPart { loan_no: r.loan.to_string(), part_fen: r.part_fen.get() }),
        district: grant.district.to_string(),
    }
}

fn schedule_to_wire(schedule: &Schedule, as_of: NaiveDate) -> v1::RepaymentSchedule {
    let instalments = schedule.on(as_of).iter().map(|part| v1::Instalment {
        due_on: Some(day::to_wire(part.due_on)),
        principal_fen: part.principal_fen.get(),
    });
    v1::RepaymentSchedule { instalments: instalments.collect() }
}
