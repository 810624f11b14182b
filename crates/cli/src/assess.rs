//! `shangzhi assess`: features and a commercial-value model to ratings.

mod input;
mod output;
mod page;

use crate::args::{AssessArgs, Lang};
use crate::input::is_same_file;
use crate::{model_folder, whole_files};
use anyhow::{Context as _, Result, bail, ensure};
use chrono::{Months, NaiveDate};
use features::catalogue::Catalogue;
use input::{Bound, Reader, Row};
use primitives::Value;
use rayon::prelude::*;
use scoring::Model;
use scoring::commercial::{
    Assessor, Bound as LineBound, Class, ClassCap, CommercialRating, LineRule, Outcome, share_cap,
};
use std::collections::HashMap;
use std::path::Path;

/// Printed with every rating.
pub(crate) const NOTICE: &str = "仅供参考 for reference only";

pub(crate) fn run(args: &AssessArgs) -> Result<()> {
    let model = model_folder::load(&args.model)?;
    if Assessor::new(&model).is_none() {
        bail!("{}: the model has no commercial section; `shangzhi score` scores with it", args.model.display());
    }
    match (&args.explain, &args.out) {
        (Some(id), _) => explain(args, &model, id),
        (None, Some(out)) => {
            ensure!(!is_same_file(&args.features, out), "--out is the table of features itself");
            let rated = assess_all(args, &model)?;
            output::write(out, &model, &rated)?;
            println!("{}", output::summary(&model, &rated));
            println!("{} ratings -> {}   {NOTICE}", rated.len(), out.display());
            Ok(())
        }
        (None, None) => bail!("--out FILE is needed, or --explain ENTERPRISE_ID"),
    }
}

/// The line rule in force on a day: the caps and shares of the dated rule file, the rest of the card.
pub(crate) fn line_rule(card: &LineRule, as_of: NaiveDate) -> LineRule {
    let Ok(rule) = policy::credit_line::rule_on(as_of) else {
        return card.clone();
    };
    let cap = |class, label| {
        let cap = rule.cap(label, as_of);
        ClassCap { class, cap_fen: cap.value.get(), mark: cap.mark.name().to_owned(), source: cap.source.clone() }
    };
    LineRule {
        document: format!("{}; {}", rule.title(), card.document),
        caps: vec![
            cap(Class::General, policy::credit_line::Label::None),
            cap(Class::Specialised, policy::credit_line::Label::Specialised),
        ],
        sales_share_ppm: rule.sales_share().value.get(),
        taxes_share_ppm: rule.taxes_share().value.get(),
        ..card.clone()
    }
}

/// A rating as it is kept: no text is borrowed.
pub(crate) struct Rated {
    pub(crate) id: String,
    pub(crate) as_of: NaiveDate,
    /// `None` when not ratable, as are PD, percentile and reasons: no number stands where there is no rating.
    pub(crate) score: Option<i32>,
    pub(crate) pd: Option<f64>,
    pub(crate) grade: Option<usize>,
    pub(crate) percentile: Option<u8>,
    pub(crate) outcome: &'static str,
    pub(crate) not_ratable: String,
    /// Points over the span of points, in 0..100, by first-level indicator.
    pub(crate) first: Vec<f64>,
    pub(crate) data_coverage: f64,
    pub(crate) coverage_capped: bool,
    pub(crate) data_quality: &'static str,
    pub(crate) applied: String,
    pub(crate) reasons: [Option<String>; 4],
    pub(crate) line_fen: i64,
    pub(crate) line_state: &'static str,
    pub(crate) line_binding: Option<LineBound>,
    pub(crate) bounds: [Option<i64>; 5],
    pub(crate) cap_fen: i64,
    pub(crate) size: &'static str,
    pub(crate) group_id: Option<String>,
    pub(crate) sources: String,
    pub(crate) known_assumed: bool,
    pub(crate) district: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) inputs_digest: Option<String>,
    pub(crate) catalogue_version: String,
    pub(crate) valid_until: NaiveDate,
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
                let as_of = bound.text("as_of", row).and_then(|t| t.parse().ok());
                if let Some(as_of) = as_of
                    && !rules.contains_key(&as_of)
                {
                    let rule = line_rule(assessor.line_rule(), as_of);
                    rules.insert(as_of, assessor.clone().with_line_rule(rule)?);
                }
            }
            let version = catalogue.version.as_str();
            let of_batch: Vec<Rated> = (0..bound.rows)
                .into_par_iter()
                .map_init(Vec::new, |values, row| one(model, &rules, &bound, row, version, values))
                .collect::<Result<_>>()
                .with_context(|| args.features.display().to_string())?;
            rated.extend(of_batch);
            Ok(())
        },
    )?;
    bar.finish_and_clear();
    share_group_caps(&assessor, &mut rated);
    Ok(rated)
}

fn one(
    model: &Model,
    rules: &HashMap<NaiveDate, Assessor<'_>>,
    bound: &Bound<'_>,
    row: usize,
    version: &str,
    values: &mut Vec<Value<'static>>,
) -> Result<Rated> {
    let states = bound.states(row)?;
    let about = bound.row(row, states)?;
    bound.values(row, states, values);
    let assessor = rules.get(&about.as_of).context("a rule for every date")?;
    let rating = assessor.assess(values, &about.facts)?;
    keep(model, assessor, &about, &rating, version)
}

