//! Payments of the state, step by step: who proposed what and why, who checked it, and whose turn it is.
//!
//! A case is the list of what happened to it; a step that was taken back stands in the list and counts no more. So a case
//! is shown as it was known at any line of the ledger.

use crate::register::{Known, Register};
use chrono::NaiveDate;
use ledger::event::{BenefitEvent, Body, ClaimEvent, GuaranteeEvent, Office, Review, SubsidyEvent, UnixMicros};
use ledger::posting::Account;
use ledger::{BankId, LoanNo, PersonId};
use policy::{Code, Lang, codes};
use primitives::{CreditCode, RegionCode};
use std::collections::HashMap;
use store::EntryLine;

codes! {
    /// What is paid.
    CaseKind, "kind of payment";
    Subsidy = "subsidy", "担保费补贴", "fee subsidy";
    Claim = "claim", "风险补偿", "compensation";
    Benefit = "benefit", "其他政策支持", "other benefit";
    Draft = "draft", "待复核的填报", "prepared entry";
}

codes! {
    /// A step of a case.
    Did, "step";
    Claimed = "claimed", "申请", "claimed";
    Proposed = "proposed", "提出", "proposed";
    Approved = "approved", "复核通过", "approved";
    FirstPassed = "first_passed", "初审通过", "first review passed";
    FirstRefused = "first_refused", "初审退回", "refused at the first review";
    SecondPassed = "second_passed", "复审通过", "second review passed";
    SecondRefused = "second_refused", "复审退回", "refused at the second review";
    Paid = "paid", "拨付", "paid";
    Recovered = "recovered", "追偿收回", "recovered";
    ClawedBack = "clawed_back", "追回", "clawed back";
    Returned = "returned", "退回", "returned";
    TakenBack = "taken_back", "冲销", "taken back";
}

codes! {
    /// What a case waits for.
    Awaits, "step that is awaited";
    Approval = "approval", "待复核", "to be approved";
    FirstReview = "first_review", "待初审", "first review";
    SecondReview = "second_review", "待复审", "second review";
    Payment = "payment", "待拨付", "to be paid";
    Entry = "entry", "待复核入账", "to be checked and entered";
}

/// Which case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CaseRef {
    pub(crate) kind: CaseKind,
    /// The bank or the guarantor; empty where a number needs none.
    pub(crate) owner: String,
    pub(crate) number: String,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) seq: u64,
    pub(crate) day: NaiveDate,
    pub(crate) recorded_at: UnixMicros,
    pub(crate) person: PersonId,
    pub(crate) office: Office,
    pub(crate) did: Did,
    pub(crate) fen: i64,
    /// The document, the reason, the person who prepared it: what was said.
    pub(crate) why: String,
    /// The line that took it back, and its day.
    void: Option<(u64, NaiveDate)>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) of: CaseRef,
    pub(crate) district: Option<RegionCode>,
    pub(crate) enterprise: Option<CreditCode>,
    pub(crate) loan: Option<(BankId, LoanNo)>,
    /// The tool of a benefit, in both languages.
    tool: Option<policy::benefit::Kind>,
    steps: Vec<Step>,
}

/// All of them, and guarantees as far as their subsidies need them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cases {
    all: Vec<Case>,
    by_ref: HashMap<CaseRef, u32>,
    /// Cases that were of an enterprise when they began.
    by_enterprise: HashMap<CreditCode, Vec<u32>>,
    guarantees: HashMap<(String, String), (BankId, LoanNo)>,
    /// The case of a line, for what takes it back.
    lines: HashMap<u64, u32>,
}

