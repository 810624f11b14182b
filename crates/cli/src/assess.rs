//! `shangzhi assess`: features and a commercial-value model to ratings.

mod input;
mod output;

use crate::args::{AssessArgs, Lang};
use crate::input::not_read;
use crate::{model_folder, whole_files};
use anyhow::{Context as _, Result, bail};
use chrono::NaiveDate;
use features::catalogue::Catalogue;
use input::{BoundRow, Reader};
use primitives::Value;
use rating::{FeatureRow as _, Inputs, NOTICE, Page, Rated, Text, line_rule};
use rayon::prelude::*;
use scoring::Model;
use scoring::commercial::Assessor;
use std::collections::{HashMap, HashSet};
use std::path::Path;

pub(crate) fn run(args: &AssessArgs) -> Result<()> {
    let model = model_folder::load(&args.model)?;
    if Assessor::new(&model).is_none() {
        bail!("{}: the model has no commercial section; `shangzhi score` scores with it", args.model.display());
    }
    match (&args.explain, &args.out) {
        (Some(id), _) => explain(args, &model, id),
        (None, Some(out)) => {
            not_read("--out", out, &[("--features", &args.features), ("--model", &args.model)])?;
            let rated = assess_all(args, &model)?;
            output::write(out, &model, &Catalogue::built_in().version, &rated)?;
            println!("{}", output::summary(&model, &rated));
            println!("{} ratings -> {}   {NOTICE}", rated.len(), out.display());
            Ok(())
        }
        (None, None) => bail!("--out FILE is needed, or --explain ENTERPRISE_ID"),
    }
}

/// Rates every row of the table of features.
pub(crate) fn assess_all(args: &AssessArgs, model: &Model) -> Result<Vec<Rated>> {
    let assessor = Assessor::new(model).context("a commercial section")?;
    let catalogue = Catalogue::built_in();
    let reader = Reader::new(model, &assessor, &catalogue)?;
    let bar = crate::input::bar(100, "assessing");
    let mut rated: Vec<Rated> = Vec::new();
    let mut rules: HashMap<NaiveDate, Assessor<'_>> = HashMap::new();
    table::read_batches(
        &args.features,
        &reader.options(),
        &|p| bar.set_position(100 * p.bytes_done / p.bytes.max(1)),
        |batch| -> Result<()> {
            let bound = reader.bind(&args.features, batch)?;
            for row in 0..bound.rows {
                let as_of = BoundRow(&bound, row).text(Text::AsOf).and_then(|t| t.parse().ok());
                if let Some(as_of) = as_of
                    && !rules.contains_key(&as_of)
                {
                    let rule = line_rule(assessor.line_rule(), as_of);
                    rules.insert(as_of, assessor.clone().with_line_rule(rule)?);
                }
            }
            let of_batch: Vec<Rated> = (0..bound.rows)
                .into_par_iter()
                .map_init(Vec::new, |values, row| one(model, &rules, &reader.inputs, BoundRow(&bound, row), values))
                .collect::<Result<_>>()
                .with_context(|| args.features.display().to_string())?;
            rated.extend(of_batch);
            Ok(())
        },
    )?;
    bar.finish_and_clear();
    let mut seen = HashSet::with_capacity(rated.len());
    if let Some(twice) = rated.iter().position(|r| !seen.insert((r.id.as_str(), r.as_of))) {
        let (id, as_of) = (&rated[twice].id, rated[twice].as_of);
        bail!(
            "{}: row {}: {id:?} as of {as_of} stands there twice; was the table put together of others?",
            args.features.display(),
            twice + 1
        );
    }
    Ok(rated)
}

fn one(
    model: &Model,
    rules: &HashMap<NaiveDate, Assessor<'_>>,
    inputs: &Inputs,
    row: BoundRow<'_, '_>,
    values: &mut Vec<Value<'static>>,
) -> Result<Rated> {
    let place = || format!("row {}, {:?}", row.1 + 1, row.text(Text::EnterpriseId).unwrap_or_default());
    let states = inputs.states(&row).with_context(place)?;
    let about = inputs.about(&row, states).with_context(place)?;
    inputs.values(&row, states, values);
    let assessor = rules.get(&about.as_of).context("a rule for every date")?;
    let rating = assessor.assess(values, &about.facts)?;
    Ok(Rated::new(model, assessor, &about, &rating)?)
}

/// A page about one enterprise.
fn explain(args: &AssessArgs, model: &Model, id: &str) -> Result<()> {
    if let Some(html) = &args.html {
        not_read("--html", html, &[("--features", &args.features), ("--model", &args.model)])?;
    }
    let base = Assessor::new(model).context("a commercial section")?;
    let catalogue = Catalogue::built_in();
    let reader = Reader::new(model, &base, &catalogue)?;
    let (mut found, mut others) = (None, 0);
    let lang = Lang::or_terminal(args.lang);
    table::read_batches(&args.features, &reader.options(), &|_| (), |batch| -> Result<()> {
        if found.is_some() {
            return Ok(());
        }
        let bound = reader.bind(&args.features, batch)?;
        others += bound.rows;
        let Some(row) = (0..bound.rows).find(|&row| BoundRow(&bound, row).text(Text::EnterpriseId) == Some(id)) else {
            return Ok(());
        };
        let row = BoundRow(&bound, row);
        let states = reader.inputs.states(&row)?;
        let about = reader.inputs.about(&row, states)?;
        let mut values = Vec::new();
        reader.inputs.values(&row, states, &mut values);
        let assessor = base.clone().with_line_rule(line_rule(base.line_rule(), about.as_of))?;
        let rating = assessor.assess(&values, &about.facts)?;
        let page = Page {
            model,
            assessor: &assessor,
            catalogue: &catalogue,
            about: &about,
            rating: &rating,
            values: &values,
            lang: lang.rating(),
        };
        let html = args.html.as_ref().map(|_| page.html());
        found = Some((page.text(), html));
        Ok(())
    })?;
    let Some((text, html)) = found else {
        bail!(
            "{}: no enterprise {id:?}; its column enterprise_id has {} others: is it in the file given to `features --enterprises`, and does a source have a record of it?",
            args.features.display(),
            others
        );
    };
    if let (Some(path), Some(html)) = (&args.html, html) {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().and_then(|n| n.to_str()).with_context(|| format!("--html {}", path.display()))?;
        whole_files::write(folder, &[(name, &html)])?;
        println!("{}", path.display());
    } else {
        print!("{text}");
    }
    Ok(())
}

/// The first enterprise of a table of ratings that has a line, or the first of all.
pub(crate) fn first_with_a_line(ratings: &std::path::Path) -> Result<String> {
    use primitives::Column;
    let types = [("enterprise_id".to_owned(), table::ColumnType::Text)].into();
    let only = Some(vec!["enterprise_id".to_owned(), "line_yuan".to_owned()]);
    let options = table::ReadOptions { types, only, no_digest: true, ..Default::default() };
    let table = table::read(&[ratings.to_owned()], &options, &|_| ())?;
    let (Some(ids), Some(Column::Number(line))) = (table.column("enterprise_id"), table.column("line_yuan")) else {
        bail!("{}: no ratings", ratings.display());
    };
    let row = line.iter().position(|l| *l > 0.0).unwrap_or(0);
    let id = ids.text(row).with_context(|| format!("{}: row {} has no enterprise_id", ratings.display(), row + 1))?;
    Ok(id.to_owned())
}
