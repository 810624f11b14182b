//! Words of closed lists, on the wire and in the ledger: each list is matched whole, so that neither side grows alone.

use ::ledger::event::{Category, Clawback, DeclineReason, Fund, Review, Scheme};
use ::ledger::state::{BenefitState, BridgeState, ClaimState, GuaranteeState, LoanState, SubsidyState};
use api::ledger::v1;
use policy::credit_line::Label;
use policy::{Bank, Borrower, Product, Size, benefit, bridge_loan, risk_compensation};

/// A word of the wire with its meaning.
pub(crate) trait Word: TryFrom<i32> + Copy + 'static {
    /// What it is in the ledger.
    type Means;
    /// Name of the list, for refusals.
    const LIST: &'static str;

    /// `None` where it is not set.
    fn means(self) -> Option<Self::Means>;

    fn of(meant: Self::Means) -> Self;
}

macro_rules! words {
    ($($wire:ident = $means:ty: $($name:ident)+;)+) => {$(
        impl Word for v1::$wire {
            type Means = $means;
            const LIST: &'static str = stringify!($wire);

            fn means(self) -> Option<$means> {
                match self {
                    Self::Unspecified => None,
                    $(Self::$name => Some(<$means>::$name),)+
                }
            }

            fn of(meant: $means) -> Self {
                match meant {
                    $(<$means>::$name => Self::$name,)+
                }
            }
        }
    )+};
}

words! {
    LoanState = LoanState: Applied Complete Declined Withdrawn Granted Lent Settled WrittenOff Closed;
    BorrowerKind = Borrower: Enterprise IndividualBusiness AgriculturalEntity Owner;
    EnterpriseSize = Size: Micro Small Medium Large;
    ListTier = Label: None Innovative Specialised LittleGiant;
    BankKind = Bank: CommercialBank VillageTownBank;
    LoanProduct = Product:
        PureCredit ValueChain SupplyChain Receivables IntellectualProperty ProcurementOrder Equipment;
    LoanScheme = Scheme: CommercialValue Guaranteed Ordinary;
    DeclineReason = DeclineReason:
        RatingTooLow NegativeList NegativeCredit OverIndebted NoLineLeft Industry Documents Cashflow Other;
    LoanCategory = Category: Normal SpecialMention Substandard Doubtful Loss;
    GuaranteeState = GuaranteeState: Issued Released;
    SubsidyState = SubsidyState: Claimed Approved Paid ClawedBack;
    ClawbackReason = Clawback: EarlyEnd WronglyPaid;
    BridgeLoanState = BridgeState: Applied Committed Released OldLoanRepaid NewLoanGranted Returned Settled;
    BridgeBorrowerKind = bridge_loan::Kind: Sme IndividualBusiness AgriculturalEntity LargePrivate Owner;
    ClaimState = ClaimState: Claimed FirstPassed SecondPassed Refused Paid;
    ReviewResult = Review: Passed Refused;
    LossParty = risk_compensation::Party: City District Fund Bank Guarantor;
    BenefitState = BenefitState: Proposed Approved Paid Returned;
    BenefitTool = benefit::Kind: InterestSubsidy BillDiscount NewEncouragedEnterprise;
    Fund = Fund: Bridge Compensation;
}
