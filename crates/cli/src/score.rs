use crate::args::{Lang, ScoreArgs};
use crate::doubts::Unseen;
use crate::input::Others;
use crate::text::cut;
use crate::{input, model_folder};
use anyhow::{Result, ensure};
use primitives::{Column, MISSING_CODE};
use rayon::prelude::*;
use scoring::{Model, Rating, Reason};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI32, Ordering};
use table::OutColumn;

/// Columns that scoring adds.
const ADDED: [&str; 7] = ["score", "pd", "grade", "reason_1", "reason_2", "reason_3", "reason_4"];
/// Rows of a piece of work.
const CHUNK: usize = 1 << 14;
/// Characters of a reason in words: a bin may list hundreds of categories.
const WORDS: usize = 200;

pub(crate) fn run(args: &ScoreArgs) -> Result<()> {
    let model = model_folder::load(&args.model)?;
    for (i, name) in args.keep.iter().enumerate() {
        ensure!(!ADDED.contains(&name.as_str()), "--keep {name}: scoring writes a column of that name itself");
        ensure!(!args.keep[..i].contains(name), "--keep {name} is given twice");
    }
    // The data are not ours to replace.
    ensure!(!input::is_same_file(&args.data, &args.out), "--out {} is the data file itself", args.out.display());
    let options = input::options_for(&[&model], &args.data, Others { as_written: &args.keep, ..Others::NONE })?;
    let (mut rows, mut unseen) = (0, Unseen::default());
    input::read_and_write(&args.data, &options, &args.out, |batch, out| {
        if out.is_empty() {
            (rows, unseen) = (0, Unseen::default());
        }
        rows += batch.rows();
        unseen.count(&model, batch);
        write(args, &model, batch, out)
    })?;
    unseen.tell();
    crate::tell(&format!("{rows} rows scored into {}", args.out.display()));
    Ok(())
}

/// Rates the rows of a batch and writes them.
fn write(args: &ScoreArgs, model: &Model, table: &table::Table, out: &mut table::BatchWriter<'_>) -> Result<()> {
    let rated = rate(model, table)?;
    let (reasons, reason_texts) = rated.reasons(|reason| {
        if args.reason_text {
            cut(&model.reason_text(reason, Lang::or_terminal(args.lang).scoring()), WORDS)
        } else {
            model.reason_code(reason)
        }
    });
    let mut columns: Vec<(String, OutColumn<'_>)> = Vec::new();
    let kept = args.keep.iter().map(|name| input::column(table, name)).collect::<Result<Vec<_>>>()?;
    // Parquet has types: what came from CSV as text goes out as numbers where that is the same.
    let numbers: Vec<Option<Column>> = match input::is_parquet(&args.out) && !input::is_parquet(&args.data) {
        true => kept.par_iter().map(|c| input::numbers_as_written(c)).collect(),
        false => vec![None; kept.len()],
    };
    for (name, (column, number)) in args.keep.iter().zip(kept.iter().zip(&numbers)) {
        columns.push((name.clone(), OutColumn::Source(number.as_ref().unwrap_or(column))));
    }
    columns.push((ADDED[0].into(), OutColumn::Integer(&rated.score)));
    columns.push((ADDED[1].into(), OutColumn::Number(&rated.pd)));
    let grades: Vec<String> = model.file().grades.iter().map(|g| g.name.clone()).collect();
    columns.push((ADDED[2].into(), OutColumn::Coded { codes: &rated.grade, levels: &grades }));
    for (name, codes) in ADDED[3..].iter().zip(&reasons) {
        columns.push(((*name).into(), OutColumn::Coded { codes, levels: &reason_texts }));
    }
    Ok(out.write(&columns)?)
}

/// Ratings of a table, column by column.
pub(crate) struct Rated {
    pub(crate) score: Vec<i64>,
    /// `NaN` where the model has no PD.
    pub(crate) pd: Vec<f64>,
    pub(crate) grade: Vec<u32>,
    /// Per row, numbers of `bins`.
    reasons: [Vec<u32>; 4],
    bins: ReasonBins,
}

impl Rated {
    /// The reasons as `text` has them, dictionary-coded: codes per row and the distinct texts.
    fn reasons(&self, text: impl Fn(&Reason) -> String) -> ([Vec<u32>; 4], Vec<String>) {
        let mut texts: Vec<String> = Vec::new();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let by_bin: Vec<u32> = self
            .bins
            .reasons()
            .map(|reason| {
                let text = text(&reason);
                *numbers.entry(text.clone()).or_insert_with(|| {
                    texts.push(text);
                    texts.len() as u32 - 1
                })
            })
            .collect();
        let coded = self.reasons.each_ref().map(|bins| {
            bins.par_iter().map(|&bin| by_bin.get(bin as usize).copied().unwrap_or(MISSING_CODE)).collect()
        });
        (coded, texts)
    }
}

/// Rates every row of a table.
pub(crate) fn rate(model: &Model, table: &table::Table) -> Result<Rated> {
    let batch = model.bind(&input::views(table))?;
    let n = table.rows();
    let bins = ReasonBins::new(model);
    let mut out = Rated {
        score: vec![0; n],
        pd: vec![f64::NAN; n],
        grade: vec![0; n],
        reasons: std::array::from_fn(|_| vec![MISSING_CODE; n]),
        bins,
    };
    let ([r1, r2, r3, r4], bins) = (&mut out.reasons, &out.bins);
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
                *slot = bins.number(&reason);
            }
        }
        Ok(())
    })?;
    Ok(out)
}

/// The bins of all tables, numbered through: what a reason says is decided by its bin.
struct ReasonBins {
    /// Number of each table's first bin.
    first: Vec<u32>,
    /// Points lost in each bin, 0 where no row gave it as a reason.
    points_lost: Vec<AtomicI32>,
}

impl ReasonBins {
    fn new(model: &Model) -> Self {
        let mut first = Vec::new();
        let mut bins = 0;
        for table in &model.file().tables {
            first.push(bins as u32);
            bins += match table {
                scoring::Table::OneWay { bins, .. } => bins.len(),
                scoring::Table::TwoWay(pair) => pair.rows.len() * pair.columns.len(),
            };
        }
        Self { first, points_lost: (0..bins).map(|_| AtomicI32::new(0)).collect() }
    }

    fn number(&self, reason: &Reason) -> u32 {
        let number = self.first[reason.table] + reason.bin as u32;
        let lost = &self.points_lost[number as usize];
        // Nearly always there already: a store each time would pass the cache line between the cores.
        if lost.load(Ordering::Relaxed) != reason.points_lost {
            lost.store(reason.points_lost, Ordering::Relaxed);
        }
        number
    }

    fn reasons(&self) -> impl Iterator<Item = Reason> {
        self.points_lost.iter().enumerate().map(|(number, lost)| {
            let table = self.first.partition_point(|&f| f as usize <= number) - 1;
            let bin = number - self.first[table] as usize;
            Reason { table, bin, points_lost: lost.load(Ordering::Relaxed) }
        })
    }
}

/// Outcome per row of a table that was read with its target.
pub(crate) fn outcomes(table: &table::Table, target: &str, bad: &str) -> Result<Vec<Option<bool>>> {
    let column: &Column = input::column(table, target)?;
    Ok(training::outcome(target, column, bad)?)
}
