//! Figures: what each is, in which unit, of which days, and how it is computed from sums.

use crate::kind::Sum;
use crate::value::Value;
use policy::{Lang, codes};

codes! {
    /// A figure of a table.
    Figure, "figure";
    AppliedCount = "applied_count", "申请笔数", "applications";
    Applied = "applied", "申请金额", "amount applied for";
    DeclinedCount = "declined_count", "拒绝笔数", "declined";
    Declined = "declined", "拒绝金额", "amount declined";
    DeclinedRatingTooLow = "declined_rating_too_low", "拒绝：评级不足", "declined: rating too low";
    DeclinedNegativeList = "declined_negative_list", "拒绝：列入负面清单", "declined: negative list";
    DeclinedNegativeCredit = "declined_negative_credit", "拒绝：征信不良", "declined: negative credit record";
    DeclinedOverIndebted = "declined_over_indebted", "拒绝：负债过高", "declined: too much debt";
    DeclinedNoLineLeft = "declined_no_line_left", "拒绝：无可用额度", "declined: no line left";
    DeclinedIndustry = "declined_industry", "拒绝：行业限制", "declined: industry not admitted";
    DeclinedDocuments = "declined_documents", "拒绝：资料不全或不实", "declined: documents incomplete or untrue";
    DeclinedCashflow = "declined_cashflow", "拒绝：现金流不足", "declined: cash flow too small";
    DeclinedOther = "declined_other", "拒绝：其他", "declined: other";
    WithdrawnCount = "withdrawn_count", "撤回笔数", "withdrawn";
    GrantedCount = "granted_count", "授信笔数", "loans granted";
    Granted = "granted", "授信金额", "amount granted";
    Disbursed = "disbursed", "放款金额（毛额）", "disbursed (gross)";
    Payouts = "payouts", "放款次数", "payouts";
    FirmTimes = "firm_times", "服务家次", "firm-times";
    EnterprisesServed = "enterprises_served", "服务企业家数", "enterprises served";
    FirstSeen = "first_seen", "首次出现借款企业家数", "borrowers first seen here";
    Refinanced = "refinanced", "其中：续贷归还旧贷款", "of which repays old loans";
    NetNewFinancing = "net_new_financing", "新增融资（净额）", "net new financing";
    BalanceChange = "balance_change", "贷款余额净增", "change in balance";
    Repaid = "repaid", "借款人归还本金", "principal repaid by borrowers";
    Renewed = "renewed", "由新贷款归还本金", "principal repaid by new loans";
    WrittenOff = "written_off", "核销本金", "principal written off";
    Recovered = "recovered", "核销后收回", "recovered after write-off";
    MeanRate = "mean_rate", "平均利率（放款加权）", "mean rate (disbursement-weighted)";
    ApprovalCount = "approval_count", "计入审批时长的笔数", "decisions with approval days";
    ApprovalUnknown = "approval_unknown", "审批时长不明的笔数", "decisions without known approval days";
    ApprovalMean = "approval_days_mean", "平均审批工作日", "approval days, mean";
    ApprovalMedian = "approval_days_median", "审批工作日中位数", "approval days, median";
    DeviationAbsolute = "deviation_absolute", "放贷偏离度（绝对）", "lending deviation, absolute";
    DeviationSigned = "deviation_signed", "放贷偏离度（正负）", "lending deviation, signed";
    Balance = "balance", "贷款余额", "outstanding principal";
    BorrowersWithBalance = "borrowers_with_balance", "有余额借款企业家数", "borrowers with balance";
    Overdue = "overdue", "逾期贷款余额", "overdue";
    Overdue1To30 = "overdue_1_30", "逾期1—30天", "overdue 1 to 30 days";
    Overdue31To60 = "overdue_31_60", "逾期31—60天", "overdue 31 to 60 days";
    Overdue61To90 = "overdue_61_90", "逾期61—90天", "overdue 61 to 90 days";
    Overdue91To180 = "overdue_91_180", "逾期91—180天", "overdue 91 to 180 days";
    OverdueOver180 = "overdue_over_180", "逾期180天以上", "overdue more than 180 days";
    OverdueRatio = "overdue_ratio", "逾期率", "overdue ratio";
    NonPerforming = "non_performing", "不良贷款余额", "non-performing";
    NonPerformingRatio = "non_performing_ratio", "不良率", "non-performing ratio";
    NonPerformingByClass = "non_performing_by_class", "不良贷款余额（按银行五级分类）", "non-performing by the banks' class";
    NonPerformingByClassRatio = "non_performing_by_class_ratio", "不良率（按银行五级分类）", "non-performing ratio by the banks' class";
    WrittenOffStanding = "written_off_standing", "累计核销净额", "written off, less recovered";
    NonPerformingWithWriteOffs = "non_performing_with_write_offs", "不良贷款（含核销）", "non-performing, write-offs included";
    NonPerformingWithWriteOffsRatio = "non_performing_with_write_offs_ratio", "不良率（含核销）", "non-performing ratio, write-offs included";
    NonPerformingAfterCompensation = "non_performing_after_compensation", "不良贷款（含核销、扣除补偿）", "non-performing, write-offs included, less compensation";
    NonPerformingAfterCompensationRatio = "non_performing_after_compensation_ratio", "不良率（含核销、扣除补偿）", "non-performing ratio, write-offs included, less compensation";
    ClaimCount = "claim_count", "补偿申请笔数", "claims";
    Claimed = "claimed", "申请补偿的本金损失", "loss claimed";
    CompensatedCount = "compensated_count", "补偿划拨笔数", "claims paid";
    Compensated = "compensated", "补偿划拨金额", "compensation paid";
    CompensationRecovered = "compensation_recovered", "补偿后追偿收回", "compensation recovered";
    CompensationClawedBack = "compensation_clawed_back", "补偿追回", "compensation clawed back";
    QuotaAccrued = "quota_accrued", "补偿指标计提", "quota accrued";
    QuotaUsed = "quota_used", "补偿指标使用", "quota used";
    QuotaRecovered = "quota_recovered", "补偿指标项下追偿", "recovered under the quota";
    SubsidiesApproved = "subsidies_approved", "担保费补贴核准", "fee subsidies approved";
    SubsidiesPaid = "subsidies_paid", "担保费补贴拨付", "fee subsidies paid";
    SubsidiesClawedBack = "subsidies_clawed_back", "担保费补贴追回", "fee subsidies clawed back";
    GuaranteesStanding = "guarantees_standing", "在保余额", "guarantees standing";
    BridgeDeals = "bridge_deals", "转贷笔数", "bridge loans";
    BridgeReleased = "bridge_released", "转贷放款", "bridge loans released";
    BridgeReturned = "bridge_returned", "转贷归还", "bridge loans returned";
    BridgeOutstanding = "bridge_outstanding", "转贷在途余额", "bridge loans outstanding";
    BridgeOverdueCount = "bridge_overdue_count", "转贷逾期登记笔数", "bridge loans noted as overdue";
    BridgeFees = "bridge_fees", "转贷使用费", "bridge fees";
    BenefitsApproved = "benefits_approved", "其他政策支持核准", "other benefits approved";
    BenefitsPaid = "benefits_paid", "其他政策支持拨付", "other benefits paid";
    BenefitsReturned = "benefits_returned", "其他政策支持退回", "other benefits returned";
}

