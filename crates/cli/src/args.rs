mod export;
mod ledger;

pub(crate) use export::*;
pub(crate) use ledger::*;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Commercial-value credit rating of small and medium enterprises (中小企业商业价值信用评价)
#[derive(Debug, Parser)]
#[command(name = "shangzhi", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Threads to compute with; the results are the same for any number [default: all cores]
    #[arg(long, global = true, display_order = 900, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// All of it in one go (演示): a made city, its features, ratings, and a scorecard trained on its outcomes
    Demo(DemoArgs),
    /// Train a scorecard (训练评分卡) from a table with outcomes
    Train(TrainArgs),
    /// Score a table (评分): one row out for each row in
    Score(ScoreArgs),
    /// Take the score of one row apart (解释)
    Explain(ExplainArgs),
    /// Judge a model on a table with outcomes (验证): report.html and report.json
    Validate(ValidateArgs),
    /// Compare two models on one table (对比)
    Compare(CompareArgs),
    /// Look at a model folder (模型)
    #[command(subcommand)]
    Model(ModelCommand),
    /// Take a model to other programs (导出模型): SQL for a database, or PMML
    Export(ExportArgs),
    /// Compute the features (特征) of enterprises as of a date from the records of departments
    Features(FeaturesArgs),
    /// Make a snapshot (特征快照) of a table of features for look-up by enterprise, or check one
    Snapshot(SnapshotArgs),
    /// Rate enterprises (商业价值评价) from their features with a commercial-value model
    Assess(AssessArgs),
    /// Serve ratings to banks (评价服务) over gRPC
    Serve(ServeArgs),
    /// Certificates to try the service with (演示证书)
    #[command(subcommand)]
    Certs(CertsCommand),
    /// Keys of the audit and of personal inputs (密钥)
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Put features and the outcomes that came later together, to train on
    Join(JoinArgs),
    /// Print the definitions of the features (特征目录), or of the sources
    Catalogue(CatalogueArgs),
    /// Write a made data set of enterprises to try things on (演示数据, 非真实数据)
    DemoData(DemoDataArgs),
    /// Make a whole city to try things on: all sources, with outcomes apart (合成数据, 非真实企业)
    Simulate(SimulateArgs),
    /// The audit chain of a store (审计链): walk it, or write lines of a period to a table
    #[command(subcommand)]
    Audit(AuditCommand),
    /// What has expired in a store (留存期限): destroy its keys
    #[command(subcommand)]
    Retention(RetentionCommand),
    /// Who may sign in to the dashboard (看板账号)
    #[command(subcommand)]
    Staff(StaffCommand),
    /// The ledger of policy money (政策资金账本): enter files, hold it against a bank's, verify it, make its records again
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// What became of those that were rated (评级结果), from the ledger, as a table to train on
    Outcomes(OutcomesArgs),
    /// Totals of the policy ledger (统计): by any dimensions, as of any day, as known at any time
    Totals(TotalsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The store: sqlite:PATH or postgres://...
    #[arg(long, value_name = "URL")]
    pub(crate) store: String,
    /// Its keys (密钥文件)
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Walk the chain with every row that it carries (验证); code 1 at the first fault
    Verify {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Who, when, which enterprise, what and why, of a period (导出)
    Export {
        #[command(flatten)]
        store: StoreArgs,
        /// First day, in Beijing
        #[arg(long, value_name = "YYYY-MM-DD")]
        from: NaiveDate,
        /// Last day, in Beijing
        #[arg(long, value_name = "YYYY-MM-DD")]
        to: NaiveDate,
        /// Only lines about this enterprise, found by the keys
        #[arg(long, value_name = "ID")]
        enterprise: Option<String>,
        /// Table to write: .csv
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    /// Destroy the keys of what must not be kept any longer, and print the proof
    Run {
        #[command(flatten)]
        store: StoreArgs,
        /// Last day of what has expired, in Beijing, today at the latest [default: up to now]
        #[arg(long, value_name = "YYYY-MM-DD")]
        until: Option<NaiveDate>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StaffCommand {
    /// Add an account and print its password
    Add {
        #[command(flatten)]
        store: StoreArgs,
        /// By which the person signs in
        #[arg(value_name = "NAME")]
        name: String,
        /// As pages show the person [default: NAME]
        #[arg(long, value_name = "TEXT")]
        shown_as: Option<String>,
        /// city, district, auditor or operator
        #[arg(long)]
        role: dashboard::Role,
        /// The district of the role district, six digits
        #[arg(long, value_name = "CODE")]
        district: Option<primitives::RegionCode>,
    },
    /// Give an account another password, print it, and end its sessions
    Password {
        #[command(flatten)]
        store: StoreArgs,
        /// Of the account
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Let an account sign in no more, and end its sessions
    Disable {
        #[command(flatten)]
        store: StoreArgs,
        /// Of the account
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Let an account sign in again
    Enable {
        #[command(flatten)]
        store: StoreArgs,
        /// Of the account
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Data files: .csv, .csv.gz or .parquet
    #[arg(long, num_args = 1.., value_name = "FILE", required_unless_present = "print_config")]
    pub(crate) data: Vec<PathBuf>,
    /// Outcome column (结果列)
    #[arg(long, value_name = "COL", required_unless_present = "print_config")]
    pub(crate) target: Option<String>,
    /// Value of the outcome column that is bad (违约)
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true, required_unless_present = "print_config")]
    pub(crate) bad: Option<String>,
    /// Model folder (模型文件夹) to write
    #[arg(long, value_name = "DIR", required_unless_present = "print_config")]
    pub(crate) out: Option<PathBuf>,
    /// Configuration (配置); --print-config shows what it may hold
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How the tables are made [default: model.method of the configuration, scorecard]
    #[arg(long, value_enum)]
    pub(crate) method: Option<Method>,
    /// Model folder, or model.json, of a card that is there already (先验评分卡), such as an expert's or that of another period: its
    /// weights are fitted to few outcomes, drawn to what they are; its bins stay
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["method", "max_characteristics", "max_bins", "max_pairs", "max_pair_bins", "prune_loss"])]
    pub(crate) prior: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) budget: Budget,
    /// Seed (随机种子) of folds and samples
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print the commented default configuration and stop
    #[arg(long)]
    pub(crate) print_config: bool,
}

/// How large a model may be (规模上限); each goes before what the configuration says.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Budget {
    /// Characteristics at most (变量数上限) [default: selection.characteristics_max of the configuration]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) max_characteristics: Option<u16>,
    /// Bins of a characteristic at most, besides special values and missing (分箱数上限) [default: binning.bins]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) max_bins: Option<u16>,
    /// Pairs of characteristics at most, of a boosted model (交互项上限) [default: boosted.pairs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=200))]
    pub(crate) max_pairs: Option<u16>,
    /// Bins of either side of a pair at most [default: boosted.pair_bins]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=32))]
    pub(crate) max_pair_bins: Option<u16>,
    /// Log-loss a row that rows out of fold may lose by tables that are taken away (剪枝) from a boosted model, 0 for none [default: boosted.prune_loss]
    #[arg(long, value_name = "LOSS", value_parser = prune_loss)]
    pub(crate) prune_loss: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Optimal bins, refined weight of evidence, logistic regression
    Scorecard,
    /// Shapes and pairs of columns grown in small steps (可加提升)
    Boosted,
    /// Both; boosted is kept where it ranks unseen rows better by more than chance (择优)
    Auto,
}

impl From<Method> for training::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Scorecard => Self::Scorecard,
            Method::Boosted => Self::Boosted,
            Method::Auto => Self::Auto,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// Model folder (模型文件夹)
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// Data file (数据文件): .csv, .csv.gz or .parquet
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// File to write: .csv, .csv.gz or .parquet
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Columns to copy from the data (保留列)
    #[arg(long, num_args = 1.., value_name = "COL")]
    pub(crate) keep: Vec<String>,
    /// Write the reasons in words (原因文字) in place of their codes
    #[arg(long)]
    pub(crate) reason_text: bool,
    /// Language of those words; that of the terminal by default
    #[arg(long, alias = "language", value_enum, requires = "reason_text")]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Model folder (模型文件夹)
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// Data file (数据文件): .csv, .csv.gz or .parquet
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Row of the data (行号), from 1, the heading not counted
    #[arg(long, value_name = "N")]
    pub(crate) row: usize,
    /// Language; that of the terminal by default
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Model folder (模型文件夹)
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// Data file (数据文件): .csv, .csv.gz or .parquet
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Outcome column (结果列)
    #[arg(long, value_name = "COL")]
    pub(crate) target: String,
    /// Value of the outcome column that is bad (违约)
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) bad: String,
    /// Folder to write report.html and report.json to (验证报告)
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Data that the distributions are compared with (参照样本): PSI and CSI
    #[arg(long, value_name = "FILE")]
    pub(crate) reference: Option<PathBuf>,
    /// Column that names the enterprise (企业编号): migrations between periods
    #[arg(long, value_name = "COL")]
    pub(crate) id: Option<String>,
    /// Column of the period (期间)
    #[arg(long, value_name = "COL")]
    pub(crate) time: Option<String>,
    /// Column of the exposure (敞口): concentration by exposure
    #[arg(long, value_name = "COL")]
    pub(crate) exposure: Option<String>,
    /// Column of row weights (权重), 0 or more: ranking, calibration and grades count a row by its weight;
    /// distributions, periods and migrations count rows
    #[arg(long, value_name = "COL")]
    pub(crate) weight: Option<String>,
    /// Columns by whose values the figures are repeated (分组)
    #[arg(long, num_args = 1.., value_name = "COL")]
    pub(crate) segment: Vec<String>,
    /// Language of report.html
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Model folders, or model.json of each: --model CHAMPION --model CHALLENGER (现用模型、挑战者)
    #[arg(long, required = true, value_name = "MODEL")]
    pub(crate) model: Vec<PathBuf>,
    /// Data file (数据文件): .csv, .csv.gz or .parquet
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Outcome column (结果列)
    #[arg(long, value_name = "COL")]
    pub(crate) target: String,
    /// Value of the outcome column that is bad (违约)
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) bad: String,
    /// Share of rows accepted (通过率) in the swap set, in 0..1
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true, default_value_t = 0.7)]
    pub(crate) accept_share: f64,
    /// Folder to write comparison.html and comparison.json to (比较报告)
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Language of comparison.html and of the verdict
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// The scorecard as a table with its statistics
    Show {
        /// Model folder
        model: PathBuf,
        /// Language; that of the terminal by default
        #[arg(long, value_enum)]
        lang: Option<Lang>,
    },
    /// Build an expert card (专家评价卡): card.toml to a model folder
    Build {
        /// The card, such as models/commercial-value/card.toml
        card: PathBuf,
        /// Model folder to write
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Give an expert card a PD (校准) from outcomes of enterprises it rated
    Calibrate(CalibrateArgs),
    /// Measure the population that percentiles (百分位) are against
    Reference(ReferenceArgs),
    /// Edit a model by hand (人工调整): merge bins, set points, force a direction, drop a table, each with who and why
    ///
    /// The file of edits (--print-example prints a commented one) has an `[[edit]]` each, applied in order to the one before:
    /// table, do = "merge" | "points" | "direction" | "drop", who, why, date. Bins go by what `model show` prints. The
    /// result is a new model with the edits on record; what each costs is printed: AUC, KS, Brier, log-loss, calibration.
    #[command(verbatim_doc_comment)]
    Edit(EditArgs),
    /// Verify digests, golden rows and validity
    Check {
        /// Model folder
        model: PathBuf,
    },
    /// Let a model rate in the service (启用模型): in its store, with its line in the audit
    Activate(ActivateArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// Model folder to edit; it stays as it is
    #[arg(required_unless_present = "print_example")]
    pub(crate) model: Option<PathBuf>,
    /// File of edits (调整文件), TOML
    #[arg(long, value_name = "FILE", required_unless_present = "print_example")]
    pub(crate) edits: Option<PathBuf>,
    /// Data files that tell what the edits cost: .csv, .csv.gz or .parquet
    #[arg(long, num_args = 1.., value_name = "FILE", required_unless_present = "print_example")]
    pub(crate) data: Vec<PathBuf>,
    /// Outcome column (结果列)
    #[arg(long, value_name = "COL", required_unless_present = "print_example")]
    pub(crate) target: Option<String>,
    /// Value of the outcome column that is bad (违约)
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true, required_unless_present = "print_example")]
    pub(crate) bad: Option<String>,
    /// Column of the period (期间): the last periods judge the edits, the earlier ones recalibrate
    #[arg(long, value_name = "COL")]
    pub(crate) time: Option<String>,
    /// Share of rows that the last periods hold, in 0..0.9
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = held_share)]
    pub(crate) holdout: f64,
    /// Fit slope and intercept of the PD anew (重新校准); without it the PD of a score stays
    #[arg(long)]
    pub(crate) recalibrate: bool,
    /// Version of the edited model [default: that of the model and -edited]
    #[arg(long, value_name = "TEXT")]
    pub(crate) version: Option<String>,
    /// Who reviewed it: neither its author nor one of those who edited it [default: none yet]
    #[arg(long, value_name = "NAME")]
    pub(crate) reviewer: Option<String>,
    /// Model folder to write
    #[arg(long, value_name = "DIR", required_unless_present = "print_example")]
    pub(crate) out: Option<PathBuf>,
    /// Print a commented file of edits and stop
    #[arg(long)]
    pub(crate) print_example: bool,
}