fn keep(
    model: &Model,
    assessor: &Assessor<'_>,
    about: &Row<'_>,
    rating: &CommercialRating<'_>,
    version: &str,
) -> Result<Rated> {
    let (outcome, not_ratable) = match &rating.outcome {
        Outcome::Rated => ("rated", String::new()),
        Outcome::HardStop => ("hard_stop", String::new()),
        Outcome::NotRatable(codes) => ("not_ratable", codes.iter().map(|c| c.code()).collect::<Vec<_>>().join(";")),
    };
    let is_rated = rating.grade.is_some();
    let mut reasons: [Option<String>; 4] = Default::default();
    for (place, reason) in reasons.iter_mut().zip(rating.scored.reasons.iter()).filter(|_| is_rated) {
        *place = Some(model.reason_code(&reason));
    }
    let applied = rating.applied.iter().map(|a| {
        let effect = output::effect(a.effect);
        let of_group = if a.of_group { "group:" } else { "" };
        format!("{of_group}{}:{effect}", a.hit.code)
    });
    let bound = |at: LineBound| rating.line.bounds.iter().find(|(b, _)| *b == at).map(|(_, fen)| *fen);
    Ok(Rated {
        id: about.id.to_owned(),
        as_of: about.as_of,
        score: is_rated.then_some(rating.scored.score),
        pd: rating.scored.pd.filter(|_| is_rated),
        grade: rating.grade,
        percentile: rating.percentile.filter(|_| is_rated),
        outcome,
        not_ratable,
        first: rating.first.iter().filter(|_| is_rated).map(|s| output::share_of_span(*s)).collect(),
        data_coverage: rating.data_coverage,
        coverage_capped: rating.coverage_capped,
        data_quality: rating.data_quality.name(),
        applied: applied.collect::<Vec<_>>().join(";"),
        reasons,
        line_fen: rating.line.line_fen,
        line_state: rating.line.state.name(),
        line_binding: rating.line.binding,
        bounds: [LineBound::Need, LineBound::SalesShare, LineBound::TaxesShare, LineBound::ClassCap, LineBound::Score]
            .map(bound),
        cap_fen: assessor.line_rule().cap_fen(about.facts.label.class()),
        size: output::size_name(about.size),
        group_id: about.group_id.map(str::to_owned),
        sources: about.sources.to_owned(),
        known_assumed: about.facts.assumes_known_time(),
        district: about.district.map(str::to_owned),
        zone: about.zone.map(str::to_owned),
        inputs_digest: about.inputs_digest.map(str::to_owned),
        catalogue_version: version.to_owned(),
        valid_until: valid_until(assessor, about.as_of)?,
    })
}

pub(crate) fn valid_until(assessor: &Assessor<'_>, as_of: NaiveDate) -> Result<NaiveDate> {
    let months = Months::new(assessor.section().validity_months);
    as_of.checked_add_months(months).context("a date within the calendar")
}

/// Draws the lines of enterprises under one controller under one cap: the largest of theirs.
fn share_group_caps(assessor: &Assessor<'_>, rated: &mut [Rated]) {
    let mut groups: HashMap<(String, NaiveDate), Vec<usize>> = HashMap::new();
    for (at, r) in rated.iter().enumerate() {
        if let Some(id) = &r.group_id
            && r.line_fen > 0
        {
            groups.entry((id.clone(), r.as_of)).or_default().push(at);
        }
    }
    for members in groups.into_values().filter(|m| m.len() > 1) {
        let cap = members.iter().map(|&m| rated[m].cap_fen).max().unwrap_or(0);
        let mut lines: Vec<i64> = members.iter().map(|&m| rated[m].line_fen).collect();
        if share_cap(&mut lines, cap, assessor.line_rule().step_fen) {
            for (&m, line) in members.iter().zip(lines) {
                rated[m].line_fen = line;
                rated[m].line_binding = Some(LineBound::GroupCap);
            }
        }
    }
}

/// A page about one enterprise.
fn explain(args: &AssessArgs, model: &Model, id: &str) -> Result<()> {
    let base = Assessor::new(model).context("a commercial section")?;
    let catalogue = Catalogue::built_in();
    let reader = Reader::new(model, &base, &catalogue)?;
    let mut found = None;
    // The group's cap is shared among all its members, so all are rated.
    let all = assess_all(args, model)?;
    let lang = Lang::or_terminal(args.lang);
    table::read_batches(&args.features, &reader.options(), &|_| (), |batch| -> Result<()> {
        if found.is_some() {
            return Ok(());
        }
        let bound = reader.bind(&args.features, batch)?;
        let Some(row) = (0..bound.rows).find(|&row| bound.text("enterprise_id", row) == Some(id)) else {
            return Ok(());
        };
        let states = bound.states(row)?;
        let about = bound.row(row, states)?;
        let mut values = Vec::new();
        bound.values(row, states, &mut values);
        let assessor = base.clone().with_line_rule(line_rule(base.line_rule(), about.as_of))?;
        let rating = assessor.assess(&values, &about.facts)?;
        let kept = all.iter().find(|r| r.id == id && r.as_of == about.as_of).context("it was rated")?;
        let page = page::Page {
            model,
            assessor: &assessor,
            catalogue: &catalogue,
            about: &about,
            rating: &rating,
            kept,
            values: &values,
            lang,
        };
        let html = args.html.as_ref().map(|_| page.html());
        found = Some((page.text(), html));
        Ok(())
    })?;
    let Some((text, html)) = found else {
        bail!(
            "{}: no enterprise {id:?}; its column enterprise_id has {} others: is it in the file given to `features --enterprises`, and does a source have a record of it?",
            args.features.display(),
            all.len()
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
