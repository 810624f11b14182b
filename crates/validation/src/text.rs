//! Every sentence that a reader of a report sees, in Chinese and English: one place.

pub(crate) mod comparison;

use crate::Severity;
use crate::report::format::{index, interval, p_value, share};
use crate::report::{Label, Overall};
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
            #[allow(dead_code, reason = "of the keys of a page only tests ask for all")]
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
        /// Two models of other grades.
        GradesDiffer: "两个模型的等级不同，不计算升降级", "the models have different grades, so that no one moves up or down";
        /// Only one period.
        OnePeriod: "只有一个时期", "needs at least two periods";
        /// Nobody is seen in two successive periods.
        NoPairs: "没有企业连续出现在相邻两期", "no enterprise is seen in two successive periods";
        /// Fewer rows than are shown.
        SmallGroup: "户数过少，不予列示", "suppressed because the group has too few rows";
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
        NeedsProtected: "需要训练配置中的受保护变量 columns.protected", "needs columns.protected in the configuration of training";
        /// No counts at model build.
        NeedsBuildCounts: "模型文件没有建模时的户数", "the model file has no counts of model build";
        /// No concentration of the initial validation.
        NeedsInitialConcentration: "需要初次验证的集中度", "needs the concentration of the initial validation";
        /// No figures of the training run.
        NeedsTrainingRun: "需要训练时的指标", "needs the figures of the training run";
        /// The training run has no such figure.
        NotMeasured: "训练时没有测算", "the training run did not measure it";
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
        /// Two PDs have the same log-loss.
        EqualLogLoss: "两个模型的对数损失相等", "both models have the same log-loss";
        /// Two PDs have the same Brier score.
        EqualBrier: "两个模型的 Brier 分数相等", "both models have the same brier score";
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
        /// Trend of the bad rate.
        NoTrend: "违约率与分箱次序无关（Cochran–Armitage 趋势检验，双侧）", "the bad rate does not depend on the order of bins (Cochran–Armitage, two-sided)";
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
        Title: "模型验证报告", "Model validation report";
        Contents: "目录", "Contents";
        GeneratedOn: "生成日期", "Generated on";
        TrainingBanner: "注意：本样本就是训练数据，以下指标偏乐观，不能作为独立验证结论。", "Caution: this sample is the training data. The figures below are optimistic and are no independent validation.";
        Summary: "摘要", "Summary";
        LevelAct: "✕ 需处理", "✕ act";
        LevelWatch: "! 需关注", "! watch";
        LevelLimit: "○ 局限", "○ limit";
        LevelGood: "✓ 正常", "✓ sound";
        ModelId: "模型编号", "Model id";
        Version: "版本", "Version";
        Kind: "类型", "Kind";
        Origin: "来源", "Origin";
        Digest: "数字摘要", "Digest";
        SampleFile: "样本", "Sample";
        TrainingFiles: "训练数据", "Training data";
        None: "无", "none";
        Sample: "样本与剔除", "Sample and exclusions";
        File: "文件", "File";
        Item: "项目", "Item";
        Value: "数值", "Value";
        RowsRead: "读入行数", "Rows read";
        Excluded: "剔除", "Excluded";
        RowsUsed: "参与评价的行数", "Rows used";
        Bads: "违约户", "Bads";
        BadRate: "违约率", "Bad rate";
        Weighted: "按权重计算", "Weighted";
        Yes: "是", "yes";
        No: "否", "no";
        Headline: "主要指标（95% 区间）", "Headline figures (95% intervals)";
        Figure: "指标", "Figure";
        Meaning: "含义", "Meaning";
        Auc: "AUC", "AUC";
        AucMeaning: "正常户得分高于违约户的概率，0.5 为随机", "probability that a good scores above a bad; 0.5 is chance";
        Gini: "基尼系数", "Gini";
        GiniMeaning: "2 × AUC − 1", "2 × AUC − 1";
        Ks: "KS", "KS";
        KsMeaning: "违约户与正常户累计分布的最大差距（0 至 1），出现在该分数", "largest distance between the distributions of bads and goods (0 to 1), at this score";
        AtScore: "在分数", "at score";
        Brier: "Brier 分数", "Brier score";
        BrierMeaning: "违约概率与结果之差的均方，越小越好", "mean squared distance of PD and outcome; lower is better";
        BrierParts: "可靠性 − 分辨力 + 不确定性 + 组内", "reliability − resolution + uncertainty + within bins";
        LogLoss: "对数损失", "Log-loss";
        LogLossMeaning: "负对数似然的均值，越小越好", "mean negative log-likelihood; lower is better";
        Ece: "期望校准误差 ECE", "Expected calibration error";
        EceMeaning: "十个等量组中预测与实际之差的加权平均", "weighted mean distance of predicted and observed over ten groups of equal size";
        Slope: "校准斜率", "Calibration slope";
        SlopeMeaning: "1 为最佳；小于 1 表示违约概率过于极端", "1 is ideal; below 1 the PDs are too extreme";
        Intercept: "校准截距", "Calibration intercept";
        InterceptMeaning: "在该斜率下的水平，0 为最佳", "level at that slope; 0 is ideal";
        Level: "总体水平（斜率固定为 1）", "Level (slope held at 1)";
        LevelMeaning: "0 为最佳；大于 0 表示违约概率偏低", "0 is ideal; above 0 the PDs are too low";
        ObservedExpected: "实际/预测违约", "Observed / expected bads";
        ObservedExpectedShort: "实际/预测", "Obs. / exp.";
        ObservedExpectedMeaning: "1 为最佳；大于 1 表示违约概率偏低", "1 is ideal; above 1 the PDs are too low";
        IntervalDelong: "AUC 区间：DeLong 方差，按 logit 变换", "AUC interval: DeLong variance on the logit";
        IntervalNewcombe: "AUC 区间：Newcombe 方法 5（DeLong 方差为零或不可得）", "AUC interval: Newcombe's method 5 (the DeLong variance is zero or missing)";
        TrainingRun: "训练时测算的指标", "Figures of the training run";
        TrainingRunNote: "样本内指标偏乐观；样本外（交叉验证）与时间外指标更接近实际使用。最后一列是本报告的样本。", "In-sample figures are optimistic; out-of-fold and out-of-time figures are nearer to use. The last column is the sample of this report.";
        InSample: "样本内", "in-sample";
        OutOfFold: "样本外（交叉验证）", "out-of-fold";
        OutOfTime: "时间外", "out-of-time";
        ThisSample: "本样本", "this sample";
        Tests: "统计检验", "Statistical tests";
        TestOn: "对象", "Of";
        NullHypothesis: "原假设 H0", "H0";
        Statistic: "统计量", "Statistic";
        PValue: "p 值", "p";
        Verdict: "结论", "Verdict";
        Rejected: "✕ 拒绝 H0", "✕ H0 rejected";
        NotRejected: "✓ 不拒绝 H0", "✓ H0 not rejected";
        Whole: "全部样本", "whole sample";
        NotApplicable: "不适用", "not applicable";
        Ranking: "区分能力", "Discrimination";
        Roc: "ROC 曲线", "ROC curve";
        Cap: "CAP 曲线", "CAP curve";
        KsCurve: "KS 曲线", "KS curve";
        RocAlt: "ROC 曲线：随分数提高，违约户累计占比对正常户累计占比；数值见下表", "ROC curve: share of bads against share of goods up to each score; numbers in the table below";
        CapAlt: "CAP 曲线：违约户累计占比对全部企业累计占比；数值见下表", "CAP curve: share of bads against share of all rows up to each score; numbers in the table below";
        KsAlt: "KS 曲线：违约户与正常户按分数的累计占比；数值见下表", "KS curve: shares of bads and of goods up to each score; numbers in the table below";
        CurveTable: "不高于该分数的累计占比", "Shares at or below a score";
        Score: "分数", "Score";
        RowShare: "全部企业占比", "Share of rows";
        GoodShare: "正常户占比", "Share of goods";
        BadShare: "违约户占比", "Share of bads";
        LegendModel: "模型", "model";
        LegendChance: "随机", "chance";
        LegendBads: "违约户", "bads";
        LegendGoods: "正常户", "goods";
        LegendIdeal: "完全校准", "perfect calibration";
        LegendGroups: "各组及 95% 区间", "groups with 95% interval";
        LegendObserved: "实际违约率", "observed bad rate";
        LegendExpected: "平均违约概率", "mean PD";
        Distribution: "分数分布", "Score distribution";
        DistributionAlt: "各分数段中正常户（柱）与违约户（虚线三角）的占比；数值见下表", "shares of goods (bars) and of bads (dashed line with triangles) by score; numbers in the table below";
        ScoreRange: "分数段", "Scores";
        Goods: "正常户", "Goods";
        Share: "占比", "Share";
        Calibration: "校准", "Calibration";
        CalibrationAlt: "校准曲线：各组实际违约率对平均违约概率，两轴均为 logit 刻度；数值见下表", "calibration curve: observed bad rate against mean PD by group, both axes on the logit scale; numbers in the table below";
        CalibrationTable: "按违约概率排序的等量组", "Groups of equal size by PD";
        Group: "组", "Group";
        Rows: "户数", "Rows";
        MeanPd: "平均违约概率", "Mean PD";
        Interval: "95% 区间", "95% interval";
        Grades: "等级", "Grades";
        GradesAlt: "各等级的实际违约率（三角虚线）与平均违约概率（圆点实线）；数值见下表", "observed bad rate (dashed line with triangles) and mean PD (line with dots) by grade; numbers in the table below";
        Grade: "等级", "Grade";
        PdBounds: "等级违约概率", "PD of the grade";
        ExpectedBads: "预测违约户", "Expected bads";
        Jeffreys: "Jeffreys p 值", "Jeffreys p";
        Binomial: "二项检验 p 值", "Binomial p";
        Portfolio: "合计", "Portfolio";
        GradeOrder: "相邻等级违约率次序颠倒（较差等级 < 较好等级）：", "Neighbouring grades in the wrong order (worse grade < better grade): ";
        GradesOrdered: "实际违约率随等级变差而不下降。", "Observed bad rates never fall from one grade to the next worse one.";
        Stability: "稳定性（PSI / CSI）", "Stability (PSI / CSI)";
        ReferenceRows: "基准样本行数", "Rows of the reference";
        Psi: "分数 PSI", "PSI of the score";
        PsiTable: "分数段按基准样本的十分位划分", "Score bins cut at the deciles of the reference";
        ExpectedShare: "基准占比", "Expected share";
        ActualShare: "当前占比", "Actual share";
        Contribution: "贡献", "Contribution";
        CsiTable: "分数 PSI 与特征 CSI", "PSI of the score and CSI by characteristic";
        Characteristic: "特征", "Characteristic";
        Index: "指数", "Index";
        Severity: "程度", "Severity";
        Floored: "使用下限的空箱", "Empty bins at the floor";
        Stable: "✓ 稳定", "✓ stable";
        Watch: "! 关注", "! watch";
        Act: "✕ 处理", "✕ act";
        Above: "高于", "above";
        UpTo: "不高于", "up to";
        Characteristics: "特征分箱", "Characteristics";
        NoCharacteristics: "模型没有可列示的特征。", "The model has no characteristics to show.";
        Bin: "分箱", "Bin";
        Points: "得分", "Points";
        Shape: "分箱得分", "Points by bin";
        ShapeAlt: "各分箱的得分（柱），向右为更安全；数值见下表", "points of each bin (bars), to the right is safer; numbers in the table below";
        ByBin: "本样本：占比与违约率", "This sample: share of rows and bad rate";
        ByBinAlt: "本样本各分箱的户数占比（柱）与违约率（三角）；数值见下表", "share of rows (bars) and bad rate (triangles) of each bin in this sample; numbers in the table below";
        LegendPoints: "得分", "points";
        LegendApart: "缺失、特殊值等不排序的分箱", "bins outside the order: missing, special and the like";
        LegendRowShare: "户数占比", "share of rows";
        LegendRate: "违约率及 95% 区间", "bad rate with 95% interval";
        Heat: "交叉分箱得分", "Points by cell";
        HeatNote: "另加于两个特征各自的得分。颜色与数字相同：", "Beside the points of either characteristic alone. Colours say what the numbers say: ";
        BuildShare: "建模占比", "Share at build";
        BuildBadRate: "建模违约率", "Bad rate at build";
        Stated: "模型声明", "Stated";
        Observed: "本样本", "Observed";
        Agreement: "是否一致", "Agreement";
        Agrees: "✓ 一致", "✓ agrees";
        Contradicts: "✕ 相反", "✕ contradicts";
        PointsRise: "取值越大得分越高", "points rise with the value";
        PointsFall: "取值越大得分越低", "points fall as the value rises";
        PointsUnordered: "取值无单一方向", "no single direction in the value";
        FallsWithValue: "取值越大违约率越低", "bad rate falls as the value rises";
        RisesWithValue: "取值越大违约率越高", "bad rate rises with the value";
        FallsWithPoints: "得分越高违约率越低", "bad rate falls as points rise";
        RisesWithPoints: "得分越高违约率越高", "bad rate rises with points";
        Flat: "无趋势", "no trend";
        Apart: "（单列）", " (apart)";
        Segments: "分组表现", "By segment";
        Periods: "分期表现", "By period";
        PsiAgainstReference: "PSI 以基准样本为准。", "PSI is against the reference sample.";
        PsiAgainstFirst: "未提供基准样本，PSI 以首期为准。", "No reference sample was given: PSI is against the first period.";
        Period: "时期", "Period";
        WithoutLabel: "（空）", "(empty)";
        Migration: "等级迁移", "Migration";
        MigrationTable: "迁移矩阵（行：期初等级；列：期末等级）", "Moves between grades (rows: start, columns: end)";
        Left: "离开", "Left";
        StartCount: "期初户数", "Start";
        Pairs: "连续两期均有等级的企业次", "Seen in two successive periods";
        ExitsBad: "违约后离开", "Left after default";
        ExitsOther: "其他离开", "Left otherwise";
        Duplicates: "同期重复行（未计入）", "Duplicate rows of a period (left out)";
        WithoutId: "缺少编号或时期的行（未计入）", "Rows without id or period (left out)";
        Upper: "向下迁移带宽 MWB（上）", "Bandwidth of downgrades (MWB upper)";
        Lower: "向上迁移带宽 MWB（下）", "Bandwidth of upgrades (MWB lower)";
        ExitRule: "检验的期初户数只计两期均有等级的企业；离开者另行列示。MWB 不受此影响。", "Start numbers of the tests count enterprises with a grade in both periods; those that left are shown apart. MWB does not depend on it.";
        CellsTable: "矩阵稳定性：被拒绝的单元", "Stability of the matrix: rejected cells";
        CellsNone: "没有单元被拒绝。", "No cell is rejected.";
        CellsTested: "检验的单元数", "Cells tested";
        From: "期初", "From";
        To: "期末", "To";
        Concentration: "集中度", "Concentration";
        Basis: "口径", "Basis";
        ByNumber: "按户数", "by number";
        ByExposure: "按敞口", "by exposure";
        ExposureShare: "敞口占比", "Share of exposure";
        Cv: "变异系数 CV", "CV";
        Hi: "赫芬达尔指数 HI", "HI";
        Exposure: "敞口", "Exposure";
        Impact: "差异影响", "Adverse impact";
        PassScore: "通过：分数不低于", "Passing: score of at least";
        PassMedian: "通过：分数不低于样本中位数", "Passing: score of at least the sample's median,";
        PassGrade: "通过：等级不差于", "Passing: grade no worse than";
        ReferenceGroup: "参照组（户数最多）", "Reference group (most rows)";
        Passed: "通过户数", "Passed";
        PassShare: "通过率", "Share passed";
        Ratio: "影响比", "Impact ratio";
        RatioVerdict: "判断", "Verdict";
        BelowThreshold: "! 低于阈值", "! below threshold";
        NotBelow: "✓ 不低于阈值", "✓ not below";
        ComparisonTitle: "模型比较报告（现用模型与挑战者）", "Champion against challenger";
        Models: "两个模型", "Both models";
        Champion: "现用模型", "Champion";
        Challenger: "挑战者", "Challenger";
        TableCount: "得分表", "Tables of points";
        BinCount: "分箱与单元", "Bins and cells";
        IsTrainingData: "用这批样本训练过", "Trained on these rows";
        Difference: "差（挑战者 − 现用）", "Difference (challenger − champion)";
        DifferenceNote: "AUC 与 KS 越大越好，其余越小越好。原假设 H0：两个模型相等。", "AUC and KS are better when higher, the others when lower. H0: both models are equal.";
        NoInterval: "无（没有封闭公式）", "none (no closed form)";
        RocOfBothAlt: "两个模型的 ROC 曲线：现用模型为实线，挑战者为虚线；数值见下表", "ROC curves of both models: champion solid, challenger dashed; numbers in the table below";
        RocOfBothTable: "正常户累计占比相同时的违约户累计占比", "Share of bads at an equal share of goods";
        CalibrationOfBothAlt: "两个模型的校准曲线：现用模型为圆点，挑战者为三角；数值见下表", "calibration curves of both models: champion with dots, challenger with triangles; numbers in the table below";
        SwapSet: "换入与换出", "Swap set";
        AcceptShare: "两个模型的通过率均为", "Both models accept";
        AcceptedByBoth: "两者均通过", "accepted by both";
        SwappedIn: "仅挑战者通过（换入）", "accepted by the challenger only (swapped in)";
        SwappedOut: "仅现用模型通过（换出）", "accepted by the champion only (swapped out)";
        RefusedByBoth: "两者均拒绝", "refused by both";
        GradesByBoth: "等级对照", "Grades by both";
        GradesByBothTable: "户数（违约户）：行为现用模型的等级，列为挑战者的等级", "Rows (bads): grades of the champion down, of the challenger across";
        SameGrade: "等级相同", "Same grade";
        BetterGrade: "挑战者给出更好等级", "better grade by the challenger";
        WorseGrade: "挑战者给出更差等级", "worse grade by the challenger";
        ScoresOfBoth: "分数之间的 PSI", "PSI between the scores";
        PsiOfScores: "挑战者的分数对现用模型分数的十分位", "scores of the challenger against the champion's deciles";
        PsiOfPds: "挑战者的违约概率对现用模型的十分位（两者分数刻度不同）", "PDs of the challenger against the champion's deciles (their scores have different scales)";
        TablesOfBoth: "各自使用的特征", "Characteristics of either";
        NotUsed: "未使用", "not used";
        Definitions: "定义与阈值", "Definitions and thresholds";
        DefAlpha: "检验显著性水平", "Level of the tests";
        DefPsi: "PSI / CSI：低于此值为稳定；高于后者为处理；其间为关注", "PSI / CSI: stable below the first, act above the second, watch between";
        DefFloor: "空箱占比下限", "Share floor of an empty bin";
        DefGroup: "少于此户数的组不列示", "Groups under this number of rows are suppressed";
        DefImpact: "影响比阈值", "Threshold of the impact ratio";
        DefBins: "ECE、Hosmer–Lemeshow 与校准曲线的组数", "Groups of ECE, Hosmer–Lemeshow and the calibration curve";
        DefClip: "取对数前违约概率距 0 与 1 的最小距离", "Distance of PDs from 0 and 1 before a logarithm";
        DefAuc: "AUC：强 / 可用 / 弱 的下限", "AUC: strong / usable / weak from";
        DefBad: "违约户：结果列取约定违约值的户；分数越高越安全；WoE = ln(正常户占比 / 违约户占比)。", "Bad: rows whose outcome is the stated bad value; a higher score is safer; WoE = ln(share of goods / share of bads).";
        DefPsiFormula: "PSI = Σ (当前占比 − 基准占比) × ln(当前占比 / 基准占比)。", "PSI = Σ (actual − expected) × ln(actual / expected) over shares.";
        DefMulti: "每项检验单独以上述水平判断；检验很多时，偶有拒绝并不意外。", "Each test is judged alone at that level: among many tests, a few rejections are no surprise.";
        DefWeights: "有权重时，比率与等级检验按权重之和计算；Hosmer–Lemeshow、Spiegelhalter、PSI 与特征表按行数计算。", "With weights, rates and grade tests use sums of weights; Hosmer–Lemeshow, Spiegelhalter, PSI and the characteristic tables count rows.";
        OverallNotIndependent: "不能得出独立结论：本样本就是训练数据。", "No independent judgement: the sample is the training data.";
        OverallTooFew: "不能得出结论：违约户太少。", "No judgement: the sample has too few bads.";
        OverallAct: "有发现需要处理，处理之前不宜用于决策。", "Findings ask for action before the model supports decisions.";
        OverallWatch: "总体可用，有发现需要关注。", "Usable, with findings to watch.";
        OverallSound: "未发现需要关注的问题。", "No finding asks for attention.";
        Skip: "跳到正文", "Skip to content";
        Colon: "：", ": ";
        Separator: "；", "; ";
        Stop: "。", ".";
        DegreesOfFreedom: "自由度", "df";
    }
}

