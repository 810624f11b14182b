//! Ratings as a table, and what there is to say about them together.

use anyhow::Result;
use primitives::MISSING_CODE;
use rating::{NOTICE, Rated};
use scoring::Model;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use table::OutColumn;

/// Rows that are written at a time.
const BATCH: usize = 1 << 16;

pub(super) fn write(path: &Path, model: &Model, catalogue: &str, rated: &[Rated]) -> Result<()> {
    table::write_batches(path, |out| -> Result<()> {
        if rated.is_empty() {
            anyhow::bail!("the table of features has no row");
        }
        for batch in rated.chunks(BATCH) {
            write_batch(out, model, catalogue, batch)?;
        }
        Ok(())
    })
}

fn write_batch(out: &mut table::BatchWriter<'_>, model: &Model, catalogue: &str, batch: &[Rated]) -> Result<()> {
    let yuan = |fen: i64| fen as f64 / 100.0;
    let texts = |f: fn(&Rated) -> Option<&str>| batch.iter().map(f).collect::<Vec<_>>();
    let numbers =
        |f: &dyn Fn(&Rated) -> Option<f64>| batch.iter().map(|r| f(r).unwrap_or(f64::NAN)).collect::<Vec<f64>>();
    let non_empty = |text: &'static dyn Fn(&Rated) -> &str| {
        batch.iter().map(|r| Some(text(r)).filter(|t| !t.is_empty())).collect::<Vec<_>>()
    };
    let grades: Vec<String> = model.file().grades.iter().map(|g| g.name.clone()).collect();
    let grade: Vec<u32> = batch.iter().map(|r| r.grade.map_or(MISSING_CODE, |g| g as u32)).collect();
    let score: Vec<Option<i64>> = batch.iter().map(|r| r.score.map(i64::from)).collect();
    let capped: Vec<i64> = batch.iter().map(|r| i64::from(r.coverage_capped)).collect();
    let assumed: Vec<i64> = batch.iter().map(|r| i64::from(r.known_assumed)).collect();
    let zeros = vec![0_u32; batch.len()];
    let digest = [model.digest().to_string()];
    let notice = [NOTICE.to_owned()];
    let pd_state = [if model.file().pd.is_some() { "calibrated" } else { "not_calibrated" }.to_owned()];
    let dates: Vec<(String, String)> = batch.iter().map(|r| (r.as_of.to_string(), r.valid_until.to_string())).collect();
    let as_of: Vec<_> = dates.iter().map(|(a, _)| Some(a.as_str())).collect();
    let valid_until: Vec<_> = dates.iter().map(|(_, v)| Some(v.as_str())).collect();
    let ids = texts(|r| Some(&r.id));
    let percentile = numbers(&|r| r.percentile.map(f64::from));
    let pd = numbers(&|r| r.pd);
    let outcome = texts(|r| Some(r.outcome));
    let not_ratable = non_empty(&|r| &r.not_ratable);
    let coverage = numbers(&|r| Some(r.data_coverage));
    let quality = texts(|r| Some(r.data_quality));
    let applied = non_empty(&|r| &r.applied);
    let unchecked = non_empty(&|r| &r.unchecked);
    let line = numbers(&|r| Some(yuan(r.line_fen)));
    let line_state = texts(|r| Some(r.line_state.name()));
    let binding = texts(|r| r.line_binding.map(scoring::commercial::Bound::name));
    let size = texts(|r| Some(r.size));
    let group = texts(|r| r.group_id.as_deref());
    let district = texts(|r| r.district.as_deref());
    let zone = texts(|r| r.zone.as_deref());
    let sources = texts(|r| Some(&r.sources));
    let inputs = texts(|r| r.inputs_digest.as_deref());
    let catalogue = [catalogue.to_owned()];
    let bounds: Vec<Vec<f64>> = (0..Rated::BOUNDS.len()).map(|at| numbers(&|r| r.bounds[at].map(yuan))).collect();
    let reasons: Vec<Vec<Option<&str>>> =
        (0..4).map(|at| batch.iter().map(|r| r.reasons[at].as_deref()).collect()).collect();
    let section = model.file().commercial.as_ref();
    let firsts: Vec<(String, Vec<f64>)> = section
        .iter()
        .flat_map(|s| &s.indicators)
        .enumerate()
        .map(|(at, i)| (format!("indicator_{}", i.id), numbers(&|r| r.first.get(at).copied())))
        .collect();

    let mut columns: Vec<(String, OutColumn<'_>)> = vec![
        ("enterprise_id".into(), OutColumn::OptionalText(&ids)),
        ("as_of".into(), OutColumn::OptionalText(&as_of)),
        ("outcome".into(), OutColumn::OptionalText(&outcome)),
        ("not_ratable".into(), OutColumn::OptionalText(&not_ratable)),
        ("score".into(), OutColumn::OptionalInteger(&score)),
        ("percentile".into(), OutColumn::Number(&percentile)),
        ("grade".into(), OutColumn::Coded { codes: &grade, levels: &grades }),
        ("pd".into(), OutColumn::Number(&pd)),
        ("pd_state".into(), OutColumn::Coded { codes: &zeros, levels: &pd_state }),
    ];
    columns.extend(firsts.iter().map(|(name, values)| (name.clone(), OutColumn::Number(values))));
    columns.extend([
        ("data_coverage".to_owned(), OutColumn::Number(&coverage)),
        ("coverage_capped".into(), OutColumn::Integer(&capped)),
        ("data_quality".into(), OutColumn::OptionalText(&quality)),
        ("negative_list".into(), OutColumn::OptionalText(&applied)),
        ("negative_list_unchecked".into(), OutColumn::OptionalText(&unchecked)),
    ]);
    for (at, codes) in reasons.iter().enumerate() {
        columns.push((format!("reason_{}", at + 1), OutColumn::OptionalText(codes)));
    }
    columns.extend([
        ("line_yuan".to_owned(), OutColumn::Number(&line)),
        ("line_state".into(), OutColumn::OptionalText(&line_state)),
        ("line_binding".into(), OutColumn::OptionalText(&binding)),
    ]);
    for (bound, values) in Rated::BOUNDS.iter().zip(&bounds) {
        columns.push((format!("bound_{}_yuan", bound.name()), OutColumn::Number(values)));
    }
    columns.extend([
        ("size_class".to_owned(), OutColumn::OptionalText(&size)),
        ("district".into(), OutColumn::OptionalText(&district)),
        ("zone".into(), OutColumn::OptionalText(&zone)),
        ("group_id".into(), OutColumn::OptionalText(&group)),
        ("sources".into(), OutColumn::OptionalText(&sources)),
        ("known_time_assumed".into(), OutColumn::Integer(&assumed)),
        ("valid_until".into(), OutColumn::OptionalText(&valid_until)),
        ("model_digest".into(), OutColumn::Coded { codes: &zeros, levels: &digest }),
        ("catalogue_version".into(), OutColumn::Coded { codes: &zeros, levels: &catalogue }),
        ("inputs_digest".into(), OutColumn::OptionalText(&inputs)),
        ("notice".into(), OutColumn::Coded { codes: &zeros, levels: &notice }),
    ]);
    Ok(out.write(&columns)?)
}

