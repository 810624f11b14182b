//! `shangzhi`: the one program.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line talks to people")]

mod args;
mod compare;
mod demo_data;
mod explain;
mod golden_file;
mod input;
mod model_check;
mod model_folder;
mod model_show;
mod score;
mod text;
mod train;
mod train_card;
mod validate;
mod whole_files;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    quiet_on_broken_pipe();
    let arguments = args::Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shangzhi: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: args::Arguments) -> anyhow::Result<()> {
    use args::Command;
    match arguments.command {
        Command::Train(a) => train::run(&a),
        Command::Score(a) => score::run(&a),
        Command::Explain(a) => explain::run(&a),
        Command::Validate(a) => validate::run(&a),
        Command::Compare(a) => compare::run(&a),
        Command::Model(args::ModelCommand::Show { model, lang }) => model_show::run(&model, lang),
        Command::Model(args::ModelCommand::Check { model }) => model_check::run(&model),
        Command::DemoData(a) => demo_data::run(&a),
    }
}

/// `shangzhi model show DIR | head` ends when `head` has seen enough; it is no fault of ours.
fn quiet_on_broken_pipe() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.payload().downcast_ref::<String>().map_or("", String::as_str);
        if text.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(info);
    }));
}