codes! {
    /// The unit of a figure.
    Unit, "unit of a figure";
    Fen = "fen", "金额", "amount in fen";
    Count = "count", "个", "count";
    Share = "share", "比率", "share";
    Days = "working_days", "工作日", "working days";
}

codes! {
    /// How a figure behaves when a table is parted.
    Nature, "nature of a figure";
    Flow = "flow", "期间发生数，可加", "of the period, adds up";
    Stock = "stock", "期末时点数，按区县等维度可加，按时间不可加", "at the end of the period, adds up over attributes and not over time";
    Distinct = "distinct", "去重户数，各级分别计算", "distinct count, counted at each level";
    Ratio = "ratio", "比率，各级分别计算", "ratio, computed at each level";
}

/// Overdue principal by days past due: 1–30, 31–60, 61–90, 91–180, more.
pub(crate) const BUCKETS: usize = 5;

/// The last day of each bucket but the last.
pub(crate) const BUCKET_ENDS: [i32; BUCKETS - 1] = [30, 60, 90, 180];

/// The bucket of days past due, which are above zero.
pub(crate) fn bucket(days: i64) -> usize {
    BUCKET_ENDS.iter().filter(|bound| days > i64::from(**bound)).count()
}

/// What a cell of a table comes to, before figures are made of it.
pub(crate) struct Sums<'a> {
    pub(crate) flow: &'a dyn Fn(Sum) -> i128,
    pub(crate) stock: &'a dyn Fn(Sum) -> i128,
    pub(crate) overdue: [i128; BUCKETS],
    pub(crate) served: i128,
    pub(crate) borrowers: i128,
    /// Twice the median of approval days.
    pub(crate) median_twice: Option<i128>,
}

