//! `card.md`: the model card for people.

use crate::model_edit::Step;
use crate::text::cut;
use primitives::plain;
use scoring::{Attribute, Language, Model, Table};
use std::fmt::Write as _;
use training::{Pruning, Trained, TrainingFigures};
use validation::Headline;

pub(crate) fn text(trained: &Trained) -> String {
    let mut out = String::new();
    // Writing to a text can not fail.
    let _ = write_card(&mut out, &trained.model, &Figures::Training(&trained.figures));
    out
}

/// The card of a model that was edited by hand.
pub(crate) fn edited_text(model: &Model, steps: &[Step], judged_on: &str) -> String {
    let mut out = String::new();
    let _ = write_card(&mut out, model, &Figures::Edited { steps, judged_on });
    out
}

/// What is known of how good a model is.
enum Figures<'a> {
    Training(&'a TrainingFigures),
    Edited { steps: &'a [Step], judged_on: &'a str },
}

fn write_card(out: &mut String, model: &Model, figures: &Figures<'_>) -> std::fmt::Result {
    let file = model.file();
    let (card, origin) = (&file.card, &file.origin);
    let stated = |s: &str| if s.is_empty() { "not stated 未说明".to_owned() } else { cell(s) };
    let day = |d: Option<chrono::NaiveDate>| d.map_or("not stated 未说明".to_owned(), |d| d.to_string());
    writeln!(out, "# {} {} 模型说明\n", plain(&file.model_id), plain(&file.model_version))?;
    writeln!(out, "| | |\n|---|---|")?;
    writeln!(out, "| Method 方法 | {} |", file.method)?;
    writeln!(out, "| Model digest 模型摘要 | {} |", model.digest())?;
    writeln!(out, "| Population 适用对象 | {} |", stated(&card.population))?;
    writeln!(out, "| Bad 违约定义 | {} |", stated(&card.bad_definition))?;
    let horizon = card.horizon_months.map_or("not stated 未说明".to_owned(), |m| format!("{m} months 个月"));
    writeln!(out, "| Horizon 观察期 | {horizon} |")?;
    writeln!(out, "| Window 数据期间 | {} |", stated(&card.window))?;
    writeln!(out, "| Limits 局限 | {} |", stated(&card.limits.join("; ")))?;
    writeln!(out, "| Author 作者 | {} |", stated(&card.author))?;
    let none = || "none: not fit for service 无，不得上线".to_owned();
    let reviewer = card.reviewer.as_deref().map_or_else(none, cell);
    writeln!(out, "| Independent reviewer 独立评审 | {reviewer} |")?;
    writeln!(out, "| Valid 有效期 | {} – {} |", day(card.valid_from), day(card.valid_until))?;
    writeln!(out, "| Next review 下次评审 | {} |", day(card.next_review))?;
    writeln!(out, "| Rows 样本 | {} (bads 违约 {}) |", origin.rows, origin.bads)?;
    writeln!(out, "| Left out 剔除 | {} without outcome 无结果 |", origin.rows_without_outcome)?;
    writeln!(out, "| Held out 留出 | {} |", origin.rows_held_out)?;
    writeln!(out, "| Software, seed 软件，种子 | {}, {} |", origin.software, origin.seed)?;
    for f in &origin.data {
        writeln!(out, "| Data 数据 | {} ({} rows) {} |", cell(&f.name), f.rows, f.digest)?;
    }
    writeln!(out, "\n## Figures 指标\n")?;
    writeln!(out, "| Sample 样本 | n | AUC [95 %] | KS | Brier | log-loss | ECE |\n|---|---|---|---|---|---|---|")?;
    match figures {
        Figures::Training(figures) => training_figures(out, figures)?,
        Figures::Edited { steps, judged_on } => {
            steps.iter().try_for_each(|step| figures_row(out, &cell(&step.name), &step.figures))?;
            writeln!(out, "\nJudged on 评估样本: {judged_on}.")?;
        }
    }
    if !file.edits.is_empty() {
        write_edits(out, model)?;
    }
    if let Some(prior) = &origin.prior {
        writeln!(out, "\n## Prior card 先验评分卡\n")?;
        let (id, version) = (cell(&prior.model_id), cell(&prior.model_version));
        writeln!(out, "{id} {version}, {}: {}.\n", prior.digest, crate::train::prior_words(prior))?;
        writeln!(out, "| Table 表 | Weight 权重 | Bins moved 分箱偏移 (points 分) | Sign 方向 |\n|---|---|---|---|")?;
        for t in &prior.tables {
            let sign = if t.contradicted { "contradicted by the data 与数据相反" } else { "kept 保持" };
            writeln!(out, "| {} | {:.4} | {:.2} | {sign} |", cell(&t.table), t.weight, t.bins_moved)?;
        }
    }
    writeln!(out, "\n## Score 分数\n")?;
    let (low, high) = model.score_range();
    let s = file.scale;
    writeln!(
        out,
        "Base points 基础分 {}; scores 分数 {low} – {high}; {} points at odds 好坏比 {}:1, {} points double the odds 翻倍分.\n",
        file.base_points, s.points, s.odds, s.pdo
    )?;
    writeln!(out, "| Grade 等级 | Score from 分数起 | PD below 违约概率低于 |\n|---|---|---|")?;
    for g in &file.grades {
        let from = g.score_from.map_or(String::new(), |v| v.to_string());
        let pd = g.pd_below.map_or(String::new(), |v| v.to_string());
        writeln!(out, "| {} | {from} | {pd} |", cell(&g.name))?;
    }
    writeln!(out, "\n## Scorecard 评分卡\n")?;
    for table in &file.tables {
        match table {
            Table::OneWay { characteristic, bins, iv, .. } => {
                let label = label(model, characteristic);
                writeln!(out, "### {label}\n")?;
                writeln!(out, "IV {:.4}\n", iv.unwrap_or(0.0))?;
                writeln!(out, "| Bin 分箱 | Goods 好 | Bads 坏 | WoE | Points 分 |\n|---|---|---|---|---|")?;
                for bin in bins {
                    let what = cell(&cut(&bin.attribute.label(Language::English), 400));
                    writeln!(out, "| {what} | {} | {} | {:.4} | {} |", bin.goods, bin.bads, bin.woe, bin.points)?;
                }
            }
            Table::TwoWay(pair) => {
                let [first, second] = [0, 1].map(|k| label(model, &pair.pair[k]));
                writeln!(out, "### {first} × {second}\n")?;
                writeln!(out, "Points 分, beside those of either alone 另加于单变量分:\n")?;
                let name = |a: &Attribute| cell(&cut(&a.label(Language::English), 60));
                let heads: Vec<String> = pair.columns.iter().map(name).collect();
                writeln!(out, "| | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len()))?;
                for (row, points) in pair.rows.iter().zip(&pair.points) {
                    let points: Vec<String> = points.iter().map(i32::to_string).collect();
                    writeln!(out, "| {} | {} |", name(row), points.join(" | "))?;
                }
            }
        }
        writeln!(out)?;
    }
    writeln!(out, "## Removed columns 未入模变量\n")?;
    writeln!(out, "| Column 变量 | Rule 规则 | Detail 说明 |\n|---|---|---|")?;
    for r in &origin.removed {
        writeln!(out, "| {} | {} | {} |", cell(&r.column), r.rule, cell(&r.detail))?;
    }
    if !origin.protected.is_empty() {
        writeln!(
            out,
            "\nProtected columns 受保护变量 (never enter 不得入模): {}",
            plain(&origin.protected.join(", "))
        )?;
    }
    Ok(())
}

fn training_figures(out: &mut String, figures: &TrainingFigures) -> std::fmt::Result {
    figures_row(out, "in-sample 样本内 (optimistic 偏乐观)", &figures.in_sample)?;
    figures_row(out, "out-of-fold 交叉验证", &figures.out_of_fold)?;
    match (&figures.out_of_time, &figures.out_of_time_not_applicable) {
        (Some(h), _) => figures_row(out, "out-of-time 时间外", h)?,
        (None, reason) => {
            let reason = reason.as_deref().unwrap_or("");
            writeln!(out, "| out-of-time 时间外 | | not applicable 不适用: {reason} | | | | |")?;
        }
    }
    if let Some(choice) = &figures.choice {
        writeln!(out, "\nMethod auto 自动择优: {choice}.")?;
    }
    figures.pruning.as_ref().map_or(Ok(()), |pruning| write_pruning(out, pruning))
}

/// What was taken away, and what each table cost.
fn write_pruning(out: &mut String, p: &Pruning) -> std::fmt::Result {
    writeln!(out, "\n## Pruned tables 剪枝\n")?;
    writeln!(
        out,
        "Log-loss of rows that had no part in choosing 未参与选择的样本的对数损失: {:.6} with all tables 全部表, {:.6} without these \
         剪枝后. On the rows that chose 参与选择的样本: {:.6}, {:.6}; {} may be lost 允许损失.\n",
        p.loss_unseen_before, p.loss_unseen_after, p.loss_before, p.loss_after, p.loss_allowed
    )?;
    if p.tables.is_empty() {
        return writeln!(out, "None 无: each table costs more 每张表的损失都更大.");
    }
    writeln!(out, "| Table 表 | Cost when it went 剪去时的损失 |\n|---|---|")?;
    for t in &p.tables {
        let names: Vec<String> = t.columns.iter().map(|c| cell(c)).collect();
        writeln!(out, "| {} | {:+.6} |", names.join(" × "), t.cost)?;
    }
    Ok(())
}

/// Who changed what by hand, and why.
fn write_edits(out: &mut String, model: &Model) -> std::fmt::Result {
    writeln!(out, "\n## Edits 人工调整\n")?;
    writeln!(out, "| On 日期 | Who 人 | What 内容 | Why 理由 | Before 之前 | After 之后 |\n|---|---|---|---|---|---|")?;
    for e in &model.file().edits {
        let text = |t: &Option<String>| cell(t.as_deref().unwrap_or("—"));
        let (before, after) = (text(&e.before), text(&e.after));
        writeln!(out, "| {} | {} | {} | {} | {before} | {after} |", e.on, cell(&e.who), cell(&e.what), cell(&e.why))?;
    }
    if let Some(of) = model.file().edits.iter().rev().find_map(|e| e.of.as_ref()) {
        writeln!(out, "\nThe model that was edited last 所调整的模型: {of}.")?;
    }
    Ok(())
}

fn label(model: &Model, characteristic: &str) -> String {
    let c = model.position(characteristic).map(|i| &model.file().characteristics[i]);
    match c {
        Some(c) if c.label_zh != c.name || c.label_en != c.name => {
            format!("{} {} ({})", plain(&c.label_en), plain(&c.label_zh), code(&c.name))
        }
        _ => code(characteristic),
    }
}

/// A text in a table: it neither ends the cell nor the line.
fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|")
}

/// A name as code, between more backticks than stand in it.
fn code(name: &str) -> String {
    let name = plain(name);
    if !name.contains('`') {
        return format!("`{name}`");
    }
    let longest = name.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {name} {fence}")
}

fn figures_row(out: &mut String, name: &str, h: &Headline) -> std::fmt::Result {
    writeln!(
        out,
        "| {name} | {} | {:.4} [{:.4}, {:.4}] | {:.4} | {:.4} | {:.4} | {:.4} |",
        h.n, h.auc, h.auc_lo, h.auc_hi, h.ks, h.brier, h.log_loss, h.ece
    )
}
