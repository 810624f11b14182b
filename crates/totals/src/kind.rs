//! Kinds of facts, and the sums that are kept of them.

use crate::rows::Part;
use ledger::event::DeclineReason;
use policy::Code;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// What a fact says. Its number stands in files, so new ones come at the end.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Kind {
            $($(#[$doc])* $name,)+
        }

        /// How many kinds there are.
        pub(crate) const KINDS: usize = [$(Kind::$name),+].len();

        impl Kind {
            pub(crate) const ALL: [Self; KINDS] = [$(Self::$name),+];
        }
    };
}

kinds! {
    /// `amount` was asked for.
    Applied,
    /// Documents are complete.
    Completed,
    /// Working days from complete documents to the decision; `aux` is 1 where no calendar says how many.
    Decided,
    /// `amount` was asked for and declined; `aux` is the place of the reason.
    Declined,
    /// `amount` of a grant is not wanted any more; 0 for an application.
    Withdrawn,
    /// `amount` was granted; `aux` is 1 more than what was recommended, 0 for nothing.
    Granted,
    /// `amount` that was not drawn is free again.
    Closed,
    /// `amount` was paid out; `aux` is [`paid_out`].
    Disbursed,
    /// A schedule was set.
    Scheduled,
    /// `amount` came back.
    Repaid,
    /// `amount` was repaid by a new loan: on the old one.
    Renewed,
    /// `amount` of an old loan was repaid: on the new one.
    Refinanced,
    WrittenOff,
    Recovered,
    /// The bank's status: `amount` days past due, `aux` is the place of the class and the month.
    Status,
    QuotaAccrued,
    /// `amount` of quota was taken by a payout, or is back.
    QuotaPaid,
    QuotaRecovered,
    Claimed,
    Compensated,
    CompensationRecovered,
    CompensationClawedBack,
    SubsidyApproved,
    SubsidyPaid,
    SubsidyClawedBack,
    Guaranteed,
    GuaranteeEnded,
    BridgeReleased,
    BridgeReturned,
    BridgeFee,
    BridgeOverdue,
    BenefitApproved,
    BenefitPaid,
    BenefitReturned,
    /// A plan indicator of the value `amount`; `aux` is its [`period`], the place of the indicator stands for an enterprise.
    Reported,
    /// A loan was paid out for the first time.
    FirstPaid,
    /// The first payout of an enterprise here.
    FirstSeen,
    /// From here on something is owed, or nothing more.
    Owing,
    /// `amount` is past due since the day `aux`: from here on, or no more.
    Overdue,
    /// `amount` is owed on a loan whose class is bad.
    BadClass,
    /// The bank's days past due differ at the end of a month: `amount` is ours, `aux` is [`difference`].
    Differs,
    /// `amount` goes into the bucket of days past due whose place is `aux`, or out of it. Made of what is past due and in no
    /// file.
    PastDue,
}

impl Kind {
    /// Whether it follows from the state of a loan or an enterprise, and is computed anew when that changes.
    pub(crate) fn follows(self) -> bool {
        self as u8 >= Self::FirstPaid as u8
    }

    /// The sums that are kept of it.
    pub(crate) fn sums(self) -> &'static [Sum] {
        use Sum::*;
        match self {
            Self::Applied => &[AppliedCount, Applied],
            Self::Decided => &[DecidedCount, DecidedDays, DecidedUnknown],
            Self::Declined => &[
                DeclinedCount,
                Declined,
                RatingTooLow,
                NegativeList,
                NegativeCredit,
                OverIndebted,
                NoLineLeft,
                IndustryRefused,
                Documents,
                Cashflow,
                OtherReason,
            ],
            Self::Withdrawn => &[WithdrawnCount],
            Self::Granted => &[GrantedCount, Granted, Recommended, GrantedOnRecommended, Deviation],
            Self::Disbursed => &[Disbursed, Payouts, RateWhole, RateRest],
            Self::Repaid => &[Repaid],
            Self::Renewed => &[Renewed],
            Self::Refinanced => &[Refinanced],
            Self::WrittenOff => &[WrittenOff],
            Self::Recovered => &[Recovered],
            Self::QuotaAccrued => &[QuotaAccrued],
            Self::QuotaPaid => &[QuotaPaid],
            Self::QuotaRecovered => &[QuotaRecovered],
            Self::Claimed => &[ClaimCount, Claimed],
            Self::Compensated => &[CompensatedCount, Compensated],
            Self::CompensationRecovered => &[CompensationRecovered],
            Self::CompensationClawedBack => &[CompensationClawedBack],
            Self::SubsidyApproved => &[SubsidyApproved],
            Self::SubsidyPaid => &[SubsidyPaid],
            Self::SubsidyClawedBack => &[SubsidyClawedBack],
            Self::Guaranteed => &[Guaranteed],
            Self::GuaranteeEnded => &[GuaranteeEnded],
            Self::BridgeReleased => &[BridgeDeals, BridgeReleased],
            Self::BridgeReturned => &[BridgeReturned],
            Self::BridgeFee => &[BridgeFees],
            Self::BridgeOverdue => &[BridgeOverdue],
            Self::BenefitApproved => &[BenefitApproved],
            Self::BenefitPaid => &[BenefitPaid],
            Self::BenefitReturned => &[BenefitReturned],
            Self::FirstPaid => &[FirmTimes],
            Self::FirstSeen => &[FirstSeen],
            Self::BadClass => &[BadClass],
            Self::PastDue => &[PastDue1To30, PastDue31To60, PastDue61To90, PastDue91To180, PastDueOver180],
            Self::Completed | Self::Closed | Self::Scheduled | Self::Status | Self::Reported => &[],
            Self::Owing | Self::Overdue | Self::Differs => &[],
        }
    }
}

