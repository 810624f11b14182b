//! What is refused, and that no name or text of a model gets out of its quotes.

#[path = "../../scoring/tests/common/mod.rs"]
mod common;

use common::{EXAMPLE, Random, Shape, random_model};
use export::{Dialect, Error, PmmlOptions, SqlOptions, pmml, sql};
use proptest::prelude::*;
use scoring::{Attribute, Model, ModelFile, Table};

fn example() -> ModelFile {
    Model::from_json(EXAMPLE.as_bytes()).expect("the example").file().clone()
}

/// Gives a characteristic another name wherever it stands.
fn rename(file: &mut ModelFile, c: usize, name: &str) {
    let old = std::mem::replace(&mut file.characteristics[c].name, name.to_owned());
    for table in &mut file.tables {
        match table {
            Table::OneWay { characteristic, .. } if *characteristic == old => *characteristic = name.to_owned(),
            Table::OneWay { .. } => {}
            Table::TwoWay(pair) => pair.pair.iter_mut().filter(|n| **n == old).for_each(|n| *n = name.to_owned()),
        }
    }
}

fn renamed(name: &str) -> Model {
    let mut file = example();
    rename(&mut file, 0, name);
    Model::from_file(file).expect("a model")
}

fn to(model: &Model, dialect: Dialect) -> Result<String, Error> {
    sql(model, &SqlOptions { dialect, table: "firms", keep: &[], not_authorised: None })
}

fn to_pmml(model: &Model) -> Result<String, Error> {
    pmml(model, &PmmlOptions { not_authorised: None })
}

#[track_caller]
fn check(found: Result<String, Error>, expect: &str) {
    let found = found.map(|_| ()).expect_err("refused").to_string();
    assert!(found.contains(expect), "{found:?} does not say {expect:?}");
}

#[test]
fn names_that_a_database_can_not_hold() {
    for dialect in Dialect::ALL {
        check(to(&renamed(""), dialect), "characteristic 1 (\"\"): the name is empty");
        check(to(&renamed("a\nb"), dialect), "characteristic 1 (\"a\\nb\"): \"a\\nb\" has the character U+000A");
        check(to(&renamed("a\0"), dialect), "U+0000");
    }
    let (fits, long) = ("企".repeat(21), "企".repeat(22));
    assert!(to(&renamed(&fits), Dialect::Postgres).is_ok());
    check(to(&renamed(&long), Dialect::Postgres), "has 66 bytes, PostgreSQL cuts names at 63");
    assert!(to(&renamed(&long), Dialect::Spark).is_ok());
    check(to(&renamed("a${b}"), Dialect::Spark), "which Spark replaces by a variable");
    assert!(to(&renamed("a${b}"), Dialect::DuckDb).is_ok());
    let second = example().characteristics[1].name.to_uppercase();
    for dialect in [Dialect::Spark, Dialect::DuckDb, Dialect::Sqlite] {
        check(to(&renamed(&second), dialect), "are one column to");
    }
    assert!(to(&renamed(&second), Dialect::Postgres).is_ok());
}

#[test]
fn names_and_codes_that_pmml_can_not_hold() {
    check(to_pmml(&renamed("a\u{1}")), "U+0001, which can not stand in a text of PMML");
    check(to_pmml(&renamed("a\u{FFFE}")), "U+FFFE");
    check(to_pmml(&renamed("reason_1")), "the name \"reason_1\" is taken");
    check(to_pmml(&renamed("")), "the name is empty");
    assert!(to_pmml(&renamed("a\nb")).is_ok());
    let mut file = example();
    file.tables.push(file.tables[0].clone());
    let name = &file.characteristics[0].name;
    let expect = format!("tables 1 and {} both give the reason code \"{name}", file.tables.len());
    check(to_pmml(&Model::from_file(file.clone()).expect("a model")), &expect);
    // A name that looks like the state of another.
    let mut file = example();
    rename(&mut file, 1, &format!("{}.missing", example().characteristics[0].name));
    check(to_pmml(&Model::from_file(file).expect("a model")), "both give the reason code");
}

#[test]
fn lists_of_names_have_semicolons_between() {
    let model = renamed("a;b");
    let options = SqlOptions { dialect: Dialect::Sqlite, table: "t", keep: &[], not_authorised: Some("withheld") };
    check(sql(&model, &options), "\"a;b\" has a semicolon");
    check(pmml(&model, &PmmlOptions { not_authorised: Some("withheld") }), "\"a;b\" has a semicolon");
    assert!(to_pmml(&model).is_ok() && to(&model, Dialect::Sqlite).is_ok());
}

