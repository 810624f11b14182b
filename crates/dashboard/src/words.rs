//! Every word of the pages, in both languages: a word without one of them does not compile.
//!
//! Names of figures, dimensions and regions are those of `totals`, `policy` and `primitives`.

use policy::Lang;

/// Makes the dictionary.
macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)+) => {
        /// A word of the pages.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Word { $($name),+ }

        impl Word {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in a language.
            pub(crate) fn text(self, lang: Lang) -> &'static str {
                let (zh, en) = match self { $(Self::$name => ($zh, $en)),+ };
                if lang == Lang::Zh { zh } else { en }
            }
        }
    };
}

words! {
    Product: "商值 · 中小企业融资与政策台账", "Shangzhi · SME financing and policy ledger";
    SkipToContent: "跳到正文", "Skip to content";
    Sections: "栏目", "Sections";
    Path: "当前位置", "You are here";
    OtherLanguage: "English", "中文";
    Account: "我的账户", "My account";
    People: "人员", "People";
    SignIn: "登录", "Sign in";
    SignOut: "退出登录", "Sign out";
    Name: "用户名", "User name";
    Password: "密码", "Password";
    SignInFailed: "用户名或密码不正确，或该账户暂不能登录。连续失败后须等待一段时间再试。", "Name or password is not right, or this account may not sign in for now. After several failures there is a time to wait.";
    FormOutdated: "表单已过期或来源不明，请重新填写。", "The form is outdated or comes from elsewhere. Please fill it in again.";
    SignedOut: "您已退出登录。", "You have signed out.";
    Role: "角色", "Role";
    District: "区县", "District";
    WholeCity: "全市", "The whole city";
    State: "状态", "State";
    Active: "正常", "active";
    Disabled: "停用", "disabled";
    ChangedOn: "最近变更", "Last change";
    ShownAs: "姓名", "Shown as";

    DataAsOf: "数据截至", "Data as of";
    RecordedAsOf: "按此时刻的登记", "As recorded at";
    Unit: "单位", "Unit";
    Period: "统计期间", "Period";
    Through: "至", "to";
    From: "起始日", "First day";
    AsOf: "截至日", "As of";
    RecordedAt: "登记时刻（北京时间）", "Recorded at (Beijing time)";
    RecordedAtHint: "空：最新；也可填日期", "empty: latest; a date will do";
    By: "分组", "By";
    Automatic: "自动", "automatic";
    Apply: "查看", "Show";
    Filters: "筛选与口径", "Filters";
    Filter: "筛选", "Filter";
    FixedAddress: "本页固定链接", "Lasting link to this page";
    Downloads: "导出", "Export";
    Definitions: "指标口径", "Definitions";
    Notes: "说明", "Notes";
    Total: "合计", "Total";
    OtherOrNone: "其他/未填", "other or not stated";
    NoRows: "没有符合条件的数据。", "Nothing to show.";
    LastLine: "台账序号", "Ledger line";

    Yuan: "元", "yuan";
    TenThousandYuan: "万元", "10,000 yuan";
    HundredMillionYuan: "亿元", "100 million yuan";
    Comma: "，", ", ";
    Stop: "。", ".";
    Font: "宋体", "Arial";
    BulletinTitle: "中小企业融资与政策工具情况通报", "SME financing and policy tools: bulletin";

    Month: "本月", "This month";
    MonthBefore: "上月同期", "Month before, same days";
    OnMonth: "环比", "On the month";
    MonthOfYearBefore: "上年同月同期", "Same month a year before";
    OnYear: "同比", "On the year";
    YearToDate: "本年累计", "Year to date";
    YearBefore: "上年同期", "Year before, same days";
    SinceStart: "台账累计", "Since the start";
    Financing: "新增融资与余额", "New financing and balance";
    Item: "项目", "Item";
    Reconciliation: "从放款到余额净增", "From disbursement to change in balance";
    LessRefinanced: "减：续贷归还旧贷款", "less: repaid old loans";
    LessRepaid: "减：借款人归还", "less: repaid by borrowers";
    LessWrittenOff: "减：核销", "less: written off";
    BetweenDistricts: "加：新旧贷款归属不同的部分", "plus: old and new loan counted in different places";
    MonthlyPicture: "近二十四个月逐月走势", "The last twenty-four months";
    ByDistrict: "分区县", "By district";
    Targets: "目标与进度", "Targets and progress";
    Target: "目标", "Target";
    TargetOfFinancing: "计划新增融资完成率", "Completion of the plan's new financing";
    Indicator: "指标", "Indicator";
    Reached: "完成", "Reached";
    Completion: "完成率", "Completion";
    TimeGone: "时间进度", "Time gone";
    Source: "来源", "Source";
    PlanRuns: "计划期内", "plan runs";
    PlanEnded: "计划期已结束，为最终数", "plan has ended: final figure";
    Counted: "台账统计", "counted here";
    ReportedBy: "填报", "as reported";
    NotReported: "未填报", "not reported";
    Measure: "计量", "Counted in";
    PlanState: "计划", "Plan";

    Lead: "贷款申请与发放", "Applications and lending";
    Stock: "余额与质量", "Balance and quality";
    Quota: "补偿指标（权利，不是资金）", "Quota (a right, not money)";
    Cash: "补偿资金", "Compensation paid";
    Table: "分组表", "Table";
    League: "银行排名（按新增融资净额）", "Banks in order of net new financing";
    Rank: "名次", "Rank";
    Decline: "申请结果与拒绝原因", "Outcomes and reasons to decline";
    DeclineRate: "拒绝率", "share declined";
    IntervalLow: "区间下限（95%）", "interval, low (95 %)";
    IntervalHigh: "区间上限（95%）", "interval, high (95 %)";
    OfTheCity: "全市指标", "the city's indicator";
    Vintages: "授信季度与账龄（曾逾期超过90天或核销的比例）", "Vintages (share ever more than 90 days past due or written off)";
    Defaults: "分评级的违约（12个月）", "Defaults by grade (12 months)";
    Rolls: "迁徙率", "Roll rates";
    Differences: "银行报送与还款计划不符", "Statuses that differ from the schedules";
    Buckets: "逾期分布", "Overdue by days";

    LoanList: "贷款清单", "Loans";
    Loan: "贷款", "Loan";
    LoanNumber: "贷款编号", "Loan number";
    EnterpriseCode: "统一社会信用代码", "Credit code";
    Bank: "银行", "Bank";
    GrantedOn: "授信日", "Granted on";
    Rate: "年利率", "Rate of a year";
    LoanState: "状态", "State";
    NoteOfLoans: "放款和归还为本期间发生额；授信和余额截至数据日期。", "Disbursed and repaid are of the period; granted and outstanding are as of the day.";
    Moves: "贷款经过", "What happened";
    Day: "日期", "Day";
    What: "事项", "Event";
    Amount: "金额", "Amount";
    LedgerLine: "台账序号", "Ledger line";
    Ratings: "评级记录", "Ratings";
    Grade: "评级", "Grade";
    Score: "分数", "Score";
    Recommended: "推荐额度", "Recommended line";
    ValidTo: "有效期至", "Valid to";
    IssuedOn: "评级日", "Issued on";
    Find: "查询", "Find";
    FindEnterprise: "按企业名称或统一社会信用代码查询（查询将被记录）", "Find an enterprise by its name or credit code (the look-up is recorded)";
    NextPage: "下一页", "Next page";
    FirstPage: "第一页", "First page";
    ShownRows: "第{first}至{last}行，共{all}行。", "Rows {first} to {last} of {all}.";
    NoRowsFrom: "共{all}行，没有第{first}行。", "There are {all} rows, none from row {first} on.";

    Applied: "申请", "applied";
    Withdrawn: "撤回", "withdrawn";
    Declined: "拒绝", "declined";
    Granted: "授信", "granted";
    Disbursed: "放款", "paid out";
    Repaid: "归还", "repaid";
    Renewed: "由新贷款归还", "repaid by a new loan";
    WrittenOff: "核销", "written off";
    Recovered: "核销后收回", "recovered";
    Closed: "结清", "closed";
    Outstanding: "在贷", "outstanding";
    RepaidInFull: "已还清", "repaid in full";
    TakenBack: "冲销", "taken back";

    NoteRounded: "金额按所示单位四舍六入五成双，合计先加后约，各行相加可能与合计有尾差；导出与接口为精确到分的数。", "Amounts are rounded half to even to the unit shown, totals are summed before; rows may not add up to the last digit. Exports and the interface have every fen.";
    NoteSameDays: "同期：截至日为月末时取整月，否则取同日；该月无此日时取月末。基数为零或负数时不计算变动率，比率不计变动率，以“—”表示。", "Same days: whole months where the as-of day ends a month, else through the same day, or the last one of a shorter month. Where the base is zero or below, and for ratios, no change is stated (—).";
    NoteIncomplete: "截至日不是月末，最后一个月不完整。", "The as-of day does not end a month: the last month is incomplete.";
    NoteNotComparable: "† 2025年11月6日行政区划调整（江北区、渝北区撤销，设立两江新区，北碚区界线变动），调整前后的数不可比。", "† Not comparable: on 2025-11-06 Jiangbei and Yubei ended, Liangjiang New Area became a district, and the border of Beibei moved.";
    NotComparable: "不可比", "not comparable";
    NoteDistinct: "去重户数在各级分别计算，各行相加大于合计的部分是在多行出现的企业：", "Distinct counts are counted at each level; what rows exceed the total by are enterprises in several rows: ";
    NoteDash: "“—”：没有数，或分母为零。", "—: no figure, or a denominator of zero.";
    NoteWilson: "区间为二项比例的威尔逊区间；笔数少时区间宽，名次不宜当真。", "Wilson intervals of a binomial share: where counts are small they are wide and ranks mean little.";
    NoteZones: "高新区、万盛经开区等是企业的另一属性，不与区县相加，不在本表。", "Development zones are another attribute of an enterprise; they are not added to districts and are not in this table.";
    NoteEnterprise: "本页的查询已记入审计日志。", "This look-up is in the audit log.";

    FoundEnterprises: "找到的企业", "Enterprises found";
    EnterpriseName: "企业名称", "Name";
    LoanCount: "贷款笔数", "Loans";
    Payments: "财政补贴、补偿与政策支持", "Subsidies, compensation and other benefits";
    ScoreChange: "较上次", "Change";
    NegativeHit: "负面清单命中", "Negative list";
    RatingReasons: "评级原因", "Reasons of the ratings";
    ReasonNumber: "序", "No.";
    ReasonText: "原因", "Reason";
    Characteristic: "指标", "Characteristic";
    PointsLost: "失分", "Points lost";
    DefaultProbability: "违约概率", "Probability of default";
    RatingModel: "模型", "Model";
    OfNegativeList: "负面清单：", "Negative list: ";
    BestGradeLeft: "，等级最高为 ", ", best grade ";
    NoPointsLost: "各项均未失分", "no points were lost";
    ReasonsDeleted: "保存期满，个人与企业信息已删除", "deleted when its retention ended";
    ReasonsRevoked: "企业已撤回授权，不再显示", "not shown: the enterprise revoked a consent that it rests on";
    ReasonsElsewhere: "非本平台出具或未保存，没有原因", "not issued here: no reasons are kept";
    Yes: "是", "yes";
    No: "否", "no";
    Case: "办理事项", "Case";
    CaseNumber: "编号", "Number";
    Applicant: "申请机构", "Applicant";
    MadeBy: "经办", "Made by";
    MadeOn: "经办日", "Made on";
    Basis: "依据", "Basis";
    DaysWaiting: "等待天数", "Days waiting";
    Steps: "办理经过", "Steps";
    Person: "人员", "Person";
    RecordedOn: "登记时间", "Recorded";
    Bureau: "市局", "city bureau";
    Platform: "平台", "platform";
    Waiting: "待办事项（等待最久的在前）", "What waits (longest first)";
    WaitingSums: "待办汇总", "What waits, in sums";
    CaseCount: "件数", "Cases";
    EnteredState: "已入账", "entered";
    SentBack: "已退回", "sent back";
    ReportIndicator: "计划指标填报", "report of an indicator";
    Act: "办理", "Act on this";
    ActTitle: "复核与办理", "Check and act";
    Propose: "新建填报", "Prepare a new entry";
    ProposeBenefit: "提出其他政策支持", "Propose a benefit";
    ProposeIndicator: "填报计划指标", "Report an indicator of the plan";
    EffectiveOn: "生效日", "Effective on";
    ReasonGiven: "理由", "Reason";
    Told: "已记入台账，序号", "Entered in the ledger under number";
    ToldBefore: "此前已记入台账，序号", "Entered before, under number";
    DraftKept: "已保存，等待另一人复核。", "Kept: another person is to check it.";
    DraftSentBack: "已退回。", "Sent back.";
    RefusedTitle: "台账未接受", "The ledger did not take it";
    NothingToDo: "目前没有可办理的步骤。", "There is no step to take now.";
    NotYourPart: "您的角色只能查看。", "Your role may look only.";
    NameIsNoPerson: "您的用户名不能用作台账中的人员编号。", "Your user name can not be a person of the ledger.";
    NoService: "本服务未连接台账，不能办理。", "No service stands behind these pages: nothing can be entered.";
    AlreadyEnded: "该填报已有结论。", "It has ended before.";
    FieldWrong: "填写有误：", "A field is not right: ";
    Tool: "政策工具", "Tool";
    AmountYuan: "金额（元）", "Amount (yuan)";
    Document: "文件依据", "Document";
    FirstDay: "期间起始日", "First day of the period";
    LastDay: "期间截止日", "Last day of the period";
    ValueReported: "数值（金额以元计）", "Value (amounts in yuan)";
    ReasonOfClawback: "追回原因", "Why it is clawed back";

    GradesBy: "评级分布（分组）", "Ratings by group";
    GradesOfPeriod: "评级分布（统计期间）", "Ratings of the period by grade";
    RatingCount: "评级次数", "Ratings";
    ShareOfAll: "占比", "Share";
    MeanScore: "平均分", "Mean score";
    LowestScore: "最低分", "Lowest";
    HighestScore: "最高分", "Highest";
    Stability: "评级稳定性（PSI，逐月）", "Stability of ratings (PSI by month)";
    MonthOfRating: "评级月份", "Month of the rating";
    PsiScore: "PSI（分数）", "PSI of the score";
    PsiGrade: "PSI（等级）", "PSI of the grade";
    PsiSays: "判断", "Says";
    Stable: "稳定", "stable";
    Watch: "关注", "watch";
    Alarm: "处置", "act";
    InputsMonthly: "模型输入缺失率（逐月）", "Missing inputs of the model, by month";
    InputsMissing: "各输入的缺失率，按变动大小排列：", "Missing by input, largest change first:";
    InputShares: "各输入的缺失率（逐月）", "Share missing by input and month";
    InputCounts: "各输入的缺失次数（逐月）", "Ratings without an input, by month";
    ModelInput: "模型输入", "Input";
    MissingShare: "缺失率", "Share missing";
    MissingShareOfMonth: "当月缺失率", "Share of the month";
    MissingShareBefore: "基准缺失率", "Share of the reference";
    MissingChange: "变动", "Change";
    MissingCount: "缺失次数", "Missing";
    InputCount: "输入项次", "Inputs";
    MissingOfRatings: "评级时的信息缺失（逐月）", "What is missing of rated enterprises, by month";
    WithoutProfile: "企业信息未知", "Enterprise not known";
    WithoutProfileShare: "企业信息未知占比", "Share not known";
    WithoutSize: "规模未填", "Size not stated";
    WithoutSizeShare: "规模未填占比", "Share without size";
    NotStated: "未填与未知代码", "What was not stated";
    Field: "字段", "Field";
    CountOfAll: "全部", "All";
    CountNotStated: "未填", "Not stated";
    ShareNotStated: "未填占比", "Share not stated";
    RefusedByRule: "导入被拒的规则", "Rules that refused rows of files";
    Rule: "规则", "Rule";
    RowCount: "行数", "Rows";
    ImportCount: "涉及导入次数", "Imports";
    ObjectionClock: "异议时限（20个日历日）", "Clock of objections (20 calendar days)";
    ObjectionCount: "异议件数", "Objections";
    Objections: "异议清单", "Objections";
    ObjectionNumber: "异议编号", "Objection";
    ObjectionLate: "超期未答复", "late, without an answer";
    ObjectionSoon: "五日内到期", "due within five days";
    ObjectionRunning: "办理中", "running";
    ObjectionAnsweredLate: "超期答复", "answered late";
    ObjectionAnswered: "按时答复", "answered in time";
    ObjectionOpen: "待答复", "open";
    ObjectionCorrected: "已更正", "corrected";
    ObjectionRejected: "不予更正", "rejected";
    ObjectionUnresolved: "未能查实", "unresolved";
    DueOn: "答复期限", "Due on";
    DaysLeft: "剩余天数", "Days left";
    OpenedOn: "提出日", "Opened on";
    Outcome: "结果", "Outcome";
    ResolvedOn: "答复日", "Answered on";
    RatingNumber: "评级编号", "Rating";
    Imports: "文件导入", "Imports of files";
    ImportNumber: "导入序号", "Import";
    File: "文件", "File";
    Mapping: "映射", "Mapping";
    EventCount: "事项数", "Events";
    EnteredCount: "入账", "Entered";
    RepeatedCount: "此前已入账", "There before";
    RefusedCount: "被拒", "Refused";
    UnreadableCount: "无法读取", "Unreadable";
    FileDigest: "文件SHA-256摘要", "SHA-256 of the file";
    Refusals: "被拒的行", "Rows that were refused";
    Row: "行号", "Row";
    Found: "填报值", "Found";
    Allowed: "允许值", "Allowed";
    Reason: "原因", "Reason";
    QuotaStanding: "补偿指标余额（截至日，两种读法）", "Quota at the end of the day, by both readings";
    InclusiveAll: "普惠小微贷款（两种口径）", "Inclusive small-micro loans by both definitions";
    InclusiveBy: "普惠小微贷款（分组）", "Inclusive small-micro loans by group";

    DefineDaysWaiting: "自最近一步生效日至截至日的日历天数；填报自保存之日起。", "Calendar days from the day of the last step, or of the preparation, to the as-of day.";
    DefineCaseAmount: "申请、提出或实际拨付的金额；补偿拨付为政府承担部分。", "What was claimed, proposed or paid; of compensation paid, the government's part.";
    DefineRatingCount: "统计期间内出具且截至日未被冲销的评级，每次计一次。", "Ratings issued in the period that were not taken back by the as-of day; each counts once.";
    DefineMeanScore: "评级分数的算术平均。", "Arithmetic mean of the scores.";
    DefinePsi: "PSI=∑(当月占比−基准占比)×ln(当月占比÷基准占比)，以百分数表示；低于10%稳定，10%至25%关注，高于25%处置。分数按基准期十分位分箱，箱界只取自基准期；空箱取占比0.01%。", "PSI = sum((a - e) ln(a / e)) over shares of the month and of the reference, shown as a percentage: below 10 % stable, to 25 % watch, above it act. Scores are in tenths of the reference, whose cuts alone are used; an empty bin has a share of 0.01 %.";
    DefineWithoutProfile: "评级企业在台账中没有任何贷款申请，因此区县、行业、规模未知。", "The rated enterprise has no application for a loan in the ledger, so district, industry and size are not known.";
    DefineNotStated: "统计期间内该字段为空或不在代码表中的笔数。", "Those of the period whose field is empty or not in its list of codes.";
    DefineClock: "自提出之日起20个日历日内答复；截至日晚于答复期限而无结果为超期。", "An objection is answered within 20 calendar days from its opening; it is late where the as-of day is after the last of them.";
    DefineRepeated: "同一请求此前已入账，本次未改变台账。", "The same request was entered before: nothing changed.";
    DefineUnreadable: "单元格不能按列的要求读取的行，未形成事项。", "Rows with a cell that can not be read as its column wants: they came to no event.";
    DefineQuota: "指标是按放款计提的权利，不是资金；可用数按两种读法并列：未用指标封顶、累计指标封顶。", "Quota is a right that disbursements bring, and no money; what is available stands by both readings of the cap.";
    DefineInclusive: "按借款人授信（各银行未还本金与未提用额度之和）判断，人民银行口径低于1000万元，监管口径不超过1000万元。", "By the credit line of the borrower (what it owes and may still draw at all banks): below 10 million yuan for the central bank, at most that for the regulator.";
    NoteMoreFound: "仅列出前100家，请输入更长的名称或代码。", "The first 100 are shown: a longer name or code finds fewer.";
    NoteRatings: "命中负面清单的评级不推荐额度。", "A hit of the negative list recommends no line.";
    NoteReasons: "原因、分数、等级与违约概率为出具时答复银行的内容，按原样读取，未重新计算；查询已记入审计日志，企业可以看到。", "Reasons, score, grade and probability are those that the bank was answered, read as they were stored and not computed again; the look is in the audit log, and the enterprise sees it.";
    NoteReasonsForbidden: "您的角色不能查看该企业的评级原因：区县只能查看登记在本区县的企业。", "Your role does not read this enterprise's reasons: a district reads those of enterprises that are registered in it.";
    NoteReasonsMore: "仅显示最近100次评级的原因。", "Reasons of the newest 100 ratings are shown.";
    NoteObjectionOpen: "该企业有异议正在处理。", "An objection of the enterprise is open.";
    DefinePointsLost: "该指标得分与其基准分之差；负面清单不计分。", "What the table of the characteristic gave below its baseline; the negative list takes no points.";
    DefineDefaultProbability: "模型所述期限内违约的概率；模型未校准或不予评级时没有。", "Within the months that the model states; none where the model is not calibrated or there is no rating.";
    NoteReview: "经办与复核须为不同人，由台账强制；被台账拒绝的，办理页显示规则与数值。", "Maker and checker are two persons, which the ledger enforces; what it refuses is shown with its rule and value.";
    NoteProfile: "区县、行业、规模取企业最近一次贷款申请时的登记；没有申请的列入其他/未填。", "District, industry and size are those of the enterprise's last application; those without one are other or not stated.";
    NoteNoReference: "评级尚少，没有可比的基准；基准所需评级次数：", "Too few ratings for a reference, which takes";
    NoteReference: "基准期", "Reference";
    NoteInputs: "按存储的评级统计，截至登记时刻前一日；含不予评级的。每次评级的每项输入计一次。", "Counted from stored ratings, through the day before the recorded time, those without a grade among them; each input of each rating counts once.";
    NoteInputReference: "模型文件夹没有训练时的缺失率，基准取最初的月份", "The model's folder has no shares of training, the reference is the first months";
    NoteInputsParted: "各模型输入的缺失率只按全市统计，请在不带筛选的全市页面查看。", "Shares of single inputs are of the whole city: they are on its page without filters.";
    DefineMissingShare: "评级时输入未知或未获授权的次数占比；分母为零不算缺失。", "Share of ratings at which an input was not known or not authorised; an empty denominator is not missing.";
    DefineMissingChange: "当月缺失率减基准缺失率，百分点。", "Share of the month less that of the reference, in points of a percentage.";
    NotePsi: "评级次数少的月份PSI偏高，不宜单独判断。", "Months of few ratings have a high PSI by chance: do not judge by it alone.";
    NoteRefused: "每次导入最多保留前1000条被拒的行，件数为全部。", "Of each import the first 1,000 refused rows are kept; counts are of all.";
    NoteObjections: "已有结果的异议列出截至日前400天内到期的。没有评级编号的异议不属于任何区县。", "Of objections with an outcome, those due within 400 days before the as-of day are listed. One without a rating belongs to no district.";
    NoteReading: "当日规则所取的读法", "The rule of the day reads";

    ErrorTitle: "不能显示", "Can not be shown";
    ErrorNotFound: "没有此页，或不在您的权限范围内。", "There is no such page, or it is not yours to see.";
    ErrorForbidden: "您的角色没有这一栏目的权限。", "Your role has no right to this section.";
    AllowedOnce: "只能出现一次", "may stand once only";
    AllowedLang: "可用值：zh、en", "allowed are zh, en";
    AllowedDay: "应为YYYY-MM-DD，2010年至今日", "must be YYYY-MM-DD, from 2010 to today";
    AllowedFirstDay: "应为YYYY-MM-DD，2010至2100年", "must be YYYY-MM-DD, 2010 to 2100";
    AllowedMoment: "应为YYYY-MM-DD或YYYY-MM-DDTHH:MM:SS", "must be YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS";
    AllowedUnit: "可用值：yuan、wan、yi", "allowed are yuan, wan, yi";
    AllowedDimension: "可用值：district、bank、industry、size、grade、product、tool、zone、month、quarter、year", "allowed are district, bank, industry, size, grade, product, tool, zone, month, quarter, year";
    AllowedNotTime: "应为时间以外的分组", "must be a dimension other than time";
    AllowedOfRatings: "评级按企业统计，可用：month、district、industry、size、grade", "ratings are of an enterprise: month, district, industry, size or grade";
    AllowedWhole: "应为整数", "must be a whole number";
    AllowedCreditCode: "应为18位统一社会信用代码", "must be a unified social credit code of 18 characters";
    AllowedCase: "可用值：subsidy、claim、benefit、draft", "allowed are subsidy, claim, benefit, draft";
    AllowedText: "最多96字节，不含控制字符", "must be at most 96 bytes without control characters";
    AllowedCodes: "最多40个值", "at most 40 values may be given";
    AllowedCode: "没有这个代码，请从按此分组的表中选择", "is not one of the codes that there are; choose from the table by this dimension";
    AllowedNotAfter: "不得晚于截至日", "must not be after as_of";
    AllowedUnknown: "本页没有这个参数", "is not known here";
    ErrorParameter: "网址中的参数不正确：", "A parameter of the address is not right: ";
    ErrorTooLong: "电子表格放不下这么多行，请改用 CSV 导出，或先按区县、银行筛选：", "Too many rows for a spreadsheet: take the CSV file, or hold the list to a district or a bank first: ";
    ErrorUnavailable: "暂时不能提供服务，请稍后再试。", "Not available for now. Please try again later.";
    BackToOverview: "返回总览", "Back to the overview";
}

