//! Model files that are refused, and the words that say why.

use scoring::{Error, Model};

const EXAMPLE: &str = include_str!("../examples/model.json");

#[track_caller]
fn check(from: &str, to: &str, words: &str) {
    assert!(EXAMPLE.contains(from), "the example has {from:?}");
    let error = Model::from_json(EXAMPLE.replacen(from, to, 1).as_bytes()).expect_err("refused").to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn each_rule_of_the_format() {
    check("shangzhi-model", "onnx", "has format \"onnx\"");
    check("\"format_version\": 1", "\"format_version\": 0", "allowed are 1 to 1");
    check("\"method\"", "\"mothod\"", "unknown field `mothod`");
    check("\"to\": 1.0", "\"to\": 2.0", "they must meet");
    check("{\"from\": 1.0, \"to\": 5.0}", "{\"from\": 1.0, \"to\": 0.5}", "they must meet");
    check("\"retail\"", "\"software\"", "level \"software\" stands twice");
    check("{\"attribute\": \"unseen\"", "{\"attribute\": \"missing\"", "bin missing stands twice");
    check("\"points\": 40", "\"points\": 4000000", "points 4000000 lie outside");
    check("\"characteristic\": \"years\"", "\"characteristic\": \"ears\"", "\"ears\" is not among the characteristics");
    check("\"score_from\": 560", "\"score_from\": 700", "must fall, best first");
    check("{\"name\": \"B\"", "{\"name\": \"A\"", "\"A\" stands twice");
    check("\"best_grade\": \"C\"", "\"best_grade\": \"Z\"", "no grade is named \"Z\"");
    check("\"minimum_share\": 0.6", "\"minimum_share\": 1.6", "outside 0 to 1");
    check("\"limit\": 4", "\"limit\": 5", "outside 1 to 4");
    check("\"pdo\": 50.0", "\"pdo\": 0.0", "pdo over 0");
    let pd = "\"pd\": {\"lowest_score\": 520, \"by_score\": [0.1, 0.2]},\n  \"grades\"";
    check("\"grades\"", pd, "rises at score 521");
    check("\"grades\"", "\"pd\": {\"lowest_score\": 520, \"by_score\": [1.0]},\n  \"grades\"", "outside 0 to 1");
}

#[test]
fn a_newer_format_is_named_before_its_fields_are_read() {
    let newer = EXAMPLE.replacen("\"format_version\": 1", "\"format_version\": 2, \"trees\": []", 1);
    assert_eq!(Model::from_json(newer.as_bytes()).expect_err("refused"), Error::NewerFormat { found: 2, supported: 1 });
}

#[test]
fn a_file_with_another_digest_is_not_read() {
    let other = primitives::Digest::sha256(b"another");
    let error = Model::from_json_with_digest(EXAMPLE.as_bytes(), &other).expect_err("refused");
    assert!(matches!(error, Error::DigestMismatch { .. }));
    assert!(Model::from_json_with_digest(EXAMPLE.as_bytes(), &primitives::Digest::sha256(EXAMPLE.as_bytes())).is_ok());
}

#[test]
fn a_cut_file_is_unreadable() {
    for end in [0, 1, 40, EXAMPLE.len() / 2, EXAMPLE.len() - 3] {
        let error = Model::from_json(&EXAMPLE.as_bytes()[..end]).expect_err("refused");
        assert!(matches!(error, Error::Unreadable { .. }), "{end}: {error}");
    }
}