/// How many of what, for the terminal.
pub(super) fn summary(model: &Model, rated: &[Rated]) -> String {
    let mut out = String::new();
    let grades = &model.file().grades;
    let _ = writeln!(out, "{:12} {:>9} {:>7} {:>16}", "grade", "count", "share", "lines, 亿元");
    for (at, g) in grades.iter().enumerate() {
        let of: Vec<&Rated> = rated.iter().filter(|r| r.grade == Some(at)).collect();
        let share = 100.0 * of.len() as f64 / rated.len().max(1) as f64;
        let lines: i128 = of.iter().map(|r| i128::from(r.line_fen)).sum();
        let _ = writeln!(out, "{:12} {:>9} {:>5.1} % {:>16.2}", g.name, of.len(), share, lines as f64 / 1e10);
    }
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for code in rated.iter().flat_map(|r| r.not_ratable.split(';')).filter(|c| !c.is_empty()) {
        *codes.entry(code).or_default() += 1;
    }
    let not_ratable = rated.iter().filter(|r| r.outcome == "not_ratable").count();
    let stopped = rated.iter().filter(|r| r.outcome == "hard_stop").count();
    let lines = rated.iter().filter(|r| r.line_fen > 0).count();
    let why: Vec<String> = codes.iter().map(|(code, n)| format!("{code} {n}")).collect();
    let _ = writeln!(out, "not ratable  {not_ratable:>9}   {}", why.join(", "));
    let _ = write!(out, "hard stop    {stopped:>9}   with a line {lines}");
    out
}
