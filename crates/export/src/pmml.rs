//! A PMML 4.4 `Scorecard`.
//!
//! Each table is a `Characteristic` whose `Attribute`s ask in turn what [`Plan`] asks; the first that holds gives the points.
//! Readers differ on three matters, and the document is written so that these do not show:
//!
//! - **Order of reasons.** Which of two equal losses comes first is not said by the standard. Every baseline is raised by a
//!   fraction of a point, an earlier table's by more, so that no two losses are equal; points stay whole numbers.
//! - **Bins that lost nothing.** A reader ranks all codes, whatever was lost. Those bins have one code of their own, which
//!   the output turns into no reason.
//! - **Minus zero, NaN, infinities.** An edge at zero is written `-0.0`, which is below zero for readers that order the two
//!   zeros and equal to it for the others. What lies outside the finite numbers, or compares with nothing, is missing.

use crate::error::Error;
use crate::names::check_pmml;
use crate::number::shortest;
use crate::plan::{Axis, Plan, PlanTable, Question};
use crate::xml::Xml;
use scoring::{Kind, Model};

/// What a scorecard is written with.
#[derive(Debug, Clone, Copy)]
pub struct PmmlOptions<'a> {
    /// A field with the names of the characteristics that are not authorised in a row, `;` between; none where all are
    /// authorised in all rows.
    pub not_authorised: Option<&'a str>,
}

/// A PMML document whose outputs are `score`, `pd`, `grade`, `data_coverage`, and `reason_1` to as many as the model gives;
/// `pd` is left out where the model has none.
///
/// Inputs are the characteristics, doubles and strings. No value, NaN, the infinities and the empty string are missing.
///
/// # Errors
/// [`Error`] where two tables share a reason code, a name is one of the outputs', or a text can not stand in XML.
pub fn pmml(model: &Model, options: &PmmlOptions<'_>) -> Result<String, Error> {
    let plan = Plan::new(model);
    let reasons = usize::from(model.file().reasons.limit);
    let mut added: Vec<String> = ["score", "pd", "grade", "data_coverage"].map(str::to_owned).into();
    added.extend((1..=reasons).map(|rank| format!("reason_{rank}")));
    check_pmml(&plan, options.not_authorised, &added)?;
    let document = Document {
        withheld: free("withheld_", &plan),
        code: free("code_", &plan),
        none: none_code(&plan),
        not_authorised: options.not_authorised,
        plan: &plan,
        reasons,
        xml: Xml::new(),
    };
    Ok(document.write())
}

/// Beginning of the names of fields that are computed: no field of the model's begins so.
fn free(word: &str, plan: &Plan<'_>) -> String {
    let mut word = word.to_owned();
    while plan.model.file().characteristics.iter().any(|c| c.name.starts_with(&word)) {
        word.insert(0, '_');
    }
    word
}

/// The code of bins that lost nothing: no reason has it.
fn none_code(plan: &Plan<'_>) -> String {
    let mut code = "none".to_owned();
    while plan.tables.iter().any(|t| t.codes.contains(&code)) {
        code.push('_');
    }
    code
}

struct Document<'a> {
    plan: &'a Plan<'a>,
    not_authorised: Option<&'a str>,
    reasons: usize,
    withheld: String,
    code: String,
    none: String,
    xml: Xml,
}

