//! Arguments of what works on the ledger.

use super::Lang;
use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    /// The ledger: sqlite:PATH or postgres://...
    #[arg(long, value_name = "URL", default_value = "sqlite:ledger.db")]
    pub(crate) ledger: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Enter the rows of a file (导入): all are checked first
    Import(ImportArgs),
    /// Print the events and their columns for files without a mapping (列名)
    Columns,
    /// Hold the ledger's loans of a bank against the bank's own file (对账)
    Reconcile(ReconcileArgs),
    /// Walk the chain, judge every event again and compare entries and records (验证); code 1 at the first fault
    Verify(LedgerArgs),
    /// Make records again from the events (重建), all or nothing
    Rebuild(LedgerArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// .csv, .csv.gz, .xlsx, .parquet; .jsonl of events as they are stored
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Which columns are which fields of which events (TOML); without it the columns have our own names
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
    /// What a row that is refused does to the others
    #[arg(long, value_enum, default_value_t = RowsMode::AllOrNothing)]
    pub(crate) rows: RowsMode,
    /// Check only: enter nothing
    #[arg(long)]
    pub(crate) check: bool,
    /// Table of what was not entered and why: .csv
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Who tells it, where the file has no column office: bank:ID, guarantor:ID, district:CODE, platform, bureau
    #[arg(long, value_name = "OFFICE")]
    pub(crate) office: Option<String>,
    /// The person, where the file has no column person
    #[arg(long, value_name = "ID")]
    pub(crate) person: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowsMode {
    /// One that is refused keeps all from being entered; the events are in memory
    AllOrNothing,
    /// The others are entered
    Each,
}

#[derive(Debug, Args)]
pub(crate) struct ReconcileArgs {
    /// A row for each loan: column loan, and any of outstanding_yuan, amount_yuan, annual_rate_percent, granted_on,
    /// month with days_past_due and category
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The bank
    #[arg(long, value_name = "ID")]
    pub(crate) bank: String,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
    /// The day of the bank's file: balances are those at its end
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) as_of: NaiveDate,
    /// Table of every loan that is not matched: .csv
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct OutcomesArgs {
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
    /// The last day that the ledger is taken to know of: a rating is told of when its window has ended by then
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) as_of: NaiveDate,
    /// Tables of features of several dates: the latest row not after the rating stands beside its outcome
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) features: Vec<PathBuf>,
    /// Months after the rating
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(crate) months: u32,
    /// From so many days past due on, on any loan, it is bad
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    pub(crate) bad_days: i64,
    /// From so many days past due on it is neither good nor bad
    #[arg(long, value_name = "DAYS", default_value_t = 1)]
    pub(crate) indeterminate_days: i64,
    /// A loan so many days past due that is renewed or given a new schedule is a distressed restructuring, which is bad
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) restructured_days: i64,
    /// Table to write: .parquet, .csv or .csv.gz. All but enterprise_id, rated_on, grade and the features tell the outcome
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct TotalsArgs {
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
    /// What rows are made by: district, bank, industry, size, grade, product, tool, zone; month, quarter or year
    #[arg(long, value_name = "DIMENSION", value_delimiter = ',')]
    pub(crate) by: Vec<::totals::Dimension>,
    /// What counts: dimension=code,code; an empty code is what is not stated
    #[arg(long, value_name = "DIMENSION=CODES")]
    pub(crate) filter: Vec<String>,
    /// Figures by their codes [default: all]
    #[arg(long, value_name = "FIGURE", value_delimiter = ',')]
    pub(crate) figures: Vec<::totals::Figure>,
    /// First day of the period [default: the first of the year of --as-of]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<NaiveDate>,
    /// Last day of the period; what stands is that at its end
    #[arg(long, visible_alias = "to", value_name = "YYYY-MM-DD")]
    pub(crate) as_of: NaiveDate,
    /// As it was known at this time, such as 2026-01-31T18:00:00+08:00 [default: as it is known now]
    #[arg(long, value_name = "TIME")]
    pub(crate) recorded_at: Option<chrono::DateTime<chrono::FixedOffset>>,
    /// Which table
    #[arg(long, value_enum, default_value_t = TotalsTable::Figures)]
    pub(crate) table: TotalsTable,
    /// How it is written
    #[arg(long, value_enum, default_value_t = TotalsFormat::Table)]
    pub(crate) format: TotalsFormat,
    /// Language of names and notes
    #[arg(long, value_enum, default_value_t = Lang::Zh)]
    pub(crate) lang: Lang,
    /// Unit of amounts: yuan, wan (10,000 yuan) or yi (100 million yuan)
    #[arg(long, value_name = "UNIT", default_value = "yuan")]
    pub(crate) unit: ::totals::Money,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// A table of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TotalsTable {
    /// Figures by dimensions (统计表)
    Figures,
    /// Compensation quota by bank (补偿指标)
    Quota,
    /// Inclusive small-micro loans by authority (普惠小微), by the first dimension of --by
    Inclusive,
    /// Bad by quarter of the grant and months on book (账龄)
    Vintages,
    /// From stage to stage in the month of --as-of (迁徙率)
    Rolls,
    /// Bad within twelve months by grade (分级违约)
    Defaults,
    /// Statuses of the month of --as-of that differ from the schedules (对账差异)
    Statuses,
    /// How far the plan is (计划完成)
    Plan,
}

/// How a table of the ledger is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TotalsFormat {
    /// For a terminal
    Table,
    /// CSV that Excel and WPS open
    Csv,
    /// JSON with exact values
    Json,
    /// A workbook: numbers are numbers, amounts in yuan, what was asked and what figures mean on a sheet of its own
    Xlsx,
}