/// Sums that make outstanding principal, with their signs.
const BALANCE: [Sum; 4] = [Sum::Disbursed, Sum::Repaid, Sum::Renewed, Sum::WrittenOff];

impl Figure {
    /// Its unit.
    pub fn unit(self) -> Unit {
        use Figure::*;
        match self {
            AppliedCount | DeclinedCount | DeclinedRatingTooLow | DeclinedNegativeList | DeclinedNegativeCredit => {
                Unit::Count
            }
            DeclinedOverIndebted | DeclinedNoLineLeft | DeclinedIndustry | DeclinedDocuments => Unit::Count,
            DeclinedCashflow | DeclinedOther | WithdrawnCount | GrantedCount | Payouts | FirmTimes => Unit::Count,
            EnterprisesServed | FirstSeen | ApprovalCount | ApprovalUnknown | BorrowersWithBalance => Unit::Count,
            ClaimCount | CompensatedCount | BridgeDeals | BridgeOverdueCount => Unit::Count,
            MeanRate | DeviationAbsolute | DeviationSigned | OverdueRatio | NonPerformingRatio => Unit::Share,
            NonPerformingByClassRatio | NonPerformingWithWriteOffsRatio => Unit::Share,
            NonPerformingAfterCompensationRatio => Unit::Share,
            ApprovalMean | ApprovalMedian => Unit::Days,
            _ => Unit::Fen,
        }
    }

    /// How it behaves when a table is parted.
    pub fn nature(self) -> Nature {
        use Figure::*;
        match self {
            EnterprisesServed | BorrowersWithBalance => Nature::Distinct,
            _ if matches!(self.unit(), Unit::Share | Unit::Days) => Nature::Ratio,
            Balance | Overdue | Overdue1To30 | Overdue31To60 | Overdue61To90 | Overdue91To180 => Nature::Stock,
            OverdueOver180 | NonPerforming | NonPerformingByClass | WrittenOffStanding => Nature::Stock,
            NonPerformingWithWriteOffs | NonPerformingAfterCompensation | GuaranteesStanding => Nature::Stock,
            BridgeOutstanding => Nature::Stock,
            _ => Nature::Flow,
        }
    }