/// A sum over facts that adds up over attributes and days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Sum {
    AppliedCount,
    Applied,
    DecidedCount,
    DecidedDays,
    DecidedUnknown,
    DeclinedCount,
    Declined,
    RatingTooLow,
    NegativeList,
    NegativeCredit,
    OverIndebted,
    NoLineLeft,
    IndustryRefused,
    Documents,
    Cashflow,
    OtherReason,
    WithdrawnCount,
    GrantedCount,
    Granted,
    Recommended,
    GrantedOnRecommended,
    Deviation,
    Disbursed,
    Payouts,
    /// Interest of a year in whole fen, and the millionths that are left: the two together are exact.
    RateWhole,
    RateRest,
    Repaid,
    Renewed,
    Refinanced,
    WrittenOff,
    Recovered,
    QuotaAccrued,
    QuotaPaid,
    QuotaRecovered,
    ClaimCount,
    Claimed,
    CompensatedCount,
    Compensated,
    CompensationRecovered,
    CompensationClawedBack,
    SubsidyApproved,
    SubsidyPaid,
    SubsidyClawedBack,
    Guaranteed,
    GuaranteeEnded,
    BridgeDeals,
    BridgeReleased,
    BridgeReturned,
    BridgeFees,
    BridgeOverdue,
    BenefitApproved,
    BenefitPaid,
    BenefitReturned,
    FirmTimes,
    FirstSeen,
    BadClass,
    PastDue1To30,
    PastDue31To60,
    PastDue61To90,
    PastDue91To180,
    PastDueOver180,
}

/// How many sums there are.
pub(crate) const SUMS: usize = 61;

const MILLION: i128 = 1_000_000;

/// What of a fact adds to a sum.
#[derive(Debug, Clone, Copy)]
enum Adds {
    Amount,
    /// One, or one less for an opposite.
    One,
    /// One where the other value is this.
    OneOf(u64),
    /// One where the other value is something.
    OneOfSome,
    /// The amount where the other value is this.
    AmountOf(u64),
    Recommended,
    GrantedOnRecommended,
    Deviation,
    RateWhole,
    RateRest,
}

impl Adds {
    #[inline(always)]
    fn of(self, amount: i64, aux: u64, sign: i8) -> i64 {
        let sign = i64::from(sign);
        let recommended = || aux.checked_sub(1).map(|r| r as i64);
        let at_rate = || i128::from(amount) * i128::from(rate(aux));
        match self {
            Self::Amount => amount,
            Self::One => sign,
            Self::OneOf(this) => sign * i64::from(aux == this),
            Self::OneOfSome => sign * i64::from(aux != 0),
            Self::AmountOf(this) => amount * i64::from(aux == this),
            Self::Recommended => recommended().map_or(0, |r| r * sign),
            Self::GrantedOnRecommended => recommended().map_or(0, |_| amount),
            Self::Deviation => recommended().map_or(0, |r| (amount * sign - r).abs() * sign),
            Self::RateWhole => at_rate().div_euclid(MILLION) as i64,
            Self::RateRest => at_rate().rem_euclid(MILLION) as i64,
        }
    }
}

