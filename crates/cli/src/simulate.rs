//! A city of enterprises that do not exist.

use crate::args::{InvoiceGrain, SimulateArgs, SourceFormat};
use crate::input::bar;
use crate::text::print_table;
use anyhow::Result;
use city::{Format, Grain, Options};

pub(crate) fn run(args: &SimulateArgs) -> Result<()> {
    let options = Options {
        enterprises: args.enterprises,
        months: args.months,
        seed: args.seed,
        out: args.out.clone(),
        end: args.end,
        dirty: !args.clean,
        grain: match args.invoices {
            InvoiceGrain::Single => Grain::Invoices,
            InvoiceGrain::Monthly => Grain::Months,
        },
        format: match args.format {
            SourceFormat::Parquet => Format::Parquet,
            SourceFormat::Csv => Format::Csv,
            SourceFormat::CsvGz => Format::CsvGz,
        },
    };
    let bar = bar(3 * args.enterprises.max(1), "simulating");
    let made = city::simulate(&options, &|p| {
        bar.set_length(p.of);
        bar.set_position(p.done);
    });
    bar.finish_and_clear();
    let made = made?;
    println!("SYNTHETIC city (合成数据，非真实企业) in {}", args.out.display());
    println!();
    let mut rows = vec![["source".to_owned(), "rows".to_owned(), "with a fault".to_owned()]];
    rows.extend(made.sources.iter().map(|s| [s.id.to_owned(), s.rows.to_string(), s.faults.to_string()]));
    print_table(&rows);
    println!();
    let mut rows =
        vec![["snapshot".to_owned(), "enterprises".to_owned(), "default in 12 months".to_owned(), "share".to_owned()]];
    for s in &made.snapshots {
        let share = 100.0 * s.bad as f64 / s.enterprises.max(1) as f64;
        rows.push([s.as_of.to_string(), s.enterprises.to_string(), s.bad.to_string(), format!("{share:.2} %")]);
    }
    print_table(&rows);
    let [ordinary, ring, blown_up, shell] = made.archetypes;
    println!();
    println!("ordinary {ordinary}, ring {ring}, blown-up sales {blown_up}, shell {shell} (truth.parquet)");
    let policy = &made.policy;
    println!(
        "policy events {} (policy/events.jsonl); {} refused by a rule and left out, {} with them",
        policy.events, policy.refused_by_rule, policy.refused_otherwise
    );
    Ok(())
}