fn prune_loss(text: &str) -> Result<f64, String> {
    let loss: f64 = text.parse().map_err(|_| "a number is needed".to_owned())?;
    let most = training::PRUNE_LOSS_MAX;
    if (0.0..=most).contains(&loss) { Ok(loss) } else { Err(format!("0 to {most} is allowed")) }
}

fn held_share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "a number is needed".to_owned())?;
    if (0.0..=0.9).contains(&share) { Ok(share) } else { Err("0 to 0.9 is allowed".to_owned()) }
}

#[derive(Debug, Args)]
pub(crate) struct ActivateArgs {
    /// Configuration of the service
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Digest of the model file that was reviewed, as `model check` and `serve` print it
    #[arg(long, value_name = "DIGEST")]
    pub(crate) digest: String,
    /// Who reviewed it: not the author
    #[arg(long, value_name = "NAME")]
    pub(crate) reviewer: String,
    /// Why it is activated; kept in the audit
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct FeaturesArgs {
    /// Folder of the sources (数据源目录): a file or a folder of files for each, as `catalogue --sources` describes them
    #[arg(long, value_name = "DIR")]
    pub(crate) sources: PathBuf,
    /// As-of date (截至日期), a day in Beijing to its end: records of later events, or known later, are not seen
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) as_of: String,
    /// Table to write: .parquet, .csv or .csv.gz
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Table with enterprise_id and, if need be, not_authorised: ids of sources with ; between [default: all that have a record]
    #[arg(long, value_name = "FILE")]
    pub(crate) enterprises: Option<PathBuf>,
    /// Folder for the rows that are set aside and why (问题清单)
    #[arg(long, value_name = "DIR")]
    pub(crate) issues: Option<PathBuf>,
    /// Memory for records, in GiB; more go to a temporary file beside --out [default: 4]
    #[arg(long, value_name = "GIB")]
    pub(crate) memory_gib: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// Table of features, as `features` writes it
    #[arg(long, value_name = "FILE", requires = "out", required_unless_present = "check")]
    pub(crate) features: Option<PathBuf>,
    /// Snapshot to write: .snap
    #[arg(long, value_name = "FILE", requires = "features")]
    pub(crate) out: Option<PathBuf>,
    /// Read a whole snapshot and compare it with its digests
    #[arg(long, value_name = "FILE", conflicts_with_all = ["features", "out"])]
    pub(crate) check: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Configuration (配置); --print-config shows what it may hold
    #[arg(long, value_name = "FILE", required_unless_present = "print_config")]
    pub(crate) config: Option<PathBuf>,
    /// Print the commented example configuration and stop
    #[arg(long)]
    pub(crate) print_config: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertsCommand {
    /// Make an authority, a server on this machine and a client of each kind; for trying out only
    Init {
        /// Folder to write
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key file, which the store can never again be opened without
    Init {
        /// File to write, readable by its owner only
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Name of the keys [default: the month]
        #[arg(long, value_name = "NAME")]
        id: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AssessArgs {
    /// Table of features, as `features` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) features: PathBuf,
    /// Model folder (模型文件夹) of a commercial-value model
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// Table of ratings to write: .parquet, .csv or .csv.gz
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    pub(crate) out: Option<PathBuf>,
    /// Print the page about one enterprise (企业评价说明) instead
    #[arg(long, value_name = "ENTERPRISE_ID")]
    pub(crate) explain: Option<String>,
    /// Write that page as HTML
    #[arg(long, value_name = "FILE", requires = "explain")]
    pub(crate) html: Option<PathBuf>,
    /// Language of the page; that of the terminal by default
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, Args)]
pub(crate) struct CatalogueArgs {
    /// Markdown for people or JSON for machines
    #[arg(long, value_enum, default_value_t = CatalogueFormat::Markdown)]
    pub(crate) format: CatalogueFormat,
    /// The sources (数据源) in place of the features, as Markdown
    #[arg(long)]
    pub(crate) sources: bool,
    /// Language; that of the terminal by default
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CatalogueFormat {
    /// Markdown
    Markdown,
    /// JSON
    Json,
    /// A configuration of `train` for tables of features: which columns, their names, codes and directions
    TrainConfig,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder to make; it must not be there, or be empty
    #[arg(long, value_name = "DIR", default_value = "demo")]
    pub(crate) out: PathBuf,
    /// Enterprises (企业数)
    #[arg(long, value_name = "N", default_value_t = 3_000, value_parser = clap::value_parser!(u64).range(500..=1_000_000))]
    pub(crate) enterprises: u64,
    /// Seed (随机种子): another seed is another city
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct JoinArgs {
    /// Tables of features, as `features` writes them, of one date or several
    #[arg(long, num_args = 1.., required = true, value_name = "FILE")]
    pub(crate) features: Vec<PathBuf>,
    /// Outcomes: enterprise_id, as_of and the outcome
    #[arg(long, value_name = "FILE")]
    pub(crate) outcomes: PathBuf,
    /// Outcome column (结果列)
    #[arg(long, value_name = "COL")]
    pub(crate) target: String,
    /// Table to write: .parquet, .csv or .csv.gz
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// Model folder of the card
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// Ratings by that model, as `assess` writes them
    #[arg(long, num_args = 1.., required = true, value_name = "FILE")]
    pub(crate) ratings: Vec<PathBuf>,
    /// Outcomes: enterprise_id, perhaps as_of, and the outcome
    #[arg(long, value_name = "FILE")]
    pub(crate) outcomes: PathBuf,
    /// Outcome column (结果列)
    #[arg(long, value_name = "COL")]
    pub(crate) target: String,
    /// Value of the outcome column that is bad (违约)
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) bad: String,
    /// Months over which bad was observed
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub(crate) horizon_months: u32,
    /// Version of the calibrated model [default: that of the card and -calibrated]
    #[arg(long, value_name = "TEXT")]
    pub(crate) version: Option<String>,
    /// Who calibrates, for the record
    #[arg(long, value_name = "NAME", default_value = "not stated")]
    pub(crate) who: String,
    /// Model folder to write
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ReferenceArgs {
    /// Model folder of the card
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// Ratings of the population by that model, as `assess` writes them
    #[arg(long, value_name = "FILE")]
    pub(crate) ratings: PathBuf,
    /// Which enterprises they are, in words
    #[arg(long, value_name = "TEXT")]
    pub(crate) population: String,
    /// Version of the model [default: that of the card and -reference]
    #[arg(long, value_name = "TEXT")]
    pub(crate) version: Option<String>,
    /// Who measures, for the record
    #[arg(long, value_name = "NAME", default_value = "not stated")]
    pub(crate) who: String,
    /// Model folder to write
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DemoDataArgs {
    /// File to write: .csv, .csv.gz or .parquet
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Rows (行数)
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=50_000_000))]
    pub(crate) rows: u64,
    /// Seed (随机种子)
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Folder to make (文件夹); it must not be there, or be empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Enterprises (企业数)
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub(crate) enterprises: u64,
    /// Months of records (月数), 24 or more
    #[arg(long, value_name = "N", default_value_t = 48)]
    pub(crate) months: u32,
    /// Seed (随机种子): another seed is another city
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Last day of records, the end of a month
    #[arg(long, value_name = "DATE", default_value = "2025-12-31")]
    pub(crate) end: NaiveDate,
    /// Single invoices, or one sale and one purchase a month for cities of a million
    #[arg(long, value_enum, default_value_t = InvoiceGrain::Single)]
    pub(crate) invoices: InvoiceGrain,
    /// Format of the sources
    #[arg(long, value_enum, default_value_t = SourceFormat::Parquet)]
    pub(crate) format: SourceFormat,
    /// Leave out the faulty rows (bad dates, unknown codes, missing cells …) that about one in a hundred is
    #[arg(long)]
    pub(crate) clean: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InvoiceGrain {
    /// Each invoice
    Single,
    /// One a month and direction
    Monthly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceFormat {
    /// .parquet
    Parquet,
    /// .csv
    Csv,
    /// .csv.gz
    CsvGz,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// 简体中文
    Zh,
    /// English
    En,
}

impl Lang {
    /// The language asked for, or that of the terminal.
    pub(crate) fn or_terminal(asked: Option<Self>) -> Self {
        let terminal = || {
            let set =
                ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|v| std::env::var(v).ok().filter(|v| !v.is_empty()));
            if set.is_some_and(|v| v.to_lowercase().starts_with("zh")) { Self::Zh } else { Self::En }
        };
        asked.unwrap_or_else(terminal)
    }

    pub(crate) fn rating(self) -> rating::Lang {
        match self {
            Self::Zh => rating::Lang::Zh,
            Self::En => rating::Lang::En,
        }
    }

    pub(crate) fn scoring(self) -> scoring::Language {
        match self {
            Self::Zh => scoring::Language::Chinese,
            Self::En => scoring::Language::English,
        }
    }

    pub(crate) fn validation(self) -> validation::Language {
        match self {
            Self::Zh => validation::Language::Zh,
            Self::En => validation::Language::En,
        }
    }

    /// One of two texts.
    pub(crate) fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}