impl Case {
    /// Its steps, as known.
    pub(crate) fn steps(&self, known: Known) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(move |s| known.holds(s.seq, s.day))
    }

    /// The steps that count, as known.
    fn standing(&self, known: Known) -> impl DoubleEndedIterator<Item = &Step> {
        let counts = move |s: &&Step| {
            known.holds(s.seq, s.day) && s.did != Did::TakenBack && s.void.is_none_or(|(by, day)| !known.holds(by, day))
        };
        self.steps.iter().filter(counts)
    }

    /// Who made it, when and why: the first step.
    pub(crate) fn made(&self, known: Known) -> Option<&Step> {
        self.standing(known).next()
    }

    /// The last step that changed where it stands; what comes back later does not.
    pub(crate) fn last(&self, known: Known) -> Option<&Step> {
        let moves = |s: &&Step| !matches!(s.did, Did::Recovered | Did::ClawedBack);
        self.standing(known).rev().find(moves)
    }

    /// What it waits for.
    pub(crate) fn awaits(&self, known: Known) -> Option<Awaits> {
        match self.last(known)?.did {
            Did::Claimed if self.of.kind == CaseKind::Claim => Some(Awaits::FirstReview),
            Did::Claimed | Did::Proposed => Some(Awaits::Approval),
            Did::FirstPassed => Some(Awaits::SecondReview),
            Did::SecondPassed | Did::Approved => Some(Awaits::Payment),
            _ => None,
        }
    }

    /// What it is of, for people.
    pub(crate) fn what(&self, lang: Lang) -> String {
        let name = |zh, en| if lang == Lang::Zh { zh } else { en };
        let tool = self.tool.map(|t| name(t.name_zh(), t.name_en()));
        tool.unwrap_or(name(self.of.kind.name_zh(), self.of.kind.name_en())).to_owned()
    }
}

impl Cases {
    /// Takes the next line of the ledger; `register` has taken it before.
    pub(crate) fn push(&mut self, line: &EntryLine, register: &Register) {
        let of = |kind, owner: &str, number: &str| CaseRef { kind, owner: owner.to_owned(), number: number.to_owned() };
        match &line.event.body {
            Body::Guarantee { guarantor, guarantee, did: GuaranteeEvent::Issued { bank, loan, .. } } => {
                self.guarantees.insert((guarantor.to_string(), guarantee.to_string()), (*bank, *loan));
            }
            Body::Subsidy { guarantor, subsidy, did } => {
                let of = of(CaseKind::Subsidy, guarantor.as_str(), subsidy.as_str());
                if let SubsidyEvent::Claimed { guarantee, .. } = did {
                    let loan = self.guarantees.get(&(guarantor.to_string(), guarantee.to_string())).copied();
                    self.open(of.clone(), loan, register);
                }
                let (did, fen, why) = of_subsidy(did);
                self.step(line, &of, (did, fen, why));
            }
            Body::Claim { bank, claim, did } => {
                let of = of(CaseKind::Claim, bank.as_str(), claim.as_str());
                if let ClaimEvent::Claimed { loan, .. } = did {
                    self.open(of.clone(), Some((*bank, *loan)), register);
                }
                let (did, fen, why) = of_claim(did);
                // What is paid is the government's part of the loss.
                let paid = line.postings.iter().filter(|p| p.account == Account::Compensation(*bank));
                let paid = paid.fold(0_i64, |sum, p| sum.saturating_add(p.amount_fen));
                self.step(line, &of, (did, if did == Did::Paid { paid } else { fen }, why));
            }
            Body::Benefit { benefit, did } => {
                let of = of(CaseKind::Benefit, "", benefit.as_str());
                if let BenefitEvent::Proposed { tool, enterprise, district, .. } = did {
                    self.open(of.clone(), None, register);
                    if let Some(case) = self.case_mut(&of) {
                        (case.tool, case.enterprise, case.district) = (Some(*tool), Some(*enterprise), Some(*district));
                    }
                    self.is_of(&of, Some(*enterprise));
                }
                self.step(line, &of, of_benefit(did));
            }
            Body::Reversal { of, reason } => self.take_back(line, *of, reason),
            _ => {}
        }
    }

    fn case_mut(&mut self, of: &CaseRef) -> Option<&mut Case> {
        self.all.get_mut(*self.by_ref.get(of)? as usize)
    }

    /// A case that begins, or begins once more after it was taken back.
    fn open(&mut self, of: CaseRef, loan: Option<(BankId, LoanNo)>, register: &Register) {
        let found = loan.and_then(|(bank, number)| register.of_number(bank.as_str(), number.as_str()));
        let (district, enterprise) = (found.map(|l| l.district()), found.map(|l| l.enterprise));
        if let Some(case) = self.case_mut(&of) {
            (case.district, case.enterprise, case.loan) = (district, enterprise, loan);
            self.is_of(&of, enterprise);
            return;
        }
        let at = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.by_ref.insert(of.clone(), at);
        self.is_of(&of, enterprise);
        self.all.push(Case { of, district, enterprise, loan, tool: None, steps: Vec::with_capacity(3) });
    }

