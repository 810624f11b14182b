//! Random messages to every method of the ledger: fields of the right kind with wrong values, and bytes that are none.
//!
//! Bounded in number, from a printed seed (`SEED` repeats it). No call panics or fails from inside, a number that 64 bits do
//! not hold is INVALID_ARGUMENT, and what was entered meanwhile is a whole ledger.

use crate::certs::{Signed, client_config};
use crate::house::code;
use crate::office::{NOW, Office};
use crate::peer::{Peer, frame};
use crate::place::Running;
use fastrand::Rng;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use store::LedgerVerdict;
use tokio::time::timeout;
use tonic::Code;

/// Messages of each method.
const MESSAGES: usize = 60;
/// Beyond, what is in a message in a message is left out.
const DEPTH_MAX: usize = 5;
const CALLERS: [&str; 6] = ["bank-a", "guarantor-a", "district-500103", "platform", "bureau", "auditor"];

/// All messages of the contract, by their full names.
struct Contract {
    messages: HashMap<String, DescriptorProto>,
    /// Path and message of every method of the ledger.
    methods: Vec<(String, String)>,
}

impl Contract {
    fn read() -> Self {
        let set = FileDescriptorSet::decode(api::DESCRIPTORS).expect("descriptors").file;
        let (mut messages, mut methods) = (HashMap::new(), Vec::new());
        for file in &set {
            let mut open: Vec<(String, &DescriptorProto)> =
                file.message_type.iter().map(|m| (format!(".{}.{}", file.package(), m.name()), m)).collect();
            while let Some((name, message)) = open.pop() {
                open.extend(message.nested_type.iter().map(|m| (format!("{name}.{}", m.name()), m)));
                messages.insert(name, message.clone());
            }
            for service in file.service.iter().filter(|_| file.package() == "shangzhi.ledger.v1") {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    methods.push((path, method.input_type().to_owned()));
                }
            }
        }
        Self { messages, methods }
    }
}

impl Running {
    /// A connection that sends what it is given.
    async fn peer(&self, client: &str) -> Peer {
        let read = |name: String| std::fs::read_to_string(self.certs().join(name)).expect("PEM");
        let (cert, key) = (read(format!("{client}.pem")), read(format!("{client}.key")));
        let tls = client_config(&read("ca.pem".into()), Some(&Signed { cert, key }), &[&rustls::version::TLS13]);
        Peer::connect(self.address(), &tls).await.expect("a connection")
    }
}

/// A message in the making.
struct Made<'c> {
    contract: &'c Contract,
    rng: &'c mut Rng,
    /// A number in it needs more than 64 bits.
    is_beyond: bool,
}