/// Headings of a file of names under which codes of enterprises stand.
pub(crate) const CODE_HEADINGS: &[&str] = &["enterprise_id", "credit_code", "统一社会信用代码"];
/// Headings under which their names do.
pub(crate) const NAME_HEADINGS: &[&str] = &["name", "企业名称"];

#[cfg(test)]
mod tests {
    use super::*;

    fn is_chinese(c: char) -> bool {
        ('\u{4e00}'..='\u{9fff}').contains(&c)
    }

    #[test]
    fn every_word_has_both_languages() {
        for word in Word::ALL {
            let (zh, en) = (word.text(Lang::Zh), word.text(Lang::En));
            assert!(!zh.trim().is_empty() && !en.trim().is_empty(), "{word:?}");
            // Marks, and what is in the other language by intent.
            if [Word::OtherLanguage, Word::Comma, Word::Stop].contains(word) {
                continue;
            }
            assert!(zh.chars().any(is_chinese), "{word:?}: {zh}");
            assert!(!en.chars().any(is_chinese), "{word:?}: {en}");
        }
    }

    /// Chinese stands in this file only, and in comments and tests.
    #[test]
    fn no_template_has_words_of_its_own() {
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("words.rs") && path.extension().is_some_and(|e| e == "rs") {
                    let text = std::fs::read_to_string(&path).expect("UTF-8");
                    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                    for (line, number) in code.lines().zip(1..) {
                        let comment = line.trim_start().starts_with("//");
                        let words = line.contains(" = \"") && line.contains("\", \"");
                        assert!(comment || words || !line.chars().any(is_chinese), "{}:{number}", path.display());
                    }
                }
            }
        }
    }
}
