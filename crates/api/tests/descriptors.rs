//! Rules of `proto/`, over the compiled descriptors: the main ones of buf's STANDARD lint, and this product's own.
//!
//! 1. A file lies in the folder of its package, which ends in a version; names have the usual case.
//! 2. An enum's values carry its name, and zero is `_UNSPECIFIED`; a service ends in `Service`; a method has a request and
//!    a response of its own, named after it.
//! 3. Every service, method, message, field, enum, value and oneof has a comment.
//! 4. Money is `int64 …_fen`, rates and shares are `int64 …_ppm`, instants are `…_at`, `until`, `since` or `at`;
//!    the only float is the value that a caller gives.
//! 5. A write has a `request_id` and is IDEMPOTENT, anything else has NO_SIDE_EFFECTS; a list has pages; no request names
//!    a tenant.

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::method_options::IdempotencyLevel;
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet};
use std::collections::{BTreeMap, BTreeSet};

fn all_files() -> Vec<FileDescriptorProto> {
    FileDescriptorSet::decode(api::DESCRIPTORS).expect("descriptors of this build").file
}

fn files() -> Vec<FileDescriptorProto> {
    all_files().into_iter().filter(|f| f.package().starts_with("shangzhi.")).collect()
}

fn messages() -> Vec<DescriptorProto> {
    files().into_iter().flat_map(|f| f.message_type).collect()
}

fn enums() -> Vec<EnumDescriptorProto> {
    files().into_iter().flat_map(|f| f.enum_type).collect()
}

/// Every field with its message.
fn fields() -> Vec<(String, FieldDescriptorProto)> {
    messages().into_iter().flat_map(|m| m.field.clone().into_iter().map(move |f| (m.name().to_owned(), f))).collect()
}