impl Sum {
    fn adds(self) -> Adds {
        let reason = |reason: DeclineReason| Adds::OneOf(place(reason));
        match self {
            Self::AppliedCount | Self::DeclinedCount | Self::WithdrawnCount | Self::GrantedCount => Adds::One,
            Self::Payouts | Self::ClaimCount | Self::CompensatedCount | Self::BridgeDeals => Adds::One,
            Self::BridgeOverdue | Self::FirmTimes | Self::FirstSeen => Adds::One,
            Self::DecidedCount => Adds::OneOf(0),
            Self::DecidedUnknown => Adds::OneOfSome,
            Self::RatingTooLow => reason(DeclineReason::RatingTooLow),
            Self::NegativeList => reason(DeclineReason::NegativeList),
            Self::NegativeCredit => reason(DeclineReason::NegativeCredit),
            Self::OverIndebted => reason(DeclineReason::OverIndebted),
            Self::NoLineLeft => reason(DeclineReason::NoLineLeft),
            Self::IndustryRefused => reason(DeclineReason::Industry),
            Self::Documents => reason(DeclineReason::Documents),
            Self::Cashflow => reason(DeclineReason::Cashflow),
            Self::OtherReason => reason(DeclineReason::Other),
            Self::Recommended => Adds::Recommended,
            Self::GrantedOnRecommended => Adds::GrantedOnRecommended,
            Self::Deviation => Adds::Deviation,
            Self::PastDue1To30 => Adds::AmountOf(0),
            Self::PastDue31To60 => Adds::AmountOf(1),
            Self::PastDue61To90 => Adds::AmountOf(2),
            Self::PastDue91To180 => Adds::AmountOf(3),
            Self::PastDueOver180 => Adds::AmountOf(4),
            Self::RateWhole => Adds::RateWhole,
            Self::RateRest => Adds::RateRest,
            _ => Adds::Amount,
        }
    }

    /// What a fact of its kind adds.
    #[inline]
    pub(crate) fn of(self, amount: i64, aux: u64, sign: i8) -> i64 {
        self.adds().of(amount, aux, sign)
    }

    /// What each of some facts adds, written to as many numbers.
    pub(crate) fn all(self, part: &Part, places: &[usize], values: &mut [i64]) {
        // The kind of sum is decided once, not fact by fact: each of these is a loop of its own.
        match self.adds() {
            Adds::Amount => each(part, places, values, |a, x, s| Adds::Amount.of(a, x, s)),
            Adds::One => each(part, places, values, |a, x, s| Adds::One.of(a, x, s)),
            Adds::AmountOf(this) => each(part, places, values, |a, x, s| Adds::AmountOf(this).of(a, x, s)),
            Adds::OneOf(this) => each(part, places, values, |a, x, s| Adds::OneOf(this).of(a, x, s)),
            other => each(part, places, values, |a, x, s| other.of(a, x, s)),
        }
    }
}

#[inline(always)]
fn each(part: &Part, places: &[usize], values: &mut [i64], of: impl Fn(i64, u64, i8) -> i64) {
    let (amounts, aux, signs) = (&part.amounts[..], &part.aux[..], &part.signs[..]);
    for (value, at) in values.iter_mut().zip(places) {
        *value = of(amounts[*at], aux[*at], signs[*at]);
    }
}

/// The place of a word in its list.
pub(crate) fn place<C: Code>(word: C) -> u64 {
    C::ALL.iter().position(|w| *w == word).unwrap_or(0) as u64
}

/// The month of the grant and the rate of a year in ppm, as a payout keeps them.
pub(crate) fn paid_out(grant_month: i32, rate_ppm: u32) -> u64 {
    u64::from(grant_month.cast_unsigned()) << 32 | u64::from(rate_ppm)
}

fn rate(aux: u64) -> u32 {
    aux as u32
}

/// First and last day of what is reported.
pub(crate) fn period(from: i32, to: i32) -> u64 {
    u64::from(from.cast_unsigned()) << 32 | u64::from(to.cast_unsigned())
}

/// The days that [`period`] holds.
pub(crate) fn from_to(aux: u64) -> (i32, i32) {
    (((aux >> 32) as u32).cast_signed(), (aux as u32).cast_signed())
}

/// The bank's days past due, the place of its class, and whether that is too good.
pub(crate) fn difference(theirs: u32, category: u8, class_too_good: bool) -> u64 {
    u64::from(theirs) << 32 | u64::from(category) << 8 | u64::from(class_too_good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_at_their_numbers() {
        for (kind, number) in Kind::ALL.iter().zip(0..) {
            assert_eq!(*kind as usize, number);
        }
        let mut sums: Vec<usize> = Kind::ALL.iter().flat_map(|k| k.sums()).map(|s| *s as usize).collect();
        sums.sort_unstable();
        assert_eq!(sums, (0..SUMS).collect::<Vec<_>>());
    }

    #[test]
    fn a_fact_and_its_opposite_are_nothing() {
        for kind in Kind::ALL {
            for sum in kind.sums() {
                for aux in [0, 1, 7, paid_out(600, 43_217), u64::from(u32::MAX)] {
                    let both = i128::from(sum.of(12_345_679, aux, 1)) + i128::from(sum.of(-12_345_679, aux, -1));
                    let interest = matches!(sum, Sum::RateWhole | Sum::RateRest);
                    assert!(both == 0 || interest, "{sum:?} {aux}");
                }
                let exact = |amount: i64| {
                    let aux = paid_out(600, 43_217);
                    i128::from(Sum::RateWhole.of(amount, aux, 1)) * MILLION
                        + i128::from(Sum::RateRest.of(amount, aux, 1))
                };
                assert_eq!(exact(12_345_679) + exact(-12_345_679), 0);
            }
        }
    }
}
