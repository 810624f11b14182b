//! The closed lists of words that fields of events take, as they are printed.

use ledger::event::{Category, Clawback, Decided, DeclineReason, Fund, Review, Scheme};
use policy::credit_line::Label;
use policy::{Bank, Borrower, Code, Product, Size, benefit, bridge_loan};
use primitives::region::ZONES;

/// A word with what people call it.
pub(crate) type Word = (&'static str, &'static str, &'static str);

/// Why a subsidy is asked back.
pub(crate) const CLAWBACKS: [(Clawback, Word); 2] = [
    (Clawback::EarlyEnd, ("early_end", "提前终止", "the guarantee ended early")),
    (Clawback::WronglyPaid, ("wrongly_paid", "错误发放", "paid in error")),
];

fn of<C: Code>() -> Vec<Word> {
    C::ALL.iter().map(|c| (c.code(), c.name_zh(), c.name_en())).collect()
}

/// Fields that take words of a closed list, with all of them.
pub(crate) fn words() -> Vec<(&'static str, Vec<Word>)> {
    let zones = ZONES.iter().map(|z| (z.code, z.name_zh, z.name_en)).collect();
    vec![
        ("borrower", of::<Borrower>()),
        ("size", of::<Size>()),
        ("label", of::<Label>()),
        ("zone", zones),
        ("bank_kind", of::<Bank>()),
        ("product", of::<Product>()),
        ("scheme", of::<Scheme>()),
        ("reason of loan.declined", of::<DeclineReason>()),
        ("category", of::<Category>()),
        ("kind of bridge.applied", of::<bridge_loan::Kind>()),
        ("reason of subsidy.clawed_back", CLAWBACKS.map(|(_, word)| word).to_vec()),
        ("result", of::<Review>()),
        ("tool", of::<benefit::Kind>()),
        ("decision", of::<Decided>()),
        ("fund", of::<Fund>()),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::event::SHAPES;
    use super::words;

    #[test]
    fn each_list_is_of_a_field_that_an_event_has() {
        for (named, list) in words() {
            let mut parts = named.split(" of ");
            let (field, event) = (parts.next(), parts.next());
            let of_event = SHAPES.iter().filter(|s| event.is_none_or(|e| s.word == e));
            let has = of_event.flat_map(|s| s.fields).any(|f| Some(f.name) == field);
            assert!(has && !list.is_empty(), "{named}");
        }
    }
}