impl Overall {
    /// The judgement as a sentence.
    pub fn text(self, language: Language) -> &'static str {
        let key = match self {
            Self::NotIndependent => Key::OverallNotIndependent,
            Self::TooFewBads => Key::OverallTooFew,
            Self::Act => Key::OverallAct,
            Self::Watch => Key::OverallWatch,
            Self::Sound => Key::OverallSound,
        };
        key.text(language)
    }
}

/// A finding with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Finding {
    TrainingData,
    TooFewBads { bads: u64, least: u64 },
    FewBads { bads: u64 },
    NoPd,
    NoReference,
    NoRanking { reason: Reason },
    RankingStrong { auc: f64, lo: f64, hi: f64 },
    RankingUsable { auc: f64, lo: f64, hi: f64 },
    RankingWeak { auc: f64, lo: f64, hi: f64 },
    RankingTooWeak { auc: f64, lo: f64, hi: f64 },
    AucFell { p: f64 },
    PdTooLow { bad_rate: f64, mean_pd: f64, p: f64 },
    PdTooHigh { bad_rate: f64, mean_pd: f64 },
    PdLevel { bad_rate: f64, mean_pd: f64 },
    SlopeGood { slope: f64, lo: f64, hi: f64 },
    SlopeLow { slope: f64, lo: f64, hi: f64 },
    SlopeHigh { slope: f64, lo: f64, hi: f64 },
    GradesTooLow { grades: Vec<String> },
    GradesInOrder,
    GradesOutOfOrder { pairs: Vec<String> },
    ScorePsi { psi: f64, severity: Severity },
    CharacteristicsMoved { labels: Vec<Label>, severity: Severity },
    AgainstPoints { labels: Vec<Label> },
    AdverseImpact { column: String, groups: Vec<String> },
}

