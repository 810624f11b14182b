//! Sentences of a comparison of two models.

use crate::report::Label;
use crate::report::comparison::{ComparisonVerdict, Decision, Told};
use crate::report::format::share;
use crate::report::judgement::BADS_MIN;

/// Tables, and bins of all of them.
type Size = (u64, u64);

/// A decision in words, with its rule.
///
/// - `told`: what the tests of AUC and log-loss say of the challenger, where they apply.
/// - `sizes`, `on_training_data`: of the champion, of the challenger.
pub(crate) fn sentences(
    decision: Decision,
    told: [Option<Told>; 2],
    sizes: [Size; 2],
    on_training_data: [bool; 2],
    alpha: f64,
) -> ComparisonVerdict {
    let mut caveats = Vec::new();
    if on_training_data == [true, true] {
        caveats.push(Label::new(
            "两个模型都用这批样本训练过：各项指标偏乐观，请用另一样本再比。",
            "Both models were trained on these rows: their figures are optimistic. Compare them on others.",
        ));
    }
    if told[1].is_none() && decision != Decision::TooFew {
        caveats.push(Label::new(
            "至少有一个模型没有违约概率：只比较了排序，没有比较校准。",
            "One of the models has no PD: ranking was compared, calibration was not.",
        ));
    }
    if matches!(decision, Decision::Replace | Decision::Keep) && told[0] == Some(Told::Noise) {
        caveats.push(Label::new(
            "两者的排序没有差别，差别只在违约概率的水平：重新校准较差的一个，可能就足够了。",
            "They rank alike and differ in their PDs alone: to recalibrate the worse one may do as much.",
        ));
    }
    ComparisonVerdict { decision, text: text(decision, told, sizes), rule: rule(alpha), caveats }
}

fn text(decision: Decision, told: [Option<Told>; 2], [old, new]: [Size; 2]) -> Label {
    let measures = |of: Told| -> (String, String) {
        let named = [("AUC", "AUC"), ("对数损失", "log-loss")];
        let own = || told.iter().zip(named).filter(move |(t, _)| **t == Some(of)).map(|(_, n)| n);
        (own().map(|n| n.0).collect::<Vec<_>>().join("、"), own().map(|n| n.1).collect::<Vec<_>>().join(" and "))
    };
    let size_zh = |(tables, bins): Size| format!("{tables} 张表、{bins} 个分箱");
    let size_en = |(tables, bins): Size| format!("{tables} tables with {bins} bins");
    match decision {
        Decision::Replace => {
            let (zh, en) = measures(Told::Better);
            Label::new(
                format!("挑战者在{zh}上更好，超出偶然，且没有检验显示更差：可以更换。"),
                format!(
                    "The challenger is better in {en} by more than chance and worse in nothing that is tested: it may take the champion's place."
                ),
            )
        }
        Decision::Keep => {
            let (zh, en) = measures(Told::Worse);
            Label::new(
                format!("挑战者在{zh}上更差，超出偶然：保留现用模型。"),
                format!("The challenger is worse in {en} by more than chance: keep the champion."),
            )
        }
        Decision::KeepWithinNoise if old < new => Label::new(
            format!("差异在偶然范围之内：保留现用模型，它更简单（{}；挑战者 {}）。", size_zh(old), size_zh(new)),
            format!(
                "The difference is within noise: keep the champion, it is simpler ({}; the challenger {}).",
                size_en(old),
                size_en(new)
            ),
        ),
        Decision::KeepWithinNoise => Label::new(
            format!("差异在偶然范围之内，两者一样简单（{}）：保留现用模型。", size_zh(old)),
            format!("The difference is within noise, and both are as simple ({}): keep the champion.", size_en(old)),
        ),
        Decision::SimplerWithinNoise => Label::new(
            format!("差异在偶然范围之内，而挑战者更简单（{}；现用模型 {}）：可以更换。", size_zh(new), size_zh(old)),
            format!(
                "The difference is within noise, and the challenger is simpler ({}; the champion {}): it may take the champion's place.",
                size_en(new),
                size_en(old)
            ),
        ),
        Decision::Contradicting => {
            let ((better_zh, better_en), (worse_zh, worse_en)) = (measures(Told::Better), measures(Told::Worse));
            Label::new(
                format!("挑战者在{better_zh}上更好、在{worse_zh}上更差，都超出偶然：检验不能定夺，取决于用途。"),
                format!(
                    "The challenger is better in {better_en} and worse in {worse_en}, both by more than chance: the tests do not decide, the use must."
                ),
            )
        }
        Decision::NotFair => Label::new(
            "只有一个模型用这批样本训练过，比较不公平：请用两者都没有见过的样本。",
            "One of the models alone was trained on these rows, so that they decide nothing: compare on rows that neither has seen.",
        ),
        Decision::TooFew => Label::new(
            format!("违约户或正常户不足 {BADS_MIN} 户，或没有可做的检验，不足以下结论：保留现用模型。"),
            format!(
                "There are fewer than {BADS_MIN} bads or goods, or nothing can be tested: nothing is decided, keep the champion."
            ),
        ),
    }
}

fn rule(alpha: f64) -> Label {
    let (each, together) = (share(alpha / 2.0), share(alpha));
    Label::new(
        format!(
            "规则：对 AUC（DeLong 配对检验）与对数损失（配对 z 检验）各按 {each} 的水平检验，合计 {together}。挑战者有一项更好且没有一项更差，可以更换；\
             都不显著时取表较少的模型，表数相同取分箱较少的，再相同则保留现用模型。KS、Brier 分数与 ECE 只列示，不作依据。违约户或正常户不足 {BADS_MIN} 户，\
             或只有一个模型用这批样本训练过，不作结论。"
        ),
        format!(
            "Rule: AUC (DeLong, paired) and log-loss (paired z test) are tested at {each} each, {together} together. The challenger may take the \
             champion's place where it is better in one and worse in none. Where neither differs, the model of fewer tables is taken, of equally many \
             that of fewer bins, of equals the champion. KS, Brier score and ECE are shown and decide nothing. With fewer than {BADS_MIN} bads or \
             goods, or rows that one of the models alone was trained on, nothing is decided."
        ),
    )
}
