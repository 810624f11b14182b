//! The other tables as grids.

use crate::grid::{Cell, Grid, Style};
use crate::{GradeDefaults, Inclusive, Progress, QuotaLine, Roll, StatusDifferences, Unit, Value, Vintage};
use policy::targets::Measure;
use policy::{Code, Lang, codes};

codes! {
    /// A column of one of these tables.
    Column, "column";
    Bank = "bank", "银行", "bank";
    Accrued = "accrued", "累计计提", "accrued";
    Used = "used", "已使用", "used";
    Recovered = "recovered", "追偿收回", "recovered";
    Balance = "balance", "贷款余额", "balance";
    AvailableUnused = "available_unused", "可用（未用指标封顶）", "available (what is unused is capped)";
    AvailableAccrued = "available_accrued", "可用（累计指标封顶）", "available (what has accrued is capped)";
    Authority = "authority", "口径", "authority";
    Loans = "loans", "贷款笔数", "loans";
    Borrowers = "borrowers", "借款人户数", "borrowers";
    SizeUnknown = "size_unknown", "规模未填而未计入的余额", "balance left out because the size is not stated";
    Quarter = "quarter", "授信季度", "quarter of the grant";
    Disbursed = "disbursed", "放款金额", "disbursed";
    From = "from", "上月末", "end of the month before";
    To = "to", "本月末", "end of the month";
    Grade = "grade", "评级", "grade";
    Bads = "bads", "违约笔数", "bad loans";
    Rate = "rate", "违约率", "bad rate";
    RatedLoans = "rated_loans", "有预期违约率的贷款", "loans with an expected rate";
    RatedBads = "rated_bads", "其中违约笔数", "bad loans of them";
    Expected = "expected", "预期违约率", "expected bad rate";
    Immature = "immature", "未满12个月", "not yet 12 months old";
    Differ = "differ", "与还款计划不符", "differ from the schedule";
    TooGood = "class_too_good", "分类偏优", "class too good";
    Indicator = "indicator", "指标", "indicator";
    Aim = "aim", "目标", "target";
    Reached = "reached", "完成", "reached";
    Share = "share", "完成率", "share reached";
    Time = "time", "时间进度", "time gone";
    PartOfStage = "share_of_stage", "占上月同阶段余额", "share of the stage before";
}

fn whole(n: i128, unit: Unit) -> Cell {
    Cell::Value(Value::Whole(n), unit)
}

fn text(code: &str, name: &str) -> Cell {
    Cell::Name { code: code.to_owned(), name: name.to_owned() }
}

impl Style {
    fn table(self, head: String, columns: Vec<(String, String)>, rows: Vec<Vec<Cell>>, note: (&str, &str)) -> Grid {
        let note = if self.lang == Lang::Zh { note.0 } else { note.1 };
        Grid { head: vec![head], columns, rows, notes: vec![note.to_owned()] }
    }

    fn word_cell<C: Code>(self, word: C) -> Cell {
        text(word.code(), if self.lang == Lang::Zh { word.name_zh() } else { word.name_en() })
    }

    /// Quota by bank.
    pub fn quotas(self, head: String, lines: &[QuotaLine]) -> Grid {
        let money = |column| self.value_column(column, Unit::Fen);
        let values = [
            Column::Accrued,
            Column::Used,
            Column::Recovered,
            Column::Balance,
            Column::AvailableUnused,
            Column::AvailableAccrued,
        ];
        let columns = std::iter::once(self.column(Column::Bank)).chain(values.map(money)).collect();
        let row = |line: &QuotaLine| {
            let [unused, accrued] = line.available_fen.map(|(_, fen)| fen);
            let sums = [line.accrued_fen, line.used_fen, line.recovered_fen, line.balance_fen, unused, accrued];
            std::iter::once(text(&line.bank, &line.bank)).chain(sums.map(|n| whole(n, Unit::Fen))).collect()
        };
        let note = (
            "指标是权利，不是资金。封顶有两种读法，依据未查到，两种并列。",
            "Quota is a right and no money. The text that decides between the two readings of the cap was not found.",
        );
        self.table(head, columns, lines.iter().map(row).collect(), note)
    }