    /// What it counts, in one sentence, as it is printed beside a table; `None` where its name says it.
    pub fn definition(self, lang: Lang) -> Option<&'static str> {
        use Figure::*;
        let (zh, en) = match self {
            FirmTimes => (
                "首次放款日在期间内的贷款笔数：一家企业两笔贷款计两家次。",
                "loans whose first payout lies in the period: an enterprise with two loans counts twice.",
            ),
            EnterprisesServed => (
                "期间内至少获得一次放款的企业，按统一社会信用代码去重；各行相加大于合计的部分为交叉户数。",
                "enterprises with a payout in the period, each counted once by its credit code; what rows exceed the total by is overlap.",
            ),
            FirstSeen => (
                "在本台账中首次放款的企业（“本平台首次出现”，不等同于人民银行口径的首贷户）。",
                "enterprises whose first payout in this ledger lies in the period: first seen here, which is not first of all banks.",
            ),
            NetNewFinancing => (
                "新增融资（净额）＝期间放款－其中归还旧贷款的部分；不含转贷应急周转资金；担保、贴息、补贴、补偿是已计贷款的属性，不另计。无官方定义，本口径随表列示。",
                "disbursed in the period less what repaid old loans; bridge loans are not in it, and guarantees, subsidies and compensation are attributes of loans already counted. There is no official definition.",
            ),
            BalanceChange => (
                "期末余额－期初余额＝放款－归还－续贷归还－核销。",
                "balance at the end less that before the period: disbursed less repaid, renewed and written off.",
            ),
            Refinanced => (
                "新贷款用于归还旧贷款的本金，按新贷款的属性和归还日统计。",
                "principal of new loans that repaid old ones, by the attributes of the new loan, on the day of the repayment.",
            ),
            Renewed => (
                "旧贷款由新贷款归还的本金，按旧贷款的属性统计；合计与“续贷归还旧贷款”相等。",
                "the same principal by the attributes of the old loan.",
            ),
            MeanRate => (
                "期间放款按金额加权的年利率。",
                "annual rates of the payouts of the period, weighted by their amounts.",
            ),
            ApprovalMean | ApprovalMedian => (
                "从资料齐全次日到决定日的工作日（国务院节假日安排），按决定日计入期间。",
                "working days from the day after complete documents to the decision, by the State Council's calendar; the decision lies in the period.",
            ),
            DeviationAbsolute => (
                "Σ|授信额－推荐额|÷Σ推荐额，期间内有推荐额的授信。",
                "sum of |granted - recommended| over sum of recommended, of grants of the period that rest on a recommended line.",
            ),
            DeviationSigned => (
                "（Σ授信额－Σ推荐额）÷Σ推荐额，期间内有推荐额的授信。",
                "(sum of granted - sum of recommended) over sum of recommended, of the same grants.",
            ),
            Overdue => (
                "按还款计划计算逾期1天及以上的贷款的全部未还本金；未设还款计划的贷款不计。",
                "outstanding principal of loans that are past due by their schedule by a day or more; loans without a schedule are not in it.",
            ),
            NonPerforming => (
                "按还款计划计算逾期超过90天的贷款的全部未还本金。",
                "outstanding principal of loans more than 90 days past due by their schedule.",
            ),
            NonPerformingByClass => (
                "银行最近一次月末五级分类为次级、可疑、损失的贷款的未还本金。",
                "outstanding principal of loans whose latest class by the bank is substandard, doubtful or loss.",
            ),
            NonPerformingWithWriteOffs => (
                "不良贷款余额＋累计核销净额；比率的分母同样加回。",
                "non-performing and what stands written off; the same is added to the denominator of its ratio.",
            ),
            NonPerformingAfterCompensation => (
                "不良贷款（含核销）－累计补偿净额（划拨－收回－追回）。补偿归入“风险补偿”工具，按政策工具分列时不相抵。",
                "the same less compensation that stands (paid, less recovered and clawed back). Compensation is of its own tool, so by tool the two stand apart.",
            ),
            QuotaUsed => (
                "补偿划拨占用的指标，减追回恢复的指标。指标是权利，不是资金。",
                "quota that payouts took less what clawbacks gave back. Quota is a right and no money.",
            ),
            _ => return None,
        };
        Some(if lang == Lang::Zh { zh } else { en })
    }

    /// The sums over the period that it needs.
    pub(crate) fn flows(self) -> &'static [Sum] {
        use Figure::*;
        match self {
            AppliedCount => &[Sum::AppliedCount],
            Applied => &[Sum::Applied],
            DeclinedCount => &[Sum::DeclinedCount],
            Declined => &[Sum::Declined],
            DeclinedRatingTooLow => &[Sum::RatingTooLow],
            DeclinedNegativeList => &[Sum::NegativeList],
            DeclinedNegativeCredit => &[Sum::NegativeCredit],
            DeclinedOverIndebted => &[Sum::OverIndebted],
            DeclinedNoLineLeft => &[Sum::NoLineLeft],
            DeclinedIndustry => &[Sum::IndustryRefused],
            DeclinedDocuments => &[Sum::Documents],
            DeclinedCashflow => &[Sum::Cashflow],
            DeclinedOther => &[Sum::OtherReason],
            WithdrawnCount => &[Sum::WithdrawnCount],
            GrantedCount => &[Sum::GrantedCount],
            Granted => &[Sum::Granted],
            Disbursed => &[Sum::Disbursed],
            Payouts => &[Sum::Payouts],
            FirmTimes => &[Sum::FirmTimes],
            FirstSeen => &[Sum::FirstSeen],
            Refinanced => &[Sum::Refinanced],
            NetNewFinancing => &[Sum::Disbursed, Sum::Refinanced],
            BalanceChange => &BALANCE,
            Repaid => &[Sum::Repaid],
            Renewed => &[Sum::Renewed],
            WrittenOff => &[Sum::WrittenOff],
            Recovered => &[Sum::Recovered],
            MeanRate => &[Sum::Disbursed, Sum::RateWhole, Sum::RateRest],
            ApprovalCount => &[Sum::DecidedCount],
            ApprovalUnknown => &[Sum::DecidedUnknown],
            ApprovalMean => &[Sum::DecidedCount, Sum::DecidedDays],
            DeviationAbsolute => &[Sum::Recommended, Sum::Deviation],
            DeviationSigned => &[Sum::Recommended, Sum::GrantedOnRecommended],
            ClaimCount => &[Sum::ClaimCount],
            Claimed => &[Sum::Claimed],
            CompensatedCount => &[Sum::CompensatedCount],
            Compensated => &[Sum::Compensated],
            CompensationRecovered => &[Sum::CompensationRecovered],
            CompensationClawedBack => &[Sum::CompensationClawedBack],
            QuotaAccrued => &[Sum::QuotaAccrued],
            QuotaUsed => &[Sum::QuotaPaid],
            QuotaRecovered => &[Sum::QuotaRecovered],
            SubsidiesApproved => &[Sum::SubsidyApproved],
            SubsidiesPaid => &[Sum::SubsidyPaid],
            SubsidiesClawedBack => &[Sum::SubsidyClawedBack],
            BridgeDeals => &[Sum::BridgeDeals],
            BridgeReleased => &[Sum::BridgeReleased],
            BridgeReturned => &[Sum::BridgeReturned],
            BridgeOverdueCount => &[Sum::BridgeOverdue],
            BridgeFees => &[Sum::BridgeFees],
            BenefitsApproved => &[Sum::BenefitApproved],
            BenefitsPaid => &[Sum::BenefitPaid],
            BenefitsReturned => &[Sum::BenefitReturned],
            _ => &[],
        }
    }

    /// The sums up to the end of the period that it needs.
    pub(crate) fn stocks(self) -> &'static [Sum] {
        use Figure::*;
        const WITH_WRITE_OFFS: &[Sum] = &[Sum::Disbursed, Sum::Repaid, Sum::Renewed, Sum::WrittenOff, Sum::Recovered];
        const AFTER: &[Sum] = &[
            Sum::Disbursed,
            Sum::Repaid,
            Sum::Renewed,
            Sum::WrittenOff,
            Sum::Recovered,
            Sum::Compensated,
            Sum::CompensationRecovered,
            Sum::CompensationClawedBack,
        ];
        match self {
            Balance | OverdueRatio | NonPerformingRatio => &BALANCE,
            NonPerformingByClass => &[Sum::BadClass],
            NonPerformingByClassRatio => &[Sum::Disbursed, Sum::Repaid, Sum::Renewed, Sum::WrittenOff, Sum::BadClass],
            WrittenOffStanding | NonPerformingWithWriteOffs | NonPerformingWithWriteOffsRatio => WITH_WRITE_OFFS,
            NonPerformingAfterCompensation | NonPerformingAfterCompensationRatio => AFTER,
            GuaranteesStanding => &[Sum::Guaranteed, Sum::GuaranteeEnded],
            BridgeOutstanding => &[Sum::BridgeReleased, Sum::BridgeReturned],
            _ => &[],
        }
    }

    /// Whether it needs overdue principal by days.
    pub(crate) fn needs_overdue(self) -> bool {
        use Figure::*;
        matches!(
            self,
            Overdue | Overdue1To30 | Overdue31To60 | Overdue61To90 | Overdue91To180 | OverdueOver180 | OverdueRatio
        ) || matches!(self, NonPerforming | NonPerformingRatio | NonPerformingWithWriteOffs)
            || matches!(self, NonPerformingWithWriteOffsRatio | NonPerformingAfterCompensation)
            || matches!(self, NonPerformingAfterCompensationRatio)
    }

    /// Its value.
    pub(crate) fn of(self, s: &Sums<'_>) -> Value {
        use Figure::*;
        let whole = |n: i128| Value::Whole(n);
        let balance =
            |of: &dyn Fn(Sum) -> i128| of(Sum::Disbursed) - of(Sum::Repaid) - of(Sum::Renewed) - of(Sum::WrittenOff);
        let bad = || s.overdue[3] + s.overdue[4];
        let off = || (s.stock)(Sum::WrittenOff) - (s.stock)(Sum::Recovered);
        let compensated = || {
            let of = s.stock;
            of(Sum::Compensated) - of(Sum::CompensationRecovered) - of(Sum::CompensationClawedBack)
        };
        match self {
            NetNewFinancing => whole((s.flow)(Sum::Disbursed) - (s.flow)(Sum::Refinanced)),
            BalanceChange => whole(balance(s.flow)),
            MeanRate => Value::ratio(
                (s.flow)(Sum::RateWhole) * 1_000_000 + (s.flow)(Sum::RateRest),
                (s.flow)(Sum::Disbursed) * 1_000_000,
            ),
            ApprovalMean => Value::ratio((s.flow)(Sum::DecidedDays), (s.flow)(Sum::DecidedCount)),
            ApprovalMedian => s.median_twice.map_or(Value::None, |twice| Value::ratio(twice, 2)),
            DeviationAbsolute => Value::ratio((s.flow)(Sum::Deviation), (s.flow)(Sum::Recommended)),
            DeviationSigned => {
                let recommended = (s.flow)(Sum::Recommended);
                Value::ratio((s.flow)(Sum::GrantedOnRecommended) - recommended, recommended)
            }
            EnterprisesServed => whole(s.served),
            BorrowersWithBalance => whole(s.borrowers),
            Balance => whole(balance(s.stock)),
            Overdue => whole(s.overdue.iter().sum()),
            Overdue1To30 => whole(s.overdue[0]),
            Overdue31To60 => whole(s.overdue[1]),
            Overdue61To90 => whole(s.overdue[2]),
            Overdue91To180 => whole(s.overdue[3]),
            OverdueOver180 => whole(s.overdue[4]),
            OverdueRatio => Value::ratio(s.overdue.iter().sum(), balance(s.stock)),
            NonPerforming => whole(bad()),
            NonPerformingRatio => Value::ratio(bad(), balance(s.stock)),
            NonPerformingByClass => whole((s.stock)(Sum::BadClass)),
            NonPerformingByClassRatio => Value::ratio((s.stock)(Sum::BadClass), balance(s.stock)),
            WrittenOffStanding => whole(off()),
            NonPerformingWithWriteOffs => whole(bad() + off()),
            NonPerformingWithWriteOffsRatio => Value::ratio(bad() + off(), balance(s.stock) + off()),
            NonPerformingAfterCompensation => whole(bad() + off() - compensated()),
            NonPerformingAfterCompensationRatio => {
                Value::ratio(bad() + off() - compensated(), balance(s.stock) + off())
            }
            GuaranteesStanding => whole((s.stock)(Sum::Guaranteed) - (s.stock)(Sum::GuaranteeEnded)),
            BridgeOutstanding => whole((s.stock)(Sum::BridgeReleased) - (s.stock)(Sum::BridgeReturned)),
            // All others are one sum.
            _ => whole(self.flows().first().map_or(0, |sum| (s.flow)(*sum))),
        }
    }
}
