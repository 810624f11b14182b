//! `shangzhi ledger`: the ledger of policy money, looked after without a server.

mod import;
mod reconcile;

use crate::args::{LedgerArgs, LedgerCommand};
use crate::{books, input};
use anyhow::{Context as _, Result, bail};
use indicatif::ProgressBar;
use primitives::hex;
use store::{EntryLine, Ledger, LedgerVerdict, RebuildError, Walked};

pub(crate) use import::events;

pub(crate) fn run(command: &LedgerCommand) -> Result<()> {
    match command {
        LedgerCommand::Import(args) => import::run(args),
        LedgerCommand::Columns => {
            import::columns();
            Ok(())
        }
        LedgerCommand::Reconcile(args) => reconcile::run(args),
        LedgerCommand::Verify(args) => with_ledger(args, Missing::Refused, async |ledger| verify(&ledger).await),
        LedgerCommand::Rebuild(args) => with_ledger(args, Missing::Refused, async |ledger| rebuild(&ledger).await),
    }
}

/// Whether the ledger may be made where it is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Yes: something is entered.
    Made,
    /// No: an empty one of a name that was mistyped would say that all is well.
    Refused,
}

/// Opens a ledger, and closes it whatever comes of the work.
pub(crate) fn with_ledger<T>(
    args: &LedgerArgs,
    missing: Missing,
    work: impl AsyncFnOnce(Ledger) -> Result<T>,
) -> Result<T> {
    if missing == Missing::Refused {
        books::is_there("--ledger", &args.ledger)?;
    }
    books::runtime()?.block_on(async {
        let ledger = Ledger::open(&args.ledger).await.with_context(|| books::place("--ledger", &args.ledger))?;
        let done = work(ledger.clone()).await;
        ledger.close().await;
        done
    })
}

/// Lines of the ledger that are read at once.
const LINES: usize = 20_000;

/// Hands over all lines of a ledger in their order.
pub(crate) async fn each_line<E: Into<anyhow::Error>>(
    ledger: &Ledger,
    take: impl FnMut(&EntryLine) -> Result<(), E>,
) -> Result<()> {
    each_line_after(ledger, 0, take).await
}

/// Hands over the lines of a ledger after one, in their order.
pub(crate) async fn each_line_after<E: Into<anyhow::Error>>(
    ledger: &Ledger,
    mut seq: u64,
    mut take: impl FnMut(&EntryLine) -> Result<(), E>,
) -> Result<()> {
    loop {
        let lines = ledger.lines(seq, LINES).await?;
        let Some(last) = lines.last() else { return Ok(()) };
        seq = last.seq;
        lines.iter().try_for_each(&mut take).map_err(Into::into)?;
    }
}

async fn verify(ledger: &Ledger) -> Result<()> {
    let bar = input::bar(0, "judging again");
    let verdict = ledger.verify_telling(told(&bar)).await;
    bar.finish_and_clear();
    match verdict? {
        LedgerVerdict::Whole { head, state } => {
            println!("whole: {} events, head sha256:{}, records {state}", head.seq, hex(&head.hash));
            Ok(())
        }
        LedgerVerdict::Broken(fault) => bail!(fault),
    }
}

async fn rebuild(ledger: &Ledger) -> Result<()> {
    let bar = input::bar(0, "making records again");
    let rebuilt = ledger.rebuild_telling(told(&bar)).await;
    bar.finish_and_clear();
    let rebuilt = match rebuilt {
        Ok(rebuilt) => rebuilt,
        Err(RebuildError::Broken(fault)) => bail!(fault),
        Err(e) => bail!(e),
    };
    let before = match rebuilt.before {
        Some(digest) if digest == rebuilt.after => "as they were".to_owned(),
        Some(digest) => format!("they were {digest}"),
        None => "they could not be read".to_owned(),
    };
    println!("made again from {} events: records {}, {before}", rebuilt.head.seq, rebuilt.after);
    Ok(())
}

fn told(bar: &ProgressBar) -> impl Fn(Walked) + Send + Sync + use<> {
    let bar = bar.clone();
    move |walked| {
        bar.set_length(walked.of);
        bar.set_position(walked.lines);
    }
}