    /// Inclusive loans by authority.
    pub fn inclusive(self, head: String, by: Option<crate::Dimension>, lines: &[Inclusive]) -> Grid {
        let mut columns = vec![
            self.column(Column::Authority),
            self.value_column(Column::Loans, Unit::Count),
            self.value_column(Column::Borrowers, Unit::Count),
            self.value_column(Column::Balance, Unit::Fen),
            self.value_column(Column::SizeUnknown, Unit::Fen),
        ];
        // All together have no group to name.
        if let Some(by) = by {
            columns.insert(1, self.column(by));
        }
        let row = |line: &Inclusive| {
            let mut row = vec![
                self.word_cell(line.authority),
                whole(line.loans, Unit::Count),
                whole(line.borrowers, Unit::Count),
                whole(line.balance_fen, Unit::Fen),
                whole(line.size_unknown_fen, Unit::Fen),
            ];
            if let Some(by) = by {
                row.insert(1, text(&line.code, &by.name(&line.code, self.lang)));
            }
            row
        };
        let note = (
            "检验的是借款人授信（本台账内各银行未还本金与未提用额度之和），不是单笔贷款；人民银行口径为低于1000万元，监管口径为不超过1000万元。",
            "the credit line of the borrower is tested (what it owes and may still draw at all banks of this ledger), not the loan; below 10 million yuan for the central bank, at most that for the regulator.",
        );
        self.table(head, columns, lines.iter().map(row).collect(), note)
    }

    /// Vintage curves, a column for each month on book.
    pub fn vintages(self, head: String, lines: &[Vintage]) -> Grid {
        let months = lines.iter().map(|line| line.bad_fen.len()).max().unwrap_or(0);
        let mut columns = vec![self.column(Column::Quarter), self.value_column(Column::Disbursed, Unit::Fen)];
        columns.extend((0..months).map(|month| (format!("month_{month}"), format!("{month}（%）"))));
        let row = |line: &Vintage| {
            let shares = (0..months).map(|month| Cell::Value(line.share(month), Unit::Share));
            let lead = [text(&line.quarter, &line.quarter), whole(line.disbursed_fen, Unit::Fen)];
            lead.into_iter().chain(shares).collect()
        };
        let note = (
            "授信季度×账龄（月）：截至该账龄曾逾期超过90天或核销的贷款的放款额，占该季度授信贷款放款额的比例。",
            "by quarter of the grant and months on book: what was paid out of loans that were by then ever more than 90 days past due or written off, of all paid out.",
        );
        self.table(head, columns, lines.iter().map(row).collect(), note)
    }

    /// How loans went from stage to stage.
    pub fn rolls(self, head: String, lines: &[Roll]) -> Grid {
        let columns = vec![
            self.column(Column::From),
            self.column(Column::To),
            self.value_column(Column::Loans, Unit::Count),
            self.value_column(Column::Balance, Unit::Fen),
            self.value_column(Column::PartOfStage, Unit::Share),
        ];
        let row = |line: &Roll| {
            let all: i128 = lines.iter().filter(|l| l.from == line.from).map(|l| l.owed_fen).sum();
            vec![
                self.word_cell(line.from),
                self.word_cell(line.to),
                whole(line.loans, Unit::Count),
                whole(line.owed_fen, Unit::Fen),
                Cell::Value(Value::ratio(line.owed_fen, all), Unit::Share),
            ]
        };
        let note = (
            "金额为上月末余额；比例为占上月末同一阶段余额的比例。",
            "amounts are owed at the end of the month before; shares are of all in that stage then.",
        );
        self.table(head, columns, lines.iter().map(row).collect(), note)
    }

