//! Why a case is refused or not: every rule that was looked at, with the value found and the value allowed.

use crate::book::{Rule, Terms};
use crate::code::codes;
use crate::figure::{Figure, Lang, Unit, Word};
use crate::party::Districts;
use crate::{Code, Mark, Marked, VersionId};
use chrono::NaiveDate;
use primitives::RegionCode;
use primitives::region::{State, state};
use std::fmt;

codes! {
    /// What is looked at. The codes stand in stored events and never change.
    RuleId, "rule";
    CvAmount = "cv.amount", "贷款金额", "amount of the loan";
    CvKind = "cv.kind", "借款主体类型", "kind of borrower";
    CvSize = "cv.size", "企业规模", "size of the enterprise";
    CvDistrict = "cv.district", "注册区县", "district";
    CvBank = "cv.bank", "合作银行类型", "kind of bank";
    CvProduct = "cv.product", "产品", "product";
    CvRating = "cv.rating", "放款日有效的商业价值评级", "rating valid on the grant date";
    CvGrade = "cv.grade", "评级等级", "grade";
    CvNegative = "cv.negative", "未列入负面清单", "not on the negative list";
    CvCap = "cv.cap", "单户余额上限（含各行已用与已承诺）", "cap per borrower, at all banks";
    CvRecommended = "cv.recommended", "推荐授信额度内（含各行已用与已承诺）", "within the recommended line, at all banks";
    CvRate = "cv.rate", "贷款年利率", "annual rate";
    CvTerm = "cv.term", "贷款期限", "term";
    CvRenewal = "cv.renewal", "续贷", "renewal";
    BrAmount = "br.amount", "转贷金额", "amount of the bridge loan";
    BrDistrict = "br.district", "注册区县", "district";
    BrKind = "br.kind", "借款主体类型", "kind of borrower";
    BrCap = "br.cap", "单笔上限", "cap per use";
    BrDistrictCap = "br.district_cap", "区县单笔上限", "the district's cap per use";
    BrLoanFloor = "br.loan_floor", "拟转贷款的最低金额", "least old loan of this kind of borrower";
    BrOldLoan = "br.old_loan", "不超过拟归还贷款", "not above the loan to be repaid";
    BrCommitment = "br.commitment", "银行续贷承诺", "the bank's renewal commitment";
    BrDays = "br.days", "使用期限", "time of use";
    GfAmount = "gf.amount", "担保金额", "guaranteed amount";
    GfWindow = "gf.window", "申报截止日", "last day of application";
    GfDouble = "gf.double", "同一贷款同一期间未重复补贴", "no second subsidy for one loan and period";
    GfFeeRate = "gf.fee_rate", "年化担保费率", "guarantee fee rate";
    GfYear = "gf.year", "补贴年度", "year of guarantee";
    RcAmount = "rc.amount", "确认的本金损失", "confirmed loss of principal";
    RcKind = "rc.kind", "企业规模", "size of the enterprise";
    RcLoanCap = "rc.loan_cap", "单笔贷款上限", "cap of the loan";
    RcRecovery = "rc.recovery", "追偿期满", "days of recovery";
    RcQuota = "rc.quota", "可用风险补偿指标", "compensation quota available";
    RcBreaker = "rc.breaker", "熔断线", "circuit breaker";
    RcLoanRate = "rc.loan_rate", "贷款利率", "rate of the loan";
    RcFeeRate = "rc.fee_rate", "担保费率", "guarantee fee rate";
    BnTool = "bn.tool", "政策工具", "policy tool";
    BnAmount = "bn.amount", "金额", "amount";
    BnPeriod = "bn.period", "政策期间", "period";
    BnDocument = "bn.document", "依据文件", "document";
    BnPersons = "bn.persons", "经办与复核不同人", "maker and checker are two persons";
    IfPopulation = "if.population", "统计主体", "population";
    IfCreditLine = "if.credit_line", "单户授信", "credit line per borrower";
    IfPurpose = "if.purpose", "经营用途", "for business";
}

/// How the value found has to stand to the value allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Not above it.
    AtMost,
    /// Below it.
    Below,
    /// Not below it.
    AtLeast,
    /// One of them.
    OneOf,
    /// The same.
    Is,
    /// A period with that day in it.
    Covers,
}

/// One rule that was looked at.
///
/// # Examples
/// See [`Verdict`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: RuleId,
    /// Which version of which tool's rules.
    pub version: VersionId,
    /// Title and number of the document that sets what is allowed.
    pub document: String,
    /// What the case has.
    pub found: Figure,
    /// How it has to stand to what is allowed.
    pub relation: Relation,
    /// What is allowed.
    pub allowed: Figure,
    /// How far the allowed value may be relied on; `None` where no document sets it because it follows from the matter,
    /// as that an amount is above zero.
    pub mark: Option<Mark>,
    /// Whether it does.
    pub passed: bool,
}

/// Every rule that was looked at, in a fixed order, passed or not.
///
/// # Examples
/// ```
/// use policy::{Lang, benefit};
/// use primitives::Fen;
/// let rule = benefit::book()?.rule_on("2024-05-06".parse().unwrap())?;
/// let case = benefit::Case {
///     tool: benefit::Kind::InterestSubsidy,
///     amount: Fen::new(0),
///     from: "2024-01-01".parse().unwrap(),
///     to: "2024-03-31".parse().unwrap(),
///     document: "渝中小企〔2024〕1号".to_owned(),
///     maker: "a".to_owned(),
///     checker: "b".to_owned(),
/// };
/// let verdict = benefit::eligibility(rule, &case);
/// let refusal = verdict.refusals().next().unwrap();
/// assert_eq!(refusal.rule.to_string(), "bn.amount");
/// let text = refusal.text(Lang::En);
/// assert!(text.starts_with("amount: found 0.00 yuan, allowed is at least 0.01 yuan [bn.amount, benefit@2018-06-25, "));
/// # Ok::<(), policy::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    findings: Vec<Finding>,
}

