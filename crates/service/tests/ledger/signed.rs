//! What people tell who signed in elsewhere in the process: under their own name, by the same rules.

use crate::house::code;
use crate::office::Office;
use ::ledger::Refusal;
use ::ledger::event::{Actor, BenefitEvent, Body, FundEvent, Office as Of};
use policy::benefit::Kind;
use primitives::Fen;
use service::{LedgerDesk, Untold};
use store::{Line, Taken};

fn actor(person: &str, office: Of) -> Actor {
    Actor { id: person.parse().unwrap(), office }
}

fn benefit(did: BenefitEvent) -> Body {
    Body::Benefit { benefit: "B1".parse().unwrap(), did }
}

pub async fn a_person_tells_in_their_own_name(place: &Office) {
    let server = place.start_with_ledger().await;
    let desk = LedgerDesk::new(server.desk.clone(), server.books.clone().unwrap());
    let tell = async |person: &str, office: Of, request: &str, body: Body| -> Result<Taken, Untold> {
        desk.tell_as(actor(person, office), request.parse().unwrap(), "2026-03-01".parse().unwrap(), body).await
    };
    let district = "500103".parse().unwrap();
    let proposed = benefit(BenefitEvent::Proposed {
        tool: Kind::InterestSubsidy,
        enterprise: code(1),
        district,
        amount_fen: Fen::new(5_000_000),
        from: "2026-01-01".parse().unwrap(),
        to: "2026-02-28".parse().unwrap(),
        document: "渝中小企〔2026〕1号".into(),
    });
    let first = tell("li", Of::Bureau, "r1", proposed.clone()).await.unwrap();
    let again = tell("li", Of::Bureau, "r1", proposed.clone()).await.unwrap();
    assert_eq!((again.seq, first.repeated, again.repeated), (first.seq, false, true));
    // The maker is no checker; another district's staff finds nothing to approve.
    let approve = || benefit(BenefitEvent::Approved);
    let same = tell("li", Of::Bureau, "r2", approve()).await.unwrap_err();
    assert!(matches!(&same, Untold::Refused(r) if matches!(**r, Refusal::SamePerson { .. })), "{same}");
    let elsewhere = tell("wang", Of::District("500112".parse().unwrap()), "r3", approve()).await.unwrap_err();
    assert!(matches!(elsewhere, Untold::Refused(_)), "{elsewhere}");
    tell("wang", Of::District(district), "r4", approve()).await.unwrap();
    // What is no payment of the state, and what is another office's, does not come in here.
    let fund = Body::Fund {
        fund: ::ledger::event::Fund::Compensation,
        maker: "m".parse().unwrap(),
        did: FundEvent::PaidIn { amount_fen: Fen::new(1) },
    };
    assert!(matches!(tell("li", Of::Bureau, "r5", fund).await, Err(Untold::NotHere { .. })));
    let bank = Of::Bank("icbc".parse().unwrap());
    assert!(matches!(tell("li", bank, "r6", proposed).await, Err(Untold::NotHere { .. })));
    let (mut export, mut lines): (_, Vec<Line>) = (server.store().export(0, i64::MAX, None), Vec::new());
    while let Some(line) = export.next().await.unwrap() {
        lines.push(line);
    }
    let said: Vec<String> = lines
        .iter()
        .map(|l| format!("{} {} {} {} {}", l.actor, l.role, l.action, l.outcome, l.detail.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(
        said,
        [
            "li bureau ProposeBenefit OK -",
            "li bureau ProposeBenefit OK repeated",
            "li bureau ApproveBenefit FAILED_PRECONDITION SAME_PERSON",
            "wang district ApproveBenefit NOT_FOUND NOT_FOUND",
            "wang district ApproveBenefit OK -",
        ]
    );
    assert!(lines[0].subject_mac.is_some(), "the enterprise is there as a pseudonym");
    drop(desk);
    server.stop().await;
}
