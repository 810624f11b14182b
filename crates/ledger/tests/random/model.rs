//! A second ledger, as plain as can be: sums by loan, bank and quota, from the events alone. It shares no arithmetic with
//! the first and reads none of its records.

use ledger::event::{BenefitEvent, Fund};
use ledger::event::{Body, BridgeEvent, ClaimEvent, Event, FundEvent, GuaranteeEvent, LoanEvent, Scheme, SubsidyEvent};
use ledger::{Account, LoanRef};
use std::collections::{BTreeMap, HashMap};

type Day = chrono::NaiveDate;

#[derive(Default, Clone)]
struct Loan {
    enterprise: String,
    scheme: Option<Scheme>,
    micro: bool,
    granted: i128,
    lent: i128,
    gone: i128,
    alive: bool,
}

/// What moves a bank's quota: day, accrued, balance, paid.
#[derive(Clone, Copy)]
struct Flow(Day, i128, i128, i128);

#[derive(Clone, Copy)]
pub(crate) struct Payout {
    pub(crate) on: Day,
    pub(crate) paid: i128,
    pub(crate) available: i128,
}

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) balances: BTreeMap<Account, i128>,
    loans: HashMap<LoanRef, Loan>,
    of_enterprise: HashMap<String, Vec<LoanRef>>,
    flows: HashMap<String, Vec<Flow>>,
    claims: HashMap<String, (LoanRef, i128, bool)>,
    bridges: HashMap<String, i128>,
    guarantees: HashMap<String, i128>,
    subsidies: HashMap<String, i128>,
    benefits: HashMap<String, i128>,
    compensated: HashMap<String, i128>,
    /// Amounts that the events of payouts and of whole returns do not state, for their reversal.
    amounts: HashMap<u64, i128>,
    pub(crate) payouts: u64,
}

fn tenths(amount: i128, share: i128) -> i128 {
    amount * share / 10
}

impl Model {
    fn add(&mut self, debit: Account, credit: Account, amount: i128) {
        *self.balances.entry(debit).or_default() += amount;
        *self.balances.entry(credit).or_default() -= amount;
    }

    /// Scheme loans of a loan's borrower that are outstanding or committed, at all banks.
    pub(crate) fn in_use(&self, at: LoanRef) -> i128 {
        let of = &self.of_enterprise[&self.loans[&at].enterprise];
        let counts = |l: &&Loan| l.alive && l.scheme == Some(Scheme::CommercialValue);
        of.iter().map(|at| &self.loans[at]).filter(counts).map(|l| l.granted - l.gone).sum()
    }

    /// The quota of a bank at the end of a day, from the events so far: min(accrued - paid, 4 % of the balance).
    fn available(&self, bank: &str, on: Day) -> i128 {
        let (mut accrued, mut balance, mut paid) = (0, 0, 0);
        for Flow(day, a, b, p) in self.flows.get(bank).into_iter().flatten() {
            if *day <= on {
                (accrued, balance, paid) = (accrued + a, balance + b, paid + p);
            }
        }
        (accrued - paid).min(balance / 25).max(0)
    }

    fn flow(&mut self, at: LoanRef, on: Day, accrued: i128, balance: i128) {
        if self.loans[&at].scheme == Some(Scheme::CommercialValue) {
            self.flows.entry(at.bank.to_string()).or_default().push(Flow(on, accrued, balance, 0));
        }
    }

    fn gone(&mut self, at: LoanRef, on: Day, amount: i128) {
        self.loans.get_mut(&at).expect("a loan").gone += amount;
        self.flow(at, on, 0, -amount);
    }