impl Made<'_> {
    fn message(&mut self, name: &str, depth: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let Some(message) = self.contract.messages.get(name) else { return out };
        // Of fields that exclude one another the last one counts: one of them is chosen.
        let mut chosen: HashMap<i32, i32> = HashMap::new();
        for field in &message.field {
            if let Some(of) = field.oneof_index
                && (!chosen.contains_key(&of) || self.rng.u8(0..4) == 0)
            {
                chosen.insert(of, field.number());
            }
        }
        for field in &message.field {
            let is_other = field.oneof_index.is_some_and(|of| chosen.get(&of) != Some(&field.number()));
            if is_other || self.rng.u8(0..16) == 0 {
                continue;
            }
            let times = if field.label() == Label::Repeated { self.rng.usize(0..4) } else { 1 };
            for _ in 0..times {
                self.field(field, depth, &mut out);
            }
        }
        out
    }

    fn field(&mut self, field: &FieldDescriptorProto, depth: usize, out: &mut Vec<u8>) {
        let tag = |wire: u64| u64::from(field.number().cast_unsigned()) << 3 | wire;
        let bytes = match field.r#type() {
            Type::Message if depth == DEPTH_MAX => return,
            Type::Message if field.type_name() == ".google.type.Date" => self.date(),
            Type::Message => self.message(field.type_name(), depth + 1),
            Type::String => self.text(field.name()).into_bytes(),
            Type::Bytes => (0..self.rng.usize(0..40)).map(|_| self.rng.u8(..)).collect(),
            Type::Double | Type::Fixed64 | Type::Sfixed64 => {
                varint(tag(1), out);
                out.extend(self.rng.u64(..).to_le_bytes());
                return;
            }
            Type::Float | Type::Fixed32 | Type::Sfixed32 => {
                varint(tag(5), out);
                out.extend(self.rng.u32(..).to_le_bytes());
                return;
            }
            kind => {
                varint(tag(0), out);
                self.number(kind, out);
                return;
            }
        };
        varint(tag(2), out);
        varint(bytes.len() as u64, out);
        out.extend(bytes);
    }

    fn number(&mut self, kind: Type, out: &mut Vec<u8>) {
        if self.rng.u16(0..60) == 0 {
            // Ten groups of seven bits, of which the last may say one bit only.
            out.extend([0xff; 9]);
            out.push(self.rng.u8(2..0x80));
            self.is_beyond = true;
            return;
        }
        let number = match (kind, self.rng.u8(0..8)) {
            (Type::Bool, _) => self.rng.i64(0..2),
            (Type::Enum, 0) => self.rng.i64(..),
            (Type::Enum, _) => self.rng.i64(0..6),
            (_, 0) => [i64::MIN, i64::MAX, -1, 0, i64::MAX - 1, i64::from(i32::MIN)][self.rng.usize(0..6)],
            (_, 1) => self.rng.i64(..),
            (_, 2) => self.rng.i64(0..100),
            _ => self.rng.i64(1..400_000_000),
        };
        varint(number.cast_unsigned(), out);
    }

    /// Mostly a day of these years.
    fn date(&mut self) -> Vec<u8> {
        let date = match self.rng.u8(0..8) {
            0 => api::Date { year: self.rng.i32(..), month: self.rng.i32(..), day: self.rng.i32(..) },
            _ => api::Date { year: self.rng.i32(2024..2027), month: self.rng.i32(1..13), day: self.rng.i32(1..30) },
        };
        date.encode_to_vec()
    }

    /// Mostly what the field may be.
    fn text(&mut self, field: &str) -> String {
        let few = self.rng.u32(0..4);
        if self.rng.u8(0..12) == 0 {
            let hostile = ["", "\0", "a\u{202e}b", "'; DROP TABLE ledger_events; --", "\"}]}", "渝", "NaN", "1e999"];
            let text = hostile[self.rng.usize(0..hostile.len())];
            return text.repeat(self.rng.usize(1..300));
        }
        match field {
            "request_id" => {
                let (a, b) = (self.rng.u64(..), self.rng.u64(..));
                let [a1, a2, a3] = [a >> 32, a >> 16 & 0xffff, a & 0xfff];
                format!("{a1:08x}-{a2:04x}-4{a3:03x}-8{:03x}-{:012x}", b & 0xfff, b >> 16)
            }
            "district" => ["500103", "500101", "500999"][self.rng.usize(0..3)].to_owned(),
            "industry" => "C3511".to_owned(),
            "enterprise_id" => code(few).as_str().to_owned(),
            "bank_id" => "bank-a".to_owned(),
            "guarantor_id" => "guarantor-a".to_owned(),
            "person" | "maker" => ["li", "wang"][self.rng.usize(0..2)].to_owned(),
            "month" => format!("2025-{:02}", self.rng.u8(1..13)),
            "page_token" => String::new(),
            _ => format!("N{few}"),
        }
    }
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[tokio::test(flavor = "multi_thread")]
async fn random_messages_to_every_method_of_the_ledger() {
    let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    eprintln!("SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let contract = Contract::read();
    assert_eq!(contract.methods.len(), 63);
    let office = Office::new(None);
    office.set(NOW);
    let server = office.start_with_ledger().await;
    server.rated("N1", 1, "2025-01-06").await;
    let mut peers: Vec<Peer> = Vec::new();
    for caller in CALLERS {
        peers.push(server.peer(caller).await);
    }
    let (mut codes, mut beyond) = (BTreeMap::<String, usize>::new(), 0);
    for (path, message) in &contract.methods {
        let mut callers = Vec::new();
        for peer in &peers {
            if peer.call(path, &[], frame(false, &[])).await.code() != Code::PermissionDenied {
                callers.push(peer);
            }
        }
        assert!(!callers.is_empty(), "{path}: somebody may call it");
        for _ in 0..MESSAGES {
            let mut made = Made { contract: &contract, rng: &mut rng, is_beyond: false };
            let mut sent = made.message(message, 0);
            let is_beyond = made.is_beyond;
            let is_message = rng.u8(0..12) != 0;
            if !is_message {
                // No longer one, or another.
                for _ in 0..rng.usize(1..4) {
                    if let Some(last) = sent.len().checked_sub(1) {
                        sent[rng.usize(0..=last)] = rng.u8(..);
                    }
                }
            }
            let peer = callers[rng.usize(0..callers.len())];
            let call = peer.call(path, &[], frame(false, &sent));
            let reply = timeout(Duration::from_secs(10), call).await.expect("in time");
            *codes.entry(format!("{:?}", reply.code())).or_default() += 1;
            match reply.code() {
                Code::InvalidArgument => (),
                code if is_beyond && is_message => panic!("{path}: {code:?}: beyond 64 bits: {reply:?}"),
                Code::Ok | Code::NotFound | Code::AlreadyExists | Code::FailedPrecondition => (),
                Code::PermissionDenied | Code::Aborted | Code::OutOfRange => (),
                code => panic!("{path}: {code:?}: {reply:?}"),
            }
            beyond += usize::from(is_beyond && is_message);
        }
    }
    eprintln!("{codes:?}, beyond 64 bits {beyond}");
    assert!(codes.get("Ok").is_some_and(|n| *n > 60) && beyond > 20, "{codes:?}, {beyond}");
    let books = server.books.clone().expect("a ledger");
    assert!(books.head().await.expect("read").seq > 1, "something was entered");
    assert!(matches!(books.verify().await.expect("walked"), LedgerVerdict::Whole { .. }));
    server.stop().await;
}
