//! Who borrows, guarantees and lends: words that several tools share.

use crate::code::codes;
use primitives::SizeClass;

codes! {
    /// The kind of a borrower in law.
    Borrower, "kind of borrower";
    Enterprise = "enterprise", "企业", "enterprise";
    IndividualBusiness = "individual_business", "个体工商户", "individual business";
    AgriculturalEntity = "agricultural_entity", "新型农业经营主体", "new agricultural business entity";
    Owner = "owner", "小微企业主", "owner of a small or micro enterprise";
}

codes! {
    /// The size class of an enterprise as rule files name it.
    Size, "size class";
    Micro = "micro", "微型", "micro";
    Small = "small", "小型", "small";
    Medium = "medium", "中型", "medium";
    Large = "large", "大型", "large";
}

impl From<SizeClass> for Size {
    fn from(class: SizeClass) -> Self {
        match class {
            SizeClass::Micro => Self::Micro,
            SizeClass::Small => Self::Small,
            SizeClass::Medium => Self::Medium,
            SizeClass::Large => Self::Large,
        }
    }
}

codes! {
    /// The kind of a partner bank.
    Bank, "kind of bank";
    CommercialBank = "commercial_bank", "商业银行", "commercial bank";
    VillageTownBank = "village_town_bank", "村镇银行", "village-town bank";
}

codes! {
    /// Products inside the commercial-value system (商业价值信用贷款政策体系).
    Product, "product";
    PureCredit = "pure_credit", "纯信用", "pure credit";
    ValueChain = "value_chain", "价值链融资", "value-chain finance";
    SupplyChain = "supply_chain", "供应链融资", "supply-chain finance";
    Receivables = "receivables", "应收账款质押融资", "pledged receivables";
    IntellectualProperty = "intellectual_property", "知识产权融资", "intellectual property";
    ProcurementOrder = "procurement_order", "政府采购订单融资", "government procurement orders";
    Equipment = "equipment", "设备融资", "equipment";
}

codes! {
    /// Where a tool is open: regions that exist on the day.
    Districts, "districts";
    All = "all", "全市各区县", "every region of the city";
}