    fn is_of(&mut self, of: &CaseRef, enterprise: Option<CreditCode>) {
        let (Some(enterprise), Some(at)) = (enterprise, self.by_ref.get(of)) else { return };
        let cases = self.by_enterprise.entry(enterprise).or_default();
        if let Err(place) = cases.binary_search(at) {
            cases.insert(place, *at);
        }
    }

    fn step(&mut self, line: &EntryLine, of: &CaseRef, (did, fen, why): (Did, i64, String)) {
        let Some(&at) = self.by_ref.get(of) else { return };
        self.lines.insert(line.seq, at);
        let steps = &mut self.all[at as usize].steps;
        // What is approved or paid is what was asked for.
        let asked = steps.iter().rev().find(|s| matches!(s.did, Did::Claimed | Did::Proposed)).map_or(0, |s| s.fen);
        let fen = if fen == 0 { asked } else { fen };
        let actor = line.event.actor;
        steps.push(Step {
            seq: line.seq,
            day: line.event.effective_on,
            recorded_at: line.recorded_at,
            person: actor.id,
            office: actor.office,
            did,
            fen,
            why,
            void: None,
        });
    }

    fn take_back(&mut self, line: &EntryLine, of: u64, reason: &str) {
        let Some(&at) = self.lines.get(&of) else { return };
        let case = &mut self.all[at as usize];
        let Some(step) = case.steps.iter_mut().find(|s| s.seq == of) else { return };
        step.void = Some((line.seq, line.event.effective_on));
        let fen = step.fen;
        let name = case.of.clone();
        self.step(line, &name, (Did::TakenBack, fen.saturating_neg(), reason.to_owned()));
    }

    /// A case.
    pub(crate) fn get(&self, of: &CaseRef) -> Option<&Case> {
        self.all.get(*self.by_ref.get(of)? as usize)
    }

    /// Cases of an enterprise in the order in which they began, of a district or of all.
    pub(crate) fn of_enterprise(&self, code: CreditCode, district: Option<RegionCode>) -> impl Iterator<Item = &Case> {
        let of = self.by_enterprise.get(&code).into_iter().flatten().filter_map(|at| self.all.get(*at as usize));
        of.filter(move |c| c.enterprise == Some(code) && (district.is_none() || c.district == district))
    }

    /// Cases in the order in which they began, of a district or of all.
    pub(crate) fn of_district(&self, district: Option<RegionCode>) -> impl Iterator<Item = &Case> {
        self.all.iter().filter(move |c| district.is_none() || c.district == district)
    }
}

fn of_subsidy(did: &SubsidyEvent) -> (Did, i64, String) {
    match did {
        SubsidyEvent::Claimed { guarantee, from, to, amount_fen } => {
            (Did::Claimed, amount_fen.get(), format!("{guarantee} {from}/{to}"))
        }
        SubsidyEvent::Approved => (Did::Approved, 0, String::new()),
        SubsidyEvent::Paid => (Did::Paid, 0, String::new()),
        SubsidyEvent::ClawedBack { amount_fen, maker, .. } => (Did::ClawedBack, amount_fen.get(), maker.to_string()),
    }
}

fn of_claim(did: &ClaimEvent) -> (Did, i64, String) {
    let passed = |result: &Review, passed, refused| if *result == Review::Passed { passed } else { refused };
    match did {
        ClaimEvent::Claimed { loan, loss_fen, .. } => (Did::Claimed, loss_fen.get(), loan.to_string()),
        ClaimEvent::FirstReviewed { result } => (passed(result, Did::FirstPassed, Did::FirstRefused), 0, String::new()),
        ClaimEvent::SecondReviewed { result } => {
            (passed(result, Did::SecondPassed, Did::SecondRefused), 0, String::new())
        }
        ClaimEvent::PaidOut => (Did::Paid, 0, String::new()),
        ClaimEvent::Recovered { amount_fen } => (Did::Recovered, amount_fen.get(), String::new()),
        ClaimEvent::ClawedBack { amount_fen, maker } => (Did::ClawedBack, amount_fen.get(), maker.to_string()),
    }
}

fn of_benefit(did: &BenefitEvent) -> (Did, i64, String) {
    match did {
        BenefitEvent::Proposed { amount_fen, document, .. } => (Did::Proposed, amount_fen.get(), document.clone()),
        BenefitEvent::Approved => (Did::Approved, 0, String::new()),
        BenefitEvent::Paid => (Did::Paid, 0, String::new()),
        BenefitEvent::Returned { maker } => (Did::Returned, 0, maker.to_string()),
    }
}
