//! Every sentence that a reader of a report sees, in Chinese and English: one place.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Language of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Chinese, simplified.
    Zh,
    /// English.
    En,
}

/// A list of keys with both texts, so that a key without a text does not compile.
macro_rules! texts {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$key_doc:meta])* $key:ident: $zh:expr, $en:expr;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name { $($(#[$key_doc])* $key),* }

        impl $name {
            /// Every key, in order of declaration.
            $vis const ALL: &'static [Self] = &[$(Self::$key),*];

            /// The text in one language.
            $vis fn text(self, language: Language) -> &'static str {
                let (zh, en) = match self { $(Self::$key => ($zh, $en)),* };
                match language { Language::Zh => zh, Language::En => en }
            }
        }
    };
}

/// JSON holds the English text, so that a reader needs no list of codes.
macro_rules! serde_as_english {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.text(Language::En))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let found = String::deserialize(deserializer)?;
                let key = Self::ALL.iter().find(|k| k.text(Language::En) == found);
                key.copied().ok_or_else(|| de::Error::custom(format!("unknown text {found:?}")))
            }
        }
    };
}

texts! {
    /// Why a figure does not apply.
    #[non_exhaustive]
    pub enum Reason {
        /// No rows, or only rows of weight zero.
        NoRows: "没有样本", "no rows";
        /// Only bads or only goods.
        OneClass: "样本中只有违约户或只有正常户", "needs both bads and goods";
        /// Every row has the same value.
        Constant: "所有样本取值相同", "all rows have the same value";
        /// Goods and bads do not overlap.
        Separated: "违约户与正常户完全分离，无有限估计", "goods and bads do not overlap, so that no finite estimate exists";
        /// An iteration failed.
        NotConverged: "迭代未收敛", "the estimate did not converge";
        /// The variance is zero.
        ZeroVariance: "方差为零，统计量无定义", "the variance is zero";
        /// The denominator is zero.
        ZeroDenominator: "分母为零", "the denominator is zero";
        /// Fewer than two bads or goods.
        TooFewForVariance: "违约户或正常户不足 2 户", "needs at least two bads and two goods";
        /// Only one grade.
        OneGrade: "只有一个等级", "needs at least two grades";
        /// Only one period.
        OnePeriod: "只有一个时期", "needs at least two periods";
        /// Nobody is seen in two successive periods.
        NoPairs: "没有企业连续出现在相邻两期", "no enterprise is seen in two successive periods";
        /// Fewer rows than are shown.
        SmallGroup: "少于最少户数，不予列示", "suppressed: fewer rows than are shown";
        /// The table was not asked for, or the group has no reference.
        NoReferenceGroup: "没有达到最少户数的参照组", "no group is large enough to be the reference";
        /// No bad rate by bins.
        TooFewBins: "可比较的分箱不足两个", "needs at least two bins with rows";
        /// The score has no PD.
        NeedsPd: "需要违约概率：专家评分卡在用违约结果校准之前没有违约概率", "needs a pd: an expert card has none until it is calibrated on outcomes";
        /// The grade states no PD.
        NeedsGradePd: "该等级没有违约概率", "the grade states no pd";
        /// No identifier column.
        NeedsId: "需要 --id", "needs --id";
        /// No time column.
        NeedsTime: "需要 --time", "needs --time";
        /// No identifier and no time column.
        NeedsIdAndTime: "需要 --id 与 --time", "needs --id and --time";
        /// No exposure column.
        NeedsExposure: "需要 --exposure", "needs --exposure";
        /// No reference sample.
        NeedsReference: "需要 --reference", "needs --reference";
        /// No segment column.
        NeedsSegment: "需要 --segment", "needs --segment";
        /// No protected column.
        NeedsProtected: "需要 --protected", "needs --protected";
        /// No AUC of the initial validation.
        NeedsInitialAuc: "需要初次验证的 AUC", "needs the auc of the initial validation";
    }
}
serde_as_english!(Reason);

texts! {
    /// The hypothesis that a test tries to reject.
    #[non_exhaustive]
    pub enum Hypothesis {
        /// Discrimination has not fallen.
        AucNotBelowInitial: "当前 AUC 不低于初次验证的 AUC", "the current auc is at least that of the initial validation";
        /// Two scores discriminate alike.
        EqualAuc: "两个评分的 AUC 相等", "both scores have the same auc";
        /// Jeffreys: the PD is conservative.
        PdNotTooLowJeffreys: "估计违约概率不低于真实违约概率（Jeffreys 检验，单侧）", "the estimated pd is at least the true pd (Jeffreys, one-sided)";
        /// Binomial: the PD is conservative.
        PdNotTooLowBinomial: "估计违约概率不低于真实违约概率（二项检验，单侧）", "the estimated pd is at least the true pd (binomial, one-sided)";
        /// Hosmer–Lemeshow.
        GroupRatesAsPredicted: "各组违约率等于预测值（Hosmer–Lemeshow 检验）", "the bad rate of every group is as predicted (Hosmer–Lemeshow)";
        /// Spiegelhalter.
        Calibrated: "每户违约概率都准确（Spiegelhalter 检验，双侧）", "every pd is right (Spiegelhalter, two-sided)";
        /// Migration matrix.
        NearerCellAtLeastAsLarge: "更靠近对角线的单元频率不更小（多项分布 z 检验）", "the cell nearer the diagonal is at least as large (multinomial z)";
        /// Concentration.
        ConcentrationNotHigher: "当前集中度不高于初次验证的集中度", "the current concentration is at most that of the initial validation";
    }
}
serde_as_english!(Hypothesis);

texts! {
    /// What a report prints around its figures.
    pub(crate) enum Key {
        SwapCaveat: "仅有获得融资的企业才有违约结果：过去被拒绝的企业不在其中，除非已对其结果作出推断，否则换入群体的违约率是偏低的估计",
            "outcomes are known only of enterprises that were financed: those refused in the past are missing, so the bad rate of the swapped-in is a lower estimate unless outcomes of refused ones were inferred";
    }
}
