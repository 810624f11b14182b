use crate::args::ScoreArgs;
use crate::{input, model_folder};
use anyhow::{Result, ensure};
use primitives::{Column, MISSING_CODE};
use rayon::prelude::*;
use scoring::{Model, Rating, Reason};
use std::collections::HashMap;
use table::OutColumn;

/// Columns that scoring adds.
const ADDED: [&str; 7] = ["score", "pd", "grade", "reason_1", "reason_2", "reason_3", "reason_4"];
/// Rows of a piece of work.
const CHUNK: usize = 1 << 14;

pub(crate) fn run(args: &ScoreArgs) -> Result<()> {
    let model = model_folder::load(&args.model)?;
    for (i, name) in args.keep.iter().enumerate() {
        ensure!(!ADDED.contains(&name.as_str()), "--keep {name}: scoring writes a column of that name itself");
        ensure!(!args.keep[..i].contains(name), "--keep {name} is given twice");
    }
    let table = input::read_for(&[&model], &args.data, &args.keep, &[])?;
    let rated = rate(&model, &table)?;
    let mut columns: Vec<(String, OutColumn<'_>)> = Vec::new();
    for name in &args.keep {
        columns.push((name.clone(), OutColumn::Source(input::column(&table, name)?)));
    }
    columns.push((ADDED[0].into(), OutColumn::Integer(&rated.score)));
    columns.push((ADDED[1].into(), OutColumn::Number(&rated.pd)));
    let grades: Vec<String> = model.file().grades.iter().map(|g| g.name.clone()).collect();
    columns.push((ADDED[2].into(), OutColumn::Coded { codes: &rated.grade, levels: &grades }));
    for (name, codes) in ADDED[3..].iter().zip(&rated.reasons) {
        columns.push(((*name).into(), OutColumn::Coded { codes, levels: &rated.reason_codes }));
    }
    table::write(&args.out, &columns)?;
    eprintln!("{} rows scored into {}", table.rows(), args.out.display());
    Ok(())
}

/// Ratings of a table, column by column.
pub(crate) struct Rated {
    pub(crate) score: Vec<i64>,
    /// `NaN` where the model has no PD.
    pub(crate) pd: Vec<f64>,
    pub(crate) grade: Vec<u32>,
    reasons: [Vec<u32>; 4],
    reason_codes: Vec<String>,
}

/// Rates every row of a table.
pub(crate) fn rate(model: &Model, table: &table::Table) -> Result<Rated> {
    let batch = model.bind(&input::views(table))?;
    let n = table.rows();
    // Reason codes get numbers before the rows are rated: a bin has one code.
    let mut codes = ReasonCodes::new(model);
    let mut out = Rated {
        score: vec![0; n],
        pd: vec![f64::NAN; n],
        grade: vec![0; n],
        reasons: std::array::from_fn(|_| vec![MISSING_CODE; n]),
        reason_codes: Vec::new(),
    };
    let [r1, r2, r3, r4] = &mut out.reasons;
    let chunks = out
        .score
        .par_chunks_mut(CHUNK)
        .zip(out.pd.par_chunks_mut(CHUNK))
        .zip(out.grade.par_chunks_mut(CHUNK))
        .zip(r1.par_chunks_mut(CHUNK).zip(r2.par_chunks_mut(CHUNK)))
        .zip(r3.par_chunks_mut(CHUNK).zip(r4.par_chunks_mut(CHUNK)))
        .enumerate();
    chunks.try_for_each(|(chunk, ((((score, pd), grade), (r1, r2)), (r3, r4)))| -> Result<(), scoring::Error> {
        let start = chunk * CHUNK;
        let blank = Rating { score: 0, pd: None, grade: 0, reasons: scoring::Reasons::default(), data_coverage: 1.0 };
        let mut ratings = vec![blank; score.len()];
        batch.assess(start..start + score.len(), &mut ratings)?;
        for (i, rating) in ratings.iter().enumerate() {
            score[i] = i64::from(rating.score);
            pd[i] = rating.pd.unwrap_or(f64::NAN);
            grade[i] = rating.grade as u32;
            for (slot, reason) in
                [&mut r1[i], &mut r2[i], &mut r3[i], &mut r4[i]].into_iter().zip(rating.reasons.iter())
            {
                *slot = codes.number(&reason);
            }
        }
        Ok(())
    })?;
    out.reason_codes = std::mem::take(&mut codes.texts);
    Ok(out)
}

/// Numbers of reason codes by table and bin.
struct ReasonCodes {
    by_table: Vec<Vec<u32>>,
    texts: Vec<String>,
}

impl ReasonCodes {
    fn new(model: &Model) -> Self {
        let mut texts: Vec<String> = Vec::new();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let by_table = model
            .file()
            .tables
            .iter()
            .enumerate()
            .map(|(table, t)| {
                let bins = match t {
                    scoring::Table::OneWay { bins, .. } => bins.len(),
                    scoring::Table::TwoWay(pair) => pair.rows.len() * pair.columns.len(),
                };
                (0..bins)
                    .map(|bin| {
                        let code = model.reason_code(&Reason { table, bin, points_lost: 1 });
                        *numbers.entry(code.clone()).or_insert_with(|| {
                            texts.push(code);
                            texts.len() as u32 - 1
                        })
                    })
                    .collect()
            })
            .collect();
        Self { by_table, texts }
    }

    fn number(&self, reason: &Reason) -> u32 {
        self.by_table[reason.table][reason.bin]
    }
}

/// Outcome per row of a table that was read with its target.
pub(crate) fn outcomes(table: &table::Table, target: &str, bad: &str) -> Result<Vec<Option<bool>>> {
    let column: &Column = input::column(table, target)?;
    Ok(training::outcome(target, column, bad)?)
}
