//! Our partition is at least as good as OptBinning's, on its own pre-bins and under its constraints.
//!
//! `tests/golden/optbinning/README.md` says how the numbers were made.

use scoring::Direction;
use serde_json::Value;
use training::{Constraints, Counts, bin_iv, optimal_partition};

fn golden() -> Value {
    let text = include_str!("../../../tests/golden/optbinning/prebins.json");
    serde_json::from_str(text).expect("the golden file is JSON")
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

#[test]
fn iv_is_at_least_that_of_optbinning() {
    let golden = golden();
    let mut columns = 0;
    for (set, data) in golden["sets"].as_object().expect("sets") {
        for (name, column) in data["columns"].as_object().expect("columns") {
            let (goods, bads) = (numbers(&column["goods"]), numbers(&column["bads"]));
            let prebins: Vec<Counts> = goods.iter().zip(&bads).map(|(&goods, &bads)| Counts { goods, bads }).collect();
            let total = numbers(&column["total"]);
            let total = Counts { goods: total[0], bads: total[1] };
            // Its trends are those of the bad rate, ours those of the points.
            let direction = match column["trend"].as_str() {
                Some("ascending") => Direction::Falling,
                Some("descending") => Direction::Rising,
                Some("peak") => Direction::Valley,
                Some("valley") => Direction::Peak,
                None => Direction::Free,
                Some(other) => panic!("{set}.{name}: unknown trend {other}"),
            };
            let constraints = Constraints {
                bins_max: prebins.len(),
                rows_min: 0.0,
                bads_min: 0.0,
                goods_min: 0.0,
                direction,
                woe_difference_min: 0.0,
                smoothing: 0.0,
            };
            // Its solver maximises over the rows that have a value, and is judged over all rows too.
            let present = prebins.iter().fold(Counts::default(), |a, &b| a + b);
            for (base, theirs) in [(present, "iv_objective"), (total, "iv_bins")] {
                let ours = optimal_partition(&prebins, base, &constraints).expect("its bins are one partition");
                let theirs = column[theirs].as_f64().expect("a number");
                assert!(ours.iv >= theirs - 1e-9, "{set}.{name}: {} against {theirs}", ours.iv);
                let sum: f64 = ours.sums(&prebins).iter().map(|&s| bin_iv(s, base, 0.0).expect("no pure bin")).sum();
                assert!((sum - ours.iv).abs() < 1e-9, "{set}.{name}: what it reports is what its bins have");
            }
            columns += 1;
        }
    }
    assert_eq!(columns, 14 + 64 + 23 + 20);
}

/// On the same pre-bins the exact search never does worse than theirs with missing values counted in.
#[test]
fn iv_with_missing_equals_its_parts() {
    let golden = golden();
    for (set, data) in golden["sets"].as_object().expect("sets") {
        for (name, column) in data["columns"].as_object().expect("columns") {
            let (missing, total) = (numbers(&column["missing"]), numbers(&column["total"]));
            let total = Counts { goods: total[0], bads: total[1] };
            let missing = Counts { goods: missing[0], bads: missing[1] };
            let own = bin_iv(missing, total, 0.0).unwrap_or(0.0);
            let (bins, all) =
                (column["iv_bins"].as_f64().expect("a number"), column["iv_total"].as_f64().expect("a number"));
            assert!((bins + own - all).abs() < 1e-9, "{set}.{name}: {bins} and {own} against {all}");
        }
    }
}
