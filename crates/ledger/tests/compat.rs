//! Stored events of every format that was ever written are read, and written again as they are.
//!
//! `compat/v1.jsonl` holds an event of each kind on a line. It is never edited, which its digest holds: a change of the types
//! that reads it otherwise, or no longer, shows here, and a new format has a file of its own.

use ledger::Event;
use ledger::event::EventError;
use std::collections::BTreeSet;

const V1: &str = include_str!("compat/v1.jsonl");
const V1_DIGEST: &str = "sha256:515dff67253ec72204e74f837f35b46831090bbbdd226e81c54c76f635ff104f";

#[test]
fn v1_is_read_and_written_again_as_it_is() {
    assert_eq!(primitives::Digest::sha256(V1.as_bytes()).to_string(), V1_DIGEST);
    let mut kinds = BTreeSet::new();
    for line in V1.lines() {
        let event = Event::from_bytes(line.as_bytes()).expect("an event of version 1");
        assert_eq!(String::from_utf8(event.to_bytes()).expect("JSON"), line);
        kinds.extend(kind(line));
    }
    assert_eq!(kinds.len(), 45, "{kinds:#?}");
}

/// `body.what.did` of a line.
fn kind(line: &str) -> Option<String> {
    let event: serde_json::Value = serde_json::from_str(line).ok()?;
    let (what, inner) = event["body"].as_object()?.iter().next()?;
    let did = match &inner["did"] {
        serde_json::Value::Object(map) => map.keys().next().cloned().unwrap_or_default(),
        serde_json::Value::String(word) => word.clone(),
        _ => String::new(),
    };
    Some(format!("{what}.{did}"))
}

#[test]
fn what_is_not_of_the_format_is_refused() {
    let line = V1.lines().next().expect("an event");
    let check = |text: &str, expect: &str| {
        let error = Event::from_bytes(text.as_bytes()).expect_err(text);
        let source = std::error::Error::source(&error).map(|s| s.to_string()).unwrap_or_default();
        let found = format!("{error}: {source}");
        assert!(found.starts_with(expect), "{found}");
    };
    check(&line.replace("\"format_version\":1", "\"format_version\":2"), "format_version 2 is not known, known is 1");
    check("{\"format_version\":7,\"what\":1}", "format_version 7 is not known, known is 1");
    check(&line.replace("\"actor\":", "\"more\":1,\"actor\":"), "event can not be read: unknown field `more`");
    check(
        &line.replace("\"requested_fen\":", "\"x\":1,\"requested_fen\":"),
        "event can not be read: unknown field `x`",
    );
    check(&line.replace("2024-05-06", "2024-02-30"), "event can not be read: ");
    check(&line.replace("\"icbc\"", "\"\""), "event can not be read: bank \"\" is no id");
    check("", "event can not be read: EOF");
    check(&format!("{line}{line}"), "event can not be read: trailing characters");
    assert!(matches!(Event::from_bytes(b"[]"), Err(EventError::Unreadable(_))));
}