impl Finding {
    /// The finding as a sentence.
    pub(crate) fn text(&self, language: Language) -> String {
        let (zh, en) = self.both();
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn both(&self) -> (String, String) {
        let labels = |labels: &[Label], language| -> String {
            let separator = if language == Language::Zh { "、" } else { ", " };
            labels.iter().map(|l| l.text(language)).collect::<Vec<_>>().join(separator)
        };
        let auc = |a: &f64, lo: &f64, hi: &f64| interval(*a, *lo, *hi);
        match self {
            Self::TrainingData => (
                "样本与训练数据相同：所有指标偏乐观，请用另一样本（时间外样本更好）再验证。".to_owned(),
                "The sample equals the training data: every figure is optimistic. Validate on another sample, best a later one."
                    .to_owned(),
            ),
            Self::TooFewBads { bads, least } => (
                format!("样本中只有 {bads} 户违约，少于 {least} 户，不足以下结论。"),
                format!("The sample has {bads} bads, fewer than the {least} that a judgement needs."),
            ),
            Self::FewBads { bads } => (
                format!("样本中只有 {bads} 户违约，区间较宽，请结合区间阅读。"),
                format!("The sample has only {bads} bads: intervals are wide, read the figures with them."),
            ),
            Self::NoPd => (
                "模型没有违约概率，只能评价排序，不能评价校准。".to_owned(),
                "The model has no PD: its ranking can be judged, its calibration can not.".to_owned(),
            ),
            Self::NoReference => (
                "没有基准样本，未评价总体稳定性。".to_owned(),
                "There is no reference sample: stability of the population is not judged.".to_owned(),
            ),
            Self::NoRanking { reason } => (
                format!("无法评价排序：{}。", reason.text(Language::Zh)),
                format!("The ranking can not be judged: {}.", reason.text(Language::En)),
            ),
            Self::RankingStrong { auc: a, lo, hi } => (
                format!("排序能力强：AUC {}。", auc(a, lo, hi)),
                format!("The score ranks strongly: AUC {}.", auc(a, lo, hi)),
            ),
            Self::RankingUsable { auc: a, lo, hi } => (
                format!("排序能力可用：AUC {}。", auc(a, lo, hi)),
                format!("The score ranks usably: AUC {}.", auc(a, lo, hi)),
            ),
            Self::RankingWeak { auc: a, lo, hi } => (
                format!("排序能力弱：AUC {}。", auc(a, lo, hi)),
                format!("The score ranks weakly: AUC {}.", auc(a, lo, hi)),
            ),
            Self::RankingTooWeak { auc: a, lo, hi } => (
                format!("排序能力不足，接近或差于随机：AUC {}。", auc(a, lo, hi)),
                format!("The score hardly ranks, or ranks the wrong way: AUC {}.", auc(a, lo, hi)),
            ),
            Self::AucFell { p } => (
                format!("AUC 显著低于初次验证（p {}）。", p_value(*p)),
                format!("The AUC is significantly below the initial validation (p {}).", p_value(*p)),
            ),
            Self::PdTooLow { bad_rate, mean_pd, p } => (
                format!(
                    "违约概率总体偏低：实际违约率 {}，平均违约概率 {}（Jeffreys p {}）。",
                    share(*bad_rate),
                    share(*mean_pd),
                    p_value(*p)
                ),
                format!(
                    "PDs are too low overall: bad rate {}, mean PD {} (Jeffreys p {}).",
                    share(*bad_rate),
                    share(*mean_pd),
                    p_value(*p)
                ),
            ),
            Self::PdTooHigh { bad_rate, mean_pd } => (
                format!("违约概率总体明显偏高：实际违约率 {}，平均违约概率 {}。", share(*bad_rate), share(*mean_pd)),
                format!("PDs are much too high overall: bad rate {}, mean PD {}.", share(*bad_rate), share(*mean_pd)),
            ),
            Self::PdLevel { bad_rate, mean_pd } => (
                format!("违约概率总体水平没有偏低：实际违约率 {}，平均违约概率 {}。", share(*bad_rate), share(*mean_pd)),
                format!(
                    "Overall the PDs are not too low: bad rate {}, mean PD {}.",
                    share(*bad_rate),
                    share(*mean_pd)
                ),
            ),
            Self::SlopeGood { slope, lo, hi } => (
                format!("校准斜率区间包含 1：{}。", interval(*slope, *lo, *hi)),
                format!("The interval of the calibration slope contains 1: {}.", interval(*slope, *lo, *hi)),
            ),
            Self::SlopeLow { slope, lo, hi } => (
                format!("违约概率过于极端（高的过高、低的过低）：校准斜率 {}。", interval(*slope, *lo, *hi)),
                format!(
                    "PDs are too extreme (high ones too high, low ones too low): calibration slope {}.",
                    interval(*slope, *lo, *hi)
                ),
            ),
            Self::SlopeHigh { slope, lo, hi } => (
                format!("违约概率过于集中：校准斜率 {}。", interval(*slope, *lo, *hi)),
                format!("PDs are too close together: calibration slope {}.", interval(*slope, *lo, *hi)),
            ),
            Self::GradesTooLow { grades } => (
                format!("以下等级的违约概率偏低（Jeffreys 检验拒绝）：{}。", grades.join("、")),
                format!("PDs are too low in these grades (Jeffreys test rejects): {}.", grades.join(", ")),
            ),
            Self::GradesInOrder => (
                "实际违约率随等级变差而不下降。".to_owned(),
                "Observed bad rates never fall from one grade to the next worse one.".to_owned(),
            ),
            Self::GradesOutOfOrder { pairs } => (
                format!("相邻等级违约率次序颠倒（较差等级 < 较好等级）：{}。", pairs.join("、")),
                format!("Neighbouring grades in the wrong order (worse grade < better grade): {}.", pairs.join(", ")),
            ),
            Self::ScorePsi { psi, severity } => (
                format!("分数 PSI {}：{}。", index(*psi), severity_words(*severity, Language::Zh)),
                format!("PSI of the score {}: {}.", index(*psi), severity_words(*severity, Language::En)),
            ),
            Self::CharacteristicsMoved { labels: l, severity } => (
                format!("CSI 显示以下特征“{}”：{}。", severity_words(*severity, Language::Zh), labels(l, Language::Zh)),
                format!("CSI says \"{}\" of: {}.", severity_words(*severity, Language::En), labels(l, Language::En)),
            ),
            Self::AgainstPoints { labels: l } => (
                format!("以下特征的违约率方向与得分方向显著相反：{}。", labels(l, Language::Zh)),
                format!("The bad rate significantly contradicts the points of: {}.", labels(l, Language::En)),
            ),
            Self::AdverseImpact { column, groups } => {
                let named = |empty: &str| -> Vec<String> {
                    groups.iter().map(|g| if g.is_empty() { empty.to_owned() } else { g.clone() }).collect()
                };
                (
                    format!("{column}：以下组的影响比低于阈值：{}。", named("（空）").join("、")),
                    format!("{column}: the impact ratio is below the threshold for {}.", named("(empty)").join(", ")),
                )
            }
        }
    }
}

fn severity_words(severity: Severity, language: Language) -> &'static str {
    let (zh, en) = match severity {
        Severity::Stable => ("稳定", "stable"),
        Severity::Watch => ("关注", "watch"),
        Severity::Act => ("处理", "act"),
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zh: &str, en: &str) {
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c) || "：；。".contains(c);
        assert!(!zh.is_empty() && !en.is_empty(), "{zh} / {en}");
        assert!(!en.chars().any(is_chinese), "Chinese in the English text {en}");
        // Names of measures and formulas stay as they are.
        let same_in_both = ["AUC", "KS", "2 × AUC − 1"];
        assert!(zh.chars().any(is_chinese) || same_in_both.contains(&zh), "no Chinese in {zh}");
    }

    #[test]
    fn every_key_has_both_texts() {
        for k in Key::ALL {
            check(k.text(Language::Zh), k.text(Language::En));
        }
        for k in Reason::ALL {
            check(k.text(Language::Zh), k.text(Language::En));
        }
        for k in Hypothesis::ALL {
            check(k.text(Language::Zh), k.text(Language::En));
        }
    }

    #[test]
    fn english_texts_of_reasons_and_hypotheses_are_distinct() {
        let mut texts: Vec<&str> = Reason::ALL.iter().map(|r| r.text(Language::En)).collect();
        texts.extend(Hypothesis::ALL.iter().map(|h| h.text(Language::En)));
        let all = texts.len();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), all, "json could not be read back");
    }
}