    /// What became of loans by grade.
    pub fn defaults(self, head: String, lines: &[GradeDefaults]) -> Grid {
        let columns = vec![
            self.column(Column::Grade),
            self.value_column(Column::Loans, Unit::Count),
            self.value_column(Column::Bads, Unit::Count),
            self.value_column(Column::Rate, Unit::Share),
            self.value_column(Column::Immature, Unit::Count),
            self.value_column(Column::RatedLoans, Unit::Count),
            self.value_column(Column::RatedBads, Unit::Count),
            self.value_column(Column::Expected, Unit::Share),
        ];
        let row = |line: &GradeDefaults| {
            vec![
                text(&line.grade, &crate::Dimension::Grade.name(&line.grade, self.lang)),
                whole(line.loans, Unit::Count),
                whole(line.bads, Unit::Count),
                Cell::Value(Value::ratio(line.bads, line.loans), Unit::Share),
                whole(line.immature, Unit::Count),
                whole(line.rated, Unit::Count),
                whole(line.rated_bads, Unit::Count),
                Cell::Value(line.expected(), Unit::Share),
            ]
        };
        let note = (
            "期间内授信并放款、已满12个月的贷款；违约＝授信后12个月内曾逾期超过90天或核销。预期违约率＝授信所依据评级的12个月违约概率的平均值。",
            "loans granted in the period and paid out that are twelve months old; bad is more than 90 days past due or written off within twelve months of the grant. Expected is the mean of the twelve-month probabilities of default of the ratings that the grants rest on.",
        );
        self.table(head, columns, lines.iter().map(row).collect(), note)
    }

    /// Where statuses differ.
    pub fn status_differences(self, head: String, lines: &[StatusDifferences]) -> Grid {
        let columns = vec![
            self.column(Column::Bank),
            self.value_column(Column::Differ, Unit::Count),
            self.value_column(Column::TooGood, Unit::Count),
        ];
        let row = |line: &StatusDifferences| {
            vec![text(&line.bank, &line.bank), whole(line.differ, Unit::Count), whole(line.class_too_good, Unit::Count)]
        };
        let note = (
            "银行报送的月末逾期天数或分类，与按还款计划计算的不一致的贷款笔数。",
            "loans whose days past due or class by the bank differ from what the schedule says.",
        );
        self.table(head, columns, lines.iter().map(row).collect(), note)
    }

    /// How far the plan is.
    pub fn plan(self, head: String, lines: &[Progress]) -> Grid {
        let columns = [Column::Indicator, Column::From, Column::To, Column::Aim, Column::Reached];
        let shares = [Column::Share, Column::Time].map(|column| self.value_column(column, Unit::Share));
        let columns = columns.map(|column| self.column(column)).into_iter().chain(shares).collect();
        let row = |line: &Progress| {
            let unit = if line.target.unit == Measure::Yuan { Unit::Fen } else { Unit::Count };
            let aim = match line.target.value().value {
                policy::Figure::Amount(fen) => i128::from(fen.get()),
                policy::Figure::Count(count) => i128::from(count),
                _ => 0,
            };
            let name = if self.lang == Lang::Zh { &line.target.name_zh } else { &line.target.name_en };
            let (from, to) = (line.over.0.to_string(), line.over.1.to_string());
            vec![
                text(&line.target.code, name),
                text(&from, &from),
                text(&to, &to),
                whole(aim, unit),
                Cell::Value(line.reached.map_or(Value::None, Value::Whole), unit),
                Cell::Value(line.share, Unit::Share),
                Cell::Value(line.time, Unit::Share),
            ]
        };
        let note = (
            "完成：新增融资由台账统计，其余为上报数；时间进度＝已过天数÷计划天数。未上报的为“—”，不作0。",
            "reached: new financing is counted here, all others are as reported; what nobody reported is none and not 0.",
        );
        self.table(head, columns, lines.iter().map(row).collect(), note)
    }
}
