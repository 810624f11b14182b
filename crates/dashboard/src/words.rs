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
    IntervalLow: "区间下限（95%）", "interval, low (95 %)";
    IntervalHigh: "区间上限（95%）", "interval, high (95 %)";
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
    FindEnterprise: "按统一社会信用代码查询企业（查询将被记录）", "Find an enterprise by its credit code (the look-up is recorded)";
    NextPage: "下一页", "Next page";
    FirstPage: "第一页", "First page";
    ShownRows: "本页为第", "Rows from";

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

    ErrorTitle: "不能显示", "Can not be shown";
    ErrorNotFound: "没有此页，或不在您的权限范围内。", "There is no such page, or it is not yours to see.";
    ErrorForbidden: "您的角色没有这一栏目的权限。", "Your role has no right to this section.";
    ErrorParameter: "网址中的参数不正确：", "A parameter of the address is not right: ";
    ErrorTooLong: "电子表格放不下这么多行，请改用 CSV 导出，或先按区县、银行筛选：", "Too many rows for a spreadsheet: take the CSV file, or hold the list to a district or a bank first: ";
    ErrorUnavailable: "暂时不能提供服务，请稍后再试。", "Not available for now. Please try again later.";
    BackToOverview: "返回总览", "Back to the overview";
}

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
