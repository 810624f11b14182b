use crate::args::Lang;
use crate::model_folder;
use crate::text::{cut, print_table};
use crate::train::prior_words;
use anyhow::Result;
use primitives::plain;
use scoring::commercial::{Commercial, EMPTY_DENOMINATOR};
use scoring::{Attribute, Direction, Model, SpecialValue, Table};
use std::path::Path;

pub(crate) fn run(folder: &Path, lang: Option<Lang>) -> Result<()> {
    let lang = Lang::or_terminal(lang);
    let model = model_folder::load(folder)?;
    let file = model.file();
    let (low, high) = model.score_range();
    let [id, version, method] = [&file.model_id, &file.model_version, &file.method].map(|text| plain(text));
    println!("{id} {version}  {method}  {}", model.digest());
    // Without a PD no odds stand behind the points.
    let scale = match &file.pd {
        Some(_) => format!("{} @ {}:1, pdo {}", file.scale.points, file.scale.odds, file.scale.pdo),
        None => lang.pick("无违约概率（未校准）", "no PD (not calibrated)").to_owned(),
    };
    println!(
        "{} {}, {} {low} – {high}; {scale}",
        lang.pick("基础分", "base points"),
        file.base_points,
        lang.pick("分数", "scores")
    );
    if let Some(section) = &file.commercial {
        indicators(&model, section, lang);
        grades(&model, lang);
        return Ok(());
    }
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
    if let Some(prior) = &file.origin.prior {
        let (id, version) = (plain(&prior.model_id), plain(&prior.model_version));
        println!("{} {id} {version}, {}", lang.pick("先验评分卡", "prior card"), prior.digest);
        println!("{}", prior_words(prior));
    }
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
    grades(&model, lang);
    if !file.edits.is_empty() {
        println!("\n{}", lang.pick("人工调整：", "edits:"));
        for (n, e) in file.edits.iter().enumerate() {
            println!("  {}. {} {}: {} ({})", n + 1, e.on, plain(&e.who), plain(&e.what), plain(&e.why));
            if let (Some(before), Some(after)) = (&e.before, &e.after) {
                println!("     {} {}", lang.pick("之前", "before"), plain(&cut(before, 160)));
                println!("     {} {}", lang.pick("之后", "after "), plain(&cut(after, 160)));
            }
        }
        if let Some(of) = file.edits.iter().rev().find_map(|e| e.of.as_ref()) {
            println!("  {} {of}", lang.pick("所调整的模型", "of the model"));
        }
    }
    if !file.origin.removed.is_empty() {
        println!("\n{}", lang.pick("未入模变量：", "removed columns:"));
        for r in &file.origin.removed {
            println!("  {}: {} ({})", plain(&r.column), r.rule, plain(&r.detail));
        }
    }
    Ok(())
}

fn grades(model: &Model, lang: Lang) {
    let (_, high) = model.score_range();
    println!();
    let mut rows = vec![
        [lang.pick("等级", "grade"), lang.pick("分数起", "score from"), lang.pick("违约概率低于", "PD below")]
            .map(str::to_owned),
    ];
    for g in &model.file().grades {
        let from = match g.score_from {
            None => "—".to_owned(),
            Some(from) if from > high => lang.pick("不可达", "not reached").to_owned(),
            Some(from) => from.to_string(),
        };
        rows.push([g.name.clone(), from, g.pd_below.map_or("—".to_owned(), |v| v.to_string())]);
    }
    print_table(&rows);
}

/// The tables of an expert card under their indicators: no data stand behind its bins, so there is nothing to show of any.
fn indicators(model: &Model, section: &Commercial, lang: Lang) {
    println!("{}", plain(&section.mark));
    for first in &section.indicators {
        let weight: f64 = first.second.iter().map(|s| s.weight).sum();
        let weight = (weight * 1e3).round() / 1e3;
        println!("\n{} {weight} %", plain(lang.pick(&first.label_zh, &first.label_en)));
        for second in &first.second {
            println!("\n  {} {} %", plain(lang.pick(&second.label_zh, &second.label_en)), second.weight);
            for name in &second.characteristics {
                card_table(model, name, lang);
            }
        }
    }
}

fn card_table(model: &Model, name: &str, lang: Lang) {
    let file = model.file();
    for table in &file.tables {
        let Table::OneWay { characteristic, bins, .. } = table else { continue };
        let Some(c) = model.position(name).map(|i| &file.characteristics[i]).filter(|_| characteristic == name) else {
            continue;
        };
        let label = lang.pick(&c.label_zh, &c.label_en);
        let direction = c.direction.map_or(String::new(), |d| format!(", {}", card_words(d, lang)));
        println!("    {} ({}){direction}", plain(label), plain(name));
        let shown = |bin: &scoring::Bin| {
            let empty = [SpecialValue::Number(EMPTY_DENOMINATOR)];
            let bin_label = match &bin.attribute {
                Attribute::Special(values) if *values == empty => lang.pick("分母为零", "empty denominator").to_owned(),
                other => cut(&other.label(lang.scoring()), 60),
            };
            format!("{}: {}", plain(&bin_label), bin.points)
        };
        println!("      {}", bins.iter().map(shown).collect::<Vec<_>>().join("; "));
    }
}

/// How points move, without a bad rate: none was observed.
fn card_words(d: Direction, lang: Lang) -> &'static str {
    match d {
        Direction::Rising => lang.pick("分数随数值上升", "points rise with the value"),
        Direction::Falling => lang.pick("分数随数值下降", "points fall with the value"),
        other => words(other, lang),
    }
}

fn words(d: Direction, lang: Lang) -> &'static str {
    let (zh, en) = match d {
        Direction::Rising => ("分数随数值上升（坏账率下降）", "points rise with the value (bad rate falls)"),
        Direction::Falling => ("分数随数值下降（坏账率上升）", "points fall with the value (bad rate rises)"),
        Direction::Peak => ("中间最高", "points peak in the middle"),
        Direction::Valley => ("中间最低", "points are lowest in the middle"),
        Direction::Free => ("不限方向", "free"),
    };
    lang.pick(zh, en)
}