#[test]
fn a_text_with_a_zero_byte_names_its_table() {
    let mut file = example();
    let table = file.tables.iter_mut().enumerate().find_map(|(t, table)| match table {
        Table::OneWay { bins, .. } => bins
            .iter_mut()
            .find_map(|b| match &mut b.attribute {
                Attribute::Levels(levels) => levels.first_mut(),
                _ => None,
            })
            .map(|level| (t + 1, level)),
        Table::TwoWay(_) => None,
    });
    let (table, level) = table.expect("a text");
    level.push('\0');
    let model = Model::from_file(file).expect("a model");
    for dialect in Dialect::ALL {
        check(to(&model, dialect), &format!("table {table} over "));
    }
    check(to_pmml(&model), &format!("table {table} over "));
}

#[test]
fn more_tables_than_a_select_has_columns() {
    let mut r = Random::new(5);
    let file = random_model(&mut r, &Shape { tables: 700, points_max: 3, pairs: false });
    let model = Model::from_file(file).expect("a model");
    check(to(&model, Dialect::Sqlite), "the model's 700 tables need a select list of 2101 columns, SQLite takes 2000");
    check(to(&model, Dialect::Postgres), "PostgreSQL takes 1664");
    assert!(to(&model, Dialect::Spark).is_ok() && to(&model, Dialect::DuckDb).is_ok());
}

/// A token of a statement as its database parts it; quoted ones by what stands between the quotes.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    /// A word or number, or a sign.
    Other(String),
}

/// Parts a statement into tokens, by the rules of the database and nothing of the crate.
fn tokens(statement: &str, dialect: Dialect) -> Vec<Token> {
    let chars: Vec<char> = statement.chars().collect();
    let (mut out, mut i) = (Vec::new(), 0);
    let name_quote = if dialect == Dialect::Spark { '`' } else { '"' };
    while i < chars.len() {
        let c = chars[i];
        if c == '-' && chars.get(i + 1) == Some(&'-') {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
            continue;
        }
        assert!(!(c == '/' && chars.get(i + 1) == Some(&'*')), "a comment that may reach over lines");
        if c == name_quote || c == '\'' {
            let escapes = c == '\'' && (dialect == Dialect::Spark || out.last() == Some(&Token::Other("E".into())));
            let mut text = String::new();
            loop {
                i += 1;
                let inner = *chars.get(i).expect("a quote that is closed");
                if inner == c {
                    // Two quotes are one; of texts in Spark they are the end of one and the beginning of another.
                    let is_doubled = chars.get(i + 1) == Some(&c) && !(c == '\'' && dialect == Dialect::Spark);
                    if !is_doubled {
                        break;
                    }
                    i += 1;
                } else if inner == '\\' && escapes {
                    i += 1;
                    match *chars.get(i).expect("what is escaped") {
                        'u' => {
                            let code: String = chars[i + 1..i + 5].iter().collect();
                            text.push(
                                char::from_u32(u32::from_str_radix(&code, 16).expect("hex")).expect("a character"),
                            );
                            i += 4;
                            continue;
                        }
                        other => {
                            text.push(other);
                            continue;
                        }
                    }
                }
                text.push(inner);
            }
            i += 1;
            out.push(if c == '\'' { Token::Text(text) } else { Token::Name(text) });
            continue;
        }
        let word: String = chars[i..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
        i += word.len().max(1);
        if !word.is_empty() {
            out.push(Token::Other(word));
        } else if !c.is_whitespace() {
            out.push(Token::Other(c.into()));
        }
    }
    out
}

/// Texts of what quotes, comments and escapes are made of.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop::sample::select(vec![
            "'",
            "\"",
            "`",
            "\\",
            ";",
            "--",
            "/*",
            "*/",
            "$",
            "{",
            "}",
            "${",
            "\n",
            "\r",
            "\u{2028}",
            "\u{85}",
            "E'",
            "&",
            "<",
            ">",
            "]]>",
            "<!--",
            "%s",
            "?",
            ":a",
            "企",
            "😀",
            " ",
            "a",
            "0",
            "\t",
            "DROP TABLE t",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(part, 1..8).prop_map(|parts| parts.concat())
}

