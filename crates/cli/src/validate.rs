use crate::args::{Lang, ValidateArgs};
use crate::input::Others;
use crate::text::cut;
use crate::{doubts, input, model_folder, score, whole_files};
use anyhow::{Context, Result};
use primitives::Column;
use primitives::plain;
use rayon::prelude::*;
use scoring::{Attribute, Direction, Model, Table as PointsTable};
use std::path::Path;
use table::Table;
use validation::Grouping;
use validation::report::{
    BinFacts, CharacteristicFacts, DataFile, Exclusion, GradeFacts, Label, ModelFacts, PairFacts, PointsDirection,
    ReferenceFacts, ReportInput, ReportOptions, SampleFacts, SampleRows, TrainingRun, ValidationReport,
};

/// Characters of a bin's name: a bin may list hundreds of categories.
const BIN: usize = 200;
/// Of a row or column of a pair: each cell of the table of bins has its names in full.
const SIDE: usize = 60;

pub(crate) fn run(args: &ValidateArgs) -> Result<()> {
    let lang = Lang::or_terminal(args.lang);
    let model = model_folder::load(&args.model)?;
    let inferred: Vec<String> =
        std::iter::once(&args.target).chain(&args.exposure).chain(&args.weight).cloned().collect();
    let as_written: Vec<String> = args.id.iter().chain(&args.time).chain(&args.segment).cloned().collect();
    let optional = &model.file().origin.protected;
    let others = Others { inferred: &inferred, as_written: &as_written, optional, digest: true };
    let table = input::read_for(&[&model], &args.data, others)?;
    doubts::tell_of_several_goods(&table, &args.target, &args.bad);
    let asked = Asked {
        target: &args.target,
        bad: &args.bad,
        folder: Some(&args.model),
        reference: args.reference.as_deref(),
        id: args.id.as_ref(),
        time: args.time.as_ref(),
        exposure: args.exposure.as_ref(),
        weight: args.weight.as_ref(),
        segment: &args.segment,
    };
    let report = ValidationReport::build(&report_input(&asked, &model, &table, lang)?)?;
    let (json, html) = (report.to_json()?, report.to_html(lang.validation())?);
    whole_files::write(&args.out, &[("report.json", &json), ("report.html", &html)])?;
    println!("{}", plain(lang.pick(&report.judgement.zh, &report.judgement.en)));
    for finding in &report.judgement.findings {
        println!("- {}", plain(lang.pick(&finding.zh, &finding.en)));
    }
    println!("{}: report.html, report.json", args.out.display());
    Ok(())
}

/// What is asked of a report.
pub(crate) struct Asked<'a> {
    pub(crate) target: &'a str,
    pub(crate) bad: &'a str,
    /// The model's folder; none for a model of a file alone.
    pub(crate) folder: Option<&'a Path>,
    pub(crate) reference: Option<&'a Path>,
    pub(crate) id: Option<&'a String>,
    pub(crate) time: Option<&'a String>,
    pub(crate) exposure: Option<&'a String>,
    pub(crate) weight: Option<&'a String>,
    pub(crate) segment: &'a [String],
}

