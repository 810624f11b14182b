use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Commercial-value credit rating of small and medium enterprises (中小企业商业价值信用评价)
#[derive(Debug, Parser)]
#[command(name = "shangzhi", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
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
    /// Write a made data set of enterprises to try things on (演示数据, 非真实数据)
    DemoData(DemoDataArgs),
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Data files: .csv, .csv.gz or .parquet
    #[arg(long, num_args = 1.., required_unless_present = "print_config")]
    pub(crate) data: Vec<PathBuf>,
    /// Outcome column
    #[arg(long, required_unless_present = "print_config")]
    pub(crate) target: Option<String>,
    /// Value of the outcome column that is bad
    #[arg(long, required_unless_present = "print_config")]
    pub(crate) bad: Option<String>,
    /// Model folder to write
    #[arg(long, required_unless_present = "print_config")]
    pub(crate) out: Option<PathBuf>,
    /// Configuration; --print-config shows what it may hold
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// How the tables are made
    #[arg(long, value_enum, default_value_t = Method::Scorecard)]
    pub(crate) method: Method,
    /// Seed of folds and samples
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print the commented default configuration and stop
    #[arg(long)]
    pub(crate) print_config: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Optimal bins, refined weight of evidence, logistic regression
    Scorecard,
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// Model folder
    #[arg(long)]
    pub(crate) model: PathBuf,
    /// Data file: .csv, .csv.gz or .parquet
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// File to write: .csv, .csv.gz or .parquet
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Columns to copy from the data
    #[arg(long, num_args = 1..)]
    pub(crate) keep: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Model folder
    #[arg(long)]
    pub(crate) model: PathBuf,
    /// Data file
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Row of the data, from 1, the heading not counted
    #[arg(long)]
    pub(crate) row: usize,
    /// Language; that of the terminal by default
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Model folder
    #[arg(long)]
    pub(crate) model: PathBuf,
    /// Data file
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Outcome column
    #[arg(long)]
    pub(crate) target: String,
    /// Value of the outcome column that is bad
    #[arg(long)]
    pub(crate) bad: String,
    /// Folder to write report.html and report.json to
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Data that the distributions are compared with: PSI and CSI
    #[arg(long)]
    pub(crate) reference: Option<PathBuf>,
    /// Column that names the enterprise: migrations between periods
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// Column of the period
    #[arg(long)]
    pub(crate) time: Option<String>,
    /// Column of the exposure: concentration by exposure
    #[arg(long)]
    pub(crate) exposure: Option<String>,
    /// Columns by whose values the figures are repeated
    #[arg(long, num_args = 1..)]
    pub(crate) segment: Vec<String>,
    /// Language of report.html
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Model folders: --model OLD --model NEW
    #[arg(long, required = true)]
    pub(crate) model: Vec<PathBuf>,
    /// Data file
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Outcome column
    #[arg(long)]
    pub(crate) target: String,
    /// Value of the outcome column that is bad
    #[arg(long)]
    pub(crate) bad: String,
    /// Share of rows accepted in the swap set, in 0..1
    #[arg(long, default_value_t = 0.7)]
    pub(crate) accept_share: f64,
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
    /// Verify digests, golden rows and validity
    Check {
        /// Model folder
        model: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DemoDataArgs {
    /// File to write: .csv, .csv.gz or .parquet
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Rows
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=50_000_000))]
    pub(crate) rows: u64,
    /// Seed
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
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
