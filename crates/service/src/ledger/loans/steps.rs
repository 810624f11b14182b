//! What happens to a loan, from the wire to the ledger. Ranges that hold whatever the ledger has are checked here, so
//! that all that is wrong is said at once.

use crate::desk::check::Violations;
use ::ledger::event::{Instalment, LoanEvent, Profile, Renews};
use api::ledger::v1;
use primitives::Fen;

/// A part of a request that says what happened to a loan.
pub(super) trait Step {
    /// `None` where something is wrong, which is added.
    fn event(&self, v: &mut Violations) -> Option<LoanEvent>;
}

impl Step for v1::LoanApplication {
    fn event(&self, v: &mut Violations) -> Option<LoanEvent> {
        let enterprise = v.enterprise("application.enterprise_id", &self.enterprise_id);
        let borrower = v.word::<v1::BorrowerKind>("application.borrower_kind", self.borrower_kind);
        let district = v.region("application.district", &self.district);
        let industry = v.industry("application.industry", &self.industry);
        let size = v.word_or_none::<v1::EnterpriseSize>("application.size", self.size);
        let label = v.word::<v1::ListTier>("application.list_tier", self.list_tier);
        let zone = v.zone_or_none("application.zone", &self.zone);
        let bank_kind = v.word::<v1::BankKind>("application.bank_kind", self.bank_kind);
        let product = v.word::<v1::LoanProduct>("application.product", self.product);
        let scheme = v.word::<v1::LoanScheme>("application.scheme", self.scheme);
        let requested_fen = v.amount("application.requested_fen", self.requested_fen);
        let profile = Profile {
            enterprise: enterprise?,
            borrower: borrower?,
            district: district?,
            industry: industry?,
            size: size?,
            label: label?,
            zone: zone?,
        };
        let (bank_kind, product, scheme) = (bank_kind?, product?, scheme?);
        Some(LoanEvent::Applied { profile, bank_kind, product, scheme, requested_fen: requested_fen? })
    }
}

impl Step for v1::LoanDecline {
    fn event(&self, v: &mut Violations) -> Option<LoanEvent> {
        let reason = v.word::<v1::DeclineReason>("decline.reason", self.reason)?;
        Some(LoanEvent::Declined { reason })
    }
}

impl Step for v1::LoanGrant {
    fn event(&self, v: &mut Violations) -> Option<LoanEvent> {
        let amount_fen = v.amount("grant.amount_fen", self.amount_fen);
        let annual_rate_ppm = v.rate("grant.annual_rate_ppm", self.annual_rate_ppm);
        let term_months = v.number("grant.term_months", self.term_months.into(), 1, 600);
        let rating = v.id_or_none("grant.rating_id", &self.rating_id);
        let renews = match &self.renews {
            None => Some(None),
            Some(part) => {
                let loan = v.id("grant.renews.loan_no", &part.loan_no);
                let part_fen = v.amount("grant.renews.part_fen", part.part_fen);
                loan.zip(part_fen).map(|(loan, part_fen)| Some(Renews { loan, part_fen }))
            }
        };
        let district = match self.district.as_str() {
            "" => Some(None),
            code => v.region("grant.district", code).map(Some),
        };
        let (amount_fen, annual_rate_ppm, term_months) = (amount_fen?, annual_rate_ppm?, term_months?);
        let (rating, renews, district) = (rating?, renews?, district?);
        Some(LoanEvent::Granted { amount_fen, annual_rate_ppm, term_months, rating, renews, district })
    }
}

impl Step for v1::LoanDisbursement {
    fn event(&self, v: &mut Violations) -> Option<LoanEvent> {
        let amount_fen = v.amount("disbursement.amount_fen", self.amount_fen)?;
        Some(LoanEvent::Disbursed { amount_fen })
    }
}

impl Step for v1::RepaymentSchedule {
    fn event(&self, v: &mut Violations) -> Option<LoanEvent> {
        let mut instalments = Vec::with_capacity(self.instalments.len());
        for (at, part) in self.instalments.iter().enumerate() {
            let due_on = v.day(&format!("schedule.instalments[{at}].due_on"), part.due_on.as_ref());
            let principal_fen = v.amount(&format!("schedule.instalments[{at}].principal_fen"), part.principal_fen);
            let both = due_on.zip(principal_fen);
            instalments.extend(both.map(|(due_on, principal_fen)| Instalment { due_on, principal_fen }));
        }
        (instalments.len() == self.instalments.len()).then_some(LoanEvent::Scheduled { instalments })
    }
}

impl Step for v1::LoanRepayment {
    fn event(&self, v: &mut Violations) -> Option<LoanEvent> {
        let principal_fen = principal(v, "repayment", self.principal_fen)?;
        Some(LoanEvent::Repaid { principal_fen })
    }
}

impl Step for v1::LoanRenewal {
    fn event(&self, v: &mut Violations) -> Option<LoanEvent> {
        let new_loan = v.id("renewal.new_loan_no", &self.new_loan_no);
        let part_fen = v.amount("renewal.part_fen", self.part_fen);
        Some(LoanEvent::Renewed { new_loan: new_loan?, part_fen: part_fen? })
    }
}

impl Step for v1::LoanWriteOff {
    fn event(&self, v: &mut Violations) -> Option<LoanEvent> {
        let principal_fen = principal(v, "write_off", self.principal_fen)?;
        Some(LoanEvent::WrittenOff { principal_fen })
    }
}

impl Step for v1::LoanRecovery {
    fn event(&self, v: &mut Violations) -> Option<LoanEvent> {
        let principal_fen = principal(v, "recovery", self.principal_fen)?;
        Some(LoanEvent::Recovered { principal_fen })
    }
}

impl Step for v1::LoanMonthStatus {
    fn event(&self, v: &mut Violations) -> Option<LoanEvent> {
        let month = v.month("status.month", &self.month);
        let days_past_due = v.number("status.days_past_due", self.days_past_due.into(), 0, i32::MAX.into());
        let category = v.word::<v1::LoanCategory>("status.category", self.category);
        Some(LoanEvent::Status { month: month?, days_past_due: days_past_due?, category: category? })
    }
}

fn principal(v: &mut Violations, part: &str, fen: i64) -> Option<Fen> {
    v.amount(&format!("{part}.principal_fen"), fen)
}