/// What a report is made from.
pub(crate) fn report_input(args: &Asked<'_>, model: &Model, table: &Table, lang: Lang) -> Result<ReportInput> {
    let file = model.file();
    let outcomes = score::outcomes(table, args.target, args.bad).with_context(|| input::file_names(table))?;
    let known: Vec<usize> = (0..outcomes.len()).filter(|&i| outcomes[i].is_some()).collect();
    let bad: Vec<bool> = known.iter().map(|&i| outcomes[i] == Some(true)).collect();
    let rated = score::rate(model, table)?;
    let without = (outcomes.len() - known.len()) as u64;
    let excluded = match without {
        0 => Vec::new(),
        rows => vec![Exclusion { reason: Label::new("无结果", "no outcome"), rows }],
    };
    let grouping = |name: &String| group(table, name, &known);
    let rows = SampleRows {
        score: known.iter().map(|&i| rated.score[i]).collect(),
        pd: file.pd.as_ref().map(|_| known.iter().map(|&i| rated.pd[i]).collect()),
        grade: known.iter().map(|&i| rated.grade[i] as usize).collect(),
        bad,
        weight: args.weight.map(|name| amounts(table, "--weight", name, &known)).transpose()?,
        id: args.id.map(grouping).transpose()?,
        period: args.time.map(grouping).transpose()?,
        exposure: args.exposure.map(|name| amounts(table, "--exposure", name, &known)).transpose()?,
    };
    let places = bins(model, table)?;
    let reference = match args.reference {
        None => None,
        Some(path) => {
            let reference = input::read_for(&[model], path, Others { digest: true, ..Others::NONE })?;
            let places = bins(model, &reference)?;
            let counts = |(t, bins): (usize, &Vec<u16>)| {
                let mut counts = vec![0_u64; bin_count(&file.tables[t])];
                bins.iter().for_each(|&b| counts[usize::from(b)] += 1);
                counts
            };
            Some(ReferenceFacts {
                files: files(&reference),
                score: score::rate(model, &reference)?.score,
                bin_counts: places.iter().enumerate().map(counts).collect(),
            })
        }
    };
    let bounds: Vec<Option<f64>> = file.grades.iter().map(|g| g.pd_below).collect();
    let grades = file
        .grades
        .iter()
        .enumerate()
        .map(|(i, g)| GradeFacts {
            name: g.name.clone(),
            pd_lo: file.pd.as_ref().map(|_| i.checked_sub(1).and_then(|i| bounds[i]).unwrap_or(0.0)),
            pd_hi: file.pd.as_ref().map(|_| bounds[i].unwrap_or(1.0)),
        })
        .collect();
    let characteristics =
        (0..file.tables.len()).map(|t| characteristic(model, t, &places[t], &known, &rows.bad, lang)).collect();
    let protected: Vec<Grouping> =
        file.origin.protected.iter().filter(|p| table.column(p).is_some()).map(grouping).collect::<Result<_>>()?;
    let sources = files(table);
    Ok(ReportInput {
        generated_on: chrono::Local::now().date_naive().to_string(),
        language: lang.validation(),
        model: ModelFacts {
            id: file.model_id.clone(),
            version: file.model_version.clone(),
            digest: model.digest().clone(),
            kind: match file.method.as_str() {
                "scorecard" => Label::new("评分卡", "scorecard"),
                "expert_card" => Label::new("专家评分卡", "expert card"),
                "prior_card" => Label::new("先验评分卡", "scorecard fitted to a prior card"),
                other => Label::new(other, other),
            },
            origin: format!("{}, seed {}", file.origin.software, file.origin.seed),
            training_data: file
                .origin
                .data
                .iter()
                .map(|d| DataFile { name: d.name.clone(), digest: d.digest.clone() })
                .collect(),
        },
        training_run: args.folder.map(training_run).transpose()?.flatten(),
        sample: SampleFacts {
            is_training_data: input::is_training_data(table, model),
            files: sources,
            rows_read: table.rows() as u64,
            excluded,
        },
        rows,
        grades,
        characteristics,
        reference,
        segments: args.segment.iter().map(grouping).collect::<Result<_>>()?,
        protected,
        options: ReportOptions::usual(),
    })
}

/// The figures that training left in the model folder; a folder without them is no error.
fn training_run(folder: &Path) -> Result<Option<TrainingRun>> {
    let sums = model_folder::sums(folder)?;
    let bytes = model_folder::verified(folder, "validation.json", &sums)?;
    Ok(serde_json::from_slice::<training::TrainingFigures>(&bytes).ok().map(|f| TrainingRun {
        in_sample: Some(f.in_sample),
        out_of_fold: Some(f.out_of_fold),
        out_of_time: f.out_of_time,
    }))
}

fn files(table: &Table) -> Vec<DataFile> {
    input::files(table).map(|(s, digest)| DataFile { name: s.name.clone(), digest: digest.clone() }).collect()
}

fn group(table: &Table, name: &str, known: &[usize]) -> Result<Grouping> {
    let texts = input::texts(input::column(table, name)?);
    Ok(Grouping::from_labels(name, known.iter().map(|&i| texts[i].as_deref().unwrap_or(""))))
}

