use crate::args::{ExplainArgs, Lang};
use crate::text::{cut, print_table};
use crate::{input, model_folder};
use anyhow::{Result, ensure};
use primitives::Value;
use primitives::plain;

/// Characters of a bin and of a reason: a bin may list hundreds of categories.
const BIN: usize = 80;
const REASON: usize = 200;

pub(crate) fn run(args: &ExplainArgs) -> Result<()> {
    let lang = Lang::or_terminal(args.lang);
    let model = model_folder::load(&args.model)?;
    let table = input::read_for(&[&model], &args.data, input::Others::NONE)?;
    ensure!(
        (1..=table.rows()).contains(&args.row),
        "--row {}: {} has rows 1 to {}",
        args.row,
        args.data.display(),
        table.rows()
    );
    let batch = model.bind(&input::views(&table))?;
    let values = batch.values(args.row - 1);
    let explanation = model.explain(&values)?;
    let file = model.file();
    let rating = &explanation.rating;
    let heading = [
        lang.pick("变量与取值", "characteristic and bin"),
        lang.pick("数值", "value"),
        lang.pick("得分", "points"),
        lang.pick("最高", "maximum"),
        lang.pick("较最高分少", "below maximum"),
    ];
    let mut rows: Vec<[String; 5]> = vec![heading.map(str::to_owned)];
    let base = lang.pick("基础分", "base points").to_owned();
    rows.push([base, String::new(), file.base_points.to_string(), file.base_points.to_string(), "0".into()]);
    for c in &explanation.contributions {
        let value = match &file.tables[c.table] {
            scoring::Table::OneWay { characteristic, .. } => {
                model.position(characteristic).map_or(String::new(), |i| shown(&values[i]))
            }
            scoring::Table::TwoWay(_) => String::new(),
        };
        rows.push([
            cut(&model.bin_text(c.table, c.bin, lang.scoring()), BIN),
            value,
            c.points.to_string(),
            c.points_max.to_string(),
            (c.points_max - c.points).to_string(),
        ]);
    }
    let most: i32 = file.base_points + explanation.contributions.iter().map(|c| c.points_max).sum::<i32>();
    let total = lang.pick("总分", "score").to_owned();
    rows.push([total, String::new(), rating.score.to_string(), most.to_string(), (most - rating.score).to_string()]);
    print_table(&rows);
    println!();
    match rating.pd {
        Some(pd) => println!("{} {:.2} %", lang.pick("违约概率", "PD"), pd * 100.0),
        None => println!("{}", lang.pick("违约概率：模型未校准", "PD: the model is not calibrated")),
    }
    println!("{} {}", lang.pick("等级", "grade"), plain(model.grade_name(rating.grade)));
    if rating.reasons.is_empty() {
        println!("{}", lang.pick("主要原因：无失分", "reasons: no point was lost"));
    } else {
        println!("{}", lang.pick("主要原因：", "reasons:"));
        for (i, reason) in rating.reasons.iter().enumerate() {
            let words = cut(&model.reason_text(&reason, lang.scoring()), REASON);
            println!("  {}. {}  [{}]", i + 1, plain(&words), plain(&model.reason_code(&reason)));
        }
    }
    Ok(())
}

fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Number(x) => x.to_string(),
        Value::Text(t) => cut(t, 40),
        Value::Missing => "—".into(),
        Value::NotAuthorised => "×".into(),
    }
}