fn is_lower_snake(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(rest)
        && !name.contains("__")
        && !name.ends_with('_')
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// `PascalCase` as `UPPER_SNAKE`.
fn upper_snake(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

#[test]
fn a_file_lies_in_the_folder_of_its_package() {
    assert!(!files().is_empty());
    for file in files() {
        let (folder, name) = file.name().rsplit_once('/').expect("a folder");
        assert_eq!(folder, file.package().replace('.', "/"));
        let version = file.package().rsplit('.').next().and_then(|last| last.strip_prefix('v'));
        assert!(version.is_some_and(|v| v.parse::<u32>().is_ok()), "{}", file.package());
        assert!(is_lower_snake(name.strip_suffix(".proto").expect("a .proto file")), "{name}");
        assert!(file.package().split('.').all(is_lower_snake), "{}", file.package());
        assert_eq!(file.syntax(), "proto3");
        assert!(file.public_dependency.is_empty() && file.weak_dependency.is_empty(), "{name}: imports");
    }
}

#[test]
fn every_import_is_used() {
    let everywhere = all_files();
    for file in files() {
        for import in &file.dependency {
            let from = everywhere.iter().find(|f| f.name() == import).expect("imports are there");
            let of = |name: &str| format!(".{}.{name}", from.package());
            let there: BTreeSet<String> = from
                .message_type
                .iter()
                .map(|m| of(m.name()))
                .chain(from.enum_type.iter().map(|e| of(e.name())))
                .collect();
            let used = file.message_type.iter().flat_map(|m| &m.field).any(|f| there.contains(f.type_name()));
            assert!(used, "{} imports {import} for nothing", file.name());
        }
    }
}

#[test]
fn a_service_ends_in_service_and_stands_alone_in_its_file() {
    let mut seen = BTreeSet::new();
    for file in files() {
        assert!(file.service.len() <= 1, "{}", file.name());
        for service in &file.service {
            assert!(is_pascal(service.name()) && service.name().ends_with("Service"), "{}", service.name());
            let name = file.name().rsplit('/').next().unwrap_or_default().replace(".proto", "").to_uppercase();
            assert_eq!(name, upper_snake(service.name()));
            seen.insert(service.name().to_owned());
        }
    }
    let want = [
        "BenefitService",
        "BridgeLoanService",
        "CompensationService",
        "ConsentService",
        "GuaranteeService",
        "LedgerService",
        "LoanService",
        "ModelService",
        "RatingService",
        "SubjectService",
        "TotalsService",
    ];
    assert_eq!(seen, want.map(String::from).into());
}

#[test]
fn a_method_has_its_own_request_and_response() {
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    for file in files() {
        let mut in_order = Vec::new();
        for service in &file.service {
            for method in &service.method {
                assert!(is_pascal(method.name()), "{}", method.name());
                let name = |part: &str| format!(".{}.{}{part}", file.package(), method.name());
                assert_eq!(method.input_type(), name("Request"));
                assert_eq!(method.output_type(), name("Response"));
                *used.entry(method.input_type().to_owned()).or_default() += 1;
                *used.entry(method.output_type().to_owned()).or_default() += 1;
                in_order.extend([format!("{}Request", method.name()), format!("{}Response", method.name())]);
            }
        }
        // Requests and responses stand in the order of the methods.
        let at = |m: &DescriptorProto| in_order.iter().position(|n| n == m.name());
        let places: Vec<usize> = file.message_type.iter().filter_map(at).collect();
        assert_eq!(places, (0..in_order.len()).collect::<Vec<_>>(), "{}", file.name());
    }
    assert!(used.values().all(|n| *n == 1), "{used:?}");
}

#[test]
fn names_have_the_usual_case() {
    for message in messages() {
        assert!(is_pascal(message.name()), "{}", message.name());
        assert!(message.oneof_decl.iter().all(|o| is_lower_snake(o.name().trim_start_matches('_'))));
        let numbers: Vec<i32> = message.field.iter().map(FieldDescriptorProto::number).collect();
        assert!(numbers.is_sorted(), "{}: numbers of fields stand in order", message.name());
        let reserved = |n: &i32| message.reserved_range.iter().any(|r| r.start() <= *n && *n < r.end());
        let missing = (1..numbers.last().copied().unwrap_or(0)).find(|n| !numbers.contains(n) && !reserved(n));
        assert_eq!(missing, None, "{}: the number of a field that went is reserved", message.name());
    }
    for (message, field) in fields() {
        assert!(is_lower_snake(field.name()), "{message}.{}", field.name());
        assert_ne!(field.label(), Label::Required);
    }
}

#[test]
fn values_of_an_enum_carry_its_name_and_zero_is_unspecified() {
    for e in enums() {
        assert!(is_pascal(e.name()), "{}", e.name());
        let prefix = upper_snake(e.name());
        let zero = e.value.first().expect("a value");
        assert_eq!((zero.name(), zero.number()), (format!("{prefix}_UNSPECIFIED").as_str(), 0));
        for value in &e.value {
            let rest = value.name().strip_prefix(&format!("{prefix}_")).unwrap_or_else(|| panic!("{}", value.name()));
            assert!(is_lower_snake(&rest.to_lowercase()) && *rest == rest.to_uppercase(), "{}", value.name());
        }
        assert!(!e.options.as_ref().is_some_and(|o| o.allow_alias()), "{}", e.name());
    }
}

/// What of a descriptor must have a comment, by its path in the file.
fn to_comment(file: &FileDescriptorProto) -> Vec<(Vec<i32>, String)> {
    let mut out = Vec::new();
    let at = |n: usize| n as i32;
    for (m, message) in file.message_type.iter().enumerate() {
        assert!(message.nested_type.is_empty() && message.enum_type.is_empty(), "{}: nested", message.name());
        out.push((vec![4, at(m)], message.name().to_owned()));
        for (f, field) in message.field.iter().enumerate() {
            out.push((vec![4, at(m), 2, at(f)], format!("{}.{}", message.name(), field.name())));
        }
        // A leading `_` is the oneof of an optional field, which no one wrote.
        let written = message.oneof_decl.iter().enumerate().filter(|(_, o)| !o.name().starts_with('_'));
        out.extend(written.map(|(o, oneof)| (vec![4, at(m), 8, at(o)], oneof.name().to_owned())));
    }
    for (e, of) in file.enum_type.iter().enumerate() {
        out.push((vec![5, at(e)], of.name().to_owned()));
        let values = of.value.iter().enumerate();
        out.extend(values.map(|(v, value)| (vec![5, at(e), 2, at(v)], value.name().to_owned())));
    }
    for (s, service) in file.service.iter().enumerate() {
        out.push((vec![6, at(s)], service.name().to_owned()));
        let methods = service.method.iter().enumerate();
        out.extend(methods.map(|(m, method)| (vec![6, at(s), 2, at(m)], method.name().to_owned())));
    }
    out
}

#[test]
fn everything_has_a_comment_and_methods_say_who_and_what() {
    for file in files() {
        let info = file.source_code_info.as_ref().expect("comments are kept");
        let comments: BTreeMap<&[i32], &str> =
            info.location.iter().map(|l| (l.path.as_slice(), l.leading_comments())).collect();
        for (path, name) in to_comment(&file) {
            let text = comments.get(path.as_slice()).copied().unwrap_or_default();
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(!text.is_empty(), "{}: {name} has no comment", file.name());
            for (suffix, unit) in [("_fen", "fen"), ("_ppm", "ppm")] {
                let says = text.to_lowercase().contains(unit);
                assert!(says || !name.ends_with(suffix), "{name} does not say its unit");
            }
            let is_method = path.len() == 4 && path[0] == 6;
            if is_method {
                assert!(text.contains("Role"), "{name} does not say whose role it is");
                let says = text.contains("Idempotent by") || text.contains("Changes nothing");
                assert!(says, "{name} does not say whether it may be repeated");
            }
        }
    }
}

#[test]
fn money_and_rates_are_whole_numbers_with_their_unit() {
    let (mut money, mut rates) = (0, 0);
    for (message, field) in fields() {
        let place = format!("{message}.{}", field.name());
        let name = field.name();
        if name.ends_with("_fen") {
            assert_eq!(field.r#type(), Type::Int64, "{place}");
            money += 1;
        } else if name.ends_with("_ppm") {
            assert_eq!(field.r#type(), Type::Int64, "{place}");
            rates += 1;
        } else {
            // What the parts of a total are, its figure says.
            let other_unit = place == "NeedParts.cycle_days_thousandths"
                || ["TotalsValue.whole", "TotalsRatio.numerator", "TotalsRatio.denominator"].contains(&place.as_str());
            assert!(field.r#type() != Type::Int64 || other_unit, "{place}: what is its unit?");
            for word in ["amount", "yuan", "percent", "rate", "share", "weight", "pd"] {
                let named = name.split('_').any(|part| part == word);
                assert!(!named || name.ends_with("_months"), "{place}: {word} without its unit");
            }
        }
        let is_float = matches!(field.r#type(), Type::Double | Type::Float);
        assert!(!is_float || place == "CallerFeature.number", "{place} is a float");
        let day = field.type_name() == ".google.type.Date";
        let days = name.ends_with("_on") || ["as_of", "valid_from", "valid_until"].contains(&name);
        assert_eq!(day, days, "{place}: a day is named as one");
        let instant = field.type_name() == ".google.protobuf.Timestamp";
        let instants = name.ends_with("_at") || ["until", "since", "at"].contains(&name);
        assert_eq!(instant, instants, "{place}: an instant is named as one");
    }
    assert!(money >= 7 && rates >= 5, "{money} {rates}");
}

#[test]
fn writes_have_request_ids_and_lists_have_pages() {
    let by_name: BTreeMap<String, DescriptorProto> = messages().into_iter().map(|m| (m.name().to_owned(), m)).collect();
    let (mut writes, mut lists) = (0, 0);
    for method in files().into_iter().flat_map(|f| f.service).flat_map(|s| s.method) {
        let name = method.name().to_owned();
        let request = &by_name[&format!("{name}Request")];
        let response = &by_name[&format!("{name}Response")];
        let has = |message: &DescriptorProto, field: &str, of: Type| {
            message.field.iter().any(|f| f.name() == field && f.r#type() == of)
        };
        let reads = ["Get", "List", "Explain", "Replay", "WhatIf"].iter().any(|verb| name.starts_with(verb));
        let level = method.options.as_ref().map(|o| o.idempotency_level());
        let want = if reads { IdempotencyLevel::NoSideEffects } else { IdempotencyLevel::Idempotent };
        assert_eq!(level, Some(want), "{name}");
        assert_eq!(has(request, "request_id", Type::String), !reads, "{name}");
        writes += usize::from(!reads);
        if !reads {
            assert_eq!(request.field[0].name(), "request_id", "{name}: the first field");
        }
        let is_list = name.starts_with("List");
        assert_eq!(has(request, "page_size", Type::Int32), is_list, "{name}");
        assert_eq!(has(request, "page_token", Type::String), is_list, "{name}");
        assert_eq!(has(response, "next_page_token", Type::String), is_list, "{name}");
        if is_list {
            assert_eq!((response.field[0].number(), response.field[0].label()), (1, Label::Repeated), "{name}");
        }
        lists += usize::from(is_list);
    }
    assert_eq!((writes, lists), (52, 15));
}

#[test]
fn no_request_names_a_tenant() {
    for file in files() {
        let info = file.source_code_info.as_ref().expect("comments are kept");
        for (m, message) in file.message_type.iter().enumerate().filter(|(_, m)| m.name().ends_with("Request")) {
            for (f, field) in message.field.iter().enumerate() {
                let place = format!("{}.{}", message.name(), field.name());
                let names = ["tenant", "bank", "guarantor", "caller", "client", "role"];
                let named = field.name().split('_').any(|part| names.contains(&part));
                // Whose object others mean; who has it by its certificate must leave it empty.
                let at = [4, m as i32, 2, f as i32];
                let comment = info.location.iter().find(|l| l.path == at).map_or("", |l| l.leading_comments());
                let comment = comment.split_whitespace().collect::<Vec<_>>().join(" ");
                let empty = ["bank", "guarantor"].iter().any(|who| {
                    field.name().ends_with(&format!("{who}_id"))
                        && ["leaves it empty", "leave it empty"].iter().any(|says| comment.contains(says))
                });
                assert!(!named || empty, "{place}: {comment}");
            }
        }
    }
}

#[test]
fn what_is_generated_knows_every_reason() {
    let of = enums().into_iter().find(|e| e.name() == "ErrorReason").expect("reasons");
    for value in &of.value {
        let known = api::rating::v1::ErrorReason::from_str_name(value.name()).expect("a value of the enum");
        assert_eq!(format!("ERROR_REASON_{}", api::status::reason_name(known)), value.name());
    }
}