impl Document<'_> {
    fn write(mut self) -> String {
        let file = self.plan.model.file();
        self.xml.open("PMML", &[("xmlns", "http://www.dmg.org/PMML-4_4"), ("version", "4.4")]);
        let description = format!("{} {}, {}", file.model_id, file.model_version, self.plan.model.digest());
        let description: String = description.chars().filter(|c| !c.is_control()).collect();
        self.xml.within("Header", &[("description", &description)], |xml| {
            xml.empty("Application", &[("name", "Shangzhi"), ("version", env!("CARGO_PKG_VERSION"))]);
        });
        self.dictionary();
        if let Some(list) = self.not_authorised {
            self.what_is_withheld(list);
        }
        self.xml.open(
            "Scorecard",
            &[
                ("modelName", &file.model_id),
                ("functionName", "regression"),
                ("initialScore", &file.base_points.to_string()),
                ("useReasonCodes", "true"),
                ("reasonCodeAlgorithm", "pointsBelow"),
                ("baselineMethod", "other"),
            ],
        );
        self.xml.open("MiningSchema", &[]);
        for name in file.characteristics.iter().map(|c| c.name.as_str()).chain(self.not_authorised) {
            self.xml.empty("MiningField", &[("name", name), ("invalidValueTreatment", "asIs")]);
        }
        self.xml.close();
        self.output();
        self.xml.open("Characteristics", &[]);
        for (t, table) in self.plan.tables.iter().enumerate() {
            self.table(t, table);
        }
        self.xml.close();
        self.xml.close();
        self.xml.close();
        self.xml.finish()
    }

    fn dictionary(&mut self) {
        let characteristics = &self.plan.model.file().characteristics;
        let count = (characteristics.len() + usize::from(self.not_authorised.is_some())).to_string();
        self.xml.open("DataDictionary", &[("numberOfFields", &count)]);
        for c in characteristics {
            let (optype, data_type) = match c.kind {
                Kind::Number => ("continuous", "double"),
                Kind::Text => ("categorical", "string"),
            };
            let attributes =
                [("name", c.name.as_str()), ("displayName", &*c.label_en), ("optype", optype), ("dataType", data_type)];
            // A label is for people: one that XML can not hold is left out.
            let has_label = c.label_en.chars().all(|c| !c.is_control() && c != '\u{FFFE}' && c != '\u{FFFF}');
            let shown: Vec<_> = attributes.into_iter().filter(|(key, _)| has_label || *key != "displayName").collect();
            self.xml.empty("DataField", &shown);
        }
        if let Some(list) = self.not_authorised {
            self.xml.empty("DataField", &[("name", list), ("optype", "categorical"), ("dataType", "string")]);
        }
        self.xml.close();
    }

    /// For every characteristic 1 where the list names it, else 0.
    fn what_is_withheld(&mut self, list: &str) {
        self.xml.open("TransformationDictionary", &[]);
        for (i, c) in self.plan.model.file().characteristics.iter().enumerate() {
            let name = format!("{}{}", self.withheld, i + 1);
            let pattern = format!("(^|;){}(;|$)", literal_pattern(&c.name));
            self.xml.within(
                "DerivedField",
                &[("name", &name), ("optype", "categorical"), ("dataType", "integer")],
                |xml| {
                    xml.within("Apply", &[("function", "if")], |xml| {
                        xml.within("Apply", &[("function", "matches"), ("mapMissingTo", "false")], |xml| {
                            xml.empty("FieldRef", &[("field", list)]);
                            xml.text("Constant", &[("dataType", "string")], &pattern);
                        });
                        xml.text("Constant", &[("dataType", "integer")], "1");
                        xml.text("Constant", &[("dataType", "integer")], "0");
                    });
                },
            );
        }
        self.xml.close();
    }

    fn output(&mut self) {
        self.xml.open("Output", &[]);
        self.xml.empty(
            "OutputField",
            &[("name", "score"), ("optype", "continuous"), ("dataType", "integer"), ("feature", "predictedValue")],
        );
        if let Some(steps) = self.plan.pd_steps() {
            self.xml.open("OutputField", &transformed("pd", "continuous", "double"));
            // What a bin holds is a text to some readers; a product is a number to all.
            self.xml.open("Apply", &[("function", "*")]);
            let rising: Vec<_> = steps.iter().map(|&(from, pd)| (from, shortest(pd))).collect();
            let uppers = rising.iter().skip(1).map(|(from, _)| *from).chain([None]);
            let bins = rising.iter().zip(uppers).map(|((from, pd), to)| (*from, to, pd.as_str())).collect::<Vec<_>>();
            self.discretized(&bins, "double");
            self.xml.text("Constant", &[("dataType", "double")], "1");
            self.xml.close();
            self.xml.close();
        }
        self.grade();
        self.coverage();
        let (code, none) = (self.code.clone(), self.none.clone());
        for rank in 1..=self.reasons {
            let (name, rank) = (format!("{code}{rank}"), rank.to_string());
            let mut attributes = vec![("name", name.as_str()), ("optype", "categorical"), ("dataType", "string")];
            attributes.extend([("feature", "reasonCode"), ("rank", &rank), ("isFinalResult", "false")]);
            self.xml.empty("OutputField", &attributes);
        }
        for rank in 1..=self.reasons {
            let (name, code) = (format!("reason_{rank}"), format!("{code}{rank}"));
            self.xml.within("OutputField", &transformed(&name, "categorical", "string"), |xml| {
                xml.within("Apply", &[("function", "if")], |xml| {
                    xml.within("Apply", &[("function", "notEqual"), ("mapMissingTo", "false")], |xml| {
                        xml.empty("FieldRef", &[("field", &code)]);
                        xml.text("Constant", &[("dataType", "string")], &none);
                    });
                    xml.empty("FieldRef", &[("field", &code)]);
                });
            });
        }
        self.xml.close();
    }

    /// A value by the score: lowest score that has it, lowest that is above, the value.
    fn discretized(&mut self, bins: &[(Option<i64>, Option<i64>, &str)], data_type: &str) {
        self.xml.open("Discretize", &[("field", "score"), ("dataType", data_type)]);
        for (from, to, value) in bins {
            // An interval needs a margin; no score is below this one.
            let from = from.or(if to.is_none() { Some(i64::from(i32::MIN)) } else { None });
            let (from, to) = (from.map(|f| f.to_string()), to.map(|t| t.to_string()));
            let mut interval = vec![("closure", if from.is_some() { "closedOpen" } else { "openOpen" })];
            interval.extend(from.as_deref().map(|from| ("leftMargin", from)));
            interval.extend(to.as_deref().map(|to| ("rightMargin", to)));
            self.xml.within("DiscretizeBin", &[("binValue", value)], |xml| xml.empty("Interval", &interval));
        }
        self.xml.close();
    }

    fn grade(&mut self) {
        self.xml.open("OutputField", &transformed("grade", "categorical", "string"));
        let capped = self.plan.capped_grade();
        match self.not_authorised {
            Some(_) if capped > 0 => {
                let allowed = self.plan.withheld_without_cap().to_string();
                self.xml.open("Apply", &[("function", "if")]);
                self.xml.open("Apply", &[("function", "lessOrEqual")]);
                self.count_withheld();
                self.xml.text("Constant", &[("dataType", "integer")], &allowed);
                self.xml.close();
                self.grade_by_score(0);
                self.grade_by_score(capped);
                self.xml.close();
            }
            _ => self.grade_by_score(0),
        }
        self.xml.close();
    }

    fn grade_by_score(&mut self, best: usize) {
        let steps = self.plan.grade_steps(best);
        let mut above = None;
        let mut bins = Vec::new();
        for (name, from) in steps {
            let from = from.map(i64::from);
            bins.push((from, above, name));
            above = from;
        }
        self.discretized(&bins, "string");
    }

    fn coverage(&mut self) {
        self.xml.open("OutputField", &transformed("data_coverage", "continuous", "double"));
        let count = self.plan.model.file().characteristics.len().to_string();
        if self.not_authorised.is_some() {
            self.xml.open("Apply", &[("function", "/")]);
            self.xml.open("Apply", &[("function", "-")]);
            self.xml.text("Constant", &[("dataType", "double")], &count);
            self.count_withheld();
            self.xml.close();
            self.xml.text("Constant", &[("dataType", "double")], &count);
            self.xml.close();
        } else {
            self.xml.text("Constant", &[("dataType", "double")], "1");
        }
        self.xml.close();
    }

    fn count_withheld(&mut self) {
        let count = self.plan.model.file().characteristics.len();
        self.xml.open("Apply", &[("function", "sum")]);
        for i in 1..=count {
            self.xml.empty("FieldRef", &[("field", &format!("{}{i}", self.withheld))]);
        }
        self.xml.close();
    }

    fn table(&mut self, t: usize, table: &PlanTable<'_>) {
        let tables = self.plan.tables.len();
        // All of them together are less than a point: squared, the number of tables is below this power of two.
        let digits = 2 * (usize::BITS - tables.leading_zeros());
        let part = (tables - t) as f64 / 2_f64.powi(digits.cast_signed());
        let names: Vec<&str> = table.axes.iter().map(|a| self.plan.name(a.over)).collect();
        let name = format!("{} {}", t + 1, names.join("*"));
        let baseline = shortest(f64::from(table.baseline) + part);
        self.xml.open("Characteristic", &[("name", &name), ("baselineScore", &baseline)]);
        let questions: Vec<Vec<(Ask<'_>, usize)>> =
            table.axes.iter().map(|a| asked(a, self.not_authorised.is_some())).collect();
        match (questions.as_slice(), table.axes.as_slice()) {
            ([questions], _) => {
                for (ask, bin) in questions {
                    self.attribute(table, *bin, |d| d.predicate(ask, table.axes[0].over));
                }
            }
            // In the order of the rows and, in each, of the columns, the first cell that holds is that of the first row
            // and the first column that hold.
            ([rows, columns], [first, second]) => {
                for (row_ask, row) in rows {
                    for (column_ask, column) in columns {
                        self.attribute(table, row * second.width + column, |d| {
                            d.xml.open("CompoundPredicate", &[("booleanOperator", "and")]);
                            d.predicate(row_ask, first.over);
                            d.predicate(column_ask, second.over);
                            d.xml.close();
                        });
                    }
                }
            }
            _ => unreachable!("a table has one axis or two"),
        }
        self.xml.close();
    }

    fn attribute(&mut self, table: &PlanTable<'_>, bin: usize, predicate: impl FnOnce(&mut Self)) {
        let code = if table.loses(bin) { table.codes[bin].clone() } else { self.none.clone() };
        self.xml.open("Attribute", &[("partialScore", &table.points[bin].to_string()), ("reasonCode", &code)]);
        predicate(self);
        self.xml.close();
    }

    /// Whether a question holds of a characteristic.
    fn predicate(&mut self, ask: &Ask<'_>, over: usize) {
        let name = self.plan.name(over);
        let simple = |xml: &mut Xml, operator: &str, value: &str| {
            xml.empty("SimplePredicate", &[("field", name), ("operator", operator), ("value", value)]);
        };
        let question = match ask {
            Ask::AtLeast(None) => {
                return self.xml.empty("SimplePredicate", &[("field", name), ("operator", "isNotMissing")]);
            }
            Ask::AtLeast(Some(edge)) => return simple(&mut self.xml, "greaterOrEqual", &edge_text(*edge)),
            Ask::Plain(question) => question,
        };
        match question {
            Question::NotAuthorised => {
                let field = format!("{}{}", self.withheld, over + 1);
                self.xml.empty("SimplePredicate", &[("field", &field), ("operator", "equal"), ("value", "1")]);
            }
            Question::Missing => {
                let kind = self.plan.model.file().characteristics[over].kind;
                self.xml.within("CompoundPredicate", &[("booleanOperator", "or")], |xml| {
                    xml.empty("SimplePredicate", &[("field", name), ("operator", "isMissing")]);
                    match kind {
                        Kind::Number => {
                            simple(xml, "lessThan", &shortest(-f64::MAX));
                            simple(xml, "greaterThan", &shortest(f64::MAX));
                        }
                        Kind::Text => simple(xml, "equal", ""),
                    }
                });
            }
            Question::Numbers(numbers) => {
                let mut values = Vec::new();
                for &x in numbers {
                    // Both zeros are one number.
                    values.extend(if x == 0.0 { vec!["0.0".to_owned(), "-0.0".to_owned()] } else { vec![shortest(x)] });
                }
                self.one_of(name, &values);
            }
            Question::Texts(texts) => {
                self.one_of(name, &texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
            }
            Question::Below(edge) => simple(&mut self.xml, "lessThan", &edge_text(*edge)),
            Question::Else => self.xml.empty("True", &[]),
        }
    }

    fn one_of(&mut self, name: &str, values: &[String]) {
        let equal = |xml: &mut Xml, value: &str| {
            xml.empty("SimplePredicate", &[("field", name), ("operator", "equal"), ("value", value)]);
        };
        match values {
            [one] => equal(&mut self.xml, one),
            // A set of texts would need quotes within quotes, which readers take differently.
            values => self.xml.within("CompoundPredicate", &[("booleanOperator", "or")], |xml| {
                values.iter().for_each(|value| equal(xml, value));
            }),
        }
    }
}

/// A question as a scorecard asks it.
enum Ask<'m> {
    Plain(Question<'m>),
    /// At least the last edge, or any number where there is no edge.
    AtLeast(Option<f64>),
}

/// The questions of an axis. The last interval asks for its edge, and what no interval holds is missing: a reader for whom
/// NaN is neither less nor greater than a number comes that far.
fn asked<'m>(axis: &Axis<'m>, withheld_is_known: bool) -> Vec<(Ask<'m>, usize)> {
    let mut asks = Vec::new();
    let mut edge = None;
    let mut missing = None;
    for (question, bin) in &axis.questions {
        match question {
            Question::NotAuthorised if !withheld_is_known => {}
            Question::Else if axis.kind == Kind::Number => asks.push((Ask::AtLeast(edge), *bin)),
            other => {
                if let Question::Below(below) = other {
                    edge = Some(*below);
                }
                if *other == Question::Missing {
                    missing = Some(*bin);
                }
                asks.push((Ask::Plain(other.clone()), *bin));
            }
        }
    }
    asks.extend(missing.filter(|_| axis.kind == Kind::Number).map(|bin| (Ask::Plain(Question::Else), bin)));
    asks
}

fn transformed<'a>(name: &'a str, optype: &'a str, data_type: &'a str) -> [(&'a str, &'a str); 4] {
    [("name", name), ("optype", optype), ("dataType", data_type), ("feature", "transformedValue")]
}

fn edge_text(edge: f64) -> String {
    if edge == 0.0 { "-0.0".to_owned() } else { shortest(edge) }
}

/// A regular expression that matches just this text, of letters, digits and escapes alone: a reader may take but a part of a
/// text with brackets, entities or characters beyond 16 bits in it.
fn literal_pattern(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() && c.len_utf16() == 1 {
            pattern.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            pattern.push_str(&format!("\\u{unit:04X}"));
        }
    }
    pattern
}
