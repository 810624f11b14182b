//! A made data set of enterprises. No row describes anyone.

use crate::args::DemoDataArgs;
use anyhow::Result;
use primitives::{Column, TextBuilder};
use table::OutColumn;

pub(crate) fn run(args: &DemoDataArgs) -> Result<()> {
    let columns = make(args.rows as usize, args.seed);
    let out: Vec<_> = columns.iter().map(|(n, c)| ((*n).to_owned(), OutColumn::Source(c))).collect();
    table::write(&args.out, &out)?;
    println!("{} rows of MADE data (演示数据，非真实企业) in {}", args.rows, args.out.display());
    Ok(())
}

/// Uniform and normal numbers from one seed.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        // SplitMix64, Steele, Lea and Flood (2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

const INDUSTRIES: [(&str, f64); 8] = [
    ("C13 农副食品加工", 0.0),
    ("C35 专用设备制造", -0.3),
    ("C36 汽车制造", -0.2),
    ("E48 土木工程", 0.4),
    ("F51 批发", 0.2),
    ("F52 零售", 0.3),
    ("H62 餐饮", 0.7),
    ("I65 软件和信息服务", -0.5),
];
const DISTRICTS: [&str; 5] = ["渝中区", "江北区", "沙坪坝区", "九龙坡区", "万州区"];
const TAX_RATINGS: [(&str, f64); 5] = [("A", -0.8), ("B", -0.2), ("M", 0.1), ("C", 0.7), ("D", 1.4)];

fn make(rows: usize, seed: u64) -> Vec<(&'static str, Column)> {
    let mut r = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x5348_414e_475a_4849);
    let mut numbers: Vec<(&'static str, Vec<f64>)> = [
        "years_in_business",
        "revenue_yuan",
        "revenue_change",
        "debt_ratio",
        "void_invoice_share",
        "top_customer_share",
        "electricity_change",
        "insured_employees",
        "court_cases",
        "months_since_tax_return",
        "exposure_yuan",
        "bad",
    ]
    .map(|n| (n, Vec::with_capacity(rows)))
    .into();
    let mut texts: Vec<(&'static str, TextBuilder)> =
        ["enterprise_id", "month", "industry", "district", "tax_rating"].map(|n| (n, TextBuilder::default())).into();
    for i in 0..rows {
        let health = r.normal();
        let industry = INDUSTRIES[(r.uniform() * 8.0) as usize];
        let place = (0.9 * r.normal() - 0.7 * health + 1.6).clamp(0.0, 4.0) as usize;
        let tax = TAX_RATINGS[place];
        let years = (6.0 + 5.0 * r.normal() + 1.5 * health).clamp(0.1, 40.0);
        let revenue = (14.5 + 1.2 * r.normal() + 0.4 * health).exp();
        let change = 0.05 + 0.25 * r.normal() + 0.15 * health;
        let debt = (0.55 + 0.2 * r.normal() - 0.08 * health).clamp(0.0, 2.0);
        let void = (0.02 * (0.8 * r.normal() - 0.5 * health).exp()).min(1.0);
        let top = r.uniform().powf(1.5);
        let electricity = 0.02 + 0.3 * r.normal() + 0.2 * health;
        let insured = (2.2 + 0.9 * r.normal() + 0.3 * health).exp().floor();
        let cases = if r.uniform() < 0.12 { (1.0 + 3.0 * r.uniform() - health.min(0.5)).max(1.0).floor() } else { 0.0 };
        let since = if r.uniform() < 0.03 { -1.0 } else { (1.0 + 2.0 * r.uniform() - health).max(0.0).floor() };
        let month = (r.uniform() * 24.0) as usize;
        // Middle-aged firms are safest, and a single customer is a risk: shapes for the bins to find.
        let log_odds = -3.25 - 0.55 * health + 0.8 * industry.1 + 0.5 * tax.1 - 0.25 * (years / 6.0).min(2.0)
            + 1.3 * (debt - 0.55)
            - 0.9 * change
            + 9.0 * void
            + 0.9 * (top - 0.5).max(0.0)
            + 0.35 * cases
            + if since < 0.0 { 0.6 } else { 0.12 * since }
            - 0.5 * electricity
            + 0.015 * (month as f64 - 12.0);
        let bad = r.uniform() < 1.0 / (1.0 + (-log_odds).exp());
        let exposure = (revenue * (0.02 + 0.1 * r.uniform()) / 1e4).round() * 1e4;
        let round = |x: f64, digits: i32| (x * 10_f64.powi(digits)).round() / 10_f64.powi(digits);
        let missing = |r: &mut Random, share: f64, x: f64| if r.uniform() < share { f64::NAN } else { x };
        let row = [
            round(years, 1),
            round(revenue, 2),
            missing(&mut r, 0.08, round(change, 3)),
            missing(&mut r, 0.15, round(debt, 3)),
            missing(&mut r, 0.05, round(void, 4)),
            missing(&mut r, 0.05, round(top, 3)),
            missing(&mut r, 0.2, round(electricity, 3)),
            insured,
            cases,
            since,
            exposure,
            f64::from(u8::from(bad)),
        ];
        numbers.iter_mut().zip(row).for_each(|((_, v), x)| v.push(x));
        let month = format!("{}-{:02}", 2023 + month / 12, month % 12 + 1);
        let district = DISTRICTS[(r.uniform() * 5.0) as usize];
        let id = format!("MADE{:07}", i % rows.div_ceil(2) + 1);
        let tax = (r.uniform() >= 0.06).then_some(tax.0);
        let row = [Some(id.as_str()), Some(month.as_str()), Some(industry.0), Some(district), tax];
        texts.iter_mut().zip(row).for_each(|((_, b), x)| b.push(x));
    }
    let mut columns: Vec<(&'static str, Column)> = texts.into_iter().map(|(n, b)| (n, b.finish())).collect();
    columns.extend(numbers.into_iter().map(|(n, v)| (n, Column::Number(v))));
    columns
}
