//! A model as SQL or PMML, for programs that are not ours.

use crate::args::{ExportArgs, ExportTo};
use crate::{input, model_folder, whole_files};
use anyhow::{Result, ensure};
use export::{PmmlOptions, SqlOptions};

/// The table when none is named.
const TABLE: &str = "firms";

pub(crate) fn run(args: &ExportArgs) -> Result<()> {
    let model = model_folder::load_either(&args.model)?;
    // The model is read: it must still be there.
    input::not_read("--out", &args.out, &[("--model", &args.model)])?;
    let not_authorised = args.not_authorised.as_deref();
    let text = match (args.to, args.dialect) {
        (ExportTo::Sql, Some(dialect)) => {
            let table = args.table.as_deref().unwrap_or(TABLE);
            let options = SqlOptions { dialect: dialect.into(), table, keep: &args.keep, not_authorised };
            export::sql(&model, &options)?
        }
        (ExportTo::Sql, None) => anyhow::bail!("--to sql needs --dialect: spark, duckdb, postgres or sqlite"),
        (ExportTo::Pmml, dialect) => {
            let given = [
                ("--dialect", dialect.is_some()),
                ("--table", args.table.is_some()),
                ("--keep", !args.keep.is_empty()),
            ];
            for (option, is_given) in given {
                ensure!(!is_given, "{option} belongs to --to sql: PMML rates one row and reads no table");
            }
            export::pmml(&model, &PmmlOptions { not_authorised })?
        }
    };
    whole_files::write_one(&args.out, text.as_bytes())?;
    let file = model.file();
    crate::tell(&format!(
        "{} tables of {} {} exported to {}",
        file.tables.len(),
        file.model_id,
        file.model_version,
        args.out.display()
    ));
    if file.commercial.is_some() {
        crate::note(
            "the export gives the score and its grade: the negative list, who can be rated and the line are not in it",
        );
    }
    if file.pd.is_none() {
        crate::note("the model has no PD, so the export has none");
    }
    Ok(())
}
