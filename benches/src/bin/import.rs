//! `shangzhi ledger import` of made rows into SQLite: read, checked, judged, hashed and on disk.
//!
//! Each loan is a few rows in our own headings: applied, completed, granted, disbursed, repaid in parts. The floor is the file
//! of the ledger itself, copied and synced: whoever keeps these bytes writes them. What bare SQLite needs for rows of as many
//! bytes is measured by `cargo bench -p store --bench ledger`.
#![allow(clippy::print_stdout, reason = "a bench talks to people")]

use anyhow::{Context as _, Result, ensure};
use benches::clock::children_cpu_seconds;
use clap::Parser;
use primitives::CreditCode;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Rows a second of an import
#[derive(Parser)]
struct Args {
    /// Rows of the file, about
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Where the file and the ledger are made, on a real disk [default: a temporary folder]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// What imports [default: shangzhi beside this program]
    #[arg(long)]
    program: Option<PathBuf>,
}

const HEADING: &str = "event,effective_on,office,person,bank,loan,enterprise,district,industry,size,bank_kind,product,\
                       scheme,amount_yuan,annual_rate_percent,term_months";
/// Repayments of a loan.
const REPAID: u64 = 4;
const BANKS: u64 = 20;

fn main() -> Result<()> {
    let args = Args::parse();
    let folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let program = match args.program {
        Some(program) => program,
        None => std::env::current_exe()?.with_file_name("shangzhi"),
    };
    let path = folder.path().join("rows.csv");
    let rows = write(&path, args.rows)?;
    println!("{rows} rows, {} MiB", path.metadata()?.len() >> 20);
    println!("run                               wall s   cpu s    rows/s");
    for (name, ledger, more) in [
        ("all or nothing", "all.db", &[][..]),
        ("the same file again", "all.db", &[]),
        ("row by row", "each.db", &["--rows", "each"]),
        ("check of what is there", "each.db", &["--check"]),
    ] {
        let (cpu, begun) = (children_cpu_seconds().unwrap_or(f64::NAN), Instant::now());
        let mut command = Command::new(&program);
        command.current_dir(folder.path()).args(["ledger", "import", "rows.csv", "--ledger"]);
        let out = command.arg(format!("sqlite:{ledger}")).args(more).output().context("shangzhi: build it first")?;
        let wall = begun.elapsed().as_secs_f64();
        let text = String::from_utf8_lossy(&out.stdout);
        ensure!(out.status.success(), "{name}: {text}{}", String::from_utf8_lossy(&out.stderr));
        ensure!(text.contains("refused 0, rows that can not be read 0"), "{name}: {text}");
        let cpu = children_cpu_seconds().unwrap_or(f64::NAN) - cpu;
        println!("{name:30} {wall:9.2} {cpu:7.2} {:9.0}", rows as f64 / wall);
    }
    let begun = Instant::now();
    let bytes = std::fs::copy(folder.path().join("all.db"), folder.path().join("copy.db"))?;
    File::open(folder.path().join("copy.db"))?.sync_all()?;
    let wall = begun.elapsed().as_secs_f64();
    println!("{:30} {wall:9.2}         {:9.0}", "the file, copied and synced", rows as f64 / wall);
    println!("{} bytes of the file a row", bytes / rows);
    Ok(())
}

/// Rows of loans at many banks, as many as were asked for up to the last loan.
fn write(path: &Path, rows: u64) -> Result<u64> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "{HEADING}")?;
    let mut written = 0;
    for loan in 0.. {
        if written >= rows {
            break;
        }
        let (bank, day) = (loan % BANKS, loan % 27 + 1);
        let code = CreditCode::complete(&format!("91500000{:09}", loan / 3)).context("a code")?;
        let who = format!("bank:b{bank},li,b{bank},2024-{loan:07}");
        let amount = 100_000 + loan % 900 * 1_000;
        writeln!(
            out,
            "loan.applied,2024-01-{day:02},{who},{},500103,C3511,small,commercial_bank,pure_credit,ordinary,{amount},,",
            code.as_str()
        )?;
        writeln!(out, "loan.completed,2024-02-{day:02},{who},,,,,,,,,,")?;
        writeln!(out, "loan.granted,2024-03-{day:02},{who},,,,,,,,{amount},4.35,12")?;
        writeln!(out, "loan.disbursed,2024-04-{day:02},{who},,,,,,,,{amount},,")?;
        for month in 0..REPAID {
            writeln!(out, "loan.repaid,2024-{:02}-{day:02},{who},,,,,,,,{}.50,,", 5 + month, amount / 8 + month)?;
        }
        written += 4 + REPAID;
    }
    out.flush()?;
    Ok(written)
}
