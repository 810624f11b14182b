//! Banks, guarantors and persons that do not exist.

use ledger::event::{Actor, Office};
use ledger::{BankId, GuarantorId};
use policy::Bank;
use primitives::RegionCode;
use std::fmt::Debug;
use std::str::FromStr;

/// The partner banks; the last is a village-town bank, which the scheme admits since the end of 2023.
const BANKS: [(&str, Bank, f64); 8] = [
    ("合成银行甲", Bank::CommercialBank, 0.24),
    ("合成银行乙", Bank::CommercialBank, 0.19),
    ("合成银行丙", Bank::CommercialBank, 0.16),
    ("合成银行丁", Bank::CommercialBank, 0.13),
    ("合成银行戊", Bank::CommercialBank, 0.10),
    ("合成银行己", Bank::CommercialBank, 0.08),
    ("合成银行庚", Bank::CommercialBank, 0.06),
    ("合成村镇银行", Bank::VillageTownBank, 0.04),
];
const GUARANTORS: [&str; 3] = ["合成担保甲", "合成担保乙", "合成担保丙"];

/// An id of a text that is one.
pub(super) fn id<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().expect("names of the city are ids: letters and digits, not 48 bytes")
}

/// A bank by a share in `[0, 1)`; commercial banks alone, where that is asked for.
pub(super) fn bank(share: f64, commercial_only: bool) -> (BankId, Bank) {
    let mut left = share;
    for (name, kind, weight) in BANKS {
        left -= weight;
        if left < 0.0 && !(commercial_only && kind == Bank::VillageTownBank) {
            return (id(name), kind);
        }
    }
    let (name, kind, _) = BANKS[0];
    (id(name), kind)
}

pub(super) fn guarantor(share: f64) -> GuarantorId {
    id(GUARANTORS[(share * 3.0) as usize % 3])
}

/// Persons of the bureau by their part: prepares, checks, pays.
pub(super) fn bureau(part: &str) -> Actor {
    Actor { id: id(part), office: Office::Bureau }
}

pub(super) const PREPARES: &str = "合成局经办";
pub(super) const CHECKS: &str = "合成局复核";
pub(super) const PAYS: &str = "合成局拨付";

pub(super) fn platform() -> Actor {
    Actor { id: id("合成平台经办"), office: Office::Platform }
}

pub(super) fn district(code: RegionCode) -> Actor {
    Actor { id: id("合成区县经办"), office: Office::District(code) }
}

/// The person of a bank who decides.
pub(super) fn bank_checks(bank: BankId) -> Actor {
    Actor { id: id("合成银行审批"), office: Office::Bank(bank) }
}

/// The first day of the revised plan: the higher cap, all products' second year, village-town banks.
pub(super) const REVISED: chrono::NaiveDate =
    chrono::NaiveDate::from_ymd_opt(2023, 12, 30).expect("a day of the calendar");
/// The first day on which products beside pure credit are inside the system.
pub(super) const PRODUCTS: chrono::NaiveDate =
    chrono::NaiveDate::from_ymd_opt(2022, 12, 1).expect("a day of the calendar");
