//! Policy benefits and reported plan indicators: `BenefitService`.

use super::LedgerDesk;
use super::seen::{Asked, damaged};
use super::told::{Told, head, read, serve};
use super::words::Word as _;
use crate::desk::check::Violations;
use crate::desk::day;
use crate::identity::Caller;
use crate::refusal;
use ::ledger::event::{BenefitEvent, Body, Reported};
use ::ledger::record::{Benefit, ReportedFigure};
use ::ledger::{BenefitNo, Key, Record, Rules, Thing};
use api::ledger::v1;
use api::ledger::v1::benefit_service_server::BenefitService;
use api::ledger::v1::indicator_report::Value;
use policy::targets::Measure;
use store::NewLine;
use tonic::{Request, Response, Status};

fn of_benefit(
    v: &mut Violations,
    number: &str,
    did: impl FnOnce(&mut Violations) -> Option<BenefitEvent>,
) -> Option<Body> {
    let benefit = v.id("benefit_no", number);
    let did = did(v);
    Some(Body::Benefit { benefit: benefit?, did: did? })
}

impl Told for v1::ProposeBenefitRequest {
    const ACTION: &'static str = "ProposeBenefit";
    head!();

    fn part(&self) -> &'static str {
        "proposal"
    }

    fn body(&self, _: &Caller, v: &mut Violations) -> Option<Body> {
        of_benefit(v, &self.benefit_no, |v| {
            let of = v.part("proposal", self.proposal.as_ref())?;
            let tool = v.word::<v1::BenefitTool>("proposal.tool", of.tool);
            let enterprise = v.enterprise("proposal.enterprise_id", &of.enterprise_id);
            let district = v.region("proposal.district", &of.district);
            let amount_fen = v.amount("proposal.amount_fen", of.amount_fen);
            let from = v.day("proposal.starts_on", of.starts_on.as_ref());
            let to = v.day("proposal.ends_on", of.ends_on.as_ref());
            let document = v.document("proposal.document", &of.document);
            Some(BenefitEvent::Proposed {
                tool: tool?,
                enterprise: enterprise?,
                district: district?,
                amount_fen: amount_fen?,
                from: from?,
                to: to?,
                document: document?,
            })
        })
    }
}

impl Told for v1::ApproveBenefitRequest {
    const ACTION: &'static str = "ApproveBenefit";
    head!();

    fn body(&self, _: &Caller, v: &mut Violations) -> Option<Body> {
        of_benefit(v, &self.benefit_no, |_| Some(BenefitEvent::Approved))
    }
}

impl Told for v1::PayBenefitRequest {
    const ACTION: &'static str = "PayBenefit";
    head!();

    fn body(&self, _: &Caller, v: &mut Violations) -> Option<Body> {
        of_benefit(v, &self.benefit_no, |_| Some(BenefitEvent::Paid))
    }
}

impl Told for v1::ReturnBenefitRequest {
    const ACTION: &'static str = "ReturnBenefit";
    head!();

    fn body(&self, _: &Caller, v: &mut Violations) -> Option<Body> {
        of_benefit(v, &self.benefit_no, |v| {
            let maker = v.id("maker", &self.maker)?;
            Some(BenefitEvent::Returned { maker })
        })
    }
}

impl Told for v1::ReportIndicatorRequest {
    const ACTION: &'static str = "ReportIndicator";
    head!();

    fn part(&self) -> &'static str {
        "report"
    }

    fn body(&self, _: &Caller, v: &mut Violations) -> Option<Body> {
        let maker = v.id("maker", &self.maker);
        let of = v.part("report", self.report.as_ref())?;
        let indicator = v.id("report.indicator", &of.indicator);
        let district = v.region("report.district", &of.district);
        let from = v.day("report.starts_on", of.starts_on.as_ref());
        let to = v.day("report.ends_on", of.ends_on.as_ref());
        let value = value(v, &of.indicator, of.value);
        let document = v.document("report.document", &of.document);
        Some(Body::Reported(Reported {
            indicator: indicator?,
            district: district?,
            from: from?,
            to: to?,
            value: value?,
            document: document?,
            maker: maker?,
        }))
    }
}

/// The value in the unit of its indicator; of an indicator that there is not, the ledger says so.
fn value(v: &mut Violations, indicator: &str, value: Option<Value>) -> Option<i64> {
    let field = "report.value";
    let is_money = measure(indicator).map(|unit| unit == Measure::Yuan);
    match value {
        None => v.add(field, "must be given"),
        Some(Value::AmountFen(_)) if is_money == Some(false) => v.add(field, "must be a count, for that is its unit"),
        Some(Value::Count(_)) if is_money == Some(true) => v.add(field, "must be an amount, for that is its unit"),
        Some(Value::AmountFen(fen)) => return v.number("report.amount_fen", fen, 0, i64::MAX),
        Some(Value::Count(count)) => match i64::try_from(count) {
            Ok(count) => return Some(count),
            Err(_) => v.add("report.count", format_args!("must be 0 to {}", i64::MAX)),
        },
    }
    None
}

/// The unit of an indicator, the same in every plan.
fn measure(indicator: &str) -> Option<Measure> {
    let plans = Rules::shipped().ok()?.targets.rules();
    plans.iter().find_map(|plan| plan.terms().target(indicator)).map(|target| target.unit)
}

