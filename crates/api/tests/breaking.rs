//! What is released stays: names, numbers and types of everything on the wire, against `descriptors.golden`.
//!
//! `UPDATE=1 cargo test -p api --test breaking` adds what is new to the file; it refuses while a line of the file is no
//! longer true. A field that must go is `reserved`, and its line is struck out of the file by hand, in a commit that says
//! why.

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{FieldDescriptorProto, FileDescriptorSet};
use std::collections::BTreeSet;
use std::path::Path;

/// One line for each thing whose change breaks a client: on the wire, in JSON or in generated code.
fn lines() -> BTreeSet<String> {
    let set = FileDescriptorSet::decode(api::DESCRIPTORS).expect("descriptors of this build");
    let mut out = BTreeSet::new();
    for file in set.file.iter().filter(|f| f.package().starts_with("shangzhi.")) {
        let (package, name) = (file.package(), file.name());
        for message in &file.message_type {
            let whole = format!("{package}.{}", message.name());
            out.insert(format!("message {whole} in {name}"));
            for field in &message.field {
                let oneof = field.oneof_index.map(|at| message.oneof_decl[at as usize].name());
                let place = match oneof {
                    Some(oneof) if !field.proto3_optional() => format!(" in oneof {oneof}"),
                    _ => String::new(),
                };
                out.insert(format!("field {whole} {:03} {} {}{place}", field.number(), field.name(), kind(field)));
            }
        }
        for of in &file.enum_type {
            let whole = format!("{package}.{}", of.name());
            out.insert(format!("enum {whole} in {name}"));
            out.extend(of.value.iter().map(|v| format!("value {whole} {:03} {}", v.number(), v.name())));
        }
        for service in &file.service {
            let whole = format!("{package}.{}", service.name());
            out.insert(format!("service {whole} in {name}"));
            for method in &service.method {
                let stream = |streams| if streams { "stream " } else { "" };
                out.insert(format!(
                    "method {whole} {} ({}{}) -> ({}{})",
                    method.name(),
                    stream(method.client_streaming()),
                    method.input_type(),
                    stream(method.server_streaming()),
                    method.output_type(),
                ));
            }
        }
    }
    out
}

fn kind(field: &FieldDescriptorProto) -> String {
    let label = match field.label() {
        Label::Repeated => "repeated ",
        _ if field.proto3_optional() => "optional ",
        _ => "",
    };
    match field.r#type() {
        Type::Message | Type::Enum => format!("{label}{}", field.type_name()),
        scalar => format!("{label}{}", format!("{scalar:?}").to_lowercase()),
    }
}

#[test]
fn what_is_released_stays() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/descriptors.golden");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let released: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let here = lines();
    let broken: Vec<&String> = released.difference(&here).collect();
    assert!(broken.is_empty(), "clients that are out there break, these are no longer so:\n{broken:#?}");
    if std::env::var_os("UPDATE").is_some() {
        let text: String = here.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, text).expect("descriptors.golden is written");
        return;
    }
    let new: Vec<&String> = here.difference(&released).collect();
    assert!(new.is_empty(), "run UPDATE=1 cargo test -p api --test breaking to release these:\n{new:#?}");
}
