use crate::args::Lang;
use crate::model_folder;
use crate::text::{cut, plain, print_table};
use anyhow::Result;
use scoring::Table;
use std::path::Path;

pub(crate) fn run(folder: &Path, lang: Option<Lang>) -> Result<()> {
    let lang = Lang::or_terminal(lang);
    let model = model_folder::load(folder)?;
    let file = model.file();
    let (low, high) = model.score_range();
    let [id, version, method] = [&file.model_id, &file.model_version, &file.method].map(|text| plain(text));
    println!("{id} {version}  {method}  {}", model.digest());
    println!(
        "{} {}, {} {low} – {high}; {} @ {}:1, pdo {}",
        lang.pick("基础分", "base points"),
        file.base_points,
        lang.pick("分数", "scores"),
        file.scale.points,
        file.scale.odds,
        file.scale.pdo
    );
    println!(
        "{}",
        lang.pick("WoE = ln(好占比 / 坏占比)，越高越安全", "WoE = ln(share of goods / share of bads): higher is safer")
    );
    println!(
        "{}",
        lang.pick(
            "系数为分箱效应的权重：经修正时效应不等于 WoE；p 值未计入分箱搜索",
            "a coefficient weighs the effects of the bins, which refinement moves off the WoE; p does not count the search for bins"
        )
    );
    for (t, table) in file.tables.iter().enumerate() {
        println!();
        match table {
            Table::OneWay { characteristic, iv, coefficient, standard_error, p_value, bins } => {
                let at = model.position(characteristic).unwrap_or(0);
                let c = &file.characteristics[at];
                let label = lang.pick(&c.label_zh, &c.label_en);
                let name = if label == c.name { c.name.clone() } else { format!("{label} ({})", c.name) };
                let number = |v: &Option<f64>| v.map_or("—".to_owned(), |v| format!("{v:.4}"));
                let direction = c.direction.map_or(String::new(), |d| format!(", {}", words(d, lang)));
                println!(
                    "{}. {}{direction}: IV {}, {} {} ± {}, p {}",
                    t + 1,
                    plain(&name),
                    number(iv),
                    lang.pick("系数", "coefficient"),
                    number(coefficient),
                    number(standard_error),
                    p_value.map_or("—".to_owned(), |p| format!("{p:.2e}"))
                );
                let heading = [
                    lang.pick("分箱", "bin"),
                    lang.pick("好", "goods"),
                    lang.pick("坏", "bads"),
                    lang.pick("占比%", "share %"),
                    lang.pick("坏账率%", "bad rate %"),
                    "WoE",
                    lang.pick("分", "points"),
                ];
                let mut rows = vec![heading.map(str::to_owned)];
                let total: f64 = bins.iter().map(|b| b.goods + b.bads).sum();
                for b in bins {
                    let n = b.goods + b.bads;
                    let percent = |part: f64, whole: f64| {
                        if whole > 0.0 { format!("{:.2}", 100.0 * part / whole) } else { "—".to_owned() }
                    };
                    rows.push([
                        cut(&b.attribute.label(lang.scoring()), 60),
                        format!("{:.0}", b.goods),
                        format!("{:.0}", b.bads),
                        percent(n, total),
                        percent(b.bads, n),
                        format!("{:.4}", b.woe),
                        b.points.to_string(),
                    ]);
                }
                print_table(&rows);
            }
            Table::TwoWay(pair) => {
                println!("{}. {} × {}", t + 1, plain(&pair.pair[0]), plain(&pair.pair[1]));
                for (r, row) in pair.rows.iter().enumerate() {
                    println!("  {}: {:?}", plain(&cut(&row.label(lang.scoring()), 60)), pair.points[r]);
                }
            }
        }
    }
    println!();
    let mut rows = vec![
        [lang.pick("等级", "grade"), lang.pick("分数起", "score from"), lang.pick("违约概率低于", "PD below")]
            .map(str::to_owned),
    ];
    for g in &file.grades {
        let from = match g.score_from {
            None => "—".to_owned(),
            Some(from) if from > high => lang.pick("不可达", "not reached").to_owned(),
            Some(from) => from.to_string(),
        };
        rows.push([g.name.clone(), from, g.pd_below.map_or("—".to_owned(), |v| v.to_string())]);
    }
    print_table(&rows);
    if !file.origin.removed.is_empty() {
        println!("\n{}", lang.pick("未入模变量：", "removed columns:"));
        for r in &file.origin.removed {
            println!("  {}: {} ({})", plain(&r.column), r.rule, plain(&r.detail));
        }
    }
    Ok(())
}

fn words(d: scoring::Direction, lang: Lang) -> &'static str {
    use scoring::Direction;
    let (zh, en) = match d {
        Direction::Rising => ("分数随数值上升（坏账率下降）", "points rise with the value (bad rate falls)"),
        Direction::Falling => ("分数随数值下降（坏账率上升）", "points fall with the value (bad rate rises)"),
        Direction::Peak => ("中间最高", "points peak in the middle"),
        Direction::Valley => ("中间最低", "points are lowest in the middle"),
        Direction::Free => ("不限方向", "free"),
    };
    lang.pick(zh, en)
}