    /// Takes an event that was entered; with `sign` -1 one that is reversed. A payout is told.
    pub(crate) fn take(&mut self, seq: u64, event: &Event, sign: i128) -> Option<Payout> {
        let on = event.effective_on;
        match &event.body {
            Body::Loan { bank, loan, did } => self.loan(LoanRef { bank: *bank, loan: *loan }, on, did, sign),
            Body::Bridge { bank, bridge, did } => {
                let (key, cash) = (format!("{bank}/{bridge}"), Account::FundCash(Fund::Bridge));
                let out = Account::BridgePrincipal(*bank, *bridge);
                let amount = self.bridges.get(&key).copied().unwrap_or_default();
                match did {
                    BridgeEvent::Applied { amount_fen, .. } => {
                        self.bridges.insert(key, amount_fen.get().into());
                    }
                    BridgeEvent::Released => self.add(out, cash, amount * sign),
                    BridgeEvent::Returned { .. } => self.add(cash, out, amount * sign),
                    BridgeEvent::FeeCharged { amount_fen } => {
                        self.add(cash, Account::BridgeFees, i128::from(amount_fen.get()) * sign);
                    }
                    _ => {}
                }
            }
            Body::Guarantee { guarantor, guarantee, did } => {
                let key = format!("{guarantor}/{guarantee}");
                let (stands, counter) =
                    (Account::Guaranteed(*guarantor, *guarantee), Account::GuaranteeCounter(*guarantor));
                match did {
                    GuaranteeEvent::Issued { amount_fen, .. } => {
                        self.guarantees.insert(key, amount_fen.get().into());
                        self.add(stands, counter, i128::from(amount_fen.get()) * sign);
                    }
                    GuaranteeEvent::Released => self.add(counter, stands, self.guarantees[&key] * sign),
                }
            }
            Body::Subsidy { guarantor, subsidy, did } => {
                let key = format!("{guarantor}/{subsidy}");
                let (granted, payable) = (Account::SubsidyGranted(*guarantor), Account::SubsidyPayable(*guarantor));
                match did {
                    SubsidyEvent::Claimed { amount_fen, .. } => {
                        self.subsidies.insert(key, amount_fen.get().into());
                    }
                    SubsidyEvent::Approved => self.add(granted, payable, self.subsidies[&key] * sign),
                    SubsidyEvent::Paid => self.add(payable, Account::Treasury, self.subsidies[&key] * sign),
                    SubsidyEvent::ClawedBack { amount_fen, .. } => {
                        let back = Account::SubsidyClawedBack(*guarantor);
                        self.add(Account::Treasury, back, i128::from(amount_fen.get()) * sign);
                    }
                }
            }
            Body::Claim { bank, claim, did } => return self.claim(seq, event, (*bank, claim.as_str()), did, sign),
            Body::Benefit { benefit, did } => {
                let key = benefit.to_string();
                let (granted, payable) = (Account::BenefitGranted(*benefit), Account::BenefitPayable(*benefit));
                match did {
                    BenefitEvent::Proposed { amount_fen, .. } => {
                        self.benefits.insert(key, amount_fen.get().into());
                    }
                    BenefitEvent::Approved => self.add(granted, payable, self.benefits[&key] * sign),
                    BenefitEvent::Paid => self.add(payable, Account::Treasury, self.benefits[&key] * sign),
                    BenefitEvent::Returned { .. } => {
                        self.add(Account::Treasury, Account::BenefitReturned(*benefit), self.benefits[&key] * sign);
                    }
                }
            }
            Body::Fund { fund, did, .. } => match did {
                FundEvent::PaidIn { amount_fen } => {
                    self.add(Account::FundCash(*fund), Account::Budget(*fund), i128::from(amount_fen.get()) * sign);
                }
                FundEvent::TakenOut { amount_fen } => {
                    self.add(Account::Budget(*fund), Account::FundCash(*fund), i128::from(amount_fen.get()) * sign);
                }
            },
            Body::Rating { .. } | Body::Reported(_) | Body::Period { .. } | Body::Reversal { .. } => {}
        }
        None
    }

    fn loan(&mut self, at: LoanRef, on: Day, did: &LoanEvent, sign: i128) {
        let principal = Account::LoanPrincipal(at);
        match did {
            LoanEvent::Applied { profile, scheme, .. } => {
                let enterprise = profile.enterprise.to_string();
                let micro = profile.size == Some(policy::Size::Micro);
                let loan = Loan { enterprise: enterprise.clone(), scheme: Some(*scheme), micro, ..Loan::default() };
                self.loans.insert(at, loan);
                let of = self.of_enterprise.entry(enterprise).or_default();
                of.retain(|l| *l != at);
                of.push(at);
            }
            LoanEvent::Granted { amount_fen, .. } => {
                let loan = self.loans.get_mut(&at).expect("a loan");
                loan.granted += i128::from(amount_fen.get()) * sign;
                loan.alive = sign > 0;
            }
            LoanEvent::Withdrawn | LoanEvent::Closed => {
                let loan = self.loans.get_mut(&at).expect("a loan");
                loan.alive = sign < 0 && loan.granted > 0;
            }
            LoanEvent::Disbursed { amount_fen } => {
                let amount = i128::from(amount_fen.get());
                self.loans.get_mut(&at).expect("a loan").lent += amount * sign;
                // 2 %, rounded down.
                self.flow(at, on, amount / 50 * sign, amount * sign);
                self.add(principal, Account::BankLending(at.bank), amount * sign);
                if self.loans[&at].scheme == Some(Scheme::CommercialValue) {
                    self.add(Account::Quota(at.bank), Account::QuotaGranted(at.bank), amount / 50 * sign);
                }
            }
            LoanEvent::Repaid { principal_fen } => {
                let amount = i128::from(principal_fen.get()) * sign;
                self.gone(at, on, amount);
                self.add(Account::BankRepaid(at.bank), principal, amount);
            }
            LoanEvent::Renewed { part_fen, .. } => {
                let amount = i128::from(part_fen.get()) * sign;
                self.gone(at, on, amount);
                self.add(Account::BankRenewed(at.bank), principal, amount);
            }
            LoanEvent::WrittenOff { principal_fen } => {
                let amount = i128::from(principal_fen.get()) * sign;
                self.gone(at, on, amount);
                self.add(Account::BankWrittenOff(at.bank), principal, amount);
            }
            LoanEvent::Recovered { principal_fen } => {
                let amount = i128::from(principal_fen.get()) * sign;
                self.add(Account::BankRecovered(at.bank), Account::BankWrittenOff(at.bank), amount);
            }
            LoanEvent::Completed | LoanEvent::Declined { .. } => {}
            LoanEvent::Scheduled { .. } | LoanEvent::Status { .. } => {}
        }
    }

