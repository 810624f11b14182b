//! Compiles `proto/` without a system protoc: messages, clients, servers, the descriptors for reflection, and for each
//! unary method what [`api::client::Client::call`] has to know of it.

use prost::Message as _;
use prost_types::{FileDescriptorSet, MethodDescriptorProto};
use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

const PROTO: &str = "../../proto";
fn main() -> Result<(), Box<dyn Error>> {
    // Else a new or removed .proto file builds nothing: the generator prints no such line.
    println!("cargo:rerun-if-changed={PROTO}");
    let bytes = protox::Compiler::new([PROTO])?
        .include_source_info(true) // comments become rustdoc
        .include_imports(true) // reflection must be able to answer for google.protobuf too
        .open_files(proto_files(&Path::new(PROTO).join("shangzhi"))?)?
        .encode_file_descriptor_set();
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), &bytes)?;
    let set = FileDescriptorSet::decode(bytes.as_slice())?;
    std::fs::write(out.join("calls.rs"), calls(&set))?;
    let date = set.file.iter().filter(|f| f.package() == "google.type").cloned().collect();
    tonic_prost_build::configure().compile_fds(FileDescriptorSet { file: date })?;
    tonic_prost_build::configure()
        // One type for errors of items and of calls; one for dates, whichever package has them.
        .extern_path(".google.rpc.Status", "::tonic_types::Status")
        .extern_path(".google.type.Date", "crate::Date")
        .compile_fds(set)?;
    Ok(())
}

/// Every .proto file under a folder, in the order of their names: a file that were forgotten here would be no contract.
fn proto_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            out.extend(proto_files(&path)?);
        } else if path.extension().is_some_and(|e| e == "proto") {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}

/// An implementation of `Call` for the request of each unary method.
fn calls(set: &FileDescriptorSet) -> String {
    let mut out = String::new();
    for file in &set.file {
        let messages = &file.message_type;
        for service in &file.service {
            let unary = |m: &&MethodDescriptorProto| !m.client_streaming() && !m.server_streaming();
            for method in service.method.iter().filter(unary) {
                let name = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
                let (request, response) = (name(method.input_type()), name(method.output_type()));
                let message = messages.iter().find(|m| m.name() == request);
                let writes = message.is_some_and(|m| m.field.iter().any(|f| f.name() == "request_id"));
                let id = if writes { "Some(&mut self.request_id)" } else { "None" };
                let full = format!("{}.{}", file.package(), service.name());
                // `shangzhi.rating.v1` is the module `crate::rating::v1`.
                let module = file.package().replacen("shangzhi", "crate", 1).replace('.', "::");
                let _ = write!(
                    out,
                    "impl Call for {module}::{request} {{
    type Response = {module}::{response};
    const SERVICE: &'static str = \"{full}\";
    const METHOD: &'static str = \"{method}\";
    const PATH: &'static str = \"/{full}/{method}\";
    fn request_id(&mut self) -> Option<&mut String> {{ {id} }}
}}
",
                    method = method.name(),
                );
            }
        }
    }
    out
}