/// Numbers of 0 or more, one for each row with an outcome.
fn amounts(table: &Table, option: &str, name: &str, known: &[usize]) -> Result<Vec<f64>> {
    let Column::Number(values) = input::column(table, name)? else {
        let file = input::file_names(table);
        anyhow::bail!("{file}: column {name:?} ({option}) holds text, numbers of 0 or more are needed");
    };
    known.iter().map(|&i| input::amount(table, option, name, i, values[i])).collect()
}

/// Bin of every row in each table.
fn bins(model: &Model, table: &Table) -> Result<Vec<Vec<u16>>> {
    let batch = model.bind(&input::views(table))?;
    let tables = model.file().tables.len();
    let by_row: Vec<Vec<u16>> = (0..batch.rows())
        .into_par_iter()
        .with_min_len(1024)
        .map(|row| {
            let explanation = model.explain(&batch.values(row))?;
            Ok(explanation.contributions.iter().map(|c| c.bin as u16).collect())
        })
        .collect::<Result<_, scoring::Error>>()?;
    Ok((0..tables).map(|t| by_row.iter().map(|r| r[t]).collect()).collect())
}

fn bin_count(table: &PointsTable) -> usize {
    match table {
        PointsTable::OneWay { bins, .. } => bins.len(),
        PointsTable::TwoWay(pair) => pair.rows.len() * pair.columns.len(),
    }
}

fn characteristic(
    model: &Model,
    t: usize,
    places: &[u16],
    known: &[usize],
    bad: &[bool],
    lang: Lang,
) -> CharacteristicFacts {
    let n = bin_count(&model.file().tables[t]);
    let (mut actual, mut actual_bads) = (vec![0_u64; n], vec![0_u64; n]);
    for (&i, &b) in known.iter().zip(bad) {
        actual[usize::from(places[i])] += 1;
        actual_bads[usize::from(places[i])] += u64::from(b);
    }
    match &model.file().tables[t] {
        PointsTable::OneWay { characteristic, bins, .. } => {
            let c = &model.file().characteristics[model.position(characteristic).unwrap_or(0)];
            // Weighted training counts are not counts of rows: they are shown rounded.
            let count = |x: f64| x.round() as u64;
            CharacteristicFacts {
                name: c.name.clone(),
                label: Label::new(c.label_zh.clone(), c.label_en.clone()),
                direction: match c.direction {
                    Some(Direction::Rising) => PointsDirection::Rising,
                    Some(Direction::Falling) => PointsDirection::Falling,
                    _ => PointsDirection::Unordered,
                },
                bins: bins
                    .iter()
                    .enumerate()
                    .map(|(b, bin)| BinFacts {
                        label: cut(&bin.attribute.label(lang.scoring()), BIN),
                        points: i64::from(bin.points),
                        is_apart: !matches!(bin.attribute, Attribute::Interval(_) | Attribute::Levels(_)),
                        expected: Some(count(bin.goods) + count(bin.bads)),
                        expected_bads: Some(count(bin.bads)),
                        actual: actual[b],
                        actual_bads: actual_bads[b],
                    })
                    .collect(),
                pair: None,
            }
        }
        PointsTable::TwoWay(pair) => CharacteristicFacts {
            name: pair.pair.join("*"),
            label: Label::new(pair.pair.join(" × "), pair.pair.join(" × ")),
            direction: PointsDirection::Unordered,
            bins: (0..n)
                .map(|b| BinFacts {
                    label: cut(&model.bin_text(t, b, lang.scoring()), BIN),
                    points: i64::from(pair.points[b / pair.columns.len()][b % pair.columns.len()]),
                    is_apart: false,
                    expected: None,
                    expected_bads: None,
                    actual: actual[b],
                    actual_bads: actual_bads[b],
                })
                .collect(),
            pair: Some(PairFacts {
                sides: [0, 1].map(|side| {
                    let c = &model.file().characteristics[model.position(&pair.pair[side]).unwrap_or(0)];
                    Label::new(c.label_zh.clone(), c.label_en.clone())
                }),
                rows: pair.rows.iter().map(|a| cut(&a.label(lang.scoring()), SIDE)).collect(),
                columns: pair.columns.iter().map(|a| cut(&a.label(lang.scoring()), SIDE)).collect(),
            }),
        },
    }
}
