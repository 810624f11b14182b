//! Words of events that no document of the rule book has.

use policy::codes;

codes! {
    /// The scheme that a loan belongs to.
    Scheme, "scheme";
    CommercialValue = "commercial_value", "商业价值信用贷款", "commercial-value credit loan";
    Guaranteed = "guaranteed", "小微企业担保贷款", "guaranteed small-micro loan";
    Ordinary = "ordinary", "普通贷款", "loan outside the schemes";
}

codes! {
    /// Why a bank declines.
    DeclineReason, "reason of a decline";
    RatingTooLow = "rating_too_low", "评级不足", "the rating is too low";
    NegativeList = "negative_list", "列入负面清单", "on the negative list";
    NegativeCredit = "negative_credit", "征信不良", "negative credit record";
    OverIndebted = "over_indebted", "负债过高", "too much debt";
    NoLineLeft = "no_line_left", "无可用额度", "no line left";
    Industry = "industry", "行业限制", "industry not admitted";
    Documents = "documents", "资料不全或不实", "documents incomplete or untrue";
    Cashflow = "cashflow", "现金流不足", "cash flow too small";
    Other = "other", "其他", "other";
}

codes! {
    /// The five-category class (五级分类) that a bank gives a loan, best first.
    Category, "five-category class";
    Normal = "normal", "正常", "normal";
    SpecialMention = "special_mention", "关注", "special mention";
    Substandard = "substandard", "次级", "substandard";
    Doubtful = "doubtful", "可疑", "doubtful";
    Loss = "loss", "损失", "loss";
}

impl Category {
    /// Whether it counts as non-performing (不良).
    pub fn is_non_performing(self) -> bool {
        self >= Self::Substandard
    }
}

codes! {
    /// The kind of an office.
    OfficeKind, "kind of office";
    Bank = "bank", "银行", "bank";
    Guarantor = "guarantor", "担保机构", "guarantor";
    District = "district", "区县", "district";
    Platform = "platform", "平台", "platform";
    Bureau = "bureau", "市级主管部门", "bureau";
}

codes! {
    /// Cash of the state that the ledger keeps an account of.
    Fund, "fund";
    Bridge = "bridge", "转贷应急周转资金池", "bridge-loan pool";
    Compensation = "compensation", "风险补偿资金", "compensation fund";
}

codes! {
    /// What a review of a claim came to.
    Review, "result of a review";
    Passed = "passed", "通过", "passed";
    Refused = "refused", "退回", "refused";
}

codes! {
    /// What a bank decided on a rating.
    Decided, "decision";
    Accepted = "accepted", "授信", "lends";
    Declined = "declined", "不授信", "does not lend";
}