/// The example with this name, text and grade.
fn with_texts(name: &str, level: &str, grade: &str) -> Option<Model> {
    let mut file = example();
    rename(&mut file, 0, name);
    for table in &mut file.tables {
        if let Table::OneWay { bins, .. } = table {
            let levels = bins.iter_mut().filter_map(|b| match &mut b.attribute {
                Attribute::Levels(levels) => Some(levels),
                _ => None,
            });
            if let Some(levels) = levels.into_iter().next() {
                levels[0] = level.to_owned();
            }
        }
    }
    file.grades.last_mut()?.name = grade.to_owned();
    file.coverage.best_grade.clone_from(&file.grades[0].name);
    file.model_id = name.to_owned();
    Model::from_file(file).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Names, texts and grades change what stands between quotes and nothing else: the tokens of a statement are those of
    /// the same model with tame ones.
    #[test]
    fn nothing_gets_out_of_its_quotes(name in hostile(), level in hostile(), grade in hostile(), table in "[^.\\x00]{1,8}") {
        let (Some(model), Some(tame)) = (with_texts(&name, &level, &grade), with_texts("tame", "level", "last")) else {
            return Ok(());
        };
        for dialect in Dialect::ALL {
            let keep = [format!("{name}kept")];
            let options = SqlOptions { dialect, table: &table, keep: &keep, not_authorised: None };
            let Ok(statement) = sql(&model, &options) else { continue };
            let expect = SqlOptions { table: "t", keep: &["kept".to_owned()], ..options };
            let expect = tokens(&sql(&tame, &expect).expect("a tame model"), dialect);
            let named = |text: &str| Token::Name(text.to_owned());
            let code = |text: &str| match text.strip_prefix("tame") {
                Some(state) => Token::Text(format!("{name}{state}")),
                None => Token::Text(text.to_owned()),
            };
            let expect: Vec<Token> = expect
                .into_iter()
                .map(|token| match &token {
                    Token::Name(n) if n == "tame" => named(&name),
                    Token::Name(n) if n == "t" => named(&table),
                    Token::Name(n) if n == "kept" => named(&keep[0]),
                    Token::Text(t) if t == "level" => Token::Text(level.clone()),
                    Token::Text(t) if t == "last" => Token::Text(grade.clone()),
                    Token::Text(t) => code(t),
                    _ => token,
                })
                .collect();
            let found = joined(tokens(&statement, dialect), dialect);
            let expect = joined(expect, dialect);
            let differs = found.iter().zip(&expect).position(|(a, b)| a != b);
            let places = differs.map(|i| (&found[i], &expect[i]));
            prop_assert!(differs.is_none(), "{}: {places:?} in {statement}", dialect.name());
            prop_assert_eq!(found.len(), expect.len(), "{}", statement);
            if dialect == Dialect::Spark {
                prop_assert!(!statement.contains("${"), "{}", statement);
            }
        }
        if let Ok(document) = to_pmml(&model) {
            // Elements are those of the tame one, whatever the attributes hold.
            let elements = |text: &str| -> Vec<String> {
                let parts = text.split('<').skip(1);
                parts.map(|e| e.split([' ', '>']).next().unwrap_or_default().to_owned()).collect()
            };
            let expect = to_pmml(&tame).expect("a document");
            prop_assert_eq!(elements(&document), elements(&expect));
        }
    }
}

/// Texts that are put together of several, as each database does, become one token, and what introduces them is left out.
fn joined(tokens: Vec<Token>, dialect: Dialect) -> Vec<Token> {
    let is_at = |i: usize, words: &[&str]| {
        words.iter().enumerate().all(|(k, word)| tokens.get(i + k) == Some(&Token::Other((*word).to_owned())))
    };
    let text = |i: usize| match tokens.get(i) {
        Some(Token::Text(t)) => Some(t.clone()),
        _ => None,
    };
    // A text, or a call that gives a character, at a place; with where it ends.
    let piece = |i: usize| -> Option<(String, usize)> {
        if let Some(plain) = text(i) {
            return Some((plain, i + 1));
        }
        if dialect == Dialect::Postgres && is_at(i, &["E"]) {
            return Some((text(i + 1)?, i + 2));
        }
        if dialect == Dialect::Spark && is_at(i, &["CAST", "(", "X"]) && is_at(i + 4, &["AS", "STRING", ")"]) {
            let hex = text(i + 3)?;
            let byte = |k: usize| u8::from_str_radix(&hex[k..k + 2], 16).expect("hex");
            let bytes = (0..hex.len()).step_by(2).map(byte).collect();
            return Some((String::from_utf8(bytes).expect("UTF-8"), i + 7));
        }
        if is_at(i, &["chr", "("]) || is_at(i, &["char", "("]) {
            let Some(Token::Other(code)) = tokens.get(i + 2) else { return None };
            return Some((char::from_u32(code.parse().ok()?)?.to_string(), i + 4));
        }
        None
    };
    let (mut out, mut i) = (Vec::new(), 0);
    while i < tokens.len() {
        let several = is_at(i, &["("]).then(|| piece(i + 1)).flatten().filter(|(_, at)| is_at(*at, &["|", "|"]));
        let is_several = several.is_some();
        let Some((mut text, mut at)) = several.or_else(|| piece(i)) else {
            out.push(tokens[i].clone());
            i += 1;
            continue;
        };
        while is_several && is_at(at, &["|", "|"]) {
            let (more, next) = piece(at + 2).expect("another text");
            text.push_str(&more);
            at = next;
        }
        out.push(Token::Text(text));
        i = at + usize::from(is_several);
    }
    out
}