impl Verdict {
    /// Whether every rule was passed.
    pub fn passed(&self) -> bool {
        self.findings.iter().all(|f| f.passed)
    }

    /// All that was looked at.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What was not passed.
    pub fn refusals(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| !f.passed)
    }
}

impl Finding {
    /// One line for people: rule, value found, value allowed with the label of its mark, ids, document.
    pub fn text(&self, lang: Lang) -> String {
        let allowed = self.allowed.text(lang);
        let allowed = self.mark.map_or_else(|| allowed.clone(), |mark| mark.label(&allowed, lang));
        let (name, found, relation) = (Word::of(self.rule).text(lang), self.found.text(lang), self.relation.text(lang));
        let (rule, version, document) = (self.rule, self.version, &self.document);
        match lang {
            Lang::Zh => format!("{name}：实际 {found}，要求{relation} {allowed}［{rule}，{version}，{document}］"),
            Lang::En => {
                format!("{name}: found {found}, allowed is {relation}{allowed} [{rule}, {version}, {document}]")
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Relation {
    fn text(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::AtMost, Lang::Zh) => "不超过",
            (Self::AtMost, Lang::En) => "at most ",
            (Self::Below, Lang::Zh) => "低于",
            (Self::Below, Lang::En) => "below ",
            (Self::AtLeast, Lang::Zh) => "不低于",
            (Self::AtLeast, Lang::En) => "at least ",
            (Self::OneOf, Lang::Zh) => "属于",
            (Self::OneOf, Lang::En) => "one of ",
            (Self::Is, Lang::Zh) => "为",
            (Self::Is, Lang::En) => "",
            (Self::Covers, Lang::Zh) => "涵盖",
            (Self::Covers, Lang::En) => "what covers ",
        }
    }
}

/// Collects findings under one version.
pub(crate) struct Look {
    version: VersionId,
    document: String,
    findings: Vec<Finding>,
}

impl Look {
    pub(crate) fn under<T: Terms>(rule: &Rule<T>) -> Self {
        Self { version: rule.id(), document: rule.document(), findings: Vec::new() }
    }

    pub(crate) fn done(self) -> Verdict {
        Verdict { findings: self.findings }
    }

    /// From here on another document sets what is allowed.
    pub(crate) fn document(&mut self, document: &str) {
        document.clone_into(&mut self.document);
    }

    /// A finding in full.
    pub(crate) fn at(
        &mut self,
        rule: RuleId,
        found: Figure,
        relation: Relation,
        allowed: (Figure, Option<Mark>),
        passed: bool,
    ) {
        let (version, document) = (self.version, self.document.clone());
        let (allowed, mark) = allowed;
        self.findings.push(Finding { rule, version, document, found, relation, allowed, mark, passed });
    }

    /// The value found against the rule's, by their order; what is not stated does not pass.
    pub(crate) fn compare<T: Unit + Ord>(
        &mut self,
        rule: RuleId,
        found: Option<T>,
        relation: Relation,
        allowed: &Marked<T>,
    ) {
        let limit = (allowed.value.figure(), Some(allowed.mark));
        self.order(rule, found, relation, &allowed.value, limit);
    }

    /// As [`Look::compare`] with a limit that no document sets.
    pub(crate) fn compare_own<T: Unit + Ord>(&mut self, rule: RuleId, found: T, relation: Relation, allowed: T) {
        let limit = (allowed.figure(), None);
        self.order(rule, Some(found), relation, &allowed, limit);
    }

    fn order<T: Unit + Ord>(
        &mut self,
        rule: RuleId,
        found: Option<T>,
        relation: Relation,
        allowed: &T,
        limit: (Figure, Option<Mark>),
    ) {
        let passed = found.as_ref().is_some_and(|found| match relation {
            Relation::AtMost => found <= allowed,
            Relation::Below => found < allowed,
            Relation::AtLeast => found >= allowed,
            Relation::OneOf | Relation::Is | Relation::Covers => found == allowed,
        });
        self.at(rule, found.map_or(Figure::Unknown, |f| f.figure()), relation, limit, passed);
    }

    /// The word found among the rule's; what is not stated does not pass.
    pub(crate) fn one_of<C>(&mut self, rule: RuleId, found: Option<C>, allowed: &Marked<Vec<C>>)
    where
        C: Code,
        Vec<C>: Unit,
    {
        let figure = found.map_or(Figure::Unknown, |f| Figure::Words(vec![Word::of(f)]));
        let passed = found.is_some_and(|f| allowed.value.contains(&f));
        self.at(rule, figure, Relation::OneOf, (allowed.value.figure(), Some(allowed.mark)), passed);
    }

    /// A district: a region of the city on the day, neither abolished nor still to come.
    pub(crate) fn district(&mut self, rule: RuleId, code: RegionCode, on: NaiveDate, mark: Option<Mark>) {
        let allowed = Figure::Words(vec![Word::of(Districts::All)]);
        let there = matches!(state(code, on), State::Valid(_));
        self.at(rule, Figure::Region(code, on), Relation::OneOf, (allowed, mark), there);
    }

    /// A requirement that is met or not.
    pub(crate) fn met(&mut self, rule: RuleId, found: bool, mark: Option<Mark>) {
        self.at(rule, Figure::Flag(found), Relation::Is, (Figure::Flag(true), mark), found);
    }
}
