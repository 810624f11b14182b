//! A made sample, the same on every machine: for the tests of the report and for the example.
#![allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    reason = "shared by tests and an example, each of which uses a part"
)]

use primitives::Digest;
use validation::report::{
    BinFacts, CharacteristicFacts, DataFile, Exclusion, GradeFacts, Label, ModelFacts, PointsDirection, ReferenceFacts,
    ReportInput, ReportOptions, SampleFacts, SampleRows, TrainingRun,
};
use validation::{Grouping, Language, headline};

/// Splitmix64.
pub struct Rng(pub u64);

impl Rng {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }
}

const GRADES: [(&str, f64, f64); 7] = [
    ("AAA", 0.0, 0.005),
    ("AA", 0.005, 0.01),
    ("A", 0.01, 0.02),
    ("BBB", 0.02, 0.04),
    ("BB", 0.04, 0.08),
    ("B", 0.08, 0.16),
    ("C", 0.16, 1.0),
];

pub fn facts(name: &str) -> DataFile {
    DataFile { name: name.to_owned(), digest: Digest::sha256(name.as_bytes()) }
}

/// `n` rows with everything a report can show.
pub fn input(n: usize, seed: u64) -> ReportInput {
    let mut rng = Rng(seed);
    let mut rows = SampleRows::default();
    let mut pd = Vec::with_capacity(n);
    let mut bins = [vec![[0u64; 2]; 4], vec![[0u64; 2]; 3]];
    let (mut ids, mut periods, mut exposure) = (Vec::new(), Vec::new(), Vec::new());
    let (mut district, mut size) = (Vec::new(), Vec::new());
    for i in 0..n {
        let (delay, credit) = (rng.below(3), rng.below(3));
        let delay = if rng.uniform() < 0.07 { 3 } else { delay };
        let noise = rng.uniform() + rng.uniform() + rng.uniform() - 1.5;
        let points = [40, 15, -20, 5][delay] + [30, 10, -25][credit];
        let score = 600 + points + (noise * 70.0).round() as i64;
        let p = 1.0 / (1.0 + ((score as f64 - 512.0) / 28.0).exp());
        let bad = rng.uniform() < p * 1.15;
        bins[0][delay][0] += 1;
        bins[0][delay][1] += u64::from(bad);
        bins[1][credit][0] += 1;
        bins[1][credit][1] += u64::from(bad);
        rows.score.push(score);
        rows.bad.push(bad);
        rows.grade.push(GRADES.iter().position(|g| p < g.2).expect("the last grade ends at 1"));
        pd.push(p);
        ids.push(format!("E{:06}", i / 3));
        periods.push(["2024Q1", "2024Q2", "2024Q3"][i % 3]);
        exposure.push((rng.uniform() * 200.0).round() * 10_000.0);
        district.push(["渝中", "江北", "万州", ""][rng.below(40).min(39) * 4 / 40]);
        size.push(if i % 400 == 7 { "大型" } else { ["小型", "微型", "中型"][rng.below(3)] });
    }
    // A part of the rows stands in for those of the fit; a part without both outcomes has no figures.
    let part =
        |rows_of_part: std::ops::Range<usize>| headline(&pd[rows_of_part.clone()], &rows.bad[rows_of_part], None).ok();
    let training_run = Some(TrainingRun { in_sample: part(0..n / 2), out_of_fold: part(n / 2..n), out_of_time: None });
    rows.pd = Some(pd);
    rows.id = Some(Grouping::from_labels("enterprise_id", ids.iter().map(String::as_str)));
    rows.period = Some(Grouping::from_labels("quarter", periods));
    rows.exposure = Some(exposure);
    let characteristic = |name: &str, label, direction, bins: &[[u64; 2]], of: &[(&str, i64, bool)]| {
        let bin = |((label, points, is_apart), [n, bads]): (&(&str, i64, bool), &[u64; 2])| BinFacts {
            label: (*label).to_owned(),
            points: *points,
            is_apart: *is_apart,
            expected: Some(n * 2 + 10),
            expected_bads: Some(bads * 2 + 1),
            actual: *n,
            actual_bads: *bads,
        };
        let bins = of.iter().zip(bins).map(bin).collect();
        CharacteristicFacts { name: name.to_owned(), label, direction, bins, pair: None }
    };
    let delay = [("[0, 1)", 40, false), ("[1, 30)", 15, false), ("[30, ∞)", -20, false), ("missing", 5, true)];
    let credit = [("A", 30, false), ("B", 10, false), ("M, C, D", -25, false)];
    let characteristics = vec![
        characteristic(
            "tax_delay_days",
            Label::new("纳税逾期天数", "days of tax delay"),
            PointsDirection::Falling,
            &bins[0],
            &delay,
        ),
        characteristic(
            "tax_grade",
            Label::new("纳税信用等级", "tax credit grade"),
            PointsDirection::Unordered,
            &bins[1],
            &credit,
        ),
    ];
    let reference = ReferenceFacts {
        files: vec![facts("build.csv")],
        score: rows.score.iter().map(|s| s + rng.below(60) as i64 - 18).collect(),
        bin_counts: bins.iter().map(|b| b.iter().enumerate().map(|(i, c)| c[0] + 20 * i as u64).collect()).collect(),
    };
    ReportInput {
        generated_on: "2026-01-05".to_owned(),
        language: Language::Zh,
        model: ModelFacts {
            id: "sme-scorecard".to_owned(),
            version: "1.2.0".to_owned(),
            digest: Digest::sha256(b"model"),
            kind: Label::new("WoE 评分卡", "woe scorecard"),
            origin: "made data, seed 7 <not a real model>".to_owned(),
            training_data: vec![facts("build.csv")],
        },
        training_run,
        sample: SampleFacts {
            files: vec![facts("2024.csv")],
            rows_read: n as u64 + 41,
            excluded: vec![
                Exclusion { reason: Label::new("结果未知", "outcome unknown"), rows: 29 },
                Exclusion { reason: Label::new("不可评级", "not ratable"), rows: 12 },
            ],
            is_training_data: false,
        },
        rows,
        grades: GRADES
            .iter()
            .map(|(name, lo, hi)| GradeFacts { name: (*name).to_owned(), pd_lo: Some(*lo), pd_hi: Some(*hi) })
            .collect(),
        characteristics,
        reference: Some(reference),
        segments: vec![Grouping::from_labels("district", district), Grouping::from_labels("size", size.clone())],
        protected: vec![Grouping::from_labels("size", size)],
        options: ReportOptions { initial_auc: Some(0.80), initial_concentration: Some(0.3), ..ReportOptions::usual() },
    }
}