serve! {
    BenefitService {
        propose_benefit(ProposeBenefitRequest) -> ProposeBenefitResponse;
        approve_benefit(ApproveBenefitRequest) -> ApproveBenefitResponse;
        pay_benefit(PayBenefitRequest) -> PayBenefitResponse;
        return_benefit(ReturnBenefitRequest) -> ReturnBenefitResponse;
        report_indicator(ReportIndicatorRequest) -> ReportIndicatorResponse;
    }

    async fn get_benefit(
        &self,
        request: Request<v1::GetBenefitRequest>,
    ) -> Result<Response<v1::GetBenefitResponse>, Status> {
        read!(self, request, "GetBenefit", benefit)
    }

    async fn list_benefits(
        &self,
        request: Request<v1::ListBenefitsRequest>,
    ) -> Result<Response<v1::ListBenefitsResponse>, Status> {
        read!(self, request, "ListBenefits", benefits)
    }

    async fn list_indicators(
        &self,
        request: Request<v1::ListIndicatorsRequest>,
    ) -> Result<Response<v1::ListIndicatorsResponse>, Status> {
        read!(self, request, "ListIndicators", indicators)
    }
}

impl LedgerDesk {
    async fn benefit(
        &self,
        caller: &Caller,
        request: &v1::GetBenefitRequest,
        line: &mut NewLine,
    ) -> Result<v1::GetBenefitResponse, Status> {
        let mut v = Violations::default();
        let number: Option<BenefitNo> = v.id("benefit_no", &request.benefit_no);
        v.end()?;
        let number = number.ok_or_else(refusal::internal)?;
        line.object_id = Some(number.to_string());
        match self.seen(caller, &Key::Benefit(number), Thing::Benefit).await? {
            Record::Benefit(of) => {
                line.subject = Some(of.enterprise.as_str().to_owned());
                Ok(v1::GetBenefitResponse { benefit: Some(benefit_to_wire(number, &of)) })
            }
            _ => Err(damaged()),
        }
    }

    async fn benefits(
        &self,
        caller: &Caller,
        request: &v1::ListBenefitsRequest,
        _: &mut NewLine,
    ) -> Result<v1::ListBenefitsResponse, Status> {
        let fields = (request.page_size, request.page_token.as_str());
        let (found, next_page_token) = self.page_of_all(caller, "ListBenefits", r#"{"benefit":"#, fields).await?;
        let to_wire = |(key, record)| match (key, record) {
            (Key::Benefit(number), Record::Benefit(of)) => Ok(benefit_to_wire(number, &of)),
            _ => Err(damaged()),
        };
        let benefits = found.into_iter().map(to_wire).collect::<Result<_, Status>>()?;
        Ok(v1::ListBenefitsResponse { benefits, next_page_token })
    }

    async fn indicators(
        &self,
        caller: &Caller,
        request: &v1::ListIndicatorsRequest,
        _: &mut NewLine,
    ) -> Result<v1::ListIndicatorsResponse, Status> {
        let fields = (request.page_size, request.page_token.as_str());
        let (found, next_page_token) = self.page_of_all(caller, "ListIndicators", r#"{"reported":["#, fields).await?;
        let to_wire = |(_, record)| match record {
            Record::Reported(of) => Ok(indicator_to_wire(&of)),
            _ => Err(damaged()),
        };
        let indicators = found.into_iter().map(to_wire).collect::<Result<_, Status>>()?;
        Ok(v1::ListIndicatorsResponse { indicators, next_page_token })
    }

    /// A page of what has no owner but a district.
    async fn page_of_all(
        &self,
        caller: &Caller,
        method: &'static str,
        prefix: &str,
        (page_size, token): (i32, &str),
    ) -> Result<(Vec<(Key, Record)>, String), Status> {
        let mut v = Violations::default();
        let size = v.page_size(page_size);
        v.end()?;
        self.page(caller, Asked { method, prefix: prefix.to_owned(), of: "", size, token }).await
    }
}

fn benefit_to_wire(number: BenefitNo, of: &Benefit) -> v1::Benefit {
    v1::Benefit {
        benefit_no: number.to_string(),
        state: v1::BenefitState::of(of.state).into(),
        proposal: Some(v1::BenefitProposal {
            tool: v1::BenefitTool::of(of.tool).into(),
            enterprise_id: of.enterprise.as_str().to_owned(),
            district: of.district.to_string(),
            amount_fen: of.amount_fen.get(),
            starts_on: Some(day::to_wire(of.from)),
            ends_on: Some(day::to_wire(of.to)),
            document: of.document.clone(),
        }),
        maker: of.maker.to_string(),
        checker: of.checker.map(|p| p.to_string()).unwrap_or_default(),
        rule_version: of.rule.to_string(),
    }
}

fn indicator_to_wire(of: &ReportedFigure) -> v1::Indicator {
    let figure = &of.figure;
    let is_money = measure(figure.indicator.as_str()) == Some(Measure::Yuan);
    let value = if is_money { Value::AmountFen(figure.value) } else { Value::Count(figure.value.unsigned_abs()) };
    v1::Indicator {
        report: Some(v1::IndicatorReport {
            indicator: figure.indicator.to_string(),
            district: figure.district.to_string(),
            starts_on: Some(day::to_wire(figure.from)),
            ends_on: Some(day::to_wire(figure.to)),
            value: Some(value),
            document: figure.document.clone(),
        }),
        maker: figure.maker.to_string(),
        checker: of.checker.to_string(),
    }
}
