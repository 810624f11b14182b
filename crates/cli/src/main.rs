//! `shangzhi`: the one program.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line talks to people")]

mod args;
mod assess;
mod books;
mod compare;
mod demo;
mod demo_data;
mod demo_pages;
mod demo_ratings;
mod doubts;
mod explain;
mod export_model;
mod features;
mod golden_file;
mod input;
mod join;
mod ledger;
mod model_build;
mod model_check;
mod model_edit;
mod model_folder;
mod model_place;
mod model_show;
mod outcomes;
mod score;
mod serve;
mod signed_in;
mod simulate;
mod snapshot;
mod staff;
mod text;
mod totals;
mod totals_file;
mod train;
mod train_card;
mod validate;
mod whole_files;

use clap::Parser;
use std::any::Any;
use std::io::Write as _;
use std::panic;
use std::process::ExitCode;

/// The allocator of the C library locks and searches where calls of many threads make and drop hundreds of texts each.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bad input: what was asked for can not be done.
const REFUSED: u8 = 2;
/// A fault of the program.
const FAULT: u8 = 1;
/// The audit chain of a store, or a ledger, is not as it was written.
const BROKEN: u8 = 1;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if print_failure(info.payload()).is_none() {
            usual(info);
        }
    }));
    match panic::catch_unwind(|| run(arguments)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            say(&format!("{error:#}"));
            let broken = error.is::<books::Broken>() || error.is::<store::LedgerFault>();
            ExitCode::from(if broken { BROKEN } else { REFUSED })
        }
        Err(payload) => match print_failure(payload.as_ref()) {
            // `shangzhi model show DIR | head` ends when `head` has seen enough.
            Some(why) if why.contains("Broken pipe") => ExitCode::SUCCESS,
            Some(why) => {
                say(&format!("standard output can not be written to: {why}"));
                ExitCode::from(REFUSED)
            }
            None => {
                say("this is a fault of the program, not of your data: please report it with the lines above");
                ExitCode::from(FAULT)
            }
        },
    }
}

fn run(arguments: args::Arguments) -> anyhow::Result<()> {
    use args::Command;
    if let Some(threads) = arguments.threads {
        rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads)).build_global()?;
    }
    match arguments.command {
        Command::Demo(a) => demo::run(&a),
        Command::Join(a) => join::run(&a),
        Command::Train(a) => train::run(&a),
        Command::Score(a) => score::run(&a),
        Command::Explain(a) => explain::run(&a),
        Command::Validate(a) => validate::run(&a),
        Command::Compare(a) => compare::run(&a),
        Command::Model(args::ModelCommand::Show { model, lang }) => model_show::run(&model, lang),
        Command::Model(args::ModelCommand::Build { card, out }) => model_build::build(&card, &out),
        Command::Model(args::ModelCommand::Calibrate(a)) => model_build::calibrate(&a),
        Command::Model(args::ModelCommand::Reference(a)) => model_build::reference(&a),
        Command::Model(args::ModelCommand::Edit(a)) => model_edit::run(&a),
        Command::Model(args::ModelCommand::Check { model }) => model_check::run(&model),
        Command::Model(args::ModelCommand::Activate(a)) => serve::activate(&a),
        Command::Assess(a) => assess::run(&a),
        Command::Export(a) => export_model::run(&a),
        Command::Features(a) => features::run(&a),
        Command::Snapshot(a) => snapshot::run(&a),
        Command::Serve(a) => serve::run(&a),
        Command::Certs(args::CertsCommand::Init { dir }) => serve::certs(&dir),
        Command::Keys(args::KeysCommand::Init { out, id }) => serve::keys(&out, id.as_deref()),
        Command::Catalogue(a) => {
            features::catalogue(&a);
            Ok(())
        }
        Command::DemoData(a) => demo_data::run(&a),
        Command::Simulate(a) => simulate::run(&a),
        Command::Audit(a) => books::audit(&a),
        Command::Ledger(a) => ledger::run(&a),
        Command::Retention(a) => books::retention(&a),
        Command::Staff(a) => staff::run(&a),
        Command::Outcomes(a) => outcomes::run(&a),
        Command::Totals(a) => totals::run(&a),
    }
}

/// Why a run ended.
fn say(message: &str) {
    tell(&format!("shangzhi: {message}"));
}

/// Something to know about a run that goes on.
pub(crate) fn note(message: &str) {
    tell(&format!("note: {message}"));
}

/// A message on standard error; whether someone reads it changes nothing.
pub(crate) fn tell(message: &str) {
    for line in message.lines() {
        let _ = writeln!(std::io::stderr(), "{}", primitives::plain(line));
    }
}

/// Why `println!` gave up, when that is what the panic is about.
fn print_failure(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<String>()?.strip_prefix("failed printing to stdout: ")
}