    fn claim(
        &mut self,
        seq: u64,
        event: &Event,
        (bank, number): (ledger::BankId, &str),
        did: &ClaimEvent,
        sign: i128,
    ) -> Option<Payout> {
        let key = format!("{bank}/{number}");
        let on = event.effective_on;
        match did {
            ClaimEvent::Claimed { loan, loss_fen, .. } => {
                let at = LoanRef { bank, loan: *loan };
                let scheme = self.loans[&at].scheme == Some(Scheme::CommercialValue);
                self.claims.insert(key, (at, loss_fen.get().into(), scheme));
                None
            }
            ClaimEvent::FirstReviewed { .. } | ClaimEvent::SecondReviewed { .. } => None,
            ClaimEvent::PaidOut => {
                let (at, loss, scheme) = self.claims[&key];
                let before = self.compensated.get(&self.loans[&at].enterprise).copied().unwrap_or_default();
                let available = if scheme { self.available(bank.as_str(), on) } else { i128::MAX };
                // Largest remainder of 80 and 20 %, or of 15, 15, 20 and 50 % with the government's two parts together.
                let wanted = if scheme {
                    tenths(loss, 8) + i128::from(loss * 8 % 10 > loss * 2 % 10)
                } else {
                    government_of_four(loss)
                };
                let cap = if self.loans[&at].micro { 15_000_000 } else { 300_000_000 };
                let government = if scheme { wanted } else { wanted.min((cap - before).max(0)) }.min(available);
                let amount = if sign > 0 { government } else { self.amounts[&seq] };
                self.amounts.insert(seq, amount);
                *self.compensated.entry(self.loans[&at].enterprise.clone()).or_default() += amount * sign;
                self.payouts += 1;
                let from = if scheme { Account::FundCash(Fund::Compensation) } else { Account::Treasury };
                self.add(Account::Compensation(bank), from, amount * sign);
                if scheme {
                    self.add(Account::QuotaUsed(bank), Account::Quota(bank), amount * sign);
                    self.flows.entry(bank.to_string()).or_default().push(Flow(on, 0, 0, amount * sign));
                }
                (sign > 0).then_some(Payout { on, paid: amount, available })
            }
            ClaimEvent::Recovered { amount_fen } | ClaimEvent::ClawedBack { amount_fen, .. } => {
                let (at, _, scheme) = self.claims[&key];
                let amount = i128::from(amount_fen.get()) * sign;
                let to = if scheme { Account::FundCash(Fund::Compensation) } else { Account::Treasury };
                self.add(to, Account::CompensationReturned(bank), amount);
                if let ClaimEvent::ClawedBack { .. } = did {
                    *self.compensated.entry(self.loans[&at].enterprise.clone()).or_default() -= amount;
                    if scheme {
                        self.add(Account::Quota(bank), Account::QuotaUsed(bank), amount);
                        self.flows.entry(bank.to_string()).or_default().push(Flow(on, 0, 0, -amount));
                    }
                }
                None
            }
        }
    }
}

/// The parts of city and district of a loss in 15, 15, 20 and 50 %, by largest remainder, earlier ones first.
fn government_of_four(loss: i128) -> i128 {
    let shares = [15, 15, 20, 50];
    let mut parts = shares.map(|s| loss * s / 100);
    let mut order = [0, 1, 2, 3];
    order.sort_by_key(|i: &usize| std::cmp::Reverse(loss * shares[*i] % 100));
    let left = loss - parts.iter().sum::<i128>();
    for place in order.into_iter().take(left as usize) {
        parts[place] += 1;
    }
    parts[0] + parts[1]
}
