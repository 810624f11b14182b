use crate::house::{code, is_refused, on, told};
use crate::office::Office;
use api::ledger::v1::indicator_report::Value;
use api::ledger::v1::*;
use tonic::Code;

pub async fn benefits_and_figures_have_maker_and_checker(place: &Office) {
    let server = place.start_with_ledger().await;
    let (district, bureau) = (server.client("district-500103").await, server.client("bureau").await);
    let proposal = BenefitProposal {
        tool: BenefitTool::InterestSubsidy.into(),
        enterprise_id: code(1).as_str().to_owned(),
        district: "500103".into(),
        amount_fen: 5_000_000,
        starts_on: on("2023-01-01"),
        ends_on: on("2023-12-31"),
        document: "渝中小企〔2024〕1号".into(),
    };
    let propose = |of: BenefitProposal| {
        told!(ProposeBenefitRequest "m" "2024-03-01" {
        benefit_no: "B1".into(), proposal: Some(of) })
    };
    let elsewhere = BenefitProposal { district: "500104".into(), ..proposal.clone() };
    is_refused(district.call(propose(elsewhere)).await, Code::NotFound, "NOT_FOUND", &[]);
    let nothing = BenefitProposal { document: " ".into(), ends_on: on("2022-12-31"), ..proposal.clone() };
    is_refused(district.call(propose(nothing)).await, Code::InvalidArgument, "INVALID_REQUEST", &["proposal.document"]);
    let backwards = BenefitProposal { ends_on: on("2022-12-31"), ..proposal.clone() };
    let says = ["rule=bn.period", "value=2022-12-31", "allowed=2023-01-01"];
    is_refused(district.call(propose(backwards)).await, Code::FailedPrecondition, "RULES_NOT_MET", &says);
    district.call(propose(proposal.clone())).await.unwrap();
    let approve = |person: &str| ApproveBenefitRequest {
        person: person.into(),
        ..told!(ApproveBenefitRequest "n" "2024-03-02" { benefit_no: "B1".into() })
    };
    is_refused(district.call(approve("m")).await, Code::FailedPrecondition, "SAME_PERSON", &["did=maker"]);
    district.call(approve("n")).await.unwrap();
    bureau.call(told!(PayBenefitRequest "n" "2024-03-03" { benefit_no: "B1".into() })).await.unwrap();
    let back = told!(ReturnBenefitRequest "n" "2024-04-01" { benefit_no: "B1".into(), maker: "m".into() });
    bureau.call(back).await.unwrap();
    let found = bureau.call(GetBenefitRequest { benefit_no: "B1".into() }).await.unwrap().benefit.unwrap();
    assert_eq!((found.state(), found.proposal), (BenefitState::Returned, Some(proposal)));
    assert_eq!((found.maker.as_str(), found.checker.as_str()), ("m", "n"));
    assert_eq!(district.call(ListBenefitsRequest::default()).await.unwrap().benefits.len(), 1);
    is_refused(bureau.call(GetBenefitRequest { benefit_no: "B2".into() }).await, Code::NotFound, "NOT_FOUND", &[]);

    let report = |indicator: &str, value: Option<Value>| IndicatorReport {
        indicator: indicator.into(),
        district: "500103".into(),
        starts_on: on("2024-01-01"),
        ends_on: on("2024-03-31"),
        value,
        document: "渝中报〔2024〕3号".into(),
    };
    let told = |maker: &str, of: IndicatorReport| {
        told!(ReportIndicatorRequest "n" "2024-04-02" {
        maker: maker.into(), report: Some(of) })
    };
    let trained = report("trained", Some(Value::Count(70)));
    is_refused(bureau.call(told("n", trained.clone())).await, Code::FailedPrecondition, "SAME_PERSON", &["did=maker"]);
    let money = report("trained", Some(Value::AmountFen(70)));
    is_refused(bureau.call(told("m", money)).await, Code::InvalidArgument, "INVALID_REQUEST", &["report.value"]);
    let large = report("trained", Some(Value::Count(u64::MAX)));
    is_refused(bureau.call(told("m", large)).await, Code::InvalidArgument, "INVALID_REQUEST", &["report.count"]);
    let own = report("new_financing", Some(Value::AmountFen(70)));
    let says = ["report.indicator", "rule=indicator_of_a_plan", "value=new_financing"];
    is_refused(bureau.call(told("m", own)).await, Code::InvalidArgument, "INVALID_REQUEST", &says);
    let entry = district.call(told("m", trained.clone())).await.unwrap().entry.unwrap().entry_no;
    is_refused(bureau.call(told("m", trained.clone())).await, Code::AlreadyExists, "EXISTS", &["what=figure"]);
    let found = district.call(ListIndicatorsRequest::default()).await.unwrap().indicators;
    let expect = Indicator { report: Some(trained.clone()), maker: "m".into(), checker: "n".into() };
    assert_eq!(found, [expect]);
    // A wrong one is reversed by another person, and told again.
    let reversal = |person: &str| ReverseEntryRequest {
        person: person.into(),
        ..told!(ReverseEntryRequest "k" "2024-04-02" { entry_no: entry, reason: "misread".into() })
    };
    is_refused(bureau.call(reversal("n")).await, Code::FailedPrecondition, "SAME_PERSON", &[]);
    bureau.call(reversal("k")).await.unwrap();
    bureau.call(told("m", report("trained", Some(Value::Count(77))))).await.unwrap();
    server.stop().await;
}
